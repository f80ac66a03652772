// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A connected TCP socket enters; a completed handshake, or a sealed socket,
 * leaves.  A flight is received at once; what comes behind the handshake is kept for
 * the handover.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "private.h"

static bool would_block(void)
{
	return errno == EAGAIN || errno == EWOULDBLOCK;
}

static int fail_system(struct seal_conn *conn, const char *call)
{
	int error = errno;

	seal_conn_fail(conn, SEAL_E_SYSTEM, "%s: %s", call, strerror(error));
	errno = error;
	return seal_conn_set_error(conn, SEAL_E_SYSTEM);
}

/* The socket tells of a reset once: who reads later must not take it for the end */
static int note_reset(struct seal_conn *conn)
{
	if (conn->stream && errno == ECONNRESET)
		conn->stream->reset = true;
	return SEAL_E_SYSTEM;
}

/* As recv() would have had it, if nobody had been told before */
static int receive_end(struct seal_conn *conn)
{
	if (!conn->stream)
		return seal_conn_set_error(conn, SEAL_E_EOF);
	if (!conn->stream->reset)
		return seal_conn_eof(conn);
	errno = ECONNRESET;
	return fail_system(conn, "recv");
}

int seal_fd_send(struct seal_conn *conn, int fd, int flags)
{
	ssize_t sent;

	while (conn->output.len) {
		/* a peer that is gone is an error, not a SIGPIPE */
		sent = send(fd, conn->output.data, conn->output.len,
			    MSG_NOSIGNAL | flags);
		if (sent >= 0)
			seal_buf_consume(&conn->output, sent);
		else if (would_block())
			return SEAL_WANT_WRITE;
		else if (errno != EINTR)
			return note_reset(conn);
	}
	return 0;
}

/* 0: all is sent */
static int send_output(struct seal_conn *conn, int fd)
{
	int err = seal_fd_send(conn, fd, 0);

	return err < 0 ? fail_system(conn, "send") : err;
}

/* Only when nothing is left of what came before: it is all that we ever hold */
int seal_fd_receive(struct seal_conn *conn, int fd)
{
	uint8_t *room = seal_buf_reserve(&conn->ahead, SEAL_READ_AHEAD);
	ssize_t got;

	if (!room)
		return seal_conn_set_error(conn, SEAL_E_NOMEM);
	do {
		got = recv(fd, room, SEAL_READ_AHEAD, 0);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return would_block() ? SEAL_WANT_READ : fail_system(conn, "recv");
	if (!got)
		return receive_end(conn);
	conn->ahead.len = got;
	return 0;
}

/* The alert, as far as the socket takes it: the connection has failed anyway */
static int send_alert(struct seal_conn *conn, int fd)
{
	int saved = errno;

	send_output(conn, fd);
	errno = saved;
	return conn->error;
}

int seal_conn_handshake(struct seal_conn *conn, int fd)
{
	int err;

	for (;;) {
		seal_conn_go_on(conn);
		if (conn->error)
			return send_alert(conn, fd);
		err = send_output(conn, fd);
		if (err)
			return err;
		err = seal_conn_status(conn);
		if (err == SEAL_WANT_READ)
			err = seal_fd_receive(conn, fd);
		else
			return err;
		if (err > 0)
			return err;
	}
}

/* A blocking socket does not ask to be waited for unless its timeout is over */
static int wait_for(int fd, int want)
{
	struct pollfd pfd = {
		.fd = fd,
		.events = want == SEAL_WANT_READ ? POLLIN : POLLOUT,
	};
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0)
		return SEAL_E_SYSTEM;
	if (!(flags & O_NONBLOCK)) {
		errno = ETIMEDOUT;
		return SEAL_E_SYSTEM;
	}
	while (poll(&pfd, 1, -1) < 0)
		if (errno != EINTR)
			return SEAL_E_SYSTEM;
	return 0;
}

/* Nobody but us knows the connection: nobody can answer */
static int refuse_to_wait(struct seal_conn *conn, int fd)
{
	seal_conn_set_error(conn, SEAL_E_NO_ANSWER);
	return send_alert(conn, fd);
}

static int seal_socket(int fd, struct seal_config *cfg, const char *servername)
{
	struct seal_conn *conn;
	int err, saved;

	err = seal_conn_new(cfg, servername, &conn);
	if (err)
		return err;
	conn->unread = true;
	while ((err = seal_conn_handshake(conn, fd)) > 0) {
		err = err == SEAL_WANT_ANSWER ? refuse_to_wait(conn, fd) :
						wait_for(fd, err);
		if (err)
			break;
	}
	if (!err)
		err = seal_conn_attach(conn, fd);
	saved = errno;
	seal_conn_free(conn);
	errno = saved;
	return err;
}

int seal_connect(int fd, struct seal_config *cfg, const char *servername)
{
	return cfg->side == SEAL_CLIENT ? seal_socket(fd, cfg, servername) :
					  SEAL_E_INVALID;
}

int seal_accept(int fd, struct seal_config *cfg)
{
	return cfg->side == SEAL_SERVER ? seal_socket(fd, cfg, NULL) :
					  SEAL_E_INVALID;
}
