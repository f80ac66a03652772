// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Connections enter whose plaintext no descriptor carries, or that are to be echoed; the
 * event loop moves it, to a socket of its own or back, until both ends have closed.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <err.h>

#include "tools.h"

/* How long a peer may take to answer our close_notify */
#define CLOSING_TIME_MS 5000

/* Calls of one connection until others have their turn */
#define STEPS_PER_TURN 64

/**
 * struct relay - one connection
 * @wire:	the peer
 * @plain:	our end of the socket pair, fd -1 if @wire is echoed
 * @up, @down:	to and from the peer; an echo has @down alone
 * @events:	what each source waits for
 * @deadline:	when it is closed without the peer's close_notify
 */
struct relay {
	TAILQ_ENTRY(relay) entry;
	struct relays *all;
	struct relay_list *list;
	struct port wire;
	struct port plain;
	struct source wire_source;
	struct source plain_source;
	uint32_t wire_events;
	uint32_t plain_events;
	struct channel up;
	struct channel down;
	int64_t deadline;
};

static void move_to(struct relay *relay, struct relay_list *list)
{
	TAILQ_REMOVE(relay->list, relay, entry);
	relay->list = list;
	TAILQ_INSERT_TAIL(list, relay, entry);
}

/* Its other source may still be served in this turn: it is freed later */
static void end(struct relay *relay)
{
	if (relay->list == &relay->all->dead)
		return;
	loop_remove(relay->all->loop, &relay->wire_source);
	if (relay->plain.fd >= 0) {
		loop_remove(relay->all->loop, &relay->plain_source);
		close(relay->plain.fd);
	}
	relay->all->count--;
	close_politely(relay->wire.fd);
	port_release(&relay->wire);
	move_to(relay, &relay->all->dead);
}

static void fail(struct relay *relay, int error)
{
	char text[ADDRESS_TEXT];

	address_format(&relay->wire.peer, text);
	warnx("%s: %s", text, port_reason(&relay->wire, error));
	end(relay);
}

static bool is_echo(const struct relay *relay)
{
	return relay->plain.fd < 0;
}

/* The peer has said goodbye and is gone: that ours does not arrive is no failure */
static bool is_over(const struct relay *relay)
{
	return relay->down.ended;
}

/*
 * One call in one direction; 1, 0, or -1: the connection has failed and is gone.  If the
 * program at the plain end is gone, the peer's bytes are for nobody.
 */
static int step(struct relay *relay, struct channel *channel)
{
	const bool reading = channel_empty(channel);
	int moved = channel_step(channel);

	if (moved >= 0)
		return moved;
	if (is_over(relay)) {
		end(relay);
		return -1;
	}
	if ((reading && !channel->ended ? channel->from : channel->to) ==
	    &relay->wire) {
		fail(relay, -moved);
		return -1;
	}
	channel->start = channel->end;
	channel->ended = reading;
	channel->shut = !reading;
	return 1;
}

static int set_events(struct relay *relay, struct source *source,
		      uint32_t *events, uint32_t wanted)
{
	if (*events == wanted)
		return 0;
	*events = wanted;
	return loop_change(relay->all->loop, source, wanted);
}

/* POLLIN and POLLOUT are EPOLLIN and EPOLLOUT; @busy: it has not had enough yet */
static void wait_again(struct relay *relay, bool busy)
{
	const struct port *wire = &relay->wire, *plain = &relay->plain;
	short on_wire = channel_wants(&relay->down, wire);
	short on_plain = channel_wants(&relay->down, plain);

	if (!is_echo(relay)) {
		on_wire |= channel_wants(&relay->up, wire);
		on_plain |= channel_wants(&relay->up, plain);
	}
	if (busy)
		on_wire |= POLLOUT;
	if (set_events(relay, &relay->wire_source, &relay->wire_events, on_wire) ||
	    (!is_echo(relay) && set_events(relay, &relay->plain_source,
					   &relay->plain_events, on_plain)))
		fail(relay, errno);
}

static void turn(struct relay *relay)
{
	int down = 1, up = 1;

	for (int i = 0; i < STEPS_PER_TURN && (down || up); i++) {
		down = step(relay, &relay->down);
		if (down < 0)
			return;
		up = is_echo(relay) ? 0 : step(relay, &relay->up);
		if (up < 0)
			return;
	}
	if (relay->down.shut && (is_echo(relay) || relay->up.shut)) {
		end(relay);
		return;
	}
	if (relay->up.shut && relay->list != &relay->all->closing) {
		relay->deadline = loop_now() + CLOSING_TIME_MS;
		move_to(relay, &relay->all->closing);
	}
	wait_again(relay, down || up);
}

static void ready(struct relay *relay, struct port *port)
{
	if (relay->list == &relay->all->dead)
		return;
	port->readable = true;
	port->writable = true;
	turn(relay);
}

static void wire_ready(struct source *source)
{
	struct relay *relay = container_of(source, struct relay, wire_source);

	ready(relay, &relay->wire);
}

static void plain_ready(struct source *source)
{
	struct relay *relay = container_of(source, struct relay, plain_source);

	ready(relay, &relay->plain);
}

/* @relay has its ports; what came behind the handshake waits for nobody */
static int start(struct relay *relay, struct relays *all)
{
	relay->all = all;
	relay->list = &all->live;
	relay->wire_source = (struct source){ relay->wire.fd, wire_ready };
	relay->plain_source = (struct source){ relay->plain.fd, plain_ready };
	relay->wire_events = EPOLLIN | EPOLLOUT;
	relay->plain_events = EPOLLIN;
	relay->down = (struct channel){
		.from = &relay->wire,
		.to = is_echo(relay) ? &relay->wire : &relay->plain,
	};
	relay->up = (struct channel){ .from = &relay->plain, .to = &relay->wire };
	if (loop_add(all->loop, &relay->wire_source, relay->wire_events))
		return -1;
	if (!is_echo(relay) &&
	    loop_add(all->loop, &relay->plain_source, relay->plain_events)) {
		loop_remove(all->loop, &relay->wire_source);
		return -1;
	}
	TAILQ_INSERT_TAIL(&all->live, relay, entry);
	all->count++;
	return 0;
}

/* @plain: our end, or -1.  After a failure both are gone */
static int relay_new(const struct port *port, int plain_fd, struct relays *all)
{
	struct relay *relay = malloc(sizeof(*relay));
	int failed = -1;

	if (relay) {
		relay->wire = *port;
		port_plain(&relay->plain, plain_fd);
		failed = start(relay, all);
	}
	if (!failed)
		return 0;
	free(relay);
	if (plain_fd >= 0)
		close(plain_fd);
	close(port->fd);
	return -1;
}

int relay_plain(struct port *port, struct relays *relays)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds)) {
		close(port->fd);
		port_release(port);
		return -1;
	}
	if (!relay_new(port, fds[0], relays))
		return fds[1];
	close(fds[1]);
	port_release(port);
	return -1;
}

void relay_echo(struct port *port, struct relays *relays)
{
	char text[ADDRESS_TEXT];

	if (!relay_new(port, -1, relays))
		return;
	address_format(&port->peer, text);
	warn("%s: no room for the connection", text);
	port_release(port);
}

void relays_init(struct relays *all, int loop)
{
	all->loop = loop;
	all->count = 0;
	TAILQ_INIT(&all->live);
	TAILQ_INIT(&all->closing);
	TAILQ_INIT(&all->dead);
}

void relays_reap(struct relays *all)
{
	struct relay *first;

	while ((first = TAILQ_FIRST(&all->closing)) && first->deadline <= loop_now())
		end(first);
	while ((first = TAILQ_FIRST(&all->dead))) {
		TAILQ_REMOVE(&all->dead, first, entry);
		free(first);
	}
}

int relays_timeout(const struct relays *all)
{
	const struct relay *first = TAILQ_FIRST(&all->closing);
	int64_t left;

	if (!first)
		return -1;
	left = first->deadline - loop_now();
	return left > 0 ? left : 0;
}

void relays_abort(struct relays *all)
{
	struct relay *first;

	while ((first = TAILQ_FIRST(&all->live)) ||
	       (first = TAILQ_FIRST(&all->closing)))
		end(first);
	relays_reap(all);
}
