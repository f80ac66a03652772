// SPDX-License-Identifier: GPL-2.0
/*
 * SEAL_POLICY_COALESCE, Nagle's algorithm (RFC 9293 3.7.4) for records: that a write
 * is complete enters; whether its record waits for what is in flight leaves, and, when
 * all of that is acknowledged, the record.
 *
 * The ACK comes in softirq, and a record is sealed in process context under the socket
 * lock.  What lies between is one item on a work queue, and nothing less would do: the
 * program may never call again, so nobody else can be made to do it.  It is queued for
 * a record that waits and for nothing else, so other sockets never see it.  A writer
 * that comes first completes the record himself, and the item finds nothing to do.
 *
 * The item is a part of struct seal_sock, which seal_close() frees.  It is queued only
 * by seal_tx_write_space(), with the socket locked; seal_close() takes that callback
 * back under the lock, lets go of it, and waits for the item.  So the item needs no
 * reference: who closes has one, and the module is held by the socket.
 *
 * TCP calls sk_write_space() on an ACK only while SOCK_NOSPACE is set.  Setting it is
 * how a record waits; but it also means that a program waits for room.  @waiters keeps
 * the two apart, so that a program is woken for room alone.
 */
#include <linux/workqueue.h>
#include <net/tcp.h>

#include "seal.h"

static struct workqueue_struct *queue;

/* Not acknowledged, or not even sent */
static bool is_in_flight(const struct sock *sk)
{
	return tcp_sk(sk)->write_seq != tcp_sk(sk)->snd_una;
}

static bool is_waiting(const struct seal_tx *tx)
{
	return tx->state == SEAL_TX_OPEN && tx->held;
}

static void flush(struct work_struct *work)
{
	struct seal_sock *ss = container_of(work, struct seal_sock, coalesce.work);
	struct sock *sk = ss->sk;

	lock_sock(sk);
	ss = seal_sk(sk);
	if (ss && is_waiting(&ss->tx) && !is_in_flight(sk))
		seal_tx_end_record(sk);
	release_sock(sk);
}

/* Have TCP call on the next ACK. */
static void arm(struct sock *sk)
{
	struct seal_coalesce *c = &seal_sk(sk)->coalesce;
	bool armed = c->armed;

	c->armed = true;
	/* before the bit: pairs with seal_coalesce_poll(), which sets the bit first */
	WRITE_ONCE(c->used, true);
	if (test_and_set_bit(SOCK_NOSPACE, &sk->sk_socket->flags) && !armed)
		WRITE_ONCE(c->waiters, true);
}

/**
 * seal_coalesce_hold() - shall the open record wait for more?
 * @sk: socket, locked, with SEAL_POLICY_COALESCE and an open record that a writer has
 *	no more for
 *
 * Return: true if it is kept open until what is in flight is acknowledged; false if
 * it must be completed now.
 */
bool seal_coalesce_hold(struct sock *sk)
{
	struct seal_sock *ss = seal_sk(sk);

	sock_owned_by_me(sk);
	if (!is_in_flight(sk))
		return false;
	arm(sk);
	ss->tx.held = true;
	return true;
}

/* Nobody has waited for room so far.  Does anybody now? */
static bool disarm(struct sock *sk)
{
	struct seal_coalesce *c = &seal_sk(sk)->coalesce;

	c->armed = false;
	clear_bit(SOCK_NOSPACE, &sk->sk_socket->flags);
	/* pairs with seal_coalesce_poll(), which sets the bit after @waiters */
	smp_mb__after_atomic();
	if (!READ_ONCE(c->waiters))
		return false;
	set_bit(SOCK_NOSPACE, &sk->sk_socket->flags);
	return true;
}

/**
 * seal_coalesce_acked() - TCP calls sk_write_space()
 * @sk: socket, locked
 *
 * Context: softirq or process.
 * Return: true if a program may wait for room, false if only a record did for an ACK.
 */
bool seal_coalesce_acked(struct sock *sk)
{
	struct seal_sock *ss = seal_sk(sk);
	bool waiting = is_waiting(&ss->tx);

	if (waiting && !is_in_flight(sk))
		queue_work(queue, &ss->coalesce.work);
	if (!ss->coalesce.armed || READ_ONCE(ss->coalesce.waiters))
		return true;
	return !waiting && sk->sk_socket && disarm(sk);
}

/**
 * seal_coalesce_woken() - plain TCP's sk_write_space() was called
 * @sk: socket, locked
 *
 * If there was room, all who waited for it were woken.  Who comes now finds the room:
 * it is only taken under the lock.
 *
 * Context: softirq or process.
 */
void seal_coalesce_woken(struct sock *sk)
{
	struct seal_coalesce *c = &seal_sk(sk)->coalesce;

	if (!sk->sk_socket || test_bit(SOCK_NOSPACE, &sk->sk_socket->flags))
		return;
	c->armed = false;
	WRITE_ONCE(c->waiters, false);
	if (is_waiting(&seal_sk(sk)->tx))
		arm(sk);
}

/**
 * seal_coalesce_wait() - a writer is about to wait for room
 * @sk: socket, locked
 */
void seal_coalesce_wait(struct sock *sk)
{
	WRITE_ONCE(seal_sk(sk)->coalesce.waiters, true);
}

/**
 * seal_coalesce_poll() - poll() has found no room, and set SOCK_NOSPACE
 * @sk: socket, not locked
 *
 * Says so to seal_coalesce_acked(), and looks again as tcp_poll() does: who makes room
 * looks at @waiters after that.
 *
 * Return: EPOLLOUT | EPOLLWRNORM if there is room now, or 0.
 */
__poll_t seal_coalesce_poll(struct sock *sk)
{
	struct seal_coalesce *c = &seal_sk(sk)->coalesce;

	if (!READ_ONCE(c->used))
		return 0;
	WRITE_ONCE(c->waiters, true);
	/* after @waiters: pairs with disarm() */
	smp_mb__before_atomic();
	set_bit(SOCK_NOSPACE, &sk->sk_socket->flags);
	/* before the room: pairs with tcp_check_space() */
	smp_mb__after_atomic();
	return sk_stream_is_writeable(sk) ? EPOLLOUT | EPOLLWRNORM : 0;
}

/**
 * seal_coalesce_prepare() - no record waits
 * @c: of a new sealed socket
 */
void seal_coalesce_prepare(struct seal_coalesce *c)
{
	INIT_WORK(&c->work, flush);
}

/**
 * seal_coalesce_stop() - no record will be completed any more
 * @c: of a sealed socket that is being closed, whose callbacks are TCP's again
 *
 * Most often, none ever was.
 *
 * Context: process, sleeps; the socket is not locked.
 */
void seal_coalesce_stop(struct seal_coalesce *c)
{
	if (c->used)
		cancel_work_sync(&c->work);
}

/**
 * seal_coalesce_init() - make the work queue
 * Return: 0 or -ENOMEM.
 */
int seal_coalesce_init(void)
{
	queue = alloc_workqueue("sockseal", WQ_UNBOUND, 0);
	return queue ? 0 : -ENOMEM;
}

/** seal_coalesce_exit() - the last sealed socket is gone, and its item with it */
void seal_coalesce_exit(void)
{
	destroy_workqueue(queue);
}
