// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A wire number enters; the cipher suite (RFC 8446 B.4), group (4.2.7) or
 * signature scheme (4.2.3) we know under it leaves.
 */
#include "private.h"

const struct seal_suite seal_suites[SEAL_SUITE_COUNT] = {
	{ 0x1301, "TLS_AES_128_GCM_SHA256",
	  SEAL_SHA256, SEAL_AES_128_GCM, 16, 1 << 23 },
	{ 0x1302, "TLS_AES_256_GCM_SHA384",
	  SEAL_SHA384, SEAL_AES_256_GCM, 32, 1 << 23 },
	{ 0x1303, "TLS_CHACHA20_POLY1305_SHA256",
	  SEAL_SHA256, SEAL_CHACHA20_POLY1305, 32, UINT64_MAX - 1 },
	{ 0x1304, "TLS_AES_128_CCM_SHA256",
	  SEAL_SHA256, SEAL_AES_128_CCM, 16, 1 << 21 },
};

const struct seal_group seal_groups[SEAL_GROUP_COUNT] = {
	{ 0x11ec, "X25519MLKEM768", SEAL_KEX_KEM, "X25519MLKEM768", NULL,
	  1216, 1120, 64 },
	{ 0x001d, "x25519", SEAL_KEX_X, "X25519", NULL, 32, 32, 32 },
	{ 0x0017, "secp256r1", SEAL_KEX_EC, "EC", "P-256", 65, 65, 32 },
	{ 0x0018, "secp384r1", SEAL_KEX_EC, "EC", "P-384", 97, 97, 48 },
	{ 0x0019, "secp521r1", SEAL_KEX_EC, "EC", "P-521", 133, 133, 66 },
	{ 0x001e, "x448", SEAL_KEX_X, "X448", NULL, 56, 56, 56 },
	{ 0x11eb, "SecP256r1MLKEM768", SEAL_KEX_KEM, "SecP256r1MLKEM768", NULL,
	  1249, 1153, 64 },
	{ 0x11ed, "SecP384r1MLKEM1024", SEAL_KEX_KEM, "SecP384r1MLKEM1024", NULL,
	  1665, 1665, 80 },
	{ 0x0100, "ffdhe2048", SEAL_KEX_FF, "DH", "ffdhe2048",
	  256, 256, 256 },
	{ 0x0101, "ffdhe3072", SEAL_KEX_FF, "DH", "ffdhe3072",
	  384, 384, 384 },
	{ 0x0102, "ffdhe4096", SEAL_KEX_FF, "DH", "ffdhe4096",
	  512, 512, 512 },
};

const struct seal_scheme seal_schemes[SEAL_SCHEME_COUNT] = {
	{ 0x0403, "ecdsa_secp256r1_sha256", SEAL_KEY_P256, "SHA256", NULL },
	{ 0x0503, "ecdsa_secp384r1_sha384", SEAL_KEY_P384, "SHA384", NULL },
	{ 0x0603, "ecdsa_secp521r1_sha512", SEAL_KEY_P521, "SHA512", NULL },
	{ 0x0807, "ed25519", SEAL_KEY_ED25519, NULL, NULL },
	{ 0x0808, "ed448", SEAL_KEY_ED448, NULL, NULL },
	{ 0x0804, "rsa_pss_rsae_sha256", SEAL_KEY_RSA, "SHA256", NULL },
	{ 0x0805, "rsa_pss_rsae_sha384", SEAL_KEY_RSA, "SHA384", NULL },
	{ 0x0806, "rsa_pss_rsae_sha512", SEAL_KEY_RSA, "SHA512", NULL },
	{ 0x0809, "rsa_pss_pss_sha256", SEAL_KEY_RSA_PSS, "SHA256", NULL },
	{ 0x080a, "rsa_pss_pss_sha384", SEAL_KEY_RSA_PSS, "SHA384", NULL },
	{ 0x080b, "rsa_pss_pss_sha512", SEAL_KEY_RSA_PSS, "SHA512", NULL },
	{ 0x0904, "mldsa44", SEAL_KEY_ML_DSA_44, NULL, "ML-DSA-44" },
	{ 0x0905, "mldsa65", SEAL_KEY_ML_DSA_65, NULL, "ML-DSA-65" },
	{ 0x0906, "mldsa87", SEAL_KEY_ML_DSA_87, NULL, "ML-DSA-87" },
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

const char *seal_scheme_name(uint16_t scheme)
{
	const struct seal_scheme *found = seal_scheme_find(scheme);

	return found ? found->name : NULL;
}
