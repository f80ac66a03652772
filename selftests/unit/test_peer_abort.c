// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Handshakes that the application ends enter, at every point; the alert of its choice
 * leaves, under a key that the peer has (RFC 8446 6.2).
 */
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "peer.h"

#define ACCESS_DENIED	49

static void expect_aborted(struct seal_conn *conn)
{
	size_t used;

	assert_int_equal(seal_conn_status(conn), SEAL_E_ABORTED);
	assert_non_null(strstr(seal_conn_error(conn), "access_denied (49)"));
	assert_int_equal(seal_conn_need(conn), 0);
	assert_int_equal(seal_conn_feed(conn, "\x16", 1, &used), SEAL_E_ABORTED);
	assert_int_equal(used, 0);
	/* once */
	assert_int_equal(seal_conn_abort(conn, ACCESS_DENIED), SEAL_E_INVALID);
}

/* ------------------------------------------------------------ every point */

/* After so many flights; the peer reads it while it is in its handshake itself */
static void abort_after(int flights, bool client)
{
	struct seal_conn *conn, *other;
	struct pair pair;

	pair_open(&pair, common_client(), common_retry_server());
	for (int i = 0; i < flights; i++)
		pair_move(i % 2 ? pair.server : pair.client,
			  i % 2 ? pair.client : pair.server);
	conn = client ? pair.client : pair.server;
	other = client ? pair.server : pair.client;
	assert_int_equal(seal_conn_abort(conn, ACCESS_DENIED), 0);
	expect_aborted(conn);
	assert_int_equal(pair_move(conn, other), SEAL_E_ALERT);
	assert_int_equal(seal_conn_alert(other), ACCESS_DENIED);
	pair_close(&pair);
}

static void at_every_point(void **state)
{
	(void)state;
	/* a ClientHello, or nothing, before it */
	abort_after(0, true);
	abort_after(0, false);
	/* a HelloRetryRequest on its way, or not */
	abort_after(1, false);
	abort_after(2, true);
	abort_after(2, false);
	/* behind the second ClientHello */
	abort_after(3, true);
}

/* --------------------------------------------------------- OpenSSL's view */

static void expect_theirs(struct peer *peer)
{
	struct wire alert;
	char byte;

	wire_take(&alert, peer->conn);
	assert_int_equal(BIO_write(SSL_get_rbio(peer->ssl), alert.data, alert.len),
			 alert.len);
	wire_free(&alert);
	assert_true(SSL_read(peer->ssl, &byte, 1) <= 0);
	assert_int_equal(ERR_GET_REASON(ERR_peek_last_error()),
			 SSL_R_TLSV1_ALERT_ACCESS_DENIED);
	ERR_clear_error();
}

static void open_peer(struct peer *peer, enum seal_side ours)
{
	if (ours == SEAL_CLIENT)
		peer_open(peer, peer_context(SEAL_SERVER, pki_identity(SEAL_KEY_P256)),
			  new_client_config());
	else
		peer_open(peer, peer_context(SEAL_CLIENT, NULL),
			  new_server_config(SEAL_KEY_P256));
}

static void behind_the_handshake(void **state)
{
	struct peer peer;

	(void)state;
	for (int side = SEAL_CLIENT; side <= SEAL_SERVER; side++) {
		open_peer(&peer, side);
		assert_int_equal(peer_shake(&peer), 0);
		assert_false(peer_failed(&peer));
		assert_int_equal(seal_conn_abort(peer.conn, ACCESS_DENIED), 0);
		expect_aborted(peer.conn);
		expect_theirs(&peer);
		peer_close(&peer);
	}
}

/* Behind our Finished, which has not left yet */
static void together_with_the_finished(void **state)
{
	static uint8_t data[65536];
	struct wire wire;
	struct peer peer;
	int len;

	(void)state;
	open_peer(&peer, SEAL_CLIENT);
	wire_take(&wire, peer.conn);
	BIO_write(SSL_get_rbio(peer.ssl), wire.data, wire.len);
	wire_free(&wire);
	SSL_do_handshake(peer.ssl);
	len = BIO_read(SSL_get_wbio(peer.ssl), data, sizeof(data));
	assert_int_equal(feed(peer.conn, data, len), 0);
	assert_int_equal(seal_conn_abort(peer.conn, ACCESS_DENIED), 0);
	expect_theirs(&peer);
	peer_close(&peer);

	/* and a server's, whose client has still to send its own */
	open_peer(&peer, SEAL_SERVER);
	SSL_do_handshake(peer.ssl);
	len = BIO_read(SSL_get_wbio(peer.ssl), data, sizeof(data));
	assert_int_equal(feed(peer.conn, data, len), SEAL_WANT_READ);
	assert_int_equal(seal_conn_abort(peer.conn, ACCESS_DENIED), 0);
	expect_theirs(&peer);
	peer_close(&peer);
}

/* ----------------------------------------------------- when it is not allowed */

/* RFC 8446 6.2, written down here once more */
static const uint8_t fatal[] = {
	10, 20, 22, 40, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 70, 71, 80, 86, 109, 110,
	112, 113, 115, 116, 120,
};

static void alerts_that_end_a_handshake(void **state)
{
	struct pair pair;

	(void)state;
	for (int alert = -2; alert < 300; alert++) {
		bool is_fatal = alert > 0 && alert < 256 &&
				memchr(fatal, alert, sizeof(fatal));

		pair_open(&pair, common_client(), common_server());
		assert_int_equal(seal_conn_abort(pair.server, alert),
				 is_fatal ? 0 : SEAL_E_INVALID);
		assert_int_equal(seal_conn_status(pair.server),
				 is_fatal ? SEAL_E_ABORTED : SEAL_WANT_READ);
		if (is_fatal) {
			assert_int_equal(pair_move(pair.server, pair.client),
					 SEAL_E_ALERT);
			assert_int_equal(seal_conn_alert(pair.client), alert);
		} else {
			assert_int_equal(pair_shake(&pair), 0);
		}
		pair_close(&pair);
	}
}

static void too_late(void **state)
{
	struct pair pair;

	(void)state;
	pair_open(&pair, common_client(), common_server());
	assert_int_equal(pair_shake(&pair), 0);
	/* as the handover leaves it */
	pair.server->attached = true;
	assert_int_equal(seal_conn_abort(pair.server, ACCESS_DENIED), SEAL_E_INVALID);
	assert_int_equal(seal_conn_drain(pair.server, NULL, 0), 0);
	pair.server->attached = false;
	assert_int_equal(seal_conn_stream(pair.server), 0);
	assert_int_equal(seal_conn_abort(pair.server, ACCESS_DENIED), SEAL_E_INVALID);
	/* or after another error */
	assert_int_equal(seal_conn_abort(pair.client, ACCESS_DENIED), 0);
	assert_int_equal(seal_conn_abort(pair.client, 80), SEAL_E_INVALID);
	assert_int_equal(seal_conn_status(pair.client), SEAL_E_ABORTED);
	pair_close(&pair);
}

/* -------------------------------------------------- while it is being asked */

static int abort_and_agree(struct seal_conn *conn, void *arg)
{
	(void)arg;
	assert_int_equal(seal_conn_abort(conn, ACCESS_DENIED), 0);
	return 0;
}

static int abort_and_wait(struct seal_conn *conn, void *arg)
{
	abort_and_agree(conn, arg);
	return SEAL_WANT_ANSWER;
}

static int wait(struct seal_conn *conn, void *arg)
{
	(void)conn;
	(void)arg;
	return SEAL_WANT_ANSWER;
}

static void in_a_question(void **state)
{
	static const seal_verify_fn functions[] = { abort_and_agree, abort_and_wait, wait };
	struct seal_config *client;
	struct pair pair;

	(void)state;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(functions); i++) {
		client = new_client_config();
		seal_config_set_verify(client, functions[i], NULL);
		pair_open(&pair, client, common_server());
		seal_config_unref(client);
		pair_move(pair.client, pair.server);
		pair_move(pair.server, pair.client);
		if (functions[i] == wait) {
			assert_int_equal(seal_conn_status(pair.client), SEAL_WANT_ANSWER);
			assert_int_equal(seal_conn_abort(pair.client, ACCESS_DENIED), 0);
			assert_int_equal(seal_conn_answer(pair.client, 0), SEAL_E_INVALID);
		}
		expect_aborted(pair.client);
		assert_int_equal(pair_move(pair.client, pair.server), SEAL_E_ALERT);
		assert_int_equal(seal_conn_alert(pair.server), ACCESS_DENIED);
		pair_close(&pair);
	}
}

/* ------------------------------------------------------------------ sockets */

static void it_leaves_through_the_socket(void **state)
{
	struct pair pair;
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(fcntl(fds[i], F_SETFL, O_NONBLOCK), 0);
	pair_open(&pair, common_client(), common_server());
	assert_int_equal(seal_conn_handshake(pair.client, fds[0]), SEAL_WANT_READ);
	assert_int_equal(seal_conn_handshake(pair.server, fds[1]), SEAL_WANT_READ);
	assert_int_equal(seal_conn_abort(pair.server, ACCESS_DENIED), 0);
	assert_int_equal(seal_conn_handshake(pair.server, fds[1]), SEAL_E_ABORTED);
	/* the server's flight comes first */
	assert_int_equal(seal_conn_handshake(pair.client, fds[0]), 0);
	assert_true(pair.client->ahead.len > 0);
	pair_close(&pair);
	close(fds[0]);
	close(fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(at_every_point),
		cmocka_unit_test(behind_the_handshake),
		cmocka_unit_test(together_with_the_finished),
		cmocka_unit_test(alerts_that_end_a_handshake),
		cmocka_unit_test(too_late),
		cmocka_unit_test(in_a_question),
		cmocka_unit_test(it_leaves_through_the_socket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
