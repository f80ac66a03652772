/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * An application that is asked in a handshake, and answers at once or later; for the
 * tests about that.
 */
#ifndef ASKER_H
#define ASKER_H

#include "unit.h"

struct asker {
	/* what it does */
	bool			later;
	int			answer;
	struct seal_config	*choice;	/* of configurations */
	const struct identity	*id;		/* whose key it has */
	/* what it saw */
	int			calls;
	struct seal_conn	*conn;
	const struct seal_scheme *scheme;
	uint8_t			text[SEAL_SIGNED_MAX];
	size_t			text_len;
};

/* Something that an application is asked, and on which side */
struct question {
	const char		*name;
	enum seal_question	question;
	enum seal_side		side;
	int			refusal;	/* what an answer without alert means */
	bool			last;		/* all that the peer says is there */
	void			(*install)(struct seal_config *cfg, struct asker *asker);
	void			(*prepare)(struct asker *asker);
};

#define ASKER_QUESTIONS	5
extern const struct question asker_questions[ASKER_QUESTIONS];

/* Configurations of both ends, who both have certificates; one of them asks */
void asker_configure(const struct question *q, struct asker *asker,
		     struct seal_config **client, struct seal_config **server);
/* The connection of a pair that asks, and the other one */
struct seal_conn *asker_conn(const struct question *q, const struct pair *pair);
struct seal_conn *asker_peer(const struct question *q, const struct pair *pair);
/* What seal_config_add_certificate_signer() is given; sign what it was asked to */
int asker_sign(struct seal_conn *conn, uint16_t scheme, const void *text, size_t len,
	       void *arg);
void asker_make_signature(struct asker *asker);
/* All that belongs to an answer, and the answer */
void asker_answer(const struct question *q, struct asker *asker);
/* A variant for each */
void asker_variants(struct variant variants[ASKER_QUESTIONS]);

#endif /* ASKER_H */
