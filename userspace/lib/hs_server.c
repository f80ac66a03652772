// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The client's messages enter one by one (RFC 8446 A.2); our flights and the next
 * state leave.
 */
#include <string.h>

#include "private.h"

static int check_version(struct seal_conn *conn,
			 const struct seal_client_hello *hello)
{
	int err = seal_ext_offers_tls13(&hello->exts);

	/* RFC 8446 D.5: SSL 3.0 in legacy_version is refused in any case */
	if (hello->version <= SEAL_WIRE_SSL30)
		err = SEAL_E_PROTOCOL_VERSION;
	if (err == SEAL_E_PROTOCOL_VERSION)
		return seal_conn_fail(conn, err,
				      "it speaks only TLS 1.2 or older");
	return err;
}

/* RFC 8446 4.1.2: null compression alone */
static int check_compression(struct seal_conn *conn,
			     const struct seal_client_hello *hello)
{
	if (hello->compression.len == 1 && !hello->compression.data[0])
		return 0;
	return seal_conn_fail(conn, SEAL_E_ILLEGAL_PARAMETER,
			      "legacy_compression_methods");
}

static int read_hello(struct seal_conn *conn, const struct seal_message *msg,
		      struct seal_client_hello *hello)
{
	int err;

	err = seal_client_hello_parse(msg->body, hello);
	if (!err)
		err = check_version(conn, hello);
	if (!err)
		err = check_compression(conn, hello);
	if (err)
		return err;
	memcpy(conn->random, hello->random.data, SEAL_RANDOM_SIZE);
	conn->session_id_len = hello->session_id.len;
	if (hello->session_id.len)
		memcpy(conn->session_id, hello->session_id.data,
		       hello->session_id.len);
	return 0;
}

/* The fields before and the extension that each ServerHello has */
static void write_hello(struct seal_conn *conn, struct seal_writer *w,
			const uint8_t random[SEAL_RANDOM_SIZE])
{
	seal_hs_open(conn, w, SEAL_MSG_SERVER_HELLO);
	seal_writer_u16(w, SEAL_WIRE_TLS12);
	seal_writer_bytes(w, random, SEAL_RANDOM_SIZE);
	seal_writer_open(w, 1);
	seal_writer_bytes(w, conn->session_id, conn->session_id_len);
	seal_writer_close(w);
	seal_writer_u16(w, conn->suite->id);
	seal_writer_u8(w, 0);
	seal_writer_open(w, 2);
	seal_ext_open(w, SEAL_EXT_SUPPORTED_VERSIONS);
	seal_writer_u16(w, SEAL_WIRE_TLS13);
	seal_writer_close(w);
}

/* Send it, and after the first one what RFC 8446 D.4 asks for */
static int send_hello(struct seal_conn *conn, struct seal_writer *w)
{
	int err;

	seal_writer_close(w);
	err = seal_hs_close(conn, w);
	if (!err)
		err = seal_hs_flush(conn);
	if (!err && conn->session_id_len)
		err = seal_hs_send_ccs(conn);
	return err;
}

/* The same for the same connection, whenever it is written */
static void write_retry(struct seal_conn *conn, struct seal_writer *w)
{
	write_hello(conn, w, seal_hello_retry_random);
	seal_ext_open(w, SEAL_EXT_KEY_SHARE);
	seal_writer_u16(w, conn->group->id);
	seal_writer_close(w);
	if (!conn->cookie.len)
		return;
	seal_ext_open(w, SEAL_EXT_COOKIE);
	seal_writer_open(w, 2);
	seal_writer_bytes(w, conn->cookie.data, conn->cookie.len);
	seal_writer_close(w);
	seal_writer_close(w);
}

static int send_retry(struct seal_conn *conn)
{
	struct seal_writer w;
	int err;

	err = seal_transcript_retry(&conn->transcript, &conn->cfg->crypto, NULL);
	if (err)
		return err;
	write_retry(conn, &w);
	conn->retried = true;
	return send_hello(conn, &w);
}

/* The state of a connection that has sent it, though it was another one */
static int recall_retry(struct seal_conn *conn,
			const struct seal_client_hello *hello)
{
	uint8_t first[SEAL_HASH_MAX];
	struct seal_writer w;
	int err;

	err = seal_cookie_open(conn, hello, first);
	if (!err)
		err = seal_hs_set_suite(conn, conn->suite);
	if (!err)
		err = seal_transcript_retry(&conn->transcript, &conn->cfg->crypto,
					    first);
	if (err)
		return err;
	write_retry(conn, &w);
	seal_writer_close(&w);
	err = seal_hs_close(conn, &w);
	seal_buf_free(&conn->flight);
	conn->retried = true;
	return err;
}

static int send_server_hello(struct seal_conn *conn,
			     const struct seal_selection *sel,
			     const struct seal_buf *share)
{
	uint8_t random[SEAL_RANDOM_SIZE];
	struct seal_writer w;
	int err;

	err = seal_crypto_random(random, sizeof(random));
	if (err)
		return err;
	write_hello(conn, &w, random);
	seal_ext_open(&w, SEAL_EXT_KEY_SHARE);
	seal_writer_u16(&w, conn->group->id);
	seal_writer_open(&w, 2);
	seal_writer_bytes(&w, share->data, share->len);
	seal_writer_close(&w);
	seal_writer_close(&w);
	seal_server_write_psk(conn, &w, sel);
	return send_hello(conn, &w);
}

/* ServerHello, and the keys that it makes possible */
static int exchange_keys(struct seal_conn *conn, const struct seal_selection *sel)
{
	uint8_t shared[SEAL_SHARED_MAX];
	struct seal_buf ours = { 0 };
	int err;

	err = seal_kex_answer(&conn->cfg->crypto, conn->group, sel->share, &ours,
			      shared);
	if (err == SEAL_E_ILLEGAL_PARAMETER)
		err = seal_conn_fail(conn, err, "the key share is no valid key");
	if (!err)
		err = send_server_hello(conn, sel, &ours);
	if (!err)
		err = seal_psk_use(conn);
	if (!err)
		err = seal_hs_handshake_keys(conn, (struct seal_span){
				shared, conn->group->shared_len });
	seal_crypto_wipe(shared, sizeof(shared));
	seal_buf_free(&ours);
	return err;
}

static int send_extensions(struct seal_conn *conn)
{
	size_t len = strlen(conn->alpn);
	struct seal_writer w;

	seal_hs_open(conn, &w, SEAL_MSG_ENCRYPTED_EXTENSIONS);
	seal_writer_open(&w, 2);
	/* RFC 6066 3: empty, it says that the name had a meaning */
	if (conn->name_used) {
		seal_ext_open(&w, SEAL_EXT_SERVER_NAME);
		seal_writer_close(&w);
	}
	seal_cert_type_write_answers(conn, &w);
	if (conn->early) {
		seal_ext_open(&w, SEAL_EXT_EARLY_DATA);
		seal_writer_close(&w);
	}
	if (len) {
		seal_ext_open(&w, SEAL_EXT_ALPN);
		seal_writer_open(&w, 2);
		seal_writer_u8(&w, len);
		seal_writer_bytes(&w, conn->alpn, len);
		seal_writer_close(&w);
		seal_writer_close(&w);
	}
	seal_limit_write_answer(conn, &w);
	seal_writer_close(&w);
	return seal_hs_close(conn, &w);
}

/* The end of our flight, behind what says who we are */
static int finish(struct seal_conn *conn)
{
	int err;

	err = seal_hs_send_finished(conn, conn->handshake.server);
	if (!err)
		err = seal_hs_flush(conn);
	if (!err)
		err = seal_hs_application_secrets(conn);
	if (err)
		return err;
	/* RFC 8446 7.3: an alert from now on is under the application key */
	seal_hs_set_epoch(conn, &conn->out, conn->application.server);
	if (conn->early)
		return SEAL_HS_WAIT_END_OF_EARLY_DATA;
	return conn->cert_requested ? SEAL_HS_WAIT_CLIENT_CERTIFICATE :
				      SEAL_HS_WAIT_CLIENT_FINISHED;
}

int seal_server_on_signature(struct seal_conn *conn, const struct seal_message *msg)
{
	int err = seal_auth_send_verify(conn);

	(void)msg;
	return err ? err : finish(conn);
}

/* Everything from ServerHello to Finished (RFC 8446 2, figures 1 and 3) */
static int answer(struct seal_conn *conn, const struct seal_selection *sel)
{
	int err;

	err = exchange_keys(conn, sel);
	if (!err)
		err = send_extensions(conn);
	if (err)
		return err;
	/* RFC 8446 2.2: a PSK takes the place of certificates */
	if (conn->psk.len)
		return finish(conn);
	err = seal_auth_send_request(conn);
	if (!err)
		err = seal_auth_send(conn);
	return err ? err : SEAL_HS_ASK_SERVER_SIGNATURE;
}

static int retry(struct seal_conn *conn, const struct seal_client_hello *hello)
{
	int err;

	err = seal_server_hello_digest(conn, hello, conn->hello_digest);
	if (!err)
		err = seal_cookie_make(conn);
	if (!err)
		err = send_retry(conn);
	return err ? err : SEAL_HS_WAIT_CLIENT_HELLO_2;
}

/* RFC 8446 4.1.2: the same ClientHello but for what it was asked to change */
static int check_same(struct seal_conn *conn,
		      const struct seal_client_hello *hello)
{
	uint8_t digest[SEAL_HASH_MAX];
	int err;

	if (seal_ext_has(&hello->exts, SEAL_EXT_EARLY_DATA))
		return seal_conn_fail(conn, SEAL_E_ILLEGAL_PARAMETER,
				      "early data after a HelloRetryRequest");
	err = seal_server_hello_digest(conn, hello, digest);
	if (err)
		return err;
	if (!seal_crypto_equal(digest, conn->hello_digest,
			       seal_hash_size(SEAL_SHA256)))
		return seal_conn_fail(conn, SEAL_E_ILLEGAL_PARAMETER,
				      "the second ClientHello is not like the first");
	return 0;
}

static int answer_second(struct seal_conn *conn, const struct seal_message *msg,
			 const struct seal_client_hello *hello)
{
	struct seal_selection sel = { 0 };
	int err;

	err = check_same(conn, hello);
	if (!err)
		err = seal_server_select(conn, hello, msg->raw, &sel);
	if (!err)
		err = seal_transcript_add(&conn->transcript, msg->raw);
	if (err)
		return err;
	/* RFC 8446 4.2.10: no early data after a HelloRetryRequest */
	conn->early_skip = 0;
	return answer(conn, &sel);
}

int seal_server_on_hello(struct seal_conn *conn, const struct seal_message *msg)
{
	struct seal_client_hello hello;
	int err;

	err = read_hello(conn, msg, &hello);
	if (!err)
		err = seal_server_read_name(conn, &hello.exts);
	return err ? err : SEAL_HS_ASK_CONFIG;
}

int seal_server_on_config(struct seal_conn *conn, const struct seal_message *msg)
{
	struct seal_selection sel = { 0 };
	struct seal_client_hello hello;
	int err;

	err = seal_client_hello_parse(msg->body, &hello);
	if (!err)
		err = seal_server_choose(conn);
	if (!err && conn->cfg->cookies && seal_ext_has(&hello.exts, SEAL_EXT_COOKIE)) {
		err = recall_retry(conn, &hello);
		return err ? err : answer_second(conn, msg, &hello);
	}
	if (!err)
		err = seal_server_select(conn, &hello, msg->raw, &sel);
	if (!err)
		err = seal_hs_set_suite(conn, seal_suite_find(sel.suite));
	if (!err)
		err = seal_transcript_add(&conn->transcript, msg->raw);
	if (!err)
		err = seal_server_take_early(conn, &hello, &sel);
	if (err)
		return err;
	return sel.share.len ? answer(conn, &sel) : retry(conn, &hello);
}

int seal_server_on_hello_2(struct seal_conn *conn, const struct seal_message *msg)
{
	struct seal_client_hello hello;
	int err;

	err = read_hello(conn, msg, &hello);
	if (!err)
		err = seal_cookie_check(conn, &hello);
	return err ? err : answer_second(conn, msg, &hello);
}

int seal_server_on_finished(struct seal_conn *conn,
			    const struct seal_message *msg)
{
	int err = seal_hs_check_finished(conn, conn->handshake.client, msg);

	if (!err)
		err = seal_transcript_add(&conn->transcript, msg->raw);
	if (!err)
		err = seal_server_send_tickets(conn);
	return err ? err : SEAL_HS_DONE;
}
