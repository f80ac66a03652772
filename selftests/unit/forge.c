// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Numbers and vectors enter, a message leaves; written without the library's
 * codec, which is what such messages test.
 */
#include <string.h>

#include "unit.h"

void forge_start(struct forge *f)
{
	f->len = 0;
	f->fields_len = 0;
	f->depth = 0;
}

static void put_number(uint8_t *at, uint32_t value, unsigned int width)
{
	for (unsigned int i = 0; i < width; i++)
		at[i] = value >> 8 * (width - 1 - i);
}

void forge_number(struct forge *f, uint32_t value, unsigned int width)
{
	assert_true(f->len + width <= FORGE_MAX);
	put_number(f->data + f->len, value, width);
	f->len += width;
}

void forge_bytes(struct forge *f, const void *data, size_t len)
{
	assert_true(f->len + len <= FORGE_MAX);
	if (len)
		memcpy(f->data + f->len, data, len);
	f->len += len;
}

void forge_open(struct forge *f, unsigned int width)
{
	assert_true(f->depth < FORGE_DEPTH && f->fields_len < FORGE_FIELDS);
	f->open[f->depth++] = f->fields_len;
	f->fields[f->fields_len++] = (struct forge_field){ f->len, width };
	forge_number(f, 0, width);
}

void forge_close(struct forge *f)
{
	const struct forge_field *field = &f->fields[f->open[--f->depth]];

	put_number(f->data + field->at, f->len - field->at - field->width,
		   field->width);
}

void forge_vector(struct forge *f, unsigned int width, const void *data,
		  size_t len)
{
	forge_open(f, width);
	forge_bytes(f, data, len);
	forge_close(f);
}

void forge_adjust(struct forge *f, size_t index, int delta)
{
	const struct forge_field *field = &f->fields[index];
	uint32_t value = 0;

	for (unsigned int i = 0; i < field->width; i++)
		value = value << 8 | f->data[field->at + i];
	put_number(f->data + field->at, value + delta, field->width);
}

struct seal_span forge_span(const struct forge *f)
{
	return (struct seal_span){ f->data, f->len };
}
