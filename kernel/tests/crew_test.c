// SPDX-License-Identifier: GPL-2.0
/*
 * crew.c: jobs enter; each must be done once, whoever does it, and be done when it was
 * waited for.
 */
#include "tests.h"

#define ROUNDS	2000

/**
 * struct count - a job that counts
 * @job:	done by seal_crew_work() or by a helper
 * @runs:	how often it was done; no atomic, for nobody does it twice
 */
struct count {
	struct seal_job	job;
	unsigned int	runs;
};

struct jobs {
	struct seal_crew	crew;
	struct count		count[SEAL_CREW_JOBS];
};

static void count_run(struct seal_job *job)
{
	container_of(job, struct count, job)->runs++;
}

static void stop(void *crew)
{
	seal_crew_stop(crew);
}

static struct jobs *make_jobs(struct kunit *test)
{
	struct jobs *jobs = kunit_kzalloc(test, sizeof(*jobs), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, jobs);
	seal_crew_start(&jobs->crew);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, stop, &jobs->crew));
	for (i = 0; i < SEAL_CREW_JOBS; i++) {
		jobs->count[i].job.run = count_run;
		jobs->crew.job[i] = &jobs->count[i].job;
	}
	return jobs;
}

/* So the caller does all of it. */
static void nobody_helps(struct kunit *test)
{
	struct jobs *jobs = make_jobs(test);
	int i;

	KUNIT_EXPECT_FALSE(test, seal_crew_work(&jobs->crew));
	for (i = 0; i < SEAL_CREW_JOBS; i++) {
		seal_crew_post(&jobs->crew, 0);
		KUNIT_EXPECT_FALSE(test, seal_job_done(jobs->crew.job[i]));
	}
	for (i = 0; i < SEAL_CREW_JOBS; i++) {
		KUNIT_EXPECT_TRUE(test, seal_crew_work(&jobs->crew));
		KUNIT_EXPECT_TRUE(test, seal_job_done(jobs->crew.job[i]));
		KUNIT_EXPECT_EQ(test, 1, jobs->count[i].runs);
	}
	KUNIT_EXPECT_FALSE(test, seal_crew_work(&jobs->crew));
}

/* The oldest one first, wherever the ring begins */
static void oldest_job_comes_first(struct kunit *test)
{
	struct jobs *jobs = make_jobs(test);
	int i, next;

	for (i = 0; i < SEAL_CREW_JOBS - 2; i++) {
		seal_crew_post(&jobs->crew, 0);
		seal_crew_work(&jobs->crew);
		seal_crew_pop(&jobs->crew);
	}
	for (i = 0; i < 4; i++)
		seal_crew_post(&jobs->crew, 0);
	for (i = 0; i < 4; i++) {
		seal_crew_work(&jobs->crew);
		next = seal_crew_index(&jobs->crew, i);
		KUNIT_EXPECT_TRUE(test, seal_job_done(jobs->crew.job[next]));
	}
}

/* Every other time, helpers get a chance to come first. */
static void each_job_is_done_once(struct kunit *test)
{
	struct jobs *jobs = make_jobs(test);
	int i, round;

	for (round = 0; round < ROUNDS; round++) {
		for (i = 0; i < SEAL_CREW_JOBS; i++)
			seal_crew_post(&jobs->crew, round % (SEAL_HELPERS + 1));
		if (round % 2)
			cond_resched();
		while (seal_crew_work(&jobs->crew))
			;
		for (i = 0; i < SEAL_CREW_JOBS; i++)
			seal_crew_await(&jobs->crew, jobs->crew.job[i]);
		while (jobs->crew.count)
			seal_crew_pop(&jobs->crew);
	}
	for (i = 0; i < SEAL_CREW_JOBS; i++)
		KUNIT_EXPECT_EQ(test, ROUNDS, jobs->count[i].runs);
}

/* Those that stay keep their places, and the next one gets the first that is free. */
static void dropped_jobs_are_not_done_again(struct kunit *test)
{
	struct jobs *jobs = make_jobs(test);
	int i;

	for (i = 0; i < 5; i++)
		seal_crew_post(&jobs->crew, SEAL_HELPERS);
	for (i = 0; i < 5; i++)
		seal_crew_await(&jobs->crew, jobs->crew.job[i]);
	seal_crew_drop(&jobs->crew, 3);
	KUNIT_EXPECT_EQ(test, 2, jobs->crew.count);
	KUNIT_EXPECT_FALSE(test, seal_crew_work(&jobs->crew));
	seal_crew_post(&jobs->crew, 0);
	seal_crew_await(&jobs->crew, jobs->crew.job[2]);
	for (i = 0; i < 5; i++)
		KUNIT_EXPECT_EQ(test, i == 2 ? 2 : 1, jobs->count[i].runs);
}

/* A helper that comes when all is done finds nothing, and can be stopped. */
static void late_helper_finds_nothing(struct kunit *test)
{
	struct jobs *jobs = make_jobs(test);

	seal_crew_post(&jobs->crew, SEAL_HELPERS);
	seal_crew_work(&jobs->crew);
	seal_crew_await(&jobs->crew, jobs->crew.job[0]);
	seal_crew_stop(&jobs->crew);
	KUNIT_EXPECT_EQ(test, 1, jobs->count[0].runs);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(nobody_helps),
	KUNIT_CASE(oldest_job_comes_first),
	KUNIT_CASE(each_job_is_done_once),
	KUNIT_CASE(dropped_jobs_are_not_done_again),
	KUNIT_CASE(late_helper_finds_nothing),
	{}
};

static struct kunit_suite suite = {
	.name = "sockseal_crew",
	.test_cases = cases,
};

kunit_test_suite(suite);
