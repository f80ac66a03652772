// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Each way in which one direction or both come to their end enters; poll() and epoll
 * must tell it by exactly these bits, and as often as they are asked.
 */
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ktest.h"

/* What can be asked for, and what comes unasked */
#define ASKED	(POLLIN | POLLOUT | POLLRDHUP)

_Static_assert(EPOLLIN == POLLIN && EPOLLOUT == POLLOUT && EPOLLRDHUP == POLLRDHUP &&
	       EPOLLERR == POLLERR && EPOLLHUP == POLLHUP, "the same bits");

static void expect_events(int fd, int events)
{
	struct epoll_event event = { 0 };
	int epoll = watch(fd, ASKED);

	for (int i = 0; i < 2; i++) {
		struct pollfd p = { .fd = fd, .events = ASKED };

		must(poll(&p, 1, 0));
		assert_int_equal(p.revents, events);
		must(epoll_wait(epoll, &event, 1, 0));
		assert_int_equal(event.events, events);
	}
	close(epoll);
}

static void say(struct pair *pair, uint8_t level, uint8_t description)
{
	peer_send_alert(&pair->peer, level, description);
	pair_sync(pair);
}

static void say_fin(struct pair *pair)
{
	expect_ok(shutdown(pair->peer.fd, SHUT_WR));
	wait_fin(pair->fd);
}

static void idle_is_writable_and_no_more(void **state)
{
	struct pair *pair = *state;

	expect_events(pair->fd, POLLOUT);
	say(pair, ALERT_WARNING, ALERT_USER_CANCELED);
	expect_events(pair->fd, POLLOUT);
}

/* RFC 8446 6.1: the peer's FIN may be long in coming */
static void close_notify_is_rdhup(void **state)
{
	struct pair *pair = *state;

	say(pair, ALERT_WARNING, ALERT_CLOSE_NOTIFY);
	expect_events(pair->fd, POLLIN | POLLOUT | POLLRDHUP);
	expect_eof(pair->fd);
	expect_events(pair->fd, POLLIN | POLLOUT | POLLRDHUP);
	say_fin(pair);
	expect_events(pair->fd, POLLIN | POLLOUT | POLLRDHUP);
}

static void close_notify_behind_data_waits_for_its_turn(void **state)
{
	struct pair *pair = *state;

	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	say(pair, ALERT_WARNING, ALERT_CLOSE_NOTIFY);
	expect_events(pair->fd, POLLIN | POLLOUT);
	expect_recv(pair->fd, "data", 4);
	expect_events(pair->fd, POLLIN | POLLOUT | POLLRDHUP);
}

static void truncation_is_rdhup_and_an_error(void **state)
{
	struct pair *pair = *state;

	say_fin(pair);
	expect_events(pair->fd, POLLIN | POLLOUT | POLLRDHUP | POLLERR);
	expect_failed(pair->fd, ECONNABORTED);
	expect_events(pair->fd, POLLIN | POLLOUT | POLLRDHUP | POLLERR);
}

/* Many a program that sees an error reads no more */
static void error_behind_data_waits_for_its_turn(void **state)
{
	struct pair *pair = *state;

	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	say(pair, ALERT_FATAL, ALERT_HANDSHAKE_FAILURE);
	expect_count(waiting_bytes(pair->fd), 4);
	expect_events(pair->fd, POLLIN | POLLOUT);
	expect_recv(pair->fd, "data", 4);
	expect_events(pair->fd, POLLIN | POLLOUT | POLLERR);
}

static void fatal_alert_is_an_error(void **state)
{
	struct pair *pair = *state;

	say(pair, ALERT_FATAL, ALERT_HANDSHAKE_FAILURE);
	expect_events(pair->fd, POLLIN | POLLOUT | POLLERR);
	expect_failed(pair->fd, ECONNRESET);
	expect_events(pair->fd, POLLIN | POLLOUT | POLLERR);
}

static void bad_record_is_an_error(void **state)
{
	struct pair *pair = *state;

	peer_send_inner(&pair->peer, "", 1);
	pair_sync(pair);
	expect_events(pair->fd, POLLIN | POLLOUT | POLLERR);
	expect_failed(pair->fd, EBADMSG);
	expect_events(pair->fd, POLLIN | POLLOUT | POLLERR);
}

static void reset_is_all_of_it(void **state)
{
	const int all = POLLIN | POLLOUT | POLLRDHUP | POLLHUP | POLLERR;
	struct pair *pair = *state;

	pair_reset_by_peer(pair);
	expect_events(pair->fd, all);
	expect_failed(pair->fd, ECONNRESET);
	expect_events(pair->fd, all);
}

static void own_end_is_nothing_to_read(void **state)
{
	struct pair *pair = *state;

	expect_ok(shutdown(pair->fd, SHUT_WR));
	peer_expect_close(&pair->peer);
	expect_events(pair->fd, POLLOUT);
	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	pair_sync(pair);
	expect_events(pair->fd, POLLIN | POLLOUT);
}

static void both_ends_are_hup(void **state)
{
	const int all = POLLIN | POLLOUT | POLLRDHUP | POLLHUP;
	struct pair *pair = *state;

	say(pair, ALERT_WARNING, ALERT_CLOSE_NOTIFY);
	say_fin(pair);
	expect_ok(shutdown(pair->fd, SHUT_WR));
	expect_events(pair->fd, all);
	expect_eof(pair->fd);
	expect_events(pair->fd, all);
}

/* Who sleeps is woken, edge-triggered or not */
static void sleeper_is_told_of_the_end(void **state)
{
	static const struct { uint8_t level, description; uint32_t events; } ends[] = {
		{ ALERT_WARNING, ALERT_CLOSE_NOTIFY, EPOLLIN | EPOLLRDHUP },
		{ ALERT_FATAL, ALERT_HANDSHAKE_FAILURE, EPOLLIN | EPOLLERR },
	};
	struct pair *pair = *state;
	const struct variant *variant = pair->variant;

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		int epoll = watch(pair->fd, EPOLLIN | EPOLLRDHUP | EPOLLET);
		struct epoll_event event;

		expect_count(epoll_wait(epoll, &event, 1, 0), 0);
		peer_send_alert(&pair->peer, ends[i].level, ends[i].description);
		expect_count(epoll_wait(epoll, &event, 1, -1), 1);
		assert_int_equal(event.events, ends[i].events);
		close(epoll);
		pair_close(pair);
		pair_open(pair, variant);
	}
}

int main(void)
{
	static const struct test tests[] = {
		EACH_FAMILY(idle_is_writable_and_no_more),
		EACH(close_notify_is_rdhup),
		EACH_FAMILY(close_notify_behind_data_waits_for_its_turn),
		EACH_FAMILY(truncation_is_rdhup_and_an_error),
		EACH_FAMILY(error_behind_data_waits_for_its_turn),
		EACH_SUITE(fatal_alert_is_an_error),
		EACH_SUITE(bad_record_is_an_error),
		EACH_FAMILY(reset_is_all_of_it),
		EACH_FAMILY(own_end_is_nothing_to_read),
		EACH_FAMILY(both_ends_are_hup),
		EACH_FAMILY(sleeper_is_told_of_the_end),
	};

	return run_cases("hangup", tests, ARRAY_SIZE(tests), pair_open);
}
