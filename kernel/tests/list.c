// SPDX-License-Identifier: GPL-2.0
/*
 * Bytes and a way to cut them enter, a scatterlist leaves whose pieces are apart
 * in memory, so that a cipher that runs over the end of a piece is seen.
 */
#include <linux/scatterlist.h>

#include "tests.h"

/* Odd, so that the pieces begin at odd addresses too */
#define GAP		7
#define GAP_BYTE	0xa5

/* Length of the piece that begins at @off */
static size_t piece_len(size_t len, size_t off, const struct seal_test_cut *cut)
{
	size_t tail_at = len - min_t(size_t, cut->tail, len);
	size_t end = off < tail_at ? tail_at : len;

	if (!off && cut->head)
		return min_t(size_t, cut->head, end);
	return cut->body ? min_t(size_t, cut->body, end - off) : end - off;
}

static unsigned int count_pieces(size_t len, const struct seal_test_cut *cut)
{
	unsigned int n = 0;
	size_t off;

	for (off = 0; off < len; off += piece_len(len, off, cut))
		n++;
	return n;
}

static void place_pieces(struct seal_test_list *list,
			 const struct seal_test_cut *cut)
{
	u8 *p = list->memory + GAP;
	size_t off = 0, n;
	unsigned int i;

	sg_init_table(list->sg, list->nents);
	for (i = 0; i < list->nents; i++) {
		n = piece_len(list->len, off, cut);
		sg_set_buf(&list->sg[i], p, n);
		p += n + GAP;
		off += n;
	}
}

/**
 * seal_test_list_make() - a scatterlist of @len bytes, freed with the test
 * @test:	the test
 * @len:	bytes, at least 1
 * @cut:	where it is cut
 */
struct seal_test_list *seal_test_list_make(struct kunit *test, size_t len,
					   const struct seal_test_cut *cut)
{
	struct seal_test_list *list = kunit_kzalloc(test, sizeof(*list), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, list);
	list->len = len;
	list->nents = count_pieces(len, cut);
	list->size = len + (list->nents + 1) * GAP;
	list->sg = kunit_kcalloc(test, list->nents, sizeof(*list->sg), GFP_KERNEL);
	list->memory = kunit_kmalloc(test, list->size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, list->sg);
	KUNIT_ASSERT_NOT_NULL(test, list->memory);

	memset(list->memory, GAP_BYTE, list->size);
	place_pieces(list, cut);
	return list;
}

/* Copies @data to the beginning of @list */
void seal_test_list_write(struct seal_test_list *list, const u8 *data, size_t len)
{
	sg_copy_from_buffer(list->sg, list->nents, data, len);
}

/* Expects @data at the beginning of @list */
void seal_test_list_expect(struct kunit *test, struct seal_test_list *list,
			   const u8 *data, size_t len)
{
	u8 *copy = kunit_kmalloc(test, len, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, copy);
	KUNIT_ASSERT_EQ(test, len, sg_copy_to_buffer(list->sg, list->nents, copy, len));
	if (len <= sizeof_field(struct seal_test_record, record))
		KUNIT_EXPECT_MEMEQ(test, copy, data, len);
	else	/* too long to be printed */
		KUNIT_EXPECT_EQ_MSG(test, 0, memcmp(copy, data, len), "%zu bytes", len);
	kunit_kfree(test, copy);
}

/* Expects that nothing was written beside the pieces */
void seal_test_list_expect_gaps(struct kunit *test,
				const struct seal_test_list *list)
{
	const u8 *gap = list->memory;
	unsigned int i;

	for (i = 0; i <= list->nents; i++) {
		KUNIT_EXPECT_NULL_MSG(test, memchr_inv(gap, GAP_BYTE, GAP),
				      "gap before piece %u", i);
		if (i < list->nents)
			gap += GAP + list->sg[i].length;
	}
}
