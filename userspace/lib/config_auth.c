// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * What the application wants about who both ends are enters, checked: certificates of
 * ours, CAs, whether a client needs a certificate.
 */
#include <string.h>

#include "private.h"

static struct seal_cred *load_cred(struct seal_config *cfg, const char *chain,
				   const char *key, int *err)
{
	struct seal_cred *cred = NULL;

	*err = seal_config_begin(cfg);
	if (*err)
		return NULL;
	seal_crypto_enter();
	cred = seal_cred_load(chain, key, err, cfg->error);
	seal_crypto_leave();
	return cred;
}

int seal_config_set_certificate(struct seal_config *cfg, const char *chain,
				const char *key)
{
	struct seal_cred *cred;
	int err;

	cred = load_cred(cfg, chain, key, &err);
	if (!cred)
		return err;
	seal_cred_free(cfg->creds);
	cfg->creds = cred;
	return 0;
}

/* Behind the others; takes it over */
static int append_cred(struct seal_config *cfg, struct seal_cred *cred)
{
	struct seal_cred **end = &cfg->creds;
	size_t count = 0;

	for (; *end; end = &(*end)->next)
		count++;
	if (count == SEAL_CREDS_MAX) {
		seal_cred_free(cred);
		return seal_config_fail(cfg, SEAL_E_INVALID,
					"more than %d certificate chains and keys",
					SEAL_CREDS_MAX);
	}
	*end = cred;
	return 0;
}

int seal_config_add_certificate(struct seal_config *cfg, const char *chain,
				const char *key)
{
	struct seal_cred *cred;
	int err;

	cred = load_cred(cfg, chain, key, &err);
	return cred ? append_cred(cfg, cred) : err;
}

int seal_config_add_certificate_signer(struct seal_config *cfg, const char *chain,
				       seal_sign_fn fn, void *arg)
{
	struct seal_cred *cred;
	int err;

	cred = load_cred(cfg, chain, NULL, &err);
	if (!cred)
		return err;
	cred->sign = fn;
	cred->sign_arg = arg;
	return append_cred(cfg, cred);
}

int seal_config_add_raw_key(struct seal_config *cfg, const char *key)
{
	struct seal_cred *cred;
	int err;

	err = seal_config_begin(cfg);
	if (err)
		return err;
	seal_crypto_enter();
	cred = seal_cred_load_raw(key, &err, cfg->error);
	seal_crypto_leave();
	return cred ? append_cred(cfg, cred) : err;
}

int seal_config_trust_raw_key(struct seal_config *cfg, const char *path)
{
	int err;

	err = seal_config_begin(cfg);
	if (err)
		return err;
	seal_crypto_enter();
	err = seal_raw_keys_load(&cfg->raw_keys, path, cfg->error);
	seal_crypto_leave();
	return err;
}

static void replace_store(struct seal_config *cfg, X509_STORE *store,
			  const uint8_t cas[SEAL_TRUST_SIZE])
{
	seal_verify_store_free(cfg->store);
	cfg->store = store;
	memcpy(cfg->cas, cas, SEAL_TRUST_SIZE);
	seal_buf_free(&cfg->authorities);
}

static int set_ca_file(struct seal_config *cfg, const char *path)
{
	uint8_t cas[SEAL_TRUST_SIZE];
	struct seal_buf names = { 0 };
	X509_STORE *store;
	int err;

	store = seal_verify_load_file(path, &err, cfg->error);
	if (!store)
		return err;
	err = seal_verify_authorities(store, &names);
	if (!err)
		err = seal_verify_file_trust(&cfg->crypto, store, cas);
	if (err) {
		seal_verify_store_free(store);
		seal_buf_free(&names);
		return seal_config_fail(cfg, err, "%s: %s", path,
					seal_strerror(err));
	}
	replace_store(cfg, store, cas);
	cfg->authorities = names;
	return 0;
}

int seal_config_set_ca_file(struct seal_config *cfg, const char *path)
{
	int err;

	err = seal_config_begin(cfg);
	if (err)
		return err;
	seal_crypto_enter();
	err = set_ca_file(cfg, path);
	seal_crypto_leave();
	return err;
}

int seal_config_set_chain_depth(struct seal_config *cfg, unsigned int depth)
{
	int err = seal_config_begin(cfg);

	if (err)
		return err;
	if (depth >= SEAL_CHAIN_MAX)
		return seal_config_fail(cfg, SEAL_E_INVALID,
					"a chain has %d certificates at most, so %d CAs below the anchor",
					SEAL_CHAIN_MAX, SEAL_CHAIN_MAX - 1);
	cfg->chain_depth = depth;
	return 0;
}

int seal_config_set_crl_file(struct seal_config *cfg, const char *path)
{
	STACK_OF(X509_CRL) *crls;
	int err;

	err = seal_config_begin(cfg);
	if (err)
		return err;
	seal_crypto_enter();
	crls = seal_verify_load_crls(path, &err, cfg->error);
	if (crls) {
		seal_verify_free_crls(cfg->crls);
		cfg->crls = crls;
		err = seal_verify_crl_trust(&cfg->crypto, crls, cfg->crl_digest);
	}
	seal_crypto_leave();
	return err;
}

int seal_config_set_crl_check(struct seal_config *cfg, enum seal_crl_check check)
{
	int err = seal_config_begin(cfg);

	if (err)
		return err;
	if (check != SEAL_CRL_LEAF && check != SEAL_CRL_CHAIN)
		return seal_config_fail(cfg, SEAL_E_INVALID,
					"what to hold against CRLs: unknown value %d",
					(int)check);
	cfg->crl_check = check;
	return 0;
}

int seal_config_send_authorities(struct seal_config *cfg)
{
	int err = seal_config_begin_side(cfg, SEAL_CLIENT);

	if (!err)
		cfg->send_authorities = true;
	return err;
}

/* It reads CAs when it needs them: there is no list of their names */
static int use_system_ca(struct seal_config *cfg)
{
	uint8_t cas[SEAL_TRUST_SIZE];
	X509_STORE *store;
	int err;

	store = seal_verify_load_system(&err, cfg->error);
	if (!store)
		return err;
	err = seal_verify_place_trust(&cfg->crypto, seal_verify_system_file(),
				      seal_verify_system_dir(), cas);
	if (err) {
		seal_verify_store_free(store);
		return seal_config_fail(cfg, err, "%s", seal_strerror(err));
	}
	replace_store(cfg, store, cas);
	return 0;
}

int seal_config_use_system_ca(struct seal_config *cfg)
{
	int err;

	err = seal_config_begin(cfg);
	if (err)
		return err;
	seal_crypto_enter();
	err = use_system_ca(cfg);
	seal_crypto_leave();
	return err;
}

void seal_config_set_insecure(struct seal_config *cfg)
{
	if (!seal_config_begin(cfg))
		cfg->insecure = true;
}

int seal_config_set_client_auth(struct seal_config *cfg,
				enum seal_client_auth mode)
{
	int err;

	err = seal_config_begin_side(cfg, SEAL_SERVER);
	if (err)
		return err;
	if (mode != SEAL_CLIENT_AUTH_NONE && mode != SEAL_CLIENT_AUTH_OPTIONAL &&
	    mode != SEAL_CLIENT_AUTH_REQUIRED)
		return seal_config_fail(cfg, SEAL_E_INVALID,
					"client authentication: unknown mode %d",
					(int)mode);
	cfg->client_auth = mode;
	return 0;
}

void seal_config_set_verify(struct seal_config *cfg, seal_verify_fn fn, void *arg)
{
	if (seal_config_begin(cfg))
		return;
	cfg->verify = fn;
	cfg->verify_arg = arg;
}
