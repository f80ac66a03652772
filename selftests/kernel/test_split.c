// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Streams of records enter cut at every byte, each piece a TCP segment of its
 * own; what may be read after each piece must leave, and not a byte more.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "flight.h"

/* Deliver bytes up to @end, then read exactly what may be read there */
static void step(struct pair *pair, const struct flight *s, size_t from, size_t end)
{
	size_t had = s->ready[from], has = s->ready[end];

	assert_true(peer_write(&pair->peer, s->bytes + from, end - from));
	pair_sync(pair);
	if (has > had) {
		assert_true(readable(pair->fd));
		expect_recv(pair->fd, s->data + had, has - had);
	}
	expect_nothing_to_read(pair->fd);
}

/* The same stream again and again, in two pieces, cut at each byte */
static void cut_everywhere(struct pair *pair, flight_maker *make)
{
	struct flight *s = (void *)make_room(sizeof(*s));
	size_t len;

	make(pair, s);
	len = s->len;
	step(pair, s, 0, len);
	for (size_t cut = 1; cut < len; cut++) {
		memset(s, 0, sizeof(*s));
		make(pair, s);
		step(pair, s, 0, cut);
		step(pair, s, cut, len);
	}
	free(s);
}

static void one_short_record(struct pair *pair, struct flight *s)
{
	flight_add_data(pair, s, 3);
}

static void record_cut_at_each_byte(void **state)
{
	cut_everywhere(*state, one_short_record);
}

static void one_long_record(struct pair *pair, struct flight *s)
{
	flight_add_data(pair, s, 300);
}

static void longer_record_cut_at_each_byte(void **state)
{
	cut_everywhere(*state, one_long_record);
}

static void three_records(struct pair *pair, struct flight *s)
{
	flight_add_data(pair, s, 5);
	flight_add_data(pair, s, 1);
	flight_add_data(pair, s, 40);
}

static void records_cut_at_each_byte(void **state)
{
	cut_everywhere(*state, three_records);
}

static void data_and_ticket(struct pair *pair, struct flight *s)
{
	flight_add_data(pair, s, 5);
	flight_add_ticket(pair, s);
	flight_add_data(pair, s, 5);
}

static void ticket_between_data_cut_at_each_byte(void **state)
{
	struct pair *pair = *state;

	cut_everywhere(pair, data_and_ticket);
	assert_true(info_of(pair->fd).messages > 0);
}

static void data_and_empty(struct pair *pair, struct flight *s)
{
	flight_add(pair, s, TYPE_DATA, "", 0);
	flight_add_data(pair, s, 5);
	flight_add(pair, s, TYPE_DATA, "", 0);
}

static void empty_records_cut_at_each_byte(void **state)
{
	cut_everywhere(*state, data_and_empty);
}

/* Every byte in a segment of its own */
static void records_sent_byte_by_byte(void **state)
{
	struct pair *pair = *state;
	struct flight *s = (void *)make_room(sizeof(*s));

	three_records(pair, s);
	flight_add_ticket(pair, s);
	three_records(pair, s);
	for (size_t i = 0; i < s->len; i++)
		step(pair, s, i, i + 1);
	free(s);
}

/* The header in each of its 16 ways to fall into segments */
static void header_cut_in_all_ways(void **state)
{
	struct pair *pair = *state;
	struct flight *s = (void *)make_room(sizeof(*s));

	for (unsigned int cuts = 0; cuts < 16; cuts++) {
		size_t from = 0;

		memset(s, 0, sizeof(*s));
		flight_add_data(pair, s, 10);
		for (size_t end = 1; end < RECORD_HEADER; end++) {
			if (!(cuts & 1U << (end - 1)))
				continue;
			step(pair, s, from, end);
			from = end;
		}
		step(pair, s, from, s->len);
	}
	free(s);
}

/* A record of the largest size, cut where pages and tags begin and end */
static void largest_record_cut_near_boundaries(void **state)
{
	static const size_t cuts[] = { 1, 4, 5, 6, 21, 4096, 4101, 8192, 16383, 16384, 16388,
				       16389, 16390, 16404, 16405 };
	struct pair *pair = *state;
	uint8_t *data = make_bytes(RECORD_PLAIN_MAX, 1), *record = make_room(RECORD_ROOM);

	for (size_t i = 0; i < ARRAY_SIZE(cuts); i++) {
		size_t len = record_seal(&pair->peer.tx, TYPE_DATA, data, RECORD_PLAIN_MAX,
					 record);

		assert_true(peer_write(&pair->peer, record, cuts[i]));
		pair_sync(pair);
		expect_nothing_to_read(pair->fd);
		assert_true(peer_write(&pair->peer, record + cuts[i], len - cuts[i]));
		expect_recv(pair->fd, data, RECORD_PLAIN_MAX);
	}
	free(record);
	free(data);
}

int main(void)
{
	static const struct test tests[] = {
		EACH(record_cut_at_each_byte),
		EACH_SUITE(longer_record_cut_at_each_byte),
		EACH_SUITE(records_cut_at_each_byte),
		EACH(ticket_between_data_cut_at_each_byte),
		EACH_SUITE(empty_records_cut_at_each_byte),
		EACH_FAMILY(records_sent_byte_by_byte),
		EACH_FAMILY(header_cut_in_all_ways),
		EACH_SUITE(largest_record_cut_near_boundaries),
	};

	return run_cases("split", tests, ARRAY_SIZE(tests), pair_open);
}
