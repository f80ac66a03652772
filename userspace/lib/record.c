// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Content enters and records leave, or records enter and content leaves, in
 * plaintext or protected (RFC 8446 5).
 */
#include <string.h>

#include "private.h"

void seal_record_parse(const uint8_t raw[SEAL_RECORD_HEADER],
		       struct seal_record_header *header)
{
	header->type = raw[0];
	header->version = raw[1] << 8 | raw[2];
	header->len = raw[3] << 8 | raw[4];
}

static void put_header(uint8_t *raw, enum seal_content type, uint16_t version,
		       size_t len)
{
	raw[0] = type;
	raw[1] = version >> 8;
	raw[2] = version;
	raw[3] = len >> 8;
	raw[4] = len;
}

void seal_record_set_epoch(struct seal_record *record, struct seal_epoch epoch)
{
	const size_t limit = record->limit;

	seal_record_free(record);
	record->limit = limit;
	record->epoch = epoch;
}

bool seal_record_is_protected(const struct seal_record *record)
{
	return record->epoch.secret;
}

int seal_record_make_key(struct seal_record *record, bool encrypt)
{
	const struct seal_epoch *epoch = &record->epoch;
	uint8_t key[SEAL_KEY_MAX];
	int err;

	if (record->ctx)
		return 0;
	err = seal_keysched_key(epoch->ks, epoch->secret, key, epoch->suite->key_len,
				record->iv);
	if (!err) {
		record->ctx = seal_aead_new(epoch->crypto, epoch->suite->aead, key,
					    encrypt);
		if (!record->ctx)
			err = SEAL_E_CRYPTO;
	}
	seal_crypto_wipe(key, sizeof(key));
	return err;
}

static size_t inner_max(const struct seal_record *record)
{
	return record->limit ? record->limit : SEAL_INNER_MAX;
}

size_t seal_record_room(const struct seal_record *record)
{
	return inner_max(record) - 1;
}

int seal_record_set_limit(struct seal_record *record, size_t limit)
{
	record->limit = limit;
	return record->longest > limit ? SEAL_E_RECORD_OVERFLOW : 0;
}

/*
 * RFC 8446 5.3: the sequence number, padded, XOR the IV.  The only place that
 * advances the number, so that no nonce is used twice.
 */
static void next_nonce(struct seal_record *record, uint8_t nonce[SEAL_IV_SIZE])
{
	memcpy(nonce, record->iv, SEAL_IV_SIZE);
	for (int i = 0; i < 8; i++)
		nonce[SEAL_IV_SIZE - 1 - i] ^= record->seq >> 8 * i;
	record->seq++;
}

/* RFC 8446 5.4: the type is the last byte that is not zero */
static int strip_padding(struct seal_fragment *content)
{
	while (content->len && !content->data[content->len - 1])
		content->len--;
	if (!content->len)
		return SEAL_E_UNEXPECTED_MESSAGE;
	content->len--;
	content->type = content->data[content->len];
	return 0;
}

int seal_record_open(struct seal_record *record, uint8_t *raw, size_t size,
		     struct seal_fragment *content)
{
	const struct seal_span aad = { raw, SEAL_RECORD_HEADER };
	uint8_t nonce[SEAL_IV_SIZE];
	int err;

	content->data = raw + SEAL_RECORD_HEADER;
	/* RFC 8446 5.2: at least the type and the tag */
	if (size < SEAL_RECORD_HEADER + 1 + SEAL_TAG_SIZE)
		return SEAL_E_BAD_RECORD_MAC;
	content->len = size - SEAL_RECORD_HEADER - SEAL_TAG_SIZE;
	err = seal_record_make_key(record, false);
	if (err)
		return err;
	next_nonce(record, nonce);
	err = seal_aead_open(record->ctx, nonce, aad, content->data,
			     content->len);
	if (err)
		return err;
	/* RFC 8446 5.4: the limit counts content, type and padding */
	if (content->len > inner_max(record))
		return SEAL_E_RECORD_OVERFLOW;
	if (content->len > record->longest)
		record->longest = content->len;
	return strip_padding(content);
}

static int seal_protected(struct seal_record *record, enum seal_content type,
			  struct seal_span content, struct seal_buf *out)
{
	const size_t len = content.len + 1;
	const size_t size = SEAL_RECORD_HEADER + len + SEAL_TAG_SIZE;
	uint8_t *raw = seal_buf_reserve(out, size);
	const struct seal_span aad = { raw, SEAL_RECORD_HEADER };
	uint8_t nonce[SEAL_IV_SIZE];
	uint8_t *text;
	int err;

	if (!raw)
		return SEAL_E_NOMEM;
	err = seal_record_make_key(record, true);
	if (err)
		return err;
	put_header(raw, SEAL_CONTENT_DATA, SEAL_WIRE_TLS12, len + SEAL_TAG_SIZE);
	text = raw + SEAL_RECORD_HEADER;
	memcpy(text, content.data, content.len);
	text[content.len] = type;
	next_nonce(record, nonce);
	err = seal_aead_seal(record->ctx, nonce, aad, text, len);
	if (err)
		seal_crypto_wipe(raw, size);
	else
		out->len += size;
	return err;
}

int seal_record_plain(enum seal_content type, uint16_t version,
		      struct seal_span content, struct seal_buf *out)
{
	uint8_t header[SEAL_RECORD_HEADER];
	int err;

	put_header(header, type, version, content.len);
	err = seal_buf_append(out, header, sizeof(header));
	return err ? err : seal_buf_append(out, content.data, content.len);
}

int seal_record_seal(struct seal_record *record, enum seal_content type,
		     struct seal_span content, struct seal_buf *out)
{
	struct seal_span part;
	int err = 0;

	while (content.len && !err) {
		part = content;
		if (part.len > seal_record_room(record))
			part.len = seal_record_room(record);
		if (seal_record_is_protected(record))
			err = seal_protected(record, type, part, out);
		else
			err = seal_record_plain(type, SEAL_WIRE_TLS12, part, out);
		content.data += part.len;
		content.len -= part.len;
	}
	return err;
}

void seal_record_free(struct seal_record *record)
{
	seal_aead_free(record->ctx);
	seal_crypto_wipe(record, sizeof(*record));
}
