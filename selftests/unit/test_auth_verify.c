// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * What an application says of certificates enters; when it is asked, what it is
 * shown and what becomes of a refusal leaves.
 */
#include <string.h>

#include "unit.h"

#define CHAIN_ROOM	4096

/* What the application says, and what it saw */
struct witness {
	int	answer;
	int	calls;
	uint8_t	leaf[CHAIN_ROOM];
	size_t	leaf_len;
	size_t	chain_len;		/* certificates */
	char	name[SEAL_NAME_MAX + 1];
};

static int look(struct seal_conn *conn, void *arg)
{
	struct witness *w = arg;
	const char *name = seal_conn_servername(conn);
	const void *der;
	size_t len;

	w->calls++;
	w->chain_len = 0;
	while (!seal_conn_peer_certificate(conn, w->chain_len, &der, &len)) {
		if (!w->chain_len++) {
			assert_true(len <= CHAIN_ROOM);
			memcpy(w->leaf, der, len);
			w->leaf_len = len;
		}
	}
	strcpy(w->name, name ? name : "");
	return w->answer;
}

static struct seal_config *client_with(const struct identity *id,
				       struct witness *w)
{
	struct seal_config *cfg = new_client_config();

	if (id)
		assert_int_equal(seal_config_set_certificate(cfg, id->chain,
							     id->key), 0);
	if (w)
		seal_config_set_verify(cfg, look, w);
	return cfg;
}

static struct seal_config *server_with(struct witness *w)
{
	struct seal_config *cfg = new_server_config(SEAL_KEY_P256);

	assert_int_equal(seal_config_set_ca_file(cfg, pki_ca()), 0);
	assert_int_equal(seal_config_set_client_auth(cfg,
						     SEAL_CLIENT_AUTH_OPTIONAL), 0);
	if (w)
		seal_config_set_verify(cfg, look, w);
	return cfg;
}

static void meet(struct pair *pair, struct seal_config *client,
		 struct seal_config *server)
{
	pair_open(pair, client, server);
	seal_config_unref(client);
	seal_config_unref(server);
}

static void expect_leaf(const struct witness *w, const struct identity *id)
{
	uint8_t der[CHAIN_ROOM];

	assert_int_equal(w->leaf_len, pki_der(id->chain, der, sizeof(der)));
	assert_memory_equal(w->leaf, der, w->leaf_len);
}

static void both_sides_are_asked_once(void **state)
{
	struct witness at_client = { 0 }, at_server = { 0 };
	struct pair pair;

	(void)state;
	meet(&pair, client_with(pki_client(SEAL_KEY_P256), &at_client),
	     server_with(&at_server));
	assert_int_equal(pair_shake(&pair), 0);
	expect_agreement(&pair);
	assert_int_equal(at_client.calls, 1);
	assert_int_equal(at_client.chain_len, 1);
	assert_string_equal(at_client.name, SERVER_NAME);
	expect_leaf(&at_client, pki_identity(SEAL_KEY_P256));
	assert_int_equal(at_server.calls, 1);
	assert_int_equal(at_server.chain_len, 1);
	expect_leaf(&at_server, pki_client(SEAL_KEY_P256));
	pair_close(&pair);
}

static void the_leaf_comes_first(void **state)
{
	char ca[PKI_PATH_MAX], whole[PKI_PATH_MAX];
	struct witness w = { 0 };
	struct identity id, leaf;
	struct pair pair;

	(void)state;
	pki_issue(&(struct cert_spec){ .issuer = ISSUER_INTERMEDIATE,
				       .usage = "clientAuth" }, &id);
	leaf = id;
	pki_path(ca, "verify-intermediate");
	pki_write_intermediate(ca);
	pki_path(whole, "verify-chain");
	pki_join(whole, id.chain, ca);
	strcpy(id.chain, whole);
	meet(&pair, client_with(&id, NULL), server_with(&w));
	assert_int_equal(pair_shake(&pair), 0);
	assert_int_equal(w.chain_len, 2);
	expect_leaf(&w, &leaf);
	pair_close(&pair);
}

static void nobody_is_asked_about_nothing(void **state)
{
	struct witness w = { .answer = SEAL_E_BAD_CERTIFICATE };
	struct pair pair;

	(void)state;
	meet(&pair, client_with(NULL, NULL), server_with(&w));
	assert_int_equal(pair_shake(&pair), 0);
	assert_int_equal(w.calls, 0);
	pair_close(&pair);
}

/* ------------------------------------------------------------- refusals */

static const struct {
	int	answer;
	int	error;
	int	alert;
} refusals[] = {
	{ SEAL_E_BAD_CERTIFICATE, SEAL_E_BAD_CERTIFICATE, 42 },
	{ SEAL_E_CERTIFICATE_REVOKED, SEAL_E_CERTIFICATE_REVOKED, 44 },
	{ SEAL_E_CERTIFICATE_EXPIRED, SEAL_E_CERTIFICATE_EXPIRED, 45 },
	{ SEAL_E_CERTIFICATE_UNKNOWN, SEAL_E_CERTIFICATE_UNKNOWN, 46 },
	{ SEAL_E_UNKNOWN_CA, SEAL_E_UNKNOWN_CA, 48 },
	{ SEAL_E_ACCESS_DENIED, SEAL_E_ACCESS_DENIED, 49 },
	{ SEAL_E_HANDSHAKE_FAILURE, SEAL_E_HANDSHAKE_FAILURE, 40 },
	/* neither what has no alert nor what is no error lets anybody in */
	{ SEAL_E_NOMEM, SEAL_E_CERTIFICATE_UNKNOWN, 46 },
	{ SEAL_E_EOF, SEAL_E_CERTIFICATE_UNKNOWN, 46 },
	{ 1, SEAL_E_CERTIFICATE_UNKNOWN, 46 },
	{ -1000, SEAL_E_CERTIFICATE_UNKNOWN, 46 },
};

static void a_client_refuses_with_its_alert(void **state)
{
	struct witness w = { 0 };
	struct pair pair;

	(void)state;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(refusals); i++) {
		w.answer = refusals[i].answer;
		meet(&pair, client_with(NULL, &w), server_with(NULL));
		assert_int_equal(pair_shake(&pair), refusals[i].error);
		assert_non_null(strstr(seal_conn_error(pair.client),
				       "refused by the application"));
		assert_int_equal(pair_move(pair.client, pair.server), SEAL_E_ALERT);
		assert_int_equal(seal_conn_alert(pair.server), refusals[i].alert);
		pair_close(&pair);
	}
}

/* The client's flight, from a puppet that can read the server's alert */
static void a_server_refuses_with_its_alert(void **state)
{
	struct seal_config *client, *server;
	struct witness w = { 0 };
	struct flight flight = { 0 };
	struct puppet puppet;
	struct pair pair;
	int status;

	(void)state;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(refusals); i++) {
		w.answer = refusals[i].answer;
		client = client_with(pki_client(SEAL_KEY_P256), NULL);
		server = server_with(&w);
		meet(&pair, client, server);
		pair_move(pair.client, pair.server);
		pair_move(pair.server, pair.client);
		flight_take(&flight, pair.client);
		puppet_start(&puppet, pair.server);
		status = puppet_send(&puppet, SEAL_CONTENT_HANDSHAKE,
				     flight.messages[0].data,
				     flight.messages[0].len);
		expect_refusal(&puppet, status, refusals[i].error);
		puppet_stop(&puppet);
		flight_free(&flight);
		flight = (struct flight){ 0 };
		pair_close(&pair);
	}
}

static void a_bad_certificate_is_not_asked_about(void **state)
{
	struct seal_config *client = seal_config_new(SEAL_CLIENT);
	struct witness w = { 0 };
	struct pair pair;

	(void)state;
	assert_int_equal(seal_config_set_ca_file(client, pki_other_ca()), 0);
	seal_config_set_verify(client, look, &w);
	meet(&pair, client, server_with(NULL));
	assert_int_equal(pair_shake(&pair), SEAL_E_UNKNOWN_CA);
	assert_int_equal(w.calls, 0);
	pair_close(&pair);
}

static void where_nothing_is_verified_it_alone_decides(void **state)
{
	struct witness w = { 0 };
	struct seal_config *client;
	struct pair pair;

	(void)state;
	for (int refuse = 0; refuse < 2; refuse++) {
		client = seal_config_new(SEAL_CLIENT);
		w = (struct witness){ .answer = refuse ? SEAL_E_ACCESS_DENIED : 0 };
		seal_config_set_insecure(client);
		seal_config_set_verify(client, look, &w);
		meet(&pair, client, server_with(NULL));
		assert_int_equal(pair_shake(&pair), w.answer);
		assert_int_equal(w.calls, 1);
		pair_close(&pair);
	}
}

static void it_cannot_change_under_a_connection(void **state)
{
	struct seal_config *cfg = client_with(NULL, NULL);
	struct seal_conn *conn;

	(void)state;
	assert_int_equal(seal_conn_new(cfg, SERVER_NAME, &conn), 0);
	seal_config_set_verify(cfg, look, NULL);
	assert_true(!cfg->verify);
	assert_true(seal_config_error(cfg)[0]);
	seal_conn_free(conn);
	seal_config_unref(cfg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_sides_are_asked_once),
		cmocka_unit_test(the_leaf_comes_first),
		cmocka_unit_test(nobody_is_asked_about_nothing),
		cmocka_unit_test(a_client_refuses_with_its_alert),
		cmocka_unit_test(a_server_refuses_with_its_alert),
		cmocka_unit_test(a_bad_certificate_is_not_asked_about),
		cmocka_unit_test(where_nothing_is_verified_it_alone_decides),
		cmocka_unit_test(it_cannot_change_under_a_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
