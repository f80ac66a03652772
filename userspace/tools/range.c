// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The value of a Range field enters; the bytes it asks for leave (RFC 9110 14.2).
 */
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "tools.h"

/* Digits to *@value, as large as fits; the first character after them, or NULL */
static const char *parse_number(const char *text, uint64_t *value)
{
	const char *digit = text;

	*value = 0;
	for (; *digit >= '0' && *digit <= '9'; digit++)
		if (__builtin_mul_overflow(*value, 10, value) ||
		    __builtin_add_overflow(*value, *digit - '0', value))
			*value = UINT64_MAX;
	return digit == text ? NULL : digit;
}

/* "-500": the last 500 bytes */
static enum range_result parse_suffix(const char *text, uint64_t size,
				      struct range *range)
{
	uint64_t count;
	const char *end = parse_number(text, &count);

	if (!end || *end)
		return RANGE_IGNORED;
	if (!count || !size)
		return RANGE_UNSATISFIABLE;
	range->first = count < size ? size - count : 0;
	range->last = size - 1;
	return RANGE_SATISFIABLE;
}

/* "500-999" or "500-" */
static enum range_result parse_interval(const char *text, uint64_t size,
					struct range *range)
{
	const char *end = parse_number(text, &range->first);

	if (!end || *end++ != '-')
		return RANGE_IGNORED;
	range->last = UINT64_MAX;
	if (*end) {
		end = parse_number(end, &range->last);
		if (!end || *end || range->last < range->first)
			return RANGE_IGNORED;
	}
	if (range->first >= size)
		return RANGE_UNSATISFIABLE;
	if (range->last >= size)
		range->last = size - 1;
	return RANGE_SATISFIABLE;
}

enum range_result range_parse(const char *value, uint64_t size,
			      struct range *range)
{
	static const char unit[] = "bytes=";

	if (!value || strncasecmp(value, unit, strlen(unit)))
		return RANGE_IGNORED;
	value += strlen(unit);
	if (*value == '-')
		return parse_suffix(value + 1, size, range);
	return parse_interval(value, size, range);
}
