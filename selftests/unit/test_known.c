// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Sessions of peers that were known by their certificates enter; resumed handshakes leave
 * where both ends would take the same certificates today, and full ones elsewhere.
 */
#include <stdio.h>
#include <string.h>

#include "unit.h"

#define DER_ROOM	8192

/* What an application says of certificates, and what it saw */
struct witness {
	int	answer;
	int	calls;
	uint8_t	leaf[DER_ROOM];
	size_t	len;
};

static int look(struct seal_conn *conn, void *arg)
{
	struct witness *w = arg;
	const void *der;

	w->calls++;
	assert_int_equal(seal_conn_peer_certificate(conn, 0, &der, &w->len), 0);
	assert_in_range(w->len, 1, DER_ROOM);
	memcpy(w->leaf, der, w->len);
	return w->answer;
}

static struct seal_config *client_with(const struct identity *id, struct witness *w)
{
	struct seal_config *cfg = new_client_config();

	if (id)
		assert_int_equal(seal_config_set_certificate(cfg, id->chain, id->key), 0);
	if (w)
		seal_config_set_verify(cfg, look, w);
	return cfg;
}

static struct seal_config *known_client(void)
{
	return client_with(pki_client(SEAL_KEY_P256), NULL);
}

/* One that shares the keys of all servers here */
static struct seal_config *server_with(enum seal_client_auth mode, const char *ca,
				       struct witness *w)
{
	struct seal_config *cfg = new_server_config(SEAL_KEY_P256);

	assert_int_equal(seal_config_set_ticket_keys(cfg, ticket_keys), 0);
	assert_int_equal(seal_config_set_tickets(cfg, 1, 0), 0);
	assert_int_equal(seal_config_set_client_auth(cfg, mode), 0);
	if (ca)
		assert_int_equal(seal_config_set_ca_file(cfg, ca), 0);
	else
		seal_config_set_insecure(cfg);
	if (w)
		seal_config_set_verify(cfg, look, w);
	return cfg;
}

static struct seal_config *asking_server(void)
{
	return server_with(SEAL_CLIENT_AUTH_REQUIRED, pki_ca(), NULL);
}

static void expect_leaf(const struct seal_conn *conn, const struct identity *id)
{
	uint8_t expected[DER_ROOM];
	size_t size = pki_der(id->chain, expected, sizeof(expected)), len;
	const void *der;

	assert_int_equal(seal_conn_peer_certificate(conn, 0, &der, &len), 0);
	assert_int_equal(len, size);
	assert_memory_equal(der, expected, len);
}

/* A session of that server; both configurations may be released */
static struct seal_session *session_of(struct seal_config *client,
				       struct seal_config *server)
{
	struct seal_session *session;

	pair_sessions(client, server, &session, 1);
	seal_config_unref(client);
	seal_config_unref(server);
	return session;
}

/* Is it resumed?  Likewise */
static int resumes(struct seal_config *client, struct seal_config *server,
		   const struct seal_session *session)
{
	int resumed = pair_resumes(client, server, session);

	seal_config_unref(client);
	seal_config_unref(server);
	return resumed;
}

static int is_resumed(struct seal_config *server, const struct seal_session *session)
{
	return resumes(known_client(), server, session);
}

/* ------------------------------------------------------------ who it is */

static void both_ends_know_each_other_again(void **state)
{
	struct seal_session *session = session_of(known_client(), asking_server()), *next;
	struct seal_config *client = known_client(), *server = asking_server();
	struct pair pair;

	(void)state;
	for (int i = 0; i < 3; i++) {
		pair_resume(&pair, client, server, session);
		assert_int_equal(pair_serve(&pair), 0);
		assert_int_equal(seal_conn_resumed(pair.server), 1);
		expect_leaf(pair.server, pki_client(SEAL_KEY_P256));
		expect_leaf(pair.client, pki_identity(SEAL_KEY_P256));
		/* nobody has signed anything */
		assert_int_equal(seal_conn_scheme(pair.client), 0);
		pair_tickets(&pair, &next, 1);
		/* RFC 8446 4.6.1: how long ago they have does not change */
		assert_true(next->proof.since == session->proof.since);
		seal_session_free(session);
		session = next;
		pair_close(&pair);
	}
	seal_session_free(session);
	seal_config_unref(client);
	seal_config_unref(server);
}

static void nobody_stays_nobody(void **state)
{
	struct seal_session *session;
	struct seal_config *client, *server;
	struct pair pair;

	(void)state;
	session = session_of(client_with(NULL, NULL),
			     server_with(SEAL_CLIENT_AUTH_OPTIONAL, pki_ca(), NULL));
	server = server_with(SEAL_CLIENT_AUTH_OPTIONAL, pki_ca(), NULL);
	assert_int_equal(is_resumed(server, session), 1);
	/* where one is needed, there is none in the ticket either */
	client = client_with(NULL, NULL);
	server = asking_server();
	pair_resume(&pair, client, server, session);
	assert_int_equal(pair_serve(&pair), SEAL_E_CERTIFICATE_REQUIRED);
	pair_close(&pair);
	seal_config_unref(client);
	seal_config_unref(server);
	seal_session_free(session);
	session = session_of(client_with(NULL, NULL),
			     server_with(SEAL_CLIENT_AUTH_OPTIONAL, pki_ca(), NULL));
	assert_int_equal(is_resumed(asking_server(), session), 0);
	seal_session_free(session);
}

static void only_where_clients_are_asked(void **state)
{
	static const enum seal_client_auth modes[] = {
		SEAL_CLIENT_AUTH_NONE, SEAL_CLIENT_AUTH_OPTIONAL, SEAL_CLIENT_AUTH_REQUIRED,
	};
	struct seal_session *session;
	int asked[2];

	(void)state;
	for (int from = 0; from < 3; from++)
		for (int to = 0; to < 3; to++) {
			session = session_of(known_client(),
					     server_with(modes[from], pki_ca(), NULL));
			asked[0] = from > 0;
			asked[1] = to > 0;
			assert_int_equal(is_resumed(server_with(modes[to], pki_ca(),
								NULL), session),
					 asked[0] == asked[1]);
			seal_session_free(session);
		}
}

/* The chain is in the ticket, so it is not to be too long */
static void a_long_chain_has_no_ticket(void **state)
{
	struct seal_config *client, *server = asking_server();
	static char san[5000];
	struct identity id;
	struct pair pair;

	(void)state;
	for (int fits = 0; fits < 2; fits++) {
		san[0] = '\0';
		for (size_t i = 0; strlen(san) < (fits ? 3500 : 4500); i++)
			sprintf(san + strlen(san), "%sDNS:a-name-that-is-rather-long-%zu",
				i ? "," : "", i);
		pki_issue(&(struct cert_spec){ .san = san, .usage = "clientAuth" }, &id);
		client = client_with(&id, NULL);
		pair_resume(&pair, client, server, NULL);
		assert_int_equal(pair_serve(&pair), 0);
		assert_int_equal(pair.server->peer_chain.len <= SEAL_TICKET_CHAIN_MAX, fits);
		assert_int_equal(seal_conn_drain(pair.server, NULL, 0) > 0, fits);
		pair_close(&pair);
		if (fits) {
			struct seal_session *session;

			pair_sessions(client, server, &session, 1);
			assert_int_equal(pair_resumes(client, server, session), 1);
			seal_session_free(session);
		}
		seal_config_unref(client);
	}
	seal_config_unref(server);
}

/* ---------------------------------------------------- what was verified with */

static const char *both_cas(void)
{
	static char path[PKI_PATH_MAX];

	pki_path(path, "known-both-cas");
	pki_join(path, pki_ca(), pki_other_ca());
	return path;
}

static void a_server_with_other_cas_asks_again(void **state)
{
	struct seal_session *session = session_of(known_client(), asking_server());
	enum seal_client_auth mode = SEAL_CLIENT_AUTH_REQUIRED;

	(void)state;
	assert_int_equal(is_resumed(server_with(mode, both_cas(), NULL), session), 0);
	assert_int_equal(is_resumed(asking_server(), session), 1);
	/* who does not verify does not mind who has */
	assert_int_equal(is_resumed(server_with(mode, NULL, NULL), session), 1);
	seal_session_free(session);
	session = session_of(known_client(), server_with(mode, NULL, NULL));
	assert_int_equal(is_resumed(asking_server(), session), 0);
	seal_session_free(session);
}

static void a_client_with_other_cas_verifies_again(void **state)
{
	struct seal_session *session = session_of(known_client(), asking_server());
	struct seal_config *client = seal_config_new(SEAL_CLIENT);
	struct seal_conn *conn;

	(void)state;
	assert_int_equal(seal_config_set_ca_file(client, both_cas()), 0);
	assert_int_equal(seal_conn_resume(client, SERVER_NAME, session, &conn), 0);
	assert_int_equal(conn->offers_len, 0);
	seal_conn_free(conn);
	seal_config_unref(client);
	seal_session_free(session);
}

/* A session whose ticket the server would have made with another proof */
static struct seal_session *with_proof(void (*change)(struct seal_session *session))
{
	struct seal_session *session = session_of(known_client(), asking_server());
	struct seal_config *cfg = asking_server();
	struct seal_session contents = { 0 };
	struct seal_buf ticket = { 0 };
	struct seal_ticket_key key;
	const struct seal_span old = { session->ticket.data, session->ticket.len };

	assert_int_equal(seal_ticket_open(cfg, old, &contents), 1);
	change(&contents);
	assert_true(seal_ticket_keys_current(ticket_keys, seal_session_now() / 1000, &key));
	assert_int_equal(seal_ticket_seal(cfg, &key, &contents, &ticket), 0);
	seal_buf_free(&contents.chain);
	seal_buf_free(&session->ticket);
	session->ticket = ticket;
	seal_config_unref(cfg);
	return session;
}

static void change_nothing(struct seal_session *session)
{
	assert_true(session->proof.verified);
	assert_in_range(session->proof.until, session->proof.since, UINT64_MAX - 1);
}

static void expire(struct seal_session *session)
{
	session->proof.until = seal_session_now() - 1;
}

static void not_quite_expire(struct seal_session *session)
{
	session->proof.until = seal_session_now() + 60000;
}

static void grow_old(struct seal_session *session)
{
	session->proof.since = seal_session_now() - 604800000;
}

static void not_quite_grow_old(struct seal_session *session)
{
	session->proof.since = seal_session_now() - 604700000;
}

static void not_verify(struct seal_session *session)
{
	session->proof.verified = false;
}

static void trust_others(struct seal_session *session)
{
	session->proof.trust[31] ^= 1;
}

static void lose_chain(struct seal_session *session)
{
	seal_buf_free(&session->chain);
}

static void never_ask(struct seal_session *session)
{
	session->proof.since = 0;
}

static void proof_is_judged_by_the_server(void **state)
{
	static const struct {
		void	(*change)(struct seal_session *session);
		int	resumed;
	} rows[] = {
		{ change_nothing, 1 }, { expire, 0 }, { not_quite_expire, 1 },
		{ grow_old, 0 }, { not_quite_grow_old, 1 }, { not_verify, 0 },
		{ trust_others, 0 }, { lose_chain, 0 }, { never_ask, 0 },
	};
	struct seal_session *session;

	(void)state;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(rows); i++) {
		session = with_proof(rows[i].change);
		assert_int_equal(is_resumed(asking_server(), session), rows[i].resumed);
		seal_session_free(session);
	}
}

static void proof_is_judged_by_the_client(void **state)
{
	static const struct {
		void	(*change)(struct seal_session *session);
		size_t	offered;
	} rows[] = {
		{ change_nothing, 1 }, { expire, 0 }, { not_quite_expire, 1 },
		{ grow_old, 0 }, { not_quite_grow_old, 1 }, { not_verify, 0 },
		{ trust_others, 0 },
	};
	struct seal_session *session;
	struct seal_conn *conn;

	(void)state;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(rows); i++) {
		session = session_of(known_client(), asking_server());
		rows[i].change(session);
		assert_int_equal(seal_conn_resume(common_client(), SERVER_NAME, session,
						  &conn), 0);
		assert_int_equal(conn->offers_len, rows[i].offered);
		seal_conn_free(conn);
		seal_session_free(session);
	}
}

/* The first certificate of all that expires, up to the root */
static void expiry_is_that_of_the_chain(void **state)
{
	struct seal_config *client, *server = asking_server();
	struct seal_session *session;
	struct identity id;
	struct pair pair;
	uint64_t left;

	(void)state;
	pki_issue(&(struct cert_spec){ .usage = "clientAuth", .until = 3600 }, &id);
	client = client_with(&id, NULL);
	pair_resume(&pair, client, server, NULL);
	assert_int_equal(pair_serve(&pair), 0);
	left = pair.server->proof.until - seal_session_now();
	assert_in_range(left, 3500000, 3600000);
	pair_tickets(&pair, &session, 1);
	pair_close(&pair);
	assert_int_equal(resumes(client, server, session), 1);
	seal_session_free(session);
}

/* ------------------------------------------------------ what the application says */

static void a_server_asks_its_application_again(void **state)
{
	enum seal_client_auth mode = SEAL_CLIENT_AUTH_REQUIRED;
	const struct identity *id = pki_client(SEAL_KEY_P256);
	uint8_t der[DER_ROOM];
	size_t len = pki_der(id->chain, der, sizeof(der));
	struct witness w = { 0 };
	struct seal_session *session;

	(void)state;
	session = session_of(known_client(), server_with(mode, pki_ca(), &w));
	assert_int_equal(w.calls, 1);
	assert_int_equal(is_resumed(server_with(mode, pki_ca(), &w), session), 1);
	assert_int_equal(w.calls, 2);
	assert_int_equal(w.len, len);
	assert_memory_equal(w.leaf, der, len);
	seal_session_free(session);
}

/* No: the handshake is a full one, in which it can say so again */
static void a_server_whose_application_says_no(void **state)
{
	enum seal_client_auth mode = SEAL_CLIENT_AUTH_REQUIRED;
	struct seal_session *session = session_of(known_client(), asking_server());
	struct seal_config *client = known_client();
	struct witness w = { .answer = SEAL_E_ACCESS_DENIED };
	struct seal_config *server = server_with(mode, pki_ca(), &w);
	struct pair pair;

	(void)state;
	pair_resume(&pair, client, server, session);
	pair_move(pair.client, pair.server);
	assert_int_equal(w.calls, 1);
	assert_int_equal(pair.server->psk.len, 0);
	assert_int_equal(pair.server->peer_chain.len, 0);
	assert_int_equal(pair_serve(&pair), SEAL_E_ACCESS_DENIED);
	assert_int_equal(w.calls, 2);
	assert_non_null(strstr(seal_conn_error(pair.server), "refused by the application"));
	pair_close(&pair);
	seal_config_unref(client);
	seal_config_unref(server);
	seal_session_free(session);
}

static void nobody_is_asked_twice_after_a_retry(void **state)
{
	static const uint16_t p256 = 0x0017;
	enum seal_client_auth mode = SEAL_CLIENT_AUTH_REQUIRED;
	struct seal_session *session = session_of(known_client(), asking_server());
	struct witness w = { 0 };
	struct seal_config *server = server_with(mode, pki_ca(), &w);

	(void)state;
	assert_int_equal(seal_config_set_groups(server, &p256, 1), 0);
	assert_int_equal(is_resumed(server, session), 1);
	assert_int_equal(w.calls, 1);
	seal_session_free(session);
}

/* Or anybody who has seen a ticket could have the application asked */
static void nobody_is_asked_before_the_binder(void **state)
{
	struct seal_session *session = session_of(known_client(), asking_server());
	struct witness w = { 0 };
	struct seal_config *client = known_client();
	struct seal_config *server = server_with(SEAL_CLIENT_AUTH_REQUIRED, pki_ca(), &w);
	struct pair pair;

	(void)state;
	session->psk[0] ^= 1;
	pair_resume(&pair, client, server, session);
	assert_int_equal(pair_serve(&pair), SEAL_E_DECRYPT_ERROR);
	assert_int_equal(w.calls, 0);
	pair_close(&pair);
	seal_config_unref(client);
	seal_config_unref(server);
	seal_session_free(session);
}

static void a_client_asks_its_application_again(void **state)
{
	const struct identity *id = pki_identity(SEAL_KEY_P256);
	struct seal_session *session = session_of(known_client(), asking_server());
	struct witness w = { 0 };
	uint8_t der[DER_ROOM];
	size_t len = pki_der(id->chain, der, sizeof(der));

	(void)state;
	assert_int_equal(resumes(client_with(pki_client(SEAL_KEY_P256), &w),
				 asking_server(), session), 1);
	assert_int_equal(w.calls, 1);
	assert_int_equal(w.len, len);
	assert_memory_equal(w.leaf, der, len);
	seal_session_free(session);
}

/* The server has taken the session already: it is told, and the session has ended */
static void a_client_whose_application_says_no(void **state)
{
	struct seal_session *session = session_of(known_client(), asking_server());
	struct witness w = { .answer = SEAL_E_CERTIFICATE_REVOKED };
	struct seal_config *client = client_with(pki_client(SEAL_KEY_P256), &w);
	struct seal_config *server = asking_server();
	struct pair pair;

	(void)state;
	pair_resume(&pair, client, server, session);
	assert_int_equal(pair_serve(&pair), SEAL_E_CERTIFICATE_REVOKED);
	assert_int_equal(w.calls, 1);
	assert_int_equal(pair_move(pair.client, pair.server), SEAL_E_ALERT);
	assert_int_equal(seal_conn_alert(pair.server), 44);
	assert_int_equal(seal_session_lifetime(session), 0);
	pair_close(&pair);
	seal_config_unref(client);
	seal_config_unref(server);
	seal_session_free(session);
}

/* A session from a store of old times has no certificates to be shown */
static void a_client_that_cannot_ask_does_not_resume(void **state)
{
	struct seal_session *session = session_of(known_client(), asking_server());
	struct witness w = { 0 };

	(void)state;
	seal_buf_free(&session->chain);
	assert_int_equal(resumes(client_with(pki_client(SEAL_KEY_P256), &w),
				 asking_server(), session), 0);
	assert_int_equal(w.calls, 1);
	seal_session_free(session);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ends_know_each_other_again),
		cmocka_unit_test(nobody_stays_nobody),
		cmocka_unit_test(only_where_clients_are_asked),
		cmocka_unit_test(a_long_chain_has_no_ticket),
		cmocka_unit_test(a_server_with_other_cas_asks_again),
		cmocka_unit_test(a_client_with_other_cas_verifies_again),
		cmocka_unit_test(proof_is_judged_by_the_server),
		cmocka_unit_test(proof_is_judged_by_the_client),
		cmocka_unit_test(expiry_is_that_of_the_chain),
		cmocka_unit_test(a_server_asks_its_application_again),
		cmocka_unit_test(a_server_whose_application_says_no),
		cmocka_unit_test(nobody_is_asked_twice_after_a_retry),
		cmocka_unit_test(nobody_is_asked_before_the_binder),
		cmocka_unit_test(a_client_asks_its_application_again),
		cmocka_unit_test(a_client_whose_application_says_no),
		cmocka_unit_test(a_client_that_cannot_ask_does_not_resume),
	};

	return cmocka_run_group_tests(tests, open_ticket_keys, close_ticket_keys);
}
