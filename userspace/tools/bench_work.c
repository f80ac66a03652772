// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A connection and a size enter; one operation of each kind of work is done there,
 * and what it cost leaves.
 */
#include <err.h>
#include <stdlib.h>

#include "bench.h"

#define REQUEST_SIZE 64

/* Records are full and there are several of them, however small the reader's buffer */
#define STREAM_SIZE 65536

/*
 * Bytes that the repetitions of a small operation move, and how many there are at most:
 * few enough that the timer interrupts a minority of the samples.
 */
#define BATCH_BYTES (64 << 10)
#define BATCH_MOST 16

unsigned int bench_work_batch(size_t size)
{
	size_t batch = BATCH_BYTES / size;

	return batch < 1 ? 1 : batch > BATCH_MOST ? BATCH_MOST : batch;
}

/* Repeated, so that what happens only now and then has its share: sums, in @sum */
static int repeat_move(const struct bench_context *context,
		       const struct bench_move *once, struct bench_move *sum)
{
	unsigned int i;

	*sum = *once;
	for (i = 0; i < bench_work_batch(once->size); i++) {
		struct bench_move move = *once;

		if (bench_move_run(&move, &context->source))
			return -1;
		sum->sent += move.sent;
		sum->send_cost += move.send_cost;
		sum->receive_cost += move.receive_cost;
	}
	return 0;
}

static int run_write(struct bench_context *context, struct bench_pair *pair,
		     size_t size, double *cost)
{
	struct bench_move once = { .pair = pair, .size = size, .buffer = size };
	struct bench_move sum;

	if (repeat_move(context, &once, &sum))
		return -1;
	*cost = (double)sum.send_cost / bench_work_batch(size);
	return 0;
}

static int run_read(struct bench_context *context, struct bench_pair *pair,
		    size_t size, double *cost)
{
	struct bench_move once = { .pair = pair, .size = size, .buffer = size };
	struct bench_move sum;

	if (repeat_move(context, &once, &sum))
		return -1;
	*cost = (double)sum.receive_cost / bench_work_batch(size);
	return 0;
}

static int run_sendfile(struct bench_context *context, struct bench_pair *pair,
			size_t size, double *cost)
{
	struct bench_move once = {
		.pair = pair,
		.size = size,
		.buffer = size,
		.use_file = true,
	};
	struct bench_move sum;

	if (repeat_move(context, &once, &sum))
		return -1;
	*cost = (double)sum.send_cost / bench_work_batch(size);
	return 0;
}

static int run_receive(struct bench_context *context, struct bench_pair *pair,
		       size_t size, double *cost)
{
	struct bench_move once = {
		.pair = pair,
		.size = size < STREAM_SIZE ? STREAM_SIZE : size,
		.buffer = size,
	};
	struct bench_move sum;

	if (repeat_move(context, &once, &sum))
		return -1;
	*cost = (double)sum.receive_cost * size / sum.sent;
	return 0;
}

static int run_request(struct bench_context *context, struct bench_pair *pair,
		       size_t size, double *cost)
{
	struct bench_move request = {
		.pair = pair,
		.size = REQUEST_SIZE,
		.buffer = REQUEST_SIZE,
	};
	struct bench_move response = {
		.pair = pair,
		.from = 1,
		.size = size,
		.buffer = size,
	};
	unsigned int i;

	*cost = 0;
	for (i = 0; i < bench_work_batch(size); i++) {
		struct bench_move there = request, back = response;

		if (bench_move_run(&there, &context->source) ||
		    bench_move_run(&back, &context->source))
			return -1;
		*cost += there.send_cost + there.receive_cost +
			 back.send_cost + back.receive_cost;
	}
	*cost /= bench_work_batch(size);
	return 0;
}

/* A client that asks nothing, and gets one object from the server */
static int connect_once(struct bench_context *context, struct bench_pair *pair,
			size_t size)
{
	struct bench_move object = {
		.pair = pair,
		.from = 1,
		.size = size,
		.buffer = size,
	};
	int status = bench_pair_open(pair, context->listener, &context->keys);

	if (status)
		return -1;
	status = bench_move_run(&object, &context->source);
	bench_pair_close(pair);
	return status;
}

/* The keys are there, whatever the way wants for keys */
static int run_connect(struct bench_context *context, struct bench_pair *pair,
		       size_t size, double *cost)
{
	uint64_t began = bench_clock_begin(BENCH_WHOLE);
	int status = connect_once(context, pair, size);

	*cost = bench_clock_end(BENCH_WHOLE, began);
	return status;
}

/* What is there is what a handshake ends with */
static int run_secrets(struct bench_context *context, struct bench_pair *pair,
		       size_t size, double *cost)
{
	uint64_t began = bench_clock_begin(BENCH_WHOLE);
	int status = 0;

	if (pair->way->derive)
		status = pair->way->derive(&context->keys);
	if (!status)
		status = connect_once(context, pair, size);
	*cost = bench_clock_end(BENCH_WHOLE, began);
	return status;
}

const struct bench_work bench_works[] = {
	{
		.name = "write",
		.sizes = { 64, 256, 1024, 4096, 16384, 65536, 1 << 20 },
		.run = run_write,
	}, {
		.name = "read",
		.sizes = { 64, 256, 1024, 4096, 16384, 65536, 1 << 20 },
		.run = run_read,
	}, {
		.name = "sendfile",
		.sizes = { 4096, 16384, 65536, 1 << 20 },
		.run = run_sendfile,
	}, {
		.name = "receive",
		.sizes = { 4096, 65536, 1 << 20 },
		.run = run_receive,
	}, {
		.name = "request",
		.sizes = { 64, 1024, 10240 },
		.run = run_request,
	}, {
		.name = "connect",
		.sizes = { 1024 },
		.own_pairs = true,
		.run = run_connect,
	}, {
		.name = "secrets",
		.sizes = { 1024 },
		.own_pairs = true,
		.run = run_secrets,
	}, {
		.name = "idle",
		.sizes = { 1024 },
		.unit = "bytes",
		.own_pairs = true,
		.missing = bench_idle_missing,
		.run = bench_idle_run,
	}, {
		.name = "coalesce",
		.sizes = { 64, 256, 1024 },
		.coalesce = true,
		.missing = bench_coalesce_missing,
		.run = bench_coalesce_run,
	},
};

const size_t bench_work_count = COUNT(bench_works);
