// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The contract of how connections end: what the peer does to end one, well or badly,
 * enters; what read() says must tell a whole stream from a cut one.  And what this
 * end does to end it must leave as close_notify and FIN.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "contract.h"

#define MUCH	(8 << 20)

static void close_notify_is_the_end(void **state)
{
	struct pair *pair = *state;

	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	peer_send_alert(&pair->peer, ALERT_WARNING, ALERT_CLOSE_NOTIFY);
	expect_recv(pair->fd, "data", 4);
	expect_end(pair->fd);
}

/* RFC 8446 6.1: each direction ends for itself */
static void sending_goes_on_after_close_notify(void **state)
{
	struct pair *pair = *state;

	peer_send_alert(&pair->peer, ALERT_WARNING, ALERT_CLOSE_NOTIFY);
	expect_ok(shutdown(pair->peer.fd, SHUT_WR));
	expect_end(pair->fd);
	expect_count(send(pair->fd, "answer", 6, 0), 6);
	peer_expect_record(&pair->peer, TYPE_DATA, "answer", 6);
}

static void fin_alone_is_an_error(void **state)
{
	struct pair *pair = *state;

	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	expect_ok(shutdown(pair->peer.fd, SHUT_WR));
	expect_recv(pair->fd, "data", 4);
	expect_sticky(pair->fd, ECONNABORTED);
}

static void fin_inside_a_record_is_an_error(void **state)
{
	struct pair *pair = *state;
	uint8_t record[RECORD_OVERHEAD + 4];

	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	record_seal(&pair->peer.tx, TYPE_DATA, "gone", 4, record);
	assert_true(peer_write(&pair->peer, record, sizeof(record) - 1));
	expect_ok(shutdown(pair->peer.fd, SHUT_WR));
	expect_recv(pair->fd, "data", 4);
	expect_sticky(pair->fd, ECONNABORTED);
}

static void policy_makes_fin_the_end(void **state)
{
	struct pair *pair = *state;
	struct seal_policy policy = { .flags = SEAL_POLICY_TRUNCATION_EOF };

	expect_ok(setsockopt(pair->fd, SOL_SOCKSEAL, SEAL_POLICY, &policy, sizeof(policy)));
	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	expect_ok(shutdown(pair->peer.fd, SHUT_WR));
	expect_recv(pair->fd, "data", 4);
	expect_end(pair->fd);
	assert_true(info_of(pair->fd).state & SEAL_STATE_TRUNCATED);
}

static void fatal_alert_is_a_reset(void **state)
{
	struct pair *pair = *state;

	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	peer_send_alert(&pair->peer, ALERT_FATAL, ALERT_HANDSHAKE_FAILURE);
	expect_recv(pair->fd, "data", 4);
	expect_sticky(pair->fd, ECONNRESET);
}

static void alert_of_the_peer_is_told(void **state)
{
	struct pair *pair = *state;
	uint8_t byte;

	peer_send_alert(&pair->peer, ALERT_FATAL, ALERT_HANDSHAKE_FAILURE);
	assert_int_equal(recv(pair->fd, &byte, 1, 0), -1);
	assert_int_equal(info_of(pair->fd).alert_received, ALERT_HANDSHAKE_FAILURE);
}

static void send_bad_tag(struct peer *peer)
{
	uint8_t record[RECORD_OVERHEAD + 4];
	size_t len = record_seal(&peer->tx, TYPE_DATA, "evil", 4, record);

	record[len - 1] ^= 1;
	assert_true(peer_write(peer, record, len));
}

/* Nothing but padding: there is no content type */
static void send_bad_padding(struct peer *peer)
{
	static const uint8_t inner[32];

	peer_send_inner(peer, inner, sizeof(inner));
}

static void send_bad_length(struct peer *peer)
{
	static const uint8_t header[] = { TYPE_DATA, 3, 3, 0xff, 0xff };

	assert_true(peer_write(peer, header, sizeof(header)));
}

static void send_bad_type(struct peer *peer)
{
	peer_send(peer, 99, "evil", 4);
}

/* @error: of read(); @alert: what the peer must be told (RFC 8446 5.1, 5.2, 5.4, 6.2) */
static const struct bad {
	void		(*send)(struct peer *peer);
	int		error;
	uint8_t		alert;
} bads[] = {
	{ send_bad_tag,		EBADMSG,	ALERT_BAD_RECORD_MAC },
	{ send_bad_padding,	EBADMSG,	ALERT_UNEXPECTED_MESSAGE },
	{ send_bad_length,	EMSGSIZE,	ALERT_RECORD_OVERFLOW },
	{ send_bad_type,	EBADMSG,	ALERT_UNEXPECTED_MESSAGE },
};

/* A connection on which one good record and then a bad one came */
static void open_bad(struct pair *pair, const struct variant *variant,
		     const struct bad *bad)
{
	contract_open(pair, variant);
	peer_send(&pair->peer, TYPE_DATA, "good", 4);
	bad->send(&pair->peer);
	pair_sync(pair);
}

static void bad_records_give_no_byte(void **state)
{
	const struct pair *first = *state;

	for (size_t i = 0; i < ARRAY_SIZE(bads); i++) {
		struct pair pair;
		char buf[64];

		open_bad(&pair, first->variant, &bads[i]);
		expect_recv(pair.fd, "good", 4);
		assert_int_equal(recv(pair.fd, buf, sizeof(buf), 0), -1);
		assert_int_equal(recv(pair.fd, buf, sizeof(buf), 0), -1);
		pair_close(&pair);
	}
}

static void bad_records_are_sticky_errors(void **state)
{
	const struct pair *first = *state;

	for (size_t i = 0; i < ARRAY_SIZE(bads); i++) {
		struct pair pair;

		open_bad(&pair, first->variant, &bads[i]);
		expect_recv(pair.fd, "good", 4);
		expect_sticky(pair.fd, bads[i].error);
		expect_errno(send(pair.fd, "data", 4, MSG_NOSIGNAL), bads[i].error);
		pair_close(&pair);
	}
}

static void bad_records_are_answered_with_an_alert(void **state)
{
	const struct pair *first = *state;

	for (size_t i = 0; i < ARRAY_SIZE(bads); i++) {
		struct pair pair;
		uint8_t byte;

		open_bad(&pair, first->variant, &bads[i]);
		expect_recv(pair.fd, "good", 4);
		assert_int_equal(recv(pair.fd, &byte, 1, 0), -1);
		peer_expect_alert(&pair.peer, ALERT_FATAL, bads[i].alert);
		pair_close(&pair);
	}
}

static void shutdown_says_close_notify(void **state)
{
	struct pair *pair = *state;

	expect_count(send(pair->fd, "da", 2, 0), 2);
	expect_count(send(pair->fd, "ta", 2, MSG_MORE), 2);
	expect_ok(shutdown(pair->fd, SHUT_WR));
	peer_expect_data(&pair->peer, "data", 4);
	peer_expect_close(&pair->peer);
}

static void receiving_goes_on_after_shutdown(void **state)
{
	struct pair *pair = *state;

	expect_ok(shutdown(pair->fd, SHUT_WR));
	peer_expect_close(&pair->peer);
	peer_send(&pair->peer, TYPE_DATA, "answer", 6);
	expect_recv(pair->fd, "answer", 6);
}

static void close_says_close_notify(void **state)
{
	struct pair *pair = *state;

	expect_count(send(pair->fd, "da", 2, 0), 2);
	expect_count(send(pair->fd, "ta", 2, MSG_MORE), 2);
	pair_close_sealed(pair);
	peer_expect_data(&pair->peer, "data", 4);
	peer_expect_close(&pair->peer);
}

static void exit_says_close_notify(void **state)
{
	struct pair *pair = *state;
	pid_t child = must(fork());

	if (!child)
		_exit(send(pair->fd, "data", 4, 0) != 4);
	pair_close_sealed(pair);
	expect_count(waitpid(child, NULL, 0), child);
	peer_expect_data(&pair->peer, "data", 4);
	peer_expect_close(&pair->peer);
}

/* The peer reads nothing: close() returns, and what was accepted still comes */
static void close_waits_for_nobody(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(MUCH, 1);
	size_t done = fill_up(pair->fd, data, MUCH);

	pair_close_sealed(pair);
	peer_expect_data(&pair->peer, data, done);
	peer_expect_close(&pair->peer);
	free(data);
}

static void fatal_alerts_can_be_sent(void **state)
{
	struct pair *pair = *state;
	struct seal_alert_request alert = { .description = ALERT_HANDSHAKE_FAILURE };

	expect_ok(setsockopt(pair->fd, SOL_SOCKSEAL, SEAL_ALERT, &alert, sizeof(alert)));
	peer_expect_alert(&pair->peer, ALERT_FATAL, ALERT_HANDSHAKE_FAILURE);
	expect_sticky(pair->fd, ECONNABORTED);
}

static void set_linger(int fd, int seconds)
{
	struct linger linger = { 1, seconds };

	expect_ok(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)));
}

static void linger_waits_and_zero_resets(void **state)
{
	struct pair *pair = *state, second;
	uint8_t *data = make_bytes(MUCH, 2);
	struct worker *reader;
	size_t done;

	set_linger(pair->fd, 100);
	done = fill_up(pair->fd, data, MUCH);
	reader = worker_collect(&pair->peer, done);
	pair_close_sealed(pair);
	worker_join(reader, data, done);
	peer_expect_close(&pair->peer);
	contract_open(&second, pair->variant);
	set_linger(second.fd, 0);
	pair_close_sealed(&second);
	peer_expect_reset(&second.peer);
	pair_close(&second);
	free(data);
}

static void reset_is_an_error(void **state)
{
	struct pair *pair = *state;

	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	expect_recv(pair->fd, "data", 4);
	pair_reset_by_peer(pair);
	expect_sticky(pair->fd, ECONNRESET);
}

int main(void)
{
	static const struct test tests[] = {
		ONCE(close_notify_is_the_end),
		ONCE(sending_goes_on_after_close_notify),
		ONCE(fin_alone_is_an_error),
		ONCE(fin_inside_a_record_is_an_error),
		ONCE(policy_makes_fin_the_end),
		ONCE(fatal_alert_is_a_reset),
		ONCE(alert_of_the_peer_is_told),
		ONCE(bad_records_give_no_byte),
		ONCE(bad_records_are_sticky_errors),
		ONCE(bad_records_are_answered_with_an_alert),
		ONCE(shutdown_says_close_notify),
		ONCE(receiving_goes_on_after_shutdown),
		ONCE(close_says_close_notify),
		ONCE(exit_says_close_notify),
		ONCE(close_waits_for_nobody),
		ONCE(linger_waits_and_zero_resets),
		ONCE(reset_is_an_error),
		ONCE(fatal_alerts_can_be_sent),
	};

	return contract_run("contract_end", tests, ARRAY_SIZE(tests));
}
