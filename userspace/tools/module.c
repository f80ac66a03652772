// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Nothing enters; whether this kernel can seal a socket leaves.
 */
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/sockseal.h>

#include "tools.h"

/*
 * An unconnected socket is enough: TCP looks the name up first (and loads the
 * module for a process with CAP_NET_ADMIN), and only then can the ULP refuse the
 * state of the socket.  ENOENT is what a missing ULP gives, and nothing else.
 */
bool module_present(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool absent;

	if (fd < 0)
		fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	absent = setsockopt(fd, IPPROTO_TCP, TCP_ULP, SEAL_ULP_NAME,
			    sizeof(SEAL_ULP_NAME)) && errno == ENOENT;
	close(fd);
	return !absent;
}

void module_report_absent(void)
{
	warnx("kernel module sockseal is not loaded: run `modprobe sockseal' "
	      "as root");
}
