// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Handshake messages of both sides enter in order; the hash over them leaves
 * (RFC 8446 4.4.1).
 */
#include "private.h"

int seal_transcript_add(struct seal_transcript *t, struct seal_span message)
{
	if (!t->ctx)
		return seal_buf_append(&t->pending, message.data, message.len);
	return seal_hash_update(t->ctx, message.data, message.len);
}

int seal_transcript_start(struct seal_transcript *t,
			  const struct seal_crypto *crypto, enum seal_hash hash)
{
	int err;

	if (t->ctx)
		return SEAL_E_INVALID;
	t->ctx = seal_hash_new(crypto, hash);
	if (!t->ctx)
		return SEAL_E_CRYPTO;
	t->hash = hash;
	err = seal_hash_update(t->ctx, t->pending.data, t->pending.len);
	seal_buf_free(&t->pending);
	return err;
}

int seal_transcript_retry(struct seal_transcript *t,
			  const struct seal_crypto *crypto, const uint8_t *first)
{
	size_t size = seal_hash_size(t->hash);
	const uint8_t header[] = { SEAL_MSG_MESSAGE_HASH, 0, 0, size };
	uint8_t seen[SEAL_HASH_MAX];
	int err;

	err = seal_transcript_hash(t, seen);
	if (err)
		return err;
	seal_hash_free(t->ctx);
	t->ctx = seal_hash_new(crypto, t->hash);
	if (!t->ctx)
		return SEAL_E_CRYPTO;
	err = seal_hash_update(t->ctx, header, sizeof(header));
	if (err)
		return err;
	return seal_hash_update(t->ctx, first ? first : seen, size);
}

int seal_transcript_hash(const struct seal_transcript *t,
			 uint8_t out[SEAL_HASH_MAX])
{
	return t->ctx ? seal_hash_peek(t->ctx, out) : SEAL_E_INVALID;
}

int seal_transcript_partial(const struct seal_transcript *t,
			    const struct seal_crypto *crypto, enum seal_hash hash,
			    struct seal_span part, uint8_t out[SEAL_HASH_MAX])
{
	EVP_MD_CTX *ctx = t->ctx ? seal_hash_copy(t->ctx) :
				   seal_hash_new(crypto, hash);
	int err = SEAL_E_CRYPTO;

	if (ctx)
		err = seal_hash_update(ctx, part.data, part.len);
	if (!err)
		err = seal_hash_peek(ctx, out);
	seal_hash_free(ctx);
	return err;
}

void seal_transcript_free(struct seal_transcript *t)
{
	seal_hash_free(t->ctx);
	seal_buf_free(&t->pending);
	*t = (struct seal_transcript){ 0 };
}
