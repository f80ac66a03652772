// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * SEAL_ALERT enters; the alert leaves with the level that its description has, and
 * the connection goes on or ends as RFC 8446 6 says.
 */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <netinet/in.h>
#include <linux/tcp.h>

#include "ktest.h"

static void expect_traffic(struct pair *pair)
{
	expect_count(send(pair->fd, "request", 7, 0), 7);
	peer_expect_record(&pair->peer, TYPE_DATA, "request", 7);
	peer_send(&pair->peer, TYPE_DATA, "answer", 6);
	expect_recv(pair->fd, "answer", 6);
}

/* Every description but two, also those that nobody knows yet */
static void others_are_fatal(void **state)
{
	const struct pair *first = *state;

	for (int i = 1; i < SEAL_ALERT_NONE; i++) {
		struct pair pair;

		if (i == ALERT_USER_CANCELED)
			continue;
		pair_open(&pair, first->variant);
		expect_ok(send_alert(pair.fd, i));
		peer_expect_alert(&pair.peer, ALERT_FATAL, i);
		expect_failed(pair.fd, ECONNABORTED);
		assert_int_equal(info_of(pair.fd).alert_sent, i);
		pair_close_sealed(&pair);
		peer_expect_eof(&pair.peer);
		pair_close(&pair);
	}
}

static void nothing_follows_a_fatal_one(void **state)
{
	struct pair *pair = *state;

	expect_ok(send_alert(pair->fd, ALERT_HANDSHAKE_FAILURE));
	expect_errno(send_alert(pair->fd, ALERT_HANDSHAKE_FAILURE), ECONNABORTED);
	expect_errno(send_alert(pair->fd, ALERT_CLOSE_NOTIFY), ECONNABORTED);
	expect_errno(send_alert(pair->fd, ALERT_USER_CANCELED), ECONNABORTED);
	expect_errno(key_update(pair->fd, 0), ECONNABORTED);
	expect_ok(shutdown(pair->fd, SHUT_WR));
	peer_expect_alert(&pair->peer, ALERT_FATAL, ALERT_HANDSHAKE_FAILURE);
	peer_expect_eof(&pair->peer);
}

/* What was accepted goes first; what was received can still be read */
static void data_before_a_fatal_one_is_kept(void **state)
{
	struct pair *pair = *state;

	peer_send(&pair->peer, TYPE_DATA, "queued", 6);
	pair_sync(pair);
	assert_true(readable(pair->fd));
	expect_count(send(pair->fd, "open", 4, MSG_MORE), 4);
	expect_ok(send_alert(pair->fd, ALERT_HANDSHAKE_FAILURE));
	peer_expect_record(&pair->peer, TYPE_DATA, "open", 4);
	peer_expect_alert(&pair->peer, ALERT_FATAL, ALERT_HANDSHAKE_FAILURE);
	expect_recv(pair->fd, "queued", 6);
	expect_failed(pair->fd, ECONNABORTED);
}

static void fatal_one_wakes_a_reader(void **state)
{
	struct pair *pair = *state;
	struct worker *reader = worker_recv(pair->fd, 1, 0);

	worker_wait_blocked(reader);
	expect_ok(send_alert(pair->fd, ALERT_HANDSHAKE_FAILURE));
	worker_join(reader, NULL, 0);
	expect_failed(pair->fd, ECONNABORTED);
}

/* RFC 8446 6.1: one direction ends, the other goes on, and TCP's stays open */
static void close_notify_ends_sending_without_a_fin(void **state)
{
	struct pair *pair = *state;

	expect_count(send(pair->fd, "open", 4, MSG_MORE), 4);
	expect_ok(send_alert(pair->fd, ALERT_CLOSE_NOTIFY));
	peer_expect_record(&pair->peer, TYPE_DATA, "open", 4);
	peer_expect_alert(&pair->peer, ALERT_WARNING, ALERT_CLOSE_NOTIFY);
	expect_errno(send(pair->fd, "x", 1, MSG_NOSIGNAL), EPIPE);
	expect_errno(send_alert(pair->fd, ALERT_CLOSE_NOTIFY), EPIPE);
	expect_errno(send_alert(pair->fd, ALERT_USER_CANCELED), EPIPE);
	expect_errno(send_alert(pair->fd, ALERT_HANDSHAKE_FAILURE), EPIPE);
	expect_errno(key_update(pair->fd, 0), EPIPE);
	assert_int_equal(info_of(pair->fd).state,
			 SEAL_STATE_KEYS | SEAL_STATE_CLOSE_NOTIFY_SENT);
	peer_send(&pair->peer, TYPE_DATA, "answer", 6);
	expect_recv(pair->fd, "answer", 6);
	expect_ok(shutdown(pair->fd, SHUT_WR));
	peer_expect_eof(&pair->peer);
}

static void user_canceled_changes_nothing(void **state)
{
	struct pair *pair = *state;

	for (int i = 0; i < 3; i++) {
		expect_ok(send_alert(pair->fd, ALERT_USER_CANCELED));
		peer_expect_alert(&pair->peer, ALERT_WARNING, ALERT_USER_CANCELED);
		expect_traffic(pair);
	}
	assert_int_equal(info_of(pair->fd).alert_sent, ALERT_USER_CANCELED);
}

/* The open record has not been sent yet: it comes later, whole */
static void user_canceled_overtakes_an_open_record(void **state)
{
	struct pair *pair = *state;

	set_int(pair->fd, IPPROTO_TCP, TCP_CORK, 1);
	expect_count(send(pair->fd, "kept ", 5, 0), 5);
	expect_ok(send_alert(pair->fd, ALERT_USER_CANCELED));
	expect_count(send(pair->fd, "back", 4, 0), 4);
	set_int(pair->fd, IPPROTO_TCP, TCP_CORK, 0);
	peer_expect_alert(&pair->peer, ALERT_WARNING, ALERT_USER_CANCELED);
	peer_expect_record(&pair->peer, TYPE_DATA, "kept back", 9);
}

static void after_shutdown_it_is_too_late(void **state)
{
	struct pair *pair = *state;

	expect_ok(shutdown(pair->fd, SHUT_WR));
	expect_errno(send_alert(pair->fd, ALERT_USER_CANCELED), EPIPE);
	expect_errno(send_alert(pair->fd, ALERT_HANDSHAKE_FAILURE), EPIPE);
	peer_expect_close(&pair->peer);
}

int main(void)
{
	static const struct test tests[] = {
		ONCE(others_are_fatal),
		EACH_SUITE(nothing_follows_a_fatal_one),
		EACH_SUITE(data_before_a_fatal_one_is_kept),
		ONCE(fatal_one_wakes_a_reader),
		EACH_FAMILY(close_notify_ends_sending_without_a_fin),
		EACH_SUITE(user_canceled_changes_nothing),
		EACH_SUITE(user_canceled_overtakes_an_open_record),
		EACH_FAMILY(after_shutdown_it_is_too_late),
	};

	return run_cases("alert", tests, ARRAY_SIZE(tests), pair_open);
}
