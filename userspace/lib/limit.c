// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Wishes for short records enter, of the application and of the peer; the extensions that
 * tell of them leave, and limits for both directions (RFC 6066 4, RFC 8449).
 */
#include "private.h"

#define LIMIT_MIN	64	/* RFC 8449 4 */
#define FRAGMENT_CODES	4

/* RFC 6066 4: 2^9 to 2^12 bytes; 0: no such code */
static uint16_t fragment_bytes(uint8_t code)
{
	return code >= 1 && code <= FRAGMENT_CODES ? 256U << code : 0;
}

/* 0: there is none for so many */
static uint8_t fragment_code(size_t bytes)
{
	for (uint8_t code = 1; code <= FRAGMENT_CODES; code++)
		if (fragment_bytes(code) == bytes)
			return code;
	return 0;
}

/* The fragment is content alone, to which TLS 1.3 adds the type */
static size_t fragment_limit(uint16_t bytes)
{
	return bytes + 1;
}

/* ------------------------------------------------------------ extensions */

static void write_max_fragment(struct seal_writer *w, uint16_t bytes)
{
	seal_ext_open(w, SEAL_EXT_MAX_FRAGMENT_LENGTH);
	seal_writer_u8(w, fragment_code(bytes));
	seal_writer_close(w);
}

static void write_size_limit(struct seal_writer *w, uint16_t limit)
{
	seal_ext_open(w, SEAL_EXT_RECORD_SIZE_LIMIT);
	seal_writer_u16(w, limit);
	seal_writer_close(w);
}

static int read_max_fragment(struct seal_conn *conn, const struct seal_exts *exts)
{
	struct seal_reader r = seal_ext_reader(exts, SEAL_EXT_MAX_FRAGMENT_LENGTH);
	uint8_t code = seal_reader_u8(&r);
	int err = seal_reader_finish(&r);

	if (err)
		return err;
	conn->max_fragment = fragment_bytes(code);
	if (!conn->max_fragment)
		return seal_conn_fail(conn, SEAL_E_ILLEGAL_PARAMETER,
				      "max_fragment_length %u", code);
	conn->size_limit = fragment_limit(conn->max_fragment);
	return 0;
}

static int read_size_limit(struct seal_conn *conn, const struct seal_exts *exts)
{
	struct seal_reader r = seal_ext_reader(exts, SEAL_EXT_RECORD_SIZE_LIMIT);
	uint16_t limit = seal_reader_u16(&r);
	int err = seal_reader_finish(&r);

	if (err)
		return err;
	/* RFC 8449 4: a client may know of longer records, a server answers ours */
	if (limit < LIMIT_MIN ||
	    (limit > SEAL_INNER_MAX && conn->cfg->side == SEAL_CLIENT))
		return seal_conn_fail(conn, SEAL_E_ILLEGAL_PARAMETER,
				      "record_size_limit %u", limit);
	conn->size_limit = limit < SEAL_INNER_MAX ? limit : SEAL_INNER_MAX;
	return 0;
}

/* What we take ourselves, once that is negotiated */
static uint16_t own_limit(const struct seal_conn *conn)
{
	return conn->cfg->size_limit ? conn->cfg->size_limit : SEAL_INNER_MAX;
}

/* RFC 8449 4: each direction has a limit of its own; RFC 6066 4: both the same */
static size_t input_limit(const struct seal_conn *conn)
{
	return conn->max_fragment ? fragment_limit(conn->max_fragment) :
				    own_limit(conn);
}

/* ------------------------------------------------------------- handshake */

void seal_limit_write_offer(struct seal_conn *conn, struct seal_writer *w)
{
	const struct seal_config *cfg = conn->cfg;

	if (cfg->max_fragment) {
		conn->offered |= SEAL_EXT_BIT(SEAL_EXT_MAX_FRAGMENT_LENGTH);
		write_max_fragment(w, cfg->max_fragment);
	}
	if (cfg->size_limit) {
		conn->offered |= SEAL_EXT_BIT(SEAL_EXT_RECORD_SIZE_LIMIT);
		write_size_limit(w, cfg->size_limit);
	}
}

int seal_limit_read_offer(struct seal_conn *conn, const struct seal_exts *exts)
{
	int err;

	/* RFC 8449 5: with both, max_fragment_length MUST be ignored */
	if (seal_ext_has(exts, SEAL_EXT_RECORD_SIZE_LIMIT))
		err = read_size_limit(conn, exts);
	else if (seal_ext_has(exts, SEAL_EXT_MAX_FRAGMENT_LENGTH))
		err = read_max_fragment(conn, exts);
	else
		return 0;
	return err ? err : seal_record_set_limit(&conn->out, conn->size_limit);
}

void seal_limit_write_answer(struct seal_conn *conn, struct seal_writer *w)
{
	if (!conn->size_limit)
		return;
	if (conn->max_fragment)
		write_max_fragment(w, conn->max_fragment);
	else
		write_size_limit(w, own_limit(conn));
	conn->in.limit = input_limit(conn);
}

/* RFC 6066 4: the same as was asked for */
static int check_max_fragment(struct seal_conn *conn)
{
	if (conn->max_fragment == conn->cfg->max_fragment)
		return 0;
	return seal_conn_fail(conn, SEAL_E_ILLEGAL_PARAMETER,
			      "max_fragment_length is not what was asked for");
}

int seal_limit_read_answer(struct seal_conn *conn, const struct seal_exts *exts)
{
	bool fragment = seal_ext_has(exts, SEAL_EXT_MAX_FRAGMENT_LENGTH);
	bool limit = seal_ext_has(exts, SEAL_EXT_RECORD_SIZE_LIMIT);
	int err = 0;

	if (!fragment && !limit)
		return 0;
	/* RFC 8449 5: both are a fatal error */
	if (fragment && limit)
		return seal_conn_fail(conn, SEAL_E_ILLEGAL_PARAMETER,
				      "both max_fragment_length and record_size_limit");
	err = limit ? read_size_limit(conn, exts) : read_max_fragment(conn, exts);
	if (!err && fragment)
		err = check_max_fragment(conn);
	if (!err)
		err = seal_record_set_limit(&conn->out, conn->size_limit);
	return err ? err : seal_record_set_limit(&conn->in, input_limit(conn));
}

/* ------------------------------------------------- setters and getters */

int seal_config_set_max_fragment_length(struct seal_config *cfg, size_t bytes)
{
	int err = seal_config_begin_side(cfg, SEAL_CLIENT);

	if (err)
		return err;
	if (bytes && !fragment_code(bytes))
		return seal_config_fail(cfg, SEAL_E_INVALID,
					"a maximum fragment length of %zu: 512, 1024, 2048 or 4096 bytes, or 0",
					bytes);
	cfg->max_fragment = bytes;
	return 0;
}

int seal_config_set_record_size_limit(struct seal_config *cfg, size_t bytes)
{
	int err = seal_config_begin(cfg);

	if (err)
		return err;
	if (bytes && (bytes < LIMIT_MIN || bytes > SEAL_INNER_MAX))
		return seal_config_fail(cfg, SEAL_E_INVALID,
					"a record size limit of %zu: %d to %d bytes, or 0",
					bytes, LIMIT_MIN, SEAL_INNER_MAX);
	cfg->size_limit = bytes;
	return 0;
}

size_t seal_conn_max_fragment_length(const struct seal_conn *conn)
{
	return conn->state == SEAL_HS_DONE ? conn->max_fragment : 0;
}

size_t seal_conn_record_size_limit(const struct seal_conn *conn)
{
	return conn->state == SEAL_HS_DONE ? conn->size_limit : 0;
}
