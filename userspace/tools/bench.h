/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * What the files of `sockseal bench' share: the prototypes, under the name of the file
 * that has them, in the order of the data: options, keys, connection, work, figures.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#include <linux/sockseal.h>
#include <linux/tls.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Most that one operation moves, and what the buffers hold */
#define BENCH_MAX_SIZE (1U << 20)

/* bench_clock.c */

/** bench_clock_init() - count in instructions (the TSC), or else in nanoseconds; 0 or -1 */
int bench_clock_init(bool instructions);
/* What is timed, for the profiler of selftests/perf */
enum bench_window {
	BENCH_SEND,
	BENCH_RECEIVE,
	BENCH_WHOLE,
};

/** bench_clock_begin() - what bench_clock_end() wants */
uint64_t bench_clock_begin(enum bench_window window);
/** bench_clock_end() - cost since bench_clock_begin(), without that of the two calls */
uint64_t bench_clock_end(enum bench_window window, uint64_t began);
/** bench_clock_mark() - whether the profiler is told of windows from now on */
void bench_clock_mark(bool on);

/* bench_keys.c */

/**
 * struct bench_suite - a cipher suite of TLS 1.3 under its names
 * @name:	here, and in the results
 * @openssl:	in OpenSSL (RFC 8446 B.4)
 * @digest:	of its key schedule
 * @number:	on the wire
 * @cipher:	TLS_CIPHER_* of <linux/tls.h>
 * @key:	bytes of a key
 * @secret:	bytes of a traffic secret
 * @salt:	bytes of the IV that <linux/tls.h> calls salt
 */
struct bench_suite {
	const char *name;
	const char *openssl;
	const char *digest;
	uint16_t number;
	uint16_t cipher;
	size_t key;
	size_t secret;
	size_t salt;
};

/* Room for tls12_crypto_info_* of every suite */
#define BENCH_KTLS_SIZE 64

/**
 * struct bench_keys - one connection's keys, for both ways into the kernel
 * @suite:	they are for
 * @seal:	argument of SEAL_KEYS, for end 0 and end 1
 * @ktls:	argument of TLS_TX of end 0 and TLS_RX of end 1, and the other way round
 * @ktls_len:	bytes of each of them
 * @cpus:	how many may seal the records of a write, where the way can (SEAL_POLICY)
 */
struct bench_keys {
	const struct bench_suite *suite;
	struct seal_keys seal[2];
	uint8_t ktls[2][BENCH_KTLS_SIZE];
	socklen_t ktls_len;
	unsigned int cpus;
};

extern const struct bench_suite bench_suites[];
extern const size_t bench_suite_count;

/** bench_keys_make() - random secrets, and what is derived from them; 0 or -1 */
int bench_keys_make(struct bench_keys *keys, const struct bench_suite *suite);
/**
 * bench_keys_derive() - the keys for in-tree TLS once more, as two programs would, each
 * for both directions, in the way of libssl; 0, or -1 after a message
 */
int bench_keys_derive(struct bench_keys *keys);
/** bench_keys_wipe() - nothing of them stays in memory */
void bench_keys_wipe(struct bench_keys *keys);

/* bench_pair.c */

struct bench_way;

/**
 * struct bench_pair - a TCP connection over loopback, both ends of it here
 * @way:	what the bytes are sealed by
 * @fds:	end 0, which connected, and end 1, which accepted
 * @state:	what @way has for each end, or NULL
 */
struct bench_pair {
	const struct bench_way *way;
	int fds[2];
	void *state[2];
};

/** bench_pair_listen() - a socket for bench_pair_open(), or -1 after a message */
int bench_pair_listen(void);
/** bench_pair_open() - a connection, sealed in the way of @pair; 0, or -1 after a message */
int bench_pair_open(struct bench_pair *pair, int listener,
		    const struct bench_keys *keys);
/** bench_pair_widen() - never block, and hold what is sent until it is read; 0 or -1 */
int bench_pair_widen(struct bench_pair *pair);
/** bench_pair_close() - both ends, end 0 first */
void bench_pair_close(struct bench_pair *pair);

/* bench_way.c */

/**
 * struct bench_way - how bytes get from one end to the other
 * @name:	on the command line and in the results
 * @handshake:	it cannot be given keys, but has to shake hands
 * @missing:	what is not there and what helps, or NULL if all is there
 * @derive:	what it needs and a handshake does not end with; NULL: traffic secrets are
 *		enough; 0, or -1 after a message
 * @open:	seal both ends; 0, or -1 after a message
 * @coalesce:	let end 0 join small writes, if there is a choice: else NULL
 * @send:	as write()
 * @receive:	as read()
 * @send_file:	as sendfile()
 * @close:	free what @open made; the sockets stay open
 */
struct bench_way {
	const char *name;
	bool handshake;
	const char *(*missing)(void);
	int (*derive)(struct bench_keys *keys);
	int (*open)(struct bench_pair *pair, const struct bench_keys *keys);
	int (*coalesce)(struct bench_pair *pair);
	ssize_t (*send)(struct bench_pair *pair, int end, const void *bytes,
			size_t len);
	ssize_t (*receive)(struct bench_pair *pair, int end, void *bytes,
			   size_t len);
	ssize_t (*send_file)(struct bench_pair *pair, int end, int file,
			     off_t at, size_t len);
	void (*close)(struct bench_pair *pair);
};

extern const struct bench_way *const bench_ways[];
extern const size_t bench_way_count;

/* bench_openssl.c */

extern const struct bench_way bench_openssl;

/* bench_move.c */

/**
 * struct bench_source - what is sent: the bytes in memory, and the same in a file
 * @bytes:	BENCH_MAX_SIZE of them
 * @room:	where they arrive, as large
 * @file:	in the page cache
 */
struct bench_source {
	uint8_t *bytes;
	uint8_t *room;
	int file;
};

/**
 * struct bench_move - bytes from one end to the other, by one thread
 * @pair:	connection
 * @from:	end that sends
 * @size:	bytes to send, at most BENCH_MAX_SIZE
 * @buffer:	most that one read() takes
 * @use_file:	by sendfile()
 * @sent:	bytes so far
 * @received:	bytes so far
 * @send_cost:	of all calls that sent
 * @receive_cost: of all calls that received
 */
struct bench_move {
	struct bench_pair *pair;
	int from;
	size_t size;
	size_t buffer;
	bool use_file;
	size_t sent;
	size_t received;
	uint64_t send_cost;
	uint64_t receive_cost;
};

/** bench_source_open() - buffers and file, filled; 0, or -1 after a message */
int bench_source_open(struct bench_source *source);
/** bench_source_close() - free them */
void bench_source_close(struct bench_source *source);
/** bench_move_run() - send and receive it all; 0, or -1 after a message */
int bench_move_run(struct bench_move *move, const struct bench_source *source);
/** bench_move_check() - whether what has arrived last is what was sent; 0, or -1 */
int bench_move_check(const struct bench_move *move,
		     const struct bench_source *source);

struct bench_context;

/* bench_idle.c */

/** bench_idle_missing() - why memory cannot be told, or NULL */
const char *bench_idle_missing(void);
/** bench_idle_run() - bytes of an idle connection, one end of it; see struct bench_work */
int bench_idle_run(struct bench_context *context, struct bench_pair *pair,
		   size_t size, double *cost);

/* bench_coalesce.c */

/** bench_coalesce_missing() - why nothing can be held in flight, or NULL */
const char *bench_coalesce_missing(void);
/** bench_coalesce_run() - cost of a small write and its reading; see struct bench_work */
int bench_coalesce_run(struct bench_context *context, struct bench_pair *pair,
		       size_t size, double *cost);

/* bench_work.c */

/**
 * struct bench_context - what every work needs
 * @source:	what is sent
 * @keys:	of the suite that is measured
 * @listener:	socket for bench_pair_open()
 */
struct bench_context {
	struct bench_source source;
	struct bench_keys keys;
	int listener;
};

#define BENCH_MAX_SIZES 8

/**
 * struct bench_work - what is measured
 * @name:	on the command line and in the results
 * @sizes:	measured by default, ended by 0
 * @unit:	of the cost, or NULL if it is what the clock counts
 * @own_pairs:	@run opens its connections itself and is given a closed one; a way
 *		that has to shake hands cannot do that
 * @coalesce:	of small writes that the way may join
 * @missing:	what this machine has not that it needs; NULL if it needs nothing
 * @run:	one operation of a size; its cost, in @cost; 0, or -1 after a message
 */
struct bench_work {
	const char *name;
	size_t sizes[BENCH_MAX_SIZES];
	const char *unit;
	bool own_pairs;
	bool coalesce;
	const char *(*missing)(void);
	int (*run)(struct bench_context *context, struct bench_pair *pair,
		   size_t size, double *cost);
};

extern const struct bench_work bench_works[];
extern const size_t bench_work_count;

/** bench_work_batch() - how many operations of a size the cost is the mean of */
unsigned int bench_work_batch(size_t size);

/* bench_run.c */

/**
 * struct bench_options - what the command line of bench asks for
 * @works, @suites, @ways: bit N: row N of bench_works, bench_suites, bench_ways
 * @sizes:	instead of those of each work, ended by 0; none if the first is 0
 * @rounds:	of which the median is taken
 * @cpus:	how many may seal the records of a write, or 0
 * @json:	a JSON object on each line instead of a table
 * @instructions: count instructions instead of nanoseconds
 */
struct bench_options {
	unsigned int works;
	unsigned int suites;
	unsigned int ways;
	size_t sizes[BENCH_MAX_SIZES];
	unsigned int rounds;
	unsigned int cpus;
	bool json;
	bool instructions;
};

/** bench_run() - measure and print; an exit status */
int bench_run(const struct bench_options *options);

/* bench_report.c */

/**
 * struct bench_result - the figures of one way
 * @way:	it
 * @missing:	why there are no figures, or NULL
 * @median, @low, @high: of the rounds, and the quartiles
 */
struct bench_result {
	const struct bench_way *way;
	const char *missing;
	double median;
	double low;
	double high;
};

/**
 * struct bench_cell - the ways side by side: what was measured together
 * @work, @suite, @size: of what
 * @results:	in the order of bench_ways
 * @count:	of results
 * @rounds:	that each median is of
 */
struct bench_cell {
	const struct bench_work *work;
	const struct bench_suite *suite;
	size_t size;
	struct bench_result results[8];
	size_t count;
	unsigned int rounds;
};

/** bench_report_title() - what goes before the first cell */
void bench_report_title(const struct bench_options *options);
/** bench_report_cell() - lines of a table, or of JSON */
void bench_report_cell(const struct bench_options *options,
		       const struct bench_cell *cell);
/** bench_report_progress() - on a terminal: what is being measured; NULL: nothing */
void bench_report_progress(const struct bench_cell *cell);

#endif /* BENCH_H */
