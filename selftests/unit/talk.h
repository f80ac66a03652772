/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * A connection of ours whose records are made in user space, and OpenSSL's libssl as its
 * peer; for the tests named test_peer_*.
 */
#ifndef TALK_H
#define TALK_H

#include "peer.h"

#define PIECE_MAX	65536
#define TEXT_MAX	100000		/* several records */

struct kind {
	enum seal_side	side;		/* ours */
	uint16_t	suite;
};

/* One end of each, and what OpenSSL has seen of our KeyUpdates */
struct talk {
	struct peer		peer;
	struct seal_conn	*conn;
	SSL			*ssl;
	size_t			piece;		/* we are fed so much at once */
	unsigned int		updates;
};

/* Each side with each suite, for run_cases() */
#define TALK_VARIANTS	8
extern const struct variant talk_variants[TALK_VARIANTS];

/* What was read last */
extern uint8_t got_text[TEXT_MAX + 1];

struct seal_config *kind_config(const struct kind *kind);
/* The handshake is done, and the records are the library's; @tickets of OpenSSL's */
void talk_open(struct talk *talk, const struct kind *kind, size_t tickets);
void talk_close(struct talk *talk);
/* What we have for OpenSSL goes to it */
void talk_give(struct talk *talk);
/* All that OpenSSL has for us, piece by piece; how much plaintext that was */
size_t talk_take(struct talk *talk, uint8_t *text, size_t room);
/* OpenSSL says @text and we hear it; the other way; both */
void talk_hear(struct talk *talk, const char *text);
void talk_say(struct talk *talk, const char *text);
void talk_both(struct talk *talk);
/* What OpenSSL says when it reads and there is no data */
int talk_ssl_error(struct talk *talk);
/* Nothing can be read, and @wanted is why; that stays so */
void talk_expect_read(struct talk *talk, int wanted);

#endif /* TALK_H */
