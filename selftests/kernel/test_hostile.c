// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Hostile records enter by the thousand: every bit of a record changed, storms of
 * records that hold nothing, connections that break over them.  Errors and counters
 * must be right, and nothing may be left behind.
 *
 * What each kind of bad record is answered with is test_bad.c's.
 */
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ktest.h"

#define STORM		1000
#define CONNECTIONS	1000

static void reopen(struct pair *pair)
{
	const struct variant *variant = pair->variant;

	pair_close(pair);
	pair_open(pair, variant);
}

static size_t sealed_data(struct pair *pair, uint8_t *record)
{
	return record_seal(&pair->peer.tx, TYPE_DATA, "data", 4, record);
}

/* The alert, after the error has been told again and again */
static void expect_refused(struct pair *pair, int error, uint8_t alert)
{
	expect_failed(pair->fd, error);
	assert_int_equal(info_of(pair->fd).alert_sent, alert);
	peer_expect_alert(&pair->peer, ALERT_FATAL, alert);
}

static void each_bit_of_text_and_tag_counts(void **state)
{
	struct pair *pair = *state;
	long long errors = counter("SealRxErrors"), alerts = counter("SealTxAlerts");
	size_t bits = 8 * (4 + 1 + RECORD_TAG);
	uint8_t record[64];

	for (size_t bit = 0; bit < bits; bit++) {
		size_t len = sealed_data(pair, record);

		record[RECORD_HEADER + bit / 8] ^= 1 << bit % 8;
		assert_true(peer_write(&pair->peer, record, len));
		expect_refused(pair, EBADMSG, ALERT_BAD_RECORD_MAC);
		reopen(pair);
	}
	assert_int_equal(counter("SealRxErrors") - errors, bits);
	assert_int_equal(counter("SealTxAlerts") - alerts, bits);
}

/* What a record is refused with; no error: not before all of it has come */
struct verdict {
	int	error;
	uint8_t	alert;
};

static struct verdict judge_header(const uint8_t *header)
{
	static const struct verdict unexpected = { EBADMSG, ALERT_UNEXPECTED_MESSAGE };
	static const struct verdict overflow = { EMSGSIZE, ALERT_RECORD_OVERFLOW };
	static const struct verdict bad_mac = { EBADMSG, ALERT_BAD_RECORD_MAC };
	static const struct verdict incomplete;
	size_t len = header[3] << 8 | header[4];

	if (header[0] != TYPE_DATA)
		return unexpected;
	if (len > RECORD_CIPHER_MAX)
		return overflow;
	return len > 4 + 1 + RECORD_TAG ? incomplete : bad_mac;
}

/* A record that seems to be longer is waited for until the connection ends */
static void each_bit_of_the_header_counts(void **state)
{
	struct pair *pair = *state;
	uint8_t record[64];

	for (size_t bit = 0; bit < 8 * RECORD_HEADER; bit++) {
		size_t len = sealed_data(pair, record);
		struct verdict verdict;

		record[bit / 8] ^= 1 << bit % 8;
		verdict = judge_header(record);
		assert_true(peer_write(&pair->peer, record, len));
		if (verdict.error) {
			expect_refused(pair, verdict.error, verdict.alert);
		} else {
			pair_sync(pair);
			expect_nothing_to_read(pair->fd);
			expect_ok(shutdown(pair->peer.fd, SHUT_WR));
			wait_fin(pair->fd);
			expect_errno(recv(pair->fd, record, 1, 0), ECONNABORTED);
		}
		reopen(pair);
	}
}

static void header_in_pieces_is_refused(void **state)
{
	static const uint8_t header[] = { TYPE_DATA, 3, 3, 0xff, 0xff };
	struct pair *pair = *state;

	for (size_t i = 0; i < sizeof(header); i++) {
		expect_nothing_to_read(pair->fd);
		assert_true(peer_write(&pair->peer, header + i, 1));
		pair_sync(pair);
	}
	expect_refused(pair, EMSGSIZE, ALERT_RECORD_OVERFLOW);
}

/* Many records in few segments, and then one with data */
static void send_storm(struct pair *pair, uint8_t type, const void *content, size_t len)
{
	uint8_t *storm = make_room(STORM * 64 + RECORD_ROOM);
	size_t n = 0;

	for (int i = 0; i < STORM; i++)
		n += record_seal(&pair->peer.tx, type, content, len, storm + n);
	n += sealed_data(pair, storm + n);
	assert_true(peer_write(&pair->peer, storm, n));
	free(storm);
}

static void storm_of_empty_records_is_passed_over(void **state)
{
	struct pair *pair = *state;
	long long records = counter("SealRxRecords");

	send_storm(pair, TYPE_DATA, "", 0);
	expect_recv(pair->fd, "data", 4);
	expect_nothing_to_read(pair->fd);
	assert_int_equal(counter("SealRxRecords") - records, STORM + 1);
}

static void blocked_reader_sits_a_storm_out(void **state)
{
	struct pair *pair = *state;
	struct worker *reader = worker_read(pair->fd, 4);

	send_storm(pair, TYPE_DATA, "", 0);
	worker_join(reader, "data", 4);
}

static void storm_of_warnings_is_passed_over(void **state)
{
	static const uint8_t alert[] = { ALERT_WARNING, ALERT_USER_CANCELED };
	struct pair *pair = *state;
	long long alerts = counter("SealRxAlerts");

	send_storm(pair, TYPE_ALERT, alert, sizeof(alert));
	expect_recv(pair->fd, "data", 4);
	assert_int_equal(counter("SealRxAlerts") - alerts, STORM);
}

/* A message of no length in each: the queue stays as short as it may be */
static void storm_of_messages_is_bounded(void **state)
{
	static const uint8_t message[] = { HS_NEW_SESSION_TICKET, 0, 0, 0 };
	struct pair *pair = *state;
	struct seal_info info;

	for (int i = 0; i < 3; i++) {
		send_storm(pair, TYPE_HANDSHAKE, message, sizeof(message));
		expect_recv(pair->fd, "data", 4);
	}
	info = info_of(pair->fd);
	assert_true(info.messages * sizeof(message) <= SEAL_MESSAGE_QUEUE_SIZE);
	assert_int_equal(info.messages + info.messages_dropped, 3 * STORM);
}

/* As much padding as there may be around no content at all */
static void storm_of_padding_is_passed_over(void **state)
{
	struct pair *pair = *state;

	for (int i = 0; i < 50; i++) {
		peer_send_padded(&pair->peer, TYPE_DATA, "", 0, RECORD_PLAIN_MAX);
		pair_sync(pair);
		expect_nothing_to_read(pair->fd);
	}
	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	expect_recv(pair->fd, "data", 4);
}

/* How many sockets hold the module; the last ones are let go of in the background */
static int references(void)
{
	FILE *file = fopen("/sys/module/sockseal/refcnt", "re");
	int count = -1;

	assert_non_null(file);
	expect_count(fscanf(file, "%d", &count), 1);
	fclose(file);
	return count;
}

/* Memory in use that is no cache, in KB */
static long memory_in_use(void)
{
	static const struct {
		const char	*name;
		int		sign;
	} parts[] = { { "MemTotal:", 1 }, { "MemFree:", -1 }, { "Buffers:", -1 },
		      { "Cached:", -1 }, { "SReclaimable:", -1 } };
	FILE *file = fopen("/proc/meminfo", "re");
	long value, sum = 0;
	char word[64];

	assert_non_null(file);
	while (fscanf(file, "%63s %ld%*[^\n]", word, &value) == 2)
		for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
			sum += strcmp(word, parts[i].name) ? 0 : parts[i].sign * value;
	fclose(file);
	return sum;
}

/* One connection that ends in the middle of everything */
static void open_and_break(const struct variant *variant)
{
	uint8_t record[RECORD_ROOM], data[16000] = { 0 };
	struct pair pair;
	size_t len;

	pair_open(&pair, variant);
	expect_count(send(pair.fd, "open", 4, MSG_MORE), 4);
	peer_send(&pair.peer, TYPE_DATA, "unread", 6);
	peer_send_ticket(&pair.peer, 1, 1000);
	peer_send(&pair.peer, TYPE_HANDSHAKE, "\4\0\20\0half of a ticket", 20);
	expect_recv(pair.fd, "unre", 4);
	pair_sync(&pair);
	readable(pair.fd);
	len = record_seal(&pair.peer.tx, TYPE_HANDSHAKE, data, sizeof(data), record);
	record[len - 1] ^= 1;
	assert_true(peer_write(&pair.peer, record, len));
	pair_reset_by_peer(&pair);
	pair_close(&pair);
}

static void break_many(const struct variant *variant, int connections, int idle)
{
	for (int i = 0; i < connections; i++)
		open_and_break(variant);
	while (references() > idle)
		sched_yield();
}

/* A kernel with detectors keeps freed memory for a while, to see who uses it */
static bool kernel_has_kmemleak(void)
{
	return !access("/sys/kernel/debug/kmemleak", F_OK);
}

/*
 * What is lost with each connection is lost in every round; what else goes on in the
 * kernel is not.  The state of a socket, or a page, is more than this; smaller things
 * are for kmemleak to find.
 */
static void broken_connections_leave_nothing(void **state)
{
	struct pair *pair = *state;
	int idle = references();
	long lost = LONG_MAX;

	break_many(pair->variant, CONNECTIONS, idle);
	if (kernel_has_kmemleak()) {
		print_message("# kmemleak looks for what was left behind\n");
		return;
	}
	for (int round = 0; round < 4 && lost > CONNECTIONS / 2; round++) {
		long before = memory_in_use();

		break_many(pair->variant, CONNECTIONS, idle);
		lost = memory_in_use() - before;
	}
	print_message("# %ld KB more in use after %d connections\n", lost, CONNECTIONS);
	assert_true(lost <= CONNECTIONS / 2);
}

int main(void)
{
	static const struct test tests[] = {
		EACH_SUITE(each_bit_of_text_and_tag_counts),
		ONCE(each_bit_of_the_header_counts),
		EACH_FAMILY(header_in_pieces_is_refused),
		EACH_SUITE(storm_of_empty_records_is_passed_over),
		EACH_FAMILY(blocked_reader_sits_a_storm_out),
		ONCE(storm_of_warnings_is_passed_over),
		ONCE(storm_of_messages_is_bounded),
		EACH_SUITE(storm_of_padding_is_passed_over),
		ONCE(broken_connections_leave_nothing),
	};

	return run_cases("hostile", tests, ARRAY_SIZE(tests), pair_open);
}
