// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Peers' public keys and texts enter; our shares, shared secrets, signatures and
 * verdicts on signatures leave.  Second half of the seam to libcrypto's EVP.
 */
#include <string.h>

#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "private.h"

#define POINT_UNCOMPRESSED	0x04

static EVP_PKEY *generate_key(const struct seal_group *group)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, group->algorithm,
						       NULL);
	EVP_PKEY *key = NULL;

	if (ctx && EVP_PKEY_keygen_init(ctx) > 0 &&
	    (!group->curve ||
	     EVP_PKEY_CTX_set_group_name(ctx, group->curve) > 0) &&
	    EVP_PKEY_generate(ctx, &key) <= 0)
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	return key;
}

EVP_PKEY *seal_kex_new(const struct seal_group *group,
		       uint8_t public[SEAL_PUBLIC_MAX])
{
	EVP_PKEY *key = generate_key(group);
	unsigned char *encoded = NULL;
	size_t len;

	if (!key)
		return NULL;
	len = EVP_PKEY_get1_encoded_public_key(key, &encoded);
	if (len == group->public_len) {
		memcpy(public, encoded, len);
	} else {
		EVP_PKEY_free(key);
		key = NULL;
	}
	OPENSSL_free(encoded);
	return key;
}

static EVP_PKEY *import_peer(EVP_PKEY *own, const struct seal_group *group,
			     struct seal_span peer)
{
	EVP_PKEY *key;

	if (peer.len != group->public_len)
		return NULL;
	/* RFC 8446 4.2.8.2: uncompressed points alone */
	if (group->curve && peer.data[0] != POINT_UNCOMPRESSED)
		return NULL;
	key = EVP_PKEY_new();
	if (key && EVP_PKEY_copy_parameters(key, own) > 0 &&
	    EVP_PKEY_set1_encoded_public_key(key, peer.data, peer.len) > 0)
		return key;
	EVP_PKEY_free(key);
	return NULL;
}

static bool derive(EVP_PKEY *own, EVP_PKEY *peer, uint8_t *out, size_t len)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, own, NULL);
	size_t written = len;
	bool ok = ctx && EVP_PKEY_derive_init(ctx) > 0 &&
		  EVP_PKEY_derive_set_peer(ctx, peer) > 0 &&
		  EVP_PKEY_derive(ctx, out, &written) > 0 && written == len;

	EVP_PKEY_CTX_free(ctx);
	return ok;
}

int seal_kex_derive(EVP_PKEY *own, const struct seal_group *group,
		    struct seal_span peer, uint8_t shared[SEAL_SHARED_MAX])
{
	static const uint8_t zero[SEAL_SHARED_MAX];
	EVP_PKEY *key = import_peer(own, group, peer);
	bool ok = key && derive(own, key, shared, group->shared_len);

	EVP_PKEY_free(key);
	/* RFC 8446 7.4.2: a point of small order gives zero and MUST be refused */
	if (ok && seal_crypto_equal(shared, zero, group->shared_len))
		ok = false;
	return ok ? 0 : SEAL_E_ILLEGAL_PARAMETER;
}

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
	return SEAL_KEY_UNKNOWN;
}

enum seal_key_kind seal_key_kind(const EVP_PKEY *key)
{
	if (EVP_PKEY_is_a(key, "RSA"))
		return SEAL_KEY_RSA;
	if (EVP_PKEY_is_a(key, "ED25519"))
		return SEAL_KEY_ED25519;
	if (EVP_PKEY_is_a(key, "EC"))
		return curve_kind(key);
	return SEAL_KEY_UNKNOWN;
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
	if (scheme->key != SEAL_KEY_RSA)
		return true;
	return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) > 0 &&
	       EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) > 0;
}

int seal_key_sign(EVP_PKEY *key, const struct seal_scheme *scheme,
		  struct seal_span text, uint8_t signature[SEAL_SIGNATURE_MAX],
		  size_t *len)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx = NULL;
	bool ok;

	*len = SEAL_SIGNATURE_MAX;
	ok = ctx && EVP_PKEY_get_size(key) <= SEAL_SIGNATURE_MAX &&
	     EVP_DigestSignInit_ex(ctx, &pctx, scheme->digest, NULL, NULL, key,
				   NULL) > 0 &&
	     set_padding(pctx, scheme) &&
	     EVP_DigestSign(ctx, signature, len, text.data, text.len) > 0;
	EVP_MD_CTX_free(ctx);
	/* short of memory, libcrypto 3.0 may call success with a length of -1 */
	return ok && *len <= SEAL_SIGNATURE_MAX ? 0 : SEAL_E_CRYPTO;
}

int seal_key_verify(EVP_PKEY *key, const struct seal_scheme *scheme,
		    struct seal_span text, struct seal_span signature)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx = NULL;
	bool ready, ok;

	ready = ctx && EVP_DigestVerifyInit_ex(ctx, &pctx, scheme->digest, NULL,
					       NULL, key, NULL) > 0 &&
		set_padding(pctx, scheme);
	ok = ready && EVP_DigestVerify(ctx, signature.data, signature.len,
				       text.data, text.len) > 0;
	EVP_MD_CTX_free(ctx);
	if (!ready)
		return SEAL_E_CRYPTO;
	return ok ? 0 : SEAL_E_DECRYPT_ERROR;
}
