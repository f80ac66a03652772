// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Configurations enter; a client and a server leave that talk over memory.
 */
#include <stdlib.h>
#include <string.h>

#include "unit.h"

struct seal_config *new_client_config(void)
{
	struct seal_config *cfg = seal_config_new(SEAL_CLIENT);

	assert_non_null(cfg);
	assert_int_equal(seal_config_set_ca_file(cfg, pki_ca()), 0);
	return cfg;
}

struct seal_config *new_server_config(enum seal_key_kind kind)
{
	struct seal_config *cfg = seal_config_new(SEAL_SERVER);
	const struct identity *id = pki_identity(kind);

	assert_non_null(cfg);
	assert_int_equal(seal_config_set_certificate(cfg, id->chain, id->key), 0);
	return cfg;
}

static struct seal_config *with_protocol(struct seal_config *cfg)
{
	static const char *const protocols[] = { PROTOCOL };

	assert_int_equal(seal_config_set_alpn(cfg, protocols, 1), 0);
	return cfg;
}

struct seal_config *common_client(void)
{
	/* so that its messages are the same whatever libcrypto has */
	static const uint16_t groups[] = { 0x001d, 0x0017, 0x0018 };
	static struct seal_config *cfg;

	if (!cfg) {
		cfg = with_protocol(new_client_config());
		assert_int_equal(seal_config_set_groups(cfg, groups, 3), 0);
	}
	return cfg;
}

struct seal_config *common_server(void)
{
	static struct seal_config *cfg;

	if (!cfg)
		cfg = with_protocol(new_server_config(SEAL_KEY_P256));
	return cfg;
}

struct seal_config *common_retry_server(void)
{
	static const uint16_t p256[] = { 0x0017 };
	static struct seal_config *cfg;

	if (!cfg) {
		cfg = new_server_config(SEAL_KEY_P256);
		assert_int_equal(seal_config_set_groups(cfg, p256, 1), 0);
	}
	return cfg;
}

struct seal_config *common_known_client(void)
{
	const struct identity *id = pki_client(SEAL_KEY_P256);
	static struct seal_config *cfg;

	if (!cfg) {
		cfg = new_client_config();
		assert_int_equal(seal_config_set_certificate(cfg, id->chain,
							     id->key), 0);
	}
	return cfg;
}

struct seal_config *common_asking_server(void)
{
	static struct seal_config *cfg;

	if (!cfg) {
		cfg = new_server_config(SEAL_KEY_P256);
		assert_int_equal(seal_config_set_ca_file(cfg, pki_ca()), 0);
		assert_int_equal(seal_config_set_client_auth(cfg,
					SEAL_CLIENT_AUTH_REQUIRED), 0);
	}
	return cfg;
}

void pair_open(struct pair *pair, struct seal_config *client,
	       struct seal_config *server)
{
	assert_int_equal(seal_conn_new(client, SERVER_NAME, &pair->client), 0);
	assert_int_equal(seal_conn_new(server, NULL, &pair->server), 0);
}

void pair_close(struct pair *pair)
{
	seal_conn_free(pair->client);
	seal_conn_free(pair->server);
}

void wire_take(struct wire *wire, struct seal_conn *from)
{
	wire->len = seal_conn_drain(from, NULL, 0);
	wire->data = malloc(wire->len + 1);
	assert_non_null(wire->data);
	assert_int_equal(seal_conn_drain(from, wire->data, wire->len), wire->len);
}

void wire_free(struct wire *wire)
{
	free(wire->data);
}

int feed(struct seal_conn *conn, const void *data, size_t len)
{
	size_t used;

	return seal_conn_feed(conn, data, len, &used);
}

int pair_move(struct seal_conn *from, struct seal_conn *to)
{
	struct wire wire;
	int status;

	wire_take(&wire, from);
	status = feed(to, wire.data, wire.len);
	wire_free(&wire);
	return status;
}

int pair_shake(struct pair *pair)
{
	int client = SEAL_WANT_READ, server = SEAL_WANT_READ;

	while (client >= 0 && server >= 0 && (client || server)) {
		/* without a byte to move nothing will ever happen */
		assert_true(seal_conn_drain(pair->client, NULL, 0) ||
			    seal_conn_drain(pair->server, NULL, 0));
		server = pair_move(pair->client, pair->server);
		if (server >= 0)
			client = pair_move(pair->server, pair->client);
	}
	return client < 0 ? client : server;
}

void expect_agreement(const struct pair *pair)
{
	struct seal_span client[2], server[2];

	assert_int_equal(seal_conn_secrets(pair->client, &client[0], &client[1]), 0);
	assert_int_equal(seal_conn_secrets(pair->server, &server[0], &server[1]), 0);
	assert_true(seal_span_equal(client[0], server[0]));
	assert_true(seal_span_equal(client[1], server[1]));
	assert_false(seal_span_equal(client[0], client[1]));
	assert_int_not_equal(seal_conn_suite(pair->client), 0);
	assert_int_equal(seal_conn_suite(pair->client),
			 seal_conn_suite(pair->server));
	assert_int_equal(seal_conn_group(pair->client),
			 seal_conn_group(pair->server));
	assert_string_equal(seal_conn_servername(pair->client),
			    seal_conn_servername(pair->server));
}
