// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Sockets with small buffers, early ends and impatient peers enter; a handshake or
 * the right error leaves.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "unit.h"

#define PATIENCE	30000		/* ms: a peer that hangs, not a slow one */

/* -------------------------------------------------------------- sockets */

static void close_both(const int fds[2])
{
	close(fds[0]);
	close(fds[1]);
}

static void set_nonblocking(int fd)
{
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
}

static void open_local(int fds[2])
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
}

static int listen_on_loopback(struct sockaddr_in *addr)
{
	socklen_t len = sizeof(*addr);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	*addr = (struct sockaddr_in){ .sin_family = AF_INET };
	addr->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)addr, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)addr, &len), 0);
	assert_int_equal(listen(fd, 1), 0);
	return fd;
}

static void set_small_buffers(int fd)
{
	const int size = 1;

	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}

/* A connection over loopback whose buffers are as small as the kernel makes them */
static void open_tcp(int fds[2])
{
	const int one = 1;
	struct sockaddr_in addr;
	int listener = listen_on_loopback(&addr);

	set_small_buffers(listener);
	fds[0] = socket(AF_INET, SOCK_STREAM, 0);
	set_small_buffers(fds[0]);
	assert_int_equal(connect(fds[0], (struct sockaddr *)&addr, sizeof(addr)),
			 0);
	fds[1] = accept(listener, NULL, NULL);
	assert_true(fds[1] >= 0);
	for (int i = 0; i < 2; i++)
		setsockopt(fds[i], IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	close(listener);
}

static void write_all(int fd, const void *data, size_t len)
{
	assert_int_equal(send(fd, data, len, MSG_NOSIGNAL), len);
}

/* ------------------------------------------------------- both on sockets */

static short events_of(int status)
{
	return status == SEAL_WANT_READ ? POLLIN :
	       status == SEAL_WANT_WRITE ? POLLOUT : 0;
}

/* Wait until one of them can go on; the other may be done */
static void wait_for_either(const int fds[2], const int status[2])
{
	struct pollfd polled[] = {
		{ status[0] ? fds[0] : -1, events_of(status[0]), 0 },
		{ status[1] ? fds[1] : -1, events_of(status[1]), 0 },
	};

	assert_true(poll(polled, 2, PATIENCE) > 0);
}

static void shake_on(struct pair *pair, const int fds[2])
{
	int status[] = { SEAL_WANT_WRITE, SEAL_WANT_READ };

	set_nonblocking(fds[0]);
	set_nonblocking(fds[1]);
	while (status[0] || status[1]) {
		wait_for_either(fds, status);
		if (status[0])
			status[0] = seal_conn_handshake(pair->client, fds[0]);
		if (status[1])
			status[1] = seal_conn_handshake(pair->server, fds[1]);
		assert_true(status[0] >= 0 && status[1] >= 0);
	}
	expect_agreement(pair);
}

static void over_tcp_with_small_buffers(void **state)
{
	struct pair pair;
	int fds[2];

	(void)state;
	open_tcp(fds);
	pair_open(&pair, common_client(), common_retry_server());
	shake_on(&pair, fds);
	pair_close(&pair);
	close_both(fds);
}

/* Fill what @fd can hold, so that the handshake has to wait */
static size_t stuff(int fd)
{
	static const uint8_t junk[4096];
	size_t total = 0;
	ssize_t sent;

	while ((sent = send(fd, junk, sizeof(junk), MSG_NOSIGNAL)) > 0 ||
	       (sent = send(fd, junk, 1, MSG_NOSIGNAL)) > 0)
		total += sent;
	assert_int_equal(errno, EAGAIN);
	return total;
}

static void discard(int fd, size_t len)
{
	uint8_t junk[4096];
	ssize_t got;

	while (len) {
		got = recv(fd, junk, len < sizeof(junk) ? len : sizeof(junk), 0);
		assert_true(got > 0);
		len -= got;
	}
}

static void a_full_socket_is_waited_for(void **state)
{
	struct pair pair;
	size_t stuffed;
	int fds[2];

	(void)state;
	open_local(fds);
	set_nonblocking(fds[0]);
	stuffed = stuff(fds[0]);
	pair_open(&pair, common_client(), common_server());
	assert_int_equal(seal_conn_handshake(pair.client, fds[0]),
			 SEAL_WANT_WRITE);
	assert_int_equal(seal_conn_handshake(pair.client, fds[0]),
			 SEAL_WANT_WRITE);
	discard(fds[1], stuffed);
	shake_on(&pair, fds);
	pair_close(&pair);
	close_both(fds);
}

static void expect_in_socket(int fd, const void *data, size_t len)
{
	uint8_t buf[256];

	assert_int_equal(recv(fd, buf, sizeof(buf), MSG_DONTWAIT), len);
	assert_memory_equal(buf, data, len);
}

/* ------------------------------------------------------------ early ends */

/* The first @len bytes of @wire and no more come to @conn */
static void end_after(struct seal_conn *conn, const struct wire *wire, size_t len)
{
	int fds[2];

	open_local(fds);
	write_all(fds[1], wire->data, len);
	assert_int_equal(shutdown(fds[1], SHUT_WR), 0);
	assert_int_equal(seal_conn_handshake(conn, fds[0]), SEAL_E_EOF);
	assert_int_equal(seal_conn_handshake(conn, fds[0]), SEAL_E_EOF);
	assert_string_equal(seal_conn_error(conn), seal_strerror(SEAL_E_EOF));
	close_both(fds);
}

static void an_end_at_every_byte_of_the_clients_hello(void **state)
{
	struct seal_conn *server;
	struct wire wire;
	struct pair pair;

	(void)state;
	pair_open(&pair, common_client(), common_server());
	wire_take(&wire, pair.client);
	for (size_t len = 0; len < wire.len; len++) {
		assert_int_equal(seal_conn_new(common_server(), NULL, &server), 0);
		end_after(server, &wire, len);
		seal_conn_free(server);
	}
	wire_free(&wire);
	pair_close(&pair);
}

/* Cut @len bytes off the end of what @from has to say */
static bool end_before(struct seal_conn *from, struct seal_conn *to, size_t len)
{
	struct wire wire;
	bool long_enough;

	wire_take(&wire, from);
	long_enough = len <= wire.len;
	if (long_enough)
		end_after(to, &wire, wire.len - len);
	wire_free(&wire);
	return long_enough;
}

static void an_end_at_every_byte_of_the_servers_flight(void **state)
{
	bool more = true;
	struct pair pair;

	(void)state;
	for (size_t len = 1; more; len++) {
		pair_open(&pair, common_client(), common_server());
		pair_move(pair.client, pair.server);
		more = end_before(pair.server, pair.client, len);
		pair_close(&pair);
	}
}

static void an_end_at_every_byte_of_the_clients_finished(void **state)
{
	bool more = true;
	struct pair pair;

	(void)state;
	for (size_t len = 1; more; len++) {
		pair_open(&pair, common_client(), common_server());
		pair_move(pair.client, pair.server);
		pair_move(pair.server, pair.client);
		more = end_before(pair.client, pair.server, len);
		pair_close(&pair);
	}
}

/* ---------------------------------------------------------------- errors */

/* A peer that is gone is an error with its errno, and no signal */
static void a_peer_that_is_gone(void **state)
{
	struct pair pair;
	int fds[2];

	(void)state;
	open_local(fds);
	close(fds[1]);
	pair_open(&pair, common_client(), common_server());
	assert_int_equal(seal_conn_handshake(pair.client, fds[0]), SEAL_E_SYSTEM);
	assert_int_equal(errno, EPIPE);
	assert_non_null(strstr(seal_conn_error(pair.client), "Broken pipe"));
	pair_close(&pair);
	close(fds[0]);
}

static void a_descriptor_that_is_none(void **state)
{
	struct pair pair;

	(void)state;
	pair_open(&pair, common_client(), common_server());
	assert_int_equal(seal_conn_handshake(pair.client, -1), SEAL_E_SYSTEM);
	assert_int_equal(errno, EBADF);
	assert_int_equal(seal_conn_handshake(pair.server, -1), SEAL_E_SYSTEM);
	assert_int_equal(errno, EBADF);
	pair_close(&pair);
}

static void the_alert_is_sent(void **state)
{
	struct seal_conn *server;
	int fds[2];

	(void)state;
	open_local(fds);
	write_all(fds[0], "\x16\3\1\xff\xff", 5);
	assert_int_equal(seal_conn_new(common_server(), NULL, &server), 0);
	assert_int_equal(seal_conn_handshake(server, fds[1]),
			 SEAL_E_RECORD_OVERFLOW);
	expect_in_socket(fds[0], "\x15\3\3\0\2\2\x16", 7);
	seal_conn_free(server);
	close_both(fds);
}

/* Whoever speaks something else gets nothing in a language it does not know */
static void nothing_is_sent_to_who_does_not_speak_tls(void **state)
{
	struct seal_conn *server;
	uint8_t byte;
	int fds[2];

	(void)state;
	open_local(fds);
	write_all(fds[0], "GET / HTTP/1.1\r\n\r\n", 18);
	assert_int_equal(seal_conn_new(common_server(), NULL, &server), 0);
	assert_int_equal(seal_conn_handshake(server, fds[1]), SEAL_E_NOT_TLS);
	assert_int_equal(recv(fds[0], &byte, 1, MSG_DONTWAIT), -1);
	assert_int_equal(errno, EAGAIN);
	seal_conn_free(server);
	close_both(fds);
}

/* ------------------------------------------------------------- blocking */

static void a_blocking_call_ends_with_the_peer(void **state)
{
	int fds[2];

	(void)state;
	for (int blocking = 0; blocking < 2; blocking++) {
		open_local(fds);
		if (!blocking)
			set_nonblocking(fds[0]);
		shutdown(fds[1], SHUT_WR);
		assert_int_equal(seal_connect(fds[0], common_client(),
					      SERVER_NAME), SEAL_E_EOF);
		assert_int_equal(seal_accept(fds[0], common_server()),
				 SEAL_E_EOF);
		close_both(fds);
	}
}

static void a_blocking_call_hears_an_alert(void **state)
{
	int fds[2];

	(void)state;
	open_local(fds);
	write_all(fds[1], "\x15\3\3\0\2\2\x28", 7);
	assert_int_equal(seal_connect(fds[0], common_client(), SERVER_NAME),
			 SEAL_E_ALERT);
	close_both(fds);
}

static void a_timeout_of_the_socket_ends_the_call(void **state)
{
	const struct timeval timeout = { .tv_usec = 1000 };
	int fds[2];

	(void)state;
	open_local(fds);
	setsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	assert_int_equal(seal_accept(fds[0], common_server()), SEAL_E_SYSTEM);
	assert_int_equal(errno, ETIMEDOUT);
	close_both(fds);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(over_tcp_with_small_buffers),
		cmocka_unit_test(a_full_socket_is_waited_for),
		cmocka_unit_test(an_end_at_every_byte_of_the_clients_hello),
		cmocka_unit_test(an_end_at_every_byte_of_the_servers_flight),
		cmocka_unit_test(an_end_at_every_byte_of_the_clients_finished),
		cmocka_unit_test(a_peer_that_is_gone),
		cmocka_unit_test(a_descriptor_that_is_none),
		cmocka_unit_test(the_alert_is_sent),
		cmocka_unit_test(nothing_is_sent_to_who_does_not_speak_tls),
		cmocka_unit_test(a_blocking_call_ends_with_the_peer),
		cmocka_unit_test(a_blocking_call_hears_an_alert),
		cmocka_unit_test(a_timeout_of_the_socket_ends_the_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
