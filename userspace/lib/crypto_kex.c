// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A group and the peer's share enter, ours and the shared secret leave (RFC 8446 7.4).
 * Third part of the seam to libcrypto's EVP.
 */
#include <stdlib.h>
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

/* ---------------------------------------------------------------- tools */

static EVP_PKEY_CTX *new_generator(const struct seal_group *group)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, group->algorithm,
						       NULL);

	if (ctx && EVP_PKEY_keygen_init(ctx) > 0 &&
	    (!group->parameters ||
	     EVP_PKEY_CTX_set_group_name(ctx, group->parameters) > 0))
		return ctx;
	EVP_PKEY_CTX_free(ctx);
	return NULL;
}

static void free_tools(struct seal_kex_tools *tools)
{
	if (!tools)
		return;
	EVP_PKEY_CTX_free(tools->generator);
	EVP_PKEY_free(tools->peer);
	free(tools);
}

/*
 * Those of the last exchange, or new ones while another thread has them: libcrypto looks
 * names up to make them, for a tenth of the time of an exchange with X25519.
 */
static int take_tools(struct seal_crypto *crypto, const struct seal_group *group,
		      struct seal_kex_tools **out)
{
	struct seal_kex_tools *tools;

	tools = atomic_exchange(&crypto->kex_tools[group - seal_groups], NULL);
	if (!tools) {
		tools = calloc(1, sizeof(*tools));
		if (!tools)
			return SEAL_E_NOMEM;
		tools->generator = new_generator(group);
	}
	*out = tools;
	if (tools->generator)
		return 0;
	free_tools(tools);
	return SEAL_E_CRYPTO;
}

static void give_tools(struct seal_crypto *crypto, const struct seal_group *group,
		       struct seal_kex_tools *tools)
{
	struct seal_kex_tools *none = NULL;

	if (!atomic_compare_exchange_strong(&crypto->kex_tools[group - seal_groups],
					    &none, tools))
		free_tools(tools);
}

void seal_kex_free_tools(struct seal_crypto *crypto)
{
	for (size_t i = 0; i < SEAL_GROUP_COUNT; i++)
		free_tools(atomic_exchange(&crypto->kex_tools[i], NULL));
}

/* ----------------------------------------------------------- our own key */

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

static int generate(struct seal_kex_tools *tools, const struct seal_group *group,
		    EVP_PKEY **key, struct seal_buf *share)
{
	int err = SEAL_E_CRYPTO;

	*key = NULL;
	if (EVP_PKEY_generate(tools->generator, key) > 0)
		err = write_public(*key, group, share);
	if (!err)
		return 0;
	EVP_PKEY_free(*key);
	*key = NULL;
	return err;
}

int seal_kex_new(struct seal_crypto *crypto, const struct seal_group *group,
		 EVP_PKEY **key, struct seal_buf *share)
{
	struct seal_kex_tools *tools;
	int err;

	*key = NULL;
	err = take_tools(crypto, group, &tools);
	if (err)
		return err;
	err = generate(tools, group, key, share);
	give_tools(crypto, group, tools);
	return err;
}

/* ------------------------------------------------------- Diffie-Hellman */

/* The parameters are those of @own; what is no valid key fails */
static EVP_PKEY *import_peer(struct seal_kex_tools *tools, EVP_PKEY *own,
			     const struct seal_group *group, struct seal_span peer)
{
	if (peer.len != group->public_len)
		return NULL;
	/* RFC 8446 4.2.8.2: uncompressed points alone */
	if (group->kind == SEAL_KEX_EC && peer.data[0] != POINT_UNCOMPRESSED)
		return NULL;
	if (!tools->peer) {
		tools->peer = EVP_PKEY_new();
		if (tools->peer && EVP_PKEY_copy_parameters(tools->peer, own) <= 0)
			goto drop;
	}
	if (tools->peer &&
	    EVP_PKEY_set1_encoded_public_key(tools->peer, peer.data, peer.len) > 0)
		return tools->peer;
drop:
	EVP_PKEY_free(tools->peer);
	tools->peer = NULL;
	return NULL;
}

/* RFC 8446 7.4.1: as long as the prime, zeros in front included */
static bool set_pad(EVP_PKEY_CTX *ctx, const struct seal_group *group)
{
	return group->kind != SEAL_KEX_FF || EVP_PKEY_CTX_set_dh_pad(ctx, 1) > 0;
}

/*
 * RFC 8446 4.2.8.1: a public key of a finite field is checked here.  A point on a curve
 * was when it came in, and X25519 and X448 take all points; libcrypto would do it twice.
 */
static bool derive(EVP_PKEY *own, EVP_PKEY *peer, const struct seal_group *group,
		   uint8_t *out)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, own, NULL);
	size_t written = group->shared_len;
	bool ok = ctx && EVP_PKEY_derive_init(ctx) > 0 && set_pad(ctx, group) &&
		  EVP_PKEY_derive_set_peer_ex(ctx, peer,
					      group->kind == SEAL_KEX_FF) > 0 &&
		  EVP_PKEY_derive(ctx, out, &written) > 0 &&
		  written == group->shared_len;

	EVP_PKEY_CTX_free(ctx);
	return ok;
}

static int agree(struct seal_kex_tools *tools, EVP_PKEY *own,
		 const struct seal_group *group, struct seal_span peer,
		 uint8_t shared[SEAL_SHARED_MAX])
{
	static const uint8_t zero[SEAL_SHARED_MAX];
	EVP_PKEY *key = import_peer(tools, own, group, peer);
	bool ok = key && derive(own, key, group, shared);

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

int seal_kex_derive(struct seal_crypto *crypto, EVP_PKEY *own,
		    const struct seal_group *group, struct seal_span peer,
		    uint8_t shared[SEAL_SHARED_MAX])
{
	struct seal_kex_tools *tools;
	int err;

	if (group->kind == SEAL_KEX_KEM)
		return decapsulate(own, group, peer, shared);
	err = take_tools(crypto, group, &tools);
	if (err)
		return err;
	err = agree(tools, own, group, peer, shared);
	give_tools(crypto, group, tools);
	return err;
}

int seal_kex_answer(struct seal_crypto *crypto, const struct seal_group *group,
		    struct seal_span peer, struct seal_buf *answer,
		    uint8_t shared[SEAL_SHARED_MAX])
{
	struct seal_kex_tools *tools;
	EVP_PKEY *own;
	int err;

	if (group->kind == SEAL_KEX_KEM)
		return encapsulate(group, peer, answer, shared);
	err = take_tools(crypto, group, &tools);
	if (err)
		return err;
	err = generate(tools, group, &own, answer);
	if (!err)
		err = agree(tools, own, group, peer, shared);
	give_tools(crypto, group, tools);
	EVP_PKEY_free(own);
	return err;
}
