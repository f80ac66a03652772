// SPDX-License-Identifier: GPL-2.0
/*
 * A call with MSG_ZEROCOPY enters; the notice that its memory is free again leaves
 * as soon as the call is done, saying that the bytes were copied.
 *
 * The cipher has read all that was accepted by then.  io_uring brings a notice of
 * its own, msg_ubuf, and delivers it when nobody has kept it: we never do.
 */
#include <linux/err.h>
#include <linux/skbuff.h>
#include <net/sock.h>

#include "seal.h"

/**
 * seal_zerocopy_begin() - prepare the notice that a call asks for
 * @sk:		socket, locked
 * @msg:	what is to be sent, with MSG_ZEROCOPY
 * @size:	its length in bytes
 *
 * As on TCP, MSG_ZEROCOPY means nothing without SO_ZEROCOPY.  No page is pinned,
 * so none is accounted for.
 *
 * Context: process, may sleep.
 * Return: the notice for seal_zerocopy_end(); NULL if none is asked for; or
 * ERR_PTR(-ENOBUFS) if there is no room among the socket's options.
 */
struct ubuf_info *seal_zerocopy_begin(struct sock *sk, const struct msghdr *msg,
				      size_t size)
{
	struct ubuf_info *notice;

	if (!size || msg->msg_ubuf || !sock_flag(sk, SOCK_ZEROCOPY))
		return NULL;
	notice = msg_zerocopy_realloc(sk, 0, NULL, false);
	if (!notice)
		return ERR_PTR(-ENOBUFS);
	uarg_to_msgzc(notice)->zerocopy = 0;
	return notice;
}

/**
 * seal_zerocopy_end() - deliver the notice to the socket's error queue
 * @notice:	from seal_zerocopy_begin(); gone after this
 * @sent:	bytes were accepted; if not, nobody expects a notice
 */
void seal_zerocopy_end(struct ubuf_info *notice, bool sent)
{
	if (sent)
		net_zcopy_put(notice);
	else
		net_zcopy_put_abort(notice, true);
}
