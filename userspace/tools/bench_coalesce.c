// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A connection enters; what a small write costs while earlier data is in flight leaves,
 * from the first one until all of them are read.
 *
 * On loopback nothing is ever in flight for long, so a filter drops what the sender
 * receives; then a byte from the other end carries the acknowledgment of all.
 */
#include <err.h>
#include <linux/filter.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

/* Less where they would not fit in the buffers */
#define WRITES 64

static size_t writes_of(size_t size)
{
	return size * WRITES > BENCH_MAX_SIZE ? BENCH_MAX_SIZE / size : WRITES;
}

static int hold_acks(int fd)
{
	struct sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog program = { 1, &drop };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
			  sizeof(program));
}

static int release_acks(const struct bench_pair *pair)
{
	int unused = 0;

	return setsockopt(pair->fds[0], SOL_SOCKET, SO_DETACH_FILTER, &unused,
			  sizeof(unused));
}

/* In as many calls as the way makes of it */
static int write_once(const struct bench_source *source, struct bench_pair *pair,
		      size_t size)
{
	size_t sent = 0;

	while (sent < size) {
		ssize_t n = pair->way->send(pair, 0, source->bytes + sent,
					    size - sent);

		if (n <= 0)
			return -1;
		sent += n;
	}
	return 0;
}

static int write_all(const struct bench_source *source, struct bench_pair *pair,
		     size_t size)
{
	size_t i;

	for (i = 0; i < writes_of(size); i++)
		if (write_once(source, pair, size))
			return -1;
	return 0;
}

static int write_in_flight(const struct bench_source *source,
			   struct bench_pair *pair, size_t size)
{
	if (!hold_acks(pair->fds[0]) && !write_all(source, pair, size) &&
	    !release_acks(pair))
		return 0;
	warn("writing while data is in flight, %s", pair->way->name);
	return -1;
}

const char *bench_coalesce_missing(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int held = fd >= 0 ? hold_acks(fd) : -1;

	if (fd >= 0)
		close(fd);
	return held ? "this system lets no filter be set on a socket: be root" :
		      NULL;
}

int bench_coalesce_run(struct bench_context *context, struct bench_pair *pair,
		       size_t size, double *cost)
{
	struct bench_move answer = {
		.pair = pair,
		.from = 1,
		.size = 1,
		.buffer = 1,
	};
	struct bench_move rest = {
		.pair = pair,
		.size = size * writes_of(size),
		.sent = size * writes_of(size),
		.buffer = size * writes_of(size),
	};
	uint64_t began = bench_clock_begin(BENCH_WHOLE);

	if (write_in_flight(&context->source, pair, size) ||
	    bench_move_run(&answer, &context->source) ||
	    bench_move_run(&rest, &context->source))
		return -1;
	*cost = (double)bench_clock_end(BENCH_WHOLE, began) / writes_of(size);
	return 0;
}
