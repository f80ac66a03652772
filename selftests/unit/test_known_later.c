// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Sessions enter, and applications that answer later what they think of the peer: a client
 * waits for that, a server has a full handshake to wait in.
 */
#include "unit.h"

static int later(struct seal_conn *conn, void *arg)
{
	(void)conn;
	++*(int *)arg;
	return SEAL_WANT_ANSWER;
}

static struct seal_config *client_with(int *calls)
{
	const struct identity *id = pki_client(SEAL_KEY_P256);
	struct seal_config *cfg = new_client_config();

	assert_int_equal(seal_config_set_certificate(cfg, id->chain, id->key), 0);
	if (calls)
		seal_config_set_verify(cfg, later, calls);
	return cfg;
}

static struct seal_config *server_with(int *calls, struct seal_ticket_keys *keys)
{
	struct seal_config *cfg = new_server_config(SEAL_KEY_P256);

	assert_int_equal(seal_config_set_ticket_keys(cfg, keys), 0);
	assert_int_equal(seal_config_set_tickets(cfg, 1, 0), 0);
	assert_int_equal(seal_config_set_ca_file(cfg, pki_ca()), 0);
	assert_int_equal(seal_config_set_client_auth(cfg, SEAL_CLIENT_AUTH_REQUIRED), 0);
	if (calls)
		seal_config_set_verify(cfg, later, calls);
	return cfg;
}

struct stage {
	struct seal_ticket_keys	*keys;
	struct seal_session	*session;
	struct seal_config	*client;
	struct seal_config	*server;
	struct pair		pair;
};

/* A handshake that would resume; those who are counted answer later */
static void stage_open(struct stage *s, int *at_client, int *at_server)
{
	struct seal_config *client = client_with(NULL), *server;

	s->keys = seal_ticket_keys_new();
	server = server_with(NULL, s->keys);
	pair_sessions(client, server, &s->session, 1);
	seal_config_unref(client);
	seal_config_unref(server);
	s->client = client_with(at_client);
	s->server = server_with(at_server, s->keys);
	pair_resume(&s->pair, s->client, s->server, s->session);
}

static void stage_close(struct stage *s)
{
	pair_close(&s->pair);
	seal_config_unref(s->client);
	seal_config_unref(s->server);
	seal_session_free(s->session);
	seal_ticket_keys_unref(s->keys);
}

static void a_client_waits(void **state)
{
	struct stage s;
	int calls = 0;

	(void)state;
	stage_open(&s, &calls, NULL);
	pair_move(s.pair.client, s.pair.server);
	assert_int_equal(pair_move(s.pair.server, s.pair.client), SEAL_WANT_ANSWER);
	assert_int_equal(seal_conn_question(s.pair.client), SEAL_ASKS_VERDICT);
	assert_int_equal(calls, 1);
	assert_int_equal(seal_conn_answer(s.pair.client, 0), 0);
	assert_int_equal(feed(s.pair.client, NULL, 0), 0);
	assert_int_equal(pair_serve(&s.pair), 0);
	expect_agreement(&s.pair);
	assert_int_equal(seal_conn_resumed(s.pair.client), 1);
	assert_int_equal(calls, 1);
	stage_close(&s);
}

static void a_client_that_says_no(void **state)
{
	struct stage s;
	int calls = 0;

	(void)state;
	stage_open(&s, &calls, NULL);
	pair_move(s.pair.client, s.pair.server);
	assert_int_equal(pair_move(s.pair.server, s.pair.client), SEAL_WANT_ANSWER);
	assert_int_equal(seal_conn_answer(s.pair.client, SEAL_E_ACCESS_DENIED), 0);
	assert_int_equal(feed(s.pair.client, NULL, 0), SEAL_E_ACCESS_DENIED);
	assert_int_equal(seal_session_lifetime(s.session), 0);
	stage_close(&s);
}

static void a_server_asks_for_the_certificate(void **state)
{
	struct stage s;
	int calls = 0;

	(void)state;
	stage_open(&s, NULL, &calls);
	pair_move(s.pair.client, s.pair.server);
	assert_int_equal(calls, 1);
	assert_int_equal(seal_conn_question(s.pair.server), SEAL_ASKS_NOTHING);
	pair_move(s.pair.server, s.pair.client);
	assert_int_equal(pair_move(s.pair.client, s.pair.server), SEAL_WANT_ANSWER);
	assert_int_equal(seal_conn_question(s.pair.server), SEAL_ASKS_VERDICT);
	assert_int_equal(calls, 2);
	assert_int_equal(seal_conn_answer(s.pair.server, 0), 0);
	assert_int_equal(feed(s.pair.server, NULL, 0), 0);
	expect_agreement(&s.pair);
	assert_int_equal(seal_conn_resumed(s.pair.server), 0);
	stage_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_client_waits),
		cmocka_unit_test(a_client_that_says_no),
		cmocka_unit_test(a_server_asks_for_the_certificate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
