// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Chains enter, each wrong in one way; what Documentation/certificates.rst says of it
 * leaves.  A case that x509-limbo has too has its name: limbo's "::" is a dot here.
 */
#include <string.h>

#include <openssl/x509.h>

#include "unit.h"

#define LEAF		.there = true
#define CA		.there = true
#define NAME		"www.example.com"
#define SAN_OF_NAME	"DNS:" NAME

struct trial {
	const char		*name;
	struct link_spec	 chain[CHAIN_LINKS];
	const char		*peer;		/* default: NAME */
	bool			 of_client;	/* shown to a server */
	int			 error;
	const char		*why;
};

#define GOOD	{ LEAF, .san = SAN_OF_NAME }

static const struct trial trials[] = {
	{ .name = "root_and_leaf", .chain = { GOOD, { CA } } },
	{ .name = "root_intermediate_and_leaf", .chain = { GOOD, { CA }, { CA } } },
	{ .name = "the_leaf_is_the_anchor", .chain = { { LEAF, .san = SAN_OF_NAME,
	  .constraints = "critical,CA:TRUE" } } },

	/* RFC 5280 4.1 */
	{ .name = "rfc5280.version_1", .chain = { { LEAF, .version_1 = true }, { CA } },
	  .error = SEAL_E_BAD_CERTIFICATE, .why = "version is not 3" },
	{ .name = "rfc5280.intermediate_version_1", .chain = { GOOD, { CA, .version_1 = true }, { CA } },
	  .error = SEAL_E_UNKNOWN_CA },
	{ .name = "anchor_of_version_1", .chain = { GOOD, { CA, .version_1 = true } } },
	{ .name = "rfc5280.serial.zero", .chain = { { LEAF, .san = SAN_OF_NAME, .serial = "0" }, { CA } },
	  .error = SEAL_E_BAD_CERTIFICATE, .why = "serial number" },
	{ .name = "rfc5280.serial.negative",
	  .chain = { { LEAF, .san = SAN_OF_NAME, .serial = "-1234" }, { CA } },
	  .error = SEAL_E_BAD_CERTIFICATE, .why = "serial number" },
	{ .name = "rfc5280.serial.too_long", .chain = { { LEAF, .san = SAN_OF_NAME,
	  .serial = "8000000000000000000000000000000000000000" }, { CA } },
	  .error = SEAL_E_BAD_CERTIFICATE, .why = "serial number" },
	{ .name = "serial_of_20_bytes", .chain = { { LEAF, .san = SAN_OF_NAME,
	  .serial = "7fffffffffffffffffffffffffffffffffffffff" }, { CA } } },
	{ .name = "intermediate_serial_zero", .chain = { GOOD, { CA, .serial = "0" }, { CA } },
	  .error = SEAL_E_BAD_CERTIFICATE, .why = "certificate 2 of the chain (CN=one)" },
	{ .name = "anchor_serial_zero", .chain = { GOOD, { CA, .serial = "0" } } },
	{ .name = "rfc5280.ca_empty_subject", .chain = { GOOD, { CA, .subject = "" } },
	  .error = SEAL_E_BAD_CERTIFICATE, .why = "issuer is empty" },

	/* 4.2 */
	{ .name = "rfc5280.unknown_critical_extension_ee", .chain = { { LEAF, .san = SAN_OF_NAME,
	  .more = { { "1.3.6.1.4.1.55738.666.1", "critical,DER:0500" } } }, { CA } },
	  .error = SEAL_E_UNSUPPORTED_CERTIFICATE, .why = "critical extension" },
	{ .name = "rfc5280.unknown_critical_extension_intermediate", .chain = { GOOD, { CA,
	  .more = { { "1.3.6.1.4.1.55738.666.1", "critical,DER:0500" } } }, { CA } },
	  .error = SEAL_E_UNSUPPORTED_CERTIFICATE, .why = "critical extension" },
	{ .name = "unknown_extension", .chain = { { LEAF, .san = SAN_OF_NAME,
	  .more = { { "1.3.6.1.4.1.55738.666.1", "DER:0500" } } }, { CA } } },
	{ .name = "rfc5280.duplicate_extensions", .chain = { { LEAF, .san = SAN_OF_NAME,
	  .more = { { "subjectAltName", SAN_OF_NAME } } }, { CA } },
	  .error = SEAL_E_BAD_CERTIFICATE },
	{ .name = "duplicate_unknown_extension", .chain = { { LEAF, .san = SAN_OF_NAME, .more = {
	  { "1.3.6.1.4.1.55738.666.1", "DER:0500" },
	  { "1.3.6.1.4.1.55738.666.1", "DER:0500" } } }, { CA } },
	  .error = SEAL_E_BAD_CERTIFICATE, .why = "an extension twice" },
	{ .name = "rfc5280.san.malformed", .chain = { { LEAF, .san = "DER:3003820541" }, { CA } },
	  .error = SEAL_E_BAD_CERTIFICATE },
	{ .name = "rfc5280.aki.critical_aki", .chain = { { LEAF, .san = SAN_OF_NAME, .more = {
	  { "authorityKeyIdentifier", "critical,DER:3000" } } }, { CA } },
	  .error = SEAL_E_BAD_CERTIFICATE, .why = "identifier of it is critical" },
	{ .name = "rfc5280.ski.critical_ski", .chain = { GOOD, { CA, .more = {
	  { "subjectKeyIdentifier", "critical,DER:040141" } } }, { CA } },
	  .error = SEAL_E_BAD_CERTIFICATE, .why = "identifier of it is critical" },

	/* time */
	{ .name = "rfc5280.validity.expired_leaf", .chain = { { LEAF, .san = SAN_OF_NAME,
	  .from = -2 * PKI_DAY, .until = -PKI_DAY }, { CA } },
	  .error = SEAL_E_CERTIFICATE_EXPIRED, .why = "(CN=leaf): certificate has expired" },
	{ .name = "rfc5280.validity.expired_intermediate", .chain = { GOOD, { CA,
	  .from = -2 * PKI_DAY, .until = -PKI_DAY }, { CA } },
	  .error = SEAL_E_CERTIFICATE_EXPIRED, .why = "(CN=one): certificate has expired" },
	{ .name = "rfc5280.validity.expired_root", .chain = { GOOD, { CA,
	  .from = -2 * PKI_DAY, .until = -PKI_DAY } },
	  .error = SEAL_E_CERTIFICATE_EXPIRED, .why = "(CN=one): certificate has expired" },
	{ .name = "not_yet_valid", .chain = { { LEAF, .san = SAN_OF_NAME,
	  .from = PKI_DAY, .until = 2 * PKI_DAY }, { CA } },
	  .error = SEAL_E_CERTIFICATE_EXPIRED, .why = "not yet valid" },

	/* CAs, RFC 5280 4.2.1.9 */
	{ .name = "rfc5280.intermediate_ca_without_ca_bit",
	  .chain = { GOOD, { CA, .constraints = "critical,CA:FALSE" }, { CA } },
	  .error = SEAL_E_UNKNOWN_CA },
	{ .name = "rfc5280.intermediate_ca_missing_basic_constraints",
	  .chain = { GOOD, { CA, .constraints = "" }, { CA } }, .error = SEAL_E_UNKNOWN_CA },
	{ .name = "rfc5280.root_missing_basic_constraints",
	  .chain = { GOOD, { CA, .constraints = "" } }, .error = SEAL_E_UNKNOWN_CA },
	{ .name = "rfc5280.root_inconsistent_ca_extensions",
	  .chain = { GOOD, { CA, .key_usage = "digitalSignature" } },
	  .error = SEAL_E_UNKNOWN_CA },
	{ .name = "rfc5280.ica_ku_keycertsign",
	  .chain = { GOOD, { CA, .key_usage = "digitalSignature" }, { CA } },
	  .error = SEAL_E_UNKNOWN_CA },
	{ .name = "rfc5280.leaf_ku_keycertsign", .chain = { { LEAF, .san = SAN_OF_NAME,
	  .constraints = "critical,CA:FALSE",
	  .key_usage = "digitalSignature,keyCertSign" }, { CA } },
	  .error = SEAL_E_BAD_CERTIFICATE, .why = "key usage is that of a CA" },
	{ .name = "webpki.ca_as_leaf", .chain = { { LEAF, .san = SAN_OF_NAME,
	  .constraints = "critical,CA:TRUE" }, { CA } },
	  .error = SEAL_E_BAD_CERTIFICATE, .why = "it is that of a CA" },
	{ .name = "pathlen.ee_with_intermediate_pathlen", .chain = { { LEAF, .san = SAN_OF_NAME,
	  .constraints = "critical,CA:FALSE,pathlen:0" }, { CA } },
	  .error = SEAL_E_BAD_CERTIFICATE },
	{ .name = "pathlen.intermediate_violates_pathlen_0",
	  .chain = { GOOD, { CA }, { CA, .constraints = "critical,CA:TRUE,pathlen:0" }, { CA } },
	  .error = SEAL_E_UNKNOWN_CA, .why = "path length" },
	{ .name = "pathlen.root_violates_pathlen_0",
	  .chain = { GOOD, { CA }, { CA, .constraints = "critical,CA:TRUE,pathlen:0" } },
	  .error = SEAL_E_UNKNOWN_CA, .why = "path length" },
	{ .name = "pathlen.intermediate_pathlen_0",
	  .chain = { GOOD, { CA, .constraints = "critical,CA:TRUE,pathlen:0" }, { CA } } },
	{ .name = "pathological.five_cas_below_the_anchor",
	  .chain = { GOOD, { CA }, { CA }, { CA }, { CA }, { CA }, { CA } } },
	{ .name = "pathological.six_cas_below_the_anchor",
	  .chain = { GOOD, { CA }, { CA }, { CA }, { CA }, { CA }, { CA }, { CA } },
	  .error = SEAL_E_UNKNOWN_CA },

	/* signatures and keys */
	{ .name = "forged_signature", .chain = { { LEAF, .san = SAN_OF_NAME, .forged = true }, { CA } },
	  .error = SEAL_E_BAD_CERTIFICATE, .why = "signature" },
	{ .name = "forged_intermediate", .chain = { GOOD, { CA, .forged = true }, { CA } },
	  .error = SEAL_E_BAD_CERTIFICATE, .why = "(CN=one)" },
	{ .name = "webpki.forbidden_signature_algorithm_in_leaf",
	  .chain = { { LEAF, .san = SAN_OF_NAME, .digest = "SHA1" }, { CA } },
	  .error = SEAL_E_BAD_CERTIFICATE, .why = "(CN=leaf)" },
	{ .name = "signed_with_md5",
	  .chain = { { LEAF, .san = SAN_OF_NAME, .digest = "MD5" }, { CA, .key = "RSA 2048" } },
	  .error = SEAL_E_BAD_CERTIFICATE, .why = "(CN=leaf)" },
	{ .name = "intermediate_signed_with_sha1", .chain = { GOOD, { CA, .digest = "SHA1" }, { CA } },
	  .error = SEAL_E_BAD_CERTIFICATE, .why = "(CN=one)" },
	{ .name = "anchor_signed_with_sha1", .chain = { GOOD, { CA, .digest = "SHA1" } } },
	{ .name = "signed_with_sha224", .chain = { { LEAF, .san = SAN_OF_NAME, .digest = "SHA224" }, { CA } },
	  .error = SEAL_E_BAD_CERTIFICATE, .why = "unknown algorithm" },
	{ .name = "webpki.forbidden_weak_rsa_key_in_leaf",
	  .chain = { { LEAF, .san = SAN_OF_NAME, .key = "RSA 1024" }, { CA } },
	  .error = SEAL_E_BAD_CERTIFICATE, .why = "(CN=leaf)" },
	{ .name = "weak_rsa_key_in_intermediate", .chain = { GOOD, { CA, .key = "RSA 1024" }, { CA } },
	  .error = SEAL_E_BAD_CERTIFICATE, .why = "(CN=one)" },
	{ .name = "webpki.forbidden_weak_rsa_in_root", .chain = { GOOD, { CA, .key = "RSA 1024" } },
	  .error = SEAL_E_BAD_CERTIFICATE, .why = "(CN=one)" },
	{ .name = "webpki.forbidden_rsa_not_divisible_by_8_in_leaf",
	  .chain = { { LEAF, .san = SAN_OF_NAME, .key = "RSA 2052" }, { CA } },
	  .error = SEAL_E_BAD_CERTIFICATE, .why = "no whole bytes" },
	{ .name = "rsa_exponent_1",
	  .chain = { { LEAF, .san = SAN_OF_NAME, .key = "RSA, exponent 1" }, { CA } },
	  .error = SEAL_E_BAD_CERTIFICATE, .why = "exponent" },
	{ .name = "webpki.forbidden_p192_leaf",
	  .chain = { { LEAF, .san = SAN_OF_NAME, .key = "P-192" }, { CA } },
	  .error = SEAL_E_UNSUPPORTED_CERTIFICATE, .why = "P-256" },
	{ .name = "p224_in_intermediate", .chain = { GOOD, { CA, .key = "P-224" }, { CA } },
	  .error = SEAL_E_UNSUPPORTED_CERTIFICATE, .why = "P-256" },
	{ .name = "secp256k1_in_intermediate", .chain = { GOOD, { CA, .key = "secp256k1" }, { CA } },
	  .error = SEAL_E_UNSUPPORTED_CERTIFICATE, .why = "P-256" },
	{ .name = "explicit_curve_in_leaf",
	  .chain = { { LEAF, .san = SAN_OF_NAME, .key = "P-256 explicit" }, { CA } },
	  .error = SEAL_E_UNSUPPORTED_CERTIFICATE },
	{ .name = "explicit_curve_in_intermediate",
	  .chain = { GOOD, { CA, .key = "P-256 explicit" }, { CA } },
	  .error = SEAL_E_UNSUPPORTED_CERTIFICATE },
	{ .name = "ed25519_everywhere", .chain = { { LEAF, .san = SAN_OF_NAME, .key = "ED25519" },
	  { CA, .key = "ED25519" } } },
	{ .name = "rsa_issues_p384", .chain = { { LEAF, .san = SAN_OF_NAME, .key = "P-384",
	  .digest = "SHA512" }, { CA, .key = "RSA 2048" } } },

	/* purpose, RFC 5280 4.2.1.12 */
	{ .name = "webpki.eku.ee_anyeku", .chain = { { LEAF, .san = SAN_OF_NAME,
	  .usage = "anyExtendedKeyUsage" }, { CA } },
	  .error = SEAL_E_UNSUPPORTED_CERTIFICATE },
	{ .name = "webpki.eku.ee_anyeku_and_server_auth", .chain = { { LEAF, .san = SAN_OF_NAME,
	  .usage = "serverAuth,anyExtendedKeyUsage" }, { CA } },
	  .error = SEAL_E_UNSUPPORTED_CERTIFICATE, .why = "any purpose" },
	{ .name = "rfc5280.eku.ee_wrong_eku",
	  .chain = { { LEAF, .san = SAN_OF_NAME, .usage = "clientAuth" }, { CA } },
	  .error = SEAL_E_UNSUPPORTED_CERTIFICATE },
	{ .name = "netscape_step_up",
	  .chain = { { LEAF, .san = SAN_OF_NAME, .usage = "nsSGC" }, { CA } },
	  .error = SEAL_E_UNSUPPORTED_CERTIFICATE, .why = "serverAuth" },
	{ .name = "ee_without_eku", .chain = { { LEAF, .san = SAN_OF_NAME, .usage = "" }, { CA } } },
	{ .name = "rfc5280.eku.ca_without_server_auth",
	  .chain = { GOOD, { CA, .usage = "clientAuth" }, { CA } },
	  .error = SEAL_E_UNSUPPORTED_CERTIFICATE, .why = "(CN=one)" },
	{ .name = "ca_with_server_auth", .chain = { GOOD, { CA, .usage = "serverAuth" }, { CA } } },
	{ .name = "client", .chain = { { LEAF, .san = "", .usage = "clientAuth" }, { CA } },
	  .of_client = true },
	{ .name = "client_expired", .chain = { { LEAF, .usage = "clientAuth",
	  .from = -2 * PKI_DAY, .until = -PKI_DAY }, { CA } }, .of_client = true,
	  .error = SEAL_E_CERTIFICATE_EXPIRED, .why = "certificate has expired" },
	{ .name = "client_without_client_auth", .chain = { GOOD, { CA } }, .of_client = true,
	  .error = SEAL_E_UNSUPPORTED_CERTIFICATE },
	{ .name = "client_with_anyeku", .chain = { { LEAF,
	  .usage = "clientAuth,anyExtendedKeyUsage" }, { CA } }, .of_client = true,
	  .error = SEAL_E_UNSUPPORTED_CERTIFICATE, .why = "any purpose" },
	{ .name = "client_with_a_cas_certificate", .chain = { { LEAF, .usage = "clientAuth",
	  .constraints = "critical,CA:TRUE" }, { CA } }, .of_client = true,
	  .error = SEAL_E_BAD_CERTIFICATE, .why = "it is that of a CA" },

	/* name constraints, 4.2.1.10 */
	{ .name = "rfc5280.nc.permitted_dns_match", .chain = { GOOD, { CA, .more = {
	  { "nameConstraints", "critical,permitted;DNS:example.com" } } } } },
	{ .name = "rfc5280.nc.permitted_dns_mismatch", .chain = { GOOD, { CA, .more = {
	  { "nameConstraints", "critical,permitted;DNS:example.org" } } } },
	  .error = SEAL_E_BAD_CERTIFICATE, .why = "permitted" },
	{ .name = "rfc5280.nc.excluded_dns_match", .chain = { GOOD, { CA, .more = {
	  { "nameConstraints", "critical,excluded;DNS:example.com" } } }, { CA } },
	  .error = SEAL_E_BAD_CERTIFICATE, .why = "excluded" },
	{ .name = "rfc5280.nc.permitted_ip_mismatch", .chain = { { LEAF, .san = "IP:192.0.2.1" }, { CA,
	  .more = { { "nameConstraints",
		      "critical,permitted;IP:198.51.100.0/255.255.255.0" } } } },
	  .peer = "192.0.2.1", .error = SEAL_E_BAD_CERTIFICATE, .why = "permitted" },
	{ .name = "rfc5280.nc.not_allowed_in_ee", .chain = { { LEAF, .san = SAN_OF_NAME, .more = {
	  { "nameConstraints", "critical,permitted;DNS:example.com" } } }, { CA } },
	  .error = SEAL_E_BAD_CERTIFICATE, .why = "it has name constraints" },
	{ .name = "excluded_name_under_a_wildcard", .chain = { { LEAF, .san = "DNS:*.example.com" },
	  { CA, .more = { { "nameConstraints",
			    "critical,excluded;DNS:www.example.com" } } } },
	  .error = SEAL_E_BAD_CERTIFICATE, .why = "exclude" },
	{ .name = "excluded_neighbour_under_a_wildcard", .chain = { { LEAF, .san = "DNS:*.example.com" },
	  { CA, .more = { { "nameConstraints",
			    "critical,excluded;DNS:ww.example.com" } } } } },

	/* names, RFC 9525 */
	{ .name = "webpki.san.no_san", .chain = { { LEAF, .subject = NAME, .san = "" }, { CA } },
	  .error = SEAL_E_HOSTNAME, .why = "no subjectAltName" },
	{ .name = "empty_san", .chain = { { LEAF, .subject = NAME, .san = "DER:3000" }, { CA } },
	  .error = SEAL_E_HOSTNAME },
	{ .name = "rfc5280.san.noncritical_with_empty_subject",
	  .chain = { { LEAF, .subject = "", .san = SAN_OF_NAME }, { CA } },
	  .error = SEAL_E_BAD_CERTIFICATE, .why = "(without a subject)" },
	{ .name = "rfc5280.san.critical_with_empty_subject",
	  .chain = { { LEAF, .subject = "", .san = "critical," SAN_OF_NAME }, { CA } } },
	{ .name = "webpki.san.mismatch_domain_san", .chain = { { LEAF, .san = "DNS:www.example2.com" }, { CA } },
	  .error = SEAL_E_HOSTNAME, .why = "not for www.example.com, but for www.example2.com" },
	{ .name = "webpki.san.mismatch_apex_subdomain_san", .chain = { GOOD, { CA } },
	  .peer = "example.com", .error = SEAL_E_HOSTNAME },
	{ .name = "webpki.san.leftmost_wildcard_san", .chain = { { LEAF, .san = "DNS:*.example.com" }, { CA } } },
	{ .name = "webpki.san.wildcard_embedded_leftmost_san",
	  .chain = { { LEAF, .san = "DNS:ww*.example.com" }, { CA } }, .error = SEAL_E_HOSTNAME },
	{ .name = "webpki.san.wildcard_not_in_leftmost_san",
	  .chain = { { LEAF, .san = "DNS:www.*.com" }, { CA } }, .error = SEAL_E_HOSTNAME },
	{ .name = "webpki.san.wildcard_match_across_labels_san",
	  .chain = { { LEAF, .san = "DNS:*.com" }, { CA } }, .error = SEAL_E_HOSTNAME },
	{ .name = "webpki.san.public_suffix_wildcard_san", .chain = { { LEAF, .san = "DNS:*.com" }, { CA } },
	  .peer = "example.com", .error = SEAL_E_HOSTNAME },
	{ .name = "wildcard_before_a_dot_alone", .chain = { { LEAF, .san = "DNS:*.com." }, { CA } },
	  .peer = "example.com.", .error = SEAL_E_HOSTNAME },
	{ .name = "two_wildcards", .chain = { { LEAF, .san = "DNS:*.*.com" }, { CA } },
	  .error = SEAL_E_HOSTNAME },
	{ .name = "wildcard_alone", .chain = { { LEAF, .san = "DNS:*" }, { CA } }, .peer = "localhost",
	  .error = SEAL_E_HOSTNAME },
	{ .name = "wildcard_of_an_a_label", .chain = { { LEAF, .san = "DNS:*.example.com" }, { CA } },
	  .peer = "xn--bliss-1b3c148a.example.com" },
	{ .name = "webpki.san.wildcard_embedded_ulabel_san",
	  .chain = { { LEAF, .san = "DNS:xn--*-1b3c148a.example.com" }, { CA } },
	  .peer = "xn--bliss-1b3c148a.example.com", .error = SEAL_E_HOSTNAME },
	{ .name = "a_label_in_capitals", .chain = { { LEAF, .san = "DNS:XN--628H.example.com" }, { CA } },
	  .peer = "xn--628h.EXAMPLE.com" },
	{ .name = "webpki.san.unicode_emoji_san", .chain = { { LEAF,
	  .san = "DER:30128210F09F989C2E6578616D706C652E636F6D" }, { CA } },
	  .peer = "xn--628h.example.com", .error = SEAL_E_HOSTNAME },
	/* a.example\0.b */
	{ .name = "name_with_a_zero_byte", .chain = { { LEAF,
	  .san = "DER:300E820C612E6578616D706C65002E62" }, { CA } },
	  .peer = "a.example", .error = SEAL_E_HOSTNAME, .why = "a.example?.b" },
	{ .name = "webpki.san.exact_localhost_ip_san", .chain = { { LEAF, .san = "IP:127.0.0.1" }, { CA } },
	  .peer = "127.0.0.1" },
	{ .name = "ipv6_address", .chain = { { LEAF, .san = "IP:2001:db8:0:0:0:0:0:1" }, { CA } },
	  .peer = "2001:DB8::1" },
	{ .name = "ipv4_in_ipv6", .chain = { { LEAF, .san = "IP:127.0.0.1" }, { CA } },
	  .peer = "::ffff:127.0.0.1", .error = SEAL_E_HOSTNAME },
	{ .name = "address_as_dns_name", .chain = { { LEAF, .san = "DNS:127.0.0.1" }, { CA } },
	  .peer = "127.0.0.1", .error = SEAL_E_HOSTNAME },
	{ .name = "wildcard_for_an_address", .chain = { { LEAF, .san = "DNS:*.0.0.1" }, { CA } },
	  .peer = "127.0.0.1", .error = SEAL_E_HOSTNAME },
	{ .name = "address_of_three_bytes", .chain = { { LEAF, .san = "DER:300587037F0000" }, { CA } },
	  .peer = "127.0.0.1", .error = SEAL_E_HOSTNAME },
	{ .name = "uri_and_mail_do_not_count", .chain = { { LEAF,
	  .san = "URI:https://www.example.com/,email:www.example.com" }, { CA } },
	  .error = SEAL_E_HOSTNAME },
	{ .name = "the_last_of_several", .chain = { { LEAF,
	  .san = "DNS:a.example,DNS:b.example,IP:192.0.2.1,DNS:c.example," SAN_OF_NAME },
	  { CA } } },
	{ .name = "several_others", .chain = { { LEAF,
	  .san = "DNS:a.example,DNS:b.example,IP:192.0.2.1,DNS:c.example" }, { CA } },
	  .error = SEAL_E_HOSTNAME, .why = "but for a.example, b.example, 192.0.2.1, ..." },
	/* what a peer writes must not control a terminal */
	{ .name = "subject_with_control_characters",
	  .chain = { { LEAF, .subject = "a\nb\x1b[2J", .san = "" }, { CA } },
	  .error = SEAL_E_HOSTNAME, .why = "(CN=a\\0Ab\\1B[2J)" },
};

static struct seal_config *trusting(const char *anchor, bool server)
{
	struct seal_config *cfg = server ? new_server_config(SEAL_KEY_P256) :
					   seal_config_new(SEAL_CLIENT);

	assert_int_equal(seal_config_set_ca_file(cfg, anchor), 0);
	if (server)
		assert_int_equal(seal_config_set_client_auth(cfg,
						SEAL_CLIENT_AUTH_REQUIRED), 0);
	return cfg;
}

static void is_judged(void **state)
{
	const struct trial *trial = *state;
	struct seal_config *cfg;
	struct chain chain;

	chain_make(&chain, trial->chain);
	cfg = trusting(chain.anchor, trial->of_client);
	chain_judge(&chain, cfg, trial->peer ? trial->peer : NAME, trial->error,
		    trial->why);
	seal_config_unref(cfg);
	chain_free(&chain);
}

/* ------------------------------------------------------------ not in rows */

static void judge_at_depth(unsigned int depth, int error)
{
	static const struct link_spec specs[CHAIN_LINKS] = {
		GOOD, { CA }, { CA }, { CA },
	};
	struct seal_config *cfg;
	struct chain chain;

	chain_make(&chain, specs);
	cfg = trusting(chain.anchor, false);
	assert_int_equal(seal_config_set_chain_depth(cfg, depth), 0);
	chain_judge(&chain, cfg, NAME, error, NULL);
	seal_config_unref(cfg);
	chain_free(&chain);
}

static void the_depth_of_a_chain(void **state)
{
	struct seal_config *cfg = seal_config_new(SEAL_CLIENT);

	(void)state;
	judge_at_depth(2, 0);
	judge_at_depth(15, 0);
	judge_at_depth(1, SEAL_E_UNKNOWN_CA);
	judge_at_depth(0, SEAL_E_UNKNOWN_CA);
	assert_int_equal(seal_config_set_chain_depth(cfg, 16), SEAL_E_INVALID);
	seal_config_unref(cfg);
}

static void refuse_reference(const char *name, int error)
{
	struct seal_config *cfg = new_client_config();
	struct seal_conn *conn;

	assert_int_equal(seal_conn_new(cfg, name, &conn), error);
	assert_null(conn);
	seal_config_unref(cfg);
}

static void a_reference_name_of_u_labels(void **state)
{
	(void)state;
	refuse_reference("\xc3\xbc.example", SEAL_E_NOT_ASCII);
	refuse_reference("\xff", SEAL_E_NOT_ASCII);
	assert_non_null(strstr(seal_strerror(SEAL_E_NOT_ASCII), "A-label"));
}

static void reference_names_that_are_none(void **state)
{
	(void)state;
	refuse_reference("", SEAL_E_INVALID);
	refuse_reference(".", SEAL_E_INVALID);
	refuse_reference("a..b", SEAL_E_INVALID);
	refuse_reference("*.example.com", SEAL_E_INVALID);
	refuse_reference("a b", SEAL_E_INVALID);
	/* RFC 1123 2.1: what ends in a number was meant to be an address */
	refuse_reference("127.1", SEAL_E_INVALID);
	refuse_reference("1.2.3.4.5", SEAL_E_INVALID);
	refuse_reference("1.2.3.256", SEAL_E_INVALID);
}

/* DER is canonical: what follows the certificate is not part of it */
static void bytes_behind_a_certificate(void **state)
{
	static const struct link_spec specs[CHAIN_LINKS] = { GOOD, { CA } };
	static struct forge forge;
	unsigned char *der = NULL;
	struct chain chain;
	struct scene scene;
	int len, status;

	(void)state;
	chain_make(&chain, specs);
	len = i2d_X509(chain.certs[0], &der);
	forge_start(&forge);
	forge_vector(&forge, 1, NULL, 0);
	forge_open(&forge, 3);
	forge_open(&forge, 3);
	forge_bytes(&forge, der, len);
	forge_number(&forge, 0, 1);
	forge_close(&forge);
	forge_vector(&forge, 2, NULL, 0);
	forge_close(&forge);
	scene_open(&scene, SEAL_HS_WAIT_CERTIFICATE_OR_REQUEST);
	status = puppet_send_message(&scene.puppet, SEAL_MSG_CERTIFICATE,
				     forge_span(&forge));
	assert_non_null(strstr(seal_conn_error(scene.victim),
			       "certificate 1 of the chain: it cannot be decoded"));
	expect_refusal(&scene.puppet, status, SEAL_E_BAD_CERTIFICATE);
	scene_close(&scene);
	OPENSSL_free(der);
	chain_free(&chain);
}

static const struct walk walks[] = {
	{ "is_judged", is_judged, NULL },
};

int main(void)
{
	static struct variant variants[SEAL_ARRAY_SIZE(trials)];
	const struct CMUnitTest others[] = {
		cmocka_unit_test(the_depth_of_a_chain),
		cmocka_unit_test(a_reference_name_of_u_labels),
		cmocka_unit_test(reference_names_that_are_none),
		cmocka_unit_test(bytes_behind_a_certificate),
	};
	const struct cases cases = {
		walks, SEAL_ARRAY_SIZE(walks), variants, SEAL_ARRAY_SIZE(variants),
		others, SEAL_ARRAY_SIZE(others)
	};

	for (size_t i = 0; i < SEAL_ARRAY_SIZE(trials); i++)
		variants[i] = (struct variant){ trials[i].name, &trials[i] };
	return run_cases(&cases, NULL, NULL);
}
