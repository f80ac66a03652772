/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Private header of the module: the state of a sealed socket and the functions
 * that its files offer each other, in the order in which data flows.  What is sent is
 * in tx.h, what is received in rx.h.
 */
#ifndef _NET_SOCKSEAL_SEAL_H
#define _NET_SOCKSEAL_SEAL_H

#include <linux/bvec.h>
#include <linux/list.h>
#include <linux/scatterlist.h>
#include <linux/workqueue.h>
#include <net/inet_connection_sock.h>
#include <net/sock.h>
#include <net/tcp.h>
#include <uapi/linux/sockseal.h>

#include "compat/compat.h"
#include "keys.h"
#include "rx.h"
#include "stats.h"
#include "tx.h"
#include "wire.h"

/* What a reader is told after the peer's close_notify */
#define SEAL_END_OF_STREAM	(-ESHUTDOWN)

/**
 * struct seal_personality - what differs between the names of the ULP
 * @ulp:	name, and what TCP calls
 * @level:	of its socket options
 * @set:	setsockopt() at @level; socket not locked
 * @get:	getsockopt() at @level; likewise
 * @prepare_send: judge flags and control messages of a sendmsg(), and set the
 *		content type; socket locked.  NULL: there is nothing to judge, control
 *		messages being TCP's affair, and none of them is for TCP
 * @take:	deal with an opened record, which is its own then; socket locked
 * @fail:	what to do about a record that cannot be opened; socket locked
 * @lose:	likewise, if its header is bad, so that the next one cannot be found
 * @truncated:	what a reader gets for a FIN without close_notify
 * @exhausted:	what a writer gets when the sequence numbers are used up
 * @plain:	a direction without a key is plain TCP, and not an error
 * @close_notify: is sent before the write side is closed
 * @limits:	the module sees to it that no key is used for too long
 * @types:	content types go to the program as control messages
 */
struct seal_personality {
	struct tcp_ulp_ops	ulp;
	int			level;
	int			(*set)(struct sock *sk, int optname,
				       sockptr_t optval, unsigned int optlen);
	int			(*get)(struct sock *sk, int optname,
				       char __user *optval, int __user *optlen);
	int			(*prepare_send)(struct sock *sk,
						struct msghdr *msg, u8 *type);
	int			(*take)(struct sock *sk,
					struct seal_plain *plain);
	int			(*fail)(struct sock *sk, u8 alert);
	int			(*lose)(struct sock *sk, u8 alert);
	int			truncated;
	int			exhausted;
	bool			plain;
	bool			close_notify;
	bool			limits;
	bool			types;
};

/**
 * struct seal_coalesce - a record that waits for an ACK
 * @work:	completes it
 * @armed:	SOCK_NOSPACE was set for a record; protected by the socket lock
 * @used:	it was so at least once
 * @waiters:	somebody may wait for room, too
 */
struct seal_coalesce {
	struct work_struct	work;
	bool			armed;
	bool			used;
	bool			waiters;
};

/**
 * struct seal_sock - a sealed socket, in icsk_ulp_data
 * @base_prot:		operations of plain TCP
 * @base_ops:		socket operations of plain TCP
 * @base_write_space:	callback of plain TCP
 * @rcu:		for freeing it
 * @not_tls:		always NULL: sk_psock and BPF code of the kernel reads
 *			icsk_ulp_data as an in-tree tls_context whose software
 *			contexts are at this offset
 * @sk:			the socket
 * @idle:		in idle.c's list, while there is a cipher; protected by its lock
 * @personality:	by the name that the program has asked for
 * @counters:		of the network namespace
 * @error:		what every later call gets, negative errno, or 0
 * @truncated:		FIN came without close_notify
 * @alert_sent:		last one, or SEAL_ALERT_NONE
 * @alert_received:	last one, or SEAL_ALERT_NONE
 * @zerocopy_ro:	TLS_TX_ZEROCOPY_RO, which means nothing here
 * @cpus:		how many of them seal and open the records of a long call; 0:
 *			only the caller's
 * @policy:		as set; policy.c tells what is in effect
 * @coalesce:		a record that waits for an ACK
 * @tx:			sending
 * @rx:			receiving
 *
 * All of it is protected by the socket lock; @base_*, @sk, @personality and @counters
 * never change.
 */
struct seal_sock {
	struct proto			*base_prot;
	const struct proto_ops		*base_ops;
	void				(*base_write_space)(struct sock *sk);
	struct rcu_head			rcu;
	void				*not_tls[2];
	struct sock			*sk;
	struct list_head		idle;
	const struct seal_personality	*personality;
	struct seal_counters __percpu	*counters;
	int				error;
	bool				truncated;
	u8				alert_sent;
	u8				alert_received;
	bool				zerocopy_ro;
	u8				cpus;
	struct seal_policy		policy;
	struct seal_coalesce		coalesce;
	struct seal_tx			tx;
	struct seal_rx			rx;
};

static inline struct seal_sock *seal_sk(const struct sock *sk)
{
	return (__force struct seal_sock *)inet_csk(sk)->icsk_ulp_data;
}

/* Would a call for this direction be plain TCP's?  Needs no lock. */
static inline bool seal_is_plain(const struct seal_sock *ss,
				 const struct seal_epoch *epoch)
{
	return ss->personality->plain && !READ_ONCE(epoch->suite);
}

/**
 * seal_stats_add() - add to a counter of the socket's network namespace
 * @sk:		sealed socket
 * @stat:	which counter
 * @n:		how much
 *
 * Context: any.
 */
static inline void seal_stats_add(const struct sock *sk, enum seal_stat stat,
				  unsigned long n)
{
	this_cpu_add(seal_sk(sk)->counters->value[stat], n);
}

static inline void seal_stats_inc(const struct sock *sk, enum seal_stat stat)
{
	seal_stats_add(sk, stat, 1);
}

static inline void seal_stats_dec(const struct sock *sk, enum seal_stat stat)
{
	seal_stats_add(sk, stat, -1UL);
}

/* ulp.c */
int seal_ulp_attach(struct sock *sk, const struct seal_personality *personality);
int seal_ulp_register(void);
void seal_ulp_unregister(void);

/* native.c */
extern struct seal_personality seal_native;

/* sockopt.c */
int seal_sockopt_set(struct sock *sk, int optname, sockptr_t optval,
		     unsigned int optlen);
int seal_sockopt_get(struct sock *sk, int optname, char __user *optval,
		     int __user *optlen);

/* info.c */
void seal_info_fill(struct seal_info *info, struct sock *sk);
u32 seal_info_state(const struct sock *sk);

/* policy.c */
void seal_policy_apply(struct seal_sock *ss);
int seal_policy_set(struct seal_sock *ss, const struct seal_policy *policy);
void seal_policy_get(const struct seal_sock *ss, struct seal_policy *policy);
u16 seal_policy_record_size(const struct seal_sock *ss);

/* idle.c */
int __must_check seal_idle_make_cipher(struct sock *sk, struct seal_epoch *epoch);
void seal_idle_remove(struct seal_sock *ss);
void seal_idle_exit(void);

/**
 * seal_idle_arm() - see that there is a cipher for the next record
 * @sk:		socket, locked
 * @epoch:	its direction, with a key
 *
 * Context: process, may sleep.
 * Return: 0; -ENOMEM, and nothing has changed; or another error of the crypto API.
 */
static inline int __must_check seal_idle_arm(struct sock *sk,
					     struct seal_epoch *epoch)
{
	epoch->used = true;
	return likely(epoch->aead.tfm) ? 0 : seal_idle_make_cipher(sk, epoch);
}

/* ktls.c */
extern struct seal_personality seal_ktls;

/* ktls_sockopt.c */
int seal_ktls_set(struct sock *sk, int optname, sockptr_t optval,
		  unsigned int optlen);
int seal_ktls_get(struct sock *sk, int optname, char __user *optval,
		  int __user *optlen);

/* diag.c */
int seal_diag_get_info(struct sock *sk, struct sk_buff *skb, bool net_admin);
size_t seal_diag_get_info_size(const struct sock *sk, bool net_admin);

/* tcpopt.c */
int seal_tcpopt_set(struct sock *sk, int optname, sockptr_t optval,
		    unsigned int optlen);
int seal_tcpopt_get(struct sock *sk, int optname, char __user *optval,
		    int __user *optlen);

/* sizing.c, the rest of it */
u16 seal_sizing_dynamic_limit(struct sock *sk);

/* Most content of the record that is begun now */
static inline u16 seal_sizing_limit(struct sock *sk)
{
	const struct seal_sock *ss = seal_sk(sk);

	return ss->policy.flags & SEAL_POLICY_DYNAMIC_SIZE ?
	       seal_sizing_dynamic_limit(sk) : ss->tx.payload_max;
}

/* coalesce.c */
bool seal_coalesce_hold(struct sock *sk);
bool seal_coalesce_acked(struct sock *sk);
void seal_coalesce_woken(struct sock *sk);
void seal_coalesce_wait(struct sock *sk);
__poll_t seal_coalesce_poll(struct sock *sk);
void seal_coalesce_prepare(struct seal_coalesce *c);
void seal_coalesce_stop(struct seal_coalesce *c);
int seal_coalesce_init(void);
void seal_coalesce_exit(void);

/* alert.c */
int seal_alert_errno(u8 alert);
int seal_alert_sent(struct sock *sk, const u8 *data);
int seal_alert_end(struct sock *sk, u8 description);
int seal_alert_fail(struct sock *sk, u8 alert);
int seal_alert_start(struct sock *sk, u8 description);
int seal_alert_refuse(struct sock *sk);

/* close.c */
int seal_close_fail(struct sock *sk, int err, u8 alert);
int seal_close_shutdown(struct socket *sock, int how);
void seal_close(struct sock *sk, long timeout);

#endif /* _NET_SOCKSEAL_SEAL_H */
