// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Bytes of the peer and calls of the application enter; bytes for the peer, the
 * state of the handshake and its result leave.  No I/O happens here but the handover.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/sockseal.h>

#include "private.h"

/* ------------------------------------------------------------ failures */

static void wipe_secrets(struct seal_conn *conn)
{
	seal_crypto_wipe(&conn->handshake, sizeof(conn->handshake));
	seal_crypto_wipe(&conn->application, sizeof(conn->application));
	seal_keysched_free(&conn->keysched);
	seal_client_free_offers(conn);
	seal_crypto_wipe(conn->psk.key, sizeof(conn->psk.key));
	seal_record_free(&conn->in);
	seal_record_free(&conn->out);
	seal_client_drop_shares(conn);
}

/* What the peer is told of it, or has told us; close_notify is no such alert */
static bool has_alert(int error)
{
	return error == SEAL_E_ALERT || error == SEAL_E_ABORTED ||
	       seal_error_alert(error) != SEAL_ALERT_NO_ALERT;
}

static void fail_with(struct seal_conn *conn, int error, int alert)
{
	int saved = errno;

	conn->error = error;
	if (!conn->reason[0])
		snprintf(conn->reason, sizeof(conn->reason), "%s",
			 seal_strerror(error));
	conn->asking.asked = SEAL_ASKED_NOT;
	seal_hs_send_alert(conn, alert);
	/* RFC 8446 6: the PSKs of tickets SHOULD be discarded if possible */
	if (has_alert(error)) {
		seal_bond_break(conn->bond);
		seal_stream_end_sessions(conn->stream);
	}
	wipe_secrets(conn);
	seal_crypto_wipe(conn->resumption, sizeof(conn->resumption));
	seal_crypto_wipe(conn->exporter, sizeof(conn->exporter));
	seal_early_free(conn);
	errno = saved;
}

int seal_conn_set_error(struct seal_conn *conn, int error)
{
	if (!conn->error)
		fail_with(conn, error, seal_error_alert(error));
	return conn->error;
}

int seal_conn_abort(struct seal_conn *conn, int alert)
{
	bool done = conn->state == SEAL_HS_DONE;

	if (conn->error || conn->attached || conn->stream || !seal_alert_is_fatal(alert))
		return SEAL_E_INVALID;
	/* a client that is done has its handshake key to the end, a server does not */
	if (done && conn->cfg->side == SEAL_CLIENT)
		seal_hs_set_epoch(conn, &conn->out, conn->application.client);
	seal_crypto_enter();
	seal_conn_fail(conn, SEAL_E_ABORTED, "%s (%d)", seal_alert_name(alert), alert);
	fail_with(conn, SEAL_E_ABORTED, alert);
	seal_crypto_leave();
	return 0;
}

const char *seal_conn_error(const struct seal_conn *conn)
{
	return conn->reason;
}

/* ---------------------------------------------------------- life cycle */

static int check_config(const struct seal_config *cfg, const char *servername)
{
	int err = seal_config_check(cfg);

	if (err)
		return err;
	if (cfg->side == SEAL_SERVER)
		return servername ? SEAL_E_INVALID : 0;
	/* a certificate is for a name; a raw public key has none, nor has a PSK */
	return servername || cfg->insecure || cfg->psks || !cfg->store ?
	       0 : SEAL_E_INVALID;
}

static int set_servername(struct seal_conn *conn, const char *name)
{
	if (!name)
		return 0;
	conn->servername_kind = seal_verify_name_kind(name);
	if (conn->servername_kind == SEAL_NAME_INVALID)
		return seal_verify_name_is_ascii(name) ? SEAL_E_INVALID :
							 SEAL_E_NOT_ASCII;
	/* its kind bounds its length, a dot at the end included */
	memcpy(conn->servername, name, strlen(name));
	return 0;
}

static int start(struct seal_conn *conn, const struct seal_session *session)
{
	int err;

	seal_crypto_enter();
	err = seal_client_offer(conn, session);
	if (!err)
		err = seal_hs_start(conn);
	seal_crypto_leave();
	return err;
}

int seal_conn_resume(struct seal_config *cfg, const char *servername,
		     const struct seal_session *session,
		     struct seal_conn **out)
{
	struct seal_conn *conn;
	int err;

	*out = NULL;
	err = check_config(cfg, servername);
	if (!err && session && cfg->side != SEAL_CLIENT)
		err = SEAL_E_INVALID;
	if (err)
		return err;
	conn = calloc(1, sizeof(*conn));
	if (!conn)
		return SEAL_E_NOMEM;
	conn->cfg = seal_config_freeze(cfg);
	conn->alert = SEAL_ALERT_NO_ALERT;
	err = set_servername(conn, servername);
	if (!err)
		err = start(conn, session);
	if (err)
		seal_conn_free(conn);
	else
		*out = conn;
	return err;
}

int seal_conn_new(struct seal_config *cfg, const char *servername,
		  struct seal_conn **out)
{
	return seal_conn_resume(cfg, servername, NULL, out);
}

void seal_conn_free(struct seal_conn *conn)
{
	if (!conn)
		return;
	wipe_secrets(conn);
	seal_key_free(conn->peer_key);
	seal_buf_free(&conn->peer_chain);
	for (size_t i = 0; i < SEAL_STAPLES; i++)
		seal_buf_free(&conn->peer_staples[i]);
	seal_transcript_free(&conn->transcript);
	seal_stream_free(conn->stream);
	seal_buf_free(&conn->ahead);
	seal_buf_free(&conn->input);
	seal_buf_free(&conn->messages);
	seal_buf_free(&conn->flight);
	seal_buf_free(&conn->output);
	seal_buf_free(&conn->cookie);
	seal_buf_free(&conn->psk_name);
	seal_buf_free(&conn->signature);
	seal_bond_unref(conn->bond);
	seal_config_unref(conn->choice);
	seal_early_free(conn);
	seal_config_unref(conn->cfg);
	seal_crypto_wipe(conn, sizeof(*conn));
	free(conn);
}

/* -------------------------------------------------------------- engine */

/* Nothing more is taken: not at all, or not before somebody has read */
static bool is_over(const struct seal_conn *conn)
{
	return conn->error ||
	       (conn->state == SEAL_HS_DONE && !seal_stream_wants(conn));
}

static int check_header(struct seal_conn *conn,
			const struct seal_record_header *header)
{
	return conn->stream ? seal_stream_header(conn, header) :
			      seal_demux_header(conn, header);
}

static int take_record(struct seal_conn *conn)
{
	return conn->stream ? seal_stream_record(conn) : seal_demux_record(conn);
}

/* Nothing of the peer is of use now */
static bool is_paused(const struct seal_conn *conn)
{
	return is_over(conn) || conn->asking.asked != SEAL_ASKED_NOT;
}

/* Size of the record in conn->input as far as it is known */
static size_t record_size(const struct seal_conn *conn)
{
	struct seal_record_header header;

	if (conn->input.len < SEAL_RECORD_HEADER)
		return SEAL_RECORD_HEADER;
	seal_record_parse(conn->input.data, &header);
	return SEAL_RECORD_HEADER + header.len;
}

size_t seal_conn_need(const struct seal_conn *conn)
{
	return is_paused(conn) ? 0 : record_size(conn) - conn->input.len;
}

static int process_input(struct seal_conn *conn)
{
	struct seal_record_header header;
	int err = 0;

	if (conn->input.len == SEAL_RECORD_HEADER) {
		seal_record_parse(conn->input.data, &header);
		err = check_header(conn, &header);
	}
	if (err || conn->input.len < SEAL_RECORD_HEADER ||
	    conn->input.len < record_size(conn))
		return err;
	err = take_record(conn);
	seal_buf_truncate(&conn->input, 0);
	return err;
}

/* What they return is an error, or a question that is open */
static void act(struct seal_conn *conn, int (*step)(struct seal_conn *conn))
{
	int err;

	seal_crypto_enter();
	err = step(conn);
	if (err < 0)
		seal_conn_set_error(conn, err);
	seal_crypto_leave();
}

int seal_conn_status(const struct seal_conn *conn)
{
	if (conn->error)
		return conn->error;
	if (conn->asking.asked == SEAL_ASKED_WAITING)
		return SEAL_WANT_ANSWER;
	return is_over(conn) ? 0 : SEAL_WANT_READ;
}

/* Act on bytes of the peer, as many as are of use; returns how many were */
static size_t take(struct seal_conn *conn, const uint8_t *data, size_t len)
{
	size_t used = 0, chunk;

	while (used < len && !is_paused(conn)) {
		chunk = seal_conn_need(conn);
		if (chunk > len - used)
			chunk = len - used;
		if (seal_buf_append(&conn->input, data + used, chunk)) {
			seal_conn_set_error(conn, SEAL_E_NOMEM);
			break;
		}
		used += chunk;
		act(conn, process_input);
	}
	/* a connection that waits holds no more than it has to */
	seal_buf_release(&conn->input);
	seal_buf_release(&conn->messages);
	return used;
}

void seal_conn_go_on(struct seal_conn *conn)
{
	if (conn->asking.asked == SEAL_ASKED_ANSWERED)
		act(conn, seal_hs_advance);
	seal_buf_consume(&conn->ahead,
			 take(conn, conn->ahead.data, conn->ahead.len));
}

/* Until the answer is there, as many bytes as can be handed over in the end */
static size_t keep(struct seal_conn *conn, const uint8_t *data, size_t len)
{
	if (len > SEAL_PREFILL_MAX - conn->ahead.len)
		len = SEAL_PREFILL_MAX - conn->ahead.len;
	if (!seal_buf_append(&conn->ahead, data, len))
		return len;
	seal_conn_set_error(conn, SEAL_E_NOMEM);
	return 0;
}

int seal_conn_feed(struct seal_conn *conn, const void *data, size_t len,
		   size_t *used)
{
	const uint8_t *bytes = data;

	seal_conn_go_on(conn);
	*used = take(conn, bytes, len);
	if (*used < len && seal_conn_status(conn) == SEAL_WANT_ANSWER)
		*used += keep(conn, bytes + *used, len - *used);
	return seal_conn_status(conn);
}

size_t seal_conn_drain(struct seal_conn *conn, void *buf, size_t len)
{
	if (!buf)
		return conn->output.len;
	if (len > conn->output.len)
		len = conn->output.len;
	if (len)
		memcpy(buf, conn->output.data, len);
	seal_buf_consume(&conn->output, len);
	seal_buf_release(&conn->output);
	return len;
}

/* ------------------------------------------------------------ handover */

int seal_conn_secrets(const struct seal_conn *conn, struct seal_span *client,
		      struct seal_span *server)
{
	if (conn->error || conn->state != SEAL_HS_DONE || conn->attached ||
	    conn->stream)
		return SEAL_E_INVALID;
	*client = (struct seal_span){ conn->application.client,
				      conn->keysched.size };
	*server = (struct seal_span){ conn->application.server,
				      conn->keysched.size };
	return 0;
}

/* A server sends its tickets under it; a client has its handshake key to the end */
uint64_t seal_conn_sent(const struct seal_conn *conn)
{
	return conn->cfg->side == SEAL_SERVER ? conn->out.seq : 0;
}

int seal_conn_prefill(struct seal_conn *conn, const void *data, size_t len)
{
	if (conn->error || conn->state != SEAL_HS_DONE || conn->attached ||
	    conn->stream || len > SEAL_PREFILL_MAX - conn->ahead.len)
		return SEAL_E_INVALID;
	return seal_buf_append(&conn->ahead, data, len);
}

int seal_conn_attach(struct seal_conn *conn, int fd)
{
	struct seal_span client, server;
	bool is_client = conn->cfg->side == SEAL_CLIENT;
	struct seal_offload keys;
	int err;

	if (seal_conn_secrets(conn, &client, &server) || conn->output.len ||
	    seal_early_is_unread(conn))
		return SEAL_E_INVALID;
	keys.suite = conn->suite->id;
	keys.len = client.len;
	keys.tx = is_client ? client.data : server.data;
	keys.rx = is_client ? server.data : client.data;
	keys.sent = seal_conn_sent(conn);
	keys.record_size = conn->size_limit < SEAL_INNER_MAX ? conn->size_limit : 0;
	keys.prefill = (struct seal_span){ conn->ahead.data, conn->ahead.len };
	err = seal_offload_attach(fd, &keys);
	if (err == SEAL_E_SYSTEM)
		seal_conn_fail(conn, err, "handover to the kernel: %s",
			       strerror(errno));
	if (err)
		return seal_conn_set_error(conn, err);
	conn->attached = true;
	seal_buf_free(&conn->ahead);
	wipe_secrets(conn);
	return 0;
}

/* ------------------------------------------------------------- getters */

static bool is_done(const struct seal_conn *conn)
{
	return conn->state == SEAL_HS_DONE;
}

uint16_t seal_conn_suite(const struct seal_conn *conn)
{
	return is_done(conn) ? conn->suite->id : 0;
}

uint16_t seal_conn_group(const struct seal_conn *conn)
{
	return is_done(conn) ? conn->group->id : 0;
}

int seal_conn_resumed(const struct seal_conn *conn)
{
	return is_done(conn) && conn->psk.len && !conn->psk.external;
}

const void *seal_conn_psk_identity(const struct seal_conn *conn, size_t *len)
{
	bool known = is_done(conn) && conn->psk.external;

	*len = known ? conn->psk_name.len : 0;
	return known ? conn->psk_name.data : NULL;
}

uint16_t seal_conn_scheme(const struct seal_conn *conn)
{
	return is_done(conn) && conn->cred ? conn->scheme->id : 0;
}

uint16_t seal_conn_peer_scheme(const struct seal_conn *conn)
{
	return is_done(conn) && conn->peer_scheme ? conn->peer_scheme->id : 0;
}

const char *seal_conn_alpn(const struct seal_conn *conn)
{
	return is_done(conn) && conn->alpn[0] ? conn->alpn : NULL;
}

const char *seal_conn_servername(const struct seal_conn *conn)
{
	return conn->servername[0] ? conn->servername : NULL;
}

int seal_conn_certificate_type(const struct seal_conn *conn)
{
	return is_done(conn) && conn->cred ? (int)conn->cred->type : -1;
}

int seal_conn_peer_certificate_type(const struct seal_conn *conn)
{
	return conn->peer_chain.len ? (int)seal_cert_type_of_peer(conn)->type : -1;
}

const void *seal_conn_peer_raw_key(const struct seal_conn *conn, size_t *len)
{
	bool raw = seal_conn_peer_certificate_type(conn) == SEAL_CERTIFICATE_RAW_KEY;
	struct seal_span key = { 0 };
	struct seal_reader r;

	seal_reader_init(&r, conn->peer_chain.data, conn->peer_chain.len);
	if (raw)
		key = seal_reader_vector(&r, 3, 1);
	*len = key.len;
	return key.data;
}

int seal_conn_peer_certificate(const struct seal_conn *conn, size_t index,
			       const void **der, size_t *len)
{
	struct seal_span cert;
	struct seal_reader r;

	if (seal_conn_peer_certificate_type(conn) != SEAL_CERTIFICATE_X509)
		return SEAL_E_INVALID;
	seal_reader_init(&r, conn->peer_chain.data, conn->peer_chain.len);
	do
		cert = seal_reader_vector(&r, 3, 1);
	while (index-- && !r.failed);
	if (r.failed)
		return SEAL_E_INVALID;
	*der = cert.data;
	*len = cert.len;
	return 0;
}

int seal_conn_alert(const struct seal_conn *conn)
{
	return conn->alert;
}
