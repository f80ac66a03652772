/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * The tables of ktls_rows.c, each for a state that a socket of the ULP "tls" is in
 * before the first row.
 */
#ifndef KTLS_ROWS_H
#define KTLS_ROWS_H

#include "ktls.h"
#include "matrix.h"

extern const struct matrix ktls_before_keys;
extern const struct matrix ktls_of_absent_ciphers;
extern const struct matrix ktls_with_tx;
extern const struct matrix ktls_with_rx;

/* Both directions; TLS 1.3 has begun its sequence numbers again at the end */
extern const struct matrix ktls_with_keys_12;
extern const struct matrix ktls_with_keys_13;

/* TLS 1.3 with TLS_TX alone */
extern const struct matrix ktls_of_tx_13;

/* After a send() with MSG_MORE */
extern const struct matrix ktls_of_open_record;

#endif /* KTLS_ROWS_H */
