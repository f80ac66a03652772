// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A request enters by a write to the file "sockseal_bench" of debugfs:
 *
 *	WORK SIZE SUITE ROUNDS MEMORY WAY
 *
 * where WAY may be "all"; the rows of the result leave by reading from the same open
 * file, one JSON object on each line.
 */
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/version.h>

#include "bench.h"
#include "crew.h"
#include "keys.h"

#define WORD	24
#define WORDS	"%23s"

/* A word of each kind */
struct request {
	char work[WORD], suite[WORD], kind[WORD], way[WORD];
};

static struct dentry *file;

static int parse(char *text, struct request *request, struct bench_run *run)
{
	if (sscanf(text, WORDS " %u " WORDS " %u " WORDS " " WORDS, request->work,
		   &run->size, request->suite, &run->rounds, request->kind,
		   request->way) != 6)
		return -EINVAL;
	run->kind = request->kind;
	run->work = bench_work_find(request->work);
	run->suite = bench_suite_find(request->suite);
	run->only = bench_way_find(request->way);
	if (!run->work || !run->suite || !run->rounds || !run->size ||
	    run->size > run->work->most ||
	    (!run->only && strcmp(request->way, "all")))
		return -EINVAL;
	return 0;
}

static size_t print_row(char *at, size_t room, const struct bench_run *run, int i,
			int side)
{
	const u64 *samples = run->samples[i][side];

	return scnprintf(at, room,
			 "{\"rig\":\"native\",\"kernel\":\"%d.%d\",\"work\":\"%s\","
			 "\"size\":%u,\"suite\":\"%s\",\"way\":\"%s\",\"value\":%llu,"
			 "\"low\":%llu,\"high\":%llu,\"unit\":\"ns\",\"runs\":%u}\n",
			 LINUX_VERSION_MAJOR, LINUX_VERSION_PATCHLEVEL,
			 run->work->sides[side], run->size, run->suite->name,
			 bench_way_at(i)->name,
			 bench_clock_ns(samples[run->rounds / 2]),
			 bench_clock_ns(samples[run->rounds / 4]),
			 bench_clock_ns(samples[run->rounds * 3 / 4]), run->rounds);
}

static size_t print_rows(char *text, const struct bench_run *run)
{
	size_t len = 0;
	int i, side;

	for (side = 0; side < BENCH_SIDES; side++)
		for (i = 0; i < BENCH_WAYS; i++)
			if (run->samples[i][side])
				len += print_row(text + len,
						 SIMPLE_TRANSACTION_LIMIT - len, run,
						 i, side);
	return len;
}

static int serve(char *text, size_t *len)
{
	struct bench_run *run = kzalloc_obj(*run);
	struct request request;
	int err;

	if (!run)
		return -ENOMEM;
	err = parse(text, &request, run);
	if (!err) {
		err = bench_rounds(run);
		if (!err)
			*len = print_rows(text, run);
		bench_rounds_free(run);
	}
	kfree(run);
	return err;
}

static ssize_t take_request(struct file *opened, const char __user *buf, size_t size,
			    loff_t *pos)
{
	char *text = simple_transaction_get(opened, buf, size);
	size_t len = 0;
	int err;

	if (IS_ERR(text))
		return PTR_ERR(text);
	err = serve(text, &len);
	if (err)
		return err;
	simple_transaction_set(opened, len);
	return size;
}

static const struct file_operations operations = {
	.owner = THIS_MODULE,
	.write = take_request,
	.read = simple_transaction_read,
	.release = simple_transaction_release,
};

static int __init bench_init(void)
{
	int err = seal_crew_init();

	if (err)
		return err;
	file = debugfs_create_file_unsafe("sockseal_bench", 0600, NULL, NULL, &operations);
	if (!IS_ERR(file))
		return 0;
	seal_crew_exit();
	return PTR_ERR(file);
}

static void __exit bench_exit(void)
{
	debugfs_remove(file);
	seal_crew_exit();
	seal_spare_exit();
	seal_crypto_exit();
}

module_init(bench_init);
module_exit(bench_exit);
MODULE_LICENSE("Dual MIT/GPL");
MODULE_DESCRIPTION("What TCP sockets cost, plain and sealed");
