// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The peer's chain enters with the CAs and the name we trust; its public key or
 * the reason to refuse it leaves (RFC 5280, RFC 9525).
 */
#include <stdio.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "private.h"

/* 112 bits: RSA of 2048, no SHA-1 in signatures */
#define AUTH_LEVEL	2

static X509 *parse_certificate(struct seal_span der)
{
	const unsigned char *p = der.data;
	X509 *cert = d2i_X509(NULL, &p, der.len);

	if (cert && p == der.data + der.len)
		return cert;
	X509_free(cert);
	return NULL;
}

/* @at: which one cannot be decoded */
static STACK_OF(X509) *parse_chain(const struct seal_certificate *chain, size_t *at)
{
	STACK_OF(X509) *certs = sk_X509_new_null();
	X509 *cert;

	for (*at = 0; *at < chain->count && certs; ++*at) {
		cert = parse_certificate(chain->certs[*at]);
		if (cert && sk_X509_push(certs, cert))
			continue;
		X509_free(cert);
		sk_X509_pop_free(certs, X509_free);
		return NULL;
	}
	return certs;
}

/* ---------------------------------------------------------------- refusals */

static void copy_text(BIO *bio, char out[SEAL_SUBJECT_MAX])
{
	char *text;
	long len = BIO_get_mem_data(bio, &text);

	if (len > 0 && len < SEAL_SUBJECT_MAX) {
		memcpy(out, text, len);
		out[len] = '\0';
	} else if (len > 0) {
		snprintf(out, SEAL_SUBJECT_MAX, "%.*s...", SEAL_SUBJECT_MAX - 4, text);
	}
}

/* What a peer says of itself: characters that control a terminal are escaped */
void seal_verify_subject(X509 *cert, char out[SEAL_SUBJECT_MAX])
{
	BIO *bio = BIO_new(BIO_s_mem());

	snprintf(out, SEAL_SUBJECT_MAX, "without a subject");
	if (bio && X509_NAME_print_ex(bio, X509_get_subject_name(cert), 0,
				      XN_FLAG_RFC2253) > 0)
		copy_text(bio, out);
	BIO_free(bio);
}

/* Certificate @at of the chain, counted from 0, is refused with @error because of @why */
static int refuse(struct seal_conn *conn, int error, X509 *cert, int at,
		  const char *why)
{
	char subject[SEAL_SUBJECT_MAX] = "unknown";

	if (cert)
		seal_verify_subject(cert, subject);
	return seal_conn_fail(conn, error, "certificate %d of the chain (%s): %s",
			      at + 1, subject, why);
}

/* What libcrypto finds, as an error of ours; the rest is certificate_unknown */
static const struct {
	int	verdict;
	int	error;
} verdicts[] = {
	{ X509_V_ERR_CERT_HAS_EXPIRED, SEAL_E_CERTIFICATE_EXPIRED },
	{ X509_V_ERR_CERT_NOT_YET_VALID, SEAL_E_CERTIFICATE_EXPIRED },
	{ X509_V_ERR_CERT_REVOKED, SEAL_E_CERTIFICATE_REVOKED },
	{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, SEAL_E_UNKNOWN_CA },
	{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, SEAL_E_UNKNOWN_CA },
	{ X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, SEAL_E_UNKNOWN_CA },
	{ X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, SEAL_E_UNKNOWN_CA },
	{ X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, SEAL_E_UNKNOWN_CA },
	{ X509_V_ERR_CERT_UNTRUSTED, SEAL_E_UNKNOWN_CA },
	{ X509_V_ERR_CERT_REJECTED, SEAL_E_UNKNOWN_CA },
	{ X509_V_ERR_INVALID_CA, SEAL_E_UNKNOWN_CA },
	{ X509_V_ERR_CERT_CHAIN_TOO_LONG, SEAL_E_UNKNOWN_CA },
	{ X509_V_ERR_PATH_LENGTH_EXCEEDED, SEAL_E_UNKNOWN_CA },
	{ X509_V_ERR_INVALID_PURPOSE, SEAL_E_UNSUPPORTED_CERTIFICATE },
	{ X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION, SEAL_E_UNSUPPORTED_CERTIFICATE },
	{ X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE, SEAL_E_UNSUPPORTED_CERTIFICATE },
	{ X509_V_ERR_CERT_SIGNATURE_FAILURE, SEAL_E_BAD_CERTIFICATE },
	{ X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE, SEAL_E_BAD_CERTIFICATE },
	{ X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY, SEAL_E_BAD_CERTIFICATE },
	{ X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD, SEAL_E_BAD_CERTIFICATE },
	{ X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD, SEAL_E_BAD_CERTIFICATE },
	{ X509_V_ERR_EE_KEY_TOO_SMALL, SEAL_E_BAD_CERTIFICATE },
	{ X509_V_ERR_CA_KEY_TOO_SMALL, SEAL_E_BAD_CERTIFICATE },
	{ X509_V_ERR_CA_MD_TOO_WEAK, SEAL_E_BAD_CERTIFICATE },
	{ X509_V_ERR_PERMITTED_VIOLATION, SEAL_E_BAD_CERTIFICATE },
	{ X509_V_ERR_EXCLUDED_VIOLATION, SEAL_E_BAD_CERTIFICATE },
	{ X509_V_ERR_SUBTREE_MINMAX, SEAL_E_BAD_CERTIFICATE },
	{ X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX, SEAL_E_BAD_CERTIFICATE },
	{ X509_V_ERR_UNSUPPORTED_NAME_SYNTAX, SEAL_E_BAD_CERTIFICATE },
	{ X509_V_ERR_INVALID_EXTENSION, SEAL_E_BAD_CERTIFICATE },
	{ X509_V_ERR_EC_KEY_EXPLICIT_PARAMS, SEAL_E_UNSUPPORTED_CERTIFICATE },
	{ X509_V_ERR_OUT_OF_MEM, SEAL_E_NOMEM },
};

static int map_verdict(int verdict)
{
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(verdicts); i++)
		if (verdicts[i].verdict == verdict)
			return verdicts[i].error;
	return SEAL_E_CERTIFICATE_UNKNOWN;
}

static int report(struct seal_conn *conn, X509_STORE_CTX *ctx)
{
	int verdict = X509_STORE_CTX_get_error(ctx);
	int at = X509_STORE_CTX_get_error_depth(ctx);
	X509 *cert = X509_STORE_CTX_get_current_cert(ctx);
	const char *why = cert ? seal_verify_is_malformed(conn, cert) : NULL;

	if (why)
		return refuse(conn, SEAL_E_BAD_CERTIFICATE, cert, at, why);
	return refuse(conn, map_verdict(verdict), cert, at,
		      X509_verify_cert_error_string(verdict));
}

/* ------------------------------------------------------------------- chain */

/* The name is ours to compare, once the chain is verified */
static bool prepare(X509_STORE_CTX *ctx, const struct seal_conn *conn,
		    STACK_OF(X509) *certs)
{
	const struct seal_config *cfg = conn->cfg;
	X509_VERIFY_PARAM *param;

	if (!ctx || !X509_STORE_CTX_init(ctx, cfg->store, sk_X509_value(certs, 0),
					 certs))
		return false;
	param = X509_STORE_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_auth_level(param, AUTH_LEVEL);
	X509_VERIFY_PARAM_set_depth(param, cfg->chain_depth);
	seal_verify_use_crls(ctx, cfg);
	return X509_STORE_CTX_set_default(ctx, cfg->side == SEAL_CLIENT ?
					  "ssl_server" : "ssl_client");
}

static int check_policy(struct seal_conn *conn, X509_STORE_CTX *ctx)
{
	STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(ctx);
	const char *why;
	int err, at;

	err = seal_verify_policy(conn, chain, &why, &at);
	return err ? refuse(conn, err, sk_X509_value(chain, at), at, why) : 0;
}

/* Of a client no name is known */
static int check_name(struct seal_conn *conn, X509 *leaf)
{
	char why[SEAL_REASON_MAX / 2];
	int err;

	if (conn->cfg->side != SEAL_CLIENT)
		return 0;
	err = seal_verify_name(conn, leaf, why, sizeof(why));
	return err ? refuse(conn, err, leaf, 0, why) : 0;
}

static int verify_chain(struct seal_conn *conn, STACK_OF(X509) *certs)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	int err = 0;

	if (!prepare(ctx, conn, certs))
		err = SEAL_E_CRYPTO;
	else if (X509_verify_cert(ctx) <= 0)
		err = report(conn, ctx);
	else
		conn->proof.until = seal_verify_until(conn->cfg,
						      X509_STORE_CTX_get0_chain(ctx));
	if (!err)
		err = check_policy(conn, ctx);
	if (!err)
		err = check_name(conn, sk_X509_value(certs, 0));
	if (!err)
		err = seal_verify_ocsp(conn, X509_STORE_CTX_get0_chain(ctx));
	X509_STORE_CTX_free(ctx);
	return err;
}

/* RFC 8446 4.4.2.2: if it has a key usage, that must allow to sign */
static bool may_sign(X509 *leaf)
{
	return X509_get_key_usage(leaf) & X509v3_KU_DIGITAL_SIGNATURE;
}

static int check_leaf(struct seal_conn *conn, X509 *leaf)
{
	const char *why;

	conn->peer_key = X509_get_pubkey(leaf);
	if (!conn->peer_key)
		return refuse(conn, SEAL_E_BAD_CERTIFICATE, leaf, 0,
			      "its public key cannot be decoded");
	if (seal_key_kind(conn->peer_key) == SEAL_KEY_UNKNOWN)
		return refuse(conn, SEAL_E_UNSUPPORTED_CERTIFICATE, leaf, 0,
			      "its key is neither EC P-256, P-384 or P-521 nor RSA nor Ed25519, Ed448 or ML-DSA");
	if (may_sign(leaf))
		return 0;
	/* libcrypto has no key usage of what it cannot decode */
	why = seal_verify_is_malformed(conn, leaf);
	if (why)
		return refuse(conn, SEAL_E_BAD_CERTIFICATE, leaf, 0, why);
	return refuse(conn, SEAL_E_UNSUPPORTED_CERTIFICATE, leaf, 0,
		      "its key usage does not allow to sign");
}

bool seal_verify_is_certificate(struct seal_span der)
{
	X509 *cert = parse_certificate(der);

	X509_free(cert);
	return cert;
}

/* It may be something else, which nobody has agreed on (RFC 7250) */
static int refuse_garbage(struct seal_conn *conn,
			  const struct seal_certificate *chain, size_t at)
{
	if (!seal_raw_key_has_form(chain->certs[at]))
		return seal_conn_fail(conn, SEAL_E_BAD_CERTIFICATE,
				      "certificate %zu of the chain: it cannot be decoded",
				      at + 1);
	return seal_conn_fail(conn, SEAL_E_UNSUPPORTED_CERTIFICATE,
			      "a raw public key where a certificate was agreed on");
}

int seal_verify_peer(struct seal_conn *conn,
		     const struct seal_certificate *chain)
{
	STACK_OF(X509) *certs;
	size_t at;
	int err;

	certs = parse_chain(chain, &at);
	if (!certs)
		return refuse_garbage(conn, chain, at);
	err = check_leaf(conn, sk_X509_value(certs, 0));
	if (!err && !conn->cfg->insecure)
		err = verify_chain(conn, certs);
	sk_X509_pop_free(certs, X509_free);
	return err;
}
