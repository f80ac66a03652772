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
#include <linux/slab.h>

#include "seal.h"

static struct workqueue_struct *queue;

static void run(struct seal_job *job)
{
	job->cpu = raw_smp_processor_id();
	job->run(job);
	/* pairs with seal_job_done(), and with the wait: the results are there */
	complete_all(&job->done);
}

/* Nobody else runs the job that this returns. */
static struct seal_job *claim(struct seal_crew *crew)
{
	unsigned int i, first = READ_ONCE(crew->first);

	for (i = 0; i < SEAL_CREW_JOBS; i++) {
		struct seal_job *job = READ_ONCE(crew->job[(first + i) %
							   SEAL_CREW_JOBS]);

		/* an acquire: pairs with the release in seal_crew_post() */
		if (job && atomic_read(&job->open) &&
		    atomic_cmpxchg(&job->open, 1, 0) == 1)
			return job;
	}
	return NULL;
}

/*
 * That a job is posted right before a helper goes to sleep, and does not wake it, does
 * no harm: somebody else does it.
 */
static void help(struct work_struct *work)
{
	struct seal_helper *helper = container_of(work, struct seal_helper, work);
	struct seal_job *job;

	while ((job = claim(helper->crew)))
		run(job);
	WRITE_ONCE(helper->busy, false);
}

/**
 * seal_crew_start() - get helpers ready
 * @crew: zeroed
 */
void seal_crew_start(struct seal_crew *crew)
{
	int i;

	for (i = 0; i < SEAL_HELPERS; i++) {
		INIT_WORK(&crew->helper[i].work, help);
		crew->helper[i].crew = crew;
	}
}

/**
 * seal_crew_post() - a job is to be done
 * @crew:	which no one else posts to at the same time
 * @job:	in crew->job, with seal_job.run and all that this needs
 * @helpers:	how many CPUs may help, at most SEAL_HELPERS
 *
 * Context: process.
 */
void seal_crew_post(struct seal_crew *crew, struct seal_job *job,
		    unsigned int helpers)
{
	unsigned int i;

	reinit_completion(&job->done);
	/* pairs with claim(): who finds it open finds all of it */
	atomic_set_release(&job->open, 1);
	for (i = 0; i < helpers; i++) {
		if (READ_ONCE(crew->helper[i].busy))
			continue;
		WRITE_ONCE(crew->helper[i].busy, true);
		queue_work(queue, &crew->helper[i].work);
		return;
	}
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

	if (job)
		run(job);
	return job;
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
		if (!seal_crew_work(crew))
			wait_for_completion(&job->done);
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
