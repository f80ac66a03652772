// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Bytes enter; files in the page cache and pipes that hold them leave.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ktest.h"

/* A file without a name; -1 with errno when it cannot be made */
int open_bytes(const void *data, size_t len)
{
	int fd = memfd_create("ktest", MFD_CLOEXEC);

	if (fd >= 0 && pwrite(fd, data, len, 0) != (ssize_t)len)
		return -1;
	return fd;
}

/* The file still holds these bytes */
void expect_file(int file, const void *data, size_t len)
{
	uint8_t *buf = make_room(len);

	expect_count(pread(file, buf, len, 0), len);
	expect_bytes(buf, data, len);
	free(buf);
}

/* A pipe of about this many bytes */
void open_pipe(int fds[2], int size)
{
	expect_ok(pipe2(fds, O_CLOEXEC));
	must(fcntl(fds[1], F_SETPIPE_SZ, size));
}

void close_pipe(int fds[2])
{
	close(fds[0]);
	close(fds[1]);
}
