// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A connection whose records are made here, and its socket, enter; plaintext goes both
 * ways.
 */
#include <errno.h>
#include <sys/socket.h>

#include "private.h"

/* An answer, or an alert, as far as the socket takes it: what has come can be read */
static void send_some(struct seal_conn *conn, int fd)
{
	int saved = errno;

	(void)!seal_fd_send(conn, fd, MSG_DONTWAIT);
	errno = saved;
}

int seal_stream_read(struct seal_conn *conn, int fd, void *buf, size_t len,
		     size_t *got)
{
	int err;

	for (;;) {
		err = seal_conn_read(conn, buf, len, got);
		send_some(conn, fd);
		if (err != SEAL_WANT_READ)
			return err;
		err = seal_fd_receive(conn, fd);
		if (err > 0)
			return err;
	}
}

int seal_stream_flush(struct seal_conn *conn, int fd)
{
	return seal_fd_send(conn, fd, 0);
}

int seal_stream_write(struct seal_conn *conn, int fd, const void *data,
		      size_t len, size_t *used)
{
	size_t chunk;
	int err, flushed;

	*used = 0;
	do {
		err = seal_conn_write(conn, (const char *)data + *used,
				      len - *used, &chunk);
		*used += chunk;
		if (err < 0)
			return err;
		flushed = seal_stream_flush(conn, fd);
	} while (!flushed && err);
	return flushed;
}

int seal_stream_close(struct seal_conn *conn, int fd)
{
	int err = seal_conn_close(conn);

	if (!err)
		err = seal_stream_flush(conn, fd);
	if (err)
		return err;
	return shutdown(fd, SHUT_WR) ? SEAL_E_SYSTEM : 0;
}
