// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Every signature scheme that this libcrypto has enters, alone, with OpenSSL as the other
 * end; handshakes that are signed with it leave, on either side, and refusals of what is
 * not (RFC 8446 4.2.3).
 */
#include <string.h>

#include "peer.h"

static bool is_there(const struct seal_scheme *scheme)
{
	if (seal_key_probe(scheme))
		return true;
	print_message("# SKIP %s: this libcrypto does not have it\n", scheme->name);
	return false;
}

/* Theirs signs with nothing else */
static SSL_CTX *context(enum seal_side side, const struct identity *id, const char *name)
{
	SSL_CTX *ctx = peer_context(side, id);

	if (name)
		assert_int_equal(SSL_CTX_set1_sigalgs_list(ctx, name), 1);
	return ctx;
}

static void only(struct seal_config *cfg, const struct seal_scheme *scheme)
{
	assert_int_equal(seal_config_set_signature_schemes(cfg, &scheme->id, 1), 0);
}

static void finish(struct peer *peer, uint16_t ours, uint16_t theirs)
{
	assert_int_equal(peer_shake(peer), 0);
	assert_false(peer_failed(peer));
	assert_int_equal(seal_conn_scheme(peer->conn), ours);
	assert_int_equal(seal_conn_peer_scheme(peer->conn), theirs);
	peer_close(peer);
}

static void their_server_signs(void **state)
{
	const struct seal_scheme *scheme = *state;
	struct peer peer;

	if (!is_there(scheme))
		return;
	peer_open(&peer, context(SEAL_SERVER, pki_identity(scheme->key), scheme->name),
		  new_client_config());
	finish(&peer, 0, scheme->id);
}

static void our_server_signs(void **state)
{
	const struct seal_scheme *scheme = *state;
	struct seal_config *cfg;
	struct peer peer;

	if (!is_there(scheme))
		return;
	cfg = new_server_config(scheme->key);
	only(cfg, scheme);
	peer_open(&peer, context(SEAL_CLIENT, NULL, NULL), cfg);
	finish(&peer, scheme->id, 0);
}

static void their_client_signs(void **state)
{
	const struct seal_scheme *scheme = *state;
	struct seal_config *cfg;
	struct peer peer;
	SSL_CTX *ctx;

	if (!is_there(scheme))
		return;
	cfg = new_server_config(SEAL_KEY_P256);
	assert_int_equal(seal_config_set_ca_file(cfg, pki_ca()), 0);
	assert_int_equal(seal_config_set_client_auth(cfg, SEAL_CLIENT_AUTH_REQUIRED), 0);
	ctx = context(SEAL_CLIENT, pki_client(scheme->key), NULL);
	assert_int_equal(SSL_CTX_set1_client_sigalgs_list(ctx, scheme->name), 1);
	peer_open(&peer, ctx, cfg);
	finish(&peer, 0x0403, scheme->id);
}

static void our_client_signs(void **state)
{
	const struct seal_scheme *scheme = *state;
	const uint16_t schemes[] = { scheme->id, 0x0403 };
	const size_t count = scheme->id == 0x0403 ? 1 : 2;
	const struct identity *id;
	struct seal_config *cfg;
	struct peer peer;
	SSL_CTX *ctx;

	if (!is_there(scheme))
		return;
	id = pki_client(scheme->key);
	cfg = new_client_config();
	assert_int_equal(seal_config_set_certificate(cfg, id->chain, id->key), 0);
	assert_int_equal(seal_config_set_signature_schemes(cfg, schemes, count), 0);
	ctx = context(SEAL_SERVER, pki_identity(SEAL_KEY_P256), NULL);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	peer_open(&peer, ctx, cfg);
	finish(&peer, scheme->id, 0x0403);
}

/* A chain of its own, so that its signature is of this kind too */
static void signed_by_itself(void **state)
{
	const struct seal_scheme *scheme = *state;
	struct cert_spec spec = { .kind = scheme->key, .issuer = ISSUER_SELF };
	struct seal_config *cfg;
	struct identity id;
	struct peer peer;

	if (!is_there(scheme))
		return;
	pki_issue(&spec, &id);
	cfg = seal_config_new(SEAL_CLIENT);
	assert_int_equal(seal_config_set_ca_file(cfg, id.chain), 0);
	peer_open(&peer, context(SEAL_SERVER, &id, scheme->name), cfg);
	finish(&peer, 0, scheme->id);
}

/* Theirs has a key for another scheme alone, and says so */
static void not_offered_is_not_signed(void **state)
{
	const struct seal_scheme *scheme = *state;
	const struct seal_scheme *other = scheme->key == SEAL_KEY_P256 ?
		seal_scheme_find(0x0503) : seal_scheme_find(0x0403);
	struct seal_config *cfg = new_client_config();
	struct peer peer;

	if (is_there(scheme)) {
		only(cfg, other);
		peer_open(&peer, context(SEAL_SERVER, pki_identity(scheme->key), NULL),
			  cfg);
		assert_int_equal(peer_shake(&peer), SEAL_E_ALERT);
		assert_int_equal(seal_conn_alert(peer.conn), 40);
		peer_close(&peer);
	} else {
		seal_config_unref(cfg);
	}
}

static bool has_one_scheme(const void *state)
{
	const struct seal_scheme *scheme = state;

	return scheme->key != SEAL_KEY_RSA && scheme->key != SEAL_KEY_RSA_PSS;
}

static const struct walk walks[] = {
	{ "their_server_signs", their_server_signs, NULL },
	{ "our_server_signs", our_server_signs, NULL },
	{ "their_client_signs", their_client_signs, NULL },
	{ "our_client_signs", our_client_signs, NULL },
	{ "signed_by_itself", signed_by_itself, has_one_scheme },
	{ "not_offered_is_not_signed", not_offered_is_not_signed, NULL },
};

int main(void)
{
	struct variant variants[SEAL_SCHEME_COUNT];
	const struct cases cases = {
		walks, SEAL_ARRAY_SIZE(walks), variants, SEAL_SCHEME_COUNT, NULL, 0,
	};

	for (size_t i = 0; i < SEAL_SCHEME_COUNT; i++)
		variants[i] = (struct variant){ seal_schemes[i].name, &seal_schemes[i] };
	return run_cases(&cases, NULL, NULL);
}
