// SPDX-License-Identifier: GPL-2.0
/*
 * KeyUpdate (RFC 8446 4.6.3, 5.5, 7.2): the peer's messages, the program's wish and
 * the age of a key enter; the next key, and what is owed to the peer, leave.
 *
 * All functions here want the socket lock.
 */
#include <net/tcp.h>

#include "seal.h"
#include "trace.h"

/* KeyUpdates of the peer in a row, without application data between them */
#define UPDATES_MAX	64

static bool is_tls13(const struct seal_epoch *epoch)
{
	return epoch->suite->version == SEAL_VERSION_TLS13;
}

/* A KeyUpdate is to go out; @request: it asks for the peer's */
static void owe(struct seal_tx *tx, bool request, enum seal_why why)
{
	tx->owed |= BIT(request ? SEAL_OWED_REQUEST : SEAL_OWED_UPDATE);
	tx->why = why;
}

static bool is_worn(const struct seal_sock *ss)
{
	const struct seal_epoch *epoch = &ss->tx.epoch;

	return epoch->seq >= ss->tx.records_max ||
	       epoch->bytes - epoch->start >= ss->tx.bytes_max;
}

/**
 * seal_update_is_due() - would seal_update_before_record() want anything?
 * @sk: socket with a key for this direction
 */
bool seal_update_is_due(const struct sock *sk)
{
	const struct seal_sock *ss = seal_sk(sk);

	return ss->personality->limits && is_worn(ss);
}

/**
 * seal_update_before_record() - a record of application data is about to be begun
 * @sk: socket without a record, with a key for this direction
 *
 * RFC 8446 5.5: a key protects so many records and no more; TLS 1.2 has no message
 * that would change it.  A program that sets the keys itself changes them itself.
 *
 * Return: 0; the KeyUpdate may be owed then; -EKEYEXPIRED, sticky, for TLS 1.2.
 */
int seal_update_before_record(struct sock *sk)
{
	struct seal_sock *ss = seal_sk(sk);

	if (!seal_update_is_due(sk))
		return 0;
	if (!is_tls13(&ss->tx.epoch))
		return seal_close_fail(sk, ss->personality->exhausted,
				       SEAL_ALERT_NONE);
	if (!(ss->tx.owed & BIT(SEAL_OWED_REQUEST)))
		owe(&ss->tx, false, SEAL_WHY_LIMIT);
	return 0;
}

/**
 * seal_update_sent() - our KeyUpdate is sealed
 * @sk:		socket
 * @data:	the message
 *
 * All that is sealed after it has the next key.
 *
 * Context: process, may sleep.
 * Return: 0, or a sticky error of the crypto API.
 */
int seal_update_sent(struct sock *sk, const u8 *data)
{
	struct seal_sock *ss = seal_sk(sk);
	int err;

	if (data[SEAL_MESSAGE_HEADER_SIZE] == SEAL_UPDATE_REQUESTED)
		ss->tx.requested = true;
	seal_stats_inc(sk, SEAL_STAT_TX_KEY_UPDATES);
	err = seal_epoch_update(&ss->tx.epoch);
	if (err)
		return seal_close_fail(sk, err, SEAL_ALERT_NONE);
	trace_seal_rekey(sk, true, &ss->tx.epoch, ss->tx.why);
	return 0;
}

/**
 * seal_update_start() - SEAL_KEY_UPDATE: replace the key of what is sent
 * @sk:		socket
 * @request:	ask the peer to do the same
 *
 * RFC 9846 4.7.3: a second update_requested MUST NOT be sent before the peer has
 * answered the first.
 *
 * Context: process, may sleep.
 * Return: 0 if the message was sent or is owed, -ENOKEY, -EOPNOTSUPP (TLS 1.2),
 * -EPIPE, or what ended the connection.
 */
int seal_update_start(struct sock *sk, bool request)
{
	struct seal_tx *tx = &seal_sk(sk)->tx;
	int err = seal_tx_check(sk);

	if (err)
		return err;
	if (!is_tls13(&tx->epoch))
		return -EOPNOTSUPP;
	owe(tx, request && !tx->requested, SEAL_WHY_PROGRAM);
	return seal_tx_settle(sk);
}

/*
 * RFC 8446 4.6.3: a peer that asks again while we are silent gets a single update.
 * The first request is answered at once; one that comes before we have used the new
 * key is answered when we do.
 */
static int answer(struct sock *sk)
{
	struct seal_tx *tx = &seal_sk(sk)->tx;

	owe(tx, false, SEAL_WHY_ANSWER);
	if (tx->answered & BIT(SEAL_OWED_UPDATE) || seal_tx_check(sk))
		return 0;
	return seal_tx_settle(sk);
}

/**
 * seal_update_received() - the peer's KeyUpdate has come, and ended its record
 * @sk:		socket
 * @request:	its body
 *
 * The next record is the first one under the next key.  A peer that does nothing but
 * change keys has our processor compute for nothing: that ends.
 *
 * Context: process, may sleep.
 * Return: 0, or what the connection ended with.
 */
int seal_update_received(struct sock *sk, u8 request)
{
	struct seal_sock *ss = seal_sk(sk);

	if (request != SEAL_UPDATE_NOT_REQUESTED &&
	    request != SEAL_UPDATE_REQUESTED)
		return seal_alert_fail(sk, SEAL_ALERT_ILLEGAL_PARAMETER);
	if (ss->rx.updates++ == UPDATES_MAX)
		return seal_alert_fail(sk, SEAL_ALERT_UNEXPECTED_MESSAGE);
	if (seal_epoch_update(&ss->rx.epoch))
		return seal_alert_fail(sk, SEAL_ALERT_INTERNAL_ERROR);
	seal_stats_inc(sk, SEAL_STAT_RX_KEY_UPDATES);
	trace_seal_rekey(sk, false, &ss->rx.epoch, SEAL_WHY_RECEIVED);
	ss->tx.requested = false;
	return request == SEAL_UPDATE_REQUESTED ? answer(sk) : 0;
}

/* Has the peer used its key for twice what we would use ours for? */
static bool is_overdue(const struct seal_sock *ss)
{
	const struct seal_epoch *epoch = &ss->rx.epoch;

	return is_tls13(epoch) &&
	       epoch->seq / 2 >= ss->tx.records_max;
}

/**
 * seal_update_data_received() - application data has come
 * @sk: socket
 *
 * RFC 8446 5.5: a peer that does not change its key in time is asked to, once.
 *
 * Context: process, may sleep.
 * Return: 0, or what the connection ended with.
 */
int seal_update_data_received(struct sock *sk)
{
	struct seal_sock *ss = seal_sk(sk);

	ss->rx.updates = 0;
	if (!ss->personality->limits || ss->tx.requested ||
	    !is_overdue(ss) || seal_tx_check(sk))
		return 0;
	owe(&ss->tx, true, SEAL_WHY_LIMIT);
	return seal_tx_settle(sk);
}
