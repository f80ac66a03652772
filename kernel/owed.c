// SPDX-License-Identifier: GPL-2.0
/*
 * Control records after which the stream goes on: that one is owed to the peer
 * enters, the record leaves for TCP before any more application data.
 *
 * A record that MSG_MORE or TCP_CORK keeps open has not been sent, so they overtake
 * it (RFC 8446 4.6.3: "prior to sending its next Application Data record").
 *
 * All functions here want the socket lock.
 */
#include <net/tcp.h>

#include "seal.h"

/* RFC 8446 4.6.3: msg_type key_update, length 1, request_update */
#define KEY_UPDATE(request)		\
	.type	= SEAL_TYPE_HANDSHAKE,	\
	.len	= 5,			\
	.data	= { SEAL_MESSAGE_KEY_UPDATE, 0, 0, 1, request }

#define WARNING(alert)			\
	.type	= SEAL_TYPE_ALERT,	\
	.len	= SEAL_ALERT_SIZE,	\
	.data	= { SEAL_ALERT_LEVEL_WARNING, alert }

/* In the order in which they go out */
static const struct {
	u8	type;
	u8	len;
	u8	data[SEAL_AHEAD_MAX];
	int	(*sent)(struct sock *sk, const u8 *data);
} records[SEAL_OWED_COUNT] = {
	[SEAL_OWED_UPDATE] = {
		KEY_UPDATE(SEAL_UPDATE_NOT_REQUESTED), seal_update_sent,
	},
	[SEAL_OWED_REQUEST] = {
		KEY_UPDATE(SEAL_UPDATE_REQUESTED), seal_update_sent,
	},
	[SEAL_OWED_USER_CANCELED] = {
		WARNING(SEAL_ALERT_USER_CANCELED), seal_alert_sent,
	},
	[SEAL_OWED_NO_RENEGOTIATION] = {
		WARNING(SEAL_ALERT_NO_RENEGOTIATION), seal_alert_sent,
	},
};

static int send_one(struct sock *sk, enum seal_owed owed)
{
	struct seal_tx *tx = &seal_sk(sk)->tx;
	int err;

	err = seal_sealer_put_ahead(sk, records[owed].type, records[owed].data,
				    records[owed].len);
	if (err)
		return err;
	tx->owed &= ~BIT(owed);
	tx->answered |= BIT(owed);
	return records[owed].sent(sk, records[owed].data);
}

/**
 * seal_owed_send() - send all that is owed
 * @sk:		socket with a key for this direction
 * @push:	seal_batch_push(), or seal_batch_push_all() if TCP's limits do not
 *		matter
 *
 * Context: process, may sleep.
 * Return: 0 when nothing is owed and nothing sealed is left; -EAGAIN if TCP has no
 * room or there is no memory: the rest stays owed; or a sticky error.
 */
int seal_owed_send(struct sock *sk, int (*push)(struct sock *sk))
{
	struct seal_tx *tx = &seal_sk(sk)->tx;
	int err = push(sk);

	sock_owned_by_me(sk);
	while (!err && tx->owed)
		err = send_one(sk, __ffs(tx->owed)) ?: push(sk);
	return err;
}
