// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * What peers are verified with enters, a digest of it leaves; a chain that was verified
 * enters, the time until which it would be leaves.  Sessions count for both.
 */
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <openssl/asn1.h>
#include <openssl/x509.h>

#include "private.h"

static int hash_certificate(const struct seal_crypto *crypto, EVP_MD_CTX *ctx,
			    const X509 *cert)
{
	uint8_t digest[SEAL_HASH_MAX];
	unsigned int len;

	if (!X509_digest(cert, crypto->md[SEAL_SHA256], digest, &len))
		return SEAL_E_CRYPTO;
	return seal_hash_update(ctx, digest, len);
}

static int finish(EVP_MD_CTX *ctx, int err, uint8_t digest[SEAL_TRUST_SIZE])
{
	uint8_t out[SEAL_HASH_MAX];

	if (!err)
		err = seal_hash_peek(ctx, out);
	if (!err)
		memcpy(digest, out, SEAL_TRUST_SIZE);
	seal_hash_free(ctx);
	return err;
}

int seal_verify_file_trust(const struct seal_crypto *crypto, X509_STORE *store,
			   uint8_t cas[SEAL_TRUST_SIZE])
{
	STACK_OF(X509) *certs = X509_STORE_get1_all_certs(store);
	EVP_MD_CTX *ctx = seal_hash_new(crypto, SEAL_SHA256);
	int err = certs && ctx ? 0 : SEAL_E_NOMEM;

	for (int i = 0; i < sk_X509_num(certs) && !err; i++)
		err = hash_certificate(crypto, ctx, sk_X509_value(certs, i));
	sk_X509_pop_free(certs, X509_free);
	return finish(ctx, err, cas);
}

/* Which file or folder it is, and when it was changed; none is something, too */
static int hash_place(EVP_MD_CTX *ctx, const char *path)
{
	struct stat st = { 0 };
	int err;

	err = seal_hash_update(ctx, path, strlen(path) + 1);
	if (err || stat(path, &st))
		return err;
	err = seal_hash_update(ctx, &st.st_mtim.tv_sec, sizeof(st.st_mtim.tv_sec));
	return err ? err : seal_hash_update(ctx, &st.st_mtim.tv_nsec,
					    sizeof(st.st_mtim.tv_nsec));
}

int seal_verify_place_trust(const struct seal_crypto *crypto, const char *file,
			    const char *dir, uint8_t cas[SEAL_TRUST_SIZE])
{
	EVP_MD_CTX *ctx = seal_hash_new(crypto, SEAL_SHA256);
	int err = ctx ? hash_place(ctx, file) : SEAL_E_NOMEM;

	if (!err)
		err = hash_place(ctx, dir);
	return finish(ctx, err, cas);
}

static int hash_crl(const struct seal_crypto *crypto, EVP_MD_CTX *ctx,
		    const X509_CRL *crl)
{
	uint8_t digest[SEAL_HASH_MAX];
	unsigned int len;

	if (!X509_CRL_digest(crl, crypto->md[SEAL_SHA256], digest, &len))
		return SEAL_E_CRYPTO;
	return seal_hash_update(ctx, digest, len);
}

int seal_verify_crl_trust(const struct seal_crypto *crypto,
			  const STACK_OF(X509_CRL) *crls,
			  uint8_t digest[SEAL_TRUST_SIZE])
{
	EVP_MD_CTX *ctx = seal_hash_new(crypto, SEAL_SHA256);
	int err = ctx ? 0 : SEAL_E_NOMEM;

	for (int i = 0; i < sk_X509_CRL_num(crls) && !err; i++)
		err = hash_crl(crypto, ctx, sk_X509_CRL_value(crls, i));
	return finish(ctx, err, digest);
}

/* The rest of what verify.c, verify_policy.c and verify_ocsp.c go by */
static int hash_rules(EVP_MD_CTX *ctx, const struct seal_config *cfg)
{
	const uint8_t rules[] = {
		cfg->chain_depth, cfg->crl_check, cfg->rsa_bits >> 8, cfg->rsa_bits,
		cfg->ocsp,
	};
	int err = seal_hash_update(ctx, rules, sizeof(rules));

	return err ? err : seal_hash_update(ctx, cfg->schemes, cfg->schemes_len *
					    sizeof(cfg->schemes[0]));
}

int seal_verify_trust(const struct seal_config *cfg, uint8_t trust[SEAL_TRUST_SIZE])
{
	EVP_MD_CTX *ctx = seal_hash_new(&cfg->crypto, SEAL_SHA256);
	int err = ctx ? seal_hash_update(ctx, cfg->cas, SEAL_TRUST_SIZE) : SEAL_E_NOMEM;

	if (!err)
		err = seal_hash_update(ctx, cfg->crl_digest, SEAL_TRUST_SIZE);
	if (!err)
		err = seal_raw_keys_hash(cfg, ctx);
	if (!err)
		err = hash_rules(ctx, cfg);
	return finish(ctx, err, trust);
}

/* In ms since 1970; 0 if it is none that can be said so */
static uint64_t moment(const ASN1_TIME *time)
{
	struct tm tm;
	time_t seconds;

	if (!ASN1_TIME_to_tm(time, &tm))
		return 0;
	seconds = timegm(&tm);
	return seconds > 0 ? (uint64_t)seconds * 1000 : 0;
}

uint64_t seal_verify_first(uint64_t until, const ASN1_TIME *time)
{
	uint64_t own = moment(time);

	return own < until ? own : until;
}

uint64_t seal_verify_until(const struct seal_config *cfg, const STACK_OF(X509) *chain)
{
	const ASN1_TIME *next;
	uint64_t until = UINT64_MAX;

	for (int i = 0; i < sk_X509_num(chain); i++)
		until = seal_verify_first(until, X509_get0_notAfter(sk_X509_value(chain, i)));
	for (int i = 0; i < sk_X509_CRL_num(cfg->crls); i++) {
		next = X509_CRL_get0_nextUpdate(sk_X509_CRL_value(cfg->crls, i));
		if (next)
			until = seal_verify_first(until, next);
	}
	return until;
}
