// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Connections that have nothing to do enter, with the module's parameter idle_ms small;
 * they must give their ciphers back, which the counters tell, and go on as if they had
 * them still.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "race.h"

#define PARAMETER	"/sys/module/sockseal/parameters/idle_ms"

/* Longer than a test takes */
#define LONG_MS		600000

/* What it takes at most, in steps of a millisecond */
#define PATIENCE	10000

#define SOCKETS		4
#define ROUNDS		200

static void set_idle_ms(unsigned int ms)
{
	FILE *file = fopen(PARAMETER, "we");

	assert_non_null(file);
	assert_true(fprintf(file, "%u", ms) > 0);
	expect_ok(fclose(file));
}

static void nap(void)
{
	const struct timespec ms = { .tv_nsec = 1000000 };

	nanosleep(&ms, NULL);
}

static void wait_for_counter(const char *name, long long value)
{
	int i;

	for (i = 0; i < PATIENCE && counter(name) < value; i++)
		nap();
	assert_int_equal(counter(name), value);
}

/* Let the sweep go over the sockets until so many ciphers are gone, and then rest. */
static void drop_ciphers(unsigned int count)
{
	long long before = counter("SealCiphersDropped");

	set_idle_ms(1);
	wait_for_counter("SealCiphersDropped", before + count);
	set_idle_ms(LONG_MS);
}

static void expect_traffic(struct pair *pair)
{
	expect_count(send(pair->fd, "request", 7, 0), 7);
	peer_expect_record(&pair->peer, TYPE_DATA, "request", 7);
	peer_send(&pair->peer, TYPE_DATA, "answer", 6);
	expect_recv(pair->fd, "answer", 6);
}

/* Traffic in both directions, with @made ciphers made for it */
static void expect_made(struct pair *pair, unsigned int made)
{
	long long before = counter("SealCiphersMade");

	expect_traffic(pair);
	assert_int_equal(counter("SealCiphersMade") - before, made);
}

/* Of a pair that has just been opened, or has been used */
static struct pair *idle(void **state)
{
	struct pair *pair = *state;

	set_idle_ms(LONG_MS);
	expect_traffic(pair);
	drop_ciphers(2);
	return pair;
}

static void first_records_make_the_ciphers(void **state)
{
	struct pair *pair = *state;

	set_idle_ms(LONG_MS);
	expect_made(pair, 2);
	expect_made(pair, 0);
}

static void ciphers_come_back(void **state)
{
	struct pair *pair = idle(state);

	expect_made(pair, 2);
	expect_made(pair, 0);
	drop_ciphers(2);
	expect_made(pair, 2);
}

static void closed_pair_is_forgotten(void **state)
{
	struct pair *pair = *state, used;

	set_idle_ms(LONG_MS);
	pair_open(&used, pair->variant);
	expect_traffic(&used);
	pair_close(&used);
	expect_traffic(pair);
	drop_ciphers(2);
}

static void key_update_comes_first(void **state)
{
	struct pair *pair = idle(state);

	expect_ok(key_update(pair->fd, 0));
	peer_expect_update(&pair->peer, 0);
	peer_send_key_update(&pair->peer, 0);
	expect_traffic(pair);
	expect_generations(pair->fd, 1, 1);
	drop_ciphers(2);
	expect_made(pair, 2);
}

static void peer_asks_for_an_update(void **state)
{
	struct pair *pair = idle(state);

	peer_send_key_update(&pair->peer, 1);
	expect_nothing_to_read(pair->fd);
	peer_expect_update(&pair->peer, 0);
	expect_traffic(pair);
}

static void close_notify_is_sent(void **state)
{
	struct pair *pair = idle(state);

	pair_close_sealed(pair);
	peer_expect_close(&pair->peer);
}

static void close_notify_is_received(void **state)
{
	struct pair *pair = idle(state);

	peer_send_alert(&pair->peer, ALERT_WARNING, ALERT_CLOSE_NOTIFY);
	expect_eof(pair->fd);
}

/* Only the receiving direction has a cipher to give. */
static void open_record_keeps_its_cipher(void **state)
{
	struct pair *pair = idle(state);

	expect_count(send(pair->fd, "open", 4, MSG_MORE), 4);
	peer_send(&pair->peer, TYPE_DATA, "answer", 6);
	expect_recv(pair->fd, "answer", 6);
	drop_ciphers(1);
	expect_count(send(pair->fd, " end", 4, 0), 4);
	peer_expect_record(&pair->peer, TYPE_DATA, "open end", 8);
	drop_ciphers(1);
	expect_traffic(pair);
}

static void half_a_record_waits(void **state)
{
	struct pair *pair = *state;
	uint8_t record[RECORD_ROOM];
	size_t len;

	set_idle_ms(LONG_MS);
	expect_traffic(pair);
	len = record_seal(&pair->peer.tx, TYPE_DATA, "halves", 6, record);
	assert_true(peer_write(&pair->peer, record, 9));
	drop_ciphers(2);
	assert_true(peer_write(&pair->peer, record + 9, len - 9));
	expect_recv(pair->fd, "halves", 6);
}

static void bad_record_is_still_bad(void **state)
{
	struct pair *pair = idle(state);
	uint8_t record[RECORD_ROOM];
	size_t len = record_seal(&pair->peer.tx, TYPE_DATA, "bad", 3, record);

	record[len - 1] ^= 1;
	assert_true(peer_write(&pair->peer, record, len));
	expect_failed(pair->fd, EBADMSG);
	peer_expect_alert(&pair->peer, ALERT_FATAL, 20);
}

static void open_stream(struct stream *stream, const struct variant *variant)
{
	memset(stream, 0, sizeof(*stream));
	pair_open(&stream->pair, variant);
	stream->notifies = true;
	stream->updates = true;
	stream_start(stream);
}

static void do_idle(struct racer *racer, struct target *target)
{
	(void)target;
	if (!race_roll(racer, 4))
		nap();
}

/* Eight threads, a sweep every millisecond or two, and no byte is lost */
static void sweeps_during_traffic(void **state)
{
	static const race_call calls[] = { do_idle };
	static const struct race race = { calls, 1, ROUNDS };
	struct pair *pair = *state;
	struct stream streams[SOCKETS];
	struct target targets[SOCKETS] = { 0 };
	long long before = counter("SealCiphersDropped");

	set_idle_ms(1);
	for (size_t i = 0; i < SOCKETS; i++) {
		open_stream(&streams[i], pair->variant);
		targets[i].fd = streams[i].pair.fd;
	}
	race_run(&race, targets, SOCKETS);
	for (size_t i = 0; i < SOCKETS; i++) {
		streams[i].target = targets[i];
		stream_finish(&streams[i]);
		pair_close(&streams[i].pair);
	}
	set_idle_ms(LONG_MS);
	assert_true(counter("SealCiphersDropped") > before);
}

/* A socket is closed while the sweep may be at it. */
static void sweeps_during_close(void **state)
{
	struct pair *first = *state;

	set_idle_ms(1);
	for (int i = 0; i < ROUNDS; i++) {
		struct pair pair;

		pair_open(&pair, first->variant);
		expect_traffic(&pair);
		if (i % 2)
			nap();
		pair_close_sealed(&pair);
		peer_expect_close(&pair.peer);
		pair_close(&pair);
	}
	set_idle_ms(LONG_MS);
}

int main(void)
{
	static const struct test tests[] = {
		EACH_SUITE(first_records_make_the_ciphers),
		EACH_SUITE(ciphers_come_back),
		ONCE(closed_pair_is_forgotten),
		EACH_SUITE(key_update_comes_first),
		ONCE(peer_asks_for_an_update),
		EACH_FAMILY(close_notify_is_sent),
		ONCE(close_notify_is_received),
		EACH_SUITE(open_record_keeps_its_cipher),
		EACH_SUITE(half_a_record_waits),
		ONCE(bad_record_is_still_bad),
		EACH_SUITE(sweeps_during_traffic),
		EACH_FAMILY(sweeps_during_close),
	};

	return run_cases("idle", tests, ARRAY_SIZE(tests), pair_open);
}
