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
 * @hmac:	under the secret that is expanded
 * @suite:	whose hash it is
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
			       const struct seal_suite *suite,
			       const char *label, u8 *out, size_t len)
{
	u8 info[HKDF_LABEL_MAX + 1] __uninitialized, *p = info;
	u8 block[SEAL_SECRET_SIZE] __uninitialized;
	size_t label_len = strlen(label);
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

	err = seal_hmac_digest(hmac, info, p - info, block);
	if (!err)
		memcpy(out, block, len);
	memzero_explicit(block, sizeof(block));
	return err;
}

/* RFC 8446 7.3: key and IV out of the epoch's secret */
static int derive_key(const struct seal_epoch *epoch, u8 *key, u8 *iv)
{
	const struct seal_suite *suite = epoch->suite;
	struct seal_hmac hmac __uninitialized;
	int err;

	err = seal_hmac_init(&hmac, suite, epoch->secret, suite->hash_size);
	if (err)
		return err;
	err = seal_keysched_expand_label(&hmac, suite, "iv", iv,
					 SEAL_NONCE_SIZE) ?:
	      seal_keysched_expand_label(&hmac, suite, "key", key,
					 suite->key_size);
	seal_hmac_release(&hmac);
	return err;
}

/* Key a cipher without one.  The epoch's IV is derived with the key. */
static int set_key(struct seal_epoch *epoch, struct seal_aead *aead)
{
	const struct seal_suite *suite = epoch->suite;
	u8 key[SEAL_KEY_SIZE_MAX] __uninitialized;
	int err;

	if (!epoch->derived)
		return seal_aead_set_key(aead, epoch->secret, suite->key_size);
	err = derive_key(epoch, key, epoch->iv) ?:
	      seal_aead_set_key(aead, key, suite->key_size);
	memzero_explicit(key, sizeof(key));
	return err;
}

/**
 * seal_epoch_make_cipher() - make the cipher that a record needs
 * @epoch: direction with a key and without a cipher
 *
 * Context: process, may sleep.
 * Return: 0; -ENOMEM, and nothing has changed; or another error of the crypto API.
 */
int seal_epoch_make_cipher(struct seal_epoch *epoch)
{
	struct seal_aead aead;
	int err;

	err = seal_spare_take(&aead, epoch->suite);
	if (err)
		return err;
	err = set_key(epoch, &aead);
	if (err) {
		seal_spare_put(&aead, epoch->suite);
		return err;
	}
	epoch->aead = aead;
	return 0;
}

/**
 * seal_epoch_init() - make the keys of a direction from a traffic secret
 * @epoch:	to be initialised, zeroed; release with seal_epoch_release()
 * @suite:	cipher suite with a hash
 * @secret:	traffic secret, suite->hash_size bytes, copied
 * @seq:	sequence number of the next record
 *
 * The first record has its cipher made: many a direction never sees one.
 *
 * Context: process, may sleep.
 * Return: 0, -ENOENT if the kernel lacks the cipher or hash, -ENOMEM.
 */
int seal_epoch_init(struct seal_epoch *epoch, const struct seal_suite *suite,
		    const u8 *secret, u64 seq)
{
	int err = seal_hash_check(suite) ?: seal_spare_check(suite);

	if (err)
		return err;
	WRITE_ONCE(epoch->suite, suite);
	memcpy(epoch->secret, secret, suite->hash_size);
	epoch->derived = true;
	epoch->seq = seq;
	return 0;
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

	err = seal_spare_check(suite);
	if (err)
		return err;
	epoch->suite = suite;
	epoch->seq = seq;
	memcpy(epoch->secret, key, suite->key_size);
	memcpy(epoch->iv, nonce, SEAL_NONCE_SIZE);
	if (suite->explicit_size)
		put_unaligned_be64(get_unaligned_be64(low) - seq, low);
	return 0;
}

/* RFC 8446 7.2; the secret is its own successor */
static int next_secret(struct seal_epoch *epoch)
{
	const struct seal_suite *suite = epoch->suite;
	struct seal_hmac hmac __uninitialized;
	int err;

	err = seal_hmac_init(&hmac, suite, epoch->secret, suite->hash_size);
	if (err)
		return err;
	err = seal_keysched_expand_label(&hmac, suite, "traffic upd",
					 epoch->secret, suite->hash_size);
	seal_hmac_release(&hmac);
	return err;
}

/**
 * seal_epoch_update() - go on to the next generation (RFC 8446 7.2)
 * @epoch:	made by seal_epoch_init(), whose secret, key and IV are replaced, the
 *		old ones wiped
 *
 * Context: process, may sleep.
 * Return: 0, or an error after which the epoch must not be used again.
 */
int seal_epoch_update(struct seal_epoch *epoch)
{
	int err = next_secret(epoch);

	if (!err && epoch->aead.tfm)
		err = set_key(epoch, &epoch->aead);
	if (err)
		return err;

	epoch->seq = 0;
	epoch->start = epoch->bytes;
	epoch->generation++;
	return 0;
}

/* Give the cipher back, if there is one. */
static void disarm(struct seal_epoch *epoch)
{
	if (epoch->aead.tfm)
		seal_spare_put(&epoch->aead, epoch->suite);
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
	disarm(epoch);
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
 * seal_epoch_release() - give the cipher back and wipe the secrets
 * @epoch: may be all zero
 */
void seal_epoch_release(struct seal_epoch *epoch)
{
	disarm(epoch);
	WRITE_ONCE(epoch->suite, NULL);
	memzero_explicit(epoch, sizeof(*epoch));
}
