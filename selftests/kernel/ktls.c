// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The keys of a record peer enter; they leave as the structures of <linux/tls.h>,
 * set on a socket whose ULP is "tls".
 */
#include <stdlib.h>
#include <string.h>

#include <netinet/in.h>
#include <linux/tcp.h>

#include "ktls.h"

/* The structures of all ciphers are iv, key, salt and rec_seq, each so long */
static const struct cipher {
	uint16_t	suite;
	uint16_t	type;
	uint8_t		iv;
	uint8_t		key;
	uint8_t		salt;
} ciphers[] = {
	{ SEAL_AES_128_GCM_SHA256, TLS_CIPHER_AES_GCM_128, 8, 16, 4 },
	{ SEAL_AES_256_GCM_SHA384, TLS_CIPHER_AES_GCM_256, 8, 32, 4 },
	{ SUITE_AES_128_CCM_SHA256, TLS_CIPHER_AES_CCM_128, 8, 16, 4 },
	{ SEAL_CHACHA20_POLY1305_SHA256, TLS_CIPHER_CHACHA20_POLY1305, 12, 32, 0 },
};

#define TLS12(name, suite, family, until) \
	{ { "1.2 " name, suite, family, TLS_1_2_VERSION }, until }
#define TLS13(name, suite, family, until) \
	{ { "1.3 " name, suite, family, TLS_1_3_VERSION }, until }

/* The first one of OVER_NOTHING, then of OVER_FAMILIES, then of OVER_SUITES */
static const struct instance instances[] = {
	TLS13("aes-128-gcm ipv4", SEAL_AES_128_GCM_SHA256, AF_INET, OVER_NOTHING),
	TLS12("aes-128-gcm ipv4", SEAL_AES_128_GCM_SHA256, AF_INET, OVER_NOTHING),
	TLS13("aes-128-gcm ipv6", SEAL_AES_128_GCM_SHA256, AF_INET6, OVER_FAMILIES),
	TLS12("aes-128-gcm mapped", SEAL_AES_128_GCM_SHA256, FAMILY_MAPPED, OVER_FAMILIES),
	TLS13("aes-256-gcm", SEAL_AES_256_GCM_SHA384, AF_INET, OVER_SUITES),
	TLS12("aes-256-gcm", SEAL_AES_256_GCM_SHA384, AF_INET, OVER_SUITES),
	TLS13("aes-128-ccm", SUITE_AES_128_CCM_SHA256, AF_INET, OVER_SUITES),
	TLS12("aes-128-ccm", SUITE_AES_128_CCM_SHA256, AF_INET, OVER_SUITES),
	TLS13("chacha20", SEAL_CHACHA20_POLY1305_SHA256, AF_INET, OVER_SUITES),
	TLS12("chacha20", SEAL_CHACHA20_POLY1305_SHA256, AF_INET, OVER_SUITES),
};

/* Is in-tree tls asked, to see that the tests are right about it? */
bool ktls_is_in_tree(void)
{
	return getenv("KTEST_IN_TREE");
}

static long long attached(void)
{
	return ktls_is_in_tree() ? 0 : counter("SealAttached");
}

static const struct cipher *find_cipher(uint16_t suite)
{
	size_t i = 0;

	while (ciphers[i].suite != suite)
		i++;
	return &ciphers[i];
}

static uint8_t *append(uint8_t *at, const uint8_t *bytes, size_t len)
{
	memcpy(at, bytes, len);
	return at + len;
}

/* What the end that sends to, or receives from, this half of a peer passes */
void ktls_keys_make(struct ktls_keys *keys, const struct half *half)
{
	const struct cipher *c = find_cipher(half->suite);
	uint8_t *at = keys->bytes + sizeof(keys->info), rec_seq[8];

	memset(keys, 0, sizeof(*keys));
	keys->info.version = half->version;
	keys->info.cipher_type = c->type;
	for (int i = 0; i < 8; i++)
		rec_seq[i] = half->seq >> (8 * (7 - i));
	at = append(at, half->iv + c->salt, c->iv);
	at = append(at, half->key, c->key);
	at = append(at, half->iv, c->salt);
	at = append(at, rec_seq, sizeof(rec_seq));
	keys->len = at - keys->bytes;
}

int ktls_attach(int fd)
{
	return setsockopt(fd, IPPROTO_TCP, TCP_ULP, KTLS_ULP_NAME, sizeof(KTLS_ULP_NAME));
}

int ktls_set(int fd, int option, const struct half *half)
{
	struct ktls_keys keys;

	ktls_keys_make(&keys, half);
	return setsockopt(fd, SOL_TLS, option, keys.bytes, keys.len);
}

/* Connected, and the peer ready to speak the version of the variant */
void ktls_open_raw(struct pair *pair, const struct variant *variant)
{
	pair_open_raw(pair, variant);
	pair->peer.tx.version = variant->version;
	pair->peer.rx.version = variant->version;
}

/* Attached, without keys; and it is the right module that answers */
void ktls_open_attached(struct pair *pair, const struct variant *variant)
{
	long long before = attached();

	ktls_open_raw(pair, variant);
	expect_ok(ktls_attach(pair->fd));
	assert_int_equal(attached() - before, !ktls_is_in_tree());
}

void ktls_open(struct pair *pair, const struct variant *variant)
{
	ktls_open_attached(pair, variant);
	expect_ok(ktls_set(pair->fd, TLS_TX, &pair->peer.rx));
	expect_ok(ktls_set(pair->fd, TLS_RX, &pair->peer.tx));
}

/* A group over the variants of the ULP "tls" */
int ktls_run_cases(const char *name, const struct test *tests, size_t count,
		   pair_opener *opener)
{
	const struct group group = { name, tests, count, opener, instances,
				     ARRAY_SIZE(instances) };

	return run_group(&group);
}
