// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A variant, a size and bytes enter; a client gets the bytes as they are, at once and in
 * pieces of that size.
 */
#include "fuzz.h"

const bool fuzz_seeds_reach_end = true;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	return fuzz_bytes(SEAL_CLIENT, data, len);
}

bool fuzz_seed(size_t n, struct seal_buf *out)
{
	const uint8_t head[] = { n, 7 * n };

	if (n >= FUZZ_VARIANTS)
		return false;
	fuzz_append(out, head, sizeof(head));
	fuzz_record(SEAL_CLIENT, n, false, out);
	return true;
}
