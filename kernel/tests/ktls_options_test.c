// SPDX-License-Identifier: GPL-2.0
/*
 * ktls_sockopt.c: the options of <linux/tls.h> enter, right and wrong; keys of a
 * direction, or the errno of the kernel's own kTLS, are what is expected.
 *
 * The socket was never connected: nothing here is sent.
 */
#include <linux/sockptr.h>
#include <linux/unaligned.h>
#include <uapi/linux/tls.h>

#include "tests.h"

KUNIT_ARRAY_PARAM_DESC(rows, seal_test_rows, name);

static struct seal_test_conn *make_conn(struct kunit *test)
{
	return seal_test_conn_make(test, &seal_ktls);
}

static int set(struct seal_test_conn *c, int option, const void *value, unsigned int len)
{
	return seal_ktls_set(c->sk, option, KERNEL_SOCKPTR((void *)value), len);
}

/* struct tls12_crypto_info_*: info, iv, key, salt, rec_seq */
static size_t info_size(const struct seal_suite *suite)
{
	return sizeof(struct tls_crypto_info) + SEAL_NONCE_SIZE + suite->key_size +
	       TLS_CIPHER_AES_GCM_128_REC_SEQ_SIZE;
}

/* Bytes that count up, and sequence number 7, before a guard page */
static struct tls_crypto_info *make_info(struct kunit *test,
					 const struct seal_suite *suite)
{
	size_t size = info_size(suite), i;
	u8 *bytes = seal_test_guarded(test, size);
	struct tls_crypto_info *info = (void *)bytes;

	for (i = 0; i < size; i++)
		bytes[i] = i;
	info->version = suite->version;
	info->cipher_type = suite->ktls;
	put_unaligned_be64(7, bytes + size - sizeof(u64));
	return info;
}

/* Several numbers on the wire may mean one cipher of <linux/tls.h> */
static bool is_same(const struct seal_suite *a, const struct seal_suite *b)
{
	return a->version == b->version && a->ktls == b->ktls;
}

static void expect_key(struct kunit *test, const struct seal_epoch *epoch,
		       const struct tls_crypto_info *info,
		       const struct seal_suite *suite)
{
	const u8 *iv = (const u8 *)(info + 1);
	size_t iv_size = SEAL_NONCE_SIZE - suite->salt_size;
	u8 next[SEAL_IV_SIZE];

	KUNIT_ASSERT_TRUE(test, is_same(epoch->suite, suite));
	KUNIT_EXPECT_EQ(test, epoch->seq, 7);
	KUNIT_EXPECT_MEMEQ(test, epoch->secret, iv + iv_size, suite->key_size);
	/* what is explicit is that of the next record; or else 7 is mixed in */
	seal_record_iv(next, suite, epoch->iv, epoch->seq);
	if (!suite->explicit_size)
		next[suite->ccm + SEAL_NONCE_SIZE - 1] ^= 7;
	KUNIT_EXPECT_MEMEQ(test, next + suite->ccm, iv + iv_size + suite->key_size,
			   suite->salt_size);
	KUNIT_EXPECT_MEMEQ(test, next + suite->ccm + suite->salt_size, iv, iv_size);
}

static void expect_no_key(struct kunit *test, const struct seal_epoch *epoch)
{
	KUNIT_EXPECT_NULL(test, memchr_inv(epoch, 0, sizeof(*epoch)));
}

static void key_is_set(struct kunit *test)
{
	const struct seal_test_row *row = test->param_value;
	struct tls_crypto_info *info = make_info(test, row->suite);
	struct seal_test_conn *c = make_conn(test);

	seal_test_need_cipher(test, row->suite);
	KUNIT_ASSERT_EQ(test, 0, set(c, TLS_TX, info, info_size(row->suite)));
	expect_key(test, &c->ss.tx.epoch, info, row->suite);
	expect_no_key(test, &c->ss.rx.epoch);
	KUNIT_ASSERT_EQ(test, 0, set(c, TLS_RX, info, info_size(row->suite)));
	expect_key(test, &c->ss.rx.epoch, info, row->suite);
}

static void key_of_absent_cipher_is_refused(struct kunit *test)
{
	struct seal_suite none = *seal_suite_at(0);
	struct seal_epoch epoch = {};
	u8 key[SEAL_KEY_SIZE_MAX] = { 1 };

	none.aead = "gcm(none)";
	KUNIT_EXPECT_EQ(test, -ENOENT, seal_epoch_init_key(&epoch, &none, key, key, 0));
	expect_no_key(test, &epoch);
}

static void each_other_length_is_refused(struct kunit *test)
{
	const struct seal_test_row *row = test->param_value;
	unsigned int size = info_size(row->suite), len;
	struct tls_crypto_info *info = make_info(test, row->suite);
	struct seal_test_conn *c = make_conn(test);

	for (len = 0; len <= 2 * size; len++)
		if (len != size)
			KUNIT_EXPECT_EQ_MSG(test, -EINVAL, set(c, TLS_TX, info, len),
					    "length %u", len);
	KUNIT_EXPECT_EQ(test, -EINVAL, set(c, TLS_TX, info, INT_MAX));
	expect_no_key(test, &c->ss.tx.epoch);
}

static void null_is_refused(struct kunit *test)
{
	const struct seal_test_row *row = test->param_value;
	struct seal_test_conn *c = make_conn(test);

	KUNIT_EXPECT_EQ(test, -EINVAL, set(c, TLS_TX, NULL, info_size(row->suite)));
	KUNIT_EXPECT_EQ(test, -EINVAL, set(c, TLS_RX, NULL, 0));
}

static void other_versions_are_refused(struct kunit *test)
{
	static const u16 versions[] = { 0, 0x0300, 0x0301, 0x0302, 0x0305, 0xfefd };
	const struct seal_test_row *row = test->param_value;
	struct tls_crypto_info *info = make_info(test, row->suite);
	struct seal_test_conn *c = make_conn(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(versions); i++) {
		info->version = versions[i];
		KUNIT_EXPECT_EQ(test, -EINVAL,
				set(c, TLS_TX, info, info_size(row->suite)));
	}
	expect_no_key(test, &c->ss.tx.epoch);
}

/* Also those that are ciphers of the other version alone */
static void other_ciphers_are_refused(struct kunit *test)
{
	const struct seal_test_row *row = test->param_value;
	struct tls_crypto_info *info = make_info(test, row->suite);
	struct seal_test_conn *c = make_conn(test);
	unsigned int cipher;

	for (cipher = 0; cipher <= U16_MAX; cipher++) {
		if (seal_suite_find_ktls(row->suite->version, cipher))
			continue;
		info->cipher_type = cipher;
		KUNIT_ASSERT_EQ_MSG(test, -EINVAL,
				    set(c, TLS_TX, info, info_size(row->suite)),
				    "cipher %u", cipher);
	}
	expect_no_key(test, &c->ss.tx.epoch);
}

/* Both directions are of one cipher and one version */
static void other_direction_binds(struct kunit *test)
{
	const struct seal_test_row *row = test->param_value;
	struct tls_crypto_info *info = make_info(test, row->suite);
	struct seal_test_conn *c = make_conn(test);
	unsigned int i;

	seal_test_need_cipher(test, row->suite);
	KUNIT_ASSERT_EQ(test, 0, set(c, TLS_TX, info, info_size(row->suite)));
	for (i = 0; i < SEAL_SUITES; i++) {
		const struct seal_suite *other = seal_test_rows[i].suite;

		if (is_same(other, row->suite))
			continue;
		KUNIT_EXPECT_EQ_MSG(test, -EINVAL,
				    set(c, TLS_RX, make_info(test, other),
					info_size(other)),
				    "%s", seal_test_rows[i].name);
	}
	expect_no_key(test, &c->ss.rx.epoch);
}

/* RFC 8446 4.6.3: only TLS 1.3 goes on to another key */
static void next_key_is_for_tls13(struct kunit *test)
{
	const struct seal_test_row *row = test->param_value;
	bool is_tls13 = row->suite->version == SEAL_VERSION_TLS13;
	struct tls_crypto_info *info = make_info(test, row->suite);
	struct seal_test_conn *c = make_conn(test);

	seal_test_need_cipher(test, row->suite);
	KUNIT_ASSERT_EQ(test, 0, set(c, TLS_TX, info, info_size(row->suite)));
	KUNIT_EXPECT_EQ(test, is_tls13 ? 0 : -EBUSY,
			set(c, TLS_TX, info, info_size(row->suite)));
	KUNIT_EXPECT_EQ(test, c->ss.tx.epoch.generation, is_tls13 ? 1 : 0);
	expect_key(test, &c->ss.tx.epoch, info, row->suite);
}

/**
 * struct value - an option that is a number
 * @name:	of the test parameter
 * @option:	TLS_*
 * @len:	length that is told
 * @value:	the number, in the order of bytes of this machine
 * @tls13:	what is expected where a TLS 1.3 key is set in both directions
 * @tls12:	likewise, TLS 1.2
 * @none:	likewise, no key
 */
struct value {
	const char	*name;
	int		option;
	unsigned int	len;
	u64		value;
	int		tls13;
	int		tls12;
	int		none;
};

static const struct value values[] = {
	{ "zerocopy_off", TLS_TX_ZEROCOPY_RO, 4, 0, 0, 0, 0 },
	{ "zerocopy_on", TLS_TX_ZEROCOPY_RO, 4, 1, 0, 0, 0 },
	{ "zerocopy_2", TLS_TX_ZEROCOPY_RO, 4, 2, -EINVAL, -EINVAL, -EINVAL },
	{ "zerocopy_short", TLS_TX_ZEROCOPY_RO, 3, 1, -EINVAL, -EINVAL, -EINVAL },
	{ "zerocopy_long", TLS_TX_ZEROCOPY_RO, 8, 1, -EINVAL, -EINVAL, -EINVAL },
	{ "no_pad_off", TLS_RX_EXPECT_NO_PAD, 4, 0, 0, -EINVAL, -EINVAL },
	{ "no_pad_on", TLS_RX_EXPECT_NO_PAD, 4, 1, 0, -EINVAL, -EINVAL },
	{ "no_pad_2", TLS_RX_EXPECT_NO_PAD, 4, 2, -EINVAL, -EINVAL, -EINVAL },
	{ "no_pad_short", TLS_RX_EXPECT_NO_PAD, 3, 1, -EINVAL, -EINVAL, -EINVAL },
	{ "no_pad_long", TLS_RX_EXPECT_NO_PAD, 8, 1, 0, -EINVAL, -EINVAL },
	{ "no_pad_long_not_zero", TLS_RX_EXPECT_NO_PAD, 8, 1 | 1ULL << 63,
	  -EINVAL, -EINVAL, -EINVAL },
	{ "payload_0", TLS_TX_MAX_PAYLOAD_LEN, 2, 0, -EINVAL, -EINVAL, -EINVAL },
	{ "payload_62", TLS_TX_MAX_PAYLOAD_LEN, 2, 62, -EINVAL, -EINVAL, -EINVAL },
	{ "payload_63", TLS_TX_MAX_PAYLOAD_LEN, 2, 63, 0, -EINVAL, -EINVAL },
	{ "payload_64", TLS_TX_MAX_PAYLOAD_LEN, 2, 64, 0, 0, 0 },
	{ "payload_16384", TLS_TX_MAX_PAYLOAD_LEN, 2, 16384, 0, 0, 0 },
	{ "payload_16385", TLS_TX_MAX_PAYLOAD_LEN, 2, 16385, -EINVAL, -EINVAL, -EINVAL },
	{ "payload_65535", TLS_TX_MAX_PAYLOAD_LEN, 2, 65535, -EINVAL, -EINVAL, -EINVAL },
	{ "payload_short", TLS_TX_MAX_PAYLOAD_LEN, 1, 100, -EINVAL, -EINVAL, -EINVAL },
	{ "payload_long", TLS_TX_MAX_PAYLOAD_LEN, 4, 100, -EINVAL, -EINVAL, -EINVAL },
	{ "option_0", 0, 4, 1, -ENOPROTOOPT, -ENOPROTOOPT, -ENOPROTOOPT },
	{ "option_6", 6, 4, 1, -ENOPROTOOPT, -ENOPROTOOPT, -ENOPROTOOPT },
	{ "option_negative", -1, 4, 1, -ENOPROTOOPT, -ENOPROTOOPT, -ENOPROTOOPT },
};

KUNIT_ARRAY_PARAM_DESC(values, values, name);

static int try_value(struct kunit *test, struct seal_test_conn *c)
{
	const struct value *v = test->param_value;
	u8 *bytes = seal_test_guarded_copy(test, (const u8 *)&v->value, v->len);

	return set(c, v->option, bytes, v->len);
}

static struct seal_test_conn *make_keyed(struct kunit *test, u16 version)
{
	const struct seal_suite *suite = seal_suite_find_ktls(version,
							      TLS_CIPHER_AES_GCM_128);
	struct tls_crypto_info *info = make_info(test, suite);
	struct seal_test_conn *c = make_conn(test);

	KUNIT_ASSERT_EQ(test, 0, set(c, TLS_TX, info, info_size(suite)));
	KUNIT_ASSERT_EQ(test, 0, set(c, TLS_RX, info, info_size(suite)));
	return c;
}

static void value_is_validated(struct kunit *test)
{
	const struct value *v = test->param_value;

	KUNIT_EXPECT_EQ(test, v->none, try_value(test, make_conn(test)));
	KUNIT_EXPECT_EQ(test, v->tls12,
			try_value(test, make_keyed(test, SEAL_VERSION_TLS12)));
	KUNIT_EXPECT_EQ(test, v->tls13,
			try_value(test, make_keyed(test, SEAL_VERSION_TLS13)));
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(key_is_set, rows_gen_params),
	KUNIT_CASE(key_of_absent_cipher_is_refused),
	KUNIT_CASE_PARAM(each_other_length_is_refused, rows_gen_params),
	KUNIT_CASE_PARAM(null_is_refused, rows_gen_params),
	KUNIT_CASE_PARAM(other_versions_are_refused, rows_gen_params),
	KUNIT_CASE_PARAM(other_ciphers_are_refused, rows_gen_params),
	KUNIT_CASE_PARAM(other_direction_binds, rows_gen_params),
	KUNIT_CASE_PARAM(next_key_is_for_tls13, rows_gen_params),
	KUNIT_CASE_PARAM(value_is_validated, values_gen_params),
	{}
};

static struct kunit_suite suite = {
	.name = "sockseal_ktls_options",
	.suite_init = seal_test_rows_make,
	.test_cases = cases,
};

kunit_test_suite(suite);
