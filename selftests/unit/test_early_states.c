// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A server that takes early data, and a client that has sent some, enter with peers that
 * break the rules of RFC 8446 4.2.10 and 4.5; refusals leave.
 */
#include <string.h>

#include "unit.h"

#define MAX	100
#define TEXT	"early"

static struct seal_ticket_keys *keys;
static struct seal_config *server;
static struct seal_session *session;

/* One that shares the keys of all servers here */
static struct seal_config *new_server(uint32_t max)
{
	static const char *const protocols[] = { PROTOCOL };
	struct seal_config *cfg = new_server_config(SEAL_KEY_P256);

	assert_int_equal(seal_config_set_ticket_keys(cfg, keys), 0);
	assert_int_equal(seal_config_set_tickets(cfg, 1, 0), 0);
	assert_int_equal(seal_config_set_alpn(cfg, protocols, 1), 0);
	assert_int_equal(seal_config_set_early_data(cfg, max), 0);
	return cfg;
}

struct stage {
	struct pair	pair;
	struct puppet	puppet;
};

/* A server that has accepted, whose peer is a puppet from now on */
static void open_server(struct stage *s)
{
	pair_resume(&s->pair, common_client(), server, session);
	assert_int_equal(seal_conn_write_early(s->pair.client, TEXT, strlen(TEXT)), 0);
	assert_int_equal(pair_move(s->pair.client, s->pair.server), SEAL_WANT_READ);
	assert_int_equal(s->pair.server->state, SEAL_HS_WAIT_END_OF_EARLY_DATA);
	puppet_start(&s->puppet, s->pair.server);
}

/* A client that has sent early data, likewise */
static void open_client(struct stage *s)
{
	pair_resume(&s->pair, common_client(), server, session);
	assert_int_equal(seal_conn_write_early(s->pair.client, TEXT, strlen(TEXT)), 0);
	puppet_start(&s->puppet, s->pair.client);
}

static void stage_close(struct stage *s)
{
	puppet_stop(&s->puppet);
	pair_close(&s->pair);
}

static void refuse(struct stage *s, int status, int error)
{
	char got[MAX];

	expect_refusal(&s->puppet, status, error);
	/* nobody gets what is left of a handshake that failed */
	assert_int_equal(seal_conn_read_early(s->pair.server, got, sizeof(got)), 0);
	stage_close(s);
}

/* ------------------------------------------------------------- the server */

/* RFC 8446 A.2: nothing but EndOfEarlyData, which is empty (4.5) */
static void every_message(void **state)
{
	struct stage s;

	(void)state;
	for (unsigned int type = 0; type < 256; type++) {
		open_server(&s);
		if (type == 5) {
			refuse(&s, puppet_send_message(&s.puppet, 5, (struct seal_span){
				(const uint8_t *)"", 1 }), SEAL_E_DECODE_ERROR);
			continue;
		}
		refuse(&s, puppet_send_message(&s.puppet, type, (struct seal_span){ 0 }),
		       SEAL_E_UNEXPECTED_MESSAGE);
	}
}

static void every_inner_type(void **state)
{
	struct stage s;
	int status;

	(void)state;
	for (unsigned int type = 0; type < 256; type++) {
		if (type >= SEAL_CONTENT_ALERT && type <= SEAL_CONTENT_DATA)
			continue;
		open_server(&s);
		status = puppet_send(&s.puppet, type, "\x01", 1);
		refuse(&s, status, SEAL_E_UNEXPECTED_MESSAGE);
	}
}

/* RFC 8446 5.1: a key change follows */
static void nothing_follows_the_end(void **state)
{
	static const uint8_t both[] = { 5, 0, 0, 0, 20 };
	struct stage s;

	(void)state;
	open_server(&s);
	refuse(&s, puppet_send(&s.puppet, SEAL_CONTENT_HANDSHAKE, both, sizeof(both)),
	       SEAL_E_UNEXPECTED_MESSAGE);
}

static void data_after_the_end(void **state)
{
	static const uint8_t end[] = { 5, 0, 0, 0 };
	struct stage s;
	int status;

	(void)state;
	open_server(&s);
	assert_int_equal(puppet_send(&s.puppet, SEAL_CONTENT_HANDSHAKE, end, 4),
			 SEAL_WANT_READ);
	assert_int_equal(s.pair.server->state, SEAL_HS_WAIT_CLIENT_FINISHED);
	/* its keys are gone */
	for (size_t i = 0; i < SEAL_HASH_MAX; i++)
		assert_int_equal(s.pair.server->early->secret[i], 0);
	status = puppet_send(&s.puppet, SEAL_CONTENT_DATA, TEXT, strlen(TEXT));
	refuse(&s, status, SEAL_E_UNEXPECTED_MESSAGE);
}

/* Under the early keys, when the handshake's are due */
static void the_end_comes_once(void **state)
{
	static const uint8_t end[] = { 5, 0, 0, 0 };
	struct stage s;

	(void)state;
	open_server(&s);
	assert_int_equal(puppet_send(&s.puppet, SEAL_CONTENT_HANDSHAKE, end, 4),
			 SEAL_WANT_READ);
	refuse(&s, puppet_send(&s.puppet, SEAL_CONTENT_HANDSHAKE, end, 4),
	       SEAL_E_UNEXPECTED_MESSAGE);
}

/* RFC 8446 5.1: no other record amid a message */
static void data_amid_a_message(void **state)
{
	static const uint8_t half[] = { 5, 0 };
	struct stage s;
	int status;

	(void)state;
	open_server(&s);
	assert_int_equal(puppet_send(&s.puppet, SEAL_CONTENT_HANDSHAKE, half, 2),
			 SEAL_WANT_READ);
	status = puppet_send(&s.puppet, SEAL_CONTENT_DATA, TEXT, strlen(TEXT));
	refuse(&s, status, SEAL_E_UNEXPECTED_MESSAGE);
}

/* RFC 8446 4.2.10: SHOULD terminate with unexpected_message */
static void too_much_data(void **state)
{
	static const uint8_t data[MAX + 1];
	size_t rest = MAX - strlen(TEXT);
	struct stage s;

	(void)state;
	open_server(&s);
	refuse(&s, puppet_send(&s.puppet, SEAL_CONTENT_DATA, data, rest + 1),
	       SEAL_E_UNEXPECTED_MESSAGE);
}

/* That it was read makes no room */
static void too_much_data_in_pieces(void **state)
{
	static const uint8_t data[MAX + 1];
	size_t rest = MAX - strlen(TEXT);
	struct stage s;
	char got[MAX];

	(void)state;
	open_server(&s);
	assert_int_equal(puppet_send(&s.puppet, SEAL_CONTENT_DATA, data, rest),
			 SEAL_WANT_READ);
	assert_int_equal(seal_conn_read_early(s.pair.server, got, MAX), MAX);
	refuse(&s, puppet_send(&s.puppet, SEAL_CONTENT_DATA, data, 1),
	       SEAL_E_UNEXPECTED_MESSAGE);
}

/* What was accepted is not skipped any more */
static void forged_data(void **state)
{
	static const uint8_t junk[100];
	struct stage s;

	(void)state;
	open_server(&s);
	refuse(&s, puppet_send_plain(&s.puppet, SEAL_CONTENT_DATA, junk, sizeof(junk)),
	       SEAL_E_BAD_RECORD_MAC);
}

static void an_alert_among_early_data(void **state)
{
	static const uint8_t alert[] = { 2, 40 };
	struct stage s;

	(void)state;
	open_server(&s);
	refuse(&s, puppet_send(&s.puppet, SEAL_CONTENT_ALERT, alert, sizeof(alert)),
	       SEAL_E_ALERT);
}

static void extension_with_a_body(void **state)
{
	static const uint8_t body[1];
	static struct forge forge;
	struct scene scene;
	struct hello hello;

	(void)state;
	scene_open(&scene, SEAL_HS_WAIT_CLIENT_HELLO);
	hello_of_client(&hello);
	hello_add(&hello, TYPE_EARLY_DATA, SPAN(body));
	forge_client_hello(&forge, &hello);
	expect_refusal(&scene.puppet, puppet_send_message(&scene.puppet,
							  SEAL_MSG_CLIENT_HELLO,
							  forge_span(&forge)),
		       SEAL_E_DECODE_ERROR);
	scene_close(&scene);
}

/* ------------------------------------------------------------- the client */

static const uint8_t accepted[] = { 0, 4, 0, 42, 0, 0 };

/* As far as EncryptedExtensions, of a server that has taken the session */
static int send_extensions(struct stage *s, struct seal_span body)
{
	struct flight flight = { 0 };
	int status;

	pair_move(s->pair.client, s->pair.server);
	flight_take(&flight, s->pair.server);
	status = puppet_send(&s->puppet, SEAL_CONTENT_HANDSHAKE, flight.messages[0].data,
			     flight.messages[0].len);
	assert_int_equal(status, SEAL_WANT_READ);
	flight_free(&flight);
	return puppet_send_message(&s->puppet, SEAL_MSG_ENCRYPTED_EXTENSIONS, body);
}

static const uint8_t h2[] = { 0, 13, 0, 42, 0, 0, 0, 16, 0, 5, 0, 3, 2, 'h', '2' };

static void the_server_accepts(void **state)
{
	struct stage s;

	(void)state;
	open_client(&s);
	assert_int_equal(send_extensions(&s, SPAN(h2)), SEAL_WANT_READ);
	assert_int_equal(seal_conn_early(s.pair.client), SEAL_EARLY_ACCEPTED);
	stage_close(&s);
}

/* RFC 8446 4.2.10: the protocol of the session */
static void accepted_for_another_protocol(void **state)
{
	struct stage s;

	(void)state;
	open_client(&s);
	/* that no protocol is another one, the client can only tell by the extension */
	assert_int_equal(send_extensions(&s, SPAN(accepted)), SEAL_E_ILLEGAL_PARAMETER);
	stage_close(&s);
}

static void accepted_with_a_body(void **state)
{
	static const uint8_t body[] = { 0, 5, 0, 42, 0, 1, 0 };
	struct stage s;

	(void)state;
	open_client(&s);
	assert_int_equal(send_extensions(&s, SPAN(body)), SEAL_E_DECODE_ERROR);
	stage_close(&s);
}

static void accepted_without_an_offer(void **state)
{
	struct stage s;

	(void)state;
	pair_resume(&s.pair, common_client(), server, session);
	puppet_start(&s.puppet, s.pair.client);
	assert_int_equal(send_extensions(&s, SPAN(h2)), SEAL_E_UNSUPPORTED_EXTENSION);
	stage_close(&s);
}

/* RFC 8446 4.2.10: MUST verify that it was the first PSK, and so that it was one */
static void accepted_without_the_session(void **state)
{
	struct stage s;

	(void)state;
	session->ticket.data[0] ^= 1;
	open_client(&s);
	assert_int_equal(send_extensions(&s, SPAN(h2)), SEAL_E_ILLEGAL_PARAMETER);
	stage_close(&s);
	session->ticket.data[0] ^= 1;
}

/* RFC 8446 4.2.10: and the suite of the session */
static void accepted_for_another_suite(void **state)
{
	static const uint16_t suite = 0x1303;
	struct seal_config *other = new_server(0);
	struct stage s;

	(void)state;
	assert_int_equal(seal_config_set_suites(other, &suite, 1), 0);
	pair_resume(&s.pair, common_client(), other, session);
	assert_int_equal(seal_conn_write_early(s.pair.client, TEXT, strlen(TEXT)), 0);
	puppet_start(&s.puppet, s.pair.client);
	assert_int_equal(send_extensions(&s, SPAN(h2)), SEAL_E_ILLEGAL_PARAMETER);
	assert_true(s.pair.client->psk.len);
	stage_close(&s);
	seal_config_unref(other);
}

static void accepted_with_the_second_psk(void **state)
{
	const struct seal_psk_key psk = { .len = 32, .hash = SEAL_SHA256 };
	static const char *const protocols[] = { PROTOCOL };
	struct seal_config *client = new_client_config(), *other = new_server(0);
	struct stage s;

	(void)state;
	assert_int_equal(seal_config_set_alpn(client, protocols, 1), 0);
	assert_int_equal(seal_config_add_psk(client, "known", 5, &psk), 0);
	assert_int_equal(seal_config_add_psk(other, "known", 5, &psk), 0);
	session->ticket.data[0] ^= 1;
	pair_resume(&s.pair, client, other, session);
	assert_int_equal(seal_conn_write_early(s.pair.client, TEXT, strlen(TEXT)), 0);
	puppet_start(&s.puppet, s.pair.client);
	assert_int_equal(send_extensions(&s, SPAN(h2)), SEAL_E_ILLEGAL_PARAMETER);
	assert_true(s.pair.client->psk.external);
	session->ticket.data[0] ^= 1;
	stage_close(&s);
	seal_config_unref(client);
	seal_config_unref(other);
}

static void writing_has_its_time(void **state)
{
	static const uint8_t data[MAX + 1];
	struct stage s;
	struct wire wire;
	char byte;

	(void)state;
	/* not without a session, and not at a server */
	pair_open(&s.pair, common_client(), server);
	assert_int_equal(seal_conn_write_early(s.pair.client, data, 1), SEAL_E_INVALID);
	assert_int_equal(seal_conn_write_early(s.pair.server, data, 1), SEAL_E_INVALID);
	pair_close(&s.pair);
	/* not when the ClientHello has begun to leave */
	pair_resume(&s.pair, common_client(), server, session);
	assert_int_equal(seal_conn_drain(s.pair.client, &byte, 1), 1);
	assert_int_equal(seal_conn_write_early(s.pair.client, data, 1), SEAL_E_INVALID);
	pair_close(&s.pair);
	pair_resume(&s.pair, common_client(), server, session);
	wire_take(&wire, s.pair.client);
	assert_int_equal(seal_conn_write_early(s.pair.client, data, 1), SEAL_E_INVALID);
	wire_free(&wire);
	pair_close(&s.pair);
	/* not more than the session allows, all together */
	pair_resume(&s.pair, common_client(), server, session);
	assert_int_equal(seal_conn_write_early(s.pair.client, data, MAX + 1),
			 SEAL_E_INVALID);
	assert_int_equal(seal_conn_early(s.pair.client), SEAL_EARLY_NONE);
	assert_int_equal(seal_conn_write_early(s.pair.client, data, 1), 0);
	assert_int_equal(seal_conn_write_early(s.pair.client, data, MAX), SEAL_E_INVALID);
	/* later is well, until the server has answered */
	assert_int_equal(pair_move(s.pair.client, s.pair.server), SEAL_WANT_READ);
	assert_int_equal(seal_conn_write_early(s.pair.client, data, MAX - 2), 0);
	assert_int_equal(pair_move(s.pair.client, s.pair.server), SEAL_WANT_READ);
	pair_move(s.pair.server, s.pair.client);
	assert_int_equal(seal_conn_write_early(s.pair.client, data, 1), SEAL_E_INVALID);
	assert_int_equal(s.pair.client->error, 0);
	assert_int_equal(pair_serve(&s.pair), 0);
	assert_int_equal(s.pair.server->early->used, MAX - 1);
	pair_close(&s.pair);
}

/* ------------------------------------------------------------- both sides */

static int says_no(struct seal_conn *conn, void *arg)
{
	const void *der;
	size_t len;

	assert_int_equal(seal_conn_peer_certificate(conn, 0, &der, &len), 0);
	++*(int *)arg;
	return SEAL_E_ACCESS_DENIED;
}

/* A client's application is asked before anything is said */
static void nothing_is_said_to_whom_the_application_refuses(void **state)
{
	static const char *const protocols[] = { PROTOCOL };
	struct seal_config *client = new_client_config();
	struct seal_conn *conn;
	int calls = 0;

	(void)state;
	assert_int_equal(seal_config_set_alpn(client, protocols, 1), 0);
	seal_config_set_verify(client, says_no, &calls);
	assert_int_equal(seal_conn_resume(client, SERVER_NAME, session, &conn), 0);
	assert_int_equal(seal_conn_write_early(conn, TEXT, 5), SEAL_E_INVALID);
	assert_int_equal(calls, 1);
	assert_int_equal(seal_conn_early(conn), SEAL_EARLY_NONE);
	assert_int_equal(conn->error, 0);
	assert_int_equal(conn->offers_len, 1);
	seal_conn_free(conn);
	seal_config_unref(client);
}

static int open_server_config(void **state)
{
	(void)state;
	keys = seal_ticket_keys_new();
	server = new_server(MAX);
	return 0;
}

static int close_server_config(void **state)
{
	(void)state;
	seal_ticket_keys_unref(keys);
	seal_config_unref(server);
	return 0;
}

/* Alerts end sessions: one for each test */
static int open_session(void **state)
{
	(void)state;
	pair_sessions(common_client(), server, &session, 1);
	/* and one for all refusals of a test */
	seal_bond_unref(session->bond);
	session->bond = NULL;
	return 0;
}

static int close_session(void **state)
{
	(void)state;
	seal_session_free(session);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_session, close_session)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_message),
		TEST(every_inner_type),
		TEST(nothing_follows_the_end),
		TEST(data_after_the_end),
		TEST(the_end_comes_once),
		TEST(data_amid_a_message),
		TEST(too_much_data),
		TEST(too_much_data_in_pieces),
		TEST(forged_data),
		TEST(an_alert_among_early_data),
		TEST(extension_with_a_body),
		TEST(the_server_accepts),
		TEST(accepted_for_another_protocol),
		TEST(accepted_with_a_body),
		TEST(accepted_without_an_offer),
		TEST(accepted_without_the_session),
		TEST(accepted_for_another_suite),
		TEST(accepted_with_the_second_psk),
		TEST(writing_has_its_time),
		TEST(nothing_is_said_to_whom_the_application_refuses),
	};

	return cmocka_run_group_tests(tests, open_server_config, close_server_config);
}
