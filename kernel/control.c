// SPDX-License-Identifier: GPL-2.0
/*
 * What comes over a connection beside application data: opened records that hold
 * alerts and post-handshake messages enter; changes of the connection's state and
 * a queue of messages leave.
 *
 * Memory that a peer can hold here is bounded by SEAL_MESSAGE_QUEUE_SIZE for the
 * queue and as much again for the one message that is not complete.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/unaligned.h>
#include <net/tcp.h>

#include "seal.h"

#define ALERT_LEVEL_FATAL	2
#define ALERT_SIZE		2

/* RFC 8446 4 */
#define MESSAGE_HEADER_SIZE	4
#define MESSAGE_KEY_UPDATE	24

/* RFC 8446 4.6.3 */
#define UPDATE_NOT_REQUESTED	0
#define UPDATE_REQUESTED	1

static int alert_errno(u8 alert)
{
	switch (alert) {
	case SEAL_ALERT_RECORD_OVERFLOW:
		return -EMSGSIZE;
	case SEAL_ALERT_INTERNAL_ERROR:
		return -EIO;
	default:
		return -EBADMSG;
	}
}

/**
 * seal_control_fail() - end the connection because of what the peer sent
 * @sk:		socket, locked
 * @alert:	the fatal alert that is sent, as far as that is possible
 *
 * Context: process, may sleep.
 * Return: the error that every later call gets, too.
 */
int seal_control_fail(struct sock *sk, u8 alert)
{
	const u8 record[ALERT_SIZE] = { ALERT_LEVEL_FATAL, alert };
	struct seal_sock *ss = seal_sk(sk);

	sock_owned_by_me(sk);
	seal_stats_inc(sk, SEAL_STAT_RX_ERRORS);
	if (!ss->tx.closed &&
	    !seal_tx_control(sk, SEAL_TYPE_ALERT, record, sizeof(record))) {
		ss->alert_sent = alert;
		seal_stats_inc(sk, SEAL_STAT_TX_ALERTS);
	}
	ss->error = alert_errno(alert);
	return ss->error;
}

/* RFC 8446 6: but for these two, every alert is fatal whatever its level. */
static int take_alert(struct sock *sk, struct seal_plain *plain)
{
	struct seal_sock *ss = seal_sk(sk);
	const u8 *alert = page_address(plain->page[0]);

	/* RFC 8446 5.1: alerts MUST NOT be fragmented or coalesced */
	if (plain->end != ALERT_SIZE)
		return seal_control_fail(sk, SEAL_ALERT_DECODE_ERROR);

	seal_stats_inc(sk, SEAL_STAT_RX_ALERTS);
	ss->alert_received = alert[1];
	switch (alert[1]) {
	case SEAL_ALERT_CLOSE_NOTIFY:
		WRITE_ONCE(ss->rx.closed, true);
		return 0;
	case SEAL_ALERT_USER_CANCELED:
		/* a close_notify follows */
		return 0;
	default:
		ss->error = -ECONNRESET;
		return ss->error;
	}
}

/*
 * RFC 8446 4.6.3 and 7.2.  The message has ended with its record, so the next
 * record is the first one under the next key.
 */
static int take_key_update(struct sock *sk, u8 request)
{
	struct seal_sock *ss = seal_sk(sk);

	if (request != UPDATE_NOT_REQUESTED && request != UPDATE_REQUESTED)
		return seal_control_fail(sk, SEAL_ALERT_ILLEGAL_PARAMETER);
	if (seal_epoch_update(&ss->rx.epoch, ss->suite))
		return seal_control_fail(sk, SEAL_ALERT_INTERNAL_ERROR);
	seal_stats_inc(sk, SEAL_STAT_RX_KEY_UPDATES);
	if (request == UPDATE_REQUESTED)
		seal_tx_answer_update(sk);
	return 0;
}

/**
 * seal_control_midway() - has a message begun that is not complete?
 * @messages: reassembly
 */
bool seal_control_midway(const struct seal_messages *messages)
{
	return messages->header_len;
}

/**
 * seal_control_peek() - oldest message
 * @ss: sealed socket, locked
 *
 * Return: the message, which stays in the queue, or NULL.
 */
struct seal_message *seal_control_peek(struct seal_sock *ss)
{
	return list_first_entry_or_null(&ss->rx.messages.queue,
					struct seal_message, node);
}

static void drop_oldest(struct seal_messages *messages)
{
	struct seal_message *message;

	message = list_first_entry(&messages->queue, struct seal_message, node);
	list_del(&message->node);
	messages->bytes -= message->len;
	messages->count--;
	kfree_sensitive(message);
}

/**
 * seal_control_pop() - remove the oldest message
 * @ss: sealed socket, locked, with a message in its queue
 */
void seal_control_pop(struct seal_sock *ss)
{
	drop_oldest(&ss->rx.messages);
}

static void count_dropped(struct sock *sk)
{
	seal_sk(sk)->rx.messages.dropped++;
	seal_stats_inc(sk, SEAL_STAT_RX_MESSAGES_DROPPED);
}

/* The new message goes to the end of the queue; old ones make room. */
static void queue_message(struct sock *sk, struct seal_message *message)
{
	struct seal_messages *messages = &seal_sk(sk)->rx.messages;

	while (messages->bytes + message->len > SEAL_MESSAGE_QUEUE_SIZE) {
		drop_oldest(messages);
		count_dropped(sk);
	}
	list_add_tail(&message->node, &messages->queue);
	messages->bytes += message->len;
	messages->count++;
}

static u32 body_size(const struct seal_messages *messages)
{
	return get_unaligned_be24(messages->header + 1);
}

/* Collect the header; returns how many bytes of @data that took. */
static size_t take_header(struct seal_messages *messages, const u8 *data,
			  size_t len)
{
	len = min_t(size_t, len, MESSAGE_HEADER_SIZE - messages->header_len);
	memcpy(messages->header + messages->header_len, data, len);
	messages->header_len += len;
	return len;
}

/*
 * The header is complete: make room for the message.  One that is too long, or
 * for which there is no memory, is skipped; messages->partial stays NULL then.
 */
static int begin_body(struct sock *sk)
{
	struct seal_messages *messages = &seal_sk(sk)->rx.messages;
	u32 len = MESSAGE_HEADER_SIZE + body_size(messages);
	struct seal_message *message = NULL;

	messages->missing = body_size(messages);
	if (messages->header[0] == MESSAGE_KEY_UPDATE)
		return messages->missing == 1 ? 0 :
			seal_control_fail(sk, SEAL_ALERT_DECODE_ERROR);

	if (len <= SEAL_MESSAGE_QUEUE_SIZE)
		message = kmalloc(sizeof(*message) + len, GFP_KERNEL);
	if (message) {
		message->len = len;
		memcpy(message->data, messages->header, MESSAGE_HEADER_SIZE);
	}
	messages->partial = message;
	return 0;
}

/* Collect the body; returns how many bytes of @data that took. */
static size_t take_body(struct seal_messages *messages, const u8 *data,
			size_t len)
{
	struct seal_message *message = messages->partial;

	len = min_t(size_t, len, messages->missing);
	if (message)
		memcpy(message->data + message->len - messages->missing, data,
		       len);
	else if (len)
		messages->update_request = data[0];
	messages->missing -= len;
	return len;
}

/* The body is complete.  @last: nothing follows it in its record */
static int end_message(struct sock *sk, bool last)
{
	struct seal_messages *messages = &seal_sk(sk)->rx.messages;

	messages->header_len = 0;
	if (messages->header[0] == MESSAGE_KEY_UPDATE) {
		/* RFC 8446 5.1: a key change MUST be at a record boundary */
		if (!last)
			return seal_control_fail(sk, SEAL_ALERT_UNEXPECTED_MESSAGE);
		return take_key_update(sk, messages->update_request);
	}

	seal_stats_inc(sk, SEAL_STAT_RX_MESSAGES);
	if (messages->partial)
		queue_message(sk, messages->partial);
	else
		count_dropped(sk);
	messages->partial = NULL;
	return 0;
}

/* @last: @data ends with its record */
static int take_fragment(struct sock *sk, const u8 *data, size_t len, bool last)
{
	struct seal_messages *messages = &seal_sk(sk)->rx.messages;
	int err = 0;

	while (len && !err) {
		size_t n;

		if (messages->header_len < MESSAGE_HEADER_SIZE) {
			n = take_header(messages, data, len);
			if (messages->header_len == MESSAGE_HEADER_SIZE)
				err = begin_body(sk);
		} else {
			n = take_body(messages, data, len);
		}
		data += n;
		len -= n;
		if (!err && messages->header_len == MESSAGE_HEADER_SIZE &&
		    !messages->missing)
			err = end_message(sk, last && !len);
	}
	return err;
}

static int take_handshake(struct sock *sk, struct seal_plain *plain)
{
	size_t off = 0;
	int err = 0;

	while (off < plain->end && !err) {
		size_t n = min_t(size_t, plain->end - off, PAGE_SIZE);

		err = take_fragment(sk, page_address(plain->page[off / PAGE_SIZE]),
				    n, off + n == plain->end);
		off += n;
	}
	return err;
}

static const struct {
	u8 type;
	int (*take)(struct sock *sk, struct seal_plain *plain);
} control_types[] = {
	{ SEAL_TYPE_ALERT,	take_alert },
	{ SEAL_TYPE_HANDSHAKE,	take_handshake },
};

/**
 * seal_control_record() - deal with a record that is not for the program
 * @sk:		socket, locked
 * @plain:	opened record of any content type; stays the caller's
 *
 * RFC 8446 5.1: records of other types MUST NOT come between the fragments of a
 * message; 5.4: control records MUST NOT be empty.  Both are answered with
 * unexpected_message, and so is a content type that is not in the table.
 *
 * Context: process, may sleep.
 * Return: 0, or what the connection ended with.
 */
int seal_control_record(struct sock *sk, struct seal_plain *plain)
{
	struct seal_messages *messages = &seal_sk(sk)->rx.messages;
	int i;

	sock_owned_by_me(sk);
	seal_stats_inc(sk, SEAL_STAT_RX_CONTROL);
	if (!plain->end || (seal_control_midway(messages) &&
			    plain->type != SEAL_TYPE_HANDSHAKE))
		return seal_control_fail(sk, SEAL_ALERT_UNEXPECTED_MESSAGE);

	for (i = 0; i < ARRAY_SIZE(control_types); i++)
		if (control_types[i].type == plain->type)
			return control_types[i].take(sk, plain);
	return seal_control_fail(sk, SEAL_ALERT_UNEXPECTED_MESSAGE);
}

/**
 * seal_control_release() - drop all messages
 * @messages: of a socket that is going away
 */
void seal_control_release(struct seal_messages *messages)
{
	while (!list_empty(&messages->queue))
		drop_oldest(messages);
	kfree_sensitive(messages->partial);
	messages->partial = NULL;
}
