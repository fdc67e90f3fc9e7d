/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A partition's stage-2 tables, as data: 4 KiB granule, 36-bit addresses, walks begin at level 1.
 * IPA = PA. Secure and Non-secure memory have a table each, as stage 2 has no NS bit per page.
 */
#ifndef CORE_STAGE2_H
#define CORE_STAGE2_H

#include "core/spmc.h"

#define STAGE2_ADDRESS_BITS 36

#define MAP_READ 0x1
#define MAP_WRITE 0x2
#define MAP_EXECUTE 0x4
#define MAP_NON_SECURE 0x8 /* the same bits as a manifest's attributes */
#define MAP_DEVICE 0x10

enum { SPACE_SECURE, SPACE_NON_SECURE };

/* Two empty tables. False when the pool has no page left. */
bool stage2_create(struct spmc *s, struct partition *p);

/*
 * Maps [base, base + size) with MAP_* attributes, in 2 MiB blocks where alignment allows.
 * Page aligned, below 2^36. False when the pool has no page left: part may be mapped then.
 */
bool stage2_map(struct spmc *s, const struct partition *p, uint64_t base, uint64_t size,
                unsigned attributes);

/* Whether every page of a range is mapped as memory, in one space, with at least this access. */
bool stage2_allows(const struct spmc *s, const struct partition *p, uint64_t base, uint64_t size,
                   unsigned access);

#endif
