// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Chains and revocation lists of their CAs enter, good, late, forged or not there; a
 * peer that is taken, or certificate_revoked, or certificate_unknown, leaves (RFC 5280 5).
 */
#include <stdio.h>
#include <string.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "unit.h"

#define LEAF		.there = true
#define CA		.there = true
#define REVOKED_MAX	2
#define CRLS_MAX	4
#define SERIAL(at)	(1000 + (at))	/* what chain_make() gives a certificate */

static const struct link_spec specs[CHAIN_LINKS] = { { LEAF }, { CA }, { CA } };

/* A list of a CA of the chain */
struct crl_spec {
	size_t		 issuer;	/* place in the chain; 0: no further list */
	long		 revoked[REVOKED_MAX];	/* serial numbers */
	long		 from, until;	/* seconds from now */
	const char	*digest;
	bool		 forged;	/* signed by somebody else */
	const char	*critical;	/* an extension of that type */
};

static void revoke(X509_CRL *crl, long serial)
{
	X509_REVOKED *entry = X509_REVOKED_new();
	ASN1_INTEGER *number = ASN1_INTEGER_new();
	ASN1_TIME *when = X509_gmtime_adj(NULL, -60);

	ASN1_INTEGER_set(number, serial);
	assert_true(X509_REVOKED_set_serialNumber(entry, number));
	assert_true(X509_REVOKED_set_revocationDate(entry, when));
	assert_true(X509_CRL_add0_revoked(crl, entry));
	ASN1_INTEGER_free(number);
	ASN1_TIME_free(when);
}

static void set_times(X509_CRL *crl, const struct crl_spec *spec)
{
	ASN1_TIME *from = X509_gmtime_adj(NULL, spec->from ? spec->from : -PKI_DAY);
	ASN1_TIME *until = X509_gmtime_adj(NULL, spec->until ? spec->until : PKI_DAY);

	assert_true(X509_CRL_set1_lastUpdate(crl, from));
	assert_true(X509_CRL_set1_nextUpdate(crl, until));
	ASN1_TIME_free(from);
	ASN1_TIME_free(until);
}

static void add_critical(X509_CRL *crl, const char *oid)
{
	X509_EXTENSION *extension = X509V3_EXT_conf(NULL, NULL, (char *)oid,
						    (char *)"critical,DER:0500");

	assert_true(extension && X509_CRL_add_ext(crl, extension, -1));
	X509_EXTENSION_free(extension);
}

static X509_CRL *make_crl(const struct chain *chain, const struct crl_spec *spec)
{
	X509_CRL *crl = X509_CRL_new();
	EVP_PKEY *key = chain->keys[spec->forged ? 0 : spec->issuer];

	X509_CRL_set_version(crl, 1);	/* version 2 */
	X509_CRL_set_issuer_name(crl,
				 X509_get_subject_name(chain->certs[spec->issuer]));
	set_times(crl, spec);
	for (size_t i = 0; i < REVOKED_MAX && spec->revoked[i]; i++)
		revoke(crl, spec->revoked[i]);
	if (spec->critical)
		add_critical(crl, spec->critical);
	assert_true(X509_CRL_sign(crl, key,
				  EVP_get_digestbyname(spec->digest ? spec->digest :
								      "SHA256")));
	return crl;
}

static void write_crls(const struct chain *chain, char path[PKI_PATH_MAX],
		       const struct crl_spec *crls)
{
	X509_CRL *crl;
	FILE *file;

	pki_path(path, "crls");
	file = fopen(path, "w");
	assert_non_null(file);
	for (size_t i = 0; i < CRLS_MAX && crls[i].issuer; i++) {
		crl = make_crl(chain, &crls[i]);
		assert_true(PEM_write_X509_CRL(file, crl));
		X509_CRL_free(crl);
	}
	fclose(file);
}

struct trial {
	const char		*name;
	struct crl_spec		 crls[CRLS_MAX];
	enum seal_crl_check	 check;
	int			 error;
	const char		*why;
};

static const struct trial trials[] = {
	{ .name = "not_revoked", .crls = { { .issuer = 1 } } },
	{ .name = "somebody_else_revoked", .crls = { { .issuer = 1, .revoked = { 5, 6 } } } },
	{ .name = "revoked", .crls = { { .issuer = 1, .revoked = { 5, SERIAL(0) } } },
	  .error = SEAL_E_CERTIFICATE_REVOKED, .why = "(CN=leaf): certificate revoked" },
	{ .name = "revoked_in_the_second_list",
	  .crls = { { .issuer = 2 }, { .issuer = 1, .revoked = { SERIAL(0) } } },
	  .error = SEAL_E_CERTIFICATE_REVOKED, .why = "(CN=leaf)" },
	{ .name = "the_number_in_a_list_of_another_ca",
	  .crls = { { .issuer = 1 }, { .issuer = 2, .revoked = { SERIAL(0) } } } },
	{ .name = "crl.no_crl_of_the_issuer", .crls = { { .issuer = 2 } },
	  .error = SEAL_E_CERTIFICATE_UNKNOWN, .why = "(CN=leaf): unable to get certificate CRL" },
	{ .name = "crl.expired", .crls = { { .issuer = 1, .from = -2 * PKI_DAY, .until = -PKI_DAY } },
	  .error = SEAL_E_CERTIFICATE_UNKNOWN, .why = "CRL has expired" },
	{ .name = "crl.not_yet_valid", .crls = { { .issuer = 1, .from = PKI_DAY, .until = 2 * PKI_DAY } },
	  .error = SEAL_E_CERTIFICATE_UNKNOWN, .why = "CRL is not yet valid" },
	{ .name = "an_old_and_a_new_one", .crls = { { .issuer = 1, .from = -2 * PKI_DAY,
	  .until = -PKI_DAY }, { .issuer = 1 } } },
	{ .name = "an_old_and_a_new_one_that_revokes", .crls = { { .issuer = 1, .from = -2 * PKI_DAY,
	  .until = -PKI_DAY }, { .issuer = 1, .revoked = { SERIAL(0) } } },
	  .error = SEAL_E_CERTIFICATE_REVOKED },
	{ .name = "crl.forged", .crls = { { .issuer = 1, .forged = true } },
	  .error = SEAL_E_CERTIFICATE_UNKNOWN, .why = "CRL signature failure" },
	{ .name = "crl.unknown_critical_extension",
	  .crls = { { .issuer = 1, .critical = "1.3.6.1.4.1.55738.666.1" } },
	  .error = SEAL_E_CERTIFICATE_UNKNOWN },

	/* an intermediate is asked about only if one wants it */
	{ .name = "revoked_intermediate_not_asked_about",
	  .crls = { { .issuer = 1 }, { .issuer = 2, .revoked = { SERIAL(1) } } } },
	{ .name = "whole_chain", .crls = { { .issuer = 1 }, { .issuer = 2 } }, .check = SEAL_CRL_CHAIN },
	{ .name = "whole_chain_revoked_leaf", .crls = { { .issuer = 1, .revoked = { SERIAL(0) } }, { .issuer = 2 } },
	  .check = SEAL_CRL_CHAIN, .error = SEAL_E_CERTIFICATE_REVOKED, .why = "(CN=leaf)" },
	{ .name = "whole_chain_revoked_intermediate",
	  .crls = { { .issuer = 1 }, { .issuer = 2, .revoked = { SERIAL(1) } } }, .check = SEAL_CRL_CHAIN,
	  .error = SEAL_E_CERTIFICATE_REVOKED, .why = "certificate 2 of the chain (CN=one)" },
	{ .name = "whole_chain_without_the_roots_list", .crls = { { .issuer = 1 } },
	  .check = SEAL_CRL_CHAIN, .error = SEAL_E_CERTIFICATE_UNKNOWN, .why = "(CN=one)" },
	{ .name = "whole_chain_with_an_expired_list", .crls = { { .issuer = 1 }, { 2,
	  .from = -2 * PKI_DAY, .until = -PKI_DAY } }, .check = SEAL_CRL_CHAIN,
	  .error = SEAL_E_CERTIFICATE_UNKNOWN, .why = "CRL has expired" },
};

static void is_judged(void **state)
{
	struct seal_config *cfg = seal_config_new(SEAL_CLIENT);
	const struct trial *trial = *state;
	char path[PKI_PATH_MAX];
	struct chain chain;

	chain_make(&chain, specs);
	write_crls(&chain, path, trial->crls);
	/* in either order */
	assert_int_equal(seal_config_set_crl_check(cfg, trial->check), 0);
	assert_int_equal(seal_config_set_crl_file(cfg, path), 0);
	assert_int_equal(seal_config_set_ca_file(cfg, chain.anchor), 0);
	chain_judge(&chain, cfg, SERVER_NAME, trial->error, trial->why);
	seal_config_unref(cfg);
	chain_free(&chain);
}

/* ------------------------------------------------------------------- files */

static void clients_are_held_against_it(void **state)
{
	static const struct link_spec client[CHAIN_LINKS] = {
		{ LEAF, .usage = "clientAuth" }, { CA },
	};
	static const struct crl_spec crls[CRLS_MAX] = { { .issuer = 1, .revoked = { SERIAL(0) } } };
	struct seal_config *cfg = new_server_config(SEAL_KEY_P256);
	char path[PKI_PATH_MAX];
	struct chain chain;

	(void)state;
	chain_make(&chain, client);
	write_crls(&chain, path, crls);
	assert_int_equal(seal_config_set_ca_file(cfg, chain.anchor), 0);
	assert_int_equal(seal_config_set_crl_file(cfg, path), 0);
	assert_int_equal(seal_config_set_client_auth(cfg, SEAL_CLIENT_AUTH_REQUIRED), 0);
	chain_judge(&chain, cfg, NULL, SEAL_E_CERTIFICATE_REVOKED, "(CN=leaf)");
	seal_config_unref(cfg);
	chain_free(&chain);
}

static struct seal_config *asking_server(const struct chain *chain,
					 const struct crl_spec *crls,
					 struct seal_ticket_keys *keys)
{
	struct seal_config *cfg = new_server_config(SEAL_KEY_P256);
	char path[PKI_PATH_MAX];

	write_crls(chain, path, crls);
	assert_int_equal(seal_config_set_ca_file(cfg, chain->anchor), 0);
	assert_int_equal(seal_config_set_crl_file(cfg, path), 0);
	assert_int_equal(seal_config_set_client_auth(cfg, SEAL_CLIENT_AUTH_REQUIRED), 0);
	assert_int_equal(seal_config_set_ticket_keys(cfg, keys), 0);
	assert_int_equal(seal_config_set_tickets(cfg, 1, 0), 0);
	return cfg;
}

static struct seal_config *known_client(const struct chain *chain)
{
	char certificate[PKI_PATH_MAX], key[PKI_PATH_MAX];
	struct seal_config *cfg = new_client_config();

	chain_write(chain, certificate, "0");
	chain_write(chain, key, "k");
	assert_int_equal(seal_config_set_certificate(cfg, certificate, key), 0);
	return cfg;
}

/* A ticket counts for the lists that were there, until the first of them expires */
static void so_are_clients_that_resume(void **state)
{
	static const struct link_spec client_specs[CHAIN_LINKS] = {
		{ LEAF, .usage = "clientAuth" }, { CA },
	};
	static const struct crl_spec good[CRLS_MAX] = { { .issuer = 1, .until = 3600 } };
	static const struct crl_spec bad[CRLS_MAX] = { { .issuer = 1, .revoked = { SERIAL(0) } } };
	struct seal_ticket_keys *keys = seal_ticket_keys_new();
	struct seal_config *client, *server, *later;
	struct seal_session *session;
	struct chain chain;
	struct pair pair;

	(void)state;
	chain_make(&chain, client_specs);
	client = known_client(&chain);
	server = asking_server(&chain, good, keys);
	later = asking_server(&chain, bad, keys);
	pair_resume(&pair, client, server, NULL);
	assert_int_equal(pair_serve(&pair), 0);
	assert_in_range(pair.server->proof.until - seal_session_now(), 3500000, 3600000);
	pair_tickets(&pair, &session, 1);
	pair_close(&pair);
	assert_int_equal(pair_resumes(client, server, session), 1);
	pair_resume(&pair, client, later, session);
	assert_int_equal(pair_serve(&pair), SEAL_E_CERTIFICATE_REVOKED);
	pair_close(&pair);
	seal_session_free(session);
	seal_config_unref(later);
	seal_config_unref(server);
	seal_config_unref(client);
	seal_ticket_keys_unref(keys);
	chain_free(&chain);
}

static void refuse_file(const char *path, const char *why)
{
	struct seal_config *cfg = seal_config_new(SEAL_CLIENT);

	assert_int_equal(seal_config_set_crl_file(cfg, path), SEAL_E_FILE);
	assert_memory_equal(seal_config_error(cfg), path, strlen(path));
	assert_non_null(strstr(seal_config_error(cfg), why));
	seal_config_unref(cfg);
}

static void files_that_are_none(void **state)
{
	static const struct crl_spec sha1[CRLS_MAX] = { { .issuer = 1 }, { .issuer = 2, .digest = "SHA1" } };
	static const struct crl_spec good[CRLS_MAX] = { { .issuer = 1 } };
	char path[PKI_PATH_MAX], other[PKI_PATH_MAX], both[PKI_PATH_MAX];
	struct chain chain;

	(void)state;
	chain_make(&chain, specs);
	refuse_file("/nowhere", "No such file or directory");
	chain_write(&chain, path, "");
	refuse_file(path, "no CRL in PEM format");
	chain_write(&chain, path, "2");
	refuse_file(path, "a certificate among the CRLs");
	write_crls(&chain, path, sha1);
	refuse_file(path, "CRL 2 is signed with a weak algorithm");
	write_crls(&chain, path, good);
	chain_write(&chain, other, "k");
	pki_path(both, "crl-and-key");
	pki_join(both, path, other);
	refuse_file(both, "a private key among the CRLs");
	chain_free(&chain);
}

static void a_check_that_is_none(void **state)
{
	struct seal_config *cfg = seal_config_new(SEAL_CLIENT);

	(void)state;
	assert_int_equal(seal_config_set_crl_check(cfg, 7), SEAL_E_INVALID);
	seal_config_unref(cfg);
}

static const struct walk walks[] = {
	{ "is_judged", is_judged, NULL },
};

int main(void)
{
	static struct variant variants[SEAL_ARRAY_SIZE(trials)];
	const struct CMUnitTest others[] = {
		cmocka_unit_test(clients_are_held_against_it),
		cmocka_unit_test(so_are_clients_that_resume),
		cmocka_unit_test(files_that_are_none),
		cmocka_unit_test(a_check_that_is_none),
	};
	const struct cases cases = {
		walks, SEAL_ARRAY_SIZE(walks), variants, SEAL_ARRAY_SIZE(variants),
		others, SEAL_ARRAY_SIZE(others)
	};

	for (size_t i = 0; i < SEAL_ARRAY_SIZE(trials); i++)
		variants[i] = (struct variant){ trials[i].name, &trials[i] };
	return run_cases(&cases, NULL, NULL);
}
