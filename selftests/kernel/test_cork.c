// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Writes under TCP_CORK enter; records that hold several of them leave when the
 * cork is pulled, and none stays behind.
 */
#include <stdlib.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <netinet/in.h>
#include <linux/tcp.h>

#include "ktest.h"

static void set_cork(int fd, int on)
{
	set_int(fd, IPPROTO_TCP, TCP_CORK, on);
}

static void expect_kept_back(const struct pair *pair)
{
	assert_int_equal(bytes_handed_to_tcp(pair->fd), 0);
}

static void writes_become_one_record(void **state)
{
	struct pair *pair = *state;
	struct iovec iov[] = { { "ef", 2 }, { "g", 1 } };

	for (int i = 0; i < 2; i++) {
		uint64_t before = bytes_handed_to_tcp(pair->fd);

		set_cork(pair->fd, 1);
		expect_count(write(pair->fd, "ab", 2), 2);
		expect_count(send(pair->fd, "cd", 2, 0), 2);
		expect_count(writev(pair->fd, iov, 2), 3);
		assert_int_equal(bytes_handed_to_tcp(pair->fd), before);
		set_cork(pair->fd, 0);
		peer_expect_record(&pair->peer, TYPE_DATA, "abcdefg", 7);
	}
	expect_count(write(pair->fd, "ab", 2), 2);
	peer_expect_record(&pair->peer, TYPE_DATA, "ab", 2);
}

/* Larger ones too, which are not copied when they are alone */
static void larger_writes_become_one_record(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(15000, 1);

	set_cork(pair->fd, 1);
	for (int i = 0; i < 3; i++)
		expect_count(write(pair->fd, data + 5000 * i, 5000), 5000);
	expect_kept_back(pair);
	set_cork(pair->fd, 0);
	peer_expect_record(&pair->peer, TYPE_DATA, data, 15000);
	expect_count(send(pair->fd, data, 8000, MSG_MORE), 8000);
	expect_count(send(pair->fd, data + 8000, 7000, 0), 7000);
	peer_expect_record(&pair->peer, TYPE_DATA, data, 15000);
	free(data);
}

static void header_and_file_are_one_record(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(9000, 2);
	int file = must(open_bytes(data + 100, 8900));

	for (int i = 0; i < 2; i++) {
		set_cork(pair->fd, 1);
		expect_count(write(pair->fd, data, 60), 60);
		expect_count(write(pair->fd, data + 60, 40), 40);
		must(lseek(file, 0, SEEK_SET));
		expect_count(sendfile(pair->fd, file, NULL, 8900), 8900);
		set_cork(pair->fd, 0);
		peer_expect_record(&pair->peer, TYPE_DATA, data, 9000);
	}
	close(file);
	free(data);
}

static void full_record_does_not_wait(void **state)
{
	struct pair *pair = *state;
	size_t len = RECORD_PLAIN_MAX + 100;
	uint8_t *data = make_bytes(len, 3);

	set_cork(pair->fd, 1);
	for (size_t done = 0; done < len; done += 4)
		expect_count(write(pair->fd, data + done, 4), 4);
	assert_int_equal(bytes_handed_to_tcp(pair->fd), RECORD_PLAIN_MAX + RECORD_OVERHEAD);
	set_cork(pair->fd, 0);
	peer_expect_record(&pair->peer, TYPE_DATA, data, RECORD_PLAIN_MAX);
	peer_expect_record(&pair->peer, TYPE_DATA, data + RECORD_PLAIN_MAX, 100);
	free(data);
}

static void end_of_record_is_heeded(void **state)
{
	struct pair *pair = *state;

	set_cork(pair->fd, 1);
	expect_count(send(pair->fd, "one", 3, 0), 3);
	expect_count(send(pair->fd, "two", 3, MSG_EOR), 3);
	expect_count(send(pair->fd, "three", 5, 0), 5);
	set_cork(pair->fd, 0);
	peer_expect_record(&pair->peer, TYPE_DATA, "onetwo", 6);
	peer_expect_record(&pair->peer, TYPE_DATA, "three", 5);
}

/* tcp(7): an explicit flush, even though the cork stays in */
static void nodelay_flushes_past_the_cork(void **state)
{
	struct pair *pair = *state;

	set_cork(pair->fd, 1);
	expect_count(write(pair->fd, "now", 3), 3);
	set_int(pair->fd, IPPROTO_TCP, TCP_NODELAY, 0);
	expect_kept_back(pair);
	set_int(pair->fd, IPPROTO_TCP, TCP_NODELAY, 1);
	peer_expect_record(&pair->peer, TYPE_DATA, "now", 3);
	expect_count(write(pair->fd, "later", 5), 5);
	set_cork(pair->fd, 0);
	peer_expect_record(&pair->peer, TYPE_DATA, "later", 5);
}

/* What MSG_MORE has kept open too: there was only one cork to pull */
static void uncork_ends_what_more_has_begun(void **state)
{
	struct pair *pair = *state;

	expect_count(send(pair->fd, "a", 1, MSG_MORE), 1);
	set_cork(pair->fd, 1);
	expect_count(send(pair->fd, "b", 1, MSG_MORE), 1);
	set_cork(pair->fd, 0);
	peer_expect_record(&pair->peer, TYPE_DATA, "ab", 2);
}

static void shutdown_pulls_the_cork(void **state)
{
	struct pair *pair = *state;

	set_cork(pair->fd, 1);
	expect_count(write(pair->fd, "last words", 10), 10);
	expect_ok(shutdown(pair->fd, SHUT_WR));
	peer_expect_record(&pair->peer, TYPE_DATA, "last words", 10);
	peer_expect_close(&pair->peer);
}

static void close_pulls_the_cork(void **state)
{
	struct pair *pair = *state;

	set_cork(pair->fd, 1);
	expect_count(write(pair->fd, "last words", 10), 10);
	pair_close_sealed(pair);
	peer_expect_record(&pair->peer, TYPE_DATA, "last words", 10);
	peer_expect_close(&pair->peer);
}

/* Set before the socket was sealed, and with nothing written under it */
static void empty_cork_does_nothing(void **state)
{
	struct pair *pair = *state;

	set_cork(pair->fd, 0);
	set_cork(pair->fd, 1);
	set_cork(pair->fd, 0);
	expect_kept_back(pair);
	expect_count(write(pair->fd, "data", 4), 4);
	peer_expect_record(&pair->peer, TYPE_DATA, "data", 4);
}

/* Neither call waits for a peer that does not read */
static void full_buffer_does_not_block_the_uncork(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(8 << 20, 4);
	struct worker *reader;
	size_t len = 0;
	ssize_t n;

	set_int(pair->fd, SOL_SOCKET, SO_SNDBUF, 1);
	set_nonblock(pair->fd);
	set_cork(pair->fd, 1);
	while ((n = write(pair->fd, data + len, 1001)) > 0)
		len += n;
	expect_errno(n, EAGAIN);
	set_cork(pair->fd, 0);
	reader = worker_collect(&pair->peer, len);
	worker_join(reader, data, len);
	free(data);
}

static void bad_values_are_refused_as_on_tcp(void **state)
{
	static const int names[] = { TCP_CORK, TCP_NODELAY };
	struct pair *pair = *state;
	int one = 1;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		expect_errno(setsockopt(pair->fd, IPPROTO_TCP, names[i], &one, 3), EINVAL);
		expect_errno(setsockopt(pair->fd, IPPROTO_TCP, names[i], (void *)1, 4),
			     EFAULT);
	}
}

int main(void)
{
	static const struct test tests[] = {
		EACH(writes_become_one_record),
		EACH_SUITE(larger_writes_become_one_record),
		EACH(header_and_file_are_one_record),
		EACH_SUITE(full_record_does_not_wait),
		EACH_FAMILY(end_of_record_is_heeded),
		EACH_FAMILY(nodelay_flushes_past_the_cork),
		EACH_FAMILY(uncork_ends_what_more_has_begun),
		EACH_FAMILY(shutdown_pulls_the_cork),
		EACH_FAMILY(close_pulls_the_cork),
		EACH_FAMILY(empty_cork_does_nothing),
		EACH_FAMILY(full_buffer_does_not_block_the_uncork),
		EACH_FAMILY(bad_values_are_refused_as_on_tcp),
	};

	return run_cases("cork", tests, ARRAY_SIZE(tests), pair_open);
}
