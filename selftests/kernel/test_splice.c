// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Records enter; their plaintext leaves through splice() into pipes of all
 * sizes, and from there on to another sealed socket.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ktest.h"

/* Through the pipe, a splice and a read at a time */
static void splice_and_read(int fd, int pipe[2], uint8_t *buf, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = must(splice(fd, NULL, pipe[1], NULL, len - done, 0));

		assert_int_not_equal(n, 0);
		expect_count(read(pipe[0], buf + done, n), n);
		done += n;
	}
}

static void through_a_pipe_of(struct pair *pair, int pipe_size, size_t record)
{
	size_t len = 100000;
	uint8_t *data = make_bytes(len, record), *buf = make_room(len);
	struct worker *writer = worker_records(&pair->peer, data, len, record);
	int fds[2];

	open_pipe(fds, pipe_size);
	splice_and_read(pair->fd, fds, buf, len);
	worker_join(writer, NULL, len);
	expect_bytes(buf, data, len);
	close_pipe(fds);
	free(buf);
	free(data);
}

static void every_pipe_and_record_size_arrives(void **state)
{
	static const size_t records[] = { 100, 4095, 4097, 16384 };
	static const int pipes[] = { 4096, 8192, 65536, 1 << 20 };

	for (size_t i = 0; i < ARRAY_SIZE(records); i++)
		for (size_t j = 0; j < ARRAY_SIZE(pipes); j++)
			through_a_pipe_of(*state, pipes[j], records[i]);
}

static void small_splices_take_piece_by_piece(void **state)
{
	struct pair *pair = *state;
	uint8_t data[1000], byte;
	int fds[2];

	fill_bytes(data, sizeof(data), 1);
	peer_send(&pair->peer, TYPE_DATA, data, sizeof(data));
	open_pipe(fds, 65536);
	for (size_t i = 0; i < sizeof(data); i++) {
		expect_count(splice(pair->fd, NULL, fds[1], NULL, 1, 0), 1);
		expect_count(read(fds[0], &byte, 1), 1);
		assert_int_equal(byte, data[i]);
	}
	close_pipe(fds);
}

/* The module may not use a page again that a pipe still refers to */
static void later_records_do_not_change_the_pipe(void **state)
{
	struct pair *pair = *state;
	uint8_t *first = make_bytes(16384, 1), *second = make_bytes(16384, 2);
	uint8_t *buf = make_room(16384);
	int fds[2];

	peer_send(&pair->peer, TYPE_DATA, first, 16384);
	open_pipe(fds, 1 << 20);
	for (size_t done = 0; done < 16384;)
		done += must(splice(pair->fd, NULL, fds[1], NULL, 16384 - done, 0));
	for (int i = 0; i < 5; i++) {
		peer_send(&pair->peer, TYPE_DATA, second, 16384);
		expect_recv(pair->fd, second, 16384);
	}
	expect_count(read(fds[0], buf, 16384), 16384);
	expect_bytes(buf, first, 16384);
	close_pipe(fds);
	free(buf);
	free(second);
	free(first);
}

static void read_and_splice_take_turns(void **state)
{
	struct pair *pair = *state;
	uint8_t buf[8];
	int fds[2];

	open_pipe(fds, 65536);
	peer_send(&pair->peer, TYPE_DATA, "0123456789abcdef", 16);
	expect_recv(pair->fd, "0123", 4);
	expect_count(splice(pair->fd, NULL, fds[1], NULL, 4, 0), 4);
	expect_recv(pair->fd, "89ab", 4);
	expect_count(splice(pair->fd, NULL, fds[1], NULL, 100, 0), 4);
	expect_count(read(fds[0], buf, 8), 8);
	expect_bytes(buf, "4567cdef", 8);
	close_pipe(fds);
}

static void nonblocking_finds_nothing(void **state)
{
	struct pair *pair = *state;
	int fds[2];

	open_pipe(fds, 65536);
	set_nonblock(pair->fd);
	peer_send_ticket(&pair->peer, 1, 100);
	pair_sync(pair);
	expect_errno(splice(pair->fd, NULL, fds[1], NULL, 100, SPLICE_F_NONBLOCK), EAGAIN);
	close_pipe(fds);
}

static void tickets_are_skipped(void **state)
{
	struct pair *pair = *state;
	int fds[2];

	open_pipe(fds, 65536);
	peer_send_ticket(&pair->peer, 1, 100);
	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	expect_count(splice(pair->fd, NULL, fds[1], NULL, 100, 0), 4);
	close_pipe(fds);
}

static void the_end_is_the_end(void **state)
{
	struct pair *pair = *state;
	int fds[2];

	open_pipe(fds, 65536);
	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	peer_send_alert(&pair->peer, ALERT_WARNING, ALERT_CLOSE_NOTIFY);
	expect_count(splice(pair->fd, NULL, fds[1], NULL, 100, 0), 4);
	expect_count(splice(pair->fd, NULL, fds[1], NULL, 100, 0), 0);
	close_pipe(fds);
}

static void truncation_is_an_error(void **state)
{
	struct pair *pair = *state;
	int fds[2];

	open_pipe(fds, 65536);
	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	expect_ok(shutdown(pair->peer.fd, SHUT_WR));
	wait_fin(pair->fd);
	expect_count(splice(pair->fd, NULL, fds[1], NULL, 100, 0), 4);
	expect_errno(splice(pair->fd, NULL, fds[1], NULL, 100, 0), ECONNABORTED);
	expect_errno(splice(pair->fd, NULL, fds[1], NULL, 100, 0), ECONNABORTED);
	close_pipe(fds);
}

static void bad_record_is_an_error(void **state)
{
	struct pair *pair = *state;
	uint8_t record[64];
	int fds[2];
	size_t len;

	open_pipe(fds, 65536);
	peer_send(&pair->peer, TYPE_DATA, "good", 4);
	len = record_seal(&pair->peer.tx, TYPE_DATA, "data", 4, record);
	record[len - 1] ^= 1;
	assert_true(peer_write(&pair->peer, record, len));
	pair_sync(pair);
	expect_count(splice(pair->fd, NULL, fds[1], NULL, 100, 0), 4);
	expect_errno(splice(pair->fd, NULL, fds[1], NULL, 100, 0), EBADMSG);
	close_pipe(fds);
}

/* From one sealed connection to another without a copy to the program: a proxy */
static void from_socket_to_socket_arrives(void **state)
{
	struct pair *pair = *state;
	size_t len = 300000;
	uint8_t *data = make_bytes(len, 3);
	struct worker *writer = worker_records(&pair->peer, data, len, 16384), *reader;
	int fds[2], pipe[2];

	sealed_pair(pair->variant, fds);
	open_pipe(pipe, 65536);
	reader = worker_read(fds[1], len);
	for (size_t done = 0; done < len;) {
		ssize_t n = must(splice(pair->fd, NULL, pipe[1], NULL, len - done, 0));

		for (done += n; n > 0;)
			n -= must(splice(pipe[0], NULL, fds[0], NULL, n, 0));
	}
	worker_join(writer, NULL, len);
	worker_join(reader, data, len);
	close_pipe(pipe);
	close(fds[0]);
	close(fds[1]);
	free(data);
}

int main(void)
{
	static const struct test tests[] = {
		EACH_SUITE(every_pipe_and_record_size_arrives),
		EACH_FAMILY(small_splices_take_piece_by_piece),
		EACH_SUITE(later_records_do_not_change_the_pipe),
		EACH_FAMILY(read_and_splice_take_turns),
		EACH_FAMILY(nonblocking_finds_nothing),
		EACH_FAMILY(tickets_are_skipped),
		EACH_FAMILY(the_end_is_the_end),
		EACH_FAMILY(truncation_is_an_error),
		EACH_SUITE(bad_record_is_an_error),
		EACH(from_socket_to_socket_arrives),
	};

	return run_cases("splice", tests, ARRAY_SIZE(tests), pair_open);
}
