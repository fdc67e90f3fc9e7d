/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Device-tree manifests in, struct spmc out. What is wrong in one is told in one
 * line: manifest, node, property, value and what was expected.
 */
#ifndef CORE_MANIFEST_H
#define CORE_MANIFEST_H

#include "core/spmc.h"

/*
 * Reads the SPMC manifest: memory, CPUs, the ids and where each package lies. `size` is the room
 * that holds the blob. False when it is wrong, after a line that says why.
 */
bool manifest_read_spmc(struct spmc *s, const void *blob, size_t size);

/*
 * Takes in the packages that the SPMC manifest named: partition manifest, stage-2 tables, boot
 * information. One that is wrong is left out (PARTITION_ABSENT) after a line that says why.
 */
void manifest_load_partitions(struct spmc *s);

/* What loading left in a partition's memory and struct, after its memory is as it was: boot
 * information, and a mailbox of the manifest. False after an external abort. */
bool manifest_renew(struct partition *p);

/* ---- Between the files of the manifest room ---- */

/* A device tree that fits in `size` bytes; libfdt reads its structure block in words, so that must
 * be aligned. */
bool manifest_is_sound(const void *blob, size_t size);

/* A property of a node, with what is needed to complain about it. */
struct property {
    const char *manifest; /* whose: "spmc" or the partition's name */
    const void *blob;
    int node;
    const char *name;
};

/* Prints the one line. Returns false, for `return complain(...)`. */
bool complain(const struct property *p, const char *expected);

bool property_exists(const struct property *p);

/* An integer of one or two cells. False, with a line, when it is missing or has another size. */
bool property_number(const struct property *p, uint64_t *value);

/* The same, but a missing property leaves `value` at its default. */
bool property_optional(const struct property *p, uint64_t *value);

/* One integer in [low, high]; a missing property leaves `value` at its default. */
bool property_bounded(const struct property *p, uint64_t low, uint64_t high, uint64_t *value,
                      const char *expected);

/* The node of a partition's manifest that a check is about. */
struct place {
    struct spmc *s;
    struct partition *p;
    const void *blob;
    int node;
};

static inline struct property at(const struct place *m, const char *name)
{
    return (struct property){m->p->name, m->blob, m->node, name};
}

/* The interrupts of a device's node: each becomes its partition's (interrupt_manifest.c). */
bool manifest_read_interrupts(const struct place *m);

/* Whether [base, base + size) is not empty and lies inside one range of the list. */
bool ranges_hold(const struct ranges *ranges, uint64_t base, uint64_t size);

/* Whether two ranges share a byte. */
bool ranges_overlap(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size);

/* The lowest address of what overlaps [base, base + size): Bulkhead, packages, regions. UINT64_MAX
 * for nothing. */
uint64_t manifest_overlap(const struct spmc *s, uint64_t base, uint64_t size);

/* Cuts a name to NAME_MAX_BYTES, its final zero included. */
void copy_name(char *name, const char *from, int size);

/* Reads a partition's manifest into `p`, whose load address and size are known. */
bool manifest_read_partition(struct spmc *s, struct partition *p, const void *blob);

#endif
