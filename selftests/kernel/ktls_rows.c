// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The keys of a connection enter; what may be said of the options of SOL_TLS, with
 * every wrong value, length and place, leaves as tables, one for each state.
 *
 * The answers are those of do_tls_setsockopt() and do_tls_getsockopt() in
 * net/tls/tls_main.c of Linux 7.3.
 */
#include <string.h>

#include "ktls_rows.h"

#define UNKNOWN_OPTION	77

static void copy_keys(const struct half *half, struct value *value)
{
	struct ktls_keys keys;

	ktls_keys_make(&keys, half);
	value->len = keys.len;
	memcpy(value->bytes, keys.bytes, sizeof(keys.bytes));
}

static void tx_keys(const struct pair *pair, struct value *value)
{
	copy_keys(&pair->peer.rx, value);
}

static void rx_keys(const struct pair *pair, struct value *value)
{
	copy_keys(&pair->peer.tx, value);
}

/* Keys of the right length for their cipher, with another head */
static void with_head(const struct pair *pair, struct value *value, uint16_t version,
		      uint16_t cipher)
{
	struct tls_crypto_info info = { version, cipher };

	tx_keys(pair, value);
	memcpy(value->bytes, &info, sizeof(info));
}

static uint16_t cipher_of(const struct pair *pair)
{
	struct ktls_keys keys;

	ktls_keys_make(&keys, &pair->peer.tx);
	return keys.info.cipher_type;
}

#define WRONG_VERSION(name, version) \
	static void name(const struct pair *pair, struct value *value) \
	{ \
		with_head(pair, value, version, cipher_of(pair)); \
	}

WRONG_VERSION(no_version, 0)
WRONG_VERSION(ssl3, 0x0300)
WRONG_VERSION(tls11, 0x0302)
WRONG_VERSION(tls14, 0x0305)
WRONG_VERSION(swapped_version, 0x0403)
WRONG_VERSION(last_version, 0xffff)
WRONG_VERSION(other_version, pair->variant->version ^ TLS_1_2_VERSION ^ TLS_1_3_VERSION)

#define WRONG_CIPHER(name, cipher) \
	static void name(const struct pair *pair, struct value *value) \
	{ \
		with_head(pair, value, pair->variant->version, cipher); \
	}

WRONG_CIPHER(no_cipher, 0)
WRONG_CIPHER(cipher_before_the_first, 50)
WRONG_CIPHER(cipher_behind_the_last, 59)
WRONG_CIPHER(last_cipher, 0xffff)
WRONG_CIPHER(suite_on_the_wire, SEAL_AES_128_GCM_SHA256)

/* Another one, whatever the variant's is */
WRONG_CIPHER(other_cipher, cipher_of(pair) == TLS_CIPHER_AES_GCM_128 ?
	     TLS_CIPHER_AES_CCM_128 : TLS_CIPHER_AES_GCM_128)

/* A whole structure for a cipher that Debian's kernels do not have */
#define ABSENT_CIPHER(name, version, cipher, size) \
	static void name(const struct pair *pair, struct value *value) \
	{ \
		with_head(pair, value, version, cipher); \
		value->len = size; \
	}

ABSENT_CIPHER(sm4_gcm_12, TLS_1_2_VERSION, 55, 40)
ABSENT_CIPHER(sm4_gcm_13, TLS_1_3_VERSION, 55, 40)
ABSENT_CIPHER(sm4_ccm_12, TLS_1_2_VERSION, 56, 40)
ABSENT_CIPHER(sm4_ccm_13, TLS_1_3_VERSION, 56, 40)
ABSENT_CIPHER(aria_128_12, TLS_1_2_VERSION, 57, 40)
ABSENT_CIPHER(aria_256_12, TLS_1_2_VERSION, 58, 56)
ABSENT_CIPHER(aria_128_13, TLS_1_3_VERSION, 57, 40)
ABSENT_CIPHER(aria_256_13, TLS_1_3_VERSION, 58, 56)

/* Numbers of 16 and 32 bits, and 64 for what may be longer than it has to be */
#define NUMBER(name, type, number) \
	static void name(const struct pair *pair, struct value *value) \
	{ \
		type it = number; \
		\
		(void)pair; \
		value->len = sizeof(it); \
		memcpy(value->bytes, &it, sizeof(it)); \
	}

NUMBER(zero, uint32_t, 0)
NUMBER(one, uint32_t, 1)
NUMBER(two, uint32_t, 2)
NUMBER(bit_8, uint32_t, 0x100)
NUMBER(minus_one, uint32_t, -1)
NUMBER(long_one, uint64_t, 1)
NUMBER(longer_than_zero, uint64_t, 1ULL << 32)
NUMBER(size_0, uint16_t, 0)
NUMBER(size_1, uint16_t, 1)
NUMBER(size_62, uint16_t, 62)
NUMBER(size_64, uint16_t, 64)
NUMBER(size_1000, uint16_t, 1000)
NUMBER(size_16384, uint16_t, 16384)
NUMBER(size_16385, uint16_t, 16385)
NUMBER(size_65535, uint16_t, 65535)

static const struct row wrong_keys[] = {
	SET(usual, RIGHT, NO_VALUE, EINVAL),
	SET(usual, RIGHT, BAD_VALUE, EFAULT),
	SET(usual, RIGHT, CUT_VALUE, EFAULT),
	SET(usual, 0, IN_PLACE, EINVAL),
	SET(usual, 0, NO_VALUE, EINVAL),
	SET(usual, 3, BAD_VALUE, EINVAL),
	SET(usual, 4, BAD_VALUE, EFAULT),
	SET(usual, 4, CUT_VALUE, EINVAL),
	SET(usual, OFF_BY(-1), IN_PLACE, EINVAL),
	SET(usual, OFF_BY(1), IN_PLACE, EINVAL),
	SET(usual, OFF_BY(1), CUT_VALUE, EINVAL),
	SET(usual, OFF_BY(0x10000), IN_PLACE, EINVAL),
	SET(usual, INT_MAX, IN_PLACE, EINVAL),
	SET(usual, -1, IN_PLACE, EINVAL),
	SET(usual, INT_MIN / 8, IN_PLACE, EINVAL),
	SET(no_version, RIGHT, IN_PLACE, EINVAL),
	SET(ssl3, RIGHT, IN_PLACE, EINVAL),
	SET(tls11, RIGHT, IN_PLACE, EINVAL),
	SET(tls14, RIGHT, IN_PLACE, EINVAL),
	SET(swapped_version, RIGHT, IN_PLACE, EINVAL),
	SET(last_version, RIGHT, IN_PLACE, EINVAL),
	SET(no_cipher, RIGHT, IN_PLACE, EINVAL),
	SET(cipher_before_the_first, RIGHT, IN_PLACE, EINVAL),
	SET(cipher_behind_the_last, RIGHT, IN_PLACE, EINVAL),
	SET(last_cipher, RIGHT, IN_PLACE, EINVAL),
	SET(suite_on_the_wire, RIGHT, IN_PLACE, EINVAL),
};

/* The kernel looks for a module that might have the cipher, which takes its time */
static const struct row absent_ciphers[] = {
	SET(sm4_gcm_12, RIGHT, IN_PLACE, ENOENT),
	SET(sm4_gcm_13, RIGHT, IN_PLACE, ENOENT),
	SET(sm4_gcm_13, OFF_BY(-1), IN_PLACE, EINVAL),
	SET(sm4_ccm_12, RIGHT, IN_PLACE, ENOENT),
	SET(sm4_ccm_13, RIGHT, IN_PLACE, ENOENT),
	SET(aria_128_12, RIGHT, IN_PLACE, ENOENT),
	SET(aria_256_12, RIGHT, IN_PLACE, ENOENT),
	SET(aria_256_12, OFF_BY(1), IN_PLACE, EINVAL),
	SET(aria_128_13, RIGHT, IN_PLACE, EINVAL),
	SET(aria_256_13, RIGHT, IN_PLACE, EINVAL),
};

static const struct row keys_not_there[] = {
	GET(usual, RIGHT, IN_PLACE, EBUSY),
	GET(usual, RIGHT, BAD_VALUE, EBUSY),
	GET(usual, 4, IN_PLACE, EBUSY),
	GET(usual, VALUE_ROOM, IN_PLACE, EBUSY),
	GET(usual, 3, IN_PLACE, EINVAL),
	GET(usual, 0, IN_PLACE, EINVAL),
	GET(usual, RIGHT, NO_VALUE, EINVAL),
	GET(usual, RIGHT, NO_LENGTH, EFAULT),
	GET(usual, RIGHT, BAD_LENGTH, EFAULT),
	GET(usual, -1, IN_PLACE, EINVAL),
};

static const struct row keys_there[] = {
	GET(usual, RIGHT, IN_PLACE, 0),
	GET(usual, 4, IN_PLACE, 0),
	GET(usual, 4, CUT_VALUE, 0),
	GET(usual, 4, BAD_VALUE, EFAULT),
	GET(usual, RIGHT, BAD_VALUE, EFAULT),
	GET(usual, RIGHT, CUT_VALUE, EFAULT),
	GET(usual, RIGHT, NO_VALUE, EINVAL),
	GET(usual, 0, IN_PLACE, EINVAL),
	GET(usual, 3, IN_PLACE, EINVAL),
	GET(usual, 5, IN_PLACE, EINVAL),
	GET(usual, OFF_BY(-1), IN_PLACE, EINVAL),
	GET(usual, OFF_BY(1), IN_PLACE, EINVAL),
	GET(usual, INT_MAX, IN_PLACE, EINVAL),
	GET(usual, RIGHT, NO_LENGTH, EFAULT),
	GET(usual, RIGHT, BAD_LENGTH, EFAULT),
	GET(usual, -1, IN_PLACE, EINVAL),
	GET(usual, INT_MIN / 8, IN_PLACE, EINVAL),
};

/* TLS 1.2 has its keys for good: what else is wrong is not looked at */
static const struct row keys_again_12[] = {
	SET(usual, RIGHT, IN_PLACE, EBUSY),
	SET(usual, RIGHT, BAD_VALUE, EBUSY),
	SET(usual, OFF_BY(-1), IN_PLACE, EBUSY),
	SET(usual, INT_MAX, IN_PLACE, EBUSY),
	SET(no_version, RIGHT, IN_PLACE, EBUSY),
	SET(other_version, RIGHT, IN_PLACE, EBUSY),
	SET(last_cipher, RIGHT, IN_PLACE, EBUSY),
	SET(usual, RIGHT, NO_VALUE, EINVAL),
	SET(usual, 3, IN_PLACE, EINVAL),
};

/* TLS 1.3 takes the next ones, but of the same kind only */
static const struct row keys_again_13[] = {
	SET(usual, RIGHT, NO_VALUE, EINVAL),
	SET(usual, RIGHT, BAD_VALUE, EFAULT),
	SET(usual, RIGHT, CUT_VALUE, EFAULT),
	SET(usual, 3, IN_PLACE, EINVAL),
	SET(usual, 4, IN_PLACE, EINVAL),
	SET(usual, OFF_BY(-1), IN_PLACE, EINVAL),
	SET(usual, OFF_BY(1), IN_PLACE, EINVAL),
	SET(usual, INT_MAX, IN_PLACE, EINVAL),
	SET(no_version, RIGHT, IN_PLACE, EINVAL),
	SET(other_version, RIGHT, IN_PLACE, EINVAL),
	SET(last_cipher, RIGHT, IN_PLACE, EINVAL),
	SET(other_cipher, RIGHT, IN_PLACE, EINVAL),
	SET(sm4_gcm_13, RIGHT, IN_PLACE, EINVAL),
	SET(aria_128_13, RIGHT, IN_PLACE, EINVAL),
	SET(usual, RIGHT, IN_PLACE, 0),
};

/* The other direction has keys of its own kind only */
static const struct row keys_of_another_kind[] = {
	SET(other_version, RIGHT, IN_PLACE, EINVAL),
	SET(other_cipher, RIGHT, IN_PLACE, EINVAL),
};

/* Needs no keys */
static const struct row zerocopy[] = {
	GET(usual, RIGHT, IN_PLACE, 0),
	SET(usual, RIGHT, NO_VALUE, EINVAL),
	SET(usual, RIGHT, BAD_VALUE, EFAULT),
	SET(usual, 0, IN_PLACE, EINVAL),
	SET(usual, 1, IN_PLACE, EINVAL),
	SET(usual, 3, BAD_VALUE, EINVAL),
	SET(usual, 5, IN_PLACE, EINVAL),
	SET(long_one, 8, IN_PLACE, EINVAL),
	SET(usual, INT_MAX, IN_PLACE, EINVAL),
	SET(usual, -1, IN_PLACE, EINVAL),
	SET(two, RIGHT, IN_PLACE, EINVAL),
	SET(bit_8, RIGHT, IN_PLACE, EINVAL),
	SET(minus_one, RIGHT, IN_PLACE, EINVAL),
	SET(one, RIGHT, IN_PLACE, 0),
	SET(zero, RIGHT, IN_PLACE, 0),
	GET(usual, 0, IN_PLACE, EINVAL),
	GET(usual, 3, IN_PLACE, EINVAL),
	GET(usual, 5, IN_PLACE, EINVAL),
	GET(usual, INT_MAX, IN_PLACE, EINVAL),
	GET(usual, -1, IN_PLACE, EINVAL),
	GET(usual, RIGHT, NO_VALUE, EFAULT),
	GET(usual, RIGHT, BAD_VALUE, EFAULT),
	GET(usual, RIGHT, NO_LENGTH, EFAULT),
	GET(usual, RIGHT, BAD_LENGTH, EFAULT),
};

/* Before keys, and for good with TLS 1.2, all is wrong about it */
static const struct row no_pad_is_refused[] = {
	SET(usual, RIGHT, IN_PLACE, EINVAL),
	SET(usual, RIGHT, NO_VALUE, EINVAL),
	SET(usual, RIGHT, BAD_VALUE, EINVAL),
	SET(usual, 0, IN_PLACE, EINVAL),
	SET(usual, INT_MAX, IN_PLACE, EINVAL),
	GET(usual, RIGHT, IN_PLACE, EINVAL),
	GET(usual, 0, IN_PLACE, EINVAL),
	GET(usual, RIGHT, BAD_VALUE, EINVAL),
	GET(usual, RIGHT, NO_LENGTH, EFAULT),
	GET(usual, RIGHT, BAD_LENGTH, EFAULT),
	GET(usual, -1, IN_PLACE, EINVAL),
};

/* TLS 1.3 without keys to receive: nothing to expect anything of */
static const struct row no_pad_is_too_early[] = {
	SET(usual, RIGHT, IN_PLACE, EINVAL),
	SET(usual, RIGHT, BAD_VALUE, EFAULT),
	SET(usual, 3, BAD_VALUE, EINVAL),
	SET(two, RIGHT, IN_PLACE, EINVAL),
	GET(usual, RIGHT, IN_PLACE, EINVAL),
	GET(usual, RIGHT, BAD_VALUE, EINVAL),
};

/* It may be longer than a number, in zeros */
static const struct row no_pad[] = {
	GET(usual, RIGHT, IN_PLACE, 0),
	SET(usual, RIGHT, NO_VALUE, EINVAL),
	SET(usual, RIGHT, BAD_VALUE, EFAULT),
	SET(usual, 0, IN_PLACE, EINVAL),
	SET(usual, 3, IN_PLACE, EINVAL),
	SET(usual, -1, IN_PLACE, EINVAL),
	SET(two, RIGHT, IN_PLACE, EINVAL),
	SET(bit_8, RIGHT, IN_PLACE, EINVAL),
	SET(minus_one, RIGHT, IN_PLACE, EINVAL),
	SET(longer_than_zero, RIGHT, IN_PLACE, EINVAL),
	SET(long_one, 8, CUT_VALUE, EFAULT),
	SET(long_one, 5, IN_PLACE, 0),
	SET(long_one, VALUE_ROOM, IN_PLACE, 0),
	SET(one, RIGHT, IN_PLACE, 0),
	SET(zero, RIGHT, IN_PLACE, 0),
	GET(usual, 0, IN_PLACE, EINVAL),
	GET(usual, 3, IN_PLACE, EINVAL),
	GET(usual, VALUE_ROOM, IN_PLACE, 0),
	GET(usual, INT_MAX, IN_PLACE, 0),
	GET(usual, -1, IN_PLACE, EINVAL),
	GET(usual, RIGHT, NO_VALUE, EFAULT),
	GET(usual, RIGHT, BAD_VALUE, EFAULT),
	GET(usual, RIGHT, NO_LENGTH, EFAULT),
	GET(usual, RIGHT, BAD_LENGTH, EFAULT),
};

/* 64 to 16384, and one byte less for the type inside with TLS 1.3 */
static const struct row max_payload[] = {
	GET(usual, RIGHT, IN_PLACE, 0),
	SET(usual, RIGHT, NO_VALUE, EINVAL),
	SET(usual, RIGHT, BAD_VALUE, EFAULT),
	SET(usual, 0, IN_PLACE, EINVAL),
	SET(usual, 1, IN_PLACE, EINVAL),
	SET(usual, 3, BAD_VALUE, EINVAL),
	SET(usual, 4, IN_PLACE, EINVAL),
	SET(usual, INT_MAX, IN_PLACE, EINVAL),
	SET(usual, -1, IN_PLACE, EINVAL),
	SET(size_0, RIGHT, IN_PLACE, EINVAL),
	SET(size_1, RIGHT, IN_PLACE, EINVAL),
	SET(size_62, RIGHT, IN_PLACE, EINVAL),
	SET(size_16385, RIGHT, IN_PLACE, EINVAL),
	SET(size_65535, RIGHT, IN_PLACE, EINVAL),
	SET(size_64, RIGHT, IN_PLACE, 0),
	SET(size_1000, RIGHT, IN_PLACE, 0),
	SET(size_16384, RIGHT, IN_PLACE, 0),
	GET(usual, 0, IN_PLACE, EINVAL),
	GET(usual, 1, IN_PLACE, EINVAL),
	GET(usual, 4, IN_PLACE, 0),
	GET(usual, INT_MAX, IN_PLACE, 0),
	GET(usual, -1, IN_PLACE, EINVAL),
	GET(usual, RIGHT, NO_VALUE, EFAULT),
	GET(usual, RIGHT, BAD_VALUE, EFAULT),
	GET(usual, RIGHT, NO_LENGTH, EFAULT),
	GET(usual, RIGHT, BAD_LENGTH, EFAULT),
};

/* A record that is open has its size already; nothing else is looked at */
static const struct row max_payload_is_fixed[] = {
	SET(usual, RIGHT, IN_PLACE, EBUSY),
	SET(usual, RIGHT, NO_VALUE, EBUSY),
	SET(usual, RIGHT, BAD_VALUE, EBUSY),
	SET(usual, 0, IN_PLACE, EBUSY),
	SET(size_1, RIGHT, IN_PLACE, EBUSY),
	GET(usual, RIGHT, IN_PLACE, 0),
};

static const struct row unknown[] = {
	SET(usual, RIGHT, IN_PLACE, ENOPROTOOPT),
	SET(usual, 0, NO_VALUE, ENOPROTOOPT),
	SET(usual, RIGHT, BAD_VALUE, ENOPROTOOPT),
	GET(usual, RIGHT, IN_PLACE, ENOPROTOOPT),
	GET(usual, RIGHT, BAD_VALUE, ENOPROTOOPT),
	GET(usual, RIGHT, NO_LENGTH, EFAULT),
	GET(usual, -1, IN_PLACE, EINVAL),
};

static const struct table tables_before_keys[] = {
	TABLE(TLS_RX_EXPECT_NO_PAD, one, no_pad_is_refused),
	TABLE(TLS_TX_MAX_PAYLOAD_LEN, size_16384, max_payload),
	TABLE(TLS_TX_ZEROCOPY_RO, zero, zerocopy),
	TABLE(TLS_TX, tx_keys, keys_not_there),
	TABLE(TLS_TX, tx_keys, wrong_keys),
	TABLE(TLS_RX, rx_keys, keys_not_there),
	TABLE(TLS_RX, rx_keys, wrong_keys),
	TABLE(TLS_TX, tx_keys, keys_not_there),
	TABLE(0, zero, unknown),
	TABLE(-1, zero, unknown),
	TABLE(6, zero, unknown),
	TABLE(UNKNOWN_OPTION, zero, unknown),
};

static const struct table tables_of_absent_ciphers[] = {
	TABLE(TLS_TX, tx_keys, absent_ciphers),
	TABLE(TLS_TX, tx_keys, keys_not_there),
	TABLE(TLS_RX, rx_keys, absent_ciphers),
	TABLE(TLS_RX, rx_keys, keys_not_there),
};

static const struct table tables_with_tx[] = {
	TABLE(TLS_RX, rx_keys, keys_of_another_kind),
	TABLE(TLS_RX, rx_keys, wrong_keys),
	TABLE(TLS_RX, rx_keys, keys_not_there),
	TABLE(TLS_TX, tx_keys, keys_there),
};

static const struct table tables_with_rx[] = {
	TABLE(TLS_TX, tx_keys, keys_of_another_kind),
	TABLE(TLS_TX, tx_keys, keys_not_there),
	TABLE(TLS_RX, rx_keys, keys_there),
};

static const struct table tables_with_keys_12[] = {
	TABLE(TLS_TX, tx_keys, keys_again_12),
	TABLE(TLS_TX, tx_keys, keys_there),
	TABLE(TLS_RX, rx_keys, keys_again_12),
	TABLE(TLS_RX, rx_keys, keys_there),
	TABLE(TLS_RX_EXPECT_NO_PAD, one, no_pad_is_refused),
	TABLE(TLS_TX_ZEROCOPY_RO, zero, zerocopy),
	TABLE(TLS_TX_MAX_PAYLOAD_LEN, size_16384, max_payload),
	TABLE(UNKNOWN_OPTION, zero, unknown),
};

static const struct table tables_with_keys_13[] = {
	TABLE(TLS_TX, tx_keys, keys_again_13),
	TABLE(TLS_TX, tx_keys, keys_there),
	TABLE(TLS_RX, rx_keys, keys_again_13),
	TABLE(TLS_RX, rx_keys, keys_there),
	TABLE(TLS_RX_EXPECT_NO_PAD, one, no_pad),
	TABLE(TLS_TX_ZEROCOPY_RO, zero, zerocopy),
	TABLE(TLS_TX_MAX_PAYLOAD_LEN, size_16384, max_payload),
	TABLE(UNKNOWN_OPTION, zero, unknown),
};

static const struct table tables_of_tx_13[] = {
	TABLE(TLS_RX_EXPECT_NO_PAD, one, no_pad_is_too_early),
};

static const struct table tables_of_open_record[] = {
	TABLE(TLS_TX_MAX_PAYLOAD_LEN, size_16384, max_payload_is_fixed),
};

const struct matrix ktls_before_keys = MATRIX(SOL_TLS, tables_before_keys);
const struct matrix ktls_of_absent_ciphers = MATRIX(SOL_TLS, tables_of_absent_ciphers);
const struct matrix ktls_with_tx = MATRIX(SOL_TLS, tables_with_tx);
const struct matrix ktls_with_rx = MATRIX(SOL_TLS, tables_with_rx);
const struct matrix ktls_with_keys_12 = MATRIX(SOL_TLS, tables_with_keys_12);
const struct matrix ktls_with_keys_13 = MATRIX(SOL_TLS, tables_with_keys_13);
const struct matrix ktls_of_tx_13 = MATRIX(SOL_TLS, tables_of_tx_13);
const struct matrix ktls_of_open_record = MATRIX(SOL_TLS, tables_of_open_record);
