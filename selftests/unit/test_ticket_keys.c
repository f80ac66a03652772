// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Ticket keys and times enter; the key that makes tickets and those that still count
 * leave, from calls, files and callbacks; bad files leave with their line.
 */
#include <stdio.h>
#include <string.h>

#include "unit.h"

#define T	1000000000ULL	/* s since 1970 */

static struct seal_ticket_key key_named(uint8_t name)
{
	struct seal_ticket_key key;

	memset(key.name, name, sizeof(key.name));
	memset(key.secret, name ^ 0xff, sizeof(key.secret));
	return key;
}

/* The name of the key for new tickets; 0: there is none */
static int current(struct seal_ticket_keys *keys, uint64_t now)
{
	struct seal_ticket_key key, expected;

	if (!seal_ticket_keys_current(keys, now, &key))
		return 0;
	expected = key_named(key.name[0]);
	assert_memory_equal(&key, &expected, sizeof(key));
	return key.name[0];
}

static bool counts(struct seal_ticket_keys *keys, uint8_t name, uint64_t now)
{
	struct seal_ticket_key key, expected = key_named(name);
	bool found = seal_ticket_keys_find(keys, expected.name, now, &key);

	if (found)
		assert_memory_equal(&key, &expected, sizeof(key));
	return found;
}

static int add(struct seal_ticket_keys *keys, uint8_t name, uint64_t from)
{
	const struct seal_ticket_key key = key_named(name);

	return seal_ticket_keys_add(keys, &key, from);
}

static void each_key_has_its_time(void **state)
{
	struct seal_ticket_keys *keys = seal_ticket_keys_new();

	(void)state;
	assert_int_equal(seal_ticket_keys_set_lifetimes(keys, 0, 1), SEAL_E_INVALID);
	assert_int_equal(seal_ticket_keys_set_lifetimes(keys, 100, 50), 0);
	assert_int_equal(add(keys, 2, T + 80), 0);
	assert_int_equal(add(keys, 1, T), 0);
	assert_int_equal(current(keys, T - 1), 0);
	assert_int_equal(current(keys, T), 1);
	assert_int_equal(current(keys, T + 79), 1);
	/* the time of the second begins before that of the first is over */
	assert_int_equal(current(keys, T + 80), 2);
	assert_int_equal(current(keys, T + 179), 2);
	assert_int_equal(current(keys, T + 180), 0);
	assert_true(counts(keys, 1, T + 149));
	assert_false(counts(keys, 1, T + 150));
	assert_true(counts(keys, 2, T + 229));
	assert_false(counts(keys, 2, T + 230));
	/* a server whose clock is ahead may have begun with it */
	assert_true(counts(keys, 1, T - 1000));
	assert_false(counts(keys, 3, T));
	seal_ticket_keys_unref(keys);
}

static void names_come_once_and_keys_are_bounded(void **state)
{
	struct seal_ticket_keys *keys = seal_ticket_keys_new();

	(void)state;
	for (int i = 1; i <= 64; i++)
		assert_int_equal(add(keys, i, T), 0);
	assert_int_equal(add(keys, 65, T), SEAL_E_INVALID);
	seal_ticket_keys_unref(keys);
	keys = seal_ticket_keys_new();
	assert_int_equal(add(keys, 1, T), 0);
	assert_int_equal(add(keys, 1, T + 1), SEAL_E_INVALID);
	seal_ticket_keys_unref(keys);
}

static void keys_of_its_own_change_by_themselves(void **state)
{
	struct seal_ticket_keys *keys = seal_ticket_keys_new();
	struct seal_ticket_key key, first, last;

	(void)state;
	assert_int_equal(seal_ticket_keys_set_lifetimes(keys, 100, 50), 0);
	assert_true(seal_ticket_keys_current(keys, T, &first));
	assert_true(seal_ticket_keys_current(keys, T + 99, &key));
	assert_memory_equal(&key, &first, sizeof(key));
	assert_true(seal_ticket_keys_current(keys, T + 100, &key));
	assert_memory_not_equal(key.name, first.name, sizeof(key.name));
	assert_memory_not_equal(key.secret, first.secret, sizeof(key.secret));
	assert_true(seal_ticket_keys_find(keys, first.name, T + 149, &last));
	assert_memory_equal(&last, &first, sizeof(key));
	assert_false(seal_ticket_keys_find(keys, first.name, T + 150, &last));
	/* for years, and with a clock that was set back */
	for (uint64_t t = T; t < T + 30000; t += 100)
		assert_true(seal_ticket_keys_current(keys, t, &key));
	for (uint64_t t = T; t > T - 30000; t -= 100)
		assert_true(seal_ticket_keys_current(keys, t, &key));
	assert_true(seal_ticket_keys_find(keys, key.name, T - 29900, &last));
	seal_ticket_keys_unref(keys);
}

static void given_keys_replace_random_ones(void **state)
{
	struct seal_ticket_keys *keys = seal_ticket_keys_new();
	struct seal_ticket_key key, other;

	(void)state;
	assert_true(seal_ticket_keys_current(keys, T, &key));
	assert_int_equal(add(keys, 7, T), 0);
	assert_int_equal(current(keys, T), 7);
	assert_false(seal_ticket_keys_find(keys, key.name, T, &other));
	seal_ticket_keys_unref(keys);
}

/* ---------------------------------------------------------------- callback */

static int known;		/* the name it knows */

static int find_known(const uint8_t *name, struct seal_ticket_key *key, void *arg)
{
	assert_ptr_equal(arg, &known);
	if (!known || (name && name[0] != known))
		return 0;
	*key = key_named(known);
	return 1;
}

static void callback_is_asked(void **state)
{
	struct seal_ticket_keys *keys = seal_ticket_keys_new();

	(void)state;
	seal_ticket_keys_set_callback(keys, find_known, &known);
	known = 0;
	assert_int_equal(current(keys, T), 0);
	known = 9;
	assert_int_equal(current(keys, T), 9);
	assert_true(counts(keys, 9, T));
	assert_false(counts(keys, 8, T));
	/* what is there already is not asked for */
	assert_int_equal(add(keys, 8, T), 0);
	assert_int_equal(current(keys, T), 8);
	assert_true(counts(keys, 8, T));
	assert_int_equal(current(keys, T - 1), 9);
	seal_ticket_keys_set_callback(keys, NULL, NULL);
	assert_int_equal(current(keys, T - 1), 0);
	seal_ticket_keys_unref(keys);
}

/* -------------------------------------------------------------------- file */

#define NAME_1		"01010101010101010101010101010101"
#define SECRET_1	"fefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefe"
#define NAME_2		"02020202020202020202020202020202"
#define SECRET_2	"fdfdfdfdfdfdfdfdfdfdfdfdfdfdfdfdfdfdfdfdfdfdfdfdfdfdfdfdfdfdfdfd"
#define LINE_1		"1000000000 " NAME_1 " " SECRET_1
#define LINE_2		"1000001000 " NAME_2 " " SECRET_2

static int load(struct seal_ticket_keys *keys, const char *text)
{
	char path[PKI_PATH_MAX];
	FILE *file;

	pki_path(path, "ticket-keys");
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	return seal_ticket_keys_load(keys, path);
}

static void files_are_read(void **state)
{
	static const char *const files[] = {
		LINE_1 "\n" LINE_2 "\n",
		LINE_1 "\n" LINE_2,
		"# keys of the fleet\n\n  \t\n" LINE_2 "\r\n" LINE_1 "\r\n\r\n",
		"  1000000000\t" NAME_1 "\t  " SECRET_1 "\t\n" LINE_2 "\n# the end",
		"1000000000 " NAME_1 " FEFEFEFEFEFEFEFEfefefefefefefefefefefefefefefefe"
			"fefefefefefefefe\n" LINE_2 "\n",
	};

	(void)state;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(files); i++) {
		struct seal_ticket_keys *keys = seal_ticket_keys_new();

		assert_int_equal(load(keys, files[i]), 0);
		assert_string_equal(seal_ticket_keys_error(keys), "");
		assert_int_equal(current(keys, T - 1), 0);
		assert_int_equal(current(keys, T), 1);
		assert_int_equal(current(keys, T + 1000), 2);
		seal_ticket_keys_unref(keys);
	}
}

static void new_file_replaces_the_old_one(void **state)
{
	struct seal_ticket_keys *keys = seal_ticket_keys_new();

	(void)state;
	assert_int_equal(load(keys, LINE_1 "\n"), 0);
	assert_int_equal(load(keys, LINE_2 "\n"), 0);
	assert_false(counts(keys, 1, T));
	assert_true(counts(keys, 2, T));
	/* one that is bad changes nothing */
	assert_int_equal(load(keys, LINE_1 "\n1\n"), SEAL_E_FILE);
	assert_false(counts(keys, 1, T));
	assert_true(counts(keys, 2, T));
	seal_ticket_keys_unref(keys);
}

static void bad_files_are_told_by_line(void **state)
{
	static const struct {
		const char	*text;
		const char	*why;
	} rows[] = {
		{ "", "no key" },
		{ "# nothing\n\n", "no key" },
		{ LINE_1 "\n" LINE_1 "\n", "line 2" },
		{ "#\n" LINE_1 "\n\nx\n", "line 4" },
		{ NAME_1 " " SECRET_1 "\n", "line 1" },
		{ "1000000000 " NAME_1 "\n", "line 1" },
		{ "1000000000 " SECRET_1 " " NAME_1 "\n", "line 1" },
		{ "-1 " NAME_1 " " SECRET_1 "\n", "line 1" },
		{ "99999999999999999999999 " NAME_1 " " SECRET_1 "\n", "line 1" },
		{ "1000000000" NAME_1 " " SECRET_1 "\n", "line 1" },
		{ "1000000000 " NAME_1 "0 " SECRET_1 "\n", "line 1" },
		{ "1000000000 " NAME_1 " " SECRET_1 "00\n", "line 1" },
		{ "1000000000 " NAME_1 " " SECRET_1 " more\n", "line 1" },
		/* as good as digits but for a bit */
		{ "1000000000 \020\021010101010101010101010101010101 " SECRET_1 "\n",
		  "line 1" },
		{ "1000000000 g1010101010101010101010101010101 " SECRET_1 "\n", "line 1" },
	};
	struct seal_ticket_keys *keys = seal_ticket_keys_new();
	char missing[PKI_PATH_MAX], longer[1024];

	(void)state;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(rows); i++) {
		assert_int_equal(load(keys, rows[i].text), SEAL_E_FILE);
		assert_non_null(strstr(seal_ticket_keys_error(keys), rows[i].why));
		/* no secret in a message */
		assert_null(strstr(seal_ticket_keys_error(keys), "fefefefe"));
	}
	memset(longer, '#', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(load(keys, longer), SEAL_E_FILE);
	pki_path(missing, "no-such-file");
	assert_int_equal(seal_ticket_keys_load(keys, missing), SEAL_E_FILE);
	assert_non_null(strstr(seal_ticket_keys_error(keys), missing));
	seal_ticket_keys_unref(keys);
}

/* Cut anywhere, it is a bad file; only what ends it need not be there */
static void every_truncation_of_a_line(void **state)
{
	struct seal_ticket_keys *keys = seal_ticket_keys_new();
	char text[] = LINE_1;

	(void)state;
	for (size_t len = strlen(text); len-- > 0;) {
		text[len] = '\0';
		assert_int_equal(load(keys, text), SEAL_E_FILE);
	}
	seal_ticket_keys_unref(keys);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_key_has_its_time),
		cmocka_unit_test(names_come_once_and_keys_are_bounded),
		cmocka_unit_test(keys_of_its_own_change_by_themselves),
		cmocka_unit_test(given_keys_replace_random_ones),
		cmocka_unit_test(callback_is_asked),
		cmocka_unit_test(files_are_read),
		cmocka_unit_test(new_file_replaces_the_old_one),
		cmocka_unit_test(bad_files_are_told_by_line),
		cmocka_unit_test(every_truncation_of_a_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
