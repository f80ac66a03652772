// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Files and pipes enter by sendfile() and splice(); the peer compares what
 * arrives with the file, and the file must be what it was.
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "ktest.h"

#define MEGABYTE	(1 << 20)
#define FILE_SIZE	(256 * 1024)

static const off_t offsets[] = { 0, 1, 4095, 4096, 4097, 12345 };
static const size_t lengths[] = { 1, 4095, 4096, 4097, 16384, 16385, 65536 + 13 };

static void send_part(struct pair *pair, int file, const uint8_t *data, off_t off,
		      size_t len)
{
	struct worker *reader = worker_collect(&pair->peer, len);
	off_t at = off;

	expect_count(sendfile(pair->fd, file, &at, len), len);
	assert_int_equal(at, off + len);
	worker_join(reader, data + off, len);
}

static void every_offset_and_length_arrives(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(FILE_SIZE, 1);
	int file = must(open_bytes(data, FILE_SIZE));

	for (size_t i = 0; i < ARRAY_SIZE(offsets); i++)
		for (size_t j = 0; j < ARRAY_SIZE(lengths); j++)
			send_part(pair, file, data, offsets[i], lengths[j]);
	expect_file(file, data, FILE_SIZE);
	close(file);
	free(data);
}

static void large_file_arrives(void **state)
{
	struct pair *pair = *state;
	size_t len = 5 * MEGABYTE + 4321;
	uint8_t *data = make_bytes(len, 2);
	int file = must(open_bytes(data, len));

	send_part(pair, file, data, 0, len);
	expect_file(file, data, len);
	close(file);
	free(data);
}

/* A file of the disk, not of memory: this program */
static void program_file_arrives(void **state)
{
	struct pair *pair = *state;
	int file = must(open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
	size_t len = must(lseek(file, 0, SEEK_END));
	uint8_t *data = make_room(len);

	expect_count(pread(file, data, len, 0), len);
	send_part(pair, file, data, 0, len);
	expect_file(file, data, len);
	close(file);
	free(data);
}

/* Encrypted before the call returns: later changes are not seen */
static void file_may_change_once_accepted(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(20000, 3), *other = make_bytes(20000, 4);
	int file = must(open_bytes(data, 20000));

	expect_count(sendfile(pair->fd, file, NULL, 20000), 20000);
	expect_count(pwrite(file, other, 20000, 0), 20000);
	peer_expect_data(&pair->peer, data, 20000);
	expect_file(file, other, 20000);
	close(file);
	free(other);
	free(data);
}

struct changer {
	int		file;
	volatile bool	stop;
};

static void *change_file(void *arg)
{
	struct changer *changer = arg;
	uint8_t *data = malloc(65536);

	for (uint64_t i = 0; !changer->stop; i++) {
		memset(data, i, 65536);
		if (pwrite(changer->file, data, 65536, 0) != 65536)
			break;
	}
	free(data);
	return NULL;
}

/* What arrives is old or new bytes, but every record still opens */
static void file_that_changes_meanwhile_breaks_no_record(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(65536, 5);
	struct changer changer = { .file = must(open_bytes(data, 65536)) };
	pthread_t thread;

	expect_ok(pthread_create(&thread, NULL, change_file, &changer));
	for (int i = 0; i < 50; i++) {
		off_t at = 0;

		expect_count(sendfile(pair->fd, changer.file, &at, 65536), 65536);
		expect_count(peer_collect(&pair->peer, data, 65536), 65536);
	}
	changer.stop = true;
	expect_ok(pthread_join(thread, NULL));
	close(changer.file);
	free(data);
}

static void nonblocking_goes_on_where_it_stopped(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(MEGABYTE, 6);
	int file = must(open_bytes(data, MEGABYTE));
	struct worker *reader = worker_collect(&pair->peer, MEGABYTE);
	off_t at = 0;

	set_int(pair->fd, SOL_SOCKET, SO_SNDBUF, 8192);
	set_nonblock(pair->fd);
	while (at < MEGABYTE) {
		ssize_t n = sendfile(pair->fd, file, &at, MEGABYTE - at);

		if (n < 0) {
			expect_errno(n, EAGAIN);
			wait_for(pair->fd, POLLOUT);
		}
	}
	worker_join(reader, data, MEGABYTE);
	close(file);
	free(data);
}

static void accepted_part_arrives_without_another_call(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(8 * MEGABYTE, 7);
	int file = must(open_bytes(data, 8 * MEGABYTE));
	off_t at = 0;
	ssize_t n;

	set_int(pair->fd, SOL_SOCKET, SO_SNDBUF, 32768);
	set_nonblock(pair->fd);
	do
		n = sendfile(pair->fd, file, &at, 8 * MEGABYTE - at);
	while (n > 0);
	expect_errno(n, EAGAIN);
	assert_in_range(at, 1, 8 * MEGABYTE - 1);
	peer_expect_data(&pair->peer, data, at);
	close(file);
	free(data);
}

static void from_the_end_sends_nothing(void **state)
{
	struct pair *pair = *state;
	int file = must(open_bytes("abc", 3));
	off_t at = 3;

	expect_count(sendfile(pair->fd, file, &at, 10), 0);
	assert_int_equal(bytes_handed_to_tcp(pair->fd), 0);
	expect_count(write(pair->fd, "x", 1), 1);
	peer_expect_record(&pair->peer, TYPE_DATA, "x", 1);
	close(file);
}

static void after_shutdown_is_broken_pipe(void **state)
{
	struct pair *pair = *state;
	int file = must(open_bytes("abc", 3));

	signal(SIGPIPE, SIG_IGN);
	expect_ok(shutdown(pair->fd, SHUT_WR));
	expect_errno(sendfile(pair->fd, file, NULL, 3), EPIPE);
	peer_expect_close(&pair->peer);
	close(file);
}

/* Everything in the pipe goes to the sealed end */
static void splice_all(int from, int to, size_t len, unsigned int flags)
{
	while (len) {
		ssize_t n = must(splice(from, NULL, to, NULL, len, flags));

		assert_int_not_equal(n, 0);
		len -= n;
	}
}

static void small_pipe_arrives(void **state)
{
	struct pair *pair = *state;
	size_t len = 300000;
	uint8_t *data = make_bytes(len, 8);
	struct worker *reader = worker_collect(&pair->peer, len), *writer;
	int fds[2];

	open_pipe(fds, 4096);
	writer = worker_write(fds[1], data, len);
	splice_all(fds[0], pair->fd, len, 0);
	worker_join(writer, NULL, len);
	worker_join(reader, data, len);
	close_pipe(fds);
	free(data);
}

/* Pages given away by vmsplice() are the program's, and are only read */
static void gifted_pages_arrive(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(40000, 9), *copy = make_bytes(40000, 9);
	struct iovec iov = { data, 40000 };
	struct worker *reader = worker_collect(&pair->peer, 40000);
	int fds[2];

	open_pipe(fds, 65536);
	expect_count(vmsplice(fds[1], &iov, 1, 0), 40000);
	splice_all(fds[0], pair->fd, 40000, 0);
	worker_join(reader, copy, 40000);
	expect_bytes(data, copy, 40000);
	close_pipe(fds);
	free(copy);
	free(data);
}

/* tee() leaves the same pages in a second pipe, where they must not change */
static void pages_shared_with_a_pipe_are_only_read(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(10000, 10), *buf = make_room(10000);
	int first[2], second[2];

	open_pipe(first, 65536);
	open_pipe(second, 65536);
	expect_count(write(first[1], data, 10000), 10000);
	expect_count(tee(first[0], second[1], 10000, 0), 10000);
	splice_all(first[0], pair->fd, 10000, 0);
	peer_expect_data(&pair->peer, data, 10000);
	expect_count(read(second[0], buf, 10000), 10000);
	expect_bytes(buf, data, 10000);
	close_pipe(first);
	close_pipe(second);
	free(buf);
	free(data);
}

/* Pages of a file never wait in an open record, whatever is announced */
static void splice_more_does_not_keep_pages(void **state)
{
	struct pair *pair = *state;
	uint8_t *data = make_bytes(5000, 11);
	int fds[2];

	open_pipe(fds, 65536);
	expect_count(write(fds[1], data, 5000), 5000);
	splice_all(fds[0], pair->fd, 5000, SPLICE_F_MORE);
	peer_expect_data(&pair->peer, data, 5000);
	close_pipe(fds);
	free(data);
}

int main(void)
{
	static const struct test tests[] = {
		EACH(every_offset_and_length_arrives),
		EACH(large_file_arrives),
		EACH_SUITE(program_file_arrives),
		EACH_SUITE(file_may_change_once_accepted),
		EACH_SUITE(file_that_changes_meanwhile_breaks_no_record),
		EACH(nonblocking_goes_on_where_it_stopped),
		EACH_FAMILY(accepted_part_arrives_without_another_call),
		ONCE(from_the_end_sends_nothing),
		ONCE(after_shutdown_is_broken_pipe),
		EACH_SUITE(small_pipe_arrives),
		EACH_SUITE(gifted_pages_arrive),
		EACH_SUITE(pages_shared_with_a_pipe_are_only_read),
		EACH_SUITE(splice_more_does_not_keep_pages),
	};

	return run_cases("sendfile", tests, ARRAY_SIZE(tests), pair_open);
}
