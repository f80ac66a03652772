// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Nothing enters; a signal that restarts no system call arrives every few
 * milliseconds, so that one is sure to hit a blocked call whenever it blocks.
 */
#include <signal.h>
#include <string.h>
#include <time.h>

#include "ktest.h"

static timer_t timer;

static void do_nothing(int signal)
{
	(void)signal;
}

void interrupts_start(void)
{
	struct sigaction action = { .sa_handler = do_nothing };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	struct itimerspec every = { { 0, 5000000 }, { 0, 5000000 } };

	expect_ok(sigaction(SIGUSR1, &action, NULL));
	expect_ok(timer_create(CLOCK_MONOTONIC, &event, &timer));
	expect_ok(timer_settime(timer, 0, &every, NULL));
}

void interrupts_stop(void)
{
	expect_ok(timer_delete(timer));
	signal(SIGUSR1, SIG_IGN);
}
