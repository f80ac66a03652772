// SPDX-License-Identifier: GPL-2.0
/*
 * A record in TCP's queue and the memory of a reader enter; the record leaves opened,
 * its plaintext written once, by the cipher, where the reader wants it.
 *
 * The reader's pages stay pinned until the tag has been verified, so that what stands
 * there when it is wrong can be wiped, whatever became of the mapping.  Of a record
 * that turns out not to be application data nothing may stay there either: it is
 * opened once more, into pages of the module's own.
 *
 * Another thread of the program can see its buffer change before the tag is verified,
 * as it can during any read().  What it writes there changes what the reader gets and
 * nothing else: the cipher's input is not there, nor is the content type of a record
 * without padding.
 *
 * All functions here want the socket lock.
 */
#include <linux/mm.h>
#include <linux/uio.h>

#include "seal.h"

/*
 * Content that is worth it: to copy less is cheaper than to pin the pages it goes to.
 * Nothing is to be pinned of kernel memory, but there are more pieces for the cipher.
 */
#define USER_MIN	4096
#define KERNEL_MIN	2048

/* What a padded record is searched for its content type by */
#define CHUNK_SIZE	64

/* Content of a record without padding, and what else its plaintext has */
static size_t content_size(const struct seal_suite *suite, size_t len)
{
	return len - seal_tail_size(suite);
}

/*
 * A record may turn out to be of another type, but is not likely to be: then it is
 * opened twice.  In the middle of a message, application data is an error.
 */
static_assert(KERNEL_MIN <= USER_MIN);
static bool is_worthwhile(const struct seal_rx *rx, const struct iov_iter *to,
			  size_t size)
{
	if (size < KERNEL_MIN || size > SEAL_PAYLOAD_MAX ||
	    size > iov_iter_count(to))
		return false;
	if (rx->framer.prefix[0] != SEAL_TYPE_APPLICATION_DATA ||
	    seal_control_midway(&rx->messages))
		return false;
	if (user_backed_iter(to))
		return size >= USER_MIN;
	return iov_iter_is_kvec(to) || iov_iter_is_bvec(to);
}

/*
 * Where the cipher writes: the reader's memory, and for the content type a byte of
 * ours.  Returns how many entries of @sg are the reader's.
 */
static unsigned int map_reader(struct scatterlist *sg,
			       const struct seal_source *source,
			       const struct seal_plain *plain, size_t type_size)
{
	const struct bio_vec *vec = source->vec;
	unsigned int i;

	for (i = 0; i < source->vecs; i++, vec++)
		seal_sg_set(&sg[i], vec->bv_page, vec->bv_len, vec->bv_offset);
	if (type_size)
		seal_sg_set(&sg[i], plain->page[0], type_size, 0);
	sg_mark_end(&sg[i - !type_size]);
	return i;
}

/* Where the content type of padded content of @size bytes is, or -1; and the type */
static int find_padded_type(struct scatterlist *sg, unsigned int nents, size_t size,
			    u8 *type)
{
	u8 chunk[CHUNK_SIZE];
	int i = -1;

	while (size && i < 0) {
		size_t n = min_t(size_t, size, CHUNK_SIZE);

		size -= n;
		sg_pcopy_to_buffer(sg, nents, chunk, n, size);
		i = seal_record_find_type(chunk, n);
	}
	*type = i < 0 ? 0 : chunk[i];
	memzero_explicit(chunk, sizeof(chunk));
	return size + i;
}

/*
 * RFC 8446 5.4: the content type is the last byte that is not zero.
 * Return: 0, or -EAGAIN if the record is not application data.
 */
static int judge(struct seal_plain *plain, const struct seal_suite *suite,
		 struct scatterlist *sg, unsigned int nents, size_t size)
{
	plain->type = SEAL_TYPE_APPLICATION_DATA;
	plain->end = size;
	if (suite->type_size)
		plain->type = *(const u8 *)page_address(plain->page[0]);
	if (!plain->type)
		plain->end = find_padded_type(sg, nents, size, &plain->type);
	return plain->type == SEAL_TYPE_APPLICATION_DATA ? 0 : -EAGAIN;
}

/* Open it; what is not application data leaves nothing behind. */
static int open_there(struct seal_rx *rx, const struct seal_source *source,
		      struct scatterlist *src, size_t len, u8 *iv)
{
	struct scatterlist __uninitialized dst[1 + SEAL_SOURCE_PAGES + 1];
	const struct seal_suite *suite = rx->epoch.suite;
	struct seal_plain *plain = rx->framer.plain;
	unsigned int nents;
	int err;

	dst[0] = src[0];
	nents = map_reader(dst + 1, source, plain, suite->type_size);
	plain->dirty = suite->type_size;
	err = seal_aead_open(&rx->epoch.aead, src, dst, suite->aad_size, len, iv);
	if (!err)
		err = judge(plain, suite, dst + 1, nents, source->len);
	if (err)
		sg_zero_buffer(dst + 1, nents, source->len, 0);
	return err;
}

/*
 * As seal_direct_open(), which does not have to make room on the stack for the list of
 * pages for a record that is not worth it.
 */
static noinline int open_direct(struct seal_rx *rx, const struct iov_iter *to,
				struct scatterlist *src, size_t len, const u8 *iv)
{
	size_t size = content_size(rx->epoch.suite, len);
	struct seal_source __uninitialized source;
	struct iov_iter __uninitialized iter;
	u8 __uninitialized copy[SEAL_IV_SIZE];
	int err = -EAGAIN;

	iter = *to;
	seal_source_init(&source);
	if (seal_source_take(&source, &iter, size) == size) {
		memcpy(copy, iv, sizeof(copy));
		err = open_there(rx, &source, src, len, copy);
	}
	if (source.pinned)
		unpin_user_pages_dirty_lock(source.page, source.pages, true);
	rx->framer.plain->direct = !err;
	return err;
}

/**
 * seal_direct_open() - open a record into the memory of its reader
 * @rx:		receiving direction; framer.plain, with a page, is told type and end
 * @to:		the reader's memory, from where the next byte goes on; not advanced
 * @src:	additional data, and what follows the prefix, where it stands
 * @len:	length of what follows the prefix
 * @iv:		from seal_epoch_iv()
 *
 * Context: process, may sleep.
 * Return: 0 with framer.plain->direct set; -EAGAIN if it must be opened elsewhere;
 * -EBADMSG or another error of seal_aead_open().  If it is not 0 no byte of the
 * record is in the reader's memory.
 */
int seal_direct_open(struct seal_rx *rx, const struct iov_iter *to,
		     struct scatterlist *src, size_t len, const u8 *iv)
{
	if (!is_worthwhile(rx, to, content_size(rx->epoch.suite, len)))
		return -EAGAIN;
	return open_direct(rx, to, src, len, iv);
}
