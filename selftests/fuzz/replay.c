// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The seeds of a target and the files of its corpus enter; a line of TAP leaves with how
 * many there were.  In the place of libFuzzer, so that any compiler will do.
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"

#define INPUT_MAX	(1 << 20)

/* The input to look at if the program dies; of the sanitizers' runtime, if there is one */
static const char *running = "a seed";
void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

static void name_input(void)
{
	dprintf(STDERR_FILENO, "# died of %s\n", running);
}

static void on_abort(int signal)
{
	(void)signal;
	name_input();
}

static void watch(void)
{
	signal(SIGABRT, on_abort);
	if (__sanitizer_set_death_callback)
		__sanitizer_set_death_callback(name_input);
}

/* A copy to the byte: the sanitizer sees what is read behind it */
static void run_copy(const uint8_t *data, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);

	FUZZ_CHECK(copy);
	if (len)
		memcpy(copy, data, len);
	LLVMFuzzerTestOneInput(copy, len);
	free(copy);
}

static size_t run_seeds(void)
{
	struct seal_buf seed = { 0 };
	size_t n;

	for (n = 0; fuzz_seed(n, &seed); n++) {
		run_copy(seed.data, seed.len);
		seal_buf_free(&seed);
	}
	return n;
}

static bool is_input(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void run_file(int folder, const char *name)
{
	static uint8_t data[INPUT_MAX];
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? -1 : read(fd, data, sizeof(data));

	FUZZ_CHECK(len >= 0);
	running = name;
	run_copy(data, len);
	close(fd);
}

/* By name, so that each run is like the one before */
static size_t run_corpus(const char *path)
{
	struct dirent **entries;
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int count = scandir(path, &entries, NULL, alphasort);
	size_t run = 0;

	for (int i = 0; i < count; i++) {
		if (is_input(entries[i])) {
			run_file(fd, entries[i]->d_name);
			run++;
		}
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	close(fd);
	return run;
}

/* For the corpus: one file for each seed, by name of its number */
static int write_seeds(const char *path)
{
	struct seal_buf seed = { 0 };
	char name[4096];
	FILE *file;

	for (size_t n = 0; fuzz_seed(n, &seed); n++) {
		snprintf(name, sizeof(name), "%s/seed-%zu", path, n);
		file = fopen(name, "w");
		FUZZ_CHECK(file && fwrite(seed.data, 1, seed.len, file) == seed.len);
		fclose(file);
		seal_buf_free(&seed);
	}
	return 0;
}

int main(int argc, char **argv)
{
	size_t seeds, files = 0;
	bool ends;

	if (argc == 3 && !strcmp(argv[1], "--write-seeds"))
		return write_seeds(argv[2]);
	watch();
	seeds = run_seeds();
	ends = !fuzz_seeds_reach_end || fuzz_ends >= seeds;
	for (int i = 1; i < argc; i++)
		files += run_corpus(argv[i]);
	printf("%s 1 - takes %zu valid inputs%s\n", ends && seeds ? "ok" : "not ok", seeds,
	       fuzz_seeds_reach_end ? " to the end of the handshake" : "");
	printf("%s 2 - survives %zu inputs\n", files ? "ok" : "not ok", files);
	printf("1..2\n");
	return !(ends && seeds && files);
}
