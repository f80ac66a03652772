// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Every state of both sides enters with every message and every kind of record;
 * only what RFC 8446 A.1, A.2 allow may leave to a handler, all else is refused with
 * unexpected_message.
 */
#include <string.h>

#include "unit.h"

/* RFC 8446 A.1 and A.2, written down here once more; two types at most each */
static const struct row {
	enum seal_state	state;
	const char	*name;
	uint8_t		allowed[2];
	bool		keyed;		/* records are protected */
} rows[] = {
	{ SEAL_HS_WAIT_SERVER_HELLO, "wait_server_hello", { 2 }, false },
	{ SEAL_HS_WAIT_SERVER_HELLO_2, "wait_server_hello_2", { 2 }, false },
	{ SEAL_HS_WAIT_ENCRYPTED_EXTENSIONS, "wait_encrypted_extensions", { 8 },
	  true },
	{ SEAL_HS_WAIT_CERTIFICATE_OR_REQUEST, "wait_certificate_or_request",
	  { 11, 13 }, true },
	{ SEAL_HS_WAIT_CERTIFICATE, "wait_certificate", { 11 }, true },
	{ SEAL_HS_WAIT_CERTIFICATE_VERIFY, "wait_certificate_verify", { 15 },
	  true },
	{ SEAL_HS_WAIT_SERVER_FINISHED, "wait_server_finished", { 20 }, true },
	{ SEAL_HS_WAIT_CLIENT_HELLO, "wait_client_hello", { 1 }, false },
	{ SEAL_HS_WAIT_CLIENT_HELLO_2, "wait_client_hello_2", { 1 }, false },
	{ SEAL_HS_WAIT_CLIENT_CERTIFICATE, "wait_client_certificate", { 11 },
	  true },
	{ SEAL_HS_WAIT_CLIENT_CERTIFICATE_VERIFY,
	  "wait_client_certificate_verify", { 15 }, true },
	{ SEAL_HS_WAIT_CLIENT_FINISHED, "wait_client_finished", { 20 }, true },
};

static bool is_allowed(const struct row *row, unsigned int type)
{
	return type && (row->allowed[0] == type || row->allowed[1] == type);
}

/* The body of a message that is expected is looked at, and has nothing in it */
static void every_message(void **state)
{
	const struct row *row = *state;
	struct scene scene;
	int status;

	for (unsigned int type = 0; type < 256; type++) {
		scene_open(&scene, row->state);
		status = puppet_send_message(&scene.puppet, type,
					     (struct seal_span){ 0 });
		expect_refusal(&scene.puppet, status, is_allowed(row, type) ?
			       SEAL_E_DECODE_ERROR : SEAL_E_UNEXPECTED_MESSAGE);
		assert_int_equal(scene.victim->state, row->state);
		scene_close(&scene);
	}
}

/* What is wrong about a message is said before its body has come */
static void refused_before_the_body(void **state)
{
	const uint8_t header[] = { SEAL_MSG_MESSAGE_HASH, 0, 0x40, 0 };
	const struct row *row = *state;
	struct scene scene;

	scene_open(&scene, row->state);
	expect_refusal(&scene.puppet,
		       puppet_send(&scene.puppet, SEAL_CONTENT_HANDSHAKE, header,
				   sizeof(header)), SEAL_E_UNEXPECTED_MESSAGE);
	scene_close(&scene);
}

/* RFC 8446 5: CCS and the four others; what an inner type may be is 5.2 */
static void every_inner_type(void **state)
{
	const struct row *row = *state;
	struct scene scene;
	int status;

	for (unsigned int type = 0; type < 256; type++) {
		if (type == SEAL_CONTENT_HANDSHAKE || type == SEAL_CONTENT_ALERT)
			continue;
		scene_open(&scene, row->state);
		status = puppet_send(&scene.puppet, type, "\x01", 1);
		/* type 0 is padding: then the content's 1 is the type */
		expect_refusal(&scene.puppet, status, SEAL_E_UNEXPECTED_MESSAGE);
		scene_close(&scene);
	}
}

static void every_outer_type(void **state)
{
	const struct row *row = *state;
	struct scene scene;
	int expected;

	for (unsigned int type = 0; type < 256; type++) {
		if (type >= SEAL_CONTENT_CCS && type <= SEAL_CONTENT_HANDSHAKE)
			continue;
		scene_open(&scene, row->state);
		expected = SEAL_E_UNEXPECTED_MESSAGE;
		/* RFC 8446 5.2: what cannot be opened is bad_record_mac */
		if (type == SEAL_CONTENT_DATA && row->keyed)
			expected = SEAL_E_BAD_RECORD_MAC;
		/* whoever says nothing else before is not speaking TLS */
		else if (type != SEAL_CONTENT_DATA && !scene.victim->heard)
			expected = SEAL_E_NOT_TLS;
		expect_refusal(&scene.puppet,
			       puppet_send_plain(&scene.puppet, type,
						 "0123456789abcdef0123", 20),
			       expected);
		scene_close(&scene);
	}
}

/* RFC 8446 5: ignored from the first ClientHello on, until the Finished */
static void change_cipher_spec(void **state)
{
	const struct row *row = *state;
	struct scene scene;
	int status;

	scene_open(&scene, row->state);
	status = puppet_send_plain(&scene.puppet, SEAL_CONTENT_CCS, "\x01", 1);
	if (row->state == SEAL_HS_WAIT_CLIENT_HELLO) {
		expect_refusal(&scene.puppet, status, SEAL_E_UNEXPECTED_MESSAGE);
	} else {
		assert_int_equal(status, SEAL_WANT_READ);
		assert_int_equal(scene.victim->state, row->state);
		assert_int_equal(seal_conn_drain(scene.victim, NULL, 0), 0);
	}
	scene_close(&scene);
}

/* RFC 8446 5: anything but the one byte 1 */
static void malformed_change_cipher_spec(void **state)
{
	static const struct seal_span bodies[] = {
		{ (const uint8_t *)"", 0 },
		{ (const uint8_t *)"\0", 1 },
		{ (const uint8_t *)"\2", 1 },
		{ (const uint8_t *)"\1\1", 2 },
	};
	const struct row *row = *state;
	struct scene scene;

	for (size_t i = 0; i < SEAL_ARRAY_SIZE(bodies); i++) {
		scene_open(&scene, row->state);
		expect_refusal(&scene.puppet,
			       puppet_send_plain(&scene.puppet, SEAL_CONTENT_CCS,
						 bodies[i].data, bodies[i].len),
			       SEAL_E_UNEXPECTED_MESSAGE);
		scene_close(&scene);
	}
}

static void alert_ends_the_handshake(void **state)
{
	static const uint8_t alert[] = { 2, 40 };
	const struct row *row = *state;
	struct scene scene;

	scene_open(&scene, row->state);
	expect_refusal(&scene.puppet,
		       puppet_send(&scene.puppet, SEAL_CONTENT_ALERT, alert,
				   sizeof(alert)), SEAL_E_ALERT);
	assert_int_equal(seal_conn_alert(scene.victim), 40);
	assert_non_null(strstr(seal_conn_error(scene.victim),
			       "handshake_failure (40)"));
	scene_close(&scene);
}

/*
 * RFC 8446 5: with keys set, a record without protection is unexpected.  A server
 * excepts the alert of a client that could not derive keys from its ServerHello.
 */
static void plaintext_after_keys(void **state)
{
	static const uint8_t alert[] = { 2, 40 };
	const struct row *row = *state;
	struct scene scene;
	int status;

	scene_open(&scene, row->state);
	status = puppet_send_plain(&scene.puppet, SEAL_CONTENT_ALERT, alert,
				   sizeof(alert));
	expect_refusal(&scene.puppet, status,
		       row->state == SEAL_HS_WAIT_CLIENT_FINISHED ||
		       row->state == SEAL_HS_WAIT_CLIENT_CERTIFICATE ?
		       SEAL_E_ALERT : SEAL_E_UNEXPECTED_MESSAGE);
	scene_close(&scene);

	scene_open(&scene, row->state);
	status = puppet_send_plain(&scene.puppet, SEAL_CONTENT_HANDSHAKE,
				   "\x14\0\0\0", 4);
	expect_refusal(&scene.puppet, status, SEAL_E_UNEXPECTED_MESSAGE);
	scene_close(&scene);
}

/* RFC 8446 5.1, 5.4: no handshake record without content */
static void empty_handshake_record(void **state)
{
	const struct row *row = *state;
	struct scene scene;

	scene_open(&scene, row->state);
	expect_refusal(&scene.puppet,
		       puppet_send_plain(&scene.puppet, SEAL_CONTENT_HANDSHAKE,
					 NULL, 0), SEAL_E_UNEXPECTED_MESSAGE);
	scene_close(&scene);
}

static void nothing_after_the_end(void **state)
{
	struct scene scene;
	size_t used = 1;

	(void)state;
	scene_open(&scene, SEAL_HS_DONE);
	assert_int_equal(seal_conn_need(scene.victim), 0);
	assert_int_equal(seal_conn_feed(scene.victim, "\x17\3\3\0\1", 5, &used), 0);
	assert_int_equal(used, 0);
	assert_int_equal(scene.victim->state, SEAL_HS_DONE);
	scene_close(&scene);
}

static bool is_keyed(const void *variant)
{
	return ((const struct row *)variant)->keyed;
}

static bool is_not_keyed(const void *variant)
{
	return !is_keyed(variant);
}

static const struct walk walks[] = {
	{ "every_message", every_message, NULL },
	{ "refused_before_the_body", refused_before_the_body, NULL },
	{ "every_inner_type", every_inner_type, is_keyed },
	{ "every_outer_type", every_outer_type, NULL },
	{ "change_cipher_spec", change_cipher_spec, NULL },
	{ "malformed_change_cipher_spec", malformed_change_cipher_spec, NULL },
	{ "alert_ends_the_handshake", alert_ends_the_handshake, NULL },
	{ "plaintext_after_keys", plaintext_after_keys, is_keyed },
	{ "empty_handshake_record", empty_handshake_record, is_not_keyed },
};

static const struct CMUnitTest others[] = {
	cmocka_unit_test(nothing_after_the_end),
};

int main(void)
{
	struct variant variants[SEAL_ARRAY_SIZE(rows)];
	const struct cases cases = {
		walks, SEAL_ARRAY_SIZE(walks),
		variants, SEAL_ARRAY_SIZE(variants),
		others, SEAL_ARRAY_SIZE(others),
	};

	for (size_t i = 0; i < SEAL_ARRAY_SIZE(rows); i++)
		variants[i] = (struct variant){ rows[i].name, &rows[i] };
	return run_cases(&cases, NULL, NULL);
}
