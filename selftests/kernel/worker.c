// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A transfer that would block the test enters; it is done in a thread, and what
 * was moved leaves at worker_join().
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ktest.h"

struct worker {
	pthread_t	thread;
	pid_t		tid;	/* 0 until it runs */
	void		*(*run)(void *arg);
	struct peer	*peer;
	int		fd;
	const uint8_t	*out;	/* what it sends, the test's */
	uint8_t		*in;	/* what it received, its own */
	size_t		len;
	size_t		each;
	int		flags;
	size_t		done;
};

static void *collect(void *arg)
{
	struct worker *w = arg;

	w->done = peer_collect(w->peer, w->in, w->len);
	return NULL;
}

static void *write_all(void *arg)
{
	struct worker *w = arg;
	ssize_t n = 0;

	for (; w->done < w->len && n >= 0; w->done += n > 0 ? n : 0)
		n = write(w->fd, w->out + w->done, w->len - w->done);
	return NULL;
}

static void *read_all(void *arg)
{
	struct worker *w = arg;
	ssize_t n = 1;

	for (; w->done < w->len && n > 0; w->done += n > 0 ? n : 0)
		n = read(w->fd, w->in + w->done, w->len - w->done);
	return NULL;
}

static void *recv_once(void *arg)
{
	struct worker *w = arg;
	ssize_t n = recv(w->fd, w->in, w->len, w->flags);

	w->done = n > 0 ? n : 0;
	return NULL;
}

static void *send_records(void *arg)
{
	struct worker *w = arg;
	uint8_t record[RECORD_ROOM];

	while (w->done < w->len) {
		size_t n = w->len - w->done < w->each ? w->len - w->done : w->each;
		size_t size = record_seal(&w->peer->tx, TYPE_DATA, w->out + w->done, n,
					  record);

		if (!peer_write(w->peer, record, size))
			break;
		w->done += n;
	}
	return NULL;
}

static void *enter(void *arg)
{
	struct worker *w = arg;

	__atomic_store_n(&w->tid, gettid(), __ATOMIC_RELEASE);
	return w->run(w);
}

/* Signals are the business of the test's own thread */
static struct worker *start(struct worker w, void *(*run)(void *))
{
	struct worker *worker = (void *)make_room(sizeof(w));
	sigset_t all, before;

	*worker = w;
	worker->run = run;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	expect_ok(pthread_create(&worker->thread, NULL, enter, worker));
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return worker;
}

/* The peer receives len bytes of application data */
struct worker *worker_collect(struct peer *peer, size_t len)
{
	struct worker w = { .peer = peer, .len = len, .in = make_room(len) };

	return start(w, collect);
}

/* A blocking writer on a descriptor, which blocks SIGPIPE as all signals */
struct worker *worker_write(int fd, const void *data, size_t len)
{
	struct worker w = { .fd = fd, .len = len, .out = data };

	return start(w, write_all);
}

/* A blocking reader on a descriptor */
struct worker *worker_read(int fd, size_t len)
{
	struct worker w = { .fd = fd, .len = len, .in = make_room(len) };

	return start(w, read_all);
}

/* A single call of recv(), for len bytes at most */
struct worker *worker_recv(int fd, size_t len, int flags)
{
	struct worker w = { .fd = fd, .len = len, .flags = flags, .in = make_room(len) };

	return start(w, recv_once);
}

/* The peer sends data in records of each bytes */
struct worker *worker_records(struct peer *peer, const void *data, size_t len,
			      size_t each)
{
	struct worker w = { .peer = peer, .len = len, .out = data, .each = each };

	return start(w, send_records);
}

static bool is_asleep(pid_t tid)
{
	char path[64], state;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	file = fopen(path, "r");
	if (!file)
		fail_msg("the worker was not blocked");
	assert_int_equal(fscanf(file, "%*d (%*[^)]) %c", &state), 1);
	fclose(file);
	return state == 'S';
}

/* It waits in its system call, and must not have returned from it */
void worker_wait_blocked(struct worker *worker)
{
	pid_t tid;

	do {
		sched_yield();
		tid = __atomic_load_n(&worker->tid, __ATOMIC_ACQUIRE);
	} while (!tid || !is_asleep(tid));
}

/* It moved len bytes, and if it received, these ones; NULL: it does not matter */
void worker_join(struct worker *worker, const void *data, size_t len)
{
	expect_ok(pthread_join(worker->thread, NULL));
	assert_int_equal(worker->done, len);
	if (worker->in && data)
		expect_bytes(worker->in, data, len);
	free(worker->in);
	free(worker);
}

/* It may have moved as much as it could */
void worker_join_any(struct worker *worker)
{
	expect_ok(pthread_join(worker->thread, NULL));
	free(worker->in);
	free(worker);
}
