// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Files enter whose certificates and keys are sound, each by itself, but no chain, or not
 * only that; a text leaves that says which one is wrong, and where it should be.
 */
#include <string.h>

#include "unit.h"

#define LEAF	.there = true
#define CA	.there = true

static const struct link_spec good[CHAIN_LINKS] = { { LEAF }, { CA }, { CA }, { CA } };

struct trial {
	const char		*name;
	const struct link_spec	*specs;		/* default: good */
	const char		*chain;		/* as for chain_write() */
	const char		*key;		/* "": the same file; default: "k" */
	const char		*why;		/* NULL: it is taken */
	bool			 blames_key;	/* the file that the text names */
};

static const struct link_spec self_signed[CHAIN_LINKS] = {
	{ LEAF, .constraints = "critical,CA:TRUE" },
};

static const struct link_spec expired_leaf[CHAIN_LINKS] = {
	{ LEAF, .from = -2 * PKI_DAY, .until = -PKI_DAY }, { CA },
};

static const struct link_spec expired_intermediate[CHAIN_LINKS] = {
	{ LEAF }, { CA, .from = -2 * PKI_DAY, .until = -PKI_DAY }, { CA },
};

static const struct link_spec begins_tomorrow[CHAIN_LINKS] = {
	{ LEAF, .from = PKI_DAY, .until = 2 * PKI_DAY }, { CA },
};

static const struct link_spec forged_leaf[CHAIN_LINKS] = {
	{ LEAF, .forged = true }, { CA },
};

static const struct link_spec ca_as_leaf[CHAIN_LINKS] = {
	{ LEAF, .constraints = "critical,CA:TRUE" }, { CA },
};

static const struct trial trials[] = {
	{ .name = "leaf_alone", .chain = "0" },
	{ .name = "leaf_and_issuer", .chain = "01" },
	{ .name = "down_to_the_root", .chain = "0123" },
	{ .name = "self_signed", .specs = self_signed, .chain = "0" },
	{ .name = "begins_tomorrow", .specs = begins_tomorrow, .chain = "01" },
	{ .name = "key_in_the_same_file", .chain = "01k", .key = "" },
	{ .name = "key_first_in_the_same_file", .chain = "k01", .key = "" },

	/* RFC 8446 4.4.2 */
	{ .name = "issuers_the_other_way_round", .chain = "021",
	  .why = "certificate 3 (CN=one) has issued certificate 1 (CN=leaf): put it right behind that" },
	{ .name = "root_before_its_child", .chain = "0132",
	  .why = "certificate 4 (CN=two) has issued certificate 2 (CN=one): put it right behind that" },
	{ .name = "leaf_last", .chain = "120", .why = "certificate 1 (CN=one) is that of a CA" },
	{ .name = "all_the_other_way_round", .chain = "3210",
	  .why = "certificate 1 (CN=three) has issued certificate 2 (CN=two): put the leaf first" },
	{ .name = "no_leaf", .chain = "12", .why = "certificate 1 (CN=one) is that of a CA" },
	{ .name = "ca_as_leaf", .specs = ca_as_leaf, .chain = "0",
	  .why = "certificate 1 (CN=leaf) is that of a CA" },
	{ .name = "one_is_missing", .chain = "02",
	  .why = "certificate 2 (CN=two) has not issued certificate 1 (CN=leaf)" },
	{ .name = "one_is_missing_further_up", .chain = "013",
	  .why = "certificate 3 (CN=three) has not issued certificate 2 (CN=one)" },
	{ .name = "leaf_twice", .chain = "00", .why = "certificate 1 (CN=leaf) is there twice" },
	{ .name = "issuer_twice", .chain = "011",
	  .why = "certificate 2 (CN=one) is there twice" },
	{ .name = "issuer_with_another_key", .specs = forged_leaf, .chain = "01",
	  .why = "certificate 2 (CN=one) has the name of the issuer of certificate 1 (CN=leaf), but another key" },

	/* keys where they do not belong */
	{ .name = "stray_key", .chain = "01k", .why = "private key among the certificates" },
	{ .name = "stray_encrypted_key", .chain = "01K",
	  .why = "private key among the certificates" },
	{ .name = "two_keys_in_the_same_file", .chain = "01kk", .key = "",
	  .why = "there are 2 private keys" },
	{ .name = "two_keys", .chain = "01", .key = "kk", .why = "there are 2 private keys",
	  .blames_key = true },
	{ .name = "certificates_for_a_key", .chain = "01", .key = "01",
	  .why = "no private key in PEM format", .blames_key = true },

	/* time */
	{ .name = "expired_leaf", .specs = expired_leaf, .chain = "01",
	  .why = "certificate 1 (CN=leaf) has expired: it was valid until " },
	{ .name = "expired_intermediate", .specs = expired_intermediate, .chain = "01",
	  .why = "certificate 2 (CN=one) has expired" },
};

static void is_judged(void **state)
{
	char chain_path[PKI_PATH_MAX], key_path[PKI_PATH_MAX];
	const struct trial *trial = *state;
	struct seal_config *cfg = seal_config_new(SEAL_SERVER);
	const char *key = trial->key ? trial->key : "k";
	const char *blame = trial->blames_key ? key_path : chain_path;
	struct chain chain;

	chain_make(&chain, trial->specs ? trial->specs : good);
	chain_write(&chain, chain_path, trial->chain);
	chain_write(&chain, key_path, key);
	assert_int_equal(seal_config_set_certificate(cfg, chain_path,
						     *key ? key_path : chain_path),
			 trial->why ? SEAL_E_FILE : 0);
	if (trial->why) {
		if (!strstr(seal_config_error(cfg), trial->why))
			fail_msg("\"%s\" is not in \"%s\"", trial->why,
				 seal_config_error(cfg));
		assert_memory_equal(seal_config_error(cfg), blame, strlen(blame));
	}
	seal_config_unref(cfg);
	chain_free(&chain);
}

/* Two servers have each their leaf of the same CA */
static void more_than_one_leaf(void **state)
{
	static const struct link_spec other[CHAIN_LINKS] = {
		{ LEAF, .subject = "other", .serial = "77" }, { CA },
	};
	char first[PKI_PATH_MAX], second[PKI_PATH_MAX], both[PKI_PATH_MAX];
	char key[PKI_PATH_MAX];
	struct seal_config *cfg = seal_config_new(SEAL_SERVER);
	struct chain chain, more;

	(void)state;
	chain_make(&chain, good);
	chain_make(&more, other);
	chain_write(&chain, first, "0");
	chain_write(&more, second, "0");
	chain_write(&chain, key, "k");
	pki_path(both, "both-leaves");
	pki_join(both, first, second);
	assert_int_equal(seal_config_set_certificate(cfg, both, key), SEAL_E_FILE);
	assert_non_null(strstr(seal_config_error(cfg),
			       "certificate 2 (CN=other) is no CA, so there is more than one leaf"));
	seal_config_unref(cfg);
	chain_free(&chain);
	chain_free(&more);
}

static void refuse_ca_file(const struct chain *chain, const char *what, const char *why)
{
	struct seal_config *cfg = seal_config_new(SEAL_CLIENT);
	char path[PKI_PATH_MAX];

	chain_write(chain, path, what);
	assert_int_equal(seal_config_set_ca_file(cfg, path), why ? SEAL_E_FILE : 0);
	if (why)
		assert_non_null(strstr(seal_config_error(cfg), why));
	seal_config_unref(cfg);
}

static void a_key_among_the_cas(void **state)
{
	struct chain chain;

	(void)state;
	chain_make(&chain, good);
	refuse_ca_file(&chain, "3", NULL);
	refuse_ca_file(&chain, "321", NULL);
	refuse_ca_file(&chain, "3k", "private key among the CAs");
	refuse_ca_file(&chain, "k3", "private key among the CAs");
	refuse_ca_file(&chain, "3K", "private key among the CAs");
	refuse_ca_file(&chain, "k", "private key among the CAs");
	chain_free(&chain);
}

static const struct walk walks[] = {
	{ "is_judged", is_judged, NULL },
};

int main(void)
{
	static struct variant variants[SEAL_ARRAY_SIZE(trials)];
	const struct CMUnitTest others[] = {
		cmocka_unit_test(more_than_one_leaf),
		cmocka_unit_test(a_key_among_the_cas),
	};
	const struct cases cases = {
		walks, SEAL_ARRAY_SIZE(walks), variants, SEAL_ARRAY_SIZE(variants),
		others, SEAL_ARRAY_SIZE(others)
	};

	for (size_t i = 0; i < SEAL_ARRAY_SIZE(trials); i++)
		variants[i] = (struct variant){ trials[i].name, &trials[i] };
	return run_cases(&cases, NULL, NULL);
}
