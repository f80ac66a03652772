// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Early data enters with OpenSSL as the other end, either side; it arrives, or is refused
 * and skipped, with and without HelloRetryRequest, and both log and export the same.
 */
#include <stdio.h>
#include <string.h>

#include "peer.h"

#define MAX	12000
#define LABEL	"EXPERIMENTAL early"

/* A suite, and whether the server wants another group than the client's first */
struct way {
	uint16_t	suite;
	bool		retry;
};

static const struct way ways[] = {
	{ 0x1301, false }, { 0x1302, false }, { 0x1303, false },
	{ 0x1301, true }, { 0x1302, true }, { 0x1303, true },
};

static uint8_t text[MAX];

/* ------------------------------------------------------------- key logs */

#define LINE_ROOM	256

/* The early lines of both ends */
static struct {
	char	secret[2][LINE_ROOM];
	char	exporter[2][LINE_ROOM];
} logged;

static void log_line(int end, const char *line)
{
	if (!strncmp(line, "CLIENT_EARLY_TRAFFIC_SECRET ", 28))
		snprintf(logged.secret[end], LINE_ROOM, "%s", line);
	if (!strncmp(line, "EARLY_EXPORTER_SECRET ", 22))
		snprintf(logged.exporter[end], LINE_ROOM, "%s", line);
}

static void log_ours(const char *line, void *arg)
{
	(void)arg;
	log_line(0, line);
}

static void log_theirs(const SSL *ssl, const char *line)
{
	(void)ssl;
	log_line(1, line);
}

static void expect_same_log(void)
{
	assert_true(logged.secret[0][0]);
	assert_string_equal(logged.secret[0], logged.secret[1]);
	assert_true(logged.exporter[0][0]);
	assert_string_equal(logged.exporter[0], logged.exporter[1]);
}

static void expect_same_export(const struct seal_conn *conn, SSL *ssl)
{
	const struct seal_export_context context = { "context", 7 };
	uint8_t ours[48], theirs[48];

	assert_int_equal(seal_conn_export_early(conn, LABEL, context, ours, 48), 0);
	assert_int_equal(SSL_export_keying_material_early(ssl, theirs, 48, LABEL,
							       strlen(LABEL),
							       context.data, 7), 1);
	assert_memory_equal(ours, theirs, 48);
}

/* ------------------------------------------------ our server, its client */

static struct seal_config *our_server(const struct way *way)
{
	static const uint16_t p256 = 0x0017;
	struct seal_config *cfg = new_server_config(SEAL_KEY_P256);

	assert_int_equal(seal_config_set_suites(cfg, &way->suite, 1), 0);
	if (way->retry)
		assert_int_equal(seal_config_set_groups(cfg, &p256, 1), 0);
	assert_int_equal(seal_config_set_early_data(cfg, MAX), 0);
	seal_config_set_keylog(cfg, log_ours, NULL);
	return cfg;
}

static SSL *their_client(SSL_CTX *ctx, SSL_SESSION *session)
{
	SSL *ssl = openssl_new(ctx);

	assert_int_equal(SSL_set_tlsext_host_name(ssl, SERVER_NAME), 1);
	if (session)
		assert_int_equal(SSL_set_session(ssl, session), 1);
	return ssl;
}

static SSL_SESSION *their_session(struct seal_config *cfg, SSL_CTX *ctx)
{
	struct seal_conn *server;
	SSL_SESSION *session;
	struct meeting m;

	assert_int_equal(seal_conn_new(cfg, NULL, &server), 0);
	assert_int_equal(meeting_shake(&m, server, their_client(ctx, NULL)), 0);
	meeting_talk(&m);
	session = SSL_get1_session(m.ssl);
	assert_int_equal(SSL_SESSION_get_max_early_data(session), MAX);
	meeting_end(&m);
	return session;
}

/* What a client of theirs has to say early; and then the rest of the handshake */
static void visit_ours(struct meeting *m, struct seal_config *cfg, SSL *ssl, size_t len)
{
	struct seal_conn *server;
	size_t written;

	assert_int_equal(SSL_write_early_data(ssl, text, len, &written), 1);
	assert_int_equal(written, len);
	assert_int_equal(seal_conn_new(cfg, NULL, &server), 0);
	assert_int_equal(meeting_shake(m, server, ssl), 0);
}

static void our_server_reads(void **state)
{
	static uint8_t got[MAX + 1];
	const struct way *way = *state;
	struct seal_config *cfg = our_server(way);
	SSL_CTX *ctx = openssl_client();
	SSL_SESSION *session;
	struct meeting m;

	SSL_CTX_set_keylog_callback(ctx, log_theirs);
	session = their_session(cfg, ctx);
	memset(&logged, 0, sizeof(logged));
	visit_ours(&m, cfg, their_client(ctx, session), MAX);
	assert_int_equal(SSL_session_reused(m.ssl), 1);
	assert_int_equal(SSL_get_early_data_status(m.ssl), way->retry ?
			 SSL_EARLY_DATA_REJECTED : SSL_EARLY_DATA_ACCEPTED);
	assert_int_equal(seal_conn_early(m.conn), way->retry ? SEAL_EARLY_NONE :
							       SEAL_EARLY_ACCEPTED);
	assert_int_equal(seal_conn_read_early(m.conn, got, sizeof(got)),
			 way->retry ? 0 : MAX);
	if (!way->retry) {
		assert_memory_equal(got, text, MAX);
		expect_same_log();
		expect_same_export(m.conn, m.ssl);
	}
	meeting_talk(&m);
	meeting_end(&m);
	SSL_SESSION_free(session);
	SSL_CTX_free(ctx);
	seal_config_unref(cfg);
}

/* One that refuses skips it */
static void our_server_skips(void **state)
{
	const struct way *way = *state;
	struct seal_config *cfg = our_server(way);
	SSL_CTX *ctx = openssl_client();
	SSL_SESSION *session = their_session(cfg, ctx);
	struct seal_conn *server;
	struct meeting m;
	size_t written;
	SSL *ssl = their_client(ctx, session);

	assert_int_equal(SSL_write_early_data(ssl, text, MAX, &written), 1);
	assert_int_equal(seal_conn_new(cfg, NULL, &server), 0);
	server->unread = true;
	assert_int_equal(meeting_shake(&m, server, ssl), 0);
	assert_int_equal(SSL_get_early_data_status(ssl), SSL_EARLY_DATA_REJECTED);
	assert_int_equal(seal_conn_resumed(server), 1);
	meeting_talk(&m);
	meeting_end(&m);
	SSL_SESSION_free(session);
	SSL_CTX_free(ctx);
	seal_config_unref(cfg);
}

/* ------------------------------------------------ our client, its server */

static SSL_CTX *their_server(const struct way *way)
{
	SSL_CTX *ctx = openssl_server();

	if (way->retry)
		assert_int_equal(SSL_CTX_set1_groups_list(ctx, "P-256"), 1);
	/* or it forgets the session when it has seen it once: before the retry */
	SSL_CTX_set_options(ctx, SSL_OP_NO_ANTI_REPLAY);
	assert_int_equal(SSL_CTX_set_ciphersuites(ctx, seal_suite_name(way->suite)), 1);
	assert_int_equal(SSL_CTX_set_max_early_data(ctx, MAX), 1);
	SSL_CTX_set_keylog_callback(ctx, log_theirs);
	return ctx;
}

static struct seal_config *our_client(void)
{
	static const uint16_t groups[] = { 0x001d, 0x0017 };
	struct seal_config *cfg = new_client_config();

	assert_int_equal(seal_config_set_groups(cfg, groups, 2), 0);
	seal_config_set_keylog(cfg, log_ours, NULL);
	return cfg;
}

static struct seal_session *our_session(struct seal_config *cfg, SSL_CTX *ctx)
{
	struct seal_fragment content;
	struct seal_resumption *res;
	struct seal_session *session;
	struct seal_conn *client;
	struct meeting m;

	assert_int_equal(seal_conn_new(cfg, SERVER_NAME, &client), 0);
	assert_int_equal(meeting_shake(&m, client, openssl_new(ctx)), 0);
	content = meeting_next(&m);
	assert_int_equal(seal_conn_resumption(client, &res), 0);
	assert_int_equal(seal_resumption_ticket(res, content.data, content.len, &session),
			 0);
	assert_int_equal(seal_session_max_early_data(session), MAX);
	seal_resumption_free(res);
	meeting_end(&m);
	return session;
}

/* What the server reads before it goes on with the handshake, as far as there is some */
static size_t read_early(SSL *ssl, uint8_t *got, size_t room)
{
	size_t len, all = 0;

	while (SSL_read_early_data(ssl, got + all, room - all, &len) ==
	       SSL_READ_EARLY_DATA_SUCCESS)
		all += len;
	return all;
}

static void our_client_writes(void **state)
{
	static uint8_t got[MAX + 1];
	const struct way *way = *state;
	struct seal_config *cfg = our_client();
	SSL_CTX *ctx = their_server(way);
	struct seal_session *session = our_session(cfg, ctx);
	struct seal_conn *client;
	struct peer peer = { .ssl = openssl_new(ctx) };
	struct meeting m;
	struct wire wire;

	memset(&logged, 0, sizeof(logged));
	assert_int_equal(seal_conn_resume(cfg, SERVER_NAME, session, &client), 0);
	assert_int_equal(seal_conn_write_early(client, text, 10), 0);
	assert_int_equal(seal_conn_write_early(client, text + 10, MAX - 10), 0);
	wire_take(&wire, client);
	assert_int_equal(BIO_write(SSL_get_rbio(peer.ssl), wire.data, wire.len), wire.len);
	wire_free(&wire);
	assert_int_equal(read_early(peer.ssl, got, sizeof(got)), way->retry ? 0 : MAX);
	if (!way->retry)
		assert_memory_equal(got, text, MAX);
	for (int i = 0; i < 4 && !SSL_is_init_finished(peer.ssl); i++) {
		static uint8_t data[OPENSSL_ROOM];
		int len = BIO_read(SSL_get_wbio(peer.ssl), data, sizeof(data));

		assert_true(len <= 0 || feed(client, data, len) >= 0);
		wire_take(&wire, client);
		if (wire.len)
			BIO_write(SSL_get_rbio(peer.ssl), wire.data, wire.len);
		wire_free(&wire);
		read_early(peer.ssl, got, sizeof(got));
		SSL_do_handshake(peer.ssl);
	}
	assert_int_equal(meeting_shake(&m, client, peer.ssl), 0);
	assert_int_equal(seal_conn_resumed(client), 1);
	assert_int_equal(SSL_get_early_data_status(peer.ssl), way->retry ?
			 SSL_EARLY_DATA_REJECTED : SSL_EARLY_DATA_ACCEPTED);
	assert_int_equal(seal_conn_early(client), way->retry ? SEAL_EARLY_REFUSED :
							       SEAL_EARLY_ACCEPTED);
	if (!way->retry) {
		expect_same_log();
		expect_same_export(client, peer.ssl);
	}
	meeting_talk(&m);
	meeting_end(&m);
	seal_session_free(session);
	SSL_CTX_free(ctx);
	seal_config_unref(cfg);
}

/* A server that does not read it refuses it; nothing is sent again */
static void our_client_is_refused(void **state)
{
	const struct way *way = *state;
	struct seal_config *cfg = our_client();
	SSL_CTX *ctx = their_server(way);
	struct seal_session *session = our_session(cfg, ctx);
	struct seal_conn *client;
	struct meeting m;

	SSL_CTX_set_recv_max_early_data(ctx, MAX);
	assert_int_equal(seal_conn_resume(cfg, SERVER_NAME, session, &client), 0);
	assert_int_equal(seal_conn_write_early(client, text, MAX), 0);
	assert_int_equal(meeting_shake(&m, client, openssl_new(ctx)), 0);
	assert_int_equal(seal_conn_early(client), SEAL_EARLY_REFUSED);
	meeting_talk(&m);
	meeting_end(&m);
	seal_session_free(session);
	SSL_CTX_free(ctx);
	seal_config_unref(cfg);
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
	{ "our_server_reads", our_server_reads, NULL },
	{ "our_server_skips", our_server_skips, NULL },
	{ "our_client_writes", our_client_writes, NULL },
	{ "our_client_is_refused", our_client_is_refused, NULL },
};

int main(void)
{
	const struct cases cases = {
		walks, SEAL_ARRAY_SIZE(walks),
		variants, SEAL_ARRAY_SIZE(variants),
		NULL, 0,
	};

	for (size_t i = 0; i < MAX; i++)
		text[i] = i * 13 + i / 256;
	return run_cases(&cases, NULL, NULL);
}
