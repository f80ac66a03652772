// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A second ClientHello with its cookie enters a server that has never seen the first;
 * complete handshakes leave, and refusals of cookies that are forged or old (RFC 8446
 * 4.2.2).
 */
#include <string.h>

#include <openssl/ssl.h>

#include "unit.h"

#define MAC_AT		SEAL_TICKET_NAME_SIZE
#define CONTENTS_AT	(MAC_AT + 32)

static const uint16_t suites[] = { 0x1301, 0x1302, 0x1303, 0x1304 };

static struct seal_config *server_for(uint16_t suite, int cookies)
{
	struct seal_config *cfg = new_server_config(SEAL_KEY_P256);
	static const uint16_t p256 = 0x0017;

	assert_int_equal(seal_config_set_suites(cfg, &suite, 1), 0);
	assert_int_equal(seal_config_set_groups(cfg, &p256, 1), 0);
	assert_int_equal(seal_config_set_cookies(cfg, cookies), 0);
	return cfg;
}

/* As far as the second ClientHello, which waits in the client */
static void to_second_hello(struct pair *pair, struct seal_config *cfg)
{
	pair_open(pair, common_client(), cfg);
	assert_int_equal(pair_move(pair->client, pair->server), SEAL_WANT_READ);
	assert_int_equal(pair->server->state, SEAL_HS_WAIT_CLIENT_HELLO_2);
	assert_int_equal(pair_move(pair->server, pair->client), SEAL_WANT_READ);
	assert_int_equal(pair->client->state, SEAL_HS_WAIT_SERVER_HELLO_2);
}

/* Another one, that knows nothing of this client */
static void replace_server(struct pair *pair, struct seal_config *cfg)
{
	seal_conn_free(pair->server);
	assert_int_equal(seal_conn_new(cfg, NULL, &pair->server), 0);
}

static void same_server_goes_on(void **state)
{
	struct seal_config *cfg = server_for(*(const uint16_t *)*state, 1);
	struct pair pair;

	to_second_hello(&pair, cfg);
	assert_true(pair.client->cookie.len > 0);
	assert_int_equal(pair_shake(&pair), 0);
	expect_agreement(&pair);
	pair_close(&pair);
	seal_config_unref(cfg);
}

static void another_server_goes_on(void **state)
{
	struct seal_config *cfg = server_for(*(const uint16_t *)*state, 1);
	struct pair pair;

	to_second_hello(&pair, cfg);
	replace_server(&pair, cfg);
	assert_int_equal(pair_shake(&pair), 0);
	expect_agreement(&pair);
	assert_true(pair.server->retried);
	pair_close(&pair);
	seal_config_unref(cfg);
}

/* OpenSSL's client after the HelloRetryRequest of a server that is gone */
static SSL *sent_away(SSL_CTX *ctx, struct seal_config *cfg, SSL_SESSION *session)
{
	static uint8_t wire[OPENSSL_ROOM];
	SSL *ssl = openssl_new(ctx);
	struct seal_conn *server;
	struct wire retry;
	int len;

	if (session)
		assert_int_equal(SSL_set_session(ssl, session), 1);
	SSL_do_handshake(ssl);
	len = BIO_read(SSL_get_wbio(ssl), wire, sizeof(wire));
	assert_int_equal(seal_conn_new(cfg, NULL, &server), 0);
	assert_int_equal(feed(server, wire, len), SEAL_WANT_READ);
	wire_take(&retry, server);
	seal_conn_free(server);
	assert_int_equal(BIO_write(SSL_get_rbio(ssl), retry.data, retry.len), retry.len);
	wire_free(&retry);
	SSL_do_handshake(ssl);
	return ssl;
}

/* And once more with the ticket that it got: the binder covers what nobody has seen */
static void openssls_client_comes_back(void **state)
{
	struct seal_config *cfg = server_for(*(const uint16_t *)*state, 1);
	SSL_CTX *ctx = openssl_client();
	SSL_SESSION *session = NULL;
	struct seal_conn *server;
	struct meeting m;
	SSL *ssl;

	for (int i = 0; i < 2; i++) {
		ssl = sent_away(ctx, cfg, session);
		SSL_SESSION_free(session);
		assert_int_equal(seal_conn_new(cfg, NULL, &server), 0);
		assert_int_equal(meeting_shake(&m, server, ssl), 0);
		assert_true(server->retried);
		assert_int_equal(seal_conn_resumed(server), i);
		meeting_talk(&m);
		session = SSL_get1_session(m.ssl);
		meeting_end(&m);
	}
	SSL_SESSION_free(session);
	SSL_CTX_free(ctx);
	seal_config_unref(cfg);
}

static void off_is_the_default(void **state)
{
	struct pair pair;

	(void)state;
	to_second_hello(&pair, common_retry_server());
	assert_int_equal(pair.client->cookie.len, 0);
	pair_close(&pair);
	assert_int_equal(seal_config_set_cookies(common_client(), 1), SEAL_E_INVALID);
}

/* ---------------------------------------------------------------- refusals */

/* What a server makes of the second ClientHello in the client */
static int deliver(struct pair *pair)
{
	return pair_move(pair->client, pair->server);
}

/* The second ClientHello once more, with what is the client's cookie now */
static void rewrite_hello(struct seal_conn *client)
{
	seal_buf_truncate(&client->output, 0);
	assert_int_equal(seal_client_write_hello(client), 0);
	assert_int_equal(seal_hs_flush(client), 0);
}

static void every_forged_byte_is_refused(void **state)
{
	struct seal_config *cfg = server_for(0x1302, 1);
	struct pair pair;
	size_t len;

	(void)state;
	to_second_hello(&pair, cfg);
	len = pair.client->cookie.len;
	assert_int_equal(len, CONTENTS_AT + 1 + 8 + 2 + 2 + 32 + 48);
	pair_close(&pair);
	for (size_t i = 0; i < 2 * len; i++) {
		to_second_hello(&pair, cfg);
		pair.client->cookie.data[i / 2] ^= 1 << i % 8;
		rewrite_hello(pair.client);
		/* one that has seen the first ClientHello, and one that has not */
		if (i % 2)
			replace_server(&pair, cfg);
		assert_int_equal(deliver(&pair), SEAL_E_ILLEGAL_PARAMETER);
		pair_close(&pair);
	}
	seal_config_unref(cfg);
}

static void every_truncation_is_refused(void **state)
{
	struct seal_config *cfg = server_for(0x1301, 1);
	struct pair pair;

	(void)state;
	to_second_hello(&pair, cfg);
	while (seal_buf_truncate(&pair.client->cookie, pair.client->cookie.len - 1),
	       pair.client->cookie.len) {
		rewrite_hello(pair.client);
		replace_server(&pair, cfg);
		assert_int_equal(deliver(&pair), SEAL_E_ILLEGAL_PARAMETER);
	}
	pair_close(&pair);
	seal_config_unref(cfg);
}

static void cookie_must_come_back(void **state)
{
	struct seal_config *cfg = server_for(0x1301, 1);
	struct pair pair;

	(void)state;
	to_second_hello(&pair, cfg);
	seal_buf_free(&pair.client->cookie);
	rewrite_hello(pair.client);
	assert_int_equal(deliver(&pair), SEAL_E_MISSING_EXTENSION);
	pair_close(&pair);
	seal_config_unref(cfg);
}

static void keys_and_choices_must_be_the_same(void **state)
{
	struct seal_config *cfg = server_for(0x1301, 1), *other = server_for(0x1301, 1);
	static const uint16_t x25519 = 0x001d, sha384 = 0x1302;
	struct pair pair;

	(void)state;
	to_second_hello(&pair, cfg);
	replace_server(&pair, other);
	assert_int_equal(deliver(&pair), SEAL_E_ILLEGAL_PARAMETER);
	pair_close(&pair);
	seal_config_unref(other);
	for (int i = 0; i < 3; i++) {
		other = server_for(0x1301, 1);
		if (i == 1)
			assert_int_equal(seal_config_set_groups(other, &x25519, 1), 0);
		if (i == 2)
			assert_int_equal(seal_config_set_suites(other, &sha384, 1), 0);
		assert_int_equal(seal_config_set_ticket_keys(other, cfg->ticket_keys), 0);
		to_second_hello(&pair, cfg);
		replace_server(&pair, other);
		assert_int_equal(deliver(&pair), i ? SEAL_E_ILLEGAL_PARAMETER :
						     SEAL_WANT_READ);
		pair_close(&pair);
		seal_config_unref(other);
	}
	seal_config_unref(cfg);
}

/* RFC 8446 4.1.2: the cookie knows what the first ClientHello said */
static void another_hello_is_refused(void **state)
{
	struct seal_config *cfg = server_for(0x1301, 1);
	struct pair pair;

	(void)state;
	to_second_hello(&pair, cfg);
	pair.client->random[0] ^= 1;
	rewrite_hello(pair.client);
	replace_server(&pair, cfg);
	assert_int_equal(deliver(&pair), SEAL_E_ILLEGAL_PARAMETER);
	pair_close(&pair);
	seal_config_unref(cfg);
}

/* The cookie of @client with another date and the MAC that fits it */
static void date_cookie(struct seal_conn *client, struct seal_config *cfg, int64_t by)
{
	static const char label[] = "sockseal cookie";
	uint8_t *data = client->cookie.data, *at = data + CONTENTS_AT + 1;
	const struct seal_span parts[] = {
		{ (const uint8_t *)label, sizeof(label) },
		{ data + CONTENTS_AT, client->cookie.len - CONTENTS_AT },
	};
	EVP_MD_CTX *hmac = seal_hmac_new(&cfg->crypto, SEAL_SHA256);
	uint64_t then = seal_session_now() / 1000 + by;
	struct seal_ticket_key key;
	uint8_t mac[SEAL_HASH_MAX];

	for (int i = 0; i < 8; i++)
		at[i] = then >> 8 * (7 - i);
	assert_true(seal_ticket_keys_find(cfg->ticket_keys, data,
					  seal_session_now() / 1000, &key));
	assert_int_equal(seal_hmac(hmac, SPAN(key.secret), parts, 2, mac), 0);
	memcpy(data + MAC_AT, mac, 32);
	seal_hmac_free(hmac);
}

static void old_cookies_are_refused(void **state)
{
	static const struct { int64_t by; int status; } rows[] = {
		{ 0, SEAL_WANT_READ },
		{ -30, SEAL_WANT_READ },
		{ 30, SEAL_WANT_READ },
		{ -100, SEAL_E_ILLEGAL_PARAMETER },
		{ 100, SEAL_E_ILLEGAL_PARAMETER },
		{ INT32_MAX, SEAL_E_ILLEGAL_PARAMETER },
	};
	struct seal_config *cfg = server_for(0x1303, 1);
	struct pair pair;

	(void)state;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(rows); i++) {
		to_second_hello(&pair, cfg);
		date_cookie(pair.client, cfg, rows[i].by);
		rewrite_hello(pair.client);
		replace_server(&pair, cfg);
		assert_int_equal(deliver(&pair), rows[i].status);
		pair_close(&pair);
	}
	seal_config_unref(cfg);
}

static const struct variant variants[] = {
	{ "aes_128_gcm", &suites[0] },
	{ "aes_256_gcm", &suites[1] },
	{ "chacha20", &suites[2] },
};

static const struct walk walks[] = {
	{ "same_server_goes_on", same_server_goes_on, NULL },
	{ "another_server_goes_on", another_server_goes_on, NULL },
	{ "openssls_client_comes_back", openssls_client_comes_back, NULL },
};

static const struct CMUnitTest others[] = {
	cmocka_unit_test(off_is_the_default),
	cmocka_unit_test(every_forged_byte_is_refused),
	cmocka_unit_test(every_truncation_is_refused),
	cmocka_unit_test(cookie_must_come_back),
	cmocka_unit_test(keys_and_choices_must_be_the_same),
	cmocka_unit_test(another_hello_is_refused),
	cmocka_unit_test(old_cookies_are_refused),
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
