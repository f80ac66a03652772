/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * Sealed records one behind the other, and what may be read when the first so many
 * bytes of them have come.
 */
#ifndef FLIGHT_H
#define FLIGHT_H

#include "ktest.h"

#define FLIGHT_ROOM	2048

/**
 * struct flight - sealed records and what they hold
 * @bytes:	the records, one behind the other
 * @len:	bytes of them
 * @data:	application data inside
 * @ready:	for each number of bytes received, how many of @data can be read
 */
struct flight {
	uint8_t	bytes[FLIGHT_ROOM];
	size_t	len;
	uint8_t	data[FLIGHT_ROOM];
	size_t	ready[FLIGHT_ROOM + 1];
};

/* Makes the records of a flight, which is empty before */
typedef void flight_maker(struct pair *pair, struct flight *flight);

void flight_add(struct pair *pair, struct flight *flight, uint8_t type,
		const void *content, size_t len);
void flight_add_data(struct pair *pair, struct flight *flight, size_t len);
void flight_add_ticket(struct pair *pair, struct flight *flight);
void flight_add_key_update(struct pair *pair, struct flight *flight, uint8_t request);
void flight_add_alert(struct pair *pair, struct flight *flight, uint8_t level,
		      uint8_t description);
size_t flight_data_len(const struct flight *flight);

#endif /* FLIGHT_H */
