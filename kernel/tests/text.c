// SPDX-License-Identifier: GPL-2.0
/*
 * A record of records.c enters, the bytes that a cipher is to be given for it leave.
 *
 * They are put together from RFC 8446 5.2 and RFC 5246 6.2.3.3 and not by record.c,
 * which has a suite of its own.
 */
#include <linux/unaligned.h>

#include "tests.h"

/**
 * seal_test_suite() - row of the suite of a record
 * @r: the record
 */
const struct seal_suite *seal_test_suite(const struct seal_test_record *r)
{
	return seal_suite_find_ktls(r->version, r->cipher);
}

static bool is_tls13(const struct seal_test_record *r)
{
	return r->version == SEAL_VERSION_TLS13;
}

/* Additional data of a record; returns its length */
static size_t write_aad(const struct seal_test_record *r, u8 *aad)
{
	if (is_tls13(r)) {
		memcpy(aad, r->record, SEAL_HEADER_SIZE);
		return SEAL_HEADER_SIZE;
	}
	put_unaligned_be64(r->seq, aad);
	memcpy(aad + 8, r->record, 3);
	put_unaligned_be16(r->payload_len, aad + 11);
	return 13;
}

/**
 * seal_test_text() - additional data and plaintext of a record
 * @r:		the record
 * @text:	room for SEAL_TEST_TEXT bytes
 *
 * Return: bytes written to @text.
 */
size_t seal_test_text(const struct seal_test_record *r, u8 *text)
{
	u8 *p = text + write_aad(r, text);

	memcpy(p, r->payload, r->payload_len);
	p += r->payload_len;
	if (!is_tls13(r))
		return p - text;
	*p++ = r->type;
	memset(p, 0, r->padding);
	return p + r->padding - text;
}

/**
 * seal_test_sealed() - additional data, ciphertext and tag of a record
 * @r:		the record
 * @sealed:	room for SEAL_TEST_TEXT bytes
 *
 * Return: bytes written to @sealed.
 */
size_t seal_test_sealed(const struct seal_test_record *r, u8 *sealed)
{
	size_t prefix = seal_prefix_size(seal_test_suite(r));
	u8 *p = sealed + write_aad(r, sealed);

	memcpy(p, r->record + prefix, r->record_len - prefix);
	return p + r->record_len - prefix - sealed;
}

/**
 * seal_test_iv() - what the crypto API calls IV, for a record
 * @r:	the record
 * @iv:	where its SEAL_IV_SIZE bytes go
 */
void seal_test_iv(const struct seal_test_record *r, u8 *iv)
{
	const struct seal_suite *suite = seal_test_suite(r);

	/* if it is explicit the nonce of this record is given */
	seal_record_iv(iv, suite, r->nonce, suite->explicit_size ? 0 : r->seq);
}
