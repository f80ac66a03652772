// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Calls with wrong arguments and out of order enter; the documented error leaves,
 * and nothing has changed.
 */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>

#include "unit.h"

/* ------------------------------------------------------------- setters */

static void setters_of_the_other_side(void **state)
{
	struct seal_config *client = seal_config_new(SEAL_CLIENT);
	struct seal_config *server = seal_config_new(SEAL_SERVER);

	(void)state;
	assert_int_equal(seal_config_set_client_auth(client,
						     SEAL_CLIENT_AUTH_OPTIONAL),
			 SEAL_E_INVALID);
	assert_non_null(strstr(seal_config_error(client), "server"));
	assert_int_equal(client->client_auth, SEAL_CLIENT_AUTH_NONE);
	assert_int_equal(seal_config_send_authorities(server), SEAL_E_INVALID);
	assert_non_null(strstr(seal_config_error(server), "client"));
	assert_false(server->send_authorities);
	seal_config_unref(client);
	seal_config_unref(server);
}

static void expect_suites(const uint16_t *suites, size_t count, int expected)
{
	struct seal_config *cfg = seal_config_new(SEAL_CLIENT);
	const size_t before = cfg->suites_len;

	assert_int_equal(seal_config_set_suites(cfg, suites, count), expected);
	assert_int_equal(!!seal_config_error(cfg)[0], expected != 0);
	assert_int_equal(cfg->suites_len, expected ? before : count);
	seal_config_unref(cfg);
}

static void expect_groups(const uint16_t *groups, size_t count, int expected)
{
	struct seal_config *cfg = seal_config_new(SEAL_CLIENT);
	const size_t before = cfg->groups_len;

	assert_int_equal(seal_config_set_groups(cfg, groups, count), expected);
	assert_int_equal(!!seal_config_error(cfg)[0], expected != 0);
	assert_int_equal(cfg->groups_len, expected ? before : count);
	seal_config_unref(cfg);
}

static void lists_of_suites(void **state)
{
	static const uint16_t all[] = { 0x1304, 0x1303, 0x1301, 0x1302 };
	static const uint16_t twice[] = { 0x1301, 0x1301 };
	static const uint16_t unknown[] = { 0x1301, 0x1305 };
	static const uint16_t many[] = { 0x1301, 0x1302, 0x1303, 0x1304, 0x1301 };

	(void)state;
	expect_suites(all, 4, 0);
	expect_suites(all, 1, 0);
	expect_suites(all, 0, SEAL_E_INVALID);
	expect_suites(NULL, 0, SEAL_E_INVALID);
	expect_suites(twice, 2, SEAL_E_INVALID);
	expect_suites(unknown, 2, SEAL_E_INVALID);
	expect_suites(many, 5, SEAL_E_INVALID);
}

static void lists_of_groups(void **state)
{
	static const uint16_t all[] = { 0x0018, 0x0017, 0x001d };
	static const uint16_t twice[] = { 0x0017, 0x001d, 0x0017 };
	static const uint16_t unknown[] = { 0x0016 };
	static const uint16_t many[] = { 0x0018, 0x0017, 0x001d, 0x0018 };

	(void)state;
	expect_groups(all, 3, 0);
	expect_groups(all, 2, 0);
	expect_groups(NULL, 0, SEAL_E_INVALID);
	expect_groups(twice, 3, SEAL_E_INVALID);
	expect_groups(unknown, 1, SEAL_E_INVALID);
	expect_groups(many, 4, SEAL_E_INVALID);
}

static void lists_of_protocols(void **state)
{
	struct seal_config *cfg = seal_config_new(SEAL_CLIENT);
	static const char *many[300];
	static const char *const empty[] = { "h2", "" };
	const char *longest[1], *longer[1];
	char name[257];

	(void)state;
	memset(name, 'p', 256);
	name[256] = '\0';
	longer[0] = name;
	longest[0] = name + 1;
	assert_int_equal(seal_config_set_alpn(cfg, longest, 1), 0);
	assert_int_equal(seal_config_set_alpn(cfg, longer, 1), SEAL_E_INVALID);
	assert_int_equal(seal_config_set_alpn(cfg, empty, 2), SEAL_E_INVALID);
	assert_string_not_equal(seal_config_error(cfg), "");
	/* RFC 7301 3.1: the whole list has 65535 bytes at most */
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(many); i++)
		many[i] = name + 1;
	assert_int_equal(seal_config_set_alpn(cfg, many, 300), SEAL_E_INVALID);
	/* what failed left the last good list */
	assert_int_equal(cfg->alpn.len, 256);
	assert_int_equal(seal_config_set_alpn(cfg, NULL, 0), 0);
	assert_int_equal(cfg->alpn.len, 0);
	seal_config_unref(cfg);
}

static void nothing_changes_in_use(void **state)
{
	static const char *const protocols[] = { "h3" };
	static const uint16_t suite = 0x1303, group = 0x0018;
	struct seal_config *client = new_client_config();
	struct seal_config *server = new_server_config(SEAL_KEY_P256);
	const struct identity *id = pki_identity(SEAL_KEY_P384);
	struct pair pair;

	(void)state;
	pair_open(&pair, client, server);
	assert_int_equal(seal_config_set_ca_file(client, pki_other_ca()),
			 SEAL_E_INVALID);
	assert_non_null(strstr(seal_config_error(client), "in use"));
	assert_int_equal(seal_config_use_system_ca(client), SEAL_E_INVALID);
	assert_int_equal(seal_config_set_alpn(client, protocols, 1),
			 SEAL_E_INVALID);
	assert_int_equal(seal_config_set_suites(client, &suite, 1),
			 SEAL_E_INVALID);
	assert_int_equal(seal_config_set_groups(server, &group, 1),
			 SEAL_E_INVALID);
	assert_int_equal(seal_config_set_certificate(server, id->chain, id->key),
			 SEAL_E_INVALID);
	seal_config_set_insecure(client);
	assert_false(client->insecure);
	assert_int_equal(pair_shake(&pair), 0);
	assert_int_equal(seal_conn_suite(pair.client), 0x1301);
	pair_close(&pair);
	seal_config_unref(client);
	seal_config_unref(server);
}

static void null_is_released(void **state)
{
	(void)state;
	seal_config_unref(NULL);
	seal_conn_free(NULL);
}

static void a_configuration_lives_as_long_as_its_owners(void **state)
{
	struct seal_config *client = new_client_config();
	struct seal_config *server = new_server_config(SEAL_KEY_P256);
	struct pair pair;

	(void)state;
	assert_ptr_equal(seal_config_ref(client), client);
	pair_open(&pair, client, server);
	seal_config_unref(client);
	seal_config_unref(client);
	seal_config_unref(server);
	assert_int_equal(pair_shake(&pair), 0);
	pair_close(&pair);
}

/* --------------------------------------------------------- connections */

static void refuse_name(const char *name)
{
	struct seal_conn *conn = (void *)-1;

	assert_int_equal(seal_conn_new(common_client(), name, &conn),
			 SEAL_E_INVALID);
	assert_null(conn);
}

static void names_that_are_none(void **state)
{
	char name[256];

	(void)state;
	refuse_name(NULL);
	refuse_name("");
	refuse_name(".");
	refuse_name("a..b");
	refuse_name(".a");
	refuse_name("a b");
	refuse_name("a/b");
	refuse_name("*.example");
	refuse_name("host:443");
	refuse_name("[::1]");
	/* RFC 1035 2.3.4: labels of 63, names of 255 bytes on the wire */
	memset(name, 'a', sizeof(name));
	name[64] = '\0';
	refuse_name(name);
	for (size_t i = 63; i < sizeof(name); i += 64)
		name[i] = '.';
	name[64] = 'a';
	name[254] = '\0';
	refuse_name(name);
}

static void the_longest_name(void **state)
{
	struct seal_conn *conn;
	char name[254];

	(void)state;
	memset(name, 'a', sizeof(name));
	for (size_t i = 63; i < sizeof(name); i += 64)
		name[i] = '.';
	name[253] = '\0';
	assert_int_equal(seal_conn_new(common_client(), name, &conn), 0);
	assert_string_equal(seal_conn_servername(conn), name);
	seal_conn_free(conn);
}

static void servers_that_are_incomplete(void **state)
{
	struct seal_config *cfg = seal_config_new(SEAL_SERVER);
	struct seal_conn *conn;

	(void)state;
	assert_int_equal(seal_conn_new(cfg, NULL, &conn), SEAL_E_INVALID);
	seal_config_unref(cfg);
	assert_int_equal(seal_conn_new(common_server(), SERVER_NAME, &conn),
			 SEAL_E_INVALID);
}

static void the_blocking_calls_of_the_other_side(void **state)
{
	(void)state;
	assert_int_equal(seal_connect(-1, common_server(), NULL), SEAL_E_INVALID);
	assert_int_equal(seal_accept(-1, common_client()), SEAL_E_INVALID);
}

static void getters_before_the_end(void **state)
{
	struct scene scene;

	(void)state;
	scene_open(&scene, SEAL_HS_WAIT_SERVER_FINISHED);
	assert_int_equal(seal_conn_suite(scene.victim), 0);
	assert_int_equal(seal_conn_group(scene.victim), 0);
	assert_null(seal_conn_alpn(scene.victim));
	assert_int_equal(seal_conn_alert(scene.victim), -1);
	assert_string_equal(seal_conn_error(scene.victim), "");
	assert_string_equal(seal_conn_servername(scene.victim), SERVER_NAME);
	scene_close(&scene);
}

/* ------------------------------------------------------------ handover */

static void attach_before_the_end(void **state)
{
	struct scene scene;
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	scene_open(&scene, SEAL_HS_WAIT_SERVER_FINISHED);
	assert_int_equal(seal_conn_attach(scene.victim, fds[0]), SEAL_E_INVALID);
	scene_close(&scene);
	/* complete, but the Finished has not left yet */
	scene_open(&scene, SEAL_HS_DONE);
	assert_int_equal(seal_conn_attach(scene.victim, fds[0]), SEAL_E_INVALID);
	scene_close(&scene);
	close(fds[0]);
	close(fds[1]);
}

/* The handover to what is no TCP socket fails, and the secrets are gone */
static void attach_to_another_socket(void **state)
{
	static const struct seal_secrets none;
	struct pair pair;
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	pair_open(&pair, common_client(), common_server());
	assert_int_equal(pair_shake(&pair), 0);
	assert_int_equal(seal_conn_attach(pair.client, fds[0]), SEAL_E_SYSTEM);
	assert_non_null(strstr(seal_conn_error(pair.client), "handover"));
	assert_memory_equal(&pair.client->application, &none, sizeof(none));
	assert_int_equal(seal_conn_attach(pair.server, -1), SEAL_E_SYSTEM);
	assert_non_null(strstr(seal_conn_error(pair.server),
			       "Bad file descriptor"));
	pair_close(&pair);
	close(fds[0]);
	close(fds[1]);
}

/* --------------------------------------------------------------- texts */

static void every_error_has_a_text(void **state)
{
	(void)state;
	for (int error = SEAL_E_CERTIFICATE_UNKNOWN; error < 0; error++) {
		if (error < SEAL_E_ALERT && error > SEAL_E_UNEXPECTED_MESSAGE)
			continue;
		assert_string_not_equal(seal_strerror(error), "unknown error");
		assert_null(strchr(seal_strerror(error), '\n'));
		for (int other = error + 1; other <= 0; other++)
			assert_string_not_equal(seal_strerror(error),
						seal_strerror(other));
	}
	assert_string_equal(seal_strerror(-1000), "unknown error");
}

static void names_of_algorithms(void **state)
{
	(void)state;
	assert_string_equal(seal_suite_name(0x1301), "TLS_AES_128_GCM_SHA256");
	assert_string_equal(seal_suite_name(0x1302), "TLS_AES_256_GCM_SHA384");
	assert_string_equal(seal_suite_name(0x1303),
			    "TLS_CHACHA20_POLY1305_SHA256");
	assert_null(seal_suite_name(0x1305));
	assert_string_equal(seal_group_name(0x001d), "x25519");
	assert_string_equal(seal_group_name(0x0017), "secp256r1");
	assert_string_equal(seal_group_name(0x0018), "secp384r1");
	assert_null(seal_group_name(0));
}

/* The queue of libcrypto's errors belongs to the application */
static void expect_own_error_alone(void)
{
	assert_int_equal(ERR_GET_REASON(ERR_peek_error()), 42);
	assert_int_equal(ERR_GET_REASON(ERR_peek_last_error()), 42);
}

static void the_error_queue_is_left_alone(void **state)
{
	const struct identity *id = pki_identity(SEAL_KEY_P256);
	struct seal_config *cfg = seal_config_new(SEAL_SERVER);
	struct scene scene;

	(void)state;
	scene_open(&scene, SEAL_HS_WAIT_CERTIFICATE_OR_REQUEST);
	ERR_clear_error();
	ERR_raise(ERR_LIB_USER, 42);
	assert_int_equal(seal_config_set_certificate(cfg, id->key, id->key),
			 SEAL_E_FILE);
	expect_own_error_alone();
	/* a certificate of one byte that is none */
	assert_int_equal(puppet_send(&scene.puppet, SEAL_CONTENT_HANDSHAKE,
				     "\x0b\0\0\x0a\0\0\0\6\0\0\1\xff\0\0", 14),
			 SEAL_E_BAD_CERTIFICATE);
	expect_own_error_alone();
	ERR_clear_error();
	scene_close(&scene);
	seal_config_unref(cfg);
}

/* -------------------------------------------------------------- key log */

#define LINES_MAX	16

struct lines {
	char	text[LINES_MAX][256];
	size_t	count;
};

static void keep_line(const char *line, void *arg)
{
	struct lines *lines = arg;

	assert_true(lines->count < LINES_MAX && strlen(line) < 256);
	memcpy(lines->text[lines->count++], line, strlen(line) + 1);
}

/* Label, client random, secret: NSS key log format */
static void expect_line(const struct lines *lines, const char *label,
			const struct seal_conn *conn, const uint8_t *secret)
{
	const size_t len = strlen(label);
	char random[2 * SEAL_RANDOM_SIZE + 1];
	const char *text;

	for (size_t i = 0; i < lines->count; i++) {
		text = lines->text[i];
		if (strncmp(text, label, len) || text[len] != ' ')
			continue;
		assert_int_equal(strlen(text), len + 1 + 64 + 1 + 64);
		memcpy(random, text + len + 1, 64);
		random[64] = '\0';
		expect_hex(conn->random, random);
		assert_int_equal(text[len + 1 + 64], ' ');
		expect_hex(secret, text + len + 1 + 64 + 1);
		return;
	}
	fail_msg("no line %s", label);
}

static void both_sides_log_the_same_secrets(void **state)
{
	struct seal_config *client = new_client_config();
	struct seal_config *server = new_server_config(SEAL_KEY_P256);
	static struct lines ours, theirs;
	struct pair pair;

	(void)state;
	seal_config_set_keylog(client, keep_line, &ours);
	seal_config_set_keylog(server, keep_line, &theirs);
	pair_open(&pair, client, server);
	assert_int_equal(pair_shake(&pair), 0);
	expect_line(&ours, "CLIENT_TRAFFIC_SECRET_0", pair.client,
		    pair.client->application.client);
	expect_line(&ours, "SERVER_TRAFFIC_SECRET_0", pair.client,
		    pair.client->application.server);
	expect_line(&ours, "CLIENT_HANDSHAKE_TRAFFIC_SECRET", pair.client,
		    pair.client->handshake.client);
	expect_line(&ours, "SERVER_HANDSHAKE_TRAFFIC_SECRET", pair.client,
		    pair.client->handshake.server);
	assert_int_equal(ours.count, 5);
	assert_int_equal(theirs.count, 5);
	for (size_t i = 0; i < ours.count; i++)
		assert_string_equal(ours.text[i], theirs.text[i]);
	pair_close(&pair);
	seal_config_unref(client);
	seal_config_unref(server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(setters_of_the_other_side),
		cmocka_unit_test(lists_of_suites),
		cmocka_unit_test(lists_of_groups),
		cmocka_unit_test(lists_of_protocols),
		cmocka_unit_test(nothing_changes_in_use),
		cmocka_unit_test(null_is_released),
		cmocka_unit_test(a_configuration_lives_as_long_as_its_owners),
		cmocka_unit_test(names_that_are_none),
		cmocka_unit_test(the_longest_name),
		cmocka_unit_test(servers_that_are_incomplete),
		cmocka_unit_test(the_blocking_calls_of_the_other_side),
		cmocka_unit_test(getters_before_the_end),
		cmocka_unit_test(attach_before_the_end),
		cmocka_unit_test(attach_to_another_socket),
		cmocka_unit_test(every_error_has_a_text),
		cmocka_unit_test(names_of_algorithms),
		cmocka_unit_test(the_error_queue_is_left_alone),
		cmocka_unit_test(both_sides_log_the_same_secrets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
