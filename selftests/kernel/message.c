// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Type and size of a handshake message enter, its bytes leave; and what the
 * sealed end queued for SEAL_MESSAGE is compared with them.
 */
#include <string.h>
#include <sys/socket.h>

#include "ktest.h"

/* RFC 8446 4: msg_type, 24-bit length, body */
size_t message_make(uint8_t *message, uint8_t type, uint8_t fill, size_t body)
{
	message[0] = type;
	message[1] = body >> 16;
	message[2] = body >> 8;
	message[3] = body;
	memset(message + 4, fill, body);
	return 4 + body;
}

/* This message is the oldest in the queue, and is taken out */
void expect_message(int fd, const uint8_t *message, size_t len)
{
	uint8_t got[SEAL_MESSAGE_QUEUE_SIZE];
	socklen_t room = sizeof(got);

	expect_ok(getsockopt(fd, SOL_SOCKSEAL, SEAL_MESSAGE, got, &room));
	assert_int_equal(room, len);
	expect_bytes(got, message, len);
}

void expect_no_message(int fd)
{
	uint8_t got[SEAL_MESSAGE_QUEUE_SIZE];
	socklen_t room = sizeof(got);

	expect_errno(getsockopt(fd, SOL_SOCKSEAL, SEAL_MESSAGE, got, &room), EAGAIN);
}
