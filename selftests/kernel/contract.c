// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A variant enters; a connection leaves whose one end was sealed by the module that
 * is judged, with keys that the record peer has too, and on which no call waits
 * for ever.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "contract.h"
#include "ktls.h"

/* How long a call that should come to its end may take, in milliseconds */
#define PATIENCE	5000

/* TLS 1.2 has no secret: SEAL_KEYS takes key, salt and nonce in its place */
static void put_tls12_keys(struct seal_direction *to, const struct half *half)
{
	size_t key = suite_key_size(half->suite);

	memset(to->secret, 0, sizeof(to->secret));
	memcpy(to->secret, half->key, key);
	memcpy(to->secret + key, half->iv, sizeof(half->iv));
}

static void seal_tls12(struct pair *pair)
{
	struct seal_keys *keys = &pair->keys;

	keys->version = TLS_1_2_VERSION;
	keys->suite = 0xc02b; /* TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, RFC 5289 */
	put_tls12_keys(&keys->tx, &pair->peer.rx);
	put_tls12_keys(&keys->rx, &pair->peer.tx);
	seal(pair->fd, keys);
}

static void install_keys(struct pair *pair)
{
	if (ktls_is_in_tree()) {
		expect_ok(ktls_attach(pair->fd));
		expect_ok(ktls_set(pair->fd, TLS_TX, &pair->peer.rx));
		expect_ok(ktls_set(pair->fd, TLS_RX, &pair->peer.tx));
	} else if (pair->peer.tx.version == TLS_1_2_VERSION) {
		seal_tls12(pair);
	} else {
		seal(pair->fd, &pair->keys);
	}
}

/* A connected pair gets its keys. */
static void seal_version(struct pair *pair, uint16_t version, uint64_t seq)
{
	pair->peer.tx.version = version;
	pair->peer.rx.version = version;
	pair->peer.rx.seq = seq;
	pair->keys.tx.seq = seq;
	install_keys(pair);
	set_timeout(pair->fd, SO_RCVTIMEO, PATIENCE);
	set_timeout(pair->peer.fd, SO_RCVTIMEO, PATIENCE);
}

static void open_version(struct pair *pair, const struct variant *variant,
			 uint16_t version, uint64_t seq)
{
	pair_open_raw(pair, variant);
	seal_version(pair, version, seq);
}

void contract_open(struct pair *pair, const struct variant *variant)
{
	open_version(pair, variant, TLS_1_3_VERSION, 0);
}

/* With segments as on a network */
void contract_open_narrow(struct pair *pair, const struct variant *variant)
{
	pair_open_narrow_raw(pair, variant);
	seal_version(pair, TLS_1_3_VERSION, 0);
}

/* As after so many records that were sent with these keys */
void contract_open_at(struct pair *pair, const struct variant *variant, uint64_t seq)
{
	open_version(pair, variant, TLS_1_3_VERSION, seq);
}

void contract_open_tls12(struct pair *pair, const struct variant *variant, uint64_t seq)
{
	open_version(pair, variant, TLS_1_2_VERSION, seq);
}

/* Does poll() say so before long? */
bool arrives(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };

	return must(poll(&p, 1, PATIENCE)) && p.revents & events;
}

/* read() returns 0, and goes on to */
void expect_end(int fd)
{
	uint8_t byte;

	expect_count(recv(fd, &byte, 1, 0), 0);
	expect_count(recv(fd, &byte, 1, 0), 0);
}

/* read() fails with this, and goes on to */
void expect_sticky(int fd, int error)
{
	uint8_t byte;

	expect_errno(recv(fd, &byte, 1, 0), error);
	expect_errno(recv(fd, &byte, 1, 0), error);
	expect_errno(recv(fd, &byte, 1, MSG_DONTWAIT), error);
}

/* Returns how much was accepted until no more is */
size_t fill_up(int fd, const uint8_t *data, size_t len)
{
	size_t done = 0;
	ssize_t n;

	while (done < len && (n = send(fd, data + done, len - done, MSG_DONTWAIT)) > 0)
		done += n;
	return done;
}

/* A group over one variant: what the contract says holds for each, and is tested there */
int contract_run(const char *name, const struct test *tests, size_t count)
{
	return run_cases(name, tests, count, contract_open);
}
