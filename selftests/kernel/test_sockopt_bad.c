// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The options of SOL_SOCKSEAL enter with every wrong length and place, in every
 * state of a socket; the errno of the uAPI header leaves, and nothing is changed.
 *
 * What a structure may hold is test_options.c's.
 */
#include <string.h>
#include <unistd.h>

#include <netinet/in.h>
#include <linux/tcp.h>

#include "matrix.h"

#ifndef SOL_TLS
#define SOL_TLS		282
#endif

#define UNKNOWN_OPTION	77

static void put(struct value *value, const void *bytes, size_t len)
{
	value->len = len;
	memcpy(value->bytes, bytes, len);
}

static void keys(const struct pair *pair, struct value *value)
{
	put(value, &pair->keys, sizeof(pair->keys));
}

static void old_version(const struct pair *pair, struct value *value)
{
	struct seal_keys changed = pair->keys;

	changed.version = 0x0301;
	put(value, &changed, sizeof(changed));
}

static void no_suite(const struct pair *pair, struct value *value)
{
	struct seal_keys changed = pair->keys;

	changed.suite = 0x00ff;
	put(value, &changed, sizeof(changed));
}

static void info(const struct pair *pair, struct value *value)
{
	(void)pair;
	value->len = sizeof(struct seal_info);
}

static void policy(const struct pair *pair, struct value *value)
{
	(void)pair;
	value->len = sizeof(struct seal_policy);
}

static void policy_with(struct value *value, struct seal_policy changed)
{
	put(value, &changed, sizeof(changed));
}

static void next_flag(const struct pair *pair, struct value *value)
{
	(void)pair;
	policy_with(value, (struct seal_policy){ .flags = SEAL_POLICY_COALESCE << 1 });
}

static void last_flag(const struct pair *pair, struct value *value)
{
	(void)pair;
	policy_with(value, (struct seal_policy){ .flags = 1U << 31 });
}

static void small_records(const struct pair *pair, struct value *value)
{
	(void)pair;
	policy_with(value, (struct seal_policy){ .record_size = 63 });
}

static void large_records(const struct pair *pair, struct value *value)
{
	(void)pair;
	policy_with(value, (struct seal_policy){ .record_size = RECORD_INNER_MAX + 1 });
}

static void policy_of_tomorrow(const struct pair *pair, struct value *value)
{
	(void)pair;
	policy_with(value, (struct seal_policy){ .reserved = 1 });
}

static void features(const struct pair *pair, struct value *value)
{
	(void)pair;
	value->len = sizeof(struct seal_features);
}

static void message(const struct pair *pair, struct value *value)
{
	(void)pair;
	value->len = VALUE_ROOM;
}

/* As much as is allowed, if it could be read; nothing to be installed */
static void bytes(const struct pair *pair, struct value *value)
{
	(void)pair;
	value->len = SEAL_PREFILL_MAX;
}

static void number(const struct pair *pair, struct value *value)
{
	(void)pair;
	value->len = sizeof(int);
}

static void update_with(struct value *value, struct seal_key_update changed)
{
	put(value, &changed, sizeof(changed));
}

static void key_update_value(const struct pair *pair, struct value *value)
{
	(void)pair;
	update_with(value, (struct seal_key_update){ .flags = SEAL_KEY_UPDATE_REQUEST });
}

static void update_flag(const struct pair *pair, struct value *value)
{
	(void)pair;
	update_with(value, (struct seal_key_update){ .flags = SEAL_KEY_UPDATE_REQUEST << 1 });
}

static void update_last_flag(const struct pair *pair, struct value *value)
{
	(void)pair;
	update_with(value, (struct seal_key_update){ .flags = 1U << 31 });
}

static void update_reserved(const struct pair *pair, struct value *value)
{
	(void)pair;
	update_with(value, (struct seal_key_update){ .reserved = 1 });
}

static void alert_with(struct value *value, struct seal_alert_request changed)
{
	put(value, &changed, sizeof(changed));
}

static void alert(const struct pair *pair, struct value *value)
{
	(void)pair;
	alert_with(value, (struct seal_alert_request){ .description = ALERT_USER_CANCELED });
}

static void no_alert(const struct pair *pair, struct value *value)
{
	(void)pair;
	alert_with(value, (struct seal_alert_request){ .description = SEAL_ALERT_NONE });
}

static void alert_reserved(const struct pair *pair, struct value *value)
{
	(void)pair;
	alert_with(value, (struct seal_alert_request){ .reserved = { 0, 0, 1 } });
}

/* Wrong for every structure: whatever is not as long, or cannot be read */
static const struct row wrong_structure[] = {
	SET(usual, RIGHT, NO_VALUE, EFAULT),
	SET(usual, RIGHT, BAD_VALUE, EFAULT),
	SET(usual, 0, IN_PLACE, EINVAL),
	SET(usual, 0, NO_VALUE, EINVAL),
	SET(usual, OFF_BY(-1), IN_PLACE, EINVAL),
	SET(usual, OFF_BY(1), IN_PLACE, EINVAL),
	SET(usual, OFF_BY(8), BAD_VALUE, EINVAL),
	SET(usual, OFF_BY(0x10000), IN_PLACE, EINVAL),
	SET(usual, INT_MAX, IN_PLACE, EINVAL),
	SET(usual, -1, IN_PLACE, EINVAL),
	SET(usual, INT_MIN / 8, IN_PLACE, EINVAL),
};

/* What can be asked for: any length will do, and the longest is not too long */
static const struct row answered[] = {
	GET(usual, RIGHT, IN_PLACE, 0),
	GET(usual, 0, IN_PLACE, 0),
	GET(usual, 0, NO_VALUE, 0),
	GET(usual, 0, BAD_VALUE, 0),
	GET(usual, INT_MAX, IN_PLACE, 0),
	GET(usual, 1, NO_VALUE, EFAULT),
	GET(usual, RIGHT, BAD_VALUE, EFAULT),
	GET(usual, RIGHT, CUT_VALUE, EFAULT),
	GET(usual, RIGHT, NO_LENGTH, EFAULT),
	GET(usual, RIGHT, BAD_LENGTH, EFAULT),
	GET(usual, -1, IN_PLACE, EINVAL),
	GET(usual, -1, BAD_VALUE, EINVAL),
	GET(usual, INT_MIN / 8, IN_PLACE, EINVAL),
};

/* What cannot be asked for */
static const struct row not_answered[] = {
	GET(usual, RIGHT, IN_PLACE, ENOPROTOOPT),
	GET(usual, RIGHT, BAD_VALUE, ENOPROTOOPT),
};

/* Wrong in every state; what a state says to the right call is in tables of its own */
static const struct row wrong_update[] = {
	SET(usual, RIGHT, CUT_VALUE, EFAULT),
	SET(usual, 4, IN_PLACE, EINVAL),
	SET(update_flag, RIGHT, IN_PLACE, EINVAL),
	SET(update_last_flag, RIGHT, IN_PLACE, EINVAL),
	SET(update_reserved, RIGHT, IN_PLACE, EINVAL),
};

static const struct row wrong_alert[] = {
	SET(usual, 1, IN_PLACE, EINVAL),
	SET(no_alert, RIGHT, IN_PLACE, EINVAL),
	SET(alert_reserved, RIGHT, IN_PLACE, EINVAL),
};

/* What is to be sent, before there are keys, when it is too late, and after an error */
static const struct row no_key[] = { SET(usual, RIGHT, IN_PLACE, ENOKEY) };
static const struct row too_late[] = { SET(usual, RIGHT, IN_PLACE, EPIPE) };
static const struct row failed[] = { SET(usual, RIGHT, IN_PLACE, EBADMSG) };

static const struct table tables_no_key[] = {
	TABLE(SEAL_KEY_UPDATE, key_update_value, no_key),
	TABLE(SEAL_ALERT, alert, no_key),
};

static const struct table tables_too_late[] = {
	TABLE(SEAL_KEY_UPDATE, key_update_value, too_late),
	TABLE(SEAL_ALERT, alert, too_late),
};

static const struct table tables_failed[] = {
	TABLE(SEAL_KEY_UPDATE, key_update_value, failed),
	TABLE(SEAL_ALERT, alert, failed),
};

static const struct matrix sending_without_keys = MATRIX(SOL_SOCKSEAL, tables_no_key);
static const struct matrix sending_too_late = MATRIX(SOL_SOCKSEAL, tables_too_late);
static const struct matrix sending_failed = MATRIX(SOL_SOCKSEAL, tables_failed);

/* Wrong in every state; that a call is the second one is found out last */
static const struct row wrong_keys[] = {
	SET(usual, RIGHT, CUT_VALUE, EFAULT),
	SET(usual, 4, BAD_VALUE, EINVAL),
	SET(old_version, RIGHT, IN_PLACE, EINVAL),
	SET(no_suite, RIGHT, IN_PLACE, EOPNOTSUPP),
};

static const struct row keys_again[] = {
	SET(usual, RIGHT, IN_PLACE, EBUSY),
};

/* Wrong in every state; what is right changes what can be read: test_prefill.c */
static const struct row wrong_prefill[] = {
	SET(usual, 0, IN_PLACE, EINVAL),
	SET(usual, 0, NO_VALUE, EINVAL),
	SET(usual, OFF_BY(1), IN_PLACE, EINVAL),
	SET(usual, OFF_BY(1), BAD_VALUE, EINVAL),
	SET(usual, INT_MAX, IN_PLACE, EINVAL),
	SET(usual, -1, IN_PLACE, EINVAL),
	SET(usual, INT_MIN / 8, IN_PLACE, EINVAL),
	SET(usual, RIGHT, NO_VALUE, EFAULT),
	SET(usual, RIGHT, BAD_VALUE, EFAULT),
	SET(usual, RIGHT, CUT_VALUE, EFAULT),
	SET(usual, 5, CUT_VALUE, EFAULT),
	SET(usual, 1, BAD_VALUE, EFAULT),
	GET(usual, 100, IN_PLACE, ENOPROTOOPT),
	GET(usual, RIGHT, BAD_VALUE, ENOPROTOOPT),
};

/* What cannot be set */
static const struct row not_set[] = {
	SET(usual, RIGHT, IN_PLACE, ENOPROTOOPT),
	SET(usual, 0, NO_VALUE, ENOPROTOOPT),
	SET(usual, RIGHT, BAD_VALUE, ENOPROTOOPT),
};

/* The usual value is the policy of a socket that was told none */
static const struct row policies[] = {
	SET(usual, RIGHT, CUT_VALUE, EFAULT),
	SET(next_flag, RIGHT, IN_PLACE, EINVAL),
	SET(last_flag, RIGHT, IN_PLACE, EINVAL),
	SET(small_records, RIGHT, IN_PLACE, EINVAL),
	SET(large_records, RIGHT, IN_PLACE, EINVAL),
	SET(policy_of_tomorrow, RIGHT, IN_PLACE, EINVAL),
	SET(usual, RIGHT, IN_PLACE, 0),
	SET(usual, RIGHT, IN_PLACE, 0),
};

/* With no message, where it should go does not matter */
static const struct row no_message[] = {
	GET(usual, RIGHT, IN_PLACE, EAGAIN),
	GET(usual, 0, NO_VALUE, EAGAIN),
	GET(usual, RIGHT, BAD_VALUE, EAGAIN),
	GET(usual, INT_MAX, IN_PLACE, EAGAIN),
	GET(usual, RIGHT, NO_LENGTH, EFAULT),
	GET(usual, RIGHT, BAD_LENGTH, EFAULT),
	GET(usual, -1, IN_PLACE, EINVAL),
	SET(usual, RIGHT, IN_PLACE, ENOPROTOOPT),
	SET(usual, RIGHT, BAD_VALUE, ENOPROTOOPT),
};

static const struct row unknown[] = {
	SET(usual, RIGHT, IN_PLACE, ENOPROTOOPT),
	SET(usual, 0, NO_VALUE, ENOPROTOOPT),
	SET(usual, RIGHT, BAD_VALUE, ENOPROTOOPT),
	GET(usual, RIGHT, IN_PLACE, ENOPROTOOPT),
	GET(usual, RIGHT, BAD_VALUE, ENOPROTOOPT),
	GET(usual, RIGHT, NO_LENGTH, EFAULT),
	GET(usual, -1, IN_PLACE, EINVAL),
};

static const struct table tables[] = {
	TABLE(SEAL_KEYS, keys, wrong_structure),
	TABLE(SEAL_KEYS, keys, wrong_keys),
	TABLE(SEAL_KEYS, keys, not_answered),
	TABLE(SEAL_PREFILL, bytes, wrong_prefill),
	TABLE(SEAL_POLICY, policy, wrong_structure),
	TABLE(SEAL_POLICY, policy, policies),
	TABLE(SEAL_POLICY, policy, answered),
	TABLE(SEAL_KEY_UPDATE, key_update_value, wrong_structure),
	TABLE(SEAL_KEY_UPDATE, key_update_value, wrong_update),
	TABLE(SEAL_KEY_UPDATE, key_update_value, not_answered),
	TABLE(SEAL_ALERT, alert, wrong_structure),
	TABLE(SEAL_ALERT, alert, wrong_alert),
	TABLE(SEAL_ALERT, alert, not_answered),
	TABLE(SEAL_INFO, info, answered),
	TABLE(SEAL_INFO, info, not_set),
	TABLE(SEAL_FEATURES, features, answered),
	TABLE(SEAL_FEATURES, features, not_set),
	TABLE(SEAL_MESSAGE, message, no_message),
	TABLE(0, number, unknown),
	TABLE(-1, number, unknown),
	TABLE(UNKNOWN_OPTION, number, unknown),
	/* the last one, which needs keys */
	TABLE(SEAL_KEYS, keys, keys_again),
};

static const struct matrix without_keys = { SOL_SOCKSEAL, tables, ARRAY_SIZE(tables) - 1 };
static const struct matrix with_keys = MATRIX(SOL_SOCKSEAL, tables);

static const struct row foreign[] = {
	SET(usual, RIGHT, IN_PLACE, ENOPROTOOPT),
	GET(usual, RIGHT, IN_PLACE, EOPNOTSUPP),
};

/* TLS_TX, TLS_RX and TLS_TX_ZEROCOPY_RO of the other ULP */
static const struct table tables_of_tls[] = {
	TABLE(1, keys, foreign),
	TABLE(2, keys, foreign),
	TABLE(3, number, foreign),
};

static const struct matrix of_tls = MATRIX(SOL_TLS, tables_of_tls);

static void name(const struct pair *pair, struct value *value)
{
	(void)pair;
	put(value, SEAL_ULP_NAME, sizeof(SEAL_ULP_NAME));
}

static void unknown_name(const struct pair *pair, struct value *value)
{
	(void)pair;
	put(value, "sealsock", sizeof("sealsock"));
}

/* A name need not be terminated; it is looked up before the socket is */
static const struct row names[] = {
	SET(usual, 0, IN_PLACE, EINVAL),
	SET(usual, -1, IN_PLACE, EINVAL),
	SET(usual, RIGHT, NO_VALUE, EFAULT),
	SET(usual, RIGHT, BAD_VALUE, EFAULT),
	SET(usual, RIGHT, CUT_VALUE, EFAULT),
	SET(usual, 4, CUT_VALUE, ENOENT),
	SET(usual, OFF_BY(-2), IN_PLACE, ENOENT),
	SET(unknown_name, RIGHT, IN_PLACE, ENOENT),
	SET(usual, OFF_BY(-1), IN_PLACE, 0),
	SET(usual, RIGHT, IN_PLACE, EEXIST),
	SET(unknown_name, RIGHT, IN_PLACE, ENOENT),
};

static const struct table tables_of_names[] = {
	TABLE(TCP_ULP, name, names),
};

static const struct matrix of_names = MATRIX(IPPROTO_TCP, tables_of_names);

static void expect_traffic(struct pair *pair)
{
	expect_count(send(pair->fd, "good", 4, 0), 4);
	peer_expect_record(&pair->peer, TYPE_DATA, "good", 4);
	peer_send(&pair->peer, TYPE_DATA, "answer", 6);
	expect_recv(pair->fd, "answer", 6);
}

static void before_keys(void **state)
{
	struct pair *pair = *state;

	expect_answers(&without_keys, pair, pair->fd);
	expect_answers(&sending_without_keys, pair, pair->fd);
	expect_ok(set_keys(pair->fd, &pair->keys));
	expect_traffic(pair);
}

static void after_keys(void **state)
{
	struct pair *pair = *state;

	expect_ok(set_keys(pair->fd, &pair->keys));
	expect_answers(&with_keys, pair, pair->fd);
	expect_traffic(pair);
}

static void after_shutdown(void **state)
{
	struct pair *pair = *state;

	expect_ok(set_keys(pair->fd, &pair->keys));
	expect_ok(shutdown(pair->fd, SHUT_RDWR));
	expect_answers(&with_keys, pair, pair->fd);
	expect_answers(&sending_too_late, pair, pair->fd);
	peer_expect_close(&pair->peer);
}

static void after_reset(void **state)
{
	struct pair *pair = *state;

	expect_ok(set_keys(pair->fd, &pair->keys));
	pair_reset_by_peer(pair);
	expect_answers(&with_keys, pair, pair->fd);
	expect_answers(&sending_too_late, pair, pair->fd);
	expect_failed(pair->fd, ECONNRESET);
}

/* Too late, but no reason to refuse: the first read tells */
static void keys_after_reset(void **state)
{
	struct pair *pair = *state;

	pair_reset_by_peer(pair);
	expect_answers(&without_keys, pair, pair->fd);
	expect_ok(set_keys(pair->fd, &pair->keys));
	expect_failed(pair->fd, ECONNRESET);
}

static void after_a_bad_record(void **state)
{
	struct pair *pair = *state;

	expect_ok(set_keys(pair->fd, &pair->keys));
	pair->peer.tx.seq++;
	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	expect_failed(pair->fd, EBADMSG);
	expect_answers(&with_keys, pair, pair->fd);
	expect_answers(&sending_failed, pair, pair->fd);
	expect_failed(pair->fd, EBADMSG);
}

static void on_other_descriptors(void **state)
{
	expect_strangers_refuse(&without_keys, *state);
}

static void of_the_other_ulp(void **state)
{
	struct pair *pair = *state;

	expect_answers(&of_tls, pair, pair->fd);
	expect_ok(set_keys(pair->fd, &pair->keys));
	expect_answers(&of_tls, pair, pair->fd);
	expect_traffic(pair);
}

static void names_of_the_ulp(void **state)
{
	struct pair *first = *state, pair;

	pair_open_raw(&pair, first->variant);
	expect_answers(&of_names, &pair, pair.fd);
	expect_ok(set_keys(pair.fd, &pair.keys));
	expect_traffic(&pair);
	pair_close(&pair);
}

/* Only TCP has the option at all; a closed connection has no use for it */
static void name_on_other_sockets(void **state)
{
	struct pair *first = *state, pair;
	int udp = must(socket(AF_INET, SOCK_DGRAM, 0));

	expect_errno(attach_ulp(udp), ENOPROTOOPT);
	close(udp);
	pair_open_raw(&pair, first->variant);
	pair_reset_by_peer(&pair);
	expect_errno(attach_ulp(pair.fd), ENOTCONN);
	pair_close_sealed(&pair);
	expect_errno(attach_ulp(pair.fd), EBADF);
}

/* A mapped socket can become an IPv4 one, but not under a ULP */
static void family_cannot_change(void **state)
{
	struct pair *first = *state, pair;
	const struct variant mapped = { "mapped", first->variant->suite, FAMILY_MAPPED,
					first->variant->version };
	int family = AF_INET;

	pair_open(&pair, &mapped);
	expect_errno(setsockopt(pair.fd, IPPROTO_IPV6, IPV6_ADDRFORM, &family,
				sizeof(family)), EBUSY);
	expect_traffic(&pair);
	pair_close(&pair);
}

static void open_attached(struct pair *pair, const struct variant *variant)
{
	pair_open_raw(pair, variant);
	expect_ok(attach_ulp(pair->fd));
}

int main(void)
{
	static const struct test tests[] = {
		EACH(before_keys),
		EACH(after_keys),
		EACH_FAMILY(after_shutdown),
		EACH_FAMILY(after_reset),
		EACH_FAMILY(keys_after_reset),
		ONCE(after_a_bad_record),
		ONCE(on_other_descriptors),
		ONCE(of_the_other_ulp),
		EACH_FAMILY(names_of_the_ulp),
		EACH_FAMILY(name_on_other_sockets),
		ONCE(family_cannot_change),
	};

	return run_cases("sockopt_bad", tests, ARRAY_SIZE(tests), open_attached);
}
