// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Early data of the application enters and leaves in records behind the ClientHello; what
 * the server says of it enters, and the keys change (RFC 8446 4.2.10, 4.5).
 */
#include <string.h>

#include "private.h"

void seal_client_write_early(struct seal_conn *conn, struct seal_writer *w)
{
	if (seal_conn_early(conn) != SEAL_EARLY_OFFERED)
		return;
	conn->offered |= SEAL_EXT_BIT(SEAL_EXT_EARLY_DATA);
	seal_ext_open(w, SEAL_EXT_EARLY_DATA);
	seal_writer_close(w);
}

/* Has nothing of the ClientHello left yet?  What leaves, leaves at the front */
static bool is_unsaid(const struct seal_conn *conn)
{
	return conn->state == SEAL_HS_WAIT_SERVER_HELLO && conn->output.len &&
	       conn->output.data == conn->output.base;
}

/* What may go; 0: no session is offered, or it allows none */
static uint32_t allowance(const struct seal_conn *conn)
{
	if (conn->error || conn->cfg->side != SEAL_CLIENT)
		return 0;
	if (seal_conn_early(conn) == SEAL_EARLY_OFFERED)
		return conn->state == SEAL_HS_WAIT_SERVER_HELLO ?
		       conn->early->max - conn->early->used : 0;
	if (conn->early || !conn->offers_len || !is_unsaid(conn))
		return 0;
	return conn->offers[0].max_early_data;
}

/* What it would say once the server has answered is too late */
static bool is_approved(struct seal_conn *conn)
{
	struct seal_offer *offer = &conn->offers[0];
	bool approved;

	seal_proof_take(conn, &offer->proof, &offer->chain);
	approved = seal_auth_has_approval(conn);
	offer->chain = conn->peer_chain;
	conn->peer_chain = (struct seal_buf){ 0 };
	seal_proof_forget(conn);
	return approved;
}

/* RFC 8446 D.4: with early data the change_cipher_spec comes right behind */
static int offer_early(struct seal_conn *conn)
{
	const struct seal_offer *offer = &conn->offers[0];
	int err;

	err = seal_early_begin(conn, SEAL_EARLY_OFFERED, offer->suite,
			       offer->max_early_data);
	if (!err)
		err = seal_client_say_hello_anew(conn);
	if (!err)
		err = seal_hs_send_ccs(conn);
	return err ? err : seal_early_set_keys(conn, &offer->psk);
}

static int write_early(struct seal_conn *conn, struct seal_span data)
{
	int err = 0;

	if (!conn->early)
		err = offer_early(conn);
	if (err)
		return err;
	conn->early->used += data.len;
	return data.len ? seal_record_seal(&conn->out, SEAL_CONTENT_DATA, data,
					   &conn->output) : 0;
}

void seal_client_lose_early(struct seal_conn *conn)
{
	if (seal_conn_early(conn) == SEAL_EARLY_OFFERED)
		conn->early->state = SEAL_EARLY_REFUSED;
}

static void leave_early_keys(struct seal_conn *conn)
{
	seal_hs_set_epoch(conn, &conn->out, conn->handshake.client);
	seal_early_forget(conn);
}

/* RFC 8446 4.2.10: the first PSK, and what the session has had before */
static int check_accepted(struct seal_conn *conn, const struct seal_exts *exts)
{
	if (exts->body[SEAL_EXT_EARLY_DATA].len)
		return SEAL_E_DECODE_ERROR;
	if (seal_conn_early(conn) == SEAL_EARLY_OFFERED &&
	    !strcmp(conn->offers[0].alpn, conn->alpn))
		return 0;
	return seal_conn_fail(conn, SEAL_E_ILLEGAL_PARAMETER,
			      "early data is accepted that was for something else");
}

int seal_client_read_early(struct seal_conn *conn, const struct seal_exts *exts)
{
	int err;

	if (seal_ext_has(exts, SEAL_EXT_EARLY_DATA)) {
		err = check_accepted(conn, exts);
		if (!err)
			conn->early->state = SEAL_EARLY_ACCEPTED;
		return err;
	}
	if (seal_conn_early(conn) != SEAL_EARLY_OFFERED)
		return 0;
	seal_client_lose_early(conn);
	leave_early_keys(conn);
	return 0;
}

int seal_client_end_early(struct seal_conn *conn)
{
	struct seal_writer w;
	int err;

	if (seal_conn_early(conn) != SEAL_EARLY_ACCEPTED)
		return 0;
	seal_hs_open(conn, &w, SEAL_MSG_END_OF_EARLY_DATA);
	err = seal_hs_close(conn, &w);
	if (!err)
		err = seal_hs_flush(conn);
	leave_early_keys(conn);
	return err;
}

int seal_conn_write_early(struct seal_conn *conn, const void *data, size_t len)
{
	uint32_t max = allowance(conn);
	int err;

	if (!max || len > max || (!conn->early && !is_approved(conn)))
		return SEAL_E_INVALID;
	seal_crypto_enter();
	err = write_early(conn, (struct seal_span){ data, len });
	if (err)
		seal_conn_set_error(conn, err);
	seal_crypto_leave();
	return err;
}
