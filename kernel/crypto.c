// SPDX-License-Identifier: GPL-2.0
/*
 * The seam to the kernel's crypto API: no other file calls it.  Secrets and
 * scatterlists enter, HMACs, ciphertext and verified plaintext leave.
 */
#include <crypto/aead.h>
#include <crypto/hash.h>
#include <linux/crypto.h>

#include "seal.h"

/**
 * seal_hmac_init() - get HMAC with the hash of a suite
 * @hmac:	to be released with seal_hmac_release()
 * @suite:	cipher suite
 *
 * Context: process, may sleep and load modules.
 * Return: 0, -ENOENT, -ENOMEM.
 */
int seal_hmac_init(struct seal_hmac *hmac, const struct seal_suite *suite)
{
	hmac->tfm = crypto_alloc_shash(suite->hmac, 0, 0);
	return PTR_ERR_OR_ZERO(hmac->tfm);
}

/**
 * seal_hmac_digest() - HMAC of one piece of data
 * @hmac:	from seal_hmac_init()
 * @key:	key
 * @key_len:	its length in bytes
 * @data:	input
 * @len:	its length in bytes
 * @out:	as long as the suite's hash
 *
 * Return: 0 or an error of the crypto API.
 */
int seal_hmac_digest(const struct seal_hmac *hmac, const u8 *key, size_t key_len,
		     const u8 *data, size_t len, u8 *out)
{
	int err;

	err = crypto_shash_setkey(hmac->tfm, key, key_len);
	if (err)
		return err;
	return crypto_shash_tfm_digest(hmac->tfm, data, len, out);
}

/**
 * seal_hmac_release() - free it; the key is wiped
 * @hmac: from seal_hmac_init()
 */
void seal_hmac_release(struct seal_hmac *hmac)
{
	crypto_free_shash(hmac->tfm);
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
