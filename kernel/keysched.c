// SPDX-License-Identifier: GPL-2.0
/*
 * The part of the TLS 1.3 key schedule that begins where the handshake ends
 * (RFC 8446 7.1 to 7.3): a traffic secret, or a key, enters, a keyed epoch leaves,
 * and one nonce after the other.
 */
#include <linux/unaligned.h>
#include <linux/string.h>

#include "seal.h"

#define LABEL_PREFIX	"tls13 "
#define LABEL_PREFIX_LEN 6
#define LABEL_MAX	11	/* "traffic upd" */
/* struct HkdfLabel: length, label, context (RFC 8446 7.1) */
#define HKDF_LABEL_MAX	(2 + 1 + LABEL_PREFIX_LEN + LABEL_MAX + 1)

/**
 * seal_keysched_expand_label() - HKDF-Expand-Label with an empty context
 * @hmac:	of the suite's hash
 * @suite:	whose hash_size is the length of @secret
 * @secret:	key of the expansion
 * @label:	without the prefix "tls13 ", at most 11 bytes
 * @out:	where the output goes
 * @len:	its length, at most the suite's hash_size
 *
 * All that is derived after the handshake fits in one block of output, so
 * HKDF-Expand (RFC 5869 2.3) is one HMAC.
 *
 * Context: process; the secrets are wiped from the stack.
 * Return: 0, -EINVAL if a length is out of bounds, or an error of the hash.
 */
int seal_keysched_expand_label(const struct seal_hmac *hmac,
			       const struct seal_suite *suite, const u8 *secret,
			       const char *label, u8 *out, size_t len)
{
	size_t label_len = strlen(label);
	u8 info[HKDF_LABEL_MAX + 1], block[SEAL_SECRET_SIZE], *p = info;
	int err;

	if (len > suite->hash_size || label_len > LABEL_MAX)
		return -EINVAL;

	put_unaligned_be16(len, p);
	p += 2;
	*p++ = LABEL_PREFIX_LEN + label_len;
	memcpy(p, LABEL_PREFIX, LABEL_PREFIX_LEN);
	p += LABEL_PREFIX_LEN;
	memcpy(p, label, label_len);
	p += label_len;
	*p++ = 0;	/* no context */
	*p++ = 1;	/* first block of output */

	err = seal_hmac_digest(hmac, secret, suite->hash_size, info, p - info,
			       block);
	if (!err)
		memcpy(out, block, len);
	memzero_explicit(block, sizeof(block));
	return err;
}

/* RFC 8446 7.3: key and IV out of the epoch's secret */
static int derive_keys(struct seal_epoch *epoch, const struct seal_hmac *hmac)
{
	const struct seal_suite *suite = epoch->suite;
	u8 key[SEAL_KEY_SIZE_MAX];
	int err;

	err = seal_keysched_expand_label(hmac, suite, epoch->secret, "iv",
					 epoch->iv, SEAL_NONCE_SIZE);
	if (err)
		return err;
	err = seal_keysched_expand_label(hmac, suite, epoch->secret, "key", key,
					 suite->key_size);
	if (!err)
		err = seal_aead_set_key(&epoch->aead, key, suite->key_size);
	memzero_explicit(key, sizeof(key));
	return err;
}

/**
 * seal_epoch_init() - make the keys of a direction from a traffic secret
 * @epoch:	to be initialised, zeroed; release with seal_epoch_release()
 * @suite:	cipher suite with a hash
 * @secret:	traffic secret, suite->hash_size bytes, copied
 * @seq:	sequence number of the next record
 *
 * Context: process, may sleep.
 * Return: 0, -ENOENT if the kernel lacks the cipher or hash, -ENOMEM.
 */
int seal_epoch_init(struct seal_epoch *epoch, const struct seal_suite *suite,
		    const u8 *secret, u64 seq)
{
	struct seal_hmac hmac;
	int err;

	err = seal_hmac_init(&hmac, suite);
	if (err)
		return err;
	err = seal_aead_init(&epoch->aead, suite);
	if (err)
		goto out_hmac;

	WRITE_ONCE(epoch->suite, suite);
	memcpy(epoch->secret, secret, suite->hash_size);
	epoch->seq = seq;
	err = derive_keys(epoch, &hmac);
	if (err)
		seal_epoch_release(epoch);
out_hmac:
	seal_hmac_release(&hmac);
	return err;
}

/**
 * seal_epoch_init_key() - make the keys of a direction from a key
 * @epoch:	to be initialised, zeroed; release with seal_epoch_release()
 * @suite:	cipher suite
 * @key:	key, suite->key_size bytes, copied
 * @nonce:	SEAL_NONCE_SIZE bytes, copied: of sequence number 0, or, if a part
 *		is explicit, of @seq
 * @seq:	sequence number of the next record
 *
 * Context: process, may sleep.
 * Return: 0, -ENOENT if the kernel lacks the cipher, -ENOMEM.
 */
int seal_epoch_init_key(struct seal_epoch *epoch, const struct seal_suite *suite,
			const u8 *key, const u8 *nonce, u64 seq)
{
	u8 *low = epoch->iv + SEAL_NONCE_SIZE - sizeof(seq);
	int err;

	err = seal_aead_init(&epoch->aead, suite);
	if (err)
		return err;

	epoch->suite = suite;
	epoch->seq = seq;
	memcpy(epoch->secret, key, suite->key_size);
	memcpy(epoch->iv, nonce, SEAL_NONCE_SIZE);
	if (suite->explicit_size)
		put_unaligned_be64(get_unaligned_be64(low) - seq, low);
	err = seal_aead_set_key(&epoch->aead, key, suite->key_size);
	if (err)
		seal_epoch_release(epoch);
	return err;
}

/**
 * seal_epoch_update() - go on to the next generation (RFC 8446 7.2)
 * @epoch:	whose secret, key and IV are replaced, the old ones wiped
 *
 * Context: process, may sleep.
 * Return: 0, or an error after which the epoch must not be used again.
 */
int seal_epoch_update(struct seal_epoch *epoch)
{
	struct seal_hmac hmac;
	int err;

	err = seal_hmac_init(&hmac, epoch->suite);
	if (err)
		return err;
	err = seal_keysched_expand_label(&hmac, epoch->suite, epoch->secret,
					 "traffic upd", epoch->secret,
					 epoch->suite->hash_size);
	if (!err)
		err = derive_keys(epoch, &hmac);
	seal_hmac_release(&hmac);
	if (err)
		return err;

	epoch->seq = 0;
	epoch->start = epoch->bytes;
	epoch->generation++;
	return 0;
}

/**
 * seal_epoch_replace() - go on with a key that came from outside
 * @epoch:	direction; its key, if any, is wiped, its counters go on
 * @next:	what takes its place, initialised; wiped
 *
 * epoch->suite is looked at without a lock, so it changes in one piece.
 */
void seal_epoch_replace(struct seal_epoch *epoch, struct seal_epoch *next)
{
	const struct seal_suite *suite = next->suite;

	if (epoch->suite)
		next->generation = epoch->generation + 1;
	next->records = epoch->records;
	next->bytes = epoch->bytes;
	next->start = epoch->bytes;
	seal_aead_release(&epoch->aead);
	next->suite = epoch->suite;
	*epoch = *next;
	WRITE_ONCE(epoch->suite, suite);
	memzero_explicit(next, sizeof(*next));
}

/**
 * seal_epoch_iv() - IV of the next record
 * @epoch:	whose sequence number advances; it advances nowhere else, so no
 *		nonce is used twice
 * @iv:		SEAL_IV_SIZE bytes
 *
 * Return: 0, or -EKEYEXPIRED when there are no sequence numbers left.
 */
int seal_epoch_iv(struct seal_epoch *epoch, u8 *iv)
{
	/* RFC 8446 5.3: sequence numbers MUST NOT wrap */
	if (epoch->seq == U64_MAX)
		return -EKEYEXPIRED;
	seal_record_iv(iv, epoch->suite, epoch->iv, epoch->seq++);
	epoch->records++;
	return 0;
}

/**
 * seal_epoch_release() - free the cipher and wipe the secrets
 * @epoch: may be all zero
 */
void seal_epoch_release(struct seal_epoch *epoch)
{
	WRITE_ONCE(epoch->suite, NULL);
	seal_aead_release(&epoch->aead);
	memzero_explicit(epoch, sizeof(*epoch));
}
