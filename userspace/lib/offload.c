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

static int set_option(int fd, int name, const void *value, size_t len)
{
	if (!setsockopt(fd, SOL_SOCKSEAL, name, value, len))
		return 0;
	return errno == ENOPROTOOPT ? SEAL_E_OLD_MODULE : SEAL_E_SYSTEM;
}

static int prefill(int fd, struct seal_span bytes)
{
	return bytes.len ? set_option(fd, SEAL_PREFILL, bytes.data, bytes.len) : 0;
}

static int limit_records(int fd, uint16_t size)
{
	const struct seal_policy policy = { .record_size = size };

	return size ? set_option(fd, SEAL_POLICY, &policy, sizeof(policy)) : 0;
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

	/* before the keys, so that neither a reader nor a writer can come first */
	if (!err)
		err = prefill(fd, keys->prefill);
	if (!err)
		err = limit_records(fd, keys->record_size);
	return err ? err : set_keys(fd, keys);
}
