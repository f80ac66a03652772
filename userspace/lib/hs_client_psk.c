// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Sessions and external PSKs enter; those that may be offered leave in pre_shared_key,
 * and the one that the server has taken leaves for the key schedule (RFC 8446 4.2.11).
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "private.h"

/* ---------------------------------------------------- what may be offered */

/* A name that was verified then, and the name to be verified now */
static bool same_name(const char *then, const char *now)
{
	size_t len = seal_verify_name_len(now);

	return len == seal_verify_name_len(then) && !strncasecmp(then, now, len);
}

/* RFC 8446 4.2.11: a suite with that hash is offered, too */
static bool has_hash(const struct seal_config *cfg, enum seal_hash hash)
{
	for (size_t i = 0; i < cfg->suites_len; i++)
		if (seal_suite_find(cfg->suites[i])->hash == hash)
			return true;
	return false;
}

/* The protocol of then is one of those that may be chosen now */
static bool has_protocol(const struct seal_config *cfg, const char *name)
{
	const struct seal_span ours = { cfg->alpn.data, cfg->alpn.len };
	const struct seal_span then = { (const uint8_t *)name, strlen(name) };

	return !then.len || seal_alpn_has(ours, then);
}

/*
 * RFC 8446 4.6.1: for the server that was named, and whose certificates would be verified
 * today, unless nobody cares.  An application that wants to see them can.
 */
static bool fits(const struct seal_conn *conn, const struct seal_session *session)
{
	const struct seal_config *cfg = conn->cfg;

	return seal_session_lifetime(session) &&
	       (session->proof.type & seal_cert_types_taken(conn) || cfg->insecure) &&
	       seal_proof_holds(&session->proof, cfg, seal_session_now()) &&
	       (session->chain.len || !cfg->verify) &&
	       same_name(session->servername, conn->servername) &&
	       has_protocol(cfg, session->alpn) &&
	       has_hash(cfg, session->suite->hash);
}

static int add_session(struct seal_conn *conn, const struct seal_session *session)
{
	struct seal_offer *offer = &conn->offers[conn->offers_len++];
	int err;

	offer->psk.hash = session->suite->hash;
	offer->psk.len = seal_hash_size(session->suite->hash);
	memcpy(offer->psk.key, session->psk, offer->psk.len);
	offer->received = session->received;
	offer->age_add = session->age_add;
	offer->suite = session->suite;
	offer->max_early_data = session->max_early_data;
	memcpy(offer->alpn, session->alpn, sizeof(offer->alpn));
	offer->proof = session->proof;
	conn->bond = seal_bond_ref(session->bond);
	err = seal_buf_append(&offer->chain, session->chain.data, session->chain.len);
	return err ? err : seal_buf_append(&offer->name, session->ticket.data,
				     session->ticket.len);
}

static int add_external(struct seal_conn *conn, const struct seal_external *psk)
{
	struct seal_offer *offer;

	if (!has_hash(conn->cfg, psk->psk.hash))
		return 0;
	offer = &conn->offers[conn->offers_len++];
	offer->psk = psk->psk;
	return seal_buf_append(&offer->name, psk->name.data, psk->name.len);
}

int seal_client_offer(struct seal_conn *conn, const struct seal_session *session)
{
	const struct seal_config *cfg = conn->cfg;
	int err = 0;

	if (session && !fits(conn, session))
		session = NULL;
	if (cfg->side != SEAL_CLIENT || (!session && !cfg->psks))
		return 0;
	conn->offers = calloc(1 + cfg->psks_len, sizeof(*conn->offers));
	if (!conn->offers)
		return SEAL_E_NOMEM;
	if (session)
		err = add_session(conn, session);
	for (struct seal_external *psk = cfg->psks; psk && !err; psk = psk->next)
		err = add_external(conn, psk);
	return err;
}

static void drop_offer(struct seal_offer *offer)
{
	seal_buf_free(&offer->name);
	seal_buf_free(&offer->chain);
	seal_crypto_wipe(offer, sizeof(*offer));
}

void seal_client_keep_psks(struct seal_conn *conn)
{
	size_t kept = 0;

	for (size_t i = 0; i < conn->offers_len; i++) {
		if (conn->offers[i].psk.hash != conn->suite->hash) {
			drop_offer(&conn->offers[i]);
			continue;
		}
		if (i != kept) {
			conn->offers[kept] = conn->offers[i];
			conn->offers[i] = (struct seal_offer){ 0 };
		}
		kept++;
	}
	conn->offers_len = kept;
	/* an answer to what is not offered any more is not welcome */
	conn->offered &= ~(SEAL_EXT_BIT(SEAL_EXT_PRE_SHARED_KEY) |
			   SEAL_EXT_BIT(SEAL_EXT_EARLY_DATA));
}

void seal_client_free_offers(struct seal_conn *conn)
{
	for (size_t i = 0; i < conn->offers_len; i++)
		drop_offer(&conn->offers[i]);
	free(conn->offers);
	conn->offers = NULL;
	conn->offers_len = 0;
}

/* ------------------------------------------------------------ ClientHello */

/* RFC 8446 4.2.11.1: the age in ms, hidden; 0 for what is no ticket */
static uint32_t obfuscated_age(const struct seal_offer *offer)
{
	if (offer->psk.external)
		return 0;
	return (uint32_t)(seal_session_now() - offer->received) + offer->age_add;
}

static void write_identities(const struct seal_conn *conn, struct seal_writer *w)
{
	const struct seal_offer *offer;

	seal_writer_open(w, 2);
	for (size_t i = 0; i < conn->offers_len; i++) {
		offer = &conn->offers[i];
		seal_writer_open(w, 2);
		seal_writer_bytes(w, offer->name.data, offer->name.len);
		seal_writer_close(w);
		seal_writer_u32(w, obfuscated_age(offer));
	}
	seal_writer_close(w);
}

void seal_client_write_psks(struct seal_conn *conn, struct seal_writer *w)
{
	static const uint8_t zeros[SEAL_HASH_MAX];

	if (!conn->offers_len)
		return;
	conn->offered |= SEAL_EXT_BIT(SEAL_EXT_PRE_SHARED_KEY);
	seal_ext_open(w, SEAL_EXT_PRE_SHARED_KEY);
	write_identities(conn, w);
	seal_writer_open(w, 2);
	for (size_t i = 0; i < conn->offers_len; i++) {
		seal_writer_open(w, 1);
		seal_writer_bytes(w, zeros,
				  seal_hash_size(conn->offers[i].psk.hash));
		seal_writer_close(w);
	}
	seal_writer_close(w);
	seal_writer_close(w);
}

/* What the list of binders takes at the end of the message, its length included */
static size_t binders_size(const struct seal_conn *conn)
{
	size_t size = 2;

	for (size_t i = 0; i < conn->offers_len; i++)
		size += 1 + seal_hash_size(conn->offers[i].psk.hash);
	return size;
}

int seal_client_bind(struct seal_conn *conn)
{
	struct seal_span part = { conn->flight.data, conn->flight.len };
	uint8_t binder[SEAL_HASH_MAX];
	const struct seal_psk *psk;
	uint8_t *at;
	int err = 0;

	if (!conn->offers_len)
		return 0;
	part.len -= binders_size(conn);
	at = conn->flight.data + part.len + 2;
	for (size_t i = 0; i < conn->offers_len && !err; i++) {
		psk = &conn->offers[i].psk;
		err = seal_psk_binder(conn, psk, part, binder);
		if (!err)
			memcpy(at + 1, binder, seal_hash_size(psk->hash));
		at += 1 + seal_hash_size(psk->hash);
	}
	return err;
}

/* ------------------------------------------------------------ ServerHello */

/* RFC 8446 4.2.10: early data goes with the first, and its suite */
static bool takes_early(const struct seal_conn *conn, uint16_t index)
{
	return !index && conn->early && conn->early->suite == conn->suite;
}

int seal_client_read_psk(struct seal_conn *conn, const struct seal_exts *exts)
{
	struct seal_reader r = seal_ext_reader(exts, SEAL_EXT_PRE_SHARED_KEY);
	struct seal_offer *offer;
	uint16_t index;
	int err;

	if (!seal_ext_has(exts, SEAL_EXT_PRE_SHARED_KEY)) {
		seal_client_lose_early(conn);
		return 0;
	}
	index = seal_reader_u16(&r);
	err = seal_reader_finish(&r);
	if (err)
		return err;
	/* RFC 8446 4.2.11: one that was offered, for the hash of the suite */
	if (index >= conn->offers_len)
		return seal_conn_fail(conn, SEAL_E_ILLEGAL_PARAMETER,
				      "PSK %u was not offered", index);
	offer = &conn->offers[index];
	if (offer->psk.hash != conn->suite->hash)
		return seal_conn_fail(conn, SEAL_E_ILLEGAL_PARAMETER,
				      "a cipher suite of another hash than the PSK's");
	if (!takes_early(conn, index))
		seal_client_lose_early(conn);
	conn->psk = offer->psk;
	seal_proof_take(conn, &offer->proof, &offer->chain);
	if (!offer->psk.external)
		return 0;
	return seal_buf_append(&conn->psk_name, offer->name.data, offer->name.len);
}
