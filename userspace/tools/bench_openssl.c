// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A connection enters; one whose bytes go through SSL_write() and SSL_read() leaves.
 * libssl is loaded at run time: the command does not depend on it, and is without this
 * way where it is not installed.
 */
#include <dlfcn.h>
#include <err.h>
#include <errno.h>
#include <stdint.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "bench.h"

#define LIBSSL "libssl.so.3"

/* Most that is read of a file to be sent, as servers without kTLS do */
#define FILE_CHUNK 16384

/* As write() does */
#define MODE (SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER)

/* Of libssl; what begins with another name is in libcrypto */
static struct {
	__typeof__(TLS_method) *TLS_method;
	__typeof__(SSL_CTX_new) *SSL_CTX_new;
	__typeof__(SSL_CTX_free) *SSL_CTX_free;
	__typeof__(SSL_CTX_set_ciphersuites) *SSL_CTX_set_ciphersuites;
	__typeof__(SSL_CTX_use_certificate) *SSL_CTX_use_certificate;
	__typeof__(SSL_CTX_use_PrivateKey) *SSL_CTX_use_PrivateKey;
	__typeof__(SSL_CTX_set_num_tickets) *SSL_CTX_set_num_tickets;
	__typeof__(SSL_CTX_ctrl) *SSL_CTX_ctrl;
	__typeof__(SSL_new) *SSL_new;
	__typeof__(SSL_free) *SSL_free;
	__typeof__(SSL_set_bio) *SSL_set_bio;
	__typeof__(SSL_set_fd) *SSL_set_fd;
	__typeof__(SSL_set_connect_state) *SSL_set_connect_state;
	__typeof__(SSL_set_accept_state) *SSL_set_accept_state;
	__typeof__(SSL_do_handshake) *SSL_do_handshake;
	__typeof__(SSL_get_error) *SSL_get_error;
	__typeof__(SSL_write) *SSL_write;
	__typeof__(SSL_read) *SSL_read;
} ssl;

static const struct {
	const char *name;
	void **function;
} symbols[] = {
	{ "TLS_method", (void **)&ssl.TLS_method },
	{ "SSL_CTX_new", (void **)&ssl.SSL_CTX_new },
	{ "SSL_CTX_free", (void **)&ssl.SSL_CTX_free },
	{ "SSL_CTX_set_ciphersuites", (void **)&ssl.SSL_CTX_set_ciphersuites },
	{ "SSL_CTX_use_certificate", (void **)&ssl.SSL_CTX_use_certificate },
	{ "SSL_CTX_use_PrivateKey", (void **)&ssl.SSL_CTX_use_PrivateKey },
	{ "SSL_CTX_set_num_tickets", (void **)&ssl.SSL_CTX_set_num_tickets },
	{ "SSL_CTX_ctrl", (void **)&ssl.SSL_CTX_ctrl },
	{ "SSL_new", (void **)&ssl.SSL_new },
	{ "SSL_free", (void **)&ssl.SSL_free },
	{ "SSL_set_bio", (void **)&ssl.SSL_set_bio },
	{ "SSL_set_fd", (void **)&ssl.SSL_set_fd },
	{ "SSL_set_connect_state", (void **)&ssl.SSL_set_connect_state },
	{ "SSL_set_accept_state", (void **)&ssl.SSL_set_accept_state },
	{ "SSL_do_handshake", (void **)&ssl.SSL_do_handshake },
	{ "SSL_get_error", (void **)&ssl.SSL_get_error },
	{ "SSL_write", (void **)&ssl.SSL_write },
	{ "SSL_read", (void **)&ssl.SSL_read },
};

static int find_symbols(void *library)
{
	size_t i;

	for (i = 0; i < COUNT(symbols); i++) {
		*symbols[i].function = dlsym(library, symbols[i].name);
		if (!*symbols[i].function)
			return -1;
	}
	return 0;
}

static int load(void)
{
	static void *library;

	if (library)
		return 0;
	library = dlopen(LIBSSL, RTLD_NOW | RTLD_LOCAL);
	if (!library)
		return -1;
	if (!find_symbols(library))
		return 0;
	dlclose(library);
	library = NULL;
	return -1;
}

static const char *missing_libssl(void)
{
	return load() ? "no " LIBSSL " here: install OpenSSL's libssl3" : NULL;
}

/* Self-signed, for a peer that does not look */
static X509 *make_certificate(EVP_PKEY *key)
{
	X509 *cert = X509_new();

	if (cert && X509_set_pubkey(cert, key) &&
	    X509_gmtime_adj(X509_getm_notBefore(cert), 0) &&
	    X509_gmtime_adj(X509_getm_notAfter(cert), 86400) &&
	    X509_sign(cert, key, EVP_sha256()))
		return cert;
	X509_free(cert);
	return NULL;
}

static int use_new_key(SSL_CTX *ctx)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = key ? make_certificate(key) : NULL;
	int done = cert && ssl.SSL_CTX_use_certificate(ctx, cert) == 1 &&
		   ssl.SSL_CTX_use_PrivateKey(ctx, key) == 1;

	X509_free(cert);
	EVP_PKEY_free(key);
	return done ? 0 : -1;
}

/* One context serves both ends.  Tickets would be records that nobody asked for. */
static SSL_CTX *make_context(const struct bench_suite *suite)
{
	SSL_CTX *ctx = ssl.SSL_CTX_new(ssl.TLS_method());

	if (ctx && !use_new_key(ctx) &&
	    ssl.SSL_CTX_set_ciphersuites(ctx, suite->openssl) == 1 &&
	    ssl.SSL_CTX_set_num_tickets(ctx, 0) == 1 &&
	    ssl.SSL_CTX_ctrl(ctx, SSL_CTRL_SET_MIN_PROTO_VERSION,
			      TLS1_3_VERSION, NULL) == 1 &&
	    ssl.SSL_CTX_ctrl(ctx, SSL_CTRL_MODE, MODE, NULL))
		return ctx;
	ssl.SSL_CTX_free(ctx);
	return NULL;
}

/* From one end to the other through memory, where no call has to wait */
static int shake_hands(SSL *client, SSL *server)
{
	BIO *one, *other;
	int done[2] = { 0, 0 }, turn;

	if (BIO_new_bio_pair(&one, 0, &other, 0) != 1)
		return -1;
	ssl.SSL_set_bio(client, one, one);
	ssl.SSL_set_bio(server, other, other);
	ssl.SSL_set_connect_state(client);
	ssl.SSL_set_accept_state(server);
	for (turn = 0; turn < 8 && (done[0] != 1 || done[1] != 1); turn++)
		done[turn % 2] = ssl.SSL_do_handshake(turn % 2 ? server :
								  client);
	return done[0] == 1 && done[1] == 1 ? 0 : -1;
}

/* The context lives as long as they do */
static int make_ends(struct bench_pair *pair, SSL_CTX *ctx)
{
	pair->state[0] = ssl.SSL_new(ctx);
	pair->state[1] = ssl.SSL_new(ctx);
	ssl.SSL_CTX_free(ctx);
	return pair->state[0] && pair->state[1] ? 0 : -1;
}

static int open_openssl(struct bench_pair *pair, const struct bench_keys *keys)
{
	SSL_CTX *ctx = make_context(keys->suite);

	if (ctx && !make_ends(pair, ctx) &&
	    !shake_hands(pair->state[0], pair->state[1]) &&
	    ssl.SSL_set_fd(pair->state[0], pair->fds[0]) == 1 &&
	    ssl.SSL_set_fd(pair->state[1], pair->fds[1]) == 1)
		return 0;
	warnx("OpenSSL does not shake hands with itself, %s",
	      keys->suite->name);
	return -1;
}

static void close_openssl(struct bench_pair *pair)
{
	int end;

	for (end = 0; end < 2; end++) {
		if (pair->state[end])
			ssl.SSL_free(pair->state[end]);
		pair->state[end] = NULL;
	}
}

/* As of a system call: what was moved, or -1 with errno */
static ssize_t result_of(SSL *end, int moved)
{
	if (moved > 0)
		return moved;
	switch (ssl.SSL_get_error(end, moved)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		errno = EAGAIN;
		break;
	case SSL_ERROR_SYSCALL:
		break;
	default:
		errno = EPROTO;
	}
	return -1;
}

static ssize_t send_openssl(struct bench_pair *pair, int end, const void *bytes,
			    size_t len)
{
	return result_of(pair->state[end],
			 ssl.SSL_write(pair->state[end], bytes, len));
}

static ssize_t receive_openssl(struct bench_pair *pair, int end, void *bytes,
			       size_t len)
{
	return result_of(pair->state[end],
			 ssl.SSL_read(pair->state[end], bytes, len));
}

static ssize_t send_file_openssl(struct bench_pair *pair, int end, int file,
				 off_t at, size_t len)
{
	char chunk[FILE_CHUNK];
	ssize_t n = pread(file, chunk, len < sizeof(chunk) ? len : sizeof(chunk),
			  at);

	return n > 0 ? send_openssl(pair, end, chunk, n) : n;
}

const struct bench_way bench_openssl = {
	.name = "openssl",
	.handshake = true,
	.missing = missing_libssl,
	.open = open_openssl,
	.send = send_openssl,
	.receive = receive_openssl,
	.send_file = send_file_openssl,
	.close = close_openssl,
};
