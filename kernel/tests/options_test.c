// SPDX-License-Identifier: GPL-2.0
/*
 * sockopt.c, SEAL_KEYS: what a program may get wrong enters, and the errno that the
 * uAPI header names is what is expected, and no trace of the keys.
 *
 * The socket was never connected: nothing here is sent.
 */
#include <linux/sockptr.h>

#include "tests.h"

#define AT(field)	offsetof(struct seal_keys, field)
#define SIZE		sizeof(struct seal_keys)

/**
 * struct change - a valid argument of SEAL_KEYS with something changed
 * @name:	of the test parameter
 * @err:	what setsockopt() says to it
 * @len:	its length in bytes
 * @at:		where the change is
 * @bytes:	how many bytes
 * @value:	what stands there, in the order of bytes of this machine
 */
struct change {
	const char	*name;
	int		err;
	unsigned int	len;
	size_t		at;
	size_t		bytes;
	u64		value;
};

static const struct change changes[] = {
	{ "nothing", 0, SIZE },
	{ "length_0", -EINVAL, 0 },
	{ "length_1", -EINVAL, 1 },
	{ "length_one_less", -EINVAL, SIZE - 1 },
	{ "length_one_more", -EINVAL, SIZE + 1 },
	{ "length_of_one_direction", -EINVAL, AT(rx) },
	{ "length_huge", -EINVAL, INT_MAX },
	{ "version_0", -EINVAL, SIZE, AT(version), 2, 0 },
	{ "version_tls10", -EINVAL, SIZE, AT(version), 2, 0x0301 },
	{ "version_tls12", -EINVAL, SIZE, AT(version), 2, 0x0303 },
	{ "version_after_tls13", -EINVAL, SIZE, AT(version), 2, 0x0305 },
	{ "version_of_dtls13", -EINVAL, SIZE, AT(version), 2, 0xfefc },
	{ "version_swapped", -EINVAL, SIZE, AT(version), 2, 0x0403 },
	{ "flag_first", -EINVAL, SIZE, AT(flags), 4, 1 },
	{ "flag_last", -EINVAL, SIZE, AT(flags), 4, 1U << 31 },
	{ "suite_0", -EOPNOTSUPP, SIZE, AT(suite), 2, 0 },
	{ "suite_null_with_sha256", -EOPNOTSUPP, SIZE, AT(suite), 2, 0x003b },
	{ "suite_ccm_8", -EOPNOTSUPP, SIZE, AT(suite), 2, 0x1305 },
	{ "suite_of_tls12", -EINVAL, SIZE, AT(suite), 2, 0xc02f },
	{ "suite_swapped", -EOPNOTSUPP, SIZE, AT(suite), 2, 0x0113 },
	{ "tx_seq_last", 0, SIZE, AT(tx.seq), 8, U64_MAX - 1 },
	{ "tx_seq_too_large", -EINVAL, SIZE, AT(tx.seq), 8, U64_MAX },
	{ "rx_seq_last", 0, SIZE, AT(rx.seq), 8, U64_MAX - 1 },
	{ "rx_seq_too_large", -EINVAL, SIZE, AT(rx.seq), 8, U64_MAX },
	{ "tx_secret_too_long", -EINVAL, SIZE, AT(tx.secret[32]), 1, 1 },
	{ "tx_secret_much_too_long", -EINVAL, SIZE, AT(tx.secret[47]), 1, 1 },
	{ "rx_secret_too_long", -EINVAL, SIZE, AT(rx.secret[32]), 1, 1 },
	{ "rx_secret_much_too_long", -EINVAL, SIZE, AT(rx.secret[47]), 1, 1 },
};

KUNIT_ARRAY_PARAM_DESC(changes, changes, name);

static struct seal_test_conn *make_conn(struct kunit *test)
{
	return seal_test_conn_make(test, &seal_native);
}

static int set(struct seal_test_conn *c, int option, const void *value, unsigned int len)
{
	return seal_sockopt_set(c->sk, option, KERNEL_SOCKPTR((void *)value), len);
}

/* Before a guard page, so that nothing behind it can be looked at */
static struct seal_keys *make_keys(struct kunit *test)
{
	const struct seal_test_secret *s = &seal_test_secrets[0];
	struct seal_keys *keys = (void *)seal_test_guarded(test, sizeof(*keys));

	memset(keys, 0, sizeof(*keys));
	keys->version = SEAL_VERSION_TLS13;
	keys->suite = s->suite;
	memcpy(keys->tx.secret, s->generation[0].secret, sizeof(keys->tx.secret));
	memcpy(keys->rx.secret, s->generation[1].secret, sizeof(keys->rx.secret));
	keys->tx.seq = 7;
	keys->rx.seq = 9;
	return keys;
}

static void expect_keys(struct kunit *test, const struct seal_test_conn *c,
			const struct seal_keys *keys)
{
	const struct seal_suite *suite = seal_suite_find(keys->suite);

	KUNIT_EXPECT_PTR_EQ(test, c->ss.tx.epoch.suite, suite);
	KUNIT_EXPECT_PTR_EQ(test, c->ss.rx.epoch.suite, suite);
	KUNIT_EXPECT_EQ(test, c->ss.tx.epoch.seq, keys->tx.seq);
	KUNIT_EXPECT_EQ(test, c->ss.rx.epoch.seq, keys->rx.seq);
	KUNIT_EXPECT_MEMEQ(test, c->ss.tx.epoch.secret, keys->tx.secret,
			   SEAL_SECRET_SIZE);
	KUNIT_EXPECT_MEMEQ(test, c->ss.rx.epoch.secret, keys->rx.secret,
			   SEAL_SECRET_SIZE);
}

static void expect_no_keys(struct kunit *test, const struct seal_test_conn *c)
{
	KUNIT_EXPECT_NULL(test, memchr_inv(&c->ss.tx.epoch, 0, sizeof(c->ss.tx.epoch)));
	KUNIT_EXPECT_NULL(test, memchr_inv(&c->ss.rx.epoch, 0, sizeof(c->ss.rx.epoch)));
}

static void keys_are_validated(struct kunit *test)
{
	const struct change *change = test->param_value;
	struct seal_keys *keys = make_keys(test);
	struct seal_test_conn *c = make_conn(test);

	memcpy((u8 *)keys + change->at, &change->value, change->bytes);
	KUNIT_EXPECT_EQ(test, change->err, set(c, SEAL_KEYS, keys, change->len));
	if (change->err)
		expect_no_keys(test, c);
	else
		expect_keys(test, c, keys);
}

/* What was refused is no reason to refuse what is right */
static void right_keys_are_taken_after_wrong_ones(struct kunit *test)
{
	const struct change *change = test->param_value;
	struct seal_keys *keys = make_keys(test), *wrong = make_keys(test);
	struct seal_test_conn *c = make_conn(test);

	memcpy((u8 *)wrong + change->at, &change->value, change->bytes);
	if (set(c, SEAL_KEYS, wrong, change->len))
		KUNIT_EXPECT_EQ(test, 0, set(c, SEAL_KEYS, keys, SIZE));
	else
		KUNIT_EXPECT_EQ(test, -EBUSY, set(c, SEAL_KEYS, keys, SIZE));
}

static void keys_are_set_once(struct kunit *test)
{
	struct seal_keys *keys = make_keys(test);
	struct seal_test_conn *c = make_conn(test);

	KUNIT_ASSERT_EQ(test, 0, set(c, SEAL_KEYS, keys, SIZE));
	KUNIT_EXPECT_EQ(test, -EBUSY, set(c, SEAL_KEYS, keys, SIZE));
	expect_keys(test, c, keys);
}

static const u64 settable = BIT_ULL(SEAL_KEYS) | BIT_ULL(SEAL_PREFILL) |
			    BIT_ULL(SEAL_POLICY) | BIT_ULL(SEAL_KEY_UPDATE) |
			    BIT_ULL(SEAL_ALERT);

/* Every number but those of options that can be set */
static void other_options_are_unknown(struct kunit *test)
{
	struct seal_keys *keys = make_keys(test);
	struct seal_test_conn *c = make_conn(test);
	int option;

	for (option = -1; option < 64; option++)
		if (option < 0 || !(settable & BIT_ULL(option)))
			KUNIT_EXPECT_EQ_MSG(test, -ENOPROTOOPT, set(c, option, keys, SIZE),
					    "option %d", option);
	expect_no_keys(test, c);
}

KUNIT_ARRAY_PARAM_DESC(secrets, seal_test_secrets, name);

static void keys_of_each_suite_are_taken(struct kunit *test)
{
	const struct seal_test_secret *s = test->param_value;
	struct seal_keys *keys = make_keys(test);
	struct seal_test_conn *c = make_conn(test);

	keys->suite = s->suite;
	memcpy(keys->tx.secret, s->generation[0].secret, sizeof(keys->tx.secret));
	memcpy(keys->rx.secret, s->generation[1].secret, sizeof(keys->rx.secret));
	KUNIT_EXPECT_EQ(test, 0, set(c, SEAL_KEYS, keys, SIZE));
	expect_keys(test, c, keys);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(keys_are_validated, changes_gen_params),
	KUNIT_CASE_PARAM(right_keys_are_taken_after_wrong_ones, changes_gen_params),
	KUNIT_CASE(keys_are_set_once),
	KUNIT_CASE(other_options_are_unknown),
	KUNIT_CASE_PARAM(keys_of_each_suite_are_taken, secrets_gen_params),
	{}
};

static struct kunit_suite suite = {
	.name = "sockseal_options",
	.test_cases = cases,
};

kunit_test_suite(suite);
