// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Bytes of stdin enter and leave to a sealed socket, and bytes of the socket enter
 * and leave to stdout: plain read(), write() and poll().
 */
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <linux/sockseal.h>

#include "tools.h"

#define CHANNEL_SIZE 65536

/**
 * struct channel - one direction
 * @from, @to:	  descriptors
 * @start, @end:  bytes in @buf that are read and not yet written
 * @from_ended:	  read() returned 0
 * @to_ended:	  nothing more is to be written
 */
struct channel {
	int from;
	int to;
	size_t start;
	size_t end;
	bool from_ended;
	bool to_ended;
	char buf[CHANNEL_SIZE];
};

static bool channel_empty(const struct channel *channel)
{
	return channel->start == channel->end;
}

/* Waits to write what there is, else to read more, else for nothing */
static struct pollfd channel_wait(const struct channel *channel)
{
	if (channel->to_ended)
		return (struct pollfd){ .fd = -1 };
	if (!channel_empty(channel))
		return (struct pollfd){ .fd = channel->to, .events = POLLOUT };
	if (!channel->from_ended)
		return (struct pollfd){ .fd = channel->from, .events = POLLIN };
	return (struct pollfd){ .fd = -1 };
}

static bool passes(int error)
{
	return error == EAGAIN || error == EINTR;
}

static int channel_fill(struct channel *channel)
{
	ssize_t got = read(channel->from, channel->buf, sizeof(channel->buf));

	if (got < 0)
		return passes(errno) ? 0 : -errno;
	channel->start = 0;
	channel->end = got;
	channel->from_ended = !got;
	return 0;
}

static int channel_drain(struct channel *channel)
{
	ssize_t put = write(channel->to, channel->buf + channel->start,
			    channel->end - channel->start);

	if (put < 0)
		return passes(errno) ? 0 : -errno;
	channel->start += put;
	return 0;
}

static int channel_move(struct channel *channel)
{
	return channel_empty(channel) ? channel_fill(channel) :
					channel_drain(channel);
}

static void report_alert(int fd, const char *peer)
{
	struct seal_info info;
	socklen_t len = sizeof(info);

	if (getsockopt(fd, SOL_SOCKSEAL, SEAL_INFO, &info, &len) ||
	    info.alert_received == SEAL_ALERT_NONE)
		warnx("%s: connection reset by the peer", peer);
	else
		warnx("%s: the peer ended with fatal alert %u (RFC 8446 6.2)",
		      peer, info.alert_received);
}

static void report_socket(int fd, const char *peer, int error)
{
	switch (-error) {
	case ECONNABORTED:
		warnx("%s: connection cut before close_notify: what arrived "
		      "may be incomplete, fetch it again", peer);
		break;
	case EBADMSG:
		warnx("%s: a record failed authentication: it was corrupted "
		      "or tampered with on the way", peer);
		break;
	case ECONNRESET:
		report_alert(fd, peer);
		break;
	default:
		warnx("%s: %s", peer, strerror(-error));
	}
}

static void report(const struct channel *channel, int fd, const char *peer,
		   int error)
{
	const bool reading = channel_empty(channel);

	if ((reading ? channel->from : channel->to) == fd)
		report_socket(fd, peer, error);
	else
		warnx("%s: %s", reading ? "stdin" : "stdout", strerror(-error));
}

/* Half-closes once all of stdin is sent; the kernel sends close_notify */
static void finish_sending(struct channel *up)
{
	if (up->to_ended || !up->from_ended || !channel_empty(up))
		return;
	shutdown(up->to, SHUT_WR);
	up->to_ended = true;
}

/* A peer that reads no more may still have sent: go on without sending */
static int move_up(struct channel *up)
{
	int error = channel_move(up);

	if (error != -EPIPE && error != -ECONNRESET)
		return error;
	up->to_ended = true;
	return 0;
}

static int turn(struct channel *up, struct channel *down, const char *peer)
{
	struct pollfd wait[] = { channel_wait(down), channel_wait(up) };
	const int fd = down->from;
	int error = 0;

	if (poll(wait, 2, -1) < 0 && errno != EINTR) {
		warn("poll");
		return -1;
	}
	if (wait[0].revents)
		error = channel_move(down);
	if (error) {
		report(down, fd, peer, error);
		return -1;
	}
	if (wait[1].revents)
		error = move_up(up);
	if (error) {
		report(up, fd, peer, error);
		return -1;
	}
	finish_sending(up);
	return 0;
}

static int pump(struct channel *up, struct channel *down, const char *peer)
{
	while (!down->from_ended)
		if (turn(up, down, peer))
			return -1;
	if (channel_empty(up))
		return 0;
	warnx("%s: the peer ended before it had read all of stdin", peer);
	return -1;
}

int pump_run(int fd, const char *peer)
{
	static struct channel up, down;

	up = (struct channel){ .from = STDIN_FILENO, .to = fd };
	down = (struct channel){ .from = fd, .to = STDOUT_FILENO };
	return pump(&up, &down, peer);
}
