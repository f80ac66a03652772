// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The sealed descriptor is shared, passed on, and used by many at once; it must
 * go on as any socket would, and end with its last holder.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ktest.h"

#define CONNECTIONS	64
#define MEGABYTE	(1 << 20)

static void child_and_parent_share_one_stream(void **state)
{
	struct pair *pair = *state;
	pid_t child;

	expect_count(send(pair->fd, "parent", 6, 0), 6);
	child = must(fork());
	if (!child)
		_exit(send(pair->fd, "child", 5, 0) != 5);
	wait_for_child(child);
	expect_count(send(pair->fd, "again", 5, 0), 5);
	peer_expect_record(&pair->peer, TYPE_DATA, "parent", 6);
	peer_expect_record(&pair->peer, TYPE_DATA, "child", 5);
	peer_expect_record(&pair->peer, TYPE_DATA, "again", 5);
}

static void child_reads_what_the_parent_left(void **state)
{
	struct pair *pair = *state;
	char buf[4];
	pid_t child;

	peer_send(&pair->peer, TYPE_DATA, "12345678", 8);
	expect_recv(pair->fd, "12", 2);
	child = must(fork());
	if (!child)
		_exit(recv(pair->fd, buf, 4, 0) != 4 || memcmp(buf, "3456", 4));
	wait_for_child(child);
	expect_recv(pair->fd, "78", 2);
}

/* close() of one descriptor of two is not the end */
static void last_descriptor_says_close_notify(void **state)
{
	struct pair *pair = *state;
	int second = must(dup(pair->fd));

	pair_close_sealed(pair);
	expect_count(send(second, "data", 4, 0), 4);
	peer_expect_record(&pair->peer, TYPE_DATA, "data", 4);
	close(second);
	peer_expect_close(&pair->peer);
}

union rights {
	struct cmsghdr	header;
	char		room[CMSG_SPACE(sizeof(int))];
};

static struct msghdr rights_message(union rights *rights, struct iovec *iov)
{
	struct msghdr message = { .msg_iov = iov, .msg_iovlen = 1, .msg_control = rights,
				  .msg_controllen = sizeof(*rights) };

	return message;
}

static void pass_descriptor(int socket, int fd)
{
	union rights rights = { .header = { .cmsg_len = CMSG_LEN(sizeof(int)),
					    .cmsg_level = SOL_SOCKET,
					    .cmsg_type = SCM_RIGHTS } };
	struct iovec iov = { "", 1 };
	struct msghdr message = rights_message(&rights, &iov);

	memcpy(CMSG_DATA(&rights.header), &fd, sizeof(fd));
	expect_count(sendmsg(socket, &message, 0), 1);
}

static int take_descriptor(int socket)
{
	union rights rights;
	char byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr message = rights_message(&rights, &iov);
	int fd = -1;

	if (recvmsg(socket, &message, 0) == 1)
		memcpy(&fd, CMSG_DATA(&rights.header), sizeof(fd));
	return fd;
}

/* A process that has never seen the keys */
static void stranger_uses_a_passed_descriptor(void **state)
{
	struct pair *pair = *state;
	int channel[2];
	char buf[8];
	pid_t child;

	expect_ok(socketpair(AF_UNIX, SOCK_STREAM, 0, channel));
	child = must(fork());
	if (!child) {
		close(pair->fd);
		pair->fd = take_descriptor(channel[1]);
		if (recv(pair->fd, buf, 8, 0) != 7 || memcmp(buf, "request", 7))
			_exit(1);
		_exit(send(pair->fd, "answer", 6, 0) != 6);
	}
	pass_descriptor(channel[0], pair->fd);
	pair_close_sealed(pair);
	peer_send(&pair->peer, TYPE_DATA, "request", 7);
	wait_for_child(child);
	close(channel[0]);
	close(channel[1]);
	peer_expect_record(&pair->peer, TYPE_DATA, "answer", 6);
	peer_expect_close(&pair->peer);
}

/* Passed, and dropped on the way: the socket layer's collector closes it */
static void descriptor_lost_in_passing_says_close_notify(void **state)
{
	struct pair *pair = *state;
	int channel[2];

	expect_ok(socketpair(AF_UNIX, SOCK_STREAM, 0, channel));
	pass_descriptor(channel[0], pair->fd);
	pair_close_sealed(pair);
	close(channel[0]);
	close(channel[1]);
	peer_expect_close(&pair->peer);
}

/* One thread sends and one receives on the same descriptor, both a megabyte */
static void reader_and_writer_share_one_descriptor(void **state)
{
	struct pair *pair = *state;
	uint8_t *out = make_bytes(MEGABYTE, 1), *in = make_bytes(MEGABYTE, 2);
	struct worker *writer = worker_write(pair->fd, out, MEGABYTE);
	struct worker *reader = worker_read(pair->fd, MEGABYTE);
	struct worker *sender = worker_records(&pair->peer, in, MEGABYTE, 5000);

	peer_expect_data(&pair->peer, out, MEGABYTE);
	worker_join(sender, NULL, MEGABYTE);
	worker_join(writer, NULL, MEGABYTE);
	worker_join(reader, in, MEGABYTE);
	free(in);
	free(out);
}

/* Writers that share a descriptor must not share a record or a nonce */
static void writers_never_mix_inside_a_record(void **state)
{
	struct pair *pair = *state;
	uint8_t *a = make_room(500000), *b = make_room(500000), plain[RECORD_ROOM], type;
	struct worker *first, *second;

	memset(a, 'a', 500000);
	memset(b, 'b', 500000);
	first = worker_write(pair->fd, a, 500000);
	second = worker_write(pair->fd, b, 500000);
	for (size_t done = 0; done < 1000000;) {
		ssize_t n = must(peer_next(&pair->peer, plain, &type));

		for (ssize_t i = 1; i < n; i++)
			assert_int_equal(plain[i], plain[0]);
		done += n;
	}
	worker_join(first, NULL, 500000);
	worker_join(second, NULL, 500000);
	free(b);
	free(a);
}

/* Answer one request on a connection and close it, as a server would */
static void serve(int epoll, struct epoll_event *event)
{
	char buf[8];

	expect_count(recv(event->data.fd, buf, sizeof(buf), MSG_DONTWAIT), 8);
	expect_count(send(event->data.fd, buf, sizeof(buf), MSG_DONTWAIT), 8);
	expect_ok(epoll_ctl(epoll, EPOLL_CTL_DEL, event->data.fd, NULL));
	close(event->data.fd);
}

static void add_connection(int epoll, const struct pair *pair)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = pair->fd };

	set_nonblock(pair->fd);
	expect_ok(epoll_ctl(epoll, EPOLL_CTL_ADD, pair->fd, &event));
}

static void expect_served(struct pair *pair, uint64_t request)
{
	pair->fd = -1;
	peer_expect_record(&pair->peer, TYPE_DATA, &request, sizeof(request));
	peer_expect_close(&pair->peer);
	pair_close(pair);
}

static void many_connections_are_served_at_once(void **state)
{
	struct pair *first = *state, pairs[CONNECTIONS];
	int epoll = must(epoll_create1(EPOLL_CLOEXEC));
	struct epoll_event event;

	for (uint64_t i = 0; i < CONNECTIONS; i++) {
		pair_open(&pairs[i], first->variant);
		add_connection(epoll, &pairs[i]);
	}
	for (uint64_t i = 0; i < CONNECTIONS; i++)
		peer_send(&pairs[i].peer, TYPE_DATA, &i, sizeof(i));
	for (int i = 0; i < CONNECTIONS; i++) {
		expect_count(epoll_wait(epoll, &event, 1, -1), 1);
		serve(epoll, &event);
	}
	for (uint64_t i = 0; i < CONNECTIONS; i++)
		expect_served(&pairs[i], i);
	close(epoll);
}

int main(void)
{
	static const struct test tests[] = {
		EACH_FAMILY(child_and_parent_share_one_stream),
		EACH_FAMILY(child_reads_what_the_parent_left),
		EACH_FAMILY(last_descriptor_says_close_notify),
		EACH_FAMILY(stranger_uses_a_passed_descriptor),
		EACH_FAMILY(descriptor_lost_in_passing_says_close_notify),
		EACH(reader_and_writer_share_one_descriptor),
		EACH_SUITE(writers_never_mix_inside_a_record),
		EACH(many_connections_are_served_at_once),
	};

	return run_cases("process", tests, ARRAY_SIZE(tests), pair_open);
}
