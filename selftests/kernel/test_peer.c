// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The judge judged: secrets and records of RFC 8448 3 enter the record peer,
 * and must leave as that document prints them.
 */
#include "ktest.h"

static const uint8_t server_secret[] = {
	0xa1, 0x1a, 0xf9, 0xf0, 0x55, 0x31, 0xf8, 0x56, 0xad, 0x47, 0x11, 0x6b,
	0x45, 0xa9, 0x50, 0x32, 0x82, 0x04, 0xb4, 0xf4, 0x4b, 0xfb, 0x6b, 0x3a,
	0x4b, 0x4f, 0x1f, 0x3f, 0xcb, 0x63, 0x16, 0x43,
};

static const uint8_t server_key[] = {
	0x9f, 0x02, 0x28, 0x3b, 0x6c, 0x9c, 0x07, 0xef,
	0xc2, 0x6b, 0xb9, 0xf2, 0xac, 0x92, 0xe3, 0x56,
};

static const uint8_t server_iv[] = {
	0xcf, 0x78, 0x2b, 0x88, 0xdd, 0x83, 0x54, 0x9a, 0xad, 0xf1, 0xe9, 0x84,
};

/* The server's close_notify: its third record, after a ticket and data */
static const uint8_t server_alert[] = {
	0x17, 0x03, 0x03, 0x00, 0x13, 0xb5, 0x8f, 0xd6, 0x71, 0x66, 0xeb, 0xf5,
	0x99, 0xd2, 0x47, 0x20, 0xcf, 0xbe, 0x7e, 0xfa, 0x7a, 0x88, 0x64, 0xa9,
};

static void derives_key_and_iv(void **state)
{
	struct half half;

	(void)state;
	half_init(&half, SEAL_AES_128_GCM_SHA256, server_secret, 0);
	expect_bytes(half.key, server_key, sizeof(server_key));
	expect_bytes(half.iv, server_iv, sizeof(server_iv));
}

static void seals_as_printed(void **state)
{
	static const uint8_t close_notify[] = { ALERT_WARNING, ALERT_CLOSE_NOTIFY };
	uint8_t record[64];
	struct half half;

	(void)state;
	half_init(&half, SEAL_AES_128_GCM_SHA256, server_secret, 2);
	expect_count(record_seal(&half, TYPE_ALERT, close_notify, 2, record),
		     sizeof(server_alert));
	expect_bytes(record, server_alert, sizeof(server_alert));
	assert_int_equal(half.seq, 3);
}

static void opens_as_printed(void **state)
{
	uint8_t plain[64], type;
	struct half half;

	(void)state;
	half_init(&half, SEAL_AES_128_GCM_SHA256, server_secret, 2);
	expect_count(record_open(&half, server_alert, sizeof(server_alert), plain, &type), 2);
	assert_int_equal(type, TYPE_ALERT);
	assert_int_equal(plain[0], ALERT_WARNING);
	assert_int_equal(plain[1], ALERT_CLOSE_NOTIFY);
}

/* Every byte of a record matters to record_open() */
static void refuses_any_changed_byte(void **state)
{
	struct pair *pair = *state;
	uint8_t record[64], plain[64], type;
	struct half half;
	size_t len;

	half_init(&half, pair->variant->suite, pair->keys.tx.secret, 7);
	len = record_seal(&half, TYPE_DATA, "seal", 4, record);
	for (size_t i = 0; i < len; i++) {
		half.seq = 7;
		record[i] ^= 0x40;
		expect_count(record_open(&half, record, len, plain, &type), -1);
		record[i] ^= 0x40;
	}
	half.seq = 7;
	expect_count(record_open(&half, record, len, plain, &type), 4);
	expect_bytes(plain, "seal", 4);
}

static void both_sides_follow_updates(void **state)
{
	struct pair *pair = *state;
	uint8_t record[64], plain[64], type;
	struct half a, b;
	size_t len;

	half_init(&a, pair->variant->suite, pair->keys.tx.secret, 0);
	half_init(&b, pair->variant->suite, pair->keys.tx.secret, 0);
	for (int i = 0; i < 3; i++) {
		len = record_seal(&a, TYPE_DATA, "seal", 4, record);
		expect_count(record_open(&b, record, len, plain, &type), 4);
		half_update(&a);
		half_update(&b);
	}
}

int main(void)
{
	static const struct test tests[] = {
		ONCE(derives_key_and_iv),
		ONCE(seals_as_printed),
		ONCE(opens_as_printed),
		EACH_SUITE(refuses_any_changed_byte),
		EACH_SUITE(both_sides_follow_updates),
	};

	return run_cases("peer", tests, ARRAY_SIZE(tests), pair_open_raw);
}
