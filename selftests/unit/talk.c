// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A configuration of ours and a context of OpenSSL's enter; talk behind the handshake,
 * over memory, leaves.
 */
#include <string.h>

#include "talk.h"

static const struct kind kinds[] = {
	{ SEAL_CLIENT, 0x1301 }, { SEAL_CLIENT, 0x1302 }, { SEAL_CLIENT, 0x1303 },
	{ SEAL_SERVER, 0x1301 }, { SEAL_SERVER, 0x1302 }, { SEAL_SERVER, 0x1303 },
	{ SEAL_CLIENT, 0x1304 }, { SEAL_SERVER, 0x1304 },
};

const struct variant talk_variants[TALK_VARIANTS] = {
	{ "client, AES-128-GCM", &kinds[0] },
	{ "client, AES-256-GCM", &kinds[1] },
	{ "client, ChaCha20-Poly1305", &kinds[2] },
	{ "server, AES-128-GCM", &kinds[3] },
	{ "server, AES-256-GCM", &kinds[4] },
	{ "server, ChaCha20-Poly1305", &kinds[5] },
	{ "client, AES-128-CCM", &kinds[6] },
	{ "server, AES-128-CCM", &kinds[7] },
};

uint8_t got_text[TEXT_MAX + 1];

static void see_message(int write_p, int version, int type, const void *buf,
			size_t len, SSL *ssl, void *arg)
{
	struct talk *talk = arg;

	(void)version;
	(void)len;
	(void)ssl;
	if (!write_p && type == SSL3_RT_HANDSHAKE &&
	    *(const uint8_t *)buf == SEAL_MSG_KEY_UPDATE)
		talk->updates++;
}

struct seal_config *kind_config(const struct kind *kind)
{
	struct seal_config *cfg = kind->side == SEAL_CLIENT ?
				  new_client_config() :
				  new_server_config(SEAL_KEY_P256);

	assert_int_equal(seal_config_set_suites(cfg, &kind->suite, 1), 0);
	return cfg;
}

void talk_give(struct talk *talk)
{
	struct wire wire;

	wire_take(&wire, talk->conn);
	if (wire.len)
		assert_int_equal(BIO_write(SSL_get_rbio(talk->ssl), wire.data,
					   wire.len), wire.len);
	wire_free(&wire);
}

/* What comes behind the handshake, such as tickets, is kept for the stream */
static int take_handshake(struct peer *peer)
{
	static uint8_t wire[PIECE_MAX];
	int len = BIO_read(SSL_get_wbio(peer->ssl), wire, sizeof(wire));
	size_t used;
	int status;

	if (len < 0)
		len = 0;
	status = seal_conn_feed(peer->conn, wire, len, &used);
	if ((size_t)len > used)
		assert_int_equal(seal_conn_prefill(peer->conn, wire + used,
						   len - used), 0);
	return status;
}

static void shake(struct talk *talk)
{
	int status;

	do {
		talk_give(talk);
		SSL_do_handshake(talk->ssl);
		status = take_handshake(&talk->peer);
		assert_true(status >= 0);
	} while (status || !SSL_is_init_finished(talk->ssl));
	/* a server's tickets */
	talk_give(talk);
}

void talk_open(struct talk *talk, const struct kind *kind, size_t tickets)
{
	bool client = kind->side == SEAL_CLIENT;
	SSL_CTX *ctx = peer_context(client ? SEAL_SERVER : SEAL_CLIENT, client ?
				    pki_identity(SEAL_KEY_P256) : NULL);

	memset(talk, 0, sizeof(*talk));
	SSL_CTX_set_num_tickets(ctx, tickets);
	peer_open(&talk->peer, ctx, kind_config(kind));
	talk->conn = talk->peer.conn;
	talk->ssl = talk->peer.ssl;
	shake(talk);
	talk->piece = PIECE_MAX;
	SSL_set_msg_callback(talk->ssl, see_message);
	SSL_set_msg_callback_arg(talk->ssl, talk);
	assert_int_equal(seal_conn_stream(talk->conn), 0);
}

void talk_close(struct talk *talk)
{
	peer_close(&talk->peer);
}

/* Read what there is behind @text; the number of bytes */
static size_t read_all(struct seal_conn *conn, uint8_t *text, size_t room)
{
	size_t got, all = 0;
	int err;

	do {
		err = seal_conn_read(conn, text + all, room - all, &got);
		all += got;
	} while (!err && got);
	return all;
}

size_t talk_take(struct talk *talk, uint8_t *text, size_t room)
{
	static uint8_t wire[4 * PIECE_MAX];
	int len = BIO_read(SSL_get_wbio(talk->ssl), wire, sizeof(wire));
	size_t used, chunk, all = read_all(talk->conn, text, room);

	for (int at = 0; at < len && !talk->conn->error; at += used) {
		chunk = len - at;
		if (chunk > talk->piece)
			chunk = talk->piece;
		seal_conn_feed(talk->conn, wire + at, chunk, &used);
		all += read_all(talk->conn, text + all, room - all);
		if (!used && talk->conn->stream->closed)
			break;
	}
	return all;
}

void talk_hear(struct talk *talk, const char *text)
{
	assert_int_equal(SSL_write(talk->ssl, text, strlen(text)), strlen(text));
	assert_int_equal(talk_take(talk, got_text, sizeof(got_text)), strlen(text));
	assert_memory_equal(got_text, text, strlen(text));
}

void talk_say(struct talk *talk, const char *text)
{
	size_t used;

	assert_int_equal(seal_conn_write(talk->conn, text, strlen(text), &used), 0);
	assert_int_equal(used, strlen(text));
	talk_give(talk);
	assert_int_equal(SSL_read(talk->ssl, got_text, sizeof(got_text)),
			 strlen(text));
	assert_memory_equal(got_text, text, strlen(text));
}

void talk_both(struct talk *talk)
{
	talk_say(talk, "from us");
	talk_hear(talk, "from them");
}

int talk_ssl_error(struct talk *talk)
{
	int got = SSL_read(talk->ssl, got_text, sizeof(got_text));
	int error = SSL_get_error(talk->ssl, got);

	assert_true(got <= 0);
	return error;
}

void talk_expect_read(struct talk *talk, int wanted)
{
	size_t got;

	for (int i = 0; i < 2; i++)
		assert_int_equal(seal_conn_read(talk->conn, got_text, 1, &got),
				 wanted);
	assert_int_equal(got, 0);
}
