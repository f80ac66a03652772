/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's iterators enter; they leave with iov_iter_extract_pages(), which is
 * there since 6.3 (commit 7d58fe731028).
 */
#include_next <linux/uio.h>

#if defined(SEAL_COMPAT_GET_PAGES) && !defined(_SEAL_COMPAT_LINUX_UIO_H)
#define _SEAL_COMPAT_LINUX_UIO_H

ssize_t seal_compat_extract_pages(struct iov_iter *iter, struct page ***pages,
				  size_t maxsize, unsigned int maxpages,
				  unsigned int flags, size_t *offset0);

#define iov_iter_extract_pages	seal_compat_extract_pages

static inline bool iov_iter_extract_will_pin(const struct iov_iter *iter)
{
	return user_backed_iter(iter);
}

#endif
