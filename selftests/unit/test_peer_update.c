// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * KeyUpdates of OpenSSL's and of ours, asked for and not, behind the handshake, on
 * either side (RFC 8446 4.6.3).
 */
#include "talk.h"

static void they_update(void **state)
{
	struct talk talk;

	talk_open(&talk, *state, 2);
	for (int i = 0; i < 3; i++) {
		SSL_key_update(talk.ssl, SSL_KEY_UPDATE_NOT_REQUESTED);
		talk_hear(&talk, "under the next key");
	}
	assert_int_equal(talk.conn->output.len, 0);
	talk_both(&talk);
	assert_int_equal(talk.updates, 0);
	talk_close(&talk);
}

static void they_ask(void **state)
{
	struct talk talk;

	talk_open(&talk, *state, 2);
	for (unsigned int i = 1; i < 4; i++) {
		SSL_key_update(talk.ssl, SSL_KEY_UPDATE_REQUESTED);
		talk_hear(&talk, "what is your next key?");
		/* at once, for data has left since the last one */
		assert_int_not_equal(talk.conn->output.len, 0);
		talk_both(&talk);
		assert_int_equal(talk.updates, i);
	}
	talk_close(&talk);
}

/* RFC 8446 4.6.3: several requests while we are silent, one answer; one more with data */
static void they_ask_again_and_again(void **state)
{
	struct talk talk;

	talk_open(&talk, *state, 2);
	for (int i = 0; i < 20; i++) {
		SSL_key_update(talk.ssl, SSL_KEY_UPDATE_REQUESTED);
		SSL_do_handshake(talk.ssl);
		assert_int_equal(talk_take(&talk, got_text, TEXT_MAX), 0);
	}
	talk_both(&talk);
	assert_int_equal(talk.updates, 2);
	talk_both(&talk);
	assert_int_equal(talk.updates, 2);
	talk_close(&talk);
}

static void we_update(void **state)
{
	struct talk talk;

	talk_open(&talk, *state, 2);
	for (unsigned int i = 1; i < 4; i++) {
		assert_int_equal(seal_conn_update_key(talk.conn, 0), 0);
		talk_both(&talk);
		assert_int_equal(talk.updates, i);
	}
	talk_close(&talk);
}

/* RFC 9846 4.7.3: not twice before the answer */
static void we_ask(void **state)
{
	struct talk talk;

	talk_open(&talk, *state, 2);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(seal_conn_update_key(talk.conn, 1), 0);
		assert_true(talk.conn->stream->requested);
		assert_int_equal(seal_conn_update_key(talk.conn, 1), 0);
		talk_both(&talk);
		assert_false(talk.conn->stream->requested);
	}
	assert_int_equal(talk.updates, 6);
	talk_close(&talk);
}

/* RFC 8446 5.5: so many records and no more under one key */
static void keys_change_before_their_limit(void **state)
{
	struct talk talk;

	talk_open(&talk, *state, 0);
	assert_true(talk.conn->stream->records_max > 1 << 20);
	talk.conn->stream->records_max = 3;
	for (int i = 0; i < 12; i++) {
		talk_say(&talk, "a record");
		assert_in_range(talk.conn->out.seq, 1, 3);
	}
	assert_in_range(talk.updates, 3, 4);
	talk_hear(&talk, "and back");
	talk_close(&talk);
}

/* A peer that uses its key for too long is asked for the next one */
static void old_keys_of_theirs(void **state)
{
	struct talk talk;

	talk_open(&talk, *state, 0);
	talk.conn->stream->records_max = 4;
	for (int i = 0; i < 7; i++)
		talk_hear(&talk, "a record");
	assert_false(talk.conn->stream->requested);
	talk_hear(&talk, "the eighth");
	assert_true(talk.conn->stream->requested);
	talk_hear(&talk, "asked once");
	talk_both(&talk);
	assert_int_equal(talk.updates, 1);
	assert_false(talk.conn->stream->requested);
	assert_in_range(talk.conn->in.seq, 1, 2);
	talk_close(&talk);
}

static const struct walk walks[] = {
	{ "they_update", they_update, NULL },
	{ "they_ask", they_ask, NULL },
	{ "they_ask_again_and_again", they_ask_again_and_again, NULL },
	{ "we_update", we_update, NULL },
	{ "we_ask", we_ask, NULL },
	{ "keys_change_before_their_limit", keys_change_before_their_limit, NULL },
	{ "old_keys_of_theirs", old_keys_of_theirs, NULL },
};

int main(void)
{
	static const struct cases cases = {
		.walks = walks, .walks_len = SEAL_ARRAY_SIZE(walks),
		.variants = talk_variants, .variants_len = TALK_VARIANTS,
	};

	return run_cases(&cases, NULL, NULL);
}
