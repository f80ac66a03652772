// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Things to prove and variants of what they hold for enter; a run of tests, one for
 * each pair, leaves.
 */
#include <stdio.h>

#include "unit.h"

#define CASES_MAX	128
#define CASE_NAME_MAX	96

static struct CMUnitTest tests[CASES_MAX];
static char names[CASES_MAX][CASE_NAME_MAX];

static void add_case(size_t n, const struct walk *walk,
		     const struct variant *variant)
{
	assert_true(n < CASES_MAX);
	snprintf(names[n], CASE_NAME_MAX, "%s_%s", variant->name, walk->name);
	tests[n].name = names[n];
	tests[n].test_func = walk->function;
	tests[n].initial_state = (void *)variant->state;
}

int run_cases(const struct cases *cases, CMFixtureFunction setup,
	      CMFixtureFunction teardown)
{
	const struct walk *walk;
	size_t n = 0;

	for (size_t w = 0; w < cases->walks_len; w++) {
		walk = &cases->walks[w];
		for (size_t v = 0; v < cases->variants_len; v++)
			if (!walk->fits || walk->fits(cases->variants[v].state))
				add_case(n++, walk, &cases->variants[v]);
	}
	for (size_t i = 0; i < cases->others_len; i++)
		tests[n++] = cases->others[i];
	/* entries without function are no tests */
	return cmocka_run_group_tests(tests, setup, teardown);
}
