// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Questions to the application enter, whatever they are about; what becomes of answers at
 * once, later, twice and never leaves, and of bytes that come meanwhile.
 */
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "asker.h"

#define KEPT_MAX	65536		/* bytes that wait for an answer */

static void open_asking(const struct question *q, struct asker *asker,
			struct pair *pair)
{
	struct seal_config *client, *server;

	asker_configure(q, asker, &client, &server);
	pair_open(pair, client, server);
	seal_config_unref(client);
	seal_config_unref(server);
}

/* ------------------------------------------------------- at once and later */

static void at_once(void **state)
{
	const struct question *q = *state;
	struct asker asker = { 0 };
	struct pair pair;

	open_asking(q, &asker, &pair);
	assert_int_equal(pair_shake(&pair), 0);
	expect_agreement(&pair);
	assert_int_equal(asker.calls, 1);
	assert_int_equal(seal_conn_question(asker.conn), SEAL_ASKS_NOTHING);
	assert_int_equal(seal_conn_answer(asker.conn, 0), SEAL_E_INVALID);
	pair_close(&pair);
}

/* Everything that waits, in pieces; the last status */
static int move_pieces(struct seal_conn *from, struct seal_conn *to, size_t size)
{
	int status = seal_conn_status(to);
	struct wire wire;
	size_t used, len;

	wire_take(&wire, from);
	for (size_t at = 0; at < wire.len; at += len) {
		len = wire.len - at < size ? wire.len - at : size;
		status = seal_conn_feed(to, wire.data + at, len, &used);
		assert_int_equal(used, len);
	}
	wire_free(&wire);
	return status;
}

/* On until it asks */
static void shake_to_question(const struct question *q, struct pair *pair, size_t size)
{
	struct seal_conn *conn = asker_conn(q, pair);

	while (seal_conn_status(conn) == SEAL_WANT_READ) {
		move_pieces(pair->client, pair->server, size);
		move_pieces(pair->server, pair->client, size);
	}
	assert_int_equal(seal_conn_status(conn), SEAL_WANT_ANSWER);
	assert_int_equal(seal_conn_question(conn), q->question);
	assert_int_equal(seal_conn_need(conn), 0);
}

static void shake_to_the_end(struct pair *pair, size_t size)
{
	while (seal_conn_status(pair->client) || seal_conn_status(pair->server)) {
		assert_true(seal_conn_drain(pair->client, NULL, 0) ||
			    seal_conn_drain(pair->server, NULL, 0));
		move_pieces(pair->client, pair->server, size);
		move_pieces(pair->server, pair->client, size);
		assert_true(seal_conn_status(pair->client) >= 0);
		assert_true(seal_conn_status(pair->server) >= 0);
	}
}

/* All that comes while it waits is there when it goes on */
static void later_in_pieces_of(const struct question *q, size_t size)
{
	struct asker asker = { .later = true };
	struct pair pair;
	int status;

	open_asking(q, &asker, &pair);
	shake_to_question(q, &pair, size);
	assert_int_equal(move_pieces(asker_peer(q, &pair), asker.conn, size),
			 SEAL_WANT_ANSWER);
	asker_answer(q, &asker);
	assert_int_equal(seal_conn_need(asker.conn), 0);
	status = feed(asker.conn, NULL, 0);
	assert_true(!status || status == SEAL_WANT_READ);
	shake_to_the_end(&pair, size);
	expect_agreement(&pair);
	assert_int_equal(asker.calls, 1);
	pair_close(&pair);
}

static void later_in_pieces(void **state)
{
	for (size_t size = 1; size < 64; size += 6)
		later_in_pieces_of(*state, size);
	later_in_pieces_of(*state, 700);
	later_in_pieces_of(*state, WIRE_MAX);
}

/* Nothing is drained twice, and nothing is lost, if the answer comes amid the output */
static void output_leaves_while_it_waits(void **state)
{
	const struct question *q = *state;
	struct asker asker = { .later = true };
	struct pair pair;
	size_t waits;

	open_asking(q, &asker, &pair);
	shake_to_question(q, &pair, WIRE_MAX);
	waits = seal_conn_drain(asker.conn, NULL, 0);
	if (waits)
		move_pieces(asker.conn, asker_peer(q, &pair), 3);
	assert_int_equal(seal_conn_drain(asker.conn, NULL, 0), 0);
	asker_answer(q, &asker);
	assert_true(feed(asker.conn, NULL, 0) >= 0);
	shake_to_the_end(&pair, WIRE_MAX);
	expect_agreement(&pair);
	pair_close(&pair);
}

/* --------------------------------------------------------- once, and in order */

static void twice(void **state)
{
	const struct question *q = *state;
	struct asker asker = { .later = true };
	struct pair pair;

	open_asking(q, &asker, &pair);
	assert_int_equal(seal_conn_answer(asker_conn(q, &pair), 0), SEAL_E_INVALID);
	shake_to_question(q, &pair, WIRE_MAX);
	/* no answer at all */
	assert_int_equal(seal_conn_answer(asker.conn, SEAL_WANT_ANSWER), SEAL_E_INVALID);
	assert_int_equal(seal_conn_question(asker.conn), q->question);
	asker_answer(q, &asker);
	assert_int_equal(seal_conn_question(asker.conn), SEAL_ASKS_NOTHING);
	assert_int_equal(seal_conn_answer(asker.conn, 0), SEAL_E_INVALID);
	assert_int_equal(seal_conn_answer(asker.conn, SEAL_E_ACCESS_DENIED),
			 SEAL_E_INVALID);
	assert_true(feed(asker.conn, NULL, 0) >= 0);
	assert_int_equal(seal_conn_answer(asker.conn, SEAL_E_ACCESS_DENIED),
			 SEAL_E_INVALID);
	shake_to_the_end(&pair, WIRE_MAX);
	expect_agreement(&pair);
	assert_int_equal(seal_conn_answer(asker.conn, SEAL_E_ACCESS_DENIED),
			 SEAL_E_INVALID);
	assert_int_equal(asker.calls, 1);
	pair_close(&pair);
}

/* What belongs to an answer is for a question that is open, and for no other */
static void what_was_not_asked_is_refused(void **state)
{
	const struct question *q = *state;
	struct asker asker = { .later = true };
	const void *data;
	struct pair pair;
	size_t len;

	open_asking(q, &asker, &pair);
	for (int i = 0; i < 3; i++) {
		if (i == 1)
			shake_to_question(q, &pair, WIRE_MAX);
		if (i == 2)
			asker_answer(q, &asker);
		if (i == 1 && q->question == SEAL_ASKS_CONFIG)
			continue;
		assert_int_equal(seal_conn_use_config(asker_conn(q, &pair),
						      asker.choice), SEAL_E_INVALID);
		if (i == 1 && q->question == SEAL_ASKS_SIGNATURE)
			continue;
		assert_int_equal(seal_conn_set_signature(asker_conn(q, &pair), "", 1),
				 SEAL_E_INVALID);
		assert_int_equal(seal_conn_client_hello(asker_conn(q, &pair), &data,
							&len), SEAL_E_INVALID);
		assert_int_equal(seal_conn_offered_alpn(asker_conn(q, &pair), 0, &data,
							&len), SEAL_E_INVALID);
	}
	pair_close(&pair);
}

/* In the function that is asked, the answer is what it returns */
static int answer_too_early(struct seal_conn *conn, void *arg)
{
	assert_int_equal(seal_conn_question(conn), SEAL_ASKS_NOTHING);
	assert_int_equal(seal_conn_answer(conn, 0), SEAL_E_INVALID);
	*(int *)arg += 1;
	return 0;
}

static void answers_in_the_function(void **state)
{
	struct seal_config *client = new_client_config();
	struct pair pair;
	int calls = 0;

	(void)state;
	seal_config_set_verify(client, answer_too_early, &calls);
	pair_open(&pair, client, common_server());
	seal_config_unref(client);
	assert_int_equal(pair_shake(&pair), 0);
	assert_int_equal(calls, 1);
	pair_close(&pair);
}

/* Nothing of it stays */
static void never(void **state)
{
	const struct question *q = *state;
	struct asker asker = { .later = true };
	struct pair pair;

	open_asking(q, &asker, &pair);
	shake_to_question(q, &pair, WIRE_MAX);
	pair_close(&pair);

	open_asking(q, &asker, &pair);
	shake_to_question(q, &pair, WIRE_MAX);
	asker_answer(q, &asker);
	pair_close(&pair);
}

/* ---------------------------------------------------------------- refusals */

static const struct {
	int	answer;
	int	error;		/* 0: whatever has no alert means */
	int	alert;
} refusals[] = {
	{ SEAL_E_ACCESS_DENIED, SEAL_E_ACCESS_DENIED, 49 },
	{ SEAL_E_BAD_CERTIFICATE, SEAL_E_BAD_CERTIFICATE, 42 },
	{ SEAL_E_HANDSHAKE_FAILURE, SEAL_E_HANDSHAKE_FAILURE, 40 },
	{ SEAL_E_UNRECOGNIZED_NAME, SEAL_E_UNRECOGNIZED_NAME, 112 },
	{ SEAL_E_NO_ANSWER, SEAL_E_NO_ANSWER, 80 },
	{ SEAL_E_NOMEM, 0, 0 },
	{ SEAL_E_SYSTEM, 0, 0 },
	{ SEAL_E_EOF, 0, 0 },
	{ SEAL_WANT_READ, 0, 0 },
	{ 4, 0, 0 },
	{ -1000, 0, 0 },
};

/* The last record that waits is an alert: its description as @conn has sent it */
static int alert_of(struct seal_conn *conn, struct puppet *puppet)
{
	struct seal_fragment content = { 0 };
	struct wire wire;
	size_t at = 0, size;
	int alert;

	wire_take(&wire, conn);
	for (; at < wire.len; at += size) {
		size = 5 + (wire.data[at + 3] << 8 | wire.data[at + 4]);
		content = (struct seal_fragment){ wire.data[at], wire.data + at + 5,
						  size - 5 };
		if (content.type == SEAL_CONTENT_DATA)
			assert_int_equal(seal_record_open(&puppet->in, wire.data + at,
							  size, &content), 0);
	}
	assert_int_equal(content.type, SEAL_CONTENT_ALERT);
	assert_int_equal(content.len, 2);
	assert_int_equal(content.data[0], 2);
	alert = content.data[1];
	wire_free(&wire);
	return alert;
}

/* What the peer will read the alert with */
static void take_key(struct puppet *puppet, struct seal_conn *conn)
{
	const uint8_t *secret = conn->cfg->side == SEAL_CLIENT ?
				conn->handshake.client : conn->handshake.server;

	/* it has sent its Finished */
	if (conn->cfg->side == SEAL_SERVER && conn->state == SEAL_HS_ASK_VERDICT)
		secret = conn->application.server;
	puppet_start(puppet, conn);
	if (!seal_record_is_protected(&conn->out))
		return;
	record_key(&puppet->in, (struct seal_epoch){ &conn->cfg->crypto, conn->suite,
						     &conn->keysched, secret }, false);
	puppet->in.seq = conn->out.seq;
}

static void refuse_with(const struct question *q, size_t i)
{
	struct asker asker = { .later = true, .answer = refusals[i].answer };
	int error = refusals[i].error ? refusals[i].error : q->refusal;
	struct puppet puppet;
	struct pair pair;
	size_t used;

	open_asking(q, &asker, &pair);
	shake_to_question(q, &pair, WIRE_MAX);
	move_pieces(asker.conn, asker_peer(q, &pair), WIRE_MAX);
	take_key(&puppet, asker.conn);
	asker_answer(q, &asker);
	assert_int_equal(feed(asker.conn, NULL, 0), error);
	assert_int_equal(seal_conn_feed(asker.conn, "\x16", 1, &used), error);
	assert_int_equal(used, 0);
	assert_int_equal(seal_conn_question(asker.conn), SEAL_ASKS_NOTHING);
	assert_int_equal(seal_conn_answer(asker.conn, 0), SEAL_E_INVALID);
	assert_non_null(strstr(seal_conn_error(asker.conn), "refused by the application"));
	assert_int_equal(alert_of(asker.conn, &puppet), refusals[i].alert ?
			 refusals[i].alert : seal_error_alert(q->refusal));
	puppet_stop(&puppet);
	pair_close(&pair);
}

static void refused_later(void **state)
{
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(refusals); i++)
		refuse_with(*state, i);
}

static void refused_at_once(void **state)
{
	const struct question *q = *state;
	struct asker asker = { 0 };
	struct pair pair;

	for (size_t i = 0; i < SEAL_ARRAY_SIZE(refusals); i++) {
		asker.answer = refusals[i].answer;
		open_asking(q, &asker, &pair);
		assert_int_equal(pair_shake(&pair), refusals[i].error ?
				 refusals[i].error : q->refusal);
		pair_close(&pair);
	}
}

/* ------------------------------------------------------- bytes meanwhile */

/* As many as may wait are taken, in pieces of any size, and not one more */
static void bytes_have_a_limit(void **state)
{
	static const size_t sizes[] = { 1, 7, 16384, KEPT_MAX - 1, KEPT_MAX, KEPT_MAX + 1,
					2 * KEPT_MAX };
	static const uint8_t junk[2 * KEPT_MAX];
	const struct question *q = *state;
	struct asker asker = { .later = true };
	struct pair pair;
	size_t kept, used;

	for (size_t i = 0; i < SEAL_ARRAY_SIZE(sizes); i++) {
		open_asking(q, &asker, &pair);
		shake_to_question(q, &pair, WIRE_MAX);
		kept = asker.conn->ahead.len;
		do {
			assert_int_equal(seal_conn_feed(asker.conn, junk, sizes[i], &used),
					 SEAL_WANT_ANSWER);
			kept += used;
			assert_int_equal(asker.conn->ahead.len, kept);
		} while (used == sizes[i]);
		assert_int_equal(kept, KEPT_MAX);
		assert_int_equal(seal_conn_feed(asker.conn, junk, 1, &used),
				 SEAL_WANT_ANSWER);
		assert_int_equal(used, 0);
		/* what it is has not been looked at until now */
		asker_answer(q, &asker);
		assert_int_equal(feed(asker.conn, NULL, 0), q->last ? 0 :
				 SEAL_E_UNEXPECTED_MESSAGE);
		pair_close(&pair);
	}
}

/* An alert that came meanwhile is what the handshake ends with */
static void an_alert_meanwhile(void **state)
{
	static const uint8_t alert[] = { 2, 40 };
	struct asker asker = { .later = true };
	struct flight flight = { 0 };
	struct puppet puppet;
	struct pair pair;

	(void)state;
	open_asking(&asker_questions[0], &asker, &pair);
	shake_to_question(&asker_questions[0], &pair, WIRE_MAX);
	puppet_start(&puppet, pair.server);
	assert_int_equal(puppet_send_plain(&puppet, SEAL_CONTENT_ALERT, alert, 2),
			 SEAL_WANT_ANSWER);
	asker_answer(&asker_questions[0], &asker);
	assert_int_equal(feed(pair.server, NULL, 0), SEAL_E_ALERT);
	assert_int_equal(seal_conn_alert(pair.server), 40);
	puppet_stop(&puppet);
	pair_close(&pair);

	/* behind a Certificate, under the client's key */
	open_asking(&asker_questions[1], &asker, &pair);
	move_pieces(pair.client, pair.server, WIRE_MAX);
	move_pieces(pair.server, pair.client, WIRE_MAX);
	flight_take(&flight, pair.client);
	puppet_start(&puppet, pair.server);
	assert_int_equal(puppet_send(&puppet, SEAL_CONTENT_HANDSHAKE,
				     flight.messages[0].data, flight.messages[0].len),
			 SEAL_WANT_ANSWER);
	assert_int_equal(puppet_send(&puppet, SEAL_CONTENT_ALERT, alert, 2),
			 SEAL_WANT_ANSWER);
	asker_answer(&asker_questions[1], &asker);
	assert_int_equal(feed(pair.server, NULL, 0), SEAL_E_ALERT);
	flight_free(&flight);
	puppet_stop(&puppet);
	pair_close(&pair);
}

/* The client's last flight waits, and its first data behind it: that is handed over */
static void data_behind_the_handshake(void **state)
{
	static const uint8_t data[] = "\x17\3\3\0\5hello";
	const struct question *q = &asker_questions[1];
	struct asker asker = { .later = true };
	struct pair pair;
	size_t used;

	(void)state;
	open_asking(q, &asker, &pair);
	shake_to_question(q, &pair, WIRE_MAX);
	assert_int_equal(seal_conn_status(pair.client), 0);
	assert_int_equal(seal_conn_prefill(pair.server, data, 10), SEAL_E_INVALID);
	assert_int_equal(seal_conn_feed(pair.server, data, 6, &used), SEAL_WANT_ANSWER);
	assert_int_equal(used, 6);
	asker_answer(q, &asker);
	assert_int_equal(seal_conn_feed(pair.server, data + 6, 4, &used), 0);
	assert_int_equal(used, 0);
	assert_int_equal(seal_conn_prefill(pair.server, data + 6, 4), 0);
	assert_int_equal(pair.server->ahead.len, 10);
	assert_memory_equal(pair.server->ahead.data, data, 10);
	expect_agreement(&pair);
	pair_close(&pair);
}

/* ---------------------------------------------------------------- sockets */

static void open_sockets(int fds[2])
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(fcntl(fds[i], F_SETFL, O_NONBLOCK), 0);
}

/* Both take turns until neither gets on */
static void turn(struct pair *pair, const int fds[2], int status[2])
{
	for (int i = 0; i < 6; i++) {
		status[0] = seal_conn_handshake(pair->client, fds[0]);
		status[1] = seal_conn_handshake(pair->server, fds[1]);
	}
}

static void later_on_a_socket(void **state)
{
	const struct question *q = *state;
	struct asker asker = { .later = true };
	int fds[2], status[2];
	struct pair pair;

	open_sockets(fds);
	open_asking(q, &asker, &pair);
	turn(&pair, fds, status);
	assert_int_equal(status[q->side == SEAL_SERVER], SEAL_WANT_ANSWER);
	/* bytes of the peer stay where they are */
	assert_true(asker.conn->ahead.len <= SEAL_READ_AHEAD);
	asker_answer(q, &asker);
	turn(&pair, fds, status);
	assert_int_equal(status[0], 0);
	assert_int_equal(status[1], 0);
	expect_agreement(&pair);
	assert_int_equal(asker.calls, 1);
	pair_close(&pair);
	close(fds[0]);
	close(fds[1]);
}

/* seal_accept() and seal_connect() have nobody to wait for; the peer is told */
static void calls_that_block_do_not_wait(void **state)
{
	struct seal_config *server = new_server_config(SEAL_KEY_P256);
	const struct question *q = &asker_questions[0];
	struct asker asker = { .later = true };
	struct seal_conn *client;
	int fds[2];

	(void)state;
	open_sockets(fds);
	q->install(server, &asker);
	assert_int_equal(seal_conn_new(common_client(), SERVER_NAME, &client), 0);
	assert_int_equal(seal_conn_handshake(client, fds[0]), SEAL_WANT_READ);
	assert_int_equal(seal_accept(fds[1], server), SEAL_E_NO_ANSWER);
	assert_int_equal(seal_conn_handshake(client, fds[0]), SEAL_E_ALERT);
	assert_int_equal(seal_conn_alert(client), 80);
	seal_conn_free(client);
	seal_config_unref(server);
	close(fds[0]);
	close(fds[1]);
}

/* ------------------------------------------------------------------- others */

static void a_connection_remembers(void **state)
{
	struct pair pair;
	int mine;

	(void)state;
	pair_open(&pair, common_client(), common_server());
	assert_null(seal_conn_data(pair.client));
	seal_conn_set_data(pair.client, &mine);
	assert_int_equal(pair_shake(&pair), 0);
	assert_ptr_equal(seal_conn_data(pair.client), &mine);
	assert_null(seal_conn_data(pair.server));
	pair_close(&pair);
}

static const struct walk walks[] = {
	{ "at_once", at_once, NULL },
	{ "later_in_pieces", later_in_pieces, NULL },
	{ "output_leaves_while_it_waits", output_leaves_while_it_waits, NULL },
	{ "twice", twice, NULL },
	{ "what_was_not_asked_is_refused", what_was_not_asked_is_refused, NULL },
	{ "never", never, NULL },
	{ "refused_later", refused_later, NULL },
	{ "refused_at_once", refused_at_once, NULL },
	{ "bytes_have_a_limit", bytes_have_a_limit, NULL },
	{ "later_on_a_socket", later_on_a_socket, NULL },
};

static const struct CMUnitTest others[] = {
	cmocka_unit_test(answers_in_the_function),
	cmocka_unit_test(an_alert_meanwhile),
	cmocka_unit_test(data_behind_the_handshake),
	cmocka_unit_test(calls_that_block_do_not_wait),
	cmocka_unit_test(a_connection_remembers),
};

int main(void)
{
	struct variant variants[ASKER_QUESTIONS];
	const struct cases cases = {
		walks, SEAL_ARRAY_SIZE(walks),
		variants, SEAL_ARRAY_SIZE(variants),
		others, SEAL_ARRAY_SIZE(others),
	};

	asker_variants(variants);
	return run_cases(&cases, NULL, NULL);
}
