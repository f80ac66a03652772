// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The options of serve enter; a process that accepts, seals and serves leaves, one
 * thread and one epoll loop, until a signal stops it.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "sockseal.h"
#include "tools.h"

/* A peer that has not finished its handshake by then is not going to */
#define MAX_HANDSHAKE_TIME 10

/* How long to leave the backlog alone when the system has no room */
#define ACCEPT_PAUSE_MS 1000

/* Descriptors that are no connection: standard ones, loop, listener, log, ... */
#define SPARE_DESCRIPTORS 32

struct server {
	const struct server_options *options;
	struct seal_config *config;
	struct keylog keylog;
	struct seal_ticket_keys *ticket_keys;
	struct http *http;
	struct handshakes handshakes;
	struct relays relays;
	struct source listener;
	struct source signals;
	struct source requests;
	int root;
	int loop;
	int64_t paused_until;	/* nothing is accepted before */
	bool listening;		/* whether the loop waits for the listener */
	bool stop;
};

/* Those that HTTP has may be relayed as well */
static unsigned int sealed(const struct server *server)
{
	unsigned int served = http_connections(server->http);

	return served > server->relays.count ? served : server->relays.count;
}

static bool has_room(const struct server *server)
{
	return server->handshakes.count + sealed(server) <
		       server->options->max_connections &&
	       loop_now() >= server->paused_until;
}

/* Errors of one connection, which accept() hands on (accept(2)) */
static bool accept_passes(int error)
{
	return error == EAGAIN || error == EINTR || error == ECONNABORTED ||
	       error == EPROTO || error == ENETDOWN || error == ENETUNREACH ||
	       error == EHOSTUNREACH || error == EHOSTDOWN || error == ENONET ||
	       error == ENOPROTOOPT || error == EPERM;
}

static int accept_one(struct server *server)
{
	struct address peer = { .len = sizeof(peer.sa) };
	int fd = accept4(server->listener.fd, (struct sockaddr *)&peer.sa,
			 &peer.len, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0) {
		if (!accept_passes(errno)) {
			warn("accept");
			server->paused_until = loop_now() + ACCEPT_PAUSE_MS;
		}
		return -1;
	}
	handshakes_start(&server->handshakes, fd, &peer);
	return 0;
}

static void accept_ready(struct source *source)
{
	struct server *server = container_of(source, struct server, listener);

	while (has_room(server))
		if (accept_one(server))
			break;
}

static int load_ticket_keys(struct server *server)
{
	const char *path = server->options->ticket_keys;

	if (!path || !seal_ticket_keys_load(server->ticket_keys, path))
		return 0;
	warnx("--ticket-keys %s", seal_ticket_keys_error(server->ticket_keys));
	return -1;
}

/* After a failure the old keys stay in use */
static void signal_ready(struct source *source)
{
	struct server *server = container_of(source, struct server, signals);
	struct signalfd_siginfo signal;

	if (read(source->fd, &signal, sizeof(signal)) != sizeof(signal))
		return;
	if (signal.ssi_signo == SIGHUP)
		load_ticket_keys(server);
	else
		server->stop = true;
}

/* Wakes the loop, which is enough: requests are served after each turn */
static void requests_ready(struct source *source)
{
	(void)source;
}

/* What cannot be taken waits in the backlog and must not wake the loop */
static void follow_room(struct server *server)
{
	const bool room = has_room(server);

	if (room == server->listening)
		return;
	if (!loop_change(server->loop, &server->listener, room ? EPOLLIN : 0))
		server->listening = room;
}

static int sooner(int a, int b)
{
	if (a < 0 || b < 0)
		return a < 0 ? b : a;
	return a < b ? a : b;
}

static int next_timeout(const struct server *server)
{
	int timeout = sooner(handshakes_timeout(&server->handshakes),
			     http_timeout(server->http));

	timeout = sooner(timeout, relays_timeout(&server->relays));

	if (server->listening || loop_now() >= server->paused_until)
		return timeout;
	return sooner(timeout, ACCEPT_PAUSE_MS);
}

static int serve_until_stopped(struct server *server)
{
	while (!server->stop) {
		follow_room(server);
		if (loop_turn(server->loop, next_timeout(server))) {
			warn("epoll_wait");
			return EXIT_FAILED;
		}
		handshakes_expire(&server->handshakes);
		http_run(server->http);
		relays_reap(&server->relays);
	}
	return EXIT_SUCCESS;
}

/* Each connection may hold a socket and the file it is sending */
static int raise_descriptor_limit(unsigned int connections)
{
	const rlim_t wanted = 2 * (rlim_t)connections + SPARE_DESCRIPTORS;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return -1;
	if (limit.rlim_cur >= wanted)
		return 0;
	limit.rlim_cur = wanted;
	if (limit.rlim_cur <= limit.rlim_max &&
	    !setrlimit(RLIMIT_NOFILE, &limit))
		return 0;
	warnx("--max-connections %u needs %ju open files: raise `ulimit -Hn'",
	      connections, (uintmax_t)wanted);
	return -1;
}

/* Ask for client certificates, if there is a CA to verify them against */
static int load_client_auth(struct seal_config *config,
			    const struct server_options *options)
{
	if (!options->client_ca)
		return 0;
	return seal_config_set_ca_file(config, options->client_ca) ||
	       seal_config_set_client_auth(config, options->client_required ?
					   SEAL_CLIENT_AUTH_REQUIRED :
					   SEAL_CLIENT_AUTH_OPTIONAL);
}

static int set_tickets(struct server *server)
{
	server->ticket_keys = seal_ticket_keys_new();
	if (!server->ticket_keys) {
		warnx("%s", seal_strerror(SEAL_E_NOMEM));
		return -1;
	}
	if (load_ticket_keys(server))
		return -1;
	if (!seal_config_set_tickets(server->config, server->options->tickets, 0) &&
	    !seal_config_set_ticket_keys(server->config, server->ticket_keys))
		return 0;
	warnx("%s", seal_config_error(server->config));
	return -1;
}

static int load_config(struct server *server)
{
	static const char *const protocols[] = { "http/1.1" };
	const struct server_options *options = server->options;

	server->config = seal_config_new(SEAL_SERVER);
	if (!server->config) {
		warnx("%s", seal_strerror(SEAL_E_NOMEM));
		return -1;
	}
	if (identities_load(&options->identities, server->config) ||
	    load_client_auth(server->config, options) ||
	    seal_config_set_alpn(server->config, protocols, !options->echo)) {
		warnx("%s", seal_config_error(server->config));
		return -1;
	}
	if (policy_apply(&options->policy, server->config))
		return -1;
	if (set_tickets(server))
		return -1;
	return keylog_open(&server->keylog, server->config, options->keylog);
}

static int open_root(struct server *server)
{
	server->root = open(server->options->root,
			    O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (server->root >= 0)
		return 0;
	warn("--root %s", server->options->root);
	return -1;
}

static int open_signals(const struct server_options *options)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	if (options->ticket_keys)
		sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int handshake_time_limit(const struct server_options *options)
{
	if (options->idle_timeout < MAX_HANDSHAKE_TIME)
		return options->idle_timeout * 1000;
	return MAX_HANDSHAKE_TIME * 1000;
}

static int open_loop(struct server *server)
{
	server->loop = loop_open();
	server->signals = (struct source){
		open_signals(server->options), signal_ready
	};
	server->requests = (struct source){ http_fd(server->http),
					    requests_ready };
	server->listener.ready = accept_ready;
	server->listening = true;
	relays_init(&server->relays, server->loop);
	server->handshakes = (struct handshakes){
		.loop = server->loop,
		.config = server->config,
		.policy = &server->options->policy,
		.http = server->options->echo ? NULL : server->http,
		.relays = &server->relays,
		.time_limit = handshake_time_limit(server->options),
	};
	handshakes_init(&server->handshakes);
	if (server->loop >= 0 && server->signals.fd >= 0 &&
	    !loop_add(server->loop, &server->listener, EPOLLIN) &&
	    !loop_add(server->loop, &server->signals, EPOLLIN) &&
	    !loop_add(server->loop, &server->requests, EPOLLIN))
		return 0;
	warn("epoll");
	return -1;
}

static int open_server(struct server *server)
{
	const struct backend *backend = server->options->policy.backend;

	if (raise_descriptor_limit(server->options->max_connections) ||
	    load_config(server) || open_root(server))
		return -1;
	server->listener.fd = endpoint_listen(&server->options->listen);
	if (server->listener.fd < 0)
		return -1;
	if (!backend->present()) {
		backend->report_absent();
		return -1;
	}
	server->http = http_new(server->root, server->options);
	return server->http ? open_loop(server) : -1;
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

static void close_server(struct server *server)
{
	if (server->loop >= 0) {
		handshakes_abort(&server->handshakes);
		relays_abort(&server->relays);
	}
	http_free(server->http);
	close_fd(server->loop);
	close_fd(server->signals.fd);
	close_fd(server->listener.fd);
	close_fd(server->root);
	keylog_close(&server->keylog);
	seal_ticket_keys_unref(server->ticket_keys);
	seal_config_unref(server->config);
}

static void announce(const struct server *server)
{
	struct address address = { .len = sizeof(address.sa) };
	char text[ADDRESS_TEXT];

	getsockname(server->listener.fd, (struct sockaddr *)&address.sa,
		    &address.len);
	address_format(&address, text);
	printf("listening on https://%s/\n", text);
	fflush(stdout);
}

int server_run(const struct server_options *options)
{
	struct server server = {
		.options = options,
		.keylog.fd = -1,
		.listener.fd = -1,
		.signals.fd = -1,
		.root = -1,
		.loop = -1,
	};
	int status = EXIT_FAILED;

	if (!open_server(&server)) {
		announce(&server);
		status = serve_until_stopped(&server);
	}
	close_server(&server);
	return status;
}
