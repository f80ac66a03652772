// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A wire number enters; the cipher suite (RFC 8446 B.4), group (4.2.7) or
 * signature scheme (4.2.3) we know under it leaves.
 */
#include "private.h"

const struct seal_suite seal_suites[SEAL_SUITE_COUNT] = {
	{ 0x1301, "TLS_AES_128_GCM_SHA256",
	  SEAL_SHA256, SEAL_AES_128_GCM, 16 },
	{ 0x1302, "TLS_AES_256_GCM_SHA384",
	  SEAL_SHA384, SEAL_AES_256_GCM, 32 },
	{ 0x1303, "TLS_CHACHA20_POLY1305_SHA256",
	  SEAL_SHA256, SEAL_CHACHA20_POLY1305, 32 },
};

const struct seal_group seal_groups[SEAL_GROUP_COUNT] = {
	{ 0x001d, "x25519", "X25519", NULL, 32, 32 },
	{ 0x0017, "secp256r1", "EC", "P-256", 65, 32 },
	{ 0x0018, "secp384r1", "EC", "P-384", 97, 48 },
};

const struct seal_scheme seal_schemes[SEAL_SCHEME_COUNT] = {
	{ 0x0403, SEAL_KEY_P256, "SHA256" },	/* ecdsa_secp256r1_sha256 */
	{ 0x0503, SEAL_KEY_P384, "SHA384" },	/* ecdsa_secp384r1_sha384 */
	{ 0x0807, SEAL_KEY_ED25519, NULL },	/* ed25519 */
	{ 0x0804, SEAL_KEY_RSA, "SHA256" },	/* rsa_pss_rsae_sha256 */
	{ 0x0805, SEAL_KEY_RSA, "SHA384" },	/* rsa_pss_rsae_sha384 */
	{ 0x0806, SEAL_KEY_RSA, "SHA512" },	/* rsa_pss_rsae_sha512 */
};

const struct seal_suite *seal_suite_find(uint16_t id)
{
	for (size_t i = 0; i < SEAL_SUITE_COUNT; i++)
		if (seal_suites[i].id == id)
			return &seal_suites[i];
	return NULL;
}

const struct seal_group *seal_group_find(uint16_t id)
{
	for (size_t i = 0; i < SEAL_GROUP_COUNT; i++)
		if (seal_groups[i].id == id)
			return &seal_groups[i];
	return NULL;
}

const struct seal_scheme *seal_scheme_find(uint16_t id)
{
	for (size_t i = 0; i < SEAL_SCHEME_COUNT; i++)
		if (seal_schemes[i].id == id)
			return &seal_schemes[i];
	return NULL;
}

size_t seal_hash_size(enum seal_hash hash)
{
	return hash == SEAL_SHA384 ? 48 : 32;
}

const char *seal_suite_name(uint16_t suite)
{
	const struct seal_suite *found = seal_suite_find(suite);

	return found ? found->name : NULL;
}

const char *seal_group_name(uint16_t group)
{
	const struct seal_group *found = seal_group_find(group);

	return found ? found->name : NULL;
}
