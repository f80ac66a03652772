// SPDX-License-Identifier: GPL-2.0
/*
 * What SEAL_INFO tells: the state of a sealed socket enters, a structure without keys
 * leaves.  Looking changes nothing: no record is opened and none is sent.
 */
#include <net/tcp.h>

#include "seal.h"

static void fill_direction(struct seal_info_direction *info,
			   const struct seal_epoch *epoch)
{
	info->seq = epoch->seq;
	info->records = epoch->records;
	info->bytes = epoch->bytes;
	info->generation = epoch->generation;
}

static u32 bit_if(bool condition, u32 bit)
{
	return condition ? bit : 0;
}

static u32 close_bits(const struct sock *sk)
{
	const struct seal_sock *ss = seal_sk(sk);

	return bit_if(ss->alert_sent == SEAL_ALERT_CLOSE_NOTIFY,
		      SEAL_STATE_CLOSE_NOTIFY_SENT) |
	       bit_if(ss->rx.closed, SEAL_STATE_CLOSE_NOTIFY_RECEIVED) |
	       bit_if(sk->sk_shutdown & SEND_SHUTDOWN, SEAL_STATE_FIN_SENT) |
	       bit_if(sock_flag(sk, SOCK_DONE), SEAL_STATE_FIN_RECEIVED) |
	       bit_if(ss->truncated, SEAL_STATE_TRUNCATED);
}

/**
 * seal_info_state() - where a connection stands
 * @sk: socket, locked
 *
 * Return: SEAL_STATE_* bits.
 */
u32 seal_info_state(const struct sock *sk)
{
	const struct seal_sock *ss = seal_sk(sk);

	return bit_if(ss->tx.epoch.suite, SEAL_STATE_KEYS) |
	       bit_if(ss->error, SEAL_STATE_FAILED) |
	       bit_if(ss->tx.owed & (BIT(SEAL_OWED_UPDATE) |
				     BIT(SEAL_OWED_REQUEST)),
		      SEAL_STATE_UPDATE_OWED) |
	       bit_if(ss->tx.requested, SEAL_STATE_UPDATE_REQUESTED) |
	       close_bits(sk);
}

/* What waits on its way in or out, in bytes */
static void fill_queues(struct seal_info *info, struct sock *sk)
{
	const struct seal_sock *ss = seal_sk(sk);

	info->rx_queued = ss->rx.queued;
	info->rx_sealed = seal_framer_waiting(sk);
	info->prefill = ss->rx.prefill.left;
	if (ss->tx.state == SEAL_TX_OPEN)
		info->tx_open = ss->tx.payload;
	info->tx_unsent = seal_batch_unsent(&ss->tx);
}

/**
 * seal_info_fill() - tell the state of a socket
 * @info:	overwritten
 * @sk:		socket, locked
 */
void seal_info_fill(struct seal_info *info, struct sock *sk)
{
	const struct seal_sock *ss = seal_sk(sk);
	const struct seal_suite *suite = ss->tx.epoch.suite;

	sock_owned_by_me(sk);
	memset(info, 0, sizeof(*info));
	if (suite) {
		info->version = suite->version;
		info->suite = suite->id;
	}
	info->state = seal_info_state(sk);
	info->error = -ss->error;
	info->alert_sent = ss->alert_sent;
	info->alert_received = ss->alert_received;
	info->messages = ss->rx.messages.count;
	info->messages_dropped = ss->rx.messages.dropped;
	fill_direction(&info->tx, &ss->tx.epoch);
	fill_direction(&info->rx, &ss->rx.epoch);
	fill_queues(info, sk);
}
