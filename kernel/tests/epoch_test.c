// SPDX-License-Identifier: GPL-2.0
/*
 * keysched.c, the keys of a direction: a secret enters, the nonces and records of
 * other implementations are what is expected, over KeyUpdates and up to the last
 * sequence number.
 */
#include "tests.h"

KUNIT_ARRAY_PARAM_DESC(secrets, seal_test_secrets, name);
KUNIT_ARRAY_PARAM_DESC(records, seal_test_records, name);

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
	KUNIT_ASSERT_EQ(test, 0, seal_epoch_update(epoch, seal_suite_find(s->suite)));
	expect_generation(test, epoch, 1);
	KUNIT_EXPECT_EQ(test, epoch->seq, 0);
	KUNIT_EXPECT_EQ(test, epoch->records, 7);
	KUNIT_EXPECT_EQ(test, epoch->bytes, 9);
}

/* From the secret to the bytes on the wire, with everything the module has */
static void record_is_that_of_others(struct kunit *test)
{
	const struct seal_test_record *r = test->param_value;
	struct seal_epoch *epoch = make_epoch(test, r->secret, r->seq);
	u8 plain[sizeof(r->record)], nonce[SEAL_NONCE_SIZE];
	struct seal_test_list *list;
	size_t len = seal_test_inner(r, plain);

	if (r->generation)
		KUNIT_ASSERT_EQ(test, 0,
				seal_epoch_update(epoch,
						  seal_suite_find(r->secret->suite)));
	list = seal_test_list_make(test, r->record_len, &whole);
	seal_test_list_write(list, plain, len);
	KUNIT_ASSERT_EQ(test, 0, seal_epoch_nonce(epoch, nonce));
	KUNIT_EXPECT_EQ(test, 0, seal_aead_seal(&epoch->aead, list->sg, list->sg,
						len - SEAL_HEADER_SIZE, nonce));
	seal_test_list_expect(test, list, r->record, r->record_len);
	KUNIT_EXPECT_EQ(test, epoch->seq, r->seq + 1);
}

static void no_nonce_is_used_twice(struct kunit *test)
{
	const struct seal_test_secret *s = test->param_value;
	struct seal_epoch *epoch = make_epoch(test, s, 0);
	u8 nonce[SEAL_NONCE_SIZE], want[SEAL_NONCE_SIZE];
	u64 seq;

	for (seq = 0; seq < 1000; seq++) {
		seal_record_nonce(want, s->generation[0].iv, seq);
		KUNIT_ASSERT_EQ(test, 0, seal_epoch_nonce(epoch, nonce));
		KUNIT_ASSERT_MEMEQ(test, nonce, want, SEAL_NONCE_SIZE);
	}
	KUNIT_EXPECT_EQ(test, epoch->seq, 1000);
	KUNIT_EXPECT_EQ(test, epoch->records, 1000);
}

/* RFC 8446 5.3: sequence numbers MUST NOT wrap */
static void sequence_number_does_not_wrap(struct kunit *test)
{
	const struct seal_test_secret *s = test->param_value;
	struct seal_epoch *epoch = make_epoch(test, s, U64_MAX - 1);
	u8 nonce[SEAL_NONCE_SIZE];

	KUNIT_EXPECT_EQ(test, 0, seal_epoch_nonce(epoch, nonce));
	memset(nonce, 0xa5, sizeof(nonce));
	KUNIT_EXPECT_EQ(test, -EKEYEXPIRED, seal_epoch_nonce(epoch, nonce));
	KUNIT_EXPECT_EQ(test, -EKEYEXPIRED, seal_epoch_nonce(epoch, nonce));
	KUNIT_EXPECT_NULL(test, memchr_inv(nonce, 0xa5, sizeof(nonce)));
	KUNIT_EXPECT_EQ(test, epoch->records, 1);
	KUNIT_EXPECT_EQ(test, epoch->seq, U64_MAX);
}

static void release_wipes(struct kunit *test)
{
	const struct seal_test_secret *s = test->param_value;
	struct seal_epoch epoch = {};

	KUNIT_ASSERT_EQ(test, 0, seal_epoch_init(&epoch, seal_suite_find(s->suite),
						 s->generation[0].secret, 42));
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

/* What a kernel says that lacks a cipher, and a failure after the secret came in */
static const struct lacking lackings[] = {
	{ "cipher", { 0, 16, 32, "gcm(none)", "hmac(sha256)" }, -ENOENT },
	{ "hash", { 0, 16, 32, "gcm(aes)", "hmac(none)" }, -ENOENT },
	{ "key_size", { 0, 15, 32, "gcm(aes)", "hmac(sha256)" }, -EINVAL },
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

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(begins_where_it_is_told, secrets_gen_params),
	KUNIT_CASE_PARAM(update_goes_on_to_the_next_secret, secrets_gen_params),
	KUNIT_CASE_PARAM(record_is_that_of_others, records_gen_params),
	KUNIT_CASE_PARAM(no_nonce_is_used_twice, secrets_gen_params),
	KUNIT_CASE_PARAM(sequence_number_does_not_wrap, secrets_gen_params),
	KUNIT_CASE_PARAM(release_wipes, secrets_gen_params),
	KUNIT_CASE(release_of_nothing_is_harmless),
	KUNIT_CASE_PARAM(failed_init_leaves_nothing, lackings_gen_params),
	{}
};

static struct kunit_suite suite = {
	.name = "sockseal_epoch",
	.test_cases = cases,
};

kunit_test_suite(suite);
