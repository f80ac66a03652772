// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The same flights enter in pieces of every size; the same result leaves, and never
 * a byte past the last handshake record is taken.
 */
#include <stdlib.h>
#include <string.h>

#include "unit.h"

/* Move everything byte by byte */
static int move_bytes(struct seal_conn *from, struct seal_conn *to)
{
	int status = SEAL_WANT_READ;
	struct wire wire;
	size_t used;

	wire_take(&wire, from);
	for (size_t i = 0; i < wire.len; i++) {
		assert_int_equal(status, SEAL_WANT_READ);
		status = seal_conn_feed(to, wire.data + i, 1, &used);
		assert_int_equal(used, 1);
	}
	wire_free(&wire);
	return status;
}

static void shake_byte_by_byte(struct seal_config *server)
{
	struct pair pair;

	pair_open(&pair, common_client(), server);
	while (pair.client->state != SEAL_HS_DONE) {
		assert_int_equal(move_bytes(pair.client, pair.server),
				 SEAL_WANT_READ);
		assert_true(move_bytes(pair.server, pair.client) >= 0);
	}
	assert_int_equal(move_bytes(pair.client, pair.server), 0);
	expect_agreement(&pair);
	pair_close(&pair);
}

static void byte_by_byte(void **state)
{
	(void)state;
	shake_byte_by_byte(common_server());
}

static void byte_by_byte_with_a_retry(void **state)
{
	(void)state;
	shake_byte_by_byte(common_retry_server());
}

/* Both parts of what @from sends, cut at @at; false: it is not that long */
static bool move_split(struct seal_conn *from, struct seal_conn *to, size_t at)
{
	struct wire wire;
	bool long_enough;

	wire_take(&wire, from);
	long_enough = at < wire.len;
	if (!long_enough)
		at = wire.len;
	assert_true(feed(to, wire.data, at) >= 0);
	assert_true(feed(to, wire.data + at, wire.len - at) >= 0);
	wire_free(&wire);
	return long_enough;
}

/* Every flight is cut at @at; false: none is that long */
static bool shake_split(struct seal_config *server, size_t at)
{
	bool more = false;
	struct pair pair;

	pair_open(&pair, common_client(), server);
	while (pair.server->state != SEAL_HS_DONE) {
		more |= move_split(pair.client, pair.server, at);
		more |= move_split(pair.server, pair.client, at);
	}
	expect_agreement(&pair);
	pair_close(&pair);
	return more;
}

static void every_split_in_two(void **state)
{
	size_t at = 0;

	(void)state;
	while (shake_split(common_server(), at))
		at++;
	/* the server's flight has certificate, signature and more */
	assert_true(at > 500);
}

static void every_split_in_two_with_a_retry(void **state)
{
	size_t at = 0;

	(void)state;
	while (shake_split(common_retry_server(), at))
		at++;
	assert_true(at > 500);
}

/* Never give more than was asked for, and see that nothing was left over */
static int move_needed(struct wire *wire, size_t *at, struct seal_conn *to)
{
	int status = SEAL_WANT_READ;
	size_t need, used;

	while (*at < wire->len && status == SEAL_WANT_READ) {
		need = seal_conn_need(to);
		assert_true(need > 0);
		if (need > wire->len - *at)
			need = wire->len - *at;
		status = seal_conn_feed(to, wire->data + *at, need, &used);
		assert_int_equal(used, need);
		*at += used;
	}
	return status;
}

/* Application bytes of any look come right behind the last handshake record */
static void append_junk(struct wire *wire, uint8_t first)
{
	wire->data = realloc(wire->data, wire->len + 64);
	assert_non_null(wire->data);
	memset(wire->data + wire->len, first, 64);
	wire->len += 64;
}

static void shake_until_finished(struct pair *pair, struct wire *last)
{
	pair_move(pair->client, pair->server);
	assert_int_equal(pair_move(pair->server, pair->client), 0);
	wire_take(last, pair->client);
}

static void need_ends_with_the_last_record(void **state)
{
	struct wire last;
	struct pair pair;
	size_t at = 0;

	(void)state;
	pair_open(&pair, common_client(), common_server());
	shake_until_finished(&pair, &last);
	append_junk(&last, SEAL_CONTENT_DATA);
	assert_int_equal(move_needed(&last, &at, pair.server), 0);
	assert_int_equal(at, last.len - 64);
	assert_int_equal(seal_conn_need(pair.server), 0);
	wire_free(&last);
	pair_close(&pair);
}

static void need_is_exact_at_every_byte(void **state)
{
	size_t at = 0, used, end, need;
	struct wire wire;
	struct pair pair;

	(void)state;
	pair_open(&pair, common_client(), common_server());
	pair_move(pair.client, pair.server);
	wire_take(&wire, pair.server);
	while (at < wire.len) {
		/* of the header first, then of what it says */
		end = at + 5 + (wire.data[at + 3] << 8 | wire.data[at + 4]);
		for (size_t i = 0; at < end; at++, i++) {
			need = i < 5 ? 5 - i : end - at;
			assert_int_equal(seal_conn_need(pair.client), need);
			seal_conn_feed(pair.client, wire.data + at, 1, &used);
		}
	}
	assert_int_equal(seal_conn_need(pair.client), 0);
	wire_free(&wire);
	pair_close(&pair);
}

static void nothing_behind_the_servers_finished_is_taken(void **state)
{
	struct wire wire;
	struct pair pair;
	size_t used;

	(void)state;
	for (unsigned int first = 0; first < 256; first++) {
		pair_open(&pair, common_client(), common_server());
		pair_move(pair.client, pair.server);
		wire_take(&wire, pair.server);
		append_junk(&wire, first);
		assert_int_equal(seal_conn_feed(pair.client, wire.data, wire.len,
						&used), 0);
		assert_int_equal(used, wire.len - 64);
		wire_free(&wire);
		assert_int_equal(pair_move(pair.client, pair.server), 0);
		expect_agreement(&pair);
		pair_close(&pair);
	}
}

static void nothing_behind_the_clients_finished_is_taken(void **state)
{
	struct wire last;
	struct pair pair;
	size_t used;

	(void)state;
	for (unsigned int first = 0; first < 256; first++) {
		pair_open(&pair, common_client(), common_server());
		shake_until_finished(&pair, &last);
		append_junk(&last, first);
		assert_int_equal(seal_conn_feed(pair.server, last.data, last.len,
						&used), 0);
		assert_int_equal(used, last.len - 64);
		wire_free(&last);
		expect_agreement(&pair);
		pair_close(&pair);
	}
}

static void output_is_drained_in_any_portions(void **state)
{
	struct pair pair;
	struct wire whole;
	uint8_t byte;

	(void)state;
	pair_open(&pair, common_client(), common_server());
	pair_move(pair.client, pair.server);
	whole.len = seal_conn_drain(pair.server, NULL, 0);
	for (size_t i = 0; i < whole.len; i++) {
		assert_int_equal(seal_conn_drain(pair.server, NULL, 0),
				 whole.len - i);
		assert_int_equal(seal_conn_drain(pair.server, &byte, 1), 1);
		assert_true(feed(pair.client, &byte, 1) >= 0);
	}
	assert_int_equal(seal_conn_drain(pair.server, &byte, 1), 0);
	assert_int_equal(pair_move(pair.client, pair.server), 0);
	expect_agreement(&pair);
	pair_close(&pair);
}

static void empty_feeds_change_nothing(void **state)
{
	struct pair pair;

	(void)state;
	pair_open(&pair, common_client(), common_server());
	assert_int_equal(feed(pair.client, NULL, 0), SEAL_WANT_READ);
	assert_int_equal(feed(pair.server, NULL, 0), SEAL_WANT_READ);
	assert_int_equal(pair_shake(&pair), 0);
	assert_int_equal(feed(pair.client, NULL, 0), 0);
	expect_agreement(&pair);
	pair_close(&pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(byte_by_byte),
		cmocka_unit_test(byte_by_byte_with_a_retry),
		cmocka_unit_test(every_split_in_two),
		cmocka_unit_test(every_split_in_two_with_a_retry),
		cmocka_unit_test(need_ends_with_the_last_record),
		cmocka_unit_test(need_is_exact_at_every_byte),
		cmocka_unit_test(nothing_behind_the_servers_finished_is_taken),
		cmocka_unit_test(nothing_behind_the_clients_finished_is_taken),
		cmocka_unit_test(output_is_drained_in_any_portions),
		cmocka_unit_test(empty_feeds_change_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
