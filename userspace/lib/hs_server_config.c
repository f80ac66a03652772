// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * What a ClientHello says first of all enters, the name of the server; the configuration
 * that answers leaves, before anything of it was used (RFC 6066 3).
 */
#include <string.h>

#include "private.h"

static int read_server_name(struct seal_conn *conn, const struct seal_exts *exts)
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

int seal_server_choose(struct seal_conn *conn, const struct seal_exts *exts)
{
	const struct seal_names *names = &conn->cfg->names;
	struct seal_config *cfg;
	int err;

	err = read_server_name(conn, exts);
	if (err)
		return err;
	conn->name_used = seal_names_find(names, conn->servername, &cfg);
	if (!conn->name_used && names->required)
		return refuse(conn);
	if (cfg)
		use_config(conn, cfg);
	return seal_config_has_keys(conn->cfg) ? 0 : refuse(conn);
}
