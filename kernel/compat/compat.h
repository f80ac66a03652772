/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Operations whose signature is not the same on all kernels: the module has them
 * as the newest kernel does, and here they leave as the kernel at hand wants them.
 * What can be hidden behind a header of the kernel's is in include/.
 */
#ifndef _NET_SOCKSEAL_COMPAT_H
#define _NET_SOCKSEAL_COMPAT_H

#include <net/sock.h>

/* between 6.12 and 7.3: a table that is written before it is read is not cleared */
#ifndef __uninitialized
# if __has_attribute(__uninitialized__)
#  define __uninitialized	__attribute__((__uninitialized__))
# else
#  define __uninitialized
# endif
#endif

/* prot.c */
void seal_compat_derive_ulp(struct tcp_ulp_ops *ulp);
void seal_compat_derive_prot(struct proto *prot);
void seal_compat_derive_ops(struct proto_ops *ops);

/* sendpage.c */
int seal_compat_sendpage(struct sock *sk, struct page *page, int offset,
			 size_t size, int flags);
int seal_compat_sendpage_locked(struct sock *sk, struct page *page, int offset,
				size_t size, int flags);

/**
 * seal_compat_recvmsg() - call proto.recvmsg
 * @prot:	whose recvmsg
 * @sk:		socket, not locked
 * @msg:	where the bytes go; msg_namelen becomes the length of the name
 * @len:	room in bytes
 * @flags:	MSG_*
 *
 * Return: what it returns.
 */
static inline int seal_compat_recvmsg(const struct proto *prot, struct sock *sk,
				      struct msghdr *msg, size_t len, int flags)
{
#ifdef SEAL_COMPAT_ADDR_LEN
	int addr_len = msg->msg_namelen;
	int ret = prot->recvmsg(sk, msg, len, flags, &addr_len);

	msg->msg_namelen = addr_len;
	return ret;
#else
	return prot->recvmsg(sk, msg, len, flags);
#endif
}

/**
 * seal_compat_ioctl() - call proto.ioctl
 * @prot:	whose ioctl
 * @sk:		socket, not locked
 * @cmd:	SIOC*
 * @karg:	set to the result
 *
 * Return: what it returns; -ENOIOCTLCMD where it wants a pointer of the program's,
 * which the caller's caller in prot.c has.
 */
static inline int seal_compat_ioctl(const struct proto *prot, struct sock *sk,
				    int cmd, int *karg)
{
#ifdef SEAL_COMPAT_IOCTL_ARG
	return -ENOIOCTLCMD;
#else
	return prot->ioctl(sk, cmd, karg);
#endif
}

#endif /* _NET_SOCKSEAL_COMPAT_H */
