// SPDX-License-Identifier: GPL-2.0
/*
 * keysched.c, the keys of a direction: a secret or a key enters, the nonces and
 * records of other implementations are what is expected, over KeyUpdates and up to the
 * last sequence number.
 */
#include <linux/unaligned.h>

#include "tests.h"

KUNIT_ARRAY_PARAM_DESC(secrets, seal_test_secrets, name);
KUNIT_ARRAY_PARAM_DESC(records, seal_test_records, name);
KUNIT_ARRAY_PARAM_DESC(rows, seal_test_rows, name);

static const struct seal_test_cut whole;

static void epoch_release(void *epoch)
{
	seal_epoch_release(epoch);
}

static struct seal_epoch *make_epoch(struct kunit *test,
				     const struct seal_test_secret *s, u64 seq)
{
	struct seal_epoch *epoch = kunit_kzalloc(test, sizeof(*epoch), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, epoch);
	KUNIT_ASSERT_EQ(test, 0, seal_epoch_init(epoch, seal_suite_find(s->suite),
						 s->generation[0].secret, seq));
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, epoch_release, epoch));
	KUNIT_ASSERT_EQ(test, 0, seal_epoch_make_cipher(epoch));
	return epoch;
}

static struct seal_epoch *make_keyed(struct kunit *test, const struct seal_suite *suite,
				     const u8 *key, const u8 *nonce, u64 seq)
{
	struct seal_epoch *epoch = kunit_kzalloc(test, sizeof(*epoch), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, epoch);
	KUNIT_ASSERT_EQ(test, 0, seal_epoch_init_key(epoch, suite, key, nonce, seq));
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, epoch_release, epoch));
	KUNIT_ASSERT_EQ(test, 0, seal_epoch_make_cipher(epoch));
	return epoch;
}

static void expect_generation(struct kunit *test, const struct seal_epoch *epoch,
			      unsigned int generation)
{
	const struct seal_test_secret *s = test->param_value;

	KUNIT_EXPECT_EQ(test, epoch->generation, generation);
	KUNIT_EXPECT_MEMEQ(test, epoch->secret, s->generation[generation].secret,
			   SEAL_SECRET_SIZE);
	KUNIT_EXPECT_MEMEQ(test, epoch->iv, s->generation[generation].iv,
			   SEAL_NONCE_SIZE);
}

static void begins_where_it_is_told(struct kunit *test)
{
	const struct seal_test_secret *s = test->param_value;
	struct seal_epoch *epoch = make_epoch(test, s, 42);

	expect_generation(test, epoch, 0);
	KUNIT_EXPECT_EQ(test, epoch->seq, 42);
	KUNIT_EXPECT_EQ(test, epoch->records, 0);
	KUNIT_EXPECT_EQ(test, epoch->bytes, 0);
}

/* RFC 8446 7.2, 5.3: each time the key changes the sequence number is zero again */
static void update_goes_on_to_the_next_secret(struct kunit *test)
{
	const struct seal_test_secret *s = test->param_value;
	struct seal_epoch *epoch = make_epoch(test, s, 42);

	epoch->records = 7;
	epoch->bytes = 9;
	KUNIT_ASSERT_EQ(test, 0, seal_epoch_update(epoch));
	expect_generation(test, epoch, 1);
	KUNIT_EXPECT_EQ(test, epoch->seq, 0);
	KUNIT_EXPECT_EQ(test, epoch->records, 7);
	KUNIT_EXPECT_EQ(test, epoch->bytes, 9);
}

/* With its secret, or, where there is none, its key */
static struct seal_epoch *make_epoch_of(struct kunit *test,
					const struct seal_test_record *r)
{
	struct seal_epoch *epoch;

	if (!r->secret)
		return make_keyed(test, seal_test_suite(r), r->key, r->nonce, r->seq);
	epoch = make_epoch(test, r->secret, r->seq);
	if (r->generation)
		KUNIT_ASSERT_EQ(test, 0, seal_epoch_update(epoch));
	return epoch;
}

/* From what is set to the bytes on the wire, with everything the module has */
static void record_is_that_of_others(struct kunit *test)
{
	const struct seal_test_record *r = test->param_value;
	struct seal_epoch *epoch = make_epoch_of(test, r);
	size_t aad_len = epoch->suite->aad_size, len, sealed_len;
	u8 text[SEAL_TEST_TEXT], sealed[SEAL_TEST_TEXT], iv[SEAL_IV_SIZE];
	struct seal_test_list *list;

	len = seal_test_text(r, text);
	sealed_len = seal_test_sealed(r, sealed);
	list = seal_test_list_make(test, sealed_len, &whole);
	seal_test_list_write(list, text, len);
	KUNIT_ASSERT_EQ(test, 0, seal_epoch_iv(epoch, iv));
	KUNIT_EXPECT_EQ(test, 0, memcmp(seal_record_explicit(iv, epoch->suite),
					r->record + SEAL_HEADER_SIZE,
					epoch->suite->explicit_size));
	KUNIT_EXPECT_EQ(test, 0, seal_aead_seal(&epoch->aead, list->sg, list->sg,
						aad_len, len - aad_len, iv));
	seal_test_list_expect(test, list, sealed, sealed_len);
	KUNIT_EXPECT_EQ(test, epoch->seq, r->seq + 1);
}

/* A key and a nonce that are the same bytes over and over, for any suite */
static struct seal_epoch *make_row(struct kunit *test, u64 seq)
{
	const struct seal_test_row *row = test->param_value;
	u8 bytes[SEAL_KEY_SIZE_MAX];

	memset(bytes, 0x5c, sizeof(bytes));
	seal_test_need_cipher(test, row->suite);
	return make_keyed(test, row->suite, bytes, bytes, seq);
}

static u64 low_of(const u8 *iv, const struct seal_suite *suite)
{
	return get_unaligned_be64(iv + suite->ccm + SEAL_NONCE_SIZE - sizeof(u64));
}

/* RFC 8446 5.3: mixed in; RFC 5288 3: counted up */
static void no_nonce_is_used_twice(struct kunit *test)
{
	struct seal_epoch *epoch = make_row(test, 0);
	u8 first[SEAL_IV_SIZE], iv[SEAL_IV_SIZE];
	u64 seq, want;

	KUNIT_ASSERT_EQ(test, 0, seal_epoch_iv(epoch, first));
	for (seq = 1; seq < 1000; seq++) {
		want = low_of(first, epoch->suite);
		want = epoch->suite->explicit_size ? want + seq : want ^ seq;
		KUNIT_ASSERT_EQ(test, 0, seal_epoch_iv(epoch, iv));
		KUNIT_ASSERT_EQ(test, want, low_of(iv, epoch->suite));
		KUNIT_ASSERT_MEMEQ(test, iv, first,
				   epoch->suite->ccm + SEAL_NONCE_SIZE - sizeof(u64));
	}
	KUNIT_EXPECT_EQ(test, epoch->seq, 1000);
	KUNIT_EXPECT_EQ(test, epoch->records, 1000);
}

/* RFC 8446 5.3, RFC 5246 6.1: sequence numbers MUST NOT wrap */
static void sequence_number_does_not_wrap(struct kunit *test)
{
	struct seal_epoch *epoch = make_row(test, U64_MAX - 1);
	u8 iv[SEAL_IV_SIZE];

	KUNIT_EXPECT_EQ(test, 0, seal_epoch_iv(epoch, iv));
	memset(iv, 0xa5, sizeof(iv));
	KUNIT_EXPECT_EQ(test, -EKEYEXPIRED, seal_epoch_iv(epoch, iv));
	KUNIT_EXPECT_EQ(test, -EKEYEXPIRED, seal_epoch_iv(epoch, iv));
	KUNIT_EXPECT_NULL(test, memchr_inv(iv, 0xa5, sizeof(iv)));
	KUNIT_EXPECT_EQ(test, epoch->records, 1);
	KUNIT_EXPECT_EQ(test, epoch->seq, U64_MAX);
}

static void release_wipes(struct kunit *test)
{
	const struct seal_test_secret *s = test->param_value;
	struct seal_epoch epoch = {};

	KUNIT_ASSERT_EQ(test, 0, seal_epoch_init(&epoch, seal_suite_find(s->suite),
						 s->generation[0].secret, 42));
	KUNIT_EXPECT_EQ(test, 0, seal_epoch_make_cipher(&epoch));
	seal_epoch_release(&epoch);
	KUNIT_EXPECT_NULL(test, memchr_inv(&epoch, 0, sizeof(epoch)));
}

static void release_of_nothing_is_harmless(struct kunit *test)
{
	struct seal_epoch epoch = {};

	seal_epoch_release(&epoch);
	KUNIT_EXPECT_NULL(test, memchr_inv(&epoch, 0, sizeof(epoch)));
}

struct lacking {
	const char		*name;
	struct seal_suite	suite;
	int			err;
};

/* What a kernel says that lacks a cipher */
static const struct lacking lackings[] = {
	{ "cipher", { .key_size = 16, .hash_size = 32, .aead = "gcm(none)",
		      .hash = "sha256" }, -ENOENT },
	{ "hash", { .key_size = 16, .hash_size = 32, .aead = "gcm(aes)",
		    .hash = "none" }, -ENOENT },
};

KUNIT_ARRAY_PARAM_DESC(lackings, lackings, name);

static void failed_init_leaves_nothing(struct kunit *test)
{
	const struct lacking *l = test->param_value;
	struct seal_epoch epoch = {};

	KUNIT_EXPECT_EQ(test, l->err,
			seal_epoch_init(&epoch, &l->suite,
					seal_test_secrets[0].generation[0].secret, 42));
	KUNIT_EXPECT_NULL(test, memchr_inv(&epoch, 0, sizeof(epoch)));
}

/* No record was seen, so no cipher was made. */
static void cipher_waits_for_a_record(struct kunit *test)
{
	const struct seal_test_secret *s = test->param_value;
	struct seal_epoch epoch = {};

	KUNIT_ASSERT_EQ(test, 0, seal_epoch_init(&epoch, seal_suite_find(s->suite),
						 s->generation[0].secret, 42));
	KUNIT_EXPECT_NULL(test, epoch.aead.tfm);
	KUNIT_EXPECT_EQ(test, 0, seal_epoch_update(&epoch));
	KUNIT_EXPECT_NULL(test, epoch.aead.tfm);
	KUNIT_EXPECT_EQ(test, 0, seal_epoch_make_cipher(&epoch));
	KUNIT_EXPECT_NOT_NULL(test, epoch.aead.tfm);
	expect_generation(test, &epoch, 1);
	seal_epoch_release(&epoch);
}

/* A cipher that could not be keyed is not kept, and can be made again. */
static void failed_arm_changes_nothing(struct kunit *test)
{
	static const struct seal_suite odd = {
		.key_size = 15, .hash_size = 32, .aead = "gcm(aes)", .hash = "sha256",
	};
	struct seal_epoch epoch = {};

	KUNIT_ASSERT_EQ(test, 0,
			seal_epoch_init(&epoch, &odd,
					seal_test_secrets[0].generation[0].secret, 42));
	KUNIT_EXPECT_EQ(test, -EINVAL, seal_epoch_make_cipher(&epoch));
	KUNIT_EXPECT_NULL(test, epoch.aead.tfm);
	KUNIT_EXPECT_EQ(test, epoch.seq, 42);
	KUNIT_EXPECT_EQ(test, -EINVAL, seal_epoch_make_cipher(&epoch));
	seal_epoch_release(&epoch);
	KUNIT_EXPECT_NULL(test, memchr_inv(&epoch, 0, sizeof(epoch)));
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(begins_where_it_is_told, secrets_gen_params),
	KUNIT_CASE_PARAM(update_goes_on_to_the_next_secret, secrets_gen_params),
	KUNIT_CASE_PARAM(record_is_that_of_others, records_gen_params),
	KUNIT_CASE_PARAM(no_nonce_is_used_twice, rows_gen_params),
	KUNIT_CASE_PARAM(sequence_number_does_not_wrap, rows_gen_params),
	KUNIT_CASE_PARAM(release_wipes, secrets_gen_params),
	KUNIT_CASE(release_of_nothing_is_harmless),
	KUNIT_CASE_PARAM(failed_init_leaves_nothing, lackings_gen_params),
	KUNIT_CASE_PARAM(cipher_waits_for_a_record, secrets_gen_params),
	KUNIT_CASE(failed_arm_changes_nothing),
	{}
};

static struct kunit_suite suite = {
	.name = "sockseal_epoch",
	.suite_init = seal_test_rows_make,
	.test_cases = cases,
};

kunit_test_suite(suite);
