// SPDX-License-Identifier: GPL-2.0
/*
 * keysched.c, HKDF-Expand-Label: traffic secrets enter, the keys, IVs and next
 * secrets of RFC 8448 and of other implementations are what is expected.
 *
 * The answers in secrets.c come from python's hmac.  A third opinion on any of them,
 * here the key for SHA-384 (-keylen 48 and label:traffic upd for the next secret):
 *
 *	openssl kdf -keylen 32 -kdfopt mode:EXPAND_ONLY -kdfopt digest:SHA384 \
 *		-kdfopt hexkey:SECRET -kdfopt "prefix:tls13 " \
 *		-kdfopt label:key TLS13-KDF
 */
#include "tests.h"

KUNIT_ARRAY_PARAM_DESC(secrets, seal_test_secrets, name);

struct fixture {
	const struct seal_suite	*suite;
	struct seal_hmac	hmac;
};

static void hmac_release(void *hmac)
{
	seal_hmac_release(hmac);
}

/* Under a secret of the suite's */
static struct fixture *make_fixture(struct kunit *test, u16 id, const u8 *secret)
{
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, f);
	f->suite = seal_suite_find(id);
	KUNIT_ASSERT_NOT_NULL(test, f->suite);
	KUNIT_ASSERT_EQ(test, 0, seal_hash_check(f->suite));
	KUNIT_ASSERT_EQ(test, 0, seal_hmac_init(&f->hmac, f->suite, secret,
						f->suite->hash_size));
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, hmac_release, &f->hmac));
	return f;
}

/* Expands generation 0; the byte behind the output must stay as it is */
static void expect_label(struct kunit *test, const char *label, const u8 *want,
			 size_t len)
{
	const struct seal_test_secret *s = test->param_value;
	struct fixture *f = make_fixture(test, s->suite, s->generation[0].secret);
	u8 out[SEAL_SECRET_SIZE + 1];

	memset(out, 0xa5, sizeof(out));
	KUNIT_ASSERT_EQ(test, 0,
			seal_keysched_expand_label(&f->hmac, f->suite,
						   label, out, len));
	KUNIT_EXPECT_MEMEQ(test, out, want, len);
	KUNIT_EXPECT_EQ(test, out[len], 0xa5);
}

static void key_is_derived(struct kunit *test)
{
	const struct seal_test_secret *s = test->param_value;

	expect_label(test, "key", s->generation[0].key,
		     seal_suite_find(s->suite)->key_size);
}

static void iv_is_derived(struct kunit *test)
{
	const struct seal_test_secret *s = test->param_value;

	expect_label(test, "iv", s->generation[0].iv, SEAL_NONCE_SIZE);
}

/* RFC 8446 7.2 */
static void next_secret_is_derived(struct kunit *test)
{
	const struct seal_test_secret *s = test->param_value;

	expect_label(test, "traffic upd", s->generation[1].secret,
		     seal_suite_find(s->suite)->hash_size);
}

/* Its states serve for every label of a secret */
static void labels_do_not_disturb_each_other(struct kunit *test)
{
	const struct seal_test_secret *s = test->param_value;
	struct fixture *f = make_fixture(test, s->suite, s->generation[0].secret);
	u8 first[SEAL_NONCE_SIZE], second[SEAL_NONCE_SIZE];

	KUNIT_ASSERT_EQ(test, 0, seal_keysched_expand_label(&f->hmac, f->suite, "iv",
							    first, sizeof(first)));
	KUNIT_ASSERT_EQ(test, 0, seal_keysched_expand_label(&f->hmac, f->suite, "iv",
							    second, sizeof(second)));
	KUNIT_EXPECT_MEMEQ(test, first, second, sizeof(first));
}

static void expect_refused(struct kunit *test, const char *label, size_t len)
{
	const struct seal_test_secret *s = test->param_value;
	struct fixture *f = make_fixture(test, s->suite, s->generation[0].secret);
	u8 out[SEAL_SECRET_SIZE + 1];

	memset(out, 0xa5, sizeof(out));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			seal_keysched_expand_label(&f->hmac, f->suite,
						   label, out, len));
	KUNIT_EXPECT_NULL(test, memchr_inv(out, 0xa5, sizeof(out)));
}

static void output_longer_than_the_hash_is_refused(struct kunit *test)
{
	const struct seal_test_secret *s = test->param_value;

	expect_refused(test, "key", seal_suite_find(s->suite)->hash_size + 1);
}

static void label_longer_than_any_is_refused(struct kunit *test)
{
	expect_refused(test, "traffic upd+", 16);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(key_is_derived, secrets_gen_params),
	KUNIT_CASE_PARAM(iv_is_derived, secrets_gen_params),
	KUNIT_CASE_PARAM(next_secret_is_derived, secrets_gen_params),
	KUNIT_CASE_PARAM(labels_do_not_disturb_each_other, secrets_gen_params),
	KUNIT_CASE_PARAM(output_longer_than_the_hash_is_refused, secrets_gen_params),
	KUNIT_CASE_PARAM(label_longer_than_any_is_refused, secrets_gen_params),
	{}
};

static struct kunit_suite suite = {
	.name = "sockseal_keysched",
	.test_cases = cases,
};

kunit_test_suite(suite);
