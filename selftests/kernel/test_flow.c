// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * More bytes than the socket can hold enter, against slow readers, timeouts and
 * signals; exactly the bytes that were accepted leave.
 */
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "ktest.h"

#define MEGABYTE	(1 << 20)
#define LONG		(8 * MEGABYTE)

/* Writes until nothing is accepted; returns what was */
static size_t fill(int fd, const uint8_t *data, size_t len, int error)
{
	size_t done = 0;
	ssize_t n;

	do {
		n = send(fd, data + done, len - done, MSG_NOSIGNAL);
		if (n > 0)
			done += n;
	} while (n > 0 && done < len);
	expect_errno(n, error);
	return done;
}

static void nonblocking_stops_when_full(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(LONG, 1);
	size_t done;

	set_int(pair->fd, SOL_SOCKET, SO_SNDBUF, 32768);
	set_nonblock(pair->fd);
	done = fill(pair->fd, data, LONG, EAGAIN);
	assert_true(done > 0);
	assert_false(writable(pair->fd));
	expect_errno(send(pair->fd, data, 1, MSG_MORE), EAGAIN);
	/* the program calls nothing any more; all it gave must go out */
	peer_expect_data(&pair->peer, data, done);
	wait_for(pair->fd, POLLOUT);
	expect_count(send(pair->fd, "more", 4, 0), 4);
	peer_expect_data(&pair->peer, "more", 4);
	free(data);
}

static bool tcp_took_a_part(int fd)
{
	struct seal_info info = info_of(fd);

	return bytes_handed_to_tcp(fd) !=
	       info.tx.bytes + info.tx.records * RECORD_OVERHEAD;
}

/* The rest of a record of which TCP took a part leaves as the ACKs come */
static void half_taken_record_needs_no_call(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(LONG, 12);
	int parts = 0;

	set_nonblock(pair->fd);
	for (int size = 4096; size <= 65536; size += 2048) {
		size_t done;

		set_int(pair->fd, SOL_SOCKET, SO_SNDBUF, size);
		done = fill(pair->fd, data, LONG, EAGAIN);
		parts += tcp_took_a_part(pair->fd);
		peer_expect_data(&pair->peer, data, done);
	}
	assert_in_range(parts, 1, INT_MAX);
	free(data);
}

static void dontwait_is_nonblocking_for_one_call(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(LONG, 2);
	ssize_t done;

	set_int(pair->fd, SOL_SOCKET, SO_SNDBUF, 32768);
	done = must(send(pair->fd, data, LONG, MSG_DONTWAIT));
	assert_in_range(done, 1, LONG - 1);
	expect_errno(send(pair->fd, data, 1, MSG_DONTWAIT), EAGAIN);
	peer_expect_data(&pair->peer, data, done);
	free(data);
}

static void send_timeout_returns_what_was_accepted(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(LONG, 3);
	size_t done;

	set_int(pair->fd, SOL_SOCKET, SO_SNDBUF, 32768);
	set_timeout(pair->fd, SO_SNDTIMEO, 50);
	done = fill(pair->fd, data, LONG, EAGAIN);
	assert_true(done > 0);
	peer_expect_data(&pair->peer, data, done);
	free(data);
}

static void signal_returns_what_was_accepted(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(LONG, 4);
	size_t done;

	set_int(pair->fd, SOL_SOCKET, SO_SNDBUF, 32768);
	interrupts_start();
	done = fill(pair->fd, data, LONG, EINTR);
	interrupts_stop();
	assert_true(done > 0);
	peer_expect_data(&pair->peer, data, done);
	expect_count(send(pair->fd, "more", 4, 0), 4);
	peer_expect_data(&pair->peer, "more", 4);
	free(data);
}

static void blocking_write_waits_for_the_reader(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(MEGABYTE, 5);
	struct worker *writer;

	set_int(pair->fd, SOL_SOCKET, SO_SNDBUF, 1);
	set_int(pair->peer.fd, SOL_SOCKET, SO_RCVBUF, 16384);
	writer = worker_write(pair->fd, data, MEGABYTE);
	peer_expect_data(&pair->peer, data, MEGABYTE);
	worker_join(writer, NULL, MEGABYTE);
	free(data);
}

/* One megabyte through poll(), as a server with an event loop does */
static void nonblocking_write_goes_on_after_poll(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(MEGABYTE, 6);
	struct worker *reader = worker_collect(&pair->peer, MEGABYTE);

	set_int(pair->fd, SOL_SOCKET, SO_SNDBUF, 8192);
	set_nonblock(pair->fd);
	for (size_t done = 0; done < MEGABYTE;) {
		ssize_t n = send(pair->fd, data + done, MEGABYTE - done, 0);

		if (n < 0) {
			expect_errno(n, EAGAIN);
			wait_for(pair->fd, POLLOUT);
		} else {
			done += n;
		}
	}
	worker_join(reader, data, MEGABYTE);
	free(data);
}

/* Encrypted before the call returns: the program may use its buffer again */
static void accepted_bytes_may_change_at_once(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(LONG, 11), *copy = make_bytes(LONG, 11);
	size_t done;

	set_int(pair->fd, SOL_SOCKET, SO_SNDBUF, 32768);
	set_nonblock(pair->fd);
	done = fill(pair->fd, data, LONG, EAGAIN);
	fill_bytes(data, LONG, 12);
	peer_expect_data(&pair->peer, copy, done);
	free(copy);
	free(data);
}

/* A program may come back with other bytes, or more of them */
static void retry_may_pass_other_bytes(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(LONG, 7);
	size_t done;

	set_int(pair->fd, SOL_SOCKET, SO_SNDBUF, 32768);
	set_nonblock(pair->fd);
	done = fill(pair->fd, data, LONG, EAGAIN);
	expect_errno(send(pair->fd, "one", 3, 0), EAGAIN);
	peer_expect_data(&pair->peer, data, done);
	wait_for(pair->fd, POLLOUT);
	expect_count(send(pair->fd, "another", 7, 0), 7);
	peer_expect_record(&pair->peer, TYPE_DATA, "another", 7);
	free(data);
}

static void shutdown_after_filling_loses_nothing(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(LONG, 8);
	size_t done;

	set_int(pair->fd, SOL_SOCKET, SO_SNDBUF, 32768);
	set_nonblock(pair->fd);
	done = fill(pair->fd, data, LONG, EAGAIN);
	expect_ok(shutdown(pair->fd, SHUT_WR));
	peer_expect_data(&pair->peer, data, done);
	peer_expect_close(&pair->peer);
	free(data);
}

static void close_after_filling_loses_nothing(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(LONG, 9);
	size_t done;

	set_int(pair->fd, SOL_SOCKET, SO_SNDBUF, 32768);
	set_nonblock(pair->fd);
	done = fill(pair->fd, data, LONG, EAGAIN);
	pair_close_sealed(pair);
	peer_expect_data(&pair->peer, data, done);
	peer_expect_close(&pair->peer);
	free(data);
}

/* Both directions full at once must not wait for each other */
static void receiving_works_while_sending_is_blocked(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(LONG, 10);
	size_t done;

	set_int(pair->fd, SOL_SOCKET, SO_SNDBUF, 32768);
	set_nonblock(pair->fd);
	done = fill(pair->fd, data, LONG, EAGAIN);
	peer_send(&pair->peer, TYPE_DATA, "still here", 10);
	wait_for(pair->fd, POLLIN);
	expect_recv(pair->fd, "still here", 10);
	peer_expect_data(&pair->peer, data, done);
	free(data);
}

int main(void)
{
	static const struct test tests[] = {
		EACH(nonblocking_stops_when_full),
		EACH_FAMILY(half_taken_record_needs_no_call),
		EACH_FAMILY(dontwait_is_nonblocking_for_one_call),
		EACH_FAMILY(send_timeout_returns_what_was_accepted),
		EACH_FAMILY(signal_returns_what_was_accepted),
		EACH(blocking_write_waits_for_the_reader),
		EACH(nonblocking_write_goes_on_after_poll),
		EACH_SUITE(accepted_bytes_may_change_at_once),
		EACH_FAMILY(retry_may_pass_other_bytes),
		EACH(shutdown_after_filling_loses_nothing),
		EACH(close_after_filling_loses_nothing),
		EACH_FAMILY(receiving_works_while_sending_is_blocked),
	};

	return run_cases("flow", tests, ARRAY_SIZE(tests), pair_open);
}
