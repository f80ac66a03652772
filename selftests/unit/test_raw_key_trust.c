// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Files with keys enter, and sessions with servers that had one; which are trusted, and
 * which sessions are offered to whom, leaves (RFC 7250 3, RFC 8446 4.6.1).
 */
#include <stdlib.h>
#include <string.h>

#include "unit.h"

static const char *key_of(enum seal_key_kind kind)
{
	return pki_identity(kind)->key;
}

static struct seal_config *trusting(const char *path)
{
	struct seal_config *cfg = seal_config_new(SEAL_CLIENT);

	assert_non_null(cfg);
	assert_int_equal(seal_config_trust_raw_key(cfg, path), 0);
	return cfg;
}

static struct seal_config *having(const char *key)
{
	struct seal_config *cfg = seal_config_new(SEAL_SERVER);

	assert_non_null(cfg);
	assert_int_equal(seal_config_add_raw_key(cfg, key), 0);
	return cfg;
}

/* The client is not used up */
static int shake(struct seal_config *client, const char *key)
{
	struct seal_config *server = having(key);
	struct pair pair;
	int status;

	pair_open(&pair, client, server);
	status = pair_shake(&pair);
	pair_close(&pair);
	seal_config_unref(server);
	return status;
}

/* ----------------------------------------------------------------- files */

static void several_in_one_file_and_several_files(void **state)
{
	char first[PKI_PATH_MAX], second[PKI_PATH_MAX], third[PKI_PATH_MAX];
	char both[PKI_PATH_MAX];
	struct seal_config *cfg;

	(void)state;
	pki_public(key_of(SEAL_KEY_P256), first);
	pki_public(key_of(SEAL_KEY_ED25519), second);
	pki_public(key_of(SEAL_KEY_RSA), third);
	pki_path(both, "both-keys");
	pki_join(both, first, second);
	cfg = trusting(both);
	assert_int_equal(seal_config_trust_raw_key(cfg, third), 0);
	assert_int_equal(shake(cfg, key_of(SEAL_KEY_P256)), 0);
	assert_int_equal(shake(cfg, key_of(SEAL_KEY_ED25519)), 0);
	assert_int_equal(shake(cfg, key_of(SEAL_KEY_RSA)), 0);
	assert_int_equal(shake(cfg, key_of(SEAL_KEY_P384)),
			 SEAL_E_CERTIFICATE_UNKNOWN);
	seal_config_unref(cfg);
}

static void one_as_der(void **state)
{
	struct seal_config *cfg;
	char path[PKI_PATH_MAX];
	uint8_t der[2048];
	size_t len;

	(void)state;
	len = pki_spki(key_of(SEAL_KEY_P256), der, sizeof(der));
	pki_write("key.der", der, len, path);
	cfg = trusting(path);
	assert_int_equal(shake(cfg, key_of(SEAL_KEY_P256)), 0);
	assert_int_equal(seal_config_trust_raw_key(cfg, path), SEAL_E_INVALID);
	seal_config_unref(cfg);
}

static void refuse_file(struct seal_config *cfg, const char *path)
{
	assert_int_equal(seal_config_trust_raw_key(cfg, path), SEAL_E_FILE);
	assert_non_null(strstr(seal_config_error(cfg), path));
}

static void files_that_are_no_good(void **state)
{
	const struct identity *id = pki_identity(SEAL_KEY_P256);
	struct seal_config *cfg = seal_config_new(SEAL_CLIENT);
	char path[PKI_PATH_MAX], joined[PKI_PATH_MAX];
	struct identity weak;
	uint8_t der[2048];
	size_t len;

	(void)state;
	refuse_file(cfg, "/nonexistent");
	refuse_file(cfg, id->chain);
	refuse_file(cfg, id->key);
	/* a good one does not make up for what follows */
	pki_public(id->key, path);
	pki_path(joined, "key-and-chain");
	pki_join(joined, path, id->chain);
	refuse_file(cfg, joined);
	pki_write("empty-key", "", 0, path);
	refuse_file(cfg, path);
	len = pki_spki(id->key, der, sizeof(der));
	pki_write("short-key", der, len - 1, path);
	refuse_file(cfg, path);
	pki_write("long-key", der, len + 1, path);
	refuse_file(cfg, path);
	pki_issue(&(struct cert_spec){ .kind = SEAL_KEY_RSA, .rsa_bits = 1024 }, &weak);
	pki_public(weak.key, path);
	refuse_file(cfg, path);
	assert_null(cfg->raw_keys);
	assert_int_equal(seal_config_add_raw_key(cfg, weak.key), SEAL_E_FILE);
	assert_int_equal(seal_config_add_raw_key(cfg, id->chain), SEAL_E_FILE);
	assert_int_equal(seal_config_add_raw_key(cfg, "/nonexistent"), SEAL_E_FILE);
	assert_null(cfg->creds);
	seal_config_unref(cfg);
}

/* Raw keys and chains count together */
static void no_more_than_eight(void **state)
{
	const struct identity *id = pki_identity(SEAL_KEY_P256);
	struct seal_config *cfg = new_server_config(SEAL_KEY_P256);

	(void)state;
	for (int i = 1; i < SEAL_CREDS_MAX; i++)
		assert_int_equal(seal_config_add_raw_key(cfg, id->key), 0);
	assert_int_equal(seal_config_add_raw_key(cfg, id->key), SEAL_E_INVALID);
	/* what stands beside a certificate is not for a key */
	assert_int_equal(seal_config_set_ocsp_response(cfg, id->chain),
			 SEAL_E_INVALID);
	seal_config_unref(cfg);
}

static void an_insecure_end_takes_any_but_asks_for_none(void **state)
{
	struct seal_config *client;
	char path[PKI_PATH_MAX];

	(void)state;
	pki_public(key_of(SEAL_KEY_ED25519), path);
	client = trusting(path);
	seal_config_set_insecure(client);
	assert_int_equal(shake(client, key_of(SEAL_KEY_P256)), 0);
	seal_config_unref(client);
	client = seal_config_new(SEAL_CLIENT);
	seal_config_set_insecure(client);
	assert_int_equal(shake(client, key_of(SEAL_KEY_P256)),
			 SEAL_E_UNSUPPORTED_CERTIFICATE);
	seal_config_unref(client);
}

/* -------------------------------------------------------------- sessions */

static struct seal_session *session_by(const struct seal_config *cfg,
				       enum seal_certificate_type type)
{
	struct seal_session *session = calloc(1, sizeof(*session));

	assert_non_null(session);
	session->suite = seal_suite_find(0x1301);
	session->received = seal_session_now();
	session->lifetime = 7200;
	session->proof.verified = true;
	session->proof.type = SEAL_CERT_TYPE_BIT(type);
	session->proof.since = session->received;
	session->proof.until = UINT64_MAX;
	assert_int_equal(seal_verify_trust(cfg, session->proof.trust), 0);
	session->bond = seal_bond_new();
	strcpy(session->servername, SERVER_NAME);
	assert_int_equal(seal_buf_append(&session->ticket, "ticket", 6), 0);
	return session;
}

static bool is_offered(struct seal_config *cfg, enum seal_certificate_type type)
{
	struct seal_session *session = session_by(cfg, type), *copy;
	struct seal_conn *conn;
	uint8_t bytes[1024];
	size_t len;
	bool offered;

	assert_int_equal(seal_session_export(session, bytes, sizeof(bytes), &len), 0);
	seal_session_free(session);
	assert_int_equal(seal_session_import(bytes, len, &copy), 0);
	assert_int_equal(seal_conn_resume(cfg, SERVER_NAME, copy, &conn), 0);
	offered = conn->offers_len;
	seal_conn_free(conn);
	seal_session_free(copy);
	return offered;
}

/* What was verified by a key is nothing to who trusts certificates, and vice versa */
static void sessions_do_not_mix(void **state)
{
	char path[PKI_PATH_MAX];
	struct seal_config *cfg;

	(void)state;
	pki_public(key_of(SEAL_KEY_P256), path);
	cfg = trusting(path);
	assert_true(is_offered(cfg, SEAL_CERTIFICATE_RAW_KEY));
	assert_false(is_offered(cfg, SEAL_CERTIFICATE_X509));
	seal_config_unref(cfg);
	cfg = new_client_config();
	assert_false(is_offered(cfg, SEAL_CERTIFICATE_RAW_KEY));
	assert_true(is_offered(cfg, SEAL_CERTIFICATE_X509));
	seal_config_unref(cfg);
	cfg = new_client_config();
	assert_int_equal(seal_config_trust_raw_key(cfg, path), 0);
	assert_true(is_offered(cfg, SEAL_CERTIFICATE_RAW_KEY));
	assert_true(is_offered(cfg, SEAL_CERTIFICATE_X509));
	seal_config_unref(cfg);
}

static void sessions_say_how_the_server_was_verified(void **state)
{
	struct seal_config *client, *server = having(key_of(SEAL_KEY_P256));
	struct seal_resumption *res;
	char path[PKI_PATH_MAX];
	struct pair pair;

	(void)state;
	pki_public(key_of(SEAL_KEY_P256), path);
	client = trusting(path);
	pair_open(&pair, client, server);
	assert_int_equal(pair_shake(&pair), 0);
	assert_int_equal(seal_conn_resumption(pair.client, &res), 0);
	assert_true(res->proof.verified);
	assert_int_equal(res->proof.type,
			 SEAL_CERT_TYPE_BIT(SEAL_CERTIFICATE_RAW_KEY));
	seal_resumption_free(res);
	pair_close(&pair);
	seal_config_unref(client);
	seal_config_unref(server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(several_in_one_file_and_several_files),
		cmocka_unit_test(one_as_der),
		cmocka_unit_test(files_that_are_no_good),
		cmocka_unit_test(no_more_than_eight),
		cmocka_unit_test(an_insecure_end_takes_any_but_asks_for_none),
		cmocka_unit_test(sessions_do_not_mix),
		cmocka_unit_test(sessions_say_how_the_server_was_verified),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
