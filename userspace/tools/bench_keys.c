// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A cipher suite enters; traffic secrets for SEAL_KEYS leave, and the keys that follow
 * from them (RFC 8446 7.3) as in-tree TLS wants them, so that no handshake is needed.
 */
#include <err.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/rand.h>

#include "bench.h"

#define IV_SIZE 12
#define KEY_MAX 32

const struct bench_suite bench_suites[] = {
	{ "aes-128-gcm", "TLS_AES_128_GCM_SHA256", "SHA256",
	  SEAL_AES_128_GCM_SHA256, TLS_CIPHER_AES_GCM_128, 16, 32, 4 },
	{ "aes-256-gcm", "TLS_AES_256_GCM_SHA384", "SHA384",
	  SEAL_AES_256_GCM_SHA384, TLS_CIPHER_AES_GCM_256, 32, 48, 4 },
	{ "chacha20-poly1305", "TLS_CHACHA20_POLY1305_SHA256", "SHA256",
	  SEAL_CHACHA20_POLY1305_SHA256, TLS_CIPHER_CHACHA20_POLY1305, 32, 32,
	  0 },
};

const size_t bench_suite_count = COUNT(bench_suites);

/* HKDF-Expand-Label with an empty context (RFC 8446 7.1): "key" or "iv" of a secret */
static size_t make_info(uint8_t *info, const char *label, size_t len)
{
	size_t label_len = strlen("tls13 ") + strlen(label);

	info[0] = 0;
	info[1] = len;
	info[2] = label_len;
	memcpy(info + 3, "tls13 ", strlen("tls13 "));
	memcpy(info + 3 + strlen("tls13 "), label, strlen(label));
	info[3 + label_len] = 0;
	return label_len + 4;
}

static int expand(const struct bench_suite *suite, const uint8_t *secret,
		  const char *label, uint8_t *out, size_t len)
{
	uint8_t info[32];
	int mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY;
	EVP_KDF *hkdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	EVP_KDF_CTX *kdf = hkdf ? EVP_KDF_CTX_new(hkdf) : NULL;
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST,
						 (char *)suite->digest, 0),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY,
						  (void *)secret,
						  suite->secret),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info,
						  make_info(info, label, len)),
		OSSL_PARAM_construct_end(),
	};
	int done = kdf ? EVP_KDF_derive(kdf, out, len, params) : 0;

	EVP_KDF_CTX_free(kdf);
	EVP_KDF_free(hkdf);
	return done == 1 ? 0 : -1;
}

static uint8_t *append(uint8_t *at, const uint8_t *bytes, size_t len)
{
	memcpy(at, bytes, len);
	return at + len;
}

/* The structures of all ciphers are a header, IV, key, salt, record number 0 */
static int make_ktls(struct bench_keys *keys, int from, const uint8_t *secret)
{
	const struct bench_suite *suite = keys->suite;
	const struct tls_crypto_info info = { TLS_1_3_VERSION, suite->cipher };
	uint8_t key[KEY_MAX], iv[IV_SIZE], *at = keys->ktls[from];
	int status = -1;

	if (expand(suite, secret, "key", key, suite->key) ||
	    expand(suite, secret, "iv", iv, sizeof(iv)))
		goto out;
	at = append(at, (const uint8_t *)&info, sizeof(info));
	at = append(at, iv + suite->salt, IV_SIZE - suite->salt);
	at = append(at, key, suite->key);
	at = append(at, iv, suite->salt);
	keys->ktls_len = at - keys->ktls[from] + TLS_CIPHER_AES_GCM_128_REC_SEQ_SIZE;
	status = 0;
out:
	OPENSSL_cleanse(key, sizeof(key));
	OPENSSL_cleanse(iv, sizeof(iv));
	return status;
}

static int make_direction(struct bench_keys *keys, int from)
{
	uint8_t *secret = keys->seal[from].tx.secret;

	if (RAND_bytes(secret, keys->suite->secret) != 1)
		return -1;
	keys->seal[!from].rx = keys->seal[from].tx;
	return make_ktls(keys, from, secret);
}

int bench_keys_derive(struct bench_keys *keys)
{
	int end, from;

	for (end = 0; end < 2; end++)
		for (from = 0; from < 2; from++)
			if (make_ktls(keys, from, keys->seal[from].tx.secret)) {
				warnx("libcrypto makes no keys for %s",
				      keys->suite->name);
				return -1;
			}
	return 0;
}

int bench_keys_make(struct bench_keys *keys, const struct bench_suite *suite)
{
	int end;

	memset(keys, 0, sizeof(*keys));
	keys->suite = suite;
	for (end = 0; end < 2; end++) {
		keys->seal[end].version = SEAL_VERSION_TLS13;
		keys->seal[end].suite = suite->number;
	}
	if (!make_direction(keys, 0) && !make_direction(keys, 1))
		return 0;
	warnx("libcrypto makes no keys for %s", suite->name);
	bench_keys_wipe(keys);
	return -1;
}

void bench_keys_wipe(struct bench_keys *keys)
{
	OPENSSL_cleanse(keys, sizeof(*keys));
}
