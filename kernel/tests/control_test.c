// SPDX-License-Identifier: GPL-2.0
/*
 * control.c: opened records enter; the queue of messages, the state of a connection
 * and errors are what is expected.
 *
 * The socket is not connected and its sending direction is closed, so that nothing is
 * sent: which alert answers an error is for the tests in a guest to say.
 */
#include <linux/mm.h>
#include <net/tcp.h>

#include "tests.h"

#define TICKET		4
#define KEY_UPDATE	24
#define HEADER		4

/**
 * struct conn - a receiving direction without a network
 * @test:	the test
 * @sk:		TCP socket that was never connected
 * @ss:		its state
 * @plain:	the record that comes in, with all the pages it can have
 */
struct conn {
	struct kunit		*test;
	struct sock		*sk;
	struct seal_sock	*ss;
	struct seal_plain	plain;
};

static void put_conn(void *arg)
{
	struct conn *c = arg;

	while (c->plain.pages)
		__free_page(c->plain.page[--c->plain.pages]);
}

static void fill_conn(struct conn *c)
{
	const struct seal_test_secret *s = &seal_test_secrets[0];

	c->ss->tx.closed = true;
	KUNIT_ASSERT_EQ(c->test, 0, seal_epoch_init(&c->ss->rx.epoch,
						    seal_suite_find(s->suite),
						    s->generation[0].secret, 42));
	KUNIT_ASSERT_EQ(c->test, 0, seal_epoch_make_cipher(&c->ss->rx.epoch));
	while (c->plain.pages < SEAL_PLAIN_PAGES) {
		struct page *page = alloc_page(GFP_KERNEL);

		KUNIT_ASSERT_NOT_NULL(c->test, page);
		c->plain.page[c->plain.pages++] = page;
	}
}

static struct conn *make_conn(struct kunit *test)
{
	struct conn *c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);
	struct seal_test_conn *conn = seal_test_conn_make(test, &seal_native);

	KUNIT_ASSERT_NOT_NULL(test, c);
	c->test = test;
	c->sk = conn->sk;
	c->ss = &conn->ss;
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, put_conn, c));
	fill_conn(c);
	return c;
}

static void fill_record(struct seal_plain *plain, u8 type, const u8 *data, size_t len)
{
	size_t off, n;

	plain->type = type;
	plain->off = 0;
	plain->end = len;
	for (off = 0; off < len; off += n) {
		n = min_t(size_t, len - off, PAGE_SIZE);
		memcpy(page_address(plain->page[off / PAGE_SIZE]), data + off, n);
	}
}

/* A record comes in */
static int take(struct conn *c, u8 type, const u8 *data, size_t len)
{
	int err;

	fill_record(&c->plain, type, data, len);
	lock_sock(c->sk);
	err = seal_control_record(c->sk, &c->plain);
	release_sock(c->sk);
	return err;
}

static void expect_taken(struct conn *c, const u8 *data, size_t len)
{
	KUNIT_ASSERT_EQ(c->test, 0, take(c, SEAL_TYPE_HANDSHAKE, data, len));
}

/* The connection has ended, and says so to whoever asks */
static void expect_failed(struct conn *c, u8 type, const u8 *data, size_t len)
{
	KUNIT_EXPECT_EQ(c->test, -EBADMSG, take(c, type, data, len));
	KUNIT_EXPECT_EQ(c->test, -EBADMSG, c->ss->error);
	KUNIT_EXPECT_EQ(c->test, 0, c->ss->rx.epoch.generation);
}

/* A ticket of @len bytes in all that differs from others by @mark */
static u8 *make_message(struct kunit *test, size_t len, u8 mark)
{
	u8 *message = kunit_kmalloc(test, len, GFP_KERNEL);
	size_t body = len - HEADER, i;

	KUNIT_ASSERT_NOT_NULL(test, message);
	message[0] = TICKET;
	message[1] = body >> 16;
	message[2] = body >> 8;
	message[3] = body;
	for (i = HEADER; i < len; i++)
		message[i] = mark + i + i / 256;
	return message;
}

/* The oldest message is this one; it leaves the queue */
static void expect_message(struct conn *c, const u8 *data, size_t len)
{
	struct seal_message *message = seal_control_peek(c->ss);

	KUNIT_ASSERT_NOT_NULL(c->test, message);
	KUNIT_ASSERT_EQ(c->test, message->len, len);
	KUNIT_EXPECT_EQ(c->test, 0, memcmp(message->data, data, len));
	seal_control_pop(c->ss);
}

static void expect_no_message(struct conn *c)
{
	KUNIT_EXPECT_NULL(c->test, seal_control_peek(c->ss));
	KUNIT_EXPECT_EQ(c->test, 0, c->ss->rx.messages.count);
	KUNIT_EXPECT_EQ(c->test, 0, c->ss->rx.messages.bytes);
	KUNIT_EXPECT_FALSE(c->test, seal_control_midway(&c->ss->rx.messages));
}

struct length {
	const char	*name;
	size_t		len;
};

static const struct length lengths[] = {
	{ "header_alone", HEADER },
	{ "one_byte", HEADER + 1 },
	{ "a_few_bytes", HEADER + 250 },
	{ "page", PAGE_SIZE },
	{ "more_than_a_page", PAGE_SIZE + 1 },
	{ "whole_queue", SEAL_MESSAGE_QUEUE_SIZE },
};

KUNIT_ARRAY_PARAM_DESC(lengths, lengths, name);

static void message_is_kept(struct kunit *test)
{
	const struct length *want = test->param_value;
	u8 *message = make_message(test, want->len, 0);
	struct conn *c = make_conn(test);

	expect_taken(c, message, want->len);
	KUNIT_EXPECT_EQ(test, 1, c->ss->rx.messages.count);
	KUNIT_EXPECT_EQ(test, want->len, c->ss->rx.messages.bytes);
	expect_message(c, message, want->len);
	expect_no_message(c);
	KUNIT_EXPECT_EQ(test, 0, c->ss->rx.messages.dropped);
}

/* RFC 8446 5.1: a message may be fragmented over records, anywhere */
static void message_in_two_records_is_joined(struct kunit *test)
{
	const struct length *want = test->param_value;
	u8 *message = make_message(test, want->len, 0);
	struct conn *c = make_conn(test);
	size_t split;

	for (split = 1; split < want->len; split++) {
		expect_taken(c, message, split);
		KUNIT_ASSERT_TRUE(test, seal_control_midway(&c->ss->rx.messages));
		KUNIT_ASSERT_NULL(test, seal_control_peek(c->ss));
		expect_taken(c, message + split, want->len - split);
		expect_message(c, message, want->len);
		expect_no_message(c);
	}
}

static void message_in_single_bytes_is_joined(struct kunit *test)
{
	const struct length *want = test->param_value;
	u8 *message = make_message(test, want->len, 0);
	struct conn *c = make_conn(test);
	size_t i;

	for (i = 0; i < want->len; i++)
		expect_taken(c, message + i, 1);
	expect_message(c, message, want->len);
	expect_no_message(c);
}

/* RFC 8446 5.1: several messages may be in one record */
static void messages_in_one_record_are_parted(struct kunit *test)
{
	size_t len = 100, n = SEAL_MESSAGE_QUEUE_SIZE / len, i;
	u8 *record = kunit_kmalloc(test, n * len, GFP_KERNEL);
	struct conn *c = make_conn(test);

	KUNIT_ASSERT_NOT_NULL(test, record);
	for (i = 0; i < n; i++)
		memcpy(record + i * len, make_message(test, len, i), len);
	expect_taken(c, record, n * len);
	KUNIT_EXPECT_EQ(test, n, c->ss->rx.messages.count);
	for (i = 0; i < n; i++)
		expect_message(c, record + i * len, len);
	expect_no_message(c);
}

/* What does not fit pushes out the oldest ones, and only as many as it must */
static void new_message_replaces_the_oldest(struct kunit *test)
{
	size_t third = SEAL_MESSAGE_QUEUE_SIZE / 3, half = SEAL_MESSAGE_QUEUE_SIZE / 2;
	struct conn *c = make_conn(test);
	int i;

	for (i = 0; i < 3; i++)
		expect_taken(c, make_message(test, third, i), third);
	KUNIT_EXPECT_EQ(test, 0, c->ss->rx.messages.dropped);
	expect_taken(c, make_message(test, half, 3), half);
	KUNIT_EXPECT_EQ(test, 2, c->ss->rx.messages.dropped);
	KUNIT_EXPECT_EQ(test, 2, c->ss->rx.messages.count);
	KUNIT_EXPECT_EQ(test, third + half, c->ss->rx.messages.bytes);
	expect_message(c, make_message(test, third, 2), third);
	expect_message(c, make_message(test, half, 3), half);
	expect_no_message(c);
}

static const struct length too_long[] = {
	{ "by_one_byte", SEAL_MESSAGE_QUEUE_SIZE + 1 },
	{ "by_far", HEADER + 0x123456 },
};

KUNIT_ARRAY_PARAM_DESC(too_long, too_long, name);

/* It goes by, record after record, and takes neither memory nor other messages */
static void message_longer_than_the_queue_is_dropped(struct kunit *test)
{
	const struct length *want = test->param_value;
	u8 *message = make_message(test, want->len, 0);
	struct conn *c = make_conn(test);
	size_t off, n;

	expect_taken(c, make_message(test, 100, 1), 100);
	for (off = 0; off < want->len; off += n) {
		n = min_t(size_t, want->len - off, SEAL_PAYLOAD_MAX);
		expect_taken(c, message + off, n);
		KUNIT_ASSERT_NULL(test, c->ss->rx.messages.partial);
	}
	KUNIT_EXPECT_EQ(test, 1, c->ss->rx.messages.dropped);
	expect_taken(c, make_message(test, 100, 2), 100);
	expect_message(c, make_message(test, 100, 1), 100);
	expect_message(c, make_message(test, 100, 2), 100);
	expect_no_message(c);
}

struct update {
	const char	*name;
	u8		request;
};

/* RFC 8446 4.6.3 */
static const struct update updates[] = {
	{ "update_not_requested", 0 },
	{ "update_requested", 1 },
};

KUNIT_ARRAY_PARAM_DESC(updates, updates, name);

/* Cut anywhere, also nowhere; the key changes with its last byte */
static void key_update_changes_the_key(struct kunit *test)
{
	const struct update *want = test->param_value;
	u8 message[] = { KEY_UPDATE, 0, 0, 1, want->request };
	size_t split;

	for (split = 1; split <= sizeof(message); split++) {
		struct conn *c = make_conn(test);

		expect_taken(c, message, split);
		if (split < sizeof(message)) {
			KUNIT_EXPECT_EQ(test, 0, c->ss->rx.epoch.generation);
			expect_taken(c, message + split, sizeof(message) - split);
		}
		KUNIT_EXPECT_EQ(test, 1, c->ss->rx.epoch.generation);
		KUNIT_EXPECT_EQ(test, 0, c->ss->rx.epoch.seq);
		KUNIT_EXPECT_MEMEQ(test, c->ss->rx.epoch.iv,
				   seal_test_secrets[0].generation[1].iv,
				   SEAL_NONCE_SIZE);
		KUNIT_EXPECT_EQ(test, want->request ? BIT(SEAL_OWED_UPDATE) : 0,
				c->ss->tx.owed);
		expect_no_message(c);
	}
}

/* RFC 8446 5.1: a message may stand before it in its record, but none behind it */
static void key_update_is_last_in_its_record(struct kunit *test)
{
	const u8 update[] = { KEY_UPDATE, 0, 0, 1, 0 };
	u8 *record = kunit_kzalloc(test, PAGE_SIZE + 2 * sizeof(update), GFP_KERNEL);
	size_t len;

	KUNIT_ASSERT_NOT_NULL(test, record);
	/* the update before, across and behind the end of a page of the record */
	for (len = PAGE_SIZE - sizeof(update) - 1; len <= PAGE_SIZE; len++) {
		struct conn *good = make_conn(test), *bad = make_conn(test);

		memcpy(record, make_message(test, len, 0), len);
		memcpy(record + len, update, sizeof(update));
		expect_taken(good, record, len + sizeof(update));
		KUNIT_EXPECT_EQ(test, 1, good->ss->rx.epoch.generation);
		expect_message(good, record, len);
		expect_no_message(good);
		expect_failed(bad, SEAL_TYPE_HANDSHAKE, record,
			      len + sizeof(update) + 1);
	}
}

struct bad_record {
	const char	*name;
	u8		type;
	u8		len;
	u8		data[10];
};

static const struct bad_record bad_records[] = {
	{ "key_update_of_2", 22, 5, { KEY_UPDATE, 0, 0, 1, 2 } },
	{ "key_update_of_255", 22, 5, { KEY_UPDATE, 0, 0, 1, 255 } },
	{ "key_update_without_body", 22, 4, { KEY_UPDATE, 0, 0, 0 } },
	{ "key_update_too_long", 22, 6, { KEY_UPDATE, 0, 0, 2, 0, 0 } },
	{ "key_update_much_too_long", 22, 6, { KEY_UPDATE, 1, 0, 1, 0, 0 } },
	/* RFC 8446 5.1: key changes MUST be at the end of a record */
	{ "key_update_before_a_byte", 22, 6, { KEY_UPDATE, 0, 0, 1, 0, TICKET } },
	{ "two_key_updates", 22, 10, { KEY_UPDATE, 0, 0, 1, 0, KEY_UPDATE, 0, 0, 1, 0 } },
	/* RFC 8446 5.1: alerts MUST NOT be fragmented or coalesced */
	{ "half_an_alert", 21, 1, { 2 } },
	{ "alert_and_a_byte", 21, 3, { 1, 0, 0 } },
	{ "two_alerts", 21, 4, { 1, 90, 1, 0 } },
	/* RFC 8446 5.4: these MUST NOT be empty */
	{ "empty_alert", 21, 0 },
	{ "empty_handshake", 22, 0 },
	/* RFC 8446 5: protected records have one of three types */
	{ "type_0", 0, 1, { 1 } },
	{ "change_cipher_spec", 20, 1, { 1 } },
	{ "type_24", 24, 1, { 1 } },
	{ "type_255", 255, 1, { 1 } },
};

KUNIT_ARRAY_PARAM_DESC(bad_records, bad_records, name);

static void bad_record_ends_the_connection(struct kunit *test)
{
	const struct bad_record *bad = test->param_value;
	struct conn *c = make_conn(test);

	expect_failed(c, bad->type, bad->data, bad->len);
	KUNIT_EXPECT_FALSE(test, c->ss->rx.closed);
}

/* RFC 8446 5.1: nothing may come between the fragments of a message */
static void record_in_a_message_ends_the_connection(struct kunit *test)
{
	static const struct bad_record between[] = {
		{ "application_data", 23, 1, { 'x' } },
		{ "empty_application_data", 23, 0 },
		{ "alert", 21, 2, { 1, 0 } },
	};
	const u8 message[] = { TICKET, 0, 0, 2, 'x', 'y' };
	unsigned int i;
	size_t split;

	for (i = 0; i < ARRAY_SIZE(between); i++) {
		for (split = 1; split < sizeof(message); split++) {
			struct conn *c = make_conn(test);

			expect_taken(c, message, split);
			expect_failed(c, between[i].type, between[i].data,
				      between[i].len);
			KUNIT_EXPECT_FALSE(test, c->ss->rx.closed);
		}
	}
}

static const struct update levels[] = {
	{ "warning", 1 },
	{ "fatal", 2 },
	{ "no_level", 3 },
};

KUNIT_ARRAY_PARAM_DESC(levels, levels, name);

/* RFC 8446 6: but for two of them, alerts are fatal whatever their level says */
static void alert_is_fatal_by_its_description(struct kunit *test)
{
	u8 alert[] = { ((const struct update *)test->param_value)->request, 0 };
	unsigned int i;

	for (i = 0; i < SEAL_ALERT_NONE; i++) {
		bool close = i == SEAL_ALERT_CLOSE_NOTIFY;
		bool benign = close || i == SEAL_ALERT_USER_CANCELED;
		struct conn *c = make_conn(test);

		alert[1] = i;
		KUNIT_EXPECT_EQ_MSG(test, benign ? 0 : -ECONNRESET,
				    take(c, SEAL_TYPE_ALERT, alert, sizeof(alert)),
				    "alert %u", i);
		KUNIT_EXPECT_EQ(test, benign ? 0 : -ECONNRESET, c->ss->error);
		KUNIT_EXPECT_EQ(test, close, c->ss->rx.closed);
		KUNIT_EXPECT_EQ(test, i, c->ss->alert_received);
	}
}

static void release_drops_what_is_there(struct kunit *test)
{
	struct conn *c = make_conn(test);
	u8 *message = make_message(test, 100, 0);

	expect_taken(c, message, 100);
	expect_taken(c, message, 100);
	expect_taken(c, message, 50);
	KUNIT_EXPECT_NOT_NULL(test, c->ss->rx.messages.partial);
	seal_control_release(&c->ss->rx.messages);
	KUNIT_EXPECT_TRUE(test, list_empty(&c->ss->rx.messages.queue));
	KUNIT_EXPECT_NULL(test, c->ss->rx.messages.partial);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(message_is_kept, lengths_gen_params),
	KUNIT_CASE_PARAM(message_in_two_records_is_joined, lengths_gen_params),
	KUNIT_CASE_PARAM(message_in_single_bytes_is_joined, lengths_gen_params),
	KUNIT_CASE(messages_in_one_record_are_parted),
	KUNIT_CASE(new_message_replaces_the_oldest),
	KUNIT_CASE_PARAM(message_longer_than_the_queue_is_dropped, too_long_gen_params),
	KUNIT_CASE_PARAM(key_update_changes_the_key, updates_gen_params),
	KUNIT_CASE(key_update_is_last_in_its_record),
	KUNIT_CASE_PARAM(bad_record_ends_the_connection, bad_records_gen_params),
	KUNIT_CASE(record_in_a_message_ends_the_connection),
	KUNIT_CASE_PARAM(alert_is_fatal_by_its_description, levels_gen_params),
	KUNIT_CASE(release_drops_what_is_there),
	{}
};

static struct kunit_suite suite = {
	.name = "sockseal_control",
	.test_cases = cases,
};

kunit_test_suite(suite);
