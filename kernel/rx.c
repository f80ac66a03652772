// SPDX-License-Identifier: GPL-2.0
/*
 * Receiving: opened records enter, plaintext leaves for programs by read(),
 * splice() and poll().
 */
#include <linux/mm.h>
#include <linux/pipe_fs_i.h>
#include <linux/poll.h>
#include <linux/splice.h>
#include <linux/uio.h>
#include <net/tcp.h>

#include "seal.h"

/* Wait until TCP has more bytes, or another reader has opened a record. */
static int wait_data(struct sock *sk, long *timeo)
{
	DEFINE_WAIT_FUNC(wait, woken_wake_function);
	struct list_head *queue = &seal_sk(sk)->rx.queue;
	struct tcp_sock *tp = tcp_sk(sk);
	struct list_head *last = queue->prev;
	u32 seen = tp->rcv_nxt;
	int ret;

	if (!*timeo)
		return -EAGAIN;
	if (signal_pending(current))
		return sock_intr_errno(*timeo);

	add_wait_queue(sk_sleep(sk), &wait);
	sk_set_bit(SOCKWQ_ASYNC_WAITDATA, sk);
	ret = sk_wait_event(sk, timeo,
			    READ_ONCE(tp->rcv_nxt) != seen ||
			    READ_ONCE(queue->prev) != last ||
			    READ_ONCE(sk->sk_err) ||
			    (READ_ONCE(sk->sk_shutdown) & RCV_SHUTDOWN),
			    &wait);
	sk_clear_bit(SOCKWQ_ASYNC_WAITDATA, sk);
	remove_wait_queue(sk_sleep(sk), &wait);
	return ret < 0 ? ret : 0;
}

/* The queued record that holds the byte @skip, and where in it */
static struct seal_plain *find_plain(struct seal_rx *rx, size_t *skip)
{
	struct seal_plain *plain;

	list_for_each_entry(plain, &rx->queue, node) {
		size_t len = plain->end - plain->off;

		if (*skip < len)
			return plain;
		*skip -= len;
	}
	return NULL;
}

/*
 * Wait for the byte @skip of the plaintext, 0 being the next one to be read.
 * @enough: do not wait, the program has got what it wants at least
 * Return: the record with the byte and *skip its distance from plain->off, or an
 * ERR_PTR.
 */
static struct seal_plain *wait_plain(struct sock *sk, size_t *skip, bool enough,
				     long *timeo)
{
	struct seal_rx *rx = &seal_sk(sk)->rx;
	int ret;

	for (;;) {
		size_t off = *skip;
		struct seal_plain *plain = find_plain(rx, &off);

		if (plain) {
			*skip = off;
			return plain;
		}
		ret = seal_opener_advance(sk);
		if (!ret)
			ret = enough ? -EAGAIN : wait_data(sk, timeo);
		if (ret < 0)
			return ERR_PTR(ret);
	}
}

static void consume(struct seal_rx *rx, struct seal_plain *plain, size_t len)
{
	plain->off += len;
	if (plain->off == plain->end) {
		list_del(&plain->node);
		seal_plain_put(rx, plain);
	}
}

/* Copy from a record, @skip bytes after its next one; returns how many. */
static size_t copy_plain(const struct seal_plain *plain, size_t skip,
			 struct msghdr *msg, size_t want, int flags)
{
	size_t off = plain->off + skip, copied = 0;

	want = min_t(size_t, want, plain->end - off);
	if (flags & MSG_TRUNC)	/* as TCP: the bytes are thrown away */
		return want;
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

/* Returns how many bytes were read, or why none were. */
static ssize_t read_locked(struct sock *sk, struct msghdr *msg, size_t len,
			   int flags)
{
	struct seal_rx *rx = &seal_sk(sk)->rx;
	long timeo = sock_rcvtimeo(sk, flags & MSG_DONTWAIT);
	size_t target = sock_rcvlowat(sk, flags & MSG_WAITALL, len);
	size_t copied = 0;

	while (copied < len) {
		size_t skip = flags & MSG_PEEK ? copied : 0, n;
		struct seal_plain *plain;

		plain = wait_plain(sk, &skip, copied >= target, &timeo);
		if (IS_ERR(plain))
			return copied ?: PTR_ERR(plain);
		n = copy_plain(plain, skip, msg, len - copied, flags);
		if (!n)
			return copied ?: -EFAULT;
		copied += n;
		if (!(flags & MSG_PEEK))
			consume(rx, plain, n);
		sk_flush_backlog(sk);
	}
	return copied;
}

/* A reader is done: an idle connection keeps no memory for records. */
static void rest(struct sock *sk)
{
	if (seal_framer_empty(sk))
		seal_plain_rest(&seal_sk(sk)->rx);
}

/**
 * seal_rx_recvmsg() - proto.recvmsg of a sealed socket
 * @sk:		socket, not locked
 * @msg:	where the plaintext goes
 * @len:	room in bytes
 * @flags:	MSG_PEEK, MSG_WAITALL, MSG_DONTWAIT, MSG_TRUNC, MSG_ERRQUEUE
 * @addr_len:	for MSG_ERRQUEUE
 *
 * Return: number of bytes; 0 after the peer's close_notify; -EAGAIN, -EINTR,
 * -ERESTARTSYS, -EFAULT, -ENOMEM, -EOPNOTSUPP (MSG_OOB), -ENOKEY (no SEAL_KEYS
 * yet); and, sticky, what ended the connection: -ECONNABORTED (truncated),
 * -ECONNRESET (fatal alert), -EBADMSG, -EMSGSIZE (bad record), or TCP's error.
 */
int seal_rx_recvmsg(struct sock *sk, struct msghdr *msg, size_t len, int flags,
		    int *addr_len)
{
	ssize_t ret;

	if (flags & MSG_ERRQUEUE)
		return seal_sk(sk)->base_prot->recvmsg(sk, msg, len, flags,
						       addr_len);
	if (flags & MSG_OOB)
		return -EOPNOTSUPP;

	lock_sock(sk);
	ret = read_locked(sk, msg, len, flags);
	rest(sk);
	release_sock(sk);
	return ret == SEAL_END_OF_STREAM ? 0 : ret;
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

static ssize_t splice_locked(struct sock *sk, struct pipe_inode_info *pipe,
			     size_t len, long timeo)
{
	struct seal_rx *rx = &seal_sk(sk)->rx;
	size_t spliced = 0;

	while (spliced < len) {
		struct seal_plain *plain;
		size_t skip = 0;
		ssize_t n;

		plain = wait_plain(sk, &skip, spliced, &timeo);
		n = IS_ERR(plain) ? PTR_ERR(plain) :
		    splice_plain(plain, pipe, len - spliced);
		if (n <= 0)
			return spliced ?: n;
		consume(rx, plain, n);
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
 * Return: number of bytes, or as seal_rx_recvmsg().
 */
ssize_t seal_rx_splice_read(struct socket *sock, loff_t *ppos,
			    struct pipe_inode_info *pipe, size_t len,
			    unsigned int flags)
{
	bool nonblock = sock->file->f_flags & O_NONBLOCK;
	struct sock *sk = sock->sk;
	ssize_t ret;

	lock_sock(sk);
	ret = splice_locked(sk, pipe, len, sock_rcvtimeo(sk, nonblock));
	rest(sk);
	release_sock(sk);
	return ret == SEAL_END_OF_STREAM ? 0 : ret;
}

/* Would a read return at once?  Control records are dealt with to find out. */
static bool readable(struct sock *sk)
{
	struct seal_rx *rx = &seal_sk(sk)->rx;
	bool ret;

	lock_sock(sk);
	ret = !list_empty(&rx->queue) || seal_opener_advance(sk);
	rest(sk);
	release_sock(sk);
	return ret;
}

/**
 * seal_rx_poll() - proto_ops.poll of a sealed socket
 * @file:	its file
 * @sock:	socket, not locked
 * @wait:	poll table
 *
 * Context: process, sleeps for the socket lock.
 * Return: as tcp_poll(), but readable only if there is plaintext, the end of the
 * stream, or an error.
 */
__poll_t seal_rx_poll(struct file *file, struct socket *sock,
		      struct poll_table_struct *wait)
{
	const __poll_t in = EPOLLIN | EPOLLRDNORM;
	struct sock *sk = sock->sk;
	struct seal_sock *ss = seal_sk(sk);
	__poll_t mask = tcp_poll(file, sock, wait);

	if (!(mask & in) && list_empty_careful(&ss->rx.queue) &&
	    !READ_ONCE(ss->error) && !READ_ONCE(ss->rx.closed))
		return mask;
	mask &= ~in;
	if (readable(sk))
		mask |= in;
	if (READ_ONCE(ss->rx.closed))
		mask |= EPOLLRDHUP;
	return mask;
}

/**
 * seal_rx_drain_control() - deal with control records nobody has waited for
 * @sk: socket, locked, about to be closed
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

	if (!list_empty(&ss->rx.queue) || seal_opener_advance(sk) > 0)
		return true;
	return !ss->error && !ss->rx.closed && seal_framer_midway(sk);
}

/**
 * seal_rx_release() - drop what was not read and wipe the keys
 * @ss: sealed socket that is going away
 */
void seal_rx_release(struct seal_sock *ss)
{
	seal_plain_release(&ss->rx);
	seal_control_release(&ss->rx.messages);
	seal_epoch_release(&ss->rx.epoch);
}
