// SPDX-License-Identifier: GPL-2.0
/*
 * Whole records in TCP's queue enter, opened records leave for the readers.  What
 * becomes of a control record is for the name of the ULP to say: native.c, ktls.c.
 *
 * A record is opened into the memory of the reader that asks for it, see direct.c, and
 * ahead.c if other CPUs do it, or into pages of its own, and joins the queue of
 * plaintext.  No byte is in the queue before its tag is verified.
 *
 * All functions here want the socket lock.
 */
#include <linux/mm.h>
#include <net/tcp.h>

#include "seal.h"
#include "trace.h"

static void map_plain(struct scatterlist *sg, const struct seal_plain *plain,
		      size_t len)
{
	unsigned int i;

	for (i = 0; i < DIV_ROUND_UP(len, PAGE_SIZE); i++)
		seal_sg_set(&sg[i], plain->page[i], PAGE_SIZE, 0);
	sg_mark_end(&sg[i - 1]);
}

static void map_aad(struct scatterlist *sg, const struct seal_epoch *epoch)
{
	seal_sg_set(sg, virt_to_page(epoch->aad), epoch->suite->aad_size,
		    offset_in_page(epoch->aad));
}

/* Additional data and IV of the record that is in the framer */
static int prepare(struct seal_rx *rx, size_t len, u8 *iv)
{
	const struct seal_suite *suite = rx->epoch.suite;
	const u8 *prefix = rx->framer.prefix;
	int err;

	seal_record_write_aad(rx->epoch.aad, suite, prefix, rx->epoch.seq,
			      len - seal_tail_size(suite));
	err = seal_epoch_iv(&rx->epoch, iv);
	if (err)
		return err;
	if (suite->explicit_size)
		memcpy(seal_record_explicit(iv, suite),
		       prefix + SEAL_HEADER_SIZE, suite->explicit_size);
	return 0;
}

/*
 * @src begins with the additional data, and that is all there is of it for a record that
 * was taken, which is decrypted where it is then.
 */
static int open_in_pages(struct seal_rx *rx, struct scatterlist *src, bool taken,
			 size_t len, u8 *iv)
{
	struct scatterlist __uninitialized dst[1 + SEAL_PLAIN_PAGES];
	struct seal_plain *plain = rx->framer.plain;

	dst[0] = src[0];
	map_plain(dst + 1, plain, len);
	plain->dirty = len - SEAL_TAG_SIZE;
	return seal_aead_open(&rx->epoch.aead, taken ? dst : src, dst,
			      rx->epoch.suite->aad_size, len, iv);
}

/*
 * The header is our copy, so what was parsed is what is authenticated.  A record
 * of which a part was taken, or one that cannot be read where it is, is taken whole.
 */
static int decrypt(struct sock *sk, const struct iov_iter *to, size_t len)
{
	struct scatterlist __uninitialized src[1 + SEAL_OPENER_ENTRIES];
	struct seal_rx *rx = &seal_sk(sk)->rx;
	int err = -EMSGSIZE;
	u8 iv[SEAL_IV_SIZE];
	bool taken;

	map_aad(src, &rx->epoch);
	if (!rx->framer.taken)
		err = seal_framer_map(sk, 0, len, src + 1, SEAL_OPENER_ENTRIES);
	taken = err == -EMSGSIZE;
	if (taken)
		err = seal_framer_take(sk, len);
	if (!err)
		err = prepare(rx, len, iv);
	if (err)
		return err;
	if (to && !taken) {
		err = seal_direct_open(rx, to, src, len, iv);
		if (err != -EAGAIN)
			return err;
	}
	return open_in_pages(rx, src, taken, len, iv);
}

/*
 * Find content type and end of the content in an opened TLSInnerPlaintext of
 * @len bytes.
 * Return: 0, or the alert that it deserves.
 */
static u8 strip_padding(struct seal_plain *plain, size_t len)
{
	size_t left = len;
	int i = -1;

	while (left && i < 0) {
		size_t start = round_down(left - 1, PAGE_SIZE);
		u8 *text = page_address(plain->page[start / PAGE_SIZE]);

		i = seal_record_find_type(text, left - start);
		if (i >= 0) {
			plain->type = text[i];
			plain->end = start + i;
		}
		left = start;
	}
	return i < 0 ? SEAL_ALERT_UNEXPECTED_MESSAGE : 0;
}

/*
 * The tag of a record was right; what is in its @len bytes, and @type outside?
 * Return: 0, or the alert that it deserves.
 */
static u8 judge(struct seal_plain *plain, const struct seal_suite *suite, u8 type,
		size_t len)
{
	/* RFC 8446 5.4: TLSInnerPlaintext MUST NOT exceed 2^14 + 1 bytes */
	if (len > SEAL_PAYLOAD_MAX + suite->type_size)
		return SEAL_ALERT_RECORD_OVERFLOW;
	plain->off = 0;
	if (plain->direct)	/* see direct.c, which has judged it */
		return 0;
	if (suite->type_size)
		return strip_padding(plain, len);
	plain->type = type;
	plain->end = len;
	/* no content type is 0 (RFC 5246 6.2.1) */
	return type ? 0 : SEAL_ALERT_UNEXPECTED_MESSAGE;
}

/* @len: of what was in the record */
static void note_opened(struct sock *sk, const struct seal_plain *plain, size_t len)
{
	struct seal_sock *ss = seal_sk(sk);

	if (ss->rx.no_pad && plain->end + ss->rx.epoch.suite->type_size < len)
		seal_stats_inc(sk, SEAL_STAT_RX_NO_PAD_VIOLATION);
	seal_stats_inc(sk, SEAL_STAT_RX_RECORDS);
	trace_seal_record_rx(sk, &ss->rx.epoch, plain->type, plain->end);
}

static u8 decrypt_alert(struct sock *sk, int err)
{
	if (err != -EBADMSG)
		return SEAL_ALERT_INTERNAL_ERROR;
	seal_stats_inc(sk, SEAL_STAT_DECRYPT_ERROR);
	return SEAL_ALERT_BAD_RECORD_MAC;
}

/*
 * Open the record at the head of TCP's queue and take it out of there.  Being
 * short of memory is no fault of the record; it stays then.
 */
static int open_record(struct sock *sk, const struct iov_iter *to, size_t len,
		       struct seal_plain **out)
{
	struct seal_sock *ss = seal_sk(sk);
	struct seal_framer *framer = &ss->rx.framer;
	u8 type = framer->prefix[0], alert;
	struct seal_plain *plain;
	int err;

	err = seal_idle_arm(sk, &ss->rx.epoch);
	if (!framer->plain)
		framer->plain = seal_plain_get(len);
	if (!framer->plain || err == -ENOMEM)
		return -ENOMEM;
	if (!err && !(to && ss->cpus && seal_ahead_open(sk, to, len, framer->plain)))
		err = decrypt(sk, to, len);
	plain = seal_framer_done(sk, len);
	alert = err ? decrypt_alert(sk, err) :
		      judge(plain, ss->rx.epoch.suite, type, len - SEAL_TAG_SIZE);
	if (alert) {
		seal_plain_put(plain);
		return ss->personality->fail(sk, alert);
	}
	note_opened(sk, plain, len - SEAL_TAG_SIZE);
	*out = plain;
	return 0;
}

/* RFC 8446 6.1: without close_notify, data may be missing at the end. */
static int truncated(struct sock *sk)
{
	struct seal_sock *ss = seal_sk(sk);

	if (!ss->truncated)
		seal_stats_inc(sk, SEAL_STAT_RX_TRUNCATED);
	ss->truncated = true;
	if (ss->policy.flags & SEAL_POLICY_TRUNCATION_EOF ||
	    ss->personality->truncated == SEAL_END_OF_STREAM)
		return SEAL_END_OF_STREAM;
	return seal_close_fail(sk, ss->personality->truncated, SEAL_ALERT_NONE);
}

/*
 * There is no whole record.  Will there be one?
 * Return: 0 if so, SEAL_END_OF_STREAM, or the error that the connection ended with.
 */
static int no_record(struct sock *sk)
{
	/* where the stream ended, whatever TCP was told after that */
	if (sock_flag(sk, SOCK_DONE))
		return truncated(sk);
	/* a dead connection looks shut down once SO_ERROR has taken its error */
	if (sk->sk_state == TCP_CLOSE)
		return seal_close_fail(sk, -(sk->sk_err ?: ECONNRESET),
				       SEAL_ALERT_NONE);
	if (sk->sk_err)
		return -sk->sk_err;
	return sk->sk_shutdown & RCV_SHUTDOWN ? SEAL_END_OF_STREAM : 0;
}

/* Why no record can be taken in at the moment, or 0 */
static int check_alive(const struct seal_sock *ss)
{
	if (!ss->rx.epoch.suite)
		return -ENOKEY;
	if (ss->error)
		return ss->error;
	if (ss->rx.error)
		return ss->rx.error;
	if (ss->rx.lost && !ss->rx.lost_told)
		return ss->rx.lost;
	if (ss->rx.rekey)
		return -EKEYEXPIRED;
	return ss->rx.closed ? SEAL_END_OF_STREAM : 0;
}

/*
 * Take in one record.
 * Return: 1 if there was one, whatever it held; 0 if none is there yet;
 * SEAL_END_OF_STREAM; or an error.
 */
static int take_record(struct sock *sk, const struct iov_iter *to)
{
	struct seal_sock *ss = seal_sk(sk);
	struct seal_plain *plain;
	size_t len;
	u8 alert;
	int ret;

	ret = check_alive(ss);
	if (ret)
		return ret;
	ret = ss->rx.lost ? 0 : seal_framer_next(sk, &len, &alert);
	if (ret == -EBADMSG)
		return ss->personality->lose(sk, alert);
	if (!ret)
		return no_record(sk);
	if (ret > 0)
		ret = open_record(sk, to, len, &plain);
	if (ret)
		return ret;
	if (plain->type == SEAL_TYPE_APPLICATION_DATA) {
		seal_stats_add(sk, SEAL_STAT_RX_BYTES, plain->end);
		ss->rx.epoch.bytes += plain->end;
		if (plain->direct)
			seal_stats_add(sk, SEAL_STAT_RX_DIRECT_BYTES, plain->end);
	}
	return ss->personality->take(sk, plain) ?: 1;
}

/**
 * seal_opener_advance() - take in records until one comes that can be read
 * @sk:	socket
 * @to:	memory of a reader that reads the next byte, whatever it is, and the queue of
 *	plaintext is empty: a record may be opened there; or NULL
 *
 * Opened records are not in TCP's queue any more and so not in its account: they
 * take no more memory than the receive buffer may.
 *
 * Context: process, may sleep.
 * Return: 1 when there is one more record in the queue of plaintext; 0 when TCP
 * has no whole record yet; SEAL_END_OF_STREAM after the peer's close_notify or
 * SHUT_RD; -ENOBUFS when what is there must be read first; -ENOMEM; -ENOKEY before
 * SEAL_KEYS; -EKEYEXPIRED between a KeyUpdate and the next TLS_RX; or what the
 * connection ended with.
 */
int seal_opener_advance(struct sock *sk, const struct iov_iter *to)
{
	struct seal_rx *rx = &seal_sk(sk)->rx;
	struct list_head *last = rx->queue.prev;
	int ret;

	sock_owned_by_me(sk);
	if (rx->held >= READ_ONCE(sk->sk_rcvbuf))
		return -ENOBUFS;
	do {
		ret = take_record(sk, to);
	} while (ret > 0 && rx->queue.prev == last);
	/* what ended the connection after that is for the next call */
	return rx->queue.prev != last ? 1 : ret;
}
