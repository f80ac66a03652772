// SPDX-License-Identifier: GPL-2.0
/*
 * ahead.c on a socket without a network: records enter its queue, and leave in their
 * order for the memory of a reader.  Where the guess was wrong nothing of what was
 * opened too early is left, and no number was used.
 */
#include <linux/bvec.h>
#include <linux/string.h>
#include <linux/uio.h>

#include "tests.h"

KUNIT_ARRAY_PARAM_DESC(rows, seal_test_rows, name);

#define RECORDS	5
#define CONTENT	3000	/* of each, enough for the kernel's own memory */
#define PADDING	100

/**
 * struct stream - what a socket receives, and its reader
 * @conn:	the socket, which may use two CPUs, whether or not there are two
 * @peer:	the other end's keys
 * @iter:	the reader's memory
 * @vec:	the same
 * @memory:	the same, RECORDS times CONTENT and PADDING
 * @len:	of each record that was sent, behind the prefix
 * @sent:	how many
 * @got:	how many of them were taken
 */
struct stream {
	struct seal_test_conn	*conn;
	struct seal_epoch	peer;
	struct iov_iter		iter;
	struct kvec		vec;
	u8			*memory;
	size_t			len[RECORDS];
	unsigned int		sent;
	unsigned int		got;
};

static void release_epoch(void *epoch)
{
	seal_epoch_release(epoch);
}

static void key(struct kunit *test, struct seal_epoch *epoch,
		const struct seal_suite *suite)
{
	static const u8 key[SEAL_KEY_SIZE_MAX] = { 1 }, nonce[SEAL_NONCE_SIZE] = { 2 };

	KUNIT_ASSERT_EQ(test, 0, seal_epoch_init_key(epoch, suite, key, nonce, 0));
	KUNIT_ASSERT_EQ(test, 0, seal_epoch_make_cipher(epoch));
}

static struct stream *make_stream(struct kunit *test)
{
	const struct seal_test_row *row = test->param_value;
	struct stream *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, s);
	seal_test_need_cipher(test, row->suite);
	s->conn = seal_test_conn_make(test, &seal_native);
	s->conn->ss.cpus = 2;
	key(test, &s->conn->ss.rx.epoch, row->suite);
	key(test, &s->peer, row->suite);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, release_epoch,
							   &s->peer));
	s->vec.iov_len = RECORDS * (CONTENT + PADDING);
	s->memory = kunit_kzalloc(test, s->vec.iov_len, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, s->memory);
	s->vec.iov_base = s->memory;
	iov_iter_kvec(&s->iter, ITER_DEST, &s->vec, 1, s->vec.iov_len);
	return s;
}

/* A record of bytes that tell its number, with one bit of its tag turned if @harm */
static void send(struct stream *s, size_t padding, u8 harm)
{
	struct kunit *test = s->conn->test;
	const struct seal_suite *suite = s->peer.suite;
	size_t prefix = seal_prefix_size(suite);
	size_t len = CONTENT + padding + seal_tail_size(suite);
	u8 *record = kunit_kzalloc(test, prefix + len, GFP_KERNEL);
	struct bio_vec piece;

	KUNIT_ASSERT_NOT_NULL(test, record);
	memset(record + prefix, 'a' + s->sent, CONTENT);
	if (suite->type_size)
		record[prefix + CONTENT] = SEAL_TYPE_APPLICATION_DATA;
	bvec_set_virt(&piece, record, prefix + len);
	KUNIT_ASSERT_EQ(test, 0, seal_protect_piece(&s->peer, &piece,
						    SEAL_TYPE_APPLICATION_DATA,
						    CONTENT + padding));
	record[prefix + len - 1] ^= harm;
	s->len[s->sent++] = len;
	seal_test_conn_receive(s->conn, record, prefix + len);
}

/* As a reader does that returns; before the memory goes, which other CPUs may write to */
static void stop(struct stream *s)
{
	lock_sock(s->conn->sk);
	seal_ahead_stop(&s->conn->ss.rx);
	release_sock(s->conn->sk);
}

/* What opener.c does with a record; returns whether it was opened. */
static bool take(struct stream *s, struct seal_plain *plain)
{
	struct sock *sk = s->conn->sk;
	size_t len = s->len[s->got];
	bool opened;

	lock_sock(sk);
	opened = seal_ahead_open(sk, &s->iter, len, plain);
	if (opened) {
		seal_framer_done(sk, len);
		iov_iter_advance(&s->iter, plain->end);
		s->got++;
	}
	release_sock(sk);
	return opened;
}

static bool holds(const u8 *bytes, u8 value, size_t len)
{
	return !memchr_inv(bytes, value, len);
}

static void expect_taken(struct stream *s)
{
	struct kunit *test = s->conn->test;
	struct seal_plain plain = {};
	u8 *at = s->memory + s->got * CONTENT;
	u8 value = 'a' + s->got;

	KUNIT_ASSERT_TRUE(test, take(s, &plain));
	KUNIT_EXPECT_EQ(test, SEAL_TYPE_APPLICATION_DATA, plain.type);
	KUNIT_EXPECT_EQ(test, CONTENT, plain.end);
	KUNIT_EXPECT_TRUE(test, plain.direct);
	KUNIT_EXPECT_TRUE(test, holds(at, value, CONTENT));
	KUNIT_EXPECT_EQ(test, s->got, s->conn->ss.rx.epoch.seq);
}

/* Nothing is there but what was taken, and nothing is being opened. */
static void expect_not_taken(struct stream *s)
{
	struct kunit *test = s->conn->test;
	size_t done = s->got * CONTENT;
	struct seal_plain plain = {};

	KUNIT_EXPECT_FALSE(test, take(s, &plain));
	KUNIT_EXPECT_FALSE(test, seal_ahead_busy(&s->conn->ss.rx));
	KUNIT_EXPECT_EQ(test, s->got, s->conn->ss.rx.epoch.seq);
	KUNIT_EXPECT_TRUE(test, holds(s->memory + done, 0, s->vec.iov_len - done));
}

static void records_are_taken_in_order(struct kunit *test)
{
	struct stream *s = make_stream(test);
	int i;

	for (i = 0; i < RECORDS; i++)
		send(s, 0, 0);
	for (i = 0; i < RECORDS; i++) {
		expect_taken(s);
		KUNIT_EXPECT_EQ(test, i < RECORDS - 1,
				seal_ahead_busy(&s->conn->ss.rx));
	}
}

static void one_record_is_not_for_it(struct kunit *test)
{
	struct stream *s = make_stream(test);

	send(s, 0, 0);
	expect_not_taken(s);
	KUNIT_EXPECT_NULL(test, s->conn->ss.rx.ahead);
}

/* It is opener.c that finds out what is wrong with it. */
static void record_that_does_not_open_is_not_taken(struct kunit *test)
{
	struct stream *s = make_stream(test);
	int i;

	for (i = 0; i < RECORDS; i++)
		send(s, 0, i == 2);
	expect_taken(s);
	expect_taken(s);
	expect_not_taken(s);
}

/* The padded one is good; those behind it were opened to the wrong place. */
static void padding_is_a_wrong_guess(struct kunit *test)
{
	struct stream *s = make_stream(test);
	int i;

	if (!s->peer.suite->type_size)
		kunit_skip(test, "TLS 1.2 has no padding");
	for (i = 0; i < RECORDS; i++)
		send(s, i == 1 ? PADDING : 0, 0);
	expect_taken(s);
	expect_taken(s);
	expect_not_taken(s);
	/* and for a while there is no guess at all */
	expect_not_taken(s);
}

/* A reader that goes away in between */
static void nothing_is_left_when_it_stops(struct kunit *test)
{
	struct stream *s = make_stream(test);
	struct seal_rx *rx = &s->conn->ss.rx;
	int i;

	for (i = 0; i < RECORDS; i++)
		send(s, 0, 0);
	expect_taken(s);
	stop(s);
	KUNIT_EXPECT_FALSE(test, seal_ahead_busy(rx));
	KUNIT_EXPECT_TRUE(test, holds(s->memory + CONTENT, 0, s->vec.iov_len - CONTENT));
	KUNIT_EXPECT_EQ(test, 1, rx->epoch.seq);
	expect_taken(s);
	stop(s);
}

/* RFC 8446 5.3: no number is guessed that there is not. */
static void numbers_are_not_guessed_beyond_the_last(struct kunit *test)
{
	struct stream *s = make_stream(test);
	int i;

	s->peer.seq = U64_MAX - 2;
	s->conn->ss.rx.epoch.seq = U64_MAX - 2;
	for (i = 0; i < 2; i++)
		send(s, 0, 0);
	for (i = 0; i < 2; i++) {
		struct seal_plain plain = {};

		KUNIT_EXPECT_TRUE(test, take(s, &plain));
	}
	KUNIT_EXPECT_EQ(test, U64_MAX, s->conn->ss.rx.epoch.seq);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(records_are_taken_in_order, rows_gen_params),
	KUNIT_CASE_PARAM(one_record_is_not_for_it, rows_gen_params),
	KUNIT_CASE_PARAM(record_that_does_not_open_is_not_taken, rows_gen_params),
	KUNIT_CASE_PARAM(padding_is_a_wrong_guess, rows_gen_params),
	KUNIT_CASE_PARAM(nothing_is_left_when_it_stops, rows_gen_params),
	KUNIT_CASE_PARAM(numbers_are_not_guessed_beyond_the_last, rows_gen_params),
	{}
};

static struct kunit_suite suite = {
	.name = "sockseal_ahead",
	.suite_init = seal_test_rows_make,
	.test_cases = cases,
};

kunit_test_suite(suite);
