// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Numbers and vectors of the TLS presentation language (RFC 8446 3) enter from
 * bytes or leave as bytes; no length from the wire is trusted beyond this file.
 */
#include <string.h>

#include "private.h"

bool seal_span_equal(struct seal_span a, struct seal_span b)
{
	return a.len == b.len && (!a.len || !memcmp(a.data, b.data, a.len));
}

void seal_reader_init(struct seal_reader *r, const void *data, size_t len)
{
	*r = (struct seal_reader){ .pos = data, .left = len };
}

struct seal_span seal_reader_bytes(struct seal_reader *r, size_t len)
{
	struct seal_span span = { 0 };

	if (r->failed || len > r->left) {
		r->failed = true;
		return span;
	}
	span.data = r->pos;
	span.len = len;
	r->pos += len;
	r->left -= len;
	return span;
}

static uint32_t read_number(struct seal_reader *r, unsigned int width)
{
	struct seal_span bytes = seal_reader_bytes(r, width);
	uint32_t value = 0;

	for (size_t i = 0; i < bytes.len; i++)
		value = value << 8 | bytes.data[i];
	return value;
}

uint8_t seal_reader_u8(struct seal_reader *r)
{
	return read_number(r, 1);
}

uint16_t seal_reader_u16(struct seal_reader *r)
{
	return read_number(r, 2);
}

uint32_t seal_reader_u24(struct seal_reader *r)
{
	return read_number(r, 3);
}

uint32_t seal_reader_u32(struct seal_reader *r)
{
	return read_number(r, 4);
}

struct seal_span seal_reader_vector(struct seal_reader *r, unsigned int width,
				    size_t min)
{
	struct seal_span span = seal_reader_bytes(r, read_number(r, width));

	if (span.len < min) {
		r->failed = true;
		span = (struct seal_span){ 0 };
	}
	return span;
}

struct seal_reader seal_reader_enter(struct seal_reader *r, unsigned int width,
				     size_t min)
{
	struct seal_span span = seal_reader_vector(r, width, min);
	struct seal_reader inner;

	seal_reader_init(&inner, span.data, span.len);
	inner.failed = r->failed;
	return inner;
}

int seal_reader_finish(const struct seal_reader *r)
{
	return r->failed || r->left ? SEAL_E_DECODE_ERROR : 0;
}

void seal_writer_init(struct seal_writer *w, struct seal_buf *buf)
{
	*w = (struct seal_writer){ .buf = buf };
}

void seal_writer_bytes(struct seal_writer *w, const void *data, size_t len)
{
	if (!w->error)
		w->error = seal_buf_append(w->buf, data, len);
}

static void write_number(struct seal_writer *w, uint32_t value,
			 unsigned int width)
{
	uint8_t bytes[4];

	for (unsigned int i = 0; i < width; i++)
		bytes[i] = value >> 8 * (width - 1 - i);
	seal_writer_bytes(w, bytes, width);
}

void seal_writer_u8(struct seal_writer *w, uint8_t value)
{
	write_number(w, value, 1);
}

void seal_writer_u16(struct seal_writer *w, uint16_t value)
{
	write_number(w, value, 2);
}

void seal_writer_u24(struct seal_writer *w, uint32_t value)
{
	write_number(w, value, 3);
}

void seal_writer_u32(struct seal_writer *w, uint32_t value)
{
	write_number(w, value, 4);
}

void seal_writer_open(struct seal_writer *w, unsigned int width)
{
	if (!w->error && w->depth == SEAL_WRITER_DEPTH)
		w->error = SEAL_E_INVALID;
	if (w->error)
		return;
	w->open[w->depth].at = w->buf->len;
	w->open[w->depth].width = width;
	w->depth++;
	write_number(w, 0, width);
}

void seal_writer_close(struct seal_writer *w)
{
	unsigned int width;
	size_t at, len;

	if (!w->error && !w->depth)
		w->error = SEAL_E_INVALID;
	if (w->error)
		return;
	w->depth--;
	width = w->open[w->depth].width;
	at = w->open[w->depth].at;
	len = w->buf->len - at - width;
	if (len >> 8 * width)
		w->error = SEAL_E_INVALID;
	for (unsigned int i = 0; i < width; i++)
		w->buf->data[at + i] = len >> 8 * (width - 1 - i);
}

int seal_writer_finish(const struct seal_writer *w)
{
	if (w->error)
		return w->error;
	return w->depth ? SEAL_E_INVALID : 0;
}
