// SPDX-License-Identifier: GPL-2.0
/*
 * The one record in the making: plaintext that stands in its fragments and pages
 * of the caller enter, a sealed record leaves for TCP.
 *
 * While the record is open its plaintext stands in the very fragments that will
 * hold the ciphertext; sealing encrypts it in place, together with pages of the
 * caller that the cipher reads where they are.  What TCP has no room for stays in
 * the fragments until it has.
 *
 * All functions here want the socket lock.
 */
#include <linux/mm.h>
#include <linux/uio.h>
#include <net/tcp.h>

#include "seal.h"

static void forget_fragments(struct seal_tx *tx)
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
	forget_fragments(tx);
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

/**
 * seal_sealer_grow() - extend the open record
 * @sk:		socket
 * @len:	by how many bytes at most
 * @at:		set to where they are
 *
 * One fragment stays free for the tail.
 *
 * Return: how many bytes there are at @at, 32 or @len at least; 0 if there is no
 * memory, or no fragment left: the record must then be sealed as it is.
 */
size_t seal_sealer_grow(struct sock *sk, size_t len, u8 **at)
{
	struct page_frag *pfrag = sk_page_frag(sk);
	struct seal_tx *tx = &seal_sk(sk)->tx;

	if (tx->vecs == SEAL_TX_VECS - 1 || !sk_page_frag_refill(sk, pfrag))
		return 0;
	len = min_t(size_t, len, pfrag->size - pfrag->offset);
	*at = page_address(pfrag->page) + pfrag->offset;
	add_fragment(tx, pfrag->page, pfrag->offset, len);
	pfrag->offset += len;
	return len;
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
 * Room for content type and tag.  A record that holds accepted bytes must be
 * completed, so this does not fail.
 */
static u8 *grow_tail(struct sock *sk)
{
	struct page_frag *pfrag = sk_page_frag(sk);
	struct seal_tx *tx = &seal_sk(sk)->tx;
	struct page *page;
	u8 *at;

	if (sk_page_frag_refill(sk, pfrag)) {
		at = page_address(pfrag->page) + pfrag->offset;
		add_fragment(tx, pfrag->page, pfrag->offset, SEAL_TAIL_SIZE);
		pfrag->offset += SEAL_TAIL_SIZE;
		return at;
	}
	page = alloc_page(GFP_NOFS | __GFP_NOFAIL);
	add_fragment(tx, page, 0, SEAL_TAIL_SIZE);
	put_page(page);
	return page_address(page);
}

/**
 * seal_sealer_open() - begin a record, with room for its header
 * @sk: socket without a record
 *
 * Return: 0 or -ENOMEM.
 */
int seal_sealer_open(struct sock *sk)
{
	struct seal_tx *tx = &seal_sk(sk)->tx;
	u8 *header;

	if (!seal_sealer_grow(sk, SEAL_HEADER_SIZE, &header))
		return -ENOMEM;
	tx->payload = 0;
	tx->state = SEAL_TX_OPEN;
	return 0;
}

/* Map the first @len bytes of @vec; returns how many entries that took. */
static unsigned int map_vecs(struct scatterlist *sg, const struct bio_vec *vec,
			     size_t len)
{
	unsigned int n;

	for (n = 0; len; n++) {
		size_t part = min_t(size_t, len, vec[n].bv_len);

		sg_set_page(&sg[n], vec[n].bv_page, part, vec[n].bv_offset);
		len -= part;
	}
	return n;
}

/*
 * What the cipher reads: header and copied bytes where they stand in the record,
 * the caller's pages, and the content type where it stands.
 */
static void map_source(struct scatterlist *sg, const struct seal_tx *tx,
		       const struct seal_source *source, u8 *tail)
{
	size_t copied = tx->payload - source->len;
	unsigned int n;

	n = map_vecs(sg, tx->vec, SEAL_HEADER_SIZE + copied);
	n += map_vecs(sg + n, source->vec, source->len);
	sg_set_buf(&sg[n], tail, 1);
	sg_mark_end(&sg[n]);
}

static int encrypt(struct seal_tx *tx, const struct seal_source *source,
		   u8 *tail)
{
	struct scatterlist src[SEAL_TX_VECS + SEAL_SOURCE_PAGES + 1];
	struct scatterlist dst[SEAL_TX_VECS];
	u8 nonce[SEAL_NONCE_SIZE];
	int err;

	sg_init_table(dst, tx->vecs);
	map_vecs(dst, tx->vec,
		 SEAL_HEADER_SIZE + tx->payload + SEAL_TAIL_SIZE);
	if (source) {
		sg_init_table(src, ARRAY_SIZE(src));
		map_source(src, tx, source, tail);
	}
	err = seal_epoch_nonce(&tx->epoch, nonce);
	if (err)
		return err;
	return seal_aead_seal(&tx->epoch.aead, source ? src : dst, dst,
			      tx->payload + 1, nonce);
}

/**
 * seal_sealer_seal() - encrypt the open record
 * @sk:		socket
 * @type:	content type
 * @source:	pages from which the last source->len bytes of the payload are
 *		read, or NULL if all of it stands in the record
 *
 * A failure ends the connection, because the sequence number may be spent.
 *
 * Context: process, may sleep.
 * Return: 0, -EKEYEXPIRED when there is no sequence number left, or an error of
 * the crypto API; errors are sticky.
 */
int seal_sealer_seal(struct sock *sk, u8 type, const struct seal_source *source)
{
	struct seal_sock *ss = seal_sk(sk);
	struct seal_tx *tx = &ss->tx;
	u8 *tail = grow_tail(sk);
	int err;

	*tail = type;
	seal_record_write_header(bvec_virt(&tx->vec[0]), tx->payload);
	err = encrypt(tx, source, tail);
	if (err) {
		seal_sealer_drop(tx);
		ss->error = err;
		return err;
	}

	tx->state = SEAL_TX_SEALED;
	seal_stats_inc(sk, SEAL_STAT_TX_RECORDS);
	if (type == SEAL_TYPE_APPLICATION_DATA) {
		tx->epoch.bytes += tx->payload;
		seal_stats_add(sk, SEAL_STAT_TX_BYTES, tx->payload);
	}
	return 0;
}

/* TCP took @len bytes from the front of the sealed record. */
static void consume(struct seal_tx *tx, size_t len)
{
	unsigned int done = 0;

	while (len) {
		struct bio_vec *vec = &tx->vec[done];
		size_t n = min_t(size_t, len, vec->bv_len);

		vec->bv_offset += n;
		vec->bv_len -= n;
		len -= n;
		if (vec->bv_len)
			break;
		put_page(vec->bv_page);
		done++;
	}
	tx->vecs -= done;
	memmove(tx->vec, tx->vec + done, tx->vecs * sizeof(tx->vec[0]));
	if (!tx->vecs)
		forget_fragments(tx);
}

/*
 * Nobody writes our pages once they are sealed, so TCP need not treat them as
 * shared.  Returns what tcp_sendmsg_locked() returns.
 */
static int offer_to_tcp(struct sock *sk, struct seal_tx *tx, size_t most)
{
	struct msghdr msg = {
		.msg_flags = MSG_SPLICE_PAGES | MSG_NO_SHARED_FRAGS |
			     MSG_DONTWAIT | MSG_NOSIGNAL,
	};
	size_t len = 0;
	int i;

	for (i = 0; i < tx->vecs; i++)
		len += tx->vec[i].bv_len;
	if (tx->more || len > most)
		msg.msg_flags |= MSG_MORE;
	len = min(len, most);
	iov_iter_bvec(&msg.msg_iter, ITER_SOURCE, tx->vec, tx->vecs, len);
	return tcp_sendmsg_locked(sk, &msg, len);
}

/* @most: bytes that are offered to TCP at a time */
static int push(struct sock *sk, size_t most)
{
	struct seal_tx *tx = &seal_sk(sk)->tx;
	int ret = 0;

	/* TCP calls sk_write_space() from within, see seal_tx_write_space() */
	if (tx->pushing)
		return -EAGAIN;
	tx->pushing = true;
	while (tx->state == SEAL_TX_SEALED) {
		ret = offer_to_tcp(sk, tx, most);
		if (ret <= 0)
			break;
		consume(tx, ret);
		ret = 0;
	}
	tx->pushing = false;
	return ret;
}

/**
 * seal_sealer_push() - give the sealed record to TCP as far as it has room
 * @sk: socket
 *
 * Context: process; does not wait.
 * Return: 0 when no sealed record is left, -EAGAIN, or the error of the socket.
 */
int seal_sealer_push(struct sock *sk)
{
	return push(sk, SIZE_MAX);
}

/**
 * seal_sealer_push_atomic() - the same while TCP deals with an ACK
 * @sk: socket
 *
 * This may be a softirq on top of anybody's task, so the task's page fragment is
 * not for us.  TCP looks after its backlog once in 16 segments, which must not
 * happen from within the backlog: it is offered less than that at a time.
 *
 * Context: softirq or process.
 * Return: as seal_sealer_push().
 */
int seal_sealer_push_atomic(struct sock *sk)
{
	gfp_t allocation = sk->sk_allocation;
	bool task_frag = sk->sk_use_task_frag;
	int err;

	sk->sk_allocation = GFP_ATOMIC;
	sk->sk_use_task_frag = false;
	err = push(sk, 8 * tcp_sk(sk)->mss_cache);
	sk->sk_use_task_frag = task_frag;
	sk->sk_allocation = allocation;
	return err;
}

/**
 * seal_sealer_push_all() - give the sealed record to TCP beyond its limits
 * @sk: socket
 *
 * For the last records of a connection, so that a full send buffer is exceeded
 * by two records at most.
 *
 * Return: as seal_sealer_push(); -EAGAIN only when there is no memory.
 */
int seal_sealer_push_all(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 lowat = tp->notsent_lowat;
	int sndbuf = sk->sk_sndbuf;
	int err;

	WRITE_ONCE(sk->sk_sndbuf, INT_MAX);
	WRITE_ONCE(tp->notsent_lowat, UINT_MAX);
	err = seal_sealer_push(sk);
	WRITE_ONCE(tp->notsent_lowat, lowat);
	WRITE_ONCE(sk->sk_sndbuf, sndbuf);
	return err;
}
