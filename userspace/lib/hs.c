// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Handshake bytes enter, whole messages leave to the handler that the table names
 * for the present state (RFC 8446 A); what is not in the table is refused.
 */
#include "private.h"

/* RFC 8446 A.1 and A.2 */
static const struct seal_transition transitions[] = {
	{ SEAL_HS_WAIT_SERVER_HELLO, SEAL_MSG_SERVER_HELLO,
	  SEAL_HS_ENDS_RECORD, seal_client_on_server_hello },
	{ SEAL_HS_WAIT_SERVER_HELLO, SEAL_MSG_HELLO_RETRY_REQUEST,
	  SEAL_HS_ENDS_RECORD, seal_client_on_retry },
	{ SEAL_HS_WAIT_SERVER_HELLO_2, SEAL_MSG_SERVER_HELLO,
	  SEAL_HS_ENDS_RECORD, seal_client_on_server_hello },
	{ SEAL_HS_WAIT_ENCRYPTED_EXTENSIONS, SEAL_MSG_ENCRYPTED_EXTENSIONS,
	  0, seal_client_on_extensions },
	{ SEAL_HS_WAIT_CERTIFICATE_OR_REQUEST, SEAL_MSG_CERTIFICATE_REQUEST,
	  0, seal_auth_on_request },
	{ SEAL_HS_WAIT_CERTIFICATE_OR_REQUEST, SEAL_MSG_CERTIFICATE,
	  0, seal_auth_on_certificate },
	{ SEAL_HS_WAIT_CERTIFICATE_OR_REQUEST, SEAL_MSG_COMPRESSED_CERTIFICATE,
	  0, seal_auth_on_compressed },
	{ SEAL_HS_WAIT_CERTIFICATE, SEAL_MSG_CERTIFICATE,
	  0, seal_auth_on_certificate },
	{ SEAL_HS_WAIT_CERTIFICATE, SEAL_MSG_COMPRESSED_CERTIFICATE,
	  0, seal_auth_on_compressed },
	{ SEAL_HS_WAIT_CERTIFICATE_VERIFY, SEAL_MSG_CERTIFICATE_VERIFY,
	  0, seal_auth_on_verify },
	{ SEAL_HS_WAIT_SERVER_FINISHED, SEAL_MSG_FINISHED,
	  SEAL_HS_ENDS_RECORD, seal_client_on_finished },

	{ SEAL_HS_WAIT_CLIENT_HELLO, SEAL_MSG_CLIENT_HELLO,
	  SEAL_HS_ENDS_RECORD, seal_server_on_hello },
	{ SEAL_HS_WAIT_CLIENT_HELLO_2, SEAL_MSG_CLIENT_HELLO,
	  SEAL_HS_ENDS_RECORD, seal_server_on_hello_2 },
	{ SEAL_HS_WAIT_END_OF_EARLY_DATA, SEAL_MSG_END_OF_EARLY_DATA,
	  SEAL_HS_ENDS_RECORD, seal_server_on_end_of_early_data },
	{ SEAL_HS_WAIT_CLIENT_CERTIFICATE, SEAL_MSG_CERTIFICATE,
	  0, seal_auth_on_certificate },
	{ SEAL_HS_WAIT_CLIENT_CERTIFICATE, SEAL_MSG_COMPRESSED_CERTIFICATE,
	  0, seal_auth_on_compressed },
	{ SEAL_HS_WAIT_CLIENT_CERTIFICATE_VERIFY, SEAL_MSG_CERTIFICATE_VERIFY,
	  0, seal_auth_on_verify },
	{ SEAL_HS_WAIT_CLIENT_FINISHED, SEAL_MSG_FINISHED,
	  SEAL_HS_ENDS_RECORD, seal_server_on_finished },

	{ SEAL_HS_DONE, SEAL_MSG_NEW_SESSION_TICKET,
	  0, seal_stream_on_ticket },
	{ SEAL_HS_DONE, SEAL_MSG_KEY_UPDATE,
	  SEAL_HS_ENDS_RECORD, seal_stream_on_update },
};

const struct seal_transition *seal_hs_find(enum seal_state state,
					   uint8_t message)
{
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(transitions); i++)
		if (transitions[i].state == state &&
		    transitions[i].message == message)
			return &transitions[i];
	return NULL;
}

/* Can a message that has this type on the wire be right? Asked before its body */
static bool is_expected(const struct seal_conn *conn, uint8_t type)
{
	/* it was, before the application was asked */
	if (seal_answer_find(conn->state))
		return true;
	/* RFC 8446 4: the number is reserved, a HelloRetryRequest has another */
	if (type == SEAL_MSG_HELLO_RETRY_REQUEST)
		return false;
	return seal_hs_find(conn->state, type);
}

/* 1 when conn->messages begins with a whole message, 0 when not yet */
static int next_message(struct seal_conn *conn, struct seal_message *msg)
{
	struct seal_reader r;
	size_t len;

	if (conn->messages.len < SEAL_MESSAGE_HEADER)
		return 0;
	seal_reader_init(&r, conn->messages.data, conn->messages.len);
	msg->type = seal_reader_u8(&r);
	len = seal_reader_u24(&r);
	if (!is_expected(conn, msg->type))
		return seal_conn_fail(conn, SEAL_E_UNEXPECTED_MESSAGE,
				      "handshake message %u", msg->type);
	if (len > SEAL_MESSAGE_MAX - SEAL_MESSAGE_HEADER)
		return seal_conn_fail(conn, SEAL_E_ILLEGAL_PARAMETER,
				      "handshake message of %zu bytes", len);
	if (len > r.left)
		return 0;
	msg->body = seal_reader_bytes(&r, len);
	msg->raw.data = conn->messages.data;
	msg->raw.len = SEAL_MESSAGE_HEADER + len;
	if (msg->type == SEAL_MSG_SERVER_HELLO &&
	    seal_server_hello_is_retry(msg->body))
		msg->type = SEAL_MSG_HELLO_RETRY_REQUEST;
	return 1;
}

/* The one place that assigns the state */
static int enter_state(struct seal_conn *conn, int next)
{
	if (next < 0)
		return next;
	conn->state = next;
	return 0;
}

static int dispatch(struct seal_conn *conn, const struct seal_message *msg)
{
	const struct seal_transition *row = seal_hs_find(conn->state, msg->type);

	if (!row)
		return seal_conn_fail(conn, SEAL_E_UNEXPECTED_MESSAGE,
				      "handshake message %u", msg->type);
	/* RFC 8446 5.1: nothing may follow in the record before a key change */
	if (row->flags & SEAL_HS_ENDS_RECORD &&
	    conn->messages.len != msg->raw.len)
		return seal_conn_fail(conn, SEAL_E_UNEXPECTED_MESSAGE,
				      "more data after handshake message %u",
				      msg->type);
	return enter_state(conn, row->handler(conn, msg));
}

/* To its end, which may take answers of the application */
static int handle(struct seal_conn *conn, const struct seal_message *msg)
{
	const struct seal_question_row *row = seal_answer_find(conn->state);
	int err = row ? 0 : dispatch(conn, msg);

	while (!err && (row = seal_answer_find(conn->state))) {
		err = seal_answer_get(conn, row);
		if (!err)
			err = enter_state(conn, row->go_on(conn, msg));
	}
	return err;
}

int seal_hs_start(struct seal_conn *conn)
{
	/* of a first ClientHello that a cookie will tell of, there may be early data left */
	if (conn->cfg->cookies)
		conn->early_skip = seal_early_skip(conn);
	return enter_state(conn, conn->cfg->side == SEAL_CLIENT ?
			   seal_client_start(conn) : SEAL_HS_WAIT_CLIENT_HELLO);
}

int seal_hs_advance(struct seal_conn *conn)
{
	struct seal_message msg;
	int err;

	while ((err = next_message(conn, &msg)) > 0) {
		err = handle(conn, &msg);
		if (err)
			return err;
		seal_buf_consume(&conn->messages, msg.raw.len);
	}
	return err;
}

int seal_hs_receive(struct seal_conn *conn, struct seal_span fragment)
{
	int err;

	/* RFC 8446 5.1: no fragments of handshake messages without bytes */
	if (!fragment.len)
		return seal_conn_fail(conn, SEAL_E_UNEXPECTED_MESSAGE,
				      "an empty handshake record");
	err = seal_buf_append(&conn->messages, fragment.data, fragment.len);
	return err ? err : seal_hs_advance(conn);
}
