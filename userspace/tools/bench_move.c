// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Bytes enter one end of a connection and leave at the other, moved by one thread that
 * does not sleep while the clock runs; what sending and receiving cost leaves.
 */
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench.h"

/* Milliseconds after which bytes on their way over loopback are lost */
#define PATIENCE 10000

static void fill(uint8_t *bytes, size_t len)
{
	uint32_t state = 1;
	size_t i;

	for (i = 0; i < len; i++) {
		state = state * 1664525 + 1013904223;
		bytes[i] = state >> 24;
	}
}

static uint8_t *make_room(void)
{
	void *room = mmap(NULL, BENCH_MAX_SIZE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	return room == MAP_FAILED ? NULL : room;
}

static int make_file(const uint8_t *bytes)
{
	int file = memfd_create("sockseal-bench", MFD_CLOEXEC);

	if (file >= 0 && write(file, bytes, BENCH_MAX_SIZE) == BENCH_MAX_SIZE)
		return file;
	if (file >= 0)
		close(file);
	return -1;
}

int bench_source_open(struct bench_source *source)
{
	source->bytes = make_room();
	source->room = make_room();
	source->file = -1;
	if (source->bytes && source->room) {
		fill(source->bytes, BENCH_MAX_SIZE);
		source->file = make_file(source->bytes);
	}
	if (source->file >= 0)
		return 0;
	warn("memory for what is sent");
	bench_source_close(source);
	return -1;
}

void bench_source_close(struct bench_source *source)
{
	if (source->file >= 0)
		close(source->file);
	if (source->bytes)
		munmap(source->bytes, BENCH_MAX_SIZE);
	if (source->room)
		munmap(source->room, BENCH_MAX_SIZE);
}

static ssize_t send_some(const struct bench_move *move,
			 const struct bench_source *source)
{
	struct bench_pair *pair = move->pair;
	size_t left = move->size - move->sent;

	if (move->use_file)
		return pair->way->send_file(pair, move->from, source->file,
					    move->sent, left);
	return pair->way->send(pair, move->from, source->bytes + move->sent,
			       left);
}

static ssize_t receive_some(const struct bench_move *move,
			    const struct bench_source *source)
{
	struct bench_pair *pair = move->pair;
	size_t left = move->size - move->received;

	return pair->way->receive(pair, !move->from,
				  source->room + move->received,
				  left < move->buffer ? left : move->buffer);
}

/* What a call costs that moves nothing is not counted: it waits for the other end */
static int add(ssize_t moved, uint64_t cost, size_t *bytes, uint64_t *total)
{
	if (moved < 0 && errno != EAGAIN && errno != EINTR)
		return -1;
	if (moved > 0) {
		*bytes += moved;
		*total += cost;
	}
	return 0;
}

static int send_timed(struct bench_move *move, const struct bench_source *source)
{
	uint64_t began = bench_clock_begin(BENCH_SEND);
	ssize_t n = send_some(move, source);
	uint64_t cost = bench_clock_end(BENCH_SEND, began);

	return add(n, cost, &move->sent, &move->send_cost);
}

static int receive_timed(struct bench_move *move,
			 const struct bench_source *source)
{
	uint64_t began = bench_clock_begin(BENCH_RECEIVE);
	ssize_t n = receive_some(move, source);
	uint64_t cost = bench_clock_end(BENCH_RECEIVE, began);

	if (!n) {
		errno = ECONNABORTED;
		return -1;
	}
	return add(n, cost, &move->received, &move->receive_cost);
}

/* Where nothing moves, the kernel is still about to carry what was sent. */
static int wait_for_bytes(const struct bench_move *move)
{
	struct pollfd end = {
		.fd = move->pair->fds[!move->from],
		.events = POLLIN,
	};

	if (poll(&end, 1, PATIENCE) > 0)
		return 0;
	errno = ETIMEDOUT;
	return -1;
}

static int move_some(struct bench_move *move, const struct bench_source *source)
{
	size_t before = move->sent + move->received;

	if (move->sent < move->size && send_timed(move, source))
		return -1;
	if (move->received < move->sent && receive_timed(move, source))
		return -1;
	if (move->sent + move->received == before)
		return wait_for_bytes(move);
	return 0;
}

int bench_move_run(struct bench_move *move, const struct bench_source *source)
{
	while (move->received < move->size) {
		if (move_some(move, source)) {
			warn("moving %zu bytes, %s", move->size,
			     move->pair->way->name);
			return -1;
		}
	}
	return 0;
}

int bench_move_check(const struct bench_move *move,
		     const struct bench_source *source)
{
	if (!memcmp(source->bytes, source->room, move->size))
		return 0;
	warnx("what was received is not what was sent, %s",
	      move->pair->way->name);
	return -1;
}
