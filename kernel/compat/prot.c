// SPDX-License-Identifier: GPL-2.0
/*
 * The module's operations enter; they leave in the tables of the kernel, with the
 * signatures that it has for them.
 */
#include <linux/uaccess.h>
#include <net/tls.h>

#include "../seal.h"

/*
 * sk_psock and BPF code of the kernel takes icsk_ulp_data for this, whatever the
 * name of the ULP, and asks whether there are software contexts in it.
 */
static_assert(offsetof(struct seal_sock, not_tls[0]) ==
	      offsetof(struct tls_context, priv_ctx_tx));
static_assert(offsetof(struct seal_sock, not_tls[1]) ==
	      offsetof(struct tls_context, priv_ctx_rx));

#ifdef SEAL_COMPAT_ADDR_LEN
/*
 * Newer kernels have no @addr_len: who has a name to return says so in msg_namelen,
 * which inet_recvmsg() overwrites with *@addr_len here.
 */
static int recvmsg_addr_len(struct sock *sk, struct msghdr *msg, size_t len,
			    int flags, int *addr_len)
{
	int ret = seal_rx_recvmsg(sk, msg, len, flags);

	*addr_len = msg->msg_namelen;
	return ret;
}
#endif

#ifdef SEAL_COMPAT_IOCTL_ARG
/* @arg is the program's pointer, which inet_ioctl() of newer kernels deals with. */
static int ioctl_arg(struct sock *sk, int cmd, unsigned long arg)
{
	int karg = 0;
	int ret = seal_ready_ioctl(sk, cmd, &karg);

	if (ret == -ENOIOCTLCMD)
		return seal_sk(sk)->base_prot->ioctl(sk, cmd, arg);
	return ret ?: put_user(karg, (int __user *)arg);
}
#endif

#ifdef SEAL_COMPAT_GET_INFO
/* Newer kernels say whether the asker is a network administrator. */
static int get_info(struct sock *sk, struct sk_buff *skb)
{
	return seal_diag_get_info(sk, skb, false);
}

static size_t get_info_size(const struct sock *sk)
{
	return seal_diag_get_info_size(sk, false);
}
#endif

/**
 * seal_compat_derive_ulp() - set the operations of a ULP that differ
 * @ulp: otherwise complete
 */
void seal_compat_derive_ulp(struct tcp_ulp_ops *ulp)
{
#ifdef SEAL_COMPAT_GET_INFO
	ulp->get_info = get_info;
	ulp->get_info_size = get_info_size;
#else
	ulp->get_info = seal_diag_get_info;
	ulp->get_info_size = seal_diag_get_info_size;
#endif
}

/**
 * seal_compat_derive_prot() - set the operations of a protocol that differ
 * @prot: a sealed socket's, otherwise complete
 */
void seal_compat_derive_prot(struct proto *prot)
{
#ifdef SEAL_COMPAT_ADDR_LEN
	prot->recvmsg = recvmsg_addr_len;
#else
	prot->recvmsg = seal_rx_recvmsg;
#endif
#ifdef SEAL_COMPAT_IOCTL_ARG
	prot->ioctl = ioctl_arg;
#else
	prot->ioctl = seal_ready_ioctl;
#endif
#ifdef SEAL_COMPAT_SENDPAGE
	prot->sendpage = seal_compat_sendpage;
#endif
}

/**
 * seal_compat_derive_ops() - set the operations of a socket that differ
 * @ops: a sealed socket's, otherwise complete
 */
void seal_compat_derive_ops(struct proto_ops *ops)
{
#ifdef SEAL_COMPAT_SENDPAGE
	ops->sendpage_locked = seal_compat_sendpage_locked;
#endif
}
