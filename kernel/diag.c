// SPDX-License-Identifier: GPL-2.0
/*
 * What ss -ti shows of a sealed socket, without any lock: its state enters, netlink
 * attributes of <linux/tls.h> leave.
 */
#include <linux/inet_diag.h>
#include <linux/rcupdate.h>
#include <net/netlink.h>
#include <uapi/linux/tls.h>

#include "seal.h"

static u16 config(const struct seal_suite *suite)
{
	return suite ? TLS_CONF_SW : TLS_CONF_BASE;
}

static int put_flag(struct sk_buff *skb, int attribute, bool value)
{
	return value ? nla_put_flag(skb, attribute) : 0;
}

static int put_attributes(struct sk_buff *skb, const struct seal_sock *ss)
{
	const struct seal_suite *tx = READ_ONCE(ss->tx.epoch.suite);
	const struct seal_suite *rx = READ_ONCE(ss->rx.epoch.suite);
	const struct seal_suite *any = tx ?: rx;
	int err = 0;

	if (any)
		err = nla_put_u16(skb, TLS_INFO_VERSION, any->version) ?:
		      nla_put_u16(skb, TLS_INFO_CIPHER, any->ktls);
	return err ?: nla_put_u16(skb, TLS_INFO_TXCONF, config(tx)) ?:
	       nla_put_u16(skb, TLS_INFO_RXCONF, config(rx)) ?:
	       put_flag(skb, TLS_INFO_RX_NO_PAD, READ_ONCE(ss->rx.no_pad)) ?:
	       nla_put_u16(skb, TLS_INFO_TX_MAX_PAYLOAD_LEN,
			   READ_ONCE(ss->tx.payload_max));
}

/**
 * seal_diag_get_info() - tcp_ulp_ops.get_info
 * @sk:		socket, not locked
 * @skb:	netlink message
 * @net_admin:	the program that asks is privileged; nothing here is secret
 *
 * Context: may be softirq; the socket may be closed meanwhile.
 * Return: 0 or -EMSGSIZE.
 */
int seal_diag_get_info(struct sock *sk, struct sk_buff *skb, bool net_admin)
{
	struct nlattr *start = nla_nest_start_noflag(skb, INET_ULP_INFO_TLS);
	const struct seal_sock *ss;
	int err = 0;

	if (!start)
		return -EMSGSIZE;
	rcu_read_lock();
	ss = rcu_dereference(inet_csk(sk)->icsk_ulp_data);
	if (ss)
		err = put_attributes(skb, ss);
	rcu_read_unlock();
	if (err || !ss)
		nla_nest_cancel(skb, start);
	else
		nla_nest_end(skb, start);
	return err;
}

/**
 * seal_diag_get_info_size() - tcp_ulp_ops.get_info_size
 * @sk:		socket
 * @net_admin:	as there
 *
 * Return: the most that seal_diag_get_info() writes, in bytes.
 */
size_t seal_diag_get_info_size(const struct sock *sk, bool net_admin)
{
	return nla_total_size(0) +		/* INET_ULP_INFO_TLS */
	       nla_total_size(sizeof(u16)) +	/* TLS_INFO_VERSION */
	       nla_total_size(sizeof(u16)) +	/* TLS_INFO_CIPHER */
	       nla_total_size(sizeof(u16)) +	/* TLS_INFO_TXCONF */
	       nla_total_size(sizeof(u16)) +	/* TLS_INFO_RXCONF */
	       nla_total_size(0) +		/* TLS_INFO_RX_NO_PAD */
	       nla_total_size(sizeof(u16));	/* TLS_INFO_TX_MAX_PAYLOAD_LEN */
}
