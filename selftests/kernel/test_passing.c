// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Errors that TCP has and goes on with enter: an ICMP message says that the host is
 * not there, to a socket that wants to hear of it (IP_RECVERR).  One reader or writer
 * is told, nobody who only asks takes it away, and the stream goes on.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ktest.h"

/* RFC 792: the head of the message, and of the packet that was not delivered */
struct unreachable {
	struct icmphdr	icmp;
	struct iphdr	ip;
	uint16_t	source;
	uint16_t	dest;
	uint32_t	seq;
};

/* Where the peer expects our next byte: TCP believes no other ICMP (RFC 5927 4) */
static uint32_t next_sequence(int fd)
{
	socklen_t len = sizeof(uint32_t);
	uint32_t seq;

	set_int(fd, IPPROTO_TCP, TCP_REPAIR, TCP_REPAIR_ON);
	set_int(fd, IPPROTO_TCP, TCP_REPAIR_QUEUE, TCP_SEND_QUEUE);
	expect_ok(getsockopt(fd, IPPROTO_TCP, TCP_QUEUE_SEQ, &seq, &len));
	set_int(fd, IPPROTO_TCP, TCP_REPAIR, TCP_REPAIR_OFF_NO_WP);
	return seq;
}

/* RFC 1071 */
static uint16_t checksum(const void *data, size_t len)
{
	const uint16_t *words = data;
	uint32_t sum = 0;

	for (size_t i = 0; i < len / 2; i++)
		sum += words[i];
	sum = (sum & 0xffff) + (sum >> 16);
	return ~(sum + (sum >> 16));
}

static struct sockaddr_in address_of(int fd)
{
	struct sockaddr_in at;
	socklen_t len = sizeof(at);

	expect_ok(getsockname(fd, (void *)&at, &len));
	return at;
}

static void send_unreachable(const struct pair *pair, uint32_t seq)
{
	struct sockaddr_in here = address_of(pair->fd), there = address_of(pair->peer.fd);
	int raw = must(socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP));
	struct unreachable message = {
		.icmp	= { .type = ICMP_DEST_UNREACH, .code = ICMP_HOST_UNREACH },
		.ip	= { .version = 4, .ihl = 5, .protocol = IPPROTO_TCP, .ttl = 64,
			    .tot_len = htons(40), .saddr = here.sin_addr.s_addr,
			    .daddr = there.sin_addr.s_addr },
		.source	= here.sin_port,
		.dest	= there.sin_port,
		.seq	= htonl(seq),
	};

	message.icmp.checksum = checksum(&message, sizeof(message));
	expect_count(sendto(raw, &message, sizeof(message), 0, (void *)&here, sizeof(here)),
		     sizeof(message));
	close(raw);
}

/* Sealed, and with an error that nobody was told of */
static void open_unreachable(struct pair *pair, const struct variant *variant)
{
	uint32_t seq;

	pair_open_raw(pair, variant);
	seq = next_sequence(pair->fd);
	set_int(pair->fd, IPPROTO_IP, IP_RECVERR, 1);
	seal(pair->fd, &pair->keys);
	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	pair_sync(pair);
	send_unreachable(pair, seq);
	wait_for(pair->fd, POLLERR);
}

static void expect_all_is_well(struct pair *pair)
{
	expect_nothing_to_read(pair->fd);
	expect_count(send(pair->fd, "out", 3, 0), 3);
	peer_expect_record(&pair->peer, TYPE_DATA, "out", 3);
	peer_send(&pair->peer, TYPE_DATA, "in", 2);
	expect_recv(pair->fd, "in", 2);
	assert_int_equal(info_of(pair->fd).error, 0);
}

static void reader_is_told_once_after_the_data(void **state)
{
	struct pair *pair = *state;
	uint8_t byte;

	expect_recv(pair->fd, "data", 4);
	expect_errno(recv(pair->fd, &byte, 1, 0), EHOSTUNREACH);
	expect_all_is_well(pair);
}

/* With a part of a record there to be looked at, and without */
static void asking_does_not_take_it_away(void **state)
{
	struct pair *pair = *state;
	uint8_t record[64], byte;
	size_t len = record_seal(&pair->peer.tx, TYPE_DATA, "more", 4, record);

	expect_recv(pair->fd, "data", 4);
	for (size_t part = 0; part < 2; part++) {
		assert_true(peer_write(&pair->peer, record, part));
		pair_sync(pair);
		wait_for(pair->fd, POLLERR);
		expect_count(waiting_bytes(pair->fd), 0);
	}
	expect_errno(recv(pair->fd, &byte, 1, MSG_DONTWAIT), EHOSTUNREACH);
	expect_nothing_to_read(pair->fd);
	assert_true(peer_write(&pair->peer, record + 1, len - 1));
	expect_recv(pair->fd, "more", 4);
	expect_all_is_well(pair);
}

/* A call that has bytes to return says nothing of errors */
static void reader_of_more_gets_the_data_first(void **state)
{
	struct pair *pair = *state;
	uint8_t bytes[8];

	expect_count(recv(pair->fd, bytes, sizeof(bytes), MSG_WAITALL), 4);
	expect_errno(recv(pair->fd, bytes, sizeof(bytes), MSG_WAITALL), EHOSTUNREACH);
	expect_all_is_well(pair);
}

static void splice_is_told_once(void **state)
{
	struct pair *pair = *state;
	int pipe[2];

	open_pipe(pipe, 65536);
	expect_count(splice(pair->fd, NULL, pipe[1], NULL, 4, 0), 4);
	expect_errno(splice(pair->fd, NULL, pipe[1], NULL, 4, 0), EHOSTUNREACH);
	expect_all_is_well(pair);
	close_pipe(pipe);
}

/* As on TCP, whoever comes first */
static void writer_is_told_instead(void **state)
{
	struct pair *pair = *state;

	expect_errno(send(pair->fd, "lost", 4, 0), EHOSTUNREACH);
	expect_recv(pair->fd, "data", 4);
	expect_all_is_well(pair);
}

int main(void)
{
	static const struct test tests[] = {
		ONCE(reader_is_told_once_after_the_data),
		ONCE(asking_does_not_take_it_away),
		ONCE(reader_of_more_gets_the_data_first),
		ONCE(splice_is_told_once),
		ONCE(writer_is_told_instead),
	};

	return run_cases("passing", tests, ARRAY_SIZE(tests), open_unreachable);
}
