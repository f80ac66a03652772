// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Long writes and files enter a socket whose records several CPUs may seal; a peer
 * that opens one record after the other must find the same bytes, in their order.
 */
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ktest.h"

#define MEGABYTE	(1 << 20)

static const size_t sizes[] = { 2 * RECORD_PLAIN_MAX, 2 * RECORD_PLAIN_MAX + 1, 65536,
				100001, 16 * RECORD_PLAIN_MAX + 4097, 333333,
				2 * MEGABYTE + 4321 };

static void use_cpus(int fd, unsigned int cpus)
{
	set_policy(fd, (struct seal_policy){ .cpus = cpus });
}

static struct seal_policy policy_of(int fd)
{
	struct seal_policy policy;
	socklen_t len = sizeof(policy);

	expect_ok(getsockopt(fd, SOL_SOCKSEAL, SEAL_POLICY, &policy, &len));
	return policy;
}

static void send_whole(struct pair *pair, const uint8_t *data, size_t len)
{
	struct worker *reader = worker_collect(&pair->peer, len);

	expect_count(write(pair->fd, data, len), len);
	worker_join(reader, data, len);
}

/* What is in effect depends on the machine, and one CPU is none that helps */
static void policy_tells_what_is_in_effect(void **state)
{
	unsigned int online = must(sysconf(_SC_NPROCESSORS_ONLN));
	struct pair *pair = *state;

	assert_int_equal(policy_of(pair->fd).cpus, 0);
	use_cpus(pair->fd, 1);
	assert_int_equal(policy_of(pair->fd).cpus, 0);
	use_cpus(pair->fd, 2);
	assert_int_equal(policy_of(pair->fd).cpus, online > 1 ? 2 : 0);
	use_cpus(pair->fd, UINT32_MAX);
	assert_true(policy_of(pair->fd).cpus <= SEAL_CPUS_MAX);
	use_cpus(pair->fd, 0);
	assert_int_equal(policy_of(pair->fd).cpus, 0);
}

static void writes_of_every_size_arrive(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(3 * MEGABYTE, 1);

	for (unsigned int cpus = 2; cpus <= 8; cpus += 3) {
		use_cpus(pair->fd, cpus);
		for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
			send_whole(pair, data + i * 61, sizes[i]);
	}
	free(data);
}

/* As many records as one CPU would make, each of them full but the last one */
static void records_are_as_with_one_cpu(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(MEGABYTE, 2);

	for (unsigned int cpus = 0; cpus <= 8; cpus += 4) {
		uint64_t before = info_of(pair->fd).tx.records;
		size_t len = 10 * RECORD_PLAIN_MAX + 5000;

		use_cpus(pair->fd, cpus);
		send_whole(pair, data, len);
		assert_int_equal(info_of(pair->fd).tx.records - before, 11);
	}
	assert_int_equal(info_of(pair->fd).tx.seq, info_of(pair->fd).tx.records);
	assert_int_equal(info_of(pair->fd).tx.bytes, 3 * (10 * RECORD_PLAIN_MAX + 5000));
	free(data);
}

/* The helper need not come in time for each write, but it must come for some */
static void another_cpu_does_help(void **state)
{
	bool several = must(sysconf(_SC_NPROCESSORS_ONLN)) > 1;
	long long before = counter("SealTxHelpedRecords");
	struct pair *pair = *state;
	uint8_t *data = make_bytes(2 * MEGABYTE, 3);

	use_cpus(pair->fd, 2);
	for (int i = 0; i < 20; i++)
		send_whole(pair, data, 2 * MEGABYTE);
	if (several)
		assert_true(counter("SealTxHelpedRecords") > before);
	free(data);
}

static void without_the_policy_nobody_helps(void **state)
{
	long long before = counter("SealTxHelpedRecords");
	struct pair *pair = *state;
	uint8_t *data = make_bytes(MEGABYTE, 4);

	send_whole(pair, data, MEGABYTE);
	use_cpus(pair->fd, 8);
	for (size_t i = 0; i < 100; i++)
		send_whole(pair, data, RECORD_PLAIN_MAX);
	assert_int_equal(counter("SealTxHelpedRecords"), before);
	free(data);
}

static void files_arrive(void **state)
{
	struct pair *pair = *state;
	size_t len = 2 * MEGABYTE + 4321;
	uint8_t *data = make_bytes(len, 5);
	int file = must(open_bytes(data, len));

	use_cpus(pair->fd, 8);
	for (off_t off = 0; off < 20000; off += 4999) {
		struct worker *reader = worker_collect(&pair->peer, len - off);
		off_t at = off;

		expect_count(sendfile(pair->fd, file, &at, len - off), len - off);
		worker_join(reader, data + off, len - off);
	}
	expect_file(file, data, len);
	close(file);
	free(data);
}

/* Pieces that are copied, pieces that are not, and a page at a time */
static void mixed_iovecs_arrive(void **state)
{
	static const size_t lengths[] = { 1, 4096, 40000, 3, 100000, 4095, 65536, 16385,
					  4096, 4096, 4096, 4096, 4096, 4096, 4096, 4096 };
	struct pair *pair = *state;
	uint8_t *data = make_bytes(MEGABYTE, 6);
	struct iovec iov[ARRAY_SIZE(lengths)];
	struct worker *reader;
	size_t len = 0;

	for (size_t i = 0; i < ARRAY_SIZE(lengths); len += lengths[i++])
		iov[i] = (struct iovec){ data + len, lengths[i] };
	use_cpus(pair->fd, 4);
	reader = worker_collect(&pair->peer, len);
	expect_count(writev(pair->fd, iov, ARRAY_SIZE(iov)), len);
	worker_join(reader, data, len);
	free(data);
}

/* RFC 8446 5.5: a key protects so many records, however many are made at once */
static void keys_change_in_the_middle(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(2 * MEGABYTE, 7);

	for (unsigned int limit = 1; limit <= 19; limit += 6) {
		unsigned int before = info_of(pair->fd).tx.generation;

		set_policy(pair->fd, (struct seal_policy){ .cpus = 8,
							   .update_records = limit });
		send_whole(pair, data, 2 * MEGABYTE);
		assert_true(info_of(pair->fd).tx.generation - before >=
			    128 / (limit + 1) / 2);
		assert_true(info_of(pair->fd).tx.seq <= limit + 1);
	}
	set_policy(pair->fd, (struct seal_policy){ .cpus = 8, .update_bytes = 50000 });
	send_whole(pair, data, 2 * MEGABYTE);
	free(data);
}

static void sizes_of_the_policy_hold(void **state)
{
	static const struct seal_policy policies[] = {
		{ .cpus = 8, .record_size = 5000 },
		{ .cpus = 8, .record_size = 4096, .padding = 1000 },
		{ .cpus = 8, .padding = UINT16_MAX },
		{ .cpus = 8, .record_size = 100 },
		{ .cpus = 8, .flags = SEAL_POLICY_DYNAMIC_SIZE | SEAL_POLICY_COALESCE },
	};
	struct pair *pair = *state;
	uint8_t *data = make_bytes(300000, 8);

	for (size_t i = 0; i < ARRAY_SIZE(policies); i++) {
		set_policy(pair->fd, policies[i]);
		send_whole(pair, data, 300000);
	}
	free(data);
}

/* Room for less than a record, and for a few */
static void small_buffers_are_enough(void **state)
{
	static const int buffers[] = { 1, 20000, 60000 };
	struct pair *first = *state;
	uint8_t *data = make_bytes(MEGABYTE, 9);

	for (size_t i = 0; i < ARRAY_SIZE(buffers); i++) {
		struct pair pair;

		pair_open(&pair, first->variant);
		use_cpus(pair.fd, 8);
		set_int(pair.fd, SOL_SOCKET, SO_SNDBUF, buffers[i]);
		send_whole(&pair, data, MEGABYTE);
		pair_close(&pair);
	}
	free(data);
}

/* What was accepted comes, although the program calls nothing any more */
static void what_a_full_socket_took_is_sent(void **state)
{
	struct pair *first = *state;
	uint8_t *data = make_bytes(8 * MEGABYTE, 10);

	for (int i = 0; i < 10; i++) {
		struct worker *reader;
		struct pair pair;
		ssize_t n, sum = 0;

		pair_open(&pair, first->variant);
		use_cpus(pair.fd, 8);
		set_int(pair.fd, SOL_SOCKET, SO_SNDBUF, 100000 + i * 33333);
		set_nonblock(pair.fd);
		while ((n = write(pair.fd, data + sum, 8 * MEGABYTE - sum)) > 0)
			sum += n;
		expect_errno(n, EAGAIN);
		assert_int_equal(info_of(pair.fd).tx.bytes, sum);
		reader = worker_collect(&pair.peer, sum);
		worker_join(reader, data, sum);
		assert_int_equal(info_of(pair.fd).tx_unsent, 0);
		pair_close(&pair);
	}
	free(data);
}

/* TCP is told to hold back the end of a record only if there is more to come */
static void nothing_is_held_back(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(200000, 11);

	use_cpus(pair->fd, 8);
	set_timeout(pair->peer.fd, SO_RCVTIMEO, 5000);
	for (size_t len = 2 * RECORD_PLAIN_MAX; len < 200000; len += 7777) {
		expect_count(write(pair->fd, data, len), len);
		peer_expect_data(&pair->peer, data, len);
	}
	free(data);
}

static void close_sends_what_was_accepted(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(8 * MEGABYTE, 12);
	ssize_t n;

	use_cpus(pair->fd, 8);
	set_nonblock(pair->fd);
	n = must(write(pair->fd, data, 8 * MEGABYTE));
	pair_close_sealed(pair);
	peer_expect_data(&pair->peer, data, n);
	peer_expect_close(&pair->peer);
	free(data);
}

/* A reset while records are being made, again and again */
static void reset_in_the_middle_is_an_error(void **state)
{
	struct pair *first = *state;
	uint8_t *data = make_bytes(8 * MEGABYTE, 13);

	for (int i = 0; i < 20; i++) {
		struct worker *writer;
		struct pair pair;
		ssize_t n;

		pair_open(&pair, first->variant);
		use_cpus(pair.fd, 8);
		writer = worker_write(pair.fd, data, (i + 1) * 40000);
		usleep(i * 200);
		pair_reset_by_peer(&pair);
		do
			n = send(pair.fd, data, 100000, MSG_NOSIGNAL);
		while (n > 0);
		assert_int_equal(n, -1);
		worker_join_any(writer);
		pair_close(&pair);
	}
	free(data);
}

static void killed_writer_leaves_nothing_behind(void **state)
{
	struct pair *first = *state;
	uint8_t *data = make_bytes(4 * MEGABYTE, 14);

	for (int i = 0; i < 20; i++) {
		struct pair pair;
		pid_t child;

		pair_open(&pair, first->variant);
		use_cpus(pair.fd, 8);
		child = must(fork());
		if (!child) {
			while (write(pair.fd, data, 4 * MEGABYTE) > 0)
				;
			_exit(0);
		}
		usleep(1000 + i * 300);
		expect_ok(kill(child, SIGKILL));
		must(waitpid(child, NULL, 0));
		pair_close(&pair);
	}
	free(data);
}

struct changer {
	uint8_t		*data;
	volatile bool	stop;
};

static void *change_memory(void *arg)
{
	struct changer *changer = arg;

	for (int i = 0; !changer->stop; i++)
		memset(changer->data, i, MEGABYTE);
	return NULL;
}

/* What arrives is old or new bytes, but every record opens */
static void memory_that_changes_breaks_no_record(void **state)
{
	struct pair *pair = *state;
	struct changer changer = { .data = make_bytes(MEGABYTE, 15) };
	pthread_t thread;

	use_cpus(pair->fd, 8);
	expect_ok(pthread_create(&thread, NULL, change_memory, &changer));
	for (int i = 0; i < 10; i++) {
		struct worker *reader = worker_collect(&pair->peer, MEGABYTE);

		expect_count(write(pair->fd, changer.data, MEGABYTE), MEGABYTE);
		worker_join(reader, NULL, MEGABYTE);
	}
	changer.stop = true;
	expect_ok(pthread_join(thread, NULL));
	free(changer.data);
}

/* Accepted is what stands before the page that cannot be read, and that arrives */
static void unreadable_page_ends_the_write(void **state)
{
	struct pair *pair = *state;
	size_t good = 300000 / 4096 * 4096;
	uint8_t *data = mmap(NULL, good + 4096, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ssize_t n;

	fill_bytes(data, good, 16);
	expect_ok(mprotect(data + good, 4096, PROT_NONE));
	use_cpus(pair->fd, 8);
	n = write(pair->fd, data, good + 4096);
	assert_in_range(n, good / 2, good);
	peer_expect_data(&pair->peer, data, n);
	expect_errno(write(pair->fd, data + good, 4096), EFAULT);
	expect_count(write(pair->fd, "fine", 4), 4);
	peer_expect_data(&pair->peer, "fine", 4);
	munmap(data, good + 4096);
}

/* RFC 8446 5.3: the numbers end, and not a record later */
static void numbers_end_where_they_end(void **state)
{
	struct pair *first = *state, pair;
	uint8_t *data = make_bytes(MEGABYTE, 17);
	struct worker *reader;

	pair_open_raw(&pair, first->variant);
	pair.keys.tx.seq = UINT64_MAX - 20;
	pair.peer.rx.seq = UINT64_MAX - 20;
	expect_ok(attach_ulp(pair.fd));
	use_cpus(pair.fd, 8);
	if (set_keys(pair.fd, &pair.keys)) {
		/* out of range, for a module that changes keys itself */
		assert_int_equal(errno, EINVAL);
	} else {
		reader = worker_collect(&pair.peer, MEGABYTE);
		expect_count(write(pair.fd, data, MEGABYTE), MEGABYTE);
		worker_join(reader, data, MEGABYTE);
		assert_true(info_of(pair.fd).tx.generation > 0);
	}
	pair_close(&pair);
	free(data);
}

/* Both directions at once, and another thread that writes, too */
static void two_writers_share_a_socket(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_room(MEGABYTE);
	struct worker *one, *two, *reader;

	memset(data, 0x55, MEGABYTE);
	use_cpus(pair->fd, 8);
	reader = worker_collect(&pair->peer, 2 * MEGABYTE);
	one = worker_write(pair->fd, data, MEGABYTE);
	two = worker_write(pair->fd, data, MEGABYTE);
	worker_join(one, NULL, MEGABYTE);
	worker_join(two, NULL, MEGABYTE);
	worker_join(reader, NULL, 2 * MEGABYTE);
	free(data);
}

int main(void)
{
	static const struct test tests[] = {
		ONCE(policy_tells_what_is_in_effect),
		EACH_SUITE(writes_of_every_size_arrive),
		EACH_SUITE(records_are_as_with_one_cpu),
		EACH_SUITE(another_cpu_does_help),
		EACH_SUITE(without_the_policy_nobody_helps),
		EACH_SUITE(files_arrive),
		EACH_FAMILY(mixed_iovecs_arrive),
		EACH_SUITE(keys_change_in_the_middle),
		EACH_SUITE(sizes_of_the_policy_hold),
		EACH_FAMILY(small_buffers_are_enough),
		EACH_FAMILY(what_a_full_socket_took_is_sent),
		EACH_FAMILY(nothing_is_held_back),
		EACH_FAMILY(close_sends_what_was_accepted),
		EACH_FAMILY(reset_in_the_middle_is_an_error),
		ONCE(killed_writer_leaves_nothing_behind),
		EACH_SUITE(memory_that_changes_breaks_no_record),
		EACH_FAMILY(unreadable_page_ends_the_write),
		EACH_SUITE(numbers_end_where_they_end),
		EACH_SUITE(two_writers_share_a_socket),
	};

	return run_cases("parallel", tests, ARRAY_SIZE(tests), pair_open);
}
