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

/* ----------------------------------------------------------- the server */

/* Many tickets at most, each longer than one without a certificate of the client */
#define WIRE_ROOM	65536

static SSL_CTX *make_server(int tickets)
{
	const struct identity *id = pki_identity(SEAL_KEY_P256);
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	assert_non_null(ctx);
	assert_int_equal(SSL_CTX_use_certificate_chain_file(ctx, id->chain), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey_file(ctx, id->key,
						     SSL_FILETYPE_PEM), 1);
	SSL_CTX_set_num_tickets(ctx, tickets);
	return ctx;
}

static SSL *make_ssl(SSL_CTX *ctx)
{
	SSL *ssl = SSL_new(ctx);

	assert_non_null(ssl);
	SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	return ssl;
}

static void give(SSL *ssl, const void *data, size_t len)
{
	if (len)
		assert_int_equal(BIO_write(SSL_get_rbio(ssl), data, len), len);
}

static size_t take(SSL *ssl, uint8_t *data)
{
	int len = BIO_read(SSL_get_wbio(ssl), data, WIRE_ROOM);

	return len > 0 ? len : 0;
}

/* ------------------------------------------------- our client, its server */

/* A connection with OpenSSL, and what OpenSSL said behind the handshake */
struct meeting {
	SSL_CTX			*ctx;
	SSL			*server;
	struct seal_config	*cfg;
	struct seal_conn	*client;
	struct seal_resumption	*res;
	struct seal_record	in;
	uint8_t			wire[WIRE_ROOM];
	size_t			len;
	size_t			at;
};

/* Our bytes to the server; its answer to m->wire */
static void exchange(struct meeting *m)
{
	struct wire ours;

	wire_take(&ours, m->client);
	give(m->server, ours.data, ours.len);
	wire_free(&ours);
	SSL_do_handshake(m->server);
	m->len = take(m->server, m->wire);
}

static void shake(struct meeting *m)
{
	size_t used = 0;
	int status = SEAL_WANT_READ;

	while (status == SEAL_WANT_READ) {
		exchange(m);
		assert_true(m->len > 0);
		status = seal_conn_feed(m->client, m->wire, m->len, &used);
	}
	assert_int_equal(status, 0);
	exchange(m);
	assert_int_equal(SSL_is_init_finished(m->server), 1);
}

static void meet(struct meeting *m, uint16_t suite, int tickets)
{
	memset(m, 0, sizeof(*m));
	m->ctx = make_server(tickets);
	m->server = make_ssl(m->ctx);
	SSL_set_accept_state(m->server);
	m->cfg = new_client_config();
	assert_int_equal(seal_config_set_suites(m->cfg, &suite, 1), 0);
	assert_int_equal(seal_conn_new(m->cfg, SERVER_NAME, &m->client), 0);
	shake(m);
	assert_int_equal(seal_conn_suite(m->client), suite);
	assert_int_equal(seal_conn_resumption(m->client, &m->res), 0);
	assert_int_equal(seal_record_set_key(&m->in, &m->cfg->crypto, m->client->suite,
					     &m->client->keysched,
					     m->client->application.server, false), 0);
}

static void part(struct meeting *m)
{
	seal_record_free(&m->in);
	seal_resumption_free(m->res);
	seal_conn_free(m->client);
	seal_config_unref(m->cfg);
	SSL_free(m->server);
	SSL_CTX_free(m->ctx);
}

/* As the kernel does it: open the next record, and hand out the message in it */
static struct seal_session *next_session(struct meeting *m)
{
	uint8_t *raw = m->wire + m->at;
	struct seal_record_header header;
	struct seal_fragment content;
	struct seal_session *session;

	assert_true(m->at + SEAL_RECORD_HEADER < m->len);
	seal_record_parse(raw, &header);
	assert_int_equal(seal_record_open(&m->in, raw, SEAL_RECORD_HEADER + header.len,
					  &content), 0);
	m->at += SEAL_RECORD_HEADER + header.len;
	assert_int_equal(content.type, SEAL_CONTENT_HANDSHAKE);
	assert_int_equal(seal_resumption_ticket(m->res, content.data, content.len,
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
		struct meeting m;

		meet(&m, seal_suites[i].id, 1);
		session = next_session(&m);
		assert_int_equal(psk_of(m.server, psk),
				 seal_hash_size(seal_suites[i].hash));
		assert_memory_equal(session->psk, psk,
				    seal_hash_size(seal_suites[i].hash));
		assert_int_equal(m.at, m.len);
		seal_session_free(session);
		part(&m);
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

/* A client of OpenSSL's with our session, and the server that gave the ticket */
static bool resumes(SSL_CTX *server_ctx, const struct seal_session *session)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	SSL *client = make_ssl(ctx), *server = make_ssl(server_ctx);
	SSL_SESSION *theirs = to_openssl(client, session);
	uint8_t wire[WIRE_ROOM];
	bool reused;

	/* a server takes the first suite it likes, and then has no use for the ticket */
	assert_int_equal(SSL_set_ciphersuites(client, session->suite->name), 1);
	SSL_set_connect_state(client);
	SSL_set_accept_state(server);
	assert_int_equal(SSL_set_session(client, theirs), 1);
	for (int i = 0; i < 3; i++) {
		SSL_do_handshake(client);
		give(server, wire, take(client, wire));
		SSL_do_handshake(server);
		give(client, wire, take(server, wire));
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
		struct meeting m;

		meet(&m, seal_suites[i].id, 3);
		for (int ticket = 0; ticket < 3; ticket++) {
			struct seal_session *session = next_session(&m);

			assert_true(resumes(m.ctx, session));
			seal_session_free(session);
		}
		assert_int_equal(m.at, m.len);
		part(&m);
	}
}

/* The same after a stay in a store */
static void server_resumes_what_was_stored(void **state)
{
	struct seal_session *session, *again;
	uint8_t bytes[SESSION_MAX];
	struct meeting m;
	size_t len;

	(void)state;
	meet(&m, 0x1302, 1);
	session = next_session(&m);
	assert_int_equal(seal_session_export(session, bytes, sizeof(bytes), &len), 0);
	seal_session_free(session);
	assert_int_equal(seal_session_import(bytes, len, &again), 0);
	assert_true(resumes(m.ctx, again));
	seal_session_free(again);
	part(&m);
}

/* What resumes() finds depends on all of the PSK and of the ticket */
static void server_refuses_another_secret(void **state)
{
	struct seal_session *session;
	struct meeting m;

	(void)state;
	meet(&m, 0x1301, 1);
	session = next_session(&m);
	session->psk[31] ^= 1;
	assert_false(resumes(m.ctx, session));
	session->psk[31] ^= 1;
	session->ticket.data[session->ticket.len - 1] ^= 1;
	assert_false(resumes(m.ctx, session));
	session->ticket.data[session->ticket.len - 1] ^= 1;
	assert_true(resumes(m.ctx, session));
	seal_session_free(session);
	part(&m);
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
