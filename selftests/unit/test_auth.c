// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Clients with good certificates, bad ones and none enter; what a server that asks
 * for one owes them leaves (RFC 8446 4.3.2, 4.4.2, 4.4.3).
 */
#include <string.h>

#include "unit.h"

static struct forge forge;

static const enum seal_key_kind kinds[] = {
	SEAL_KEY_P256, SEAL_KEY_P384, SEAL_KEY_RSA, SEAL_KEY_ED25519,
	SEAL_KEY_P521, SEAL_KEY_RSA_PSS, SEAL_KEY_ED448
};

static struct seal_config *asking_server(enum seal_client_auth mode)
{
	struct seal_config *cfg = new_server_config(SEAL_KEY_P256);

	assert_int_equal(seal_config_set_ca_file(cfg, pki_ca()), 0);
	assert_int_equal(seal_config_set_client_auth(cfg, mode), 0);
	return cfg;
}

static struct seal_config *client_with(const struct identity *id)
{
	struct seal_config *cfg = new_client_config();

	if (id)
		assert_int_equal(seal_config_set_certificate(cfg, id->chain,
							     id->key), 0);
	return cfg;
}

/* The pair keeps the configurations */
static void meet(struct pair *pair, struct seal_config *client,
		 struct seal_config *server)
{
	pair_open(pair, client, server);
	seal_config_unref(client);
	seal_config_unref(server);
}

static void expect_chain(const struct seal_conn *conn, const char *path)
{
	uint8_t expected[2048];
	size_t expected_len = pki_der(path, expected, sizeof(expected));
	const void *der;
	size_t len;

	assert_int_equal(seal_conn_peer_certificate(conn, 0, &der, &len), 0);
	assert_int_equal(len, expected_len);
	assert_memory_equal(der, expected, len);
}

static void expect_chain_len(const struct seal_conn *conn, size_t count)
{
	const void *der = NULL;
	size_t len;

	for (size_t i = 0; i < count; i++)
		assert_int_equal(seal_conn_peer_certificate(conn, i, &der, &len), 0);
	assert_int_equal(seal_conn_peer_certificate(conn, count, &der, &len),
			 SEAL_E_INVALID);
	assert_int_equal(seal_conn_peer_certificate(conn, SIZE_MAX, &der, &len),
			 SEAL_E_INVALID);
}

/* ----------------------------------------------------- what has to work */

static void each_end_knows_the_other(void **state)
{
	const enum seal_key_kind kind = *(const enum seal_key_kind *)*state;
	const struct identity *id = pki_client(kind);
	struct pair pair;

	meet(&pair, client_with(id), asking_server(SEAL_CLIENT_AUTH_REQUIRED));
	assert_int_equal(pair_shake(&pair), 0);
	expect_agreement(&pair);
	expect_chain(pair.server, id->chain);
	expect_chain_len(pair.server, 1);
	expect_chain(pair.client, pki_identity(SEAL_KEY_P256)->chain);
	pair_close(&pair);
}

static void after_a_retry(void **state)
{
	static const uint16_t p256[] = { 0x0017 };
	struct seal_config *server = asking_server(SEAL_CLIENT_AUTH_REQUIRED);
	const enum seal_key_kind kind = *(const enum seal_key_kind *)*state;
	struct pair pair;

	assert_int_equal(seal_config_set_groups(server, p256, 1), 0);
	meet(&pair, client_with(pki_client(kind)), server);
	assert_int_equal(pair_shake(&pair), 0);
	assert_true(pair.server->retried);
	expect_chain(pair.server, pki_client(kind)->chain);
	pair_close(&pair);
}

static void no_certificate_where_it_is_optional(void **state)
{
	struct pair pair;

	(void)state;
	meet(&pair, client_with(NULL), asking_server(SEAL_CLIENT_AUTH_OPTIONAL));
	assert_int_equal(pair_shake(&pair), 0);
	expect_agreement(&pair);
	expect_chain_len(pair.server, 0);
	pair_close(&pair);
}

static void nobody_sends_one_unasked(void **state)
{
	struct pair pair;

	(void)state;
	meet(&pair, client_with(pki_client(SEAL_KEY_P256)),
	     asking_server(SEAL_CLIENT_AUTH_NONE));
	assert_int_equal(pair_shake(&pair), 0);
	assert_false(pair.client->cert_requested);
	expect_chain_len(pair.server, 0);
	pair_close(&pair);
}

static void with_an_intermediate(void **state)
{
	struct identity id;
	char ca[PKI_PATH_MAX], whole[PKI_PATH_MAX];
	struct pair pair;

	(void)state;
	pki_issue(&(struct cert_spec){ .issuer = ISSUER_INTERMEDIATE,
				       .usage = "clientAuth" }, &id);
	pki_path(ca, "client-intermediate");
	pki_write_intermediate(ca);
	pki_path(whole, "client-chain");
	pki_join(whole, id.chain, ca);
	strcpy(id.chain, whole);
	meet(&pair, client_with(&id), asking_server(SEAL_CLIENT_AUTH_REQUIRED));
	assert_int_equal(pair_shake(&pair), 0);
	expect_chain(pair.server, id.chain);
	expect_chain_len(pair.server, 2);
	pair_close(&pair);
}

/* -------------------------------------------------------------- refusals */

/* The client is done when the server refuses, and hears why */
static void refuse(struct seal_config *client, struct seal_config *server,
		   int error, int alert)
{
	struct pair pair;

	meet(&pair, client, server);
	assert_int_equal(pair_shake(&pair), error);
	assert_int_equal(pair.client->error, 0);
	assert_int_equal(pair.client->state, SEAL_HS_DONE);
	assert_int_equal(seal_error_alert(error), alert);
	assert_true(seal_conn_drain(pair.server, NULL, 0) > 0);
	pair_close(&pair);
}

/* RFC 8446 4.4.2.4 */
static void no_certificate_where_it_is_required(void **state)
{
	(void)state;
	refuse(client_with(NULL), asking_server(SEAL_CLIENT_AUTH_REQUIRED),
	       SEAL_E_CERTIFICATE_REQUIRED, 116);
}

/* What is bad is refused even where none would be good enough */
static void refuse_spec(const struct cert_spec *spec, int error, int alert)
{
	static const enum seal_client_auth modes[] = {
		SEAL_CLIENT_AUTH_OPTIONAL, SEAL_CLIENT_AUTH_REQUIRED
	};
	struct seal_config *server;
	struct identity id;

	pki_issue(spec, &id);
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(modes); i++) {
		server = asking_server(modes[i]);
		/* or the client would keep it to itself */
		seal_buf_free(&server->authorities);
		refuse(client_with(&id), server, error, alert);
	}
}

static void of_another_ca(void **state)
{
	(void)state;
	refuse_spec(&(struct cert_spec){ .issuer = ISSUER_OTHER_ROOT,
					 .usage = "clientAuth" },
		    SEAL_E_UNKNOWN_CA, 48);
	refuse_spec(&(struct cert_spec){ .issuer = ISSUER_SELF,
					 .usage = "clientAuth" },
		    SEAL_E_UNKNOWN_CA, 48);
}

/* RFC 5280 4.2.1.12: what is for servers is not for clients */
static void for_another_purpose(void **state)
{
	(void)state;
	refuse_spec(&(struct cert_spec){ .usage = "serverAuth" },
		    SEAL_E_UNSUPPORTED_CERTIFICATE, 43);
	refuse_spec(&(struct cert_spec){ .usage = "codeSigning" },
		    SEAL_E_UNSUPPORTED_CERTIFICATE, 43);
}

/* RFC 8446 4.4.2.2 */
static void whose_key_may_not_sign(void **state)
{
	(void)state;
	refuse_spec(&(struct cert_spec){ .usage = "clientAuth",
					 .key_usage = "critical,keyAgreement" },
		    SEAL_E_UNSUPPORTED_CERTIFICATE, 43);
}

static void without_a_purpose(void **state)
{
	struct identity id;
	struct pair pair;

	(void)state;
	pki_issue(&(struct cert_spec){ .usage = "" }, &id);
	meet(&pair, client_with(&id), asking_server(SEAL_CLIENT_AUTH_REQUIRED));
	assert_int_equal(pair_shake(&pair), 0);
	pair_close(&pair);
}

/* ---------------------------------------------------------------- trust */

static void a_server_that_asks_has_to_trust_somebody(void **state)
{
	struct seal_config *cfg = new_server_config(SEAL_KEY_P256);
	struct seal_conn *conn;

	(void)state;
	assert_int_equal(seal_config_set_client_auth(cfg, 3), SEAL_E_INVALID);
	assert_int_equal(seal_config_set_client_auth(cfg,
						     SEAL_CLIENT_AUTH_OPTIONAL), 0);
	assert_int_equal(seal_conn_new(cfg, NULL, &conn), SEAL_E_NO_TRUST);
	seal_config_set_insecure(cfg);
	assert_int_equal(seal_conn_new(cfg, NULL, &conn), 0);
	seal_conn_free(conn);
	assert_int_equal(seal_config_set_client_auth(cfg, SEAL_CLIENT_AUTH_NONE),
			 SEAL_E_INVALID);
	seal_config_unref(cfg);
}

static void an_insecure_server_takes_any(void **state)
{
	struct seal_config *server = new_server_config(SEAL_KEY_P256);
	struct identity id;
	struct pair pair;

	(void)state;
	pki_issue(&(struct cert_spec){ .issuer = ISSUER_SELF,
					 .from = PKI_DAY,
					 .until = 2 * PKI_DAY }, &id);
	seal_config_set_insecure(server);
	assert_int_equal(seal_config_set_client_auth(server,
						     SEAL_CLIENT_AUTH_REQUIRED), 0);
	meet(&pair, client_with(&id), server);
	assert_int_equal(pair_shake(&pair), 0);
	expect_chain(pair.server, id.chain);
	pair_close(&pair);
}

/* -------------------------------------------------------- forged messages */

static void refuse_message(enum seal_state state, uint8_t type, int error)
{
	struct scene scene;
	int status;

	scene_open(&scene, state);
	status = puppet_send_message(&scene.puppet, type, forge_span(&forge));
	expect_refusal(&scene.puppet, status, error);
	scene_close(&scene);
}

static void forge_certificate(struct seal_span context, uint16_t ext)
{
	const char *chain = pki_client(SEAL_KEY_P256)->chain;
	uint8_t der[2048];

	forge_start(&forge);
	forge_vector(&forge, 1, context.data, context.len);
	forge_open(&forge, 3);
	forge_vector(&forge, 3, der, pki_der(chain, der, sizeof(der)));
	forge_open(&forge, 2);
	if (ext) {
		forge_number(&forge, ext, 2);
		forge_vector(&forge, 2, NULL, 0);
	}
	forge_close(&forge);
	forge_close(&forge);
}

static void bad_certificates(void **state)
{
	static const uint8_t context[] = { 7 };
	static const uint8_t empty[4];

	(void)state;
	/* RFC 8446 4.4.2: that of the request, which was empty */
	forge_certificate(SPAN(context), 0);
	refuse_message(SEAL_HS_WAIT_CLIENT_CERTIFICATE, SEAL_MSG_CERTIFICATE,
		       SEAL_E_ILLEGAL_PARAMETER);
	/* status_request, which our request does not have; key_share, misplaced */
	forge_certificate((struct seal_span){ 0 }, 5);
	refuse_message(SEAL_HS_WAIT_CLIENT_CERTIFICATE, SEAL_MSG_CERTIFICATE,
		       SEAL_E_UNSUPPORTED_EXTENSION);
	forge_certificate((struct seal_span){ 0 }, TYPE_KEY_SHARE);
	refuse_message(SEAL_HS_WAIT_CLIENT_CERTIFICATE, SEAL_MSG_CERTIFICATE,
		       SEAL_E_ILLEGAL_PARAMETER);
	forge_start(&forge);
	forge_bytes(&forge, empty, sizeof(empty));
	refuse_message(SEAL_HS_WAIT_CLIENT_CERTIFICATE, SEAL_MSG_CERTIFICATE,
		       SEAL_E_CERTIFICATE_REQUIRED);
}

/* Signed with the client's key over the server's transcript, as @signer does */
static void send_signed(struct scene *scene, enum seal_side signer,
			uint16_t scheme, int error)
{
	uint8_t signature[SEAL_SIGNATURE_MAX], text[SEAL_SIGNED_MAX];
	struct seal_span signed_text = { text, 0 };
	size_t len;
	int status;

	assert_int_equal(seal_auth_signed_text(scene->victim, signer, text,
					       &signed_text.len), 0);
	assert_int_equal(seal_signer_sign(signer_with(scene->pair.client, 0x0403),
					  signed_text, signature, &len), 0);
	forge_start(&forge);
	forge_number(&forge, scheme, 2);
	forge_vector(&forge, 2, signature, len);
	status = puppet_send_message(&scene->puppet, SEAL_MSG_CERTIFICATE_VERIFY,
				     forge_span(&forge));
	if (error)
		expect_refusal(&scene->puppet, status, error);
	else
		assert_int_equal(status, SEAL_WANT_READ);
}

static void bad_signatures(void **state)
{
	static const struct {
		enum seal_side	signer;
		uint16_t	scheme;
		int		error;
	} cases[] = {
		{ SEAL_CLIENT, 0x0403, 0 },
		/* RFC 8446 4.4.3: the context string keeps the sides apart */
		{ SEAL_SERVER, 0x0403, SEAL_E_DECRYPT_ERROR },
		{ SEAL_CLIENT, 0x0503, SEAL_E_ILLEGAL_PARAMETER },
		{ SEAL_CLIENT, 0x0804, SEAL_E_ILLEGAL_PARAMETER },
		{ SEAL_CLIENT, 0x0401, SEAL_E_ILLEGAL_PARAMETER },
		{ SEAL_CLIENT, 0x0203, SEAL_E_ILLEGAL_PARAMETER },
	};
	struct scene scene;

	(void)state;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(cases); i++) {
		scene_open(&scene, SEAL_HS_WAIT_CLIENT_CERTIFICATE_VERIFY);
		send_signed(&scene, cases[i].signer, cases[i].scheme,
			    cases[i].error);
		scene_close(&scene);
	}
}

static const struct variant variants[] = {
	{ "ecdsa_p256", &kinds[0] },
	{ "ecdsa_p384", &kinds[1] },
	{ "rsa_pss", &kinds[2] },
	{ "ed25519", &kinds[3] },
	{ "ecdsa_p521", &kinds[4] },
	{ "rsa_pss_pss", &kinds[5] },
	{ "ed448", &kinds[6] },
};

static const struct walk walks[] = {
	{ "each_end_knows_the_other", each_end_knows_the_other, NULL },
	{ "after_a_retry", after_a_retry, NULL },
};

static const struct CMUnitTest others[] = {
	cmocka_unit_test(no_certificate_where_it_is_optional),
	cmocka_unit_test(nobody_sends_one_unasked),
	cmocka_unit_test(with_an_intermediate),
	cmocka_unit_test(no_certificate_where_it_is_required),
	cmocka_unit_test(of_another_ca),
	cmocka_unit_test(for_another_purpose),
	cmocka_unit_test(whose_key_may_not_sign),
	cmocka_unit_test(without_a_purpose),
	cmocka_unit_test(a_server_that_asks_has_to_trust_somebody),
	cmocka_unit_test(an_insecure_server_takes_any),
	cmocka_unit_test(bad_certificates),
	cmocka_unit_test(bad_signatures),
};

int main(void)
{
	const struct cases cases = {
		walks, SEAL_ARRAY_SIZE(walks),
		variants, SEAL_ARRAY_SIZE(variants),
		others, SEAL_ARRAY_SIZE(others),
	};

	return run_cases(&cases, NULL, NULL);
}
