/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Private header of the module, the part about sending: the record in the making, and
 * the functions that the files of this direction offer, in the order in which data
 * flows.
 */
#ifndef _NET_SOCKSEAL_TX_H
#define _NET_SOCKSEAL_TX_H

#include <linux/bvec.h>
#include <linux/types.h>

#include "crew.h"
#include "keys.h"

struct iov_iter;
struct msghdr;
struct seal_sock;
struct sock;
struct socket;
struct ubuf_info;

/* Content of a control record that is sealed in one piece: a KeyUpdate */
#define SEAL_AHEAD_MAX	5

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

/* Control records after which the stream goes on, in the order of owed.c */
enum seal_owed {
	SEAL_OWED_UPDATE,
	SEAL_OWED_REQUEST,		/* which asks for the peer's KeyUpdate */
	SEAL_OWED_USER_CANCELED,
	SEAL_OWED_NO_RENEGOTIATION,
	SEAL_OWED_COUNT,
};

/**
 * struct seal_tx - sending direction; protected by the socket lock
 * @epoch:	keys
 * @type:	content type of the record
 * @state:	what @vec holds
 * @vecs:	how many of @vec are in use
 * @pushing:	inside TCP, which may call back for the same record
 * @more:	the sealed record is not the last one of its call
 * @held:	the open record waits for an ACK, see coalesce.c
 * @owed:	bits of enum seal_owed: what must go out before application data
 * @answered:	likewise: what went out since the last application data
 * @why:	enum seal_why of the KeyUpdate that was owed last
 * @requested:	an update_requested was sent, and the peer's KeyUpdate has not come
 * @closed:	close_notify or a fatal alert was made: nothing may follow
 * @fin:	TCP's FIN follows at once, and takes what is held back along
 * @payload:	bytes of plaintext in an open record
 * @payload_max: most that a record may hold
 * @limit:	most that the open record may hold
 * @block:	what content, type and padding are a multiple of; 0: no padding
 * @padding:	zeros behind the content type of a sealed record
 * @records_max: how many records one key may protect
 * @bytes_max:	likewise, bytes of application data; U64_MAX: no limit
 * @resumed:	@epoch.bytes when sending began after the last pause
 * @source:	pages of the caller that the last bytes of an open record stand in, or
 *		NULL; see source.c
 * @ahead:	rest of a sealed control record that TCP must take before @vec
 * @parallel:	records that several CPUs seal, or NULL; they follow @vec
 * @vec:	fragments of the one record in the making, a page reference each
 */
struct seal_tx {
	struct seal_epoch	epoch;
	u8			type;
	u8			state;
	u8			vecs;
	bool			pushing;
	bool			more;
	bool			held;
	u8			owed;
	u8			answered;
	u8			why;
	bool			requested;
	bool			closed;
	bool			fin;
	u16			payload;
	u16			payload_max;
	u16			limit;
	u16			block;
	u16			padding;
	u64			records_max;
	u64			bytes_max;
	u64			resumed;
	struct seal_source	*source;
	struct bio_vec		ahead;
	struct seal_parallel	*parallel;
	struct bio_vec		vec[SEAL_TX_VECS];
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
 * @kept:	how many of @page have a reference of ours, while the record is open
 * @pinned:	user memory, to be unpinned
 */
struct seal_source {
	struct page	*page[SEAL_SOURCE_PAGES];
	struct bio_vec	vec[SEAL_SOURCE_PAGES];
	size_t		len;
	unsigned int	pages;
	unsigned int	vecs;
	unsigned int	kept;
	bool		pinned;
};

/* tx.c */
int seal_tx_sendmsg(struct sock *sk, struct msghdr *msg, size_t size);
int seal_tx_sendmsg_locked(struct sock *sk, struct msghdr *msg, size_t size);
void seal_tx_end_record(struct sock *sk);
void seal_tx_flush(struct sock *sk);
void seal_tx_splice_eof(struct socket *sock);
void seal_tx_write_space(struct sock *sk);
int seal_tx_control(struct sock *sk, u8 type, const u8 *data, size_t len);
int seal_tx_drain(struct sock *sk);
int seal_tx_check(const struct sock *sk);
int seal_tx_settle(struct sock *sk);
bool seal_tx_goes_on(const struct sock *sk, struct msghdr *msg);
void seal_tx_release(struct seal_sock *ss);

/* owed.c */
int seal_owed_send(struct sock *sk, int (*push)(struct sock *sk));

/* update.c */
bool seal_update_is_due(const struct sock *sk);
int seal_update_before_record(struct sock *sk);
int seal_update_sent(struct sock *sk, const u8 *data);
int seal_update_start(struct sock *sk, bool request);
int seal_update_received(struct sock *sk, u8 request);
int seal_update_data_received(struct sock *sk);

/* zerocopy.c */
struct ubuf_info *seal_zerocopy_begin(struct sock *sk, const struct msghdr *msg,
				      size_t size);
void seal_zerocopy_end(struct ubuf_info *notice, bool sent);

/* source.c */
void seal_source_init(struct seal_source *source);
size_t seal_source_take(struct seal_source *source, struct iov_iter *iter,
			size_t want);
bool seal_source_keep(struct seal_tx *tx, const struct seal_source *source);
void seal_source_release(struct seal_tx *tx);

/* sealer.c */
int __must_check seal_sealer_open(struct sock *sk, u8 type, size_t expected);
size_t seal_sealer_grow(struct sock *sk, size_t len);
void seal_sealer_shrink(struct sock *sk, size_t len);
int __must_check seal_sealer_number(struct sock *sk, u8 *iv);
int __must_check seal_sealer_seal(struct sock *sk);
int __must_check seal_sealer_put_ahead(struct sock *sk, u8 type, const u8 *data,
				       size_t len);
void seal_sealer_forget(struct seal_tx *tx);
void seal_sealer_drop(struct seal_tx *tx);

/* protect.c */
int seal_protect_begin(struct seal_tx *tx, u8 *iv);
int seal_protect_text(struct seal_tx *tx, u8 *iv);
int seal_protect_record(struct seal_tx *tx);
int seal_protect_piece(struct seal_epoch *epoch, struct bio_vec *piece, u8 type,
		       size_t len);

/* batch.c */
int seal_batch_push(struct sock *sk);
int seal_batch_push_atomic(struct sock *sk);
int seal_batch_push_all(struct sock *sk);
size_t seal_batch_unsent(const struct seal_tx *tx);
void seal_batch_release(struct seal_tx *tx);

/* Is there anything that TCP has not taken? */
static inline bool seal_batch_waits(const struct seal_tx *tx)
{
	return tx->state == SEAL_TX_SEALED || tx->ahead.bv_len;
}

#endif /* _NET_SOCKSEAL_TX_H */
