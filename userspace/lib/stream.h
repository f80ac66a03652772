/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * The part of private.h about records in user space, behind the handshake.
 */
#ifndef SOCKSEAL_STREAM_PRIVATE_H
#define SOCKSEAL_STREAM_PRIVATE_H

#include "hs.h"

struct seal_record_header;

/* ----------------------------------------------------------- stream.c */

/* Tickets that are kept, in bytes, as in the kernel's queue */
#define SEAL_TICKETS_MAX	8192

/* What seal_conn_write() leaves for seal_conn_drain(), but for one record */
#define SEAL_OUTPUT_MAX		65536

/* KeyUpdates and empty records of the peer in a row, without data between them */
#define SEAL_SILENT_MAX		64

/* Of a connection whose records are made here */
struct seal_stream {
	struct seal_buf	plain;		/* opened, not read yet: one record */
	struct seal_buf	tickets;	/* NewSessionTickets, oldest first */
	struct seal_resumption	*res;	/* of a client, what they need */
	uint64_t	records_max;	/* under one key of ours */
	unsigned int	silent;		/* records without data, in a row */
	bool		eof;		/* TCP's FIN has come */
	bool		reset;		/* a send was told of an RST */
	bool		closed;		/* close_notify has come */
	bool		closing;	/* ours is sent */
	bool		requested;	/* the peer owes a KeyUpdate */
	bool		answered;	/* our new key was not used yet */
	bool		owed;		/* a KeyUpdate before the next record */
};

/* Does the stream take bytes?  false: there is none, or something is to be read first */
bool seal_stream_wants(const struct seal_conn *conn);
/* As seal_demux_header() and seal_demux_record() */
int seal_stream_header(struct seal_conn *conn,
		       const struct seal_record_header *header) SEAL_MUST_CHECK;
int seal_stream_record(struct seal_conn *conn) SEAL_MUST_CHECK;
/* A fatal alert: the sessions of its tickets have ended; @stream may be NULL */
void seal_stream_end_sessions(struct seal_stream *stream);
void seal_stream_free(struct seal_stream *stream);

/* Handlers of the messages behind the handshake (RFC 8446 4.6) */
int seal_stream_on_ticket(struct seal_conn *conn,
			  const struct seal_message *msg);
int seal_stream_on_update(struct seal_conn *conn,
			  const struct seal_message *msg);

/* conn_fd.c: 0 when conn->output is sent, SEAL_WANT_WRITE, SEAL_E_SYSTEM; not sticky */
int seal_fd_send(struct seal_conn *conn, int fd, int flags) SEAL_MUST_CHECK;
/*
 * Into conn->ahead, which is empty: 0, which may be the end of a stream,
 * SEAL_WANT_READ, or the sticky error
 */
int seal_fd_receive(struct seal_conn *conn, int fd) SEAL_MUST_CHECK;

#endif /* SOCKSEAL_STREAM_PRIVATE_H */
