// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The name of a ULP enters; whether this kernel has it leaves.
 */
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/sockseal.h>

#include "tools.h"

/*
 * An unconnected socket is enough: TCP looks the name up first (and loads the
 * module for a process with CAP_NET_ADMIN), and only then can the ULP refuse the
 * state of the socket.  ENOENT is what a missing ULP gives, and nothing else.
 */
bool module_answers(const char *ulp)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool absent;

	if (fd < 0)
		fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	absent = setsockopt(fd, IPPROTO_TCP, TCP_ULP, ulp, strlen(ulp) + 1) &&
		 errno == ENOENT;
	close(fd);
	return !absent;
}

bool module_present(void)
{
	return module_answers(SEAL_ULP_NAME);
}

void module_report_absent(void)
{
	warnx("kernel module sockseal is not loaded: run `modprobe sockseal' "
	      "as root");
}
