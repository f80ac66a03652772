// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * OpenSSL's libssl, on the same libcrypto, over memory BIOs: TLS 1.3, and the same suite,
 * group, verification and number of tickets as ours has by default.
 */
#include <err.h>
#include <stdlib.h>

#include <openssl/ssl.h>

#include "bench.h"

/* By side, and whether the server sends a ticket */
static struct ssl_ctx_st *contexts[2][2];

static void check(int done, const char *what)
{
	if (done != 1)
		errx(EXIT_FAILURE, "libssl: %s", what);
}

static SSL_CTX *configure(SSL_CTX *context)
{
	check(!!context, "SSL_CTX_new");
	check(SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION), "TLS 1.3");
	check(SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256"), "suite");
	check(SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384"), "groups");
	/* it keeps no buffer for a connection that has nothing to do */
	SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
	return context;
}

static SSL_CTX *new_client(const struct bench_files *files)
{
	SSL_CTX *client = configure(SSL_CTX_new(TLS_client_method()));

	SSL_CTX_set_verify(client, SSL_VERIFY_PEER, NULL);
	check(SSL_CTX_load_verify_locations(client, files->ca, NULL), files->ca);
	return client;
}

static SSL_CTX *new_server(const struct bench_files *files, int tickets)
{
	SSL_CTX *server = configure(SSL_CTX_new(TLS_server_method()));

	check(SSL_CTX_use_certificate_chain_file(server, files->chain), files->chain);
	check(SSL_CTX_use_PrivateKey_file(server, files->key, SSL_FILETYPE_PEM),
	      files->key);
	SSL_CTX_set_session_cache_mode(server, SSL_SESS_CACHE_OFF);
	check(SSL_CTX_set_num_tickets(server, tickets), "tickets");
	return server;
}

static void prepare(const struct bench_files *files)
{
	int tickets;

	for (tickets = 0; tickets < 2; tickets++) {
		contexts[BENCH_CLIENT][tickets] = new_client(files);
		contexts[BENCH_SERVER][tickets] = new_server(files, tickets);
	}
}

static void *open_end(enum bench_side side, bool ticket)
{
	SSL *ssl = SSL_new(contexts[side][ticket]);
	BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());

	if (!ssl || !in || !out)
		errx(EXIT_FAILURE, "no memory");
	SSL_set_bio(ssl, in, out);
	if (side == BENCH_SERVER) {
		SSL_set_accept_state(ssl);
		return ssl;
	}
	SSL_set_connect_state(ssl);
	check(SSL_set_tlsext_host_name(ssl, BENCH_NAME), "SNI");
	check(SSL_set1_host(ssl, BENCH_NAME), "name");
	return ssl;
}

static int feed(void *conn, const uint8_t *data, size_t len)
{
	SSL *ssl = conn;
	int ret;

	if (len && BIO_write(SSL_get_rbio(ssl), data, len) != (int)len)
		return -1;
	ret = SSL_do_handshake(ssl);
	if (ret == 1)
		return 1;
	return SSL_get_error(ssl, ret) == SSL_ERROR_WANT_READ ? 0 : -1;
}

static size_t drain(void *conn, uint8_t *data)
{
	int n = BIO_read(SSL_get_wbio(conn), data, BENCH_FLIGHT);

	return n > 0 ? n : 0;
}

static void close_end(void *conn)
{
	/* or its session would not be resumed any more */
	SSL_set_shutdown(conn, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_free(conn);
}

void *bench_session_take(void *conn, bool resumed)
{
	SSL_SESSION *session;
	char byte;

	if (SSL_session_reused(conn) != resumed)
		return NULL;
	/* there is nothing to read but the ticket */
	if (SSL_read(conn, &byte, 1) > 0)
		errx(EXIT_FAILURE, "the server says something");
	session = SSL_get1_session(conn);
	if (!session || !SSL_SESSION_is_resumable(session))
		errx(EXIT_FAILURE, "the server gives no ticket");
	return session;
}

void bench_session_offer(void *conn, void *session)
{
	check(SSL_set_session(conn, session), "session");
}

void bench_session_free(void *session)
{
	SSL_SESSION_free(session);
}

const struct bench_library bench_libssl = {
	.name = "libssl",
	.prepare = prepare,
	.open = open_end,
	.feed = feed,
	.drain = drain,
	.close = close_end,
};
