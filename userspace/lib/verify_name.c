// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The name that we want and the names that a certificate has enter; whether one of
 * these is that one leaves (RFC 9525, RFC 5280 4.2.1.6).
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "private.h"

#define LABEL_MAX	63
#define DNS_NAME_MAX	253

/* ------------------------------------------------------ names we are given */

size_t seal_verify_name_len(const char *name)
{
	size_t len = strlen(name);

	return len && name[len - 1] == '.' ? len - 1 : len;
}

bool seal_verify_name_is_ascii(const char *name)
{
	for (; *name; name++)
		if (*name & 0x80)
			return false;
	return true;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* RFC 1123 2.1, and the underscore that is found in practice; no locale counts */
static bool is_of_label(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '-' || c == '_';
}

static bool is_label(const char *label, size_t len)
{
	if (!len || len > LABEL_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		if (!is_of_label(label[i]))
			return false;
	return true;
}

/* RFC 1123 2.1: what ends in a number is an address, or was meant to be one */
static bool is_number(const char *label, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!is_digit(label[i]))
			return false;
	return true;
}

static bool is_dns_name(const char *name)
{
	size_t left = seal_verify_name_len(name), len;
	const char *dot;

	if (left > DNS_NAME_MAX)
		return false;
	while ((dot = memchr(name, '.', left))) {
		len = dot - name;
		if (!is_label(name, len))
			return false;
		name += len + 1;
		left -= len + 1;
	}
	return is_label(name, left) && !is_number(name, left);
}

enum seal_name_kind seal_verify_name_kind(const char *name)
{
	struct in6_addr address;

	if (inet_pton(AF_INET, name, &address) == 1 ||
	    inet_pton(AF_INET6, name, &address) == 1)
		return SEAL_NAME_IP;
	return is_dns_name(name) ? SEAL_NAME_DNS : SEAL_NAME_INVALID;
}

/* -------------------------------------------------- names of a certificate */

static struct seal_span span_of(const ASN1_STRING *string)
{
	return (struct seal_span){ ASN1_STRING_get0_data(string),
				   ASN1_STRING_length(string) };
}

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

/* RFC 9525 6.3: of ASCII alone; an A-label is a label like any other */
static bool equal_without_case(struct seal_span a, struct seal_span b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (lower(a.data[i]) != lower(b.data[i]))
			return false;
	return true;
}

static struct seal_span behind(struct seal_span span, size_t len)
{
	return (struct seal_span){ span.data + len, span.len - len };
}

/* What follows the first label, with its dot; empty: nothing does */
static struct seal_span first_dot(struct seal_span name)
{
	const uint8_t *dot = name.len ? memchr(name.data, '.', name.len) : NULL;

	return behind(name, dot ? (size_t)(dot - name.data) : name.len);
}

/*
 * RFC 9525 6.3: the wildcard is the whole leftmost label and stands for exactly one.
 * That what follows has two labels at least is our rule: no one has all of a TLD.
 */
static bool match_dns(struct seal_span pattern, struct seal_span name)
{
	struct seal_span suffix = first_dot(pattern);

	if (pattern.len - suffix.len != 1 || pattern.data[0] != '*')
		return equal_without_case(pattern, name);
	return suffix.len && first_dot(behind(suffix, 1)).len &&
	       equal_without_case(suffix, first_dot(name));
}

/* What we want, as it would be in a certificate */
struct reference {
	int			type;		/* GEN_DNS, GEN_IPADD */
	struct seal_span	value;
	uint8_t			address[sizeof(struct in6_addr)];
};

static void set_reference(struct reference *want, const struct seal_conn *conn)
{
	const char *name = conn->servername;

	if (conn->servername_kind == SEAL_NAME_DNS) {
		want->type = GEN_DNS;
		want->value = (struct seal_span){ (const uint8_t *)name,
						  seal_verify_name_len(name) };
		return;
	}
	want->type = GEN_IPADD;
	want->value = (struct seal_span){ want->address, sizeof(struct in_addr) };
	if (inet_pton(AF_INET, name, want->address) == 1)
		return;
	want->value.len = sizeof(struct in6_addr);
	inet_pton(AF_INET6, name, want->address);
}

/* An address is compared as bytes, and no wildcard stands for one */
static bool match(const struct reference *want, const GENERAL_NAME *name)
{
	int type;
	const void *value = GENERAL_NAME_get0_value(name, &type);

	if (type != want->type)
		return false;
	return type == GEN_DNS ? match_dns(span_of(value), want->value) :
				 seal_span_equal(span_of(value), want->value);
}

/* ------------------------------------------------------- text of a refusal */

#define NAMES_TOLD	3

/* The name as one would type it, without what is not printable */
static void append_name(char *text, size_t size, const GENERAL_NAME *name)
{
	char address[INET6_ADDRSTRLEN] = "an address";
	int type;
	const void *value = GENERAL_NAME_get0_value(name, &type);
	struct seal_span span;
	size_t len = strlen(text);

	if (type == GEN_DNS) {
		span = span_of(value);
		for (size_t i = 0; i < span.len && len + 1 < size; i++)
			text[len++] = span.data[i] > ' ' && span.data[i] < 0x7f ?
				      span.data[i] : '?';
		text[len] = '\0';
	} else if (type == GEN_IPADD) {
		span = span_of(value);
		if (span.len == sizeof(struct in_addr))
			inet_ntop(AF_INET, span.data, address, sizeof(address));
		else if (span.len == sizeof(struct in6_addr))
			inet_ntop(AF_INET6, span.data, address, sizeof(address));
		snprintf(text + len, size - len, "%s", address);
	} else {
		snprintf(text + len, size - len, "something else");
	}
}

static void list_names(char *text, size_t size, const GENERAL_NAMES *names)
{
	int count = sk_GENERAL_NAME_num(names);

	text[0] = '\0';
	for (int i = 0; i < count && i < NAMES_TOLD; i++) {
		if (i)
			strncat(text, ", ", size - strlen(text) - 1);
		append_name(text, size, sk_GENERAL_NAME_value(names, i));
	}
	if (count > NAMES_TOLD)
		strncat(text, ", ...", size - strlen(text) - 1);
}

int seal_verify_name(const struct seal_conn *conn, X509 *leaf, char *why, size_t size)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(leaf, NID_subject_alt_name, NULL,
						NULL);
	int count = sk_GENERAL_NAME_num(names);
	struct reference want;
	char list[128];
	int err = SEAL_E_HOSTNAME;

	set_reference(&want, conn);
	for (int i = 0; i < count && err; i++)
		if (match(&want, sk_GENERAL_NAME_value(names, i)))
			err = 0;
	if (err && count > 0) {
		list_names(list, sizeof(list), names);
		snprintf(why, size, "it is not for %s, but for %s",
			 conn->servername, list);
	} else if (err) {
		/* RFC 9525 2: what is in the subject does not count */
		snprintf(why, size,
			 "it is not for %s: it has no subjectAltName, and no other field counts",
			 conn->servername);
	}
	GENERAL_NAMES_free(names);
	return err;
}

/* ------------------------------------------------------- name constraints */

/* RFC 5280 4.2.1.10: the name itself, and what is below; of "" and ".", any */
static bool is_below(struct seal_span name, struct seal_span base)
{
	if (base.len && base.data[0] == '.')
		base = behind(base, 1);
	if (!base.len)
		return true;
	if (name.len < base.len ||
	    !equal_without_case(behind(name, name.len - base.len), base))
		return false;
	return name.len == base.len || name.data[name.len - base.len - 1] == '.';
}

bool seal_verify_name_is_excluded(const struct seal_conn *conn, X509 *ca)
{
	int critical;
	NAME_CONSTRAINTS *nc = X509_get_ext_d2i(ca, NID_name_constraints, &critical,
						NULL);
	struct reference want;
	bool excluded = false;
	const GENERAL_NAME *base;
	int type;
	const void *value;

	/* there is one, and it cannot be read: then they may */
	if (!nc)
		return critical != -1;
	set_reference(&want, conn);
	for (int i = 0; i < sk_GENERAL_SUBTREE_num(nc->excludedSubtrees); i++) {
		base = sk_GENERAL_SUBTREE_value(nc->excludedSubtrees, i)->base;
		value = GENERAL_NAME_get0_value(base, &type);
		if (type == GEN_DNS && want.type == GEN_DNS &&
		    is_below(want.value, span_of(value)))
			excluded = true;
	}
	NAME_CONSTRAINTS_free(nc);
	return excluded;
}
