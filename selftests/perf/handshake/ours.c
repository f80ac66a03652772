// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * libsockseal, with what it does by default.
 */
#include <err.h>
#include <stdlib.h>

#include <sockseal.h>

#include "bench.h"

/* By side, and whether the server sends a ticket */
static struct seal_config *configs[2][2];

static struct seal_config *new_config(enum seal_side side)
{
	struct seal_config *cfg = seal_config_new(side);

	if (!cfg)
		errx(EXIT_FAILURE, "no memory");
	return cfg;
}

static void check(const struct seal_config *cfg, int error)
{
	if (error)
		errx(EXIT_FAILURE, "%s", seal_config_error(cfg));
}

static void prepare(const struct bench_files *files)
{
	int tickets;

	for (tickets = 0; tickets < 2; tickets++) {
		struct seal_config *client = new_config(SEAL_CLIENT);
		struct seal_config *server = new_config(SEAL_SERVER);

		check(client, seal_config_set_ca_file(client, files->ca));
		check(server, seal_config_set_certificate(server, files->chain,
							  files->key));
		check(server, seal_config_set_tickets(server, tickets, 0));
		configs[BENCH_CLIENT][tickets] = client;
		configs[BENCH_SERVER][tickets] = server;
	}
}

static void *open_end(enum bench_side side, bool ticket)
{
	struct seal_conn *conn;
	const char *name = side == BENCH_CLIENT ? BENCH_NAME : NULL;

	return seal_conn_new(configs[side][ticket], name, &conn) ? NULL : conn;
}

static int feed(void *conn, const uint8_t *data, size_t len)
{
	size_t used;
	int ret = seal_conn_feed(conn, data, len, &used);

	if (ret < 0)
		warnx("sockseal: %s", seal_conn_error(conn));
	return ret < 0 ? -1 : !ret;
}

static size_t drain(void *conn, uint8_t *data)
{
	return seal_conn_drain(conn, data, BENCH_FLIGHT);
}

static void close_end(void *conn)
{
	seal_conn_free(conn);
}

const struct bench_library bench_ours = {
	.name = "ours",
	.prepare = prepare,
	.open = open_end,
	.feed = feed,
	.drain = drain,
	.close = close_end,
};
