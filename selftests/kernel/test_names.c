// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A socket sealed under the name tls enters; what the module does beyond the
 * in-tree one, it must do under that name too, in both versions.
 */
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <netinet/in.h>
#include <linux/tcp.h>

#include "ktls.h"

static void plaintext_is_counted(void **state)
{
	struct pair *pair = *state;
	uint8_t byte;

	peer_send(&pair->peer, TYPE_DATA, "0123456789", 10);
	peer_send(&pair->peer, TYPE_DATA, "abc", 3);
	pair_sync(pair);
	expect_count(waiting_bytes(pair->fd), 13);
	expect_count(recv(pair->fd, &byte, 1, 0), 1);
	expect_count(waiting_bytes(pair->fd), 12);
}

static void cork_makes_one_record(void **state)
{
	struct pair *pair = *state;

	set_int(pair->fd, IPPROTO_TCP, TCP_CORK, 1);
	expect_count(write(pair->fd, "ab", 2), 2);
	expect_count(write(pair->fd, "cd", 2), 2);
	expect_count(bytes_handed_to_tcp(pair->fd), 0);
	set_int(pair->fd, IPPROTO_TCP, TCP_CORK, 0);
	peer_expect_record(&pair->peer, TYPE_DATA, "abcd", 4);
}

static void zerocopy_is_answered_at_once(void **state)
{
	struct pair *pair = *state;

	set_int(pair->fd, SOL_SOCKET, SO_ZEROCOPY, 1);
	expect_count(send(pair->fd, "data", 4, MSG_ZEROCOPY), 4);
	expect_copied_notice(pair->fd);
	peer_expect_record(&pair->peer, TYPE_DATA, "data", 4);
}

static void peeks_have_an_offset(void **state)
{
	struct pair *pair = *state;
	char buf[4];

	peer_send(&pair->peer, TYPE_DATA, "0123456789", 10);
	pair_sync(pair);
	set_int(pair->fd, SOL_SOCKET, SO_PEEK_OFF, 3);
	expect_count(recv(pair->fd, buf, 4, MSG_PEEK), 4);
	expect_bytes(buf, "3456", 4);
	expect_count(recv(pair->fd, buf, 4, MSG_PEEK), 3);
	expect_bytes(buf, "789", 3);
	expect_recv(pair->fd, "0123456789", 10);
}

static void recv_waits_for_the_mark(void **state)
{
	struct pair *pair = *state;
	struct worker *reader;

	set_int(pair->fd, SOL_SOCKET, SO_RCVLOWAT, 8);
	reader = worker_recv(pair->fd, 10, 0);
	worker_wait_blocked(reader);
	peer_send(&pair->peer, TYPE_DATA, "01234", 5);
	peer_send(&pair->peer, TYPE_DATA, "56789", 5);
	worker_join(reader, (const uint8_t *)"0123456789", 10);
}

static void urgent_bytes_stay_in_the_stream(void **state)
{
	struct pair *pair = *state;
	uint8_t record[64];
	size_t len;

	for (size_t i = 0; i < RECORD_HEADER + 5; i++) {
		len = record_seal(&pair->peer.tx, TYPE_DATA, "data", 4, record);
		assert_true(peer_write(&pair->peer, record, i));
		expect_count(send(pair->peer.fd, record + i, 1, MSG_OOB), 1);
		pair->peer.written++;
		assert_true(peer_write(&pair->peer, record + i + 1, len - i - 1));
		expect_recv(pair->fd, "data", 4);
	}
}

static void queues_of_tcp_are_out_of_reach(void **state)
{
	struct pair *pair = *state;
	struct tcp_zerocopy_receive zc = { .length = 0 };
	socklen_t len = sizeof(zc);
	int on = TCP_REPAIR_ON;

	expect_errno(setsockopt(pair->fd, IPPROTO_TCP, TCP_REPAIR, &on, sizeof(on)),
		     EOPNOTSUPP);
	expect_errno(getsockopt(pair->fd, IPPROTO_TCP, TCP_ZEROCOPY_RECEIVE, &zc, &len),
		     EOPNOTSUPP);
	assert_ptr_equal(mmap(NULL, 4096, PROT_READ, MAP_SHARED, pair->fd, 0), MAP_FAILED);
}

int main(void)
{
	static const struct test tests[] = {
		EACH_SUITE(plaintext_is_counted),
		EACH_SUITE(cork_makes_one_record),
		EACH_SUITE(zerocopy_is_answered_at_once),
		EACH_SUITE(peeks_have_an_offset),
		EACH_SUITE(recv_waits_for_the_mark),
		EACH_SUITE(urgent_bytes_stay_in_the_stream),
		EACH_SUITE(queues_of_tcp_are_out_of_reach),
	};

	return ktls_run_cases("names", tests, ARRAY_SIZE(tests), ktls_open);
}
