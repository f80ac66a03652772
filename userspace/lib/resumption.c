// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A completed connection of a client enters, and NewSessionTickets that come later,
 * from the kernel's queue or as bytes; sessions leave (RFC 8446 4.6.1).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/sockseal.h>

#include "private.h"

/* Bytes of certificates that each session has; of a longer chain it has none */
#define CHAIN_MAX	16384

int seal_conn_resumption(const struct seal_conn *conn,
			 struct seal_resumption **out)
{
	struct seal_resumption *res;
	int err = 0;

	*out = NULL;
	if (conn->error || conn->state != SEAL_HS_DONE ||
	    conn->cfg->side != SEAL_CLIENT)
		return SEAL_E_INVALID;
	res = calloc(1, sizeof(*res));
	if (!res)
		return SEAL_E_NOMEM;
	res->cfg = seal_config_ref(conn->cfg);
	res->bond = seal_bond_new();
	if (!res->bond)
		err = SEAL_E_NOMEM;
	else if (conn->peer_chain.len <= CHAIN_MAX)
		err = seal_buf_append(&res->chain, conn->peer_chain.data,
				      conn->peer_chain.len);
	if (err) {
		seal_resumption_free(res);
		return err;
	}
	res->suite = conn->suite;
	res->proof = conn->proof;
	memcpy(res->secret, conn->resumption, sizeof(res->secret));
	memcpy(res->servername, conn->servername, sizeof(res->servername));
	memcpy(res->alpn, conn->alpn, sizeof(res->alpn));
	*out = res;
	return 0;
}

void seal_resumption_free(struct seal_resumption *res)
{
	if (!res)
		return;
	seal_config_unref(res->cfg);
	seal_bond_unref(res->bond);
	seal_buf_free(&res->chain);
	seal_crypto_wipe(res, sizeof(*res));
	free(res);
}

void seal_resumption_end(const struct seal_resumption *res)
{
	seal_bond_break(res->bond);
}

static int derive_psk(const struct seal_resumption *res, struct seal_span nonce,
		      uint8_t psk[SEAL_HASH_MAX])
{
	struct seal_keysched ks = { 0 };
	int err;

	seal_crypto_enter();
	err = seal_keysched_init(&ks, &res->cfg->crypto, res->suite->hash);
	if (!err)
		err = seal_keysched_psk(&ks, res->secret, nonce, psk);
	seal_keysched_free(&ks);
	seal_crypto_leave();
	return err;
}

static int fill_session(const struct seal_resumption *res,
			const struct seal_new_session_ticket *msg,
			struct seal_session *session)
{
	int err;

	session->bond = seal_bond_ref(res->bond);
	session->suite = res->suite;
	session->received = seal_session_now();
	session->lifetime = msg->lifetime;
	session->age_add = msg->age_add;
	session->max_early_data = msg->max_early_data;
	session->proof = res->proof;
	memcpy(session->servername, res->servername, sizeof(res->servername));
	memcpy(session->alpn, res->alpn, sizeof(res->alpn));
	err = seal_buf_append(&session->ticket, msg->ticket.data,
			      msg->ticket.len);
	if (!err)
		err = seal_buf_append(&session->chain, res->chain.data,
				      res->chain.len);
	return err ? err : derive_psk(res, msg->nonce, session->psk);
}

static int make_session(const struct seal_resumption *res,
			const struct seal_new_session_ticket *msg,
			struct seal_session **out)
{
	struct seal_session *session = calloc(1, sizeof(*session));
	int err;

	if (!session)
		return SEAL_E_NOMEM;
	err = fill_session(res, msg, session);
	if (err)
		seal_session_free(session);
	else
		*out = session;
	return err;
}

int seal_resumption_ticket(const struct seal_resumption *res,
			   const void *message, size_t len,
			   struct seal_session **out)
{
	struct seal_new_session_ticket msg;
	struct seal_span body;
	struct seal_reader r;
	uint8_t type;
	int err;

	*out = NULL;
	seal_reader_init(&r, message, len);
	type = seal_reader_u8(&r);
	body = seal_reader_vector(&r, 3, 0);
	err = seal_reader_finish(&r);
	if (err)
		return err;
	if (type != SEAL_MSG_NEW_SESSION_TICKET)
		return SEAL_E_UNEXPECTED_MESSAGE;
	err = seal_new_session_ticket_parse(body, &msg);
	return err ? err : make_session(res, &msg, out);
}

int seal_resumption_receive(const struct seal_resumption *res, int fd,
			    struct seal_session **out)
{
	uint8_t message[SEAL_MESSAGE_QUEUE_SIZE];
	socklen_t len = sizeof(message);

	*out = NULL;
	if (getsockopt(fd, SOL_SOCKSEAL, SEAL_MESSAGE, message, &len))
		return errno == EAGAIN ? 0 : SEAL_E_SYSTEM;
	return seal_resumption_ticket(res, message, len, out);
}
