// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * What is asked about keys enters as calls; socket options leave, and KeyUpdates of
 * the sealed end are judged (RFC 8446 4.6.3).
 */
#include <sys/socket.h>

#include "ktest.h"

int key_update(int fd, uint32_t flags)
{
	struct seal_key_update update = { .flags = flags };

	return setsockopt(fd, SOL_SOCKSEAL, SEAL_KEY_UPDATE, &update, sizeof(update));
}

int send_alert(int fd, uint8_t description)
{
	struct seal_alert_request request = { .description = description };

	return setsockopt(fd, SOL_SOCKSEAL, SEAL_ALERT, &request, sizeof(request));
}

/* A KeyUpdate comes next, and what follows it is under the next key */
void peer_expect_update(struct peer *peer, uint8_t request)
{
	uint8_t update[] = { HS_KEY_UPDATE, 0, 0, 1, request };

	peer_expect_record(peer, TYPE_HANDSHAKE, update, sizeof(update));
	half_update(&peer->rx);
}

/* How many KeyUpdates were sent and received */
void expect_generations(int fd, uint32_t tx, uint32_t rx)
{
	struct seal_info info = info_of(fd);

	assert_int_equal(info.tx.generation, tx);
	assert_int_equal(info.rx.generation, rx);
}
