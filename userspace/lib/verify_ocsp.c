// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * An OCSP response and the chain that it came with enter; whether it says that the leaf
 * is good leaves (RFC 6960, RFC 5019 4, RFC 8446 4.4.2.1, RFC 7633).
 */
#include <string.h>
#include <time.h>

#include <openssl/objects.h>
#include <openssl/ocsp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "private.h"

/* How far clocks may be apart, in s */
#define SKEW		300

/* RFC 7633 4.1: features are numbers of extensions */
#define STATUS_REQUEST	5

/* A verdict: 0 or a SEAL_E*, and what is wrong in words */
struct verdict {
	int		 error;
	const char	*why;
};

static struct verdict bad(const char *why)
{
	return (struct verdict){ SEAL_E_BAD_STATUS_RESPONSE, why };
}

/* ---------------------------------------------------------- whose status */

static bool is_hash(const ASN1_OCTET_STRING *string, const uint8_t *hash,
		    unsigned int len)
{
	return (unsigned int)ASN1_STRING_length(string) == len &&
	       !memcmp(ASN1_STRING_get0_data(string), hash, len);
}

/* RFC 6960 4.1.1; without @issuer its name alone counts, not its key */
static bool is_about(const OCSP_SINGLERESP *single, X509 *leaf, X509 *issuer)
{
	OCSP_CERTID *id = (OCSP_CERTID *)OCSP_SINGLERESP_get0_id(single);
	uint8_t hash[EVP_MAX_MD_SIZE];
	ASN1_OCTET_STRING *name, *key;
	ASN1_INTEGER *serial;
	ASN1_OBJECT *algorithm;
	const EVP_MD *md;
	unsigned int len;

	if (!OCSP_id_get0_info(&name, &algorithm, &key, &serial, id))
		return false;
	md = EVP_get_digestbyobj(algorithm);
	if (!md || ASN1_INTEGER_cmp(serial, X509_get0_serialNumber(leaf)))
		return false;
	if (!X509_NAME_digest(X509_get_issuer_name(leaf), md, hash, &len) ||
	    !is_hash(name, hash, len))
		return false;
	return !issuer || (X509_pubkey_digest(issuer, md, hash, &len) &&
			   is_hash(key, hash, len));
}

/* The n-th status about the leaf, or NULL */
static OCSP_SINGLERESP *find_status(OCSP_BASICRESP *basic, X509 *leaf, X509 *issuer,
				    int n)
{
	OCSP_SINGLERESP *single;

	for (int i = 0; i < OCSP_resp_count(basic); i++) {
		single = OCSP_resp_get0(basic, i);
		if (is_about(single, leaf, issuer) && !n--)
			return single;
	}
	return NULL;
}

/* ------------------------------------------------------------- decoding */

/* NULL: *why says why not */
static OCSP_BASICRESP *decode(struct seal_span der, const char **why)
{
	const unsigned char *p = der.data;
	OCSP_RESPONSE *response = d2i_OCSP_RESPONSE(NULL, &p, der.len);
	OCSP_BASICRESP *basic = NULL;

	if (!response || p != der.data + der.len)
		*why = "the OCSP response cannot be decoded";
	else if (OCSP_response_status(response) != OCSP_RESPONSE_STATUS_SUCCESSFUL)
		*why = OCSP_response_status_str(OCSP_response_status(response));
	else
		basic = OCSP_response_get1_basic(response);
	if (!basic && !*why)
		*why = "the OCSP response is of no known type";
	OCSP_RESPONSE_free(response);
	return basic;
}

/* ------------------------------------------------------------ signature */

static int nid_of(const X509_ALGOR *algorithm)
{
	const ASN1_OBJECT *object;

	X509_ALGOR_get0(&object, NULL, NULL, algorithm);
	return OBJ_obj2nid(object);
}

/* RFC 4055 3.1: the hash is among the parameters, and SHA-1 if it is not */
static int digest_of_pss(const X509_ALGOR *algorithm)
{
	int digest = NID_sha1, type;
	RSA_PSS_PARAMS *params;
	const void *value;

	X509_ALGOR_get0(NULL, &type, &value, algorithm);
	if (type != V_ASN1_SEQUENCE)
		return NID_sha1;
	params = ASN1_item_unpack(value, ASN1_ITEM_rptr(RSA_PSS_PARAMS));
	if (params && params->hashAlgorithm)
		digest = nid_of(params->hashAlgorithm);
	RSA_PSS_PARAMS_free(params);
	return digest;
}

/* As in certificates (verify.c), SHA-1 and what is older does not count */
static bool is_strong(const OCSP_BASICRESP *basic)
{
	const X509_ALGOR *algorithm = OCSP_resp_get0_tbs_sigalg(basic);
	int digest, key;

	if (!OBJ_find_sigid_algs(nid_of(algorithm), &digest, &key))
		return false;
	if (key == NID_rsassaPss)
		digest = digest_of_pss(algorithm);
	/* Ed25519 and Ed448 have their own */
	return digest == NID_undef || digest == NID_sha256 ||
	       digest == NID_sha384 || digest == NID_sha512;
}

/* The issuer itself, or one whom it has told to (RFC 6960 4.2.2.2); nobody else */
static struct verdict check_signature(OCSP_BASICRESP *basic, STACK_OF(X509) *chain,
				      X509_STORE *store)
{
	if (!is_strong(basic))
		return bad("the OCSP response is signed with a weak hash");
	if (OCSP_basic_verify(basic, chain, store, OCSP_NOEXPLICIT) <= 0)
		return bad("the OCSP response is not signed by who may");
	return (struct verdict){ 0 };
}

/* --------------------------------------------------------------- status */

/* RFC 6960 4.4, RFC 5280 4.2: a critical extension that we do not know */
static bool has_critical(OCSP_BASICRESP *basic, OCSP_SINGLERESP *single)
{
	return OCSP_BASICRESP_get_ext_by_critical(basic, 1, -1) >= 0 ||
	       OCSP_SINGLERESP_get_ext_by_critical(single, 1, -1) >= 0;
}

static struct verdict check_status(OCSP_BASICRESP *basic, OCSP_SINGLERESP *single,
				   uint64_t *proved)
{
	ASN1_GENERALIZEDTIME *from, *until;
	int status = OCSP_single_get0_status(single, NULL, NULL, &from, &until);

	if (has_critical(basic, single))
		return bad("the OCSP response has a critical extension that is not known");
	/* RFC 5019 4: without the field nobody could say when it is too old */
	if (!until)
		return bad("the OCSP response has no nextUpdate");
	if (!OCSP_check_validity(from, until, SKEW, -1))
		return bad("the OCSP response is not valid at this time");
	if (status == V_OCSP_CERTSTATUS_REVOKED)
		return (struct verdict){ SEAL_E_CERTIFICATE_REVOKED,
					 "by its OCSP response" };
	if (status != V_OCSP_CERTSTATUS_GOOD)
		return bad("the OCSP responder does not know the certificate");
	*proved = seal_verify_first(*proved, until);
	return (struct verdict){ 0 };
}

/* If it is there more than once, each has to be good; *@proved: the first has its end */
static struct verdict check_all(OCSP_BASICRESP *basic, STACK_OF(X509) *chain,
				uint64_t *proved)
{
	X509 *leaf = sk_X509_value(chain, 0);
	/* what signs itself has no other */
	X509 *issuer = sk_X509_value(chain, sk_X509_num(chain) > 1 ? 1 : 0);
	struct verdict v = bad("the OCSP response is about another certificate");
	OCSP_SINGLERESP *single;

	for (int n = 0; (single = find_status(basic, leaf, issuer, n)); n++) {
		v = check_status(basic, single, proved);
		if (v.error)
			break;
	}
	return v;
}

static struct verdict check_response(struct seal_span response,
				     STACK_OF(X509) *chain, X509_STORE *store,
				     uint64_t *proved)
{
	const char *why = NULL;
	OCSP_BASICRESP *basic = decode(response, &why);
	struct verdict v;

	if (!basic)
		return bad(why);
	v = check_signature(basic, chain, store);
	if (!v.error)
		v = check_all(basic, chain, proved);
	OCSP_BASICRESP_free(basic);
	return v;
}

/* ---------------------------------------------------------- must staple */

/* RFC 7633 4.1: does the certificate promise a response? One in doubt does */
static bool promises_status(X509 *leaf)
{
	int critical;
	TLS_FEATURE *features = X509_get_ext_d2i(leaf, NID_tlsfeature, &critical,
						 NULL);
	bool found = !features && critical != -1;

	for (int i = 0; i < sk_ASN1_INTEGER_num(features); i++)
		if (ASN1_INTEGER_get(sk_ASN1_INTEGER_value(features, i)) ==
		    STATUS_REQUEST)
			found = true;
	TLS_FEATURE_free(features);
	return found;
}

static struct verdict check_absence(const struct seal_conn *conn, X509 *leaf)
{
	if (conn->cfg->ocsp == SEAL_OCSP_REQUIRED)
		return bad("there is none, and one is required");
	/* RFC 7633 4.2.2: the end that has such a certificate MUST staple */
	if (promises_status(leaf))
		return bad("there is none, and the certificate promises one");
	return (struct verdict){ 0 };
}

int seal_verify_ocsp(struct seal_conn *conn, STACK_OF(X509) *chain)
{
	const struct seal_buf *staple = &conn->peer_staples[SEAL_STAPLE_OCSP];
	const struct seal_span response = { staple->data, staple->len };
	struct verdict v;

	if (!(conn->offered & SEAL_EXT_BIT(SEAL_EXT_STATUS_REQUEST)))
		return 0;
	if (response.len)
		v = check_response(response, chain, conn->cfg->store,
				   &conn->proof.until);
	else
		v = check_absence(conn, sk_X509_value(chain, 0));
	return v.error ? seal_conn_fail(conn, v.error, "%s", v.why) : 0;
}

/* ----------------------------------------------------- responses of ours */

static const char *read_until(OCSP_SINGLERESP *single, uint64_t *until)
{
	ASN1_GENERALIZEDTIME *end;
	struct tm tm;

	OCSP_single_get0_status(single, NULL, NULL, NULL, &end);
	if (!end || !ASN1_TIME_to_tm(end, &tm))
		return "the OCSP response has no nextUpdate";
	*until = timegm(&tm);
	return NULL;
}

const char *seal_ocsp_describe(struct seal_span response, struct seal_span leaf,
			       uint64_t *until)
{
	const unsigned char *p = leaf.data;
	X509 *cert = d2i_X509(NULL, &p, leaf.len);
	OCSP_SINGLERESP *single = NULL;
	const char *why = NULL;
	OCSP_BASICRESP *basic = decode(response, &why);

	if (basic && cert)
		single = find_status(basic, cert, NULL, 0);
	if (single)
		why = read_until(single, until);
	else if (!why)
		why = "the OCSP response is about another certificate";
	OCSP_BASICRESP_free(basic);
	X509_free(cert);
	return why;
}
