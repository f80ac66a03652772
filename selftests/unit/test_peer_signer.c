// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Certificates whose private key the library does not have enter, and signatures of the
 * application, good and bad; what OpenSSL on the other end thinks of them leaves.
 */
#include <stdio.h>
#include <string.h>

#include <openssl/pem.h>

#include "asker.h"
#include "peer.h"

static const enum seal_key_kind kinds[] = {
	SEAL_KEY_P256, SEAL_KEY_P384, SEAL_KEY_P521, SEAL_KEY_RSA, SEAL_KEY_RSA_PSS,
	SEAL_KEY_ED25519, SEAL_KEY_ED448,
};

static struct seal_config *signer_of(enum seal_side side, const struct identity *id,
				     struct asker *asker)
{
	struct seal_config *cfg = seal_config_new(side);

	assert_non_null(cfg);
	asker->id = id;
	if (side == SEAL_CLIENT)
		assert_int_equal(seal_config_set_ca_file(cfg, pki_ca()), 0);
	assert_int_equal(seal_config_add_certificate_signer(cfg, id->chain, asker_sign,
							    asker), 0);
	return cfg;
}

/* ------------------------------------------------------- every kind of key */

static void open_peer(struct peer *peer, enum seal_side side, enum seal_key_kind kind,
		      struct asker *asker)
{
	SSL_CTX *ctx;

	if (side == SEAL_SERVER) {
		peer_open(peer, peer_context(SEAL_CLIENT, NULL),
			  signer_of(side, pki_identity(kind), asker));
		return;
	}
	ctx = peer_context(SEAL_SERVER, pki_identity(SEAL_KEY_P256));
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	peer_open(peer, ctx, signer_of(side, pki_client(kind), asker));
}

static void sign_as(enum seal_side side, enum seal_key_kind kind, bool later)
{
	struct asker asker = { .later = later };
	struct peer peer;

	open_peer(&peer, side, kind, &asker);
	if (later) {
		assert_int_equal(peer_shake(&peer), SEAL_WANT_ANSWER);
		assert_int_equal(seal_conn_question(peer.conn), SEAL_ASKS_SIGNATURE);
		asker_make_signature(&asker);
		assert_int_equal(seal_conn_answer(peer.conn, 0), 0);
		assert_true(feed(peer.conn, NULL, 0) >= 0);
	}
	peer_shake(&peer);
	assert_int_equal(seal_conn_status(peer.conn), 0);
	assert_false(peer_failed(&peer));
	assert_int_equal(SSL_get_verify_result(peer.ssl), X509_V_OK);
	assert_int_equal(asker.scheme->key, kind);
	assert_int_equal(seal_conn_scheme(peer.conn), asker.scheme->id);
	assert_int_equal(asker.calls, 1);
	peer_close(&peer);
}

static void openssl_takes_it(void **state)
{
	const enum seal_key_kind kind = *(const enum seal_key_kind *)*state;

	for (int later = 0; later < 2; later++) {
		sign_as(SEAL_SERVER, kind, later);
		sign_as(SEAL_CLIENT, kind, later);
	}
}

/* A key of RSA-PSS may be restricted to one hash; the public one says so too */
static void the_public_key_says_which_schemes(void **state)
{
	struct asker asker = { 0 };
	struct seal_config *cfg;
	struct identity id;

	(void)state;
	pki_issue(&(struct cert_spec){ .kind = SEAL_KEY_RSA_PSS, .digest = "SHA384" }, &id);
	cfg = signer_of(SEAL_SERVER, &id, &asker);
	for (size_t i = 0; i < SEAL_SCHEME_COUNT; i++)
		assert_int_equal(!!(cfg->creds->schemes & 1U << i),
				 seal_schemes[i].id == 0x080a);
	seal_config_unref(cfg);
}

/* --------------------------------------------------------- wrong signatures */

static void pass(struct asker *asker, const void *data, size_t len)
{
	assert_int_equal(seal_conn_set_signature(asker->conn, data, len), 0);
}

static void none(struct asker *asker)
{
	(void)asker;
}

static void empty(struct asker *asker)
{
	pass(asker, NULL, 0);
}

static void garbage(struct asker *asker)
{
	static const uint8_t bytes[SEAL_SIGNATURE_MAX] = { 0x30, 0x06, 2, 1, 1, 2, 1, 1 };

	pass(asker, bytes, 8);
	pass(asker, bytes, sizeof(bytes));
	assert_int_equal(seal_conn_set_signature(asker->conn, bytes, sizeof(bytes) + 1),
			 SEAL_E_INVALID);
}

static void cut_short(struct asker *asker)
{
	asker_make_signature(asker);
	seal_buf_truncate(&asker->conn->signature, asker->conn->signature.len - 1);
}

static void too_long(struct asker *asker)
{
	asker_make_signature(asker);
	assert_int_equal(seal_buf_append(&asker->conn->signature, "", 1), 0);
}

static void of_another_text(struct asker *asker)
{
	asker->text[asker->text_len - 1] ^= 1;
	asker_make_signature(asker);
}

static void of_another_scheme(struct asker *asker)
{
	asker->scheme = seal_scheme_find(0x0503);
	asker_make_signature(asker);
}

static void of_another_key(struct asker *asker)
{
	struct identity other;

	pki_issue(&(struct cert_spec){ 0 }, &other);
	asker->id = &other;
	asker_make_signature(asker);
}

static void taken_back(struct asker *asker)
{
	asker_make_signature(asker);
	pass(asker, "", 1);
}

static void (*const wrongs[])(struct asker *asker) = {
	none, empty, garbage, cut_short, too_long, of_another_text, of_another_scheme,
	of_another_key, taken_back,
};

/* It is no fault of the peer, who sees nothing of it but the alert */
static void never_leaves(void (*sign)(struct asker *asker))
{
	struct asker asker = { .later = true };
	struct seal_conn *server, *client;
	struct seal_config *cfg = signer_of(SEAL_SERVER, pki_identity(SEAL_KEY_P256),
					    &asker);
	struct pair pair;

	pair_open(&pair, common_client(), cfg);
	server = pair.server;
	client = pair.client;
	assert_int_equal(pair_move(client, server), SEAL_WANT_ANSWER);
	sign(&asker);
	assert_int_equal(seal_conn_answer(server, 0), 0);
	assert_int_equal(feed(server, NULL, 0), SEAL_E_KEY_MISMATCH);
	assert_non_null(strstr(seal_conn_error(server), "what the application signed"));
	assert_int_equal(pair_move(server, client), SEAL_E_ALERT);
	assert_int_equal(seal_conn_alert(client), 80);
	assert_int_equal(client->peer_chain.len, 0);
	pair_close(&pair);
	seal_config_unref(cfg);
}

static void wrong_ones_never_leave(void **state)
{
	(void)state;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(wrongs); i++)
		never_leaves(wrongs[i]);
}

/* The last one counts */
static void it_may_be_set_again(void **state)
{
	struct asker asker = { .later = true };
	struct seal_config *cfg = signer_of(SEAL_SERVER, pki_identity(SEAL_KEY_P256),
					    &asker);
	struct pair pair;

	(void)state;
	pair_open(&pair, common_client(), cfg);
	assert_int_equal(pair_move(pair.client, pair.server), SEAL_WANT_ANSWER);
	garbage(&asker);
	asker_make_signature(&asker);
	assert_int_equal(seal_conn_answer(pair.server, 0), 0);
	assert_int_equal(feed(pair.server, NULL, 0), SEAL_WANT_READ);
	assert_int_equal(pair_shake(&pair), 0);
	expect_agreement(&pair);
	assert_int_equal(pair.server->signature.len, 0);
	pair_close(&pair);
	seal_config_unref(cfg);
}

/* ------------------------------------------------------------------- when */

static void after_a_retry(void **state)
{
	static const uint16_t p256 = 0x0017;
	struct asker asker = { .later = true };
	struct seal_config *cfg = signer_of(SEAL_SERVER, pki_identity(SEAL_KEY_P256),
					    &asker);
	struct pair pair;

	(void)state;
	assert_int_equal(seal_config_set_groups(cfg, &p256, 1), 0);
	pair_open(&pair, common_client(), cfg);
	assert_int_equal(pair_move(pair.client, pair.server), SEAL_WANT_READ);
	assert_int_equal(pair_move(pair.server, pair.client), SEAL_WANT_READ);
	assert_int_equal(asker.calls, 0);
	assert_int_equal(pair_move(pair.client, pair.server), SEAL_WANT_ANSWER);
	asker_make_signature(&asker);
	assert_int_equal(seal_conn_answer(pair.server, 0), 0);
	assert_int_equal(feed(pair.server, NULL, 0), SEAL_WANT_READ);
	assert_int_equal(pair_shake(&pair), 0);
	expect_agreement(&pair);
	pair_close(&pair);
	seal_config_unref(cfg);
}

/* Three answers in one handshake: its configuration, its signature, its verdict */
static void one_question_after_another(void **state)
{
	struct seal_config *first = seal_config_new(SEAL_SERVER), *chosen;
	struct asker select = { .later = true }, sign = { .later = true };
	struct asker verdict = { .later = true };
	struct pair pair;

	(void)state;
	chosen = signer_of(SEAL_SERVER, pki_identity(SEAL_KEY_P256), &sign);
	assert_int_equal(seal_config_set_ca_file(chosen, pki_ca()), 0);
	assert_int_equal(seal_config_set_client_auth(chosen,
						     SEAL_CLIENT_AUTH_REQUIRED), 0);
	asker_questions[1].install(chosen, &verdict);
	asker_questions[0].install(first, &select);
	select.choice = chosen;
	pair_open(&pair, common_known_client(), first);
	seal_config_unref(first);
	assert_int_equal(pair_move(pair.client, pair.server), SEAL_WANT_ANSWER);
	asker_answer(&asker_questions[0], &select);
	assert_int_equal(feed(pair.server, NULL, 0), SEAL_WANT_ANSWER);
	asker_answer(&asker_questions[3], &sign);
	assert_int_equal(feed(pair.server, NULL, 0), SEAL_WANT_READ);
	assert_int_equal(pair_move(pair.server, pair.client), 0);
	assert_int_equal(pair_move(pair.client, pair.server), SEAL_WANT_ANSWER);
	asker_answer(&asker_questions[1], &verdict);
	assert_int_equal(feed(pair.server, NULL, 0), 0);
	expect_agreement(&pair);
	pair_close(&pair);
	seal_config_unref(chosen);
}

/* One of several certificates, the one that fits the client */
static void it_may_be_one_of_several(void **state)
{
	const struct identity *rsa = pki_identity(SEAL_KEY_RSA);
	struct asker asker = { 0 };
	struct seal_config *cfg = signer_of(SEAL_SERVER, pki_identity(SEAL_KEY_ED25519),
					    &asker);
	struct peer peer;
	SSL_CTX *ctx;

	(void)state;
	assert_int_equal(seal_config_add_certificate(cfg, rsa->chain, rsa->key), 0);
	for (int i = 0; i < 2; i++) {
		ctx = peer_context(SEAL_CLIENT, NULL);
		assert_int_equal(SSL_CTX_set1_sigalgs_list(ctx, i ?
				 "RSA-PSS+SHA256:ECDSA+SHA256" :
				 "ed25519:ECDSA+SHA256"), 1);
		peer_open(&peer, ctx, seal_config_ref(cfg));
		assert_int_equal(peer_shake(&peer), 0);
		assert_false(peer_failed(&peer));
		assert_int_equal(asker.calls, 1);
		peer_close(&peer);
	}
	seal_config_unref(cfg);
}

static void nothing_is_signed_in_resumption(void **state)
{
	struct asker asker = { 0 };
	struct seal_config *cfg = signer_of(SEAL_SERVER, pki_identity(SEAL_KEY_P256),
					    &asker);
	const struct seal_psk_key key = { .len = 32 };
	struct seal_config *client = new_client_config();
	struct pair pair;

	(void)state;
	assert_int_equal(seal_config_add_psk(cfg, "x", 1, &key), 0);
	assert_int_equal(seal_config_add_psk(client, "x", 1, &key), 0);
	pair_open(&pair, client, cfg);
	assert_int_equal(pair_shake(&pair), 0);
	assert_int_equal(asker.calls, 0);
	pair_close(&pair);
	seal_config_unref(client);
	seal_config_unref(cfg);
}

/* ------------------------------------------------------------------ files */

static void files_that_do_not_do(void **state)
{
	struct seal_config *cfg = seal_config_new(SEAL_SERVER);
	struct asker asker = { 0 };
	struct seal_conn *conn;
	struct identity id;

	(void)state;
	assert_int_equal(seal_config_add_certificate_signer(cfg, "/nowhere", asker_sign,
							    &asker), SEAL_E_FILE);
	assert_true(seal_config_error(cfg)[0]);
	assert_int_equal(seal_config_add_certificate_signer(cfg,
				pki_identity(SEAL_KEY_P256)->key, asker_sign, &asker),
			 SEAL_E_FILE);
	pki_issue(&(struct cert_spec){ .kind = SEAL_KEY_RSA, .rsa_bits = 1024 }, &id);
	assert_int_equal(seal_config_add_certificate_signer(cfg, id.chain, asker_sign,
							    &asker), SEAL_E_FILE);
	assert_int_equal(seal_conn_new(cfg, NULL, &conn), SEAL_E_INVALID);
	for (int i = 0; i < SEAL_CREDS_MAX; i++)
		assert_int_equal(seal_config_add_certificate_signer(cfg,
					pki_identity(SEAL_KEY_P256)->chain, asker_sign,
					&asker), 0);
	assert_int_equal(seal_config_add_certificate_signer(cfg,
				pki_identity(SEAL_KEY_P256)->chain, asker_sign, &asker),
			 SEAL_E_INVALID);
	assert_int_equal(seal_conn_new(cfg, NULL, &conn), 0);
	assert_int_equal(seal_config_add_certificate_signer(cfg,
				pki_identity(SEAL_KEY_P256)->chain, asker_sign, &asker),
			 SEAL_E_INVALID);
	seal_conn_free(conn);
	seal_config_unref(cfg);
}

static const struct walk walks[] = {
	{ "openssl_takes_it", openssl_takes_it, NULL },
};

static const struct variant variants[] = {
	{ "ecdsa_p256", &kinds[0] }, { "ecdsa_p384", &kinds[1] },
	{ "ecdsa_p521", &kinds[2] }, { "rsa", &kinds[3] }, { "rsa_pss", &kinds[4] },
	{ "ed25519", &kinds[5] }, { "ed448", &kinds[6] },
};

static const struct CMUnitTest others[] = {
	cmocka_unit_test(wrong_ones_never_leave),
	cmocka_unit_test(the_public_key_says_which_schemes),
	cmocka_unit_test(it_may_be_set_again),
	cmocka_unit_test(after_a_retry),
	cmocka_unit_test(one_question_after_another),
	cmocka_unit_test(it_may_be_one_of_several),
	cmocka_unit_test(nothing_is_signed_in_resumption),
	cmocka_unit_test(files_that_do_not_do),
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
