// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Bytes enter; a copy leaves that ends where memory begins that faults.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "unit.h"

#define ARENA_SIZE	(128 * 1024)

static uint8_t *make_arena(void)
{
	uint8_t *arena = mmap(NULL, ARENA_SIZE + getpagesize(),
			      PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(arena, MAP_FAILED);
	assert_false(mprotect(arena + ARENA_SIZE, getpagesize(), PROT_NONE));
	return arena;
}

const uint8_t *guard_copy(const void *data, size_t len)
{
	static uint8_t *arena;
	uint8_t *start;

	if (!arena)
		arena = make_arena();
	assert_true(len <= ARENA_SIZE);
	start = arena + ARENA_SIZE - len;
	if (len)
		memcpy(start, data, len);
	return start;
}
