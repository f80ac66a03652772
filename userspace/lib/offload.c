// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The application traffic secrets enter, and what was received behind the handshake;
 * a sealed socket leaves: from then on the kernel makes and opens its records.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/sockseal.h>

#include "private.h"

static int attach_ulp(int fd)
{
	if (!setsockopt(fd, IPPROTO_TCP, TCP_ULP, SEAL_ULP_NAME,
			sizeof(SEAL_ULP_NAME)))
		return 0;
	/* the kernel has no ULP of that name and could not load a module */
	return errno == ENOENT ? SEAL_E_NO_MODULE : SEAL_E_SYSTEM;
}

/* Before the keys, so that no reader can come first */
static int prefill(int fd, struct seal_span bytes)
{
	if (!bytes.len || !setsockopt(fd, SOL_SOCKSEAL, SEAL_PREFILL,
				      bytes.data, bytes.len))
		return 0;
	return errno == ENOPROTOOPT ? SEAL_E_OLD_MODULE : SEAL_E_SYSTEM;
}

static int set_keys(int fd, const struct seal_offload *keys)
{
	struct seal_keys arg = {
		.version = SEAL_VERSION_TLS13,
		.suite = keys->suite,
	};
	int err = 0;

	memcpy(arg.tx.secret, keys->tx, keys->len);
	memcpy(arg.rx.secret, keys->rx, keys->len);
	arg.tx.seq = keys->sent;
	if (setsockopt(fd, SOL_SOCKSEAL, SEAL_KEYS, &arg, sizeof(arg)))
		err = errno == ENOENT || errno == EOPNOTSUPP ?
		      SEAL_E_NO_CIPHER : SEAL_E_SYSTEM;
	seal_crypto_wipe(&arg, sizeof(arg));
	return err;
}

int seal_offload_attach(int fd, const struct seal_offload *keys)
{
	int err = attach_ulp(fd);

	if (!err)
		err = prefill(fd, keys->prefill);
	return err ? err : set_keys(fd, keys);
}
