// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * ClientHellos and times enter the register against replays; each is new once, and never
 * when the register cannot know (RFC 8446 8.2, 8.3).
 */
#include <pthread.h>

#include "unit.h"

#define T	UINT64_C(1000000000000)	/* ms since 1970 */
#define W	10000			/* ms */

static struct seal_crypto crypto;

static bool is_new_of(struct seal_replay *replay, uint32_t number, uint64_t issued,
		      uint64_t now)
{
	const struct seal_span id = { (const uint8_t *)&number, sizeof(number) };

	return seal_replay_is_new(replay, &crypto, id, issued, now);
}

static bool is_new(struct seal_replay *replay, uint32_t number, uint64_t now)
{
	return is_new_of(replay, number, T, now);
}

static void each_is_new_once(void **state)
{
	struct seal_replay *replay = seal_replay_new(W, 1000, T);

	(void)state;
	for (uint32_t i = 0; i < 1000; i++)
		assert_true(is_new(replay, i, T));
	for (uint32_t i = 0; i < 1000; i++)
		assert_false(is_new(replay, i, T + 1));
	seal_replay_free(replay);
}

/* For twice the window at least: from before its time to after it */
static void each_is_remembered_as_long_as_it_passes(void **state)
{
	static const uint64_t steps[] = { 1, 999, 2 * W - 1, 2 * W };
	struct seal_replay *replay;

	(void)state;
	for (uint64_t at = T; at < T + 4 * W; at += 777)
		for (size_t i = 0; i < SEAL_ARRAY_SIZE(steps); i++) {
			replay = seal_replay_new(W, 10, T);
			assert_true(is_new(replay, 1, at));
			/* others come in between, and turn the generations */
			assert_true(is_new(replay, 2, at + steps[i] / 2));
			assert_false(is_new(replay, 1, at + steps[i]));
			assert_false(is_new(replay, 2, at + steps[i]));
			seal_replay_free(replay);
		}
}

static void none_is_remembered_for_ever(void **state)
{
	struct seal_replay *replay = seal_replay_new(W, 2, T);

	(void)state;
	for (uint64_t at = T; at < T + 1000 * W; at += 4 * W)
		assert_true(is_new(replay, 1, at));
	/* in each of two generations */
	for (uint64_t at = T + 1000 * W; at < T + 2000 * W; at += W)
		is_new(replay, at / W, at);
	assert_true(is_new(replay, 1, T + 3000 * W));
	seal_replay_free(replay);
}

/* When it is full nobody is let in, and nobody forgotten */
static void flood(void **state)
{
	struct seal_replay *replay;

	(void)state;
	for (size_t max = 1; max <= 100; max++) {
		replay = seal_replay_new(W, max, T);
		for (uint32_t i = 0; i < max; i++)
			assert_true(is_new(replay, i, T));
		for (uint32_t i = 0; i < 2 * max; i++)
			assert_false(is_new(replay, i, T));
		/* the next generation has room, and the old ones are known yet */
		assert_true(is_new(replay, 1000, T + 2 * W));
		assert_false(is_new(replay, 0, T + 2 * W));
		seal_replay_free(replay);
	}
}

static void clock_that_is_set_back(void **state)
{
	struct seal_replay *replay = seal_replay_new(W, 10, T);

	(void)state;
	assert_true(is_new(replay, 1, T + 5 * W));
	/* where the memory does not reach */
	assert_false(is_new(replay, 2, T + 4 * W));
	assert_false(is_new(replay, 3, T));
	assert_false(is_new_of(replay, 4, 0, 0));
	assert_false(is_new(replay, 1, T + 5 * W));
	assert_true(is_new(replay, 2, T + 5 * W));
	seal_replay_free(replay);
}

/* RFC 8446 8.2: what was seen before the register began is not known */
static void start(void **state)
{
	struct seal_replay *replay = seal_replay_new(W, 10, T);

	(void)state;
	assert_false(is_new_of(replay, 1, T - 1, T));
	assert_false(is_new_of(replay, 1, T - 1, T + 2 * W - 1));
	assert_false(is_new_of(replay, 1, T - 1, T - 1));
	/* but a ticket that is younger was not seen */
	assert_true(is_new_of(replay, 2, T, T));
	assert_true(is_new_of(replay, 1, T - 1, T + 2 * W));
	seal_replay_free(replay);
}

static void age_has_a_window(void **state)
{
	static const struct {
		int64_t		after;		/* ms since the ticket was sent */
		uint32_t	age;		/* as the client says */
		bool		fresh;
	} rows[] = {
		{ 0, 0, true }, { W, 0, true }, { W + 1, 0, false },
		{ 0, W, true }, { 0, W + 1, false },
		{ 60000, 60000 - W, true }, { 60000, 60000 - W - 1, false },
		{ 60000, 60000 + W, true }, { 60000, 60000 + W + 1, false },
		{ 604800000, 604800000, true }, { 604800000, 0, false },
		/* a clock that differs */
		{ -W, 0, true }, { -W - 1, 0, false }, { -W, 1, false },
		{ 0, UINT32_MAX, false }, { -1, UINT32_MAX, false },
	};

	(void)state;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(rows); i++)
		assert_int_equal(seal_replay_is_fresh(T, rows[i].age, T + rows[i].after, W),
				 rows[i].fresh);
}

/* ----------------------------------------------------------------- threads */

#define THREADS	8
#define COMMON	2000

static void *compete(void *arg)
{
	static __thread size_t won;

	won = 0;
	for (uint32_t i = 0; i < COMMON; i++)
		won += is_new(arg, i, T + i);
	return (void *)won;
}

static void threads_agree(void **state)
{
	struct seal_replay *replay = seal_replay_new(W, COMMON, T);
	pthread_t threads[THREADS];
	size_t sum = 0;
	void *won;

	(void)state;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, compete, replay), 0);
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], &won), 0);
		sum += (size_t)won;
	}
	assert_int_equal(sum, COMMON);
	seal_replay_free(replay);
}

static int open_crypto(void **state)
{
	(void)state;
	return seal_crypto_init(&crypto);
}

static int close_crypto(void **state)
{
	(void)state;
	seal_crypto_free(&crypto);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_is_new_once),
		cmocka_unit_test(each_is_remembered_as_long_as_it_passes),
		cmocka_unit_test(none_is_remembered_for_ever),
		cmocka_unit_test(flood),
		cmocka_unit_test(clock_that_is_set_back),
		cmocka_unit_test(start),
		cmocka_unit_test(age_has_a_window),
		cmocka_unit_test(threads_agree),
	};

	return cmocka_run_group_tests(tests, open_crypto, close_crypto);
}
