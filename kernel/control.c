// SPDX-License-Identifier: GPL-2.0
/*
 * What comes over a connection: opened records enter; application data leaves for
 * the readers, and what alerts and post-handshake messages bring about: changes of
 * the connection's state, and a queue of messages.
 *
 * Memory that a peer can hold here is bounded by SEAL_MESSAGE_QUEUE_SIZE for the
 * queue and as much again for the one message that is not complete.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/unaligned.h>
#include <net/tcp.h>

#include "seal.h"
#include "trace.h"

/*
 * What becomes of what has come.  The columns: TLS 1.3, and in the middle of a
 * message; TLS 1.2, likewise.
 */
static const u8 deeds[SEAL_EVENTS][SEAL_CONTROL_STATES] = {
	/* RFC 8446 5.1: nothing may come in a message; RFC 5246 6.2.1: all may */
	[SEAL_EVENT_DATA] = {
		SEAL_DEED_DELIVER, SEAL_DEED_UNEXPECTED,
		SEAL_DEED_DELIVER, SEAL_DEED_DELIVER,
	},
	[SEAL_EVENT_EMPTY_DATA] = {
		SEAL_DEED_IGNORE, SEAL_DEED_UNEXPECTED,
		SEAL_DEED_IGNORE, SEAL_DEED_IGNORE,
	},
	[SEAL_EVENT_HANDSHAKE] = {
		SEAL_DEED_COLLECT, SEAL_DEED_COLLECT,
		SEAL_DEED_COLLECT, SEAL_DEED_COLLECT,
	},
	/* RFC 8446 5.1, RFC 5246 6.2.1: MUST NOT be sent */
	[SEAL_EVENT_EMPTY] = {
		SEAL_DEED_UNEXPECTED, SEAL_DEED_UNEXPECTED,
		SEAL_DEED_UNEXPECTED, SEAL_DEED_UNEXPECTED,
	},
	[SEAL_EVENT_OTHER_TYPE] = {
		SEAL_DEED_UNEXPECTED, SEAL_DEED_UNEXPECTED,
		SEAL_DEED_UNEXPECTED, SEAL_DEED_UNEXPECTED,
	},
	/* RFC 8446 5.1: alerts MUST NOT be fragmented or coalesced */
	[SEAL_EVENT_BAD_ALERT] = {
		SEAL_DEED_UNDECODED, SEAL_DEED_UNEXPECTED,
		SEAL_DEED_UNDECODED, SEAL_DEED_UNDECODED,
	},
	[SEAL_EVENT_CLOSE_NOTIFY] = {
		SEAL_DEED_CLOSE, SEAL_DEED_UNEXPECTED,
		SEAL_DEED_CLOSE, SEAL_DEED_CLOSE,
	},
	/* RFC 8446 6: levels say nothing; RFC 5246 7.2: warnings may be ignored */
	[SEAL_EVENT_CANCELED] = {
		SEAL_DEED_IGNORE, SEAL_DEED_UNEXPECTED,
		SEAL_DEED_IGNORE, SEAL_DEED_IGNORE,
	},
	[SEAL_EVENT_FATAL_CANCELED] = {
		SEAL_DEED_IGNORE, SEAL_DEED_UNEXPECTED,
		SEAL_DEED_RESET, SEAL_DEED_RESET,
	},
	[SEAL_EVENT_WARNING] = {
		SEAL_DEED_RESET, SEAL_DEED_UNEXPECTED,
		SEAL_DEED_IGNORE, SEAL_DEED_IGNORE,
	},
	[SEAL_EVENT_FATAL] = {
		SEAL_DEED_RESET, SEAL_DEED_UNEXPECTED,
		SEAL_DEED_RESET, SEAL_DEED_RESET,
	},
	/* RFC 8446 4.6; TLS 1.2 has no messages after the handshake but these */
	[SEAL_EVENT_MESSAGE] = {
		SEAL_DEED_KEEP, SEAL_DEED_KEEP,
		SEAL_DEED_UNEXPECTED, SEAL_DEED_UNEXPECTED,
	},
	[SEAL_EVENT_KEY_UPDATE] = {
		SEAL_DEED_UPDATE, SEAL_DEED_UPDATE,
		SEAL_DEED_UNEXPECTED, SEAL_DEED_UNEXPECTED,
	},
	/* RFC 8446 5.1: a key change MUST be at a record boundary */
	[SEAL_EVENT_KEY_UPDATE_AND_MORE] = {
		SEAL_DEED_UNEXPECTED, SEAL_DEED_UNEXPECTED,
		SEAL_DEED_UNEXPECTED, SEAL_DEED_UNEXPECTED,
	},
	/* RFC 8446 4.1.2: MUST terminate; RFC 5246 7.4.1.1: may be refused */
	[SEAL_EVENT_HELLO] = {
		SEAL_DEED_UNEXPECTED, SEAL_DEED_UNEXPECTED,
		SEAL_DEED_REFUSE, SEAL_DEED_REFUSE,
	},
	[SEAL_EVENT_OTHER_MESSAGE] = {
		SEAL_DEED_UNEXPECTED, SEAL_DEED_UNEXPECTED,
		SEAL_DEED_UNEXPECTED, SEAL_DEED_UNEXPECTED,
	},
};

/* The messages that are told apart: RFC 8446 4 and RFC 8879 4; RFC 5246 7.4 */
static const struct {
	u8	type;
	u8	event;
	s8	size;	/* of the body in bytes, -1: any */
} messages_known[] = {
	{ 0,	SEAL_EVENT_HELLO,	0 },	/* HelloRequest */
	{ 1,	SEAL_EVENT_HELLO,	-1 },	/* ClientHello */
	{ 4,	SEAL_EVENT_MESSAGE,	-1 },	/* NewSessionTicket */
	{ 11,	SEAL_EVENT_MESSAGE,	-1 },	/* Certificate */
	{ 13,	SEAL_EVENT_MESSAGE,	-1 },	/* CertificateRequest */
	{ 15,	SEAL_EVENT_MESSAGE,	-1 },	/* CertificateVerify */
	{ 20,	SEAL_EVENT_MESSAGE,	-1 },	/* Finished */
	{ SEAL_MESSAGE_KEY_UPDATE, SEAL_EVENT_KEY_UPDATE, 1 },
	{ 25,	SEAL_EVENT_MESSAGE,	-1 },	/* CompressedCertificate */
};

/**
 * seal_control_deed() - look up in the table
 * @state:	of the receiving direction
 * @event:	what has come
 *
 * Return: what becomes of it.
 */
enum seal_deed seal_control_deed(enum seal_control_state state,
				 enum seal_event event)
{
	return deeds[event][state];
}

static enum seal_deed deed_of(const struct sock *sk, enum seal_event event)
{
	const struct seal_rx *rx = &seal_sk(sk)->rx;
	bool midway = seal_control_midway(&rx->messages);

	if (rx->epoch.suite->version == SEAL_VERSION_TLS13)
		return seal_control_deed(SEAL_CONTROL_TLS13 + midway, event);
	return seal_control_deed(SEAL_CONTROL_TLS12 + midway, event);
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
	len = min_t(size_t, len, SEAL_MESSAGE_HEADER_SIZE - messages->header_len);
	memcpy(messages->header + messages->header_len, data, len);
	messages->header_len += len;
	return len;
}

/* What the message is, by its header, and the length that its body must have */
static enum seal_event classify_message(const struct seal_messages *messages,
					int *size)
{
	int i;

	*size = -1;
	for (i = 0; i < ARRAY_SIZE(messages_known); i++) {
		if (messages_known[i].type == messages->header[0]) {
			*size = messages_known[i].size;
			return messages_known[i].event;
		}
	}
	return SEAL_EVENT_OTHER_MESSAGE;
}

/*
 * Make room for a message.  One that is too long, or for which there is no memory,
 * is skipped; messages->partial stays NULL then.
 */
static void make_message(struct seal_messages *messages)
{
	u32 len = SEAL_MESSAGE_HEADER_SIZE + body_size(messages);
	struct seal_message *message = NULL;

	if (len <= SEAL_MESSAGE_QUEUE_SIZE)
		message = kmalloc(sizeof(*message) + len, GFP_KERNEL);
	if (message) {
		message->len = len;
		memcpy(message->data, messages->header, SEAL_MESSAGE_HEADER_SIZE);
	}
	messages->partial = message;
}

/* The header is complete: what comes that may not come is not waited for. */
static int begin_body(struct sock *sk)
{
	struct seal_messages *messages = &seal_sk(sk)->rx.messages;
	int size;
	enum seal_event event = classify_message(messages, &size);

	messages->missing = body_size(messages);
	messages->deed = deed_of(sk, event);
	if (messages->deed == SEAL_DEED_UNEXPECTED)
		return seal_alert_fail(sk, SEAL_ALERT_UNEXPECTED_MESSAGE);
	if (size >= 0 && messages->missing != size)
		return seal_alert_fail(sk, SEAL_ALERT_DECODE_ERROR);
	if (messages->deed == SEAL_DEED_KEEP)
		make_message(messages);
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

static void keep_message(struct sock *sk)
{
	struct seal_messages *messages = &seal_sk(sk)->rx.messages;

	seal_stats_inc(sk, SEAL_STAT_RX_MESSAGES);
	if (messages->partial)
		queue_message(sk, messages->partial);
	else
		count_dropped(sk);
	messages->partial = NULL;
}

/* The body is complete.  @last: nothing follows it in its record */
static int end_message(struct sock *sk, bool last)
{
	struct seal_messages *messages = &seal_sk(sk)->rx.messages;
	enum seal_deed deed = messages->deed;

	messages->header_len = 0;
	if (deed == SEAL_DEED_UPDATE && !last)
		deed = deed_of(sk, SEAL_EVENT_KEY_UPDATE_AND_MORE);
	switch (deed) {
	case SEAL_DEED_KEEP:
		keep_message(sk);
		return 0;
	case SEAL_DEED_UPDATE:
		return seal_update_received(sk, messages->update_request);
	case SEAL_DEED_REFUSE:
		return seal_alert_refuse(sk);
	default:
		return seal_alert_fail(sk, SEAL_ALERT_UNEXPECTED_MESSAGE);
	}
}

/* @last: @data ends with its record */
static int take_fragment(struct sock *sk, const u8 *data, size_t len, bool last)
{
	struct seal_messages *messages = &seal_sk(sk)->rx.messages;
	int err = 0;

	while (len && !err) {
		size_t n;

		if (messages->header_len < SEAL_MESSAGE_HEADER_SIZE) {
			n = take_header(messages, data, len);
			if (messages->header_len == SEAL_MESSAGE_HEADER_SIZE)
				err = begin_body(sk);
		} else {
			n = take_body(messages, data, len);
		}
		data += n;
		len -= n;
		if (!err && messages->header_len == SEAL_MESSAGE_HEADER_SIZE &&
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

static enum seal_event classify_alert(const u8 *alert)
{
	bool warning = alert[0] == SEAL_ALERT_LEVEL_WARNING;

	switch (alert[1]) {
	case SEAL_ALERT_CLOSE_NOTIFY:
		return SEAL_EVENT_CLOSE_NOTIFY;
	case SEAL_ALERT_USER_CANCELED:
		return warning ? SEAL_EVENT_CANCELED : SEAL_EVENT_FATAL_CANCELED;
	default:
		return warning ? SEAL_EVENT_WARNING : SEAL_EVENT_FATAL;
	}
}

static enum seal_event classify_record(const struct seal_plain *plain)
{
	switch (plain->type) {
	case SEAL_TYPE_APPLICATION_DATA:
		return plain->end ? SEAL_EVENT_DATA : SEAL_EVENT_EMPTY_DATA;
	case SEAL_TYPE_HANDSHAKE:
		return plain->end ? SEAL_EVENT_HANDSHAKE : SEAL_EVENT_EMPTY;
	case SEAL_TYPE_ALERT:
		if (plain->end == SEAL_ALERT_SIZE)
			return classify_alert(page_address(plain->page[0]));
		return plain->end ? SEAL_EVENT_BAD_ALERT : SEAL_EVENT_EMPTY;
	default:
		return SEAL_EVENT_OTHER_TYPE;
	}
}

static void note_alert(struct sock *sk, const struct seal_plain *plain)
{
	const u8 *alert = page_address(plain->page[0]);

	if (plain->type != SEAL_TYPE_ALERT)
		return;
	seal_stats_inc(sk, SEAL_STAT_RX_ALERTS);
	trace_seal_alert(sk, false, alert[0], alert[1]);
	seal_sk(sk)->alert_received = alert[1];
}

/**
 * seal_control_record() - deal with an opened record
 * @sk:		socket, locked
 * @plain:	opened record of any content type; stays the caller's
 *
 * Context: process, may sleep.
 * Return: 1 if the record is for the program, 0 if it was dealt with, or what the
 * connection ended with.
 */
int seal_control_record(struct sock *sk, struct seal_plain *plain)
{
	enum seal_deed deed = deed_of(sk, classify_record(plain));
	struct seal_sock *ss = seal_sk(sk);

	sock_owned_by_me(sk);
	if (plain->type != SEAL_TYPE_APPLICATION_DATA)
		seal_stats_inc(sk, SEAL_STAT_RX_CONTROL);
	switch (deed) {
	case SEAL_DEED_DELIVER:
		return 1;
	case SEAL_DEED_COLLECT:
		return take_handshake(sk, plain);
	case SEAL_DEED_IGNORE:
		note_alert(sk, plain);
		return 0;
	case SEAL_DEED_CLOSE:
		note_alert(sk, plain);
		WRITE_ONCE(ss->rx.closed, true);
		return 0;
	case SEAL_DEED_RESET:
		note_alert(sk, plain);
		return seal_close_fail(sk, -ECONNRESET, ss->alert_received);
	case SEAL_DEED_UNDECODED:
		return seal_alert_fail(sk, SEAL_ALERT_DECODE_ERROR);
	default:
		return seal_alert_fail(sk, SEAL_ALERT_UNEXPECTED_MESSAGE);
	}
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
