// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The sealed end is shut, closed or left behind by its process; the peer must
 * get all that was accepted, close_notify, and then FIN.
 */
#include <linux/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ktest.h"

static void shutdown_says_close_notify(void **state)
{
	struct pair *pair = *state;

	expect_count(send(pair->fd, "data", 4, 0), 4);
	expect_ok(shutdown(pair->fd, SHUT_WR));
	peer_expect_record(&pair->peer, TYPE_DATA, "data", 4);
	peer_expect_close(&pair->peer);
	assert_int_equal(info_of(pair->fd).state,
			 SEAL_STATE_KEYS | SEAL_STATE_CLOSE_NOTIFY_SENT |
			 SEAL_STATE_FIN_SENT);
	assert_int_equal(info_of(pair->fd).alert_sent, ALERT_CLOSE_NOTIFY);
}

static unsigned int segments_received(int fd)
{
	return tcp_info_of(fd).tcpi_segs_in;
}

/* Neither waits for the other. */
static void close_notify_and_fin_are_one_segment(void **state)
{
	struct pair *pair = *state;
	unsigned int before;

	expect_count(send(pair->fd, "data", 4, 0), 4);
	peer_expect_record(&pair->peer, TYPE_DATA, "data", 4);
	pair_sync(pair);
	before = segments_received(pair->peer.fd);
	expect_ok(shutdown(pair->fd, SHUT_WR));
	wait_fin(pair->peer.fd);
	assert_int_equal(segments_received(pair->peer.fd) - before, 1);
	peer_expect_close(&pair->peer);
}

static void receiving_goes_on_after_shutdown(void **state)
{
	struct pair *pair = *state;

	expect_ok(shutdown(pair->fd, SHUT_WR));
	peer_expect_close(&pair->peer);
	peer_send(&pair->peer, TYPE_DATA, "answer", 6);
	peer_send_alert(&pair->peer, ALERT_WARNING, ALERT_CLOSE_NOTIFY);
	expect_recv(pair->fd, "answer", 6);
	expect_eof(pair->fd);
}

static void second_shutdown_says_nothing(void **state)
{
	struct pair *pair = *state;

	expect_ok(shutdown(pair->fd, SHUT_WR));
	expect_ok(shutdown(pair->fd, SHUT_WR));
	pair_close_sealed(pair);
	peer_expect_close(&pair->peer);
}

static void shutdown_of_both_says_close_notify(void **state)
{
	struct pair *pair = *state;

	expect_ok(shutdown(pair->fd, SHUT_RDWR));
	peer_expect_close(&pair->peer);
}

static void shutdown_of_receiving_says_nothing(void **state)
{
	struct pair *pair = *state;

	expect_ok(shutdown(pair->fd, SHUT_RD));
	assert_int_equal(bytes_handed_to_tcp(pair->fd), 0);
	pair_close_sealed(pair);
	peer_expect_close(&pair->peer);
}

static void bad_shutdown_is_refused(void **state)
{
	struct pair *pair = *state;

	expect_errno(shutdown(pair->fd, 3), EINVAL);
	expect_errno(shutdown(pair->fd, -1), EINVAL);
	expect_count(send(pair->fd, "data", 4, 0), 4);
	peer_expect_record(&pair->peer, TYPE_DATA, "data", 4);
}

static void close_says_close_notify(void **state)
{
	struct pair *pair = *state;

	expect_count(send(pair->fd, "data", 4, 0), 4);
	pair_close_sealed(pair);
	peer_expect_record(&pair->peer, TYPE_DATA, "data", 4);
	peer_expect_close(&pair->peer);
}

/* Where most servers close: the peer has said all it had to say */
static void close_after_the_peers_end_says_close_notify(void **state)
{
	struct pair *pair = *state;

	peer_send_alert(&pair->peer, ALERT_WARNING, ALERT_CLOSE_NOTIFY);
	expect_ok(shutdown(pair->peer.fd, SHUT_WR));
	expect_eof(pair->fd);
	pair_close_sealed(pair);
	peer_expect_close(&pair->peer);
}

/* TCP resets when unread bytes are thrown away; control records are not data */
static void close_over_unread_control_is_no_reset(void **state)
{
	struct pair *pair = *state;

	peer_send_ticket(&pair->peer, 1, 200);
	peer_send_ticket(&pair->peer, 2, 200);
	peer_send_padded(&pair->peer, TYPE_DATA, "", 0, 100);
	peer_send_key_update(&pair->peer, 0);
	peer_send_alert(&pair->peer, ALERT_WARNING, ALERT_CLOSE_NOTIFY);
	pair_sync(pair);
	pair_close_sealed(pair);
	peer_expect_close(&pair->peer);
}

/* Nobody reads what comes behind the end, so it does not cost the peer ours */
static void close_over_bytes_behind_close_notify_is_no_reset(void **state)
{
	struct pair *pair = *state;

	peer_send_alert(&pair->peer, ALERT_WARNING, ALERT_CLOSE_NOTIFY);
	peer_send(&pair->peer, TYPE_DATA, "late", 4);
	pair_sync(pair);
	pair_close_sealed(pair);
	peer_expect_close(&pair->peer);
}

/* A reset could overtake the alert that tells the peer what was wrong */
static void close_over_bytes_behind_an_error_is_no_reset(void **state)
{
	struct pair *pair = *state;

	peer_send_inner(&pair->peer, "", 1);
	peer_send(&pair->peer, TYPE_DATA, "late", 4);
	pair_sync(pair);
	expect_failed(pair->fd, EBADMSG);
	pair_close_sealed(pair);
	peer_expect_alert(&pair->peer, ALERT_FATAL, ALERT_UNEXPECTED_MESSAGE);
	peer_expect_eof(&pair->peer);
}

static void close_over_unread_data_is_a_reset(void **state)
{
	struct pair *pair = *state;

	peer_send(&pair->peer, TYPE_DATA, "unread", 6);
	pair_sync(pair);
	pair_close_sealed(pair);
	peer_expect_reset(&pair->peer);
}

/* Decrypted and half read counts as unread too */
static void close_over_half_read_data_is_a_reset(void **state)
{
	struct pair *pair = *state;

	peer_send(&pair->peer, TYPE_DATA, "unread", 6);
	expect_recv(pair->fd, "un", 2);
	pair_close_sealed(pair);
	peer_expect_reset(&pair->peer);
}

static void close_with_zero_linger_is_a_reset(void **state)
{
	struct pair *pair = *state;
	struct linger now = { 1, 0 };

	expect_ok(setsockopt(pair->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)));
	pair_close_sealed(pair);
	peer_expect_reset(&pair->peer);
}

static void close_with_linger_waits_for_the_data(void **state)
{
	struct pair *pair = *state;
	size_t len = 1 << 20;
	uint8_t *data = make_bytes(len, 1);
	struct linger wait = { 1, 100 };
	struct worker *reader;
	ssize_t done;

	expect_ok(setsockopt(pair->fd, SOL_SOCKET, SO_LINGER, &wait, sizeof(wait)));
	done = must(send(pair->fd, data, len, MSG_DONTWAIT));
	reader = worker_collect(&pair->peer, done);
	pair_close_sealed(pair);
	worker_join(reader, data, done);
	peer_expect_close(&pair->peer);
	free(data);
}

/* The reader is slow and its window small: nothing is lost at close */
static void close_before_a_slow_reader_loses_nothing(void **state)
{
	struct pair *pair = *state;
	size_t len = 200000;
	uint8_t *data = make_bytes(len, 2);

	set_int(pair->peer.fd, SOL_SOCKET, SO_RCVBUF, 16384);
	set_int(pair->fd, SOL_SOCKET, SO_SNDBUF, 1 << 20);
	expect_count(send(pair->fd, data, len, 0), len);
	pair_close_sealed(pair);
	peer_expect_data(&pair->peer, data, len);
	peer_expect_close(&pair->peer);
	free(data);
}

static void close_without_traffic_says_close_notify(void **state)
{
	struct pair *pair = *state;

	pair_close_sealed(pair);
	peer_expect_close(&pair->peer);
}

/* The peer is gone: close must neither hang nor complain */
static void close_after_reset_is_quiet(void **state)
{
	struct pair *pair = *state;
	struct linger now = { 1, 0 };

	expect_ok(setsockopt(pair->peer.fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)));
	expect_count(send(pair->fd, "open", 4, MSG_MORE), 4);
	close(pair->peer.fd);
	pair->peer.fd = -1;
	wait_for(pair->fd, POLLHUP);
	expect_errno(shutdown(pair->fd, SHUT_WR), ENOTCONN);
	pair_close_sealed(pair);
}

/*
 * A child that holds the only descriptor writes and exits; or, given a pipe,
 * tells it when it has written and waits for its end.
 */
static pid_t start_holder(struct pair *pair, int ready)
{
	pid_t child = must(fork());

	if (child) {
		pair_close_sealed(pair);
		return child;
	}
	if (send(pair->fd, "said, ", 6, 0) != 6)
		_exit(1);
	if (send(pair->fd, "kept back", 9, MSG_MORE) != 9)
		_exit(1);
	if (ready >= 0 && write(ready, "", 1) != 1)
		_exit(1);
	while (ready >= 0)
		pause();
	_exit(0);
}

static void exit_of_the_holder_says_close_notify(void **state)
{
	struct pair *pair = *state;
	pid_t child = start_holder(pair, -1);

	wait_for_child(child);
	peer_expect_data(&pair->peer, "said, kept back", 15);
	peer_expect_close(&pair->peer);
}

static void kill_of_the_holder_says_close_notify(void **state)
{
	struct pair *pair = *state;
	int ready[2];
	char byte;
	pid_t child;

	open_pipe(ready, 4096);
	child = start_holder(pair, ready[1]);
	expect_count(read(ready[0], &byte, 1), 1);
	expect_ok(kill(child, SIGKILL));
	expect_count(waitpid(child, NULL, 0), child);
	peer_expect_data(&pair->peer, "said, kept back", 15);
	peer_expect_close(&pair->peer);
	close_pipe(ready);
}

/* Both ends sealed: each sees the other's clean end */
static void both_ends_close_cleanly(void **state)
{
	struct pair *pair = *state;
	int fds[2];

	sealed_pair(pair->variant, fds);
	expect_count(send(fds[0], "data", 4, 0), 4);
	expect_ok(shutdown(fds[0], SHUT_WR));
	expect_recv(fds[1], "data", 4);
	expect_eof(fds[1]);
	expect_count(send(fds[1], "answer", 6, 0), 6);
	close(fds[1]);
	expect_recv(fds[0], "answer", 6);
	expect_eof(fds[0]);
	assert_int_equal(info_of(fds[0]).error, 0);
	close(fds[0]);
}

int main(void)
{
	static const struct test tests[] = {
		EACH(shutdown_says_close_notify),
	EACH(close_notify_and_fin_are_one_segment),
		EACH_FAMILY(receiving_goes_on_after_shutdown),
		EACH_FAMILY(second_shutdown_says_nothing),
		EACH_FAMILY(shutdown_of_both_says_close_notify),
		EACH_FAMILY(shutdown_of_receiving_says_nothing),
		EACH_FAMILY(bad_shutdown_is_refused),
		EACH(close_says_close_notify),
		EACH_FAMILY(close_after_the_peers_end_says_close_notify),
		EACH(close_over_unread_control_is_no_reset),
		EACH_FAMILY(close_over_bytes_behind_close_notify_is_no_reset),
		EACH_FAMILY(close_over_bytes_behind_an_error_is_no_reset),
		EACH_FAMILY(close_over_unread_data_is_a_reset),
		EACH_FAMILY(close_over_half_read_data_is_a_reset),
		EACH_FAMILY(close_with_zero_linger_is_a_reset),
		EACH_FAMILY(close_with_linger_waits_for_the_data),
		EACH(close_before_a_slow_reader_loses_nothing),
		EACH_FAMILY(close_without_traffic_says_close_notify),
		EACH_FAMILY(close_after_reset_is_quiet),
		EACH_FAMILY(exit_of_the_holder_says_close_notify),
		EACH_FAMILY(kill_of_the_holder_says_close_notify),
		EACH(both_ends_close_cleanly),
	};

	return run_cases("close", tests, ARRAY_SIZE(tests), pair_open);
}
