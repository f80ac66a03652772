// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A traffic secret and plaintext enter, TLS 1.3 records leave, and back
 * (RFC 8446 5.2 to 5.4, 7.1 to 7.3); with the same keys, TLS 1.2 records
 * (RFC 5246 6.2.3.3).  No sockets here.
 */
#include <string.h>

#include <linux/tls.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "ktest.h"

/* @explicit_nonce: how much of it a TLS 1.2 record carries */
struct suite {
	uint16_t		id;
	const EVP_CIPHER	*(*cipher)(void);
	const EVP_MD		*(*hash)(void);
	size_t			key_size;
	size_t			hash_size;
	size_t			explicit_nonce;
};

static const struct suite suites[] = {
	{ SEAL_AES_128_GCM_SHA256, EVP_aes_128_gcm, EVP_sha256, 16, 32, 8 },
	{ SEAL_AES_256_GCM_SHA384, EVP_aes_256_gcm, EVP_sha384, 32, 48, 8 },
	{ SEAL_CHACHA20_POLY1305_SHA256, EVP_chacha20_poly1305, EVP_sha256, 32, 32, 0 },
	{ SUITE_AES_128_CCM_SHA256, EVP_aes_128_ccm, EVP_sha256, 16, 32, 8 },
};

static const struct suite *suite_find(uint16_t id)
{
	for (size_t i = 0; i < ARRAY_SIZE(suites); i++)
		if (suites[i].id == id)
			return &suites[i];
	return NULL;
}

size_t suite_secret_size(uint16_t suite)
{
	return suite_find(suite)->hash_size;
}

size_t suite_key_size(uint16_t suite)
{
	return suite_find(suite)->key_size;
}

/*
 * HKDF-Expand-Label(secret, label, "", len), RFC 8446 7.1.  No output is longer
 * than the hash, so that HKDF-Expand is its first block (RFC 5869 2.3).
 */
static void expand_label(const struct suite *suite, const uint8_t *secret,
			 const char *label, uint8_t *out, size_t len)
{
	size_t label_len = strlen(label);
	uint8_t info[32] = { 0, len, 6 + label_len, 't', 'l', 's', '1', '3', ' ' };
	uint8_t block[EVP_MAX_MD_SIZE];

	memcpy(info + 9, label, label_len);
	info[9 + label_len] = 0;
	info[10 + label_len] = 1;
	HMAC(suite->hash(), secret, suite->hash_size, info, 11 + label_len, block, NULL);
	memcpy(out, block, len);
}

static void derive(struct half *half)
{
	const struct suite *suite = suite_find(half->suite);

	expand_label(suite, half->secret, "key", half->key, suite->key_size);
	expand_label(suite, half->secret, "iv", half->iv, sizeof(half->iv));
}

void half_init(struct half *half, uint16_t suite, const uint8_t *secret,
	       uint64_t seq)
{
	memset(half, 0, sizeof(*half));
	half->version = TLS_1_3_VERSION;
	half->suite = suite;
	half->seq = seq;
	memcpy(half->secret, secret, suite_secret_size(suite));
	derive(half);
}

/* The next generation, RFC 8446 7.2 */
void half_update(struct half *half)
{
	const struct suite *suite = suite_find(half->suite);
	uint8_t next[SEAL_SECRET_SIZE];

	expand_label(suite, half->secret, "traffic upd", next, suite->hash_size);
	memcpy(half->secret, next, suite->hash_size);
	half->seq = 0;
	derive(half);
}

/* What the AEAD wants beside key and text: all of it differs by version */
struct protection {
	uint8_t	nonce[12];
	uint8_t	aad[13];
	size_t	aad_len;
};

static bool is_tls12(const struct half *half)
{
	return half->version == TLS_1_2_VERSION;
}

/**
 * record_explicit_nonce() - bytes between header and ciphertext
 * @half: direction
 *
 * Return: 8 with AES in TLS 1.2 (RFC 5288 3, RFC 6655 3), otherwise 0.
 */
size_t record_explicit_nonce(const struct half *half)
{
	return is_tls12(half) ? suite_find(half->suite)->explicit_nonce : 0;
}

static void put_be64(uint8_t *out, uint64_t value)
{
	for (int i = 0; i < 8; i++)
		out[7 - i] = value >> (8 * i);
}

/* RFC 8446 5.3; of RFC 5288 3 the explicit part, where there is one, is written
 * to the record by whoever seals, and read from there
 */
static void set_nonce(struct protection *p, const struct half *half,
		      const uint8_t *record)
{
	size_t in_record = record_explicit_nonce(half);
	uint8_t seq[8];

	memcpy(p->nonce, half->iv, sizeof(p->nonce));
	if (in_record) {
		memcpy(p->nonce + sizeof(p->nonce) - in_record, record + RECORD_HEADER,
		       in_record);
		return;
	}
	put_be64(seq, half->seq);
	for (int i = 0; i < 8; i++)
		p->nonce[4 + i] ^= seq[i];
}

/* RFC 8446 5.2: the header; RFC 5246 6.2.3.3: and the sequence number before it,
 * and the length of the plaintext
 */
static void set_aad(struct protection *p, const struct half *half,
		    const uint8_t *record, size_t len)
{
	size_t at = is_tls12(half) ? 8 : 0;

	put_be64(p->aad, half->seq);
	memcpy(p->aad + at, record, RECORD_HEADER);
	p->aad_len = at + RECORD_HEADER;
	if (is_tls12(half)) {
		p->aad[11] = len >> 8;
		p->aad[12] = len;
	}
}

/* What goes through the AEAD; the tag stands behind the ciphertext */
struct text {
	const uint8_t	*in;
	uint8_t		*out;
	size_t		len;
	uint8_t		*tag;
	bool		sealing;
};

/* CCM alone must know tag and length beforehand */
static EVP_CIPHER_CTX *begin(const struct half *half, const struct protection *p,
			     const struct text *text)
{
	const struct suite *suite = suite_find(half->suite);
	bool ccm = suite->cipher == EVP_aes_128_ccm;
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n;

	EVP_CipherInit_ex(ctx, suite->cipher(), NULL, NULL, NULL, text->sealing);
	EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, sizeof(p->nonce), NULL);
	if (ccm || !text->sealing)
		EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, RECORD_TAG,
				    text->sealing ? NULL : text->tag);
	EVP_CipherInit_ex(ctx, NULL, NULL, half->key, p->nonce, text->sealing);
	if (ccm)
		EVP_CipherUpdate(ctx, NULL, &n, NULL, text->len);
	EVP_CipherUpdate(ctx, NULL, &n, p->aad, p->aad_len);
	return ctx;
}

/* One record's AEAD; true unless it is opened and the tag is wrong */
static bool crypt(struct half *half, const uint8_t *record, const struct text *text)
{
	struct protection p;
	EVP_CIPHER_CTX *ctx;
	bool good;
	int n;

	set_nonce(&p, half, record);
	set_aad(&p, half, record, text->len);
	half->seq++;
	ctx = begin(half, &p, text);
	good = EVP_CipherUpdate(ctx, text->out, &n, text->in, text->len) == 1 &&
	       EVP_CipherFinal_ex(ctx, text->out + text->len, &n) == 1;
	if (text->sealing)
		EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, RECORD_TAG, text->tag);
	EVP_CIPHER_CTX_free(ctx);
	return good;
}

/* Header, explicit nonce, ciphertext and tag; the sequence number advances */
static size_t seal_text(struct half *half, uint8_t type, const void *in, size_t len,
			uint8_t *record)
{
	size_t start = RECORD_HEADER + record_explicit_nonce(half);
	size_t after_header = start - RECORD_HEADER + len + RECORD_TAG;
	uint8_t header[] = { type, 3, 3, after_header >> 8, after_header };
	struct text text = { in, record + start, len, record + start + len, true };

	memcpy(record, header, RECORD_HEADER);
	if (start > RECORD_HEADER)
		put_be64(record + RECORD_HEADER, half->seq);
	crypt(half, record, &text);
	return start + len + RECORD_TAG;
}

/**
 * record_seal_inner() - seal a whole TLSInnerPlaintext, also a wrong one
 * @half:	direction, TLS 1.3; its sequence number advances
 * @inner:	content, type and padding, as they shall be
 * @len:	bytes of @inner, up to 65519
 * @record:	room for @len and 21 bytes more
 *
 * Return: bytes of the record.
 */
size_t record_seal_inner(struct half *half, const void *inner, size_t len,
			 uint8_t *record)
{
	return seal_text(half, TYPE_DATA, inner, len, record);
}

/**
 * record_seal() - seal one fragment, without padding
 * @half:	direction; its sequence number advances
 * @type:	content type
 * @data:	fragment, also one that is too long
 * @len:	its length in bytes
 * @record:	room for it
 *
 * Return: bytes of the record.
 */
size_t record_seal(struct half *half, uint8_t type, const void *data, size_t len,
		   uint8_t *record)
{
	uint8_t inner[RECORD_ROOM];

	if (len)
		memcpy(inner, data, len);
	if (is_tls12(half))
		return seal_text(half, type, inner, len, record);
	inner[len] = type;
	return record_seal_inner(half, inner, len + 1, record);
}

static bool header_is_good(const struct half *half, const uint8_t *record, size_t len)
{
	size_t least = RECORD_HEADER + record_explicit_nonce(half) + RECORD_TAG;

	return len >= least + !is_tls12(half) &&
	       len <= RECORD_HEADER + RECORD_CIPHER_MAX &&
	       (is_tls12(half) || record[0] == TYPE_DATA) &&
	       record[1] == 3 && record[2] == 3 &&
	       (size_t)(record[3] << 8 | record[4]) == len - RECORD_HEADER;
}

/* RFC 8446 5.4: padding, and the type before it */
static ssize_t strip_padding(const uint8_t *plain, size_t len, uint8_t *type)
{
	while (len && !plain[len - 1])
		len--;
	if (!len || len > RECORD_INNER_MAX)
		return -1;
	*type = plain[len - 1];
	return len - 1;
}

/**
 * record_open() - open one record and check everything about it
 * @half:	direction; its sequence number advances
 * @record:	whole record
 * @len:	bytes of it
 * @plain:	room for the content and the inner type
 * @type:	where the content type is stored
 *
 * Return: bytes of content, or -1 if the record is bad in any way.
 */
ssize_t record_open(struct half *half, const uint8_t *record, size_t len,
		    uint8_t *plain, uint8_t *type)
{
	size_t start = RECORD_HEADER + record_explicit_nonce(half);
	size_t n = len - start - RECORD_TAG;
	struct text text = { record + start, plain, n, (uint8_t *)record + start + n, false };

	if (!header_is_good(half, record, len) || !crypt(half, record, &text))
		return -1;
	if (!is_tls12(half))
		return strip_padding(plain, n, type);
	*type = record[0];
	return n <= RECORD_PLAIN_MAX ? (ssize_t)n : -1;
}
