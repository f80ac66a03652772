// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Sockets in every state enter the tables of ktls_rows.c; they must answer as these
 * say, and what was refused must have changed nothing.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <netinet/in.h>
#include <linux/tcp.h>

#include "ktls_rows.h"

static bool is_tls13(const struct pair *pair)
{
	return pair->variant->version == TLS_1_3_VERSION;
}

static void expect_sending(struct pair *pair)
{
	expect_count(send(pair->fd, "good", 4, 0), 4);
	peer_expect_record(&pair->peer, TYPE_DATA, "good", 4);
}

static void expect_receiving(struct pair *pair)
{
	peer_send(&pair->peer, TYPE_DATA, "answer", 6);
	expect_recv(pair->fd, "answer", 6);
}

static void before_keys(void **state)
{
	struct pair *pair = *state;

	expect_answers(&ktls_before_keys, pair, pair->fd);
	expect_ok(ktls_set(pair->fd, TLS_TX, &pair->peer.rx));
	expect_ok(ktls_set(pair->fd, TLS_RX, &pair->peer.tx));
	expect_sending(pair);
	expect_receiving(pair);
}

/* Debian's kernels do not, but others may */
static bool kernel_has_sm4(void)
{
	FILE *file = fopen("/proc/crypto", "re");
	char line[256];
	bool found = false;

	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		found |= !strncmp(line, "name", 4) && strstr(line, "sm4");
	fclose(file);
	return found;
}

static void of_absent_ciphers(void **state)
{
	struct pair *pair = *state;

	if (kernel_has_sm4()) {
		print_message("# no cipher is absent: this kernel has SM4\n");
		return;
	}
	expect_answers(&ktls_of_absent_ciphers, pair, pair->fd);
	expect_ok(ktls_set(pair->fd, TLS_TX, &pair->peer.rx));
	expect_sending(pair);
}

static void with_keys_to_send(void **state)
{
	struct pair *pair = *state;

	expect_ok(ktls_set(pair->fd, TLS_TX, &pair->peer.rx));
	if (is_tls13(pair))
		expect_answers(&ktls_of_tx_13, pair, pair->fd);
	expect_answers(&ktls_with_tx, pair, pair->fd);
	expect_ok(ktls_set(pair->fd, TLS_RX, &pair->peer.tx));
	expect_sending(pair);
	expect_receiving(pair);
}

static void with_keys_to_receive(void **state)
{
	struct pair *pair = *state;

	expect_ok(ktls_set(pair->fd, TLS_RX, &pair->peer.tx));
	expect_answers(&ktls_with_rx, pair, pair->fd);
	expect_ok(ktls_set(pair->fd, TLS_TX, &pair->peer.rx));
	expect_sending(pair);
	expect_receiving(pair);
}

static const struct matrix *with_keys(const struct pair *pair)
{
	return is_tls13(pair) ? &ktls_with_keys_13 : &ktls_with_keys_12;
}

static void set_both(struct pair *pair)
{
	expect_ok(ktls_set(pair->fd, TLS_TX, &pair->peer.rx));
	expect_ok(ktls_set(pair->fd, TLS_RX, &pair->peer.tx));
}

static void with_both_keys(void **state)
{
	struct pair *pair = *state;

	set_both(pair);
	expect_answers(with_keys(pair), pair, pair->fd);
	expect_sending(pair);
	expect_receiving(pair);
}

static void after_shutdown(void **state)
{
	struct pair *pair = *state;

	set_both(pair);
	expect_ok(shutdown(pair->fd, SHUT_RDWR));
	expect_answers(with_keys(pair), pair, pair->fd);
}

static void after_reset(void **state)
{
	struct pair *pair = *state;
	uint8_t byte;

	set_both(pair);
	pair_reset_by_peer(pair);
	expect_answers(with_keys(pair), pair, pair->fd);
	expect_errno(recv(pair->fd, &byte, 1, 0), ECONNRESET);
}

/* Too late, but no reason to refuse: the first read tells */
static void keys_after_reset(void **state)
{
	struct pair *pair = *state;
	uint8_t byte;

	pair_reset_by_peer(pair);
	expect_answers(&ktls_before_keys, pair, pair->fd);
	set_both(pair);
	expect_errno(recv(pair->fd, &byte, 1, 0), ECONNRESET);
}

static void while_a_record_is_open(void **state)
{
	struct pair *pair = *state;

	set_both(pair);
	expect_count(send(pair->fd, "one ", 4, MSG_MORE), 4);
	expect_answers(&ktls_of_open_record, pair, pair->fd);
	expect_count(send(pair->fd, "record", 6, 0), 6);
	peer_expect_record(&pair->peer, TYPE_DATA, "one record", 10);
}

static void on_other_descriptors(void **state)
{
	expect_strangers_refuse(&ktls_before_keys, *state);
}

/* Until a direction has keys, it is plain TCP */
static void without_keys_all_is_plain(void **state)
{
	struct pair *pair = *state;

	expect_count(send(pair->fd, "plain", 5, 0), 5);
	expect_recv(pair->peer.fd, "plain", 5);
	expect_count(send(pair->peer.fd, "answer", 6, 0), 6);
	expect_recv(pair->fd, "answer", 6);
	expect_ok(ktls_set(pair->fd, TLS_TX, &pair->peer.rx));
	expect_sending(pair);
	expect_count(send(pair->peer.fd, "answer", 6, 0), 6);
	expect_recv(pair->fd, "answer", 6);
	expect_ok(ktls_set(pair->fd, TLS_RX, &pair->peer.tx));
	expect_receiving(pair);
}

static void expect_read_back(const struct pair *pair, int option, const struct half *half)
{
	struct ktls_keys want;
	uint8_t got[KTLS_KEYS_ROOM] = { 0 };
	socklen_t len;

	ktls_keys_make(&want, half);
	len = want.len;
	expect_ok(getsockopt(pair->fd, SOL_TLS, option, got, &len));
	assert_int_equal(len, want.len);
	expect_bytes(got, want.bytes, want.len);
	memset(got, 0xaa, sizeof(got));
	len = sizeof(want.info);
	expect_ok(getsockopt(pair->fd, SOL_TLS, option, got, &len));
	assert_int_equal(len, sizeof(want.info));
	expect_bytes(got, &want.info, sizeof(want.info));
	assert_int_equal(got[len], 0xaa);
}

/* In-tree's contract, and so a program that sets keys here can read them back */
static void keys_are_read_back(void **state)
{
	struct pair *pair = *state;

	pair->peer.tx.seq = 0x1122334455667788;
	pair->peer.rx.seq = 0x80;
	set_both(pair);
	expect_read_back(pair, TLS_TX, &pair->peer.rx);
	expect_read_back(pair, TLS_RX, &pair->peer.tx);
	expect_sending(pair);
	expect_receiving(pair);
}

static void numbers_are_read_back(void **state)
{
	struct pair *pair = *state;
	uint16_t size = 1000;
	socklen_t len = sizeof(size);

	set_both(pair);
	expect_ok(setsockopt(pair->fd, SOL_TLS, TLS_TX_MAX_PAYLOAD_LEN, &size, sizeof(size)));
	size = 0;
	expect_ok(getsockopt(pair->fd, SOL_TLS, TLS_TX_MAX_PAYLOAD_LEN, &size, &len));
	assert_int_equal(size, 1000);
	assert_int_equal(len, sizeof(size));
	set_int(pair->fd, SOL_TLS, TLS_TX_ZEROCOPY_RO, 1);
	expect_int(pair->fd, SOL_TLS, TLS_TX_ZEROCOPY_RO, 1);
	if (!is_tls13(pair))
		return;
	set_int(pair->fd, SOL_TLS, TLS_RX_EXPECT_NO_PAD, 1);
	expect_int(pair->fd, SOL_TLS, TLS_RX_EXPECT_NO_PAD, 1);
	set_int(pair->fd, SOL_TLS, TLS_RX_EXPECT_NO_PAD, 0);
	expect_int(pair->fd, SOL_TLS, TLS_RX_EXPECT_NO_PAD, 0);
}

static void other_states_are_not_attached(void **state)
{
	struct pair *first = *state, pair;
	int listener = tcp_listen(AF_INET), fresh = must(socket(AF_INET, SOCK_STREAM, 0));

	expect_errno(ktls_attach(first->fd), EEXIST);
	expect_errno(ktls_attach(listener), ENOTCONN);
	expect_errno(ktls_attach(fresh), ENOTCONN);
	ktls_open_raw(&pair, first->variant);
	pair_reset_by_peer(&pair);
	expect_errno(ktls_attach(pair.fd), ENOTCONN);
	pair_close(&pair);
	close(listener);
	close(fresh);
}

int main(void)
{
	static const struct test tests[] = {
		EACH(before_keys),
		ONCE(of_absent_ciphers),
		EACH(with_keys_to_send),
		EACH(with_keys_to_receive),
		EACH(with_both_keys),
		EACH_FAMILY(after_shutdown),
		EACH_FAMILY(after_reset),
		EACH_FAMILY(keys_after_reset),
		EACH_FAMILY(while_a_record_is_open),
		ONCE(on_other_descriptors),
		EACH(without_keys_all_is_plain),
		EACH(keys_are_read_back),
		EACH_FAMILY(numbers_are_read_back),
		EACH_FAMILY(other_states_are_not_attached),
	};

	return ktls_run_cases("ktls_sockopt", tests, ARRAY_SIZE(tests), ktls_open_attached);
}
