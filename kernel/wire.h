/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Private header of the module, the part without sockets: what stands in a record,
 * the cipher suites, and the functions of suite.c, record.c and sizing.c that need no
 * socket.
 */
#ifndef _NET_SOCKSEAL_WIRE_H
#define _NET_SOCKSEAL_WIRE_H

#include <linux/types.h>

/* RFC 8446 5.1, 5.2; RFC 5246 6.2 */
#define SEAL_HEADER_SIZE	5
#define SEAL_TAG_SIZE		16
#define SEAL_NONCE_SIZE		12
#define SEAL_KEY_SIZE_MAX	32
#define SEAL_PAYLOAD_MAX	16384
#define SEAL_INNER_MAX		(SEAL_PAYLOAD_MAX + 1)
#define SEAL_CIPHERTEXT_MAX	(SEAL_PAYLOAD_MAX + 256)
#define SEAL_RECORD_MAX		(SEAL_HEADER_SIZE + SEAL_CIPHERTEXT_MAX)
/* the part of a TLS 1.2 nonce that is sent with each record (RFC 5288 3) */
#define SEAL_EXPLICIT_MAX	8
#define SEAL_PREFIX_MAX		(SEAL_HEADER_SIZE + SEAL_EXPLICIT_MAX)
/* the AAD of TLS 1.2 is the longest (RFC 5246 6.2.3.3) */
#define SEAL_AAD_MAX		13
/* what the crypto API calls IV: CCM wants more in it than the nonce */
#define SEAL_IV_SIZE		16

enum seal_content_type {
	SEAL_TYPE_ALERT			= 21,
	SEAL_TYPE_HANDSHAKE		= 22,
	SEAL_TYPE_APPLICATION_DATA	= 23,
};

/* RFC 8446 4 */
#define SEAL_MESSAGE_HEADER_SIZE	4
#define SEAL_MESSAGE_KEY_UPDATE		24

/* RFC 8446 4.6.3 */
#define SEAL_UPDATE_NOT_REQUESTED	0
#define SEAL_UPDATE_REQUESTED		1

/* RFC 8446 6 */
#define SEAL_ALERT_SIZE			2
#define SEAL_ALERT_LEVEL_WARNING	1
#define SEAL_ALERT_LEVEL_FATAL		2

enum seal_alert {
	SEAL_ALERT_CLOSE_NOTIFY		= 0,
	SEAL_ALERT_UNEXPECTED_MESSAGE	= 10,
	SEAL_ALERT_BAD_RECORD_MAC	= 20,
	SEAL_ALERT_RECORD_OVERFLOW	= 22,
	SEAL_ALERT_ILLEGAL_PARAMETER	= 47,
	SEAL_ALERT_DECODE_ERROR		= 50,
	SEAL_ALERT_PROTOCOL_VERSION	= 70,
	SEAL_ALERT_INTERNAL_ERROR	= 80,
	SEAL_ALERT_USER_CANCELED	= 90,
	SEAL_ALERT_NO_RENEGOTIATION	= 100,	/* RFC 5246 7.2.2 */
};

/**
 * struct seal_suite - a cipher of a protocol version, one row of the table in
 *		       suite.c
 * @version:	protocol version on the wire
 * @id:		number of the suite on the wire, or 0 if SEAL_KEYS does not take it
 * @ktls:	the cipher's number in <linux/tls.h>
 * @key_size:	key of the AEAD in bytes
 * @hash_size:	output of the hash in bytes, so also the size of a secret
 * @salt_size:	how <linux/tls.h> cuts the nonce in "salt" and "iv"
 * @explicit_size: bytes of the nonce that stand in each record, behind the header;
 *		0: the sequence number is mixed into the nonce
 * @type_size:	1 if the content type stands behind the content, with padding
 *		(TLS 1.3); 0 if it stands in the header alone (TLS 1.2)
 * @aad_size:	additional data of the AEAD in bytes
 * @ccm:	the crypto API wants CCM's length field in the IV
 * @limit:	how many records one key may protect
 * @aead:	name of the AEAD in the kernel's crypto API
 * @hash:	name of the suite's hash there
 *
 * Nonce (12 bytes) and tag (16 bytes) are the same in all of them.
 */
struct seal_suite {
	u16		version;
	u16		id;
	u16		ktls;
	u8		key_size;
	u8		hash_size;
	u8		salt_size;
	u8		explicit_size;
	u8		type_size;
	u8		aad_size;
	bool		ccm;
	u64		limit;
	const char	*aead;
	const char	*hash;
};

/* What stands before the ciphertext of a record */
static inline size_t seal_prefix_size(const struct seal_suite *suite)
{
	return SEAL_HEADER_SIZE + suite->explicit_size;
}

/* What follows the content of a record without padding */
static inline size_t seal_tail_size(const struct seal_suite *suite)
{
	return suite->type_size + SEAL_TAG_SIZE;
}

/* suite.c */

/* Rows of its table: what tests each of them has to know it while it is compiled */
#define SEAL_SUITES	17
/* Those with a number on the wire, which stand first */
#define SEAL_SUITES_NUMBERED 11

const struct seal_suite *seal_suite_find(u16 id);
const struct seal_suite *seal_suite_find_ktls(u16 version, u16 cipher);
const struct seal_suite *seal_suite_at(unsigned int index);
unsigned int seal_suite_index(const struct seal_suite *suite);

/* record.c */
void seal_record_write_header(u8 *header, const struct seal_suite *suite,
			      u8 type, size_t payload);
int seal_record_read_header(const u8 *header, const struct seal_suite *suite,
			    size_t *len, u8 *alert);
void seal_record_write_aad(u8 *aad, const struct seal_suite *suite,
			   const u8 *header, u64 seq, size_t payload);
void seal_record_iv(u8 *iv, const struct seal_suite *suite, const u8 *base,
		    u64 seq);
u8 *seal_record_explicit(u8 *iv, const struct seal_suite *suite);
int seal_record_find_type(const u8 *text, size_t len);

/* sizing.c */

/**
 * struct seal_flight - what TCP can send at the moment
 * @window:	its congestion window in bytes
 * @sent:	application data since the last pause
 */
struct seal_flight {
	u64	window;
	u64	sent;
};

size_t seal_sizing_padding(size_t inner, size_t block, size_t size);
bool seal_sizing_is_small(const struct seal_flight *flight, size_t record);
size_t seal_sizing_segment(size_t mss, const struct seal_suite *suite,
			   size_t block);

#endif /* _NET_SOCKSEAL_WIRE_H */
