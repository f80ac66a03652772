// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Questions to our application enter, with OpenSSL as the other end; handshakes whose
 * answer comes at once or later leave, and what OpenSSL hears of a refusal.
 */
#include "asker.h"
#include "peer.h"

static void meet(const struct question *q, struct asker *asker, struct peer *peer)
{
	struct seal_config *client, *server;
	SSL_CTX *ctx;

	asker_configure(q, asker, &client, &server);
	if (q->side == SEAL_CLIENT) {
		ctx = peer_context(SEAL_SERVER, pki_identity(SEAL_KEY_P256));
		SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
				   NULL);
		peer_open(peer, ctx, client);
		seal_config_unref(server);
	} else {
		peer_open(peer, peer_context(SEAL_CLIENT, pki_client(SEAL_KEY_P256)),
			  server);
		seal_config_unref(client);
	}
}

static void at_once(void **state)
{
	struct asker asker = { 0 };
	struct peer peer;

	meet(*state, &asker, &peer);
	assert_int_equal(peer_shake(&peer), 0);
	assert_false(peer_failed(&peer));
	assert_int_equal(asker.calls, 1);
	peer_close(&peer);
}

static void later(void **state)
{
	struct asker asker = { .later = true };
	struct peer peer;

	meet(*state, &asker, &peer);
	assert_int_equal(peer_shake(&peer), SEAL_WANT_ANSWER);
	assert_int_equal(peer_shake(&peer), SEAL_WANT_READ);
	assert_int_equal(seal_conn_status(peer.conn), SEAL_WANT_ANSWER);
	asker_answer(*state, &asker);
	assert_true(feed(peer.conn, NULL, 0) >= 0);
	peer_shake(&peer);
	assert_int_equal(seal_conn_status(peer.conn), 0);
	assert_false(peer_failed(&peer));
	assert_int_equal(SSL_CIPHER_get_protocol_id(SSL_get_current_cipher(peer.ssl)),
			 seal_conn_suite(peer.conn));
	assert_int_equal(asker.calls, 1);
	peer_close(&peer);
}

static void refused_later(void **state)
{
	struct asker asker = { .later = true, .answer = SEAL_E_ACCESS_DENIED };
	struct wire alert;
	struct peer peer;
	char byte;

	meet(*state, &asker, &peer);
	assert_int_equal(peer_shake(&peer), SEAL_WANT_ANSWER);
	asker_answer(*state, &asker);
	assert_int_equal(feed(peer.conn, NULL, 0), SEAL_E_ACCESS_DENIED);
	wire_take(&alert, peer.conn);
	assert_int_equal(BIO_write(SSL_get_rbio(peer.ssl), alert.data, alert.len),
			 alert.len);
	wire_free(&alert);
	/* goes on with the handshake, if it is not done */
	assert_true(SSL_read(peer.ssl, &byte, 1) <= 0);
	assert_int_equal(ERR_GET_REASON(ERR_peek_last_error()),
			 SSL_R_TLSV1_ALERT_ACCESS_DENIED);
	ERR_clear_error();
	peer_close(&peer);
}

static const struct walk walks[] = {
	{ "at_once", at_once, NULL },
	{ "later", later, NULL },
	{ "refused_later", refused_later, NULL },
};

int main(void)
{
	struct variant variants[ASKER_QUESTIONS];
	const struct cases cases = {
		walks, SEAL_ARRAY_SIZE(walks),
		variants, SEAL_ARRAY_SIZE(variants),
		NULL, 0,
	};

	asker_variants(variants);
	return run_cases(&cases, NULL, NULL);
}
