// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Plaintext enters a socket whose records are made in user space and leaves at the other
 * end; so do the ends of a connection.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit.h"

#define LONG	(1 << 20)

static int wait_over(int err)
{
	return err == SEAL_WANT_READ || err == SEAL_WANT_WRITE ? 0 : err;
}

static void shake_over(struct pair *pair, const int fds[2])
{
	int client, server;

	for (int i = 0; i < 2; i++)
		assert_int_equal(fcntl(fds[i], F_SETFL, O_NONBLOCK), 0);
	do {
		client = seal_conn_handshake(pair->client, fds[0]);
		server = seal_conn_handshake(pair->server, fds[1]);
		assert_int_equal(wait_over(client), 0);
		assert_int_equal(wait_over(server), 0);
	} while (client || server);
	assert_int_equal(seal_conn_stream(pair->client), 0);
	assert_int_equal(seal_conn_stream(pair->server), 0);
}

/* All of @text goes from one to the other, both in turns; whether it arrived */
static void move_long(struct seal_conn *from, int out, struct seal_conn *to, int in)
{
	static uint8_t text[LONG], heard[LONG];
	size_t sent = 0, all = 0, n;
	int err;

	for (size_t i = 0; i < LONG; i++)
		text[i] = i * 13 + i / 509;
	while (all < LONG) {
		err = seal_stream_write(from, out, text + sent, LONG - sent, &n);
		assert_int_equal(wait_over(err), 0);
		sent += n;
		err = seal_stream_read(to, in, heard + all, LONG - all, &n);
		assert_int_equal(wait_over(err), 0);
		all += n;
	}
	assert_memory_equal(text, heard, LONG);
}

static void over_a_descriptor(void **state)
{
	struct pair pair;
	uint8_t byte;
	int fds[2];
	size_t n;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	pair_open(&pair, common_client(), common_server());
	shake_over(&pair, fds);
	move_long(pair.server, fds[1], pair.client, fds[0]);
	move_long(pair.client, fds[0], pair.server, fds[1]);
	assert_int_equal(seal_stream_read(pair.client, fds[0], &byte, 1, &n),
			 SEAL_WANT_READ);
	assert_int_equal(seal_stream_close(pair.client, fds[0]), 0);
	assert_int_equal(seal_stream_read(pair.server, fds[1], &byte, 1, &n), 0);
	assert_int_equal(n, 0);
	move_long(pair.server, fds[1], pair.client, fds[0]);
	assert_int_equal(seal_stream_close(pair.server, fds[1]), 0);
	assert_int_equal(seal_stream_read(pair.client, fds[0], &byte, 1, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(seal_conn_wire(pair.client), SEAL_WIRE_CLOSE);
	pair_close(&pair);
	close(fds[0]);
	close(fds[1]);
}

/* What was sent is read, and then the end that is none */
static void cut_descriptor(void **state)
{
	struct pair pair;
	char text[8];
	int fds[2];
	size_t n;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	pair_open(&pair, common_client(), common_server());
	shake_over(&pair, fds);
	assert_int_equal(seal_stream_write(pair.server, fds[1], "last", 4, &n), 0);
	assert_int_equal(shutdown(fds[1], SHUT_WR), 0);
	assert_int_equal(seal_stream_read(pair.client, fds[0], text, 8, &n), 0);
	assert_int_equal(n, 4);
	for (int i = 0; i < 2; i++)
		assert_int_equal(seal_stream_read(pair.client, fds[0], text, 8, &n),
				 SEAL_E_EOF);
	close(fds[1]);
	/* a writer to nobody gets an errno, no SIGPIPE */
	assert_int_equal(seal_stream_flush(pair.client, fds[0]), 0);
	pair_close(&pair);
	close(fds[0]);
}

static void nobody_reads(void **state)
{
	struct pair pair;
	char text[8];
	int fds[2];
	size_t n;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	pair_open(&pair, common_client(), common_server());
	shake_over(&pair, fds);
	assert_int_equal(seal_stream_write(pair.server, fds[1], "last", 4, &n), 0);
	close(fds[1]);
	assert_int_equal(seal_stream_write(pair.client, fds[0], "x", 1, &n),
			 SEAL_E_SYSTEM);
	assert_int_equal(errno, EPIPE);
	/* what has come can still be read */
	assert_int_equal(seal_stream_read(pair.client, fds[0], text, 8, &n), 0);
	assert_int_equal(n, 4);
	pair_close(&pair);
	close(fds[0]);
}

/* A connection over loopback, where there are resets */
static void open_loopback(int fds[2])
{
	struct sockaddr_in addr = { .sin_family = AF_INET };
	socklen_t len = sizeof(addr);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(listener, (struct sockaddr *)&addr, len), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&addr, &len), 0);
	assert_int_equal(listen(listener, 1), 0);
	fds[0] = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(fds[0], (struct sockaddr *)&addr, len), 0);
	fds[1] = accept(listener, NULL, NULL);
	assert_true(fds[1] >= 0);
	close(listener);
}

/* It never looks like the end, even if a write was told of it before */
static void reset_is_no_end(void **state)
{
	const struct linger linger = { 1, 0 };
	struct pair pair;
	int fds[2];
	char byte;
	size_t n;

	(void)state;
	for (int write_first = 0; write_first < 2; write_first++) {
		open_loopback(fds);
		pair_open(&pair, common_client(), common_server());
		shake_over(&pair, fds);
		/* and takes what the server has sent */
		assert_int_equal(seal_stream_read(pair.client, fds[0], &byte, 1, &n),
				 SEAL_WANT_READ);
		setsockopt(fds[1], SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
		close(fds[1]);
		if (write_first) {
			assert_int_equal(seal_stream_write(pair.client, fds[0], "x", 1,
							   &n), SEAL_E_SYSTEM);
			assert_int_equal(errno, ECONNRESET);
		}
		for (int i = 0; i < 2; i++)
			assert_int_equal(seal_stream_read(pair.client, fds[0], &byte, 1,
							  &n), SEAL_E_SYSTEM);
		assert_non_null(strstr(seal_conn_error(pair.client), "reset"));
		pair_close(&pair);
		close(fds[0]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(over_a_descriptor),
		cmocka_unit_test(cut_descriptor),
		cmocka_unit_test(nobody_reads),
		cmocka_unit_test(reset_is_no_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
