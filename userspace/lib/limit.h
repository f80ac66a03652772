/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * The part of private.h about how long records may be: max_fragment_length (RFC 6066 4)
 * and record_size_limit (RFC 8449).
 */
#ifndef SOCKSEAL_LIMIT_H
#define SOCKSEAL_LIMIT_H

#include "wire.h"

struct seal_conn;

/* limit.c */

/* A client's extensions, if its configuration wants any */
void seal_limit_write_offer(struct seal_conn *conn, struct seal_writer *w);
/* What a server is asked for: it acts on all records that it sends from then on */
int seal_limit_read_offer(struct seal_conn *conn, const struct seal_exts *exts)
	SEAL_MUST_CHECK;
/* A server's answer: from then on, it acts on all records that come in, too */
void seal_limit_write_answer(struct seal_conn *conn, struct seal_writer *w);
/* It acts on all protected records of either side, that of the answer included */
int seal_limit_read_answer(struct seal_conn *conn, const struct seal_exts *exts)
	SEAL_MUST_CHECK;

#endif /* SOCKSEAL_LIMIT_H */
