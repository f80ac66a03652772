// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The other calls of sockets enter: many pieces, many messages, names, another
 * program by exec().  They must do what they do on TCP, or be refused as there.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <netinet/in.h>
#include <linux/tcp.h>

#include "ktest.h"

static void pieces_are_written_and_read(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(30000, 1), *buf = make_room(30000);
	struct iovec out[] = { { data, 1 }, { data + 1, 9999 }, { data + 10000, 20000 } };
	struct iovec in[] = { { buf, 15000 }, { NULL, 0 }, { buf + 15000, 1 } };

	expect_count(writev(pair->fd, out, 3), 30000);
	peer_expect_data(&pair->peer, data, 30000);
	peer_send(&pair->peer, TYPE_DATA, data, 10000);
	peer_send(&pair->peer, TYPE_DATA, data + 10000, 10000);
	pair_sync(pair);
	expect_count(readv(pair->fd, in, 3), 15001);
	expect_bytes(buf, data, 15001);
	expect_recv(pair->fd, data + 15001, 4999);
	free(data);
	free(buf);
}

/* A socket has no position; -1 says that none is meant */
static void positions_are_refused(void **state)
{
	struct pair *pair = *state;
	char buf[4];
	struct iovec iov = { buf, sizeof(buf) };

	expect_errno(pread(pair->fd, buf, 4, 0), ESPIPE);
	expect_errno(pwrite(pair->fd, "data", 4, 0), ESPIPE);
	expect_errno(preadv(pair->fd, &iov, 1, 0), ESPIPE);
	expect_errno(lseek(pair->fd, 0, SEEK_CUR), ESPIPE);
	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	expect_count(preadv2(pair->fd, &iov, 1, -1, 0), 4);
	expect_bytes(buf, "data", 4);
	expect_count(pwritev2(pair->fd, &iov, 1, -1, 0), 4);
	peer_expect_record(&pair->peer, TYPE_DATA, "data", 4);
}

static void many_messages_are_received(void **state)
{
	struct pair *pair = *state;
	char buf[3][4];
	struct iovec iov[] = { { buf[0], 4 }, { buf[1], 4 }, { buf[2], 4 } };
	struct mmsghdr messages[3] = { 0 };

	for (int i = 0; i < 3; i++) {
		messages[i].msg_hdr.msg_iov = &iov[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	peer_send(&pair->peer, TYPE_DATA, "onetwo", 6);
	peer_send(&pair->peer, TYPE_DATA, "last", 4);
	pair_sync(pair);
	expect_count(recvmmsg(pair->fd, messages, 3, MSG_DONTWAIT, NULL), 3);
	expect_bytes(buf[0], "onet", 4);
	expect_bytes(buf[1], "wola", 4);
	assert_int_equal(messages[2].msg_len, 2);
	expect_bytes(buf[2], "st", 2);
	expect_errno(recvmmsg(pair->fd, messages, 3, MSG_DONTWAIT, NULL), EAGAIN);
}

static void urgent_data_is_refused(void **state)
{
	struct pair *pair = *state;
	char byte;

	expect_errno(recv(pair->fd, &byte, 1, MSG_OOB), EOPNOTSUPP);
	expect_errno(send(pair->fd, "x", 1, MSG_OOB), EOPNOTSUPP);
	expect_count(bytes_handed_to_tcp(pair->fd), 0);
}

static void expect_name(int fd, int call(int, struct sockaddr *, socklen_t *), int family)
{
	struct sockaddr_storage name = { 0 };
	socklen_t len = sizeof(name);

	expect_ok(call(fd, (struct sockaddr *)&name, &len));
	assert_int_equal(name.ss_family, family);
}

/* Operations of the other family would give names of the wrong one */
static void names_keep_their_family(void **state)
{
	struct pair *pair = *state;
	int family = pair->variant->family == AF_INET ? AF_INET : AF_INET6;
	struct sockaddr_storage from;
	socklen_t len = sizeof(from);
	char buf[4];

	expect_name(pair->fd, getsockname, family);
	expect_name(pair->fd, getpeername, family);
	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	expect_count(recvfrom(pair->fd, buf, 4, 0, (struct sockaddr *)&from, &len), 4);
	assert_int_equal(len, 0);
}

/* It would give the socket the operations of plain TCP */
static void change_of_family_is_refused(void **state)
{
	struct pair *pair = *state;
	int family = AF_INET;

	if (pair->variant->family == AF_INET)
		expect_errno(setsockopt(pair->fd, IPPROTO_IPV6, IPV6_ADDRFORM, &family,
					sizeof(family)), ENOPROTOOPT);
	else
		expect_errno(setsockopt(pair->fd, IPPROTO_IPV6, IPV6_ADDRFORM, &family,
					sizeof(family)), EBUSY);
	expect_count(send(pair->fd, "data", 4, 0), 4);
	peer_expect_record(&pair->peer, TYPE_DATA, "data", 4);
}

static void expect_no_reuse(int fd)
{
	struct sockaddr_storage name;
	socklen_t len = sizeof(name);

	expect_ok(getsockname(fd, (struct sockaddr *)&name, &len));
	expect_errno(listen(fd, 1), EINVAL);
	expect_errno(connect(fd, (struct sockaddr *)&name, len), EISCONN);
	expect_errno(accept(fd, NULL, NULL), EINVAL);
}

/* A listener's children would inherit what belongs to one connection */
static void sealed_socket_is_not_used_again(void **state)
{
	struct pair *pair = *state;
	struct sockaddr_in6 any = { .sin6_family = AF_INET6 };

	expect_no_reuse(pair->fd);
	expect_ok(shutdown(pair->fd, SHUT_RDWR));
	close(pair->peer.fd);
	pair->peer.fd = -1;
	wait_fin(pair->fd);
	if (pair->variant->family == AF_INET)
		any.sin6_family = AF_INET;
	expect_ok(bind(pair->fd, (struct sockaddr *)&any, sizeof(any)));
	expect_no_reuse(pair->fd);
}

/* Runs cat, which knows nothing of TLS, with the socket for input and output */
static pid_t start_cat(int fd)
{
	pid_t child = must(fork());

	if (child)
		return child;
	if (dup2(fd, STDIN_FILENO) >= 0 && dup2(fd, STDOUT_FILENO) >= 0)
		execlp("cat", "cat", NULL);
	_exit(127);
}

static void another_program_goes_on(void **state)
{
	struct pair *pair = *state;
	pid_t child = start_cat(pair->fd);

	pair_close_sealed(pair);
	peer_send(&pair->peer, TYPE_DATA, "through another program", 23);
	peer_expect_data(&pair->peer, "through another program", 23);
	peer_send_ticket(&pair->peer, 1, 100);
	peer_send(&pair->peer, TYPE_DATA, "again", 5);
	peer_expect_data(&pair->peer, "again", 5);
	peer_send_alert(&pair->peer, ALERT_WARNING, ALERT_CLOSE_NOTIFY);
	wait_for_child(child);
	peer_expect_close(&pair->peer);
}

int main(void)
{
	static const struct test tests[] = {
		EACH(pieces_are_written_and_read),
		EACH_FAMILY(positions_are_refused),
		EACH_SUITE(many_messages_are_received),
		EACH_FAMILY(urgent_data_is_refused),
		EACH_FAMILY(names_keep_their_family),
		EACH_FAMILY(change_of_family_is_refused),
		EACH_FAMILY(sealed_socket_is_not_used_again),
		EACH(another_program_goes_on),
	};

	return run_cases("calls", tests, ARRAY_SIZE(tests), pair_open);
}
