// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The server's messages enter one by one (RFC 8446 A.1); our flights and the next
 * state leave.
 */
#include <string.h>

#include "private.h"

/* What leaves room for the other extensions of a ClientHello, 2^16 bytes in all */
#define COOKIE_MAX	32768

void seal_client_drop_shares(struct seal_conn *conn)
{
	for (size_t i = 0; i < SEAL_SHARES_OWN; i++) {
		seal_key_free(conn->shares[i].key);
		seal_buf_free(&conn->shares[i].public);
		conn->shares[i] = (struct seal_share){ 0 };
	}
}

static int add_share(struct seal_conn *conn, const struct seal_group *group)
{
	struct seal_share *share = conn->shares;

	if (share->key)
		share++;
	share->group = group;
	return seal_kex_new(&conn->cfg->crypto, group, &share->key, &share->public);
}

/* The share of a group; NULL: none was sent */
static const struct seal_share *find_share(const struct seal_conn *conn, uint16_t id)
{
	for (size_t i = 0; i < SEAL_SHARES_OWN; i++)
		if (conn->shares[i].key && conn->shares[i].group->id == id)
			return &conn->shares[i];
	return NULL;
}

/*
 * One for the first group.  If that is a hybrid, which many servers do not know, one
 * for the first that is none too: it is short, and a round trip is long.
 */
static int first_shares(struct seal_conn *conn)
{
	const struct seal_config *cfg = conn->cfg;
	const struct seal_group *group = seal_group_find(cfg->groups[0]);
	int err = add_share(conn, group);

	if (group->kind != SEAL_KEX_KEM)
		return err;
	for (size_t i = 1; i < cfg->groups_len && !err; i++) {
		group = seal_group_find(cfg->groups[i]);
		if (group->kind != SEAL_KEX_KEM)
			return add_share(conn, group);
	}
	return err;
}

/* RFC 8446 5.1: for the sake of old servers the first ClientHello may say 0x0301 */
static int flush_first_hello(struct seal_conn *conn)
{
	const struct seal_span hello = { conn->flight.data, conn->flight.len };
	int err;

	err = seal_record_plain(SEAL_CONTENT_HANDSHAKE, SEAL_WIRE_TLS10, hello,
				&conn->output);
	seal_buf_free(&conn->flight);
	return err;
}

int seal_client_start(struct seal_conn *conn)
{
	int err;

	err = seal_crypto_random(conn->random, SEAL_RANDOM_SIZE);
	/* RFC 8446 D.4: middleboxes want to see a session being resumed */
	conn->session_id_len = SEAL_SESSION_ID_MAX;
	if (!err)
		err = seal_crypto_random(conn->session_id, SEAL_SESSION_ID_MAX);
	if (!err)
		err = first_shares(conn);
	if (!err)
		err = seal_client_write_hello(conn);
	if (!err)
		err = flush_first_hello(conn);
	return err ? err : SEAL_HS_WAIT_SERVER_HELLO;
}

int seal_client_say_hello_anew(struct seal_conn *conn)
{
	int err;

	seal_buf_free(&conn->output);
	seal_transcript_free(&conn->transcript);
	err = seal_client_write_hello(conn);
	return err ? err : flush_first_hello(conn);
}

static bool list_has(const uint16_t *list, size_t count, uint16_t value)
{
	for (size_t i = 0; i < count; i++)
		if (list[i] == value)
			return true;
	return false;
}

/* RFC 8446 4.1.3: the last bytes of the random of a server that could do better */
static int old_version(struct seal_conn *conn, struct seal_span random)
{
	static const uint8_t downgrade[] = { 'D', 'O', 'W', 'N', 'G', 'R', 'D' };
	const uint8_t *end = random.data + SEAL_RANDOM_SIZE;

	if (!memcmp(end - 8, downgrade, sizeof(downgrade)) && end[-1] <= 1)
		return seal_conn_fail(conn, SEAL_E_ILLEGAL_PARAMETER,
				      "somebody on the way downgraded the version");
	return seal_conn_fail(conn, SEAL_E_PROTOCOL_VERSION,
			      "it speaks only TLS 1.2 or older");
}

static int check_version(const struct seal_server_hello *hello)
{
	struct seal_reader r = seal_ext_reader(&hello->exts,
					       SEAL_EXT_SUPPORTED_VERSIONS);
	uint16_t version = seal_reader_u16(&r);
	int err = seal_reader_finish(&r);

	if (err)
		return err;
	if (version != SEAL_WIRE_TLS13 || hello->version != SEAL_WIRE_TLS12)
		return SEAL_E_ILLEGAL_PARAMETER;
	return 0;
}

/* What ServerHello and HelloRetryRequest have in common (RFC 8446 4.1.3, 4.1.4) */
static int read_hello(struct seal_conn *conn, const struct seal_message *msg,
		      struct seal_server_hello *hello)
{
	const struct seal_span id = { conn->session_id, conn->session_id_len };
	int err;

	err = seal_server_hello_parse(msg->body, conn->offered, hello);
	if (err == SEAL_E_PROTOCOL_VERSION)
		return old_version(conn, hello->random);
	if (!err)
		err = check_version(hello);
	if (err)
		return err;
	if (!seal_span_equal(hello->session_id, id))
		return seal_conn_fail(conn, SEAL_E_ILLEGAL_PARAMETER,
				      "legacy_session_id_echo");
	if (hello->compression)
		return seal_conn_fail(conn, SEAL_E_ILLEGAL_PARAMETER,
				      "legacy_compression_method");
	if (!list_has(conn->cfg->suites, conn->cfg->suites_len, hello->suite))
		return seal_conn_fail(conn, SEAL_E_ILLEGAL_PARAMETER,
				      "cipher suite 0x%04x was not offered",
				      hello->suite);
	return 0;
}

static int apply_retry_group(struct seal_conn *conn,
			     const struct seal_server_hello *hello)
{
	struct seal_reader r = seal_ext_reader(&hello->exts, SEAL_EXT_KEY_SHARE);
	uint16_t id = seal_reader_u16(&r);
	int err = seal_reader_finish(&r);

	if (err)
		return err;
	/* RFC 8446 4.2.8: offered, but without a share */
	if (!list_has(conn->cfg->groups, conn->cfg->groups_len, id) ||
	    find_share(conn, id))
		return seal_conn_fail(conn, SEAL_E_ILLEGAL_PARAMETER,
				      "HelloRetryRequest for group 0x%04x", id);
	seal_client_drop_shares(conn);
	return add_share(conn, seal_group_find(id));
}

static int apply_cookie(struct seal_conn *conn,
			const struct seal_server_hello *hello)
{
	struct seal_reader r = seal_ext_reader(&hello->exts, SEAL_EXT_COOKIE);
	struct seal_span cookie = seal_reader_vector(&r, 2, 1);
	int err = seal_reader_finish(&r);

	if (err)
		return err;
	if (cookie.len > COOKIE_MAX)
		return seal_conn_fail(conn, SEAL_E_ILLEGAL_PARAMETER,
				      "a cookie of %zu bytes", cookie.len);
	return seal_buf_append(&conn->cookie, cookie.data, cookie.len);
}

/* Do what the HelloRetryRequest asks for; it has to ask for something */
static int apply_retry(struct seal_conn *conn,
		       const struct seal_server_hello *hello)
{
	bool share = seal_ext_has(&hello->exts, SEAL_EXT_KEY_SHARE);
	bool cookie = seal_ext_has(&hello->exts, SEAL_EXT_COOKIE);
	int err = 0;

	/* RFC 8446 4.1.4: abort if it would not change the ClientHello */
	if (!share && !cookie)
		return seal_conn_fail(conn, SEAL_E_ILLEGAL_PARAMETER,
				      "HelloRetryRequest without a change");
	if (cookie)
		err = apply_cookie(conn, hello);
	if (!err && share)
		err = apply_retry_group(conn, hello);
	return err;
}

int seal_client_on_retry(struct seal_conn *conn, const struct seal_message *msg)
{
	struct seal_server_hello hello;
	int err;

	err = read_hello(conn, msg, &hello);
	if (!err)
		err = apply_retry(conn, &hello);
	if (!err)
		err = seal_hs_set_suite(conn, seal_suite_find(hello.suite));
	if (!err)
		err = seal_transcript_retry(&conn->transcript,
					    &conn->cfg->crypto, NULL);
	if (!err)
		err = seal_transcript_add(&conn->transcript, msg->raw);
	if (!err)
		err = seal_hs_send_ccs(conn);
	if (!err) {
		seal_client_keep_psks(conn);
		seal_client_lose_early(conn);
		seal_record_free(&conn->out);
		seal_early_forget(conn);
	}
	if (!err)
		err = seal_client_write_hello(conn);
	if (!err)
		err = seal_hs_flush(conn);
	return err ? err : SEAL_HS_WAIT_SERVER_HELLO_2;
}

static int derive_shared(struct seal_conn *conn,
			 const struct seal_server_hello *hello,
			 uint8_t shared[SEAL_SHARED_MAX])
{
	struct seal_reader r = seal_ext_reader(&hello->exts, SEAL_EXT_KEY_SHARE);
	uint16_t group = seal_reader_u16(&r);
	struct seal_span key = seal_reader_vector(&r, 2, 1);
	const struct seal_share *share;
	int err = seal_reader_finish(&r);

	if (!seal_ext_has(&hello->exts, SEAL_EXT_KEY_SHARE))
		return SEAL_E_MISSING_EXTENSION;
	if (err)
		return err;
	share = find_share(conn, group);
	if (!share)
		return seal_conn_fail(conn, SEAL_E_ILLEGAL_PARAMETER,
				      "a share of group 0x%04x", group);
	conn->group = share->group;
	err = seal_kex_derive(&conn->cfg->crypto, share->key, share->group, key, shared);
	if (err)
		return seal_conn_fail(conn, err, "the key share is no valid key");
	return 0;
}

static int choose_suite(struct seal_conn *conn, uint16_t suite)
{
	if (!conn->suite)
		return seal_hs_set_suite(conn, seal_suite_find(suite));
	/* RFC 8446 4.1.4: the suite of the HelloRetryRequest */
	if (conn->suite->id != suite)
		return seal_conn_fail(conn, SEAL_E_ILLEGAL_PARAMETER,
				      "cipher suite is not the HelloRetryRequest's");
	return 0;
}

int seal_client_on_server_hello(struct seal_conn *conn,
				const struct seal_message *msg)
{
	uint8_t shared[SEAL_SHARED_MAX];
	struct seal_server_hello hello;
	int err;

	err = read_hello(conn, msg, &hello);
	if (!err)
		err = choose_suite(conn, hello.suite);
	if (!err)
		err = seal_client_read_psk(conn, &hello.exts);
	if (!err)
		err = seal_psk_use(conn);
	if (!err)
		err = seal_transcript_add(&conn->transcript, msg->raw);
	if (err)
		return err;
	err = derive_shared(conn, &hello, shared);
	if (!err)
		err = seal_hs_handshake_keys(conn, (struct seal_span){
				shared, conn->group->shared_len });
	seal_crypto_wipe(shared, sizeof(shared));
	return err ? err : SEAL_HS_WAIT_ENCRYPTED_EXTENSIONS;
}

/* RFC 7301 3.1: exactly one protocol, one that we offered */
static int read_alpn(struct seal_conn *conn, const struct seal_exts *exts)
{
	const struct seal_buf *alpn = &conn->cfg->alpn;
	const struct seal_span ours = { alpn->data, alpn->len };
	struct seal_span list, name;
	struct seal_reader r;
	int err;

	err = seal_ext_alpn(exts, &list);
	if (err)
		return err;
	seal_reader_init(&r, list.data, list.len);
	name = seal_reader_vector(&r, 1, 1);
	if (r.left)
		return SEAL_E_DECODE_ERROR;
	if (!seal_alpn_has(ours, name))
		return seal_conn_fail(conn, SEAL_E_ILLEGAL_PARAMETER,
				      "an application protocol that was not offered");
	memcpy(conn->alpn, name.data, name.len);
	return 0;
}

int seal_client_on_extensions(struct seal_conn *conn,
			      const struct seal_message *msg)
{
	struct seal_exts exts;
	int err;

	err = seal_encrypted_extensions_parse(msg->body, conn->offered, &exts);
	if (err)
		return err;
	/* RFC 6066 3: the answer is empty */
	if (seal_ext_has(&exts, SEAL_EXT_SERVER_NAME) &&
	    exts.body[SEAL_EXT_SERVER_NAME].len)
		return SEAL_E_DECODE_ERROR;
	if (seal_ext_has(&exts, SEAL_EXT_ALPN)) {
		err = read_alpn(conn, &exts);
		if (err)
			return err;
	}
	err = seal_limit_read_answer(conn, &exts);
	if (!err)
		err = seal_client_read_early(conn, &exts);
	if (!err)
		err = seal_transcript_add(&conn->transcript, msg->raw);
	if (err)
		return err;
	/* RFC 8446 2.2: a PSK takes the place of certificates */
	if (conn->psk.len)
		return SEAL_HS_ASK_RESUMED;
	/* with external PSKs a client may have neither CAs nor the name of the server */
	if (!seal_cert_types_taken(conn))
		return seal_conn_fail(conn, SEAL_E_HANDSHAKE_FAILURE,
				      "it does not take our PSK");
	err = seal_cert_type_read_answers(conn, &exts);
	return err ? err : SEAL_HS_WAIT_CERTIFICATE_OR_REQUEST;
}

/* The end of our flight, behind what says who we are, if that was asked */
static int finish(struct seal_conn *conn)
{
	int err;

	err = seal_hs_send_finished(conn, conn->handshake.client);
	if (!err)
		err = seal_hs_resumption_secret(conn);
	if (!err)
		err = seal_hs_flush(conn);
	return err ? err : SEAL_HS_DONE;
}

int seal_client_on_signature(struct seal_conn *conn, const struct seal_message *msg)
{
	int err = seal_auth_send_verify(conn);

	(void)msg;
	return err ? err : finish(conn);
}

int seal_client_on_resumed(struct seal_conn *conn, const struct seal_message *msg)
{
	(void)conn;
	(void)msg;
	return SEAL_HS_WAIT_SERVER_FINISHED;
}

int seal_client_on_finished(struct seal_conn *conn,
			    const struct seal_message *msg)
{
	int err;

	err = seal_hs_check_finished(conn, conn->handshake.server, msg);
	if (!err)
		err = seal_transcript_add(&conn->transcript, msg->raw);
	if (!err)
		err = seal_hs_application_secrets(conn);
	if (!err)
		err = seal_hs_send_ccs(conn);
	if (!err)
		err = seal_client_end_early(conn);
	if (!err && conn->cert_requested)
		err = seal_auth_send(conn);
	if (err)
		return err;
	return conn->cred ? SEAL_HS_ASK_CLIENT_SIGNATURE : finish(conn);
}
