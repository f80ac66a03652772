// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Files with certificates and keys enter, each wrong in one way; the error and a
 * text that names the file and the reason leave.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "unit.h"

static void expect_text(const struct seal_config *cfg, const char *path,
			const char *why)
{
	const char *text = seal_config_error(cfg);

	assert_int_equal(strncmp(text, path, strlen(path)), 0);
	assert_non_null(strstr(text, why));
	assert_null(strchr(text, '\n'));
}

/* @blame: the path that the text has to begin with */
static void refuse_pair(const char *chain, const char *key, int error,
			const char *blame, const char *why)
{
	struct seal_config *cfg = seal_config_new(SEAL_SERVER);
	struct seal_conn *conn;

	assert_int_equal(seal_config_set_certificate(cfg, chain, key), error);
	expect_text(cfg, blame, why);
	/* nothing was kept of it */
	assert_int_equal(seal_conn_new(cfg, NULL, &conn), SEAL_E_INVALID);
	seal_config_unref(cfg);
}

static void refuse_chain(const char *chain, const char *why)
{
	refuse_pair(chain, pki_identity(SEAL_KEY_P256)->key, SEAL_E_FILE, chain,
		    why);
}

static void refuse_key(const char *key, const char *why)
{
	refuse_pair(pki_identity(SEAL_KEY_P256)->chain, key, SEAL_E_FILE, key,
		    why);
}

static void refuse_ca(const char *path, const char *why)
{
	struct seal_config *cfg = seal_config_new(SEAL_CLIENT);
	struct seal_conn *conn;

	assert_int_equal(seal_config_set_ca_file(cfg, path), SEAL_E_FILE);
	expect_text(cfg, path, why);
	assert_int_equal(seal_conn_new(cfg, SERVER_NAME, &conn),
			 SEAL_E_NO_TRUST);
	seal_config_unref(cfg);
}

static void write_text(char path[PKI_PATH_MAX], const char *name, const char *text)
{
	FILE *file;

	pki_path(path, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

/* The first @len bytes of a file, or all but the last -@len */
static void cut_file(char path[PKI_PATH_MAX], const char *name, const char *from, long len)
{
	FILE *in = fopen(from, "r"), *out;
	long size;

	pki_path(path, name);
	out = fopen(path, "w");
	assert_true(in && out);
	fseek(in, 0, SEEK_END);
	size = len < 0 ? ftell(in) + len : len;
	rewind(in);
	while (size-- > 0)
		putc(getc(in), out);
	fclose(in);
	fclose(out);
}

static void a_file_that_is_not_there(void **state)
{
	char path[PKI_PATH_MAX];

	(void)state;
	pki_path(path, "nowhere");
	refuse_chain(path, "No such file or directory");
	refuse_key(path, "No such file or directory");
	refuse_ca(path, "No such file or directory");
}

static void a_folder(void **state)
{
	char path[PKI_PATH_MAX];

	(void)state;
	pki_path(path, "folder");
	assert_int_equal(mkdir(path, 0700), 0);
	refuse_chain(path, "Is a directory");
	refuse_key(path, "Is a directory");
	refuse_ca(path, "Is a directory");
}

static void an_empty_file(void **state)
{
	char path[PKI_PATH_MAX];

	(void)state;
	write_text(path, "empty", "");
	refuse_chain(path, "no certificate in PEM format");
	refuse_key(path, "no private key in PEM format");
	refuse_ca(path, "no certificate in PEM format");
}

static void another_text(void **state)
{
	char path[PKI_PATH_MAX];

	(void)state;
	write_text(path, "text", "-----BEGIN NOTHING-----\nAAAA\n");
	refuse_chain(path, "block 1 cannot be parsed");
	refuse_key(path, "block 1 cannot be parsed");
	refuse_ca(path, "block 1 cannot be parsed");
	write_text(path, "text", "this is no PEM\n");
	refuse_chain(path, "no certificate in PEM format");
	refuse_key(path, "no private key in PEM format");
	refuse_ca(path, "no certificate in PEM format");
}

static void a_file_cut_short(void **state)
{
	const struct identity *id = pki_identity(SEAL_KEY_P256);
	char path[PKI_PATH_MAX];

	(void)state;
	cut_file(path, "cut-chain", id->chain, -40);
	refuse_chain(path, "block 1 cannot be parsed");
	refuse_ca(path, "block 1 cannot be parsed");
	cut_file(path, "cut-key", id->key, -40);
	refuse_key(path, "block 1 cannot be parsed");
}

static void the_files_the_other_way_round(void **state)
{
	const struct identity *id = pki_identity(SEAL_KEY_P256);

	(void)state;
	refuse_pair(id->key, id->chain, SEAL_E_FILE, id->key,
		    "no certificate in PEM format");
}

static void a_second_certificate_that_is_broken(void **state)
{
	const struct identity *id = pki_identity(SEAL_KEY_P256);
	char cut[PKI_PATH_MAX], path[PKI_PATH_MAX];

	(void)state;
	cut_file(cut, "cut-second", pki_ca(), -40);
	pki_path(path, "half-chain");
	pki_join(path, id->chain, cut);
	refuse_chain(path, "block 2 cannot be parsed");
	refuse_ca(path, "block 2 cannot be parsed");
}

static void a_key_of_another_certificate(void **state)
{
	struct identity other;

	(void)state;
	pki_issue(&(struct cert_spec){ 0 }, &other);
	refuse_pair(pki_identity(SEAL_KEY_P256)->chain, other.key,
		    SEAL_E_KEY_MISMATCH, other.key, "does not belong");
	/* of another kind even */
	refuse_pair(other.chain, pki_identity(SEAL_KEY_ED25519)->key,
		    SEAL_E_KEY_MISMATCH, pki_identity(SEAL_KEY_ED25519)->key,
		    "does not belong");
}

static void too_many_certificates(void **state)
{
	struct identity id;
	char even[PKI_PATH_MAX], odd[PKI_PATH_MAX];

	(void)state;
	/* each is its own issuer, so that the order is right */
	pki_issue(&(struct cert_spec){ .issuer = ISSUER_SELF }, &id);
	pki_path(even, "many");
	pki_path(odd, "more");
	pki_join(odd, id.chain, id.chain);
	for (size_t i = 2; i <= SEAL_CHAIN_MAX; i++)
		pki_join(i % 2 ? odd : even, i % 2 ? even : odd, id.chain);
	refuse_chain(SEAL_CHAIN_MAX % 2 ? odd : even, "more than 16 certificates");
}

/* ---------------------------------------------------------------- keys */

static void write_key(char path[PKI_PATH_MAX], const char *name, EVP_PKEY *key,
		      const EVP_CIPHER *cipher)
{
	FILE *file;

	pki_path(path, name);
	file = fopen(path, "w");
	assert_true(file && key);
	assert_true(PEM_write_PKCS8PrivateKey(file, key, cipher,
					      cipher ? "secret" : NULL,
					      cipher ? 6 : 0, NULL, NULL));
	fclose(file);
	EVP_PKEY_free(key);
}

static void an_encrypted_key(void **state)
{
	char path[PKI_PATH_MAX];

	(void)state;
	write_key(path, "encrypted", EVP_EC_gen("P-256"), EVP_aes_128_cbc());
	refuse_key(path, "the key is encrypted");
}

static void a_key_of_an_unsupported_kind(void **state)
{
	char path[PKI_PATH_MAX];

	(void)state;
	write_key(path, "secp256k1", EVP_EC_gen("secp256k1"), NULL);
	refuse_key(path, "not supported");
	write_key(path, "x25519", EVP_PKEY_Q_keygen(NULL, NULL, "X25519"), NULL);
	refuse_key(path, "not supported");
}

static void a_key_that_is_too_short(void **state)
{
	char path[PKI_PATH_MAX];

	(void)state;
	write_key(path, "rsa1024", EVP_RSA_gen(1024), NULL);
	refuse_key(path, "1024 bits is too short");
}

/* As a shell's <(...) is: it can be read but once */
static void pour(char path[PKI_PATH_MAX], const char *from, int *fd)
{
	char text[4096];
	FILE *file = fopen(from, "r");
	int ends[2];
	size_t len;

	assert_non_null(file);
	len = fread(text, 1, sizeof(text), file);
	fclose(file);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], text, len), len);
	close(ends[1]);
	*fd = ends[0];
	snprintf(path, PKI_PATH_MAX, "/proc/self/fd/%d", ends[0]);
}

static void files_that_are_pipes(void **state)
{
	const struct identity *id = pki_identity(SEAL_KEY_P256);
	struct seal_config *cfg = seal_config_new(SEAL_SERVER);
	char chain[PKI_PATH_MAX], key[PKI_PATH_MAX], ca[PKI_PATH_MAX];
	int fds[3];

	(void)state;
	pour(chain, id->chain, &fds[0]);
	pour(key, id->key, &fds[1]);
	pour(ca, pki_ca(), &fds[2]);
	assert_int_equal(seal_config_set_certificate(cfg, chain, key), 0);
	assert_int_equal(seal_config_set_ca_file(cfg, ca), 0);
	for (size_t i = 0; i < 3; i++)
		close(fds[i]);
	seal_config_unref(cfg);
}

/* One that goes on for ever, too */
static void a_key_file_without_end(void **state)
{
	(void)state;
	refuse_key("/dev/zero", "more than 1048576 bytes");
}

/* ------------------------------------------------------ replacing them */

static void a_failure_leaves_what_was_set(void **state)
{
	struct seal_config *server = new_server_config(SEAL_KEY_P256);
	struct seal_config *client = new_client_config();
	struct pair pair;

	(void)state;
	assert_int_equal(seal_config_set_certificate(server, "/nowhere", "/nor"),
			 SEAL_E_FILE);
	assert_int_equal(seal_config_set_ca_file(client, "/nowhere"), SEAL_E_FILE);
	pair_open(&pair, client, server);
	assert_int_equal(pair_shake(&pair), 0);
	pair_close(&pair);
	seal_config_unref(client);
	seal_config_unref(server);
}

static void a_success_clears_the_text(void **state)
{
	const struct identity *id = pki_identity(SEAL_KEY_P256);
	struct seal_config *cfg = seal_config_new(SEAL_SERVER);

	(void)state;
	seal_config_set_certificate(cfg, "/nowhere", id->key);
	assert_string_not_equal(seal_config_error(cfg), "");
	assert_int_equal(seal_config_set_certificate(cfg, id->chain, id->key), 0);
	assert_string_equal(seal_config_error(cfg), "");
	seal_config_unref(cfg);
}

/* --------------------------------------------------- the system's store */

static void the_systems_store(void **state)
{
	struct seal_config *cfg = seal_config_new(SEAL_CLIENT);
	struct pair pair;

	(void)state;
	setenv("SSL_CERT_FILE", pki_ca(), 1);
	setenv("SSL_CERT_DIR", "/nowhere", 1);
	assert_int_equal(seal_config_use_system_ca(cfg), 0);
	pair_open(&pair, cfg, common_server());
	assert_int_equal(pair_shake(&pair), 0);
	pair_close(&pair);
	seal_config_unref(cfg);
}

static void a_system_without_store(void **state)
{
	struct seal_config *cfg = seal_config_new(SEAL_CLIENT);

	(void)state;
	setenv("SSL_CERT_FILE", "/nowhere/certs.pem", 1);
	setenv("SSL_CERT_DIR", "/nowhere/certs", 1);
	assert_int_equal(seal_config_use_system_ca(cfg), SEAL_E_FILE);
	assert_non_null(strstr(seal_config_error(cfg), "/nowhere/certs.pem"));
	assert_non_null(strstr(seal_config_error(cfg), "ca-certificates"));
	seal_config_unref(cfg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_that_is_not_there),
		cmocka_unit_test(a_folder),
		cmocka_unit_test(an_empty_file),
		cmocka_unit_test(another_text),
		cmocka_unit_test(a_file_cut_short),
		cmocka_unit_test(the_files_the_other_way_round),
		cmocka_unit_test(a_second_certificate_that_is_broken),
		cmocka_unit_test(a_key_of_another_certificate),
		cmocka_unit_test(too_many_certificates),
		cmocka_unit_test(an_encrypted_key),
		cmocka_unit_test(a_key_of_an_unsupported_kind),
		cmocka_unit_test(a_key_that_is_too_short),
		cmocka_unit_test(files_that_are_pipes),
		cmocka_unit_test(a_key_file_without_end),
		cmocka_unit_test(a_failure_leaves_what_was_set),
		cmocka_unit_test(a_success_clears_the_text),
		cmocka_unit_test(the_systems_store),
		cmocka_unit_test(a_system_without_store),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
