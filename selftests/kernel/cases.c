// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Tests written once enter; one case for each variant they are run over leaves
 * to cmocka, with a pair of its own and a watchdog.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ktest.h"

/* Longest time of one case on an emulated machine, in seconds */
#define WATCHDOG	60

struct instance {
	struct variant		variant;
	enum cases_over		until;
};

/* The variants of OVER_FAMILIES and OVER_SUITES, then the rest of OVER_ALL */
static const struct instance instances[] = {
	{ { "aes-128-gcm ipv4", SEAL_AES_128_GCM_SHA256, AF_INET }, OVER_NOTHING },
	{ { "aes-128-gcm ipv6", SEAL_AES_128_GCM_SHA256, AF_INET6 }, OVER_FAMILIES },
	{ { "aes-128-gcm mapped", SEAL_AES_128_GCM_SHA256, FAMILY_MAPPED }, OVER_FAMILIES },
	{ { "aes-256-gcm ipv4", SEAL_AES_256_GCM_SHA384, AF_INET }, OVER_SUITES },
	{ { "chacha20 ipv4", SEAL_CHACHA20_POLY1305_SHA256, AF_INET }, OVER_SUITES },
	{ { "aes-256-gcm ipv6", SEAL_AES_256_GCM_SHA384, AF_INET6 }, OVER_ALL },
	{ { "chacha20 ipv6", SEAL_CHACHA20_POLY1305_SHA256, AF_INET6 }, OVER_ALL },
};

static pair_opener *open_pair;

static bool is_run(const struct test *test, const struct instance *instance)
{
	return instance->until == OVER_NOTHING || instance->until == test->over ||
	       test->over == OVER_ALL;
}

/* cmocka leaves a failed assertion by longjmp(), which is safe here: the test
 * is blocked in a system call or spins in its own code.
 */
static void on_watchdog(int signal)
{
	(void)signal;
	fail_msg("no progress for %d s", WATCHDOG);
}

static int setup(void **state)
{
	struct sigaction action = { .sa_handler = on_watchdog, .sa_flags = SA_NODEFER };
	struct pair *pair = (void *)make_room(sizeof(*pair));

	sigaction(SIGALRM, &action, NULL);
	alarm(WATCHDOG);
	open_pair(pair, *state);
	*state = pair;
	return 0;
}

static int teardown(void **state)
{
	alarm(0);
	pair_close(*state);
	free(*state);
	return 0;
}

static struct CMUnitTest make_case(const char *group, const struct test *test,
				   const struct instance *instance)
{
	struct CMUnitTest one = {
		.test_func = test->run,
		.setup_func = setup,
		.teardown_func = teardown,
		.initial_state = (void *)&instance->variant,
	};
	char *name;

	if (asprintf(&name, "%s: %s, %s", group, test->name, instance->variant.name) < 0)
		abort();
	one.name = name;
	return one;
}

/**
 * run_cases() - run every test over its variants and print TAP
 * @group:	what the tests are about, printed before each name
 * @tests:	KTEST_FILTER in the environment picks some by a shell pattern
 * @count:	how many
 * @opener:	what makes the pair that each test finds in *state
 *
 * Return: how many failed, for exit().
 */
int run_cases(const char *group, const struct test *tests, size_t count,
	      pair_opener *opener)
{
	size_t room = count * ARRAY_SIZE(instances), n = 0;
	struct CMUnitTest *cases = (void *)make_room(room * sizeof(*cases));

	setvbuf(stdout, NULL, _IOLBF, 0);
	open_pair = opener;
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < ARRAY_SIZE(instances); j++)
			if (is_run(&tests[i], &instances[j]))
				cases[n++] = make_case(group, &tests[i], &instances[j]);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	cmocka_set_test_filter(getenv("KTEST_FILTER"));
	return _cmocka_run_group_tests(group, cases, n, NULL, NULL);
}
