/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * Pairs whose client says something early, for the tests about that.
 */
#ifndef EARLY_PAIR_H
#define EARLY_PAIR_H

#include "unit.h"

#define EARLY_MAX	20000		/* bytes, of the servers here */
#define EARLY_TEXT	"GET / HTTP/1.1"

/* A server with ticket_keys that takes @max bytes; and a session of it */
struct seal_config *early_server(uint32_t max);
struct seal_session *early_session(struct seal_config *server);

/* A connection whose client has said EARLY_TEXT early, and not been heard yet */
void early_begin(struct pair *pair, struct seal_config *server,
		 const struct seal_session *session);
/* Is it accepted?  The handshake is complete in any case */
bool early_end(struct pair *pair);
/* Both of them */
bool early_is_accepted(struct seal_config *server, const struct seal_session *session);
/* The same; @server may be released */
bool early_is_accepted_by(struct seal_config *server,
			  const struct seal_session *session);

#endif /* EARLY_PAIR_H */
