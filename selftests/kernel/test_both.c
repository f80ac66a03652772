// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Bulk data enters one sealed end and leaves the other, under buffers from tiny
 * to large, with and without blocking.
 */
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ktest.h"

#define MEGABYTE	(1 << 20)

static void transfer(const int fds[2], size_t len)
{
	uint8_t *data = make_bytes(len, len);
	struct worker *reader = worker_read(fds[1], len);
	struct worker *writer = worker_write(fds[0], data, len);

	worker_join(writer, NULL, len);
	worker_join(reader, data, len);
	free(data);
}

static void close_both(const int fds[2])
{
	close(fds[0]);
	close(fds[1]);
}

static void either_direction_carries_a_megabyte(void **state)
{
	struct pair *pair = *state;
	int fds[2], back[2];

	sealed_pair(pair->variant, fds);
	back[0] = fds[1];
	back[1] = fds[0];
	transfer(fds, MEGABYTE);
	transfer(back, MEGABYTE);
	close_both(fds);
}

static void both_directions_at_once_carry_a_megabyte(void **state)
{
	struct pair *pair = *state;
	uint8_t *there = make_bytes(MEGABYTE, 1), *back = make_bytes(MEGABYTE, 2);
	struct worker *readers[2], *writers[2];
	int fds[2];

	sealed_pair(pair->variant, fds);
	readers[0] = worker_read(fds[0], MEGABYTE);
	readers[1] = worker_read(fds[1], MEGABYTE);
	writers[0] = worker_write(fds[0], there, MEGABYTE);
	writers[1] = worker_write(fds[1], back, MEGABYTE);
	worker_join(writers[0], NULL, MEGABYTE);
	worker_join(writers[1], NULL, MEGABYTE);
	worker_join(readers[0], back, MEGABYTE);
	worker_join(readers[1], there, MEGABYTE);
	close_both(fds);
	free(back);
	free(there);
}

static void smallest_buffers_are_enough(void **state)
{
	struct pair *pair = *state;
	int fds[2];

	sealed_pair(pair->variant, fds);
	set_int(fds[0], SOL_SOCKET, SO_SNDBUF, 1);
	set_int(fds[1], SOL_SOCKET, SO_RCVBUF, 1);
	transfer(fds, 65536);
	close_both(fds);
}

/* A window smaller than a record must open before the record is whole */
static void record_larger_than_the_window_arrives(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(RECORD_PLAIN_MAX, 3);
	struct worker *writer;
	int fds[2];

	sealed_pair(pair->variant, fds);
	set_int(fds[1], SOL_SOCKET, SO_RCVBUF, 1);
	for (int i = 0; i < 2; i++) {
		writer = worker_write(fds[0], data, RECORD_PLAIN_MAX);
		wait_for(fds[1], POLLIN);
		expect_recv(fds[1], data, RECORD_PLAIN_MAX);
		worker_join(writer, NULL, RECORD_PLAIN_MAX);
	}
	close_both(fds);
	free(data);
}

/* As much as goes, in both directions of the copy, without a thread */
static size_t push(int fd, const uint8_t *data, size_t len)
{
	ssize_t n = send(fd, data, len, MSG_DONTWAIT);

	if (n < 0)
		expect_errno(n, EAGAIN);
	return n < 0 ? 0 : n;
}

static size_t pull(int fd, uint8_t *buf, size_t len)
{
	ssize_t n = recv(fd, buf, len, MSG_DONTWAIT);

	if (n < 0)
		expect_errno(n, EAGAIN);
	return n < 0 ? 0 : n;
}

static void one_thread_serves_both_ends_by_poll(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(MEGABYTE, 4), *buf = make_room(MEGABYTE);
	size_t sent = 0, got = 0;
	int fds[2];

	sealed_pair(pair->variant, fds);
	set_int(fds[0], SOL_SOCKET, SO_SNDBUF, 16384);
	while (got < MEGABYTE) {
		struct pollfd p[] = { { fds[0], sent < MEGABYTE ? POLLOUT : 0, 0 },
				      { fds[1], POLLIN, 0 } };

		must(poll(p, 2, -1));
		if (p[0].revents & POLLOUT)
			sent += push(fds[0], data + sent, MEGABYTE - sent);
		if (p[1].revents & POLLIN)
			got += pull(fds[1], buf + got, MEGABYTE - got);
	}
	expect_bytes(buf, data, MEGABYTE);
	close_both(fds);
	free(buf);
	free(data);
}

/* Lengths that never fit anything: 1 to 5000 bytes a write, odd reads */
static void odd_sizes_arrive_in_order(void **state)
{
	struct pair *pair = *state;
	size_t len = 300000;
	uint8_t *data = make_bytes(len, 5);
	struct worker *reader;
	int fds[2];

	sealed_pair(pair->variant, fds);
	reader = worker_read(fds[1], len);
	for (size_t done = 0, n; done < len; done += n) {
		n = 1 + done % 4999 < len - done ? 1 + done % 4999 : len - done;
		expect_count(write(fds[0], data + done, n), n);
	}
	worker_join(reader, data, len);
	close_both(fds);
	free(data);
}

int main(void)
{
	static const struct test tests[] = {
		EACH(either_direction_carries_a_megabyte),
		EACH_SUITE(both_directions_at_once_carry_a_megabyte),
		EACH_FAMILY(smallest_buffers_are_enough),
		EACH_FAMILY(record_larger_than_the_window_arrives),
		EACH_SUITE(one_thread_serves_both_ends_by_poll),
		EACH_SUITE(odd_sizes_arrive_in_order),
	};

	return run_cases("both", tests, ARRAY_SIZE(tests), pair_open_raw);
}
