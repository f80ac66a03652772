// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A secret enters, a line in the NSS key log format leaves to the application's
 * sink: label, client random, secret.
 */
#include <string.h>

#include "private.h"

#define LABEL_MAX	32
#define LINE_MAX_SIZE	(LABEL_MAX + 1 + 2 * SEAL_RANDOM_SIZE + 1 + \
			 2 * SEAL_HASH_MAX + 1)

static char *put_hex(char *p, const uint8_t *data, size_t len)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		*p++ = digits[data[i] >> 4];
		*p++ = digits[data[i] & 15];
	}
	return p;
}

void seal_keylog(const struct seal_conn *conn, const char *label,
		 struct seal_span secret)
{
	char line[LINE_MAX_SIZE];
	char *p = line;

	if (!conn->cfg->keylog)
		return;
	p = stpncpy(p, label, LABEL_MAX);
	*p++ = ' ';
	p = put_hex(p, conn->random, SEAL_RANDOM_SIZE);
	*p++ = ' ';
	p = put_hex(p, secret.data, secret.len);
	*p = '\0';
	conn->cfg->keylog(line, conn->cfg->keylog_arg);
	seal_crypto_wipe(line, sizeof(line));
}
