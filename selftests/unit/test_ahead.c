// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Flights enter with bytes behind them, in pieces cut everywhere; each takes one
 * recv(), and all that came behind the handshake leaves to the kernel, in order.
 *
 * The kernel of these tests is __wrap_setsockopt().
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/sockseal.h>

#include "unit.h"
#include "wrap.h"

#define BEHIND		100

/* ---------------------------------------------------------- the kernel */

enum call { CALL_ULP, CALL_PREFILL, CALL_KEYS, CALLS };

/* What was asked of it, and what it answers */
static struct {
	unsigned int	receptions;	/* recv() that brought something */
	size_t		most;		/* that one of them asked for */
	enum call	calls[CALLS + 1];
	size_t		calls_len;
	uint8_t		prefill[SEAL_PREFILL_MAX];
	size_t		prefill_len;
	int		errors[CALLS];
} kernel;

ssize_t __wrap_recv(int fd, void *buf, size_t len, int flags)
{
	ssize_t got = __real_recv(fd, buf, len, flags);

	if (len > kernel.most)
		kernel.most = len;
	if (got > 0)
		kernel.receptions++;
	return got;
}

static int answer(enum call call)
{
	assert_true(kernel.calls_len < CALLS);
	kernel.calls[kernel.calls_len++] = call;
	errno = kernel.errors[call];
	return errno ? -1 : 0;
}

int __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	if (level == IPPROTO_TCP && name == TCP_ULP)
		return answer(CALL_ULP);
	if (level != SOL_SOCKSEAL)
		return __real_setsockopt(fd, level, name, value, len);
	if (name == SEAL_KEYS)
		return answer(CALL_KEYS);
	assert_int_equal(name, SEAL_PREFILL);
	assert_in_range(len, 1, SEAL_PREFILL_MAX);
	memcpy(kernel.prefill, value, len);
	kernel.prefill_len = len;
	return answer(CALL_PREFILL);
}

static void expect_calls(const enum call *calls, size_t count)
{
	assert_int_equal(kernel.calls_len, count);
	assert_memory_equal(kernel.calls, calls, count * sizeof(*calls));
}

/* ------------------------------------------------------------ the scene */

/* Both ends of a handshake of which one flight is missing, and a socket for that */
struct stage {
	struct pair		pair;
	struct seal_conn	*from;
	struct seal_conn	*to;
	struct wire		wire;	/* the flight, and BEHIND bytes */
	size_t			flight;
	int			fds[2];
};

static void take_flight(struct stage *stage)
{
	struct wire flight;

	wire_take(&flight, stage->from);
	stage->flight = flight.len;
	stage->wire.len = flight.len + BEHIND;
	stage->wire.data = malloc(stage->wire.len);
	assert_non_null(stage->wire.data);
	memcpy(stage->wire.data, flight.data, flight.len);
	for (size_t i = 0; i < BEHIND; i++)
		stage->wire.data[flight.len + i] = i * 7 + 1;
	wire_free(&flight);
}

/* @side is to receive its last flight */
static void open_stage(struct stage *stage, enum seal_side side)
{
	memset(&kernel, 0, sizeof(kernel));
	memset(stage, 0, sizeof(*stage));
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
				    stage->fds), 0);
	pair_open(&stage->pair, common_client(), common_server());
	pair_move(stage->pair.client, stage->pair.server);
	stage->from = stage->pair.server;
	stage->to = stage->pair.client;
	if (side == SEAL_SERVER) {
		pair_move(stage->pair.server, stage->pair.client);
		stage->from = stage->pair.client;
		stage->to = stage->pair.server;
	}
	take_flight(stage);
}

static void close_stage(struct stage *stage)
{
	pair_close(&stage->pair);
	wire_free(&stage->wire);
	close(stage->fds[0]);
	close(stage->fds[1]);
}

/* The bytes of the wire from @from up to @end arrive, and the handshake goes on */
static int deliver(struct stage *stage, size_t from, size_t end)
{
	assert_int_equal(send(stage->fds[0], stage->wire.data + from, end - from,
			      MSG_NOSIGNAL), end - from);
	return seal_conn_handshake(stage->to, stage->fds[1]);
}

/* What the kernel got, and then what is in the socket, is all that came behind */
static void expect_all_behind(struct stage *stage)
{
	uint8_t *behind = kernel.prefill;
	ssize_t rest;

	rest = __real_recv(stage->fds[1], behind + kernel.prefill_len, BEHIND + 1,
			   MSG_DONTWAIT);
	if (rest < 0)
		rest = 0;
	assert_int_equal(kernel.prefill_len + rest, BEHIND);
	assert_memory_equal(behind, stage->wire.data + stage->flight, BEHIND);
}

/* -------------------------------------------------------------- recv() */

static void a_flight_takes_one_reception(void **state)
{
	(void)state;
	for (int side = SEAL_CLIENT; side <= SEAL_SERVER; side++) {
		struct stage stage;

		open_stage(&stage, side);
		assert_int_equal(deliver(&stage, 0, stage.wire.len), 0);
		assert_int_equal(kernel.receptions, 1);
		assert_int_equal(kernel.most, SEAL_READ_AHEAD);
		close_stage(&stage);
	}
}

static void the_first_flight_takes_one_reception(void **state)
{
	struct stage stage;

	(void)state;
	open_stage(&stage, SEAL_CLIENT);
	pair_close(&stage.pair);
	pair_open(&stage.pair, common_client(), common_server());
	assert_int_equal(seal_conn_handshake(stage.pair.client, stage.fds[0]),
			 SEAL_WANT_READ);
	assert_int_equal(seal_conn_handshake(stage.pair.server, stage.fds[1]),
			 SEAL_WANT_READ);
	assert_int_equal(kernel.receptions, 1);
	close_stage(&stage);
}

/* Whoever has not proved anything yet cannot fill our memory */
static void no_more_is_held_than_one_reception(void **state)
{
	struct stage stage;
	uint8_t junk[3 * SEAL_READ_AHEAD] = { 0 };

	(void)state;
	open_stage(&stage, SEAL_CLIENT);
	assert_true(send(stage.fds[0], stage.wire.data, stage.flight, 0) > 0);
	assert_true(send(stage.fds[0], junk, sizeof(junk), 0) > 0);
	assert_int_equal(seal_conn_handshake(stage.to, stage.fds[1]), 0);
	assert_int_equal(stage.to->ahead.size, SEAL_READ_AHEAD);
	assert_int_equal(kernel.receptions, 1);
	close_stage(&stage);
}

/* ---------------------------------------------------------- what is kept */

static void cut_at(struct stage *stage, size_t cut)
{
	assert_int_equal(deliver(stage, 0, cut),
			 cut < stage->flight ? SEAL_WANT_READ : 0);
	assert_int_equal(deliver(stage, cut, stage->wire.len), 0);
	assert_int_equal(seal_conn_drain(stage->to, NULL, 0), 0);
	assert_int_equal(seal_conn_attach(stage->to, stage->fds[1]), 0);
	expect_all_behind(stage);
}

/* Each cut takes a handshake; signatures are not all of the same length */
static void cut_everywhere(enum seal_side side)
{
	bool more = true;

	for (size_t cut = 1; more; cut++) {
		struct stage stage;

		open_stage(&stage, side);
		more = cut < stage.wire.len;
		if (more)
			cut_at(&stage, cut);
		close_stage(&stage);
	}
}

static void bytes_behind_the_servers_finished(void **state)
{
	(void)state;
	cut_everywhere(SEAL_CLIENT);
}

static void bytes_behind_the_clients_finished(void **state)
{
	(void)state;
	cut_everywhere(SEAL_SERVER);
}

static void byte_by_byte(void **state)
{
	struct stage stage;

	(void)state;
	open_stage(&stage, SEAL_CLIENT);
	for (size_t i = 0; i < stage.flight; i++)
		assert_int_equal(deliver(&stage, i, i + 1),
				 i + 1 < stage.flight ? SEAL_WANT_READ : 0);
	assert_int_equal(seal_conn_attach(stage.to, stage.fds[1]), 0);
	assert_int_equal(kernel.prefill_len, 0);
	close_stage(&stage);
}

/* ------------------------------------------------------------- handover */

static void handover_is_in_order(void **state)
{
	static const enum call with[] = { CALL_ULP, CALL_PREFILL, CALL_KEYS };
	static const enum call without[] = { CALL_ULP, CALL_KEYS };
	struct stage stage;

	(void)state;
	open_stage(&stage, SEAL_SERVER);
	assert_int_equal(deliver(&stage, 0, stage.wire.len), 0);
	assert_int_equal(seal_conn_attach(stage.to, stage.fds[1]), 0);
	expect_calls(with, SEAL_ARRAY_SIZE(with));
	assert_null(stage.to->ahead.base);
	close_stage(&stage);

	open_stage(&stage, SEAL_SERVER);
	assert_int_equal(deliver(&stage, 0, stage.flight), 0);
	assert_int_equal(seal_conn_attach(stage.to, stage.fds[1]), 0);
	expect_calls(without, SEAL_ARRAY_SIZE(without));
	close_stage(&stage);
}

/* The module fails with @answer at @call, and the library so with @error */
static void refuse(enum call call, int module, int error)
{
	struct stage stage;

	open_stage(&stage, SEAL_SERVER);
	kernel.errors[call] = module;
	assert_int_equal(deliver(&stage, 0, stage.wire.len), 0);
	assert_int_equal(seal_conn_attach(stage.to, stage.fds[1]), error);
	assert_int_equal(kernel.calls[kernel.calls_len - 1], call);
	assert_non_null(strstr(seal_conn_error(stage.to), seal_strerror(error)));
	close_stage(&stage);
}

static void refusals_of_the_kernel(void **state)
{
	(void)state;
	refuse(CALL_ULP, ENOENT, SEAL_E_NO_MODULE);
	refuse(CALL_PREFILL, ENOPROTOOPT, SEAL_E_OLD_MODULE);
	refuse(CALL_PREFILL, ENOMEM, SEAL_E_SYSTEM);
	refuse(CALL_KEYS, ENOENT, SEAL_E_NO_CIPHER);
}

/* An old module is good enough for a peer that waits for its turn */
static void old_module_without_bytes_behind(void **state)
{
	struct stage stage;

	(void)state;
	open_stage(&stage, SEAL_SERVER);
	kernel.errors[CALL_PREFILL] = ENOPROTOOPT;
	assert_int_equal(deliver(&stage, 0, stage.flight), 0);
	assert_int_equal(seal_conn_attach(stage.to, stage.fds[1]), 0);
	close_stage(&stage);
}

/* ---------------------------------------------------- seal_conn_prefill() */

/* A caller that receives himself, and then lets us go on */
static void callers_bytes_are_kept_too(void **state)
{
	struct stage stage;
	struct wire tickets;
	size_t used;

	(void)state;
	open_stage(&stage, SEAL_SERVER);
	assert_int_equal(seal_conn_feed(stage.to, stage.wire.data, stage.wire.len,
					&used), 0);
	assert_int_equal(used, stage.flight);
	assert_int_equal(seal_conn_prefill(stage.to, stage.wire.data + used, 1), 0);
	assert_int_equal(seal_conn_prefill(stage.to, NULL, 0), 0);
	assert_int_equal(seal_conn_prefill(stage.to, stage.wire.data + used + 1,
					   BEHIND - 1), 0);
	wire_take(&tickets, stage.to);
	wire_free(&tickets);
	assert_int_equal(seal_conn_attach(stage.to, stage.fds[1]), 0);
	expect_all_behind(&stage);
	close_stage(&stage);
}

static void prefill_out_of_order(void **state)
{
	struct stage stage;

	(void)state;
	open_stage(&stage, SEAL_SERVER);
	assert_int_equal(seal_conn_prefill(stage.to, "data", 4), SEAL_E_INVALID);
	assert_int_equal(deliver(&stage, 0, stage.flight), 0);
	assert_int_equal(seal_conn_prefill(stage.to, "data", 4), 0);
	assert_int_equal(seal_conn_attach(stage.to, stage.fds[1]), 0);
	assert_int_equal(seal_conn_prefill(stage.to, "data", 4), SEAL_E_INVALID);
	close_stage(&stage);
}

static void prefill_of_a_failed_connection(void **state)
{
	struct stage stage;

	(void)state;
	open_stage(&stage, SEAL_SERVER);
	stage.wire.data[0] = 0xff;
	assert_true(deliver(&stage, 0, stage.flight) < 0);
	assert_int_equal(seal_conn_prefill(stage.to, "data", 4), SEAL_E_INVALID);
	close_stage(&stage);
}

static void prefill_has_a_limit(void **state)
{
	static const uint8_t bytes[SEAL_PREFILL_MAX + 1];
	struct stage stage;

	(void)state;
	open_stage(&stage, SEAL_SERVER);
	assert_int_equal(deliver(&stage, 0, stage.flight + 1), 0);
	assert_int_equal(seal_conn_prefill(stage.to, bytes, SEAL_PREFILL_MAX),
			 SEAL_E_INVALID);
	assert_int_equal(seal_conn_prefill(stage.to, bytes, SIZE_MAX), SEAL_E_INVALID);
	assert_int_equal(seal_conn_prefill(stage.to, bytes, SEAL_PREFILL_MAX - 1), 0);
	assert_int_equal(seal_conn_prefill(stage.to, bytes, 1), SEAL_E_INVALID);
	assert_int_equal(seal_conn_attach(stage.to, stage.fds[1]), 0);
	assert_int_equal(kernel.prefill_len, SEAL_PREFILL_MAX);
	close_stage(&stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_flight_takes_one_reception),
		cmocka_unit_test(the_first_flight_takes_one_reception),
		cmocka_unit_test(no_more_is_held_than_one_reception),
		cmocka_unit_test(bytes_behind_the_servers_finished),
		cmocka_unit_test(bytes_behind_the_clients_finished),
		cmocka_unit_test(byte_by_byte),
		cmocka_unit_test(handover_is_in_order),
		cmocka_unit_test(refusals_of_the_kernel),
		cmocka_unit_test(old_module_without_bytes_behind),
		cmocka_unit_test(callers_bytes_are_kept_too),
		cmocka_unit_test(prefill_out_of_order),
		cmocka_unit_test(prefill_of_a_failed_connection),
		cmocka_unit_test(prefill_has_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
