// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The options that serve and connect have in common enter; a configuration that follows
 * them leaves, and a line about each connection.
 */
#include <argp.h>
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sockseal.h"
#include "tools.h"

enum {
	OPTION_BACKEND = 512,
	OPTION_POLICY,
	OPTION_SUITES,
	OPTION_GROUPS,
	OPTION_PSK,
	OPTION_VERBOSE,
};

static const struct argp_option option_table[] = {
	{ "backend", OPTION_BACKEND, "NAME", 0,
	  "Who makes the records: sockseal, the kernel module (default), or "
	  "user, this process", 1 },
	{ "policy", OPTION_POLICY, "NAME", 0,
	  "Suites, groups and signatures at once: default-2026, strict-2026 "
	  "or compat-2026", 1 },
	{ "suites", OPTION_SUITES, "NAME,..", 0,
	  "Cipher suites, preferred first, by their names in RFC 8446 B.4", 1 },
	{ "groups", OPTION_GROUPS, "NAME,..", 0,
	  "Groups of the key exchange, preferred first, such as x25519, "
	  "secp256r1", 1 },
	{ "psk", OPTION_PSK, "FILE", 0,
	  "External PSKs: lines of IDENTITY KEY [sha256|sha384], the key in "
	  "hexadecimal digits", 1 },
	{ "verbose", OPTION_VERBOSE, NULL, 0,
	  "Tell what each connection has agreed on, on standard error", 1 },
	{ 0 },
};

/* --------------------------------------------------------------- lists */

/* Any number that has a name may be given by it */
static int number_of(const char *(*name_of)(uint16_t number), const char *name)
{
	const char *known;

	for (int number = 0; number <= UINT16_MAX; number++) {
		known = name_of(number);
		if (known && !strcasecmp(known, name))
			return number;
	}
	return -1;
}

struct list {
	const char *option;
	const char *(*name_of)(uint16_t number);
	uint16_t *numbers;
	size_t *len;
};

/* Cuts @text at its commas */
static void parse_list(struct argp_state *state, char *text, struct list list)
{
	char *name;
	int number;

	*list.len = 0;
	while ((name = strsep(&text, ","))) {
		number = number_of(list.name_of, name);
		if (number < 0)
			argp_error(state, "--%s knows no '%s'", list.option, name);
		if (*list.len == MAX_NUMBERS)
			argp_error(state, "--%s: at most %d", list.option,
				   MAX_NUMBERS);
		list.numbers[(*list.len)++] = number;
	}
}

static void parse_backend(struct argp_state *state, const char *name,
			  struct policy *policy)
{
	policy->backend = backend_find(name);
	if (!policy->backend)
		argp_error(state, "--backend knows no '%s'", name);
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct policy *policy = state->input;

	switch (key) {
	case OPTION_BACKEND:
		parse_backend(state, arg, policy);
		return 0;
	case OPTION_POLICY:
		policy->name = arg;
		return 0;
	case OPTION_SUITES:
		parse_list(state, arg, (struct list){
			"suites", seal_suite_name, policy->suites,
			&policy->suites_len });
		return 0;
	case OPTION_GROUPS:
		parse_list(state, arg, (struct list){
			"groups", seal_group_name, policy->groups,
			&policy->groups_len });
		return 0;
	case OPTION_PSK:
		policy->psk = arg;
		return 0;
	case OPTION_VERBOSE:
		policy->verbose = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp policy_argp = {
	.options = option_table,
	.parser = parse_option,
};

/* ---------------------------------------------------------------- PSKs */

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The bytes that @text spells, how many are allowed is the library's affair; -1 */
static int parse_key(const char *text, struct seal_psk_key *key)
{
	size_t len = strlen(text);

	if (!len || len % 2 || len / 2 > sizeof(key->key))
		return -1;
	for (size_t i = 0; i < len; i += 2) {
		int high = digit(text[i]), low = digit(text[i + 1]);

		if (high < 0 || low < 0)
			return -1;
		key->key[i / 2] = high << 4 | low;
	}
	key->len = len / 2;
	return 0;
}

static int parse_hash(const char *name, struct seal_psk_key *key)
{
	if (!name || !strcmp(name, "sha256"))
		key->hash = SEAL_SHA256;
	else if (!strcmp(name, "sha384"))
		key->hash = SEAL_SHA384;
	else
		return -1;
	return 0;
}

/* An empty line or a comment counts as well */
static int add_psk(char *line, struct seal_config *config)
{
	struct seal_psk_key key = { .len = 0 };
	char *rest, *identity, *digits, *hash;
	int failed;

	identity = strtok_r(line, " \t\n", &rest);
	if (!identity || *identity == '#')
		return 0;
	digits = strtok_r(NULL, " \t\n", &rest);
	hash = strtok_r(NULL, " \t\n", &rest);
	failed = !digits || parse_key(digits, &key) || parse_hash(hash, &key) ||
		 strtok_r(NULL, " \t\n", &rest) ||
		 seal_config_add_psk(config, identity, strlen(identity), &key);
	explicit_bzero(&key, sizeof(key));
	return failed ? -1 : 0;
}

static int read_psks(FILE *file, const char *path, struct seal_config *config)
{
	static char line[2048];
	int failed = 0;

	for (unsigned int n = 1; !failed && fgets(line, sizeof(line), file); n++) {
		failed = add_psk(line, config);
		if (failed)
			warnx("--psk %s: line %u is not IDENTITY KEY "
			      "[sha256|sha384] with 16 to 64 bytes", path, n);
	}
	explicit_bzero(line, sizeof(line));
	if (!failed && ferror(file)) {
		warn("--psk %s", path);
		failed = -1;
	}
	return failed;
}

static int load_psks(const char *path, struct seal_config *config)
{
	FILE *file = fopen(path, "re");
	int failed;

	if (!file) {
		warn("--psk %s", path);
		return -1;
	}
	/* no copy of a key stays in a buffer that nobody wipes */
	setvbuf(file, NULL, _IONBF, 0);
	failed = read_psks(file, path, config);
	fclose(file);
	return failed;
}

int policy_apply(const struct policy *policy, struct seal_config *config)
{
	if ((policy->name && seal_config_set_policy(config, policy->name)) ||
	    (policy->suites_len &&
	     seal_config_set_suites(config, policy->suites, policy->suites_len)) ||
	    (policy->groups_len &&
	     seal_config_set_groups(config, policy->groups, policy->groups_len))) {
		warnx("%s", seal_config_error(config));
		return -1;
	}
	return policy->psk ? load_psks(policy->psk, config) : 0;
}

/* --------------------------------------------------------------- report */

static const char *or_none(const char *text)
{
	return text ? text : "-";
}

void policy_tell(const struct policy *policy, const char *peer,
		 const struct seal_conn *conn)
{
	size_t len;

	if (!policy->verbose)
		return;
	warnx("%s: sealed: backend=%s suite=%s group=%s scheme=%04x "
	      "peer_scheme=%04x resumed=%d psk=%d alpn=%s servername=%s", peer,
	      policy->backend->name, or_none(seal_suite_name(seal_conn_suite(conn))),
	      or_none(seal_group_name(seal_conn_group(conn))),
	      seal_conn_scheme(conn), seal_conn_peer_scheme(conn),
	      seal_conn_resumed(conn), !!seal_conn_psk_identity(conn, &len),
	      or_none(seal_conn_alpn(conn)), or_none(seal_conn_servername(conn)));
}
