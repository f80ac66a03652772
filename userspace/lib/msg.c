// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The body of a handshake message enters (RFC 8446 4), a struct whose spans point
 * into it leaves; what the fields mean is judged elsewhere.
 */
#include <string.h>

#include "private.h"

/* SHA-256 of "HelloRetryRequest" (RFC 8446 4.1.3) */
const uint8_t seal_hello_retry_random[SEAL_RANDOM_SIZE] = {
	0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11,
	0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
	0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e,
	0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
};

static struct seal_span read_session_id(struct seal_reader *r)
{
	struct seal_span id = seal_reader_vector(r, 1, 0);

	if (id.len > SEAL_SESSION_ID_MAX)
		r->failed = true;
	return id;
}

int seal_client_hello_parse(struct seal_span body, struct seal_client_hello *msg)
{
	struct seal_reader r;
	int err;

	memset(msg, 0, sizeof(*msg));
	seal_reader_init(&r, body.data, body.len);
	msg->version = seal_reader_u16(&r);
	msg->random = seal_reader_bytes(&r, SEAL_RANDOM_SIZE);
	msg->session_id = read_session_id(&r);
	msg->suites = seal_reader_vector(&r, 2, 2);
	msg->compression = seal_reader_vector(&r, 1, 1);
	if (r.failed || msg->suites.len % 2)
		return SEAL_E_DECODE_ERROR;
	msg->frozen.data = body.data;
	msg->frozen.len = body.len - r.left;
	/* RFC 5246 7.4.1.2: an old client may send no block at all */
	if (!r.left)
		return 0;
	msg->extensions.data = r.pos;
	msg->extensions.len = r.left;
	err = seal_ext_parse(&r, SEAL_IN_CLIENT_HELLO, 0, &msg->exts);
	if (err)
		return err;
	return seal_reader_finish(&r);
}

static struct seal_span read_server_random(struct seal_reader *r,
					   struct seal_server_hello *msg)
{
	msg->version = seal_reader_u16(r);
	return seal_reader_bytes(r, SEAL_RANDOM_SIZE);
}

bool seal_server_hello_is_retry(struct seal_span body)
{
	const struct seal_span retry = {
		seal_hello_retry_random, SEAL_RANDOM_SIZE
	};
	struct seal_server_hello msg;
	struct seal_reader r;

	seal_reader_init(&r, body.data, body.len);
	return seal_span_equal(read_server_random(&r, &msg), retry);
}

/*
 * RFC 8446 4.2.1: a ServerHello of TLS 1.3 has supported_versions; without it, the
 * rest is to be read by the rules of an older version, which we leave alone.
 */
static int check_version(struct seal_reader r)
{
	uint16_t wanted = seal_ext_type(SEAL_EXT_SUPPORTED_VERSIONS);
	struct seal_reader block;

	if (!r.left)
		return SEAL_E_PROTOCOL_VERSION;
	block = seal_reader_enter(&r, 2, 0);
	while (block.left && !block.failed) {
		if (seal_reader_u16(&block) == wanted)
			return 0;
		seal_reader_vector(&block, 2, 0);
	}
	return block.failed ? SEAL_E_DECODE_ERROR : SEAL_E_PROTOCOL_VERSION;
}

int seal_server_hello_parse(struct seal_span body, uint32_t offered,
			    struct seal_server_hello *msg)
{
	enum seal_ext_where where = seal_server_hello_is_retry(body) ?
		SEAL_IN_HELLO_RETRY_REQUEST : SEAL_IN_SERVER_HELLO;
	struct seal_reader r;
	int err;

	memset(msg, 0, sizeof(*msg));
	seal_reader_init(&r, body.data, body.len);
	msg->random = read_server_random(&r, msg);
	msg->session_id = read_session_id(&r);
	msg->suite = seal_reader_u16(&r);
	msg->compression = seal_reader_u8(&r);
	if (r.failed)
		return SEAL_E_DECODE_ERROR;
	err = check_version(r);
	if (err)
		return err;
	err = seal_ext_parse(&r, where, offered, &msg->exts);
	if (err)
		return err;
	return seal_reader_finish(&r);
}

int seal_encrypted_extensions_parse(struct seal_span body, uint32_t offered,
				    struct seal_exts *exts)
{
	struct seal_reader r;
	int err;

	seal_reader_init(&r, body.data, body.len);
	err = seal_ext_parse(&r, SEAL_IN_ENCRYPTED_EXTENSIONS, offered, exts);
	if (err)
		return err;
	return seal_reader_finish(&r);
}

static int parse_certificate_entry(struct seal_reader *list, uint32_t offered,
				   struct seal_certificate *msg)
{
	struct seal_span cert = seal_reader_vector(list, 3, 1);
	struct seal_span staples[SEAL_STAPLES];
	struct seal_exts exts;
	int err;

	err = seal_ext_parse(list, SEAL_IN_CERTIFICATE, offered, &exts);
	if (!err)
		err = seal_staple_read(&exts, staples);
	if (err)
		return err;
	if (!msg->count)
		memcpy(msg->staples, staples, sizeof(staples));
	if (msg->count == SEAL_CHAIN_MAX)
		return SEAL_E_BAD_CERTIFICATE;
	msg->certs[msg->count++] = cert;
	return 0;
}

int seal_certificate_parse(struct seal_span body, uint32_t offered,
			   struct seal_certificate *msg)
{
	struct seal_reader r, list;
	int err;

	memset(msg, 0, sizeof(*msg));
	seal_reader_init(&r, body.data, body.len);
	msg->context = seal_reader_vector(&r, 1, 0);
	list = seal_reader_enter(&r, 3, 0);
	while (list.left) {
		err = parse_certificate_entry(&list, offered, msg);
		if (err)
			return err;
	}
	err = seal_reader_finish(&list);
	if (err)
		return err;
	return seal_reader_finish(&r);
}

int seal_compressed_certificate_parse(struct seal_span body,
				      struct seal_compressed_certificate *msg)
{
	struct seal_reader r;

	seal_reader_init(&r, body.data, body.len);
	msg->algorithm = seal_reader_u16(&r);
	msg->len = seal_reader_u24(&r);
	msg->packed = seal_reader_vector(&r, 3, 1);
	return seal_reader_finish(&r);
}

int seal_certificate_request_parse(struct seal_span body,
				   struct seal_certificate_request *msg)
{
	struct seal_reader r;
	int err;

	memset(msg, 0, sizeof(*msg));
	seal_reader_init(&r, body.data, body.len);
	msg->context = seal_reader_vector(&r, 1, 0);
	err = seal_ext_parse(&r, SEAL_IN_CERTIFICATE_REQUEST, 0, &msg->exts);
	if (err)
		return err;
	return seal_reader_finish(&r);
}

int seal_certificate_verify_parse(struct seal_span body,
				  struct seal_certificate_verify *msg)
{
	struct seal_reader r;

	seal_reader_init(&r, body.data, body.len);
	msg->scheme = seal_reader_u16(&r);
	msg->signature = seal_reader_vector(&r, 2, 0);
	return seal_reader_finish(&r);
}

/* RFC 8446 4.2.10: how much early data the server takes with this ticket */
static int read_max_early_data(const struct seal_exts *exts, uint32_t *max)
{
	struct seal_reader r;

	if (!seal_ext_has(exts, SEAL_EXT_EARLY_DATA))
		return 0;
	r = seal_ext_reader(exts, SEAL_EXT_EARLY_DATA);
	*max = seal_reader_u32(&r);
	return seal_reader_finish(&r);
}

int seal_new_session_ticket_parse(struct seal_span body,
				  struct seal_new_session_ticket *msg)
{
	struct seal_exts exts;
	struct seal_reader r;
	int err;

	memset(msg, 0, sizeof(*msg));
	seal_reader_init(&r, body.data, body.len);
	msg->lifetime = seal_reader_u32(&r);
	msg->age_add = seal_reader_u32(&r);
	msg->nonce = seal_reader_vector(&r, 1, 0);
	msg->ticket = seal_reader_vector(&r, 2, 1);
	if (r.failed)
		return SEAL_E_DECODE_ERROR;
	err = seal_ext_parse(&r, SEAL_IN_NEW_SESSION_TICKET, 0, &exts);
	if (!err)
		err = read_max_early_data(&exts, &msg->max_early_data);
	return err ? err : seal_reader_finish(&r);
}
