// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Early data of clients enters a server that takes none; it is skipped, as far as RFC 8446
 * 4.2.10 has it, and the handshake goes on.
 */
#include "unit.h"

static void with_early_data(struct hello *hello)
{
	hello_add(hello, TYPE_EARLY_DATA, (struct seal_span){ 0 });
}

/* RFC 8446 4.2.10: skipped, as much as there is a limit for */
static void early_data_is_skipped(void **state)
{
	static const uint8_t junk[16384];
	struct scene scene;
	int status;

	(void)state;
	assert_int_equal(scene_send_hello(&scene, with_early_data), SEAL_WANT_READ);
	for (size_t sent = 0; sent + 5 + sizeof(junk) <= SEAL_EARLY_SKIP_MAX;
	     sent += 5 + sizeof(junk))
		assert_int_equal(puppet_send_plain(&scene.puppet,
						   SEAL_CONTENT_DATA, junk,
						   sizeof(junk)), SEAL_WANT_READ);
	status = puppet_send_plain(&scene.puppet, SEAL_CONTENT_DATA, junk,
				   sizeof(junk));
	expect_refusal(&scene.puppet, status, SEAL_E_BAD_RECORD_MAC);
	scene_close(&scene);
}

static void nothing_is_skipped_after_a_good_record(void **state)
{
	static const uint8_t junk[100], half[] = { SEAL_MSG_FINISHED, 0 };
	struct scene scene;
	int status;

	(void)state;
	assert_int_equal(scene_send_hello(&scene, with_early_data), SEAL_WANT_READ);
	assert_int_equal(puppet_send_plain(&scene.puppet, SEAL_CONTENT_DATA, junk,
					   sizeof(junk)), SEAL_WANT_READ);
	/* RFC 8446 5.3: what was not ours to open has no number */
	assert_int_equal(scene.victim->in.seq, 0);
	assert_int_equal(puppet_send(&scene.puppet, SEAL_CONTENT_HANDSHAKE, half,
				     sizeof(half)), SEAL_WANT_READ);
	status = puppet_send_plain(&scene.puppet, SEAL_CONTENT_DATA, junk,
				   sizeof(junk));
	expect_refusal(&scene.puppet, status, SEAL_E_BAD_RECORD_MAC);
	scene_close(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(early_data_is_skipped),
		cmocka_unit_test(nothing_is_skipped_after_a_good_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
