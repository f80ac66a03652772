// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Tickets enter, good ones and all kinds of bad ones, and sessions from a store;
 * what they hold leaves, or the right error, and no secret stays in memory.
 *
 * The kernel of these tests is __wrap_getsockopt() and __wrap_setsockopt().
 */
#include <errno.h>
#include <malloc.h>
#include <string.h>

#include <linux/sockseal.h>

#include "unit.h"
#include "wrap.h"

#define DAY		86400
#define NOT_A_SOCKET	99

/* ------------------------------------------------- kernel and allocator */

static struct {
	struct seal_span	message;	/* that waits */
	int			error;		/* or this */
} kernel;

static struct seal_span secret;		/* that must not be in freed memory */

int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
	assert_int_equal(fd, NOT_A_SOCKET);
	assert_int_equal(level, SOL_SOCKSEAL);
	assert_int_equal(name, SEAL_MESSAGE);
	assert_true(*len >= SEAL_MESSAGE_QUEUE_SIZE);
	errno = kernel.error;
	if (errno)
		return -1;
	memcpy(value, kernel.message.data, kernel.message.len);
	*len = kernel.message.len;
	return 0;
}

int __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	(void)level;
	(void)name;
	(void)value;
	(void)len;
	assert_int_equal(fd, NOT_A_SOCKET);
	return 0;
}

void __wrap_free(void *p)
{
	if (p && secret.len)
		assert_null(memmem(p, malloc_usable_size(p), secret.data, secret.len));
	__real_free(p);
}

/* -------------------------------------------------------------- tickets */

static struct seal_resumption *res;

/* Indices of the length fields of a ticket */
enum { FIELD_MESSAGE, FIELD_NONCE, FIELD_TICKET, FIELD_EXTENSIONS, FIELD_EXTENSION };

static const uint8_t ticket_bytes[] = "a ticket that says nothing";

/* As far as the extensions, which are open */
static void begin_ticket(struct forge *f, struct seal_span nonce, size_t len)
{
	forge_start(f);
	forge_number(f, SEAL_MSG_NEW_SESSION_TICKET, 1);
	forge_open(f, 3);
	forge_number(f, 7200, 4);
	forge_number(f, 0xfedcba98, 4);
	forge_vector(f, 1, nonce.data, nonce.len);
	forge_vector(f, 2, ticket_bytes, len);
	forge_open(f, 2);
}

static void end_ticket(struct forge *f)
{
	forge_close(f);
	forge_close(f);
}

static void add_early_data(struct forge *f, size_t width)
{
	forge_number(f, TYPE_EARLY_DATA, 2);
	forge_open(f, 2);
	forge_number(f, 0, width - 2);
	forge_number(f, 0x4000, 2);
	forge_close(f);
}

static void build_ticket(struct forge *f)
{
	static const uint8_t nonce[] = { 1, 2, 3 };

	begin_ticket(f, SPAN(nonce), sizeof(ticket_bytes));
	add_early_data(f, 4);
	end_ticket(f);
}

static int read_bytes(const uint8_t *data, size_t len, struct seal_session **session)
{
	return seal_resumption_ticket(res, guard_copy(data, len), len, session);
}

static int read_ticket(const struct forge *f, struct seal_session **session)
{
	return read_bytes(f->data, f->len, session);
}

static struct seal_session *good_session(void)
{
	struct seal_session *session;
	struct forge f;

	build_ticket(&f);
	assert_int_equal(read_ticket(&f, &session), 0);
	return session;
}

static void expect_refused(const struct forge *f, int error)
{
	struct seal_session *session = (void *)&session;

	assert_int_equal(read_ticket(f, &session), error);
	assert_null(session);
}

static void expect_accepted(const struct forge *f)
{
	struct seal_session *session;

	assert_int_equal(read_ticket(f, &session), 0);
	seal_session_free(session);
}

static void ticket_becomes_a_session(void **state)
{
	struct seal_session *session = good_session();

	(void)state;
	assert_int_equal(session->lifetime, 7200);
	assert_int_equal(session->age_add, 0xfedcba98);
	assert_int_equal(session->ticket.len, sizeof(ticket_bytes));
	assert_memory_equal(session->ticket.data, ticket_bytes, sizeof(ticket_bytes));
	assert_int_equal(seal_session_max_early_data(session), 0x4000);
	assert_int_equal(seal_session_suite(session), res->suite->id);
	assert_string_equal(seal_session_servername(session), SERVER_NAME);
	assert_string_equal(seal_session_alpn(session), PROTOCOL);
	assert_in_range(seal_session_lifetime(session), 7100, 7200);
	seal_session_free(session);
}

static void nonce_makes_the_secret(void **state)
{
	static uint8_t nonce[255];
	struct seal_session *a, *b, *none = good_session();
	struct forge f;

	(void)state;
	begin_ticket(&f, SPAN(nonce), 1);
	end_ticket(&f);
	assert_int_equal(read_ticket(&f, &a), 0);
	nonce[254] = 1;
	begin_ticket(&f, SPAN(nonce), 1);
	end_ticket(&f);
	assert_int_equal(read_ticket(&f, &b), 0);
	assert_memory_not_equal(a->psk, b->psk, 32);
	assert_memory_not_equal(a->psk, none->psk, 32);
	assert_int_equal(seal_session_max_early_data(a), 0);
	seal_session_free(a);
	seal_session_free(b);
	seal_session_free(none);
}

static void every_truncation_is_refused(void **state)
{
	struct seal_session *session;
	struct forge f;

	(void)state;
	build_ticket(&f);
	for (size_t len = 0; len < f.len; len++)
		assert_int_equal(read_bytes(f.data, len, &session), SEAL_E_DECODE_ERROR);
	/* the same with a header that says so */
	for (size_t len = 4; len < f.len; len++) {
		f.data[3] = len - 4;
		assert_int_equal(read_bytes(f.data, len, &session), SEAL_E_DECODE_ERROR);
	}
}

static void every_length_is_judged(void **state)
{
	static const int deltas[] = { -2, -1, 1, 2, 100 };
	struct forge f;

	(void)state;
	for (size_t field = FIELD_MESSAGE; field <= FIELD_EXTENSION; field++)
		for (size_t i = 0; i < SEAL_ARRAY_SIZE(deltas); i++) {
			build_ticket(&f);
			forge_adjust(&f, field, deltas[i]);
			expect_refused(&f, SEAL_E_DECODE_ERROR);
		}
}

static void empty_ticket_is_refused(void **state)
{
	static const struct seal_span no_nonce;
	struct forge f;

	(void)state;
	begin_ticket(&f, no_nonce, 0);
	end_ticket(&f);
	expect_refused(&f, SEAL_E_DECODE_ERROR);
	begin_ticket(&f, no_nonce, 1);
	end_ticket(&f);
	expect_accepted(&f);
}

static void another_message_is_told(void **state)
{
	struct forge f;

	(void)state;
	for (unsigned int type = 0; type < 256; type++) {
		build_ticket(&f);
		f.data[0] = type;
		if (type == SEAL_MSG_NEW_SESSION_TICKET)
			expect_accepted(&f);
		else
			expect_refused(&f, SEAL_E_UNEXPECTED_MESSAGE);
	}
}

/* ----------------------------------------------------------- extensions */

/* A ticket with these two extensions, both empty */
static void with_extensions(struct forge *f, uint16_t first, uint16_t second)
{
	static const struct seal_span no_nonce;

	begin_ticket(f, no_nonce, 1);
	forge_number(f, first, 2);
	forge_vector(f, 2, NULL, 0);
	forge_number(f, second, 2);
	forge_vector(f, 2, NULL, 0);
	end_ticket(f);
}

static void unknown_extensions_are_ignored(void **state)
{
	struct forge f;

	(void)state;
	with_extensions(&f, TYPE_UNKNOWN, 0xffff);
	expect_accepted(&f);
}

/* RFC 8446 4.2: there MUST NOT be more than one of the same type */
static void extensions_come_once(void **state)
{
	static const struct seal_span no_nonce;
	struct forge f;

	(void)state;
	with_extensions(&f, TYPE_UNKNOWN, TYPE_UNKNOWN);
	expect_refused(&f, SEAL_E_ILLEGAL_PARAMETER);
	begin_ticket(&f, no_nonce, 1);
	add_early_data(&f, 4);
	add_early_data(&f, 4);
	end_ticket(&f);
	expect_refused(&f, SEAL_E_ILLEGAL_PARAMETER);
}

static void extensions_of_other_messages_are_refused(void **state)
{
	static const uint16_t types[] = {
		TYPE_SERVER_NAME, TYPE_SUPPORTED_GROUPS, TYPE_SIGNATURE_ALGORITHMS,
		TYPE_ALPN, TYPE_PADDING, TYPE_PRE_SHARED_KEY, TYPE_SUPPORTED_VERSIONS,
		TYPE_COOKIE, TYPE_KEY_SHARE,
	};
	struct forge f;

	(void)state;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(types); i++) {
		with_extensions(&f, TYPE_UNKNOWN, types[i]);
		expect_refused(&f, SEAL_E_ILLEGAL_PARAMETER);
	}
}

static void early_data_has_four_bytes(void **state)
{
	static const struct seal_span no_nonce;
	struct forge f;

	(void)state;
	for (size_t width = 2; width < 6; width++) {
		begin_ticket(&f, no_nonce, 1);
		add_early_data(&f, width);
		end_ticket(&f);
		if (width == 4)
			expect_accepted(&f);
		else
			expect_refused(&f, SEAL_E_DECODE_ERROR);
	}
}

/* ----------------------------------------------------------- life times */

static void life_times(void **state)
{
	static const struct {
		uint32_t	lifetime;	/* s */
		int64_t		age;		/* ms */
		uint32_t	left;
	} rows[] = {
		{ 0, 0, 0 },
		{ 1, 0, 1 },
		{ 1, 999, 1 },
		{ 1, 1000, 0 },
		{ 7200, 1500, 7199 },
		{ 7200, 7199999, 1 },
		{ 7200, 7200000, 0 },
		{ 7200, 1LL << 60, 0 },
		{ 7200, -1, 0 },
		{ 7 * DAY, 0, 7 * DAY },
		/* RFC 8446 4.6.1: not longer than 7 days, whatever the server says */
		{ 7 * DAY + 1, 0, 7 * DAY },
		{ UINT32_MAX, 0, 7 * DAY },
		{ UINT32_MAX, 7LL * DAY * 1000 - 1, 1 },
		{ UINT32_MAX, 7LL * DAY * 1000, 0 },
	};
	struct seal_session *session = good_session();

	(void)state;
	session->received = 1000;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(rows); i++) {
		session->lifetime = rows[i].lifetime;
		assert_int_equal(seal_session_lifetime_at(session, 1000 + rows[i].age),
				 rows[i].left);
	}
	seal_session_free(session);
}

/* ------------------------------------------------------- export, import */

#define STORE_MAX	1024

struct store {
	uint8_t	data[STORE_MAX];
	size_t	len;
};

static void store(struct store *store, const struct seal_session *session)
{
	assert_int_equal(seal_session_export(session, store->data, STORE_MAX,
					     &store->len), 0);
}

static int import(const struct store *store, size_t len, struct seal_session **session)
{
	return seal_session_import(guard_copy(store->data, len), len, session);
}

static void store_keeps_a_session(void **state)
{
	struct seal_session *session = good_session(), *again;
	struct store first, second;

	(void)state;
	store(&first, session);
	assert_int_equal(import(&first, first.len, &again), 0);
	store(&second, again);
	assert_int_equal(first.len, second.len);
	assert_memory_equal(first.data, second.data, first.len);
	assert_ptr_equal(again->suite, session->suite);
	assert_memory_equal(again->psk, session->psk, SEAL_HASH_MAX);
	assert_true(again->received == session->received);
	assert_int_equal(again->lifetime, session->lifetime);
	assert_int_equal(again->age_add, session->age_add);
	assert_int_equal(again->max_early_data, session->max_early_data);
	assert_string_equal(again->servername, session->servername);
	assert_string_equal(again->alpn, session->alpn);
	assert_int_equal(again->ticket.len, session->ticket.len);
	assert_true(again->proof.verified);
	seal_session_free(again);
	seal_session_free(session);
}

static void export_says_how_long(void **state)
{
	struct seal_session *session = good_session();
	uint8_t out[STORE_MAX] = { 0 };
	struct store stored;
	size_t len = 0;

	(void)state;
	store(&stored, session);
	assert_int_equal(seal_session_export(session, NULL, 0, &len), 0);
	assert_int_equal(len, stored.len);
	assert_int_equal(seal_session_export(session, out, len - 1, &len),
			 SEAL_E_INVALID);
	assert_int_equal(len, stored.len);
	assert_int_equal(out[0], 0);
	assert_int_equal(seal_session_export(session, out, len, &len), 0);
	seal_session_free(session);
}

static void import_refuses(const struct store *stored, size_t len)
{
	struct seal_session *session = (void *)&session;

	assert_int_equal(import(stored, len, &session), SEAL_E_INVALID);
	assert_null(session);
}

static void import_refuses_what_is_damaged(void **state)
{
	struct seal_session *session = good_session();
	struct store good, bad;

	(void)state;
	store(&good, session);
	for (size_t len = 0; len < good.len; len++)
		import_refuses(&good, len);
	import_refuses(&good, good.len + 1);
	/* format, suite, and a zero in the name */
	for (size_t at = 0; at < 3; at++) {
		bad = good;
		bad.data[at] ^= 0x80;
		import_refuses(&bad, bad.len);
	}
	bad = good;
	*(uint8_t *)memmem(bad.data, bad.len, "example", 7) = 0;
	import_refuses(&bad, bad.len);
	seal_session_free(session);
}

/* Nothing but lengths, names and numbers can be wrong: the rest is as it was stored */
static void import_survives_every_change(void **state)
{
	struct seal_session *session = good_session(), *again;
	struct store good, bad;
	size_t end, step;

	(void)state;
	store(&good, session);
	end = good.len - 2 - session->ticket.len;
	for (size_t at = 0; at < good.len; at++) {
		/* certificates are not looked at, but for their length */
		step = at > end - session->chain.len + 3 && at < end ? 256 : 1;
		for (unsigned int value = 0; value < 256; value += step) {
			bad = good;
			bad.data[at] = value;
			if (!import(&bad, bad.len, &again))
				seal_session_free(again);
		}
	}
	seal_session_free(session);
}

/* ----------------------------------------------------- kernel, secrets */

static void kernels_queue_is_read(void **state)
{
	struct seal_session *session;
	struct forge f;

	(void)state;
	build_ticket(&f);
	kernel.message = forge_span(&f);
	assert_int_equal(seal_resumption_receive(res, NOT_A_SOCKET, &session), 0);
	assert_non_null(session);
	seal_session_free(session);

	kernel.error = EAGAIN;
	assert_int_equal(seal_resumption_receive(res, NOT_A_SOCKET, &session), 0);
	assert_null(session);
	kernel.error = ENOPROTOOPT;
	assert_int_equal(seal_resumption_receive(res, NOT_A_SOCKET, &session),
			 SEAL_E_SYSTEM);
	assert_int_equal(errno, ENOPROTOOPT);
	assert_null(session);
	kernel.error = 0;
}

static void only_clients_resume(void **state)
{
	struct seal_resumption *none = (void *)&none;
	struct pair pair;

	(void)state;
	pair_open(&pair, common_client(), common_server());
	assert_int_equal(seal_conn_resumption(pair.client, &none), SEAL_E_INVALID);
	assert_null(none);
	assert_int_equal(pair_shake(&pair), 0);
	assert_int_equal(seal_conn_resumption(pair.server, &none), SEAL_E_INVALID);
	seal_conn_set_error(pair.client, SEAL_E_EOF);
	assert_int_equal(seal_conn_resumption(pair.client, &none), SEAL_E_INVALID);
	pair_close(&pair);
	seal_resumption_free(NULL);
	seal_session_free(NULL);
}

static void resumption_outlives_the_handover(void **state)
{
	struct seal_resumption *before, *after;
	struct pair pair;

	(void)state;
	pair_open(&pair, common_client(), common_server());
	assert_int_equal(pair_shake(&pair), 0);
	assert_int_equal(seal_conn_resumption(pair.client, &before), 0);
	assert_int_equal(seal_conn_attach(pair.client, NOT_A_SOCKET), 0);
	assert_int_equal(seal_conn_resumption(pair.client, &after), 0);
	assert_memory_equal(before->secret, after->secret, SEAL_HASH_MAX);
	secret = (struct seal_span){ before->secret, 32 };
	pair_close(&pair);
	seal_resumption_free(after);
	secret.len = 0;
	seal_resumption_free(before);
}

/* Nothing that is freed on the way holds the PSK */
static void secrets_are_wiped(void **state)
{
	static uint8_t psk[32];
	struct seal_session *session = good_session(), *again;
	struct store stored;
	struct forge f;

	(void)state;
	memcpy(psk, session->psk, sizeof(psk));
	seal_session_free(session);
	secret = SPAN(psk);
	session = good_session();
	store(&stored, session);
	assert_int_equal(import(&stored, stored.len, &again), 0);
	import_refuses(&stored, stored.len - 1);
	seal_session_free(again);
	seal_session_free(session);
	build_ticket(&f);
	expect_accepted(&f);
	secret.len = 0;
}

static int open_resumption(void **state)
{
	struct pair pair;

	(void)state;
	pair_open(&pair, common_client(), common_server());
	assert_int_equal(pair_shake(&pair), 0);
	assert_int_equal(seal_conn_resumption(pair.client, &res), 0);
	pair_close(&pair);
	return 0;
}

static int close_resumption(void **state)
{
	(void)state;
	seal_resumption_free(res);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ticket_becomes_a_session),
		cmocka_unit_test(nonce_makes_the_secret),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(every_length_is_judged),
		cmocka_unit_test(empty_ticket_is_refused),
		cmocka_unit_test(another_message_is_told),
		cmocka_unit_test(unknown_extensions_are_ignored),
		cmocka_unit_test(extensions_come_once),
		cmocka_unit_test(extensions_of_other_messages_are_refused),
		cmocka_unit_test(early_data_has_four_bytes),
		cmocka_unit_test(life_times),
		cmocka_unit_test(store_keeps_a_session),
		cmocka_unit_test(export_says_how_long),
		cmocka_unit_test(import_refuses_what_is_damaged),
		cmocka_unit_test(import_survives_every_change),
		cmocka_unit_test(kernels_queue_is_read),
		cmocka_unit_test(only_clients_resume),
		cmocka_unit_test(resumption_outlives_the_handover),
		cmocka_unit_test(secrets_are_wiped),
	};

	return cmocka_run_group_tests(tests, open_resumption, close_resumption);
}
