// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Sessions enter and bytes for a store leave, or the other way round; what a session
 * is good for, and for how long, leaves (RFC 8446 4.6.1).
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "private.h"

#define FORMAT		3	/* of the exported bytes; the first of them */
#define FORMAT_2	2	/* had a flag: the server was verified, but with what? */
#define FORMAT_2_FLAGS	(SEAL_CERT_TYPE_BIT(SEAL_CERTIFICATE_X509) | \
			 SEAL_CERT_TYPE_BIT(SEAL_CERTIFICATE_RAW_KEY))
#define FORMAT_1	1	/* did not say whether it was */
#define LIFETIME_MAX	604800	/* RFC 8446 4.6.1: seven days */
#define MS		1000

void seal_session_free(struct seal_session *session)
{
	if (!session)
		return;
	seal_buf_free(&session->ticket);
	seal_buf_free(&session->chain);
	seal_bond_unref(session->bond);
	seal_crypto_wipe(session, sizeof(*session));
	free(session);
}

/* ------------------------------------------------------------ life time */

uint64_t seal_session_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * MS + now.tv_nsec / 1000000;
}

uint32_t seal_session_lifetime_at(const struct seal_session *session,
				  uint64_t now)
{
	uint64_t lifetime = session->lifetime;
	uint64_t age;

	/* RFC 8446 4.6.1: no longer than that, regardless of ticket_lifetime */
	if (lifetime > LIFETIME_MAX)
		lifetime = LIFETIME_MAX;
	/* somebody has set the clock: its age is not known */
	if (now < session->received || seal_bond_is_broken(session->bond))
		return 0;
	age = now - session->received;
	return age < lifetime * MS ? lifetime - age / MS : 0;
}

uint32_t seal_session_lifetime(const struct seal_session *session)
{
	return seal_session_lifetime_at(session, seal_session_now());
}

/* -------------------------------------------------------------- getters */

uint16_t seal_session_suite(const struct seal_session *session)
{
	return session->suite->id;
}

const char *seal_session_servername(const struct seal_session *session)
{
	return session->servername[0] ? session->servername : NULL;
}

const char *seal_session_alpn(const struct seal_session *session)
{
	return session->alpn[0] ? session->alpn : NULL;
}

uint32_t seal_session_max_early_data(const struct seal_session *session)
{
	return session->max_early_data;
}

/* ------------------------------------------------------- export, import */

static void write_vector(struct seal_writer *w, unsigned int width,
			 const void *data, size_t len)
{
	seal_writer_open(w, width);
	seal_writer_bytes(w, data, len);
	seal_writer_close(w);
}

void seal_session_write(const struct seal_session *session, struct seal_writer *w)
{
	seal_writer_u16(w, session->suite->id);
	seal_writer_u32(w, session->received >> 32);
	seal_writer_u32(w, session->received);
	seal_writer_u32(w, session->lifetime);
	seal_writer_u32(w, session->age_add);
	seal_writer_u32(w, session->max_early_data);
	seal_writer_bytes(w, session->psk, seal_hash_size(session->suite->hash));
	write_vector(w, 1, session->servername, strlen(session->servername));
	write_vector(w, 1, session->alpn, strlen(session->alpn));
	seal_proof_write(&session->proof, &session->chain, w);
}

static int write_session(const struct seal_session *session,
			 struct seal_buf *buf)
{
	struct seal_writer w;

	seal_writer_init(&w, buf);
	seal_writer_u8(&w, FORMAT);
	seal_session_write(session, &w);
	write_vector(&w, 2, session->ticket.data, session->ticket.len);
	return seal_writer_finish(&w);
}

int seal_session_export(const struct seal_session *session, void *out,
			size_t room, size_t *len)
{
	struct seal_buf buf = { 0 };
	int err = write_session(session, &buf);

	*len = err ? 0 : buf.len;
	if (!err && out && room < buf.len)
		err = SEAL_E_INVALID;
	if (!err && out)
		memcpy(out, buf.data, buf.len);
	seal_buf_free(&buf);
	return err;
}

/* A name without a zero byte in it; there is room for the longest */
static void read_name(struct seal_reader *r, char name[SEAL_NAME_MAX + 1])
{
	struct seal_span text = seal_reader_vector(r, 1, 0);

	if (text.len && memchr(text.data, 0, text.len))
		r->failed = true;
	else if (text.len)
		memcpy(name, text.data, text.len);
}

static void read_psk(struct seal_reader *r, struct seal_session *session)
{
	size_t size = seal_hash_size(session->suite->hash);
	struct seal_span psk = seal_reader_bytes(r, size);

	if (psk.len)
		memcpy(session->psk, psk.data, psk.len);
}

static int read_basics(struct seal_reader *r, struct seal_session *session)
{
	session->suite = seal_suite_find(seal_reader_u16(r));
	if (!session->suite)
		return SEAL_E_INVALID;
	session->received = (uint64_t)seal_reader_u32(r) << 32;
	session->received |= seal_reader_u32(r);
	session->lifetime = seal_reader_u32(r);
	session->age_add = seal_reader_u32(r);
	session->max_early_data = seal_reader_u32(r);
	read_psk(r, session);
	read_name(r, session->servername);
	read_name(r, session->alpn);
	return r->failed ? SEAL_E_INVALID : 0;
}

int seal_session_read(struct seal_reader *r, struct seal_session *session)
{
	int err = read_basics(r, session);

	return err ? err : seal_proof_read(r, &session->proof, &session->chain);
}

/* In formats that do not say with what, the server counts as not verified */
static int read_by_format(struct seal_reader *r, struct seal_session *session)
{
	switch (seal_reader_u8(r)) {
	case FORMAT:
		return seal_session_read(r, session);
	case FORMAT_2:
		return seal_reader_u8(r) & ~FORMAT_2_FLAGS ? SEAL_E_INVALID :
			read_basics(r, session);
	case FORMAT_1:
		return read_basics(r, session);
	default:
		return SEAL_E_INVALID;
	}
}

static int read_session(struct seal_reader *r, struct seal_session *session)
{
	struct seal_span ticket;
	int err = read_by_format(r, session);

	if (err)
		return err;
	ticket = seal_reader_vector(r, 2, 1);
	if (seal_reader_finish(r))
		return SEAL_E_INVALID;
	return seal_buf_append(&session->ticket, ticket.data, ticket.len);
}

int seal_session_import(const void *data, size_t len,
			struct seal_session **out)
{
	struct seal_session *session;
	struct seal_reader r;
	int err;

	*out = NULL;
	session = calloc(1, sizeof(*session));
	if (!session)
		return SEAL_E_NOMEM;
	session->bond = seal_bond_new();
	seal_reader_init(&r, data, len);
	err = session->bond ? read_session(&r, session) : SEAL_E_NOMEM;
	if (err)
		seal_session_free(session);
	else
		*out = session;
	return err;
}
