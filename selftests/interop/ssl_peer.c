// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * OpenSSL at the other end: the words of life.h and when to do what enter; standard
 * input leaves in TLS records, and what comes leaves to OUT.
 *
 *	ssl_peer [-u N] [-r N] [-t N] WORDS...
 *
 * After N records that were sent each: -u a new key; -r a new key, and the peer is
 * asked for one, too; -t a session ticket.  At the end standard error tells how often.
 *
 * Exit status 0 if all was sent and the peer has said close_notify.
 */
#include <err.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "life.h"

/* Every @each records; @done: how often until now */
struct deed {
	const char	*name;
	int		(*act)(SSL *ssl);
	unsigned long	each;
	unsigned long	done;
};

struct peer {
	SSL		*ssl;
	int		out;
	bool		sent_all;
	bool		got_all;
	bool		blocked;	/* a record waits for room */
	unsigned long	records;
	size_t		len;		/* of the record in @bytes */
	char		bytes[SSL3_RT_MAX_PLAIN_LENGTH];
};

static int update(SSL *ssl)
{
	return SSL_key_update(ssl, SSL_KEY_UPDATE_NOT_REQUESTED);
}

static int request_update(SSL *ssl)
{
	return SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED);
}

static struct deed deeds[] = {
	{ "updates", update, 0, 0 },
	{ "requests", request_update, 0, 0 },
	{ "tickets", SSL_new_session_ticket, 0, 0 },
};

#define DEEDS	(sizeof(deeds) / sizeof(deeds[0]))

static void die_ssl(const char *what)
{
	warn("%s", what);
	ERR_print_errors_fp(stderr);
	exit(EXIT_FAILURE);
}

/*
 * What is due goes out with the next record.  OpenSSL takes but one at a time, so
 * that each deed has its own record.
 */
static void act(struct peer *peer)
{
	for (size_t i = 0; i < DEEDS; i++) {
		struct deed *deed = &deeds[i];

		if (!deed->each || peer->records % deed->each != i % deed->each)
			continue;
		if (!deed->act(peer->ssl))
			die_ssl(deed->name);
		deed->done++;
	}
}

/* False if the record has to wait. */
static bool send_record(struct peer *peer)
{
	int n = SSL_write(peer->ssl, peer->bytes, peer->len);

	peer->blocked = n <= 0;
	if (n <= 0 && SSL_get_error(peer->ssl, n) != SSL_ERROR_WANT_WRITE)
		die_ssl("SSL_write");
	return !peer->blocked;
}

/* False if close_notify has to wait. */
static bool send_end(struct peer *peer)
{
	peer->sent_all = SSL_shutdown(peer->ssl) >= 0;
	peer->blocked = !peer->sent_all;
	return peer->sent_all;
}

static bool send_some(struct peer *peer)
{
	ssize_t n = peer->len;

	if (!peer->blocked)
		n = read(STDIN_FILENO, peer->bytes, sizeof(peer->bytes));
	if (n < 0)
		die("read");
	peer->len = n;
	if (!n)
		return send_end(peer);
	if (!send_record(peer))
		return false;
	peer->records++;
	act(peer);
	return true;
}

static bool receive_some(struct peer *peer)
{
	char bytes[SSL3_RT_MAX_PLAIN_LENGTH];
	int n = SSL_read(peer->ssl, bytes, sizeof(bytes));

	if (n > 0) {
		if (write(peer->out, bytes, n) != n)
			die("write");
		return true;
	}
	switch (SSL_get_error(peer->ssl, n)) {
	case SSL_ERROR_WANT_READ:
		return false;
	case SSL_ERROR_ZERO_RETURN:
		peer->got_all = true;
		return true;
	default:
		die_ssl("SSL_read");
		return false;
	}
}

static void wait_for_room_or_data(struct peer *peer)
{
	struct pollfd p = { .fd = SSL_get_fd(peer->ssl) };

	if (!peer->got_all)
		p.events |= POLLIN;
	if (peer->blocked)
		p.events |= POLLOUT;
	if (poll(&p, 1, -1) != 1)
		die("poll");
}

/* Both directions at once, in turns of a record */
static void exchange(struct peer *peer)
{
	while (!peer->sent_all || !peer->got_all) {
		bool moved = false;

		if (!peer->sent_all)
			moved |= send_some(peer);
		if (!peer->got_all)
			moved |= receive_some(peer);
		if (!moved)
			wait_for_room_or_data(peer);
	}
}

static SSL *handshake(char **words)
{
	bool client = is_client(words);
	SSL_CTX *ctx = SSL_CTX_new(client ? TLS_client_method() : TLS_server_method());
	SSL *ssl;

	if (client) {
		SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
		SSL_CTX_load_verify_locations(ctx, words[FIRST], NULL);
	} else {
		SSL_CTX_use_certificate_chain_file(ctx, words[FIRST]);
		SSL_CTX_use_PrivateKey_file(ctx, words[SECOND], SSL_FILETYPE_PEM);
	}
	SSL_CTX_set_mode(ctx, SSL_MODE_AUTO_RETRY);
	ssl = SSL_new(ctx);
	SSL_set_fd(ssl, tcp_open(words));
	if ((client ? SSL_connect(ssl) : SSL_accept(ssl)) != 1)
		die_ssl("handshake");
	return ssl;
}

static char **parse(int argc, char **argv)
{
	static const char letters[] = "urt";

	for (int c; (c = getopt(argc, argv, "+u:r:t:")) != -1;) {
		const char *at = strchr(letters, c);

		if (!at)
			exit(EXIT_FAILURE);
		deeds[at - letters].each = strtoul(optarg, NULL, 10);
	}
	if (argc - optind != WORDS - WHO)
		errx(EXIT_FAILURE, "see the head of " __FILE__);
	return argv + optind - WHO;
}

int main(int argc, char **argv)
{
	char **words = parse(argc, argv);
	struct peer peer = { .ssl = handshake(words), .out = open_out(words) };

	if (fcntl(SSL_get_fd(peer.ssl), F_SETFL, O_NONBLOCK))
		die("fcntl");
	exchange(&peer);
	for (size_t i = 0; i < DEEDS; i++)
		fprintf(stderr, "%s: %lu\n", deeds[i].name, deeds[i].done);
	return EXIT_SUCCESS;
}
