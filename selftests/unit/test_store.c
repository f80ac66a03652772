// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Sessions with several servers enter a store; each leaves once, the newest first, and
 * never for another server or when its time is over.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

/* A session with @name whose number is in its age_add */
static struct seal_session *make(const char *name, uint32_t number)
{
	struct seal_session *session = calloc(1, sizeof(*session));

	assert_non_null(session);
	session->suite = &seal_suites[0];
	session->received = seal_session_now();
	session->lifetime = 7200;
	session->age_add = number;
	strcpy(session->servername, name);
	return session;
}

/* The number of what is taken; 0: nothing */
static uint32_t take(struct seal_store *store, const char *name)
{
	struct seal_session *session = seal_store_take(store, name);
	uint32_t number = session ? session->age_add : 0;

	seal_session_free(session);
	return number;
}

static void newest_comes_first_and_once(void **state)
{
	struct seal_store *store = seal_store_new(10);

	(void)state;
	assert_int_equal(take(store, "a"), 0);
	for (uint32_t i = 1; i <= 3; i++)
		seal_store_put(store, make("a", i));
	seal_store_put(store, NULL);
	for (uint32_t i = 3; i >= 1; i--)
		assert_int_equal(take(store, "a"), i);
	assert_int_equal(take(store, "a"), 0);
	seal_store_free(store);
}

static void each_server_has_its_own(void **state)
{
	struct seal_store *store = seal_store_new(10);

	(void)state;
	seal_store_put(store, make("a.example", 1));
	seal_store_put(store, make("b.example", 2));
	seal_store_put(store, make("", 3));
	assert_int_equal(take(store, "c.example"), 0);
	assert_int_equal(take(store, "a.exampl"), 0);
	/* RFC 6066 3 */
	assert_int_equal(take(store, "A.Example."), 1);
	assert_int_equal(take(store, "a.example"), 0);
	assert_int_equal(take(store, NULL), 3);
	assert_int_equal(take(store, "b.example"), 2);
	seal_store_free(store);
}

static void oldest_make_room(void **state)
{
	struct seal_store *store = seal_store_new(3);

	(void)state;
	for (uint32_t i = 1; i <= 10; i++)
		seal_store_put(store, make("a", i));
	assert_int_equal(take(store, "a"), 10);
	assert_int_equal(take(store, "a"), 9);
	assert_int_equal(take(store, "a"), 8);
	assert_int_equal(take(store, "a"), 0);
	seal_store_free(store);
	assert_null(seal_store_new(0));
	seal_store_free(NULL);
}

static void what_is_over_is_thrown_away(void **state)
{
	struct seal_store *store = seal_store_new(2);
	struct seal_session *old = make("a", 2);

	(void)state;
	old->received -= 7200 * 1000;
	seal_store_put(store, make("a", 1));
	seal_store_put(store, old);
	/* and so makes room before what is good, though older */
	seal_store_put(store, make("b", 3));
	assert_int_equal(take(store, "a"), 1);
	assert_int_equal(take(store, "a"), 0);
	assert_int_equal(take(store, "b"), 3);
	seal_store_free(store);
}

#define THREADS		4
#define ROUNDS		1000

static void *put_and_take(void *arg)
{
	struct seal_store *store = arg;
	uintptr_t taken = 0;

	for (uint32_t i = 0; i < ROUNDS; i++) {
		seal_store_put(store, make("a", 1));
		taken += take(store, "a");
	}
	return (void *)taken;
}

static void threads_share_a_store(void **state)
{
	struct seal_store *store = seal_store_new(THREADS * ROUNDS);
	pthread_t threads[THREADS];
	uintptr_t taken = 0;
	void *result;

	(void)state;
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, put_and_take, store), 0);
	for (size_t i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], &result), 0);
		taken += (uintptr_t)result;
	}
	assert_int_equal(taken, THREADS * ROUNDS);
	assert_int_equal(take(store, "a"), 0);
	seal_store_free(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(newest_comes_first_and_once),
		cmocka_unit_test(each_server_has_its_own),
		cmocka_unit_test(oldest_make_room),
		cmocka_unit_test(what_is_over_is_thrown_away),
		cmocka_unit_test(threads_share_a_store),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
