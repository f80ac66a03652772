// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Bytes enter, random bytes, hashes, MACs and sealed or opened records leave;
 * with crypto_kex.c and crypto_key.c all that calls libcrypto's EVP.
 */
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
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
	[SEAL_AES_128_CCM] = "AES-128-CCM",
};

/* FIPS 198-1, and the longest block of the hashes above */
#define HMAC_INNER	0x36
#define HMAC_OUTER	0x5c
#define HMAC_BLOCK_MAX	128

int seal_crypto_init(struct seal_crypto *crypto)
{
	bool ok = true;

	memset(crypto, 0, sizeof(*crypto));
	for (size_t i = 0; i < SEAL_HASH_COUNT; i++) {
		crypto->md[i] = EVP_MD_fetch(NULL, md_names[i], NULL);
		ok = ok && crypto->md[i];
	}
	for (size_t i = 0; i < SEAL_AEAD_COUNT; i++) {
		crypto->aead[i] = EVP_CIPHER_fetch(NULL, aead_names[i], NULL);
		ok = ok && crypto->aead[i];
	}
	for (size_t i = 0; i < SEAL_GROUP_COUNT; i++)
		crypto->groups[i] = seal_kex_probe(&seal_groups[i]);
	for (size_t i = 0; i < SEAL_SCHEME_COUNT; i++)
		crypto->schemes[i] = seal_key_probe(&seal_schemes[i]);
	if (!ok)
		seal_crypto_free(crypto);
	return ok ? 0 : SEAL_E_CRYPTO;
}

void seal_crypto_free(struct seal_crypto *crypto)
{
	for (size_t i = 0; i < SEAL_HASH_COUNT; i++)
		EVP_MD_free(crypto->md[i]);
	for (size_t i = 0; i < SEAL_AEAD_COUNT; i++)
		EVP_CIPHER_free(crypto->aead[i]);
	seal_kex_free_tools(crypto);
	memset(crypto, 0, sizeof(*crypto));
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

EVP_MD_CTX *seal_hash_copy(const EVP_MD_CTX *ctx)
{
	EVP_MD_CTX *copy = EVP_MD_CTX_new();

	if (copy && !EVP_MD_CTX_copy_ex(copy, ctx)) {
		EVP_MD_CTX_free(copy);
		return NULL;
	}
	return copy;
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

EVP_MD_CTX *seal_hmac_new(const struct seal_crypto *crypto, enum seal_hash hash)
{
	return seal_hash_new(crypto, hash);
}

/* A hash of a block that is the key XOR @pad, and of what follows it */
static bool keyed_hash(EVP_MD_CTX *ctx, struct seal_span key, uint8_t pad,
		       const struct seal_span *parts, size_t count, uint8_t *out)
{
	size_t block = EVP_MD_get_block_size(EVP_MD_CTX_get0_md(ctx));
	uint8_t first[HMAC_BLOCK_MAX];
	bool ok;

	if (block > sizeof(first) || key.len > block)
		return false;
	memset(first, pad, block);
	for (size_t i = 0; i < key.len; i++)
		first[i] ^= key.data[i];
	ok = EVP_DigestInit_ex2(ctx, NULL, NULL) &&
	     EVP_DigestUpdate(ctx, first, block);
	for (size_t i = 0; i < count && ok; i++)
		ok = EVP_DigestUpdate(ctx, parts[i].data, parts[i].len);
	seal_crypto_wipe(first, sizeof(first));
	return ok && EVP_DigestFinal_ex(ctx, out, NULL);
}

/*
 * Of the forty HMACs of a handshake none has the key of another one, and EVP_MAC copies
 * contexts for each key: by hand it is a quarter of the time, and of the memory.
 */
int seal_hmac(EVP_MD_CTX *ctx, struct seal_span key,
	      const struct seal_span *parts, size_t count, uint8_t *out)
{
	uint8_t inner[SEAL_HASH_MAX];
	struct seal_span last = { inner, EVP_MD_CTX_get_size(ctx) };
	bool ok;

	ok = keyed_hash(ctx, key, HMAC_INNER, parts, count, inner) &&
	     keyed_hash(ctx, key, HMAC_OUTER, &last, 1, out);
	seal_crypto_wipe(inner, sizeof(inner));
	return ok ? 0 : SEAL_E_CRYPTO;
}

void seal_hmac_free(EVP_MD_CTX *ctx)
{
	EVP_MD_CTX_free(ctx);
}

/* CCM begins with the lengths of tag and text (RFC 3610 2.2), and libcrypto so asks first */
static bool wants_lengths(const EVP_CIPHER_CTX *ctx)
{
	return EVP_CIPHER_CTX_get_mode(ctx) == EVP_CIPH_CCM_MODE;
}

static bool set_tag(EVP_CIPHER_CTX *ctx, uint8_t *tag)
{
	return EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, SEAL_TAG_SIZE, tag) > 0;
}

static bool aead_key(EVP_CIPHER_CTX *ctx, const EVP_CIPHER *cipher,
		     const uint8_t *key, bool encrypt)
{
	return EVP_CipherInit_ex2(ctx, cipher, NULL, NULL, encrypt, NULL) &&
	       EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, SEAL_IV_SIZE,
				   NULL) > 0 &&
	       (!wants_lengths(ctx) || set_tag(ctx, NULL)) &&
	       EVP_CipherInit_ex2(ctx, NULL, key, NULL, -1, NULL);
}

EVP_CIPHER_CTX *seal_aead_new(const struct seal_crypto *crypto,
			      enum seal_aead aead, const uint8_t *key,
			      bool encrypt)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

	if (ctx && !aead_key(ctx, crypto->aead[aead], key, encrypt)) {
		EVP_CIPHER_CTX_free(ctx);
		return NULL;
	}
	return ctx;
}

/* All that comes before the text, of @len bytes; @tag: NULL, or the one to compare with */
static bool aead_begin(EVP_CIPHER_CTX *ctx, const uint8_t *nonce,
		       struct seal_span aad, uint8_t *tag, size_t len)
{
	int out;

	return EVP_CipherInit_ex2(ctx, NULL, NULL, nonce, -1, NULL) &&
	       (!tag || set_tag(ctx, tag)) &&
	       (!wants_lengths(ctx) ||
		EVP_CipherUpdate(ctx, NULL, &out, NULL, len)) &&
	       EVP_CipherUpdate(ctx, NULL, &out, aad.data, aad.len);
}

static bool aead_text(EVP_CIPHER_CTX *ctx, uint8_t *text, size_t len)
{
	int out;

	return EVP_CipherUpdate(ctx, text, &out, text, len) &&
	       EVP_CipherFinal_ex(ctx, text + len, &out);
}

int seal_aead_seal(EVP_CIPHER_CTX *ctx, const uint8_t nonce[SEAL_IV_SIZE],
		   struct seal_span aad, uint8_t *text, size_t len)
{
	if (!aead_begin(ctx, nonce, aad, NULL, len) ||
	    !aead_text(ctx, text, len) ||
	    !EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, SEAL_TAG_SIZE,
				 text + len))
		return SEAL_E_CRYPTO;
	return 0;
}

int seal_aead_open(EVP_CIPHER_CTX *ctx, const uint8_t nonce[SEAL_IV_SIZE],
		   struct seal_span aad, uint8_t *text, size_t len)
{
	if (!aead_begin(ctx, nonce, aad, text + len, len))
		return SEAL_E_CRYPTO;
	if (aead_text(ctx, text, len))
		return 0;
	/* what was not authenticated must not be read by anybody */
	seal_crypto_wipe(text, len);
	return SEAL_E_BAD_RECORD_MAC;
}

void seal_aead_free(EVP_CIPHER_CTX *ctx)
{
	EVP_CIPHER_CTX_free(ctx);
}
