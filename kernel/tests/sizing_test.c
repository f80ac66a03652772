// SPDX-License-Identifier: GPL-2.0
/*
 * sizing.c: lengths, policies and states of TCP enter; the padding and the lengths of
 * records are what is expected.
 */
#include <linux/math.h>
#include <linux/sizes.h>

#include "tests.h"

/**
 * struct padded - a record and its padding
 * @name:	of the test parameter
 * @inner:	content and type
 * @block:	policy
 * @size:	most that a record may be
 * @zeros:	expected
 */
struct padded {
	const char	*name;
	size_t		inner;
	size_t		block;
	size_t		size;
	size_t		zeros;
};

static const struct padded padded[] = {
	{ "none", 100, 0, 16385, 0 },
	{ "block_1", 100, 1, 16385, 0 },
	{ "empty_record", 1, 16, 16385, 15 },
	{ "one_below_block", 15, 16, 16385, 1 },
	{ "block", 16, 16, 16385, 0 },
	{ "one_above_block", 17, 16, 16385, 15 },
	{ "odd_block", 100, 77, 16385, 54 },
	{ "last_block_is_cut", 16300, 256, 16385, 84 },
	{ "last_block_of_a_short_record_is_cut", 65, 64, 100, 35 },
	{ "full_size", 3, 16385, 16385, 16382 },
	{ "full_size_of_a_short_record", 3, 100, 100, 97 },
	{ "full_record", 16385, 16385, 16385, 0 },
	{ "full_record_and_block", 16385, 16, 16385, 0 },
	{ "one_below_size", 99, 64, 100, 1 },
	{ "size_is_shorter_now", 1001, 256, 64, 0 },
};

KUNIT_ARRAY_PARAM_DESC(padded, padded, name);

static void padding_is_to_a_block(struct kunit *test)
{
	const struct padded *p = test->param_value;

	KUNIT_EXPECT_EQ(test, p->zeros, seal_sizing_padding(p->inner, p->block, p->size));
}

/* RFC 8449 4: never more than the size, whatever the block is */
static void padding_stays_within_the_size(struct kunit *test)
{
	static const size_t sizes[] = { 64, 65, 100, 1000, 4096, 16384, 16385 };
	static const size_t blocks[] = { 1, 2, 3, 16, 64, 65, 100, 4096, 16384, 16385 };
	size_t s, b, inner;

	for (s = 0; s < ARRAY_SIZE(sizes); s++)
		for (b = 0; b < ARRAY_SIZE(blocks); b++)
			for (inner = 1; inner <= sizes[s]; inner++) {
				size_t sum = inner + seal_sizing_padding(inner, blocks[b],
									 sizes[s]);

				if (sum == sizes[s] ||
				    (sum < sizes[s] && sum % blocks[b] == 0 &&
				     sum - inner < blocks[b]))
					continue;
				KUNIT_FAIL(test, "%zu of %zu to %zu is %zu", inner,
					   sizes[s], blocks[b], sum);
			}
}

/**
 * struct phase - a state of TCP
 * @name:	of the test parameter
 * @flight:	window, sent since the last pause
 * @record:	length of a full record
 * @small:	expected
 */
struct phase {
	const char		*name;
	struct seal_flight	flight;
	size_t			record;
	bool			small;
};

static const struct phase phases[] = {
	{ "beginning", { 14480, 0 }, 16385, true },
	{ "beginning_with_open_window", { 100000, 0 }, 16385, true },
	{ "last_byte_of_the_beginning", { 100000, 16383 }, 16385, true },
	{ "open_window", { 32770, 16384 }, 16385, false },
	{ "window_almost_open", { 32769, 16384 }, 16385, true },
	{ "window_stays_small", { 14480, SZ_1M - 1 }, 16385, true },
	{ "bulk_through_a_small_window", { 14480, SZ_1M }, 16385, false },
	{ "short_records_need_less_window", { 2000, 16384 }, 1000, false },
	{ "window_beyond_32_bits", { 1ULL << 32, 16384 }, 16385, false },
};

KUNIT_ARRAY_PARAM_DESC(phases, phases, name);

static void records_are_small_until_the_window_is_open(struct kunit *test)
{
	const struct phase *p = test->param_value;

	KUNIT_EXPECT_EQ(test, p->small, seal_sizing_is_small(&p->flight, p->record));
}

/**
 * struct segment - a segment and the record that fills it
 * @name:	of the test parameter
 * @mss:	payload of the segment
 * @version:	of the protocol
 * @block:	padding
 * @content:	expected
 */
struct segment {
	const char	*name;
	size_t		mss;
	u16		version;
	size_t		block;
	size_t		content;
};

/* Overhead: 5 + 1 + 16, or 5 + 8 + 16 */
static const struct segment segments[] = {
	{ "ethernet", 1448, SEAL_VERSION_TLS13, 0, 1426 },
	{ "ethernet_tls12", 1448, SEAL_VERSION_TLS12, 0, 1419 },
	{ "loopback", 65483, SEAL_VERSION_TLS13, 0, 65461 },
	{ "block", 1448, SEAL_VERSION_TLS13, 100, 1399 },
	{ "block_that_fits_exactly", 1448, SEAL_VERSION_TLS13, 1427, 1426 },
	{ "block_too_long", 1448, SEAL_VERSION_TLS13, 1428, 1427 },
	{ "full_size", 1448, SEAL_VERSION_TLS13, 16385, 16384 },
	{ "segment_too_short", 40, SEAL_VERSION_TLS13, 0, 63 },
	{ "segment_shorter_than_overhead", 12, SEAL_VERSION_TLS12, 0, 64 },
	{ "no_segment", 0, SEAL_VERSION_TLS13, 0, 63 },
};

KUNIT_ARRAY_PARAM_DESC(segments, segments, name);

/* The first row of the version, an AES-GCM */
static const struct seal_suite *suite_of(u16 version)
{
	unsigned int i = 0;

	while (seal_suite_at(i)->version != version)
		i++;
	return seal_suite_at(i);
}

static void small_record_fills_a_segment(struct kunit *test)
{
	const struct segment *s = test->param_value;

	KUNIT_EXPECT_EQ(test, s->content,
			seal_sizing_segment(s->mss, suite_of(s->version), s->block));
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(padding_is_to_a_block, padded_gen_params),
	KUNIT_CASE(padding_stays_within_the_size),
	KUNIT_CASE_PARAM(records_are_small_until_the_window_is_open, phases_gen_params),
	KUNIT_CASE_PARAM(small_record_fills_a_segment, segments_gen_params),
	{}
};

static struct kunit_suite suite = {
	.name = "sockseal_sizing",
	.test_cases = cases,
};

kunit_test_suite(suite);
