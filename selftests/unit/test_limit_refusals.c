// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Forged extensions for the size of records enter, and records that are too long; refusals
 * leave (RFC 6066 4, RFC 8449).
 */
#include <string.h>

#include "unit.h"

#define TYPE_MAX_FRAGMENT	1
#define TYPE_SIZE_LIMIT		28

/* What both ends want */
struct wish {
	size_t	fragment;	/* max_fragment_length of the client */
	size_t	client;		/* record_size_limit of either */
	size_t	server;
};

static void open_wish(struct pair *pair, const struct wish *wish)
{
	struct seal_config *client = new_client_config();
	struct seal_config *server = new_server_config(SEAL_KEY_P256);

	assert_int_equal(seal_config_set_max_fragment_length(client, wish->fragment), 0);
	assert_int_equal(seal_config_set_record_size_limit(client, wish->client), 0);
	assert_int_equal(seal_config_set_record_size_limit(server, wish->server), 0);
	pair_open(pair, client, server);
	seal_config_unref(client);
	seal_config_unref(server);
}

/* ------------------------------------------- what a server is offered */

static uint8_t bytes[4];
static struct { size_t fragment_len, limit_len; } offer;

static void put_offer(struct hello *hello)
{
	hello_put(hello, TYPE_MAX_FRAGMENT,
		  (struct seal_span){ bytes, offer.fragment_len });
	hello_put(hello, TYPE_SIZE_LIMIT,
		  (struct seal_span){ bytes, offer.limit_len });
	if (offer.fragment_len > sizeof(bytes))
		hello_drop(hello, TYPE_MAX_FRAGMENT);
	if (offer.limit_len > sizeof(bytes))
		hello_drop(hello, TYPE_SIZE_LIMIT);
}

/* A length of NONE is an extension that is not there */
#define NONE	SIZE_MAX

static void offer_to_server(size_t fragment_len, size_t limit_len, uint32_t value,
			    int error)
{
	struct scene scene;
	int status;

	for (int i = 0; i < 4; i++)
		bytes[i] = value >> (24 - 8 * i);
	offer.fragment_len = fragment_len;
	offer.limit_len = limit_len;
	status = scene_send_hello(&scene, put_offer);
	if (error)
		expect_refusal(&scene.puppet, status, error);
	else
		assert_int_equal(status, SEAL_WANT_READ);
	scene_close(&scene);
}

static void bad_offers_of_max_fragment_length(void **state)
{
	(void)state;
	for (uint32_t code = 0; code < 256; code++)
		offer_to_server(1, NONE, code << 24, code >= 1 && code <= 4 ?
				0 : SEAL_E_ILLEGAL_PARAMETER);
	offer_to_server(0, NONE, 1 << 24, SEAL_E_DECODE_ERROR);
	offer_to_server(2, NONE, 1 << 24, SEAL_E_DECODE_ERROR);
}

/* RFC 8449 4: below 64 is an error, too much is none to a server */
static void bad_offers_of_record_size_limit(void **state)
{
	(void)state;
	for (uint32_t limit = 0; limit < 70; limit++)
		offer_to_server(NONE, 2, limit << 16, limit < 64 ?
				SEAL_E_ILLEGAL_PARAMETER : 0);
	offer_to_server(NONE, 2, 16385U << 16, 0);
	offer_to_server(NONE, 2, 16386U << 16, 0);
	offer_to_server(NONE, 2, 0xffffU << 16, 0);
	offer_to_server(NONE, 0, 64 << 16, SEAL_E_DECODE_ERROR);
	offer_to_server(NONE, 1, 64 << 16, SEAL_E_DECODE_ERROR);
	offer_to_server(NONE, 3, 64 << 16, SEAL_E_DECODE_ERROR);
}

/* RFC 8449 5: not looked at, then */
static void max_fragment_length_is_ignored_beside_the_other(void **state)
{
	(void)state;
	offer_to_server(1, 2, 64 << 16, 0);
	offer_to_server(0, 2, 64 << 16, 0);
	offer_to_server(4, 2, 64 << 16, 0);
}

/* ------------------------------------------- what a client is answered */

/* A client that has asked for what @wish says, before EncryptedExtensions */
static void open_client(struct scene *scene, const struct wish *wish)
{
	struct flight *flight = &scene->flight;

	memset(scene, 0, sizeof(*scene));
	open_wish(&scene->pair, wish);
	scene->victim = scene->pair.client;
	puppet_start(&scene->puppet, scene->victim);
	pair_move(scene->pair.client, scene->pair.server);
	flight_take(flight, scene->pair.server);
	puppet_send_plain(&scene->puppet, SEAL_CONTENT_HANDSHAKE,
			  flight->messages[0].data, flight->messages[0].len);
	assert_int_equal(scene->victim->state, SEAL_HS_WAIT_ENCRYPTED_EXTENSIONS);
}

static void answer_client(const struct wish *wish, struct seal_span exts, int error)
{
	struct scene scene;
	int status;

	open_client(&scene, wish);
	status = puppet_send_message(&scene.puppet, SEAL_MSG_ENCRYPTED_EXTENSIONS, exts);
	if (error)
		expect_refusal(&scene.puppet, status, error);
	else
		assert_int_equal(status, SEAL_WANT_READ);
	scene_close(&scene);
}

static const struct wish asks_nothing = { 0 };
static const struct wish asks_fragment = { .fragment = 1024 };
static const struct wish asks_limit = { .client = 1000 };
static const struct wish asks_both = { .fragment = 1024, .client = 1000 };

/* EncryptedExtensions with these bytes for extensions */
#define EXTS(...) SPAN(((const uint8_t[]){ 0, sizeof((uint8_t[]){ __VA_ARGS__ }), \
					   __VA_ARGS__ }))

static void bad_answers(void **state)
{
	const struct {
		const struct wish	*wish;
		struct seal_span	exts;
		int			error;
	} answers[] = {
		{ &asks_nothing, EXTS(0, 1, 0, 1, 2), SEAL_E_UNSUPPORTED_EXTENSION },
		{ &asks_nothing, EXTS(0, 28, 0, 2, 1, 0), SEAL_E_UNSUPPORTED_EXTENSION },
		{ &asks_fragment, EXTS(0, 28, 0, 2, 1, 0), SEAL_E_UNSUPPORTED_EXTENSION },
		{ &asks_limit, EXTS(0, 1, 0, 1, 2), SEAL_E_UNSUPPORTED_EXTENSION },
		/* RFC 6066 4: what was asked for, or nothing */
		{ &asks_fragment, EXTS(0, 1, 0, 1, 0), SEAL_E_ILLEGAL_PARAMETER },
		{ &asks_fragment, EXTS(0, 1, 0, 1, 1), SEAL_E_ILLEGAL_PARAMETER },
		{ &asks_fragment, EXTS(0, 1, 0, 1, 2), 0 },
		{ &asks_fragment, EXTS(0, 1, 0, 1, 3), SEAL_E_ILLEGAL_PARAMETER },
		{ &asks_fragment, EXTS(0, 1, 0, 1, 5), SEAL_E_ILLEGAL_PARAMETER },
		{ &asks_fragment, EXTS(0, 1, 0, 0), SEAL_E_DECODE_ERROR },
		{ &asks_fragment, EXTS(0, 1, 0, 2, 2, 2), SEAL_E_DECODE_ERROR },
		/* RFC 8449 4 */
		{ &asks_limit, EXTS(0, 28, 0, 2, 0, 0), SEAL_E_ILLEGAL_PARAMETER },
		{ &asks_limit, EXTS(0, 28, 0, 2, 0, 63), SEAL_E_ILLEGAL_PARAMETER },
		{ &asks_limit, EXTS(0, 28, 0, 2, 0, 64), 0 },
		{ &asks_limit, EXTS(0, 28, 0, 2, 0x40, 1), 0 },
		{ &asks_limit, EXTS(0, 28, 0, 2, 0x40, 2), SEAL_E_ILLEGAL_PARAMETER },
		{ &asks_limit, EXTS(0, 28, 0, 1, 64), SEAL_E_DECODE_ERROR },
		{ &asks_limit, EXTS(0, 28, 0, 3, 1, 0, 0), SEAL_E_DECODE_ERROR },
		/* RFC 8449 5 */
		{ &asks_both, EXTS(0, 1, 0, 1, 2, 0, 28, 0, 2, 1, 0),
		  SEAL_E_ILLEGAL_PARAMETER },
		{ &asks_both, EXTS(0, 28, 0, 2, 1, 0, 0, 1, 0, 1, 2),
		  SEAL_E_ILLEGAL_PARAMETER },
		{ &asks_both, EXTS(0, 1, 0, 1, 2), 0 },
		{ &asks_both, EXTS(0, 28, 0, 2, 1, 0), 0 },
	};

	(void)state;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(answers); i++)
		answer_client(answers[i].wish, answers[i].exts, answers[i].error);
}

/* ------------------------------------------------ records that are too long */

/* The beginning of a handshake message, @len bytes in one record */
static int send_content(struct scene *scene, size_t len)
{
	static uint8_t content[SEAL_PLAINTEXT_MAX];

	/* it would be very long, and is what either waits for */
	content[0] = scene->victim->cfg->side == SEAL_CLIENT ? SEAL_MSG_CERTIFICATE :
							       SEAL_MSG_FINISHED;
	content[2] = 0x80;
	return puppet_send(&scene->puppet, SEAL_CONTENT_HANDSHAKE, content, len);
}

/* A record of the server with @len bytes of content, behind its answer */
static void send_to_client(const struct wish *wish, struct seal_span exts, size_t len,
			   int error)
{
	struct scene scene;
	int status;

	open_client(&scene, wish);
	puppet_send_message(&scene.puppet, SEAL_MSG_ENCRYPTED_EXTENSIONS, exts);
	status = send_content(&scene, len);
	if (error)
		expect_refusal(&scene.puppet, status, error);
	else
		assert_int_equal(status, SEAL_WANT_READ);
	scene_close(&scene);
}

/* RFC 8449 4: larger than advertised MUST be record_overflow; the type counts */
static void a_server_that_breaks_the_limit(void **state)
{
	const struct seal_span fragment = EXTS(0, 1, 0, 1, 2);
	const struct seal_span limit = EXTS(0, 28, 0, 2, 0, 64);
	const struct seal_span none = SPAN(((const uint8_t[]){ 0, 0 }));

	(void)state;
	send_to_client(&asks_fragment, fragment, 1024, 0);
	send_to_client(&asks_fragment, fragment, 1025, SEAL_E_RECORD_OVERFLOW);
	send_to_client(&asks_limit, limit, 999, 0);
	send_to_client(&asks_limit, limit, 1000, SEAL_E_RECORD_OVERFLOW);
	/* whoever does not know the extension may send all that TLS allows */
	send_to_client(&asks_both, none, SEAL_PLAINTEXT_MAX, 0);
}

/* The record that has the answer is the first one for which it holds */
static void the_record_with_the_answer_is_too_long(void **state)
{
	static const uint8_t exts[] = { 0, 6, 0, 28, 0, 2, 0x40, 1 };
	static uint8_t record[1000] = {
		SEAL_MSG_ENCRYPTED_EXTENSIONS, 0, 0, sizeof(exts)
	};
	const size_t end = SEAL_MESSAGE_HEADER + sizeof(exts);
	struct scene scene;

	(void)state;
	memcpy(record + SEAL_MESSAGE_HEADER, exts, sizeof(exts));
	memcpy(record + end, "\x0b\0\x80\0", SEAL_MESSAGE_HEADER);
	for (size_t len = sizeof(record) - 1; len <= sizeof(record); len++) {
		int status;

		open_client(&scene, &asks_limit);
		status = puppet_send(&scene.puppet, SEAL_CONTENT_HANDSHAKE, record, len);
		if (len < sizeof(record))
			assert_int_equal(status, SEAL_WANT_READ);
		else
			expect_refusal(&scene.puppet, status, SEAL_E_RECORD_OVERFLOW);
		scene_close(&scene);
	}
}

/* A client's record of @len bytes of content, to a server that takes 300 with the type */
static void send_to_server(const struct wish *wish, size_t len, int error)
{
	struct scene scene = { 0 };
	int status;

	open_wish(&scene.pair, wish);
	scene.victim = scene.pair.server;
	puppet_start(&scene.puppet, scene.victim);
	pair_move(scene.pair.client, scene.pair.server);
	status = send_content(&scene, len);
	if (error)
		expect_refusal(&scene.puppet, status, error);
	else
		assert_int_equal(status, SEAL_WANT_READ);
	scene_close(&scene);
}

static void a_client_that_breaks_the_limit(void **state)
{
	static const struct wish limit = { .client = 5000, .server = 300 };
	static const struct wish alone = { .server = 300 };

	(void)state;
	send_to_server(&limit, 299, 0);
	send_to_server(&limit, 300, SEAL_E_RECORD_OVERFLOW);
	send_to_server(&asks_fragment, 1024, 0);
	send_to_server(&asks_fragment, 1025, SEAL_E_RECORD_OVERFLOW);
	/* the client was not told */
	send_to_server(&alone, SEAL_PLAINTEXT_MAX, 0);
}

/* RFC 8446 5.4: the limit is for all that is encrypted */
static void padding_counts(void **state)
{
	struct seal_record sender = { 0 }, receiver = { .limit = 64 };
	uint8_t secret[SEAL_HASH_MAX] = { 1 }, text[64] = { 1 };
	const struct seal_suite *suite = &seal_suites[0];
	struct seal_config *cfg = common_client();
	struct seal_fragment content;
	struct seal_buf wire = { 0 };
	struct seal_keysched ks;
	const struct seal_epoch epoch = { &cfg->crypto, suite, &ks, secret };

	(void)state;
	assert_int_equal(seal_keysched_init(&ks, &cfg->crypto, suite->hash), 0);
	seal_record_set_epoch(&sender, epoch);
	seal_record_set_epoch(&receiver, epoch);
	/* content ends in zeros, and "no type" makes them padding */
	assert_int_equal(seal_record_seal(&sender, SEAL_CONTENT_NONE,
					  (struct seal_span){ text, 63 }, &wire), 0);
	assert_int_equal(seal_record_open(&receiver, wire.data, wire.len, &content), 0);
	assert_int_equal(content.len, 0);
	seal_buf_truncate(&wire, 0);
	assert_int_equal(seal_record_seal(&sender, SEAL_CONTENT_NONE, SPAN(text), &wire),
			 0);
	assert_int_equal(seal_record_open(&receiver, wire.data, wire.len, &content),
			 SEAL_E_RECORD_OVERFLOW);
	seal_buf_free(&wire);
	seal_keysched_free(&ks);
	seal_record_free(&sender);
	seal_record_free(&receiver);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_offers_of_max_fragment_length),
		cmocka_unit_test(bad_offers_of_record_size_limit),
		cmocka_unit_test(max_fragment_length_is_ignored_beside_the_other),
		cmocka_unit_test(bad_answers),
		cmocka_unit_test(a_server_that_breaks_the_limit),
		cmocka_unit_test(the_record_with_the_answer_is_too_long),
		cmocka_unit_test(a_client_that_breaks_the_limit),
		cmocka_unit_test(padding_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
