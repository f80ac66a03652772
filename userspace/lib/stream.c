// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Records of the peer and plaintext of the application enter behind the handshake;
 * plaintext and records leave: what the kernel does for a sealed socket, without it.
 */
#include <stdlib.h>
#include <string.h>

#include "private.h"

#define LEVEL_WARNING	1

/* ------------------------------------------------------- what has come */

enum event {
	EVENT_DATA,
	EVENT_NO_DATA,		/* a record of it without bytes */
	EVENT_HANDSHAKE,
	EVENT_CLOSE_NOTIFY,
	EVENT_CANCELED,		/* user_canceled */
	EVENT_ALERT,		/* any other */
	EVENT_BAD_ALERT,
	EVENT_OTHER,
	EVENTS
};

enum deed {
	DEED_UNEXPECTED,
	DEED_DELIVER,
	DEED_COUNT,		/* so many and no more */
	DEED_COLLECT,
	DEED_CLOSE,
	DEED_RESET,
	DEED_UNDECODED,
};

/*
 * What becomes of a record, in TLS 1.3, and in the middle of a message: there nothing
 * else may come (RFC 8446 5.1).
 */
static const uint8_t deeds[EVENTS][2] = {
	[EVENT_DATA]		= { DEED_DELIVER, DEED_UNEXPECTED },
	[EVENT_NO_DATA]		= { DEED_COUNT, DEED_UNEXPECTED },
	[EVENT_HANDSHAKE]	= { DEED_COLLECT, DEED_COLLECT },
	[EVENT_CLOSE_NOTIFY]	= { DEED_CLOSE, DEED_UNEXPECTED },
	/* RFC 8446 6: the level says nothing, a close_notify follows */
	[EVENT_CANCELED]	= { DEED_COUNT, DEED_UNEXPECTED },
	[EVENT_ALERT]		= { DEED_RESET, DEED_UNEXPECTED },
	[EVENT_BAD_ALERT]	= { DEED_UNDECODED, DEED_UNEXPECTED },
	[EVENT_OTHER]		= { DEED_UNEXPECTED, DEED_UNEXPECTED },
};

static enum event classify_alert(const struct seal_fragment *content)
{
	/* RFC 8446 5.1: exactly one alert in a record */
	if (content->len != SEAL_ALERT_SIZE)
		return EVENT_BAD_ALERT;
	switch (content->data[1]) {
	case SEAL_ALERT_CLOSE_NOTIFY:
		return EVENT_CLOSE_NOTIFY;
	case SEAL_ALERT_USER_CANCELED:
		return EVENT_CANCELED;
	default:
		return EVENT_ALERT;
	}
}

static enum event classify(const struct seal_fragment *content)
{
	switch (content->type) {
	case SEAL_CONTENT_DATA:
		return content->len ? EVENT_DATA : EVENT_NO_DATA;
	case SEAL_CONTENT_HANDSHAKE:
		return EVENT_HANDSHAKE;
	case SEAL_CONTENT_ALERT:
		return classify_alert(content);
	default:
		return EVENT_OTHER;
	}
}

/* ---------------------------------------------------------- KeyUpdate */

static bool is_client(const struct seal_conn *conn)
{
	return conn->cfg->side == SEAL_CLIENT;
}

/* The secret that we send under, or the peer */
static uint8_t *secret_of(struct seal_conn *conn, bool ours)
{
	struct seal_secrets *s = &conn->application;

	return ours == is_client(conn) ? s->client : s->server;
}

static void set_epoch(struct seal_conn *conn, bool ours)
{
	seal_hs_set_epoch(conn, ours ? &conn->out : &conn->in, secret_of(conn, ours));
}

/* RFC 8446 7.2: on to the next generation */
static int next_key(struct seal_conn *conn, bool ours)
{
	int err = seal_keysched_next(&conn->keysched, secret_of(conn, ours));

	if (!err)
		set_epoch(conn, ours);
	return err;
}

/* All that is sealed after it has the next key */
static int send_update(struct seal_conn *conn, bool request)
{
	const uint8_t msg[] = { SEAL_MSG_KEY_UPDATE, 0, 0, 1, request };
	struct seal_stream *stream = conn->stream;
	int err;

	err = seal_record_seal(&conn->out, SEAL_CONTENT_HANDSHAKE,
			       (struct seal_span){ msg, sizeof(msg) },
			       &conn->output);
	if (err)
		return err;
	stream->owed = false;
	stream->requested |= request;
	return next_key(conn, true);
}

/*
 * RFC 8446 4.6.3: a peer that asks again while we are silent gets a single update, so
 * that it cannot make our output grow.
 */
static int answer_update(struct seal_conn *conn)
{
	struct seal_stream *stream = conn->stream;

	if (stream->closing)
		return 0;
	if (stream->answered) {
		stream->owed = true;
		return 0;
	}
	stream->answered = true;
	return send_update(conn, false);
}

/* A peer that says nothing has our processor compute for nothing: that ends */
static int count_silence(struct seal_conn *conn)
{
	if (conn->stream->silent++ < SEAL_SILENT_MAX)
		return 0;
	return seal_conn_fail(conn, SEAL_E_UNEXPECTED_MESSAGE,
			      "%u records without data", conn->stream->silent);
}

int seal_stream_on_update(struct seal_conn *conn, const struct seal_message *msg)
{
	struct seal_reader r;
	uint8_t request;
	int err;

	seal_reader_init(&r, msg->body.data, msg->body.len);
	request = seal_reader_u8(&r);
	err = seal_reader_finish(&r);
	if (!err && request > 1)
		err = seal_conn_fail(conn, SEAL_E_ILLEGAL_PARAMETER, "KeyUpdate");
	if (!err)
		err = count_silence(conn);
	if (!err)
		err = next_key(conn, false);
	if (err)
		return err;
	conn->stream->requested = false;
	if (request)
		err = answer_update(conn);
	return err ? err : SEAL_HS_DONE;
}

/* RFC 8446 5.5: a peer that does not change its key in time is asked to, once */
static int follow_wear(struct seal_conn *conn)
{
	struct seal_stream *stream = conn->stream;

	if (stream->requested || stream->closing ||
	    conn->in.seq / 2 < stream->records_max)
		return 0;
	return send_update(conn, true);
}

/* ------------------------------------------------------------- tickets */

/* Size of the message that a queue begins with */
static size_t first_size(const struct seal_buf *queue)
{
	struct seal_reader r;

	seal_reader_init(&r, queue->data, queue->len);
	seal_reader_u8(&r);
	return SEAL_MESSAGE_HEADER + seal_reader_u24(&r);
}

static int keep_ticket(struct seal_buf *queue, struct seal_span raw)
{
	if (raw.len > SEAL_TICKETS_MAX)
		return 0;
	while (queue->len + raw.len > SEAL_TICKETS_MAX)
		seal_buf_consume(queue, first_size(queue));
	return seal_buf_append(queue, raw.data, raw.len);
}

int seal_stream_on_ticket(struct seal_conn *conn, const struct seal_message *msg)
{
	struct seal_new_session_ticket ticket;
	int err;

	if (!is_client(conn))
		return seal_conn_fail(conn, SEAL_E_UNEXPECTED_MESSAGE,
				      "a ticket of a client");
	err = seal_new_session_ticket_parse(msg->body, &ticket);
	if (!err)
		err = keep_ticket(&conn->stream->tickets, msg->raw);
	return err ? err : SEAL_HS_DONE;
}

int seal_conn_session(struct seal_conn *conn, struct seal_session **session)
{
	struct seal_buf *queue;
	size_t size;
	int err;

	*session = NULL;
	if (conn->error || !conn->stream || !conn->stream->res)
		return SEAL_E_INVALID;
	queue = &conn->stream->tickets;
	if (!queue->len)
		return 0;
	size = first_size(queue);
	err = seal_resumption_ticket(conn->stream->res, queue->data, size, session);
	seal_buf_consume(queue, size);
	return err;
}

void seal_stream_end_sessions(struct seal_stream *stream)
{
	if (stream && stream->res)
		seal_resumption_end(stream->res);
}

/* ----------------------------------------------------------- receiving */

bool seal_stream_wants(const struct seal_conn *conn)
{
	const struct seal_stream *stream = conn->stream;

	return stream && !conn->error && !stream->closed && !stream->plain.len;
}

int seal_stream_header(struct seal_conn *conn,
		       const struct seal_record_header *header)
{
	/* RFC 8446 5: nothing is in plaintext any more, change_cipher_spec neither */
	if (header->type != SEAL_CONTENT_DATA)
		return seal_conn_fail(conn, SEAL_E_UNEXPECTED_MESSAGE,
				      "record type %u", header->type);
	return header->len > SEAL_CIPHERTEXT_MAX ? SEAL_E_RECORD_OVERFLOW : 0;
}

static int deliver(struct seal_conn *conn, const struct seal_fragment *content)
{
	struct seal_stream *stream = conn->stream;
	int err;

	stream->silent = 0;
	err = seal_buf_append(&stream->plain, content->data, content->len);
	return err ? err : follow_wear(conn);
}

/* RFC 8446 6.2: neither side says anything any more */
static int reset(struct seal_conn *conn, const struct seal_fragment *content)
{
	conn->alert = content->data[1];
	seal_buf_truncate(&conn->output, 0);
	return seal_conn_fail(conn, SEAL_E_ALERT, "%s (%d)",
			      seal_alert_name(conn->alert), conn->alert);
}

static int close_notify(struct seal_conn *conn)
{
	conn->alert = SEAL_ALERT_CLOSE_NOTIFY;
	conn->stream->closed = true;
	return 0;
}

int seal_stream_record(struct seal_conn *conn)
{
	struct seal_fragment content;
	int err;

	err = seal_record_open(&conn->in, conn->input.data, conn->input.len,
			       &content);
	if (err)
		return err;
	switch (deeds[classify(&content)][conn->messages.len > 0]) {
	case DEED_DELIVER:
		return deliver(conn, &content);
	case DEED_COUNT:
		return count_silence(conn);
	case DEED_COLLECT:
		return seal_hs_receive(conn, (struct seal_span){ content.data,
								 content.len });
	case DEED_CLOSE:
		return close_notify(conn);
	case DEED_RESET:
		return reset(conn, &content);
	case DEED_UNDECODED:
		return SEAL_E_DECODE_ERROR;
	default:
		return seal_conn_fail(conn, SEAL_E_UNEXPECTED_MESSAGE,
				      "content of type %u", content.type);
	}
}

/* There is no plaintext: why? */
static int why_empty(struct seal_conn *conn)
{
	if (conn->error)
		return conn->error;
	if (conn->stream->closed)
		return 0;
	if (!conn->stream->eof)
		return SEAL_WANT_READ;
	seal_conn_fail(conn, SEAL_E_EOF, conn->input.len ?
		       "in the middle of a record" : "without a close_notify");
	return seal_conn_set_error(conn, SEAL_E_EOF);
}

int seal_conn_read(struct seal_conn *conn, void *buf, size_t len, size_t *got)
{
	struct seal_buf *plain;

	*got = 0;
	if (!conn->stream || !len)
		return conn->error ? conn->error : SEAL_E_INVALID;
	seal_conn_go_on(conn);
	plain = &conn->stream->plain;
	if (!plain->len)
		return why_empty(conn);
	*got = len < plain->len ? len : plain->len;
	memcpy(buf, plain->data, *got);
	seal_buf_consume(plain, *got);
	return 0;
}

int seal_conn_eof(struct seal_conn *conn)
{
	if (!conn->stream)
		return SEAL_E_INVALID;
	conn->stream->eof = true;
	return 0;
}

/* ------------------------------------------------------------- sending */

static int check_sending(const struct seal_conn *conn)
{
	if (conn->error)
		return conn->error;
	return !conn->stream || conn->stream->closing ? SEAL_E_INVALID : 0;
}

static int update_in_time(struct seal_conn *conn)
{
	struct seal_stream *stream = conn->stream;

	if (!stream->owed && conn->out.seq < stream->records_max)
		return 0;
	return send_update(conn, false);
}

static int send_data(struct seal_conn *conn, struct seal_span data)
{
	int err = update_in_time(conn);

	conn->stream->answered = false;
	return err ? err : seal_record_seal(&conn->out, SEAL_CONTENT_DATA, data,
					    &conn->output);
}

/* What an entry point did: a failure ends the connection */
static int settle(struct seal_conn *conn, int err)
{
	seal_crypto_leave();
	return err ? seal_conn_set_error(conn, err) : 0;
}

int seal_conn_write(struct seal_conn *conn, const void *data, size_t len,
		    size_t *used)
{
	struct seal_span part;
	int err;

	*used = 0;
	err = check_sending(conn);
	while (!err && *used < len) {
		if (conn->output.len >= SEAL_OUTPUT_MAX)
			return SEAL_WANT_WRITE;
		part.data = (const uint8_t *)data + *used;
		part.len = len - *used;
		if (part.len > seal_record_room(&conn->out))
			part.len = seal_record_room(&conn->out);
		seal_crypto_enter();
		err = settle(conn, send_data(conn, part));
		if (!err)
			*used += part.len;
	}
	return err;
}

int seal_conn_close(struct seal_conn *conn)
{
	static const uint8_t alert[SEAL_ALERT_SIZE] = {
		LEVEL_WARNING, SEAL_ALERT_CLOSE_NOTIFY
	};
	int err;

	if (conn->error)
		return conn->error;
	if (!conn->stream)
		return SEAL_E_INVALID;
	if (conn->stream->closing)
		return 0;
	seal_crypto_enter();
	err = seal_record_seal(&conn->out, SEAL_CONTENT_ALERT,
			       (struct seal_span){ alert, sizeof(alert) },
			       &conn->output);
	conn->stream->closing = true;
	return settle(conn, err);
}

int seal_conn_update_key(struct seal_conn *conn, int request)
{
	int err = check_sending(conn);

	if (err)
		return err;
	seal_crypto_enter();
	/* RFC 9846 4.7.3: no second request before the first is answered */
	return settle(conn, send_update(conn, request &&
					      !conn->stream->requested));
}

/* ---------------------------------------------------------- life cycle */

enum seal_wire_state seal_conn_wire(const struct seal_conn *conn)
{
	const struct seal_stream *stream = conn->stream;
	bool over = conn->error || (stream && stream->closed && stream->closing);

	if (!over)
		return SEAL_WIRE_OPEN;
	return conn->output.len ? SEAL_WIRE_FLUSH : SEAL_WIRE_CLOSE;
}

int seal_conn_stream(struct seal_conn *conn)
{
	struct seal_span client, server;
	int err = 0;

	if (conn->stream || seal_conn_secrets(conn, &client, &server) ||
	    seal_early_is_unread(conn))
		return SEAL_E_INVALID;
	conn->stream = calloc(1, sizeof(*conn->stream));
	if (!conn->stream)
		return SEAL_E_NOMEM;
	conn->stream->records_max = conn->suite->records_max;
	seal_crypto_wipe(&conn->handshake, sizeof(conn->handshake));
	seal_crypto_enter();
	set_epoch(conn, false);
	/* a server has its own already, and its tickets count as records */
	if (is_client(conn)) {
		set_epoch(conn, true);
		err = seal_conn_resumption(conn, &conn->stream->res);
	}
	return settle(conn, err);
}

void seal_stream_free(struct seal_stream *stream)
{
	if (!stream)
		return;
	seal_buf_free(&stream->plain);
	seal_buf_free(&stream->tickets);
	seal_resumption_free(stream->res);
	free(stream);
}
