// SPDX-License-Identifier: GPL-2.0
/*
 * crypto.c, HMAC: the keys and data of RFC 4231 4 enter, the digests that stand there
 * are what is expected.  Its cases with a key longer than a block are left out, for no
 * secret is.
 */
#include "tests.h"

struct vector {
	const char	*name;
	u8		key[25];
	u8		data[50];
	u8		sha256[32];
	u8		sha384[48];
	size_t		key_len;
	size_t		data_len;
};

static const struct vector vectors[] = {
	{
		.name = "case_1",
		.key =
		  "\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b"
		  "\x0b\x0b\x0b",
		.key_len = 20,
		.data =
		  "\x48\x69\x20\x54\x68\x65\x72\x65",
		.data_len = 8,
		.sha256 =
		  "\xb0\x34\x4c\x61\xd8\xdb\x38\x53\x5c\xa8\xaf\xce\xaf\x0b\xf1\x2b\x88"
		  "\x1d\xc2\x00\xc9\x83\x3d\xa7\x26\xe9\x37\x6c\x2e\x32\xcf\xf7",
		.sha384 =
		  "\xaf\xd0\x39\x44\xd8\x48\x95\x62\x6b\x08\x25\xf4\xab\x46\x90\x7f\x15"
		  "\xf9\xda\xdb\xe4\x10\x1e\xc6\x82\xaa\x03\x4c\x7c\xeb\xc5\x9c\xfa\xea"
		  "\x9e\xa9\x07\x6e\xde\x7f\x4a\xf1\x52\xe8\xb2\xfa\x9c\xb6",
	},
	{
		.name = "case_2",
		.key =
		  "\x4a\x65\x66\x65",
		.key_len = 4,
		.data =
		  "\x77\x68\x61\x74\x20\x64\x6f\x20\x79\x61\x20\x77\x61\x6e\x74\x20\x66"
		  "\x6f\x72\x20\x6e\x6f\x74\x68\x69\x6e\x67\x3f",
		.data_len = 28,
		.sha256 =
		  "\x5b\xdc\xc1\x46\xbf\x60\x75\x4e\x6a\x04\x24\x26\x08\x95\x75\xc7\x5a"
		  "\x00\x3f\x08\x9d\x27\x39\x83\x9d\xec\x58\xb9\x64\xec\x38\x43",
		.sha384 =
		  "\xaf\x45\xd2\xe3\x76\x48\x40\x31\x61\x7f\x78\xd2\xb5\x8a\x6b\x1b\x9c"
		  "\x7e\xf4\x64\xf5\xa0\x1b\x47\xe4\x2e\xc3\x73\x63\x22\x44\x5e\x8e\x22"
		  "\x40\xca\x5e\x69\xe2\xc7\x8b\x32\x39\xec\xfa\xb2\x16\x49",
	},
	{
		.name = "case_3",
		.key =
		  "\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa"
		  "\xaa\xaa\xaa",
		.key_len = 20,
		.data =
		  "\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd"
		  "\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd"
		  "\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd",
		.data_len = 50,
		.sha256 =
		  "\x77\x3e\xa9\x1e\x36\x80\x0e\x46\x85\x4d\xb8\xeb\xd0\x91\x81\xa7\x29"
		  "\x59\x09\x8b\x3e\xf8\xc1\x22\xd9\x63\x55\x14\xce\xd5\x65\xfe",
		.sha384 =
		  "\x88\x06\x26\x08\xd3\xe6\xad\x8a\x0a\xa2\xac\xe0\x14\xc8\xa8\x6f\x0a"
		  "\xa6\x35\xd9\x47\xac\x9f\xeb\xe8\x3e\xf4\xe5\x59\x66\x14\x4b\x2a\x5a"
		  "\xb3\x9d\xc1\x38\x14\xb9\x4e\x3a\xb6\xe1\x01\xa3\x4f\x27",
	},
	{
		.name = "case_4",
		.key =
		  "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11"
		  "\x12\x13\x14\x15\x16\x17\x18\x19",
		.key_len = 25,
		.data =
		  "\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd"
		  "\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd"
		  "\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd",
		.data_len = 50,
		.sha256 =
		  "\x82\x55\x8a\x38\x9a\x44\x3c\x0e\xa4\xcc\x81\x98\x99\xf2\x08\x3a\x85"
		  "\xf0\xfa\xa3\xe5\x78\xf8\x07\x7a\x2e\x3f\xf4\x67\x29\x66\x5b",
		.sha384 =
		  "\x3e\x8a\x69\xb7\x78\x3c\x25\x85\x19\x33\xab\x62\x90\xaf\x6c\xa7\x7a"
		  "\x99\x81\x48\x08\x50\x00\x9c\xc5\x57\x7c\x6e\x1f\x57\x3b\x4e\x68\x01"
		  "\xdd\x23\xc4\xa7\xd6\x79\xcc\xf8\xa3\x86\xc6\x74\xcf\xfb",
	},
};

KUNIT_ARRAY_PARAM_DESC(vectors, vectors, name);

static void make_hmac(struct kunit *test, struct seal_hmac *hmac, u16 id)
{
	const struct vector *v = test->param_value;
	const struct seal_suite *suite = seal_suite_find(id);

	KUNIT_ASSERT_EQ(test, 0, seal_hash_check(suite));
	KUNIT_ASSERT_EQ(test, 0, seal_hmac_init(hmac, suite, v->key, v->key_len));
}

/* Twice, for the states must serve again; the byte behind it stays as it is */
static void expect_digest(struct kunit *test, u16 id, const u8 *want, size_t len)
{
	const struct vector *v = test->param_value;
	u8 out[SEAL_SECRET_SIZE + 1];
	struct seal_hmac hmac;
	int i;

	make_hmac(test, &hmac, id);
	for (i = 0; i < 2; i++) {
		memset(out, 0xa5, sizeof(out));
		KUNIT_EXPECT_EQ(test, 0, seal_hmac_digest(&hmac, v->data,
							  v->data_len, out));
		KUNIT_EXPECT_MEMEQ(test, out, want, len);
		KUNIT_EXPECT_EQ(test, out[len], 0xa5);
	}
	seal_hmac_release(&hmac);
}

static void sha256_is_that_of_the_rfc(struct kunit *test)
{
	const struct vector *v = test->param_value;

	expect_digest(test, SEAL_AES_128_GCM_SHA256, v->sha256, sizeof(v->sha256));
}

static void sha384_is_that_of_the_rfc(struct kunit *test)
{
	const struct vector *v = test->param_value;

	expect_digest(test, SEAL_AES_256_GCM_SHA384, v->sha384, sizeof(v->sha384));
}

/* The states are as good as the key: whoever has them can derive what it can. */
static void release_wipes_the_states(struct kunit *test)
{
	const struct vector *v = test->param_value;
	struct seal_hmac *hmac = kunit_kzalloc(test, sizeof(*hmac), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, hmac);
	make_hmac(test, hmac, SEAL_AES_128_GCM_SHA256);
	KUNIT_EXPECT_NOT_NULL(test, memchr_inv(hmac->inner, 0, sizeof(hmac->inner)));
	KUNIT_EXPECT_NOT_NULL(test, memchr_inv(hmac->outer, 0, sizeof(hmac->outer)));
	KUNIT_EXPECT_NE(test, 0, memcmp(hmac->inner, hmac->outer, v->key_len));
	seal_hmac_release(hmac);
	KUNIT_EXPECT_NULL(test, memchr_inv(hmac->inner, 0, sizeof(hmac->inner)));
	KUNIT_EXPECT_NULL(test, memchr_inv(hmac->outer, 0, sizeof(hmac->outer)));
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(sha256_is_that_of_the_rfc, vectors_gen_params),
	KUNIT_CASE_PARAM(sha384_is_that_of_the_rfc, vectors_gen_params),
	KUNIT_CASE_PARAM(release_wipes_the_states, vectors_gen_params),
	{}
};

static struct kunit_suite suite = {
	.name = "sockseal_hmac",
	.test_cases = cases,
};

kunit_test_suite(suite);
