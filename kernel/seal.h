/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Private header of the module: the state of a sealed socket and the functions
 * that its files offer each other, in the order in which data flows.
 */
#ifndef _NET_SOCKSEAL_SEAL_H
#define _NET_SOCKSEAL_SEAL_H

#include <linux/bvec.h>
#include <linux/list.h>
#include <linux/scatterlist.h>
#include <linux/tcp.h>
#include <net/inet_connection_sock.h>
#include <net/sock.h>
#include <uapi/linux/sockseal.h>

struct aead_request;
struct crypto_aead;
struct crypto_shash;

/* RFC 8446 5.1, 5.2 */
#define SEAL_HEADER_SIZE	5
#define SEAL_TAG_SIZE		16
#define SEAL_NONCE_SIZE		12
#define SEAL_KEY_SIZE_MAX	32
#define SEAL_PAYLOAD_MAX	16384
#define SEAL_INNER_MAX		(SEAL_PAYLOAD_MAX + 1)
#define SEAL_CIPHERTEXT_MAX	(SEAL_PAYLOAD_MAX + 256)
#define SEAL_RECORD_MAX		(SEAL_HEADER_SIZE + SEAL_CIPHERTEXT_MAX)
/* the inner content type and the tag follow the payload */
#define SEAL_TAIL_SIZE		(1 + SEAL_TAG_SIZE)

enum seal_content_type {
	SEAL_TYPE_ALERT			= 21,
	SEAL_TYPE_HANDSHAKE		= 22,
	SEAL_TYPE_APPLICATION_DATA	= 23,
};

/* RFC 8446 6 */
enum seal_alert {
	SEAL_ALERT_CLOSE_NOTIFY		= 0,
	SEAL_ALERT_UNEXPECTED_MESSAGE	= 10,
	SEAL_ALERT_BAD_RECORD_MAC	= 20,
	SEAL_ALERT_RECORD_OVERFLOW	= 22,
	SEAL_ALERT_ILLEGAL_PARAMETER	= 47,
	SEAL_ALERT_DECODE_ERROR		= 50,
	SEAL_ALERT_INTERNAL_ERROR	= 80,
	SEAL_ALERT_USER_CANCELED	= 90,
};

/* One line of /proc/net/sockseal_stat each, see stats.c */
enum seal_stat {
	SEAL_STAT_ATTACHED,
	SEAL_STAT_TX_RECORDS,
	SEAL_STAT_RX_RECORDS,
	SEAL_STAT_TX_BYTES,
	SEAL_STAT_RX_BYTES,
	SEAL_STAT_TX_SPLICED_BYTES,
	SEAL_STAT_RX_CONTROL,
	SEAL_STAT_RX_MESSAGES,
	SEAL_STAT_RX_MESSAGES_DROPPED,
	SEAL_STAT_TX_ALERTS,
	SEAL_STAT_RX_ALERTS,
	SEAL_STAT_TX_KEY_UPDATES,
	SEAL_STAT_RX_KEY_UPDATES,
	SEAL_STAT_RX_ERRORS,
	SEAL_STAT_RX_TRUNCATED,
	SEAL_STAT_COUNT,
};

/**
 * struct seal_suite - a cipher suite, one row of the table in suite.c
 * @id:		number on the wire
 * @key_size:	key of the AEAD in bytes
 * @hash_size:	output of the hash in bytes, so also the size of a secret
 * @aead:	name of the AEAD in the kernel's crypto API
 * @hmac:	name of HMAC with the suite's hash there
 *
 * Nonce (12 bytes) and tag (16 bytes) are the same in all of them.
 */
struct seal_suite {
	u16		id;
	u8		key_size;
	u8		hash_size;
	const char	*aead;
	const char	*hmac;
};

/* HMAC for one or several derivations with one suite */
struct seal_hmac {
	struct crypto_shash *tfm;
};

/* A cipher with its one request, made once for the life of a direction */
struct seal_aead {
	struct crypto_aead	*tfm;
	struct aead_request	*req;
};

/**
 * struct seal_epoch - what protects the records of one direction
 * @aead:	cipher, keyed
 * @seq:	sequence number of the next record
 * @records:	records of all generations
 * @bytes:	application data of all generations
 * @generation:	how many KeyUpdates there were
 * @iv:		what the sequence number is mixed into (RFC 8446 5.3)
 * @secret:	traffic secret of this generation
 */
struct seal_epoch {
	struct seal_aead	aead;
	u64			seq;
	u64			records;
	u64			bytes;
	u32			generation;
	u8			iv[SEAL_NONCE_SIZE];
	u8			secret[SEAL_SECRET_SIZE];
};

/*
 * A record on its way out needs 6 fragments if memory is so short that they are
 * single pages.  More than that happens only to a record gathered from many
 * small writes, and then the record ends early.
 */
#define SEAL_TX_VECS	8

enum seal_tx_state {
	SEAL_TX_IDLE,	/* no record; vec is empty */
	SEAL_TX_OPEN,	/* vec holds header room and plaintext; more may come */
	SEAL_TX_SEALED,	/* vec holds the rest of a record that TCP must take */
};

/**
 * struct seal_tx - sending direction; protected by the socket lock
 * @epoch:	keys
 * @vec:	fragments of the one record in the making, a page reference each
 * @vecs:	how many of @vec are in use
 * @payload:	bytes of plaintext in an open record
 * @state:	what @vec holds
 * @pushing:	inside TCP, which may call back for the same record
 * @more:	the sealed record is not the last one of its call
 * @update_owed: the peer asked for a KeyUpdate that is not yet sent
 * @closed:	close_notify or a fatal alert was made: nothing may follow
 */
struct seal_tx {
	struct seal_epoch	epoch;
	struct bio_vec		vec[SEAL_TX_VECS];
	u8			vecs;
	u16			payload;
	u8			state;
	bool			pushing;
	bool			more;
	bool			update_owed;
	bool			closed;
};

/* Pages of the caller in one record: 4 or 5, more if a pipe is fragmented */
#define SEAL_SOURCE_PAGES	16

/**
 * struct seal_source - pages of the caller that a record is sealed from
 * @page:	the pages, pinned if @pinned
 * @vec:	the bytes in them, joined where pages are neighbours
 * @len:	sum of @vec in bytes
 * @pages:	how many of @page are in use
 * @vecs:	how many of @vec are in use
 * @pinned:	user memory, to be unpinned
 */
struct seal_source {
	struct page	*page[SEAL_SOURCE_PAGES];
	struct bio_vec	vec[SEAL_SOURCE_PAGES];
	size_t		len;
	unsigned int	pages;
	unsigned int	vecs;
	bool		pinned;
};

/* Pages that hold the longest ciphertext */
#define SEAL_PLAIN_PAGES	DIV_ROUND_UP(SEAL_CIPHERTEXT_MAX, PAGE_SIZE)

/**
 * struct seal_plain - a decrypted record
 * @node:	in seal_rx.queue
 * @type:	inner content type
 * @off:	first byte not yet read
 * @end:	end of the content; off == end means nothing is left
 * @pages:	how many of @page there are
 * @lent:	a pipe has references to pages, so they cannot be written again
 * @page:	content, from offset 0 of the first page on
 */
struct seal_plain {
	struct list_head	node;
	u8			type;
	u8			pages;
	bool			lent;
	u16			off;
	u16			end;
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
};

/**
 * struct seal_framer - the record that is coming
 * @header:	its header
 * @header_len:	bytes of it that were taken out of TCP's queue
 * @taken:	bytes behind the header that were taken, into @plain
 * @plain:	where the record goes, or NULL while that is not yet needed
 */
struct seal_framer {
	u8			header[SEAL_HEADER_SIZE];
	u8			header_len;
	u16			taken;
	struct seal_plain	*plain;
};

/**
 * struct seal_rx - receiving direction; protected by the socket lock
 * @epoch:	keys
 * @framer:	the record that is coming
 * @queue:	decrypted application data that was not read yet, oldest first
 * @spare:	an empty record kept for the next one while there is traffic
 * @messages:	post-handshake messages
 * @closed:	close_notify has come
 */
struct seal_rx {
	struct seal_epoch	epoch;
	struct seal_framer	framer;
	struct list_head	queue;
	struct seal_plain	*spare;
	struct seal_messages	messages;
	bool			closed;
};

/**
 * struct seal_sock - a sealed socket, in icsk_ulp_data
 * @base_prot:		operations of plain TCP
 * @base_ops:		socket operations of plain TCP
 * @base_write_space:	callback of plain TCP
 * @rcu:		for freeing it
 * @not_tls:		always NULL: sk_psock and BPF code of the kernel reads
 *			icsk_ulp_data as an in-tree tls_context whose software
 *			contexts are at this offset
 * @suite:		NULL until SEAL_KEYS
 * @error:		what every later call gets, negative errno, or 0
 * @truncated:		FIN came without close_notify
 * @alert_sent:		last one, or SEAL_ALERT_NONE
 * @alert_received:	last one, or SEAL_ALERT_NONE
 * @tx:			sending
 * @rx:			receiving
 *
 * All of it is protected by the socket lock; @base_* never change.
 */
struct seal_sock {
	struct proto			*base_prot;
	const struct proto_ops		*base_ops;
	void				(*base_write_space)(struct sock *sk);
	struct rcu_head			rcu;
	void				*not_tls[2];
	const struct seal_suite		*suite;
	int				error;
	bool				truncated;
	u8				alert_sent;
	u8				alert_received;
	struct seal_tx			tx;
	struct seal_rx			rx;
};

static_assert(offsetof(struct seal_sock, not_tls) == 40);

static inline struct seal_sock *seal_sk(const struct sock *sk)
{
	return (__force struct seal_sock *)inet_csk(sk)->icsk_ulp_data;
}

/* ulp.c */
int seal_ulp_register(void);
void seal_ulp_unregister(void);

/* sockopt.c */
int seal_sockopt_set(struct sock *sk, int level, int optname, sockptr_t optval,
		     unsigned int optlen);
int seal_sockopt_get(struct sock *sk, int level, int optname,
		     char __user *optval, int __user *optlen);

/* suite.c */
const struct seal_suite *seal_suite_find(u16 id);
const struct seal_suite *seal_suite_at(unsigned int index);

/* keysched.c */
int seal_keysched_expand_label(const struct seal_hmac *hmac,
			       const struct seal_suite *suite, const u8 *secret,
			       const char *label, u8 *out, size_t len);
int seal_epoch_init(struct seal_epoch *epoch, const struct seal_suite *suite,
		    const u8 *secret, u64 seq);
int seal_epoch_update(struct seal_epoch *epoch, const struct seal_suite *suite);
int seal_epoch_nonce(struct seal_epoch *epoch, u8 *nonce);
void seal_epoch_release(struct seal_epoch *epoch);

/* crypto.c */
int seal_hmac_init(struct seal_hmac *hmac, const struct seal_suite *suite);
int seal_hmac_digest(const struct seal_hmac *hmac, const u8 *key, size_t key_len,
		     const u8 *data, size_t len, u8 *out);
void seal_hmac_release(struct seal_hmac *hmac);
int seal_aead_init(struct seal_aead *aead, const struct seal_suite *suite);
int seal_aead_set_key(struct seal_aead *aead, const u8 *key, size_t len);
int seal_aead_seal(struct seal_aead *aead, struct scatterlist *src,
		   struct scatterlist *dst, size_t len, u8 *nonce);
int seal_aead_open(struct seal_aead *aead, struct scatterlist *src,
		   struct scatterlist *dst, size_t len, u8 *nonce);
void seal_aead_release(struct seal_aead *aead);

/* record.c */
void seal_record_write_header(u8 *header, size_t payload);
int seal_record_read_header(const u8 *header, size_t *len, u8 *alert);
void seal_record_nonce(u8 *nonce, const u8 *iv, u64 seq);
int seal_record_find_type(const u8 *text, size_t len);

/* tx.c */
int seal_tx_sendmsg(struct sock *sk, struct msghdr *msg, size_t size);
int seal_tx_sendmsg_locked(struct sock *sk, struct msghdr *msg, size_t size);
void seal_tx_splice_eof(struct socket *sock);
void seal_tx_write_space(struct sock *sk);
int seal_tx_control(struct sock *sk, u8 type, const u8 *data, size_t len);
void seal_tx_answer_update(struct sock *sk);
void seal_tx_release(struct seal_sock *ss);

/* sealer.c */
int __must_check seal_sealer_open(struct sock *sk);
size_t seal_sealer_grow(struct sock *sk, size_t len, u8 **at);
void seal_sealer_shrink(struct sock *sk, size_t len);
int __must_check seal_sealer_seal(struct sock *sk, u8 type,
				  const struct seal_source *source);
int seal_sealer_push(struct sock *sk);
int seal_sealer_push_atomic(struct sock *sk);
int seal_sealer_push_all(struct sock *sk);
void seal_sealer_drop(struct seal_tx *tx);

/* framer.c */
int seal_framer_next(struct sock *sk, size_t *len, u8 *alert);
int seal_framer_take(struct sock *sk, size_t len);
int seal_framer_map(struct sock *sk, size_t len, struct scatterlist *sg,
		    unsigned int nents);
struct seal_plain *seal_framer_done(struct sock *sk, size_t len);
bool seal_framer_midway(struct sock *sk);
bool seal_framer_empty(struct sock *sk);
void seal_framer_discard(struct sock *sk);

/* plain.c */
struct seal_plain *seal_plain_get(struct seal_rx *rx, size_t len);
void seal_plain_put(struct seal_rx *rx, struct seal_plain *plain);
void seal_plain_rest(struct seal_rx *rx);
void seal_plain_free(struct seal_plain *plain);
void seal_plain_release(struct seal_rx *rx);

/* opener.c */

/* What a reader is told after the peer's close_notify */
#define SEAL_END_OF_STREAM	(-ESHUTDOWN)

int seal_opener_advance(struct sock *sk);

/* rx.c */
int seal_rx_recvmsg(struct sock *sk, struct msghdr *msg, size_t len, int flags,
		    int *addr_len);
ssize_t seal_rx_splice_read(struct socket *sock, loff_t *ppos,
			    struct pipe_inode_info *pipe, size_t len,
			    unsigned int flags);
__poll_t seal_rx_poll(struct file *file, struct socket *sock,
		      struct poll_table_struct *wait);
bool seal_rx_drain_control(struct sock *sk);
void seal_rx_release(struct seal_sock *ss);

/* control.c */
int seal_control_record(struct sock *sk, struct seal_plain *plain);
bool seal_control_midway(const struct seal_messages *messages);
struct seal_message *seal_control_peek(struct seal_sock *ss);
void seal_control_pop(struct seal_sock *ss);
int seal_control_fail(struct sock *sk, u8 alert);
void seal_control_release(struct seal_messages *messages);

/* close.c */
int seal_close_shutdown(struct socket *sock, int how);
void seal_close(struct sock *sk, long timeout);

/* stats.c */
void seal_stats_add(const struct sock *sk, enum seal_stat stat, unsigned long n);
int seal_stats_register(void);
void seal_stats_unregister(void);

static inline void seal_stats_inc(const struct sock *sk, enum seal_stat stat)
{
	seal_stats_add(sk, stat, 1);
}

#endif /* _NET_SOCKSEAL_SEAL_H */
