// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Addresses as a user writes them enter; listening and connected sockets leave,
 * and addresses as a user reads them.
 */
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tools.h"

static int copy_part(char *to, size_t room, const char *from, size_t len)
{
	if (len >= room)
		return -EINVAL;
	memcpy(to, from, len);
	to[len] = '\0';
	return 0;
}

int endpoint_parse(const char *text, struct endpoint *endpoint)
{
	const char *colon = strrchr(text, ':');
	const char *host = text;
	size_t len;

	if (!colon || !colon[1])
		return -EINVAL;
	len = colon - text;
	if (len >= 2 && host[0] == '[' && host[len - 1] == ']') {
		host++;
		len -= 2;
	} else if (memchr(host, ':', len)) {
		return -EINVAL;	/* an IPv6 address without its brackets */
	}
	if (copy_part(endpoint->host, sizeof(endpoint->host), host, len))
		return -EINVAL;
	return copy_part(endpoint->port, sizeof(endpoint->port), colon + 1,
			 strlen(colon + 1));
}

static struct addrinfo *resolve(const struct endpoint *endpoint, int flags)
{
	const struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM,
		.ai_flags = flags,
	};
	const char *host = endpoint->host[0] ? endpoint->host : NULL;
	struct addrinfo *list = NULL;
	int failed = getaddrinfo(host, endpoint->port, &hints, &list);

	if (!failed)
		return list;
	warnx("%s:%s: %s", endpoint->host, endpoint->port,
	      failed == EAI_SYSTEM ? strerror(errno) : gai_strerror(failed));
	return NULL;
}

static int open_socket(const struct addrinfo *info, int type_flags)
{
	return socket(info->ai_family, info->ai_socktype | type_flags,
		      info->ai_protocol);
}

static int keep_errno_close(int fd)
{
	int saved = errno;

	close(fd);
	errno = saved;
	return -1;
}

static int try_listen(const struct addrinfo *info)
{
	const int on = 1;
	int fd = open_socket(info, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
	    bind(fd, info->ai_addr, info->ai_addrlen) ||
	    listen(fd, SOMAXCONN))
		return keep_errno_close(fd);
	return fd;
}

static int try_connect(const struct addrinfo *info)
{
	int fd = open_socket(info, SOCK_CLOEXEC);

	if (fd < 0)
		return -1;
	if (connect(fd, info->ai_addr, info->ai_addrlen))
		return keep_errno_close(fd);
	return fd;
}

static int try_each(const struct addrinfo *list,
		    int (*try)(const struct addrinfo *info))
{
	int fd = -1;

	for (; list && fd < 0; list = list->ai_next)
		fd = try(list);
	return fd;
}

static const char *listen_remedy(int error)
{
	switch (error) {
	case EADDRINUSE:
		return "; stop the program that listens there, or choose "
		       "another port with --listen (0 picks a free one)";
	case EACCES:
		return "; a port below 1024 needs root or "
		       "CAP_NET_BIND_SERVICE: choose another with --listen";
	case EADDRNOTAVAIL:
		return "; `ip address' lists the addresses of this machine";
	default:
		return "";
	}
}

int endpoint_listen(const struct endpoint *endpoint)
{
	struct addrinfo *list = resolve(endpoint, AI_PASSIVE);
	int fd;

	if (!list)
		return -1;
	fd = try_each(list, try_listen);
	if (fd < 0)
		warnx("cannot listen on %s:%s: %s%s", endpoint->host,
		      endpoint->port, strerror(errno), listen_remedy(errno));
	freeaddrinfo(list);
	return fd;
}

int endpoint_connect(const struct endpoint *endpoint)
{
	struct addrinfo *list = resolve(endpoint, 0);
	int fd;

	if (!list)
		return -1;
	fd = try_each(list, try_connect);
	if (fd < 0)
		warn("cannot connect to %s:%s", endpoint->host, endpoint->port);
	freeaddrinfo(list);
	return fd;
}

void address_format(const struct address *address, char text[ADDRESS_TEXT])
{
	const bool v6 = address->sa.ss_family == AF_INET6;
	char host[64], port[8];

	if (getnameinfo((const struct sockaddr *)&address->sa, address->len,
			host, sizeof(host), port, sizeof(port),
			NI_NUMERICHOST | NI_NUMERICSERV))
		snprintf(text, ADDRESS_TEXT, "unknown address");
	else
		snprintf(text, ADDRESS_TEXT, v6 ? "[%s]:%s" : "%s:%s", host,
			 port);
}
