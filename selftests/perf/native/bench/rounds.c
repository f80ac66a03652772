// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A request enters; the ticks of every round leave, sorted, for each way and side.
 *
 * A round is a short time of each way, one after the other: what disturbs the machine
 * for longer disturbs all of them, and what is shorter is lost in the median.
 */
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>

#include "bench.h"
#include "seal.h"

/*
 * Ticks of a way's part of a round, unless once takes longer.  The host gives a process
 * some milliseconds before it lets another one run: few parts are hit by that.
 */
#define PART		100000

/* Rounds that do not count: windows open, caches fill. */
#define WARM_UP		20

static bool takes(const struct bench_run *run, const struct bench_way *way)
{
	if (run->only && run->only != way)
		return false;
	if (run->work->seals)
		return !strcmp(way->name, "sockseal");
	if (way->cpus && num_online_cpus() == 1)
		return false;
	return !way->is_cipher || run->work->bare;
}

static int make_pairs(struct bench_run *run)
{
	const struct bench_way *way;
	int i, err;

	run->listener = bench_listen();
	if (IS_ERR(run->listener))
		return PTR_ERR(run->listener);
	for (i = 0; i < BENCH_WAYS; i++) {
		way = bench_way_at(i);
		if (run->work->no_pair || way->is_cipher || !takes(run, way))
			continue;
		err = bench_pair_make(&run->pairs[i], run, way, run->work->file);
		err = err ?: bench_pair_widen(&run->pairs[i]);
		if (err)
			return err;
	}
	return 0;
}

static int make_samples(struct bench_run *run)
{
	int i, side;
	u64 *samples;

	for (i = 0; i < BENCH_WAYS; i++) {
		if (!takes(run, bench_way_at(i)))
			continue;
		for (side = 0; side < BENCH_SIDES && run->work->sides[side]; side++) {
			samples = kvcalloc(run->rounds, sizeof(*samples), GFP_KERNEL);
			if (!samples)
				return -ENOMEM;
			run->samples[i][side] = samples;
		}
	}
	return 0;
}

static int make_file(struct bench_run *run)
{
	if (!run->work->file)
		return 0;
	run->file = bench_file_make(run->size);
	return PTR_ERR_OR_ZERO(run->file);
}

static int set_up(struct bench_run *run)
{
	size_t size = max_t(size_t, run->size, run->work->stream);
	int err;

	err = make_samples(run);
	err = err ?: bench_memory_get(&run->from, run->kind, size);
	err = err ?: bench_memory_get(&run->to, run->kind, size);
	err = err ?: make_file(run);
	if (err)
		return err;
	run->cipher = bench_cipher_make(run->suite);
	if (IS_ERR(run->cipher))
		return PTR_ERR(run->cipher);
	if (run->work->seals)
		run->sealer = bench_sealer_make(run->suite->id);
	if (IS_ERR(run->sealer))
		return PTR_ERR(run->sealer);
	return make_pairs(run);
}

/* A part of a round: ticks for one time that the work was done */
static int measure(struct bench_run *run, int i, u64 *mean)
{
	const struct bench_way *way = bench_way_at(i);
	u64 spent[BENCH_SIDES] = {}, begin = bench_ticks();
	int side, n, done = 0;

	do {
		n = way->is_cipher ? run->work->bare(run, spent) :
				     run->work->step(run, &run->pairs[i], way, spent);
		if (n < 0)
			return n;
		done += n;
	} while (bench_since(begin) < PART);
	for (side = 0; side < BENCH_SIDES; side++)
		mean[side] = spent[side] / done;
	return 0;
}

/* Another way is the first one each time. */
static int measure_all(struct bench_run *run, int round)
{
	u64 mean[BENCH_SIDES];
	int turn, i, side, err;

	for (turn = 0; turn < BENCH_WAYS; turn++) {
		i = (turn + round + WARM_UP) % BENCH_WAYS;
		if (!takes(run, bench_way_at(i)))
			continue;
		err = measure(run, i, mean);
		if (err)
			return err;
		for (side = 0; side < BENCH_SIDES && round >= 0; side++)
			if (run->samples[i][side])
				run->samples[i][side][round] = mean[side];
	}
	return 0;
}

static int compare(const void *a, const void *b)
{
	u64 left = *(const u64 *)a, right = *(const u64 *)b;

	return left < right ? -1 : left > right;
}

static void sort_all(struct bench_run *run)
{
	int i, side;

	for (i = 0; i < BENCH_WAYS; i++)
		for (side = 0; side < BENCH_SIDES; side++)
			if (run->samples[i][side])
				sort(run->samples[i][side], run->rounds, sizeof(u64),
				     compare, NULL);
}

/**
 * bench_rounds() - measure
 * @run: the request; bench_rounds_free() whatever is returned
 *
 * Context: process, with memory of its own.
 * Return: 0 or an error.
 */
int bench_rounds(struct bench_run *run)
{
	int round, err;

	err = set_up(run);
	bench_clock_start();
	for (round = -WARM_UP; round < (int)run->rounds && !err; round++) {
		err = measure_all(run, round);
		cond_resched();
	}
	bench_clock_stop();
	sort_all(run);
	return err;
}

/**
 * bench_rounds_free() - let go of all that a run has
 * @run: after bench_rounds()
 */
void bench_rounds_free(struct bench_run *run)
{
	int i, side;

	for (i = 0; i < BENCH_WAYS; i++) {
		bench_pair_close(&run->pairs[i]);
		for (side = 0; side < BENCH_SIDES; side++)
			kvfree(run->samples[i][side]);
	}
	if (!IS_ERR_OR_NULL(run->listener))
		sock_release(run->listener);
	if (!IS_ERR_OR_NULL(run->cipher))
		bench_cipher_free(run->cipher);
	if (!IS_ERR_OR_NULL(run->sealer))
		bench_sealer_free(run->sealer);
	if (!IS_ERR_OR_NULL(run->file))
		fput(run->file);
	bench_memory_put(&run->from);
	bench_memory_put(&run->to);
}
