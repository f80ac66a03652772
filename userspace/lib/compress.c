// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A Certificate message enters, compressed or not; the other form leaves (RFC 8879).
 * The only file that calls zlib: libcrypto has it since 3.2, and not in every build.
 */
#include <zlib.h>

#include "private.h"

#define ALGORITHM	SEAL_COMPRESSION_ZLIB

/* ---------------------------------------------------------- negotiation */

void seal_compress_write_request(struct seal_writer *w)
{
	seal_ext_open(w, SEAL_EXT_COMPRESS_CERTIFICATE);
	seal_writer_open(w, 1);
	seal_writer_u16(w, ALGORITHM);
	seal_writer_close(w);
	seal_writer_close(w);
}

int seal_compress_read_request(const struct seal_exts *exts, bool *taken)
{
	struct seal_reader r = seal_ext_reader(exts, SEAL_EXT_COMPRESS_CERTIFICATE);
	struct seal_span list;
	int err;

	*taken = false;
	if (!seal_ext_has(exts, SEAL_EXT_COMPRESS_CERTIFICATE))
		return 0;
	list = seal_reader_vector(&r, 1, 2);
	err = seal_reader_finish(&r);
	if (err || list.len % 2)
		return SEAL_E_DECODE_ERROR;
	*taken = seal_list16_has(list, ALGORITHM);
	return 0;
}

/* --------------------------------------------------------------- sending */

static int deflate_body(struct seal_span body, struct seal_buf *out)
{
	uLongf len = compressBound(body.len);
	uint8_t *room = seal_buf_reserve(out, len);

	if (!room || compress2(room, &len, body.data, body.len,
			       Z_BEST_COMPRESSION) != Z_OK)
		return SEAL_E_NOMEM;
	out->len += len;
	return 0;
}

static int write_message(struct seal_span body, const struct seal_buf *packed,
			 struct seal_buf *out)
{
	struct seal_writer w;

	seal_writer_init(&w, out);
	seal_writer_u8(&w, SEAL_MSG_COMPRESSED_CERTIFICATE);
	seal_writer_open(&w, 3);
	seal_writer_u16(&w, ALGORITHM);
	seal_writer_u24(&w, body.len);
	seal_writer_open(&w, 3);
	seal_writer_bytes(&w, packed->data, packed->len);
	seal_writer_close(&w);
	seal_writer_close(&w);
	return seal_writer_finish(&w);
}

int seal_compress(struct seal_span message, struct seal_buf *out)
{
	struct seal_span body = { message.data + SEAL_MESSAGE_HEADER,
				  message.len - SEAL_MESSAGE_HEADER };
	struct seal_buf packed = { 0 };
	int err = deflate_body(body, &packed);

	if (!err)
		err = write_message(body, &packed, out);
	/* keys and signatures are all that some have, and those are random */
	if (err || out->len >= message.len)
		seal_buf_free(out);
	seal_buf_free(&packed);
	return err;
}

/* ------------------------------------------------------------- receiving */

/*
 * The length is all that may come out: zlib stops there, and takes about 40 KB itself
 * (RFC 8879 5).
 */
static int inflate_body(const struct seal_compressed_certificate *msg,
			struct seal_buf *out)
{
	uint8_t *room = seal_buf_reserve(out, msg->len);
	uLongf len = msg->len;
	uLong used = msg->packed.len;
	int status;

	if (!room)
		return SEAL_E_NOMEM;
	status = uncompress2(room, &len, msg->packed.data, &used);
	if (status == Z_MEM_ERROR)
		return SEAL_E_NOMEM;
	/* RFC 8879 4: exactly that length; and all that has come is needed for it */
	if (status != Z_OK || len != msg->len || used != msg->packed.len)
		return SEAL_E_BAD_CERTIFICATE;
	out->len += len;
	return 0;
}

int seal_decompress(struct seal_conn *conn, struct seal_span body,
		    struct seal_buf *out)
{
	struct seal_compressed_certificate msg;
	int err = seal_compressed_certificate_parse(body, &msg);

	if (err)
		return err;
	/* RFC 8879 4: one of those that we have listed */
	if (msg.algorithm != ALGORITHM)
		return seal_conn_fail(conn, SEAL_E_ILLEGAL_PARAMETER,
				      "compression algorithm %u was not offered",
				      msg.algorithm);
	/* as much as an uncompressed one may have, asked before memory is taken */
	if (!msg.len || msg.len > SEAL_MESSAGE_MAX - SEAL_MESSAGE_HEADER)
		return seal_conn_fail(conn, SEAL_E_BAD_CERTIFICATE,
				      "a message of %zu bytes, uncompressed", msg.len);
	err = inflate_body(&msg, out);
	if (err == SEAL_E_BAD_CERTIFICATE)
		return seal_conn_fail(conn, err, "it cannot be decompressed");
	return err;
}
