/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * Private header of the bench of handshakes, in the order of the data: whose
 * implementation, the two ends, what the heap has of them, the figures.
 */
#ifndef HANDSHAKE_BENCH_H
#define HANDSHAKE_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Who is verified, and what both offer */
#define BENCH_NAME	"localhost"

/* More than the bytes of any flight */
#define BENCH_FLIGHT	16384

enum bench_side { BENCH_CLIENT, BENCH_SERVER };

/**
 * struct bench_files - what both implementations load
 * @ca:		path of the CA's certificate, PEM
 * @chain:	path of the server's certificate
 * @key:	path of its key
 */
struct bench_files {
	const char *ca;
	const char *chain;
	const char *key;
};

/**
 * struct bench_library - an implementation of both ends, over memory
 * @name:	in the results
 * @prepare:	configurations of both sides, once
 * @open:	begin a connection, of a server that sends a ticket or none; NULL is a
 *		failure
 * @feed:	bytes from the peer; 1 when the handshake is complete, 0 if it is not, -1
 * @drain:	bytes for the peer, at most BENCH_FLIGHT; how many
 * @close:	free it
 *
 * All of them die with a message where the machine is at fault.
 */
struct bench_library {
	const char *name;
	void (*prepare)(const struct bench_files *files);
	void *(*open)(enum bench_side side, bool ticket);
	int (*feed)(void *conn, const uint8_t *data, size_t len);
	size_t (*drain)(void *conn, uint8_t *data);
	void (*close)(void *conn);
};

extern const struct bench_library bench_ours;	/* ours.c */
extern const struct bench_library bench_libssl;	/* libssl.c */

/* libssl.c, what only the other end needs: a session of a client, SSL_SESSION */

/**
 * bench_session_take() - of a complete connection that has its ticket; NULL if it was not
 * resumed, or was, against expectation
 */
void *bench_session_take(void *conn, bool resumed);
/** bench_session_offer() - resume it in a connection that was not begun */
void bench_session_offer(void *conn, void *session);
/** bench_session_free() - NULL does nothing */
void bench_session_free(void *session);

/* heap.c: all that malloc() has given out, to whomever */

/** bench_heap_live() - bytes that were not freed */
size_t bench_heap_live(void);
/** bench_heap_calls() - allocations so far */
size_t bench_heap_calls(void);

/* glibc's own names for what it replaces */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *p, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *p);

/* pair.c */

/**
 * struct bench_figures - of one end of one handshake
 * @us:		CPU time from its first byte to its last, in microseconds
 * @calls:	allocations
 * @waiting:	bytes of the heap while it waits for the peer's last flight
 * @after:	bytes that are left when it is complete and was closed
 */
struct bench_figures {
	double us;
	double calls;
	double waiting;
	double after;
};

/**
 * struct bench_kind - of handshake
 * @name:	in the results
 * @side:	whose figures
 * @resumed:	the client has a session, and gets a ticket for the next one
 */
struct bench_kind {
	const char *name;
	enum bench_side side;
	bool resumed;
};

/**
 * bench_pair_run() - one handshake
 * @ends:	who plays client and server; the client is libssl's if it resumes
 * @kind:	of handshake
 * @session:	what the client resumes, NULL at first; replaced by the next one
 */
struct bench_figures bench_pair_run(const struct bench_library *const ends[2],
				    const struct bench_kind *kind, void **session);

#endif /* HANDSHAKE_BENCH_H */
