// SPDX-License-Identifier: GPL-2.0
/*
 * crypto.c, the ciphers: records of other implementations enter, whole and damaged;
 * their bytes, or an error, are what is expected.
 */
#include "tests.h"

KUNIT_ARRAY_PARAM_DESC(records, seal_test_records, name);

static const struct seal_test_cut whole;

typedef int (*crypt_fn)(struct seal_aead *aead, struct scatterlist *src,
			struct scatterlist *dst, size_t len, u8 *nonce);

static void aead_release(void *aead)
{
	seal_aead_release(aead);
}

static struct seal_aead *make_aead(struct kunit *test, const struct seal_suite *suite,
				   const u8 *key)
{
	struct seal_aead *aead = kunit_kzalloc(test, sizeof(*aead), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, aead);
	KUNIT_ASSERT_NOT_NULL(test, suite);
	KUNIT_ASSERT_EQ(test, 0, seal_aead_init(aead, suite));
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, aead_release, aead));
	KUNIT_ASSERT_EQ(test, 0, seal_aead_set_key(aead, key, suite->key_size));
	return aead;
}

static struct seal_aead *make_aead_of(struct kunit *test,
				      const struct seal_test_record *r)
{
	return make_aead(test, seal_suite_find(r->secret->suite),
			 r->secret->generation[r->generation].key);
}

/* The cipher destroys the nonce, so each call gets one of its own */
static int crypt_record(crypt_fn crypt, struct seal_aead *aead,
			const struct seal_test_record *r, struct seal_test_list *src,
			struct seal_test_list *dst)
{
	u8 nonce[SEAL_NONCE_SIZE];
	size_t len = src->len - SEAL_HEADER_SIZE;

	seal_record_nonce(nonce, r->secret->generation[r->generation].iv, r->seq);
	return crypt(aead, src->sg, dst->sg, len, nonce);
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
	struct seal_aead *aead = make_aead_of(test, r);
	struct seal_test_list *src, *dst;
	u8 plain[sizeof(r->record)];
	size_t len = seal_test_inner(r, plain);

	src = make_list(test, plain, len, len);
	dst = make_list(test, plain, SEAL_HEADER_SIZE, r->record_len);
	KUNIT_EXPECT_EQ(test, 0, crypt_record(seal_aead_seal, aead, r, src, dst));
	seal_test_list_expect(test, dst, r->record, r->record_len);
	seal_test_list_expect(test, src, plain, len);
	seal_test_list_expect_gaps(test, dst);
}

static void opened_from_others(struct kunit *test)
{
	const struct seal_test_record *r = test->param_value;
	struct seal_aead *aead = make_aead_of(test, r);
	struct seal_test_list *src, *dst;
	u8 plain[sizeof(r->record)];
	size_t len = seal_test_inner(r, plain);

	src = make_list(test, r->record, r->record_len, r->record_len);
	dst = make_list(test, r->record, SEAL_HEADER_SIZE, len);
	KUNIT_EXPECT_EQ(test, 0, crypt_record(seal_aead_open, aead, r, src, dst));
	seal_test_list_expect(test, dst, plain, len);
	seal_test_list_expect(test, src, r->record, r->record_len);
	seal_test_list_expect_gaps(test, dst);
}

static int open_bytes(struct kunit *test, struct seal_aead *aead,
		      const struct seal_test_record *r, const u8 *record, size_t len)
{
	struct seal_test_list *src = make_list(test, record, len, len);
	struct seal_test_list *dst = seal_test_list_make(test, sizeof(r->record), &whole);
	int err = crypt_record(seal_aead_open, aead, r, src, dst);

	seal_test_list_expect_gaps(test, dst);
	return err;
}

/* Header, ciphertext, tag: each bit of each byte is authenticated */
static void changed_bit_is_noticed(struct kunit *test)
{
	const struct seal_test_record *r = test->param_value;
	struct seal_aead *aead = make_aead_of(test, r);
	u8 record[sizeof(r->record)];
	unsigned int bit;

	memcpy(record, r->record, sizeof(record));
	for (bit = 0; bit < r->record_len * 8; bit++) {
		record[bit / 8] ^= 1 << bit % 8;
		KUNIT_EXPECT_EQ_MSG(test, -EBADMSG,
				    open_bytes(test, aead, r, record, r->record_len),
				    "bit %u of byte %u", bit % 8, bit / 8);
		record[bit / 8] ^= 1 << bit % 8;
	}
	KUNIT_EXPECT_EQ(test, 0, open_bytes(test, aead, r, record, r->record_len));
}

/* A record cut short, down to a tag that is not whole */
static void missing_byte_is_noticed(struct kunit *test)
{
	const struct seal_test_record *r = test->param_value;
	struct seal_aead *aead = make_aead_of(test, r);
	size_t tag_end = SEAL_HEADER_SIZE + SEAL_TAG_SIZE, len;

	for (len = SEAL_HEADER_SIZE + 1; len < r->record_len; len++)
		KUNIT_EXPECT_EQ_MSG(test, len < tag_end ? -EINVAL : -EBADMSG,
				    open_bytes(test, aead, r, r->record, len),
				    "%zu bytes", len);
}

static void other_sequence_number_is_noticed(struct kunit *test)
{
	struct seal_test_record r = *(const struct seal_test_record *)test->param_value;
	struct seal_aead *aead = make_aead_of(test, &r);
	u64 seq = r.seq;
	unsigned int bit;

	for (bit = 0; bit < 64; bit++) {
		r.seq = seq ^ 1ULL << bit;
		KUNIT_EXPECT_EQ_MSG(test, -EBADMSG,
				    open_bytes(test, aead, &r, r.record, r.record_len),
				    "bit %u", bit);
	}
}

static void other_key_is_noticed(struct kunit *test)
{
	const struct seal_test_record *r = test->param_value;
	const struct seal_suite *suite = seal_suite_find(r->secret->suite);
	struct seal_aead *aead = make_aead_of(test, r);
	u8 key[SEAL_KEY_SIZE_MAX];

	memcpy(key, r->secret->generation[r->generation].key, sizeof(key));
	key[suite->key_size - 1] ^= 1;
	KUNIT_ASSERT_EQ(test, 0, seal_aead_set_key(aead, key, suite->key_size));
	KUNIT_EXPECT_EQ(test, -EBADMSG,
			open_bytes(test, aead, r, r->record, r->record_len));
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
