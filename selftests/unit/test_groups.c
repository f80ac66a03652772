// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Every key exchange group that this libcrypto has enters, with shares that are good
 * and shares that are not; a handshake or illegal_parameter leaves (RFC 8446 4.2.8).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

static struct forge forge;
static struct seal_crypto crypto;

static bool is_there(const struct seal_group *group)
{
	if (seal_kex_probe(group))
		return true;
	print_message("# SKIP %s: this libcrypto does not have it\n", group->name);
	return false;
}

static void set_groups(struct seal_config *cfg, uint16_t first, uint16_t second)
{
	const uint16_t list[] = { first, second };

	assert_int_equal(seal_config_set_groups(cfg, list, second ? 2 : 1), 0);
}

/* A pair that agrees on @id; for a retry, the client would rather have another one */
static void open_for(struct pair *pair, uint16_t id, bool retry)
{
	const uint16_t other = id == 0x001d ? 0x0017 : 0x001d;
	struct seal_config *client = new_client_config();
	struct seal_config *server = new_server_config(SEAL_KEY_P256);

	set_groups(client, retry ? other : id, retry ? id : 0);
	set_groups(server, id, 0);
	pair_open(pair, client, server);
	seal_config_unref(client);
	seal_config_unref(server);
}

static void shake_with(uint16_t id, bool retry)
{
	struct pair pair;

	open_for(&pair, id, retry);
	assert_int_equal(pair_shake(&pair), 0);
	expect_agreement(&pair);
	assert_int_equal(seal_conn_group(pair.client), id);
	assert_int_equal(pair.server->retried, retry);
	pair_close(&pair);
}

static void both_ends_agree(void **state)
{
	const struct seal_group *group = *state;

	if (!is_there(group))
		return;
	shake_with(group->id, false);
	shake_with(group->id, true);
}

/* ---------------------------------------------------------- bad shares */

static size_t share_len(const struct seal_group *group, enum seal_side of)
{
	return of == SEAL_CLIENT ? group->public_len : group->answer_len;
}

static void refuse_client_share(const struct seal_group *group,
				struct seal_span share)
{
	static struct forge block;
	uint8_t groups[] = { 0, 2, group->id >> 8, group->id };
	struct puppet puppet;
	struct hello hello;
	struct pair pair;
	int status;

	forge_start(&block);
	forge_open(&block, 2);
	forge_number(&block, group->id, 2);
	forge_vector(&block, 2, share.data, share.len);
	forge_close(&block);
	hello_of_client(&hello);
	hello_put(&hello, TYPE_SUPPORTED_GROUPS, SPAN(groups));
	hello_put(&hello, TYPE_KEY_SHARE, forge_span(&block));
	forge_client_hello(&forge, &hello);
	open_for(&pair, group->id, false);
	puppet_start(&puppet, pair.server);
	status = puppet_send_message(&puppet, SEAL_MSG_CLIENT_HELLO,
				     forge_span(&forge));
	expect_refusal(&puppet, status, SEAL_E_ILLEGAL_PARAMETER);
	puppet_stop(&puppet);
	pair_close(&pair);
}

static void refuse_server_share(const struct seal_group *group,
				struct seal_span share)
{
	static struct forge block;
	struct puppet puppet;
	struct hello hello;
	struct pair pair;
	int status;

	forge_start(&block);
	forge_number(&block, group->id, 2);
	forge_vector(&block, 2, share.data, share.len);
	open_for(&pair, group->id, false);
	hello_of_server(&hello, pair.client);
	hello_put(&hello, TYPE_KEY_SHARE, forge_span(&block));
	forge_server_hello(&forge, &hello);
	puppet_start(&puppet, pair.client);
	status = puppet_send_message(&puppet, SEAL_MSG_SERVER_HELLO,
				     forge_span(&forge));
	expect_refusal(&puppet, status, SEAL_E_ILLEGAL_PARAMETER);
	puppet_stop(&puppet);
	pair_close(&pair);
}

static void refuse_share(const struct seal_group *group, enum seal_side of,
			 struct seal_span share)
{
	if (of == SEAL_CLIENT)
		refuse_client_share(group, share);
	else
		refuse_server_share(group, share);
}

/* A good share of either side, to be spoilt */
static void make_share(const struct seal_group *group, enum seal_side of,
		       struct seal_buf *share)
{
	uint8_t shared[SEAL_SHARED_MAX];
	struct seal_buf public = { 0 };
	EVP_PKEY *key;

	assert_int_equal(seal_kex_new(&crypto, group, &key, &public), 0);
	if (of == SEAL_CLIENT)
		*share = public;
	else
		assert_int_equal(seal_kex_answer(&crypto, group, (struct seal_span){
			public.data, public.len }, share, shared), 0);
	if (of != SEAL_CLIENT)
		seal_buf_free(&public);
	seal_key_free(key);
	assert_int_equal(share->len, share_len(group, of));
}

static void shares_of_wrong_length(void **state)
{
	const struct seal_group *group = *state;
	struct seal_buf share = { 0 };

	if (!is_there(group))
		return;
	for (int of = SEAL_CLIENT; of <= SEAL_SERVER; of++) {
		make_share(group, of, &share);
		assert_int_equal(seal_buf_append(&share, "x", 1), 0);
		refuse_share(group, of, (struct seal_span){ share.data, 1 });
		refuse_share(group, of, (struct seal_span){ share.data,
							    share.len - 2 });
		refuse_share(group, of, (struct seal_span){ share.data, share.len });
		seal_buf_free(&share);
	}
}

/* Zero: off the curve, of small order, or no number that is allowed */
static void shares_of_zeros(void **state)
{
	static const uint8_t zeros[SEAL_PUBLIC_MAX];
	const struct seal_group *group = *state;

	if (!is_there(group))
		return;
	refuse_share(group, SEAL_CLIENT, (struct seal_span){
		zeros, group->public_len });
	refuse_share(group, SEAL_SERVER, (struct seal_span){
		zeros, group->answer_len });
}

/* A bit of y is another one: RFC 8446 4.2.8.2 */
static void points_off_the_curve(void **state)
{
	const struct seal_group *group = *state;
	struct seal_buf share = { 0 };

	for (int of = SEAL_CLIENT; of <= SEAL_SERVER; of++) {
		make_share(group, of, &share);
		share.data[share.len - 1] ^= 1;
		refuse_share(group, of, (struct seal_span){ share.data, share.len });
		/* RFC 8446 4.2.8.2: no other form of the point */
		share.data[share.len - 1] ^= 1;
		share.data[0] = 0x06 | (share.data[share.len - 1] & 1);
		refuse_share(group, of, (struct seal_span){ share.data, share.len });
		seal_buf_free(&share);
	}
}

/* RFC 8446 4.2.8.1: 1 < Y < p - 1; p begins and ends with 64 ones */
static void numbers_out_of_range(void **state)
{
	const struct seal_group *group = *state;
	uint8_t y[SEAL_PUBLIC_MAX] = { 0 };
	const struct seal_span share = { y, group->public_len };

	y[group->public_len - 1] = 1;
	for (int of = SEAL_CLIENT; of <= SEAL_SERVER; of++)
		refuse_share(group, of, share);
	/* more than p, whatever p is */
	memset(y, 0xff, sizeof(y));
	for (int of = SEAL_CLIENT; of <= SEAL_SERVER; of++)
		refuse_share(group, of, share);
}

/* --------------------------------------------------- what is made of them */

/* RFC 8446 7.4.1: as long as the prime, even if it begins with a zero */
static void both_sides_compute_the_same(void **state)
{
	const struct seal_group *group = *state;
	uint8_t ours[SEAL_SHARED_MAX], theirs[SEAL_SHARED_MAX];
	struct seal_buf public = { 0 }, answer = { 0 };
	EVP_PKEY *key;

	if (!is_there(group))
		return;
	for (int i = 0; i < 4; i++) {
		assert_int_equal(seal_kex_new(&crypto, group, &key, &public), 0);
		assert_int_equal(seal_kex_answer(&crypto, group, (struct seal_span){
			public.data, public.len }, &answer, theirs), 0);
		assert_int_equal(answer.len, group->answer_len);
		assert_int_equal(seal_kex_derive(&crypto, key, group, (struct seal_span){
			answer.data, answer.len }, ours), 0);
		assert_memory_equal(ours, theirs, group->shared_len);
		seal_buf_free(&public);
		seal_buf_free(&answer);
		seal_key_free(key);
	}
}

static bool is_offered(const struct seal_config *cfg, uint16_t id)
{
	for (size_t i = 0; i < cfg->groups_len; i++)
		if (cfg->groups[i] == id)
			return true;
	return false;
}

static void the_default_is_what_is_there(void **state)
{
	struct seal_config *cfg = seal_config_new(SEAL_CLIENT);
	const struct seal_group *hybrid = seal_group_find(0x11ec);
	const uint16_t id = hybrid->id;
	struct seal_conn *conn;

	(void)state;
	assert_int_equal(is_offered(cfg, id), seal_kex_probe(hybrid));
	assert_true(is_offered(cfg, 0x001d) && is_offered(cfg, 0x0017) &&
		    is_offered(cfg, 0x0018));
	assert_int_equal(cfg->groups_len, 3 + seal_kex_probe(hybrid));
	seal_config_set_insecure(cfg);
	assert_int_equal(seal_conn_new(cfg, NULL, &conn), 0);
	/* with a hybrid, the short share of X25519 goes along */
	assert_int_equal(conn->shares[0].group->id, cfg->groups[0]);
	assert_int_equal(!!conn->shares[1].key, seal_kex_probe(hybrid));
	seal_conn_free(conn);
	seal_config_unref(cfg);
	cfg = seal_config_new(SEAL_CLIENT);
	assert_int_equal(seal_config_set_groups(cfg, &id, 1),
			 seal_kex_probe(hybrid) ? 0 : SEAL_E_INVALID);
	seal_config_unref(cfg);
}

/* Each of the two shares is enough for a server; neither is asked for again */
static void either_share_is_taken(void **state)
{
	static const uint16_t taken[] = { 0x11ec, 0x001d };
	const struct seal_group *hybrid = seal_group_find(taken[0]);
	struct seal_config *client, *server;
	struct pair pair;

	(void)state;
	if (!is_there(hybrid))
		return;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(taken); i++) {
		client = new_client_config();
		server = new_server_config(SEAL_KEY_P256);
		set_groups(client, taken[0], taken[1]);
		set_groups(server, taken[i], 0);
		pair_open(&pair, client, server);
		assert_int_equal(pair_shake(&pair), 0);
		expect_agreement(&pair);
		assert_int_equal(seal_conn_group(pair.server), taken[i]);
		assert_false(pair.server->retried);
		pair_close(&pair);
		seal_config_unref(client);
		seal_config_unref(server);
	}
}

static bool is_ec(const void *variant)
{
	return ((const struct seal_group *)variant)->kind == SEAL_KEX_EC;
}

static bool is_ff(const void *variant)
{
	return ((const struct seal_group *)variant)->kind == SEAL_KEX_FF;
}

static const struct walk walks[] = {
	{ "both_ends_agree", both_ends_agree, NULL },
	{ "both_sides_compute_the_same", both_sides_compute_the_same, NULL },
	{ "shares_of_wrong_length", shares_of_wrong_length, NULL },
	{ "shares_of_zeros", shares_of_zeros, NULL },
	{ "points_off_the_curve", points_off_the_curve, is_ec },
	{ "numbers_out_of_range", numbers_out_of_range, is_ff },
};

static const struct CMUnitTest others[] = {
	cmocka_unit_test(the_default_is_what_is_there),
	cmocka_unit_test(either_share_is_taken),
};

static int open_crypto(void **state)
{
	(void)state;
	return seal_crypto_init(&crypto);
}

static int close_crypto(void **state)
{
	(void)state;
	seal_crypto_free(&crypto);
	return 0;
}

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
	return run_cases(&cases, open_crypto, close_crypto);
}
