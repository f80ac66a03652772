/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * What the two ends of a connection share, and what "plain" needs around itself.
 * Both are told who they are by the same four words:
 *
 *	connect CA ADDRESS:PORT OUT
 *	accept CHAIN KEY OUT
 *
 * Their standard input is sent, what comes goes to OUT, and who accepts first says
 * "listening on ADDRESS:PORT".
 */
#ifndef LIFE_H
#define LIFE_H

#include <stdbool.h>

enum { WHO = 1, FIRST, SECOND, OUT, WORDS };

/* tcp.c */
bool is_client(char **words);
int tcp_open(char **words);
int open_out(char **words);
void die(const char *what) __attribute__((noreturn));

/* sealed.c */
int sealed_open(char **words);
void sealed_tell(int fd);

#endif /* LIFE_H */
