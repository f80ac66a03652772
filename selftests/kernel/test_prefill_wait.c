// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Readers and pollers wait, and SEAL_PREFILL and SEAL_KEYS come: all that can be
 * read must be told to everybody who waits for it, once and for all.
 */
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "prefill.h"
#include "race.h"

#define LOWAT	100

static void one_record(struct pair *pair, struct flight *f)
{
	flight_add_data(pair, f, 4);
}

static void record_of_lowat(struct pair *pair, struct flight *f)
{
	flight_add_data(pair, f, LOWAT);
}

static void expect_event(int epoll)
{
	struct epoll_event event;

	expect_count(epoll_wait(epoll, &event, 1, -1), 1);
	assert_true(event.events & EPOLLIN);
}

static void expect_no_event(int epoll)
{
	struct epoll_event event;

	expect_count(epoll_wait(epoll, &event, 1, 0), 0);
}

/* An edge comes for the error that it is too early, and one for the plaintext */
static void keys_wake_the_poller(void **state)
{
	struct pair *pair = *state;
	struct flight *f = make_flight(pair, one_record);
	uint8_t byte;
	int epoll;

	expect_ok(attach_ulp(pair->fd));
	epoll = watch(pair->fd, EPOLLIN | EPOLLET);
	expect_no_event(epoll);
	expect_ok(prefill(pair->fd, f->bytes, f->len));
	expect_event(epoll);
	expect_errno(recv(pair->fd, &byte, 1, 0), ENOKEY);
	expect_no_event(epoll);
	expect_ok(set_keys(pair->fd, &pair->keys));
	expect_event(epoll);
	expect_recv(pair->fd, f->data, 4);
	expect_no_event(epoll);
	close(epoll);
	free(f);
}

/* The same for what TCP has got meanwhile */
static void keys_wake_the_poller_of_tcp(void **state)
{
	struct pair *pair = *state;
	int epoll;

	expect_ok(attach_ulp(pair->fd));
	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	pair_sync(pair);
	epoll = watch(pair->fd, EPOLLIN | EPOLLET);
	expect_event(epoll);
	expect_no_event(epoll);
	expect_ok(set_keys(pair->fd, &pair->keys));
	expect_event(epoll);
	expect_recv(pair->fd, "data", 4);
	close(epoll);
}

static void prefill_wakes_the_poller(void **state)
{
	struct pair *pair = *state;
	struct flight *f = make_flight(pair, one_record);
	int epoll;

	seal(pair->fd, &pair->keys);
	epoll = watch(pair->fd, EPOLLIN | EPOLLET);
	expect_no_event(epoll);
	expect_ok(prefill(pair->fd, f->bytes, f->len));
	expect_event(epoll);
	expect_recv(pair->fd, f->data, 4);
	expect_no_event(epoll);
	close(epoll);
	free(f);
}

/* One byte short: the event comes with that byte, by TCP */
static void part_of_a_record_is_no_event(void **state)
{
	struct pair *pair = *state;
	struct flight *f = make_flight(pair, one_record);
	int epoll;

	seal(pair->fd, &pair->keys);
	epoll = watch(pair->fd, EPOLLIN | EPOLLET);
	expect_ok(prefill(pair->fd, f->bytes, f->len - 1));
	expect_no_event(epoll);
	assert_false(readable(pair->fd));
	write_flight(pair, f, f->len - 1);
	expect_event(epoll);
	expect_recv(pair->fd, f->data, 4);
	close(epoll);
	free(f);
}

/* Level-triggered: as long as there is a record that nobody has looked at yet */
static void level_stays(void **state)
{
	struct pair *pair = *state;
	struct flight *f = make_flight(pair, one_record);
	int epoll;
	uint8_t byte;

	flight_add_data(pair, f, 1);
	seal_prefilled(pair, f->bytes, f->len);
	epoll = watch(pair->fd, EPOLLIN);
	for (int i = 0; i < 5; i++) {
		expect_event(epoll);
		expect_count(recv(pair->fd, &byte, 1, 0), 1);
	}
	expect_no_event(epoll);
	close(epoll);
	free(f);
}

/* Seal the socket, and let a thread sleep in recv() for 4 bytes. */
static struct worker *sealed_reader(struct pair *pair)
{
	struct worker *reader;

	seal(pair->fd, &pair->keys);
	reader = worker_recv(pair->fd, 4, 0);
	worker_wait_blocked(reader);
	return reader;
}

static void prefill_wakes_the_reader(void **state)
{
	struct pair *pair = *state;
	struct flight *f = make_flight(pair, one_record);
	struct worker *reader = sealed_reader(pair);

	expect_ok(prefill(pair->fd, f->bytes, f->len));
	worker_join(reader, f->data, 4);
	free(f);
}

/* It looks, goes to sleep again, and is woken by TCP */
static void reader_sleeps_on_part_of_a_record(void **state)
{
	struct pair *pair = *state;
	struct flight *f = make_flight(pair, one_record);
	struct worker *reader = sealed_reader(pair);

	expect_ok(prefill(pair->fd, f->bytes, f->len - 1));
	worker_wait_blocked(reader);
	write_flight(pair, f, f->len - 1);
	worker_join(reader, f->data, 4);
	free(f);
}

/* TCP counts what it has itself, which is less than what is waited for */
static void mark_counts_what_tcp_never_had(void **state)
{
	struct pair *pair = *state;
	struct flight *f = make_flight(pair, record_of_lowat);
	int epoll;

	for (size_t cut = 1; cut < f->len; cut += 13) {
		seal_prefilled(pair, f->bytes, cut);
		set_int(pair->fd, SOL_SOCKET, SO_RCVLOWAT, LOWAT);
		epoll = watch(pair->fd, EPOLLIN);
		expect_no_event(epoll);
		write_flight(pair, f, cut);
		expect_event(epoll);
		expect_recv(pair->fd, f->data, LOWAT);
		close(epoll);
		free(f);
		reopen(pair);
		f = make_flight(pair, record_of_lowat);
	}
	free(f);
}

static void enough_is_readable_at_once(void **state)
{
	struct pair *pair = *state;
	struct flight *f = make_flight(pair, record_of_lowat);

	expect_ok(attach_ulp(pair->fd));
	set_int(pair->fd, SOL_SOCKET, SO_RCVLOWAT, LOWAT);
	expect_ok(prefill(pair->fd, f->bytes, f->len));
	expect_ok(set_keys(pair->fd, &pair->keys));
	assert_true(readable(pair->fd));
	set_int(pair->fd, SOL_SOCKET, SO_RCVLOWAT, LOWAT + 1);
	assert_false(readable(pair->fd));
	expect_recv(pair->fd, f->data, LOWAT);
	free(f);
}

static void second_time_is_refused(void **state)
{
	struct pair *pair = *state;
	struct flight *f = make_flight(pair, one_record);

	expect_ok(attach_ulp(pair->fd));
	expect_ok(prefill(pair->fd, f->bytes, f->len));
	expect_errno(prefill(pair->fd, f->bytes, f->len), EBUSY);
	expect_ok(set_keys(pair->fd, &pair->keys));
	expect_errno(prefill(pair->fd, f->bytes, f->len), EBUSY);
	expect_recv(pair->fd, f->data, 4);
	expect_errno(prefill(pair->fd, f->bytes, f->len), EBUSY);
	peer_send(&pair->peer, TYPE_DATA, "more", 4);
	expect_recv(pair->fd, "more", 4);
	free(f);
}

static void too_late_is_refused(void **state)
{
	struct pair *pair = *state;

	seal(pair->fd, &pair->keys);
	peer_send_ticket(&pair->peer, 1, 20);
	pair_sync(pair);
	expect_nothing_to_read(pair->fd);
	expect_errno(prefill(pair->fd, "data", 4), EBUSY);
	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	expect_recv(pair->fd, "data", 4);
	expect_errno(prefill(pair->fd, "data", 4), EBUSY);
}

/* Beginnings of a record that TCP had no window for */
static void amid_a_record_is_refused(void **state)
{
	uint8_t *data = make_bytes(RECORD_PLAIN_MAX, 1), *record = make_room(RECORD_ROOM);
	struct pair *pair = *state;
	size_t len = record_seal(&pair->peer.tx, TYPE_DATA, data, RECORD_PLAIN_MAX, record);

	set_int(pair->fd, SOL_SOCKET, SO_RCVBUF, 1);
	seal(pair->fd, &pair->keys);
	assert_true(peer_write(&pair->peer, record, len - 1));
	pair_sync(pair);
	expect_nothing_to_read(pair->fd);
	expect_errno(prefill(pair->fd, "data", 4), EBUSY);
	assert_true(peer_write(&pair->peer, record + len - 1, 1));
	expect_recv(pair->fd, data, RECORD_PLAIN_MAX);
	free(record);
	free(data);
}

/* Sticky as for every other call */
static void end_of_the_connection_is_told(void **state)
{
	struct pair *pair = *state;

	seal(pair->fd, &pair->keys);
	pair_reset_by_peer(pair);
	expect_failed(pair->fd, ECONNRESET);
	expect_errno(prefill(pair->fd, "data", 4), ECONNRESET);
}

static int give(int fd, const void *arg)
{
	const struct flight *f = arg;

	return prefill(fd, f->bytes, f->len);
}

static void one_of_many_wins(void **state)
{
	struct pair *pair = *state;

	for (int i = 0; i < 20; i++) {
		struct flight *f = make_flight(pair, one_record);

		expect_ok(attach_ulp(pair->fd));
		assert_int_equal(race_count_winners(give, pair->fd, f), 1);
		expect_ok(set_keys(pair->fd, &pair->keys));
		expect_recv(pair->fd, f->data, 4);
		expect_nothing_to_read(pair->fd);
		free(f);
		reopen(pair);
	}
}

#define RECORDS	20

static void many_records(struct pair *pair, struct flight *f)
{
	for (size_t i = 1; i <= RECORDS; i++)
		flight_add_data(pair, f, i);
}

static void *set_keys_of(void *arg)
{
	const struct pair *pair = arg;

	return (void *)(long)set_keys(pair->fd, &pair->keys);
}

/* Reads and polls before there are keys, between the calls, and after them */
static size_t read_until(int fd, uint8_t *buf, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = recv(fd, buf + done, len - done, MSG_DONTWAIT);

		if (n > 0)
			done += n;
		else if (errno != ENOKEY && errno != EAGAIN)
			break;
		readable(fd);
	}
	return done;
}

/* Keys and bytes come from two threads in any order, while a third one reads */
static void any_order_loses_nothing(void **state)
{
	struct pair *pair = *state;
	uint8_t buf[FLIGHT_ROOM];
	pthread_t keys;
	void *failed;

	for (size_t i = 0; i < 60; i++) {
		struct flight *f = make_flight(pair, many_records);
		size_t len = flight_data_len(f), cut = 1 + i * 37 % (f->len - 1);
		struct worker *writer;

		expect_ok(attach_ulp(pair->fd));
		expect_ok(pthread_create(&keys, NULL, set_keys_of, pair));
		expect_ok(prefill(pair->fd, f->bytes, cut));
		writer = worker_write(pair->peer.fd, f->bytes + cut, f->len - cut);
		expect_count(read_until(pair->fd, buf, len), len);
		expect_bytes(buf, f->data, len);
		worker_join(writer, NULL, f->len - cut);
		expect_ok(pthread_join(keys, &failed));
		assert_null(failed);
		free(f);
		reopen(pair);
	}
}

/* A reader is asleep or on its way there when the bytes come */
static void no_wakeup_is_lost(void **state)
{
	struct pair *pair = *state;

	for (int i = 0; i < 60; i++) {
		struct flight *f = make_flight(pair, one_record);
		struct worker *reader;

		seal(pair->fd, &pair->keys);
		reader = worker_recv(pair->fd, 4, 0);
		for (int wait = 0; wait < i % 5; wait++)
			sched_yield();
		expect_ok(prefill(pair->fd, f->bytes, f->len));
		worker_join(reader, f->data, 4);
		free(f);
		reopen(pair);
	}
}

int main(void)
{
	static const struct test tests[] = {
		EACH_FAMILY(keys_wake_the_poller),
		EACH_FAMILY(keys_wake_the_poller_of_tcp),
		EACH_FAMILY(prefill_wakes_the_poller),
		EACH_FAMILY(part_of_a_record_is_no_event),
		EACH_FAMILY(level_stays),
		EACH_FAMILY(prefill_wakes_the_reader),
		EACH_FAMILY(reader_sleeps_on_part_of_a_record),
		EACH_FAMILY(mark_counts_what_tcp_never_had),
		EACH_FAMILY(enough_is_readable_at_once),
		EACH_FAMILY(second_time_is_refused),
		EACH_FAMILY(too_late_is_refused),
		EACH_FAMILY(amid_a_record_is_refused),
		EACH_FAMILY(end_of_the_connection_is_told),
		EACH_FAMILY(one_of_many_wins),
		EACH_SUITE(any_order_loses_nothing),
		EACH_FAMILY(no_wakeup_is_lost),
	};

	return run_cases("prefill_wait", tests, ARRAY_SIZE(tests), pair_open_raw);
}
