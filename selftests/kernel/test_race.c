// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Calls of eight threads at once enter sealed sockets; every byte must have gone
 * through exactly once, every record must be good, and the kernel must be content.
 */
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "race.h"

#define SOCKETS		8
#define ROUNDS		250
#define REPEATS		20

static void do_get(struct racer *racer, struct target *target)
{
	static const int options[] = { SEAL_INFO, SEAL_MESSAGE, SEAL_FEATURES, 0 };
	socklen_t len = race_roll(racer, 1000);

	getsockopt(target->fd, SOL_SOCKSEAL, options[race_roll(racer, ARRAY_SIZE(options))],
		   racer->room, &len);
}

static void do_attach(struct racer *racer, struct target *target)
{
	(void)racer;
	attach_ulp(target->fd);
}

/* Always too late, or wrong */
static void do_keys(struct racer *racer, struct target *target)
{
	struct seal_keys keys = { .version = SEAL_VERSION_TLS13,
				  .suite = SEAL_AES_128_GCM_SHA256,
				  .flags = race_roll(racer, 2) };

	set_keys(target->fd, &keys);
}

/* Sizes and padding that change from one record to the next, waiting or not */
static void do_policy(struct racer *racer, struct target *target)
{
	struct seal_policy policy = { .flags = race_roll(racer, 8) };

	if (race_roll(racer, 2))
		policy.record_size = 64 + race_roll(racer, 16000);
	if (race_roll(racer, 2))
		policy.padding = race_roll(racer, 600);
	setsockopt(target->fd, SOL_SOCKSEAL, SEAL_POLICY, &policy, sizeof(policy));
}

static const race_call sealed_calls[] = { do_get, do_attach, do_keys, do_policy };

static void do_shutdown(struct racer *racer, struct target *target)
{
	if (!race_roll(racer, 20))
		shutdown(target->fd, race_roll(racer, 3));
}

/* What one thread closes, the others have still open */
static void do_dup_and_close(struct racer *racer, struct target *target)
{
	int fd = dup(target->fd);

	do_shutdown(racer, target);
	close(fd);
}

static const race_call ending_calls[] = { do_get, do_keys, do_policy, do_shutdown,
					  do_dup_and_close };

static void open_stream(struct stream *stream, const struct variant *variant)
{
	memset(stream, 0, sizeof(*stream));
	pair_open(&stream->pair, variant);
	stream->notifies = true;
	stream->updates = true;
	stream_start(stream);
}

static void race_on(const struct variant *variant, size_t sockets)
{
	static const struct race race = { sealed_calls, ARRAY_SIZE(sealed_calls), ROUNDS };
	struct stream streams[SOCKETS];
	struct target targets[SOCKETS] = { 0 };

	for (size_t i = 0; i < sockets; i++) {
		open_stream(&streams[i], variant);
		targets[i].fd = streams[i].pair.fd;
	}
	race_run(&race, targets, sockets);
	for (size_t i = 0; i < sockets; i++) {
		streams[i].target = targets[i];
		stream_finish(&streams[i]);
		pair_close(&streams[i].pair);
	}
}

static void calls_on_one_socket(void **state)
{
	struct pair *pair = *state;

	race_on(pair->variant, 1);
}

static void calls_on_many_sockets(void **state)
{
	struct pair *pair = *state;

	race_on(pair->variant, SOCKETS);
}

/* Nothing is promised about the bytes, but everybody comes to an end */
static void calls_during_shutdown(void **state)
{
	static const struct race race = { ending_calls, ARRAY_SIZE(ending_calls), 60 };
	struct pair *pair = *state;

	for (int i = 0; i < REPEATS; i++) {
		struct stream stream;

		open_stream(&stream, pair->variant);
		race_run(&race, &stream.target, 1);
		pair_close_sealed(&stream.pair);
		expect_ok(pthread_join(stream.feeder, NULL));
		expect_ok(pthread_join(stream.drain, NULL));
		pair_close(&stream.pair);
	}
}

struct closer {
	pthread_t	thread;
	int		fd;
	unsigned int	turn;
};

static void *use_and_close(void *arg)
{
	struct closer *closer = arg;
	uint8_t buf[100] = { 0 };

	if (closer->turn % 2)
		recv(closer->fd, buf, sizeof(buf), 0);
	else
		send(closer->fd, buf, sizeof(buf), MSG_NOSIGNAL);
	close(closer->fd);
	return NULL;
}

/* The last of the holders ends the connection, whoever that is */
static void last_of_many_closes(void **state)
{
	struct pair *first = *state;

	for (int i = 0; i < REPEATS; i++) {
		struct closer closers[RACERS];
		struct pair pair;

		pair_open(&pair, first->variant);
		for (unsigned int j = 0; j < RACERS; j++) {
			closers[j].fd = must(dup(pair.fd));
			closers[j].turn = j;
			expect_ok(pthread_create(&closers[j].thread, NULL, use_and_close,
						 &closers[j]));
		}
		pair_close_sealed(&pair);
		for (int j = 0; j < RACERS / 2; j++)
			peer_send(&pair.peer, TYPE_DATA, "data", 4);
		peer_send_alert(&pair.peer, ALERT_WARNING, ALERT_CLOSE_NOTIFY);
		for (int j = 0; j < RACERS; j++)
			expect_ok(pthread_join(closers[j].thread, NULL));
		pair_close(&pair);
	}
}

static int compete_for_ulp(int fd, const void *arg)
{
	(void)arg;
	return attach_ulp(fd);
}

static int compete_for_keys(int fd, const void *arg)
{
	return set_keys(fd, arg);
}

static void one_of_many_attaches_and_sets_keys(void **state)
{
	struct pair *first = *state;

	for (int i = 0; i < REPEATS; i++) {
		struct pair pair;

		pair_open_raw(&pair, first->variant);
		assert_int_equal(race_count_winners(compete_for_ulp, pair.fd, NULL), 1);
		assert_int_equal(race_count_winners(compete_for_keys, pair.fd, &pair.keys), 1);
		expect_count(send(pair.fd, "good", 4, 0), 4);
		peer_expect_record(&pair.peer, TYPE_DATA, "good", 4);
		peer_send(&pair.peer, TYPE_DATA, "answer", 6);
		expect_recv(pair.fd, "answer", 6);
		pair_close(&pair);
	}
}

/* Until the end, whatever comes */
static void *read_on(void *arg)
{
	int fd = *(int *)arg;
	uint8_t buf[50];

	while (recv(fd, buf, sizeof(buf), 0) > 0)
		;
	return NULL;
}

static void *poll_on(void *arg)
{
	struct pollfd p = { .fd = *(int *)arg, .events = POLLIN | POLLRDHUP };

	do
		poll(&p, 1, -1);
	while (!(p.revents & (POLLRDHUP | POLLHUP | POLLERR)));
	return NULL;
}

/*
 * The readers were in TCP's own recvmsg() before; they take what they want of the
 * ciphertext, and the sealed socket must survive it.
 */
static void keys_come_while_readers_wait(void **state)
{
	struct pair *first = *state;

	for (int i = 0; i < REPEATS; i++) {
		pthread_t readers[4];
		struct pair pair;

		pair_open_raw(&pair, first->variant);
		for (int j = 0; j < 4; j++)
			expect_ok(pthread_create(&readers[j], NULL, j ? read_on : poll_on,
						 &pair.fd));
		seal(pair.fd, &pair.keys);
		for (int j = 0; j < 10; j++)
			peer_send(&pair.peer, TYPE_DATA, "many bytes", 10);
		expect_ok(shutdown(pair.peer.fd, SHUT_WR));
		for (int j = 0; j < 4; j++)
			expect_ok(pthread_join(readers[j], NULL));
		pair_close(&pair);
	}
}

static void do_seal(struct racer *racer, struct target *target)
{
	if (race_roll(racer, 10))
		return;
	attach_ulp(target->fd);
	do_keys(racer, target);
}

static const race_call sealing_calls[] = { do_get, do_attach, do_keys, do_seal };

static void sealing_during_traffic(void **state)
{
	static const struct race race = { sealing_calls, ARRAY_SIZE(sealing_calls), 60 };
	struct pair *first = *state;

	for (int i = 0; i < REPEATS; i++) {
		struct target target = { 0 };
		int fds[2];

		tcp_pair(first->variant->family, fds);
		set_nonblock(fds[0]);
		expect_count(send(fds[1], "\27\3\3\0\21 not a good record", 26, 0), 26);
		target.fd = fds[0];
		race_run(&race, &target, 1);
		close(fds[0]);
		close(fds[1]);
	}
}

int main(void)
{
	static const struct test tests[] = {
		EACH_SUITE(calls_on_one_socket),
		EACH_FAMILY(calls_on_many_sockets),
		EACH_FAMILY(calls_during_shutdown),
		ONCE(last_of_many_closes),
		ONCE(one_of_many_attaches_and_sets_keys),
		EACH_FAMILY(keys_come_while_readers_wait),
		EACH_FAMILY(sealing_during_traffic),
	};

	return run_cases("race", tests, ARRAY_SIZE(tests), pair_open);
}
