// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The command line enters; the command it names runs, and its exit status leaves.
 */
#include <argp.h>
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct command {
	const char *name;
	const char *summary;
	int (*run)(int argc, char **argv);
};

static const struct command commands[] = {
	{ "serve", "serve a directory over HTTPS, bodies by sendfile()",
	  cmd_serve },
	{ "connect", "copy stdin to a TLS server and the server to stdout",
	  cmd_connect },
	{ "bench", "measure what sealing costs, beside the other ways to do it",
	  cmd_bench },
	{ "status", "say what the kernel module is and has done", cmd_status },
};

static void print_help(FILE *out)
{
	size_t i;

	fputs("Usage: sockseal COMMAND [OPTION...]\n"
	      "TLS on plain sockets: handshake here, records in the kernel.\n\n",
	      out);
	for (i = 0; i < COUNT(commands); i++)
		fprintf(out, "  %-10s %s\n", commands[i].name,
			commands[i].summary);
	fputs("\n`sockseal COMMAND --help' lists the options of a command, "
	      "`man sockseal' tells more.\n", out);
}

static const struct command *find_command(const char *name)
{
	size_t i;

	for (i = 0; i < COUNT(commands); i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

static int run_command(const struct command *command, int argc, char **argv)
{
	char name[64];

	snprintf(name, sizeof(name), "sockseal %s", command->name);
	argv[0] = name;
	return command->run(argc, argv);
}

static int run_main_option(const char *option)
{
	if (!strcmp(option, "--help"))
		print_help(stdout);
	else if (!strcmp(option, "--version"))
		puts(argp_program_version);
	else
		return EXIT_USAGE;
	return EXIT_SUCCESS;
}

/* A full disk must not look like success */
static int finish(int status)
{
	if (fflush(stdout) == EOF || ferror(stdout)) {
		warn("stdout");
		return EXIT_FAILED;
	}
	return status;
}

int main(int argc, char **argv)
{
	const struct command *command;

	signal(SIGPIPE, SIG_IGN);
	argp_program_version = "sockseal " SOCKSEAL_VERSION;
	argp_err_exit_status = EXIT_USAGE;
	if (argc < 2) {
		print_help(stderr);
		return EXIT_USAGE;
	}
	command = find_command(argv[1]);
	if (command)
		return finish(run_command(command, argc - 1, argv + 1));
	if (run_main_option(argv[1]) == EXIT_SUCCESS)
		return finish(EXIT_SUCCESS);
	warnx("unknown %s '%s': `sockseal --help' lists the commands",
	      argv[1][0] == '-' ? "option" : "command", argv[1]);
	return EXIT_USAGE;
}
