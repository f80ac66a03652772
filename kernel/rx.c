// SPDX-License-Identifier: GPL-2.0
/*
 * Receiving: opened records enter, plaintext leaves for programs by read() and
 * splice().
 */
#include <linux/mm.h>
#include <linux/pipe_fs_i.h>
#include <linux/splice.h>
#include <linux/uio.h>
#include <net/tcp.h>
#include <uapi/linux/tls.h>

#include "seal.h"

/*
 * Wait until TCP has more bytes, or another thread has changed what there is; also
 * for SEAL_PREFILL, which wakes all who wait.
 */
static int wait_data(struct sock *sk, long *timeo)
{
	DEFINE_WAIT_FUNC(wait, woken_wake_function);
	struct seal_rx *rx = &seal_sk(sk)->rx;
	struct list_head *last = rx->queue.prev;
	struct tcp_sock *tp = tcp_sk(sk);
	u32 seen = tp->rcv_nxt;
	int ret;

	if (!*timeo)
		return -EAGAIN;
	if (seal_sk(sk)->rx.lost)	/* there is nothing to wait for */
		return seal_sk(sk)->rx.lost;
	if (signal_pending(current))
		return sock_intr_errno(*timeo);

	seal_ahead_stop(rx);	/* before the lock is released */
	rx->waiting++;
	seal_ready_settle(sk);
	add_wait_queue(sk_sleep(sk), &wait);
	sk_set_bit(SOCKWQ_ASYNC_WAITDATA, sk);
	ret = sk_wait_event(sk, timeo,
			    READ_ONCE(tp->rcv_nxt) != seen ||
			    READ_ONCE(rx->queue.prev) != last ||
			    READ_ONCE(sk->sk_err) ||
			    READ_ONCE(seal_sk(sk)->error) ||
			    (READ_ONCE(sk->sk_shutdown) & RCV_SHUTDOWN),
			    &wait);
	sk_clear_bit(SOCKWQ_ASYNC_WAITDATA, sk);
	remove_wait_queue(sk_sleep(sk), &wait);
	rx->waiting--;
	return ret < 0 ? ret : 0;
}

/**
 * struct place - how far a peek has come in the queue
 * @passed:	records that it has left behind it
 * @last:	the last of them, as long as no record was removed
 * @removed:	seal_rx.removed at that time
 */
struct place {
	unsigned int		passed;
	struct seal_plain	*last;
	u32			removed;
};

/**
 * struct reader - where a read is
 * @msg:	where the plaintext goes
 * @flags:	MSG_*
 * @left:	room in bytes
 * @ahead:	bytes that a peek leaves out first (SO_PEEK_OFF)
 * @copied:	how much was copied
 * @target:	how much is enough not to wait for more
 * @timeo:	how long to wait, in jiffies
 * @place:	where a peek is; for a read always the beginning
 * @type:	content type of all that is read, or 0 as long as nothing was
 * @done:	nothing may follow what was read
 */
struct reader {
	struct msghdr	*msg;
	int		flags;
	size_t		left;
	size_t		ahead;
	size_t		copied;
	size_t		target;
	long		timeo;
	struct place	place;
	u8		type;
	bool		done;
};

static struct seal_plain *find_plain(struct seal_rx *rx,
				     const struct place *place)
{
	unsigned int skip = place->passed;
	struct seal_plain *plain;

	if (place->last && place->removed == rx->removed)
		return list_is_last(&place->last->node, &rx->queue) ? NULL :
			list_next_entry(place->last, node);
	list_for_each_entry(plain, &rx->queue, node)
		if (!skip--)
			return plain;
	return NULL;
}

static void pass(struct seal_rx *rx, struct place *place,
		 struct seal_plain *plain)
{
	place->passed++;
	place->last = plain;
	place->removed = rx->removed;
}

/*
 * Wait for the record at @place.
 * @to: see seal_opener_advance()
 * @enough: do not wait, the program has got what it wants at least
 * Return: the record, or an ERR_PTR.
 */
static struct seal_plain *wait_plain(struct sock *sk, const struct place *place,
				     const struct iov_iter *to, bool enough,
				     long *timeo)
{
	struct seal_rx *rx = &seal_sk(sk)->rx;
	struct seal_plain *plain;
	int ret;

	while (!(plain = find_plain(rx, place))) {
		ret = seal_opener_advance(sk, to);
		if (!ret)
			ret = enough ? -EAGAIN : wait_data(sk, timeo);
		if (ret < 0)
			return ERR_PTR(ret);
	}
	return plain;
}

/*
 * Copy from a record at most @want bytes, @skip bytes after its next one; returns
 * how many.
 */
static size_t copy_plain(const struct seal_plain *plain, size_t skip,
			 struct msghdr *msg, size_t want, int flags)
{
	size_t off = plain->off + skip, copied = 0;

	if (flags & MSG_TRUNC)	/* as TCP: the bytes are thrown away */
		return want;
	if (plain->direct) {
		iov_iter_advance(&msg->msg_iter, want);
		return want;
	}
	while (copied < want) {
		size_t in_page = off % PAGE_SIZE;
		size_t n = min_t(size_t, want - copied, PAGE_SIZE - in_page);
		size_t done = copy_page_to_iter(plain->page[off / PAGE_SIZE],
						in_page, n, &msg->msg_iter);

		copied += done;
		off += done;
		if (done < n)
			break;
	}
	return copied;
}

/*
 * All that one call reads has one content type; the program that wants another
 * one than application data takes its number.
 * Return: 1 if @plain may be read, 0 if it is for the next call, -EIO.
 */
static int admit(struct sock *sk, struct reader *r,
		 const struct seal_plain *plain)
{
	int err;

	if (!seal_sk(sk)->personality->types)
		return 1;
	if (r->type)
		return r->type == plain->type;

	r->type = plain->type;
	err = put_cmsg(r->msg, SOL_TLS, TLS_GET_RECORD_TYPE, sizeof(r->type),
		       &r->type);
	if (r->type != SEAL_TYPE_APPLICATION_DATA &&
	    (err || r->msg->msg_flags & MSG_CTRUNC))
		return -EIO;
	return 1;
}

/* The reader has got all of a record. */
static void note_end(struct sock *sk, struct reader *r)
{
	if (!seal_sk(sk)->personality->types)
		return;
	r->msg->msg_flags |= MSG_EOR;
	r->done = r->type != SEAL_TYPE_APPLICATION_DATA;
}

/* Returns how many bytes of a record were read, or an error. */
static ssize_t read_some(struct sock *sk, struct reader *r,
			 const struct seal_plain *plain)
{
	size_t here = plain->end - plain->off - r->ahead;
	size_t want = min(r->left, here);
	size_t n = copy_plain(plain, r->ahead, r->msg, want, r->flags);

	r->done = n < want;
	if (want && !n)
		return -EFAULT;
	if (n == here)
		note_end(sk, r);
	r->ahead = 0;
	r->copied += n;
	r->left -= n;
	return n;
}

/* Read the next record, or what there is room for.  Return: 0 or an error. */
static int read_plain(struct sock *sk, struct reader *r,
		      struct seal_plain *plain)
{
	struct seal_rx *rx = &seal_sk(sk)->rx;
	size_t here = plain->end - plain->off;
	ssize_t ret;

	if (r->ahead && r->ahead >= here) {
		r->ahead -= here;
		pass(rx, &r->place, plain);
		return 0;
	}
	ret = admit(sk, r, plain);
	if (ret <= 0) {
		r->done = true;
		return ret;
	}
	ret = read_some(sk, r, plain);
	if (ret < 0)
		return ret;
	if (r->flags & MSG_PEEK)
		pass(rx, &r->place, plain);
	else
		seal_plain_consume(rx, plain, ret);
	return 0;
}

/*
 * What a reader is told; that the stream is lost, or an error of TCP's that does
 * not end the connection, it is told once.
 */
static ssize_t result(struct sock *sk, size_t done, int err)
{
	struct seal_rx *rx = &seal_sk(sk)->rx;

	if (done || !err)
		return done;
	if (err == rx->lost)
		rx->lost_told = true;
	else if (sk->sk_state != TCP_CLOSE && err == -sk->sk_err)
		sock_error(sk);
	return err;
}

/* Returns how many bytes were read, or why none were. */
static ssize_t read_locked(struct sock *sk, struct msghdr *msg, size_t len,
			   int flags)
{
	struct reader r = {
		.msg	= msg,
		.flags	= flags,
		.left	= len,
		.ahead	= max(sk_peek_offset(sk, flags), 0),
		.target	= flags & MSG_WAITALL ? len : seal_sk(sk)->rx.lowat,
		.timeo	= sock_rcvtimeo(sk, flags & MSG_DONTWAIT),
	};
	const struct iov_iter *to = &msg->msg_iter;
	struct seal_rx *rx = &seal_sk(sk)->rx;
	int err = 0;

	/* a peek must not write over what it has, and MSG_TRUNC writes nothing */
	if (flags & (MSG_PEEK | MSG_TRUNC) || iov_iter_count(to) != len)
		to = NULL;
	while (r.left && !r.done && !err) {
		struct seal_plain *plain;

		plain = wait_plain(sk, &r.place, to, r.copied >= r.target,
				   &r.timeo);
		err = IS_ERR(plain) ? PTR_ERR(plain) :
				      read_plain(sk, &r, plain);
		/* TCP may change its queue then */
		if (!seal_ahead_busy(rx))
			sk_flush_backlog(sk);
	}
	seal_ahead_stop(rx);
	return result(sk, r.copied, err);
}

/* TCP_INQ: how much more there is; not 0 if a read would return at once */
static void tell_inq(struct sock *sk, struct msghdr *msg)
{
	bool end;
	int inq;

	inq = seal_ready_count(sk, &end);
	if (!inq && end)
		inq = 1;
	put_cmsg(msg, SOL_TCP, TCP_CM_INQ, sizeof(inq), &inq);
}

/* SO_PEEK_OFF and TCP_INQ follow what was read. */
static void read_done(struct sock *sk, struct msghdr *msg, int flags, int len)
{
	if (flags & MSG_PEEK)
		sk_peek_offset_fwd(sk, len);
	else
		sk_peek_offset_bwd(sk, len);
	if (tcp_sk(sk)->recvmsg_inq)
		tell_inq(sk, msg);
}

/**
 * seal_rx_recvmsg() - proto.recvmsg of a sealed socket
 * @sk:		socket, not locked
 * @msg:	where the plaintext goes
 * @len:	room in bytes
 * @flags:	MSG_PEEK, MSG_WAITALL, MSG_DONTWAIT, MSG_TRUNC, MSG_ERRQUEUE
 *
 * Return: number of bytes; 0 after the peer's close_notify; -EAGAIN, -EINTR,
 * -ERESTARTSYS, -EFAULT, -ENOMEM, -ENOBUFS (SO_PEEK_OFF is beyond the receive
 * buffer), -EOPNOTSUPP (MSG_OOB), -ENOKEY (no SEAL_KEYS yet); under the name tls
 * -EIO (a control record, and no room for its type) and -EKEYEXPIRED (a KeyUpdate
 * has come); and, sticky, what ended the connection: -ECONNABORTED (truncated),
 * -ECONNRESET (fatal alert), -EBADMSG, -EMSGSIZE (bad record), or TCP's error.
 */
int seal_rx_recvmsg(struct sock *sk, struct msghdr *msg, size_t len, int flags)
{
	struct seal_sock *ss = seal_sk(sk);
	ssize_t ret;

	if (flags & MSG_ERRQUEUE || seal_is_plain(ss, &ss->rx.epoch))
		return seal_compat_recvmsg(ss->base_prot, sk, msg, len, flags);
	if (flags & MSG_OOB)
		return -EOPNOTSUPP;

	lock_sock(sk);
	ret = read_locked(sk, msg, len, flags);
	if (ret == SEAL_END_OF_STREAM)
		ret = 0;
	if (ret >= 0)
		read_done(sk, msg, flags, ret);
	seal_ready_settle(sk);
	release_sock(sk);
	return ret;
}

static void release_page(struct splice_pipe_desc *spd, unsigned int i)
{
	put_page(spd->pages[i]);
}

/* Lend pages of a record to a pipe; returns how many bytes the pipe took. */
static ssize_t splice_plain(struct seal_plain *plain,
			    struct pipe_inode_info *pipe, size_t len)
{
	struct partial_page partial[SEAL_PLAIN_PAGES];
	struct page *pages[SEAL_PLAIN_PAGES];
	struct splice_pipe_desc spd = {
		.pages		= pages,
		.partial	= partial,
		.nr_pages_max	= SEAL_PLAIN_PAGES,
		.ops		= &nosteal_pipe_buf_ops,
		.spd_release	= release_page,
	};
	size_t off = plain->off;

	len = min_t(size_t, len, plain->end - off);
	while (len) {
		size_t in_page = off % PAGE_SIZE;
		size_t n = min_t(size_t, len, PAGE_SIZE - in_page);

		pages[spd.nr_pages] = plain->page[off / PAGE_SIZE];
		get_page(pages[spd.nr_pages]);
		partial[spd.nr_pages].offset = in_page;
		partial[spd.nr_pages++].len = n;
		off += n;
		len -= n;
	}
	plain->lent = true;
	return splice_to_pipe(pipe, &spd);
}

/* Returns how many bytes of the record the pipe took, or why none. */
static ssize_t splice_some(struct sock *sk, struct seal_plain *plain,
			   struct pipe_inode_info *pipe, size_t len)
{
	ssize_t n = 0;

	/* a pipe has no place for the content type */
	if (plain->type != SEAL_TYPE_APPLICATION_DATA)
		return -EINVAL;
	if (plain->off < plain->end)
		n = splice_plain(plain, pipe, len);
	if (n >= 0)
		seal_plain_consume(&seal_sk(sk)->rx, plain, n);
	return n;
}

static ssize_t splice_locked(struct sock *sk, struct pipe_inode_info *pipe,
			     size_t len, long timeo)
{
	static const struct place beginning;
	size_t spliced = 0;

	while (spliced < len) {
		struct seal_plain *plain;
		ssize_t n;

		plain = wait_plain(sk, &beginning, NULL, spliced, &timeo);
		n = IS_ERR(plain) ? PTR_ERR(plain) :
				    splice_some(sk, plain, pipe, len - spliced);
		if (n < 0)
			return result(sk, spliced, n);
		spliced += n;
	}
	return spliced;
}

/**
 * seal_rx_splice_read() - proto_ops.splice_read of a sealed socket
 * @sock:	socket, not locked
 * @ppos:	unused
 * @pipe:	where the plaintext goes; locked by the caller
 * @len:	how many bytes at most
 * @flags:	SPLICE_F_*
 *
 * Return: number of bytes, -EINVAL for a control record under the name tls, or as
 * seal_rx_recvmsg().
 */
ssize_t seal_rx_splice_read(struct socket *sock, loff_t *ppos,
			    struct pipe_inode_info *pipe, size_t len,
			    unsigned int flags)
{
	bool nonblock = sock->file->f_flags & O_NONBLOCK;
	struct sock *sk = sock->sk;
	struct seal_sock *ss = seal_sk(sk);
	ssize_t ret;

	if (seal_is_plain(ss, &ss->rx.epoch))
		return ss->base_ops->splice_read(sock, ppos, pipe, len, flags);

	lock_sock(sk);
	ret = splice_locked(sk, pipe, len, sock_rcvtimeo(sk, nonblock));
	seal_ready_settle(sk);
	release_sock(sk);
	return ret == SEAL_END_OF_STREAM ? 0 : ret;
}

static bool holds_data(const struct seal_plain *plain)
{
	return plain->type == SEAL_TYPE_APPLICATION_DATA &&
	       plain->off < plain->end;
}

static bool has_data(const struct seal_rx *rx)
{
	const struct seal_plain *plain;

	list_for_each_entry(plain, &rx->queue, node)
		if (holds_data(plain))
			return true;
	return false;
}

/**
 * seal_rx_drain_control() - deal with control records nobody has waited for
 * @sk: socket, locked, about to be closed, with a key for this direction
 *
 * TCP answers unread data with a reset, which may cost the peer data that is on
 * its way.  Control records are not the program's to read.
 *
 * Context: process, may sleep.
 * Return: true if application data, or a part of a record, remains unread.
 */
bool seal_rx_drain_control(struct sock *sk)
{
	struct seal_sock *ss = seal_sk(sk);
	struct list_head *queue = &ss->rx.queue;

	if (has_data(&ss->rx))
		return true;
	while (seal_opener_advance(sk, NULL) > 0)
		if (holds_data(list_last_entry(queue, struct seal_plain, node)))
			return true;
	return !ss->error && !ss->rx.closed && !ss->truncated &&
	       seal_framer_midway(sk);
}

/**
 * seal_rx_release() - drop what was not read and wipe the keys
 * @ss: sealed socket that is going away
 */
void seal_rx_release(struct seal_sock *ss)
{
	seal_ahead_release(&ss->rx);
	seal_prefill_release(&ss->rx.prefill);
	seal_plain_release(&ss->rx);
	seal_control_release(&ss->rx.messages);
	seal_epoch_release(&ss->rx.epoch);
}
