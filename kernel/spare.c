// SPDX-License-Identifier: GPL-2.0
/*
 * Ciphers without a key: what a connection does not need any more enters, wiped; what
 * the next one needs leaves.
 *
 * To look a cipher up by its name, to make it and to free it costs more than all that a
 * short connection does with it.  And the first one of each suite stays here: so the
 * kernel cannot lose a cipher that SEAL_KEYS has accepted, which is not made before there
 * is a record for it.
 */
#include <linux/spinlock.h>

#include "seal.h"

/* So many are kept for each suite, besides the first one. */
#define SPARES	32

/**
 * struct shelf - ciphers of one suite
 * @lock:	protects all of it
 * @found:	the kernel has the cipher, and @first keeps it
 * @first:	is never used
 * @count:	how many of @spare there are
 * @low:	fewest that there were since seal_spare_trim() was here
 * @spare:	without a key
 */
struct shelf {
	spinlock_t		lock;	/* protects all of it */
	bool			found;
	struct seal_aead	first;
	unsigned int		count;
	unsigned int		low;
	struct seal_aead	spare[SPARES];
};

static struct shelf shelves[SEAL_SUITES] = {
	[0 ... SEAL_SUITES - 1] = {
		.lock = __SPIN_LOCK_UNLOCKED(shelves.lock),
	},
};

/* NULL for a suite that is not in the table: a test's */
static struct shelf *shelf_of(const struct seal_suite *suite)
{
	unsigned int i = seal_suite_index(suite);

	return i < SEAL_SUITES ? &shelves[i] : NULL;
}

/* The first one stays; of two that come at once, one does. */
static bool keep_first(struct shelf *shelf, const struct seal_aead *aead)
{
	bool first;

	spin_lock(&shelf->lock);
	first = !shelf->found;
	if (first)
		shelf->first = *aead;
	WRITE_ONCE(shelf->found, true);
	spin_unlock(&shelf->lock);
	return first;
}

/**
 * seal_spare_check() - does this kernel have the cipher of a suite?
 * @suite: cipher suite
 *
 * If it does, it has it as long as the module is loaded.
 *
 * Context: process, may sleep and load modules.
 * Return: 0, -ENOENT, -ENOMEM.
 */
int seal_spare_check(const struct seal_suite *suite)
{
	struct shelf *shelf = shelf_of(suite);
	struct seal_aead aead;
	int err;

	if (shelf && READ_ONCE(shelf->found))
		return 0;
	err = seal_aead_init(&aead, suite);
	if (!err && !(shelf && keep_first(shelf, &aead)))
		seal_aead_release(&aead);
	return err;
}

static bool take_spare(struct shelf *shelf, struct seal_aead *aead)
{
	bool taken;

	spin_lock(&shelf->lock);
	taken = shelf->count;
	if (taken)
		*aead = shelf->spare[--shelf->count];
	shelf->low = min(shelf->low, shelf->count);
	spin_unlock(&shelf->lock);
	return taken;
}

/**
 * seal_spare_take() - get the cipher of a suite, without a key
 * @aead:	to be given back by seal_spare_put()
 * @suite:	cipher suite
 *
 * Context: process, may sleep.
 * Return: 0, -ENOMEM; -ENOENT only if seal_spare_check() was not asked before.
 */
int seal_spare_take(struct seal_aead *aead, const struct seal_suite *suite)
{
	struct shelf *shelf = shelf_of(suite);

	if (shelf && take_spare(shelf, aead))
		return 0;
	return seal_aead_init(aead, suite);
}

static bool put_spare(struct shelf *shelf, const struct seal_aead *aead)
{
	bool put;

	spin_lock(&shelf->lock);
	put = shelf->count < SPARES;
	if (put)
		shelf->spare[shelf->count++] = *aead;
	spin_unlock(&shelf->lock);
	return put;
}

/**
 * seal_spare_put() - give a cipher back; its key is wiped
 * @aead:	of which nothing is left
 * @suite:	cipher suite
 *
 * Context: process.
 */
void seal_spare_put(struct seal_aead *aead, const struct seal_suite *suite)
{
	struct shelf *shelf = shelf_of(suite);

	if (!shelf || READ_ONCE(shelf->count) == SPARES ||
	    !seal_aead_wipe(aead, suite->key_size) || !put_spare(shelf, aead))
		seal_aead_release(aead);
	memset(aead, 0, sizeof(*aead));
}

/* One that nobody has wanted */
static bool take_surplus(struct shelf *shelf, struct seal_aead *aead)
{
	bool taken;

	spin_lock(&shelf->lock);
	taken = shelf->low;
	if (taken) {
		shelf->low--;
		*aead = shelf->spare[--shelf->count];
	} else {
		shelf->low = shelf->count;
	}
	spin_unlock(&shelf->lock);
	return taken;
}

/**
 * seal_spare_trim() - free what nobody has wanted since the last time
 *
 * Context: process, may sleep.
 * Return: true if there is something left for the next time.
 */
bool seal_spare_trim(void)
{
	struct seal_aead aead;
	struct shelf *shelf;
	bool left = false;

	for (shelf = shelves; shelf < shelves + SEAL_SUITES; shelf++) {
		while (take_surplus(shelf, &aead))
			seal_aead_release(&aead);
		left |= READ_ONCE(shelf->count);
	}
	return left;
}

/** seal_spare_exit() - the last sealed socket is gone, keep nothing for the next one */
void seal_spare_exit(void)
{
	struct shelf *shelf;

	for (shelf = shelves; shelf < shelves + SEAL_SUITES; shelf++) {
		while (shelf->count)
			seal_aead_release(&shelf->spare[--shelf->count]);
		seal_aead_release(&shelf->first);
	}
}
