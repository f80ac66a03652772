// SPDX-License-Identifier: GPL-2.0
/*
 * The options of level SOL_SOCKSEAL: untrusted values enter, validated keys leave
 * for the two directions, and what info.c tells of the state leaves for the program.
 */
#include <linux/sockptr.h>
#include <linux/uaccess.h>
#include <net/tcp.h>

#include "seal.h"
#include "trace.h"

static bool all_zero(const u8 *bytes, size_t len)
{
	return !memchr_inv(bytes, 0, len);
}

/* A traffic secret, or a key and the nonce behind it */
static size_t secret_size(const struct seal_suite *suite)
{
	return suite->hash_size ?: suite->key_size + SEAL_NONCE_SIZE;
}

static int check_direction(const struct seal_direction *dir,
			   const struct seal_suite *suite)
{
	size_t size = secret_size(suite);

	if (dir->seq == U64_MAX)
		return -EINVAL;
	if (!all_zero(dir->secret + size, SEAL_SECRET_SIZE - size))
		return -EINVAL;
	return 0;
}

static int check_keys(const struct seal_keys *keys,
		      const struct seal_suite **suite)
{
	int err;

	if ((keys->version != SEAL_VERSION_TLS13 &&
	     keys->version != SEAL_VERSION_TLS12) || keys->flags)
		return -EINVAL;
	*suite = seal_suite_find(keys->suite);
	if (!*suite)
		return -EOPNOTSUPP;
	if ((*suite)->version != keys->version)
		return -EINVAL;
	err = check_direction(&keys->tx, *suite);
	return err ?: check_direction(&keys->rx, *suite);
}

static int make_epoch(struct seal_epoch *epoch, const struct seal_suite *suite,
		      const struct seal_direction *dir)
{
	if (suite->hash_size)
		return seal_epoch_init(epoch, suite, dir->secret, dir->seq);
	return seal_epoch_init_key(epoch, suite, dir->secret,
				   dir->secret + suite->key_size, dir->seq);
}

static int install_keys(struct sock *sk, const struct seal_keys *keys)
{
	struct seal_sock *ss = seal_sk(sk);
	const struct seal_suite *suite;
	int err;

	err = check_keys(keys, &suite);
	if (err)
		return err;
	if (ss->tx.epoch.suite)
		return -EBUSY;

	err = make_epoch(&ss->tx.epoch, suite, &keys->tx);
	if (err)
		return err;
	err = make_epoch(&ss->rx.epoch, suite, &keys->rx);
	if (err) {
		seal_epoch_release(&ss->tx.epoch);
		return err;
	}
	seal_policy_apply(ss);
	seal_stats_inc(sk, SEAL_STAT_TX);
	seal_stats_inc(sk, SEAL_STAT_CURR_TX);
	seal_stats_inc(sk, SEAL_STAT_RX);
	seal_stats_inc(sk, SEAL_STAT_CURR_RX);
	trace_seal_keys(sk, true, &ss->tx.epoch);
	trace_seal_keys(sk, false, &ss->rx.epoch);
	/* what waits already could not be read before */
	if (!seal_framer_empty(sk))
		sk->sk_data_ready(sk);
	return 0;
}

static int set_keys(struct sock *sk, sockptr_t optval, unsigned int optlen)
{
	struct seal_keys keys;
	int err = -EFAULT;

	if (optlen != sizeof(keys))
		return -EINVAL;
	if (!copy_from_sockptr(&keys, optval, sizeof(keys))) {
		lock_sock(sk);
		err = install_keys(sk, &keys);
		release_sock(sk);
	}
	memzero_explicit(&keys, sizeof(keys));
	return err;
}

static int set_policy(struct sock *sk, sockptr_t optval, unsigned int optlen)
{
	struct seal_policy policy;
	int err;

	if (optlen != sizeof(policy))
		return -EINVAL;
	if (copy_from_sockptr(&policy, optval, sizeof(policy)))
		return -EFAULT;
	lock_sock(sk);
	err = seal_policy_set(seal_sk(sk), &policy);
	release_sock(sk);
	return err;
}

static int set_key_update(struct sock *sk, sockptr_t optval,
			  unsigned int optlen)
{
	struct seal_key_update update;
	int err;

	if (optlen != sizeof(update))
		return -EINVAL;
	if (copy_from_sockptr(&update, optval, sizeof(update)))
		return -EFAULT;
	if (update.flags & ~SEAL_KEY_UPDATE_REQUEST || update.reserved)
		return -EINVAL;
	lock_sock(sk);
	err = seal_update_start(sk, update.flags & SEAL_KEY_UPDATE_REQUEST);
	release_sock(sk);
	return err;
}

static int send_alert(struct sock *sk, sockptr_t optval, unsigned int optlen)
{
	struct seal_alert_request request;
	int err;

	if (optlen != sizeof(request))
		return -EINVAL;
	if (copy_from_sockptr(&request, optval, sizeof(request)))
		return -EFAULT;
	if (request.description == SEAL_ALERT_NONE ||
	    !all_zero(request.reserved, sizeof(request.reserved)))
		return -EINVAL;
	lock_sock(sk);
	err = seal_alert_start(sk, request.description);
	release_sock(sk);
	return err;
}

static int put_result(const void *result, size_t size, char __user *optval,
		      int __user *optlen, int len)
{
	len = min_t(size_t, len, size);
	if (put_user(len, optlen) || copy_to_user(optval, result, len))
		return -EFAULT;
	return 0;
}

static int get_policy(struct sock *sk, char __user *optval, int __user *optlen,
		      int len)
{
	struct seal_policy policy;

	lock_sock(sk);
	seal_policy_get(seal_sk(sk), &policy);
	release_sock(sk);
	return put_result(&policy, sizeof(policy), optval, optlen, len);
}

static int get_info(struct sock *sk, char __user *optval, int __user *optlen,
		    int len)
{
	struct seal_info info;

	lock_sock(sk);
	seal_info_fill(&info, sk);
	release_sock(sk);
	return put_result(&info, sizeof(info), optval, optlen, len);
}

/* The message leaves the queue only when the program has it. */
static int get_message(struct sock *sk, char __user *optval, int __user *optlen,
		       int len)
{
	struct seal_sock *ss = seal_sk(sk);
	struct seal_message *message;
	int err = -EAGAIN;

	lock_sock(sk);
	message = seal_control_peek(ss);
	if (!message)
		goto out;

	err = -EFAULT;
	if (put_user((int)message->len, optlen))
		goto out;
	err = -EMSGSIZE;
	if (len < message->len)
		goto out;
	err = -EFAULT;
	if (copy_to_user(optval, message->data, message->len))
		goto out;

	seal_control_pop(ss);
	err = 0;
out:
	release_sock(sk);
	return err;
}

static int get_features(struct sock *sk, char __user *optval,
			int __user *optlen, int len);

/**
 * struct option - a row of the table of socket options
 * @name:	SEAL_*
 * @set:	setsockopt(), socket not locked; NULL: cannot be set
 * @get:	getsockopt() with room for @len bytes, likewise
 */
struct option {
	int	name;
	int	(*set)(struct sock *sk, sockptr_t optval, unsigned int optlen);
	int	(*get)(struct sock *sk, char __user *optval,
		       int __user *optlen, int len);
};

static const struct option options[] = {
	{ SEAL_KEYS,		.set = set_keys },
	{ SEAL_PREFILL,		.set = seal_prefill_set },
	{ SEAL_POLICY,		.set = set_policy, .get = get_policy },
	{ SEAL_KEY_UPDATE,	.set = set_key_update },
	{ SEAL_ALERT,		.set = send_alert },
	{ SEAL_INFO,		.get = get_info },
	{ SEAL_MESSAGE,		.get = get_message },
	{ SEAL_FEATURES,	.get = get_features },
};

static const struct option *find_option(int name)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(options); i++)
		if (options[i].name == name)
			return &options[i];
	return NULL;
}

static int get_features(struct sock *sk, char __user *optval,
			int __user *optlen, int len)
{
	struct seal_features features = {};
	const struct seal_suite *suite;
	int i;

	for (i = 0; i < ARRAY_SIZE(options); i++)
		features.options |= BIT(options[i].name);
	features.cpus = SEAL_CPUS_MAX;
	while ((suite = seal_suite_at(features.suites_len)) && suite->id)
		features.suites[features.suites_len++] = suite->id;
	return put_result(&features, sizeof(features), optval, optlen, len);
}

/**
 * seal_sockopt_set() - setsockopt() at level SOL_SOCKSEAL
 * @sk:		socket, not locked
 * @optname:	option
 * @optval:	its value
 * @optlen:	length of the value in bytes
 *
 * Return: 0, -ENOPROTOOPT for an unknown option, or as the uAPI header says.
 */
int seal_sockopt_set(struct sock *sk, int optname, sockptr_t optval,
		     unsigned int optlen)
{
	const struct option *option = find_option(optname);

	if (!option || !option->set)
		return -ENOPROTOOPT;
	return option->set(sk, optval, optlen);
}

/**
 * seal_sockopt_get() - getsockopt() at level SOL_SOCKSEAL
 * @sk:		socket, not locked
 * @optname:	option
 * @optval:	where the value goes
 * @optlen:	room there in bytes, replaced by the length of the value
 *
 * No option returns a key.
 *
 * Return: 0, -ENOPROTOOPT for an unknown option, or as the uAPI header says.
 */
int seal_sockopt_get(struct sock *sk, int optname, char __user *optval,
		     int __user *optlen)
{
	const struct option *option = find_option(optname);
	int len;

	if (get_user(len, optlen))
		return -EFAULT;
	if (len < 0)
		return -EINVAL;
	if (!option || !option->get)
		return -ENOPROTOOPT;
	return option->get(sk, optval, optlen, len);
}
