// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * What a ClientHello says first of all enters, the name of the server, and what the
 * application says to it; the configuration that answers leaves, before anything of it
 * was used (RFC 6066 3).
 */
#include <string.h>

#include "private.h"

int seal_server_read_name(struct seal_conn *conn, const struct seal_exts *exts)
{
	struct seal_span name;
	int err;

	if (!seal_ext_has(exts, SEAL_EXT_SERVER_NAME))
		return 0;
	err = seal_ext_server_name(exts, &name);
	if (err || !name.len)
		return err;
	if (name.len > SEAL_NAME_MAX || memchr(name.data, 0, name.len))
		return seal_conn_fail(conn, SEAL_E_ILLEGAL_PARAMETER,
				      "server_name");
	memcpy(conn->servername, name.data, name.len);
	conn->servername[name.len] = '\0';
	conn->servername_kind = seal_verify_name_kind(conn->servername);
	return 0;
}

static void use_config(struct seal_conn *conn, struct seal_config *cfg)
{
	struct seal_config *old = conn->cfg;

	conn->cfg = seal_config_ref(cfg);
	seal_config_unref(old);
}

/* RFC 6066 3: a name that is not ours; RFC 8446 9.2: none at all */
static int refuse(struct seal_conn *conn)
{
	if (!conn->servername[0])
		return seal_conn_fail(conn, SEAL_E_MISSING_EXTENSION, "server_name");
	return SEAL_E_UNRECOGNIZED_NAME;
}

int seal_server_ask_config(struct seal_conn *conn, int *answer)
{
	const struct seal_config *cfg = conn->cfg;

	if (cfg->select)
		*answer = cfg->select(conn, cfg->select_arg);
	return 0;
}

int seal_server_choose(struct seal_conn *conn)
{
	const struct seal_names *names = &conn->cfg->names;
	struct seal_config *cfg = conn->choice;

	conn->name_used = cfg || seal_names_find(names, conn->servername, &cfg);
	if (!conn->name_used && names->required)
		return refuse(conn);
	if (cfg)
		use_config(conn, cfg);
	return seal_config_has_keys(conn->cfg) ? 0 : refuse(conn);
}

/* --------------------------------------------- of the application, while it is asked */

int seal_conn_use_config(struct seal_conn *conn, struct seal_config *cfg)
{
	int err;

	if (!seal_answer_is_open(conn, SEAL_ASKS_CONFIG))
		return SEAL_E_INVALID;
	err = seal_config_check_other(cfg);
	if (err)
		return err;
	seal_config_freeze(cfg);
	seal_config_unref(conn->choice);
	conn->choice = cfg;
	return 0;
}

int seal_conn_client_hello(const struct seal_conn *conn, const void **message,
			   size_t *len)
{
	struct seal_reader r;

	if (!seal_answer_is_open(conn, SEAL_ASKS_CONFIG))
		return SEAL_E_INVALID;
	seal_reader_init(&r, conn->messages.data, conn->messages.len);
	seal_reader_u8(&r);
	*len = SEAL_MESSAGE_HEADER + seal_reader_u24(&r);
	*message = conn->messages.data;
	return 0;
}

int seal_conn_offered_alpn(const struct seal_conn *conn, size_t index,
			   const void **name, size_t *len)
{
	struct seal_client_hello hello;
	struct seal_span list, found;
	const void *message;
	struct seal_reader r;
	size_t size;

	if (seal_conn_client_hello(conn, &message, &size))
		return SEAL_E_INVALID;
	seal_reader_init(&r, message, size);
	seal_reader_bytes(&r, SEAL_MESSAGE_HEADER);
	if (seal_client_hello_parse((struct seal_span){ r.pos, r.left }, &hello) ||
	    seal_ext_alpn(&hello.exts, &list))
		return SEAL_E_INVALID;
	seal_reader_init(&r, list.data, list.len);
	do
		found = seal_reader_vector(&r, 1, 1);
	while (index-- && !r.failed);
	if (r.failed)
		return SEAL_E_INVALID;
	*name = found.data;
	*len = found.len;
	return 0;
}
