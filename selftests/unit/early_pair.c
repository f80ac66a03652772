// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Pairs whose client says something early enter; whether their server has taken it leaves.
 */
#include <string.h>

#include "early_pair.h"

struct seal_config *early_server(uint32_t max)
{
	static const char *const protocols[] = { PROTOCOL };
	struct seal_config *cfg = new_server_config(SEAL_KEY_P256);

	assert_int_equal(seal_config_set_ticket_keys(cfg, ticket_keys), 0);
	assert_int_equal(seal_config_set_tickets(cfg, 1, 0), 0);
	assert_int_equal(seal_config_set_alpn(cfg, protocols, 1), 0);
	assert_int_equal(seal_config_set_early_data(cfg, max), 0);
	return cfg;
}

struct seal_session *early_session(struct seal_config *server)
{
	struct seal_session *session;

	pair_sessions(common_client(), server, &session, 1);
	return session;
}

void early_begin(struct pair *pair, struct seal_config *server,
		 const struct seal_session *session)
{
	pair_resume(pair, common_client(), server, session);
	assert_int_equal(seal_conn_write_early(pair->client, EARLY_TEXT,
					       strlen(EARLY_TEXT)), 0);
	assert_int_equal(seal_conn_early(pair->client), SEAL_EARLY_OFFERED);
}

bool early_end(struct pair *pair)
{
	bool accepted;
	char got[64];

	assert_int_equal(pair_serve(pair), 0);
	expect_agreement(pair);
	accepted = seal_conn_early(pair->server) == SEAL_EARLY_ACCEPTED;
	assert_int_equal(seal_conn_early(pair->client), accepted ? SEAL_EARLY_ACCEPTED :
								   SEAL_EARLY_REFUSED);
	assert_int_equal(seal_conn_read_early(pair->server, got, sizeof(got)),
			 accepted ? strlen(EARLY_TEXT) : 0);
	if (accepted)
		assert_memory_equal(got, EARLY_TEXT, strlen(EARLY_TEXT));
	pair_close(pair);
	return accepted;
}

bool early_is_accepted(struct seal_config *server, const struct seal_session *session)
{
	struct pair pair;

	early_begin(&pair, server, session);
	return early_end(&pair);
}

bool early_is_accepted_by(struct seal_config *server, const struct seal_session *session)
{
	bool accepted = early_is_accepted(server, session);

	seal_config_unref(server);
	return accepted;
}
