// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Client certificates of every kind enter, with OpenSSL as the other end; who is
 * taken for whom leaves.
 */
#include <string.h>

#include <openssl/x509.h>

#include "peer.h"

static const enum seal_key_kind kinds[] = {
	SEAL_KEY_P256, SEAL_KEY_P384, SEAL_KEY_RSA, SEAL_KEY_ED25519,
	SEAL_KEY_P521, SEAL_KEY_RSA_PSS, SEAL_KEY_ED448
};

static struct seal_config *our_client(const struct identity *id)
{
	struct seal_config *cfg = new_client_config();

	if (id)
		assert_int_equal(seal_config_set_certificate(cfg, id->chain,
							     id->key), 0);
	return cfg;
}

static SSL_CTX *their_server(int mode)
{
	SSL_CTX *ctx = peer_context(SEAL_SERVER, pki_identity(SEAL_KEY_P256));

	SSL_CTX_set_verify(ctx, mode, NULL);
	SSL_CTX_set_client_CA_list(ctx, SSL_load_client_CA_file(pki_ca()));
	return ctx;
}

static struct seal_config *our_server(enum seal_client_auth mode)
{
	struct seal_config *cfg = new_server_config(SEAL_KEY_P256);

	assert_int_equal(seal_config_set_ca_file(cfg, pki_ca()), 0);
	assert_int_equal(seal_config_set_client_auth(cfg, mode), 0);
	return cfg;
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

static void expect_their_view(const SSL *ssl, const char *path)
{
	uint8_t expected[2048], seen[2048];
	uint8_t *p = seen;
	X509 *cert = SSL_get1_peer_certificate(ssl);

	assert_non_null(cert);
	assert_int_equal(i2d_X509(cert, NULL),
			 pki_der(path, expected, sizeof(expected)));
	assert_memory_equal(expected, seen, i2d_X509(cert, &p));
	assert_int_equal(SSL_get_verify_result(ssl), X509_V_OK);
	X509_free(cert);
}

/* What either says of the signatures of both; OpenSSL knows kinds and hashes */
static void expect_schemes(const struct peer *peer, enum seal_key_kind kind)
{
	static const struct {
		enum seal_key_kind	kind;
		uint16_t		scheme;
		int			type;
	} rows[] = {
		{ SEAL_KEY_P256, 0x0403, EVP_PKEY_EC },
		{ SEAL_KEY_P384, 0x0503, EVP_PKEY_EC },
		{ SEAL_KEY_P521, 0x0603, EVP_PKEY_EC },
		{ SEAL_KEY_RSA, 0x0804, EVP_PKEY_RSA_PSS },
		{ SEAL_KEY_RSA_PSS, 0x0809, EVP_PKEY_RSA_PSS },
		{ SEAL_KEY_ED25519, 0x0807, EVP_PKEY_ED25519 },
		{ SEAL_KEY_ED448, 0x0808, EVP_PKEY_ED448 },
	};
	bool client = peer->conn->cfg->side == SEAL_CLIENT;
	size_t i = 0;
	int type;

	while (rows[i].kind != kind)
		i++;
	assert_int_equal(client ? seal_conn_scheme(peer->conn) :
				  seal_conn_peer_scheme(peer->conn), rows[i].scheme);
	assert_int_equal(client ? seal_conn_peer_scheme(peer->conn) :
				  seal_conn_scheme(peer->conn), 0x0403);
	assert_true(client ? SSL_get_peer_signature_type_nid(peer->ssl, &type) :
			     SSL_get_signature_type_nid(peer->ssl, &type));
	assert_int_equal(type, rows[i].type);
}

static void our_client_is_known(void **state)
{
	const struct identity *id = pki_client(*(const enum seal_key_kind *)*state);
	struct peer peer;

	peer_open(&peer, their_server(SSL_VERIFY_PEER |
				      SSL_VERIFY_FAIL_IF_NO_PEER_CERT),
		  our_client(id));
	assert_int_equal(peer_shake(&peer), 0);
	assert_false(peer_failed(&peer));
	expect_their_view(peer.ssl, id->chain);
	expect_schemes(&peer, *(const enum seal_key_kind *)*state);
	peer_close(&peer);
}

static void their_client_is_known(void **state)
{
	const struct identity *id = pki_client(*(const enum seal_key_kind *)*state);
	struct peer peer;

	peer_open(&peer, peer_context(SEAL_CLIENT, id),
		  our_server(SEAL_CLIENT_AUTH_REQUIRED));
	assert_int_equal(peer_shake(&peer), 0);
	assert_false(peer_failed(&peer));
	expect_chain(peer.conn, id->chain);
	expect_schemes(&peer, *(const enum seal_key_kind *)*state);
	peer_close(&peer);
}

static void our_client_has_none(void **state)
{
	struct peer peer;

	(void)state;
	peer_open(&peer, their_server(SSL_VERIFY_PEER), our_client(NULL));
	assert_int_equal(peer_shake(&peer), 0);
	assert_false(peer_failed(&peer));
	assert_null(SSL_get0_peer_certificate(peer.ssl));
	assert_int_equal(seal_conn_scheme(peer.conn), 0);
	assert_int_equal(seal_conn_peer_scheme(peer.conn), 0x0403);
	peer_close(&peer);

	peer_open(&peer, their_server(SSL_VERIFY_PEER |
				      SSL_VERIFY_FAIL_IF_NO_PEER_CERT),
		  our_client(NULL));
	assert_int_equal(peer_shake(&peer), 0);
	assert_true(peer_failed(&peer));
	peer_close(&peer);
}

/* OpenSSL is done when we refuse; it learns why when it reads */
static void expect_their_alert(struct peer *peer, const char *description)
{
	char byte;

	assert_true(SSL_read(peer->ssl, &byte, 1) <= 0);
	assert_non_null(strstr(ERR_reason_error_string(ERR_peek_last_error()),
			       description));
	ERR_clear_error();
}

static void their_client_has_none(void **state)
{
	struct peer peer;

	(void)state;
	peer_open(&peer, peer_context(SEAL_CLIENT, NULL),
		  our_server(SEAL_CLIENT_AUTH_OPTIONAL));
	assert_int_equal(peer_shake(&peer), 0);
	peer_close(&peer);

	peer_open(&peer, peer_context(SEAL_CLIENT, NULL),
		  our_server(SEAL_CLIENT_AUTH_REQUIRED));
	assert_int_equal(peer_shake(&peer), SEAL_E_CERTIFICATE_REQUIRED);
	expect_their_alert(&peer, "certificate required");
	peer_close(&peer);
}

/* With an RSA and an ECDSA chain, what a client can verify decides */
static void our_server_has_several(void **state)
{
	static const struct {
		const char		*schemes;
		enum seal_key_kind	 kind;
	} cases[] = {
		{ "RSA-PSS+SHA256", SEAL_KEY_RSA },
		{ "ECDSA+SHA256:RSA-PSS+SHA256", SEAL_KEY_P256 },
		{ "ed25519:ECDSA+SHA256", SEAL_KEY_P256 },
		{ "ed25519", SEAL_KEY_ED25519 },
	};
	struct seal_config *cfg;
	const struct identity *id;
	struct peer peer;
	SSL_CTX *ctx;

	(void)state;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(cases); i++) {
		cfg = new_server_config(SEAL_KEY_P256);
		id = pki_identity(SEAL_KEY_RSA);
		assert_int_equal(seal_config_add_certificate(cfg, id->chain,
							     id->key), 0);
		id = pki_identity(SEAL_KEY_ED25519);
		assert_int_equal(seal_config_add_certificate(cfg, id->chain,
							     id->key), 0);
		ctx = peer_context(SEAL_CLIENT, NULL);
		/* the CA's own signature is of P-256 */
		assert_int_equal(SSL_CTX_set1_sigalgs_list(ctx, cases[i].schemes), 1);
		SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
		peer_open(&peer, ctx, cfg);
		assert_int_equal(peer_shake(&peer), 0);
		assert_int_equal(peer.conn->cred->kind, cases[i].kind);
		expect_their_view(peer.ssl, pki_identity(cases[i].kind)->chain);
		peer_close(&peer);
	}
}

static void they_read_our_authorities(void **state)
{
	struct seal_config *cfg = new_client_config();
	const STACK_OF(X509_NAME) *names;
	struct peer peer;

	(void)state;
	assert_int_equal(seal_config_send_authorities(cfg), 0);
	peer_open(&peer, their_server(SSL_VERIFY_NONE), cfg);
	assert_int_equal(peer_shake(&peer), 0);
	names = SSL_get0_peer_CA_list(peer.ssl);
	assert_int_equal(sk_X509_NAME_num(names), 1);
	assert_int_equal(X509_NAME_cmp(sk_X509_NAME_value(names, 0),
			 sk_X509_NAME_value(SSL_get_client_CA_list(peer.ssl), 0)), 0);
	peer_close(&peer);

	peer_open(&peer, peer_context(SEAL_CLIENT, NULL),
		  our_server(SEAL_CLIENT_AUTH_OPTIONAL));
	assert_int_equal(peer_shake(&peer), 0);
	assert_int_equal(sk_X509_NAME_num(SSL_get0_peer_CA_list(peer.ssl)), 1);
	peer_close(&peer);
}

/*
 * A chain whose leaf was signed with PKCS#1, of a CA that the client has: OpenSSL says
 * what it read in our lists, and sends the chain.
 */
static void chains_signed_with_pkcs1_are_taken(void **state)
{
	struct seal_config *cfg = seal_config_new(SEAL_CLIENT);
	struct identity id;
	struct peer peer;

	(void)state;
	pki_issue(&(struct cert_spec){ .kind = SEAL_KEY_RSA,
				       .issuer = ISSUER_SELF }, &id);
	assert_int_equal(seal_config_set_ca_file(cfg, id.chain), 0);
	peer_open(&peer, peer_context(SEAL_SERVER, &id), cfg);
	assert_int_equal(peer_shake(&peer), 0);
	assert_false(peer_failed(&peer));
	assert_int_equal(SSL_get_sigalgs(peer.ssl, 0, NULL, NULL, NULL, NULL, NULL),
			 cfg->schemes_len);
	peer_close(&peer);
}

static const struct variant variants[] = {
	{ "ecdsa_p256", &kinds[0] },
	{ "ecdsa_p384", &kinds[1] },
	{ "rsa_pss", &kinds[2] },
	{ "ed25519", &kinds[3] },
	{ "ecdsa_p521", &kinds[4] },
	{ "rsa_pss_pss", &kinds[5] },
	{ "ed448", &kinds[6] },
};

static const struct walk walks[] = {
	{ "our_client_is_known", our_client_is_known, NULL },
	{ "their_client_is_known", their_client_is_known, NULL },
};

static const struct CMUnitTest others[] = {
	cmocka_unit_test(our_client_has_none),
	cmocka_unit_test(their_client_has_none),
	cmocka_unit_test(our_server_has_several),
	cmocka_unit_test(they_read_our_authorities),
	cmocka_unit_test(chains_signed_with_pkcs1_are_taken),
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
