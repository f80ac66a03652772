/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * What the fuzz targets share.  A target is one file fuzz_*.c with the two functions
 * below; either libFuzzer or replay.c calls them.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include "../../userspace/lib/private.h"

/* One input; it returns 0, or the program dies */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
/* Append the @n-th input that is valid, as the library is now; false: no more */
bool fuzz_seed(size_t n, struct seal_buf *out);
/* Would the seeds have to lead to the end of a handshake?  How often something did */
extern const bool fuzz_seeds_reach_end;
extern size_t fuzz_ends;

/* What must never be; assert() may be compiled out */
#define FUZZ_CHECK(condition)		\
	do {				\
		if (!(condition))	\
			abort();	\
	} while (0)

/* ------------------------------------------------------------ random.c */

/* From now on, libcrypto's random numbers are those of @side, which begin anew or go on */
void fuzz_random_start(enum seal_side side);
void fuzz_random_use(enum seal_side side);

/* The time, in s since 1970, and what the linker puts in the place of clock_gettime() */
#define FUZZ_NOW	1800000000
int __wrap_clock_gettime(clockid_t clock, struct timespec *now);

/* ---------------------------------------------------------- variants.c */

#define FUZZ_VARIANTS	5

/* A server's keys for tickets and cookies, made at no random; one owner more */
struct seal_ticket_keys *fuzz_ticket_keys(void);
/* A new end of a connection: plain, HelloRetryRequest, mutual TLS, PSK, cookie */
struct seal_conn *fuzz_open(enum seal_side side, size_t variant);

/* -------------------------------------------------------- connection.c */

/* Feed it, @step bytes at a time (0: all at once), and forget what it says */
void fuzz_feed(struct seal_conn *conn, const uint8_t *data, size_t len, size_t step);
/* Key @record as the peer of @victim would, to send to it or (to record that) to read */
void fuzz_key(const struct seal_conn *victim, struct seal_record *record, bool encrypt);
/*
 * What @victim gets in a handshake with another end of ours: the bytes as they are, or
 * each record in plaintext, behind one byte of type (with 0x80: it came like that) and two
 * of length.
 */
void fuzz_record(enum seal_side victim, size_t variant, bool plain, struct seal_buf *out);
void fuzz_append(struct seal_buf *out, const void *data, size_t len);
/* A target of connections: the body of LLVMFuzzerTestOneInput() */
int fuzz_bytes(enum seal_side side, const uint8_t *data, size_t len);
int fuzz_records(enum seal_side side, const uint8_t *data, size_t len);

#endif /* FUZZ_H */
