// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Lines in NSS key log format enter from the library; they leave to a file that
 * only its owner can read.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "sockseal.h"
#include "tools.h"

/* One writev() on an O_APPEND file: lines of several processes do not mix */
static void write_line(const char *line, void *arg)
{
	const struct keylog *keylog = arg;
	const struct iovec parts[] = {
		{ .iov_base = (void *)line, .iov_len = strlen(line) },
		{ .iov_base = (void *)"\n", .iov_len = 1 },
	};

	if (writev(keylog->fd, parts, 2) < 0)
		warn("cannot write to the key log");
}

int keylog_open(struct keylog *keylog, struct seal_config *cfg, const char *path)
{
	keylog->fd = -1;
	if (!path)
		return 0;
	keylog->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (keylog->fd < 0) {
		warn("--keylog %s", path);
		return -1;
	}
	seal_config_set_keylog(cfg, write_line, keylog);
	return 0;
}

void keylog_close(struct keylog *keylog)
{
	if (keylog->fd >= 0)
		close(keylog->fd);
}
