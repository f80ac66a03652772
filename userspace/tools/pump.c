// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Bytes of stdin enter and leave to a port, and bytes of the port enter and leave to
 * stdout.
 */
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "tools.h"

/**
 * struct pump - both directions
 * @peer:   what messages call it
 * @up:	    stdin to the port
 * @down:   the port to stdout
 */
struct pump {
	const char *peer;
	struct port in;
	struct port out;
	struct port *wire;
	struct channel up;
	struct channel down;
};

/* A port with something left in it need not be waited for */
static void add_wait(struct pollfd *wait, const struct port *port, short events)
{
	*wait = (struct pollfd){ .fd = events ? port->fd : -1, .events = events };
}

static void take_ready(const struct pollfd *wait, struct port *port)
{
	const short failed = POLLERR | POLLHUP | POLLNVAL;

	if (wait->revents & (POLLIN | failed))
		port->readable = true;
	if (wait->revents & (POLLOUT | failed))
		port->writable = true;
}

static int wait_for_any(struct pump *pump)
{
	struct port *ports[] = { pump->wire, &pump->in, &pump->out };
	struct pollfd wait[3];

	for (int i = 0; i < 3; i++)
		add_wait(&wait[i], ports[i],
			 channel_wants(&pump->up, ports[i]) |
			 channel_wants(&pump->down, ports[i]));
	if (poll(wait, 3, -1) < 0 && errno != EINTR) {
		warn("poll");
		return -1;
	}
	for (int i = 0; i < 3; i++)
		take_ready(&wait[i], ports[i]);
	return 0;
}

static void report(const struct pump *pump, const struct channel *channel,
		   int error)
{
	const bool reading = channel_empty(channel);

	if ((reading ? channel->from : channel->to) == pump->wire)
		warnx("%s: %s", pump->peer, port_reason(pump->wire, -error));
	else
		warnx("%s: %s", reading ? "stdin" : "stdout", strerror(-error));
}

/* A peer that reads no more may still have sent: go on without sending */
static int move_up(struct channel *up)
{
	int moved = channel_step(up);

	if (moved != -EPIPE && moved != -ECONNRESET)
		return moved;
	up->shut = true;
	return 1;
}

/* As long as something can be moved without waiting; 0, or -1 after a message */
static int move(struct pump *pump)
{
	int up, down;

	do {
		down = channel_step(&pump->down);
		if (down < 0) {
			report(pump, &pump->down, down);
			return -1;
		}
		up = pump->down.ended ? 0 : move_up(&pump->up);
		if (up < 0) {
			report(pump, &pump->up, up);
			return -1;
		}
	} while (down || up);
	return 0;
}

int pump_run(struct port *wire, const char *peer)
{
	static struct pump pump;

	pump = (struct pump){ .peer = peer, .wire = wire };
	port_plain(&pump.in, STDIN_FILENO);
	port_plain(&pump.out, STDOUT_FILENO);
	pump.up = (struct channel){ .from = &pump.in, .to = wire };
	pump.down = (struct channel){ .from = wire, .to = &pump.out };
	/* what came behind the handshake does not show in its readiness */
	wire->readable = wire->backend->buffers;
	for (;;) {
		if (move(&pump))
			return -1;
		if (pump.down.ended)
			break;
		if (wait_for_any(&pump))
			return -1;
	}
	/* close_notify, if that was not said yet */
	if (!pump.up.shut)
		port_shut(wire);
	if (channel_empty(&pump.up))
		return 0;
	warnx("%s: the peer ended before it had read all of stdin", peer);
	return -1;
}
