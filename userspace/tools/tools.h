/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * What the files of the sockseal command share: the prototypes, under the name of
 * the file that has them.
 */
#ifndef TOOLS_H
#define TOOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <time.h>

struct seal_config;
struct seal_conn;
struct seal_resumption;
struct seal_session;

/* Exit statuses; argp uses EXIT_USAGE as well */
enum {
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
};

#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))

/* cmd_serve.c, cmd_connect.c, cmd_bench.c, cmd_status.c; argv[0] is the command's full name */
int cmd_serve(int argc, char **argv);
int cmd_connect(int argc, char **argv);
int cmd_bench(int argc, char **argv);
int cmd_status(int argc, char **argv);

/* address.c */

/**
 * struct endpoint - HOST:PORT taken apart
 * @host: without the brackets of an IPv6 address, "" when there is none
 * @port: number or service name
 */
struct endpoint {
	char host[256];
	char port[32];
};

/**
 * struct address - a socket address and its length
 */
struct address {
	struct sockaddr_storage sa;
	socklen_t len;
};

/* "[2001:db8::1]:65535" with scope and terminating zero fits */
#define ADDRESS_TEXT 96

/** endpoint_parse() - take HOST:PORT or [V6]:PORT apart; -EINVAL if it is neither */
int endpoint_parse(const char *text, struct endpoint *endpoint);
/** endpoint_listen() - a listening non-blocking socket, or -1 after a message */
int endpoint_listen(const struct endpoint *endpoint);
/** endpoint_connect() - a connected socket, or -1 after a message */
int endpoint_connect(const struct endpoint *endpoint);
/** address_format() - ADDR:PORT in numbers, IPv6 in brackets */
void address_format(const struct address *address, char text[ADDRESS_TEXT]);

/* module.c */

/** module_answers() - whether a module answers to the name of a ULP; may load it */
bool module_answers(const char *ulp);
/** module_present() - whether the kernel seals sockets; may load the module */
bool module_present(void);
/** module_report_absent() - say on stderr what is missing and how to load it */
void module_report_absent(void);

/* keylog.c */

/**
 * struct keylog - a file that receives the secrets of each connection
 * @fd: open for appending, -1 when there is none
 */
struct keylog {
	int fd;
};

/** keylog_open() - log @cfg's secrets to @path; NULL: do not; -1 after a message */
int keylog_open(struct keylog *keylog, struct seal_config *cfg, const char *path);
/** keylog_close() - close the file; @keylog outlives every handshake on its config */
void keylog_close(struct keylog *keylog);

/* identity.c */

/* As many as a configuration takes */
#define MAX_IDENTITIES 8

/**
 * struct identities - pairs of --cert and --key, in the order of the command line
 * @cert, @key:	    PEM files
 * @certs, @keys:   how many of each
 */
struct identities {
	const char *cert[MAX_IDENTITIES];
	const char *key[MAX_IDENTITIES];
	size_t certs;
	size_t keys;
};

struct argp_state;

/** identities_add_cert() - one more --cert; a usage error if there are too many */
void identities_add_cert(struct argp_state *state, struct identities *all,
			 const char *path);
/** identities_add_key() - one more --key; a usage error if there are too many */
void identities_add_key(struct argp_state *state, struct identities *all,
			const char *path);
/** identities_check() - a usage error unless there is a --key for each --cert */
void identities_check(struct argp_state *state, const struct identities *all);
/** identities_load() - hand them to @cfg; an error that seal_config_error() explains */
int identities_load(const struct identities *all, struct seal_config *cfg);
/* session.c */

/**
 * session_load() - the session that is stored in @path
 * @session: NULL if there is no such file
 *
 * Return: 0, or -1 after a message.
 */
int session_load(const char *path, struct seal_session **session);
/** session_save() - store it in @path, for the owner alone; 0, or -1 after a message */
int session_save(const char *path, const struct seal_session *session);

/* port.c */

struct relays;
struct port;

/**
 * struct backend - who makes the records of a connection
 * @name:	   a word of --backend; NULL: nobody does
 * @buffers:	   it holds plaintext that does not show in the readiness of the socket
 * @present:	   whether it can be used here
 * @report_absent: say on stderr what is missing
 * @start:	   take over the records from the handshake; 0 or a SEAL_E*
 * @read, @write:  as read(2) and write(2) on a sealed socket, errno and all
 * @shut:	   as shutdown(SHUT_WR); EAGAIN: call again
 * @unsent:	   whether something waits to be flushed
 * @flush:	   send it; 0, or -1 with errno
 * @reason:	   why a call has failed with this errno, in one line
 * @session:	   the next session that the peer has sent, or NULL
 * @plain:	   give the port away for a non-blocking descriptor that carries its
 *		   plaintext; -1 with errno, and then it is gone, too
 */
struct backend {
	const char *name;
	bool buffers;
	bool (*present)(void);
	void (*report_absent)(void);
	int (*start)(struct port *port);
	ssize_t (*read)(struct port *port, void *buf, size_t len);
	ssize_t (*write)(struct port *port, const void *data, size_t len);
	int (*shut)(struct port *port);
	bool (*unsent)(const struct port *port);
	int (*flush)(struct port *port);
	const char *(*reason)(const struct port *port, int error);
	struct seal_session *(*session)(struct port *port);
	int (*plain)(struct port *port, struct relays *relays);
};

/**
 * struct port - where plaintext goes in and out
 * @fd:		  descriptor of it, the caller's
 * @conn:	  of the handshake, the port's; NULL: there was none
 * @peer:	  who is at the other end, for messages; not used by the port
 * @keep_session: port_session() will be called
 * @res:	  for that
 * @readable:	  reading may succeed; a failure makes it false
 * @writable:	  likewise writing
 */
struct port {
	const struct backend *backend;
	int fd;
	struct seal_conn *conn;
	struct address peer;
	bool keep_session;
	struct seal_resumption *res;
	bool readable;
	bool writable;
};

/** backend_default() - who it is if nobody says */
const struct backend *backend_default(void);
/** backend_find() - the backend with this name, or NULL */
const struct backend *backend_find(const char *name);
/** port_plain() - a port of a descriptor as it is */
void port_plain(struct port *port, int fd);
/** port_start() - @port has backend, fd and conn, whose handshake is complete */
int port_start(struct port *port);
/* The calls of its backend, which keep account of readiness */
ssize_t port_read(struct port *port, void *buf, size_t len);
ssize_t port_write(struct port *port, const void *data, size_t len);
int port_shut(struct port *port);
bool port_unsent(const struct port *port);
int port_flush(struct port *port);
const char *port_reason(const struct port *port, int error);
struct seal_session *port_session(struct port *port);
/** port_release() - free what is the port's; the descriptor stays open */
void port_release(struct port *port);

/* channel.c */

#define CHANNEL_SIZE 16384

/**
 * struct channel - one direction between two ports, which may be the same
 * @start, @end: bytes in @buf that are read and not yet written
 * @ended:	 read returned 0
 * @shut:	 nothing more is to be written: the end was passed on
 */
struct channel {
	struct port *from;
	struct port *to;
	size_t start;
	size_t end;
	bool ended;
	bool shut;
	char buf[CHANNEL_SIZE];
};

/** channel_empty() - whether all that was read is written */
bool channel_empty(const struct channel *channel);
/** channel_step() - one call that can be done now; 1, 0 if there is none, or -errno */
int channel_step(struct channel *channel);
/** channel_wants() - what it waits for on @port: POLLIN, POLLOUT */
short channel_wants(const struct channel *channel, const struct port *port);

/* pump.c */

/** pump_run() - stdin to @wire and @wire to stdout until the peer closes; 0 or -1 */
int pump_run(struct port *wire, const char *peer);

/* relay.c */

/**
 * struct relays - connections whose plaintext the event loop moves
 * @count: how many there are
 */
struct relays {
	int loop;
	unsigned int count;
	TAILQ_HEAD(relay_list, relay) live;
	struct relay_list closing;
	struct relay_list dead;
};

/** relays_init() - none */
void relays_init(struct relays *all, int loop);
/** relay_plain() - see struct backend */
int relay_plain(struct port *port, struct relays *relays);
/** relay_echo() - what comes on @port, which it owns from now on, goes back */
void relay_echo(struct port *port, struct relays *relays);
/** relays_reap() - after each turn of the loop: free what has ended */
void relays_reap(struct relays *all);
/** relays_timeout() - milliseconds until relays_reap() is due anyway, -1: never */
int relays_timeout(const struct relays *all);
/** relays_abort() - end all */
void relays_abort(struct relays *all);

/* policy.c */

#define MAX_NUMBERS 16

/**
 * struct policy - the options that serve and connect have in common
 * @backend:	who makes records
 * @name:	policy of the library, or NULL: its default
 * @suites, @groups: wire numbers, none: the policy's
 * @psk:	file of external PSKs, or NULL
 * @verbose:	tell what each connection has agreed on
 */
struct policy {
	const struct backend *backend;
	const char *name;
	uint16_t suites[MAX_NUMBERS];
	size_t suites_len;
	uint16_t groups[MAX_NUMBERS];
	size_t groups_len;
	const char *psk;
	bool verbose;
};

/** policy_argp - their parser, a child of the command's; its input is a struct policy */
extern const struct argp policy_argp;
/** policy_apply() - hand them to @config; 0, or -1 after a message */
int policy_apply(const struct policy *policy, struct seal_config *config);
/** policy_tell() - say on stderr what @conn has agreed on, if that was asked for */
void policy_tell(const struct policy *policy, const char *peer,
		 const struct seal_conn *conn);

/* loop.c */

/**
 * struct source - a descriptor in the event loop
 * @fd:	   whose readiness is waited for; the loop never closes it
 * @ready: called when it is ready; may remove and free its own source, no other
 */
struct source {
	int fd;
	void (*ready)(struct source *source);
};

/** loop_open() - a new epoll descriptor, or -1 with errno */
int loop_open(void);
/** loop_add() - wait for @events (EPOLLIN, EPOLLOUT); 0, or -1 with errno */
int loop_add(int loop, struct source *source, uint32_t events);
/** loop_change() - wait for other @events; 0, or -1 with errno */
int loop_change(int loop, struct source *source, uint32_t events);
/** loop_remove() - wait no more */
void loop_remove(int loop, struct source *source);
/** loop_turn() - wait up to @timeout ms (-1: for ever), serve what is ready */
int loop_turn(int loop, int timeout);
/** loop_now() - milliseconds of CLOCK_MONOTONIC */
int64_t loop_now(void);

/* handshake.c */

struct http;

/**
 * struct handshakes - the connections that are not sealed yet
 * @loop:	event loop they wait in
 * @config:	server configuration
 * @policy:	who makes records afterwards, and what is told
 * @http:	who gets the sealed connections; NULL: they are echoed
 * @relays:	who moves their plaintext where the kernel does not
 * @time_limit: milliseconds that a handshake may take
 * @pending:	oldest first, and so by deadline
 * @count:	how many are pending
 */
struct handshakes {
	int loop;
	struct seal_config *config;
	const struct policy *policy;
	struct http *http;
	struct relays *relays;
	int time_limit;
	TAILQ_HEAD(, handshake) pending;
	unsigned int count;
};

/** handshakes_init() - nothing pending; the members above @pending are the caller's */
void handshakes_init(struct handshakes *all);
/** handshakes_start() - begin one on accepted socket @fd, which it owns from now on */
void handshakes_start(struct handshakes *all, int fd,
		      const struct address *peer);
/** handshakes_expire() - drop those that took too long */
void handshakes_expire(struct handshakes *all);
/** handshakes_timeout() - milliseconds to the next deadline, -1 when none pends */
int handshakes_timeout(const struct handshakes *all);
/** handshakes_abort() - drop all */
void handshakes_abort(struct handshakes *all);
/** close_politely() - close @fd so that what was sent last arrives */
void close_politely(int fd);

/* server.c */

/**
 * struct server_options - what the command line of serve asks for
 * @policy:	     what connect has, too
 * @echo:	     send back what comes, instead of HTTP
 * @identities:	     certificates and keys
 * @client_ca:	     file of CAs that clients are verified against, or NULL
 * @client_required: refuse clients without certificate
 * @root:	     directory that is served
 * @keylog:	     file for secrets, or NULL
 * @tickets:	     how many each client gets
 * @ticket_keys:     file of keys for tickets, or NULL: of our own
 * @listen:	     where to listen
 * @max_connections: pending and sealed ones together
 * @idle_timeout:    seconds after which a silent connection is closed
 */
struct server_options {
	struct policy policy;
	bool echo;
	struct identities identities;
	const char *client_ca;
	bool client_required;
	const char *root;
	const char *keylog;
	unsigned int tickets;
	const char *ticket_keys;
	struct endpoint listen;
	unsigned int max_connections;
	unsigned int idle_timeout;
};

/** server_run() - serve until SIGTERM or SIGINT; an exit status */
int server_run(const struct server_options *options);

/* http.c */

/** http_new() - an HTTP/1.1 engine on directory @root; NULL after a message */
struct http *http_new(int root, const struct server_options *options);
/** http_free() - close all connections; @http may be NULL */
void http_free(struct http *http);
/** http_adopt() - serve @fd, which carries plaintext, which it owns from now on */
void http_adopt(struct http *http, int fd, const struct address *peer);
/** http_fd() - descriptor that is readable when http_run() has work */
int http_fd(const struct http *http);
/** http_run() - serve what is ready */
void http_run(struct http *http);
/** http_timeout() - milliseconds until http_run() is due anyway, -1: never */
int http_timeout(const struct http *http);
/** http_connections() - how many sockets it owns */
unsigned int http_connections(const struct http *http);

/* answer.c */

struct MHD_Connection;

/** answer_request() - queue the response to a whole request; 0, or -1: give up */
int answer_request(struct MHD_Connection *connection, int root,
		   const char *method, const char *path);

/* document.c */

/**
 * struct document - an open regular file under the document root
 * @type: media type, static
 */
struct document {
	int fd;
	uint64_t size;
	time_t modified;
	const char *type;
};

/**
 * document_open() - open what @path of a URL names
 * @root: directory that nothing found may lie outside of
 * @path: path of the URL, percent-decoded
 *
 * Return: 0, or -errno: -EISDIR for a directory without its final slash,
 * -EACCES also for what is no regular file, -EXDEV for a way out of @root.
 */
int document_open(int root, const char *path, struct document *document);

/* media_type.c */

/** media_type() - type by the extension of @path, static */
const char *media_type(const char *path);

/* range.c */

/**
 * struct range - bytes first to last, both included
 */
struct range {
	uint64_t first;
	uint64_t last;
};

enum range_result {
	RANGE_IGNORED,		/* none, malformed, or several: send it all */
	RANGE_SATISFIABLE,
	RANGE_UNSATISFIABLE,
};

/** range_parse() - field value of Range (may be NULL) against @size bytes */
enum range_result range_parse(const char *value, uint64_t size,
			      struct range *range);

#endif /* TOOLS_H */
