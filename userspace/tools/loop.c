// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Descriptors that become ready enter; calls of their sources leave.
 */
#include <errno.h>
#include <sys/epoll.h>

#include "tools.h"

#define EVENTS_PER_TURN 64

int loop_open(void)
{
	return epoll_create1(EPOLL_CLOEXEC);
}

static int control(int loop, int operation, struct source *source,
		   uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = source };

	return epoll_ctl(loop, operation, source->fd, &event);
}

int loop_add(int loop, struct source *source, uint32_t events)
{
	return control(loop, EPOLL_CTL_ADD, source, events);
}

int loop_change(int loop, struct source *source, uint32_t events)
{
	return control(loop, EPOLL_CTL_MOD, source, events);
}

void loop_remove(int loop, struct source *source)
{
	control(loop, EPOLL_CTL_DEL, source, 0);
}

int loop_turn(int loop, int timeout)
{
	struct epoll_event events[EVENTS_PER_TURN];
	int i, count = epoll_wait(loop, events, EVENTS_PER_TURN, timeout);

	if (count < 0)
		return errno == EINTR ? 0 : -1;
	for (i = 0; i < count; i++) {
		struct source *source = events[i].data.ptr;

		source->ready(source);
	}
	return 0;
}

int64_t loop_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
