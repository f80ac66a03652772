// SPDX-License-Identifier: GPL-2.0
/*
 * record.c for each row of the suite table: lengths, types and sequence numbers enter,
 * the bytes of RFC 8446 5 or RFC 5246 6.2 are what is expected, and not one more: the
 * buffers end where memory ends.
 */
#include <linux/unaligned.h>

#include "tests.h"

KUNIT_ARRAY_PARAM_DESC(rows, seal_test_rows, name);

static bool is_tls13(const struct seal_test_row *row)
{
	return row->suite->version == SEAL_VERSION_TLS13;
}

/* What follows the header of a record with a payload */
static size_t body_size(const struct seal_test_row *row, size_t payload)
{
	return row->suite->explicit_size + payload + is_tls13(row) + SEAL_TAG_SIZE;
}

/* Header of a record whose content is of @type */
static u8 *make_header(struct kunit *test, u8 type, u16 version, u16 length)
{
	u8 *header = seal_test_guarded(test, SEAL_HEADER_SIZE);

	header[0] = type;
	put_unaligned_be16(version, header + 1);
	put_unaligned_be16(length, header + 3);
	return header;
}

static void sizes_are_those_of_the_version(struct kunit *test)
{
	const struct seal_test_row *row = test->param_value;
	const struct seal_suite *suite = row->suite;

	KUNIT_EXPECT_TRUE(test, is_tls13(row) || suite->version == SEAL_VERSION_TLS12);
	KUNIT_EXPECT_EQ(test, suite->type_size, is_tls13(row) ? 1 : 0);
	KUNIT_EXPECT_EQ(test, suite->aad_size, is_tls13(row) ? 5 : 13);
	if (is_tls13(row))
		KUNIT_EXPECT_EQ(test, suite->explicit_size, 0);
	KUNIT_EXPECT_LE(test, suite->key_size, SEAL_KEY_SIZE_MAX);
	KUNIT_EXPECT_LE(test, suite->hash_size, SEAL_SECRET_SIZE);
	KUNIT_EXPECT_LE(test, suite->explicit_size, SEAL_EXPLICIT_MAX);
}

/* Several numbers may mean one cipher: <linux/tls.h> finds the first of their rows */
static void cipher_is_found_by_its_number(struct kunit *test)
{
	const struct seal_test_row *row = test->param_value;
	const struct seal_suite *suite = row->suite, *found;

	found = seal_suite_find_ktls(suite->version, suite->ktls);
	KUNIT_ASSERT_NOT_NULL(test, found);
	KUNIT_EXPECT_STREQ(test, found->aead, suite->aead);
	KUNIT_EXPECT_EQ(test, found->key_size, suite->key_size);
	KUNIT_EXPECT_EQ(test, found->salt_size, suite->salt_size);
	KUNIT_EXPECT_EQ(test, found->explicit_size, suite->explicit_size);
	KUNIT_EXPECT_EQ(test, found->limit, suite->limit);
	if (suite->id)
		KUNIT_EXPECT_PTR_EQ(test, suite, seal_suite_find(suite->id));
}

/* RFC 8446 5.2: the type is hidden; RFC 5246 6.2.1: it is not */
static void header_is_written(struct kunit *test)
{
	const struct seal_test_row *row = test->param_value;
	u8 *header = seal_test_guarded(test, SEAL_HEADER_SIZE);
	unsigned int type;
	size_t payload;

	for (type = 0; type <= U8_MAX; type++) {
		seal_record_write_header(header, row->suite, type, 0);
		KUNIT_ASSERT_EQ(test, header[0], is_tls13(row) ? 23 : type);
	}
	for (payload = 0; payload <= SEAL_PAYLOAD_MAX; payload++) {
		seal_record_write_header(header, row->suite, 23, payload);
		KUNIT_ASSERT_EQ(test, get_unaligned_be16(header + 1), 0x0303);
		KUNIT_ASSERT_EQ(test, get_unaligned_be16(header + 3),
				body_size(row, payload));
	}
}

/* RFC 8446 5.2: 2^14 + 256 bytes; RFC 5246 6.2.1: 2^14 bytes of content */
static size_t longest(const struct seal_test_row *row)
{
	return is_tls13(row) ? 16640 : body_size(row, 16384);
}

static void each_length_is_judged(struct kunit *test)
{
	const struct seal_test_row *row = test->param_value;
	u8 *header = make_header(test, 23, 0x0303, 0), alert;
	unsigned int length;
	size_t len;

	for (length = 0; length <= U16_MAX; length++) {
		bool good = length >= body_size(row, 0) && length <= longest(row);

		put_unaligned_be16(length, header + 3);
		KUNIT_ASSERT_EQ_MSG(test, good ? 0 : -EBADMSG,
				    seal_record_read_header(header, row->suite, &len,
							    &alert),
				    "length %u", length);
		if (good)
			KUNIT_ASSERT_EQ(test, len, length - row->suite->explicit_size);
		else
			KUNIT_ASSERT_EQ(test, alert, length > longest(row) ?
					SEAL_ALERT_RECORD_OVERFLOW :
					SEAL_ALERT_BAD_RECORD_MAC);
	}
}

/* RFC 8446 5: everything is application data; RFC 5246 6.2.1: whatever it is */
static void each_type_is_judged(struct kunit *test)
{
	const struct seal_test_row *row = test->param_value;
	unsigned int type;
	u8 alert;
	size_t len;

	for (type = 0; type <= U8_MAX; type++) {
		u8 *header = make_header(test, type, 0x0303, body_size(row, 5));
		bool good = !is_tls13(row) || type == 23;

		KUNIT_ASSERT_EQ_MSG(test, good ? 0 : -EBADMSG,
				    seal_record_read_header(header, row->suite, &len,
							    &alert),
				    "type %u", type);
		if (!good)
			KUNIT_ASSERT_EQ(test, alert, SEAL_ALERT_UNEXPECTED_MESSAGE);
	}
}

/* RFC 8446 5.1: MUST be ignored; RFC 5246 6.2.1: is 3.3 */
static void each_version_is_judged(struct kunit *test)
{
	const struct seal_test_row *row = test->param_value;
	u8 *header = make_header(test, 23, 0, body_size(row, 5)), alert;
	unsigned int version;
	size_t len;

	for (version = 0; version <= U16_MAX; version++) {
		bool good = is_tls13(row) || version == 0x0303;

		put_unaligned_be16(version, header + 1);
		KUNIT_ASSERT_EQ_MSG(test, good ? 0 : -EBADMSG,
				    seal_record_read_header(header, row->suite, &len,
							    &alert),
				    "version 0x%04x", version);
		if (!good)
			KUNIT_ASSERT_EQ(test, alert, SEAL_ALERT_PROTOCOL_VERSION);
	}
}

/* RFC 8446 5.2: the header; RFC 5246 6.2.3.3: seq_num, type, version, length */
static void additional_data_is_written(struct kunit *test)
{
	static const u8 tls12[] = { 1, 2, 3, 4, 5, 6, 7, 8, 21, 3, 3, 0x01, 0x02 };
	const struct seal_test_row *row = test->param_value;
	u8 *header = make_header(test, 21, 0x0303, body_size(row, 0x0102));
	u8 *aad = seal_test_guarded(test, row->suite->aad_size);

	seal_record_write_aad(aad, row->suite, header, 0x0102030405060708, 0x0102);
	KUNIT_EXPECT_MEMEQ(test, aad, is_tls13(row) ? header : tls12,
			   row->suite->aad_size);
}

/* RFC 3610 2.3: CCM's first byte is the size of its length field less one */
static void iv_is_written(struct kunit *test)
{
	static const u8 base[] = { 0x10, 0x11, 0x12, 0x13, 0xf8, 0xf9, 0xfa, 0xfb,
				   0xfc, 0xfd, 0xfe, 0xff };
	static const u8 mixed[] = { 0x10, 0x11, 0x12, 0x13, 0xf9, 0xfb, 0xf9, 0xff,
				    0xf9, 0xfb, 0xf9, 0xf7 };
	static const u8 added[] = { 0x10, 0x11, 0x12, 0x13, 0xf9, 0xfb, 0xfe, 0x00,
				    0x02, 0x04, 0x06, 0x07 };
	const struct seal_test_row *row = test->param_value;
	const struct seal_suite *suite = row->suite;
	u8 *iv = seal_test_guarded(test, SEAL_IV_SIZE);
	bool ccm = !strncmp(suite->aead, "ccm", 3);

	seal_record_iv(iv, suite, base, 0x0102030405060708);
	if (ccm)
		KUNIT_EXPECT_EQ(test, iv[0], 2);
	KUNIT_EXPECT_MEMEQ(test, iv + ccm, suite->explicit_size ? added : mixed,
			   SEAL_NONCE_SIZE);
	KUNIT_EXPECT_NULL(test, memchr_inv(iv + ccm + SEAL_NONCE_SIZE, 0,
					   SEAL_IV_SIZE - SEAL_NONCE_SIZE - ccm));
	KUNIT_EXPECT_PTR_EQ(test, seal_record_explicit(iv, suite) + suite->explicit_size,
			    iv + ccm + SEAL_NONCE_SIZE);
}

/* Up to the last byte there is, and no further */
static void type_is_looked_for_where_memory_ends(struct kunit *test)
{
	size_t len, at;

	for (len = 1; len <= 40; len++) {
		u8 *text = seal_test_guarded(test, len);

		memset(text, 0, len);
		KUNIT_ASSERT_EQ(test, -1, seal_record_find_type(text, len));
		for (at = 0; at < len; at++) {
			text[at] = 21;
			KUNIT_ASSERT_EQ(test, at, seal_record_find_type(text, len));
		}
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(sizes_are_those_of_the_version, rows_gen_params),
	KUNIT_CASE_PARAM(cipher_is_found_by_its_number, rows_gen_params),
	KUNIT_CASE_PARAM(header_is_written, rows_gen_params),
	KUNIT_CASE_PARAM(each_length_is_judged, rows_gen_params),
	KUNIT_CASE_PARAM(each_type_is_judged, rows_gen_params),
	KUNIT_CASE_PARAM(each_version_is_judged, rows_gen_params),
	KUNIT_CASE_PARAM(additional_data_is_written, rows_gen_params),
	KUNIT_CASE_PARAM(iv_is_written, rows_gen_params),
	KUNIT_CASE(type_is_looked_for_where_memory_ends),
	{}
};

static struct kunit_suite suite = {
	.name = "sockseal_format",
	.suite_init = seal_test_rows_make,
	.test_cases = cases,
};

kunit_test_suite(suite);
