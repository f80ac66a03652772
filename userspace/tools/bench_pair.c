// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A way enters; a TCP connection over loopback whose ends are sealed in it leaves.
 */
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

/* More than the most that is ever on its way, with what the kernel adds to it */
#define ROOM (4 << 20)

static int set_int(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value));
}

int bench_pair_listen(void)
{
	struct sockaddr_in any_port = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 &&
	    !bind(fd, (struct sockaddr *)&any_port, sizeof(any_port)) &&
	    !listen(fd, SOMAXCONN))
		return fd;
	warn("a listening socket on 127.0.0.1");
	if (fd >= 0)
		close(fd);
	return -1;
}

static int connect_to(int listener)
{
	struct sockaddr_in address;
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && !getsockname(listener, (struct sockaddr *)&address, &len) &&
	    !connect(fd, (struct sockaddr *)&address, len))
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static int connect_pair(struct bench_pair *pair, int listener)
{
	pair->fds[0] = connect_to(listener);
	if (pair->fds[0] < 0)
		return -1;
	pair->fds[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (pair->fds[1] < 0)
		return -1;
	/* What was written is on its way when write() returns */
	if (set_int(pair->fds[0], IPPROTO_TCP, TCP_NODELAY, 1) ||
	    set_int(pair->fds[1], IPPROTO_TCP, TCP_NODELAY, 1))
		return -1;
	return 0;
}

int bench_pair_open(struct bench_pair *pair, int listener,
		    const struct bench_keys *keys)
{
	pair->fds[0] = -1;
	pair->fds[1] = -1;
	if (connect_pair(pair, listener))
		warn("a connection over loopback");
	else if (!pair->way->open(pair, keys))
		return 0;
	bench_pair_close(pair);
	return -1;
}

/* The limits of the system do not hold for root */
static void widen(int fd, int forced, int limited)
{
	if (set_int(fd, SOL_SOCKET, forced, ROOM))
		set_int(fd, SOL_SOCKET, limited, ROOM);
}

int bench_pair_widen(struct bench_pair *pair)
{
	int end;

	for (end = 0; end < 2; end++) {
		int fd = pair->fds[end];

		widen(fd, SO_SNDBUFFORCE, SO_SNDBUF);
		widen(fd, SO_RCVBUFFORCE, SO_RCVBUF);
		if (fcntl(fd, F_SETFL, O_NONBLOCK)) {
			warn("O_NONBLOCK");
			return -1;
		}
	}
	return 0;
}

void bench_pair_close(struct bench_pair *pair)
{
	int end;

	if (pair->way->close)
		pair->way->close(pair);
	for (end = 0; end < 2; end++) {
		if (pair->fds[end] >= 0)
			close(pair->fds[end]);
		pair->fds[end] = -1;
	}
}
