// SPDX-License-Identifier: GPL-2.0
/*
 * The record formats of TLS 1.3 (RFC 8446 5) and of TLS 1.2 with an AEAD (RFC 5246
 * 6.2.3.3): lengths, headers, nonces and padded plaintext in, bytes out, and back.
 * No sockets, no memory, no keys kept.
 */
#include <linux/unaligned.h>

#include "seal.h"

/* TLS 1.2's version, and legacy_record_version in TLS 1.3 (RFC 8446 5.1) */
#define RECORD_VERSION	0x0303

/* CCM's IV begins with the size of its length field less 1 (RFC 3610 2.3) */
#define CCM_FLAGS	(15 - SEAL_NONCE_SIZE - 1)

/**
 * seal_record_write_header() - header of a protected record
 * @header:	where its SEAL_HEADER_SIZE bytes go
 * @suite:	cipher suite
 * @type:	content type
 * @payload:	length of content and padding in bytes, at most SEAL_PAYLOAD_MAX
 *
 * RFC 8446 5.2: whatever the content is, the outer type is application_data.
 */
void seal_record_write_header(u8 *header, const struct seal_suite *suite,
			      u8 type, size_t payload)
{
	header[0] = suite->type_size ? SEAL_TYPE_APPLICATION_DATA : type;
	put_unaligned_be16(RECORD_VERSION, header + 1);
	put_unaligned_be16(suite->explicit_size + payload +
			   seal_tail_size(suite), header + 3);
}

/* Longest ciphertext with its tag that a peer may send */
static size_t ciphertext_max(const struct seal_suite *suite)
{
	/* RFC 8446 5.2: MUST NOT exceed 2^14 + 256 bytes; padding needs room */
	if (suite->type_size)
		return SEAL_CIPHERTEXT_MAX;
	/* RFC 5246 6.2.1: MUST NOT hold more than 2^14 bytes of content */
	return SEAL_PAYLOAD_MAX + SEAL_TAG_SIZE;
}

/**
 * seal_record_read_header() - check the header of a protected record
 * @header:	seal_prefix_size() bytes as received
 * @suite:	cipher suite
 * @len:	set to the length of what follows these bytes
 * @alert:	set to the alert that a bad header deserves
 *
 * TLS 1.3's legacy_record_version is ignored (RFC 8446 5.2), but it is
 * authenticated as a part of the AAD.
 *
 * Return: 0, or -EBADMSG with @alert set.
 */
int seal_record_read_header(const u8 *header, const struct seal_suite *suite,
			    size_t *len, u8 *alert)
{
	size_t length = get_unaligned_be16(header + 3);

	*alert = SEAL_ALERT_RECORD_OVERFLOW;
	if (length > suite->explicit_size + ciphertext_max(suite))
		return -EBADMSG;

	/* after the handshake nothing is sent in the clear (RFC 8446 5) */
	*alert = SEAL_ALERT_UNEXPECTED_MESSAGE;
	if (suite->type_size && header[0] != SEAL_TYPE_APPLICATION_DATA)
		return -EBADMSG;

	/* too short to be the output of the AEAD */
	*alert = SEAL_ALERT_BAD_RECORD_MAC;
	if (length < suite->explicit_size + seal_tail_size(suite))
		return -EBADMSG;

	*alert = SEAL_ALERT_PROTOCOL_VERSION;
	if (!suite->type_size &&
	    get_unaligned_be16(header + 1) != RECORD_VERSION)
		return -EBADMSG;

	*len = length - suite->explicit_size;
	return 0;
}

/**
 * seal_record_write_aad() - additional data of one record
 * @aad:	where its suite->aad_size bytes go
 * @suite:	cipher suite
 * @header:	of the record, complete
 * @seq:	sequence number of the record
 * @payload:	length of the content, for TLS 1.2
 *
 * RFC 8446 5.2: the header; RFC 5246 6.2.3.3: seq_num, and a header with the
 * length of the plaintext.
 */
void seal_record_write_aad(u8 *aad, const struct seal_suite *suite,
			   const u8 *header, u64 seq, size_t payload)
{
	if (suite->type_size) {
		memcpy(aad, header, SEAL_HEADER_SIZE);
		return;
	}
	put_unaligned_be64(seq, aad);
	memcpy(aad + 8, header, 3);
	put_unaligned_be16(payload, aad + 11);
}

/**
 * seal_record_iv() - what the crypto API calls IV, for one record
 * @iv:		where its SEAL_IV_SIZE bytes go, the nonce among them
 * @suite:	cipher suite
 * @base:	nonce of sequence number 0
 * @seq:	sequence number of the record
 *
 * The sequence number is mixed into the nonce (RFC 8446 5.3, RFC 7905 2), or
 * added to its explicit part, which must be unique (RFC 5288 3).
 */
void seal_record_iv(u8 *iv, const struct seal_suite *suite, const u8 *base,
		    u64 seq)
{
	u8 *nonce = iv + suite->ccm;
	u8 *low = nonce + SEAL_NONCE_SIZE - sizeof(seq);

	memset(iv, 0, SEAL_IV_SIZE);
	if (suite->ccm)
		iv[0] = CCM_FLAGS;
	memcpy(nonce, base, SEAL_NONCE_SIZE);
	if (suite->explicit_size)
		put_unaligned_be64(get_unaligned_be64(low) + seq, low);
	else
		put_unaligned_be64(get_unaligned_be64(low) ^ seq, low);
}

/**
 * seal_record_explicit() - the part of the nonce that the record carries
 * @iv:		from seal_record_iv()
 * @suite:	cipher suite
 *
 * Return: where suite->explicit_size bytes of @iv are.
 */
u8 *seal_record_explicit(u8 *iv, const struct seal_suite *suite)
{
	return iv + suite->ccm + SEAL_NONCE_SIZE - suite->explicit_size;
}

/**
 * seal_record_find_type() - find the content type behind the content
 * @text:	a piece of TLSInnerPlaintext, authenticated
 * @len:	its length
 *
 * RFC 8446 5.4: the content type is the last byte that is not zero.
 *
 * Return: its index, or -1 if the piece is all padding.
 */
int seal_record_find_type(const u8 *text, size_t len)
{
	int i = len;

	while (--i >= 0 && !text[i])
		;
	return i;
}
