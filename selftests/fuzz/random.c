// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Nothing enters; numbers leave that libcrypto takes for random: the same for each
 * connection of a side, so that what was recorded once fits again.  And it is always the
 * same time.
 */
#define OPENSSL_SUPPRESS_DEPRECATED

#include <time.h>

#include <openssl/rand.h>

#include "fuzz.h"

static uint64_t states[2];
static enum seal_side current;

/* Any sequence will do that does not repeat itself soon (SplitMix64) */
static uint8_t next_byte(void)
{
	uint64_t z;

	states[current] += 0x9e3779b97f4a7c15;
	z = states[current];
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static int give_bytes(unsigned char *out, int len)
{
	for (int i = 0; i < len; i++)
		out[i] = next_byte();
	return 1;
}

static int is_ready(void)
{
	return 1;
}

void fuzz_random_use(enum seal_side side)
{
	static const RAND_METHOD method = {
		.bytes = give_bytes,
		.pseudorand = give_bytes,
		.status = is_ready,
	};
	static bool set;

	if (!set)
		FUZZ_CHECK(RAND_set_rand_method(&method));
	set = true;
	current = side;
}

void fuzz_random_start(enum seal_side side)
{
	fuzz_random_use(side);
	states[side] = side + 1;
}

/* In the place of clock_gettime(), of the library alone: a day of 2027 */
int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
	(void)clock;
	*now = (struct timespec){ .tv_sec = FUZZ_NOW };
	return 0;
}
