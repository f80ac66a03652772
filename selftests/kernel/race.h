/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * Threads that make calls at random on the same sockets at the same time.  What
 * they do is decided by a seed, when they do it by the machine.
 */
#ifndef RACE_H
#define RACE_H

#include <pthread.h>
#include <stdatomic.h>

#include "ktest.h"

#define RACERS		8

/**
 * struct target - a socket that the racers use
 * @fd:		the socket
 * @sent:	bytes of plaintext that it has accepted
 * @received:	bytes of plaintext that were read from it
 */
struct target {
	int		fd;
	atomic_size_t	sent;
	atomic_size_t	received;
};

/**
 * struct racer - what one thread has for itself
 * @state:	of its random numbers
 * @pipe:	an empty pipe
 * @file:	a file of 64 KB
 * @data:	bytes to send
 * @room:	where to receive
 */
struct racer {
	uint64_t	state;
	int		pipe[2];
	int		file;
	uint8_t		data[20000];
	uint8_t		room[40000];
};

/* One call, which must not block; its result is up to the race */
typedef void (*race_call)(struct racer *racer, struct target *target);

/**
 * struct race - what the racers do beside what works on any connected socket and
 * harms no stream
 * @calls:	each as probable as any other
 * @count:	how many there are
 * @rounds:	calls that each racer makes
 */
struct race {
	const race_call	*calls;
	size_t		count;
	unsigned int	rounds;
};

unsigned int race_roll(struct racer *racer, unsigned int sides);
void race_run(const struct race *race, struct target *targets, size_t count);

/* Runs in all racers at once; returns how many of them returned 0 */
unsigned int race_count_winners(int (*call)(int fd, const void *arg), int fd,
				const void *arg);

/* stream.c */

/**
 * struct stream - a connection with a peer that sends and receives all the time
 * @pair:	the connection
 * @target:	its sealed end, for racers
 * @notifies:	the peer sends close_notify before its FIN
 * @updates:	the peer sends tickets and KeyUpdates between its data
 * @fed:	bytes the peer has sent
 * @drained:	bytes the peer has received
 * @clean:	all it received were good records, and then FIN
 */
struct stream {
	struct pair	pair;
	struct target	target;
	bool		notifies;
	bool		updates;
	size_t		fed;
	size_t		drained;
	bool		clean;
	pthread_t	feeder;
	pthread_t	drain;
};

void stream_start(struct stream *stream);
void stream_finish(struct stream *stream);

#endif /* RACE_H */
