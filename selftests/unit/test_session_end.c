// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Sessions enter, and connections that die in their handshakes; which sessions have
 * ended with them leaves, and which have not (RFC 8446 6).
 */
#include <string.h>

#include "unit.h"

#define FATAL	2

/* Two sessions of one connection, and a connection that offers the first of them */
struct stage {
	struct seal_session	*sessions[2];
	struct seal_conn	*client;
	struct puppet		puppet;
};

static void stage_open(struct stage *s)
{
	pair_sessions(common_client(), common_server(), s->sessions, 2);
	assert_int_equal(seal_conn_resume(common_client(), SERVER_NAME, s->sessions[0],
					  &s->client), 0);
	assert_int_equal(s->client->offers_len, 1);
	puppet_start(&s->puppet, s->client);
}

static void stage_close(struct stage *s)
{
	puppet_stop(&s->puppet);
	seal_conn_free(s->client);
	seal_session_free(s->sessions[0]);
	seal_session_free(s->sessions[1]);
}

static bool is_offered(const struct seal_session *session)
{
	struct seal_conn *client;
	bool offered;

	assert_int_equal(seal_conn_resume(common_client(), SERVER_NAME, session,
					  &client), 0);
	offered = client->offers_len;
	seal_conn_free(client);
	return offered;
}

static void expect_ended(const struct stage *s, bool ended)
{
	for (int i = 0; i < 2; i++) {
		assert_int_equal(!seal_session_lifetime(s->sessions[i]), ended);
		assert_int_equal(is_offered(s->sessions[i]), !ended);
	}
}

static int send_alert(struct stage *s, uint8_t level, uint8_t description)
{
	const uint8_t alert[] = { level, description };

	return puppet_send_plain(&s->puppet, SEAL_CONTENT_ALERT, alert, sizeof(alert));
}

/* ------------------------------------------------------------ what ends it */

/* RFC 8446 6: the level says nothing, and an unknown alert is an error too */
static void alert_received(void **state)
{
	static const uint8_t descriptions[] = { 10, 20, 40, 42, 47, 51, 80, 115, 255 };
	struct stage s;

	(void)state;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(descriptions); i++) {
		stage_open(&s);
		expect_ended(&s, false);
		assert_int_equal(send_alert(&s, i % 2 ? FATAL : 1, descriptions[i]),
				 SEAL_E_ALERT);
		expect_ended(&s, true);
		stage_close(&s);
	}
}

static void alert_sent(void **state)
{
	static const uint8_t none[] = { 0, 0 };
	struct stage s;
	int status;

	(void)state;
	stage_open(&s);
	status = puppet_send_message(&s.puppet, SEAL_MSG_ENCRYPTED_EXTENSIONS,
				     SPAN(none));
	expect_refusal(&s.puppet, status, SEAL_E_UNEXPECTED_MESSAGE);
	expect_ended(&s, true);
	stage_close(&s);
}

/* After the server has taken the session, too */
static void alert_of_a_resumed_handshake(void **state)
{
	struct flight flight = { 0 };
	struct puppet puppet;
	struct pair pair;
	struct stage s;

	(void)state;
	stage_open(&s);
	pair_resume(&pair, common_client(), common_server(), s.sessions[0]);
	pair_move(pair.client, pair.server);
	flight_take(&flight, pair.server);
	puppet_start(&puppet, pair.client);
	puppet_send(&puppet, SEAL_CONTENT_HANDSHAKE, flight.messages[0].data,
		    flight.messages[0].len);
	assert_int_equal(pair.client->psk.len, 32);
	expect_ended(&s, false);
	expect_refusal(&puppet, puppet_send_message(&puppet, SEAL_MSG_CERTIFICATE,
						    (struct seal_span){ 0 }),
		       SEAL_E_UNEXPECTED_MESSAGE);
	expect_ended(&s, true);
	puppet_stop(&puppet);
	flight_free(&flight);
	pair_close(&pair);
	stage_close(&s);
}

static struct seal_session *receive_ticket(const struct seal_resumption *res)
{
	static const uint8_t ticket[] = {
		4, 0, 0, 15, 0, 0, 2, 0, 1, 2, 3, 4, 0, 0, 2, 'h', 'i', 0, 0
	};
	struct seal_session *session;

	assert_int_equal(seal_resumption_ticket(res, ticket, sizeof(ticket), &session), 0);
	return session;
}

/* That is the application's to tell; what comes from it later has ended, too */
static void alert_after_the_handover(void **state)
{
	struct seal_session *session, *later;
	struct seal_resumption *res;
	struct stage s;
	struct pair pair;

	(void)state;
	stage_open(&s);
	pair_resume(&pair, common_client(), common_server(), s.sessions[0]);
	assert_int_equal(pair_serve(&pair), 0);
	assert_int_equal(seal_conn_resumption(pair.client, &res), 0);
	pair_close(&pair);
	session = receive_ticket(res);
	assert_true(is_offered(session));
	seal_resumption_end(res);
	later = receive_ticket(res);
	assert_false(is_offered(session));
	assert_false(is_offered(later));
	/* the one that it resumed was of another connection */
	expect_ended(&s, false);
	seal_session_free(session);
	seal_session_free(later);
	seal_resumption_free(res);
	stage_close(&s);
}

/* ------------------------------------------------------------- what does not */

/* RFC 8446 6.1: close_notify and user_canceled are no errors */
static void closure_alerts(void **state)
{
	struct stage s;

	(void)state;
	stage_open(&s);
	assert_int_equal(send_alert(&s, 1, 90), SEAL_WANT_READ);
	expect_ended(&s, false);
	assert_int_equal(send_alert(&s, FATAL, 0), SEAL_E_EOF);
	expect_ended(&s, false);
	stage_close(&s);
}

static void a_connection_that_is_cut(void **state)
{
	struct stage s;

	(void)state;
	stage_open(&s);
	assert_int_equal(seal_conn_set_error(s.client, SEAL_E_EOF), SEAL_E_EOF);
	expect_ended(&s, false);
	stage_close(&s);
	stage_open(&s);
	assert_int_equal(seal_conn_set_error(s.client, SEAL_E_SYSTEM), SEAL_E_SYSTEM);
	expect_ended(&s, false);
	stage_close(&s);
}

static void a_connection_that_did_not_offer_it(void **state)
{
	struct seal_conn *other;
	struct stage s;

	(void)state;
	stage_open(&s);
	assert_int_equal(seal_conn_resume(common_client(), "other.example",
					  s.sessions[0], &other), 0);
	assert_int_equal(other->offers_len, 0);
	assert_int_equal(seal_conn_set_error(other, SEAL_E_DECODE_ERROR),
			 SEAL_E_DECODE_ERROR);
	expect_ended(&s, false);
	seal_conn_free(other);
	stage_close(&s);
}

/* --------------------------------------------------------------- wherever it is */

/* The connection outlives what it was made of, and so may the sessions */
static void in_a_store(void **state)
{
	struct seal_store *store = seal_store_new(10);
	struct seal_session *taken, *other;
	struct stage s;

	(void)state;
	stage_open(&s);
	seal_store_put(store, s.sessions[1]);
	seal_store_put(store, s.sessions[0]);
	taken = seal_store_take(store, SERVER_NAME);
	assert_ptr_equal(taken, s.sessions[0]);
	seal_session_free(taken);
	assert_int_equal(send_alert(&s, FATAL, 40), SEAL_E_ALERT);
	other = seal_store_take(store, SERVER_NAME);
	assert_null(other);
	s.sessions[0] = NULL;
	s.sessions[1] = NULL;
	stage_close(&s);
	seal_store_free(store);
}

static void not_put_into_a_store(void **state)
{
	struct seal_store *store = seal_store_new(10);
	struct stage s;

	(void)state;
	stage_open(&s);
	assert_int_equal(send_alert(&s, FATAL, 40), SEAL_E_ALERT);
	seal_store_put(store, s.sessions[0]);
	s.sessions[0] = NULL;
	assert_null(seal_store_take(store, SERVER_NAME));
	stage_close(&s);
	seal_store_free(store);
}

/* What was imported has nothing in common with what it was exported from */
static void imported(void **state)
{
	struct seal_session *again;
	struct seal_conn *client;
	uint8_t bytes[4096];
	struct stage s;
	size_t len;

	(void)state;
	stage_open(&s);
	assert_int_equal(seal_session_export(s.sessions[0], bytes, sizeof(bytes), &len),
			 0);
	assert_int_equal(seal_session_import(bytes, len, &again), 0);
	assert_int_equal(seal_conn_resume(common_client(), SERVER_NAME, again,
					  &client), 0);
	assert_int_equal(seal_conn_set_error(client, SEAL_E_DECODE_ERROR),
			 SEAL_E_DECODE_ERROR);
	assert_false(is_offered(again));
	expect_ended(&s, false);
	seal_conn_free(client);
	seal_session_free(again);
	stage_close(&s);
}

/* ---------------------------------------------------------------- the server */

/* A handshake that fails gives no ticket: what it would have said is forgotten */
static void a_server_gives_nothing_that_fails(void **state)
{
	static const uint8_t wrong[32];
	struct scene scene;
	int status;

	(void)state;
	scene_open(&scene, SEAL_HS_WAIT_CLIENT_FINISHED);
	status = puppet_send_message(&scene.puppet, SEAL_MSG_FINISHED, SPAN(wrong));
	/* nothing but the alert */
	expect_refusal(&scene.puppet, status, SEAL_E_DECRYPT_ERROR);
	scene_close(&scene);
}

/*
 * It has no state to forget a ticket with, and must not: who has seen a ticket on the
 * wire could end the session of its owner.
 */
static void a_ticket_outlives_a_forged_binder(void **state)
{
	struct seal_session *sessions[2];
	struct puppet puppet;
	struct wire wire;
	struct pair pair;
	int status;

	(void)state;
	pair_sessions(common_client(), common_server(), sessions, 2);
	pair_resume(&pair, common_client(), common_server(), sessions[0]);
	wire_take(&wire, pair.client);
	wire.data[wire.len - 1] ^= 1;
	puppet_start(&puppet, pair.server);
	status = puppet_send_raw(&puppet, wire.data, wire.len);
	expect_refusal(&puppet, status, SEAL_E_DECRYPT_ERROR);
	puppet_stop(&puppet);
	wire_free(&wire);
	pair_close(&pair);
	assert_int_equal(pair_resumes(common_client(), common_server(), sessions[0]), 1);
	seal_session_free(sessions[0]);
	seal_session_free(sessions[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(alert_received),
		cmocka_unit_test(alert_sent),
		cmocka_unit_test(alert_of_a_resumed_handshake),
		cmocka_unit_test(alert_after_the_handover),
		cmocka_unit_test(closure_alerts),
		cmocka_unit_test(a_connection_that_is_cut),
		cmocka_unit_test(a_connection_that_did_not_offer_it),
		cmocka_unit_test(in_a_store),
		cmocka_unit_test(not_put_into_a_store),
		cmocka_unit_test(imported),
		cmocka_unit_test(a_server_gives_nothing_that_fails),
		cmocka_unit_test(a_ticket_outlives_a_forged_binder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
