// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Records enter that are long enough to be opened where the reader wants them, and
 * readers with memory of every kind; plaintext leaves as if it had been copied, and
 * what is not to be read leaves no byte behind.
 *
 * Nothing here polls first: poll() opens records.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ktest.h"

#define PAGE		4096
#define FULL		RECORD_PLAIN_MAX
#define UNTOUCHED	0xaa

static long long direct_bytes(void)
{
	return counter("SealRxDirectBytes");
}

/* The peer sends this, all of it has come, and the buffer is untouched */
static void prepare(struct pair *pair, const void *data, size_t len, uint8_t *buf,
		    size_t room)
{
	peer_send(&pair->peer, TYPE_DATA, data, len);
	pair_sync(pair);
	memset(buf, UNTOUCHED, room);
}

static void expect_unwritten(const uint8_t *buf, size_t len)
{
	for (size_t i = 0; i < len; i++)
		assert_true(buf[i] == UNTOUCHED || !buf[i]);
}

/* All of a record in one call, and not by way of other pages */
static void reads_there(struct pair *pair, const uint8_t *data, size_t len, uint8_t *buf)
{
	long long before = direct_bytes();

	peer_send(&pair->peer, TYPE_DATA, data, len);
	pair_sync(pair);
	expect_count(recv(pair->fd, buf, len, 0), len);
	expect_bytes(buf, data, len);
	assert_int_equal(direct_bytes() - before, len);
}

static void long_records_are_opened_where_they_go(void **state)
{
	static const size_t sizes[] = { 4096, 4097, 5000, 8191, 16368, 16383, FULL };
	static const size_t offs[] = { 1, 15, 16, 4095, 4096 };
	struct pair *pair = *state;
	uint8_t *data = make_bytes(FULL, 1), *buf = make_room(FULL + 2 * PAGE);

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		for (size_t j = 0; j < ARRAY_SIZE(offs); j++) {
			memset(buf, UNTOUCHED, FULL + 2 * PAGE);
			reads_there(pair, data, sizes[i], buf + offs[j]);
			assert_int_equal(buf[offs[j] - 1], UNTOUCHED);
			assert_int_equal(buf[offs[j] + sizes[i]], UNTOUCHED);
		}
	free(buf);
	free(data);
}

static void one_call_opens_many_records_there(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(4 * FULL, 2), *buf = make_room(4 * FULL + 100);
	long long before = direct_bytes();

	for (size_t i = 0; i < 4; i++)
		peer_send(&pair->peer, TYPE_DATA, data + i * FULL, FULL);
	prepare(pair, "short", 5, buf, 4 * FULL + 100);
	expect_count(recv(pair->fd, buf, 4 * FULL + 100, 0), 4 * FULL + 5);
	expect_bytes(buf, data, 4 * FULL);
	expect_bytes(buf + 4 * FULL, "short", 5);
	assert_int_equal(direct_bytes() - before, 4 * FULL);
	free(buf);
	free(data);
}

/* What does not fit is kept for the next call */
static void buffer_that_is_too_short_loses_nothing(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(FULL, 3), *buf = make_room(FULL);

	prepare(pair, data, FULL, buf, FULL);
	expect_count(recv(pair->fd, buf, FULL - 1, 0), FULL - 1);
	expect_bytes(buf, data, FULL - 1);
	assert_int_equal(buf[FULL - 1], UNTOUCHED);
	expect_recv(pair->fd, data + FULL - 1, 1);
	free(buf);
	free(data);
}

/* RFC 8446 5.2: of a record whose tag is wrong nothing may be left anywhere */
static void wrong_tag_leaves_nothing(void **state)
{
	static const size_t wrong[] = { RECORD_HEADER, RECORD_HEADER + FULL / 2,
					RECORD_HEADER + FULL + RECORD_TAG };
	struct pair *pair = *state;
	const struct variant *variant = pair->variant;
	uint8_t *data = make_bytes(FULL, 4), *buf = make_room(2 * FULL);
	uint8_t record[RECORD_ROOM];

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		size_t len = record_seal(&pair->peer.tx, TYPE_DATA, data, FULL, record);

		record[wrong[i]] ^= 1;
		assert_true(peer_write(&pair->peer, record, len));
		pair_sync(pair);
		memset(buf, UNTOUCHED, 2 * FULL);
		expect_errno(recv(pair->fd, buf, 2 * FULL, 0), EBADMSG);
		expect_unwritten(buf, 2 * FULL);
		pair_close(pair);
		pair_open(pair, variant);
	}
	free(buf);
	free(data);
}

/* A ticket is for SEAL_MESSAGE, however large the buffer is */
static void long_control_record_leaves_nothing(void **state)
{
	struct pair *pair = *state;
	uint8_t message[8000], *buf = make_room(2 * FULL);
	size_t len = message_make(message, HS_NEW_SESSION_TICKET, 0x5a, 7000);

	for (size_t padding = 0; padding <= 8192; padding += 4096) {
		peer_send_padded(&pair->peer, TYPE_HANDSHAKE, message, len, padding);
		prepare(pair, "data", 4, buf, 2 * FULL);
		expect_count(recv(pair->fd, buf, 2 * FULL, 0), 4);
		expect_bytes(buf, "data", 4);
		expect_unwritten(buf + 4, 2 * FULL - 4);
		expect_message(pair->fd, message, len);
	}
	free(buf);
}

static void padding_is_not_read(void **state)
{
	static const size_t paddings[] = { 1, 63, 64, 65, 4096, 11000 };
	struct pair *pair = *state;
	uint8_t *data = make_bytes(5000, 5), *buf = make_room(FULL);
	long long before = direct_bytes();

	for (size_t i = 0; i < ARRAY_SIZE(paddings); i++) {
		peer_send_padded(&pair->peer, TYPE_DATA, data, 5000, paddings[i]);
		pair_sync(pair);
		expect_count(recv(pair->fd, buf, FULL, 0), 5000);
		expect_bytes(buf, data, 5000);
	}
	assert_int_equal(direct_bytes() - before, ARRAY_SIZE(paddings) * 5000);
	free(buf);
	free(data);
}

/* RFC 8446 5.4: no content type is an unexpected_message, nothing else */
static void nothing_but_padding_is_refused(void **state)
{
	struct pair *pair = *state;
	uint8_t *zeros = make_room(FULL), *buf = make_room(FULL);

	memset(zeros, 0, FULL);
	peer_send_inner(&pair->peer, zeros, FULL);
	pair_sync(pair);
	memset(buf, UNTOUCHED, FULL);
	expect_errno(recv(pair->fd, buf, FULL, 0), EBADMSG);
	expect_unwritten(buf, FULL);
	free(buf);
	free(zeros);
}

/* A page in the middle that cannot be written: what was before it is read */
static void stops_before_a_page(struct pair *pair, int prot)
{
	uint8_t *data = make_bytes(FULL, 6);
	uint8_t *buf = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(buf != MAP_FAILED);
	prepare(pair, data, FULL, buf, 4 * PAGE);
	expect_ok(mprotect(buf + 2 * PAGE, PAGE, prot));
	expect_count(recv(pair->fd, buf, FULL, 0), 2 * PAGE);
	expect_bytes(buf, data, 2 * PAGE);
	expect_recv(pair->fd, data + 2 * PAGE, 2 * PAGE);
	munmap(buf, 4 * PAGE);
	free(data);
}

static void buffer_with_a_hole_loses_nothing(void **state)
{
	stops_before_a_page(*state, PROT_READ);
	stops_before_a_page(*state, PROT_NONE);
}

/* Memory that no page was ever in, small pages and large */
static void fresh_memory_is_filled(void **state)
{
	const size_t size = 4 << 20;
	struct pair *pair = *state;
	uint8_t *data = make_bytes(FULL, 7);
	uint8_t *buf = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(buf != MAP_FAILED);
	reads_there(pair, data, FULL, buf + PAGE);
	madvise(buf, size, MADV_HUGEPAGE);	/* where there are such */
	reads_there(pair, data, FULL, buf + size - FULL);
	munmap(buf, size);
	free(data);
}

/* What the child sees is what was there when it was made */
static void child_keeps_its_copy(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(FULL, 8), *buf = make_room(FULL);
	int fds[2];
	pid_t child;

	open_pipe(fds, PAGE);
	memset(buf, UNTOUCHED, FULL);
	child = must(fork());
	if (!child) {
		uint8_t byte;
		bool same = read(fds[0], &byte, 1) == 1;

		for (size_t i = 0; i < FULL; i++)
			same = same && buf[i] == UNTOUCHED;
		_exit(!same);
	}
	reads_there(pair, data, FULL, buf);
	expect_count(write(fds[1], "", 1), 1);
	wait_for_child(child);
	close_pipe(fds);
	free(buf);
	free(data);
}

static void mapped_file_gets_the_bytes(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(FULL, 9), *zeros = calloc(1, FULL), *map;
	int file = must(open_bytes(zeros, FULL));

	map = mmap(NULL, FULL, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	assert_true(map != MAP_FAILED);
	reads_there(pair, data, FULL, map);
	expect_file(file, data, FULL);
	munmap(map, FULL);
	close(file);
	free(zeros);
	free(data);
}

/* The pages that the record stands in are those that its plaintext goes to */
static void record_is_read_over_itself(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(FULL, 10), record[RECORD_ROOM], *map;
	size_t len = record_seal(&pair->peer.tx, TYPE_DATA, data, FULL, record);
	int file = must(open_bytes(record, len));

	map = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	assert_true(map != MAP_FAILED);
	for (size_t off = 0; off < 2; off++) {
		expect_count(sendfile(pair->peer.fd, file, &(off_t){ 0 }, len), len);
		pair->peer.written += len;
		pair_sync(pair);
		expect_count(recv(pair->fd, map + off, FULL, 0), FULL);
		expect_bytes(map + off, data, FULL);
		len = record_seal(&pair->peer.tx, TYPE_DATA, data, FULL, record);
		expect_count(pwrite(file, record, len, 0), len);
	}
	munmap(map, len);
	close(file);
	free(data);
}

/* A reader that waits gets the record when it comes, there too */
static void waiting_reader_gets_whole_records(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(FULL, 11);
	long long before = direct_bytes();
	struct worker *reader = worker_recv(pair->fd, FULL, 0);

	worker_wait_blocked(reader);
	peer_send(&pair->peer, TYPE_DATA, data, FULL);
	worker_join(reader, data, FULL);
	assert_int_equal(direct_bytes() - before, FULL);
	free(data);
}

int main(void)
{
	static const struct test tests[] = {
		EACH_SUITE(long_records_are_opened_where_they_go),
		EACH_SUITE(one_call_opens_many_records_there),
		EACH_SUITE(buffer_that_is_too_short_loses_nothing),
		EACH_SUITE(wrong_tag_leaves_nothing),
		EACH_SUITE(long_control_record_leaves_nothing),
		EACH_SUITE(padding_is_not_read),
		EACH_SUITE(nothing_but_padding_is_refused),
		EACH_SUITE(buffer_with_a_hole_loses_nothing),
		ONCE(fresh_memory_is_filled),
		ONCE(child_keeps_its_copy),
		ONCE(mapped_file_gets_the_bytes),
		EACH_SUITE(record_is_read_over_itself),
		ONCE(waiting_reader_gets_whole_records),
	};

	return run_cases("direct", tests, ARRAY_SIZE(tests), pair_open);
}
