// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A server with several names enters, and what clients ask for, ours and OpenSSL's; the
 * configuration that answers leaves (RFC 6066 3).
 */
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "unit.h"

#define OTHER_NAME	"other.example"

/* A server of its own for each name, told apart by the key of its certificate */
struct house {
	struct seal_config	*first;		/* P-256 */
	struct seal_config	*exact;		/* Ed25519, www.other.example */
	struct seal_config	*wild;		/* P-384, *.other.example */
};

static struct seal_config *server_for(enum seal_key_kind kind, const char *san)
{
	struct seal_config *cfg = seal_config_new(SEAL_SERVER);
	struct identity id;

	pki_issue(&(struct cert_spec){ .kind = kind, .san = san }, &id);
	assert_non_null(cfg);
	assert_int_equal(seal_config_set_certificate(cfg, id.chain, id.key), 0);
	return cfg;
}

static void house_open(struct house *h)
{
	h->first = new_server_config(SEAL_KEY_P256);
	h->exact = server_for(SEAL_KEY_ED25519, "DNS:www." OTHER_NAME);
	h->wild = server_for(SEAL_KEY_P384, "DNS:*." OTHER_NAME);
}

static void house_add_names(struct house *h)
{
	assert_int_equal(seal_config_add_name(h->first, "*." OTHER_NAME, h->wild), 0);
	assert_int_equal(seal_config_add_name(h->first, "WWW.other.Example.", h->exact),
			 0);
}

static void house_close(struct house *h)
{
	seal_config_unref(h->first);
	seal_config_unref(h->exact);
	seal_config_unref(h->wild);
}

static void pair_named(struct pair *pair, const char *name, struct seal_config *server)
{
	struct seal_config *client = new_client_config();

	assert_int_equal(seal_conn_new(client, name, &pair->client), 0);
	assert_int_equal(seal_conn_new(server, NULL, &pair->server), 0);
	seal_config_unref(client);
}

/* ---------------------------------------------------------- who answers */

static const struct {
	const char	*name;
	size_t		 who;		/* as in struct house */
} visits[] = {
	{ SERVER_NAME, 0 },
	{ OTHER_NAME, 0 },
	{ "www.other.example", 1 },
	{ "www.other.example.", 1 },
	{ "wWw.oTHER.eXAMPLE", 1 },
	{ "w.other.example", 2 },
	{ "WW.OTHER.EXAMPLE.", 2 },
	{ "*.other.example", 2 },
	{ "-.other.example", 2 },
	/* RFC 9525 6.3: one label, and a whole one */
	{ "a.www.other.example", 0 },
	{ "a.b.other.example", 0 },
	{ ".other.example", 0 },
	{ "xother.example", 0 },
	{ "www.other.example.com", 0 },
	{ "www.other.examplf", 0 },
	{ "www.other.exampl", 0 },
	{ "example", 0 },
	{ "*", 0 },
	{ ".", 0 },
	{ "..", 0 },
	{ "", 0 },
};

static void names_find_their_configuration(void **state)
{
	struct seal_config *found;
	struct house h;

	(void)state;
	house_open(&h);
	house_add_names(&h);
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(visits); i++) {
		assert_int_equal(seal_names_find(&h.first->names, visits[i].name,
						 &found), visits[i].who > 0);
		assert_ptr_equal(found, visits[i].who == 1 ? h.exact :
				 visits[i].who == 2 ? h.wild : NULL);
	}
	house_close(&h);
}

/* The longest name there is, and names that no setter takes, as a client may send them */
static void names_of_any_length(void **state)
{
	char name[SEAL_NAME_MAX + 1];
	struct seal_config *found;
	struct house h;

	(void)state;
	house_open(&h);
	house_add_names(&h);
	for (size_t len = 1; len <= SEAL_NAME_MAX; len++) {
		memset(name, 'A', len);
		name[len] = '\0';
		assert_int_equal(seal_names_find(&h.first->names, name, &found), 0);
		if (len > strlen(".other.example")) {
			strcpy(name + len - strlen(".other.example"), ".other.example");
			assert_int_equal(seal_names_find(&h.first->names, name, &found),
					 1);
		}
	}
	house_close(&h);
}

static void expect_answer(struct house *h, const char *name, struct seal_config *who)
{
	struct pair pair;

	pair_named(&pair, name, h->first);
	assert_int_equal(pair_shake(&pair), 0);
	expect_agreement(&pair);
	assert_ptr_equal(pair.server->cfg, who);
	assert_ptr_equal(pair.server->cred, who->creds);
	pair_close(&pair);
}

/* The client verifies name and certificate */
static void each_name_has_its_certificate(void **state)
{
	struct house h;

	(void)state;
	house_open(&h);
	house_add_names(&h);
	expect_answer(&h, SERVER_NAME, h.first);
	expect_answer(&h, "www.other.example", h.exact);
	expect_answer(&h, "Mail.Other.Example", h.wild);
	house_close(&h);
}

static void many_names(void **state)
{
	struct seal_config *cfg = new_server_config(SEAL_KEY_P256), *found;
	struct seal_config *others[3];
	char name[32];

	(void)state;
	for (size_t i = 0; i < 3; i++)
		others[i] = new_server_config(SEAL_KEY_P256);
	for (unsigned int i = 0; i < 5000; i++) {
		/* in no order */
		snprintf(name, sizeof(name), "n%u.example", i * 7919 % 5000);
		assert_int_equal(seal_config_add_name(cfg, name, others[i * 7919 % 5000 % 3]),
				 0);
	}
	for (unsigned int i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "N%u.example", i);
		assert_int_equal(seal_names_find(&cfg->names, name, &found), 1);
		assert_ptr_equal(found, others[i % 3]);
	}
	assert_int_equal(seal_names_find(&cfg->names, "n5000.example", &found), 0);
	for (size_t i = 0; i < 3; i++)
		seal_config_unref(others[i]);
	seal_config_unref(cfg);
}

/* What the application lets go of lives as long as a connection needs it */
static void owners_may_leave_early(void **state)
{
	struct pair pair;
	struct house h;

	(void)state;
	house_open(&h);
	house_add_names(&h);
	pair_named(&pair, "www.other.example", h.first);
	house_close(&h);
	assert_int_equal(pair_shake(&pair), 0);
	expect_agreement(&pair);
	pair_close(&pair);
}

/* -------------------------------------------------- all of it is the other's */

static void protocols_groups_and_suites(void **state)
{
	static const char *const http[] = { "http/1.1" }, *const both[] = { "h2", "http/1.1" };
	static const uint16_t p384 = 0x0018, chacha = 0x1303;
	struct seal_config *client = new_client_config();
	struct pair pair;
	struct house h;

	(void)state;
	house_open(&h);
	assert_int_equal(seal_config_set_alpn(h.wild, http, 1), 0);
	assert_int_equal(seal_config_set_groups(h.wild, &p384, 1), 0);
	assert_int_equal(seal_config_set_suites(h.wild, &chacha, 1), 0);
	house_add_names(&h);
	assert_int_equal(seal_config_set_alpn(client, both, 2), 0);
	assert_int_equal(seal_conn_new(client, "x.other.example", &pair.client), 0);
	assert_int_equal(seal_conn_new(h.first, NULL, &pair.server), 0);
	assert_int_equal(pair_shake(&pair), 0);
	expect_agreement(&pair);
	assert_true(pair.server->retried);
	assert_string_equal(seal_conn_alpn(pair.client), "http/1.1");
	assert_int_equal(seal_conn_group(pair.client), p384);
	assert_int_equal(seal_conn_suite(pair.client), chacha);
	pair_close(&pair);
	seal_config_unref(client);
	house_close(&h);
}

static void who_is_asked_for_a_certificate(void **state)
{
	struct pair pair;
	struct house h;

	(void)state;
	house_open(&h);
	assert_int_equal(seal_config_set_ca_file(h.exact, pki_ca()), 0);
	assert_int_equal(seal_config_set_client_auth(h.exact,
						     SEAL_CLIENT_AUTH_REQUIRED), 0);
	house_add_names(&h);
	pair_named(&pair, "www.other.example", h.first);
	assert_int_equal(pair_shake(&pair), SEAL_E_CERTIFICATE_REQUIRED);
	pair_close(&pair);
	expect_answer(&h, "x.other.example", h.wild);
	house_close(&h);
}

/* A cookie of the configuration for the name, for a server that remembers nothing */
static void cookies(void **state)
{
	static const uint16_t p384 = 0x0018;
	struct pair pair;
	struct house h;

	(void)state;
	house_open(&h);
	assert_int_equal(seal_config_set_groups(h.wild, &p384, 1), 0);
	assert_int_equal(seal_config_set_cookies(h.wild, 1), 0);
	assert_int_equal(seal_config_set_cookies(h.first, 1), 0);
	house_add_names(&h);
	pair_named(&pair, "x.other.example", h.first);
	assert_int_equal(pair_move(pair.client, pair.server), SEAL_WANT_READ);
	assert_int_equal(pair_move(pair.server, pair.client), SEAL_WANT_READ);
	assert_true(pair.client->cookie.len > 0);
	seal_conn_free(pair.server);
	assert_int_equal(seal_conn_new(h.first, NULL, &pair.server), 0);
	assert_int_equal(pair_shake(&pair), 0);
	expect_agreement(&pair);
	pair_close(&pair);
	house_close(&h);
}

/* ------------------------------------------------------------ no such name */

/* What a server that insists says to a client with @name; NULL: with none */
static void expect_strict(struct seal_config *server, const char *name, int error)
{
	struct seal_config *client = seal_config_new(SEAL_CLIENT);
	struct pair pair;

	seal_config_set_insecure(client);
	assert_int_equal(seal_conn_new(client, name, &pair.client), 0);
	assert_int_equal(seal_conn_new(server, NULL, &pair.server), 0);
	assert_int_equal(pair_shake(&pair), error);
	if (error) {
		assert_int_equal(pair_move(pair.server, pair.client), SEAL_E_ALERT);
		assert_int_equal(seal_conn_alert(pair.client),
				 error == SEAL_E_MISSING_EXTENSION ? 109 : 112);
	}
	pair_close(&pair);
	seal_config_unref(client);
}

static void names_may_be_required(void **state)
{
	struct seal_config *cfg = seal_config_new(SEAL_SERVER);
	struct house h;

	(void)state;
	house_open(&h);
	assert_int_equal(seal_config_require_name(cfg), 0);
	assert_int_equal(seal_config_add_name(cfg, "www.other.example", h.exact), 0);
	/* what has no certificate answers for nobody */
	assert_int_equal(seal_config_add_name(cfg, "own.example", NULL), 0);
	expect_strict(cfg, "www.other.example", 0);
	expect_strict(cfg, "other.example", SEAL_E_UNRECOGNIZED_NAME);
	expect_strict(cfg, "own.example", SEAL_E_UNRECOGNIZED_NAME);
	/* an address is not sent */
	expect_strict(cfg, "127.0.0.1", SEAL_E_MISSING_EXTENSION);
	expect_strict(cfg, NULL, SEAL_E_MISSING_EXTENSION);
	seal_config_unref(cfg);
	house_close(&h);
}

static void the_first_one_has_names_too(void **state)
{
	struct house h;

	(void)state;
	house_open(&h);
	house_add_names(&h);
	assert_int_equal(seal_config_add_name(h.first, SERVER_NAME, NULL), 0);
	assert_int_equal(seal_config_add_name(h.first, "*.mine.example", h.first), 0);
	assert_int_equal(seal_config_require_name(h.first), 0);
	expect_strict(h.first, SERVER_NAME, 0);
	expect_strict(h.first, "a.mine.example", 0);
	expect_strict(h.first, "a.other.example", 0);
	expect_strict(h.first, OTHER_NAME, SEAL_E_UNRECOGNIZED_NAME);
	house_close(&h);
}

/* ------------------------------------------------------------------ setters */

static void expect_setter(struct seal_config *cfg, const char *name,
			  struct seal_config *other, int error)
{
	assert_int_equal(seal_config_add_name(cfg, name, other), error);
	assert_int_equal(seal_config_error(cfg)[0] != '\0', error != 0);
}

static void names_that_are_none(void **state)
{
	static const char *const bad[] = {
		"", ".", "*", "*.", "**.example", "a.*.example", "*a.example", "*.*.example",
		"127.0.0.1", "::1", "a..example", ".example", "a b.example", "*.127.0.0.1x!",
	};
	struct house h;

	(void)state;
	house_open(&h);
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(bad); i++)
		expect_setter(h.first, bad[i], h.exact, SEAL_E_INVALID);
	expect_setter(h.first, "a.example", h.exact, 0);
	expect_setter(h.first, "A.EXAMPLE.", h.wild, SEAL_E_INVALID);
	expect_setter(h.first, "*.example", h.wild, 0);
	expect_setter(h.first, "*.Example", h.wild, SEAL_E_INVALID);
	house_close(&h);
}

static void configurations_that_do_not_fit(void **state)
{
	struct seal_config *client = new_client_config();
	struct seal_config *empty = seal_config_new(SEAL_SERVER);
	struct seal_conn *conn;
	struct house h;

	(void)state;
	house_open(&h);
	expect_setter(h.first, OTHER_NAME, client, SEAL_E_INVALID);
	expect_setter(h.first, OTHER_NAME, empty, SEAL_E_INVALID);
	expect_setter(client, OTHER_NAME, h.exact, SEAL_E_INVALID);
	assert_int_equal(seal_config_require_name(client), SEAL_E_INVALID);
	/* they would own each other */
	expect_setter(h.wild, OTHER_NAME, h.exact, 0);
	expect_setter(h.first, OTHER_NAME, h.wild, SEAL_E_INVALID);
	expect_setter(h.exact, OTHER_NAME, h.first, SEAL_E_INVALID);
	/* asks for certificates, and has no CAs */
	assert_int_equal(seal_config_set_client_auth(h.first,
						     SEAL_CLIENT_AUTH_OPTIONAL), 0);
	expect_setter(h.wild, "x.example", h.first, SEAL_E_NO_TRUST);
	assert_int_equal(seal_conn_new(h.wild, NULL, &conn), 0);
	expect_setter(h.wild, "y.example", NULL, SEAL_E_INVALID);
	seal_conn_free(conn);
	seal_config_unref(client);
	seal_config_unref(empty);
	house_close(&h);
}

/* ---------------------------------------------------- OpenSSL's as a client */

static SSL *their_client(SSL_CTX *ctx, const char *name, SSL_SESSION *session)
{
	SSL *ssl = openssl_new(ctx);

	if (name) {
		assert_int_equal(SSL_set_tlsext_host_name(ssl, name), 1);
		assert_int_equal(SSL_set1_host(ssl, name), 1);
	}
	if (session)
		assert_int_equal(SSL_set_session(ssl, session), 1);
	return ssl;
}

/* It takes the answer to its server_name for the name of the session */
static void openssls_client_is_answered(void **state)
{
	SSL_CTX *ctx = openssl_client();
	struct seal_conn *server;
	struct meeting m;
	struct house h;

	(void)state;
	house_open(&h);
	house_add_names(&h);
	assert_int_equal(seal_conn_new(h.first, NULL, &server), 0);
	assert_int_equal(meeting_shake(&m, server,
				       their_client(ctx, "Www.other.example", NULL)), 0);
	assert_ptr_equal(server->cfg, h.exact);
	assert_string_equal(seal_conn_servername(server), "Www.other.example");
	assert_string_equal(SSL_SESSION_get0_hostname(SSL_get0_session(m.ssl)),
			    "Www.other.example");
	meeting_end(&m);
	/* the name was of no use */
	assert_int_equal(seal_conn_new(h.first, NULL, &server), 0);
	assert_int_equal(meeting_shake(&m, server,
				       their_client(ctx, SERVER_NAME, NULL)), 0);
	assert_null(SSL_SESSION_get0_hostname(SSL_get0_session(m.ssl)));
	meeting_end(&m);
	SSL_CTX_free(ctx);
	house_close(&h);
}

static void openssls_client_is_refused(void **state)
{
	SSL_CTX *ctx = openssl_client();
	struct seal_conn *server;
	struct wire alert;
	struct meeting m;
	struct house h;

	(void)state;
	house_open(&h);
	house_add_names(&h);
	assert_int_equal(seal_config_require_name(h.first), 0);
	assert_int_equal(seal_conn_new(h.first, NULL, &server), 0);
	assert_int_equal(meeting_shake(&m, server, their_client(ctx, OTHER_NAME, NULL)),
			 SEAL_E_UNRECOGNIZED_NAME);
	wire_take(&alert, server);
	BIO_write(SSL_get_rbio(m.ssl), alert.data, alert.len);
	wire_free(&alert);
	assert_true(SSL_do_handshake(m.ssl) <= 0);
	assert_int_equal(ERR_GET_REASON(ERR_peek_last_error()),
			 SSL_R_TLSV1_UNRECOGNIZED_NAME);
	ERR_clear_error();
	meeting_end(&m);
	SSL_CTX_free(ctx);
	house_close(&h);
}

/* ------------------------------------------------------------------ tickets */

/* A visit to @name; is it resumed?  *session is used, and then the newest one */
static int visit(struct seal_config *cfg, SSL_CTX *ctx, const char *name,
		 SSL_SESSION **session)
{
	struct seal_conn *server;
	struct meeting m;
	int resumed;

	assert_int_equal(seal_conn_new(cfg, NULL, &server), 0);
	assert_int_equal(meeting_shake(&m, server, their_client(ctx, name, *session)), 0);
	meeting_talk(&m);
	resumed = seal_conn_resumed(server);
	assert_int_equal(SSL_session_reused(m.ssl), resumed);
	SSL_SESSION_free(*session);
	*session = SSL_get1_session(m.ssl);
	meeting_end(&m);
	return resumed;
}

/* Even if all configurations share the keys of their tickets */
static void tickets_are_for_one_name(void **state)
{
	struct seal_ticket_keys *keys = seal_ticket_keys_new();
	SSL_CTX *ctx = openssl_client();
	SSL_SESSION *session = NULL;
	struct house h;

	(void)state;
	house_open(&h);
	assert_int_equal(seal_config_set_ticket_keys(h.first, keys), 0);
	assert_int_equal(seal_config_set_ticket_keys(h.exact, keys), 0);
	assert_int_equal(seal_config_set_ticket_keys(h.wild, keys), 0);
	house_add_names(&h);
	assert_int_equal(visit(h.first, ctx, "a.other.example", &session), 0);
	assert_int_equal(visit(h.first, ctx, "a.other.example", &session), 1);
	/* the same configuration */
	assert_int_equal(visit(h.first, ctx, "b.other.example", &session), 0);
	assert_int_equal(visit(h.first, ctx, "b.other.example", &session), 1);
	assert_int_equal(visit(h.first, ctx, "www.other.example", &session), 0);
	assert_int_equal(visit(h.first, ctx, SERVER_NAME, &session), 0);
	assert_int_equal(visit(h.first, ctx, SERVER_NAME, &session), 1);
	SSL_SESSION_free(session);
	SSL_CTX_free(ctx);
	seal_ticket_keys_unref(keys);
	house_close(&h);
}

/* A ticket is one of the configuration that answers now */
static void tickets_are_of_their_configuration(void **state)
{
	struct seal_config *before = new_server_config(SEAL_KEY_P256);
	struct seal_config *after = new_server_config(SEAL_KEY_P256);
	struct seal_config *own = new_server_config(SEAL_KEY_P256);
	SSL_CTX *ctx = openssl_client();
	SSL_SESSION *session = NULL;

	(void)state;
	assert_int_equal(seal_config_add_name(before, SERVER_NAME, own), 0);
	assert_int_equal(seal_config_add_name(after, SERVER_NAME, NULL), 0);
	assert_int_equal(visit(before, ctx, SERVER_NAME, &session), 0);
	assert_int_equal(visit(own, ctx, SERVER_NAME, &session), 1);
	assert_int_equal(visit(before, ctx, SERVER_NAME, &session), 1);
	assert_int_equal(visit(after, ctx, SERVER_NAME, &session), 0);
	assert_int_equal(visit(before, ctx, SERVER_NAME, &session), 0);
	SSL_SESSION_free(session);
	SSL_CTX_free(ctx);
	seal_config_unref(before);
	seal_config_unref(after);
	seal_config_unref(own);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_find_their_configuration),
		cmocka_unit_test(names_of_any_length),
		cmocka_unit_test(each_name_has_its_certificate),
		cmocka_unit_test(many_names),
		cmocka_unit_test(owners_may_leave_early),
		cmocka_unit_test(protocols_groups_and_suites),
		cmocka_unit_test(who_is_asked_for_a_certificate),
		cmocka_unit_test(cookies),
		cmocka_unit_test(names_may_be_required),
		cmocka_unit_test(the_first_one_has_names_too),
		cmocka_unit_test(names_that_are_none),
		cmocka_unit_test(configurations_that_do_not_fit),
		cmocka_unit_test(openssls_client_is_answered),
		cmocka_unit_test(openssls_client_is_refused),
		cmocka_unit_test(tickets_are_for_one_name),
		cmocka_unit_test(tickets_are_of_their_configuration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
