// SPDX-License-Identifier: GPL-2.0
/*
 * framer.c: the bytes of records enter the queue of a TCP socket in every way they can
 * be cut, and whole records are what is expected, as soon as they are whole and not
 * before; and of every bad header its alert.
 *
 * The socket was never connected: what TCP would have queued is put there.
 */
#include <linux/mm.h>
#include <net/tcp.h>

#include "tests.h"

KUNIT_ARRAY_PARAM_DESC(rows, seal_test_rows, name);

/* A window that TCP is content with */
#define WIDE	65535

/**
 * struct stream - what a socket receives
 * @test:	the test
 * @conn:	the socket
 * @sk:		the same
 * @rx:		its receiving direction
 * @narrow:	TCP is short of window, so that records have to be taken out of its queue
 */
struct stream {
	struct kunit		*test;
	struct seal_test_conn	*conn;
	struct sock		*sk;
	struct seal_rx		*rx;
	bool			narrow;
};

/* The framer needs no keys, but has to know the suite. */
static struct stream *make_stream(struct kunit *test, bool narrow)
{
	const struct seal_test_row *row = test->param_value;
	struct stream *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, s);
	s->test = test;
	s->narrow = narrow;
	s->conn = seal_test_conn_make(test, &seal_native);
	s->sk = s->conn->sk;
	s->rx = &s->conn->ss.rx;
	s->rx->epoch.suite = row->suite;
	return s;
}

/* The window TCP says it has: the framer asks tcp_epollin_ready() */
static void set_window(struct stream *s)
{
	struct tcp_sock *tp = tcp_sk(s->sk);

	tp->rcv_wnd = s->narrow ? 0 : WIDE;
	tp->rcv_wup = tp->rcv_nxt;
}

static void receive(struct stream *s, const u8 *data, size_t len)
{
	seal_test_conn_receive(s->conn, data, len);
	set_window(s);
}

static int next_record(struct stream *s, size_t *len, u8 *alert)
{
	int ret;

	lock_sock(s->sk);
	ret = seal_framer_next(s->sk, len, alert);
	release_sock(s->sk);
	return ret;
}

static void expect_nothing_yet(struct stream *s)
{
	size_t len;
	u8 alert;

	KUNIT_EXPECT_EQ(s->test, 0, next_record(s, &len, &alert));
}

/* What is in the queue of TCP from behind the prefix on */
static void read_mapped(struct stream *s, u8 *text, size_t len)
{
	struct scatterlist sg[24];

	sg_init_table(sg, ARRAY_SIZE(sg));
	KUNIT_ASSERT_EQ(s->test, 0, seal_framer_map(s->sk, 0, len, sg,
						    ARRAY_SIZE(sg)));
	KUNIT_EXPECT_EQ(s->test, len, sg_copy_to_buffer(sg, sg_nents(sg), text, len));
}

static void read_taken(struct stream *s, u8 *text, size_t len)
{
	KUNIT_ASSERT_EQ(s->test, 0, seal_framer_take(s->sk, len));
	memcpy(text, page_address(s->rx->framer.plain->page[0]), len);
}

/* There is a whole record, it is this one, and it leaves */
static void expect_record(struct stream *s, const u8 *record, size_t size)
{
	const struct seal_framer *framer = &s->rx->framer;
	size_t prefix = seal_prefix_size(s->rx->epoch.suite), len;
	u8 text[64], alert;

	KUNIT_ASSERT_EQ(s->test, 1, next_record(s, &len, &alert));
	KUNIT_ASSERT_EQ(s->test, size, prefix + len);
	KUNIT_EXPECT_MEMEQ(s->test, framer->prefix, record, prefix);
	lock_sock(s->sk);
	if (framer->taken || s->narrow || s->rx->prefill.left)
		read_taken(s, text, len);
	else
		read_mapped(s, text, len);
	KUNIT_EXPECT_MEMEQ(s->test, text, record + prefix, len);
	seal_plain_put(seal_framer_done(s->sk, len));
	release_sock(s->sk);
}

/* Two records, the first with a payload of 21 bytes and the second without any */
struct flight {
	u8	bytes[128];
	size_t	first;
	size_t	size;
};

static size_t write_record(u8 *to, const struct seal_suite *suite, size_t payload)
{
	size_t size = seal_prefix_size(suite) + payload + seal_tail_size(suite), i;

	for (i = 0; i < size; i++)
		to[i] = i * 3 + payload;
	seal_record_write_header(to, suite, SEAL_TYPE_APPLICATION_DATA, payload);
	return size;
}

static void write_flight(struct flight *f, const struct seal_suite *suite)
{
	f->first = write_record(f->bytes, suite, 21);
	f->size = f->first + write_record(f->bytes + f->first, suite, 0);
}

static void expect_flight(struct stream *s, const struct flight *f)
{
	expect_record(s, f->bytes, f->first);
	expect_record(s, f->bytes + f->first, f->size - f->first);
	expect_nothing_yet(s);
	KUNIT_EXPECT_FALSE(s->test, seal_framer_midway(s->sk));
	KUNIT_EXPECT_TRUE(s->test, seal_framer_empty(s->sk));
}

/* In two segments, cut behind each byte; the reader looks after each of them */
static void try_each_split(struct kunit *test, bool narrow)
{
	const struct seal_test_row *row = test->param_value;
	struct stream *s = make_stream(test, narrow);
	struct flight f;
	size_t at;

	write_flight(&f, row->suite);
	for (at = 1; at < f.size; at++) {
		receive(s, f.bytes, at);
		if (at < f.first)
			expect_nothing_yet(s);
		KUNIT_EXPECT_TRUE(test, seal_framer_midway(s->sk));
		receive(s, f.bytes + at, f.size - at);
		expect_flight(s, &f);
	}
}

static void record_in_two_segments(struct kunit *test)
{
	try_each_split(test, false);
}

static void record_in_two_segments_of_a_narrow_window(struct kunit *test)
{
	try_each_split(test, true);
}

/*
 * The first bytes of a flight by SEAL_PREFILL, the rest in two segments; the reader
 * looks after each of the three.
 */
static void try_prefill(struct stream *s, const struct flight *f, size_t first,
			size_t second)
{
	seal_test_conn_prefill(s->conn, f->bytes, first);
	set_window(s);
	if (first && first < f->first)
		expect_nothing_yet(s);
	receive(s, f->bytes + first, second - first);
	if (second < f->first)
		expect_nothing_yet(s);
	receive(s, f->bytes + second, f->size - second);
	expect_flight(s, f);
}

static void try_each_prefill(struct kunit *test, bool narrow)
{
	const struct seal_test_row *row = test->param_value;
	struct stream *s = make_stream(test, narrow);
	size_t first, second;
	struct flight f;

	write_flight(&f, row->suite);
	for (first = 0; first <= f.size; first++)
		for (second = first; second <= f.size; second++)
			try_prefill(s, &f, first, second);
}

static void record_in_prefill_and_segments(struct kunit *test)
{
	try_each_prefill(test, false);
}

static void record_in_prefill_and_segments_of_a_narrow_window(struct kunit *test)
{
	try_each_prefill(test, true);
}

/* The cipher reads nothing but TCP's fragments where it stands */
static void prefill_cannot_be_mapped(struct kunit *test)
{
	const struct seal_test_row *row = test->param_value;
	struct stream *s = make_stream(test, false);
	struct scatterlist sg[2];
	struct flight f;
	size_t len;
	u8 alert;

	write_flight(&f, row->suite);
	seal_test_conn_prefill(s->conn, f.bytes, 1);
	receive(s, f.bytes + 1, f.first - 1);
	KUNIT_ASSERT_EQ(test, 1, next_record(s, &len, &alert));
	sg_init_table(sg, ARRAY_SIZE(sg));
	KUNIT_EXPECT_EQ(test, -EMSGSIZE,
			seal_framer_map(s->sk, 0, len, sg, ARRAY_SIZE(sg)));
	KUNIT_EXPECT_EQ(test, 1, seal_framer_held(s->sk));
}

static void try_single_bytes(struct kunit *test, bool narrow)
{
	const struct seal_test_row *row = test->param_value;
	struct stream *s = make_stream(test, narrow);
	struct flight f;
	size_t at;

	write_flight(&f, row->suite);
	for (at = 0; at < f.first; at++) {
		expect_nothing_yet(s);
		receive(s, f.bytes + at, 1);
	}
	/* more pieces than a reader would map */
	s->narrow = true;
	expect_record(s, f.bytes, f.first);
}

static void record_in_single_bytes(struct kunit *test)
{
	try_single_bytes(test, false);
}

static void record_in_single_bytes_of_a_narrow_window(struct kunit *test)
{
	try_single_bytes(test, true);
}

/* Segments of a peer that repeats itself may overlap in TCP's queue */
static void record_in_overlapping_segments(struct kunit *test)
{
	const struct seal_test_row *row = test->param_value;
	struct stream *s = make_stream(test, false);
	struct flight f;
	size_t at;

	write_flight(&f, row->suite);
	for (at = 1; at < f.size; at++) {
		receive(s, f.bytes, at);
		tcp_sk(s->sk)->rcv_nxt--;
		receive(s, f.bytes + at - 1, f.size - at + 1);
		expect_flight(s, &f);
	}
}

static void more_pieces_than_the_table_has(struct kunit *test)
{
	const struct seal_test_row *row = test->param_value;
	struct stream *s = make_stream(test, false);
	struct scatterlist sg[2];
	struct flight f;
	size_t at, len;
	u8 alert;

	write_flight(&f, row->suite);
	for (at = 0; at < f.first; at++)
		receive(s, f.bytes + at, 1);
	KUNIT_ASSERT_EQ(test, 1, next_record(s, &len, &alert));
	sg_init_table(sg, ARRAY_SIZE(sg));
	KUNIT_EXPECT_EQ(test, -EMSGSIZE,
			seal_framer_map(s->sk, 0, len, sg, ARRAY_SIZE(sg)));
}

/* Bytes that the queue should have and has not, as if another reader had them */
static void stolen_bytes_are_noticed(struct kunit *test)
{
	const struct seal_test_row *row = test->param_value;
	struct stream *s = make_stream(test, false);
	struct flight f;
	size_t len;
	u8 alert;

	write_flight(&f, row->suite);
	receive(s, f.bytes, f.first);
	__skb_queue_purge(&s->sk->sk_receive_queue);
	KUNIT_EXPECT_EQ(test, -EBADMSG, next_record(s, &len, &alert));
	KUNIT_EXPECT_EQ(test, alert, SEAL_ALERT_INTERNAL_ERROR);
}

/* A header is judged as soon as it is there, and not before */
static void bad_header_is_judged_at_once(struct kunit *test)
{
	static const u8 header[SEAL_HEADER_SIZE] = { 23, 3, 3, 0xff, 0xff };
	const struct seal_test_row *row = test->param_value;
	size_t prefix = seal_prefix_size(row->suite), at, len;
	struct stream *s = make_stream(test, false);
	u8 alert;

	for (at = 0; at < prefix; at++) {
		expect_nothing_yet(s);
		receive(s, at < sizeof(header) ? header + at : header, 1);
	}
	KUNIT_EXPECT_EQ(test, -EBADMSG, next_record(s, &len, &alert));
	KUNIT_EXPECT_EQ(test, alert, SEAL_ALERT_RECORD_OVERFLOW);
	/* and stays bad */
	KUNIT_EXPECT_EQ(test, -EBADMSG, next_record(s, &len, &alert));
}

static const u8 types[] = { 0, 20, 21, 22, 23, 24, 255 };
static const u16 versions[] = { 0x0000, 0x0301, 0x0303, 0x0304, 0xffff };
static const u16 lengths[] = { 0, 1, 15, 16, 17, 23, 24, 25, 16384, 16400, 16401, 16408,
			       16409, 16640, 16641, 65535 };

/* What record.c says of a header is what the framer says; record_test.c has it */
static void try_header(struct stream *s, u8 type, u16 version, u16 length)
{
	u8 prefix[SEAL_PREFIX_MAX] = { type, version >> 8, version, length >> 8, length };
	const struct seal_suite *suite = s->rx->epoch.suite;
	size_t len, want_len = 0;
	u8 alert, want_alert;
	int want;

	want = seal_record_read_header(prefix, suite, &want_len, &want_alert);
	receive(s, prefix, seal_prefix_size(suite));
	KUNIT_EXPECT_EQ_MSG(s->test, want, next_record(s, &len, &alert),
			    "type %u version 0x%04x length %u", type, version, length);
	if (want)
		KUNIT_EXPECT_EQ(s->test, alert, want_alert);
	else
		KUNIT_EXPECT_EQ(s->test, len, want_len);

	seal_framer_discard(s->sk);
	memset(&s->rx->framer, 0, sizeof(s->rx->framer));
}

static void each_header_is_judged(struct kunit *test)
{
	struct stream *s = make_stream(test, false);
	unsigned int t, v, l;

	for (t = 0; t < ARRAY_SIZE(types); t++)
		for (v = 0; v < ARRAY_SIZE(versions); v++)
			for (l = 0; l < ARRAY_SIZE(lengths); l++)
				try_header(s, types[t], versions[v], lengths[l]);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(record_in_two_segments, rows_gen_params),
	KUNIT_CASE_PARAM(record_in_two_segments_of_a_narrow_window, rows_gen_params),
	KUNIT_CASE_PARAM(record_in_prefill_and_segments, rows_gen_params),
	KUNIT_CASE_PARAM(record_in_prefill_and_segments_of_a_narrow_window,
			 rows_gen_params),
	KUNIT_CASE_PARAM(prefill_cannot_be_mapped, rows_gen_params),
	KUNIT_CASE_PARAM(record_in_single_bytes, rows_gen_params),
	KUNIT_CASE_PARAM(record_in_single_bytes_of_a_narrow_window, rows_gen_params),
	KUNIT_CASE_PARAM(record_in_overlapping_segments, rows_gen_params),
	KUNIT_CASE_PARAM(more_pieces_than_the_table_has, rows_gen_params),
	KUNIT_CASE_PARAM(stolen_bytes_are_noticed, rows_gen_params),
	KUNIT_CASE_PARAM(bad_header_is_judged_at_once, rows_gen_params),
	KUNIT_CASE_PARAM(each_header_is_judged, rows_gen_params),
	{}
};

static struct kunit_suite suite = {
	.name = "sockseal_framer",
	.suite_init = seal_test_rows_make,
	.test_cases = cases,
};

kunit_test_suite(suite);
