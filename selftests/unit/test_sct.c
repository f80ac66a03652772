// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Lists of signed certificate timestamps enter, from files and forged ones; what reaches
 * the application of the other end leaves (RFC 6962 3.3, RFC 8446 4.4.2.1).
 */
#include <string.h>

#include "unit.h"

#define SCT	18

#define BODY(text)	{ (const uint8_t *)(text), sizeof(text) - 1 }

static struct forge forge;

/* Two of them, which are not looked into */
static const struct seal_span list = BODY("\0\11\0\3abc\0\2de");

static void meet(struct pair *pair, struct seal_config *client,
		 struct seal_config *server)
{
	pair_open(pair, client, server);
	seal_config_unref(client);
	seal_config_unref(server);
}

static void give_list(struct seal_config *cfg)
{
	char path[PKI_PATH_MAX];

	pki_write("scts", list.data, list.len, path);
	assert_int_equal(seal_config_set_sct_list(cfg, path), 0);
}

static struct seal_config *asking_client(void)
{
	struct seal_config *cfg = new_client_config();

	assert_int_equal(seal_config_request_scts(cfg), 0);
	return cfg;
}

static void expect_list(const struct seal_conn *conn, bool there)
{
	size_t len;
	const void *data = seal_conn_peer_sct_list(conn, &len);

	assert_int_equal(len, there ? list.len : 0);
	if (there)
		assert_memory_equal(data, list.data, len);
	else
		assert_null(data);
}

static void it_is_sent_to_who_asks(void **state)
{
	struct seal_config *server;
	struct pair pair;

	(void)state;
	for (int asks = 0; asks < 2; asks++) {
		server = new_server_config(SEAL_KEY_P256);
		give_list(server);
		meet(&pair, asks ? asking_client() : new_client_config(), server);
		assert_int_equal(pair_shake(&pair), 0);
		expect_agreement(&pair);
		expect_list(pair.client, asks);
		expect_list(pair.server, false);
		pair_close(&pair);
	}
}

static void none_is_no_error(void **state)
{
	struct pair pair;

	(void)state;
	meet(&pair, asking_client(), new_server_config(SEAL_KEY_P256));
	assert_int_equal(pair_shake(&pair), 0);
	expect_list(pair.client, false);
	pair_close(&pair);
}

/* Each as it was asked for */
static void beside_an_ocsp_response(void **state)
{
	uint8_t response[OCSP_MAX];
	struct seal_config *client, *server;
	char path[PKI_PATH_MAX];
	struct pair pair;
	size_t len;

	(void)state;
	len = pki_ocsp(&(struct ocsp_spec){ 0 }, response);
	pki_write("sct-response", response, len, path);
	for (int asked = 0; asked < 4; asked++) {
		client = asked & 1 ? asking_client() : new_client_config();
		server = new_server_config(SEAL_KEY_P256);
		give_list(server);
		assert_int_equal(seal_config_set_ocsp_response(server, path), 0);
		assert_int_equal(seal_config_set_ocsp(client, asked & 2 ?
						      SEAL_OCSP_REQUIRED :
						      SEAL_OCSP_NONE), 0);
		meet(&pair, client, server);
		assert_int_equal(pair_shake(&pair), 0);
		expect_list(pair.client, asked & 1);
		assert_int_equal(!!seal_conn_peer_ocsp_response(pair.client, &len),
				 !!(asked & 2));
		pair_close(&pair);
	}
}

static void a_client_has_them_too(void **state)
{
	const struct identity *id = pki_client(SEAL_KEY_P256);
	struct seal_config *client = new_client_config();
	struct seal_config *server = new_server_config(SEAL_KEY_P256);
	struct pair pair;

	(void)state;
	assert_int_equal(seal_config_set_certificate(client, id->chain, id->key), 0);
	give_list(client);
	assert_int_equal(seal_config_set_ca_file(server, pki_ca()), 0);
	assert_int_equal(seal_config_set_client_auth(server,
						     SEAL_CLIENT_AUTH_REQUIRED), 0);
	assert_int_equal(seal_config_request_scts(server), 0);
	meet(&pair, client, server);
	assert_int_equal(pair_shake(&pair), 0);
	expect_list(pair.server, true);
	pair_close(&pair);
}

static int want_list(struct seal_conn *conn, void *arg)
{
	size_t len;

	*(bool *)arg = seal_conn_peer_sct_list(conn, &len);
	return SEAL_E_BAD_CERTIFICATE;
}

static void the_application_may_refuse(void **state)
{
	struct seal_config *client = asking_client();
	struct seal_config *server = new_server_config(SEAL_KEY_P256);
	struct pair pair;
	bool seen = false;

	(void)state;
	seal_config_set_verify(client, want_list, &seen);
	give_list(server);
	meet(&pair, client, server);
	assert_int_equal(pair_shake(&pair), SEAL_E_BAD_CERTIFICATE);
	assert_true(seen);
	pair_close(&pair);
}

/* ------------------------------------------------------ forged messages */

static struct seal_span request;

static void put_request(struct hello *hello)
{
	hello_add(hello, SCT, request);
}

/* RFC 6962 3.3.1: MUST be empty */
static void a_request_that_is_not_empty(void **state)
{
	static const struct seal_span bodies[] = { BODY(""), BODY("\0"), BODY("\0\0") };
	struct scene scene;
	int status;

	(void)state;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(bodies); i++) {
		request = bodies[i];
		status = scene_send_hello(&scene, put_request);
		if (i)
			expect_refusal(&scene.puppet, status, SEAL_E_DECODE_ERROR);
		else
			assert_int_equal(scene.victim->staples,
					 SEAL_STAPLE_BIT(SEAL_STAPLE_SCT));
		scene_close(&scene);
	}
}

static const struct {
	struct seal_span	body;
	int			error;
} lists[] = {
	{ BODY("\0\3\0\1a"), 0 },
	{ BODY(""), SEAL_E_DECODE_ERROR },
	{ BODY("\0"), SEAL_E_DECODE_ERROR },
	{ BODY("\0\0"), SEAL_E_DECODE_ERROR },
	{ BODY("\0\2\0\0"), SEAL_E_DECODE_ERROR },
	{ BODY("\0\3\0\2a"), SEAL_E_DECODE_ERROR },
	{ BODY("\0\4\0\1a"), SEAL_E_DECODE_ERROR },
	{ BODY("\0\3\0\1ab"), SEAL_E_DECODE_ERROR },
	{ BODY("\0\4\0\1ab"), SEAL_E_DECODE_ERROR },
	{ BODY("\xff\xff\0\1a"), SEAL_E_DECODE_ERROR },
};

static void open_asking(struct scene *scene)
{
	*scene = (struct scene){ 0 };
	meet(&scene->pair, asking_client(), new_server_config(SEAL_KEY_P256));
	scene->victim = scene->pair.client;
	puppet_start(&scene->puppet, scene->victim);
	pair_move(scene->pair.client, scene->pair.server);
	flight_take(&scene->flight, scene->pair.server);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(puppet_send(&scene->puppet, SEAL_CONTENT_HANDSHAKE,
					     scene->flight.messages[i].data,
					     scene->flight.messages[i].len),
				 SEAL_WANT_READ);
}

static void lists_of_every_form(void **state)
{
	const char *chain = pki_identity(SEAL_KEY_P256)->chain;
	struct scene scene;
	uint8_t der[2048];
	size_t len = pki_der(chain, der, sizeof(der));
	int status;

	(void)state;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(lists); i++) {
		forge_start(&forge);
		forge_number(&forge, 0, 1);
		forge_open(&forge, 3);
		forge_vector(&forge, 3, der, len);
		forge_open(&forge, 2);
		forge_number(&forge, SCT, 2);
		forge_vector(&forge, 2, lists[i].body.data, lists[i].body.len);
		forge_close(&forge);
		forge_close(&forge);
		open_asking(&scene);
		status = puppet_send_message(&scene.puppet, SEAL_MSG_CERTIFICATE,
					     forge_span(&forge));
		if (lists[i].error)
			expect_refusal(&scene.puppet, status, lists[i].error);
		else
			assert_int_equal(status, SEAL_WANT_READ);
		scene_close(&scene);
	}
}

static void files_of_every_form(void **state)
{
	struct seal_config *cfg = new_server_config(SEAL_KEY_P256);
	char path[PKI_PATH_MAX];

	(void)state;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(lists); i++) {
		pki_write("list", lists[i].body.data, lists[i].body.len, path);
		assert_int_equal(seal_config_set_sct_list(cfg, path),
				 lists[i].error ? SEAL_E_FILE : 0);
	}
	seal_config_unref(cfg);
	cfg = seal_config_new(SEAL_CLIENT);
	assert_int_equal(seal_config_set_sct_list(cfg, path), SEAL_E_INVALID);
	seal_config_unref(cfg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_sent_to_who_asks),
		cmocka_unit_test(none_is_no_error),
		cmocka_unit_test(beside_an_ocsp_response),
		cmocka_unit_test(a_client_has_them_too),
		cmocka_unit_test(the_application_may_refuse),
		cmocka_unit_test(a_request_that_is_not_empty),
		cmocka_unit_test(lists_of_every_form),
		cmocka_unit_test(files_of_every_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
