// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Wishes for OCSP responses enter; responses leave, signed by the test PKI or by
 * somebody who should not have (RFC 6960).
 */
#include <stdio.h>
#include <time.h>

#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "unit.h"

#define HOUR	3600L

static X509 *read_certificate(const char *path)
{
	FILE *file = fopen(path, "r");
	X509 *cert;

	assert_non_null(file);
	cert = PEM_read_X509(file, NULL, NULL, NULL);
	assert_non_null(cert);
	fclose(file);
	return cert;
}

static EVP_PKEY *read_key(const char *path)
{
	FILE *file = fopen(path, "r");
	EVP_PKEY *key;

	assert_non_null(file);
	key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
	assert_non_null(key);
	fclose(file);
	return key;
}

static const EVP_MD *digest_of(const char *name, const char *usual)
{
	return EVP_get_digestbyname(name ? name : usual);
}

static void add_status(OCSP_BASICRESP *basic, const struct ocsp_spec *spec,
		       int status)
{
	const struct identity *id = spec->about ? spec->about :
				    pki_identity(SEAL_KEY_P256);
	long until = spec->until ? spec->until : HOUR;
	X509 *leaf = read_certificate(id->chain);
	ASN1_TIME *revoked, *from, *end;
	OCSP_SINGLERESP *single;
	OCSP_CERTID *name;
	EVP_PKEY *key;
	X509 *ca;

	pki_authority(spec->claimed ? spec->claimed : spec->issuer, &ca, &key);
	name = OCSP_cert_id_new(digest_of(spec->id_digest, "SHA1"),
				X509_get_subject_name(ca),
				X509_get0_pubkey_bitstr(ca),
				X509_get0_serialNumber(leaf));
	revoked = X509_gmtime_adj(NULL, -HOUR);
	from = X509_gmtime_adj(NULL, spec->from ? spec->from : -HOUR);
	end = X509_gmtime_adj(NULL, until);
	single = OCSP_basic_add1_status(basic, name, status,
					OCSP_REVOKED_STATUS_KEYCOMPROMISE, revoked,
					from, spec->until == -1 ? NULL : end);
	assert_non_null(single);
	if (spec->critical)
		assert_true(OCSP_SINGLERESP_add1_ext_i2d(single, NID_invalidity_date,
							 from, 1, 0));
	OCSP_CERTID_free(name);
	ASN1_TIME_free(revoked);
	ASN1_TIME_free(from);
	ASN1_TIME_free(end);
	X509_free(leaf);
}

static void sign_by_authority(OCSP_BASICRESP *basic, enum pki_issuer issuer,
			      const EVP_MD *md)
{
	EVP_PKEY *key;
	X509 *cert;

	pki_authority(issuer, &cert, &key);
	/* whoever verifies it has the certificate */
	assert_true(OCSP_basic_sign(basic, cert, key, md, NULL, OCSP_NOCERTS));
}

static void sign_with_pss(OCSP_BASICRESP *basic, X509 *cert, EVP_PKEY *key,
			  const EVP_MD *md)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *padding;

	assert_true(EVP_DigestSignInit(ctx, &padding, md, NULL, key));
	assert_true(EVP_PKEY_CTX_set_rsa_padding(padding, RSA_PKCS1_PSS_PADDING) > 0);
	assert_true(OCSP_basic_sign_ctx(basic, cert, ctx, NULL, 0));
	EVP_MD_CTX_free(ctx);
}

static void sign_by_other(OCSP_BASICRESP *basic, const struct ocsp_spec *spec,
			  const EVP_MD *md)
{
	struct identity id;
	EVP_PKEY *key;
	X509 *cert;

	pki_issue(&(struct cert_spec){
		.kind = spec->pss ? SEAL_KEY_RSA : SEAL_KEY_P256,
		.issuer = spec->issuer, .subject = "responder", .san = "",
		.usage = spec->signer == SIGNER_DELEGATE ? "OCSPSigning" : "",
	}, &id);
	cert = read_certificate(id.chain);
	key = read_key(id.key);
	if (spec->pss)
		sign_with_pss(basic, cert, key, md);
	else
		assert_true(OCSP_basic_sign(basic, cert, key, md, NULL, 0));
	X509_free(cert);
	EVP_PKEY_free(key);
}

size_t pki_ocsp(const struct ocsp_spec *spec, uint8_t out[OCSP_MAX])
{
	OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
	const EVP_MD *md = digest_of(spec->digest, "SHA256");
	OCSP_RESPONSE *response;
	int len;

	assert_non_null(basic);
	if (spec->twice)
		add_status(basic, spec, V_OCSP_CERTSTATUS_GOOD);
	add_status(basic, spec, spec->status);
	if (spec->signer == SIGNER_DELEGATE || spec->signer == SIGNER_SIBLING)
		sign_by_other(basic, spec, md);
	else
		sign_by_authority(basic, spec->signer == SIGNER_STRANGER ?
				  ISSUER_OTHER_ROOT : spec->issuer, md);
	response = OCSP_response_create(spec->response, spec->response ? NULL : basic);
	assert_non_null(response);
	len = i2d_OCSP_RESPONSE(response, NULL);
	assert_in_range(len, 1, OCSP_MAX);
	i2d_OCSP_RESPONSE(response, &out);
	OCSP_RESPONSE_free(response);
	OCSP_BASICRESP_free(basic);
	return len;
}

void pki_write(const char *name, const void *data, size_t len,
	       char path[PKI_PATH_MAX])
{
	FILE *file;

	pki_path(path, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}
