// SPDX-License-Identifier: GPL-2.0
/*
 * record.c: lengths, headers, nonces and padded plaintext enter, literal bytes and
 * errors are what is expected (RFC 8446 5.1 to 5.4).
 */
#include "tests.h"

static const struct seal_suite *tls13(void)
{
	return seal_suite_find(SEAL_AES_128_GCM_SHA256);
}

struct written {
	const char	*name;
	size_t		payload;
	u8		header[SEAL_HEADER_SIZE];
};

static const struct written written[] = {
	{ "empty", 0, { 0x17, 3, 3, 0x00, 0x11 } },
	{ "one_byte", 1, { 0x17, 3, 3, 0x00, 0x12 } },
	{ "length_carries", 239, { 0x17, 3, 3, 0x01, 0x00 } },
	{ "one_less_than_most", 16383, { 0x17, 3, 3, 0x40, 0x10 } },
	{ "most", 16384, { 0x17, 3, 3, 0x40, 0x11 } },
};

KUNIT_ARRAY_PARAM_DESC(written, written, name);

static void header_is_written(struct kunit *test)
{
	const struct written *want = test->param_value;
	u8 header[SEAL_HEADER_SIZE + 1];

	memset(header, 0xa5, sizeof(header));
	seal_record_write_header(header, tls13(), SEAL_TYPE_ALERT, want->payload);
	KUNIT_EXPECT_MEMEQ(test, header, want->header, SEAL_HEADER_SIZE);
	KUNIT_EXPECT_EQ(test, header[SEAL_HEADER_SIZE], 0xa5);
}

static void header_written_is_read(struct kunit *test)
{
	u8 header[SEAL_HEADER_SIZE], alert;
	size_t payload, len;

	for (payload = 0; payload <= SEAL_PAYLOAD_MAX; payload++) {
		seal_record_write_header(header, tls13(), SEAL_TYPE_ALERT, payload);
		KUNIT_ASSERT_EQ(test, 0, seal_record_read_header(header, tls13(), &len, &alert));
		KUNIT_ASSERT_EQ(test, len, payload + 1 + 16);
	}
}

struct length {
	const char	*name;
	u16		length;
	int		err;
	u8		alert;
};

/* Shortest is type and tag, longest 2^14 + 256 (RFC 8446 5.2) */
static const struct length lengths[] = {
	{ "0", 0, -EBADMSG, SEAL_ALERT_BAD_RECORD_MAC },
	{ "1", 1, -EBADMSG, SEAL_ALERT_BAD_RECORD_MAC },
	{ "16", 16, -EBADMSG, SEAL_ALERT_BAD_RECORD_MAC },
	{ "17", 17 },
	{ "255", 255 },
	{ "256", 256 },
	{ "16384", 16384 },
	{ "16385", 16385 },
	{ "16640", 16640 },
	{ "16641", 16641, -EBADMSG, SEAL_ALERT_RECORD_OVERFLOW },
	{ "65535", 65535, -EBADMSG, SEAL_ALERT_RECORD_OVERFLOW },
};

KUNIT_ARRAY_PARAM_DESC(lengths, lengths, name);

static void header_length_is_checked(struct kunit *test)
{
	const struct length *want = test->param_value;
	u8 header[] = { 23, 3, 3, want->length >> 8, want->length }, alert;
	size_t len = SIZE_MAX;
	int err;

	err = seal_record_read_header(header, tls13(), &len, &alert);
	KUNIT_EXPECT_EQ(test, err, want->err);
	if (err)
		KUNIT_EXPECT_EQ(test, alert, want->alert);
	else
		KUNIT_EXPECT_EQ(test, len, want->length);
}

/* RFC 8446 5: after the handshake every record is protected */
static void header_type_is_application_data(struct kunit *test)
{
	u8 header[] = { 0, 3, 3, 0, 17 }, alert;
	unsigned int type;
	size_t len;
	int err;

	for (type = 0; type <= U8_MAX; type++) {
		header[0] = type;
		err = seal_record_read_header(header, tls13(), &len, &alert);
		KUNIT_EXPECT_EQ_MSG(test, err, type == 23 ? 0 : -EBADMSG,
				    "type %u", type);
		if (err)
			KUNIT_EXPECT_EQ(test, alert, SEAL_ALERT_UNEXPECTED_MESSAGE);
	}
}

/* RFC 8446 5.1: legacy_record_version MUST be ignored for all purposes */
static void header_version_is_ignored(struct kunit *test)
{
	u8 header[] = { 23, 0, 0, 0, 17 }, alert;
	unsigned int version;
	size_t len;

	for (version = 0; version <= U16_MAX; version++) {
		header[1] = version >> 8;
		header[2] = version;
		KUNIT_ASSERT_EQ(test, 0, seal_record_read_header(header, tls13(), &len, &alert));
	}
}

struct nonce {
	const char	*name;
	u64		seq;
	u8		nonce[SEAL_NONCE_SIZE];
};

static const u8 nonce_iv[SEAL_NONCE_SIZE] = {
	0xf0, 0xe1, 0xd2, 0xc3, 0xb4, 0xa5, 0x96, 0x87, 0x78, 0x69, 0x5a, 0x4b
};

static const struct nonce nonces[] = {
	{ "0", 0, { 0xf0, 0xe1, 0xd2, 0xc3, 0xb4, 0xa5, 0x96, 0x87, 0x78, 0x69, 0x5a, 0x4b } },
	{ "1", 1, { 0xf0, 0xe1, 0xd2, 0xc3, 0xb4, 0xa5, 0x96, 0x87, 0x78, 0x69, 0x5a, 0x4a } },
	{ "2^32", 1ULL << 32,
	  { 0xf0, 0xe1, 0xd2, 0xc3, 0xb4, 0xa5, 0x96, 0x86, 0x78, 0x69, 0x5a, 0x4b } },
	{ "2^63", 1ULL << 63,
	  { 0xf0, 0xe1, 0xd2, 0xc3, 0x34, 0xa5, 0x96, 0x87, 0x78, 0x69, 0x5a, 0x4b } },
	{ "all_bytes_differ", 0x0102030405060708,
	  { 0xf0, 0xe1, 0xd2, 0xc3, 0xb5, 0xa7, 0x95, 0x83, 0x7d, 0x6f, 0x5d, 0x43 } },
	{ "2^64-1", U64_MAX,
	  { 0xf0, 0xe1, 0xd2, 0xc3, 0x4b, 0x5a, 0x69, 0x78, 0x87, 0x96, 0xa5, 0xb4 } },
};

KUNIT_ARRAY_PARAM_DESC(nonces, nonces, name);

static void nonce_is_iv_and_sequence_number(struct kunit *test)
{
	const struct nonce *want = test->param_value;
	u8 iv[SEAL_IV_SIZE + 1];

	memset(iv, 0xa5, sizeof(iv));
	seal_record_iv(iv, tls13(), nonce_iv, want->seq);
	KUNIT_EXPECT_MEMEQ(test, iv, want->nonce, SEAL_NONCE_SIZE);
	KUNIT_EXPECT_EQ(test, iv[SEAL_IV_SIZE], 0xa5);
}

struct inner {
	const char	*name;
	u8		text[8];
	size_t		len;
	int		at;
};

static const struct inner inners[] = {
	{ "nothing", { 23 }, 0, -1 },
	{ "type_alone", { 23 }, 1, 0 },
	{ "content_and_type", { 'a', 'b', 'c', 23 }, 4, 3 },
	{ "one_zero_of_padding", { 'a', 23, 0 }, 3, 1 },
	{ "padding_without_content", { 23, 0, 0, 0, 0, 0, 0, 0 }, 8, 0 },
	{ "content_of_zeros", { 0, 0, 0, 22, 0, 0 }, 6, 3 },
	{ "one_zero", { 0 }, 1, -1 },
	{ "zeros_alone", { 0 }, 8, -1 },
	{ "zeros_before_the_end", { 0, 0, 0, 0, 23 }, 4, -1 },
};

KUNIT_ARRAY_PARAM_DESC(inners, inners, name);

/* RFC 8446 5.4: the type is the last byte that is not zero */
static void type_is_found(struct kunit *test)
{
	const struct inner *want = test->param_value;

	KUNIT_EXPECT_EQ(test, seal_record_find_type(want->text, want->len), want->at);
}

/* Any value but zero is a type; whether it is a known one is for others to say */
static void type_of_each_value_is_found(struct kunit *test)
{
	u8 text[] = { 'a', 0, 0 };

	while (++text[1])
		KUNIT_EXPECT_EQ(test, seal_record_find_type(text, sizeof(text)), 1);
}

struct place {
	const char	*name;
	size_t		len;
	u8		content;
};

/* The longest inner plaintext of a record is 2^14 + 256 - 16 (RFC 8446 5.2) */
static const struct place places[] = {
	{ "page_of_zeros", PAGE_SIZE, 0 },
	{ "page_of_text", PAGE_SIZE, 'a' },
	{ "longest_record_of_zeros", SEAL_CIPHERTEXT_MAX - SEAL_TAG_SIZE, 0 },
	{ "longest_record_of_text", SEAL_CIPHERTEXT_MAX - SEAL_TAG_SIZE, 'a' },
};

KUNIT_ARRAY_PARAM_DESC(places, places, name);

/* At each place, also the first and last byte of a page, and misaligned */
static void type_in_each_place_is_found(struct kunit *test)
{
	const struct place *p = test->param_value;
	u8 *memory = kunit_kzalloc(test, p->len + 3, GFP_KERNEL), *text;
	size_t at;

	KUNIT_ASSERT_NOT_NULL(test, memory);
	for (text = memory; text < memory + 3; text++) {
		memset(memory, 0, p->len + 3);
		for (at = 0; at < p->len; at++) {
			text[at] = 23;
			KUNIT_ASSERT_EQ(test, at, seal_record_find_type(text, p->len));
			text[at] = p->content;
		}
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(header_is_written, written_gen_params),
	KUNIT_CASE(header_written_is_read),
	KUNIT_CASE_PARAM(header_length_is_checked, lengths_gen_params),
	KUNIT_CASE(header_type_is_application_data),
	KUNIT_CASE(header_version_is_ignored),
	KUNIT_CASE_PARAM(nonce_is_iv_and_sequence_number, nonces_gen_params),
	KUNIT_CASE_PARAM(type_is_found, inners_gen_params),
	KUNIT_CASE(type_of_each_value_is_found),
	KUNIT_CASE_PARAM(type_in_each_place_is_found, places_gen_params),
	{}
};

static struct kunit_suite suite = {
	.name = "sockseal_record",
	.test_cases = cases,
};

kunit_test_suite(suite);
