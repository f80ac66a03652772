/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * What the files of the bench share: a request enters main.c, the works measure it on
 * pairs of sockets, and one row for each way and side leaves.
 */
#ifndef BENCH_H
#define BENCH_H

#include <linux/fs.h>
#include <linux/net.h>
#include <linux/sizes.h>
#include <linux/types.h>
#include <linux/uio.h>

/* Most that a record of TLS holds (RFC 8446 5.1), and what comes around it */
#define BENCH_RECORD	16384
#define BENCH_AAD	5
#define BENCH_TAG	17

#define BENCH_WAYS	5
#define BENCH_SIDES	2
#define BENCH_SIZE_MAX	SZ_1M

/**
 * struct bench_suite - a row of the table of cipher suites
 * @name:	as in the result
 * @id:		as on the wire, for sockseal
 * @hash_size:	bytes of its traffic secret
 * @cipher:	of <linux/tls.h>
 * @info_size:	bytes of its structure there, after tls_crypto_info
 * @aead:	name in the kernel
 * @key_size:	bytes
 */
struct bench_suite {
	const char	*name;
	u16		id;
	u8		hash_size;
	u16		cipher;
	u8		info_size;
	const char	*aead;
	u8		key_size;
};

/**
 * struct bench_memory - where data comes from or goes to
 * @size:	bytes
 * @user:	mapped into the process that asks, or
 * @vec:	@pages of the kernel, one a page
 * @kvec:	or one piece of its virtual memory
 * @pages:	how many
 */
struct bench_memory {
	size_t		size;
	unsigned long	user;
	struct bio_vec	*vec;
	struct kvec	kvec;
	unsigned int	pages;
};

/**
 * struct bench_pair - two ends of a connection over the loopback
 * @tx:		that the works write to
 * @rx:		that they read from
 * @file:	of @tx, which holds it then, or NULL
 */
struct bench_pair {
	struct socket	*tx, *rx;
	struct file	*file;
};

struct bench_cipher;
struct bench_sealer;
struct bench_way;
struct bench_work;

/**
 * struct bench_run - a request while it is served
 * @work:	what is measured
 * @suite:	under which cipher
 * @size:	of it, in bytes
 * @rounds:	how often
 * @only:	the one way to take, or NULL for all
 * @kind:	of the memory, "user", "bvec" or "kvec"
 * @listener:	where pairs come from
 * @from:	memory to write
 * @to:		memory to read into
 * @file:	with @size bytes in the page cache, or NULL
 * @cipher:	bare, for the way of this name
 * @sealer:	the module's own code, for the work that has no sockets
 * @pairs:	one for each way
 * @samples:	clock ticks of each round, for each way and side
 */
struct bench_run {
	const struct bench_work		*work;
	const struct bench_suite	*suite;
	unsigned int			size;
	unsigned int			rounds;
	const struct bench_way		*only;
	const char			*kind;
	struct socket			*listener;
	struct bench_memory		from, to;
	struct file			*file;
	struct bench_cipher		*cipher;
	struct bench_sealer		*sealer;
	struct bench_pair		pairs[BENCH_WAYS];
	u64				*samples[BENCH_WAYS][BENCH_SIDES];
};

/**
 * struct bench_way - a row of the table of ways to send
 * @name:	as in the result
 * @attach:	has a connected socket seal both directions; NULL: plain
 * @cpus:	how many may seal; the way is there if the kernel has more than one
 * @is_cipher:	no sockets at all
 */
struct bench_way {
	const char	*name;
	int		(*attach)(struct socket *sock, const struct bench_run *run,
				  const struct bench_way *way);
	u32		cpus;
	bool		is_cipher;
};

/**
 * struct bench_work - a row of the table of works
 * @name:	as in the request
 * @sides:	what is timed apart, as in the result
 * @step:	do it once; adds the ticks of each side to @spent.
 *		Returns how often it was done, or an error
 * @stream:	bytes of memory that it takes at least
 * @most:	size that it can be done with, in bytes
 * @policy:	flags of SEAL_POLICY
 * @bare:	the same for the way that is the bare cipher, or NULL
 * @file:	it takes a file
 * @no_pair:	it makes its connections itself, or has none
 * @seals:	it is done with what only ours has: one way
 */
struct bench_work {
	const char	*name;
	const char	*sides[BENCH_SIDES];
	int		(*step)(struct bench_run *run, struct bench_pair *pair,
				const struct bench_way *way, u64 *spent);
	size_t		stream;
	size_t		most;
	u32		policy;
	int		(*bare)(struct bench_run *run, u64 *spent);
	bool		file;
	bool		no_pair;
	bool		seals;
};

/* clock.c */
extern u64 bench_clock_cost;
void bench_clock_start(void);
u64 bench_clock_ns(u64 ticks);
void bench_clock_stop(void);

/* Fenced, so that nothing that is timed happens before or after. */
static inline u64 bench_ticks(void)
{
	u32 low, high;

	asm volatile("lfence\n\trdtsc\n\tlfence"
		     : "=a"(low), "=d"(high) : : "memory");
	return (u64)high << 32 | low;
}

/* What has passed since @begin; no less than nothing */
static inline u64 bench_since(u64 begin)
{
	s64 ticks = bench_ticks() - begin - bench_clock_cost;

	return max_t(s64, ticks, 0);
}

/* memory.c */
int bench_memory_get(struct bench_memory *memory, const char *kind, size_t size);
void bench_memory_iter(const struct bench_memory *memory, struct iov_iter *iter,
		       unsigned int direction, size_t size);
void bench_memory_put(struct bench_memory *memory);
struct file *bench_file_make(size_t size);

/* ways.c */
const struct bench_way *bench_way_at(unsigned int i);
const struct bench_way *bench_way_find(const char *name);
const struct bench_suite *bench_suite_find(const char *name);

/* pair.c */
struct socket *bench_listen(void);
int bench_pair_make(struct bench_pair *pair, struct bench_run *run,
		    const struct bench_way *way, bool file);
int bench_pair_widen(struct bench_pair *pair);
void bench_pair_close(struct bench_pair *pair);
int bench_send(struct socket *sock, const struct bench_memory *from, size_t size);
int bench_receive(struct socket *sock, const struct bench_memory *to, size_t size);

/* cipher.c */
struct bench_cipher *bench_cipher_make(const struct bench_suite *suite);
int bench_cipher_both(struct bench_run *run, u64 *spent);
int bench_cipher_seal(struct bench_run *run, u64 *spent);
int bench_cipher_open(struct bench_run *run, u64 *spent);
void bench_cipher_free(struct bench_cipher *cipher);

/* works.c */
const struct bench_work *bench_work_find(const char *name);

/* rounds.c */
int bench_rounds(struct bench_run *run);
void bench_rounds_free(struct bench_run *run);

#endif /* BENCH_H */
