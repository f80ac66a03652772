// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Records that no honest peer would send enter behind the handshake, on either side;
 * the refusal and its alert leave, and what is odd but allowed passes.
 */
#include <string.h>

#include "forger.h"

static const enum seal_side sides[] = { SEAL_CLIENT, SEAL_SERVER };

/* -------------------------------------------------------- single records */

struct bad {
	const char	*name;
	uint8_t		type;
	const char	*content;	/* as digits */
	int		error;
};

static const struct bad bads[] = {
	{ "type 0 alone", 0, "", SEAL_E_UNEXPECTED_MESSAGE },
	{ "change_cipher_spec", 20, "01", SEAL_E_UNEXPECTED_MESSAGE },
	{ "heartbeat", 24, "010000", SEAL_E_UNEXPECTED_MESSAGE },
	{ "type 255", 255, "00ff", SEAL_E_UNEXPECTED_MESSAGE },
	{ "handshake without bytes", 22, "", SEAL_E_UNEXPECTED_MESSAGE },
	{ "alert without bytes", 21, "", SEAL_E_DECODE_ERROR },
	{ "alert of one byte", 21, "02", SEAL_E_DECODE_ERROR },
	{ "alert of three bytes", 21, "020a00", SEAL_E_DECODE_ERROR },
	{ "two alerts", 21, "01000100", SEAL_E_DECODE_ERROR },
	{ "HelloRequest", 22, "00000000", SEAL_E_UNEXPECTED_MESSAGE },
	{ "ClientHello", 22, "01000002 0303", SEAL_E_UNEXPECTED_MESSAGE },
	{ "ServerHello", 22, "02000002 0303", SEAL_E_UNEXPECTED_MESSAGE },
	{ "EndOfEarlyData", 22, "05000000", SEAL_E_UNEXPECTED_MESSAGE },
	{ "Certificate", 22, "0b000000", SEAL_E_UNEXPECTED_MESSAGE },
	{ "CertificateRequest", 22, "0d000003 000000", SEAL_E_UNEXPECTED_MESSAGE },
	{ "Finished", 22, "14000000", SEAL_E_UNEXPECTED_MESSAGE },
	{ "message 99", 22, "63000000", SEAL_E_UNEXPECTED_MESSAGE },
	{ "message_hash", 22, "fe000000", SEAL_E_UNEXPECTED_MESSAGE },
	{ "KeyUpdate 2", 22, "18000001 02", SEAL_E_ILLEGAL_PARAMETER },
	{ "KeyUpdate 255", 22, "18000001 ff", SEAL_E_ILLEGAL_PARAMETER },
	{ "KeyUpdate without byte", 22, "18000000", SEAL_E_DECODE_ERROR },
	{ "KeyUpdate of two bytes", 22, "18000002 0000", SEAL_E_DECODE_ERROR },
	{ "KeyUpdate and more", 22, "18000001 00 18", SEAL_E_UNEXPECTED_MESSAGE },
	{ "two KeyUpdates", 22, "18000001 00 18000001 00",
	  SEAL_E_UNEXPECTED_MESSAGE },
	{ "ticket of 16 MB", 22, "04ffffff", SEAL_E_ILLEGAL_PARAMETER },
};

static void refused_records(void **state)
{
	struct forger f;
	struct hex hex;

	(void)state;
	for (size_t i = 0; i < 2 * SEAL_ARRAY_SIZE(bads); i++) {
		const struct bad *bad = &bads[i / 2];

		/* no client sends tickets */
		if (sides[i % 2] == SEAL_SERVER && strstr(bad->name, "16 MB"))
			continue;
		forger_open(&f, sides[i % 2]);
		forger_send(&f, SEAL_CONTENT_DATA, "before", 6);
		hex = hex_decode(bad->content);
		forger_send(&f, bad->type, hex.data, hex.len);
		if (f.status != bad->error)
			print_error("%s: %d\n", bad->name, f.status);
		forger_expect_end(&f, bad->error);
		assert_int_equal(f.heard.len, 6);
		forger_close(&f);
	}
}

/* RFC 8446 5.1: nothing comes between the parts of a message */
static void amid_a_message(void **state)
{
	static const struct { uint8_t type; const char *content; } rows[] = {
		{ 23, "41" }, { 23, "" }, { 21, "0100" }, { 21, "015a" },
		{ 21, "0228" }, { 21, "02" }, { 20, "01" },
	};
	struct forger f;
	struct hex hex;

	(void)state;
	for (size_t i = 0; i < 2 * SEAL_ARRAY_SIZE(rows); i++) {
		forger_open(&f, sides[i % 2]);
		forger_send(&f, SEAL_CONTENT_HANDSHAKE, "\x18\0\0", 3);
		assert_int_equal(f.status, SEAL_WANT_READ);
		hex = hex_decode(rows[i / 2].content);
		forger_send(&f, rows[i / 2].type, hex.data, hex.len);
		forger_expect_end(&f, SEAL_E_UNEXPECTED_MESSAGE);
		assert_int_equal(f.heard.len, 0);
		forger_close(&f);
	}
}

/* ------------------------------------------------------------- headers */

static void bad_headers(void **state)
{
	static const struct { uint8_t raw[5]; int error; } rows[] = {
		{ { 22, 3, 3, 0, 16 }, SEAL_E_UNEXPECTED_MESSAGE },
		{ { 21, 3, 3, 0, 2 }, SEAL_E_UNEXPECTED_MESSAGE },
		{ { 20, 3, 3, 0, 1 }, SEAL_E_UNEXPECTED_MESSAGE },
		{ { 24, 3, 3, 0, 32 }, SEAL_E_UNEXPECTED_MESSAGE },
		{ { 0, 3, 3, 0, 32 }, SEAL_E_UNEXPECTED_MESSAGE },
		{ { 'G', 'E', 'T', ' ', '/' }, SEAL_E_UNEXPECTED_MESSAGE },
		{ { 23, 3, 3, 0x41, 0x01 }, SEAL_E_RECORD_OVERFLOW },
		{ { 23, 3, 3, 0xff, 0xff }, SEAL_E_RECORD_OVERFLOW },
		{ { 23, 3, 3, 0, 0 }, SEAL_E_BAD_RECORD_MAC },
	};
	struct forger f;

	(void)state;
	for (size_t i = 0; i < 2 * SEAL_ARRAY_SIZE(rows); i++) {
		forger_open(&f, sides[i % 2]);
		forger_send_raw(&f, rows[i / 2].raw, 5);
		forger_expect_end(&f, rows[i / 2].error);
		forger_close(&f);
	}
}

/* A record that is too short for a type and a tag */
static void short_records(void **state)
{
	uint8_t raw[SEAL_RECORD_HEADER + SEAL_TAG_SIZE] = { 23, 3, 3, 0 };
	struct forger f;

	(void)state;
	for (uint8_t len = 1; len <= SEAL_TAG_SIZE; len++) {
		forger_open(&f, sides[len % 2]);
		raw[4] = len;
		forger_send_raw(&f, raw, SEAL_RECORD_HEADER + len);
		forger_expect_end(&f, SEAL_E_BAD_RECORD_MAC);
		forger_close(&f);
	}
}

static void too_much_content(void **state)
{
	static uint8_t text[SEAL_PLAINTEXT_MAX + 1];
	struct forger f;

	(void)state;
	for (int i = 0; i < 2; i++) {
		forger_open(&f, sides[i]);
		forger_send(&f, SEAL_CONTENT_DATA, text, SEAL_PLAINTEXT_MAX);
		assert_int_equal(f.heard.len, SEAL_PLAINTEXT_MAX);
		forger_send(&f, SEAL_CONTENT_DATA, text, SEAL_PLAINTEXT_MAX + 1);
		forger_expect_end(&f, SEAL_E_RECORD_OVERFLOW);
		assert_int_equal(f.heard.len, SEAL_PLAINTEXT_MAX);
		forger_close(&f);
	}
}

/* ------------------------------------------------------- odd, but right */

/* RFC 8446 5.4 */
static void padding_is_stripped(void **state)
{
	static const size_t sizes[] = { 1, 2, 255, 256, 1000, SEAL_PLAINTEXT_MAX - 4 };
	struct forger f;

	(void)state;
	for (int side = 0; side < 2; side++) {
		forger_open(&f, sides[side]);
		for (size_t i = 0; i < SEAL_ARRAY_SIZE(sizes); i++)
			forger_pad(&f, SEAL_CONTENT_DATA,
				   (struct seal_span){ (const uint8_t *)"a\0b\0", 4 },
				   sizes[i]);
		assert_int_equal(f.status, SEAL_WANT_READ);
		assert_int_equal(f.heard.len, 4 * SEAL_ARRAY_SIZE(sizes));
		assert_memory_equal(f.heard.data + 4, "a\0b\0", 4);
		/* nothing but padding has no type */
		forger_pad(&f, 0, (struct seal_span){ NULL, 0 }, 100);
		forger_expect_end(&f, SEAL_E_UNEXPECTED_MESSAGE);
		forger_close(&f);
	}
}

/* A message may come in as many records as it has bytes */
static void update_in_pieces(void **state)
{
	static const uint8_t msg[] = { 24, 0, 0, 1, 0 };
	struct forger f;

	(void)state;
	for (int side = 0; side < 2; side++) {
		forger_open(&f, sides[side]);
		for (size_t i = 0; i < sizeof(msg); i++)
			forger_send(&f, SEAL_CONTENT_HANDSHAKE, msg + i, 1);
		forger_next_key(&f);
		forger_send(&f, SEAL_CONTENT_DATA, "next", 4);
		assert_int_equal(f.status, SEAL_WANT_READ);
		assert_int_equal(f.heard.len, 4);
		forger_close(&f);
	}
}

/* A record under the old key comes too late */
static void old_key_after_update(void **state)
{
	struct forger f;

	(void)state;
	forger_open(&f, SEAL_SERVER);
	forger_send(&f, SEAL_CONTENT_HANDSHAKE, "\x18\0\0\1\0", 5);
	forger_send(&f, SEAL_CONTENT_DATA, "old", 3);
	forger_expect_end(&f, SEAL_E_BAD_RECORD_MAC);
	forger_close(&f);
}

/* RFC 8446 6.1: user_canceled says nothing, and what follows a close_notify neither */
static void behind_close_notify(void **state)
{
	struct forger f;

	(void)state;
	for (int side = 0; side < 2; side++) {
		forger_open(&f, sides[side]);
		forger_send(&f, SEAL_CONTENT_ALERT, "\1\x5a", 2);
		assert_int_equal(f.status, SEAL_WANT_READ);
		forger_send(&f, SEAL_CONTENT_ALERT, "\1\0", 2);
		assert_int_equal(f.status, 0);
		forger_send(&f, SEAL_CONTENT_DATA, "late", 4);
		forger_send_raw(&f, "garbage", 7);
		assert_int_equal(f.status, 0);
		assert_int_equal(f.heard.len, 0);
		forger_close(&f);
	}
}

/* RFC 8446 6: each but those two is fatal, whatever its level */
static void fatal_alerts(void **state)
{
	uint8_t alert[2];
	struct forger f;

	(void)state;
	for (int i = 1; i < 256; i += 5) {
		forger_open(&f, sides[i % 2]);
		alert[0] = 1 + i % 2;
		alert[1] = i;
		forger_send(&f, SEAL_CONTENT_ALERT, alert, 2);
		if (i != SEAL_ALERT_USER_CANCELED) {
			forger_expect_end(&f, SEAL_E_ALERT);
			assert_int_equal(seal_conn_alert(f.victim), i);
		}
		forger_close(&f);
	}
}

/* -------------------------------------------------------------- storms */

static void storm(struct forger *f, unsigned int records, uint8_t type,
		  struct seal_span content)
{
	for (unsigned int i = 0; i < records; i++) {
		assert_int_equal(f->status, SEAL_WANT_READ);
		forger_send(f, type, content.data, content.len);
		if (type == SEAL_CONTENT_HANDSHAKE && !f->victim->error)
			forger_next_key(f);
	}
}

static void storms(void **state)
{
	static const struct { uint8_t type; struct seal_span content; } rows[] = {
		{ 23, { NULL, 0 } },
		{ 21, { (const uint8_t *)"\1\x5a", 2 } },
		{ 22, { (const uint8_t *)"\x18\0\0\1\0", 5 } },
		{ 22, { (const uint8_t *)"\x18\0\0\1\1", 5 } },
	};
	struct forger f;

	(void)state;
	for (size_t i = 0; i < 2 * SEAL_ARRAY_SIZE(rows); i++) {
		forger_open(&f, sides[i % 2]);
		for (int round = 0; round < 2; round++) {
			f.status = SEAL_WANT_READ;
			storm(&f, SEAL_SILENT_MAX, rows[i / 2].type,
			      rows[i / 2].content);
			/* data in between, and all is well */
			forger_send(&f, SEAL_CONTENT_DATA, "x", 1);
			assert_int_equal(f.heard.len, round + 1);
		}
		/* who asks again and again gets one answer */
		assert_in_range(f.victim->output.len, 0, 27);
		forger_drop_output(&f);
		f.in.seq = 0;
		storm(&f, SEAL_SILENT_MAX + 1, rows[i / 2].type,
		      rows[i / 2].content);
		assert_int_equal(f.status, SEAL_E_UNEXPECTED_MESSAGE);
		forger_close(&f);
	}
}

/* ------------------------------------------------------------- tickets */

/* A NewSessionTicket with a ticket of @len bytes */
static size_t make_ticket(uint8_t *out, size_t len)
{
	const size_t body = 4 + 4 + 1 + 2 + len + 2;

	memset(out, 0, SEAL_MESSAGE_HEADER + body);
	out[0] = SEAL_MSG_NEW_SESSION_TICKET;
	out[2] = body >> 8;
	out[3] = body;
	out[4 + 3] = 60;		/* lifetime */
	out[4 + 9] = len >> 8;
	out[4 + 10] = len;
	return SEAL_MESSAGE_HEADER + body;
}

static unsigned int count_sessions(struct seal_conn *conn)
{
	struct seal_session *session;
	unsigned int count = 0;

	for (;;) {
		assert_int_equal(seal_conn_session(conn, &session), 0);
		if (!session)
			return count;
		assert_int_equal(seal_session_lifetime(session), 60);
		seal_session_free(session);
		count++;
	}
}

static void tickets_of_every_size(void **state)
{
	static uint8_t raw[SEAL_PLAINTEXT_MAX];
	struct forger f;
	size_t len;

	(void)state;
	forger_open(&f, SEAL_CLIENT);
	for (size_t size = 1; size < 9000; size += 777) {
		len = make_ticket(raw, size);
		forger_send(&f, SEAL_CONTENT_HANDSHAKE, raw, len);
		assert_int_equal(f.status, SEAL_WANT_READ);
		assert_int_equal(count_sessions(f.victim), len <= SEAL_TICKETS_MAX);
	}
	forger_close(&f);
}

/* The oldest make room, and nothing grows */
static void flood_of_tickets(void **state)
{
	static uint8_t raw[SEAL_PLAINTEXT_MAX];
	struct forger f;
	size_t len = make_ticket(raw, 1000);

	(void)state;
	forger_open(&f, SEAL_CLIENT);
	for (int i = 0; i < 100; i++)
		forger_send(&f, SEAL_CONTENT_HANDSHAKE, raw, len);
	assert_int_equal(f.status, SEAL_WANT_READ);
	assert_in_range(f.victim->stream->tickets.len, 1, SEAL_TICKETS_MAX);
	assert_int_equal(count_sessions(f.victim), SEAL_TICKETS_MAX / len);
	forger_close(&f);
}

/* RFC 8446 6: nothing is resumed of what a connection has agreed on that failed */
static void sessions_end_with_a_fatal_alert(void **state)
{
	struct seal_session *session, *none;
	uint8_t raw[256];
	struct forger f;

	(void)state;
	for (int i = 0; i < 2; i++) {
		forger_open(&f, SEAL_CLIENT);
		forger_send(&f, SEAL_CONTENT_HANDSHAKE, raw, make_ticket(raw, 16));
		assert_int_equal(seal_conn_session(f.victim, &session), 0);
		assert_int_equal(seal_session_lifetime(session), 60);
		/* theirs, and ours */
		forger_send(&f, i ? SEAL_CONTENT_ALERT : SEAL_CONTENT_CCS, "\2\x28", 2);
		assert_int_equal(seal_session_lifetime(session), 0);
		assert_int_equal(seal_conn_session(f.victim, &none), SEAL_E_INVALID);
		seal_session_free(session);
		forger_close(&f);
	}
}

/* Cut at each place, its length put right */
static void malformed_tickets(void **state)
{
	uint8_t raw[256];
	struct forger f;
	size_t len = make_ticket(raw, 16);

	(void)state;
	for (size_t cut = SEAL_MESSAGE_HEADER; cut < len; cut++) {
		forger_open(&f, SEAL_CLIENT);
		raw[3] = cut - SEAL_MESSAGE_HEADER;
		forger_send(&f, SEAL_CONTENT_HANDSHAKE, raw, cut);
		forger_expect_end(&f, SEAL_E_DECODE_ERROR);
		forger_close(&f);
	}
}

static void ticket_of_a_client(void **state)
{
	uint8_t raw[256];
	struct seal_session *session;
	struct forger f;

	(void)state;
	forger_open(&f, SEAL_SERVER);
	assert_int_equal(seal_conn_session(f.victim, &session), SEAL_E_INVALID);
	forger_send(&f, SEAL_CONTENT_HANDSHAKE, raw, make_ticket(raw, 16));
	forger_expect_end(&f, SEAL_E_UNEXPECTED_MESSAGE);
	forger_close(&f);
}

/* -------------------------------------------------------- out of order */

static void calls_out_of_order(void **state)
{
	struct seal_session *session;
	struct pair pair;
	uint8_t byte = 0;
	size_t n;

	(void)state;
	pair_open(&pair, common_client(), common_server());
	assert_int_equal(seal_conn_stream(pair.client), SEAL_E_INVALID);
	assert_int_equal(pair_shake(&pair), 0);
	assert_int_equal(seal_conn_read(pair.client, &byte, 1, &n), SEAL_E_INVALID);
	assert_int_equal(seal_conn_write(pair.client, &byte, 1, &n), SEAL_E_INVALID);
	assert_int_equal(seal_conn_close(pair.client), SEAL_E_INVALID);
	assert_int_equal(seal_conn_eof(pair.client), SEAL_E_INVALID);
	assert_int_equal(seal_conn_update_key(pair.client, 0), SEAL_E_INVALID);
	assert_int_equal(seal_conn_session(pair.client, &session), SEAL_E_INVALID);
	assert_int_equal(seal_conn_wire(pair.client), SEAL_WIRE_OPEN);
	assert_int_equal(seal_conn_stream(pair.client), 0);
	assert_int_equal(seal_conn_stream(pair.client), SEAL_E_INVALID);
	assert_int_equal(seal_conn_attach(pair.client, -1), SEAL_E_INVALID);
	assert_int_equal(seal_conn_prefill(pair.client, &byte, 1), SEAL_E_INVALID);
	assert_int_equal(seal_conn_read(pair.client, &byte, 0, &n), SEAL_E_INVALID);
	assert_int_equal(seal_conn_write(pair.client, NULL, 0, &n), 0);
	assert_int_equal(pair.client->output.len, 0);
	assert_int_equal(seal_conn_read(pair.client, &byte, 1, &n), SEAL_WANT_READ);
	pair_close(&pair);
}

static void each_suite_has_a_limit(void **state)
{
	(void)state;
	for (size_t i = 0; i < SEAL_SUITE_COUNT; i++)
		assert_true(seal_suites[i].records_max >= 1 << 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refused_records),
		cmocka_unit_test(amid_a_message),
		cmocka_unit_test(bad_headers),
		cmocka_unit_test(short_records),
		cmocka_unit_test(too_much_content),
		cmocka_unit_test(padding_is_stripped),
		cmocka_unit_test(update_in_pieces),
		cmocka_unit_test(old_key_after_update),
		cmocka_unit_test(behind_close_notify),
		cmocka_unit_test(fatal_alerts),
		cmocka_unit_test(storms),
		cmocka_unit_test(tickets_of_every_size),
		cmocka_unit_test(flood_of_tickets),
		cmocka_unit_test(sessions_end_with_a_fatal_alert),
		cmocka_unit_test(malformed_tickets),
		cmocka_unit_test(ticket_of_a_client),
		cmocka_unit_test(calls_out_of_order),
		cmocka_unit_test(each_suite_has_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
