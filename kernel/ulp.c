// SPDX-License-Identifier: GPL-2.0
/*
 * The upper layer protocol: a connected TCP socket enters, a socket whose
 * operations are this module's leaves.  close.c undoes it.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/mutex.h>
#include <net/tcp.h>
#include <net/transp_v6.h>

#include "seal.h"
#include "trace.h"

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

/* proto.setsockopt: the options of the name are ours */
static int set_sockopt(struct sock *sk, int level, int optname,
		       sockptr_t optval, unsigned int optlen)
{
	const struct seal_sock *ss = seal_sk(sk);

	if (level == ss->personality->level)
		return ss->personality->set(sk, optname, optval, optlen);
	if (level == SOL_TCP)
		return seal_tcpopt_set(sk, optname, optval, optlen);
	return ss->base_prot->setsockopt(sk, level, optname, optval, optlen);
}

static int get_sockopt(struct sock *sk, int level, int optname,
		       char __user *optval, int __user *optlen)
{
	const struct seal_sock *ss = seal_sk(sk);

	if (level == ss->personality->level)
		return ss->personality->get(sk, optname, optval, optlen);
	if (level == SOL_TCP)
		return seal_tcpopt_get(sk, optname, optval, optlen);
	return ss->base_prot->getsockopt(sk, level, optname, optval, optlen);
}

static void derive_prot(enum seal_family family, struct proto *base)
{
	struct proto *prot = &prots[family];

	base_prots[family] = base;
	*prot = *base;
	prot->setsockopt = set_sockopt;
	prot->getsockopt = get_sockopt;
	prot->sendmsg = seal_tx_sendmsg;
	prot->splice_eof = seal_tx_splice_eof;
	prot->disconnect = refuse_disconnect;
	prot->close = seal_close;
#ifdef CONFIG_BPF_SYSCALL
	prot->psock_update_sk_prot = NULL;	/* not for sockmap */
#endif
	/* recvmsg and ioctl, whose signatures are not the same everywhere */
	seal_compat_derive_prot(prot);
}

static void derive_ops(enum seal_family family, const struct proto_ops *base)
{
	struct proto_ops *op = &ops[family];

	*op = *base;
	op->poll = seal_ready_poll;
	op->set_rcvlowat = seal_ready_set_rcvlowat;
	op->set_peek_off = sk_set_peek_off;
	op->read_sock = seal_readsock;
	op->peek_len = seal_readsock_peek_len;
	op->splice_read = seal_rx_splice_read;
	op->sendmsg_locked = seal_tx_sendmsg_locked;
	op->shutdown = seal_close_shutdown;
	/* these would hand out ciphertext */
	op->mmap = sock_no_mmap;
	op->read_skb = NULL;
	seal_compat_derive_ops(op);
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

static struct seal_sock *alloc_sock(struct sock *sk,
				    const struct seal_personality *personality)
{
	struct seal_sock *ss = kzalloc(sizeof(*ss), GFP_KERNEL);

	if (!ss)
		return NULL;
	ss->sk = sk;
	INIT_LIST_HEAD(&ss->idle);
	INIT_LIST_HEAD(&ss->rx.queue);
	INIT_LIST_HEAD(&ss->rx.messages.queue);
	ss->rx.lowat = sk->sk_rcvlowat;
	ss->personality = personality;
	ss->counters = seal_stats_of(sk);
	seal_coalesce_prepare(&ss->coalesce);
	seal_policy_apply(ss);
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
	/* which TCP has taken back for every ULP, see zerocopy.c */
	set_bit(SOCK_SUPPORT_ZC, &sk->sk_socket->flags);
	/* or TCP may drop bytes that the peer calls urgent: RFC 6093 6 */
	sock_set_flag(sk, SOCK_URGINLINE);
	/* who sees the operations sees icsk_ulp_data too */
	smp_store_release(&sk->sk_socket->ops, sealed_ops);
	/* likewise */
	smp_store_release(&sk->sk_prot, &prots[family]);
}

/**
 * seal_ulp_attach() - tcp_ulp_ops.init, from setsockopt(TCP_ULP)
 * @sk:		 socket, locked
 * @personality: of the name that was asked for
 *
 * CLOSE_WAIT is allowed: a peer may have sent its request and its FIN right after
 * its handshake.
 *
 * Return: 0, -ENOTCONN, -EINVAL if somebody else is between the socket and TCP,
 * -ENOMEM.
 */
int seal_ulp_attach(struct sock *sk, const struct seal_personality *personality)
{
	const struct proto_ops *sealed_ops;
	struct seal_sock *ss;
	int family;

	sock_owned_by_me(sk);
	if (sk->sk_state != TCP_ESTABLISHED && sk->sk_state != TCP_CLOSE_WAIT)
		return -ENOTCONN;
	family = find_family(sk);
	if (family < 0 || !sk->sk_socket || tcp_sk(sk)->repair)
		return -EINVAL;
	sealed_ops = find_ops(family, sk->sk_socket->ops);
	if (!sealed_ops)
		return -EINVAL;
	ss = alloc_sock(sk, personality);
	if (!ss)
		return -ENOMEM;

	swap_operations(sk, ss, family, sealed_ops);
	seal_stats_inc(sk, SEAL_STAT_ATTACHED);
	trace_seal_attach(sk, personality->ulp.name);
	return 0;
}

static bool ktls __read_mostly;
module_param(ktls, bool, 0444);
MODULE_PARM_DESC(ktls, "answer to the ULP name \"tls\", too (default: no)");

static bool ktls_registered __read_mostly;

/* The name may be taken: the module is of use without it. */
static void register_ktls(void)
{
	int err = tcp_register_ulp(&seal_ktls.ulp);

	ktls_registered = !err;
	if (err == -EEXIST)
		pr_warn("the ULP name tls is taken, so only %s is served: unload the kernel's own tls module, keep it out with \"blacklist tls\" and \"install tls /bin/false\" in /etc/modprobe.d, and load this one again\n",
			SEAL_ULP_NAME);
	else if (err)
		pr_warn("the ULP name tls cannot be registered: error %d\n", err);
}

/**
 * seal_ulp_register() - make the ULP known to TCP
 * Return: 0, -EEXIST if the name is taken.
 */
int seal_ulp_register(void)
{
	int err;

	derive_prot(SEAL_IPV4, &tcp_prot);
#if IS_ENABLED(CONFIG_IPV6)
	derive_prot(SEAL_IPV6, &tcpv6_prot);
#endif
	seal_compat_derive_ulp(&seal_native.ulp);
	seal_compat_derive_ulp(&seal_ktls.ulp);
	err = tcp_register_ulp(&seal_native.ulp);
	if (!err && ktls)
		register_ktls();
	return err;
}

/** seal_ulp_unregister() - the last sealed socket is gone, forget the ULP */
void seal_ulp_unregister(void)
{
	if (ktls_registered)
		tcp_unregister_ulp(&seal_ktls.ulp);
	tcp_unregister_ulp(&seal_native.ulp);
}
