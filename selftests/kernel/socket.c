// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * An address family enters, plain connected TCP sockets over loopback leave.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <netinet/in.h>
#include <linux/errqueue.h>
#include <linux/tcp.h>

#include "ktest.h"

struct address {
	struct sockaddr_storage	ss;
	socklen_t		len;
};

static struct address loopback(int family)
{
	struct address a = { 0 };
	struct sockaddr_in *in = (void *)&a.ss;
	struct sockaddr_in6 *in6 = (void *)&a.ss;

	if (family == AF_INET) {
		in->sin_family = AF_INET;
		in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		a.len = sizeof(*in);
		return a;
	}
	in6->sin6_family = AF_INET6;
	in6->sin6_addr = in6addr_loopback;
	if (family == FAMILY_MAPPED)
		memcpy(&in6->sin6_addr,
		       "\0\0\0\0\0\0\0\0\0\0\xff\xff\x7f\0\0\1", 16);
	a.len = sizeof(*in6);
	return a;
}

static int tcp_socket(const struct address *a)
{
	return must(socket(a->ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP));
}

/* A listener on a port that the kernel picks */
int tcp_listen(int family)
{
	struct address a = loopback(family);
	int fd = tcp_socket(&a);

	expect_ok(bind(fd, (void *)&a.ss, a.len));
	expect_ok(listen(fd, 1));
	return fd;
}

/* As tcp_pair(), with segments of mss bytes at most; 0: as loopback has them */
void tcp_pair_narrow(int family, int mss, int fds[2])
{
	int listener = tcp_listen(family);
	struct address a;

	if (mss)
		set_int(listener, IPPROTO_TCP, TCP_MAXSEG, mss);
	a.len = sizeof(a.ss);
	expect_ok(getsockname(listener, (void *)&a.ss, &a.len));
	fds[0] = tcp_socket(&a);
	expect_ok(connect(fds[0], (void *)&a.ss, a.len));
	fds[1] = must(accept(listener, NULL, NULL));
	close(listener);
	set_int(fds[0], IPPROTO_TCP, TCP_NODELAY, 1);
	set_int(fds[1], IPPROTO_TCP, TCP_NODELAY, 1);
}

/* fds[0] connected to fds[1]; neither delays small segments */
void tcp_pair(int family, int fds[2])
{
	tcp_pair_narrow(family, 0, fds);
}

void set_int(int fd, int level, int name, int value)
{
	expect_ok(setsockopt(fd, level, name, &value, sizeof(value)));
}

void expect_int(int fd, int level, int name, int value)
{
	socklen_t len = sizeof(int);
	int got = ~value;

	expect_ok(getsockopt(fd, level, name, &got, &len));
	assert_int_equal(got, value);
	assert_int_equal(len, sizeof(int));
}

/* The notice of a send with MSG_ZEROCOPY: its memory may change, it was copied */
void expect_copied_notice(int fd)
{
	char control[128];
	struct msghdr msg = { .msg_control = control, .msg_controllen = sizeof(control) };
	struct sock_extended_err error;

	expect_count(recvmsg(fd, &msg, MSG_ERRQUEUE), 0);
	assert_non_null(CMSG_FIRSTHDR(&msg));
	memcpy(&error, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(error));
	assert_int_equal(error.ee_origin, SO_EE_ORIGIN_ZEROCOPY);
	assert_int_equal(error.ee_code, SO_EE_CODE_ZEROCOPY_COPIED);
}

/* name: SO_SNDTIMEO or SO_RCVTIMEO */
void set_timeout(int fd, int name, unsigned int ms)
{
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

	expect_ok(setsockopt(fd, SOL_SOCKET, name, &tv, sizeof(tv)));
}

void set_nonblock(int fd)
{
	expect_ok(fcntl(fd, F_SETFL, O_NONBLOCK));
}
