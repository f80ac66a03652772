// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A ClientHello and our configuration enter; suite, group, share, certificate,
 * signature scheme and protocol leave (RFC 8446 4.1.1, 9.2).
 */
#include <string.h>

#include "private.h"

/* The first of ours that the client has too; 0: none */
static uint16_t first_common(const uint16_t *ours, size_t count,
			     struct seal_span theirs)
{
	for (size_t i = 0; i < count; i++)
		if (seal_list16_has(theirs, ours[i]))
			return ours[i];
	return 0;
}

static int select_suite(struct seal_conn *conn, struct seal_span offered,
			uint16_t *suite)
{
	*suite = first_common(conn->cfg->suites, conn->cfg->suites_len, offered);
	return *suite ? 0 : seal_conn_fail(conn, SEAL_E_HANDSHAKE_FAILURE,
					   "no cipher suite in common");
}

/* What a client says about key exchange */
struct key_offer {
	struct seal_span	groups;		/* supported_groups */
	struct seal_key_share	shares[SEAL_SHARES_MAX];
	size_t			count;		/* of shares */
};

/* The client's share of a group; an empty span without one */
static struct seal_span find_share(const struct key_offer *offer, uint16_t group)
{
	for (size_t i = 0; i < offer->count; i++)
		if (offer->shares[i].group == group)
			return offer->shares[i].key;
	return (struct seal_span){ 0 };
}

/* The first of our groups with a share; without one, the first in common */
static const struct seal_group *choose_group(const struct seal_config *cfg,
					     const struct key_offer *offer)
{
	for (size_t i = 0; i < cfg->groups_len; i++)
		if (find_share(offer, cfg->groups[i]).len)
			return seal_group_find(cfg->groups[i]);
	return seal_group_find(first_common(cfg->groups, cfg->groups_len,
					    offer->groups));
}

/* RFC 8446 4.2.8: each share is of a group in supported_groups */
static int check_shares(struct seal_conn *conn, const struct key_offer *offer)
{
	for (size_t i = 0; i < offer->count; i++)
		if (!seal_list16_has(offer->groups, offer->shares[i].group))
			return seal_conn_fail(conn, SEAL_E_ILLEGAL_PARAMETER,
					      "a key share of a group that is not in supported_groups");
	/* RFC 8446 4.1.2: after HelloRetryRequest the one that was asked for */
	if (conn->retried && (offer->count != 1 ||
			      offer->shares[0].group != conn->group->id))
		return seal_conn_fail(conn, SEAL_E_ILLEGAL_PARAMETER,
				      "not the key share that was asked for");
	return 0;
}

static int select_group(struct seal_conn *conn, const struct seal_exts *exts,
			struct seal_span *share)
{
	struct key_offer offer;
	int err;

	err = seal_ext_list16(exts, SEAL_EXT_SUPPORTED_GROUPS, &offer.groups);
	if (!err)
		err = seal_ext_client_shares(exts, offer.shares, &offer.count);
	if (!err)
		err = check_shares(conn, &offer);
	if (err)
		return err;
	if (!conn->retried)
		conn->group = choose_group(conn->cfg, &offer);
	if (!conn->group)
		return seal_conn_fail(conn, SEAL_E_HANDSHAKE_FAILURE,
				      "no key exchange group in common");
	*share = find_share(&offer, conn->group->id);
	return 0;
}

static int select_certificate(struct seal_conn *conn,
			      const struct seal_exts *exts)
{
	int err;

	if (!conn->cfg->creds)
		return SEAL_E_UNKNOWN_PSK_IDENTITY;
	/* RFC 8446 4.2.3: needed for certificates */
	if (!seal_ext_has(exts, SEAL_EXT_SIGNATURE_ALGORITHMS))
		return SEAL_E_MISSING_EXTENSION;
	err = seal_cert_type_read_lists(conn, exts);
	if (!err)
		err = seal_cred_select(conn, exts);
	if (!err && !conn->cred)
		return seal_conn_fail(conn, SEAL_E_HANDSHAKE_FAILURE,
				      "no signature scheme in common that fits our key");
	return err;
}

/* RFC 7301 3.2: our order decides; nothing in common is an error */
static int select_alpn(struct seal_conn *conn, const struct seal_exts *exts)
{
	const struct seal_buf *ours = &conn->cfg->alpn;
	struct seal_span theirs, name;
	struct seal_reader r;
	int err;

	if (!seal_ext_has(exts, SEAL_EXT_ALPN))
		return 0;
	err = seal_ext_alpn(exts, &theirs);
	if (err || !ours->len)
		return err;
	seal_reader_init(&r, ours->data, ours->len);
	while (r.left) {
		name = seal_reader_vector(&r, 1, 1);
		if (!seal_alpn_has(theirs, name))
			continue;
		memcpy(conn->alpn, name.data, name.len);
		return 0;
	}
	return SEAL_E_NO_APPLICATION_PROTOCOL;
}

/* RFC 8446 9.2, and 4.2.11 for PSKs: we always want a key exchange */
static int check_present(const struct seal_exts *exts)
{
	if (!seal_ext_has(exts, SEAL_EXT_SUPPORTED_GROUPS) ||
	    !seal_ext_has(exts, SEAL_EXT_KEY_SHARE))
		return SEAL_E_MISSING_EXTENSION;
	if (!seal_ext_has(exts, SEAL_EXT_PRE_SHARED_KEY))
		return 0;
	if (exts->last != seal_ext_type(SEAL_EXT_PRE_SHARED_KEY))
		return SEAL_E_ILLEGAL_PARAMETER;
	return seal_ext_has(exts, SEAL_EXT_PSK_MODES) ?
		0 : SEAL_E_MISSING_EXTENSION;
}

int seal_server_select(struct seal_conn *conn,
		       const struct seal_client_hello *hello,
		       struct seal_span raw, struct seal_selection *out)
{
	const struct seal_exts *exts = &hello->exts;
	int err;

	err = check_present(exts);
	if (!err)
		err = select_suite(conn, hello->suites, &out->suite);
	if (!err)
		err = select_group(conn, exts, &out->share);
	if (!err)
		err = select_alpn(conn, exts);
	if (!err)
		err = seal_limit_read_offer(conn, exts);
	if (!err)
		err = seal_server_select_psk(conn, hello, raw, out);
	if (!err && !conn->psk.len)
		err = select_certificate(conn, exts);
	return err;
}

/* RFC 8446 4.1.2: what a second ClientHello may change, add or leave out */
static bool may_change(uint16_t type)
{
	return type == seal_ext_type(SEAL_EXT_KEY_SHARE) ||
	       type == seal_ext_type(SEAL_EXT_EARLY_DATA) ||
	       type == seal_ext_type(SEAL_EXT_COOKIE) ||
	       type == seal_ext_type(SEAL_EXT_PRE_SHARED_KEY) ||
	       type == seal_ext_type(SEAL_EXT_PADDING);
}

static int hash_extensions(struct seal_transcript *t, struct seal_span block)
{
	struct seal_reader r, list;
	const uint8_t *start;
	uint16_t type;
	int err = 0;

	seal_reader_init(&r, block.data, block.len);
	list = seal_reader_enter(&r, 2, 0);
	while (list.left && !list.failed && !err) {
		start = list.pos;
		type = seal_reader_u16(&list);
		seal_reader_vector(&list, 2, 0);
		if (!may_change(type))
			err = seal_transcript_add(t, (struct seal_span){
					start, list.pos - start });
	}
	return err;
}

int seal_server_hello_digest(struct seal_conn *conn,
			     const struct seal_client_hello *hello,
			     uint8_t digest[SEAL_HASH_MAX])
{
	struct seal_transcript t = { 0 };
	int err;

	err = seal_transcript_start(&t, &conn->cfg->crypto, SEAL_SHA256);
	if (!err)
		err = seal_transcript_add(&t, hello->frozen);
	if (!err)
		err = hash_extensions(&t, hello->extensions);
	if (!err)
		err = seal_transcript_hash(&t, digest);
	seal_transcript_free(&t);
	return err;
}
