// SPDX-License-Identifier: GPL-2.0
/*
 * crypto.c, the ciphers: records of every awkward size enter over scatterlists cut in
 * every awkward place, and what leaves is what leaves without a cut.
 *
 * That this is right is for aead_test.c to say.
 */
#include "tests.h"

typedef int (*crypt_fn)(struct seal_aead *aead, struct scatterlist *src,
			struct scatterlist *dst, size_t len, u8 *nonce);

static const size_t payloads[] = {
	0, 1, 15, 16, 17, 255, 4095, 4096, 4097, 16383, 16384
};

struct place {
	const char		*name;
	struct seal_test_cut	cut;
};

/* The header is 5 bytes, the type 1, the tag 16 */
static const struct place places[] = {
	{ "nowhere", { 0, 0, 0 } },
	{ "in_the_header", { 3, 0, 0 } },
	{ "after_the_header", { 5, 0, 0 } },
	{ "after_the_first_byte", { 6, 0, 0 } },
	{ "in_the_tag", { 0, 0, 7 } },
	{ "before_the_tag", { 0, 0, 16 } },
	{ "before_the_type", { 5, 0, 17 } },
	{ "before_the_last_byte", { 5, 0, 18 } },
	{ "everywhere", { 1, 1, 1 } },
	{ "before_blocks_end", { 5, 15, 17 } },
	{ "behind_blocks_end", { 5, 17, 17 } },
	{ "before_pages_end", { 5, 4095, 17 } },
	{ "in_pages", { 0, 4096, 0 } },
	{ "in_pages_after_the_header", { 5, 4096, 17 } },
};

struct suite_name {
	u16		id;
	const char	*name;
};

static const struct suite_name suites[] = {
	{ SEAL_AES_128_GCM_SHA256, "aes_128_gcm" },
	{ SEAL_AES_256_GCM_SHA384, "aes_256_gcm" },
	{ SEAL_CHACHA20_POLY1305_SHA256, "chacha20_poly1305" },
};

struct layout {
	char				name[48];
	u16				suite;
	const struct seal_test_cut	*cut;
};

/* Each suite cut in each place */
static struct layout layouts[ARRAY_SIZE(suites) * ARRAY_SIZE(places)];

KUNIT_ARRAY_PARAM_DESC(layouts, layouts, name);

static int make_layouts(struct kunit_suite *suite)
{
	struct layout *l = layouts;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(layouts); i++, l++) {
		const struct suite_name *s = &suites[i / ARRAY_SIZE(places)];
		const struct place *p = &places[i % ARRAY_SIZE(places)];

		snprintf(l->name, sizeof(l->name), "%s: %s", s->name, p->name);
		l->suite = s->id;
		l->cut = &p->cut;
	}
	return 0;
}

/**
 * struct trip - one record of some size, for all ways to hand it over
 * @aead:	cipher
 * @cut:	where lists are cut
 * @len:	bytes of header and inner plaintext
 * @plain:	header and inner plaintext
 * @record:	header, ciphertext and tag, made without any cut
 */
struct trip {
	struct seal_aead		aead;
	const struct seal_test_cut	*cut;
	size_t				len;
	u8				*plain;
	u8				*record;
};

typedef void (*trip_fn)(struct kunit *test, struct trip *t, bool in_place);

static int crypt_trip(struct trip *t, crypt_fn crypt, struct seal_test_list *src,
		      struct seal_test_list *dst, size_t len)
{
	u8 nonce[SEAL_NONCE_SIZE] = { 1 };

	return crypt(&t->aead, src->sg, dst->sg, len - SEAL_HEADER_SIZE, nonce);
}

static void fill_plain(struct trip *t, size_t payload)
{
	size_t i;

	seal_record_write_header(t->plain, payload);
	for (i = SEAL_HEADER_SIZE; i < t->len - 1; i++)
		t->plain[i] = i * 7 + i / 256;
	t->plain[i] = SEAL_TYPE_APPLICATION_DATA;
}

static void begin_trip(struct kunit *test, struct trip *t, size_t payload)
{
	static const struct seal_test_cut whole;
	struct seal_test_list *list;

	t->len = SEAL_HEADER_SIZE + payload + 1;
	t->plain = kunit_kmalloc(test, t->len, GFP_KERNEL);
	t->record = kunit_kmalloc(test, t->len + SEAL_TAG_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, t->plain);
	KUNIT_ASSERT_NOT_NULL(test, t->record);
	fill_plain(t, payload);

	list = seal_test_list_make(test, t->len + SEAL_TAG_SIZE, &whole);
	seal_test_list_write(list, t->plain, t->len);
	KUNIT_ASSERT_EQ(test, 0, crypt_trip(t, seal_aead_seal, list, list, t->len));
	memcpy(t->record, sg_virt(list->sg), list->len);
}

static void seal_trip(struct kunit *test, struct trip *t, bool in_place)
{
	size_t sealed = t->len + SEAL_TAG_SIZE;
	struct seal_test_list *dst = seal_test_list_make(test, sealed, t->cut);
	struct seal_test_list *src = in_place ? dst :
		seal_test_list_make(test, t->len, t->cut);

	seal_test_list_write(dst, t->plain, SEAL_HEADER_SIZE);
	seal_test_list_write(src, t->plain, t->len);
	KUNIT_EXPECT_EQ(test, 0, crypt_trip(t, seal_aead_seal, src, dst, t->len));
	seal_test_list_expect(test, dst, t->record, sealed);
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

	seal_test_list_write(dst, t->plain, SEAL_HEADER_SIZE);
	seal_test_list_write(src, t->record, sealed);
	KUNIT_EXPECT_EQ(test, 0, crypt_trip(t, seal_aead_open, src, dst, sealed));
	seal_test_list_expect(test, dst, t->plain, t->len);
	seal_test_list_expect_gaps(test, dst);
	if (!in_place)
		seal_test_list_expect(test, src, t->record, sealed);
}

static void release_aead(void *aead)
{
	seal_aead_release(aead);
}

static void try_each_payload(struct kunit *test, trip_fn go)
{
	const struct layout *layout = test->param_value;
	const struct seal_suite *suite = seal_suite_find(layout->suite);
	struct trip *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, t);
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
