// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A suite and a size enter; what its bare cipher takes leaves, record by record, from
 * one piece of memory to another: the floor under what seals by it.
 */
#include <crypto/aead.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>

#include "bench.h"

/* One record of each size at most, behind its header and before its tag */
#define ROOM		(BENCH_AAD + BENCH_RECORD + BENCH_TAG)
#define ORDER		get_order(ROOM)
#define KEY_SIZE_MAX	32
#define IV_SIZE		12

/**
 * struct bench_cipher - the cipher of a suite
 * @tfm:	with a key
 * @req:	for it
 * @plain:	a record before it is sealed, and after it was opened
 * @sealed:	the record
 */
struct bench_cipher {
	struct crypto_aead	*tfm;
	struct aead_request	*req;
	u8			*plain, *sealed;
};

static int set_up(struct bench_cipher *cipher, const struct bench_suite *suite)
{
	u8 key[KEY_SIZE_MAX] = {};
	int err;

	err = crypto_aead_setauthsize(cipher->tfm, BENCH_TAG - 1);
	err = err ?: crypto_aead_setkey(cipher->tfm, key, suite->key_size);
	cipher->req = aead_request_alloc(cipher->tfm, GFP_KERNEL);
	cipher->plain = (u8 *)__get_free_pages(GFP_KERNEL | __GFP_ZERO, ORDER);
	cipher->sealed = (u8 *)__get_free_pages(GFP_KERNEL | __GFP_ZERO, ORDER);
	if (!cipher->req || !cipher->plain || !cipher->sealed)
		return err ?: -ENOMEM;
	return err;
}

/**
 * bench_cipher_make() - get the cipher of a suite ready
 * @suite: whose
 *
 * Return: the cipher, or an ERR_PTR.
 */
struct bench_cipher *bench_cipher_make(const struct bench_suite *suite)
{
	struct bench_cipher *cipher = kzalloc_obj(*cipher);
	int err;

	if (!cipher)
		return ERR_PTR(-ENOMEM);
	cipher->tfm = crypto_alloc_aead(suite->aead, 0, CRYPTO_ALG_ASYNC);
	if (IS_ERR(cipher->tfm)) {
		err = PTR_ERR(cipher->tfm);
		kfree(cipher);
		return ERR_PTR(err);
	}
	err = set_up(cipher, suite);
	if (!err)
		return cipher;
	bench_cipher_free(cipher);
	return ERR_PTR(err);
}

/**
 * bench_cipher_free() - undo bench_cipher_make()
 * @cipher: or NULL
 */
void bench_cipher_free(struct bench_cipher *cipher)
{
	if (!cipher)
		return;
	free_pages((unsigned long)cipher->sealed, ORDER);
	free_pages((unsigned long)cipher->plain, ORDER);
	aead_request_free(cipher->req);
	crypto_free_aead(cipher->tfm);
	kfree(cipher);
}

/* The content type is the last byte of what is sealed (RFC 8446 5.2). */
static int crypt(struct bench_cipher *cipher, size_t size, bool seal)
{
	struct scatterlist plain, sealed;
	u8 iv[IV_SIZE] = {};

	sg_init_one(&plain, cipher->plain, BENCH_AAD + size + 1);
	sg_init_one(&sealed, cipher->sealed, BENCH_AAD + size + BENCH_TAG);
	aead_request_set_callback(cipher->req, 0, NULL, NULL);
	aead_request_set_ad(cipher->req, BENCH_AAD);
	if (seal) {
		aead_request_set_crypt(cipher->req, &plain, &sealed, size + 1, iv);
		return crypto_aead_encrypt(cipher->req);
	}
	aead_request_set_crypt(cipher->req, &sealed, &plain, size + BENCH_TAG, iv);
	return crypto_aead_decrypt(cipher->req);
}

/**
 * bench_cipher_both() - seal and open as much as the work moves, a record at a time
 * @run:	with a cipher
 * @spent:	the ticks of both are added to it
 *
 * Return: 1, or an error.
 */
int bench_cipher_both(struct bench_run *run, u64 *spent)
{
	size_t left, size;
	u64 begin;
	int err;

	for (left = run->size; left; left -= size) {
		size = min_t(size_t, left, BENCH_RECORD);
		begin = bench_ticks();
		err = crypt(run->cipher, size, true);
		spent[0] += bench_since(begin);
		if (err)
			return err;
		begin = bench_ticks();
		err = crypt(run->cipher, size, false);
		spent[1] += bench_since(begin);
		if (err)
			return err;
	}
	return 1;
}

/**
 * bench_cipher_seal() - the same for a work that only seals
 * @run:	with a cipher
 * @spent:	the ticks of sealing are added to its first
 *
 * Return: 1, or an error.
 */
int bench_cipher_seal(struct bench_run *run, u64 *spent)
{
	u64 both[BENCH_SIDES] = {};
	int n = bench_cipher_both(run, both);

	spent[0] += both[0];
	return n;
}

/**
 * bench_cipher_open() - the same for a work that only opens
 * @run:	with a cipher
 * @spent:	the ticks of opening are added to its first
 *
 * Return: 1, or an error.
 */
int bench_cipher_open(struct bench_run *run, u64 *spent)
{
	u64 both[BENCH_SIDES] = {};
	int n = bench_cipher_both(run, both);

	spent[0] += both[1];
	return n;
}
