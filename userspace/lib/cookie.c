// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * What a server has to remember between its HelloRetryRequest and the second ClientHello
 * enters, a cookie leaves; the cookie comes back, and that leaves (RFC 8446 4.2.2).
 *
 *	name of the key (16) | HMAC-SHA256(secret, label | contents) | contents
 */
#include <string.h>

#include "private.h"

#define FORMAT		1	/* of the contents; the first byte of them */
#define MAC_SIZE	32
#define HEAD_SIZE	(SEAL_TICKET_NAME_SIZE + MAC_SIZE)
#define LIFETIME	60	/* s; a round trip, and clocks that differ */
#define MS		1000

static int compute_mac(const struct seal_crypto *crypto,
		       const struct seal_ticket_key *key, struct seal_span contents,
		       uint8_t mac[SEAL_HASH_MAX])
{
	static const char label[] = "sockseal cookie";
	const struct seal_span parts[] = {
		{ (const uint8_t *)label, sizeof(label) }, contents,
	};
	const struct seal_span secret = { key->secret, sizeof(key->secret) };
	EVP_MD_CTX *hmac = seal_hmac_new(crypto, SEAL_SHA256);
	int err = SEAL_E_CRYPTO;

	if (hmac)
		err = seal_hmac(hmac, secret, parts, 2, mac);
	seal_hmac_free(hmac);
	return err;
}

static int write_contents(const struct seal_conn *conn, struct seal_buf *out)
{
	uint64_t now = seal_session_now() / MS;
	uint8_t first[SEAL_HASH_MAX];
	struct seal_writer w;
	int err;

	err = seal_transcript_hash(&conn->transcript, first);
	if (err)
		return err;
	seal_writer_init(&w, out);
	seal_writer_u8(&w, FORMAT);
	seal_writer_u32(&w, now >> 32);
	seal_writer_u32(&w, now);
	seal_writer_u16(&w, conn->suite->id);
	seal_writer_u16(&w, conn->group->id);
	seal_writer_bytes(&w, conn->hello_digest, seal_hash_size(SEAL_SHA256));
	seal_writer_bytes(&w, first, seal_hash_size(conn->suite->hash));
	return seal_writer_finish(&w);
}

static int put_together(struct seal_conn *conn, const struct seal_ticket_key *key)
{
	struct seal_buf contents = { 0 };
	uint8_t mac[SEAL_HASH_MAX];
	struct seal_span span;
	int err;

	err = write_contents(conn, &contents);
	span = (struct seal_span){ contents.data, contents.len };
	if (!err)
		err = compute_mac(&conn->cfg->crypto, key, span, mac);
	if (!err)
		err = seal_buf_append(&conn->cookie, key->name, sizeof(key->name));
	if (!err)
		err = seal_buf_append(&conn->cookie, mac, MAC_SIZE);
	if (!err)
		err = seal_buf_append(&conn->cookie, span.data, span.len);
	seal_buf_free(&contents);
	return err;
}

int seal_cookie_make(struct seal_conn *conn)
{
	struct seal_ticket_key key;
	int err;

	/* without a key this connection remembers all by itself */
	if (!conn->cfg->cookies ||
	    !seal_ticket_keys_current(conn->cfg->ticket_keys,
				      seal_session_now() / MS, &key))
		return 0;
	err = put_together(conn, &key);
	seal_crypto_wipe(&key, sizeof(key));
	return err;
}

static bool is_ours(const uint16_t *list, size_t count, uint16_t value)
{
	for (size_t i = 0; i < count; i++)
		if (list[i] == value)
			return true;
	return false;
}

/* Another configuration may have the same keys */
static int read_choice(struct seal_conn *conn, struct seal_reader *r)
{
	const struct seal_config *cfg = conn->cfg;
	uint16_t suite = seal_reader_u16(r), group = seal_reader_u16(r);

	if (!is_ours(cfg->suites, cfg->suites_len, suite) ||
	    !is_ours(cfg->groups, cfg->groups_len, group))
		return SEAL_E_ILLEGAL_PARAMETER;
	conn->suite = seal_suite_find(suite);
	conn->group = seal_group_find(group);
	return 0;
}

/* What is authentic is what we have written, though perhaps another version */
static int read_contents(struct seal_conn *conn, struct seal_span contents,
			 uint8_t first[SEAL_HASH_MAX])
{
	struct seal_span digest, hash;
	struct seal_reader r;
	uint64_t then, now = seal_session_now() / MS;

	seal_reader_init(&r, contents.data, contents.len);
	if (seal_reader_u8(&r) != FORMAT)
		return SEAL_E_ILLEGAL_PARAMETER;
	then = (uint64_t)seal_reader_u32(&r) << 32;
	then |= seal_reader_u32(&r);
	if (read_choice(conn, &r))
		return SEAL_E_ILLEGAL_PARAMETER;
	digest = seal_reader_bytes(&r, seal_hash_size(SEAL_SHA256));
	hash = seal_reader_bytes(&r, seal_hash_size(conn->suite->hash));
	if (seal_reader_finish(&r))
		return SEAL_E_ILLEGAL_PARAMETER;
	if (now > then + LIFETIME || then > now + LIFETIME)
		return seal_conn_fail(conn, SEAL_E_ILLEGAL_PARAMETER,
				      "a cookie that is too old");
	memcpy(conn->hello_digest, digest.data, digest.len);
	memcpy(first, hash.data, hash.len);
	return 0;
}

static int check_cookie(struct seal_conn *conn, const struct seal_ticket_key *key,
			struct seal_span cookie, uint8_t first[SEAL_HASH_MAX])
{
	const struct seal_span contents = { cookie.data + HEAD_SIZE,
					    cookie.len - HEAD_SIZE };
	uint8_t mac[SEAL_HASH_MAX];
	int err;

	err = compute_mac(&conn->cfg->crypto, key, contents, mac);
	if (err)
		return err;
	if (!seal_crypto_equal(mac, cookie.data + SEAL_TICKET_NAME_SIZE, MAC_SIZE))
		return seal_conn_fail(conn, SEAL_E_ILLEGAL_PARAMETER,
				      "a cookie that is not ours");
	err = seal_buf_append(&conn->cookie, cookie.data, cookie.len);
	return err ? err : read_contents(conn, contents, first);
}

static int read_cookie(const struct seal_client_hello *hello, struct seal_span *cookie)
{
	struct seal_reader r = seal_ext_reader(&hello->exts, SEAL_EXT_COOKIE);

	*cookie = seal_reader_vector(&r, 2, 1);
	return seal_reader_finish(&r);
}

int seal_cookie_open(struct seal_conn *conn, const struct seal_client_hello *hello,
		     uint8_t first[SEAL_HASH_MAX])
{
	struct seal_ticket_key key;
	struct seal_span cookie;
	int err;

	err = read_cookie(hello, &cookie);
	if (err)
		return err;
	if (cookie.len <= HEAD_SIZE ||
	    !seal_ticket_keys_find(conn->cfg->ticket_keys, cookie.data,
				   seal_session_now() / MS, &key))
		return seal_conn_fail(conn, SEAL_E_ILLEGAL_PARAMETER,
				      "a cookie that is not ours");
	err = check_cookie(conn, &key, cookie, first);
	seal_crypto_wipe(&key, sizeof(key));
	return err;
}

int seal_cookie_check(struct seal_conn *conn, const struct seal_client_hello *hello)
{
	const struct seal_span ours = { conn->cookie.data, conn->cookie.len };
	struct seal_span cookie;
	int err;

	if (!ours.len)
		return 0;
	if (!seal_ext_has(&hello->exts, SEAL_EXT_COOKIE))
		return SEAL_E_MISSING_EXTENSION;
	err = read_cookie(hello, &cookie);
	if (!err && !seal_span_equal(cookie, ours))
		err = seal_conn_fail(conn, SEAL_E_ILLEGAL_PARAMETER,
				     "not the cookie that was sent");
	return err;
}
