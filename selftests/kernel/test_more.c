// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Writes that announce more to come enter; records that hold several of them
 * leave, and none stays behind.
 */
#include <stdlib.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ktest.h"

static void expect_kept_back(const struct pair *pair)
{
	assert_int_equal(bytes_handed_to_tcp(pair->fd), 0);
}

static void pieces_become_one_record(void **state)
{
	struct pair *pair = *state;

	expect_count(send(pair->fd, "a", 1, MSG_MORE), 1);
	expect_count(send(pair->fd, "bcd", 3, MSG_MORE), 3);
	expect_kept_back(pair);
	expect_count(send(pair->fd, "efghi", 5, 0), 5);
	peer_expect_record(&pair->peer, TYPE_DATA, "abcdefghi", 9);
}

static void plain_write_ends_the_record(void **state)
{
	struct pair *pair = *state;

	expect_count(send(pair->fd, "head", 4, MSG_MORE), 4);
	expect_kept_back(pair);
	expect_count(write(pair->fd, "body", 4), 4);
	peer_expect_record(&pair->peer, TYPE_DATA, "headbody", 8);
}

/* What fills a record need not wait; what is left over does */
static void full_records_do_not_wait(void **state)
{
	struct pair *pair = *state;
	size_t len = RECORD_PLAIN_MAX + 100;
	uint8_t *data = make_bytes(len + 1, 1);

	expect_count(send(pair->fd, data, len, MSG_MORE), len);
	peer_expect_record(&pair->peer, TYPE_DATA, data, RECORD_PLAIN_MAX);
	assert_int_equal(bytes_handed_to_tcp(pair->fd), RECORD_PLAIN_MAX + RECORD_OVERHEAD);
	expect_count(send(pair->fd, data, 1, 0), 1);
	data[len] = data[0];
	peer_expect_record(&pair->peer, TYPE_DATA, data + RECORD_PLAIN_MAX, 101);
	free(data);
}

/* More small writes than a record has fragments: a short record may result */
static void many_pieces_arrive_in_order(void **state)
{
	struct pair *pair = *state;
	size_t len = 60000;
	uint8_t *data = make_bytes(len, 2);
	struct worker *reader = worker_collect(&pair->peer, len);

	for (size_t done = 0, n; done < len; done += n) {
		int more = done + 100 < len ? MSG_MORE : 0;

		n = more ? 1 + done % 97 : len - done;
		expect_count(send(pair->fd, data + done, n, more), n);
	}
	worker_join(reader, data, len);
	free(data);
}

static void shutdown_ends_the_record(void **state)
{
	struct pair *pair = *state;

	expect_count(send(pair->fd, "last words", 10, MSG_MORE), 10);
	expect_kept_back(pair);
	expect_ok(shutdown(pair->fd, SHUT_WR));
	peer_expect_record(&pair->peer, TYPE_DATA, "last words", 10);
	peer_expect_close(&pair->peer);
}

static void close_ends_the_record(void **state)
{
	struct pair *pair = *state;

	expect_count(send(pair->fd, "last words", 10, MSG_MORE), 10);
	expect_kept_back(pair);
	pair_close_sealed(pair);
	peer_expect_record(&pair->peer, TYPE_DATA, "last words", 10);
	peer_expect_close(&pair->peer);
}

/* A header of the program and a body from a file: what web servers send */
static void header_and_file_arrive_as_one_stream(void **state)
{
	static const size_t sizes[] = { 1, 100, 4096, 16380, 16384, 100001 };
	struct pair *pair = *state;

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		uint8_t *data = make_bytes(200 + sizes[i], i + 1);
		struct worker *reader = worker_collect(&pair->peer, 200 + sizes[i]);
		int file = must(open_bytes(data + 200, sizes[i]));

		expect_count(send(pair->fd, data, 200, MSG_MORE), 200);
		expect_count(sendfile(pair->fd, file, NULL, sizes[i]), sizes[i]);
		worker_join(reader, data, 200 + sizes[i]);
		close(file);
		free(data);
	}
}

/* The end of a file ends the record, even if more was asked for */
static void file_shorter_than_asked_is_sent_whole(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(20000, 3);
	int file = must(open_bytes(data + 10, 19990));

	expect_count(send(pair->fd, data, 10, MSG_MORE), 10);
	expect_count(sendfile(pair->fd, file, NULL, 1000000), 19990);
	peer_expect_data(&pair->peer, data, 20000);
	close(file);
	free(data);
}

/* Reading in between neither sends nor loses what is kept back */
static void receiving_leaves_the_record_open(void **state)
{
	struct pair *pair = *state;

	expect_count(send(pair->fd, "ab", 2, MSG_MORE), 2);
	peer_send(&pair->peer, TYPE_DATA, "request", 7);
	expect_recv(pair->fd, "request", 7);
	expect_kept_back(pair);
	expect_count(send(pair->fd, "cd", 2, 0), 2);
	peer_expect_record(&pair->peer, TYPE_DATA, "abcd", 4);
}

int main(void)
{
	static const struct test tests[] = {
		EACH(pieces_become_one_record),
		EACH_FAMILY(plain_write_ends_the_record),
		EACH_SUITE(full_records_do_not_wait),
		EACH_SUITE(many_pieces_arrive_in_order),
		EACH(shutdown_ends_the_record),
		EACH(close_ends_the_record),
		EACH(header_and_file_arrive_as_one_stream),
		EACH_SUITE(file_shorter_than_asked_is_sent_whole),
		EACH_FAMILY(receiving_leaves_the_record_open),
	};

	return run_cases("more", tests, ARRAY_SIZE(tests), pair_open);
}
