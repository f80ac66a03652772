// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Sessions of a client enter; each leaves once, to the next connection to its server, or
 * is thrown away when its time is over or there are too many.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "private.h"

struct seal_store {
	pthread_mutex_t		 lock;		/* protects all below */
	size_t			 max;
	size_t			 count;
	struct seal_session	*newest;	/* a list, by age */
};

struct seal_store *seal_store_new(size_t max)
{
	struct seal_store *store = max ? calloc(1, sizeof(*store)) : NULL;

	if (!store)
		return NULL;
	pthread_mutex_init(&store->lock, NULL);
	store->max = max;
	return store;
}

static void free_list(struct seal_session *session)
{
	struct seal_session *next;

	for (; session; session = next) {
		next = session->next;
		seal_session_free(session);
	}
}

void seal_store_free(struct seal_store *store)
{
	if (!store)
		return;
	free_list(store->newest);
	pthread_mutex_destroy(&store->lock);
	free(store);
}

/* Out of the list; the link that led to it leads on */
static struct seal_session *unlink_session(struct seal_store *store,
					   struct seal_session **link)
{
	struct seal_session *session = *link;

	*link = session->next;
	session->next = NULL;
	store->count--;
	return session;
}

/* Those whose time is over, and then the oldest until there are @count */
static void shrink(struct seal_store *store, size_t count)
{
	struct seal_session **link = &store->newest;

	while (*link)
		if (!seal_session_lifetime(*link))
			seal_session_free(unlink_session(store, link));
		else
			link = &(*link)->next;
	while (store->count > count) {
		for (link = &store->newest; (*link)->next; link = &(*link)->next)
			;
		seal_session_free(unlink_session(store, link));
	}
}

void seal_store_put(struct seal_store *store, struct seal_session *session)
{
	if (!session)
		return;
	pthread_mutex_lock(&store->lock);
	shrink(store, store->max - 1);
	session->next = store->newest;
	store->newest = session;
	store->count++;
	pthread_mutex_unlock(&store->lock);
}

static bool is_for(const struct seal_session *session, const char *servername)
{
	size_t len = seal_verify_name_len(servername);

	return seal_verify_name_len(session->servername) == len &&
	       !strncasecmp(session->servername, servername, len);
}

struct seal_session *seal_store_take(struct seal_store *store, const char *servername)
{
	struct seal_session **link, *session = NULL;

	if (!servername)
		servername = "";
	pthread_mutex_lock(&store->lock);
	shrink(store, store->max);
	for (link = &store->newest; *link; link = &(*link)->next)
		if (is_for(*link, servername)) {
			session = unlink_session(store, link);
			break;
		}
	pthread_mutex_unlock(&store->lock);
	return session;
}
