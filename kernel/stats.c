// SPDX-License-Identifier: GPL-2.0
/*
 * Counters of each network namespace: increments enter, the lines of
 * /proc/net/sockseal_stat leave.
 */
#include <linux/percpu.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "seal.h"

#define PROC_NAME "sockseal_stat"

struct seal_net {
	struct seal_counters __percpu *counters;
};

static unsigned int seal_net_id __read_mostly;

static const char *const stat_names[SEAL_STAT_COUNT] = {
	[SEAL_STAT_ATTACHED]		= "SealAttached",
	[SEAL_STAT_CURR_TX]		= "SealCurrTxSw",
	[SEAL_STAT_CURR_RX]		= "SealCurrRxSw",
	[SEAL_STAT_TX]			= "SealTxSw",
	[SEAL_STAT_RX]			= "SealRxSw",
	[SEAL_STAT_TX_RECORDS]		= "SealTxRecords",
	[SEAL_STAT_RX_RECORDS]		= "SealRxRecords",
	[SEAL_STAT_TX_BYTES]		= "SealTxBytes",
	[SEAL_STAT_RX_BYTES]		= "SealRxBytes",
	[SEAL_STAT_TX_SPLICED_BYTES]	= "SealTxSplicedBytes",
	[SEAL_STAT_TX_HELPED_RECORDS]	= "SealTxHelpedRecords",
	[SEAL_STAT_RX_DIRECT_BYTES]	= "SealRxDirectBytes",
	[SEAL_STAT_RX_HELPED_RECORDS]	= "SealRxHelpedRecords",
	[SEAL_STAT_RX_CONTROL]		= "SealRxControl",
	[SEAL_STAT_RX_MESSAGES]		= "SealRxMessages",
	[SEAL_STAT_RX_MESSAGES_DROPPED]	= "SealRxMessagesDropped",
	[SEAL_STAT_TX_ALERTS]		= "SealTxAlerts",
	[SEAL_STAT_RX_ALERTS]		= "SealRxAlerts",
	[SEAL_STAT_TX_KEY_UPDATES]	= "SealTxKeyUpdates",
	[SEAL_STAT_RX_KEY_UPDATES]	= "SealRxKeyUpdates",
	[SEAL_STAT_RX_ERRORS]		= "SealRxErrors",
	[SEAL_STAT_RX_TRUNCATED]	= "SealRxTruncated",
	[SEAL_STAT_DECRYPT_ERROR]	= "SealDecryptError",
	[SEAL_STAT_RX_NO_PAD_VIOLATION]	= "SealRxNoPadViolation",
	[SEAL_STAT_TX_REKEY_OK]		= "SealTxRekeyOk",
	[SEAL_STAT_TX_REKEY_ERROR]	= "SealTxRekeyError",
	[SEAL_STAT_RX_REKEY_OK]		= "SealRxRekeyOk",
	[SEAL_STAT_RX_REKEY_ERROR]	= "SealRxRekeyError",
	[SEAL_STAT_RX_REKEY_RECEIVED]	= "SealRxRekeyReceived",
	[SEAL_STAT_CIPHERS_MADE]	= "SealCiphersMade",
	[SEAL_STAT_CIPHERS_DROPPED]	= "SealCiphersDropped",
};

/**
 * seal_stats_of() - counters of the socket's network namespace
 * @sk: socket, which keeps the namespace
 *
 * Return: for seal_sock.counters.
 */
struct seal_counters __percpu *seal_stats_of(const struct sock *sk)
{
	struct seal_net *sn = net_generic(sock_net(sk), seal_net_id);

	return sn->counters;
}

static int stats_show(struct seq_file *seq, void *v)
{
	struct net *net = seq->private;
	struct seal_net *sn = net_generic(net, seal_net_id);
	unsigned long sum;
	int i, cpu;

	for (i = 0; i < SEAL_STAT_COUNT; i++) {
		sum = 0;
		for_each_possible_cpu(cpu)
			sum += per_cpu_ptr(sn->counters, cpu)->value[i];
		seq_printf(seq, "%-32s%lu\n", stat_names[i], sum);
	}
	return 0;
}

static int __net_init stats_net_init(struct net *net)
{
	struct seal_net *sn = net_generic(net, seal_net_id);

	sn->counters = alloc_percpu(struct seal_counters);
	if (!sn->counters)
		return -ENOMEM;
	if (!proc_create_net_single(PROC_NAME, 0444, net->proc_net, stats_show,
				    NULL)) {
		free_percpu(sn->counters);
		return -ENOMEM;
	}
	return 0;
}

static void __net_exit stats_net_exit(struct net *net)
{
	struct seal_net *sn = net_generic(net, seal_net_id);

	remove_proc_entry(PROC_NAME, net->proc_net);
	free_percpu(sn->counters);
}

static struct pernet_operations stats_net_ops = {
	.init	= stats_net_init,
	.exit	= stats_net_exit,
	.id	= &seal_net_id,
	.size	= sizeof(struct seal_net),
};

/**
 * seal_stats_register() - make the counters of all network namespaces
 * Return: 0 or -ENOMEM.
 */
int seal_stats_register(void)
{
	return register_pernet_subsys(&stats_net_ops);
}

/** seal_stats_unregister() - remove them again */
void seal_stats_unregister(void)
{
	unregister_pernet_subsys(&stats_net_ops);
}
