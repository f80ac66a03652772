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

/* What crypto_shash_export() may write for SHA-256 and SHA-384 */
#define SEAL_HASH_STATE_MAX	384

/**
 * struct seal_hmac - HMAC under one key, for one or several pieces of data
 * @hash:	the module's, without a key
 * @inner:	state of the hash behind the first block of the inner hash
 * @outer:	likewise, of the outer hash
 */
struct seal_hmac {
	struct crypto_shash	*hash;
	u8			inner[SEAL_HASH_STATE_MAX];
	u8			outer[SEAL_HASH_STATE_MAX];
};

/**
 * struct seal_aead - a cipher with its one request
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
 * @aead:	cipher, keyed; made by seal_idle_arm(), and dropped by idle.c
 * @seq:	sequence number of the next record
 * @records:	records of all generations
 * @bytes:	application data of all generations
 * @start:	@bytes when this generation began
 * @generation:	how many times the key was replaced
 * @iv:		what the sequence number is mixed into (RFC 8446 5.3), or added to
 *		where a part of the nonce is explicit
 * @aad:	additional data of the record that is dealt with
 * @used:	there was a record since idle.c was here
 * @derived:	key and @iv follow from @secret (RFC 8446 7.3)
 * @secret:	traffic secret of this generation; the key if not @derived
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
	bool			used;
	bool			derived;
	u8			secret[SEAL_SECRET_SIZE];
};

/* keysched.c */
int seal_keysched_expand_label(const struct seal_hmac *hmac,
			       const struct seal_suite *suite,
			       const char *label, u8 *out, size_t len);
int seal_epoch_init(struct seal_epoch *epoch, const struct seal_suite *suite,
		    const u8 *secret, u64 seq);
int seal_epoch_init_key(struct seal_epoch *epoch, const struct seal_suite *suite,
			const u8 *key, const u8 *nonce, u64 seq);
int __must_check seal_epoch_make_cipher(struct seal_epoch *epoch);
int seal_epoch_update(struct seal_epoch *epoch);
void seal_epoch_replace(struct seal_epoch *epoch, struct seal_epoch *next);
int seal_epoch_iv(struct seal_epoch *epoch, u8 *iv);
void seal_epoch_release(struct seal_epoch *epoch);

/* crypto.c */
int seal_hash_check(const struct seal_suite *suite);
int __must_check seal_hmac_init(struct seal_hmac *hmac,
				const struct seal_suite *suite, const u8 *key,
				size_t key_len);
int seal_hmac_digest(const struct seal_hmac *hmac, const u8 *data, size_t len,
		     u8 *out);
void seal_hmac_release(struct seal_hmac *hmac);
int seal_aead_init(struct seal_aead *aead, const struct seal_suite *suite);
int seal_aead_set_key(struct seal_aead *aead, const u8 *key, size_t len);
int seal_aead_seal(struct seal_aead *aead, struct scatterlist *src,
		   struct scatterlist *dst, size_t aad_len, size_t len, u8 *iv);
int seal_aead_open(struct seal_aead *aead, struct scatterlist *src,
		   struct scatterlist *dst, size_t aad_len, size_t len, u8 *iv);
bool seal_aead_wipe(struct seal_aead *aead, size_t key_size);
void seal_aead_release(struct seal_aead *aead);
int seal_aead_share(struct seal_aead *aead, const struct seal_aead *of,
		    unsigned int *room);
void seal_aead_unshare(struct seal_aead *aead);
void seal_crypto_exit(void);

/* spare.c */
int seal_spare_check(const struct seal_suite *suite);
int seal_spare_take(struct seal_aead *aead, const struct seal_suite *suite);
void seal_spare_put(struct seal_aead *aead, const struct seal_suite *suite);
bool seal_spare_trim(void);
void seal_spare_exit(void);

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
