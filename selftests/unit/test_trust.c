// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Certificates with each defect enter; the error, the alert and a text with the
 * reason leave (RFC 5280, RFC 8446 4.4.2, RFC 9525).
 */
#include <string.h>

#include "unit.h"

static struct seal_config *client_trusting(const char *ca)
{
	struct seal_config *cfg = seal_config_new(SEAL_CLIENT);

	assert_non_null(cfg);
	if (ca)
		assert_int_equal(seal_config_set_ca_file(cfg, ca), 0);
	else
		seal_config_set_insecure(cfg);
	return cfg;
}

static struct seal_config *server_with(const struct identity *id)
{
	struct seal_config *cfg = seal_config_new(SEAL_SERVER);

	assert_non_null(cfg);
	assert_int_equal(seal_config_set_certificate(cfg, id->chain, id->key), 0);
	return cfg;
}

static void open_named(struct pair *pair, const struct identity *id,
		       const char *ca, const char *name)
{
	struct seal_config *client = client_trusting(ca);
	struct seal_config *server = server_with(id);

	assert_int_equal(seal_conn_new(client, name, &pair->client), 0);
	assert_int_equal(seal_conn_new(server, NULL, &pair->server), 0);
	/* the connections keep them */
	seal_config_unref(client);
	seal_config_unref(server);
}

static void accept_as(const struct identity *id, const char *ca, const char *name)
{
	struct pair pair;

	open_named(&pair, id, ca, name);
	assert_int_equal(pair_shake(&pair), 0);
	pair_close(&pair);
}

/* The client refuses with @error, the server hears @alert; the text has @why */
static void refuse_as(const struct identity *id, const char *ca, const char *name,
		      int error, int alert, const char *why)
{
	struct pair pair;

	open_named(&pair, id, ca, name);
	assert_int_equal(pair_shake(&pair), error);
	assert_non_null(strstr(seal_conn_error(pair.client), why));
	assert_int_equal(pair_move(pair.client, pair.server), SEAL_E_ALERT);
	assert_int_equal(seal_conn_alert(pair.server), alert);
	pair_close(&pair);
}

static void issue(struct identity *id, struct cert_spec spec)
{
	pki_issue(&spec, id);
}

/* ------------------------------------------------------------------ CA */

static void the_right_ca_is_trusted(void **state)
{
	(void)state;
	accept_as(pki_identity(SEAL_KEY_P256), pki_ca(), SERVER_NAME);
}

static void another_ca_is_not(void **state)
{
	(void)state;
	refuse_as(pki_identity(SEAL_KEY_P256), pki_other_ca(), SERVER_NAME,
		  SEAL_E_UNKNOWN_CA, 48, "certificate 1 of the chain");
}

/* --------------------------------------------------------------- names */

static void refuse_name(const char *san, const char *name)
{
	struct identity id;

	issue(&id, (struct cert_spec){ .san = san });
	refuse_as(&id, pki_ca(), name, SEAL_E_HOSTNAME, 42, name);
}

static void accept_name(const char *san, const char *name)
{
	struct identity id;

	issue(&id, (struct cert_spec){ .san = san });
	accept_as(&id, pki_ca(), name);
}

static void another_name(void **state)
{
	(void)state;
	refuse_name("DNS:server.example", "other.example");
	refuse_name("DNS:server.example", "example");
	refuse_name("DNS:server.example", "a.server.example");
	refuse_name("DNS:server.example", "server.example.org");
}

static void names_match_without_case_and_final_dot(void **state)
{
	(void)state;
	accept_name("DNS:server.example", "SERVER.Example");
	accept_name("DNS:SERVER.example", "server.example.");
	accept_name("DNS:a.example,DNS:server.example", "server.example");
}

/* RFC 9525 6.3: one whole label, the leftmost, and one only */
static void wildcards(void **state)
{
	(void)state;
	accept_name("DNS:*.example.org", "www.example.org");
	refuse_name("DNS:*.example.org", "example.org");
	refuse_name("DNS:*.example.org", "a.www.example.org");
	refuse_name("DNS:w*.example.org", "www.example.org");
	refuse_name("DNS:www.*.org", "www.example.org");
	refuse_name("DNS:*", "localhost");
}

/* RFC 9525 2: what is in the subject's CN is no name of a server */
static void a_name_in_the_subject_alone(void **state)
{
	(void)state;
	refuse_name("", SERVER_NAME);
	refuse_name("email:server@example.org", SERVER_NAME);
}

static void addresses(void **state)
{
	(void)state;
	accept_name("IP:127.0.0.1", "127.0.0.1");
	accept_name("IP:::1", "::1");
	refuse_name("IP:127.0.0.1", "127.0.0.2");
	refuse_name("IP:127.0.0.1", "::1");
	/* a name that looks like an address does not count as one */
	refuse_name("DNS:127.0.0.1", "127.0.0.1");
	refuse_name("DNS:server.example", "127.0.0.1");
	refuse_name("IP:127.0.0.1", "server.example");
}

static void an_address_is_no_sni(void **state)
{
	struct pair pair;

	(void)state;
	open_named(&pair, pki_identity(SEAL_KEY_P256), pki_ca(), "127.0.0.1");
	assert_int_equal(pair_shake(&pair), 0);
	assert_null(seal_conn_servername(pair.server));
	assert_string_equal(seal_conn_servername(pair.client), "127.0.0.1");
	pair_close(&pair);
}

/* RFC 6066 3: without the dot that ends a name */
static void a_final_dot_is_not_sent(void **state)
{
	struct pair pair;

	(void)state;
	open_named(&pair, pki_identity(SEAL_KEY_P256), pki_ca(), SERVER_NAME ".");
	assert_int_equal(pair_shake(&pair), 0);
	assert_string_equal(seal_conn_servername(pair.server), SERVER_NAME);
	pair_close(&pair);
}

/* --------------------------------------------------------------- chain */

static void self_signed(void **state)
{
	struct identity id;

	(void)state;
	issue(&id, (struct cert_spec){ .issuer = ISSUER_SELF });
	refuse_as(&id, pki_ca(), SERVER_NAME, SEAL_E_UNKNOWN_CA, 48,
		  "self-signed");
}

/* Whoever names the certificate itself trusts it */
static void self_signed_and_trusted(void **state)
{
	struct identity id;

	(void)state;
	issue(&id, (struct cert_spec){ .issuer = ISSUER_SELF });
	accept_as(&id, id.chain, SERVER_NAME);
}

static void an_intermediate(void **state)
{
	struct identity id, whole;
	char ca[PKI_PATH_MAX];

	(void)state;
	issue(&id, (struct cert_spec){ .issuer = ISSUER_INTERMEDIATE });
	refuse_as(&id, pki_ca(), SERVER_NAME, SEAL_E_UNKNOWN_CA, 48,
		  "certificate 1 of the chain");
	whole = id;
	pki_path(ca, "intermediate-copy");
	pki_write_intermediate(ca);
	pki_path(whole.chain, "whole-chain");
	pki_join(whole.chain, id.chain, ca);
	accept_as(&whole, pki_ca(), SERVER_NAME);
}

static void for_another_purpose(void **state)
{
	struct identity id;

	(void)state;
	issue(&id, (struct cert_spec){ .usage = "clientAuth" });
	refuse_as(&id, pki_ca(), SERVER_NAME, SEAL_E_UNSUPPORTED_CERTIFICATE, 43,
		  "purpose");
	issue(&id, (struct cert_spec){ .usage = "" });
	accept_as(&id, pki_ca(), SERVER_NAME);
}

/* RFC 8446 4.4.2.2 */
static void a_key_that_may_not_sign(void **state)
{
	struct identity id;

	(void)state;
	issue(&id, (struct cert_spec){ .key_usage = "critical,keyAgreement" });
	refuse_as(&id, pki_ca(), SERVER_NAME, SEAL_E_UNSUPPORTED_CERTIFICATE, 43,
		  "sign");
	issue(&id, (struct cert_spec){ .key_usage = "critical,digitalSignature" });
	accept_as(&id, pki_ca(), SERVER_NAME);
}

/* No server of ours would load such a key: the certificate is sent by hand */
static void a_key_that_is_too_short(void **state)
{
	static struct forge forge;
	uint8_t der[2048];
	struct identity id;
	struct scene scene;
	int status;

	(void)state;
	issue(&id, (struct cert_spec){ .kind = SEAL_KEY_RSA, .rsa_bits = 1024 });
	forge_start(&forge);
	forge_vector(&forge, 1, NULL, 0);
	forge_open(&forge, 3);
	forge_vector(&forge, 3, der, pki_der(id.chain, der, sizeof(der)));
	forge_vector(&forge, 2, NULL, 0);
	forge_close(&forge);
	scene_open(&scene, SEAL_HS_WAIT_CERTIFICATE_OR_REQUEST);
	status = puppet_send_message(&scene.puppet, SEAL_MSG_CERTIFICATE,
				     forge_span(&forge));
	assert_non_null(strstr(seal_conn_error(scene.victim), "key too weak"));
	expect_refusal(&scene.puppet, status, SEAL_E_BAD_CERTIFICATE);
	scene_close(&scene);
}

/* ------------------------------------------------------------ no trust */

static void insecure_trusts_everybody(void **state)
{
	const struct cert_spec spec = {
		.issuer = ISSUER_SELF, .san = "DNS:a",
		.from = PKI_DAY, .until = 2 * PKI_DAY,
	};
	struct identity id;

	(void)state;
	pki_issue(&spec, &id);
	accept_as(&id, NULL, SERVER_NAME);
	accept_as(&id, NULL, NULL);
}

static void nothing_to_trust(void **state)
{
	struct seal_config *cfg = seal_config_new(SEAL_CLIENT);
	struct seal_conn *conn = (void *)-1;

	(void)state;
	assert_int_equal(seal_conn_new(cfg, SERVER_NAME, &conn), SEAL_E_NO_TRUST);
	assert_null(conn);
	assert_int_equal(seal_connect(-1, cfg, SERVER_NAME), SEAL_E_NO_TRUST);
	assert_non_null(strstr(seal_strerror(SEAL_E_NO_TRUST), "CA"));
	seal_config_unref(cfg);
}

/* Even then the signature proves that the key is the certificate's */
static void insecure_still_checks_the_signature(void **state)
{
	static const uint8_t body[] = { 4, 3, 0, 4, 'f', 'a', 'k', 'e' };
	struct puppet puppet;
	struct flight flight = { 0 };
	struct pair pair;

	(void)state;
	open_named(&pair, pki_identity(SEAL_KEY_P256), NULL, SERVER_NAME);
	pair_move(pair.client, pair.server);
	flight_take(&flight, pair.server);
	puppet_start(&puppet, pair.client);
	for (size_t i = 0; i < 3; i++)
		puppet_send(&puppet, SEAL_CONTENT_HANDSHAKE,
			    flight.messages[i].data, flight.messages[i].len);
	expect_refusal(&puppet,
		       puppet_send_message(&puppet, SEAL_MSG_CERTIFICATE_VERIFY,
					   SPAN(body)), SEAL_E_DECRYPT_ERROR);
	puppet_stop(&puppet);
	flight_free(&flight);
	pair_close(&pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_right_ca_is_trusted),
		cmocka_unit_test(another_ca_is_not),
		cmocka_unit_test(another_name),
		cmocka_unit_test(names_match_without_case_and_final_dot),
		cmocka_unit_test(wildcards),
		cmocka_unit_test(a_name_in_the_subject_alone),
		cmocka_unit_test(addresses),
		cmocka_unit_test(an_address_is_no_sni),
		cmocka_unit_test(a_final_dot_is_not_sent),
		cmocka_unit_test(self_signed),
		cmocka_unit_test(self_signed_and_trusted),
		cmocka_unit_test(an_intermediate),
		cmocka_unit_test(for_another_purpose),
		cmocka_unit_test(a_key_that_may_not_sign),
		cmocka_unit_test(a_key_that_is_too_short),
		cmocka_unit_test(insecure_trusts_everybody),
		cmocka_unit_test(nothing_to_trust),
		cmocka_unit_test(insecure_still_checks_the_signature),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
