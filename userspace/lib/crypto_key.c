// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Keys of certificates and texts enter; signatures and verdicts on signatures leave.
 * Second part of the seam to libcrypto's EVP.
 */
#include <string.h>

#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "private.h"

static enum seal_key_kind curve_kind(const EVP_PKEY *key)
{
	char name[32];
	size_t len;

	if (!EVP_PKEY_get_group_name(key, name, sizeof(name), &len))
		return SEAL_KEY_UNKNOWN;
	if (!strcmp(name, "prime256v1"))
		return SEAL_KEY_P256;
	if (!strcmp(name, "secp384r1"))
		return SEAL_KEY_P384;
	if (!strcmp(name, "secp521r1"))
		return SEAL_KEY_P521;
	return SEAL_KEY_UNKNOWN;
}

/* By the names that libcrypto has for them; a key of EC has a curve besides */
static const struct {
	const char		*name;
	enum seal_key_kind	kind;
} kinds[] = {
	{ "RSA", SEAL_KEY_RSA },
	{ "RSA-PSS", SEAL_KEY_RSA_PSS },
	{ "ED25519", SEAL_KEY_ED25519 },
	{ "ED448", SEAL_KEY_ED448 },
	{ "ML-DSA-44", SEAL_KEY_ML_DSA_44 },
	{ "ML-DSA-65", SEAL_KEY_ML_DSA_65 },
	{ "ML-DSA-87", SEAL_KEY_ML_DSA_87 },
};

enum seal_key_kind seal_key_kind(const EVP_PKEY *key)
{
	if (EVP_PKEY_is_a(key, "EC"))
		return curve_kind(key);
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(kinds); i++)
		if (EVP_PKEY_is_a(key, kinds[i].name))
			return kinds[i].kind;
	return SEAL_KEY_UNKNOWN;
}

bool seal_key_is_rsa(const EVP_PKEY *key)
{
	enum seal_key_kind kind = seal_key_kind(key);

	return kind == SEAL_KEY_RSA || kind == SEAL_KEY_RSA_PSS;
}

bool seal_key_probe(const struct seal_scheme *scheme)
{
	EVP_SIGNATURE *found;

	if (!scheme->algorithm)
		return true;
	found = EVP_SIGNATURE_fetch(NULL, scheme->algorithm, NULL);
	EVP_SIGNATURE_free(found);
	return found;
}

int seal_key_bits(const EVP_PKEY *key)
{
	return EVP_PKEY_get_bits(key);
}

void seal_key_free(EVP_PKEY *key)
{
	EVP_PKEY_free(key);
}

/* RFC 8446 4.2.3: RSASSA-PSS with MGF1 on the same hash, salt of its length */
static bool set_padding(EVP_PKEY_CTX *ctx, const struct seal_scheme *scheme)
{
	if (scheme->key != SEAL_KEY_RSA && scheme->key != SEAL_KEY_RSA_PSS)
		return true;
	return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) > 0 &&
	       EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) > 0;
}

/*
 * To find the algorithms by their names takes a tenth of the time of a signature with
 * P-256: they are found once, and each signature is made with a copy.
 */
EVP_MD_CTX *seal_signer_new(EVP_PKEY *key, const struct seal_scheme *scheme)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx = NULL;

	if (ctx && EVP_PKEY_get_size(key) <= SEAL_SIGNATURE_MAX &&
	    EVP_DigestSignInit_ex(ctx, &pctx, scheme->digest, NULL, NULL, key,
				  NULL) > 0 && set_padding(pctx, scheme))
		return ctx;
	EVP_MD_CTX_free(ctx);
	return NULL;
}

int seal_signer_sign(const EVP_MD_CTX *signer, struct seal_span text,
		     uint8_t signature[SEAL_SIGNATURE_MAX], size_t *len)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok;

	*len = SEAL_SIGNATURE_MAX;
	ok = ctx && EVP_MD_CTX_copy_ex(ctx, signer) > 0 &&
	     EVP_DigestSign(ctx, signature, len, text.data, text.len) > 0;
	EVP_MD_CTX_free(ctx);
	/* short of memory, libcrypto 3.0 may call success with a length of -1 */
	return ok && *len <= SEAL_SIGNATURE_MAX ? 0 : SEAL_E_CRYPTO;
}

void seal_signer_free(EVP_MD_CTX *signer)
{
	EVP_MD_CTX_free(signer);
}

static bool begin_verify(EVP_MD_CTX *ctx, EVP_PKEY *key,
			 const struct seal_scheme *scheme)
{
	EVP_PKEY_CTX *pctx = NULL;

	return ctx && EVP_DigestVerifyInit_ex(ctx, &pctx, scheme->digest, NULL, NULL,
					      key, NULL) > 0 &&
	       set_padding(pctx, scheme);
}

bool seal_key_allows(EVP_PKEY *key, const struct seal_scheme *scheme)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool allowed = begin_verify(ctx, key, scheme);

	EVP_MD_CTX_free(ctx);
	return allowed;
}

int seal_key_verify(EVP_PKEY *key, const struct seal_scheme *scheme,
		    struct seal_span text, struct seal_span signature)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ready, ok;

	ready = begin_verify(ctx, key, scheme);
	ok = ready && EVP_DigestVerify(ctx, signature.data, signature.len,
				       text.data, text.len) > 0;
	EVP_MD_CTX_free(ctx);
	/* RFC 4055 3.1: a key for PSS alone may not allow the hash */
	if (!ready)
		return scheme->key == SEAL_KEY_RSA_PSS ? SEAL_E_ILLEGAL_PARAMETER :
							 SEAL_E_CRYPTO;
	return ok ? 0 : SEAL_E_DECRYPT_ERROR;
}
