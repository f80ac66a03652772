// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * HelloRetryRequests and second ClientHellos enter, right and wrong ones; only the
 * right ones leave with a second flight (RFC 8446 4.1.2, 4.1.4).
 */
#include <stdlib.h>
#include <string.h>

#include "unit.h"

/* The longest cookie that the library echoes */
#define COOKIE_MAX	32768

static struct forge forge;

/* ---------------------------------------------------------- the client */

/* What a client says to a HelloRetryRequest that @change made of a good one */
static void refuse_retry(enum seal_state state,
			 void (*change)(struct hello *hello), int error)
{
	struct scene scene;
	struct hello hello;

	scene_open(&scene, state);
	hello_of_retry(&hello, scene.victim);
	change(&hello);
	forge_server_hello(&forge, &hello);
	expect_refusal(&scene.puppet,
		       puppet_send_message(&scene.puppet, SEAL_MSG_SERVER_HELLO,
					   forge_span(&forge)), error);
	scene_close(&scene);
}

static void leave_alone(struct hello *hello)
{
	(void)hello;
}

static void a_second_retry_is_refused(void **state)
{
	(void)state;
	refuse_retry(SEAL_HS_WAIT_SERVER_HELLO_2, leave_alone,
		     SEAL_E_UNEXPECTED_MESSAGE);
}

static void ask_for_x25519(struct hello *hello)
{
	static const uint8_t group[] = { 0, 0x1d };

	hello_put(hello, TYPE_KEY_SHARE, SPAN(group));
}

static void a_retry_for_the_share_we_sent_is_refused(void **state)
{
	(void)state;
	refuse_retry(SEAL_HS_WAIT_SERVER_HELLO, ask_for_x25519,
		     SEAL_E_ILLEGAL_PARAMETER);
}

static void ask_for_x448(struct hello *hello)
{
	static const uint8_t group[] = { 0, 0x1e };

	hello_put(hello, TYPE_KEY_SHARE, SPAN(group));
}

static void a_retry_for_a_group_we_did_not_offer_is_refused(void **state)
{
	(void)state;
	refuse_retry(SEAL_HS_WAIT_SERVER_HELLO, ask_for_x448,
		     SEAL_E_ILLEGAL_PARAMETER);
}

static void ask_for_nothing(struct hello *hello)
{
	hello_drop(hello, TYPE_KEY_SHARE);
}

static void a_retry_without_a_change_is_refused(void **state)
{
	(void)state;
	refuse_retry(SEAL_HS_WAIT_SERVER_HELLO, ask_for_nothing,
		     SEAL_E_ILLEGAL_PARAMETER);
}

static void choose_unknown_suite(struct hello *hello)
{
	static const uint8_t suite[] = { 0x13, 4 };

	hello->suites = SPAN(suite);
}

static void a_retry_with_a_suite_we_did_not_offer_is_refused(void **state)
{
	(void)state;
	refuse_retry(SEAL_HS_WAIT_SERVER_HELLO, choose_unknown_suite,
		     SEAL_E_ILLEGAL_PARAMETER);
}

static void echo_no_session(struct hello *hello)
{
	hello->session_id.len = 0;
}

static void a_retry_with_another_session_is_refused(void **state)
{
	(void)state;
	refuse_retry(SEAL_HS_WAIT_SERVER_HELLO, echo_no_session,
		     SEAL_E_ILLEGAL_PARAMETER);
}

static void set_empty_cookie(struct hello *hello)
{
	static const uint8_t body[] = { 0, 0 };

	hello_add(hello, TYPE_COOKIE, SPAN(body));
}

/* RFC 8446 4.2.2: cookie<1..2^16-1> */
static void an_empty_cookie_is_refused(void **state)
{
	(void)state;
	refuse_retry(SEAL_HS_WAIT_SERVER_HELLO, set_empty_cookie,
		     SEAL_E_DECODE_ERROR);
}

/* What does not fit into a second ClientHello with the rest cannot be echoed */
static void set_huge_cookie(struct hello *hello)
{
	static uint8_t body[2 + COOKIE_MAX + 1] = {
		(COOKIE_MAX + 1) >> 8, (COOKIE_MAX + 1) & 0xff
	};

	hello_add(hello, TYPE_COOKIE, SPAN(body));
}

static void a_cookie_that_is_too_long_is_refused(void **state)
{
	(void)state;
	refuse_retry(SEAL_HS_WAIT_SERVER_HELLO, set_huge_cookie,
		     SEAL_E_ILLEGAL_PARAMETER);
}

static void send_whole_share(struct hello *hello)
{
	static const uint8_t body[] = { 0, 0x17, 0, 1, 4 };

	hello_put(hello, TYPE_KEY_SHARE, SPAN(body));
}

static void a_retry_with_a_whole_share_is_refused(void **state)
{
	(void)state;
	refuse_retry(SEAL_HS_WAIT_SERVER_HELLO, send_whole_share,
		     SEAL_E_DECODE_ERROR);
}

static void add_server_name(struct hello *hello)
{
	hello_add(hello, TYPE_SERVER_NAME, (struct seal_span){ 0 });
}

static void a_retry_with_server_name_is_refused(void **state)
{
	(void)state;
	refuse_retry(SEAL_HS_WAIT_SERVER_HELLO, add_server_name,
		     SEAL_E_ILLEGAL_PARAMETER);
}

/* A ServerHello after a HelloRetryRequest for P-256 */
static void refuse_second_server_hello(struct seal_span suite, bool right_group)
{
	uint8_t share[4 + 65] = { 0, 0x17, 0, 65 };
	struct scene scene;
	struct hello hello;

	scene_open(&scene, SEAL_HS_WAIT_SERVER_HELLO_2);
	hello_of_server(&hello, scene.victim);	/* with X25519 */
	/* the client's own key is as good a point as any */
	memcpy(share + 4, scene.victim->shares[0].public.data, 65);
	if (right_group)
		hello_put(&hello, TYPE_KEY_SHARE, SPAN(share));
	hello.suites = suite;
	forge_server_hello(&forge, &hello);
	expect_refusal(&scene.puppet,
		       puppet_send_message(&scene.puppet, SEAL_MSG_SERVER_HELLO,
					   forge_span(&forge)),
		       SEAL_E_ILLEGAL_PARAMETER);
	scene_close(&scene);
}

/* RFC 8446 4.1.4: the suite stays */
static void a_server_hello_with_another_suite_is_refused(void **state)
{
	static const uint8_t suite[] = { 0x13, 3 };

	(void)state;
	refuse_second_server_hello(SPAN(suite), true);
}

/* RFC 8446 4.2.8: the share of the group that was asked for */
static void a_server_hello_with_another_group_is_refused(void **state)
{
	static const uint8_t suite[] = { 0x13, 1 };

	(void)state;
	refuse_second_server_hello(SPAN(suite), false);
}

/* The second ClientHello that answers a HelloRetryRequest */
static void second_hello(struct scene *scene, const struct hello *hello,
			 struct seal_client_hello *msg)
{
	struct seal_span message;

	forge_server_hello(&forge, hello);
	assert_int_equal(puppet_send_message(&scene->puppet,
					     SEAL_MSG_SERVER_HELLO,
					     forge_span(&forge)),
			 SEAL_WANT_READ);
	flight_free(&scene->flight);
	flight_take(&scene->flight, scene->victim);
	assert_int_equal(scene->flight.count, 1);
	message = scene->flight.messages[0];
	assert_int_equal(message.data[0], SEAL_MSG_CLIENT_HELLO);
	assert_int_equal(seal_client_hello_parse(message_body(message), msg), 0);
}

static void expect_share(const struct seal_client_hello *msg, uint16_t group)
{
	struct seal_key_share shares[SEAL_SHARES_MAX];
	size_t count;

	assert_int_equal(seal_ext_client_shares(&msg->exts, shares, &count), 0);
	assert_int_equal(count, 1);
	assert_int_equal(shares[0].group, group);
}

static void the_cookie_is_echoed(void **state)
{
	static uint8_t cookie[2 + COOKIE_MAX] = {
		COOKIE_MAX >> 8, COOKIE_MAX & 0xff
	};
	struct seal_client_hello msg;
	struct scene scene;
	struct hello hello;

	(void)state;
	memset(cookie + 2, 'c', COOKIE_MAX);
	scene_open(&scene, SEAL_HS_WAIT_SERVER_HELLO);
	hello_of_retry(&hello, scene.victim);
	hello_add(&hello, TYPE_COOKIE, SPAN(cookie));
	/* three records carry it there: a record has 16384 bytes at most */
	second_hello(&scene, &hello, &msg);
	expect_share(&msg, 0x0017);
	assert_true(seal_span_equal(msg.exts.body[SEAL_EXT_COOKIE], SPAN(cookie)));
	scene_close(&scene);
}

/* RFC 8446 4.1.4: a cookie alone is a change; the share stays */
static void a_cookie_alone_is_echoed(void **state)
{
	static const uint8_t cookie[] = { 0, 1, 'c' };
	struct seal_client_hello msg;
	struct scene scene;
	struct hello hello;

	(void)state;
	scene_open(&scene, SEAL_HS_WAIT_SERVER_HELLO);
	hello_of_retry(&hello, scene.victim);
	hello_drop(&hello, TYPE_KEY_SHARE);
	hello_add(&hello, TYPE_COOKIE, SPAN(cookie));
	second_hello(&scene, &hello, &msg);
	expect_share(&msg, 0x001d);
	assert_true(seal_span_equal(msg.exts.body[SEAL_EXT_COOKIE], SPAN(cookie)));
	scene_close(&scene);
}

/* ---------------------------------------------------------- the server */

/*
 * The first ClientHello lacks a share of a group that the server has: its list is
 * empty.  The second is as @change made it, with a share.
 */
static int answer_retry(struct scene *scene, void (*change)(struct hello *hello))
{
	static const uint8_t none[] = { 0, 0 };
	struct hello hello;

	scene_open(scene, SEAL_HS_WAIT_CLIENT_HELLO);
	hello_of_client(&hello);
	hello_put(&hello, TYPE_KEY_SHARE, SPAN(none));
	forge_client_hello(&forge, &hello);
	assert_int_equal(puppet_send_message(&scene->puppet,
					     SEAL_MSG_CLIENT_HELLO,
					     forge_span(&forge)),
			 SEAL_WANT_READ);
	assert_int_equal(scene->victim->state, SEAL_HS_WAIT_CLIENT_HELLO_2);
	hello_of_client(&hello);
	change(&hello);
	forge_client_hello(&forge, &hello);
	return puppet_send_message(&scene->puppet, SEAL_MSG_CLIENT_HELLO,
				   forge_span(&forge));
}

static void refuse_second(void (*change)(struct hello *hello), int error)
{
	struct scene scene;
	int status = answer_retry(&scene, change);

	expect_refusal(&scene.puppet, status, error);
	scene_close(&scene);
}

static void accept_second(void (*change)(struct hello *hello))
{
	struct scene scene;

	assert_int_equal(answer_retry(&scene, change), SEAL_WANT_READ);
	assert_int_equal(scene.victim->state, SEAL_HS_WAIT_CLIENT_FINISHED);
	scene_close(&scene);
}

static void the_share_that_was_asked_for_is_taken(void **state)
{
	(void)state;
	accept_second(leave_alone);
}

static void pad(struct hello *hello)
{
	static const uint8_t zeros[7];

	hello_add(hello, TYPE_PADDING, SPAN(zeros));
}

static void padding_may_change(void **state)
{
	(void)state;
	accept_second(pad);
}

static void no_share(struct hello *hello)
{
	static const uint8_t none[] = { 0, 0 };

	hello_put(hello, TYPE_KEY_SHARE, SPAN(none));
}

static void a_second_hello_without_share_is_refused(void **state)
{
	(void)state;
	refuse_second(no_share, SEAL_E_ILLEGAL_PARAMETER);
}

static void share_of_p256(struct hello *hello)
{
	static const uint8_t share[] = { 0, 5, 0, 0x17, 0, 1, 4 };

	hello_put(hello, TYPE_KEY_SHARE, SPAN(share));
}

static void a_share_of_another_group_is_refused(void **state)
{
	(void)state;
	refuse_second(share_of_p256, SEAL_E_ILLEGAL_PARAMETER);
}

static void two_shares(struct hello *hello)
{
	static const uint8_t shares[2 + 36 + 5] = {
		0, 41, 0, 0x17, 0, 1, 4, 0, 0x1d, 0, 32, 9
	};

	hello_put(hello, TYPE_KEY_SHARE, SPAN(shares));
}

static void two_shares_are_refused(void **state)
{
	(void)state;
	refuse_second(two_shares, SEAL_E_ILLEGAL_PARAMETER);
}

static void other_random(struct hello *hello)
{
	hello->random[31] ^= 1;
}

static void other_session(struct hello *hello)
{
	hello->session_id.len--;
}

static void fewer_suites(struct hello *hello)
{
	hello->suites.len -= 2;
}

static void other_version(struct hello *hello)
{
	hello->version = 0x0302;
}

static void no_protocols(struct hello *hello)
{
	hello_drop(hello, TYPE_ALPN);
}

static void one_extension_more(struct hello *hello)
{
	hello_add(hello, TYPE_UNKNOWN, (struct seal_span){ 0 });
}

static void other_order(struct hello *hello)
{
	struct seal_span body = hello->exts[0].body;

	hello_drop(hello, TYPE_SERVER_NAME);
	hello_add(hello, TYPE_SERVER_NAME, body);
}

static void other_name(struct hello *hello)
{
	static const uint8_t name[] = { 0, 4, 0, 0, 1, 'b' };

	hello_put(hello, TYPE_SERVER_NAME, SPAN(name));
}

static void every_other_change_is_refused(void **state)
{
	static void (*const changes[])(struct hello *hello) = {
		other_random, other_session, fewer_suites, other_version,
		no_protocols, one_extension_more, other_order, other_name,
	};

	(void)state;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(changes); i++)
		refuse_second(changes[i], SEAL_E_ILLEGAL_PARAMETER);
}

/* RFC 8446 4.1.4, D.4: the dummy comes right behind and only once */
static void one_change_cipher_spec_after_a_retry(void **state)
{
	struct wire wire;
	struct pair pair;
	size_t seen = 0;

	(void)state;
	pair_open(&pair, common_client(), common_retry_server());
	pair_move(pair.client, pair.server);
	wire_take(&wire, pair.server);
	assert_memory_equal(wire.data + wire.len - 6, "\x14\3\3\0\1\1", 6);
	feed(pair.client, wire.data, wire.len);
	wire_free(&wire);
	pair_move(pair.client, pair.server);
	wire_take(&wire, pair.server);
	for (size_t at = 0; at < wire.len;
	     at += 5 + (wire.data[at + 3] << 8 | wire.data[at + 4]))
		seen += wire.data[at] == SEAL_CONTENT_CCS;
	assert_int_equal(seen, 0);
	wire_free(&wire);
	pair_close(&pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_second_retry_is_refused),
		cmocka_unit_test(a_retry_for_the_share_we_sent_is_refused),
		cmocka_unit_test(a_retry_for_a_group_we_did_not_offer_is_refused),
		cmocka_unit_test(a_retry_without_a_change_is_refused),
		cmocka_unit_test(a_retry_with_a_suite_we_did_not_offer_is_refused),
		cmocka_unit_test(a_retry_with_another_session_is_refused),
		cmocka_unit_test(an_empty_cookie_is_refused),
		cmocka_unit_test(a_cookie_that_is_too_long_is_refused),
		cmocka_unit_test(a_retry_with_a_whole_share_is_refused),
		cmocka_unit_test(a_retry_with_server_name_is_refused),
		cmocka_unit_test(a_server_hello_with_another_suite_is_refused),
		cmocka_unit_test(a_server_hello_with_another_group_is_refused),
		cmocka_unit_test(the_cookie_is_echoed),
		cmocka_unit_test(a_cookie_alone_is_echoed),
		cmocka_unit_test(the_share_that_was_asked_for_is_taken),
		cmocka_unit_test(padding_may_change),
		cmocka_unit_test(a_second_hello_without_share_is_refused),
		cmocka_unit_test(a_share_of_another_group_is_refused),
		cmocka_unit_test(two_shares_are_refused),
		cmocka_unit_test(every_other_change_is_refused),
		cmocka_unit_test(one_change_cipher_spec_after_a_retry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
