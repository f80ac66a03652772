// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * What the command line asks for enters; each work is done in all ways by turns, and
 * the median and the quartiles of the rounds leave.
 */
#include <err.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench.h"
#include "tools.h"

/* Until either is reached nothing is measured */
#define WARM_BYTES (2 << 20)
#define WARM_MOVES 128

/* One way in one cell; @pair is closed where the work opens its own */
struct lane {
	struct bench_result *result;
	struct bench_pair pair;
	double *samples;
};

struct cell_run {
	struct bench_context *context;
	struct bench_cell *cell;
	struct lane lanes[8];
	size_t count;
};

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void summarize(struct lane *lane, unsigned int rounds)
{
	struct bench_result *result = lane->result;

	qsort(lane->samples, rounds, sizeof(*lane->samples), compare);
	result->low = lane->samples[rounds / 4];
	result->median = lane->samples[rounds / 2];
	result->high = lane->samples[rounds - 1 - rounds / 4];
}

/* What comes must be what went */
static int move_checked(const struct cell_run *run, struct lane *lane)
{
	struct bench_move move = {
		.pair = &lane->pair,
		.size = run->cell->size,
		.buffer = run->cell->size,
	};

	if (bench_move_run(&move, &run->context->source))
		return -1;
	return bench_move_check(&move, &run->context->source);
}

static int open_pair(const struct cell_run *run, struct lane *lane)
{
	if (bench_pair_open(&lane->pair, run->context->listener,
			    &run->context->keys) ||
	    bench_pair_widen(&lane->pair))
		return -1;
	if (run->cell->work->coalesce && lane->pair.way->coalesce &&
	    lane->pair.way->coalesce(&lane->pair))
		return -1;
	return move_checked(run, lane);
}

/*
 * At the start of a connection TCP acknowledges each segment at once, and so the
 * sender's call pays for it, later the reader's: begin after that.
 */
static int warm_up(const struct cell_run *run, struct lane *lane)
{
	size_t size = run->cell->size, moves = WARM_BYTES / size;
	double unused;

	moves = moves < WARM_MOVES ? moves : WARM_MOVES;
	do {
		if (run->cell->work->run(run->context, &lane->pair, size,
					 &unused))
			return -1;
		moves -= bench_work_batch(size) < moves ?
			 bench_work_batch(size) : moves;
	} while (moves && !run->cell->work->own_pairs);
	return 0;
}

static int open_lane(struct cell_run *run, struct bench_result *result,
		     unsigned int rounds)
{
	struct lane *lane = &run->lanes[run->count++];

	lane->result = result;
	lane->pair.way = result->way;
	lane->pair.fds[0] = -1;
	lane->pair.fds[1] = -1;
	lane->samples = calloc(rounds, sizeof(*lane->samples));
	if (!lane->samples) {
		warn("memory for %u rounds", rounds);
		return -1;
	}
	if (!run->cell->work->own_pairs && open_pair(run, lane))
		return -1;
	return warm_up(run, lane);
}

static int open_lanes(struct cell_run *run)
{
	struct bench_cell *cell = run->cell;
	size_t i;

	for (i = 0; i < cell->count; i++)
		if (!cell->results[i].missing &&
		    open_lane(run, &cell->results[i], cell->rounds))
			return -1;
	return 0;
}

static void close_lanes(struct cell_run *run)
{
	size_t i;

	for (i = 0; i < run->count; i++) {
		bench_pair_close(&run->lanes[i].pair);
		free(run->lanes[i].samples);
	}
}

/* By turns, so that what else the machine does hits all alike */
static int run_rounds(struct cell_run *run)
{
	const struct bench_cell *cell = run->cell;
	unsigned int round;
	size_t i;

	for (round = 0; round < cell->rounds; round++)
		for (i = 0; i < run->count; i++)
			if (cell->work->run(run->context, &run->lanes[i].pair,
					    cell->size,
					    &run->lanes[i].samples[round]))
				return -1;
	for (i = 0; i < run->count; i++)
		summarize(&run->lanes[i], cell->rounds);
	return 0;
}

static int run_cell(struct bench_context *context, struct bench_cell *cell)
{
	struct cell_run run = { .context = context, .cell = cell };
	int status;

	bench_report_progress(cell);
	status = open_lanes(&run);
	bench_clock_mark(true);
	status = status || run_rounds(&run);
	bench_clock_mark(false);
	close_lanes(&run);
	bench_report_progress(NULL);
	return status ? -1 : 0;
}

static const char *what_is_missing(const struct bench_work *work,
				   const struct bench_way *way)
{
	const char *missing = way->missing();

	if (!missing && work->missing)
		missing = work->missing();
	if (!missing && work->own_pairs && way->handshake)
		missing = "it takes no keys without a handshake";
	return missing;
}

static void choose_ways(const struct bench_options *options,
			struct bench_cell *cell)
{
	size_t i;

	cell->count = 0;
	for (i = 0; i < bench_way_count; i++) {
		struct bench_result *result = &cell->results[cell->count];

		if (!(options->ways & 1U << i))
			continue;
		result->way = bench_ways[i];
		result->missing = what_is_missing(cell->work, result->way);
		cell->count++;
	}
}

static int run_sizes(const struct bench_options *options,
		     struct bench_context *context,
		     const struct bench_work *work)
{
	const size_t *size = options->sizes[0] ? options->sizes : work->sizes;

	for (; *size; size++) {
		struct bench_cell cell = {
			.work = work,
			.suite = context->keys.suite,
			.size = *size,
			.rounds = options->rounds,
		};

		choose_ways(options, &cell);
		if (run_cell(context, &cell))
			return -1;
		bench_report_cell(options, &cell);
	}
	return 0;
}

static int run_suite(const struct bench_options *options,
		     struct bench_context *context,
		     const struct bench_suite *suite)
{
	int status = 0;
	size_t i;

	if (bench_keys_make(&context->keys, suite))
		return -1;
	context->keys.cpus = options->cpus;
	for (i = 0; i < bench_work_count && !status; i++)
		if (options->works & 1U << i)
			status = run_sizes(options, context, &bench_works[i]);
	bench_keys_wipe(&context->keys);
	return status;
}

static int run_suites(const struct bench_options *options,
		      struct bench_context *context)
{
	size_t i;

	for (i = 0; i < bench_suite_count; i++)
		if (options->suites & 1U << i &&
		    run_suite(options, context, &bench_suites[i]))
			return -1;
	return 0;
}

/* Whoever does not read the table to its end has to know, too. */
static int report_missing(const struct bench_options *options)
{
	int missing = 0;
	size_t i;

	for (i = 0; i < bench_way_count; i++) {
		const char *what = options->ways & 1U << i ?
				   bench_ways[i]->missing() : NULL;

		if (what) {
			warnx("%s: %s", bench_ways[i]->name, what);
			missing++;
		}
	}
	return missing;
}

int bench_run(const struct bench_options *options)
{
	struct bench_context context = { .listener = -1 };
	int status = EXIT_FAILED;

	if (bench_clock_init(options->instructions))
		return EXIT_FAILED;
	if (bench_source_open(&context.source))
		return EXIT_FAILED;
	context.listener = bench_pair_listen();
	if (context.listener >= 0) {
		report_missing(options);
		bench_report_title(options);
		status = run_suites(options, &context) ? EXIT_FAILED :
							 EXIT_SUCCESS;
		close(context.listener);
	}
	bench_source_close(&context.source);
	return status;
}
