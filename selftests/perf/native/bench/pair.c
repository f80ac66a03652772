// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A way enters, a pair of connected sockets that seal in that way leaves; then sizes
 * enter, and data goes from one to the other.
 *
 * Over the loopback it is the thread that sends who also does what TCP does to receive:
 * all is there when the call returns, and who reads then need not wait.
 */
#include <linux/err.h>
#include <linux/file.h>
#include <linux/in.h>
#include <linux/sockptr.h>
#include <linux/string.h>
#include <linux/tcp.h>
#include <net/sock.h>

#include "bench.h"

/* More than a work has under way, so that no call has to wait for room */
#define ROOM	(16 << 20)

static int set_option(struct socket *sock, int level, int name, int value)
{
	return do_sock_setsockopt(sock, false, level, name, KERNEL_SOCKPTR(&value),
				  sizeof(value));
}

/* No segment waits for another one, and there is room. */
static int set_options(struct socket *sock)
{
	int err;

	err = set_option(sock, SOL_TCP, TCP_NODELAY, 1);
	err = err ?: set_option(sock, SOL_SOCKET, SO_SNDBUFFORCE, ROOM);
	return err ?: set_option(sock, SOL_SOCKET, SO_RCVBUFFORCE, ROOM);
}

static int make_socket(struct socket **sock)
{
	return sock_create(AF_INET, SOCK_STREAM, IPPROTO_TCP, sock);
}

/**
 * bench_listen() - a socket for bench_pair_make()
 *
 * What it accepts has its options.
 *
 * Return: the socket, to be released, or an ERR_PTR.
 */
struct socket *bench_listen(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct socket *sock;
	int err;

	err = make_socket(&sock);
	if (err)
		return ERR_PTR(err);
	err = set_options(sock);
	err = err ?: kernel_bind(sock, (void *)&address, sizeof(address));
	err = err ?: kernel_listen(sock, 16);
	if (!err)
		return sock;
	sock_release(sock);
	return ERR_PTR(err);
}

static int connect_pair(struct bench_pair *pair, struct socket *listener)
{
	struct sockaddr_in address;
	int err;

	err = kernel_getsockname(listener, (struct sockaddr *)&address);
	if (err < 0)
		return err;
	err = make_socket(&pair->rx);
	err = err ?: kernel_connect(pair->rx, (void *)&address, sizeof(address), 0);
	return err ?: kernel_accept(listener, &pair->tx, 0);
}

static int give_file(struct bench_pair *pair)
{
	struct file *file = sock_alloc_file(pair->tx, 0, NULL);

	/* has released the socket if it fails */
	if (IS_ERR(file))
		pair->tx = NULL;
	else
		pair->file = file;
	return PTR_ERR_OR_ZERO(file);
}

/**
 * bench_pair_make() - connect, and attach both ends
 * @pair:	all zero; to be closed whatever is returned
 * @run:	what it is for
 * @way:	how it seals
 * @file:	the end that sends shall have a file
 *
 * Return: 0 or an error.
 */
int bench_pair_make(struct bench_pair *pair, struct bench_run *run,
		    const struct bench_way *way, bool file)
{
	int err;

	err = connect_pair(pair, run->listener);
	if (!err && file)
		err = give_file(pair);
	if (err || !way->attach)
		return err;
	return way->attach(pair->tx, run, way) ?: way->attach(pair->rx, run, way);
}

/**
 * bench_pair_widen() - let a pair that stays have more under way
 * @pair: connected
 *
 * Return: 0 or an error.
 */
int bench_pair_widen(struct bench_pair *pair)
{
	return set_options(pair->rx);
}

/**
 * bench_pair_close() - close both ends, the one that sent first
 * @pair: may be all zero, and is again
 */
void bench_pair_close(struct bench_pair *pair)
{
	if (pair->file)
		fput(pair->file);
	else if (pair->tx)
		sock_release(pair->tx);
	if (pair->rx)
		sock_release(pair->rx);
	memset(pair, 0, sizeof(*pair));
}

/**
 * bench_send() - as write() does
 * @sock:	where to
 * @from:	memory
 * @size:	bytes of it, all to be sent
 *
 * Return: 0 or an error.
 */
int bench_send(struct socket *sock, const struct bench_memory *from, size_t size)
{
	struct msghdr msg = {};
	int n;

	bench_memory_iter(from, &msg.msg_iter, ITER_SOURCE, size);
	while (msg_data_left(&msg)) {
		n = sock_sendmsg(sock, &msg);
		if (n <= 0)
			return n ?: -EPIPE;
	}
	return 0;
}

/**
 * bench_receive() - as read() does, until all has come
 * @sock:	where from
 * @to:		memory
 * @size:	bytes
 *
 * Return: 0 or an error.
 */
int bench_receive(struct socket *sock, const struct bench_memory *to, size_t size)
{
	struct msghdr msg = {};
	int n;

	bench_memory_iter(to, &msg.msg_iter, ITER_DEST, size);
	while (msg_data_left(&msg)) {
		n = sock_recvmsg(sock, &msg, 0);
		if (n <= 0)
			return n ?: -EPIPE;
	}
	return 0;
}
