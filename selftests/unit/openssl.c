// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A connection of ours and OpenSSL's libssl as its peer enter; handshakes over memory,
 * and what a kernel would make of the records behind them, leave.
 */
#include <string.h>

#include <openssl/ssl.h>

#include "unit.h"

#define TURNS_MAX	6

static SSL_CTX *new_context(const SSL_METHOD *method)
{
	SSL_CTX *ctx = SSL_CTX_new(method);

	assert_non_null(ctx);
	assert_int_equal(SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION), 1);
	assert_int_equal(SSL_CTX_set_ciphersuites(ctx, OPENSSL_SUITES), 1);
	return ctx;
}

SSL_CTX *openssl_server(void)
{
	const struct identity *id = pki_identity(SEAL_KEY_P256);
	SSL_CTX *ctx = new_context(TLS_server_method());

	assert_int_equal(SSL_CTX_use_certificate_chain_file(ctx, id->chain), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey_file(ctx, id->key,
						     SSL_FILETYPE_PEM), 1);
	return ctx;
}

SSL_CTX *openssl_client(void)
{
	SSL_CTX *ctx = new_context(TLS_client_method());

	assert_int_equal(SSL_CTX_load_verify_file(ctx, pki_ca()), 1);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	return ctx;
}

SSL *openssl_new(SSL_CTX *ctx)
{
	SSL *ssl = SSL_new(ctx);

	assert_non_null(ssl);
	SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	if (SSL_is_server(ssl))
		SSL_set_accept_state(ssl);
	else
		SSL_set_connect_state(ssl);
	return ssl;
}

static void give_openssl(struct meeting *m)
{
	struct wire wire;

	wire_take(&wire, m->conn);
	if (wire.len)
		assert_int_equal(BIO_write(SSL_get_rbio(m->ssl), wire.data, wire.len),
				 wire.len);
	wire_free(&wire);
}

/* What is not consumed is kept as what follows the handshake */
static int take_openssl(struct meeting *m)
{
	static uint8_t data[OPENSSL_ROOM];
	int len = BIO_read(SSL_get_wbio(m->ssl), data, sizeof(data));
	size_t used;
	int status;

	if (len < 0)
		len = 0;
	status = seal_conn_feed(m->conn, data, len, &used);
	assert_int_equal(seal_buf_append(&m->rest, data + used, len - used), 0);
	return status;
}

/* The keys that seal_conn_attach() hands over, and the number of the next record */
static void take_keys(struct meeting *m)
{
	const struct seal_conn *conn = m->conn;
	bool client = conn->cfg->side == SEAL_CLIENT;
	struct seal_span secrets[2];

	assert_int_equal(seal_conn_secrets(conn, &secrets[0], &secrets[1]), 0);
	record_key(&m->in, epoch_of(conn, secrets[client].data), false);
	record_key(&m->out, epoch_of(conn, secrets[!client].data), true);
	m->out.seq = seal_conn_sent(conn);
}

int meeting_shake(struct meeting *m, struct seal_conn *conn, SSL *ssl)
{
	int status = SEAL_WANT_READ;

	*m = (struct meeting){ .conn = conn, .ssl = ssl };
	for (int i = 0; i < TURNS_MAX && status >= 0; i++) {
		give_openssl(m);
		SSL_do_handshake(ssl);
		status = take_openssl(m);
	}
	if (status)
		return status;
	give_openssl(m);
	assert_int_equal(SSL_is_init_finished(ssl), 1);
	assert_int_equal(SSL_CIPHER_get_protocol_id(SSL_get_current_cipher(ssl)),
			 seal_conn_suite(conn));
	take_keys(m);
	return 0;
}

void meeting_end(struct meeting *m)
{
	seal_record_free(&m->in);
	seal_record_free(&m->out);
	seal_buf_free(&m->rest);
	seal_conn_free(m->conn);
	/* or its session would not be resumed any more */
	SSL_set_shutdown(m->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_free(m->ssl);
}

struct seal_fragment meeting_next(struct meeting *m)
{
	static uint8_t raw[OPENSSL_ROOM];
	struct seal_record_header header;
	struct seal_fragment content;
	size_t size;

	assert_true(m->rest.len > SEAL_RECORD_HEADER);
	seal_record_parse(m->rest.data, &header);
	size = SEAL_RECORD_HEADER + header.len;
	assert_in_range(size, 0, m->rest.len);
	memcpy(raw, m->rest.data, size);
	seal_buf_consume(&m->rest, size);
	assert_int_equal(seal_record_open(&m->in, raw, size, &content), 0);
	return content;
}

/* Behind what else it has said, such as tickets */
static void expect_data(struct meeting *m, const char *text)
{
	struct seal_fragment content;

	do {
		content = meeting_next(m);
	} while (content.type == SEAL_CONTENT_HANDSHAKE);
	assert_int_equal(content.type, SEAL_CONTENT_DATA);
	assert_int_equal(content.len, strlen(text));
	assert_memory_equal(content.data, text, content.len);
}

void meeting_talk(struct meeting *m)
{
	const struct seal_span hello = { (const uint8_t *)"from us", 7 };
	struct seal_buf record = { 0 };
	char got[16];

	assert_int_equal(seal_record_seal(&m->out, SEAL_CONTENT_DATA, hello, &record), 0);
	assert_int_equal(BIO_write(SSL_get_rbio(m->ssl), record.data, record.len),
			 record.len);
	seal_buf_free(&record);
	assert_int_equal(SSL_read(m->ssl, got, sizeof(got)), hello.len);
	assert_memory_equal(got, hello.data, hello.len);
	assert_int_equal(SSL_write(m->ssl, "from them", 9), 9);
	take_openssl(m);
	expect_data(m, "from them");
}
