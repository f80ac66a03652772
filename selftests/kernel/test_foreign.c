// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Whoever else may have a hand on the socket enters: sockmap, repair mode, mapped
 * receive buffers, readers of plain TCP.  None of them may see a byte of the
 * records, and what they have taken must not go unnoticed.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <netinet/in.h>
#include <linux/bpf.h>
#include <linux/tcp.h>

#include "ktest.h"

static int bpf(int command, union bpf_attr *attr)
{
	return syscall(SYS_bpf, command, attr, sizeof(*attr));
}

static int make_sockmap(void)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_SOCKMAP,
		.key_size = 4, .value_size = 4, .max_entries = 1,
	};

	return must(bpf(BPF_MAP_CREATE, &attr));
}

static int put_in_map(int map, int fd)
{
	uint32_t key = 0, value = fd;
	union bpf_attr attr = {
		.map_fd = map, .key = (uintptr_t)&key, .value = (uintptr_t)&value,
	};

	return bpf(BPF_MAP_UPDATE_ELEM, &attr);
}

static int take_from_map(int map)
{
	uint32_t key = 0;
	union bpf_attr attr = { .map_fd = map, .key = (uintptr_t)&key };

	return bpf(BPF_MAP_DELETE_ELEM, &attr);
}

static void expect_still_sealed(struct pair *pair)
{
	expect_count(send(pair->fd, "out", 3, 0), 3);
	peer_expect_record(&pair->peer, TYPE_DATA, "out", 3);
	peer_send(&pair->peer, TYPE_DATA, "in", 2);
	expect_recv(pair->fd, "in", 2);
}

static void sealed_socket_is_not_for_sockmap(void **state)
{
	struct pair *pair = *state;
	int map = make_sockmap();

	expect_ok(attach_ulp(pair->fd));
	expect_errno(put_in_map(map, pair->fd), EOPNOTSUPP);
	expect_ok(set_keys(pair->fd, &pair->keys));
	expect_errno(put_in_map(map, pair->fd), EOPNOTSUPP);
	expect_still_sealed(pair);
	close(map);
}

static void socket_of_a_sockmap_is_not_for_sealing(void **state)
{
	struct pair *pair = *state;
	int map = make_sockmap();

	expect_ok(put_in_map(map, pair->fd));
	expect_errno(attach_ulp(pair->fd), EINVAL);
	expect_ok(take_from_map(map));
	seal(pair->fd, &pair->keys);
	expect_still_sealed(pair);
	close(map);
}

static void repair_mode_is_refused(void **state)
{
	struct pair *pair = *state;
	int queue = TCP_RECV_QUEUE, on = TCP_REPAIR_ON;

	seal(pair->fd, &pair->keys);
	expect_errno(setsockopt(pair->fd, IPPROTO_TCP, TCP_REPAIR, &on, sizeof(on)),
		     EOPNOTSUPP);
	expect_errno(setsockopt(pair->fd, IPPROTO_TCP, TCP_REPAIR_QUEUE, &queue,
				sizeof(queue)), EPERM);
	set_int(pair->fd, IPPROTO_TCP, TCP_REPAIR, TCP_REPAIR_OFF_NO_WP);
	expect_still_sealed(pair);
}

static void socket_under_repair_is_refused(void **state)
{
	struct pair *pair = *state;

	set_int(pair->fd, IPPROTO_TCP, TCP_REPAIR, TCP_REPAIR_ON);
	expect_errno(attach_ulp(pair->fd), EINVAL);
	set_int(pair->fd, IPPROTO_TCP, TCP_REPAIR, TCP_REPAIR_OFF_NO_WP);
	seal(pair->fd, &pair->keys);
	expect_still_sealed(pair);
}

static int receive_zerocopy(int fd, void *copy, int len)
{
	struct tcp_zerocopy_receive zc = {
		.copybuf_address = (uintptr_t)copy, .copybuf_len = len,
	};
	socklen_t size = sizeof(zc);

	return getsockopt(fd, IPPROTO_TCP, TCP_ZEROCOPY_RECEIVE, &zc, &size);
}

/* It would map or copy, and consume, what is in TCP's queue */
static void zerocopy_receive_is_refused(void **state)
{
	struct pair *pair = *state;
	char copy[100];
	void *before = mmap(NULL, 4096, PROT_READ, MAP_SHARED, pair->fd, 0);

	assert_ptr_not_equal(before, MAP_FAILED);
	seal(pair->fd, &pair->keys);
	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	pair_sync(pair);
	expect_errno(receive_zerocopy(pair->fd, copy, sizeof(copy)), EOPNOTSUPP);
	assert_ptr_equal(mmap(NULL, 4096, PROT_READ, MAP_SHARED, pair->fd, 0), MAP_FAILED);
	expect_recv(pair->fd, "data", 4);
	expect_still_sealed(pair);
	munmap(before, 4096);
}

/* A reader of plain TCP, in the call when the socket is sealed */
static struct worker *begin_theft(const struct pair *pair, size_t len)
{
	struct worker *thief = worker_recv(pair->fd, len, MSG_WAITALL);

	worker_wait_blocked(thief);
	return thief;
}

static void stolen_record_is_missed(void **state)
{
	struct pair *pair = *state;
	size_t len = 4 + RECORD_OVERHEAD;
	struct worker *thief = begin_theft(pair, len);
	uint8_t byte;

	seal(pair->fd, &pair->keys);
	peer_send(&pair->peer, TYPE_DATA, "gone", 4);
	worker_join(thief, NULL, len);
	expect_errno(recv(pair->fd, &byte, 1, MSG_DONTWAIT), EAGAIN);
	peer_send(&pair->peer, TYPE_DATA, "next", 4);
	expect_failed(pair->fd, EBADMSG);
	peer_expect_alert(&pair->peer, ALERT_FATAL, ALERT_BAD_RECORD_MAC);
}

/* What comes next is no header: its length or its type may be what is found first */
static void expect_broken(int fd)
{
	uint8_t byte;

	wait_for(fd, POLLIN);
	assert_int_equal(recv(fd, &byte, 1, 0), -1);
	expect_failed(fd, errno == EMSGSIZE ? EMSGSIZE : EBADMSG);
}

static void stolen_bytes_are_missed(void **state)
{
	struct pair *pair = *state;
	struct worker *thief = begin_theft(pair, 7);

	seal(pair->fd, &pair->keys);
	peer_send(&pair->peer, TYPE_DATA, "half gone", 9);
	worker_join(thief, NULL, 7);
	expect_broken(pair->fd);
}

static void send_urgent(struct pair *pair, const uint8_t *record, size_t len, size_t urgent)
{
	assert_true(peer_write(&pair->peer, record, urgent));
	expect_count(send(pair->peer.fd, record + urgent, 1, MSG_OOB), 1);
	pair->peer.written++;
	assert_true(peer_write(&pair->peer, record + urgent + 1, len - urgent - 1));
	pair_sync(pair);
}

/* RFC 6093: an urgent mark is no reason to take a byte out of the stream */
static void urgent_bytes_stay_in_the_stream(void **state)
{
	struct pair *pair = *state;
	uint8_t record[64], byte;
	size_t len;

	seal(pair->fd, &pair->keys);
	for (size_t i = 0; i < 4 + RECORD_OVERHEAD; i++) {
		len = record_seal(&pair->peer.tx, TYPE_DATA, "data", 4, record);
		send_urgent(pair, record, len, i);
		wait_for(pair->fd, POLLIN);
		expect_errno(recv(pair->fd, &byte, 1, MSG_OOB), EOPNOTSUPP);
		expect_recv(pair->fd, "data", 4);
	}
	expect_still_sealed(pair);
}

static void urgent_marks_wake_nobody(void **state)
{
	struct pair *pair = *state;
	struct pollfd p = { .fd = pair->fd, .events = POLLPRI };

	seal(pair->fd, &pair->keys);
	expect_count(send(pair->peer.fd, "\x17", 1, MSG_OOB), 1);
	pair->peer.written++;
	pair_sync(pair);
	expect_count(poll(&p, 1, 0), 0);
	expect_nothing_to_read(pair->fd);
}

/* Whoever wants to have bytes taken out of the stream gets a broken one */
static void urgent_bytes_taken_out_are_missed(void **state)
{
	struct pair *pair = *state;
	uint8_t garbage[64];

	seal(pair->fd, &pair->keys);
	set_int(pair->fd, SOL_SOCKET, SO_OOBINLINE, 0);
	fill_bytes(garbage, sizeof(garbage), 1);
	for (int i = 0; i < 1000; i++)
		if (send(pair->peer.fd, garbage, sizeof(garbage), MSG_OOB | MSG_NOSIGNAL) < 0)
			break;
	expect_broken(pair->fd);
}

int main(void)
{
	static const struct test tests[] = {
		EACH_FAMILY(sealed_socket_is_not_for_sockmap),
		EACH_FAMILY(socket_of_a_sockmap_is_not_for_sealing),
		EACH_FAMILY(repair_mode_is_refused),
		EACH_FAMILY(socket_under_repair_is_refused),
		EACH_FAMILY(zerocopy_receive_is_refused),
		EACH_SUITE(stolen_record_is_missed),
		EACH_FAMILY(stolen_bytes_are_missed),
		EACH(urgent_bytes_stay_in_the_stream),
		EACH_FAMILY(urgent_marks_wake_nobody),
		EACH_FAMILY(urgent_bytes_taken_out_are_missed),
	};

	return run_cases("foreign", tests, ARRAY_SIZE(tests), pair_open_raw);
}
