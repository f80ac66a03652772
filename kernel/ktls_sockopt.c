// SPDX-License-Identifier: GPL-2.0
/*
 * The options of level SOL_TLS, as <linux/tls.h> of Linux 7.3 has them: untrusted
 * values enter, validated keys leave for a direction.  As there, a program gets back
 * the key that it has set.
 */
#include <linux/sockptr.h>
#include <linux/uaccess.h>
#include <linux/unaligned.h>
#include <net/tcp.h>
#include <uapi/linux/tls.h>

#include "seal.h"
#include "trace.h"

/* RFC 8449 4: no record size limit below 64, in TLS 1.3 with the content type */
#define PAYLOAD_LEN_MIN	64

/*
 * Every struct tls12_crypto_info_* is this one, "iv" and "salt" being the 12 bytes
 * of a nonce in two pieces: info, iv, key, salt, rec_seq, without gaps.
 */
struct crypto_info {
	struct tls_crypto_info	info;
	u8			bytes[SEAL_NONCE_SIZE + SEAL_KEY_SIZE_MAX +
				      sizeof(u64)];
};

static_assert(sizeof(struct tls12_crypto_info_aes_gcm_256) ==
	      sizeof(struct crypto_info));
static_assert(sizeof(struct tls12_crypto_info_chacha20_poly1305) ==
	      sizeof(struct crypto_info));

static size_t iv_size(const struct seal_suite *suite)
{
	return SEAL_NONCE_SIZE - suite->salt_size;
}

static u8 *key_of(struct crypto_info *info, const struct seal_suite *suite)
{
	return info->bytes + iv_size(suite);
}

static u8 *salt_of(struct crypto_info *info, const struct seal_suite *suite)
{
	return key_of(info, suite) + suite->key_size;
}

static u8 *seq_of(struct crypto_info *info, const struct seal_suite *suite)
{
	return salt_of(info, suite) + suite->salt_size;
}

static size_t info_size(const struct seal_suite *suite)
{
	return sizeof(struct tls_crypto_info) + SEAL_NONCE_SIZE +
	       suite->key_size + sizeof(u64);
}

/* Both directions have the same cipher, and a new key is for the same cipher. */
static int check_info(const struct tls_crypto_info *info,
		      const struct seal_suite *old,
		      const struct seal_suite *other,
		      const struct seal_suite **suite)
{
	*suite = seal_suite_find_ktls(info->version, info->cipher_type);
	if (!*suite)
		return -EINVAL;
	if ((old && old != *suite) || (other && other != *suite))
		return -EINVAL;
	return 0;
}

static int copy_info(struct crypto_info *info, sockptr_t optval,
		     unsigned int optlen, const struct seal_epoch *epoch,
		     const struct seal_epoch *other,
		     const struct seal_suite **suite)
{
	int err;

	if (copy_from_sockptr(&info->info, optval, sizeof(info->info)))
		return -EFAULT;
	err = check_info(&info->info, epoch->suite, other->suite, suite);
	if (err)
		return err;
	if (optlen != info_size(*suite))
		return -EINVAL;
	if (copy_from_sockptr_offset(info->bytes, optval, sizeof(info->info),
				     optlen - sizeof(info->info)))
		return -EFAULT;
	return 0;
}

static int make_epoch(struct seal_epoch *epoch, const struct seal_suite *suite,
		      struct crypto_info *info)
{
	u8 nonce[SEAL_NONCE_SIZE];

	memcpy(nonce, salt_of(info, suite), suite->salt_size);
	memcpy(nonce + suite->salt_size, info->bytes, iv_size(suite));
	return seal_epoch_init_key(epoch, suite, key_of(info, suite), nonce,
				   get_unaligned_be64(seq_of(info, suite)));
}

/* What was written before the new key came goes out under the old one. */
static int leave_tx_epoch(struct sock *sk)
{
	struct seal_tx *tx = &seal_sk(sk)->tx;

	return tx->state == SEAL_TX_OPEN ? seal_tx_drain(sk) : 0;
}

/* A poll() or a read that waits for the key goes on. */
static void enter_rx_epoch(struct sock *sk)
{
	WRITE_ONCE(seal_sk(sk)->rx.rekey, false);
	sk->sk_data_ready(sk);
}

/* The first key of a direction, or, for TLS 1.3, the next one */
static int set_epoch(struct sock *sk, sockptr_t optval, unsigned int optlen,
		     bool is_tx)
{
	struct seal_sock *ss = seal_sk(sk);
	struct seal_epoch *epoch = is_tx ? &ss->tx.epoch : &ss->rx.epoch;
	struct seal_epoch *other = is_tx ? &ss->rx.epoch : &ss->tx.epoch;
	const struct seal_suite *suite;
	struct seal_epoch next = {};
	struct crypto_info info;
	int err;

	err = copy_info(&info, optval, optlen, epoch, other, &suite);
	if (!err)
		err = make_epoch(&next, suite, &info);
	memzero_explicit(&info, sizeof(info));
	if (!err && is_tx)
		err = leave_tx_epoch(sk);
	if (err) {
		seal_epoch_release(&next);
		return err;
	}
	seal_epoch_replace(epoch, &next);
	trace_seal_keys(sk, is_tx, epoch);
	if (epoch->generation)
		trace_seal_rekey(sk, is_tx, epoch, SEAL_WHY_PROGRAM);
	if (!is_tx)
		enter_rx_epoch(sk);
	return 0;
}

/* Counters of a direction */
static const struct {
	enum seal_stat set, now, rekey_ok, rekey_error;
} key_stats[] = {
	{ SEAL_STAT_RX, SEAL_STAT_CURR_RX, SEAL_STAT_RX_REKEY_OK,
	  SEAL_STAT_RX_REKEY_ERROR },
	{ SEAL_STAT_TX, SEAL_STAT_CURR_TX, SEAL_STAT_TX_REKEY_OK,
	  SEAL_STAT_TX_REKEY_ERROR },
};

static int set_first_key(struct sock *sk, sockptr_t optval, unsigned int optlen,
			 bool is_tx)
{
	int err = set_epoch(sk, optval, optlen, is_tx);

	if (!err) {
		seal_stats_inc(sk, key_stats[is_tx].set);
		seal_stats_inc(sk, key_stats[is_tx].now);
	}
	return err;
}

/* RFC 8446 4.6.3: only TLS 1.3 can go on to another key. */
static int set_next_key(struct sock *sk, sockptr_t optval, unsigned int optlen,
			bool is_tx, const struct seal_suite *suite)
{
	int err = -EBUSY;

	if (suite->version == SEAL_VERSION_TLS13)
		err = set_epoch(sk, optval, optlen, is_tx);
	seal_stats_inc(sk, err ? key_stats[is_tx].rekey_error :
				 key_stats[is_tx].rekey_ok);
	return err;
}

static int set_key(struct sock *sk, sockptr_t optval, unsigned int optlen,
		   bool is_tx)
{
	struct seal_sock *ss = seal_sk(sk);
	const struct seal_suite *suite;

	if (optlen < sizeof(struct tls_crypto_info))
		return -EINVAL;
	suite = is_tx ? ss->tx.epoch.suite : ss->rx.epoch.suite;
	if (suite)
		return set_next_key(sk, optval, optlen, is_tx, suite);
	return set_first_key(sk, optval, optlen, is_tx);
}

static int set_zerocopy_ro(struct sock *sk, sockptr_t optval,
			   unsigned int optlen)
{
	unsigned int value;

	if (optlen != sizeof(value))
		return -EINVAL;
	if (copy_from_sockptr(&value, optval, sizeof(value)))
		return -EFAULT;
	if (value > 1)
		return -EINVAL;
	seal_sk(sk)->zerocopy_ro = value;
	return 0;
}

static bool is_tls13(const struct seal_sock *ss)
{
	const struct seal_suite *suite = ss->tx.epoch.suite ?:
					 ss->rx.epoch.suite;

	return suite && suite->version == SEAL_VERSION_TLS13;
}

static int set_no_pad(struct sock *sk, sockptr_t optval, unsigned int optlen)
{
	struct seal_rx *rx = &seal_sk(sk)->rx;
	u32 value;
	int ret;

	if (!is_tls13(seal_sk(sk)) || optlen < sizeof(value))
		return -EINVAL;
	if (copy_from_sockptr(&value, optval, sizeof(value)))
		return -EFAULT;
	if (value > 1)
		return -EINVAL;
	ret = check_zeroed_sockptr(optval, sizeof(value),
				   optlen - sizeof(value));
	if (ret < 1)
		return ret ?: -EINVAL;
	if (!rx->epoch.suite)
		return -EINVAL;
	WRITE_ONCE(rx->no_pad, value);
	return 0;
}

static int set_max_payload_len(struct sock *sk, sockptr_t optval,
			       unsigned int optlen)
{
	struct seal_sock *ss = seal_sk(sk);
	u16 value;

	if (ss->tx.state == SEAL_TX_OPEN)
		return -EBUSY;
	if (optlen != sizeof(value))
		return -EINVAL;
	if (copy_from_sockptr(&value, optval, sizeof(value)))
		return -EFAULT;
	if (value < PAYLOAD_LEN_MIN - is_tls13(ss) || value > SEAL_PAYLOAD_MAX)
		return -EINVAL;
	WRITE_ONCE(ss->tx.payload_max, value);
	return 0;
}

static int set_locked(struct sock *sk, int optname, sockptr_t optval,
		      unsigned int optlen)
{
	switch (optname) {
	case TLS_TX:
	case TLS_RX:
		return set_key(sk, optval, optlen, optname == TLS_TX);
	case TLS_TX_ZEROCOPY_RO:
		return set_zerocopy_ro(sk, optval, optlen);
	case TLS_RX_EXPECT_NO_PAD:
		return set_no_pad(sk, optval, optlen);
	case TLS_TX_MAX_PAYLOAD_LEN:
		return set_max_payload_len(sk, optval, optlen);
	default:
		return -ENOPROTOOPT;
	}
}

/**
 * seal_ktls_set() - setsockopt() at level SOL_TLS
 * @sk:		socket, not locked
 * @optname:	TLS_*
 * @optval:	its value
 * @optlen:	length of the value in bytes
 *
 * Return: 0; -EINVAL (a length or a value, or another cipher than before or than
 * the other direction's), -EBUSY (TLS 1.2 has a key already, or a record is open),
 * -ENOENT (the kernel lacks the cipher), -ENOPROTOOPT, -EFAULT, -ENOMEM.
 */
int seal_ktls_set(struct sock *sk, int optname, sockptr_t optval,
		  unsigned int optlen)
{
	int err;

	if (sockptr_is_null(optval))
		optlen = 0;
	lock_sock(sk);
	err = set_locked(sk, optname, optval, optlen);
	release_sock(sk);
	return err;
}

/* The nonce as the program would set it for the next record */
static void fill_nonce(u8 *nonce, const struct seal_epoch *epoch)
{
	u8 *low = nonce + SEAL_NONCE_SIZE - sizeof(u64);

	memcpy(nonce, epoch->iv, SEAL_NONCE_SIZE);
	if (epoch->suite->explicit_size)
		put_unaligned_be64(get_unaligned_be64(low) + epoch->seq, low);
}

static void fill_info(struct crypto_info *info, const struct seal_epoch *epoch)
{
	const struct seal_suite *suite = epoch->suite;
	u8 nonce[SEAL_NONCE_SIZE];

	info->info.version = suite->version;
	info->info.cipher_type = suite->ktls;
	fill_nonce(nonce, epoch);
	memcpy(salt_of(info, suite), nonce, suite->salt_size);
	memcpy(info->bytes, nonce + suite->salt_size, iv_size(suite));
	memcpy(key_of(info, suite), epoch->secret, suite->key_size);
	put_unaligned_be64(epoch->seq, seq_of(info, suite));
}

/* With room for the first two fields only, it is these. */
static int get_key(const struct seal_epoch *epoch, char __user *optval,
		   int *len)
{
	struct crypto_info info;
	int err = 0;

	if (!optval || *len < sizeof(info.info))
		return -EINVAL;
	if (!epoch->suite)
		return -EBUSY;
	if (*len != sizeof(info.info) && *len != info_size(epoch->suite))
		return -EINVAL;
	fill_info(&info, epoch);
	if (copy_to_user(optval, &info, *len))
		err = -EFAULT;
	memzero_explicit(&info, sizeof(info));
	return err;
}

static int get_zerocopy_ro(struct sock *sk, char __user *optval, int *len)
{
	unsigned int value = seal_sk(sk)->zerocopy_ro;

	if (*len != sizeof(value))
		return -EINVAL;
	return copy_to_user(optval, &value, sizeof(value)) ? -EFAULT : 0;
}

static int get_no_pad(struct sock *sk, char __user *optval, int *len)
{
	const struct seal_rx *rx = &seal_sk(sk)->rx;
	int value = rx->no_pad;

	if (!rx->epoch.suite ||
	    rx->epoch.suite->version != SEAL_VERSION_TLS13 ||
	    *len < sizeof(value))
		return -EINVAL;
	*len = sizeof(value);
	return copy_to_user(optval, &value, sizeof(value)) ? -EFAULT : 0;
}

static int get_max_payload_len(struct sock *sk, char __user *optval, int *len)
{
	u16 value = seal_sk(sk)->tx.payload_max;

	if (*len < sizeof(value))
		return -EINVAL;
	*len = sizeof(value);
	return copy_to_user(optval, &value, sizeof(value)) ? -EFAULT : 0;
}

static int get_locked(struct sock *sk, int optname, char __user *optval,
		      int *len)
{
	switch (optname) {
	case TLS_TX:
		return get_key(&seal_sk(sk)->tx.epoch, optval, len);
	case TLS_RX:
		return get_key(&seal_sk(sk)->rx.epoch, optval, len);
	case TLS_TX_ZEROCOPY_RO:
		return get_zerocopy_ro(sk, optval, len);
	case TLS_RX_EXPECT_NO_PAD:
		return get_no_pad(sk, optval, len);
	case TLS_TX_MAX_PAYLOAD_LEN:
		return get_max_payload_len(sk, optval, len);
	default:
		return -ENOPROTOOPT;
	}
}

/**
 * seal_ktls_get() - getsockopt() at level SOL_TLS
 * @sk:		socket, not locked
 * @optname:	TLS_*
 * @optval:	where the value goes
 * @optlen:	room there in bytes, replaced by the length of the value
 *
 * Return: 0; -EINVAL (a length; an option that needs TLS 1.3), -EBUSY (no key is
 * set yet), -ENOPROTOOPT, -EFAULT.
 */
int seal_ktls_get(struct sock *sk, int optname, char __user *optval,
		  int __user *optlen)
{
	int err, len;

	if (get_user(len, optlen))
		return -EFAULT;
	if (len < 0)
		return -EINVAL;
	lock_sock(sk);
	err = get_locked(sk, optname, optval, &len);
	release_sock(sk);
	if (err)
		return err;
	return put_user(len, optlen) ? -EFAULT : 0;
}
