// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A connection enters; its peer sends records and receives records in two threads,
 * until both directions have ended, and how many bytes that were leaves.
 */
#include <netinet/in.h>
#include <linux/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "race.h"

#define RECORDS		150

/* RFC 8446 4.6.3: the next record is under the next key */
static bool feed_update(struct stream *stream)
{
	uint8_t update[] = { HS_KEY_UPDATE, 0, 0, 1, 1 }, record[64];
	struct peer *peer = &stream->pair.peer;
	bool good = peer_write(peer, record, record_seal(&peer->tx, TYPE_HANDSHAKE, update,
							 sizeof(update), record));

	half_update(&peer->tx);
	return good;
}

static bool feed_ticket(struct stream *stream)
{
	uint8_t ticket[100], record[200];
	struct peer *peer = &stream->pair.peer;
	size_t len = message_make(ticket, HS_NEW_SESSION_TICKET, 1, 90);

	len = record_seal(&peer->tx, TYPE_HANDSHAKE, ticket, len, record);
	return peer_write(peer, record, len);
}

static bool feed_data(struct stream *stream, size_t len)
{
	static const uint8_t data[RECORD_PLAIN_MAX];
	struct peer *peer = &stream->pair.peer;
	uint8_t record[RECORD_ROOM];

	if (!peer_write(peer, record, record_seal(&peer->tx, TYPE_DATA, data, len, record)))
		return false;
	stream->fed += len;
	return true;
}

static bool feed_end(struct stream *stream)
{
	static const uint8_t alert[] = { ALERT_WARNING, ALERT_CLOSE_NOTIFY };
	struct peer *peer = &stream->pair.peer;
	uint8_t record[64];
	size_t len;

	if (stream->notifies) {
		len = record_seal(&peer->tx, TYPE_ALERT, alert, sizeof(alert), record);
		if (!peer_write(peer, record, len))
			return false;
	}
	return !shutdown(peer->fd, SHUT_WR);
}

static void *feed(void *arg)
{
	struct stream *stream = arg;
	bool good = true;

	for (size_t i = 0; i < RECORDS && good; i++) {
		good = feed_data(stream, i * 7919 % (i % 16 ? 700 : 16385));
		if (good && stream->updates && i % 10 == 0)
			good = feed_update(stream) && feed_ticket(stream);
	}
	if (good)
		feed_end(stream);
	return NULL;
}

static void *drain(void *arg)
{
	struct stream *stream = arg;
	struct peer *peer = &stream->pair.peer;
	uint8_t plain[RECORD_ROOM], type;
	ssize_t n;

	while ((n = peer_next(peer, plain, &type)) >= 0) {
		if (type == TYPE_HANDSHAKE)
			half_update(&peer->rx);
		if (type == TYPE_DATA)
			stream->drained += n;
	}
	stream->clean = n == PEER_EOF;
	return NULL;
}

/* The sealed end must not block, for the racers */
void stream_start(struct stream *stream)
{
	stream->target.fd = stream->pair.fd;
	set_nonblock(stream->pair.fd);
	expect_ok(pthread_create(&stream->feeder, NULL, feed, stream));
	expect_ok(pthread_create(&stream->drain, NULL, drain, stream));
}

/* What the peer has still to say, without blocking in recv() */
static void read_to_the_end(struct stream *stream)
{
	int fd = stream->pair.fd;
	uint8_t buf[4096];
	ssize_t n;

	set_int(fd, SOL_SOCKET, SO_RCVLOWAT, 1);
	do {
		n = recv(fd, buf, sizeof(buf), 0);
		if (n < 0 && errno == EAGAIN)
			wait_for(fd, POLLIN);
		else
			must(n);
		stream->target.received += n > 0 ? n : 0;
	} while (n);
}

/* Both directions end, and every byte has gone through exactly once */
void stream_finish(struct stream *stream)
{
	set_int(stream->pair.fd, IPPROTO_TCP, TCP_CORK, 0);
	expect_ok(shutdown(stream->pair.fd, SHUT_WR));
	read_to_the_end(stream);
	expect_ok(pthread_join(stream->feeder, NULL));
	expect_ok(pthread_join(stream->drain, NULL));
	assert_true(stream->clean);
	assert_int_equal(stream->target.received, stream->fed);
	assert_int_equal(stream->drained, stream->target.sent);
}
