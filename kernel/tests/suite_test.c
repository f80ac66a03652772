// SPDX-License-Identifier: GPL-2.0
/*
 * suite.c: what RFC 8446 B.4 and RFC 5116 say of each suite enters, and is compared
 * with the table and with what the crypto API says of the names in it.
 */
#include <crypto/aead.h>
#include <crypto/hash.h>

#include "tests.h"

struct expected {
	const char	*name;
	u16		id;
	u8		key_size;
	u8		hash_size;
};

/* In the order of preference that SEAL_FEATURES tells */
static const struct expected expected[] = {
	{ "TLS_AES_128_GCM_SHA256", 0x1301, 16, 32 },
	{ "TLS_AES_256_GCM_SHA384", 0x1302, 32, 48 },
	{ "TLS_CHACHA20_POLY1305_SHA256", 0x1303, 32, 32 },
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
}

static void cipher_has_nonce_and_tag_of_tls(struct kunit *test)
{
	const struct expected *want = test->param_value;
	struct crypto_aead *tfm;

	tfm = crypto_alloc_aead(seal_suite_find(want->id)->aead, 0, 0);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, tfm);
	KUNIT_EXPECT_EQ(test, crypto_aead_ivsize(tfm), SEAL_NONCE_SIZE);
	KUNIT_EXPECT_EQ(test, crypto_aead_maxauthsize(tfm), SEAL_TAG_SIZE);
	crypto_free_aead(tfm);
}

static void hash_has_the_size_of_the_secret(struct kunit *test)
{
	const struct expected *want = test->param_value;
	struct crypto_shash *tfm;

	tfm = crypto_alloc_shash(seal_suite_find(want->id)->hmac, 0, 0);
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
	KUNIT_EXPECT_NULL(test, seal_suite_at(i));
	KUNIT_EXPECT_NULL(test, seal_suite_at(UINT_MAX));
}

/* Every other number, so also TLS 1.3's CCM suites and those of TLS 1.2 */
static void other_numbers_are_unknown(struct kunit *test)
{
	unsigned int id;

	for (id = 0; id <= U16_MAX; id++)
		if (id < expected[0].id || id > expected[2].id)
			KUNIT_EXPECT_NULL_MSG(test, seal_suite_find(id), "0x%04x", id);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(sizes_are_those_of_the_rfc, suites_gen_params),
	KUNIT_CASE_PARAM(cipher_has_nonce_and_tag_of_tls, suites_gen_params),
	KUNIT_CASE_PARAM(hash_has_the_size_of_the_secret, suites_gen_params),
	KUNIT_CASE(order_is_that_of_preference),
	KUNIT_CASE(other_numbers_are_unknown),
	{}
};

static struct kunit_suite suite = {
	.name = "sockseal_suite",
	.test_cases = cases,
};

kunit_test_suite(suite);
