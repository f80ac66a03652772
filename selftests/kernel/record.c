// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A traffic secret and plaintext enter, TLS 1.3 records leave, and back
 * (RFC 8446 5.2 to 5.4, 7.1 to 7.3).  No sockets here.
 */
#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "ktest.h"

struct suite {
	uint16_t		id;
	const EVP_CIPHER	*(*cipher)(void);
	const EVP_MD		*(*hash)(void);
	size_t			key_size;
	size_t			hash_size;
};

static const struct suite suites[] = {
	{ SEAL_AES_128_GCM_SHA256, EVP_aes_128_gcm, EVP_sha256, 16, 32 },
	{ SEAL_AES_256_GCM_SHA384, EVP_aes_256_gcm, EVP_sha384, 32, 48 },
	{ SEAL_CHACHA20_POLY1305_SHA256, EVP_chacha20_poly1305, EVP_sha256, 32, 32 },
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

/* The nonce of the next record, RFC 8446 5.3; the sequence number advances */
static void next_nonce(struct half *half, uint8_t *nonce)
{
	uint64_t seq = half->seq++;

	memcpy(nonce, half->iv, sizeof(half->iv));
	for (int i = 0; i < 8; i++)
		nonce[11 - i] ^= seq >> (8 * i);
}

static EVP_CIPHER_CTX *begin(struct half *half, const uint8_t *header, int sealing)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t nonce[12];
	int n;

	next_nonce(half, nonce);
	EVP_CipherInit_ex(ctx, suite_find(half->suite)->cipher(), NULL, half->key, nonce,
			  sealing);
	EVP_CipherUpdate(ctx, NULL, &n, header, RECORD_HEADER);
	return ctx;
}

/**
 * record_seal_inner() - seal a whole TLSInnerPlaintext, also a wrong one
 * @half:	direction; its sequence number advances
 * @inner:	content, type and padding, as they shall be
 * @len:	bytes of @inner, up to 65519
 * @record:	room for @len and 21 bytes more
 *
 * Return: bytes of the record.
 */
size_t record_seal_inner(struct half *half, const void *inner, size_t len,
			 uint8_t *record)
{
	size_t cipher_len = len + RECORD_TAG;
	uint8_t header[] = { TYPE_DATA, 3, 3, cipher_len >> 8, cipher_len };
	EVP_CIPHER_CTX *ctx = begin(half, header, 1);
	int n;

	memcpy(record, header, RECORD_HEADER);
	EVP_CipherUpdate(ctx, record + RECORD_HEADER, &n, inner, len);
	EVP_CipherFinal_ex(ctx, record + RECORD_HEADER + len, &n);
	EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, RECORD_TAG,
			    record + RECORD_HEADER + len);
	EVP_CIPHER_CTX_free(ctx);
	return RECORD_HEADER + cipher_len;
}

/* Seal one fragment without padding; see record_seal_inner() */
size_t record_seal(struct half *half, uint8_t type, const void *data, size_t len,
		   uint8_t *record)
{
	uint8_t inner[RECORD_ROOM];

	if (len)
		memcpy(inner, data, len);
	inner[len] = type;
	return record_seal_inner(half, inner, len + 1, record);
}

static bool open_inner(struct half *half, const uint8_t *record, size_t len,
		       uint8_t *inner)
{
	EVP_CIPHER_CTX *ctx = begin(half, record, 0);
	bool good;
	int n;

	EVP_CipherUpdate(ctx, inner, &n, record + RECORD_HEADER, len);
	EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, RECORD_TAG,
			    (void *)(record + RECORD_HEADER + len));
	good = EVP_CipherFinal_ex(ctx, inner + len, &n) == 1;
	EVP_CIPHER_CTX_free(ctx);
	return good;
}

static bool header_is_good(const uint8_t *record, size_t len)
{
	static const uint8_t prefix[] = { TYPE_DATA, 3, 3 };

	return len >= RECORD_OVERHEAD && len <= RECORD_HEADER + RECORD_CIPHER_MAX &&
	       !memcmp(record, prefix, sizeof(prefix)) &&
	       (size_t)(record[3] << 8 | record[4]) == len - RECORD_HEADER;
}

/**
 * record_open() - open one record and check everything about it
 * @half:	direction; its sequence number advances
 * @record:	whole record
 * @len:	bytes of it
 * @plain:	room for the content and the inner type
 * @type:	where the inner type is stored
 *
 * Return: bytes of content, or -1 if the record is bad in any way.
 */
ssize_t record_open(struct half *half, const uint8_t *record, size_t len,
		    uint8_t *plain, uint8_t *type)
{
	size_t n = len - RECORD_HEADER - RECORD_TAG;

	if (!header_is_good(record, len) || !open_inner(half, record, n, plain))
		return -1;
	while (n && !plain[n - 1])
		n--;
	if (!n || n > RECORD_INNER_MAX)
		return -1;
	*type = plain[n - 1];
	return n - 1;
}
