// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The beginning of a stream of records enters by SEAL_PREFILL, cut at every byte, and
 * the rest by TCP; the plaintext must leave as if all of it had come by TCP.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "prefill.h"

static void three_records(struct pair *pair, struct flight *f)
{
	flight_add_data(pair, f, 5);
	flight_add_data(pair, f, 1);
	flight_add_data(pair, f, 40);
}

static void control_between_data(struct pair *pair, struct flight *f)
{
	flight_add_ticket(pair, f);
	flight_add_data(pair, f, 5);
	flight_add_key_update(pair, f, 0);
	flight_add(pair, f, TYPE_DATA, "", 0);
	flight_add_data(pair, f, 7);
}

static void expect_ready(struct pair *pair, const struct flight *f, size_t from, size_t end)
{
	size_t had = f->ready[from], has = f->ready[end];

	if (has > had) {
		assert_true(readable(pair->fd));
		assert_int_equal(waiting_bytes(pair->fd), has - had);
		expect_recv(pair->fd, f->data + had, has - had);
	}
	expect_nothing_to_read(pair->fd);
}

/* Where the rest of the stream is when the socket is sealed */
static void rest_comes_later(struct pair *pair, const struct flight *f, size_t cut)
{
	seal_prefilled(pair, f->bytes, cut);
	expect_ready(pair, f, 0, cut);
	write_flight(pair, f, cut);
	pair_sync(pair);
	expect_ready(pair, f, cut, f->len);
}

static void rest_is_there(struct pair *pair, const struct flight *f, size_t cut)
{
	write_flight(pair, f, cut);
	pair_sync(pair);
	seal_prefilled(pair, f->bytes, cut);
	expect_ready(pair, f, 0, f->len);
}

static void rest_comes_byte_by_byte(struct pair *pair, const struct flight *f, size_t cut)
{
	seal_prefilled(pair, f->bytes, cut);
	expect_ready(pair, f, 0, cut);
	for (size_t i = cut; i < f->len; i++) {
		assert_true(peer_write(&pair->peer, f->bytes + i, 1));
		pair_sync(pair);
		expect_ready(pair, f, i, i + 1);
	}
}

/* Cut at each byte; a socket can be given bytes only once */
static void cut_everywhere(struct pair *pair, flight_maker *make,
			   void (*run)(struct pair *pair, const struct flight *f, size_t cut))
{
	size_t cut = 0, len;

	do {
		struct flight *f = make_flight(pair, make);

		len = f->len;
		run(pair, f, cut);
		free(f);
		reopen(pair);
	} while (cut++ < len);
}

static void records_cut_at_each_byte(void **state)
{
	cut_everywhere(*state, three_records, rest_comes_later);
}

static void records_cut_before_what_tcp_has(void **state)
{
	cut_everywhere(*state, three_records, rest_is_there);
}

static void rest_in_single_bytes(void **state)
{
	cut_everywhere(*state, three_records, rest_comes_byte_by_byte);
}

static void control_cut_at_each_byte(void **state)
{
	cut_everywhere(*state, control_between_data, rest_comes_later);
	cut_everywhere(*state, control_between_data, rest_is_there);
}

static void bytes_may_come_after_the_keys(void **state)
{
	struct pair *pair = *state;
	struct flight *f = make_flight(pair, three_records);
	const size_t cut = 40;

	seal(pair->fd, &pair->keys);
	expect_nothing_to_read(pair->fd);
	expect_ok(prefill(pair->fd, f->bytes, cut));
	expect_ready(pair, f, 0, cut);
	write_flight(pair, f, cut);
	pair_sync(pair);
	expect_ready(pair, f, cut, f->len);
	free(f);
}

static void they_stand_before_what_tcp_has(void **state)
{
	struct pair *pair = *state;
	struct flight *f = make_flight(pair, three_records);
	const size_t cut = 40;

	write_flight(pair, f, cut);
	pair_sync(pair);
	seal(pair->fd, &pair->keys);
	expect_ok(prefill(pair->fd, f->bytes, cut));
	expect_ready(pair, f, 0, f->len);
	free(f);
}

/* Largest records, largest prefill; in pieces that are no multiple of anything */
static void most_that_is_allowed(void **state)
{
	const size_t len = 5 * RECORD_PLAIN_MAX;
	uint8_t *data = make_bytes(len, 1), *stream = make_room(5 * RECORD_ROOM);
	struct pair *pair = *state;
	struct worker *reader;
	size_t size = 0;

	for (size_t at = 0; at < len; at += RECORD_PLAIN_MAX)
		size += record_seal(&pair->peer.tx, TYPE_DATA, data + at, RECORD_PLAIN_MAX,
				    stream + size);
	seal_prefilled(pair, stream, SEAL_PREFILL_MAX);
	reader = worker_read(pair->fd, len);
	assert_true(peer_write(&pair->peer, stream + SEAL_PREFILL_MAX, size - SEAL_PREFILL_MAX));
	worker_join(reader, data, len);
	expect_nothing_to_read(pair->fd);
	free(stream);
	free(data);
}

/* TCP's window is smaller than the record, whose beginning it never had */
static void rest_is_larger_than_the_window(void **state)
{
	static const size_t cuts[] = { 1, 4, 5, 6, 4096, 4101, 5000, 16000 };
	uint8_t *data = make_bytes(RECORD_PLAIN_MAX, 1), *record = make_room(RECORD_ROOM);
	struct pair *pair = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cuts); i++) {
		size_t len = record_seal(&pair->peer.tx, TYPE_DATA, data, RECORD_PLAIN_MAX,
					 record);
		struct worker *reader;

		set_int(pair->fd, SOL_SOCKET, SO_RCVBUF, 1);
		seal_prefilled(pair, record, cuts[i]);
		reader = worker_read(pair->fd, RECORD_PLAIN_MAX);
		assert_true(peer_write(&pair->peer, record + cuts[i], len - cuts[i]));
		worker_join(reader, data, RECORD_PLAIN_MAX);
		reopen(pair);
	}
	free(record);
	free(data);
}

static void peek_sees_both(void **state)
{
	struct pair *pair = *state;
	struct flight *f = make_flight(pair, three_records);
	uint8_t buf[64];

	seal_prefilled(pair, f->bytes, 30);
	write_flight(pair, f, 30);
	pair_sync(pair);
	expect_count(recv(pair->fd, buf, sizeof(buf), MSG_PEEK), flight_data_len(f));
	expect_bytes(buf, f->data, flight_data_len(f));
	expect_ready(pair, f, 0, f->len);
	free(f);
}

static void splice_sees_both(void **state)
{
	struct pair *pair = *state;
	struct flight *f = make_flight(pair, three_records);
	size_t len = flight_data_len(f);
	uint8_t buf[64];
	int fds[2];

	seal_prefilled(pair, f->bytes, 30);
	write_flight(pair, f, 30);
	pair_sync(pair);
	open_pipe(fds, 65536);
	expect_count(splice(pair->fd, NULL, fds[1], NULL, 4096, 0), len);
	expect_count(read(fds[0], buf, sizeof(buf)), len);
	expect_bytes(buf, f->data, len);
	close_pipe(fds);
	free(f);
}

static void one_ticket(struct pair *pair, struct flight *f)
{
	flight_add_ticket(pair, f);
}

static void ticket_is_fetched(void **state)
{
	struct pair *pair = *state;
	uint8_t message[64];

	seal_with_flight(pair, one_ticket);
	expect_nothing_to_read(pair->fd);
	expect_message(pair->fd, message,
		       message_make(message, HS_NEW_SESSION_TICKET, 7, 20));
}

static void update_with_request(struct pair *pair, struct flight *f)
{
	flight_add_key_update(pair, f, 1);
	flight_add_data(pair, f, 4);
}

static void update_is_answered(void **state)
{
	static const uint8_t answer[] = { HS_KEY_UPDATE, 0, 0, 1, 0 };
	struct pair *pair = *state;
	uint8_t buf[4];

	seal_with_flight(pair, update_with_request);
	expect_count(recv(pair->fd, buf, sizeof(buf), 0), 4);
	peer_expect_record(&pair->peer, TYPE_HANDSHAKE, answer, sizeof(answer));
	assert_int_equal(info_of(pair->fd).rx.generation, 1);
	assert_int_equal(info_of(pair->fd).tx.generation, 1);
}

static void data_and_close_notify(struct pair *pair, struct flight *f)
{
	flight_add_data(pair, f, 4);
	flight_add_alert(pair, f, ALERT_WARNING, ALERT_CLOSE_NOTIFY);
}

static void close_notify_ends_the_stream(void **state)
{
	struct pair *pair = *state;
	uint8_t buf[8];

	seal_with_flight(pair, data_and_close_notify);
	expect_count(recv(pair->fd, buf, sizeof(buf), 0), 4);
	expect_eof(pair->fd);
}

static void data_and_alert(struct pair *pair, struct flight *f)
{
	flight_add_data(pair, f, 4);
	flight_add_alert(pair, f, ALERT_FATAL, ALERT_HANDSHAKE_FAILURE);
}

static void fatal_alert_ends_the_connection(void **state)
{
	struct pair *pair = *state;
	uint8_t buf[8];

	seal_with_flight(pair, data_and_alert);
	expect_count(recv(pair->fd, buf, sizeof(buf), 0), 4);
	expect_failed(pair->fd, ECONNRESET);
	assert_int_equal(info_of(pair->fd).alert_received, ALERT_HANDSHAKE_FAILURE);
}

/* The last bytes of the first record stand in TCP's queue, or do not */
static void bad_tag(struct pair *pair, size_t in_tcp)
{
	struct flight *f = make_flight(pair, three_records);
	size_t len = 5 + RECORD_OVERHEAD;

	f->bytes[len - 1] ^= 1;
	seal_prefilled(pair, f->bytes, len - in_tcp);
	write_flight(pair, f, len - in_tcp);
	expect_failed(pair->fd, EBADMSG);
	peer_expect_alert(&pair->peer, ALERT_FATAL, ALERT_BAD_RECORD_MAC);
	expect_errno(prefill(pair->fd, f->bytes, len), EBUSY);
	free(f);
}

static void bad_tag_is_refused(void **state)
{
	struct pair *pair = *state;

	bad_tag(pair, 0);
	reopen(pair);
	bad_tag(pair, 1);
	reopen(pair);
	bad_tag(pair, 16);
}

static void data_of_the_second_record_is_bad(void **state)
{
	struct pair *pair = *state;
	struct flight *f = make_flight(pair, three_records);
	uint8_t buf[64];

	f->bytes[5 + RECORD_OVERHEAD + RECORD_HEADER] ^= 1;
	seal_prefilled(pair, f->bytes, f->len);
	expect_count(recv(pair->fd, buf, sizeof(buf), 0), 5);
	expect_bytes(buf, f->data, 5);
	expect_failed(pair->fd, EBADMSG);
	free(f);
}

static void long_header_is_refused(void **state)
{
	struct pair *pair = *state;

	seal_prefilled(pair, "\x17\3\3\xff\xff", 5);
	expect_failed(pair->fd, EMSGSIZE);
	peer_expect_alert(&pair->peer, ALERT_FATAL, ALERT_RECORD_OVERFLOW);
}

/* What was never a record: the plain text of somebody else */
static void anything_else_is_refused(void **state)
{
	struct pair *pair = *state;

	seal_prefilled(pair, "GET / HTTP/1.1", 14);
	expect_failed(pair->fd, EBADMSG);
}

/* The FIN is there, too; the peer has sent all of it, or all but @missing bytes */
static void with_fin(struct pair *pair, size_t cut, size_t missing)
{
	struct flight *f = make_flight(pair, three_records);
	size_t sent = f->len - missing;
	uint8_t buf[64];

	assert_true(peer_write(&pair->peer, f->bytes + cut, sent - cut));
	expect_ok(shutdown(pair->peer.fd, SHUT_WR));
	wait_fin(pair->fd);
	seal_prefilled(pair, f->bytes, cut);
	assert_true(readable(pair->fd));
	expect_count(recv(pair->fd, buf, sizeof(buf), 0), f->ready[sent]);
	expect_bytes(buf, f->data, f->ready[sent]);
	expect_errno(recv(pair->fd, buf, 1, 0), ECONNABORTED);
	assert_true(info_of(pair->fd).state & SEAL_STATE_TRUNCATED);
	free(f);
}

static void fin_behind_it_is_found(void **state)
{
	struct pair *pair = *state;
	size_t len = 3 * RECORD_OVERHEAD + 46;

	for (size_t cut = 27; cut <= len; cut++) {
		with_fin(pair, cut, 0);
		reopen(pair);
	}
}

static void fin_inside_a_record_is_found(void **state)
{
	struct pair *pair = *state;

	with_fin(pair, 100, 12);
	reopen(pair);
	with_fin(pair, 28, 83);
	reopen(pair);
	with_fin(pair, 30, 12);
}

/* Where most clients of HTTP/1.0 are: all that will come has come */
static void close_notify_and_fin_are_a_clean_end(void **state)
{
	struct pair *pair = *state;
	struct flight *f = make_flight(pair, data_and_close_notify);

	expect_ok(shutdown(pair->peer.fd, SHUT_WR));
	wait_fin(pair->fd);
	seal_prefilled(pair, f->bytes, f->len);
	expect_recv(pair->fd, f->data, 4);
	expect_eof(pair->fd);
	pair_close_sealed(pair);
	peer_expect_close(&pair->peer);
	free(f);
}

static void close_over_unread_data_is_a_reset(void **state)
{
	struct pair *pair = *state;

	seal_with_flight(pair, three_records);
	pair_close_sealed(pair);
	peer_expect_reset(&pair->peer);
}

static void close_over_part_of_a_record_is_a_reset(void **state)
{
	struct pair *pair = *state;

	seal_prefilled(pair, "\x17\3\3", 3);
	pair_close_sealed(pair);
	peer_expect_reset(&pair->peer);
}

static void close_over_unread_control_is_no_reset(void **state)
{
	struct pair *pair = *state;

	seal_with_flight(pair, one_ticket);
	pair_close_sealed(pair);
	peer_expect_close(&pair->peer);
}

static void close_notify_and_late_data(struct pair *pair, struct flight *f)
{
	flight_add_alert(pair, f, ALERT_WARNING, ALERT_CLOSE_NOTIFY);
	flight_add_data(pair, f, 4);
}

static void close_over_bytes_behind_close_notify_is_no_reset(void **state)
{
	struct pair *pair = *state;

	seal_with_flight(pair, close_notify_and_late_data);
	pair_close_sealed(pair);
	peer_expect_close(&pair->peer);
}

/* The program has taken them from TCP itself */
static void close_without_keys_is_no_reset(void **state)
{
	struct pair *pair = *state;

	expect_ok(attach_ulp(pair->fd));
	expect_ok(prefill(pair->fd, "data", 4));
	pair_close_sealed(pair);
	peer_expect_eof(&pair->peer);
}

int main(void)
{
	static const struct test tests[] = {
		EACH(records_cut_at_each_byte),
		EACH_SUITE(records_cut_before_what_tcp_has),
		ONCE(rest_in_single_bytes),
		EACH_SUITE(control_cut_at_each_byte),
		EACH_FAMILY(bytes_may_come_after_the_keys),
		EACH_FAMILY(they_stand_before_what_tcp_has),
		EACH_SUITE(most_that_is_allowed),
		EACH_SUITE(rest_is_larger_than_the_window),
		EACH_FAMILY(peek_sees_both),
		EACH_FAMILY(splice_sees_both),
		EACH_FAMILY(ticket_is_fetched),
		EACH_SUITE(update_is_answered),
		EACH_FAMILY(close_notify_ends_the_stream),
		EACH_FAMILY(fatal_alert_ends_the_connection),
		EACH_SUITE(bad_tag_is_refused),
		EACH_SUITE(data_of_the_second_record_is_bad),
		EACH_FAMILY(long_header_is_refused),
		EACH_FAMILY(anything_else_is_refused),
		EACH_FAMILY(fin_behind_it_is_found),
		EACH_FAMILY(fin_inside_a_record_is_found),
		EACH_FAMILY(close_notify_and_fin_are_a_clean_end),
		EACH_FAMILY(close_over_unread_data_is_a_reset),
		EACH_FAMILY(close_over_part_of_a_record_is_a_reset),
		EACH_FAMILY(close_over_unread_control_is_no_reset),
		EACH_FAMILY(close_over_bytes_behind_close_notify_is_no_reset),
		EACH_FAMILY(close_without_keys_is_no_reset),
	};

	return run_cases("prefill", tests, ARRAY_SIZE(tests), pair_open_raw);
}
