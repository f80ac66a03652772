// SPDX-License-Identifier: GPL-2.0
/*
 * Whole records that stand in TCP's queue, one behind the other, enter, and the memory
 * of a reader that has room for several; they leave for opener.c in their order, opened
 * by several CPUs at the same time, each where the reader wants it.
 *
 * All of it is a guess: that no record is padded, and none is anything but application
 * data.  So a record stays in TCP's queue until its turn comes, and only then its
 * number is used and its bytes are counted.  If the guess was wrong, or the record does
 * not open, what was guessed for the ones behind it is wiped out of the reader's memory,
 * and opener.c takes the record, and then those, as if nobody had looked ahead.
 *
 * Each record's own tag is verified before its plaintext may stay, but another thread of
 * the program can see that of a record before those in front of it are verified.
 *
 * What the jobs read stands in TCP's queue: as long as there are any, TCP gets no turn
 * to change that, so the lock is not released and the backlog not worked off.
 *
 * All functions here want the socket lock, but for the one that is the job.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uio.h>

#include "seal.h"

/* Records that are opened one by one after a wrong guess, which may have cost a ring */
#define PAUSE	(4 * SEAL_CREW_JOBS)

/**
 * struct slot - a record that is opened, or going to be
 * @job:	opens it
 * @suite:	of its key
 * @aead:	the cipher, with a request of its own
 * @room:	bytes for the state of the request
 * @direct:	where it goes
 * @src:	additional data, and where it stands in TCP's queue
 * @seq:	its number
 * @left:	room that the reader has from there on
 * @size:	bytes of it in TCP's queue
 * @len:	of them behind the prefix
 * @type:	for the cipher to write the content type to
 * @aad:	additional data
 * @iv:		with its number
 * @err:	of opening it
 */
struct slot {
	struct seal_job			job;
	const struct seal_suite		*suite;
	struct seal_aead		aead;
	unsigned int			room;
	struct seal_direct		direct;
	struct scatterlist		src[1 + SEAL_OPENER_ENTRIES];
	u64				seq;
	size_t				left;
	size_t				size;
	size_t				len;
	u8				type;
	u8				aad[SEAL_AAD_MAX];
	u8				iv[SEAL_IV_SIZE];
	int				err;
};

/**
 * struct seal_ahead - records of a direction that several CPUs open
 * @crew:	who does it, and the ring
 * @size:	bytes of them in TCP's queue
 * @content:	bytes of the reader's memory they go to
 * @pause:	records that nobody looks beyond any more
 * @slot:	made when first used
 */
struct seal_ahead {
	struct seal_crew	crew;
	size_t			size;
	size_t			content;
	unsigned int		pause;
	struct slot		*slot[SEAL_CREW_JOBS];
};

/*
 * The job.  It may run in a kernel thread, without the socket lock, while the reader
 * waits, who has it: the reader's memory is pinned, and TCP's queue stays.
 */
static void open_slot(struct seal_job *job)
{
	struct slot *slot = container_of(job, struct slot, job);

	slot->err = seal_direct_write(&slot->direct, slot->suite, &slot->aead,
				      slot->src, slot->len, slot->iv);
}

static struct slot *slot_at(const struct seal_ahead *a, unsigned int i)
{
	return a->slot[seal_crew_index(&a->crew, i)];
}

/* The next free slot with a request for the cipher, or NULL */
static struct slot *get_slot(struct seal_ahead *a, const struct seal_epoch *epoch)
{
	unsigned int i = seal_crew_index(&a->crew, a->crew.count);
	struct slot *slot = a->slot[i];

	if (!slot) {
		slot = kzalloc(sizeof(*slot), GFP_KERNEL);
		if (!slot)
			return NULL;
		slot->job.run = open_slot;
		slot->direct.type_at = &slot->type;
		a->slot[i] = slot;
	}
	if (seal_aead_share(&slot->aead, &epoch->aead, &slot->room))
		return NULL;
	a->crew.job[i] = &slot->job;
	return slot;
}

/* Additional data and IV; a number is used when the record's turn comes, and not here. */
static void prepare(struct slot *slot, const struct seal_epoch *epoch,
		    const u8 *prefix)
{
	const struct seal_suite *suite = epoch->suite;

	slot->suite = suite;
	seal_record_write_aad(slot->aad, suite, prefix, slot->seq,
			      slot->len - seal_tail_size(suite));
	seal_sg_set(slot->src, virt_to_page(slot->aad), suite->aad_size,
		    offset_in_page(slot->aad));
	seal_record_iv(slot->iv, suite, epoch->iv, slot->seq);
	if (suite->explicit_size)
		memcpy(seal_record_explicit(slot->iv, suite),
		       prefix + SEAL_HEADER_SIZE, suite->explicit_size);
}

/*
 * List where the next record stands, and where it goes.
 * Return: 0, or an error if it is not for here, and nothing is held.
 */
static int fill(struct sock *sk, const struct iov_iter *to, struct slot *slot)
{
	struct seal_rx *rx = &seal_sk(sk)->rx;
	struct seal_ahead *a = rx->ahead;
	struct iov_iter __uninitialized iter;
	size_t size = slot->len - seal_tail_size(rx->epoch.suite);
	int err;

	err = seal_framer_map(sk, a->size, slot->len, slot->src + 1,
			      SEAL_OPENER_ENTRIES);
	if (err)
		return err;
	iter = *to;
	iov_iter_advance(&iter, a->content);
	err = seal_direct_take(&slot->direct, &iter, size);
	if (err)
		seal_direct_release(&slot->direct);
	slot->left = iov_iter_count(&iter);
	return err;
}

/* Is the record behind those of the ring one for it, and how long is it? */
static bool find_next(struct sock *sk, const struct iov_iter *to, u8 *prefix,
		      size_t *len)
{
	const struct seal_rx *rx = &seal_sk(sk)->rx;
	const struct seal_ahead *a = rx->ahead;
	struct iov_iter __uninitialized iter;

	/* no number is left out, and none comes twice */
	if (a->crew.count == SEAL_CREW_JOBS || rx->epoch.seq >= U64_MAX - a->crew.count ||
	    !seal_framer_look(sk, a->size, prefix, len))
		return false;
	iter = *to;
	iov_iter_advance(&iter, a->content);
	return seal_direct_is_worthwhile(rx, prefix[0], &iter,
					 *len - seal_tail_size(rx->epoch.suite));
}

/* Post the record behind those of the ring.  Return: false if there is none for it. */
static bool post_next(struct sock *sk, const struct iov_iter *to)
{
	struct seal_rx *rx = &seal_sk(sk)->rx;
	struct seal_ahead *a = rx->ahead;
	u8 prefix[SEAL_PREFIX_MAX];
	struct slot *slot;
	size_t len;

	if (!find_next(sk, to, prefix, &len))
		return false;
	slot = get_slot(a, &rx->epoch);
	if (!slot)
		return false;
	slot->len = len;
	slot->size = seal_prefix_size(rx->epoch.suite) + len;
	slot->seq = rx->epoch.seq + a->crew.count;
	if (fill(sk, to, slot))
		return false;
	prepare(slot, &rx->epoch, prefix);
	a->size += slot->size;
	a->content += slot->direct.source.len;
	seal_crew_post(&a->crew, seal_sk(sk)->cpus - 1);
	return true;
}

/* The ring, made when it is first needed, or NULL if there is no memory */
static struct seal_ahead *get_ahead(struct seal_rx *rx)
{
	if (!rx->ahead) {
		rx->ahead = kzalloc(sizeof(*rx->ahead), GFP_KERNEL);
		if (rx->ahead)
			seal_crew_start(&rx->ahead->crew);
	}
	return rx->ahead;
}

/* One record alone needs no help; @len of it stands behind its prefix. */
static bool has_two(struct sock *sk, const struct iov_iter *to, size_t len)
{
	const struct seal_suite *suite = seal_sk(sk)->rx.epoch.suite;
	u8 prefix[SEAL_PREFIX_MAX];
	size_t next;

	return iov_iter_count(to) >= 2 * (len - seal_tail_size(suite)) &&
	       seal_framer_look(sk, seal_prefix_size(suite) + len, prefix, &next);
}

/* The first slot is no one's any more. */
static struct slot *pop(struct seal_ahead *a)
{
	struct slot *slot = slot_at(a, 0);

	seal_direct_release(&slot->direct);
	a->size -= slot->size;
	a->content -= slot->direct.source.len;
	seal_crew_pop(&a->crew);
	if (!a->crew.count)
		seal_crew_rest(&a->crew);
	return slot;
}

/* Is the first slot what opener.c is about to open, and where? */
static bool is_next(const struct slot *slot, const struct seal_epoch *epoch,
		    const struct iov_iter *to, size_t len)
{
	return slot->seq == epoch->seq && slot->len == len &&
	       slot->left == iov_iter_count(to);
}

/* It was a wrong guess. */
static void give_up(struct seal_rx *rx)
{
	seal_ahead_stop(rx);
	rx->ahead->pause = PAUSE;
}

/* Have several records come, and is it worth a guess that they are all alike? */
static bool may_begin(struct sock *sk, const struct iov_iter *to, size_t len)
{
	struct seal_rx *rx = &seal_sk(sk)->rx;

	if (!has_two(sk, to, len) || !get_ahead(rx))
		return false;
	if (!rx->ahead->pause)
		return true;
	rx->ahead->pause--;
	return false;
}

/*
 * Take the first record out of the ring when it is done.
 * Return: true if it was opened.
 */
static bool take_first(struct sock *sk, struct seal_plain *plain)
{
	struct seal_rx *rx = &seal_sk(sk)->rx;
	struct slot *slot = slot_at(rx->ahead, 0);
	u8 iv[SEAL_IV_SIZE];

	seal_crew_await(&rx->ahead->crew, &slot->job);
	if (slot->err || seal_epoch_iv(&rx->epoch, iv)) {
		give_up(rx);
		return false;
	}
	pop(rx->ahead);
	seal_plain_set_direct(plain, &slot->direct);
	if (slot->job.cpu != raw_smp_processor_id())
		seal_stats_inc(sk, SEAL_STAT_RX_HELPED_RECORDS);
	return true;
}

/**
 * seal_ahead_open() - open a record, and let other CPUs begin with those behind it
 * @sk:		socket that may use other CPUs, with a cipher
 * @to:		the reader's memory, from where the record goes on; not advanced.  From
 *		then on it is advanced by what is read and nothing else, until
 *		seal_ahead_stop()
 * @len:	length of what follows the prefix; the record is the first one in the
 *		queue
 * @plain:	is told type and end
 *
 * Context: process, may sleep; the lock is not released.
 * Return: true if the record was opened, is in the reader's memory, and its number is
 * used; false if it is for the caller to open, and nothing has happened.
 */
bool seal_ahead_open(struct sock *sk, const struct iov_iter *to, size_t len,
		     struct seal_plain *plain)
{
	struct seal_rx *rx = &seal_sk(sk)->rx;

	if (seal_ahead_busy(rx)) {
		if (!is_next(slot_at(rx->ahead, 0), &rx->epoch, to, len)) {
			give_up(rx);
			return false;
		}
	} else if (!may_begin(sk, to, len)) {
		return false;
	}
	while (post_next(sk, to))
		;
	return rx->ahead->crew.count && take_first(sk, plain);
}

/**
 * seal_ahead_busy() - are records being opened whose turn has not come?
 * @rx: receiving direction
 *
 * Return: true if so: TCP's queue must stay as it is but for records that are taken.
 */
bool seal_ahead_busy(const struct seal_rx *rx)
{
	return rx->ahead && rx->ahead->crew.count;
}

/**
 * seal_ahead_stop() - no record is opened any more when this returns
 * @rx: receiving direction
 *
 * Nothing of a record whose turn has not come stays in the reader's memory.
 *
 * Context: process, may sleep.
 */
void seal_ahead_stop(struct seal_rx *rx)
{
	struct seal_ahead *a = rx->ahead;

	while (seal_ahead_busy(rx)) {
		struct slot *slot = slot_at(a, 0);

		seal_crew_await(&a->crew, &slot->job);
		if (!slot->err)
			seal_direct_wipe(&slot->direct);
		pop(a);
	}
}

static void free_slot(struct slot *slot)
{
	if (!slot)
		return;
	seal_aead_unshare(&slot->aead);
	kfree_sensitive(slot);
}

/**
 * seal_ahead_release() - free the ring
 * @rx: of a socket that is going away; nothing is in the ring
 *
 * Context: process, sleeps.
 */
void seal_ahead_release(struct seal_rx *rx)
{
	struct seal_ahead *a = rx->ahead;
	unsigned int i;

	if (!a)
		return;
	seal_crew_stop(&a->crew);
	for (i = 0; i < SEAL_CREW_JOBS; i++)
		free_slot(a->slot[i]);
	kfree(a);
	rx->ahead = NULL;
}
