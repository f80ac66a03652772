// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Contents enter, sealed records leave one behind the other; how much of the
 * contents can be read is noted for each place where they can be cut.
 */
#include <string.h>

#include "flight.h"

void flight_add(struct pair *pair, struct flight *flight, uint8_t type,
		const void *content, size_t len)
{
	size_t before = flight->ready[flight->len];
	size_t size = record_seal(&pair->peer.tx, type, content, len,
				  flight->bytes + flight->len);

	for (size_t i = 0; i < size; i++)
		flight->ready[flight->len + i] = before;
	flight->len += size;
	flight->ready[flight->len] = before;
	if (type != TYPE_DATA)
		return;
	memcpy(flight->data + before, content, len);
	flight->ready[flight->len] = before + len;
}

void flight_add_data(struct pair *pair, struct flight *flight, size_t len)
{
	uint8_t data[FLIGHT_ROOM];

	fill_bytes(data, len, flight->len + 1);
	flight_add(pair, flight, TYPE_DATA, data, len);
}

void flight_add_ticket(struct pair *pair, struct flight *flight)
{
	uint8_t message[64];

	flight_add(pair, flight, TYPE_HANDSHAKE, message,
		   message_make(message, HS_NEW_SESSION_TICKET, 7, 20));
}

/* RFC 8446 4.6.3: all records after it are under the next generation */
void flight_add_key_update(struct pair *pair, struct flight *flight, uint8_t request)
{
	const uint8_t message[] = { HS_KEY_UPDATE, 0, 0, 1, request };

	flight_add(pair, flight, TYPE_HANDSHAKE, message, sizeof(message));
	half_update(&pair->peer.tx);
}

void flight_add_alert(struct pair *pair, struct flight *flight, uint8_t level,
		      uint8_t description)
{
	const uint8_t alert[] = { level, description };

	flight_add(pair, flight, TYPE_ALERT, alert, sizeof(alert));
}

/* Bytes of application data in all of it */
size_t flight_data_len(const struct flight *flight)
{
	return flight->ready[flight->len];
}
