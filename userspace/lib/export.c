// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A completed connection, a label and a context enter; bytes that only its two ends
 * can know leave (RFC 8446 7.5, RFC 5705).
 */
#include <string.h>

#include "private.h"

/* HkdfLabel has a byte for the length of the label, "tls13 " included */
#define EXPORT_LABEL_MAX	249
/* HKDF-Expand yields as many hashes (RFC 5869 2.3) */
#define EXPORT_HASHES_MAX	255

static int hash_context(const struct seal_conn *conn, enum seal_hash md,
			struct seal_span context, uint8_t out[SEAL_HASH_MAX])
{
	EVP_MD_CTX *ctx = seal_hash_new(&conn->cfg->crypto, md);
	int err = SEAL_E_CRYPTO;

	if (ctx)
		err = context.len ? seal_hash_update(ctx, context.data,
						     context.len) : 0;
	if (!err)
		err = seal_hash_peek(ctx, out);
	seal_hash_free(ctx);
	return err;
}

/* The secret that exported bytes begin with, and its hash */
struct source {
	enum seal_hash	hash;
	const uint8_t	*secret;
};

/* The schedule of the connection may be gone: this one has its hash, not its secrets */
static int export_bytes(const struct seal_conn *conn, const struct source *from,
			struct seal_label label, uint8_t *out, size_t len)
{
	struct seal_keysched ks = {
		.hmac = seal_hmac_new(&conn->cfg->crypto, from->hash),
		.hash = from->hash,
		.size = seal_hash_size(from->hash),
	};
	uint8_t hash[SEAL_HASH_MAX];
	int err = ks.hmac ? 0 : SEAL_E_CRYPTO;

	if (!err)
		err = hash_context(conn, from->hash, label.context, hash);
	if (!err)
		err = seal_keysched_export(&ks, from->secret, (struct seal_label){
				label.label, { hash, ks.size } }, out, len);
	seal_keysched_free(&ks);
	return err;
}

static int export_from(const struct seal_conn *conn, const struct source *from,
		       struct seal_label label, uint8_t *out, size_t len)
{
	size_t label_len = strlen(label.label);
	int err;

	if (!label_len || label_len > EXPORT_LABEL_MAX || !len ||
	    len > EXPORT_HASHES_MAX * seal_hash_size(from->hash))
		return SEAL_E_INVALID;
	seal_crypto_enter();
	err = export_bytes(conn, from, label, out, len);
	seal_crypto_leave();
	if (err)
		seal_crypto_wipe(out, len);
	return err;
}

int seal_conn_export(const struct seal_conn *conn, const char *label,
		     struct seal_export_context context, void *out, size_t len)
{
	struct source from = { .secret = conn->exporter };

	if (conn->error || conn->state != SEAL_HS_DONE)
		return SEAL_E_INVALID;
	from.hash = conn->suite->hash;
	return export_from(conn, &from, (struct seal_label){
			label, { context.data, context.len } }, out, len);
}

int seal_conn_export_early(const struct seal_conn *conn, const char *label,
			   struct seal_export_context context, void *out, size_t len)
{
	struct source from = { 0 };

	if (conn->error || !conn->early)
		return SEAL_E_INVALID;
	from.hash = conn->early->suite->hash;
	from.secret = conn->early->exporter;
	return export_from(conn, &from, (struct seal_label){
			label, { context.data, context.len } }, out, len);
}
