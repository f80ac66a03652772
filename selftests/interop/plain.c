// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A program that knows nothing of TLS: standard input enters the socket by
 * sendfile(), or by write() where it is no file (EINVAL); what read() returns leaves to OUT.
 * A client says when its input is at its end, a server ends when its client does.
 *
 * Exit status 0 if all was sent, and read() has come to the end of the stream.
 */
#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "life.h"

static void copy(int from, int to)
{
	static char bytes[65536];
	ssize_t n, some;

	while ((n = read(from, bytes, sizeof(bytes))) > 0)
		for (char *at = bytes; n; at += some, n -= some) {
			some = write(to, at, n);
			if (some < 0)
				die("write");
		}
	if (n < 0)
		die("read");
}

static void send_input(int fd)
{
	ssize_t n;

	while ((n = sendfile(fd, STDIN_FILENO, NULL, 1 << 20)) > 0)
		;
	if (n < 0 && errno != EINVAL)
		die("sendfile");
	copy(STDIN_FILENO, fd);
}

int main(int argc, char **words)
{
	int fd, status;

	if (argc != WORDS)
		errx(EXIT_FAILURE, "see life.h for what it wants to be told");
	fd = sealed_open(words);
	if (!fork()) {
		send_input(fd);
		return is_client(words) && shutdown(fd, SHUT_WR);
	}
	copy(fd, open_out(words));
	if (wait(&status) < 0 || status)
		return EXIT_FAILURE;
	sealed_tell(fd);
	return EXIT_SUCCESS;
}
