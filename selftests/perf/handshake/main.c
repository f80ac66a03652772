// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Paths of certificates enter; for each kind of handshake the medians of ours and of
 * libssl leave, as one JSON object.  Both take turns, so that what disturbs the machine
 * disturbs both.
 *
 * The other end is libssl's in all of them.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench.h"

#define WARM_UP		20
#define ROUNDS_MAX	10000

static const struct bench_kind kinds[] = {
	{ "full_server", BENCH_SERVER, false },
	{ "full_client", BENCH_CLIENT, false },
	{ "resumed_server", BENCH_SERVER, true },
};

static const struct bench_library *const libraries[] = { &bench_ours, &bench_libssl };

/* Of a library: the time of each round, and the rest, which does not change */
struct result {
	double us[ROUNDS_MAX];
	struct bench_figures last;
};

static struct result results[COUNT(libraries)];

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Part @q of the sorted times */
static double quantile(const struct result *result, unsigned int rounds, double q)
{
	return result->us[(unsigned int)(q * (rounds - 1))];
}

static void measure(const struct bench_kind *kind, unsigned int rounds)
{
	void *sessions[COUNT(libraries)] = { NULL };
	unsigned int i, k;

	for (i = 0; i < WARM_UP + rounds; i++) {
		for (k = 0; k < COUNT(libraries); k++) {
			const struct bench_library *ends[] = { &bench_libssl,
							       &bench_libssl };
			struct bench_figures figures;

			ends[kind->side] = libraries[k];
			figures = bench_pair_run(ends, kind, &sessions[k]);
			if (i < WARM_UP)
				continue;
			results[k].us[i - WARM_UP] = figures.us;
			results[k].last = figures;
		}
	}
	for (k = 0; k < COUNT(libraries); k++)
		bench_session_free(sessions[k]);
	for (k = 0; k < COUNT(libraries); k++)
		qsort(results[k].us, rounds, sizeof(results[k].us[0]), compare);
}

static void print_library(const struct result *result, const char *name,
			  unsigned int rounds)
{
	printf("\"%s_us\":%.2f,\"%s_low_us\":%.2f,\"%s_high_us\":%.2f,"
	       "\"%s_heap\":%.0f,\"%s_left\":%.0f,\"%s_allocations\":%.0f,", name,
	       quantile(result, rounds, 0.5), name, quantile(result, rounds, 0.25), name,
	       quantile(result, rounds, 0.75), name, result->last.waiting, name,
	       result->last.after, name, result->last.calls);
}

static void print(const struct bench_kind *kind, unsigned int rounds)
{
	unsigned int k;

	printf("\"%s\":{", kind->name);
	for (k = 0; k < COUNT(libraries); k++)
		print_library(&results[k], libraries[k]->name, rounds);
	printf("\"speedup\":%.3f}", quantile(&results[1], rounds, 0.5) /
	       quantile(&results[0], rounds, 0.5));
}

static unsigned int parse_rounds(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*end || !n || n > ROUNDS_MAX)
		errx(EXIT_FAILURE, "rounds: 1 to %d", ROUNDS_MAX);
	return n;
}

int main(int argc, char **argv)
{
	struct bench_files files;
	unsigned int rounds, k;

	if (argc != 5)
		errx(EXIT_FAILURE, "usage: handshake CA CHAIN KEY ROUNDS");
	files = (struct bench_files){ argv[1], argv[2], argv[3] };
	rounds = parse_rounds(argv[4]);
	for (k = 0; k < COUNT(libraries); k++)
		libraries[k]->prepare(&files);
	putchar('{');
	for (k = 0; k < COUNT(kinds); k++) {
		if (isatty(STDERR_FILENO))
			fprintf(stderr, "\r\033[K%s", kinds[k].name);
		measure(&kinds[k], rounds);
		if (k)
			putchar(',');
		print(&kinds[k], rounds);
	}
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r\033[K");
	puts("}");
	return 0;
}
