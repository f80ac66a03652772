// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * PEM files of a certificate chain and its key enter; a key and a finished
 * Certificate message leave (RFC 8446 4.4.2).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "private.h"

#define RSA_BITS_MIN	2048

/* What loading is at: where it reads, what it has, what went wrong */
struct loader {
	const char	*path;
	int		 error;
	char		*why;		/* SEAL_REASON_MAX */
};

static void SEAL_PRINTF(3, 4) fail(struct loader *l, int error,
				   const char *fmt, ...)
{
	va_list args;
	int len;

	l->error = error;
	len = snprintf(l->why, SEAL_REASON_MAX, "%s: ", l->path);
	if (len < 0 || len >= SEAL_REASON_MAX)
		return;
	va_start(args, fmt);
	vsnprintf(l->why + len, SEAL_REASON_MAX - len, fmt, args);
	va_end(args);
}

static FILE *open_file(struct loader *l, const char *path)
{
	FILE *file;

	l->path = path;
	file = fopen(path, "re");
	if (!file)
		fail(l, SEAL_E_FILE, "%s", strerror(errno));
	return file;
}

/* PEM_read stops with this when the file has no further block */
static bool at_end(void)
{
	return ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
}

static STACK_OF(X509) *read_chain(struct loader *l, FILE *file)
{
	STACK_OF(X509) *chain = sk_X509_new_null();
	X509 *cert;

	while ((cert = PEM_read_X509(file, NULL, NULL, NULL))) {
		if (sk_X509_push(chain, cert))
			continue;
		X509_free(cert);
		fail(l, SEAL_E_NOMEM, "out of memory");
		return chain;
	}
	if (!at_end())
		fail(l, SEAL_E_FILE, "certificate %d cannot be parsed",
		     sk_X509_num(chain) + 1);
	else if (sk_X509_num(chain) <= 0)
		fail(l, SEAL_E_FILE, "there is no certificate in PEM format");
	else if (sk_X509_num(chain) > SEAL_CHAIN_MAX)
		fail(l, SEAL_E_FILE, "more than %d certificates", SEAL_CHAIN_MAX);
	return chain;
}

/* Clients may want each certificate to certify the one before (RFC 8446 4.4.2) */
static void check_order(struct loader *l, STACK_OF(X509) *chain)
{
	for (int i = 1; i < sk_X509_num(chain); i++)
		if (X509_NAME_cmp(X509_get_issuer_name(sk_X509_value(chain, i - 1)),
				  X509_get_subject_name(sk_X509_value(chain, i)))) {
			fail(l, SEAL_E_FILE,
			     "certificate %d is not the issuer of certificate %d: put the leaf first, then each issuer",
			     i + 1, i);
			return;
		}
}

static STACK_OF(X509) *load_chain(struct loader *l, const char *path)
{
	STACK_OF(X509) *chain;
	FILE *file;

	file = open_file(l, path);
	if (!file)
		return NULL;
	chain = read_chain(l, file);
	if (!l->error)
		check_order(l, chain);
	fclose(file);
	return chain;
}

/* There is nobody to ask; *asked remembers that a passphrase was wanted */
static int refuse_passphrase(char *buf, int size, int rwflag, void *asked)
{
	(void)buf;
	(void)size;
	(void)rwflag;
	*(bool *)asked = true;
	return -1;
}

static EVP_PKEY *load_key(struct loader *l, const char *path)
{
	bool asked = false;
	EVP_PKEY *key;
	FILE *file;

	file = open_file(l, path);
	if (!file)
		return NULL;
	key = PEM_read_PrivateKey(file, NULL, refuse_passphrase, &asked);
	if (!key && asked)
		fail(l, SEAL_E_FILE,
		     "the key is encrypted: decrypt it with 'openssl pkey'");
	else if (!key)
		fail(l, SEAL_E_FILE, "there is no private key in PEM format");
	fclose(file);
	return key;
}

static void check_key(struct loader *l, const struct seal_cred *cred)
{
	if (cred->kind == SEAL_KEY_UNKNOWN)
		fail(l, SEAL_E_FILE,
		     "a key of this kind is not supported: use EC P-256, P-384 or P-521, RSA, Ed25519 or Ed448");
	else if ((cred->kind == SEAL_KEY_RSA || cred->kind == SEAL_KEY_RSA_PSS) &&
		 seal_key_bits(cred->key) < RSA_BITS_MIN)
		fail(l, SEAL_E_FILE, "an RSA key of %d bits is too short: %d at least",
		     seal_key_bits(cred->key), RSA_BITS_MIN);
	else if (seal_key_bits(cred->key) > 8 * SEAL_SIGNATURE_MAX)
		fail(l, SEAL_E_FILE, "an RSA key of %d bits is too long: %d at most",
		     seal_key_bits(cred->key), 8 * SEAL_SIGNATURE_MAX);
}

/* A key for PSS alone may be restricted to one hash (RFC 4055 3.1): it is tried */
static void find_schemes(struct loader *l, struct seal_cred *cred)
{
	static const uint8_t text[] = "what is signed matters to nobody";
	const struct seal_span span = { text, sizeof(text) };
	uint8_t signature[SEAL_SIGNATURE_MAX];
	size_t len;

	for (size_t i = 0; i < SEAL_SCHEME_COUNT; i++)
		if (seal_schemes[i].key == cred->kind &&
		    (cred->kind != SEAL_KEY_RSA_PSS ||
		     !seal_key_sign(cred->key, &seal_schemes[i], span, signature,
				    &len)))
			cred->schemes |= 1U << i;
	if (!cred->schemes)
		fail(l, SEAL_E_FILE,
		     "the key's parameters allow no signature of TLS 1.3");
}

static int write_entry(struct seal_writer *w, X509 *cert)
{
	unsigned char *der = NULL;
	int len = i2d_X509(cert, &der);

	if (len <= 0)
		return SEAL_E_CRYPTO;
	seal_writer_open(w, 3);
	seal_writer_bytes(w, der, len);
	seal_writer_close(w);
	/* no extensions */
	seal_writer_u16(w, 0);
	OPENSSL_free(der);
	return 0;
}

/* It is the same for each connection: written once, hashed and sent as it is */
static int write_message(struct seal_buf *message, STACK_OF(X509) *chain)
{
	struct seal_writer w;
	int err = 0;

	seal_writer_init(&w, message);
	seal_writer_u8(&w, SEAL_MSG_CERTIFICATE);
	seal_writer_open(&w, 3);
	seal_writer_u8(&w, 0);
	seal_writer_open(&w, 3);
	for (int i = 0; i < sk_X509_num(chain) && !err; i++)
		err = write_entry(&w, sk_X509_value(chain, i));
	seal_writer_close(&w);
	seal_writer_close(&w);
	return err ? err : seal_writer_finish(&w);
}

static void fill(struct loader *l, struct seal_cred *cred,
		 STACK_OF(X509) *chain, const char *key)
{
	int err;

	cred->key = load_key(l, key);
	if (!cred->key)
		return;
	cred->kind = seal_key_kind(cred->key);
	check_key(l, cred);
	if (!l->error)
		find_schemes(l, cred);
	if (l->error)
		return;
	if (!X509_check_private_key(sk_X509_value(chain, 0), cred->key)) {
		fail(l, SEAL_E_KEY_MISMATCH,
		     "the key does not belong to the first certificate of the chain");
		return;
	}
	err = write_message(&cred->message, chain);
	if (!err)
		err = seal_cred_describe(cred, chain);
	if (err)
		fail(l, err, "%s", seal_strerror(err));
}

struct seal_cred *seal_cred_load(const char *chain_path, const char *key_path,
				 int *error, char why[SEAL_REASON_MAX])
{
	struct loader l = { .path = chain_path, .why = why };
	struct seal_cred *cred = calloc(1, sizeof(*cred));
	STACK_OF(X509) *chain = NULL;

	if (!cred)
		fail(&l, SEAL_E_NOMEM, "out of memory");
	else
		chain = load_chain(&l, chain_path);
	if (!l.error)
		fill(&l, cred, chain, key_path);
	sk_X509_pop_free(chain, X509_free);
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
		seal_buf_free(&cred->message);
		seal_buf_free(&cred->issuers);
		free(cred);
	}
}
