// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The module's counters enter from procfs; a table or a JSON object leaves.
 */
#include <argp.h>
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "tools.h"

#define COUNTERS "/proc/net/sockseal_stat"

enum {
	OPTION_JSON = 256,
};

static const struct argp_option option_table[] = {
	{ "json", OPTION_JSON, NULL, 0, "Print a JSON object", 0 },
	{ 0 },
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	bool *as_json = state->input;

	switch (key) {
	case OPTION_JSON:
		*as_json = true;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "unexpected argument '%s'", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* Lines "Name<spaces>value" to a JSON object in the same order */
static json_t *read_counters(FILE *file)
{
	json_t *counters = json_object();
	uint64_t value;
	char name[64];

	while (counters && fscanf(file, "%63s %" SCNu64, name, &value) == 2)
		json_object_set_new(counters, name, json_integer(value));
	return counters;
}

static void print_table(json_t *counters)
{
	const char *name;
	json_t *value;

	puts("module sockseal is loaded");
	json_object_foreach(counters, name, value)
		printf("  %-24s %" JSON_INTEGER_FORMAT "\n", name,
		       json_integer_value(value));
}

static int print_json(json_t *counters)
{
	json_t *status = json_pack("{s:b, s:O?}", "module", !!counters,
				   "counters", counters);
	int failed = !status || json_dumpf(status, stdout, JSON_INDENT(2));

	json_decref(status);
	putchar('\n');
	return failed;
}

static int print_status(json_t *counters, bool as_json)
{
	int failed = 0;

	if (as_json)
		failed = print_json(counters);
	else if (counters)
		print_table(counters);
	return counters && !failed ? EXIT_SUCCESS : EXIT_FAILED;
}

int cmd_status(int argc, char **argv)
{
	static const struct argp argp = {
		.options = option_table,
		.parser = parse_option,
		.doc = "Say whether the kernel module is loaded, and its "
		       "counters in this network namespace."
		       "\vExits 1 when the module is not loaded.",
	};
	json_t *counters = NULL;
	bool as_json = false;
	FILE *file;
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &as_json);
	file = fopen(COUNTERS, "re");
	if (file) {
		counters = read_counters(file);
		fclose(file);
	} else {
		module_report_absent();
	}
	status = print_status(counters, as_json);
	json_decref(counters);
	return status;
}
