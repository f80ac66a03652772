// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Ends that take compressed certificates or do not enter, and messages that claim to be
 * some; which form is sent, and what is refused, leaves (RFC 8879).
 */
#include <string.h>

#include <zlib.h>

#include "unit.h"

#define COMPRESS_CERTIFICATE	27
#define BOMB			(1024 * 1024)

#define BODY(text)	{ (const uint8_t *)(text), sizeof(text) - 1 }

static struct forge forge;

static void set(struct seal_config *cfg, unsigned int flags)
{
	assert_int_equal(seal_config_set_compression(cfg, flags), 0);
}

static struct seal_config *receiving_client(void)
{
	struct seal_config *cfg = new_client_config();

	set(cfg, SEAL_COMPRESS_RECEIVE);
	return cfg;
}

static void meet(struct pair *pair, struct seal_config *client,
		 struct seal_config *server)
{
	pair_open(pair, client, server);
	seal_config_unref(client);
	seal_config_unref(server);
}

/* ------------------------------------------------------------ which form */

/* The third message of the server, behind ServerHello and EncryptedExtensions */
static void expect_form(struct seal_config *client, struct seal_config *server,
			uint8_t type)
{
	const struct seal_cred *cred = server->creds;
	const struct seal_buf *sent = type == SEAL_MSG_CERTIFICATE ?
				      &cred->messages[0] : &cred->compressed[0];
	struct flight flight = { 0 };
	struct pair pair;

	meet(&pair, client, server);
	pair_move(pair.client, pair.server);
	flight_take(&flight, pair.server);
	assert_int_equal(flight.messages[2].data[0], type);
	/* RFC 8879: it is the same each time, so nothing is compressed now */
	assert_int_equal(flight.messages[2].len, sent->len);
	assert_memory_equal(flight.messages[2].data, sent->data, sent->len);
	flight_free(&flight);
	pair_close(&pair);
}

static void both_have_to_want_it(void **state)
{
	struct seal_config *server;

	(void)state;
	expect_form(receiving_client(), new_server_config(SEAL_KEY_P256), 25);
	expect_form(new_client_config(), new_server_config(SEAL_KEY_P256), 11);
	server = new_server_config(SEAL_KEY_P256);
	set(server, SEAL_COMPRESS_RECEIVE);
	expect_form(receiving_client(), server, 11);
}

/* A key is random, so nothing would be won */
static void not_where_it_would_be_longer(void **state)
{
	const char *key = pki_identity(SEAL_KEY_ED25519)->key;
	struct seal_config *server = seal_config_new(SEAL_SERVER);
	struct seal_config *client = receiving_client();
	char public[PKI_PATH_MAX];
	struct pair pair;

	(void)state;
	pki_public(key, public);
	assert_int_equal(seal_config_add_raw_key(server, key), 0);
	assert_int_equal(seal_config_trust_raw_key(client, public), 0);
	assert_int_equal(server->creds->compressed[0].len, 0);
	meet(&pair, client, server);
	assert_int_equal(pair_shake(&pair), 0);
	pair_close(&pair);
}

static void expect_chain(const struct seal_conn *conn, const char *path)
{
	uint8_t expected[2048];
	size_t expected_len = pki_der(path, expected, sizeof(expected));
	const void *der;
	size_t len;

	assert_int_equal(seal_conn_peer_certificate(conn, 0, &der, &len), 0);
	assert_int_equal(len, expected_len);
	assert_memory_equal(der, expected, len);
}

static void either_side_reads_it(void **state)
{
	const struct identity *id = pki_client(SEAL_KEY_RSA);
	static const uint16_t p256 = 0x0017;
	struct seal_config *client, *server;
	struct pair pair;

	(void)state;
	for (int retry = 0; retry < 2; retry++) {
		client = new_client_config();
		set(client, SEAL_COMPRESS_RECEIVE | SEAL_COMPRESS_SEND);
		assert_int_equal(seal_config_set_certificate(client, id->chain,
							     id->key), 0);
		server = new_server_config(SEAL_KEY_P256);
		set(server, SEAL_COMPRESS_RECEIVE | SEAL_COMPRESS_SEND);
		assert_int_equal(seal_config_set_ca_file(server, pki_ca()), 0);
		assert_int_equal(seal_config_set_client_auth(server,
						SEAL_CLIENT_AUTH_REQUIRED), 0);
		if (retry)
			assert_int_equal(seal_config_set_groups(server, &p256, 1), 0);
		meet(&pair, client, server);
		assert_int_equal(pair_shake(&pair), 0);
		expect_agreement(&pair);
		assert_true(pair.client->compress && pair.server->compress);
		expect_chain(pair.client, pki_identity(SEAL_KEY_P256)->chain);
		expect_chain(pair.server, id->chain);
		pair_close(&pair);
	}
}

/* RFC 8446 4.4.2: a client without certificate says so, in the plain form */
static void an_empty_one_stays_as_it_is(void **state)
{
	struct seal_config *server = new_server_config(SEAL_KEY_P256);
	struct pair pair;

	(void)state;
	set(server, SEAL_COMPRESS_RECEIVE);
	assert_int_equal(seal_config_set_ca_file(server, pki_ca()), 0);
	assert_int_equal(seal_config_set_client_auth(server,
						     SEAL_CLIENT_AUTH_OPTIONAL), 0);
	meet(&pair, new_client_config(), server);
	assert_int_equal(pair_shake(&pair), 0);
	assert_true(pair.client->compress);
	pair_close(&pair);
}

static void with_what_stands_beside_it(void **state)
{
	struct seal_config *client = receiving_client();
	struct seal_config *server = new_server_config(SEAL_KEY_P256);
	uint8_t response[OCSP_MAX];
	char path[PKI_PATH_MAX];
	struct pair pair;
	size_t len;

	(void)state;
	len = pki_ocsp(&(struct ocsp_spec){ 0 }, response);
	pki_write("compressed-response", response, len, path);
	assert_int_equal(seal_config_set_ocsp_response(server, path), 0);
	assert_int_equal(seal_config_set_ocsp(client, SEAL_OCSP_REQUIRED), 0);
	assert_true(server->creds->compressed[1].len >
		    server->creds->compressed[0].len);
	meet(&pair, client, server);
	assert_int_equal(pair_shake(&pair), 0);
	assert_non_null(seal_conn_peer_ocsp_response(pair.client, &len));
	pair_close(&pair);
}

static void flags_that_nobody_knows(void **state)
{
	struct seal_config *cfg = seal_config_new(SEAL_CLIENT);

	(void)state;
	assert_int_equal(seal_config_set_compression(cfg, 4), SEAL_E_INVALID);
	assert_int_equal(seal_config_set_compression(cfg, 0), 0);
	seal_config_unref(cfg);
}

/* ------------------------------------------------------ forged requests */

static struct seal_span request;

static void put_request(struct hello *hello)
{
	hello_add(hello, COMPRESS_CERTIFICATE, request);
}

static void requests_of_every_form(void **state)
{
	static const struct {
		struct seal_span	body;
		int			error;
		bool			taken;
	} cases[] = {
		{ BODY("\2\0\1"), 0, true },
		{ BODY("\6\0\2\0\3\0\1"), 0, true },
		{ BODY("\4\0\2\0\3"), 0, false },
		{ BODY("\2\1\0"), 0, false },
		{ BODY(""), SEAL_E_DECODE_ERROR, false },
		{ BODY("\0"), SEAL_E_DECODE_ERROR, false },
		{ BODY("\1\0"), SEAL_E_DECODE_ERROR, false },
		{ BODY("\3\0\1\0"), SEAL_E_DECODE_ERROR, false },
		{ BODY("\2\0\1\0"), SEAL_E_DECODE_ERROR, false },
		{ BODY("\4\0\1"), SEAL_E_DECODE_ERROR, false },
	};
	struct scene scene;
	int status;

	(void)state;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(cases); i++) {
		request = cases[i].body;
		status = scene_send_hello(&scene, put_request);
		if (cases[i].error)
			expect_refusal(&scene.puppet, status, cases[i].error);
		else
			assert_int_equal(status, SEAL_WANT_READ);
		assert_int_equal(scene.victim->compress, cases[i].taken);
		scene_close(&scene);
	}
}

/* ------------------------------------------------------ forged messages */

/* A client that waits for a certificate; the flight has the server's */
static void open_scene(struct scene *scene, struct seal_config *client)
{
	*scene = (struct scene){ 0 };
	meet(&scene->pair, client, new_server_config(SEAL_KEY_P256));
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

static int send_packed(struct scene *scene, uint16_t algorithm, uint32_t len,
		       struct seal_span packed)
{
	forge_start(&forge);
	forge_number(&forge, algorithm, 2);
	forge_number(&forge, len, 3);
	forge_vector(&forge, 3, packed.data, packed.len);
	return puppet_send_message(&scene->puppet, SEAL_MSG_COMPRESSED_CERTIFICATE,
				   forge_span(&forge));
}

static void refuse(uint16_t algorithm, uint32_t len, struct seal_span packed, int error)
{
	struct scene scene;
	int status;

	open_scene(&scene, receiving_client());
	status = send_packed(&scene, algorithm, len, packed);
	expect_refusal(&scene.puppet, status, error);
	scene_close(&scene);
}

/* The body of a good Certificate message */
static struct seal_span good_body(void)
{
	static struct seal_config *cfg;

	if (!cfg)
		cfg = new_server_config(SEAL_KEY_P256);
	return message_body((struct seal_span){ cfg->creds->messages[0].data,
						cfg->creds->messages[0].len });
}

/* By hand, without zlib: stored blocks (RFC 1950, RFC 1951 3.2.4) */
static struct seal_span store(struct seal_span body)
{
	static uint8_t out[4096];
	uint32_t a = 1, b = 0;
	size_t at = 0;

	assert_true(body.len + 16 < sizeof(out));
	memcpy(out, "\x78\x01\x01", 3);
	out[3] = body.len;
	out[4] = body.len >> 8;
	out[5] = ~out[3];
	out[6] = ~out[4];
	memcpy(out + 7, body.data, body.len);
	at = 7 + body.len;
	for (size_t i = 0; i < body.len; i++) {
		a = (a + body.data[i]) % 65521;
		b = (b + a) % 65521;
	}
	out[at++] = b >> 8;
	out[at++] = b;
	out[at++] = a >> 8;
	out[at++] = a;
	return (struct seal_span){ out, at };
}

static struct seal_span pack(const void *data, size_t len)
{
	static uint8_t out[8192];
	uLongf out_len = sizeof(out);

	assert_int_equal(compress2(out, &out_len, data, len, 9), Z_OK);
	return (struct seal_span){ out, out_len };
}

static void a_stream_of_somebody_else_is_read(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, receiving_client());
	assert_int_equal(send_packed(&scene, 1, good_body().len, store(good_body())),
			 SEAL_WANT_READ);
	expect_chain(scene.victim, pki_identity(SEAL_KEY_P256)->chain);
	scene_close(&scene);
}

static void unasked(void **state)
{
	struct scene scene;
	int status;

	(void)state;
	open_scene(&scene, new_client_config());
	status = send_packed(&scene, 1, good_body().len, store(good_body()));
	expect_refusal(&scene.puppet, status, SEAL_E_UNEXPECTED_MESSAGE);
	scene_close(&scene);
}

/* RFC 8879 4: MUST be one that was listed */
static void another_algorithm(void **state)
{
	static const uint16_t algorithms[] = { 0, 2, 3, 0x100, 0xffff };

	(void)state;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(algorithms); i++)
		refuse(algorithms[i], good_body().len, store(good_body()),
		       SEAL_E_ILLEGAL_PARAMETER);
}

/* RFC 8879 4: exactly what comes out; and no more than there may be */
static void lengths_that_are_not_true(void **state)
{
	const uint32_t lengths[] = { 0, 1, good_body().len - 1, good_body().len + 1,
				     65532, 65533, 0x10000, 0xffffff };

	(void)state;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(lengths); i++)
		refuse(1, lengths[i], store(good_body()), SEAL_E_BAD_CERTIFICATE);
}

static void bombs(void **state)
{
	static const uint8_t zeros[BOMB];
	struct seal_span bomb = pack(zeros, sizeof(zeros));

	(void)state;
	assert_in_range(bomb.len, 1, 4096);
	refuse(1, 65532, bomb, SEAL_E_BAD_CERTIFICATE);
	refuse(1, sizeof(zeros), bomb, SEAL_E_BAD_CERTIFICATE);
	refuse(1, 100, bomb, SEAL_E_BAD_CERTIFICATE);
}

static void streams_that_are_broken(void **state)
{
	struct seal_span packed = pack(good_body().data, good_body().len);
	size_t len = good_body().len;
	uint8_t bytes[8192];

	(void)state;
	for (size_t cut = 1; cut < packed.len; cut += cut < 40 ? 1 : 13)
		refuse(1, len, (struct seal_span){ packed.data, cut },
		       SEAL_E_BAD_CERTIFICATE);
	memcpy(bytes, packed.data, packed.len);
	/* something behind it, with which nobody has to do */
	bytes[packed.len] = 0;
	refuse(1, len, (struct seal_span){ bytes, packed.len + 1 },
	       SEAL_E_BAD_CERTIFICATE);
	/* the checksum */
	bytes[packed.len - 1] ^= 1;
	refuse(1, len, (struct seal_span){ bytes, packed.len }, SEAL_E_BAD_CERTIFICATE);
	/* RFC 1950 2.2: a dictionary, which nobody has */
	memcpy(bytes, "\x78\xbb\0\0\0\1", 6);
	refuse(1, len, (struct seal_span){ bytes, packed.len }, SEAL_E_BAD_CERTIFICATE);
	refuse(1, len, (struct seal_span)BODY("not a stream"), SEAL_E_BAD_CERTIFICATE);
	/* gzip and bare deflate are other formats */
	refuse(1, len, (struct seal_span)BODY("\x1f\x8b\x08\0\0\0\0\0"),
	       SEAL_E_BAD_CERTIFICATE);
	refuse(1, len, (struct seal_span){ store(good_body()).data + 2, len },
	       SEAL_E_BAD_CERTIFICATE);
}

/* What comes out is judged like any other */
static void what_is_in_it_may_be_bad(void **state)
{
	struct seal_span good = good_body();
	uint8_t bytes[4096];

	(void)state;
	memcpy(bytes, good.data, good.len);
	refuse(1, good.len - 1, store((struct seal_span){ bytes, good.len - 1 }),
	       SEAL_E_DECODE_ERROR);
	bytes[good.len] = 0;
	refuse(1, good.len + 1, store((struct seal_span){ bytes, good.len + 1 }),
	       SEAL_E_DECODE_ERROR);
	refuse(1, 4, store((struct seal_span)BODY("\0\0\0\0")), SEAL_E_DECODE_ERROR);
	bytes[8] ^= 0xff;
	refuse(1, good.len, store((struct seal_span){ bytes, good.len }),
	       SEAL_E_BAD_CERTIFICATE);
}

static void messages_of_the_wrong_length(void **state)
{
	static const struct seal_span bodies[] = {
		BODY(""), BODY("\0\1"), BODY("\0\1\0\0\1"), BODY("\0\1\0\0\1\0\0\0"),
		BODY("\0\1\0\0\1\0\0\2x"), BODY("\0\1\0\0\1\0\0\1xy"),
	};
	struct scene scene;
	int status;

	(void)state;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(bodies); i++) {
		open_scene(&scene, receiving_client());
		status = puppet_send_message(&scene.puppet,
					     SEAL_MSG_COMPRESSED_CERTIFICATE,
					     bodies[i]);
		expect_refusal(&scene.puppet, status, SEAL_E_DECODE_ERROR);
		scene_close(&scene);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_have_to_want_it),
		cmocka_unit_test(not_where_it_would_be_longer),
		cmocka_unit_test(either_side_reads_it),
		cmocka_unit_test(an_empty_one_stays_as_it_is),
		cmocka_unit_test(with_what_stands_beside_it),
		cmocka_unit_test(flags_that_nobody_knows),
		cmocka_unit_test(requests_of_every_form),
		cmocka_unit_test(a_stream_of_somebody_else_is_read),
		cmocka_unit_test(unasked),
		cmocka_unit_test(another_algorithm),
		cmocka_unit_test(lengths_that_are_not_true),
		cmocka_unit_test(bombs),
		cmocka_unit_test(streams_that_are_broken),
		cmocka_unit_test(what_is_in_it_may_be_bad),
		cmocka_unit_test(messages_of_the_wrong_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
