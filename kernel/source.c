// SPDX-License-Identifier: GPL-2.0
/*
 * Pages of the caller enter, as an iterator has them; the last bytes of a record's
 * payload leave, for the cipher to read where they are.
 *
 * All functions here want the socket lock.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uio.h>

#include "seal.h"

/* Add one page's bytes, joined to the last ones if they are neighbours. */
static void add_page(struct seal_source *source, struct page *page, size_t off,
		     size_t len)
{
	struct bio_vec *last = source->vecs ? &source->vec[source->vecs - 1] :
					      NULL;

	if (last && page_to_phys(last->bv_page) + last->bv_offset +
		    last->bv_len == page_to_phys(page) + off)
		last->bv_len += len;
	else
		bvec_set_page(&source->vec[source->vecs++], page, len, off);
	source->len += len;
}

/**
 * seal_source_init() - there are no pages
 * @source: anything; its tables need not be cleared
 */
void seal_source_init(struct seal_source *source)
{
	source->len = 0;
	source->pages = 0;
	source->vecs = 0;
	source->kept = 0;
	source->pinned = false;
}

/**
 * seal_source_take() - list the caller's pages, as they are
 * @source:	initialised, or with pages of the same kind
 * @iter:	memory or a bvec, advanced by what is taken
 * @want:	bytes at most
 *
 * Context: process, may sleep.
 * Return: bytes that were taken; 0 if there is no room for more pages, or if the
 * memory cannot be read.
 */
size_t seal_source_take(struct seal_source *source, struct iov_iter *iter,
			size_t want)
{
	struct page **page = source->page + source->pages;
	size_t before = source->len, off;
	ssize_t left;

	source->pinned = iov_iter_extract_will_pin(iter);
	want += before;
	while (source->len < want && source->pages < SEAL_SOURCE_PAGES) {
		left = iov_iter_extract_pages(iter, &page, want - source->len,
					      SEAL_SOURCE_PAGES - source->pages,
					      0, &off);
		if (left <= 0)
			break;
		for (; left > 0; source->pages++, page++, off = 0) {
			size_t n = min_t(size_t, left, PAGE_SIZE - off);

			add_page(source, *page, off, n);
			left -= n;
		}
	}
	return source->len - before;
}

/**
 * seal_source_keep() - let the open record keep pages until it is sealed
 * @tx:		sending direction
 * @source:	pages of a bvec: @tx->source, or else copied there
 *
 * Context: process, may sleep.
 * Return: true; false if there is no memory, or no room for another page.
 */
bool seal_source_keep(struct seal_tx *tx, const struct seal_source *source)
{
	if (source->pages == SEAL_SOURCE_PAGES)
		return false;
	if (!tx->source)
		tx->source = kmemdup(source, sizeof(*source), GFP_KERNEL);
	if (!tx->source)
		return false;
	while (tx->source->kept < tx->source->pages)
		get_page(tx->source->page[tx->source->kept++]);
	return true;
}

/**
 * seal_source_release() - the record needs its pages no more
 * @tx: sending direction
 */
void seal_source_release(struct seal_tx *tx)
{
	struct seal_source *source = tx->source;

	tx->source = NULL;
	if (!source)
		return;
	if (source->pinned)
		unpin_user_pages(source->page, source->pages);
	if (!source->kept)
		return;
	while (source->kept)
		put_page(source->page[--source->kept]);
	kfree(source);
}
