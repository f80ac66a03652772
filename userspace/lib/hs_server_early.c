// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A ClientHello with early data and the session that it resumes enter; whether the early
 * data is taken leaves, and its end (RFC 8446 4.2.10, 4.5, 8).
 */
#include "private.h"

/* RFC 8446 8.2: the binder is unique, as the random is that it covers, and verified */
static int make_id(const struct seal_conn *conn, const struct seal_claim *claim,
		   uint8_t id[SEAL_HASH_MAX])
{
	EVP_MD_CTX *ctx = seal_hash_new(&conn->cfg->crypto, SEAL_SHA256);
	int err = SEAL_E_CRYPTO;

	if (ctx)
		err = seal_hash_update(ctx, claim->binder.data, claim->binder.len);
	if (!err)
		err = seal_hash_peek(ctx, id);
	seal_hash_free(ctx);
	return err;
}

/* Asked last: whoever is told that it is new, is told so once */
static bool is_new(struct seal_conn *conn, const struct seal_claim *claim, uint64_t now)
{
	const struct seal_early_policy *policy = &conn->cfg->early;
	uint8_t id[SEAL_HASH_MAX];

	if (make_id(conn, claim, id))
		return false;
	if (!seal_replay_is_new(policy->replay, &conn->cfg->crypto,
				(struct seal_span){ id, SEAL_REPLAY_ID_SIZE },
				claim->issued, now))
		return false;
	return !policy->callback ||
	       policy->callback(id, 2 * policy->window, policy->arg) == 1;
}

/* RFC 8446 4.2.10: name and protocol are those of the session, or it would not be used */
static bool is_acceptable(struct seal_conn *conn, const struct seal_selection *sel)
{
	const struct seal_early_policy *policy = &conn->cfg->early;
	const struct seal_claim *claim = &sel->claim;
	uint64_t now = seal_session_now();

	return policy->max && !conn->unread && sel->share.len &&
	       conn->psk.len && !conn->psk.external && !sel->identity &&
	       claim->max && claim->max <= policy->max && claim->suite == conn->suite &&
	       seal_replay_is_fresh(claim->issued, claim->age, now, policy->window) &&
	       is_new(conn, claim, now);
}

int seal_server_take_early(struct seal_conn *conn,
			   const struct seal_client_hello *hello,
			   const struct seal_selection *sel)
{
	int err;

	conn->early_skip = 0;
	if (!seal_ext_has(&hello->exts, SEAL_EXT_EARLY_DATA))
		return 0;
	if (hello->exts.body[SEAL_EXT_EARLY_DATA].len)
		return SEAL_E_DECODE_ERROR;
	if (!is_acceptable(conn, sel)) {
		conn->early_skip = seal_early_skip(conn);
		return 0;
	}
	err = seal_early_begin(conn, SEAL_EARLY_ACCEPTED, conn->suite, sel->claim.max);
	return err ? err : seal_early_set_keys(conn, &conn->psk);
}

int seal_server_on_end_of_early_data(struct seal_conn *conn,
				     const struct seal_message *msg)
{
	int err;

	if (msg->body.len)
		return SEAL_E_DECODE_ERROR;
	err = seal_transcript_add(&conn->transcript, msg->raw);
	seal_hs_set_epoch(conn, &conn->in, conn->handshake.client);
	seal_early_forget(conn);
	return err ? err : SEAL_HS_WAIT_CLIENT_FINISHED;
}
