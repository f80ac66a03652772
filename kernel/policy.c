// SPDX-License-Identifier: GPL-2.0
/*
 * SEAL_POLICY: what a program wants of the connection enters and is validated; what
 * is in effect leaves, for the program and for the files that act on it.
 */
#include <net/tcp.h>

#include "seal.h"

#define KNOWN_FLAGS	(SEAL_POLICY_TRUNCATION_EOF | \
			 SEAL_POLICY_DYNAMIC_SIZE | \
			 SEAL_POLICY_COALESCE)

/* RFC 8449 4: no limit below 64, and none above what the version has anyway */
#define RECORD_SIZE_MIN	64
#define RECORD_SIZE_MAX	SEAL_INNER_MAX

static bool is_valid(const struct seal_policy *policy)
{
	if (policy->flags & ~KNOWN_FLAGS)
		return false;
	if (policy->record_size && (policy->record_size < RECORD_SIZE_MIN ||
				    policy->record_size > RECORD_SIZE_MAX))
		return false;
	return !policy->reserved;
}

/* A record's own content type, which RFC 8449 4 counts in TLS 1.3 */
static size_t type_size(const struct seal_sock *ss)
{
	return ss->tx.epoch.suite ? ss->tx.epoch.suite->type_size : 1;
}

/* What TLSInnerPlaintext is padded to a multiple of; 0 for no padding, as in TLS 1.2 */
static u16 padding(const struct seal_sock *ss)
{
	if (!type_size(ss))
		return 0;
	return min(ss->policy.padding, seal_policy_record_size(ss));
}

/* How many records one key may protect: at most what the suite allows */
static u64 records_max(const struct seal_sock *ss)
{
	const struct seal_suite *suite = ss->tx.epoch.suite;
	u64 wanted = ss->policy.update_records ?: U64_MAX;

	return suite ? min(wanted, suite->limit) : wanted;
}

/**
 * seal_policy_apply() - let the policy act from the next record on
 * @ss: sealed socket, locked
 *
 * To be called again when SEAL_KEYS has told version and suite.
 */
void seal_policy_apply(struct seal_sock *ss)
{
	size_t size = ss->policy.record_size ?: RECORD_SIZE_MAX;

	WRITE_ONCE(ss->tx.payload_max,
		   min_t(size_t, size - type_size(ss), SEAL_PAYLOAD_MAX));
	ss->tx.block = padding(ss);
	ss->tx.records_max = records_max(ss);
	ss->tx.bytes_max = ss->policy.update_bytes ?: U64_MAX;
	ss->cpus = seal_parallel_cpus(ss->policy.cpus);
}

/**
 * seal_policy_set() - replace the policy
 * @ss:		sealed socket, locked
 * @policy:	as the program gave it
 *
 * Return: 0 or -EINVAL.
 */
int seal_policy_set(struct seal_sock *ss, const struct seal_policy *policy)
{
	if (!is_valid(policy))
		return -EINVAL;
	ss->policy = *policy;
	seal_policy_apply(ss);
	return 0;
}

/**
 * seal_policy_get() - what is in effect
 * @ss:		sealed socket, locked
 * @policy:	is filled in, defaults too
 */
void seal_policy_get(const struct seal_sock *ss, struct seal_policy *policy)
{
	*policy = ss->policy;
	policy->record_size = seal_policy_record_size(ss);
	policy->padding = ss->tx.block;
	policy->update_records = ss->tx.records_max;
	policy->cpus = ss->cpus;
}

/**
 * seal_policy_record_size() - most that may be encrypted in one record
 * @ss: sealed socket, locked
 *
 * Return: bytes of content, and in TLS 1.3 of type and padding (RFC 8449 4).
 */
u16 seal_policy_record_size(const struct seal_sock *ss)
{
	return ss->tx.payload_max + type_size(ss);
}
