/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Private header of the KUnit suites: known answers, and scatterlists that notice
 * when somebody writes beside them.
 */
#ifndef _NET_SOCKSEAL_TESTS_H
#define _NET_SOCKSEAL_TESTS_H

#include <kunit/test.h>

#include "../seal.h"

/* secrets.c, records.c */

/**
 * struct seal_test_secret - a traffic secret and what is derived from it
 * @name:	of the test parameter
 * @suite:	number on the wire
 * @generation:	the secret, its key and IV; [1] is [0] after one KeyUpdate
 */
struct seal_test_secret {
	const char	*name;
	u16		suite;
	struct {
		u8	secret[SEAL_SECRET_SIZE];
		u8	key[SEAL_KEY_SIZE_MAX];
		u8	iv[SEAL_NONCE_SIZE];
	} generation[2];
};

/**
 * struct seal_test_record - a record and what is in it
 * @name:	of the test parameter
 * @version:	protocol version
 * @cipher:	its number in <linux/tls.h>
 * @secret:	what its key was derived from, or NULL
 * @generation:	index in @secret->generation
 * @key:	key of the cipher
 * @nonce:	of sequence number 0, or, if a part is explicit, of @seq
 * @seq:	sequence number
 * @type:	content type
 * @padding:	how many zeros follow the type
 * @payload_len: bytes of @payload
 * @payload:	content
 * @record_len:	bytes of @record
 * @record:	all that is on the wire
 */
struct seal_test_record {
	const char			*name;
	u16				version;
	u16				cipher;
	const struct seal_test_secret	*secret;
	u8				generation;
	u8				key[SEAL_KEY_SIZE_MAX];
	u8				nonce[SEAL_NONCE_SIZE];
	u64				seq;
	u8				type;
	u8				padding;
	u8				payload_len;
	u8				payload[50];
	u8				record_len;
	u8				record[80];
};

#define SEAL_TEST_SECRETS	6
#define SEAL_TEST_RECORDS	40

extern const struct seal_test_secret seal_test_secrets[SEAL_TEST_SECRETS];
extern const struct seal_test_record seal_test_records[SEAL_TEST_RECORDS];

/* text.c */

/* Additional data and text of the longest record */
#define SEAL_TEST_TEXT	(SEAL_AAD_MAX + sizeof_field(struct seal_test_record, record))

const struct seal_suite *seal_test_suite(const struct seal_test_record *r);
size_t seal_test_text(const struct seal_test_record *r, u8 *text);
size_t seal_test_sealed(const struct seal_test_record *r, u8 *sealed);
void seal_test_iv(const struct seal_test_record *r, u8 *iv);

/* list.c */

/**
 * struct seal_test_cut - where a scatterlist is cut
 * @head:	length of the first piece, 0: no cut there
 * @body:	length of the pieces between the first and the last, 0: one piece
 * @tail:	length of the last piece, 0: no cut there
 */
struct seal_test_cut {
	u16	head;
	u16	body;
	u16	tail;
};

/**
 * struct seal_test_list - a scatterlist, its pieces apart from each other
 * @sg:		the list
 * @len:	bytes in it
 * @nents:	pieces
 * @memory:	where the pieces are, with a gap before, between and after them
 * @size:	bytes of @memory
 */
struct seal_test_list {
	struct scatterlist	*sg;
	size_t			len;
	unsigned int		nents;
	u8			*memory;
	size_t			size;
};

struct seal_test_list *seal_test_list_make(struct kunit *test, size_t len,
					   const struct seal_test_cut *cut);
void seal_test_list_write(struct seal_test_list *list, const u8 *data, size_t len);
void seal_test_list_expect(struct kunit *test, struct seal_test_list *list,
			   const u8 *data, size_t len);
void seal_test_list_expect_gaps(struct kunit *test,
				const struct seal_test_list *list);

/* rows.c */

/**
 * struct seal_test_row - a row of the suite table as a test parameter
 * @name:	of the test parameter
 * @suite:	the row
 */
struct seal_test_row {
	char				name[56];
	const struct seal_suite		*suite;
};

extern struct seal_test_row seal_test_rows[SEAL_SUITES];

int seal_test_rows_make(struct kunit_suite *unused);
void seal_test_need_cipher(struct kunit *test, const struct seal_suite *suite);

/* guard.c */

u8 *seal_test_guarded(struct kunit *test, size_t len);
u8 *seal_test_guarded_copy(struct kunit *test, const u8 *data, size_t len);

/* conn.c */

/**
 * struct seal_test_conn - a sealed socket without a network
 * @test:	the test
 * @sock:	TCP socket that was never connected
 * @sk:		the same
 * @ss:		its state, which the test may change
 */
struct seal_test_conn {
	struct kunit		*test;
	struct socket		*sock;
	struct sock		*sk;
	struct seal_sock	ss;
};

struct seal_test_conn *seal_test_conn_make(struct kunit *test,
					   const struct seal_personality *personality);
void seal_test_conn_receive(struct seal_test_conn *c, const u8 *data, size_t len);
void seal_test_conn_prefill(struct seal_test_conn *c, const u8 *data, size_t len);

#endif /* _NET_SOCKSEAL_TESTS_H */
