// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Numbers and vectors of every bad shape enter the codec; the error leaves and no
 * byte past the end is read (RFC 8446 3).
 */
#include <string.h>

#include "unit.h"

static struct seal_reader reader_over(const void *data, size_t len)
{
	struct seal_reader r;

	seal_reader_init(&r, guard_copy(data, len), len);
	return r;
}

static void numbers_are_big_endian(void **state)
{
	struct seal_reader r = reader_over("\1\2\3\4\5\6", 6);

	(void)state;
	assert_int_equal(seal_reader_u8(&r), 1);
	assert_int_equal(seal_reader_u16(&r), 0x0203);
	assert_int_equal(seal_reader_u24(&r), 0x040506);
	assert_int_equal(seal_reader_finish(&r), 0);
}

static void a_number_past_the_end_is_zero_and_fails(void **state)
{
	struct seal_reader r = reader_over("\1", 1);

	(void)state;
	assert_int_equal(seal_reader_u16(&r), 0);
	assert_true(r.failed);
	/* sticky: even what would fit fails from now on */
	assert_int_equal(seal_reader_u8(&r), 0);
	assert_int_equal(seal_reader_finish(&r), SEAL_E_DECODE_ERROR);
}

static void bytes_left_over_are_an_error(void **state)
{
	struct seal_reader r = reader_over("\1\2", 2);

	(void)state;
	seal_reader_u8(&r);
	assert_int_equal(seal_reader_finish(&r), SEAL_E_DECODE_ERROR);
}

static void a_vector_is_cut_at_every_byte(void **state)
{
	uint8_t bytes[3 + 7] = { 0 };
	struct seal_reader r;

	(void)state;
	for (unsigned int width = 1; width <= 3; width++) {
		bytes[width - 1] = 7;
		for (size_t len = 0; len <= width + 7; len++) {
			r = reader_over(bytes, len);
			assert_int_equal(seal_reader_vector(&r, width, 0).len,
					 len == width + 7 ? 7 : 0);
			assert_int_equal(seal_reader_finish(&r),
					 len == width + 7 ? 0 :
					 SEAL_E_DECODE_ERROR);
		}
		bytes[width - 1] = 0;
	}
}

static void a_length_of_all_ones_is_refused(void **state)
{
	static const uint8_t bytes[] = { 0xff, 0xff, 0xff, 0xff };
	struct seal_reader r;

	(void)state;
	for (unsigned int width = 1; width <= 3; width++) {
		r = reader_over(bytes, sizeof(bytes));
		assert_int_equal(seal_reader_vector(&r, width, 0).len, 0);
		assert_true(r.failed);
	}
}

static void a_vector_below_its_minimum_is_refused(void **state)
{
	struct seal_reader r = reader_over("\2ab", 3);
	struct seal_reader inner;

	(void)state;
	assert_int_equal(seal_reader_vector(&r, 1, 3).len, 0);
	assert_true(r.failed);
	r = reader_over("\2ab", 3);
	inner = seal_reader_enter(&r, 1, 3);
	assert_true(inner.failed);
	assert_int_equal(seal_reader_u8(&inner), 0);
}

static void an_inner_reader_ends_with_its_vector(void **state)
{
	struct seal_reader r = reader_over("\1ab", 3);
	struct seal_reader inner = seal_reader_enter(&r, 1, 0);

	(void)state;
	assert_int_equal(seal_reader_u8(&inner), 'a');
	assert_int_equal(seal_reader_u8(&inner), 0);
	assert_true(inner.failed);
	assert_int_equal(seal_reader_u8(&r), 'b');
	assert_int_equal(seal_reader_finish(&r), 0);
}

static void the_writer_fills_in_lengths(void **state)
{
	static const uint8_t expected[] = {
		9, 0, 0, 7, 1, 0, 3, 0, 2, 1, 2
	};
	struct seal_buf buf = { 0 };
	struct seal_writer w;

	(void)state;
	seal_writer_init(&w, &buf);
	seal_writer_u8(&w, 9);
	seal_writer_open(&w, 3);
	seal_writer_u8(&w, 1);
	seal_writer_open(&w, 2);
	seal_writer_u8(&w, 0);
	seal_writer_u16(&w, 0x0201);
	seal_writer_close(&w);
	seal_writer_u8(&w, 2);
	seal_writer_close(&w);
	assert_int_equal(seal_writer_finish(&w), 0);
	assert_int_equal(buf.len, sizeof(expected));
	assert_memory_equal(buf.data, expected, sizeof(expected));
	seal_buf_free(&buf);
}

static void a_vector_too_long_for_its_length_is_refused(void **state)
{
	static const uint8_t bytes[256];
	struct seal_buf buf = { 0 };
	struct seal_writer w;

	(void)state;
	seal_writer_init(&w, &buf);
	seal_writer_open(&w, 1);
	seal_writer_bytes(&w, bytes, 255);
	seal_writer_close(&w);
	assert_int_equal(seal_writer_finish(&w), 0);
	seal_writer_open(&w, 1);
	seal_writer_bytes(&w, bytes, 256);
	seal_writer_close(&w);
	assert_int_equal(seal_writer_finish(&w), SEAL_E_INVALID);
	seal_buf_free(&buf);
}

static void a_writer_used_wrongly_says_so(void **state)
{
	struct seal_buf buf = { 0 };
	struct seal_writer w;

	(void)state;
	seal_writer_init(&w, &buf);
	seal_writer_open(&w, 1);
	assert_int_equal(seal_writer_finish(&w), SEAL_E_INVALID);
	seal_writer_close(&w);
	assert_int_equal(seal_writer_finish(&w), 0);
	seal_writer_close(&w);
	assert_int_equal(seal_writer_finish(&w), SEAL_E_INVALID);

	seal_writer_init(&w, &buf);
	for (size_t i = 0; i <= SEAL_WRITER_DEPTH; i++)
		seal_writer_open(&w, 1);
	assert_int_equal(seal_writer_finish(&w), SEAL_E_INVALID);
	seal_buf_free(&buf);
}

static void a_buffer_grows_and_shrinks(void **state)
{
	struct seal_buf buf = { 0 };
	uint8_t byte;

	(void)state;
	for (unsigned int i = 0; i < 1000; i++) {
		byte = i;
		assert_int_equal(seal_buf_append(&buf, &byte, 1), 0);
	}
	seal_buf_consume(&buf, 300);
	assert_int_equal(buf.len, 700);
	assert_int_equal(buf.data[0], 300 % 256);
	assert_non_null(seal_buf_reserve(&buf, 5000));
	assert_int_equal(buf.len, 700);
	assert_int_equal(buf.data[699], 999 % 256);
	seal_buf_truncate(&buf, 1);
	assert_int_equal(buf.len, 1);
	assert_int_equal(buf.data[0], 300 % 256);
	seal_buf_free(&buf);
	assert_null(buf.data);
}

static void a_buffer_wipes_what_leaves(void **state)
{
	static const uint8_t zeros[8];
	struct seal_buf buf = { 0 };

	(void)state;
	assert_int_equal(seal_buf_append(&buf, "secret, and more", 16), 0);
	seal_buf_consume(&buf, 8);
	assert_memory_equal(buf.base, zeros, 8);
	seal_buf_truncate(&buf, 0);
	assert_memory_equal(buf.base + 8, zeros, 8);
	seal_buf_free(&buf);
}

static void a_buffer_of_impossible_size_is_refused(void **state)
{
	struct seal_buf buf = { 0 };

	(void)state;
	assert_null(seal_buf_reserve(&buf, SIZE_MAX));
	assert_null(seal_buf_reserve(&buf, SIZE_MAX / 2));
	assert_int_equal(seal_buf_append(&buf, "a", 1), 0);
	assert_null(seal_buf_reserve(&buf, SIZE_MAX));
	seal_buf_free(&buf);
}

static void spans_compare_length_and_bytes(void **state)
{
	static const uint8_t ab[] = { 'a', 'b' };
	const struct seal_span empty = { 0 };

	(void)state;
	assert_true(seal_span_equal(empty, (struct seal_span){ ab, 0 }));
	assert_false(seal_span_equal(SPAN(ab), (struct seal_span){ ab, 1 }));
	assert_true(seal_span_equal(SPAN(ab), SPAN(ab)));
	assert_false(seal_span_equal((struct seal_span){ ab, 1 },
				     (struct seal_span){ ab + 1, 1 }));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_big_endian),
		cmocka_unit_test(a_number_past_the_end_is_zero_and_fails),
		cmocka_unit_test(bytes_left_over_are_an_error),
		cmocka_unit_test(a_vector_is_cut_at_every_byte),
		cmocka_unit_test(a_length_of_all_ones_is_refused),
		cmocka_unit_test(a_vector_below_its_minimum_is_refused),
		cmocka_unit_test(an_inner_reader_ends_with_its_vector),
		cmocka_unit_test(the_writer_fills_in_lengths),
		cmocka_unit_test(a_vector_too_long_for_its_length_is_refused),
		cmocka_unit_test(a_writer_used_wrongly_says_so),
		cmocka_unit_test(a_buffer_grows_and_shrinks),
		cmocka_unit_test(a_buffer_wipes_what_leaves),
		cmocka_unit_test(a_buffer_of_impossible_size_is_refused),
		cmocka_unit_test(spans_compare_length_and_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
