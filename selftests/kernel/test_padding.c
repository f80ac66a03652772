// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Padded records enter (RFC 8446 5.4); their content leaves, and no padding.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "ktest.h"

static const size_t paddings[] = { 1, 15, 16, 17, 255, 4095, 4096, 8192, 16000 };

static void every_padding_is_stripped(void **state)
{
	struct pair *pair = *state;

	for (size_t i = 0; i < ARRAY_SIZE(paddings); i++) {
		peer_send_padded(&pair->peer, TYPE_DATA, "content", 7, paddings[i]);
		expect_recv(pair->fd, "content", 7);
		expect_nothing_to_read(pair->fd);
	}
}

/* Content and padding as long as RFC 8446 5.4 allows together */
static void fullest_records_are_read(void **state)
{
	static const size_t sizes[] = { 0, 1, 100, 4096, 16383, 16384 };
	struct pair *pair = *state;
	uint8_t *data = make_bytes(RECORD_PLAIN_MAX, 1);

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		peer_send_padded(&pair->peer, TYPE_DATA, data, sizes[i],
				 RECORD_PLAIN_MAX - sizes[i]);
		peer_send(&pair->peer, TYPE_DATA, "next", 4);
		expect_recv(pair->fd, data, sizes[i]);
		expect_recv(pair->fd, "next", 4);
	}
	free(data);
}

/* Zeros and type numbers inside the content are content */
static void content_that_looks_like_padding_is_kept(void **state)
{
	static const uint8_t tricky[] = { 0, 22, 0, 0, 23, 0, 0, 0, 21, 0, 0 };
	struct pair *pair = *state;

	peer_send(&pair->peer, TYPE_DATA, tricky, sizeof(tricky));
	peer_send_padded(&pair->peer, TYPE_DATA, tricky, sizeof(tricky), 100);
	expect_recv(pair->fd, tricky, sizeof(tricky));
	expect_recv(pair->fd, tricky, sizeof(tricky));
	expect_nothing_to_read(pair->fd);
}

static void padded_control_records_are_understood(void **state)
{
	static const uint8_t close_notify[] = { ALERT_WARNING, ALERT_CLOSE_NOTIFY };
	struct pair *pair = *state;
	uint8_t message[64];
	size_t len = message_make(message, HS_NEW_SESSION_TICKET, 1, 20);

	peer_send_padded(&pair->peer, TYPE_HANDSHAKE, message, len, 500);
	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	peer_send_padded(&pair->peer, TYPE_ALERT, close_notify, 2, 16000);
	expect_recv(pair->fd, "data", 4);
	expect_message(pair->fd, message, len);
	expect_eof(pair->fd);
}

/* A whole call's worth of records, all padded */
static void one_call_reads_across_padded_records(void **state)
{
	struct pair *pair = *state;
	uint8_t data[900], buf[1000];

	fill_bytes(data, sizeof(data), 2);
	for (size_t i = 0; i < ARRAY_SIZE(paddings); i++)
		peer_send_padded(&pair->peer, TYPE_DATA, data + 100 * i, 100, paddings[i]);
	pair_sync(pair);
	expect_count(recv(pair->fd, buf, sizeof(buf), 0), sizeof(data));
	expect_bytes(buf, data, sizeof(data));
}

int main(void)
{
	static const struct test tests[] = {
		EACH(every_padding_is_stripped),
		EACH_SUITE(fullest_records_are_read),
		EACH_SUITE(content_that_looks_like_padding_is_kept),
		EACH_SUITE(padded_control_records_are_understood),
		EACH_SUITE(one_call_reads_across_padded_records),
	};

	return run_cases("padding", tests, ARRAY_SIZE(tests), pair_open);
}
