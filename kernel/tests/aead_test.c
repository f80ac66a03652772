// SPDX-License-Identifier: GPL-2.0
/*
 * crypto.c, the ciphers: records of other implementations enter, whole and damaged;
 * their bytes, or an error, are what is expected.
 */
#include "tests.h"

KUNIT_ARRAY_PARAM_DESC(records, seal_test_records, name);

static const struct seal_test_cut whole;

typedef int (*crypt_fn)(struct seal_aead *aead, struct scatterlist *src,
			struct scatterlist *dst, size_t aad_len, size_t len, u8 *iv);

static void aead_release(void *aead)
{
	seal_aead_release(aead);
}

static struct seal_aead *make_aead(struct kunit *test, const struct seal_test_record *r,
				   const u8 *key)
{
	struct seal_aead *aead = kunit_kzalloc(test, sizeof(*aead), GFP_KERNEL);
	const struct seal_suite *suite = seal_test_suite(r);

	KUNIT_ASSERT_NOT_NULL(test, aead);
	KUNIT_ASSERT_NOT_NULL(test, suite);
	KUNIT_ASSERT_EQ(test, 0, seal_aead_init(aead, suite));
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, aead_release, aead));
	KUNIT_ASSERT_EQ(test, 0, seal_aead_set_key(aead, key, suite->key_size));
	return aead;
}

/* The cipher destroys the IV, so each call gets one of its own */
static int crypt_record(crypt_fn crypt, struct seal_aead *aead,
			const struct seal_test_record *r, struct seal_test_list *src,
			struct seal_test_list *dst)
{
	size_t aad_len = seal_test_suite(r)->aad_size;
	u8 iv[SEAL_IV_SIZE];

	seal_test_iv(r, iv);
	return crypt(aead, src->sg, dst->sg, aad_len, src->len - aad_len, iv);
}

static struct seal_test_list *make_list(struct kunit *test, const u8 *data, size_t len,
					size_t room)
{
	struct seal_test_list *list = seal_test_list_make(test, room, &whole);

	seal_test_list_write(list, data, len);
	return list;
}

static void sealed_as_by_others(struct kunit *test)
{
	const struct seal_test_record *r = test->param_value;
	struct seal_aead *aead = make_aead(test, r, r->key);
	u8 text[SEAL_TEST_TEXT], sealed[SEAL_TEST_TEXT];
	size_t len = seal_test_text(r, text), sealed_len = seal_test_sealed(r, sealed);
	struct seal_test_list *src, *dst;

	src = make_list(test, text, len, len);
	dst = make_list(test, text, seal_test_suite(r)->aad_size, sealed_len);
	KUNIT_EXPECT_EQ(test, 0, crypt_record(seal_aead_seal, aead, r, src, dst));
	seal_test_list_expect(test, dst, sealed, sealed_len);
	seal_test_list_expect(test, src, text, len);
	seal_test_list_expect_gaps(test, dst);
}

static void opened_from_others(struct kunit *test)
{
	const struct seal_test_record *r = test->param_value;
	struct seal_aead *aead = make_aead(test, r, r->key);
	u8 text[SEAL_TEST_TEXT], sealed[SEAL_TEST_TEXT];
	size_t len = seal_test_text(r, text), sealed_len = seal_test_sealed(r, sealed);
	struct seal_test_list *src, *dst;

	src = make_list(test, sealed, sealed_len, sealed_len);
	dst = make_list(test, text, seal_test_suite(r)->aad_size, len);
	KUNIT_EXPECT_EQ(test, 0, crypt_record(seal_aead_open, aead, r, src, dst));
	seal_test_list_expect(test, dst, text, len);
	seal_test_list_expect(test, src, sealed, sealed_len);
	seal_test_list_expect_gaps(test, dst);
}

static int open_bytes(struct kunit *test, struct seal_aead *aead,
		      const struct seal_test_record *r, const u8 *sealed, size_t len)
{
	struct seal_test_list *src = make_list(test, sealed, len, len);
	struct seal_test_list *dst = seal_test_list_make(test, SEAL_TEST_TEXT, &whole);
	int err = crypt_record(seal_aead_open, aead, r, src, dst);

	seal_test_list_expect_gaps(test, dst);
	return err;
}

/* Additional data, ciphertext, tag: each bit of each byte is authenticated */
static void changed_bit_is_noticed(struct kunit *test)
{
	const struct seal_test_record *r = test->param_value;
	struct seal_aead *aead = make_aead(test, r, r->key);
	u8 sealed[SEAL_TEST_TEXT];
	size_t len = seal_test_sealed(r, sealed);
	unsigned int bit;

	for (bit = 0; bit < len * 8; bit++) {
		sealed[bit / 8] ^= 1 << bit % 8;
		KUNIT_EXPECT_EQ_MSG(test, -EBADMSG,
				    open_bytes(test, aead, r, sealed, len),
				    "bit %u of byte %u", bit % 8, bit / 8);
		sealed[bit / 8] ^= 1 << bit % 8;
	}
	KUNIT_EXPECT_EQ(test, 0, open_bytes(test, aead, r, sealed, len));
}

/* A record cut short, down to a tag that is not whole */
static void missing_byte_is_noticed(struct kunit *test)
{
	const struct seal_test_record *r = test->param_value;
	struct seal_aead *aead = make_aead(test, r, r->key);
	u8 sealed[SEAL_TEST_TEXT];
	size_t end = seal_test_sealed(r, sealed), aad_len = seal_test_suite(r)->aad_size;
	size_t len;

	for (len = aad_len + 1; len < end; len++)
		KUNIT_EXPECT_EQ_MSG(test,
				    len < aad_len + SEAL_TAG_SIZE ? -EINVAL : -EBADMSG,
				    open_bytes(test, aead, r, sealed, len),
				    "%zu bytes", len);
}

static void other_sequence_number_is_noticed(struct kunit *test)
{
	struct seal_test_record r = *(const struct seal_test_record *)test->param_value;
	struct seal_aead *aead = make_aead(test, &r, r.key);
	u8 sealed[SEAL_TEST_TEXT];
	u64 seq = r.seq;
	unsigned int bit;
	size_t len;

	for (bit = 0; bit < 64; bit++) {
		r.seq = seq ^ 1ULL << bit;
		len = seal_test_sealed(&r, sealed);
		KUNIT_EXPECT_EQ_MSG(test, -EBADMSG,
				    open_bytes(test, aead, &r, sealed, len),
				    "bit %u", bit);
	}
}

static void other_key_is_noticed(struct kunit *test)
{
	const struct seal_test_record *r = test->param_value;
	u8 key[SEAL_KEY_SIZE_MAX], sealed[SEAL_TEST_TEXT];
	size_t len = seal_test_sealed(r, sealed);

	memcpy(key, r->key, sizeof(key));
	key[seal_test_suite(r)->key_size - 1] ^= 1;
	KUNIT_EXPECT_EQ(test, -EBADMSG,
			open_bytes(test, make_aead(test, r, key), r, sealed, len));
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(sealed_as_by_others, records_gen_params),
	KUNIT_CASE_PARAM(opened_from_others, records_gen_params),
	KUNIT_CASE_PARAM(changed_bit_is_noticed, records_gen_params),
	KUNIT_CASE_PARAM(missing_byte_is_noticed, records_gen_params),
	KUNIT_CASE_PARAM(other_sequence_number_is_noticed, records_gen_params),
	KUNIT_CASE_PARAM(other_key_is_noticed, records_gen_params),
	{}
};

static struct kunit_suite suite = {
	.name = "sockseal_aead",
	.test_cases = cases,
};

kunit_test_suite(suite);
