// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Compressed certificates of either end enter, with OpenSSL as the other one; it has them
 * since 3.2, if it was built with zlib, so its functions are looked for (RFC 8879).
 */
#include <dlfcn.h>
#include <string.h>

#include "peer.h"

#define ZLIB	1	/* TLSEXT_comp_cert_zlib, which older headers do not have */

static struct {
	int	(*prefer)(SSL_CTX *ctx, int *algorithms, size_t count);
	int	(*compress)(SSL_CTX *ctx, int algorithm);
} openssl;

static int find_functions(void **state)
{
	(void)state;
	*(void **)&openssl.prefer = dlsym(RTLD_DEFAULT,
					  "SSL_CTX_set1_cert_comp_preference");
	*(void **)&openssl.compress = dlsym(RTLD_DEFAULT, "SSL_CTX_compress_certs");
	return 0;
}

/* With certificates that go both ways; NULL: it cannot do it */
static SSL_CTX *context(enum seal_side side)
{
	SSL_CTX *ctx = peer_context(side, side == SEAL_CLIENT ?
				    pki_client(SEAL_KEY_RSA) :
				    pki_identity(SEAL_KEY_P256));
	int zlib = ZLIB;

	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
			   NULL);
	/* a client compresses when it is asked */
	if (openssl.prefer && openssl.compress && openssl.prefer(ctx, &zlib, 1) &&
	    (side == SEAL_CLIENT || openssl.compress(ctx, zlib)))
		return ctx;
	ERR_clear_error();
	SSL_CTX_free(ctx);
	print_message("# SKIP: this libssl compresses no certificates by zlib: that came with OpenSSL 3.2, and not in every build\n");
	return NULL;
}

static struct seal_config *our_end(enum seal_side side)
{
	const struct identity *id = side == SEAL_CLIENT ?
		pki_client(SEAL_KEY_RSA) : pki_identity(SEAL_KEY_P256);
	struct seal_config *cfg = seal_config_new(side);

	assert_non_null(cfg);
	assert_int_equal(seal_config_set_ca_file(cfg, pki_ca()), 0);
	assert_int_equal(seal_config_set_certificate(cfg, id->chain, id->key), 0);
	assert_int_equal(seal_config_set_compression(cfg, SEAL_COMPRESS_SEND |
						     SEAL_COMPRESS_RECEIVE), 0);
	if (side == SEAL_SERVER)
		assert_int_equal(seal_config_set_client_auth(cfg,
					SEAL_CLIENT_AUTH_REQUIRED), 0);
	return cfg;
}

/* The types of messages that went by */
struct seen {
	bool	read, written;
};

static void watch(int write, int version, int type, const void *data, size_t len,
		  SSL *ssl, void *arg)
{
	struct seen *seen = arg;

	(void)version;
	(void)ssl;
	if (type != SSL3_RT_HANDSHAKE || !len || *(const uint8_t *)data !=
						 SEAL_MSG_COMPRESSED_CERTIFICATE)
		return;
	if (write)
		seen->written = true;
	else
		seen->read = true;
}

static void both_ways(enum seal_side theirs)
{
	SSL_CTX *ctx = context(theirs);
	struct seen seen = { 0 };
	struct peer peer;

	if (!ctx)
		return;
	SSL_CTX_set_msg_callback(ctx, watch);
	SSL_CTX_set_msg_callback_arg(ctx, &seen);
	peer_open(&peer, ctx, our_end(theirs == SEAL_CLIENT ? SEAL_SERVER :
							      SEAL_CLIENT));
	assert_int_equal(peer_shake(&peer), 0);
	assert_false(peer_failed(&peer));
	assert_true(seen.read && seen.written);
	peer_close(&peer);
}

static void their_server_and_our_client(void **state)
{
	(void)state;
	both_ways(SEAL_SERVER);
}

static void their_client_and_our_server(void **state)
{
	(void)state;
	both_ways(SEAL_CLIENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(their_server_and_our_client),
		cmocka_unit_test(their_client_and_our_server),
	};

	return cmocka_run_group_tests(tests, find_functions, NULL);
}
