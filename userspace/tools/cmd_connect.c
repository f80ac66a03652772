// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The command line of `sockseal connect' enters; a sealed connection between the
 * standard streams and a TLS server leaves.
 */
#include <argp.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sockseal.h"
#include "tools.h"

#define MAX_PROTOCOLS 16

enum {
	OPTION_CA = 256,
	OPTION_INSECURE,
	OPTION_CERT,
	OPTION_KEY,
	OPTION_SERVERNAME,
	OPTION_ALPN,
	OPTION_KEYLOG,
	OPTION_SESSION,
};

struct connect_options {
	struct policy policy;
	const char *peer;	/* HOST:PORT as given */
	struct endpoint endpoint;
	const char *ca;
	bool insecure;
	struct identities identities;
	const char *servername;
	const char *protocols[MAX_PROTOCOLS];
	size_t protocols_len;
	const char *keylog;
	const char *store;	/* file of the session */
	struct seal_session *session;
};

static const struct argp_option option_table[] = {
	{ "ca", OPTION_CA, "FILE", 0,
	  "Verify the server against the CAs in FILE (default: the system's)",
	  0 },
	{ "insecure", OPTION_INSECURE, NULL, 0, "Do not verify the server", 0 },
	{ "cert", OPTION_CERT, "CHAIN.pem", 0,
	  "Certificate chain for a server that asks, leaf first; again, with "
	  "--key, for another CA or kind of key", 0 },
	{ "key", OPTION_KEY, "KEY.pem", 0, "Private key of the leaf", 0 },
	{ "servername", OPTION_SERVERNAME, "NAME", 0,
	  "Name to ask for and to verify (default: HOST)", 0 },
	{ "alpn", OPTION_ALPN, "P,..", 0,
	  "Application protocols to offer, preferred first", 0 },
	{ "keylog", OPTION_KEYLOG, "FILE", 0,
	  "Append the secrets of the connection, for debugging", 0 },
	{ "session", OPTION_SESSION, "FILE", 0,
	  "Resume the session in FILE, and store the next one there", 0 },
	{ 0 },
};

/* Cuts @list at its commas */
static void parse_protocols(struct argp_state *state, char *list,
			    struct connect_options *connect)
{
	char *name;

	connect->protocols_len = 0;
	while ((name = strsep(&list, ","))) {
		if (!*name || strlen(name) > 255)
			argp_error(state, "--alpn: a protocol has 1 to 255 "
				   "characters");
		if (connect->protocols_len == MAX_PROTOCOLS)
			argp_error(state, "--alpn: at most %d protocols",
				   MAX_PROTOCOLS);
		connect->protocols[connect->protocols_len++] = name;
	}
}

static void parse_peer(struct argp_state *state, const char *text,
		       struct connect_options *connect)
{
	if (connect->peer)
		argp_error(state, "unexpected argument '%s'", text);
	connect->peer = text;
	if (endpoint_parse(text, &connect->endpoint) ||
	    !connect->endpoint.host[0])
		argp_error(state, "'%s' is not HOST:PORT; an IPv6 address "
			   "stands in brackets, as in [::1]:4433", text);
	if (!connect->servername)
		connect->servername = connect->endpoint.host;
}

static void check(struct argp_state *state,
		  const struct connect_options *connect)
{
	if (!connect->peer)
		argp_error(state, "HOST:PORT is needed");
	identities_check(state, &connect->identities);
	if (connect->ca && connect->insecure)
		argp_error(state, "--ca and --insecure exclude each other");
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct connect_options *connect = state->input;

	switch (key) {
	case OPTION_CA:
		connect->ca = arg;
		return 0;
	case OPTION_INSECURE:
		connect->insecure = true;
		return 0;
	case OPTION_CERT:
		identities_add_cert(state, &connect->identities, arg);
		return 0;
	case OPTION_KEY:
		identities_add_key(state, &connect->identities, arg);
		return 0;
	case OPTION_SERVERNAME:
		connect->servername = arg;
		return 0;
	case OPTION_ALPN:
		parse_protocols(state, arg, connect);
		return 0;
	case OPTION_KEYLOG:
		connect->keylog = arg;
		return 0;
	case OPTION_SESSION:
		connect->store = arg;
		return 0;
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &connect->policy;
		return 0;
	case ARGP_KEY_ARG:
		parse_peer(state, arg, connect);
		return 0;
	case ARGP_KEY_END:
		check(state, connect);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int load_trust(struct seal_config *config,
		      const struct connect_options *options)
{
	if (options->insecure) {
		seal_config_set_insecure(config);
		return 0;
	}
	if (options->ca)
		return seal_config_set_ca_file(config, options->ca);
	/* a PSK takes the place of CAs, unless some are named */
	return options->policy.psk ? 0 : seal_config_use_system_ca(config);
}

static struct seal_config *new_config(const struct connect_options *options)
{
	struct seal_config *config = seal_config_new(SEAL_CLIENT);

	if (!config) {
		warnx("%s", seal_strerror(SEAL_E_NOMEM));
		return NULL;
	}
	if (load_trust(config, options) ||
	    identities_load(&options->identities, config) ||
	    seal_config_set_alpn(config, options->protocols,
				 options->protocols_len)) {
		warnx("%s", seal_config_error(config));
		seal_config_unref(config);
		return NULL;
	}
	if (policy_apply(&options->policy, config)) {
		seal_config_unref(config);
		return NULL;
	}
	return config;
}

static int shake_hands(struct seal_conn *conn, int fd)
{
	struct pollfd wait = { .fd = fd };
	int result;

	while ((result = seal_conn_handshake(conn, fd)) > 0) {
		wait.events = result == SEAL_WANT_READ ? POLLIN : POLLOUT;
		if (poll(&wait, 1, -1) < 0 && errno != EINTR)
			return SEAL_E_SYSTEM;
	}
	return result;
}

/* A session is for one connection (RFC 8446 C.4): who fails leaves none behind */
static int begin(struct seal_config *config, const struct connect_options *options,
		 struct seal_conn **conn)
{
	int error = seal_conn_resume(config, options->servername, options->session,
				     conn);

	if (error)
		warnx("%s: %s", options->peer, seal_strerror(error));
	else if (options->session)
		unlink(options->store);
	return error ? -1 : 0;
}

/* The port has the connection, whatever becomes of it */
static int seal(struct port *port, struct seal_config *config,
		const struct connect_options *options)
{
	int error;

	if (begin(config, options, &port->conn))
		return -1;
	error = shake_hands(port->conn, port->fd);
	if (!error)
		error = port_start(port);
	if (error)
		warnx("%s: %s", options->peer, seal_conn_error(port->conn));
	else
		policy_tell(&options->policy, options->peer, port->conn);
	return error ? -1 : 0;
}

/* Of the tickets that came the last one */
static int store_session(struct port *port, const struct connect_options *options)
{
	struct seal_session *session, *last = NULL;
	int failed = 0;

	while ((session = port_session(port))) {
		seal_session_free(last);
		last = session;
	}
	if (last)
		failed = session_save(options->store, last);
	seal_session_free(last);
	return failed;
}

static int talk(struct seal_config *config,
		const struct connect_options *options)
{
	struct port port = {
		.backend = options->policy.backend,
		.fd = endpoint_connect(&options->endpoint),
		.keep_session = options->store,
	};
	int failed;

	if (port.fd < 0)
		return -1;
	failed = fcntl(port.fd, F_SETFL, O_NONBLOCK) ||
		 seal(&port, config, options) || pump_run(&port, options->peer) ||
		 (options->store && store_session(&port, options));
	port_release(&port);
	close(port.fd);
	return failed ? -1 : 0;
}

static int run(struct connect_options *options)
{
	struct seal_config *config = new_config(options);
	struct keylog keylog;
	int failed;

	if (!config)
		return EXIT_FAILED;
	failed = keylog_open(&keylog, config, options->keylog) ||
		 (options->store &&
		  session_load(options->store, &options->session)) ||
		 talk(config, options);
	keylog_close(&keylog);
	seal_session_free(options->session);
	seal_config_unref(config);
	return failed ? EXIT_FAILED : EXIT_SUCCESS;
}

int cmd_connect(int argc, char **argv)
{
	static const struct argp_child children[] = {
		{ .argp = &policy_argp }, { 0 }
	};
	static const struct argp argp = {
		.children = children,
		.options = option_table,
		.parser = parse_option,
		.args_doc = "HOST:PORT",
		.doc = "Copy stdin to a TLS 1.3 server and the server to "
		       "stdout."
		       "\vHalf-closes at the end of stdin; exits 0 only after "
		       "the server has ended the stream with close_notify.",
	};
	struct connect_options connect = { .policy.backend = backend_default() };

	argp_parse(&argp, argc, argv, 0, NULL, &connect);
	return run(&connect);
}
