// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Accepted TCP sockets enter; sealed sockets leave to HTTP, and a line on stderr
 * for each handshake that failed.
 */
#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "sockseal.h"
#include "tools.h"

struct handshake {
	struct source source;
	TAILQ_ENTRY(handshake) entry;
	struct handshakes *all;
	struct seal_conn *conn;
	struct address peer;
	int64_t deadline;
};

static void report(const struct address *peer, const char *what)
{
	char text[ADDRESS_TEXT];

	address_format(peer, text);
	warnx("%s: %s", text, what);
}

/* Frees @handshake; its socket stays open */
static void forget(struct handshake *handshake)
{
	struct handshakes *all = handshake->all;

	TAILQ_REMOVE(&all->pending, handshake, entry);
	all->count--;
	loop_remove(all->loop, &handshake->source);
	seal_conn_free(handshake->conn);
	free(handshake);
}

/*
 * close() with bytes unread answers RST, which may destroy our alert on its way:
 * drop what came first.
 */
void close_politely(int fd)
{
	shutdown(fd, SHUT_WR);
	while (recv(fd, NULL, 1 << 20, MSG_DONTWAIT | MSG_TRUNC) > 0)
		;
	close(fd);
}

static void fail(struct handshake *handshake, const char *why)
{
	int fd = handshake->source.fd;

	report(&handshake->peer, why);
	forget(handshake);
	close_politely(fd);
}

/* A sealed connection is HTTP's, or its own echo */
static void serve(struct handshakes *all, struct port *port)
{
	const struct address peer = port->peer;
	int fd;

	if (!all->http) {
		relay_echo(port, all->relays);
		return;
	}
	fd = port->backend->plain(port, all->relays);
	if (fd < 0)
		report(&peer, strerror(errno));
	else
		http_adopt(all->http, fd, &peer);
}

static void complete(struct handshake *handshake)
{
	struct handshakes *all = handshake->all;
	struct port port = {
		.backend = all->policy->backend,
		.fd = handshake->source.fd,
		.conn = handshake->conn,
		.peer = handshake->peer,
	};
	char text[ADDRESS_TEXT];

	if (port_start(&port)) {
		fail(handshake, seal_conn_error(handshake->conn));
		return;
	}
	address_format(&port.peer, text);
	policy_tell(all->policy, text, port.conn);
	handshake->conn = NULL;
	forget(handshake);
	serve(all, &port);
}

static void wait_for(struct handshake *handshake, uint32_t events)
{
	if (loop_change(handshake->all->loop, &handshake->source, events))
		fail(handshake, strerror(errno));
}

static void step(struct source *source)
{
	struct handshake *handshake =
		container_of(source, struct handshake, source);

	switch (seal_conn_handshake(handshake->conn, source->fd)) {
	case 0:
		complete(handshake);
		break;
	case SEAL_WANT_READ:
		wait_for(handshake, EPOLLIN);
		break;
	case SEAL_WANT_WRITE:
		wait_for(handshake, EPOLLOUT);
		break;
	default:
		fail(handshake, seal_conn_error(handshake->conn));
	}
}

static const char *prepare(struct handshake *handshake)
{
	struct handshakes *all = handshake->all;
	int error = seal_conn_new(all->config, NULL, &handshake->conn);

	if (error)
		return seal_strerror(error);
	if (loop_add(all->loop, &handshake->source, EPOLLIN)) {
		seal_conn_free(handshake->conn);
		return strerror(errno);
	}
	return NULL;
}

void handshakes_start(struct handshakes *all, int fd,
		      const struct address *peer)
{
	struct handshake *handshake = calloc(1, sizeof(*handshake));
	const char *why = "out of memory";

	if (handshake) {
		handshake->source = (struct source){ fd, step };
		handshake->all = all;
		handshake->peer = *peer;
		handshake->deadline = loop_now() + all->time_limit;
		why = prepare(handshake);
	}
	if (why) {
		report(peer, why);
		free(handshake);
		close(fd);
		return;
	}
	TAILQ_INSERT_TAIL(&all->pending, handshake, entry);
	all->count++;
}

void handshakes_init(struct handshakes *all)
{
	all->count = 0;
	TAILQ_INIT(&all->pending);
}

void handshakes_expire(struct handshakes *all)
{
	const int64_t now = loop_now();
	struct handshake *first;

	while ((first = TAILQ_FIRST(&all->pending)) && first->deadline <= now)
		fail(first, "no handshake in time");
}

int handshakes_timeout(const struct handshakes *all)
{
	const struct handshake *first = TAILQ_FIRST(&all->pending);
	int64_t left;

	if (!first)
		return -1;
	left = first->deadline - loop_now();
	return left > 0 ? left : 0;
}

void handshakes_abort(struct handshakes *all)
{
	struct handshake *first;

	while ((first = TAILQ_FIRST(&all->pending))) {
		int fd = first->source.fd;

		forget(first);
		close(fd);
	}
}
