// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Records of every bad shape enter a connection; the alert that is owed for them
 * leaves, or nothing at all to who does not speak TLS (RFC 8446 5).
 */
#include <stdlib.h>
#include <string.h>

#include "unit.h"

static const enum seal_state first_states[] = {
	SEAL_HS_WAIT_SERVER_HELLO, SEAL_HS_WAIT_CLIENT_HELLO
};

static const enum seal_state keyed_states[] = {
	SEAL_HS_WAIT_ENCRYPTED_EXTENSIONS, SEAL_HS_WAIT_CLIENT_FINISHED
};

static void refuse_raw(enum seal_state state, const void *data, size_t len,
		       int error)
{
	struct scene scene;

	scene_open(&scene, state);
	expect_refusal(&scene.puppet, puppet_send_raw(&scene.puppet, data, len),
		       error);
	scene_close(&scene);
}

static void a_peer_that_does_not_speak_tls(void **state)
{
	static const char *const texts[] = {
		"HTTP/1.1 400 Bad Request\r\n", "GET / HTTP/1.1\r\n",
		"SSH-2.0-OpenSSH_9.2\r\n", "220 mail.example ESMTP\r\n",
		/* SSL 2.0 and a TLS record of a version that never was */
		"\x80\x2e\x01\x03\x01", "\x16\x04\x03\x40\x01",
	};

	(void)state;
	for (size_t s = 0; s < SEAL_ARRAY_SIZE(first_states); s++)
		for (size_t i = 0; i < SEAL_ARRAY_SIZE(texts); i++)
			refuse_raw(first_states[s], texts[i], 5, SEAL_E_NOT_TLS);
}

/* RFC 8446 5.1: told by the header, before the body comes */
static void a_plaintext_record_too_long(void **state)
{
	(void)state;
	for (size_t s = 0; s < SEAL_ARRAY_SIZE(first_states); s++) {
		refuse_raw(first_states[s], "\x16\3\1\x40\1", 5,
			   SEAL_E_RECORD_OVERFLOW);
		refuse_raw(first_states[s], "\x16\3\3\xff\xff", 5,
			   SEAL_E_RECORD_OVERFLOW);
	}
}

/* RFC 8446 5.2: 2^14 + 256 */
static void a_protected_record_too_long(void **state)
{
	struct scene scene;

	(void)state;
	for (size_t s = 0; s < SEAL_ARRAY_SIZE(keyed_states); s++) {
		refuse_raw(keyed_states[s], "\x17\3\3\x41\1", 5,
			   SEAL_E_RECORD_OVERFLOW);
		scene_open(&scene, keyed_states[s]);
		assert_int_equal(puppet_send_raw(&scene.puppet,
						 "\x17\3\3\x41\0", 5),
				 SEAL_WANT_READ);
		assert_int_equal(seal_conn_need(scene.victim), 0x4100);
		scene_close(&scene);
	}
}

/* A sealed record of our own make: @len bytes of inner plaintext, type included */
static void seal_by_hand(struct scene *scene, const uint8_t *inner, size_t len,
			 struct seal_buf *out)
{
	const size_t size = len + SEAL_TAG_SIZE;
	const uint8_t header[] = { 0x17, 3, 3, size >> 8, size };
	struct seal_record *record = &scene->puppet.out;
	uint8_t nonce[SEAL_IV_SIZE], *text;

	/* the puppet takes its key when it sends for the first time */
	puppet_send_raw(&scene->puppet, NULL, 0);
	memcpy(nonce, record->iv, sizeof(nonce));
	nonce[SEAL_IV_SIZE - 1] ^= record->seq;
	assert_int_equal(seal_buf_append(out, header, sizeof(header)), 0);
	assert_int_equal(seal_buf_append(out, inner, len), 0);
	assert_non_null(seal_buf_reserve(out, SEAL_TAG_SIZE));
	text = out->data + sizeof(header);
	assert_int_equal(seal_aead_seal(record->ctx, nonce, (struct seal_span){
		out->data, sizeof(header) }, text, len), 0);
	out->len += SEAL_TAG_SIZE;
}

static int send_by_hand(struct scene *scene, const uint8_t *inner, size_t len)
{
	struct seal_buf wire = { 0 };
	int status;

	seal_by_hand(scene, inner, len, &wire);
	status = puppet_send_raw(&scene->puppet, wire.data, wire.len);
	seal_buf_free(&wire);
	return status;
}

static void refuse_inner(const uint8_t *inner, size_t len, int error)
{
	struct scene scene;

	for (size_t s = 0; s < SEAL_ARRAY_SIZE(keyed_states); s++) {
		scene_open(&scene, keyed_states[s]);
		expect_refusal(&scene.puppet, send_by_hand(&scene, inner, len),
			       error);
		scene_close(&scene);
	}
}

/* RFC 8446 5.4 */
static void only_padding(void **state)
{
	static const uint8_t zeros[SEAL_PLAINTEXT_MAX + 1];

	(void)state;
	refuse_inner(zeros, 1, SEAL_E_UNEXPECTED_MESSAGE);
	refuse_inner(zeros, 100, SEAL_E_UNEXPECTED_MESSAGE);
	refuse_inner(zeros, sizeof(zeros), SEAL_E_UNEXPECTED_MESSAGE);
}

static void padding_beyond_the_limit(void **state)
{
	static uint8_t inner[SEAL_PLAINTEXT_MAX + 2] = {
		SEAL_MSG_FINISHED, SEAL_CONTENT_HANDSHAKE
	};

	(void)state;
	refuse_inner(inner, sizeof(inner), SEAL_E_RECORD_OVERFLOW);
}

/* RFC 8446 5.1, 5.4: content without bytes, of types that must have some */
static void no_content(void **state)
{
	static const uint8_t handshake[] = { SEAL_CONTENT_HANDSHAKE, 0, 0 };
	static const uint8_t alert[] = { SEAL_CONTENT_ALERT };

	(void)state;
	refuse_inner(handshake, 1, SEAL_E_UNEXPECTED_MESSAGE);
	refuse_inner(handshake, 3, SEAL_E_UNEXPECTED_MESSAGE);
	refuse_inner(alert, sizeof(alert), SEAL_E_DECODE_ERROR);
}

static void padding_is_taken_off(void **state)
{
	static uint8_t inner[SEAL_PLAINTEXT_MAX + 1];
	struct seal_span finished;
	struct scene scene;

	(void)state;
	for (size_t len = 37; len <= sizeof(inner); len += 4083) {
		scene_open(&scene, SEAL_HS_WAIT_CLIENT_FINISHED);
		finished = scene.flight.messages[0];
		memset(inner, 0, sizeof(inner));
		memcpy(inner, finished.data, finished.len);
		inner[finished.len] = SEAL_CONTENT_HANDSHAKE;
		assert_int_equal(send_by_hand(&scene, inner, len), 0);
		scene_close(&scene);
	}
}

/* RFC 8446 5.2: nothing shorter than a type and a tag can be right */
static void shorter_than_a_tag(void **state)
{
	uint8_t record[5 + 16] = { 0x17, 3, 3 };

	(void)state;
	for (size_t s = 0; s < SEAL_ARRAY_SIZE(keyed_states); s++)
		for (size_t len = 0; len <= 16; len++) {
			record[4] = len;
			refuse_raw(keyed_states[s], record, 5 + len,
				   SEAL_E_BAD_RECORD_MAC);
		}
}

static void every_bit_is_authenticated(void **state)
{
	struct seal_span finished;
	struct seal_buf wire = { 0 };
	struct scene scene;
	const size_t bits = 8 * (5 + 36 + 1 + 16);

	(void)state;
	for (size_t bit = 0; bit < bits; bit++) {
		/* of type and length other tests say what they change */
		if (bit / 8 == 3 || bit / 8 == 4 || bit / 8 == 0)
			continue;
		scene_open(&scene, SEAL_HS_WAIT_CLIENT_FINISHED);
		finished = scene.flight.messages[0];
		puppet_send_raw(&scene.puppet, NULL, 0);
		assert_int_equal(seal_record_seal(&scene.puppet.out,
						  SEAL_CONTENT_HANDSHAKE,
						  finished, &wire), 0);
		wire.data[bit / 8] ^= 1 << bit % 8;
		expect_refusal(&scene.puppet,
			       puppet_send_raw(&scene.puppet, wire.data, wire.len),
			       SEAL_E_BAD_RECORD_MAC);
		seal_buf_free(&wire);
		scene_close(&scene);
	}
}

/* RFC 8446 5.1: one alert of two bytes in a record */
static void alerts_of_other_sizes(void **state)
{
	struct scene scene;

	(void)state;
	for (size_t s = 0; s < SEAL_ARRAY_SIZE(keyed_states); s++)
		for (size_t len = 1; len <= 4; len++) {
			if (len == 2)
				continue;
			scene_open(&scene, keyed_states[s]);
			expect_refusal(&scene.puppet,
				       puppet_send(&scene.puppet,
						   SEAL_CONTENT_ALERT,
						   "\2\x28\2\x28", len),
				       SEAL_E_DECODE_ERROR);
			scene_close(&scene);
		}
}

/* RFC 8446 6.1 */
static void close_notify_is_an_early_end(void **state)
{
	struct scene scene;

	(void)state;
	for (size_t s = 0; s < SEAL_ARRAY_SIZE(first_states); s++) {
		scene_open(&scene, first_states[s]);
		assert_int_equal(puppet_send(&scene.puppet, SEAL_CONTENT_ALERT,
					     "\1\x5a", 2), SEAL_WANT_READ);
		expect_refusal(&scene.puppet,
			       puppet_send(&scene.puppet, SEAL_CONTENT_ALERT,
					   "\1\0", 2), SEAL_E_EOF);
		assert_int_equal(seal_conn_alert(scene.victim), 0);
		scene_close(&scene);
	}
}

/* A peer of TLS 1.2 alone says so, and the text names the version */
static void protocol_version_is_explained(void **state)
{
	struct scene scene;

	(void)state;
	scene_open(&scene, SEAL_HS_WAIT_SERVER_HELLO);
	expect_refusal(&scene.puppet,
		       puppet_send(&scene.puppet, SEAL_CONTENT_ALERT, "\2\x46", 2),
		       SEAL_E_ALERT);
	assert_non_null(strstr(seal_conn_error(scene.victim), "TLS 1.3"));
	scene_close(&scene);
}

/* --------------------------------------- messages across records, or not */

/* RFC 8446 5.1: no other record amid the fragments of a message */
static void a_message_is_not_interleaved(void **state)
{
	static const uint8_t half[] = { SEAL_MSG_FINISHED, 0, 0, 32, 1, 2 };
	struct scene scene;

	(void)state;
	scene_open(&scene, SEAL_HS_WAIT_CLIENT_FINISHED);
	assert_int_equal(puppet_send(&scene.puppet, SEAL_CONTENT_HANDSHAKE, half,
				     sizeof(half)), SEAL_WANT_READ);
	expect_refusal(&scene.puppet,
		       puppet_send_plain(&scene.puppet, SEAL_CONTENT_CCS, "\1", 1),
		       SEAL_E_UNEXPECTED_MESSAGE);
	scene_close(&scene);
	scene_open(&scene, SEAL_HS_WAIT_CLIENT_FINISHED);
	assert_int_equal(puppet_send(&scene.puppet, SEAL_CONTENT_HANDSHAKE, half,
				     sizeof(half)), SEAL_WANT_READ);
	expect_refusal(&scene.puppet,
		       puppet_send(&scene.puppet, SEAL_CONTENT_DATA, "x", 1),
		       SEAL_E_UNEXPECTED_MESSAGE);
	scene_close(&scene);
}

/* A message in as many records as it has bytes, and all messages in one record */
static void messages_in_any_fragments(void **state)
{
	struct scene scene;
	struct seal_span rest;

	(void)state;
	scene_open(&scene, SEAL_HS_WAIT_ENCRYPTED_EXTENSIONS);
	rest = scene.flight.messages[1];
	rest.len = scene.flight.bytes.data + scene.flight.bytes.len - rest.data;
	for (size_t i = 0; i < rest.len - 1; i++)
		assert_int_equal(puppet_send(&scene.puppet,
					     SEAL_CONTENT_HANDSHAKE,
					     rest.data + i, 1), SEAL_WANT_READ);
	assert_int_equal(puppet_send(&scene.puppet, SEAL_CONTENT_HANDSHAKE,
				     rest.data + rest.len - 1, 1), 0);
	scene_close(&scene);

	scene_open(&scene, SEAL_HS_WAIT_ENCRYPTED_EXTENSIONS);
	rest.data = scene.flight.messages[1].data;
	rest.len = scene.flight.bytes.data + scene.flight.bytes.len - rest.data;
	assert_int_equal(puppet_send(&scene.puppet, SEAL_CONTENT_HANDSHAKE,
				     rest.data, rest.len), 0);
	scene_close(&scene);
}

/* RFC 8446 5.1: a message that changes keys ends its record */
static void bytes_behind_a_key_change(void **state)
{
	static const struct {
		enum seal_state	state;
		size_t		index;
	} cases[] = {
		{ SEAL_HS_WAIT_SERVER_HELLO, 0 },
		{ SEAL_HS_WAIT_SERVER_FINISHED, 4 },
		{ SEAL_HS_WAIT_CLIENT_FINISHED, 0 },
	};
	struct seal_buf longer = { 0 };
	struct seal_span message;
	struct scene scene;

	(void)state;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(cases); i++) {
		scene_open(&scene, cases[i].state);
		message = scene.flight.messages[cases[i].index];
		assert_int_equal(seal_buf_append(&longer, message.data,
						 message.len), 0);
		assert_int_equal(seal_buf_append(&longer, "\x8", 1), 0);
		expect_refusal(&scene.puppet,
			       puppet_send(&scene.puppet, SEAL_CONTENT_HANDSHAKE,
					   longer.data, longer.len),
			       SEAL_E_UNEXPECTED_MESSAGE);
		seal_buf_free(&longer);
		scene_close(&scene);
	}
}

/* SEAL_MESSAGE_MAX: refused by its length alone, before 16 MB are collected */
static void a_message_above_the_limit(void **state)
{
	static const uint8_t above[] = { SEAL_MSG_CLIENT_HELLO, 0, 0xff, 0xfd };
	static const uint8_t below[] = { SEAL_MSG_CLIENT_HELLO, 0, 0xff, 0xfc };
	struct scene scene;

	(void)state;
	scene_open(&scene, SEAL_HS_WAIT_CLIENT_HELLO);
	expect_refusal(&scene.puppet,
		       puppet_send(&scene.puppet, SEAL_CONTENT_HANDSHAKE, above,
				   sizeof(above)), SEAL_E_ILLEGAL_PARAMETER);
	scene_close(&scene);
	scene_open(&scene, SEAL_HS_WAIT_CLIENT_HELLO);
	assert_int_equal(puppet_send(&scene.puppet, SEAL_CONTENT_HANDSHAKE, below,
				     sizeof(below)), SEAL_WANT_READ);
	scene_close(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_peer_that_does_not_speak_tls),
		cmocka_unit_test(a_plaintext_record_too_long),
		cmocka_unit_test(a_protected_record_too_long),
		cmocka_unit_test(only_padding),
		cmocka_unit_test(padding_beyond_the_limit),
		cmocka_unit_test(no_content),
		cmocka_unit_test(padding_is_taken_off),
		cmocka_unit_test(shorter_than_a_tag),
		cmocka_unit_test(every_bit_is_authenticated),
		cmocka_unit_test(alerts_of_other_sizes),
		cmocka_unit_test(close_notify_is_an_early_end),
		cmocka_unit_test(protocol_version_is_explained),
		cmocka_unit_test(a_message_is_not_interleaved),
		cmocka_unit_test(messages_in_any_fragments),
		cmocka_unit_test(bytes_behind_a_key_change),
		cmocka_unit_test(a_message_above_the_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
