// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A ClientHello and its PSK enter, early secrets leave (RFC 8446 7.1); early data of
 * records enters, and leaves to the application by calls of its own.
 */
#include <stdlib.h>
#include <string.h>

#include "private.h"

/* Of the transcript as it is, which ends with the ClientHello */
static int hash_hello(const struct seal_conn *conn, enum seal_hash hash,
		      uint8_t thash[SEAL_HASH_MAX])
{
	const struct seal_transcript *t = &conn->transcript;
	const struct seal_span pending = { t->pending.data, t->pending.len };

	return seal_transcript_partial(t, &conn->cfg->crypto, hash, pending, thash);
}

static void log_secrets(const struct seal_conn *conn, size_t size)
{
	seal_keylog(conn, "CLIENT_EARLY_TRAFFIC_SECRET",
		    (struct seal_span){ conn->early->secret, size });
	seal_keylog(conn, "EARLY_EXPORTER_SECRET",
		    (struct seal_span){ conn->early->exporter, size });
}

/* The client's direction, of either end */
static void set_epoch(struct seal_conn *conn)
{
	struct seal_early *early = conn->early;

	seal_record_set_epoch(conn->cfg->side == SEAL_CLIENT ? &conn->out : &conn->in,
			      (struct seal_epoch){ &conn->cfg->crypto, early->suite,
						   &early->keysched, early->secret });
}

int seal_early_set_keys(struct seal_conn *conn, const struct seal_psk *psk)
{
	struct seal_early *early = conn->early;
	struct seal_keysched *ks = &early->keysched;
	uint8_t thash[SEAL_HASH_MAX];
	int err;

	err = hash_hello(conn, psk->hash, thash);
	if (!err)
		err = seal_keysched_init(ks, &conn->cfg->crypto, psk->hash);
	if (!err)
		err = seal_keysched_set_psk(ks, (struct seal_span){ psk->key, psk->len });
	if (!err)
		err = seal_keysched_early(ks, thash, early->secret, early->exporter);
	if (err)
		return err;
	set_epoch(conn);
	log_secrets(conn, ks->size);
	return 0;
}

void seal_early_forget(struct seal_conn *conn)
{
	if (!conn->early)
		return;
	seal_keysched_free(&conn->early->keysched);
	seal_crypto_wipe(conn->early->secret, sizeof(conn->early->secret));
}

int seal_early_begin(struct seal_conn *conn, enum seal_early_state state,
		     const struct seal_suite *suite, uint32_t max)
{
	conn->early = calloc(1, sizeof(*conn->early));
	if (!conn->early)
		return SEAL_E_NOMEM;
	conn->early->state = state;
	conn->early->suite = suite;
	conn->early->max = max;
	return 0;
}

void seal_early_free(struct seal_conn *conn)
{
	if (!conn->early)
		return;
	seal_early_forget(conn);
	seal_buf_free(&conn->early->data);
	seal_crypto_wipe(conn->early, sizeof(*conn->early));
	free(conn->early);
	conn->early = NULL;
}

enum seal_early_state seal_conn_early(const struct seal_conn *conn)
{
	return conn->early ? conn->early->state : SEAL_EARLY_NONE;
}

size_t seal_early_skip(const struct seal_conn *conn)
{
	return SEAL_EARLY_SKIP_MAX + 2 * (size_t)conn->cfg->early.max;
}

bool seal_early_has_keys(const struct seal_conn *conn)
{
	return seal_conn_early(conn) == SEAL_EARLY_OFFERED ||
	       seal_conn_early(conn) == SEAL_EARLY_ACCEPTED;
}

int seal_early_receive(struct seal_conn *conn, struct seal_span data)
{
	struct seal_early *early = conn->early;

	if (conn->state != SEAL_HS_WAIT_END_OF_EARLY_DATA || conn->messages.len)
		return seal_conn_fail(conn, SEAL_E_UNEXPECTED_MESSAGE,
				      "application data in the handshake");
	/* RFC 8446 4.2.10: only the data counts */
	if (data.len > early->max - early->used)
		return seal_conn_fail(conn, SEAL_E_UNEXPECTED_MESSAGE,
				      "more than %u bytes of early data", early->max);
	early->used += data.len;
	return data.len ? seal_buf_append(&early->data, data.data, data.len) : 0;
}

bool seal_early_is_unread(const struct seal_conn *conn)
{
	return conn->early && conn->early->data.len;
}

size_t seal_conn_read_early(struct seal_conn *conn, void *buf, size_t len)
{
	struct seal_buf *data;

	if (!conn->early || conn->cfg->side != SEAL_SERVER)
		return 0;
	data = &conn->early->data;
	if (len > data->len)
		len = data->len;
	if (len)
		memcpy(buf, data->data, len);
	seal_buf_consume(data, len);
	return len;
}
