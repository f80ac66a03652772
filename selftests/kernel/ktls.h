/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * What a test of the ULP "tls" may call beside ktest.h.  The tests ask for what
 * the in-tree module of Linux 7.3 answers: with KTEST_IN_TREE in the environment
 * they ask that one.
 */
#ifndef KTLS_H
#define KTLS_H

#include <sys/socket.h>
#include <linux/tls.h>

#include "ktest.h"

#ifndef SOL_TLS
#define SOL_TLS			282
#endif

/* Linux 7.3 */
#ifndef TLS_TX_MAX_PAYLOAD_LEN
#define TLS_TX_MAX_PAYLOAD_LEN	5
#endif

#define KTLS_ULP_NAME		"tls"

/* The longest tls12_crypto_info_*, and room to be too long */
#define KTLS_KEYS_ROOM		128

/**
 * struct ktls_keys - argument of TLS_TX and TLS_RX
 * @len:	of the structure for the cipher
 * @info:	what all these structures begin with
 * @bytes:	the structure
 */
struct ktls_keys {
	socklen_t			len;
	union {
		struct tls_crypto_info	info;
		uint8_t			bytes[KTLS_KEYS_ROOM];
	};
};

bool ktls_is_in_tree(void);
void ktls_keys_make(struct ktls_keys *keys, const struct half *half);
int ktls_attach(int fd);
int ktls_set(int fd, int option, const struct half *half);
void ktls_open_raw(struct pair *pair, const struct variant *variant);
void ktls_open_attached(struct pair *pair, const struct variant *variant);
void ktls_open(struct pair *pair, const struct variant *variant);
int ktls_run_cases(const char *name, const struct test *tests, size_t count,
		   pair_opener *opener);

#endif /* KTLS_H */
