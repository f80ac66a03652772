// SPDX-License-Identifier: GPL-2.0
/*
 * control.c, its table: everything that can come enters, in every state; what RFC 8446
 * and RFC 5246 want to become of it is expected.
 *
 * The socket is not connected and its sending direction is closed: that an alert is
 * owed is seen here, which one ends a connection in the guest.
 */
#include <linux/mm.h>
#include <net/tcp.h>

#include "tests.h"

enum outcome {
	BAD,		/* the connection has ended with EBADMSG */
	TO_READ,		/* the program gets it */
	NOTHING,	/* the stream goes on */
	CLOSED,
	RESET,
	KEPT,		/* a message is in the queue */
	UPDATED,
	REFUSED,	/* no_renegotiation is owed */
};

/**
 * struct row - an event, and what is to become of it
 * @name:	of the test parameter
 * @want:	in TLS 1.3, in the middle of a message; likewise in TLS 1.2
 * @type:	content type of a record that is such an event
 * @len:	its length
 * @data:	its content; of a message that is in two records in the middle
 */
struct row {
	const char	*name;
	u8		want[SEAL_CONTROL_STATES];
	u8		type;
	u8		len;
	u8		data[6];
};

#define ALL(outcome)	{ [0 ... SEAL_CONTROL_STATES - 1] = outcome }

static const struct row rows[] = {
	[SEAL_EVENT_DATA] = { "data", { TO_READ, BAD, TO_READ, TO_READ }, 23, 1, { 'x' } },
	[SEAL_EVENT_EMPTY_DATA] = { "empty_data", { NOTHING, BAD, NOTHING, NOTHING }, 23 },
	[SEAL_EVENT_HANDSHAKE] = { "part_of_a_header", ALL(NOTHING), 22, 1, { 0 } },
	[SEAL_EVENT_EMPTY] = { "empty_handshake", ALL(BAD), 22 },
	[SEAL_EVENT_OTHER_TYPE] = { "change_cipher_spec", ALL(BAD), 20, 1, { 1 } },
	[SEAL_EVENT_BAD_ALERT] = { "long_alert", ALL(BAD), 21, 3, { 1, 90, 0 } },
	[SEAL_EVENT_CLOSE_NOTIFY] = { "close_notify", { CLOSED, BAD, CLOSED, CLOSED },
				      21, 2, { 1, 0 } },
	[SEAL_EVENT_CANCELED] = { "user_canceled", { NOTHING, BAD, NOTHING, NOTHING },
				  21, 2, { 1, 90 } },
	[SEAL_EVENT_FATAL_CANCELED] = { "fatal_user_canceled",
					{ NOTHING, BAD, RESET, RESET }, 21, 2, { 2, 90 } },
	[SEAL_EVENT_WARNING] = { "warning", { RESET, BAD, NOTHING, NOTHING },
				 21, 2, { 1, 40 } },
	[SEAL_EVENT_FATAL] = { "fatal", { RESET, BAD, RESET, RESET }, 21, 2, { 2, 40 } },
	[SEAL_EVENT_MESSAGE] = { "ticket", { KEPT, KEPT, BAD, BAD },
				 22, 5, { 4, 0, 0, 1, 'x' } },
	[SEAL_EVENT_KEY_UPDATE] = { "key_update", { UPDATED, UPDATED, BAD, BAD },
				    22, 5, { 24, 0, 0, 1, 0 } },
	[SEAL_EVENT_KEY_UPDATE_AND_MORE] = { "key_update_and_more", ALL(BAD),
					     22, 6, { 24, 0, 0, 1, 0, 4 } },
	[SEAL_EVENT_HELLO] = { "hello_request", { BAD, BAD, REFUSED, REFUSED }, 22, 4 },
	[SEAL_EVENT_OTHER_MESSAGE] = { "server_hello_done", ALL(BAD), 22, 4, { 14 } },
};

static_assert(ARRAY_SIZE(rows) == SEAL_EVENTS);

KUNIT_ARRAY_PARAM_DESC(rows, rows, name);

static const char *const states[] = {
	[SEAL_CONTROL_TLS13]		= "TLS 1.3",
	[SEAL_CONTROL_TLS13_MIDWAY]	= "TLS 1.3, in a message",
	[SEAL_CONTROL_TLS12]		= "TLS 1.2",
	[SEAL_CONTROL_TLS12_MIDWAY]	= "TLS 1.2, in a message",
};

static_assert(ARRAY_SIZE(states) == SEAL_CONTROL_STATES);

static bool is_tls13(enum seal_control_state state)
{
	return state <= SEAL_CONTROL_TLS13_MIDWAY;
}

static bool is_midway(enum seal_control_state state)
{
	return state == SEAL_CONTROL_TLS13_MIDWAY ||
	       state == SEAL_CONTROL_TLS12_MIDWAY;
}

static struct seal_test_conn *make_conn(struct kunit *test, bool tls13)
{
	struct seal_test_conn *c = seal_test_conn_make(test, &seal_native);
	static const u8 secret[SEAL_SECRET_SIZE];
	u16 id = tls13 ? SEAL_AES_128_GCM_SHA256 : SEAL_ECDHE_RSA_AES_128_GCM_SHA256;
	const struct seal_suite *suite = seal_suite_find(id);

	c->ss.tx.closed = true;
	KUNIT_ASSERT_EQ(test, 0, tls13 ?
			seal_epoch_init(&c->ss.rx.epoch, suite, secret, 0) :
			seal_epoch_init_key(&c->ss.rx.epoch, suite, secret, secret, 0));
	return c;
}

static int take(struct seal_test_conn *c, u8 type, const u8 *data, size_t len)
{
	struct seal_plain plain = { .type = type, .end = len };
	int ret;

	plain.page[0] = alloc_page(GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(c->test, plain.page[0]);
	memcpy(page_address(plain.page[0]), data, len);
	lock_sock(c->sk);
	ret = seal_control_record(c->sk, &plain);
	release_sock(c->sk);
	__free_page(plain.page[0]);
	return ret;
}

/* Get into the middle of a message: of that of the row, or of any */
static size_t begin_message(struct seal_test_conn *c, const struct row *row)
{
	bool message = row->type == 22 && row->len > 1;
	const u8 type = message ? row->data[0] : 4;

	KUNIT_ASSERT_EQ(c->test, 0, take(c, 22, &type, 1));
	KUNIT_ASSERT_TRUE(c->test, seal_control_midway(&c->ss.rx.messages));
	return message;
}

static enum outcome outcome_of(const struct seal_test_conn *c, int ret)
{
	const struct seal_sock *ss = &c->ss;

	if (ret == -ECONNRESET && ss->error == ret)
		return RESET;
	if (ret < 0 || ss->error)
		return BAD;
	if (ret > 0)
		return TO_READ;
	if (ss->rx.closed)
		return CLOSED;
	if (ss->rx.messages.count)
		return KEPT;
	if (ss->rx.epoch.generation)
		return UPDATED;
	return ss->tx.owed == BIT(SEAL_OWED_NO_RENEGOTIATION) ? REFUSED : NOTHING;
}

static void event_is_answered_in_each_state(struct kunit *test)
{
	const struct row *row = test->param_value;
	enum seal_control_state state;

	for (state = 0; state < SEAL_CONTROL_STATES; state++) {
		struct seal_test_conn *c = make_conn(test, is_tls13(state));
		size_t sent = is_midway(state) ? begin_message(c, row) : 0;
		int ret = take(c, row->type, row->data + sent, row->len - sent);

		KUNIT_EXPECT_EQ_MSG(test, (int)row->want[state],
				    (int)outcome_of(c, ret), "%s: %d", states[state], ret);
		if (row->want[state] == BAD)
			KUNIT_EXPECT_EQ(test, -EBADMSG, ret);
	}
}

/* The table itself: what it says for each event is what came out above */
static void table_has_no_other_deeds(struct kunit *test)
{
	static const enum outcome outcomes[] = {
		[SEAL_DEED_UNEXPECTED]	= BAD,
		[SEAL_DEED_UNDECODED]	= BAD,
		[SEAL_DEED_DELIVER]	= TO_READ,
		[SEAL_DEED_IGNORE]	= NOTHING,
		[SEAL_DEED_CLOSE]	= CLOSED,
		[SEAL_DEED_RESET]	= RESET,
		[SEAL_DEED_COLLECT]	= NOTHING,
		[SEAL_DEED_KEEP]	= KEPT,
		[SEAL_DEED_UPDATE]	= UPDATED,
		[SEAL_DEED_REFUSE]	= REFUSED,
	};
	const struct row *row = test->param_value;
	enum seal_control_state state;

	for (state = 0; state < SEAL_CONTROL_STATES; state++) {
		enum seal_deed deed = seal_control_deed(state, row - rows);

		KUNIT_ASSERT_LT(test, (int)deed, (int)ARRAY_SIZE(outcomes));
		KUNIT_EXPECT_EQ_MSG(test, (int)row->want[state], (int)outcomes[deed],
				    "%s", states[state]);
	}
}

/* RFC 8446 4 and RFC 8879 4: after the handshake; RFC 5246 7.4 */
static enum outcome outcome_of_message(u8 type, bool tls13)
{
	switch (type) {
	case 0: case 1:
		return tls13 ? BAD : REFUSED;
	case 4: case 11: case 13: case 15: case 20: case 25:
		return tls13 ? KEPT : BAD;
	default:
		return BAD;
	}
}

/* Without a body, which a KeyUpdate must have: it is bad here */
static void message_is_answered_by_its_type(struct kunit *test)
{
	int type, tls13;

	for (type = 0; type <= U8_MAX; type++) {
		for (tls13 = 0; tls13 < 2; tls13++) {
			const u8 message[SEAL_MESSAGE_HEADER_SIZE] = { type };
			struct seal_test_conn *c = make_conn(test, tls13);
			int ret = take(c, 22, message, sizeof(message));

			KUNIT_EXPECT_EQ_MSG(test, (int)outcome_of_message(type, tls13),
					    (int)outcome_of(c, ret), "message %d", type);
		}
	}
}

static void record_is_answered_by_its_type(struct kunit *test)
{
	int type, tls13;

	for (type = 0; type <= U8_MAX; type++) {
		for (tls13 = 0; tls13 < 2; tls13++) {
			struct seal_test_conn *c = make_conn(test, tls13);
			int ret = take(c, type, (const u8 *)"\4", 1);

			KUNIT_EXPECT_EQ_MSG(test, type == 23 ? 1 : type == 22 ? 0 : -EBADMSG,
					    ret, "content type %d", type);
		}
	}
}

/* RFC 5246 7.2: warnings are ignored but for close_notify, all else is fatal */
static void alert_of_tls12_is_answered_by_its_level(struct kunit *test)
{
	static const u8 levels[] = { 0, 1, 2, 3, U8_MAX };
	int i, description;

	for (i = 0; i < ARRAY_SIZE(levels); i++) {
		for (description = 0; description < SEAL_ALERT_NONE; description++) {
			const u8 alert[] = { levels[i], description };
			struct seal_test_conn *c = make_conn(test, false);
			int ret = take(c, 21, alert, sizeof(alert));
			enum outcome want = !description ? CLOSED :
					    levels[i] == 1 ? NOTHING : RESET;

			KUNIT_EXPECT_EQ_MSG(test, (int)want, (int)outcome_of(c, ret),
					    "level %d, alert %d", levels[i], description);
			KUNIT_EXPECT_EQ(test, description, c->ss.alert_received);
		}
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(event_is_answered_in_each_state, rows_gen_params),
	KUNIT_CASE_PARAM(table_has_no_other_deeds, rows_gen_params),
	KUNIT_CASE(message_is_answered_by_its_type),
	KUNIT_CASE(record_is_answered_by_its_type),
	KUNIT_CASE(alert_of_tls12_is_answered_by_its_level),
	{}
};

static struct kunit_suite suite = {
	.name = "sockseal_table",
	.test_cases = cases,
};

kunit_test_suite(suite);
