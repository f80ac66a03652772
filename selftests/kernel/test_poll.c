// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Records and parts of records enter; poll() and epoll must report readable
 * exactly when plaintext, the end or an error can be had at once.
 */
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ktest.h"

static void idle_is_writable_only(void **state)
{
	struct pair *pair = *state;

	assert_true(writable(pair->fd));
	expect_nothing_to_read(pair->fd);
}

static void record_is_readable_until_read(void **state)
{
	struct pair *pair = *state;
	char buf[10];

	peer_send(&pair->peer, TYPE_DATA, "0123456789", 10);
	wait_for(pair->fd, POLLIN);
	expect_count(recv(pair->fd, buf, 9, 0), 9);
	assert_true(readable(pair->fd));
	expect_count(recv(pair->fd, buf, 1, 0), 1);
	expect_nothing_to_read(pair->fd);
}

static void ticket_is_not_readable(void **state)
{
	struct pair *pair = *state;

	peer_send_ticket(&pair->peer, 1, 200);
	pair_sync(pair);
	expect_nothing_to_read(pair->fd);
	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	wait_for(pair->fd, POLLIN);
	expect_recv(pair->fd, "data", 4);
}

static void key_update_is_not_readable(void **state)
{
	struct pair *pair = *state;

	peer_send_key_update(&pair->peer, 0);
	pair_sync(pair);
	expect_nothing_to_read(pair->fd);
	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	wait_for(pair->fd, POLLIN);
	expect_recv(pair->fd, "data", 4);
}

/* RFC 8446 5.4: zero-length application data is legal, and is nothing to read */
static void empty_records_are_not_readable(void **state)
{
	struct pair *pair = *state;

	for (int i = 0; i < 100; i++)
		peer_send_padded(&pair->peer, TYPE_DATA, NULL, 0, i);
	pair_sync(pair);
	expect_nothing_to_read(pair->fd);
	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	wait_for(pair->fd, POLLIN);
	expect_recv(pair->fd, "data", 4);
}

static void record_after_tickets_is_readable(void **state)
{
	struct pair *pair = *state;

	for (int i = 0; i < 3; i++)
		peer_send_ticket(&pair->peer, i, 100);
	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	pair_sync(pair);
	assert_true(readable(pair->fd));
	expect_recv(pair->fd, "data", 4);
}

static void end_is_readable(void **state)
{
	struct pair *pair = *state;

	peer_send_alert(&pair->peer, ALERT_WARNING, ALERT_CLOSE_NOTIFY);
	expect_eof(pair->fd);
}

static void truncation_is_readable(void **state)
{
	struct pair *pair = *state;
	uint8_t byte;

	expect_ok(shutdown(pair->peer.fd, SHUT_WR));
	wait_for(pair->fd, POLLIN);
	expect_errno(recv(pair->fd, &byte, 1, 0), ECONNABORTED);
	assert_true(readable(pair->fd));
}

static void bad_record_is_readable(void **state)
{
	struct pair *pair = *state;
	uint8_t record[64];
	size_t len = record_seal(&pair->peer.tx, TYPE_DATA, "data", 4, record);

	record[len - 1] ^= 1;
	assert_true(peer_write(&pair->peer, record, len));
	expect_failed(pair->fd, EBADMSG);
}

/* Edge-triggered: one event when the record is whole, none before or after */
static void edge_comes_with_the_whole_record(void **state)
{
	struct pair *pair = *state;
	int epoll = watch(pair->fd, EPOLLIN | EPOLLET);
	struct epoll_event event;
	uint8_t record[64];
	size_t len = record_seal(&pair->peer.tx, TYPE_DATA, "data", 4, record);

	assert_true(peer_write(&pair->peer, record, len - 1));
	pair_sync(pair);
	expect_count(epoll_wait(epoll, &event, 1, 0), 0);
	assert_true(peer_write(&pair->peer, record + len - 1, 1));
	expect_count(epoll_wait(epoll, &event, 1, -1), 1);
	assert_true(event.events & EPOLLIN);
	expect_recv(pair->fd, "data", 4);
	expect_count(epoll_wait(epoll, &event, 1, 0), 0);
	close(epoll);
}

/* A record that was there before the descriptor was watched */
static void edge_comes_for_what_waits_already(void **state)
{
	struct pair *pair = *state;
	struct epoll_event event;
	int epoll;

	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	pair_sync(pair);
	epoll = watch(pair->fd, EPOLLIN | EPOLLET);
	expect_count(epoll_wait(epoll, &event, 1, 0), 1);
	expect_count(epoll_wait(epoll, &event, 1, 0), 0);
	peer_send(&pair->peer, TYPE_DATA, "more", 4);
	expect_count(epoll_wait(epoll, &event, 1, -1), 1);
	expect_recv(pair->fd, "datamore", 8);
	close(epoll);
}

/* Level-triggered: reported while plaintext is left inside the module */
static void level_stays_for_decrypted_bytes(void **state)
{
	struct pair *pair = *state;
	int epoll = watch(pair->fd, EPOLLIN);
	struct epoll_event event;
	uint8_t byte;

	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	for (int i = 0; i < 4; i++) {
		expect_count(epoll_wait(epoll, &event, 1, -1), 1);
		expect_count(recv(pair->fd, &byte, 1, 0), 1);
	}
	expect_count(epoll_wait(epoll, &event, 1, 0), 0);
	close(epoll);
}

int main(void)
{
	static const struct test tests[] = {
		EACH_FAMILY(idle_is_writable_only),
		EACH(record_is_readable_until_read),
		EACH(ticket_is_not_readable),
		EACH_SUITE(key_update_is_not_readable),
		EACH_SUITE(empty_records_are_not_readable),
		EACH_FAMILY(record_after_tickets_is_readable),
		EACH_FAMILY(end_is_readable),
		EACH_FAMILY(truncation_is_readable),
		EACH_SUITE(bad_record_is_readable),
		EACH_FAMILY(edge_comes_with_the_whole_record),
		EACH_FAMILY(edge_comes_for_what_waits_already),
		EACH_FAMILY(level_stays_for_decrypted_bytes),
	};

	return run_cases("poll", tests, ARRAY_SIZE(tests), pair_open);
}
