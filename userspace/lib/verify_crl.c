// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A file with certificate revocation lists enters; what the chain of a peer is held
 * against leaves (RFC 5280 5, 6.3).
 */
#include <stdio.h>

#include <openssl/objects.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include "private.h"

/* As strict as with certificates; libcrypto is not.  RSASSA-PSS has no digest here. */
static bool is_weakly_signed(const X509_CRL *crl)
{
	int digest = NID_undef;

	OBJ_find_sigid_algs(X509_CRL_get_signature_nid(crl), &digest, NULL);
	return digest != NID_undef && digest != NID_sha256 &&
	       digest != NID_sha384 && digest != NID_sha512;
}

static void check(struct seal_loader *l, const struct seal_pem *pem)
{
	int count = sk_X509_CRL_num(pem->crls);

	if (pem->keys)
		seal_loader_fail(l, SEAL_E_FILE,
				 "there is a private key among the CRLs: take it out");
	else if (sk_X509_num(pem->certs) > 0)
		seal_loader_fail(l, SEAL_E_FILE,
				 "there is a certificate among the CRLs: CAs have a file of their own");
	else if (count <= 0)
		seal_loader_fail(l, SEAL_E_FILE, "there is no CRL in PEM format");
	for (int i = 0; i < count; i++)
		if (is_weakly_signed(sk_X509_CRL_value(pem->crls, i)))
			seal_loader_fail(l, SEAL_E_FILE,
					 "CRL %d is signed with a weak algorithm",
					 i + 1);
}

STACK_OF(X509_CRL) *seal_verify_load_crls(const char *path, int *error,
					  char why[SEAL_REASON_MAX])
{
	struct seal_loader l = { .path = path, .why = why };
	STACK_OF(X509_CRL) *crls = NULL;
	struct seal_pem pem;

	seal_pem_read(&l, path, &pem);
	if (!l.error)
		check(&l, &pem);
	if (!l.error) {
		crls = pem.crls;
		pem.crls = NULL;
	}
	seal_pem_free(&pem);
	*error = l.error;
	return crls;
}

void seal_verify_free_crls(STACK_OF(X509_CRL) *crls)
{
	sk_X509_CRL_pop_free(crls, X509_CRL_free);
}

/* Without a CRL that is valid now, libcrypto refuses the certificate */
void seal_verify_use_crls(X509_STORE_CTX *ctx, const struct seal_config *cfg)
{
	X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);

	if (!cfg->crls)
		return;
	X509_STORE_CTX_set0_crls(ctx, cfg->crls);
	X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_CRL_CHECK);
	if (cfg->crl_check == SEAL_CRL_CHAIN)
		X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_CRL_CHECK_ALL);
}
