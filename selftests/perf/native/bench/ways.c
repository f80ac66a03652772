// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The names of a way and a suite enter; what makes a connected socket seal in that way
 * leaves.
 *
 * Both directions of both ends have the same key.  Nobody who listens could learn
 * anything from that, for what is sent is all zero.
 */
#include <linux/sockptr.h>
#include <linux/string.h>
#include <linux/tcp.h>
#include <linux/tls.h>
#include <linux/sockseal.h>

#include "bench.h"

#define KEY_BYTE	0x5a

/* The longest structure of <linux/tls.h> */
#define INFO_MAX	(sizeof(struct tls_crypto_info) + 52)

static int set_option(struct socket *sock, int level, int name, void *value, int len)
{
	return do_sock_setsockopt(sock, false, level, name, KERNEL_SOCKPTR(value), len);
}

/* Key, salt and IV follow the header, and at last the sequence number. */
static int attach_ktls(struct socket *sock, const struct bench_run *run,
		       const struct bench_way *way)
{
	const struct bench_suite *suite = run->suite;
	struct tls_crypto_info *info;
	u8 bytes[INFO_MAX] = {};
	int len, err;

	info = (void *)bytes;
	info->version = TLS_1_3_VERSION;
	info->cipher_type = suite->cipher;
	memset(info + 1, KEY_BYTE, suite->info_size - sizeof(u64));
	len = sizeof(*info) + suite->info_size;

	err = set_option(sock, SOL_TCP, TCP_ULP, "tls", sizeof("tls"));
	err = err ?: set_option(sock, SOL_TLS, TLS_TX, bytes, len);
	return err ?: set_option(sock, SOL_TLS, TLS_RX, bytes, len);
}

static int set_policy(struct socket *sock, u32 flags, u32 cpus)
{
	struct seal_policy policy = { .flags = flags, .cpus = cpus };

	if (!flags && !cpus)
		return 0;
	return set_option(sock, SOL_SOCKSEAL, SEAL_POLICY, &policy, sizeof(policy));
}

static int attach_sockseal(struct socket *sock, const struct bench_run *run,
			   const struct bench_way *way)
{
	struct seal_keys keys = {
		.version = SEAL_VERSION_TLS13,
		.suite = run->suite->id,
	};
	int err;

	memset(keys.tx.secret, KEY_BYTE, run->suite->hash_size);
	memset(keys.rx.secret, KEY_BYTE, run->suite->hash_size);
	err = set_option(sock, SOL_TCP, TCP_ULP, SEAL_ULP_NAME, sizeof(SEAL_ULP_NAME));
	err = err ?: set_option(sock, SOL_SOCKSEAL, SEAL_KEYS, &keys, sizeof(keys));
	return err ?: set_policy(sock, run->work->policy, way->cpus);
}

static const struct bench_way ways[BENCH_WAYS] = {
	{ .name = "plain" },
	{ .name = "ktls",	.attach = attach_ktls },
	{ .name = "sockseal",	.attach = attach_sockseal },
	{ .name = "sockseal-cpus", .attach = attach_sockseal, .cpus = SEAL_CPUS_MAX },
	{ .name = "cipher",	.is_cipher = true },
};

static const struct bench_suite suites[] = {
	{ "aes-128-gcm", SEAL_AES_128_GCM_SHA256, 32, TLS_CIPHER_AES_GCM_128,
	  sizeof(struct tls12_crypto_info_aes_gcm_128) - sizeof(struct tls_crypto_info),
	  "gcm(aes)", 16 },
	{ "aes-256-gcm", SEAL_AES_256_GCM_SHA384, 48, TLS_CIPHER_AES_GCM_256,
	  sizeof(struct tls12_crypto_info_aes_gcm_256) - sizeof(struct tls_crypto_info),
	  "gcm(aes)", 32 },
	{ "chacha20-poly1305", SEAL_CHACHA20_POLY1305_SHA256, 32,
	  TLS_CIPHER_CHACHA20_POLY1305,
	  sizeof(struct tls12_crypto_info_chacha20_poly1305) -
	  sizeof(struct tls_crypto_info),
	  "rfc7539(chacha20,poly1305)", 32 },
};

/**
 * bench_way_at() - the ways, in the order of the result
 * @i: less than BENCH_WAYS
 *
 * Return: the row.
 */
const struct bench_way *bench_way_at(unsigned int i)
{
	return &ways[i];
}

/**
 * bench_way_find() - by its name
 * @name: of it
 *
 * Return: the row, or NULL.
 */
const struct bench_way *bench_way_find(const char *name)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(ways); i++)
		if (!strcmp(ways[i].name, name))
			return &ways[i];
	return NULL;
}

/**
 * bench_suite_find() - by its name
 * @name: of it
 *
 * Return: the row, or NULL.
 */
const struct bench_suite *bench_suite_find(const char *name)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(suites); i++)
		if (!strcmp(suites[i].name, name))
			return &suites[i];
	return NULL;
}
