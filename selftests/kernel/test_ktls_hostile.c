// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Bad records enter a socket of the ULP "tls", in both versions and with every
 * cipher; no byte of them leaves, and the errno is that of in-tree tls.
 *
 * A header that is wrong is told once, as tls_rx_msg_size() in net/tls/tls_sw.c of
 * Linux 7.3 has it; a record that does not open is told again and again.  No alert
 * is sent: that is the program's to do.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "ktls.h"

/* Bytes that no test sends as data, to see what a failed read writes */
#define UNTOUCHED	0xaa

#define STORM		1000

static bool is_tls13(const struct pair *pair)
{
	return pair->variant->version == TLS_1_3_VERSION;
}

static void reopen(struct pair *pair)
{
	const struct variant *variant = pair->variant;

	pair_close(pair);
	ktls_open(pair, variant);
}

/* In-tree tls deciphers into the memory of the program before it knows the tag */
static void expect_untouched(const uint8_t *buf, size_t len)
{
	if (ktls_is_in_tree())
		return;
	for (size_t i = 0; i < len; i++)
		assert_true(buf[i] == UNTOUCHED || !buf[i]);
}

/* @again: what the calls after the first one get */
static void expect_refused(struct pair *pair, int error, int again)
{
	uint8_t buf[256];

	memset(buf, UNTOUCHED, sizeof(buf));
	expect_errno(recv(pair->fd, buf, sizeof(buf), 0), error);
	expect_untouched(buf, sizeof(buf));
	expect_errno(recv(pair->fd, buf, sizeof(buf), MSG_DONTWAIT), again);
	expect_errno(recv(pair->fd, buf, sizeof(buf), MSG_DONTWAIT | MSG_PEEK), again);
	expect_untouched(buf, sizeof(buf));
	expect_errno(recv(pair->peer.fd, buf, 1, MSG_DONTWAIT), EAGAIN);
}

static void expect_broken(struct pair *pair)
{
	expect_refused(pair, EBADMSG, EBADMSG);
}

/* A record of 4 bytes with one changed */
static void send_changed(struct pair *pair, size_t at, uint8_t mask)
{
	uint8_t record[64];
	size_t len = record_seal(&pair->peer.tx, TYPE_DATA, "data", 4, record);

	record[at] ^= mask;
	assert_true(peer_write(&pair->peer, record, len));
}

static size_t start_of_text(const struct pair *pair)
{
	return RECORD_HEADER + record_explicit_nonce(&pair->peer.tx);
}

/* Bytes of a sealed record of 4 bytes before its tag */
static size_t start_of_tag(const struct pair *pair)
{
	return start_of_text(pair) + 4 + is_tls13(pair);
}

static void each_bit_of_the_tag_counts(void **state)
{
	struct pair *pair = *state;

	for (size_t bit = 0; bit < 8 * RECORD_TAG; bit++) {
		send_changed(pair, start_of_tag(pair) + bit / 8, 1 << bit % 8);
		expect_broken(pair);
		reopen(pair);
	}
}

/* The explicit nonce is a part of the record, too */
static void each_byte_before_the_tag_counts(void **state)
{
	static const uint8_t masks[] = { 0x01, 0x80, 0xff };
	struct pair *pair = *state;

	for (size_t at = RECORD_HEADER; at < start_of_tag(pair); at++) {
		send_changed(pair, at, masks[at % ARRAY_SIZE(masks)]);
		expect_broken(pair);
		reopen(pair);
	}
}

/* RFC 5246 6.2.3.3: in TLS 1.2 the type is in the clear, and authenticated */
static void changed_type_is_found_out(void **state)
{
	struct pair *pair = *state;

	if (is_tls13(pair))
		return;
	send_changed(pair, 0, TYPE_DATA ^ TYPE_ALERT);
	expect_broken(pair);
}

static void replayed_record_is_refused(void **state)
{
	struct pair *pair = *state;
	uint8_t record[64];
	size_t len = record_seal(&pair->peer.tx, TYPE_DATA, "data", 4, record);

	assert_true(peer_write(&pair->peer, record, len));
	expect_recv(pair->fd, "data", 4);
	assert_true(peer_write(&pair->peer, record, len));
	expect_broken(pair);
}

static void missing_record_is_refused(void **state)
{
	struct pair *pair = *state;

	pair->peer.tx.seq++;
	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	expect_broken(pair);
}

/* Nothing of a large record, wherever the cipher has put it */
static void bad_tag_leaves_no_plaintext(void **state)
{
	static const size_t sizes[] = { 1, 100, 4096, 16384 };
	struct pair *pair = *state;
	uint8_t *data = make_room(RECORD_PLAIN_MAX), *buf = make_room(65536);
	uint8_t *record = make_room(RECORD_ROOM);

	memset(data, 0x55, RECORD_PLAIN_MAX);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		size_t len = record_seal(&pair->peer.tx, TYPE_DATA, data, sizes[i], record);

		record[len - 1] ^= 1;
		assert_true(peer_write(&pair->peer, record, len));
		memset(buf, UNTOUCHED, 65536);
		expect_errno(recv(pair->fd, buf, 65536, 0), EBADMSG);
		expect_untouched(buf, 65536);
		reopen(pair);
	}
	free(record);
	free(buf);
	free(data);
}

/* The bytes of a header, and enough behind it to judge it */
struct bytes {
	uint8_t	at[64];
};

static struct bytes with_header(uint8_t major, uint8_t minor, size_t len)
{
	struct bytes bytes = { { TYPE_DATA, major, minor, len >> 8, len } };

	return bytes;
}

static void refuses_header(struct pair *pair, struct bytes bytes, int error)
{
	peer_send(&pair->peer, TYPE_DATA, "good", 4);
	assert_true(peer_write(&pair->peer, bytes.at, sizeof(bytes.at)));
	expect_recv(pair->fd, "good", 4);
	expect_refused(pair, error, EAGAIN);
	reopen(pair);
}

/* What is around the text of a record, at least */
static size_t overhead(const struct pair *pair)
{
	return record_explicit_nonce(&pair->peer.tx) + RECORD_TAG;
}

static void short_lengths_are_refused(void **state)
{
	struct pair *pair = *state;

	for (size_t len = 0; len < overhead(pair); len++)
		refuses_header(pair, with_header(3, 3, len), EBADMSG);
}

static void long_lengths_are_refused(void **state)
{
	static const size_t lengths[] = { 16384 + 257, 0x5000, 0x8000, 65535 };
	struct pair *pair = *state;

	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++)
		refuses_header(pair, with_header(3, 3, lengths[i]), EMSGSIZE);
}

/*
 * RFC 8446 5.2: in TLS 1.3 the version MUST be ignored, and the tag tells that it was
 * changed.  In-tree tls compares it in both versions.
 */
static bool ignores_version(const struct pair *pair)
{
	return is_tls13(pair) && !ktls_is_in_tree();
}

static void changed_version_is_found_out(void **state)
{
	struct pair *pair = *state;

	for (size_t at = 1; ignores_version(pair) && at <= 2; at++) {
		send_changed(pair, at, 1);
		expect_broken(pair);
		reopen(pair);
	}
}

static void other_versions_are_refused(void **state)
{
	static const uint8_t versions[][2] = { { 0, 0 }, { 3, 0 }, { 3, 1 }, { 3, 2 }, { 3, 4 },
					       { 2, 3 }, { 4, 3 }, { 255, 255 } };
	struct pair *pair = *state;

	for (size_t i = 0; !ignores_version(pair) && i < ARRAY_SIZE(versions); i++)
		refuses_header(pair, with_header(versions[i][0], versions[i][1], 100), EINVAL);
}

/* RFC 8446 5.2: in TLS 1.3 there is one type outside, which in-tree tls does not see */
static void text_is_refused(void **state)
{
	struct pair *pair = *state;
	struct bytes http = { "GET / HTTP/1.0\r\nHost: localhost\r\n\r\n" };

	refuses_header(pair, http, ignores_version(pair) ? EBADMSG : EINVAL);
}

static void other_outer_types_are_refused(void **state)
{
	static const uint8_t types[] = { 0, TYPE_CHANGE_CIPHER_SPEC, TYPE_ALERT,
					 TYPE_HANDSHAKE, 24, 255 };
	struct pair *pair = *state;

	if (!is_tls13(pair) || ktls_is_in_tree())
		return;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		send_changed(pair, 0, TYPE_DATA ^ types[i]);
		expect_refused(pair, EBADMSG, EAGAIN);
		reopen(pair);
	}
}

static void expect_unreadable(int fd)
{
	uint8_t byte;

	assert_false(readable(fd));
	expect_errno(recv(fd, &byte, 1, MSG_DONTWAIT), EAGAIN);
}

/* In-tree tls wants the explicit nonce behind it, too, and the errno can wait so long */
static void header_in_pieces_is_refused(void **state)
{
	struct pair *pair = *state;
	struct bytes bytes = with_header(3, 3, 65535);

	for (size_t i = 0; i < RECORD_HEADER; i++) {
		expect_unreadable(pair->fd);
		assert_true(peer_write(&pair->peer, bytes.at + i, 1));
		pair_sync(pair);
	}
	assert_true(peer_write(&pair->peer, bytes.at + RECORD_HEADER, 8));
	expect_refused(pair, EMSGSIZE, EAGAIN);
}

/* poll() finds the bad header, and the read after it is told nevertheless */
static void poll_leaves_the_error_to_the_reader(void **state)
{
	struct pair *pair = *state;
	struct bytes bytes = with_header(3, 3, 65535);
	uint8_t byte;

	assert_true(peer_write(&pair->peer, bytes.at, sizeof(bytes.at)));
	pair_sync(pair);
	assert_true(readable(pair->fd));
	assert_true(readable(pair->fd));
	expect_errno(recv(pair->fd, &byte, 1, MSG_DONTWAIT), EMSGSIZE);
	expect_unreadable(pair->fd);
}

static void refuses_plaintext(struct pair *pair, const void *inner, size_t len, int error)
{
	uint8_t byte;

	peer_send(&pair->peer, TYPE_DATA, "good", 4);
	peer_send_inner(&pair->peer, inner, len);
	expect_recv(pair->fd, "good", 4);
	expect_errno(recv(pair->fd, &byte, 1, 0), error);
	reopen(pair);
}

/* RFC 8446 5.4: a record without a type */
static void nothing_but_padding_is_refused(void **state)
{
	static const size_t sizes[] = { 1, 2, 16, 1000, 4096, RECORD_INNER_MAX };
	struct pair *pair = *state;
	uint8_t *inner = make_room(RECORD_INNER_MAX);

	for (size_t i = 0; is_tls13(pair) && i < ARRAY_SIZE(sizes); i++)
		refuses_plaintext(pair, inner, sizes[i], EBADMSG);
	free(inner);
}

/* RFC 8446 5.4 and RFC 5246 6.2.3: one byte more than there may be */
static void long_plaintext_is_refused(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(RECORD_PLAIN_MAX + 1, 1), byte;

	peer_send(&pair->peer, TYPE_DATA, data, RECORD_PLAIN_MAX);
	expect_recv(pair->fd, data, RECORD_PLAIN_MAX);
	peer_send(&pair->peer, TYPE_DATA, data, RECORD_PLAIN_MAX + 1);
	expect_errno(recv(pair->fd, &byte, 1, 0), EMSGSIZE);
	free(data);
}

/* Records without content, in as few segments as possible, and one with "data" */
static void send_storm(struct pair *pair)
{
	uint8_t *storm = make_room(STORM * 64 + RECORD_ROOM);
	size_t len = 0;

	for (int i = 0; i < STORM; i++)
		len += record_seal(&pair->peer.tx, TYPE_DATA, "", 0, storm + len);
	len += record_seal(&pair->peer.tx, TYPE_DATA, "data", 4, storm + len);
	assert_true(peer_write(&pair->peer, storm, len));
	free(storm);
}

static void storm_of_empty_records_is_passed_over(void **state)
{
	struct pair *pair = *state;

	send_storm(pair);
	expect_recv(pair->fd, "data", 4);
	expect_unreadable(pair->fd);
}

static void blocked_reader_sits_a_storm_out(void **state)
{
	struct pair *pair = *state;
	struct worker *reader = worker_read(pair->fd, 4);

	send_storm(pair);
	worker_join(reader, "data", 4);
}

int main(void)
{
	static const struct test tests[] = {
		EACH_SUITE(each_bit_of_the_tag_counts),
		EACH_SUITE(each_byte_before_the_tag_counts),
		EACH_SUITE(changed_type_is_found_out),
		EACH_SUITE(replayed_record_is_refused),
		EACH_SUITE(missing_record_is_refused),
		EACH_SUITE(bad_tag_leaves_no_plaintext),
		EACH_SUITE(short_lengths_are_refused),
		EACH_SUITE(long_lengths_are_refused),
		EACH_SUITE(changed_version_is_found_out),
		EACH_FAMILY(other_versions_are_refused),
		EACH_FAMILY(text_is_refused),
		EACH_FAMILY(other_outer_types_are_refused),
		EACH_SUITE(header_in_pieces_is_refused),
		EACH_FAMILY(poll_leaves_the_error_to_the_reader),
		EACH_SUITE(nothing_but_padding_is_refused),
		EACH_SUITE(long_plaintext_is_refused),
		EACH_SUITE(storm_of_empty_records_is_passed_over),
		EACH_FAMILY(blocked_reader_sits_a_storm_out),
	};

	return ktls_run_cases("ktls_hostile", tests, ARRAY_SIZE(tests), ktls_open);
}
