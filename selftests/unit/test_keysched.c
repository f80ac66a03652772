// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The traces of RFC 8448 enter; every secret, key and record that they print must
 * leave (RFC 8446 4.4.1, 5, 7.1, 7.3).
 */
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include "unit.h"

static const struct trace_simple *const simple = &rfc8448_simple;
static const struct trace_retry *const retry = &rfc8448_retry;

/* What a trace derives from its messages */
struct replay {
	struct seal_crypto	crypto;
	struct seal_transcript	transcript;
	struct seal_keysched	keysched;
	struct seal_secrets	handshake;
	struct seal_secrets	application;
	uint8_t			thash[SEAL_HASH_MAX];
};

static void replay_start(struct replay *r)
{
	*r = (struct replay){ 0 };
	assert_int_equal(seal_crypto_init(&r->crypto), 0);
	assert_int_equal(seal_keysched_init(&r->keysched, &r->crypto,
					    SEAL_SHA256), 0);
}

static void replay_stop(struct replay *r)
{
	seal_transcript_free(&r->transcript);
	seal_keysched_free(&r->keysched);
	seal_crypto_free(&r->crypto);
}

static void add_message(struct replay *r, const char *message)
{
	struct hex hex = hex_decode(message);

	assert_int_equal(seal_transcript_add(&r->transcript, hex_span(&hex)), 0);
}

static void start_hash(struct replay *r)
{
	assert_int_equal(seal_transcript_start(&r->transcript, &r->crypto,
					       SEAL_SHA256), 0);
}

static void take_hash(struct replay *r)
{
	assert_int_equal(seal_transcript_hash(&r->transcript, r->thash), 0);
}

static void to_handshake(struct replay *r, struct seal_span shared)
{
	take_hash(r);
	assert_int_equal(seal_keysched_handshake(&r->keysched, shared, r->thash,
						 &r->handshake), 0);
}

/* ------------------------------------------------------- shared secrets */

/* What @key and the share of a ServerHello make */
static void derive_from(EVP_PKEY *key, const struct seal_group *group,
			const struct hex *hello, uint8_t shared[SEAL_SHARED_MAX])
{
	struct seal_span body = message_body(hex_span(hello)), share;
	struct seal_server_hello msg;
	struct seal_crypto crypto;

	assert_int_equal(seal_server_hello_parse(body, ~0u, &msg), 0);
	/* behind the group and the length */
	share.data = msg.exts.body[SEAL_EXT_KEY_SHARE].data + 4;
	share.len = group->public_len;
	assert_int_equal(seal_crypto_init(&crypto), 0);
	assert_int_equal(seal_kex_derive(&crypto, key, group, share, shared), 0);
	seal_crypto_free(&crypto);
}

static void share_x25519(uint8_t shared[SEAL_SHARED_MAX])
{
	const struct seal_group *x25519 = seal_group_find(0x001d);
	struct hex hello = hex_decode(simple->server_hello);
	struct hex private = hex_decode(simple->client_private);
	EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL,
						     private.data, 32);

	derive_from(key, x25519, &hello, shared);
	EVP_PKEY_free(key);
}

static EVP_PKEY *import_p256(const struct hex *private, const uint8_t *public)
{
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	BIGNUM *number = BN_bin2bn(private->data, private->len, NULL);
	EVP_PKEY *key = NULL;
	OSSL_PARAM *params;

	OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0);
	OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_PRIV_KEY, number);
	OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY, public, 65);
	params = OSSL_PARAM_BLD_to_param(bld);
	assert_true(EVP_PKEY_fromdata_init(ctx) > 0);
	assert_true(EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params) > 0);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	BN_free(number);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static struct seal_span share_of(const struct hex *hello)
{
	static struct seal_key_share shares[SEAL_SHARES_MAX];
	struct seal_client_hello msg;
	size_t count;

	assert_int_equal(seal_client_hello_parse(message_body(hex_span(hello)),
						 &msg), 0);
	assert_int_equal(seal_ext_client_shares(&msg.exts, shares, &count), 0);
	assert_int_equal(count, 1);
	return shares[0].key;
}

static void share_p256(uint8_t shared[SEAL_SHARED_MAX])
{
	const struct seal_group *p256 = seal_group_find(0x0017);
	struct hex client = hex_decode(retry->client_hello_2);
	struct hex server = hex_decode(retry->server_hello);
	struct hex private = hex_decode(retry->client_private);
	EVP_PKEY *key = import_p256(&private, share_of(&client).data);

	derive_from(key, p256, &server, shared);
	EVP_PKEY_free(key);
}

/* -------------------------------------------------------------- records */

static void set_key(struct replay *r, struct seal_record *record,
		    const uint8_t *secret, bool encrypt)
{
	*record = (struct seal_record){ 0 };
	record_key(record, (struct seal_epoch){ &r->crypto, seal_suite_find(0x1301),
						&r->keysched, secret }, encrypt);
}

/* Open the record of a trace; the content stays in @hex */
static struct seal_fragment open_record(struct seal_record *record,
					const char *text, struct hex *hex)
{
	struct seal_fragment content;

	*hex = hex_decode(text);
	assert_int_equal(seal_record_open(record, hex->data, hex->len, &content),
			 0);
	return content;
}

static void expect_sealed(struct seal_record *record, uint8_t type,
			  struct seal_span content, const char *text)
{
	struct seal_buf out = { 0 };

	assert_int_equal(seal_record_seal(record, type, content, &out), 0);
	assert_int_equal(out.len, hex_decode(text).len);
	expect_hex(out.data, text);
	seal_buf_free(&out);
}

/* Hash the server's flight, but for its Finished, which is compared with ours */
static void add_flight(struct replay *r, const char *record_text)
{
	const size_t finished = SEAL_MESSAGE_HEADER + 32;
	struct seal_record record;
	struct seal_fragment content;
	uint8_t value[SEAL_HASH_MAX];
	struct hex hex;

	set_key(r, &record, r->handshake.server, false);
	content = open_record(&record, record_text, &hex);
	assert_int_equal(content.type, SEAL_CONTENT_HANDSHAKE);
	assert_int_equal(seal_transcript_add(&r->transcript, (struct seal_span){
		content.data, content.len - finished }), 0);
	take_hash(r);
	assert_int_equal(seal_keysched_finished(&r->keysched, r->handshake.server,
						r->thash, value), 0);
	assert_memory_equal(content.data + content.len - 32, value, 32);
	assert_int_equal(seal_transcript_add(&r->transcript, (struct seal_span){
		content.data + content.len - finished, finished }), 0);
	seal_record_free(&record);
}

static void expect_client_finished(struct replay *r, const char *record_text)
{
	uint8_t message[4 + SEAL_HASH_MAX] = { SEAL_MSG_FINISHED, 0, 0, 32 };
	struct seal_record record;

	take_hash(r);
	assert_int_equal(seal_keysched_finished(&r->keysched, r->handshake.client,
						r->thash, message + 4), 0);
	set_key(r, &record, r->handshake.client, true);
	expect_sealed(&record, SEAL_CONTENT_HANDSHAKE,
		      (struct seal_span){ message, 4 + 32 }, record_text);
	seal_record_free(&record);
}

/* ---------------------------------------------------------------- tests */

static void replay_hellos(struct replay *r)
{
	uint8_t shared[SEAL_SHARED_MAX];

	replay_start(r);
	/* what came before the suite was known is hashed too */
	add_message(r, simple->client_hello);
	start_hash(r);
	add_message(r, simple->server_hello);
	share_x25519(shared);
	to_handshake(r, (struct seal_span){ shared, 32 });
}

static void replay_flight(struct replay *r)
{
	replay_hellos(r);
	add_flight(r, simple->server_flight);
	take_hash(r);
}

static void simple_handshake_secrets(void **state)
{
	struct replay r;

	(void)state;
	replay_hellos(&r);
	expect_hex(r.thash, simple->through_server_hello);
	expect_hex(r.keysched.secret, simple->handshake);
	expect_hex(r.handshake.client, simple->client_handshake);
	expect_hex(r.handshake.server, simple->server_handshake);
	replay_stop(&r);
}

static void simple_application_secrets(void **state)
{
	uint8_t exporter[SEAL_HASH_MAX];
	struct replay r;

	(void)state;
	replay_flight(&r);
	expect_hex(r.thash, simple->through_server_finished);
	assert_int_equal(seal_keysched_application(&r.keysched, r.thash,
						   &r.application), 0);
	expect_hex(r.keysched.secret, simple->main);
	expect_hex(r.application.client, simple->client_application);
	expect_hex(r.application.server, simple->server_application);
	assert_int_equal(seal_keysched_exporter(&r.keysched, r.thash, exporter), 0);
	expect_hex(exporter, simple->exporter);
	replay_stop(&r);
}

static void simple_client_finished(void **state)
{
	struct replay r;

	(void)state;
	replay_flight(&r);
	expect_client_finished(&r, simple->client_finished);
	replay_stop(&r);
}

/* The ticket of the trace has this nonce */
static void simple_resumption(void **state)
{
	const uint8_t nonce[] = { 0, 0 };
	uint8_t secret[SEAL_HASH_MAX], psk[SEAL_HASH_MAX];
	uint8_t finished[4 + SEAL_HASH_MAX] = { SEAL_MSG_FINISHED, 0, 0, 32 };
	struct replay r;

	(void)state;
	replay_flight(&r);
	assert_int_equal(seal_keysched_finished(&r.keysched, r.handshake.client,
						r.thash, finished + 4), 0);
	assert_int_equal(seal_keysched_application(&r.keysched, r.thash,
						   &r.application), 0);
	assert_int_equal(seal_transcript_add(&r.transcript, (struct seal_span){
		finished, 4 + 32 }), 0);
	take_hash(&r);
	assert_int_equal(seal_keysched_resumption(&r.keysched, r.thash, secret), 0);
	expect_hex(secret, simple->resumption);
	assert_int_equal(seal_keysched_psk(&r.keysched, secret, SPAN(nonce), psk), 0);
	expect_hex(psk, simple->psk);
	replay_stop(&r);
}

/* Start with what the server sends after its handshake; @hex holds the first record */
static struct seal_fragment open_ticket(struct replay *r, struct seal_record *server,
					struct hex *hex)
{
	replay_start(r);
	*hex = hex_decode(simple->server_application);
	set_key(r, server, hex->data, false);
	return open_record(server, simple->server_ticket, hex);
}

static void simple_ticket(void **state)
{
	struct seal_new_session_ticket ticket;
	struct seal_fragment content;
	struct seal_record server;
	struct replay r;
	struct hex hex;

	(void)state;
	content = open_ticket(&r, &server, &hex);
	assert_int_equal(seal_new_session_ticket_parse((struct seal_span){
		content.data + 4, content.len - 4 }, &ticket), 0);
	assert_int_equal(ticket.lifetime, 30);
	assert_int_equal(ticket.age_add, 0xfad6aac5);
	assert_int_equal(ticket.nonce.len, 2);
	expect_hex(ticket.nonce.data, "0000");
	assert_int_equal(ticket.max_early_data, 1024);
	seal_record_free(&server);
	replay_stop(&r);
}

static void simple_keys(void **state)
{
	const struct {
		const char *secret, *key, *iv;
	} rows[] = {
		{ simple->client_handshake, simple->client_handshake_key,
		  simple->client_handshake_iv },
		{ simple->server_handshake, simple->server_handshake_key,
		  simple->server_handshake_iv },
		{ simple->client_application, simple->client_application_key,
		  simple->client_application_iv },
		{ simple->server_application, simple->server_application_key,
		  simple->server_application_iv },
	};
	uint8_t key[SEAL_KEY_MAX], iv[SEAL_IV_SIZE];
	struct replay r;
	struct hex secret;

	(void)state;
	replay_start(&r);
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(rows); i++) {
		secret = hex_decode(rows[i].secret);
		assert_int_equal(seal_keysched_key(&r.keysched, secret.data, key,
						   16, iv), 0);
		expect_hex(key, rows[i].key);
		expect_hex(iv, rows[i].iv);
	}
	replay_stop(&r);
}

static void simple_finished_keys(void **state)
{
	const char *const rows[][2] = {
		{ simple->client_handshake, simple->client_finished_key },
		{ simple->server_handshake, simple->server_finished_key },
	};
	const struct seal_label label = { .label = "finished" };
	uint8_t key[SEAL_HASH_MAX];
	struct hex secret;
	struct replay r;

	(void)state;
	replay_start(&r);
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(rows); i++) {
		secret = hex_decode(rows[i][0]);
		assert_int_equal(seal_hkdf_expand_label(&r.keysched, secret.data,
							label, key, 32), 0);
		expect_hex(key, rows[i][1]);
	}
	replay_stop(&r);
}

static void simple_records_are_sealed(void **state)
{
	static const uint8_t close_notify[] = { 1, 0 };
	struct seal_record client;
	uint8_t data[50];
	struct replay r;
	struct hex hex;

	(void)state;
	replay_start(&r);
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = i;
	hex = hex_decode(simple->client_application);
	set_key(&r, &client, hex.data, true);
	expect_sealed(&client, SEAL_CONTENT_DATA, SPAN(data), simple->client_data);
	expect_sealed(&client, SEAL_CONTENT_ALERT, SPAN(close_notify),
		      simple->client_alert);
	seal_record_free(&client);
	replay_stop(&r);
}

static void simple_records_are_opened(void **state)
{
	struct seal_fragment content;
	struct seal_record server;
	struct replay r;
	struct hex hex;

	(void)state;
	content = open_ticket(&r, &server, &hex);
	assert_int_equal(content.type, SEAL_CONTENT_HANDSHAKE);
	assert_int_equal(content.len, 205);
	content = open_record(&server, simple->server_data, &hex);
	assert_int_equal(content.type, SEAL_CONTENT_DATA);
	assert_int_equal(content.len, 50);
	for (size_t i = 0; i < 50; i++)
		assert_int_equal(content.data[i], i);
	content = open_record(&server, simple->server_alert, &hex);
	assert_int_equal(content.type, SEAL_CONTENT_ALERT);
	expect_hex(content.data, "0100");
	seal_record_free(&server);
	replay_stop(&r);
}

/* The key of the certificate that comes first in @flight */
static EVP_PKEY *certified_key(struct seal_span flight)
{
	struct seal_certificate chain;
	const uint8_t *der;
	EVP_PKEY *key;
	X509 *cert;

	assert_int_equal(seal_certificate_parse(message_body(flight), 0, &chain), 0);
	der = chain.certs[0].data;
	cert = d2i_X509(NULL, &der, chain.certs[0].len);
	assert_non_null(cert);
	key = X509_get_pubkey(cert);
	X509_free(cert);
	return key;
}

/* The next message of a flight */
static struct seal_span next_message(struct seal_span *flight)
{
	size_t len = SEAL_MESSAGE_HEADER + (flight->data[2] << 8 | flight->data[3]);
	struct seal_span message = { flight->data, len };

	flight->data += len;
	flight->len -= len;
	return message;
}

/* RFC 8446 4.4.3: rsa_pss_rsae_sha256, with a salt as long as the hash */
static void expect_signature(struct replay *r, EVP_PKEY *key,
			     struct seal_span message)
{
	static const char context[] = "TLS 1.3, server CertificateVerify";
	const size_t prefix = 64 + sizeof(context);
	struct seal_certificate_verify verify;
	uint8_t text[64 + sizeof(context) + 32];

	take_hash(r);
	memset(text, ' ', 64);
	memcpy(text + 64, context, sizeof(context));
	memcpy(text + prefix, r->thash, 32);
	assert_int_equal(seal_certificate_verify_parse(message_body(message),
						       &verify), 0);
	assert_int_equal(verify.scheme, 0x0804);
	assert_int_equal(seal_key_verify(key, seal_scheme_find(0x0804),
					 SPAN(text), verify.signature), 0);
	text[0] ^= 1;
	assert_int_equal(seal_key_verify(key, seal_scheme_find(0x0804),
					 SPAN(text), verify.signature),
			 SEAL_E_DECRYPT_ERROR);
}

static void simple_certificate_verify(void **state)
{
	struct seal_span flight, message;
	struct seal_fragment content;
	struct seal_record record;
	struct replay r;
	struct hex hex;
	EVP_PKEY *key;

	(void)state;
	replay_hellos(&r);
	set_key(&r, &record, r.handshake.server, false);
	content = open_record(&record, simple->server_flight, &hex);
	flight = (struct seal_span){ content.data, content.len };
	message = next_message(&flight);	/* EncryptedExtensions */
	assert_int_equal(seal_transcript_add(&r.transcript, message), 0);
	message = next_message(&flight);
	assert_int_equal(seal_transcript_add(&r.transcript, message), 0);
	key = certified_key(message);
	expect_signature(&r, key, next_message(&flight));
	EVP_PKEY_free(key);
	seal_record_free(&record);
	replay_stop(&r);
}

/* RFC 8446 4.4.1: the first ClientHello counts as message_hash */
static void retry_transcript_and_finished(void **state)
{
	uint8_t shared[SEAL_SHARED_MAX];
	struct replay r;

	(void)state;
	replay_start(&r);
	add_message(&r, retry->client_hello_1);
	start_hash(&r);
	assert_int_equal(seal_transcript_retry(&r.transcript, &r.crypto, NULL), 0);
	add_message(&r, retry->retry_request);
	add_message(&r, retry->client_hello_2);
	add_message(&r, retry->server_hello);
	share_p256(shared);
	to_handshake(&r, (struct seal_span){ shared, 32 });
	expect_hex(r.thash, retry->through_server_hello);
	add_flight(&r, retry->server_flight);
	expect_client_finished(&r, retry->client_finished);
	replay_stop(&r);
}

static void transcript_needs_a_hash(void **state)
{
	struct seal_transcript none = { 0 };
	uint8_t thash[SEAL_HASH_MAX];
	struct replay r;

	(void)state;
	assert_int_equal(seal_transcript_hash(&none, thash), SEAL_E_INVALID);
	replay_start(&r);
	start_hash(&r);
	assert_int_equal(seal_transcript_start(&r.transcript, &r.crypto,
					       SEAL_SHA384), SEAL_E_INVALID);
	replay_stop(&r);
}

static int expand(const struct replay *r, const char *label,
		  struct seal_span context, size_t len)
{
	static uint8_t out[255 * 32 + 1];
	static const uint8_t secret[32];
	const struct seal_label full = { label, context };

	return seal_hkdf_expand_label(&r->keysched, secret, full, out, len);
}

static void expand_label_refuses_what_does_not_fit(void **state)
{
	static const uint8_t bytes[256];
	const struct seal_span none = { 0 };
	char label[256];
	struct replay r;

	(void)state;
	replay_start(&r);
	memset(label, 'x', sizeof(label));
	label[255] = '\0';
	assert_int_equal(expand(&r, label, none, 32), SEAL_E_INVALID);
	assert_int_equal(expand(&r, "key", SPAN(bytes), 32), SEAL_E_INVALID);
	assert_int_equal(expand(&r, "key", none, 255 * 32 + 1), SEAL_E_INVALID);
	assert_int_equal(expand(&r, "key", none, 255 * 32), 0);
	replay_stop(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(simple_handshake_secrets),
		cmocka_unit_test(simple_application_secrets),
		cmocka_unit_test(simple_client_finished),
		cmocka_unit_test(simple_resumption),
		cmocka_unit_test(simple_ticket),
		cmocka_unit_test(simple_keys),
		cmocka_unit_test(simple_finished_keys),
		cmocka_unit_test(simple_certificate_verify),
		cmocka_unit_test(simple_records_are_sealed),
		cmocka_unit_test(simple_records_are_opened),
		cmocka_unit_test(retry_transcript_and_finished),
		cmocka_unit_test(transcript_needs_a_hash),
		cmocka_unit_test(expand_label_refuses_what_does_not_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
