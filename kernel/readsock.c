// SPDX-License-Identifier: GPL-2.0
/*
 * Opened records enter, and leave as socket buffers for consumers inside the
 * kernel: strparser with KCM on top of it, NVMe.
 */
#include <linux/mm.h>
#include <linux/skbuff.h>
#include <net/tcp.h>

#include "seal.h"

/*
 * A buffer whose fragments are the pages of a record.  The consumer may keep them
 * for as long as it likes, so nothing is written there again.
 */
static struct sk_buff *make_skb(struct seal_plain *plain)
{
	struct sk_buff *skb = alloc_skb(0, GFP_KERNEL);
	size_t off = plain->off;

	if (!skb)
		return NULL;
	while (off < plain->end) {
		struct page *page = plain->page[off / PAGE_SIZE];
		size_t in_page = off % PAGE_SIZE;
		size_t n = min_t(size_t, plain->end - off, PAGE_SIZE - in_page);

		get_page(page);
		skb_add_rx_frag(skb, skb_shinfo(skb)->nr_frags, page, in_page,
				n, PAGE_SIZE);
		off += n;
	}
	plain->lent = true;
	return skb;
}

/*
 * The next record with something in it, NULL if there is none yet, or an ERR_PTR;
 * a consumer has no place for a content type.
 */
static struct seal_plain *next_plain(struct sock *sk)
{
	struct seal_rx *rx = &seal_sk(sk)->rx;
	struct seal_plain *plain;
	int ret;

	for (;;) {
		ret = list_empty(&rx->queue) ? seal_opener_advance(sk, NULL) : 1;
		if (ret <= 0)
			return ERR_PTR(ret);
		plain = list_first_entry(&rx->queue, struct seal_plain, node);
		if (plain->type != SEAL_TYPE_APPLICATION_DATA)
			return ERR_PTR(-EINVAL);
		if (plain->off < plain->end)
			return plain;
		seal_plain_consume(rx, plain, 0);
	}
}

/* Returns how many bytes of the next record the consumer took, or an error. */
static int feed(struct sock *sk, read_descriptor_t *desc, sk_read_actor_t actor)
{
	struct seal_plain *plain = next_plain(sk);
	struct sk_buff *skb;
	int used;

	if (IS_ERR_OR_NULL(plain))
		return PTR_ERR(plain);
	skb = make_skb(plain);
	if (!skb)
		return -ENOMEM;
	used = actor(desc, skb, 0, skb->len);
	consume_skb(skb);
	if (used > 0)
		seal_plain_consume(&seal_sk(sk)->rx, plain, used);
	return used;
}

/**
 * seal_readsock() - proto_ops.read_sock of a sealed socket
 * @sk:		socket, locked
 * @desc:	of the consumer, which sets desc->count to 0 to get no more
 * @actor:	takes bytes of a buffer and returns how many, or an error
 *
 * Opening records takes a context that may sleep.  TCP calls consumers in softirq
 * too; desc->error is -ENOMEM then, and strparser calls again from its work queue.
 *
 * Context: process, may sleep; or softirq, and nothing is read.
 * Return: number of bytes read, 0 if there is nothing to read or at the end of the
 * stream, -EINVAL for a control record under the name tls, or an error of the actor
 * or as seal_rx_recvmsg().
 */
int seal_readsock(struct sock *sk, read_descriptor_t *desc,
		  sk_read_actor_t actor)
{
	struct seal_sock *ss = seal_sk(sk);
	int copied = 0, ret;

	if (seal_is_plain(ss, &ss->rx.epoch))
		return ss->base_ops->read_sock(sk, desc, actor);
	if (!sock_owned_by_user_nocheck(sk)) {
		desc->error = -ENOMEM;
		return -ENOMEM;
	}
	do {
		ret = feed(sk, desc, actor);
		if (ret <= 0)
			break;
		copied += ret;
	} while (desc->count);
	seal_ready_settle(sk);
	return copied ?: ret == SEAL_END_OF_STREAM ? 0 : ret;
}

/**
 * seal_readsock_peek_len() - proto_ops.peek_len of a sealed socket
 * @sock: socket, not necessarily locked
 *
 * Nothing can be opened here, so a consumer that waits for a number of bytes may
 * be told too many, but never too few.
 *
 * Context: any.
 * Return: plaintext that is there, at most.
 */
int seal_readsock_peek_len(struct socket *sock)
{
	const struct seal_sock *ss = seal_sk(sock->sk);

	return READ_ONCE(ss->rx.queued) + seal_framer_held(sock->sk) +
	       ss->base_ops->peek_len(sock);
}
