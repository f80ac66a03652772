// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * How certificates, ours and the peer's, are to come, and what is to stand beside them,
 * enters, from files and as wishes; what stood beside the peer's leaves (RFC 8446 4.4.2.1,
 * RFC 6962 3.3, RFC 8879).
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "private.h"

/* Leaves room for the chain in a message that peers take */
#define STAPLE_MAX	32768

static int read_file(struct seal_config *cfg, const char *path, struct seal_buf *out)
{
	FILE *file = fopen(path, "re");
	uint8_t *room = seal_buf_reserve(out, STAPLE_MAX + 1);
	int err = 0;

	if (!file)
		err = seal_config_fail(cfg, SEAL_E_FILE, "%s: %s", path,
				       strerror(errno));
	else if (!room)
		err = SEAL_E_NOMEM;
	else
		out->len += fread(room, 1, STAPLE_MAX + 1, file);
	if (!err && ferror(file))
		err = seal_config_fail(cfg, SEAL_E_FILE, "%s: it cannot be read", path);
	if (!err && (!out->len || out->len > STAPLE_MAX))
		err = seal_config_fail(cfg, SEAL_E_FILE, "%s: it has to have 1 to %d bytes",
				       path, STAPLE_MAX);
	if (file)
		fclose(file);
	return err;
}

/* The credential that was set or added last */
static struct seal_cred *last_cred(const struct seal_config *cfg)
{
	struct seal_cred *cred = cfg->creds;

	while (cred && cred->next)
		cred = cred->next;
	return cred;
}

/* Is the value good for that credential? NULL, or why not */
typedef const char *(*check_fn)(struct seal_cred *cred, struct seal_span value);

static int load_staple(struct seal_config *cfg, enum seal_staple staple,
		       const char *path, check_fn check)
{
	struct seal_cred *cred = last_cred(cfg);
	struct seal_buf file = { 0 };
	const char *why = NULL;
	struct seal_span value;
	int err;

	if (!cred || cred->type != SEAL_CERTIFICATE_X509)
		return seal_config_fail(cfg, SEAL_E_INVALID,
					"there is no certificate that it could be for");
	err = read_file(cfg, path, &file);
	value = (struct seal_span){ file.data, file.len };
	if (!err)
		why = check(cred, value);
	if (why)
		err = seal_config_fail(cfg, SEAL_E_FILE, "%s: %s", path, why);
	if (!err)
		err = seal_cred_set_staple(cred, staple, value);
	seal_buf_free(&file);
	return err;
}

static int set_staple(struct seal_config *cfg, enum seal_staple staple,
		      const char *path, check_fn check)
{
	int err = seal_config_begin(cfg);

	if (err)
		return err;
	seal_crypto_enter();
	err = load_staple(cfg, staple, path, check);
	seal_crypto_leave();
	if (err && !cfg->error[0])
		seal_config_fail(cfg, err, "%s: %s", path, seal_strerror(err));
	return err;
}

/* ----------------------------------------------------------------- OCSP */

static const char *check_ocsp(struct seal_cred *cred, struct seal_span value)
{
	return seal_ocsp_describe(value, seal_cred_leaf(cred), &cred->staple_until);
}

int seal_config_set_ocsp_response(struct seal_config *cfg, const char *path)
{
	return set_staple(cfg, SEAL_STAPLE_OCSP, path, check_ocsp);
}

int seal_config_set_ocsp(struct seal_config *cfg, enum seal_ocsp mode)
{
	int err = seal_config_begin(cfg);

	if (err)
		return err;
	if (mode != SEAL_OCSP_NONE && mode != SEAL_OCSP_OPTIONAL &&
	    mode != SEAL_OCSP_REQUIRED)
		return seal_config_fail(cfg, SEAL_E_INVALID,
					"OCSP responses: unknown mode %d", (int)mode);
	cfg->ocsp = mode;
	return 0;
}

/* ------------------------------------------------------------------ SCTs */

static const char *check_sct(struct seal_cred *cred, struct seal_span value)
{
	(void)cred;
	return seal_staple_is_sct_list(value) ? NULL :
	       "it is no SignedCertificateTimestampList";
}

int seal_config_set_sct_list(struct seal_config *cfg, const char *path)
{
	return set_staple(cfg, SEAL_STAPLE_SCT, path, check_sct);
}

int seal_config_request_scts(struct seal_config *cfg)
{
	int err = seal_config_begin(cfg);

	if (!err)
		cfg->scts = true;
	return err;
}

/* ---------------------------------------------------------- compression */

int seal_config_set_compression(struct seal_config *cfg, unsigned int flags)
{
	int err = seal_config_begin(cfg);

	if (err)
		return err;
	if (flags & ~(SEAL_COMPRESS_SEND | SEAL_COMPRESS_RECEIVE))
		return seal_config_fail(cfg, SEAL_E_INVALID,
					"certificate compression: unknown flags 0x%x",
					flags);
	cfg->compression = flags;
	return 0;
}

/* -------------------------------------------------------------- getters */

static const void *peer_staple(const struct seal_conn *conn, enum seal_staple staple,
			       size_t *len)
{
	const struct seal_buf *value = &conn->peer_staples[staple];

	*len = value->len;
	return value->len ? value->data : NULL;
}

const void *seal_conn_peer_ocsp_response(const struct seal_conn *conn, size_t *len)
{
	return peer_staple(conn, SEAL_STAPLE_OCSP, len);
}

const void *seal_conn_peer_sct_list(const struct seal_conn *conn, size_t *len)
{
	return peer_staple(conn, SEAL_STAPLE_SCT, len);
}
