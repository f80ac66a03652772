// SPDX-License-Identifier: GPL-2.0
/*
 * setsockopt() and getsockopt() at level SOL_SOCKSEAL: untrusted options enter,
 * validated keys leave for the two directions, and state without keys leaves for
 * the program.  Other levels go on to TCP.
 */
#include <linux/sockptr.h>
#include <linux/uaccess.h>
#include <net/tcp.h>

#include "seal.h"

static bool all_zero(const u8 *bytes, size_t len)
{
	return !memchr_inv(bytes, 0, len);
}

static int check_direction(const struct seal_direction *dir,
			   const struct seal_suite *suite)
{
	if (dir->seq == U64_MAX)
		return -EINVAL;
	if (!all_zero(dir->secret + suite->hash_size,
		      SEAL_SECRET_SIZE - suite->hash_size))
		return -EINVAL;
	return 0;
}

static int check_keys(const struct seal_keys *keys,
		      const struct seal_suite **suite)
{
	int err;

	if (keys->version != SEAL_VERSION_TLS13 || keys->flags)
		return -EINVAL;
	*suite = seal_suite_find(keys->suite);
	if (!*suite)
		return -EOPNOTSUPP;
	err = check_direction(&keys->tx, *suite);
	return err ?: check_direction(&keys->rx, *suite);
}

static int install_keys(struct seal_sock *ss, const struct seal_keys *keys)
{
	const struct seal_suite *suite;
	int err;

	err = check_keys(keys, &suite);
	if (err)
		return err;
	if (ss->suite)
		return -EBUSY;

	err = seal_epoch_init(&ss->tx.epoch, suite, keys->tx.secret,
			      keys->tx.seq);
	if (err)
		return err;
	err = seal_epoch_init(&ss->rx.epoch, suite, keys->rx.secret,
			      keys->rx.seq);
	if (err) {
		seal_epoch_release(&ss->tx.epoch);
		return err;
	}
	ss->suite = suite;
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
		err = install_keys(seal_sk(sk), &keys);
		release_sock(sk);
	}
	memzero_explicit(&keys, sizeof(keys));
	return err;
}

/**
 * seal_sockopt_set() - proto.setsockopt of a sealed socket
 * @sk:		socket, not locked
 * @level:	SOL_SOCKSEAL, or one of plain TCP's
 * @optname:	option
 * @optval:	its value
 * @optlen:	length of the value in bytes
 *
 * Return: 0, -ENOPROTOOPT for an unknown option, or as the uAPI header says.
 */
int seal_sockopt_set(struct sock *sk, int level, int optname, sockptr_t optval,
		     unsigned int optlen)
{
	if (level != SOL_SOCKSEAL)
		return seal_sk(sk)->base_prot->setsockopt(sk, level, optname,
							  optval, optlen);
	switch (optname) {
	case SEAL_KEYS:
		return set_keys(sk, optval, optlen);
	default:
		return -ENOPROTOOPT;
	}
}

static void fill_direction(struct seal_info_direction *info,
			   const struct seal_epoch *epoch)
{
	info->seq = epoch->seq;
	info->records = epoch->records;
	info->bytes = epoch->bytes;
	info->generation = epoch->generation;
}

static u32 state_bits(const struct seal_sock *ss)
{
	u32 state = 0;

	if (ss->suite)
		state |= SEAL_STATE_KEYS;
	if (ss->alert_sent == SEAL_ALERT_CLOSE_NOTIFY)
		state |= SEAL_STATE_CLOSE_NOTIFY_SENT;
	if (ss->rx.closed)
		state |= SEAL_STATE_CLOSE_NOTIFY_RECEIVED;
	if (ss->truncated)
		state |= SEAL_STATE_TRUNCATED;
	if (ss->error)
		state |= SEAL_STATE_FAILED;
	return state;
}

static void fill_info(struct seal_info *info, const struct seal_sock *ss)
{
	memset(info, 0, sizeof(*info));
	if (ss->suite) {
		info->version = SEAL_VERSION_TLS13;
		info->suite = ss->suite->id;
	}
	info->state = state_bits(ss);
	info->error = -ss->error;
	info->alert_sent = ss->alert_sent;
	info->alert_received = ss->alert_received;
	info->messages = ss->rx.messages.count;
	info->messages_dropped = ss->rx.messages.dropped;
	fill_direction(&info->tx, &ss->tx.epoch);
	fill_direction(&info->rx, &ss->rx.epoch);
}

static int put_result(const void *result, size_t size, char __user *optval,
		      int __user *optlen, int len)
{
	len = min_t(size_t, len, size);
	if (put_user(len, optlen) || copy_to_user(optval, result, len))
		return -EFAULT;
	return 0;
}

static int get_info(struct sock *sk, char __user *optval, int __user *optlen,
		    int len)
{
	struct seal_info info;

	lock_sock(sk);
	fill_info(&info, seal_sk(sk));
	release_sock(sk);
	return put_result(&info, sizeof(info), optval, optlen, len);
}

static int get_features(char __user *optval, int __user *optlen, int len)
{
	struct seal_features features = {
		.options = BIT(SEAL_KEYS) | BIT(SEAL_INFO) |
			   BIT(SEAL_MESSAGE) | BIT(SEAL_FEATURES),
	};
	const struct seal_suite *suite;

	while ((suite = seal_suite_at(features.suites_len)))
		features.suites[features.suites_len++] = suite->id;
	return put_result(&features, sizeof(features), optval, optlen, len);
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

/**
 * seal_sockopt_get() - proto.getsockopt of a sealed socket
 * @sk:		socket, not locked
 * @level:	SOL_SOCKSEAL, or one of plain TCP's
 * @optname:	option
 * @optval:	where the value goes
 * @optlen:	room there in bytes, replaced by the length of the value
 *
 * No option returns a key.
 *
 * Return: 0, -ENOPROTOOPT for an unknown option, or as the uAPI header says.
 */
int seal_sockopt_get(struct sock *sk, int level, int optname,
		     char __user *optval, int __user *optlen)
{
	int len;

	if (level != SOL_SOCKSEAL)
		return seal_sk(sk)->base_prot->getsockopt(sk, level, optname,
							  optval, optlen);
	if (get_user(len, optlen))
		return -EFAULT;
	if (len < 0)
		return -EINVAL;

	switch (optname) {
	case SEAL_INFO:
		return get_info(sk, optval, optlen, len);
	case SEAL_MESSAGE:
		return get_message(sk, optval, optlen, len);
	case SEAL_FEATURES:
		return get_features(optval, optlen, len);
	default:
		return -ENOPROTOOPT;
	}
}
