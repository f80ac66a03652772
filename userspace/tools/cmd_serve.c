// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The command line of `sockseal serve' enters; the options of the server leave.
 */
#include <argp.h>
#include <stdlib.h>
#include <string.h>

#include "tools.h"

#define DEFAULT_LISTEN "127.0.0.1:4433"
#define MAX_CONNECTIONS 100000
#define MAX_IDLE_TIMEOUT 86400
#define MAX_TICKETS 16

enum {
	OPTION_CERT = 256,
	OPTION_KEY,
	OPTION_CLIENT_CA,
	OPTION_REQUIRE_CLIENT,
	OPTION_ROOT,
	OPTION_LISTEN,
	OPTION_KEYLOG,
	OPTION_TICKETS,
	OPTION_TICKET_KEYS,
	OPTION_MAX_CONNECTIONS,
	OPTION_IDLE_TIMEOUT,
	OPTION_ECHO,
};

static const struct argp_option option_table[] = {
	{ "cert", OPTION_CERT, "CHAIN.pem", 0,
	  "Certificate chain, leaf first; again, with --key, for another kind "
	  "of key", 0 },
	{ "key", OPTION_KEY, "KEY.pem", 0, "Private key of the leaf", 0 },
	{ "client-ca", OPTION_CLIENT_CA, "FILE", 0,
	  "Ask clients for a certificate, and verify it against the CAs in FILE",
	  0 },
	{ "require-client-certificate", OPTION_REQUIRE_CLIENT, NULL, 0,
	  "Refuse clients that have none", 0 },
	{ "root", OPTION_ROOT, "DIR", 0,
	  "Directory to serve (default: the current one)", 0 },
	{ "listen", OPTION_LISTEN, "ADDR:PORT", 0,
	  "Where to listen; port 0 picks a free one (default: " DEFAULT_LISTEN
	  ")", 0 },
	{ "keylog", OPTION_KEYLOG, "FILE", 0,
	  "Append the secrets of each connection, for debugging", 0 },
	{ "tickets", OPTION_TICKETS, "N", 0,
	  "Tickets for each client to resume with; 0: none (default: 2)", 0 },
	{ "ticket-keys", OPTION_TICKET_KEYS, "FILE", 0,
	  "Keys of tickets, shared with other servers; read again at SIGHUP "
	  "(default: random ones)", 0 },
	{ "echo", OPTION_ECHO, NULL, 0,
	  "Send back what comes, instead of serving files", 0 },
	{ "max-connections", OPTION_MAX_CONNECTIONS, "N", 0,
	  "Connections at once; more wait in the backlog (default: 400)", 0 },
	{ "idle-timeout", OPTION_IDLE_TIMEOUT, "SECONDS", 0,
	  "Close a connection that is silent so long (default: 60)", 0 },
	{ 0 },
};

static unsigned int parse_number(struct argp_state *state, const char *text,
				 unsigned long min, unsigned long max)
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || number < min || number > max)
		argp_error(state, "'%s' is not a number from %lu to %lu", text,
			   min, max);
	return number;
}

static void parse_listen(struct argp_state *state, const char *text,
			 struct endpoint *endpoint)
{
	if (endpoint_parse(text, endpoint))
		argp_error(state, "'%s' is not ADDR:PORT; an IPv6 address "
			   "stands in brackets, as in [::1]:4433", text);
}

static void check(struct argp_state *state, struct server_options *server)
{
	if (!server->policy.psk &&
	    (!server->identities.certs || !server->identities.keys))
		argp_error(state, "--cert and --key are needed, or --psk");
	identities_check(state, &server->identities);
	if (server->client_required && !server->client_ca)
		argp_error(state, "--require-client-certificate needs "
			   "--client-ca");
	if (!server->listen.port[0])
		parse_listen(state, DEFAULT_LISTEN, &server->listen);
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct server_options *server = state->input;

	switch (key) {
	case OPTION_CERT:
		identities_add_cert(state, &server->identities, arg);
		return 0;
	case OPTION_KEY:
		identities_add_key(state, &server->identities, arg);
		return 0;
	case OPTION_CLIENT_CA:
		server->client_ca = arg;
		return 0;
	case OPTION_REQUIRE_CLIENT:
		server->client_required = true;
		return 0;
	case OPTION_ROOT:
		server->root = arg;
		return 0;
	case OPTION_LISTEN:
		parse_listen(state, arg, &server->listen);
		return 0;
	case OPTION_KEYLOG:
		server->keylog = arg;
		return 0;
	case OPTION_TICKETS:
		server->tickets = parse_number(state, arg, 0, MAX_TICKETS);
		return 0;
	case OPTION_TICKET_KEYS:
		server->ticket_keys = arg;
		return 0;
	case OPTION_MAX_CONNECTIONS:
		server->max_connections =
			parse_number(state, arg, 1, MAX_CONNECTIONS);
		return 0;
	case OPTION_IDLE_TIMEOUT:
		server->idle_timeout =
			parse_number(state, arg, 1, MAX_IDLE_TIMEOUT);
		return 0;
	case OPTION_ECHO:
		server->echo = true;
		return 0;
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &server->policy;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "unexpected argument '%s'", arg);
		return 0;
	case ARGP_KEY_END:
		check(state, server);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int cmd_serve(int argc, char **argv)
{
	static const struct argp_child children[] = {
		{ .argp = &policy_argp }, { 0 }
	};
	static const struct argp argp = {
		.children = children,
		.options = option_table,
		.parser = parse_option,
		.doc = "Serve a directory over HTTPS/1.1 with TLS 1.3."
		       "\vPrints one line with its address when it is ready. "
		       "SIGTERM or SIGINT stops it.",
	};
	struct server_options server = {
		.policy.backend = backend_default(),
		.root = ".",
		.tickets = 2,
		.max_connections = 400,
		.idle_timeout = 60,
	};

	argp_parse(&argp, argc, argv, 0, NULL, &server);
	return server_run(&server);
}
