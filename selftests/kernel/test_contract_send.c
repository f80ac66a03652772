// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The contract of the calls that send; the peer must get records with each byte
 * that was accepted.
 */
#include <poll.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <liburing.h>
#include <netinet/in.h>
#include <linux/tcp.h>

#include "contract.h"

#define MUCH	(8 << 20)

static void each_call_makes_records(void **state)
{
	struct pair *pair = *state;
	struct iovec iov[] = { { "one", 3 }, { "two", 3 } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };

	expect_count(write(pair->fd, "onetwo", 6), 6);
	expect_count(writev(pair->fd, iov, 2), 6);
	expect_count(send(pair->fd, "onetwo", 6, 0), 6);
	expect_count(sendmsg(pair->fd, &msg, 0), 6);
	for (int i = 0; i < 4; i++)
		peer_expect_record(&pair->peer, TYPE_DATA, "onetwo", 6);
}

static void long_writes_make_full_records(void **state)
{
	struct pair *pair = *state;
	size_t len = 2 * RECORD_PLAIN_MAX + 1;
	uint8_t *data = make_bytes(len, 1);

	expect_count(write(pair->fd, data, len), len);
	for (size_t i = 0; i < len; i += RECORD_PLAIN_MAX)
		peer_expect_record(&pair->peer, TYPE_DATA, data + i,
				   len - i < RECORD_PLAIN_MAX ? 1 : RECORD_PLAIN_MAX);
	free(data);
}

static void record_size_can_be_limited(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(250, 1);

	set_policy(pair->fd, (struct seal_policy){ .record_size = 101 });
	expect_count(write(pair->fd, data, 250), 250);
	peer_expect_record(&pair->peer, TYPE_DATA, data, 100);
	peer_expect_record(&pair->peer, TYPE_DATA, data + 100, 100);
	peer_expect_record(&pair->peer, TYPE_DATA, data + 200, 50);
	free(data);
}

static void padding_hides_lengths(void **state)
{
	struct pair *pair = *state;
	uint8_t data[64] = { 0 };

	set_policy(pair->fd, (struct seal_policy){ .padding = sizeof(data) });
	for (size_t len = 1; len < sizeof(data); len++) {
		expect_count(write(pair->fd, data, len), len);
		peer_expect_record(&pair->peer, TYPE_DATA, data, len);
		assert_int_equal(pair->peer.inner, sizeof(data));
	}
}

/* The first record is there when the first segment is */
static void records_begin_small(void **state)
{
	struct pair *pair = *state, narrow;
	uint8_t *data = make_bytes(20000, 1);
	size_t segment;

	contract_open_narrow(&narrow, pair->variant);
	set_policy(narrow.fd, (struct seal_policy){ .flags = SEAL_POLICY_DYNAMIC_SIZE });
	segment = tcp_info_of(narrow.fd).tcpi_snd_mss - RECORD_OVERHEAD;
	expect_count(write(narrow.fd, data, 20000), 20000);
	peer_expect_record(&narrow.peer, TYPE_DATA, data, segment);
	peer_expect_data(&narrow.peer, data + segment, 20000 - segment);
	pair_close(&narrow);
	free(data);
}

static void small_writes_join_in_flight(void **state)
{
	struct pair *pair = *state;

	set_policy(pair->fd, (struct seal_policy){ .flags = SEAL_POLICY_COALESCE });
	hold_acks(pair->fd);
	expect_count(write(pair->fd, "at once", 7), 7);
	expect_count(write(pair->fd, "one ", 4), 4);
	expect_count(write(pair->fd, "record", 6), 6);
	release_acks(pair->fd);
	peer_expect_record(&pair->peer, TYPE_DATA, "at once", 7);
	peer_expect_record(&pair->peer, TYPE_DATA, "one record", 10);
}

static void more_joins_writes(void **state)
{
	struct pair *pair = *state;

	expect_count(send(pair->fd, "one ", 4, MSG_MORE), 4);
	expect_count(send(pair->fd, "record", 6, 0), 6);
	peer_expect_record(&pair->peer, TYPE_DATA, "one record", 10);
}

static void cork_joins_writes(void **state)
{
	struct pair *pair = *state;

	set_int(pair->fd, IPPROTO_TCP, TCP_CORK, 1);
	expect_count(write(pair->fd, "one ", 4), 4);
	expect_count(write(pair->fd, "record", 6), 6);
	set_int(pair->fd, IPPROTO_TCP, TCP_CORK, 0);
	peer_expect_record(&pair->peer, TYPE_DATA, "one record", 10);
}

static void nonblocking_stops_and_goes_on(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(MUCH, 2);
	size_t done = fill_up(pair->fd, data, MUCH);

	assert_in_range(done, 1, MUCH - 1);
	expect_errno(send(pair->fd, data, 1, MSG_DONTWAIT), EAGAIN);
	assert_false(writable(pair->fd));
	peer_expect_data(&pair->peer, data, done);
	assert_true(arrives(pair->fd, POLLOUT));
	expect_count(send(pair->fd, "more", 4, MSG_DONTWAIT), 4);
	peer_expect_data(&pair->peer, "more", 4);
	free(data);
}

static void send_timeout_is_kept(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(MUCH, 3);
	ssize_t done;

	set_timeout(pair->fd, SO_SNDTIMEO, 50);
	done = must(send(pair->fd, data, MUCH, 0));
	assert_in_range(done, 1, MUCH - 1);
	done += fill_up(pair->fd, data + done, MUCH - done);
	expect_errno(send(pair->fd, data, 1, 0), EAGAIN);
	peer_expect_data(&pair->peer, data, done);
	free(data);
}

/* Nothing is called any more after the bytes were accepted */
static void accepted_bytes_are_sent(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(MUCH, 4);
	size_t done = fill_up(pair->fd, data, MUCH);

	assert_in_range(done, 1, MUCH - 1);
	peer_expect_data(&pair->peer, data, done);
	free(data);
}

static void files_are_sent(void **state)
{
	struct pair *pair = *state;
	size_t len = 100000;
	uint8_t *data = make_bytes(len, 5);
	int file = must(open_bytes(data, len));

	expect_count(sendfile(pair->fd, file, NULL, len), len);
	peer_expect_data(&pair->peer, data, len);
	close(file);
	free(data);
}

static void pipes_are_sent(void **state)
{
	struct pair *pair = *state;
	int pipe[2];

	open_pipe(pipe, 65536);
	expect_count(write(pipe[1], "spliced", 7), 7);
	expect_count(splice(pipe[0], NULL, pair->fd, NULL, 7, 0), 7);
	peer_expect_data(&pair->peer, "spliced", 7);
	close_pipe(pipe);
}

/* The pages of the file are not where the ciphertext goes */
static void pages_are_only_read(void **state)
{
	struct pair *pair = *state;
	size_t len = 100000;
	uint8_t *data = make_bytes(len, 6);
	int file = must(open_bytes(data, len));

	expect_count(sendfile(pair->fd, file, NULL, len), len);
	expect_file(file, data, len);
	peer_expect_data(&pair->peer, data, len);
	expect_file(file, data, len);
	close(file);
	free(data);
}

static int complete(struct io_uring *ring)
{
	struct io_uring_cqe *cqe;
	int res;

	assert_int_equal(io_uring_submit(ring), 1);
	assert_int_equal(io_uring_wait_cqe(ring, &cqe), 0);
	res = cqe->res;
	io_uring_cqe_seen(ring, cqe);
	return res;
}

static void uring_sends_and_receives(void **state)
{
	struct pair *pair = *state;
	struct io_uring ring;
	char buf[8];

	assert_int_equal(io_uring_queue_init(4, &ring, 0), 0);
	io_uring_prep_send(io_uring_get_sqe(&ring), pair->fd, "sent", 4, 0);
	assert_int_equal(complete(&ring), 4);
	peer_expect_record(&pair->peer, TYPE_DATA, "sent", 4);
	peer_send(&pair->peer, TYPE_DATA, "received", 8);
	io_uring_prep_recv(io_uring_get_sqe(&ring), pair->fd, buf, 8, 0);
	assert_int_equal(complete(&ring), 8);
	expect_bytes(buf, "received", 8);
	io_uring_queue_exit(&ring);
}

static void zerocopy_is_answered_as_copied(void **state)
{
	struct pair *pair = *state;

	set_int(pair->fd, SOL_SOCKET, SO_ZEROCOPY, 1);
	expect_count(send(pair->fd, "data", 4, MSG_ZEROCOPY), 4);
	expect_copied_notice(pair->fd);
	peer_expect_record(&pair->peer, TYPE_DATA, "data", 4);
}

int main(void)
{
	static const struct test tests[] = {
		ONCE(each_call_makes_records),
		ONCE(long_writes_make_full_records),
		ONCE(record_size_can_be_limited),
		ONCE(padding_hides_lengths),
		ONCE(records_begin_small),
		ONCE(small_writes_join_in_flight),
		ONCE(more_joins_writes),
		ONCE(cork_joins_writes),
		ONCE(nonblocking_stops_and_goes_on),
		ONCE(send_timeout_is_kept),
		ONCE(accepted_bytes_are_sent),
		ONCE(files_are_sent),
		ONCE(pipes_are_sent),
		ONCE(pages_are_only_read),
		ONCE(uring_sends_and_receives),
		ONCE(zerocopy_is_answered_as_copied),
	};

	return contract_run("contract_send", tests, ARRAY_SIZE(tests));
}
