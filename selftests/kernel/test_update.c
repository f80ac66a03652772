// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * KeyUpdates enter (RFC 8446 4.6.3); both directions must go on under the next
 * generation of keys, and the program must notice nothing.
 */
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "ktest.h"

#define RECORDS		400

static void receiving_goes_on_under_the_next_key(void **state)
{
	struct pair *pair = *state;

	for (uint32_t i = 0; i < 10; i++) {
		peer_send(&pair->peer, TYPE_DATA, "before", 6);
		peer_send_key_update(&pair->peer, NOT_REQUESTED);
		peer_send(&pair->peer, TYPE_DATA, "after", 5);
		expect_recv(pair->fd, "beforeafter", 11);
		expect_generations(pair->fd, 0, i + 1);
	}
	assert_int_equal(info_of(pair->fd).rx.seq, 1);
	assert_int_equal(info_of(pair->fd).rx.records, 30);
}

static void sending_keeps_its_key_when_not_asked(void **state)
{
	struct pair *pair = *state;

	peer_send_key_update(&pair->peer, NOT_REQUESTED);
	pair_sync(pair);
	expect_nothing_to_read(pair->fd);
	expect_count(send(pair->fd, "data", 4, 0), 4);
	peer_expect_record(&pair->peer, TYPE_DATA, "data", 4);
	expect_generations(pair->fd, 0, 1);
}

/* RFC 8446 4.6.3: our own KeyUpdate before our next application data */
static void request_is_answered_before_data(void **state)
{
	struct pair *pair = *state;

	for (uint32_t i = 0; i < 5; i++) {
		peer_send_key_update(&pair->peer, REQUESTED);
		pair_sync(pair);
		expect_nothing_to_read(pair->fd);
		expect_count(send(pair->fd, "answer", 6, 0), 6);
		peer_expect_update(&pair->peer, NOT_REQUESTED);
		peer_expect_record(&pair->peer, TYPE_DATA, "answer", 6);
		expect_generations(pair->fd, i + 1, i + 1);
	}
}

/* A program that only reads answers too */
static void request_in_the_middle_of_data_is_answered(void **state)
{
	struct pair *pair = *state;

	peer_send(&pair->peer, TYPE_DATA, "before", 6);
	peer_send_key_update(&pair->peer, REQUESTED);
	peer_send(&pair->peer, TYPE_DATA, "after", 5);
	expect_recv(pair->fd, "beforeafter", 11);
	expect_count(send(pair->fd, "answer", 6, 0), 6);
	peer_expect_update(&pair->peer, NOT_REQUESTED);
	peer_expect_record(&pair->peer, TYPE_DATA, "answer", 6);
}

static void each_request_keeps_both_ends_in_step(void **state)
{
	struct pair *pair = *state;

	for (int i = 0; i < 5; i++)
		peer_send_key_update(&pair->peer, REQUESTED);
	peer_send(&pair->peer, TYPE_DATA, "request", 7);
	expect_recv(pair->fd, "request", 7);
	expect_count(send(pair->fd, "answer", 6, 0), 6);
	peer_expect_data(&pair->peer, "answer", 6);
	assert_in_range(pair->peer.updates, 1, 5);
	expect_generations(pair->fd, pair->peer.updates, 5);
}

/* What was kept back before the request is not lost and not out of order */
static void request_while_a_record_is_open(void **state)
{
	struct pair *pair = *state;

	expect_count(send(pair->fd, "kept ", 5, MSG_MORE), 5);
	peer_send_key_update(&pair->peer, REQUESTED);
	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	expect_recv(pair->fd, "data", 4);
	expect_count(send(pair->fd, "back", 4, 0), 4);
	peer_expect_data(&pair->peer, "kept back", 9);
	expect_count(send(pair->fd, "next", 4, 0), 4);
	peer_expect_data(&pair->peer, "next", 4);
	assert_int_equal(pair->peer.updates, 1);
}

/* The answer has to wait for room, behind data of the old key */
static void request_while_the_send_buffer_is_full(void **state)
{
	struct pair *pair = *state;
	size_t len = 4 << 20;
	uint8_t *data = make_bytes(len, 1);
	ssize_t done;

	set_int(pair->fd, SOL_SOCKET, SO_SNDBUF, 32768);
	done = must(send(pair->fd, data, len, MSG_DONTWAIT));
	peer_send_key_update(&pair->peer, REQUESTED);
	pair_sync(pair);
	expect_nothing_to_read(pair->fd);
	peer_expect_data(&pair->peer, data, done);
	expect_count(send(pair->fd, "next", 4, 0), 4);
	peer_expect_data(&pair->peer, "next", 4);
	assert_int_equal(pair->peer.updates, 1);
	free(data);
}

/* Like peer_send(), but asserts nothing, for use in a thread */
static void try_send(struct peer *peer, uint8_t type, const void *data, size_t len)
{
	uint8_t record[2048];

	peer_write(peer, record, record_seal(&peer->tx, type, data, len, record));
}

/* Sends records of 1000 bytes, and asks for a new key before every tenth */
static void *send_with_requests(void *arg)
{
	static const uint8_t update[] = { HS_KEY_UPDATE, 0, 0, 1, REQUESTED };
	struct peer *peer = arg;
	uint8_t data[1000];

	for (int i = 0; i < RECORDS; i++) {
		if (i % 10 == 0) {
			try_send(peer, TYPE_HANDSHAKE, update, sizeof(update));
			half_update(&peer->tx);
		}
		fill_bytes(data, sizeof(data), i);
		try_send(peer, TYPE_DATA, data, sizeof(data));
	}
	return NULL;
}

/* Both directions are full of data while their keys change */
static void requests_in_two_way_traffic_lose_nothing(void **state)
{
	struct pair *pair = *state;
	size_t len = RECORDS * 1000;
	uint8_t *out = make_bytes(len, 1), *in = make_room(len);
	struct worker *writer = worker_write(pair->fd, out, len), *reader;
	pthread_t sender;

	for (int i = 0; i < RECORDS; i++)
		fill_bytes(in + 1000 * i, 1000, i);
	reader = worker_read(pair->fd, len);
	expect_ok(pthread_create(&sender, NULL, send_with_requests, &pair->peer));
	peer_expect_data(&pair->peer, out, len);
	expect_ok(pthread_join(sender, NULL));
	worker_join(writer, NULL, len);
	worker_join(reader, in, len);
	assert_int_equal(info_of(pair->fd).rx.generation, RECORDS / 10);
	free(in);
	free(out);
}

static void request_then_shutdown_still_closes(void **state)
{
	static const uint8_t close_notify[] = { ALERT_WARNING, ALERT_CLOSE_NOTIFY };
	struct pair *pair = *state;
	uint8_t plain[RECORD_ROOM], type;

	peer_send_key_update(&pair->peer, REQUESTED);
	pair_sync(pair);
	expect_nothing_to_read(pair->fd);
	expect_ok(shutdown(pair->fd, SHUT_WR));
	if (peer_next(&pair->peer, plain, &type) == 5 && type == TYPE_HANDSHAKE) {
		half_update(&pair->peer.rx);
		expect_count(peer_next(&pair->peer, plain, &type), 2);
	}
	assert_int_equal(type, TYPE_ALERT);
	expect_bytes(plain, close_notify, 2);
	peer_expect_eof(&pair->peer);
}

static void split_update_is_put_together(void **state)
{
	static const uint8_t update[] = { HS_KEY_UPDATE, 0, 0, 1, NOT_REQUESTED };
	struct pair *pair = *state;

	for (size_t cut = 1; cut < sizeof(update); cut++) {
		peer_send(&pair->peer, TYPE_HANDSHAKE, update, cut);
		peer_send(&pair->peer, TYPE_HANDSHAKE, update + cut, sizeof(update) - cut);
		half_update(&pair->peer.tx);
		peer_send(&pair->peer, TYPE_DATA, "data", 4);
		expect_recv(pair->fd, "data", 4);
	}
}

/* A ticket before it in the same record is fine, anything after it is not */
static void ticket_and_update_share_a_record(void **state)
{
	struct pair *pair = *state;
	uint8_t content[64];
	size_t ticket = message_make(content, HS_NEW_SESSION_TICKET, 1, 20);
	size_t len = ticket + message_make(content + ticket, HS_KEY_UPDATE, 0, 1);

	peer_send(&pair->peer, TYPE_HANDSHAKE, content, len);
	half_update(&pair->peer.tx);
	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	expect_recv(pair->fd, "data", 4);
	expect_message(pair->fd, content, ticket);
	expect_no_message(pair->fd);
}

static void refuses(struct pair *pair, const void *content, size_t len, uint8_t alert)
{
	peer_send(&pair->peer, TYPE_HANDSHAKE, content, len);
	expect_failed(pair->fd, EBADMSG);
	peer_expect_alert(&pair->peer, ALERT_FATAL, alert);
}

/* RFC 8446 5.1: a key change must fall on a record boundary */
static void bytes_after_an_update_are_unexpected(void **state)
{
	static const uint8_t content[] = { HS_KEY_UPDATE, 0, 0, 1, 0, HS_NEW_SESSION_TICKET };

	refuses(*state, content, sizeof(content), ALERT_UNEXPECTED_MESSAGE);
}

static void two_updates_in_a_record_are_unexpected(void **state)
{
	static const uint8_t content[] = { HS_KEY_UPDATE, 0, 0, 1, 0,
					   HS_KEY_UPDATE, 0, 0, 1, 0 };

	refuses(*state, content, sizeof(content), ALERT_UNEXPECTED_MESSAGE);
}

/* RFC 8446 4.6.3: any other value is illegal_parameter */
static void unknown_request_is_illegal(void **state)
{
	static const uint8_t content[] = { HS_KEY_UPDATE, 0, 0, 1, 2 };

	refuses(*state, content, sizeof(content), ALERT_ILLEGAL_PARAMETER);
}

static void empty_update_is_not_decoded(void **state)
{
	static const uint8_t content[] = { HS_KEY_UPDATE, 0, 0, 0 };

	refuses(*state, content, sizeof(content), ALERT_DECODE_ERROR);
}

static void long_update_is_not_decoded(void **state)
{
	static const uint8_t content[] = { HS_KEY_UPDATE, 0, 0, 2, 0, 0 };

	refuses(*state, content, sizeof(content), ALERT_DECODE_ERROR);
}

/* The old key is gone: records under it no longer open */
static void old_key_is_not_accepted(void **state)
{
	struct pair *pair = *state;
	struct half old;

	peer_send_key_update(&pair->peer, NOT_REQUESTED);
	half_init(&old, pair->variant->suite, pair->keys.rx.secret, 1);
	pair->peer.tx = old;
	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	expect_failed(pair->fd, EBADMSG);
	peer_expect_alert(&pair->peer, ALERT_FATAL, ALERT_BAD_RECORD_MAC);
}

int main(void)
{
	static const struct test tests[] = {
		EACH(receiving_goes_on_under_the_next_key),
		EACH_SUITE(sending_keeps_its_key_when_not_asked),
		EACH(request_is_answered_before_data),
		EACH_SUITE(request_in_the_middle_of_data_is_answered),
		EACH_SUITE(each_request_keeps_both_ends_in_step),
		EACH_SUITE(request_while_a_record_is_open),
		EACH_SUITE(request_while_the_send_buffer_is_full),
		EACH_SUITE(requests_in_two_way_traffic_lose_nothing),
		EACH_FAMILY(request_then_shutdown_still_closes),
		ONCE(split_update_is_put_together),
		ONCE(ticket_and_update_share_a_record),
		ONCE(bytes_after_an_update_are_unexpected),
		ONCE(two_updates_in_a_record_are_unexpected),
		ONCE(unknown_request_is_illegal),
		ONCE(empty_update_is_not_decoded),
		ONCE(long_update_is_not_decoded),
		EACH_SUITE(old_key_is_not_accepted),
	};

	return run_cases("update", tests, ARRAY_SIZE(tests), pair_open);
}
