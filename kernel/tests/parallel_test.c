// SPDX-License-Identifier: GPL-2.0
/*
 * parallel.c on a socket without a network: a long write enters, and TCP takes nothing,
 * or no record can be sealed.  What several CPUs make of it is for the socket tests.
 */
#include <linux/uio.h>

#include "tests.h"

#define RECORDS	5
#define LENGTH	(RECORDS * SEAL_PAYLOAD_MAX)

/* A socket that may use two CPUs, whether or not there are two */
static struct seal_test_conn *make_conn(struct kunit *test,
					const struct seal_suite *suite)
{
	struct seal_test_conn *c = seal_test_conn_make(test, &seal_native);
	u8 secret[SEAL_SECRET_SIZE] = { 1 };

	seal_test_need_cipher(test, suite);
	KUNIT_ASSERT_EQ(test, 0, seal_epoch_init(&c->ss.tx.epoch, suite, secret, 0));
	KUNIT_ASSERT_EQ(test, 0, seal_epoch_make_cipher(&c->ss.tx.epoch));
	seal_policy_apply(&c->ss);
	c->ss.cpus = 2;
	return c;
}

static struct msghdr make_message(struct kunit *test, struct kvec *vec)
{
	struct msghdr msg = { .msg_flags = MSG_DONTWAIT | MSG_NOSIGNAL };

	vec->iov_len = LENGTH;
	vec->iov_base = kunit_kzalloc(test, LENGTH, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, vec->iov_base);
	iov_iter_kvec(&msg.msg_iter, ITER_SOURCE, vec, 1, LENGTH);
	return msg;
}

static int send(struct seal_test_conn *c, struct msghdr *msg)
{
	int ret;

	lock_sock(c->sk);
	KUNIT_EXPECT_TRUE(c->test, seal_parallel_ready(&c->ss.tx));
	KUNIT_EXPECT_EQ(c->test, 0, seal_sealer_open(c->sk, SEAL_TYPE_APPLICATION_DATA,
						     LENGTH));
	ret = seal_parallel_send(c->sk, msg);
	release_sock(c->sk);
	return ret;
}

/* All that got a number stays, in order, behind the record that TCP did not take. */
static void what_tcp_does_not_take_waits(struct kunit *test)
{
	const struct seal_suite *suite = seal_suite_find(SEAL_AES_128_GCM_SHA256);
	struct seal_test_conn *c = make_conn(test, suite);
	size_t record = SEAL_PAYLOAD_MAX + SEAL_HEADER_SIZE + 1 + SEAL_TAG_SIZE;
	struct seal_tx *tx = &c->ss.tx;
	struct kvec vec;
	struct msghdr msg = make_message(test, &vec);
	u64 left;

	KUNIT_EXPECT_EQ(test, -EPIPE, send(c, &msg));
	KUNIT_EXPECT_EQ(test, SEAL_TX_SEALED, tx->state);
	KUNIT_EXPECT_EQ(test, tx->epoch.seq * SEAL_PAYLOAD_MAX, tx->epoch.bytes);
	KUNIT_EXPECT_EQ(test, LENGTH - tx->epoch.bytes, msg_data_left(&msg));
	for (left = tx->epoch.seq; left; left--) {
		KUNIT_EXPECT_EQ(test, left * record, seal_batch_unsent(tx));
		seal_sealer_forget(tx);
		KUNIT_EXPECT_EQ(test, left > 1, seal_parallel_load(tx));
		KUNIT_EXPECT_EQ(test, left > 2, left > 1 && tx->more);
	}
}

/* The cipher wants another IV: no byte is accepted, and the connection is over. */
static void record_that_is_not_sealed_is_the_end(struct kunit *test)
{
	struct seal_suite *suite = kunit_kzalloc(test, sizeof(*suite), GFP_KERNEL);
	struct seal_test_conn *c;
	struct kvec vec;
	struct msghdr msg = make_message(test, &vec);
	int err;

	KUNIT_ASSERT_NOT_NULL(test, suite);
	*suite = *seal_suite_find(SEAL_AES_128_CCM_SHA256);
	c = make_conn(test, suite);
	suite->ccm = false;
	memset(c->ss.tx.epoch.iv, 0, SEAL_NONCE_SIZE);

	err = send(c, &msg);
	KUNIT_EXPECT_LT(test, err, 0);
	KUNIT_EXPECT_EQ(test, err, c->ss.error);
	KUNIT_EXPECT_EQ(test, LENGTH, msg_data_left(&msg));
	KUNIT_EXPECT_EQ(test, 0, c->ss.tx.epoch.bytes);
	KUNIT_EXPECT_EQ(test, 0, seal_batch_unsent(&c->ss.tx));
	KUNIT_EXPECT_EQ(test, SEAL_TX_IDLE, c->ss.tx.state);
	/* no nonce comes again: what was numbered stays numbered */
	KUNIT_EXPECT_GT(test, c->ss.tx.epoch.seq, 0);
}

/* A key that has protected as many records as it may takes no other one. */
static void key_that_is_worn_ends_the_ring(struct kunit *test)
{
	const struct seal_suite *suite = seal_suite_find(SEAL_AES_128_GCM_SHA256);
	struct seal_test_conn *c = make_conn(test, suite);
	struct kvec vec;
	struct msghdr msg = make_message(test, &vec);

	c->ss.tx.records_max = 2;
	KUNIT_EXPECT_EQ(test, -EPIPE, send(c, &msg));
	KUNIT_EXPECT_LE(test, c->ss.tx.epoch.seq, 2);
	KUNIT_EXPECT_EQ(test, 0, c->ss.error);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(what_tcp_does_not_take_waits),
	KUNIT_CASE(record_that_is_not_sealed_is_the_end),
	KUNIT_CASE(key_that_is_worn_ends_the_ring),
	{}
};

static struct kunit_suite suite = {
	.name = "sockseal_parallel",
	.test_cases = cases,
};

kunit_test_suite(suite);
