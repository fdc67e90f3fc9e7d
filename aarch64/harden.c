/* SPDX-License-Identifier: BSD-3-Clause */
/* Numbers that nobody can guess, and what happens when an attack, or a fault of ours, is found. */
#include "aarch64/harden.h"

#include "aarch64/machine.h"
#include "core/console.h"

#define RNDR S3_3_C2_C4_0
#define ID_AA64ISAR2_EL1 S3_0_C0_C6_2
#define ISAR0_RNDR_SHIFT 60
#define ISAR1_PAUTH 0xff0
#define ISAR2_PAUTH 0xf000
#define RNDR_TRIES 100
#define MIX_1 0xbf58476d1ce4e5b9ULL
#define MIX_2 0x94d049bb133111ebULL

/* False when the CPU has none at hand. */
static bool random_of_cpu(uint64_t *value)
{
    bool good;

    __asm__ volatile("mrs %0, S3_3_C2_C4_0\n cset %w1, ne" : "=r"(*value), "=r"(good) : : "cc");
    return good;
}

/* Without RNDR it is the time that EL3 and the boot took, to a tick of the counter, mixed. */
uint64_t harden_random(void)
{
    static uint64_t pool;
    uint64_t value = 0;
    bool has_rndr = read_register(id_aa64isar0_el1) >> ISAR0_RNDR_SHIFT != 0;

    for (unsigned i = 0; has_rndr && i < RNDR_TRIES && !random_of_cpu(&value); i++)
        ;
    value ^= read_register(cntpct_el0) + __atomic_load_n(&pool, __ATOMIC_RELAXED);
    value = (value ^ value >> 30) * MIX_1;
    value = (value ^ value >> 27) * MIX_2;
    value ^= value >> 31;
    __atomic_store_n(&pool, value * MIX_1, __ATOMIC_RELAXED);
    return value;
}

bool harden_can_sign(void)
{
    return (read_register(id_aa64isar1_el1) & ISAR1_PAUTH) ||
           (read_register(ID_AA64ISAR2_EL1) & ISAR2_PAUTH);
}

#ifdef HARDEN_CANARY
__attribute__((section(".sealed"))) uintptr_t __stack_chk_guard; /* NOLINT */

_Noreturn void __stack_chk_fail(void); /* NOLINT: the compiler's name */

__attribute__((used)) _Noreturn void __stack_chk_fail(void) /* NOLINT */
{
    print("\nbulkhead: a stack frame was overwritten, found before %lx\n",
          (uint64_t)__builtin_return_address(0));
    stop(cpu_number(), "its stack cannot be trusted");
}
#endif
