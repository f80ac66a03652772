// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Writes of every shape enter the sealed end; the records that leave are opened
 * by the peer, counted and compared.
 */
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "ktest.h"

static const size_t sizes[] = { 1, 2, 15, 16, 17, 255, 1000, 4095, 4096, 4097, 8192,
				16367, 16383, 16384 };

/* Up to the limit a write is one record, without padding */
static void write_is_one_record(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(RECORD_PLAIN_MAX, 1);

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		uint64_t before = bytes_handed_to_tcp(pair->fd);

		expect_count(write(pair->fd, data, sizes[i]), sizes[i]);
		assert_int_equal(bytes_handed_to_tcp(pair->fd) - before,
				 sizes[i] + RECORD_OVERHEAD);
		peer_expect_record(&pair->peer, TYPE_DATA, data, sizes[i]);
	}
	free(data);
}

/* RFC 8446 5.1: at most 2^14 bytes in a record; peer_next() refuses more */
static void long_write_is_several_records(void **state)
{
	static const size_t longer[] = { 16385, 32767, 32768, 32769, 100000 };
	struct pair *pair = *state;
	uint8_t *data = make_bytes(100000, 2);

	for (size_t i = 0; i < ARRAY_SIZE(longer); i++) {
		struct worker *reader = worker_collect(&pair->peer, longer[i]);
		size_t records = (longer[i] + RECORD_PLAIN_MAX - 1) / RECORD_PLAIN_MAX;
		uint64_t before = info_of(pair->fd).tx.records;

		expect_count(write(pair->fd, data, longer[i]), longer[i]);
		worker_join(reader, data, longer[i]);
		assert_int_equal(info_of(pair->fd).tx.records - before, records);
	}
	free(data);
}

static void empty_write_sends_nothing(void **state)
{
	struct pair *pair = *state;

	expect_count(write(pair->fd, "", 0), 0);
	expect_count(send(pair->fd, "", 0, 0), 0);
	assert_int_equal(bytes_handed_to_tcp(pair->fd), 0);
	expect_count(send(pair->fd, "x", 1, 0), 1);
	peer_expect_record(&pair->peer, TYPE_DATA, "x", 1);
}

/* Iovecs of these lengths over one buffer; returns their sum */
static size_t cut(struct iovec *iov, size_t count, uint8_t *data,
		  size_t (*length)(size_t i))
{
	size_t sum = 0;

	for (size_t i = 0; i < count; i++) {
		iov[i].iov_base = data + sum;
		iov[i].iov_len = length(i);
		sum += iov[i].iov_len;
	}
	return sum;
}

static size_t tiny(size_t i)
{
	return i % 8;
}

static void tiny_iovecs_are_one_record(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(8192, 3);
	struct iovec iov[1000];
	size_t len = cut(iov, ARRAY_SIZE(iov), data, tiny);

	expect_count(writev(pair->fd, iov, ARRAY_SIZE(iov)), len);
	peer_expect_record(&pair->peer, TYPE_DATA, data, len);
	free(data);
}

static size_t mixed(size_t i)
{
	static const size_t lengths[] = { 1, 4096, 0, 7, 16384, 3, 40000, 4095, 16385, 2 };

	return lengths[i % ARRAY_SIZE(lengths)];
}

static void mixed_iovecs_arrive_in_order(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(1000000, 4);
	struct iovec iov[100];
	size_t len = cut(iov, ARRAY_SIZE(iov), data, mixed);
	struct worker *reader = worker_collect(&pair->peer, len);

	expect_count(writev(pair->fd, iov, ARRAY_SIZE(iov)), len);
	worker_join(reader, data, len);
	free(data);
}

static void unaligned_buffers_arrive_whole(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(5 * 4096, 5);

	for (size_t off = 0; off < 64; off++) {
		size_t len = 4096 + 61 * off;

		expect_count(write(pair->fd, data + off, len), len);
		peer_expect_record(&pair->peer, TYPE_DATA, data + off, len);
	}
	free(data);
}

/* The module must not encrypt where the program's bytes are */
static void program_memory_is_only_read(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(65536, 6), *copy = make_bytes(65536, 6);
	void *sealed = mmap(NULL, 65536, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct worker *reader = worker_collect(&pair->peer, 65536);

	memcpy(sealed, data, 65536);
	expect_ok(mprotect(sealed, 65536, PROT_READ));
	expect_count(write(pair->fd, sealed, 65536), 65536);
	worker_join(reader, data, 65536);
	expect_bytes(sealed, copy, 65536);
	munmap(sealed, 65536);
	free(copy);
	free(data);
}

static void two_messages_are_two_records(void **state)
{
	struct pair *pair = *state;
	struct iovec iov[] = { { "one", 3 }, { "three", 5 } };
	struct mmsghdr messages[] = {
		{ .msg_hdr = { .msg_iov = &iov[0], .msg_iovlen = 1 } },
		{ .msg_hdr = { .msg_iov = &iov[1], .msg_iovlen = 1 } },
	};

	expect_count(sendmmsg(pair->fd, messages, 2, 0), 2);
	peer_expect_record(&pair->peer, TYPE_DATA, "one", 3);
	peer_expect_record(&pair->peer, TYPE_DATA, "three", 5);
}

/* A page that cannot be read, after some that can */
static void unreadable_buffer_breaks_nothing(void **state)
{
	struct pair *pair = *state;
	uint8_t *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ssize_t n;

	fill_bytes(pages, 8192, 7);
	munmap(pages + 4096, 4096);
	expect_errno(write(pair->fd, pages + 4096, 100), EFAULT);
	errno = 0;
	n = write(pair->fd, pages, 8192);
	if (n < 0)
		assert_int_equal(errno, EFAULT);
	else
		peer_expect_data(&pair->peer, pages, n);
	expect_count(write(pair->fd, "fine", 4), 4);
	peer_expect_data(&pair->peer, "fine", 4);
	munmap(pages, 4096);
}

/* TCP's urgent byte would leave the stream of records */
static void urgent_data_is_refused(void **state)
{
	struct pair *pair = *state;
	uint8_t byte;

	expect_errno(send(pair->fd, "x", 1, MSG_OOB | MSG_NOSIGNAL), EOPNOTSUPP);
	expect_errno(recv(pair->fd, &byte, 1, MSG_OOB), EOPNOTSUPP);
	expect_count(send(pair->fd, "data", 4, 0), 4);
	peer_expect_record(&pair->peer, TYPE_DATA, "data", 4);
}

static void after_shutdown_is_broken_pipe(void **state)
{
	struct pair *pair = *state;

	expect_ok(shutdown(pair->fd, SHUT_WR));
	expect_errno(send(pair->fd, "x", 1, MSG_NOSIGNAL), EPIPE);
	peer_expect_close(&pair->peer);
}

static volatile sig_atomic_t broken_pipes;

static void count_broken_pipe(int signal)
{
	(void)signal;
	broken_pipes++;
}

static void broken_pipe_signals_unless_told_not_to(void **state)
{
	struct sigaction action = { .sa_handler = count_broken_pipe };
	struct pair *pair = *state;

	broken_pipes = 0;
	expect_ok(sigaction(SIGPIPE, &action, NULL));
	expect_ok(shutdown(pair->fd, SHUT_WR));
	expect_errno(send(pair->fd, "x", 1, MSG_NOSIGNAL), EPIPE);
	assert_int_equal(broken_pipes, 0);
	expect_errno(send(pair->fd, "x", 1, 0), EPIPE);
	assert_int_equal(broken_pipes, 1);
	expect_errno(write(pair->fd, "x", 1), EPIPE);
	assert_int_equal(broken_pipes, 2);
}

/* The connection is dead for good: the error is told to every call */
static void reset_ends_sending(void **state)
{
	struct pair *pair = *state;
	struct linger now = { 1, 0 };

	expect_ok(setsockopt(pair->peer.fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)));
	close(pair->peer.fd);
	pair->peer.fd = -1;
	wait_for(pair->fd, POLLHUP);
	expect_errno(send(pair->fd, "x", 1, MSG_NOSIGNAL), ECONNRESET);
	expect_errno(send(pair->fd, "x", 1, MSG_NOSIGNAL), ECONNRESET);
}

/* Sequence numbers, and so nonces, advance by one for each record */
static void many_small_writes_arrive_in_order(void **state)
{
	struct pair *pair = *state;

	for (uint32_t i = 0; i < 2000; i++) {
		expect_count(write(pair->fd, &i, sizeof(i)), sizeof(i));
		peer_expect_record(&pair->peer, TYPE_DATA, &i, sizeof(i));
	}
	assert_int_equal(info_of(pair->fd).tx.seq, 2000);
}

int main(void)
{
	static const struct test tests[] = {
		EACH(write_is_one_record),
		EACH_SUITE(long_write_is_several_records),
		EACH_FAMILY(empty_write_sends_nothing),
		EACH_SUITE(tiny_iovecs_are_one_record),
		EACH_SUITE(mixed_iovecs_arrive_in_order),
		EACH_SUITE(unaligned_buffers_arrive_whole),
		EACH_SUITE(program_memory_is_only_read),
		ONCE(two_messages_are_two_records),
		EACH_SUITE(unreadable_buffer_breaks_nothing),
		EACH_FAMILY(urgent_data_is_refused),
		EACH_FAMILY(after_shutdown_is_broken_pipe),
		ONCE(broken_pipe_signals_unless_told_not_to),
		EACH_FAMILY(reset_ends_sending),
		EACH(many_small_writes_arrive_in_order),
	};

	return run_cases("tx", tests, ARRAY_SIZE(tests), pair_open);
}
