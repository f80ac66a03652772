// SPDX-License-Identifier: GPL-2.0
/*
 * TCP's receive queue enters, and what SEAL_PREFILL has put before it; whole
 * records leave, still encrypted.  Both are "the queue" below.
 *
 * A record stays in the queue until it is opened, and is decrypted from TCP's.
 * Only when TCP is short of window, the part of a record that has come is taken
 * out: the buffers it stands in may be counted many times its size, and the rest
 * of the record could never come.
 *
 * All functions here want the socket lock.
 */
#include <linux/mm.h>
#include <linux/skbuff.h>
#include <net/tcp.h>

#include "seal.h"

/* Bytes in TCP's queue, in order, not counting a FIN */
static inline size_t queued_in_tcp(const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	u32 len = tp->rcv_nxt - tp->copied_seq;

	if (len && sock_flag(sk, SOCK_DONE))
		len--;
	return len;
}

/* Bytes in the queue */
static size_t queued(const struct sock *sk)
{
	return seal_sk(sk)->rx.prefill.left + queued_in_tcp(sk);
}

/**
 * seal_framer_empty() - is the queue empty?
 * @sk: socket
 */
bool seal_framer_empty(struct sock *sk)
{
	return !queued(sk);
}

/* Bytes of the prefix that are still in the queue */
static size_t prefix_left(const struct seal_rx *rx)
{
	return seal_prefix_size(rx->epoch.suite) - rx->framer.prefix_len;
}

/*
 * The first skb from @skb on that holds the byte @seq.  Neighbours may overlap,
 * so each is looked at by its sequence number.
 */
static struct sk_buff *find_skb(struct sock *sk, struct sk_buff *skb, u32 seq,
				u32 *off)
{
	if (!skb)
		return NULL;
	skb_queue_walk_from(&sk->sk_receive_queue, skb) {
		*off = seq - TCP_SKB_CB(skb)->seq;
		if (*off < skb->len)
			return skb;
	}
	return NULL;
}

/* Where @len bytes of @skb are, if that is in its linear part or its first fragment */
static const u8 *find_bytes(const struct sk_buff *skb, size_t off, size_t len)
{
	const struct skb_shared_info *shared = skb_shinfo(skb);
	size_t head = skb_headlen(skb);
	const u8 *at;

	if (off + len <= head)
		return skb->data + off;
	if (off < head || !shared->nr_frags ||
	    off - head + len > skb_frag_size(&shared->frags[0]))
		return NULL;
	at = skb_frag_address_safe(&shared->frags[0]);
	return at ? at + off - head : NULL;
}

static int copy_bytes(const struct sk_buff *skb, size_t off, void *to, size_t len)
{
	const u8 *at = find_bytes(skb, off, len);

	if (!at)
		return skb_copy_bits(skb, off, to, len);
	memcpy(to, at, len);
	return 0;
}

/* Copy bytes of TCP's queue that have been received, the first ones behind @off. */
static int peek_in_tcp(struct sock *sk, size_t off, void *to, size_t len)
{
	struct sk_buff *skb = skb_peek(&sk->sk_receive_queue);
	u32 seq = tcp_sk(sk)->copied_seq + off, start;

	while (len) {
		size_t n;

		skb = find_skb(sk, skb, seq, &start);
		if (!skb)
			return -EFAULT;
		n = min_t(size_t, len, skb->len - start);
		if (copy_bytes(skb, start, to, n))
			return -EFAULT;
		to += n;
		seq += n;
		len -= n;
	}
	return 0;
}

/* Copy the first bytes of the queue. */
static int peek(struct sock *sk, void *to, size_t len)
{
	const struct seal_prefill *prefill = &seal_sk(sk)->rx.prefill;
	size_t n = prefill->left ? seal_prefill_copy(prefill, to, len) : 0;

	return peek_in_tcp(sk, 0, to + n, len - n);
}

/* Drop the first bytes of the queue. */
static void consume(struct sock *sk, size_t len)
{
	struct seal_prefill *prefill = &seal_sk(sk)->rx.prefill;

	if (prefill->left)
		len -= seal_prefill_consume(prefill, len);
	tcp_read_done(sk, len);
}

static int take_prefix(struct sock *sk, struct seal_rx *rx)
{
	struct seal_framer *framer = &rx->framer;
	size_t n = min(queued(sk), prefix_left(rx));
	int err;

	err = peek(sk, framer->prefix + framer->prefix_len, n);
	if (err)
		return err;
	consume(sk, n);
	framer->prefix_len += n;
	return 0;
}

/* What has come of the @len bytes behind the prefix, a page at a time */
static int take_body(struct sock *sk, struct seal_framer *framer, size_t len)
{
	int err = 0;

	while (framer->taken < len && queued(sk)) {
		size_t at = framer->taken % PAGE_SIZE;
		size_t n = min3(queued(sk), len - framer->taken,
				PAGE_SIZE - at);
		u8 *to = page_address(framer->plain->page[framer->taken /
							  PAGE_SIZE]);

		err = peek(sk, to + at, n);
		if (err)
			break;
		consume(sk, n);
		framer->taken += n;
	}
	return err;
}

/**
 * seal_framer_take() - take what has come of a record out of the queue
 * @sk:		socket
 * @len:	length of what follows the prefix
 *
 * It goes to framer.plain, which is made if need be, from its first byte on.
 *
 * Context: process, may sleep.
 * Return: 0, -ENOMEM, or -EFAULT if the queue does not hold what it should.
 */
int seal_framer_take(struct sock *sk, size_t len)
{
	struct seal_rx *rx = &seal_sk(sk)->rx;
	int err;

	if (!rx->framer.plain)
		rx->framer.plain = seal_plain_get(len);
	if (!rx->framer.plain)
		return -ENOMEM;
	err = take_prefix(sk, rx);
	return err ?: take_body(sk, &rx->framer, len);
}

/* The test by which TCP itself decides that it cannot wait for more. */
static bool short_of_window(const struct sock *sk)
{
	return tcp_epollin_ready(sk, INT_MAX);
}

/**
 * seal_framer_next() - has a whole record come?
 * @sk:		socket
 * @len:	set to the length of what follows the prefix
 * @alert:	set to what a bad header deserves
 *
 * A header is judged as soon as it and the explicit part of the nonce are
 * complete, before the record is; they are in framer.prefix then.
 *
 * Context: process, may sleep.
 * Return: 1 if there is one, 0 if not yet, -ENOMEM, -EBADMSG for a bad header.
 */
int seal_framer_next(struct sock *sk, size_t *len, u8 *alert)
{
	struct seal_rx *rx = &seal_sk(sk)->rx;
	struct seal_framer *framer = &rx->framer;
	size_t need = prefix_left(rx);
	int err;

	sock_owned_by_me(sk);
	if (queued(sk) < need)
		return short_of_window(sk) ? take_prefix(sk, rx) : 0;

	*alert = SEAL_ALERT_INTERNAL_ERROR;
	if (peek(sk, framer->prefix + framer->prefix_len, need) ||
	    seal_record_read_header(framer->prefix, rx->epoch.suite, len, alert))
		return -EBADMSG;
	need += *len - framer->taken;
	if (queued(sk) >= need)
		return 1;

	err = short_of_window(sk) ? seal_framer_take(sk, *len) : 0;
	return err == -EFAULT ? -EBADMSG : err;
}

/**
 * seal_framer_look() - is there another whole record, further back in the queue?
 * @sk:		socket
 * @off:	where it begins: bytes of whole records
 * @prefix:	SEAL_PREFIX_MAX bytes for what stands before its ciphertext
 * @len:	set to the length of what follows the prefix
 *
 * Return: true if there is, all of it in TCP's queue, with a header that is good.
 */
bool seal_framer_look(struct sock *sk, size_t off, u8 *prefix, size_t *len)
{
	const struct seal_rx *rx = &seal_sk(sk)->rx;
	size_t size = seal_prefix_size(rx->epoch.suite), there = queued_in_tcp(sk);
	u8 alert;

	if (rx->prefill.left || rx->framer.prefix_len || there < off + size)
		return false;
	return !peek_in_tcp(sk, off, prefix, size) &&
	       !seal_record_read_header(prefix, rx->epoch.suite, len, &alert) &&
	       there >= off + size + *len;
}

/**
 * seal_framer_midway() - has a part of a record come?
 * @sk: socket
 */
bool seal_framer_midway(struct sock *sk)
{
	return seal_sk(sk)->rx.framer.prefix_len || queued(sk);
}

/**
 * seal_framer_held() - what is neither in TCP's account nor opened
 * @sk: socket
 *
 * Return: bytes of records.
 */
size_t seal_framer_held(const struct sock *sk)
{
	const struct seal_rx *rx = &seal_sk(sk)->rx;

	return rx->prefill.left + rx->framer.prefix_len + rx->framer.taken;
}

/**
 * seal_framer_waiting() - how many bytes of records have come that are not opened?
 * @sk: socket
 */
size_t seal_framer_waiting(const struct sock *sk)
{
	return seal_framer_held(sk) + queued_in_tcp(sk);
}

/* Where the pieces of a record are listed */
struct pieces {
	struct scatterlist	*sg;
	unsigned int		used;
	unsigned int		max;
};

static inline int add_piece(struct pieces *p, struct page *page, size_t off, size_t len)
{
	if (!page)	/* memory of a device */
		return -EFAULT;
	if (p->used == p->max)
		return -EMSGSIZE;
	seal_sg_set(&p->sg[p->used++], page, len, off);
	return 0;
}

/* @len bytes, @off bytes behind the start of the linear part, or of fragment @i */
static int add_area(struct pieces *p, const struct sk_buff *skb, int i, size_t off,
		    size_t len)
{
	const u8 *head = skb->data + off;
	const skb_frag_t *frag;

	if (i < 0)
		return add_piece(p, virt_to_page(head), offset_in_page(head), len);
	frag = &skb_shinfo(skb)->frags[i];
	return add_piece(p, skb_frag_page(frag), skb_frag_off(frag) + off, len);
}

/*
 * List *@len bytes of @skb from *@off on; what is left of both is for the next one.
 * Fragments that somebody else may write to, such as pages of a file that a sender
 * on this machine has passed, are not for a cipher, which may read them twice.
 */
static int map_areas(struct pieces *p, const struct sk_buff *skb, size_t *off,
		     size_t *len)
{
	const struct skb_shared_info *shared = skb_shinfo(skb);
	size_t skip = *off, left = *len;
	int i = skb_headlen(skb) ? -1 : 0, err = 0;

	if (skb_has_shared_frag(skb))
		return -EMSGSIZE;
	for (; !err && left && i < shared->nr_frags; i++) {
		size_t size = i < 0 ? skb_headlen(skb) :
				      skb_frag_size(&shared->frags[i]);
		size_t n = min(left, size - min(skip, size));

		if (n)
			err = add_area(p, skb, i, skip, n);
		skip -= min(skip, size);
		left -= n;
	}
	*off = skip;
	*len = left;
	return err;
}

/* Likewise, with the buffers that hang on @skb */
static int map_skb(struct pieces *p, const struct sk_buff *skb, size_t off,
		   size_t len)
{
	int err = map_areas(p, skb, &off, &len);
	const struct sk_buff *part;

	if (err || !len)
		return err;
	skb_walk_frags(skb, part) {
		err = skb_has_frag_list(part) ? -EMSGSIZE :
						map_areas(p, part, &off, &len);
		if (err || !len)
			return err;
	}
	return -EFAULT;
}

/**
 * seal_framer_map() - map what follows the prefix, where it stands in the queue
 * @sk:		socket; of its record, nothing behind the prefix was taken
 * @off:	bytes of whole records before it
 * @len:	length of what follows the prefix
 * @sg:		table, not initialised
 * @nents:	its size
 *
 * Return: 0; -EMSGSIZE if the record is in more pieces than the table has
 * entries, stands in memory that others may write to, or not in TCP's queue from its
 * first byte on; -EFAULT if the queue does not hold it.
 */
int seal_framer_map(struct sock *sk, size_t off, size_t len,
		    struct scatterlist *sg, unsigned int nents)
{
	struct pieces pieces = { .sg = sg, .max = nents };
	struct sk_buff *skb = skb_peek(&sk->sk_receive_queue);
	u32 seq = tcp_sk(sk)->copied_seq, start;

	if (seal_sk(sk)->rx.prefill.left)
		return -EMSGSIZE;
	seq += off + prefix_left(&seal_sk(sk)->rx);
	while (len) {
		size_t n;
		int err;

		skb = find_skb(sk, skb, seq, &start);
		if (!skb)
			return -EFAULT;
		n = min_t(size_t, len, skb->len - start);
		err = map_skb(&pieces, skb, start, n);
		if (err)
			return err;
		seq += n;
		len -= n;
	}
	sg_mark_end(&sg[pieces.used - 1]);
	return 0;
}

/**
 * seal_framer_done() - the record was dealt with, wherever it stood
 * @sk:		socket
 * @len:	length of what follows the prefix
 *
 * Return: framer.plain, which is the caller's now.
 */
struct seal_plain *seal_framer_done(struct sock *sk, size_t len)
{
	struct seal_rx *rx = &seal_sk(sk)->rx;
	struct seal_framer *framer = &rx->framer;
	struct seal_plain *plain = framer->plain;

	consume(sk, prefix_left(rx) + len - framer->taken);
	memset(framer, 0, sizeof(*framer));
	return plain;
}

/**
 * seal_framer_discard() - drop all that is in the queue
 * @sk: socket
 */
void seal_framer_discard(struct sock *sk)
{
	consume(sk, queued(sk));
}
