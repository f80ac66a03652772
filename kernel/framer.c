// SPDX-License-Identifier: GPL-2.0
/*
 * TCP's receive queue enters, whole records leave, still encrypted.
 *
 * A record stays in TCP's queue until it is opened, and is decrypted from there.
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

/* Bytes in the queue, in order, not counting a FIN */
static size_t queued(const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	u32 len = tp->rcv_nxt - tp->copied_seq;

	if (len && sock_flag(sk, SOCK_DONE))
		len--;
	return len;
}

/**
 * seal_framer_empty() - is TCP's queue empty?
 * @sk: socket
 */
bool seal_framer_empty(struct sock *sk)
{
	return !queued(sk);
}

/* Bytes of the header that are still in the queue */
static size_t header_left(const struct seal_framer *framer)
{
	return SEAL_HEADER_SIZE - framer->header_len;
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

/* Copy bytes of the queue, which have been received, from its byte @off on. */
static int peek(struct sock *sk, size_t off, void *to, size_t len)
{
	struct sk_buff *skb = skb_peek(&sk->sk_receive_queue);
	u32 seq = tcp_sk(sk)->copied_seq + off, start;

	while (len) {
		size_t n;

		skb = find_skb(sk, skb, seq, &start);
		if (!skb)
			return -EFAULT;
		n = min_t(size_t, len, skb->len - start);
		if (skb_copy_bits(skb, start, to, n))
			return -EFAULT;
		to += n;
		seq += n;
		len -= n;
	}
	return 0;
}

static int take_header(struct sock *sk, struct seal_framer *framer)
{
	size_t n = min(queued(sk), header_left(framer));
	int err;

	err = peek(sk, 0, framer->header + framer->header_len, n);
	if (err)
		return err;
	tcp_read_done(sk, n);
	framer->header_len += n;
	return 0;
}

/* What has come of the @len bytes behind the header, a page at a time */
static int take_body(struct sock *sk, struct seal_framer *framer, size_t len)
{
	int err = 0;

	while (framer->taken < len && queued(sk)) {
		size_t at = framer->taken % PAGE_SIZE;
		size_t n = min3(queued(sk), len - framer->taken,
				PAGE_SIZE - at);
		u8 *to = page_address(framer->plain->page[framer->taken /
							  PAGE_SIZE]);

		err = peek(sk, 0, to + at, n);
		if (err)
			break;
		tcp_read_done(sk, n);
		framer->taken += n;
	}
	return err;
}

/**
 * seal_framer_take() - take what has come of a record out of TCP's queue
 * @sk:		socket
 * @len:	length of what follows the header
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
		rx->framer.plain = seal_plain_get(rx, len);
	if (!rx->framer.plain)
		return -ENOMEM;
	err = take_header(sk, &rx->framer);
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
 * @len:	set to the length of what follows the header
 * @alert:	set to what a bad header deserves
 *
 * A header is judged as soon as it is complete, before its record is; it is in
 * framer.header then.
 *
 * Context: process, may sleep.
 * Return: 1 if there is one, 0 if not yet, -ENOMEM, -EBADMSG for a bad header.
 */
int seal_framer_next(struct sock *sk, size_t *len, u8 *alert)
{
	struct seal_framer *framer = &seal_sk(sk)->rx.framer;
	size_t need = header_left(framer);
	int err;

	sock_owned_by_me(sk);
	if (queued(sk) < need)
		return short_of_window(sk) ? take_header(sk, framer) : 0;

	*alert = SEAL_ALERT_INTERNAL_ERROR;
	if (peek(sk, 0, framer->header + framer->header_len, need) ||
	    seal_record_read_header(framer->header, len, alert))
		return -EBADMSG;
	need += *len - framer->taken;
	if (queued(sk) >= need)
		return 1;

	err = short_of_window(sk) ? seal_framer_take(sk, *len) : 0;
	return err == -EFAULT ? -EBADMSG : err;
}

/**
 * seal_framer_midway() - has a part of a record come?
 * @sk: socket
 */
bool seal_framer_midway(struct sock *sk)
{
	return seal_sk(sk)->rx.framer.header_len || queued(sk);
}

/**
 * seal_framer_map() - map what follows the header, where it stands in the queue
 * @sk:		socket; of its record, nothing behind the header was taken
 * @len:	length of what follows the header
 * @sg:		initialised table
 * @nents:	its size
 *
 * Return: 0; -EMSGSIZE if the record is in more pieces than the table has
 * entries; -EFAULT if the queue does not hold it.
 */
int seal_framer_map(struct sock *sk, size_t len, struct scatterlist *sg,
		    unsigned int nents)
{
	struct sk_buff *skb = skb_peek(&sk->sk_receive_queue);
	u32 seq = tcp_sk(sk)->copied_seq, start;
	unsigned int used = 0;

	seq += header_left(&seal_sk(sk)->rx.framer);
	while (len) {
		size_t n;
		int ret;

		skb = find_skb(sk, skb, seq, &start);
		if (!skb)
			return -EFAULT;
		if (used == nents)
			return -EMSGSIZE;
		n = min_t(size_t, len, skb->len - start);
		ret = skb_to_sgvec_nomark(skb, sg + used, start, n);
		if (ret < 0)
			return ret;
		used += ret;
		seq += n;
		len -= n;
	}
	sg_mark_end(&sg[used - 1]);
	return 0;
}

/**
 * seal_framer_done() - the record was dealt with, wherever it stood
 * @sk:		socket
 * @len:	length of what follows the header
 *
 * Return: framer.plain, which is the caller's now.
 */
struct seal_plain *seal_framer_done(struct sock *sk, size_t len)
{
	struct seal_framer *framer = &seal_sk(sk)->rx.framer;
	struct seal_plain *plain = framer->plain;

	tcp_read_done(sk, header_left(framer) + len - framer->taken);
	memset(framer, 0, sizeof(*framer));
	return plain;
}

/**
 * seal_framer_discard() - consume all that TCP has
 * @sk: socket
 */
void seal_framer_discard(struct sock *sk)
{
	tcp_read_done(sk, queued(sk));
}
