/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Device-tree manifests in, struct spmc out. What is wrong in one is told in one
 * line: manifest, node, property, value and what was expected.
 */
#ifndef CORE_MANIFEST_H
#define CORE_MANIFEST_H

#include <libfdt.h>

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
bool manifest_renew(struct spmc *s, struct partition *p);

/* Says why a partition cannot be loaded, or come back; false. */
bool manifest_leave_out(const struct partition *p, const char *reason);

/* Its stage-2 tables, which are empty, as its manifest says. False when the pool of tables is
 * empty. */
bool manifest_map(struct spmc *s, struct partition *p);

/* Whether all pages of its manifest are still its own: it may have donated some. */
bool manifest_is_whole(struct spmc *s, const struct partition *p);

/* ---- Between the files of the manifest room ---- */

/* A device tree that fits in `size` bytes; libfdt reads its structure block in words, so that must
 * be aligned. */
bool manifest_is_sound(const void *blob, size_t size);

/* Where a reader of a manifest is. */
struct place {
    const char *manifest; /* whose it is: "spmc" or the partition's name */
    const void *blob;
    int node;
    bool wrong; /* a line was printed that says why; what is read from now on does not count */
    struct spmc *s;
    struct partition *p;
};

/* Prints that a property is not as expected, and makes the manifest wrong: the first of these
 * counts. */
void complain(struct place *m, const char *name, const char *expected);

/* Prints the same for a property that is there, and no more: nobody shall rely on it. */
void warn(const struct place *m, const char *name, const char *expected);

/* A property of the node and its size in bytes; NULL and 0 when it is missing. */
const fdt32_t *property(const struct place *m, const char *name, int *size);

bool property_exists(const struct place *m, const char *name);

#define MUST_BE_THERE UINT64_MAX

/*
 * An integer of one or two cells in [low, high]. `missing` when there is no such property; if it
 * must be there, or is wrong, that is told, and the value is `low`.
 */
uint64_t number(struct place *m, const char *name, uint64_t low, uint64_t high, uint64_t missing);

/* Any number at all. */
uint64_t any_number(struct place *m, const char *name, uint64_t missing);

/* The next node whose `compatible` has this text, below the root, after m->node (-1 at first): in
 * m->node; false after the last. */
bool next_compatible(struct place *m, const char *text);

/* Whether a property is exactly this text. */
bool property_is(const struct place *m, const char *name, const char *text);

/* The interrupts of a device's node: each becomes its partition's (interrupt_manifest.c). */
void manifest_read_interrupts(struct place *m);

/* Whether [base, base + size) is not empty and lies inside a range, or inside one of a list. */
bool range_holds(const struct range *range, uint64_t base, uint64_t size);
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
