// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A size enters; memory of the process, or of the kernel, or a file in the page cache
 * leaves.
 *
 * In-tree tls and Sockseal take the pages of a program's memory where they are, and
 * copy out of that of the kernel: so the former is what a program sees.  User mode has
 * no fast way to pin pages: that costs more than on other kernels.
 */
#include <linux/bvec.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/shmem_fs.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "bench.h"

static int get_user_memory(struct bench_memory *memory, size_t size)
{
	unsigned long address;

	address = vm_mmap(NULL, 0, size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, 0);
	if (IS_ERR_VALUE(address))
		return address;
	memory->user = address;
	return clear_user((void __user *)address, size) ? -EFAULT : 0;
}

/* Pages wherever they are, as a program without huge pages has them */
static int get_pages(struct bench_memory *memory, size_t size)
{
	unsigned int pages = DIV_ROUND_UP(size, PAGE_SIZE);
	struct page *page;

	memory->vec = kvcalloc(pages, sizeof(*memory->vec), GFP_KERNEL);
	if (!memory->vec)
		return -ENOMEM;
	while (memory->pages < pages) {
		page = alloc_page(GFP_KERNEL | __GFP_ZERO);
		if (!page)
			return -ENOMEM;
		bvec_set_page(&memory->vec[memory->pages++], page, PAGE_SIZE, 0);
	}
	return 0;
}

static int get_kernel_memory(struct bench_memory *memory, size_t size)
{
	memory->kvec.iov_base = kvzalloc(size, GFP_KERNEL);
	memory->kvec.iov_len = size;
	return memory->kvec.iov_base ? 0 : -ENOMEM;
}

/**
 * bench_memory_get() - get memory, present and zero
 * @memory:	all zero; to be put whatever is returned
 * @kind:	"user", "bvec" or "kvec"
 * @size:	bytes
 *
 * Context: process, with memory of its own.
 * Return: 0, -EINVAL for a kind that there is not, -ENOMEM, -EFAULT.
 */
int bench_memory_get(struct bench_memory *memory, const char *kind, size_t size)
{
	memory->size = size;
	if (!strcmp(kind, "user"))
		return get_user_memory(memory, size);
	if (!strcmp(kind, "bvec"))
		return get_pages(memory, size);
	if (!strcmp(kind, "kvec"))
		return get_kernel_memory(memory, size);
	return -EINVAL;
}

/**
 * bench_memory_iter() - for one call
 * @memory:	what bench_memory_get() got
 * @iter:	to be initialised
 * @direction:	ITER_SOURCE or ITER_DEST
 * @size:	bytes of it, from the beginning
 */
void bench_memory_iter(const struct bench_memory *memory, struct iov_iter *iter,
		       unsigned int direction, size_t size)
{
	if (memory->user)
		iov_iter_ubuf(iter, direction, (void __user *)memory->user, size);
	else if (memory->vec)
		iov_iter_bvec(iter, direction, memory->vec, memory->pages, size);
	else
		iov_iter_kvec(iter, direction, &memory->kvec, 1, size);
}

/**
 * bench_memory_put() - let go of memory
 * @memory: may be all zero
 */
void bench_memory_put(struct bench_memory *memory)
{
	if (memory->user)
		vm_munmap(memory->user, memory->size);
	while (memory->pages)
		__free_page(memory->vec[--memory->pages].bv_page);
	kvfree(memory->vec);
	kvfree(memory->kvec.iov_base);
}

/**
 * bench_file_make() - a file that is all in the page cache
 * @size: bytes
 *
 * Return: the file, to be put by fput(), or an ERR_PTR.
 */
struct file *bench_file_make(size_t size)
{
	struct file *file = shmem_file_setup("sockseal-bench", size, EMPTY_VMA_FLAGS);
	void *page = (void *)get_zeroed_page(GFP_KERNEL);
	ssize_t n = page ? 0 : -ENOMEM;
	loff_t at = 0;

	while (!IS_ERR(file) && n >= 0 && at < size)
		n = kernel_write(file, page, min_t(size_t, PAGE_SIZE, size - at),
				 &at);
	free_page((unsigned long)page);
	if (IS_ERR(file) || n >= 0)
		return file;
	fput(file);
	return ERR_PTR(n);
}
