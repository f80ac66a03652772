// SPDX-License-Identifier: GPL-2.0
/*
 * The cipher suites: a number on the wire or one of <linux/tls.h> enters, a row
 * with sizes and names of the crypto API leaves.
 */
#include <uapi/linux/tls.h>

#include "seal.h"

/* RFC 8446 5.2 and 5.3: nothing explicit, the type inside, the header is the AAD */
#define TLS13				\
	.version	= SEAL_VERSION_TLS13, \
	.type_size	= 1,		\
	.aad_size	= SEAL_HEADER_SIZE

/* RFC 5246 6.2.3.3: the type outside, and an AAD of sequence number and header */
#define TLS12				\
	.version	= SEAL_VERSION_TLS12, \
	.aad_size	= SEAL_AAD_MAX

/* RFC 5288 3, RFC 6655 3: 4 bytes of salt, and 8 that are in the record */
#define EXPLICIT			\
	.explicit_size	= SEAL_EXPLICIT_MAX

/*
 * RFC 8446 5.5: AES-GCM may protect 2^24.5 records of full size.  We stop well before,
 * so that whatever is sealed after the limit was noticed is within it, too.
 */
#define GCM_LIMIT			\
	.limit		= BIT_ULL(23)

/* RFC 9001 6.6 has worked it out for AES-CCM: 2^21.5 */
#define CCM_LIMIT			\
	.limit		= BIT_ULL(21)

/* RFC 8446 5.5: with ChaCha20-Poly1305 the sequence number ends first */
#define SEQ_LIMIT			\
	.limit		= U64_MAX - 1024

#define AES_128_GCM			\
	.ktls		= TLS_CIPHER_AES_GCM_128, \
	.key_size	= 16,		\
	.salt_size	= 4,		\
	GCM_LIMIT,			\
	.aead		= "gcm(aes)"

#define AES_256_GCM			\
	.ktls		= TLS_CIPHER_AES_GCM_256, \
	.key_size	= 32,		\
	.salt_size	= 4,		\
	GCM_LIMIT,			\
	.aead		= "gcm(aes)"

#define CHACHA20_POLY1305		\
	.ktls		= TLS_CIPHER_CHACHA20_POLY1305, \
	.key_size	= 32,		\
	SEQ_LIMIT,			\
	.aead		= "rfc7539(chacha20,poly1305)"

#define AES_128_CCM			\
	.ktls		= TLS_CIPHER_AES_CCM_128, \
	.key_size	= 16,		\
	.salt_size	= 4,		\
	.ccm		= true,		\
	CCM_LIMIT,			\
	.aead		= "ccm(aes)"

#define SM4_GCM				\
	.ktls		= TLS_CIPHER_SM4_GCM, \
	.key_size	= 16,		\
	.salt_size	= 4,		\
	GCM_LIMIT,			\
	.aead		= "gcm(sm4)"

#define SM4_CCM				\
	.ktls		= TLS_CIPHER_SM4_CCM, \
	.key_size	= 16,		\
	.salt_size	= 4,		\
	.ccm		= true,		\
	CCM_LIMIT,			\
	.aead		= "ccm(sm4)"

#define ARIA_128_GCM			\
	.ktls		= TLS_CIPHER_ARIA_GCM_128, \
	.key_size	= 16,		\
	.salt_size	= 4,		\
	GCM_LIMIT,			\
	.aead		= "gcm(aria)"

#define ARIA_256_GCM			\
	.ktls		= TLS_CIPHER_ARIA_GCM_256, \
	.key_size	= 32,		\
	.salt_size	= 4,		\
	GCM_LIMIT,			\
	.aead		= "gcm(aria)"

#define SHA256				\
	.hash_size	= 32,		\
	.hash		= "sha256"

#define SHA384				\
	.hash_size	= 48,		\
	.hash		= "sha384"

/*
 * Those with a number first, most preferred first (RFC 8446 B.4).  The kernel may
 * lack the cipher of any row: that is found when a key is set.
 */
static const struct seal_suite suites[] = {
	{ .id = SEAL_AES_128_GCM_SHA256, TLS13, AES_128_GCM, SHA256 },
	{ .id = SEAL_AES_256_GCM_SHA384, TLS13, AES_256_GCM, SHA384 },
	{ .id = SEAL_CHACHA20_POLY1305_SHA256, TLS13, CHACHA20_POLY1305, SHA256 },
	{ .id = SEAL_AES_128_CCM_SHA256, TLS13, AES_128_CCM, SHA256 },
	/* RFC 5289, RFC 7905, RFC 7251: one cipher may have several numbers */
	{ .id = SEAL_ECDHE_ECDSA_AES_128_GCM_SHA256, TLS12, AES_128_GCM, EXPLICIT },
	{ .id = SEAL_ECDHE_RSA_AES_128_GCM_SHA256, TLS12, AES_128_GCM, EXPLICIT },
	{ .id = SEAL_ECDHE_ECDSA_AES_256_GCM_SHA384, TLS12, AES_256_GCM, EXPLICIT },
	{ .id = SEAL_ECDHE_RSA_AES_256_GCM_SHA384, TLS12, AES_256_GCM, EXPLICIT },
	/* RFC 7905 2: no explicit part */
	{ .id = SEAL_ECDHE_ECDSA_CHACHA20_POLY1305_SHA256, TLS12, CHACHA20_POLY1305 },
	{ .id = SEAL_ECDHE_RSA_CHACHA20_POLY1305_SHA256, TLS12, CHACHA20_POLY1305 },
	{ .id = SEAL_ECDHE_ECDSA_AES_128_CCM, TLS12, AES_128_CCM, EXPLICIT },
	/* RFC 8998 2: no hash here, so keys can be set but not secrets */
	{ TLS13, SM4_GCM },
	{ TLS13, SM4_CCM },
	{ TLS12, SM4_GCM, EXPLICIT },
	{ TLS12, SM4_CCM, EXPLICIT },
	/* RFC 6209 */
	{ TLS12, ARIA_128_GCM, EXPLICIT },
	{ TLS12, ARIA_256_GCM, EXPLICIT },
};

static_assert(ARRAY_SIZE(suites) == SEAL_SUITES);
static_assert(SEAL_SUITES_NUMBERED <= SEAL_FEATURES_SUITES);

/**
 * seal_suite_find() - row of a suite
 * @id: number on the wire
 *
 * Return: the row, or NULL if SEAL_KEYS does not take the suite.
 */
const struct seal_suite *seal_suite_find(u16 id)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(suites); i++)
		if (id && suites[i].id == id)
			return &suites[i];
	return NULL;
}

/**
 * seal_suite_find_ktls() - row of a cipher of <linux/tls.h>
 * @version:	protocol version
 * @cipher:	TLS_CIPHER_*
 *
 * Return: the row, or NULL if there is none.
 */
const struct seal_suite *seal_suite_find_ktls(u16 version, u16 cipher)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(suites); i++)
		if (suites[i].version == version && suites[i].ktls == cipher)
			return &suites[i];
	return NULL;
}

/**
 * seal_suite_index() - which row of the table is it?
 * @suite: a row, or a suite that is in no table
 *
 * Return: less than SEAL_SUITES; or SEAL_SUITES if it is none of them.
 */
unsigned int seal_suite_index(const struct seal_suite *suite)
{
	if (suite < suites || suite >= suites + SEAL_SUITES)
		return SEAL_SUITES;
	return suite - suites;
}

/**
 * seal_suite_at() - for walking over all rows
 * @index: 0 for the most preferred one, and so on
 *
 * Return: the row, or NULL past the last one.
 */
const struct seal_suite *seal_suite_at(unsigned int index)
{
	return index < ARRAY_SIZE(suites) ? &suites[index] : NULL;
}
