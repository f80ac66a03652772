// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The shared secret and transcript hashes enter; traffic secrets, keys, IVs and
 * Finished values leave (RFC 8446 7.1, RFC 5869).
 */
#include <string.h>

#include "private.h"

#define LABEL_PREFIX	"tls13 "
/* HkdfLabel: length, label and context with a byte of length each */
#define HKDF_LABEL_MAX	(2 + 1 + 255 + 1 + 255)

static const uint8_t zeros[SEAL_HASH_MAX];

/* HKDF-Extract (RFC 5869 2.2): the next secret of the schedule */
static int hkdf_extract(struct seal_keysched *ks, struct seal_span salt,
			struct seal_span ikm)
{
	return seal_hmac(ks->hmac, salt, &ikm, 1, ks->secret);
}

/* RFC 5869 2.3: T(n) = HMAC(secret, T(n - 1) | info | n) */
static int hkdf_expand(const struct seal_keysched *ks, const uint8_t *secret,
		       struct seal_span info, uint8_t *out, size_t len)
{
	const struct seal_span key = { secret, ks->size };
	uint8_t block[SEAL_HASH_MAX];
	uint8_t counter = 1;
	struct seal_span parts[] = {
		{ block, 0 }, info, { &counter, 1 }
	};
	size_t chunk;
	int err = 0;

	for (; len && !err; counter++) {
		err = seal_hmac(ks->hmac, key, parts, SEAL_ARRAY_SIZE(parts),
				block);
		if (err)
			break;
		chunk = len < ks->size ? len : ks->size;
		memcpy(out, block, chunk);
		out += chunk;
		len -= chunk;
		parts[0].len = ks->size;
	}
	seal_crypto_wipe(block, sizeof(block));
	return err;
}

/* struct HkdfLabel of RFC 8446 7.1 */
static size_t build_label(const struct seal_label *label, size_t len,
			  uint8_t out[HKDF_LABEL_MAX])
{
	const size_t prefix = strlen(LABEL_PREFIX);
	const size_t name = strlen(label->label);
	uint8_t *p = out;

	*p++ = len >> 8;
	*p++ = len;
	*p++ = prefix + name;
	memcpy(p, LABEL_PREFIX, prefix);
	memcpy(p + prefix, label->label, name);
	p += prefix + name;
	*p++ = label->context.len;
	if (label->context.len)
		memcpy(p, label->context.data, label->context.len);
	return p + label->context.len - out;
}

int seal_hkdf_expand_label(const struct seal_keysched *ks,
			   const uint8_t *secret, struct seal_label label,
			   uint8_t *out, size_t len)
{
	uint8_t info[HKDF_LABEL_MAX];
	struct seal_span span = { info, 0 };

	if (len > 255 * ks->size || label.context.len > 255 ||
	    strlen(LABEL_PREFIX) + strlen(label.label) > 255)
		return SEAL_E_INVALID;
	span.len = build_label(&label, len, info);
	return hkdf_expand(ks, secret, span, out, len);
}

/* Derive-Secret of RFC 8446 7.1, the messages already hashed */
static int derive_secret(const struct seal_keysched *ks, const char *label,
			 const uint8_t *thash, uint8_t *out)
{
	struct seal_label full = { label, { thash, ks->size } };

	return seal_hkdf_expand_label(ks, ks->secret, full, out, ks->size);
}

/* Hash of no messages at all */
static const uint8_t *empty_hash(enum seal_hash hash)
{
	static const uint8_t sha256[] = {
		0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14,
		0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
		0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c,
		0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
	};
	static const uint8_t sha384[] = {
		0x38, 0xb0, 0x60, 0xa7, 0x51, 0xac, 0x96, 0x38,
		0x4c, 0xd9, 0x32, 0x7e, 0xb1, 0xb1, 0xe3, 0x6a,
		0x21, 0xfd, 0xb7, 0x11, 0x14, 0xbe, 0x07, 0x43,
		0x4c, 0x0c, 0xc7, 0xbf, 0x63, 0xf6, 0xe1, 0xda,
		0x27, 0x4e, 0xde, 0xbf, 0xe7, 0x6f, 0x65, 0xfb,
		0xd5, 0x1a, 0xd2, 0xf1, 0x48, 0x98, 0xb9, 0x5b,
	};

	return hash == SEAL_SHA384 ? sha384 : sha256;
}

/* Derive-Secret(Early Secret, "derived", "") where there is no PSK: no secret at all */
static const uint8_t *salt_without_psk(enum seal_hash hash)
{
	static const uint8_t sha256[] = {
		0x6f, 0x26, 0x15, 0xa1, 0x08, 0xc7, 0x02, 0xc5,
		0x67, 0x8f, 0x54, 0xfc, 0x9d, 0xba, 0xb6, 0x97,
		0x16, 0xc0, 0x76, 0x18, 0x9c, 0x48, 0x25, 0x0c,
		0xeb, 0xea, 0xc3, 0x57, 0x6c, 0x36, 0x11, 0xba,
	};
	static const uint8_t sha384[] = {
		0x15, 0x91, 0xda, 0xc5, 0xcb, 0xbf, 0x03, 0x30,
		0xa4, 0xa8, 0x4d, 0xe9, 0xc7, 0x53, 0x33, 0x0e,
		0x92, 0xd0, 0x1f, 0x0a, 0x88, 0x21, 0x4b, 0x44,
		0x64, 0x97, 0x2f, 0xd6, 0x68, 0x04, 0x9e, 0x93,
		0xe5, 0x2f, 0x2b, 0x16, 0xfa, 0xd9, 0x22, 0xfd,
		0xc0, 0x58, 0x44, 0x78, 0x42, 0x8f, 0x28, 0x2b,
	};

	return hash == SEAL_SHA384 ? sha384 : sha256;
}

/* The salt of the next step down in the picture of RFC 8446 7.1 */
static int next_salt(struct seal_keysched *ks)
{
	return derive_secret(ks, "derived", empty_hash(ks->hash), ks->salt);
}

static int next_secret(struct seal_keysched *ks, struct seal_span ikm)
{
	return hkdf_extract(ks, (struct seal_span){ ks->salt, ks->size }, ikm);
}

int seal_keysched_init(struct seal_keysched *ks,
		       const struct seal_crypto *crypto, enum seal_hash hash)
{
	ks->hash = hash;
	ks->size = seal_hash_size(hash);
	memcpy(ks->salt, salt_without_psk(hash), ks->size);
	ks->hmac = seal_hmac_new(crypto, hash);
	return ks->hmac ? 0 : SEAL_E_CRYPTO;
}

int seal_keysched_set_psk(struct seal_keysched *ks, struct seal_span psk)
{
	int err = hkdf_extract(ks, (struct seal_span){ zeros, ks->size }, psk);

	return err ? err : next_salt(ks);
}

int seal_keysched_binder(const struct seal_keysched *ks, bool external,
			 const uint8_t *thash, uint8_t *out)
{
	uint8_t key[SEAL_HASH_MAX];
	int err;

	err = derive_secret(ks, external ? "ext binder" : "res binder",
			    empty_hash(ks->hash), key);
	if (!err)
		err = seal_keysched_finished(ks, key, thash, out);
	seal_crypto_wipe(key, sizeof(key));
	return err;
}

int seal_keysched_early(const struct seal_keysched *ks, const uint8_t *thash,
			uint8_t *traffic, uint8_t *exporter)
{
	int err = derive_secret(ks, "c e traffic", thash, traffic);

	return err ? err : derive_secret(ks, "e exp master", thash, exporter);
}

static int traffic_secrets(const struct seal_keysched *ks, const char *client,
			   const char *server, const uint8_t *thash,
			   struct seal_secrets *out)
{
	int err = derive_secret(ks, client, thash, out->client);

	return err ? err : derive_secret(ks, server, thash, out->server);
}

int seal_keysched_handshake(struct seal_keysched *ks, struct seal_span shared,
			    const uint8_t *thash, struct seal_secrets *out)
{
	int err = next_secret(ks, shared);

	return err ? err : traffic_secrets(ks, "c hs traffic", "s hs traffic",
					   thash, out);
}

int seal_keysched_application(struct seal_keysched *ks, const uint8_t *thash,
			      struct seal_secrets *out)
{
	int err = next_salt(ks);

	if (!err)
		err = next_secret(ks, (struct seal_span){ zeros, ks->size });
	return err ? err : traffic_secrets(ks, "c ap traffic", "s ap traffic",
					   thash, out);
}

int seal_keysched_exporter(const struct seal_keysched *ks, const uint8_t *thash,
			   uint8_t *out)
{
	return derive_secret(ks, "exp master", thash, out);
}

int seal_keysched_export(const struct seal_keysched *ks, const uint8_t *secret,
			 struct seal_label label, uint8_t *out, size_t len)
{
	struct seal_label full = { label.label, { empty_hash(ks->hash), ks->size } };
	struct seal_label exporter = { "exporter", label.context };
	uint8_t derived[SEAL_HASH_MAX];
	int err;

	err = seal_hkdf_expand_label(ks, secret, full, derived, ks->size);
	if (!err)
		err = seal_hkdf_expand_label(ks, derived, exporter, out, len);
	seal_crypto_wipe(derived, sizeof(derived));
	return err;
}

int seal_keysched_resumption(const struct seal_keysched *ks,
			     const uint8_t *thash, uint8_t *out)
{
	return derive_secret(ks, "res master", thash, out);
}

int seal_keysched_psk(const struct seal_keysched *ks, const uint8_t *secret,
		      struct seal_span nonce, uint8_t *out)
{
	struct seal_label label = { "resumption", nonce };

	return seal_hkdf_expand_label(ks, secret, label, out, ks->size);
}

int seal_keysched_key(const struct seal_keysched *ks, const uint8_t *secret,
		      uint8_t *key, size_t key_len, uint8_t iv[SEAL_IV_SIZE])
{
	int err;

	err = seal_hkdf_expand_label(ks, secret, (struct seal_label){ .label = "key" },
				     key, key_len);
	if (err)
		return err;
	return seal_hkdf_expand_label(ks, secret, (struct seal_label){ .label = "iv" },
				      iv, SEAL_IV_SIZE);
}

int seal_keysched_next(const struct seal_keysched *ks, uint8_t *secret)
{
	struct seal_label label = { .label = "traffic upd" };
	uint8_t next[SEAL_HASH_MAX];
	int err = seal_hkdf_expand_label(ks, secret, label, next, ks->size);

	if (!err)
		memcpy(secret, next, ks->size);
	seal_crypto_wipe(next, sizeof(next));
	return err;
}

int seal_keysched_finished(const struct seal_keysched *ks,
			   const uint8_t *secret, const uint8_t *thash,
			   uint8_t *out)
{
	struct seal_span text = { thash, ks->size };
	uint8_t key[SEAL_HASH_MAX];
	int err;

	err = seal_hkdf_expand_label(ks, secret,
				     (struct seal_label){ .label = "finished" }, key,
				     ks->size);
	if (!err)
		err = seal_hmac(ks->hmac, (struct seal_span){ key, ks->size },
				&text, 1, out);
	seal_crypto_wipe(key, sizeof(key));
	return err;
}

void seal_keysched_free(struct seal_keysched *ks)
{
	seal_hmac_free(ks->hmac);
	seal_crypto_wipe(ks, sizeof(*ks));
}
