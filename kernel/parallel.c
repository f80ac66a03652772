// SPDX-License-Identifier: GPL-2.0
/*
 * A long write enters; its records, which several CPUs have sealed at the same time,
 * leave for batch.c in their order.
 *
 * Records are independent of each other once they are numbered.  So the caller, who has
 * the socket lock, lists the pages of one record after the other, numbers it and posts
 * it to the crew; and as soon as the oldest one is sealed, TCP gets that.  In between
 * it seals records itself.  A record that is posted is a ring's slot, and stays there
 * until TCP can take it; when the call returns no record is being sealed any more, but
 * some may wait in the ring, sealed, behind the one that TCP has no room for.
 *
 * All functions here want the socket lock, but for the one that is the job.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uio.h>
#include <net/tcp.h>

#include "seal.h"
#include "trace.h"

/**
 * struct slot - a record that is sealed, or going to be
 * @job:	seals it
 * @tx:		the record: seal_tx.vec, payload, padding, type and source; and of the
 *		epoch the suite, the additional data, and the cipher with a request of
 *		its own.  No secret, and no number
 * @source:	where its content is
 * @iv:		with its number
 * @room:	bytes for the state of the request
 * @err:	of sealing it
 */
struct slot {
	struct seal_job		job;
	struct seal_tx		tx;
	struct seal_source	source;
	u8			iv[SEAL_IV_SIZE];
	unsigned int		room;
	int			err;
};

/**
 * struct seal_parallel - records of a direction that several CPUs seal
 * @crew:	who does it, and the ring
 * @held:	they are sealed, and for TCP to take behind seal_tx.vec
 * @slot:	made when first used
 */
struct seal_parallel {
	struct seal_crew	crew;
	bool			held;
	struct slot		*slot[SEAL_CREW_JOBS];
};

/**
 * seal_parallel_cpus() - how many CPUs work for one call
 * @wanted: by SEAL_POLICY
 *
 * Return: number; 0 if it is not worth the trouble.
 */
u8 seal_parallel_cpus(u32 wanted)
{
	unsigned int n = min3(wanted, (u32)num_online_cpus(), (u32)SEAL_CPUS_MAX);

	return n > 1 ? n : 0;
}

/*
 * The job.  It may run in a kernel thread, without the socket lock: pages that are
 * pinned or referenced by the caller, who waits, are all it reads.
 */
static void seal_slot(struct seal_job *job)
{
	struct slot *slot = container_of(job, struct slot, job);

	slot->err = seal_protect_text(&slot->tx, slot->iv);
}

static struct slot *slot_at(const struct seal_parallel *p, unsigned int i)
{
	return p->slot[seal_crew_index(&p->crew, i)];
}

/* The next free slot with a request for the cipher, or NULL */
static struct slot *get_slot(struct seal_parallel *p, const struct seal_tx *tx)
{
	unsigned int i = seal_crew_index(&p->crew, p->crew.count);
	struct slot *slot = p->slot[i];

	if (!slot) {
		slot = kzalloc(sizeof(*slot), GFP_KERNEL);
		if (!slot)
			return NULL;
		slot->job.run = seal_slot;
		p->slot[i] = slot;
	}
	if (seal_aead_share(&slot->tx.epoch.aead, &tx->epoch.aead, &slot->room))
		return NULL;
	p->crew.job[i] = &slot->job;
	return slot;
}

/**
 * seal_parallel_ready() - can records be sealed in parallel?
 * @tx: sending direction, with a cipher
 *
 * Context: process, may sleep.
 * Return: false if there is no memory.
 */
bool seal_parallel_ready(struct seal_tx *tx)
{
	if (!tx->parallel) {
		tx->parallel = kzalloc(sizeof(*tx->parallel), GFP_KERNEL);
		if (!tx->parallel)
			return false;
		seal_crew_start(&tx->parallel->crew);
	}
	return get_slot(tx->parallel, tx);
}

/* As for one record at a time, but records in the ring are as good as in TCP's queue. */
static bool has_room(const struct sock *sk, const struct seal_parallel *p)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	size_t pending = p->crew.count * SEAL_RECORD_MAX;

	return READ_ONCE(sk->sk_wmem_queued) + pending < READ_ONCE(sk->sk_sndbuf) &&
	       tp->write_seq - tp->snd_nxt + pending < tcp_notsent_lowat(tp);
}

/* Is there another full record that need not be copied? */
static bool has_pages(const struct seal_tx *tx, struct msghdr *msg)
{
	if (msg_data_left(msg) < tx->payload_max)
		return false;
	return (msg->msg_flags & MSG_SPLICE_PAGES) ||
	       iov_iter_single_seg_count(&msg->msg_iter) >= PAGE_SIZE;
}

/*
 * What wants something else than a record is for the caller, when nothing is in the
 * ring any more: an error must not overtake a record, nor a KeyUpdate one that has its
 * number already.
 */
static bool open_next(struct sock *sk, struct msghdr *msg)
{
	struct seal_tx *tx = &seal_sk(sk)->tx;

	return has_pages(tx, msg) && has_room(sk, tx->parallel) &&
	       !seal_tx_check(sk) && !tx->owed && !seal_update_is_due(sk) &&
	       !seal_sealer_open(sk, SEAL_TYPE_APPLICATION_DATA,
				 msg_data_left(msg));
}

/*
 * List the caller's pages, with room for the ciphertext.
 * Return: how many bytes, -EAGAIN if there is no memory, -EFAULT.
 */
static int take_pages(struct sock *sk, struct msghdr *msg,
		      struct seal_source *source)
{
	size_t want = min_t(size_t, seal_sk(sk)->tx.limit, msg_data_left(msg));
	size_t room = 0, n;

	seal_source_init(source);
	while (room < want && (n = seal_sealer_grow(sk, want - room)))
		room += n;
	if (!room)
		return -EAGAIN;
	n = seal_source_take(source, &msg->msg_iter, room);
	seal_sealer_shrink(sk, room - n);
	return n ? (int)n : -EFAULT;
}

/* The record in the making is numbered; from now on it is the slot's. */
static void move_to_slot(struct seal_tx *tx, struct slot *slot)
{
	struct seal_tx *to = &slot->tx;

	to->epoch.suite = tx->epoch.suite;
	memcpy(to->epoch.aad, tx->epoch.aad, sizeof(to->epoch.aad));
	memcpy(to->vec, tx->vec, tx->vecs * sizeof(tx->vec[0]));
	to->vecs = tx->vecs;
	to->type = tx->type;
	to->payload = tx->payload;
	to->padding = tx->padding;
	to->source = &slot->source;
	to->state = SEAL_TX_OPEN;
	tx->source = NULL;
	tx->vecs = 0;
	seal_sealer_forget(tx);
}

/* Counted when it is numbered, so that the age of the key is right for the next one */
static void note_numbered(struct sock *sk, const struct slot *slot, bool spliced)
{
	struct seal_tx *tx = &seal_sk(sk)->tx;

	tx->epoch.bytes += slot->tx.payload;
	tx->answered = 0;
	if (spliced)
		seal_stats_add(sk, SEAL_STAT_TX_SPLICED_BYTES, slot->tx.payload);
	trace_seal_record_tx(sk, &tx->epoch, slot->tx.type, slot->tx.payload);
}

/* Put the next bytes into the open record, and number it. */
static int fill(struct sock *sk, struct msghdr *msg, struct slot *slot)
{
	struct seal_tx *tx = &seal_sk(sk)->tx;
	int n = take_pages(sk, msg, &slot->source);

	if (n < 0) {
		seal_sealer_drop(tx);
		return n;
	}
	tx->payload = n;
	tx->source = &slot->source;
	return seal_sealer_number(sk, slot->iv);
}

/*
 * Post the open record.
 * Return: 0, -EAGAIN if there is no memory, -EFAULT, or a sticky error.
 */
static int post_record(struct sock *sk, struct msghdr *msg)
{
	struct seal_tx *tx = &seal_sk(sk)->tx;
	struct seal_parallel *p = tx->parallel;
	struct slot *slot = get_slot(p, tx);
	int err;

	if (!slot) {
		seal_sealer_drop(tx);
		return -EAGAIN;
	}
	err = fill(sk, msg, slot);
	if (err)
		return err;
	move_to_slot(tx, slot);
	note_numbered(sk, slot, msg->msg_flags & MSG_SPLICE_PAGES);
	seal_crew_post(&p->crew, seal_sk(sk)->cpus - 1);
	return 0;
}

/* Take the first slot out of the ring: its record is in the making again. */
static void load(struct seal_tx *tx, struct slot *slot)
{
	struct seal_parallel *p = tx->parallel;

	memcpy(tx->vec, slot->tx.vec, slot->tx.vecs * sizeof(tx->vec[0]));
	tx->vecs = slot->tx.vecs;
	tx->type = slot->tx.type;
	tx->state = SEAL_TX_SEALED;
	slot->tx.vecs = 0;
	seal_crew_pop(&p->crew);
}

/**
 * seal_parallel_load() - TCP has taken a record; is there another one?
 * @tx: sending direction, without a record
 *
 * Context: any, even softirq: nothing is sealed here.
 * Return: true if @tx has it now.
 */
bool seal_parallel_load(struct seal_tx *tx)
{
	struct seal_parallel *p = tx->parallel;

	if (!p->held || !p->crew.count)
		return false;
	load(tx, slot_at(p, 0));
	tx->more = p->crew.count;
	return true;
}

/**
 * seal_parallel_unsent() - how much is sealed that is not the record in the making?
 * @tx: sending direction
 *
 * Return: bytes, of records that are whole.
 */
size_t seal_parallel_unsent(const struct seal_tx *tx)
{
	const struct seal_parallel *p = tx->parallel;
	size_t len = 0;
	unsigned int i, k;

	for (i = 0; i < p->crew.count; i++)
		for (k = 0; k < slot_at(p, i)->tx.vecs; k++)
			len += slot_at(p, i)->tx.vec[k].bv_len;
	return len;
}

/* A record was sealed; the pages of the caller are the caller's again. */
static void note_sealed(struct sock *sk, struct slot *slot)
{
	seal_source_release(&slot->tx);
	seal_stats_inc(sk, SEAL_STAT_TX_RECORDS);
	seal_stats_add(sk, SEAL_STAT_TX_BYTES, slot->tx.payload);
	if (slot->job.cpu != raw_smp_processor_id())
		seal_stats_inc(sk, SEAL_STAT_TX_HELPED_RECORDS);
}

/* Give TCP the oldest record, which was sealed. */
static int pass_on(struct sock *sk, struct msghdr *msg, struct slot *slot)
{
	struct seal_tx *tx = &seal_sk(sk)->tx;
	int err;

	note_sealed(sk, slot);
	load(tx, slot);
	tx->more = tx->parallel->crew.count || seal_tx_goes_on(sk, msg);
	err = seal_batch_push(sk);
	if (!err)
		sk_flush_backlog(sk);
	return err;
}

/* Seal records and hand them on until TCP has no room, or one could not be sealed. */
static int send_records(struct sock *sk, struct msghdr *msg)
{
	struct seal_parallel *p = seal_sk(sk)->tx.parallel;
	bool more = true;
	int err = 0;

	while (!err && (more || p->crew.count)) {
		struct slot *oldest = p->crew.count ? slot_at(p, 0) : NULL;

		if (oldest && seal_job_done(&oldest->job))
			err = oldest->err ?: pass_on(sk, msg, oldest);
		else if (more && p->crew.count < SEAL_CREW_JOBS)
			more = open_next(sk, msg) && !post_record(sk, msg);
		else
			seal_crew_await(&p->crew, &oldest->job);
	}
	return err;
}

/* Nobody seals a record when this returns. */
static void finish_all(struct seal_parallel *p)
{
	unsigned int i;

	for (i = 0; i < p->crew.count; i++)
		seal_crew_await(&p->crew, &slot_at(p, i)->job);
}

/*
 * Records from @i on will not be sent: nothing follows one that could not be sealed.
 * None of their bytes was accepted.
 */
static void drop_from(struct sock *sk, struct msghdr *msg, unsigned int i)
{
	struct seal_tx *tx = &seal_sk(sk)->tx;
	struct seal_parallel *p = tx->parallel;
	unsigned int k, count = p->crew.count;
	size_t bytes = 0;

	for (k = i; k < count; k++) {
		bytes += slot_at(p, k)->tx.payload;
		seal_sealer_drop(&slot_at(p, k)->tx);
	}
	seal_crew_drop(&p->crew, count - i);
	tx->epoch.bytes -= bytes;
	iov_iter_revert(&msg->msg_iter, bytes);
}

/*
 * Seal what is posted; it waits for TCP.
 * Return: 0, or a sticky error if a record could not be sealed.
 */
static int settle(struct sock *sk, struct msghdr *msg)
{
	struct seal_parallel *p = seal_sk(sk)->tx.parallel;
	unsigned int i;
	int err;

	finish_all(p);
	seal_crew_rest(&p->crew);
	for (i = 0; i < p->crew.count && !slot_at(p, i)->err; i++)
		note_sealed(sk, slot_at(p, i));
	p->held = true;
	if (i == p->crew.count)
		return 0;
	err = slot_at(p, i)->err;
	drop_from(sk, msg, i);
	return seal_close_fail(sk, err, SEAL_ALERT_NONE);
}

/**
 * seal_parallel_send() - put the next bytes of a message into records, and send them
 * @sk:		socket for which seal_parallel_ready() was true, with an open record
 *		of application data that is empty, and nothing else that waits
 * @msg:	which has more than one record of memory or pages next
 *
 * What does not fill a record stays in @msg.
 *
 * Context: process, may sleep; the lock is not released.
 * Return: 0; -EAGAIN when TCP has no room, or there is no memory; -EFAULT; or an
 * error, sticky if a record could not be sealed.
 */
int seal_parallel_send(struct sock *sk, struct msghdr *msg)
{
	struct seal_parallel *p = seal_sk(sk)->tx.parallel;
	int err;

	p->held = false;
	err = post_record(sk, msg);
	if (err)
		return err;
	err = send_records(sk, msg);
	return settle(sk, msg) ?: err;
}

static void free_slot(struct slot *slot)
{
	if (!slot)
		return;
	seal_aead_unshare(&slot->tx.epoch.aead);
	kfree_sensitive(slot);
}

/**
 * seal_parallel_release() - give up what TCP has not taken
 * @tx: sending direction of a socket that is going away
 *
 * Context: process, sleeps.
 */
void seal_parallel_release(struct seal_tx *tx)
{
	struct seal_parallel *p = tx->parallel;
	unsigned int i;

	if (!p)
		return;
	seal_crew_stop(&p->crew);
	for (i = 0; i < p->crew.count; i++)
		seal_sealer_forget(&slot_at(p, i)->tx);
	for (i = 0; i < SEAL_CREW_JOBS; i++)
		free_slot(p->slot[i]);
	kfree(p);
	tx->parallel = NULL;
}
