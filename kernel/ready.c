// SPDX-License-Identifier: GPL-2.0
/*
 * What has come enters, opened or not; whether, and how much of it, a read would
 * get at once leaves: poll(), FIONREAD, SO_RCVLOWAT.
 *
 * TCP wakes the program by sk_rcvlowat, which it compares with the ciphertext in
 * its queue.  Plaintext that was opened is there no more, nor is what the framer
 * has of the next record, so sk_rcvlowat is what is still missing of the program's
 * SO_RCVLOWAT.  A record is longer than its plaintext: TCP wakes too early at worst,
 * and poll() then says "not yet".
 */
#include <asm/ioctls.h>
#include <linux/poll.h>
#include <linux/sockios.h>
#include <net/tcp.h>

#include "seal.h"

/**
 * seal_ready_settle() - a call that has looked at the receiving side is done
 * @sk: socket, locked
 */
void seal_ready_settle(struct sock *sk)
{
	struct seal_rx *rx = &seal_sk(sk)->rx;
	u32 there = rx->queued + seal_framer_held(sk);
	int missing = 1;

	/* somebody may wait for less than SO_RCVLOWAT */
	if (!rx->waiting && there < rx->lowat)
		missing = rx->lowat - there;
	WRITE_ONCE(sk->sk_rcvlowat, missing);
}

/*
 * Open records until there are @want bytes of plaintext.
 * Return: 1 if there are, 0 if they may still come, and as seal_opener_advance()
 * if they cannot.
 */
static int fill(struct sock *sk, u32 want)
{
	struct seal_rx *rx = &seal_sk(sk)->rx;
	int ret = 1;

	while (ret > 0 && rx->queued < want)
		ret = seal_opener_advance(sk, NULL);
	return ret;
}

/**
 * seal_ready_count() - how much plaintext can be read at once?
 * @sk:		socket, locked
 * @end:	set if the end of the stream or an error comes right after it
 *
 * Opens what has come, as far as the receive buffer allows.
 *
 * Context: process, may sleep.
 * Return: number of bytes.
 */
int seal_ready_count(struct sock *sk, bool *end)
{
	*end = fill(sk, INT_MAX) < 0;
	return seal_sk(sk)->rx.queued;
}

/**
 * seal_ready_ioctl() - proto.ioctl of a sealed socket
 * @sk:		socket, not locked
 * @cmd:	SIOCINQ, which is FIONREAD, or another one of plain TCP's
 * @karg:	set to the result
 *
 * Return: 0, or as plain TCP.
 */
int seal_ready_ioctl(struct sock *sk, int cmd, int *karg)
{
	struct seal_sock *ss = seal_sk(sk);
	bool end;

	if (cmd != SIOCINQ || seal_is_plain(ss, &ss->rx.epoch))
		return seal_compat_ioctl(ss->base_prot, sk, cmd, karg);
	lock_sock(sk);
	*karg = seal_ready_count(sk, &end);
	seal_ready_settle(sk);
	release_sock(sk);
	return 0;
}

/**
 * seal_ready_set_rcvlowat() - proto_ops.set_rcvlowat of a sealed socket
 * @sk:		socket, locked
 * @val:	how many bytes of plaintext a reader wants at least
 *
 * TCP bounds it by what the receive buffer can hold and grows the buffer for it.
 *
 * Return: 0.
 */
int seal_ready_set_rcvlowat(struct sock *sk, int val)
{
	struct seal_sock *ss = seal_sk(sk);
	int err;

	sock_owned_by_me(sk);
	err = ss->base_ops->set_rcvlowat(sk, val);
	ss->rx.lowat = sk->sk_rcvlowat;
	seal_ready_settle(sk);
	sk->sk_data_ready(sk);
	return err;
}

/*
 * Would a read return at once?  Control records are dealt with to find out.  More
 * plaintext than the receive buffer allows is not waited for.
 */
static bool readable(struct sock *sk)
{
	struct seal_sock *ss = seal_sk(sk);
	int ret;

	lock_sock(sk);
	if (!ss->personality->types)
		ret = fill(sk, ss->rx.lowat);
	else if (list_empty(&ss->rx.queue))
		ret = seal_opener_advance(sk, NULL);
	else	/* an empty record is one, too */
		ret = 1;
	if (ss->rx.rekey && ret == -EKEYEXPIRED)	/* it waits for a key */
		ret = !list_empty(&ss->rx.queue);
	seal_ready_settle(sk);
	release_sock(sk);
	return ret;
}

/* Is there nothing to look at beside what TCP tells?  Needs no lock. */
static bool is_idle(const struct seal_sock *ss)
{
	return list_empty_careful(&ss->rx.queue) &&
	       !READ_ONCE(ss->rx.prefill.left) && !READ_ONCE(ss->error) &&
	       !READ_ONCE(ss->rx.error) && !READ_ONCE(ss->rx.closed);
}

/**
 * seal_ready_poll() - proto_ops.poll of a sealed socket
 * @file:	its file
 * @sock:	socket, not locked
 * @wait:	poll table
 *
 * Context: process, sleeps for the socket lock.
 * Return: as tcp_poll(), but nothing is urgent, and readable only if there is
 * plaintext, SO_RCVLOWAT of it, the end of the stream, or an error.  What ended the
 * connection is EPOLLERR too, and close_notify is EPOLLRDHUP, once all was read.
 */
__poll_t seal_ready_poll(struct file *file, struct socket *sock,
			 struct poll_table_struct *wait)
{
	const __poll_t in = EPOLLIN | EPOLLRDNORM;
	struct sock *sk = sock->sk;
	struct seal_sock *ss = seal_sk(sk);
	__poll_t mask = tcp_poll(file, sock, wait) & ~EPOLLPRI;

	if (!(mask & EPOLLOUT))
		mask |= seal_coalesce_poll(sk);
	if (seal_is_plain(ss, &ss->rx.epoch))
		return mask;
	if (!(mask & in) && is_idle(ss))
		return mask;
	mask &= ~in;
	if (readable(sk))
		mask |= in;
	if (READ_ONCE(ss->rx.closed))
		mask |= EPOLLRDHUP;
	/* not before the data: there are programs that read no more then */
	if (READ_ONCE(ss->error) && list_empty_careful(&ss->rx.queue))
		mask |= EPOLLERR;
	return mask;
}
