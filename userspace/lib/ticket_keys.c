// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Ticket keys enter from a file, from calls, from a callback or by chance; at any time
 * the one for new tickets leaves, and those for old ones by name (RFC 5077 5.5).
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "private.h"

#define KEYS_MAX		64
#define ENCRYPT_DEFAULT		7200	/* s */
#define DECRYPT_DEFAULT		7200	/* s more */

struct dated_key {
	struct seal_ticket_key	key;
	uint64_t		from;	/* s since 1970 */
};

struct key_list {
	struct dated_key	keys[KEYS_MAX];
	size_t			count;
};

struct seal_ticket_keys {
	atomic_uint		 refs;
	pthread_mutex_t		 lock;		/* protects all below */
	uint32_t		 encrypt;	/* s that a key makes tickets */
	uint32_t		 decrypt;	/* s more that they count */
	bool			 given;		/* keys come from outside */
	struct key_list		 list;
	seal_ticket_key_fn	 callback;
	void			*callback_arg;
	char			 error[SEAL_REASON_MAX];
};

/* ------------------------------------------------------------- life cycle */

struct seal_ticket_keys *seal_ticket_keys_new(void)
{
	struct seal_ticket_keys *keys = calloc(1, sizeof(*keys));

	if (!keys)
		return NULL;
	atomic_init(&keys->refs, 1);
	pthread_mutex_init(&keys->lock, NULL);
	keys->encrypt = ENCRYPT_DEFAULT;
	keys->decrypt = DECRYPT_DEFAULT;
	return keys;
}

struct seal_ticket_keys *seal_ticket_keys_ref(struct seal_ticket_keys *keys)
{
	atomic_fetch_add_explicit(&keys->refs, 1, memory_order_relaxed);
	return keys;
}

void seal_ticket_keys_unref(struct seal_ticket_keys *keys)
{
	/* pairs with itself: the last owner sees what the others wrote */
	if (!keys || atomic_fetch_sub_explicit(&keys->refs, 1,
					       memory_order_acq_rel) != 1)
		return;
	pthread_mutex_destroy(&keys->lock);
	seal_crypto_wipe(keys, sizeof(*keys));
	free(keys);
}

/* ------------------------------------------------------------------ lists */

static bool same_name(const struct seal_ticket_key *key, const uint8_t *name)
{
	return !memcmp(key->name, name, sizeof(key->name));
}

static int add_key(struct key_list *list, const struct seal_ticket_key *key,
		   uint64_t from)
{
	if (list->count == KEYS_MAX)
		return SEAL_E_INVALID;
	for (size_t i = 0; i < list->count; i++)
		if (same_name(&list->keys[i].key, key->name))
			return SEAL_E_INVALID;
	list->keys[list->count].key = *key;
	list->keys[list->count++].from = from;
	return 0;
}

/* Seconds since its time began; none before */
static bool age_of(const struct dated_key *key, uint64_t now, uint64_t *age)
{
	*age = now - key->from;
	return now >= key->from;
}

/* The one whose time began last, if it may still make tickets */
static const struct seal_ticket_key *find_current(const struct seal_ticket_keys *keys,
						  uint64_t now)
{
	const struct dated_key *best = NULL;
	uint64_t age;

	for (size_t i = 0; i < keys->list.count; i++)
		if (age_of(&keys->list.keys[i], now, &age) && age < keys->encrypt &&
		    (!best || keys->list.keys[i].from > best->from))
			best = &keys->list.keys[i];
	return best ? &best->key : NULL;
}

/* A key whose time is yet to come counts: another server may have begun with it */
static bool still_counts(const struct seal_ticket_keys *keys,
			 const struct dated_key *key, uint64_t now)
{
	uint64_t age;

	return !age_of(key, now, &age) ||
	       age < (uint64_t)keys->encrypt + keys->decrypt;
}

static void drop_key(struct key_list *list, size_t at)
{
	list->keys[at] = list->keys[--list->count];
	seal_crypto_wipe(&list->keys[list->count], sizeof(list->keys[0]));
}

/* Keys of our own are made when there is none, and nobody keeps the old ones */
static const struct seal_ticket_key *make_key(struct seal_ticket_keys *keys,
					      uint64_t now)
{
	struct dated_key *made;

	for (size_t i = keys->list.count; i-- > 0;)
		if (!still_counts(keys, &keys->list.keys[i], now))
			drop_key(&keys->list, i);
	if (keys->list.count == KEYS_MAX)
		drop_key(&keys->list, 0);
	made = &keys->list.keys[keys->list.count];
	if (seal_crypto_random(&made->key, sizeof(made->key)))
		return NULL;
	made->from = now;
	keys->list.count++;
	return &made->key;
}

/* --------------------------------------------------------------- for tickets */

bool seal_ticket_keys_current(struct seal_ticket_keys *keys, uint64_t now,
			      struct seal_ticket_key *key)
{
	const struct seal_ticket_key *found;
	seal_ticket_key_fn callback;
	void *arg;

	pthread_mutex_lock(&keys->lock);
	found = find_current(keys, now);
	if (!found && !keys->given)
		found = make_key(keys, now);
	if (found)
		*key = *found;
	callback = keys->callback;
	arg = keys->callback_arg;
	pthread_mutex_unlock(&keys->lock);
	return found || (callback && callback(NULL, key, arg) == 1);
}

bool seal_ticket_keys_find(struct seal_ticket_keys *keys,
			   const uint8_t name[SEAL_TICKET_NAME_SIZE], uint64_t now,
			   struct seal_ticket_key *key)
{
	seal_ticket_key_fn callback;
	bool found = false;
	void *arg;

	pthread_mutex_lock(&keys->lock);
	for (size_t i = 0; i < keys->list.count && !found; i++) {
		found = same_name(&keys->list.keys[i].key, name) &&
			still_counts(keys, &keys->list.keys[i], now);
		if (found)
			*key = keys->list.keys[i].key;
	}
	callback = keys->callback;
	arg = keys->callback_arg;
	pthread_mutex_unlock(&keys->lock);
	return found || (callback && callback(name, key, arg) == 1);
}

/* ---------------------------------------------------------------- settings */

int seal_ticket_keys_set_lifetimes(struct seal_ticket_keys *keys, uint32_t encrypt,
				   uint32_t decrypt)
{
	if (!encrypt)
		return SEAL_E_INVALID;
	pthread_mutex_lock(&keys->lock);
	keys->encrypt = encrypt;
	keys->decrypt = decrypt;
	pthread_mutex_unlock(&keys->lock);
	return 0;
}

/* Keys of our own making have no place beside those that are given */
static void begin_given(struct seal_ticket_keys *keys)
{
	if (keys->given)
		return;
	seal_crypto_wipe(&keys->list, sizeof(keys->list));
	keys->given = true;
}

int seal_ticket_keys_add(struct seal_ticket_keys *keys,
			 const struct seal_ticket_key *key, uint64_t from)
{
	int err;

	pthread_mutex_lock(&keys->lock);
	begin_given(keys);
	err = add_key(&keys->list, key, from);
	pthread_mutex_unlock(&keys->lock);
	return err;
}

void seal_ticket_keys_set_callback(struct seal_ticket_keys *keys,
				   seal_ticket_key_fn callback, void *arg)
{
	pthread_mutex_lock(&keys->lock);
	begin_given(keys);
	keys->callback = callback;
	keys->callback_arg = arg;
	pthread_mutex_unlock(&keys->lock);
}

/* ------------------------------------------------------------------- file */

#define LINE_SIZE	256

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (at - digits) % 16 : -1;
}

/* So many bytes in hexadecimal, and then white space or the end */
static bool read_hex(const char **text, uint8_t *out, size_t len)
{
	const char *p = *text + strspn(*text, " \t");
	int high, low;

	for (size_t i = 0; i < len; i++, p += 2) {
		high = hex_digit(p[0]);
		low = high < 0 ? -1 : hex_digit(p[1]);
		if (low < 0)
			return false;
		out[i] = high << 4 | low;
	}
	*text = p;
	return !*p || strchr(" \t\r\n", *p);
}

static bool read_time(const char **text, uint64_t *out)
{
	char *end;

	if (**text < '0' || **text > '9')
		return false;
	errno = 0;
	*out = strtoull(*text, &end, 10);
	*text = end;
	return !errno && (*end == ' ' || *end == '\t');
}

static int read_line(const char *line, struct key_list *list)
{
	struct dated_key key;
	bool ok;
	int err;

	line += strspn(line, " \t");
	if (!line[strspn(line, "\r\n")] || *line == '#')
		return 0;
	ok = read_time(&line, &key.from) &&
	     read_hex(&line, key.key.name, sizeof(key.key.name)) &&
	     read_hex(&line, key.key.secret, sizeof(key.key.secret)) &&
	     !line[strspn(line, " \t\r\n")];
	err = ok ? add_key(list, &key.key, key.from) : SEAL_E_FILE;
	seal_crypto_wipe(&key, sizeof(key));
	return err ? SEAL_E_FILE : 0;
}

/* The number of the line that is wrong; 0: none is */
static unsigned int read_lines(FILE *file, struct key_list *list)
{
	char line[LINE_SIZE];
	unsigned int number = 0;
	bool wrong = false;

	/* what stdio holds is wiped with the line */
	while (!wrong && fgets(line, sizeof(line), file)) {
		number++;
		wrong = (!strchr(line, '\n') && !feof(file)) || read_line(line, list);
	}
	seal_crypto_wipe(line, sizeof(line));
	return wrong ? number : 0;
}

static int load(const char *path, struct key_list *list, char why[SEAL_REASON_MAX])
{
	char buffer[BUFSIZ];
	FILE *file = fopen(path, "re");
	unsigned int number;

	if (!file) {
		snprintf(why, SEAL_REASON_MAX, "%s: %s", path, strerror(errno));
		return SEAL_E_FILE;
	}
	setvbuf(file, buffer, _IOFBF, sizeof(buffer));
	number = read_lines(file, list);
	if (ferror(file))
		snprintf(why, SEAL_REASON_MAX, "%s: %s", path, strerror(errno));
	else if (number)
		snprintf(why, SEAL_REASON_MAX,
			 "%s: line %u is not a new SECONDS NAME SECRET, with 32 and 64 hexadecimal digits",
			 path, number);
	else if (!list->count)
		snprintf(why, SEAL_REASON_MAX, "%s: there is no key", path);
	fclose(file);
	seal_crypto_wipe(buffer, sizeof(buffer));
	return why[0] ? SEAL_E_FILE : 0;
}

int seal_ticket_keys_load(struct seal_ticket_keys *keys, const char *path)
{
	char why[SEAL_REASON_MAX] = "";
	struct key_list list = { .count = 0 };
	int err = load(path, &list, why);

	pthread_mutex_lock(&keys->lock);
	memcpy(keys->error, why, sizeof(why));
	if (!err) {
		begin_given(keys);
		keys->list = list;
	}
	pthread_mutex_unlock(&keys->lock);
	seal_crypto_wipe(&list, sizeof(list));
	return err;
}

const char *seal_ticket_keys_error(const struct seal_ticket_keys *keys)
{
	return keys->error;
}
