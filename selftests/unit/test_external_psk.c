// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * External PSKs enter with OpenSSL and with ourselves as the other end; handshakes
 * without certificates leave, with and without HelloRetryRequest, or refusals.
 */
#include <string.h>

#include <openssl/ssl.h>

#include "unit.h"

#define NAME	"sensor 7"

/* A PSK and a suite of its hash; another group than the client's first, or not */
struct way {
	enum seal_hash	hash;
	uint16_t	suite;
	bool		retry;
};

static const struct way ways[] = {
	{ SEAL_SHA256, 0x1301, false }, { SEAL_SHA256, 0x1303, false },
	{ SEAL_SHA384, 0x1302, false },
	{ SEAL_SHA256, 0x1301, true }, { SEAL_SHA384, 0x1302, true },
};

static struct seal_psk_key key_of(enum seal_hash hash, uint8_t value)
{
	struct seal_psk_key key = { .len = 32, .hash = hash };

	memset(key.key, value, key.len);
	return key;
}

static void add(struct seal_config *cfg, const char *name, struct seal_psk_key key)
{
	assert_int_equal(seal_config_add_psk(cfg, name, strlen(name), &key), 0);
}

/* One end without certificates or CAs */
static struct seal_config *end_with(enum seal_side side, const char *name,
				    struct seal_psk_key key)
{
	struct seal_config *cfg = seal_config_new(side);

	assert_non_null(cfg);
	add(cfg, name, key);
	return cfg;
}

static struct seal_config *end_for(enum seal_side side, const struct way *way)
{
	struct seal_config *cfg = end_with(side, NAME, key_of(way->hash, 1));
	static const uint16_t p256 = 0x0017;

	assert_int_equal(seal_config_set_suites(cfg, &way->suite, 1), 0);
	if (way->retry && side == SEAL_SERVER)
		assert_int_equal(seal_config_set_groups(cfg, &p256, 1), 0);
	return cfg;
}

static void expect_identity(const struct seal_conn *conn, const char *name)
{
	size_t len;
	const char *found = seal_conn_psk_identity(conn, &len);

	assert_int_equal(len, name ? strlen(name) : 0);
	if (name)
		assert_memory_equal(found, name, len);
	else
		assert_null(found);
	assert_int_equal(seal_conn_resumed(conn), 0);
}

/* ---------------------------------------------------------- OpenSSL's ends */

static const struct way *openssl_way;	/* for its callbacks, which have no argument */

static SSL_SESSION *openssl_psk(SSL *ssl)
{
	const struct seal_psk_key key = key_of(openssl_way->hash, 1);
	const uint8_t id[] = { 0x13, openssl_way->suite & 0xff };
	SSL_SESSION *session = SSL_SESSION_new();

	assert_int_equal(SSL_SESSION_set1_master_key(session, key.key, key.len), 1);
	assert_int_equal(SSL_SESSION_set_cipher(session, SSL_CIPHER_find(ssl, id)), 1);
	assert_int_equal(SSL_SESSION_set_protocol_version(session, TLS1_3_VERSION), 1);
	return session;
}

static int use_psk(SSL *ssl, const EVP_MD *md, const unsigned char **id, size_t *len,
		   SSL_SESSION **session)
{
	(void)md;
	*id = (const unsigned char *)NAME;
	*len = strlen(NAME);
	*session = openssl_psk(ssl);
	return 1;
}

static int find_psk(SSL *ssl, const unsigned char *id, size_t len, SSL_SESSION **session)
{
	*session = NULL;
	if (len == strlen(NAME) && !memcmp(id, NAME, len))
		*session = openssl_psk(ssl);
	return 1;
}

static void server_knows_openssls_client(void **state)
{
	struct seal_config *cfg = end_for(SEAL_SERVER, *state);
	SSL_CTX *ctx = openssl_client();
	struct seal_conn *server;
	struct meeting m;

	openssl_way = *state;
	SSL_CTX_set_psk_use_session_callback(ctx, use_psk);
	assert_int_equal(seal_conn_new(cfg, NULL, &server), 0);
	assert_int_equal(meeting_shake(&m, server, openssl_new(ctx)), 0);
	assert_int_equal(SSL_session_reused(m.ssl), 1);
	assert_int_equal(server->retried, openssl_way->retry);
	expect_identity(server, NAME);
	/* a ticket would not say who it is */
	assert_int_equal(seal_conn_sent(server), 0);
	meeting_talk(&m);
	meeting_end(&m);
	SSL_CTX_free(ctx);
	seal_config_unref(cfg);
}

static void client_knows_openssls_server(void **state)
{
	struct seal_config *cfg = end_for(SEAL_CLIENT, *state);
	SSL_CTX *ctx = openssl_server();
	struct seal_conn *client;
	struct meeting m;

	openssl_way = *state;
	SSL_CTX_set_psk_find_session_callback(ctx, find_psk);
	if (openssl_way->retry)
		assert_int_equal(SSL_CTX_set1_groups_list(ctx, "P-256"), 1);
	assert_int_equal(seal_conn_new(cfg, NULL, &client), 0);
	assert_int_equal(meeting_shake(&m, client, openssl_new(ctx)), 0);
	assert_int_equal(SSL_session_reused(m.ssl), 1);
	/* the first of ours, which is a hybrid where libcrypto has that */
	assert_int_equal(seal_conn_group(client), openssl_way->retry ?
			 0x0017 : client->cfg->groups[0]);
	expect_identity(client, NAME);
	assert_false(client->proof.verified);
	meeting_talk(&m);
	meeting_end(&m);
	SSL_CTX_free(ctx);
	seal_config_unref(cfg);
}

/* ---------------------------------------------------------------- ourselves */

/* Whose status it is that is not 0 */
static int shake(struct seal_config *client, struct seal_config *server,
		 struct pair *pair)
{
	assert_int_equal(seal_conn_new(client, client->store ? SERVER_NAME : NULL,
				       &pair->client), 0);
	assert_int_equal(seal_conn_new(server, NULL, &pair->server), 0);
	return pair_shake(pair);
}

static void both_ends_are_ours(void **state)
{
	struct seal_config *client = end_for(SEAL_CLIENT, *state);
	struct seal_config *server = end_for(SEAL_SERVER, *state);
	struct pair pair;

	assert_int_equal(shake(client, server, &pair), 0);
	expect_identity(pair.client, NAME);
	expect_identity(pair.server, NAME);
	pair_close(&pair);
	seal_config_unref(client);
	seal_config_unref(server);
}

static void meet(struct seal_config *client, struct seal_config *server, int error,
		 const char *name)
{
	struct pair pair;

	assert_int_equal(shake(client, server, &pair), error);
	if (!error)
		expect_identity(pair.server, name);
	pair_close(&pair);
	seal_config_unref(client);
	seal_config_unref(server);
}

static void another_key_is_refused(void **state)
{
	(void)state;
	meet(end_with(SEAL_CLIENT, NAME, key_of(SEAL_SHA256, 1)),
	     end_with(SEAL_SERVER, NAME, key_of(SEAL_SHA256, 2)),
	     SEAL_E_DECRYPT_ERROR, NULL);
}

static void unknown_identity_is_refused(void **state)
{
	(void)state;
	meet(end_with(SEAL_CLIENT, NAME, key_of(SEAL_SHA256, 1)),
	     end_with(SEAL_SERVER, NAME "7", key_of(SEAL_SHA256, 1)),
	     SEAL_E_UNKNOWN_PSK_IDENTITY, NULL);
	meet(end_with(SEAL_CLIENT, NAME "7", key_of(SEAL_SHA256, 1)),
	     end_with(SEAL_SERVER, NAME, key_of(SEAL_SHA256, 1)),
	     SEAL_E_UNKNOWN_PSK_IDENTITY, NULL);
	meet(new_client_config(), end_with(SEAL_SERVER, NAME, key_of(SEAL_SHA256, 1)),
	     SEAL_E_UNKNOWN_PSK_IDENTITY, NULL);
}

/* RFC 8446 6.2: and the client is told why */
static void alert_is_unknown_psk_identity(void **state)
{
	struct seal_config *server = end_with(SEAL_SERVER, NAME, key_of(SEAL_SHA256, 1));
	struct pair pair;

	(void)state;
	assert_int_equal(shake(common_client(), server, &pair),
			 SEAL_E_UNKNOWN_PSK_IDENTITY);
	assert_int_equal(pair_move(pair.server, pair.client), SEAL_E_ALERT);
	assert_int_equal(seal_conn_alert(pair.client), 115);
	pair_close(&pair);
	seal_config_unref(server);
}

static void certificates_are_the_other_way(void **state)
{
	struct seal_config *client = new_client_config();
	struct seal_config *server = new_server_config(SEAL_KEY_P256);

	(void)state;
	add(client, NAME, key_of(SEAL_SHA256, 1));
	add(server, "another", key_of(SEAL_SHA256, 1));
	meet(client, server, 0, NULL);
}

/* Neither a certificate that nobody can verify, nor one for no name */
static void client_without_trust_needs_its_psk(void **state)
{
	struct seal_config *client = end_with(SEAL_CLIENT, NAME, key_of(SEAL_SHA256, 1));
	struct pair pair;

	(void)state;
	meet(client, new_server_config(SEAL_KEY_P256), SEAL_E_HANDSHAKE_FAILURE, NULL);
	client = new_client_config();
	add(client, NAME, key_of(SEAL_SHA256, 1));
	assert_int_equal(seal_conn_new(client, NULL, &pair.client), 0);
	assert_int_equal(seal_conn_new(common_server(), NULL, &pair.server), 0);
	assert_int_equal(pair_shake(&pair), SEAL_E_HANDSHAKE_FAILURE);
	pair_close(&pair);
	seal_config_unref(client);
	client = end_with(SEAL_CLIENT, NAME, key_of(SEAL_SHA256, 1));
	seal_config_set_insecure(client);
	meet(client, new_server_config(SEAL_KEY_P256), 0, NULL);
}

/* RFC 8446 4.2.11: the server's first suite is of another hash */
static void suite_follows_the_hash(void **state)
{
	static const uint16_t suites[] = { 0x1301, 0x1303, 0x1302 };
	struct seal_config *server = end_with(SEAL_SERVER, NAME, key_of(SEAL_SHA384, 1));
	struct seal_config *client = end_with(SEAL_CLIENT, NAME, key_of(SEAL_SHA384, 1));
	struct pair pair;

	(void)state;
	assert_int_equal(seal_config_set_suites(server, suites, 3), 0);
	assert_int_equal(shake(client, server, &pair), 0);
	assert_int_equal(seal_conn_suite(pair.client), 0x1302);
	pair_close(&pair);
	seal_config_unref(server);
	/* and without such a suite there is no PSK */
	server = end_with(SEAL_SERVER, NAME, key_of(SEAL_SHA384, 1));
	assert_int_equal(seal_config_set_suites(server, suites, 2), 0);
	meet(client, server, SEAL_E_UNKNOWN_PSK_IDENTITY, NULL);
}

static void the_first_that_is_known_is_taken(void **state)
{
	struct seal_config *client = seal_config_new(SEAL_CLIENT);
	struct seal_config *server = seal_config_new(SEAL_SERVER);

	(void)state;
	add(client, "a", key_of(SEAL_SHA256, 1));
	add(client, "b", key_of(SEAL_SHA384, 2));
	add(client, "c", key_of(SEAL_SHA256, 3));
	add(server, "c", key_of(SEAL_SHA256, 3));
	add(server, "b", key_of(SEAL_SHA384, 2));
	meet(client, server, 0, "b");
}

/* RFC 8446 7.1: other labels: a ticket's key under a name is not the same thing */
static void binder_of_a_ticket_is_another(void **state)
{
	struct seal_config *client = end_with(SEAL_CLIENT, NAME, key_of(SEAL_SHA256, 1));
	struct seal_config *server = end_with(SEAL_SERVER, NAME, key_of(SEAL_SHA256, 1));

	(void)state;
	client->psks->psk.external = false;
	meet(client, server, SEAL_E_DECRYPT_ERROR, NULL);
}

/* --------------------------------------------------------------- callback */

static int answer(const void *identity, size_t len, struct seal_psk_key *key, void *arg)
{
	const struct seal_psk_key *known = arg;

	if (len != strlen(NAME) || memcmp(identity, NAME, len))
		return 0;
	*key = *known;
	return 1;
}

static void callback_is_asked(void **state)
{
	struct seal_psk_key known = key_of(SEAL_SHA256, 1);
	static const struct { size_t len; int error; } rows[] = {
		{ 32, 0 }, { 31, SEAL_E_DECRYPT_ERROR }, { 16, SEAL_E_DECRYPT_ERROR },
		{ 15, SEAL_E_INVALID }, { 0, SEAL_E_INVALID }, { 65, SEAL_E_INVALID },
	};
	struct seal_config *server;

	(void)state;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(rows); i++) {
		known.len = rows[i].len;
		server = seal_config_new(SEAL_SERVER);
		assert_int_equal(seal_config_set_psk_callback(server, answer, &known), 0);
		meet(end_with(SEAL_CLIENT, NAME, key_of(SEAL_SHA256, 1)), server,
		     rows[i].error, NAME);
	}
	server = seal_config_new(SEAL_SERVER);
	assert_int_equal(seal_config_set_psk_callback(server, answer, &known), 0);
	meet(end_with(SEAL_CLIENT, "other", key_of(SEAL_SHA256, 1)), server,
	     SEAL_E_UNKNOWN_PSK_IDENTITY, NULL);
}

/* ---------------------------------------------------------------- settings */

static int try_to_add(struct seal_config *cfg, size_t name, size_t len, int hash)
{
	static const char names[2000];
	struct seal_psk_key key = { .len = len, .hash = hash };

	return seal_config_add_psk(cfg, names, name, &key);
}

static void settings_are_within_bounds(void **state)
{
	struct seal_config *server = seal_config_new(SEAL_SERVER);
	struct seal_config *client = seal_config_new(SEAL_CLIENT);

	(void)state;
	assert_int_equal(try_to_add(server, 0, 32, SEAL_SHA256), SEAL_E_INVALID);
	assert_int_equal(try_to_add(server, 1025, 32, SEAL_SHA256), SEAL_E_INVALID);
	assert_int_equal(try_to_add(server, 1, 15, SEAL_SHA256), SEAL_E_INVALID);
	assert_int_equal(try_to_add(server, 1, 65, SEAL_SHA256), SEAL_E_INVALID);
	assert_int_equal(try_to_add(server, 1, 32, 2), SEAL_E_INVALID);
	assert_int_equal(try_to_add(server, 1024, 16, SEAL_SHA256), 0);
	assert_int_equal(try_to_add(server, 1024, 64, SEAL_SHA384), SEAL_E_INVALID);
	assert_string_not_equal(seal_config_error(server), "");
	for (size_t i = 1; i < 64; i++)
		assert_int_equal(try_to_add(server, i, 64, SEAL_SHA384), 0);
	assert_int_equal(try_to_add(server, 64, 64, SEAL_SHA384), SEAL_E_INVALID);
	for (size_t i = 1; i < SEAL_IDENTITIES_MAX; i++)
		assert_int_equal(try_to_add(client, i, 64, SEAL_SHA384), 0);
	assert_int_equal(try_to_add(client, 8, 64, SEAL_SHA384), SEAL_E_INVALID);
	assert_int_equal(seal_config_set_psk_callback(client, answer, NULL),
			 SEAL_E_INVALID);
	seal_config_unref(server);
	seal_config_unref(client);
}

static const struct variant variants[] = {
	{ "aes_128_gcm", &ways[0] },
	{ "chacha20", &ways[1] },
	{ "aes_256_gcm", &ways[2] },
	{ "aes_128_gcm_after_a_retry", &ways[3] },
	{ "aes_256_gcm_after_a_retry", &ways[4] },
};

static const struct walk walks[] = {
	{ "server_knows_openssls_client", server_knows_openssls_client, NULL },
	{ "client_knows_openssls_server", client_knows_openssls_server, NULL },
	{ "both_ends_are_ours", both_ends_are_ours, NULL },
};

static const struct CMUnitTest others[] = {
	cmocka_unit_test(another_key_is_refused),
	cmocka_unit_test(unknown_identity_is_refused),
	cmocka_unit_test(alert_is_unknown_psk_identity),
	cmocka_unit_test(certificates_are_the_other_way),
	cmocka_unit_test(client_without_trust_needs_its_psk),
	cmocka_unit_test(suite_follows_the_hash),
	cmocka_unit_test(the_first_that_is_known_is_taken),
	cmocka_unit_test(binder_of_a_ticket_is_another),
	cmocka_unit_test(callback_is_asked),
	cmocka_unit_test(settings_are_within_bounds),
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
