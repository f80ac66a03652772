// SPDX-License-Identifier: GPL-2.0
/*
 * Sealed records enter, one after the other; what TCP has room for leaves, the rest
 * stays in the fragments of the record until it has.
 *
 * All functions here want the socket lock.
 */
#include <linux/uio.h>
#include <net/tcp.h>

#include "seal.h"

/* TCP took @len bytes of the control record that goes ahead. */
static void consume_ahead(struct bio_vec *ahead, size_t len)
{
	ahead->bv_offset += len;
	ahead->bv_len -= len;
	if (!ahead->bv_len)
		put_page(ahead->bv_page);
}

/* TCP took @len bytes from the front of the record, and not all of it. */
static void consume_part(struct seal_tx *tx, size_t len)
{
	unsigned int done = 0;

	while (len >= tx->vec[done].bv_len) {
		len -= tx->vec[done].bv_len;
		put_page(tx->vec[done++].bv_page);
	}
	tx->vec[done].bv_offset += len;
	tx->vec[done].bv_len -= len;
	tx->vecs -= done;
	memmove(tx->vec, tx->vec + done, tx->vecs * sizeof(tx->vec[0]));
}

static size_t record_unsent(const struct seal_tx *tx)
{
	size_t len = 0;
	int i;

	for (i = 0; i < tx->vecs; i++)
		len += tx->vec[i].bv_len;
	return len;
}

/**
 * seal_batch_unsent() - how much of what is sealed has TCP not taken?
 * @tx: sending direction
 *
 * Return: number of bytes; 0 if no record is sealed.
 */
size_t seal_batch_unsent(const struct seal_tx *tx)
{
	size_t len = tx->ahead.bv_len;

	if (tx->parallel)
		len += seal_parallel_unsent(tx);
	return tx->state == SEAL_TX_SEALED ? len + record_unsent(tx) : len;
}

/*
 * Nobody writes our pages once they are sealed, so TCP need not treat them as
 * shared.  Returns what tcp_sendmsg_locked() returns.
 */
static int offer_to_tcp(struct sock *sk, const struct bio_vec *vec,
			unsigned int vecs, size_t len, bool more)
{
	struct msghdr msg = {
		.msg_flags = MSG_SPLICE_PAGES | MSG_NO_SHARED_FRAGS |
			     MSG_DONTWAIT | MSG_NOSIGNAL,
	};

	if (more)
		msg.msg_flags |= MSG_MORE;
	iov_iter_bvec(&msg.msg_iter, ITER_SOURCE, vec, vecs, len);
	return tcp_sendmsg_locked(sk, &msg, len);
}

/* @most: bytes that are offered to TCP at a time */
static int push_ahead(struct sock *sk, struct seal_tx *tx, size_t most)
{
	bool more = tx->fin || tx->state == SEAL_TX_SEALED ||
		    tx->ahead.bv_len > most;
	size_t len = min_t(size_t, tx->ahead.bv_len, most);
	int ret = offer_to_tcp(sk, &tx->ahead, 1, len, more);

	if (ret > 0)
		consume_ahead(&tx->ahead, ret);
	return ret;
}

static int push_record(struct sock *sk, struct seal_tx *tx, size_t most)
{
	size_t all = record_unsent(tx);
	size_t len = min(all, most);
	int ret = offer_to_tcp(sk, tx->vec, tx->vecs, len, tx->more || len < all);

	if (ret <= 0)
		return ret;
	if ((size_t)ret < all)
		consume_part(tx, ret);
	else
		seal_sealer_forget(tx);
	return ret;
}

/* A sealed record, perhaps the next one of several */
static bool has_record(struct seal_tx *tx)
{
	return tx->state == SEAL_TX_SEALED ||
	       (tx->parallel && seal_parallel_load(tx));
}

static int push(struct sock *sk, size_t most)
{
	struct seal_tx *tx = &seal_sk(sk)->tx;
	int ret = 1;

	/* TCP calls sk_write_space() from within, see seal_tx_write_space() */
	if (tx->pushing)
		return -EAGAIN;
	tx->pushing = true;
	while (ret > 0 && tx->ahead.bv_len)
		ret = push_ahead(sk, tx, most);
	while (ret > 0 && has_record(tx))
		ret = push_record(sk, tx, most);
	tx->pushing = false;
	return min(ret, 0);
}

/**
 * seal_batch_push() - give TCP what is sealed as far as it has room
 * @sk: socket
 *
 * Context: process; does not wait.
 * Return: 0 when nothing sealed is left, -EAGAIN, or the error of the socket.
 */
int seal_batch_push(struct sock *sk)
{
	return push(sk, SIZE_MAX);
}

/**
 * seal_batch_push_atomic() - the same while TCP deals with an ACK
 * @sk: socket
 *
 * This may be a softirq on top of anybody's task, so the task's page fragment is
 * not for us.  TCP looks after its backlog once in 16 segments, which must not
 * happen from within the backlog: it is offered less than that at a time.
 *
 * Context: softirq or process.
 * Return: as seal_batch_push().
 */
int seal_batch_push_atomic(struct sock *sk)
{
	gfp_t allocation = sk->sk_allocation;
	bool task_frag = sk->sk_use_task_frag;
	int err;

	sk->sk_allocation = GFP_ATOMIC;
	sk->sk_use_task_frag = false;
	err = push(sk, 8 * tcp_sk(sk)->mss_cache);
	sk->sk_use_task_frag = task_frag;
	sk->sk_allocation = allocation;
	return err;
}

/**
 * seal_batch_push_all() - give TCP what is sealed beyond its limits
 * @sk: socket
 *
 * For the last records of a connection, so that a full send buffer is exceeded
 * by two records at most.
 *
 * Return: as seal_batch_push(); -EAGAIN only when there is no memory.
 */
int seal_batch_push_all(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 lowat = tp->notsent_lowat;
	int sndbuf = sk->sk_sndbuf;
	int err;

	WRITE_ONCE(sk->sk_sndbuf, INT_MAX);
	WRITE_ONCE(tp->notsent_lowat, UINT_MAX);
	err = push(sk, SIZE_MAX);
	WRITE_ONCE(tp->notsent_lowat, lowat);
	WRITE_ONCE(sk->sk_sndbuf, sndbuf);
	return err;
}

/**
 * seal_batch_release() - give up what TCP has not taken
 * @tx: sending direction of a socket that is going away
 */
void seal_batch_release(struct seal_tx *tx)
{
	seal_sealer_drop(tx);
	if (tx->ahead.bv_len)
		consume_ahead(&tx->ahead, tx->ahead.bv_len);
}
