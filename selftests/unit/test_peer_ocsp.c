// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * OCSP responses and SCTs enter with OpenSSL as the other end, which staples them or
 * takes ours; what either makes of the other's leaves.
 */
#include <string.h>

#include <openssl/ocsp.h>

#include "peer.h"

static int give_response(SSL *ssl, void *spec)
{
	uint8_t *response = OPENSSL_malloc(OCSP_MAX);

	SSL_set_tlsext_status_ocsp_resp(ssl, response, pki_ocsp(spec, response));
	return SSL_TLSEXT_ERR_OK;
}

static int our_error(struct ocsp_spec *spec)
{
	SSL_CTX *ctx = peer_context(SEAL_SERVER, pki_identity(SEAL_KEY_P256));
	struct seal_config *cfg = new_client_config();
	struct peer peer;
	size_t len;
	int status;

	assert_int_equal(seal_config_set_ocsp(cfg, SEAL_OCSP_REQUIRED), 0);
	if (spec) {
		SSL_CTX_set_tlsext_status_cb(ctx, give_response);
		SSL_CTX_set_tlsext_status_arg(ctx, spec);
	}
	peer_open(&peer, ctx, cfg);
	status = peer_shake(&peer);
	assert_int_equal(!!seal_conn_peer_ocsp_response(peer.conn, &len), !!spec);
	assert_int_equal(peer_failed(&peer), status < 0);
	peer_close(&peer);
	return status;
}

static void our_client_reads_theirs(void **state)
{
	struct ocsp_spec good = { 0 };
	struct ocsp_spec revoked = { .status = V_OCSP_CERTSTATUS_REVOKED };
	struct ocsp_spec old = { .from = -7200, .until = -3600 };

	(void)state;
	assert_int_equal(our_error(&good), 0);
	assert_int_equal(our_error(&revoked), SEAL_E_CERTIFICATE_REVOKED);
	assert_int_equal(our_error(&old), SEAL_E_BAD_STATUS_RESPONSE);
	assert_int_equal(our_error(NULL), SEAL_E_BAD_STATUS_RESPONSE);
}

/* What their client has been given, or NULL */
static const unsigned char *their_response(struct peer *peer, bool asks,
					   const char *path, long *len)
{
	struct seal_config *cfg = new_server_config(SEAL_KEY_P256);
	const unsigned char *seen;

	assert_int_equal(seal_config_set_ocsp_response(cfg, path), 0);
	peer_open(peer, peer_context(SEAL_CLIENT, NULL), cfg);
	if (asks)
		SSL_set_tlsext_status_type(peer->ssl, TLSEXT_STATUSTYPE_ocsp);
	assert_int_equal(peer_shake(peer), 0);
	assert_false(peer_failed(peer));
	*len = SSL_get_tlsext_status_ocsp_resp(peer->ssl, &seen);
	return *len > 0 ? seen : NULL;
}

static void their_client_reads_ours(void **state)
{
	uint8_t response[OCSP_MAX];
	size_t len = pki_ocsp(&(struct ocsp_spec){ 0 }, response);
	const unsigned char *seen;
	char path[PKI_PATH_MAX];
	struct peer peer;
	long seen_len;

	(void)state;
	pki_write("peer-response", response, len, path);
	seen = their_response(&peer, true, path, &seen_len);
	assert_int_equal(seen_len, len);
	assert_memory_equal(seen, response, len);
	peer_close(&peer);
	assert_null(their_response(&peer, false, path, &seen_len));
	peer_close(&peer);
}

/* OpenSSL's own SCTs are for clients; a server of its has them by this way */
static int add_scts(SSL *ssl, unsigned int type, unsigned int context,
		    const unsigned char **out, size_t *len, X509 *cert,
		    size_t index, int *alert, void *arg)
{
	static const unsigned char list[] = { 0, 4, 0, 2, 'o', 'k' };

	(void)ssl;
	(void)type;
	(void)context;
	(void)cert;
	(void)alert;
	(void)arg;
	*out = list;
	*len = sizeof(list);
	return index == 0;
}

static int keep_scts(SSL *ssl, unsigned int type, unsigned int context,
		     const unsigned char *in, size_t len, X509 *cert, size_t index,
		     int *alert, void *arg)
{
	(void)ssl;
	(void)type;
	(void)cert;
	(void)index;
	(void)alert;
	if (context & SSL_EXT_TLS1_3_CERTIFICATE)
		assert_int_equal(seal_buf_append(arg, in, len), 0);
	return 1;
}

#define SCT		18
#define SCT_PLACES	(SSL_EXT_CLIENT_HELLO | SSL_EXT_TLS1_3_CERTIFICATE)

static void our_client_reads_their_scts(void **state)
{
	SSL_CTX *ctx = peer_context(SEAL_SERVER, pki_identity(SEAL_KEY_P256));
	struct seal_config *cfg = new_client_config();
	struct seal_buf ignored = { 0 };
	struct peer peer;
	size_t len;

	(void)state;
	assert_int_equal(SSL_CTX_add_custom_ext(ctx, SCT, SCT_PLACES, add_scts, NULL,
						NULL, keep_scts, &ignored), 1);
	assert_int_equal(seal_config_request_scts(cfg), 0);
	peer_open(&peer, ctx, cfg);
	assert_int_equal(peer_shake(&peer), 0);
	assert_memory_equal(seal_conn_peer_sct_list(peer.conn, &len), "\0\4\0\2ok", 6);
	assert_int_equal(len, 6);
	peer_close(&peer);
}

/* A client of its that asks, and keeps what comes */
static int ask(SSL *ssl, unsigned int type, unsigned int context,
	       const unsigned char **out, size_t *len, X509 *cert, size_t index,
	       int *alert, void *arg)
{
	(void)ssl;
	(void)type;
	(void)context;
	(void)cert;
	(void)index;
	(void)alert;
	(void)arg;
	*out = NULL;
	*len = 0;
	return 1;
}

static void their_client_reads_our_scts(void **state)
{
	SSL_CTX *ctx = peer_context(SEAL_CLIENT, NULL);
	struct seal_config *cfg = new_server_config(SEAL_KEY_P256);
	struct seal_buf seen = { 0 };
	char path[PKI_PATH_MAX];
	struct peer peer;

	(void)state;
	pki_write("peer-scts", "\0\4\0\2ok", 6, path);
	assert_int_equal(seal_config_set_sct_list(cfg, path), 0);
	assert_int_equal(SSL_CTX_add_custom_ext(ctx, SCT, SCT_PLACES, ask, NULL, NULL,
						keep_scts, &seen), 1);
	peer_open(&peer, ctx, cfg);
	assert_int_equal(peer_shake(&peer), 0);
	assert_false(peer_failed(&peer));
	assert_int_equal(seen.len, 6);
	assert_memory_equal(seen.data, "\0\4\0\2ok", 6);
	seal_buf_free(&seen);
	peer_close(&peer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(our_client_reads_theirs),
		cmocka_unit_test(their_client_reads_ours),
		cmocka_unit_test(our_client_reads_their_scts),
		cmocka_unit_test(their_client_reads_our_scts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
