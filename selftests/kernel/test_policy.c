// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Values of SEAL_POLICY enter; what getsockopt() tells, and how the ends of
 * connections are seen then, is judged.  Sizes of records are test_sizing.c's.
 */
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include "ktest.h"

static struct seal_policy policy_of(int fd)
{
	struct seal_policy policy;
	socklen_t len = sizeof(policy);

	expect_ok(getsockopt(fd, SOL_SOCKSEAL, SEAL_POLICY, &policy, &len));
	assert_int_equal(len, sizeof(policy));
	return policy;
}

static void accept_truncation(int fd)
{
	set_policy(fd, (struct seal_policy){ .flags = SEAL_POLICY_TRUNCATION_EOF });
}

static void defaults_are_told(void **state)
{
	struct pair *pair = *state;
	struct seal_policy policy = policy_of(pair->fd);

	assert_int_equal(policy.flags, 0);
	assert_int_equal(policy.record_size, RECORD_INNER_MAX);
	assert_int_equal(policy.padding, 0);
	assert_true(policy.update_records > 0);
	assert_int_equal(policy.update_bytes, 0);
}

static void what_was_set_is_told(void **state)
{
	const struct seal_policy want = {
		.flags = SEAL_POLICY_TRUNCATION_EOF | SEAL_POLICY_DYNAMIC_SIZE |
			 SEAL_POLICY_COALESCE,
		.record_size = 1000, .padding = 100,
		.update_records = 7, .update_bytes = 1ULL << 40,
	};
	struct pair *pair = *state;
	struct seal_policy got;

	set_policy(pair->fd, want);
	got = policy_of(pair->fd);
	assert_memory_equal(&got, &want, sizeof(want));
	set_policy(pair->fd, (struct seal_policy){ 0 });
	defaults_are_told(state);
}

static void policy_may_come_before_the_keys(void **state)
{
	struct pair *first = *state, pair;

	pair_open_raw(&pair, first->variant);
	expect_ok(attach_ulp(pair.fd));
	set_policy(pair.fd, (struct seal_policy){ .record_size = 64 });
	assert_int_equal(policy_of(pair.fd).record_size, 64);
	expect_ok(set_keys(pair.fd, &pair.keys));
	assert_int_equal(policy_of(pair.fd).record_size, 64);
	pair_close(&pair);
}

static void short_result_is_its_beginning(void **state)
{
	struct pair *pair = *state;
	struct seal_policy policy = { .padding = 0xaaaa };
	socklen_t len = offsetof(struct seal_policy, padding);

	set_policy(pair->fd, (struct seal_policy){ .record_size = 500, .padding = 5 });
	expect_ok(getsockopt(pair->fd, SOL_SOCKSEAL, SEAL_POLICY, &policy, &len));
	assert_int_equal(len, offsetof(struct seal_policy, padding));
	assert_int_equal(policy.record_size, 500);
	assert_int_equal(policy.padding, 0xaaaa);
}

static void feature_is_told(void **state)
{
	struct pair *pair = *state;
	struct seal_features features;
	socklen_t len = sizeof(features);

	expect_ok(getsockopt(pair->fd, SOL_SOCKSEAL, SEAL_FEATURES, &features, &len));
	assert_true(features.options & 1U << SEAL_POLICY);
}

/* The end looks clean to read(), and SEAL_INFO still knows better */
static void expect_truncated_end(struct pair *pair)
{
	long long before = counter("SealRxTruncated");

	expect_eof(pair->fd);
	assert_true(info_of(pair->fd).state & SEAL_STATE_TRUNCATED);
	assert_false(info_of(pair->fd).state & SEAL_STATE_FAILED);
	assert_false(info_of(pair->fd).state & SEAL_STATE_CLOSE_NOTIFY_RECEIVED);
	assert_int_equal(counter("SealRxTruncated"), before + 1);
}

static void truncation_between_records_is_the_end(void **state)
{
	struct pair *pair = *state;

	accept_truncation(pair->fd);
	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	expect_ok(shutdown(pair->peer.fd, SHUT_WR));
	wait_fin(pair->fd);
	expect_recv(pair->fd, "data", 4);
	expect_truncated_end(pair);
}

/* Cut at each byte of a record, with a good one before it */
static void truncation_inside_a_record_is_the_end(void **state)
{
	struct pair *pair = *state;
	const struct variant *variant = pair->variant;

	for (size_t cut = 1; cut < 4 + RECORD_OVERHEAD; cut++) {
		uint8_t record[64];

		accept_truncation(pair->fd);
		peer_send(&pair->peer, TYPE_DATA, "good", 4);
		record_seal(&pair->peer.tx, TYPE_DATA, "data", 4, record);
		assert_true(peer_write(&pair->peer, record, cut));
		expect_ok(shutdown(pair->peer.fd, SHUT_WR));
		wait_fin(pair->fd);
		expect_recv(pair->fd, "good", 4);
		expect_truncated_end(pair);
		pair_close(pair);
		pair_open(pair, variant);
	}
}

/* The program has its end of the stream, and the peer gets all of the answer */
static void answer_after_a_cut_record_is_whole(void **state)
{
	struct pair *pair = *state;
	uint8_t record[64];

	accept_truncation(pair->fd);
	record_seal(&pair->peer.tx, TYPE_DATA, "data", 4, record);
	assert_true(peer_write(&pair->peer, record, 20));
	expect_ok(shutdown(pair->peer.fd, SHUT_WR));
	expect_eof(pair->fd);
	expect_count(send(pair->fd, "answer", 6, 0), 6);
	pair_close_sealed(pair);
	peer_expect_record(&pair->peer, TYPE_DATA, "answer", 6);
	peer_expect_close(&pair->peer);
}

static void blocked_reader_gets_the_end(void **state)
{
	struct pair *pair = *state;
	struct worker *reader = worker_read(pair->fd, 100);

	accept_truncation(pair->fd);
	worker_wait_blocked(reader);
	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	expect_ok(shutdown(pair->peer.fd, SHUT_WR));
	worker_join(reader, "data", 4);
	expect_eof(pair->fd);
}

/* It is about the end of the stream, and excuses nothing else */
static void other_errors_stay_errors(void **state)
{
	struct pair *pair = *state;

	accept_truncation(pair->fd);
	pair->peer.tx.seq++;
	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	expect_ok(shutdown(pair->peer.fd, SHUT_WR));
	expect_failed(pair->fd, EBADMSG);
}

static void reset_stays_a_reset(void **state)
{
	struct pair *pair = *state;

	accept_truncation(pair->fd);
	pair_reset_by_peer(pair);
	expect_failed(pair->fd, ECONNRESET);
}

/* What was told once is not taken back */
static void flag_comes_too_late_after_the_error(void **state)
{
	struct pair *pair = *state;
	uint8_t byte;

	expect_ok(shutdown(pair->peer.fd, SHUT_WR));
	wait_fin(pair->fd);
	expect_errno(recv(pair->fd, &byte, 1, 0), ECONNABORTED);
	accept_truncation(pair->fd);
	expect_errno(recv(pair->fd, &byte, 1, 0), ECONNABORTED);
}

static void flag_can_be_taken_back(void **state)
{
	struct pair *pair = *state;
	uint8_t byte;

	accept_truncation(pair->fd);
	set_policy(pair->fd, (struct seal_policy){ 0 });
	expect_ok(shutdown(pair->peer.fd, SHUT_WR));
	wait_fin(pair->fd);
	expect_errno(recv(pair->fd, &byte, 1, 0), ECONNABORTED);
}

int main(void)
{
	static const struct test tests[] = {
		EACH_SUITE(defaults_are_told),
		EACH_SUITE(what_was_set_is_told),
		EACH_SUITE(policy_may_come_before_the_keys),
		ONCE(short_result_is_its_beginning),
		ONCE(feature_is_told),
		EACH(truncation_between_records_is_the_end),
		EACH_SUITE(truncation_inside_a_record_is_the_end),
		EACH_FAMILY(answer_after_a_cut_record_is_whole),
		EACH_FAMILY(blocked_reader_gets_the_end),
		EACH_FAMILY(other_errors_stay_errors),
		EACH_FAMILY(reset_stays_a_reset),
		ONCE(flag_comes_too_late_after_the_error),
		ONCE(flag_can_be_taken_back),
	};

	return run_cases("policy", tests, ARRAY_SIZE(tests), pair_open);
}
