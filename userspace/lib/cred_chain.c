// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * What a file has for a chain enters; the chain leaves, in order and complete in itself,
 * or which certificate should be where instead (RFC 8446 4.4.2).
 */
#include <stdio.h>

#include <openssl/bio.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "private.h"

static X509 *at(const STACK_OF(X509) *chain, int i)
{
	return sk_X509_value(chain, i);
}

/* "certificate 2 (CN=...)", counted from 1 */
static void name(const STACK_OF(X509) *chain, int i, char out[SEAL_SUBJECT_MAX + 32])
{
	char subject[SEAL_SUBJECT_MAX];

	seal_verify_subject(at(chain, i), subject);
	snprintf(out, SEAL_SUBJECT_MAX + 32, "certificate %d (%s)", i + 1, subject);
}

static bool has_name_of_issuer(X509 *issuer, X509 *cert)
{
	return !X509_NAME_cmp(X509_get_issuer_name(cert),
			      X509_get_subject_name(issuer));
}

static bool has_issued(X509 *issuer, X509 *cert)
{
	EVP_PKEY *key = X509_get0_pubkey(issuer);

	return has_name_of_issuer(issuer, cert) && key &&
	       X509_verify(cert, key) > 0;
}

static bool is_ca(X509 *cert)
{
	return X509_check_ca(cert) > 0;
}

/* Which of those from @from on has issued certificate @i; -1: none */
static int find_issuer(const STACK_OF(X509) *chain, int i, int from)
{
	for (int k = from; k < sk_X509_num(chain); k++)
		if (k != i && has_issued(at(chain, k), at(chain, i)))
			return k;
	return -1;
}

/* Certificate @i + 1 did not issue certificate @i: what should be there? */
static void explain_order(struct seal_loader *l, const STACK_OF(X509) *chain, int i)
{
	char here[SEAL_SUBJECT_MAX + 32], next[SEAL_SUBJECT_MAX + 32];
	char other[SEAL_SUBJECT_MAX + 32];
	int issuer = find_issuer(chain, i, i + 2);

	name(chain, i, here);
	name(chain, i + 1, next);
	if (!X509_cmp(at(chain, i), at(chain, i + 1))) {
		seal_loader_fail(l, SEAL_E_FILE, "%s is there twice", here);
	} else if (issuer >= 0) {
		name(chain, issuer, other);
		seal_loader_fail(l, SEAL_E_FILE,
				 "%s has issued %s: put it right behind that",
				 other, here);
	} else if (has_issued(at(chain, i), at(chain, i + 1))) {
		seal_loader_fail(l, SEAL_E_FILE,
				 "%s has issued %s: put the leaf first, then each issuer",
				 here, next);
	} else if (has_name_of_issuer(at(chain, i + 1), at(chain, i))) {
		seal_loader_fail(l, SEAL_E_FILE,
				 "%s has the name of the issuer of %s, but another key",
				 next, here);
	} else if (!is_ca(at(chain, i + 1))) {
		seal_loader_fail(l, SEAL_E_FILE,
				 "%s is no CA, so there is more than one leaf", next);
	} else {
		seal_loader_fail(l, SEAL_E_FILE,
				 "%s has not issued %s: put the leaf first, then each issuer, and nothing else",
				 next, here);
	}
}

/* Clients may want each certificate to certify the one before (RFC 8446 4.4.2) */
static void check_order(struct seal_loader *l, const STACK_OF(X509) *chain)
{
	for (int i = 0; i + 1 < sk_X509_num(chain) && !l->error; i++)
		if (!has_issued(at(chain, i + 1), at(chain, i)))
			explain_order(l, chain, i);
}

/* One that has issued itself is trusted by name, and may be both */
static void check_leaf(struct seal_loader *l, const STACK_OF(X509) *chain)
{
	char leaf[SEAL_SUBJECT_MAX + 32];

	if (!(X509_get_extension_flags(at(chain, 0)) & EXFLAG_CA) ||
	    has_issued(at(chain, 0), at(chain, 0)))
		return;
	name(chain, 0, leaf);
	seal_loader_fail(l, SEAL_E_FILE,
			 "%s is that of a CA: the one of the server or client has to be first",
			 leaf);
}

static void tell_end(X509 *cert, char *out, int size)
{
	BIO *bio = BIO_new(BIO_s_mem());
	int len = 0;

	if (bio && ASN1_TIME_print(bio, X509_get0_notAfter(cert)))
		len = BIO_read(bio, out, size - 1);
	out[len > 0 ? len : 0] = '\0';
	BIO_free(bio);
}

static void check_time(struct seal_loader *l, const STACK_OF(X509) *chain)
{
	char who[SEAL_SUBJECT_MAX + 32], end[40];

	for (int i = 0; i < sk_X509_num(chain) && !l->error; i++) {
		/* what cannot be read has no end, either */
		if (X509_cmp_current_time(X509_get0_notAfter(at(chain, i))) > 0)
			continue;
		name(chain, i, who);
		tell_end(at(chain, i), end, sizeof(end));
		seal_loader_fail(l, SEAL_E_FILE, "%s has expired: it was valid until %s",
				 who, end);
	}
}

void seal_cred_check_chain(struct seal_loader *l, const struct seal_pem *pem, bool with_key)
{
	int count = sk_X509_num(pem->certs);

	if (l->error)
		return;
	if (count <= 0)
		seal_loader_fail(l, SEAL_E_FILE,
				 "there is no certificate in PEM format");
	else if (count > SEAL_CHAIN_MAX)
		seal_loader_fail(l, SEAL_E_FILE, "more than %d certificates",
				 SEAL_CHAIN_MAX);
	else if (pem->keys && !with_key)
		seal_loader_fail(l, SEAL_E_FILE,
				 "there is a private key among the certificates: take it out, or name this file as that of the key, too");
	else if (pem->keys > 1)
		seal_loader_fail(l, SEAL_E_FILE,
				 "there are %u private keys: leave that of the leaf alone",
				 pem->keys);
	if (l->error)
		return;
	check_leaf(l, pem->certs);
	check_order(l, pem->certs);
	check_time(l, pem->certs);
}
