/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Private header of the module, the part about several CPUs for one connection: jobs,
 * who does them, and the records of one call that are sealed, or opened, at the same
 * time.
 */
#ifndef _NET_SOCKSEAL_CREW_H
#define _NET_SOCKSEAL_CREW_H

#include <linux/atomic.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <uapi/linux/sockseal.h>

struct iov_iter;
struct msghdr;
struct seal_plain;
struct seal_rx;
struct seal_sock;
struct seal_tx;
struct sock;

/* All CPUs that work for a connection but the one that has posted the jobs */
#define SEAL_HELPERS	(SEAL_CPUS_MAX - 1)

/* Jobs that are posted at the same time: two for each CPU, so that none waits for one */
#define SEAL_CREW_JOBS	(2 * SEAL_CPUS_MAX)

/**
 * struct seal_job - something that any CPU can do
 * @cpu:	that has done it
 * @done:	it was done
 * @run:	does it; in process context, with no lock, perhaps in a kernel thread
 */
struct seal_job {
	int			cpu;
	bool			done;
	void			(*run)(struct seal_job *job);
};

struct seal_crew;

/**
 * struct seal_helper - a CPU that looks for jobs
 * @work:	does so until there are none
 * @crew:	whose
 * @busy:	it was queued, and has not come to an end; a hint
 */
struct seal_helper {
	struct work_struct	work;
	struct seal_crew	*crew;
	bool			busy;
};

/**
 * struct seal_crew - jobs and helpers: a ring, of which the one who posts them knows
 *		      how far he is, and all of them, what was begun
 * @first:	in @job, the oldest job that is in use
 * @count:	how many are in use from there on, begun, done or not
 * @job:	all jobs there are, or NULL; they stay until seal_crew_stop()
 * @helper:	for all other CPUs
 * @posted:	jobs so far; the next one is in @job[@posted % SEAL_CREW_JOBS]
 * @taken:	of them, begun: each by who has made it one more
 * @waiting:	helpers that have nothing to do and look at @posted
 * @working:	there may be more jobs soon
 * @asleep:	who posts the jobs sleeps until one is done
 * @wake:	for that
 */
struct seal_crew {
	unsigned int		first;
	unsigned int		count;
	struct seal_job		*job[SEAL_CREW_JOBS];
	struct seal_helper	helper[SEAL_HELPERS];
	u32			posted;
	atomic_t		taken;
	atomic_t		waiting;
	bool			working;
	bool			asleep;
	wait_queue_head_t	wake;
};

/* crew.c */
void seal_crew_start(struct seal_crew *crew);
void seal_crew_post(struct seal_crew *crew, unsigned int helpers);
bool seal_crew_work(struct seal_crew *crew);
void seal_crew_await(struct seal_crew *crew, struct seal_job *job);
void seal_crew_drop(struct seal_crew *crew, unsigned int jobs);
void seal_crew_rest(struct seal_crew *crew);
void seal_crew_stop(struct seal_crew *crew);
int seal_crew_init(void);
void seal_crew_exit(void);

/* Then its results are there. */
static inline bool seal_job_done(const struct seal_job *job)
{
	/* pairs with run() in crew.c */
	return smp_load_acquire(&job->done);
}

/* Where in @job the one is that was posted @i jobs after the oldest one in use */
static inline unsigned int seal_crew_index(const struct seal_crew *crew,
					   unsigned int i)
{
	return (crew->first + i) % SEAL_CREW_JOBS;
}

/* The oldest job, which is done, is not in use any more. */
static inline void seal_crew_pop(struct seal_crew *crew)
{
	crew->first = seal_crew_index(crew, 1);
	crew->count--;
}

/* parallel.c */
u8 seal_parallel_cpus(u32 wanted);
bool seal_parallel_ready(struct seal_tx *tx);
int seal_parallel_send(struct sock *sk, struct msghdr *msg);
bool seal_parallel_load(struct seal_tx *tx);
size_t seal_parallel_unsent(const struct seal_tx *tx);
void seal_parallel_release(struct seal_tx *tx);

/* ahead.c */
bool seal_ahead_open(struct sock *sk, const struct iov_iter *to, size_t len,
		     struct seal_plain *plain);
bool seal_ahead_busy(const struct seal_rx *rx);
void seal_ahead_stop(struct seal_rx *rx);
void seal_ahead_release(struct seal_rx *rx);

#endif /* _NET_SOCKSEAL_CREW_H */
