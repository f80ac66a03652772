// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The command line of `sockseal bench' enters; what to measure leaves.
 */
#include <argp.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "tools.h"

#define MAX_ROUNDS 10000

enum {
	OPTION_WORK = 256,
	OPTION_SIZE,
	OPTION_SUITE,
	OPTION_WAY,
	OPTION_ROUNDS,
	OPTION_CPUS,
	OPTION_JSON,
	OPTION_INSTRUCTIONS,
};

static const struct argp_option option_table[] = {
	{ "work", OPTION_WORK, "WORK,..", 0,
	  "What to do: write, read, sendfile, receive, request, connect, secrets, idle, "
	  "coalesce (default: all)", 0 },
	{ "size", OPTION_SIZE, "SIZE,..", 0,
	  "Bytes of an operation, at most 1M; K and M are understood (default: "
	  "several, for each work its own)", 0 },
	{ "suite", OPTION_SUITE, "SUITE,..", 0,
	  "aes-128-gcm, aes-256-gcm, chacha20-poly1305, or all (default: "
	  "aes-128-gcm)", 0 },
	{ "way", OPTION_WAY, "WAY,..", 0,
	  "plain, openssl, ktls, sockseal (default: all)", 0 },
	{ "rounds", OPTION_ROUNDS, "N", 0,
	  "Rounds that the median is taken of (default: 25)", 0 },
	{ "cpus", OPTION_CPUS, "N", 0,
	  "How many may seal the records of one write of ours (default: the one "
	  "that writes)", 0 },
	{ "json", OPTION_JSON, NULL, 0,
	  "Print a JSON object for each way, on a line of its own", 0 },
	{ "instructions", OPTION_INSTRUCTIONS, NULL, 0,
	  "Count instructions; only in a guest of `make vm ICOUNT=1'", 0 },
	{ 0 },
};

/* The names of the rows of each table, by number; NULL after the last */

static const char *work_name(size_t i)
{
	return i < bench_work_count ? bench_works[i].name : NULL;
}

static const char *suite_name(size_t i)
{
	return i < bench_suite_count ? bench_suites[i].name : NULL;
}

static const char *way_name(size_t i)
{
	return i < bench_way_count ? bench_ways[i]->name : NULL;
}

static unsigned int all_of(const char *(*name)(size_t))
{
	unsigned int all = 0;
	size_t i;

	for (i = 0; name(i); i++)
		all |= 1U << i;
	return all;
}

static unsigned int find(const char *word, const char *(*name)(size_t))
{
	size_t i;

	if (!strcmp(word, "all"))
		return all_of(name);
	for (i = 0; name(i); i++)
		if (!strcmp(word, name(i)))
			return 1U << i;
	return 0;
}

/* "a,b" to a bit for each; @text is cut up */
static unsigned int parse_names(struct argp_state *state, char *text,
				const char *(*name)(size_t),
				const char *option)
{
	unsigned int chosen = 0;
	char *word;

	while ((word = strsep(&text, ","))) {
		unsigned int found = find(word, name);

		if (!found)
			argp_error(state, "--%s knows no '%s'", option, word);
		chosen |= found;
	}
	return chosen;
}

static size_t parse_size(struct argp_state *state, const char *word)
{
	char *end;
	unsigned long size = strtoul(word, &end, 10);
	unsigned long unit = *end == 'K' ? 1024 : *end == 'M' ? 1 << 20 : 1;

	if (unit != 1)
		end++;
	if (*word < '0' || *word > '9' || *end || !size ||
	    size > BENCH_MAX_SIZE / unit)
		argp_error(state, "'%s' is not a size from 1 to 1M", word);
	return size * unit;
}

static void parse_sizes(struct argp_state *state, char *text, size_t *sizes)
{
	size_t count = 0;
	char *word;

	while ((word = strsep(&text, ","))) {
		if (count == BENCH_MAX_SIZES - 1)
			argp_error(state, "--size takes at most %d",
				   BENCH_MAX_SIZES - 1);
		sizes[count++] = parse_size(state, word);
	}
	sizes[count] = 0;
}

static unsigned int parse_number(struct argp_state *state, const char *text,
				 unsigned int max)
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || !number || number > max)
		argp_error(state, "'%s' is not a number from 1 to %u", text, max);
	return number;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct bench_options *bench = state->input;

	switch (key) {
	case OPTION_WORK:
		bench->works = parse_names(state, arg, work_name, "work");
		return 0;
	case OPTION_SIZE:
		parse_sizes(state, arg, bench->sizes);
		return 0;
	case OPTION_SUITE:
		bench->suites = parse_names(state, arg, suite_name, "suite");
		return 0;
	case OPTION_WAY:
		bench->ways = parse_names(state, arg, way_name, "way");
		return 0;
	case OPTION_ROUNDS:
		bench->rounds = parse_number(state, arg, MAX_ROUNDS);
		return 0;
	case OPTION_CPUS:
		bench->cpus = parse_number(state, arg, SEAL_CPUS_MAX);
		return 0;
	case OPTION_JSON:
		bench->json = true;
		return 0;
	case OPTION_INSTRUCTIONS:
		bench->instructions = true;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "unexpected argument '%s'", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int cmd_bench(int argc, char **argv)
{
	static const struct argp argp = {
		.options = option_table,
		.parser = parse_option,
		.doc = "Measure what sealing costs, side by side: plain TCP, "
		       "OpenSSL, the kernel's own TLS, sockseal."
		       "\vOne thread moves bytes over loopback, in all ways by "
		       "turns. /plain and /ktls are ratios of the cost, added "
		       "is what comes on top of plain TCP as against what the "
		       "kernel's own TLS puts there.",
	};
	struct bench_options bench = {
		.works = all_of(work_name),
		.suites = 1,
		.ways = all_of(way_name),
		.rounds = 25,
	};

	argp_parse(&argp, argc, argv, 0, NULL, &bench);
	return bench_run(&bench);
}
