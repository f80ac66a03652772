// SPDX-License-Identifier: GPL-2.0
/*
 * Alerts on their way out: what the peer deserves, or what the program wants to say,
 * enters; the record leaves, and what the connection ends with.
 *
 * All functions here want the socket lock.
 */
#include <net/tcp.h>

#include "seal.h"
#include "trace.h"

/**
 * seal_alert_errno() - what a program is told
 * @alert: what the peer deserves
 *
 * Return: negative errno.
 */
int seal_alert_errno(u8 alert)
{
	switch (alert) {
	case SEAL_ALERT_RECORD_OVERFLOW:
		return -EMSGSIZE;
	case SEAL_ALERT_PROTOCOL_VERSION:
		return -EINVAL;
	case SEAL_ALERT_INTERNAL_ERROR:
		return -EIO;
	default:
		return -EBADMSG;
	}
}

/**
 * seal_alert_sent() - an alert is sealed
 * @sk:		socket
 * @data:	level and description
 *
 * Return: 0.
 */
int seal_alert_sent(struct sock *sk, const u8 *data)
{
	seal_sk(sk)->alert_sent = data[1];
	seal_stats_inc(sk, SEAL_STAT_TX_ALERTS);
	trace_seal_alert(sk, true, data[0], data[1]);
	return 0;
}

/**
 * seal_alert_end() - send an alert after which nothing follows
 * @sk:		 socket with a key for this direction
 * @description: close_notify or a fatal alert
 *
 * What was accepted before goes first.
 *
 * Context: process, may sleep.
 * Return: 0, -EAGAIN if there is no memory, or the error of the socket; nothing
 * can be sent any more in any case.
 */
int seal_alert_end(struct sock *sk, u8 description)
{
	const u8 alert[SEAL_ALERT_SIZE] = {
		description == SEAL_ALERT_CLOSE_NOTIFY ?
			SEAL_ALERT_LEVEL_WARNING : SEAL_ALERT_LEVEL_FATAL,
		description,
	};

	return seal_tx_control(sk, SEAL_TYPE_ALERT, alert, sizeof(alert)) ?:
	       seal_alert_sent(sk, alert);
}

/**
 * seal_alert_fail() - end the connection because of what the peer sent
 * @sk:		socket
 * @alert:	the fatal alert that is sent, as far as that is possible
 *
 * Context: process, may sleep.
 * Return: the error that every later call gets, too.
 */
int seal_alert_fail(struct sock *sk, u8 alert)
{
	sock_owned_by_me(sk);
	seal_stats_inc(sk, SEAL_STAT_RX_ERRORS);
	if (!seal_sk(sk)->tx.closed)
		seal_alert_end(sk, alert);
	return seal_close_fail(sk, seal_alert_errno(alert), alert);
}

/* RFC 8446 6.1, RFC 5246 7.2.2: the stream goes on after it */
static int warn(struct sock *sk, enum seal_owed owed)
{
	int err = seal_update_before_record(sk);

	if (err)
		return err;
	seal_sk(sk)->tx.owed |= BIT(owed);
	return seal_tx_settle(sk);
}

/* The program ends the connection; who waits for data need not wait any more. */
static int abort_connection(struct sock *sk, u8 description)
{
	seal_alert_end(sk, description);
	seal_close_fail(sk, -ECONNABORTED, description);
	sk->sk_data_ready(sk);
	return 0;
}

/**
 * seal_alert_start() - SEAL_ALERT: tell the peer something
 * @sk:		 socket
 * @description: of the alert, from which its level follows (RFC 8446 6)
 *
 * Context: process, may sleep.
 * Return: 0; -ENOKEY, -EPIPE, -EKEYEXPIRED (TLS 1.2), -ENOMEM (close_notify), or
 * what ended the connection.
 */
int seal_alert_start(struct sock *sk, u8 description)
{
	int err = seal_tx_check(sk);

	if (err)
		return err;
	switch (description) {
	case SEAL_ALERT_CLOSE_NOTIFY:
		err = seal_alert_end(sk, description);
		return err == -EAGAIN ? -ENOMEM : err;
	case SEAL_ALERT_USER_CANCELED:
		return warn(sk, SEAL_OWED_USER_CANCELED);
	case SEAL_ALERT_NO_RENEGOTIATION:
		if (seal_sk(sk)->tx.epoch.suite->version == SEAL_VERSION_TLS12)
			return warn(sk, SEAL_OWED_NO_RENEGOTIATION);
		fallthrough;
	default:
		return abort_connection(sk, description);
	}
}

/**
 * seal_alert_refuse() - the peer wants to negotiate again
 * @sk: socket
 *
 * RFC 5246 7.2.2: no_renegotiation.  A peer that asks again and again gets no second
 * answer before application data was sent.
 *
 * Context: process, may sleep.
 * Return: 0, or what the connection ended with.
 */
int seal_alert_refuse(struct sock *sk)
{
	struct seal_tx *tx = &seal_sk(sk)->tx;

	if (tx->answered & BIT(SEAL_OWED_NO_RENEGOTIATION))
		return 0;
	tx->owed |= BIT(SEAL_OWED_NO_RENEGOTIATION);
	return seal_tx_check(sk) ? 0 : seal_tx_settle(sk);
}
