/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * The part of private.h about cryptography: what can be negotiated, the seam to
 * libcrypto, the transcript and the key schedule.
 */
#ifndef SOCKSEAL_KEYS_H
#define SOCKSEAL_KEYS_H

#include <stdatomic.h>

#include <openssl/types.h>

#include "wire.h"

struct seal_conn;

/* ------------------------------------------------------------ suite.c */

#define SEAL_HASH_COUNT		2
enum seal_aead {
	SEAL_AES_128_GCM, SEAL_AES_256_GCM, SEAL_CHACHA20_POLY1305,
	SEAL_AES_128_CCM,
	SEAL_AEAD_COUNT
};

enum seal_key_kind {
	SEAL_KEY_UNKNOWN, SEAL_KEY_P256, SEAL_KEY_P384, SEAL_KEY_P521,
	SEAL_KEY_RSA, SEAL_KEY_RSA_PSS, SEAL_KEY_ED25519, SEAL_KEY_ED448,
	SEAL_KEY_ML_DSA_44, SEAL_KEY_ML_DSA_65, SEAL_KEY_ML_DSA_87,
	SEAL_KEY_KINDS
};

enum seal_kex_kind {
	SEAL_KEX_EC,		/* points, uncompressed (RFC 8446 4.2.8.2) */
	SEAL_KEX_X,		/* RFC 7748 */
	SEAL_KEX_FF,		/* RFC 7919 */
	SEAL_KEX_KEM,		/* hybrids with ML-KEM: the answer is a ciphertext */
};

struct seal_suite {
	uint16_t	id;
	const char	*name;
	enum seal_hash	hash;
	enum seal_aead	aead;
	size_t		key_len;
	uint64_t	records_max;	/* under one key (RFC 8446 5.5) */
};

struct seal_group {
	uint16_t	id;
	const char	*name;
	enum seal_kex_kind kind;
	const char	*algorithm;	/* as libcrypto calls it */
	const char	*parameters;	/* likewise; NULL: the algorithm says it all */
	size_t		public_len;	/* of the client's share */
	size_t		answer_len;	/* of the server's */
	size_t		shared_len;
};

/* A signature scheme of CertificateVerify (RFC 8446 4.2.3) */
struct seal_scheme {
	uint16_t		id;
	const char		*name;
	enum seal_key_kind	key;
	const char		*digest;	/* NULL: the algorithm has its own */
	const char		*algorithm;	/* that libcrypto may lack; NULL: never */
};

#define SEAL_SUITE_COUNT	4
#define SEAL_GROUP_COUNT	11
#define SEAL_SCHEME_COUNT	14

/* Most preferred first */
extern const struct seal_suite seal_suites[SEAL_SUITE_COUNT];
extern const struct seal_group seal_groups[SEAL_GROUP_COUNT];
extern const struct seal_scheme seal_schemes[SEAL_SCHEME_COUNT];

/* By wire number; NULL if not ours */
const struct seal_suite *seal_suite_find(uint16_t id);
const struct seal_group *seal_group_find(uint16_t id);
const struct seal_scheme *seal_scheme_find(uint16_t id);
size_t seal_hash_size(enum seal_hash hash);

/* ----------------------------------------------------------- crypto.c */

/* What a key exchange needs and another one can use again; at most one uses it at a time */
struct seal_kex_tools {
	EVP_PKEY_CTX	*generator;
	EVP_PKEY	*peer;		/* whose public key is replaced */
};

/* Algorithms fetched once per configuration; read-only afterwards, but for the tools */
struct seal_crypto {
	EVP_MD		*md[SEAL_HASH_COUNT];
	EVP_CIPHER	*aead[SEAL_AEAD_COUNT];
	bool		 groups[SEAL_GROUP_COUNT];	/* that libcrypto has */
	bool		 schemes[SEAL_SCHEME_COUNT];	/* likewise */
	/* NULL: in use, or none there yet */
	struct seal_kex_tools *_Atomic kex_tools[SEAL_GROUP_COUNT];
};

int seal_crypto_init(struct seal_crypto *crypto) SEAL_MUST_CHECK;
void seal_crypto_free(struct seal_crypto *crypto);
int seal_crypto_random(void *out, size_t len) SEAL_MUST_CHECK;
void seal_crypto_wipe(void *data, size_t len);
/* Around what the application calls: leave its libcrypto error queue alone */
void seal_crypto_enter(void);
void seal_crypto_leave(void);
/* Constant time */
bool seal_crypto_equal(const void *a, const void *b, size_t len);

/* A running hash; peek reads it without ending it */
EVP_MD_CTX *seal_hash_new(const struct seal_crypto *crypto, enum seal_hash hash);
EVP_MD_CTX *seal_hash_copy(const EVP_MD_CTX *ctx);
int seal_hash_update(EVP_MD_CTX *ctx, const void *data, size_t len)
	SEAL_MUST_CHECK;
int seal_hash_peek(const EVP_MD_CTX *ctx, uint8_t out[SEAL_HASH_MAX])
	SEAL_MUST_CHECK;
void seal_hash_free(EVP_MD_CTX *ctx);

/* An HMAC that is keyed anew for each use; the key is no longer than a block */
EVP_MD_CTX *seal_hmac_new(const struct seal_crypto *crypto, enum seal_hash hash);
int seal_hmac(EVP_MD_CTX *ctx, struct seal_span key,
	      const struct seal_span *parts, size_t count, uint8_t *out)
	SEAL_MUST_CHECK;
void seal_hmac_free(EVP_MD_CTX *ctx);

/* One direction of an AEAD; open and seal work in place, tag after the text */
EVP_CIPHER_CTX *seal_aead_new(const struct seal_crypto *crypto,
			      enum seal_aead aead, const uint8_t *key,
			      bool encrypt);
int seal_aead_seal(EVP_CIPHER_CTX *ctx, const uint8_t nonce[SEAL_IV_SIZE],
		   struct seal_span aad, uint8_t *text, size_t len)
	SEAL_MUST_CHECK;
/* @len without the tag; SEAL_E_BAD_RECORD_MAC if it does not fit */
int seal_aead_open(EVP_CIPHER_CTX *ctx, const uint8_t nonce[SEAL_IV_SIZE],
		   struct seal_span aad, uint8_t *text, size_t len)
	SEAL_MUST_CHECK;
void seal_aead_free(EVP_CIPHER_CTX *ctx);

/* Does this libcrypto have the group? */
bool seal_kex_probe(const struct seal_group *group);
/* A client's key; its share is written as RFC 8446 4.2.8 has it */
int seal_kex_new(struct seal_crypto *crypto, const struct seal_group *group,
		 EVP_PKEY **key, struct seal_buf *share) SEAL_MUST_CHECK;
/*
 * What the client's key and the server's share make; SEAL_E_ILLEGAL_PARAMETER when
 * that is not on the curve, weak, or of the wrong length
 */
int seal_kex_derive(struct seal_crypto *crypto, EVP_PKEY *own,
		    const struct seal_group *group, struct seal_span peer,
		    uint8_t shared[SEAL_SHARED_MAX]) SEAL_MUST_CHECK;
/* Likewise on the server: the client's share enters, ours leaves too */
int seal_kex_answer(struct seal_crypto *crypto, const struct seal_group *group,
		    struct seal_span peer, struct seal_buf *answer,
		    uint8_t shared[SEAL_SHARED_MAX]) SEAL_MUST_CHECK;
void seal_kex_free_tools(struct seal_crypto *crypto);

/* Does this libcrypto have the signature scheme? */
bool seal_key_probe(const struct seal_scheme *scheme);
enum seal_key_kind seal_key_kind(const EVP_PKEY *key);
bool seal_key_is_rsa(const EVP_PKEY *key);
/* Size of the key in bits */
int seal_key_bits(const EVP_PKEY *key);
void seal_key_free(EVP_PKEY *key);
/* RFC 4055 3.1: a key for PSS alone may be restricted to one hash */
bool seal_key_allows(EVP_PKEY *key, const struct seal_scheme *scheme);
/* What signs with @key under @scheme, for any number of threads; NULL: it cannot */
EVP_MD_CTX *seal_signer_new(EVP_PKEY *key, const struct seal_scheme *scheme);
int seal_signer_sign(const EVP_MD_CTX *signer, struct seal_span text,
		     uint8_t signature[SEAL_SIGNATURE_MAX], size_t *len)
	SEAL_MUST_CHECK;
void seal_signer_free(EVP_MD_CTX *signer);
/* SEAL_E_DECRYPT_ERROR when the signature is not the key's */
int seal_key_verify(EVP_PKEY *key, const struct seal_scheme *scheme,
		    struct seal_span text, struct seal_span signature)
	SEAL_MUST_CHECK;

/* ------------------------------------------------------- transcript.c */

/* Hash of the handshake messages (RFC 8446 4.4.1) */
struct seal_transcript {
	EVP_MD_CTX	*ctx;		/* NULL until the suite is known */
	struct seal_buf	 pending;	/* messages until then */
	enum seal_hash	 hash;
};

int seal_transcript_add(struct seal_transcript *t, struct seal_span message)
	SEAL_MUST_CHECK;
int seal_transcript_start(struct seal_transcript *t,
			  const struct seal_crypto *crypto, enum seal_hash hash)
	SEAL_MUST_CHECK;
/*
 * Replace what was hashed by message_hash, before a HelloRetryRequest; @first: the hash
 * of a first ClientHello that was not seen, NULL: it was
 */
int seal_transcript_retry(struct seal_transcript *t,
			  const struct seal_crypto *crypto,
			  const uint8_t *first) SEAL_MUST_CHECK;
int seal_transcript_hash(const struct seal_transcript *t,
			 uint8_t out[SEAL_HASH_MAX]) SEAL_MUST_CHECK;
/*
 * The same as if @part of a message had come too; @hash is of @t, unless no suite is
 * known yet.  For binders (RFC 8446 4.2.11.2).
 */
int seal_transcript_partial(const struct seal_transcript *t,
			    const struct seal_crypto *crypto, enum seal_hash hash,
			    struct seal_span part, uint8_t out[SEAL_HASH_MAX])
	SEAL_MUST_CHECK;
void seal_transcript_free(struct seal_transcript *t);

/* --------------------------------------------------------- keysched.c */

/* RFC 8446 7.1, from the early secret to the main secret */
struct seal_keysched {
	EVP_MD_CTX	*hmac;
	enum seal_hash	 hash;
	size_t		 size;			/* of the hash */
	uint8_t		 salt[SEAL_HASH_MAX];	/* of the next one */
	uint8_t		 secret[SEAL_HASH_MAX];	/* early, handshake or main */
};

/* A label of HKDF-Expand-Label, without "tls13 ", and its context */
struct seal_label {
	const char		*label;
	struct seal_span	 context;
};

/* Traffic secrets of one epoch */
struct seal_secrets {
	uint8_t	client[SEAL_HASH_MAX];
	uint8_t	server[SEAL_HASH_MAX];
};

/* HKDF-Expand-Label; @len is at most 255 hashes */
int seal_hkdf_expand_label(const struct seal_keysched *ks,
			   const uint8_t *secret, struct seal_label label,
			   uint8_t *out, size_t len) SEAL_MUST_CHECK;

/* Begin a handshake without PSK, whose early secret is the same for all */
int seal_keysched_init(struct seal_keysched *ks,
		       const struct seal_crypto *crypto, enum seal_hash hash)
	SEAL_MUST_CHECK;
/* Then, if there is a PSK: the early secret of a handshake with it */
int seal_keysched_set_psk(struct seal_keysched *ks, struct seal_span psk)
	SEAL_MUST_CHECK;
/*
 * Binder of the PSK that was set (RFC 8446 4.2.11.2); @thash is that of all up to the
 * binders of this ClientHello.
 */
int seal_keysched_binder(const struct seal_keysched *ks, bool external,
			 const uint8_t *thash, uint8_t *out) SEAL_MUST_CHECK;
/* Of early data and its exporter, with the PSK that was set; @thash is of ClientHello */
int seal_keysched_early(const struct seal_keysched *ks, const uint8_t *thash,
			uint8_t *traffic, uint8_t *exporter) SEAL_MUST_CHECK;
/* On to the handshake secret; @thash is that of ClientHello..ServerHello */
int seal_keysched_handshake(struct seal_keysched *ks, struct seal_span shared,
			    const uint8_t *thash, struct seal_secrets *out)
	SEAL_MUST_CHECK;
/* On to the main secret; @thash is that of ClientHello..server Finished */
int seal_keysched_application(struct seal_keysched *ks, const uint8_t *thash,
			      struct seal_secrets *out) SEAL_MUST_CHECK;
/* After seal_keysched_application(), same @thash */
int seal_keysched_exporter(const struct seal_keysched *ks,
			   const uint8_t *thash, uint8_t *out) SEAL_MUST_CHECK;
/* RFC 8446 7.5; @secret is that of exporters, the context of @label is hashed */
int seal_keysched_export(const struct seal_keysched *ks, const uint8_t *secret,
			 struct seal_label label, uint8_t *out, size_t len)
	SEAL_MUST_CHECK;
/* As for exporters, but @thash is that of ClientHello..client Finished */
int seal_keysched_resumption(const struct seal_keysched *ks,
			     const uint8_t *thash, uint8_t *out) SEAL_MUST_CHECK;
/* PSK of a ticket (RFC 8446 4.6.1); @secret is the resumption secret */
int seal_keysched_psk(const struct seal_keysched *ks, const uint8_t *secret,
		      struct seal_span nonce, uint8_t *out) SEAL_MUST_CHECK;
/* Key and IV of a traffic secret (RFC 8446 7.3) */
int seal_keysched_key(const struct seal_keysched *ks, const uint8_t *secret,
		      uint8_t *key, size_t key_len, uint8_t iv[SEAL_IV_SIZE])
	SEAL_MUST_CHECK;
/* On to the next generation of a traffic secret (RFC 8446 7.2) */
int seal_keysched_next(const struct seal_keysched *ks, uint8_t *secret)
	SEAL_MUST_CHECK;
/* verify_data of the Finished of whoever sends under @secret (RFC 8446 4.4.4) */
int seal_keysched_finished(const struct seal_keysched *ks,
			   const uint8_t *secret, const uint8_t *thash,
			   uint8_t *out) SEAL_MUST_CHECK;
void seal_keysched_free(struct seal_keysched *ks);

/* keylog.c: one line in NSS format if the configuration has a sink */
void seal_keylog(const struct seal_conn *conn, const char *label,
		 struct seal_span secret);

#endif /* SOCKSEAL_KEYS_H */
