// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Nothing enters; what it cost from one call to another leaves, in nanoseconds or, in
 * a guest under `-icount shift=0', in instructions, which is what its TSC counts.
 */
#include <err.h>
#include <stdint.h>
#include <time.h>

#include "bench.h"

#if defined(__x86_64__)
#include <x86intrin.h>

/*
 * Instructions without effect, by whose displacement selftests/perf/blocks.c knows where
 * a window begins and ends.
 */
#define MARK(displacement) ({ \
	asm volatile("nopw %c0(%%rax,%%rax,1)" : : "i" (displacement) : "memory"); \
})

#define BEGIN 0x5ea1bb00
#define END 0x5ea1ee00

static void mark_begin(enum bench_window window)
{
	switch (window) {
	case BENCH_SEND:
		MARK(BEGIN + BENCH_SEND);
		break;
	case BENCH_RECEIVE:
		MARK(BEGIN + BENCH_RECEIVE);
		break;
	case BENCH_WHOLE:
		MARK(BEGIN + BENCH_WHOLE);
		break;
	}
}

static void mark_end(enum bench_window window)
{
	switch (window) {
	case BENCH_SEND:
		MARK(END + BENCH_SEND);
		break;
	case BENCH_RECEIVE:
		MARK(END + BENCH_RECEIVE);
		break;
	case BENCH_WHOLE:
		MARK(END + BENCH_WHOLE);
		break;
	}
}

static uint64_t count_instructions(void)
{
	return __rdtsc();
}

static uint64_t (*const count)(void) = count_instructions;
#else
static void mark_begin(enum bench_window window)
{
	(void)window;
}

static void mark_end(enum bench_window window)
{
	(void)window;
}

static uint64_t (*const count)(void);
#endif

/* Enough that one pair of calls was not interrupted */
#define CALIBRATIONS 1000

static uint64_t nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

static uint64_t (*now)(void) = nanoseconds;
static uint64_t overhead;

static bool marking;

void bench_clock_mark(bool on)
{
	marking = on;
}

uint64_t bench_clock_begin(enum bench_window window)
{
	if (marking)
		mark_begin(window);
	return now();
}

uint64_t bench_clock_end(enum bench_window window, uint64_t began)
{
	uint64_t cost = now() - began;

	if (marking)
		mark_end(window);
	return cost > overhead ? cost - overhead : 0;
}

static uint64_t measure_nothing(void)
{
	return bench_clock_end(BENCH_WHOLE, bench_clock_begin(BENCH_WHOLE));
}

int bench_clock_init(bool instructions)
{
	uint64_t least = UINT64_MAX;
	int i;

	if (instructions && !count) {
		warnx("--instructions: this is not an x86 processor");
		return -1;
	}
	now = instructions ? count : nanoseconds;
	overhead = 0;
	for (i = 0; i < CALIBRATIONS; i++) {
		uint64_t cost = measure_nothing();

		if (cost < least)
			least = cost;
	}
	overhead = least;
	return 0;
}
