// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The end of a connection enters; it reaches all sessions that have to do with it,
 * wherever they are kept (RFC 8446 6).
 */
#include <stdlib.h>

#include "private.h"

struct seal_bond *seal_bond_new(void)
{
	struct seal_bond *bond = malloc(sizeof(*bond));

	if (!bond)
		return NULL;
	atomic_init(&bond->refs, 1);
	atomic_init(&bond->broken, false);
	return bond;
}

struct seal_bond *seal_bond_ref(struct seal_bond *bond)
{
	if (bond)
		atomic_fetch_add_explicit(&bond->refs, 1, memory_order_relaxed);
	return bond;
}

void seal_bond_unref(struct seal_bond *bond)
{
	/* pairs with itself: nobody looks at it when it is freed */
	if (bond && atomic_fetch_sub_explicit(&bond->refs, 1,
					      memory_order_acq_rel) == 1)
		free(bond);
}

void seal_bond_break(struct seal_bond *bond)
{
	if (bond)
		atomic_store(&bond->broken, true);
}

bool seal_bond_is_broken(const struct seal_bond *bond)
{
	return bond && atomic_load(&bond->broken);
}
