/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Private header of the KUnit suites: known answers, and scatterlists that notice
 * when somebody writes beside them.
 */
#ifndef _NET_SOCKSEAL_TESTS_H
#define _NET_SOCKSEAL_TESTS_H

#include <kunit/test.h>

#include "../seal.h"

/* vectors.c */

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
 * @secret:	what protects it
 * @generation:	index in @secret->generation
 * @seq:	sequence number
 * @type:	inner content type
 * @padding:	how many zeros follow the type
 * @payload_len: bytes of @payload
 * @payload:	content
 * @record_len:	bytes of @record
 * @record:	header, ciphertext and tag
 */
struct seal_test_record {
	const char			*name;
	const struct seal_test_secret	*secret;
	u8				generation;
	u64				seq;
	u8				type;
	u8				padding;
	u8				payload_len;
	u8				payload[50];
	u8				record_len;
	u8				record[80];
};

#define SEAL_TEST_SECRETS	5
#define SEAL_TEST_RECORDS	19

extern const struct seal_test_secret seal_test_secrets[SEAL_TEST_SECRETS];
extern const struct seal_test_record seal_test_records[SEAL_TEST_RECORDS];

/* inner.c */

size_t seal_test_inner(const struct seal_test_record *r, u8 *inner);

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

#endif /* _NET_SOCKSEAL_TESTS_H */
