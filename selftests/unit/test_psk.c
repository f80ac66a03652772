// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The resumed handshake of RFC 8448 4 enters; its binder and secrets must leave.  And
 * pre_shared_key of a ClientHello in every shape (RFC 8446 4.2.11, 4.2.9).
 */
#include <string.h>

#include "unit.h"

static const struct trace_resumed *const resumed = &rfc8448_resumed;

/* ------------------------------------------------------------ RFC 8448 4 */

/* Keys that begin with the PSK of the ticket in RFC 8448 3 */
struct replay {
	struct seal_crypto	crypto;
	struct seal_keysched	keysched;
	struct seal_transcript	transcript;
	uint8_t			thash[SEAL_HASH_MAX];
};

static void replay_start(struct replay *r)
{
	struct hex psk = hex_decode(rfc8448_simple.psk);

	*r = (struct replay){ 0 };
	assert_int_equal(seal_crypto_init(&r->crypto), 0);
	assert_int_equal(seal_keysched_init(&r->keysched, &r->crypto, SEAL_SHA256), 0);
	assert_int_equal(seal_keysched_set_psk(&r->keysched, hex_span(&psk)), 0);
}

static void replay_stop(struct replay *r)
{
	seal_transcript_free(&r->transcript);
	seal_keysched_free(&r->keysched);
	seal_crypto_free(&r->crypto);
}

static void psk_makes_the_early_secret(void **state)
{
	struct replay r;

	(void)state;
	replay_start(&r);
	expect_hex(r.keysched.secret, resumed->early);
	replay_stop(&r);
}

/* RFC 8446 7.1: without a PSK it is zeros; what follows from that is written down */
static void no_psk_is_one_of_zeros(void **state)
{
	static const uint8_t zeros[SEAL_HASH_MAX];
	uint8_t salt[SEAL_HASH_MAX];
	struct replay r;

	(void)state;
	for (enum seal_hash hash = 0; hash < SEAL_HASH_COUNT; hash++) {
		r = (struct replay){ 0 };
		assert_int_equal(seal_crypto_init(&r.crypto), 0);
		assert_int_equal(seal_keysched_init(&r.keysched, &r.crypto, hash), 0);
		memcpy(salt, r.keysched.salt, sizeof(salt));
		assert_int_equal(seal_keysched_set_psk(&r.keysched, (struct seal_span){
			zeros, r.keysched.size }), 0);
		assert_memory_equal(r.keysched.salt, salt, r.keysched.size);
		if (hash == SEAL_SHA256)
			expect_hex(r.keysched.secret, rfc8448_simple.early);
		replay_stop(&r);
	}
}

/* The ClientHello as far as its binders, and what is said about them in it */
static struct seal_span without_binders(const struct hex *hello,
					struct seal_identity *psk)
{
	struct seal_identity psks[SEAL_IDENTITIES_MAX];
	struct seal_client_hello msg;
	size_t count, binders;

	assert_int_equal(seal_client_hello_parse(message_body(hex_span(hello)), &msg), 0);
	assert_int_equal(seal_ext_client_psks(&msg.exts, psks, &count, &binders), 0);
	assert_int_equal(count, 1);
	*psk = psks[0];
	return (struct seal_span){ hello->data, hello->len - binders };
}

static void binder_is_that_of_the_trace(void **state)
{
	struct hex hello = hex_decode(resumed->client_hello);
	uint8_t binder[SEAL_HASH_MAX];
	struct seal_identity psk;
	struct seal_span part;
	struct replay r;

	(void)state;
	replay_start(&r);
	part = without_binders(&hello, &psk);
	assert_int_equal(psk.name.len, 178);
	assert_int_equal(psk.binder.len, 32);
	assert_int_equal(seal_transcript_partial(&r.transcript, &r.crypto, SEAL_SHA256,
						 part, r.thash), 0);
	expect_hex(r.thash, resumed->binder_hash);
	assert_int_equal(seal_keysched_binder(&r.keysched, false, r.thash, binder), 0);
	expect_hex(binder, resumed->binder);
	assert_memory_equal(binder, psk.binder.data, 32);
	/* RFC 8446 7.1: the label of an external PSK is another */
	assert_int_equal(seal_keysched_binder(&r.keysched, true, r.thash, binder), 0);
	assert_memory_not_equal(binder, psk.binder.data, 32);
	replay_stop(&r);
}

static void add_message(struct replay *r, const char *message)
{
	struct hex hex = hex_decode(message);

	assert_int_equal(seal_transcript_add(&r->transcript, hex_span(&hex)), 0);
}

/* The whole ClientHello, with its binders, makes the keys of early data */
static void psk_makes_the_keys_of_early_data(void **state)
{
	uint8_t traffic[SEAL_HASH_MAX], exporter[SEAL_HASH_MAX];
	struct replay r;

	(void)state;
	replay_start(&r);
	add_message(&r, resumed->client_hello);
	assert_int_equal(seal_transcript_start(&r.transcript, &r.crypto, SEAL_SHA256), 0);
	assert_int_equal(seal_transcript_hash(&r.transcript, r.thash), 0);
	assert_int_equal(seal_keysched_early(&r.keysched, r.thash, traffic, exporter), 0);
	expect_hex(traffic, resumed->client_early);
	assert_memory_not_equal(traffic, exporter, 32);
	replay_stop(&r);
}

/* RFC 8446 7.1: the key exchange comes on top of the PSK */
static void psk_and_exchange_make_the_secrets(void **state)
{
	struct hex shared = hex_decode(resumed->shared);
	struct seal_secrets secrets;
	struct replay r;

	(void)state;
	replay_start(&r);
	add_message(&r, resumed->client_hello);
	add_message(&r, resumed->server_hello);
	assert_int_equal(seal_transcript_start(&r.transcript, &r.crypto, SEAL_SHA256), 0);
	assert_int_equal(seal_transcript_hash(&r.transcript, r.thash), 0);
	assert_int_equal(seal_keysched_handshake(&r.keysched, hex_span(&shared), r.thash,
						 &secrets), 0);
	expect_hex(r.keysched.secret, resumed->handshake);
	expect_hex(secrets.client, resumed->client_handshake);
	expect_hex(secrets.server, resumed->server_handshake);
	replay_stop(&r);
}

/* RFC 8446 4.2.11.2: after a HelloRetryRequest all of the transcript counts */
static void part_of_a_message_follows_the_transcript(void **state)
{
	struct hex hello = hex_decode(resumed->client_hello);
	uint8_t whole[SEAL_HASH_MAX];
	struct seal_span span = hex_span(&hello);
	struct replay r;

	(void)state;
	replay_start(&r);
	assert_int_equal(seal_transcript_start(&r.transcript, &r.crypto, SEAL_SHA256), 0);
	assert_int_equal(seal_transcript_add(&r.transcript, span), 0);
	assert_int_equal(seal_transcript_partial(&r.transcript, &r.crypto, SEAL_SHA256,
						 span, r.thash), 0);
	assert_int_equal(seal_transcript_hash(&r.transcript, whole), 0);
	assert_memory_not_equal(whole, r.thash, 32);
	assert_int_equal(seal_transcript_add(&r.transcript, span), 0);
	assert_int_equal(seal_transcript_hash(&r.transcript, whole), 0);
	assert_memory_equal(whole, r.thash, 32);
	replay_stop(&r);
}

/* ---------------------------------------------------- pre_shared_key, parsed */

static struct seal_identity psks[SEAL_IDENTITIES_MAX];
static size_t count, binders;

static int parse(const uint8_t *data, size_t len)
{
	struct seal_exts exts = {
		.present = SEAL_EXT_BIT(SEAL_EXT_PRE_SHARED_KEY),
	};

	exts.body[SEAL_EXT_PRE_SHARED_KEY] =
		(struct seal_span){ guard_copy(data, len), len };
	return seal_ext_client_psks(&exts, psks, &count, &binders);
}

static const uint8_t zeros[256];

/* So many identities of one byte, and so many binders of a length */
static void build(struct forge *f, unsigned int names, unsigned int proofs,
		  size_t binder)
{
	forge_start(f);
	forge_open(f, 2);
	for (unsigned int i = 0; i < names; i++) {
		forge_open(f, 2);
		forge_number(f, i, 1);
		forge_close(f);
		forge_number(f, i, 4);
	}
	forge_close(f);
	forge_open(f, 2);
	for (unsigned int i = 0; i < proofs; i++)
		forge_vector(f, 1, zeros, binder);
	forge_close(f);
}

static int parse_built(unsigned int names, unsigned int proofs, size_t binder)
{
	struct forge f;

	build(&f, names, proofs, binder);
	return parse(f.data, f.len);
}

static void so_many_binders_as_identities(void **state)
{
	(void)state;
	for (unsigned int names = 1; names < 20; names++)
		for (unsigned int proofs = 1; proofs < 20; proofs++) {
			assert_int_equal(parse_built(names, proofs, 32),
					 names == proofs ? 0 : SEAL_E_ILLEGAL_PARAMETER);
			if (names != proofs)
				continue;
			/* the others are not looked at */
			assert_int_equal(count, names < SEAL_IDENTITIES_MAX ?
					 names : SEAL_IDENTITIES_MAX);
			assert_int_equal(binders, 2 + 33 * names);
			assert_int_equal(psks[count - 1].name.data[0], count - 1);
			assert_int_equal(psks[count - 1].age, count - 1);
		}
	assert_int_equal(parse_built(0, 0, 32), SEAL_E_DECODE_ERROR);
	assert_int_equal(parse_built(0, 1, 32), SEAL_E_DECODE_ERROR);
	assert_int_equal(parse_built(1, 0, 32), SEAL_E_DECODE_ERROR);
}

/* RFC 8446 4.2.11: opaque PskBinderEntry<32..255> */
static void binders_have_a_length(void **state)
{
	(void)state;
	for (size_t len = 0; len < 256; len++)
		assert_int_equal(parse_built(2, 2, len),
				 len < 32 ? SEAL_E_DECODE_ERROR : 0);
}

static void empty_identity_is_refused(void **state)
{
	struct forge f;

	(void)state;
	build(&f, 2, 2, 32);
	/* the second one; its byte is taken for the age */
	f.data[2 + 7 + 1] = 0;
	assert_int_equal(parse(f.data, f.len), SEAL_E_DECODE_ERROR);
}

static void every_truncation_is_refused(void **state)
{
	struct forge f;

	(void)state;
	build(&f, 3, 3, 48);
	assert_int_equal(parse(f.data, f.len), 0);
	for (size_t len = 0; len < f.len; len++)
		assert_int_equal(parse(f.data, len), SEAL_E_DECODE_ERROR);
	f.data[f.len] = 0;
	assert_int_equal(parse(f.data, f.len + 1), SEAL_E_DECODE_ERROR);
}

static void every_length_is_judged(void **state)
{
	static const int deltas[] = { -100, -2, -1, 1, 2, 100 };
	struct forge f;

	(void)state;
	build(&f, 2, 2, 32);
	for (size_t field = 0; field < f.fields_len; field++)
		for (size_t i = 0; i < SEAL_ARRAY_SIZE(deltas); i++) {
			forge_adjust(&f, field, deltas[i]);
			assert_int_not_equal(parse(f.data, f.len), 0);
			forge_adjust(&f, field, -deltas[i]);
		}
	assert_int_equal(parse(f.data, f.len), 0);
}

static int modes(const uint8_t *data, size_t len, bool *dhe)
{
	struct seal_exts exts = { .present = SEAL_EXT_BIT(SEAL_EXT_PSK_MODES) };

	exts.body[SEAL_EXT_PSK_MODES] =
		(struct seal_span){ guard_copy(data, len), len };
	return seal_ext_psk_dhe(&exts, dhe);
}

/* RFC 8446 4.2.9: PskKeyExchangeMode ke_modes<1..255>, others are ignored */
static void modes_are_read(void **state)
{
	static const struct {
		uint8_t	data[4];
		size_t	len;
		int	error;
		bool	dhe;
	} rows[] = {
		{ { 1, 1 }, 2, 0, true },
		{ { 1, 0 }, 2, 0, false },
		{ { 2, 0, 1 }, 3, 0, true },
		{ { 3, 7, 1, 9 }, 4, 0, true },
		{ { 2, 7, 9 }, 3, 0, false },
		{ { 0 }, 0, SEAL_E_DECODE_ERROR, false },
		{ { 0 }, 1, SEAL_E_DECODE_ERROR, false },
		{ { 2, 1 }, 2, SEAL_E_DECODE_ERROR, false },
		{ { 1, 1, 1 }, 3, SEAL_E_DECODE_ERROR, true },
	};
	bool dhe;

	(void)state;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(rows); i++) {
		assert_int_equal(modes(rows[i].data, rows[i].len, &dhe), rows[i].error);
		assert_int_equal(dhe, rows[i].dhe);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(psk_makes_the_early_secret),
		cmocka_unit_test(no_psk_is_one_of_zeros),
		cmocka_unit_test(binder_is_that_of_the_trace),
		cmocka_unit_test(psk_makes_the_keys_of_early_data),
		cmocka_unit_test(psk_and_exchange_make_the_secrets),
		cmocka_unit_test(part_of_a_message_follows_the_transcript),
		cmocka_unit_test(so_many_binders_as_identities),
		cmocka_unit_test(binders_have_a_length),
		cmocka_unit_test(empty_identity_is_refused),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(every_length_is_judged),
		cmocka_unit_test(modes_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
