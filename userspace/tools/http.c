// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Sealed sockets enter; requests leave to answer.c.  libmicrohttpd parses and
 * sends on them as on plain TCP: it knows nothing of TLS.
 */
#include <err.h>
#include <errno.h>
#include <limits.h>
#include <microhttpd.h>
#include <stdlib.h>

#include "tools.h"

/* Request head and response head of one connection have to fit */
#define MEMORY_PER_CONNECTION 16384

struct http {
	struct MHD_Daemon *daemon;
	int root;
};

/*
 * Called once with the head, once per piece of a body, and once at the end of the
 * request.  A method that is refused is refused before its body.
 */
static enum MHD_Result handle(void *arg, struct MHD_Connection *connection,
			      const char *path, const char *method,
			      const char *version, const char *body,
			      size_t *body_len, void **state)
{
	static char head_seen;
	struct http *http = arg;

	(void)version;
	(void)body;
	if (!*state) {
		*state = &head_seen;
		return MHD_YES;
	}
	if (*body_len) {
		*body_len = 0;
		return MHD_YES;
	}
	return answer_request(connection, http->root, method, path) ? MHD_NO :
								     MHD_YES;
}

/*
 * SIGPIPE is ignored in main(); libmicrohttpd uses sendfile() only when told so.
 */
static struct MHD_Daemon *start(struct http *http,
				const struct server_options *options)
{
	return MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET, 0,
				NULL, NULL, handle, http,
				MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1,
				MHD_OPTION_STRICT_FOR_CLIENT, 1,
				MHD_OPTION_CONNECTION_LIMIT,
				options->max_connections,
				MHD_OPTION_CONNECTION_MEMORY_LIMIT,
				(size_t)MEMORY_PER_CONNECTION,
				MHD_OPTION_CONNECTION_TIMEOUT,
				options->idle_timeout, MHD_OPTION_END);
}

struct http *http_new(int root, const struct server_options *options)
{
	struct http *http = calloc(1, sizeof(*http));

	if (http) {
		http->root = root;
		http->daemon = start(http, options);
	}
	if (!http || !http->daemon) {
		warn("cannot start libmicrohttpd");
		free(http);
		return NULL;
	}
	return http;
}

void http_free(struct http *http)
{
	if (!http)
		return;
	MHD_stop_daemon(http->daemon);
	free(http);
}

void http_adopt(struct http *http, int fd, const struct address *peer)
{
	char text[ADDRESS_TEXT];

	if (MHD_add_connection(http->daemon, fd,
			       (const struct sockaddr *)&peer->sa,
			       peer->len) == MHD_YES)
		return;
	address_format(peer, text);
	warn("%s: no room for the connection", text);
}

int http_fd(const struct http *http)
{
	return MHD_get_daemon_info(http->daemon,
				   MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
}

void http_run(struct http *http)
{
	MHD_run(http->daemon);
}

int http_timeout(const struct http *http)
{
	MHD_UNSIGNED_LONG_LONG timeout;

	if (MHD_get_timeout(http->daemon, &timeout) != MHD_YES)
		return -1;
	return timeout < INT_MAX ? (int)timeout : INT_MAX;
}

unsigned int http_connections(const struct http *http)
{
	return MHD_get_daemon_info(http->daemon,
				   MHD_DAEMON_INFO_CURRENT_CONNECTIONS)
		->num_connections;
}
