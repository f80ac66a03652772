// SPDX-License-Identifier: GPL-2.0
/*
 * Memory of records on their way in: pages enter, records to fill leave, and come
 * back when they were read.
 *
 * Each CPU keeps one record with its pages for the next one that comes.  So a record
 * that is read at once costs no allocation, and an idle connection keeps no memory.
 */
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/slab.h>

#include "seal.h"

/* Wiped; not the CPU's own as soon as somebody has taken it out */
static DEFINE_PER_CPU(struct seal_plain *, spare);

/* Plaintext stands in the first @dirty bytes and nowhere else. */
static void wipe(struct seal_plain *plain)
{
	struct page **page = plain->page;

	while (plain->dirty) {
		size_t n = min_t(size_t, plain->dirty, PAGE_SIZE);

		memzero_explicit(page_address(*page++), n);
		plain->dirty -= n;
	}
}

static void free_plain(struct seal_plain *plain)
{
	if (!plain)
		return;
	while (plain->pages)
		put_page(plain->page[--plain->pages]);
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
 * @len: bytes it must have room for, at most SEAL_CIPHERTEXT_MAX
 *
 * Context: process, may sleep.
 * Return: the record, or NULL if there is no memory.
 */
struct seal_plain *seal_plain_get(size_t len)
{
	struct seal_plain *plain = this_cpu_xchg(spare, NULL);

	if (!plain)
		plain = kzalloc(sizeof(*plain), GFP_KERNEL);
	if (plain && add_pages_for(plain, len)) {
		free_plain(plain);
		return NULL;
	}
	return plain;
}

/**
 * seal_plain_put() - give back a record, without leaving plaintext in memory
 * @plain: record in no list, or NULL; it can serve for the next one
 */
void seal_plain_put(struct seal_plain *plain)
{
	if (!plain)
		return;
	plain->direct = false;
	/* a lent page is the pipe's to read */
	if (!plain->lent) {
		wipe(plain);
		plain = this_cpu_xchg(spare, plain);
	}
	free_plain(plain);
}

/**
 * seal_plain_queue() - a record can be read
 * @rx:		receiving direction of a locked socket
 * @plain:	opened record
 */
void seal_plain_queue(struct seal_rx *rx, struct seal_plain *plain)
{
	list_add_tail(&plain->node, &rx->queue);
	rx->queued += plain->end - plain->off;
	rx->held += plain->pages * PAGE_SIZE;
}

/**
 * seal_plain_consume() - bytes of a record have been read
 * @rx:		receiving direction of a locked socket
 * @plain:	the first record of its queue
 * @len:	how many bytes
 */
void seal_plain_consume(struct seal_rx *rx, struct seal_plain *plain, size_t len)
{
	plain->off += len;
	rx->queued -= len;
	if (plain->off < plain->end)
		return;
	list_del(&plain->node);
	rx->removed++;
	rx->held -= plain->pages * PAGE_SIZE;
	seal_plain_put(plain);
}

/**
 * seal_plain_release() - give back all records
 * @rx: of a socket that is going away
 */
void seal_plain_release(struct seal_rx *rx)
{
	struct seal_plain *plain, *next;

	list_for_each_entry_safe(plain, next, &rx->queue, node)
		seal_plain_put(plain);
	seal_plain_put(rx->framer.plain);
}

/** seal_plain_exit() - the last sealed socket is gone, keep nothing for the next one */
void seal_plain_exit(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		free_plain(per_cpu(spare, cpu));
}
