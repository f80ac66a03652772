// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A whole record enters; handshake bytes leave to the state machine, alerts and
 * change_cipher_spec end here.
 */
#include "private.h"

static bool is_tls(const struct seal_record_header *header)
{
	return header->type >= SEAL_CONTENT_CCS &&
	       header->type <= SEAL_CONTENT_DATA && header->version >> 8 == 3;
}

int seal_demux_header(struct seal_conn *conn,
		      const struct seal_record_header *header)
{
	size_t max = header->type == SEAL_CONTENT_DATA ?
		     SEAL_CIPHERTEXT_MAX : SEAL_PLAINTEXT_MAX;

	if (!conn->heard && !is_tls(header))
		return SEAL_E_NOT_TLS;
	conn->heard = true;
	if (header->type < SEAL_CONTENT_CCS || header->type > SEAL_CONTENT_DATA)
		return seal_conn_fail(conn, SEAL_E_UNEXPECTED_MESSAGE,
				      "record type %u", header->type);
	return header->len > max ? SEAL_E_RECORD_OVERFLOW : 0;
}

/*
 * RFC 8446 5, D.4: dropped between the first ClientHello and the peer's Finished
 * if it is just the byte 1, and never amid a handshake message (5.1).
 */
static int drop_ccs(struct seal_conn *conn, const struct seal_fragment *content)
{
	/* RFC 8446 5: it may stand before a ClientHello that another one has asked for */
	bool early = conn->state == SEAL_HS_WAIT_CLIENT_HELLO && !conn->cfg->cookies;

	if (content->len != 1 || content->data[0] != SEAL_CCS_VALUE ||
	    conn->messages.len || early)
		return seal_conn_fail(conn, SEAL_E_UNEXPECTED_MESSAGE,
				      "change_cipher_spec");
	return 0;
}

static int receive_alert(struct seal_conn *conn,
			 const struct seal_fragment *content)
{
	/* RFC 8446 5.1: exactly one alert in a record */
	if (content->len != SEAL_ALERT_SIZE)
		return SEAL_E_DECODE_ERROR;
	/* RFC 8446 6.1: a close_notify follows; the level says nothing (6) */
	if (content->data[1] == SEAL_ALERT_USER_CANCELED)
		return 0;
	conn->alert = content->data[1];
	if (conn->alert == SEAL_ALERT_CLOSE_NOTIFY)
		return seal_conn_fail(conn, SEAL_E_EOF, "close_notify");
	if (conn->alert == SEAL_ALERT_PROTOCOL_VERSION)
		return seal_conn_fail(conn, SEAL_E_ALERT,
				      "protocol_version, it does not speak TLS 1.3");
	return seal_conn_fail(conn, SEAL_E_ALERT, "%s (%d)",
			      seal_alert_name(conn->alert), conn->alert);
}

/*
 * RFC 8446 4.2.10: a server that refuses early data skips it, up to a limit.  A
 * record that was not ours to open does not count (5.3).
 */
static int skip_early_data(struct seal_conn *conn, struct seal_fragment *content,
			   uint64_t seq)
{
	if (conn->early_skip < conn->input.len)
		return seal_record_is_protected(&conn->in) ?
		       SEAL_E_BAD_RECORD_MAC : SEAL_E_UNEXPECTED_MESSAGE;
	conn->early_skip -= conn->input.len;
	conn->in.seq = seq;
	content->type = SEAL_CONTENT_NONE;
	return 0;
}

static int open_protected(struct seal_conn *conn, struct seal_fragment *content)
{
	uint64_t seq = conn->in.seq;
	int err;

	err = seal_record_open(&conn->in, conn->input.data, conn->input.len,
			       content);
	if (err == SEAL_E_BAD_RECORD_MAC)
		return skip_early_data(conn, content, seq);
	conn->early_skip = 0;
	return err;
}

/*
 * RFC 8446 5: with a key set all records but change_cipher_spec are protected.  A
 * client that fails at our ServerHello has no key yet to protect its alert with.
 */
static bool plaintext_allowed(const struct seal_conn *conn, uint8_t type)
{
	if (!seal_record_is_protected(&conn->in))
		return true;
	return type == SEAL_CONTENT_ALERT && !conn->in.seq &&
	       conn->cfg->side == SEAL_SERVER;
}

static int open_record(struct seal_conn *conn, struct seal_fragment *content)
{
	switch (content->type) {
	case SEAL_CONTENT_DATA:
		return seal_record_is_protected(&conn->in) ?
		       open_protected(conn, content) :
		       skip_early_data(conn, content, 0);
	case SEAL_CONTENT_CCS:
		content->type = SEAL_CONTENT_NONE;
		return drop_ccs(conn, content);
	default:
		if (plaintext_allowed(conn, content->type))
			return 0;
		return seal_conn_fail(conn, SEAL_E_UNEXPECTED_MESSAGE,
				      "a record that is not protected");
	}
}

int seal_demux_record(struct seal_conn *conn)
{
	struct seal_fragment content = {
		.type = conn->input.data[0],
		.data = conn->input.data + SEAL_RECORD_HEADER,
		.len = conn->input.len - SEAL_RECORD_HEADER,
	};
	int err;

	err = open_record(conn, &content);
	if (err)
		return err;
	switch (content.type) {
	case SEAL_CONTENT_NONE:
		return 0;
	case SEAL_CONTENT_ALERT:
		return receive_alert(conn, &content);
	case SEAL_CONTENT_HANDSHAKE:
		return seal_hs_receive(conn, (struct seal_span){ content.data,
								 content.len });
	case SEAL_CONTENT_DATA:
		return seal_early_receive(conn, (struct seal_span){ content.data,
								    content.len });
	default:
		return seal_conn_fail(conn, SEAL_E_UNEXPECTED_MESSAGE,
				      "content of type %u", content.type);
	}
}
