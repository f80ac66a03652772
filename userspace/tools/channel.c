// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Plaintext of one port enters and leaves to another, and so does its end; nothing waits
 * here but in the buffer of a channel.
 */
#include <errno.h>
#include <poll.h>

#include "tools.h"

bool channel_empty(const struct channel *channel)
{
	return channel->start == channel->end;
}

static bool passes(int error)
{
	return error == EAGAIN || error == EINTR;
}

static int fill(struct channel *channel)
{
	ssize_t got = port_read(channel->from, channel->buf, sizeof(channel->buf));

	if (got < 0)
		return passes(errno) ? 0 : -errno;
	channel->start = 0;
	channel->end = got;
	channel->ended = !got;
	return 1;
}

static int drain(struct channel *channel)
{
	ssize_t put = port_write(channel->to, channel->buf + channel->start,
				 channel->end - channel->start);

	if (put < 0)
		return passes(errno) ? 0 : -errno;
	channel->start += put;
	return 1;
}

/* What the port still has to send, and then the end, if it has come */
static int finish(struct channel *channel)
{
	if (channel->ended ? port_shut(channel->to) : port_flush(channel->to))
		return passes(errno) ? 0 : -errno;
	channel->shut = channel->ended;
	return 1;
}

static bool has_to_finish(const struct channel *channel)
{
	return !channel->shut && (channel->ended || port_unsent(channel->to));
}

int channel_step(struct channel *channel)
{
	bool can_write = channel->to->writable && !channel->shut;

	if (!channel_empty(channel))
		return can_write ? drain(channel) : 0;
	if (can_write && has_to_finish(channel))
		return finish(channel);
	return channel->from->readable && !channel->ended && !channel->shut ?
	       fill(channel) : 0;
}

short channel_wants(const struct channel *channel, const struct port *port)
{
	short events = 0;

	if (channel->shut)
		return 0;
	if (port == channel->to &&
	    (!channel_empty(channel) || has_to_finish(channel)))
		events |= POLLOUT;
	if (port == channel->from && channel_empty(channel) && !channel->ended)
		events |= POLLIN;
	return events;
}
