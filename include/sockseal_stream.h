/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * libsockseal: records in user space, where no module can be had.  The engine of the
 * handshake goes on with the application data, under the contract of a sealed socket.
 *
 *	err = seal_conn_handshake(conn, fd);
 *	if (!err)
 *		err = seal_conn_stream(conn);
 *	if (!err)
 *		err = seal_stream_write(conn, fd, "hello", 5, &used);
 *	if (!err)
 *		err = seal_stream_read(conn, fd, buf, sizeof(buf), &got);
 *
 * Tickets, KeyUpdates and padding are not seen by who reads; keys are changed before
 * their limit (RFC 8446 5.5); what is wrong with a record ends the connection with an
 * alert, and no byte of that record is read.
 *
 * A part of sockseal.h, whose conventions hold.
 */
#ifndef SOCKSEAL_STREAM_H
#define SOCKSEAL_STREAM_H

#include "sockseal.h"

#ifdef __cplusplus
extern "C" {
#endif

struct seal_session;

/**
 * seal_conn_stream() - keep the records of a completed connection in the library
 * @conn: whose handshake is complete; its last bytes may still wait to be drained
 *
 * In the place of seal_conn_attach(), which fails from now on.  What was received behind
 * the handshake, by seal_conn_handshake() or seal_conn_prefill(), is read first.
 *
 * Return: 0, SEAL_E_INVALID (not complete, handed over, a second time, early data not
 * read), SEAL_E_NOMEM, SEAL_E_CRYPTO.
 */
int seal_conn_stream(struct seal_conn *conn);

/* ------------------------------------------------------------- engine */

/*
 * seal_conn_feed() takes records now, as far as there is no plaintext that waits to be
 * read: at most one record is held, so what is not consumed has to be fed again after
 * seal_conn_read().  It returns 0 when there is something to read, bytes or the end,
 * SEAL_WANT_READ when it needs more, or the sticky error.  seal_conn_need() is of use as
 * before, and seal_conn_drain() has the records for the peer.
 */

/**
 * seal_conn_read() - take plaintext of the peer
 * @buf:	where it goes
 * @len:	room in @buf, 1 or more
 * @got:	how many bytes were stored
 *
 * All that came before a failure is read before the failure is told.
 *
 * Return: 0 with @got above 0; 0 with @got 0 at the end, after a close_notify (RFC 8446
 * 6.1); SEAL_WANT_READ when bytes have to be fed first; SEAL_E_INVALID (no stream, no
 * room); or the sticky error: SEAL_E_EOF (the peer's TCP has ended without a
 * close_notify), SEAL_E_ALERT (a fatal alert of the peer, see seal_conn_alert()),
 * SEAL_E_BAD_RECORD_MAC, SEAL_E_RECORD_OVERFLOW, SEAL_E_UNEXPECTED_MESSAGE (another
 * content type, a message that does not belong here, more than 64 KeyUpdates or empty
 * records without data between them), SEAL_E_DECODE_ERROR, SEAL_E_ILLEGAL_PARAMETER,
 * SEAL_E_NOMEM, SEAL_E_CRYPTO.
 */
int seal_conn_read(struct seal_conn *conn, void *buf, size_t len, size_t *got);

/**
 * seal_conn_write() - encrypt bytes for the peer
 * @data:	plaintext
 * @len:	how much; 0 sends nothing
 * @used:	how much of it is in records; the rest is to be given again
 *
 * Each call ends in a complete record, of at most 16384 bytes.
 *
 * Return: 0 when all is in records; SEAL_WANT_WRITE when 65536 bytes or more wait to be
 * drained; SEAL_E_INVALID (no stream, after seal_conn_close()), or the sticky error.
 */
int seal_conn_write(struct seal_conn *conn, const void *data, size_t len,
		    size_t *used);

/**
 * seal_conn_close() - say that nothing more is sent: close_notify (RFC 8446 6.1)
 *
 * What the peer sends can still be read, to its own close_notify.  A second call does
 * nothing.
 *
 * Return: 0, SEAL_E_INVALID (no stream), or the sticky error.
 */
int seal_conn_close(struct seal_conn *conn);

/**
 * seal_conn_eof() - the peer's TCP has ended, with a FIN
 *
 * All that it has sent was fed.  Without a close_notify before it, inside a record or
 * not, seal_conn_read() says SEAL_E_EOF when all is read, and that stays: an attacker can
 * cut a connection.
 *
 * Return: 0, SEAL_E_INVALID (no stream).
 */
int seal_conn_eof(struct seal_conn *conn);

/**
 * seal_conn_update_key() - replace the key of what is sent (RFC 8446 4.6.3)
 * @request: not 0: ask the peer to replace its key, too, unless it was asked already
 *
 * Return: 0, SEAL_E_INVALID (no stream, after seal_conn_close()), or the sticky error.
 */
int seal_conn_update_key(struct seal_conn *conn, int request);

/**
 * seal_conn_session() - take the oldest ticket that has come, as a session
 * @conn:	a client's
 * @session:	where it is stored, to be freed with seal_session_free(); NULL if there
 *		is none
 *
 * What seal_resumption_receive() is for a sealed socket.  8192 bytes of tickets are
 * kept; the oldest make room, and a longer one is dropped.  A fatal alert, of either end,
 * ends the sessions of this connection, as seal_resumption_end() does.
 *
 * Return: 0, SEAL_E_INVALID (no stream, of a server, failed), SEAL_E_NOMEM,
 * SEAL_E_CRYPTO.
 */
int seal_conn_session(struct seal_conn *conn, struct seal_session **session);

/* What is to become of the TCP connection */
enum seal_wire_state {
	SEAL_WIRE_OPEN,		/* it lives: something may come or be sent */
	SEAL_WIRE_FLUSH,	/* send what seal_conn_drain() has, then close it */
	SEAL_WIRE_CLOSE,	/* close it now */
};

/**
 * seal_conn_wire() - may the TCP connection be closed?
 *
 * It is over after a failure, whose alert may have to be sent first, and after a
 * close_notify each way.
 *
 * Return: what to do with it.
 */
enum seal_wire_state seal_conn_wire(const struct seal_conn *conn);

/* ------------------------------------------------- over a descriptor */

/**
 * seal_stream_read() - read plaintext from a socket
 * @fd:	the socket of the handshake, blocking or not
 *
 * Sends what the engine wants to send, such as the answer to a KeyUpdate, as far as the
 * socket takes it.
 *
 * Return: as seal_conn_read(); SEAL_WANT_READ only if @fd does not block, SEAL_E_SYSTEM
 * with errno, which stays, if recv() or send() fails.
 */
int seal_stream_read(struct seal_conn *conn, int fd, void *buf, size_t len,
		     size_t *got);

/**
 * seal_stream_write() - write plaintext to a socket
 * @used: how much was taken; it is sent unless the connection dies, the last of it by
 *	  seal_stream_flush() or any later call if SEAL_WANT_WRITE is returned
 *
 * Return: 0 when all is with TCP; SEAL_WANT_WRITE only if @fd does not block;
 * otherwise as seal_conn_write(), and SEAL_E_SYSTEM with errno, which stays.
 */
int seal_stream_write(struct seal_conn *conn, int fd, const void *data,
		      size_t len, size_t *used);

/**
 * seal_stream_flush() - send what waits
 * Return: 0 when nothing waits, SEAL_WANT_WRITE, SEAL_E_SYSTEM.
 */
int seal_stream_flush(struct seal_conn *conn, int fd);

/**
 * seal_stream_close() - close_notify, and a FIN behind it
 *
 * What shutdown(fd, SHUT_WR) is to a sealed socket; call it again while it returns
 * SEAL_WANT_WRITE.
 *
 * Return: 0, SEAL_WANT_WRITE, as seal_conn_close(), SEAL_E_SYSTEM with errno.
 */
int seal_stream_close(struct seal_conn *conn, int fd);

#ifdef __cplusplus
}
#endif

#endif /* SOCKSEAL_STREAM_H */
