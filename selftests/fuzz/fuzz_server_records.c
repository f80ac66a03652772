// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A variant and records in plaintext enter, each behind its type and length; a server
 * gets them sealed with the key that it expects, so that what is behind the seal is tried.
 */
#include "fuzz.h"

const bool fuzz_seeds_reach_end = true;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	return fuzz_records(SEAL_SERVER, data, len);
}

bool fuzz_seed(size_t n, struct seal_buf *out)
{
	const uint8_t head[] = { n };

	if (n >= FUZZ_VARIANTS)
		return false;
	fuzz_append(out, head, sizeof(head));
	fuzz_record(SEAL_SERVER, n, true, out);
	return true;
}
