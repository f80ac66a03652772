// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Good records of every shape enter from the peer; plaintext leaves by read()
 * and its relatives as it would from plain TCP.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "ktest.h"

static void records_of_every_size_are_read(void **state)
{
	static const size_t sizes[] = { 1, 2, 15, 16, 17, 255, 1000, 4079, 4080, 4095, 4096,
					4097, 8192, 16367, 16383, 16384 };
	struct pair *pair = *state;
	uint8_t *data = make_bytes(RECORD_PLAIN_MAX, 1);

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		peer_send(&pair->peer, TYPE_DATA, data, sizes[i]);
		expect_recv(pair->fd, data, sizes[i]);
		expect_nothing_to_read(pair->fd);
	}
	assert_int_equal(info_of(pair->fd).rx.records, ARRAY_SIZE(sizes));
	free(data);
}

/* One call takes from as many records as are there */
static void one_call_reads_across_records(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(30000, 2), *buf = make_room(40000);
	static const size_t sizes[] = { 1, 9999, 10000, 7, 9993 };
	size_t sent = 0;

	for (size_t i = 0; i < ARRAY_SIZE(sizes); sent += sizes[i++])
		peer_send(&pair->peer, TYPE_DATA, data + sent, sizes[i]);
	pair_sync(pair);
	expect_count(recv(pair->fd, buf, 40000, 0), 30000);
	expect_bytes(buf, data, 30000);
	free(buf);
	free(data);
}

static void records_in_one_segment_are_all_read(void **state)
{
	struct pair *pair = *state;
	uint8_t segment[40 * (100 + RECORD_OVERHEAD)], data[4000], buf[5000];
	size_t len = 0;

	fill_bytes(data, sizeof(data), 3);
	for (size_t i = 0; i < 40; i++)
		len += record_seal(&pair->peer.tx, TYPE_DATA, data + 100 * i, 100,
				   segment + len);
	assert_true(peer_write(&pair->peer, segment, len));
	pair_sync(pair);
	expect_count(recv(pair->fd, buf, sizeof(buf), 0), sizeof(data));
	expect_bytes(buf, data, sizeof(data));
}

static void short_reads_take_piece_by_piece(void **state)
{
	struct pair *pair = *state;
	uint8_t data[1000], byte;

	fill_bytes(data, sizeof(data), 4);
	peer_send(&pair->peer, TYPE_DATA, data, 500);
	peer_send(&pair->peer, TYPE_DATA, data + 500, 500);
	pair_sync(pair);
	for (size_t i = 0; i < sizeof(data); i++) {
		assert_true(readable(pair->fd));
		expect_count(read(pair->fd, &byte, 1), 1);
		assert_int_equal(byte, data[i]);
	}
	expect_nothing_to_read(pair->fd);
}

static void unaligned_buffers_are_filled_exactly(void **state)
{
	struct pair *pair = *state;
	uint8_t data[6000], buf[6200];

	fill_bytes(data, sizeof(data), 5);
	for (size_t off = 1; off < 64; off++) {
		memset(buf, 0xaa, sizeof(buf));
		peer_send(&pair->peer, TYPE_DATA, data, sizeof(data));
		pair_sync(pair);
		expect_count(recv(pair->fd, buf + off, sizeof(buf) - off, 0), sizeof(data));
		expect_bytes(buf + off, data, sizeof(data));
		assert_int_equal(buf[off - 1], 0xaa);
		assert_int_equal(buf[off + sizeof(data)], 0xaa);
	}
}

static void scattered_buffers_are_filled_in_order(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(32768, 6), *buf = make_room(32768);
	struct iovec iov[] = {
		{ buf, 1 }, { buf + 1, 0 }, { buf + 1, 16383 }, { buf + 16384, 5 },
		{ buf + 16389, 16379 },
	};

	peer_send(&pair->peer, TYPE_DATA, data, 16384);
	peer_send(&pair->peer, TYPE_DATA, data + 16384, 16384);
	pair_sync(pair);
	expect_count(readv(pair->fd, iov, ARRAY_SIZE(iov)), 32768);
	expect_bytes(buf, data, 32768);
	free(buf);
	free(data);
}

/* A byte that could not be stored is not lost */
static void unwritable_buffer_loses_nothing(void **state)
{
	struct pair *pair = *state;
	uint8_t data[5000];
	void *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	fill_bytes(data, sizeof(data), 7);
	peer_send(&pair->peer, TYPE_DATA, data, sizeof(data));
	pair_sync(pair);
	expect_errno(recv(pair->fd, page, 4096, 0), EFAULT);
	expect_recv(pair->fd, data, sizeof(data));
	munmap(page, 4096);
}

static void peek_leaves_everything(void **state)
{
	struct pair *pair = *state;
	uint8_t data[3000], buf[4000];

	fill_bytes(data, sizeof(data), 8);
	peer_send(&pair->peer, TYPE_DATA, data, 1000);
	peer_send(&pair->peer, TYPE_DATA, data + 1000, 2000);
	pair_sync(pair);
	for (size_t len = 1; len < sizeof(data); len += 333) {
		expect_count(recv(pair->fd, buf, len, MSG_PEEK), len);
		expect_bytes(buf, data, len);
	}
	expect_count(recv(pair->fd, buf, sizeof(buf), MSG_PEEK), sizeof(data));
	expect_bytes(buf, data, sizeof(data));
	assert_true(readable(pair->fd));
	expect_recv(pair->fd, data, sizeof(data));
	expect_nothing_to_read(pair->fd);
}

static void peek_begins_where_read_stopped(void **state)
{
	struct pair *pair = *state;
	uint8_t data[300], buf[300];

	fill_bytes(data, sizeof(data), 9);
	for (size_t i = 0; i < 3; i++)
		peer_send(&pair->peer, TYPE_DATA, data + 100 * i, 100);
	pair_sync(pair);
	expect_count(recv(pair->fd, buf, 150, 0), 150);
	expect_count(recv(pair->fd, buf, sizeof(buf), MSG_PEEK), 150);
	expect_bytes(buf, data + 150, 150);
	expect_recv(pair->fd, data + 150, 150);
}

/* What was peeked at is still there when the end or an error has come */
static void peek_before_the_end_loses_nothing(void **state)
{
	struct pair *pair = *state;
	uint8_t buf[8];

	peer_send(&pair->peer, TYPE_DATA, "last", 4);
	peer_send_alert(&pair->peer, ALERT_WARNING, ALERT_CLOSE_NOTIFY);
	pair_sync(pair);
	expect_count(recv(pair->fd, buf, sizeof(buf), MSG_PEEK), 4);
	expect_count(recv(pair->fd, buf, sizeof(buf), MSG_PEEK), 4);
	expect_recv(pair->fd, "last", 4);
	expect_count(recv(pair->fd, buf, sizeof(buf), MSG_PEEK), 0);
	expect_eof(pair->fd);
}

static void waitall_waits_for_the_last_byte(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(200000, 10), *buf = make_room(200000);
	struct worker *writer = worker_records(&pair->peer, data, 200000, 777);

	expect_count(recv(pair->fd, buf, 200000, MSG_WAITALL), 200000);
	worker_join(writer, NULL, 200000);
	expect_bytes(buf, data, 200000);
	free(buf);
	free(data);
}

static void waitall_ends_at_the_end(void **state)
{
	struct pair *pair = *state;
	uint8_t buf[100];

	peer_send(&pair->peer, TYPE_DATA, "short", 5);
	peer_send_alert(&pair->peer, ALERT_WARNING, ALERT_CLOSE_NOTIFY);
	expect_count(recv(pair->fd, buf, sizeof(buf), MSG_WAITALL), 5);
	expect_bytes(buf, "short", 5);
	expect_eof(pair->fd);
}

static void trunc_discards(void **state)
{
	struct pair *pair = *state;
	uint8_t data[3000];

	fill_bytes(data, sizeof(data), 11);
	for (size_t i = 0; i < 3; i++)
		peer_send(&pair->peer, TYPE_DATA, data + 1000 * i, 1000);
	pair_sync(pair);
	expect_count(recv(pair->fd, NULL, 1500, MSG_TRUNC), 1500);
	expect_recv(pair->fd, data + 1500, 1500);
}

static void nonblocking_finds_nothing(void **state)
{
	struct pair *pair = *state;
	uint8_t byte;

	expect_nothing_to_read(pair->fd);
	set_nonblock(pair->fd);
	expect_errno(read(pair->fd, &byte, 1), EAGAIN);
	expect_count(read(pair->fd, &byte, 0), 0);
}

static void timeout_ends_the_wait(void **state)
{
	struct pair *pair = *state;
	uint8_t buf[10];

	set_timeout(pair->fd, SO_RCVTIMEO, 20);
	expect_errno(recv(pair->fd, buf, sizeof(buf), 0), EAGAIN);
	peer_send(&pair->peer, TYPE_DATA, "part", 4);
	expect_count(recv(pair->fd, buf, sizeof(buf), MSG_WAITALL), 4);
	expect_errno(recv(pair->fd, buf, sizeof(buf), 0), EAGAIN);
}

static void signal_ends_the_wait(void **state)
{
	struct pair *pair = *state;
	uint8_t buf[10];

	interrupts_start();
	expect_errno(recv(pair->fd, buf, sizeof(buf), 0), EINTR);
	peer_send(&pair->peer, TYPE_DATA, "part", 4);
	expect_count(recv(pair->fd, buf, sizeof(buf), MSG_WAITALL), 4);
	interrupts_stop();
	peer_send(&pair->peer, TYPE_DATA, "rest", 4);
	expect_recv(pair->fd, "rest", 4);
}

/* A blocked reader is woken by the last byte of a record, not by the first */
static void blocked_reader_gets_whole_records(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(100000, 12);
	struct worker *reader = worker_read(pair->fd, 100000);
	struct worker *writer = worker_records(&pair->peer, data, 100000, 16384);

	worker_join(writer, NULL, 100000);
	worker_join(reader, data, 100000);
	free(data);
}

static void small_receive_buffer_is_enough(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(40000, 13);
	struct worker *writer;

	set_int(pair->fd, SOL_SOCKET, SO_RCVBUF, 1);
	writer = worker_records(&pair->peer, data, 40000, 16384);
	expect_recv(pair->fd, data, 40000);
	worker_join(writer, NULL, 40000);
	free(data);
}

int main(void)
{
	static const struct test tests[] = {
		EACH(records_of_every_size_are_read),
		EACH_SUITE(one_call_reads_across_records),
		EACH_SUITE(records_in_one_segment_are_all_read),
		EACH_FAMILY(short_reads_take_piece_by_piece),
		EACH_SUITE(unaligned_buffers_are_filled_exactly),
		EACH_SUITE(scattered_buffers_are_filled_in_order),
		EACH_SUITE(unwritable_buffer_loses_nothing),
		EACH(peek_leaves_everything),
		EACH_FAMILY(peek_begins_where_read_stopped),
		EACH_FAMILY(peek_before_the_end_loses_nothing),
		EACH_FAMILY(waitall_waits_for_the_last_byte),
		EACH_FAMILY(waitall_ends_at_the_end),
		EACH_FAMILY(trunc_discards),
		EACH_FAMILY(nonblocking_finds_nothing),
		EACH_FAMILY(timeout_ends_the_wait),
		EACH_FAMILY(signal_ends_the_wait),
		EACH(blocked_reader_gets_whole_records),
		EACH_FAMILY(small_receive_buffer_is_enough),
	};

	return run_cases("rx", tests, ARRAY_SIZE(tests), pair_open);
}
