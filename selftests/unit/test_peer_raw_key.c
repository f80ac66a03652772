// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Raw public keys of either end enter, with OpenSSL as the other one; it has them since
 * 3.2, so its functions are looked for in the libssl that is there (RFC 7250).
 */
#include <dlfcn.h>
#include <stdio.h>

#include <openssl/pem.h>

#include "peer.h"

/* TLSEXT_cert_type_x509 and _rpk, which older headers do not have */
static const unsigned char both_types[] = { 2, 0 };

static struct {
	int		(*set_client_type)(SSL *ssl, const unsigned char *val,
					   size_t len);
	int		(*set_server_type)(SSL *ssl, const unsigned char *val,
					   size_t len);
	int		(*expect)(SSL *ssl, EVP_PKEY *key);
	EVP_PKEY	*(*peer_key)(const SSL *ssl);
} openssl;

static int find_functions(void **state)
{
	(void)state;
	*(void **)&openssl.set_client_type = dlsym(RTLD_DEFAULT,
						   "SSL_set1_client_cert_type");
	*(void **)&openssl.set_server_type = dlsym(RTLD_DEFAULT,
						   "SSL_set1_server_cert_type");
	*(void **)&openssl.expect = dlsym(RTLD_DEFAULT, "SSL_add_expected_rpk");
	*(void **)&openssl.peer_key = dlsym(RTLD_DEFAULT, "SSL_get0_peer_rpk");
	return 0;
}

static bool has_functions(void)
{
	if (openssl.peer_key)
		return true;
	print_message("# SKIP: this libssl has no raw public keys: they came with OpenSSL 3.2\n");
	return false;
}

static EVP_PKEY *read_public(const char *path)
{
	char public[PKI_PATH_MAX];
	EVP_PKEY *key;
	FILE *file;

	pki_public(path, public);
	file = fopen(public, "r");
	assert_non_null(file);
	key = PEM_read_PUBKEY(file, NULL, NULL, NULL);
	assert_non_null(key);
	fclose(file);
	return key;
}

/* One end of OpenSSL's with a key, that takes the other one's */
static void prepare(SSL *ssl, const char *own, const char *theirs)
{
	EVP_PKEY *key = read_public(theirs);

	assert_int_equal(SSL_use_PrivateKey_file(ssl, own, SSL_FILETYPE_PEM), 1);
	assert_true(SSL_dane_enable(ssl, NULL) > 0);
	assert_int_equal(openssl.expect(ssl, key), 1);
	SSL_set_verify(ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	assert_int_equal(openssl.set_client_type(ssl, both_types, 2), 1);
	assert_int_equal(openssl.set_server_type(ssl, both_types, 2), 1);
	EVP_PKEY_free(key);
}

static struct seal_config *our_end(enum seal_side side, const char *own,
				   const char *theirs)
{
	struct seal_config *cfg = seal_config_new(side);
	char public[PKI_PATH_MAX];

	assert_non_null(cfg);
	pki_public(theirs, public);
	assert_int_equal(seal_config_add_raw_key(cfg, own), 0);
	assert_int_equal(seal_config_trust_raw_key(cfg, public), 0);
	if (side == SEAL_SERVER)
		assert_int_equal(seal_config_set_client_auth(cfg,
					SEAL_CLIENT_AUTH_REQUIRED), 0);
	return cfg;
}

static void open_raw(struct peer *peer, enum seal_side side, const char *own,
		     const char *theirs)
{
	SSL_CTX *ctx = SSL_CTX_new(side == SEAL_CLIENT ? TLS_server_method() :
							 TLS_client_method());

	assert_non_null(ctx);
	SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION);
	SSL_CTX_set_num_tickets(ctx, 0);
	assert_true(SSL_CTX_dane_enable(ctx) > 0);
	peer_open(peer, ctx, our_end(side, own, theirs));
}

static void both_have_keys(void **state)
{
	static const enum seal_side sides[] = { SEAL_CLIENT, SEAL_SERVER };
	const char *own = pki_identity(SEAL_KEY_P256)->key;
	const char *theirs = pki_identity(SEAL_KEY_ED25519)->key;
	EVP_PKEY *key;
	struct peer peer;

	(void)state;
	if (!has_functions())
		return;
	key = read_public(own);
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(sides); i++) {
		open_raw(&peer, sides[i], own, theirs);
		prepare(peer.ssl, theirs, own);
		assert_int_equal(peer_shake(&peer), 0);
		assert_false(peer_failed(&peer));
		assert_int_equal(seal_conn_certificate_type(peer.conn), 2);
		assert_int_equal(seal_conn_peer_certificate_type(peer.conn), 2);
		assert_int_equal(EVP_PKEY_eq(openssl.peer_key(peer.ssl), key), 1);
		peer_close(&peer);
	}
	EVP_PKEY_free(key);
}

static void theirs_is_not_the_one(void **state)
{
	static const enum seal_side sides[] = { SEAL_CLIENT, SEAL_SERVER };
	const char *own = pki_identity(SEAL_KEY_P256)->key;
	const char *theirs = pki_identity(SEAL_KEY_ED25519)->key;
	struct peer peer;

	(void)state;
	if (!has_functions())
		return;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(sides); i++) {
		open_raw(&peer, sides[i], own, theirs);
		prepare(peer.ssl, own, own);
		assert_int_equal(peer_shake(&peer), SEAL_E_CERTIFICATE_UNKNOWN);
		peer_close(&peer);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_have_keys),
		cmocka_unit_test(theirs_is_not_the_one),
	};

	return cmocka_run_group_tests(tests, find_functions, NULL);
}
