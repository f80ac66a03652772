// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The PSKs of a ClientHello enter; the one that takes the place of a certificate leaves,
 * if there is one (RFC 8446 4.2.11); and tickets for the next time (4.6.1).
 */
#include <string.h>
#include <strings.h>

#include "private.h"

#define MS		1000
/* How far the clock of a server that shares our ticket keys may be ahead of ours */
#define SKEW_MS		60000

/* ------------------------------------------------------------ what is offered */

/* Of a ticket that begins a minute from now it is not known how old it is */
static bool is_fresh(const struct seal_session *session)
{
	uint64_t now = seal_session_now();

	if (session->received > now && session->received - now <= SKEW_MS)
		now = session->received;
	return seal_session_lifetime_at(session, now);
}

/* RFC 8446 4.6.1: the same server; 4.2.11: and the hash of the suite */
static bool fits(const struct seal_conn *conn, const struct seal_session *session,
		 enum seal_hash hash)
{
	return session->suite->hash == hash && is_fresh(session) &&
	       !strcasecmp(session->servername, conn->servername) &&
	       !strcmp(session->alpn, conn->alpn);
}

/*
 * RFC 8446 4.6.1: it is worth what a certificate would be.  Whoever asks its clients takes
 * the tickets of those that were asked, and nobody else does.
 */
static bool is_known(const struct seal_config *cfg, const struct seal_session *session)
{
	bool asks = cfg->client_auth != SEAL_CLIENT_AUTH_NONE;
	bool asked = session->proof.since;

	if (asks != asked)
		return false;
	if (session->chain.len)
		return seal_proof_holds(&session->proof, cfg, seal_session_now());
	return cfg->client_auth != SEAL_CLIENT_AUTH_REQUIRED;
}

/* RFC 8446 4.2.11.1: the age is hidden by a number of the ticket */
static void read_claim(const struct seal_session *session,
		       const struct seal_identity *identity, struct seal_claim *claim)
{
	claim->suite = session->suite;
	claim->max = session->max_early_data;
	claim->issued = session->received;
	claim->age = identity->age - session->age_add;
	claim->binder = identity->binder;
}

/* Its PSK, and who the client was */
static void take_session(struct seal_conn *conn, struct seal_session *session)
{
	conn->psk.hash = session->suite->hash;
	conn->psk.len = seal_hash_size(session->suite->hash);
	memcpy(conn->psk.key, session->psk, conn->psk.len);
	seal_proof_take(conn, &session->proof, &session->chain);
}

/* 1: conn->psk is set; 0: not a ticket to be used */
static int use_ticket(struct seal_conn *conn, const struct seal_identity *identity,
		      enum seal_hash hash, struct seal_claim *claim)
{
	struct seal_session session = { 0 };
	int found = 0;

	if (conn->cfg->tickets)
		found = seal_ticket_open(conn->cfg, identity->name, &session);
	if (found > 0)
		found = fits(conn, &session, hash) && is_known(conn->cfg, &session);
	if (found > 0) {
		read_claim(&session, identity, claim);
		take_session(conn, &session);
	}
	seal_buf_free(&session.chain);
	seal_crypto_wipe(&session, sizeof(session));
	return found;
}

/* A key of the configuration, or of its callback: 1; 0: none of that name */
static int find_external(const struct seal_config *cfg, struct seal_span name,
			 struct seal_psk *psk)
{
	const struct seal_external *own = seal_config_find_psk(cfg, name);
	struct seal_psk_key key = { 0 };
	int found;

	if (own) {
		*psk = own->psk;
		return 1;
	}
	if (!cfg->psk_callback)
		return 0;
	found = cfg->psk_callback(name.data, name.len, &key, cfg->psk_arg) == 1;
	if (found && seal_psk_is_good(&key))
		seal_psk_set(psk, &key);
	else if (found)
		found = SEAL_E_INVALID;
	seal_crypto_wipe(&key, sizeof(key));
	return found;
}

/* The first suite with that hash that both have; 0: none */
static uint16_t suite_with(const struct seal_config *cfg, struct seal_span offered,
			   enum seal_hash hash)
{
	for (size_t i = 0; i < cfg->suites_len; i++)
		if (seal_suite_find(cfg->suites[i])->hash == hash &&
		    seal_list16_has(offered, cfg->suites[i]))
			return cfg->suites[i];
	return 0;
}

/* RFC 8446 4.2.11: the suite is to have the hash of the PSK; 1 if there is one */
static int fit_suite(const struct seal_conn *conn, struct seal_span offered,
		     enum seal_hash hash, struct seal_selection *sel)
{
	uint16_t suite = sel->suite;

	if (conn->suite)
		return conn->suite->hash == hash;
	if (seal_suite_find(suite)->hash != hash)
		suite = suite_with(conn->cfg, offered, hash);
	if (suite)
		sel->suite = suite;
	return suite != 0;
}

static int use_external(struct seal_conn *conn, struct seal_span name,
			struct seal_span suites, struct seal_selection *sel)
{
	struct seal_psk psk = { 0 };
	int found = find_external(conn->cfg, name, &psk);

	if (found > 0)
		found = fit_suite(conn, suites, psk.hash, sel);
	if (found > 0)
		conn->psk = psk;
	seal_crypto_wipe(&psk, sizeof(psk));
	if (found <= 0)
		return found;
	seal_buf_free(&conn->psk_name);
	found = seal_buf_append(&conn->psk_name, name.data, name.len);
	return found ? found : 1;
}

/* RFC 8446 4.2.11.2: nothing of a PSK is used before its binder is verified */
static int check_binder(struct seal_conn *conn, struct seal_span part,
			struct seal_span binder)
{
	uint8_t expected[SEAL_HASH_MAX];
	int err = seal_psk_binder(conn, &conn->psk, part, expected);

	if (err)
		return err;
	if (binder.len != seal_hash_size(conn->psk.hash) ||
	    !seal_crypto_equal(expected, binder.data, binder.len))
		return seal_conn_fail(conn, SEAL_E_DECRYPT_ERROR, "PSK binder");
	return 0;
}

static void drop_psk(struct seal_conn *conn)
{
	seal_crypto_wipe(&conn->psk, sizeof(conn->psk));
	seal_proof_forget(conn);
}

/*
 * A resumed client is asked about, too, unless a HelloRetryRequest goes before.  No: it may
 * prove in a full handshake who it is, and will be asked about again.
 */
static void ask_application(struct seal_conn *conn, const struct seal_selection *sel)
{
	if (sel->share.len && !seal_auth_has_approval(conn))
		drop_psk(conn);
}

/* The suite that is chosen, or that was before a HelloRetryRequest */
static enum seal_hash hash_of(const struct seal_conn *conn,
			      const struct seal_selection *sel)
{
	return (conn->suite ? conn->suite : seal_suite_find(sel->suite))->hash;
}

static int select_identity(struct seal_conn *conn,
			   const struct seal_client_hello *hello,
			   struct seal_span raw, struct seal_selection *sel)
{
	struct seal_identity psks[SEAL_IDENTITIES_MAX];
	size_t count, binders;
	int found;

	found = seal_ext_client_psks(&hello->exts, psks, &count, &binders);
	if (found || !conn->psk_dhe)
		return found;
	/* the binders are the end of the message */
	raw.len -= binders;
	for (size_t i = 0; i < count; i++) {
		found = use_ticket(conn, &psks[i], hash_of(conn, sel), &sel->claim);
		if (!found)
			found = use_external(conn, psks[i].name, hello->suites, sel);
		if (!found)
			continue;
		sel->identity = i;
		if (found > 0)
			found = check_binder(conn, raw, psks[i].binder);
		if (!found)
			ask_application(conn, sel);
		return found;
	}
	return 0;
}

int seal_server_select_psk(struct seal_conn *conn,
			   const struct seal_client_hello *hello,
			   struct seal_span raw, struct seal_selection *sel)
{
	const struct seal_exts *exts = &hello->exts;
	int err = 0;

	/* a second ClientHello need not repeat the PSKs of the first */
	drop_psk(conn);
	conn->psk_dhe = false;
	if (seal_ext_has(exts, SEAL_EXT_PSK_MODES))
		err = seal_ext_psk_dhe(exts, &conn->psk_dhe);
	if (err || !seal_ext_has(exts, SEAL_EXT_PRE_SHARED_KEY))
		return err;
	return select_identity(conn, hello, raw, sel);
}

void seal_server_write_psk(const struct seal_conn *conn, struct seal_writer *w,
			   const struct seal_selection *sel)
{
	if (!conn->psk.len)
		return;
	seal_ext_open(w, SEAL_EXT_PRE_SHARED_KEY);
	seal_writer_u16(w, sel->identity);
	seal_writer_close(w);
}

/* ------------------------------------------------------------------ tickets */

static int fill_session(const struct seal_conn *conn, struct seal_span nonce,
			struct seal_session *session)
{
	int err;

	session->suite = conn->suite;
	session->received = seal_session_now();
	session->lifetime = conn->cfg->ticket_lifetime;
	memcpy(session->servername, conn->servername, sizeof(session->servername));
	memcpy(session->alpn, conn->alpn, sizeof(session->alpn));
	session->max_early_data = conn->cfg->early.max;
	session->proof = conn->proof;
	session->chain = conn->peer_chain;	/* as long as it takes */
	err = seal_crypto_random(&session->age_add, sizeof(session->age_add));
	return err ? err : seal_keysched_psk(&conn->keysched, conn->resumption, nonce,
					     session->psk);
}

/* No part of the transcript: that has ended with the Finished */
static int write_ticket(struct seal_conn *conn, const struct seal_session *session,
			struct seal_span nonce, const struct seal_buf *ticket)
{
	struct seal_writer w;

	seal_hs_open(conn, &w, SEAL_MSG_NEW_SESSION_TICKET);
	seal_writer_u32(&w, session->lifetime);
	seal_writer_u32(&w, session->age_add);
	seal_writer_open(&w, 1);
	seal_writer_bytes(&w, nonce.data, nonce.len);
	seal_writer_close(&w);
	seal_writer_open(&w, 2);
	seal_writer_bytes(&w, ticket->data, ticket->len);
	seal_writer_close(&w);
	seal_writer_open(&w, 2);
	if (session->max_early_data) {
		seal_ext_open(&w, SEAL_EXT_EARLY_DATA);
		seal_writer_u32(&w, session->max_early_data);
		seal_writer_close(&w);
	}
	seal_writer_close(&w);
	seal_writer_close(&w);
	return seal_writer_finish(&w);
}

/* RFC 8446 4.6.1: the nonce is another one for each ticket of a connection */
static int add_ticket(struct seal_conn *conn, const struct seal_ticket_key *key,
		      uint8_t number)
{
	const struct seal_span nonce = { &number, 1 };
	struct seal_session session = { 0 };
	struct seal_buf ticket = { 0 };
	int err;

	err = fill_session(conn, nonce, &session);
	if (!err)
		err = seal_ticket_seal(conn->cfg, key, &session, &ticket);
	if (!err)
		err = write_ticket(conn, &session, nonce, &ticket);
	seal_buf_free(&ticket);
	seal_crypto_wipe(&session, sizeof(session));
	return err;
}

/*
 * One is enough to take the place of the one that was used.  None for clients with an
 * external PSK, or with a long chain: a ticket would not say who they are.
 */
static unsigned int tickets_due(const struct seal_conn *conn)
{
	if (!conn->psk_dhe || conn->psk.external ||
	    conn->peer_chain.len > SEAL_TICKET_CHAIN_MAX)
		return 0;
	return conn->psk.len ? 1 : conn->cfg->tickets;
}

int seal_server_send_tickets(struct seal_conn *conn)
{
	unsigned int count = tickets_due(conn);
	struct seal_ticket_key key;
	int err;

	if (!count || !seal_ticket_keys_current(conn->cfg->ticket_keys,
						seal_session_now() / MS, &key))
		return 0;
	err = seal_hs_resumption_secret(conn);
	for (unsigned int i = 0; i < count && !err; i++)
		err = add_ticket(conn, &key, i);
	if (!err)
		err = seal_hs_flush(conn);
	seal_crypto_wipe(&key, sizeof(key));
	seal_crypto_wipe(conn->resumption, sizeof(conn->resumption));
	return err;
}
