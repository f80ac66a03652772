// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The n-th allocation fails, for every n of a handshake; an error leaves that says
 * so, and every byte that was allocated has been freed.  And what is held meanwhile.
 */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>

#include "unit.h"

/* Whose allocation is to fail */
enum owner { OWNER_LIBRARY, OWNER_LIBCRYPTO, OWNERS };

static struct {
	bool	armed;
	long	left[OWNERS];		/* until one fails; 0: none does */
	long	live[OWNERS];		/* allocated and not freed */
	long	bytes;			/* in them */
} memory;

/* Called for each allocation: is it the one? */
static bool fails(enum owner owner)
{
	return memory.armed && memory.left[owner] && !--memory.left[owner];
}

static void *resized(void *p, size_t size)
{
	long before = malloc_usable_size(p);
	void *new = __real_realloc(p, size);

	if (new)
		memory.bytes += (long)malloc_usable_size(new) - before;
	return new;
}

static void *counted(enum owner owner, void *p)
{
	memory.live[owner] += p ? 1 : 0;
	memory.bytes += malloc_usable_size(p);
	return p;
}

void *__wrap_malloc(size_t size)
{
	return fails(OWNER_LIBRARY) ? NULL :
	       counted(OWNER_LIBRARY, __real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
	return fails(OWNER_LIBRARY) ? NULL :
	       counted(OWNER_LIBRARY, __real_calloc(count, size));
}

void *__wrap_realloc(void *p, size_t size)
{
	if (!p)
		return __wrap_malloc(size);
	return fails(OWNER_LIBRARY) ? NULL : resized(p, size);
}

void __wrap_free(void *p)
{
	memory.live[OWNER_LIBRARY] -= p ? 1 : 0;
	memory.bytes -= malloc_usable_size(p);
	__real_free(p);
}

static void *crypto_malloc(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return fails(OWNER_LIBCRYPTO) ? NULL :
	       counted(OWNER_LIBCRYPTO, __real_malloc(size));
}

static void crypto_free(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	memory.live[OWNER_LIBCRYPTO] -= p ? 1 : 0;
	memory.bytes -= malloc_usable_size(p);
	__real_free(p);
}

static void *crypto_realloc(void *p, size_t size, const char *file, int line)
{
	if (!p)
		return crypto_malloc(size, file, line);
	return fails(OWNER_LIBCRYPTO) ? NULL : resized(p, size);
}

/* ---------------------------------------------------------- one attempt */

static int move(struct seal_conn *from, struct seal_conn *to)
{
	uint8_t wire[4096];
	size_t len = seal_conn_drain(from, wire, sizeof(wire));

	return feed(to, wire, len);
}

static int shake(struct seal_config *client, struct seal_config *server,
		 const struct seal_session *session)
{
	struct pair pair = { 0 };
	int err;

	err = seal_conn_resume(client, SERVER_NAME, session, &pair.client);
	if (!err && session && session->max_early_data)
		err = seal_conn_write_early(pair.client, "hello", 5);
	if (!err)
		err = seal_conn_new(server, NULL, &pair.server);
	if (!err)
		err = move(pair.client, pair.server);
	if (err >= 0 && pair.server)
		err = move(pair.server, pair.client);
	if (!err)
		err = move(pair.client, pair.server);
	pair_close(&pair);
	return err;
}

static int shake_alone(void)
{
	return shake(common_client(), common_server(), NULL);
}

static struct seal_session *session;	/* that common_server() knows */
static struct seal_session *early;	/* that taking_server() knows */

/* One that takes early data */
static struct seal_config *taking_server(void)
{
	static const char *const protocols[] = { PROTOCOL };
	static struct seal_config *cfg;

	if (!cfg) {
		cfg = new_server_config(SEAL_KEY_P256);
		assert_int_equal(seal_config_set_alpn(cfg, protocols, 1), 0);
		assert_int_equal(seal_config_set_early_data(cfg, 100), 0);
	}
	return cfg;
}

static int shake_again(void)
{
	return shake(common_client(), common_server(), session);
}

static int shake_early(void)
{
	return shake(common_client(), taking_server(), early);
}

/* A session as @server would have given it, and its ticket */
static int make_session(struct seal_config *server, struct seal_session **out)
{
	struct seal_session *made = calloc(1, sizeof(*made));
	struct seal_ticket_key key;

	assert_non_null(made);
	*out = made;
	made->suite = seal_suite_find(0x1301);
	made->received = seal_session_now();
	made->lifetime = 7200;
	made->max_early_data = server->early.max;
	strcpy(made->servername, SERVER_NAME);
	strcpy(made->alpn, PROTOCOL);
	assert_true(seal_ticket_keys_current(server->ticket_keys,
					     seal_session_now() / 1000, &key));
	if (seal_ticket_seal(server, &key, made, &made->ticket))
		return -1;
	made->proof.verified = true;
	made->proof.type = SEAL_CERT_TYPE_BIT(SEAL_CERTIFICATE_X509);
	made->proof.since = made->received;
	made->proof.until = UINT64_MAX;
	if (seal_verify_trust(common_client(), made->proof.trust))
		return -1;
	return seal_buf_append(&made->chain, "\0\0\1x", 4);
}

static int make_sessions(void **state)
{
	(void)state;
	return make_session(common_server(), &session) ||
	       make_session(taking_server(), &early) ? -1 : 0;
}

static int free_sessions(void **state)
{
	(void)state;
	seal_session_free(session);
	seal_session_free(early);
	seal_config_unref(taking_server());
	return 0;
}

static int load(struct seal_config *client, struct seal_config *server)
{
	const struct identity *id = pki_identity(SEAL_KEY_P256);
	int err;

	err = seal_config_set_ca_file(client, pki_ca());
	return err ? err : seal_config_set_certificate(server, id->chain, id->key);
}

/* With @shake_too a handshake follows */
static int configure(bool shake_too)
{
	struct seal_config *client = seal_config_new(SEAL_CLIENT);
	struct seal_config *server = seal_config_new(SEAL_SERVER);
	int err = SEAL_E_NOMEM;

	if (client && server)
		err = load(client, server);
	if (!err && shake_too)
		err = shake(client, server, NULL);
	seal_config_unref(client);
	seal_config_unref(server);
	return err;
}

static int load_alone(void)
{
	return configure(false);
}

static int load_and_shake(void)
{
	return configure(true);
}

/* ------------------------------------------------------------ every one */

struct trial {
	enum owner	owner;
	int		(*run)(void);
	long		stride;			/* 1: each allocation */
	bool		(*is_clean)(int err);
	long		kept[OWNERS];		/* blocks that may stay */
};

/* @n: which allocation is to fail; 0: none.  What was to fail and did not: left */
static int attempt(const struct trial *trial, long n)
{
	int err;

	memset(memory.left, 0, sizeof(memory.left));
	memory.left[trial->owner] = n;
	memory.armed = true;
	err = trial->run();
	memory.armed = false;
	ERR_clear_error();
	return err;
}

static void expect_all_freed(const struct trial *trial, const long live[OWNERS])
{
	for (int i = 0; i < OWNERS; i++)
		assert_in_range(memory.live[i], live[i], live[i] + trial->kept[i]);
}

static void fail_each(const struct trial *trial)
{
	long live[OWNERS], n;
	int err;

	/* what the tests and libcrypto make once and keep */
	for (int i = 0; i < 3; i++)
		assert_int_equal(attempt(trial, 0), 0);
	for (n = 1;; n += trial->stride) {
		memcpy(live, memory.live, sizeof(live));
		err = attempt(trial, n);
		if (memory.left[trial->owner])
			break;
		if (!trial->is_clean(err))
			fail_msg("allocation %ld: error %d", n, err);
		expect_all_freed(trial, live);
	}
	assert_int_equal(err, 0);
	assert_true(n > 10);
}

static bool is_no_memory(int err)
{
	return err == SEAL_E_NOMEM;
}

static void every_allocation_of_the_library(void **state)
{
	const struct trial trial = {
		OWNER_LIBRARY, load_and_shake, 1, is_no_memory, { 0, 0 }
	};

	(void)state;
	fail_each(&trial);
}

/* Or the tests that follow would prove nothing */
static void session_is_resumed(void **state)
{
	struct pair pair;

	(void)state;
	assert_int_equal(seal_conn_resume(common_client(), SERVER_NAME, session,
					  &pair.client), 0);
	assert_int_equal(seal_conn_new(common_server(), NULL, &pair.server), 0);
	assert_int_equal(pair_shake(&pair), 0);
	assert_int_equal(seal_conn_resumed(pair.server), 1);
	pair_close(&pair);
}

static void every_allocation_of_the_library_in_resumption(void **state)
{
	const struct trial trial = {
		OWNER_LIBRARY, shake_again, 1, is_no_memory, { 0, 0 }
	};

	(void)state;
	fail_each(&trial);
}

static void early_data_is_accepted(void **state)
{
	struct pair pair;

	(void)state;
	assert_int_equal(seal_conn_resume(common_client(), SERVER_NAME, early,
					  &pair.client), 0);
	assert_int_equal(seal_conn_write_early(pair.client, "hello", 5), 0);
	assert_int_equal(seal_conn_new(taking_server(), NULL, &pair.server), 0);
	assert_int_equal(pair_shake(&pair), 0);
	assert_int_equal(seal_conn_early(pair.client), SEAL_EARLY_ACCEPTED);
	pair_close(&pair);
}

static void every_allocation_of_the_library_with_early_data(void **state)
{
	const struct trial trial = {
		OWNER_LIBRARY, shake_early, 1, is_no_memory, { 0, 0 }
	};

	(void)state;
	fail_each(&trial);
}

/* Any verdict on a certificate */
static bool is_refusal(int err)
{
	return (err <= SEAL_E_BAD_CERTIFICATE && err >= SEAL_E_HOSTNAME) ||
	       err == SEAL_E_CERTIFICATE_UNKNOWN;
}

/*
 * libcrypto does without some of its memory, and does not say of all that it does
 * whether memory was short or the input wrong: a key, a signature, a certificate.
 */
static bool is_failure_or_success(int err)
{
	return err == 0 || err == SEAL_E_NOMEM || err == SEAL_E_CRYPTO ||
	       err == SEAL_E_FILE || err == SEAL_E_KEY_MISMATCH ||
	       err == SEAL_E_ILLEGAL_PARAMETER || err == SEAL_E_DECRYPT_ERROR ||
	       is_refusal(err);
}

/* libcrypto 3.0 itself loses some blocks, or keeps them for the next time */
#define KEPT_BY_LIBCRYPTO	100

#ifdef __SANITIZE_ADDRESS__
#define STRIDE	31
#else
#define STRIDE	1
#endif

static void allocations_of_libcrypto_while_loading(void **state)
{
	const struct trial trial = {
		OWNER_LIBCRYPTO, load_alone, STRIDE, is_failure_or_success,
		{ 0, KEPT_BY_LIBCRYPTO }
	};

	(void)state;
	fail_each(&trial);
}

static void allocations_of_libcrypto_in_the_handshake(void **state)
{
	const struct trial trial = {
		OWNER_LIBCRYPTO, shake_alone, STRIDE, is_failure_or_success,
		{ 0, 1 }
	};

	(void)state;
	fail_each(&trial);
}

/* Without memory to compare what was verified with, no session is offered */
static bool is_clean_with_early_data(int err)
{
	return is_failure_or_success(err) || err == SEAL_E_INVALID;
}

static void allocations_of_libcrypto_with_early_data(void **state)
{
	const struct trial trial = {
		OWNER_LIBCRYPTO, shake_early, STRIDE, is_clean_with_early_data,
		{ 0, 1 }
	};

	(void)state;
	fail_each(&trial);
}

static void allocations_of_libcrypto_in_resumption(void **state)
{
	const struct trial trial = {
		OWNER_LIBCRYPTO, shake_again, STRIDE, is_failure_or_success,
		{ 0, 1 }
	};

	(void)state;
	fail_each(&trial);
}

/* -------------------------------------------------------- what is held */

#define HELD_MAX	4096	/* bytes of a connection that waits for its peer */

/* What @conn holds once its flight is gone: @before is what there was without it */
static size_t take_flight(struct seal_conn *conn, uint8_t wire[4096], long before)
{
	size_t len = seal_conn_drain(conn, wire, 4096);

	assert_in_range(memory.bytes - before, 1, HELD_MAX);
	return len;
}

static void a_connection_that_waits_holds_little(void **state)
{
	struct pair pair = { 0 };
	uint8_t wire[4096];
	long start, before;
	size_t len;

	(void)state;
	/* what is made with the first connection of a configuration, and kept */
	assert_int_equal(shake_alone(), 0);
	ERR_clear_error();
	start = memory.bytes;
	assert_int_equal(seal_conn_new(common_client(), SERVER_NAME, &pair.client), 0);
	len = take_flight(pair.client, wire, start);
	before = memory.bytes;
	assert_int_equal(seal_conn_new(common_server(), NULL, &pair.server), 0);
	assert_int_equal(feed(pair.server, wire, len), SEAL_WANT_READ);
	len = take_flight(pair.server, wire, before);
	assert_int_equal(feed(pair.client, wire, len), 0);
	pair_close(&pair);
	assert_int_equal(memory.bytes, start);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_connection_that_waits_holds_little),
		cmocka_unit_test(every_allocation_of_the_library),
		cmocka_unit_test(allocations_of_libcrypto_while_loading),
		cmocka_unit_test(allocations_of_libcrypto_in_the_handshake),
		cmocka_unit_test(session_is_resumed),
		cmocka_unit_test(every_allocation_of_the_library_in_resumption),
		cmocka_unit_test(allocations_of_libcrypto_in_resumption),
		cmocka_unit_test(early_data_is_accepted),
		cmocka_unit_test(every_allocation_of_the_library_with_early_data),
		cmocka_unit_test(allocations_of_libcrypto_with_early_data),
	};

	if (!CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free))
		return 1;
	return cmocka_run_group_tests(tests, make_sessions, free_sessions);
}
