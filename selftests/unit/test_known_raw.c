// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Sessions of ends with raw public keys enter; whether they are resumed, and whose key
 * the other end is told of then, leaves (RFC 7250, RFC 8446 4.6.1).
 */
#include <string.h>

#include "unit.h"

/* One key for all servers */
static struct seal_ticket_keys *keys;

static const char *server_key(void)
{
	return pki_identity(SEAL_KEY_P256)->key;
}

static const char *client_key(void)
{
	return pki_client(SEAL_KEY_P256)->key;
}

static void trust(struct seal_config *cfg, const char *key)
{
	char path[PKI_PATH_MAX];

	pki_public(key, path);
	assert_int_equal(seal_config_trust_raw_key(cfg, path), 0);
}

static struct seal_config *new_client(void)
{
	struct seal_config *cfg = seal_config_new(SEAL_CLIENT);

	assert_non_null(cfg);
	assert_int_equal(seal_config_add_raw_key(cfg, client_key()), 0);
	trust(cfg, server_key());
	return cfg;
}

static struct seal_config *new_server(const char *trusted)
{
	struct seal_config *cfg = seal_config_new(SEAL_SERVER);

	assert_non_null(cfg);
	assert_int_equal(seal_config_add_raw_key(cfg, server_key()), 0);
	assert_int_equal(seal_config_set_client_auth(cfg, SEAL_CLIENT_AUTH_REQUIRED), 0);
	assert_int_equal(seal_config_set_ticket_keys(cfg, keys), 0);
	assert_int_equal(seal_config_set_tickets(cfg, 1, 0), 0);
	trust(cfg, trusted);
	return cfg;
}

static void expect_key(const struct seal_conn *conn, const char *key)
{
	uint8_t expected[2048];
	size_t len, expected_len = pki_spki(key, expected, sizeof(expected));
	const void *der, *cert;

	assert_int_equal(seal_conn_peer_certificate_type(conn), SEAL_CERTIFICATE_RAW_KEY);
	der = seal_conn_peer_raw_key(conn, &len);
	assert_int_equal(len, expected_len);
	assert_memory_equal(der, expected, len);
	assert_int_equal(seal_conn_peer_certificate(conn, 0, &cert, &len),
			 SEAL_E_INVALID);
}

/* Twice: with a ticket of a full handshake, and with that of a resumed one */
static void resume_twice(struct seal_config *client, struct seal_config *server)
{
	struct seal_session *session, *next;
	struct pair pair;

	pair_sessions(client, server, &session, 1);
	for (int i = 0; i < 2; i++) {
		pair_resume(&pair, client, server, session);
		assert_int_equal(pair_serve(&pair), 0);
		expect_agreement(&pair);
		assert_int_equal(seal_conn_resumed(pair.server), 1);
		expect_key(pair.server, client_key());
		expect_key(pair.client, server_key());
		pair_tickets(&pair, &next, 1);
		pair_close(&pair);
		seal_session_free(session);
		session = next;
	}
	seal_session_free(session);
}

static void both_ends_know_each_others_key(void **state)
{
	struct seal_config *client = new_client(), *server = new_server(client_key());

	(void)state;
	resume_twice(client, server);
	seal_config_unref(client);
	seal_config_unref(server);
}

/* Nobody has verified it, but a key it is, and no certificate */
static void so_do_insecure_ends(void **state)
{
	struct seal_config *client = new_client(), *server = new_server(client_key());

	(void)state;
	seal_config_set_insecure(client);
	seal_config_set_insecure(server);
	resume_twice(client, server);
	seal_config_unref(client);
	seal_config_unref(server);
}

/* What is not trusted any more proves nothing, and nor does what nobody has verified */
static void another_trust_takes_a_full_handshake(void **state)
{
	struct seal_config *client = new_client(), *server = new_server(client_key());
	struct seal_config *more = new_server(client_key());
	struct seal_config *insecure = new_server(client_key());
	struct seal_session *session;

	(void)state;
	trust(more, server_key());
	seal_config_set_insecure(insecure);
	pair_sessions(client, server, &session, 1);
	assert_int_equal(pair_resumes(client, server, session), 1);
	assert_int_equal(pair_resumes(client, more, session), 0);
	assert_int_equal(pair_resumes(client, insecure, session), 1);
	seal_session_free(session);
	pair_sessions(client, insecure, &session, 1);
	assert_int_equal(pair_resumes(client, insecure, session), 1);
	assert_int_equal(pair_resumes(client, server, session), 0);
	seal_session_free(session);
	seal_config_unref(client);
	seal_config_unref(server);
	seal_config_unref(more);
	seal_config_unref(insecure);
}

static void a_key_that_is_gone_does_not_resume(void **state)
{
	struct seal_config *client = new_client(), *server = new_server(client_key());
	struct seal_config *other = new_server(pki_identity(SEAL_KEY_ED25519)->key);
	struct seal_session *session;
	struct pair pair;

	(void)state;
	pair_sessions(client, server, &session, 1);
	pair_resume(&pair, client, other, session);
	assert_int_equal(pair_serve(&pair), SEAL_E_CERTIFICATE_UNKNOWN);
	pair_close(&pair);
	seal_session_free(session);
	seal_config_unref(client);
	seal_config_unref(server);
	seal_config_unref(other);
}

static int approve(struct seal_conn *conn, void *arg)
{
	(void)conn;
	++*(int *)arg;
	return 0;
}

/* Nobody keeps SCTs: an application that asks for them and judges gets them anew */
static void scts_take_a_full_handshake(void **state)
{
	struct seal_config *client = new_client(), *server = new_server(client_key());
	struct seal_session *session;
	int asked = 0;

	(void)state;
	seal_config_set_verify(client, approve, &asked);
	pair_sessions(client, server, &session, 1);
	assert_int_equal(pair_resumes(client, server, session), 1);
	assert_int_equal(asked, 2);
	seal_session_free(session);
	seal_config_unref(client);

	client = new_client();
	seal_config_set_verify(client, approve, &asked);
	assert_int_equal(seal_config_request_scts(client), 0);
	pair_sessions(client, server, &session, 1);
	assert_int_equal(pair_resumes(client, server, session), 0);
	seal_session_free(session);
	seal_config_unref(client);
	seal_config_unref(server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ends_know_each_others_key),
		cmocka_unit_test(so_do_insecure_ends),
		cmocka_unit_test(another_trust_takes_a_full_handshake),
		cmocka_unit_test(a_key_that_is_gone_does_not_resume),
		cmocka_unit_test(scts_take_a_full_handshake),
	};
	int failed;

	keys = seal_ticket_keys_new();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	seal_ticket_keys_unref(keys);
	return failed;
}
