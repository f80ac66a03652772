// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Content of any kind enters a connection behind its handshake, in records that its peer
 * could have sealed; what it makes of that, and its alert, leave.
 */
#include <string.h>

#include "forger.h"

#define LEVEL_FATAL	2

void forger_drop_output(struct forger *f)
{
	struct wire wire;

	wire_take(&wire, f->victim);
	wire_free(&wire);
}

void forger_open(struct forger *f, enum seal_side victim)
{
	bool client = victim == SEAL_CLIENT;
	struct seal_span secrets[2];

	memset(f, 0, sizeof(*f));
	pair_open(&f->pair, common_client(), common_server());
	assert_int_equal(pair_shake(&f->pair), 0);
	f->victim = f->pair.server;
	forger_drop_output(f);
	if (client)
		f->victim = f->pair.client;
	assert_int_equal(seal_conn_secrets(f->victim, &secrets[0], &secrets[1]), 0);
	record_key(&f->out, epoch_of(f->victim, secrets[client].data), true);
	record_key(&f->in, epoch_of(f->victim, secrets[!client].data), false);
	f->in.seq = seal_conn_sent(f->victim);
	assert_int_equal(seal_conn_stream(f->victim), 0);
}

void forger_close(struct forger *f)
{
	seal_record_free(&f->out);
	seal_record_free(&f->in);
	seal_buf_free(&f->heard);
	pair_close(&f->pair);
}

void forger_send_raw(struct forger *f, const void *data, size_t len)
{
	uint8_t text[RECORD_ROOM];
	size_t used, got;

	for (size_t at = 0; at < len; at += used) {
		f->status = seal_conn_feed(f->victim, (const uint8_t *)data + at,
					   len - at, &used);
		do {
			f->status = seal_conn_read(f->victim, text, sizeof(text), &got);
			assert_int_equal(seal_buf_append(&f->heard, text, got), 0);
		} while (got);
		if (!used)
			return;
	}
}

void forger_pad(struct forger *f, uint8_t type, struct seal_span content,
		       size_t padding)
{
	const size_t len = content.len + 1 + padding;
	uint8_t raw[SEAL_RECORD_HEADER + RECORD_ROOM] = {
		SEAL_CONTENT_DATA, 3, 3, (len + SEAL_TAG_SIZE) >> 8,
		(uint8_t)(len + SEAL_TAG_SIZE)
	};
	const struct seal_span aad = { raw, SEAL_RECORD_HEADER };
	uint8_t *text = raw + SEAL_RECORD_HEADER;
	uint8_t nonce[SEAL_IV_SIZE];

	if (content.len)
		memcpy(text, content.data, content.len);
	text[content.len] = type;
	memcpy(nonce, f->out.iv, sizeof(nonce));
	for (int i = 0; i < 8; i++)
		nonce[SEAL_IV_SIZE - 1 - i] ^= f->out.seq >> 8 * i;
	f->out.seq++;
	assert_int_equal(seal_aead_seal(f->out.ctx, nonce, aad, text, len), 0);
	forger_send_raw(f, raw, SEAL_RECORD_HEADER + len + SEAL_TAG_SIZE);
}

void forger_send(struct forger *f, uint8_t type, const void *data, size_t len)
{
	forger_pad(f, type, (struct seal_span){ data, len }, 0);
}

/* The alert that the victim sends last; -1: none */
static int alert_of(struct forger *f)
{
	struct seal_fragment content = { 0 };
	struct seal_record_header header;
	struct wire wire;
	int alert = -1;

	wire_take(&wire, f->victim);
	for (size_t at = 0; at < wire.len; at += SEAL_RECORD_HEADER + header.len) {
		seal_record_parse(wire.data + at, &header);
		assert_int_equal(seal_record_open(&f->in, wire.data + at,
						  SEAL_RECORD_HEADER + header.len,
						  &content), 0);
		if (content.type == SEAL_CONTENT_ALERT) {
			assert_int_equal(content.data[0], LEVEL_FATAL);
			alert = content.data[1];
		}
	}
	wire_free(&wire);
	return alert;
}

void forger_expect_end(struct forger *f, int error)
{
	size_t n;

	assert_int_equal(f->status, error);
	assert_int_equal(seal_conn_read(f->victim, &n, 1, &n), error);
	assert_int_equal(seal_conn_write(f->victim, "x", 1, &n), error);
	assert_int_equal(seal_conn_update_key(f->victim, 1), error);
	assert_int_equal(seal_conn_close(f->victim), error);
	assert_string_not_equal(seal_conn_error(f->victim), "");
	assert_int_equal(alert_of(f), seal_error_alert(error));
}

void forger_next_key(struct forger *f)
{
	struct seal_conn *conn = f->victim;
	bool client = conn->cfg->side == SEAL_CLIENT;

	/* the victim has moved on already: it has the secret */
	record_key(&f->out, epoch_of(conn, client ? conn->application.server :
						    conn->application.client), true);
}
