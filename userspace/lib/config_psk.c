// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * What the application wants of tickets and PSKs enters, checked; what every connection
 * may rely on leaves.
 */
#include <stdlib.h>
#include <string.h>

#include "private.h"

#define TICKETS_DEFAULT		2
#define TICKETS_MAX		16
#define LIFETIME_DEFAULT	7200	/* s */
#define LIFETIME_MAX		604800	/* RFC 8446 4.6.1: seven days */
#define IDENTITY_MAX		1024	/* bytes; several have to fit a ClientHello */
#define PSKS_MAX		64	/* of a server, which may have a callback */

int seal_config_init_tickets(struct seal_config *cfg)
{
	if (cfg->side != SEAL_SERVER)
		return 0;
	cfg->tickets = TICKETS_DEFAULT;
	cfg->ticket_lifetime = LIFETIME_DEFAULT;
	seal_config_init_early(cfg);
	cfg->ticket_keys = seal_ticket_keys_new();
	return cfg->ticket_keys ? 0 : SEAL_E_NOMEM;
}

int seal_config_set_tickets(struct seal_config *cfg, unsigned int count,
			    uint32_t lifetime)
{
	int err = seal_config_begin_side(cfg, SEAL_SERVER);

	if (err)
		return err;
	if (count > TICKETS_MAX)
		return seal_config_fail(cfg, SEAL_E_INVALID,
					"%u tickets are too many: %u at most",
					count, TICKETS_MAX);
	if (lifetime > LIFETIME_MAX)
		return seal_config_fail(cfg, SEAL_E_INVALID,
					"a ticket lives for %u seconds at most",
					LIFETIME_MAX);
	cfg->tickets = count;
	cfg->ticket_lifetime = lifetime ? lifetime : LIFETIME_DEFAULT;
	return 0;
}

int seal_config_set_ticket_keys(struct seal_config *cfg,
				struct seal_ticket_keys *keys)
{
	int err = seal_config_begin_side(cfg, SEAL_SERVER);

	if (err)
		return err;
	seal_ticket_keys_unref(cfg->ticket_keys);
	cfg->ticket_keys = seal_ticket_keys_ref(keys);
	return 0;
}

int seal_config_set_cookies(struct seal_config *cfg, int on)
{
	int err = seal_config_begin_side(cfg, SEAL_SERVER);

	if (!err)
		cfg->cookies = on;
	return err;
}

/* ----------------------------------------------------------- external PSKs */

const struct seal_external *seal_config_find_psk(const struct seal_config *cfg,
						 struct seal_span name)
{
	const struct seal_external *psk;

	for (psk = cfg->psks; psk; psk = psk->next)
		if (psk->name.len == name.len &&
		    !memcmp(psk->name.data, name.data, name.len))
			break;
	return psk;
}

static int check_psk(struct seal_config *cfg, const struct seal_psk_key *key,
		     struct seal_span name)
{
	size_t max = cfg->side == SEAL_CLIENT ? SEAL_IDENTITIES_MAX - 1 : PSKS_MAX;

	if (!name.len || name.len > IDENTITY_MAX)
		return seal_config_fail(cfg, SEAL_E_INVALID,
					"a PSK has an identity of 1 to %u bytes",
					IDENTITY_MAX);
	if (!seal_psk_is_good(key))
		return seal_config_fail(cfg, SEAL_E_INVALID,
					"a PSK has %u to %u bytes, and SHA-256 or SHA-384",
					SEAL_PSK_MIN, SEAL_PSK_MAX);
	if (seal_config_find_psk(cfg, name))
		return seal_config_fail(cfg, SEAL_E_INVALID,
					"there is a PSK with this identity");
	if (cfg->psks_len == max)
		return seal_config_fail(cfg, SEAL_E_INVALID,
					"more than %zu PSKs", max);
	return 0;
}

static void free_psk(struct seal_external *psk)
{
	seal_buf_free(&psk->name);
	seal_crypto_wipe(psk, sizeof(*psk));
	free(psk);
}

static int append_psk(struct seal_config *cfg, const struct seal_psk_key *key,
		      struct seal_span name)
{
	struct seal_external *psk = calloc(1, sizeof(*psk));
	struct seal_external **end = &cfg->psks;

	if (psk && !seal_buf_append(&psk->name, name.data, name.len)) {
		seal_psk_set(&psk->psk, key);
		while (*end)
			end = &(*end)->next;
		*end = psk;
		cfg->psks_len++;
		return 0;
	}
	if (psk)
		free_psk(psk);
	return seal_config_fail(cfg, SEAL_E_NOMEM, "out of memory");
}

int seal_config_add_psk(struct seal_config *cfg, const void *identity, size_t len,
			const struct seal_psk_key *key)
{
	const struct seal_span name = { identity, len };
	int err = seal_config_begin(cfg);

	if (!err)
		err = check_psk(cfg, key, name);
	return err ? err : append_psk(cfg, key, name);
}

int seal_config_set_psk_callback(struct seal_config *cfg, seal_psk_fn callback,
				 void *arg)
{
	int err = seal_config_begin_side(cfg, SEAL_SERVER);

	if (err)
		return err;
	cfg->psk_callback = callback;
	cfg->psk_arg = arg;
	return 0;
}

void seal_config_free_psks(struct seal_config *cfg)
{
	struct seal_external *psk;

	while ((psk = cfg->psks)) {
		cfg->psks = psk->next;
		free_psk(psk);
	}
}
