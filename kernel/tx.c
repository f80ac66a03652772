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
#include "trace.h"

/* Memory in smaller pieces is cheaper to copy than to pin */
#define PIN_MIN		4096

/* Flags that ask for something this ULP does not do */
#define REFUSED_FLAGS	(MSG_OOB | MSG_FASTOPEN)

/* May the record stay open after this message? */
static bool more_follows(const struct sock *sk, const struct msghdr *msg)
{
	if (msg->msg_flags & MSG_EOR)
		return false;
	return (msg->msg_flags & MSG_MORE) ||
	       (tcp_sk(sk)->nonagle & TCP_NAGLE_CORK);
}

/**
 * seal_tx_goes_on() - will another record follow the one that TCP gets next?
 * @sk:		socket, locked
 * @msg:	what is being sent
 *
 * Tell TCP to wait for the next record only if there is sure to be one soon:
 * nobody would push what it holds back.
 */
bool seal_tx_goes_on(const struct sock *sk, struct msghdr *msg)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	u32 unsent = tp->write_seq - tp->snd_nxt;

	if (!msg_data_left(msg))
		return more_follows(sk, msg);
	return sk->sk_wmem_queued + SEAL_RECORD_MAX < READ_ONCE(sk->sk_sndbuf) &&
	       unsent + SEAL_RECORD_MAX < tcp_notsent_lowat(tp);
}

/**
 * seal_tx_check() - can anything be sent?
 * @sk: socket, locked
 *
 * Return: 0, -ENOKEY, -EPIPE after shutdown() or close_notify, or what ended the
 * connection.
 */
int seal_tx_check(const struct sock *sk)
{
	const struct seal_sock *ss = seal_sk(sk);

	if (!ss->tx.epoch.suite)
		return -ENOKEY;
	if (ss->error)
		return ss->error;
	if (ss->tx.epoch.seq == U64_MAX)
		return ss->personality->exhausted;
	if (sk->sk_err || (sk->sk_shutdown & SEND_SHUTDOWN) || ss->tx.closed)
		return -EPIPE;
	return 0;
}

static int push_sealed(struct sock *sk)
{
	return seal_batch_waits(&seal_sk(sk)->tx) ? seal_batch_push(sk) : 0;
}

/* Send what is sealed or owed; -EAGAIN if TCP has no room for that and more. */
static int make_room(struct sock *sk)
{
	int err = push_sealed(sk);

	if (err)
		return err;
	if (!sk_stream_memory_free(sk))
		return -EAGAIN;
	return seal_sk(sk)->tx.owed ? seal_owed_send(sk, seal_batch_push) : 0;
}

/* Copy to the last @len bytes of the open record; returns how many could be read. */
static size_t copy_to_end(struct seal_tx *tx, size_t len, struct iov_iter *iter)
{
	const struct bio_vec *last = &tx->vec[tx->vecs - 1];

	return copy_page_from_iter(last->bv_page,
				   last->bv_offset + last->bv_len - len, len,
				   iter);
}

/* Copy memory into the open record; less than @want if memory is short. */
static int fill_by_copy(struct sock *sk, struct msghdr *msg, size_t want)
{
	struct seal_tx *tx = &seal_sk(sk)->tx;
	size_t room, copied;

	while (want && (room = seal_sealer_grow(sk, want))) {
		copied = copy_to_end(tx, room, &msg->msg_iter);
		tx->payload += copied;
		want -= copied;
		if (copied < room) {
			seal_sealer_shrink(sk, room - copied);
			return -EFAULT;
		}
	}
	return 0;
}

/*
 * May the record wait for the next page?  Pages are not kept beyond the call that
 * brings them, for the program may change them then.
 */
static bool page_follows(const struct seal_tx *tx, struct msghdr *msg)
{
	return (msg->msg_flags & MSG_SENDPAGE_NOTLAST) && !msg_data_left(msg) &&
	       tx->payload < tx->limit;
}

/* Extend the record by pages of the caller, and seal it unless there are more. */
static int seal_from_pages(struct sock *sk, struct msghdr *msg, size_t want)
{
	struct seal_source here __uninitialized;
	struct seal_tx *tx = &seal_sk(sk)->tx;
	struct seal_source *source = tx->source ?: &here;
	size_t room = 0, n;

	seal_source_init(&here);
	while (room < want && (n = seal_sealer_grow(sk, want - room)))
		room += n;
	if (!room)
		return 0;

	n = seal_source_take(source, &msg->msg_iter, room);
	seal_sealer_shrink(sk, room - n);
	if (!n)
		return -EFAULT;
	tx->payload += n;
	if (msg->msg_flags & MSG_SPLICE_PAGES)
		seal_stats_add(sk, SEAL_STAT_TX_SPLICED_BYTES, n);
	if (page_follows(tx, msg) && seal_source_keep(tx, source))
		return 0;
	tx->source = source;
	tx->more = seal_tx_goes_on(sk, msg);
	return seal_sealer_seal(sk);
}

/* Memory of a program, or of the kernel itself */
static bool is_memory(const struct iov_iter *iter)
{
	return user_backed_iter(iter) || iov_iter_is_kvec(iter);
}

/* Memory is not kept, so it is copied into a record that stays open. */
static bool wants_pages(const struct sock *sk, struct msghdr *msg)
{
	const struct seal_tx *tx = &seal_sk(sk)->tx;

	if (msg->msg_flags & MSG_SPLICE_PAGES)
		return true;
	if (tx->payload || tx->limit < PIN_MIN ||
	    msg_data_left(msg) < PIN_MIN || !is_memory(&msg->msg_iter) ||
	    iov_iter_single_seg_count(&msg->msg_iter) < PIN_MIN)
		return false;
	return msg_data_left(msg) >= tx->limit || !more_follows(sk, msg);
}

/*
 * May the open record wait for what is in flight?  Not with pages of the caller; nor
 * if TCP holds back the end of the last record because this one follows.
 */
static bool may_coalesce(struct sock *sk, const struct msghdr *msg)
{
	const struct seal_sock *ss = seal_sk(sk);

	return ss->policy.flags & SEAL_POLICY_COALESCE &&
	       !(msg->msg_flags & MSG_EOR) && !ss->tx.source && !ss->tx.more &&
	       seal_coalesce_hold(sk);
}

static bool stays_open(struct sock *sk, struct msghdr *msg)
{
	const struct seal_tx *tx = &seal_sk(sk)->tx;

	return tx->type == SEAL_TYPE_APPLICATION_DATA &&
	       tx->payload < tx->limit && !msg_data_left(msg) &&
	       (more_follows(sk, msg) || may_coalesce(sk, msg));
}

/*
 * The open record ends if it can take no more, or if the program neither says
 * MSG_MORE nor has set TCP_CORK, and the policy does not want it to wait.
 */
static int seal_if_complete(struct sock *sk, struct msghdr *msg)
{
	struct seal_tx *tx = &seal_sk(sk)->tx;

	if (tx->state != SEAL_TX_OPEN || stays_open(sk, msg))
		return 0;
	tx->more = seal_tx_goes_on(sk, msg);
	return seal_sealer_seal(sk);
}

/* A record holds one content type, and nothing after pages but pages. */
static int seal_if_unfit(struct sock *sk, struct msghdr *msg, u8 type)
{
	struct seal_tx *tx = &seal_sk(sk)->tx;

	if (tx->state != SEAL_TX_OPEN ||
	    (tx->type == type && (!tx->source || wants_pages(sk, msg))))
		return 0;
	tx->more = true;
	return seal_sealer_seal(sk) ?: make_room(sk);
}

/* Put the next bytes of @msg into the open record and seal it if complete. */
static int fill_record(struct sock *sk, struct msghdr *msg)
{
	struct seal_tx *tx = &seal_sk(sk)->tx;
	size_t before = tx->payload;
	size_t want = min_t(size_t, tx->limit - before,
			    msg_data_left(msg));
	int err;

	if (wants_pages(sk, msg))
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
	return seal_if_complete(sk, msg) ?: push_sealed(sk) ?: err;
}

/* Is there so much that several CPUs are worth it, and need none of it be copied? */
static bool wants_cpus(const struct sock *sk, struct msghdr *msg)
{
	const struct seal_tx *tx = &seal_sk(sk)->tx;

	return !tx->payload && tx->type == SEAL_TYPE_APPLICATION_DATA &&
	       msg_data_left(msg) >= 2 * tx->payload_max &&
	       wants_pages(sk, msg);
}

/* A KeyUpdate goes first if one is due.  @expected: content for the record */
static int begin_record(struct sock *sk, u8 type, size_t expected)
{
	int err = seal_update_before_record(sk);

	if (!err && seal_sk(sk)->tx.owed)
		err = make_room(sk);
	if (!err)
		err = seal_sealer_open(sk, type, expected);
	return err == -ENOMEM ? -EAGAIN : err;
}

/*
 * Put the next bytes of @msg into a record and send it if it is complete.
 * Return: 0, -EAGAIN when TCP has no room or there is no memory, or an error.
 */
static int send_some(struct sock *sk, struct msghdr *msg, u8 type)
{
	struct seal_tx *tx = &seal_sk(sk)->tx;
	int err;

	err = seal_tx_check(sk) ?: make_room(sk) ?: seal_if_unfit(sk, msg, type);
	if (!err && tx->state != SEAL_TX_OPEN)
		err = begin_record(sk, type, msg_data_left(msg));
	if (err)
		return err;
	if (seal_sk(sk)->cpus && wants_cpus(sk, msg) && seal_parallel_ready(tx))
		return seal_parallel_send(sk, msg);
	return fill_record(sk, msg);
}

static int send_all(struct sock *sk, struct msghdr *msg, u8 type, long timeo)
{
	int err = 0;

	while (msg_data_left(msg)) {
		err = send_some(sk, msg, type);
		if (err == -EAGAIN && msg_data_left(msg)) {
			seal_coalesce_wait(sk);
			err = sk_stream_wait_memory(sk, &timeo);
		}
		if (err)
			break;
		sk_flush_backlog(sk);
	}
	return err;
}

/*
 * The open record is about to end, and TCP may be full.  What is owed is so little
 * that TCP gets it beyond its limits; without memory, the data goes first.
 */
static int settle_beyond(struct sock *sk)
{
	int err = seal_owed_send(sk, seal_batch_push_all);

	return err == -EAGAIN ? 0 : err;
}

/* An empty message: complete what MSG_MORE has kept open. */
static int send_nothing(struct sock *sk, struct msghdr *msg)
{
	int err;

	err = seal_tx_check(sk);
	if (!err && seal_sk(sk)->tx.state == SEAL_TX_OPEN)
		err = settle_beyond(sk) ?: seal_if_complete(sk, msg);
	if (!err)
		err = push_sealed(sk);
	return err == -EAGAIN ? 0 : err;
}

/* Return: 0, also with another @type, or why the message is refused. */
static int judge(struct sock *sk, struct msghdr *msg, u8 *type)
{
	const struct seal_personality *personality = seal_sk(sk)->personality;

	if (msg->msg_flags & REFUSED_FLAGS)
		return -EOPNOTSUPP;
	return personality->prepare_send ?
	       personality->prepare_send(sk, msg, type) : 0;
}

static int send_locked(struct sock *sk, struct msghdr *msg, size_t size)
{
	long timeo = sock_sndtimeo(sk, msg->msg_flags & MSG_DONTWAIT);
	u8 type = SEAL_TYPE_APPLICATION_DATA;
	struct ubuf_info *notice = NULL;
	size_t sent;
	int err;

	err = judge(sk, msg, &type);
	if (err)
		return err;
	if (msg->msg_flags & MSG_ZEROCOPY)
		notice = seal_zerocopy_begin(sk, msg, size);
	if (IS_ERR(notice))
		return PTR_ERR(notice);

	sk_clear_bit(SOCKWQ_ASYNC_NOSPACE, sk);
	err = size ? send_all(sk, msg, type, timeo) : send_nothing(sk, msg);
	sent = size - msg_data_left(msg);
	if (notice)
		seal_zerocopy_end(notice, sent);
	if (sent || !err)
		return sent;
	/* not taken from TCP: a reader must not find a clean end in its place */
	if (err == -EPIPE && sk->sk_state == TCP_CLOSE && sk->sk_err)
		err = -sk->sk_err;
	return sk_stream_error(sk, msg->msg_flags, err);
}

/**
 * seal_tx_sendmsg_locked() - proto_ops.sendmsg_locked of a sealed socket
 * @sk:		socket, locked
 * @msg:	plaintext; MSG_SPLICE_PAGES: pages that are read where they are
 * @size:	its length in bytes
 *
 * Context: process, may sleep and may release the lock while it waits.
 * Return: number of bytes accepted, or -EAGAIN, -EINTR, -ERESTARTSYS, -EPIPE,
 * -EFAULT, -EOPNOTSUPP (flags), -EINVAL (flags or control message under the name
 * tls), -ENOBUFS (MSG_ZEROCOPY), -ENOKEY (no SEAL_KEYS yet), or what ended the
 * connection.
 */
int seal_tx_sendmsg_locked(struct sock *sk, struct msghdr *msg, size_t size)
{
	struct seal_sock *ss = seal_sk(sk);

	sock_owned_by_me(sk);
	if (seal_is_plain(ss, &ss->tx.epoch))
		return ss->base_ops->sendmsg_locked(sk, msg, size);
	return send_locked(sk, msg, size);
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
 * seal_tx_end_record() - end the open record, whatever keeps it open
 * @sk: socket, locked
 *
 * Does not wait: what TCP has no room for follows as it gets some.
 *
 * Context: process, may sleep.
 */
void seal_tx_end_record(struct sock *sk)
{
	struct seal_tx *tx = &seal_sk(sk)->tx;

	sock_owned_by_me(sk);
	if (tx->state != SEAL_TX_OPEN || seal_tx_check(sk) || settle_beyond(sk))
		return;
	tx->more = false;
	if (!seal_sealer_seal(sk))
		push_sealed(sk);
}

/**
 * seal_tx_flush() - as seal_tx_end_record()
 * @sk: socket, not locked
 */
void seal_tx_flush(struct sock *sk)
{
	lock_sock(sk);
	seal_tx_end_record(sk);
	release_sock(sk);
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
	struct seal_sock *ss = seal_sk(sock->sk);

	if (seal_is_plain(ss, &ss->tx.epoch)) {
		ss->base_prot->splice_eof(sock);
		return;
	}
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
	bool wanted = seal_coalesce_acked(sk);

	if (seal_batch_push_atomic(sk) == -EAGAIN || !wanted)
		return;
	seal_sk(sk)->base_write_space(sk);
	seal_coalesce_woken(sk);
}

/**
 * seal_tx_drain() - give TCP all that was accepted, beyond its limits
 * @sk: socket, locked, with a key for this direction
 *
 * Does not wait and does not mind a full send buffer.
 *
 * Context: process, may sleep.
 * Return: 0, or the error of the socket or of memory.
 */
int seal_tx_drain(struct sock *sk)
{
	struct seal_tx *tx = &seal_sk(sk)->tx;
	int err = 0;

	sock_owned_by_me(sk);
	if (tx->state == SEAL_TX_OPEN) {
		tx->more = tx->closed || tx->fin;
		err = settle_beyond(sk) ?: seal_sealer_seal(sk);
	}
	return err ?: seal_batch_push_all(sk);
}

/**
 * seal_tx_control() - send a record that is the last one of this direction
 * @sk:		socket, locked
 * @type:	content type
 * @data:	content
 * @len:	its length, at most SEAL_AHEAD_MAX
 *
 * What was accepted before goes first.  Does not wait and does not mind a full
 * send buffer.
 *
 * Context: process, may sleep.
 * Return: 0, or the error of the socket or of memory.
 */
int seal_tx_control(struct sock *sk, u8 type, const u8 *data, size_t len)
{
	seal_sk(sk)->tx.closed = true;
	return seal_tx_drain(sk) ?: seal_sealer_put_ahead(sk, type, data, len) ?:
	       seal_batch_push_all(sk);
}

/**
 * seal_tx_settle() - send what is owed now, if that is possible
 * @sk: socket, locked, for which seal_tx_check() returns 0
 *
 * If it is not, the next call of seal_tx_sendmsg() does it first.
 *
 * Context: process, may sleep.
 * Return: 0, also if there is no room, or what ended the connection.
 */
int seal_tx_settle(struct sock *sk)
{
	int err = make_room(sk);

	return err == -EAGAIN ? 0 : err;
}

/**
 * seal_tx_release() - drop what was not sent and wipe the keys
 * @ss: sealed socket that is going away
 */
void seal_tx_release(struct seal_sock *ss)
{
	seal_batch_release(&ss->tx);
	seal_parallel_release(&ss->tx);
	seal_epoch_release(&ss->tx.epoch);
}
