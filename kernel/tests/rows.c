// SPDX-License-Identifier: GPL-2.0
/*
 * The rows of the suite table enter, parameters for tests leave: each row once, with
 * a name, so that a new row is tested by all that tests each.
 */
#include <uapi/linux/tls.h>

#include "tests.h"

struct seal_test_row seal_test_rows[SEAL_SUITES];

static const char *version_name(const struct seal_suite *suite)
{
	return suite->version == SEAL_VERSION_TLS13 ? "tls1.3" : "tls1.2";
}

/**
 * seal_test_rows_make() - fill seal_test_rows; suite_init of those who use it
 * @unused: the KUnit suite
 */
int seal_test_rows_make(struct kunit_suite *unused)
{
	unsigned int i;

	for (i = 0; i < SEAL_SUITES; i++) {
		struct seal_test_row *row = &seal_test_rows[i];
		const struct seal_suite *suite = seal_suite_at(i);

		row->suite = suite;
		snprintf(row->name, sizeof(row->name), "%s_%04x_%s_%u",
			 version_name(suite), suite->id, suite->aead,
			 suite->key_size * 8);
	}
	return 0;
}

/**
 * seal_test_need_cipher() - skip the test if this kernel lacks the suite's cipher
 * @test:	the test
 * @suite:	a row
 */
void seal_test_need_cipher(struct kunit *test, const struct seal_suite *suite)
{
	struct seal_aead aead = {};

	if (seal_aead_init(&aead, suite) == -ENOENT)
		kunit_skip(test, "this kernel has no %s", suite->aead);
	seal_aead_release(&aead);
}
