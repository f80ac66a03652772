// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Servers that misbehave enter; the alert that a client owes them leaves (RFC 8446
 * 4.1.3, 4.2, 4.3, 4.4).
 */
#include <string.h>

#include "unit.h"

static struct forge forge;

/* Send the message in the forge to a client in @state; it must fail so */
static void refuse(enum seal_state state, uint8_t type, int error)
{
	struct scene scene;

	scene_open(&scene, state);
	expect_refusal(&scene.puppet,
		       puppet_send_message(&scene.puppet, type, forge_span(&forge)),
		       error);
	scene_close(&scene);
}

/* --------------------------------------------------------- ServerHello */

struct hello_case {
	void	(*change)(struct hello *hello);
	int	error;
};

static void tls12(struct hello *hello)
{
	hello_drop(hello, TYPE_SUPPORTED_VERSIONS);
	hello_drop(hello, TYPE_KEY_SHARE);
}

static void tls12_bare(struct hello *hello)
{
	hello->bare = true;
}

static void downgraded_to_12(struct hello *hello)
{
	tls12(hello);
	memcpy(hello->random + 24, "DOWNGRD\1", 8);
}

static void downgraded_to_11(struct hello *hello)
{
	tls12_bare(hello);
	memcpy(hello->random + 24, "DOWNGRD\0", 8);
}

static void tls10_version(struct hello *hello)
{
	hello->version = 0x0301;
}

static void tls13_in_legacy_version(struct hello *hello)
{
	hello->version = 0x0304;
}

static void selects_tls12(struct hello *hello)
{
	static const uint8_t version[] = { 3, 3 };

	hello_put(hello, TYPE_SUPPORTED_VERSIONS, SPAN(version));
}

static void three_bytes_of_version(struct hello *hello)
{
	static const uint8_t version[] = { 3, 4, 0 };

	hello_put(hello, TYPE_SUPPORTED_VERSIONS, SPAN(version));
}

static void other_session(struct hello *hello)
{
	static const uint8_t id[32];

	hello->session_id = SPAN(id);
}

static void no_session(struct hello *hello)
{
	hello->session_id.len = 0;
}

static void long_session(struct hello *hello)
{
	static const uint8_t id[33];

	hello->session_id = SPAN(id);
}

static void compressed(struct hello *hello)
{
	static const uint8_t deflate[] = { 1 };

	hello->compression = SPAN(deflate);
}

static void ccm_suite(struct hello *hello)
{
	static const uint8_t suite[] = { 0x13, 4 };

	hello->suites = SPAN(suite);
}

static void tls12_suite(struct hello *hello)
{
	static const uint8_t suite[] = { 0xc0, 0x2b };

	hello->suites = SPAN(suite);
}

static void no_share(struct hello *hello)
{
	hello_drop(hello, TYPE_KEY_SHARE);
}

static void share_of_p256(struct hello *hello)
{
	static const uint8_t share[4 + 65] = { 0, 0x17, 0, 65, 4 };

	hello_put(hello, TYPE_KEY_SHARE, SPAN(share));
}

/* A key of X25519, said to be one of X448 */
static void share_of_x448(struct hello *hello)
{
	static const uint8_t share[4 + 32] = { 0, 0x1e, 0, 32, 9 };

	hello_put(hello, TYPE_KEY_SHARE, SPAN(share));
}

static void zero_share(struct hello *hello)
{
	static const uint8_t share[4 + 32] = { 0, 0x1d, 0, 32 };

	hello_put(hello, TYPE_KEY_SHARE, SPAN(share));
}

static void short_share(struct hello *hello)
{
	static const uint8_t share[4 + 31] = { 0, 0x1d, 0, 31, 9 };

	hello_put(hello, TYPE_KEY_SHARE, SPAN(share));
}

static void empty_share(struct hello *hello)
{
	static const uint8_t share[] = { 0, 0x1d, 0, 0 };

	hello_put(hello, TYPE_KEY_SHARE, SPAN(share));
}

static void bytes_after_share(struct hello *hello)
{
	static const uint8_t share[4 + 32 + 1] = { 0, 0x1d, 0, 32, 9 };

	hello_put(hello, TYPE_KEY_SHARE, SPAN(share));
}

static void share_twice(struct hello *hello)
{
	hello_add(hello, TYPE_KEY_SHARE, hello->exts[1].body);
}

static void unknown_extension(struct hello *hello)
{
	hello_add(hello, TYPE_UNKNOWN, (struct seal_span){ 0 });
}

static void psk_unasked(struct hello *hello)
{
	static const uint8_t identity[] = { 0, 0 };

	hello_add(hello, TYPE_PRE_SHARED_KEY, SPAN(identity));
}

static void alpn_too_early(struct hello *hello)
{
	hello_add(hello, TYPE_ALPN, (struct seal_span){ 0 });
}

static void cookie_outside_retry(struct hello *hello)
{
	hello_add(hello, TYPE_COOKIE, (struct seal_span){ 0 });
}

static const struct hello_case hello_cases[] = {
	/* RFC 8446 4.2.1, D.1: it speaks TLS 1.2 */
	{ tls12, SEAL_E_PROTOCOL_VERSION },
	{ tls12_bare, SEAL_E_PROTOCOL_VERSION },
	/* 4.1.3: it could do better, somebody is in between */
	{ downgraded_to_12, SEAL_E_ILLEGAL_PARAMETER },
	{ downgraded_to_11, SEAL_E_ILLEGAL_PARAMETER },
	/* 4.1.3 */
	{ tls10_version, SEAL_E_ILLEGAL_PARAMETER },
	{ tls13_in_legacy_version, SEAL_E_ILLEGAL_PARAMETER },
	{ selects_tls12, SEAL_E_ILLEGAL_PARAMETER },
	{ three_bytes_of_version, SEAL_E_DECODE_ERROR },
	{ other_session, SEAL_E_ILLEGAL_PARAMETER },
	{ no_session, SEAL_E_ILLEGAL_PARAMETER },
	{ long_session, SEAL_E_DECODE_ERROR },
	{ compressed, SEAL_E_ILLEGAL_PARAMETER },
	{ ccm_suite, SEAL_E_ILLEGAL_PARAMETER },
	{ tls12_suite, SEAL_E_ILLEGAL_PARAMETER },
	/* 4.2.8, 7.4.2 */
	{ no_share, SEAL_E_MISSING_EXTENSION },
	{ share_of_p256, SEAL_E_ILLEGAL_PARAMETER },
	{ share_of_x448, SEAL_E_ILLEGAL_PARAMETER },
	{ zero_share, SEAL_E_ILLEGAL_PARAMETER },
	{ short_share, SEAL_E_ILLEGAL_PARAMETER },
	{ empty_share, SEAL_E_DECODE_ERROR },
	{ bytes_after_share, SEAL_E_DECODE_ERROR },
	/* 4.2 */
	{ share_twice, SEAL_E_ILLEGAL_PARAMETER },
	{ unknown_extension, SEAL_E_UNSUPPORTED_EXTENSION },
	{ psk_unasked, SEAL_E_UNSUPPORTED_EXTENSION },
	{ alpn_too_early, SEAL_E_ILLEGAL_PARAMETER },
	{ cookie_outside_retry, SEAL_E_ILLEGAL_PARAMETER },
};

static void bad_server_hellos(void **state)
{
	struct scene scene;
	struct hello hello;

	(void)state;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(hello_cases); i++) {
		scene_open(&scene, SEAL_HS_WAIT_SERVER_HELLO);
		hello_of_server(&hello, scene.victim);
		hello_cases[i].change(&hello);
		forge_server_hello(&forge, &hello);
		expect_refusal(&scene.puppet,
			       puppet_send_message(&scene.puppet,
						   SEAL_MSG_SERVER_HELLO,
						   forge_span(&forge)),
			       hello_cases[i].error);
		scene_close(&scene);
	}
}

static void a_server_of_tls12_is_told_apart(void **state)
{
	struct scene scene;
	struct hello hello;

	(void)state;
	scene_open(&scene, SEAL_HS_WAIT_SERVER_HELLO);
	hello_of_server(&hello, scene.victim);
	tls12(&hello);
	forge_server_hello(&forge, &hello);
	puppet_send_message(&scene.puppet, SEAL_MSG_SERVER_HELLO,
			    forge_span(&forge));
	assert_non_null(strstr(seal_conn_error(scene.victim), "TLS 1.2"));
	scene_close(&scene);
}

/* ------------------------------------------------- EncryptedExtensions */

static void refuse_extension(uint16_t type, struct seal_span body, int error)
{
	forge_start(&forge);
	forge_open(&forge, 2);
	forge_number(&forge, type, 2);
	forge_vector(&forge, 2, body.data, body.len);
	forge_close(&forge);
	refuse(SEAL_HS_WAIT_ENCRYPTED_EXTENSIONS, SEAL_MSG_ENCRYPTED_EXTENSIONS,
	       error);
}

static void unsolicited_extensions(void **state)
{
	const struct seal_span empty = { 0 };

	(void)state;
	refuse_extension(TYPE_UNKNOWN, empty, SEAL_E_UNSUPPORTED_EXTENSION);
	refuse_extension(15, empty, SEAL_E_UNSUPPORTED_EXTENSION);
	refuse_extension(TYPE_EARLY_DATA, empty, SEAL_E_UNSUPPORTED_EXTENSION);
}

/* RFC 8446 4.2: known, but not in this message */
static void misplaced_extensions(void **state)
{
	static const uint16_t types[] = {
		TYPE_KEY_SHARE, TYPE_SUPPORTED_VERSIONS, TYPE_COOKIE,
		TYPE_SIGNATURE_ALGORITHMS, TYPE_PRE_SHARED_KEY, TYPE_PADDING,
	};

	(void)state;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(types); i++)
		refuse_extension(types[i], (struct seal_span){ 0 },
				 SEAL_E_ILLEGAL_PARAMETER);
}

static void bad_protocols(void **state)
{
	static const uint8_t other[] = { 0, 3, 2, 'h', '3' };
	static const uint8_t two[] = { 0, 6, 2, 'h', '2', 2, 'h', '2' };
	static const uint8_t nothing[] = { 0, 0 };
	static const uint8_t empty[] = { 0, 1, 0 };
	static const uint8_t shorter[] = { 0, 2, 1, 'h' };

	(void)state;
	refuse_extension(TYPE_ALPN, SPAN(other), SEAL_E_ILLEGAL_PARAMETER);
	refuse_extension(TYPE_ALPN, SPAN(shorter), SEAL_E_ILLEGAL_PARAMETER);
	refuse_extension(TYPE_ALPN, SPAN(two), SEAL_E_DECODE_ERROR);
	refuse_extension(TYPE_ALPN, SPAN(nothing), SEAL_E_DECODE_ERROR);
	refuse_extension(TYPE_ALPN, SPAN(empty), SEAL_E_DECODE_ERROR);
}

static void an_answered_server_name_is_empty(void **state)
{
	static const uint8_t name[] = { 0, 4, 0, 0, 1, 'a' };

	(void)state;
	refuse_extension(TYPE_SERVER_NAME, SPAN(name), SEAL_E_DECODE_ERROR);
}

static void the_same_extension_twice(void **state)
{
	(void)state;
	forge_start(&forge);
	forge_open(&forge, 2);
	for (int i = 0; i < 2; i++) {
		forge_number(&forge, TYPE_SERVER_NAME, 2);
		forge_vector(&forge, 2, NULL, 0);
	}
	forge_close(&forge);
	refuse(SEAL_HS_WAIT_ENCRYPTED_EXTENSIONS, SEAL_MSG_ENCRYPTED_EXTENSIONS,
	       SEAL_E_ILLEGAL_PARAMETER);
}

/* -------------------------------------------------- CertificateRequest */

static void bad_requests(void **state)
{
	static const uint8_t context[] = { 1, 0, 0, 8, 0, 13, 0, 4, 0, 2, 4, 3 };
	static const uint8_t no_schemes[] = { 0, 0, 0 };
	static const uint8_t empty_list[] = { 0, 0, 6, 0, 13, 0, 2, 0, 0 };
	static const uint8_t odd_list[] = { 0, 0, 9, 0, 13, 0, 5, 0, 3, 4, 3, 4 };
	static const uint8_t misplaced[] = { 0, 0, 4, 0, 51, 0, 0 };
	static const struct {
		struct seal_span	body;
		int			error;
	} cases[] = {
		{ SPAN(context), SEAL_E_ILLEGAL_PARAMETER },
		{ SPAN(no_schemes), SEAL_E_MISSING_EXTENSION },
		{ SPAN(empty_list), SEAL_E_DECODE_ERROR },
		{ SPAN(odd_list), SEAL_E_DECODE_ERROR },
		{ SPAN(misplaced), SEAL_E_ILLEGAL_PARAMETER },
	};

	(void)state;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(cases); i++) {
		forge_start(&forge);
		forge_bytes(&forge, cases[i].body.data, cases[i].body.len);
		refuse(SEAL_HS_WAIT_CERTIFICATE_OR_REQUEST,
		       SEAL_MSG_CERTIFICATE_REQUEST, cases[i].error);
	}
}

/* --------------------------------------------------------- Certificate */

static void forge_certificates(size_t count, struct seal_span der, uint16_t ext)
{
	forge_start(&forge);
	forge_vector(&forge, 1, NULL, 0);
	forge_open(&forge, 3);
	for (size_t i = 0; i < count; i++) {
		forge_open(&forge, 3);
		forge_bytes(&forge, der.data, der.len);
		forge_close(&forge);
		forge_open(&forge, 2);
		if (ext) {
			forge_number(&forge, ext, 2);
			forge_vector(&forge, 2, NULL, 0);
		}
		forge_close(&forge);
	}
	forge_close(&forge);
}

static void refuse_certificates(int error)
{
	refuse(SEAL_HS_WAIT_CERTIFICATE_OR_REQUEST, SEAL_MSG_CERTIFICATE, error);
}

static void bad_certificate_messages(void **state)
{
	static const uint8_t garbage[] = { 0x30, 0x82, 1, 2, 3 };
	static const uint8_t context[] = { 1, 0, 0, 0, 0 };

	(void)state;
	/* RFC 8446 4.4.2.4: an empty one */
	forge_certificates(0, SPAN(garbage), 0);
	refuse_certificates(SEAL_E_DECODE_ERROR);
	forge_certificates(1, (struct seal_span){ 0 }, 0);
	refuse_certificates(SEAL_E_DECODE_ERROR);
	forge_certificates(1, SPAN(garbage), 0);
	refuse_certificates(SEAL_E_BAD_CERTIFICATE);
	forge_certificates(SEAL_CHAIN_MAX + 1, SPAN(garbage), 0);
	refuse_certificates(SEAL_E_BAD_CERTIFICATE);
	/* signed_certificate_timestamp, which we did not send; key_share, which has no place */
	forge_certificates(1, SPAN(garbage), 18);
	refuse_certificates(SEAL_E_UNSUPPORTED_EXTENSION);
	forge_certificates(1, SPAN(garbage), TYPE_KEY_SHARE);
	refuse_certificates(SEAL_E_ILLEGAL_PARAMETER);
	forge_start(&forge);
	forge_bytes(&forge, context, sizeof(context));
	refuse_certificates(SEAL_E_ILLEGAL_PARAMETER);
}

/* --------------------------------------------------- CertificateVerify */

static void refuse_scheme(uint16_t scheme, int error)
{
	forge_start(&forge);
	forge_number(&forge, scheme, 2);
	forge_vector(&forge, 2, "not a signature", 15);
	refuse(SEAL_HS_WAIT_CERTIFICATE_VERIFY, SEAL_MSG_CERTIFICATE_VERIFY,
	       error);
}

static void bad_signature_schemes(void **state)
{
	(void)state;
	refuse_scheme(0x0403, SEAL_E_DECRYPT_ERROR);
	/* of another key than the certificate's */
	refuse_scheme(0x0503, SEAL_E_ILLEGAL_PARAMETER);
	refuse_scheme(0x0804, SEAL_E_ILLEGAL_PARAMETER);
	/* RFC 8446 4.4.3: PKCS#1 and SHA-1 are for certificates at most */
	refuse_scheme(0x0401, SEAL_E_ILLEGAL_PARAMETER);
	refuse_scheme(0x0203, SEAL_E_ILLEGAL_PARAMETER);
	refuse_scheme(0x7a7a, SEAL_E_ILLEGAL_PARAMETER);
}

static void an_empty_signature(void **state)
{
	(void)state;
	forge_start(&forge);
	forge_number(&forge, 0x0403, 2);
	forge_vector(&forge, 2, NULL, 0);
	refuse(SEAL_HS_WAIT_CERTIFICATE_VERIFY, SEAL_MSG_CERTIFICATE_VERIFY,
	       SEAL_E_DECRYPT_ERROR);
}

/* A good signature of the server's key over a text that is not this one's */
static void a_signature_over_another_transcript(void **state)
{
	struct scene victim, other;
	struct seal_span verify;

	(void)state;
	scene_open(&victim, SEAL_HS_WAIT_CERTIFICATE_VERIFY);
	scene_open(&other, SEAL_HS_WAIT_CERTIFICATE_VERIFY);
	verify = other.flight.messages[3];
	expect_refusal(&victim.puppet,
		       puppet_send(&victim.puppet, SEAL_CONTENT_HANDSHAKE,
				   verify.data, verify.len),
		       SEAL_E_DECRYPT_ERROR);
	scene_close(&victim);
	scene_close(&other);
}

/* ------------------------------------------------------------ Finished */

static void a_wrong_finished(void **state)
{
	struct scene scene;
	struct seal_span finished;

	(void)state;
	for (size_t bit = 0; bit < 32 * 8; bit++) {
		scene_open(&scene, SEAL_HS_WAIT_SERVER_FINISHED);
		finished = scene.flight.messages[4];
		scene.flight.bytes.data[scene.flight.bytes.len - 32 + bit / 8] ^=
			1 << bit % 8;
		expect_refusal(&scene.puppet,
			       puppet_send(&scene.puppet, SEAL_CONTENT_HANDSHAKE,
					   finished.data, finished.len),
			       SEAL_E_DECRYPT_ERROR);
		scene_close(&scene);
	}
}

/* What a server with the right key says, over the transcript of the client */
static void send_signed(struct scene *scene)
{
	struct seal_conn *client = scene->victim;
	uint8_t signature[SEAL_SIGNATURE_MAX], text[SEAL_SIGNED_MAX];
	struct seal_span signed_text = { text, 0 };
	size_t len;

	assert_int_equal(seal_auth_signed_text(client, SEAL_SERVER, text,
					       &signed_text.len), 0);
	assert_int_equal(seal_signer_sign(signer_with(scene->pair.server, 0x0403),
					  signed_text, signature, &len), 0);
	forge_start(&forge);
	forge_number(&forge, 0x0403, 2);
	forge_vector(&forge, 2, signature, len);
	assert_int_equal(puppet_send_message(&scene->puppet,
					     SEAL_MSG_CERTIFICATE_VERIFY,
					     forge_span(&forge)), SEAL_WANT_READ);
}

static int send_finished(struct scene *scene)
{
	struct seal_conn *client = scene->victim;
	uint8_t thash[SEAL_HASH_MAX], value[SEAL_HASH_MAX];

	assert_int_equal(seal_transcript_hash(&client->transcript, thash), 0);
	assert_int_equal(seal_keysched_finished(&client->keysched,
						client->handshake.server, thash,
						value), 0);
	return puppet_send_message(&scene->puppet, SEAL_MSG_FINISHED,
				   (struct seal_span){ value,
						       client->keysched.size });
}

/* RFC 8446 4.4.2: a client without a certificate says so and goes on */
static void a_request_is_answered_with_no_certificate(void **state)
{
	static const uint8_t empty[] = { SEAL_MSG_CERTIFICATE, 0, 0, 4, 0, 0, 0, 0 };
	struct seal_span certificate;
	struct scene scene;

	(void)state;
	scene_open(&scene, SEAL_HS_WAIT_CERTIFICATE);
	certificate = scene.flight.messages[2];
	assert_int_equal(puppet_send(&scene.puppet, SEAL_CONTENT_HANDSHAKE,
				     certificate.data, certificate.len),
			 SEAL_WANT_READ);
	send_signed(&scene);
	assert_int_equal(send_finished(&scene), 0);
	flight_free(&scene.flight);
	flight_take(&scene.flight, scene.victim);
	assert_int_equal(scene.flight.count, 2);
	assert_true(seal_span_equal(scene.flight.messages[0], SPAN(empty)));
	assert_int_equal(scene.flight.messages[1].data[0], SEAL_MSG_FINISHED);
	scene_close(&scene);
}

/* RFC 8446 4.2.9: or servers send none; and no other mode than psk_dhe_ke */
static void client_asks_for_tickets(void **state)
{
	struct seal_client_hello hello;
	struct wire wire;
	struct pair pair;

	(void)state;
	pair_open(&pair, common_client(), common_server());
	wire_take(&wire, pair.client);
	assert_int_equal(seal_client_hello_parse((struct seal_span){
		wire.data + SEAL_RECORD_HEADER + SEAL_MESSAGE_HEADER,
		wire.len - SEAL_RECORD_HEADER - SEAL_MESSAGE_HEADER }, &hello), 0);
	assert_true(seal_ext_has(&hello.exts, SEAL_EXT_PSK_MODES));
	assert_int_equal(hello.exts.body[SEAL_EXT_PSK_MODES].len, 2);
	assert_memory_equal(hello.exts.body[SEAL_EXT_PSK_MODES].data, "\1\1", 2);
	assert_false(seal_ext_has(&hello.exts, SEAL_EXT_PRE_SHARED_KEY));
	wire_free(&wire);
	pair_close(&pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_server_hellos),
		cmocka_unit_test(a_server_of_tls12_is_told_apart),
		cmocka_unit_test(unsolicited_extensions),
		cmocka_unit_test(misplaced_extensions),
		cmocka_unit_test(bad_protocols),
		cmocka_unit_test(an_answered_server_name_is_empty),
		cmocka_unit_test(the_same_extension_twice),
		cmocka_unit_test(bad_requests),
		cmocka_unit_test(bad_certificate_messages),
		cmocka_unit_test(bad_signature_schemes),
		cmocka_unit_test(an_empty_signature),
		cmocka_unit_test(a_signature_over_another_transcript),
		cmocka_unit_test(a_wrong_finished),
		cmocka_unit_test(client_asks_for_tickets),
		cmocka_unit_test(a_request_is_answered_with_no_certificate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
