// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The words of life.h enter, a sealed socket leaves; and, when all is over, what the
 * kernel knows about it.  UPDATE_RECORDS and TRUNCATION_EOF in the environment are
 * its policy.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <linux/sockseal.h>
#include <sockseal.h>

#include "life.h"

static struct seal_config *make_config(char **words)
{
	bool client = is_client(words);
	struct seal_config *cfg = seal_config_new(client ? SEAL_CLIENT : SEAL_SERVER);
	int error;

	if (!cfg)
		errx(EXIT_FAILURE, "no memory");
	if (client)
		error = seal_config_set_ca_file(cfg, words[FIRST]);
	else
		error = seal_config_set_certificate(cfg, words[FIRST], words[SECOND]);
	if (error)
		errx(EXIT_FAILURE, "%s", seal_config_error(cfg));
	return cfg;
}

/* What an administrator would have set, and not the program */
static void set_policy(int fd)
{
	const char *records = getenv("UPDATE_RECORDS");
	struct seal_policy policy = {
		.update_records	= records ? strtoul(records, NULL, 10) : 0,
		.flags		= getenv("TRUNCATION_EOF") ? SEAL_POLICY_TRUNCATION_EOF : 0,
	};

	if (setsockopt(fd, SOL_SOCKSEAL, SEAL_POLICY, &policy, sizeof(policy)))
		die("SEAL_POLICY");
}

int sealed_open(char **words)
{
	struct seal_config *cfg = make_config(words);
	int fd = tcp_open(words), error;

	error = is_client(words) ? seal_connect(fd, cfg, "localhost") :
				   seal_accept(fd, cfg);
	if (error)
		errx(EXIT_FAILURE, "handshake: %s", seal_strerror(error));
	seal_config_unref(cfg);
	set_policy(fd);
	return fd;
}

/* One line on standard error */
void sealed_tell(int fd)
{
	struct seal_info info;
	socklen_t len = sizeof(info);

	if (getsockopt(fd, SOL_SOCKSEAL, SEAL_INFO, &info, &len))
		die("SEAL_INFO");
	fprintf(stderr, "sent generation %u, received generation %u, %s\n",
		info.tx.generation, info.rx.generation,
		info.state & SEAL_STATE_TRUNCATED ? "truncated" : "not truncated");
}
