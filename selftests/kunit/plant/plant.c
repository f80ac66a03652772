// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The name of a bug enters as a parameter, and the bug is made at once; the report of
 * a detector is what should leave, in the kernel log.
 */
#include <linux/compiler.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/timer.h>
#include <linux/vmalloc.h>

static char *bug = "";
module_param(bug, charp, 0);
MODULE_PARM_DESC(bug, "what to do wrong");

/* Bytes of the objects that are misused */
#define SIZE	64

/* More objects of that size than are in the allocator's stock */
#define STOCK	1024

static DEFINE_MUTEX(first_lock);
static DEFINE_MUTEX(second_lock);
static DEFINE_SPINLOCK(spin);

/* The compiler would see what is wrong, and build something else. */
static size_t hide(size_t value)
{
	OPTIMIZER_HIDE_VAR(value);
	return value;
}

static void heap_overrun(void)
{
	u8 *object = kmalloc(SIZE, GFP_KERNEL);

	if (object)
		WRITE_ONCE(object[hide(SIZE)], 1);
	kfree(object);
}

static void stack_overrun(void)
{
	u8 object[SIZE] = {};

	READ_ONCE(object[hide(SIZE)]);
}

static void page_overrun(void)
{
	u8 *object = vmalloc(SIZE);

	if (object)
		WRITE_ONCE(object[hide(SIZE)], 1);
	vfree(object);
}

static void use_after_free(void)
{
	u8 *object = kmalloc(SIZE, GFP_KERNEL), *freed = object;

	OPTIMIZER_HIDE_VAR(freed);
	kfree(object);
	if (freed)
		WRITE_ONCE(*freed, 1);
}

static void double_free(void)
{
	u8 *object = kmalloc(SIZE, GFP_KERNEL), *freed = object;

	OPTIMIZER_HIDE_VAR(freed);
	kfree(object);
	kfree(freed);
}

/*
 * The allocator's stock of free objects, which kmemleak takes for references, keeps the
 * address of one that it gave away until another one comes back in its place (7.3).
 */
static void turn_stock_over(void)
{
	static u8 *objects[STOCK];
	unsigned int i;

	for (i = 0; i < STOCK; i++)
		objects[i] = kmalloc(SIZE, GFP_KERNEL);
	for (i = 0; i < STOCK; i++)
		kfree(objects[i]);
}

static void leak(void)
{
	u8 *object = kmalloc(SIZE, GFP_KERNEL);

	OPTIMIZER_HIDE_VAR(object);
	turn_stock_over();
}

static void lock_inversion(void)
{
	mutex_lock(&first_lock);
	mutex_lock(&second_lock);
	mutex_unlock(&second_lock);
	mutex_unlock(&first_lock);

	mutex_lock(&second_lock);
	mutex_lock(&first_lock);
	mutex_unlock(&first_lock);
	mutex_unlock(&second_lock);
}

static void sleep_in_atomic(void)
{
	spin_lock(&spin);
	might_sleep();
	spin_unlock(&spin);
}

static void list_corruption(void)
{
	struct list_head head = LIST_HEAD_INIT(head), entry;

	list_add(&entry, &head);
	entry.next = &entry;
	list_del(&entry);
}

static void never(struct timer_list *timer)
{
}

/* A timer that is still running is freed */
static void freed_timer(void)
{
	struct timer_list *timer = kmalloc(sizeof(*timer), GFP_KERNEL);

	if (!timer)
		return;
	timer_setup(timer, never, 0);
	mod_timer(timer, jiffies + 3600 * HZ);
	kfree(timer);
}

static void counter_underflow(void)
{
	refcount_t counter = REFCOUNT_INIT(0);

	refcount_dec(&counter);
}

static void wide_shift(void)
{
	int result = 1 << hide(40);

	OPTIMIZER_HIDE_VAR(result);
}

static void index_out_of_bounds(void)
{
	static volatile u32 table[4];

	/* the address alone, which WRITE_ONCE() takes, would be in bounds */
	table[hide(ARRAY_SIZE(table))] = 1;
}

static const struct {
	const char	*name;
	void		(*make)(void);
} bugs[] = {
	{ "heap_overrun", heap_overrun },
	{ "stack_overrun", stack_overrun },
	{ "page_overrun", page_overrun },
	{ "use_after_free", use_after_free },
	{ "double_free", double_free },
	{ "leak", leak },
	{ "lock_inversion", lock_inversion },
	{ "sleep_in_atomic", sleep_in_atomic },
	{ "list_corruption", list_corruption },
	{ "freed_timer", freed_timer },
	{ "counter_underflow", counter_underflow },
	{ "wide_shift", wide_shift },
	{ "index_out_of_bounds", index_out_of_bounds },
};

static int __init plant_init(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bugs); i++) {
		if (!strcmp(bug, bugs[i].name)) {
			bugs[i].make();
			return 0;
		}
	}
	return -EINVAL;
}

static void __exit plant_exit(void)
{
}

module_init(plant_init);
module_exit(plant_exit);
MODULE_DESCRIPTION("Bugs for the detectors to find");
MODULE_LICENSE("Dual MIT/GPL");
