// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * What the application wants of tickets and PSKs enters, checked; what every connection
 * may rely on leaves.
 */
#include "private.h"

#define TICKETS_DEFAULT		2
#define TICKETS_MAX		16
#define LIFETIME_DEFAULT	7200	/* s */
#define LIFETIME_MAX		604800	/* RFC 8446 4.6.1: seven days */

int seal_config_init_tickets(struct seal_config *cfg)
{
	if (cfg->side != SEAL_SERVER)
		return 0;
	cfg->tickets = TICKETS_DEFAULT;
	cfg->ticket_lifetime = LIFETIME_DEFAULT;
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
