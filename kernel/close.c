// SPDX-License-Identifier: GPL-2.0
/*
 * The end of a connection: shutdown() and close() enter, close_notify and then
 * TCP's FIN leave, and a plain TCP socket is what remains.
 */
#include <linux/slab.h>
#include <net/tcp.h>

#include "seal.h"
#include "trace.h"

/**
 * seal_close_fail() - end the connection: every later call is told why
 * @sk:		socket, locked
 * @err:	negative errno
 * @alert:	what the peer is told or has told, or SEAL_ALERT_NONE
 *
 * Return: @err.
 */
int seal_close_fail(struct sock *sk, int err, u8 alert)
{
	struct seal_sock *ss = seal_sk(sk);

	sock_owned_by_me(sk);
	if (ss->error != err)
		trace_seal_error(sk, err, alert);
	WRITE_ONCE(ss->error, err);
	return err;
}

/*
 * RFC 8446 6.1: close_notify MUST be sent before the write side is closed.  It
 * does not wait: a peer that reads nothing cannot hold up a close.
 */
static void finish_sending(struct sock *sk)
{
	struct seal_sock *ss = seal_sk(sk);

	if (!ss->tx.epoch.suite || ss->error || ss->tx.closed ||
	    !((1 << sk->sk_state) & (TCPF_ESTABLISHED | TCPF_CLOSE_WAIT)))
		return;
	/* one segment, unless there are bytes for which TCP resets in place of a FIN */
	ss->tx.fin = seal_framer_empty(sk);
	if (ss->personality->close_notify)
		seal_alert_end(sk, SEAL_ALERT_CLOSE_NOTIFY);
	else
		seal_tx_drain(sk);
}

/**
 * seal_close_shutdown() - proto_ops.shutdown of a sealed socket
 * @sock:	socket, not locked
 * @how:	SHUT_RD, SHUT_WR or SHUT_RDWR
 *
 * Return: as for plain TCP.
 */
int seal_close_shutdown(struct socket *sock, int how)
{
	struct sock *sk = sock->sk;
	struct seal_sock *ss = seal_sk(sk);

	if (how == SHUT_WR || how == SHUT_RDWR) {
		lock_sock(sk);
		finish_sending(sk);
		release_sock(sk);
	}
	return ss->base_ops->shutdown(sock, how);
}

static bool is_abort(const struct sock *sk)
{
	return sock_flag(sk, SOCK_LINGER) && !sk->sk_lingertime;
}

/*
 * As on plain TCP, unread data of the peer's turns the close into a reset, and
 * unread records that are nobody's business do not.
 */
static void say_goodbye(struct sock *sk)
{
	struct seal_sock *ss = seal_sk(sk);

	if (is_abort(sk))
		return;
	if (ss->rx.epoch.suite && seal_rx_drain_control(sk)) {
		sock_set_flag(sk, SOCK_LINGER);
		sk->sk_lingertime = 0;
		return;
	}
	finish_sending(sk);
	/* what follows the end or an error means nothing to anybody */
	if (ss->rx.closed || ss->error || ss->truncated)
		seal_framer_discard(sk);
}

static void restore_operations(struct sock *sk, const struct seal_sock *ss)
{
	sk->sk_write_space = ss->base_write_space;
	if (sk->sk_socket)
		WRITE_ONCE(sk->sk_socket->ops, ss->base_ops);
	WRITE_ONCE(sk->sk_prot, ss->base_prot);
	rcu_assign_pointer(inet_csk(sk)->icsk_ulp_data, NULL);
}

static void count_closed(const struct sock *sk, const struct seal_sock *ss)
{
	if (ss->tx.epoch.suite)
		seal_stats_dec(sk, SEAL_STAT_CURR_TX);
	if (ss->rx.epoch.suite)
		seal_stats_dec(sk, SEAL_STAT_CURR_RX);
}

/**
 * seal_close() - proto.close of a sealed socket
 * @sk:		socket, not locked
 * @timeout:	how long TCP may linger, in jiffies
 *
 * TCP is called last: it may let go of the module's last socket.
 */
void seal_close(struct sock *sk, long timeout)
{
	struct seal_sock *ss = seal_sk(sk);
	struct proto *base_prot = ss->base_prot;

	lock_sock(sk);
	say_goodbye(sk);
	trace_seal_close(sk, seal_info_state(sk));
	count_closed(sk, ss);
	restore_operations(sk, ss);
	release_sock(sk);

	seal_coalesce_stop(&ss->coalesce);
	seal_idle_remove(ss);
	seal_tx_release(ss);
	seal_rx_release(ss);
	kfree_rcu(ss, rcu);
	base_prot->close(sk, timeout);
}
