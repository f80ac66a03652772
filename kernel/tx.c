// SPDX-License-Identifier: GPL-2.0
/*
 * Sending: plaintext of programs, pages of files and control messages enter,
 * sealed records leave, one batch a call.
 *
 * A byte that was accepted is sent without anybody asking: what TCP has no room
 * for is carried on with by the next thing that happens on the socket, be it a
 * call or an ACK.
 */
#include <linux/mm.h>
#include <linux/uio.h>
#include <net/tcp.h>

#include "seal.h"

/* User memory in smaller pieces is cheaper to copy than to pin */
#define PIN_MIN		4096

/* Flags that ask for something this ULP does not do */
#define REFUSED_FLAGS	(MSG_OOB | MSG_FASTOPEN | MSG_ZEROCOPY)

static bool more_follows(const struct msghdr *msg)
{
	return (msg->msg_flags & (MSG_MORE | MSG_EOR)) == MSG_MORE;
}

/*
 * Tell TCP to wait for the next record only if there is sure to be one soon:
 * nobody would push what it holds back.
 */
static bool batch_goes_on(const struct sock *sk, struct msghdr *msg)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	u32 unsent = tp->write_seq - tp->snd_nxt;

	if (!msg_data_left(msg))
		return more_follows(msg);
	return sk->sk_wmem_queued + SEAL_RECORD_MAX < READ_ONCE(sk->sk_sndbuf) &&
	       unsent + SEAL_RECORD_MAX < tcp_notsent_lowat(tp);
}

/* A record of its own out of a few bytes; there is no other record. */
static int build_control(struct sock *sk, u8 type, const u8 *data, size_t len)
{
	struct seal_tx *tx = &seal_sk(sk)->tx;
	u8 *at;
	int err;

	err = seal_sealer_open(sk);
	if (err)
		return err;
	if (seal_sealer_grow(sk, len, &at) != len) {
		seal_sealer_drop(tx);
		return -ENOMEM;
	}
	memcpy(at, data, len);
	tx->payload = len;
	tx->more = false;
	return seal_sealer_seal(sk, type, NULL);
}

/*
 * RFC 8446 4.6.3: the KeyUpdate that the peer asked for goes out before our next
 * application data, and what follows it has the next key.
 */
static int send_update(struct sock *sk)
{
	/* msg_type key_update, length 1, update_not_requested */
	static const u8 update[] = { 24, 0, 0, 1, 0 };
	struct seal_sock *ss = seal_sk(sk);
	int err;

	err = build_control(sk, SEAL_TYPE_HANDSHAKE, update, sizeof(update));
	if (err)
		return err;
	ss->tx.update_owed = false;
	seal_stats_inc(sk, SEAL_STAT_TX_KEY_UPDATES);
	err = seal_epoch_update(&ss->tx.epoch, ss->suite);
	if (err)
		ss->error = err;
	return err ?: seal_sealer_push(sk);
}

static int check_alive(const struct sock *sk)
{
	const struct seal_sock *ss = seal_sk(sk);

	if (!ss->suite)
		return -ENOKEY;
	if (ss->error)
		return ss->error;
	if (sk->sk_err || (sk->sk_shutdown & SEND_SHUTDOWN) || ss->tx.closed)
		return -EPIPE;
	return 0;
}

/* Send what must go out before more plaintext; -EAGAIN if TCP has no room. */
static int make_room(struct sock *sk)
{
	struct seal_tx *tx = &seal_sk(sk)->tx;
	int err;

	err = seal_sealer_push(sk);
	if (!err && tx->update_owed && tx->state == SEAL_TX_IDLE)
		err = send_update(sk);
	if (err)
		return err;
	return sk_stream_memory_free(sk) ? 0 : -EAGAIN;
}

/* Copy user memory into the open record; less than @want if memory is short. */
static int fill_by_copy(struct sock *sk, struct msghdr *msg, size_t want)
{
	struct seal_tx *tx = &seal_sk(sk)->tx;
	size_t room, copied;
	u8 *at;

	while (want && (room = seal_sealer_grow(sk, want, &at))) {
		copied = copy_from_iter(at, room, &msg->msg_iter);
		tx->payload += copied;
		want -= copied;
		if (copied < room) {
			seal_sealer_shrink(sk, room - copied);
			return -EFAULT;
		}
	}
	return 0;
}

/* Add one page's bytes, joined to the last ones if they are neighbours. */
static void add_page(struct seal_source *source, struct page *page, size_t off,
		     size_t len)
{
	struct bio_vec *last = source->vecs ? &source->vec[source->vecs - 1] :
					      NULL;

	if (last && page_to_phys(last->bv_page) + last->bv_offset +
		    last->bv_len == page_to_phys(page) + off)
		last->bv_len += len;
	else
		bvec_set_page(&source->vec[source->vecs++], page, len, off);
	source->len += len;
}

/* List up to @want bytes of the caller's pages, as they are. */
static void take_pages(struct seal_source *source, struct iov_iter *iter,
		       size_t want)
{
	struct page **page = source->page;
	ssize_t left;
	size_t off;

	source->pinned = iov_iter_extract_will_pin(iter);
	while (source->len < want && source->pages < SEAL_SOURCE_PAGES) {
		left = iov_iter_extract_pages(iter, &page, want - source->len,
					      SEAL_SOURCE_PAGES - source->pages,
					      0, &off);
		if (left <= 0)
			return;
		for (; left > 0; source->pages++, page++, off = 0) {
			size_t n = min_t(size_t, left, PAGE_SIZE - off);

			add_page(source, *page, off, n);
			left -= n;
		}
	}
}

static void release_source(struct seal_source *source)
{
	if (source->pinned)
		unpin_user_pages(source->page, source->pages);
}

static int seal_with_source(struct sock *sk, struct msghdr *msg,
			    const struct seal_source *source)
{
	struct seal_tx *tx = &seal_sk(sk)->tx;

	tx->payload += source->len;
	tx->more = batch_goes_on(sk, msg);
	if (msg->msg_flags & MSG_SPLICE_PAGES)
		seal_stats_add(sk, SEAL_STAT_TX_SPLICED_BYTES, source->len);
	return seal_sealer_seal(sk, SEAL_TYPE_APPLICATION_DATA, source);
}

/*
 * Extend the record by pages of the caller and seal it at once: it must not
 * stay open, or the pages would have to be kept.
 */
static int seal_from_pages(struct sock *sk, struct msghdr *msg, size_t want)
{
	struct seal_source source = { .len = 0, .pages = 0, .vecs = 0 };
	size_t room = 0, n;
	int err = -EFAULT;
	u8 *at;

	while (room < want && (n = seal_sealer_grow(sk, want - room, &at)))
		room += n;
	if (!room)
		return 0;

	take_pages(&source, &msg->msg_iter, room);
	seal_sealer_shrink(sk, room - source.len);
	if (source.len)
		err = seal_with_source(sk, msg, &source);
	release_source(&source);
	return err;
}

static bool wants_pages(const struct seal_tx *tx, const struct msghdr *msg)
{
	if (msg->msg_flags & MSG_SPLICE_PAGES)
		return true;
	return !tx->payload && user_backed_iter(&msg->msg_iter) &&
	       iov_iter_single_seg_count(&msg->msg_iter) >= PIN_MIN;
}

/*
 * The open record ends if it can take no more, or if the program does not say
 * MSG_MORE.
 */
static int seal_if_complete(struct sock *sk, struct msghdr *msg)
{
	struct seal_tx *tx = &seal_sk(sk)->tx;

	if (tx->state != SEAL_TX_OPEN)
		return 0;
	if (tx->payload < SEAL_PAYLOAD_MAX && !msg_data_left(msg) &&
	    more_follows(msg))
		return 0;
	tx->more = batch_goes_on(sk, msg);
	return seal_sealer_seal(sk, SEAL_TYPE_APPLICATION_DATA, NULL);
}

/*
 * Put the next bytes of @msg into a record and send it if it is complete.
 * Return: 0, -EAGAIN when TCP has no room or there is no memory, or an error.
 */
static int send_some(struct sock *sk, struct msghdr *msg)
{
	struct seal_tx *tx = &seal_sk(sk)->tx;
	size_t before, want;
	int err;

	err = check_alive(sk) ?: make_room(sk);
	if (err)
		return err;
	if (tx->state == SEAL_TX_IDLE && seal_sealer_open(sk))
		return -EAGAIN;

	before = tx->payload;
	want = min_t(size_t, SEAL_PAYLOAD_MAX - before, msg_data_left(msg));
	if (wants_pages(tx, msg))
		err = seal_from_pages(sk, msg, want);
	else
		err = fill_by_copy(sk, msg, want);

	if (tx->state == SEAL_TX_OPEN && !tx->payload) {
		seal_sealer_drop(tx);
		return err ?: -EAGAIN;
	}
	/* what was accepted before goes out with the next call */
	if (err && tx->payload == before)
		return err;
	return seal_if_complete(sk, msg) ?: seal_sealer_push(sk) ?: err;
}

static int send_all(struct sock *sk, struct msghdr *msg, long timeo)
{
	int err = 0;

	while (msg_data_left(msg)) {
		err = send_some(sk, msg);
		if (err == -EAGAIN && msg_data_left(msg))
			err = sk_stream_wait_memory(sk, &timeo);
		if (err)
			break;
		sk_flush_backlog(sk);
	}
	return err;
}

/* An empty message: complete what MSG_MORE has kept open. */
static int send_nothing(struct sock *sk, struct msghdr *msg)
{
	int err;

	err = check_alive(sk) ?: seal_if_complete(sk, msg) ?:
	      seal_sealer_push(sk);
	return err == -EAGAIN ? 0 : err;
}

/**
 * seal_tx_sendmsg_locked() - proto_ops.sendmsg_locked of a sealed socket
 * @sk:		socket, locked
 * @msg:	plaintext; MSG_SPLICE_PAGES: pages that are read where they are
 * @size:	its length in bytes
 *
 * Context: process, may sleep and may release the lock while it waits.
 * Return: number of bytes accepted, or -EAGAIN, -EINTR, -ERESTARTSYS, -EPIPE,
 * -EFAULT, -EOPNOTSUPP (flags), -ENOKEY (no SEAL_KEYS yet), or what ended the
 * connection.
 */
int seal_tx_sendmsg_locked(struct sock *sk, struct msghdr *msg, size_t size)
{
	long timeo = sock_sndtimeo(sk, msg->msg_flags & MSG_DONTWAIT);
	size_t sent;
	int err;

	sock_owned_by_me(sk);
	if (msg->msg_flags & REFUSED_FLAGS)
		return -EOPNOTSUPP;

	sk_clear_bit(SOCKWQ_ASYNC_NOSPACE, sk);
	err = size ? send_all(sk, msg, timeo) : send_nothing(sk, msg);
	sent = size - msg_data_left(msg);
	if (sent)
		return sent;
	return err ? sk_stream_error(sk, msg->msg_flags, err) : 0;
}

/**
 * seal_tx_sendmsg() - proto.sendmsg of a sealed socket
 * @sk:		socket, not locked
 * @msg:	plaintext
 * @size:	its length in bytes
 *
 * Return: as seal_tx_sendmsg_locked().
 */
int seal_tx_sendmsg(struct sock *sk, struct msghdr *msg, size_t size)
{
	int ret;

	lock_sock(sk);
	ret = seal_tx_sendmsg_locked(sk, msg, size);
	release_sock(sk);
	return ret;
}

/**
 * seal_tx_splice_eof() - proto.splice_eof: a sendfile() has come to its end
 * @sock: socket, not locked
 *
 * The record that MSG_MORE has kept open is completed.
 */
void seal_tx_splice_eof(struct socket *sock)
{
	struct msghdr msg = { .msg_flags = MSG_DONTWAIT | MSG_NOSIGNAL };

	iov_iter_bvec(&msg.msg_iter, ITER_SOURCE, NULL, 0, 0);
	seal_tx_sendmsg(sock->sk, &msg, 0);
}

/**
 * seal_tx_write_space() - sk.sk_write_space: TCP has room again
 * @sk: socket, locked
 *
 * Carries on with the sealed record before any program is woken.
 *
 * Context: process or softirq.
 */
void seal_tx_write_space(struct sock *sk)
{
	struct seal_sock *ss = seal_sk(sk);

	if (seal_sealer_push_atomic(sk) != -EAGAIN)
		ss->base_write_space(sk);
}

/**
 * seal_tx_control() - send a record that is the last one of this direction
 * @sk:		socket, locked
 * @type:	content type
 * @data:	content
 * @len:	its length, at most 32 bytes
 *
 * What was accepted before goes first.  Does not wait and does not mind a full
 * send buffer.
 *
 * Context: process, may sleep.
 * Return: 0, or the error of the socket or of memory.
 */
int seal_tx_control(struct sock *sk, u8 type, const u8 *data, size_t len)
{
	struct seal_tx *tx = &seal_sk(sk)->tx;
	int err = 0;

	sock_owned_by_me(sk);
	tx->closed = true;
	if (tx->state == SEAL_TX_OPEN) {
		tx->more = true;
		err = seal_sealer_seal(sk, SEAL_TYPE_APPLICATION_DATA, NULL);
	}
	if (!err)
		err = seal_sealer_push_all(sk);
	if (!err)
		err = build_control(sk, type, data, len);
	return err ?: seal_sealer_push_all(sk);
}

/**
 * seal_tx_answer_update() - answer a KeyUpdate now if that is possible
 * @sk: socket, locked
 *
 * If it is not, the next call of seal_tx_sendmsg() does it first.
 *
 * Context: process, may sleep.
 */
void seal_tx_answer_update(struct sock *sk)
{
	seal_sk(sk)->tx.update_owed = true;
	if (!check_alive(sk))
		make_room(sk);
}

/**
 * seal_tx_release() - drop what was not sent and wipe the keys
 * @ss: sealed socket that is going away
 */
void seal_tx_release(struct seal_sock *ss)
{
	seal_sealer_drop(&ss->tx);
	seal_epoch_release(&ss->tx.epoch);
}
