// SPDX-License-Identifier: GPL-2.0
/*
 * TCP's receive queue enters, whole records leave, still encrypted and still in
 * the queue: rx.c takes them out once it has opened them.
 *
 * All functions here want the socket lock.
 */
#include <linux/skbuff.h>
#include <net/tcp.h>

#include "seal.h"

/* Bytes in the queue, in order, not counting a FIN */
static u32 queued(const struct sock *sk)
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

/*
 * The first skb from @skb on that holds the byte @seq.  Neighbours may overlap,
 * so each is looked at by its sequence number.
 */
static struct sk_buff *find_skb(struct sock *sk, struct sk_buff *skb, u32 seq,
				u32 *off)
{
	skb_queue_walk_from(&sk->sk_receive_queue, skb) {
		*off = seq - TCP_SKB_CB(skb)->seq;
		if (*off < skb->len)
			return skb;
	}
	return NULL;
}

/**
 * seal_framer_copy() - copy bytes of the queue
 * @sk:		socket
 * @off:	first byte, counted from the first one that was not consumed
 * @to:		where they go
 * @len:	how many; all of them have been received
 *
 * Return: 0, or -EFAULT if TCP's queue does not hold them.
 */
int seal_framer_copy(struct sock *sk, size_t off, void *to, size_t len)
{
	struct sk_buff *skb = skb_peek(&sk->sk_receive_queue);
	u32 seq = tcp_sk(sk)->copied_seq + off, start;

	while (len) {
		size_t n;

		skb = skb ? find_skb(sk, skb, seq, &start) : NULL;
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

/**
 * seal_framer_next() - is there a whole record at the head of the queue?
 * @sk:		socket
 * @header:	set to its header, SEAL_HEADER_SIZE bytes
 * @len:	set to the length of what follows the header
 * @alert:	set to what a bad header deserves
 *
 * A header is judged as soon as it is complete, before its record is.
 *
 * Return: 1 if there is, 0 if not yet, -EBADMSG for a bad header.
 */
int seal_framer_next(struct sock *sk, u8 *header, size_t *len, u8 *alert)
{
	u32 have = queued(sk);
	int err;

	sock_owned_by_me(sk);
	if (have < SEAL_HEADER_SIZE)
		return 0;
	*alert = SEAL_ALERT_INTERNAL_ERROR;
	err = seal_framer_copy(sk, 0, header, SEAL_HEADER_SIZE) ?:
	      seal_record_read_header(header, len, alert);
	if (err)
		return -EBADMSG;
	return have >= SEAL_HEADER_SIZE + *len;
}

/**
 * seal_framer_map() - map what follows the header, where it stands in the queue
 * @sk:		socket with a whole record at the head of its queue
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
	u32 seq = tcp_sk(sk)->copied_seq + SEAL_HEADER_SIZE, start;
	unsigned int used = 0;

	while (len) {
		size_t n;
		int ret;

		skb = skb ? find_skb(sk, skb, seq, &start) : NULL;
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
 * seal_framer_discard() - consume all that TCP has
 * @sk: socket
 */
void seal_framer_discard(struct sock *sk)
{
	tcp_read_done(sk, queued(sk));
}
