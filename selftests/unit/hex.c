// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Hexadecimal digits enter, bytes leave, or a verdict on bytes.
 */
#include <string.h>

#include "unit.h"

static uint8_t digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = strchr(digits, c);

	assert_true(at && c);
	return at - digits;
}

struct hex hex_decode(const char *text)
{
	struct hex hex = { 0 };

	while (*text) {
		assert_true(hex.len < HEX_MAX);
		hex.data[hex.len++] = digit(text[0]) << 4 | digit(text[1]);
		text += 2;
		if (*text == ' ')
			text++;
	}
	return hex;
}

struct seal_span hex_span(const struct hex *hex)
{
	return (struct seal_span){ hex->data, hex->len };
}

void expect_hex(const uint8_t *data, const char *text)
{
	struct hex hex = hex_decode(text);

	assert_memory_equal(data, hex.data, hex.len);
}
