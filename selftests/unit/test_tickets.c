// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Tickets of an OpenSSL server enter; the session that leaves has the PSK that the
 * server has, and OpenSSL's own client resumes with it.
 */
#include <string.h>
#include <time.h>

#include <openssl/ssl.h>

#include "unit.h"

#define SESSION_MAX	4096

/* ------------------------------------------------- our client, its server */

/* A server with so many tickets, and a handshake with it */
struct visit {
	SSL_CTX			*ctx;
	struct seal_config	*cfg;
	struct seal_resumption	*res;
	struct meeting		meeting;
};

static void meet(struct visit *v, uint16_t suite, int tickets)
{
	struct seal_conn *client;

	v->ctx = openssl_server();
	SSL_CTX_set_num_tickets(v->ctx, tickets);
	v->cfg = new_client_config();
	assert_int_equal(seal_config_set_suites(v->cfg, &suite, 1), 0);
	assert_int_equal(seal_conn_new(v->cfg, SERVER_NAME, &client), 0);
	assert_int_equal(meeting_shake(&v->meeting, client, openssl_new(v->ctx)), 0);
	assert_int_equal(seal_conn_suite(client), suite);
	assert_int_equal(seal_conn_resumption(client, &v->res), 0);
}

static void part(struct visit *v)
{
	seal_resumption_free(v->res);
	meeting_end(&v->meeting);
	seal_config_unref(v->cfg);
	SSL_CTX_free(v->ctx);
}

static struct seal_session *next_session(struct visit *v)
{
	struct seal_fragment content = meeting_next(&v->meeting);
	struct seal_session *session;

	assert_int_equal(content.type, SEAL_CONTENT_HANDSHAKE);
	assert_int_equal(seal_resumption_ticket(v->res, content.data, content.len,
						&session), 0);
	return session;
}

static size_t psk_of(const SSL *ssl, uint8_t psk[SEAL_HASH_MAX])
{
	return SSL_SESSION_get_master_key(SSL_get_session(ssl), psk, SEAL_HASH_MAX);
}

static void psk_is_the_servers(void **state)
{
	(void)state;
	for (size_t i = 0; i < SEAL_SUITE_COUNT; i++) {
		uint8_t psk[SEAL_HASH_MAX];
		struct seal_session *session;
		struct visit v;

		meet(&v, seal_suites[i].id, 1);
		session = next_session(&v);
		assert_int_equal(psk_of(v.meeting.ssl, psk),
				 seal_hash_size(seal_suites[i].hash));
		assert_memory_equal(session->psk, psk,
				    seal_hash_size(seal_suites[i].hash));
		assert_int_equal(v.meeting.rest.len, 0);
		seal_session_free(session);
		part(&v);
	}
}

/* ----------------------------------------------- OpenSSL's own client */

/* Length of the element at @der, with tag and length */
static size_t element_size(const uint8_t *der)
{
	size_t bytes = der[1] & 0x7f, len = 0;

	if (der[1] < 0x80)
		return 2 + der[1];
	for (size_t i = 0; i < bytes; i++)
		len = len << 8 | der[2 + i];
	return 2 + bytes + len;
}

static size_t put_header(uint8_t *der, uint8_t tag, size_t len)
{
	der[0] = tag;
	der[1] = 0x82;
	der[2] = len >> 8;
	der[3] = len;
	return 4;
}

/* Context tag 10 of SSL_SESSION_ASN1: an OCTET STRING, for which there is no setter */
static size_t put_ticket(uint8_t *der, const struct seal_buf *ticket)
{
	size_t at = put_header(der, 0xaa, ticket->len + 4);

	at += put_header(der + at, 0x04, ticket->len);
	memcpy(der + at, ticket->data, ticket->len);
	return at + ticket->len;
}

/* An SSL_SESSION without ticket as DER enters, one with a ticket leaves */
static SSL_SESSION *with_ticket(const uint8_t *der, const struct seal_buf *ticket)
{
	size_t end = element_size(der), from, at = 4;
	static uint8_t out[SESSION_MAX];
	const uint8_t *p = out;
	bool done = false;

	from = der[1] < 0x80 ? 2 : 2 + (der[1] & 0x7f);
	while (from < end) {
		size_t size = element_size(der + from);

		if (!done && der[from] > 0xaa) {
			at += put_ticket(out + at, ticket);
			done = true;
		}
		memcpy(out + at, der + from, size);
		at += size;
		from += size;
	}
	if (!done)
		at += put_ticket(out + at, ticket);
	put_header(out, 0x30, at - 4);
	return d2i_SSL_SESSION(NULL, &p, at);
}

static SSL_SESSION *to_openssl(SSL *ssl, const struct seal_session *session)
{
	uint8_t id[2] = { session->suite->id >> 8, session->suite->id };
	size_t size = seal_hash_size(session->suite->hash);
	SSL_SESSION *bare = SSL_SESSION_new(), *full;
	uint8_t der[SESSION_MAX], *p = der;

	assert_int_equal(SSL_SESSION_set_protocol_version(bare, TLS1_3_VERSION), 1);
	assert_int_equal(SSL_SESSION_set_cipher(bare, SSL_CIPHER_find(ssl, id)), 1);
	assert_int_equal(SSL_SESSION_set1_master_key(bare, session->psk, size), 1);
	SSL_SESSION_set_time(bare, time(NULL));
	SSL_SESSION_set_timeout(bare, seal_session_lifetime(session));
	assert_in_range(i2d_SSL_SESSION(bare, NULL), 1, sizeof(der));
	assert_true(i2d_SSL_SESSION(bare, &p) > 0);
	SSL_SESSION_free(bare);
	full = with_ticket(der, &session->ticket);
	assert_non_null(full);
	return full;
}

static void move(SSL *from, SSL *to)
{
	static uint8_t wire[OPENSSL_ROOM];
	int len = BIO_read(SSL_get_wbio(from), wire, sizeof(wire));

	if (len > 0)
		assert_int_equal(BIO_write(SSL_get_rbio(to), wire, len), len);
}

/* A client of OpenSSL's with our session, and the server that gave the ticket */
static bool resumes(SSL_CTX *server_ctx, const struct seal_session *session)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	SSL *client = openssl_new(ctx), *server = openssl_new(server_ctx);
	SSL_SESSION *theirs = to_openssl(client, session);
	bool reused;

	/* a server takes the first suite it likes, and then has no use for the ticket */
	assert_int_equal(SSL_set_ciphersuites(client, session->suite->name), 1);
	assert_int_equal(SSL_set_session(client, theirs), 1);
	for (int i = 0; i < 3; i++) {
		SSL_do_handshake(client);
		move(client, server);
		SSL_do_handshake(server);
		move(server, client);
	}
	reused = SSL_is_init_finished(server) && SSL_session_reused(server) &&
		 SSL_session_reused(client);
	SSL_SESSION_free(theirs);
	SSL_free(server);
	SSL_free(client);
	SSL_CTX_free(ctx);
	return reused;
}

static void server_resumes_the_session(void **state)
{
	(void)state;
	for (size_t i = 0; i < SEAL_SUITE_COUNT; i++) {
		struct visit v;

		meet(&v, seal_suites[i].id, 3);
		for (int ticket = 0; ticket < 3; ticket++) {
			struct seal_session *session = next_session(&v);

			assert_true(resumes(v.ctx, session));
			seal_session_free(session);
		}
		assert_int_equal(v.meeting.rest.len, 0);
		part(&v);
	}
}

/* The same after a stay in a store */
static void server_resumes_what_was_stored(void **state)
{
	struct seal_session *session, *again;
	uint8_t bytes[SESSION_MAX];
	struct visit v;
	size_t len;

	(void)state;
	meet(&v, 0x1302, 1);
	session = next_session(&v);
	assert_int_equal(seal_session_export(session, bytes, sizeof(bytes), &len), 0);
	seal_session_free(session);
	assert_int_equal(seal_session_import(bytes, len, &again), 0);
	assert_true(resumes(v.ctx, again));
	seal_session_free(again);
	part(&v);
}

/* What resumes() finds depends on all of the PSK and of the ticket */
static void server_refuses_another_secret(void **state)
{
	struct seal_session *session;
	struct visit v;

	(void)state;
	meet(&v, 0x1301, 1);
	session = next_session(&v);
	session->psk[31] ^= 1;
	assert_false(resumes(v.ctx, session));
	session->psk[31] ^= 1;
	session->ticket.data[session->ticket.len - 1] ^= 1;
	assert_false(resumes(v.ctx, session));
	session->ticket.data[session->ticket.len - 1] ^= 1;
	assert_true(resumes(v.ctx, session));
	seal_session_free(session);
	part(&v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(psk_is_the_servers),
		cmocka_unit_test(server_resumes_the_session),
		cmocka_unit_test(server_resumes_what_was_stored),
		cmocka_unit_test(server_refuses_another_secret),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
