// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Raw public keys (RFC 7250 3): those that are trusted enter from files, the peer's
 * from its Certificate message; whether it is one of them leaves.
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
#define DER_MAX		8192	/* bytes of one key */

/* A key that is trusted */
struct seal_raw_key {
	struct seal_raw_key	*next;
	EVP_PKEY		*key;
};

void seal_raw_keys_free(struct seal_raw_key *keys)
{
	struct seal_raw_key *next;

	for (; keys; keys = next) {
		next = keys->next;
		seal_key_free(keys->key);
		free(keys);
	}
}

/* ------------------------------------------------------------ from files */

static EVP_PKEY *parse_key(struct seal_span der)
{
	const unsigned char *p = der.data;
	EVP_PKEY *key = d2i_PUBKEY(NULL, &p, der.len);

	if (key && p == der.data + der.len)
		return key;
	seal_key_free(key);
	return NULL;
}

static bool is_good(const EVP_PKEY *key)
{
	enum seal_key_kind kind = seal_key_kind(key);

	if (kind == SEAL_KEY_RSA || kind == SEAL_KEY_RSA_PSS)
		return seal_key_bits(key) >= RSA_BITS_MIN;
	return kind != SEAL_KEY_UNKNOWN;
}

/* Takes @key over */
static int add_key(struct seal_raw_key **keys, EVP_PKEY *key)
{
	struct seal_raw_key *row = calloc(1, sizeof(*row));

	if (!row) {
		seal_key_free(key);
		return SEAL_E_NOMEM;
	}
	row->key = key;
	row->next = *keys;
	*keys = row;
	return is_good(key) ? 0 : SEAL_E_FILE;
}

/* The next block of a file in PEM format; 1: there is none */
static int read_block(FILE *file, struct seal_raw_key **keys)
{
	char *name = NULL, *header = NULL;
	unsigned char *data = NULL;
	EVP_PKEY *key = NULL;
	long len;

	if (!PEM_read(file, &name, &header, &data, &len))
		return ERR_GET_REASON(ERR_peek_last_error()) ==
		       PEM_R_NO_START_LINE ? 1 : SEAL_E_FILE;
	/* neither private keys nor certificates are meant to be trusted so */
	if (!strcmp(name, PEM_STRING_PUBLIC))
		key = parse_key((struct seal_span){ data, len });
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_free(data);
	return key ? add_key(keys, key) : SEAL_E_FILE;
}

/* Each of them in PEM format, or one as DER */
static int read_keys(FILE *file, struct seal_raw_key **keys)
{
	uint8_t der[DER_MAX];
	EVP_PKEY *key;
	int err;

	do
		err = read_block(file, keys);
	while (!err);
	if (err < 0 || *keys)
		return err < 0 ? err : 0;
	rewind(file);
	key = parse_key((struct seal_span){
			der, fread(der, 1, sizeof(der), file) });
	return key ? add_key(keys, key) : SEAL_E_FILE;
}

int seal_raw_keys_load(struct seal_raw_key **keys, const char *path,
		       char why[SEAL_REASON_MAX])
{
	struct seal_raw_key *loaded = NULL, **end = &loaded;
	FILE *file = fopen(path, "re");
	int err;

	if (!file) {
		snprintf(why, SEAL_REASON_MAX, "%s: %s", path, strerror(errno));
		return SEAL_E_FILE;
	}
	err = read_keys(file, &loaded);
	fclose(file);
	if (err) {
		snprintf(why, SEAL_REASON_MAX, "%s: %s", path, err == SEAL_E_FILE ?
			 "there are other things than public keys of the kinds that are supported" :
			 seal_strerror(err));
		seal_raw_keys_free(loaded);
		return err;
	}
	while (*end)
		end = &(*end)->next;
	*end = *keys;
	*keys = loaded;
	return 0;
}

static int hash_key(const struct seal_crypto *crypto, EVP_MD_CTX *ctx, EVP_PKEY *key)
{
	unsigned char *der = NULL;
	uint8_t digest[SEAL_HASH_MAX];
	int len = i2d_PUBKEY(key, &der);
	bool hashed;

	if (len <= 0)
		return SEAL_E_CRYPTO;
	hashed = EVP_Digest(der, len, digest, NULL, crypto->md[SEAL_SHA256], NULL);
	OPENSSL_free(der);
	return hashed ? seal_hash_update(ctx, digest, SEAL_TRUST_SIZE) : SEAL_E_CRYPTO;
}

int seal_raw_keys_hash(const struct seal_config *cfg, EVP_MD_CTX *ctx)
{
	int err = 0;

	for (const struct seal_raw_key *k = cfg->raw_keys; k && !err; k = k->next)
		err = hash_key(&cfg->crypto, ctx, k->key);
	return err;
}

/* ------------------------------------------------------------ the peer's */

/* Enter an element with this tag, and, if @skip, leave it behind; its end, or NULL */
static const uint8_t *read_element(const uint8_t **p, const uint8_t *end, int tag,
				   bool skip)
{
	int found = 0, class = 0;
	long len = 0;

	if (ASN1_get_object(p, &len, &found, &class, end - *p) & 0x80 ||
	    found != tag || class != V_ASN1_UNIVERSAL)
		return NULL;
	end = *p + len;
	if (skip)
		*p = end;
	return end;
}

/* RFC 5280 4.1: SEQUENCE of an AlgorithmIdentifier and a BIT STRING */
bool seal_raw_key_has_form(struct seal_span der)
{
	const uint8_t *p = der.data, *end;

	end = read_element(&p, der.data + der.len, V_ASN1_SEQUENCE, false);
	return end && end == der.data + der.len &&
	       read_element(&p, end, V_ASN1_SEQUENCE, true) &&
	       read_element(&p, end, V_ASN1_BIT_STRING, true) == end;
}

static bool is_trusted(const struct seal_config *cfg, const EVP_PKEY *key)
{
	for (const struct seal_raw_key *k = cfg->raw_keys; k; k = k->next)
		if (EVP_PKEY_eq(k->key, key) == 1)
			return true;
	return false;
}

/*
 * RFC 7250 leaves open which alert tells of a key that is not trusted: it is not
 * corrupt, and there is no CA, so certificate_unknown (RFC 8446 6.2).
 */
int seal_raw_key_verify(struct seal_conn *conn, const struct seal_certificate *msg)
{
	/* RFC 8446 4.4.2: no more than one CertificateEntry */
	if (msg->count != 1)
		return seal_conn_fail(conn, SEAL_E_ILLEGAL_PARAMETER,
				      "more than one raw public key");
	conn->peer_key = parse_key(msg->certs[0]);
	if (!conn->peer_key && seal_verify_is_certificate(msg->certs[0]))
		return seal_conn_fail(conn, SEAL_E_UNSUPPORTED_CERTIFICATE,
				      "a certificate where a raw public key was agreed on");
	if (!conn->peer_key)
		return seal_conn_fail(conn, SEAL_E_BAD_CERTIFICATE,
				      "the raw public key cannot be decoded");
	if (seal_key_kind(conn->peer_key) == SEAL_KEY_UNKNOWN)
		return seal_conn_fail(conn, SEAL_E_UNSUPPORTED_CERTIFICATE,
				      "the raw public key is of no kind that is supported");
	if (!conn->cfg->insecure && !is_trusted(conn->cfg, conn->peer_key))
		return seal_conn_fail(conn, SEAL_E_CERTIFICATE_UNKNOWN,
				      "the raw public key is not one of those that are trusted");
	/* it does not say how long it is good */
	conn->proof.until = UINT64_MAX;
	return 0;
}
