// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A chain that libcrypto has verified enters; the first rule of ours that one of its
 * certificates breaks leaves.  Documentation/certificates.rst has the rules in words.
 */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "private.h"

#define SERIAL_MAX	20	/* RFC 5280 4.1.2.2 */
#define EXTENSIONS_MAX	64	/* many more than anybody needs */

/* What a certificate is in its chain */
enum role {
	LEAF	= 1 << 0,
	ISSUER	= 1 << 1,	/* between leaf and anchor */
	ANCHOR	= 1 << 2,	/* from our store */
	OWN	= 1 << 3,	/* a leaf that is in our store itself */
	REFUSED	= 1 << 4,	/* anything that libcrypto does not take */
};

#define ENDS	(LEAF | OWN)
#define SENT	(LEAF | ISSUER | OWN)
#define CHAINED	(LEAF | ISSUER)		/* somebody else has signed it */
#define EACH	(SENT | ANCHOR)

struct candidate {
	const struct seal_conn	*conn;
	X509			*cert;
};

struct rule {
	unsigned int	roles;
	int		error;
	bool		(*broken)(const struct candidate *c);
	const char	*why;
};

static bool has(X509 *cert, int nid)
{
	return X509_get_ext_by_NID(cert, nid, -1) >= 0;
}

static bool is_critical(X509 *cert, int nid)
{
	int at = X509_get_ext_by_NID(cert, nid, -1);

	return at >= 0 && X509_EXTENSION_get_critical(X509_get_ext(cert, at));
}

/* ------------------------------------------------------- any certificate */

/* RFC 5280 4.1.2.1: no extension without it, and no leaf without extensions */
static bool is_of_old_version(const struct candidate *c)
{
	return X509_get_version(c->cert) != X509_VERSION_3;
}

/* RFC 5280 4.1.2.2 */
static bool has_bad_serial(const struct candidate *c)
{
	const ASN1_INTEGER *serial = X509_get0_serialNumber(c->cert);
	BIGNUM *number = ASN1_INTEGER_to_BN(serial, NULL);
	bool bad = !number || BN_is_negative(number) || BN_is_zero(number) ||
		   BN_num_bits(number) >= 8 * SERIAL_MAX;

	BN_free(number);
	return bad;
}

/* RFC 5280 4.1.2.4 */
static bool has_no_issuer(const struct candidate *c)
{
	return X509_NAME_entry_count(X509_get_issuer_name(c->cert)) == 0;
}

static bool has_too_many_extensions(const struct candidate *c)
{
	return X509_get_ext_count(c->cert) > EXTENSIONS_MAX;
}

/* RFC 5280 4.2; which of the two is meant? */
static bool has_extension_twice(const struct candidate *c)
{
	const ASN1_OBJECT *object;

	for (int i = 0; i < X509_get_ext_count(c->cert); i++) {
		object = X509_EXTENSION_get_object(X509_get_ext(c->cert, i));
		if (X509_get_ext_by_OBJ(c->cert, object, i) >= 0)
			return true;
	}
	return false;
}

static bool has_bad_extension(const struct candidate *c)
{
	return X509_get_extension_flags(c->cert) & EXFLAG_INVALID;
}

/* RFC 5280 4.2.1.1, 4.2.1.2 */
static bool has_critical_identifier(const struct candidate *c)
{
	return is_critical(c->cert, NID_authority_key_identifier) ||
	       is_critical(c->cert, NID_subject_key_identifier);
}

/* What no signature_algorithms_cert of ours has; MD5 and SHA-1 among them */
static bool has_other_signature(const struct candidate *c)
{
	uint16_t schemes[SEAL_SIGNED_AS_MAX] = { 0 };

	seal_cred_signed_as(c->cert, schemes);
	return !schemes[0];
}

/* ------------------------------------------------------------------ keys */

static EVP_PKEY *key_of(const struct candidate *c)
{
	return X509_get0_pubkey(c->cert);
}

static bool has_unknown_key(const struct candidate *c)
{
	return !key_of(c) || seal_key_kind(key_of(c)) == SEAL_KEY_UNKNOWN;
}

static bool has_short_key(const struct candidate *c)
{
	return !seal_policy_allows(c->conn->cfg, key_of(c));
}

/* CA/Browser baseline 6.1.5 */
static bool has_odd_modulus(const struct candidate *c)
{
	return seal_key_is_rsa(key_of(c)) && seal_key_bits(key_of(c)) % 8;
}

/* CA/Browser baseline 6.1.6: with 1, anybody signs */
static bool has_bad_exponent(const struct candidate *c)
{
	BIGNUM *e = NULL;
	bool bad;

	if (!seal_key_is_rsa(key_of(c)))
		return false;
	bad = !EVP_PKEY_get_bn_param(key_of(c), OSSL_PKEY_PARAM_RSA_E, &e) ||
	      !BN_is_odd(e) || BN_is_one(e);
	BN_free(e);
	return bad;
}

/* RFC 5480 2.1.1; with parameters of its own a curve's generator may be a forger's */
static bool has_explicit_curve(const struct candidate *c)
{
	int is_explicit = 0;

	return EVP_PKEY_is_a(key_of(c), "EC") &&
	       EVP_PKEY_get_int_param(key_of(c),
				      OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS,
				      &is_explicit) && is_explicit;
}

/* --------------------------------------------------------------- issuers */

/* RFC 5280 4.2.1.9: without CA:TRUE a key must not verify certificates */
static bool is_no_ca(const struct candidate *c)
{
	return X509_check_ca(c->cert) != 1;
}

/* One of version 1 can say nothing: it is the store that says so */
static bool is_no_anchor(const struct candidate *c)
{
	return X509_get_version(c->cert) == X509_VERSION_3 && is_no_ca(c);
}

/* A wildcard may stand for a name that an issuer must not certify */
static bool excludes_name(const struct candidate *c)
{
	return c->conn->cfg->side == SEAL_CLIENT &&
	       seal_verify_name_is_excluded(c->conn, c->cert);
}

/* ---------------------------------------------------------------- leaves */

static bool is_ca(const struct candidate *c)
{
	return X509_get_extension_flags(c->cert) & EXFLAG_CA;
}

/* RFC 5280 4.2.1.9: not without CA:TRUE */
static bool may_sign_certificates(const struct candidate *c)
{
	uint32_t usage = X509_get_key_usage(c->cert);

	return usage != UINT32_MAX && usage & X509v3_KU_KEY_CERT_SIGN;
}

/* RFC 5280 4.2.1.9 */
static bool has_path_length(const struct candidate *c)
{
	return !is_ca(c) && X509_get_pathlen(c->cert) >= 0;
}

/* RFC 5280 4.2.1.10: in a CA certificate alone */
static bool constrains_names(const struct candidate *c)
{
	return has(c->cert, NID_name_constraints);
}

/* CA/Browser baseline 7.1.2.7.10: MUST NOT; it says nothing about what it is for */
static bool is_for_anything(const struct candidate *c)
{
	uint32_t usage = X509_get_extended_key_usage(c->cert);

	return usage != UINT32_MAX && usage & XKU_ANYEKU;
}

/* RFC 5280 4.2.1.12; libcrypto takes the purposes of Netscape and Microsoft, too */
static bool is_for_another_purpose(const struct candidate *c)
{
	uint32_t wanted = c->conn->cfg->side == SEAL_CLIENT ? XKU_SSL_SERVER :
							      XKU_SSL_CLIENT;

	return !(X509_get_extended_key_usage(c->cert) & wanted);
}

/* RFC 5280 4.2.1.6: otherwise nobody may know whose it is */
static bool has_no_name(const struct candidate *c)
{
	return X509_NAME_entry_count(X509_get_subject_name(c->cert)) == 0 &&
	       !is_critical(c->cert, NID_subject_alt_name);
}

static const struct rule rules[] = {
	{ SENT, SEAL_E_BAD_CERTIFICATE, is_of_old_version,
	  "its version is not 3" },
	{ SENT, SEAL_E_BAD_CERTIFICATE, has_bad_serial,
	  "its serial number is negative, zero or longer than 20 bytes" },
	{ SENT, SEAL_E_BAD_CERTIFICATE, has_no_issuer,
	  "the name of its issuer is empty" },
	{ SENT | REFUSED, SEAL_E_BAD_CERTIFICATE, has_too_many_extensions,
	  "it has more than 64 extensions" },
	{ SENT | REFUSED, SEAL_E_BAD_CERTIFICATE, has_extension_twice,
	  "it has an extension twice" },
	{ SENT | REFUSED, SEAL_E_BAD_CERTIFICATE, has_bad_extension,
	  "an extension of it cannot be decoded" },
	{ SENT | REFUSED, SEAL_E_BAD_CERTIFICATE, has_critical_identifier,
	  "a key identifier of it is critical" },
	{ CHAINED, SEAL_E_BAD_CERTIFICATE, has_other_signature,
	  "its signature is of a weak or unknown algorithm" },
	{ EACH, SEAL_E_UNSUPPORTED_CERTIFICATE, has_unknown_key,
	  "its key is neither EC P-256, P-384 or P-521 nor RSA nor Ed25519, Ed448 or ML-DSA" },
	{ EACH, SEAL_E_UNSUPPORTED_CERTIFICATE, has_explicit_curve,
	  "the curve of its key is not given by name" },
	{ EACH, SEAL_E_BAD_CERTIFICATE, has_short_key,
	  "its RSA key is shorter than the policy allows" },
	{ SENT, SEAL_E_BAD_CERTIFICATE, has_odd_modulus,
	  "the bits of its RSA key are no whole bytes" },
	{ EACH, SEAL_E_BAD_CERTIFICATE, has_bad_exponent,
	  "the exponent of its RSA key is 1 or even" },
	{ ISSUER, SEAL_E_UNKNOWN_CA, is_no_ca,
	  "it has issued another, but is no CA by its basic constraints and key usage" },
	{ ANCHOR, SEAL_E_UNKNOWN_CA, is_no_anchor,
	  "it has issued another, but is no CA by its basic constraints and key usage" },
	{ ISSUER | ANCHOR, SEAL_E_BAD_CERTIFICATE, excludes_name,
	  "its name constraints exclude the server's name" },
	{ LEAF, SEAL_E_BAD_CERTIFICATE, is_ca,
	  "it is that of a CA, not of a server or client" },
	{ LEAF, SEAL_E_BAD_CERTIFICATE, may_sign_certificates,
	  "its key usage is that of a CA, and it is none" },
	{ LEAF, SEAL_E_BAD_CERTIFICATE, has_path_length,
	  "it has a path length, and is no CA" },
	{ LEAF, SEAL_E_BAD_CERTIFICATE, constrains_names,
	  "it has name constraints, and is no CA" },
	{ ENDS, SEAL_E_UNSUPPORTED_CERTIFICATE, is_for_anything,
	  "its extended key usage allows any purpose" },
	{ ENDS, SEAL_E_UNSUPPORTED_CERTIFICATE, is_for_another_purpose,
	  "its extended key usage lacks serverAuth of a server, or clientAuth of a client" },
	{ ENDS, SEAL_E_BAD_CERTIFICATE, has_no_name,
	  "its subject is empty, and its subjectAltName not critical" },
};

static enum role role_of(int at, int count)
{
	if (count == 1)
		return OWN;
	if (!at)
		return LEAF;
	return at == count - 1 ? ANCHOR : ISSUER;
}

static const struct rule *find_broken(const struct candidate *c, enum role role)
{
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(rules); i++)
		if (rules[i].roles & role && rules[i].broken(c))
			return &rules[i];
	return NULL;
}

/* Libcrypto calls all that "unsupported purpose", or the like */
const char *seal_verify_is_malformed(const struct seal_conn *conn, X509 *cert)
{
	const struct candidate c = { conn, cert };
	const struct rule *rule = find_broken(&c, REFUSED);

	return rule ? rule->why : NULL;
}

int seal_verify_policy(const struct seal_conn *conn, const STACK_OF(X509) *chain,
		       const char **why, int *at)
{
	struct candidate c = { .conn = conn };
	int count = sk_X509_num(chain);
	const struct rule *rule;

	for (*at = 0; *at < count; ++*at) {
		c.cert = sk_X509_value(chain, *at);
		rule = find_broken(&c, role_of(*at, count));
		if (!rule)
			continue;
		*why = rule->why;
		return rule->error;
	}
	return 0;
}
