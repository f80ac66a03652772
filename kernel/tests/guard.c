// SPDX-License-Identifier: GPL-2.0
/*
 * A length enters, memory leaves that ends where a page ends behind which there is
 * nothing: to read or write one byte too many is a fault.
 */
#include <linux/mm.h>
#include <linux/vmalloc.h>

#include "tests.h"

static void free_pages_of(void *memory)
{
	vfree(memory);
}

/**
 * seal_test_guarded() - @len bytes of 0xa5 before a guard page, freed with the test
 * @test:	the test
 * @len:	bytes, at least 1
 */
u8 *seal_test_guarded(struct kunit *test, size_t len)
{
	size_t size = PAGE_ALIGN(len);
	u8 *memory = vmalloc(size);

	KUNIT_ASSERT_NOT_NULL(test, memory);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, free_pages_of, memory));
	KUNIT_ASSERT_NULL(test, vmalloc_to_page(memory + size));
	memset(memory, 0xa5, size);
	return memory + size - len;
}

/**
 * seal_test_guarded_copy() - @data before a guard page, freed with the test
 * @test:	the test
 * @data:	what to copy
 * @len:	its length in bytes, at least 1
 */
u8 *seal_test_guarded_copy(struct kunit *test, const u8 *data, size_t len)
{
	u8 *copy = seal_test_guarded(test, len);

	memcpy(copy, data, len);
	return copy;
}
