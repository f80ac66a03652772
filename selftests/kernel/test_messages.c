// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Post-handshake messages enter in all ways they may fall into records; read()
 * does not see them, SEAL_MESSAGE does, whole and in order.
 */
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "ktest.h"

static void ticket_is_skipped_and_kept(void **state)
{
	struct pair *pair = *state;
	uint8_t message[300];
	size_t len = message_make(message, HS_NEW_SESSION_TICKET, 7, 200);

	peer_send(&pair->peer, TYPE_DATA, "before", 6);
	peer_send(&pair->peer, TYPE_HANDSHAKE, message, len);
	peer_send(&pair->peer, TYPE_DATA, "after", 5);
	expect_recv(pair->fd, "beforeafter", 11);
	assert_int_equal(info_of(pair->fd).messages, 1);
	expect_message(pair->fd, message, len);
	expect_no_message(pair->fd);
	assert_int_equal(info_of(pair->fd).messages, 0);
}

static void one_call_reads_across_a_ticket(void **state)
{
	struct pair *pair = *state;
	char buf[100];

	peer_send(&pair->peer, TYPE_DATA, "before", 6);
	peer_send_ticket(&pair->peer, 1, 100);
	peer_send(&pair->peer, TYPE_DATA, "after", 5);
	pair_sync(pair);
	expect_count(recv(pair->fd, buf, sizeof(buf), MSG_PEEK), 11);
	expect_bytes(buf, "beforeafter", 11);
	expect_count(recv(pair->fd, buf, sizeof(buf), 0), 11);
	expect_bytes(buf, "beforeafter", 11);
}

static void short_buffer_is_told_the_length(void **state)
{
	struct pair *pair = *state;
	uint8_t message[300], buf[300];
	size_t len = message_make(message, HS_NEW_SESSION_TICKET, 7, 200);

	peer_send(&pair->peer, TYPE_HANDSHAKE, message, len);
	pair_sync(pair);
	expect_nothing_to_read(pair->fd);
	for (size_t room = 0; room < len; room += 29) {
		socklen_t got = room;

		expect_errno(getsockopt(pair->fd, SOL_SOCKSEAL, SEAL_MESSAGE, buf, &got),
			     EMSGSIZE);
		assert_int_equal(got, len);
	}
	expect_message(pair->fd, message, len);
}

static void unwritable_buffer_keeps_the_message(void **state)
{
	struct pair *pair = *state;
	uint8_t message[100];
	size_t len = message_make(message, HS_NEW_SESSION_TICKET, 7, 50);
	socklen_t room = 100;

	peer_send(&pair->peer, TYPE_HANDSHAKE, message, len);
	pair_sync(pair);
	expect_nothing_to_read(pair->fd);
	expect_errno(getsockopt(pair->fd, SOL_SOCKSEAL, SEAL_MESSAGE, (void *)8, &room),
		     EFAULT);
	expect_message(pair->fd, message, len);
}

/* RFC 8446 5.1: messages may be coalesced into one record */
static void several_in_one_record_are_kept_apart(void **state)
{
	struct pair *pair = *state;
	uint8_t record[512];
	size_t len = 0, starts[5];

	for (size_t i = 0; i < 4; i++) {
		starts[i] = len;
		len += message_make(record + len, HS_NEW_SESSION_TICKET, i, 30 * i);
	}
	starts[4] = len;
	peer_send(&pair->peer, TYPE_HANDSHAKE, record, len);
	pair_sync(pair);
	expect_nothing_to_read(pair->fd);
	for (size_t i = 0; i < 4; i++)
		expect_message(pair->fd, record + starts[i], starts[i + 1] - starts[i]);
	expect_no_message(pair->fd);
}

/* RFC 8446 5.1: and fragmented over several */
static void split_messages_are_put_together(void **state)
{
	struct pair *pair = *state;
	uint8_t message[100];
	size_t len = message_make(message, HS_NEW_SESSION_TICKET, 9, 60);

	for (size_t cut = 1; cut < len; cut++) {
		peer_send(&pair->peer, TYPE_HANDSHAKE, message, cut);
		pair_sync(pair);
		expect_nothing_to_read(pair->fd);
		expect_no_message(pair->fd);
		peer_send(&pair->peer, TYPE_HANDSHAKE, message + cut, len - cut);
		pair_sync(pair);
		expect_nothing_to_read(pair->fd);
		expect_message(pair->fd, message, len);
	}
}

static void message_in_records_of_one_byte_is_put_together(void **state)
{
	struct pair *pair = *state;
	uint8_t message[100];
	size_t len = message_make(message, HS_NEW_SESSION_TICKET, 9, 60);

	for (size_t i = 0; i < len; i++)
		peer_send(&pair->peer, TYPE_HANDSHAKE, message + i, 1);
	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	expect_recv(pair->fd, "data", 4);
	expect_message(pair->fd, message, len);
}

/* A record may end one message, hold another and begin a third */
static void end_whole_and_beginning_share_a_record(void **state)
{
	struct pair *pair = *state;
	uint8_t all[256];
	size_t a = message_make(all, HS_NEW_SESSION_TICKET, 1, 50);
	size_t b = message_make(all + a, HS_NEW_SESSION_TICKET, 2, 10);
	size_t c = message_make(all + a + b, HS_NEW_SESSION_TICKET, 3, 40);

	peer_send(&pair->peer, TYPE_HANDSHAKE, all, 20);
	peer_send(&pair->peer, TYPE_HANDSHAKE, all + 20, a + b + 2 - 20);
	peer_send(&pair->peer, TYPE_HANDSHAKE, all + a + b + 2, c - 2);
	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	expect_recv(pair->fd, "data", 4);
	expect_message(pair->fd, all, a);
	expect_message(pair->fd, all + a, b);
	expect_message(pair->fd, all + a + b, c);
}

/* Not lost when the end has come before the program asks */
static void messages_outlive_the_end(void **state)
{
	struct pair *pair = *state;
	uint8_t message[100];
	size_t len = message_make(message, HS_NEW_SESSION_TICKET, 7, 50);

	peer_send(&pair->peer, TYPE_HANDSHAKE, message, len);
	peer_send_alert(&pair->peer, ALERT_WARNING, ALERT_CLOSE_NOTIFY);
	expect_eof(pair->fd);
	expect_message(pair->fd, message, len);
}

/* 8192 bytes hold 8 messages of 1000 bytes; the 9th pushes out the first */
static void overflow_drops_the_oldest(void **state)
{
	struct pair *pair = *state;
	uint8_t message[1000];
	struct seal_info info;

	for (uint8_t i = 0; i < 20; i++)
		peer_send_ticket(&pair->peer, i, 996);
	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	expect_recv(pair->fd, "data", 4);
	info = info_of(pair->fd);
	assert_int_equal(info.messages, 8);
	assert_int_equal(info.messages_dropped, 12);
	for (uint8_t i = 12; i < 20; i++)
		expect_message(pair->fd, message,
			       message_make(message, HS_NEW_SESSION_TICKET, i, 996));
	expect_no_message(pair->fd);
}

static void largest_message_fills_the_queue(void **state)
{
	struct pair *pair = *state;
	uint8_t message[SEAL_MESSAGE_QUEUE_SIZE];
	size_t len = message_make(message, HS_NEW_SESSION_TICKET, 5, sizeof(message) - 4);

	peer_send_ticket(&pair->peer, 1, 100);
	peer_send(&pair->peer, TYPE_HANDSHAKE, message, len);
	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	expect_recv(pair->fd, "data", 4);
	assert_int_equal(info_of(pair->fd).messages_dropped, 1);
	expect_message(pair->fd, message, len);
	expect_no_message(pair->fd);
}

/* Longer than the queue: it is skipped, and what waits stays */
static void longer_messages_are_dropped_themselves(void **state)
{
	struct pair *pair = *state;
	uint8_t small[100];
	size_t len = message_make(small, HS_NEW_SESSION_TICKET, 1, 90);

	peer_send(&pair->peer, TYPE_HANDSHAKE, small, len);
	peer_send_ticket(&pair->peer, 2, SEAL_MESSAGE_QUEUE_SIZE - 3);
	peer_send_ticket(&pair->peer, 3, 16000);
	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	expect_recv(pair->fd, "data", 4);
	assert_int_equal(info_of(pair->fd).messages_dropped, 2);
	expect_message(pair->fd, small, len);
	expect_no_message(pair->fd);
}

/* 16 MB announced, over more records than anybody would keep */
static void endless_message_costs_no_memory(void **state)
{
	static const uint8_t header[] = { HS_NEW_SESSION_TICKET, 0x03, 0x00, 0x00 };
	struct pair *pair = *state;
	uint8_t body[16384] = { 0 };

	peer_send(&pair->peer, TYPE_HANDSHAKE, header, sizeof(header));
	for (int i = 0; i < 0x30000 / 16384; i++) {
		peer_send(&pair->peer, TYPE_HANDSHAKE, body, sizeof(body));
		pair_sync(pair);
		expect_nothing_to_read(pair->fd);
	}
	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	expect_recv(pair->fd, "data", 4);
	assert_int_equal(info_of(pair->fd).messages_dropped, 1);
}

/* RFC 8446 5.1: no other type between the records of one message */
static void data_inside_a_message_is_unexpected(void **state)
{
	struct pair *pair = *state;
	uint8_t message[100];

	message_make(message, HS_NEW_SESSION_TICKET, 7, 50);
	peer_send(&pair->peer, TYPE_HANDSHAKE, message, 30);
	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	expect_failed(pair->fd, EBADMSG);
	peer_expect_alert(&pair->peer, ALERT_FATAL, ALERT_UNEXPECTED_MESSAGE);
}

static void alert_inside_a_message_is_unexpected(void **state)
{
	struct pair *pair = *state;

	peer_send(&pair->peer, TYPE_HANDSHAKE, "\4\0\0", 3);
	peer_send_alert(&pair->peer, ALERT_WARNING, ALERT_USER_CANCELED);
	expect_failed(pair->fd, EBADMSG);
	peer_expect_alert(&pair->peer, ALERT_FATAL, ALERT_UNEXPECTED_MESSAGE);
}

int main(void)
{
	static const struct test tests[] = {
		EACH(ticket_is_skipped_and_kept),
		EACH_SUITE(one_call_reads_across_a_ticket),
		ONCE(short_buffer_is_told_the_length),
		ONCE(unwritable_buffer_keeps_the_message),
		EACH_SUITE(several_in_one_record_are_kept_apart),
		EACH_SUITE(split_messages_are_put_together),
		ONCE(message_in_records_of_one_byte_is_put_together),
		ONCE(end_whole_and_beginning_share_a_record),
		EACH_FAMILY(messages_outlive_the_end),
		EACH_FAMILY(overflow_drops_the_oldest),
		ONCE(largest_message_fills_the_queue),
		ONCE(longer_messages_are_dropped_themselves),
		ONCE(endless_message_costs_no_memory),
		EACH_SUITE(data_inside_a_message_is_unexpected),
		ONCE(alert_inside_a_message_is_unexpected),
	};

	return run_cases("messages", tests, ARRAY_SIZE(tests), pair_open);
}
