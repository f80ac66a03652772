// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Wishes for a chain of certificates enter, right or wrong in every way; what a
 * connection of ours says to that chain leaves.  No loader of ours stands in between.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "unit.h"

/* ------------------------------------------------------------------ keys */

/* A public key alone, of RSA with exponent 1 */
static EVP_PKEY *make_rsa_with_exponent_1(void)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	EVP_PKEY *good = EVP_RSA_gen(2048), *key = NULL;
	BIGNUM *n = NULL, *one = BN_new();
	OSSL_PARAM *params;

	BN_one(one);
	assert_true(EVP_PKEY_get_bn_param(good, OSSL_PKEY_PARAM_RSA_N, &n));
	OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n);
	OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, one);
	params = OSSL_PARAM_BLD_to_param(build);
	assert_true(EVP_PKEY_fromdata_init(ctx) > 0);
	assert_true(EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) > 0);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	BN_free(n);
	BN_free(one);
	EVP_PKEY_free(good);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static EVP_PKEY *make_key(const char *kind)
{
	EVP_PKEY *key;

	if (!strcmp(kind, "RSA, exponent 1"))
		return make_rsa_with_exponent_1();
	if (!strncmp(kind, "RSA ", 4))
		return EVP_RSA_gen(atoi(kind + 4));
	if (!strcmp(kind, "ED25519"))
		return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	if (strcmp(kind, "P-256 explicit"))
		return EVP_EC_gen(kind);
	key = EVP_EC_gen("P-256");
	assert_true(EVP_PKEY_set_utf8_string_param(key, OSSL_PKEY_PARAM_EC_ENCODING,
						   OSSL_PKEY_EC_ENCODING_EXPLICIT));
	return key;
}

/* The same for each certificate at this place with a key of this kind */
static EVP_PKEY *key_at(size_t at, const char *kind)
{
	static struct {
		const char	*kind;
		size_t		 at;
		EVP_PKEY	*key;
	} keys[32];
	size_t i = 0;

	if (!kind)
		kind = "P-256";
	while (keys[i].key && (keys[i].at != at || strcmp(keys[i].kind, kind)))
		assert_true(++i < SEAL_ARRAY_SIZE(keys));
	if (!keys[i].key) {
		keys[i].key = make_key(kind);
		assert_non_null(keys[i].key);
		keys[i].kind = kind;
		keys[i].at = at;
	}
	return keys[i].key;
}

/* ---------------------------------------------------------- certificates */

static void add_extension(X509 *cert, const char *name, const char *value)
{
	X509_EXTENSION *extension;

	if (!value || !value[0])
		return;
	extension = X509V3_EXT_conf(NULL, NULL, (char *)name, (char *)value);
	assert_non_null(extension);
	assert_true(X509_add_ext(cert, extension, -1));
	X509_EXTENSION_free(extension);
}

static const char *or_default(const char *wish, const char *usual)
{
	return wish ? wish : usual;
}

static void add_extensions(X509 *cert, const struct link_spec *spec, bool leaf)
{
	add_extension(cert, "basicConstraints",
		      or_default(spec->constraints, leaf ? "" : "critical,CA:TRUE"));
	add_extension(cert, "keyUsage",
		      or_default(spec->key_usage,
				 leaf ? "" : "critical,keyCertSign,cRLSign"));
	add_extension(cert, "extendedKeyUsage",
		      or_default(spec->usage, leaf ? "serverAuth" : ""));
	add_extension(cert, "subjectAltName",
		      or_default(spec->san, leaf ? "DNS:" SERVER_NAME : ""));
	for (size_t i = 0; i < LINK_MORE && spec->more[i].name; i++)
		add_extension(cert, spec->more[i].name, spec->more[i].value);
}

static void add_name(X509_NAME *name, const char *text)
{
	if (text[0])
		assert_true(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
						       (const uint8_t *)text, -1,
						       -1, 0));
}

static const char *subject_at(const struct link_spec *specs, size_t at)
{
	static const char *const usual[] = { "leaf", "one", "two", "three", "four",
					     "five", "six", "seven", "eight" };

	return or_default(specs[at].subject, usual[at]);
}

static void set_serial(X509 *cert, const char *hex, size_t at)
{
	BIGNUM *number = NULL;

	if (hex)
		assert_true(BN_hex2bn(&number, hex));
	else
		assert_true(BN_dec2bn(&number, "1000"));
	if (!hex)
		BN_add_word(number, at);
	assert_non_null(BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert)));
	BN_free(number);
}

static X509 *make_certificate(const struct link_spec *specs, size_t count, size_t at)
{
	size_t issuer = at + 1 < count ? at + 1 : at;
	const struct link_spec *spec = &specs[at];
	EVP_PKEY *signer = key_at(issuer, specs[issuer].key);
	const EVP_MD *md = EVP_get_digestbyname(or_default(spec->digest, "SHA256"));
	X509 *cert = X509_new();

	X509_set_version(cert, spec->version_1 ? X509_VERSION_1 : X509_VERSION_3);
	set_serial(cert, spec->serial, at);
	X509_gmtime_adj(X509_getm_notBefore(cert),
			spec->from ? spec->from : -PKI_DAY);
	X509_gmtime_adj(X509_getm_notAfter(cert),
			spec->until ? spec->until : PKI_DAY);
	add_name(X509_get_subject_name(cert), subject_at(specs, at));
	add_name(X509_get_issuer_name(cert), subject_at(specs, issuer));
	X509_set_pubkey(cert, key_at(at, spec->key));
	if (!spec->version_1)
		add_extensions(cert, spec, !at);
	if (spec->forged)
		signer = key_at(7, NULL);
	assert_true(X509_sign(cert, signer,
			      EVP_PKEY_is_a(signer, "ED25519") ? NULL : md));
	return cert;
}

static void write_pem(const char *path, X509 *cert)
{
	FILE *file = fopen(path, "w");

	assert_true(file && PEM_write_X509(file, cert));
	fclose(file);
}

void chain_make(struct chain *chain, const struct link_spec *specs)
{
	static unsigned int made;
	char name[32];

	*chain = (struct chain){ 0 };
	while (chain->count < CHAIN_LINKS && specs[chain->count].there)
		chain->count++;
	assert_true(chain->count);
	for (size_t i = 0; i < chain->count; i++) {
		chain->certs[i] = make_certificate(specs, chain->count, i);
		chain->keys[i] = key_at(i, specs[i].key);
	}
	snprintf(name, sizeof(name), "anchor-%u", ++made);
	pki_path(chain->anchor, name);
	write_pem(chain->anchor, chain->certs[chain->count - 1]);
}

static void write_key(FILE *file, EVP_PKEY *key, bool encrypted)
{
	assert_true(PEM_write_PKCS8PrivateKey(file, key,
					      encrypted ? EVP_aes_128_cbc() : NULL,
					      encrypted ? "secret" : NULL,
					      encrypted ? 6 : 0, NULL, NULL));
}

void chain_write(const struct chain *chain, char path[PKI_PATH_MAX], const char *what)
{
	static unsigned int written;
	char name[32];
	FILE *file;

	snprintf(name, sizeof(name), "written-%u", ++written);
	pki_path(path, name);
	file = fopen(path, "w");
	assert_non_null(file);
	for (; *what; what++)
		if (*what == 'k' || *what == 'K')
			write_key(file, chain->keys[0], *what == 'K');
		else
			assert_true(PEM_write_X509(file, chain->certs[*what - '0']));
	fclose(file);
}

void chain_free(struct chain *chain)
{
	for (size_t i = 0; i < chain->count; i++)
		X509_free(chain->certs[i]);
}

/* ---------------------------------------------------------- presented to us */

static void add_entry(struct forge *forge, X509 *cert)
{
	unsigned char *der = NULL;
	int len = i2d_X509(cert, &der);

	assert_true(len > 0);
	forge_vector(forge, 3, der, len);
	forge_vector(forge, 2, NULL, 0);
	OPENSSL_free(der);
}

/* All but the anchor, unless it is all there is (RFC 8446 4.4.2) */
static int send_chain(struct puppet *puppet, const struct chain *chain)
{
	size_t sent = chain->count > 1 ? chain->count - 1 : 1;
	static struct forge forge;

	forge_start(&forge);
	forge_vector(&forge, 1, NULL, 0);
	forge_open(&forge, 3);
	for (size_t i = 0; i < sent; i++)
		add_entry(&forge, chain->certs[i]);
	forge_close(&forge);
	return puppet_send_message(puppet, SEAL_MSG_CERTIFICATE, forge_span(&forge));
}

static void open_victim(struct scene *scene, struct seal_config *cfg,
			const char *name)
{
	bool client = cfg->side == SEAL_CLIENT;

	*scene = (struct scene){ 0 };
	if (client) {
		assert_int_equal(seal_conn_new(cfg, name, &scene->pair.client), 0);
		assert_int_equal(seal_conn_new(common_server(), NULL,
					       &scene->pair.server), 0);
		scene->victim = scene->pair.client;
	} else {
		pair_open(&scene->pair, common_known_client(), cfg);
		scene->victim = scene->pair.server;
	}
	pair_move(scene->pair.client, scene->pair.server);
	puppet_start(&scene->puppet, scene->victim);
	if (!client)
		return;
	flight_take(&scene->flight, scene->pair.server);
	for (size_t i = 0; i < 2; i++)
		puppet_send(&scene->puppet, SEAL_CONTENT_HANDSHAKE,
			    scene->flight.messages[i].data,
			    scene->flight.messages[i].len);
}

void chain_judge(const struct chain *chain, struct seal_config *cfg, const char *name,
		 int error, const char *why)
{
	struct scene scene;
	int status;

	open_victim(&scene, cfg, name);
	assert_int_equal(scene.victim->error, 0);
	status = send_chain(&scene.puppet, chain);
	if (!error) {
		assert_string_equal(seal_conn_error(scene.victim), "");
		assert_int_equal(status, SEAL_WANT_READ);
	} else {
		if (why && !strstr(seal_conn_error(scene.victim), why))
			fail_msg("\"%s\" is not in \"%s\"", why,
				 seal_conn_error(scene.victim));
		expect_refusal(&scene.puppet, status, error);
	}
	scene_close(&scene);
}
