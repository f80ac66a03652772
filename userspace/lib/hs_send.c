// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * What both sides send and derive: messages enter the flight and leave in records;
 * the transcript enters, Finished and keys leave (RFC 8446 4.4).
 */
#include <string.h>

#include "private.h"

#define LEVEL_FATAL	2
#define RECORD_VERSION	0x0303

void seal_hs_open(struct seal_conn *conn, struct seal_writer *w,
		  enum seal_message_type type)
{
	seal_writer_init(w, &conn->flight);
	seal_writer_u8(w, type);
	seal_writer_open(w, 3);
}

int seal_hs_close(struct seal_conn *conn, struct seal_writer *w)
{
	/* the outermost length field comes right after the type */
	size_t start = w->open[0].at - 1;
	int err;

	seal_writer_close(w);
	err = seal_writer_finish(w);
	if (err)
		return err;
	return seal_transcript_add(&conn->transcript, (struct seal_span){
		conn->flight.data + start, conn->flight.len - start });
}

int seal_hs_append(struct seal_conn *conn, struct seal_span message)
{
	int err = seal_buf_append(&conn->flight, message.data, message.len);

	return err ? err : seal_transcript_add(&conn->transcript, message);
}

/* A flight goes out in one record if it can: fewer bytes, fewer AEAD calls */
int seal_hs_flush(struct seal_conn *conn)
{
	const struct seal_span flight = { conn->flight.data, conn->flight.len };
	int err;

	err = seal_record_seal(&conn->out, SEAL_CONTENT_HANDSHAKE, flight,
			       &conn->output);
	seal_buf_free(&conn->flight);
	return err;
}

static int finished_value(const struct seal_conn *conn, const uint8_t *secret,
			  uint8_t out[SEAL_HASH_MAX])
{
	uint8_t thash[SEAL_HASH_MAX];
	int err = seal_transcript_hash(&conn->transcript, thash);

	return err ? err : seal_keysched_finished(&conn->keysched, secret,
						  thash, out);
}

int seal_hs_send_finished(struct seal_conn *conn, const uint8_t *secret)
{
	uint8_t value[SEAL_HASH_MAX];
	struct seal_writer w;
	int err;

	err = finished_value(conn, secret, value);
	if (err)
		return err;
	seal_hs_open(conn, &w, SEAL_MSG_FINISHED);
	seal_writer_bytes(&w, value, conn->keysched.size);
	return seal_hs_close(conn, &w);
}

int seal_hs_check_finished(struct seal_conn *conn, const uint8_t *secret,
			   const struct seal_message *msg)
{
	uint8_t value[SEAL_HASH_MAX];
	int err;

	err = finished_value(conn, secret, value);
	if (err)
		return err;
	if (msg->body.len != conn->keysched.size)
		return SEAL_E_DECODE_ERROR;
	if (!seal_crypto_equal(value, msg->body.data, msg->body.len))
		return seal_conn_fail(conn, SEAL_E_DECRYPT_ERROR, "Finished");
	return 0;
}

int seal_hs_set_suite(struct seal_conn *conn, const struct seal_suite *suite)
{
	const struct seal_crypto *crypto = &conn->cfg->crypto;
	int err;

	conn->suite = suite;
	err = seal_transcript_start(&conn->transcript, crypto, suite->hash);
	return err ? err : seal_keysched_init(&conn->keysched, crypto,
					      suite->hash);
}

void seal_hs_set_epoch(struct seal_conn *conn, struct seal_record *record,
		       const uint8_t *secret)
{
	seal_record_set_epoch(record, (struct seal_epoch){
		&conn->cfg->crypto, conn->suite, &conn->keysched, secret });
}

static void log_secret(const struct seal_conn *conn, const char *label,
		       const uint8_t *secret)
{
	seal_keylog(conn, label, (struct seal_span){ secret, conn->keysched.size });
}

/* The client's direction has other keys yet, as long as there is early data */
static void set_handshake_keys(struct seal_conn *conn, const struct seal_secrets *s)
{
	bool client = conn->cfg->side == SEAL_CLIENT;
	struct seal_record *up = client ? &conn->out : &conn->in;

	seal_hs_set_epoch(conn, client ? &conn->in : &conn->out, s->server);
	if (seal_early_has_keys(conn))
		return;
	seal_hs_set_epoch(conn, up, s->client);
	seal_early_forget(conn);
}

int seal_hs_handshake_keys(struct seal_conn *conn, struct seal_span shared)
{
	struct seal_secrets *s = &conn->handshake;
	uint8_t thash[SEAL_HASH_MAX];
	int err;

	err = seal_transcript_hash(&conn->transcript, thash);
	if (!err)
		err = seal_keysched_handshake(&conn->keysched, shared, thash, s);
	if (err)
		return err;
	log_secret(conn, "CLIENT_HANDSHAKE_TRAFFIC_SECRET", s->client);
	log_secret(conn, "SERVER_HANDSHAKE_TRAFFIC_SECRET", s->server);
	set_handshake_keys(conn, s);
	return 0;
}

static int exporter_secret(struct seal_conn *conn, const uint8_t *thash)
{
	int err = seal_keysched_exporter(&conn->keysched, thash, conn->exporter);

	if (!err)
		log_secret(conn, "EXPORTER_SECRET", conn->exporter);
	return err;
}

int seal_hs_application_secrets(struct seal_conn *conn)
{
	struct seal_secrets *s = &conn->application;
	uint8_t thash[SEAL_HASH_MAX];
	int err;

	err = seal_transcript_hash(&conn->transcript, thash);
	if (!err)
		err = seal_keysched_application(&conn->keysched, thash, s);
	if (err)
		return err;
	log_secret(conn, "CLIENT_TRAFFIC_SECRET_0", s->client);
	log_secret(conn, "SERVER_TRAFFIC_SECRET_0", s->server);
	return exporter_secret(conn, thash);
}

int seal_hs_resumption_secret(struct seal_conn *conn)
{
	uint8_t thash[SEAL_HASH_MAX];
	int err = seal_transcript_hash(&conn->transcript, thash);

	return err ? err : seal_keysched_resumption(&conn->keysched, thash,
						    conn->resumption);
}

void seal_hs_send_alert(struct seal_conn *conn, int description)
{
	const uint8_t alert[SEAL_ALERT_SIZE] = { LEVEL_FATAL, description };
	const struct seal_span content = { alert, sizeof(alert) };

	if (description == SEAL_ALERT_NO_ALERT)
		return;
	/* the connection has failed already; a second failure changes nothing */
	(void)!seal_record_seal(&conn->out, SEAL_CONTENT_ALERT, content,
				&conn->output);
}

int seal_hs_send_ccs(struct seal_conn *conn)
{
	static const uint8_t value = SEAL_CCS_VALUE;

	if (conn->ccs_sent)
		return 0;
	conn->ccs_sent = true;
	return seal_record_plain(SEAL_CONTENT_CCS, SEAL_WIRE_TLS12,
				 (struct seal_span){ &value, 1 }, &conn->output);
}
