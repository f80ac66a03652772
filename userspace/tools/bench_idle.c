// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A way enters; the memory of the kernel that a connection has in it which was used and
 * has then been idle for a while leaves, by what the kernel's slabs hold more than before.
 */
#include <err.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/membarrier.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench.h"

#define SLABINFO "/proc/slabinfo"

/* How long ours keeps the ciphers of a connection at least, in ms */
#define PATIENCE "/sys/module/sockseal/parameters/idle_ms"

/* Their descriptors are less than the usual limit of a process */
#define CONNECTIONS 100

const char *bench_idle_missing(void)
{
	return access(SLABINFO, R_OK) ?
	       SLABINFO " cannot be read: be root, on a kernel that has it" : NULL;
}

/*
 * What was freed is free only after a grace period of RCU, and counts as in use until
 * its cache was told to look.
 */
static void settle(void)
{
	glob_t caches;
	size_t i;

	syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
	if (glob("/sys/kernel/slab/*/shrink", GLOB_NOSORT, NULL, &caches))
		return;
	for (i = 0; i < caches.gl_pathc; i++) {
		int fd = open(caches.gl_pathv[i], O_WRONLY | O_CLOEXEC);

		if (fd >= 0) {
			if (write(fd, "1", 1) < 0)
				warn("%s", caches.gl_pathv[i]);
			close(fd);
		}
	}
	globfree(&caches);
}

/* Bytes of all objects in use, or -1 */
static double slab_bytes(void)
{
	unsigned long objects, size;
	double bytes = 0;
	char line[512];
	FILE *file;

	settle();
	file = fopen(SLABINFO, "re");
	if (!file) {
		warn(SLABINFO);
		return -1;
	}
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "%*s %lu %*u %lu", &objects, &size) == 2)
			bytes += (double)objects * size;
	fclose(file);
	return bytes;
}

/*
 * Ours gives ciphers back after up to twice that time, and after the same again those
 * that it keeps for the next connection.  The others get as long.
 */
static void idle(void)
{
	FILE *file = fopen(PATIENCE, "re");
	unsigned int ms;

	if (!file)
		return;
	if (fscanf(file, "%u", &ms) == 1)
		sleep(ms / 1000 * 4 + 2);
	fclose(file);
}

/* Connected, and something has gone both ways since */
static int open_used(struct bench_context *context, struct bench_pair *pair,
		     size_t size)
{
	struct bench_move there = { .pair = pair, .size = size, .buffer = size };
	struct bench_move back = there;

	back.from = 1;
	if (bench_pair_open(pair, context->listener, &context->keys))
		return -1;
	if (bench_move_run(&there, &context->source))
		return -1;
	return bench_move_run(&back, &context->source);
}

/* At once, for what remains of a closed connection is memory, too */
static void close_all(struct bench_pair *pairs, size_t count)
{
	const struct linger at_once = { .l_onoff = 1 };
	size_t i;

	for (i = 0; i < count; i++) {
		setsockopt(pairs[i].fds[0], SOL_SOCKET, SO_LINGER, &at_once,
			   sizeof(at_once));
		bench_pair_close(&pairs[i]);
	}
}

int bench_idle_run(struct bench_context *context, struct bench_pair *pair,
		   size_t size, double *cost)
{
	struct bench_pair pairs[CONNECTIONS];
	double before = slab_bytes(), after = -1;
	int status = 0;
	size_t count;

	for (count = 0; count < CONNECTIONS && !status; count++) {
		pairs[count] = *pair;
		status = open_used(context, &pairs[count], size);
	}
	if (!status) {
		idle();
		after = slab_bytes();
	}
	close_all(pairs, count);
	if (before < 0 || after < 0)
		return -1;
	*cost = (after - before) / (2 * CONNECTIONS);
	return 0;
}
