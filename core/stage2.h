/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A partition's stage-2 tables, as data: 4 KiB granule, 36-bit addresses, walks begin at level 1.
 * IPA = PA. Secure and Non-secure memory have a table each, as stage 2 has no NS bit per page. What
 * a partition may do with a page as its owner or borrower stands in bits that the MMU ignores.
 *
 * A partition at S-EL0 has one table of stage 1 instead. All but stage2.c sees its entries as if
 * they were those of stage 2.
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
#define MAP_BORROWED 0x20 /* not its own; in 2 MiB blocks where alignment allows */
#define MAP_DONATED 0x40  /* its own when all of a donation has come */

enum { SPACE_SECURE, SPACE_NON_SECURE };

#define ENTRY_VALID 0x1ULL
#define ENTRY_TABLE_OR_PAGE 0x2ULL
#define ENTRY_MEMORY (0xfULL << 2) /* write-back, in and out; zero for a device */
#define ENTRY_READ (1ULL << 6)
#define ENTRY_WRITE (1ULL << 7)
#define ENTRY_ACCESSED (1ULL << 10) /* of all pages that are there, lent ones too */
#define ENTRY_ADDRESS 0x0000fffffffff000ULL
#define ENTRY_NO_EXECUTE (2ULL << 53)
/* The use of a page. None of these: it is the partition's own, and its alone. */
#define ENTRY_SHARED (1ULL << 55)                   /* its own, and of borrowers too */
#define ENTRY_LENT (1ULL << 56)                     /* its own, but not to touch: not valid */
#define ENTRY_BORROWED (1ULL << 57)                 /* somebody else's */
#define ENTRY_MAILBOX (1ULL << 58)                  /* its own, and the SPMC's buffer */
#define ENTRY_DONATED (ENTRY_BORROWED | ENTRY_LENT) /* to be its own, but not yet */
#define ENTRY_USE (ENTRY_SHARED | ENTRY_LENT | ENTRY_BORROWED | ENTRY_MAILBOX)
#define ENTRY_KIND \
    (ENTRY_VALID | ENTRY_MEMORY | ENTRY_READ | ENTRY_WRITE | ENTRY_NO_EXECUTE | ENTRY_USE)

/* What becomes of entries: those of which `mask` has `want`; `keep` of each stays, `set` comes in.
 * Where nothing is wanted, what is missing is made. */
struct change {
    uint64_t mask;
    uint64_t want;
    uint64_t keep;
    uint64_t set;
};

/* Two empty tables, or one. False when the pool has no page left. */
bool stage2_create(struct spmc *s, struct partition *p);

/* Empties both again; their pages go back to the pool. */
void stage2_clear(struct spmc *s, struct partition *p);

/*
 * Maps pages from `base` on with MAP_* attributes, where nothing is yet. Page aligned, below 2^36.
 * How many were mapped: fewer when the pool has no page left, or something is there.
 */
uint64_t stage2_map(struct spmc *s, const struct partition *p, uint64_t base, uint64_t pages,
                    unsigned attributes);

/*
 * Changes the entries of pages that are mapped, or lent. How many: fewer when one is not as wanted.
 * Who takes rights away must call port_stage2_changed after it.
 */
uint64_t stage2_change(struct spmc *s, const struct partition *p, unsigned space, uint64_t base,
                       uint64_t pages, const struct change *change);

/* That which maps pages with MAP_* attributes, where nothing is yet. */
struct change stage2_leaf(unsigned attributes);

/* The space of memory with MAP_* attributes. */
unsigned stage2_space(unsigned attributes);

/* The space that a page is in; the Non-secure one if it is in none. */
unsigned stage2_space_with(const struct spmc *s, const struct partition *p, uint64_t address);

/* The entry of a page, 0 for none. */
uint64_t stage2_entry(const struct spmc *s, const struct partition *p, unsigned space,
                      uint64_t address);

#endif
