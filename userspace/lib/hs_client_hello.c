// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The configuration and, after a HelloRetryRequest, its wishes enter; the
 * ClientHello leaves (RFC 8446 4.1.2).
 */
#include "private.h"

/* Open an extension and remember that an answer to it is welcome */
static void offer(struct seal_conn *conn, struct seal_writer *w,
		  enum seal_ext ext)
{
	conn->offered |= SEAL_EXT_BIT(ext);
	seal_ext_open(w, ext);
}

/* RFC 6066 3: names only, not addresses, without the dot at the end */
static void write_server_name(struct seal_conn *conn, struct seal_writer *w)
{
	if (conn->servername_kind != SEAL_NAME_DNS)
		return;
	offer(conn, w, SEAL_EXT_SERVER_NAME);
	seal_writer_open(w, 2);
	seal_writer_u8(w, 0);
	seal_writer_open(w, 2);
	seal_writer_bytes(w, conn->servername,
			  seal_verify_name_len(conn->servername));
	seal_writer_close(w);
	seal_writer_close(w);
	seal_writer_close(w);
}

static void write_versions(struct seal_conn *conn, struct seal_writer *w)
{
	offer(conn, w, SEAL_EXT_SUPPORTED_VERSIONS);
	seal_writer_open(w, 1);
	seal_writer_u16(w, SEAL_WIRE_TLS13);
	seal_writer_close(w);
	seal_writer_close(w);
}

static void write_groups(struct seal_conn *conn, struct seal_writer *w)
{
	conn->offered |= SEAL_EXT_BIT(SEAL_EXT_SUPPORTED_GROUPS);
	seal_ext_write_list16(w, SEAL_EXT_SUPPORTED_GROUPS, conn->cfg->groups,
			      conn->cfg->groups_len);
}

static void write_alpn(struct seal_conn *conn, struct seal_writer *w)
{
	const struct seal_buf *alpn = &conn->cfg->alpn;

	if (!alpn->len)
		return;
	offer(conn, w, SEAL_EXT_ALPN);
	seal_writer_open(w, 2);
	seal_writer_bytes(w, alpn->data, alpn->len);
	seal_writer_close(w);
	seal_writer_close(w);
}

/*
 * RFC 8446 4.2.9: without it a server should send no tickets.  Resuming shall keep
 * the key exchange, and with it forward secrecy.
 */
static void write_psk_modes(struct seal_conn *conn, struct seal_writer *w)
{
	offer(conn, w, SEAL_EXT_PSK_MODES);
	seal_writer_open(w, 1);
	seal_writer_u8(w, SEAL_PSK_DHE_KE);
	seal_writer_close(w);
	seal_writer_close(w);
}

static void write_cookie(struct seal_conn *conn, struct seal_writer *w)
{
	if (!conn->cookie.len)
		return;
	seal_ext_open(w, SEAL_EXT_COOKIE);
	seal_writer_open(w, 2);
	seal_writer_bytes(w, conn->cookie.data, conn->cookie.len);
	seal_writer_close(w);
	seal_writer_close(w);
}

static void write_key_share(struct seal_conn *conn, struct seal_writer *w)
{
	const struct seal_share *share = conn->shares;

	offer(conn, w, SEAL_EXT_KEY_SHARE);
	seal_writer_open(w, 2);
	for (; share < conn->shares + SEAL_SHARES_OWN && share->key; share++) {
		seal_writer_u16(w, share->group->id);
		seal_writer_open(w, 2);
		seal_writer_bytes(w, share->public.data, share->public.len);
		seal_writer_close(w);
	}
	seal_writer_close(w);
	seal_writer_close(w);
}

static void write_extensions(struct seal_conn *conn, struct seal_writer *w)
{
	seal_writer_open(w, 2);
	write_server_name(conn, w);
	write_versions(conn, w);
	write_groups(conn, w);
	seal_auth_write_schemes(conn->cfg, w);
	if (conn->cfg->send_authorities)
		seal_auth_write_authorities(w, &conn->cfg->authorities);
	seal_cert_type_write_lists(conn, w);
	seal_auth_write_wishes(conn, w);
	write_alpn(conn, w);
	seal_limit_write_offer(conn, w);
	write_psk_modes(conn, w);
	write_cookie(conn, w);
	write_key_share(conn, w);
	seal_client_write_early(conn, w);
	/* RFC 8446 4.2.11: MUST be the last one */
	seal_client_write_psks(conn, w);
	seal_writer_close(w);
}

/* The binders cover all before them, and the transcript covers them */
static int close_hello(struct seal_conn *conn, struct seal_writer *w)
{
	int err;

	seal_writer_close(w);
	err = seal_writer_finish(w);
	if (!err)
		err = seal_client_bind(conn);
	if (err)
		return err;
	return seal_transcript_add(&conn->transcript, (struct seal_span){
		conn->flight.data, conn->flight.len });
}

int seal_client_write_hello(struct seal_conn *conn)
{
	const struct seal_config *cfg = conn->cfg;
	struct seal_writer w;

	seal_hs_open(conn, &w, SEAL_MSG_CLIENT_HELLO);
	seal_writer_u16(&w, SEAL_WIRE_TLS12);
	seal_writer_bytes(&w, conn->random, SEAL_RANDOM_SIZE);
	seal_writer_open(&w, 1);
	seal_writer_bytes(&w, conn->session_id, conn->session_id_len);
	seal_writer_close(&w);
	seal_writer_open(&w, 2);
	for (size_t i = 0; i < cfg->suites_len; i++)
		seal_writer_u16(&w, cfg->suites[i]);
	seal_writer_close(&w);
	/* legacy_compression_methods: null alone */
	seal_writer_u8(&w, 1);
	seal_writer_u8(&w, 0);
	write_extensions(conn, &w);
	return close_hello(conn, &w);
}
