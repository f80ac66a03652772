// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Bytes that came out of the kernel enter, and the keys of a direction; whether
 * anything of these stands in those leaves.
 */
#include <string.h>

#include "ktest.h"

/* A secret is found if so many bytes of it stand together */
#define WINDOW	8

bool holds_bytes(const void *bytes, size_t len, const uint8_t *secret, size_t size)
{
	for (size_t i = 0; i + WINDOW <= size; i++)
		if (memmem(bytes, len, secret + i, WINDOW))
			return true;
	return false;
}

bool holds_secret(const void *bytes, size_t len, const struct half *half)
{
	return holds_bytes(bytes, len, half->secret, suite_secret_size(half->suite)) ||
	       holds_bytes(bytes, len, half->key, suite_key_size(half->suite)) ||
	       holds_bytes(bytes, len, half->iv, sizeof(half->iv));
}
