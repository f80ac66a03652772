// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * What clients say enters a function of the application, ours and OpenSSL's clients; the
 * configuration that it chooses leaves, at once or later.
 */
#include <string.h>

#include <openssl/ssl.h>

#include "unit.h"

#define OTHER_NAME	"other.example"

/* What the application does, and what it saw */
struct chooser {
	struct seal_config	*choice;
	bool			later;
	int			answer;
	int			calls;
	struct seal_conn	*conn;
	char			name[SEAL_NAME_MAX + 1];
	char			protocols[64];		/* with commas between */
	size_t			hello_len;
};

static void look(struct chooser *c)
{
	const char *name = seal_conn_servername(c->conn);
	const void *data;
	size_t len;

	strcpy(c->name, name ? name : "");
	c->protocols[0] = '\0';
	for (size_t i = 0; !seal_conn_offered_alpn(c->conn, i, &data, &len); i++) {
		assert_true(strlen(c->protocols) + len + 2 < sizeof(c->protocols));
		strncat(c->protocols, data, len);
		strcat(c->protocols, ",");
	}
	assert_int_equal(seal_conn_client_hello(c->conn, &data, &c->hello_len), 0);
	assert_int_equal(*(const uint8_t *)data, SEAL_MSG_CLIENT_HELLO);
}

static int choose(struct seal_conn *conn, void *arg)
{
	struct chooser *c = arg;

	c->calls++;
	c->conn = conn;
	look(c);
	if (c->later)
		return SEAL_WANT_ANSWER;
	if (c->choice)
		assert_int_equal(seal_conn_use_config(conn, c->choice), 0);
	return c->answer;
}

static struct seal_config *asking(struct seal_config *cfg, struct chooser *c)
{
	assert_int_equal(seal_config_set_select(cfg, choose, c), 0);
	return cfg;
}

static void pair_named(struct pair *pair, const char *name, struct seal_config *server)
{
	struct seal_config *client = seal_config_new(SEAL_CLIENT);

	seal_config_set_insecure(client);
	assert_int_equal(seal_conn_new(client, name, &pair->client), 0);
	assert_int_equal(seal_conn_new(server, NULL, &pair->server), 0);
	seal_config_unref(client);
	seal_config_unref(server);
}

/* ------------------------------------------------------------ what is chosen */

static void the_choice_answers(void **state)
{
	struct chooser c = { .choice = new_server_config(SEAL_KEY_ED25519) };
	struct pair pair;

	(void)state;
	pair_named(&pair, SERVER_NAME, asking(new_server_config(SEAL_KEY_P256), &c));
	assert_int_equal(pair_shake(&pair), 0);
	expect_agreement(&pair);
	assert_ptr_equal(pair.server->cfg, c.choice);
	assert_int_equal(seal_conn_scheme(pair.server), 0x0807);
	assert_string_equal(c.name, SERVER_NAME);
	assert_string_equal(c.protocols, "");
	pair_close(&pair);
	seal_config_unref(c.choice);
}

static void without_a_choice_the_name_decides(void **state)
{
	struct seal_config *other = new_server_config(SEAL_KEY_ED25519), *cfg;
	struct chooser c = { 0 };
	struct pair pair;

	(void)state;
	for (int named = 0; named < 2; named++) {
		cfg = asking(new_server_config(SEAL_KEY_P256), &c);
		assert_int_equal(seal_config_add_name(cfg, OTHER_NAME, other), 0);
		pair_named(&pair, named ? OTHER_NAME : SERVER_NAME, cfg);
		assert_int_equal(pair_shake(&pair), 0);
		assert_int_equal(seal_conn_scheme(pair.server), named ? 0x0807 : 0x0403);
		pair_close(&pair);
	}
	/* a choice counts more than names, required or not */
	c.choice = new_server_config(SEAL_KEY_P384);
	cfg = asking(new_server_config(SEAL_KEY_P256), &c);
	assert_int_equal(seal_config_add_name(cfg, OTHER_NAME, other), 0);
	assert_int_equal(seal_config_require_name(cfg), 0);
	pair_named(&pair, "third.example", cfg);
	assert_int_equal(pair_shake(&pair), 0);
	assert_int_equal(seal_conn_scheme(pair.server), 0x0503);
	pair_close(&pair);
	seal_config_unref(c.choice);
	seal_config_unref(other);
}

/* A server may have nothing but the function */
static void nothing_of_its_own(void **state)
{
	struct chooser c = { 0 };
	struct pair pair;

	(void)state;
	pair_named(&pair, SERVER_NAME, asking(seal_config_new(SEAL_SERVER), &c));
	assert_int_equal(pair_shake(&pair), SEAL_E_UNRECOGNIZED_NAME);
	assert_int_equal(pair_move(pair.server, pair.client), SEAL_E_ALERT);
	assert_int_equal(seal_conn_alert(pair.client), 112);
	pair_close(&pair);

	c.choice = new_server_config(SEAL_KEY_P256);
	pair_named(&pair, SERVER_NAME, asking(seal_config_new(SEAL_SERVER), &c));
	assert_int_equal(pair_shake(&pair), 0);
	pair_close(&pair);
	seal_config_unref(c.choice);
}

static void a_choice_may_be_changed(void **state)
{
	struct seal_config *second = new_server_config(SEAL_KEY_P384);
	struct chooser c = { .later = true, .choice = new_server_config(SEAL_KEY_ED25519) };
	struct pair pair;

	(void)state;
	pair_named(&pair, SERVER_NAME, asking(new_server_config(SEAL_KEY_P256), &c));
	assert_int_equal(pair_move(pair.client, pair.server), SEAL_WANT_ANSWER);
	assert_int_equal(seal_conn_use_config(pair.server, c.choice), 0);
	assert_int_equal(seal_conn_use_config(pair.server, second), 0);
	/* the connection is an owner */
	seal_config_unref(second);
	seal_config_unref(c.choice);
	assert_int_equal(seal_conn_answer(pair.server, 0), 0);
	assert_int_equal(feed(pair.server, NULL, 0), SEAL_WANT_READ);
	assert_int_equal(pair_shake(&pair), 0);
	assert_int_equal(seal_conn_scheme(pair.server), 0x0503);
	pair_close(&pair);
}

static void what_cannot_be_chosen(void **state)
{
	struct seal_config *client = new_client_config();
	struct seal_config *empty = seal_config_new(SEAL_SERVER);
	struct seal_config *blind = new_server_config(SEAL_KEY_P256);
	struct chooser c = { .later = true };
	struct pair pair;

	(void)state;
	assert_int_equal(seal_config_set_select(client, choose, &c), SEAL_E_INVALID);
	assert_int_equal(seal_config_set_client_auth(blind,
						     SEAL_CLIENT_AUTH_REQUIRED), 0);
	asking(empty, &c);
	pair_named(&pair, SERVER_NAME, asking(new_server_config(SEAL_KEY_P256), &c));
	assert_int_equal(pair_move(pair.client, pair.server), SEAL_WANT_ANSWER);
	assert_int_equal(seal_conn_use_config(pair.server, client), SEAL_E_INVALID);
	assert_int_equal(seal_conn_use_config(pair.server, empty), SEAL_E_INVALID);
	assert_int_equal(seal_conn_use_config(pair.server, blind), SEAL_E_NO_TRUST);
	/* in use: it cannot change any more, and need not be asked again */
	assert_int_equal(seal_conn_use_config(pair.server, pair.server->cfg), 0);
	assert_int_equal(seal_conn_answer(pair.server, 0), 0);
	assert_int_equal(feed(pair.server, NULL, 0), SEAL_WANT_READ);
	assert_int_equal(pair_shake(&pair), 0);
	assert_int_equal(c.calls, 1);
	pair_close(&pair);
	seal_config_unref(client);
	seal_config_unref(empty);
	seal_config_unref(blind);
}

/* RFC 8446 4.1.2: a second ClientHello asks for the same */
static void it_is_asked_once_with_a_retry(void **state)
{
	static const uint16_t p384 = 0x0018;
	struct chooser c = { .choice = new_server_config(SEAL_KEY_P256) };
	struct pair pair;

	(void)state;
	assert_int_equal(seal_config_set_groups(c.choice, &p384, 1), 0);
	for (int later = 0; later < 2; later++) {
		c.later = later;
		c.calls = 0;
		pair_named(&pair, SERVER_NAME, asking(seal_config_new(SEAL_SERVER), &c));
		pair_move(pair.client, pair.server);
		if (later) {
			assert_int_equal(seal_conn_use_config(pair.server, c.choice), 0);
			assert_int_equal(seal_conn_answer(pair.server, 0), 0);
			assert_int_equal(feed(pair.server, NULL, 0), SEAL_WANT_READ);
		}
		assert_int_equal(pair.server->state, SEAL_HS_WAIT_CLIENT_HELLO_2);
		assert_int_equal(pair_shake(&pair), 0);
		expect_agreement(&pair);
		assert_int_equal(c.calls, 1);
		pair_close(&pair);
	}
	seal_config_unref(c.choice);
}

/* -------------------------------------------------------- what it is shown */

static struct chooser seen;

static int send_hello(void (*change)(struct hello *hello))
{
	static struct forge forge;
	struct puppet puppet;
	struct hello hello;
	struct pair pair;
	int status;

	seen = (struct chooser){ .later = true };
	pair_named(&pair, SERVER_NAME, asking(new_server_config(SEAL_KEY_P256), &seen));
	hello_of_client(&hello);
	change(&hello);
	forge_client_hello(&forge, &hello);
	puppet_start(&puppet, pair.server);
	status = puppet_send_message(&puppet, SEAL_MSG_CLIENT_HELLO, forge_span(&forge));
	if (status == SEAL_WANT_ANSWER)
		assert_int_equal(seen.hello_len, 4 + forge_span(&forge).len);
	puppet_stop(&puppet);
	pair_close(&pair);
	return status;
}

static void with_protocols(struct hello *hello)
{
	static const uint8_t list[] = "\0\x0c\2h2\x08http/1.1";

	hello_put(hello, TYPE_ALPN, (struct seal_span){ list, 14 });
}

static void with_broken_protocols(struct hello *hello)
{
	static const uint8_t list[] = { 0, 4, 2, 'h', '2', 9 };

	hello_put(hello, TYPE_ALPN, SPAN(list));
}

static void with_a_bad_name(struct hello *hello)
{
	static const uint8_t list[] = { 0, 4, 0, 0, 1, 0 };

	hello_put(hello, TYPE_SERVER_NAME, SPAN(list));
}

static void without_name(struct hello *hello)
{
	hello_drop(hello, TYPE_SERVER_NAME);
	hello_drop(hello, TYPE_ALPN);
}

static void with_an_old_version(struct hello *hello)
{
	static const uint8_t tls12[] = { 2, 3, 3 };

	hello_put(hello, TYPE_SUPPORTED_VERSIONS, SPAN(tls12));
}

static void it_is_shown_what_can_be_decoded(void **state)
{
	(void)state;
	assert_int_equal(send_hello(with_protocols), SEAL_WANT_ANSWER);
	assert_string_equal(seen.protocols, "h2,http/1.1,");
	assert_int_equal(send_hello(without_name), SEAL_WANT_ANSWER);
	assert_string_equal(seen.protocols, "");
	assert_string_equal(seen.name, "");
	assert_int_equal(send_hello(with_broken_protocols), SEAL_WANT_ANSWER);
	assert_string_equal(seen.protocols, "");
	/* nobody is asked about these */
	assert_int_equal(send_hello(with_a_bad_name), SEAL_E_ILLEGAL_PARAMETER);
	assert_int_equal(seen.calls, 0);
	assert_int_equal(send_hello(with_an_old_version), SEAL_E_PROTOCOL_VERSION);
	assert_int_equal(seen.calls, 0);
}

/* ---------------------------------------------------- OpenSSL's as a client */

static SSL *their_client(SSL_CTX *ctx, SSL_SESSION *session)
{
	SSL *ssl = openssl_new(ctx);

	assert_int_equal(SSL_set_tlsext_host_name(ssl, SERVER_NAME), 1);
	assert_int_equal(SSL_set_alpn_protos(ssl, (const uint8_t *)"\2h2\3foo", 7), 0);
	if (session)
		assert_int_equal(SSL_set_session(ssl, session), 1);
	return ssl;
}

/* It is resumed where the same configuration is chosen again, and only there */
static int visit(struct seal_config *cfg, struct chooser *c, SSL_CTX *ctx,
		 SSL_SESSION **session)
{
	struct seal_conn *server;
	struct meeting m;
	int status, resumed;

	assert_int_equal(seal_conn_new(cfg, NULL, &server), 0);
	status = meeting_shake(&m, server, their_client(ctx, *session));
	if (c->later) {
		assert_int_equal(status, SEAL_WANT_ANSWER);
		assert_int_equal(seal_conn_use_config(server, c->choice), 0);
		assert_int_equal(seal_conn_answer(server, 0), 0);
		seal_buf_free(&m.rest);
		status = meeting_shake(&m, server, m.ssl);
	}
	assert_int_equal(status, 0);
	assert_string_equal(c->protocols, "h2,foo,");
	assert_string_equal(SSL_SESSION_get0_hostname(SSL_get0_session(m.ssl)),
			    SERVER_NAME);
	meeting_talk(&m);
	resumed = seal_conn_resumed(server);
	assert_int_equal(SSL_session_reused(m.ssl), resumed);
	SSL_SESSION_free(*session);
	*session = SSL_get1_session(m.ssl);
	meeting_end(&m);
	return resumed;
}

static void openssls_client(void **state)
{
	struct seal_config *a = new_server_config(SEAL_KEY_P256);
	struct seal_config *b = new_server_config(SEAL_KEY_P256);
	SSL_CTX *ctx = openssl_client();
	SSL_SESSION *session = NULL;
	struct chooser c = { 0 };
	struct seal_config *cfg = asking(seal_config_new(SEAL_SERVER), &c);

	(void)state;
	for (int later = 0; later < 2; later++) {
		c.later = later;
		c.choice = a;
		visit(cfg, &c, ctx, &session);
		assert_int_equal(visit(cfg, &c, ctx, &session), 1);
		c.choice = b;
		assert_int_equal(visit(cfg, &c, ctx, &session), 0);
		assert_int_equal(visit(cfg, &c, ctx, &session), 1);
	}
	SSL_SESSION_free(session);
	SSL_CTX_free(ctx);
	seal_config_unref(cfg);
	seal_config_unref(a);
	seal_config_unref(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_choice_answers),
		cmocka_unit_test(without_a_choice_the_name_decides),
		cmocka_unit_test(nothing_of_its_own),
		cmocka_unit_test(a_choice_may_be_changed),
		cmocka_unit_test(what_cannot_be_chosen),
		cmocka_unit_test(it_is_asked_once_with_a_retry),
		cmocka_unit_test(it_is_shown_what_can_be_decoded),
		cmocka_unit_test(openssls_client),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
