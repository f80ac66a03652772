// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Our certificate chains and what the peer says it can verify enter; the chain to
 * send and the scheme to sign with leave (RFC 8446 4.4.2.2, 4.4.2.3).
 */
#include <string.h>

#include <openssl/objects.h>
#include <openssl/x509.h>

#include "private.h"

/* ---------------------------------------------------------- what we have */

/* Signatures in certificates (RFC 8446 4.2.3); the key of a PSS one may be either */
static const struct {
	int		digest;
	int		key;
	uint16_t	schemes[SEAL_SIGNED_AS_MAX];
} signatures[] = {
	{ NID_sha256, NID_X9_62_id_ecPublicKey, { 0x0403 } },
	{ NID_sha384, NID_X9_62_id_ecPublicKey, { 0x0503 } },
	{ NID_sha512, NID_X9_62_id_ecPublicKey, { 0x0603 } },
	{ NID_sha256, NID_rsaEncryption, { 0x0401 } },
	{ NID_sha384, NID_rsaEncryption, { 0x0501 } },
	{ NID_sha512, NID_rsaEncryption, { 0x0601 } },
	{ NID_sha256, NID_rsassaPss, { 0x0804, 0x0809 } },
	{ NID_sha384, NID_rsassaPss, { 0x0805, 0x080a } },
	{ NID_sha512, NID_rsassaPss, { 0x0806, 0x080b } },
	{ NID_undef, NID_ED25519, { 0x0807 } },
	{ NID_undef, NID_ED448, { 0x0808 } },
};

/* By the name of what libcrypto may lack, and so has no number for; 0: none of these */
static uint16_t pure_signature(int nid)
{
	const char *name = OBJ_nid2ln(nid);

	for (size_t i = 0; i < SEAL_SCHEME_COUNT && name; i++)
		if (seal_schemes[i].algorithm && !strcmp(seal_schemes[i].algorithm, name))
			return seal_schemes[i].id;
	return 0;
}

/* A signature of another kind has no scheme: two zeros */
void seal_cred_signed_as(X509 *cert, uint16_t schemes[SEAL_SIGNED_AS_MAX])
{
	int digest, key;

	schemes[0] = pure_signature(X509_get_signature_nid(cert));
	if (schemes[0] || !X509_get_signature_info(cert, &digest, &key, NULL, NULL))
		return;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(signatures); i++)
		if (signatures[i].digest == digest && signatures[i].key == key)
			for (size_t s = 0; s < SEAL_SIGNED_AS_MAX; s++)
				schemes[s] = signatures[i].schemes[s];
}

int seal_cred_write_name(struct seal_buf *out, const X509_NAME *name)
{
	unsigned char *der = NULL;
	int len = i2d_X509_NAME(name, &der);
	struct seal_writer w;

	if (len <= 0)
		return SEAL_E_CRYPTO;
	seal_writer_init(&w, out);
	seal_writer_open(&w, 2);
	seal_writer_bytes(&w, der, len);
	seal_writer_close(&w);
	OPENSSL_free(der);
	return seal_writer_finish(&w);
}

int seal_cred_describe(struct seal_cred *cred, const STACK_OF(X509) *chain)
{
	X509 *cert;
	int err = 0;

	for (int i = 0; i < sk_X509_num(chain) && !err; i++) {
		cert = sk_X509_value(chain, i);
		err = seal_cred_write_name(&cred->issuers,
					   X509_get_issuer_name(cert));
		/* RFC 8446 4.4.2.2: what signs itself is not verified by that */
		if (X509_self_signed(cert, 0) <= 0)
			seal_cred_signed_as(cert, cred->signed_as[cred->signed_len++]);
	}
	return err;
}

/* ------------------------------------------------------ what the peer wants */

struct wishes {
	struct seal_span schemes;	/* for CertificateVerify */
	struct seal_span cert_schemes;	/* for certificates */
	struct seal_span authorities;	/* empty: any */
};

static int read_wishes(const struct seal_exts *exts, struct wishes *wishes)
{
	int err;

	err = seal_ext_list16(exts, SEAL_EXT_SIGNATURE_ALGORITHMS,
			      &wishes->schemes);
	/* RFC 8446 4.2.3: without its own list, the other one holds */
	wishes->cert_schemes = wishes->schemes;
	if (!err && seal_ext_has(exts, SEAL_EXT_SIGNATURE_ALGORITHMS_CERT))
		err = seal_ext_list16(exts, SEAL_EXT_SIGNATURE_ALGORITHMS_CERT,
				      &wishes->cert_schemes);
	wishes->authorities = (struct seal_span){ 0 };
	if (!err && seal_ext_has(exts, SEAL_EXT_CERTIFICATE_AUTHORITIES))
		err = seal_ext_authorities(exts, &wishes->authorities);
	return err;
}

/* Our order decides; NULL: none that fits the key and the policy */
static const struct seal_scheme *find_scheme(const struct seal_config *cfg,
					     const struct seal_cred *cred,
					     const struct wishes *wishes)
{
	const struct seal_scheme *scheme;

	if (!seal_policy_allows(cfg, cred->key))
		return NULL;
	for (size_t i = 0; i < cfg->schemes_len; i++) {
		scheme = seal_scheme_find(cfg->schemes[i]);
		if (cred->schemes & 1U << (scheme - seal_schemes) &&
		    seal_list16_has(wishes->schemes, scheme->id))
			return scheme;
	}
	return NULL;
}

static bool is_verifiable(const struct seal_cred *cred,
			  const struct wishes *wishes)
{
	for (size_t i = 0; i < cred->signed_len; i++)
		if (!seal_list16_has(wishes->cert_schemes, cred->signed_as[i][0]) &&
		    !seal_list16_has(wishes->cert_schemes, cred->signed_as[i][1]))
			return false;
	return true;
}

/* Was a certificate of the chain issued by one of the CAs? */
static bool is_issued_by(const struct seal_cred *cred, struct seal_span authorities)
{
	struct seal_reader issuers, names;
	struct seal_span issuer;

	seal_reader_init(&issuers, cred->issuers.data, cred->issuers.len);
	while (issuers.left) {
		issuer = seal_reader_vector(&issuers, 2, 1);
		seal_reader_init(&names, authorities.data, authorities.len);
		while (names.left)
			if (seal_span_equal(seal_reader_vector(&names, 2, 1),
					    issuer))
				return true;
	}
	return false;
}

/*
 * How well a chain suits, higher is better; negative: not at all.  A server sends
 * its best, whatever it is; a client does not tell its name to a server that asks for
 * other CAs, which would refuse it (RFC 8446 4.4.2.3).
 */
static int rate(const struct seal_conn *conn, const struct seal_cred *cred,
		const struct wishes *wishes)
{
	bool client = conn->cfg->side == SEAL_CLIENT;
	bool issued;

	/* whoever has no choice need not read what may be a long list */
	if (!client && !conn->cfg->creds->next)
		return 0;
	/* RFC 8446 4.2.4: CAs are of certificates, nobody has issued a raw key */
	issued = !wishes->authorities.len ||
		 cred->type == SEAL_CERTIFICATE_RAW_KEY ||
		 is_issued_by(cred, wishes->authorities);
	if (client && !issued)
		return -1;
	return 2 * issued + is_verifiable(cred, wishes);
}

int seal_cred_select(struct seal_conn *conn, const struct seal_exts *exts)
{
	enum seal_ext_where where = conn->cfg->side == SEAL_SERVER ?
		SEAL_IN_CLIENT_HELLO : SEAL_IN_CERTIFICATE_REQUEST;
	const struct seal_scheme *scheme;
	struct wishes wishes;
	int best = -1, rating;
	int err;

	err = read_wishes(exts, &wishes);
	if (!err)
		err = seal_staple_read_requests(exts, where, &conn->staples);
	if (!err)
		err = seal_compress_read_request(exts, &conn->compress);
	if (err)
		return err;
	conn->cred = NULL;
	for (const struct seal_cred *c = conn->cfg->creds; c; c = c->next) {
		if (!(conn->cert_types & SEAL_CERT_TYPE_BIT(c->type)) ||
		    (conn->cred && conn->cred->type != c->type))
			continue;
		scheme = find_scheme(conn->cfg, c, &wishes);
		rating = scheme ? rate(conn, c, &wishes) : -1;
		if (rating <= best)
			continue;
		best = rating;
		conn->cred = c;
		conn->scheme = scheme;
	}
	return 0;
}
