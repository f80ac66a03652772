// SPDX-License-Identifier: GPL-2.0
/*
 * Memory of records on their way in: pages enter, records to fill leave, and come
 * back when they were read.
 *
 * All functions here want the socket lock.
 */
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "seal.h"

/**
 * seal_plain_free() - free a record, without leaving plaintext in memory
 * @plain: record in no list, or NULL
 */
void seal_plain_free(struct seal_plain *plain)
{
	if (!plain)
		return;
	while (plain->pages) {
		struct page *page = plain->page[--plain->pages];

		/* a lent page is the pipe's to read */
		if (!plain->lent)
			clear_highpage(page);
		put_page(page);
	}
	kfree(plain);
}

static int add_pages_for(struct seal_plain *plain, size_t len)
{
	while (plain->pages < DIV_ROUND_UP(len, PAGE_SIZE)) {
		struct page *page = alloc_page(GFP_KERNEL);

		if (!page)
			return -ENOMEM;
		plain->page[plain->pages++] = page;
	}
	return 0;
}

/**
 * seal_plain_get() - a record to fill
 * @rx:		receiving direction, whose spare record is taken if there is one
 * @len:	bytes it must have room for, at most SEAL_CIPHERTEXT_MAX
 *
 * Context: process, may sleep.
 * Return: the record, or NULL if there is no memory.
 */
struct seal_plain *seal_plain_get(struct seal_rx *rx, size_t len)
{
	struct seal_plain *plain = rx->spare;

	rx->spare = NULL;
	if (!plain)
		plain = kzalloc(sizeof(*plain), GFP_KERNEL);
	if (plain && add_pages_for(plain, len)) {
		seal_plain_free(plain);
		return NULL;
	}
	return plain;
}

/**
 * seal_plain_put() - give back a record that was read to its end
 * @rx:		receiving direction
 * @plain:	record, in no list; it can serve for the next one
 */
void seal_plain_put(struct seal_rx *rx, struct seal_plain *plain)
{
	if (rx->spare || plain->lent)
		seal_plain_free(plain);
	else
		rx->spare = plain;
}

/**
 * seal_plain_rest() - keep no memory for the next record
 * @rx: receiving direction, for which nothing comes at the moment
 */
void seal_plain_rest(struct seal_rx *rx)
{
	seal_plain_free(rx->spare);
	rx->spare = NULL;
}

/**
 * seal_plain_release() - free all records
 * @rx: of a socket that is going away
 */
void seal_plain_release(struct seal_rx *rx)
{
	struct seal_plain *plain, *next;

	list_for_each_entry_safe(plain, next, &rx->queue, node)
		seal_plain_free(plain);
	seal_plain_free(rx->spare);
	seal_plain_free(rx->framer.plain);
}
