/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Private header of the module, the part about receiving: what becomes of bytes that
 * TCP has, and the functions of the files from prefill.c to control.c.
 */
#ifndef _NET_SOCKSEAL_RX_H
#define _NET_SOCKSEAL_RX_H

#include <linux/fs.h>
#include <linux/list.h>
#include <linux/poll.h>
#include <linux/scatterlist.h>
#include <linux/sockptr.h>
#include <net/sock.h>

#include "keys.h"
#include "tx.h"
#include "wire.h"

struct pipe_inode_info;
struct seal_ahead;
struct seal_sock;

/* Pages that hold the longest ciphertext */
#define SEAL_PLAIN_PAGES	DIV_ROUND_UP(SEAL_CIPHERTEXT_MAX, PAGE_SIZE)

/**
 * struct seal_plain - a decrypted record
 * @node:	in seal_rx.queue
 * @type:	inner content type
 * @off:	first byte not yet read
 * @end:	end of the content; off == end means nothing is left
 * @dirty:	so many bytes from the first one on may hold plaintext
 * @pages:	how many of @page there are
 * @lent:	a pipe has references to pages, so they cannot be written again
 * @direct:	the content is where its reader wants it, and not in the pages
 * @page:	content, from offset 0 of the first page on
 */
struct seal_plain {
	struct list_head	node;
	u8			type;
	u8			pages;
	bool			lent;
	bool			direct;
	u16			off;
	u16			end;
	u16			dirty;
	struct page		*page[SEAL_PLAIN_PAGES];
};

/**
 * struct seal_message - a post-handshake message, header included
 * @node:	in seal_messages.queue
 * @len:	bytes in @data
 * @data:	msg_type, length, body
 */
struct seal_message {
	struct list_head	node;
	u32			len;
	u8			data[];
};

/* What has come: a record, and, if it holds handshake messages, each of these */
enum seal_event {
	SEAL_EVENT_DATA,
	SEAL_EVENT_EMPTY_DATA,
	SEAL_EVENT_HANDSHAKE,
	SEAL_EVENT_EMPTY,		/* alert or handshake without content */
	SEAL_EVENT_OTHER_TYPE,
	SEAL_EVENT_BAD_ALERT,		/* of another length */
	SEAL_EVENT_CLOSE_NOTIFY,
	SEAL_EVENT_CANCELED,		/* user_canceled */
	SEAL_EVENT_FATAL_CANCELED,
	SEAL_EVENT_WARNING,
	SEAL_EVENT_FATAL,
	SEAL_EVENT_MESSAGE,		/* one that SEAL_MESSAGE fetches */
	SEAL_EVENT_KEY_UPDATE,
	SEAL_EVENT_KEY_UPDATE_AND_MORE,	/* it does not end its record */
	SEAL_EVENT_HELLO,		/* HelloRequest or ClientHello */
	SEAL_EVENT_OTHER_MESSAGE,
	SEAL_EVENTS,
};

/* Where the receiving direction is; each version, and then in a message */
enum seal_control_state {
	SEAL_CONTROL_TLS13,
	SEAL_CONTROL_TLS13_MIDWAY,
	SEAL_CONTROL_TLS12,
	SEAL_CONTROL_TLS12_MIDWAY,
	SEAL_CONTROL_STATES,
};

/* What becomes of it */
enum seal_deed {
	SEAL_DEED_UNEXPECTED,	/* fatal alert unexpected_message */
	SEAL_DEED_UNDECODED,	/* fatal alert decode_error */
	SEAL_DEED_DELIVER,	/* it is for the program */
	SEAL_DEED_IGNORE,
	SEAL_DEED_CLOSE,	/* the end of the stream */
	SEAL_DEED_RESET,	/* ECONNRESET */
	SEAL_DEED_COLLECT,	/* messages are put together */
	SEAL_DEED_KEEP,		/* for SEAL_MESSAGE */
	SEAL_DEED_UPDATE,	/* the next key */
	SEAL_DEED_REFUSE,	/* warning no_renegotiation */
};

/**
 * struct seal_messages - reassembly and queue; protected by the socket lock
 * @queue:	whole messages, oldest first
 * @bytes:	their sum, at most SEAL_MESSAGE_QUEUE_SIZE
 * @count:	how many there are
 * @dropped:	how many did not fit
 * @partial:	message whose body is not complete, or NULL
 * @missing:	bytes of the body that are still to come
 * @header_len:	bytes of @header that have come; 0 between messages
 * @header:	msg_type and length of the message that is coming
 * @update_request: body of the last KeyUpdate
 * @deed:	what becomes of the message that is coming
 */
struct seal_messages {
	struct list_head	queue;
	u32			bytes;
	u32			count;
	u32			dropped;
	struct seal_message	*partial;
	u32			missing;
	u8			header_len;
	u8			header[4];
	u8			update_request;
	enum seal_deed		deed;
};

/**
 * struct seal_framer - the record that is coming
 * @prefix:	its header and the explicit part of the nonce
 * @prefix_len:	bytes of it that were taken out of the queue
 * @taken:	bytes behind the prefix that were taken, into @plain
 * @plain:	where the record goes, or NULL while that is not yet needed
 */
struct seal_framer {
	u8			prefix[SEAL_PREFIX_MAX];
	u8			prefix_len;
	u16			taken;
	struct seal_plain	*plain;
};

/**
 * struct seal_prefill - bytes that stand before those of TCP's queue
 * @data:	SEAL_PREFILL, or NULL when nothing is left
 * @size:	how many there were; 0 if there was no SEAL_PREFILL
 * @left:	how many are left, the last ones of them
 */
struct seal_prefill {
	u8			*data;
	u32			size;
	u32			left;
};

/**
 * struct seal_rx - receiving direction; protected by the socket lock
 * @epoch:	keys
 * @prefill:	what comes before TCP's queue
 * @framer:	the record that is coming
 * @ahead:	records behind it that other CPUs open, or NULL before the first ones
 * @queue:	decrypted records that were not read yet, oldest first
 * @removed:	counts the records that were taken out of @queue
 * @queued:	bytes of content in @queue
 * @held:	bytes of memory it takes
 * @lowat:	SO_RCVLOWAT
 * @waiting:	how many readers are asleep
 * @messages:	post-handshake messages
 * @updates:	KeyUpdates since the last application data
 * @error:	what every later read gets, negative errno, or 0
 * @lost:	why no record can be found any more, negative errno, or 0
 * @lost_told:	a reader has got it
 * @no_pad:	the program expects records without padding
 * @rekey:	a KeyUpdate has come, and the program has not set the next key
 * @closed:	close_notify has come
 */
struct seal_rx {
	struct seal_epoch	epoch;
	struct seal_prefill	prefill;
	struct seal_framer	framer;
	struct seal_ahead	*ahead;
	struct list_head	queue;
	u32			removed;
	u32			queued;
	u32			held;
	u32			lowat;
	u32			waiting;
	struct seal_messages	messages;
	u8			updates;
	int			error;
	int			lost;
	bool			lost_told;
	bool			no_pad;
	bool			rekey;
	bool			closed;
};

/* prefill.c */
int seal_prefill_set(struct sock *sk, sockptr_t optval, unsigned int optlen);
size_t seal_prefill_copy(const struct seal_prefill *prefill, void *to, size_t len);
size_t seal_prefill_consume(struct seal_prefill *prefill, size_t len);
void seal_prefill_release(struct seal_prefill *prefill);

/* framer.c */
int seal_framer_next(struct sock *sk, size_t *len, u8 *alert);
int seal_framer_take(struct sock *sk, size_t len);
bool seal_framer_look(struct sock *sk, size_t off, u8 *prefix, size_t *len);
int seal_framer_map(struct sock *sk, size_t off, size_t len,
		    struct scatterlist *sg, unsigned int nents);
struct seal_plain *seal_framer_done(struct sock *sk, size_t len);
bool seal_framer_midway(struct sock *sk);
bool seal_framer_empty(struct sock *sk);
size_t seal_framer_waiting(const struct sock *sk);
size_t seal_framer_held(const struct sock *sk);
void seal_framer_discard(struct sock *sk);

/* plain.c */
struct seal_plain *seal_plain_get(size_t len);
void seal_plain_put(struct seal_plain *plain);
void seal_plain_queue(struct seal_rx *rx, struct seal_plain *plain);
void seal_plain_consume(struct seal_rx *rx, struct seal_plain *plain, size_t len);
void seal_plain_release(struct seal_rx *rx);
void seal_plain_exit(void);

/**
 * struct seal_direct - a record that goes to the memory of its reader
 * @source:	that memory
 * @type_at:	where the cipher writes the content type, if it stands behind the content
 * @type:	inner content type, when it was opened
 * @end:	length of the content then
 */
struct seal_direct {
	struct seal_source	source;
	u8			*type_at;
	u8			type;
	u16			end;
};

/* direct.c */
bool seal_direct_is_worthwhile(const struct seal_rx *rx, u8 type,
			       const struct iov_iter *to, size_t size);
int seal_direct_take(struct seal_direct *direct, const struct iov_iter *to,
		     size_t size);
int seal_direct_write(struct seal_direct *direct, const struct seal_suite *suite,
		      struct seal_aead *aead, struct scatterlist *src, size_t len,
		      u8 *iv);
void seal_direct_wipe(struct seal_direct *direct);
void seal_direct_release(struct seal_direct *direct);

/* The content of a record is where its reader wants it. */
static inline void seal_plain_set_direct(struct seal_plain *plain,
					 const struct seal_direct *direct)
{
	plain->type = direct->type;
	plain->end = direct->end;
	plain->direct = true;
}

int seal_direct_open(struct seal_rx *rx, const struct iov_iter *to,
		     struct scatterlist *src, size_t len, const u8 *iv);

/* opener.c */

/* Pieces of a record in TCP's queue that the cipher reads where they are */
#define SEAL_OPENER_ENTRIES	24

int seal_opener_advance(struct sock *sk, const struct iov_iter *to);

/* rx.c */
int seal_rx_recvmsg(struct sock *sk, struct msghdr *msg, size_t len, int flags);
ssize_t seal_rx_splice_read(struct socket *sock, loff_t *ppos,
			    struct pipe_inode_info *pipe, size_t len,
			    unsigned int flags);
bool seal_rx_drain_control(struct sock *sk);
void seal_rx_release(struct seal_sock *ss);

/* readsock.c */
int seal_readsock(struct sock *sk, read_descriptor_t *desc,
		  sk_read_actor_t actor);
int seal_readsock_peek_len(struct socket *sock);

/* ready.c */
void seal_ready_settle(struct sock *sk);
int seal_ready_count(struct sock *sk, bool *end);
int seal_ready_ioctl(struct sock *sk, int cmd, int *karg);
int seal_ready_set_rcvlowat(struct sock *sk, int val);
__poll_t seal_ready_poll(struct file *file, struct socket *sock,
			 struct poll_table_struct *wait);

/* control.c */
enum seal_deed seal_control_deed(enum seal_control_state state,
				 enum seal_event event);
int seal_control_record(struct sock *sk, struct seal_plain *plain);
bool seal_control_midway(const struct seal_messages *messages);
struct seal_message *seal_control_peek(struct seal_sock *ss);
void seal_control_pop(struct seal_sock *ss);
void seal_control_release(struct seal_messages *messages);

#endif /* _NET_SOCKSEAL_RX_H */
