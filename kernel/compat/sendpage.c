// SPDX-License-Identifier: GPL-2.0
/*
 * Until Linux 6.4, splice() and sendfile() hand a socket one page at a time, by
 * sendpage(), and TCP takes pages by do_tcp_sendpages().  Pages enter and leave
 * here in the form of 6.5: a bvec iterator and MSG_SPLICE_PAGES.
 *
 * 6.1.y defines that flag, and keeps it from user space, but its TCP ignores it.
 */
#include <linux/bvec.h>
#include <linux/uio.h>
#include <net/tcp.h>

#include "../seal.h"

#undef tcp_sendmsg_locked

/* The next bytes of a bvec iterator that are in one piece */
static struct bio_vec first_piece(const struct iov_iter *iter)
{
	struct bio_vec vec = *iter->bvec;

	vec.bv_offset += iter->iov_offset;
	vec.bv_len = min_t(size_t, vec.bv_len - iter->iov_offset, iter->count);
	return vec;
}

/* MSG_SENDPAGE_NOTLAST: TCP need not send before the next piece */
static int send_pages(struct sock *sk, struct msghdr *msg)
{
	int flags = msg->msg_flags & ~MSG_SPLICE_PAGES;
	size_t sent = 0;
	ssize_t ret = 0;

	while (msg_data_left(msg)) {
		struct bio_vec vec = first_piece(&msg->msg_iter);
		int more = vec.bv_len < msg_data_left(msg) ?
			   MSG_MORE | MSG_SENDPAGE_NOTLAST : 0;

		ret = do_tcp_sendpages(sk, vec.bv_page, vec.bv_offset,
				       vec.bv_len, flags | more);
		if (ret <= 0)
			break;
		iov_iter_advance(&msg->msg_iter, ret);
		sent += ret;
	}
	return sent ?: ret;
}

/**
 * seal_compat_sendmsg_locked() - tcp_sendmsg_locked() that knows MSG_SPLICE_PAGES
 * @sk:		socket, locked
 * @msg:	bytes; with MSG_SPLICE_PAGES, a bvec of pages that are not copied
 * @size:	their length
 *
 * A device that cannot gather makes TCP copy, as it does in newer kernels.  Unlike
 * there, TCP does not look after its backlog while it takes pages.
 *
 * Return: number of bytes accepted, or an error of TCP's.
 */
int seal_compat_sendmsg_locked(struct sock *sk, struct msghdr *msg, size_t size)
{
	if (!(msg->msg_flags & MSG_SPLICE_PAGES) ||
	    !(sk->sk_route_caps & NETIF_F_SG))
		return tcp_sendmsg_locked(sk, msg, size);

	tcp_rate_check_app_limited(sk);
	return send_pages(sk, msg);
}

/**
 * seal_compat_sendpage_locked() - proto_ops.sendpage_locked of a sealed socket
 * @sk:		socket, locked
 * @page:	page that is read where it is
 * @offset:	first byte in it
 * @size:	number of bytes
 * @flags:	MSG_*; MSG_SENDPAGE_NOTLAST says that another page follows
 *
 * Return: as seal_tx_sendmsg_locked().
 */
int seal_compat_sendpage_locked(struct sock *sk, struct page *page, int offset,
				size_t size, int flags)
{
	struct msghdr msg = { .msg_flags = flags | MSG_SPLICE_PAGES };
	struct bio_vec vec;

	if (flags & MSG_SENDPAGE_NOTLAST)
		msg.msg_flags |= MSG_MORE;
	bvec_set_page(&vec, page, size, offset);
	iov_iter_bvec(&msg.msg_iter, ITER_SOURCE, &vec, 1, size);
	return seal_tx_sendmsg_locked(sk, &msg, size);
}

/**
 * seal_compat_sendpage() - proto.sendpage of a sealed socket
 * @sk:		socket, not locked
 * @page:	as for seal_compat_sendpage_locked()
 * @offset:	likewise
 * @size:	likewise
 * @flags:	likewise
 *
 * Return: as seal_tx_sendmsg_locked().
 */
int seal_compat_sendpage(struct sock *sk, struct page *page, int offset,
			 size_t size, int flags)
{
	int ret;

	lock_sock(sk);
	ret = seal_compat_sendpage_locked(sk, page, offset, size, flags);
	release_sock(sk);
	return ret;
}
