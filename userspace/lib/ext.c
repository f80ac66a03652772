// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A block of extensions enters, its known ones leave by name; whatever the
 * message must not carry is refused (RFC 8446 4.2).
 */
#include <string.h>

#include "private.h"

/* RFC 8446 4.2, table of extensions and the messages they belong into */
static const struct {
	uint16_t	type;
	uint8_t		where;		/* enum seal_ext_where */
} extensions[SEAL_EXT_COUNT] = {
	[SEAL_EXT_SERVER_NAME] = { 0,
		SEAL_IN_CLIENT_HELLO | SEAL_IN_ENCRYPTED_EXTENSIONS },
	[SEAL_EXT_MAX_FRAGMENT_LENGTH] = { 1,
		SEAL_IN_CLIENT_HELLO | SEAL_IN_ENCRYPTED_EXTENSIONS },
	[SEAL_EXT_STATUS_REQUEST] = { 5,
		SEAL_IN_CLIENT_HELLO | SEAL_IN_CERTIFICATE_REQUEST |
		SEAL_IN_CERTIFICATE },
	[SEAL_EXT_SUPPORTED_GROUPS] = { 10,
		SEAL_IN_CLIENT_HELLO | SEAL_IN_ENCRYPTED_EXTENSIONS },
	[SEAL_EXT_SIGNATURE_ALGORITHMS] = { 13,
		SEAL_IN_CLIENT_HELLO | SEAL_IN_CERTIFICATE_REQUEST },
	[SEAL_EXT_USE_SRTP] = { 14,
		SEAL_IN_CLIENT_HELLO | SEAL_IN_ENCRYPTED_EXTENSIONS },
	[SEAL_EXT_HEARTBEAT] = { 15,
		SEAL_IN_CLIENT_HELLO | SEAL_IN_ENCRYPTED_EXTENSIONS },
	[SEAL_EXT_ALPN] = { 16,
		SEAL_IN_CLIENT_HELLO | SEAL_IN_ENCRYPTED_EXTENSIONS },
	[SEAL_EXT_SCT] = { 18,
		SEAL_IN_CLIENT_HELLO | SEAL_IN_CERTIFICATE_REQUEST |
		SEAL_IN_CERTIFICATE },
	[SEAL_EXT_CLIENT_CERTIFICATE_TYPE] = { 19,
		SEAL_IN_CLIENT_HELLO | SEAL_IN_ENCRYPTED_EXTENSIONS },
	[SEAL_EXT_SERVER_CERTIFICATE_TYPE] = { 20,
		SEAL_IN_CLIENT_HELLO | SEAL_IN_ENCRYPTED_EXTENSIONS },
	[SEAL_EXT_PADDING] = { 21, SEAL_IN_CLIENT_HELLO },
	[SEAL_EXT_COMPRESS_CERTIFICATE] = { 27,
		SEAL_IN_CLIENT_HELLO | SEAL_IN_CERTIFICATE_REQUEST },
	[SEAL_EXT_RECORD_SIZE_LIMIT] = { 28,
		SEAL_IN_CLIENT_HELLO | SEAL_IN_ENCRYPTED_EXTENSIONS },
	[SEAL_EXT_PRE_SHARED_KEY] = { 41,
		SEAL_IN_CLIENT_HELLO | SEAL_IN_SERVER_HELLO },
	[SEAL_EXT_EARLY_DATA] = { 42,
		SEAL_IN_CLIENT_HELLO | SEAL_IN_ENCRYPTED_EXTENSIONS |
		SEAL_IN_NEW_SESSION_TICKET },
	[SEAL_EXT_SUPPORTED_VERSIONS] = { 43,
		SEAL_IN_CLIENT_HELLO | SEAL_IN_SERVER_HELLO |
		SEAL_IN_HELLO_RETRY_REQUEST },
	[SEAL_EXT_COOKIE] = { 44,
		SEAL_IN_CLIENT_HELLO | SEAL_IN_HELLO_RETRY_REQUEST },
	[SEAL_EXT_PSK_MODES] = { 45, SEAL_IN_CLIENT_HELLO },
	[SEAL_EXT_CERTIFICATE_AUTHORITIES] = { 47,
		SEAL_IN_CLIENT_HELLO | SEAL_IN_CERTIFICATE_REQUEST },
	[SEAL_EXT_OID_FILTERS] = { 48, SEAL_IN_CERTIFICATE_REQUEST },
	[SEAL_EXT_POST_HANDSHAKE_AUTH] = { 49, SEAL_IN_CLIENT_HELLO },
	[SEAL_EXT_SIGNATURE_ALGORITHMS_CERT] = { 50,
		SEAL_IN_CLIENT_HELLO | SEAL_IN_CERTIFICATE_REQUEST },
	[SEAL_EXT_KEY_SHARE] = { 51,
		SEAL_IN_CLIENT_HELLO | SEAL_IN_SERVER_HELLO |
		SEAL_IN_HELLO_RETRY_REQUEST },
};

/* These ask; all others answer and may carry only what was asked for */
#define ASKING	(SEAL_IN_CLIENT_HELLO | SEAL_IN_CERTIFICATE_REQUEST | \
		 SEAL_IN_NEW_SESSION_TICKET)

/* One bit for each type on the wire, to find duplicates in linear time */
struct type_set {
	uint64_t bits[65536 / 64];
};

static bool set_add(struct type_set *set, uint16_t type)
{
	uint64_t bit = UINT64_C(1) << type % 64;
	bool fresh = !(set->bits[type / 64] & bit);

	set->bits[type / 64] |= bit;
	return fresh;
}

static enum seal_ext find_extension(uint16_t type)
{
	enum seal_ext ext;

	for (ext = 0; ext < SEAL_EXT_COUNT; ext++)
		if (extensions[ext].type == type)
			break;
	return ext;
}

static int check_place(enum seal_ext ext, enum seal_ext_where where,
		       uint32_t offered)
{
	if (ext == SEAL_EXT_COUNT)
		/* RFC 8446 4.2: unknown ones are ignored in what asks */
		return where & ASKING ? 0 : SEAL_E_UNSUPPORTED_EXTENSION;
	if (!(extensions[ext].where & where))
		return SEAL_E_ILLEGAL_PARAMETER;
	/* RFC 8446 4.2: only cookie may come unasked */
	if (where & ASKING || ext == SEAL_EXT_COOKIE)
		return 0;
	return offered & SEAL_EXT_BIT(ext) ? 0 : SEAL_E_UNSUPPORTED_EXTENSION;
}

uint16_t seal_ext_type(enum seal_ext ext)
{
	return extensions[ext].type;
}

bool seal_ext_has(const struct seal_exts *exts, enum seal_ext ext)
{
	return exts->present & SEAL_EXT_BIT(ext);
}

struct seal_reader seal_ext_reader(const struct seal_exts *exts,
				   enum seal_ext ext)
{
	struct seal_reader r = { .failed = true };

	if (seal_ext_has(exts, ext))
		seal_reader_init(&r, exts->body[ext].data, exts->body[ext].len);
	return r;
}

static int parse_one(struct seal_reader *r, enum seal_ext_where where,
		     uint32_t offered, struct seal_exts *exts)
{
	uint16_t type = seal_reader_u16(r);
	struct seal_span body = seal_reader_vector(r, 2, 0);
	enum seal_ext ext = find_extension(type);
	int err;

	if (r->failed)
		return SEAL_E_DECODE_ERROR;
	err = check_place(ext, where, offered);
	if (err)
		return err;
	exts->last = type;
	if (ext == SEAL_EXT_COUNT)
		return 0;
	exts->present |= SEAL_EXT_BIT(ext);
	exts->body[ext] = body;
	return 0;
}

int seal_ext_parse(struct seal_reader *r, enum seal_ext_where where,
		   uint32_t offered, struct seal_exts *exts)
{
	struct seal_reader block = seal_reader_enter(r, 2, 0);
	struct type_set seen = { 0 };
	int err;

	memset(exts, 0, sizeof(*exts));
	while (block.left) {
		err = parse_one(&block, where, offered, exts);
		if (err)
			return err;
		/* RFC 8446 4.2: not more than one of the same type */
		if (!set_add(&seen, exts->last))
			return SEAL_E_ILLEGAL_PARAMETER;
	}
	return seal_reader_finish(&block);
}

void seal_ext_open(struct seal_writer *w, enum seal_ext ext)
{
	seal_writer_u16(w, extensions[ext].type);
	seal_writer_open(w, 2);
}
