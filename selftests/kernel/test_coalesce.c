// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Small writes under SEAL_POLICY_COALESCE enter while earlier data is in flight; few
 * records leave, in order, none is stuck, and nobody is woken for nothing.
 *
 * Data stays in flight because a filter drops what the sealed end receives.
 */
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include <netinet/in.h>
#include <linux/tcp.h>

#include "ktest.h"

/* A peer that gets nothing says so, instead of the test running out of its time */
#define PATIENCE	30000

#define SMALL_RECORD	(1 + RECORD_OVERHEAD)

static void open_coalescing(struct pair *pair, const struct variant *variant)
{
	pair_open(pair, variant);
	set_timeout(pair->peer.fd, SO_RCVTIMEO, PATIENCE);
	set_policy(pair->fd, (struct seal_policy){ .flags = SEAL_POLICY_COALESCE });
}

static void wait_acked(int fd)
{
	struct tcp_info info;

	do {
		sched_yield();
		info = tcp_info_of(fd);
	} while (info.tcpi_unacked || info.tcpi_notsent_bytes);
}

/* One byte goes at once, and stays in flight */
static void begin_flight(struct pair *pair)
{
	uint64_t before;

	wait_acked(pair->fd);
	before = bytes_handed_to_tcp(pair->fd);
	hold_acks(pair->fd);
	expect_count(send(pair->fd, "1", 1, 0), 1);
	assert_int_equal(bytes_handed_to_tcp(pair->fd), before + SMALL_RECORD);
}

static void end_flight(struct pair *pair)
{
	release_acks(pair->fd);
	peer_expect_record(&pair->peer, TYPE_DATA, "1", 1);
}

static void expect_sent_since(const struct pair *pair, uint64_t before, uint64_t bytes)
{
	assert_int_equal(bytes_handed_to_tcp(pair->fd), before + bytes);
}

static void small_writes_become_one_record(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(1000, 1);

	for (int i = 0; i < 3; i++) {
		begin_flight(pair);
		for (size_t j = 0; j < 1000; j += 10)
			expect_count(write(pair->fd, data + j, 10), 10);
		end_flight(pair);
		peer_expect_record(&pair->peer, TYPE_DATA, data, 1000);
	}
	free(data);
}

static void nothing_waits_when_nothing_is_in_flight(void **state)
{
	struct pair *pair = *state;

	for (int i = 0; i < 20; i++) {
		uint64_t before;

		wait_acked(pair->fd);
		before = bytes_handed_to_tcp(pair->fd);
		expect_count(send(pair->fd, "x", 1, 0), 1);
		expect_sent_since(pair, before, SMALL_RECORD);
		peer_expect_record(&pair->peer, TYPE_DATA, "x", 1);
	}
}

static void without_the_flag_nothing_waits(void **state)
{
	struct pair *pair = *state;
	uint64_t before;

	set_policy(pair->fd, (struct seal_policy){ 0 });
	begin_flight(pair);
	before = bytes_handed_to_tcp(pair->fd);
	expect_count(send(pair->fd, "2", 1, 0), 1);
	expect_sent_since(pair, before, SMALL_RECORD);
	end_flight(pair);
	peer_expect_record(&pair->peer, TYPE_DATA, "2", 1);
}

static void full_record_does_not_wait(void **state)
{
	struct pair *pair = *state;
	size_t len = RECORD_PLAIN_MAX + 616;
	uint8_t *data = make_bytes(len, 2);
	uint64_t before;

	begin_flight(pair);
	before = bytes_handed_to_tcp(pair->fd);
	for (size_t i = 0; i < len; i += 1000)
		expect_count(send(pair->fd, data + i, 1000, 0), 1000);
	assert_true(bytes_handed_to_tcp(pair->fd) >= before + RECORD_PLAIN_MAX);
	end_flight(pair);
	peer_expect_record(&pair->peer, TYPE_DATA, data, RECORD_PLAIN_MAX);
	peer_expect_data(&pair->peer, data + RECORD_PLAIN_MAX, 616);
	free(data);
}

static void end_of_record_does_not_wait(void **state)
{
	struct pair *pair = *state;
	uint64_t before;

	begin_flight(pair);
	before = bytes_handed_to_tcp(pair->fd);
	expect_count(send(pair->fd, "2", 1, 0), 1);
	expect_sent_since(pair, before, 0);
	expect_count(send(pair->fd, "3", 1, MSG_EOR), 1);
	expect_sent_since(pair, before, 1 + SMALL_RECORD);
	end_flight(pair);
	peer_expect_record(&pair->peer, TYPE_DATA, "23", 2);
}

/* Large ones are not what this is for, and pages cannot wait */
static void large_write_does_not_wait(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(40000, 3);
	int file = must(open_bytes(data, 5000));
	uint64_t before;

	begin_flight(pair);
	before = bytes_handed_to_tcp(pair->fd);
	expect_count(send(pair->fd, data, 5000, 0), 5000);
	expect_count(sendfile(pair->fd, file, NULL, 5000), 5000);
	expect_count(send(pair->fd, data, 40000, 0), 40000);
	expect_sent_since(pair, before, 50000 + 5 * RECORD_OVERHEAD);
	end_flight(pair);
	peer_expect_record(&pair->peer, TYPE_DATA, data, 5000);
	peer_expect_record(&pair->peer, TYPE_DATA, data, 5000);
	peer_expect_data(&pair->peer, data, 40000);
	close(file);
	free(data);
}

/* What waits comes first */
static void file_ends_the_record_that_waits(void **state)
{
	struct pair *pair = *state;
	int file = must(open_bytes("file", 4));

	begin_flight(pair);
	expect_count(send(pair->fd, "head ", 5, 0), 5);
	expect_count(sendfile(pair->fd, file, NULL, 4), 4);
	end_flight(pair);
	peer_expect_data(&pair->peer, "head file", 9);
	close(file);
}

/* MSG_MORE adds to a record that waits, but does not make it wait for ever */
static void more_joins_what_waits(void **state)
{
	struct pair *pair = *state;

	begin_flight(pair);
	expect_count(send(pair->fd, "2", 1, 0), 1);
	expect_count(send(pair->fd, "3", 1, MSG_MORE), 1);
	end_flight(pair);
	peer_expect_record(&pair->peer, TYPE_DATA, "23", 2);
}

/* The program has said that it will go on, and an ACK is no reason not to wait */
static void more_alone_waits_for_the_program(void **state)
{
	struct pair *pair = *state;
	uint64_t before;

	begin_flight(pair);
	expect_count(send(pair->fd, "2", 1, MSG_MORE), 1);
	end_flight(pair);
	wait_acked(pair->fd);
	before = bytes_handed_to_tcp(pair->fd);
	expect_count(send(pair->fd, "3", 1, MSG_MORE), 1);
	expect_sent_since(pair, before, 0);
	expect_count(send(pair->fd, "4", 1, 0), 1);
	peer_expect_record(&pair->peer, TYPE_DATA, "234", 3);
}

static void uncork_does_not_wait(void **state)
{
	struct pair *pair = *state;
	uint64_t before;

	begin_flight(pair);
	set_int(pair->fd, IPPROTO_TCP, TCP_CORK, 1);
	before = bytes_handed_to_tcp(pair->fd);
	expect_count(send(pair->fd, "2", 1, 0), 1);
	expect_sent_since(pair, before, 0);
	set_int(pair->fd, IPPROTO_TCP, TCP_CORK, 0);
	expect_sent_since(pair, before, SMALL_RECORD);
	end_flight(pair);
	peer_expect_record(&pair->peer, TYPE_DATA, "2", 1);
}

/* It overtakes a record that was not sent, as one that MSG_MORE keeps open */
static void key_update_overtakes(void **state)
{
	static const uint8_t message[] = { HS_KEY_UPDATE, 0, 0, 1, 0 };
	struct seal_key_update update = { 0 };
	struct pair *pair = *state;

	begin_flight(pair);
	expect_count(send(pair->fd, "2", 1, 0), 1);
	expect_ok(setsockopt(pair->fd, SOL_SOCKSEAL, SEAL_KEY_UPDATE, &update,
			     sizeof(update)));
	expect_count(send(pair->fd, "3", 1, 0), 1);
	end_flight(pair);
	peer_expect_record(&pair->peer, TYPE_HANDSHAKE, message, sizeof(message));
	half_update(&pair->peer.rx);
	peer_expect_record(&pair->peer, TYPE_DATA, "23", 2);
}

static void policy_taken_back_loses_nothing(void **state)
{
	struct pair *pair = *state;

	begin_flight(pair);
	expect_count(send(pair->fd, "2", 1, 0), 1);
	set_policy(pair->fd, (struct seal_policy){ 0 });
	end_flight(pair);
	peer_expect_record(&pair->peer, TYPE_DATA, "2", 1);
}

static void shutdown_does_not_wait(void **state)
{
	struct pair *pair = *state;

	begin_flight(pair);
	expect_count(send(pair->fd, "2", 1, 0), 1);
	expect_ok(shutdown(pair->fd, SHUT_WR));
	end_flight(pair);
	peer_expect_record(&pair->peer, TYPE_DATA, "2", 1);
	peer_expect_close(&pair->peer);
}

/* The peer delays its ACKs, or not: the bytes come in order, and then the end */
static void close_leaves_nothing_behind(void **state)
{
	struct pair *pair = *state;
	const struct variant *variant = pair->variant;

	for (int i = 0; i < 200; i++) {
		set_int(pair->peer.fd, IPPROTO_TCP, TCP_QUICKACK, i % 2);
		expect_count(send(pair->fd, "1", 1, 0), 1);
		for (int j = 0; j < i % 5; j++)
			expect_count(send(pair->fd, "x", 1, 0), 1);
		pair_close_sealed(pair);
		peer_expect_data(&pair->peer, "1xxxx", 1 + i % 5);
		peer_expect_close(&pair->peer);
		pair_close(pair);
		open_coalescing(pair, variant);
	}
}

/* Nobody is left who could complete what waits */
static void reset_is_survived(void **state)
{
	struct pair *pair = *state;

	for (int i = 0; i < 50; i++) {
		struct pair broken;

		open_coalescing(&broken, pair->variant);
		set_int(broken.peer.fd, IPPROTO_TCP, TCP_QUICKACK, 0);
		expect_count(send(broken.fd, "1", 1, 0), 1);
		expect_count(send(broken.fd, "2", 1, 0), 1);
		pair_reset_by_peer(&broken);
		expect_failed(broken.fd, ECONNRESET);
		pair_close(&broken);
	}
}

static int events_of(int epoll, int timeout)
{
	struct epoll_event event;

	return must(epoll_wait(epoll, &event, 1, timeout));
}

/* There was room all the time: an ACK is nothing to tell the program */
static void program_is_not_woken_for_an_ack(void **state)
{
	struct pair *pair = *state;
	int epoll = watch(pair->fd, EPOLLOUT | EPOLLET);

	expect_count(events_of(epoll, -1), 1);
	for (int i = 0; i < 3; i++) {
		begin_flight(pair);
		expect_count(send(pair->fd, "2", 1, 0), 1);
		end_flight(pair);
		peer_expect_record(&pair->peer, TYPE_DATA, "2", 1);
		wait_acked(pair->fd);
		expect_count(events_of(epoll, 0), 0);
	}
	close(epoll);
}

/* Small writes until TCP has no room; returns how many bytes that were */
static size_t fill_with_small_writes(int fd, const uint8_t *data)
{
	size_t len = 0;
	ssize_t n;

	while ((n = send(fd, data + len, 1000, MSG_DONTWAIT)) > 0)
		len += n;
	expect_errno(n, EAGAIN);
	return len;
}

static void program_is_woken_for_room(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(16 << 20, 4);
	int epoll = watch(pair->fd, EPOLLOUT | EPOLLET);

	set_int(pair->fd, SOL_SOCKET, SO_SNDBUF, 1);
	expect_count(events_of(epoll, -1), 1);
	for (int i = 0; i < 5; i++) {
		size_t len = fill_with_small_writes(pair->fd, data);
		struct worker *reader = worker_collect(&pair->peer, len);

		expect_count(events_of(epoll, PATIENCE), 1);
		worker_join(reader, data, len);
	}
	close(epoll);
	free(data);
}

/* It asks when there is no room, and sleeps */
static void poller_is_woken_for_room(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(16 << 20, 5);
	struct pollfd p = { .fd = pair->fd, .events = POLLOUT };

	set_int(pair->fd, SOL_SOCKET, SO_SNDBUF, 1);
	for (int i = 0; i < 5; i++) {
		struct worker *reader;
		size_t len;

		hold_acks(pair->fd);	/* or one may come before the question */
		len = fill_with_small_writes(pair->fd, data);
		assert_false(writable(pair->fd));
		release_acks(pair->fd);
		reader = worker_collect(&pair->peer, len);
		expect_count(poll(&p, 1, PATIENCE), 1);
		worker_join(reader, data, len);
	}
	free(data);
}

struct small_writes {
	int		fd;
	const uint8_t	*data;
	size_t		len;
};

/* A blocking writer of small pieces, to the end */
static void write_small(const struct small_writes *w)
{
	size_t n;

	for (size_t done = 0; done < w->len; done += n) {
		n = 1 + done * 7919 % 300;
		n = n < w->len - done ? n : w->len - done;
		expect_count(write(w->fd, w->data + done, n), n);
	}
}

static void long_stream_of_small_writes_is_whole(void **state)
{
	const size_t len = 1 << 20;
	struct pair *pair = *state;
	uint8_t *data = make_bytes(len, 6);
	struct worker *reader = worker_collect(&pair->peer, len);

	set_int(pair->fd, SOL_SOCKET, SO_SNDBUF, 20000);
	write_small(&(struct small_writes){ pair->fd, data, len });
	worker_join(reader, data, len);
	free(data);
}

int main(void)
{
	static const struct test tests[] = {
		EACH(small_writes_become_one_record),
		EACH_FAMILY(nothing_waits_when_nothing_is_in_flight),
		ONCE(without_the_flag_nothing_waits),
		EACH_SUITE(full_record_does_not_wait),
		EACH_FAMILY(end_of_record_does_not_wait),
		EACH_SUITE(large_write_does_not_wait),
		EACH_FAMILY(file_ends_the_record_that_waits),
		ONCE(more_joins_what_waits),
		ONCE(more_alone_waits_for_the_program),
		ONCE(uncork_does_not_wait),
		EACH_SUITE(key_update_overtakes),
		ONCE(policy_taken_back_loses_nothing),
		EACH_FAMILY(shutdown_does_not_wait),
		EACH_FAMILY(close_leaves_nothing_behind),
		ONCE(reset_is_survived),
		ONCE(program_is_not_woken_for_an_ack),
		EACH_FAMILY(program_is_woken_for_room),
		EACH_FAMILY(poller_is_woken_for_room),
		EACH_SUITE(long_stream_of_small_writes_is_whole),
	};

	return run_cases("coalesce", tests, ARRAY_SIZE(tests), open_coalescing);
}
