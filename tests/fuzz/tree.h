/* SPDX-License-Identifier: BSD-3-Clause */
/* Device trees by a script. */
#ifndef TESTS_FUZZ_TREE_H
#define TESTS_FUZZ_TREE_H

#include "fuzz/script.h"

/*
 * A manifest of MANIFEST_BYTES in `to`: the script itself, if it begins as a device tree does;
 * else `good` (of DTB_BYTES), after changes: properties that manifests have, or hide in no other
 * way, get values that are good, on the edge or beyond; nodes come and go; at last some bytes.
 */
void tree_read(struct script *script, void *good, void *to);

/* A package around it, that is good. */
void package_of(uint64_t load, const void *blob);

#endif
