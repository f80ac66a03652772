// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * What the far end of the connection does enters as calls; TLS records leave on
 * its raw TCP socket, and those of the sealed end are opened and judged.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "ktest.h"

/* False when the connection broke; it asserts nothing, for use in threads */
bool peer_write(struct peer *peer, const void *bytes, size_t len)
{
	const uint8_t *at = bytes;

	while (len) {
		ssize_t n = send(peer->fd, at, len, MSG_NOSIGNAL);

		if (n < 0)
			return false;
		peer->written += n;
		at += n;
		len -= n;
	}
	return true;
}

void peer_send_inner(struct peer *peer, const void *inner, size_t len)
{
	uint8_t record[RECORD_ROOM];
	size_t n = record_seal_inner(&peer->tx, inner, len, record);

	assert_true(peer_write(peer, record, n));
}

void peer_send(struct peer *peer, uint8_t type, const void *data, size_t len)
{
	uint8_t record[RECORD_ROOM];
	size_t n = record_seal(&peer->tx, type, data, len, record);

	assert_true(peer_write(peer, record, n));
}

void peer_send_padded(struct peer *peer, uint8_t type, const void *data,
		      size_t len, size_t padding)
{
	uint8_t inner[RECORD_ROOM];

	if (len)
		memcpy(inner, data, len);
	inner[len] = type;
	memset(inner + len + 1, 0, padding);
	peer_send_inner(peer, inner, len + 1 + padding);
}

void peer_send_alert(struct peer *peer, uint8_t level, uint8_t description)
{
	uint8_t alert[] = { level, description };

	peer_send(peer, TYPE_ALERT, alert, sizeof(alert));
}

void peer_send_ticket(struct peer *peer, uint8_t fill, size_t body)
{
	uint8_t message[RECORD_PLAIN_MAX];
	size_t len = message_make(message, HS_NEW_SESSION_TICKET, fill, body);

	peer_send(peer, TYPE_HANDSHAKE, message, len);
}

/* RFC 8446 4.6.3: all records after it are under the next generation */
void peer_send_key_update(struct peer *peer, uint8_t request)
{
	uint8_t message[] = { HS_KEY_UPDATE, 0, 0, 1, request };

	peer_send(peer, TYPE_HANDSHAKE, message, sizeof(message));
	half_update(&peer->tx);
}

/* Bytes received before the end, at most len */
static size_t read_all(int fd, uint8_t *buf, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = recv(fd, buf + done, len - done, 0);

		if (n <= 0)
			return n ? (size_t)-1 : done;
		done += n;
	}
	return done;
}

/**
 * peer_next() - receive and open one record; asserts nothing
 * @peer:	waits for it on peer->fd
 * @plain:	room for RECORD_INNER_MAX bytes
 * @type:	where the inner type is stored
 *
 * Return: bytes of content, PEER_EOF, or PEER_BROKEN.
 */
ssize_t peer_next(struct peer *peer, uint8_t *plain, uint8_t *type)
{
	uint8_t record[RECORD_ROOM];
	size_t n = read_all(peer->fd, record, RECORD_HEADER);
	ssize_t len;

	if (n != RECORD_HEADER)
		return n ? PEER_BROKEN : PEER_EOF;
	n = record[3] << 8 | record[4];
	if (read_all(peer->fd, record + RECORD_HEADER, n) != n)
		return PEER_BROKEN;
	peer->inner = n - record_explicit_nonce(&peer->rx) - RECORD_TAG;
	len = record_open(&peer->rx, record, RECORD_HEADER + n, plain, type);
	return len < 0 ? PEER_BROKEN : len;
}

static bool is_key_update(uint8_t type, const uint8_t *plain, ssize_t len)
{
	static const uint8_t header[] = { HS_KEY_UPDATE, 0, 0, 1 };

	return type == TYPE_HANDSHAKE && len == 5 && !memcmp(plain, header, 4);
}

/**
 * peer_collect() - receive application data; asserts nothing
 * @peer:	follows KeyUpdates of the sealed end
 * @buf:	where the data goes
 * @len:	room in it
 *
 * Return: bytes received before @len was reached, before anything but data or a
 * KeyUpdate came, or before a record would not fit.
 */
size_t peer_collect(struct peer *peer, uint8_t *buf, size_t len)
{
	uint8_t plain[RECORD_ROOM], type;
	size_t done = 0;

	while (done < len) {
		ssize_t n = peer_next(peer, plain, &type);

		if (n >= 0 && is_key_update(type, plain, n)) {
			half_update(&peer->rx);
			peer->updates++;
			peer->requests += plain[4] == REQUESTED;
			continue;
		}
		if (n < 0 || type != TYPE_DATA || (size_t)n > len - done)
			break;
		memcpy(buf + done, plain, n);
		done += n;
	}
	return done;
}

/* Exactly one record of this type with these bytes comes next */
void peer_expect_record(struct peer *peer, uint8_t type, const void *data,
			size_t len)
{
	uint8_t plain[RECORD_ROOM], got;

	expect_count(peer_next(peer, plain, &got), len);
	assert_int_equal(got, type);
	expect_bytes(plain, data, len);
}

/* These bytes come next, in whatever records */
void peer_expect_data(struct peer *peer, const void *data, size_t len)
{
	uint8_t *buf = make_room(len);

	expect_count(peer_collect(peer, buf, len), len);
	expect_bytes(buf, data, len);
	free(buf);
}

void peer_expect_alert(struct peer *peer, uint8_t level, uint8_t description)
{
	uint8_t alert[] = { level, description };

	peer_expect_record(peer, TYPE_ALERT, alert, sizeof(alert));
}

void peer_expect_eof(struct peer *peer)
{
	uint8_t byte;

	expect_count(recv(peer->fd, &byte, 1, 0), 0);
}

/* close_notify, then FIN: RFC 8446 6.1 */
void peer_expect_close(struct peer *peer)
{
	peer_expect_alert(peer, ALERT_WARNING, ALERT_CLOSE_NOTIFY);
	peer_expect_eof(peer);
}

/* Whatever was on the way, then a reset */
void peer_expect_reset(struct peer *peer)
{
	uint8_t buf[4096];
	ssize_t n;

	do
		n = recv(peer->fd, buf, sizeof(buf), 0);
	while (n > 0);
	expect_errno(n, ECONNRESET);
}
