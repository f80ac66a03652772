// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A connection before its ULP enters; bytes that its program has received too many
 * leave by SEAL_PREFILL.
 */
#include <stdlib.h>
#include <sys/socket.h>

#include "prefill.h"

int prefill(int fd, const void *bytes, size_t len)
{
	return setsockopt(fd, SOL_SOCKSEAL, SEAL_PREFILL, bytes, len);
}

/* As a program does it that has read too much */
void seal_prefilled(struct pair *pair, const void *bytes, size_t len)
{
	expect_ok(attach_ulp(pair->fd));
	if (len)
		expect_ok(prefill(pair->fd, bytes, len));
	expect_ok(set_keys(pair->fd, &pair->keys));
}

/* Another connection of the same kind */
void reopen(struct pair *pair)
{
	const struct variant *variant = pair->variant;

	pair_close(pair);
	pair_open_raw(pair, variant);
}

struct flight *make_flight(struct pair *pair, flight_maker *make)
{
	struct flight *flight = (void *)make_room(sizeof(*flight));

	make(pair, flight);
	return flight;
}

/* A socket that was given all of a flight */
void seal_with_flight(struct pair *pair, flight_maker *make)
{
	struct flight *flight = make_flight(pair, make);

	seal_prefilled(pair, flight->bytes, flight->len);
	free(flight);
}

void write_flight(struct pair *pair, const struct flight *flight, size_t from)
{
	assert_true(peer_write(&pair->peer, flight->bytes + from, flight->len - from));
}
