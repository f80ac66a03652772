/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * The other end is OpenSSL's libssl, over memory; for the tests named test_peer_*.
 */
#ifndef PEER_H
#define PEER_H

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "unit.h"

struct peer {
	SSL_CTX			*ctx;
	SSL			*ssl;		/* theirs */
	struct seal_conn	*conn;		/* ours */
};

/*
 * A context of OpenSSL's for @side that speaks TLS 1.3, trusts pki_ca(), and, if
 * @id is not NULL, has its certificate.
 */
SSL_CTX *peer_context(enum seal_side side, const struct identity *id);
/* Begin with it and @cfg of the other side; @ctx belongs to the peer from now on */
void peer_open(struct peer *peer, SSL_CTX *ctx, struct seal_config *cfg);
void peer_close(struct peer *peer);
/* To the end: 0, or the first error of ours; OpenSSL may have failed: peer_failed() */
int peer_shake(struct peer *peer);
bool peer_failed(const struct peer *peer);

#endif /* PEER_H */
