// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Configurations enter that verify by different CAs and rules; digests leave that tell
 * them apart, so that no session passes from one to the other.
 */
#include <stdlib.h>
#include <string.h>

#include "unit.h"

/* The digest of what @cfg verifies with */
static void expect_trust(const struct seal_config *cfg, const uint8_t *other, bool same)
{
	uint8_t trust[SEAL_TRUST_SIZE];

	assert_int_equal(seal_verify_trust(cfg, trust), 0);
	assert_int_equal(!memcmp(trust, other, sizeof(trust)), same);
}

/* They are read when they are needed: what counts is where, and when it was changed */
static void system_cas_are_told_apart(void **state)
{
	struct seal_config *cfg = seal_config_new(SEAL_CLIENT);
	uint8_t first[SEAL_TRUST_SIZE];
	char path[PKI_PATH_MAX];

	(void)state;
	pki_path(path, "both-cas");
	pki_join(path, pki_ca(), pki_other_ca());
	assert_int_equal(setenv("SSL_CERT_FILE", path, 1), 0);
	assert_int_equal(seal_config_use_system_ca(cfg), 0);
	assert_int_equal(seal_verify_trust(cfg, first), 0);
	assert_int_equal(seal_config_use_system_ca(cfg), 0);
	expect_trust(cfg, first, true);
	assert_int_equal(setenv("SSL_CERT_FILE", pki_ca(), 1), 0);
	assert_int_equal(seal_config_use_system_ca(cfg), 0);
	expect_trust(cfg, first, false);
	assert_int_equal(unsetenv("SSL_CERT_FILE"), 0);
	seal_config_unref(cfg);
}

/* And every rule that chains are held against */
static void rules_are_told_apart(void **state)
{
	struct seal_config *cfg = new_client_config();
	uint8_t first[SEAL_TRUST_SIZE];

	(void)state;
	assert_int_equal(seal_verify_trust(cfg, first), 0);
	expect_trust(cfg, first, true);
	cfg->chain_depth++;
	expect_trust(cfg, first, false);
	cfg->chain_depth--;
	cfg->rsa_bits++;
	expect_trust(cfg, first, false);
	cfg->rsa_bits--;
	cfg->schemes_len--;
	expect_trust(cfg, first, false);
	cfg->schemes_len++;
	cfg->crl_check = !cfg->crl_check;
	expect_trust(cfg, first, false);
	cfg->crl_check = !cfg->crl_check;
	expect_trust(cfg, first, true);
	assert_int_equal(seal_config_set_ocsp(cfg, SEAL_OCSP_REQUIRED), 0);
	expect_trust(cfg, first, false);
	assert_int_equal(seal_config_set_ocsp(cfg, SEAL_OCSP_OPTIONAL), 0);
	expect_trust(cfg, first, true);
	seal_config_unref(cfg);
}

static void raw_keys_are_told_apart(void **state)
{
	struct seal_config *cfg = new_client_config(), *other = new_client_config();
	uint8_t none[SEAL_TRUST_SIZE], one[SEAL_TRUST_SIZE];
	char path[PKI_PATH_MAX];

	(void)state;
	assert_int_equal(seal_verify_trust(cfg, none), 0);
	pki_public(pki_identity(SEAL_KEY_P256)->key, path);
	assert_int_equal(seal_config_trust_raw_key(cfg, path), 0);
	expect_trust(cfg, none, false);
	assert_int_equal(seal_verify_trust(cfg, one), 0);
	assert_int_equal(seal_config_trust_raw_key(other, path), 0);
	expect_trust(other, one, true);
	pki_public(pki_identity(SEAL_KEY_ED25519)->key, path);
	assert_int_equal(seal_config_trust_raw_key(cfg, path), 0);
	expect_trust(cfg, one, false);
	seal_config_unref(other);
	seal_config_unref(cfg);
}

/* RFC 6960 4.2.2.1: what was good is so until its nextUpdate, not for longer */
static void expiry_is_that_of_the_ocsp_response(void **state)
{
	const struct ocsp_spec specs[] = { { .until = 600 }, { .until = 900, .twice = true } };
	struct seal_config *client = new_client_config();
	uint8_t response[OCSP_MAX];

	(void)state;
	assert_int_equal(seal_config_set_ocsp(client, SEAL_OCSP_REQUIRED), 0);
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(specs); i++) {
		struct seal_config *server = new_server_config(SEAL_KEY_P256);
		size_t len = pki_ocsp(&specs[i], response);
		uint64_t left;
		struct pair pair;

		assert_int_equal(seal_cred_set_staple(server->creds, SEAL_STAPLE_OCSP,
				 (struct seal_span){ response, len }), 0);
		server->creds->staple_until = UINT64_MAX;
		pair_open(&pair, client, server);
		assert_int_equal(pair_shake(&pair), 0);
		left = pair.client->proof.until - seal_session_now();
		assert_in_range(left, specs[i].until * 1000 - 60000,
				specs[i].until * 1000);
		pair_close(&pair);
		seal_config_unref(server);
	}
	seal_config_unref(client);
}

/* A byte of bits is the first of a proof, behind its length */
static void proofs_have_one_type_at_most(void **state)
{
	static const struct { uint8_t bits; bool chain; int expected; } rows[] = {
		{ 0x00, false, 0 }, { 0x01, false, 0 }, { 0x04, false, 0 },
		{ 0x81, false, 0 }, { 0x84, true, 0 }, { 0x01, true, 0 },
		{ 0x00, true, SEAL_E_INVALID },		/* of no type */
		{ 0x80, false, SEAL_E_INVALID },
		{ 0x85, true, SEAL_E_INVALID },		/* of two */
		{ 0x83, true, SEAL_E_INVALID },		/* of one that is not there */
		{ 0x41, false, SEAL_E_INVALID },
	};
	static const uint8_t entry[] = { 0, 0, 1, 'x' };

	(void)state;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(rows); i++) {
		struct seal_proof proof = { .since = 1, .until = 2 }, read = { 0 };
		struct seal_buf chain = { 0 }, bytes = { 0 }, got = { 0 };
		struct seal_writer w;
		struct seal_reader r;

		if (rows[i].chain)
			assert_int_equal(seal_buf_append(&chain, entry, sizeof(entry)), 0);
		seal_writer_init(&w, &bytes);
		seal_proof_write(&proof, &chain, &w);
		assert_int_equal(seal_writer_finish(&w), 0);
		bytes.data[3] = rows[i].bits;
		seal_reader_init(&r, bytes.data, bytes.len);
		assert_int_equal(seal_proof_read(&r, &read, &got), rows[i].expected);
		seal_buf_free(&got);
		seal_buf_free(&chain);
		seal_buf_free(&bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(system_cas_are_told_apart),
		cmocka_unit_test(rules_are_told_apart),
		cmocka_unit_test(raw_keys_are_told_apart),
		cmocka_unit_test(proofs_have_one_type_at_most),
		cmocka_unit_test(expiry_is_that_of_the_ocsp_response),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
