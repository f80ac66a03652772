// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A completed handshake enters; a port leaves, which carries plaintext whoever makes its
 * records: the kernel, the library, or, on a plain descriptor, nobody.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/sockseal.h>

#include "sockseal.h"
#include "tools.h"

/* ------------------------------------------------------- a descriptor */

static ssize_t fd_read(struct port *port, void *buf, size_t len)
{
	return read(port->fd, buf, len);
}

static ssize_t fd_write(struct port *port, const void *data, size_t len)
{
	return write(port->fd, data, len);
}

static int fd_shut(struct port *port)
{
	/* no socket: it ends when it is closed */
	return shutdown(port->fd, SHUT_WR) && errno != ENOTSOCK ? -1 : 0;
}

static bool fd_unsent(const struct port *port)
{
	(void)port;
	return false;
}

static int fd_flush(struct port *port)
{
	(void)port;
	return 0;
}

static const char *fd_reason(const struct port *port, int error)
{
	(void)port;
	return strerror(error);
}

/* ------------------------------------------------------- in the kernel */

static int kernel_start(struct port *port)
{
	int error = seal_conn_attach(port->conn, port->fd);

	if (error || !port->keep_session)
		return error;
	return seal_conn_resumption(port->conn, &port->res);
}

static const char *kernel_alert(const struct port *port)
{
	static char text[80];
	struct seal_info info;
	socklen_t len = sizeof(info);

	if (getsockopt(port->fd, SOL_SOCKSEAL, SEAL_INFO, &info, &len) ||
	    info.alert_received == SEAL_ALERT_NONE)
		return "connection reset by the peer";
	snprintf(text, sizeof(text),
		 "the peer ended with fatal alert %u (RFC 8446 6.2)",
		 info.alert_received);
	return text;
}

static const char *kernel_reason(const struct port *port, int error)
{
	switch (error) {
	case ECONNABORTED:
		return "connection cut before close_notify: what arrived may be "
		       "incomplete, fetch it again";
	case EBADMSG:
		return "a record failed authentication: it was corrupted or "
		       "tampered with on the way";
	case ECONNRESET:
		return kernel_alert(port);
	default:
		return strerror(error);
	}
}

/* Of the messages that waited those that are malformed do not matter */
static struct seal_session *kernel_session(struct port *port)
{
	struct seal_session *session = NULL;
	int error;

	if (!port->res)
		return NULL;
	do
		error = seal_resumption_receive(port->res, port->fd, &session);
	while (error && error != SEAL_E_SYSTEM);
	return session;
}

/* A plain descriptor serves; the program is done with the handshake */
static int kernel_plain(struct port *port, struct relays *relays)
{
	(void)relays;
	seal_conn_free(port->conn);
	return port->fd;
}

/* ------------------------------------------------------- in user space */

static bool always(void)
{
	return true;
}

static int user_start(struct port *port)
{
	return seal_conn_stream(port->conn);
}

/* The errno that a sealed socket would have given, negative */
static int errno_of(int error)
{
	switch (error) {
	case SEAL_WANT_READ:
	case SEAL_WANT_WRITE:
		return -EAGAIN;
	case SEAL_E_SYSTEM:
		return -errno;
	case SEAL_E_EOF:
		return -ECONNABORTED;
	case SEAL_E_ALERT:
		return -ECONNRESET;
	case SEAL_E_INVALID:
		return -EPIPE;
	case SEAL_E_NOMEM:
		return -ENOMEM;
	case SEAL_E_RECORD_OVERFLOW:
		return -EMSGSIZE;
	default:
		return -EBADMSG;
	}
}

static ssize_t result(int error, size_t count)
{
	if (!error || count)
		return count;
	errno = -errno_of(error);
	return -1;
}

static ssize_t user_read(struct port *port, void *buf, size_t len)
{
	size_t got;
	int error = seal_stream_read(port->conn, port->fd, buf, len, &got);

	return result(error, got);
}

static ssize_t user_write(struct port *port, const void *data, size_t len)
{
	size_t used;
	int error = seal_stream_write(port->conn, port->fd, data, len, &used);

	return result(error, used);
}

static int user_shut(struct port *port)
{
	return result(seal_stream_close(port->conn, port->fd), 0);
}

static bool user_unsent(const struct port *port)
{
	return seal_conn_drain(port->conn, NULL, 0);
}

static int user_flush(struct port *port)
{
	return result(seal_stream_flush(port->conn, port->fd), 0);
}

static const char *user_reason(const struct port *port, int error)
{
	const char *why = seal_conn_error(port->conn);

	return *why ? why : strerror(error);
}

static struct seal_session *user_session(struct port *port)
{
	struct seal_session *session;

	return seal_conn_session(port->conn, &session) ? NULL : session;
}

static const struct backend plain = {
	.read = fd_read, .write = fd_write, .shut = fd_shut,
	.unsent = fd_unsent, .flush = fd_flush, .reason = fd_reason,
};

static const struct backend backends[] = {
	{
		.name = "sockseal", .present = module_present,
		.report_absent = module_report_absent, .start = kernel_start,
		.read = fd_read, .write = fd_write, .shut = fd_shut,
		.unsent = fd_unsent, .flush = fd_flush, .reason = kernel_reason,
		.session = kernel_session, .plain = kernel_plain,
	},
	{
		.name = "user", .present = always, .start = user_start,
		.buffers = true,
		.read = user_read, .write = user_write, .shut = user_shut,
		.unsent = user_unsent, .flush = user_flush, .reason = user_reason,
		.session = user_session, .plain = relay_plain,
	},
};

const struct backend *backend_default(void)
{
	return &backends[0];
}

const struct backend *backend_find(const char *name)
{
	for (size_t i = 0; i < sizeof(backends) / sizeof(backends[0]); i++)
		if (!strcmp(backends[i].name, name))
			return &backends[i];
	return NULL;
}

/* --------------------------------------------------------------- ports */

void port_plain(struct port *port, int fd)
{
	*port = (struct port){ .backend = &plain, .fd = fd };
}

int port_start(struct port *port)
{
	return port->backend->start(port);
}

/* What a descriptor has left shows in its readiness; what a library has, does not */
static void note(const struct port *port, bool *ready, ssize_t done)
{
	if (done < 0 || !port->backend->buffers)
		*ready = false;
}

ssize_t port_read(struct port *port, void *buf, size_t len)
{
	ssize_t got = port->backend->read(port, buf, len);

	note(port, &port->readable, got);
	return got;
}

ssize_t port_write(struct port *port, const void *data, size_t len)
{
	ssize_t put = port->backend->write(port, data, len);

	note(port, &port->writable, put);
	return put;
}

int port_shut(struct port *port)
{
	int failed = port->backend->shut(port);

	note(port, &port->writable, failed);
	return failed;
}

bool port_unsent(const struct port *port)
{
	return port->backend->unsent(port);
}

int port_flush(struct port *port)
{
	int failed = port->backend->flush(port);

	note(port, &port->writable, failed);
	return failed;
}

const char *port_reason(const struct port *port, int error)
{
	return port->backend->reason(port, error);
}

struct seal_session *port_session(struct port *port)
{
	return port->backend->session(port);
}

void port_release(struct port *port)
{
	seal_resumption_free(port->res);
	seal_conn_free(port->conn);
	port->res = NULL;
	port->conn = NULL;
}
