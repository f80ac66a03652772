// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Bytes enter, random bytes, hashes, MACs and sealed or opened records leave;
 * with crypto_key.c the only file that calls libcrypto's EVP.
 */
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include "private.h"

static const char *const md_names[SEAL_HASH_COUNT] = {
	[SEAL_SHA256] = "SHA256",
	[SEAL_SHA384] = "SHA384",
};

static const char *const aead_names[SEAL_AEAD_COUNT] = {
	[SEAL_AES_128_GCM] = "AES-128-GCM",
	[SEAL_AES_256_GCM] = "AES-256-GCM",
	[SEAL_CHACHA20_POLY1305] = "ChaCha20-Poly1305",
};

/*
 * A context that knows its digest: EVP_MAC_init() by name would look the digest
 * up again for each of the forty HMACs of a handshake.
 */
static EVP_MAC_CTX *hmac_template(const char *md)
{
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
						 (char *)md, 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *ctx = mac ? EVP_MAC_CTX_new(mac) : NULL;

	EVP_MAC_free(mac);
	if (ctx && !EVP_MAC_CTX_set_params(ctx, params)) {
		EVP_MAC_CTX_free(ctx);
		return NULL;
	}
	return ctx;
}

int seal_crypto_init(struct seal_crypto *crypto)
{
	bool ok = true;

	*crypto = (struct seal_crypto){ 0 };
	for (size_t i = 0; i < SEAL_HASH_COUNT; i++) {
		crypto->md[i] = EVP_MD_fetch(NULL, md_names[i], NULL);
		crypto->hmac[i] = hmac_template(md_names[i]);
		ok = ok && crypto->md[i] && crypto->hmac[i];
	}
	for (size_t i = 0; i < SEAL_AEAD_COUNT; i++) {
		crypto->aead[i] = EVP_CIPHER_fetch(NULL, aead_names[i], NULL);
		ok = ok && crypto->aead[i];
	}
	if (!ok)
		seal_crypto_free(crypto);
	return ok ? 0 : SEAL_E_CRYPTO;
}

void seal_crypto_free(struct seal_crypto *crypto)
{
	for (size_t i = 0; i < SEAL_HASH_COUNT; i++) {
		EVP_MD_free(crypto->md[i]);
		EVP_MAC_CTX_free(crypto->hmac[i]);
	}
	for (size_t i = 0; i < SEAL_AEAD_COUNT; i++)
		EVP_CIPHER_free(crypto->aead[i]);
	*crypto = (struct seal_crypto){ 0 };
}

int seal_crypto_random(void *out, size_t len)
{
	return RAND_bytes(out, len) == 1 ? 0 : SEAL_E_CRYPTO;
}

void seal_crypto_wipe(void *data, size_t len)
{
	if (data)
		OPENSSL_cleanse(data, len);
}

void seal_crypto_enter(void)
{
	ERR_set_mark();
}

void seal_crypto_leave(void)
{
	ERR_pop_to_mark();
}

bool seal_crypto_equal(const void *a, const void *b, size_t len)
{
	return !CRYPTO_memcmp(a, b, len);
}

EVP_MD_CTX *seal_hash_new(const struct seal_crypto *crypto, enum seal_hash hash)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (ctx && !EVP_DigestInit_ex2(ctx, crypto->md[hash], NULL)) {
		EVP_MD_CTX_free(ctx);
		return NULL;
	}
	return ctx;
}

int seal_hash_update(EVP_MD_CTX *ctx, const void *data, size_t len)
{
	return EVP_DigestUpdate(ctx, data, len) ? 0 : SEAL_E_CRYPTO;
}

int seal_hash_peek(const EVP_MD_CTX *ctx, uint8_t out[SEAL_HASH_MAX])
{
	EVP_MD_CTX *copy = EVP_MD_CTX_new();
	int err = SEAL_E_CRYPTO;

	if (copy && EVP_MD_CTX_copy_ex(copy, ctx) &&
	    EVP_DigestFinal_ex(copy, out, NULL))
		err = 0;
	EVP_MD_CTX_free(copy);
	return err;
}

void seal_hash_free(EVP_MD_CTX *ctx)
{
	EVP_MD_CTX_free(ctx);
}

EVP_MAC_CTX *seal_hmac_new(const struct seal_crypto *crypto, enum seal_hash hash)
{
	return EVP_MAC_CTX_dup(crypto->hmac[hash]);
}

int seal_hmac(EVP_MAC_CTX *ctx, struct seal_span key,
	      const struct seal_span *parts, size_t count, uint8_t *out)
{
	size_t len;

	if (!EVP_MAC_init(ctx, key.data, key.len, NULL))
		return SEAL_E_CRYPTO;
	for (size_t i = 0; i < count; i++)
		if (!EVP_MAC_update(ctx, parts[i].data, parts[i].len))
			return SEAL_E_CRYPTO;
	return EVP_MAC_final(ctx, out, &len, SEAL_HASH_MAX) ? 0 : SEAL_E_CRYPTO;
}

void seal_hmac_free(EVP_MAC_CTX *ctx)
{
	EVP_MAC_CTX_free(ctx);
}

EVP_CIPHER_CTX *seal_aead_new(const struct seal_crypto *crypto,
			      enum seal_aead aead, const uint8_t *key,
			      bool encrypt)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

	if (ctx && !EVP_CipherInit_ex2(ctx, crypto->aead[aead], key, NULL,
				       encrypt, NULL)) {
		EVP_CIPHER_CTX_free(ctx);
		return NULL;
	}
	return ctx;
}

/* Nonce, AAD and text, which both directions have in common */
static bool aead_text(EVP_CIPHER_CTX *ctx, const uint8_t *nonce,
		      struct seal_span aad, uint8_t *text, size_t len)
{
	int out;

	return EVP_CipherInit_ex2(ctx, NULL, NULL, nonce, -1, NULL) &&
	       EVP_CipherUpdate(ctx, NULL, &out, aad.data, aad.len) &&
	       EVP_CipherUpdate(ctx, text, &out, text, len);
}

int seal_aead_seal(EVP_CIPHER_CTX *ctx, const uint8_t nonce[SEAL_IV_SIZE],
		   struct seal_span aad, uint8_t *text, size_t len)
{
	int out;

	if (!aead_text(ctx, nonce, aad, text, len) ||
	    !EVP_CipherFinal_ex(ctx, text + len, &out) ||
	    !EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, SEAL_TAG_SIZE,
				 text + len))
		return SEAL_E_CRYPTO;
	return 0;
}

int seal_aead_open(EVP_CIPHER_CTX *ctx, const uint8_t nonce[SEAL_IV_SIZE],
		   struct seal_span aad, uint8_t *text, size_t len)
{
	int out;

	if (!aead_text(ctx, nonce, aad, text, len) ||
	    !EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, SEAL_TAG_SIZE,
				 text + len))
		return SEAL_E_CRYPTO;
	if (EVP_CipherFinal_ex(ctx, text + len, &out))
		return 0;
	/* what was not authenticated must not be read by anybody */
	seal_crypto_wipe(text, len);
	return SEAL_E_BAD_RECORD_MAC;
}

void seal_aead_free(EVP_CIPHER_CTX *ctx)
{
	EVP_CIPHER_CTX_free(ctx);
}
