/* SPDX-License-Identifier: BSD-3-Clause */
/* A partition at S-EL0 in the small world, UP: its start, its permissions, and its stage 1 as the
 * architecture reads it. */
#ifndef TESTS_SUPPORT_S_EL0_H
#define TESTS_SUPPORT_S_EL0_H

#include "support/sharing.h"

#define UP_PARTITION (&s.partitions[WORLD_UP])
#define RW 5 /* permissions as the call has them */
#define RO 7
#define RX 3

/* Fields of a stage-1 entry of the EL2&0 regime (Arm ARM, D8.3). */
#define S1_NS (1ULL << 5)
#define S1_EL0 (1ULL << 6)
#define S1_READ_ONLY (1ULL << 7)
#define S1_NOT_GLOBAL (1ULL << 11)
#define S1_PXN (1ULL << 53)
#define S1_UXN (1ULL << 54)
#define S1_INDEX(entry) ((entry) >> 2 & 7)
#define S1_NORMAL 7 /* attribute of MAIR_EL2: write-back; 0 is a device */

static inline int begin_lower(void **state)
{
    (void)state;
    port_model_reset();
    world_load(&s);
    world_lower(&s, WORLD_UP);
    for (unsigned i = 0; i < WORLD_PARTITIONS; i++)
        s.partitions[i].endpoint.version = FFA_VERSION_1_2;
    return 0;
}

/* The first context of UP, which is the first of all, runs its start. */
static inline void begin_start(void)
{
    const struct event boot = {.kind = EVENT_COLD_BOOT};

    assert_int_equal(world_step(&s, 0, &boot).kind, NEXT_RUN);
}

static inline uint64_t raw(uint64_t address)
{
    const uint64_t *table = s.tables[UP_PARTITION->tables[0]];

    for (unsigned level = 1;; level++) {
        uint64_t e = table[address >> (39 - 9 * level) & 511];
        if (level == 3 || (e & 3) != 3)
            return e;
        table = s.tables[((e & 0xfffffffff000) - s.tables_pa) / PAGE_BYTES];
    }
}

static inline void expect_raw(uint64_t address, bool non_secure, bool writable, bool executable)
{
    uint64_t e = raw(address);

    assert_int_equal(e & 3, 3);
    assert_int_equal(e & 0xfffffffff000, address);
    assert_int_equal(S1_INDEX(e), S1_NORMAL);
    assert_int_equal(e & S1_NS, non_secure ? S1_NS : 0);
    assert_int_equal(e & (S1_EL0 | S1_NOT_GLOBAL | S1_PXN), S1_EL0 | S1_NOT_GLOBAL | S1_PXN);
    assert_int_equal(e & S1_READ_ONLY, writable ? 0 : S1_READ_ONLY);
    assert_int_equal(e & S1_UXN, executable ? 0 : S1_UXN);
    assert_int_equal(e >> 8 & 7, 7); /* inner shareable, accessed */
}

static inline void set(uint64_t address, uint64_t pages, uint64_t permissions)
{
    world_call(&s, 0, FFA_MEM_PERM_SET_64, address, pages, permissions);
}

static inline void get(uint64_t address)
{
    world_call(&s, 0, FFA_MEM_PERM_GET_64, address);
}

static inline struct regs *up(void)
{
    return REGS_OF(WORLD_UP);
}

#endif
