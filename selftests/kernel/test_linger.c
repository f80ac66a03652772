// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * One direction ends while the other is busy, and the socket is closed while TCP has
 * no room: what was accepted must arrive, and nobody may wait who did not ask to.
 */
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ktest.h"

#define MEGABYTE	(1 << 20)

static void set_linger(int fd, int on, int seconds)
{
	struct linger linger = { .l_onoff = on, .l_linger = seconds };

	expect_ok(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)));
}

/* As much as is accepted while the peer reads nothing; returns how much that was. */
static size_t fill_up(struct pair *pair, const uint8_t *data)
{
	size_t done = 0;
	ssize_t n;

	set_int(pair->peer.fd, SOL_SOCKET, SO_RCVBUF, 4096);
	set_int(pair->fd, SOL_SOCKET, SO_SNDBUF, 65536);
	while ((n = send(pair->fd, data + done, MEGABYTE - done, MSG_DONTWAIT)) > 0)
		done += n;
	expect_errno(n, EAGAIN);
	assert_false(writable(pair->fd));
	return done;
}

/* Milliseconds that the close takes */
static long close_in(struct pair *pair)
{
	struct timespec begin, end;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	pair_close_sealed(pair);
	clock_gettime(CLOCK_MONOTONIC, &end);
	return (end.tv_sec - begin.tv_sec) * 1000 + (end.tv_nsec - begin.tv_nsec) / 1000000;
}

/* RFC 8446 6.1: our close_notify has no effect on what the peer sends */
static void data_keeps_coming_after_our_end(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(MEGABYTE, 1);
	struct worker *writer = worker_records(&pair->peer, data, MEGABYTE, 5000);

	expect_recv(pair->fd, data, 1000);
	expect_ok(shutdown(pair->fd, SHUT_WR));
	expect_recv(pair->fd, data + 1000, MEGABYTE - 1000);
	worker_join(writer, NULL, MEGABYTE);
	peer_expect_close(&pair->peer);
	peer_send_alert(&pair->peer, ALERT_WARNING, ALERT_CLOSE_NOTIFY);
	expect_eof(pair->fd);
	free(data);
}

/* RFC 8446 6.1: nor has the peer's on what we send, and a FIN changes nothing */
static void data_keeps_leaving_after_the_peers_end(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(MEGABYTE, 2);
	struct worker *writer = worker_write(pair->fd, data, MEGABYTE);

	peer_expect_data(&pair->peer, data, RECORD_PLAIN_MAX);
	peer_send(&pair->peer, TYPE_DATA, "last words", 10);
	peer_send_alert(&pair->peer, ALERT_WARNING, ALERT_CLOSE_NOTIFY);
	expect_ok(shutdown(pair->peer.fd, SHUT_WR));
	expect_recv(pair->fd, "last words", 10);
	expect_eof(pair->fd);
	peer_expect_data(&pair->peer, data + RECORD_PLAIN_MAX, MEGABYTE - RECORD_PLAIN_MAX);
	worker_join(writer, NULL, MEGABYTE);
	pair_close_sealed(pair);
	peer_expect_close(&pair->peer);
	free(data);
}

/* A KeyUpdate that is asked for when all is said cannot be answered any more */
static void key_change_after_our_end_is_followed(void **state)
{
	struct pair *pair = *state;

	expect_ok(shutdown(pair->fd, SHUT_WR));
	peer_send_key_update(&pair->peer, 1);
	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	expect_recv(pair->fd, "data", 4);
	assert_int_equal(info_of(pair->fd).error, 0);
	peer_expect_close(&pair->peer);
}

static void full_close(struct pair *pair, long least, long most)
{
	uint8_t *data = make_bytes(MEGABYTE, 3);
	size_t len = fill_up(pair, data);

	assert_in_range(close_in(pair), least, most);
	peer_expect_data(&pair->peer, data, len);
	peer_expect_close(&pair->peer);
	free(data);
}

/* The peer reads nothing, and close_notify has its place behind the data */
static void full_close_without_linger_does_not_wait(void **state)
{
	struct pair *pair = *state;

	set_linger(pair->fd, 0, 30);
	full_close(pair, 0, 15000);
}

/* It waits as long as it was told to, and nothing is lost if that was too short */
static void full_close_with_linger_waits_that_long(void **state)
{
	struct pair *pair = *state;

	set_linger(pair->fd, 1, 1);
	full_close(pair, 900, 15000);
}

static void full_close_with_zero_linger_is_a_reset(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(MEGABYTE, 4);

	fill_up(pair, data);
	set_linger(pair->fd, 1, 0);
	assert_in_range(close_in(pair), 0, 15000);
	peer_expect_reset(&pair->peer);
	free(data);
}

static void full_shutdown_does_not_wait(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(MEGABYTE, 5);
	size_t len = fill_up(pair, data);

	set_linger(pair->fd, 1, 30);
	expect_ok(shutdown(pair->fd, SHUT_WR));
	assert_true(info_of(pair->fd).state & SEAL_STATE_CLOSE_NOTIFY_SENT);
	expect_errno(send(pair->fd, "x", 1, MSG_NOSIGNAL), EPIPE);
	peer_expect_data(&pair->peer, data, len);
	peer_expect_close(&pair->peer);
	free(data);
}

/* The last holder goes without a close(), while TCP has no room */
static void exit_with_a_full_buffer_loses_nothing(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(MEGABYTE, 6);
	size_t len = fill_up(pair, data);
	pid_t child = must(fork());

	if (!child)
		_exit(0);
	pair_close_sealed(pair);
	expect_count(waitpid(child, NULL, 0), child);
	peer_expect_data(&pair->peer, data, len);
	peer_expect_close(&pair->peer);
	free(data);
}

int main(void)
{
	static const struct test tests[] = {
		EACH(data_keeps_coming_after_our_end),
		EACH(data_keeps_leaving_after_the_peers_end),
		EACH_FAMILY(key_change_after_our_end_is_followed),
		EACH_FAMILY(full_close_without_linger_does_not_wait),
		EACH_FAMILY(full_close_with_linger_waits_that_long),
		EACH_FAMILY(full_close_with_zero_linger_is_a_reset),
		EACH_FAMILY(full_shutdown_does_not_wait),
		EACH_FAMILY(exit_with_a_full_buffer_loses_nothing),
	};

	return run_cases("linger", tests, ARRAY_SIZE(tests), pair_open);
}
