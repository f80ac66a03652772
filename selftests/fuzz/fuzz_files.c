// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The number of a loader and the contents of a file enter; what is not loaded is refused
 * with a line that says why.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

const bool fuzz_seeds_reach_end;

static int load_chain(struct seal_config *cfg, const char *path)
{
	return seal_config_set_certificate(cfg, path, path);
}

static int load_keys(struct seal_config *cfg, const char *path)
{
	struct seal_ticket_keys *keys = seal_ticket_keys_new();
	int err;

	(void)cfg;
	FUZZ_CHECK(keys);
	err = seal_ticket_keys_load(keys, path);
	FUZZ_CHECK(!err == !seal_ticket_keys_error(keys)[0]);
	seal_ticket_keys_unref(keys);
	return 0;
}

static int (*const loaders[])(struct seal_config *cfg, const char *path) = {
	load_chain, seal_config_set_ca_file, seal_config_set_crl_file, load_keys,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct seal_config *cfg;
	char path[32];
	int fd, err;

	if (!len)
		return 0;
	fuzz_random_start(SEAL_SERVER);
	cfg = seal_config_new(SEAL_SERVER);
	fd = memfd_create("fuzz", MFD_CLOEXEC);
	FUZZ_CHECK(cfg && fd >= 0 &&
		   write(fd, data + 1, len - 1) == (ssize_t)(len - 1));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	err = loaders[data[0] % SEAL_ARRAY_SIZE(loaders)](cfg, path);
	FUZZ_CHECK(!err == !seal_config_error(cfg)[0]);
	FUZZ_CHECK(!strchr(seal_config_error(cfg), '\n'));
	close(fd);
	seal_config_unref(cfg);
	return 0;
}

/* ------------------------------------------------------------------- seeds */

static void append_file(struct seal_buf *out, const char *path)
{
	char text[4096];
	ssize_t len;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	FUZZ_CHECK(fd >= 0);
	len = read(fd, text, sizeof(text));
	FUZZ_CHECK(len > 0);
	fuzz_append(out, text, len);
	close(fd);
}

bool fuzz_seed(size_t n, struct seal_buf *out)
{
	static const char keys[] =
		"1 000102030405060708090a0b0c0d0e0f 000102030405060708090a0b0c0d0e0f000102030405060708090a0b0c0d0e0f\n";
	const uint8_t head = n;

	if (n >= SEAL_ARRAY_SIZE(loaders))
		return false;
	fuzz_append(out, &head, 1);
	if (n == 0)
		append_file(out, FUZZ_PKI "/server.pem");
	if (n < 3)
		append_file(out, n ? FUZZ_PKI "/ca.pem" : FUZZ_PKI "/server.key");
	else
		fuzz_append(out, keys, sizeof(keys) - 1);
	return true;
}
