// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Early data of clients that resume enters a server of ours; it leaves to the application
 * where RFC 8446 4.2.10 and 8 let it, and is skipped or refused elsewhere.
 */
#include <string.h>

#include "early_pair.h"

/* ---------------------------------------------------------------- accepted */

static void early_data_is_read_apart(void **state)
{
	struct seal_config *server = early_server(EARLY_MAX);
	struct seal_session *session = early_session(server);
	struct pair pair;
	char got[64];

	(void)state;
	assert_int_equal(seal_session_max_early_data(session), EARLY_MAX);
	early_begin(&pair, server, session);
	assert_int_equal(seal_conn_write_early(pair.client, "and more", 8), 0);
	assert_int_equal(pair_move(pair.client, pair.server), SEAL_WANT_READ);
	assert_int_equal(pair.server->state, SEAL_HS_WAIT_END_OF_EARLY_DATA);
	/* it is there before the handshake is complete */
	assert_int_equal(seal_conn_read_early(pair.server, got, 3), 3);
	assert_memory_equal(got, EARLY_TEXT, 3);
	assert_int_equal(seal_conn_read_early(pair.server, got, sizeof(got)),
			 strlen(EARLY_TEXT) - 3 + 8);
	assert_memory_equal(got, EARLY_TEXT "and more" + 3, strlen(EARLY_TEXT) - 3 + 8);
	assert_int_equal(seal_conn_read_early(pair.server, got, sizeof(got)), 0);
	assert_int_equal(pair_serve(&pair), 0);
	expect_agreement(&pair);
	assert_int_equal(seal_conn_early(pair.client), SEAL_EARLY_ACCEPTED);
	assert_int_equal(seal_conn_resumed(pair.server), 1);
	pair_close(&pair);
	seal_session_free(session);
	seal_config_unref(server);
}

/* RFC 8446 7.3: what the kernel gets has nothing to do with it */
static void handover_waits_for_the_reader(void **state)
{
	struct seal_config *server = early_server(EARLY_MAX);
	struct seal_session *session = early_session(server);
	struct pair pair;
	char got[64];

	(void)state;
	early_begin(&pair, server, session);
	assert_int_equal(pair_serve(&pair), 0);
	pair_move(pair.server, pair.client);
	assert_int_equal(seal_conn_attach(pair.server, -1), SEAL_E_INVALID);
	assert_int_equal(seal_conn_stream(pair.server), SEAL_E_INVALID);
	assert_int_equal(pair.server->error, 0);
	assert_int_equal(seal_conn_sent(pair.client), 0);
	assert_int_equal(seal_conn_read_early(pair.server, got, sizeof(got)), strlen(EARLY_TEXT));
	assert_int_not_equal(seal_conn_attach(pair.server, -1), SEAL_E_INVALID);
	pair_close(&pair);
	seal_session_free(session);
	seal_config_unref(server);
}

static void every_suite_and_size(void **state)
{
	static const uint16_t suites[] = { 0x1301, 0x1302, 0x1303 };
	static uint8_t data[EARLY_MAX], got[EARLY_MAX];
	struct seal_session *session;
	struct seal_config *server;
	struct pair pair;

	(void)state;
	for (size_t i = 0; i < EARLY_MAX; i++)
		data[i] = i * 7;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(suites); i++) {
		server = early_server(EARLY_MAX);
		assert_int_equal(seal_config_set_suites(server, &suites[i], 1), 0);
		session = early_session(server);
		for (size_t len = 0; len <= EARLY_MAX; len += len < 2 ? 1 : EARLY_MAX - 2) {
			pair_resume(&pair, common_client(), server, session);
			assert_int_equal(seal_conn_write_early(pair.client, data, len), 0);
			assert_int_equal(pair_serve(&pair), 0);
			expect_agreement(&pair);
			assert_int_equal(seal_conn_early(pair.client), SEAL_EARLY_ACCEPTED);
			assert_int_equal(seal_conn_read_early(pair.server, got, EARLY_MAX), len);
			assert_memory_equal(got, data, len);
			pair_close(&pair);
		}
		seal_session_free(session);
		seal_config_unref(server);
	}
}

static void both_ends_export_the_same(void **state)
{
	const struct seal_export_context none = { 0 };
	struct seal_config *server = early_server(EARLY_MAX);
	struct seal_session *session = early_session(server);
	uint8_t ours[64], theirs[64], later[64];
	struct pair pair;

	(void)state;
	early_begin(&pair, server, session);
	assert_int_equal(seal_conn_export_early(pair.server, "EXPERIMENTAL", none, ours, 64),
			 SEAL_E_INVALID);
	assert_int_equal(seal_conn_export_early(pair.client, "EXPERIMENTAL", none, ours, 64),
			 0);
	pair_move(pair.client, pair.server);
	assert_int_equal(seal_conn_export_early(pair.server, "EXPERIMENTAL", none, theirs,
						64), 0);
	assert_memory_equal(ours, theirs, 64);
	assert_int_equal(pair_serve(&pair), 0);
	assert_int_equal(seal_conn_export_early(pair.client, "EXPERIMENTAL", none, later,
						64), 0);
	assert_memory_equal(ours, later, 64);
	assert_int_equal(seal_conn_export(pair.client, "EXPERIMENTAL", none, later, 64), 0);
	assert_memory_not_equal(ours, later, 64);
	assert_int_equal(seal_conn_export_early(pair.client, "", none, later, 64),
			 SEAL_E_INVALID);
	pair_close(&pair);
	seal_session_free(session);
	seal_config_unref(server);
}

/* ------------------------------------------------------------ not accepted */

static void servers_that_take_none(void **state)
{
	struct seal_config *server = early_server(EARLY_MAX), *none = early_server(0);
	struct seal_config *less = early_server(EARLY_MAX - 1), *more = early_server(EARLY_MAX + 1);
	struct seal_session *session = early_session(server), *dry = early_session(none);
	struct pair pair;

	(void)state;
	assert_int_equal(seal_session_max_early_data(dry), 0);
	assert_false(early_is_accepted_by(none, session));
	/* a ticket that promises more than there is room for now */
	assert_false(early_is_accepted_by(less, session));
	assert_true(early_is_accepted_by(more, session));
	/* a ticket that promises nothing */
	dry->max_early_data = EARLY_MAX;
	assert_false(early_is_accepted(server, dry));
	/* and seal_accept(), where nobody would read it */
	early_begin(&pair, server, session);
	pair.server->unread = true;
	assert_false(early_end(&pair));
	seal_session_free(dry);
	seal_session_free(session);
	seal_config_unref(server);
}

static void another_suite(void **state)
{
	static const uint16_t first = 0x1301, second = 0x1303;
	struct seal_config *server = early_server(EARLY_MAX), *other = early_server(EARLY_MAX);
	struct seal_session *session;

	(void)state;
	assert_int_equal(seal_config_set_suites(server, &first, 1), 0);
	assert_int_equal(seal_config_set_suites(other, &second, 1), 0);
	session = early_session(server);
	assert_int_equal(pair_resumes(common_client(), other, session), 1);
	assert_false(early_is_accepted_by(other, session));
	assert_true(early_is_accepted_by(server, session));
	seal_session_free(session);
}

static void a_ticket_that_is_not_ours(void **state)
{
	struct seal_config *server = early_server(EARLY_MAX);
	struct seal_session *session = early_session(server);

	(void)state;
	session->ticket.data[0] ^= 1;
	assert_false(early_is_accepted(server, session));
	session->ticket.data[0] ^= 1;
	assert_true(early_is_accepted(server, session));
	seal_session_free(session);
	seal_config_unref(server);
}

/* RFC 8446 4.2.10: only with the first PSK that is offered */
static void not_with_the_second(void **state)
{
	const struct seal_psk_key psk = { .len = 32, .hash = SEAL_SHA256 };
	static const char *const protocols[] = { PROTOCOL };
	struct seal_config *server = early_server(EARLY_MAX), *client = new_client_config();
	struct seal_session *session = early_session(server);
	struct seal_offer first;
	struct pair pair;

	(void)state;
	assert_int_equal(seal_config_set_alpn(client, protocols, 1), 0);
	assert_int_equal(seal_config_add_psk(client, "unknown", 7, &psk), 0);
	pair_resume(&pair, client, server, session);
	assert_int_equal(seal_conn_write_early(pair.client, EARLY_TEXT, strlen(EARLY_TEXT)), 0);
	first = pair.client->offers[0];
	pair.client->offers[0] = pair.client->offers[1];
	pair.client->offers[1] = first;
	seal_record_free(&pair.client->out);
	assert_int_equal(seal_client_say_hello_anew(pair.client), 0);
	assert_int_equal(pair_serve(&pair), 0);
	assert_int_equal(seal_conn_resumed(pair.server), 1);
	assert_int_equal(seal_conn_early(pair.server), SEAL_EARLY_NONE);
	assert_int_equal(seal_conn_early(pair.client), SEAL_EARLY_REFUSED);
	pair_close(&pair);
	seal_config_unref(client);
	seal_session_free(session);
	seal_config_unref(server);
}

/* RFC 8446 4.2.10: it is skipped, and not repeated in the second flight */
static void not_after_a_retry(void **state)
{
	static const uint16_t p256 = 0x0017;
	struct seal_config *server = early_server(EARLY_MAX);
	struct seal_session *session;

	(void)state;
	assert_int_equal(seal_config_set_groups(server, &p256, 1), 0);
	session = early_session(server);
	assert_false(early_is_accepted(server, session));
	seal_session_free(session);
	seal_config_unref(server);
}

/* A server that remembers nothing skips what belongs to a ClientHello that it forgot */
static void not_after_a_retry_that_was_forgotten(void **state)
{
	static const uint16_t p256 = 0x0017;
	struct seal_config *server = early_server(EARLY_MAX);
	struct seal_session *session;
	struct wire wire;
	struct pair pair;
	size_t size;

	(void)state;
	assert_int_equal(seal_config_set_groups(server, &p256, 1), 0);
	assert_int_equal(seal_config_set_cookies(server, 1), 0);
	session = early_session(server);
	early_begin(&pair, server, session);
	wire_take(&wire, pair.client);
	size = SEAL_RECORD_HEADER + (wire.data[3] << 8 | wire.data[4]);
	assert_in_range(size, 0, wire.len - strlen(EARLY_TEXT));
	assert_int_equal(feed(pair.server, wire.data, size), SEAL_WANT_READ);
	pair_move(pair.server, pair.client);
	seal_conn_free(pair.server);
	assert_int_equal(seal_conn_new(server, NULL, &pair.server), 0);
	assert_int_equal(feed(pair.server, wire.data + size, wire.len - size),
			 SEAL_WANT_READ);
	assert_false(early_end(&pair));
	wire_free(&wire);
	seal_session_free(session);
	seal_config_unref(server);
}

/* What the certificate said of the client holds for its early data, too */
static void clients_that_are_known(void **state)
{
	struct seal_config *server = early_server(EARLY_MAX), *client = common_known_client();
	struct seal_session *session;
	struct pair pair;
	const void *der;
	size_t len;
	char got[64];

	(void)state;
	assert_int_equal(seal_config_set_alpn(server, NULL, 0), 0);
	assert_int_equal(seal_config_set_ca_file(server, pki_ca()), 0);
	assert_int_equal(seal_config_set_client_auth(server, SEAL_CLIENT_AUTH_REQUIRED), 0);
	pair_sessions(client, server, &session, 1);
	pair_resume(&pair, client, server, session);
	assert_int_equal(seal_conn_write_early(pair.client, EARLY_TEXT, strlen(EARLY_TEXT)), 0);
	assert_int_equal(pair_move(pair.client, pair.server), SEAL_WANT_READ);
	assert_int_equal(seal_conn_peer_certificate(pair.server, 0, &der, &len), 0);
	assert_int_equal(seal_conn_read_early(pair.server, got, sizeof(got)), strlen(EARLY_TEXT));
	assert_int_equal(pair_serve(&pair), 0);
	assert_int_equal(seal_conn_early(pair.client), SEAL_EARLY_ACCEPTED);
	pair_close(&pair);
	seal_session_free(session);
	seal_config_unref(server);
}

/* RFC 8446 4.1.2: the second ClientHello has to be without */
static void second_hello_with_early_data(void **state)
{
	static const uint16_t p256 = 0x0017;
	struct seal_config *server = early_server(EARLY_MAX);
	struct seal_session *session;
	struct puppet puppet;
	struct pair pair;
	struct wire wire;
	int status;

	(void)state;
	assert_int_equal(seal_config_set_groups(server, &p256, 1), 0);
	session = early_session(server);
	early_begin(&pair, server, session);
	pair_move(pair.client, pair.server);
	assert_int_equal(pair.server->state, SEAL_HS_WAIT_CLIENT_HELLO_2);
	pair_move(pair.server, pair.client);
	/* once more, as if nothing had been lost */
	wire_take(&wire, pair.client);
	wire_free(&wire);
	seal_buf_free(&pair.client->flight);
	pair.client->early->state = SEAL_EARLY_OFFERED;
	assert_int_equal(seal_client_write_hello(pair.client), 0);
	puppet_start(&puppet, pair.server);
	status = puppet_send_plain(&puppet, SEAL_CONTENT_HANDSHAKE,
				   pair.client->flight.data, pair.client->flight.len);
	expect_refusal(&puppet, status, SEAL_E_ILLEGAL_PARAMETER);
	puppet_stop(&puppet);
	pair_close(&pair);
	seal_session_free(session);
	seal_config_unref(server);
}

/* As much as the ticket allows is skipped, too, where it is not taken */
static void all_that_was_allowed_is_skipped(void **state)
{
	static uint8_t data[1048576];
	struct seal_config *server = early_server(sizeof(data));
	struct seal_session *session = early_session(server);
	struct pair pair;

	(void)state;
	pair_resume(&pair, common_client(), server, session);
	assert_int_equal(seal_conn_write_early(pair.client, data, sizeof(data)), 0);
	pair.server->unread = true;
	assert_int_equal(pair_serve(&pair), 0);
	assert_int_equal(seal_conn_early(pair.client), SEAL_EARLY_REFUSED);
	pair_close(&pair);
	seal_session_free(session);
	seal_config_unref(server);
}

static void settings_have_bounds(void **state)
{
	struct seal_config *client = seal_config_new(SEAL_CLIENT);
	struct seal_config *server = early_server(EARLY_MAX);

	(void)state;
	assert_int_equal(seal_config_set_early_data(client, 1), SEAL_E_INVALID);
	assert_int_equal(seal_config_set_replay(client, 1, 1), SEAL_E_INVALID);
	assert_int_equal(seal_config_set_replay_callback(client, NULL, NULL),
			 SEAL_E_INVALID);
	assert_int_equal(seal_config_set_early_data(server, 1048577), SEAL_E_INVALID);
	assert_int_equal(seal_config_set_early_data(server, 1048576), 0);
	assert_int_equal(seal_config_set_replay(server, 0, 1), SEAL_E_INVALID);
	assert_int_equal(seal_config_set_replay(server, 3600001, 1), SEAL_E_INVALID);
	assert_int_equal(seal_config_set_replay(server, 1, 0), SEAL_E_INVALID);
	assert_int_equal(seal_config_set_replay(server, 1, 1048577), SEAL_E_INVALID);
	assert_int_equal(seal_config_set_replay(server, 3600000, 1), 0);
	assert_non_null(server->early.replay);
	assert_int_equal(seal_config_set_early_data(server, 0), 0);
	assert_null(server->early.replay);
	seal_config_unref(client);
	seal_config_unref(server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(early_data_is_read_apart),
		cmocka_unit_test(handover_waits_for_the_reader),
		cmocka_unit_test(every_suite_and_size),
		cmocka_unit_test(both_ends_export_the_same),
		cmocka_unit_test(servers_that_take_none),
		cmocka_unit_test(another_suite),
		cmocka_unit_test(a_ticket_that_is_not_ours),
		cmocka_unit_test(not_with_the_second),
		cmocka_unit_test(not_after_a_retry),
		cmocka_unit_test(not_after_a_retry_that_was_forgotten),
		cmocka_unit_test(clients_that_are_known),
		cmocka_unit_test(second_hello_with_early_data),
		cmocka_unit_test(all_that_was_allowed_is_skipped),
		cmocka_unit_test(settings_have_bounds),
	};

	return cmocka_run_group_tests(tests, open_ticket_keys, close_ticket_keys);
}
