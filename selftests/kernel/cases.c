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

#define TLS13(name, suite, family, until) \
	{ { name, suite, family, SEAL_VERSION_TLS13 }, until }

/* The variants of OVER_FAMILIES and OVER_SUITES, then the rest of OVER_ALL */
static const struct instance instances[] = {
	TLS13("aes-128-gcm ipv4", SEAL_AES_128_GCM_SHA256, AF_INET, OVER_NOTHING),
	TLS13("aes-128-gcm ipv6", SEAL_AES_128_GCM_SHA256, AF_INET6, OVER_FAMILIES),
	TLS13("aes-128-gcm mapped", SEAL_AES_128_GCM_SHA256, FAMILY_MAPPED, OVER_FAMILIES),
	TLS13("aes-256-gcm ipv4", SEAL_AES_256_GCM_SHA384, AF_INET, OVER_SUITES),
	TLS13("chacha20 ipv4", SEAL_CHACHA20_POLY1305_SHA256, AF_INET, OVER_SUITES),
	TLS13("aes-256-gcm ipv6", SEAL_AES_256_GCM_SHA384, AF_INET6, OVER_ALL),
	TLS13("chacha20 ipv6", SEAL_CHACHA20_POLY1305_SHA256, AF_INET6, OVER_ALL),
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
 * run_group() - run every test of a group over its variants and print TAP
 * @group: KTEST_FILTER in the environment picks some by a shell pattern
 *
 * Return: how many failed, for exit().
 */
int run_group(const struct group *group)
{
	size_t room = group->count * group->variants, n = 0;
	struct CMUnitTest *cases = (void *)make_room(room * sizeof(*cases));

	setvbuf(stdout, NULL, _IOLBF, 0);
	open_pair = group->opener;
	for (size_t i = 0; i < group->count; i++)
		for (size_t j = 0; j < group->variants; j++)
			if (is_run(&group->tests[i], &group->over[j]))
				cases[n++] = make_case(group->name, &group->tests[i],
						       &group->over[j]);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	cmocka_set_test_filter(getenv("KTEST_FILTER"));
	return _cmocka_run_group_tests(group->name, cases, n, NULL, NULL);
}

/* A group over the native variants */
int run_cases(const char *name, const struct test *tests, size_t count,
	      pair_opener *opener)
{
	const struct group group = { name, tests, count, opener, instances,
				     ARRAY_SIZE(instances) };

	return run_group(&group);
}
