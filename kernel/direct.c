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
 * All functions here want the socket lock, but for the one that opens.
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
static_assert(KERNEL_MIN <= USER_MIN);

/* What a padded record is searched for its content type by */
#define CHUNK_SIZE	64

/**
 * seal_direct_is_worthwhile() - is a record to be opened into its reader's memory?
 * @rx:		receiving direction
 * @type:	content type in the record's header
 * @to:		that memory
 * @size:	length of its content if it has no padding
 *
 * A record may turn out to be of another type, but is not likely to be: then it is
 * opened twice.  In the middle of a message, application data is an error.
 */
bool seal_direct_is_worthwhile(const struct seal_rx *rx, u8 type,
			       const struct iov_iter *to, size_t size)
{
	if (size < KERNEL_MIN || size > SEAL_PAYLOAD_MAX ||
	    size > iov_iter_count(to))
		return false;
	if (type != SEAL_TYPE_APPLICATION_DATA ||
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
			       const struct seal_direct *direct, size_t type_size)
{
	const struct seal_source *source = &direct->source;
	const struct bio_vec *vec = source->vec;
	unsigned int i;

	for (i = 0; i < source->vecs; i++, vec++)
		seal_sg_set(&sg[i], vec->bv_page, vec->bv_len, vec->bv_offset);
	if (type_size)
		seal_sg_set(&sg[i], virt_to_page(direct->type_at), type_size,
			    offset_in_page(direct->type_at));
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
 * RFC 8446 5.4: the content type is the last byte that is not zero; it is not the
 * reader's.
 * Return: 0, or -EAGAIN if the record is not application data.
 */
static int judge(struct seal_direct *direct, const struct seal_suite *suite,
		 struct scatterlist *sg, unsigned int nents)
{
	size_t size = direct->source.len;

	direct->type = SEAL_TYPE_APPLICATION_DATA;
	direct->end = size;
	if (suite->type_size)
		direct->type = *direct->type_at;
	if (!direct->type) {
		direct->end = find_padded_type(sg, nents, size, &direct->type);
		sg_zero_buffer(sg, nents, !!direct->type, direct->end);
	}
	return direct->type == SEAL_TYPE_APPLICATION_DATA ? 0 : -EAGAIN;
}

/**
 * seal_direct_take() - get hold of the memory that a record goes to
 * @direct:	anything but for type_at, which is memory that a cipher may write to
 * @to:		the reader's memory, from where the record goes on; not advanced
 * @size:	length of its content if it has no padding
 *
 * Context: process, whose memory it is; may sleep.
 * Return: 0, or -EAGAIN if it cannot be had.  seal_direct_release() either way.
 */
int seal_direct_take(struct seal_direct *direct, const struct iov_iter *to, size_t size)
{
	struct iov_iter __uninitialized iter;

	iter = *to;
	seal_source_init(&direct->source);
	return seal_source_take(&direct->source, &iter, size) == size ? 0 : -EAGAIN;
}

/**
 * seal_direct_write() - open a record there
 * @direct:	from seal_direct_take(); is told type and end
 * @suite:	of its key
 * @aead:	cipher, with a request that is not used meanwhile
 * @src:	additional data, and what follows the prefix, where it stands
 * @len:	length of what follows the prefix
 * @iv:		of the record; destroyed
 *
 * Context: process, may sleep.  The socket lock is not needed if all of that stays.
 * Return: 0; -EAGAIN if it must be opened elsewhere, -EBADMSG or another error of
 * seal_aead_open(), and no byte of the record is in the reader's memory.
 */
int seal_direct_write(struct seal_direct *direct, const struct seal_suite *suite,
		      struct seal_aead *aead, struct scatterlist *src, size_t len,
		      u8 *iv)
{
	struct scatterlist __uninitialized dst[1 + SEAL_SOURCE_PAGES + 1];
	unsigned int nents;
	int err;

	dst[0] = src[0];
	nents = map_reader(dst + 1, direct, suite->type_size);
	err = seal_aead_open(aead, src, dst, suite->aad_size, len, iv);
	if (!err)
		err = judge(direct, suite, dst + 1, nents);
	if (err)
		sg_zero_buffer(dst + 1, nents, direct->source.len, 0);
	return err;
}

/**
 * seal_direct_wipe() - the record is not for the reader after all
 * @direct: to which a record was opened
 */
void seal_direct_wipe(struct seal_direct *direct)
{
	struct scatterlist __uninitialized sg[SEAL_SOURCE_PAGES];
	unsigned int nents = map_reader(sg, direct, 0);

	sg_zero_buffer(sg, nents, direct->source.len, 0);
}

/**
 * seal_direct_release() - let go of the memory
 * @direct: from seal_direct_take()
 */
void seal_direct_release(struct seal_direct *direct)
{
	struct seal_source *source = &direct->source;

	if (source->pinned)
		unpin_user_pages_dirty_lock(source->page, source->pages, true);
}

/*
 * As seal_direct_open(), which does not have to make room on the stack for the list of
 * pages for a record that is not worth it.
 */
static noinline int open_direct(struct seal_rx *rx, const struct iov_iter *to,
				struct scatterlist *src, size_t len, const u8 *iv)
{
	const struct seal_suite *suite = rx->epoch.suite;
	struct seal_plain *plain = rx->framer.plain;
	struct seal_direct __uninitialized direct;
	u8 __uninitialized copy[SEAL_IV_SIZE];
	int err;

	direct.type_at = page_address(plain->page[0]);
	err = seal_direct_take(&direct, to, len - seal_tail_size(suite));
	if (!err) {
		memcpy(copy, iv, sizeof(copy));
		plain->dirty = suite->type_size;
		err = seal_direct_write(&direct, suite, &rx->epoch.aead, src, len,
					copy);
	}
	seal_direct_release(&direct);
	if (!err)
		seal_plain_set_direct(plain, &direct);
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
	if (!seal_direct_is_worthwhile(rx, rx->framer.prefix[0], to,
				       len - seal_tail_size(rx->epoch.suite)))
		return -EAGAIN;
	return open_direct(rx, to, src, len, iv);
}
