// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The path of a file enters; the session that is stored there leaves, or one enters and
 * is stored there.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sockseal.h"
#include "tools.h"

/* No ticket of 65535 bytes with all that belongs to it is longer */
#define SESSION_MAX 70000

static int read_session(int fd, const char *path, struct seal_session **session)
{
	static char bytes[SESSION_MAX];
	ssize_t len = read(fd, bytes, sizeof(bytes));
	int error;

	if (len < 0) {
		warn("--session %s", path);
		return -1;
	}
	error = seal_session_import(bytes, len, session);
	explicit_bzero(bytes, sizeof(bytes));
	if (!error)
		return 0;
	warnx("--session %s: %s", path, error == SEAL_E_INVALID ?
	      "there is no session in this file: remove it" : seal_strerror(error));
	return -1;
}

int session_load(const char *path, struct seal_session **session)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int failed;

	*session = NULL;
	if (fd < 0) {
		if (errno == ENOENT)
			return 0;
		warn("--session %s", path);
		return -1;
	}
	failed = read_session(fd, path, session);
	close(fd);
	return failed;
}

/* Under another name first: nobody finds half of it.  mkstemp() is for the owner alone */
static int write_file(const char *path, const void *data, size_t len)
{
	char *name;
	int fd, failed;

	if (asprintf(&name, "%s.XXXXXX", path) < 0)
		return -1;
	fd = mkostemp(name, O_CLOEXEC);
	if (fd < 0) {
		free(name);
		return -1;
	}
	failed = write(fd, data, len) != (ssize_t)len;
	failed = close(fd) || failed || rename(name, path);
	if (failed)
		unlink(name);
	free(name);
	return failed ? -1 : 0;
}

int session_save(const char *path, const struct seal_session *session)
{
	static char bytes[SESSION_MAX];
	size_t len;
	int failed;

	failed = seal_session_export(session, bytes, sizeof(bytes), &len) ||
		 write_file(path, bytes, len);
	if (failed)
		warn("--session %s", path);
	explicit_bzero(bytes, sizeof(bytes));
	return failed ? -1 : 0;
}
