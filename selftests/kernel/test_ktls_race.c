// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Calls of eight threads at once enter sockets of the ULP "tls"; every byte must
 * have gone through exactly once, every record must be good, and the kernel must
 * be content.
 */
#include <string.h>
#include <unistd.h>

#include "ktls.h"
#include "race.h"

#define SOCKETS		8
#define ROUNDS		200
#define REPEATS		10

static void do_get(struct racer *racer, struct target *target)
{
	socklen_t len = race_roll(racer, 64);

	getsockopt(target->fd, SOL_TLS, race_roll(racer, 7), racer->room, &len);
}

/* Zerocopy, no padding, size of records: what they change, no reader sees */
static void do_set_number(struct racer *racer, struct target *target)
{
	int on = race_roll(racer, 2);
	uint16_t size = 64 + race_roll(racer, 16000);

	setsockopt(target->fd, SOL_TLS, TLS_TX_ZEROCOPY_RO, &on, sizeof(on));
	setsockopt(target->fd, SOL_TLS, TLS_RX_EXPECT_NO_PAD, &on, sizeof(on));
	setsockopt(target->fd, SOL_TLS, TLS_TX_MAX_PAYLOAD_LEN, &size, sizeof(size));
}

static void do_attach(struct racer *racer, struct target *target)
{
	(void)racer;
	ktls_attach(target->fd);
}

/* Of a version that is never right */
static void do_wrong_keys(struct racer *racer, struct target *target)
{
	uint8_t keys[40] = { 0 };

	setsockopt(target->fd, SOL_TLS, TLS_TX + race_roll(racer, 2), keys, sizeof(keys));
}

static void do_recv_with_type(struct racer *racer, struct target *target)
{
	char control[CMSG_SPACE(1)];
	struct iovec iov = { racer->room, race_roll(racer, 20000) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			      .msg_controllen = race_roll(racer, 2) * sizeof(control) };
	ssize_t n = recvmsg(target->fd, &msg, MSG_DONTWAIT);

	if (n > 0)
		atomic_fetch_add(&target->received, n);
}

static const race_call sealed_calls[] = {
	do_get, do_set_number, do_attach, do_wrong_keys, do_recv_with_type,
};

static void open_stream(struct stream *stream, const struct variant *variant)
{
	memset(stream, 0, sizeof(*stream));
	ktls_open(&stream->pair, variant);
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

/* The next keys, of TLS 1.3, or too late; all racers use the same ones */
static struct ktls_keys next_keys;

static void do_rekey(struct racer *racer, struct target *target)
{
	setsockopt(target->fd, SOL_TLS, TLS_TX + race_roll(racer, 2), next_keys.bytes,
		   next_keys.len);
}

static void do_shutdown(struct racer *racer, struct target *target)
{
	if (!race_roll(racer, 20))
		shutdown(target->fd, race_roll(racer, 3));
}

static const race_call ending_calls[] = { do_get, do_rekey, do_set_number, do_shutdown };

/* Nothing is promised about the bytes, but everybody comes to an end */
static void rekeys_and_shutdowns_during_calls(void **state)
{
	static const struct race race = { ending_calls, ARRAY_SIZE(ending_calls), 60 };
	struct pair *pair = *state;

	for (int i = 0; i < REPEATS; i++) {
		struct stream stream;

		open_stream(&stream, pair->variant);
		ktls_keys_make(&next_keys, &stream.pair.peer.rx);
		race_run(&race, &stream.target, 1);
		pair_close_sealed(&stream.pair);
		expect_ok(pthread_join(stream.feeder, NULL));
		expect_ok(pthread_join(stream.drain, NULL));
		pair_close(&stream.pair);
	}
}

static int compete_for_ulp(int fd, const void *arg)
{
	(void)arg;
	return ktls_attach(fd);
}

static int compete_for_keys(int fd, const void *arg)
{
	return ktls_set(fd, TLS_TX, arg);
}

/* TLS 1.2 takes keys once, TLS 1.3 again and again */
static void many_attach_and_set_keys(void **state)
{
	struct pair *first = *state;
	bool once = first->variant->version == TLS_1_2_VERSION;

	for (int i = 0; i < REPEATS; i++) {
		struct pair pair;

		ktls_open_raw(&pair, first->variant);
		assert_int_equal(race_count_winners(compete_for_ulp, pair.fd, NULL), 1);
		assert_int_equal(race_count_winners(compete_for_keys, pair.fd, &pair.peer.rx),
				 once ? 1 : RACERS);
		expect_count(send(pair.fd, "good", 4, 0), 4);
		peer_expect_record(&pair.peer, TYPE_DATA, "good", 4);
		pair_close(&pair);
	}
}

static void do_seal(struct racer *racer, struct target *target)
{
	if (race_roll(racer, 10))
		return;
	ktls_attach(target->fd);
	do_rekey(racer, target);
}

static const race_call sealing_calls[] = { do_get, do_set_number, do_attach, do_seal };

/* In-tree's test data_steal, with calls of all kinds */
static void sealing_during_traffic(void **state)
{
	static const struct race race = { sealing_calls, ARRAY_SIZE(sealing_calls), 60 };
	struct pair *first = *state;

	ktls_keys_make(&next_keys, &first->peer.rx);
	for (int i = 0; i < REPEATS; i++) {
		struct target target = { 0 };
		int fds[2];

		tcp_pair(first->variant->family, fds);
		set_nonblock(fds[0]);
		expect_count(send(fds[1], "\27\3\3\0\50 not a good record", 26, 0), 26);
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
		EACH_FAMILY(rekeys_and_shutdowns_during_calls),
		ONCE(many_attach_and_set_keys),
		EACH_FAMILY(sealing_during_traffic),
	};

	return ktls_run_cases("ktls_race", tests, ARRAY_SIZE(tests), ktls_open);
}
