// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The name of a policy enters, or lists of wire numbers; the suites, groups and signature
 * schemes of a configuration leave, those that this libcrypto has.
 */
#include <stdio.h>
#include <string.h>

#include "private.h"

/*
 * Of a policy nothing ever changes: what is thought of an algorithm later makes a new
 * one, and the defaults move on with it.  Documentation/handshake.rst has the reasons.
 */
struct policy {
	const char	*name;
	int		 rsa_bits;
	/* most preferred first, 0 ends a list */
	uint16_t	 suites[SEAL_SUITE_COUNT + 1];
	uint16_t	 groups[SEAL_GROUP_COUNT + 1];
	uint16_t	 schemes[SEAL_SCHEME_COUNT + 1];
};

static const struct policy policies[] = {
	{
		.name = SEAL_POLICY_DEFAULT,
		.rsa_bits = 2048,
		.suites = { 0x1301, 0x1302, 0x1303 },
		.groups = { 0x11ec, 0x001d, 0x0017, 0x0018 },
		.schemes = { 0x0403, 0x0503, 0x0603, 0x0807, 0x0808,
			     0x0804, 0x0805, 0x0806, 0x0809, 0x080a, 0x080b,
			     0x0904, 0x0905, 0x0906 },
	},
	{
		.name = "strict-2026",
		.rsa_bits = 3072,
		.suites = { 0x1302, 0x1303 },
		.groups = { 0x11ec, 0x11ed, 0x0018, 0x0019 },
		.schemes = { 0x0503, 0x0603, 0x0808, 0x0805, 0x0806, 0x080a, 0x080b,
			     0x0905, 0x0906 },
	},
	{
		.name = "compat-2026",
		.rsa_bits = 2048,
		.suites = { 0x1301, 0x1302, 0x1303, 0x1304 },
		.groups = { 0x11ec, 0x001d, 0x0017, 0x0018, 0x0019, 0x001e,
			    0x11eb, 0x11ed, 0x0100, 0x0101, 0x0102 },
		.schemes = { 0x0403, 0x0503, 0x0603, 0x0807, 0x0808,
			     0x0804, 0x0805, 0x0806, 0x0809, 0x080a, 0x080b,
			     0x0904, 0x0905, 0x0906 },
	},
};

/* ------------------------------------------------------------------ lists */

static bool has_suite(const struct seal_config *cfg, uint16_t id)
{
	(void)cfg;
	return seal_suite_find(id);
}

static bool has_group(const struct seal_config *cfg, uint16_t id)
{
	const struct seal_group *group = seal_group_find(id);

	return group && cfg->crypto.groups[group - seal_groups];
}

static bool has_scheme(const struct seal_config *cfg, uint16_t id)
{
	const struct seal_scheme *scheme = seal_scheme_find(id);

	return scheme && cfg->crypto.schemes[scheme - seal_schemes];
}

/* A list of a configuration, and what may be in it */
struct list {
	const char	*what;
	bool		(*has)(const struct seal_config *cfg, uint16_t id);
	uint16_t	*ids;
	size_t		*len;
};

static struct list suites_of(struct seal_config *cfg)
{
	return (struct list){ "cipher suite", has_suite, cfg->suites,
			      &cfg->suites_len };
}

static struct list groups_of(struct seal_config *cfg)
{
	return (struct list){ "group", has_group, cfg->groups, &cfg->groups_len };
}

static struct list schemes_of(struct seal_config *cfg)
{
	return (struct list){ "signature scheme", has_scheme, cfg->schemes,
			      &cfg->schemes_len };
}

static bool is_unique(const uint16_t *ids, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (ids[i] == ids[at])
			return false;
	return true;
}

/* As none is there twice, they fit */
static int set_list(struct seal_config *cfg, struct list list, const uint16_t *ids,
		    size_t count)
{
	int err = seal_config_begin(cfg);

	if (err)
		return err;
	if (!count)
		return seal_config_fail(cfg, SEAL_E_INVALID, "no %s", list.what);
	for (size_t i = 0; i < count; i++)
		if (!list.has(cfg, ids[i]) || !is_unique(ids, i))
			return seal_config_fail(cfg, SEAL_E_INVALID,
						"%s 0x%04x is unknown, not in this libcrypto, or there twice",
						list.what, ids[i]);
	memcpy(list.ids, ids, count * sizeof(*ids));
	*list.len = count;
	return 0;
}

int seal_config_set_suites(struct seal_config *cfg, const uint16_t *suites,
			   size_t count)
{
	return set_list(cfg, suites_of(cfg), suites, count);
}

int seal_config_set_groups(struct seal_config *cfg, const uint16_t *groups,
			   size_t count)
{
	return set_list(cfg, groups_of(cfg), groups, count);
}

int seal_config_set_signature_schemes(struct seal_config *cfg,
				      const uint16_t *schemes, size_t count)
{
	return set_list(cfg, schemes_of(cfg), schemes, count);
}

/* --------------------------------------------------------------- policies */

/* What of a policy this libcrypto has; each has something that every libcrypto has */
static void take_list(struct seal_config *cfg, struct list list, const uint16_t *ids)
{
	*list.len = 0;
	for (; *ids; ids++)
		if (list.has(cfg, *ids))
			list.ids[(*list.len)++] = *ids;
}

static const struct policy *find_policy(const char *name)
{
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(policies) && name; i++)
		if (!strcmp(policies[i].name, name))
			return &policies[i];
	return NULL;
}

static int fail_unknown(struct seal_config *cfg, const char *name)
{
	char known[SEAL_REASON_MAX / 2] = "";
	size_t len = 0;

	for (size_t i = 0; i < SEAL_ARRAY_SIZE(policies); i++)
		len += snprintf(known + len, sizeof(known) - len, "%s%s",
				i ? ", " : "", policies[i].name);
	return seal_config_fail(cfg, SEAL_E_INVALID, "policy '%.64s' is unknown: there are %s",
				name ? name : "", known);
}

int seal_config_set_policy(struct seal_config *cfg, const char *name)
{
	const struct policy *policy = find_policy(name);
	int err = seal_config_begin(cfg);

	if (err)
		return err;
	if (!policy)
		return fail_unknown(cfg, name);
	take_list(cfg, suites_of(cfg), policy->suites);
	take_list(cfg, groups_of(cfg), policy->groups);
	take_list(cfg, schemes_of(cfg), policy->schemes);
	cfg->rsa_bits = policy->rsa_bits;
	return 0;
}

const char *seal_policy_name(size_t index)
{
	return index < SEAL_ARRAY_SIZE(policies) ? policies[index].name : NULL;
}

/* ------------------------------------------------------------ what it allows */

bool seal_policy_allows(const struct seal_config *cfg, const EVP_PKEY *key)
{
	return !seal_key_is_rsa(key) || seal_key_bits(key) >= cfg->rsa_bits;
}

const struct seal_scheme *seal_policy_scheme(const struct seal_config *cfg, uint16_t id)
{
	for (size_t i = 0; i < cfg->schemes_len; i++)
		if (cfg->schemes[i] == id)
			return seal_scheme_find(id);
	return NULL;
}
