// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Records of a connection enter, taken on their way; its handshake messages leave
 * in plaintext.
 */
#include "unit.h"

EVP_MD_CTX *signer_with(const struct seal_conn *conn, uint16_t scheme)
{
	return conn->cfg->creds->signers[seal_scheme_find(scheme) - seal_schemes];
}

struct seal_epoch epoch_of(const struct seal_conn *conn, const uint8_t *secret)
{
	return (struct seal_epoch){ &conn->cfg->crypto, conn->suite, &conn->keysched,
				    secret };
}

void record_key(struct seal_record *record, struct seal_epoch epoch, bool encrypt)
{
	seal_record_set_epoch(record, epoch);
	assert_int_equal(seal_record_make_key(record, encrypt), 0);
}

static void key_reader(struct seal_record *record, const struct seal_conn *from)
{
	record_key(record, epoch_of(from, from->cfg->side == SEAL_CLIENT ?
				    from->handshake.client :
				    from->handshake.server), false);
}

/* The handshake bytes of one record of @size bytes */
static void take_record(struct flight *flight, struct seal_record *record,
			uint8_t *raw, size_t size)
{
	struct seal_fragment content = {
		raw[0], raw + SEAL_RECORD_HEADER, size - SEAL_RECORD_HEADER
	};

	if (content.type == SEAL_CONTENT_DATA)
		assert_int_equal(seal_record_open(record, raw, size, &content), 0);
	if (content.type == SEAL_CONTENT_HANDSHAKE)
		assert_int_equal(seal_buf_append(&flight->bytes, content.data,
						 content.len), 0);
}

static void split_messages(struct flight *flight)
{
	struct seal_reader r, start;
	size_t len;

	seal_reader_init(&r, flight->bytes.data, flight->bytes.len);
	flight->count = 0;
	while (r.left) {
		start = r;
		seal_reader_u8(&r);
		len = seal_reader_u24(&r);
		assert_true(flight->count < FLIGHT_MESSAGES);
		flight->messages[flight->count++] =
			seal_reader_bytes(&start, SEAL_MESSAGE_HEADER + len);
		seal_reader_bytes(&r, len);
		assert_false(r.failed);
	}
}

void flight_take(struct flight *flight, struct seal_conn *from)
{
	struct seal_record record = { 0 };
	struct wire wire;
	size_t size;

	wire_take(&wire, from);
	if (seal_record_is_protected(&from->out))
		key_reader(&record, from);
	for (size_t at = 0; at < wire.len; at += size) {
		size = SEAL_RECORD_HEADER +
		       (wire.data[at + 3] << 8 | wire.data[at + 4]);
		take_record(flight, &record, wire.data + at, size);
	}
	split_messages(flight);
	seal_record_free(&record);
	wire_free(&wire);
}

void flight_free(struct flight *flight)
{
	seal_buf_free(&flight->bytes);
}

struct seal_span message_body(struct seal_span message)
{
	return (struct seal_span){ message.data + SEAL_MESSAGE_HEADER,
				   message.len - SEAL_MESSAGE_HEADER };
}
