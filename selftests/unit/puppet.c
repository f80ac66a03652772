// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Records of any content enter a connection as if its peer had sent them, under
 * the keys that the connection itself has derived; its alert leaves.
 */
#include <string.h>

#include "unit.h"

#define LEVEL_FATAL	2
#define ALERT_NONE	-1

/* RFC 8446 6.2: written down here once more, for the tests alone */
static const struct {
	int	error;
	int	alert;
} alerts[] = {
	{ SEAL_E_UNEXPECTED_MESSAGE, 10 },
	{ SEAL_E_BAD_RECORD_MAC, 20 },
	{ SEAL_E_RECORD_OVERFLOW, 22 },
	{ SEAL_E_HANDSHAKE_FAILURE, 40 },
	{ SEAL_E_BAD_CERTIFICATE, 42 },
	{ SEAL_E_HOSTNAME, 42 },
	{ SEAL_E_UNSUPPORTED_CERTIFICATE, 43 },
	{ SEAL_E_CERTIFICATE_EXPIRED, 45 },
	{ SEAL_E_CERTIFICATE_UNKNOWN, 46 },
	{ SEAL_E_ILLEGAL_PARAMETER, 47 },
	{ SEAL_E_UNKNOWN_CA, 48 },
	{ SEAL_E_DECODE_ERROR, 50 },
	{ SEAL_E_DECRYPT_ERROR, 51 },
	{ SEAL_E_PROTOCOL_VERSION, 70 },
	{ SEAL_E_MISSING_EXTENSION, 109 },
	{ SEAL_E_UNSUPPORTED_EXTENSION, 110 },
	{ SEAL_E_CERTIFICATE_REVOKED, 44 },
	{ SEAL_E_ACCESS_DENIED, 49 },
	{ SEAL_E_BAD_STATUS_RESPONSE, 113 },
	{ SEAL_E_CERTIFICATE_REQUIRED, 116 },
	{ SEAL_E_NO_APPLICATION_PROTOCOL, 120 },
	{ SEAL_E_UNRECOGNIZED_NAME, 112 },
	{ SEAL_E_NO_ANSWER, 80 },
	{ SEAL_E_KEY_MISMATCH, 80 },
};

static int alert_of(int error)
{
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(alerts); i++)
		if (alerts[i].error == error)
			return alerts[i].alert;
	return ALERT_NONE;
}

void puppet_start(struct puppet *puppet, struct seal_conn *victim)
{
	*puppet = (struct puppet){ .victim = victim };
}

void puppet_stop(struct puppet *puppet)
{
	seal_record_free(&puppet->out);
	seal_record_free(&puppet->in);
}

static bool is_client(const struct seal_conn *conn)
{
	return conn->cfg->side == SEAL_CLIENT;
}

/* What the victim reads under; a server takes early data first */
static const uint8_t *secret_of_peer(const struct seal_conn *victim)
{
	if (is_client(victim))
		return victim->handshake.server;
	if (victim->state == SEAL_HS_WAIT_END_OF_EARLY_DATA)
		return victim->early->secret;
	return victim->handshake.client;
}

/* What the victim reads and writes under; a server moves on after its flight */
static void follow_keys(struct puppet *puppet)
{
	const struct seal_conn *victim = puppet->victim;

	if (seal_record_is_protected(&victim->in)) {
		record_key(&puppet->out, epoch_of(victim, secret_of_peer(victim)), true);
		puppet->out.seq = victim->in.seq;
	}
	/* what a client sends early nobody here reads */
	if (seal_record_is_protected(&victim->out) &&
	    (!is_client(victim) || !seal_early_has_keys(victim))) {
		record_key(&puppet->in, epoch_of(victim, is_client(victim) ?
			   victim->handshake.client : victim->application.server),
			   false);
		puppet->in.seq = victim->out.seq;
	}
}

static void discard_output(struct seal_conn *conn)
{
	struct wire wire;

	wire_take(&wire, conn);
	wire_free(&wire);
}

int puppet_send_raw(struct puppet *puppet, const void *data, size_t len)
{
	discard_output(puppet->victim);
	if (!puppet->victim->error)
		follow_keys(puppet);
	return feed(puppet->victim, data, len);
}

static int send_record(struct puppet *puppet, struct seal_record *record,
		       uint8_t type, struct seal_span content)
{
	struct seal_buf wire = { 0 };
	int status;

	/* unlike ours, this one sends records without content too */
	if (content.len || !seal_record_is_protected(record))
		assert_int_equal(seal_record_seal(record, type, content, &wire), 0);
	if (!wire.len)
		assert_int_equal(seal_record_plain(type, 0x0303, content, &wire), 0);
	status = puppet_send_raw(puppet, wire.data, wire.len);
	seal_buf_free(&wire);
	return status;
}

int puppet_send_plain(struct puppet *puppet, uint8_t type, const void *data,
		      size_t len)
{
	struct seal_record none = { 0 };

	return send_record(puppet, &none, type, (struct seal_span){ data, len });
}

int puppet_send(struct puppet *puppet, uint8_t type, const void *data,
		size_t len)
{
	if (!puppet->victim->error)
		follow_keys(puppet);
	return send_record(puppet, &puppet->out, type,
			   (struct seal_span){ data, len });
}

int puppet_send_message(struct puppet *puppet, uint8_t type,
			struct seal_span body)
{
	struct seal_buf message = { 0 };
	const uint8_t header[] = { type, body.len >> 16, body.len >> 8, body.len };
	int status;

	assert_int_equal(seal_buf_append(&message, header, sizeof(header)), 0);
	assert_int_equal(seal_buf_append(&message, body.data, body.len), 0);
	status = puppet_send(puppet, SEAL_CONTENT_HANDSHAKE, message.data,
			     message.len);
	seal_buf_free(&message);
	return status;
}

/* The description in the last record of @wire */
static int read_alert(struct puppet *puppet, const struct wire *wire)
{
	struct seal_fragment content = { 0 };
	size_t at = 0, size = 0;

	for (; at < wire->len; at += size) {
		size = SEAL_RECORD_HEADER + (wire->data[at + 3] << 8 |
					     wire->data[at + 4]);
		content.type = wire->data[at];
		content.data = wire->data + at + SEAL_RECORD_HEADER;
		content.len = size - SEAL_RECORD_HEADER;
		if (content.type == SEAL_CONTENT_DATA)
			assert_int_equal(seal_record_open(&puppet->in,
							  wire->data + at, size,
							  &content), 0);
	}
	if (content.type != SEAL_CONTENT_ALERT)
		return ALERT_NONE;
	assert_int_equal(content.len, 2);
	assert_int_equal(content.data[0], LEVEL_FATAL);
	return content.data[1];
}

void expect_refusal(struct puppet *puppet, int status, int error)
{
	struct seal_conn *victim = puppet->victim;
	struct wire wire;
	size_t used = 1;

	assert_int_equal(status, error);
	wire_take(&wire, victim);
	assert_int_equal(read_alert(puppet, &wire), alert_of(error));
	wire_free(&wire);
	assert_int_equal(seal_conn_need(victim), 0);
	assert_int_equal(seal_conn_feed(victim, "\x16", 1, &used), error);
	assert_int_equal(used, 0);
	assert_int_equal(seal_conn_drain(victim, NULL, 0), 0);
	assert_memory_equal(seal_conn_error(victim), seal_strerror(error),
			    strlen(seal_strerror(error)));
}
