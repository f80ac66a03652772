// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Names of servers and their configurations enter, checked; for the name that a client
 * asks for, the configuration that answers leaves.
 */
#include <stdlib.h>
#include <string.h>

#include "private.h"

#define ROOM_MIN	8

struct seal_named {
	char			*name;	/* in lower case, without a dot at the end */
	struct seal_config	*cfg;	/* NULL: the one that has the table */
};

/* Whatever the locale */
static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

static void normalize(char out[SEAL_NAME_MAX + 1], const char *name)
{
	size_t len = seal_verify_name_len(name);

	for (size_t i = 0; i < len; i++)
		out[i] = lower(name[i]);
	out[len] = '\0';
}

/* Where @name is, or would be; the table is sorted */
static size_t position(const struct seal_names *names, const char *name)
{
	size_t from = 0, to = names->len, middle;

	while (from < to) {
		middle = from + (to - from) / 2;
		if (strcmp(names->rows[middle].name, name) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

static const struct seal_named *find(const struct seal_names *names,
				     const char *name)
{
	size_t at = position(names, name);

	return at < names->len && !strcmp(names->rows[at].name, name) ?
	       &names->rows[at] : NULL;
}

bool seal_names_find(const struct seal_names *names, const char *name,
		     struct seal_config **cfg)
{
	const struct seal_named *row;
	char key[SEAL_NAME_MAX + 1];
	char *dot;

	normalize(key, name);
	row = find(names, key);
	dot = strchr(key, '.');
	/* RFC 9525 6.3: a wildcard stands for one label, and a whole one */
	if (!row && dot && dot > key) {
		dot[-1] = '*';
		row = find(names, dot - 1);
	}
	*cfg = row ? row->cfg : NULL;
	return row;
}

void seal_names_free(struct seal_names *names)
{
	for (size_t i = 0; i < names->len; i++) {
		free(names->rows[i].name);
		seal_config_unref(names->rows[i].cfg);
	}
	free(names->rows);
	*names = (struct seal_names){ 0 };
}

/* ------------------------------------------------------------- setters */

static bool is_name(const char *name)
{
	if (name[0] == '*' && name[1] == '.')
		name += 2;
	return seal_verify_name_kind(name) == SEAL_NAME_DNS;
}

/* What can itself not lead on to a third one can never lead back */
static int check_other(struct seal_config *cfg, const struct seal_config *other)
{
	int err = seal_config_check_other(other);

	if (other->names.len)
		err = SEAL_E_INVALID;
	if (err)
		return seal_config_fail(cfg, err,
					"what answers for a name is a server's configuration, complete and without names of its own");
	return 0;
}

static int check_name(struct seal_config *cfg, const char *name)
{
	char key[SEAL_NAME_MAX + 1];

	if (!is_name(name))
		return seal_config_fail(cfg, SEAL_E_INVALID,
					"%s is neither a DNS name nor one behind '*.'",
					name);
	normalize(key, name);
	if (find(&cfg->names, key))
		return seal_config_fail(cfg, SEAL_E_INVALID, "%s is there already",
					name);
	return 0;
}

static bool make_room(struct seal_names *names)
{
	size_t room = names->room ? 2 * names->room : ROOM_MIN;
	struct seal_named *rows;

	if (names->len < names->room)
		return true;
	rows = reallocarray(names->rows, room, sizeof(*rows));
	if (!rows)
		return false;
	names->rows = rows;
	names->room = room;
	return true;
}

static int insert(struct seal_names *names, const char *name,
		  struct seal_config *other)
{
	char key[SEAL_NAME_MAX + 1];
	struct seal_named row;
	size_t at;

	normalize(key, name);
	row.cfg = other;
	row.name = strdup(key);
	if (!row.name || !make_room(names)) {
		free(row.name);
		return SEAL_E_NOMEM;
	}
	if (other)
		seal_config_freeze(other);
	at = position(names, key);
	memmove(names->rows + at + 1, names->rows + at,
		(names->len - at) * sizeof(row));
	names->rows[at] = row;
	names->len++;
	return 0;
}

int seal_config_add_name(struct seal_config *cfg, const char *name,
			 struct seal_config *other)
{
	int err = seal_config_begin_side(cfg, SEAL_SERVER);

	/* it does not own itself */
	if (other == cfg)
		other = NULL;
	if (!err)
		err = check_name(cfg, name);
	if (!err && other)
		err = check_other(cfg, other);
	if (err)
		return err;
	err = insert(&cfg->names, name, other);
	return err ? seal_config_fail(cfg, err, "out of memory") : 0;
}

int seal_config_set_select(struct seal_config *cfg, seal_select_fn fn, void *arg)
{
	int err = seal_config_begin_side(cfg, SEAL_SERVER);

	if (err)
		return err;
	cfg->select = fn;
	cfg->select_arg = arg;
	return 0;
}

int seal_config_require_name(struct seal_config *cfg)
{
	int err = seal_config_begin_side(cfg, SEAL_SERVER);

	if (!err)
		cfg->names.required = true;
	return err;
}
