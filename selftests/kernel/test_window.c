// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Records enter that are larger than the receive window, so that TCP can take
 * the end only once the beginning is out of its queue; the rules for whole and
 * for broken records must hold for them too.
 */
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "ktest.h"

struct large {
	uint8_t	data[RECORD_PLAIN_MAX];
	uint8_t	record[RECORD_PLAIN_MAX + RECORD_OVERHEAD];
};

static struct large *make_large(struct pair *pair)
{
	struct large *large = (void *)make_room(sizeof(*large));

	set_int(pair->fd, SOL_SOCKET, SO_RCVBUF, 1);
	fill_bytes(large->data, sizeof(large->data), 1);
	record_seal(&pair->peer.tx, TYPE_DATA, large->data, sizeof(large->data),
		    large->record);
	return large;
}

/* Asking for plaintext is what opens the window again and again */
static void take_all_but(struct pair *pair, const struct large *large, size_t last)
{
	assert_true(peer_write(&pair->peer, large->record, sizeof(large->record) - last));
	while (!pair_is_synced(pair))
		expect_nothing_to_read(pair->fd);
}

static void readable_only_when_whole(void **state)
{
	struct pair *pair = *state;
	struct large *large = make_large(pair);

	take_all_but(pair, large, 1);
	expect_nothing_to_read(pair->fd);
	assert_true(peer_write(&pair->peer, large->record + sizeof(large->record) - 1, 1));
	wait_for(pair->fd, POLLIN);
	expect_recv(pair->fd, large->data, sizeof(large->data));
	expect_nothing_to_read(pair->fd);
	free(large);
}

static void blocked_reader_is_served(void **state)
{
	struct pair *pair = *state;
	struct large *large = make_large(pair);
	struct worker *reader = worker_read(pair->fd, sizeof(large->data));

	assert_true(peer_write(&pair->peer, large->record, sizeof(large->record)));
	worker_join(reader, large->data, sizeof(large->data));
	free(large);
}

static void bad_tag_is_still_refused(void **state)
{
	struct pair *pair = *state;
	struct large *large = make_large(pair);

	take_all_but(pair, large, 1);
	large->record[sizeof(large->record) - 1] ^= 1;
	assert_true(peer_write(&pair->peer, large->record + sizeof(large->record) - 1, 1));
	expect_failed(pair->fd, EBADMSG);
	peer_expect_alert(&pair->peer, ALERT_FATAL, ALERT_BAD_RECORD_MAC);
	free(large);
}

static void cut_is_still_truncation(void **state)
{
	struct pair *pair = *state;
	struct large *large = make_large(pair);
	uint8_t byte;

	take_all_but(pair, large, 1000);
	expect_ok(shutdown(pair->peer.fd, SHUT_WR));
	wait_for(pair->fd, POLLIN);
	expect_errno(recv(pair->fd, &byte, 1, 0), ECONNABORTED);
	expect_errno(recv(pair->fd, &byte, 1, 0), ECONNABORTED);
	assert_true(info_of(pair->fd).state & SEAL_STATE_TRUNCATED);
	free(large);
}

static void records_after_it_are_found(void **state)
{
	struct pair *pair = *state;
	struct large *large = make_large(pair);

	take_all_but(pair, large, 1);
	assert_true(peer_write(&pair->peer, large->record + sizeof(large->record) - 1, 1));
	peer_send_ticket(&pair->peer, 1, 100);
	peer_send(&pair->peer, TYPE_DATA, "small", 5);
	expect_recv(pair->fd, large->data, sizeof(large->data));
	expect_recv(pair->fd, "small", 5);
	assert_int_equal(info_of(pair->fd).messages, 1);
	free(large);
}

int main(void)
{
	static const struct test tests[] = {
		EACH_SUITE(readable_only_when_whole),
		EACH_FAMILY(blocked_reader_is_served),
		EACH_SUITE(bad_tag_is_still_refused),
		EACH_FAMILY(cut_is_still_truncation),
		EACH_SUITE(records_after_it_are_found),
	};

	return run_cases("window", tests, ARRAY_SIZE(tests), pair_open);
}
