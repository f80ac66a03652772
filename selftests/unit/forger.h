/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * A peer behind the handshake that seals whatever a test wants, for the tests of records
 * in user space.
 */
#ifndef FORGER_H
#define FORGER_H

#include "unit.h"

#define RECORD_ROOM	20000

/* A completed connection whose peer has the keys and says what the test wants */
struct forger {
	struct pair		pair;
	struct seal_conn	*victim;
	struct seal_record	out;		/* towards the victim */
	struct seal_record	in;
	struct seal_buf		heard;		/* by the victim */
	int			status;		/* what it said last */
};

void forger_open(struct forger *f, enum seal_side victim);
void forger_close(struct forger *f);
/* Bytes as they are; all that can be read is read, and kept in f->heard */
void forger_send_raw(struct forger *f, const void *data, size_t len);
/* One record, also without content, and with @padding zeros */
void forger_pad(struct forger *f, uint8_t type, struct seal_span content,
		size_t padding);
void forger_send(struct forger *f, uint8_t type, const void *data, size_t len);
/* The victim has taken a KeyUpdate: seal under the next key */
void forger_next_key(struct forger *f);
/* Forget what the victim wants to send */
void forger_drop_output(struct forger *f);
/* The victim failed with @error, told the peer so, and remains failed */
void forger_expect_end(struct forger *f, int error);

#endif /* FORGER_H */
