// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The events of the trace system "sockseal" enter, out of a trace instance of our
 * own; lines to compare, and the bytes of the buffer, leave.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tracing.h"

#define TRACEFS		"/sys/kernel/tracing"
#define INSTANCE	TRACEFS "/instances/sockseal_test"
#define RAW_MAX		(1 << 20)

/* Has this kernel trace events?  tracefs is mounted if need be */
bool tracing_is_there(void)
{
	if (access(TRACEFS "/events", F_OK))
		mount("tracefs", TRACEFS, "tracefs", 0, NULL);
	return !access(TRACEFS "/events", F_OK);
}

static void put(const char *file, const char *value)
{
	int fd = must(open(file, O_WRONLY | O_TRUNC | O_CLOEXEC));

	expect_count(write(fd, value, strlen(value)), strlen(value));
	close(fd);
}

/* From here on all events of the module are kept */
void tracing_start(void)
{
	must(mkdir(INSTANCE, 0700));
	put(INSTANCE "/events/sockseal/enable", "1");
	put(INSTANCE "/tracing_on", "1");
}

void tracing_stop(void)
{
	rmdir(INSTANCE);
}

/* What the events call this socket */
uint64_t cookie_of(int fd)
{
	socklen_t len = sizeof(uint64_t);
	uint64_t cookie;

	expect_ok(getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &len));
	return cookie;
}

/*
 * "seal_alert: direction=..." out of a line of the trace, if it is an event of this
 * socket; the cookie is cut out, and so is the end of the line.
 */
static char *event_in(char *line, uint64_t cookie)
{
	char *event = strstr(line, ": seal_"), *fields, text[40];

	if (!event)
		return NULL;
	snprintf(text, sizeof(text), " cookie=%llx", (unsigned long long)cookie);
	fields = strstr(event, text);
	if (!fields || fields[strlen(text)] != ' ')
		return NULL;
	memmove(fields, fields + strlen(text), strlen(fields + strlen(text)) + 1);
	event[strcspn(event, "\n")] = 0;
	return event + 2;
}

/* The socket had these events, in this order, and no others */
void expect_events(uint64_t cookie, const char *const *events, size_t count)
{
	FILE *trace = fopen(INSTANCE "/trace", "r");
	char *line = NULL, *event;
	size_t room = 0, n = 0;

	assert_non_null(trace);
	while (getline(&line, &room, trace) > 0) {
		event = event_in(line, cookie);
		if (!event)
			continue;
		assert_string_equal(event, n < count ? events[n] : "no more events");
		n++;
	}
	assert_int_equal(n, count);
	free(line);
	fclose(trace);
}

static size_t read_cpu(long cpu, uint8_t *buf, size_t room)
{
	size_t done = 0;
	char name[100];
	ssize_t n;
	int fd;

	snprintf(name, sizeof(name), INSTANCE "/per_cpu/cpu%ld/trace_pipe_raw", cpu);
	fd = must(open(name, O_RDONLY | O_NONBLOCK | O_CLOEXEC));
	while (room - done >= 4096 && (n = read(fd, buf + done, 4096)) > 0)
		done += n;
	close(fd);
	return done;
}

/* The buffers of all CPUs as the kernel has them; they are empty after that */
uint8_t *tracing_raw(size_t *len)
{
	uint8_t *buf = make_room(RAW_MAX);

	*len = 0;
	for (long cpu = 0; cpu < sysconf(_SC_NPROCESSORS_ONLN); cpu++)
		*len += read_cpu(cpu, buf + *len, RAW_MAX - *len);
	return buf;
}
