// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Two implementations enter; they shake hands over memory, and the figures of one of
 * them leave.
 */
#include <err.h>
#include <stdlib.h>
#include <time.h>

#include "bench.h"

/* More turns than any handshake takes */
#define TURNS 8

/**
 * struct end - one of the two
 * @library:	who plays it
 * @conn:	its connection
 * @out:	its flight
 * @len:	bytes of it
 * @done:	its handshake is complete
 * @figures:	what it took
 */
struct end {
	const struct bench_library *library;
	void *conn;
	uint8_t out[BENCH_FLIGHT];
	size_t len;
	bool done;
	struct bench_figures figures;
};

static double now(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t))
		err(EXIT_FAILURE, "CLOCK_THREAD_CPUTIME_ID");
	return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

/* What happens between these two is the end's. */
static void begin(struct end *end)
{
	end->figures.us -= now();
	end->figures.calls -= bench_heap_calls();
	end->figures.after -= bench_heap_live();
}

static void finish(struct end *end)
{
	end->figures.after += bench_heap_live();
	end->figures.calls += bench_heap_calls();
	end->figures.us += now();
}

static void open_end(struct end *end, const struct bench_library *library,
		     enum bench_side side, bool ticket)
{
	*end = (struct end){ .library = library };
	begin(end);
	end->conn = library->open(side, ticket);
	finish(end);
	if (!end->conn)
		errx(EXIT_FAILURE, "%s begins no connection", library->name);
}

/* Take a flight, and have one for the peer; what is held then is held while it waits. */
static void turn(struct end *end, const struct end *peer)
{
	int ret;

	begin(end);
	ret = end->done ? 1 : end->library->feed(end->conn, peer->out, peer->len);
	end->len = end->library->drain(end->conn, end->out);
	finish(end);
	if (ret < 0)
		errx(EXIT_FAILURE, "%s fails", end->library->name);
	end->done = ret;
	if (!end->done)
		end->figures.waiting = end->figures.after;
}

static void close_end(struct end *end)
{
	begin(end);
	end->library->close(end->conn);
	finish(end);
}

/* The client gets what the server has said last, which is its ticket. */
static void *next_session(struct end *client, const struct end *server, bool resumed)
{
	void *next;

	if (client->library->feed(client->conn, server->out, server->len) != 1)
		errx(EXIT_FAILURE, "the client takes no ticket");
	next = bench_session_take(client->conn, resumed);
	if (!next)
		errx(EXIT_FAILURE, "%s does not resume", server->library->name);
	return next;
}

static void shake(struct end end[2])
{
	int i;

	for (i = 0; i < TURNS && !(end[0].done && end[1].done); i++)
		turn(&end[i % 2], &end[!(i % 2)]);
	if (!end[0].done || !end[1].done)
		errx(EXIT_FAILURE, "the handshake does not end");
}

struct bench_figures bench_pair_run(const struct bench_library *const ends[2],
				    const struct bench_kind *kind, void **session)
{
	static struct end end[2];
	int i;

	for (i = 0; i < 2; i++)
		open_end(&end[i], ends[i], i, kind->resumed);
	if (*session)
		bench_session_offer(end[BENCH_CLIENT].conn, *session);
	shake(end);
	if (kind->resumed) {
		void *next = next_session(&end[BENCH_CLIENT], &end[BENCH_SERVER],
					  *session);

		bench_session_free(*session);
		*session = next;
	}
	for (i = 0; i < 2; i++)
		close_end(&end[i]);
	return end[kind->side].figures;
}
