// SPDX-License-Identifier: GPL-2.0
/*
 * The one record in the making: plaintext that stands in its fragments and pages
 * of the caller enter, a sealed record leaves for batch.c.  A small control record may
 * go ahead of it.
 *
 * While the record is open its plaintext stands in the very fragments that will
 * hold the ciphertext; sealing encrypts it in place, together with pages of the
 * caller that the cipher reads where they are.
 *
 * All functions here want the socket lock.
 */
#include <linux/mm.h>
#include <net/sock.h>

#include "seal.h"
#include "trace.h"

/* What sk_page_frag_refill() finds good enough */
#define FRAGMENT_MIN	32UL
static_assert(SEAL_PREFIX_MAX <= FRAGMENT_MIN);

/* A record that is expected to be so long begins where the cipher likes it best */
#define ALIGN_MIN	4096

/*
 * A line of the cache.  And a cipher works on 16 bytes at a time: while a page of the
 * record, or a fragment, ends between two of these, it need not put them together.
 */
#define ALIGNMENT	64

/**
 * seal_sealer_forget() - there is no record any more
 * @tx: sending direction
 */
void seal_sealer_forget(struct seal_tx *tx)
{
	while (tx->vecs)
		put_page(tx->vec[--tx->vecs].bv_page);
	tx->payload = 0;
	tx->state = SEAL_TX_IDLE;
}

/**
 * seal_sealer_drop() - give the record up, if there is one
 * @tx: sending direction
 *
 * Plaintext that will not be sent is not left in memory.
 */
void seal_sealer_drop(struct seal_tx *tx)
{
	int i;

	if (tx->state == SEAL_TX_OPEN)
		for (i = 0; i < tx->vecs; i++)
			memzero_explicit(bvec_virt(&tx->vec[i]),
					 tx->vec[i].bv_len);
	seal_source_release(tx);
	seal_sealer_forget(tx);
}

/*
 * Most often, @len bytes and a tail without padding are there right behind the last
 * bytes of the record.
 */
static bool extend_last(struct seal_tx *tx, struct page_frag *pfrag, size_t len)
{
	struct bio_vec *last;

	if (!tx->vecs || tx->block ||
	    pfrag->size - pfrag->offset < len + FRAGMENT_MIN)
		return false;
	last = &tx->vec[tx->vecs - 1];
	if (last->bv_page != pfrag->page ||
	    last->bv_offset + last->bv_len != pfrag->offset)
		return false;
	last->bv_len += len;
	pfrag->offset += len;
	return true;
}

/* Join [off, off + len) of a page; the caller has checked for room. */
static void add_fragment(struct seal_tx *tx, struct page *page, size_t off,
			 size_t len)
{
	struct bio_vec *last = tx->vecs ? &tx->vec[tx->vecs - 1] : NULL;

	if (last && last->bv_page == page &&
	    last->bv_offset + last->bv_len == off) {
		last->bv_len += len;
		return;
	}
	get_page(page);
	bvec_set_page(&tx->vec[tx->vecs++], page, len, off);
}

/* Add the next @len bytes of the task's fragment, or as many as it has. */
static size_t take_fragment(struct seal_tx *tx, struct page_frag *pfrag,
			    size_t len)
{
	len = min_t(size_t, len, pfrag->size - pfrag->offset);
	add_fragment(tx, pfrag->page, pfrag->offset, len);
	pfrag->offset += len;
	return len;
}

/*
 * Fragments that must stay free for content type, padding and tag: the first one
 * has FRAGMENT_MIN bytes at least, and those behind it a page.
 */
static unsigned int tail_fragments(const struct seal_sock *ss)
{
	const struct seal_tx *tx = &ss->tx;
	size_t inner = tx->payload + tx->epoch.suite->type_size;
	size_t size = seal_policy_record_size(ss), len = SEAL_TAG_SIZE;

	if (inner < size)
		len += min_t(size_t, tx->block, size - inner);
	return 1 + DIV_ROUND_UP(max(len, FRAGMENT_MIN) - FRAGMENT_MIN, PAGE_SIZE);
}

/**
 * seal_sealer_grow() - extend the open record
 * @sk:		socket
 * @len:	by how many bytes at most
 *
 * They are the last ones of the last fragment.  The fragments that the tail may take
 * stay free.
 *
 * Return: how many bytes there are, 32 or @len at least; 0 if there is no memory, or no
 * fragment left: the record must then be sealed as it is.
 */
size_t seal_sealer_grow(struct sock *sk, size_t len)
{
	struct page_frag *pfrag = sk_page_frag(sk);
	struct seal_sock *ss = seal_sk(sk);

	if (extend_last(&ss->tx, pfrag, len))
		return len;
	if (ss->tx.vecs + tail_fragments(ss) >= SEAL_TX_VECS ||
	    !sk_page_frag_refill(sk, pfrag))
		return 0;
	return take_fragment(&ss->tx, pfrag, len);
}

/**
 * seal_sealer_shrink() - take back the last bytes of the open record
 * @sk:		socket
 * @len:	how many, all of them grown by the same task under this lock
 */
void seal_sealer_shrink(struct sock *sk, size_t len)
{
	struct page_frag *pfrag = sk_page_frag(sk);
	struct seal_tx *tx = &seal_sk(sk)->tx;

	while (len) {
		struct bio_vec *last = &tx->vec[tx->vecs - 1];
		size_t n = min_t(size_t, len, last->bv_len);

		if (pfrag->page == last->bv_page &&
		    pfrag->offset == last->bv_offset + last->bv_len)
			pfrag->offset -= n;
		last->bv_len -= n;
		len -= n;
		if (!last->bv_len) {
			put_page(last->bv_page);
			tx->vecs--;
		}
	}
}

/*
 * Up to @len bytes more.  A record that holds accepted bytes must be completed, so
 * this does not fail.
 */
static size_t grow_surely(struct sock *sk, size_t len)
{
	struct page_frag *pfrag = sk_page_frag(sk);
	struct seal_tx *tx = &seal_sk(sk)->tx;
	struct page *page;

	if (extend_last(tx, pfrag, len))
		return len;
	if (sk_page_frag_refill(sk, pfrag))
		return take_fragment(tx, pfrag, len);
	page = alloc_page(GFP_NOFS | __GFP_NOFAIL);
	len = min(len, PAGE_SIZE);
	add_fragment(tx, page, 0, len);
	put_page(page);
	return len;
}

/* How many zeros follow so much content and its type (RFC 8446 5.4) */
static size_t padding_behind(const struct seal_sock *ss, size_t payload)
{
	if (!ss->tx.block)
		return 0;
	return seal_sizing_padding(payload + ss->tx.epoch.suite->type_size,
				   ss->tx.block, seal_policy_record_size(ss));
}

/* Write as much as fits of @inner bytes of content type and zeros. */
static inline size_t write_tail(u8 *at, size_t room, u8 type, size_t inner)
{
	size_t n = min(room, inner);

	if (n)
		*at = type;
	if (n > 1)
		memset(at + 1, 0, n - 1);
	return n;
}

static u8 *last_bytes(const struct seal_tx *tx, size_t len)
{
	const struct bio_vec *last = &tx->vec[tx->vecs - 1];

	return page_address(last->bv_page) + last->bv_offset + last->bv_len - len;
}

/* Content type, zeros, and room for the tag */
static void grow_tail(struct sock *sk)
{
	struct seal_sock *ss = seal_sk(sk);
	struct seal_tx *tx = &ss->tx;
	size_t inner, left, n;
	u8 type = tx->type;

	tx->padding = padding_behind(ss, tx->payload);
	inner = tx->epoch.suite->type_size + tx->padding;
	for (left = inner + SEAL_TAG_SIZE; left; left -= n, type = 0) {
		n = grow_surely(sk, left);
		inner -= write_tail(last_bytes(tx, n), n, type, inner);
	}
}

/* Have the text that stands behind so many bytes begin at a good address. */
static void align_fragment(struct page_frag *pfrag, size_t prefix)
{
	size_t offset = ALIGN(pfrag->offset + prefix, ALIGNMENT) - prefix;

	if (offset + FRAGMENT_MIN <= pfrag->size)
		pfrag->offset = offset;
}

/* The record could not be sealed, and its sequence number may be spent. */
static int give_up(struct sock *sk, int err)
{
	if (err == -EKEYEXPIRED)
		err = seal_sk(sk)->personality->exhausted;
	return seal_close_fail(sk, err, SEAL_ALERT_NONE);
}

/*
 * No byte is accepted and no sequence number taken before there is a cipher.
 * Return: 0, -ENOMEM, or a sticky error of the crypto API.
 */
static int arm(struct sock *sk)
{
	int err = seal_idle_arm(sk, &seal_sk(sk)->tx.epoch);

	return err && err != -ENOMEM ? give_up(sk, err) : err;
}

/**
 * seal_sealer_open() - begin a record, with room for what stands before its content
 * @sk:		socket without a record
 * @type:	content type
 * @expected:	how much content there may be
 *
 * An open record has a cipher, for all of its life.
 *
 * Return: 0, -ENOMEM, or a sticky error of the crypto API.
 */
int seal_sealer_open(struct sock *sk, u8 type, size_t expected)
{
	struct page_frag *pfrag = sk_page_frag(sk);
	struct seal_tx *tx = &seal_sk(sk)->tx;
	size_t size = seal_prefix_size(tx->epoch.suite);
	int err;

	err = arm(sk);
	if (err)
		return err;
	if (!sk_page_frag_refill(sk, pfrag))
		return -ENOMEM;
	if (expected >= ALIGN_MIN)
		align_fragment(pfrag, size);
	get_page(pfrag->page);
	bvec_set_page(&tx->vec[0], pfrag->page, size, pfrag->offset);
	pfrag->offset += size;
	tx->vecs = 1;
	tx->type = type;
	tx->payload = 0;
	tx->limit = seal_sizing_limit(sk);
	tx->held = false;
	tx->state = SEAL_TX_OPEN;
	return 0;
}

/**
 * seal_sealer_number() - complete the open record and give it its number
 * @sk: socket; seal_tx.source as for seal_sealer_seal()
 * @iv: SEAL_IV_SIZE bytes for seal_protect_text(), which is to follow
 *
 * Context: process, may sleep.
 * Return: 0, or a sticky error as of seal_sealer_seal(); there is no record then.
 */
int seal_sealer_number(struct sock *sk, u8 *iv)
{
	struct seal_tx *tx = &seal_sk(sk)->tx;
	int err;

	grow_tail(sk);
	err = seal_protect_begin(tx, iv);
	if (!err)
		return 0;
	seal_sealer_drop(tx);
	return give_up(sk, err);
}

/**
 * seal_sealer_seal() - encrypt the open record
 * @sk: socket; the last bytes of the payload are read from seal_tx.source, if there
 *	are pages in it, which are released; all others stand in the record
 *
 * A failure ends the connection, because the sequence number may be spent.
 *
 * Context: process, may sleep.
 * Return: 0, what the name of the ULP has for there being no sequence number left,
 * or an error of the crypto API; errors are sticky.
 */
int seal_sealer_seal(struct sock *sk)
{
	struct seal_sock *ss = seal_sk(sk);
	struct seal_tx *tx = &ss->tx;
	int err;

	grow_tail(sk);
	err = seal_protect_record(tx);
	if (tx->source)
		seal_source_release(tx);
	if (err) {
		seal_sealer_drop(tx);
		return give_up(sk, err);
	}

	tx->state = SEAL_TX_SEALED;
	seal_stats_inc(sk, SEAL_STAT_TX_RECORDS);
	trace_seal_record_tx(sk, &tx->epoch, tx->type, tx->payload);
	if (tx->type == SEAL_TYPE_APPLICATION_DATA) {
		tx->epoch.bytes += tx->payload;
		tx->answered = 0;
		seal_stats_add(sk, SEAL_STAT_TX_BYTES, tx->payload);
	}
	return 0;
}

/* As many bytes in one piece, or NULL */
static u8 *find_piece(struct sock *sk, struct page_frag *pfrag, size_t size)
{
	if (!skb_page_frag_refill(size, pfrag, sk->sk_allocation) ||
	    pfrag->size - pfrag->offset < size)
		return NULL;
	return page_address(pfrag->page) + pfrag->offset;
}

/**
 * seal_sealer_put_ahead() - seal a small record that overtakes the open one
 * @sk:		socket of which TCP has taken all that is sealed
 * @type:	content type
 * @data:	content
 * @len:	its length, at most SEAL_AHEAD_MAX
 *
 * The next push gives it to TCP, before anything that is sealed later.
 * Where the open record is in its making does not matter: no sequence number is
 * taken before a record is sealed.
 *
 * Context: process, may sleep.
 * Return: 0, -EAGAIN if there is no memory, or an error as of seal_sealer_seal().
 */
int seal_sealer_put_ahead(struct sock *sk, u8 type, const u8 *data, size_t len)
{
	struct page_frag *pfrag = sk_page_frag(sk);
	struct seal_sock *ss = seal_sk(sk);
	const struct seal_suite *suite = ss->tx.epoch.suite;
	size_t zeros = padding_behind(ss, len), before = seal_prefix_size(suite);
	size_t size = before + len + zeros + seal_tail_size(suite);
	u8 *record = find_piece(sk, pfrag, size);
	struct bio_vec piece;
	int err = arm(sk);

	if (!record || err == -ENOMEM)
		return -EAGAIN;
	if (err)
		return err;
	memcpy(record + before, data, len);
	write_tail(record + before + len, size, type, suite->type_size + zeros);
	bvec_set_page(&piece, pfrag->page, size, pfrag->offset);
	err = seal_protect_piece(&ss->tx.epoch, &piece, type, len + zeros);
	if (err)
		return give_up(sk, err);
	get_page(pfrag->page);
	ss->tx.ahead = piece;
	pfrag->offset += size;
	seal_stats_inc(sk, SEAL_STAT_TX_RECORDS);
	trace_seal_record_tx(sk, &ss->tx.epoch, type, len);
	return 0;
}
