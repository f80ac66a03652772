// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A seed enters; the same random-looking bytes leave in every run.
 */
#include <stdlib.h>
#include <string.h>

#include "ktest.h"

/* One step of xorshift64* */
static uint64_t next_word(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dULL;
}

void fill_bytes(void *buf, size_t len, uint64_t seed)
{
	uint64_t state = seed * 0x9e3779b97f4a7c15ULL + 1;
	uint8_t *out = buf;

	while (len) {
		uint64_t word = next_word(&state);
		size_t n = len < sizeof(word) ? len : sizeof(word);

		memcpy(out, &word, n);
		out += n;
		len -= n;
	}
}

/* Zeroed memory that the caller frees; a failed test leaks it */
uint8_t *make_room(size_t len)
{
	uint8_t *buf = calloc(1, len ? len : 1);

	assert_non_null(buf);
	return buf;
}

/* Like make_room(), filled */
uint8_t *make_bytes(size_t len, uint64_t seed)
{
	uint8_t *buf = make_room(len);

	fill_bytes(buf, len, seed);
	return buf;
}
