// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * What may stand beside a certificate in its CertificateEntry, one row each: how it is
 * asked for, and how it is written and read (RFC 8446 4.4.2).
 */
#include <string.h>

#include "private.h"

/* ----------------------------------------------------------------- OCSP */

/* RFC 6066 8: no responder, no extension preferred; RFC 8446 4.4.2.1: or empty */
static void write_status_request(struct seal_writer *w, enum seal_ext_where where)
{
	if (where != SEAL_IN_CLIENT_HELLO)
		return;
	seal_writer_u8(w, SEAL_STATUS_OCSP);
	seal_writer_u16(w, 0);
	seal_writer_u16(w, 0);
}

/* A status of another type is none that we have */
static int read_status_request(struct seal_reader *r, enum seal_ext_where where,
			       bool *asked)
{
	struct seal_reader responders;

	*asked = true;
	if (where != SEAL_IN_CLIENT_HELLO && !r->left)
		return 0;
	*asked = seal_reader_u8(r) == SEAL_STATUS_OCSP;
	if (!*asked)
		return r->failed ? SEAL_E_DECODE_ERROR : 0;
	responders = seal_reader_enter(r, 2, 0);
	while (responders.left && !responders.failed)
		seal_reader_vector(&responders, 2, 1);
	if (responders.failed)
		return SEAL_E_DECODE_ERROR;
	seal_reader_vector(r, 2, 0);
	return seal_reader_finish(r);
}

static void write_status(struct seal_writer *w, struct seal_span response)
{
	seal_writer_u8(w, SEAL_STATUS_OCSP);
	seal_writer_open(w, 3);
	seal_writer_bytes(w, response.data, response.len);
	seal_writer_close(w);
}

static int read_status(struct seal_reader *r, struct seal_span *response)
{
	uint8_t type = seal_reader_u8(r);
	int err;

	*response = seal_reader_vector(r, 3, 1);
	err = seal_reader_finish(r);
	if (err)
		return err;
	/* RFC 6066 8: of the type that was asked for */
	return type == SEAL_STATUS_OCSP ? 0 : SEAL_E_ILLEGAL_PARAMETER;
}

/* ------------------------------------------------------------------ SCTs */

/* RFC 6962 3.3.1: MUST be empty */
static void write_sct_request(struct seal_writer *w, enum seal_ext_where where)
{
	(void)w;
	(void)where;
}

static int read_sct_request(struct seal_reader *r, enum seal_ext_where where,
			    bool *asked)
{
	(void)where;
	*asked = true;
	return seal_reader_finish(r);
}

static void write_sct_list(struct seal_writer *w, struct seal_span list)
{
	seal_writer_bytes(w, list.data, list.len);
}

bool seal_staple_is_sct_list(struct seal_span value)
{
	struct seal_reader r, list;

	seal_reader_init(&r, value.data, value.len);
	list = seal_reader_enter(&r, 2, 1);
	while (list.left && !list.failed)
		seal_reader_vector(&list, 2, 1);
	return !list.failed && !seal_reader_finish(&r);
}

static int read_sct_list(struct seal_reader *r, struct seal_span *list)
{
	*list = (struct seal_span){ r->pos, r->left };
	return seal_staple_is_sct_list(*list) ? 0 : SEAL_E_DECODE_ERROR;
}

/* ---------------------------------------------------------------- table */

static const struct {
	enum seal_ext	ext;
	void		(*write_request)(struct seal_writer *w,
					 enum seal_ext_where where);
	int		(*read_request)(struct seal_reader *r,
					enum seal_ext_where where, bool *asked);
	void		(*write)(struct seal_writer *w, struct seal_span value);
	int		(*read)(struct seal_reader *r, struct seal_span *value);
} staples[SEAL_STAPLES] = {
	[SEAL_STAPLE_OCSP] = {
		SEAL_EXT_STATUS_REQUEST, write_status_request,
		read_status_request, write_status, read_status,
	},
	[SEAL_STAPLE_SCT] = {
		SEAL_EXT_SCT, write_sct_request,
		read_sct_request, write_sct_list, read_sct_list,
	},
};

uint32_t seal_staple_write_requests(struct seal_writer *w, enum seal_ext_where where,
				    unsigned int mask)
{
	uint32_t offered = 0;

	for (size_t i = 0; i < SEAL_STAPLES; i++) {
		if (!(mask & SEAL_STAPLE_BIT(i)))
			continue;
		seal_ext_open(w, staples[i].ext);
		staples[i].write_request(w, where);
		seal_writer_close(w);
		offered |= SEAL_EXT_BIT(staples[i].ext);
	}
	return offered;
}

int seal_staple_read_requests(const struct seal_exts *exts,
			      enum seal_ext_where where, unsigned int *mask)
{
	struct seal_reader r;
	bool asked;
	int err;

	*mask = 0;
	for (size_t i = 0; i < SEAL_STAPLES; i++) {
		if (!seal_ext_has(exts, staples[i].ext))
			continue;
		r = seal_ext_reader(exts, staples[i].ext);
		err = staples[i].read_request(&r, where, &asked);
		if (err)
			return err;
		if (asked)
			*mask |= SEAL_STAPLE_BIT(i);
	}
	return 0;
}

void seal_staple_write(struct seal_writer *w, enum seal_staple staple,
		       struct seal_span value)
{
	seal_ext_open(w, staples[staple].ext);
	staples[staple].write(w, value);
	seal_writer_close(w);
}

int seal_staple_read(const struct seal_exts *exts,
		     struct seal_span values[SEAL_STAPLES])
{
	struct seal_reader r;
	int err;

	memset(values, 0, SEAL_STAPLES * sizeof(*values));
	for (size_t i = 0; i < SEAL_STAPLES; i++) {
		if (!seal_ext_has(exts, staples[i].ext))
			continue;
		r = seal_ext_reader(exts, staples[i].ext);
		err = staples[i].read(&r, &values[i]);
		if (err)
			return err;
	}
	return 0;
}
