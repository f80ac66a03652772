// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The body of one extension enters (RFC 8446 4.2, RFC 6066 3, RFC 7301 3.1), its
 * values leave; and lists of values leave as an extension.
 */
#include <string.h>

#include "private.h"

#define NAME_TYPE_HOST	0

int seal_ext_list16(const struct seal_exts *exts, enum seal_ext ext,
		    struct seal_span *list)
{
	struct seal_reader r = seal_ext_reader(exts, ext);

	*list = seal_reader_vector(&r, 2, 2);
	if (list->len % 2)
		return SEAL_E_DECODE_ERROR;
	return seal_reader_finish(&r);
}

bool seal_list16_has(struct seal_span list, uint16_t value)
{
	struct seal_reader r;

	seal_reader_init(&r, list.data, list.len);
	while (r.left && !r.failed)
		if (seal_reader_u16(&r) == value)
			return true;
	return false;
}

int seal_ext_offers_tls13(const struct seal_exts *exts)
{
	struct seal_reader r = seal_ext_reader(exts, SEAL_EXT_SUPPORTED_VERSIONS);
	struct seal_span versions;
	int err;

	if (!seal_ext_has(exts, SEAL_EXT_SUPPORTED_VERSIONS))
		return SEAL_E_PROTOCOL_VERSION;
	versions = seal_reader_vector(&r, 1, 2);
	err = seal_reader_finish(&r);
	if (err || versions.len % 2)
		return SEAL_E_DECODE_ERROR;
	return seal_list16_has(versions, SEAL_WIRE_TLS13) ?
		0 : SEAL_E_PROTOCOL_VERSION;
}

static int add_share(struct seal_key_share *shares, size_t *count,
		     struct seal_key_share share)
{
	/* RFC 8446 4.2.8: MUST NOT offer several values for the same group */
	for (size_t i = 0; i < *count; i++)
		if (shares[i].group == share.group)
			return SEAL_E_ILLEGAL_PARAMETER;
	if (*count < SEAL_SHARES_MAX)
		shares[(*count)++] = share;
	return 0;
}

int seal_ext_client_shares(const struct seal_exts *exts,
			   struct seal_key_share shares[SEAL_SHARES_MAX],
			   size_t *count)
{
	struct seal_reader r = seal_ext_reader(exts, SEAL_EXT_KEY_SHARE);
	struct seal_reader list = seal_reader_enter(&r, 2, 0);
	struct seal_key_share share;
	int err;

	*count = 0;
	while (list.left) {
		share.group = seal_reader_u16(&list);
		share.key = seal_reader_vector(&list, 2, 1);
		if (list.failed)
			break;
		err = add_share(shares, count, share);
		if (err)
			return err;
	}
	err = seal_reader_finish(&list);
	return err ? err : seal_reader_finish(&r);
}

static int read_binders(struct seal_reader *list,
			struct seal_identity psks[SEAL_IDENTITIES_MAX], size_t *count)
{
	struct seal_span binder;

	*count = 0;
	while (list->left && !list->failed) {
		binder = seal_reader_vector(list, 1, SEAL_BINDER_MIN);
		if (*count < SEAL_IDENTITIES_MAX)
			psks[*count].binder = binder;
		(*count)++;
	}
	return seal_reader_finish(list);
}

static int read_identities(struct seal_reader *list,
			   struct seal_identity psks[SEAL_IDENTITIES_MAX],
			   size_t *count)
{
	struct seal_identity psk = { 0 };

	*count = 0;
	while (list->left && !list->failed) {
		psk.name = seal_reader_vector(list, 2, 1);
		psk.age = seal_reader_u32(list);
		if (*count < SEAL_IDENTITIES_MAX)
			psks[*count] = psk;
		(*count)++;
	}
	return seal_reader_finish(list);
}

int seal_ext_client_psks(const struct seal_exts *exts,
			 struct seal_identity psks[SEAL_IDENTITIES_MAX],
			 size_t *count, size_t *binders)
{
	struct seal_reader r = seal_ext_reader(exts, SEAL_EXT_PRE_SHARED_KEY);
	struct seal_reader list = seal_reader_enter(&r, 2, 7);
	size_t proofs;
	int err;

	err = read_identities(&list, psks, count);
	if (err)
		return err;
	*binders = r.left;
	list = seal_reader_enter(&r, 2, SEAL_BINDER_MIN + 1);
	err = read_binders(&list, psks, &proofs);
	if (!err)
		err = seal_reader_finish(&r);
	if (err)
		return err;
	/* RFC 8446 4.2.11: one for each, in the same order */
	if (proofs != *count)
		return SEAL_E_ILLEGAL_PARAMETER;
	if (*count > SEAL_IDENTITIES_MAX)
		*count = SEAL_IDENTITIES_MAX;
	return 0;
}

int seal_ext_psk_dhe(const struct seal_exts *exts, bool *dhe)
{
	struct seal_reader r = seal_ext_reader(exts, SEAL_EXT_PSK_MODES);
	struct seal_span modes = seal_reader_vector(&r, 1, 1);

	*dhe = modes.len && memchr(modes.data, SEAL_PSK_DHE_KE, modes.len);
	return seal_reader_finish(&r);
}

int seal_ext_server_name(const struct seal_exts *exts, struct seal_span *name)
{
	struct seal_reader r = seal_ext_reader(exts, SEAL_EXT_SERVER_NAME);
	struct seal_reader list = seal_reader_enter(&r, 2, 1);
	struct seal_span value;
	uint8_t type;
	int err;

	*name = (struct seal_span){ 0 };
	while (list.left && !list.failed) {
		type = seal_reader_u8(&list);
		value = seal_reader_vector(&list, 2, 1);
		if (type != NAME_TYPE_HOST)
			continue;
		/* RFC 6066 3: not more than one name of the same type */
		if (name->len)
			return SEAL_E_ILLEGAL_PARAMETER;
		*name = value;
	}
	err = seal_reader_finish(&list);
	return err ? err : seal_reader_finish(&r);
}

int seal_ext_alpn(const struct seal_exts *exts, struct seal_span *list)
{
	struct seal_reader r = seal_ext_reader(exts, SEAL_EXT_ALPN);
	struct seal_reader names;
	int err;

	*list = seal_reader_vector(&r, 2, 2);
	err = seal_reader_finish(&r);
	if (err)
		return err;
	seal_reader_init(&names, list->data, list->len);
	while (names.left && !names.failed)
		seal_reader_vector(&names, 1, 1);
	return seal_reader_finish(&names);
}

int seal_ext_authorities(const struct seal_exts *exts, struct seal_span *list)
{
	struct seal_reader r = seal_ext_reader(exts,
					       SEAL_EXT_CERTIFICATE_AUTHORITIES);
	struct seal_reader names;
	int err;

	*list = seal_reader_vector(&r, 2, 3);
	err = seal_reader_finish(&r);
	if (err)
		return err;
	seal_reader_init(&names, list->data, list->len);
	while (names.left && !names.failed)
		seal_reader_vector(&names, 2, 1);
	return seal_reader_finish(&names);
}

bool seal_alpn_has(struct seal_span list, struct seal_span name)
{
	struct seal_reader r;

	seal_reader_init(&r, list.data, list.len);
	while (r.left && !r.failed)
		if (seal_span_equal(seal_reader_vector(&r, 1, 1), name))
			return true;
	return false;
}

void seal_ext_write_list16(struct seal_writer *w, enum seal_ext ext,
			   const uint16_t *values, size_t count)
{
	seal_ext_open(w, ext);
	seal_writer_open(w, 2);
	for (size_t i = 0; i < count; i++)
		seal_writer_u16(w, values[i]);
	seal_writer_close(w);
	seal_writer_close(w);
}
