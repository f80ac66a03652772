// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Every cipher suite enters, with OpenSSL as the other end and alone with forged records;
 * handshakes and data leave, and nothing of what was forged.
 */
#include <string.h>

#include "peer.h"

#define TEXT_LEN	33

/* What both do if nobody asks for anything: RFC 8446 9.1 and what is as good */
static void by_default(void **state)
{
	static const uint16_t expected[] = { 0x1301, 0x1302, 0x1303 };
	struct seal_config *cfg = new_client_config();

	(void)state;
	assert_int_equal(cfg->suites_len, SEAL_ARRAY_SIZE(expected));
	assert_memory_equal(cfg->suites, expected, sizeof(expected));
	seal_config_unref(cfg);
}

/* The application has to want what is not a default */
static void not_offered_is_not_taken(void **state)
{
	static const uint16_t ccm = 0x1304;
	struct seal_config *server = new_server_config(SEAL_KEY_P256);
	struct pair pair;

	(void)state;
	assert_int_equal(seal_config_set_suites(server, &ccm, 1), 0);
	pair_open(&pair, common_client(), server);
	assert_int_equal(pair_shake(&pair), SEAL_E_HANDSHAKE_FAILURE);
	pair_close(&pair);
	seal_config_unref(server);
}

/* ------------------------------------------------------------ with OpenSSL */

static void meet(const struct seal_suite *suite, struct seal_config *cfg, SSL_CTX *ctx)
{
	SSL *ssl = openssl_new(ctx);
	struct seal_conn *conn;
	struct meeting m;

	if (!SSL_is_server(ssl))
		assert_int_equal(SSL_set_tlsext_host_name(ssl, SERVER_NAME), 1);
	assert_int_equal(seal_config_set_suites(cfg, &suite->id, 1), 0);
	assert_int_equal(seal_conn_new(cfg, SSL_is_server(ssl) ? SERVER_NAME : NULL,
				       &conn), 0);
	assert_int_equal(meeting_shake(&m, conn, ssl), 0);
	assert_int_equal(seal_conn_suite(conn), suite->id);
	for (int i = 0; i < 3; i++)
		meeting_talk(&m);
	meeting_end(&m);
	SSL_CTX_free(ctx);
	seal_config_unref(cfg);
}

static void as_a_client(void **state)
{
	meet(*state, new_client_config(), openssl_server());
}

static void as_a_server(void **state)
{
	meet(*state, new_server_config(SEAL_KEY_P256), openssl_client());
}

/* -------------------------------------------------------------- the cipher */

struct sealed {
	EVP_CIPHER_CTX	*out;
	EVP_CIPHER_CTX	*in;
	uint8_t		 nonce[SEAL_IV_SIZE];
	uint8_t		 aad[SEAL_RECORD_HEADER];
	uint8_t		 text[TEXT_LEN + SEAL_TAG_SIZE];
};

static void open_sealed(struct sealed *s, const struct seal_suite *suite)
{
	static const uint8_t key[SEAL_KEY_MAX] = { 7, 1 };
	const struct seal_crypto *crypto = &common_client()->crypto;

	*s = (struct sealed){ .nonce = { 1, 2, 3 }, .aad = { 4 }, .text = { 5, 6 } };
	s->out = seal_aead_new(crypto, suite->aead, key, true);
	s->in = seal_aead_new(crypto, suite->aead, key, false);
	assert_non_null(s->out);
	assert_non_null(s->in);
	assert_int_equal(seal_aead_seal(s->out, s->nonce, SPAN(s->aad), s->text,
					TEXT_LEN), 0);
}

static void close_sealed(struct sealed *s)
{
	seal_aead_free(s->out);
	seal_aead_free(s->in);
}

static int open_copy(struct sealed *s, uint8_t copy[sizeof(s->text)])
{
	memcpy(copy, s->text, sizeof(s->text));
	return seal_aead_open(s->in, s->nonce, SPAN(s->aad), copy, TEXT_LEN);
}

static void refuse_with(struct sealed *s, uint8_t *bytes, size_t len)
{
	static const uint8_t zeros[TEXT_LEN];
	uint8_t copy[sizeof(s->text)];

	for (size_t bit = 0; bit < 8 * len; bit++) {
		bytes[bit / 8] ^= 1 << bit % 8;
		assert_int_equal(open_copy(s, copy), SEAL_E_BAD_RECORD_MAC);
		assert_memory_equal(copy, zeros, TEXT_LEN);
		bytes[bit / 8] ^= 1 << bit % 8;
	}
}

/* Each bit counts; afterwards the cipher opens what is good, as if nothing had been */
static void forged_text_does_not_leave(void **state)
{
	uint8_t copy[sizeof(((struct sealed *)0)->text)];
	static const uint8_t text[TEXT_LEN] = { 5, 6 };
	struct sealed s;

	open_sealed(&s, *state);
	refuse_with(&s, s.nonce, sizeof(s.nonce));
	refuse_with(&s, s.aad, sizeof(s.aad));
	refuse_with(&s, s.text, sizeof(s.text));
	assert_int_equal(open_copy(&s, copy), 0);
	assert_memory_equal(copy, text, TEXT_LEN);
	close_sealed(&s);
}

/* The same context, one record after the other, of all lengths */
static void records_of_every_length(void **state)
{
	uint8_t text[300 + SEAL_TAG_SIZE];
	struct sealed s;

	open_sealed(&s, *state);
	for (size_t len = 1; len <= 300; len++) {
		memset(text, len, sizeof(text));
		s.nonce[0] = len;
		s.nonce[1] = len >> 8;
		assert_int_equal(seal_aead_seal(s.out, s.nonce, SPAN(s.aad), text, len),
				 0);
		assert_int_equal(seal_aead_open(s.in, s.nonce, SPAN(s.aad), text, len),
				 0);
		for (size_t i = 0; i < len; i++)
			assert_int_equal(text[i], len & 0xff);
	}
	close_sealed(&s);
}

static const struct walk walks[] = {
	{ "as_a_client", as_a_client, NULL },
	{ "as_a_server", as_a_server, NULL },
	{ "forged_text_does_not_leave", forged_text_does_not_leave, NULL },
	{ "records_of_every_length", records_of_every_length, NULL },
};

static const struct CMUnitTest others[] = {
	cmocka_unit_test(by_default),
	cmocka_unit_test(not_offered_is_not_taken),
};

int main(void)
{
	struct variant variants[SEAL_SUITE_COUNT];
	const struct cases cases = {
		walks, SEAL_ARRAY_SIZE(walks),
		variants, SEAL_SUITE_COUNT,
		others, SEAL_ARRAY_SIZE(others),
	};

	for (size_t i = 0; i < SEAL_SUITE_COUNT; i++)
		variants[i] = (struct variant){ seal_suites[i].name, &seal_suites[i] };
	return run_cases(&cases, NULL, NULL);
}
