// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The number of a parser and the body of a message enter; each byte that the parser
 * points to is looked at.
 */
#include <string.h>

#include "fuzz.h"

const bool fuzz_seeds_reach_end;

#define ALL_OFFERED	UINT32_MAX

/* Touch it: what is out of bounds is for the sanitizer to say */
static void look(struct seal_span span)
{
	static volatile uint8_t sum;

	for (size_t i = 0; i < span.len; i++)
		sum += span.data[i];
	(void)sum;
}

static void look_at_exts(const struct seal_exts *exts)
{
	for (unsigned int i = 0; i < SEAL_EXT_COUNT; i++)
		if (seal_ext_has(exts, i))
			look(exts->body[i]);
}

static void look_at_lists(const struct seal_exts *exts)
{
	static const enum seal_ext lists[] = {
		SEAL_EXT_SIGNATURE_ALGORITHMS, SEAL_EXT_SIGNATURE_ALGORITHMS_CERT,
		SEAL_EXT_SUPPORTED_GROUPS,
	};
	struct seal_span list;

	for (size_t i = 0; i < SEAL_ARRAY_SIZE(lists); i++)
		if (!seal_ext_list16(exts, lists[i], &list)) {
			look(list);
			seal_list16_has(list, 0x0403);
		}
	if (!seal_ext_authorities(exts, &list))
		look(list);
	if (!seal_ext_server_name(exts, &list))
		look(list);
	if (!seal_ext_alpn(exts, &list)) {
		look(list);
		seal_alpn_has(list, (struct seal_span){ (const uint8_t *)"h2", 2 });
	}
}

static void look_at_keys(const struct seal_exts *exts)
{
	struct seal_key_share shares[SEAL_SHARES_MAX];
	struct seal_identity psks[SEAL_IDENTITIES_MAX];
	size_t count, binders;
	bool dhe;

	if (!seal_ext_client_shares(exts, shares, &count)) {
		FUZZ_CHECK(count <= SEAL_SHARES_MAX);
		for (size_t i = 0; i < count; i++)
			look(shares[i].key);
	}
	if (!seal_ext_client_psks(exts, psks, &count, &binders)) {
		FUZZ_CHECK(count <= SEAL_IDENTITIES_MAX);
		FUZZ_CHECK(binders <= exts->body[SEAL_EXT_PRE_SHARED_KEY].len);
		for (size_t i = 0; i < count; i++) {
			look(psks[i].name);
			look(psks[i].binder);
		}
	}
	if (seal_ext_offers_tls13(exts) || seal_ext_psk_dhe(exts, &dhe))
		return;
}

static void client_hello(struct seal_span body)
{
	struct seal_client_hello msg;

	if (seal_client_hello_parse(body, &msg))
		return;
	look(msg.random);
	look(msg.session_id);
	look(msg.suites);
	look(msg.compression);
	look(msg.frozen);
	look(msg.extensions);
	look_at_exts(&msg.exts);
	look_at_lists(&msg.exts);
	look_at_keys(&msg.exts);
}

static void server_hello(struct seal_span body)
{
	struct seal_server_hello msg;

	seal_server_hello_is_retry(body);
	if (seal_server_hello_parse(body, ALL_OFFERED, &msg))
		return;
	look(msg.random);
	look(msg.session_id);
	look_at_exts(&msg.exts);
}

static void encrypted_extensions(struct seal_span body)
{
	struct seal_exts exts;

	if (seal_encrypted_extensions_parse(body, ALL_OFFERED, &exts))
		return;
	look_at_exts(&exts);
	look_at_lists(&exts);
}

static void certificate(struct seal_span body)
{
	struct seal_certificate msg;

	if (seal_certificate_parse(body, ALL_OFFERED, &msg))
		return;
	look(msg.context);
	FUZZ_CHECK(msg.count <= SEAL_CHAIN_MAX);
	for (size_t i = 0; i < msg.count; i++)
		look(msg.certs[i]);
}

static void certificate_request(struct seal_span body)
{
	struct seal_certificate_request msg;

	if (seal_certificate_request_parse(body, &msg))
		return;
	look(msg.context);
	look_at_exts(&msg.exts);
	look_at_lists(&msg.exts);
}

static void certificate_verify(struct seal_span body)
{
	struct seal_certificate_verify msg;

	if (!seal_certificate_verify_parse(body, &msg))
		look(msg.signature);
}

static void new_session_ticket(struct seal_span body)
{
	struct seal_new_session_ticket msg;

	if (seal_new_session_ticket_parse(body, &msg))
		return;
	look(msg.nonce);
	look(msg.ticket);
}

static const struct {
	uint8_t	type;
	void	(*parse)(struct seal_span body);
} parsers[] = {
	{ SEAL_MSG_CLIENT_HELLO, client_hello },
	{ SEAL_MSG_SERVER_HELLO, server_hello },
	{ SEAL_MSG_ENCRYPTED_EXTENSIONS, encrypted_extensions },
	{ SEAL_MSG_CERTIFICATE, certificate },
	{ SEAL_MSG_CERTIFICATE_REQUEST, certificate_request },
	{ SEAL_MSG_CERTIFICATE_VERIFY, certificate_verify },
	{ SEAL_MSG_NEW_SESSION_TICKET, new_session_ticket },
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	/* to the byte, so that one too many is seen */
	uint8_t *copy;

	if (!len)
		return 0;
	copy = malloc(len);
	FUZZ_CHECK(copy);
	memcpy(copy, data, len);
	parsers[data[0] % SEAL_ARRAY_SIZE(parsers)].parse(
		(struct seal_span){ copy + 1, len - 1 });
	free(copy);
	return 0;
}

/* ------------------------------------------------------------------- seeds */

static void append_input(struct seal_span message, struct seal_buf *out)
{
	uint8_t head;

	for (head = 0; parsers[head].type != message.data[0]; head++)
		if (head + 1U == SEAL_ARRAY_SIZE(parsers))
			return;
	fuzz_append(out, &head, 1);
	fuzz_append(out, message.data + SEAL_MESSAGE_HEADER,
		    message.len - SEAL_MESSAGE_HEADER);
}

/* The @n-th message in what a victim gets; how many there were */
static size_t find_message(const struct seal_buf *records, size_t n, struct seal_buf *out)
{
	struct seal_reader r, content, start;
	struct seal_span record;
	size_t count = 0;
	uint8_t type;

	seal_reader_init(&r, records->data, records->len);
	while (r.left) {
		type = seal_reader_u8(&r);
		record = seal_reader_vector(&r, 2, 0);
		if ((type & 0x7f) != SEAL_CONTENT_HANDSHAKE)
			continue;
		seal_reader_init(&content, record.data, record.len);
		while (content.left) {
			start = content;
			seal_reader_u8(&content);
			record = seal_reader_vector(&content, 3, 0);
			if (count++ == n)
				append_input(seal_reader_bytes(&start, SEAL_MESSAGE_HEADER +
							       record.len), out);
		}
	}
	return count;
}

bool fuzz_seed(size_t n, struct seal_buf *out)
{
	struct seal_buf records = { 0 };
	size_t count;

	for (size_t i = 0; i < 2 * FUZZ_VARIANTS; i++) {
		fuzz_record(i % 2 ? SEAL_SERVER : SEAL_CLIENT, i / 2, true, &records);
		count = find_message(&records, n, out);
		seal_buf_free(&records);
		if (n < count)
			return true;
		n -= count;
	}
	return false;
}
