/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Device-tree manifests made at test time: a good one of each kind, which a test then
 * spoils in one place, and packages as BL2 leaves them in memory.
 */
#ifndef TESTS_SUPPORT_MANIFESTS_H
#define TESTS_SUPPORT_MANIFESTS_H

#include <stdint.h>

#define DTB_BYTES 4096
#define PACKAGE_MANIFEST 0x1000 /* offsets in a package, as the packing tool has them */
#define PACKAGE_IMAGE 0x4000

/* The SPMC manifest of two CPUs and two packages, at WORLD_LOAD(0) and (1), WORLD_SIZE each. */
void *manifest_of_spmc(void);

/* A manifest with everything that a partition may say: MP, boot information, four regions. */
void *manifest_of_partition(void);

/* Sets a property to cells or a string, removes it; adds an empty node, renames one. */
#define SET(blob, path, name, ...)                                        \
    manifest_set((blob), (path), (name), (const uint32_t[]){__VA_ARGS__}, \
                 sizeof((const uint32_t[]){__VA_ARGS__}) / 4)
void manifest_set(void *blob, const char *path, const char *name, const uint32_t *cells,
                  unsigned count);
void manifest_set_text(void *blob, const char *path, const char *name, const char *text);
void manifest_remove(void *blob, const char *path, const char *name);
void manifest_add_node(void *blob, const char *path, const char *name);
void manifest_rename(void *blob, const char *path, const char *name);

/* Writes a package with this manifest to memory at `load`. */
void package_install(uint64_t load, const void *blob);

#endif
