// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A variant enters; a TCP connection with one or both ends sealed leaves.
 */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <netinet/in.h>
#include <linux/tcp.h>

#include "ktest.h"

/* Secrets that differ from one connection and one direction to the next */
void keys_make(struct seal_keys *keys, uint16_t suite)
{
	static uint64_t connections;

	memset(keys, 0, sizeof(*keys));
	keys->version = SEAL_VERSION_TLS13;
	keys->suite = suite;
	fill_bytes(keys->tx.secret, suite_secret_size(suite), ++connections);
	fill_bytes(keys->rx.secret, suite_secret_size(suite), ++connections);
}

/* What the other end passes: sent there is received here */
void keys_mirror(struct seal_keys *to, const struct seal_keys *from)
{
	*to = *from;
	to->tx = from->rx;
	to->rx = from->tx;
}

int attach_ulp(int fd)
{
	return setsockopt(fd, IPPROTO_TCP, TCP_ULP, SEAL_ULP_NAME,
			  sizeof(SEAL_ULP_NAME));
}

int set_keys(int fd, const struct seal_keys *keys)
{
	return setsockopt(fd, SOL_SOCKSEAL, SEAL_KEYS, keys, sizeof(*keys));
}

void set_policy(int fd, struct seal_policy policy)
{
	expect_ok(setsockopt(fd, SOL_SOCKSEAL, SEAL_POLICY, &policy, sizeof(policy)));
}

void seal(int fd, const struct seal_keys *keys)
{
	expect_ok(attach_ulp(fd));
	expect_ok(set_keys(fd, keys));
}

static void make_pair(struct pair *pair, const struct variant *variant, int mss)
{
	struct seal_keys *keys = &pair->keys;
	int fds[2];

	memset(pair, 0, sizeof(*pair));
	pair->variant = variant;
	tcp_pair_narrow(variant->family, mss, fds);
	pair->fd = fds[0];
	pair->peer.fd = fds[1];
	keys_make(keys, variant->suite);
	half_init(&pair->peer.tx, variant->suite, keys->rx.secret, 0);
	half_init(&pair->peer.rx, variant->suite, keys->tx.secret, 0);
}

/* Connected and the peer ready, but nothing attached yet */
void pair_open_raw(struct pair *pair, const struct variant *variant)
{
	make_pair(pair, variant, 0);
}

void pair_open(struct pair *pair, const struct variant *variant)
{
	pair_open_raw(pair, variant);
	seal(pair->fd, &pair->keys);
}

/* With segments as on a network, which loopback does not have */
void pair_open_narrow_raw(struct pair *pair, const struct variant *variant)
{
	make_pair(pair, variant, 1460);
}

void pair_open_narrow(struct pair *pair, const struct variant *variant)
{
	pair_open_narrow_raw(pair, variant);
	seal(pair->fd, &pair->keys);
}

void pair_close_sealed(struct pair *pair)
{
	if (pair->fd >= 0)
		close(pair->fd);
	pair->fd = -1;
}

void pair_close(struct pair *pair)
{
	pair_close_sealed(pair);
	if (pair->peer.fd >= 0)
		close(pair->peer.fd);
	pair->peer.fd = -1;
}

/* The peer aborts, and the sealed end has seen it */
void pair_reset_by_peer(struct pair *pair)
{
	struct linger linger = { .l_onoff = 1 };

	expect_ok(setsockopt(pair->peer.fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)));
	close(pair->peer.fd);
	pair->peer.fd = -1;
	wait_fin(pair->fd);
}

void sealed_pair(const struct variant *variant, int fds[2])
{
	struct seal_keys keys, mirrored;

	tcp_pair(variant->family, fds);
	keys_make(&keys, variant->suite);
	keys_mirror(&mirrored, &keys);
	seal(fds[0], &keys);
	seal(fds[1], &mirrored);
}

struct seal_info info_of(int fd)
{
	struct seal_info info;
	socklen_t len = sizeof(info);

	expect_ok(getsockopt(fd, SOL_SOCKSEAL, SEAL_INFO, &info, &len));
	assert_int_equal(len, sizeof(info));
	return info;
}
