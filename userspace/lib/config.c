// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * What the application wants enters, checked; what every connection of it may rely
 * on leaves.  Read-only once a connection refers to it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "private.h"

int seal_config_fail(struct seal_config *cfg, int error, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(cfg->error, sizeof(cfg->error), fmt, args);
	va_end(args);
	return error;
}

/* Each setter begins with this: connections read without a lock */
int seal_config_begin(struct seal_config *cfg)
{
	cfg->error[0] = '\0';
	if (atomic_load(&cfg->frozen))
		return seal_config_fail(cfg, SEAL_E_INVALID,
					"the configuration is in use by a connection and cannot change");
	return 0;
}

int seal_config_begin_side(struct seal_config *cfg, enum seal_side side)
{
	int err = seal_config_begin(cfg);

	if (!err && cfg->side != side)
		return seal_config_fail(cfg, SEAL_E_INVALID,
					"this setting is for a %s",
					side == SEAL_CLIENT ? "client" : "server");
	return err;
}

struct seal_config *seal_config_new(enum seal_side side)
{
	struct seal_config *cfg = calloc(1, sizeof(*cfg));
	int err;

	if (!cfg)
		return NULL;
	seal_crypto_enter();
	err = seal_crypto_init(&cfg->crypto);
	seal_crypto_leave();
	if (err) {
		free(cfg);
		return NULL;
	}
	atomic_init(&cfg->refs, 1);
	atomic_init(&cfg->frozen, false);
	cfg->side = side;
	cfg->chain_depth = SEAL_CHAIN_DEPTH;
	cfg->compression = SEAL_COMPRESS_SEND;
	cfg->ocsp = side == SEAL_CLIENT ? SEAL_OCSP_OPTIONAL : SEAL_OCSP_NONE;
	if (!seal_config_set_policy(cfg, SEAL_POLICY_DEFAULT) &&
	    !seal_config_init_tickets(cfg))
		return cfg;
	seal_config_unref(cfg);
	return NULL;
}

struct seal_config *seal_config_ref(struct seal_config *cfg)
{
	atomic_fetch_add_explicit(&cfg->refs, 1, memory_order_relaxed);
	return cfg;
}

void seal_config_unref(struct seal_config *cfg)
{
	/* pairs with itself: the last owner sees what the others wrote */
	if (!cfg || atomic_fetch_sub_explicit(&cfg->refs, 1,
					      memory_order_acq_rel) != 1)
		return;
	seal_crypto_free(&cfg->crypto);
	seal_buf_free(&cfg->alpn);
	seal_cred_free(cfg->creds);
	seal_buf_free(&cfg->authorities);
	seal_ticket_keys_unref(cfg->ticket_keys);
	seal_config_free_psks(cfg);
	seal_names_free(&cfg->names);
	seal_replay_free(cfg->early.replay);
	seal_verify_store_free(cfg->store);
	seal_verify_free_crls(cfg->crls);
	seal_raw_keys_free(cfg->raw_keys);
	seal_crypto_wipe(cfg, sizeof(*cfg));
	free(cfg);
}

bool seal_config_has_keys(const struct seal_config *cfg)
{
	return cfg->creds || cfg->psks || cfg->psk_callback;
}

int seal_config_check(const struct seal_config *cfg)
{
	bool client = cfg->side == SEAL_CLIENT;

	if (!client && !seal_config_has_keys(cfg) && !cfg->names.required &&
	    !cfg->select)
		return SEAL_E_INVALID;
	/* without CAs no certificate will do, but a PSK or a raw key may */
	if ((client && cfg->psks) || cfg->insecure || cfg->store || cfg->raw_keys)
		return 0;
	return client || cfg->client_auth ? SEAL_E_NO_TRUST : 0;
}

int seal_config_check_other(const struct seal_config *cfg)
{
	if (cfg->side != SEAL_SERVER || !seal_config_has_keys(cfg))
		return SEAL_E_INVALID;
	return seal_config_check(cfg);
}

struct seal_config *seal_config_freeze(struct seal_config *cfg)
{
	atomic_store(&cfg->frozen, true);
	return seal_config_ref(cfg);
}

const char *seal_config_error(const struct seal_config *cfg)
{
	return cfg->error;
}

static int write_protocols(struct seal_buf *out, const char *const *protocols,
			   size_t count)
{
	struct seal_writer w;
	size_t len;

	seal_writer_init(&w, out);
	for (size_t i = 0; i < count; i++) {
		len = strlen(protocols[i]);
		/* RFC 7301 3.1: a byte of length each, two for the whole list */
		if (!len || len > SEAL_NAME_MAX || out->len + 1 + len > UINT16_MAX - 8)
			return SEAL_E_INVALID;
		seal_writer_u8(&w, len);
		seal_writer_bytes(&w, protocols[i], len);
	}
	return seal_writer_finish(&w);
}

int seal_config_set_alpn(struct seal_config *cfg, const char *const *protocols,
			 size_t count)
{
	struct seal_buf list = { 0 };
	int err;

	err = seal_config_begin(cfg);
	if (err)
		return err;
	err = write_protocols(&list, protocols, count);
	if (err) {
		seal_buf_free(&list);
		return seal_config_fail(cfg, err, "application protocols: %s",
					err == SEAL_E_INVALID ?
					"a name of 1 to 255 bytes each" :
					seal_strerror(err));
	}
	seal_buf_free(&cfg->alpn);
	cfg->alpn = list;
	return 0;
}

void seal_config_set_keylog(struct seal_config *cfg, seal_keylog_fn fn, void *arg)
{
	if (seal_config_begin(cfg))
		return;
	cfg->keylog = fn;
	cfg->keylog_arg = arg;
}
