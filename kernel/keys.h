/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Private header of the module, the part about keys: what protects the records of a
 * direction, and the functions of keysched.c and crypto.c.
 */
#ifndef _NET_SOCKSEAL_KEYS_H
#define _NET_SOCKSEAL_KEYS_H

#include <linux/scatterlist.h>
#include <linux/types.h>
#include <uapi/linux/sockseal.h>

#include "wire.h"

struct aead_request;
struct crypto_aead;
struct crypto_shash;

/* HMAC for one or several derivations with one suite */
struct seal_hmac {
	struct crypto_shash *tfm;
};

/**
 * struct seal_aead - a cipher with its one request, made once for the life of a key
 * @tfm:	the cipher
 * @req:	the request
 * @async:	it may answer later, and then it is waited for
 */
struct seal_aead {
	struct crypto_aead	*tfm;
	struct aead_request	*req;
	bool			async;
};

/**
 * struct seal_epoch - what protects the records of one direction
 * @suite:	NULL while there is no key
 * @aead:	cipher, keyed
 * @seq:	sequence number of the next record
 * @records:	records of all generations
 * @bytes:	application data of all generations
 * @start:	@bytes when this generation began
 * @generation:	how many times the key was replaced
 * @iv:		what the sequence number is mixed into (RFC 8446 5.3), or added to
 *		where a part of the nonce is explicit
 * @aad:	additional data of the record that is dealt with
 * @secret:	traffic secret of this generation; the key if there is no secret
 */
struct seal_epoch {
	const struct seal_suite	*suite;
	struct seal_aead	aead;
	u64			seq;
	u64			records;
	u64			bytes;
	u64			start;
	u32			generation;
	u8			iv[SEAL_NONCE_SIZE];
	u8			aad[SEAL_AAD_MAX];
	u8			secret[SEAL_SECRET_SIZE];
};

/* keysched.c */
int seal_keysched_expand_label(const struct seal_hmac *hmac,
			       const struct seal_suite *suite, const u8 *secret,
			       const char *label, u8 *out, size_t len);
int seal_epoch_init(struct seal_epoch *epoch, const struct seal_suite *suite,
		    const u8 *secret, u64 seq);
int seal_epoch_init_key(struct seal_epoch *epoch, const struct seal_suite *suite,
			const u8 *key, const u8 *nonce, u64 seq);
int seal_epoch_update(struct seal_epoch *epoch);
void seal_epoch_replace(struct seal_epoch *epoch, struct seal_epoch *next);
int seal_epoch_iv(struct seal_epoch *epoch, u8 *iv);
void seal_epoch_release(struct seal_epoch *epoch);

/* crypto.c */
int seal_hmac_init(struct seal_hmac *hmac, const struct seal_suite *suite);
int seal_hmac_digest(const struct seal_hmac *hmac, const u8 *key, size_t key_len,
		     const u8 *data, size_t len, u8 *out);
void seal_hmac_release(struct seal_hmac *hmac);
int seal_aead_init(struct seal_aead *aead, const struct seal_suite *suite);
int seal_aead_set_key(struct seal_aead *aead, const u8 *key, size_t len);
int seal_aead_seal(struct seal_aead *aead, struct scatterlist *src,
		   struct scatterlist *dst, size_t aad_len, size_t len, u8 *iv);
int seal_aead_open(struct seal_aead *aead, struct scatterlist *src,
		   struct scatterlist *dst, size_t aad_len, size_t len, u8 *iv);
void seal_aead_release(struct seal_aead *aead);

/*
 * Make an entry of a table that is not initialised: few of its entries are ever
 * needed, and to zero all of them costs more than to fill those.
 */
static inline void seal_sg_set(struct scatterlist *sg, struct page *page,
			       unsigned int len, unsigned int off)
{
	memset(sg, 0, sizeof(*sg));
	sg_init_marker(sg, 1);
	sg_unmark_end(sg);
	sg_set_page(sg, page, len, off);
}

#endif /* _NET_SOCKSEAL_KEYS_H */
