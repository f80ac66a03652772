// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A client and a server of ours enter; sessions of the server's tickets leave, as the
 * client's kernel would have found them, and handshakes that resume them.
 */
#include "unit.h"

struct seal_ticket_keys *ticket_keys;

int open_ticket_keys(void **state)
{
	(void)state;
	ticket_keys = seal_ticket_keys_new();
	return ticket_keys ? 0 : -1;
}

int close_ticket_keys(void **state)
{
	(void)state;
	seal_ticket_keys_unref(ticket_keys);
	return 0;
}

void pair_resume(struct pair *pair, struct seal_config *client,
		 struct seal_config *server, const struct seal_session *session)
{
	assert_int_equal(seal_conn_resume(client, SERVER_NAME, session,
					  &pair->client), 0);
	assert_int_equal(seal_conn_new(server, NULL, &pair->server), 0);
}

int pair_serve(struct pair *pair)
{
	int server = SEAL_WANT_READ, client = SEAL_WANT_READ;

	while (server > 0 && client >= 0) {
		server = pair_move(pair->client, pair->server);
		if (server > 0)
			client = pair_move(pair->server, pair->client);
	}
	return client < 0 ? client : server;
}

static void read_sessions(struct pair *pair, struct seal_buf *messages,
			  struct seal_session **sessions, size_t count)
{
	struct seal_resumption *res;
	size_t size;

	assert_int_equal(seal_conn_resumption(pair->client, &res), 0);
	for (size_t i = 0; i < count; i++) {
		assert_true(messages->len > SEAL_MESSAGE_HEADER);
		size = SEAL_MESSAGE_HEADER + (messages->data[2] << 8 | messages->data[3]);
		assert_in_range(size, 0, messages->len);
		assert_int_equal(seal_resumption_ticket(res, messages->data, size,
							&sessions[i]), 0);
		seal_buf_consume(messages, size);
	}
	assert_int_equal(messages->len, 0);
	seal_resumption_free(res);
}

/* Behind the server's Finished, under the keys of the application data */
static void open_records(const struct seal_conn *client, struct wire *wire,
			 struct seal_buf *messages)
{
	struct seal_record in = { 0 };
	struct seal_fragment content;
	size_t size;

	record_key(&in, epoch_of(client, client->application.server), false);
	for (size_t at = 0; at < wire->len; at += size) {
		size = SEAL_RECORD_HEADER +
		       (wire->data[at + 3] << 8 | wire->data[at + 4]);
		assert_int_equal(seal_record_open(&in, wire->data + at, size,
						  &content), 0);
		assert_int_equal(content.type, SEAL_CONTENT_HANDSHAKE);
		assert_int_equal(seal_buf_append(messages, content.data, content.len), 0);
	}
	seal_record_free(&in);
}

void pair_tickets(struct pair *pair, struct seal_session **sessions, size_t count)
{
	struct seal_buf messages = { 0 };
	struct wire wire;

	wire_take(&wire, pair->server);
	open_records(pair->client, &wire, &messages);
	read_sessions(pair, &messages, sessions, count);
	seal_buf_free(&messages);
	wire_free(&wire);
}

void pair_sessions(struct seal_config *client, struct seal_config *server,
		   struct seal_session **sessions, size_t count)
{
	struct pair pair;

	pair_resume(&pair, client, server, NULL);
	assert_int_equal(pair_serve(&pair), 0);
	pair_tickets(&pair, sessions, count);
	pair_close(&pair);
}

int pair_resumes(struct seal_config *client, struct seal_config *server,
		 const struct seal_session *session)
{
	struct pair pair;
	int resumed;

	pair_resume(&pair, client, server, session);
	assert_int_equal(pair_serve(&pair), 0);
	expect_agreement(&pair);
	resumed = seal_conn_resumed(pair.server);
	assert_int_equal(seal_conn_resumed(pair.client), resumed);
	pair_close(&pair);
	return resumed;
}
