// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Our configuration and a context of OpenSSL's enter; a handshake between the two
 * over memory leaves.
 */
#include "peer.h"

#define PIECE_MAX	65536

SSL_CTX *peer_context(enum seal_side side, const struct identity *id)
{
	SSL_CTX *ctx = SSL_CTX_new(side == SEAL_CLIENT ? TLS_client_method() :
							 TLS_server_method());

	assert_non_null(ctx);
	SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION);
	assert_int_equal(SSL_CTX_set_ciphersuites(ctx, OPENSSL_SUITES), 1);
	SSL_CTX_set_num_tickets(ctx, 0);
	assert_int_equal(SSL_CTX_load_verify_locations(ctx, pki_ca(), NULL), 1);
	if (side == SEAL_CLIENT)
		SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	if (id) {
		assert_int_equal(SSL_CTX_use_certificate_chain_file(ctx, id->chain),
				 1);
		assert_int_equal(SSL_CTX_use_PrivateKey_file(ctx, id->key,
							     SSL_FILETYPE_PEM), 1);
	}
	return ctx;
}

void peer_open(struct peer *peer, SSL_CTX *ctx, struct seal_config *cfg)
{
	bool client = cfg->side == SEAL_CLIENT;

	peer->ctx = ctx;
	peer->ssl = SSL_new(ctx);
	assert_non_null(peer->ssl);
	SSL_set_bio(peer->ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	if (client) {
		SSL_set_accept_state(peer->ssl);
	} else {
		SSL_set_connect_state(peer->ssl);
		assert_int_equal(SSL_set_tlsext_host_name(peer->ssl, SERVER_NAME), 1);
		assert_int_equal(SSL_set1_host(peer->ssl, SERVER_NAME), 1);
	}
	assert_int_equal(seal_conn_new(cfg, client ? SERVER_NAME : NULL,
				       &peer->conn), 0);
	/* the connection keeps it */
	seal_config_unref(cfg);
}

void peer_close(struct peer *peer)
{
	seal_conn_free(peer->conn);
	SSL_free(peer->ssl);
	SSL_CTX_free(peer->ctx);
}

/* Ours to OpenSSL; whether there was anything */
static bool give(struct peer *peer)
{
	struct wire wire;
	bool any;

	wire_take(&wire, peer->conn);
	any = wire.len > 0;
	if (any)
		assert_int_equal(BIO_write(SSL_get_rbio(peer->ssl), wire.data,
					   wire.len), wire.len);
	wire_free(&wire);
	return any;
}

/* OpenSSL's to us; *status is set if there was anything */
static bool take(struct peer *peer, int *status)
{
	static uint8_t data[PIECE_MAX];
	int len = BIO_read(SSL_get_wbio(peer->ssl), data, sizeof(data));

	if (len <= 0)
		return false;
	*status = feed(peer->conn, data, len);
	return true;
}

int peer_shake(struct peer *peer)
{
	int status = SEAL_WANT_READ;
	bool moved = true;

	while (moved) {
		moved = give(peer);
		SSL_do_handshake(peer->ssl);
		if (take(peer, &status))
			moved = true;
	}
	ERR_clear_error();
	return status;
}

bool peer_failed(const struct peer *peer)
{
	return !SSL_is_init_finished(peer->ssl);
}
