// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Streams under SEAL_POLICY_DYNAMIC_SIZE enter a connection whose segments are small;
 * records are judged by what TCP could send at the time.
 */
#include <sched.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include <netinet/in.h>
#include <linux/tcp.h>

#include "ktest.h"

#define MEGABYTE	(1 << 20)

/* Content of a record that fills a segment of this connection */
static size_t segment_content(int fd)
{
	return tcp_info_of(fd).tcpi_snd_mss - RECORD_OVERHEAD;
}

static void be_dynamic(struct pair *pair)
{
	set_policy(pair->fd, (struct seal_policy){ .flags = SEAL_POLICY_DYNAMIC_SIZE });
}

/**
 * struct phases - how a stream was cut into records
 * @small:	bytes in records of one segment before the first full one
 * @full:	bytes in full records
 * @late:	bytes in records of one segment that began after the first megabyte
 */
struct phases {
	size_t	small;
	size_t	full;
	size_t	late;
};

/* Each record but the last one is of one segment, or full */
static struct phases expect_phases(struct pair *pair, const uint8_t *data, size_t len)
{
	size_t segment = segment_content(pair->fd), done = 0;
	uint8_t plain[RECORD_ROOM], type;
	struct phases phases = { 0 };

	while (done < len) {
		ssize_t n = peer_next(&pair->peer, plain, &type);

		assert_in_range(n, 1, len - done);
		expect_bytes(plain, data + done, n);
		if (n == RECORD_PLAIN_MAX)
			phases.full += n;
		else if ((size_t)n + done != len)
			assert_int_equal(n, segment);
		if (!phases.full)
			phases.small += n;
		if (n != RECORD_PLAIN_MAX && done >= MEGABYTE)
			phases.late += n;
		done += n;
	}
	return phases;
}

/* A single write of all that, and the sizes of its records */
static struct phases write_phases(struct pair *pair, const uint8_t *data, size_t len)
{
	struct worker *writer = worker_write(pair->fd, data, len);
	struct phases phases = expect_phases(pair, data, len);

	worker_join(writer, NULL, len);
	return phases;
}

static void records_are_full_after_a_megabyte(void **state)
{
	const size_t len = 3 * MEGABYTE;
	struct pair *pair = *state;
	uint8_t *data = make_bytes(len, 9);
	struct phases phases;

	be_dynamic(pair);
	phases = write_phases(pair, data, len);
	assert_in_range(phases.small, RECORD_PLAIN_MAX, MEGABYTE + RECORD_PLAIN_MAX);
	assert_in_range(phases.late, 0, RECORD_PLAIN_MAX);
	free(data);
}

/* Bytes that TCP may have under way */
static size_t window_of(int fd)
{
	struct tcp_info info = tcp_info_of(fd);

	return (size_t)info.tcpi_snd_cwnd * info.tcpi_snd_mss;
}

/*
 * Full records fill the window of a new connection, so that each of their ACKs opens it
 * further.  Reno, since others end slow start when ACKs come as fast as they do here.
 */
static void open_window(struct pair *pair, const uint8_t *data)
{
	size_t sent = 0;

	set_policy(pair->fd, (struct seal_policy){ 0 });
	while (window_of(pair->fd) < 2 * RECORD_INNER_MAX) {
		assert_in_range(sent += 4 * RECORD_PLAIN_MAX, 1, MEGABYTE / 2);
		write_phases(pair, data, 4 * RECORD_PLAIN_MAX);
	}
}

static void records_grow_with_the_window(void **state)
{
	const size_t len = 5 * RECORD_PLAIN_MAX;
	struct pair *pair = *state;
	uint8_t *data = make_bytes(len, 9);
	struct phases phases;

	expect_ok(setsockopt(pair->fd, IPPROTO_TCP, TCP_CONGESTION, "reno", 4));
	be_dynamic(pair);
	phases = write_phases(pair, data, 20000);
	assert_in_range(phases.small, RECORD_PLAIN_MAX, 20000);
	open_window(pair, data);
	be_dynamic(pair);
	phases = write_phases(pair, data, len);
	assert_int_equal(phases.full, len);
	free(data);
}

static void files_begin_with_small_records(void **state)
{
	const size_t len = 2 * MEGABYTE;
	struct pair *pair = *state;
	uint8_t *data = make_bytes(len, 10);
	struct phases phases;
	struct worker *reader;
	int file = must(open_bytes(data, len));

	be_dynamic(pair);
	expect_count(sendfile(pair->fd, file, NULL, 20000), 20000);
	phases = expect_phases(pair, data, 20000);
	assert_int_equal(phases.small, 20000);
	reader = worker_collect(&pair->peer, len - 20000);
	for (size_t done = 20000; done < len; )
		done += must(sendfile(pair->fd, file, NULL, len - done));
	worker_join(reader, data + 20000, len - 20000);
	close(file);
	free(data);
}

static void without_the_flag_records_are_full(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(50000, 11);

	expect_count(send(pair->fd, data, 50000, 0), 50000);
	peer_expect_record(&pair->peer, TYPE_DATA, data, RECORD_PLAIN_MAX);
	peer_expect_data(&pair->peer, data + RECORD_PLAIN_MAX, 50000 - RECORD_PLAIN_MAX);
	free(data);
}

/* No record begins in one segment and ends in the next */
static void small_record_is_one_segment(void **state)
{
	struct pair *pair = *state;
	size_t segment = segment_content(pair->fd);
	uint8_t *data = make_bytes(8 * segment, 12);

	be_dynamic(pair);
	expect_count(send(pair->fd, data, 8 * segment, 0), 8 * segment);
	for (int i = 0; i < 8; i++)
		peer_expect_record(&pair->peer, TYPE_DATA, data + i * segment, segment);
	assert_int_equal(tcp_info_of(pair->fd).tcpi_data_segs_out, 8);
	free(data);
}

/* Padding is a part of what has to fit */
static void padded_record_is_one_segment(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(5000, 13);
	size_t inner = (segment_content(pair->fd) + 1) / 100 * 100;

	set_policy(pair->fd, (struct seal_policy){ .flags = SEAL_POLICY_DYNAMIC_SIZE,
						   .padding = 100 });
	expect_count(send(pair->fd, data, 5000, 0), 5000);
	peer_expect_record(&pair->peer, TYPE_DATA, data, inner - 1);
	assert_int_equal(pair->peer.inner, inner);
	peer_expect_data(&pair->peer, data + inner - 1, 5000 - (inner - 1));
	assert_int_equal(pair->peer.inner % 100, 0);
	free(data);
}

/* Nobody can see how long it is, even if that takes several segments */
static void full_padding_is_not_given_up(void **state)
{
	struct pair *pair = *state;

	set_policy(pair->fd, (struct seal_policy){ .flags = SEAL_POLICY_DYNAMIC_SIZE,
						   .padding = UINT16_MAX });
	expect_count(send(pair->fd, "data", 4, 0), 4);
	peer_expect_record(&pair->peer, TYPE_DATA, "data", 4);
	assert_int_equal(pair->peer.inner, RECORD_INNER_MAX);
}

/* TCP has heard of everything, and nothing was sent for longer than its RTO */
static void wait_for_pause(int fd)
{
	struct tcp_info info;

	do {
		sched_yield();
		info = tcp_info_of(fd);
	} while (info.tcpi_unacked || info.tcpi_notsent_bytes ||
		 info.tcpi_last_data_sent < info.tcpi_rto / 1000 + 20);
}

static void records_are_small_again_after_a_pause(void **state)
{
	const size_t len = 2 * MEGABYTE;
	struct pair *pair = *state;
	uint8_t *data = make_bytes(len, 14);
	struct phases phases;

	be_dynamic(pair);
	phases = write_phases(pair, data, len);
	assert_true(phases.full);
	wait_for_pause(pair->fd);
	expect_count(send(pair->fd, data, 17000, 0), 17000);
	phases = expect_phases(pair, data, 17000);
	assert_int_equal(phases.small, 17000);
	free(data);
}

int main(void)
{
	static const struct test tests[] = {
		EACH(records_are_full_after_a_megabyte),
		EACH(records_grow_with_the_window),
		EACH_FAMILY(files_begin_with_small_records),
		EACH_FAMILY(without_the_flag_records_are_full),
		EACH(small_record_is_one_segment),
		EACH_FAMILY(padded_record_is_one_segment),
		EACH_FAMILY(full_padding_is_not_given_up),
		EACH_FAMILY(records_are_small_again_after_a_pause),
	};

	return run_cases("dynamic", tests, ARRAY_SIZE(tests), pair_open_narrow);
}
