/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * What a test of the tracepoints may call beside ktest.h.
 */
#ifndef TRACING_H
#define TRACING_H

#include "ktest.h"

bool tracing_is_there(void);
void tracing_start(void);
void tracing_stop(void);
uint64_t cookie_of(int fd);
void expect_events(uint64_t cookie, const char *const *events, size_t count);
uint8_t *tracing_raw(size_t *len);

#endif /* TRACING_H */
