// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Records of OpenSSL's enter in pieces of every size, and ours leave, behind the
 * handshake: data, tickets, alerts and ends, on either side.
 */
#include <string.h>

#include "talk.h"

static uint8_t long_text[TEXT_MAX];

/* --------------------------------------------------------------- data */

static void both_ways(void **state)
{
	struct talk talk;

	talk_open(&talk, *state, 2);
	talk_both(&talk);
	talk_both(&talk);
	talk_expect_read(&talk, SEAL_WANT_READ);
	talk_close(&talk);
}

static void receive_long(struct talk *talk)
{
	size_t all;

	assert_int_equal(SSL_write(talk->ssl, long_text, TEXT_MAX), TEXT_MAX);
	all = talk_take(talk, got_text, TEXT_MAX);
	assert_int_equal(all, TEXT_MAX);
	assert_memory_equal(got_text, long_text, TEXT_MAX);
}

static void pieces_of_every_size(void **state)
{
	static const size_t sizes[] = {
		1, 2, 3, 4, 5, 6, 7, 21, 22, 23, 100, 4096, 16384, 16405, 16406,
		16407, 32767, PIECE_MAX
	};
	struct talk talk;

	talk_open(&talk, *state, 2);
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(sizes); i++) {
		talk.piece = sizes[i];
		receive_long(&talk);
	}
	talk_close(&talk);
}

/* Reading a byte at a time: a record is held, and no more than one */
static void read_by_bytes(void **state)
{
	static uint8_t wire[PIECE_MAX];
	struct talk talk;
	size_t used, got;
	int len;

	talk_open(&talk, *state, 0);
	SSL_write(talk.ssl, "ab", 2);
	SSL_write(talk.ssl, "c", 1);
	len = BIO_read(SSL_get_wbio(talk.ssl), wire, sizeof(wire));
	assert_int_equal(seal_conn_feed(talk.conn, wire, len, &used), 0);
	assert_int_not_equal(used, len);
	assert_int_equal(seal_conn_need(talk.conn), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(seal_conn_read(talk.conn, got_text + i, 1, &got), 0);
		assert_int_equal(got, 1);
	}
	talk_expect_read(&talk, SEAL_WANT_READ);
	assert_int_equal(seal_conn_need(talk.conn), SEAL_RECORD_HEADER);
	assert_int_equal(feed(talk.conn, wire + used, len - used), 0);
	assert_int_equal(seal_conn_read(talk.conn, got_text + 2, 9, &got), 0);
	assert_int_equal(got, 1);
	assert_memory_equal(got_text, "abc", 3);
	talk_close(&talk);
}

static void write_long(void **state)
{
	size_t used, all = 0, got = 0;
	struct talk talk;
	int err, len;

	talk_open(&talk, *state, 2);
	do {
		err = seal_conn_write(talk.conn, long_text + all, TEXT_MAX - all, &used);
		all += used;
		assert_in_range(talk.conn->output.len, 1,
				SEAL_OUTPUT_MAX + SEAL_CIPHERTEXT_MAX);
		talk_give(&talk);
		while ((len = SSL_read(talk.ssl, got_text + got, TEXT_MAX)) > 0)
			got += len;
	} while (err == SEAL_WANT_WRITE);
	assert_int_equal(err, 0);
	assert_int_equal(all, TEXT_MAX);
	assert_int_equal(got, TEXT_MAX);
	assert_memory_equal(got_text, long_text, TEXT_MAX);
	talk_close(&talk);
}

/* ------------------------------------------------------------- tickets */

static bool client_side(const void *variant)
{
	return ((const struct kind *)variant)->side == SEAL_CLIENT;
}

/* They are not seen by who reads, and good for the next connection */
static void tickets_become_sessions(void **state)
{
	struct seal_session *session, *none;
	struct talk talk;
	struct peer next;

	talk_open(&talk, *state, 2);
	talk_hear(&talk, "behind the tickets");
	assert_int_equal(seal_conn_session(talk.conn, &session), 0);
	assert_non_null(session);
	seal_session_free(session);
	assert_int_equal(seal_conn_session(talk.conn, &session), 0);
	assert_non_null(session);
	assert_int_equal(seal_conn_session(talk.conn, &none), 0);
	assert_null(none);
	/* or OpenSSL thinks that the session is bad */
	SSL_set_shutdown(talk.ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_CTX_up_ref(talk.peer.ctx);
	peer_open(&next, talk.peer.ctx, kind_config(*state));
	seal_conn_free(next.conn);
	assert_int_equal(seal_conn_resume(talk.conn->cfg, SERVER_NAME, session,
					  &next.conn), 0);
	assert_int_equal(peer_shake(&next), 0);
	assert_int_equal(seal_conn_resumed(next.conn), 1);
	seal_session_free(session);
	peer_close(&next);
	talk_close(&talk);
}

/* ----------------------------------------------------------------- end */

static void they_close(void **state)
{
	struct talk talk;

	talk_open(&talk, *state, 0);
	talk_hear(&talk, "the last");
	assert_int_equal(SSL_shutdown(talk.ssl), 0);
	assert_int_equal(talk_take(&talk, got_text, TEXT_MAX), 0);
	talk_expect_read(&talk, 0);
	assert_int_equal(seal_conn_alert(talk.conn), 0);
	assert_int_equal(seal_conn_need(talk.conn), 0);
	assert_int_equal(seal_conn_eof(talk.conn), 0);
	talk_expect_read(&talk, 0);
	assert_int_equal(seal_conn_wire(talk.conn), SEAL_WIRE_OPEN);
	assert_int_equal(seal_conn_close(talk.conn), 0);
	assert_int_equal(seal_conn_wire(talk.conn), SEAL_WIRE_FLUSH);
	talk_give(&talk);
	assert_int_equal(seal_conn_wire(talk.conn), SEAL_WIRE_CLOSE);
	assert_int_equal(talk_ssl_error(&talk), SSL_ERROR_ZERO_RETURN);
	talk_close(&talk);
}

/* Half-closed: they go on, with a KeyUpdate that asks, too */
static void we_close(void **state)
{
	struct talk talk;
	size_t used;

	talk_open(&talk, *state, 0);
	talk_say(&talk, "the last");
	assert_int_equal(seal_conn_close(talk.conn), 0);
	assert_int_equal(seal_conn_close(talk.conn), 0);
	assert_int_equal(seal_conn_wire(talk.conn), SEAL_WIRE_OPEN);
	talk_give(&talk);
	assert_int_equal(talk_ssl_error(&talk), SSL_ERROR_ZERO_RETURN);
	assert_int_equal(seal_conn_write(talk.conn, "x", 1, &used), SEAL_E_INVALID);
	assert_int_equal(seal_conn_update_key(talk.conn, 0), SEAL_E_INVALID);
	talk_hear(&talk, "still here");
	SSL_key_update(talk.ssl, SSL_KEY_UPDATE_REQUESTED);
	talk_hear(&talk, "and here");
	assert_int_equal(talk.conn->output.len, 0);
	SSL_shutdown(talk.ssl);
	assert_int_equal(talk_take(&talk, got_text, TEXT_MAX), 0);
	talk_expect_read(&talk, 0);
	assert_int_equal(seal_conn_wire(talk.conn), SEAL_WIRE_CLOSE);
	talk_close(&talk);
}

/* FIN without close_notify, between records and at each place inside of one */
static void truncated(void **state)
{
	static uint8_t wire[PIECE_MAX];
	struct talk talk;
	int len = 1;

	for (int cut = 0; cut < len; cut++) {
		talk_open(&talk, *state, 0);
		talk_hear(&talk, "whole");
		SSL_write(talk.ssl, "cut", 3);
		len = BIO_read(SSL_get_wbio(talk.ssl), wire, sizeof(wire));
		assert_int_equal(feed(talk.conn, wire, cut), SEAL_WANT_READ);
		assert_int_equal(seal_conn_eof(talk.conn), 0);
		talk_expect_read(&talk, SEAL_E_EOF);
		assert_int_equal(talk.conn->output.len, 0);
		assert_int_equal(seal_conn_wire(talk.conn), SEAL_WIRE_CLOSE);
		talk_close(&talk);
	}
}

/* All that came before a failure is read before it */
static void data_before_the_cut(void **state)
{
	static uint8_t wire[PIECE_MAX];
	struct talk talk;
	size_t got;
	int len;

	talk_open(&talk, *state, 0);
	SSL_write(talk.ssl, "whole", 5);
	len = BIO_read(SSL_get_wbio(talk.ssl), wire, sizeof(wire));
	assert_int_equal(feed(talk.conn, wire, len), 0);
	assert_int_equal(seal_conn_eof(talk.conn), 0);
	assert_int_equal(seal_conn_read(talk.conn, got_text, 100, &got), 0);
	assert_int_equal(got, 5);
	talk_expect_read(&talk, SEAL_E_EOF);
	talk_close(&talk);
}

/* -------------------------------------------------------------- alerts */

/* A bit of every byte of a record turned over: nothing of it is read */
static void changed_records(void **state)
{
	static uint8_t wire[PIECE_MAX];
	struct talk talk;
	int len = SEAL_RECORD_HEADER + 1;

	for (int at = SEAL_RECORD_HEADER; at < len; at++) {
		talk_open(&talk, *state, 0);
		SSL_write(talk.ssl, "text", 4);
		len = BIO_read(SSL_get_wbio(talk.ssl), wire, sizeof(wire));
		wire[at] ^= 1;
		assert_int_equal(feed(talk.conn, wire, len), SEAL_E_BAD_RECORD_MAC);
		talk_expect_read(&talk, SEAL_E_BAD_RECORD_MAC);
		assert_int_equal(seal_conn_wire(talk.conn), SEAL_WIRE_FLUSH);
		talk_give(&talk);
		assert_int_equal(talk_ssl_error(&talk), SSL_ERROR_SSL);
		assert_int_equal(ERR_GET_REASON(ERR_get_error()),
				 SSL_R_SSLV3_ALERT_BAD_RECORD_MAC);
		assert_int_equal(seal_conn_wire(talk.conn), SEAL_WIRE_CLOSE);
		ERR_clear_error();
		talk_close(&talk);
	}
}

/* They refuse a record of ours */
static void their_alert(void **state)
{
	struct talk talk;
	struct wire wire;
	size_t used;

	talk_open(&talk, *state, 0);
	talk_hear(&talk, "before");
	seal_conn_write(talk.conn, "text", 4, &used);
	wire_take(&wire, talk.conn);
	wire.data[wire.len - 1] ^= 1;
	BIO_write(SSL_get_rbio(talk.ssl), wire.data, wire.len);
	wire_free(&wire);
	assert_int_equal(talk_ssl_error(&talk), SSL_ERROR_SSL);
	seal_conn_write(talk.conn, "text", 4, &used);
	assert_int_equal(talk_take(&talk, got_text, TEXT_MAX), 0);
	talk_expect_read(&talk, SEAL_E_ALERT);
	assert_int_equal(seal_conn_alert(talk.conn), SEAL_ALERT_BAD_RECORD_MAC);
	/* RFC 8446 6.2: closed immediately, without a word */
	assert_int_equal(seal_conn_wire(talk.conn), SEAL_WIRE_CLOSE);
	assert_int_equal(seal_conn_write(talk.conn, "x", 1, &used), SEAL_E_ALERT);
	assert_int_equal(seal_conn_close(talk.conn), SEAL_E_ALERT);
	ERR_clear_error();
	talk_close(&talk);
}

static const struct walk walks[] = {
	{ "both_ways", both_ways, NULL },
	{ "pieces_of_every_size", pieces_of_every_size, NULL },
	{ "read_by_bytes", read_by_bytes, NULL },
	{ "write_long", write_long, NULL },
	{ "tickets_become_sessions", tickets_become_sessions, client_side },
	{ "they_close", they_close, NULL },
	{ "we_close", we_close, NULL },
	{ "truncated", truncated, NULL },
	{ "data_before_the_cut", data_before_the_cut, NULL },
	{ "changed_records", changed_records, NULL },
	{ "their_alert", their_alert, NULL },
};

int main(void)
{
	static const struct cases cases = {
		.walks = walks, .walks_len = SEAL_ARRAY_SIZE(walks),
		.variants = talk_variants, .variants_len = TALK_VARIANTS,
	};

	for (size_t i = 0; i < TEXT_MAX; i++)
		long_text[i] = i * 7 + i / 251;
	return run_cases(&cases, NULL, NULL);
}
