// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Keys that are almost used up enter (RFC 8446 5.5); every way of sending must go on
 * under the next one, and the program must notice nothing.
 *
 * A key is made old by the sequence number it is set with.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <netinet/in.h>
#include <linux/tcp.h>

#include "ktest.h"

/* Records that may still be sent under the first key */
#define LEFT		3

#define BULK		(40 * RECORD_PLAIN_MAX)

/* What the module's table says: far from 2^24.5, and far from the last number */
static uint64_t limit_of(uint16_t suite)
{
	return suite == SEAL_CHACHA20_POLY1305_SHA256 ? UINT64_MAX - 1024 : 1 << 23;
}

static void open_worn(struct pair *pair, const struct variant *variant)
{
	pair_open_raw(pair, variant);
	pair->keys.tx.seq = limit_of(variant->suite) - LEFT;
	pair->peer.rx.seq = pair->keys.tx.seq;
	seal(pair->fd, &pair->keys);
}

static void send_each(struct pair *pair, int records)
{
	for (int i = 0; i < records; i++) {
		expect_count(send(pair->fd, "data", 4, 0), 4);
		peer_expect_record(&pair->peer, TYPE_DATA, "data", 4);
	}
}

static void key_is_replaced_at_the_limit(void **state)
{
	struct pair *pair = *state;

	send_each(pair, LEFT);
	expect_generations(pair->fd, 0, 0);
	expect_count(send(pair->fd, "next", 4, 0), 4);
	peer_expect_update(&pair->peer, NOT_REQUESTED);
	peer_expect_record(&pair->peer, TYPE_DATA, "next", 4);
	expect_generations(pair->fd, 1, 0);
	send_each(pair, 2 * LEFT);
	expect_generations(pair->fd, 1, 0);
}

/* All of @data has come, the key was replaced once on its way, and all goes on */
static void expect_one_update(struct pair *pair, struct worker *collector,
			      const uint8_t *data)
{
	worker_join(collector, data, BULK);
	assert_int_equal(pair->peer.updates, 1);
	assert_int_equal(pair->peer.requests, 0);
	expect_generations(pair->fd, 1, 0);
	send_each(pair, 1);
}

static void write_goes_on_over_the_limit(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(BULK, 1);
	struct worker *collector = worker_collect(&pair->peer, BULK);

	expect_count(write(pair->fd, data, BULK), BULK);
	expect_one_update(pair, collector, data);
	free(data);
}

static void writev_goes_on_over_the_limit(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(BULK, 2);
	struct worker *collector = worker_collect(&pair->peer, BULK);
	struct iovec iov[] = { { data, 1000 }, { data + 1000, 3 * RECORD_PLAIN_MAX },
			       { data + 1000 + 3 * RECORD_PLAIN_MAX,
				 BULK - 1000 - 3 * RECORD_PLAIN_MAX } };

	expect_count(writev(pair->fd, iov, ARRAY_SIZE(iov)), BULK);
	expect_one_update(pair, collector, data);
	free(data);
}

static void sendfile_goes_on_over_the_limit(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(BULK, 3);
	struct worker *collector = worker_collect(&pair->peer, BULK);
	int file = open_bytes(data, BULK);

	expect_count(sendfile(pair->fd, file, NULL, BULK), BULK);
	expect_one_update(pair, collector, data);
	close(file);
	free(data);
}

static void splice_goes_on_over_the_limit(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(BULK, 4);
	struct worker *collector = worker_collect(&pair->peer, BULK), *writer;
	int pipe[2];

	open_pipe(pipe, 1 << 16);
	writer = worker_write(pipe[1], data, BULK);
	for (size_t done = 0; done < BULK; )
		done += must(splice(pipe[0], NULL, pair->fd, NULL, BULK - done, 0));
	worker_join(writer, NULL, BULK);
	expect_one_update(pair, collector, data);
	close_pipe(pipe);
	free(data);
}

/* Small pieces that MSG_MORE joins: none is lost, none overtakes another */
static void msg_more_goes_on_over_the_limit(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(BULK, 5);
	struct worker *collector = worker_collect(&pair->peer, BULK);
	size_t each = 5000;

	for (size_t done = 0, n; done < BULK; done += n) {
		n = BULK - done < each ? BULK - done : each;
		expect_count(send(pair->fd, data + done, n,
				  done + n < BULK ? MSG_MORE : 0), n);
	}
	expect_one_update(pair, collector, data);
	free(data);
}

static void cork_goes_on_over_the_limit(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(BULK, 6);
	struct worker *collector = worker_collect(&pair->peer, BULK);
	size_t each = 5000;

	set_int(pair->fd, IPPROTO_TCP, TCP_CORK, 1);
	for (size_t done = 0, n; done < BULK; done += n) {
		n = BULK - done < each ? BULK - done : each;
		expect_count(write(pair->fd, data + done, n), n);
	}
	set_int(pair->fd, IPPROTO_TCP, TCP_CORK, 0);
	expect_one_update(pair, collector, data);
	free(data);
}

/* A record that waits for more is not yet sent: it has the number it gets then */
static void record_kept_open_at_the_limit_is_sent(void **state)
{
	struct pair *pair = *state;

	send_each(pair, LEFT - 1);
	expect_count(send(pair->fd, "kept ", 5, MSG_MORE), 5);
	expect_count(send(pair->fd, "back", 4, 0), 4);
	peer_expect_record(&pair->peer, TYPE_DATA, "kept back", 9);
	expect_generations(pair->fd, 0, 0);
	expect_count(send(pair->fd, "kept ", 5, MSG_MORE), 5);
	peer_expect_update(&pair->peer, NOT_REQUESTED);
	expect_count(send(pair->fd, "back", 4, 0), 4);
	peer_expect_record(&pair->peer, TYPE_DATA, "kept back", 9);
}

/* The key runs out while TCP takes nothing: all goes on when it does */
static void limit_with_a_full_send_buffer(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(BULK, 7);
	struct worker *writer, *collector;

	set_int(pair->fd, SOL_SOCKET, SO_SNDBUF, 2 * RECORD_PLAIN_MAX);
	set_int(pair->peer.fd, SOL_SOCKET, SO_RCVBUF, 4096);
	writer = worker_write(pair->fd, data, BULK);
	worker_wait_blocked(writer);
	collector = worker_collect(&pair->peer, BULK);
	worker_join(writer, NULL, BULK);
	expect_one_update(pair, collector, data);
	free(data);
}

/* Without blocking, however the calls fall on the records */
static void limit_without_blocking(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(BULK, 8);
	struct worker *collector = worker_collect(&pair->peer, BULK);
	size_t done = 0;

	set_int(pair->fd, SOL_SOCKET, SO_SNDBUF, RECORD_PLAIN_MAX);
	while (done < BULK) {
		ssize_t n = send(pair->fd, data + done, BULK - done, MSG_DONTWAIT);

		if (n < 0) {
			expect_errno(n, EAGAIN);
			wait_for(pair->fd, POLLOUT);
			continue;
		}
		done += n;
	}
	expect_one_update(pair, collector, data);
	free(data);
}

/* No key is used for warnings without end either */
static void warnings_replace_the_key_too(void **state)
{
	struct pair *pair = *state;

	send_each(pair, LEFT - 1);
	for (int i = 0; i < 2; i++) {
		expect_ok(send_alert(pair->fd, ALERT_USER_CANCELED));
		if (i)
			peer_expect_update(&pair->peer, NOT_REQUESTED);
		peer_expect_alert(&pair->peer, ALERT_WARNING, ALERT_USER_CANCELED);
	}
	expect_generations(pair->fd, 1, 0);
}

static void close_at_the_limit_needs_no_update(void **state)
{
	struct pair *pair = *state;

	send_each(pair, LEFT);
	expect_ok(shutdown(pair->fd, SHUT_WR));
	peer_expect_close(&pair->peer);
	expect_generations(pair->fd, 0, 0);
}

static void limit_to(int fd, uint64_t records, uint64_t bytes)
{
	set_policy(fd, (struct seal_policy){ .update_records = records,
					     .update_bytes = bytes });
}

/* The key had been used for more already when the policy was set */
static void policy_counts_records(void **state)
{
	struct pair *pair = *state;

	limit_to(pair->fd, 2, 0);
	for (int i = 1; i <= 5; i++) {
		expect_count(send(pair->fd, "data", 4, 0), 4);
		peer_expect_update(&pair->peer, NOT_REQUESTED);
		peer_expect_record(&pair->peer, TYPE_DATA, "data", 4);
		send_each(pair, 1);
		expect_generations(pair->fd, i, 0);
	}
}

/* Three writes of 4 bytes reach 9: the next record has a new key */
static void policy_counts_bytes(void **state)
{
	struct pair *pair = *state;

	limit_to(pair->fd, 0, 9);
	send_each(pair, 3);
	for (int i = 0; i < 5; i++) {
		expect_generations(pair->fd, i, 0);
		expect_count(send(pair->fd, "data", 4, 0), 4);
		peer_expect_update(&pair->peer, NOT_REQUESTED);
		peer_expect_record(&pair->peer, TYPE_DATA, "data", 4);
		send_each(pair, 2);
	}
}

/* A new key for every record, and the stream does not notice */
static void sendfile_goes_on_over_many_keys(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(BULK, 9);
	struct worker *collector = worker_collect(&pair->peer, BULK);
	int file = open_bytes(data, BULK);

	limit_to(pair->fd, 1, 0);
	expect_count(sendfile(pair->fd, file, NULL, BULK), BULK);
	worker_join(collector, data, BULK);
	assert_in_range(pair->peer.updates, BULK / RECORD_PLAIN_MAX, 2 * BULK);
	assert_int_equal(info_of(pair->fd).tx.generation, pair->peer.updates);
	close(file);
	free(data);
}

/* Both ends replace their keys all the time, and both ask when the other does not */
static void both_ends_replace_their_keys(void **state)
{
	struct pair *pair = *state;
	uint8_t *there = make_bytes(BULK, 10), *back = make_bytes(BULK, 11);
	struct worker *readers[2], *writers[2];
	int fds[2];

	sealed_pair(pair->variant, fds);
	limit_to(fds[0], 3, 0);
	limit_to(fds[1], 0, 50000);
	readers[0] = worker_read(fds[0], BULK);
	readers[1] = worker_read(fds[1], BULK);
	writers[0] = worker_write(fds[0], there, BULK);
	writers[1] = worker_write(fds[1], back, BULK);
	worker_join(writers[0], NULL, BULK);
	worker_join(writers[1], NULL, BULK);
	worker_join(readers[0], back, BULK);
	worker_join(readers[1], there, BULK);
	assert_true(info_of(fds[0]).tx.generation >= BULK / RECORD_PLAIN_MAX / 3 - 1);
	assert_true(info_of(fds[1]).tx.generation >= BULK / 65536 - 1);
	close(fds[0]);
	close(fds[1]);
	free(back);
	free(there);
}

/* RFC 8446 5.5: a program that only reads has the peer asked, and asked once */
static void peer_that_is_late_is_asked_once(void **state)
{
	struct pair *pair = *state;

	limit_to(pair->fd, 2, 0);
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 10; i++) {
			peer_send(&pair->peer, TYPE_DATA, "data", 4);
			expect_recv(pair->fd, "data", 4);
			expect_generations(pair->fd, round + (i >= 3), round);
		}
		peer_expect_update(&pair->peer, REQUESTED);
		peer_send_key_update(&pair->peer, NOT_REQUESTED);
		pair_sync(pair);
		expect_nothing_to_read(pair->fd);
	}
}

int main(void)
{
	static const struct test tests[] = {
		EACH_SUITE(key_is_replaced_at_the_limit),
		EACH_SUITE(write_goes_on_over_the_limit),
		EACH_SUITE(writev_goes_on_over_the_limit),
		EACH_SUITE(sendfile_goes_on_over_the_limit),
		EACH_SUITE(splice_goes_on_over_the_limit),
		EACH_SUITE(msg_more_goes_on_over_the_limit),
		EACH_SUITE(cork_goes_on_over_the_limit),
		ONCE(record_kept_open_at_the_limit_is_sent),
		EACH_SUITE(limit_with_a_full_send_buffer),
		EACH_SUITE(limit_without_blocking),
		ONCE(warnings_replace_the_key_too),
		EACH_SUITE(close_at_the_limit_needs_no_update),
		EACH_SUITE(policy_counts_records),
		ONCE(policy_counts_bytes),
		EACH_SUITE(sendfile_goes_on_over_many_keys),
		EACH_SUITE(both_ends_replace_their_keys),
		EACH_SUITE(peer_that_is_late_is_asked_once),
	};

	return run_cases("limit", tests, ARRAY_SIZE(tests), open_worn);
}
