// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * What the application wants of early data enters, checked; the register that all
 * connections of a server share leaves.
 */
#include "private.h"

#define EARLY_MAX	1048576		/* bytes */
#define WINDOW_DEFAULT	10000		/* ms (RFC 8446 8.3) */
#define WINDOW_MAX	3600000
#define ENTRIES_DEFAULT	16384
#define ENTRIES_MAX	1048576

void seal_config_init_early(struct seal_config *cfg)
{
	cfg->early.window = WINDOW_DEFAULT;
	cfg->early.entries = ENTRIES_DEFAULT;
}

/* Only a server that takes early data pays for a register */
static int renew(struct seal_config *cfg)
{
	struct seal_early_policy *policy = &cfg->early;

	seal_replay_free(policy->replay);
	policy->replay = NULL;
	if (!policy->max)
		return 0;
	policy->replay = seal_replay_new(policy->window, policy->entries,
					 seal_session_now());
	if (policy->replay)
		return 0;
	policy->max = 0;
	return seal_config_fail(cfg, SEAL_E_NOMEM, "no memory for %zu ClientHellos",
				policy->entries);
}

int seal_config_set_early_data(struct seal_config *cfg, uint32_t max)
{
	int err = seal_config_begin_side(cfg, SEAL_SERVER);

	if (err)
		return err;
	if (max > EARLY_MAX)
		return seal_config_fail(cfg, SEAL_E_INVALID,
					"more than %u bytes of early data", EARLY_MAX);
	cfg->early.max = max;
	return renew(cfg);
}

int seal_config_set_replay(struct seal_config *cfg, uint32_t window, size_t entries)
{
	int err = seal_config_begin_side(cfg, SEAL_SERVER);

	if (err)
		return err;
	if (!window || window > WINDOW_MAX || !entries || entries > ENTRIES_MAX)
		return seal_config_fail(cfg, SEAL_E_INVALID,
					"a window has 1 to %u ms, and 1 to %u ClientHellos",
					WINDOW_MAX, ENTRIES_MAX);
	cfg->early.window = window;
	cfg->early.entries = entries;
	return renew(cfg);
}

int seal_config_set_replay_callback(struct seal_config *cfg, seal_replay_fn callback,
				    void *arg)
{
	int err = seal_config_begin_side(cfg, SEAL_SERVER);

	if (err)
		return err;
	cfg->early.callback = callback;
	cfg->early.arg = arg;
	return 0;
}
