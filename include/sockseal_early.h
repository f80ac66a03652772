/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * libsockseal: early data, or 0-RTT (RFC 8446 2.3, 8).
 *
 * A part of sockseal.h, whose conventions hold.
 *
 * Early data is what a client sends along with its ClientHello when it resumes a session.
 * It is off by default, for it is worth less than other data: its keys do not change when
 * those of the session are known (no forward secrecy), and somebody on the way can send it
 * AGAIN, to this server and to others.  Only what may happen twice belongs into it, such as
 * a GET without effects.  It never mixes with other data: it has calls of its own, and the
 * kernel never sees it.
 */
#ifndef SOCKSEAL_EARLY_H
#define SOCKSEAL_EARLY_H

#include "sockseal.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What has become of early data */
enum seal_early_state {
	SEAL_EARLY_NONE,	/* the client has sent none; or, at a server, refused */
	SEAL_EARLY_OFFERED,	/* client: the server has not answered yet */
	SEAL_EARLY_ACCEPTED,
	SEAL_EARLY_REFUSED,	/* client: as if it had not been sent */
};

/** seal_conn_early() - has the server accepted early data? */
enum seal_early_state seal_conn_early(const struct seal_conn *conn);

/* -------------------------------------------------------------- clients */

/**
 * seal_conn_write_early() - send early data with the ClientHello
 * @conn:	of seal_conn_resume(), of which nothing has been drained or sent yet; for
 *		more of it, the server has not answered yet
 * @data:	what may happen twice; copied
 * @len:	all together as many as seal_session_max_early_data() says, at most
 *
 * It is encrypted at once and leaves with what seal_conn_drain() or seal_conn_handshake()
 * send.  Whether the server takes it is known when the handshake is complete: if
 * seal_conn_early() is SEAL_EARLY_REFUSED then, nobody has seen it, and it is the
 * application that sends it again, or does not: the protocol may be another one
 * (RFC 8446 4.2.10).  It is never sent again by itself.
 *
 * An application that is asked about certificates is asked here, too, before anything is
 * said to the server: unless it agrees at once, there is no early data.
 *
 * Return: 0, SEAL_E_INVALID (no session is offered, or one without early data, or one that
 * the application does not agree to, too much, too late, a server), SEAL_E_NOMEM,
 * SEAL_E_CRYPTO.  After SEAL_E_INVALID the connection is as it was.
 */
int seal_conn_write_early(struct seal_conn *conn, const void *data, size_t len);

/* -------------------------------------------------------------- servers */

/**
 * seal_config_set_early_data() - take early data
 * @cfg:	configuration of a server
 * @max:	bytes that a client may send, 1048576 at most: so many may be kept for
 *		seal_conn_read_early(), for each connection.  0, which is the default:
 *		tickets allow none, and none is taken
 *
 * It is taken only with a session of ours and its suite, protocol and server name, offered
 * first, without a HelloRetryRequest; if the age of the ticket is what the client says, give
 * or take a window (RFC 8446 8.3); and if the ClientHello has not been seen (8.2), see
 * seal_config_set_replay().  Otherwise the handshake goes on without it.  More than @max is
 * SEAL_E_UNEXPECTED_MESSAGE.  seal_accept() takes none: nobody could read it.
 *
 * Return: 0, SEAL_E_INVALID (too many, a client's configuration, in use), SEAL_E_NOMEM.
 */
int seal_config_set_early_data(struct seal_config *cfg, uint32_t max);

/**
 * seal_config_set_replay() - how ClientHellos are told from their replays
 * @cfg:	configuration of a server
 * @window:	milliseconds that the age of a ticket may differ from what the client says,
 *		1 to 3600000; 10000 by default
 * @entries:	ClientHellos with early data that are remembered in twice that time, 1 to
 *		1048576; 16384 by default.  They take 64 bytes each, or up to 128 if
 *		@entries is no power of two
 *
 * A configuration that takes early data has one register, which all its connections share.
 * It remembers each ClientHello for as long as its age would let it pass.  When it is full
 * early data is refused, not forgotten.  What was sent before the register began is refused
 * while the age would let it pass, unless the ticket is younger: nobody knows what was seen
 * then.
 *
 * Return: as seal_config_set_early_data().
 */
int seal_config_set_replay(struct seal_config *cfg, uint32_t window, size_t entries);

#define SEAL_REPLAY_ID_SIZE	32

/**
 * typedef seal_replay_fn - remembers ClientHellos for servers that share ticket keys
 * @id:		SEAL_REPLAY_ID_SIZE bytes: a digest of what is unique in a ClientHello
 * @window:	for how many milliseconds it has to be remembered
 * @arg:	as given to seal_config_set_replay_callback()
 *
 * Return: 1 if it was not there before, and is now; anything else refuses the early data.
 */
typedef int (*seal_replay_fn)(const uint8_t *id, uint32_t window, void *arg);

/**
 * seal_config_set_replay_callback() - ask others whether a ClientHello was seen
 * @callback:	called by the threads that do handshakes, several at once, for what the
 *		register does not know; NULL: nobody is asked
 *
 * Without it, servers that share ticket keys take early data once each (RFC 8446 8).
 *
 * Return: 0, SEAL_E_INVALID (a client's configuration, in use).
 */
int seal_config_set_replay_callback(struct seal_config *cfg, seal_replay_fn callback,
				    void *arg);

/**
 * seal_conn_read_early() - take early data, WHICH MAY BE A REPLAY
 * @buf:	where it goes
 * @len:	room in @buf
 *
 * Data is there while the handshake goes on and afterwards, until it is read;
 * seal_conn_attach() and seal_conn_stream() refuse a connection with early data that nobody
 * has read.  It came from who has the session; that this one is there now, and sent it only
 * once, is proved when the handshake is complete.  When that fails, what is left is gone.
 *
 * Return: number of bytes copied; 0: nothing is there now.
 */
size_t seal_conn_read_early(struct seal_conn *conn, void *buf, size_t len);

/**
 * seal_conn_export_early() - as seal_conn_export(), for use with early data
 *
 * Known to a client once early data was written, to a server that has accepted it.  It is
 * the same when the ClientHello is replayed (RFC 8446 7.5, 8).
 *
 * Return: 0, SEAL_E_INVALID (no early data, failed, a length out of range), SEAL_E_CRYPTO.
 */
int seal_conn_export_early(const struct seal_conn *conn, const char *label,
			   struct seal_export_context context, void *out, size_t len);

#ifdef __cplusplus
}
#endif

#endif /* SOCKSEAL_EARLY_H */
