/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Private header of the module, the part about what is counted: the counters of a
 * network namespace, and the functions of stats.c.
 */
#ifndef _NET_SOCKSEAL_STATS_H
#define _NET_SOCKSEAL_STATS_H

struct sock;

/* One line of /proc/net/sockseal_stat each, see stats.c */
enum seal_stat {
	SEAL_STAT_ATTACHED,
	SEAL_STAT_CURR_TX,
	SEAL_STAT_CURR_RX,
	SEAL_STAT_TX,
	SEAL_STAT_RX,
	SEAL_STAT_TX_RECORDS,
	SEAL_STAT_RX_RECORDS,
	SEAL_STAT_TX_BYTES,
	SEAL_STAT_RX_BYTES,
	SEAL_STAT_TX_SPLICED_BYTES,
	SEAL_STAT_TX_HELPED_RECORDS,
	SEAL_STAT_RX_DIRECT_BYTES,
	SEAL_STAT_RX_HELPED_RECORDS,
	SEAL_STAT_RX_CONTROL,
	SEAL_STAT_RX_MESSAGES,
	SEAL_STAT_RX_MESSAGES_DROPPED,
	SEAL_STAT_TX_ALERTS,
	SEAL_STAT_RX_ALERTS,
	SEAL_STAT_TX_KEY_UPDATES,
	SEAL_STAT_RX_KEY_UPDATES,
	SEAL_STAT_RX_ERRORS,
	SEAL_STAT_RX_TRUNCATED,
	SEAL_STAT_DECRYPT_ERROR,
	SEAL_STAT_RX_NO_PAD_VIOLATION,
	SEAL_STAT_TX_REKEY_OK,
	SEAL_STAT_TX_REKEY_ERROR,
	SEAL_STAT_RX_REKEY_OK,
	SEAL_STAT_RX_REKEY_ERROR,
	SEAL_STAT_RX_REKEY_RECEIVED,
	SEAL_STAT_CIPHERS_MADE,
	SEAL_STAT_CIPHERS_DROPPED,
	SEAL_STAT_COUNT,
};

/* Of one CPU */
struct seal_counters {
	unsigned long value[SEAL_STAT_COUNT];
};

/* stats.c */
struct seal_counters __percpu *seal_stats_of(const struct sock *sk);
int seal_stats_register(void);
void seal_stats_unregister(void);

#endif /* _NET_SOCKSEAL_STATS_H */
