// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The words of life.h enter, a connected TCP socket over loopback and the file OUT
 * leave.
 */
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "life.h"

/* The call that failed, and its errno */
void die(const char *what)
{
	err(EXIT_FAILURE, "%s", what);
}

bool is_client(char **words)
{
	return !strcmp(words[WHO], "connect");
}

static int tcp_socket(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("socket");
	return fd;
}

static int tcp_connect(const char *address)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	const char *colon = strrchr(address, ':');
	int fd = tcp_socket();

	if (!colon)
		errx(EXIT_FAILURE, "not an ADDRESS:PORT: %s", address);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	to.sin_port = htons(atoi(colon + 1));
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)))
		die("connect");
	return fd;
}

static int tcp_accept(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof(at);
	int listener = tcp_socket(), fd;

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(listener, (struct sockaddr *)&at, len) || listen(listener, 1) ||
	    getsockname(listener, (struct sockaddr *)&at, &len))
		die("listen");
	printf("listening on 127.0.0.1:%d\n", ntohs(at.sin_port));
	fflush(stdout);
	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (fd < 0)
		die("accept");
	return fd;
}

int tcp_open(char **words)
{
	return is_client(words) ? tcp_connect(words[SECOND]) : tcp_accept();
}

int open_out(char **words)
{
	int fd = open(words[OUT], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0)
		die(words[OUT]);
	return fd;
}
