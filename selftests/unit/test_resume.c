// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Sessions with OpenSSL as the other end enter; resumed handshakes leave, with and
 * without HelloRetryRequest, and full ones where a session must not be used.
 */
#include <string.h>

#include <openssl/ssl.h>

#include "unit.h"

/* A suite, and whether the server wants another group than the client's first */
struct way {
	uint16_t	suite;
	bool		retry;
};

static const struct way ways[] = {
	{ 0x1301, false }, { 0x1302, false }, { 0x1303, false },
	{ 0x1301, true }, { 0x1302, true }, { 0x1303, true },
};

/* ------------------------------------------------- our client, its server */

static SSL_CTX *server_for(const struct way *way)
{
	SSL_CTX *ctx = openssl_server();

	if (way->retry)
		assert_int_equal(SSL_CTX_set1_groups_list(ctx, "P-256"), 1);
	assert_int_equal(SSL_CTX_set_ciphersuites(ctx, seal_suite_name(way->suite)), 1);
	return ctx;
}

/* The session of the first ticket behind the handshake */
static struct seal_session *take_session(struct meeting *m)
{
	struct seal_fragment content = meeting_next(m);
	struct seal_resumption *res;
	struct seal_session *session;

	assert_int_equal(content.type, SEAL_CONTENT_HANDSHAKE);
	assert_int_equal(seal_conn_resumption(m->conn, &res), 0);
	assert_int_equal(seal_resumption_ticket(res, content.data, content.len,
						&session), 0);
	seal_resumption_free(res);
	return session;
}

static void visit(struct meeting *m, struct seal_config *cfg,
		  const struct seal_session *session, SSL_CTX *ctx)
{
	struct seal_conn *client;

	assert_int_equal(seal_conn_resume(cfg, SERVER_NAME, session, &client), 0);
	assert_int_equal(meeting_shake(m, client, openssl_new(ctx)), 0);
}

static struct seal_session *first_visit(struct seal_config *cfg, SSL_CTX *ctx)
{
	struct seal_session *session;
	struct meeting m;

	visit(&m, cfg, NULL, ctx);
	assert_int_equal(seal_conn_resumed(m.conn), 0);
	session = take_session(&m);
	meeting_end(&m);
	return session;
}

/* The second connection, and a third with what the second brought */
static void client_resumes(void **state)
{
	struct seal_session *session, *next;
	const struct way *way = *state;
	SSL_CTX *ctx = server_for(way);
	struct meeting m;

	session = first_visit(common_client(), ctx);
	for (int i = 0; i < 2; i++) {
		visit(&m, common_client(), session, ctx);
		assert_int_equal(seal_conn_resumed(m.conn), 1);
		assert_int_equal(SSL_session_reused(m.ssl), 1);
		/* X25519 is what the client sends a share for at first */
		assert_int_equal(seal_conn_group(m.conn), way->retry ? 0x0017 : 0x001d);
		next = take_session(&m);
		assert_true(next->proof.verified);
		meeting_talk(&m);
		meeting_end(&m);
		seal_session_free(session);
		session = next;
	}
	seal_session_free(session);
	SSL_CTX_free(ctx);
}

/* One that has other ticket keys */
static void client_is_declined(void **state)
{
	const struct way *way = *state;
	SSL_CTX *ctx = server_for(way), *other = server_for(way);
	struct seal_session *session = first_visit(common_client(), ctx);
	struct meeting m;

	visit(&m, common_client(), session, other);
	assert_int_equal(seal_conn_resumed(m.conn), 0);
	assert_int_equal(SSL_session_reused(m.ssl), 0);
	meeting_talk(&m);
	meeting_end(&m);
	seal_session_free(session);
	SSL_CTX_free(other);
	SSL_CTX_free(ctx);
}

/* RFC 8446 4.1.4: the HelloRetryRequest has chosen a suite with another hash */
static void retry_drops_another_hash(void **state)
{
	const struct way first = { 0x1302, false }, second = { 0x1301, true };
	SSL_CTX *ctx = server_for(&first), *other = server_for(&second);
	struct seal_session *session = first_visit(common_client(), ctx);
	struct meeting m;

	(void)state;
	visit(&m, common_client(), session, other);
	assert_int_equal(seal_conn_resumed(m.conn), 0);
	assert_int_equal(m.conn->offered & SEAL_EXT_BIT(SEAL_EXT_PRE_SHARED_KEY), 0);
	meeting_end(&m);
	seal_session_free(session);
	SSL_CTX_free(other);
	SSL_CTX_free(ctx);
}

/* --------------------------------------------------------- what is offered */

static struct seal_session *some_session(void)
{
	static const struct way way = { 0x1302, false };
	SSL_CTX *ctx = server_for(&way);
	struct seal_session *session = first_visit(common_client(), ctx);

	SSL_CTX_free(ctx);
	return session;
}

static bool offers(struct seal_config *cfg, const char *name,
		   const struct seal_session *session)
{
	struct seal_conn *client;
	bool offered;

	assert_int_equal(seal_conn_resume(cfg, name, session, &client), 0);
	offered = client->offered & SEAL_EXT_BIT(SEAL_EXT_PRE_SHARED_KEY);
	assert_int_equal(offered, client->offers_len);
	seal_conn_free(client);
	return offered;
}

static void for_its_server_alone(void **state)
{
	struct seal_session *session = some_session();

	(void)state;
	assert_true(offers(common_client(), SERVER_NAME, session));
	/* RFC 6066 3: case and a dot at the end make no other name */
	assert_true(offers(common_client(), "Server.Example.", session));
	assert_false(offers(common_client(), "server.example.org", session));
	assert_false(offers(common_client(), "server.exampl", session));
	assert_false(offers(common_client(), "127.0.0.1", session));
	seal_session_free(session);
}

static void for_its_protocol_alone(void **state)
{
	static const char *const protocols[] = { "http/1.1", "other" };
	struct seal_config *cfg = new_client_config();
	struct seal_session *session = some_session();

	(void)state;
	assert_true(offers(cfg, SERVER_NAME, session));
	strcpy(session->alpn, "other");
	assert_false(offers(cfg, SERVER_NAME, session));
	assert_int_equal(seal_config_set_alpn(cfg, protocols, 1), SEAL_E_INVALID);
	seal_config_unref(cfg);
	cfg = new_client_config();
	assert_int_equal(seal_config_set_alpn(cfg, protocols, 1), 0);
	assert_false(offers(cfg, SERVER_NAME, session));
	seal_config_unref(cfg);
	cfg = new_client_config();
	assert_int_equal(seal_config_set_alpn(cfg, protocols, 2), 0);
	assert_true(offers(cfg, SERVER_NAME, session));
	seal_config_unref(cfg);
	seal_session_free(session);
}

static void for_its_hash_alone(void **state)
{
	static const uint16_t sha256[] = { 0x1301, 0x1303 }, both[] = { 0x1302, 0x1301 };
	struct seal_session *session = some_session();
	struct seal_config *cfg = new_client_config();

	(void)state;
	assert_int_equal(seal_config_set_suites(cfg, sha256, 2), 0);
	assert_false(offers(cfg, SERVER_NAME, session));
	seal_config_unref(cfg);
	cfg = new_client_config();
	assert_int_equal(seal_config_set_suites(cfg, both, 2), 0);
	assert_true(offers(cfg, SERVER_NAME, session));
	seal_config_unref(cfg);
	seal_session_free(session);
}

static void not_when_it_has_expired(void **state)
{
	struct seal_session *session = some_session();

	(void)state;
	session->received -= (uint64_t)session->lifetime * 1000;
	assert_false(offers(common_client(), SERVER_NAME, session));
	session->received += 5000;
	assert_true(offers(common_client(), SERVER_NAME, session));
	session->lifetime = 0;
	assert_false(offers(common_client(), SERVER_NAME, session));
	seal_session_free(session);
}

/* Or a session with anybody would pass for one with the server */
static void not_verified_then_not_now(void **state)
{
	struct seal_config *insecure = seal_config_new(SEAL_CLIENT);
	static const struct way way = { 0x1301, false };
	SSL_CTX *ctx = server_for(&way);
	struct seal_session *session;
	struct meeting m;

	(void)state;
	seal_config_set_insecure(insecure);
	session = first_visit(insecure, ctx);
	assert_false(session->proof.verified);
	assert_false(offers(common_client(), SERVER_NAME, session));
	assert_true(offers(insecure, SERVER_NAME, session));
	visit(&m, insecure, session, ctx);
	assert_int_equal(seal_conn_resumed(m.conn), 1);
	assert_false(m.conn->proof.verified);
	meeting_end(&m);
	seal_session_free(session);
	seal_config_unref(insecure);
	SSL_CTX_free(ctx);
}

/* What it adds for a proof: a length, a flag, two times, a digest, certificates */
#define PROOF_SIZE(session) (3 + 1 + 8 + 8 + 32 + (session)->chain.len)

/* As the first two formats had it: did they say with what the server was verified? */
static size_t write_old(const struct seal_session *session, uint8_t *out, size_t room,
			uint8_t format)
{
	size_t tail = 2 + session->ticket.len, len, gap = PROOF_SIZE(session);
	uint8_t bytes[4096];

	assert_int_equal(seal_session_export(session, bytes, sizeof(bytes), &len), 0);
	assert_int_equal(bytes[0], 3);
	assert_in_range(1 + len - gap, 0, room);
	*out++ = format;
	if (format == 2)
		*out++ = 1;
	memcpy(out, bytes + 1, len - 1 - gap - tail);
	memcpy(out + len - 1 - gap - tail, bytes + len - tail, tail);
	return len - gap + (format == 2);
}

static void stored_sessions_say_who_was_verified(void **state)
{
	struct seal_session *session = some_session(), *again;
	uint8_t bytes[4096];
	size_t len;

	(void)state;
	assert_int_equal(seal_session_export(session, bytes, sizeof(bytes), &len), 0);
	assert_int_equal(seal_session_import(bytes, len, &again), 0);
	assert_true(offers(common_client(), SERVER_NAME, again));
	seal_session_free(again);
	for (uint8_t format = 1; format <= 2; format++) {
		len = write_old(session, bytes, sizeof(bytes), format);
		assert_int_equal(seal_session_import(bytes, len, &again), 0);
		assert_false(again->proof.verified);
		assert_memory_equal(again->psk, session->psk, SEAL_HASH_MAX);
		assert_int_equal(again->ticket.len, session->ticket.len);
		assert_false(offers(common_client(), SERVER_NAME, again));
		seal_session_free(again);
	}
	seal_session_free(session);
}

static void a_server_has_no_sessions(void **state)
{
	struct seal_session *session = some_session();
	struct seal_conn *conn = (void *)&conn;

	(void)state;
	assert_int_equal(seal_conn_resume(common_server(), NULL, session, &conn),
			 SEAL_E_INVALID);
	assert_null(conn);
	seal_session_free(session);
}

/* RFC 8446 4.2.11: the last extension, whose age is hidden (4.2.11.1) */
static void pre_shared_key_is_the_last(void **state)
{
	struct seal_session *session = some_session();
	struct seal_identity psks[SEAL_IDENTITIES_MAX];
	struct seal_client_hello hello;
	struct seal_conn *client;
	size_t count, binders;
	struct seal_span body;
	uint32_t age;

	(void)state;
	session->received -= 1000;
	assert_int_equal(seal_conn_resume(common_client(), SERVER_NAME, session,
					  &client), 0);
	body = (struct seal_span){ client->output.data + SEAL_RECORD_HEADER,
				   client->output.len - SEAL_RECORD_HEADER };
	assert_int_equal(seal_client_hello_parse(message_body(body), &hello), 0);
	assert_int_equal(hello.exts.last, TYPE_PRE_SHARED_KEY);
	assert_int_equal(seal_ext_client_psks(&hello.exts, psks, &count, &binders), 0);
	assert_int_equal(count, 1);
	assert_int_equal(binders, 2 + 1 + 48);
	assert_int_equal(psks[0].name.len, session->ticket.len);
	assert_memory_equal(psks[0].name.data, session->ticket.data,
			    session->ticket.len);
	age = psks[0].age - session->age_add;
	assert_in_range(age, 1000, 61000);
	seal_conn_free(client);
	seal_session_free(session);
}

/* ----------------------------------------------- a server that misbehaves */

/* A client that offers a session of SHA-384, whose peer is a puppet */
struct stage {
	struct seal_session	*session;
	struct seal_conn	*client;
	struct puppet		puppet;
	struct hello		hello;
};

static void stage_open(struct stage *s)
{
	static const uint8_t sha384[] = { 0x13, 2 };

	s->session = some_session();
	assert_int_equal(seal_conn_resume(common_client(), SERVER_NAME, s->session,
					  &s->client), 0);
	puppet_start(&s->puppet, s->client);
	hello_of_server(&s->hello, s->client);
	s->hello.suites = SPAN(sha384);
}

static int stage_send(struct stage *s, struct seal_span selected)
{
	static struct forge forge;

	hello_add(&s->hello, TYPE_PRE_SHARED_KEY, selected);
	forge_server_hello(&forge, &s->hello);
	return puppet_send_message(&s->puppet, SEAL_MSG_SERVER_HELLO,
				   forge_span(&forge));
}

static void stage_close(struct stage *s)
{
	puppet_stop(&s->puppet);
	seal_conn_free(s->client);
	seal_session_free(s->session);
}

static void refuse_selected(struct seal_span selected, int error)
{
	struct stage s;

	stage_open(&s);
	/* the base point as a share is as good as any */
	expect_refusal(&s.puppet, stage_send(&s, selected), error);
	stage_close(&s);
}

static void selected_identity_is_checked(void **state)
{
	static const uint8_t second[] = { 0, 1 }, last[] = { 0xff, 0xff };
	static const uint8_t three[] = { 0, 0, 0 };

	(void)state;
	refuse_selected(SPAN(second), SEAL_E_ILLEGAL_PARAMETER);
	refuse_selected(SPAN(last), SEAL_E_ILLEGAL_PARAMETER);
	refuse_selected(SPAN(three), SEAL_E_DECODE_ERROR);
	refuse_selected((struct seal_span){ three, 1 }, SEAL_E_DECODE_ERROR);
	refuse_selected((struct seal_span){ three, 0 }, SEAL_E_DECODE_ERROR);
}

/* RFC 8446 4.2.11: MUST verify that the suite has the hash of the PSK */
static void suite_of_another_hash_is_refused(void **state)
{
	static const uint8_t first[] = { 0, 0 }, sha256[] = { 0x13, 1 };
	struct stage s;

	(void)state;
	stage_open(&s);
	s.hello.suites = SPAN(sha256);
	expect_refusal(&s.puppet, stage_send(&s, SPAN(first)),
		       SEAL_E_ILLEGAL_PARAMETER);
	stage_close(&s);
}

/* RFC 8446 4.2.9: psk_ke alone was not offered */
static void psk_without_a_share_is_refused(void **state)
{
	static const uint8_t first[] = { 0, 0 };
	struct stage s;

	(void)state;
	stage_open(&s);
	hello_drop(&s.hello, TYPE_KEY_SHARE);
	expect_refusal(&s.puppet, stage_send(&s, SPAN(first)),
		       SEAL_E_MISSING_EXTENSION);
	stage_close(&s);
}

/* RFC 8446 2.2: neither Certificate nor CertificateRequest (4.3.2) */
static void certificates_have_no_place(void **state)
{
	static const uint8_t first[] = { 0, 0 }, none[] = { 0, 0 };
	static const uint8_t types[] = { 11, 13, 15, 4, 5 };
	struct stage s;
	int status;

	(void)state;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(types); i++) {
		stage_open(&s);
		assert_int_equal(stage_send(&s, SPAN(first)), SEAL_WANT_READ);
		status = puppet_send_message(&s.puppet,
					     SEAL_MSG_ENCRYPTED_EXTENSIONS, SPAN(none));
		assert_int_equal(status, SEAL_WANT_READ);
		assert_int_equal(s.client->state, SEAL_HS_WAIT_SERVER_FINISHED);
		status = puppet_send_message(&s.puppet, types[i], SPAN(none));
		expect_refusal(&s.puppet, status, SEAL_E_UNEXPECTED_MESSAGE);
		stage_close(&s);
	}
}

static const struct variant variants[] = {
	{ "aes_128_gcm", &ways[0] },
	{ "aes_256_gcm", &ways[1] },
	{ "chacha20", &ways[2] },
	{ "aes_128_gcm_after_a_retry", &ways[3] },
	{ "aes_256_gcm_after_a_retry", &ways[4] },
	{ "chacha20_after_a_retry", &ways[5] },
};

static const struct walk walks[] = {
	{ "client_resumes", client_resumes, NULL },
	{ "client_is_declined", client_is_declined, NULL },
};

static const struct CMUnitTest others[] = {
	cmocka_unit_test(retry_drops_another_hash),
	cmocka_unit_test(for_its_server_alone),
	cmocka_unit_test(for_its_protocol_alone),
	cmocka_unit_test(for_its_hash_alone),
	cmocka_unit_test(not_when_it_has_expired),
	cmocka_unit_test(not_verified_then_not_now),
	cmocka_unit_test(stored_sessions_say_who_was_verified),
	cmocka_unit_test(a_server_has_no_sessions),
	cmocka_unit_test(pre_shared_key_is_the_last),
	cmocka_unit_test(selected_identity_is_checked),
	cmocka_unit_test(suite_of_another_hash_is_refused),
	cmocka_unit_test(psk_without_a_share_is_refused),
	cmocka_unit_test(certificates_have_no_place),
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
