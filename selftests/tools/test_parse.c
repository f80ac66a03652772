// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * What strangers write enters (Range fields, addresses, paths); what the command
 * makes of it is compared with tables.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* RFC 9110 14.1.2 and 14.2: what is malformed is ignored, not refused */
static void range_of_a_field(void **state)
{
	static const struct {
		const char *value;
		uint64_t size;
		enum range_result result;
		struct range range;
	} cases[] = {
		{ "bytes=0-0", 1, RANGE_SATISFIABLE, { 0, 0 } },
		{ "bytes=0-", 10, RANGE_SATISFIABLE, { 0, 9 } },
		{ "bytes=9-", 10, RANGE_SATISFIABLE, { 9, 9 } },
		{ "bytes=2-5", 10, RANGE_SATISFIABLE, { 2, 5 } },
		{ "bytes=2-99", 10, RANGE_SATISFIABLE, { 2, 9 } },
		{ "BYTES=2-5", 10, RANGE_SATISFIABLE, { 2, 5 } },
		{ "bytes=-3", 10, RANGE_SATISFIABLE, { 7, 9 } },
		{ "bytes=-10", 10, RANGE_SATISFIABLE, { 0, 9 } },
		{ "bytes=-11", 10, RANGE_SATISFIABLE, { 0, 9 } },
		{ "bytes=0-18446744073709551615", 10, RANGE_SATISFIABLE,
		  { 0, 9 } },
		{ "bytes=0-18446744073709551616", 10, RANGE_SATISFIABLE,
		  { 0, 9 } },
		{ "bytes=-99999999999999999999999", 10, RANGE_SATISFIABLE,
		  { 0, 9 } },
		{ "bytes=10-", 10, RANGE_UNSATISFIABLE, { 0 } },
		{ "bytes=10-11", 10, RANGE_UNSATISFIABLE, { 0 } },
		{ "bytes=99999999999999999999999-", 10, RANGE_UNSATISFIABLE,
		  { 0 } },
		{ "bytes=-0", 10, RANGE_UNSATISFIABLE, { 0 } },
		{ "bytes=0-", 0, RANGE_UNSATISFIABLE, { 0 } },
		{ "bytes=-1", 0, RANGE_UNSATISFIABLE, { 0 } },
		{ NULL, 10, RANGE_IGNORED, { 0 } },
		{ "", 10, RANGE_IGNORED, { 0 } },
		{ "bytes", 10, RANGE_IGNORED, { 0 } },
		{ "bytes=", 10, RANGE_IGNORED, { 0 } },
		{ "bytes=-", 10, RANGE_IGNORED, { 0 } },
		{ "bytes=5", 10, RANGE_IGNORED, { 0 } },
		{ "bytes=5-2", 10, RANGE_IGNORED, { 0 } },
		{ "bytes=x-2", 10, RANGE_IGNORED, { 0 } },
		{ "bytes=2-x", 10, RANGE_IGNORED, { 0 } },
		{ "bytes=2-5x", 10, RANGE_IGNORED, { 0 } },
		{ "bytes=-3x", 10, RANGE_IGNORED, { 0 } },
		{ "bytes=--3", 10, RANGE_IGNORED, { 0 } },
		{ "bytes=+2-5", 10, RANGE_IGNORED, { 0 } },
		{ "bytes=2-5,7-8", 10, RANGE_IGNORED, { 0 } },
		{ "lines=2-5", 10, RANGE_IGNORED, { 0 } },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		struct range range;

		print_message("# %s of %ju\n", cases[i].value,
			      (uintmax_t)cases[i].size);
		assert_int_equal(range_parse(cases[i].value, cases[i].size,
					     &range), cases[i].result);
		if (cases[i].result != RANGE_SATISFIABLE)
			continue;
		assert_int_equal(range.first, cases[i].range.first);
		assert_int_equal(range.last, cases[i].range.last);
	}
}

static void endpoint_of_a_text(void **state)
{
	static const struct {
		const char *text, *host, *port;
	} cases[] = {
		{ "localhost:4433", "localhost", "4433" },
		{ "127.0.0.1:0", "127.0.0.1", "0" },
		{ "[::1]:443", "::1", "443" },
		{ ":443", "", "443" },
		{ "[]:443", "", "443" },
		{ "host:https", "host", "https" },
	};
	struct endpoint endpoint;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		print_message("# %s\n", cases[i].text);
		assert_int_equal(endpoint_parse(cases[i].text, &endpoint), 0);
		assert_string_equal(endpoint.host, cases[i].host);
		assert_string_equal(endpoint.port, cases[i].port);
	}
}

static void endpoint_of_no_endpoint(void **state)
{
	static const char *const cases[] = {
		"", ":", "host", "host:", "::1:443", "::1", "[::1]", "[::1]443",
		"[::1:443", "::1]:443", "[::1]:", "a:b:c",
	};
	struct endpoint endpoint;
	char text[400];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		print_message("# %s\n", cases[i]);
		assert_int_equal(endpoint_parse(cases[i], &endpoint), -EINVAL);
	}
	snprintf(text, sizeof(text), "%0256d:443", 0);
	assert_int_equal(endpoint_parse(text, &endpoint), -EINVAL);
	snprintf(text, sizeof(text), "%0255d:443", 0);
	assert_int_equal(endpoint_parse(text, &endpoint), 0);
	snprintf(text, sizeof(text), "host:%032d", 0);
	assert_int_equal(endpoint_parse(text, &endpoint), -EINVAL);
}

static void media_type_of_a_name(void **state)
{
	(void)state;
	assert_string_equal(media_type("a.html"), "text/html; charset=utf-8");
	assert_string_equal(media_type("A.HTML"), "text/html; charset=utf-8");
	assert_string_equal(media_type("a.tar.gz"), "application/gzip");
	assert_string_equal(media_type("a.html/b"), "application/octet-stream");
	assert_string_equal(media_type("html"), "application/octet-stream");
	assert_string_equal(media_type("a."), "application/octet-stream");
	assert_string_equal(media_type(""), "application/octet-stream");
	assert_string_equal(media_type("a.htmlx"), "application/octet-stream");
}

static void make_file(int root, const char *path)
{
	int fd = openat(root, path, O_WRONLY | O_CREAT | O_EXCL, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, path, strlen(path)), strlen(path));
	close(fd);
}

struct tree {
	char folder[32];
	int root;
};

static int open_folder(const char *path)
{
	int fd = open(path, O_PATH | O_DIRECTORY);

	assert_true(fd >= 0);
	return fd;
}

/* A root with a file beside it, which nobody may get */
static int make_tree(void **state)
{
	static struct tree tree = { .folder = "/tmp/sockseal-test.XXXXXX" };
	int outside, root;

	assert_non_null(mkdtemp(tree.folder));
	outside = open_folder(tree.folder);
	make_file(outside, "secret");
	assert_int_equal(mkdirat(outside, "root", 0700), 0);
	root = openat(outside, "root", O_PATH | O_DIRECTORY);
	assert_true(root >= 0);
	close(outside);
	make_file(root, "file.txt");
	assert_int_equal(mkdirat(root, "folder", 0700), 0);
	make_file(root, "folder/index.html");
	assert_int_equal(mkdirat(root, "bare", 0700), 0);
	assert_int_equal(mkdirat(root, "odd", 0700), 0);
	assert_int_equal(mkdirat(root, "odd/index.html", 0700), 0);
	assert_int_equal(mkfifoat(root, "fifo", 0600), 0);
	assert_int_equal(symlinkat("../secret", root, "out"), 0);
	assert_int_equal(symlinkat("/etc/passwd", root, "absolute"), 0);
	assert_int_equal(symlinkat("../file.txt", root, "bare/in"), 0);
	assert_int_equal(symlinkat("loop", root, "loop"), 0);
	tree.root = root;
	*state = &tree;
	return 0;
}

static int remove_tree(void **state)
{
	const struct tree *tree = *state;
	char command[64];

	close(tree->root);
	snprintf(command, sizeof(command), "rm -r %s", tree->folder);
	return system(command);
}

static void document_of_a_path(void **state)
{
	static const struct {
		const char *path;
		int error;
	} cases[] = {
		{ "/file.txt", 0 },
		{ "//file.txt", 0 },
		{ "/./file.txt", 0 },
		{ "/folder/../file.txt", 0 },
		{ "/folder/", 0 },
		{ "/folder/index.html", 0 },
		{ "/bare/in", 0 },
		{ "/folder", -EISDIR },
		{ "/bare/..", -EISDIR },
		{ "/", -ENOENT },
		{ "/bare/", -ENOENT },
		{ "/none", -ENOENT },
		{ "/file.txt/", -ENOTDIR },
		{ "/file.txt/x", -ENOTDIR },
		{ "/loop", -ELOOP },
		{ "/fifo", -EACCES },
		{ "/odd/", -EACCES },
		{ "/..", -EXDEV },
		{ "/../secret", -EXDEV },
		{ "/folder/../../secret", -EXDEV },
		{ "/../root/file.txt", -EXDEV },
		{ "/out", -EXDEV },
		{ "/absolute", -EXDEV },
		{ "/../", -EXDEV },
		{ "file.txt", -EINVAL },
		{ "", -EINVAL },
		{ "*", -EINVAL },
	};
	const int root = ((const struct tree *)*state)->root;
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		struct document document;

		print_message("# %s\n", cases[i].path);
		assert_int_equal(document_open(root, cases[i].path, &document),
				 cases[i].error);
		if (cases[i].error)
			continue;
		assert_int_not_equal(document.size, 0);
		close(document.fd);
	}
}

/* Whatever is opened is closed on the way to an error */
static void document_leaks_no_descriptor(void **state)
{
	static const char *const paths[] = { "/folder", "/fifo", "/odd/" };
	const int root = ((const struct tree *)*state)->root;
	struct document document;
	int before = dup(root);
	int after;
	size_t i;

	close(before);
	for (i = 0; i < COUNT(paths); i++)
		assert_true(document_open(root, paths[i], &document) < 0);
	after = dup(root);
	close(after);
	assert_int_equal(after, before);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(range_of_a_field),
		cmocka_unit_test(endpoint_of_a_text),
		cmocka_unit_test(endpoint_of_no_endpoint),
		cmocka_unit_test(media_type_of_a_name),
		cmocka_unit_test(document_of_a_path),
		cmocka_unit_test(document_leaks_no_descriptor),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, make_tree, remove_tree);
}
