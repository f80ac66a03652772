// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * OCSP responses of every kind enter, stapled by either side; what the other side makes
 * of them leaves (RFC 6066 8, RFC 6960, RFC 7633, RFC 8446 4.4.2.1).
 */
#include <string.h>

#include <openssl/ocsp.h>

#include "unit.h"

#define STATUS_REQUEST	5

static struct forge forge;

static void meet(struct pair *pair, struct seal_config *client,
		 struct seal_config *server)
{
	pair_open(pair, client, server);
	seal_config_unref(client);
	seal_config_unref(server);
}

/* One end with a certificate; the server asks the client for it */
static struct seal_config *end_with(enum seal_side side, const struct identity *id)
{
	struct seal_config *cfg = seal_config_new(side);

	assert_non_null(cfg);
	assert_int_equal(seal_config_set_ca_file(cfg, pki_ca()), 0);
	if (id)
		assert_int_equal(seal_config_set_certificate(cfg, id->chain,
							     id->key), 0);
	return cfg;
}

/* Whatever it is, also what the setter would not take */
static void staple(struct seal_config *cfg, const void *data, size_t len)
{
	assert_int_equal(seal_cred_set_staple(cfg->creds, SEAL_STAPLE_OCSP,
					      (struct seal_span){ data, len }), 0);
	cfg->creds->staple_until = UINT64_MAX;
}

static void staple_spec(struct seal_config *cfg, const struct ocsp_spec *spec)
{
	uint8_t response[OCSP_MAX];

	staple(cfg, response, pki_ocsp(spec, response));
}

static struct seal_config *server_with(const struct ocsp_spec *spec)
{
	struct seal_config *cfg = end_with(SEAL_SERVER, spec->about ? spec->about :
					   pki_identity(SEAL_KEY_P256));

	staple_spec(cfg, spec);
	return cfg;
}

static struct seal_config *client_that(enum seal_ocsp mode)
{
	struct seal_config *cfg = end_with(SEAL_CLIENT, NULL);

	assert_int_equal(seal_config_set_ocsp(cfg, mode), 0);
	return cfg;
}

/* ----------------------------------------------------- what has to work */

static void take(const struct ocsp_spec *spec)
{
	struct pair pair;
	size_t len;

	meet(&pair, client_that(SEAL_OCSP_REQUIRED), server_with(spec));
	assert_int_equal(pair_shake(&pair), 0);
	expect_agreement(&pair);
	assert_non_null(seal_conn_peer_ocsp_response(pair.client, &len));
	assert_null(seal_conn_peer_ocsp_response(pair.server, &len));
	assert_int_equal(len, 0);
	pair_close(&pair);
}

static void a_good_one_is_taken(void **state)
{
	(void)state;
	take(&(struct ocsp_spec){ 0 });
	take(&(struct ocsp_spec){ .id_digest = "SHA256" });
	take(&(struct ocsp_spec){ .signer = SIGNER_DELEGATE });
	take(&(struct ocsp_spec){ .digest = "SHA384" });
	take(&(struct ocsp_spec){ .signer = SIGNER_DELEGATE, .pss = true });
	take(&(struct ocsp_spec){ .twice = true });
	/* clocks are never quite right */
	take(&(struct ocsp_spec){ .from = 60, .until = 7200 });
	take(&(struct ocsp_spec){ .from = -7200, .until = -60 });
}

static void it_comes_from_a_file(void **state)
{
	struct seal_config *server = end_with(SEAL_SERVER,
					      pki_identity(SEAL_KEY_P256));
	uint8_t response[OCSP_MAX];
	char path[PKI_PATH_MAX];
	const void *seen;
	struct pair pair;
	size_t len, seen_len;

	(void)state;
	len = pki_ocsp(&(struct ocsp_spec){ 0 }, response);
	pki_write("response", response, len, path);
	assert_int_equal(seal_config_set_ocsp_response(server, path), 0);
	assert_string_equal(seal_config_error(server), "");
	/* a client asks by default */
	meet(&pair, end_with(SEAL_CLIENT, NULL), server);
	assert_int_equal(pair_shake(&pair), 0);
	seen = seal_conn_peer_ocsp_response(pair.client, &seen_len);
	assert_int_equal(seen_len, len);
	assert_memory_equal(seen, response, len);
	pair_close(&pair);
}

static void of_an_intermediate(void **state)
{
	struct ocsp_spec spec = { .issuer = ISSUER_INTERMEDIATE };
	char ca[PKI_PATH_MAX], whole[PKI_PATH_MAX];
	struct identity id, leaf;

	(void)state;
	pki_issue(&(struct cert_spec){ .issuer = ISSUER_INTERMEDIATE }, &leaf);
	pki_path(ca, "ocsp-intermediate");
	pki_write_intermediate(ca);
	pki_path(whole, "ocsp-chain");
	pki_join(whole, leaf.chain, ca);
	id = leaf;
	strcpy(id.chain, whole);
	spec.about = &id;
	take(&spec);
	spec.signer = SIGNER_DELEGATE;
	take(&spec);
}

/* Which of several is sent decides on the response */
static void each_certificate_has_its_own(void **state)
{
	struct identity other;
	struct seal_config *server;
	struct pair pair;
	char path[PKI_PATH_MAX];
	uint8_t response[OCSP_MAX];
	size_t len;

	(void)state;
	pki_issue(&(struct cert_spec){ .kind = SEAL_KEY_ED25519 }, &other);
	server = end_with(SEAL_SERVER, pki_identity(SEAL_KEY_P256));
	assert_int_equal(seal_config_add_certificate(server, other.chain,
						     other.key), 0);
	len = pki_ocsp(&(struct ocsp_spec){ .about = &other }, response);
	pki_write("other-response", response, len, path);
	assert_int_equal(seal_config_set_ocsp_response(server, path), 0);
	meet(&pair, client_that(SEAL_OCSP_REQUIRED), server);
	assert_int_equal(pair_shake(&pair), SEAL_E_BAD_STATUS_RESPONSE);
	pair_close(&pair);
}

/* ------------------------------------------------------------ who asks */

static bool is_sent(struct seal_config *client, struct seal_config *server)
{
	struct pair pair;
	size_t len;
	bool sent;

	meet(&pair, client, server);
	assert_int_equal(pair_shake(&pair), 0);
	sent = seal_conn_peer_ocsp_response(pair.client, &len);
	pair_close(&pair);
	return sent;
}

static void none_is_sent_unasked(void **state)
{
	const struct ocsp_spec spec = { .status = V_OCSP_CERTSTATUS_REVOKED };
	struct seal_config *insecure = seal_config_new(SEAL_CLIENT);

	(void)state;
	seal_config_set_insecure(insecure);
	assert_false(is_sent(insecure, server_with(&spec)));
	assert_false(is_sent(client_that(SEAL_OCSP_NONE), server_with(&spec)));
}

static void one_that_has_ended_is_not_sent(void **state)
{
	struct seal_config *server = server_with(&(struct ocsp_spec){ 0 });

	(void)state;
	server->creds->staple_until = seal_session_now() / 1000;
	assert_false(is_sent(client_that(SEAL_OCSP_OPTIONAL), server));
	server = server_with(&(struct ocsp_spec){ 0 });
	server->creds->staple_until = seal_session_now() / 1000 + 3600;
	assert_true(is_sent(client_that(SEAL_OCSP_OPTIONAL), server));
}

/* ------------------------------------------------------------- refusals */

static void refuse(struct seal_config *client, struct seal_config *server,
		   int error, const char *why)
{
	struct pair pair;

	meet(&pair, client, server);
	assert_int_equal(pair_shake(&pair), error);
	assert_non_null(strstr(seal_conn_error(pair.client), why));
	assert_int_equal(pair_move(pair.client, pair.server), SEAL_E_ALERT);
	assert_int_equal(seal_conn_alert(pair.server),
			 error == SEAL_E_CERTIFICATE_REVOKED ? 44 : 113);
	pair_close(&pair);
}

static void bad_ones_are_refused(void **state)
{
	static const struct {
		struct ocsp_spec	 spec;
		const char		*why;
	} cases[] = {
		{ { .status = V_OCSP_CERTSTATUS_UNKNOWN }, "does not know" },
		{ { .from = -7200, .until = -3600 }, "not valid at this time" },
		{ { .from = 3600, .until = 7200 }, "not valid at this time" },
		{ { .until = -1 }, "no nextUpdate" },
		{ { .signer = SIGNER_SIBLING }, "not signed by who may" },
		{ { .signer = SIGNER_STRANGER }, "not signed by who may" },
		{ { .claimed = ISSUER_OTHER_ROOT }, "not signed by who may" },
		{ { .digest = "SHA1" }, "weak hash" },
		{ { .signer = SIGNER_DELEGATE, .pss = true, .digest = "SHA1" },
		  "weak hash" },
		{ { .critical = true }, "critical extension" },
		{ { .response = OCSP_RESPONSE_STATUS_TRYLATER }, "trylater" },
		{ { .response = OCSP_RESPONSE_STATUS_UNAUTHORIZED },
		  "unauthorized" },
		{ { .twice = true, .status = V_OCSP_CERTSTATUS_UNKNOWN },
		  "does not know" },
	};
	static const enum seal_ocsp modes[] = {
		SEAL_OCSP_OPTIONAL, SEAL_OCSP_REQUIRED
	};

	(void)state;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(cases); i++)
		for (size_t m = 0; m < SEAL_ARRAY_SIZE(modes); m++)
			refuse(client_that(modes[m]), server_with(&cases[i].spec),
			       SEAL_E_BAD_STATUS_RESPONSE, cases[i].why);
}

static void a_revoked_certificate_is_refused(void **state)
{
	const struct ocsp_spec revoked = { .status = V_OCSP_CERTSTATUS_REVOKED };
	const struct ocsp_spec both = { .status = V_OCSP_CERTSTATUS_REVOKED,
					.twice = true };

	(void)state;
	refuse(client_that(SEAL_OCSP_OPTIONAL), server_with(&revoked),
	       SEAL_E_CERTIFICATE_REVOKED, "OCSP");
	refuse(client_that(SEAL_OCSP_OPTIONAL), server_with(&both),
	       SEAL_E_CERTIFICATE_REVOKED, "OCSP");
}

/* Of the same CA, of another with the same serial number, of itself */
static void it_has_to_be_about_the_certificate(void **state)
{
	const struct identity *id = pki_identity(SEAL_KEY_P256);
	struct seal_config *server;
	struct identity other;

	(void)state;
	pki_issue(&(struct cert_spec){ 0 }, &other);
	server = end_with(SEAL_SERVER, id);
	staple_spec(server, &(struct ocsp_spec){ .about = &other });
	refuse(client_that(SEAL_OCSP_OPTIONAL), server, SEAL_E_BAD_STATUS_RESPONSE,
	       "about another certificate");
	/* a CA speaks of another one's */
	server = end_with(SEAL_SERVER, id);
	staple_spec(server, &(struct ocsp_spec){ .issuer = ISSUER_INTERMEDIATE,
						 .about = id });
	refuse(client_that(SEAL_OCSP_OPTIONAL), server, SEAL_E_BAD_STATUS_RESPONSE,
	       "OCSP response");
}

static void none_where_one_is_required(void **state)
{
	(void)state;
	refuse(client_that(SEAL_OCSP_REQUIRED),
	       end_with(SEAL_SERVER, pki_identity(SEAL_KEY_P256)),
	       SEAL_E_BAD_STATUS_RESPONSE, "one is required");
}

/* RFC 7633 */
static void none_where_the_certificate_promises_one(void **state)
{
	struct identity id;
	struct ocsp_spec spec = { .about = &id };
	struct pair pair;

	(void)state;
	pki_issue(&(struct cert_spec){ .feature = "status_request" }, &id);
	refuse(client_that(SEAL_OCSP_OPTIONAL), end_with(SEAL_SERVER, &id),
	       SEAL_E_BAD_STATUS_RESPONSE, "promises one");
	take(&spec);
	assert_false(is_sent(client_that(SEAL_OCSP_NONE), server_with(&spec)));
	/* one in doubt does, other features do not */
	pki_issue(&(struct cert_spec){ .feature = "DER:04:00" }, &id);
	refuse(client_that(SEAL_OCSP_OPTIONAL), end_with(SEAL_SERVER, &id),
	       SEAL_E_BAD_STATUS_RESPONSE, "promises one");
	pki_issue(&(struct cert_spec){ .feature = "17" }, &id);
	meet(&pair, client_that(SEAL_OCSP_OPTIONAL), end_with(SEAL_SERVER, &id));
	assert_int_equal(pair_shake(&pair), 0);
	pair_close(&pair);
}

/* Cut at every byte, with one too many, with each byte changed: never taken */
static void damaged_ones_are_refused(void **state)
{
	uint8_t good[OCSP_MAX + 1] = { 0 }, bytes[OCSP_MAX + 1];
	size_t len = pki_ocsp(&(struct ocsp_spec){ 0 }, good);
	struct seal_config *server;

	(void)state;
	for (size_t cut = 1; cut <= len + 1; cut++) {
		if (cut == len)
			continue;
		server = end_with(SEAL_SERVER, pki_identity(SEAL_KEY_P256));
		staple(server, good, cut);
		refuse(client_that(SEAL_OCSP_OPTIONAL), server,
		       SEAL_E_BAD_STATUS_RESPONSE, "cannot be decoded");
	}
	for (size_t at = 0; at < len; at += 7) {
		memcpy(bytes, good, len);
		bytes[at] ^= 0x55;
		server = end_with(SEAL_SERVER, pki_identity(SEAL_KEY_P256));
		staple(server, bytes, len);
		refuse(client_that(SEAL_OCSP_OPTIONAL), server,
		       SEAL_E_BAD_STATUS_RESPONSE, "OCSP");
	}
}

/* -------------------------------------------------- certificates of clients */

static struct seal_config *asking_server(enum seal_ocsp mode)
{
	struct seal_config *cfg = end_with(SEAL_SERVER, pki_identity(SEAL_KEY_P256));

	assert_int_equal(seal_config_set_client_auth(cfg,
						     SEAL_CLIENT_AUTH_REQUIRED), 0);
	assert_int_equal(seal_config_set_ocsp(cfg, mode), 0);
	return cfg;
}

static struct seal_config *stapling_client(struct ocsp_spec spec)
{
	struct seal_config *cfg = end_with(SEAL_CLIENT, pki_client(SEAL_KEY_P256));

	spec.about = pki_client(SEAL_KEY_P256);
	staple_spec(cfg, &spec);
	return cfg;
}

static void a_client_staples_too(void **state)
{
	static const struct {
		enum seal_ocsp		mode;
		bool			staples;
		struct ocsp_spec	spec;
		int			error;
	} cases[] = {
		{ SEAL_OCSP_REQUIRED, true, { 0 }, 0 },
		{ SEAL_OCSP_OPTIONAL, true, { 0 }, 0 },
		{ SEAL_OCSP_OPTIONAL, false, { 0 }, 0 },
		{ SEAL_OCSP_REQUIRED, false, { 0 }, SEAL_E_BAD_STATUS_RESPONSE },
		{ SEAL_OCSP_OPTIONAL, true, { .status = V_OCSP_CERTSTATUS_REVOKED },
		  SEAL_E_CERTIFICATE_REVOKED },
		{ SEAL_OCSP_OPTIONAL, true, { .signer = SIGNER_STRANGER },
		  SEAL_E_BAD_STATUS_RESPONSE },
		/* by default a server does not ask */
		{ SEAL_OCSP_NONE, true, { .status = V_OCSP_CERTSTATUS_REVOKED }, 0 },
	};
	struct pair pair;
	size_t len;

	(void)state;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(cases); i++) {
		meet(&pair, stapling_client(cases[i].spec),
		     asking_server(cases[i].mode));
		if (!cases[i].staples)
			pair.client->cfg->creds->staple_until = 0;
		assert_int_equal(pair_shake(&pair), cases[i].error);
		assert_int_equal(!!seal_conn_peer_ocsp_response(pair.server, &len),
				 cases[i].staples && cases[i].mode);
		pair_close(&pair);
	}
}

/* ------------------------------------------------------ forged messages */

static struct seal_span request;	/* of send_request() */

static void put_request(struct hello *hello)
{
	hello_add(hello, STATUS_REQUEST, request);
}

static int send_request(struct scene *scene, struct seal_span body)
{
	request = body;
	return scene_send_hello(scene, put_request);
}

static void requests_of_every_form(void **state)
{
	static const struct {
		struct seal_span	body;
		int			error;
		unsigned int		asked;
	} cases[] = {
#define BODY(text)	{ (const uint8_t *)(text), sizeof(text) - 1 }
		{ BODY("\1\0\0\0\0"), 0, 1 },
		{ BODY("\1\0\3\0\1x\0\2ab"), 0, 1 },
		/* a type that nobody knows is not for us, whatever follows */
		{ BODY("\2"), 0, 0 },
		{ BODY("\2garbage"), 0, 0 },
		{ BODY(""), SEAL_E_DECODE_ERROR, 0 },
		{ BODY("\1"), SEAL_E_DECODE_ERROR, 0 },
		{ BODY("\1\0"), SEAL_E_DECODE_ERROR, 0 },
		{ BODY("\1\0\0"), SEAL_E_DECODE_ERROR, 0 },
		{ BODY("\1\0\0\0"), SEAL_E_DECODE_ERROR, 0 },
		{ BODY("\1\0\0\0\0\0"), SEAL_E_DECODE_ERROR, 0 },
		{ BODY("\1\0\2\0\0\0\0"), SEAL_E_DECODE_ERROR, 0 },
		{ BODY("\1\0\3\0\2x\0\0"), SEAL_E_DECODE_ERROR, 0 },
		{ BODY("\1\0\1x\0\0"), SEAL_E_DECODE_ERROR, 0 },
		{ BODY("\1\0\0\0\1"), SEAL_E_DECODE_ERROR, 0 },
	};
	struct scene scene;
	int status;

	(void)state;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(cases); i++) {
		status = send_request(&scene, cases[i].body);
		if (cases[i].error)
			expect_refusal(&scene.puppet, status, cases[i].error);
		else
			assert_int_equal(status, SEAL_WANT_READ);
		assert_int_equal(scene.victim->staples, cases[i].asked);
		scene_close(&scene);
	}
}

static void forge_status(struct seal_span body, bool second)
{
	const char *chain = pki_identity(SEAL_KEY_P256)->chain;
	uint8_t der[2048];
	size_t len = pki_der(chain, der, sizeof(der));

	forge_start(&forge);
	forge_number(&forge, 0, 1);
	forge_open(&forge, 3);
	for (int i = 0; i <= second; i++) {
		forge_vector(&forge, 3, der, len);
		forge_open(&forge, 2);
		if (i == second) {
			forge_number(&forge, STATUS_REQUEST, 2);
			forge_vector(&forge, 2, body.data, body.len);
		}
		forge_close(&forge);
	}
	forge_close(&forge);
}

static void statuses_of_every_form(void **state)
{
	static const struct {
		struct seal_span	body;
		int			error;
	} cases[] = {
		{ BODY(""), SEAL_E_DECODE_ERROR },
		{ BODY("\1"), SEAL_E_DECODE_ERROR },
		{ BODY("\1\0\0\0"), SEAL_E_DECODE_ERROR },
		{ BODY("\1\0\0\2x"), SEAL_E_DECODE_ERROR },
		{ BODY("\1\0\0\1xy"), SEAL_E_DECODE_ERROR },
		{ BODY("\1\xff\xff\xffx"), SEAL_E_DECODE_ERROR },
		{ BODY("\2\0\0\1x"), SEAL_E_ILLEGAL_PARAMETER },
		{ BODY("\1\0\0\1x"), SEAL_E_BAD_STATUS_RESPONSE },
	};
	struct scene scene;
	int status;

	(void)state;
	for (size_t i = 0; i < 2 * SEAL_ARRAY_SIZE(cases); i++) {
		bool second = i & 1;
		int error = cases[i / 2].error;

		scene_open(&scene, SEAL_HS_WAIT_CERTIFICATE_OR_REQUEST);
		forge_status(cases[i / 2].body, second);
		status = puppet_send_message(&scene.puppet, SEAL_MSG_CERTIFICATE,
					     forge_span(&forge));
		/* what stands beside others is read, but not looked at */
		if (second && error == SEAL_E_BAD_STATUS_RESPONSE)
			assert_int_equal(status, SEAL_WANT_READ);
		else
			expect_refusal(&scene.puppet, status, error);
		scene_close(&scene);
	}
}

/* -------------------------------------------------------------- setters */

static void expect_file_error(struct seal_config *cfg, const char *name,
			      struct seal_span bytes, const char *why)
{
	char path[PKI_PATH_MAX];

	pki_write(name, bytes.data, bytes.len, path);
	assert_int_equal(seal_config_set_ocsp_response(cfg, path), SEAL_E_FILE);
	assert_non_null(strstr(seal_config_error(cfg), path));
	assert_non_null(strstr(seal_config_error(cfg), why));
	assert_int_equal(cfg->creds->staples[SEAL_STAPLE_OCSP].len, 0);
}

static void files_that_are_no_good(void **state)
{
	static const struct {
		struct ocsp_spec	 spec;
		const char		*why;
	} cases[] = {
		{ { .response = OCSP_RESPONSE_STATUS_TRYLATER }, "trylater" },
		{ { .until = -1 }, "no nextUpdate" },
		{ { .claimed = ISSUER_OTHER_ROOT }, "another certificate" },
	};
	struct seal_config *cfg = end_with(SEAL_SERVER,
					   pki_identity(SEAL_KEY_P256));
	static uint8_t bytes[33000];
	size_t len;

	(void)state;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(cases); i++) {
		len = pki_ocsp(&cases[i].spec, bytes);
		expect_file_error(cfg, "bad", (struct seal_span){ bytes, len },
				  cases[i].why);
	}
	expect_file_error(cfg, "garbage", SPAN((const uint8_t *)"garbage"),
			  "cannot be decoded");
	expect_file_error(cfg, "empty", (struct seal_span){ bytes, 0 }, "1 to 32768");
	expect_file_error(cfg, "huge", SPAN(bytes), "1 to 32768");
	assert_int_equal(seal_config_set_ocsp_response(cfg, "/nonexistent"),
			 SEAL_E_FILE);
	assert_int_equal(seal_config_set_ocsp(cfg, 3), SEAL_E_INVALID);
	seal_config_unref(cfg);
	cfg = seal_config_new(SEAL_CLIENT);
	assert_int_equal(seal_config_set_ocsp_response(cfg, pki_ca()),
			 SEAL_E_INVALID);
	assert_non_null(strstr(seal_config_error(cfg), "no certificate"));
	seal_config_unref(cfg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_one_is_taken),
		cmocka_unit_test(it_comes_from_a_file),
		cmocka_unit_test(of_an_intermediate),
		cmocka_unit_test(each_certificate_has_its_own),
		cmocka_unit_test(none_is_sent_unasked),
		cmocka_unit_test(one_that_has_ended_is_not_sent),
		cmocka_unit_test(bad_ones_are_refused),
		cmocka_unit_test(a_revoked_certificate_is_refused),
		cmocka_unit_test(it_has_to_be_about_the_certificate),
		cmocka_unit_test(none_where_one_is_required),
		cmocka_unit_test(none_where_the_certificate_promises_one),
		cmocka_unit_test(damaged_ones_are_refused),
		cmocka_unit_test(a_client_staples_too),
		cmocka_unit_test(requests_of_every_form),
		cmocka_unit_test(statuses_of_every_form),
		cmocka_unit_test(files_that_are_no_good),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
