// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A side and a number enter; an end of a connection leaves, of a configuration that is
 * made once.
 */
#include "fuzz.h"

#define SERVER_NAME	"server.example"

struct seal_ticket_keys *fuzz_ticket_keys(void)
{
	static const struct seal_ticket_key key = { .name = { 1 }, .secret = { 2 } };
	struct seal_ticket_keys *keys = seal_ticket_keys_new();

	FUZZ_CHECK(keys);
	FUZZ_CHECK(!seal_ticket_keys_add(keys, &key, FUZZ_NOW - 1));
	return keys;
}

static void trust(struct seal_config *cfg)
{
	FUZZ_CHECK(!seal_config_set_ca_file(cfg, FUZZ_PKI "/ca.pem"));
}

static void no_more(struct seal_config *cfg)
{
	(void)cfg;
}

static void take_p256_alone(struct seal_config *cfg)
{
	static const uint16_t groups[] = { 0x0017 };

	FUZZ_CHECK(!seal_config_set_groups(cfg, groups, 1));
}

static void take_p256_and_send_cookies(struct seal_config *cfg)
{
	take_p256_alone(cfg);
	FUZZ_CHECK(!seal_config_set_cookies(cfg, 1));
}

static void ask_for_certificate(struct seal_config *cfg)
{
	trust(cfg);
	FUZZ_CHECK(!seal_config_set_client_auth(cfg, SEAL_CLIENT_AUTH_REQUIRED));
}

static void have_certificate(struct seal_config *cfg)
{
	FUZZ_CHECK(!seal_config_set_certificate(cfg, FUZZ_PKI "/client.pem",
						FUZZ_PKI "/client.key"));
}

static void add_psk(struct seal_config *cfg)
{
	const struct seal_psk_key key = { .key = { 1, 2, 3 }, .len = 32 };

	FUZZ_CHECK(!seal_config_add_psk(cfg, "psk", 3, &key));
}

static const struct {
	void	(*client)(struct seal_config *cfg);
	void	(*server)(struct seal_config *cfg);
} variants[FUZZ_VARIANTS] = {
	{ no_more, no_more },
	{ no_more, take_p256_alone },
	{ have_certificate, ask_for_certificate },
	{ add_psk, add_psk },
	{ no_more, take_p256_and_send_cookies },
};

static struct seal_config *make_client(size_t variant)
{
	/* whatever libcrypto has */
	static const uint16_t groups[] = { 0x001d, 0x0017 };
	struct seal_config *cfg = seal_config_new(SEAL_CLIENT);
	static const char *const protocols[] = { "h2", "http/1.1" };

	FUZZ_CHECK(cfg);
	trust(cfg);
	FUZZ_CHECK(!seal_config_set_groups(cfg, groups, 2));
	FUZZ_CHECK(!seal_config_set_alpn(cfg, protocols, 2));
	variants[variant].client(cfg);
	return cfg;
}

static struct seal_config *make_server(size_t variant)
{
	static const char *const protocols[] = { "h2" };
	struct seal_config *cfg = seal_config_new(SEAL_SERVER);
	struct seal_ticket_keys *keys;

	FUZZ_CHECK(cfg);
	FUZZ_CHECK(!seal_config_set_certificate(cfg, FUZZ_PKI "/server.pem",
						FUZZ_PKI "/server.key"));
	FUZZ_CHECK(!seal_config_set_alpn(cfg, protocols, 1));
	keys = fuzz_ticket_keys();
	FUZZ_CHECK(!seal_config_set_ticket_keys(cfg, keys));
	seal_ticket_keys_unref(keys);
	variants[variant].server(cfg);
	return cfg;
}

struct seal_conn *fuzz_open(enum seal_side side, size_t variant)
{
	static struct seal_config *configs[2][FUZZ_VARIANTS];
	struct seal_config **cfg = &configs[side][variant];
	struct seal_conn *conn;

	fuzz_random_start(side);
	if (!*cfg)
		*cfg = side == SEAL_CLIENT ? make_client(variant) :
					     make_server(variant);
	/* making it may have drawn some */
	fuzz_random_start(side);
	FUZZ_CHECK(!seal_conn_new(*cfg, side == SEAL_CLIENT ? SERVER_NAME : NULL,
				  &conn));
	return conn;
}
