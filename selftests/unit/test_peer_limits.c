// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Maximum fragment lengths of every size enter, asked for by OpenSSL and of OpenSSL;
 * handshakes and application data in short records leave (RFC 6066 4).
 */
#include <stdlib.h>
#include <string.h>

#include "peer.h"

#define DATA_SIZE	5000

static const struct fragment {
	uint8_t	code;		/* TLSEXT_max_fragment_length_* */
	size_t	bytes;
} fragments[] = {
	{ 1, 512 }, { 2, 1024 }, { 3, 2048 }, { 4, 4096 },
};

static SSL *new_client(SSL_CTX *ctx)
{
	SSL *ssl = openssl_new(ctx);

	assert_int_equal(SSL_set_tlsext_host_name(ssl, SERVER_NAME), 1);
	return ssl;
}

/* As the kernel does it, which was told so */
static void set_limits(struct meeting *m, size_t bytes)
{
	assert_int_equal(seal_conn_max_fragment_length(m->conn), bytes);
	assert_int_equal(seal_conn_record_size_limit(m->conn), bytes + 1);
	m->out.limit = bytes + 1;
	m->in.limit = bytes + 1;
}

static void fill(uint8_t data[DATA_SIZE])
{
	for (size_t i = 0; i < DATA_SIZE; i++)
		data[i] = i * 13 >> 3;
}

/* Our records of full size are taken by OpenSSL */
static void give_data(struct meeting *m)
{
	uint8_t data[DATA_SIZE], got[DATA_SIZE];
	struct seal_buf wire = { 0 };
	size_t len = 0;
	int part;

	fill(data);
	assert_int_equal(seal_record_seal(&m->out, SEAL_CONTENT_DATA, SPAN(data), &wire),
			 0);
	assert_int_equal(BIO_write(SSL_get_rbio(m->ssl), wire.data, wire.len), wire.len);
	seal_buf_free(&wire);
	while (len < DATA_SIZE) {
		part = SSL_read(m->ssl, got + len, DATA_SIZE - len);
		assert_in_range(part, 1, DATA_SIZE - len);
		len += part;
	}
	assert_memory_equal(got, data, DATA_SIZE);
}

/* OpenSSL's records are no longer than was agreed */
static void take_data(struct meeting *m)
{
	uint8_t data[DATA_SIZE], piece[2 * DATA_SIZE];
	struct seal_fragment content;
	size_t len = 0;
	int got;

	fill(data);
	assert_int_equal(SSL_write(m->ssl, data, DATA_SIZE), DATA_SIZE);
	got = BIO_read(SSL_get_wbio(m->ssl), piece, sizeof(piece));
	assert_in_range(got, DATA_SIZE, sizeof(piece));
	assert_int_equal(seal_buf_append(&m->rest, piece, got), 0);
	while (len < DATA_SIZE) {
		content = meeting_next(m);
		if (content.type == SEAL_CONTENT_HANDSHAKE)
			continue;
		assert_int_equal(content.type, SEAL_CONTENT_DATA);
		assert_in_range(content.len, 1, DATA_SIZE - len);
		assert_memory_equal(content.data, data + len, content.len);
		len += content.len;
	}
}

static void talk(struct meeting *m, const struct fragment *fragment)
{
	assert_int_equal(SSL_SESSION_get_max_fragment_length(SSL_get_session(m->ssl)),
			 fragment->code);
	set_limits(m, fragment->bytes);
	give_data(m);
	take_data(m);
}

static void openssl_asks(void **state)
{
	(void)state;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(fragments); i++) {
		SSL_CTX *ctx = openssl_client();
		struct seal_conn *conn;
		struct meeting m;

		assert_int_equal(SSL_CTX_set_tlsext_max_fragment_length(ctx,
						fragments[i].code), 1);
		assert_int_equal(seal_conn_new(common_server(), NULL, &conn), 0);
		assert_int_equal(meeting_shake(&m, conn, new_client(ctx)), 0);
		talk(&m, &fragments[i]);
		meeting_end(&m);
		SSL_CTX_free(ctx);
	}
}

static void openssl_is_asked(void **state)
{
	(void)state;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(fragments); i++) {
		struct seal_config *cfg = new_client_config();
		SSL_CTX *ctx = openssl_server();
		struct seal_conn *conn;
		struct meeting m;

		assert_int_equal(seal_config_set_max_fragment_length(cfg,
						fragments[i].bytes), 0);
		/* which it does not know, and so this one need not be ignored */
		assert_int_equal(seal_config_set_record_size_limit(cfg, 600), 0);
		assert_int_equal(seal_conn_new(cfg, SERVER_NAME, &conn), 0);
		assert_int_equal(meeting_shake(&m, conn, openssl_new(ctx)), 0);
		talk(&m, &fragments[i]);
		meeting_end(&m);
		SSL_CTX_free(ctx);
		seal_config_unref(cfg);
	}
}

/* What OpenSSL sends without being asked is not cut */
static void without_any(void **state)
{
	struct seal_config *cfg = new_client_config();
	SSL_CTX *ctx = openssl_server();
	struct seal_conn *conn;
	struct meeting m;

	(void)state;
	assert_int_equal(seal_config_set_record_size_limit(cfg, 64), 0);
	assert_int_equal(seal_conn_new(cfg, SERVER_NAME, &conn), 0);
	assert_int_equal(meeting_shake(&m, conn, openssl_new(ctx)), 0);
	assert_int_equal(seal_conn_record_size_limit(conn), 0);
	give_data(&m);
	take_data(&m);
	meeting_end(&m);
	SSL_CTX_free(ctx);
	seal_config_unref(cfg);
}

static struct ssl_session_st *kept;

static int keep_session(SSL *ssl, SSL_SESSION *session)
{
	(void)ssl;
	SSL_SESSION_free(kept);
	kept = session;
	return 1;
}

/* RFC 6066 4: for resumed sessions too, and OpenSSL wants it to be the same again */
static void shake_twice(const struct fragment *fragment)
{
	SSL_CTX *ctx = openssl_client();

	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT);
	SSL_CTX_sess_set_new_cb(ctx, keep_session);
	for (int resumed = 0; resumed < 2; resumed++) {
		SSL *ssl = new_client(ctx);
		struct seal_conn *conn;
		struct meeting m;

		assert_int_equal(SSL_set_tlsext_max_fragment_length(ssl, fragment->code),
				 1);
		if (resumed)
			assert_int_equal(SSL_set_session(ssl, kept), 1);
		assert_int_equal(seal_conn_new(common_server(), NULL, &conn), 0);
		assert_int_equal(meeting_shake(&m, conn, ssl), 0);
		assert_int_equal(seal_conn_resumed(conn), resumed);
		talk(&m, fragment);
		assert_non_null(kept);
		meeting_end(&m);
	}
	SSL_CTX_free(ctx);
}

static void a_resumed_session_asks_again(void **state)
{
	(void)state;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(fragments); i++)
		shake_twice(&fragments[i]);
	SSL_SESSION_free(kept);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(openssl_asks),
		cmocka_unit_test(openssl_is_asked),
		cmocka_unit_test(without_any),
		cmocka_unit_test(a_resumed_session_asks_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
