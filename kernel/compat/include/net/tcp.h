/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's TCP enters; it leaves with a tcp_sendmsg_locked() that knows
 * MSG_SPLICE_PAGES, as since 6.5 (commit 270a1c3de47e).
 */
#include_next <net/tcp.h>

#if defined(SEAL_COMPAT_SENDPAGE) && !defined(_SEAL_COMPAT_NET_TCP_H)
#define _SEAL_COMPAT_NET_TCP_H

int seal_compat_sendmsg_locked(struct sock *sk, struct msghdr *msg, size_t size);

#define tcp_sendmsg_locked	seal_compat_sendmsg_locked

#endif
