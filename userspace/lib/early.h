/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * The part of private.h about early data (RFC 8446 2.3, 4.2.10, 8).
 */
#ifndef SOCKSEAL_PRIVATE_EARLY_H
#define SOCKSEAL_PRIVATE_EARLY_H

#include "psk.h"

/* ----------------------------------------------------------- replay.c */

/* ClientHellos that have brought early data: a set in two generations */
struct seal_replay;

/* @window in ms; NULL: no memory, or no random bytes */
struct seal_replay *seal_replay_new(uint32_t window, size_t entries, uint64_t now);
void seal_replay_free(struct seal_replay *replay);
/*
 * Is it new at @now, ms since 1970, and did its ticket, or its time, begin with the
 * register?  It is not a second time.
 */
bool seal_replay_is_new(struct seal_replay *replay, const struct seal_crypto *crypto,
			struct seal_span id, uint64_t issued, uint64_t now);
/* RFC 8446 8.3: a ticket of @issued that the client says it has had for @age ms */
bool seal_replay_is_fresh(uint64_t issued, uint32_t age, uint64_t now, uint32_t window);

/* ------------------------------------------------------------ early.c */

struct seal_early {
	enum seal_early_state	 state;
	uint32_t		 max;		/* bytes, all together */
	uint32_t		 used;
	const struct seal_suite	*suite;
	struct seal_buf		 data;		/* server: not read yet */
	struct seal_keysched	 keysched;	/* as long as there are keys */
	uint8_t			 secret[SEAL_HASH_MAX];
	uint8_t			 exporter[SEAL_HASH_MAX];
};

/* Make conn->early */
int seal_early_begin(struct seal_conn *conn, enum seal_early_state state,
		     const struct seal_suite *suite, uint32_t max) SEAL_MUST_CHECK;
/* Its secrets and keys, of a transcript that ends with the ClientHello */
int seal_early_set_keys(struct seal_conn *conn, const struct seal_psk *psk)
	SEAL_MUST_CHECK;
/* Other keys have taken their place, or none */
void seal_early_forget(struct seal_conn *conn);
void seal_early_free(struct seal_conn *conn);
/* Bytes to skip where it is refused: what tickets may have allowed, in small records */
size_t seal_early_skip(const struct seal_conn *conn);
/* Early data in a record */
int seal_early_receive(struct seal_conn *conn, struct seal_span data) SEAL_MUST_CHECK;
/* Does early data wait for the application? */
bool seal_early_is_unread(const struct seal_conn *conn);
/* Is the client's direction under the early secret, until EndOfEarlyData? */
bool seal_early_has_keys(const struct seal_conn *conn);

/* ---------------------------------------------------- hs_server_early.c */

/* Accept or refuse early data, once the ClientHello is in the transcript */
int seal_server_take_early(struct seal_conn *conn,
			   const struct seal_client_hello *hello,
			   const struct seal_selection *sel) SEAL_MUST_CHECK;
int seal_server_on_end_of_early_data(struct seal_conn *conn,
				     const struct seal_message *msg);

/* ---------------------------------------------------- hs_client_early.c */

/* The extension of the ClientHello, if early data is offered */
void seal_client_write_early(struct seal_conn *conn, struct seal_writer *w);
/* The server has not taken the session, or asked for another ClientHello */
void seal_client_lose_early(struct seal_conn *conn);
/* Has the server accepted it? The keys that are due then are set */
int seal_client_read_early(struct seal_conn *conn, const struct seal_exts *exts)
	SEAL_MUST_CHECK;
/* EndOfEarlyData, if it has, and the keys behind it */
int seal_client_end_early(struct seal_conn *conn) SEAL_MUST_CHECK;

/* ----------------------------------------------------- config_early.c */

/* What a server's configuration says of early data */
struct seal_early_policy {
	uint32_t		 max;		/* bytes; 0: none */
	uint32_t		 window;	/* ms */
	size_t			 entries;
	struct seal_replay	*replay;
	seal_replay_fn		 callback;
	void			*arg;
};

void seal_config_init_early(struct seal_config *cfg);

#endif /* SOCKSEAL_PRIVATE_EARLY_H */
