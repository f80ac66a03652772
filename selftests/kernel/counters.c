// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The name of a counter enters, its value in this network namespace leaves, as
 * /proc/net/sockseal_stat prints it.
 */
#include <stdio.h>
#include <string.h>

#include "ktest.h"

/* -1: there is no such line */
long long counter(const char *name)
{
	FILE *file = fopen("/proc/self/net/sockseal_stat", "re");
	long long value, found = -1;
	char word[64];

	assert_non_null(file);
	while (fscanf(file, "%63s %lld", word, &value) == 2)
		if (!strcmp(word, name))
			found = value;
	assert_true(feof(file));
	fclose(file);
	return found;
}
