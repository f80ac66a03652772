// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A table of calls and some sockets enter; eight threads make calls of the table on
 * the sockets, as the seed says.  How many bytes these calls have moved leaves.
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include <netinet/in.h>
#include <linux/tcp.h>

#include "race.h"

#define FILE_SIZE	65536

/* One step of xorshift64* */
unsigned int race_roll(struct racer *racer, unsigned int sides)
{
	racer->state ^= racer->state >> 12;
	racer->state ^= racer->state << 25;
	racer->state ^= racer->state >> 27;
	return (racer->state * 0x2545f4914f6cdd1dULL >> 33) % sides;
}

/* Mostly short: long ones fill the buffers, and then nothing happens any more */
static size_t some_length(struct racer *racer, size_t most)
{
	unsigned int kind = race_roll(racer, 8);

	if (kind == 0)
		return 1 + race_roll(racer, most);
	return 1 + race_roll(racer, kind < 3 ? 5000 : 300);
}

static void count(atomic_size_t *sum, ssize_t n)
{
	if (n > 0)
		atomic_fetch_add(sum, n);
}

static void do_send(struct racer *racer, struct target *target)
{
	static const int flags[] = { 0, 0, MSG_MORE, MSG_EOR, MSG_ZEROCOPY };
	int flag = flags[race_roll(racer, ARRAY_SIZE(flags))];

	count(&target->sent, send(target->fd, racer->data,
				  some_length(racer, sizeof(racer->data)),
				  MSG_DONTWAIT | MSG_NOSIGNAL | flag));
}

static void do_send_nothing(struct racer *racer, struct target *target)
{
	send(target->fd, racer->data, 0, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void do_send_from_nowhere(struct racer *racer, struct target *target)
{
	count(&target->sent, send(target->fd, (void *)8, some_length(racer, 20000),
				  MSG_DONTWAIT | MSG_NOSIGNAL));
}

static void do_sendfile(struct racer *racer, struct target *target)
{
	off_t off = race_roll(racer, FILE_SIZE);

	count(&target->sent, sendfile(target->fd, racer->file, &off,
				      some_length(racer, 20000)));
}

/* An end of a pipe that has no room or no bytes is not waited for */
static void do_splice_out(struct racer *racer, struct target *target)
{
	ssize_t in = write(racer->pipe[1], racer->data, some_length(racer, 4096)), out;

	if (in <= 0)
		return;
	out = splice(racer->pipe[0], NULL, target->fd, NULL, in, SPLICE_F_NONBLOCK);
	count(&target->sent, out);
	if (out < in)
		in = read(racer->pipe[0], racer->room, sizeof(racer->room));
}

static void do_splice_in(struct racer *racer, struct target *target)
{
	ssize_t n = splice(target->fd, NULL, racer->pipe[1], NULL,
			   some_length(racer, 40000), SPLICE_F_NONBLOCK);

	count(&target->received, n);
	while (n > 0)
		n -= read(racer->pipe[0], racer->room, sizeof(racer->room));
}

static void do_recv(struct racer *racer, struct target *target)
{
	static const int flags[] = { 0, 0, MSG_WAITALL, MSG_TRUNC };
	int flag = flags[race_roll(racer, ARRAY_SIZE(flags))];

	count(&target->received, recv(target->fd, racer->room,
				      some_length(racer, sizeof(racer->room)),
				      MSG_DONTWAIT | flag));
}

static void do_peek(struct racer *racer, struct target *target)
{
	recv(target->fd, racer->room, some_length(racer, sizeof(racer->room)),
	     MSG_DONTWAIT | MSG_PEEK);
}

static void do_recv_to_nowhere(struct racer *racer, struct target *target)
{
	count(&target->received, recv(target->fd, (void *)8, some_length(racer, 40000),
				      MSG_DONTWAIT));
}

static void do_poll(struct racer *racer, struct target *target)
{
	struct pollfd p = { .fd = target->fd, .events = POLLIN | POLLOUT | POLLRDHUP };

	(void)racer;
	poll(&p, 1, 0);
}

static void do_ioctl(struct racer *racer, struct target *target)
{
	static const unsigned long requests[] = { FIONREAD, TIOCOUTQ };
	int value;

	ioctl(target->fd, requests[race_roll(racer, ARRAY_SIZE(requests))], &value);
}

static void do_cork(struct racer *racer, struct target *target)
{
	int on = race_roll(racer, 2);

	setsockopt(target->fd, IPPROTO_TCP, TCP_CORK, &on, sizeof(on));
}

static void do_lowat(struct racer *racer, struct target *target)
{
	int bytes = race_roll(racer, 3000);

	setsockopt(target->fd, SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof(bytes));
}

static void do_tcp_info(struct racer *racer, struct target *target)
{
	socklen_t len = sizeof(racer->room);

	getsockopt(target->fd, IPPROTO_TCP, TCP_INFO, racer->room, &len);
}

static void do_disconnect(struct racer *racer, struct target *target)
{
	struct sockaddr nowhere = { .sa_family = AF_UNSPEC };

	(void)racer;
	connect(target->fd, &nowhere, sizeof(nowhere));
}

static const race_call plain_calls[] = {
	do_send, do_send, do_send_nothing, do_send_from_nowhere, do_sendfile,
	do_splice_out, do_splice_in, do_recv, do_recv, do_peek, do_recv_to_nowhere,
	do_poll, do_poll, do_ioctl, do_cork, do_lowat, do_tcp_info, do_disconnect,
};

/* What a thread is started with */
struct start {
	pthread_t		thread;
	pthread_barrier_t	*barrier;
	const struct race	*race;
	struct target		*targets;
	size_t			count;
	struct racer		racer;
};

static race_call pick_call(const struct race *race, struct racer *racer)
{
	unsigned int i = race_roll(racer, ARRAY_SIZE(plain_calls) + race->count);

	return i < race->count ? race->calls[i] : plain_calls[i - race->count];
}

static void *run(void *arg)
{
	struct start *start = arg;
	struct racer *racer = &start->racer;

	pthread_barrier_wait(start->barrier);
	for (unsigned int i = 0; i < start->race->rounds; i++) {
		struct target *target = &start->targets[race_roll(racer, start->count)];

		pick_call(start->race, racer)(racer, target);
	}
	return NULL;
}

/* The same in every run, unless KTEST_SEED says otherwise */
static uint64_t next_seed(void)
{
	static uint64_t seed;

	if (!seed) {
		const char *text = getenv("KTEST_SEED");

		seed = text && *text ? strtoull(text, NULL, 0) : 1;
		print_message("# race: KTEST_SEED=%llu\n", (unsigned long long)seed);
	}
	return seed++;
}

static void open_racer(struct racer *racer, uint64_t seed)
{
	uint8_t *file = make_bytes(FILE_SIZE, seed);

	racer->state = seed * 0x9e3779b97f4a7c15ULL + 1;
	open_pipe(racer->pipe, 65536);
	racer->file = open_bytes(file, FILE_SIZE);
	fill_bytes(racer->data, sizeof(racer->data), seed);
	free(file);
}

static void close_racer(struct racer *racer)
{
	close_pipe(racer->pipe);
	close(racer->file);
}

/**
 * race_run() - let the racers run, and wait for all of them
 * @race:	what they do
 * @targets:	sockets they do it to, which do not block
 * @count:	how many there are
 */
void race_run(const struct race *race, struct target *targets, size_t count)
{
	struct start *starts = (void *)make_room(RACERS * sizeof(*starts));
	pthread_barrier_t barrier;
	uint64_t seed = next_seed();

	/* sendfile() and splice() cannot be told not to raise it */
	signal(SIGPIPE, SIG_IGN);
	pthread_barrier_init(&barrier, NULL, RACERS);
	for (size_t i = 0; i < RACERS; i++) {
		starts[i] = (struct start){ .barrier = &barrier, .race = race,
					    .targets = targets, .count = count };
		open_racer(&starts[i].racer, seed * RACERS + i);
	}
	for (size_t i = 0; i < RACERS; i++)
		expect_ok(pthread_create(&starts[i].thread, NULL, run, &starts[i]));
	for (size_t i = 0; i < RACERS; i++) {
		expect_ok(pthread_join(starts[i].thread, NULL));
		close_racer(&starts[i].racer);
	}
	pthread_barrier_destroy(&barrier);
	free(starts);
}

struct contest {
	pthread_barrier_t	barrier;
	int			(*call)(int fd, const void *arg);
	int			fd;
	const void		*arg;
	atomic_uint		winners;
};

static void *compete(void *arg)
{
	struct contest *contest = arg;

	pthread_barrier_wait(&contest->barrier);
	if (!contest->call(contest->fd, contest->arg))
		atomic_fetch_add(&contest->winners, 1);
	return NULL;
}

unsigned int race_count_winners(int (*call)(int fd, const void *arg), int fd,
				const void *arg)
{
	struct contest contest = { .call = call, .fd = fd, .arg = arg };
	pthread_t threads[RACERS];

	pthread_barrier_init(&contest.barrier, NULL, RACERS);
	for (size_t i = 0; i < RACERS; i++)
		expect_ok(pthread_create(&threads[i], NULL, compete, &contest));
	for (size_t i = 0; i < RACERS; i++)
		expect_ok(pthread_join(threads[i], NULL));
	pthread_barrier_destroy(&contest.barrier);
	return contest.winners;
}
