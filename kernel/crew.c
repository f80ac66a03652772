// SPDX-License-Identifier: GPL-2.0
/*
 * Jobs enter, and are done by other CPUs and by who has posted them, whoever comes
 * first; done jobs leave in any order.
 *
 * Who posts a job never waits for one that nobody has begun: it does that itself.  So a
 * crew whose helpers get no CPU is slow, and nothing else.  A helper runs in a thread of
 * the kernel that has nothing of the program: no memory, no lock, no socket.  All that a
 * job may touch is what hangs on the job.
 */
#include <linux/cpumask.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/slab.h>

#include "seal.h"

/* How long a helper waits for a job before it goes, in ns: some jobs */
#define WAIT_NS		50000

static struct workqueue_struct *queue;

static void run(struct seal_crew *crew, struct seal_job *job)
{
	job->cpu = raw_smp_processor_id();
	job->run(job);
	/* pairs with seal_job_done() */
	smp_store_release(&job->done, true);
	smp_mb();	/* pairs with sleep_until(): one of us sees the other */
	if (READ_ONCE(crew->asleep))
		wake_up(&crew->wake);
}

/* Is there a job that nobody has begun?  The number of it is in @next. */
static bool find_job(const struct seal_crew *crew, u32 *next)
{
	*next = atomic_read(&crew->taken);
	/* pairs with seal_crew_post(): who finds a job finds all of it */
	return (s32)(smp_load_acquire(&crew->posted) - *next) > 0;
}

/* Nobody else runs the job that this returns. */
static struct seal_job *claim(struct seal_crew *crew)
{
	u32 next;

	while (find_job(crew, &next))
		if (atomic_cmpxchg(&crew->taken, next, next + 1) == next)
			return crew->job[next % SEAL_CREW_JOBS];
	return NULL;
}

/*
 * To wake a helper takes longer than many a job.  So it waits for the next one, as long
 * as that may come soon and nobody else wants the CPU.
 * Return: true if there is one.
 */
static bool wait_for_job(struct seal_crew *crew)
{
	u64 end = local_clock() + WAIT_NS;
	bool found;
	u32 next;

	atomic_inc(&crew->waiting);
	while (!(found = find_job(crew, &next)) && READ_ONCE(crew->working) &&
	       !need_resched() && local_clock() < end)
		cpu_relax();
	atomic_dec(&crew->waiting);
	return found;
}

/*
 * That a job is posted right before a helper goes to sleep, and does not wake it, does
 * no harm: somebody else does it.
 */
static void help(struct work_struct *work)
{
	struct seal_helper *helper = container_of(work, struct seal_helper, work);
	struct seal_job *job;

	do {
		while ((job = claim(helper->crew)))
			run(helper->crew, job);
	} while (wait_for_job(helper->crew));
	WRITE_ONCE(helper->busy, false);
}

/**
 * seal_crew_start() - get helpers ready
 * @crew: zeroed
 */
void seal_crew_start(struct seal_crew *crew)
{
	int i;

	init_waitqueue_head(&crew->wake);
	for (i = 0; i < SEAL_HELPERS; i++) {
		INIT_WORK(&crew->helper[i].work, help);
		crew->helper[i].crew = crew;
	}
}

/* Any CPU near that one: a work queue that may choose stays near the caller's. */
static unsigned int cpu_after(unsigned int cpu)
{
	cpu = cpumask_next(cpu, cpu_online_mask);
	return cpu < nr_cpu_ids ? cpu : cpumask_first(cpu_online_mask);
}

/* Unless a helper that waits will find the job, wake one that does not. */
static void wake_helper(struct seal_crew *crew, unsigned int helpers)
{
	unsigned int i, cpu = raw_smp_processor_id();

	if (atomic_read(&crew->waiting))
		return;
	for (i = 0; i < helpers; i++) {
		cpu = cpu_after(cpu);
		if (READ_ONCE(crew->helper[i].busy))
			continue;
		WRITE_ONCE(crew->helper[i].busy, true);
		queue_work_on(cpu, queue, &crew->helper[i].work);
		return;
	}
}

/**
 * seal_crew_post() - a job is to be done
 * @crew:	which no one else posts to at the same time; the job is the next one of
 *		its ring, with seal_job.run and all that this needs, and is in use now
 * @helpers:	how many CPUs may help, at most SEAL_HELPERS
 *
 * Context: process.
 */
void seal_crew_post(struct seal_crew *crew, unsigned int helpers)
{
	crew->job[crew->posted % SEAL_CREW_JOBS]->done = false;
	crew->count++;
	WRITE_ONCE(crew->working, true);
	/* pairs with find_job() */
	smp_store_release(&crew->posted, crew->posted + 1);
	wake_helper(crew, helpers);
}

/**
 * seal_crew_work() - do a job that nobody has begun, the one that was posted first
 * @crew: which only the caller posts to
 *
 * Context: process; whatever the jobs want.
 * Return: false if there is none.
 */
bool seal_crew_work(struct seal_crew *crew)
{
	struct seal_job *job = claim(crew);

	if (!job)
		return false;
	run(crew, job);
	return true;
}

/* Is it done soon?  To sleep, and be woken, takes longer than many a job. */
static bool is_done_soon(struct seal_job *job)
{
	u64 end = local_clock() + WAIT_NS;

	while (!seal_job_done(job)) {
		if (need_resched() || local_clock() >= end)
			return false;
		cpu_relax();
	}
	return true;
}

static void sleep_until(struct seal_crew *crew, struct seal_job *job)
{
	WRITE_ONCE(crew->asleep, true);
	smp_mb();	/* pairs with run() */
	wait_event(crew->wake, seal_job_done(job));
	WRITE_ONCE(crew->asleep, false);
}

/**
 * seal_crew_await() - do jobs that nobody has begun until one is done
 * @crew:	which only the caller posts to
 * @job:	that one; it was posted
 *
 * Context: process, sleeps.
 */
void seal_crew_await(struct seal_crew *crew, struct seal_job *job)
{
	while (!seal_job_done(job))
		if (!seal_crew_work(crew) && !is_done_soon(job))
			sleep_until(crew, job);
}

/**
 * seal_crew_drop() - the last jobs are not in use any more
 * @crew:	which only the caller posts to, and whose jobs are all done
 * @jobs:	how many of them
 *
 * The next job stands where the first of them stood.  Numbers do not come again, for a
 * helper may look at an old one.
 */
void seal_crew_drop(struct seal_crew *crew, unsigned int jobs)
{
	u32 next = crew->posted + SEAL_CREW_JOBS - jobs % SEAL_CREW_JOBS;

	crew->count -= jobs;
	atomic_set(&crew->taken, next);
	/* pairs with find_job(): none is found in between */
	smp_store_release(&crew->posted, next);
}

/**
 * seal_crew_rest() - no job is to be expected soon
 * @crew: which only the caller posts to
 */
void seal_crew_rest(struct seal_crew *crew)
{
	WRITE_ONCE(crew->working, false);
}

/**
 * seal_crew_stop() - no helper looks at the crew any more
 * @crew: whose jobs are all done
 *
 * Context: process, sleeps, but not for long: there is nothing left to do for a helper.
 */
void seal_crew_stop(struct seal_crew *crew)
{
	int i;

	seal_crew_rest(crew);
	for (i = 0; i < SEAL_HELPERS; i++)
		cancel_work_sync(&crew->helper[i].work);
}

/**
 * seal_crew_init() - make the work queue
 *
 * Its threads have no higher priority than others: any program may ask for helpers.
 * Sockets may be closed by who frees memory, so it must not need any.
 *
 * Return: 0 or -ENOMEM.
 */
int seal_crew_init(void)
{
	queue = alloc_workqueue("%s_crew", WQ_UNBOUND | WQ_MEM_RECLAIM | WQ_SYSFS,
				0, KBUILD_MODNAME);
	return queue ? 0 : -ENOMEM;
}

/** seal_crew_exit() - the last sealed socket is gone, and its helpers with it */
void seal_crew_exit(void)
{
	destroy_workqueue(queue);
}
