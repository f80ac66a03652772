/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * What seal.c offers the other files of the bench, without the module's own headers.
 */
#ifndef BENCH_SEAL_H
#define BENCH_SEAL_H

#include <linux/types.h>

struct bench_sealer;

/* seal.c */
struct bench_sealer *bench_sealer_make(u16 id);
int bench_sealer_run(struct bench_sealer *s, size_t records, u64 *spent);
void bench_sealer_free(struct bench_sealer *s);

#endif /* BENCH_SEAL_H */
