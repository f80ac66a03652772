// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Wishes for certificates enter; keys and chains leave as PEM files in a folder
 * that is removed at exit.
 */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/ec.h>
#include <openssl/x509v3.h>

#include "unit.h"

struct authority {
	X509		*cert;
	EVP_PKEY	*key;
	char		path[PKI_PATH_MAX];
};

/* -------------------------------------------------------------- folder */

static char folder[PKI_PATH_MAX - 32];

static int remove_entry(const char *path, const struct stat *st, int flag,
			struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static void remove_folder(void)
{
	nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static void make_folder(void)
{
	const char *parent = getenv("TMPDIR");

	snprintf(folder, sizeof(folder), "%s/sockseal-unit-XXXXXX",
		 parent ? parent : "/tmp");
	assert_non_null(mkdtemp(folder));
	atexit(remove_folder);
}

void pki_path(char out[PKI_PATH_MAX], const char *name)
{
	if (!folder[0])
		make_folder();
	snprintf(out, PKI_PATH_MAX, "%s/%s", folder, name);
}

static FILE *open_for_writing(const char *path)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	return file;
}

static void append_file(FILE *out, const char *path)
{
	FILE *in = fopen(path, "r");
	int c;

	assert_non_null(in);
	while ((c = getc(in)) != EOF)
		putc(c, out);
	fclose(in);
}

void pki_join(const char *out, const char *first, const char *second)
{
	FILE *file = open_for_writing(out);

	append_file(file, first);
	append_file(file, second);
	fclose(file);
}

static void write_certificate(const char *path, X509 *cert)
{
	FILE *file = open_for_writing(path);

	assert_true(PEM_write_X509(file, cert));
	fclose(file);
}

static void write_key(const char *path, EVP_PKEY *key)
{
	FILE *file = open_for_writing(path);

	assert_true(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL));
	fclose(file);
}

/* -------------------------------------------------------- certificates */

static EVP_PKEY *make_pss_key(const char *digest)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA-PSS", NULL);
	EVP_PKEY *key = NULL;

	assert_true(EVP_PKEY_keygen_init(ctx) > 0);
	if (digest) {
		assert_true(EVP_PKEY_CTX_set_rsa_pss_keygen_md_name(ctx, digest,
								    NULL) > 0);
		assert_true(EVP_PKEY_CTX_set_rsa_pss_keygen_mgf1_md_name(ctx,
								digest) > 0);
	}
	assert_true(EVP_PKEY_generate(ctx, &key) > 0);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static EVP_PKEY *make_key(const struct cert_spec *spec)
{
	EVP_PKEY *key;

	switch (spec->kind) {
	case SEAL_KEY_P384:
		key = EVP_EC_gen("P-384");
		break;
	case SEAL_KEY_P521:
		key = EVP_EC_gen("P-521");
		break;
	case SEAL_KEY_RSA:
		key = EVP_RSA_gen(spec->rsa_bits ? spec->rsa_bits : 2048);
		break;
	case SEAL_KEY_RSA_PSS:
		key = make_pss_key(spec->digest);
		break;
	case SEAL_KEY_ED25519:
		key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
		break;
	case SEAL_KEY_ED448:
		key = EVP_PKEY_Q_keygen(NULL, NULL, "ED448");
		break;
	case SEAL_KEY_ML_DSA_44:
		key = EVP_PKEY_Q_keygen(NULL, NULL, "ML-DSA-44");
		break;
	case SEAL_KEY_ML_DSA_65:
		key = EVP_PKEY_Q_keygen(NULL, NULL, "ML-DSA-65");
		break;
	case SEAL_KEY_ML_DSA_87:
		key = EVP_PKEY_Q_keygen(NULL, NULL, "ML-DSA-87");
		break;
	default:
		key = EVP_EC_gen("P-256");
	}
	assert_non_null(key);
	return key;
}

static void set_name(X509_NAME *name, const char *text)
{
	const size_t chunk = 60;	/* RFC 5280 A.1: ub-common-name */
	size_t len = strlen(text);

	for (size_t at = 0; at < len; at += chunk)
		assert_true(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
				(const uint8_t *)text + at,
				len - at < chunk ? len - at : chunk, -1, 0));
}

static void add_extension(X509 *cert, int nid, const char *value)
{
	X509_EXTENSION *extension;

	if (!value || !value[0])
		return;
	extension = X509V3_EXT_conf_nid(NULL, NULL, nid, (char *)value);
	assert_non_null(extension);
	assert_true(X509_add_ext(cert, extension, -1));
	X509_EXTENSION_free(extension);
}

static X509 *new_certificate(const char *name, EVP_PKEY *key, long from,
			     long until)
{
	static long serial;
	X509 *cert = X509_new();

	assert_non_null(cert);
	X509_set_version(cert, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), ++serial);
	X509_gmtime_adj(X509_getm_notBefore(cert), from);
	X509_gmtime_adj(X509_getm_notAfter(cert), until);
	set_name(X509_get_subject_name(cert), name);
	X509_set_pubkey(cert, key);
	return cert;
}

static void sign(X509 *cert, X509 *issuer, EVP_PKEY *key)
{
	bool pure = !seal_key_is_rsa(key) && !EVP_PKEY_is_a(key, "EC");

	X509_set_issuer_name(cert, X509_get_subject_name(issuer));
	assert_true(X509_sign(cert, key, pure ? NULL : EVP_sha256()));
}

/* @parent NULL: a root */
static void make_authority(struct authority *ca, const char *name,
			   const struct authority *parent)
{
	ca->key = make_key(&(struct cert_spec){ .kind = SEAL_KEY_P256 });
	ca->cert = new_certificate(name, ca->key, -PKI_DAY, PKI_DAY);
	add_extension(ca->cert, NID_basic_constraints, "critical,CA:TRUE");
	add_extension(ca->cert, NID_key_usage, "critical,keyCertSign,cRLSign");
	sign(ca->cert, parent ? parent->cert : ca->cert,
	     parent ? parent->key : ca->key);
	pki_path(ca->path, name);
	write_certificate(ca->path, ca->cert);
}

static const struct authority *authority(enum pki_issuer issuer)
{
	static const char *const names[] = {
		[ISSUER_ROOT] = "root",
		[ISSUER_OTHER_ROOT] = "other-root",
		[ISSUER_INTERMEDIATE] = "intermediate",
	};
	static struct authority authorities[SEAL_ARRAY_SIZE(names)];
	struct authority *ca = &authorities[issuer];

	if (!ca->cert)
		make_authority(ca, names[issuer],
			       issuer == ISSUER_INTERMEDIATE ?
			       authority(ISSUER_ROOT) : NULL);
	return ca;
}

void pki_authority(enum pki_issuer issuer, X509 **cert, EVP_PKEY **key)
{
	*cert = authority(issuer)->cert;
	*key = authority(issuer)->key;
}

const char *pki_ca(void)
{
	return authority(ISSUER_ROOT)->path;
}

const char *pki_other_ca(void)
{
	return authority(ISSUER_OTHER_ROOT)->path;
}

void pki_write_intermediate(const char *path)
{
	write_certificate(path, authority(ISSUER_INTERMEDIATE)->cert);
}

/* ---------------------------------------------------------- identities */

static const char *or_default(const char *wish, const char *usual)
{
	return wish ? wish : usual;
}

static X509 *issue(const struct cert_spec *spec, EVP_PKEY *key)
{
	X509 *cert = new_certificate(or_default(spec->subject, SERVER_NAME), key,
				     spec->from ? spec->from : -PKI_DAY,
				     spec->until ? spec->until : PKI_DAY);
	const struct authority *ca;

	add_extension(cert, NID_subject_alt_name,
		      or_default(spec->san, "DNS:" SERVER_NAME ",IP:127.0.0.1"));
	add_extension(cert, NID_ext_key_usage,
		      or_default(spec->usage, "serverAuth"));
	add_extension(cert, NID_key_usage, spec->key_usage);
	add_extension(cert, NID_tlsfeature, spec->feature);
	if (spec->issuer == ISSUER_SELF) {
		sign(cert, cert, key);
	} else {
		ca = authority(spec->issuer);
		sign(cert, ca->cert, ca->key);
	}
	return cert;
}

void pki_issue(const struct cert_spec *spec, struct identity *out)
{
	EVP_PKEY *key = make_key(spec);
	X509 *cert = issue(spec, key);
	static unsigned int count;
	char name[32];

	snprintf(name, sizeof(name), "chain-%u", ++count);
	pki_path(out->chain, name);
	snprintf(name, sizeof(name), "key-%u", count);
	pki_path(out->key, name);
	write_certificate(out->chain, cert);
	write_key(out->key, key);
	X509_free(cert);
	EVP_PKEY_free(key);
}

static const struct identity *once(struct identity *id,
				   const struct cert_spec *spec)
{
	if (!id->chain[0])
		pki_issue(spec, id);
	return id;
}

const struct identity *pki_identity(enum seal_key_kind kind)
{
	static struct identity identities[SEAL_KEY_KINDS];

	return once(&identities[kind], &(struct cert_spec){ .kind = kind });
}

const struct identity *pki_client(enum seal_key_kind kind)
{
	static struct identity identities[SEAL_KEY_KINDS];

	return once(&identities[kind], &(struct cert_spec){
		.kind = kind, .san = "email:client@example.org",
		.usage = "clientAuth" });
}

static EVP_PKEY *read_key(const char *path)
{
	FILE *file = fopen(path, "r");
	EVP_PKEY *key = file ? PEM_read_PrivateKey(file, NULL, NULL, NULL) : NULL;

	assert_non_null(key);
	fclose(file);
	return key;
}

void pki_public(const char *path, char out[PKI_PATH_MAX])
{
	EVP_PKEY *key = read_key(path);
	FILE *file;

	snprintf(out, PKI_PATH_MAX, "%s.pub", path);
	file = open_for_writing(out);
	assert_true(PEM_write_PUBKEY(file, key));
	fclose(file);
	EVP_PKEY_free(key);
}

size_t pki_spki(const char *path, uint8_t *out, size_t size)
{
	EVP_PKEY *key = read_key(path);
	int len = i2d_PUBKEY(key, NULL);

	assert_in_range(len, 1, size);
	i2d_PUBKEY(key, &out);
	EVP_PKEY_free(key);
	return len;
}

size_t pki_der(const char *chain, uint8_t *out, size_t size)
{
	FILE *file = fopen(chain, "r");
	X509 *cert = file ? PEM_read_X509(file, NULL, NULL, NULL) : NULL;
	int len = i2d_X509(cert, NULL);

	assert_in_range(len, 1, size);
	i2d_X509(cert, &out);
	X509_free(cert);
	fclose(file);
	return len;
}
