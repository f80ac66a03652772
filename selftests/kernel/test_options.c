// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Options of level SOL_SOCKSEAL enter, right and wrong in each field; what the
 * uAPI header promises for each must leave.
 */
#include <string.h>
#include <sys/socket.h>

#include "ktest.h"

#define UNKNOWN_OPTION	77

static int get(int fd, int option, void *value, socklen_t *len)
{
	return getsockopt(fd, SOL_SOCKSEAL, option, value, len);
}

/* A refusal changes nothing: the right keys are still accepted */
static void expect_keys_accepted(struct pair *pair)
{
	expect_ok(set_keys(pair->fd, &pair->keys));
	expect_count(send(pair->fd, "good", 4, 0), 4);
	peer_expect_record(&pair->peer, TYPE_DATA, "good", 4);
}

static void keys_twice_are_refused(void **state)
{
	struct pair *pair = *state;

	expect_keys_accepted(pair);
	expect_errno(set_keys(pair->fd, &pair->keys), EBUSY);
	expect_count(send(pair->fd, "same keys", 9, 0), 9);
	peer_expect_record(&pair->peer, TYPE_DATA, "same keys", 9);
}

static void keys_of_wrong_size_are_refused(void **state)
{
	static const size_t sizes[] = { 0, 1, 8, sizeof(struct seal_keys) - 1,
					sizeof(struct seal_keys) + 1 };
	struct pair *pair = *state;
	uint8_t room[sizeof(struct seal_keys) + 1] = { 0 };

	memcpy(room, &pair->keys, sizeof(pair->keys));
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		expect_errno(setsockopt(pair->fd, SOL_SOCKSEAL, SEAL_KEYS, room, sizes[i]),
			     EINVAL);
	expect_keys_accepted(pair);
}

static void keys_of_other_versions_are_refused(void **state)
{
	static const uint16_t versions[] = { 0, 0x0300, 0x0303, 0x0305, 0x0403, 0xfefc };
	struct pair *pair = *state;

	for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
		struct seal_keys keys = pair->keys;

		keys.version = versions[i];
		expect_errno(set_keys(pair->fd, &keys), EINVAL);
	}
	expect_keys_accepted(pair);
}

static void keys_with_flags_are_refused(void **state)
{
	struct pair *pair = *state;

	for (int bit = 0; bit < 32; bit++) {
		struct seal_keys keys = pair->keys;

		keys.flags = 1U << bit;
		expect_errno(set_keys(pair->fd, &keys), EINVAL);
	}
	expect_keys_accepted(pair);
}

/* Bytes of the secret that the suite's hash does not fill are reserved */
static void keys_with_reserved_bytes_are_refused(void **state)
{
	struct pair *pair = *state;

	for (int i = suite_secret_size(pair->variant->suite); i < SEAL_SECRET_SIZE; i++) {
		struct seal_keys tx = pair->keys, rx = pair->keys;

		tx.tx.secret[i] = 1;
		expect_errno(set_keys(pair->fd, &tx), EINVAL);
		rx.rx.secret[i] = 1;
		expect_errno(set_keys(pair->fd, &rx), EINVAL);
	}
	expect_keys_accepted(pair);
}

static void keys_of_unknown_suites_are_refused(void **state)
{
	static const uint16_t suites[] = { 0, 0x1300, 0x1305, 0x1306, 0xc013, 0xc02a, 0xffff };
	struct pair *pair = *state;

	for (size_t i = 0; i < ARRAY_SIZE(suites); i++) {
		struct seal_keys keys = pair->keys;

		keys.suite = suites[i];
		expect_errno(set_keys(pair->fd, &keys), EOPNOTSUPP);
	}
	expect_keys_accepted(pair);
}

/* RFC 8446 5.3: sequence numbers MUST NOT wrap */
static void keys_at_the_last_sequence_number_are_refused(void **state)
{
	struct pair *pair = *state;
	struct seal_keys tx = pair->keys, rx = pair->keys;

	tx.tx.seq = UINT64_MAX;
	expect_errno(set_keys(pair->fd, &tx), EINVAL);
	rx.rx.seq = UINT64_MAX;
	expect_errno(set_keys(pair->fd, &rx), EINVAL);
	expect_keys_accepted(pair);
}

static void keys_from_nowhere_are_refused(void **state)
{
	struct pair *pair = *state;

	expect_errno(setsockopt(pair->fd, SOL_SOCKSEAL, SEAL_KEYS, (void *)8,
				sizeof(struct seal_keys)), EFAULT);
	expect_keys_accepted(pair);
}

/* Records that were sent before the handover count */
static void keys_start_at_their_sequence_numbers(void **state)
{
	struct pair *pair = *state;

	pair->keys.tx.seq = 5;
	pair->keys.rx.seq = 0x12345a;
	pair->peer.rx.seq = pair->keys.tx.seq;
	pair->peer.tx.seq = pair->keys.rx.seq;
	expect_keys_accepted(pair);
	peer_send(&pair->peer, TYPE_DATA, "counted", 7);
	expect_recv(pair->fd, "counted", 7);
	assert_int_equal(info_of(pair->fd).tx.seq, 6);
	assert_int_equal(info_of(pair->fd).rx.seq, 0x12345b);
}

static void keys_are_never_returned(void **state)
{
	struct pair *pair = *state;
	struct seal_keys keys;
	socklen_t len = sizeof(keys);

	expect_errno(get(pair->fd, SEAL_KEYS, &keys, &len), ENOPROTOOPT);
	expect_keys_accepted(pair);
	expect_errno(get(pair->fd, SEAL_KEYS, &keys, &len), ENOPROTOOPT);
}

static void unknown_options_are_refused(void **state)
{
	static const int cannot_set[] = { 0, -1, SEAL_INFO, SEAL_MESSAGE, SEAL_FEATURES,
					  UNKNOWN_OPTION };
	static const int cannot_get[] = { 0, -1, SEAL_KEYS, UNKNOWN_OPTION };
	struct pair *pair = *state;
	uint8_t value[sizeof(struct seal_keys)] = { 0 };
	socklen_t len = sizeof(value);

	for (size_t i = 0; i < ARRAY_SIZE(cannot_set); i++)
		expect_errno(setsockopt(pair->fd, SOL_SOCKSEAL, cannot_set[i], value,
					sizeof(value)), ENOPROTOOPT);
	for (size_t i = 0; i < ARRAY_SIZE(cannot_get); i++)
		expect_errno(get(pair->fd, cannot_get[i], value, &len), ENOPROTOOPT);
}

static void info_before_keys_is_blank(void **state)
{
	struct pair *pair = *state;
	struct seal_info blank = { .alert_sent = SEAL_ALERT_NONE,
				   .alert_received = SEAL_ALERT_NONE };
	struct seal_info info = info_of(pair->fd);

	expect_bytes(&info, &blank, sizeof(info));
}

static void info_tells_what_was_set(void **state)
{
	struct pair *pair = *state;
	struct seal_info info;

	expect_ok(set_keys(pair->fd, &pair->keys));
	info = info_of(pair->fd);
	assert_int_equal(info.version, SEAL_VERSION_TLS13);
	assert_int_equal(info.suite, pair->variant->suite);
	assert_int_equal(info.state, SEAL_STATE_KEYS);
	assert_int_equal(info.error, 0);
	assert_int_equal(info.alert_sent, SEAL_ALERT_NONE);
	assert_int_equal(info.alert_received, SEAL_ALERT_NONE);
}

static void info_counts_both_directions(void **state)
{
	struct pair *pair = *state;
	struct seal_info info;

	expect_ok(set_keys(pair->fd, &pair->keys));
	expect_count(send(pair->fd, "abc", 3, 0), 3);
	expect_count(send(pair->fd, "defgh", 5, 0), 5);
	peer_send(&pair->peer, TYPE_DATA, "1234567", 7);
	expect_recv(pair->fd, "1234567", 7);
	info = info_of(pair->fd);
	assert_int_equal(info.tx.records, 2);
	assert_int_equal(info.tx.seq, 2);
	assert_int_equal(info.tx.bytes, 8);
	assert_int_equal(info.tx.generation, 0);
	assert_int_equal(info.rx.records, 1);
	assert_int_equal(info.rx.seq, 1);
	assert_int_equal(info.rx.bytes, 7);
}

/* So that a program built with a shorter or longer structure still runs */
static void copies_what_fits(int fd, int option, size_t size)
{
	uint8_t whole[256], part[256];
	socklen_t len = sizeof(whole);

	expect_ok(get(fd, option, whole, &len));
	assert_int_equal(len, size);
	for (socklen_t n = 0; n < size; n++) {
		memset(part, 0xaa, sizeof(part));
		len = n;
		expect_ok(get(fd, option, part, &len));
		assert_int_equal(len, n);
		expect_bytes(part, whole, n);
		assert_int_equal(part[n], 0xaa);
	}
}

static void answers_are_cut_to_the_given_length(void **state)
{
	struct pair *pair = *state;

	expect_ok(set_keys(pair->fd, &pair->keys));
	copies_what_fits(pair->fd, SEAL_INFO, sizeof(struct seal_info));
	copies_what_fits(pair->fd, SEAL_FEATURES, sizeof(struct seal_features));
}

static void answers_to_nowhere_are_refused(void **state)
{
	static const int options[] = { SEAL_INFO, SEAL_FEATURES };
	struct pair *pair = *state;

	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		uint8_t value[256];
		socklen_t len = sizeof(value);

		expect_errno(get(pair->fd, options[i], (void *)8, &len), EFAULT);
		expect_errno(get(pair->fd, options[i], value, (void *)8), EFAULT);
		len = -1;
		expect_errno(get(pair->fd, options[i], value, &len), EINVAL);
	}
}

static void features_name_every_option_and_suite(void **state)
{
	static const int options[] = {
		SEAL_KEYS,
		SEAL_PREFILL,
		SEAL_POLICY,
		SEAL_KEY_UPDATE,
		SEAL_ALERT,
		SEAL_INFO,
		SEAL_MESSAGE,
		SEAL_FEATURES,
	};
	static const uint16_t suites[] = { SEAL_AES_128_GCM_SHA256, SEAL_AES_256_GCM_SHA384,
					   SEAL_CHACHA20_POLY1305_SHA256,
					   SEAL_AES_128_CCM_SHA256,
					   SEAL_ECDHE_ECDSA_AES_128_GCM_SHA256,
					   SEAL_ECDHE_RSA_AES_128_GCM_SHA256,
					   SEAL_ECDHE_ECDSA_AES_256_GCM_SHA384,
					   SEAL_ECDHE_RSA_AES_256_GCM_SHA384,
					   SEAL_ECDHE_ECDSA_CHACHA20_POLY1305_SHA256,
					   SEAL_ECDHE_RSA_CHACHA20_POLY1305_SHA256,
					   SEAL_ECDHE_ECDSA_AES_128_CCM };
	struct pair *pair = *state;
	struct seal_features features;
	socklen_t len = sizeof(features);
	uint32_t known = 0;

	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		known |= 1U << options[i];
	expect_ok(get(pair->fd, SEAL_FEATURES, &features, &len));
	assert_int_equal(features.options, known);
	assert_int_equal(features.suites_len, ARRAY_SIZE(suites));
	expect_bytes(features.suites, suites, sizeof(suites));
	assert_int_equal(features.cpus, SEAL_CPUS_MAX);
}

static void open_attached(struct pair *pair, const struct variant *variant)
{
	pair_open_raw(pair, variant);
	expect_ok(attach_ulp(pair->fd));
}

int main(void)
{
	static const struct test tests[] = {
		EACH_SUITE(keys_twice_are_refused),
		EACH_SUITE(keys_of_wrong_size_are_refused),
		ONCE(keys_of_other_versions_are_refused),
		ONCE(keys_with_flags_are_refused),
		EACH_SUITE(keys_with_reserved_bytes_are_refused),
		ONCE(keys_of_unknown_suites_are_refused),
		EACH_SUITE(keys_at_the_last_sequence_number_are_refused),
		ONCE(keys_from_nowhere_are_refused),
		EACH_SUITE(keys_start_at_their_sequence_numbers),
		EACH_SUITE(keys_are_never_returned),
		EACH_FAMILY(unknown_options_are_refused),
		EACH_FAMILY(info_before_keys_is_blank),
		EACH(info_tells_what_was_set),
		EACH(info_counts_both_directions),
		ONCE(answers_are_cut_to_the_given_length),
		ONCE(answers_to_nowhere_are_refused),
		EACH_FAMILY(features_name_every_option_and_suite),
	};

	return run_cases("options", tests, ARRAY_SIZE(tests), open_attached);
}
