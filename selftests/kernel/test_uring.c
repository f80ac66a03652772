// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Transfers are submitted to io_uring; they must complete as system calls do,
 * whether there is something to do at once or io_uring has to wait for it.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <liburing.h>

#include "ktest.h"

#define ENTRIES	8

static struct io_uring_sqe *begin(struct io_uring *ring)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

	assert_non_null(sqe);
	return sqe;
}

static void open_ring(struct io_uring *ring)
{
	assert_int_equal(io_uring_queue_init(ENTRIES, ring, 0), 0);
}

/* The next completion; returns its result, flags also where the caller wants */
static int complete(struct io_uring *ring, uint32_t *flags)
{
	struct io_uring_cqe *cqe;
	int res;

	assert_int_equal(io_uring_wait_cqe(ring, &cqe), 0);
	res = cqe->res;
	if (flags)
		*flags = cqe->flags;
	io_uring_cqe_seen(ring, cqe);
	return res;
}

static int submit_and_complete(struct io_uring *ring)
{
	assert_int_equal(io_uring_submit(ring), 1);
	return complete(ring, NULL);
}

static void expect_incomplete(struct io_uring *ring)
{
	struct io_uring_cqe *cqe;

	assert_int_equal(io_uring_get_events(ring), 0);
	assert_int_equal(io_uring_peek_cqe(ring, &cqe), -EAGAIN);
}

static void every_way_of_sending_makes_a_record(void **state)
{
	struct pair *pair = *state;
	struct iovec iov[] = { { "one", 3 }, { "two", 3 } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };
	struct io_uring ring;

	open_ring(&ring);
	io_uring_prep_send(begin(&ring), pair->fd, "onetwo", 6, 0);
	assert_int_equal(submit_and_complete(&ring), 6);
	io_uring_prep_sendmsg(begin(&ring), pair->fd, &msg, 0);
	assert_int_equal(submit_and_complete(&ring), 6);
	io_uring_prep_write(begin(&ring), pair->fd, "onetwo", 6, 0);
	assert_int_equal(submit_and_complete(&ring), 6);
	io_uring_prep_writev(begin(&ring), pair->fd, iov, 2, 0);
	assert_int_equal(submit_and_complete(&ring), 6);
	for (int i = 0; i < 4; i++)
		peer_expect_record(&pair->peer, TYPE_DATA, "onetwo", 6);
	io_uring_queue_exit(&ring);
}

static void every_way_of_receiving_gets_plaintext(void **state)
{
	struct pair *pair = *state;
	char buf[6];
	struct iovec iov[] = { { buf, 3 }, { buf + 3, 3 } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };
	struct io_uring ring;

	open_ring(&ring);
	for (int i = 0; i < 4; i++) {
		struct io_uring_sqe *sqe = begin(&ring);

		if (i == 0)
			io_uring_prep_recv(sqe, pair->fd, buf, 6, 0);
		else if (i == 1)
			io_uring_prep_recvmsg(sqe, pair->fd, &msg, 0);
		else if (i == 2)
			io_uring_prep_read(sqe, pair->fd, buf, 6, 0);
		else
			io_uring_prep_readv(sqe, pair->fd, iov, 2, 0);
		peer_send(&pair->peer, TYPE_DATA, "onetwo", 6);
		pair_sync(pair);
		memset(buf, 0, 6);
		assert_int_equal(submit_and_complete(&ring), 6);
		expect_bytes(buf, "onetwo", 6);
	}
	io_uring_queue_exit(&ring);
}

/* io_uring polls the socket, and is not told "readable" for nothing */
static void receiving_waits_for_plaintext(void **state)
{
	struct pair *pair = *state;
	uint8_t record[64], buf[10];
	struct io_uring ring;
	size_t len;

	open_ring(&ring);
	io_uring_prep_recv(begin(&ring), pair->fd, buf, sizeof(buf), 0);
	assert_int_equal(io_uring_submit(&ring), 1);
	expect_incomplete(&ring);
	peer_send_ticket(&pair->peer, 1, 100);
	pair_sync(pair);
	expect_incomplete(&ring);
	len = record_seal(&pair->peer.tx, TYPE_DATA, "data", 4, record);
	assert_true(peer_write(&pair->peer, record, len - 1));
	pair_sync(pair);
	expect_incomplete(&ring);
	assert_true(peer_write(&pair->peer, record + len - 1, 1));
	assert_int_equal(complete(&ring, NULL), 4);
	expect_bytes(buf, "data", 4);
	io_uring_queue_exit(&ring);
}

static void waitall_receives_across_records(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(50000, 1), *buf = make_room(50000);
	struct io_uring ring;
	struct worker *writer;

	open_ring(&ring);
	io_uring_prep_recv(begin(&ring), pair->fd, buf, 50000, MSG_WAITALL);
	assert_int_equal(io_uring_submit(&ring), 1);
	writer = worker_records(&pair->peer, data, 50000, 1000);
	assert_int_equal(complete(&ring, NULL), 50000);
	expect_bytes(buf, data, 50000);
	worker_join(writer, NULL, 50000);
	io_uring_queue_exit(&ring);
	free(data);
	free(buf);
}

/* In a thread of the kernel's, which blocks as a program would */
static void worker_threads_may_block(void **state)
{
	struct pair *pair = *state;
	struct io_uring_sqe *sqe;
	struct io_uring ring;
	char buf[4];

	open_ring(&ring);
	sqe = begin(&ring);
	io_uring_prep_recv(sqe, pair->fd, buf, sizeof(buf), 0);
	sqe->flags |= IOSQE_ASYNC;
	assert_int_equal(io_uring_submit(&ring), 1);
	expect_incomplete(&ring);
	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	assert_int_equal(complete(&ring, NULL), 4);
	expect_bytes(buf, "data", 4);
	io_uring_queue_exit(&ring);
}

static void sending_waits_for_room(void **state)
{
	struct pair *pair = *state;
	const size_t len = 8 << 20;
	uint8_t *data = make_bytes(len, 2);
	struct io_uring ring;
	struct worker *reader;

	set_int(pair->fd, SOL_SOCKET, SO_SNDBUF, 65536);
	open_ring(&ring);
	io_uring_prep_send(begin(&ring), pair->fd, data, len, MSG_WAITALL);
	assert_int_equal(io_uring_submit(&ring), 1);
	expect_incomplete(&ring);
	reader = worker_collect(&pair->peer, len);
	assert_int_equal(complete(&ring, NULL), len);
	worker_join(reader, data, len);
	io_uring_queue_exit(&ring);
	free(data);
}

/* Result first, and then the notice that the memory is free */
static void expect_zerocopy(struct io_uring *ring, int len)
{
	uint32_t flags;

	assert_int_equal(io_uring_submit(ring), 1);
	assert_int_equal(complete(ring, &flags), len);
	assert_true(flags & IORING_CQE_F_MORE);
	complete(ring, &flags);
	assert_true(flags & IORING_CQE_F_NOTIF);
	assert_false(flags & IORING_CQE_F_MORE);
}

static void zerocopy_completes_and_notifies(void **state)
{
	static const size_t sizes[] = { 1, 4096, 16384, 50000 };
	struct pair *pair = *state;
	struct io_uring ring;

	open_ring(&ring);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		uint8_t *data = make_bytes(sizes[i], i + 1);
		struct iovec iov = { data, sizes[i] };
		struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

		io_uring_prep_send_zc(begin(&ring), pair->fd, data, sizes[i], MSG_WAITALL, 0);
		expect_zerocopy(&ring, sizes[i]);
		peer_expect_data(&pair->peer, data, sizes[i]);
		io_uring_prep_sendmsg_zc(begin(&ring), pair->fd, &msg, MSG_WAITALL);
		expect_zerocopy(&ring, sizes[i]);
		peer_expect_data(&pair->peer, data, sizes[i]);
		free(data);
	}
	io_uring_queue_exit(&ring);
}

static void zerocopy_takes_registered_buffers(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(50000, 3);
	struct iovec iov = { data, 50000 };
	struct io_uring_sqe *sqe;
	struct io_uring ring;

	open_ring(&ring);
	assert_int_equal(io_uring_register_buffers(&ring, &iov, 1), 0);
	sqe = begin(&ring);
	io_uring_prep_send_zc(sqe, pair->fd, data, 50000, MSG_WAITALL, 0);
	sqe->ioprio |= IORING_RECVSEND_FIXED_BUF;
	sqe->buf_index = 0;
	expect_zerocopy(&ring, 50000);
	peer_expect_data(&pair->peer, data, 50000);
	io_uring_queue_exit(&ring);
	free(data);
}

static void pages_are_spliced_both_ways(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(20000, 4);
	struct io_uring ring;
	int pipe[2], file = must(open_bytes(data, 20000));

	open_ring(&ring);
	open_pipe(pipe, 65536);
	io_uring_prep_splice(begin(&ring), file, 0, pipe[1], -1, 20000, 0);
	assert_int_equal(submit_and_complete(&ring), 20000);
	io_uring_prep_splice(begin(&ring), pipe[0], -1, pair->fd, -1, 20000, 0);
	assert_int_equal(submit_and_complete(&ring), 20000);
	peer_expect_data(&pair->peer, data, 20000);

	peer_send(&pair->peer, TYPE_DATA, data, 10000);
	pair_sync(pair);
	io_uring_prep_splice(begin(&ring), pair->fd, -1, pipe[1], -1, 20000, 0);
	assert_int_equal(submit_and_complete(&ring), 10000);
	io_uring_prep_read(begin(&ring), pipe[0], data + 10000, 10000, 0);
	assert_int_equal(submit_and_complete(&ring), 10000);
	expect_bytes(data + 10000, data, 10000);
	close_pipe(pipe);
	close(file);
	io_uring_queue_exit(&ring);
	free(data);
}

#define GROUP	7

/* One submission, a completion for each arrival, until the end */
static void multishot_receives_until_the_end(void **state)
{
	static uint8_t buffers[4][100];
	struct pair *pair = *state;
	struct io_uring_sqe *sqe;
	struct io_uring ring;
	uint32_t flags;

	open_ring(&ring);
	io_uring_prep_provide_buffers(begin(&ring), buffers, 100, 4, GROUP, 0);
	assert_int_equal(submit_and_complete(&ring), 0);
	sqe = begin(&ring);
	io_uring_prep_recv_multishot(sqe, pair->fd, NULL, 0, 0);
	sqe->flags |= IOSQE_BUFFER_SELECT;
	sqe->buf_group = GROUP;
	assert_int_equal(io_uring_submit(&ring), 1);
	for (int i = 0; i < 3; i++) {
		expect_incomplete(&ring);
		peer_send(&pair->peer, TYPE_DATA, "0123456789", 10);
		assert_int_equal(complete(&ring, &flags), 10);
		assert_true(flags & IORING_CQE_F_MORE);
		expect_bytes(buffers[flags >> IORING_CQE_BUFFER_SHIFT], "0123456789", 10);
	}
	peer_send_alert(&pair->peer, ALERT_WARNING, ALERT_CLOSE_NOTIFY);
	assert_int_equal(complete(&ring, &flags), 0);
	assert_false(flags & IORING_CQE_F_MORE);
	io_uring_queue_exit(&ring);
}

static void errors_arrive_as_results(void **state)
{
	struct pair *pair = *state;
	struct io_uring ring;
	char byte;

	open_ring(&ring);
	io_uring_prep_send(begin(&ring), pair->fd, "x", 1, MSG_OOB);
	assert_int_equal(submit_and_complete(&ring), -EOPNOTSUPP);
	io_uring_prep_recv(begin(&ring), pair->fd, &byte, 1, 0);
	assert_int_equal(io_uring_submit(&ring), 1);
	peer_send_alert(&pair->peer, ALERT_FATAL, ALERT_HANDSHAKE_FAILURE);
	assert_int_equal(complete(&ring, NULL), -ECONNRESET);
	io_uring_prep_send_zc(begin(&ring), pair->fd, "x", 1, MSG_NOSIGNAL, 0);
	assert_int_equal(submit_and_complete(&ring), -ECONNRESET);
	io_uring_queue_exit(&ring);
}

static void last_send_and_close_are_one_chain(void **state)
{
	struct pair *pair = *state;
	struct io_uring_sqe *sqe;
	struct io_uring ring;

	open_ring(&ring);
	sqe = begin(&ring);
	io_uring_prep_send(sqe, pair->fd, "last words", 10, MSG_WAITALL);
	sqe->flags |= IOSQE_IO_LINK;
	sqe = begin(&ring);
	io_uring_prep_shutdown(sqe, pair->fd, SHUT_WR);
	sqe->flags |= IOSQE_IO_LINK;
	io_uring_prep_close(begin(&ring), pair->fd);
	assert_int_equal(io_uring_submit(&ring), 3);
	assert_int_equal(complete(&ring, NULL), 10);
	assert_int_equal(complete(&ring, NULL), 0);
	assert_int_equal(complete(&ring, NULL), 0);
	pair->fd = -1;
	peer_expect_record(&pair->peer, TYPE_DATA, "last words", 10);
	peer_expect_close(&pair->peer);
	io_uring_queue_exit(&ring);
}

int main(void)
{
	static const struct test tests[] = {
		EACH(every_way_of_sending_makes_a_record),
		EACH(every_way_of_receiving_gets_plaintext),
		EACH_FAMILY(receiving_waits_for_plaintext),
		EACH_SUITE(waitall_receives_across_records),
		EACH_FAMILY(worker_threads_may_block),
		EACH_SUITE(sending_waits_for_room),
		EACH(zerocopy_completes_and_notifies),
		EACH_SUITE(zerocopy_takes_registered_buffers),
		EACH_SUITE(pages_are_spliced_both_ways),
		EACH_FAMILY(multishot_receives_until_the_end),
		EACH_FAMILY(errors_arrive_as_results),
		EACH_FAMILY(last_send_and_close_are_one_chain),
	};

	return run_cases("uring", tests, ARRAY_SIZE(tests), pair_open);
}
