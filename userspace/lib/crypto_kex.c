// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A group and the peer's share enter, ours and the shared secret leave (RFC 8446 7.4).
 * Third part of the seam to libcrypto's EVP.
 */
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/dh.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "private.h"

#define POINT_UNCOMPRESSED	0x04

/* By name alone: what this libcrypto was not built with may be there when it runs */
bool seal_kex_probe(const struct seal_group *group)
{
	EVP_KEYMGMT *keymgmt = EVP_KEYMGMT_fetch(NULL, group->algorithm, NULL);

	EVP_KEYMGMT_free(keymgmt);
	return keymgmt;
}

static EVP_PKEY *generate_key(const struct seal_group *group)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, group->algorithm,
						       NULL);
	EVP_PKEY *key = NULL;

	if (ctx && EVP_PKEY_keygen_init(ctx) > 0 &&
	    (!group->parameters ||
	     EVP_PKEY_CTX_set_group_name(ctx, group->parameters) > 0) &&
	    EVP_PKEY_generate(ctx, &key) <= 0)
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static int write_public(EVP_PKEY *key, const struct seal_group *group,
			struct seal_buf *share)
{
	unsigned char *encoded = NULL;
	size_t len = EVP_PKEY_get1_encoded_public_key(key, &encoded);
	int err = SEAL_E_CRYPTO;

	if (len == group->public_len)
		err = seal_buf_append(share, encoded, len);
	OPENSSL_free(encoded);
	return err;
}

int seal_kex_new(const struct seal_group *group, EVP_PKEY **key,
		 struct seal_buf *share)
{
	int err = SEAL_E_CRYPTO;

	*key = generate_key(group);
	if (*key)
		err = write_public(*key, group, share);
	if (!err)
		return 0;
	EVP_PKEY_free(*key);
	*key = NULL;
	return err;
}

/* ------------------------------------------------------- Diffie-Hellman */

static EVP_PKEY *import_peer(EVP_PKEY *own, const struct seal_group *group,
			     struct seal_span peer)
{
	EVP_PKEY *key;

	if (peer.len != group->public_len)
		return NULL;
	/* RFC 8446 4.2.8.2: uncompressed points alone */
	if (group->kind == SEAL_KEX_EC && peer.data[0] != POINT_UNCOMPRESSED)
		return NULL;
	key = EVP_PKEY_new();
	if (key && EVP_PKEY_copy_parameters(key, own) > 0 &&
	    EVP_PKEY_set1_encoded_public_key(key, peer.data, peer.len) > 0)
		return key;
	EVP_PKEY_free(key);
	return NULL;
}

/* RFC 8446 7.4.1: as long as the prime, zeros in front included */
static bool set_pad(EVP_PKEY_CTX *ctx, const struct seal_group *group)
{
	return group->kind != SEAL_KEX_FF || EVP_PKEY_CTX_set_dh_pad(ctx, 1) > 0;
}

/* The public key is checked here: RFC 8446 4.2.8.1, 4.2.8.2 */
static bool derive(EVP_PKEY *own, EVP_PKEY *peer, const struct seal_group *group,
		   uint8_t *out)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, own, NULL);
	size_t written = group->shared_len;
	bool ok = ctx && EVP_PKEY_derive_init(ctx) > 0 && set_pad(ctx, group) &&
		  EVP_PKEY_derive_set_peer(ctx, peer) > 0 &&
		  EVP_PKEY_derive(ctx, out, &written) > 0 &&
		  written == group->shared_len;

	EVP_PKEY_CTX_free(ctx);
	return ok;
}

static int agree(EVP_PKEY *own, const struct seal_group *group,
		 struct seal_span peer, uint8_t shared[SEAL_SHARED_MAX])
{
	static const uint8_t zero[SEAL_SHARED_MAX];
	EVP_PKEY *key = import_peer(own, group, peer);
	bool ok = key && derive(own, key, group, shared);

	EVP_PKEY_free(key);
	/* RFC 8446 7.4.2: a point of small order gives zero and MUST be refused */
	if (ok && seal_crypto_equal(shared, zero, group->shared_len))
		ok = false;
	return ok ? 0 : SEAL_E_ILLEGAL_PARAMETER;
}

/* ------------------------------------------------------------------ KEM */

static EVP_PKEY *import_kem(const struct seal_group *group, struct seal_span peer)
{
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY,
						  (void *)peer.data, peer.len),
		OSSL_PARAM_construct_end(),
	};
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, group->algorithm,
						       NULL);
	EVP_PKEY *key = NULL;

	if (peer.len == group->public_len && ctx &&
	    EVP_PKEY_fromdata_init(ctx) > 0 &&
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) <= 0)
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static int encapsulate(const struct seal_group *group, struct seal_span peer,
		       struct seal_buf *answer, uint8_t *shared)
{
	EVP_PKEY *key = import_kem(group, peer);
	EVP_PKEY_CTX *ctx = key ? EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL) : NULL;
	size_t len = group->answer_len, shared_len = group->shared_len;
	uint8_t *out = seal_buf_reserve(answer, len);
	int err = SEAL_E_ILLEGAL_PARAMETER;

	if (!out)
		err = SEAL_E_NOMEM;
	else if (ctx && EVP_PKEY_encapsulate_init(ctx, NULL) > 0 &&
		 EVP_PKEY_encapsulate(ctx, out, &len, shared, &shared_len) > 0 &&
		 len == group->answer_len && shared_len == group->shared_len)
		err = 0;
	if (!err)
		answer->len += len;
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(key);
	return err;
}

static int decapsulate(EVP_PKEY *own, const struct seal_group *group,
		       struct seal_span peer, uint8_t *shared)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, own, NULL);
	size_t len = group->shared_len;
	bool ok = ctx && peer.len == group->answer_len &&
		  EVP_PKEY_decapsulate_init(ctx, NULL) > 0 &&
		  EVP_PKEY_decapsulate(ctx, shared, &len, peer.data, peer.len) > 0 &&
		  len == group->shared_len;

	EVP_PKEY_CTX_free(ctx);
	return ok ? 0 : SEAL_E_ILLEGAL_PARAMETER;
}

/* ----------------------------------------------------------- either kind */

int seal_kex_derive(EVP_PKEY *own, const struct seal_group *group,
		    struct seal_span peer, uint8_t shared[SEAL_SHARED_MAX])
{
	return group->kind == SEAL_KEX_KEM ? decapsulate(own, group, peer, shared) :
					     agree(own, group, peer, shared);
}

int seal_kex_answer(const struct seal_group *group, struct seal_span peer,
		    struct seal_buf *answer, uint8_t shared[SEAL_SHARED_MAX])
{
	EVP_PKEY *own;
	int err;

	if (group->kind == SEAL_KEX_KEM)
		return encapsulate(group, peer, answer, shared);
	err = seal_kex_new(group, &own, answer);
	if (!err)
		err = agree(own, group, peer, shared);
	EVP_PKEY_free(own);
	return err;
}
