// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The contract of the calls that receive and of those that ask whether they would;
 * they must get and count plaintext, and nothing else.
 */
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "contract.h"

static void one_read_takes_several_records(void **state)
{
	struct pair *pair = *state;
	char buf[20];

	for (int i = 0; i < 3; i++)
		peer_send(&pair->peer, TYPE_DATA, "12345", 5);
	pair_sync(pair);
	expect_count(read(pair->fd, buf, sizeof(buf)), 15);
	expect_bytes(buf, "123451234512345", 15);
}

static void peek_leaves_the_data(void **state)
{
	struct pair *pair = *state;
	char buf[10];

	peer_send(&pair->peer, TYPE_DATA, "12345", 5);
	peer_send(&pair->peer, TYPE_DATA, "67890", 5);
	pair_sync(pair);
	expect_count(recv(pair->fd, buf, 10, MSG_PEEK), 10);
	expect_bytes(buf, "1234567890", 10);
	expect_recv(pair->fd, "1234567890", 10);
}

static void waitall_waits_for_all(void **state)
{
	struct pair *pair = *state;
	struct worker *reader = worker_recv(pair->fd, 10, MSG_WAITALL);

	peer_send(&pair->peer, TYPE_DATA, "12345", 5);
	worker_wait_blocked(reader);
	peer_send(&pair->peer, TYPE_DATA, "67890", 5);
	worker_join(reader, "1234567890", 10);
}

/* The mark is in bytes of plaintext, and a record of less is longer than the mark */
static void mark_counts_plaintext(void **state)
{
	struct pair *pair = *state;

	set_int(pair->fd, SOL_SOCKET, SO_RCVLOWAT, 8);
	peer_send(&pair->peer, TYPE_DATA, "12345", 5);
	pair_sync(pair);
	assert_false(readable(pair->fd));
	peer_send(&pair->peer, TYPE_DATA, "67890", 5);
	assert_true(arrives(pair->fd, POLLIN));
	expect_recv(pair->fd, "1234567890", 10);
}

static void fionread_counts_plaintext(void **state)
{
	struct pair *pair = *state;

	expect_count(waiting_bytes(pair->fd), 0);
	peer_send(&pair->peer, TYPE_DATA, "12345", 5);
	peer_send(&pair->peer, TYPE_DATA, "678", 3);
	pair_sync(pair);
	expect_count(waiting_bytes(pair->fd), 8);
	expect_recv(pair->fd, "12345678", 8);
	expect_count(waiting_bytes(pair->fd), 0);
}

static void plaintext_goes_to_a_pipe(void **state)
{
	struct pair *pair = *state;
	char buf[7];
	int pipe[2];

	open_pipe(pipe, 65536);
	peer_send(&pair->peer, TYPE_DATA, "spliced", 7);
	pair_sync(pair);
	expect_count(splice(pair->fd, NULL, pipe[1], NULL, 7, 0), 7);
	expect_count(read(pipe[0], buf, 7), 7);
	expect_bytes(buf, "spliced", 7);
	close_pipe(pipe);
}

/* After each byte of a record but the last one, and after the last */
static void part_of_a_record_is_not_readable(void **state)
{
	struct pair *pair = *state;
	uint8_t record[RECORD_OVERHEAD + 4], byte;
	size_t len = record_seal(&pair->peer.tx, TYPE_DATA, "data", 4, record);

	for (size_t i = 0; i < len - 1; i++) {
		assert_true(peer_write(&pair->peer, record + i, 1));
		pair_sync(pair);
		assert_false(readable(pair->fd));
		expect_errno(recv(pair->fd, &byte, 1, MSG_DONTWAIT), EAGAIN);
	}
	assert_true(peer_write(&pair->peer, record + len - 1, 1));
	assert_true(arrives(pair->fd, POLLIN));
	expect_count(recv(pair->fd, &byte, 1, MSG_DONTWAIT), 1);
}

static void control_records_are_not_readable(void **state)
{
	struct pair *pair = *state;

	peer_send_ticket(&pair->peer, 1, 100);
	pair_sync(pair);
	assert_false(readable(pair->fd));
	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	assert_true(arrives(pair->fd, POLLIN));
	expect_recv(pair->fd, "data", 4);
}

static void the_end_is_readable(void **state)
{
	struct pair *pair = *state;

	assert_false(readable(pair->fd));
	peer_send_alert(&pair->peer, ALERT_WARNING, ALERT_CLOSE_NOTIFY);
	assert_true(arrives(pair->fd, POLLIN));
	expect_end(pair->fd);
}

static void an_error_is_readable(void **state)
{
	struct pair *pair = *state;
	uint8_t byte;

	pair->peer.tx.seq++;
	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	assert_true(arrives(pair->fd, POLLIN));
	expect_errno(recv(pair->fd, &byte, 1, MSG_DONTWAIT), EBADMSG);
}

int main(void)
{
	static const struct test tests[] = {
		ONCE(one_read_takes_several_records),
		ONCE(peek_leaves_the_data),
		ONCE(waitall_waits_for_all),
		ONCE(mark_counts_plaintext),
		ONCE(fionread_counts_plaintext),
		ONCE(plaintext_goes_to_a_pipe),
		ONCE(part_of_a_record_is_not_readable),
		ONCE(control_records_are_not_readable),
		ONCE(the_end_is_readable),
		ONCE(an_error_is_readable),
	};

	return contract_run("contract_recv", tests, ARRAY_SIZE(tests));
}
