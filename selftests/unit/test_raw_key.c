// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Ends with raw public keys, certificates or both enter; what they agree on, and what
 * becomes of a peer that keeps to nothing of that, leaves (RFC 7250, RFC 8446 4.4.2).
 */
#include <string.h>

#include "unit.h"

#define CLIENT_TYPE	19
#define SERVER_TYPE	20

static struct forge forge;

static const enum seal_key_kind kinds[] = {
	SEAL_KEY_P256, SEAL_KEY_P384, SEAL_KEY_RSA, SEAL_KEY_ED25519,
	SEAL_KEY_P521, SEAL_KEY_RSA_PSS, SEAL_KEY_ED448
};

/* What an end has: keys and certificates in that order, and whom it trusts */
struct end {
	const char		*raw_key;	/* path of the private key */
	const struct identity	*id;		/* with a certificate */
	const char		*trusted;	/* path of the private key */
	bool			 ca;
};

static const char *key_of(enum seal_key_kind kind)
{
	return pki_identity(kind)->key;
}

static void trust(struct seal_config *cfg, const char *key)
{
	char path[PKI_PATH_MAX];

	pki_public(key, path);
	assert_int_equal(seal_config_trust_raw_key(cfg, path), 0);
}

static struct seal_config *end_with(enum seal_side side, const struct end *end)
{
	struct seal_config *cfg = seal_config_new(side);

	assert_non_null(cfg);
	if (end->id)
		assert_int_equal(seal_config_set_certificate(cfg, end->id->chain,
							     end->id->key), 0);
	if (end->raw_key)
		assert_int_equal(seal_config_add_raw_key(cfg, end->raw_key), 0);
	if (end->trusted)
		trust(cfg, end->trusted);
	if (end->ca)
		assert_int_equal(seal_config_set_ca_file(cfg, pki_ca()), 0);
	if (side == SEAL_SERVER && (end->trusted || end->ca))
		assert_int_equal(seal_config_set_client_auth(cfg,
					SEAL_CLIENT_AUTH_REQUIRED), 0);
	return cfg;
}

static void meet(struct pair *pair, struct seal_config *client,
		 struct seal_config *server)
{
	pair_open(pair, client, server);
	seal_config_unref(client);
	seal_config_unref(server);
}

static void meet_ends(struct pair *pair, const struct end *client,
		      const struct end *server)
{
	meet(pair, end_with(SEAL_CLIENT, client), end_with(SEAL_SERVER, server));
}

static void expect_types(const struct pair *pair, int client, int server)
{
	assert_int_equal(seal_conn_certificate_type(pair->client), client);
	assert_int_equal(seal_conn_peer_certificate_type(pair->server), client);
	assert_int_equal(seal_conn_certificate_type(pair->server), server);
	assert_int_equal(seal_conn_peer_certificate_type(pair->client), server);
}

static void expect_key(const struct seal_conn *conn, const char *key)
{
	uint8_t expected[2048];
	size_t len, expected_len = pki_spki(key, expected, sizeof(expected));
	const void *der, *cert;

	der = seal_conn_peer_raw_key(conn, &len);
	assert_int_equal(len, expected_len);
	assert_memory_equal(der, expected, len);
	assert_int_equal(seal_conn_peer_certificate(conn, 0, &cert, &len),
			 SEAL_E_INVALID);
}

/* ----------------------------------------------------- what has to work */

static void a_server_has_a_key(void **state)
{
	const char *key = key_of(*(const enum seal_key_kind *)*state);
	struct pair pair;

	meet_ends(&pair, &(struct end){ .trusted = key },
		  &(struct end){ .raw_key = key });
	assert_int_equal(pair_shake(&pair), 0);
	expect_agreement(&pair);
	expect_types(&pair, -1, SEAL_CERTIFICATE_RAW_KEY);
	expect_key(pair.client, key);
	assert_true(pair.client->proof.verified);
	assert_int_equal(pair.client->proof.type, 4);
	pair_close(&pair);
}

static void both_have_keys_after_a_retry(void **state)
{
	const char *key = key_of(*(const enum seal_key_kind *)*state);
	const char *other = pki_client(SEAL_KEY_P256)->key;
	const uint16_t p256 = 0x0017;
	struct seal_config *server;
	struct pair pair;

	server = end_with(SEAL_SERVER, &(struct end){ .raw_key = other,
						      .trusted = key });
	assert_int_equal(seal_config_set_groups(server, &p256, 1), 0);
	meet(&pair, end_with(SEAL_CLIENT, &(struct end){ .raw_key = key,
							 .trusted = other }),
	     server);
	assert_int_equal(pair_shake(&pair), 0);
	assert_true(pair.server->retried);
	expect_types(&pair, SEAL_CERTIFICATE_RAW_KEY, SEAL_CERTIFICATE_RAW_KEY);
	expect_key(pair.client, other);
	expect_key(pair.server, key);
	pair_close(&pair);
}

/* Each direction has a type of its own; certificates come first */
static void each_direction_for_itself(void **state)
{
	const char *ours = pki_client(SEAL_KEY_P256)->key;
	const char *theirs = key_of(SEAL_KEY_P256);
	const struct identity *id = pki_identity(SEAL_KEY_P256);
	const struct identity *client = pki_client(SEAL_KEY_P256);
	const struct {
		struct end	client, server;
		int		client_type, server_type;
	} cases[] = {
		{ { ours, NULL, NULL, true }, { NULL, id, ours, false }, 2, 0 },
		{ { NULL, client, theirs, false }, { theirs, NULL, NULL, true }, 0, 2 },
		{ { ours, client, theirs, true }, { theirs, id, ours, true }, 0, 0 },
		{ { ours, client, theirs, true }, { theirs, NULL, ours, false }, 2, 2 },
		{ { ours, NULL, theirs, true }, { theirs, id, ours, true }, 2, 0 },
		{ { ours, client, theirs, false }, { theirs, id, ours, true }, 0, 2 },
		{ { NULL, NULL, theirs, true }, { theirs, id, NULL, false }, -1, 0 },
	};
	struct pair pair;

	(void)state;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(cases); i++) {
		meet_ends(&pair, &cases[i].client, &cases[i].server);
		assert_int_equal(pair_shake(&pair), 0);
		expect_agreement(&pair);
		expect_types(&pair, cases[i].client_type, cases[i].server_type);
		pair_close(&pair);
	}
}

static void a_key_that_was_set_first_is_sent_first(void **state)
{
	const struct identity *id = pki_identity(SEAL_KEY_P256);
	struct seal_config *server = end_with(SEAL_SERVER, &(struct end){
						.raw_key = id->key });
	struct pair pair;

	(void)state;
	assert_int_equal(seal_config_add_certificate(server, id->chain, id->key), 0);
	meet(&pair, end_with(SEAL_CLIENT, &(struct end){ .trusted = id->key,
							 .ca = true }), server);
	assert_int_equal(pair_shake(&pair), 0);
	expect_types(&pair, -1, SEAL_CERTIFICATE_RAW_KEY);
	pair_close(&pair);
}

/* A key has no name that could be verified, so none is needed */
static void without_a_server_name(void **state)
{
	const char *key = key_of(SEAL_KEY_ED25519);
	struct seal_config *cfg = end_with(SEAL_CLIENT, &(struct end){
						.trusted = key });
	struct seal_config *server = end_with(SEAL_SERVER, &(struct end){
						.raw_key = key });
	struct pair pair;

	(void)state;
	assert_int_equal(seal_conn_new(cfg, NULL, &pair.client), 0);
	assert_int_equal(seal_conn_new(server, NULL, &pair.server), 0);
	assert_int_equal(pair_shake(&pair), 0);
	pair_close(&pair);
	seal_config_unref(server);
	seal_config_unref(cfg);
	cfg = end_with(SEAL_CLIENT, &(struct end){ .trusted = key, .ca = true });
	assert_int_equal(seal_conn_new(cfg, NULL, &pair.client), SEAL_E_INVALID);
	seal_config_unref(cfg);
}

static void a_server_that_need_not_ask_does_not(void **state)
{
	const struct identity *id = pki_identity(SEAL_KEY_P256);
	struct seal_config *server = end_with(SEAL_SERVER, &(struct end){
						.id = id, .trusted = id->key });
	struct pair pair;

	(void)state;
	assert_int_equal(seal_config_set_client_auth(server,
						     SEAL_CLIENT_AUTH_OPTIONAL), 0);
	/* X.509 is all that this client has */
	meet(&pair, end_with(SEAL_CLIENT, &(struct end){
				.id = pki_client(SEAL_KEY_P256), .ca = true }),
	     server);
	assert_int_equal(pair_shake(&pair), 0);
	assert_false(pair.client->cert_requested);
	expect_types(&pair, -1, SEAL_CERTIFICATE_X509);
	pair_close(&pair);
}

/* ------------------------------------------------------------- refusals */

static void nothing_in_common(void **state)
{
	const struct identity *id = pki_identity(SEAL_KEY_P256);
	const struct {
		struct end client, server;
	} cases[] = {
		/* nobody has said that keys are welcome */
		{ { .ca = true }, { .raw_key = id->key } },
		/* the server has no key, the client no CA */
		{ { .trusted = id->key }, { .id = id } },
		/* the server needs a key, the client has a certificate or nothing */
		{ { .ca = true, .id = pki_client(SEAL_KEY_P256) },
		  { .id = id, .trusted = id->key } },
		{ { .ca = true }, { .id = id, .trusted = id->key } },
	};
	struct pair pair;

	(void)state;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(cases); i++) {
		meet_ends(&pair, &cases[i].client, &cases[i].server);
		assert_int_equal(pair_shake(&pair), SEAL_E_UNSUPPORTED_CERTIFICATE);
		assert_int_equal(pair_move(pair.server, pair.client), SEAL_E_ALERT);
		assert_int_equal(seal_conn_alert(pair.client), 43);
		pair_close(&pair);
	}
}

static void a_key_that_is_not_trusted(void **state)
{
	const char *key = key_of(SEAL_KEY_P256), *other = key_of(SEAL_KEY_ED25519);
	struct pair pair;

	(void)state;
	meet_ends(&pair, &(struct end){ .trusted = other },
		  &(struct end){ .raw_key = key });
	assert_int_equal(pair_shake(&pair), SEAL_E_CERTIFICATE_UNKNOWN);
	assert_int_equal(pair_move(pair.client, pair.server), SEAL_E_ALERT);
	assert_int_equal(seal_conn_alert(pair.server), 46);
	pair_close(&pair);

	meet_ends(&pair, &(struct end){ .trusted = key, .raw_key = other },
		  &(struct end){ .raw_key = key, .trusted = key });
	assert_int_equal(pair_shake(&pair), SEAL_E_CERTIFICATE_UNKNOWN);
	pair_close(&pair);
}

static int refuse_all(struct seal_conn *conn, void *arg)
{
	size_t len;

	*(bool *)arg = seal_conn_peer_raw_key(conn, &len);
	return SEAL_E_ACCESS_DENIED;
}

static void the_application_may_refuse_it(void **state)
{
	const char *key = key_of(SEAL_KEY_P256);
	struct seal_config *client = end_with(SEAL_CLIENT, &(struct end){
						.trusted = key });
	struct pair pair;
	bool seen = false;

	(void)state;
	seal_config_set_verify(client, refuse_all, &seen);
	meet(&pair, client, end_with(SEAL_SERVER, &(struct end){ .raw_key = key }));
	assert_int_equal(pair_shake(&pair), SEAL_E_ACCESS_DENIED);
	assert_true(seen);
	pair_close(&pair);
}

/* ------------------------------------------------------ forged messages */

/* The client as it waits for EncryptedExtensions, of a server that is forged */
static void open_client(struct scene *scene, const struct end *client)
{
	*scene = (struct scene){ 0 };
	meet(&scene->pair, end_with(SEAL_CLIENT, client),
	     new_server_config(SEAL_KEY_P256));
	scene->victim = scene->pair.client;
	/* the server would not answer a client that takes keys alone */
	scene->pair.server->cfg->creds->type = client->ca ?
		SEAL_CERTIFICATE_X509 : SEAL_CERTIFICATE_RAW_KEY;
	puppet_start(&scene->puppet, scene->victim);
	pair_move(scene->pair.client, scene->pair.server);
	flight_take(&scene->flight, scene->pair.server);
	assert_int_equal(puppet_send(&scene->puppet, SEAL_CONTENT_HANDSHAKE,
				     scene->flight.messages[0].data,
				     scene->flight.messages[0].len), SEAL_WANT_READ);
}

/* EncryptedExtensions with one extension, or with none if @type is 0 */
static int send_extensions(struct scene *scene, uint16_t type, struct seal_span body)
{
	forge_start(&forge);
	forge_open(&forge, 2);
	if (type) {
		forge_number(&forge, type, 2);
		forge_vector(&forge, 2, body.data, body.len);
	}
	forge_close(&forge);
	return puppet_send_message(&scene->puppet, SEAL_MSG_ENCRYPTED_EXTENSIONS,
				   forge_span(&forge));
}

/* What a Certificate message is to have */
struct content {
	bool	raw;		/* the key of the certificate, or that itself */
	int	count;
	int	surplus;	/* bytes behind it */
	bool	extension;	/* status_request */
	bool	garbage;
};

static int send_certificate(struct scene *scene, const struct identity *id,
			    const struct content *content)
{
	uint8_t der[2048] = { 0 };
	size_t len = content->raw ? pki_spki(id->key, der, sizeof(der)) :
				    pki_der(id->chain, der, sizeof(der));

	if (content->garbage)
		der[0] ^= 0xff;
	forge_start(&forge);
	forge_number(&forge, 0, 1);
	forge_open(&forge, 3);
	for (int i = 0; i < content->count; i++) {
		forge_vector(&forge, 3, der, len + content->surplus);
		forge_open(&forge, 2);
		if (content->extension) {
			forge_number(&forge, 5, 2);
			forge_vector(&forge, 2, "\1\0\0\1x", 5);
		}
		forge_close(&forge);
	}
	forge_close(&forge);
	return puppet_send_message(&scene->puppet, SEAL_MSG_CERTIFICATE,
				   forge_span(&forge));
}

#define BODY(text)	{ (const uint8_t *)(text), sizeof(text) - 1 }

static void answers_of_every_form(void **state)
{
	const char *key = key_of(SEAL_KEY_P256);
	const struct end both = { .trusted = key, .ca = true };
	const struct end raw = { .trusted = key, .raw_key = key };
	const struct end x509 = { .ca = true };
	const struct {
		const struct end	*client;
		uint16_t		type;
		struct seal_span	body;
		int			error;
	} cases[] = {
		{ &both, 0, BODY(""), 0 },
		{ &both, SERVER_TYPE, BODY("\0"), 0 },
		{ &both, SERVER_TYPE, BODY("\2"), 0 },
		{ &both, SERVER_TYPE, BODY("\1"), SEAL_E_ILLEGAL_PARAMETER },
		{ &both, SERVER_TYPE, BODY("\3"), SEAL_E_ILLEGAL_PARAMETER },
		{ &both, SERVER_TYPE, BODY("\xff"), SEAL_E_ILLEGAL_PARAMETER },
		{ &both, SERVER_TYPE, BODY(""), SEAL_E_DECODE_ERROR },
		{ &both, SERVER_TYPE, BODY("\2\0"), SEAL_E_DECODE_ERROR },
		{ &both, SERVER_TYPE, BODY("\1\2"), SEAL_E_DECODE_ERROR },
		/* nobody has asked */
		{ &both, CLIENT_TYPE, BODY("\2"), SEAL_E_UNSUPPORTED_EXTENSION },
		{ &x509, SERVER_TYPE, BODY("\0"), SEAL_E_UNSUPPORTED_EXTENSION },
		{ &x509, SERVER_TYPE, BODY("\2"), SEAL_E_UNSUPPORTED_EXTENSION },
		/* X.509 by silence, which this client cannot verify */
		{ &raw, 0, BODY(""), SEAL_E_UNSUPPORTED_CERTIFICATE },
		{ &raw, CLIENT_TYPE, BODY("\2"), SEAL_E_UNSUPPORTED_CERTIFICATE },
		{ &raw, CLIENT_TYPE, BODY("\0"), SEAL_E_ILLEGAL_PARAMETER },
		{ &raw, SERVER_TYPE, BODY("\0"), SEAL_E_ILLEGAL_PARAMETER },
		{ &raw, SERVER_TYPE, BODY("\2"), 0 },
	};
	struct scene scene;
	int status;

	(void)state;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(cases); i++) {
		open_client(&scene, cases[i].client);
		status = send_extensions(&scene, cases[i].type, cases[i].body);
		if (cases[i].error)
			expect_refusal(&scene.puppet, status, cases[i].error);
		else
			assert_int_equal(status, SEAL_WANT_READ);
		scene_close(&scene);
	}
}

/* The key is trusted, and so is the certificate: only what was agreed on is taken */
static void what_was_not_agreed_on_is_refused(void **state)
{
	const struct identity *id = pki_identity(SEAL_KEY_P256);
	const struct end both = { .trusted = id->key, .ca = true };
	const struct {
		uint16_t		type;
		struct seal_span	body;
		struct content		content;
		int			error;
	} cases[] = {
		{ 0, BODY(""), { .count = 1 }, 0 },
		{ 0, BODY(""), { .raw = true, .count = 1 }, SEAL_E_UNSUPPORTED_CERTIFICATE },
		{ SERVER_TYPE, BODY("\0"), { .raw = true, .count = 1 },
		  SEAL_E_UNSUPPORTED_CERTIFICATE },
		{ SERVER_TYPE, BODY("\2"), { .raw = true, .count = 1 }, 0 },
		{ SERVER_TYPE, BODY("\2"), { .count = 1 },
		  SEAL_E_UNSUPPORTED_CERTIFICATE },
		{ SERVER_TYPE, BODY("\2"), { .raw = true, .count = 2 }, SEAL_E_ILLEGAL_PARAMETER },
		{ SERVER_TYPE, BODY("\2"), { .raw = true }, SEAL_E_DECODE_ERROR },
		{ SERVER_TYPE, BODY("\2"), { .raw = true, .count = 1, .surplus = 1 }, SEAL_E_BAD_CERTIFICATE },
		{ SERVER_TYPE, BODY("\2"), { .raw = true, .count = 1, .surplus = -1 }, SEAL_E_BAD_CERTIFICATE },
		{ SERVER_TYPE, BODY("\2"), { .raw = true, .count = 1, .extension = true },
		  SEAL_E_UNSUPPORTED_EXTENSION },
		{ SERVER_TYPE, BODY("\2"), { .raw = true, .count = 1, .garbage = true },
		  SEAL_E_BAD_CERTIFICATE },
	};
	struct scene scene;
	int status;

	(void)state;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(cases); i++) {
		open_client(&scene, &both);
		assert_int_equal(send_extensions(&scene, cases[i].type,
						 cases[i].body), SEAL_WANT_READ);
		status = send_certificate(&scene, id, &cases[i].content);
		if (cases[i].error)
			expect_refusal(&scene.puppet, status, cases[i].error);
		else
			assert_int_equal(status, SEAL_WANT_READ);
		scene_close(&scene);
	}
}

static void nor_does_a_server_take_it(void **state)
{
	const struct identity *id = pki_client(SEAL_KEY_P256);
	const struct end server = { .id = pki_identity(SEAL_KEY_P256),
				    .trusted = id->key, .ca = true };
	const struct {
		struct end	client;
		bool		raw;
		int		error;
	} cases[] = {
		{ { .id = id, .ca = true }, false, 0 },
		{ { .id = id, .ca = true }, true, SEAL_E_UNSUPPORTED_CERTIFICATE },
		{ { .id = id, .raw_key = id->key, .ca = true }, true,
		  SEAL_E_UNSUPPORTED_CERTIFICATE },
		{ { .raw_key = id->key, .ca = true }, true, 0 },
		{ { .raw_key = id->key, .ca = true }, false,
		  SEAL_E_UNSUPPORTED_CERTIFICATE },
	};
	struct scene scene;
	int status;

	(void)state;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(cases); i++) {
		scene = (struct scene){ 0 };
		meet_ends(&scene.pair, &cases[i].client, &server);
		scene.victim = scene.pair.server;
		puppet_start(&scene.puppet, scene.victim);
		pair_move(scene.pair.client, scene.pair.server);
		assert_int_equal(pair_move(scene.pair.server, scene.pair.client), 0);
		status = send_certificate(&scene, id, &(struct content){
						.raw = cases[i].raw, .count = 1 });
		if (cases[i].error)
			expect_refusal(&scene.puppet, status, cases[i].error);
		else
			assert_int_equal(status, SEAL_WANT_READ);
		scene_close(&scene);
	}
}

static struct {
	uint16_t		type;
	struct seal_span	body;
} list;		/* of put_list() */

static void put_list(struct hello *hello)
{
	hello_add(hello, list.type, list.body);
}

static void lists_of_every_form(void **state)
{
	static const struct {
		uint16_t		type;
		struct seal_span	body;
		int			error;
	} cases[] = {
		{ SERVER_TYPE, BODY("\1\0"), 0 },
		{ SERVER_TYPE, BODY("\3\2\1\0"), 0 },
		{ SERVER_TYPE, BODY("\2\377\0"), 0 },
		{ SERVER_TYPE, BODY("\1\2"), SEAL_E_UNSUPPORTED_CERTIFICATE },
		{ SERVER_TYPE, BODY("\2\1\377"), SEAL_E_UNSUPPORTED_CERTIFICATE },
		{ SERVER_TYPE, BODY(""), SEAL_E_DECODE_ERROR },
		{ SERVER_TYPE, BODY("\0"), SEAL_E_DECODE_ERROR },
		{ SERVER_TYPE, BODY("\2\0"), SEAL_E_DECODE_ERROR },
		{ SERVER_TYPE, BODY("\1\0\0"), SEAL_E_DECODE_ERROR },
		/* it does not ask for certificates, so any will do */
		{ CLIENT_TYPE, BODY("\1\2"), 0 },
		{ CLIENT_TYPE, BODY("\0"), SEAL_E_DECODE_ERROR },
		{ CLIENT_TYPE, BODY("\1\0\0"), SEAL_E_DECODE_ERROR },
	};
	struct scene scene;
	int status;

	(void)state;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(cases); i++) {
		list.type = cases[i].type;
		list.body = cases[i].body;
		status = scene_send_hello(&scene, put_list);
		if (cases[i].error)
			expect_refusal(&scene.puppet, status, cases[i].error);
		else
			assert_int_equal(status, SEAL_WANT_READ);
		scene_close(&scene);
	}
}

static const struct variant variants[] = {
	{ "ecdsa_p256", &kinds[0] },
	{ "ecdsa_p384", &kinds[1] },
	{ "rsa_pss", &kinds[2] },
	{ "ed25519", &kinds[3] },
	{ "ecdsa_p521", &kinds[4] },
	{ "rsa_pss_pss", &kinds[5] },
	{ "ed448", &kinds[6] },
};

static const struct walk walks[] = {
	{ "a_server_has_a_key", a_server_has_a_key, NULL },
	{ "both_have_keys_after_a_retry", both_have_keys_after_a_retry, NULL },
};

static const struct CMUnitTest others[] = {
	cmocka_unit_test(each_direction_for_itself),
	cmocka_unit_test(a_key_that_was_set_first_is_sent_first),
	cmocka_unit_test(without_a_server_name),
	cmocka_unit_test(a_server_that_need_not_ask_does_not),
	cmocka_unit_test(nothing_in_common),
	cmocka_unit_test(a_key_that_is_not_trusted),
	cmocka_unit_test(the_application_may_refuse_it),
	cmocka_unit_test(answers_of_every_form),
	cmocka_unit_test(what_was_not_agreed_on_is_refused),
	cmocka_unit_test(nor_does_a_server_take_it),
	cmocka_unit_test(lists_of_every_form),
};

int main(void)
{
	const struct cases cases = {
		walks, SEAL_ARRAY_SIZE(walks),
		variants, SEAL_ARRAY_SIZE(variants),
		others, SEAL_ARRAY_SIZE(others),
	};

	return run_cases(&cases, NULL, NULL);
}
