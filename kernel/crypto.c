// SPDX-License-Identifier: GPL-2.0
/*
 * The seam to the kernel's crypto API: no other file calls it.  Secrets and
 * scatterlists enter, HMACs, ciphertext and verified plaintext leave.
 */
#include <crypto/aead.h>
#include <crypto/hash.h>
#include <linux/crypto.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#include "seal.h"

/* RFC 2104 2; a secret is shorter than a block */
#define INNER_PAD	0x3636363636363636ULL
#define OUTER_PAD	0x5c5c5c5c5c5c5c5cULL
#define BLOCK_MAX	128

/* SHA-256 and SHA-384; each is found once, and kept while the module is loaded */
#define HASHES		2

static struct crypto_shash *hashes[HASHES];
static DEFINE_MUTEX(hashes_mutex);	/* protects the making of hashes */

/* The hash of a suite, or NULL while it is not there */
static struct crypto_shash *find_hash(const struct seal_suite *suite)
{
	int i;

	for (i = 0; i < HASHES; i++) {
		/* pairs with the release in add_hash(): it is complete */
		struct crypto_shash *hash = smp_load_acquire(&hashes[i]);

		if (hash && !strcmp(crypto_shash_alg_name(hash), suite->hash))
			return hash;
	}
	return NULL;
}

static int add_hash(const struct seal_suite *suite)
{
	struct crypto_shash *hash;
	int i;

	for (i = 0; i < HASHES && hashes[i]; i++)
		;
	if (i == HASHES)
		return -ENOENT;
	hash = crypto_alloc_shash(suite->hash, 0, 0);
	if (IS_ERR(hash))
		return PTR_ERR(hash);
	if (WARN_ON_ONCE(crypto_shash_statesize(hash) > SEAL_HASH_STATE_MAX ||
			 crypto_shash_blocksize(hash) > BLOCK_MAX)) {
		crypto_free_shash(hash);
		return -ENOENT;
	}
	/* pairs with the acquire in find_hash() */
	smp_store_release(&hashes[i], hash);
	return 0;
}

/**
 * seal_hash_check() - does this kernel have the hash of a suite?
 * @suite: cipher suite with a hash
 *
 * If it does, it has it as long as the module is loaded.
 *
 * Context: process, may sleep and load modules.
 * Return: 0, -ENOENT, -ENOMEM.
 */
int seal_hash_check(const struct seal_suite *suite)
{
	int err = 0;

	if (find_hash(suite))
		return 0;
	mutex_lock(&hashes_mutex);
	if (!find_hash(suite))
		err = add_hash(suite);
	mutex_unlock(&hashes_mutex);
	return err;
}

/* Memory for a computation */
#define HASH_ROOM	(sizeof(struct shash_desc) + HASH_MAX_DESCSIZE)

static struct shash_desc *begin_hash(u8 *bytes, struct crypto_shash *hash)
{
	struct shash_desc *desc = (struct shash_desc *)bytes;

	desc->tfm = hash;
	return desc;
}

static void end_hash(struct shash_desc *desc)
{
	memzero_explicit(desc, sizeof(*desc) + crypto_shash_descsize(desc->tfm));
}

/* The state of the hash behind a block that is made of the key */
static int begin_with_key(struct crypto_shash *hash, const void *block,
			  size_t len, u8 *state)
{
	u8 bytes[HASH_ROOM] __uninitialized
		__aligned(__alignof__(struct shash_desc));
	struct shash_desc *desc = begin_hash(bytes, hash);
	int err;

	err = crypto_shash_init(desc) ?:
	      crypto_shash_update(desc, block, len) ?:
	      crypto_shash_export(desc, state);
	end_hash(desc);
	return err;
}

static void mix(u64 *block, size_t len, u64 pad)
{
	u64 *end = block + len / sizeof(*block);

	while (block < end)
		*block++ ^= pad;
}

/* RFC 2104 2: inner and outer hash begin with a block made of the key. */
static int make_states(struct seal_hmac *hmac, const u8 *key, size_t key_len)
{
	size_t len = crypto_shash_blocksize(hmac->hash);
	u64 block[BLOCK_MAX / sizeof(u64)] = {};
	int err;

	if (WARN_ON_ONCE(key_len > len))
		return -EINVAL;
	memcpy(block, key, key_len);
	mix(block, len, INNER_PAD);
	err = begin_with_key(hmac->hash, block, len, hmac->inner);
	mix(block, len, INNER_PAD ^ OUTER_PAD);
	if (!err)
		err = begin_with_key(hmac->hash, block, len, hmac->outer);
	memzero_explicit(block, sizeof(block));
	return err;
}

/**
 * seal_hmac_init() - HMAC with the hash of a suite, under a key
 * @hmac:	to be released with seal_hmac_release()
 * @suite:	cipher suite for which seal_hash_check() has returned 0
 * @key:	key
 * @key_len:	its length in bytes, at most a block of the hash, as any secret's is
 *
 * Context: process.
 * Return: 0, or an error of the crypto API: nothing is to be released then.
 */
int seal_hmac_init(struct seal_hmac *hmac, const struct seal_suite *suite,
		   const u8 *key, size_t key_len)
{
	int err;

	hmac->hash = find_hash(suite);
	if (WARN_ON_ONCE(!hmac->hash))
		return -ENOENT;
	err = make_states(hmac, key, key_len);
	if (err)
		seal_hmac_release(hmac);
	return err;
}

/* Go on from a state to the end. */
static int finish_hash(struct crypto_shash *hash, const u8 *state,
		       const u8 *data, size_t len, u8 *out)
{
	u8 bytes[HASH_ROOM] __uninitialized
		__aligned(__alignof__(struct shash_desc));
	struct shash_desc *desc = begin_hash(bytes, hash);
	int err;

	err = crypto_shash_import(desc, state) ?:
	      crypto_shash_finup(desc, data, len, out);
	end_hash(desc);
	return err;
}

/**
 * seal_hmac_digest() - HMAC of one piece of data
 * @hmac:	from seal_hmac_init()
 * @data:	input
 * @len:	its length in bytes
 * @out:	as long as the suite's hash; may be @data
 *
 * Return: 0 or an error of the crypto API.
 */
int seal_hmac_digest(const struct seal_hmac *hmac, const u8 *data, size_t len,
		     u8 *out)
{
	int err;

	err = finish_hash(hmac->hash, hmac->inner, data, len, out);
	if (err)
		return err;
	return finish_hash(hmac->hash, hmac->outer, out,
			   crypto_shash_digestsize(hmac->hash), out);
}

/**
 * seal_hmac_release() - wipe what was made of the key
 * @hmac: from seal_hmac_init()
 */
void seal_hmac_release(struct seal_hmac *hmac)
{
	size_t size = crypto_shash_statesize(hmac->hash);

	memzero_explicit(hmac->inner, size);
	memzero_explicit(hmac->outer, size);
}

static bool is_async(struct crypto_aead *tfm)
{
	return crypto_aead_tfm(tfm)->__crt_alg->cra_flags & CRYPTO_ALG_ASYNC;
}

/*
 * On 6.1 and 6.12, the fast AES-GCM of x86 stands behind a wrapper that asks each
 * time whether there is an FPU, and if not, hands over to another thread: so it is
 * marked asynchronous.  Records are dealt with in process context, where there is one, by
 * what is behind the wrapper: its name is the wrapper's with two underscores.
 *
 * It was found and tested together with the wrapper, so that other names are not
 * looked for (CRYPTO_NOLOAD, CRYPTO_ALG_TESTED).
 */
static struct crypto_aead *look_behind(struct crypto_aead *tfm)
{
	const u32 known = CRYPTO_ALG_INTERNAL | CRYPTO_ALG_TESTED;
	char name[sizeof("__") + CRYPTO_MAX_ALG_NAME];
	struct crypto_aead *inner;

	snprintf(name, sizeof(name), "__%s",
		 crypto_tfm_alg_driver_name(crypto_aead_tfm(tfm)));
	inner = crypto_alloc_aead(name, known,
				  known | CRYPTO_ALG_ASYNC | CRYPTO_NOLOAD);
	if (IS_ERR(inner))
		return tfm;
	crypto_free_aead(tfm);
	return inner;
}

static struct crypto_aead *alloc_cipher(const struct seal_suite *suite)
{
	struct crypto_aead *tfm = crypto_alloc_aead(suite->aead, 0, 0);

	return IS_ERR(tfm) || !is_async(tfm) ? tfm : look_behind(tfm);
}

/**
 * seal_aead_init() - get the cipher of a suite and its one request
 * @aead:	to be released with seal_aead_release()
 * @suite:	cipher suite
 *
 * Context: process, may sleep and load modules.
 * Return: 0, -ENOENT, -ENOMEM.
 */
int seal_aead_init(struct seal_aead *aead, const struct seal_suite *suite)
{
	struct crypto_aead *tfm = alloc_cipher(suite);
	int err;

	if (IS_ERR(tfm))
		return PTR_ERR(tfm);

	err = crypto_aead_setauthsize(tfm, SEAL_TAG_SIZE);
	if (err)
		goto err_free;

	err = -ENOMEM;
	aead->req = aead_request_alloc(tfm, GFP_KERNEL);
	if (!aead->req)
		goto err_free;

	aead_request_set_callback(aead->req, CRYPTO_TFM_REQ_MAY_SLEEP, NULL,
				  NULL);
	aead->tfm = tfm;
	aead->async = is_async(tfm);
	return 0;

err_free:
	crypto_free_aead(tfm);
	return err;
}

/**
 * seal_aead_set_key() - replace the key
 * @aead:	not in use
 * @key:	key, copied
 * @len:	its length, as the suite says
 *
 * Return: 0 or an error of the crypto API.
 */
int seal_aead_set_key(struct seal_aead *aead, const u8 *key, size_t len)
{
	return crypto_aead_setkey(aead->tfm, key, len);
}

static int wait_for(struct aead_request *req,
		    int (*op)(struct aead_request *req))
{
	DECLARE_CRYPTO_WAIT(wait);

	aead_request_set_callback(req, CRYPTO_TFM_REQ_MAY_BACKLOG |
				  CRYPTO_TFM_REQ_MAY_SLEEP, crypto_req_done,
				  &wait);
	return crypto_wait_req(op(req), &wait);
}

static int crypt(struct seal_aead *aead, struct scatterlist *src,
		 struct scatterlist *dst, size_t aad_len, size_t len, u8 *iv,
		 int (*op)(struct aead_request *req))
{
	might_sleep();
	aead_request_set_ad(aead->req, aad_len);
	aead_request_set_crypt(aead->req, src, dst, len, iv);
	return aead->async ? wait_for(aead->req, op) : op(aead->req);
}

/**
 * seal_aead_seal() - encrypt one record
 * @aead:	keyed cipher
 * @src:	additional data, then @len bytes of plaintext
 * @dst:	additional data, then room for ciphertext and tag; may be @src
 * @aad_len:	length of the additional data
 * @len:	length of the plaintext, inner content type included
 * @iv:		from seal_epoch_iv(); destroyed
 *
 * Context: process, may sleep.
 * Return: 0 or an error of the crypto API, after which @dst is undefined.
 */
int seal_aead_seal(struct seal_aead *aead, struct scatterlist *src,
		   struct scatterlist *dst, size_t aad_len, size_t len, u8 *iv)
{
	return crypt(aead, src, dst, aad_len, len, iv, crypto_aead_encrypt);
}

/**
 * seal_aead_open() - verify and decrypt one record
 * @aead:	keyed cipher
 * @src:	additional data, then @len bytes of ciphertext and tag
 * @dst:	additional data, then room for the plaintext; may be @src
 * @aad_len:	length of the additional data
 * @len:	length of ciphertext and tag
 * @iv:		from seal_epoch_iv(); destroyed
 *
 * Context: process, may sleep.
 * Return: 0, or -EBADMSG if the tag is wrong: @dst must not be looked at then.
 */
int seal_aead_open(struct seal_aead *aead, struct scatterlist *src,
		   struct scatterlist *dst, size_t aad_len, size_t len, u8 *iv)
{
	return crypt(aead, src, dst, aad_len, len, iv, crypto_aead_decrypt);
}

/**
 * seal_aead_wipe() - leave nothing of a key in a cipher
 * @aead:	not in use
 * @key_size:	size of the key that it has
 *
 * The crypto API has no call for it, but what was made of a key is where the same is
 * made of the next one.
 *
 * Return: false if that cannot be relied on, and the cipher must be released.
 */
bool seal_aead_wipe(struct seal_aead *aead, size_t key_size)
{
	static const u8 zeros[SEAL_KEY_SIZE_MAX];

	/* a device keeps its keys where it likes */
	if (aead->async || crypto_aead_setkey(aead->tfm, zeros, key_size))
		return false;
	memzero_explicit(aead->req->__ctx,
			 crypto_aead_reqsize(aead->tfm));
	return true;
}

/**
 * seal_aead_release() - free it; the key is wiped
 * @aead: may be all zero
 */
void seal_aead_release(struct seal_aead *aead)
{
	if (!aead->tfm)
		return;
	aead_request_free(aead->req);
	crypto_free_aead(aead->tfm);
	aead->req = NULL;
	aead->tfm = NULL;
}

/**
 * seal_aead_share() - another request for the same cipher
 * @aead:	all zero, or from an earlier call, for whatever cipher; it is used at
 *		the same time as @of, which must not get another key meanwhile
 * @of:		keyed cipher
 * @room:	bytes that there are for the request, 0 at first
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int seal_aead_share(struct seal_aead *aead, const struct seal_aead *of,
		    unsigned int *room)
{
	unsigned int need = sizeof(*aead->req) + crypto_aead_reqsize(of->tfm);

	if (*room < need) {
		kfree_sensitive(aead->req);
		*room = 0;
		aead->req = kmalloc(need, GFP_KERNEL);
		if (!aead->req)
			return -ENOMEM;
		*room = need;
	}
	aead_request_set_tfm(aead->req, of->tfm);
	aead_request_set_callback(aead->req, CRYPTO_TFM_REQ_MAY_SLEEP, NULL,
				  NULL);
	aead->tfm = of->tfm;
	aead->async = of->async;
	return 0;
}

/**
 * seal_aead_unshare() - give up the request, and not the cipher
 * @aead: from seal_aead_share(), or all zero
 */
void seal_aead_unshare(struct seal_aead *aead)
{
	kfree_sensitive(aead->req);
	memset(aead, 0, sizeof(*aead));
}

/** seal_crypto_exit() - nobody uses the hashes any more */
void seal_crypto_exit(void)
{
	int i;

	for (i = 0; i < HASHES; i++)
		crypto_free_shash(hashes[i]);
}
