// SPDX-License-Identifier: GPL-2.0
/*
 * The upper layer protocol: a connected TCP socket enters, a socket whose
 * operations are this module's leaves.  close.c undoes it.
 */
#include <linux/module.h>
#include <linux/mutex.h>
#include <net/tcp.h>
#include <net/transp_v6.h>

#include "seal.h"

enum seal_family {
	SEAL_IPV4,
	SEAL_IPV6,
	SEAL_FAMILIES,
};

/*
 * Plain TCP's operations and the ones derived from them, by family.  They are
 * written once, before the first socket that uses them, so they cannot be const.
 */
static struct proto *base_prots[SEAL_FAMILIES];
static struct proto prots[SEAL_FAMILIES];
static const struct proto_ops *base_ops[SEAL_FAMILIES];
static struct proto_ops ops[SEAL_FAMILIES];
static DEFINE_MUTEX(ops_mutex);	/* protects the making of base_ops and ops */

static int refuse_disconnect(struct sock *sk, int flags)
{
	return -EOPNOTSUPP;
}

static void derive_prot(enum seal_family family, struct proto *base)
{
	struct proto *prot = &prots[family];

	base_prots[family] = base;
	*prot = *base;
	prot->setsockopt = seal_sockopt_set;
	prot->getsockopt = seal_sockopt_get;
	prot->sendmsg = seal_tx_sendmsg;
	prot->recvmsg = seal_rx_recvmsg;
	prot->splice_eof = seal_tx_splice_eof;
	prot->disconnect = refuse_disconnect;
	prot->close = seal_close;
#ifdef CONFIG_BPF_SYSCALL
	prot->psock_update_sk_prot = NULL;	/* not for sockmap */
#endif
}

static void derive_ops(enum seal_family family, const struct proto_ops *base)
{
	struct proto_ops *op = &ops[family];

	*op = *base;
	op->poll = seal_rx_poll;
	op->splice_read = seal_rx_splice_read;
	op->sendmsg_locked = seal_tx_sendmsg_locked;
	op->shutdown = seal_close_shutdown;
	/* these would hand out ciphertext */
	op->mmap = sock_no_mmap;
	op->read_sock = NULL;
	op->read_skb = NULL;
}

/*
 * The operations of IPv6 sockets have no exported name on all kernels, so they
 * are taken from the first socket that comes.
 */
static const struct proto_ops *find_ops(enum seal_family family,
					const struct proto_ops *base)
{
	/* pairs with the release below: ops[family] is complete */
	if (!smp_load_acquire(&base_ops[family])) {
		mutex_lock(&ops_mutex);
		if (!base_ops[family]) {
			derive_ops(family, base);
			/* pairs with the acquire above */
			smp_store_release(&base_ops[family], base);
		}
		mutex_unlock(&ops_mutex);
	}
	return base_ops[family] == base ? &ops[family] : NULL;
}

/*
 * Only a plain TCP socket can be sealed: one with other operations (sockmap,
 * MPTCP, SMC) has somebody else between it and TCP.
 */
static int find_family(const struct sock *sk)
{
	int i;

	for (i = 0; i < SEAL_FAMILIES; i++)
		if (base_prots[i] && sk->sk_prot == base_prots[i])
			return i;
	return -EINVAL;
}

static struct seal_sock *alloc_sock(struct sock *sk)
{
	struct seal_sock *ss = kzalloc(sizeof(*ss), GFP_KERNEL);

	if (!ss)
		return NULL;
	INIT_LIST_HEAD(&ss->rx.queue);
	INIT_LIST_HEAD(&ss->rx.messages.queue);
	ss->alert_sent = SEAL_ALERT_NONE;
	ss->alert_received = SEAL_ALERT_NONE;
	ss->base_prot = sk->sk_prot;
	ss->base_ops = sk->sk_socket->ops;
	ss->base_write_space = sk->sk_write_space;
	return ss;
}

static void swap_operations(struct sock *sk, struct seal_sock *ss,
			    enum seal_family family,
			    const struct proto_ops *sealed_ops)
{
	rcu_assign_pointer(inet_csk(sk)->icsk_ulp_data, (void *)ss);
	sk->sk_write_space = seal_tx_write_space;
	WRITE_ONCE(sk->sk_socket->ops, sealed_ops);
	/* who sees the operations sees icsk_ulp_data too */
	smp_store_release(&sk->sk_prot, &prots[family]);
}

/*
 * tcp_ulp_ops.init, from setsockopt(TCP_ULP), socket locked.  CLOSE_WAIT is
 * allowed: a peer may have sent its request and its FIN right after its
 * handshake.
 */
static int attach(struct sock *sk)
{
	const struct proto_ops *sealed_ops;
	struct seal_sock *ss;
	int family;

	sock_owned_by_me(sk);
	if (sk->sk_state != TCP_ESTABLISHED && sk->sk_state != TCP_CLOSE_WAIT)
		return -ENOTCONN;
	family = find_family(sk);
	if (family < 0 || !sk->sk_socket)
		return -EINVAL;
	sealed_ops = find_ops(family, sk->sk_socket->ops);
	if (!sealed_ops)
		return -EINVAL;
	ss = alloc_sock(sk);
	if (!ss)
		return -ENOMEM;

	swap_operations(sk, ss, family, sealed_ops);
	seal_stats_inc(sk, SEAL_STAT_ATTACHED);
	return 0;
}

static struct tcp_ulp_ops ulp_ops __read_mostly = {
	.name	= SEAL_ULP_NAME,
	.owner	= THIS_MODULE,
	.init	= attach,
};

/**
 * seal_ulp_register() - make the ULP known to TCP
 * Return: 0, -EEXIST if the name is taken.
 */
int seal_ulp_register(void)
{
	derive_prot(SEAL_IPV4, &tcp_prot);
#if IS_ENABLED(CONFIG_IPV6)
	derive_prot(SEAL_IPV6, &tcpv6_prot);
#endif
	return tcp_register_ulp(&ulp_ops);
}

/** seal_ulp_unregister() - the last sealed socket is gone, forget the ULP */
void seal_ulp_unregister(void)
{
	tcp_unregister_ulp(&ulp_ops);
}
