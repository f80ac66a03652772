// SPDX-License-Identifier: GPL-2.0
/*
 * keysched.c, what it leaves behind: secrets enter, and neither what was released nor
 * the stack below the caller may hold them afterwards.
 */
#include <linux/sched/task_stack.h>

#include "tests.h"

KUNIT_ARRAY_PARAM_DESC(rows, seal_test_rows, name);
KUNIT_ARRAY_PARAM_DESC(secrets, seal_test_secrets, name);

/* Bytes of a secret that are looked for; shorter pieces may be there by chance */
#define PIECE	16

/* Not instrumented: what it looks at are frames of functions that have returned. */
static noinline __no_sanitize_address bool is_at(const u8 *at, const u8 *piece)
{
	unsigned int i;

	for (i = 0; i < PIECE; i++)
		if (READ_ONCE(at[i]) != piece[i])
			return false;
	return true;
}

/* Is a piece anywhere between the end of the stack and this frame? */
static noinline __no_sanitize_address bool is_on_stack(const u8 *piece)
{
	const u8 *at = (const u8 *)end_of_stack(current) + sizeof(long);
	const u8 *end = (const u8 *)__builtin_frame_address(0) - PIECE;

	for (; at < end; at++)
		if (is_at(at, piece))
			return true;
	return false;
}

/* A function that does what no function of ours may do */
static noinline void be_careless(const u8 *secret)
{
	u8 copy[64 * PIECE];

	memcpy(copy, secret, PIECE);
	memcpy(copy + sizeof(copy) - PIECE, secret, PIECE);
	barrier_data(copy);
}

static void careless_function_is_seen(struct kunit *test)
{
	u8 *secret = kunit_kmalloc(test, PIECE, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, secret);
	get_random_bytes(secret, PIECE);
	KUNIT_EXPECT_FALSE(test, is_on_stack(secret));
	be_careless(secret);
	KUNIT_EXPECT_TRUE(test, is_on_stack(secret));
}

static void expect_not_on_stack(struct kunit *test, const u8 *piece, const char *what)
{
	KUNIT_EXPECT_FALSE_MSG(test, is_on_stack(piece), "%s is on the stack", what);
}

static void expect_no_generation_on_stack(struct kunit *test,
					  const struct seal_test_secret *s,
					  unsigned int generation)
{
	expect_not_on_stack(test, s->generation[generation].secret, "secret");
	expect_not_on_stack(test, s->generation[generation].key, "key");
}

static void derivation_leaves_nothing_on_stack(struct kunit *test)
{
	const struct seal_test_secret *s = test->param_value;
	struct seal_epoch *epoch = kunit_kzalloc(test, sizeof(*epoch), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, epoch);
	KUNIT_ASSERT_EQ(test, 0, seal_epoch_init(epoch, seal_suite_find(s->suite),
						 s->generation[0].secret, 0));
	KUNIT_ASSERT_EQ(test, 0, seal_epoch_make_cipher(epoch));
	expect_no_generation_on_stack(test, s, 0);
	KUNIT_EXPECT_EQ(test, 0, seal_epoch_update(epoch));
	expect_no_generation_on_stack(test, s, 0);
	expect_no_generation_on_stack(test, s, 1);
	seal_epoch_release(epoch);
	expect_no_generation_on_stack(test, s, 1);
}

static u8 *make_key(struct kunit *test)
{
	u8 *key = kunit_kmalloc(test, SEAL_KEY_SIZE_MAX, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, key);
	get_random_bytes(key, SEAL_KEY_SIZE_MAX);
	return key;
}

static void key_leaves_nothing_on_stack(struct kunit *test)
{
	const struct seal_test_row *row = test->param_value;
	struct seal_epoch *epoch = kunit_kzalloc(test, sizeof(*epoch), GFP_KERNEL);
	u8 *key = make_key(test);

	KUNIT_ASSERT_NOT_NULL(test, epoch);
	seal_test_need_cipher(test, row->suite);
	KUNIT_ASSERT_EQ(test, 0, seal_epoch_init_key(epoch, row->suite, key, key, 7));
	KUNIT_ASSERT_EQ(test, 0, seal_epoch_make_cipher(epoch));
	expect_not_on_stack(test, key, "key");
	seal_epoch_release(epoch);
	expect_not_on_stack(test, key, "key");
}

static void release_wipes(struct kunit *test)
{
	const struct seal_test_row *row = test->param_value;
	u8 *key = make_key(test);
	struct seal_epoch epoch = {};

	seal_test_need_cipher(test, row->suite);
	KUNIT_ASSERT_EQ(test, 0, seal_epoch_init_key(&epoch, row->suite, key, key, 7));
	KUNIT_ASSERT_EQ(test, 0, seal_epoch_make_cipher(&epoch));
	seal_epoch_release(&epoch);
	KUNIT_EXPECT_NULL(test, memchr_inv(&epoch, 0, sizeof(epoch)));
}

/* The old key is gone, and so is the second copy of the new one */
static void replacement_wipes(struct kunit *test)
{
	const struct seal_test_row *row = test->param_value;
	u8 *old = make_key(test), *new = make_key(test);
	struct seal_epoch epoch = {}, next = {};

	seal_test_need_cipher(test, row->suite);
	KUNIT_ASSERT_EQ(test, 0, seal_epoch_init_key(&epoch, row->suite, old, old, 7));
	KUNIT_EXPECT_EQ(test, 0, seal_epoch_make_cipher(&epoch));
	KUNIT_EXPECT_EQ(test, 0, seal_epoch_init_key(&next, row->suite, new, new, 9));
	seal_epoch_replace(&epoch, &next);
	KUNIT_EXPECT_NULL(test, memchr_inv(&next, 0, sizeof(next)));
	KUNIT_EXPECT_MEMEQ(test, epoch.secret, new, row->suite->key_size);
	seal_epoch_release(&epoch);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(careless_function_is_seen),
	KUNIT_CASE_PARAM(derivation_leaves_nothing_on_stack, secrets_gen_params),
	KUNIT_CASE_PARAM(key_leaves_nothing_on_stack, rows_gen_params),
	KUNIT_CASE_PARAM(release_wipes, rows_gen_params),
	KUNIT_CASE_PARAM(replacement_wipes, rows_gen_params),
	{}
};

static struct kunit_suite suite = {
	.name = "sockseal_wipe",
	.suite_init = seal_test_rows_make,
	.test_cases = cases,
};

kunit_test_suite(suite);
