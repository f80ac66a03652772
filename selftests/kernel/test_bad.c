// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Bad records enter, one kind at a time; no byte of them leaves, but the alert
 * of RFC 8446 6.2 does, and the socket has failed for good.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "ktest.h"

/* Bytes that no test sends as data, to see what a failed read writes */
#define UNTOUCHED	0xaa

/* A good record is still delivered, then the error, and the peer is told */
static void expect_refused(struct pair *pair, int error, uint8_t alert)
{
	struct seal_info info;
	uint8_t buf[64];

	wait_for(pair->fd, POLLIN);
	memset(buf, UNTOUCHED, sizeof(buf));
	expect_errno(recv(pair->fd, buf, sizeof(buf), 0), error);
	for (size_t i = 0; i < sizeof(buf); i++)
		assert_true(buf[i] == UNTOUCHED || !buf[i]);
	expect_failed(pair->fd, error);
	info = info_of(pair->fd);
	assert_int_equal(info.alert_sent, alert);
	peer_expect_alert(&pair->peer, ALERT_FATAL, alert);
}

static void refuses_bytes(struct pair *pair, const void *record, size_t len, int error,
			  uint8_t alert)
{
	peer_send(&pair->peer, TYPE_DATA, "good", 4);
	assert_true(peer_write(&pair->peer, record, len));
	expect_recv(pair->fd, "good", 4);
	expect_refused(pair, error, alert);
}

static void refuses_inner(struct pair *pair, const void *inner, size_t len, int error,
			  uint8_t alert)
{
	peer_send(&pair->peer, TYPE_DATA, "good", 4);
	peer_send_inner(&pair->peer, inner, len);
	expect_recv(pair->fd, "good", 4);
	expect_refused(pair, error, alert);
}

/* A new connection like the first one */
static void reopen(struct pair *pair)
{
	const struct variant *variant = pair->variant;

	pair_close(pair);
	pair_open(pair, variant);
}

/* Each bit counts: a record of 4 bytes with byte @at changed */
static void send_changed(struct pair *pair, size_t at, uint8_t mask)
{
	uint8_t record[64];
	size_t len = record_seal(&pair->peer.tx, TYPE_DATA, "data", 4, record);

	record[at] ^= mask;
	assert_true(peer_write(&pair->peer, record, len));
}

static void any_changed_byte_is_bad_mac(void **state)
{
	struct pair *pair = *state;
	static const uint8_t masks[] = { 0x01, 0x80, 0xff };

	for (size_t at = RECORD_HEADER; at < 4 + RECORD_OVERHEAD; at++) {
		send_changed(pair, at, masks[at % ARRAY_SIZE(masks)]);
		expect_refused(pair, EBADMSG, ALERT_BAD_RECORD_MAC);
		reopen(pair);
	}
}

/* The header is authenticated, RFC 8446 5.2 */
static void changed_version_is_bad_mac(void **state)
{
	struct pair *pair = *state;

	send_changed(pair, 1, 1);
	expect_refused(pair, EBADMSG, ALERT_BAD_RECORD_MAC);
	reopen(pair);
	send_changed(pair, 2, 1);
	expect_refused(pair, EBADMSG, ALERT_BAD_RECORD_MAC);
}

/* A large record, decrypted where the program wants it: nothing may be left */
static void bad_tag_leaves_no_plaintext(void **state)
{
	static const size_t sizes[] = { 1, 100, 4096, 8192, 16384 };
	struct pair *pair = *state;
	uint8_t *data = make_room(RECORD_PLAIN_MAX), *buf = make_room(65536);
	uint8_t *record = make_room(RECORD_ROOM);

	memset(data, 0x55, RECORD_PLAIN_MAX);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		size_t len = record_seal(&pair->peer.tx, TYPE_DATA, data, sizes[i], record);

		record[len - 1] ^= 1;
		assert_true(peer_write(&pair->peer, record, len));
		memset(buf, UNTOUCHED, 65536);
		expect_errno(recv(pair->fd, buf, 65536, MSG_WAITALL), EBADMSG);
		for (size_t j = 0; j < 65536; j++)
			assert_true(buf[j] == UNTOUCHED || !buf[j]);
		reopen(pair);
	}
	free(record);
	free(buf);
	free(data);
}

static void good_records_before_a_bad_one_are_delivered(void **state)
{
	struct pair *pair = *state;
	uint8_t buf[100];

	peer_send(&pair->peer, TYPE_DATA, "first", 5);
	peer_send(&pair->peer, TYPE_DATA, "second", 6);
	send_changed(pair, 6, 1);
	pair_sync(pair);
	expect_count(recv(pair->fd, buf, sizeof(buf), 0), 11);
	expect_bytes(buf, "firstsecond", 11);
	expect_refused(pair, EBADMSG, ALERT_BAD_RECORD_MAC);
}

static void good_records_after_a_bad_one_are_not(void **state)
{
	struct pair *pair = *state;

	send_changed(pair, 6, 1);
	peer_send(&pair->peer, TYPE_DATA, "after", 5);
	pair_sync(pair);
	expect_refused(pair, EBADMSG, ALERT_BAD_RECORD_MAC);
}

static void replayed_record_is_bad_mac(void **state)
{
	struct pair *pair = *state;
	uint8_t record[64];
	size_t len = record_seal(&pair->peer.tx, TYPE_DATA, "data", 4, record);

	assert_true(peer_write(&pair->peer, record, len));
	expect_recv(pair->fd, "data", 4);
	assert_true(peer_write(&pair->peer, record, len));
	expect_refused(pair, EBADMSG, ALERT_BAD_RECORD_MAC);
}

static void missing_record_is_bad_mac(void **state)
{
	struct pair *pair = *state;

	pair->peer.tx.seq = 1;
	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	expect_refused(pair, EBADMSG, ALERT_BAD_RECORD_MAC);
}

/* Our own record sent back to us is not from the peer */
static void reflected_record_is_bad_mac(void **state)
{
	struct pair *pair = *state;
	uint8_t record[64];
	size_t len = 4 + RECORD_OVERHEAD;

	expect_count(send(pair->fd, "data", 4, 0), 4);
	expect_count(recv(pair->peer.fd, record, len, MSG_WAITALL), len);
	pair->peer.rx.seq++;
	assert_true(peer_write(&pair->peer, record, len));
	expect_refused(pair, EBADMSG, ALERT_BAD_RECORD_MAC);
}

/* RFC 8446 5: everything is protected now, change_cipher_spec has no place */
static void other_outer_types_are_unexpected(void **state)
{
	static const uint8_t types[] = { 0, 20, 21, 22, 24, 255 };
	struct pair *pair = *state;

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		uint8_t record[] = { types[i], 3, 3, 0, 1, 1 };

		refuses_bytes(pair, record, sizeof(record), EBADMSG,
			      ALERT_UNEXPECTED_MESSAGE);
		reopen(pair);
	}
}

static void http_is_unexpected(void **state)
{
	refuses_bytes(*state, "GET / HTTP/1.0\r\n\r\n", 18, EBADMSG,
		      ALERT_UNEXPECTED_MESSAGE);
}

/* Too short for a type and a tag; the header says so, the rest need not come */
static void short_records_are_bad_mac(void **state)
{
	struct pair *pair = *state;

	for (uint8_t len = 0; len < 1 + RECORD_TAG; len++) {
		uint8_t header[] = { TYPE_DATA, 3, 3, 0, len };

		refuses_bytes(pair, header, sizeof(header), EBADMSG,
			      ALERT_BAD_RECORD_MAC);
		reopen(pair);
	}
}

/* RFC 8446 5.2: at most 2^14 + 256 bytes of ciphertext */
static void long_records_overflow_at_their_header(void **state)
{
	static const uint16_t lengths[] = { RECORD_CIPHER_MAX + 1, 0x5000, 0xffff };
	struct pair *pair = *state;

	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		uint8_t header[] = { TYPE_DATA, 3, 3, lengths[i] >> 8, lengths[i] };

		refuses_bytes(pair, header, sizeof(header), EMSGSIZE,
			      ALERT_RECORD_OVERFLOW);
		reopen(pair);
	}
}

/* RFC 8446 5.4: TLSInnerPlaintext is at most 2^14 + 1 bytes, padding included */
static void long_plaintexts_overflow(void **state)
{
	struct pair *pair = *state;
	uint8_t *inner = make_bytes(RECORD_INNER_MAX + 239, 1);

	inner[RECORD_INNER_MAX] = TYPE_DATA;
	refuses_inner(pair, inner, RECORD_INNER_MAX + 1, EMSGSIZE, ALERT_RECORD_OVERFLOW);
	reopen(pair);
	inner[RECORD_INNER_MAX + 238] = TYPE_DATA;
	refuses_inner(pair, inner, RECORD_INNER_MAX + 239, EMSGSIZE, ALERT_RECORD_OVERFLOW);
	reopen(pair);
	memset(inner, 0, RECORD_INNER_MAX + 239);
	inner[10] = TYPE_DATA;
	refuses_inner(pair, inner, RECORD_INNER_MAX + 1, EMSGSIZE, ALERT_RECORD_OVERFLOW);
	free(inner);
}

/* RFC 8446 5.4: no type at all */
static void nothing_but_padding_is_unexpected(void **state)
{
	static const size_t sizes[] = { 1, 2, 16, 1000, RECORD_INNER_MAX };
	struct pair *pair = *state;
	uint8_t *inner = make_room(RECORD_INNER_MAX);

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		refuses_inner(pair, inner, sizes[i], EBADMSG, ALERT_UNEXPECTED_MESSAGE);
		reopen(pair);
	}
	free(inner);
}

static void unknown_inner_types_are_unexpected(void **state)
{
	static const uint8_t types[] = { 1, 19, TYPE_CHANGE_CIPHER_SPEC, 24, 25, 99, 255 };
	struct pair *pair = *state;

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		uint8_t inner[] = { 1, types[i] };

		refuses_inner(pair, inner, sizeof(inner), EBADMSG,
			      ALERT_UNEXPECTED_MESSAGE);
		reopen(pair);
	}
}

/* RFC 8446 5.4: only application data may be empty */
static void empty_control_records_are_unexpected(void **state)
{
	static const uint8_t types[] = { TYPE_ALERT, TYPE_HANDSHAKE };
	struct pair *pair = *state;

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		uint8_t inner[] = { types[i], 0, 0 };

		refuses_inner(pair, inner, sizeof(inner), EBADMSG,
			      ALERT_UNEXPECTED_MESSAGE);
		reopen(pair);
	}
}

/* RFC 8446 5.1: an alert is two bytes, alone in its record */
static void alerts_of_other_sizes_are_not_decoded(void **state)
{
	static const uint8_t one[] = { ALERT_WARNING, TYPE_ALERT };
	static const uint8_t three[] = { ALERT_WARNING, 0, 0, TYPE_ALERT };
	static const uint8_t two_alerts[] = { ALERT_WARNING, 90, ALERT_WARNING, 0, TYPE_ALERT };
	struct pair *pair = *state;

	refuses_inner(pair, one, sizeof(one), EBADMSG, ALERT_DECODE_ERROR);
	reopen(pair);
	refuses_inner(pair, three, sizeof(three), EBADMSG, ALERT_DECODE_ERROR);
	reopen(pair);
	refuses_inner(pair, two_alerts, sizeof(two_alerts), EBADMSG, ALERT_DECODE_ERROR);
}

/* Kept-back and queued data goes before the alert, in good records */
static void alert_comes_after_what_was_accepted(void **state)
{
	struct pair *pair = *state;
	uint8_t byte;

	expect_count(send(pair->fd, "kept back", 9, MSG_MORE), 9);
	send_changed(pair, 6, 1);
	expect_errno(recv(pair->fd, &byte, 1, 0), EBADMSG);
	peer_expect_record(&pair->peer, TYPE_DATA, "kept back", 9);
	peer_expect_alert(&pair->peer, ALERT_FATAL, ALERT_BAD_RECORD_MAC);
}

/* After a fatal alert nothing else is sent, not even close_notify */
static void nothing_follows_the_alert(void **state)
{
	struct pair *pair = *state;

	send_changed(pair, 6, 1);
	expect_refused(pair, EBADMSG, ALERT_BAD_RECORD_MAC);
	expect_ok(shutdown(pair->fd, SHUT_WR));
	peer_expect_eof(&pair->peer);
}

static void peek_finds_the_error_too(void **state)
{
	struct pair *pair = *state;
	uint8_t byte;

	send_changed(pair, 6, 1);
	expect_errno(recv(pair->fd, &byte, 1, MSG_PEEK), EBADMSG);
	expect_refused(pair, EBADMSG, ALERT_BAD_RECORD_MAC);
}

int main(void)
{
	static const struct test tests[] = {
		EACH_SUITE(any_changed_byte_is_bad_mac),
		EACH_SUITE(changed_version_is_bad_mac),
		EACH_SUITE(bad_tag_leaves_no_plaintext),
		EACH_SUITE(good_records_before_a_bad_one_are_delivered),
		EACH_SUITE(good_records_after_a_bad_one_are_not),
		EACH_SUITE(replayed_record_is_bad_mac),
		EACH_SUITE(missing_record_is_bad_mac),
		EACH_SUITE(reflected_record_is_bad_mac),
		EACH_FAMILY(other_outer_types_are_unexpected),
		EACH_FAMILY(http_is_unexpected),
		ONCE(short_records_are_bad_mac),
		EACH_FAMILY(long_records_overflow_at_their_header),
		EACH_SUITE(long_plaintexts_overflow),
		EACH_SUITE(nothing_but_padding_is_unexpected),
		EACH_SUITE(unknown_inner_types_are_unexpected),
		ONCE(empty_control_records_are_unexpected),
		ONCE(alerts_of_other_sizes_are_not_decoded),
		EACH_SUITE(alert_comes_after_what_was_accepted),
		EACH_FAMILY(nothing_follows_the_alert),
		EACH_FAMILY(peek_finds_the_error_too),
	};

	return run_cases("bad", tests, ARRAY_SIZE(tests), pair_open);
}
