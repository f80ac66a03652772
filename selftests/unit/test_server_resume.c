// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Our server with OpenSSL's client enters; handshakes that the client resumes with our
 * tickets leave, with and without HelloRetryRequest, and full ones where it must not.
 */
#include <string.h>

#include <openssl/ssl.h>

#include "unit.h"

/* A suite, and whether the server wants another group than the client's first */
struct way {
	uint16_t	suite;
	bool		retry;
};

static const struct way ways[] = {
	{ 0x1301, false }, { 0x1302, false }, { 0x1303, false },
	{ 0x1301, true }, { 0x1302, true }, { 0x1303, true },
};

static struct seal_config *server_for(const struct way *way, unsigned int tickets)
{
	static const uint16_t p256 = 0x0017;
	struct seal_config *cfg = new_server_config(SEAL_KEY_P256);

	assert_int_equal(seal_config_set_suites(cfg, &way->suite, 1), 0);
	if (way->retry)
		assert_int_equal(seal_config_set_groups(cfg, &p256, 1), 0);
	assert_int_equal(seal_config_set_tickets(cfg, tickets, 0), 0);
	return cfg;
}

static SSL *client_for(SSL_CTX *ctx, const char *name, SSL_SESSION *session)
{
	SSL *ssl = openssl_new(ctx);

	assert_int_equal(SSL_set_tlsext_host_name(ssl, name), 1);
	if (session)
		assert_int_equal(SSL_set_session(ssl, session), 1);
	return ssl;
}

static void visit(struct meeting *m, struct seal_config *cfg, SSL *client)
{
	struct seal_conn *server;

	assert_int_equal(seal_conn_new(cfg, NULL, &server), 0);
	assert_int_equal(meeting_shake(m, server, client), 0);
	/* on the way the client reads its tickets */
	meeting_talk(m);
	assert_int_equal(SSL_session_reused(m->ssl), seal_conn_resumed(server));
}

static void client_resumes(void **state)
{
	const struct way *way = *state;
	struct seal_config *cfg = server_for(way, 2);
	SSL_CTX *ctx = openssl_client();
	SSL_SESSION *session = NULL;
	struct meeting m;

	for (int i = 0; i < 3; i++) {
		visit(&m, cfg, client_for(ctx, SERVER_NAME, session));
		assert_int_equal(seal_conn_resumed(m.conn), i > 0);
		assert_int_equal(m.conn->retried, way->retry);
		SSL_SESSION_free(session);
		session = SSL_get1_session(m.ssl);
		assert_int_equal(SSL_SESSION_is_resumable(session), 1);
		assert_int_equal(SSL_SESSION_get_ticket_lifetime_hint(session), 7200);
		meeting_end(&m);
	}
	SSL_SESSION_free(session);
	SSL_CTX_free(ctx);
	seal_config_unref(cfg);
}

/* The session of a client of a server that shares @keys */
static SSL_SESSION *session_of(SSL_CTX *ctx, struct seal_ticket_keys *keys)
{
	struct seal_config *cfg = server_for(&ways[0], 1);
	SSL_SESSION *session;
	struct meeting m;

	assert_int_equal(seal_config_set_ticket_keys(cfg, keys), 0);
	visit(&m, cfg, client_for(ctx, SERVER_NAME, NULL));
	session = SSL_get1_session(m.ssl);
	meeting_end(&m);
	seal_config_unref(cfg);
	return session;
}

static int resumes(struct seal_config *cfg, SSL *client)
{
	struct meeting m;
	int resumed;

	visit(&m, cfg, client);
	resumed = seal_conn_resumed(m.conn);
	meeting_end(&m);
	return resumed;
}

static void servers_share_keys(void **state)
{
	struct seal_config *cfg = server_for(&ways[0], 1), *other = server_for(&ways[0], 1);
	struct seal_ticket_keys *keys = seal_ticket_keys_new();
	SSL_CTX *ctx = openssl_client();
	SSL_SESSION *session = session_of(ctx, keys);

	(void)state;
	assert_int_equal(seal_config_set_ticket_keys(cfg, keys), 0);
	assert_int_equal(resumes(cfg, client_for(ctx, SERVER_NAME, session)), 1);
	assert_int_equal(resumes(other, client_for(ctx, SERVER_NAME, session)), 0);
	SSL_SESSION_free(session);
	SSL_CTX_free(ctx);
	seal_ticket_keys_unref(keys);
	seal_config_unref(other);
	seal_config_unref(cfg);
}

/*
 * A client that has a ticket of @ways[0] for SERVER_NAME visits another server with the same
 * keys; is it resumed?
 */
static int is_resumed(const struct way *way, unsigned int tickets, const char *name)
{
	struct seal_config *cfg = server_for(way, tickets);
	struct seal_ticket_keys *keys = seal_ticket_keys_new();
	SSL_CTX *ctx = openssl_client();
	SSL_SESSION *session = session_of(ctx, keys);
	int resumed;

	assert_int_equal(seal_config_set_ticket_keys(cfg, keys), 0);
	resumed = resumes(cfg, client_for(ctx, name, session));
	SSL_SESSION_free(session);
	SSL_CTX_free(ctx);
	seal_ticket_keys_unref(keys);
	seal_config_unref(cfg);
	return resumed;
}

static void not_for_another_name(void **state)
{
	(void)state;
	assert_int_equal(is_resumed(&ways[0], 1, "other.example"), 0);
	assert_int_equal(is_resumed(&ways[0], 1, SERVER_NAME), 1);
}

static void not_for_another_hash(void **state)
{
	(void)state;
	assert_int_equal(is_resumed(&ways[1], 1, SERVER_NAME), 0);
}

static void not_when_tickets_are_off(void **state)
{
	(void)state;
	assert_int_equal(is_resumed(&ways[0], 0, SERVER_NAME), 0);
}

/* A ticket of a server that asks for no certificate must not take the place of one */
static void not_where_clients_say_who_they_are(void **state)
{
	static const enum seal_client_auth modes[] = {
		SEAL_CLIENT_AUTH_OPTIONAL, SEAL_CLIENT_AUTH_NONE,
	};
	struct seal_ticket_keys *keys = seal_ticket_keys_new();
	SSL_CTX *ctx = openssl_client();
	SSL_SESSION *session = session_of(ctx, keys);
	struct meeting m;

	(void)state;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(modes); i++) {
		struct seal_config *cfg = server_for(&ways[0], 1);
		bool none = modes[i] == SEAL_CLIENT_AUTH_NONE;

		assert_int_equal(seal_config_set_ticket_keys(cfg, keys), 0);
		assert_int_equal(seal_config_set_ca_file(cfg, pki_ca()), 0);
		assert_int_equal(seal_config_set_client_auth(cfg, modes[i]), 0);
		visit(&m, cfg, client_for(ctx, SERVER_NAME, session));
		assert_int_equal(seal_conn_resumed(m.conn), none);
		meeting_end(&m);
		seal_config_unref(cfg);
	}
	SSL_SESSION_free(session);
	SSL_CTX_free(ctx);
	seal_ticket_keys_unref(keys);
}

static void expect_client(const struct seal_conn *conn, const struct identity *id)
{
	uint8_t expected[2048];
	size_t size = pki_der(id->chain, expected, sizeof(expected)), len;
	const void *der;

	assert_int_equal(seal_conn_peer_certificate(conn, 0, &der, &len), 0);
	assert_int_equal(len, size);
	assert_memory_equal(der, expected, len);
}

/* Who the client is stays known without its certificate being sent again */
static void known_clients_resume(void **state)
{
	const struct identity *id = pki_client(SEAL_KEY_P256);
	struct seal_config *cfg;
	SSL_SESSION *session;
	struct meeting m;
	SSL_CTX *ctx;

	(void)state;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(ways); i++) {
		cfg = server_for(&ways[i], 2);
		session = NULL;
		ctx = openssl_client();
		assert_int_equal(SSL_CTX_use_certificate_chain_file(ctx, id->chain), 1);
		assert_int_equal(SSL_CTX_use_PrivateKey_file(ctx, id->key,
							     SSL_FILETYPE_PEM), 1);
		assert_int_equal(seal_config_set_ca_file(cfg, pki_ca()), 0);
		assert_int_equal(seal_config_set_client_auth(cfg,
					SEAL_CLIENT_AUTH_REQUIRED), 0);
		for (int visits = 0; visits < 3; visits++) {
			visit(&m, cfg, client_for(ctx, SERVER_NAME, session));
			assert_int_equal(seal_conn_resumed(m.conn), visits > 0);
			expect_client(m.conn, id);
			SSL_SESSION_free(session);
			session = SSL_get1_session(m.ssl);
			meeting_end(&m);
		}
		SSL_SESSION_free(session);
		SSL_CTX_free(ctx);
		seal_config_unref(cfg);
	}
}

/* RFC 8446 4.6.1: a ticket without the extension takes no early data */
static void no_early_data_is_promised(void **state)
{
	struct seal_config *cfg = server_for(&ways[0], 1);
	SSL_CTX *ctx = openssl_client();
	SSL_SESSION *session;
	struct meeting m;

	(void)state;
	visit(&m, cfg, client_for(ctx, SERVER_NAME, NULL));
	session = SSL_get1_session(m.ssl);
	assert_int_equal(SSL_SESSION_get_max_early_data(session), 0);
	meeting_end(&m);
	SSL_SESSION_free(session);
	SSL_CTX_free(ctx);
	seal_config_unref(cfg);
}

static const struct variant variants[] = {
	{ "aes_128_gcm", &ways[0] },
	{ "aes_256_gcm", &ways[1] },
	{ "chacha20", &ways[2] },
	{ "aes_128_gcm_after_a_retry", &ways[3] },
	{ "aes_256_gcm_after_a_retry", &ways[4] },
	{ "chacha20_after_a_retry", &ways[5] },
};

static const struct walk walks[] = {
	{ "client_resumes", client_resumes, NULL },
};

static const struct CMUnitTest others[] = {
	cmocka_unit_test(servers_share_keys),
	cmocka_unit_test(not_for_another_name),
	cmocka_unit_test(not_where_clients_say_who_they_are),
	cmocka_unit_test(known_clients_resume),
	cmocka_unit_test(not_for_another_hash),
	cmocka_unit_test(not_when_tickets_are_off),
	cmocka_unit_test(no_early_data_is_promised),
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
