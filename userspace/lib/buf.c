// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Bytes enter at the end of a buffer and leave at its front; memory that leaves is
 * wiped.
 */
#include <stdlib.h>
#include <string.h>

#include "private.h"

#define BUF_SIZE_MIN	256

/* Move to a larger allocation; realloc() would leave a copy behind unwiped */
static bool grow(struct seal_buf *buf, size_t needed)
{
	size_t size = buf->size ? buf->size : BUF_SIZE_MIN;
	uint8_t *base;

	while (size < needed)
		size *= 2;
	base = malloc(size);
	if (!base)
		return false;
	if (buf->len)
		memcpy(base, buf->data, buf->len);
	seal_crypto_wipe(buf->base, buf->size);
	free(buf->base);
	buf->base = base;
	buf->data = base;
	buf->size = size;
	return true;
}

uint8_t *seal_buf_reserve(struct seal_buf *buf, size_t len)
{
	size_t head = buf->base ? (size_t)(buf->data - buf->base) : 0;

	if (len > SIZE_MAX / 4 - buf->len)
		return NULL;
	if (!buf->base || buf->size - head < buf->len + len)
		if (!grow(buf, buf->len + len))
			return NULL;
	return buf->data + buf->len;
}

int seal_buf_append(struct seal_buf *buf, const void *data, size_t len)
{
	uint8_t *room = seal_buf_reserve(buf, len);

	if (!room)
		return SEAL_E_NOMEM;
	if (len)
		memcpy(room, data, len);
	buf->len += len;
	return 0;
}

void seal_buf_release(struct seal_buf *buf)
{
	if (!buf->len)
		seal_buf_free(buf);
}

void seal_buf_consume(struct seal_buf *buf, size_t len)
{
	seal_crypto_wipe(buf->data, len);
	buf->len -= len;
	/* an empty buffer begins anew and so does not creep through memory */
	buf->data = buf->len ? buf->data + len : buf->base;
}

void seal_buf_truncate(struct seal_buf *buf, size_t len)
{
	seal_crypto_wipe(buf->data + len, buf->len - len);
	buf->len = len;
}

void seal_buf_free(struct seal_buf *buf)
{
	seal_crypto_wipe(buf->base, buf->size);
	free(buf->base);
	*buf = (struct seal_buf){ 0 };
}
