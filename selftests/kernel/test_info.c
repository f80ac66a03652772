// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A connection in some state enters; SEAL_INFO must tell that state, change nothing
 * by telling it, and hold no key.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "ktest.h"

#define REQUESTED	1
/* Of the send buffer, in bytes */
#define STEP		4096
/* Socket options that are tried beyond those there are */
#define OPTIONS		64

static void plaintext_that_waits_is_counted(void **state)
{
	struct pair *pair = *state;
	uint8_t buf[40];

	peer_send(&pair->peer, TYPE_DATA, make_bytes(100, 1), 100);
	peer_send(&pair->peer, TYPE_DATA, make_bytes(11, 2), 11);
	pair_sync(pair);
	assert_int_equal(info_of(pair->fd).rx_queued, 0);
	assert_int_equal(info_of(pair->fd).rx_sealed, 111 + 2 * RECORD_OVERHEAD);
	assert_int_equal(waiting_bytes(pair->fd), 111);
	assert_int_equal(info_of(pair->fd).rx_queued, 111);
	assert_int_equal(info_of(pair->fd).rx_sealed, 0);
	expect_count(recv(pair->fd, buf, sizeof(buf), 0), sizeof(buf));
	assert_int_equal(info_of(pair->fd).rx_queued, 71);
}

/* One byte after the other: what has come of a record counts, wherever it is */
static void a_cut_record_is_counted(void **state)
{
	struct pair *pair = *state;
	uint8_t record[RECORD_OVERHEAD + 4];

	record_seal(&pair->peer.tx, TYPE_DATA, "data", 4, record);
	for (size_t i = 0; i < sizeof(record); i++) {
		assert_true(peer_write(&pair->peer, record + i, 1));
		pair_sync(pair);
		assert_int_equal(info_of(pair->fd).rx_sealed, i + 1);
		if (i + 1 < sizeof(record))
			expect_nothing_to_read(pair->fd);
		assert_int_equal(info_of(pair->fd).rx_queued, 0);
	}
	expect_recv(pair->fd, "data", 4);
	assert_int_equal(info_of(pair->fd).rx_sealed, 0);
}

static void an_open_record_is_counted(void **state)
{
	struct pair *pair = *state;

	expect_count(send(pair->fd, "kept", 4, MSG_MORE), 4);
	assert_int_equal(info_of(pair->fd).tx_open, 4);
	expect_count(send(pair->fd, " back", 5, MSG_MORE), 5);
	assert_int_equal(info_of(pair->fd).tx_open, 9);
	assert_int_equal(info_of(pair->fd).tx_unsent, 0);
	expect_ok(send(pair->fd, NULL, 0, 0));
	assert_int_equal(info_of(pair->fd).tx_open, 0);
	peer_expect_record(&pair->peer, TYPE_DATA, "kept back", 9);
}

/* Returns how much was accepted until neither TCP nor the socket takes more */
static size_t fill_up(int fd, const uint8_t *data, size_t len)
{
	size_t done = 0;
	ssize_t n;

	while (done < len && (n = send(fd, data + done, len - done, MSG_DONTWAIT)) > 0)
		done += n;
	return done;
}

/*
 * Fill the socket until a part of a record stands before TCP's end.  Where that end
 * is depends on how TCP counts, so the buffer grows in steps that are smaller than
 * a record.  Returns how much was accepted.
 */
static size_t choke(int fd, const uint8_t *data, size_t len)
{
	size_t done = 0;

	for (int size = STEP; done < len; size += STEP) {
		set_int(fd, SOL_SOCKET, SO_SNDBUF, size);
		done += fill_up(fd, data + done, len - done);
		if (info_of(fd).tx_unsent)
			return done;
	}
	fail_msg("TCP takes everything");
	return 0;
}

static void what_tcp_does_not_take_is_counted(void **state)
{
	struct pair *pair = *state;
	size_t len = 8 << 20, accepted;
	uint8_t *data = make_bytes(len, 3);
	struct seal_info info;

	set_int(pair->peer.fd, SOL_SOCKET, SO_RCVBUF, 1);
	accepted = choke(pair->fd, data, len);
	info = info_of(pair->fd);
	assert_in_range(info.tx_unsent, 1, RECORD_PLAIN_MAX + RECORD_OVERHEAD);
	assert_int_equal(info.tx_open, 0);
	/* what TCP has and what it does not have are all the records there are */
	assert_int_equal(bytes_handed_to_tcp(pair->fd) + info.tx_unsent,
			 info.tx.bytes + info.tx.records * RECORD_OVERHEAD);
	peer_expect_data(&pair->peer, data, accepted);
	wait_for(pair->fd, POLLOUT);
	assert_int_equal(info_of(pair->fd).tx_unsent, 0);
	free(data);
}

static void an_answer_that_is_owed_is_told(void **state)
{
	struct pair *pair = *state;
	size_t len = 8 << 20, accepted;
	uint8_t *data = make_bytes(len, 4);

	set_int(pair->peer.fd, SOL_SOCKET, SO_RCVBUF, 1);
	accepted = choke(pair->fd, data, len);
	peer_send_key_update(&pair->peer, REQUESTED);
	pair_sync(pair);
	expect_nothing_to_read(pair->fd);
	assert_true(info_of(pair->fd).state & SEAL_STATE_UPDATE_OWED);
	peer_expect_data(&pair->peer, data, accepted);
	wait_for(pair->fd, POLLOUT);
	expect_count(send(pair->fd, "data", 4, 0), 4);
	peer_expect_data(&pair->peer, "data", 4);
	assert_int_equal(pair->peer.updates, 1);
	assert_false(info_of(pair->fd).state & SEAL_STATE_UPDATE_OWED);
	free(data);
}

static void an_answer_that_we_asked_for_is_told(void **state)
{
	struct pair *pair = *state;
	struct seal_key_update ask = { .flags = SEAL_KEY_UPDATE_REQUEST };

	expect_ok(setsockopt(pair->fd, SOL_SOCKSEAL, SEAL_KEY_UPDATE, &ask, sizeof(ask)));
	assert_true(info_of(pair->fd).state & SEAL_STATE_UPDATE_REQUESTED);
	peer_send_key_update(&pair->peer, 0);
	pair_sync(pair);
	expect_nothing_to_read(pair->fd);
	assert_false(info_of(pair->fd).state & SEAL_STATE_UPDATE_REQUESTED);
}

/* Given back in the middle of a record, whose rest TCP has */
static void bytes_given_back_are_counted(void **state)
{
	struct pair *pair = *state;
	uint8_t record[RECORD_OVERHEAD + 4];

	record_seal(&pair->peer.tx, TYPE_DATA, "data", 4, record);
	expect_ok(setsockopt(pair->fd, SOL_SOCKSEAL, SEAL_PREFILL, record, 10));
	assert_int_equal(info_of(pair->fd).prefill, 10);
	assert_int_equal(info_of(pair->fd).rx_sealed, 10);
	assert_true(peer_write(&pair->peer, record + 10, sizeof(record) - 10));
	pair_sync(pair);
	assert_int_equal(info_of(pair->fd).rx_sealed, sizeof(record));
	expect_recv(pair->fd, "data", 4);
	assert_int_equal(info_of(pair->fd).prefill, 0);
	assert_int_equal(info_of(pair->fd).rx_sealed, 0);
}

static void each_end_is_told(void **state)
{
	struct pair *pair = *state;
	uint32_t want = SEAL_STATE_KEYS;

	assert_int_equal(info_of(pair->fd).state, want);
	expect_ok(shutdown(pair->fd, SHUT_WR));
	want |= SEAL_STATE_CLOSE_NOTIFY_SENT | SEAL_STATE_FIN_SENT;
	assert_int_equal(info_of(pair->fd).state, want);
	peer_send_alert(&pair->peer, ALERT_WARNING, ALERT_CLOSE_NOTIFY);
	expect_eof(pair->fd);
	want |= SEAL_STATE_CLOSE_NOTIFY_RECEIVED;
	assert_int_equal(info_of(pair->fd).state, want);
}

static void a_fin_is_told_before_it_is_read(void **state)
{
	struct pair *pair = *state;
	uint8_t byte;

	expect_ok(shutdown(pair->peer.fd, SHUT_WR));
	wait_fin(pair->fd);
	assert_int_equal(info_of(pair->fd).state, SEAL_STATE_KEYS | SEAL_STATE_FIN_RECEIVED);
	expect_errno(recv(pair->fd, &byte, 1, 0), ECONNABORTED);
	assert_int_equal(info_of(pair->fd).state, SEAL_STATE_KEYS | SEAL_STATE_FIN_RECEIVED |
			 SEAL_STATE_TRUNCATED | SEAL_STATE_FAILED);
	assert_int_equal(info_of(pair->fd).error, ECONNABORTED);
}

/* Whatever option is asked for, with whatever room */
static void no_answer_holds_a_key(void **state)
{
	struct pair *pair = *state;
	uint8_t answer[4096];

	expect_count(send(pair->fd, "data", 4, 0), 4);
	peer_send_ticket(&pair->peer, 1, 100);
	pair_sync(pair);
	expect_nothing_to_read(pair->fd);
	for (int option = 0; option < OPTIONS; option++) {
		socklen_t len = sizeof(answer);

		memset(answer, 0, sizeof(answer));
		getsockopt(pair->fd, SOL_SOCKSEAL, option, answer, &len);
		assert_false(holds_secret(answer, sizeof(answer), &pair->peer.tx));
		assert_false(holds_secret(answer, sizeof(answer), &pair->peer.rx));
	}
}

int main(void)
{
	static const struct test tests[] = {
		EACH_SUITE(plaintext_that_waits_is_counted),
		ONCE(a_cut_record_is_counted),
		ONCE(an_open_record_is_counted),
		ONCE(what_tcp_does_not_take_is_counted),
		ONCE(an_answer_that_is_owed_is_told),
		ONCE(an_answer_that_we_asked_for_is_told),
		ONCE(bytes_given_back_are_counted),
		EACH_FAMILY(each_end_is_told),
		ONCE(a_fin_is_told_before_it_is_read),
		EACH_SUITE(no_answer_holds_a_key),
	};

	return run_cases("info", tests, ARRAY_SIZE(tests), pair_open);
}
