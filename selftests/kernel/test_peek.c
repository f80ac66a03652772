// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Records enter; MSG_PEEK, SO_PEEK_OFF and TCP_INQ must look at plaintext, across
 * records, and leave all of it to be read.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <netinet/in.h>
#include <linux/tcp.h>

#include "ktest.h"

static uint8_t *send_three(struct pair *pair)
{
	uint8_t *data = make_bytes(300, 1);

	for (int i = 0; i < 3; i++)
		peer_send(&pair->peer, TYPE_DATA, data + 100 * i, 100);
	pair_sync(pair);
	return data;
}

static void expect_peek(int fd, size_t room, const uint8_t *data, size_t len)
{
	uint8_t buf[300];

	expect_count(recv(fd, buf, room, MSG_PEEK), len);
	expect_bytes(buf, data, len);
}

static int peek_offset(int fd)
{
	socklen_t len = sizeof(int);
	int value;

	expect_ok(getsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &value, &len));
	return value;
}

static void peek_with_waitall_waits_for_all(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(1000, 1);
	struct worker *reader = worker_recv(pair->fd, 1000, MSG_PEEK | MSG_WAITALL);

	for (int i = 0; i < 20; i++)
		peer_send(&pair->peer, TYPE_DATA, data + 50 * i, 50);
	worker_join(reader, data, 1000);
	expect_recv(pair->fd, data, 1000);
	free(data);
}

/* What is peeked at stays in memory: more than the buffer is not waited for */
static void peek_ends_at_the_receive_buffer(void **state)
{
	struct pair *pair = *state;
	const size_t len = 400000;
	uint8_t *data = make_bytes(len, 2), *buf = make_room(len);
	struct worker *writer;
	ssize_t n;

	set_int(pair->fd, SOL_SOCKET, SO_RCVBUF, 32768);
	writer = worker_records(&pair->peer, data, len, 1000);
	n = must(recv(pair->fd, buf, len, MSG_PEEK | MSG_WAITALL));
	assert_in_range(n, 1000, 2 * 32768);
	expect_bytes(buf, data, n);
	expect_recv(pair->fd, data, len);
	worker_join(writer, NULL, len);
	free(data);
	free(buf);
}

static void trunc_peeks_without_copying(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = send_three(pair);

	expect_count(recv(pair->fd, NULL, 1000, MSG_PEEK | MSG_TRUNC), 300);
	expect_count(recv(pair->fd, NULL, 150, MSG_TRUNC), 150);
	expect_recv(pair->fd, data + 150, 150);
	free(data);
}

static void offset_follows_peeks_and_reads(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = send_three(pair);

	expect_count(peek_offset(pair->fd), -1);
	set_int(pair->fd, SOL_SOCKET, SO_PEEK_OFF, 50);
	expect_peek(pair->fd, 100, data + 50, 100);
	expect_count(peek_offset(pair->fd), 150);
	expect_peek(pair->fd, 300, data + 150, 150);
	expect_count(peek_offset(pair->fd), 300);
	expect_recv(pair->fd, data, 120);
	expect_count(peek_offset(pair->fd), 180);
	set_int(pair->fd, SOL_SOCKET, SO_PEEK_OFF, -1);
	expect_peek(pair->fd, 300, data + 120, 180);
	expect_recv(pair->fd, data + 120, 180);
	free(data);
}

static void offset_behind_the_data_waits(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = send_three(pair);
	uint8_t byte;

	set_int(pair->fd, SOL_SOCKET, SO_PEEK_OFF, 300);
	expect_errno(recv(pair->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT), EAGAIN);
	peer_send(&pair->peer, TYPE_DATA, "more", 4);
	expect_peek(pair->fd, 4, (const uint8_t *)"more", 4);
	expect_recv(pair->fd, data, 300);
	expect_recv(pair->fd, "more", 4);
	free(data);
}

static void offset_behind_the_buffer_is_an_error(void **state)
{
	struct pair *pair = *state;
	const size_t len = 200000;
	uint8_t *data = make_bytes(len, 3), byte;
	struct worker *writer;

	set_int(pair->fd, SOL_SOCKET, SO_RCVBUF, 32768);
	set_int(pair->fd, SOL_SOCKET, SO_PEEK_OFF, 150000);
	writer = worker_records(&pair->peer, data, len, 1000);
	expect_errno(recv(pair->fd, &byte, 1, MSG_PEEK), ENOBUFS);
	expect_recv(pair->fd, data, len);
	worker_join(writer, NULL, len);
	free(data);
}

/* recvmsg() of room bytes; returns what TCP_CM_INQ says */
static int inq_after(int fd, size_t room, size_t expected)
{
	char control[CMSG_SPACE(sizeof(int))];
	uint8_t buf[300];
	struct iovec iov = { buf, room };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg;
	int inq;

	expect_count(recvmsg(fd, &msg, 0), expected);
	cmsg = CMSG_FIRSTHDR(&msg);
	assert_non_null(cmsg);
	assert_int_equal(cmsg->cmsg_level, IPPROTO_TCP);
	assert_int_equal(cmsg->cmsg_type, TCP_CM_INQ);
	memcpy(&inq, CMSG_DATA(cmsg), sizeof(inq));
	return inq;
}

static void inq_counts_plaintext(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = send_three(pair);

	set_int(pair->fd, IPPROTO_TCP, TCP_INQ, 1);
	expect_count(inq_after(pair->fd, 50, 50), 250);
	expect_count(inq_after(pair->fd, 150, 150), 100);
	expect_count(inq_after(pair->fd, 100, 100), 0);
	free(data);
}

/* As on TCP: not 0, so that the program comes back for the end */
static void inq_announces_the_end(void **state)
{
	struct pair *pair = *state;

	set_int(pair->fd, IPPROTO_TCP, TCP_INQ, 1);
	peer_send(&pair->peer, TYPE_DATA, "last", 4);
	peer_send_alert(&pair->peer, ALERT_WARNING, ALERT_CLOSE_NOTIFY);
	pair_sync(pair);
	expect_count(inq_after(pair->fd, 4, 4), 1);
	expect_count(inq_after(pair->fd, 4, 0), 1);
}

int main(void)
{
	static const struct test tests[] = {
		EACH_SUITE(peek_with_waitall_waits_for_all),
		EACH_FAMILY(peek_ends_at_the_receive_buffer),
		EACH_FAMILY(trunc_peeks_without_copying),
		EACH(offset_follows_peeks_and_reads),
		EACH_FAMILY(offset_behind_the_data_waits),
		EACH_FAMILY(offset_behind_the_buffer_is_an_error),
		EACH_FAMILY(inq_counts_plaintext),
		EACH_FAMILY(inq_announces_the_end),
	};

	return run_cases("peek", tests, ARRAY_SIZE(tests), pair_open);
}
