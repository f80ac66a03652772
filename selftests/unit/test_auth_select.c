// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Several certificates and what the peer says it takes enter; the one that is sent
 * leaves (RFC 8446 4.2.3, 4.2.4, 4.4.2.2, 4.4.2.3).
 */
#include <stdio.h>
#include <string.h>

#include <openssl/pem.h>
#include <openssl/x509.h>

#include "unit.h"

#define TYPE_CERTIFICATE_AUTHORITIES	47
#define TYPE_SIGNATURE_ALGORITHMS_CERT	50

static struct forge forge;

/* ------------------------------------------------------------ credentials */

struct chosen {
	struct identity	root;		/* P-256, of the CA that is trusted */
	struct identity	other;		/* P-256, of another one */
	struct identity	ed25519;	/* of the CA that is trusted */
};

/* Issued once, for either side */
static const struct chosen *chains(void)
{
	static struct chosen ids;

	if (ids.root.chain[0])
		return &ids;
	pki_issue(&(struct cert_spec){ .usage = "clientAuth,serverAuth" },
		  &ids.root);
	pki_issue(&(struct cert_spec){ .usage = "clientAuth,serverAuth",
				       .issuer = ISSUER_OTHER_ROOT }, &ids.other);
	pki_issue(&(struct cert_spec){ .usage = "clientAuth,serverAuth",
				       .kind = SEAL_KEY_ED25519 }, &ids.ed25519);
	return &ids;
}

static void add(struct seal_config *cfg, const struct identity *id)
{
	assert_int_equal(seal_config_add_certificate(cfg, id->chain, id->key), 0);
}

/* Is the chain of @conn that of the file? */
static void expect_cred(const struct seal_conn *conn, const struct identity *id)
{
	uint8_t der[2048];
	size_t len = pki_der(id->chain, der, sizeof(der));

	assert_non_null(conn->cred);
	assert_non_null(memmem(conn->cred->messages[0].data, conn->cred->messages[0].len,
			       der, len));
}

/* -------------------------------------------------------------- messages */

static void forge_schemes(uint16_t type, const uint16_t *schemes, size_t count)
{
	forge_number(&forge, type, 2);
	forge_open(&forge, 2);
	forge_open(&forge, 2);
	for (size_t i = 0; i < count; i++)
		forge_number(&forge, schemes[i], 2);
	forge_close(&forge);
	forge_close(&forge);
}

/* The subject of the first certificate of a file */
static void forge_name(const char *path)
{
	FILE *file = fopen(path, "r");
	X509 *cert = file ? PEM_read_X509(file, NULL, NULL, NULL) : NULL;
	uint8_t *der = NULL;
	int len;

	assert_non_null(cert);
	len = i2d_X509_NAME(X509_get_subject_name(cert), &der);
	assert_true(len > 0);
	forge_vector(&forge, 2, der, len);
	OPENSSL_free(der);
	X509_free(cert);
	fclose(file);
}

static void forge_names(const char *const *paths, size_t count)
{
	forge_number(&forge, TYPE_CERTIFICATE_AUTHORITIES, 2);
	forge_open(&forge, 2);
	forge_open(&forge, 2);
	for (size_t i = 0; i < count; i++)
		forge_name(paths[i]);
	forge_close(&forge);
	forge_close(&forge);
}

/* A client that waits for the server's Certificate, and a puppet for the server */
static void client_at_request(struct scene *scene, struct seal_config *cfg)
{
	*scene = (struct scene){ 0 };
	pair_open(&scene->pair, cfg, common_server());
	seal_config_unref(cfg);
	scene->victim = scene->pair.client;
	puppet_start(&scene->puppet, scene->victim);
	pair_move(scene->pair.client, scene->pair.server);
	flight_take(&scene->flight, scene->pair.server);
	for (size_t i = 0; i < 2; i++)
		puppet_send(&scene->puppet, SEAL_CONTENT_HANDSHAKE,
			    scene->flight.messages[i].data,
			    scene->flight.messages[i].len);
	assert_int_equal(scene->victim->state,
			 SEAL_HS_WAIT_CERTIFICATE_OR_REQUEST);
}

static int send_request(struct scene *scene)
{
	return puppet_send_message(&scene->puppet, SEAL_MSG_CERTIFICATE_REQUEST,
				   forge_span(&forge));
}

static void open_request(void)
{
	forge_start(&forge);
	forge_vector(&forge, 1, NULL, 0);
	forge_open(&forge, 2);
}

/* Three chains to choose from, the one of the other CA first */
static struct seal_config *client_of_many_names(void)
{
	struct seal_config *cfg = new_client_config();

	add(cfg, &chains()->other);
	add(cfg, &chains()->root);
	add(cfg, &chains()->ed25519);
	return cfg;
}

/* What it sends for a request with these; NULL: nothing */
static void expect_answer(const uint16_t *schemes, size_t schemes_len,
			  const char *ca, const struct identity *id)
{
	struct scene scene;

	client_at_request(&scene, client_of_many_names());
	open_request();
	forge_schemes(TYPE_SIGNATURE_ALGORITHMS, schemes, schemes_len);
	if (ca)
		forge_names(&ca, 1);
	forge_close(&forge);
	assert_int_equal(send_request(&scene), SEAL_WANT_READ);
	if (id)
		expect_cred(scene.victim, id);
	else
		assert_null(scene.victim->cred);
	scene_close(&scene);
}

/* ---------------------------------------------------------------- clients */

static void a_client_goes_by_schemes_and_names(void **state)
{
	static const uint16_t ecdsa[] = { 0x0403 }, ed25519[] = { 0x0807 };
	static const uint16_t both[] = { 0x0807, 0x0403 }, rsa[] = { 0x0804 };
	const char *self = chains()->root.chain;

	(void)state;
	expect_answer(both, 2, NULL, &chains()->other);
	expect_answer(ecdsa, 1, NULL, &chains()->other);
	expect_answer(ed25519, 1, NULL, &chains()->ed25519);
	expect_answer(rsa, 1, NULL, NULL);
	expect_answer(both, 2, pki_ca(), &chains()->root);
	expect_answer(both, 2, pki_other_ca(), &chains()->other);
	expect_answer(ed25519, 1, pki_ca(), &chains()->ed25519);
	/* the right CA for the wrong key, and a name that is no issuer's */
	expect_answer(ed25519, 1, pki_other_ca(), NULL);
	expect_answer(both, 2, self, NULL);
}

/* RFC 8446 4.2.3: what cannot be verified is second choice, but better than none */
static void a_client_goes_by_the_signatures_of_its_chain(void **state)
{
	static const uint16_t both[] = { 0x0807, 0x0403 };
	static const uint16_t rsa[] = { 0x0401 };
	struct scene scene;

	(void)state;
	client_at_request(&scene, client_of_many_names());
	open_request();
	forge_schemes(TYPE_SIGNATURE_ALGORITHMS, both, 2);
	forge_schemes(TYPE_SIGNATURE_ALGORITHMS_CERT, rsa, 1);
	forge_close(&forge);
	assert_int_equal(send_request(&scene), SEAL_WANT_READ);
	expect_cred(scene.victim, &chains()->other);
	scene_close(&scene);
}

static void bad_names_in_a_request(void **state)
{
	static const uint8_t none[] = { 0, 0 }, empty[] = { 0, 2, 0, 0 };
	static const uint8_t beyond[] = { 0, 4, 0, 3, 1, 2 };
	static const uint8_t left_over[] = { 0, 3, 0, 1, 1, 9 };
	static const uint8_t half[] = { 0, 4, 0, 1, 1, 0 };
	static const uint8_t odd[] = { 0, 3, 4, 3, 8 };
	static const struct {
		uint16_t		type;
		struct seal_span	body;
	} cases[] = {
		{ TYPE_CERTIFICATE_AUTHORITIES, { NULL, 0 } },
		{ TYPE_CERTIFICATE_AUTHORITIES, SPAN(none) },
		{ TYPE_CERTIFICATE_AUTHORITIES, SPAN(empty) },
		{ TYPE_CERTIFICATE_AUTHORITIES, SPAN(beyond) },
		{ TYPE_CERTIFICATE_AUTHORITIES, SPAN(left_over) },
		{ TYPE_CERTIFICATE_AUTHORITIES, SPAN(half) },
		{ TYPE_SIGNATURE_ALGORITHMS_CERT, { NULL, 0 } },
		{ TYPE_SIGNATURE_ALGORITHMS_CERT, SPAN(none) },
		{ TYPE_SIGNATURE_ALGORITHMS_CERT, SPAN(odd) },
	};
	static const uint16_t ecdsa[] = { 0x0403 };
	struct scene scene;

	(void)state;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(cases); i++) {
		client_at_request(&scene, client_of_many_names());
		open_request();
		forge_schemes(TYPE_SIGNATURE_ALGORITHMS, ecdsa, 1);
		forge_number(&forge, cases[i].type, 2);
		forge_vector(&forge, 2, cases[i].body.data, cases[i].body.len);
		forge_close(&forge);
		expect_refusal(&scene.puppet, send_request(&scene),
			       SEAL_E_DECODE_ERROR);
		scene_close(&scene);
	}
}

/* ---------------------------------------------------------------- servers */

static struct seal_config *server_of_many_names(void)
{
	struct seal_config *cfg = seal_config_new(SEAL_SERVER);

	add(cfg, &chains()->other);
	add(cfg, &chains()->root);
	add(cfg, &chains()->ed25519);
	return cfg;
}

/* What a server sends to a client that says these */
static void expect_choice(struct seal_span schemes, const char *ca,
			  const struct identity *id)
{
	struct seal_config *cfg = server_of_many_names();
	static struct forge names;
	struct puppet puppet;
	struct hello hello;
	struct pair pair;

	pair_open(&pair, common_client(), cfg);
	seal_config_unref(cfg);
	hello_of_client(&hello);
	hello_put(&hello, TYPE_SIGNATURE_ALGORITHMS, schemes);
	if (ca) {
		forge_start(&forge);
		forge_open(&forge, 2);
		forge_name(ca);
		forge_close(&forge);
		names = forge;
		hello_add(&hello, TYPE_CERTIFICATE_AUTHORITIES, forge_span(&names));
	}
	forge_client_hello(&forge, &hello);
	puppet_start(&puppet, pair.server);
	assert_int_equal(puppet_send_message(&puppet, SEAL_MSG_CLIENT_HELLO,
					     forge_span(&forge)), SEAL_WANT_READ);
	expect_cred(pair.server, id);
	puppet_stop(&puppet);
	pair_close(&pair);
}

static void a_server_goes_by_schemes_and_names(void **state)
{
	static const uint8_t ecdsa[] = { 0, 2, 4, 3 }, ed25519[] = { 0, 2, 8, 7 };
	static const uint8_t both[] = { 0, 4, 8, 7, 4, 3 };
	const char *self = chains()->root.chain;

	(void)state;
	expect_choice(SPAN(ecdsa), NULL, &chains()->other);
	/* though the CA has signed with P-256, which this client cannot verify */
	expect_choice(SPAN(ed25519), NULL, &chains()->ed25519);
	expect_choice(SPAN(both), pki_ca(), &chains()->root);
	expect_choice(SPAN(both), pki_other_ca(), &chains()->other);
	/* RFC 8446 4.4.2.2: nothing fits in all respects, the first is sent */
	expect_choice(SPAN(ed25519), pki_other_ca(), &chains()->ed25519);
	expect_choice(SPAN(both), self, &chains()->other);
}

/* A client with one CA, a server with a chain of each: only if told, it fits */
static void a_client_that_names_its_ca_gets_its_chain(void **state)
{
	const char *const files[] = { pki_ca(), pki_other_ca() };
	struct seal_config *client, *server;
	struct pair pair;

	(void)state;
	for (int told = 0; told < 2; told++)
		for (size_t i = 0; i < SEAL_ARRAY_SIZE(files); i++) {
			client = seal_config_new(SEAL_CLIENT);
			server = server_of_many_names();
			assert_int_equal(seal_config_set_ca_file(client, files[i]),
					 0);
			if (told)
				assert_int_equal(seal_config_send_authorities(client),
						 0);
			pair_open(&pair, client, server);
			/* the server's first chain is of the other CA */
			assert_int_equal(pair_shake(&pair), told || i ?
					 0 : SEAL_E_UNKNOWN_CA);
			pair_close(&pair);
			seal_config_unref(client);
			seal_config_unref(server);
		}
}

/* RFC 4055 3.1: a key may be for one hash alone, and then signs with that */
static void a_restricted_key_signs_with_its_hash(void **state)
{
	struct seal_config *cfg = seal_config_new(SEAL_SERVER);
	struct identity id;
	struct pair pair;

	(void)state;
	pki_issue(&(struct cert_spec){ .kind = SEAL_KEY_RSA_PSS,
				       .digest = "SHA384" }, &id);
	add(cfg, &id);
	pair_open(&pair, common_client(), cfg);
	seal_config_unref(cfg);
	assert_int_equal(pair_shake(&pair), 0);
	assert_int_equal(pair.server->scheme->id, 0x080a);
	pair_close(&pair);
	/* one that TLS has no scheme for */
	pki_issue(&(struct cert_spec){ .kind = SEAL_KEY_RSA_PSS,
				       .digest = "SHA224" }, &id);
	cfg = seal_config_new(SEAL_SERVER);
	assert_int_equal(seal_config_set_certificate(cfg, id.chain, id.key),
			 SEAL_E_FILE);
	assert_non_null(strstr(seal_config_error(cfg), "parameters"));
	seal_config_unref(cfg);
}

/* ---------------------------------------------------------- what is asked */

/* The names that a server with this CA file asks for; their length */
static size_t asked_names(const char *path, struct seal_certificate_request *msg,
			  struct scene *scene)
{
	struct seal_config *cfg = new_server_config(SEAL_KEY_P256);
	struct seal_span list = { 0 };

	*scene = (struct scene){ 0 };
	assert_int_equal(seal_config_set_ca_file(cfg, path), 0);
	assert_int_equal(seal_config_set_client_auth(cfg,
						     SEAL_CLIENT_AUTH_OPTIONAL), 0);
	pair_open(&scene->pair, common_client(), cfg);
	seal_config_unref(cfg);
	pair_move(scene->pair.client, scene->pair.server);
	flight_take(&scene->flight, scene->pair.server);
	assert_int_equal(scene->flight.messages[2].data[0],
			 SEAL_MSG_CERTIFICATE_REQUEST);
	assert_int_equal(seal_certificate_request_parse(
				message_body(scene->flight.messages[2]), msg), 0);
	assert_true(seal_ext_has(&msg->exts, SEAL_EXT_SIGNATURE_ALGORITHMS));
	if (seal_ext_has(&msg->exts, SEAL_EXT_CERTIFICATE_AUTHORITIES))
		assert_int_equal(seal_ext_authorities(&msg->exts, &list), 0);
	return list.len;
}

static void expect_lists(const struct seal_exts *exts)
{
	static const uint16_t for_both[] = {
		0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806,
		0x0809, 0x080a, 0x080b
	};
	static const uint16_t for_certificates[] = { 0x0401, 0x0501, 0x0601 };
	struct seal_span schemes, cert_schemes;

	assert_int_equal(seal_ext_list16(exts, SEAL_EXT_SIGNATURE_ALGORITHMS,
					 &schemes), 0);
	assert_int_equal(seal_ext_list16(exts, SEAL_EXT_SIGNATURE_ALGORITHMS_CERT,
					 &cert_schemes), 0);
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(for_both); i++) {
		assert_true(seal_list16_has(schemes, for_both[i]));
		assert_true(seal_list16_has(cert_schemes, for_both[i]));
	}
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(for_certificates); i++) {
		assert_false(seal_list16_has(schemes, for_certificates[i]));
		assert_true(seal_list16_has(cert_schemes, for_certificates[i]));
	}
	/* SHA-1 in neither */
	assert_false(seal_list16_has(cert_schemes, 0x0201));
	assert_false(seal_list16_has(cert_schemes, 0x0203));
}

/* RFC 8446 4.2.3: PKCS#1 is for certificates alone, whoever asks */
static void pkcs1_is_for_certificates_alone(void **state)
{
	struct seal_certificate_request request;
	struct seal_client_hello hello;
	struct flight flight = { 0 };
	struct scene scene;

	(void)state;
	asked_names(pki_ca(), &request, &scene);
	expect_lists(&request.exts);
	scene_close(&scene);
	pair_open(&scene.pair, common_client(), common_server());
	flight_take(&flight, scene.pair.client);
	assert_int_equal(seal_client_hello_parse(message_body(flight.messages[0]),
						 &hello), 0);
	expect_lists(&hello.exts);
	flight_free(&flight);
	pair_close(&scene.pair);
}

static void the_request_names_the_cas(void **state)
{
	struct seal_certificate_request msg;
	char both[PKI_PATH_MAX];
	struct scene scene;
	size_t one, two;

	(void)state;
	one = asked_names(pki_ca(), &msg, &scene);
	assert_true(one > 2);
	scene_close(&scene);
	pki_path(both, "both-cas");
	pki_join(both, pki_ca(), pki_other_ca());
	two = asked_names(both, &msg, &scene);
	assert_true(two > one);
	scene_close(&scene);
}

/* 4000 characters make 4800 bytes of names: three are less than 16 KB, four more */
static void too_many_names_are_none(void **state)
{
	struct seal_certificate_request msg;
	struct scene scene;
	char all[2][PKI_PATH_MAX];
	struct identity id;
	size_t now = 0;

	(void)state;
	pki_path(all[0], "many-cas-0");
	pki_path(all[1], "many-cas-1");
	pki_join(all[0], pki_ca(), pki_other_ca());
	/* as long a subject as its owner likes */
	for (size_t i = 0; i < 4; i++) {
		char subject[4000];

		memset(subject, 'a' + i, sizeof(subject) - 1);
		subject[sizeof(subject) - 1] = '\0';
		pki_issue(&(struct cert_spec){ .issuer = ISSUER_SELF,
					       .subject = subject }, &id);
		pki_join(all[!now], all[now], id.chain);
		now = !now;
		if (i == 2) {
			assert_in_range(asked_names(all[now], &msg, &scene),
					3 * 4000, SEAL_AUTHORITIES_MAX);
			scene_close(&scene);
		}
	}
	assert_int_equal(asked_names(all[now], &msg, &scene), 0);
	scene_close(&scene);
}

static void a_ninth_chain_is_refused(void **state)
{
	struct seal_config *cfg = new_server_config(SEAL_KEY_P256);
	const struct identity *id = &chains()->root;

	(void)state;
	for (size_t i = 1; i < SEAL_CREDS_MAX; i++)
		add(cfg, id);
	assert_int_equal(seal_config_add_certificate(cfg, id->chain, id->key),
			 SEAL_E_INVALID);
	assert_non_null(strstr(seal_config_error(cfg), "8"));
	/* setting begins anew */
	assert_int_equal(seal_config_set_certificate(cfg, id->chain, id->key), 0);
	assert_null(cfg->creds->next);
	assert_int_equal(seal_config_add_certificate(cfg, "/nowhere", id->key),
			 SEAL_E_FILE);
	assert_null(cfg->creds->next);
	seal_config_unref(cfg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_client_goes_by_schemes_and_names),
		cmocka_unit_test(a_client_goes_by_the_signatures_of_its_chain),
		cmocka_unit_test(bad_names_in_a_request),
		cmocka_unit_test(a_server_goes_by_schemes_and_names),
		cmocka_unit_test(a_client_that_names_its_ca_gets_its_chain),
		cmocka_unit_test(a_restricted_key_signs_with_its_hash),
		cmocka_unit_test(pkcs1_is_for_certificates_alone),
		cmocka_unit_test(the_request_names_the_cas),
		cmocka_unit_test(too_many_names_are_none),
		cmocka_unit_test(a_ninth_chain_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
