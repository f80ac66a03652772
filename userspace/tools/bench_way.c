// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A connection and its keys enter; one that is plain, or sealed by a module of the
 * kernel, leaves, and with it the calls that move bytes: the same for all of these.
 */
#include <err.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"
#include "tools.h"

#define KTLS_ULP_NAME "tls"

#ifndef SOL_TLS
#define SOL_TLS 282
#endif

static const char *nothing_missing(void)
{
	return NULL;
}

static const char *missing_ktls(void)
{
	return module_answers(KTLS_ULP_NAME) ? NULL :
	       "no module answers to the ULP `tls': run `modprobe tls' as root";
}

static const char *missing_sockseal(void)
{
	return module_answers(SEAL_ULP_NAME) ? NULL :
	       "module sockseal is not loaded: run `modprobe sockseal' as root";
}

static int open_plain(struct bench_pair *pair, const struct bench_keys *keys)
{
	(void)pair;
	(void)keys;
	return 0;
}

static int attach(int fd, const char *ulp)
{
	return setsockopt(fd, IPPROTO_TCP, TCP_ULP, ulp, strlen(ulp) + 1);
}

static int seal_ktls(int fd, const struct bench_keys *keys, int end)
{
	if (attach(fd, KTLS_ULP_NAME) ||
	    setsockopt(fd, SOL_TLS, TLS_TX, keys->ktls[end], keys->ktls_len) ||
	    setsockopt(fd, SOL_TLS, TLS_RX, keys->ktls[!end], keys->ktls_len))
		return -1;
	return 0;
}

static int open_ktls(struct bench_pair *pair, const struct bench_keys *keys)
{
	if (!seal_ktls(pair->fds[0], keys, 0) &&
	    !seal_ktls(pair->fds[1], keys, 1))
		return 0;
	warn("keys for the ULP tls, %s", keys->suite->name);
	return -1;
}

static int seal(int fd, const struct seal_keys *keys)
{
	if (attach(fd, SEAL_ULP_NAME))
		return -1;
	return setsockopt(fd, SOL_SOCKSEAL, SEAL_KEYS, keys, sizeof(*keys));
}

static int set_policy(int fd, const struct seal_policy *policy)
{
	if (!setsockopt(fd, SOL_SOCKSEAL, SEAL_POLICY, policy, sizeof(*policy)))
		return 0;
	warn("SEAL_POLICY");
	return -1;
}

static int use_cpus(const struct bench_pair *pair, unsigned int cpus)
{
	const struct seal_policy policy = { .cpus = cpus };

	if (!cpus)
		return 0;
	return set_policy(pair->fds[0], &policy) ||
	       set_policy(pair->fds[1], &policy) ? -1 : 0;
}

static int open_sockseal(struct bench_pair *pair, const struct bench_keys *keys)
{
	if (!seal(pair->fds[0], &keys->seal[0]) &&
	    !seal(pair->fds[1], &keys->seal[1]))
		return use_cpus(pair, keys->cpus);
	warn("keys for the ULP sockseal, %s", keys->suite->name);
	return -1;
}

/* Small writes wait for what is in flight (SEAL_POLICY_COALESCE) */
static int coalesce(struct bench_pair *pair)
{
	const struct seal_policy policy = { .flags = SEAL_POLICY_COALESCE };

	return set_policy(pair->fds[0], &policy);
}

static ssize_t send_bytes(struct bench_pair *pair, int end, const void *bytes,
			  size_t len)
{
	return write(pair->fds[end], bytes, len);
}

static ssize_t receive_bytes(struct bench_pair *pair, int end, void *bytes,
			     size_t len)
{
	return read(pair->fds[end], bytes, len);
}

static ssize_t send_file(struct bench_pair *pair, int end, int file, off_t at,
			 size_t len)
{
	return sendfile(pair->fds[end], file, &at, len);
}

static const struct bench_way plain = {
	.name = "plain",
	.missing = nothing_missing,
	.open = open_plain,
	.send = send_bytes,
	.receive = receive_bytes,
	.send_file = send_file,
};

static const struct bench_way ktls = {
	.name = "ktls",
	.missing = missing_ktls,
	.derive = bench_keys_derive,
	.open = open_ktls,
	.send = send_bytes,
	.receive = receive_bytes,
	.send_file = send_file,
};

static const struct bench_way sockseal = {
	.name = "sockseal",
	.missing = missing_sockseal,
	.open = open_sockseal,
	.coalesce = coalesce,
	.send = send_bytes,
	.receive = receive_bytes,
	.send_file = send_file,
};

const struct bench_way *const bench_ways[] = {
	&plain, &bench_openssl, &ktls, &sockseal,
};

const size_t bench_way_count = COUNT(bench_ways);
