// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The peer's chain enters with the CAs and the name we trust; its public key or
 * the reason to refuse it leaves (RFC 5280, RFC 9525).
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "private.h"

#define LABEL_MAX	63
#define DNS_NAME_MAX	253
/* 112 bits: RSA of 2048, no SHA-1 in signatures */
#define AUTH_LEVEL	2

/* -------------------------------------------------------------- stores */

X509_STORE *seal_verify_load_file(const char *path, int *error,
				  char why[SEAL_REASON_MAX])
{
	X509_STORE *store = X509_STORE_new();

	*error = 0;
	if (!store) {
		*error = SEAL_E_NOMEM;
		snprintf(why, SEAL_REASON_MAX, "out of memory");
	} else if (access(path, R_OK)) {
		*error = SEAL_E_FILE;
		snprintf(why, SEAL_REASON_MAX, "%s: %s", path, strerror(errno));
	} else if (!X509_STORE_load_file(store, path)) {
		*error = SEAL_E_FILE;
		snprintf(why, SEAL_REASON_MAX,
			 "%s: there is no certificate in PEM format, or one that cannot be parsed",
			 path);
	}
	if (!*error)
		return store;
	X509_STORE_free(store);
	return NULL;
}

static bool has_entries(const char *path)
{
	struct dirent *entry = NULL;
	DIR *dir = opendir(path);

	if (!dir)
		return false;
	while ((entry = readdir(dir)) && entry->d_name[0] == '.')
		;
	closedir(dir);
	return entry;
}

/* Where libcrypto looks, which the environment may change */
static const char *default_path(const char *variable, const char *fallback)
{
	const char *value = secure_getenv(variable);

	return value ? value : fallback;
}

X509_STORE *seal_verify_load_system(int *error, char why[SEAL_REASON_MAX])
{
	const char *file = default_path(X509_get_default_cert_file_env(),
					X509_get_default_cert_file());
	const char *dir = default_path(X509_get_default_cert_dir_env(),
				       X509_get_default_cert_dir());
	X509_STORE *store;

	/* libcrypto itself is content with a store that has nothing */
	if (access(file, R_OK) && !has_entries(dir)) {
		*error = SEAL_E_FILE;
		snprintf(why, SEAL_REASON_MAX,
			 "neither %s nor %s has a CA certificate: install the package ca-certificates",
			 file, dir);
		return NULL;
	}
	store = X509_STORE_new();
	*error = 0;
	if (store && X509_STORE_set_default_paths(store))
		return store;
	X509_STORE_free(store);
	*error = SEAL_E_NOMEM;
	snprintf(why, SEAL_REASON_MAX, "out of memory");
	return NULL;
}

void seal_verify_store_free(X509_STORE *store)
{
	X509_STORE_free(store);
}

int seal_verify_authorities(X509_STORE *store, struct seal_buf *out)
{
	STACK_OF(X509) *certs = X509_STORE_get1_all_certs(store);
	int err = certs ? 0 : SEAL_E_NOMEM;
	X509 *cert;

	for (int i = 0; i < sk_X509_num(certs) && !err; i++) {
		cert = sk_X509_value(certs, i);
		err = seal_cred_write_name(out, X509_get_subject_name(cert));
	}
	sk_X509_pop_free(certs, X509_free);
	/* a part of the list would keep the other CAs' clients away */
	if (out->len > SEAL_AUTHORITIES_MAX)
		seal_buf_free(out);
	return err;
}

/* --------------------------------------------------------------- names */

size_t seal_verify_name_len(const char *name)
{
	size_t len = strlen(name);

	return len && name[len - 1] == '.' ? len - 1 : len;
}

/* RFC 1123 2.1, and the underscore that is found in practice */
static bool is_dns_name(const char *name)
{
	size_t len = seal_verify_name_len(name);
	size_t label = 0;

	if (!len || len > DNS_NAME_MAX)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (name[i] == '.') {
			if (!label)
				return false;
			label = 0;
			continue;
		}
		if (!isalnum((unsigned char)name[i]) &&
		    name[i] != '-' && name[i] != '_')
			return false;
		if (++label > LABEL_MAX)
			return false;
	}
	return label;
}

enum seal_name_kind seal_verify_name_kind(const char *name)
{
	struct in6_addr address;

	if (inet_pton(AF_INET, name, &address) == 1 ||
	    inet_pton(AF_INET6, name, &address) == 1)
		return SEAL_NAME_IP;
	return is_dns_name(name) ? SEAL_NAME_DNS : SEAL_NAME_INVALID;
}

/* --------------------------------------------------------------- chain */

static X509 *parse_certificate(struct seal_span der)
{
	const unsigned char *p = der.data;
	X509 *cert = d2i_X509(NULL, &p, der.len);

	if (cert && p == der.data + der.len)
		return cert;
	X509_free(cert);
	return NULL;
}

static STACK_OF(X509) *parse_chain(const struct seal_certificate *chain)
{
	STACK_OF(X509) *certs = sk_X509_new_null();
	X509 *cert;

	for (size_t i = 0; i < chain->count && certs; i++) {
		cert = parse_certificate(chain->certs[i]);
		if (cert && sk_X509_push(certs, cert))
			continue;
		X509_free(cert);
		sk_X509_pop_free(certs, X509_free);
		certs = NULL;
	}
	return certs;
}

/* What libcrypto finds, as an error of ours; the rest is certificate_unknown */
static const struct {
	int	verdict;
	int	error;
} verdicts[] = {
	{ X509_V_ERR_CERT_HAS_EXPIRED, SEAL_E_CERTIFICATE_EXPIRED },
	{ X509_V_ERR_CERT_NOT_YET_VALID, SEAL_E_CERTIFICATE_EXPIRED },
	{ X509_V_ERR_CERT_REVOKED, SEAL_E_CERTIFICATE_REVOKED },
	{ X509_V_ERR_HOSTNAME_MISMATCH, SEAL_E_HOSTNAME },
	{ X509_V_ERR_IP_ADDRESS_MISMATCH, SEAL_E_HOSTNAME },
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
	{ X509_V_ERR_CERT_SIGNATURE_FAILURE, SEAL_E_BAD_CERTIFICATE },
	{ X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE, SEAL_E_BAD_CERTIFICATE },
	{ X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY, SEAL_E_BAD_CERTIFICATE },
	{ X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD, SEAL_E_BAD_CERTIFICATE },
	{ X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD, SEAL_E_BAD_CERTIFICATE },
	{ X509_V_ERR_EE_KEY_TOO_SMALL, SEAL_E_BAD_CERTIFICATE },
	{ X509_V_ERR_CA_KEY_TOO_SMALL, SEAL_E_BAD_CERTIFICATE },
	{ X509_V_ERR_CA_MD_TOO_WEAK, SEAL_E_BAD_CERTIFICATE },
	{ X509_V_ERR_OUT_OF_MEM, SEAL_E_NOMEM },
};

static int map_verdict(int verdict)
{
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(verdicts); i++)
		if (verdicts[i].verdict == verdict)
			return verdicts[i].error;
	return SEAL_E_CERTIFICATE_UNKNOWN;
}

/* RFC 9525 6.3: a wildcard is a whole label; 2: the subject's CN does not count */
static bool expect_name(X509_VERIFY_PARAM *param, const struct seal_conn *conn)
{
	const char *name = conn->servername;

	X509_VERIFY_PARAM_set_hostflags(param,
					X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
					X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
	if (conn->servername_kind == SEAL_NAME_IP)
		return X509_VERIFY_PARAM_set1_ip_asc(param, name);
	return X509_VERIFY_PARAM_set1_host(param, name,
					   seal_verify_name_len(name));
}

static bool prepare(X509_STORE_CTX *ctx, const struct seal_conn *conn,
		    STACK_OF(X509) *certs)
{
	X509_VERIFY_PARAM *param;

	bool server = conn->cfg->side == SEAL_CLIENT;

	if (!ctx || !X509_STORE_CTX_init(ctx, conn->cfg->store,
					 sk_X509_value(certs, 0), certs))
		return false;
	param = X509_STORE_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_auth_level(param, AUTH_LEVEL);
	/* of a client no name is known */
	if (!server)
		return X509_STORE_CTX_set_default(ctx, "ssl_client");
	return X509_STORE_CTX_set_default(ctx, "ssl_server") &&
	       expect_name(param, conn);
}

static int report(struct seal_conn *conn, X509_STORE_CTX *ctx)
{
	int verdict = X509_STORE_CTX_get_error(ctx);
	int error = map_verdict(verdict);

	if (error == SEAL_E_HOSTNAME)
		return seal_conn_fail(conn, error, "it is not for %s",
				      conn->servername);
	return seal_conn_fail(conn, error, "%s (certificate %d of the chain)",
			      X509_verify_cert_error_string(verdict),
			      X509_STORE_CTX_get_error_depth(ctx) + 1);
}

static int verify_chain(struct seal_conn *conn, STACK_OF(X509) *certs)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	int err = 0;

	if (!prepare(ctx, conn, certs))
		err = SEAL_E_CRYPTO;
	else if (X509_verify_cert(ctx) <= 0)
		err = report(conn, ctx);
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
	conn->peer_key = X509_get_pubkey(leaf);
	if (!conn->peer_key)
		return seal_conn_fail(conn, SEAL_E_BAD_CERTIFICATE,
				      "its public key cannot be decoded");
	if (seal_key_kind(conn->peer_key) == SEAL_KEY_UNKNOWN)
		return seal_conn_fail(conn, SEAL_E_UNSUPPORTED_CERTIFICATE,
				      "its key is neither EC P-256, P-384 or P-521 nor RSA nor Ed25519 or Ed448");
	if (!may_sign(leaf))
		return seal_conn_fail(conn, SEAL_E_UNSUPPORTED_CERTIFICATE,
				      "its key usage does not allow to sign");
	return 0;
}

int seal_verify_peer(struct seal_conn *conn,
		     const struct seal_certificate *chain)
{
	STACK_OF(X509) *certs = parse_chain(chain);
	int err;

	if (!certs)
		return seal_conn_fail(conn, SEAL_E_BAD_CERTIFICATE,
				      "it cannot be decoded");
	err = check_leaf(conn, sk_X509_value(certs, 0));
	if (!err && !conn->cfg->insecure)
		err = verify_chain(conn, certs);
	sk_X509_pop_free(certs, X509_free);
	return err;
}
