// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Results of calls enter; a failed test with the call's text, its result and
 * errno leaves when they are not the expected ones.
 */
#include <stdio.h>
#include <string.h>

#include "ktest.h"

static void report(long ret, const char *call, const char *want)
{
	print_error("%s: returned %ld (%s), expected %s\n", call, ret,
		    ret < 0 ? strerrorname_np(errno) : "no errno", want);
}

void check_errno(long ret, int want, const char *call, const char *file, int line)
{
	if (ret == -1 && errno == want)
		return;
	report(ret, call, strerrorname_np(want));
	_fail(file, line);
}

void check_count(long ret, long want, const char *call, const char *file, int line)
{
	char text[32];

	if (ret == want)
		return;
	snprintf(text, sizeof(text), "%ld", want);
	report(ret, call, text);
	_fail(file, line);
}

long check_done(long ret, const char *call, const char *file, int line)
{
	if (ret < 0) {
		report(ret, call, "success");
		_fail(file, line);
	}
	return ret;
}

void check_bytes(const void *a, const void *b, size_t len, const char *what,
		 const char *file, int line)
{
	const uint8_t *x = a, *y = b;
	size_t i = 0;

	if (!len || !memcmp(a, b, len))
		return;
	while (x[i] == y[i])
		i++;
	print_error("%s: byte %zu of %zu is %02x, expected %02x\n", what, i, len,
		    x[i], y[i]);
	_fail(file, line);
}
