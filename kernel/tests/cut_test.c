// SPDX-License-Identifier: GPL-2.0
/*
 * crypto.c, the ciphers: records of every awkward size enter over scatterlists cut in
 * every awkward place, and what leaves is what leaves without a cut.
 *
 * That this is right is for aead_test.c to say.
 */
#include "tests.h"

typedef int (*crypt_fn)(struct seal_aead *aead, struct scatterlist *src,
			struct scatterlist *dst, size_t aad_len, size_t len, u8 *iv);

static const size_t payloads[] = {
	0, 1, 15, 16, 17, 255, 4096, 4097, 16384
};

struct place {
	const char		*name;
	struct seal_test_cut	cut;
};

/* The additional data is 5 or 13 bytes, the type 1 or 0, the tag 16 */
static const struct place places[] = {
	{ "nowhere", { 0, 0, 0 } },
	{ "in_the_additional_data", { 3, 0, 0 } },
	{ "behind_5_bytes", { 5, 0, 0 } },
	{ "behind_6_bytes", { 6, 0, 0 } },
	{ "behind_13_bytes", { 13, 0, 0 } },
	{ "in_the_tag", { 0, 0, 7 } },
	{ "before_the_tag", { 0, 0, 16 } },
	{ "before_the_type", { 5, 0, 17 } },
	{ "before_the_last_byte", { 5, 0, 18 } },
	{ "everywhere", { 1, 1, 1 } },
	{ "before_blocks_end", { 5, 15, 17 } },
	{ "behind_blocks_end", { 5, 17, 17 } },
	{ "before_pages_end", { 5, 4095, 17 } },
	{ "in_pages", { 0, 4096, 0 } },
	{ "in_pages_behind_5_bytes", { 5, 4096, 17 } },
};

struct layout {
	char				name[80];
	const struct seal_suite		*suite;
	const struct seal_test_cut	*cut;
};

/* Each suite cut in each place */
static struct layout layouts[SEAL_SUITES * ARRAY_SIZE(places)];

KUNIT_ARRAY_PARAM_DESC(layouts, layouts, name);

static int make_layouts(struct kunit_suite *suite)
{
	struct layout *l = layouts;
	unsigned int i;

	seal_test_rows_make(suite);
	for (i = 0; i < ARRAY_SIZE(layouts); i++, l++) {
		const struct seal_test_row *row = &seal_test_rows[i / ARRAY_SIZE(places)];
		const struct place *p = &places[i % ARRAY_SIZE(places)];

		snprintf(l->name, sizeof(l->name), "%s: %s", row->name, p->name);
		l->suite = row->suite;
		l->cut = &p->cut;
	}
	return 0;
}

/**
 * struct trip - one record of some size, for all ways to hand it over
 * @suite:	its cipher suite
 * @aead:	cipher
 * @cut:	where lists are cut
 * @len:	bytes of @plain
 * @plain:	additional data and plaintext
 * @sealed:	additional data, ciphertext and tag, made without any cut
 */
struct trip {
	const struct seal_suite		*suite;
	struct seal_aead		aead;
	const struct seal_test_cut	*cut;
	size_t				len;
	u8				*plain;
	u8				*sealed;
};

typedef void (*trip_fn)(struct kunit *test, struct trip *t, bool in_place);

static int crypt_trip(struct trip *t, crypt_fn crypt, struct seal_test_list *src,
		      struct seal_test_list *dst, size_t len)
{
	static const u8 base[SEAL_NONCE_SIZE] = { 1 };
	size_t aad_len = t->suite->aad_size;
	u8 iv[SEAL_IV_SIZE];

	seal_record_iv(iv, t->suite, base, 0);
	return crypt(&t->aead, src->sg, dst->sg, aad_len, len - aad_len, iv);
}

static void begin_trip(struct kunit *test, struct trip *t, size_t payload)
{
	static const struct seal_test_cut whole;
	struct seal_test_list *list;
	size_t i;

	t->len = t->suite->aad_size + payload + t->suite->type_size;
	t->plain = kunit_kmalloc(test, t->len, GFP_KERNEL);
	t->sealed = kunit_kmalloc(test, t->len + SEAL_TAG_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, t->plain);
	KUNIT_ASSERT_NOT_NULL(test, t->sealed);
	for (i = 0; i < t->len; i++)
		t->plain[i] = i * 7 + i / 256;

	list = seal_test_list_make(test, t->len + SEAL_TAG_SIZE, &whole);
	seal_test_list_write(list, t->plain, t->len);
	KUNIT_ASSERT_EQ(test, 0, crypt_trip(t, seal_aead_seal, list, list, t->len));
	memcpy(t->sealed, sg_virt(list->sg), list->len);
}

static void seal_trip(struct kunit *test, struct trip *t, bool in_place)
{
	size_t sealed = t->len + SEAL_TAG_SIZE;
	struct seal_test_list *dst = seal_test_list_make(test, sealed, t->cut);
	struct seal_test_list *src = in_place ? dst :
		seal_test_list_make(test, t->len, t->cut);

	seal_test_list_write(dst, t->plain, t->suite->aad_size);
	seal_test_list_write(src, t->plain, t->len);
	KUNIT_EXPECT_EQ(test, 0, crypt_trip(t, seal_aead_seal, src, dst, t->len));
	seal_test_list_expect(test, dst, t->sealed, sealed);
	seal_test_list_expect_gaps(test, dst);
	if (!in_place)
		seal_test_list_expect(test, src, t->plain, t->len);
}

static void open_trip(struct kunit *test, struct trip *t, bool in_place)
{
	size_t sealed = t->len + SEAL_TAG_SIZE;
	struct seal_test_list *src = seal_test_list_make(test, sealed, t->cut);
	struct seal_test_list *dst = in_place ? src :
		seal_test_list_make(test, t->len, t->cut);

	seal_test_list_write(dst, t->plain, t->suite->aad_size);
	seal_test_list_write(src, t->sealed, sealed);
	KUNIT_EXPECT_EQ(test, 0, crypt_trip(t, seal_aead_open, src, dst, sealed));
	seal_test_list_expect(test, dst, t->plain, t->len);
	seal_test_list_expect_gaps(test, dst);
	if (!in_place)
		seal_test_list_expect(test, src, t->sealed, sealed);
}

static void release_aead(void *aead)
{
	seal_aead_release(aead);
}

static void try_each_payload(struct kunit *test, trip_fn go)
{
	const struct layout *layout = test->param_value;
	const struct seal_suite *suite = layout->suite;
	struct trip *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, t);
	seal_test_need_cipher(test, suite);
	t->suite = suite;
	KUNIT_ASSERT_EQ(test, 0, seal_aead_init(&t->aead, suite));
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, release_aead, &t->aead));
	KUNIT_ASSERT_EQ(test, 0,
			seal_aead_set_key(&t->aead,
					  seal_test_secrets[0].generation[0].secret,
					  suite->key_size));
	t->cut = layout->cut;
	for (i = 0; i < ARRAY_SIZE(payloads); i++) {
		begin_trip(test, t, payloads[i]);
		go(test, t, false);
		go(test, t, true);
	}
}

static void sealed_alike(struct kunit *test)
{
	try_each_payload(test, seal_trip);
}

static void opened_alike(struct kunit *test)
{
	try_each_payload(test, open_trip);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(sealed_alike, layouts_gen_params),
	KUNIT_CASE_PARAM(opened_alike, layouts_gen_params),
	{}
};

static struct kunit_suite suite = {
	.name = "sockseal_cut",
	.suite_init = make_layouts,
	.test_cases = cases,
};

kunit_test_suite(suite);
