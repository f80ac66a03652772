// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * What either end can send and take enters, from configuration and extensions; which
 * types of certificates are sent in this handshake leaves (RFC 7250 4).
 */
#include "private.h"

/*
 * The two extensions: a client lists what the end that is named may send, the server
 * answers with one.  Where nothing is said, it is X.509.
 */
static const struct {
	enum seal_ext	ext;
	bool		ours;		/* of a client */
} directions[] = {
	{ SEAL_EXT_CLIENT_CERTIFICATE_TYPE, true },
	{ SEAL_EXT_SERVER_CERTIFICATE_TYPE, false },
};

/* Most preferred first */
static const struct seal_cert_type types[] = {
	{ SEAL_CERTIFICATE_X509, UINT32_MAX, seal_verify_peer },
	{ SEAL_CERTIFICATE_RAW_KEY, 0, seal_raw_key_verify },
};

#define X509_BIT	SEAL_CERT_TYPE_BIT(SEAL_CERTIFICATE_X509)
#define RAW_KEY_BIT	SEAL_CERT_TYPE_BIT(SEAL_CERTIFICATE_RAW_KEY)

unsigned int seal_cert_types_taken(const struct seal_conn *conn)
{
	const struct seal_config *cfg = conn->cfg;
	bool named = cfg->side == SEAL_SERVER || conn->servername[0];
	unsigned int mask = 0;

	if (cfg->insecure || (cfg->store && named))
		mask |= X509_BIT;
	if (cfg->raw_keys)
		mask |= RAW_KEY_BIT;
	return mask;
}

static unsigned int types_had(const struct seal_config *cfg)
{
	unsigned int mask = 0;

	for (const struct seal_cred *c = cfg->creds; c; c = c->next)
		mask |= SEAL_CERT_TYPE_BIT(c->type);
	return mask;
}

const struct seal_cert_type *seal_cert_type_of_peer(const struct seal_conn *conn)
{
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(types); i++)
		if (conn->peer_types == SEAL_CERT_TYPE_BIT(types[i].type))
			return &types[i];
	return NULL;
}

/* --------------------------------------------------------------- client */

/* RFC 7250 4.1: a list that says no more than the default MUST be omitted */
static void write_list(struct seal_conn *conn, struct seal_writer *w,
		       enum seal_ext ext, unsigned int mask)
{
	if (!(mask & ~X509_BIT))
		return;
	conn->offered |= SEAL_EXT_BIT(ext);
	seal_ext_open(w, ext);
	seal_writer_open(w, 1);
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(types); i++)
		if (mask & SEAL_CERT_TYPE_BIT(types[i].type))
			seal_writer_u8(w, types[i].type);
	seal_writer_close(w);
	seal_writer_close(w);
}

void seal_cert_type_write_lists(struct seal_conn *conn, struct seal_writer *w)
{
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(directions); i++)
		write_list(conn, w, directions[i].ext, directions[i].ours ?
			   types_had(conn->cfg) : seal_cert_types_taken(conn));
}

/* One type, of those in @mask; without the extension it is X.509 */
static int read_answer(struct seal_conn *conn, const struct seal_exts *exts,
		       enum seal_ext ext, unsigned int *mask)
{
	struct seal_reader r = seal_ext_reader(exts, ext);
	unsigned int bit = X509_BIT;
	uint8_t type;
	int err;

	if (seal_ext_has(exts, ext)) {
		type = seal_reader_u8(&r);
		err = seal_reader_finish(&r);
		if (err)
			return err;
		bit = type <= SEAL_CERTIFICATE_RAW_KEY ? SEAL_CERT_TYPE_BIT(type) : 0;
		if (!(*mask & bit))
			return seal_conn_fail(conn, SEAL_E_ILLEGAL_PARAMETER,
					      "certificate type %u was not offered",
					      type);
	}
	*mask = bit;
	return 0;
}

int seal_cert_type_read_answers(struct seal_conn *conn,
				const struct seal_exts *exts)
{
	unsigned int taken = seal_cert_types_taken(conn);
	int err;

	conn->cert_types = types_had(conn->cfg);
	conn->peer_types = taken;
	err = read_answer(conn, exts, SEAL_EXT_CLIENT_CERTIFICATE_TYPE,
			  &conn->cert_types);
	if (!err)
		err = read_answer(conn, exts, SEAL_EXT_SERVER_CERTIFICATE_TYPE,
				  &conn->peer_types);
	/* with a PSK there is no certificate */
	if (err || conn->psk.len || conn->peer_types & taken)
		return err;
	return seal_conn_fail(conn, SEAL_E_UNSUPPORTED_CERTIFICATE,
			      "it has no raw public key");
}

/* --------------------------------------------------------------- server */

/* What the client lists, as a mask */
static int read_list(const struct seal_exts *exts, enum seal_ext ext,
		     unsigned int *mask)
{
	struct seal_reader r = seal_ext_reader(exts, ext);
	struct seal_span list;
	int err;

	*mask = X509_BIT;
	if (!seal_ext_has(exts, ext))
		return 0;
	list = seal_reader_vector(&r, 1, 1);
	err = seal_reader_finish(&r);
	*mask = 0;
	for (size_t i = 0; i < list.len; i++)
		if (list.data[i] <= SEAL_CERTIFICATE_RAW_KEY)
			*mask |= SEAL_CERT_TYPE_BIT(list.data[i]);
	return err;
}

/* The first of ours in @mask, as a mask; 0: none */
static unsigned int first_of(unsigned int mask)
{
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(types); i++)
		if (mask & SEAL_CERT_TYPE_BIT(types[i].type))
			return SEAL_CERT_TYPE_BIT(types[i].type);
	return 0;
}

int seal_cert_type_read_lists(struct seal_conn *conn, const struct seal_exts *exts)
{
	unsigned int theirs;
	int err;

	conn->type_lists = exts->present;
	err = read_list(exts, SEAL_EXT_SERVER_CERTIFICATE_TYPE, &conn->cert_types);
	if (!err)
		err = read_list(exts, SEAL_EXT_CLIENT_CERTIFICATE_TYPE, &theirs);
	if (err)
		return err;
	conn->peer_types = first_of(theirs & seal_cert_types_taken(conn));
	/* RFC 7250 4.2: nothing in common; where none is needed, none is asked for */
	if (!(conn->cert_types & types_had(conn->cfg)) ||
	    (!conn->peer_types &&
	     conn->cfg->client_auth == SEAL_CLIENT_AUTH_REQUIRED))
		return seal_conn_fail(conn, SEAL_E_UNSUPPORTED_CERTIFICATE,
				      "no certificate type in common");
	return 0;
}

static void write_answer(const struct seal_conn *conn, struct seal_writer *w,
			 enum seal_ext ext, enum seal_certificate_type type)
{
	if (!(conn->type_lists & SEAL_EXT_BIT(ext)))
		return;
	seal_ext_open(w, ext);
	seal_writer_u8(w, type);
	seal_writer_close(w);
}

void seal_cert_type_write_answers(const struct seal_conn *conn,
				  struct seal_writer *w)
{
	const struct seal_cert_type *theirs = seal_cert_type_of_peer(conn);

	/* RFC 8446 2.2: a PSK takes the place of certificates */
	if (conn->psk.len)
		return;
	/* RFC 7250 4.2: MUST be omitted where no certificate is asked for */
	if (theirs && conn->cfg->client_auth != SEAL_CLIENT_AUTH_NONE)
		write_answer(conn, w, SEAL_EXT_CLIENT_CERTIFICATE_TYPE,
			     theirs->type);
	write_answer(conn, w, SEAL_EXT_SERVER_CERTIFICATE_TYPE, conn->cred->type);
}
