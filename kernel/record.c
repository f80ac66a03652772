// SPDX-License-Identifier: GPL-2.0
/*
 * The TLS 1.3 record format (RFC 8446 5): lengths, headers, nonces and padded
 * plaintext in, bytes out, and back.  No sockets, no memory, no keys kept.
 */
#include <linux/unaligned.h>

#include "seal.h"

/* RFC 8446 5.1: legacy_record_version of every protected record */
#define LEGACY_VERSION	0x0303

/**
 * seal_record_write_header() - header of a protected record
 * @header:	where its SEAL_HEADER_SIZE bytes go; they are the record's AAD too
 * @payload:	length of the content in bytes, at most SEAL_PAYLOAD_MAX
 *
 * RFC 8446 5.2: whatever the content is, the outer type is application_data.
 */
void seal_record_write_header(u8 *header, size_t payload)
{
	header[0] = SEAL_TYPE_APPLICATION_DATA;
	put_unaligned_be16(LEGACY_VERSION, header + 1);
	put_unaligned_be16(payload + SEAL_TAIL_SIZE, header + 3);
}

/**
 * seal_record_read_header() - check the header of a protected record
 * @header:	SEAL_HEADER_SIZE bytes as received
 * @len:	set to the length of what follows the header
 * @alert:	set to the alert that a bad header deserves
 *
 * legacy_record_version is ignored (RFC 8446 5.2), but it is authenticated as
 * a part of the AAD.
 *
 * Return: 0, or -EBADMSG with @alert set.
 */
int seal_record_read_header(const u8 *header, size_t *len, u8 *alert)
{
	size_t length = get_unaligned_be16(header + 3);

	/* after the handshake nothing is sent in the clear (RFC 8446 5) */
	*alert = SEAL_ALERT_UNEXPECTED_MESSAGE;
	if (header[0] != SEAL_TYPE_APPLICATION_DATA)
		return -EBADMSG;

	/* RFC 8446 5.2: MUST NOT exceed 2^14 + 256 bytes */
	*alert = SEAL_ALERT_RECORD_OVERFLOW;
	if (length > SEAL_CIPHERTEXT_MAX)
		return -EBADMSG;

	/* too short to be the output of the AEAD */
	*alert = SEAL_ALERT_BAD_RECORD_MAC;
	if (length < SEAL_TAIL_SIZE)
		return -EBADMSG;

	*len = length;
	return 0;
}

/**
 * seal_record_nonce() - nonce of one record (RFC 8446 5.3)
 * @nonce:	where its SEAL_NONCE_SIZE bytes go
 * @iv:		of the direction, as long
 * @seq:	sequence number of the record
 */
void seal_record_nonce(u8 *nonce, const u8 *iv, u64 seq)
{
	u8 *low = nonce + SEAL_NONCE_SIZE - sizeof(seq);

	memcpy(nonce, iv, SEAL_NONCE_SIZE);
	put_unaligned_be64(get_unaligned_be64(low) ^ seq, low);
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
