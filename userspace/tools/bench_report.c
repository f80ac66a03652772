// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The figures of one measurement enter; lines of a table leave, or a line of JSON for
 * each way.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "bench.h"

/* "6.12" of "6.12.107+deb13-cloud-amd64" */
static const char *kernel_version(void)
{
	static char version[16];
	struct utsname name;
	unsigned int major, minor;

	if (!version[0] && !uname(&name) &&
	    sscanf(name.release, "%u.%u", &major, &minor) == 2)
		snprintf(version, sizeof(version), "%u.%u", major, minor);
	return version;
}

static const char *rig_of(const struct bench_options *options)
{
	return options->instructions ? "instructions" : "machine";
}

static const char *unit_of(const struct bench_options *options,
			   const struct bench_work *work)
{
	if (work->unit)
		return work->unit;
	return options->instructions ? "instructions" : "ns";
}

static json_t *number_or_null(const struct bench_result *result, double number)
{
	return result->missing ? json_null() : json_real(number);
}

static void print_json(const struct bench_options *options,
		       const struct bench_cell *cell,
		       const struct bench_result *result)
{
	json_t *line = json_pack("{s:s, s:s, s:s, s:I, s:s, s:s, s:o, s:o, s:o, s:s, s:i}",
				 "rig", rig_of(options),
				 "kernel", kernel_version(),
				 "work", cell->work->name,
				 "size", (json_int_t)cell->size,
				 "suite", cell->suite->name,
				 "way", result->way->name,
				 "value", number_or_null(result, result->median),
				 "low", number_or_null(result, result->low),
				 "high", number_or_null(result, result->high),
				 "unit", unit_of(options, cell->work),
				 "runs", result->missing ? 0 : (int)cell->rounds);

	if (line && result->missing)
		json_object_set_new(line, "missing",
				    json_string(result->missing));
	json_dumpf(line, stdout, JSON_COMPACT | JSON_REAL_PRECISION(9));
	putchar('\n');
	json_decref(line);
}

static const struct bench_result *find_result(const struct bench_cell *cell,
					      const char *way)
{
	size_t i;

	for (i = 0; i < cell->count; i++)
		if (!strcmp(cell->results[i].way->name, way) &&
		    !cell->results[i].missing)
			return &cell->results[i];
	return NULL;
}

static void print_ratio(double above, double below)
{
	if (below > 0)
		printf(" %8.3f", above / below);
	else
		printf(" %8s", "-");
}

/* To plain, to ktls, and what it adds to plain as against what ktls adds */
static void print_ratios(const struct bench_cell *cell,
			 const struct bench_result *result)
{
	const struct bench_result *plain = find_result(cell, "plain");
	const struct bench_result *ktls = find_result(cell, "ktls");
	double base = plain ? plain->median : 0;

	print_ratio(result->median, base);
	print_ratio(result->median, ktls ? ktls->median : 0);
	print_ratio(result->median - base,
		    plain && ktls ? ktls->median - base : 0);
}

static void print_row(const struct bench_options *options,
		      const struct bench_cell *cell,
		      const struct bench_result *result)
{
	printf("%-8s %8zu %-17s %-9s", cell->work->name, cell->size,
	       cell->suite->name, result->way->name);
	if (result->missing) {
		printf(" - %s\n", result->missing);
		return;
	}
	printf(" %12.0f %12.0f %12.0f", result->median, result->low,
	       result->high);
	print_ratios(cell, result);
	printf(" %s\n", unit_of(options, cell->work));
}

void bench_report_title(const struct bench_options *options)
{
	if (options->json)
		return;
	printf("Linux %s, median and quartiles of %u rounds; the ratios are those of "
	       "the cost\n\n", kernel_version(), options->rounds);
	printf("%-8s %8s %-17s %-9s %12s %12s %12s %8s %8s %8s\n", "work", "size",
	       "suite", "way", "cost", "low", "high", "/plain", "/ktls",
	       "added");
}

void bench_report_cell(const struct bench_options *options,
		       const struct bench_cell *cell)
{
	size_t i;

	for (i = 0; i < cell->count; i++) {
		if (options->json)
			print_json(options, cell, &cell->results[i]);
		else
			print_row(options, cell, &cell->results[i]);
	}
	fflush(stdout);
}

void bench_report_progress(const struct bench_cell *cell)
{
	if (!isatty(STDERR_FILENO))
		return;
	if (cell)
		fprintf(stderr, "\r%s %zu %s ...", cell->work->name,
			cell->size, cell->suite->name);
	else
		fputs("\r\033[K", stderr);
}
