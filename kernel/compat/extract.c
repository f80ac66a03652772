// SPDX-License-Identifier: GPL-2.0
/*
 * Until Linux 6.2, iov_iter_get_pages2() takes references on pages and there is
 * nothing that pins them.  Iterators enter, pages leave as iov_iter_extract_pages()
 * of 6.3 gives them: those of user memory pinned, those of a bvec as they are.
 */
#include <linux/mm.h>
#include <linux/uio.h>

/* Address of the next bytes of memory; *@len is cut to what is in one piece. */
static unsigned long first_address(struct iov_iter *iter, size_t *len)
{
	struct iovec iov;

	if (iter_is_ubuf(iter))
		return (unsigned long)iter->ubuf + iter->iov_offset;

	iov_iter_advance(iter, 0);	/* past empty pieces */
	iov = iov_iter_iovec(iter);
	*len = min_t(size_t, *len, iov.iov_len);
	return (unsigned long)iov.iov_base;
}

static ssize_t pin_user(struct iov_iter *iter, struct page **pages, size_t len,
			unsigned int maxpages, size_t *offset)
{
	unsigned int gup_flags = iov_iter_rw(iter) == WRITE ? 0 : FOLL_WRITE;
	unsigned long address = first_address(iter, &len);
	unsigned int want;
	int pinned;

	*offset = offset_in_page(address);
	want = min_t(size_t, DIV_ROUND_UP(*offset + len, PAGE_SIZE), maxpages);
	pinned = pin_user_pages_fast(address & PAGE_MASK, want, gup_flags, pages);
	if (pinned <= 0)
		return pinned;
	len = min_t(size_t, len, pinned * PAGE_SIZE - *offset);
	iov_iter_advance(iter, len);
	return len;
}

/* Who calls holds the memory. */
static ssize_t list_kvec(struct iov_iter *iter, struct page **pages, size_t len,
			 unsigned int maxpages, size_t *offset)
{
	unsigned long address = first_address(iter, &len);
	unsigned int i, want;

	*offset = offset_in_page(address);
	want = min_t(size_t, DIV_ROUND_UP(*offset + len, PAGE_SIZE), maxpages);
	for (i = 0; i < want; i++) {
		void *p = (void *)((address & PAGE_MASK) + i * PAGE_SIZE);

		pages[i] = virt_addr_valid(p) ? virt_to_page(p) :
						vmalloc_to_page(p);
	}
	len = min_t(size_t, len, want * PAGE_SIZE - *offset);
	iov_iter_advance(iter, len);
	return len;
}

/* Who made the bvec holds its pages. */
static ssize_t list_bvec(struct iov_iter *iter, struct page **pages, size_t len,
			 unsigned int maxpages, size_t *offset)
{
	ssize_t ret = iov_iter_get_pages2(iter, pages, len, maxpages, offset);
	unsigned int i;

	if (ret > 0)
		for (i = 0; i < DIV_ROUND_UP(*offset + ret, PAGE_SIZE); i++)
			put_page(pages[i]);
	return ret;
}

/**
 * seal_compat_extract_pages() - iov_iter_extract_pages()
 * @iter:	iterator over user memory, a kvec or a bvec, advanced by what is returned
 * @pages:	points to an array for the pages
 * @maxsize:	bytes at most
 * @maxpages:	size of the array
 * @flags:	none
 * @offset0:	set to the offset of the first byte in the first page
 *
 * Return: number of bytes, or -EFAULT.
 */
ssize_t seal_compat_extract_pages(struct iov_iter *iter, struct page ***pages,
				  size_t maxsize, unsigned int maxpages,
				  unsigned int flags, size_t *offset0)
{
	maxsize = min(maxsize, iov_iter_count(iter));
	if (!maxsize || !maxpages)
		return 0;
	if (user_backed_iter(iter))
		return pin_user(iter, *pages, maxsize, maxpages, offset0);
	if (iov_iter_is_kvec(iter))
		return list_kvec(iter, *pages, maxsize, maxpages, offset0);
	return list_bvec(iter, *pages, maxsize, maxpages, offset0);
}
