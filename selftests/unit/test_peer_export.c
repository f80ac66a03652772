// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Labels and contexts enter, on both ends of a connection with OpenSSL; the same bytes
 * leave (RFC 8446 7.5).
 */
#include <string.h>

#include "peer.h"

#define LABEL	"EXPERIMENTAL sockseal"

static const uint16_t suites[] = { 0x1301, 0x1302, 0x1303, 0x1304 };

static void meet(struct peer *peer, enum seal_side ours, uint16_t suite)
{
	struct seal_config *cfg;

	if (ours == SEAL_CLIENT)
		cfg = new_client_config();
	else
		cfg = new_server_config(SEAL_KEY_P256);
	assert_int_equal(seal_config_set_suites(cfg, &suite, 1), 0);
	peer_open(peer, peer_context(ours == SEAL_CLIENT ? SEAL_SERVER : SEAL_CLIENT,
				     ours == SEAL_CLIENT ?
				     pki_identity(SEAL_KEY_P256) : NULL), cfg);
	assert_int_equal(peer_shake(peer), 0);
	assert_false(peer_failed(peer));
}

static void compare(const struct peer *peer, const char *label,
		    struct seal_export_context context, size_t len)
{
	uint8_t ours[16384], theirs[16384];

	memset(ours, 0, sizeof(ours));
	assert_true(len < sizeof(ours));
	assert_int_equal(seal_conn_export(peer->conn, label, context, ours, len), 0);
	assert_int_equal(SSL_export_keying_material(peer->ssl, theirs, len, label,
						    strlen(label), context.data,
						    context.len, !!context.data), 1);
	assert_memory_equal(ours, theirs, len);
	/* not a byte more than was asked for */
	assert_int_equal(ours[len], 0);
}

static void compare_all(const struct peer *peer)
{
	static const uint8_t bytes[1000] = { 1, 2, 3 };
	const struct seal_export_context none = { NULL, 0 }, empty = { bytes, 0 };
	const struct seal_export_context some = { bytes, 3 }, many = { bytes, 1000 };
	static const size_t lengths[] = { 1, 31, 32, 33, 48, 49, 97, 255 * 32 };
	char longest[250];

	memset(longest, 'x', 249);
	longest[249] = '\0';
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(lengths); i++) {
		compare(peer, LABEL, none, lengths[i]);
		compare(peer, LABEL, some, lengths[i]);
	}
	compare(peer, LABEL, empty, 32);
	compare(peer, LABEL, many, 32);
	compare(peer, "x", some, 32);
	compare(peer, longest, some, 32);
}

static void as_a_client(void **state)
{
	struct peer peer;

	meet(&peer, SEAL_CLIENT, *(const uint16_t *)*state);
	compare_all(&peer);
	peer_close(&peer);
}

static void as_a_server(void **state)
{
	struct peer peer;

	meet(&peer, SEAL_SERVER, *(const uint16_t *)*state);
	compare_all(&peer);
	peer_close(&peer);
}

static void export_both(struct peer *peer, const char *label,
			struct seal_export_context context, uint8_t out[32])
{
	assert_int_equal(seal_conn_export(peer->conn, label, context, out, 32), 0);
}

static void all_of_it_matters(void **state)
{
	uint8_t a[32], b[32], c[32], d[32];
	struct peer peer;

	(void)state;
	meet(&peer, SEAL_CLIENT, suites[0]);
	export_both(&peer, LABEL, (struct seal_export_context){ "a", 1 }, a);
	export_both(&peer, LABEL, (struct seal_export_context){ "b", 1 }, b);
	export_both(&peer, LABEL "x", (struct seal_export_context){ "a", 1 }, c);
	peer_close(&peer);
	meet(&peer, SEAL_CLIENT, suites[0]);
	export_both(&peer, LABEL, (struct seal_export_context){ "a", 1 }, d);
	peer_close(&peer);
	assert_memory_not_equal(a, b, 32);
	assert_memory_not_equal(a, c, 32);
	assert_memory_not_equal(a, d, 32);
}

static void expect_invalid(const struct seal_conn *conn, const char *label,
			   size_t len)
{
	static uint8_t out[256 * 48];
	const struct seal_export_context none = { NULL, 0 };

	assert_int_equal(seal_conn_export(conn, label, none, out, len),
			 SEAL_E_INVALID);
}

static void limits(void **state)
{
	char longer[251];
	struct peer peer;

	(void)state;
	memset(longer, 'x', 250);
	longer[250] = '\0';
	meet(&peer, SEAL_CLIENT, 0x1302);
	expect_invalid(peer.conn, "", 32);
	expect_invalid(peer.conn, longer, 32);
	expect_invalid(peer.conn, LABEL, 0);
	expect_invalid(peer.conn, LABEL, 255 * 48 + 1);
	compare(&peer, LABEL, (struct seal_export_context){ NULL, 0 }, 255 * 48);
	peer_close(&peer);
}

static void nothing_before_the_end_or_after_a_failure(void **state)
{
	static const uint8_t zero[SEAL_HASH_MAX];
	struct scene scene;
	struct pair pair;

	(void)state;
	scene_open(&scene, SEAL_HS_WAIT_SERVER_FINISHED);
	expect_invalid(scene.victim, LABEL, 32);
	scene_close(&scene);
	scene_open(&scene, SEAL_HS_WAIT_CLIENT_FINISHED);
	/* a server has the secret already, but does not know yet to whom it talks */
	expect_invalid(scene.victim, LABEL, 32);
	puppet_send(&scene.puppet, SEAL_CONTENT_HANDSHAKE, "\x0b\0\0\0", 4);
	assert_true(scene.victim->error < 0);
	expect_invalid(scene.victim, LABEL, 32);
	assert_memory_equal(scene.victim->exporter, zero, SEAL_HASH_MAX);
	scene_close(&scene);
	pair_open(&pair, common_client(), common_server());
	expect_invalid(pair.client, LABEL, 32);
	expect_invalid(pair.server, LABEL, 32);
	pair_close(&pair);
}

static const struct variant variants[] = {
	{ "aes_128_gcm_sha256", &suites[0] },
	{ "aes_256_gcm_sha384", &suites[1] },
	{ "chacha20_poly1305_sha256", &suites[2] },
	{ "aes_128_ccm_sha256", &suites[3] },
};

static const struct walk walks[] = {
	{ "as_a_client", as_a_client, NULL },
	{ "as_a_server", as_a_server, NULL },
};

static const struct CMUnitTest others[] = {
	cmocka_unit_test(all_of_it_matters),
	cmocka_unit_test(limits),
	cmocka_unit_test(nothing_before_the_end_or_after_a_failure),
};

int main(void)
{
	const struct cases cases = {
		walks, SEAL_ARRAY_SIZE(walks),
		variants, SEAL_ARRAY_SIZE(variants),
		others, SEAL_ARRAY_SIZE(others),
	};

	return run_cases(&cases, NULL, NULL);
}
