/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The few things that C cannot say: who runs this, what time it is, and a lock;
 * and the four functions of a C library that compilers take for granted.
 */
#include "partitions/sdk/private.h"
#include "partitions/sdk/sdk.h"

unsigned int sdk_context(void)
{
    uint64_t mpidr;

    if (sdk_s_el0)
        return 0;
    __asm__ volatile("mrs %0, mpidr_el1" : "=r"(mpidr));
    return mpidr & 0xffffff;
}

unsigned int sdk_contexts(void)
{
    return (unsigned int)(sdk_stacks_end - sdk_stacks);
}

void sdk_interrupts_on(void)
{
    if (!sdk_s_el0)
        __asm__ volatile("msr daifclr, #3" ::: "memory");
}

void sdk_interrupts_off(void)
{
    if (!sdk_s_el0)
        __asm__ volatile("msr daifset, #3" ::: "memory");
}

/* The barrier keeps the counter from being read earlier than the program says. */
uint64_t sdk_ticks(void)
{
    uint64_t ticks;

    __asm__ volatile("isb\n\tmrs %0, cntpct_el0" : "=r"(ticks)::"memory");
    return ticks;
}

uint64_t sdk_frequency(void)
{
    uint64_t frequency;

    __asm__ volatile("mrs %0, cntfrq_el0" : "=r"(frequency));
    return frequency;
}

/* Load-acquire and store-release: what the lock protects stays between them. */
void sdk_lock(struct sdk_lock *lock)
{
    uint32_t busy;

    __asm__ volatile("b 2f\n"
                     "1: yield\n"
                     "2: ldaxr %w0, [%1]\n\t"
                     "cbnz %w0, 1b\n\t"
                     "stxr %w0, %w2, [%1]\n\t"
                     "cbnz %w0, 2b"
                     : "=&r"(busy)
                     : "r"(&lock->taken), "r"(1)
                     : "memory");
}

void sdk_unlock(struct sdk_lock *lock)
{
    __asm__ volatile("stlr wzr, [%0]" ::"r"(&lock->taken) : "memory");
}

/* Hides a loop from the compiler, which would make it a call of the very function it is in. */
#define OPAQUE() __asm__ volatile("" ::: "memory")

typedef uint64_t __attribute__((may_alias)) word;

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    return memmove(to, from, size);
}

void *memmove(void *to, const void *from, size_t size)
{
    uint8_t *d = to;
    const uint8_t *s = from;
    bool downwards = d > s; /* the target may begin inside the source: copy its end first */

    for (size_t i = 0; i < size; i++) {
        size_t at = downwards ? size - 1 - i : i;

        d[at] = s[at];
        OPAQUE();
    }
    return to;
}

void *memset(void *to, int value, size_t size)
{
    const uint64_t pattern = (uint8_t)value * 0x0101010101010101ULL;
    uint8_t *d = to;

    if ((uintptr_t)d % sizeof(word) == 0) {
        for (; size >= sizeof(word); size -= sizeof(word), d += sizeof(word)) {
            *(word *)d = pattern;
            OPAQUE();
        }
    }
    for (; size != 0; size--) {
        *d++ = (uint8_t)value;
        OPAQUE();
    }
    return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
    const uint8_t *x = a, *y = b;

    for (size_t i = 0; i < size; i++)
        if (x[i] != y[i])
            return x[i] - y[i];
    return 0;
}
