// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The peer ends the connection in each way there is; read() must tell a clean
 * end from a cut one, after the last good byte.
 */
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ktest.h"

/* Fails with this error now and for ever; sending may still be possible */
static void expect_receive_failed(int fd, int error)
{
	uint8_t byte;

	wait_for(fd, POLLIN);
	expect_errno(recv(fd, &byte, 1, 0), error);
	expect_errno(recv(fd, &byte, 1, MSG_PEEK), error);
	expect_errno(recv(fd, &byte, 1, MSG_DONTWAIT), error);
}

static void close_notify_is_the_end(void **state)
{
	struct pair *pair = *state;

	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	peer_send_alert(&pair->peer, ALERT_WARNING, ALERT_CLOSE_NOTIFY);
	pair_sync(pair);
	expect_recv(pair->fd, "data", 4);
	expect_eof(pair->fd);
	assert_int_equal(info_of(pair->fd).state,
			 SEAL_STATE_KEYS | SEAL_STATE_CLOSE_NOTIFY_RECEIVED);
	assert_int_equal(info_of(pair->fd).alert_received, ALERT_CLOSE_NOTIFY);
}

static void fin_after_close_notify_changes_nothing(void **state)
{
	struct pair *pair = *state;

	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	peer_send_alert(&pair->peer, ALERT_WARNING, ALERT_CLOSE_NOTIFY);
	expect_ok(shutdown(pair->peer.fd, SHUT_WR));
	wait_fin(pair->fd);
	expect_recv(pair->fd, "data", 4);
	expect_eof(pair->fd);
	assert_int_equal(info_of(pair->fd).error, 0);
}

/* RFC 8446 6.1: close_notify ends one direction, the other goes on */
static void sending_goes_on_after_close_notify(void **state)
{
	struct pair *pair = *state;

	peer_send_alert(&pair->peer, ALERT_WARNING, ALERT_CLOSE_NOTIFY);
	expect_ok(shutdown(pair->peer.fd, SHUT_WR));
	expect_eof(pair->fd);
	expect_count(send(pair->fd, "answer", 6, 0), 6);
	peer_expect_record(&pair->peer, TYPE_DATA, "answer", 6);
	expect_ok(shutdown(pair->fd, SHUT_WR));
	peer_expect_close(&pair->peer);
}

/* RFC 8446 6.1: any data received after a closure alert MUST be ignored */
static void data_after_close_notify_is_ignored(void **state)
{
	struct pair *pair = *state;

	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	peer_send_alert(&pair->peer, ALERT_WARNING, ALERT_CLOSE_NOTIFY);
	peer_send(&pair->peer, TYPE_DATA, "ignored", 7);
	assert_true(peer_write(&pair->peer, "not even a record", 17));
	pair_sync(pair);
	expect_recv(pair->fd, "data", 4);
	expect_eof(pair->fd);
	expect_eof(pair->fd);
	assert_int_equal(info_of(pair->fd).error, 0);
}

/* The level of an alert is ignored but for this one: still a clean end */
static void close_notify_at_fatal_level_is_the_end(void **state)
{
	struct pair *pair = *state;

	peer_send_alert(&pair->peer, ALERT_FATAL, ALERT_CLOSE_NOTIFY);
	expect_eof(pair->fd);
}

static void fin_alone_is_truncation(void **state)
{
	struct pair *pair = *state;

	expect_ok(shutdown(pair->peer.fd, SHUT_WR));
	expect_receive_failed(pair->fd, ECONNABORTED);
	assert_true(info_of(pair->fd).state & SEAL_STATE_TRUNCATED);
}

static void fin_after_data_is_truncation_after_the_data(void **state)
{
	struct pair *pair = *state;
	uint8_t buf[10];

	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	expect_ok(shutdown(pair->peer.fd, SHUT_WR));
	wait_fin(pair->fd);
	expect_count(recv(pair->fd, buf, sizeof(buf), MSG_WAITALL), 4);
	expect_bytes(buf, "data", 4);
	expect_receive_failed(pair->fd, ECONNABORTED);
}

/* Cut at each byte of a record, with a good one before it */
static void fin_inside_a_record_is_truncation(void **state)
{
	struct pair *pair = *state;
	const struct variant *variant = pair->variant;

	for (size_t cut = 1; cut < 4 + RECORD_OVERHEAD; cut++) {
		uint8_t record[64];

		peer_send(&pair->peer, TYPE_DATA, "good", 4);
		record_seal(&pair->peer.tx, TYPE_DATA, "data", 4, record);
		assert_true(peer_write(&pair->peer, record, cut));
		expect_ok(shutdown(pair->peer.fd, SHUT_WR));
		wait_fin(pair->fd);
		expect_recv(pair->fd, "good", 4);
		expect_receive_failed(pair->fd, ECONNABORTED);
		pair_close(pair);
		pair_open(pair, variant);
	}
}

/* Half a close_notify is none */
static void fin_inside_close_notify_is_truncation(void **state)
{
	static const uint8_t close_notify[] = { ALERT_WARNING, ALERT_CLOSE_NOTIFY };
	struct pair *pair = *state;
	uint8_t record[64];
	size_t len = record_seal(&pair->peer.tx, TYPE_ALERT, close_notify, 2, record);

	assert_true(peer_write(&pair->peer, record, len - 1));
	expect_ok(shutdown(pair->peer.fd, SHUT_WR));
	expect_receive_failed(pair->fd, ECONNABORTED);
}

/* A reader that blocks is woken by the end of the connection */
static void blocked_reader_is_woken_by_fin(void **state)
{
	struct pair *pair = *state;
	struct worker *reader = worker_read(pair->fd, 100);

	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	expect_ok(shutdown(pair->peer.fd, SHUT_WR));
	worker_join(reader, "data", 4);
	expect_receive_failed(pair->fd, ECONNABORTED);
}

static void fatal_alert_is_a_reset(void **state)
{
	static const uint8_t descriptions[] = { 10, 20, 22, 40, 42, 47, 48, 80, 112, 116, 255 };
	struct pair *pair = *state;
	const struct variant *variant = pair->variant;

	for (size_t i = 0; i < ARRAY_SIZE(descriptions); i++) {
		peer_send(&pair->peer, TYPE_DATA, "data", 4);
		peer_send_alert(&pair->peer, ALERT_FATAL, descriptions[i]);
		pair_sync(pair);
		expect_recv(pair->fd, "data", 4);
		expect_failed(pair->fd, ECONNRESET);
		assert_int_equal(info_of(pair->fd).alert_received, descriptions[i]);
		assert_int_equal(info_of(pair->fd).alert_sent, SEAL_ALERT_NONE);
		pair_close(pair);
		pair_open(pair, variant);
	}
}

/* RFC 8446 6: in TLS 1.3 the severity is implicit, an error alert is fatal */
static void error_alert_at_warning_level_is_fatal(void **state)
{
	struct pair *pair = *state;

	peer_send_alert(&pair->peer, ALERT_WARNING, ALERT_HANDSHAKE_FAILURE);
	expect_failed(pair->fd, ECONNRESET);
	assert_int_equal(info_of(pair->fd).alert_received, ALERT_HANDSHAKE_FAILURE);
}

static void user_canceled_is_ignored(void **state)
{
	struct pair *pair = *state;

	peer_send_alert(&pair->peer, ALERT_WARNING, ALERT_USER_CANCELED);
	pair_sync(pair);
	expect_nothing_to_read(pair->fd);
	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	expect_recv(pair->fd, "data", 4);
	peer_send_alert(&pair->peer, ALERT_WARNING, ALERT_CLOSE_NOTIFY);
	expect_eof(pair->fd);
}

/* It only says that a close_notify follows: RFC 8446 6.1 */
static void fin_after_user_canceled_is_truncation(void **state)
{
	struct pair *pair = *state;

	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	peer_send_alert(&pair->peer, ALERT_WARNING, ALERT_USER_CANCELED);
	expect_ok(shutdown(pair->peer.fd, SHUT_WR));
	expect_recv(pair->fd, "data", 4);
	expect_receive_failed(pair->fd, ECONNABORTED);
	assert_int_equal(info_of(pair->fd).alert_received, ALERT_USER_CANCELED);
}

static void last_alert_each_way_is_told(void **state)
{
	struct pair *pair = *state;

	assert_int_equal(info_of(pair->fd).alert_received, SEAL_ALERT_NONE);
	assert_int_equal(info_of(pair->fd).alert_sent, SEAL_ALERT_NONE);
	peer_send_alert(&pair->peer, ALERT_WARNING, ALERT_USER_CANCELED);
	pair_sync(pair);
	expect_nothing_to_read(pair->fd);
	assert_int_equal(info_of(pair->fd).alert_received, ALERT_USER_CANCELED);
	peer_send_alert(&pair->peer, ALERT_WARNING, ALERT_CLOSE_NOTIFY);
	expect_eof(pair->fd);
	assert_int_equal(info_of(pair->fd).alert_received, ALERT_CLOSE_NOTIFY);
	assert_int_equal(info_of(pair->fd).alert_sent, SEAL_ALERT_NONE);
	expect_ok(shutdown(pair->fd, SHUT_WR));
	assert_int_equal(info_of(pair->fd).alert_sent, ALERT_CLOSE_NOTIFY);
}

/* A thread that waits in a read, and one that writes later */
static void fatal_alert_wakes_a_reader_and_fails_a_writer(void **state)
{
	struct pair *pair = *state;
	struct worker *reader = worker_read(pair->fd, 100);

	worker_wait_blocked(reader);
	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	peer_send_alert(&pair->peer, ALERT_FATAL, ALERT_HANDSHAKE_FAILURE);
	worker_join(reader, "data", 4);
	expect_errno(send(pair->fd, "x", 1, MSG_NOSIGNAL), ECONNRESET);
	expect_failed(pair->fd, ECONNRESET);
	pair_close_sealed(pair);
	peer_expect_eof(&pair->peer);
}

static void reset_is_a_reset(void **state)
{
	struct pair *pair = *state;
	struct linger now = { 1, 0 };
	uint8_t byte;

	expect_ok(setsockopt(pair->peer.fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)));
	close(pair->peer.fd);
	pair->peer.fd = -1;
	wait_for(pair->fd, POLLIN);
	expect_errno(recv(pair->fd, &byte, 1, 0), ECONNRESET);
}

/* A hole in the stream must never look like its end */
static void reset_is_never_a_clean_end(void **state)
{
	struct pair *pair = *state;
	struct linger now = { 1, 0 };
	uint8_t byte;

	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	expect_ok(setsockopt(pair->peer.fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)));
	close(pair->peer.fd);
	pair->peer.fd = -1;
	wait_fin(pair->fd);
	for (int i = 0; i < 4; i++)
		assert_int_not_equal(recv(pair->fd, &byte, 1, 0), 0);
}

/* The first to be told is not the only one */
static void reset_is_told_to_writer_and_reader(void **state)
{
	struct pair *pair = *state;
	uint8_t byte;

	pair_reset_by_peer(pair);
	for (int i = 0; i < 2; i++)
		expect_errno(send(pair->fd, "x", 1, MSG_NOSIGNAL), ECONNRESET);
	expect_errno(recv(pair->fd, &byte, 1, 0), ECONNRESET);
	expect_failed(pair->fd, ECONNRESET);
}

/* TCP has forgotten by then, and plain TCP says that this is the end */
static void reset_that_so_error_took_is_no_clean_end(void **state)
{
	struct pair *pair = *state;

	pair_reset_by_peer(pair);
	expect_int(pair->fd, SOL_SOCKET, SO_ERROR, ECONNRESET);
	expect_failed(pair->fd, ECONNRESET);
}

/* A peer that died without a word, and was written to after that */
static void fin_and_then_reset_is_truncation(void **state)
{
	struct pair *pair = *state;

	close(pair->peer.fd);
	pair->peer.fd = -1;
	wait_fin(pair->fd);
	expect_count(send(pair->fd, "data", 4, MSG_NOSIGNAL), 4);
	wait_for(pair->fd, POLLHUP);
	expect_failed(pair->fd, ECONNABORTED);
}

static void shut_receiving_side_is_the_end(void **state)
{
	struct pair *pair = *state;
	uint8_t byte;

	expect_ok(shutdown(pair->fd, SHUT_RD));
	expect_count(recv(pair->fd, &byte, 1, 0), 0);
	expect_count(send(pair->fd, "data", 4, 0), 4);
	peer_expect_record(&pair->peer, TYPE_DATA, "data", 4);
}

int main(void)
{
	static const struct test tests[] = {
		EACH(close_notify_is_the_end),
		EACH_FAMILY(fin_after_close_notify_changes_nothing),
		EACH_FAMILY(sending_goes_on_after_close_notify),
		EACH_SUITE(data_after_close_notify_is_ignored),
		ONCE(close_notify_at_fatal_level_is_the_end),
		EACH_FAMILY(fin_alone_is_truncation),
		EACH_FAMILY(fin_after_data_is_truncation_after_the_data),
		EACH_FAMILY(fin_inside_a_record_is_truncation),
		EACH_SUITE(fin_inside_close_notify_is_truncation),
		EACH_FAMILY(blocked_reader_is_woken_by_fin),
		EACH_SUITE(fatal_alert_is_a_reset),
		ONCE(error_alert_at_warning_level_is_fatal),
		ONCE(user_canceled_is_ignored),
		EACH_FAMILY(fin_after_user_canceled_is_truncation),
		EACH_FAMILY(last_alert_each_way_is_told),
		EACH_FAMILY(fatal_alert_wakes_a_reader_and_fails_a_writer),
		EACH_FAMILY(reset_is_a_reset),
		EACH_FAMILY(reset_is_never_a_clean_end),
		EACH_FAMILY(reset_is_told_to_writer_and_reader),
		EACH_FAMILY(reset_that_so_error_took_is_no_clean_end),
		EACH_FAMILY(fin_and_then_reset_is_truncation),
		EACH_FAMILY(shut_receiving_side_is_the_end),
	};

	return run_cases("end", tests, ARRAY_SIZE(tests), pair_open);
}
