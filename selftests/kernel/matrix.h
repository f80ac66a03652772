/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * Tables of socket options, right and wrong in every way, and what they must be
 * answered with: one row is one call.
 */
#ifndef MATRIX_H
#define MATRIX_H

#include <limits.h>
#include <sys/socket.h>

#include "ktest.h"

/* Where value and length of a call are */
enum place {
	IN_PLACE,
	NO_VALUE,	/* NULL */
	BAD_VALUE,	/* an address where nothing is */
	CUT_VALUE,	/* only its first 4 bytes can be read */
	NO_LENGTH,	/* getsockopt(): no length at NULL */
	BAD_LENGTH,	/* getsockopt(): no length at a wrong address */
};

#define VALUE_ROOM	256

struct value {
	socklen_t	len;
	uint8_t		bytes[VALUE_ROOM];
};

/* Makes a value and its right length, for the connection that the test is about */
typedef void value_maker(const struct pair *pair, struct value *value);

/* Lengths of rows: a number, or counted from the right one */
#define OFF_BY(n)	(INT_MIN / 2 + (n))
#define RIGHT		OFF_BY(0)

/**
 * struct row - one call
 * @name:	value, length and place, as written in the table
 * @get:	getsockopt(), otherwise setsockopt()
 * @make:	makes the value, or NULL for the usual one of the option
 * @len:	length that is passed
 * @place:	where value and length are
 * @error:	errno that must come, 0 for success
 */
struct row {
	const char	*name;
	bool		get;
	value_maker	*make;
	int		len;
	enum place	place;
	int		error;
};

#define usual		NULL

#define SET(value, len, place, error) \
	{ "set " #value ", " #len " " #place, false, value, len, place, error }
#define GET(value, len, place, error) \
	{ "get " #value ", " #len " " #place, true, value, len, place, error }

/**
 * struct table - the calls of one option
 * @name:	of the option
 * @option:	its number
 * @make:	makes the usual value of the option
 * @rows:	in the order of the calls
 * @count:	how many
 */
struct table {
	const char		*name;
	int			option;
	value_maker		*make;
	const struct row	*rows;
	size_t			count;
};

#define TABLE(option, value, rows) \
	{ #option, option, value, rows, ARRAY_SIZE(rows) }

/**
 * struct matrix - the calls of one state of a socket
 * @level:	of the options
 * @tables:	in the order of the calls
 * @count:	how many
 */
struct matrix {
	int			level;
	const struct table	*tables;
	size_t			count;
};

#define MATRIX(level, tables)	{ level, tables, ARRAY_SIZE(tables) }

void expect_answers(const struct matrix *matrix, const struct pair *pair, int fd);
void expect_strangers_refuse(const struct matrix *matrix, const struct pair *pair);

#endif /* MATRIX_H */
