// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * First flights with early data enter servers of ours more than once, late, or too many;
 * the early data is taken once, or not at all (RFC 8446 8).
 */
#include <string.h>

#include "early_pair.h"

/* ---------------------------------------------------------------- replays */

/* RFC 8446 8.2: the same first flight once more, as somebody on the way has seen it */
static void a_replay_is_not_read(void **state)
{
	struct seal_config *server = early_server(EARLY_MAX);
	struct seal_session *session = early_session(server);
	struct seal_conn *conns[3];
	struct wire wire;
	struct pair pair;
	char got[64];

	(void)state;
	early_begin(&pair, server, session);
	wire_take(&wire, pair.client);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(seal_conn_new(server, NULL, &conns[i]), 0);
		assert_int_equal(feed(conns[i], wire.data, wire.len), SEAL_WANT_READ);
		assert_int_equal(seal_conn_early(conns[i]), i ? SEAL_EARLY_NONE :
								SEAL_EARLY_ACCEPTED);
		assert_int_equal(seal_conn_read_early(conns[i], got, sizeof(got)),
				 i ? 0 : strlen(EARLY_TEXT));
		/* the handshake goes on, to where who has no PSK does not get */
		assert_int_equal(conns[i]->state, i ? SEAL_HS_WAIT_CLIENT_FINISHED :
						      SEAL_HS_WAIT_END_OF_EARLY_DATA);
		seal_conn_free(conns[i]);
	}
	wire_free(&wire);
	pair_close(&pair);
	/* the session is good for another ClientHello */
	assert_true(early_is_accepted(server, session));
	seal_session_free(session);
	seal_config_unref(server);
}

/* What its callback was asked, and says */
struct fleet {
	int	answer;
	int	calls;
	uint8_t	id[SEAL_REPLAY_ID_SIZE];
};

static int ask_fleet(const uint8_t *id, uint32_t window, void *arg)
{
	struct fleet *fleet = arg;

	assert_int_equal(window, 20000);
	fleet->calls++;
	memcpy(fleet->id, id, sizeof(fleet->id));
	return fleet->answer;
}

static void a_fleet_is_asked(void **state)
{
	static const int answers[] = { 1, 0, -1, 2 };
	struct fleet fleet = { 0 };
	struct seal_session *session;
	struct seal_config *server;
	uint8_t first[SEAL_REPLAY_ID_SIZE];

	(void)state;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(answers); i++) {
		server = early_server(EARLY_MAX);
		assert_int_equal(seal_config_set_replay_callback(server, ask_fleet, &fleet),
				 0);
		session = early_session(server);
		fleet = (struct fleet){ .answer = answers[i] };
		assert_int_equal(early_is_accepted(server, session), answers[i] == 1);
		assert_int_equal(fleet.calls, 1);
		memcpy(first, fleet.id, sizeof(first));
		assert_int_equal(early_is_accepted(server, session), answers[i] == 1);
		assert_memory_not_equal(first, fleet.id, sizeof(first));
		/* not about what is refused anyway */
		session->received -= 60000;
		assert_false(early_is_accepted(server, session));
		assert_int_equal(fleet.calls, 2);
		seal_session_free(session);
		seal_config_unref(server);
	}
}

static void a_full_register_lets_nobody_in(void **state)
{
	struct seal_config *server = early_server(EARLY_MAX);
	struct seal_session *session;

	(void)state;
	assert_int_equal(seal_config_set_replay(server, 3600000, 3), 0);
	session = early_session(server);
	for (int i = 0; i < 6; i++)
		assert_int_equal(early_is_accepted(server, session), i < 3);
	seal_session_free(session);
	seal_config_unref(server);
}

static void another_server_does_not_know(void **state)
{
	struct seal_config *old = early_server(EARLY_MAX), *server;
	struct seal_session *session = early_session(old);

	(void)state;
	/* the ticket is of the time before its register, by its clock */
	server = early_server(EARLY_MAX);
	seal_replay_free(server->early.replay);
	server->early.replay = seal_replay_new(10000, 10, seal_session_now() + 1);
	assert_false(early_is_accepted_by(server, session));
	assert_true(early_is_accepted_by(old, session));
	seal_session_free(session);
}

/* RFC 8446 8.3: the age is what the client says, give or take ten seconds */
static void age_is_checked(void **state)
{
	static const struct {
		int64_t	ms;
		bool	accepted;
	} rows[] = {
		{ 0, true }, { 9000, true }, { 11000, false }, { 3600000, false },
	};
	struct seal_config *server = early_server(EARLY_MAX);
	struct seal_session *session = early_session(server);

	(void)state;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(rows); i++) {
		session->received -= rows[i].ms;
		assert_int_equal(early_is_accepted(server, session), rows[i].accepted);
		session->received += rows[i].ms;
	}
	seal_session_free(session);
	seal_config_unref(server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_replay_is_not_read),
		cmocka_unit_test(a_fleet_is_asked),
		cmocka_unit_test(a_full_register_lets_nobody_in),
		cmocka_unit_test(another_server_does_not_know),
		cmocka_unit_test(age_is_checked),
	};

	return cmocka_run_group_tests(tests, open_ticket_keys, close_ticket_keys);
}
