// SPDX-License-Identifier: GPL-2.0
/*
 * A record of vectors.c enters, the bytes that a cipher is to be given for it leave.
 */
#include "tests.h"

/**
 * seal_test_inner() - header and TLSInnerPlaintext of a record
 * @r:		the record
 * @inner:	room for sizeof(@r->record) bytes
 *
 * The header is copied: record.c has a suite of its own.
 *
 * Return: bytes written to @inner.
 */
size_t seal_test_inner(const struct seal_test_record *r, u8 *inner)
{
	u8 *p = inner;

	memcpy(p, r->record, SEAL_HEADER_SIZE);
	p += SEAL_HEADER_SIZE;
	memcpy(p, r->payload, r->payload_len);
	p += r->payload_len;
	*p++ = r->type;
	memset(p, 0, r->padding);
	return p + r->padding - inner;
}
