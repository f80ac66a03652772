// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Policies on record size and padding enter; the lengths of the records on the wire
 * are judged, and what is in them.  Sizes that depend on TCP are test_dynamic.c's.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ktest.h"

#define MEGABYTE	(1 << 20)

static const uint16_t sizes[] = { 64, 65, 100, 1000, 4096, 4097, 16384, 16385 };

/* What is sent next comes in records of size bytes, and one that is shorter */
static void expect_records(struct pair *pair, const uint8_t *data, size_t len, size_t size)
{
	uint8_t plain[RECORD_ROOM], type;
	ssize_t n;

	for (size_t done = 0; done < len; done += n) {
		size_t want = len - done < size - 1 ? len - done : size - 1;

		n = peer_next(&pair->peer, plain, &type);
		assert_int_equal(n, want);
		assert_int_equal(type, TYPE_DATA);
		assert_int_equal(pair->peer.inner, want + 1);
		expect_bytes(plain, data + done, want);
	}
}

static void records_are_as_long_as_the_policy_says(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(40000, 1);

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		size_t lengths[] = { sizes[i] - 2, sizes[i] - 1, sizes[i], 2 * sizes[i] + 10 };

		set_policy(pair->fd, (struct seal_policy){ .record_size = sizes[i] });
		for (size_t j = 0; j < ARRAY_SIZE(lengths); j++) {
			expect_count(send(pair->fd, data, lengths[j], 0), lengths[j]);
			expect_records(pair, data, lengths[j], sizes[i]);
		}
	}
	free(data);
}

/* Pieces that add up to records, whatever way they come */
static void pieces_fill_records_of_that_size(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(5000, 2);
	int file = must(open_bytes(data + 1500, 3500));

	set_policy(pair->fd, (struct seal_policy){ .record_size = 1001 });
	for (size_t i = 0; i < 1500; i += 5)
		expect_count(send(pair->fd, data + i, 5, MSG_MORE), 5);
	expect_count(sendfile(pair->fd, file, NULL, 3500), 3500);
	expect_records(pair, data, 5000, 1001);
	close(file);
	free(data);
}

/* It acts from the next record on: what is open was begun under the last one */
static void open_record_keeps_its_size(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(3000, 3);

	expect_count(send(pair->fd, data, 1000, MSG_MORE), 1000);
	set_policy(pair->fd, (struct seal_policy){ .record_size = 64, .padding = 7 });
	expect_count(send(pair->fd, data + 1000, 2000, MSG_MORE), 2000);
	expect_count(send(pair->fd, NULL, 0, 0), 0);
	peer_expect_record(&pair->peer, TYPE_DATA, data, 3000);
	assert_int_equal(pair->peer.inner, 3001);
	expect_count(send(pair->fd, data, 100, 0), 100);
	peer_expect_record(&pair->peer, TYPE_DATA, data, 63);
	assert_int_equal(pair->peer.inner, 64);
	peer_expect_record(&pair->peer, TYPE_DATA, data + 63, 37);
	assert_int_equal(pair->peer.inner, 42);
	free(data);
}

/* RFC 8446 5.4, and never beyond the size (RFC 8449 4) */
static size_t padded(size_t inner, size_t block, size_t size)
{
	size_t sum = (inner + block - 1) / block * block;

	return sum < size ? sum : size;
}

static const uint16_t blocks[] = { 1, 2, 16, 100, 256, 4096, 16384, 16385, 65535 };

static void blocks_are_filled(void **state)
{
	static const size_t lengths[] = { 1, 14, 15, 16, 255, 256, 4095, 4096, 5000, 16383,
					  16384 };
	struct pair *pair = *state;
	uint8_t *data = make_bytes(RECORD_PLAIN_MAX, 4);

	for (size_t i = 0; i < ARRAY_SIZE(blocks); i++) {
		set_policy(pair->fd, (struct seal_policy){ .padding = blocks[i] });
		for (size_t j = 0; j < ARRAY_SIZE(lengths); j++) {
			expect_count(send(pair->fd, data, lengths[j], 0), lengths[j]);
			peer_expect_record(&pair->peer, TYPE_DATA, data, lengths[j]);
			assert_int_equal(pair->peer.inner,
					 padded(lengths[j] + 1, blocks[i], RECORD_INNER_MAX));
		}
	}
	free(data);
}

static void padding_stays_within_short_records(void **state)
{
	struct pair *pair = *state;
	uint8_t data[100];

	fill_bytes(data, sizeof(data), 5);
	for (uint16_t block = 1; block < 120; block++) {
		set_policy(pair->fd, (struct seal_policy){ .record_size = 101,
							   .padding = block });
		for (size_t len = 1; len <= sizeof(data); len += 9) {
			expect_count(send(pair->fd, data, len, 0), len);
			peer_expect_record(&pair->peer, TYPE_DATA, data, len);
			assert_int_equal(pair->peer.inner, padded(len + 1, block, 101));
		}
	}
}

/* Pages of files, which the cipher reads where they are */
static void files_are_padded(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(20000, 6);
	int file = must(open_bytes(data, 20000));

	set_policy(pair->fd, (struct seal_policy){ .record_size = 8000, .padding = 8000 });
	expect_count(sendfile(pair->fd, file, NULL, 20000), 20000);
	for (size_t done = 0; done < 20000; ) {
		uint8_t plain[RECORD_ROOM], type;
		ssize_t n = peer_next(&pair->peer, plain, &type);

		assert_in_range(n, 1, 7999);
		assert_int_equal(pair->peer.inner, 8000);
		expect_bytes(plain, data + done, n);
		done += n;
	}
	close(file);
	free(data);
}

/* Two records that grow in turn out of the same memory, in as many pieces */
static void scattered_records_are_padded(void **state)
{
	struct pair *first = *state, second;
	uint8_t *data = make_bytes(1000, 7);

	pair_open(&second, first->variant);
	set_policy(first->fd, (struct seal_policy){ .padding = UINT16_MAX });
	set_policy(second.fd, (struct seal_policy){ .padding = UINT16_MAX });
	for (size_t i = 0; i < 1000; i += 50) {
		expect_count(send(first->fd, data + i, 50, MSG_MORE), 50);
		expect_count(send(second.fd, data + i, 50, MSG_MORE), 50);
	}
	expect_count(send(first->fd, NULL, 0, 0), 0);
	expect_count(send(second.fd, NULL, 0, 0), 0);
	peer_expect_data(&first->peer, data, 1000);
	peer_expect_data(&second.peer, data, 1000);
	assert_int_equal(first->peer.inner, RECORD_INNER_MAX);
	assert_int_equal(second.peer.inner, RECORD_INNER_MAX);
	pair_close(&second);
	free(data);
}

static void key_updates_are_padded(void **state)
{
	static const uint8_t update[] = { HS_KEY_UPDATE, 0, 0, 1, 0 };
	struct pair *pair = *state;

	set_policy(pair->fd, (struct seal_policy){ .record_size = 512, .padding = 128 });
	peer_send_key_update(&pair->peer, 1);
	pair_sync(pair);
	expect_nothing_to_read(pair->fd);
	expect_count(send(pair->fd, "data", 4, 0), 4);
	peer_expect_record(&pair->peer, TYPE_HANDSHAKE, update, sizeof(update));
	assert_int_equal(pair->peer.inner, 128);
	half_update(&pair->peer.rx);
	peer_expect_record(&pair->peer, TYPE_DATA, "data", 4);
	assert_int_equal(pair->peer.inner, 128);
}

static void close_notify_is_padded(void **state)
{
	struct pair *pair = *state;

	set_policy(pair->fd, (struct seal_policy){ .record_size = 64, .padding = 100 });
	expect_ok(shutdown(pair->fd, SHUT_WR));
	peer_expect_alert(&pair->peer, ALERT_WARNING, ALERT_CLOSE_NOTIFY);
	assert_int_equal(pair->peer.inner, 64);
	peer_expect_eof(&pair->peer);
}

static void fatal_alert_is_padded(void **state)
{
	struct pair *pair = *state;

	set_policy(pair->fd, (struct seal_policy){ .padding = UINT16_MAX });
	pair->peer.tx.seq++;
	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	expect_failed(pair->fd, EBADMSG);
	peer_expect_alert(&pair->peer, ALERT_FATAL, ALERT_BAD_RECORD_MAC);
	assert_int_equal(pair->peer.inner, RECORD_INNER_MAX);
}

/* More than TCP's buffers hold, so that records wait in pieces */
static void long_streams_are_whole(void **state)
{
	static const struct seal_policy policies[] = {
		{ .record_size = 64 },
		{ .record_size = 3000, .padding = 1024 },
		{ .padding = UINT16_MAX },
		{ .flags = SEAL_POLICY_DYNAMIC_SIZE, .padding = 300 },
	};
	struct pair *pair = *state;
	uint8_t *data = make_bytes(MEGABYTE, 8);

	for (size_t i = 0; i < ARRAY_SIZE(policies); i++) {
		struct worker *reader = worker_collect(&pair->peer, MEGABYTE);
		struct worker *writer;

		set_policy(pair->fd, policies[i]);
		writer = worker_write(pair->fd, data, MEGABYTE);
		worker_join(writer, NULL, MEGABYTE);
		worker_join(reader, data, MEGABYTE);
	}
	free(data);
}

int main(void)
{
	static const struct test tests[] = {
		EACH_SUITE(records_are_as_long_as_the_policy_says),
		EACH_SUITE(pieces_fill_records_of_that_size),
		EACH_SUITE(open_record_keeps_its_size),
		EACH_SUITE(blocks_are_filled),
		ONCE(padding_stays_within_short_records),
		EACH_SUITE(files_are_padded),
		EACH_SUITE(scattered_records_are_padded),
		EACH_SUITE(key_updates_are_padded),
		EACH_SUITE(close_notify_is_padded),
		EACH_SUITE(fatal_alert_is_padded),
		EACH_SUITE(long_streams_are_whole),
	};

	return run_cases("sizing", tests, ARRAY_SIZE(tests), pair_open);
}
