// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A pair of sockets enters, a work is done on it once, and the ticks it took leave.
 * One thread does all of it and does not sleep.
 */
#include <linux/fs.h>
#include <linux/sizes.h>
#include <linux/splice.h>
#include <linux/string.h>
#include <linux/sockseal.h>
#include <net/sock.h>

#include "bench.h"
#include "seal.h"

/* What a reader in bulk finds waiting, at least */
#define STREAM		SZ_256K
#define REQUEST		64
#define BURST		64
#define BURST_MAX	SZ_4K

/* A chunk is written, and read back. */
static int step_write(struct bench_run *run, struct bench_pair *pair,
		      const struct bench_way *way, u64 *spent)
{
	u64 begin = bench_ticks();
	int err;

	err = bench_send(pair->tx, &run->from, run->size);
	spent[0] += bench_since(begin);
	if (err)
		return err;

	begin = bench_ticks();
	err = bench_receive(pair->rx, &run->to, run->size);
	spent[1] += bench_since(begin);
	return err ?: 1;
}

/* sendfile(), of a file that is in the page cache */
static int step_sendfile(struct bench_run *run, struct bench_pair *pair,
			 const struct bench_way *way, u64 *spent)
{
	loff_t at = 0, none = 0;
	u64 begin = bench_ticks();
	ssize_t n;

	n = do_splice_direct(run->file, &at, pair->file, &none, run->size, 0);
	spent[0] += bench_since(begin);
	if (n != run->size)
		return n < 0 ? n : -EIO;
	return bench_receive(pair->rx, &run->to, run->size) ?: 1;
}

/* A stream of full records has come, and is read in pieces. */
static int step_receive(struct bench_run *run, struct bench_pair *pair,
			const struct bench_way *way, u64 *spent)
{
	size_t stream = max_t(size_t, STREAM, run->size), sent;
	int err, done;
	u64 begin;

	for (sent = 0; sent < stream; sent += BENCH_RECORD) {
		err = bench_send(pair->tx, &run->from, BENCH_RECORD);
		if (err)
			return err;
	}
	for (done = 0; done < stream / run->size; done++) {
		begin = bench_ticks();
		err = bench_receive(pair->rx, &run->to, run->size);
		spent[0] += bench_since(begin);
		if (err)
			return err;
	}
	return bench_receive(pair->rx, &run->to, stream % run->size) ?: done;
}

/* A short request, and a response of the size */
static int step_request(struct bench_run *run, struct bench_pair *pair,
			const struct bench_way *way, u64 *spent)
{
	u64 begin = bench_ticks();
	int err;

	err = bench_send(pair->rx, &run->from, REQUEST);
	err = err ?: bench_receive(pair->tx, &run->to, REQUEST);
	err = err ?: bench_send(pair->tx, &run->from, run->size);
	err = err ?: bench_receive(pair->rx, &run->to, run->size);
	spent[0] += bench_since(begin);
	return err ?: 1;
}

/* Connect, attach both ends, send an object and close. */
static int step_connect(struct bench_run *run, struct bench_pair *pair,
			const struct bench_way *way, u64 *spent)
{
	struct bench_pair here = {};
	u64 begin = bench_ticks();
	int err;

	err = bench_pair_make(&here, run, way, false);
	err = err ?: bench_send(here.tx, &run->from, run->size);
	err = err ?: bench_receive(here.rx, &run->to, run->size);
	bench_pair_close(&here);
	spent[0] += bench_since(begin);
	return err ?: 1;
}

static int send_burst(struct bench_run *run, struct bench_pair *pair)
{
	int i, err = 0;

	for (i = 0; i < BURST && !err; i++)
		err = bench_send(pair->tx, &run->from, run->size);
	return err;
}

/*
 * Small writes while the first one of them is in flight: as long as the receiving socket
 * is held, TCP cannot acknowledge anything.  All until it is read is the cost of the
 * burst, for the last record may be sealed only when the ACK has come.
 */
static int step_coalesce(struct bench_run *run, struct bench_pair *pair,
			 const struct bench_way *way, u64 *spent)
{
	u64 begin = bench_ticks();
	int err;

	lock_sock(pair->rx->sk);
	err = send_burst(run, pair);
	release_sock(pair->rx->sk);
	err = err ?: bench_receive(pair->rx, &run->to, run->size);
	err = err ?: bench_receive(pair->rx, &run->to, (BURST - 1) * run->size);
	spent[0] += bench_since(begin);
	return err ?: BURST;
}

/* As many records as a write of the size has, sealed and no more */
static int step_seal(struct bench_run *run, struct bench_pair *pair,
		     const struct bench_way *way, u64 *spent)
{
	return bench_sealer_run(run->sealer, DIV_ROUND_UP(run->size, BENCH_RECORD),
				spent);
}

static const struct bench_work works[] = {
	{
		.name = "write",
		.sides = { "write", "read" },
		.step = step_write,
		.most = BENCH_SIZE_MAX,
		.bare = bench_cipher_both,
	}, {
		.name = "sendfile",
		.sides = { "sendfile" },
		.step = step_sendfile,
		.most = BENCH_SIZE_MAX,
		.bare = bench_cipher_seal,
		.file = true,
	}, {
		.name = "receive",
		.sides = { "receive" },
		.step = step_receive,
		.most = BENCH_SIZE_MAX,
		.stream = BENCH_RECORD,
		.bare = bench_cipher_open,
	}, {
		.name = "request",
		.sides = { "request" },
		.step = step_request,
		.most = BENCH_SIZE_MAX,
		.stream = REQUEST,
	}, {
		.name = "connect",
		.sides = { "connect" },
		.step = step_connect,
		.most = BENCH_SIZE_MAX,
		.no_pair = true,
	}, {
		.name = "coalesce",
		.sides = { "coalesce" },
		.step = step_coalesce,
		.most = BURST_MAX,
		.stream = BURST * BURST_MAX,
		.policy = SEAL_POLICY_COALESCE,
	}, {
		.name = "seal",
		.sides = { "seal-one", "seal-all" },
		.step = step_seal,
		.most = SZ_64M,	/* nothing is as large but the number of records */
		.no_pair = true,
		.seals = true,
	},
};

/**
 * bench_work_find() - by its name
 * @name: of it
 *
 * Return: the row, or NULL.
 */
const struct bench_work *bench_work_find(const char *name)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(works); i++)
		if (!strcmp(works[i].name, name))
			return &works[i];
	return NULL;
}
