// SPDX-License-Identifier: GPL-2.0
/*
 * The cipher suites: a number on the wire enters, a row with sizes and names of
 * the crypto API leaves.
 */
#include "seal.h"

/* most preferred first; RFC 8446 B.4 */
static const struct seal_suite suites[] = {
	{
		.id		= SEAL_AES_128_GCM_SHA256,
		.key_size	= 16,
		.hash_size	= 32,
		.aead		= "gcm(aes)",
		.hmac		= "hmac(sha256)",
	}, {
		.id		= SEAL_AES_256_GCM_SHA384,
		.key_size	= 32,
		.hash_size	= 48,
		.aead		= "gcm(aes)",
		.hmac		= "hmac(sha384)",
	}, {
		.id		= SEAL_CHACHA20_POLY1305_SHA256,
		.key_size	= 32,
		.hash_size	= 32,
		.aead		= "rfc7539(chacha20,poly1305)",
		.hmac		= "hmac(sha256)",
	},
};

static_assert(ARRAY_SIZE(suites) <= SEAL_FEATURES_SUITES);

/**
 * seal_suite_find() - row of a suite
 * @id: number on the wire
 *
 * Return: the row, or NULL if the module does not have the suite.
 */
const struct seal_suite *seal_suite_find(u16 id)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(suites); i++)
		if (suites[i].id == id)
			return &suites[i];
	return NULL;
}

/**
 * seal_suite_at() - for walking over all suites
 * @index: 0 for the most preferred one, and so on
 *
 * Return: the row, or NULL past the last one.
 */
const struct seal_suite *seal_suite_at(unsigned int index)
{
	return index < ARRAY_SIZE(suites) ? &suites[index] : NULL;
}
