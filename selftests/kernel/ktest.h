/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * Private header of the module's socket tests: what a test may call to make a
 * pair, to speak TLS records on the raw end, and to state what it expects.
 *
 * Nothing here uses libsockseal: the record peer is a second implementation, so
 * that it can judge the bytes the module makes.
 */
#ifndef KTEST_H
#define KTEST_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <cmocka.h>
#include <linux/sockseal.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* Sizes and numbers of RFC 8446 5, B.1, B.2 and 6 */
#define RECORD_HEADER		5
#define RECORD_TAG		16
#define RECORD_OVERHEAD		(RECORD_HEADER + 1 + RECORD_TAG)
#define RECORD_PLAIN_MAX	16384
#define RECORD_INNER_MAX	(RECORD_PLAIN_MAX + 1)
#define RECORD_CIPHER_MAX	(RECORD_PLAIN_MAX + 256)
/* Room for any record, also for the oversized ones that tests make */
#define RECORD_ROOM		(RECORD_HEADER + 0xffff)

#define TYPE_CHANGE_CIPHER_SPEC	20
#define TYPE_ALERT		21
#define TYPE_HANDSHAKE		22
#define TYPE_DATA		23

#define ALERT_WARNING		1
#define ALERT_FATAL		2
#define ALERT_CLOSE_NOTIFY	0
#define ALERT_UNEXPECTED_MESSAGE 10
#define ALERT_BAD_RECORD_MAC	20
#define ALERT_RECORD_OVERFLOW	22
#define ALERT_HANDSHAKE_FAILURE	40
#define ALERT_ILLEGAL_PARAMETER	47
#define ALERT_DECODE_ERROR	50
#define ALERT_USER_CANCELED	90
#define ALERT_NO_RENEGOTIATION	100

#define HS_NEW_SESSION_TICKET	4
#define HS_KEY_UPDATE		24

/* expect.c */

/*
 * Each states the result of one call and reports the call's text, its result
 * and errno when it was another.
 */
#define expect_errno(call, want) \
	check_errno((long)(call), (want), #call, __FILE__, __LINE__)
#define expect_count(call, want) \
	check_count((long)(call), (long)(want), #call, __FILE__, __LINE__)
#define expect_ok(call)		expect_count(call, 0)
/* The result of a call that must not fail */
#define must(call) \
	check_done((long)(call), #call, __FILE__, __LINE__)
#define expect_bytes(a, b, len) \
	check_bytes((a), (b), (len), #a, __FILE__, __LINE__)

void check_errno(long ret, int want, const char *call, const char *file,
		 int line);
void check_count(long ret, long want, const char *call, const char *file,
		 int line);
long check_done(long ret, const char *call, const char *file, int line);
void check_bytes(const void *a, const void *b, size_t len, const char *what,
		 const char *file, int line);

/* bytes.c */

void fill_bytes(void *buf, size_t len, uint64_t seed);
uint8_t *make_bytes(size_t len, uint64_t seed);
uint8_t *make_room(size_t len);

/* counters.c */

long long counter(const char *name);

/* file.c */

int open_bytes(const void *data, size_t len);
void expect_file(int file, const void *data, size_t len);
void open_pipe(int fds[2], int size);
void close_pipe(int fds[2]);

/* record.c */

/**
 * struct half - the keys of one direction, for one side of it
 * @version:	TLS_1_3_VERSION after half_init(), or TLS_1_2_VERSION: then @key and
 *		@iv protect records of TLS 1.2
 * @suite:	cipher suite, as on the wire
 * @seq:	sequence number of the next record
 * @secret:	traffic secret of this generation
 * @key:	derived from @secret
 * @iv:		derived from @secret
 */
struct half {
	uint16_t	version;
	uint16_t	suite;
	uint64_t	seq;
	uint8_t		secret[SEAL_SECRET_SIZE];
	uint8_t		key[32];
	uint8_t		iv[12];
};

/* RFC 8446 B.4; SEAL_KEYS does not know it */
#define SUITE_AES_128_CCM_SHA256	0x1304

size_t suite_secret_size(uint16_t suite);
size_t suite_key_size(uint16_t suite);
void half_init(struct half *half, uint16_t suite, const uint8_t *secret,
	       uint64_t seq);
void half_update(struct half *half);
size_t record_explicit_nonce(const struct half *half);
size_t record_seal_inner(struct half *half, const void *inner, size_t len,
			 uint8_t *record);
size_t record_seal(struct half *half, uint8_t type, const void *data, size_t len,
		   uint8_t *record);
ssize_t record_open(struct half *half, const uint8_t *record, size_t len,
		    uint8_t *plain, uint8_t *type);

/* secrets.c */

bool holds_bytes(const void *bytes, size_t len, const uint8_t *secret, size_t size);
bool holds_secret(const void *bytes, size_t len, const struct half *half);

/* peer.c */

/**
 * struct peer - a TLS 1.3 endpoint after its handshake, on a plain socket
 * @fd:		raw TCP socket
 * @tx:		keys of what this peer sends
 * @rx:		keys of what it receives
 * @written:	bytes written to @fd so far
 * @updates:	KeyUpdates received by peer_collect()
 * @requests:	of them, those that asked for one in return
 * @inner:	bytes encrypted in the last record: content, type and padding
 */
struct peer {
	int		fd;
	struct half	tx;
	struct half	rx;
	uint64_t	written;
	unsigned int	updates;
	unsigned int	requests;
	size_t		inner;
};

/* What peer_next() returns when there is no record */
#define PEER_EOF	(-1)	/* FIN between two records */
#define PEER_BROKEN	(-2)	/* reset, cut record, or it does not open */

bool peer_write(struct peer *peer, const void *bytes, size_t len);
void peer_send(struct peer *peer, uint8_t type, const void *data, size_t len);
void peer_send_padded(struct peer *peer, uint8_t type, const void *data,
		      size_t len, size_t padding);
void peer_send_inner(struct peer *peer, const void *inner, size_t len);
void peer_send_alert(struct peer *peer, uint8_t level, uint8_t description);
void peer_send_ticket(struct peer *peer, uint8_t fill, size_t body);
void peer_send_key_update(struct peer *peer, uint8_t request);
ssize_t peer_next(struct peer *peer, uint8_t *plain, uint8_t *type);
size_t peer_collect(struct peer *peer, uint8_t *buf, size_t len);
void peer_expect_record(struct peer *peer, uint8_t type, const void *data,
			size_t len);
void peer_expect_data(struct peer *peer, const void *data, size_t len);
void peer_expect_alert(struct peer *peer, uint8_t level, uint8_t description);
void peer_expect_eof(struct peer *peer);
void peer_expect_close(struct peer *peer);
void peer_expect_reset(struct peer *peer);

/* update.c */

/* RFC 8446 4.6.3, update_not_requested and update_requested */
#define NOT_REQUESTED	0
#define REQUESTED	1

int key_update(int fd, uint32_t flags);
int send_alert(int fd, uint8_t description);
void peer_expect_update(struct peer *peer, uint8_t request);
void expect_generations(int fd, uint32_t tx, uint32_t rx);

/* message.c */

size_t message_make(uint8_t *message, uint8_t type, uint8_t fill, size_t body);
void expect_message(int fd, const uint8_t *message, size_t len);
void expect_no_message(int fd);

/* socket.c */

/* An IPv6 socket whose peer has an IPv4-mapped address, beside AF_* */
#define FAMILY_MAPPED	(-1)

int tcp_listen(int family);
void tcp_pair_narrow(int family, int mss, int fds[2]);
void tcp_pair(int family, int fds[2]);
void expect_copied_notice(int fd);
void set_int(int fd, int level, int name, int value);
void expect_int(int fd, int level, int name, int value);
void set_timeout(int fd, int name, unsigned int ms);
void set_nonblock(int fd);

/* pair.c */

/**
 * struct variant - what a test is instantiated over
 * @name:	as printed after the name of the test
 * @suite:	cipher suite, as on the wire
 * @family:	AF_INET, AF_INET6 or FAMILY_MAPPED
 * @version:	of the protocol, as on the wire
 */
struct variant {
	const char	*name;
	uint16_t	suite;
	int		family;
	uint16_t	version;
};

/**
 * struct pair - a TCP connection over loopback, one end sealed
 * @variant:	what it was made for
 * @fd:		sealed end, -1 once closed
 * @peer:	raw end with the record peer
 * @keys:	what @fd was sealed with
 */
struct pair {
	const struct variant	*variant;
	int			fd;
	struct peer		peer;
	struct seal_keys	keys;
};

void keys_make(struct seal_keys *keys, uint16_t suite);
void keys_mirror(struct seal_keys *to, const struct seal_keys *from);
int attach_ulp(int fd);
int set_keys(int fd, const struct seal_keys *keys);
void set_policy(int fd, struct seal_policy policy);
void seal(int fd, const struct seal_keys *keys);
void pair_open_raw(struct pair *pair, const struct variant *variant);
void pair_open(struct pair *pair, const struct variant *variant);
void pair_open_narrow_raw(struct pair *pair, const struct variant *variant);
void pair_open_narrow(struct pair *pair, const struct variant *variant);
void pair_close_sealed(struct pair *pair);
void pair_close(struct pair *pair);
void pair_reset_by_peer(struct pair *pair);
void sealed_pair(const struct variant *variant, int fds[2]);
struct seal_info info_of(int fd);

/* sync.c */

struct tcp_info tcp_info_of(int fd);
bool pair_is_synced(const struct pair *pair);
void pair_sync(const struct pair *pair);
void wait_fin(int fd);
uint64_t bytes_handed_to_tcp(int fd);
bool readable(int fd);
bool writable(int fd);
void wait_for(int fd, short events);
int watch(int fd, uint32_t events);
int waiting_bytes(int fd);
void expect_nothing_to_read(int fd);
void expect_recv(int fd, const void *data, size_t len);
void expect_eof(int fd);
void expect_failed(int fd, int error);
void wait_for_child(pid_t child);
void hold_acks(int fd);
void release_acks(int fd);

/* worker.c */

/**
 * struct worker - a thread that moves bytes while the test does something else
 *
 * It asserts nothing itself: worker_join() does, in the test's own thread.
 */
struct worker;

struct worker *worker_collect(struct peer *peer, size_t len);
struct worker *worker_write(int fd, const void *data, size_t len);
struct worker *worker_read(int fd, size_t len);
struct worker *worker_recv(int fd, size_t len, int flags);
struct worker *worker_records(struct peer *peer, const void *data, size_t len,
			      size_t each);
void worker_wait_blocked(struct worker *worker);
void worker_join(struct worker *worker, const void *data, size_t len);
void worker_join_any(struct worker *worker);

/* interrupt.c */

void interrupts_start(void);
void interrupts_stop(void);

/* cases.c */

/* How many variants of a test are run */
enum cases_over {
	OVER_NOTHING,
	OVER_FAMILIES,
	OVER_SUITES,
	OVER_ALL,
};

struct test {
	const char		*name;
	CMUnitTestFunction	run;
	enum cases_over		over;
};

#define ONCE(f)		{ #f, f, OVER_NOTHING }
#define EACH_FAMILY(f)	{ #f, f, OVER_FAMILIES }
#define EACH_SUITE(f)	{ #f, f, OVER_SUITES }
#define EACH(f)		{ #f, f, OVER_ALL }

/* pair_open or pair_open_raw */
typedef void pair_opener(struct pair *pair, const struct variant *variant);

/* A variant, and the tests that are run over it: @until and OVER_ALL */
struct instance {
	struct variant		variant;
	enum cases_over		until;
};

/**
 * struct group - the tests of a program
 * @name:	what they are about, printed before each name
 * @tests:	the tests
 * @count:	how many
 * @opener:	what makes the pair that each test finds in *state
 * @over:	variants
 * @variants:	how many
 */
struct group {
	const char		*name;
	const struct test	*tests;
	size_t			count;
	pair_opener		*opener;
	const struct instance	*over;
	size_t			variants;
};

int run_group(const struct group *group);
int run_cases(const char *name, const struct test *tests, size_t count,
	      pair_opener *opener);

#endif /* KTEST_H */
