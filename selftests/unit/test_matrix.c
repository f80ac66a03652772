// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Every suite, group and kind of signature enters; a completed handshake on whose
 * result both ends agree leaves, with and without HelloRetryRequest.
 */
#include <string.h>

#include "unit.h"

static const enum seal_key_kind kinds[] = {
	SEAL_KEY_P256, SEAL_KEY_P384, SEAL_KEY_RSA, SEAL_KEY_ED25519,
	SEAL_KEY_P521, SEAL_KEY_RSA_PSS, SEAL_KEY_ED448
};

static const uint16_t suites[] = { 0x1301, 0x1302, 0x1303, 0x1304 };
static const uint16_t groups[] = { 0x001d, 0x0017, 0x0018 };
static const char *const protocols[] = { "http/1.1" };

struct choice {
	uint16_t		suite;
	uint16_t		group;
	enum seal_key_kind	kind;
	bool			retry;
};

/* For a retry the client prefers another group than the server's only one */
static struct seal_config *client_for(const struct choice *choice)
{
	const uint16_t other = choice->group == groups[0] ? groups[1] : groups[0];
	const uint16_t both[] = { other, choice->group };
	struct seal_config *cfg = new_client_config();

	/* the server's order decides */
	assert_int_equal(seal_config_set_suites(cfg, suites, SEAL_ARRAY_SIZE(suites)),
			 0);
	assert_int_equal(seal_config_set_groups(cfg, choice->retry ?
						both : both + 1,
						choice->retry ? 2 : 1), 0);
	assert_int_equal(seal_config_set_alpn(cfg, protocols, 1), 0);
	return cfg;
}

static struct seal_config *server_for(const struct choice *choice)
{
	struct seal_config *cfg = new_server_config(choice->kind);

	assert_int_equal(seal_config_set_suites(cfg, &choice->suite, 1), 0);
	assert_int_equal(seal_config_set_groups(cfg, &choice->group, 1), 0);
	assert_int_equal(seal_config_set_alpn(cfg, protocols, 1), 0);
	return cfg;
}

static void expect_choice(const struct pair *pair, const struct choice *choice)
{
	expect_agreement(pair);
	assert_int_equal(seal_conn_suite(pair->client), choice->suite);
	assert_int_equal(seal_conn_group(pair->client), choice->group);
	assert_string_equal(seal_conn_alpn(pair->client), protocols[0]);
	assert_string_equal(seal_conn_alpn(pair->server), protocols[0]);
	assert_string_equal(seal_conn_servername(pair->server), SERVER_NAME);
	assert_int_equal(pair->server->retried, choice->retry);
}

static void shake_hands(const struct choice *choice)
{
	struct seal_config *client = client_for(choice);
	struct seal_config *server = server_for(choice);
	struct pair pair;

	pair_open(&pair, client, server);
	assert_int_equal(pair_shake(&pair), 0);
	expect_choice(&pair, choice);
	pair_close(&pair);
	seal_config_unref(client);
	seal_config_unref(server);
}

static void shake_all(enum seal_key_kind kind, bool retry)
{
	struct choice choice = { .kind = kind, .retry = retry };

	for (size_t s = 0; s < SEAL_ARRAY_SIZE(suites); s++)
		for (size_t g = 0; g < SEAL_ARRAY_SIZE(groups); g++) {
			choice.suite = suites[s];
			choice.group = groups[g];
			shake_hands(&choice);
		}
}

static void every_suite_and_group(void **state)
{
	shake_all(*(const enum seal_key_kind *)*state, false);
}

static void every_suite_and_group_after_a_retry(void **state)
{
	shake_all(*(const enum seal_key_kind *)*state, true);
}

/* Where the list of schemes is in a ClientHello; what is random in it may look like one */
static size_t find_schemes(const struct seal_buf *output)
{
	const size_t head = SEAL_RECORD_HEADER + SEAL_MESSAGE_HEADER;
	struct seal_client_hello hello;

	assert_int_equal(seal_client_hello_parse((struct seal_span){
		output->data + head, output->len - head }, &hello), 0);
	assert_true(seal_ext_has(&hello.exts, SEAL_EXT_SIGNATURE_ALGORITHMS));
	return hello.exts.body[SEAL_EXT_SIGNATURE_ALGORITHMS].data - output->data -
	       SEAL_RECORD_HEADER;
}

static void write_schemes(uint8_t *list, uint16_t scheme)
{
	uint8_t *end = list + 2 + (list[0] << 8 | list[1]);

	for (uint8_t *at = list + 2; at < end; at += 2) {
		at[0] = scheme >> 8;
		at[1] = scheme;
	}
}

/*
 * The server takes the first scheme that the client offers, so that the others of
 * RSA are reached by a ClientHello that offers no other.  It is edited in both
 * places where the client keeps it.
 */
static void offer_only(struct seal_conn *client, uint16_t scheme)
{
	size_t at = find_schemes(&client->output);

	write_schemes(client->output.data + SEAL_RECORD_HEADER + at, scheme);
	write_schemes(client->transcript.pending.data + at, scheme);
}

static void shake_with_scheme(enum seal_key_kind kind, uint16_t scheme)
{
	struct seal_config *server = new_server_config(kind);
	struct pair pair;

	pair_open(&pair, common_client(), server);
	offer_only(pair.client, scheme);
	assert_int_equal(pair_shake(&pair), 0);
	expect_agreement(&pair);
	pair_close(&pair);
	seal_config_unref(server);
}

static void every_scheme_alone(void **state)
{
	(void)state;
	shake_with_scheme(SEAL_KEY_P256, 0x0403);
	shake_with_scheme(SEAL_KEY_P384, 0x0503);
	shake_with_scheme(SEAL_KEY_ED25519, 0x0807);
	shake_with_scheme(SEAL_KEY_RSA, 0x0804);
	shake_with_scheme(SEAL_KEY_RSA, 0x0805);
	shake_with_scheme(SEAL_KEY_RSA, 0x0806);
	shake_with_scheme(SEAL_KEY_P521, 0x0603);
	shake_with_scheme(SEAL_KEY_ED448, 0x0808);
	shake_with_scheme(SEAL_KEY_RSA_PSS, 0x0809);
	shake_with_scheme(SEAL_KEY_RSA_PSS, 0x080a);
	shake_with_scheme(SEAL_KEY_RSA_PSS, 0x080b);
}

static void a_scheme_of_another_key_is_refused(void **state)
{
	struct pair pair;

	(void)state;
	pair_open(&pair, common_client(), common_server());
	offer_only(pair.client, 0x0807);
	assert_int_equal(pair_shake(&pair), SEAL_E_HANDSHAKE_FAILURE);
	/* and the client hears of it */
	assert_int_equal(pair_move(pair.server, pair.client), SEAL_E_ALERT);
	assert_int_equal(seal_conn_alert(pair.client), 40);
	pair_close(&pair);
}

static const struct variant variants[] = {
	{ "ecdsa_p256", &kinds[0] },
	{ "ecdsa_p384", &kinds[1] },
	{ "rsa_pss", &kinds[2] },
	{ "ed25519", &kinds[3] },
	{ "ecdsa_p521", &kinds[4] },
	{ "rsa_pss_pss", &kinds[5] },
	{ "ed448", &kinds[6] },
};

static const struct walk walks[] = {
	{ "with_every_suite_and_group", every_suite_and_group, NULL },
	{ "with_every_suite_and_group_after_a_retry",
	  every_suite_and_group_after_a_retry, NULL },
};

static const struct CMUnitTest others[] = {
	cmocka_unit_test(every_scheme_alone),
	cmocka_unit_test(a_scheme_of_another_key_is_refused),
};

int main(void)
{
	const struct cases cases = {
		walks, SEAL_ARRAY_SIZE(walks),
		variants, SEAL_ARRAY_SIZE(variants),
		others, SEAL_ARRAY_SIZE(others),
	};

	return run_cases(&cases, NULL, NULL);
}
