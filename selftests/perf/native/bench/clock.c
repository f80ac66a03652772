// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Ticks of the CPU's clock enter, nanoseconds leave: how long a tick is follows from
 * the kernel's clock at the beginning and the end of a run.
 */
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/minmax.h>

#include "bench.h"

/* Ticks from one reading to the next, with nothing between */
u64 bench_clock_cost;

static u64 first_tick, first_ns, ticks, ns;

/**
 * bench_clock_start() - a run begins
 */
void bench_clock_start(void)
{
	u64 begin;
	int i;

	bench_clock_cost = U64_MAX;
	for (i = 0; i < 1000; i++) {
		begin = bench_ticks();
		bench_clock_cost = min(bench_clock_cost, bench_ticks() - begin);
	}
	first_ns = ktime_get_ns();
	first_tick = bench_ticks();
}

/**
 * bench_clock_stop() - a run is over
 */
void bench_clock_stop(void)
{
	ns = ktime_get_ns() - first_ns;
	ticks = bench_ticks() - first_tick;
}

/**
 * bench_clock_ns() - ticks of the run that is over
 * @value: ticks
 *
 * Return: nanoseconds.
 */
u64 bench_clock_ns(u64 value)
{
	return mul_u64_u64_div_u64(value, ns, ticks);
}
