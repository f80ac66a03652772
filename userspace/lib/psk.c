// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A PSK enters; binders and the secrets that begin with it leave (RFC 8446 4.2.11.2,
 * 7.1).
 */
#include <string.h>

#include "private.h"

static struct seal_span key_of(const struct seal_psk *psk)
{
	return (struct seal_span){ psk->key, psk->len };
}

bool seal_psk_is_good(const struct seal_psk_key *key)
{
	return key->len >= SEAL_PSK_MIN && key->len <= SEAL_PSK_MAX &&
	       (key->hash == SEAL_SHA256 || key->hash == SEAL_SHA384);
}

void seal_psk_set(struct seal_psk *psk, const struct seal_psk_key *key)
{
	psk->external = true;
	psk->hash = key->hash;
	psk->len = key->len;
	memcpy(psk->key, key->key, key->len);
}

int seal_psk_binder(const struct seal_conn *conn, const struct seal_psk *psk,
		    struct seal_span part, uint8_t out[SEAL_HASH_MAX])
{
	const struct seal_crypto *crypto = &conn->cfg->crypto;
	struct seal_keysched ks = { 0 };
	uint8_t thash[SEAL_HASH_MAX];
	int err;

	err = seal_transcript_partial(&conn->transcript, crypto, psk->hash, part,
				      thash);
	if (!err)
		err = seal_keysched_init(&ks, crypto, psk->hash);
	if (!err)
		err = seal_keysched_set_psk(&ks, key_of(psk));
	if (!err)
		err = seal_keysched_binder(&ks, psk->external, thash, out);
	seal_keysched_free(&ks);
	return err;
}

int seal_psk_use(struct seal_conn *conn)
{
	if (!conn->psk.len)
		return 0;
	return seal_keysched_set_psk(&conn->keysched, key_of(&conn->psk));
}
