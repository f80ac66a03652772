// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The contract of what comes over a connection beside data, and of what must go
 * over it; a program that reads and writes must not notice.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "contract.h"
#include "ktls.h"

#define NOT_REQUESTED	0
#define REQUESTED	1

/* Records under one key of AES-GCM, well before 2^24.5: RFC 8446 5.5 */
#define GCM_LIMIT	(1 << 23)
#define NEAR_LIMIT	(GCM_LIMIT - 2)

#define ALERT_NO_RENEGOTIATION	100
#define NOBODY			65534

static const uint8_t update[] = { HS_KEY_UPDATE, 0, 0, 1, NOT_REQUESTED };

static void tickets_are_not_seen(void **state)
{
	struct pair *pair = *state;

	peer_send(&pair->peer, TYPE_DATA, "before", 6);
	peer_send_ticket(&pair->peer, 1, 200);
	peer_send(&pair->peer, TYPE_DATA, "after", 5);
	expect_recv(pair->fd, "beforeafter", 11);
}

static void tickets_are_kept(void **state)
{
	struct pair *pair = *state;
	uint8_t want[104], got[200];
	socklen_t len = sizeof(got);

	message_make(want, HS_NEW_SESSION_TICKET, 1, 100);
	peer_send_ticket(&pair->peer, 1, 100);
	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	expect_recv(pair->fd, "data", 4);
	expect_ok(getsockopt(pair->fd, SOL_SOCKSEAL, SEAL_MESSAGE, got, &len));
	assert_int_equal(len, sizeof(want));
	expect_bytes(got, want, sizeof(want));
}

static void oldest_tickets_make_room(void **state)
{
	struct pair *pair = *state;
	size_t body = SEAL_MESSAGE_QUEUE_SIZE / 2;
	uint8_t got[SEAL_MESSAGE_QUEUE_SIZE];
	socklen_t len = sizeof(got);

	peer_send_ticket(&pair->peer, 1, body);
	peer_send_ticket(&pair->peer, 2, body);
	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	expect_recv(pair->fd, "data", 4);
	expect_ok(getsockopt(pair->fd, SOL_SOCKSEAL, SEAL_MESSAGE, got, &len));
	assert_int_equal(got[4], 2);
	assert_int_equal(info_of(pair->fd).messages_dropped, 1);
}

static void key_updates_are_followed(void **state)
{
	struct pair *pair = *state;

	for (int i = 0; i < 3; i++) {
		peer_send(&pair->peer, TYPE_DATA, "before", 6);
		peer_send_key_update(&pair->peer, NOT_REQUESTED);
		peer_send(&pair->peer, TYPE_DATA, "after", 5);
		expect_recv(pair->fd, "beforeafter", 11);
	}
}

static void key_updates_are_answered(void **state)
{
	struct pair *pair = *state;

	peer_send_key_update(&pair->peer, REQUESTED);
	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	expect_recv(pair->fd, "data", 4);
	expect_count(send(pair->fd, "answer", 6, 0), 6);
	peer_expect_record(&pair->peer, TYPE_HANDSHAKE, update, sizeof(update));
	half_update(&pair->peer.rx);
	peer_expect_record(&pair->peer, TYPE_DATA, "answer", 6);
}

/* One byte a record, from just before the limit on */
static void keys_change_before_the_limit(void **state)
{
	struct pair *pair = *state, near;

	contract_open_at(&near, pair->variant, NEAR_LIMIT);
	for (int i = 0; i < 4; i++)
		expect_count(send(near.fd, "data", 4, 0), 4);
	peer_expect_data(&near.peer, "datadatadatadata", 16);
	assert_int_equal(near.peer.updates, 1);
	pair_close(&near);
}

static void policy_count_brings_key_updates(void **state)
{
	struct pair *pair = *state;
	struct seal_policy policy = { .update_records = 2 };

	expect_ok(setsockopt(pair->fd, SOL_SOCKSEAL, SEAL_POLICY, &policy, sizeof(policy)));
	for (int i = 0; i < 6; i++)
		expect_count(send(pair->fd, "data", 4, 0), 4);
	peer_expect_data(&pair->peer, "datadatadatadatadatadata", 24);
	assert_in_range(pair->peer.updates, 2, 5);
}

static void user_canceled_is_ignored(void **state)
{
	struct pair *pair = *state;

	peer_send_alert(&pair->peer, ALERT_WARNING, ALERT_USER_CANCELED);
	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	expect_recv(pair->fd, "data", 4);
	peer_send_alert(&pair->peer, ALERT_WARNING, ALERT_CLOSE_NOTIFY);
	expect_end(pair->fd);
}

/* At the levels of both names, with the room that each option wants */
static void no_option_tells_a_key(void **state)
{
	struct pair *pair = *state;
	static const int levels[] = { SOL_SOCKSEAL, SOL_TLS };
	uint8_t answer[1024];

	for (size_t i = 0; i < ARRAY_SIZE(levels); i++) {
		for (int option = 0; option < 64; option++) {
			for (socklen_t room = 4; room <= 128; room++) {
				socklen_t len = room;

				memset(answer, 0, sizeof(answer));
				getsockopt(pair->fd, levels[i], option, answer, &len);
				assert_false(holds_secret(answer, sizeof(answer),
							  &pair->peer.rx));
				assert_false(holds_secret(answer, sizeof(answer),
							  &pair->peer.tx));
			}
		}
	}
}

/* There is no KeyUpdate in TLS 1.2 */
static void tls12_stops_before_the_limit(void **state)
{
	struct pair *pair = *state, near;
	int sent = 0;

	contract_open_tls12(&near, pair->variant, NEAR_LIMIT);
	while (sent < 4 && send(near.fd, "data", 4, 0) == 4)
		sent++;
	expect_errno(send(near.fd, "data", 4, MSG_NOSIGNAL), EKEYEXPIRED);
	assert_in_range(sent, 1, 2);
	peer_expect_data(&near.peer, "datadata", 4 * sent);
	pair_close(&near);
}

/* RFC 5246 7.4.1.1, 7.2.2 */
static void renegotiation_is_declined(void **state)
{
	static const uint8_t hello_request[] = { 0, 0, 0, 0 };
	struct pair *pair = *state, old;

	contract_open_tls12(&old, pair->variant, 0);
	peer_send(&old.peer, TYPE_HANDSHAKE, hello_request, sizeof(hello_request));
	peer_send(&old.peer, TYPE_DATA, "data", 4);
	expect_recv(old.fd, "data", 4);
	expect_count(send(old.fd, "answer", 6, 0), 6);
	peer_expect_alert(&old.peer, ALERT_WARNING, ALERT_NO_RENEGOTIATION);
	peer_expect_record(&old.peer, TYPE_DATA, "answer", 6);
	pair_close(&old);
}

static void key_updates_can_be_asked_for(void **state)
{
	struct pair *pair = *state;
	struct seal_key_update ask = { .flags = SEAL_KEY_UPDATE_REQUEST };
	static const uint8_t request[] = { HS_KEY_UPDATE, 0, 0, 1, REQUESTED };

	expect_ok(setsockopt(pair->fd, SOL_SOCKSEAL, SEAL_KEY_UPDATE, &ask, sizeof(ask)));
	peer_expect_record(&pair->peer, TYPE_HANDSHAKE, request, sizeof(request));
	half_update(&pair->peer.rx);
	peer_send_key_update(&pair->peer, NOT_REQUESTED);
	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	expect_recv(pair->fd, "data", 4);
	expect_count(send(pair->fd, "answer", 6, 0), 6);
	peer_expect_record(&pair->peer, TYPE_DATA, "answer", 6);
}

/* A user who may nothing, from the sealing of the socket on */
static void privileges_are_not_needed(void **state)
{
	struct pair *pair = *state, own;
	pid_t child = must(fork());

	if (!child) {
		if (setresuid(NOBODY, NOBODY, NOBODY))
			_exit(1);
		contract_open(&own, pair->variant);
		_exit(write(own.fd, "data", 4) != 4);
	}
	wait_for_child(child);
}

static void another_process_goes_on(void **state)
{
	struct pair *pair = *state;
	char buf[4];
	pid_t child;

	peer_send(&pair->peer, TYPE_DATA, "12345678", 8);
	expect_recv(pair->fd, "1234", 4);
	child = must(fork());
	if (!child)
		_exit(read(pair->fd, buf, 4) != 4 || memcmp(buf, "5678", 4) ||
		      write(pair->fd, "child", 5) != 5);
	wait_for_child(child);
	expect_count(write(pair->fd, "parent", 6), 6);
	peer_expect_record(&pair->peer, TYPE_DATA, "child", 5);
	peer_expect_record(&pair->peer, TYPE_DATA, "parent", 6);
}

/* The rest of what was read with the handshake, in the middle of a record */
static void bytes_read_ahead_come_first(void **state)
{
	struct pair *pair = *state;
	uint8_t records[2 * (RECORD_OVERHEAD + 4)];
	size_t len = record_seal(&pair->peer.tx, TYPE_DATA, "pre-", 4, records);

	len += record_seal(&pair->peer.tx, TYPE_DATA, "fill", 4, records + len);
	expect_ok(setsockopt(pair->fd, SOL_SOCKSEAL, SEAL_PREFILL, records, 30));
	assert_true(peer_write(&pair->peer, records + 30, len - 30));
	expect_recv(pair->fd, "pre-fill", 8);
}

int main(void)
{
	static const struct test tests[] = {
		ONCE(tickets_are_not_seen),
		ONCE(tickets_are_kept),
		ONCE(oldest_tickets_make_room),
		ONCE(key_updates_are_followed),
		ONCE(key_updates_are_answered),
		ONCE(keys_change_before_the_limit),
		ONCE(tls12_stops_before_the_limit),
		ONCE(policy_count_brings_key_updates),
		ONCE(key_updates_can_be_asked_for),
		ONCE(user_canceled_is_ignored),
		ONCE(renegotiation_is_declined),
		ONCE(no_option_tells_a_key),
		ONCE(bytes_read_ahead_come_first),
		ONCE(privileges_are_not_needed),
		ONCE(another_process_goes_on),
	};

	return contract_run("contract_life", tests, ARRAY_SIZE(tests));
}
