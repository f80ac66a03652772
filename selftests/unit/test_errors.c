// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Every error that the public header names enters; the one row that it has leaves, with a
 * text of its own and an alert that is known.
 */
#include <string.h>

#include "unit.h"

/* The Makefile makes it of the header */
static const struct {
	int		 error;
	const char	*name;
} errors[] = {
#include "errors.inc"
};

static unsigned int count_rows(int error)
{
	unsigned int count = 0;

	for (size_t i = 0; i < seal_errors_len; i++)
		count += seal_errors[i].error == error;
	return count;
}

static void each_has_one_row(void **state)
{
	(void)state;
	assert_in_range(SEAL_ARRAY_SIZE(errors), 30, 255);
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(errors); i++) {
		if (count_rows(errors[i].error) != 1)
			print_message("# %s has %u rows\n", errors[i].name,
				      count_rows(errors[i].error));
		assert_int_equal(count_rows(errors[i].error), 1);
		assert_true(errors[i].error < 0);
	}
	/* and that of 0, which is none */
	assert_int_equal(seal_errors_len, SEAL_ARRAY_SIZE(errors) + 1);
	assert_int_equal(count_rows(0), 1);
}

static void numbers_are_not_used_twice(void **state)
{
	(void)state;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(errors); i++)
		for (size_t k = 0; k < i; k++)
			assert_int_not_equal(errors[i].error, errors[k].error);
}

static void texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < seal_errors_len; i++) {
		const char *text = seal_strerror(seal_errors[i].error);

		assert_string_not_equal(text, "unknown error");
		assert_in_range(strlen(text), 5, 120);
		assert_null(strchr(text, '\n'));
		/* another text may follow it */
		assert_int_not_equal(text[strlen(text) - 1], '.');
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(text,
						seal_strerror(seal_errors[k].error));
	}
	assert_string_equal(seal_strerror(-9999), "unknown error");
	assert_string_equal(seal_strerror(1), "unknown error");
}

static void alerts(void **state)
{
	int alert;

	(void)state;
	for (size_t i = 0; i < seal_errors_len; i++) {
		alert = seal_error_alert(seal_errors[i].error);
		if (alert == SEAL_ALERT_NO_ALERT)
			continue;
		/* RFC 8446 6: it ends the connection, and what it says is known */
		assert_string_not_equal(seal_alert_name(alert), "unknown alert");
		assert_int_not_equal(alert, SEAL_ALERT_CLOSE_NOTIFY);
		assert_int_not_equal(alert, SEAL_ALERT_USER_CANCELED);
	}
	assert_int_equal(seal_error_alert(-9999), SEAL_ALERT_NO_ALERT);
	assert_string_equal(seal_alert_name(255), "unknown alert");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_has_one_row),
		cmocka_unit_test(numbers_are_not_used_twice),
		cmocka_unit_test(texts),
		cmocka_unit_test(alerts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
