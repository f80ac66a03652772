// SPDX-License-Identifier: GPL-2.0
/*
 * The plaintext of a record enters, in its fragments and in pages of the caller;
 * header and ciphertext leave in the fragments.
 *
 * What TLS 1.3 authenticates besides the text is the header (RFC 8446 5.2), and that
 * stands right before the text: the cipher finds both in one piece.  TLS 1.2 has more
 * to authenticate, which stands in seal_epoch.aad.
 *
 * All functions here want the socket lock.
 */
#include <linux/scatterlist.h>
#include <net/sock.h>

#include "seal.h"

/* Additional data, and fragments of the record */
#define RECORD_ENTRIES	(1 + SEAL_TX_VECS)

/* The caller's pages, which cut one of the fragments in two */
#define SOURCE_ENTRIES	(RECORD_ENTRIES + SEAL_SOURCE_PAGES + 1)

static bool header_is_aad(const struct seal_suite *suite)
{
	return suite->type_size;
}

/* Additional data, unless it is a part of the record; returns the entries. */
static unsigned int map_aad(struct scatterlist *sg, struct seal_epoch *epoch)
{
	const struct seal_suite *suite = epoch->suite;

	if (header_is_aad(suite))
		return 0;
	seal_sg_set(sg, virt_to_page(epoch->aad), suite->aad_size,
		    offset_in_page(epoch->aad));
	return 1;
}

/* Bytes of a record that the cipher passes over: what is not in the table */
static size_t skip_before(const struct seal_suite *suite)
{
	return header_is_aad(suite) ? 0 : seal_prefix_size(suite);
}

/* Map @len bytes of @vec after the first @skip; returns the entries it took. */
static unsigned int map_vecs(struct scatterlist *sg, const struct bio_vec *vec,
			     size_t skip, size_t len)
{
	unsigned int n = 0;

	for (; len && skip >= vec->bv_len; vec++)
		skip -= vec->bv_len;
	for (; len; vec++, skip = 0) {
		size_t part = min_t(size_t, len, vec->bv_len - skip);

		seal_sg_set(&sg[n++], vec->bv_page, part, vec->bv_offset + skip);
		len -= part;
	}
	return n;
}

/* What the cipher writes, and reads if there is nothing else */
static void map_record(struct scatterlist *sg, struct seal_tx *tx, size_t len)
{
	const struct seal_suite *suite = tx->epoch.suite;
	size_t size = seal_prefix_size(suite) + len + SEAL_TAG_SIZE;
	size_t skip = skip_before(suite);
	unsigned int n = map_aad(sg, &tx->epoch);

	n += map_vecs(sg + n, tx->vec, skip, size - skip);
	sg_mark_end(&sg[n - 1]);
}

/* The same for a record that stands in one piece */
static void map_piece(struct scatterlist *sg, struct seal_epoch *epoch,
		      const struct bio_vec *piece)
{
	size_t skip = skip_before(epoch->suite);

	sg += map_aad(sg, epoch);
	seal_sg_set(sg, piece->bv_page, piece->bv_len - skip,
		    piece->bv_offset + skip);
	sg_mark_end(sg);
}

/*
 * What it reads: copied bytes where they stand in the record, the caller's pages, and
 * content type and padding where they stand.
 */
static void map_source(struct scatterlist *sg, struct seal_tx *tx)
{
	const struct seal_source *source = tx->source;
	const struct seal_suite *suite = tx->epoch.suite;
	size_t copied = seal_prefix_size(suite) + tx->payload - source->len;
	size_t skip = skip_before(suite);
	unsigned int n = map_aad(sg, &tx->epoch);

	n += map_vecs(sg + n, tx->vec, skip, copied - skip);
	n += map_vecs(sg + n, source->vec, 0, source->len);
	n += map_vecs(sg + n, tx->vec, copied + source->len,
		      suite->type_size + tx->padding);
	sg_mark_end(&sg[n - 1]);
}

/* @src may be @dst. */
static int encrypt(struct seal_epoch *epoch, struct scatterlist *src,
		   struct scatterlist *dst, size_t len, u8 *iv)
{
	return seal_aead_seal(&epoch->aead, src, dst, epoch->suite->aad_size,
			      len, iv);
}

static int encrypt_piece(struct seal_epoch *epoch, const struct bio_vec *piece,
			 size_t len, u8 *iv)
{
	struct scatterlist sg[2] __uninitialized;

	map_piece(sg, epoch, piece);
	return encrypt(epoch, sg, sg, len, iv);
}

static int encrypt_pieces(struct seal_tx *tx, size_t len, u8 *iv)
{
	struct scatterlist dst[RECORD_ENTRIES] __uninitialized;

	map_record(dst, tx, len);
	return encrypt(&tx->epoch, dst, dst, len, iv);
}

static int encrypt_source(struct seal_tx *tx, size_t len, u8 *iv)
{
	struct scatterlist src[SOURCE_ENTRIES] __uninitialized;
	struct scatterlist dst[RECORD_ENTRIES] __uninitialized;

	map_source(src, tx);
	map_record(dst, tx, len);
	return encrypt(&tx->epoch, src, dst, len, iv);
}

/*
 * Write what is not encrypted, additional data, and the IV of the next record, with
 * @len bytes of content and padding.
 */
static int begin(struct seal_epoch *epoch, u8 *header, u8 type, size_t len,
		 u8 *iv)
{
	const struct seal_suite *suite = epoch->suite;
	u64 seq = epoch->seq;
	int err;

	err = seal_epoch_iv(epoch, iv);
	if (err)
		return err;
	seal_record_write_header(header, suite, type, len);
	if (!header_is_aad(suite))
		seal_record_write_aad(epoch->aad, suite, header, seq, len);
	if (suite->explicit_size)
		memcpy(header + SEAL_HEADER_SIZE,
		       seal_record_explicit(iv, suite), suite->explicit_size);
	return 0;
}

/**
 * seal_protect_piece() - encrypt a record that stands in one piece
 * @epoch:	keys
 * @piece:	room for what stands before the content; content, content type and
 *		padding; room for the tag
 * @type:	content type
 * @len:	length of content and padding in bytes
 *
 * Context: process, may sleep.
 * Return: 0, -EKEYEXPIRED if there is no sequence number left, or an error of the
 * crypto API.
 */
int seal_protect_piece(struct seal_epoch *epoch, struct bio_vec *piece, u8 type,
		       size_t len)
{
	u8 iv[SEAL_IV_SIZE];
	int err;

	err = begin(epoch, bvec_virt(piece), type, len, iv);
	if (err)
		return err;
	return encrypt_piece(epoch, piece, len + epoch->suite->type_size, iv);
}

/**
 * seal_protect_begin() - all of a record but the cipher's part
 * @tx:	sending direction with an open record
 * @iv:	SEAL_IV_SIZE bytes for seal_protect_text()
 *
 * Return: 0, or -EKEYEXPIRED if there is no sequence number left.
 */
int seal_protect_begin(struct seal_tx *tx, u8 *iv)
{
	return begin(&tx->epoch, bvec_virt(&tx->vec[0]), tx->type,
		     tx->payload + tx->padding, iv);
}

/**
 * seal_protect_text() - the cipher's part
 * @tx:	of which the record alone matters, and the cipher, suite and additional data
 *	of its epoch
 * @iv:	from seal_protect_begin(); destroyed
 *
 * Context: process, may sleep.  The socket lock is not needed if nobody else touches
 * @tx.
 * Return: 0 or an error of the crypto API.
 */
int seal_protect_text(struct seal_tx *tx, u8 *iv)
{
	size_t len = tx->payload + tx->padding + tx->epoch.suite->type_size;

	return tx->source ? encrypt_source(tx, len, iv) :
			    encrypt_pieces(tx, len, iv);
}

/*
 * For a record in several fragments or with pages of the caller.  A record in one piece
 * does not have to make room on the stack for the tables of this.
 */
static noinline int protect_pieces(struct seal_tx *tx)
{
	u8 iv[SEAL_IV_SIZE];

	return seal_protect_begin(tx, iv) ?: seal_protect_text(tx, iv);
}

/**
 * seal_protect_record() - encrypt the open record
 * @tx: sending direction; the last bytes of the payload are read from its source, if
 *	there is one
 *
 * Context: process, may sleep.
 * Return: as seal_protect_piece().
 */
int seal_protect_record(struct seal_tx *tx)
{
	if (tx->vecs == 1 && !tx->source)
		return seal_protect_piece(&tx->epoch, &tx->vec[0], tx->type,
					  tx->payload + tx->padding);
	return protect_pieces(tx);
}
