// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Bytes enter a connection, as they are or in records sealed for it; that it comes to the
 * same end however they are cut is seen to.  Two ends of ours leave what to begin with.
 */
#include <string.h>

#include "fuzz.h"

#define RECORD_HEADER	3	/* in an input: type, length */
#define NOT_SEALED	0x80	/* in a type: whatever the key is */

size_t fuzz_ends;

void fuzz_append(struct seal_buf *out, const void *data, size_t len)
{
	FUZZ_CHECK(!seal_buf_append(out, data, len));
}

static void forget_output(struct seal_conn *conn)
{
	uint8_t room[4096];

	while (seal_conn_drain(conn, room, sizeof(room)))
		;
}

void fuzz_feed(struct seal_conn *conn, const uint8_t *data, size_t len, size_t step)
{
	size_t used, part;

	fuzz_random_use(conn->cfg->side);
	for (size_t at = 0; at < len; at += used) {
		part = step && step < len - at ? step : len - at;
		if (seal_conn_feed(conn, data + at, part, &used) != SEAL_WANT_READ)
			break;
		/* as long as it wants more it takes all there is */
		FUZZ_CHECK(used == part);
		forget_output(conn);
	}
	forget_output(conn);
	FUZZ_CHECK(!conn->error == !seal_conn_error(conn)[0]);
}

void fuzz_key(const struct seal_conn *victim, struct seal_record *record, bool encrypt)
{
	const uint8_t *secret = victim->cfg->side == SEAL_CLIENT ?
				victim->handshake.server : victim->handshake.client;

	*record = (struct seal_record){ 0 };
	if (!seal_record_is_protected(&victim->in))
		return;
	seal_record_set_epoch(record, (struct seal_epoch){
		&victim->cfg->crypto, victim->suite, &victim->keysched, secret });
	FUZZ_CHECK(!seal_record_make_key(record, encrypt));
	record->seq = victim->in.seq;
}

/* ----------------------------------------------------------------- targets */

static struct seal_conn *open_and_feed(enum seal_side side, const uint8_t *data,
				       size_t len, size_t step)
{
	struct seal_conn *conn = fuzz_open(side, data[0] % FUZZ_VARIANTS);

	forget_output(conn);
	fuzz_feed(conn, data + 2, len - 2, step);
	return conn;
}

int fuzz_bytes(enum seal_side side, const uint8_t *data, size_t len)
{
	struct seal_conn *whole, *parts;

	if (len < 2)
		return 0;
	whole = open_and_feed(side, data, len, 0);
	parts = open_and_feed(side, data, len, 1 + data[1]);
	FUZZ_CHECK(whole->error == parts->error && whole->state == parts->state);
	FUZZ_CHECK(!strcmp(seal_conn_error(whole), seal_conn_error(parts)));
	fuzz_ends += !whole->error && whole->state == SEAL_HS_DONE;
	seal_conn_free(whole);
	seal_conn_free(parts);
	return 0;
}

static void send_sealed(struct seal_conn *conn, uint8_t type, struct seal_span content)
{
	struct seal_buf wire = { 0 };
	struct seal_record record;

	fuzz_key(conn, &record, true);
	if (content.len && record.ctx && !(type & NOT_SEALED))
		FUZZ_CHECK(!seal_record_seal(&record, type, content, &wire));
	else
		FUZZ_CHECK(!seal_record_plain(type & ~NOT_SEALED, SEAL_WIRE_TLS12,
					      content, &wire));
	fuzz_feed(conn, wire.data, wire.len, 0);
	seal_record_free(&record);
	seal_buf_free(&wire);
}

int fuzz_records(enum seal_side side, const uint8_t *data, size_t len)
{
	struct seal_span content;
	struct seal_conn *conn;
	struct seal_reader r;
	uint8_t type;

	if (!len)
		return 0;
	conn = fuzz_open(side, data[0] % FUZZ_VARIANTS);
	forget_output(conn);
	seal_reader_init(&r, data + 1, len - 1);
	while (r.left >= RECORD_HEADER && !conn->error && conn->state != SEAL_HS_DONE) {
		type = seal_reader_u8(&r);
		content.len = seal_reader_u16(&r);
		if (content.len > r.left)
			content.len = r.left;
		content.data = r.pos;
		seal_reader_bytes(&r, content.len);
		send_sealed(conn, type, content);
	}
	fuzz_ends += !conn->error && conn->state == SEAL_HS_DONE;
	seal_conn_free(conn);
	return 0;
}

/* --------------------------------------------------------------- recording */

/* The record at @raw as the victim will find it */
static void note_plain(const struct seal_conn *victim, const uint8_t *raw, size_t size,
		       struct seal_buf *out)
{
	uint8_t copy[SEAL_RECORD_HEADER + SEAL_CIPHERTEXT_MAX];
	struct seal_fragment content = {
		raw[0], copy + SEAL_RECORD_HEADER, size - SEAL_RECORD_HEADER
	};
	struct seal_record record;
	uint8_t header[RECORD_HEADER];

	FUZZ_CHECK(size <= sizeof(copy));
	memcpy(copy, raw, size);
	fuzz_key(victim, &record, false);
	if (raw[0] == SEAL_CONTENT_DATA)
		FUZZ_CHECK(!seal_record_open(&record, copy, size, &content));
	seal_record_free(&record);
	header[0] = content.type | (raw[0] == SEAL_CONTENT_DATA ? 0 : NOT_SEALED);
	header[1] = content.len >> 8;
	header[2] = content.len;
	fuzz_append(out, header, sizeof(header));
	fuzz_append(out, content.data, content.len);
}

/* Move what waits, record by record; @out: note what @to gets */
static void move(struct seal_conn *from, struct seal_conn *to, bool plain,
		 struct seal_buf *out)
{
	size_t len = seal_conn_drain(from, NULL, 0), size, used;
	uint8_t *wire = malloc(len ? len : 1);

	FUZZ_CHECK(wire);
	seal_conn_drain(from, wire, len);
	fuzz_random_use(to->cfg->side);
	for (size_t at = 0; at < len; at += size) {
		size = SEAL_RECORD_HEADER + (wire[at + 3] << 8 | wire[at + 4]);
		if (to->state == SEAL_HS_DONE)
			break;
		if (out && plain)
			note_plain(to, wire + at, size, out);
		else if (out)
			fuzz_append(out, wire + at, size);
		FUZZ_CHECK(seal_conn_feed(to, wire + at, size, &used) >= 0);
	}
	free(wire);
}

void fuzz_record(enum seal_side victim, size_t variant, bool plain, struct seal_buf *out)
{
	struct seal_conn *client = fuzz_open(SEAL_CLIENT, variant);
	struct seal_conn *server = fuzz_open(SEAL_SERVER, variant);

	while (client->state != SEAL_HS_DONE || server->state != SEAL_HS_DONE) {
		move(client, server, plain, victim == SEAL_SERVER ? out : NULL);
		move(server, client, plain, victim == SEAL_CLIENT ? out : NULL);
	}
	seal_conn_free(client);
	seal_conn_free(server);
}
