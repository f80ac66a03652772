// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * What a ClientHello or ServerHello is to say enters, its body leaves (RFC 8446
 * 4.1.2, 4.1.3).
 */
#include <string.h>

#include "unit.h"

static const uint8_t null_compression[] = { 0 };
static const uint8_t client_suites[] = { 0x13, 1, 0x13, 2, 0x13, 3 };
static const uint8_t server_suite[] = { 0x13, 1 };
static const uint8_t session_id[32] = { 0x5e, 0x55, 0x10 };

static const uint8_t server_name[] = {
	0, 17, 0, 0, 14, 's', 'e', 'r', 'v', 'e', 'r', '.', 'e', 'x', 'a', 'm',
	'p', 'l', 'e'
};

static const uint8_t client_versions[] = { 2, 3, 4 };
static const uint8_t server_version[] = { 3, 4 };
static const uint8_t groups[] = { 0, 6, 0, 0x1d, 0, 0x17, 0, 0x18 };
static const uint8_t schemes[] = { 0, 8, 4, 3, 5, 3, 8, 7, 8, 4 };
static const uint8_t protocols[] = { 0, 3, 2, 'h', '2' };
/* the public key of X25519 is the base point, which is as good as any */
static const uint8_t client_share[2 + 4 + 32] = { 0, 36, 0, 0x1d, 0, 32, 9 };
static const uint8_t server_share[4 + 32] = { 0, 0x1d, 0, 32, 9 };
static const uint8_t retry_group[] = { 0, 0x17 };

void hello_of_client(struct hello *hello)
{
	memset(hello, 0, sizeof(*hello));
	hello->version = 0x0303;
	memset(hello->random, 0xc1, sizeof(hello->random));
	hello->session_id = SPAN(session_id);
	hello->suites = SPAN(client_suites);
	hello->compression = SPAN(null_compression);
	hello_add(hello, TYPE_SERVER_NAME, SPAN(server_name));
	hello_add(hello, TYPE_SUPPORTED_VERSIONS, SPAN(client_versions));
	hello_add(hello, TYPE_SUPPORTED_GROUPS, SPAN(groups));
	hello_add(hello, TYPE_SIGNATURE_ALGORITHMS, SPAN(schemes));
	hello_add(hello, TYPE_ALPN, SPAN(protocols));
	hello_add(hello, TYPE_KEY_SHARE, SPAN(client_share));
}

void hello_of_server(struct hello *hello, const struct seal_conn *client)
{
	memset(hello, 0, sizeof(*hello));
	hello->version = 0x0303;
	memset(hello->random, 0x5e, sizeof(hello->random));
	hello->session_id.data = client->session_id;
	hello->session_id.len = client->session_id_len;
	hello->suites = SPAN(server_suite);
	hello->compression = SPAN(null_compression);
	hello_add(hello, TYPE_SUPPORTED_VERSIONS, SPAN(server_version));
	hello_add(hello, TYPE_KEY_SHARE, SPAN(server_share));
}

void hello_of_retry(struct hello *hello, const struct seal_conn *client)
{
	hello_of_server(hello, client);
	memcpy(hello->random, seal_hello_retry_random, SEAL_RANDOM_SIZE);
	hello_put(hello, TYPE_KEY_SHARE, SPAN(retry_group));
}

void hello_add(struct hello *hello, uint16_t type, struct seal_span body)
{
	assert_true(hello->exts_len < HELLO_EXTS);
	hello->exts[hello->exts_len].type = type;
	hello->exts[hello->exts_len++].body = body;
}

void hello_put(struct hello *hello, uint16_t type, struct seal_span body)
{
	for (size_t i = 0; i < hello->exts_len; i++)
		if (hello->exts[i].type == type) {
			hello->exts[i].body = body;
			return;
		}
	hello_add(hello, type, body);
}

void hello_drop(struct hello *hello, uint16_t type)
{
	size_t kept = 0;

	for (size_t i = 0; i < hello->exts_len; i++)
		if (hello->exts[i].type != type)
			hello->exts[kept++] = hello->exts[i];
	hello->exts_len = kept;
}

static void forge_extensions(struct forge *f, const struct hello *hello)
{
	if (hello->bare)
		return;
	forge_open(f, 2);
	for (size_t i = 0; i < hello->exts_len; i++) {
		forge_number(f, hello->exts[i].type, 2);
		forge_vector(f, 2, hello->exts[i].body.data,
			     hello->exts[i].body.len);
	}
	forge_close(f);
}

static void forge_beginning(struct forge *f, const struct hello *hello)
{
	forge_start(f);
	forge_number(f, hello->version, 2);
	forge_bytes(f, hello->random, sizeof(hello->random));
	forge_vector(f, 1, hello->session_id.data, hello->session_id.len);
}

void forge_client_hello(struct forge *f, const struct hello *hello)
{
	forge_beginning(f, hello);
	forge_vector(f, 2, hello->suites.data, hello->suites.len);
	forge_vector(f, 1, hello->compression.data, hello->compression.len);
	forge_extensions(f, hello);
}

void forge_server_hello(struct forge *f, const struct hello *hello)
{
	forge_beginning(f, hello);
	forge_bytes(f, hello->suites.data, hello->suites.len);
	forge_bytes(f, hello->compression.data, hello->compression.len);
	forge_extensions(f, hello);
}
