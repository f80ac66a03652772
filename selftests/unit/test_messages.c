// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Every message enters cut at every byte, with each of its lengths off by one and
 * with bytes left over; decode_error leaves and no byte past the end is read.
 */
#include <string.h>

#include "unit.h"

/* A message, how to make a good one and how to read all of it */
struct kind {
	void	(*build)(struct forge *f);
	int	(*parse)(struct seal_span body);
	/* the same message cut here is another one; 0: nowhere */
	size_t	(*whole_at)(const struct forge *f);
	int	whole_error;
};

/* ------------------------------------------------------------- building */

static void build_client_hello(struct forge *f)
{
	struct hello hello;

	hello_of_client(&hello);
	forge_client_hello(f, &hello);
}

static struct pair pair;

static void build_server_hello(struct forge *f)
{
	struct hello hello;

	hello_of_server(&hello, pair.client);
	forge_server_hello(f, &hello);
}

static void build_retry(struct forge *f)
{
	static const uint8_t cookie[] = { 0, 3, 'a', 'b', 'c' };
	struct hello hello;

	hello_of_retry(&hello, pair.client);
	hello_add(&hello, TYPE_COOKIE, SPAN(cookie));
	forge_server_hello(f, &hello);
}

static void build_extensions(struct forge *f)
{
	forge_start(f);
	forge_open(f, 2);
	forge_number(f, TYPE_SERVER_NAME, 2);
	forge_vector(f, 2, NULL, 0);
	forge_number(f, TYPE_ALPN, 2);
	forge_open(f, 2);
	forge_open(f, 2);
	forge_vector(f, 1, "h2", 2);
	forge_close(f);
	forge_close(f);
	forge_close(f);
}

static void build_request(struct forge *f)
{
	forge_start(f);
	forge_vector(f, 1, NULL, 0);
	forge_open(f, 2);
	forge_number(f, TYPE_SIGNATURE_ALGORITHMS, 2);
	forge_open(f, 2);
	forge_vector(f, 2, "\4\3\5\3", 4);
	forge_close(f);
	forge_close(f);
}

static void build_certificate(struct forge *f)
{
	forge_start(f);
	forge_vector(f, 1, NULL, 0);
	forge_open(f, 3);
	for (int i = 0; i < 2; i++) {
		forge_vector(f, 3, "a certificate", 13);
		forge_vector(f, 2, NULL, 0);
	}
	forge_close(f);
}

static void build_verify(struct forge *f)
{
	forge_start(f);
	forge_number(f, 0x0403, 2);
	forge_vector(f, 2, "a signature", 11);
}

/* -------------------------------------------------------------- reading */

static int first_of(const int *results, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (results[i])
			return results[i];
	return 0;
}

static int parse_client_hello(struct seal_span body)
{
	struct seal_key_share shares[SEAL_SHARES_MAX];
	struct seal_client_hello msg;
	struct seal_span span;
	size_t count;
	int err;

	err = seal_client_hello_parse(body, &msg);
	if (err || !msg.extensions.len)
		return err;
	const int results[] = {
		seal_ext_server_name(&msg.exts, &span),
		seal_ext_offers_tls13(&msg.exts),
		seal_ext_list16(&msg.exts, SEAL_EXT_SUPPORTED_GROUPS, &span),
		seal_ext_list16(&msg.exts, SEAL_EXT_SIGNATURE_ALGORITHMS, &span),
		seal_ext_alpn(&msg.exts, &span),
		seal_ext_client_shares(&msg.exts, shares, &count),
	};

	return first_of(results, SEAL_ARRAY_SIZE(results));
}

static int parse_server_hello(struct seal_span body)
{
	struct seal_server_hello msg;

	return seal_server_hello_parse(body, pair.client->offered, &msg);
}

static int parse_extensions(struct seal_span body)
{
	const uint32_t offered = SEAL_EXT_BIT(SEAL_EXT_SERVER_NAME) |
				 SEAL_EXT_BIT(SEAL_EXT_ALPN);
	struct seal_span list;
	struct seal_exts exts;
	int err;

	err = seal_encrypted_extensions_parse(body, offered, &exts);
	return err ? err : seal_ext_alpn(&exts, &list);
}

static int parse_request(struct seal_span body)
{
	struct seal_certificate_request msg;
	struct seal_span list;
	int err;

	err = seal_certificate_request_parse(body, &msg);
	return err ? err : seal_ext_list16(&msg.exts,
					   SEAL_EXT_SIGNATURE_ALGORITHMS, &list);
}

static int parse_certificate(struct seal_span body)
{
	struct seal_certificate msg;

	return seal_certificate_parse(body, 0, &msg);
}

static int parse_verify(struct seal_span body)
{
	struct seal_certificate_verify msg;

	return seal_certificate_verify_parse(body, &msg);
}

/* Where the block of extensions begins: the first vector behind the suites */
static size_t before_extensions(const struct forge *f)
{
	const size_t suites = 2 + SEAL_RANDOM_SIZE + 1 + SEAL_SESSION_ID_MAX;
	size_t i = 0;

	while (f->fields[i].width != 2 || f->fields[i].at <= suites)
		i++;
	return f->fields[i].at;
}

/* ---------------------------------------------------------------- tests */

static int parse_guarded(const struct kind *kind, const struct forge *f,
			 size_t len)
{
	return kind->parse((struct seal_span){ guard_copy(f->data, len), len });
}

static struct forge forge;

static void good_ones_are_read(void **state)
{
	const struct kind *kind = *state;

	kind->build(&forge);
	assert_int_equal(parse_guarded(kind, &forge, forge.len), 0);
}

static void cut_at_every_byte(void **state)
{
	const struct kind *kind = *state;
	size_t whole;

	kind->build(&forge);
	whole = kind->whole_at ? kind->whole_at(&forge) : forge.len;
	for (size_t len = 0; len < forge.len; len++)
		assert_int_equal(parse_guarded(kind, &forge, len), len == whole ?
				 kind->whole_error : SEAL_E_DECODE_ERROR);
}

static void bytes_left_over(void **state)
{
	const struct kind *kind = *state;

	for (size_t extra = 1; extra <= 4; extra++) {
		kind->build(&forge);
		forge_bytes(&forge, "\0\0\0\0", extra);
		assert_int_equal(parse_guarded(kind, &forge, forge.len),
				 SEAL_E_DECODE_ERROR);
	}
}

/*
 * A wrong length shifts what comes after it, so that the first thing that is found
 * wrong may be an extension in the wrong place.  None is accepted.
 */
static void expect_misread(int err)
{
	assert_true(err == SEAL_E_DECODE_ERROR ||
		    err == SEAL_E_UNSUPPORTED_EXTENSION ||
		    err == SEAL_E_ILLEGAL_PARAMETER ||
		    err == SEAL_E_PROTOCOL_VERSION);
}

static void every_length_off_by_one(void **state)
{
	const struct kind *kind = *state;

	kind->build(&forge);
	for (size_t i = 0; i < forge.fields_len; i++)
		for (int delta = -1; delta <= 1; delta += 2) {
			kind->build(&forge);
			forge_adjust(&forge, i, delta);
			expect_misread(parse_guarded(kind, &forge, forge.len));
		}
}

static void every_length_all_ones(void **state)
{
	const struct kind *kind = *state;

	kind->build(&forge);
	for (size_t i = 0; i < forge.fields_len; i++) {
		kind->build(&forge);
		memset(forge.data + forge.fields[i].at, 0xff,
		       forge.fields[i].width);
		assert_int_equal(parse_guarded(kind, &forge, forge.len),
				 SEAL_E_DECODE_ERROR);
	}
}

/* No byte of any value at any place makes a reader leave its message */
static void every_byte_of_every_value(void **state)
{
	const struct kind *kind = *state;

	kind->build(&forge);
	for (size_t at = 0; at < forge.len; at++)
		for (unsigned int value = 0; value < 256; value++) {
			uint8_t saved = forge.data[at];

			forge.data[at] = value;
			assert_true(parse_guarded(kind, &forge, forge.len) <= 0);
			forge.data[at] = saved;
		}
}

static int open_pair(void **state)
{
	(void)state;
	pair_open(&pair, common_client(), common_server());
	return 0;
}

static int close_pair(void **state)
{
	(void)state;
	pair_close(&pair);
	return 0;
}

/* RFC 5246 7.4.1.2, 7.4.1.3: old ones may end before the extensions */
static const struct kind client_hello = {
	build_client_hello, parse_client_hello, before_extensions, 0
};

static const struct kind server_hello = {
	build_server_hello, parse_server_hello, before_extensions,
	SEAL_E_PROTOCOL_VERSION
};

static const struct kind retry = {
	build_retry, parse_server_hello, before_extensions,
	SEAL_E_PROTOCOL_VERSION
};

static const struct kind extensions = { build_extensions, parse_extensions, NULL, 0 };
static const struct kind request = { build_request, parse_request, NULL, 0 };
static const struct kind certificate = {
	build_certificate, parse_certificate, NULL, 0
};

static const struct kind verify = { build_verify, parse_verify, NULL, 0 };

static const struct variant variants[] = {
	{ "client_hello", &client_hello },
	{ "server_hello", &server_hello },
	{ "hello_retry_request", &retry },
	{ "encrypted_extensions", &extensions },
	{ "certificate_request", &request },
	{ "certificate", &certificate },
	{ "certificate_verify", &verify },
};

static const struct walk walks[] = {
	{ "good_ones_are_read", good_ones_are_read, NULL },
	{ "cut_at_every_byte", cut_at_every_byte, NULL },
	{ "bytes_left_over", bytes_left_over, NULL },
	{ "every_length_off_by_one", every_length_off_by_one, NULL },
	{ "every_length_all_ones", every_length_all_ones, NULL },
	{ "every_byte_of_every_value", every_byte_of_every_value, NULL },
};

int main(void)
{
	const struct cases cases = {
		walks, SEAL_ARRAY_SIZE(walks),
		variants, SEAL_ARRAY_SIZE(variants), NULL, 0
	};

	return run_cases(&cases, open_pair, close_pair);
}
