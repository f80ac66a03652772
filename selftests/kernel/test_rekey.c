// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * SEAL_KEY_UPDATE, and what is asked of the peer and by it, enter; KeyUpdates leave, as
 * many as RFC 8446 4.6.3 and RFC 9846 4.7.3 want and no more.
 */
#include <stdlib.h>
#include <sys/socket.h>

#include <netinet/in.h>
#include <linux/tcp.h>

#include "ktest.h"

/* KeyUpdates in a row that the module takes */
#define STORM	64

static void expect_data(struct pair *pair, const char *data, size_t len)
{
	expect_count(send(pair->fd, data, len, 0), len);
	peer_expect_record(&pair->peer, TYPE_DATA, data, len);
}

static void program_replaces_its_key(void **state)
{
	struct pair *pair = *state;

	for (int i = 0; i < 5; i++) {
		expect_ok(key_update(pair->fd, 0));
		peer_expect_update(&pair->peer, NOT_REQUESTED);
		expect_data(pair, "data", 4);
		expect_generations(pair->fd, i + 1, 0);
	}
}

/* Nothing more is asked for while the peer has not answered */
static void program_asks_the_peer_once(void **state)
{
	struct pair *pair = *state;

	for (int i = 0; i < 2; i++) {
		expect_ok(key_update(pair->fd, SEAL_KEY_UPDATE_REQUEST));
		peer_expect_update(&pair->peer, REQUESTED);
		expect_ok(key_update(pair->fd, SEAL_KEY_UPDATE_REQUEST));
		peer_expect_update(&pair->peer, NOT_REQUESTED);
		peer_send_key_update(&pair->peer, NOT_REQUESTED);
		peer_send(&pair->peer, TYPE_DATA, "data", 4);
		expect_recv(pair->fd, "data", 4);
		expect_generations(pair->fd, 2 * (i + 1), i + 1);
	}
}

/* Both ends ask at the same time: each still has to answer */
static void requests_that_cross_are_answered(void **state)
{
	struct pair *pair = *state;

	expect_ok(key_update(pair->fd, SEAL_KEY_UPDATE_REQUEST));
	peer_send_key_update(&pair->peer, REQUESTED);
	pair_sync(pair);
	expect_nothing_to_read(pair->fd);
	peer_expect_update(&pair->peer, REQUESTED);
	peer_expect_update(&pair->peer, NOT_REQUESTED);
	expect_data(pair, "data", 4);
}

static void update_overtakes_an_open_record(void **state)
{
	struct pair *pair = *state;

	set_int(pair->fd, IPPROTO_TCP, TCP_CORK, 1);
	expect_count(send(pair->fd, "kept ", 5, 0), 5);
	expect_ok(key_update(pair->fd, 0));
	peer_expect_update(&pair->peer, NOT_REQUESTED);
	expect_count(send(pair->fd, "back", 4, 0), 4);
	set_int(pair->fd, IPPROTO_TCP, TCP_CORK, 0);
	peer_expect_record(&pair->peer, TYPE_DATA, "kept back", 9);
}

/* RFC 8446 4.6.3: prior to sending its next Application Data record */
static void answer_overtakes_an_open_record(void **state)
{
	struct pair *pair = *state;

	expect_count(send(pair->fd, "kept ", 5, MSG_MORE), 5);
	peer_send_key_update(&pair->peer, REQUESTED);
	pair_sync(pair);
	expect_nothing_to_read(pair->fd);
	peer_expect_update(&pair->peer, NOT_REQUESTED);
	expect_count(send(pair->fd, "back", 4, 0), 4);
	peer_expect_record(&pair->peer, TYPE_DATA, "kept back", 9);
}

/* At once to the first request; to all the others with the next data */
static void silent_end_answers_once(void **state)
{
	struct pair *pair = *state;

	for (int i = 0; i < 5; i++)
		peer_send_key_update(&pair->peer, REQUESTED);
	pair_sync(pair);
	expect_nothing_to_read(pair->fd);
	expect_generations(pair->fd, 1, 5);
	peer_expect_update(&pair->peer, NOT_REQUESTED);
	expect_count(send(pair->fd, "data", 4, 0), 4);
	peer_expect_update(&pair->peer, NOT_REQUESTED);
	peer_expect_record(&pair->peer, TYPE_DATA, "data", 4);
	expect_data(pair, "more", 4);
	expect_generations(pair->fd, 2, 5);
}

/* With a full send buffer it is owed, and goes before the next data */
static void update_waits_for_room(void **state)
{
	struct pair *pair = *state;
	size_t len = 4 << 20;
	uint8_t *data = make_bytes(len, 1);
	ssize_t done;

	set_int(pair->fd, SOL_SOCKET, SO_SNDBUF, 32768);
	done = must(send(pair->fd, data, len, MSG_DONTWAIT));
	for (int i = 0; i < 3; i++)
		expect_ok(key_update(pair->fd, 0));
	expect_generations(pair->fd, 0, 0);
	assert_true(info_of(pair->fd).state & SEAL_STATE_UPDATE_OWED);
	peer_expect_data(&pair->peer, data, done);
	expect_count(send(pair->fd, "next", 4, 0), 4);
	peer_expect_update(&pair->peer, NOT_REQUESTED);
	peer_expect_record(&pair->peer, TYPE_DATA, "next", 4);
	assert_false(info_of(pair->fd).state & SEAL_STATE_UPDATE_OWED);
	free(data);
}

static void send_storm(struct pair *pair, int updates)
{
	for (int i = 0; i < updates; i++)
		peer_send_key_update(&pair->peer, NOT_REQUESTED);
}

static void storm_ends_the_connection(void **state)
{
	struct pair *pair = *state;

	send_storm(pair, STORM + 1);
	expect_failed(pair->fd, EBADMSG);
	peer_expect_alert(&pair->peer, ALERT_FATAL, ALERT_UNEXPECTED_MESSAGE);
}

/* Data between them makes it no storm; a ticket, or a record of nothing, does not */
static void data_calms_a_storm(void **state)
{
	struct pair *pair = *state;

	for (int i = 0; i < 3; i++) {
		send_storm(pair, STORM);
		peer_send(&pair->peer, TYPE_DATA, "data", 4);
		expect_recv(pair->fd, "data", 4);
	}
	expect_generations(pair->fd, 0, 3 * STORM);
	send_storm(pair, STORM);
	peer_send_ticket(&pair->peer, 1, 10);
	peer_send(&pair->peer, TYPE_DATA, "", 0);
	send_storm(pair, 1);
	expect_failed(pair->fd, EBADMSG);
}

static void late_updates_are_refused(void **state)
{
	struct pair *pair = *state;

	expect_ok(shutdown(pair->fd, SHUT_WR));
	expect_errno(key_update(pair->fd, 0), EPIPE);
	/* and what the peer asks for is not answered any more */
	peer_send_key_update(&pair->peer, REQUESTED);
	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	expect_recv(pair->fd, "data", 4);
	peer_expect_close(&pair->peer);
}

int main(void)
{
	static const struct test tests[] = {
		EACH_SUITE(program_replaces_its_key),
		EACH_SUITE(program_asks_the_peer_once),
		ONCE(requests_that_cross_are_answered),
		EACH_SUITE(update_overtakes_an_open_record),
		EACH_SUITE(answer_overtakes_an_open_record),
		EACH_SUITE(silent_end_answers_once),
		EACH_SUITE(update_waits_for_room),
		ONCE(storm_ends_the_connection),
		ONCE(data_calms_a_storm),
		EACH_FAMILY(late_updates_are_refused),
	};

	return run_cases("rekey", tests, ARRAY_SIZE(tests), pair_open);
}
