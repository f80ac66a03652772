/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * What the tests of the contract may call beside ktest.h.  Each of them is a row of
 * selftests/contract/rows, and judges ours and, with KTEST_IN_TREE in the
 * environment, the kernel's own tls by the same code: what differs is how the keys
 * get into the socket.
 */
#ifndef CONTRACT_H
#define CONTRACT_H

#include "ktest.h"

void contract_open(struct pair *pair, const struct variant *variant);
void contract_open_narrow(struct pair *pair, const struct variant *variant);
void contract_open_tls12(struct pair *pair, const struct variant *variant, uint64_t seq);
void contract_open_at(struct pair *pair, const struct variant *variant, uint64_t seq);
bool arrives(int fd, short events);
void expect_end(int fd);
void expect_sticky(int fd, int error);
size_t fill_up(int fd, const uint8_t *data, size_t len);
int contract_run(const char *name, const struct test *tests, size_t count);

#endif /* CONTRACT_H */
