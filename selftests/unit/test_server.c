// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Clients that misbehave enter; the alert that a server owes them leaves (RFC 8446
 * 4.1.2, 4.2, 9.2).
 */
#include <string.h>

#include "unit.h"

struct hello_case {
	void	(*change)(struct hello *hello);
	int	error;
};

static void refuse_all(const struct hello_case *cases, size_t count)
{
	struct scene scene;
	int status;

	for (size_t i = 0; i < count; i++) {
		status = scene_send_hello(&scene, cases[i].change);
		expect_refusal(&scene.puppet, status, cases[i].error);
		scene_close(&scene);
	}
}

static void accept(void (*change)(struct hello *hello))
{
	struct scene scene;

	assert_int_equal(scene_send_hello(&scene, change), SEAL_WANT_READ);
	assert_int_equal(scene.victim->state, SEAL_HS_WAIT_CLIENT_FINISHED);
	scene_close(&scene);
}

static void leave_alone(struct hello *hello)
{
	(void)hello;
}

static void a_good_one_is_answered(void **state)
{
	(void)state;
	accept(leave_alone);
}

/* ------------------------------------------------------------ versions */

static void tls12(struct hello *hello)
{
	hello_drop(hello, TYPE_SUPPORTED_VERSIONS);
}

static void bare(struct hello *hello)
{
	hello->bare = true;
}

static void offers_only_tls12(struct hello *hello)
{
	static const uint8_t versions[] = { 4, 3, 3, 3, 2 };

	hello_put(hello, TYPE_SUPPORTED_VERSIONS, SPAN(versions));
}

static void offers_only_a_draft(struct hello *hello)
{
	static const uint8_t versions[] = { 2, 0x7f, 28 };

	hello_put(hello, TYPE_SUPPORTED_VERSIONS, SPAN(versions));
}

static void ssl30(struct hello *hello)
{
	hello->version = 0x0300;
}

static void odd_versions(struct hello *hello)
{
	static const uint8_t versions[] = { 3, 3, 4, 3 };

	hello_put(hello, TYPE_SUPPORTED_VERSIONS, SPAN(versions));
}

static void no_versions(struct hello *hello)
{
	static const uint8_t versions[] = { 0 };

	hello_put(hello, TYPE_SUPPORTED_VERSIONS, SPAN(versions));
}

static void bad_versions(void **state)
{
	static const struct hello_case cases[] = {
		{ tls12, SEAL_E_PROTOCOL_VERSION },
		{ bare, SEAL_E_PROTOCOL_VERSION },
		{ offers_only_tls12, SEAL_E_PROTOCOL_VERSION },
		{ offers_only_a_draft, SEAL_E_PROTOCOL_VERSION },
		{ ssl30, SEAL_E_PROTOCOL_VERSION },
		{ odd_versions, SEAL_E_DECODE_ERROR },
		{ no_versions, SEAL_E_DECODE_ERROR },
	};

	(void)state;
	refuse_all(cases, SEAL_ARRAY_SIZE(cases));
}

static void grease_among_versions(struct hello *hello)
{
	static const uint8_t versions[] = { 6, 0x7a, 0x7a, 3, 4, 3, 3 };

	hello_put(hello, TYPE_SUPPORTED_VERSIONS, SPAN(versions));
	hello_add(hello, TYPE_UNKNOWN, SPAN(versions));
}

/* RFC 8701 */
static void what_is_unknown_is_ignored(void **state)
{
	(void)state;
	accept(grease_among_versions);
}

static void offers_heartbeat(struct hello *hello)
{
	static const uint8_t mode[] = { 1 };

	hello_add(hello, 15, SPAN(mode));
}

/* RFC 6520 2: who does not answer it is sent none */
static void an_offer_of_heartbeat_is_not_answered(void **state)
{
	struct seal_exts exts;
	struct scene scene;

	(void)state;
	assert_int_equal(scene_send_hello(&scene, offers_heartbeat), SEAL_WANT_READ);
	flight_take(&scene.flight, scene.victim);
	assert_int_equal(seal_encrypted_extensions_parse(
			 message_body(scene.flight.messages[1]), ~0u, &exts), 0);
	assert_false(seal_ext_has(&exts, SEAL_EXT_HEARTBEAT));
	scene_close(&scene);
}

/* --------------------------------------------------- fields and blocks */

static void no_suites(struct hello *hello)
{
	hello->suites.len = 0;
}

static void odd_suites(struct hello *hello)
{
	hello->suites.len = 5;
}

static void other_suites(struct hello *hello)
{
	static const uint8_t suites[] = { 0x13, 4, 0xc0, 0x2b };

	hello->suites = SPAN(suites);
}

static void no_compression(struct hello *hello)
{
	hello->compression.len = 0;
}

static void two_compressions(struct hello *hello)
{
	static const uint8_t methods[] = { 1, 0 };

	hello->compression = SPAN(methods);
}

static void deflate(struct hello *hello)
{
	static const uint8_t methods[] = { 1 };

	hello->compression = SPAN(methods);
}

static void long_session(struct hello *hello)
{
	static const uint8_t id[33];

	hello->session_id = SPAN(id);
}

static void name_twice(struct hello *hello)
{
	hello_add(hello, TYPE_SERVER_NAME, hello->exts[0].body);
}

static void unknown_twice(struct hello *hello)
{
	hello_add(hello, TYPE_UNKNOWN, (struct seal_span){ 0 });
	hello_add(hello, TYPE_UNKNOWN, (struct seal_span){ 0 });
}

/* RFC 8446 4.2: oid_filters belongs into CertificateRequest */
static void misplaced(struct hello *hello)
{
	hello_add(hello, 48, (struct seal_span){ 0 });
}

static void bad_fields(void **state)
{
	static const struct hello_case cases[] = {
		{ no_suites, SEAL_E_DECODE_ERROR },
		{ odd_suites, SEAL_E_DECODE_ERROR },
		{ other_suites, SEAL_E_HANDSHAKE_FAILURE },
		{ no_compression, SEAL_E_DECODE_ERROR },
		{ two_compressions, SEAL_E_ILLEGAL_PARAMETER },
		{ deflate, SEAL_E_ILLEGAL_PARAMETER },
		{ long_session, SEAL_E_DECODE_ERROR },
		{ name_twice, SEAL_E_ILLEGAL_PARAMETER },
		{ unknown_twice, SEAL_E_ILLEGAL_PARAMETER },
		{ misplaced, SEAL_E_ILLEGAL_PARAMETER },
	};

	(void)state;
	refuse_all(cases, SEAL_ARRAY_SIZE(cases));
}

/* ------------------------------------------------- groups and schemes */

static void without_groups(struct hello *hello)
{
	hello_drop(hello, TYPE_SUPPORTED_GROUPS);
}

static void without_shares(struct hello *hello)
{
	hello_drop(hello, TYPE_KEY_SHARE);
}

static void without_schemes(struct hello *hello)
{
	hello_drop(hello, TYPE_SIGNATURE_ALGORITHMS);
}

static void empty_groups(struct hello *hello)
{
	static const uint8_t groups[] = { 0, 0 };

	hello_put(hello, TYPE_SUPPORTED_GROUPS, SPAN(groups));
}

static void other_groups(struct hello *hello)
{
	static const uint8_t groups[] = { 0, 2, 0, 0x1e };
	static const uint8_t shares[] = { 0, 5, 0, 0x1e, 0, 1, 1 };

	hello_put(hello, TYPE_SUPPORTED_GROUPS, SPAN(groups));
	hello_put(hello, TYPE_KEY_SHARE, SPAN(shares));
}

static void other_schemes(struct hello *hello)
{
	static const uint8_t schemes[] = { 0, 4, 4, 1, 8, 7 };

	hello_put(hello, TYPE_SIGNATURE_ALGORITHMS, SPAN(schemes));
}

static void odd_schemes(struct hello *hello)
{
	static const uint8_t schemes[] = { 0, 3, 4, 3, 4 };

	hello_put(hello, TYPE_SIGNATURE_ALGORITHMS, SPAN(schemes));
}

static void missing_and_mismatching(void **state)
{
	static const struct hello_case cases[] = {
		/* RFC 8446 9.2 */
		{ without_groups, SEAL_E_MISSING_EXTENSION },
		{ without_shares, SEAL_E_MISSING_EXTENSION },
		{ without_schemes, SEAL_E_MISSING_EXTENSION },
		{ empty_groups, SEAL_E_DECODE_ERROR },
		{ other_groups, SEAL_E_HANDSHAKE_FAILURE },
		{ other_schemes, SEAL_E_HANDSHAKE_FAILURE },
		{ odd_schemes, SEAL_E_DECODE_ERROR },
	};

	(void)state;
	refuse_all(cases, SEAL_ARRAY_SIZE(cases));
}

/* -------------------------------------------------------------- shares */

static void same_group_twice(struct hello *hello)
{
	static const uint8_t shares[2 + 2 * 36] = {
		0, 72, 0, 0x1d, 0, 32, 9, [2 + 36] = 0, 0x1d, 0, 32, 9
	};

	hello_put(hello, TYPE_KEY_SHARE, SPAN(shares));
}

static void share_outside_groups(struct hello *hello)
{
	static const uint8_t groups[] = { 0, 2, 0, 0x17 };

	hello_put(hello, TYPE_SUPPORTED_GROUPS, SPAN(groups));
}

static void zero_share(struct hello *hello)
{
	static const uint8_t shares[2 + 36] = { 0, 36, 0, 0x1d, 0, 32 };

	hello_put(hello, TYPE_KEY_SHARE, SPAN(shares));
}

static void short_share(struct hello *hello)
{
	static const uint8_t shares[2 + 35] = { 0, 35, 0, 0x1d, 0, 31, 9 };

	hello_put(hello, TYPE_KEY_SHARE, SPAN(shares));
}

/* Not on the curve: RFC 8446 4.2.8.2 */
static void point_off_the_curve(struct hello *hello)
{
	static const uint8_t shares[2 + 4 + 65] = {
		0, 69, 0, 0x17, 0, 65, 4, 1, 2, 3
	};

	hello_put(hello, TYPE_KEY_SHARE, SPAN(shares));
}

/* The base point of P-256, compressed, which is no legal form */
static void compressed_point(struct hello *hello)
{
	static const uint8_t shares[] = {
		0, 37, 0, 0x17, 0, 33, 3,
		0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47,
		0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2,
		0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0,
		0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96,
	};

	hello_put(hello, TYPE_KEY_SHARE, SPAN(shares));
}

/* The same in the hybrid form of X9.62, as long as the only legal one */
static void hybrid_point(struct hello *hello)
{
	static const uint8_t shares[] = {
		0, 69, 0, 0x17, 0, 65, 7,
		0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47,
		0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2,
		0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0,
		0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96,
		0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f, 0x9b,
		0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16,
		0x2b, 0xce, 0x33, 0x57, 0x6b, 0x31, 0x5e, 0xce,
		0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5,
	};

	hello_put(hello, TYPE_KEY_SHARE, SPAN(shares));
}

static void empty_share(struct hello *hello)
{
	static const uint8_t shares[] = { 0, 4, 0, 0x1d, 0, 0 };

	hello_put(hello, TYPE_KEY_SHARE, SPAN(shares));
}

static void bad_shares(void **state)
{
	static const struct hello_case cases[] = {
		{ same_group_twice, SEAL_E_ILLEGAL_PARAMETER },
		{ share_outside_groups, SEAL_E_ILLEGAL_PARAMETER },
		{ zero_share, SEAL_E_ILLEGAL_PARAMETER },
		{ short_share, SEAL_E_ILLEGAL_PARAMETER },
		{ point_off_the_curve, SEAL_E_ILLEGAL_PARAMETER },
		{ compressed_point, SEAL_E_ILLEGAL_PARAMETER },
		{ hybrid_point, SEAL_E_ILLEGAL_PARAMETER },
		{ empty_share, SEAL_E_DECODE_ERROR },
	};

	(void)state;
	refuse_all(cases, SEAL_ARRAY_SIZE(cases));
}

/* --------------------------------------------------- names, protocols */

static void name_with_a_zero(struct hello *hello)
{
	static const uint8_t name[] = { 0, 6, 0, 0, 3, 'a', 0, 'b' };

	hello_put(hello, TYPE_SERVER_NAME, SPAN(name));
}

static void two_names(struct hello *hello)
{
	static const uint8_t name[] = { 0, 8, 0, 0, 1, 'a', 0, 0, 1, 'b' };

	hello_put(hello, TYPE_SERVER_NAME, SPAN(name));
}

static void empty_name(struct hello *hello)
{
	static const uint8_t name[] = { 0, 3, 0, 0, 0 };

	hello_put(hello, TYPE_SERVER_NAME, SPAN(name));
}

static void name_too_long(struct hello *hello)
{
	static const uint8_t name[5 + 256] = { 1, 3, 0, 1, 0, 'a' };
	static uint8_t filled[sizeof(name)];

	memset(filled, 'a', sizeof(filled));
	memcpy(filled, name, 5);
	hello_put(hello, TYPE_SERVER_NAME, SPAN(filled));
}

static void other_protocols(struct hello *hello)
{
	static const uint8_t list[] = { 0, 3, 2, 'h', '3' };

	hello_put(hello, TYPE_ALPN, SPAN(list));
}

static void empty_protocol(struct hello *hello)
{
	static const uint8_t list[] = { 0, 4, 2, 'h', '2', 0 };

	hello_put(hello, TYPE_ALPN, SPAN(list));
}

static void bad_names_and_protocols(void **state)
{
	static const struct hello_case cases[] = {
		{ name_with_a_zero, SEAL_E_ILLEGAL_PARAMETER },
		{ two_names, SEAL_E_ILLEGAL_PARAMETER },
		{ empty_name, SEAL_E_DECODE_ERROR },
		{ name_too_long, SEAL_E_ILLEGAL_PARAMETER },
		{ other_protocols, SEAL_E_NO_APPLICATION_PROTOCOL },
		{ empty_protocol, SEAL_E_DECODE_ERROR },
	};

	(void)state;
	refuse_all(cases, SEAL_ARRAY_SIZE(cases));
}

static void no_name_no_protocol(struct hello *hello)
{
	hello_drop(hello, TYPE_SERVER_NAME);
	hello_drop(hello, TYPE_ALPN);
}

static void both_may_be_absent(void **state)
{
	(void)state;
	accept(no_name_no_protocol);
}

/* ----------------------------------------------------------------- PSK */

static void psk(struct hello *hello)
{
	static const uint8_t modes[] = { 1, 1 };
	/* an identity of one byte, its age, and a binder */
	static const uint8_t identities[2 + 7 + 2 + 33] = {
		[1] = 7, [3] = 1, [4] = 'x', [10] = 33, [11] = 32
	};

	hello_add(hello, 45, SPAN(modes));
	hello_add(hello, TYPE_PRE_SHARED_KEY, SPAN(identities));
}

static void psk_before_others(struct hello *hello)
{
	psk(hello);
	hello_add(hello, TYPE_UNKNOWN, (struct seal_span){ 0 });
}

static void psk_without_modes(struct hello *hello)
{
	psk(hello);
	hello_drop(hello, 45);
}

static void psk_that_is_cut(struct hello *hello)
{
	static const uint8_t identities[] = { 0, 0, 0, 0 };

	psk(hello);
	hello_put(hello, TYPE_PRE_SHARED_KEY, SPAN(identities));
}

static void psk_without_schemes(struct hello *hello)
{
	hello_drop(hello, TYPE_SIGNATURE_ALGORITHMS);
	psk(hello);
}

static void psk_without_modes_in_it(struct hello *hello)
{
	psk(hello);
	hello_put(hello, 45, (struct seal_span){ 0 });
}

static void tickets_we_do_not_know(void **state)
{
	static const struct hello_case cases[] = {
		/* RFC 8446 4.2.11, 4.2.9 */
		{ psk_before_others, SEAL_E_ILLEGAL_PARAMETER },
		{ psk_without_modes, SEAL_E_MISSING_EXTENSION },
		{ psk_that_is_cut, SEAL_E_DECODE_ERROR },
		{ psk_without_modes_in_it, SEAL_E_DECODE_ERROR },
		/* 9.2: certificates are all that is left */
		{ psk_without_schemes, SEAL_E_MISSING_EXTENSION },
	};

	(void)state;
	accept(psk);
	refuse_all(cases, SEAL_ARRAY_SIZE(cases));
}

/* ------------------------------------------------------------ Finished */

static void a_wrong_finished(void **state)
{
	struct scene scene;
	struct seal_span finished;

	(void)state;
	for (size_t bit = 0; bit < 32 * 8; bit++) {
		scene_open(&scene, SEAL_HS_WAIT_CLIENT_FINISHED);
		finished = scene.flight.messages[0];
		scene.flight.bytes.data[4 + bit / 8] ^= 1 << bit % 8;
		expect_refusal(&scene.puppet,
			       puppet_send(&scene.puppet, SEAL_CONTENT_HANDSHAKE,
					   finished.data, finished.len),
			       SEAL_E_DECRYPT_ERROR);
		scene_close(&scene);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_one_is_answered),
		cmocka_unit_test(bad_versions),
		cmocka_unit_test(what_is_unknown_is_ignored),
		cmocka_unit_test(an_offer_of_heartbeat_is_not_answered),
		cmocka_unit_test(bad_fields),
		cmocka_unit_test(missing_and_mismatching),
		cmocka_unit_test(bad_shares),
		cmocka_unit_test(bad_names_and_protocols),
		cmocka_unit_test(both_may_be_absent),
		cmocka_unit_test(tickets_we_do_not_know),
		cmocka_unit_test(a_wrong_finished),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
