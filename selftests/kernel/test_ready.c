// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Records enter; FIONREAD must count their plaintext, and SO_RCVLOWAT must hold
 * readers and pollers back until there is enough of it, and no longer.
 */
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/sockios.h>

#include "ktest.h"

/* The lowat of most tests, and what is too little for it */
#define LOWAT	100
#define LITTLE	60

static void expect_waiting(int fd, int len)
{
	expect_count(waiting_bytes(fd), len);
}

static void send_bytes(struct pair *pair, size_t len)
{
	uint8_t *data = make_bytes(len, len);

	peer_send(&pair->peer, TYPE_DATA, data, len);
	pair_sync(pair);
	free(data);
}

static void recv_some(int fd, size_t room, size_t expected)
{
	uint8_t *buf = make_room(room);

	expect_count(recv(fd, buf, room, 0), expected);
	free(buf);
}

static void plaintext_is_counted(void **state)
{
	struct pair *pair = *state;
	uint8_t buf[10];

	expect_waiting(pair->fd, 0);
	send_bytes(pair, 10);
	expect_waiting(pair->fd, 10);
	send_bytes(pair, 1);
	send_bytes(pair, RECORD_PLAIN_MAX);
	expect_waiting(pair->fd, 11 + RECORD_PLAIN_MAX);
	expect_count(recv(pair->fd, buf, 4, 0), 4);
	expect_waiting(pair->fd, 7 + RECORD_PLAIN_MAX);
	expect_count(recv(pair->fd, buf, 7, MSG_TRUNC), 7);
	expect_waiting(pair->fd, RECORD_PLAIN_MAX);
}

static void nothing_but_plaintext_is_counted(void **state)
{
	struct pair *pair = *state;

	peer_send_ticket(&pair->peer, 1, 200);
	peer_send(&pair->peer, TYPE_DATA, "", 0);
	pair_sync(pair);
	expect_waiting(pair->fd, 0);
	peer_send_padded(&pair->peer, TYPE_DATA, "data", 4, 1000);
	peer_send_key_update(&pair->peer, 0);
	peer_send(&pair->peer, TYPE_DATA, "next", 4);
	peer_send_alert(&pair->peer, ALERT_WARNING, ALERT_CLOSE_NOTIFY);
	pair_sync(pair);
	expect_waiting(pair->fd, 8);
	expect_recv(pair->fd, "datanext", 8);
	expect_waiting(pair->fd, 0);
}

static void part_of_a_record_is_not_counted(void **state)
{
	struct pair *pair = *state;
	uint8_t record[64];
	size_t len = record_seal(&pair->peer.tx, TYPE_DATA, "data", 4, record);

	for (size_t i = 0; i < len; i++) {
		expect_waiting(pair->fd, 0);
		assert_true(peer_write(&pair->peer, record + i, 1));
		pair_sync(pair);
	}
	expect_waiting(pair->fd, 4);
}

static void bytes_before_an_error_are_counted(void **state)
{
	struct pair *pair = *state;
	uint8_t record[64];
	size_t len;

	send_bytes(pair, 10);
	len = record_seal(&pair->peer.tx, TYPE_DATA, "data", 4, record);
	record[len - 1] ^= 1;
	assert_true(peer_write(&pair->peer, record, len));
	pair_sync(pair);
	expect_waiting(pair->fd, 10);
	recv_some(pair->fd, 10, 10);
	expect_waiting(pair->fd, 0);
	expect_failed(pair->fd, EBADMSG);
}

/* Each asking would otherwise empty TCP's queue into memory nobody accounts for */
static void counting_does_not_hoard(void **state)
{
	struct pair *pair = *state;
	const size_t len = 2000;
	uint8_t *data = make_bytes(len, 1);
	struct worker *writer;
	int most = 0;

	set_int(pair->fd, SOL_SOCKET, SO_RCVBUF, 8192);
	writer = worker_records(&pair->peer, data, len, 1);
	for (size_t done = 0; done < len; done++) {
		int n = waiting_bytes(pair->fd);

		most = n > most ? n : most;
		expect_recv(pair->fd, data + done, 1);
	}
	worker_join(writer, NULL, len);
	/* 16 KB, as the kernel doubles it, and a page for each byte */
	assert_in_range(most, 1, 4);
	free(data);
}

/* What is on its way out is TCP's to count, and so in ciphertext */
static void other_counts_are_of_tcp(void **state)
{
	struct pair *pair = *state;
	int n = -1;

	expect_ok(ioctl(pair->fd, SIOCATMARK, &n));
	assert_int_equal(n, 0);
	expect_count(send(pair->fd, "data", 4, 0), 4);
	peer_expect_record(&pair->peer, TYPE_DATA, "data", 4);
	do
		expect_ok(ioctl(pair->fd, SIOCOUTQ, &n));
	while (n);
	expect_ok(ioctl(pair->fd, SIOCOUTQNSD, &n));
	assert_int_equal(n, 0);
	expect_errno(ioctl(pair->fd, 0x7fff, &n), ENOTTY);
}

static void poll_waits_for_enough(void **state)
{
	struct pair *pair = *state;
	uint8_t buf[LOWAT];

	set_int(pair->fd, SOL_SOCKET, SO_RCVLOWAT, LOWAT);
	send_bytes(pair, LITTLE);
	assert_false(readable(pair->fd));
	expect_waiting(pair->fd, LITTLE);
	peer_send_ticket(&pair->peer, 1, 2 * LOWAT);
	pair_sync(pair);
	assert_false(readable(pair->fd));
	send_bytes(pair, LOWAT - LITTLE - 1);
	assert_false(readable(pair->fd));
	send_bytes(pair, 1);
	assert_true(readable(pair->fd));
	expect_count(recv(pair->fd, buf, 1, 0), 1);
	assert_false(readable(pair->fd));
}

/* TCP counts ciphertext, and only that which is not yet opened */
static void poller_is_woken_when_there_is_enough(void **state)
{
	struct pair *pair = *state;
	struct epoll_event event;
	int epoll;

	set_int(pair->fd, SOL_SOCKET, SO_RCVLOWAT, LOWAT);
	epoll = watch(pair->fd, EPOLLIN | EPOLLET);
	for (int i = 0; i < 3; i++) {
		send_bytes(pair, LITTLE);
		expect_count(epoll_wait(epoll, &event, 1, 0), 0);
		assert_false(readable(pair->fd));
		send_bytes(pair, LOWAT - LITTLE);
		expect_count(epoll_wait(epoll, &event, 1, -1), 1);
		recv_some(pair->fd, LOWAT, LOWAT);
	}
	close(epoll);
}

/* Opened already, and enough all of a sudden */
static void lower_mark_wakes_the_poller(void **state)
{
	struct pair *pair = *state;
	struct epoll_event event;
	int epoll;

	set_int(pair->fd, SOL_SOCKET, SO_RCVLOWAT, LOWAT);
	epoll = watch(pair->fd, EPOLLIN | EPOLLET);
	send_bytes(pair, LITTLE);
	assert_false(readable(pair->fd));
	expect_count(epoll_wait(epoll, &event, 1, 0), 0);
	set_int(pair->fd, SOL_SOCKET, SO_RCVLOWAT, LITTLE);
	expect_count(epoll_wait(epoll, &event, 1, -1), 1);
	close(epoll);
}

static void recv_waits_for_enough(void **state)
{
	struct pair *pair = *state;
	struct worker *reader;

	set_int(pair->fd, SOL_SOCKET, SO_RCVLOWAT, LOWAT);
	send_bytes(pair, LITTLE);
	reader = worker_recv(pair->fd, 2 * LITTLE, 0);
	worker_wait_blocked(reader);
	send_bytes(pair, LITTLE);
	worker_join(reader, NULL, 2 * LITTLE);
}

static void timeout_ends_the_wait_for_enough(void **state)
{
	struct pair *pair = *state;

	set_timeout(pair->fd, SO_RCVTIMEO, 20);
	set_int(pair->fd, SOL_SOCKET, SO_RCVLOWAT, LOWAT);
	send_bytes(pair, LITTLE);
	recv_some(pair->fd, 2 * LOWAT, LITTLE);
}

static void sleeping_reader_gets_enough(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(2 * LOWAT, 3);
	struct worker *reader;

	set_int(pair->fd, SOL_SOCKET, SO_RCVLOWAT, LOWAT);
	reader = worker_recv(pair->fd, LOWAT, 0);
	worker_wait_blocked(reader);
	for (size_t i = 0; i < LOWAT; i++)
		peer_send(&pair->peer, TYPE_DATA, data + i, 1);
	worker_join(reader, data, LOWAT);
	free(data);
}

/* POSIX: the lesser of the low-water mark and the amount requested */
static void reader_of_less_gets_less(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(10, 4);
	struct worker *reader;

	set_int(pair->fd, SOL_SOCKET, SO_RCVLOWAT, LOWAT);
	reader = worker_recv(pair->fd, 10, 0);
	worker_wait_blocked(reader);
	peer_send(&pair->peer, TYPE_DATA, data, 10);
	worker_join(reader, data, 10);
	free(data);
}

static void nonblocking_reader_gets_what_there_is(void **state)
{
	struct pair *pair = *state;
	uint8_t buf[LOWAT];

	set_int(pair->fd, SOL_SOCKET, SO_RCVLOWAT, LOWAT);
	send_bytes(pair, LITTLE);
	expect_count(recv(pair->fd, buf, LOWAT, MSG_DONTWAIT), LITTLE);
	expect_errno(recv(pair->fd, buf, LOWAT, MSG_DONTWAIT), EAGAIN);
}

static void end_is_not_held_back(void **state)
{
	struct pair *pair = *state;

	set_int(pair->fd, SOL_SOCKET, SO_RCVLOWAT, LOWAT);
	send_bytes(pair, LITTLE);
	assert_false(readable(pair->fd));
	peer_send_alert(&pair->peer, ALERT_WARNING, ALERT_CLOSE_NOTIFY);
	wait_for(pair->fd, POLLIN);
	recv_some(pair->fd, LOWAT, LITTLE);
	expect_eof(pair->fd);
}

static void error_is_not_held_back(void **state)
{
	struct pair *pair = *state;

	set_int(pair->fd, SOL_SOCKET, SO_RCVLOWAT, LOWAT);
	send_bytes(pair, LITTLE);
	assert_false(readable(pair->fd));
	expect_ok(shutdown(pair->peer.fd, SHUT_WR));
	wait_for(pair->fd, POLLIN);
	recv_some(pair->fd, LOWAT, LITTLE);
	expect_failed(pair->fd, ECONNABORTED);
}

/* A mark that no buffer can reach would be waited for without end */
static void unreachable_mark_is_lowered(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(200000, 5);
	struct worker *writer;

	set_int(pair->fd, SOL_SOCKET, SO_RCVBUF, 32768);
	set_int(pair->fd, SOL_SOCKET, SO_RCVLOWAT, INT_MAX);
	writer = worker_records(&pair->peer, data, 200000, 1000);
	wait_for(pair->fd, POLLIN);
	set_int(pair->fd, SOL_SOCKET, SO_RCVLOWAT, 1);
	expect_recv(pair->fd, data, 200000);
	worker_join(writer, NULL, 200000);
	free(data);
}

/* A page for each byte: the buffer is full long before the mark is reached */
static void full_buffer_is_not_held_back(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(1000, 6);
	struct worker *writer;

	set_int(pair->fd, SOL_SOCKET, SO_RCVBUF, 8192);
	set_int(pair->fd, SOL_SOCKET, SO_RCVLOWAT, 1000);
	writer = worker_records(&pair->peer, data, 1000, 1);
	wait_for(pair->fd, POLLIN);
	expect_recv(pair->fd, data, 1000);
	worker_join(writer, NULL, 1000);
	free(data);
}

int main(void)
{
	static const struct test tests[] = {
		EACH(plaintext_is_counted),
		EACH_SUITE(nothing_but_plaintext_is_counted),
		EACH_FAMILY(part_of_a_record_is_not_counted),
		EACH_SUITE(bytes_before_an_error_are_counted),
		EACH_FAMILY(counting_does_not_hoard),
		EACH_FAMILY(other_counts_are_of_tcp),
		EACH(poll_waits_for_enough),
		EACH_FAMILY(poller_is_woken_when_there_is_enough),
		EACH_FAMILY(lower_mark_wakes_the_poller),
		EACH_FAMILY(recv_waits_for_enough),
		EACH_FAMILY(timeout_ends_the_wait_for_enough),
		EACH_FAMILY(sleeping_reader_gets_enough),
		EACH_FAMILY(reader_of_less_gets_less),
		EACH_FAMILY(nonblocking_reader_gets_what_there_is),
		EACH_FAMILY(end_is_not_held_back),
		EACH_FAMILY(error_is_not_held_back),
		EACH_FAMILY(unreachable_mark_is_lowered),
		EACH_FAMILY(full_buffer_is_not_held_back),
	};

	return run_cases("ready", tests, ARRAY_SIZE(tests), pair_open);
}
