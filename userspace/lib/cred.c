// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * PEM files of a certificate chain and its key enter; a key and a finished
 * Certificate message leave (RFC 8446 4.4.2).
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/x509.h>

#include "private.h"

#define RSA_BITS_MIN	2048
#define RSA_BITS_MAX	8192

static void load_chain(struct seal_loader *l, const char *path, bool with_key,
		       struct seal_pem *pem)
{
	seal_pem_read(l, path, pem);
	seal_cred_check_chain(l, pem, with_key);
}

/* Of a certificate whose private key is somebody else's */
static EVP_PKEY *public_key(struct seal_loader *l, X509 *leaf)
{
	EVP_PKEY *key = X509_get_pubkey(leaf);

	if (!key)
		seal_loader_fail(l, SEAL_E_FILE,
				 "the key of the first certificate cannot be decoded");
	return key;
}

static void check_key(struct seal_loader *l, const struct seal_cred *cred)
{
	if (cred->kind == SEAL_KEY_UNKNOWN)
		seal_loader_fail(l, SEAL_E_FILE,
				 "a key of this kind is not supported: use EC P-256, P-384 or P-521, RSA, Ed25519, Ed448 or ML-DSA");
	else if (!seal_key_is_rsa(cred->key))
		return;
	else if (seal_key_bits(cred->key) < RSA_BITS_MIN)
		seal_loader_fail(l, SEAL_E_FILE, "an RSA key of %d bits is too short: %d at least",
				 seal_key_bits(cred->key), RSA_BITS_MIN);
	else if (seal_key_bits(cred->key) > RSA_BITS_MAX)
		seal_loader_fail(l, SEAL_E_FILE, "an RSA key of %d bits is too long: %d at most",
				 seal_key_bits(cred->key), RSA_BITS_MAX);
}

static void find_schemes(struct seal_loader *l, struct seal_cred *cred)
{
	for (size_t i = 0; i < SEAL_SCHEME_COUNT; i++)
		if (seal_schemes[i].key == cred->kind &&
		    seal_key_allows(cred->key, &seal_schemes[i]))
			cred->schemes |= 1U << i;
	if (!cred->schemes)
		seal_loader_fail(l, SEAL_E_FILE,
				 "the key's parameters allow no signature of TLS 1.3");
}

static void make_signers(struct seal_loader *l, struct seal_cred *cred)
{
	for (size_t i = 0; i < SEAL_SCHEME_COUNT; i++) {
		if (!(cred->schemes & 1U << i))
			continue;
		cred->signers[i] = seal_signer_new(cred->key, &seal_schemes[i]);
		if (!cred->signers[i])
			return seal_loader_fail(l, SEAL_E_CRYPTO, "%s",
						seal_strerror(SEAL_E_CRYPTO));
	}
}

static int write_message(struct seal_cred *cred, STACK_OF(X509) *chain)
{
	unsigned char *der[SEAL_CHAIN_MAX] = { NULL };
	struct seal_span spans[SEAL_CHAIN_MAX];
	int count = sk_X509_num(chain);
	int len, err = 0;

	for (int i = 0; i < count && !err; i++) {
		len = i2d_X509(sk_X509_value(chain, i), &der[i]);
		if (len <= 0)
			err = SEAL_E_CRYPTO;
		spans[i] = (struct seal_span){ der[i], len };
	}
	if (!err)
		err = seal_cred_write(cred, spans, count);
	for (int i = 0; i < count; i++)
		OPENSSL_free(der[i]);
	return err;
}

/* Key, which it takes over, kind and schemes */
static void fill_key(struct seal_loader *l, struct seal_cred *cred, EVP_PKEY *key)
{
	cred->key = key;
	if (!cred->key)
		return;
	cred->kind = seal_key_kind(cred->key);
	check_key(l, cred);
	if (!l->error)
		find_schemes(l, cred);
}

static void fill(struct seal_loader *l, struct seal_cred *cred,
		 STACK_OF(X509) *chain, const char *key)
{
	int err;

	fill_key(l, cred, key ? seal_pem_key(l, key) :
				public_key(l, sk_X509_value(chain, 0)));
	if (!l->error && key)
		make_signers(l, cred);
	if (l->error)
		return;
	if (key && !X509_check_private_key(sk_X509_value(chain, 0), cred->key)) {
		seal_loader_fail(l, SEAL_E_KEY_MISMATCH,
				 "the key does not belong to the first certificate of the chain");
		return;
	}
	err = write_message(cred, chain);
	if (!err)
		err = seal_cred_describe(cred, chain);
	if (err)
		seal_loader_fail(l, err, "%s", seal_strerror(err));
}

struct seal_cred *seal_cred_load(const char *chain_path, const char *key_path,
				 int *error, char why[SEAL_REASON_MAX])
{
	struct seal_loader l = { .path = chain_path, .why = why };
	struct seal_cred *cred = calloc(1, sizeof(*cred));
	struct seal_pem pem = { 0 };

	if (!cred)
		seal_loader_fail(&l, SEAL_E_NOMEM, "out of memory");
	else
		load_chain(&l, chain_path,
			   key_path && !strcmp(chain_path, key_path), &pem);
	if (!l.error)
		fill(&l, cred, pem.certs, key_path);
	seal_pem_free(&pem);
	*error = l.error;
	if (!l.error)
		return cred;
	seal_cred_free(cred);
	return NULL;
}

/* RFC 7250 3: the SubjectPublicKeyInfo in the place of the certificate */
static int write_raw(struct seal_cred *cred)
{
	unsigned char *der = NULL;
	int len = i2d_PUBKEY(cred->key, &der);
	int err;

	if (len <= 0)
		return SEAL_E_CRYPTO;
	err = seal_cred_write(cred, &(struct seal_span){ der, len }, 1);
	OPENSSL_free(der);
	return err;
}

struct seal_cred *seal_cred_load_raw(const char *path, int *error,
				     char why[SEAL_REASON_MAX])
{
	struct seal_loader l = { .path = path, .why = why };
	struct seal_cred *cred = calloc(1, sizeof(*cred));
	int err;

	if (!cred) {
		seal_loader_fail(&l, SEAL_E_NOMEM, "out of memory");
	} else {
		cred->type = SEAL_CERTIFICATE_RAW_KEY;
		fill_key(&l, cred, seal_pem_key(&l, path));
		if (!l.error)
			make_signers(&l, cred);
	}
	err = l.error ? 0 : write_raw(cred);
	if (err)
		seal_loader_fail(&l, err, "%s", seal_strerror(err));
	*error = l.error;
	if (!l.error)
		return cred;
	seal_cred_free(cred);
	return NULL;
}

void seal_cred_free(struct seal_cred *cred)
{
	struct seal_cred *next;

	for (; cred; cred = next) {
		next = cred->next;
		seal_key_free(cred->key);
		for (size_t i = 0; i < SEAL_SCHEME_COUNT; i++)
			seal_signer_free(cred->signers[i]);
		for (size_t i = 0; i < SEAL_ARRAY_SIZE(cred->messages); i++)
			seal_buf_free(&cred->messages[i]);
		for (size_t i = 0; i < SEAL_ARRAY_SIZE(cred->compressed); i++)
			seal_buf_free(&cred->compressed[i]);
		for (size_t i = 0; i < SEAL_STAPLES; i++)
			seal_buf_free(&cred->staples[i]);
		seal_buf_free(&cred->issuers);
		free(cred);
	}
}
