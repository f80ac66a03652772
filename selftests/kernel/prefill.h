/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * Sockets that get a part of what their peer has sent by SEAL_PREFILL.
 */
#ifndef PREFILL_H
#define PREFILL_H

#include "flight.h"

int prefill(int fd, const void *bytes, size_t len);
void seal_prefilled(struct pair *pair, const void *bytes, size_t len);
void reopen(struct pair *pair);
struct flight *make_flight(struct pair *pair, flight_maker *make);
void seal_with_flight(struct pair *pair, flight_maker *make);
void write_flight(struct pair *pair, const struct flight *flight, size_t from);

#endif /* PREFILL_H */
