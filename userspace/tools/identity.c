// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * --cert and --key enter, as often as they are given; pairs in a configuration leave.
 */
#include <argp.h>

#include "sockseal.h"
#include "tools.h"

static void add(struct argp_state *state, const char *option,
		const char **list, size_t *count, const char *path)
{
	if (*count == MAX_IDENTITIES)
		argp_error(state, "--%s: at most %d times", option,
			   MAX_IDENTITIES);
	list[(*count)++] = path;
}

void identities_add_cert(struct argp_state *state, struct identities *all,
			 const char *path)
{
	add(state, "cert", all->cert, &all->certs, path);
}

void identities_add_key(struct argp_state *state, struct identities *all,
			const char *path)
{
	add(state, "key", all->key, &all->keys, path);
}

void identities_check(struct argp_state *state, const struct identities *all)
{
	if (all->certs != all->keys)
		argp_error(state, "--cert and --key go together: as many of the "
			   "one as of the other");
}

int identities_load(const struct identities *all, struct seal_config *cfg)
{
	int err = 0;

	for (size_t i = 0; i < all->certs && !err; i++)
		err = seal_config_add_certificate(cfg, all->cert[i],
						  all->key[i]);
	return err;
}
