// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A suite and a size enter; what the module's own code takes to seal so many bytes on one
 * CPU, and on all of them, leaves: records of 16 KB, from one piece of memory to another,
 * without sockets.
 *
 * The crew, the cipher and the record format are the module's sources, compiled once more
 * for this module.  The ring is that of parallel.c, whose other half is about TCP.
 */
#include <linux/cpumask.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "../sockseal/seal.h"

#include "bench.h"
#include "seal.h"

#define SECRET_BYTE	0x5a

/* Header, content, content type and tag */
#define ROOM		(SEAL_HEADER_SIZE + SEAL_PAYLOAD_MAX + 1 + SEAL_TAG_SIZE)
#define ROOM_ORDER	get_order(ROOM)
#define TEXT_ORDER	get_order(SEAL_PAYLOAD_MAX)

/**
 * struct bench_record - a record that is sealed
 * @job:	does it
 * @tx:		the record
 * @source:	its content
 * @iv:		of it
 * @room:	for the request
 * @err:	of sealing it
 */
struct bench_record {
	struct seal_job		job;
	struct seal_tx		tx;
	struct seal_source	source;
	u8			iv[SEAL_IV_SIZE];
	unsigned int		room;
	int			err;
};

/**
 * struct bench_sealer - a direction that seals
 * @tx:		its keys
 * @crew:	who seals
 * @record:	what can be sealed at the same time
 */
struct bench_sealer {
	struct seal_tx		tx;
	struct seal_crew	crew;
	struct bench_record	record[SEAL_CREW_JOBS];
};

static void seal_record(struct seal_job *job)
{
	struct bench_record *r = container_of(job, struct bench_record, job);

	r->err = seal_protect_text(&r->tx, r->iv);
}

static int get_pages(struct bench_record *r)
{
	struct page *to = alloc_pages(GFP_KERNEL | __GFP_ZERO | __GFP_COMP, ROOM_ORDER);
	struct page *from = alloc_pages(GFP_KERNEL | __GFP_ZERO | __GFP_COMP, TEXT_ORDER);

	if (to)
		bvec_set_page(&r->tx.vec[r->tx.vecs++], to, ROOM, 0);
	if (from)
		bvec_set_page(&r->source.vec[r->source.vecs++], from, SEAL_PAYLOAD_MAX, 0);
	return to && from ? 0 : -ENOMEM;
}

static int make_record(struct bench_sealer *s, unsigned int i)
{
	struct bench_record *r = &s->record[i];
	int err = get_pages(r);

	r->job.run = seal_record;
	r->source.len = SEAL_PAYLOAD_MAX;
	r->tx.source = &r->source;
	r->tx.type = SEAL_TYPE_APPLICATION_DATA;
	r->tx.payload = SEAL_PAYLOAD_MAX;
	r->tx.epoch.suite = s->tx.epoch.suite;
	s->crew.job[i] = &r->job;
	return err ?: seal_aead_share(&r->tx.epoch.aead, &s->tx.epoch.aead, &r->room);
}

/**
 * bench_sealer_make() - get ready to seal
 * @id: of the suite, as on the wire
 *
 * Return: the sealer, or an ERR_PTR.
 */
struct bench_sealer *bench_sealer_make(u16 id)
{
	struct bench_sealer *s = kvzalloc(sizeof(*s), GFP_KERNEL);
	u8 secret[SEAL_SECRET_SIZE];
	int i, err;

	if (!s)
		return ERR_PTR(-ENOMEM);
	memset(secret, SECRET_BYTE, sizeof(secret));
	seal_crew_start(&s->crew);
	err = seal_epoch_init(&s->tx.epoch, seal_suite_find(id), secret, 0);
	err = err ?: seal_epoch_make_cipher(&s->tx.epoch);
	for (i = 0; i < SEAL_CREW_JOBS && !err; i++)
		err = make_record(s, i);
	if (!err)
		return s;
	bench_sealer_free(s);
	return ERR_PTR(err);
}

static struct bench_record *record_at(const struct bench_sealer *s, unsigned int i)
{
	return container_of(s->crew.job[seal_crew_index(&s->crew, i)],
			    struct bench_record, job);
}

/* The direction's number is the record's. */
static int post(struct bench_sealer *s, unsigned int helpers)
{
	struct bench_record *r = record_at(s, s->crew.count);
	int err;

	s->tx.vec[0] = r->tx.vec[0];
	s->tx.type = r->tx.type;
	s->tx.payload = r->tx.payload;
	err = seal_protect_begin(&s->tx, r->iv);
	if (!err)
		seal_crew_post(&s->crew, helpers);
	return err;
}

/* As parallel.c does, but that a record which is sealed is done with */
static int seal_all(struct bench_sealer *s, size_t records, unsigned int helpers)
{
	int err = 0;

	while (!err && (records || s->crew.count)) {
		struct bench_record *oldest = record_at(s, 0);

		if (s->crew.count && seal_job_done(&oldest->job)) {
			err = oldest->err;
			seal_crew_pop(&s->crew);
		} else if (records && s->crew.count < SEAL_CREW_JOBS) {
			err = post(s, helpers);
			records--;
		} else {
			seal_crew_await(&s->crew, &oldest->job);
		}
	}
	seal_crew_rest(&s->crew);
	return err;
}

/* One record after the other, as without the policy */
static int seal_each(struct bench_sealer *s, size_t records)
{
	struct bench_record *r = &s->record[0];
	int err = 0;

	for (; records && !err; records--) {
		s->tx.vec[0] = r->tx.vec[0];
		s->tx.type = r->tx.type;
		s->tx.payload = r->tx.payload;
		err = seal_protect_begin(&s->tx, r->iv) ?:
		      seal_protect_text(&r->tx, r->iv);
		r = r == &s->record[SEAL_CREW_JOBS - 1] ? &s->record[0] : r + 1;
	}
	return err;
}

/**
 * bench_sealer_run() - seal so many records on one CPU, and then on all
 * @s:		who seals
 * @records:	how many
 * @spent:	the ticks of both are added to it
 *
 * Return: 1, or an error.
 */
int bench_sealer_run(struct bench_sealer *s, size_t records, u64 *spent)
{
	unsigned int helpers = min_t(unsigned int, num_online_cpus() - 1, SEAL_HELPERS);
	u64 begin = bench_ticks();
	int err;

	err = seal_each(s, records);
	spent[0] += bench_since(begin);
	if (err)
		return err;
	begin = bench_ticks();
	err = seal_all(s, records, helpers);
	spent[1] += bench_since(begin);
	return err ?: 1;
}

static void free_record(struct bench_record *r)
{
	if (r->tx.vecs)
		put_page(r->tx.vec[0].bv_page);
	if (r->source.vecs)
		put_page(r->source.vec[0].bv_page);
	seal_aead_unshare(&r->tx.epoch.aead);
}

/**
 * bench_sealer_free() - undo bench_sealer_make()
 * @s: from there, or NULL
 */
void bench_sealer_free(struct bench_sealer *s)
{
	int i;

	if (!s)
		return;
	seal_crew_stop(&s->crew);
	for (i = 0; i < SEAL_CREW_JOBS; i++)
		free_record(&s->record[i]);
	seal_epoch_release(&s->tx.epoch);
	kvfree(s);
}
