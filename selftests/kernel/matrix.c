// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A table of socket options and a descriptor enter; every row that is answered
 * otherwise than it says is reported, and then the test fails.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <netinet/in.h>

#include "matrix.h"

#define NOWHERE		((void *)8)
#define READABLE	4	/* bytes of CUT_VALUE */

/* Memory that ends @READABLE bytes behind what is returned */
static uint8_t *edge(void)
{
	static uint8_t *pages;
	size_t page = sysconf(_SC_PAGESIZE);

	if (!pages) {
		pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		assert_ptr_not_equal(pages, MAP_FAILED);
		expect_ok(munmap(pages + page, page));
	}
	return pages + page - READABLE;
}

static void *place_value(const struct row *row, struct value *value)
{
	switch (row->place) {
	case NO_VALUE:
		return NULL;
	case BAD_VALUE:
		return NOWHERE;
	case CUT_VALUE:
		return memcpy(edge(), value->bytes, READABLE);
	default:
		return value->bytes;
	}
}

static void *place_length(const struct row *row, socklen_t *len)
{
	switch (row->place) {
	case NO_LENGTH:
		return NULL;
	case BAD_LENGTH:
		return NOWHERE;
	default:
		return len;
	}
}

static socklen_t length_of(const struct row *row, const struct value *value)
{
	if (row->len < INT_MIN / 4)
		return value->len + (row->len - RIGHT);
	return row->len;
}

static int call(int fd, int level, const struct table *table, const struct row *row,
		const struct pair *pair)
{
	value_maker *make = row->make ? row->make : table->make;
	struct value value = { .len = 0 };
	socklen_t len;
	void *at;

	make(pair, &value);
	len = length_of(row, &value);
	at = place_value(row, &value);
	if (row->get)
		return getsockopt(fd, level, table->option, at, place_length(row, &len));
	return setsockopt(fd, level, table->option, at, len);
}

static const char *error_name(int error)
{
	return error ? strerrorname_np(error) : "success";
}

/* What a row must be answered with by a descriptor */
typedef int judge(const struct row *row, const void *context);

static bool is_answered(const struct matrix *matrix, const struct pair *pair, int fd,
			judge *wanted, const void *context)
{
	bool good = true;

	for (size_t i = 0; i < matrix->count; i++) {
		const struct table *table = &matrix->tables[i];

		for (size_t j = 0; j < table->count; j++) {
			const struct row *row = &table->rows[j];
			int got = call(fd, matrix->level, table, row, pair) ? errno : 0;
			int want = wanted(row, context);

			if (got == want)
				continue;
			print_error("%s: %s: %s, expected %s\n", table->name, row->name,
				    error_name(got), error_name(want));
			good = false;
		}
	}
	return good;
}

static int as_written(const struct row *row, const void *context)
{
	(void)context;
	return row->error;
}

/* Every row is answered as it says */
void expect_answers(const struct matrix *matrix, const struct pair *pair, int fd)
{
	assert_true(is_answered(matrix, pair, fd, as_written, NULL));
}

static int open_listener(void)
{
	return tcp_listen(AF_INET);
}

static int open_unconnected(void)
{
	return must(socket(AF_INET, SOCK_STREAM, 0));
}

static int open_unconnected6(void)
{
	return must(socket(AF_INET6, SOCK_STREAM, 0));
}

static int open_udp(void)
{
	return must(socket(AF_INET, SOCK_DGRAM, 0));
}

static int open_unix(void)
{
	return must(socket(AF_UNIX, SOCK_STREAM, 0));
}

static int open_file(void)
{
	return must(open("/dev/null", O_RDWR));
}

/* A connection whose other end is closed by then */
static int open_plain(void)
{
	int fds[2];

	tcp_pair(AF_INET, fds);
	close(fds[1]);
	return fds[0];
}

static int open_closed(void)
{
	int fd = open_file();

	close(fd);
	return fd;
}

/**
 * struct stranger - a descriptor that knows no option of ours
 * @name:	what it is
 * @open:	makes one
 * @set:	errno of every setsockopt()
 * @get:	errno of every getsockopt()
 */
struct stranger {
	const char	*name;
	int		(*open)(void);
	int		set;
	int		get;
};

/* IPv4 answers getsockopt() of a level it does not know with another errno */
static const struct stranger strangers[] = {
	{ "listener", open_listener, ENOPROTOOPT, EOPNOTSUPP },
	{ "unconnected", open_unconnected, ENOPROTOOPT, EOPNOTSUPP },
	{ "unconnected, IPv6", open_unconnected6, ENOPROTOOPT, ENOPROTOOPT },
	{ "connected, no ULP", open_plain, ENOPROTOOPT, EOPNOTSUPP },
	{ "UDP", open_udp, ENOPROTOOPT, EOPNOTSUPP },
	{ "unix", open_unix, EOPNOTSUPP, EOPNOTSUPP },
	{ "no socket", open_file, ENOTSOCK, ENOTSOCK },
	{ "closed", open_closed, EBADF, EBADF },
};

/*
 * A length below zero is refused before the socket is asked.  Up to Linux 6.6 that
 * came before the descriptor was looked at, too: an option of no interest tells.
 */
static bool looks_at_length_first(const struct stranger *stranger)
{
	bool is_socket = stranger->set != EBADF && stranger->set != ENOTSOCK;
	int one = 1;

	return is_socket || (setsockopt(-1, SOL_SOCKET, SO_KEEPALIVE, &one, -1) == -1 &&
			     errno == EINVAL);
}

static int as_stranger(const struct row *row, const void *context)
{
	const struct stranger *stranger = context;
	int error = stranger->set;

	if (row->get)
		return stranger->get;
	if (row->len < 0 && row->len > INT_MIN / 4 && looks_at_length_first(stranger))
		error = EINVAL;
	return error;
}

/* No row does anything to a descriptor that is not sealed */
void expect_strangers_refuse(const struct matrix *matrix, const struct pair *pair)
{
	bool good = true;

	for (size_t i = 0; i < ARRAY_SIZE(strangers); i++) {
		int fd = strangers[i].open();

		if (!is_answered(matrix, pair, fd, as_stranger, &strangers[i])) {
			print_error("so it is with: %s\n", strangers[i].name);
			good = false;
		}
		close(fd);
	}
	assert_true(good);
}
