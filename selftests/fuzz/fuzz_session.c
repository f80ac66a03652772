// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * What a store or a peer gives back enters: an exported session, what stands in a ticket,
 * or a ticket; what is taken is the same when it is written and read again.
 */
#include <string.h>

#include "fuzz.h"

const bool fuzz_seeds_reach_end;

static struct seal_buf export(const struct seal_session *session)
{
	struct seal_buf out = { 0 };
	size_t len;

	FUZZ_CHECK(!seal_session_export(session, NULL, 0, &len));
	FUZZ_CHECK(seal_buf_reserve(&out, len));
	FUZZ_CHECK(!seal_session_export(session, out.data, len, &len));
	out.len = len;
	return out;
}

static void import_session(struct seal_span data)
{
	struct seal_session *session, *again;
	struct seal_buf first, second;

	if (seal_session_import(data.data, data.len, &session)) {
		FUZZ_CHECK(!session);
		return;
	}
	first = export(session);
	FUZZ_CHECK(!seal_session_import(first.data, first.len, &again));
	second = export(again);
	FUZZ_CHECK(first.len == second.len &&
		   !memcmp(first.data, second.data, first.len));
	seal_session_lifetime_at(session, 1000);
	seal_buf_free(&first);
	seal_buf_free(&second);
	seal_session_free(session);
	seal_session_free(again);
}

static void read_session(struct seal_span data)
{
	struct seal_session session = { 0 };
	struct seal_reader r;

	seal_reader_init(&r, data.data, data.len);
	if (!seal_session_read(&r, &session))
		FUZZ_CHECK(session.suite &&
			   memchr(session.alpn, 0, sizeof(session.alpn)) &&
			   memchr(session.servername, 0, sizeof(session.servername)));
	seal_buf_free(&session.chain);
}

static const struct seal_config *ticket_config(void)
{
	static struct seal_config *cfg;
	struct seal_ticket_keys *keys;

	if (cfg)
		return cfg;
	cfg = seal_config_new(SEAL_SERVER);
	keys = fuzz_ticket_keys();
	FUZZ_CHECK(cfg && !seal_config_set_ticket_keys(cfg, keys));
	seal_ticket_keys_unref(keys);
	return cfg;
}

static void open_ticket(struct seal_span data)
{
	struct seal_session session = { 0 };
	int err = seal_ticket_open(ticket_config(), data, &session);

	FUZZ_CHECK(err == 0 || err == 1);
	seal_buf_free(&session.ticket);
	seal_buf_free(&session.chain);
}

static void (*const readers[])(struct seal_span data) = {
	import_session, read_session, open_ticket,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint8_t *copy;

	if (!len)
		return 0;
	fuzz_random_start(SEAL_SERVER);
	copy = malloc(len);
	FUZZ_CHECK(copy);
	memcpy(copy, data, len);
	readers[data[0] % SEAL_ARRAY_SIZE(readers)](
		(struct seal_span){ copy + 1, len - 1 });
	free(copy);
	return 0;
}

/* ------------------------------------------------------------------- seeds */

static struct seal_session *make_session(void)
{
	struct seal_session *session = calloc(1, sizeof(*session));

	FUZZ_CHECK(session);
	session->suite = seal_suite_find(0x1302);
	session->received = 1000;
	session->lifetime = 7200;
	session->proof.verified = true;
	session->proof.type = SEAL_CERT_TYPE_BIT(SEAL_CERTIFICATE_X509);
	session->proof.since = 500;
	session->proof.until = 9000;
	memcpy(session->servername, "server.example", 14);
	memcpy(session->alpn, "h2", 2);
	fuzz_append(&session->ticket, "a ticket", 8);
	fuzz_append(&session->chain, "\0\0\1x", 4);
	return session;
}

static void seed_ticket(const struct seal_session *session, struct seal_buf *out)
{
	struct seal_ticket_key key;

	FUZZ_CHECK(seal_ticket_keys_current(ticket_config()->ticket_keys,
					    FUZZ_NOW, &key));
	FUZZ_CHECK(!seal_ticket_seal(ticket_config(), &key, session, out));
}

bool fuzz_seed(size_t n, struct seal_buf *out)
{
	struct seal_session *session;
	const uint8_t head = n;
	struct seal_writer w;
	struct seal_buf bytes;

	if (n >= SEAL_ARRAY_SIZE(readers))
		return false;
	fuzz_random_start(SEAL_SERVER);
	session = make_session();
	fuzz_append(out, &head, 1);
	if (n == 0) {
		bytes = export(session);
		fuzz_append(out, bytes.data, bytes.len);
		seal_buf_free(&bytes);
	} else if (n == 1) {
		seal_writer_init(&w, out);
		seal_session_write(session, &w);
		FUZZ_CHECK(!seal_writer_finish(&w));
	} else {
		seed_ticket(session, out);
	}
	seal_session_free(session);
	return true;
}
