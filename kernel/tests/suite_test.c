// SPDX-License-Identifier: GPL-2.0
/*
 * suite.c: what RFC 8446 B.4 and 5.5, RFC 5289, RFC 7905, RFC 7251, RFC 9001 6.6 and
 * RFC 5116 say of each suite enters, and is compared with the table and with what the
 * crypto API says of the names in it.
 */
#include <crypto/aead.h>
#include <crypto/hash.h>

#include "tests.h"

struct expected {
	const char	*name;
	u16		id;
	u8		key_size;
	u8		hash_size;
	u64		limit;
};

/* Records that one key may protect: well below 2^24.5 and 2^21.5 */
#define GCM	BIT_ULL(23)
#define CCM	BIT_ULL(21)
/* all sequence numbers but a few */
#define CHACHA	(U64_MAX - 1024)

/* In the order of preference that SEAL_FEATURES tells */
static const struct expected expected[] = {
	{ "TLS_AES_128_GCM_SHA256", 0x1301, 16, 32, GCM },
	{ "TLS_AES_256_GCM_SHA384", 0x1302, 32, 48, GCM },
	{ "TLS_CHACHA20_POLY1305_SHA256", 0x1303, 32, 32, CHACHA },
	{ "TLS_AES_128_CCM_SHA256", 0x1304, 16, 32, CCM },
	/* TLS 1.2 has keys here, and no secrets */
	{ "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", 0xc02b, 16, 0, GCM },
	{ "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", 0xc02f, 16, 0, GCM },
	{ "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", 0xc02c, 32, 0, GCM },
	{ "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", 0xc030, 32, 0, GCM },
	{ "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", 0xcca9, 32, 0, CHACHA },
	{ "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", 0xcca8, 32, 0, CHACHA },
	{ "TLS_ECDHE_ECDSA_WITH_AES_128_CCM", 0xc0ac, 16, 0, CCM },
};

KUNIT_ARRAY_PARAM_DESC(suites, expected, name);

static void sizes_are_those_of_the_rfc(struct kunit *test)
{
	const struct expected *want = test->param_value;
	const struct seal_suite *suite = seal_suite_find(want->id);

	KUNIT_ASSERT_NOT_NULL(test, suite);
	KUNIT_EXPECT_EQ(test, suite->id, want->id);
	KUNIT_EXPECT_EQ(test, suite->key_size, want->key_size);
	KUNIT_EXPECT_EQ(test, suite->hash_size, want->hash_size);
	KUNIT_EXPECT_EQ(test, suite->limit, want->limit);
	KUNIT_EXPECT_EQ(test, suite->version, want->hash_size ? 0x0304 : 0x0303);
}

static void every_row_has_a_limit(struct kunit *test)
{
	const struct seal_suite *suite;
	unsigned int i;

	for (i = 0; (suite = seal_suite_at(i)); i++) {
		KUNIT_EXPECT_GT(test, suite->limit, 0);
		KUNIT_EXPECT_LT(test, suite->limit, U64_MAX);
	}
}

static void cipher_has_nonce_and_tag_of_tls(struct kunit *test)
{
	const struct expected *want = test->param_value;
	struct crypto_aead *tfm;

	tfm = crypto_alloc_aead(seal_suite_find(want->id)->aead, 0, 0);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, tfm);
	KUNIT_EXPECT_EQ(test, crypto_aead_ivsize(tfm),
			seal_suite_find(want->id)->ccm ? SEAL_IV_SIZE :
							 SEAL_NONCE_SIZE);
	KUNIT_EXPECT_EQ(test, crypto_aead_maxauthsize(tfm), SEAL_TAG_SIZE);
	crypto_free_aead(tfm);
}

static void hash_has_the_size_of_the_secret(struct kunit *test)
{
	const struct expected *want = test->param_value;
	struct crypto_shash *tfm;

	if (!want->hash_size)
		return;
	tfm = crypto_alloc_shash(seal_suite_find(want->id)->hash, 0, 0);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, tfm);
	KUNIT_EXPECT_EQ(test, crypto_shash_digestsize(tfm), want->hash_size);
	crypto_free_shash(tfm);
}

static void order_is_that_of_preference(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(expected); i++) {
		KUNIT_ASSERT_NOT_NULL(test, seal_suite_at(i));
		KUNIT_EXPECT_EQ(test, seal_suite_at(i)->id, expected[i].id);
	}
	/* those of <linux/tls.h> alone follow */
	KUNIT_ASSERT_NOT_NULL(test, seal_suite_at(i));
	KUNIT_EXPECT_EQ(test, seal_suite_at(i)->id, 0);
	KUNIT_EXPECT_NULL(test, seal_suite_at(UINT_MAX));
}

static bool is_expected(u16 id)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(expected); i++)
		if (expected[i].id == id)
			return true;
	return false;
}

/* Every other number, so also the CCM_8 suites and those of TLS 1.2 without an AEAD */
static void other_numbers_are_unknown(struct kunit *test)
{
	unsigned int id;

	for (id = 0; id <= U16_MAX; id++)
		if (!is_expected(id))
			KUNIT_EXPECT_NULL_MSG(test, seal_suite_find(id), "0x%04x", id);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(sizes_are_those_of_the_rfc, suites_gen_params),
	KUNIT_CASE_PARAM(cipher_has_nonce_and_tag_of_tls, suites_gen_params),
	KUNIT_CASE_PARAM(hash_has_the_size_of_the_secret, suites_gen_params),
	KUNIT_CASE(every_row_has_a_limit),
	KUNIT_CASE(order_is_that_of_preference),
	KUNIT_CASE(other_numbers_are_unknown),
	{}
};

static struct kunit_suite suite = {
	.name = "sockseal_suite",
	.test_cases = cases,
};

kunit_test_suite(suite);
