// SPDX-License-Identifier: GPL-2.0
/*
 * Whole records in TCP's queue enter, opened records leave for the readers.
 * Control records go to control.c on the way, and nobody else sees them.
 *
 * A record is opened into pages of its own and joins the queue of plaintext.  No
 * byte is in the queue before its tag is verified.
 *
 * All functions here want the socket lock.
 */
#include <linux/mm.h>
#include <net/tcp.h>

#include "seal.h"

/* Pieces of a record in TCP's queue that the cipher reads where they are */
#define SOURCE_ENTRIES	24

static void map_plain(struct scatterlist *sg, const struct seal_plain *plain,
		      u8 *header)
{
	unsigned int i;

	sg_init_table(sg, 1 + plain->pages);
	sg_set_buf(&sg[0], header, SEAL_HEADER_SIZE);
	for (i = 0; i < plain->pages; i++)
		sg_set_page(&sg[1 + i], plain->page[i], PAGE_SIZE, 0);
}

/*
 * The header is our copy, so what was parsed is what is authenticated.  A record
 * of which a part was taken, or one in too many pieces, is taken whole and
 * decrypted where it is then.
 */
static int decrypt(struct sock *sk, size_t len)
{
	struct scatterlist dst[1 + SEAL_PLAIN_PAGES];
	struct scatterlist src[1 + SOURCE_ENTRIES];
	struct seal_rx *rx = &seal_sk(sk)->rx;
	u8 nonce[SEAL_NONCE_SIZE];
	int err = -EMSGSIZE;
	bool in_place;

	sg_init_table(src, ARRAY_SIZE(src));
	sg_set_buf(&src[0], rx->framer.header, SEAL_HEADER_SIZE);
	if (!rx->framer.taken)
		err = seal_framer_map(sk, len, src + 1, SOURCE_ENTRIES);
	in_place = err == -EMSGSIZE;
	if (in_place)
		err = seal_framer_take(sk, len);
	if (!err)
		err = seal_epoch_nonce(&rx->epoch, nonce);
	if (err)
		return err;
	map_plain(dst, rx->framer.plain, rx->framer.header);
	return seal_aead_open(&rx->epoch.aead, in_place ? dst : src, dst, len,
			      nonce);
}

/*
 * Find content type and end of the content in an opened record.
 * Return: 0, or the alert that it deserves.
 */
static u8 strip_padding(struct seal_plain *plain, size_t len)
{
	int i = -1;

	/* RFC 8446 5.4: TLSInnerPlaintext MUST NOT exceed 2^14 + 1 bytes */
	if (len > SEAL_INNER_MAX)
		return SEAL_ALERT_RECORD_OVERFLOW;
	while (len && i < 0) {
		size_t start = round_down(len - 1, PAGE_SIZE);
		u8 *text = page_address(plain->page[start / PAGE_SIZE]);

		i = seal_record_find_type(text, len - start);
		if (i >= 0) {
			plain->type = text[i];
			plain->end = start + i;
		}
		len = start;
	}
	plain->off = 0;
	return i < 0 ? SEAL_ALERT_UNEXPECTED_MESSAGE : 0;
}

/*
 * Open the record at the head of TCP's queue and take it out of there.  Being
 * short of memory is no fault of the record; it stays then.
 */
static int open_record(struct sock *sk, size_t len, struct seal_plain **out)
{
	struct seal_rx *rx = &seal_sk(sk)->rx;
	struct seal_plain *plain;
	u8 alert;
	int err;

	if (!rx->framer.plain)
		rx->framer.plain = seal_plain_get(rx, len);
	if (!rx->framer.plain)
		return -ENOMEM;
	err = decrypt(sk, len);
	plain = seal_framer_done(sk, len);
	if (!err)
		alert = strip_padding(plain, len - SEAL_TAG_SIZE);
	else if (err == -EBADMSG)
		alert = SEAL_ALERT_BAD_RECORD_MAC;
	else
		alert = SEAL_ALERT_INTERNAL_ERROR;
	if (alert) {
		seal_plain_free(plain);
		return seal_control_fail(sk, alert);
	}
	seal_stats_inc(sk, SEAL_STAT_RX_RECORDS);
	*out = plain;
	return 0;
}

/*
 * There is no whole record.  Will there be one?
 * Return: 0 if so, SEAL_END_OF_STREAM, or the error that the connection ended with.
 */
static int no_record(struct sock *sk)
{
	struct seal_sock *ss = seal_sk(sk);

	/* the error of a dead connection is sticky, or its end looked clean */
	if (sk->sk_err && sk->sk_state == TCP_CLOSE)
		ss->error = -sk->sk_err;
	else if (sk->sk_err)
		return sock_error(sk);
	if (ss->error)
		return ss->error;
	if (sock_flag(sk, SOCK_DONE)) {
		ss->truncated = true;
		ss->error = -ECONNABORTED;
		seal_stats_inc(sk, SEAL_STAT_RX_TRUNCATED);
		return ss->error;
	}
	if (sk->sk_shutdown & RCV_SHUTDOWN)
		return SEAL_END_OF_STREAM;
	return sk->sk_state == TCP_CLOSE ? -ENOTCONN : 0;
}

/*
 * Take in one record.
 * Return: 1 if there was one, whatever it held; 0 if none is there yet;
 * SEAL_END_OF_STREAM; or an error.
 */
static int take_record(struct sock *sk)
{
	struct seal_sock *ss = seal_sk(sk);
	struct seal_plain *plain;
	size_t len;
	u8 alert;
	int ret;

	if (!ss->suite)
		return -ENOKEY;
	if (ss->error)
		return ss->error;
	if (ss->rx.closed)
		return SEAL_END_OF_STREAM;
	ret = seal_framer_next(sk, &len, &alert);
	if (ret == -EBADMSG)
		return seal_control_fail(sk, alert);
	if (!ret)
		return no_record(sk);
	if (ret > 0)
		ret = open_record(sk, len, &plain);
	if (ret)
		return ret;
	if (plain->type != SEAL_TYPE_APPLICATION_DATA ||
	    seal_control_midway(&ss->rx.messages)) {
		ret = seal_control_record(sk, plain);
		seal_plain_free(plain);
		return ret ?: 1;
	}
	seal_stats_add(sk, SEAL_STAT_RX_BYTES, plain->end);
	ss->rx.epoch.bytes += plain->end;
	if (plain->end)
		list_add_tail(&plain->node, &ss->rx.queue);
	else
		seal_plain_put(&ss->rx, plain);
	return 1;
}

/**
 * seal_opener_advance() - take in records until application data comes
 * @sk: socket
 *
 * Context: process, may sleep.
 * Return: 1 when there is one more record in the queue of plaintext; 0 when TCP
 * has no whole record yet; SEAL_END_OF_STREAM after the peer's close_notify or
 * SHUT_RD; -ENOMEM; -ENOKEY before SEAL_KEYS; or what the connection ended with.
 */
int seal_opener_advance(struct sock *sk)
{
	struct list_head *queue = &seal_sk(sk)->rx.queue;
	struct list_head *last = queue->prev;
	int ret;

	sock_owned_by_me(sk);
	do {
		ret = take_record(sk);
	} while (ret > 0 && queue->prev == last);
	return ret;
}
