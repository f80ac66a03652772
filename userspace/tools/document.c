// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The path of a URL enters; an open regular file that lies under the document root
 * leaves.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tools.h"

#define INDEX "index.html"

/*
 * The kernel refuses whatever leads out of the root, by "..", by a symbolic link
 * or by a rename in between.  O_NONBLOCK: a FIFO without writer must not stop the
 * server.
 */
static int open_beneath(int root, const char *path)
{
	const struct open_how how = {
		.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
	};
	int fd;

	do {
		fd = syscall(SYS_openat2, root, path, &how, sizeof(how));
	} while (fd < 0 && errno == EINTR);
	return fd < 0 ? -errno : fd;
}

static int inspect(int fd, const char *path, struct document *document)
{
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (!S_ISREG(st.st_mode))
		return -EACCES;
	document->fd = fd;
	document->size = st.st_size;
	document->modified = st.st_mtime;
	document->type = media_type(path);
	return 0;
}

static int open_regular(int root, const char *path, struct document *document)
{
	int fd = open_beneath(root, path);
	int error;

	if (fd < 0)
		return fd;
	error = inspect(fd, path, document);
	if (error)
		close(fd);
	return error;
}

static int open_index(int root, const char *directory,
		      struct document *document)
{
	char *path;
	int error;

	if (asprintf(&path, "%s" INDEX, directory) < 0)
		return -ENOMEM;
	error = open_regular(root, path, document);
	free(path);
	/* a directory of that name is no index, and no redirection helps */
	return error == -EISDIR ? -EACCES : error;
}

int document_open(int root, const char *path, struct document *document)
{
	size_t len;

	if (*path != '/')
		return -EINVAL;
	while (*path == '/')
		path++;
	len = strlen(path);
	if (!len || path[len - 1] == '/')
		return open_index(root, path, document);
	return open_regular(root, path, document);
}
