// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The certificates of a credential and what may stand beside its leaf enter; finished
 * Certificate messages leave, one for each wish that a peer can have (RFC 8446 4.4.2).
 */
#include "private.h"

static void write_entry(struct seal_writer *w, struct seal_span cert,
			const struct seal_cred *cred, unsigned int mask)
{
	seal_writer_open(w, 3);
	seal_writer_bytes(w, cert.data, cert.len);
	seal_writer_close(w);
	seal_writer_open(w, 2);
	for (size_t i = 0; i < SEAL_STAPLES; i++)
		if (mask & SEAL_STAPLE_BIT(i))
			seal_staple_write(w, i, (struct seal_span){
					cred->staples[i].data,
					cred->staples[i].len });
	seal_writer_close(w);
}

static int write_plain(const struct seal_cred *cred, const struct seal_span *chain,
		       size_t count, unsigned int mask, struct seal_buf *message)
{
	struct seal_writer w;

	seal_writer_init(&w, message);
	seal_writer_u8(&w, SEAL_MSG_CERTIFICATE);
	seal_writer_open(&w, 3);
	seal_writer_u8(&w, 0);
	seal_writer_open(&w, 3);
	for (size_t i = 0; i < count; i++)
		write_entry(&w, chain[i], cred, i ? 0 : mask);
	seal_writer_close(&w);
	seal_writer_close(&w);
	return seal_writer_finish(&w);
}

/*
 * It is the same for each connection: written and compressed once, hashed and sent as it
 * is.
 */
static int write_message(struct seal_cred *cred, const struct seal_span *chain,
			 size_t count, unsigned int mask)
{
	struct seal_buf plain = { 0 }, packed = { 0 };
	int err;

	err = write_plain(cred, chain, count, mask, &plain);
	if (!err)
		err = seal_compress((struct seal_span){ plain.data, plain.len },
				    &packed);
	if (err) {
		seal_buf_free(&plain);
		return err;
	}
	seal_buf_free(&cred->messages[mask]);
	seal_buf_free(&cred->compressed[mask]);
	cred->messages[mask] = plain;
	cred->compressed[mask] = packed;
	return 0;
}

int seal_cred_write(struct seal_cred *cred, const struct seal_span *chain,
		    size_t count)
{
	return write_message(cred, chain, count, 0);
}

/* What seal_cred_write() has written */
static int read_back(const struct seal_cred *cred, struct seal_certificate *msg)
{
	return seal_certificate_parse((struct seal_span){
			cred->messages[0].data + SEAL_MESSAGE_HEADER,
			cred->messages[0].len - SEAL_MESSAGE_HEADER }, 0, msg);
}

struct seal_span seal_cred_leaf(const struct seal_cred *cred)
{
	struct seal_certificate msg;

	return read_back(cred, &msg) ? (struct seal_span){ 0 } : msg.certs[0];
}

/* The staples that there are, as a mask */
static unsigned int available(const struct seal_cred *cred)
{
	unsigned int mask = 0;

	for (size_t i = 0; i < SEAL_STAPLES; i++)
		if (cred->staples[i].len)
			mask |= SEAL_STAPLE_BIT(i);
	return mask;
}

int seal_cred_set_staple(struct seal_cred *cred, enum seal_staple staple,
			 struct seal_span value)
{
	struct seal_certificate msg;
	struct seal_buf copy = { 0 };
	unsigned int all;
	int err;

	err = read_back(cred, &msg);
	if (!err)
		err = seal_buf_append(&copy, value.data, value.len);
	if (err)
		return err;
	seal_buf_free(&cred->staples[staple]);
	cred->staples[staple] = copy;
	all = available(cred);
	for (unsigned int mask = 1; mask <= all && !err; mask++)
		if (!(mask & ~all))
			err = write_message(cred, msg.certs, msg.count, mask);
	if (err)
		seal_buf_free(&cred->staples[staple]);
	return err;
}

struct seal_span seal_cred_message(const struct seal_conn *conn, uint64_t now)
{
	bool compress = conn->compress && conn->cfg->compression & SEAL_COMPRESS_SEND;
	const struct seal_cred *cred = conn->cred;
	unsigned int mask = conn->staples & available(cred);
	const struct seal_buf *message;

	/* clients refuse one that is too old, but may do without */
	if (now >= cred->staple_until)
		mask &= ~SEAL_STAPLE_BIT(SEAL_STAPLE_OCSP);
	message = compress && cred->compressed[mask].len ?
		  &cred->compressed[mask] : &cred->messages[mask];
	return (struct seal_span){ message->data, message->len };
}
