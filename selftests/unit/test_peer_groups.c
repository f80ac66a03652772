// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Every key exchange group that this libcrypto has enters, with OpenSSL as the other
 * end; a handshake leaves, with and without HelloRetryRequest.
 */
#include "peer.h"

static bool is_there(const struct seal_group *group)
{
	if (seal_kex_probe(group))
		return true;
	print_message("# SKIP %s: this libcrypto does not have it\n", group->name);
	return false;
}

/* For a retry, the client would rather have another group */
static uint16_t other_group(const struct seal_group *group)
{
	return group->id == 0x001d ? 0x0017 : 0x001d;
}

/* OpenSSL knows groups by names that are not always those of IANA */
static const char *their_name(uint16_t id)
{
	switch (id) {
	case 0x0017:
		return "P-256";
	case 0x0018:
		return "P-384";
	case 0x0019:
		return "P-521";
	case 0x001d:
		return "X25519";
	case 0x001e:
		return "X448";
	default:
		return seal_group_name(id);
	}
}

static SSL_CTX *context(enum seal_side side, const char *first, const char *second)
{
	SSL_CTX *ctx = peer_context(side, side == SEAL_SERVER ?
				    pki_identity(SEAL_KEY_P256) : NULL);
	char list[80];

	snprintf(list, sizeof(list), "%s%s%s", first, second ? ":" : "",
		 second ? second : "");
	assert_int_equal(SSL_CTX_set1_groups_list(ctx, list), 1);
	return ctx;
}

static void finish(struct peer *peer, const struct seal_group *group)
{
	assert_int_equal(peer_shake(peer), 0);
	assert_false(peer_failed(peer));
	assert_int_equal(seal_conn_group(peer->conn), group->id);
	peer_close(peer);
}

static void client_shakes(const struct seal_group *group, bool retry)
{
	const uint16_t list[] = { other_group(group), group->id };
	struct seal_config *cfg = new_client_config();
	struct peer peer;

	assert_int_equal(seal_config_set_groups(cfg, retry ? list : list + 1,
						retry ? 2 : 1), 0);
	peer_open(&peer, context(SEAL_SERVER, their_name(group->id), NULL), cfg);
	finish(&peer, group);
}

static void server_shakes(const struct seal_group *group, bool retry)
{
	struct seal_config *cfg = new_server_config(SEAL_KEY_P256);
	const char *name = their_name(group->id);
	struct peer peer;

	assert_int_equal(seal_config_set_groups(cfg, &group->id, 1), 0);
	peer_open(&peer, context(SEAL_CLIENT, retry ?
				 their_name(other_group(group)) : name,
				 retry ? name : NULL), cfg);
	finish(&peer, group);
}

static void as_a_client(void **state)
{
	if (!is_there(*state))
		return;
	client_shakes(*state, false);
	client_shakes(*state, true);
}

static void as_a_server(void **state)
{
	if (!is_there(*state))
		return;
	server_shakes(*state, false);
	server_shakes(*state, true);
}

/* What both do if nobody asks for anything */
static void by_default(void **state)
{
	const struct seal_group *hybrid = seal_group_find(0x11ec);
	const uint16_t expected = seal_kex_probe(hybrid) ? hybrid->id : 0x001d;
	struct peer peer;

	(void)state;
	peer_open(&peer, peer_context(SEAL_SERVER, pki_identity(SEAL_KEY_P256)),
		  new_client_config());
	finish(&peer, seal_group_find(expected));
	peer_open(&peer, peer_context(SEAL_CLIENT, NULL),
		  new_server_config(SEAL_KEY_P256));
	finish(&peer, seal_group_find(expected));
}

static const struct walk walks[] = {
	{ "as_a_client", as_a_client, NULL },
	{ "as_a_server", as_a_server, NULL },
};

static const struct CMUnitTest others[] = {
	cmocka_unit_test(by_default),
};

int main(void)
{
	struct variant variants[SEAL_GROUP_COUNT];
	const struct cases cases = {
		walks, SEAL_ARRAY_SIZE(walks),
		variants, SEAL_GROUP_COUNT,
		others, SEAL_ARRAY_SIZE(others),
	};

	for (size_t i = 0; i < SEAL_GROUP_COUNT; i++)
		variants[i] = (struct variant){ seal_groups[i].name,
						&seal_groups[i] };
	return run_cases(&cases, NULL, NULL);
}
