// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Limits for the size of records enter, in configurations of both ends; records that keep
 * them leave, and what the kernel is told (RFC 6066 4, RFC 8449).
 *
 * The kernel of these tests is __wrap_setsockopt().
 */
#include <errno.h>
#include <string.h>

#include <linux/sockseal.h>

#include "unit.h"
#include "wrap.h"

#define NOT_A_SOCKET	99

/* ------------------------------------------------------------- the kernel */

static struct {
	int			error;		/* of SEAL_POLICY */
	unsigned int		policies;
	struct seal_policy	policy;
	bool			keys;
} kernel;

int __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	assert_int_equal(fd, NOT_A_SOCKET);
	if (level != SOL_SOCKSEAL)
		return 0;
	if (name == SEAL_KEYS)
		kernel.keys = true;
	if (name != SEAL_POLICY)
		return 0;
	/* or a record could be too long */
	assert_false(kernel.keys);
	assert_int_equal(len, sizeof(kernel.policy));
	memcpy(&kernel.policy, value, len);
	kernel.policies++;
	errno = kernel.error;
	return errno ? -1 : 0;
}

static int attach(struct seal_conn *conn)
{
	const int error = kernel.error;

	memset(&kernel, 0, sizeof(kernel));
	kernel.error = error;
	return seal_conn_attach(conn, NOT_A_SOCKET);
}

/* -------------------------------------------------------------- handshakes */

/* What both ends want, and what comes of it */
struct wish {
	size_t	fragment;	/* max_fragment_length of the client */
	size_t	client;		/* record_size_limit of either */
	size_t	server;
	size_t	agreed;		/* seal_conn_max_fragment_length() */
	size_t	server_sends;	/* seal_conn_record_size_limit(); 0: none */
	size_t	client_sends;
};

static const struct wish wishes[] = {
	{ 0, 0, 0, 0, 0, 0 },
	{ 512, 0, 0, 512, 513, 513 },
	{ 1024, 0, 0, 1024, 1025, 1025 },
	{ 2048, 0, 0, 2048, 2049, 2049 },
	{ 4096, 0, 0, 4096, 4097, 4097 },
	{ 512, 0, 100, 512, 513, 513 },
	{ 0, 64, 0, 0, 64, 16385 },
	{ 0, 64, 64, 0, 64, 64 },
	{ 0, 1000, 300, 0, 1000, 300 },
	{ 0, 16384, 16384, 0, 16384, 16384 },
	{ 0, 16385, 16385, 0, 16385, 16385 },
	/* RFC 8449 5: the older extension is ignored */
	{ 512, 700, 0, 0, 700, 16385 },
	/* nobody has asked the server */
	{ 0, 0, 100, 0, 0, 0 },
};

/* Both have certificates, so that both have long flights */
static void open_wish(struct pair *pair, const struct wish *wish)
{
	const struct identity *id = pki_client(SEAL_KEY_P256);
	struct seal_config *client = new_client_config();
	struct seal_config *server = new_server_config(SEAL_KEY_P256);

	assert_int_equal(seal_config_set_certificate(client, id->chain, id->key), 0);
	assert_int_equal(seal_config_set_ca_file(server, pki_ca()), 0);
	assert_int_equal(seal_config_set_client_auth(server,
						     SEAL_CLIENT_AUTH_REQUIRED), 0);
	/* pair_shake() would move them to a client that is done */
	assert_int_equal(seal_config_set_tickets(server, 0, 0), 0);
	assert_int_equal(seal_config_set_max_fragment_length(client, wish->fragment), 0);
	assert_int_equal(seal_config_set_record_size_limit(client, wish->client), 0);
	assert_int_equal(seal_config_set_record_size_limit(server, wish->server), 0);
	pair_open(pair, client, server);
	seal_config_unref(client);
	seal_config_unref(server);
}

/* The longest record, as its content, type and padding would be */
static size_t longest(const struct wire *wire)
{
	size_t most = 0, len;

	for (size_t at = 0; at < wire->len; at += SEAL_RECORD_HEADER + len) {
		size_t inner;

		len = wire->data[at + 3] << 8 | wire->data[at + 4];
		inner = wire->data[at] == SEAL_CONTENT_DATA ? len - SEAL_TAG_SIZE :
							      len + 1;
		if (inner > most)
			most = inner;
	}
	return most;
}

/* What is in a flight besides its longest record: ServerHello, headers and tags */
#define BESIDES		180

/* As long as it may be, or less if there was not that much to say */
static void expect_kept(const struct wire *wire, size_t limit)
{
	if (!limit)
		return;
	assert_in_range(longest(wire), 1, limit);
	if (wire->len > limit + BESIDES)
		assert_int_equal(longest(wire), limit);
}

/* The flight of @from, cut as its limit says */
static int move_kept(struct seal_conn *from, struct seal_conn *to, size_t limit)
{
	struct wire wire;
	int status;

	wire_take(&wire, from);
	expect_kept(&wire, limit);
	status = feed(to, wire.data, wire.len);
	wire_free(&wire);
	return status;
}

static void records_keep_limits(void **state)
{
	(void)state;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(wishes); i++) {
		const struct wish *wish = &wishes[i];
		struct pair pair;

		open_wish(&pair, wish);
		assert_int_equal(pair_move(pair.client, pair.server), SEAL_WANT_READ);
		assert_int_equal(move_kept(pair.server, pair.client,
					   wish->server_sends), 0);
		assert_int_equal(move_kept(pair.client, pair.server,
					   wish->client_sends), 0);
		expect_agreement(&pair);
		assert_int_equal(seal_conn_max_fragment_length(pair.client),
				 wish->agreed);
		assert_int_equal(seal_conn_max_fragment_length(pair.server),
				 wish->agreed);
		assert_int_equal(seal_conn_record_size_limit(pair.client),
				 wish->client_sends);
		assert_int_equal(seal_conn_record_size_limit(pair.server),
				 wish->server_sends);
		pair_close(&pair);
	}
}

static void nothing_is_told_before_the_end(void **state)
{
	struct pair pair;

	(void)state;
	open_wish(&pair, &wishes[1]);
	pair_move(pair.client, pair.server);
	assert_int_equal(seal_conn_max_fragment_length(pair.server), 0);
	assert_int_equal(seal_conn_record_size_limit(pair.server), 0);
	pair_close(&pair);
}

/* Both ClientHellos say it, and both answers keep it */
static void limits_and_a_retry(void **state)
{
	struct seal_config *client = new_client_config();
	struct pair pair;

	(void)state;
	assert_int_equal(seal_config_set_record_size_limit(client, 64), 0);
	pair_open(&pair, client, common_retry_server());
	pair_move(pair.client, pair.server);
	assert_int_equal(move_kept(pair.server, pair.client, 64), SEAL_WANT_READ);
	pair_move(pair.client, pair.server);
	assert_int_equal(move_kept(pair.server, pair.client, 64), 0);
	assert_int_equal(pair_move(pair.client, pair.server), 0);
	assert_int_equal(seal_conn_record_size_limit(pair.server), 64);
	pair_close(&pair);
	seal_config_unref(client);
}

static void tickets_keep_limits(void **state)
{
	struct seal_config *client = new_client_config();
	struct pair pair;
	struct wire wire;

	(void)state;
	assert_int_equal(seal_config_set_record_size_limit(client, 100), 0);
	pair_open(&pair, client, common_server());
	assert_int_equal(pair_shake(&pair), 0);
	wire_take(&wire, pair.server);
	/* pair_shake() has moved them, and the client left them */
	assert_int_equal(wire.len, 0);
	assert_true(seal_conn_sent(pair.server) > 2);
	wire_free(&wire);
	pair_close(&pair);
	seal_config_unref(client);
}

/* --------------------------------------------------------------- handover */

static void expect_handover(struct seal_conn *conn, size_t limit)
{
	const struct seal_policy expected = { .record_size = limit };

	assert_int_equal(attach(conn), 0);
	assert_true(kernel.keys);
	assert_int_equal(kernel.policies, limit && limit < 16385);
	if (kernel.policies)
		assert_memory_equal(&kernel.policy, &expected, sizeof(expected));
}

static void the_kernel_is_told(void **state)
{
	struct pair pair;

	(void)state;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(wishes); i++) {
		open_wish(&pair, &wishes[i]);
		assert_int_equal(pair_shake(&pair), 0);
		expect_handover(pair.client, wishes[i].client_sends);
		expect_handover(pair.server, wishes[i].server_sends);
		/* whoever sets a policy of his own may still ask */
		assert_int_equal(seal_conn_record_size_limit(pair.client),
				 wishes[i].client_sends);
		pair_close(&pair);
	}
}

static void refusals_of_the_kernel(void **state)
{
	static const struct { int module, error; } refusals[] = {
		{ ENOPROTOOPT, SEAL_E_OLD_MODULE }, { EINVAL, SEAL_E_SYSTEM },
	};
	struct pair pair;

	(void)state;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(refusals); i++) {
		open_wish(&pair, &wishes[1]);
		assert_int_equal(pair_shake(&pair), 0);
		kernel.error = refusals[i].module;
		assert_int_equal(attach(pair.client), refusals[i].error);
		assert_false(kernel.keys);
		kernel.error = 0;
		pair_close(&pair);
	}
}

/* ------------------------------------------------------ records in user space */

/* @from says more than a record holds; the other end gets it all, in records of @limit */
static void say_long(struct seal_conn *from, struct seal_conn *to, size_t limit)
{
	static uint8_t text[40000], got[40000];
	size_t used, len = 0;
	struct wire wire;

	memset(text, limit, sizeof(text));
	assert_int_equal(seal_conn_write(from, text, sizeof(text), &used), 0);
	assert_int_equal(used, sizeof(text));
	wire_take(&wire, from);
	assert_int_equal(longest(&wire), limit ? limit : 16385);
	for (size_t at = 0; at < wire.len; at += used) {
		size_t part;

		assert_true(seal_conn_feed(to, wire.data + at, wire.len - at, &used) >= 0);
		while (!seal_conn_read(to, got + len, sizeof(got) - len, &part) && part)
			len += part;
	}
	assert_int_equal(len, sizeof(text));
	assert_memory_equal(got, text, sizeof(text));
	wire_free(&wire);
}

static void records_in_user_space_keep_limits(void **state)
{
	struct pair pair;

	(void)state;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(wishes); i++) {
		open_wish(&pair, &wishes[i]);
		assert_int_equal(pair_shake(&pair), 0);
		assert_int_equal(seal_conn_stream(pair.client), 0);
		assert_int_equal(seal_conn_stream(pair.server), 0);
		for (int keys = 0; keys < 2; keys++) {
			say_long(pair.client, pair.server, wishes[i].client_sends);
			say_long(pair.server, pair.client, wishes[i].server_sends);
			/* and under the next key of either */
			assert_int_equal(seal_conn_update_key(pair.client, 0), 0);
			assert_int_equal(seal_conn_update_key(pair.server, 0), 0);
		}
		pair_close(&pair);
	}
}

/* ----------------------------------------------------------------- setters */

static void good_and_bad_settings(void **state)
{
	static const size_t fragments[] = { 0, 512, 1024, 2048, 4096 };
	static const size_t no_fragments[] = { 1, 256, 511, 513, 8192, 16384, SIZE_MAX };
	static const size_t limits[] = { 0, 64, 65, 16384, 16385 };
	static const size_t no_limits[] = { 1, 63, 16386, 65536 + 64, SIZE_MAX };
	struct seal_config *cfg = new_client_config();

	(void)state;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(fragments); i++)
		assert_int_equal(seal_config_set_max_fragment_length(cfg, fragments[i]),
				 0);
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(no_fragments); i++) {
		assert_int_equal(seal_config_set_max_fragment_length(cfg,
					no_fragments[i]), SEAL_E_INVALID);
		assert_non_null(strstr(seal_config_error(cfg), "512"));
	}
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(limits); i++)
		assert_int_equal(seal_config_set_record_size_limit(cfg, limits[i]), 0);
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(no_limits); i++) {
		assert_int_equal(seal_config_set_record_size_limit(cfg, no_limits[i]),
				 SEAL_E_INVALID);
		assert_non_null(strstr(seal_config_error(cfg), "64 to 16385"));
	}
	/* the last good ones are kept */
	assert_int_equal(cfg->max_fragment, 4096);
	assert_int_equal(cfg->size_limit, 16385);
	seal_config_unref(cfg);
}

static void settings_out_of_place(void **state)
{
	(void)state;
	assert_int_equal(seal_config_set_max_fragment_length(common_server(), 512),
			 SEAL_E_INVALID);
	/* it is in use */
	assert_int_equal(seal_config_set_record_size_limit(common_server(), 512),
			 SEAL_E_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_keep_limits),
		cmocka_unit_test(nothing_is_told_before_the_end),
		cmocka_unit_test(limits_and_a_retry),
		cmocka_unit_test(tickets_keep_limits),
		cmocka_unit_test(the_kernel_is_told),
		cmocka_unit_test(refusals_of_the_kernel),
		cmocka_unit_test(records_in_user_space_keep_limits),
		cmocka_unit_test(good_and_bad_settings),
		cmocka_unit_test(settings_out_of_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
