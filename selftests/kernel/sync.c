// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A state that the sealed end must reach enters; the call leaves once TCP says
 * it is reached, so that "not readable" is a statement and not a race.
 */
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <linux/filter.h>
#include <netinet/in.h>
#include <linux/tcp.h>

#include "ktest.h"

/* As in the kernel's tcp_states.h, which the uAPI does not export */
#define STATE_CLOSE		7
#define STATE_CLOSE_WAIT	8

struct tcp_info tcp_info_of(int fd)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);

	expect_ok(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len));
	return info;
}

/* Has every byte the peer has written reached the sealed end? */
bool pair_is_synced(const struct pair *pair)
{
	return tcp_info_of(pair->fd).tcpi_bytes_received >= pair->peer.written;
}

void pair_sync(const struct pair *pair)
{
	while (!pair_is_synced(pair))
		sched_yield();
}

/* The peer's FIN or reset is here */
void wait_fin(int fd)
{
	uint8_t state;

	do {
		sched_yield();
		state = tcp_info_of(fd).tcpi_state;
	} while (state != STATE_CLOSE_WAIT && state != STATE_CLOSE);
}

/* Bytes of ciphertext the module has given to TCP, sent or still waiting */
uint64_t bytes_handed_to_tcp(int fd)
{
	struct tcp_info info = tcp_info_of(fd);

	/* what was sent twice was handed over once */
	return info.tcpi_bytes_sent - info.tcpi_bytes_retrans +
	       info.tcpi_notsent_bytes;
}

static short events_now(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT | POLLRDHUP };

	must(poll(&p, 1, 0));
	return p.revents;
}

bool readable(int fd)
{
	return events_now(fd) & POLLIN;
}

bool writable(int fd)
{
	return events_now(fd) & POLLOUT;
}

/* What nobody asked for may come first: a reset is an error before it is a hang-up. */
void wait_for(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };

	do
		expect_count(poll(&p, 1, -1), 1);
	while (!(p.revents & events));
}

/* An epoll instance with one descriptor in it */
int watch(int fd, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.fd = fd };
	int epoll = must(epoll_create1(EPOLL_CLOEXEC));

	expect_ok(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event));
	return epoll;
}

/* FIONREAD */
int waiting_bytes(int fd)
{
	int n = -1;

	expect_ok(ioctl(fd, FIONREAD, &n));
	return n;
}

/* No way of asking finds anything, and nobody would be woken */
void expect_nothing_to_read(int fd)
{
	uint8_t byte;

	assert_false(readable(fd));
	expect_count(waiting_bytes(fd), 0);
	expect_errno(recv(fd, &byte, 1, MSG_DONTWAIT), EAGAIN);
	expect_errno(recv(fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK), EAGAIN);
	assert_false(readable(fd));
}

/* These bytes come next, by however many calls */
void expect_recv(int fd, const void *data, size_t len)
{
	uint8_t *buf = make_room(len);
	size_t done = 0;

	while (done < len) {
		ssize_t n = must(recv(fd, buf + done, len - done, 0));

		assert_int_not_equal(n, 0);
		done += n;
	}
	expect_bytes(buf, data, len);
	free(buf);
}

/* End of stream, again and again */
void expect_eof(int fd)
{
	uint8_t byte;

	wait_for(fd, POLLIN);
	expect_count(recv(fd, &byte, 1, 0), 0);
	assert_true(readable(fd));
	expect_count(recv(fd, &byte, 1, MSG_DONTWAIT), 0);
}

/* The connection is dead for good with this error, in both directions */
void expect_failed(int fd, int error)
{
	struct seal_info info;
	uint8_t byte;

	wait_for(fd, POLLIN);
	expect_errno(recv(fd, &byte, 1, 0), error);
	expect_errno(recv(fd, &byte, 1, MSG_DONTWAIT), error);
	expect_errno(send(fd, "x", 1, MSG_NOSIGNAL), error);
	assert_true(readable(fd));
	info = info_of(fd);
	assert_true(info.state & SEAL_STATE_FAILED);
	assert_int_equal(info.error, error);
}

/* Until a child is gone, which has found nothing wrong */
void wait_for_child(pid_t child)
{
	int status;

	expect_count(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

/* From here on no ACK comes through to the sealed end, until release_acks() */
void hold_acks(int fd)
{
	struct sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog program = { 1, &drop };

	expect_ok(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)));
}

/* TCP sends once more what it has heard nothing of, and is answered */
void release_acks(int fd)
{
	int unused = 0;

	expect_ok(setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof(unused)));
}
