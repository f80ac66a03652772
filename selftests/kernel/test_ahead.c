// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Long records enter, several of them before anybody reads, and several CPUs may open
 * them; plaintext leaves as if one had opened one record after the other, and what was
 * opened too early leaves no byte behind.
 *
 * Nothing here polls first: poll() opens records.
 */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ktest.h"

#define MEGABYTE	(1 << 20)
#define FULL		RECORD_PLAIN_MAX
#define RECORDS		4	/* which TCP has room for at once */
#define LENGTH		(RECORDS * FULL)
#define UNTOUCHED	0xaa

static void open_with_cpus(struct pair *pair, const struct variant *variant)
{
	pair_open(pair, variant);
	set_policy(pair->fd, (struct seal_policy){ .cpus = SEAL_CPUS_MAX });
}

static long long helped(void)
{
	return counter("SealRxHelpedRecords");
}

static bool has_several_cpus(void)
{
	return must(sysconf(_SC_NPROCESSORS_ONLN)) > 1;
}

static void send_all(struct pair *pair, const uint8_t *data, size_t records)
{
	for (size_t i = 0; i < records; i++)
		peer_send(&pair->peer, TYPE_DATA, data + i * FULL, FULL);
}

static void expect_unwritten(const uint8_t *buf, size_t len)
{
	for (size_t i = 0; i < len; i++)
		assert_true(buf[i] == UNTOUCHED || !buf[i]);
}

/* All that has come, into memory that nobody has touched; the rest of it stays so */
static void expect_read(struct pair *pair, const uint8_t *data, size_t len, size_t room)
{
	uint8_t *buf = make_room(room);

	pair_sync(pair);
	memset(buf, UNTOUCHED, room);
	expect_count(recv(pair->fd, buf, room, 0), len);
	expect_bytes(buf, data, len);
	expect_unwritten(buf + len, room - len);
	free(buf);
}

static void records_arrive_in_order(void **state)
{
	static const size_t each[] = { 4096, 5000, 16383, FULL };
	struct pair *pair = *state;
	uint8_t *data = make_bytes(3 * MEGABYTE, 1);

	for (size_t i = 0; i < ARRAY_SIZE(each); i++) {
		struct worker *writer = worker_records(&pair->peer, data, 3 * MEGABYTE,
						       each[i]);
		struct worker *reader = worker_recv(pair->fd, 3 * MEGABYTE, MSG_WAITALL);

		worker_join(reader, data, 3 * MEGABYTE);
		worker_join(writer, NULL, 3 * MEGABYTE);
	}
	assert_int_equal(info_of(pair->fd).rx.seq, info_of(pair->fd).rx.records);
	assert_int_equal(info_of(pair->fd).rx.bytes, ARRAY_SIZE(each) * 3 * MEGABYTE);
	free(data);
}

/* The helper need not come in time for each record, but it must come for some */
static void another_cpu_does_help(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(LENGTH, 2);
	long long before = helped(), direct = counter("SealRxDirectBytes");

	for (int i = 0; i < 100; i++) {
		send_all(pair, data, RECORDS);
		expect_read(pair, data, LENGTH, LENGTH);
	}
	if (has_several_cpus())
		assert_true(helped() > before);
	assert_int_equal(counter("SealRxDirectBytes") - direct, 100 * LENGTH);
	free(data);
}

static void nobody_helps_with_one_record(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(LENGTH, 3);
	long long before = helped();

	for (int i = 0; i < 20; i++) {
		send_all(pair, data, 1);
		expect_read(pair, data, FULL, LENGTH);
	}
	set_policy(pair->fd, (struct seal_policy){ .cpus = 0 });
	send_all(pair, data, RECORDS);
	expect_read(pair, data, LENGTH, LENGTH);
	assert_int_equal(helped(), before);
	free(data);
}

/* Room for some records and a part of one: that one is copied, and the rest of it kept */
static void reader_with_less_room_loses_nothing(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(LENGTH, 4);

	for (size_t room = FULL + 1; room < LENGTH; room += FULL + 1000) {
		uint8_t *buf = make_room(room);

		send_all(pair, data, RECORDS);
		pair_sync(pair);
		expect_count(recv(pair->fd, buf, room, 0), room);
		expect_bytes(buf, data, room);
		expect_read(pair, data + room, LENGTH - room, LENGTH);
		free(buf);
	}
	free(data);
}

/* Where its bytes would go is known only when those before it are opened */
static void padded_record_is_taken_in_order(void **state)
{
	static const size_t paddings[] = { 1, 64, 4096, 11000 };
	struct pair *pair = *state;
	uint8_t *data = make_bytes(FULL + 5000 + 2 * FULL, 5);

	for (size_t i = 0; i < ARRAY_SIZE(paddings); i++) {
		send_all(pair, data, 1);
		peer_send_padded(&pair->peer, TYPE_DATA, data + FULL, 5000, paddings[i]);
		send_all(pair, data + FULL + 5000, 2);
		expect_read(pair, data, FULL + 5000 + 2 * FULL, LENGTH + 4 * FULL);
	}
	free(data);
}

/* A stream of nothing but padded records arrives, too */
static void padded_stream_arrives(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(5 * 5000, 6);

	for (int i = 0; i < 100; i++) {
		for (size_t k = 0; k < 5; k++)
			peer_send_padded(&pair->peer, TYPE_DATA, data + k * 5000, 5000,
					 i * 100);
		expect_read(pair, data, 5 * 5000, LENGTH + 4 * FULL);
	}
	free(data);
}

/* A ticket among the records, long enough to be taken for one of them */
static void long_ticket_is_no_data(void **state)
{
	struct pair *pair = *state;
	uint8_t message[8000], *data = make_bytes(3 * FULL, 7);
	size_t len = message_make(message, HS_NEW_SESSION_TICKET, 0x5a, 7000);

	for (size_t before = 0; before <= 3; before++) {
		send_all(pair, data, before);
		peer_send(&pair->peer, TYPE_HANDSHAKE, message, len);
		send_all(pair, data + before * FULL, 3 - before);
		expect_read(pair, data, 3 * FULL, 5 * FULL);
		expect_message(pair->fd, message, len);
	}
	free(data);
}

/* RFC 8446 4.6.3: what follows a KeyUpdate is protected by the next key */
static void key_changes_in_the_middle(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(LENGTH, 8);

	for (size_t before = 0; before <= RECORDS; before++) {
		send_all(pair, data, before);
		peer_send_key_update(&pair->peer, NOT_REQUESTED);
		send_all(pair, data + before * FULL, RECORDS - before);
		expect_read(pair, data, LENGTH, LENGTH + FULL);
	}
	assert_int_equal(info_of(pair->fd).rx.generation, RECORDS + 1);
	free(data);
}

/* A KeyUpdate that is padded to look like data */
static void padded_key_update_is_found(void **state)
{
	static const uint8_t update[] = { HS_KEY_UPDATE, 0, 0, 1, NOT_REQUESTED };
	struct pair *pair = *state;
	uint8_t *data = make_bytes(3 * FULL, 9);

	send_all(pair, data, 1);
	peer_send_padded(&pair->peer, TYPE_HANDSHAKE, update, sizeof(update), 9000);
	half_update(&pair->peer.tx);
	send_all(pair, data + FULL, 2);
	expect_read(pair, data, 3 * FULL, LENGTH);
	free(data);
}

/* What comes before the bad record is read, nothing behind it, and nothing is left */
static void wrong_tag_is_the_end(void **state)
{
	struct pair *first = *state;
	uint8_t *data = make_bytes(LENGTH, 10), *buf = make_room(LENGTH);

	for (size_t good = 0; good < RECORDS; good++) {
		uint8_t record[RECORD_ROOM];
		struct pair pair;
		size_t len;

		open_with_cpus(&pair, first->variant);
		send_all(&pair, data, good);
		len = record_seal(&pair.peer.tx, TYPE_DATA, data, FULL, record);
		record[len - 1] ^= 1;
		assert_true(peer_write(&pair.peer, record, len));
		send_all(&pair, data + good * FULL, RECORDS - 1 - good);
		if (good)
			expect_read(&pair, data, good * FULL, LENGTH);
		pair_sync(&pair);
		memset(buf, UNTOUCHED, LENGTH);
		expect_errno(recv(pair.fd, buf, LENGTH, 0), EBADMSG);
		expect_unwritten(buf, LENGTH);
		pair_close(&pair);
	}
	free(buf);
	free(data);
}

/* Memory ends in the middle of a record: what fits is read, and nothing is lost */
static void reader_with_a_hole_loses_nothing(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(LENGTH, 11);
	size_t good = 2 * FULL + 8192;
	uint8_t *buf = mmap(NULL, good + 4096, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	expect_ok(mprotect(buf + good, 4096, PROT_NONE));
	send_all(pair, data, RECORDS);
	pair_sync(pair);
	expect_count(recv(pair->fd, buf, LENGTH, 0), good);
	expect_bytes(buf, data, good);
	expect_read(pair, data + good, LENGTH - good, LENGTH);
	munmap(buf, good + 4096);
	free(data);
}

static void scattered_memory_is_filled(void **state)
{
	static const size_t lengths[] = { 1, 20000, 5, 4096, 30000, 3 };
	struct pair *pair = *state;
	uint8_t *data = make_bytes(LENGTH, 12), *buf = make_room(LENGTH);
	struct iovec iov[ARRAY_SIZE(lengths)];
	size_t len = 0;

	for (size_t i = 0; i < ARRAY_SIZE(lengths); len += lengths[i++])
		iov[i] = (struct iovec){ buf + len, lengths[i] };
	send_all(pair, data, RECORDS);
	pair_sync(pair);
	expect_count(readv(pair->fd, iov, ARRAY_SIZE(lengths)), len);
	expect_bytes(buf, data, len);
	expect_read(pair, data + len, LENGTH - len, LENGTH);
	free(buf);
	free(data);
}

/* Neither writes where the reader would find it later */
static void peek_and_trunc_write_nothing_ahead(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(LENGTH, 13), *buf = make_room(LENGTH);
	long long before = helped();

	send_all(pair, data, RECORDS);
	pair_sync(pair);
	expect_count(recv(pair->fd, buf, LENGTH, MSG_PEEK), LENGTH);
	expect_bytes(buf, data, LENGTH);
	memset(buf, UNTOUCHED, LENGTH);
	expect_count(recv(pair->fd, buf, LENGTH, MSG_TRUNC), LENGTH);
	expect_unwritten(buf, LENGTH);
	assert_int_equal(helped(), before);
	free(buf);
	free(data);
}

/* The end stands behind the records, whoever has opened them */
static void end_comes_after_the_data(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(LENGTH, 14);

	send_all(pair, data, RECORDS);
	peer_send_alert(&pair->peer, ALERT_WARNING, ALERT_CLOSE_NOTIFY);
	expect_read(pair, data, LENGTH, LENGTH + FULL);
	expect_eof(pair->fd);
	free(data);
}

/* Records one of which each reader gets, or the other, but no byte twice */
static void two_readers_share_a_socket(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_room(2 * MEGABYTE);
	struct worker *one, *two, *writer;

	memset(data, 0x55, 2 * MEGABYTE);
	one = worker_read(pair->fd, MEGABYTE);
	two = worker_read(pair->fd, MEGABYTE);
	writer = worker_records(&pair->peer, data, 2 * MEGABYTE, FULL);
	worker_join(writer, NULL, 2 * MEGABYTE);
	worker_join(one, data, MEGABYTE);
	worker_join(two, data, MEGABYTE);
	free(data);
}

/* Both directions of a socket have a crew of their own */
static void both_directions_at_once(void **state)
{
	const struct variant *variant = ((struct pair *)*state)->variant;
	uint8_t *data = make_bytes(MEGABYTE, 15);
	struct worker *to, *back, *from;
	int fds[2];

	sealed_pair(variant, fds);
	for (int i = 0; i < 2; i++)
		set_policy(fds[i], (struct seal_policy){ .cpus = SEAL_CPUS_MAX });
	for (int i = 0; i < 5; i++) {
		to = worker_write(fds[0], data, MEGABYTE);
		back = worker_write(fds[1], data, MEGABYTE);
		from = worker_recv(fds[0], MEGABYTE, MSG_WAITALL);
		worker_join(worker_recv(fds[1], MEGABYTE, MSG_WAITALL), data, MEGABYTE);
		worker_join(from, data, MEGABYTE);
		worker_join(to, NULL, MEGABYTE);
		worker_join(back, NULL, MEGABYTE);
	}
	close(fds[0]);
	close(fds[1]);
	free(data);
}

static void killed_reader_leaves_nothing_behind(void **state)
{
	struct pair *first = *state;
	uint8_t *data = make_bytes(4 * MEGABYTE, 16);

	for (int i = 0; i < 20; i++) {
		struct worker *writer;
		struct pair pair;
		pid_t child;

		open_with_cpus(&pair, first->variant);
		child = must(fork());
		if (!child) {
			while (recv(pair.fd, data, 4 * MEGABYTE, MSG_WAITALL) > 0)
				;
			_exit(0);
		}
		writer = worker_records(&pair.peer, data, 4 * MEGABYTE, FULL);
		usleep(1000 + i * 300);
		expect_ok(kill(child, SIGKILL));
		must(waitpid(child, NULL, 0));
		pair_close_sealed(&pair);
		worker_join_any(writer);
		pair_close(&pair);
	}
	free(data);
}

int main(void)
{
	static const struct test tests[] = {
		EACH_SUITE(records_arrive_in_order),
		EACH_SUITE(another_cpu_does_help),
		ONCE(nobody_helps_with_one_record),
		EACH_SUITE(reader_with_less_room_loses_nothing),
		EACH_SUITE(padded_record_is_taken_in_order),
		ONCE(padded_stream_arrives),
		EACH_SUITE(long_ticket_is_no_data),
		EACH_SUITE(key_changes_in_the_middle),
		EACH_SUITE(padded_key_update_is_found),
		EACH_SUITE(wrong_tag_is_the_end),
		EACH_SUITE(reader_with_a_hole_loses_nothing),
		EACH_SUITE(scattered_memory_is_filled),
		ONCE(peek_and_trunc_write_nothing_ahead),
		EACH_FAMILY(end_comes_after_the_data),
		EACH_SUITE(two_readers_share_a_socket),
		EACH_SUITE(both_directions_at_once),
		ONCE(killed_reader_leaves_nothing_behind),
	};

	return run_cases("ahead", tests, ARRAY_SIZE(tests), open_with_cpus);
}
