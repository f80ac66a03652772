// SPDX-License-Identifier: GPL-2.0
/*
 * policy.c: right and wrong values of SEAL_POLICY enter; the errno that the uAPI
 * header names, and the values that are in effect then, are what is expected.
 */
#include <linux/sockptr.h>

#include "tests.h"

#define SIZE	sizeof(struct seal_policy)

/**
 * struct input - an argument of SEAL_POLICY
 * @name:	of the test parameter
 * @err:	what setsockopt() says to it
 * @len:	its length in bytes
 * @policy:	its value
 */
struct input {
	const char		*name;
	int			err;
	unsigned int		len;
	struct seal_policy	policy;
};

static const struct input inputs[] = {
	{ "nothing", 0, SIZE },
	{ "length_0", -EINVAL, 0 },
	{ "length_one_less", -EINVAL, SIZE - 1 },
	{ "length_one_more", -EINVAL, SIZE + 1 },
	{ "length_huge", -EINVAL, INT_MAX },
	{ "flag_truncation", 0, SIZE, { .flags = 1 } },
	{ "flag_dynamic", 0, SIZE, { .flags = 2 } },
	{ "flag_coalesce", 0, SIZE, { .flags = 4 } },
	{ "flags_all", 0, SIZE, { .flags = 7 } },
	{ "flag_unknown", -EINVAL, SIZE, { .flags = 8 } },
	{ "flag_unknown_beside_known", -EINVAL, SIZE, { .flags = 15 } },
	{ "flag_last", -EINVAL, SIZE, { .flags = 1U << 31 } },
	{ "record_1", -EINVAL, SIZE, { .record_size = 1 } },
	{ "record_63", -EINVAL, SIZE, { .record_size = 63 } },
	{ "record_64", 0, SIZE, { .record_size = 64 } },
	{ "record_65", 0, SIZE, { .record_size = 65 } },
	{ "record_16384", 0, SIZE, { .record_size = 16384 } },
	{ "record_16385", 0, SIZE, { .record_size = 16385 } },
	{ "record_16386", -EINVAL, SIZE, { .record_size = 16386 } },
	{ "record_65535", -EINVAL, SIZE, { .record_size = 65535 } },
	{ "padding_1", 0, SIZE, { .padding = 1 } },
	{ "padding_65535", 0, SIZE, { .padding = 65535 } },
	{ "records_1", 0, SIZE, { .update_records = 1 } },
	{ "records_all", 0, SIZE, { .update_records = U64_MAX } },
	{ "bytes_1", 0, SIZE, { .update_bytes = 1 } },
	{ "bytes_all", 0, SIZE, { .update_bytes = U64_MAX } },
	{ "cpus_1", 0, SIZE, { .cpus = 1 } },
	{ "cpus_all", 0, SIZE, { .cpus = U32_MAX } },
	{ "reserved_first", -EINVAL, SIZE, { .reserved = 1 } },
	{ "reserved_last", -EINVAL, SIZE, { .reserved = 1U << 31 } },
};

KUNIT_ARRAY_PARAM_DESC(inputs, inputs, name);

static int set(struct seal_test_conn *c, const struct seal_policy *policy,
	       unsigned int len)
{
	return seal_sockopt_set(c->sk, SEAL_POLICY, KERNEL_SOCKPTR((void *)policy), len);
}

/* Before a guard page, so that nothing behind it can be looked at */
static struct seal_policy *guarded(struct kunit *test, const struct seal_policy *policy)
{
	return (void *)seal_test_guarded_copy(test, (const u8 *)policy, sizeof(*policy));
}

static void values_are_validated(struct kunit *test)
{
	const struct input *input = test->param_value;
	struct seal_test_conn *c = seal_test_conn_make(test, &seal_native);
	struct seal_policy *policy = guarded(test, &input->policy);

	KUNIT_EXPECT_EQ(test, input->err, set(c, policy, input->len));
	if (input->err)
		KUNIT_EXPECT_NULL(test, memchr_inv(&c->ss.policy, 0, SIZE));
	else
		KUNIT_EXPECT_MEMEQ(test, &c->ss.policy, policy, SIZE);
}

/* What is refused changes nothing of what was set before */
static void refused_value_leaves_the_last_one(struct kunit *test)
{
	static const struct seal_policy first = {
		.flags = SEAL_POLICY_TRUNCATION_EOF, .record_size = 1000, .padding = 16,
		.update_records = 5, .update_bytes = 6,
	};
	const struct input *input = test->param_value;
	struct seal_test_conn *c = seal_test_conn_make(test, &seal_native);

	KUNIT_ASSERT_EQ(test, 0, set(c, &first, SIZE));
	if (!set(c, guarded(test, &input->policy), input->len))
		return;
	KUNIT_EXPECT_MEMEQ(test, &c->ss.policy, &first, SIZE);
	KUNIT_EXPECT_EQ(test, c->ss.tx.payload_max, 999);
}

/**
 * struct effect - what a policy comes to
 * @name:	of the test parameter
 * @version:	of the protocol, 0 while there are no keys
 * @record_size: as set
 * @padding:	as set
 * @content:	most content of a record then
 * @size:	record_size in effect
 * @block:	padding in effect
 */
struct effect {
	const char	*name;
	u16		version;
	u16		record_size;
	u16		padding;
	u16		content;
	u16		size;
	u16		block;
};

#define TLS13	SEAL_VERSION_TLS13
#define TLS12	SEAL_VERSION_TLS12

static const struct effect effects[] = {
	{ "no_keys_default", 0, 0, 0, 16384, 16385, 0 },
	{ "no_keys_64", 0, 64, 16, 63, 64, 16 },
	{ "tls13_default", TLS13, 0, 0, 16384, 16385, 0 },
	{ "tls13_64", TLS13, 64, 0, 63, 64, 0 },
	{ "tls13_65", TLS13, 65, 0, 64, 65, 0 },
	{ "tls13_16384", TLS13, 16384, 0, 16383, 16384, 0 },
	{ "tls13_16385", TLS13, 16385, 0, 16384, 16385, 0 },
	{ "tls13_padding", TLS13, 0, 256, 16384, 16385, 256 },
	{ "tls13_padding_most", TLS13, 0, 65535, 16384, 16385, 16385 },
	{ "tls13_padding_above_record", TLS13, 512, 513, 511, 512, 512 },
	{ "tls13_padding_of_record", TLS13, 512, 512, 511, 512, 512 },
	{ "tls13_padding_below_record", TLS13, 512, 511, 511, 512, 511 },
	{ "tls12_default", TLS12, 0, 0, 16384, 16384, 0 },
	{ "tls12_64", TLS12, 64, 0, 64, 64, 0 },
	{ "tls12_16384", TLS12, 16384, 0, 16384, 16384, 0 },
	{ "tls12_16385", TLS12, 16385, 0, 16384, 16384, 0 },
	{ "tls12_padding", TLS12, 0, 256, 16384, 16384, 0 },
};

KUNIT_ARRAY_PARAM_DESC(effects, effects, name);

static void know_version(struct seal_test_conn *c, u16 version)
{
	unsigned int i = 0;

	while (version && seal_suite_at(i)->version != version)
		i++;
	c->ss.tx.epoch.suite = version ? seal_suite_at(i) : NULL;
}

static void expect_effect(struct kunit *test, const struct seal_test_conn *c)
{
	const struct effect *effect = test->param_value;
	struct seal_policy policy;

	seal_policy_get(&c->ss, &policy);
	KUNIT_EXPECT_EQ(test, c->ss.tx.payload_max, effect->content);
	KUNIT_EXPECT_EQ(test, policy.record_size, effect->size);
	KUNIT_EXPECT_EQ(test, policy.padding, effect->block);
	KUNIT_EXPECT_EQ(test, policy.update_bytes, 0);
}

static void version_tells_what_is_in_effect(struct kunit *test)
{
	const struct effect *effect = test->param_value;
	const struct seal_policy policy = {
		.record_size = effect->record_size, .padding = effect->padding,
	};
	struct seal_test_conn *c = seal_test_conn_make(test, &seal_native);

	know_version(c, effect->version);
	KUNIT_ASSERT_EQ(test, 0, set(c, &policy, SIZE));
	expect_effect(test, c);
}

/* The same, when the policy was there before the keys */
static void version_is_told_later(struct kunit *test)
{
	const struct effect *effect = test->param_value;
	const struct seal_policy policy = {
		.record_size = effect->record_size, .padding = effect->padding,
	};
	struct seal_test_conn *c = seal_test_conn_make(test, &seal_native);

	KUNIT_ASSERT_EQ(test, 0, set(c, &policy, SIZE));
	know_version(c, effect->version);
	seal_policy_apply(&c->ss);
	expect_effect(test, c);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(values_are_validated, inputs_gen_params),
	KUNIT_CASE_PARAM(refused_value_leaves_the_last_one, inputs_gen_params),
	KUNIT_CASE_PARAM(version_tells_what_is_in_effect, effects_gen_params),
	KUNIT_CASE_PARAM(version_is_told_later, effects_gen_params),
	{}
};

static struct kunit_suite suite = {
	.name = "sockseal_policy",
	.test_cases = cases,
};

kunit_test_suite(suite);
