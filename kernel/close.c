// SPDX-License-Identifier: GPL-2.0
/*
 * The end of a connection: shutdown() and close() enter, close_notify and then
 * TCP's FIN leave, and a plain TCP socket is what remains.
 */
#include <linux/slab.h>
#include <net/tcp.h>

#include "seal.h"

#define ALERT_LEVEL_WARNING	1

/*
 * RFC 8446 6.1: close_notify MUST be sent before the write side is closed.  It
 * does not wait: a peer that reads nothing cannot hold up a close.
 */
static void send_close_notify(struct sock *sk)
{
	static const u8 alert[] = {
		ALERT_LEVEL_WARNING, SEAL_ALERT_CLOSE_NOTIFY,
	};
	struct seal_sock *ss = seal_sk(sk);

	if (!ss->suite || ss->error || ss->tx.closed ||
	    !((1 << sk->sk_state) & (TCPF_ESTABLISHED | TCPF_CLOSE_WAIT)))
		return;
	if (seal_tx_control(sk, SEAL_TYPE_ALERT, alert, sizeof(alert)))
		return;
	ss->alert_sent = SEAL_ALERT_CLOSE_NOTIFY;
	seal_stats_inc(sk, SEAL_STAT_TX_ALERTS);
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
		send_close_notify(sk);
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
	if (seal_rx_drain_control(sk)) {
		sock_set_flag(sk, SOCK_LINGER);
		sk->sk_lingertime = 0;
		return;
	}
	send_close_notify(sk);
	/* what follows close_notify or an error means nothing to anybody */
	if (ss->rx.closed || ss->error)
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
	restore_operations(sk, ss);
	release_sock(sk);

	seal_tx_release(ss);
	seal_rx_release(ss);
	kfree_rcu(ss, rcu);
	base_prot->close(sk, timeout);
}
