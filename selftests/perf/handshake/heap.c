// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Calls of malloc() and the others enter, libcrypto's and libc's own among them; they
 * leave for glibc, and are counted.  One thread.
 */
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>

#include "bench.h"

static size_t live, calls;

static void *count(void *p)
{
	if (p) {
		live += malloc_usable_size(p);
		calls++;
	}
	return p;
}

static void discount(void *p)
{
	if (p)
		live -= malloc_usable_size(p);
}

void *malloc(size_t size)
{
	return count(__libc_malloc(size));
}

void *calloc(size_t n, size_t size)
{
	return count(__libc_calloc(n, size));
}

void *realloc(void *p, size_t size)
{
	size_t before = p ? malloc_usable_size(p) : 0;
	void *q = __libc_realloc(p, size);

	if (q || !size)
		live -= before;
	return count(q);
}

void *memalign(size_t alignment, size_t size)
{
	return count(__libc_memalign(alignment, size));
}

void *aligned_alloc(size_t alignment, size_t size)
{
	return memalign(alignment, size);
}

int posix_memalign(void **out, size_t alignment, size_t size)
{
	void *p = memalign(alignment, size);

	if (p)
		*out = p;
	return p ? 0 : ENOMEM;
}

void free(void *p)
{
	discount(p);
	__libc_free(p);
}

size_t bench_heap_live(void)
{
	return live;
}

size_t bench_heap_calls(void)
{
	return calls;
}
