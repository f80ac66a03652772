// SPDX-License-Identifier: GPL-2.0
/*
 * The name "sockseal": programs that know nothing of TLS.  Opened records enter;
 * application data leaves for the readers, and all else is dealt with here.
 */
#include <linux/module.h>
#include <net/tcp.h>

#include "seal.h"

static int attach(struct sock *sk)
{
	return seal_ulp_attach(sk, &seal_native);
}

static int take(struct sock *sk, struct seal_plain *plain)
{
	struct seal_rx *rx = &seal_sk(sk)->rx;
	int ret = seal_control_record(sk, plain);

	if (ret <= 0) {
		seal_plain_put(plain);
		return ret;
	}
	seal_plain_queue(rx, plain);
	return seal_update_data_received(sk);
}

struct seal_personality seal_native = {
	.ulp = {
		.name		= SEAL_ULP_NAME,
		.owner		= THIS_MODULE,
		.init		= attach,
	},
	.level		= SOL_SOCKSEAL,
	.set		= seal_sockopt_set,
	.get		= seal_sockopt_get,
	.take		= take,
	.fail		= seal_alert_fail,
	.lose		= seal_alert_fail,
	.truncated	= -ECONNABORTED,
	.exhausted	= -EKEYEXPIRED,
	.close_notify	= true,
	.limits		= true,
};
