// SPDX-License-Identifier: GPL-2.0
/*
 * Loading and unloading: what the module registers with the kernel enters here
 * and leaves here.
 */
#include <linux/module.h>
#include <net/tcp.h>

#include "seal.h"

static int __init seal_init(void)
{
	int err;

	err = seal_stats_register();
	if (err)
		return err;
	err = seal_coalesce_init();
	if (err)
		goto err_stats;
	err = seal_crew_init();
	if (err)
		goto err_coalesce;
	err = seal_ulp_register();
	if (err)
		goto err_crew;
	return 0;

err_crew:
	seal_crew_exit();
err_coalesce:
	seal_coalesce_exit();
err_stats:
	seal_stats_unregister();
	return err;
}

static void __exit seal_exit(void)
{
	seal_ulp_unregister();
	seal_crew_exit();
	seal_coalesce_exit();
	seal_idle_exit();
	seal_plain_exit();
	seal_spare_exit();
	seal_crypto_exit();
	seal_stats_unregister();
}

module_init(seal_init);
module_exit(seal_exit);

MODULE_DESCRIPTION("TLS records under plain read() and write() on TCP sockets");
MODULE_LICENSE("GPL");
MODULE_ALIAS_TCP_ULP(SEAL_ULP_NAME);
