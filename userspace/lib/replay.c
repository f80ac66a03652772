// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * What is unique in a ClientHello enters, and when; whether it was here before leaves
 * (RFC 8446 8.2), as does whether it is as old as it says (8.3).
 *
 * A ClientHello passes from @window before its time to @window after it, so it has to be
 * remembered for twice that.  There are two generations, each as long: what is older than
 * both cannot pass any more.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "private.h"

#define KEY_SIZE	32
#define SLOT_SIZE	16

struct slot {
	uint8_t	bytes[SLOT_SIZE];	/* all zeros: free */
};

struct generation {
	size_t		 count;
	struct slot	*slots;
};

struct seal_replay {
	pthread_mutex_t		lock;		/* protects begun, current, generations */
	uint8_t			key[KEY_SIZE];	/* nobody can choose who meets whom */
	uint64_t		created;	/* ms since 1970 */
	uint64_t		span;		/* ms, of a generation */
	uint64_t		begun;		/* ms since 1970, the current one */
	size_t			max;		/* entries of a generation */
	size_t			mask;		/* its slots - 1 */
	unsigned int		current;
	struct generation	generations[2];
};

bool seal_replay_is_fresh(uint64_t issued, uint32_t age, uint64_t now, uint32_t window)
{
	uint64_t expected = issued + age;

	return now > expected ? now - expected <= window : expected - now <= window;
}

struct seal_replay *seal_replay_new(uint32_t window, size_t entries, uint64_t now)
{
	struct seal_replay *replay = calloc(1, sizeof(*replay));
	size_t slots = 2;

	if (!replay)
		return NULL;
	/* half of them stay free, so that a search ends soon */
	while (slots < 2 * entries)
		slots *= 2;
	pthread_mutex_init(&replay->lock, NULL);
	replay->span = 2 * (uint64_t)window;
	replay->created = now;
	replay->begun = now;
	replay->max = entries;
	replay->mask = slots - 1;
	replay->generations[0].slots = calloc(slots, sizeof(struct slot));
	replay->generations[1].slots = calloc(slots, sizeof(struct slot));
	if (replay->generations[0].slots && replay->generations[1].slots &&
	    !seal_crypto_random(replay->key, sizeof(replay->key)))
		return replay;
	seal_replay_free(replay);
	return NULL;
}

void seal_replay_free(struct seal_replay *replay)
{
	if (!replay)
		return;
	free(replay->generations[0].slots);
	free(replay->generations[1].slots);
	pthread_mutex_destroy(&replay->lock);
	seal_crypto_wipe(replay, sizeof(*replay));
	free(replay);
}

static void empty(struct seal_replay *replay, struct generation *generation)
{
	memset(generation->slots, 0, (replay->mask + 1) * sizeof(struct slot));
	generation->count = 0;
}

/* False: somebody has set the clock back to where nothing is remembered */
static bool turn(struct seal_replay *replay, uint64_t now)
{
	if (now < replay->begun)
		return false;
	if (now - replay->begun < replay->span)
		return true;
	replay->current = !replay->current;
	empty(replay, &replay->generations[replay->current]);
	replay->begun += replay->span;
	if (now - replay->begun < replay->span)
		return true;
	/* nothing has come for longer than both take */
	empty(replay, &replay->generations[!replay->current]);
	replay->begun = now;
	return true;
}

/* Where it is, or where it would be */
static struct slot *find(const struct seal_replay *replay,
			 const struct generation *generation, const struct slot *slot)
{
	static const struct slot none;
	struct slot *at;
	uint64_t index;

	memcpy(&index, slot->bytes, sizeof(index));
	for (;; index++) {
		at = &generation->slots[index & replay->mask];
		if (!memcmp(at, &none, sizeof(none)) || !memcmp(at, slot, sizeof(*slot)))
			return at;
	}
}

static bool has(const struct seal_replay *replay, const struct generation *generation,
		const struct slot *slot)
{
	return !memcmp(find(replay, generation, slot), slot, sizeof(*slot));
}

static bool add(struct seal_replay *replay, const struct slot *slot, uint64_t now)
{
	struct generation *generation;

	if (!turn(replay, now))
		return false;
	generation = &replay->generations[replay->current];
	if (has(replay, &replay->generations[0], slot) ||
	    has(replay, &replay->generations[1], slot) ||
	    generation->count == replay->max)
		return false;
	*find(replay, generation, slot) = *slot;
	generation->count++;
	return true;
}

static int make_slot(const struct seal_replay *replay, const struct seal_crypto *crypto,
		     struct seal_span id, struct slot *slot)
{
	const struct seal_span key = { replay->key, sizeof(replay->key) };
	EVP_MD_CTX *hmac = seal_hmac_new(crypto, SEAL_SHA256);
	uint8_t mac[SEAL_HASH_MAX];
	int err = SEAL_E_CRYPTO;

	if (hmac)
		err = seal_hmac(hmac, key, &id, 1, mac);
	seal_hmac_free(hmac);
	if (err)
		return err;
	memcpy(slot->bytes, mac, sizeof(slot->bytes));
	/* never like one that is free */
	slot->bytes[SLOT_SIZE - 1] |= 1;
	return 0;
}

bool seal_replay_is_new(struct seal_replay *replay, const struct seal_crypto *crypto,
			struct seal_span id, uint64_t issued, uint64_t now)
{
	struct slot slot;
	bool fresh;

	/* RFC 8446 8.2: it may have been seen by whoever was here before */
	if (issued < replay->created &&
	    (now < replay->created || now - replay->created < replay->span))
		return false;
	if (make_slot(replay, crypto, id, &slot))
		return false;
	pthread_mutex_lock(&replay->lock);
	fresh = add(replay, &slot, now);
	pthread_mutex_unlock(&replay->lock);
	return fresh;
}
