// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Names of policies and lists of signature schemes enter; configurations that have what
 * these say leave, handshakes between them, and refusals.
 */
#include <string.h>

#include "unit.h"

/* RFC 8446 B.4, B.3.1.3, B.3.1.4, once more: a policy of this name never changes */
static const struct expectation {
	const char	*name;
	int		 rsa_bits;
	size_t		 suites_len;
	uint16_t	 suites[SEAL_SUITE_COUNT];
	size_t		 groups_len;
	uint16_t	 groups[SEAL_GROUP_COUNT];
	size_t		 schemes_len;
	uint16_t	 schemes[SEAL_SCHEME_COUNT];
} expectations[] = {
	{ "default-2026", 2048,
	  3, { 0x1301, 0x1302, 0x1303 },
	  4, { 0x11ec, 0x001d, 0x0017, 0x0018 },
	  14, { 0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806, 0x0809,
		0x080a, 0x080b, 0x0904, 0x0905, 0x0906 } },
	{ "strict-2026", 3072,
	  2, { 0x1302, 0x1303 },
	  4, { 0x11ec, 0x11ed, 0x0018, 0x0019 },
	  9, { 0x0503, 0x0603, 0x0808, 0x0805, 0x0806, 0x080a, 0x080b, 0x0905,
	       0x0906 } },
	{ "compat-2026", 2048,
	  4, { 0x1301, 0x1302, 0x1303, 0x1304 },
	  11, { 0x11ec, 0x001d, 0x0017, 0x0018, 0x0019, 0x001e, 0x11eb, 0x11ed, 0x0100,
		0x0101, 0x0102 },
	  14, { 0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806, 0x0809,
		0x080a, 0x080b, 0x0904, 0x0905, 0x0906 } },
};

static bool has_group(const struct seal_config *cfg, uint16_t id)
{
	return cfg->crypto.groups[seal_group_find(id) - seal_groups];
}

static bool has_scheme(const struct seal_config *cfg, uint16_t id)
{
	return cfg->crypto.schemes[seal_scheme_find(id) - seal_schemes];
}

/* Of what is expected, all that this libcrypto has, and nothing else */
static void expect_policy(const struct seal_config *cfg, const struct expectation *e)
{
	size_t groups = 0, schemes = 0;

	assert_int_equal(cfg->rsa_bits, e->rsa_bits);
	assert_int_equal(cfg->suites_len, e->suites_len);
	assert_memory_equal(cfg->suites, e->suites, 2 * e->suites_len);
	for (size_t i = 0; i < e->groups_len; i++)
		if (has_group(cfg, e->groups[i]))
			assert_int_equal(cfg->groups[groups++], e->groups[i]);
	assert_int_equal(cfg->groups_len, groups);
	for (size_t i = 0; i < e->schemes_len; i++)
		if (has_scheme(cfg, e->schemes[i]))
			assert_int_equal(cfg->schemes[schemes++], e->schemes[i]);
	assert_int_equal(cfg->schemes_len, schemes);
	/* what every libcrypto has is enough to begin with */
	assert_in_range(groups, 1, SEAL_GROUP_COUNT);
	assert_in_range(schemes, 1, SEAL_SCHEME_COUNT);
}

static void policies_have_what_they_say(void **state)
{
	struct seal_config *cfg = seal_config_new(SEAL_CLIENT);

	(void)state;
	expect_policy(cfg, &expectations[0]);
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(expectations); i++) {
		assert_string_equal(seal_policy_name(i), expectations[i].name);
		assert_int_equal(seal_config_set_policy(cfg, expectations[i].name), 0);
		expect_policy(cfg, &expectations[i]);
	}
	assert_null(seal_policy_name(SEAL_ARRAY_SIZE(expectations)));
	assert_null(seal_policy_name(SIZE_MAX));
	/* back again, whatever there was before */
	assert_int_equal(seal_config_set_policy(cfg, "default-2026"), 0);
	expect_policy(cfg, &expectations[0]);
	seal_config_unref(cfg);
}

static void unknown_names(void **state)
{
	static const char *const names[] = {
		"", "default", "default-2025", "DEFAULT-2026", "default-2026 ",
		"strict-20260", "%s%n",
		"a name so long that it has to be cut short, or there would be no room for the names of the policies that there are, which is what matters in the text of the error, and not what was wrong about the wish for one that is not there at all, however long somebody goes on about it",
	};
	struct seal_config *cfg = seal_config_new(SEAL_CLIENT);

	(void)state;
	for (size_t i = 0; i <= SEAL_ARRAY_SIZE(names); i++) {
		const char *name = i < SEAL_ARRAY_SIZE(names) ? names[i] : NULL;

		assert_int_equal(seal_config_set_policy(cfg, name), SEAL_E_INVALID);
		for (size_t p = 0; seal_policy_name(p); p++)
			assert_non_null(strstr(seal_config_error(cfg),
					       seal_policy_name(p)));
		expect_policy(cfg, &expectations[0]);
	}
	seal_config_unref(cfg);
}

static void a_configuration_in_use(void **state)
{
	static const uint16_t scheme = 0x0403;
	struct seal_config *cfg = common_client();
	struct pair pair;

	(void)state;
	pair_open(&pair, cfg, common_server());
	assert_int_equal(seal_config_set_policy(cfg, "compat-2026"), SEAL_E_INVALID);
	assert_int_equal(seal_config_set_signature_schemes(cfg, &scheme, 1),
			 SEAL_E_INVALID);
	assert_int_equal(cfg->suites_len, 3);
	pair_close(&pair);
}

/* A later setter changes its own list */
static void policies_can_be_changed(void **state)
{
	static const uint16_t suite = 0x1304, group = 0x001d, scheme = 0x0807;
	struct seal_config *cfg = seal_config_new(SEAL_CLIENT);
	struct expectation e = expectations[1];

	(void)state;
	assert_int_equal(seal_config_set_policy(cfg, e.name), 0);
	assert_int_equal(seal_config_set_suites(cfg, &suite, 1), 0);
	e.suites[0] = suite;
	e.suites_len = 1;
	expect_policy(cfg, &e);
	assert_int_equal(seal_config_set_groups(cfg, &group, 1), 0);
	e.groups[0] = group;
	e.groups_len = 1;
	expect_policy(cfg, &e);
	assert_int_equal(seal_config_set_signature_schemes(cfg, &scheme, 1), 0);
	e.schemes[0] = scheme;
	e.schemes_len = 1;
	expect_policy(cfg, &e);
	seal_config_unref(cfg);
}

/* --------------------------------------------------------------- handshakes */

static struct seal_config *client_of(const char *policy)
{
	struct seal_config *cfg = new_client_config();

	assert_int_equal(seal_config_set_policy(cfg, policy), 0);
	return cfg;
}

static struct seal_config *server_of(const char *policy, enum seal_key_kind kind,
				     unsigned int bits)
{
	struct seal_config *cfg = seal_config_new(SEAL_SERVER);
	struct identity id;

	pki_issue(&(struct cert_spec){ .kind = kind, .rsa_bits = bits }, &id);
	assert_int_equal(seal_config_set_policy(cfg, policy), 0);
	assert_int_equal(seal_config_set_certificate(cfg, id.chain, id.key), 0);
	return cfg;
}

/* Owns both; 0 or the first error */
static int shake(struct seal_config *client, struct seal_config *server,
		 struct pair *pair)
{
	pair_open(pair, client, server);
	seal_config_unref(client);
	seal_config_unref(server);
	return pair_shake(pair);
}

static void every_policy_with_itself(void **state)
{
	static const enum seal_key_kind kinds[] = {
		SEAL_KEY_P384, SEAL_KEY_P521, SEAL_KEY_RSA, SEAL_KEY_ED448
	};
	struct pair pair;

	(void)state;
	for (size_t i = 0; seal_policy_name(i); i++)
		for (size_t k = 0; k < SEAL_ARRAY_SIZE(kinds); k++) {
			assert_int_equal(shake(client_of(seal_policy_name(i)),
					       server_of(seal_policy_name(i), kinds[k],
							 3072), &pair), 0);
			expect_agreement(&pair);
			assert_int_equal(seal_conn_suite(pair.client),
					 expectations[i].suites[0]);
			pair_close(&pair);
		}
}

/* Whoever wants more gets it of who can do both */
static void a_strict_end_decides(void **state)
{
	struct pair pair;

	(void)state;
	for (int strict = SEAL_CLIENT; strict <= SEAL_SERVER; strict++) {
		assert_int_equal(shake(client_of(strict == SEAL_CLIENT ? "strict-2026" :
					       "default-2026"),
				       server_of(strict == SEAL_SERVER ? "strict-2026" :
					       "default-2026", SEAL_KEY_P384, 0),
				       &pair), 0);
		assert_int_equal(seal_conn_suite(pair.client), 0x1302);
		assert_true(seal_conn_group(pair.client) == 0x0018 ||
			    seal_conn_group(pair.client) == 0x11ec);
		assert_int_equal(seal_conn_scheme(pair.server), 0x0503);
		pair_close(&pair);
	}
}

static void a_key_that_is_too_short(void **state)
{
	struct pair pair;

	(void)state;
	/* a client does not take it of a server that does not mind */
	assert_int_equal(shake(client_of("strict-2026"),
			       server_of("compat-2026", SEAL_KEY_RSA, 2048), &pair),
			 SEAL_E_BAD_CERTIFICATE);
	assert_non_null(strstr(seal_conn_error(pair.client), "policy"));
	pair_close(&pair);
	/* a server does not send its own */
	assert_int_equal(shake(client_of("default-2026"),
			       server_of("strict-2026", SEAL_KEY_RSA, 2048), &pair),
			 SEAL_E_HANDSHAKE_FAILURE);
	pair_close(&pair);
	assert_int_equal(shake(client_of("default-2026"),
			       server_of("strict-2026", SEAL_KEY_RSA, 3072), &pair), 0);
	pair_close(&pair);
}

/* Nor a key that no scheme of the policy is for */
static void a_key_that_does_not_fit(void **state)
{
	struct pair pair;

	(void)state;
	assert_int_equal(shake(client_of("default-2026"),
			       server_of("strict-2026", SEAL_KEY_P256, 0), &pair),
			 SEAL_E_HANDSHAKE_FAILURE);
	pair_close(&pair);
	assert_int_equal(shake(client_of("strict-2026"),
			       server_of("default-2026", SEAL_KEY_ED25519, 0), &pair),
			 SEAL_E_HANDSHAKE_FAILURE);
	pair_close(&pair);
}

/* A peer with nothing but what is old and not broken */
static void compat_is_for_old_peers(void **state)
{
	static const uint16_t group = 0x0101, suite = 0x1304;
	struct seal_config *old = client_of("default-2026");
	struct pair pair;

	(void)state;
	assert_int_equal(seal_config_set_groups(old, &group, 1), 0);
	assert_int_equal(seal_config_set_suites(old, &suite, 1), 0);
	seal_config_ref(old);
	assert_int_equal(shake(old, server_of("default-2026", SEAL_KEY_P256, 0), &pair),
			 SEAL_E_HANDSHAKE_FAILURE);
	pair_close(&pair);
	assert_int_equal(shake(old, server_of("compat-2026", SEAL_KEY_P256, 0), &pair), 0);
	assert_int_equal(seal_conn_suite(pair.server), suite);
	assert_int_equal(seal_conn_group(pair.server), group);
	pair_close(&pair);
}

/* ------------------------------------------------------- signature schemes */

static void lists_of_schemes(void **state)
{
	static const uint16_t good[] = { 0x0906, 0x0503, 0x0403 };
	static const uint16_t twice[] = { 0x0403, 0x0503, 0x0403 };
	/* RFC 8446 4.2.3: PKCS#1 is no scheme of CertificateVerify */
	static const uint16_t unknown[] = { 0x0401, 0x0201, 0x0907, 0 };
	struct seal_config *cfg = seal_config_new(SEAL_SERVER);
	const bool newest = has_scheme(cfg, 0x0906);

	(void)state;
	assert_int_equal(seal_config_set_signature_schemes(cfg, good + !newest,
							   3 - !newest), 0);
	if (!newest) {
		assert_int_equal(seal_config_set_signature_schemes(cfg, good, 1),
				 SEAL_E_INVALID);
		assert_non_null(strstr(seal_config_error(cfg), "0x0906"));
	}
	assert_int_equal(seal_config_set_signature_schemes(cfg, good, 0), SEAL_E_INVALID);
	assert_int_equal(seal_config_set_signature_schemes(cfg, twice, 3),
			 SEAL_E_INVALID);
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(unknown); i++)
		assert_int_equal(seal_config_set_signature_schemes(cfg, unknown + i, 1),
				 SEAL_E_INVALID);
	/* what failed left the last good list */
	assert_int_equal(cfg->schemes_len, 3 - !newest);
	seal_config_unref(cfg);
}

static void expect_list(const struct seal_exts *exts, enum seal_ext ext,
			struct seal_span expected)
{
	struct seal_span list;

	assert_int_equal(seal_ext_list16(exts, ext, &list), 0);
	assert_true(seal_span_equal(list, expected));
}

/* Both extensions, in our order; PKCS#1 where RSASSA-PSS of its hash is */
static void what_is_offered(void **state)
{
	static const uint16_t schemes[] = { 0x0806, 0x0403, 0x0804 };
	static const uint8_t plain[] = { 8, 6, 4, 3, 8, 4 };
	static const uint8_t for_certificates[] = { 8, 6, 4, 3, 8, 4, 4, 1, 6, 1 };
	struct seal_config *cfg = new_client_config();
	struct seal_client_hello hello;
	struct wire wire;
	struct pair pair;

	(void)state;
	assert_int_equal(seal_config_set_signature_schemes(cfg, schemes, 3), 0);
	pair_open(&pair, cfg, common_server());
	wire_take(&wire, pair.client);
	assert_int_equal(seal_client_hello_parse((struct seal_span){
		wire.data + SEAL_RECORD_HEADER + SEAL_MESSAGE_HEADER,
		wire.len - SEAL_RECORD_HEADER - SEAL_MESSAGE_HEADER }, &hello), 0);
	expect_list(&hello.exts, SEAL_EXT_SIGNATURE_ALGORITHMS, SPAN(plain));
	expect_list(&hello.exts, SEAL_EXT_SIGNATURE_ALGORITHMS_CERT,
		    SPAN(for_certificates));
	wire_free(&wire);
	pair_close(&pair);
	seal_config_unref(cfg);
}

/* RFC 8446 4.4.3: one that was offered, or illegal_parameter */
static void a_scheme_that_was_not_offered(void **state)
{
	struct seal_config *client = new_client_config();
	struct pair pair;

	(void)state;
	pair_open(&pair, client, common_server());
	/* as if it had not been, behind the back of the server */
	client->schemes[0] = 0x0503;
	client->schemes_len = 1;
	assert_int_equal(pair_shake(&pair), SEAL_E_ILLEGAL_PARAMETER);
	assert_non_null(strstr(seal_conn_error(pair.client), "0x0403"));
	pair_close(&pair);
	seal_config_unref(client);
}

/* A key of RSA has several */
static void our_order_decides(void **state)
{
	static const uint16_t schemes[] = { 0x0806, 0x0804, 0x0805 };
	struct seal_config *server = new_server_config(SEAL_KEY_RSA);
	struct pair pair;

	(void)state;
	assert_int_equal(seal_config_set_signature_schemes(server, schemes, 3), 0);
	pair_open(&pair, common_client(), server);
	seal_config_unref(server);
	assert_int_equal(pair_shake(&pair), 0);
	assert_int_equal(seal_conn_scheme(pair.server), 0x0806);
	assert_int_equal(seal_conn_peer_scheme(pair.client), 0x0806);
	pair_close(&pair);
}

static void names_of_schemes(void **state)
{
	(void)state;
	assert_string_equal(seal_scheme_name(0x0403), "ecdsa_secp256r1_sha256");
	assert_string_equal(seal_scheme_name(0x0906), "mldsa87");
	assert_null(seal_scheme_name(0x0401));
	assert_null(seal_scheme_name(0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(policies_have_what_they_say),
		cmocka_unit_test(unknown_names),
		cmocka_unit_test(a_configuration_in_use),
		cmocka_unit_test(policies_can_be_changed),
		cmocka_unit_test(every_policy_with_itself),
		cmocka_unit_test(a_strict_end_decides),
		cmocka_unit_test(a_key_that_is_too_short),
		cmocka_unit_test(a_key_that_does_not_fit),
		cmocka_unit_test(compat_is_for_old_peers),
		cmocka_unit_test(lists_of_schemes),
		cmocka_unit_test(what_is_offered),
		cmocka_unit_test(a_scheme_that_was_not_offered),
		cmocka_unit_test(our_order_decides),
		cmocka_unit_test(names_of_schemes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
