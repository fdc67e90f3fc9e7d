/* SPDX-License-Identifier: BSD-3-Clause */
/* Two packages in memory, as BL2 leaves them: what the tests of core/load.c share. */
#ifndef TESTS_SUPPORT_PACKAGES_H
#define TESTS_SUPPORT_PACKAGES_H

#include "core/manifest.h"
#include "core/memory.h"
#include "core/stage2.h"

#include "support/access.h"
#include "support/manifests.h"
#include "support/unit.h"

static struct spmc s;
static uint64_t tables[TABLE_MAX][512];
static struct memory shared;

static inline struct sp_package_header *header(unsigned i)
{
    return port_model_memory(WORLD_LOAD(i), sizeof(struct sp_package_header));
}

/* The second is without regions, as memory can be had once. */
static inline int begin(void **state)
{
    void *blob = manifest_of_partition();

    (void)state;
    port_model_reset_counters();
    spmc_init(&s, tables, 0x0e180000, &shared);
    assert_true(manifest_read_spmc(&s, manifest_of_spmc(), DTB_BYTES));
    package_install(WORLD_LOAD(0), blob);
    manifest_rename(blob, "/device-regions", "none");
    manifest_remove(blob, "/none", "compatible");
    manifest_remove(blob, "/memory-regions", "compatible");
    SET(blob, "/", "boot-order", 3);
    package_install(WORLD_LOAD(1), blob);
    return 0;
}

/* Loads both: the first is left out, for this reason. */
static inline void assert_left_out(const char *complaint)
{
    manifest_load_partitions(&s);
    assert_int_equal(s.partitions[0].state, PARTITION_ABSENT);
    assert_int_equal(s.partitions[1].state, PARTITION_LOADED); /* the rest go on */
    assert_true(port_model_printed("bulkhead: partition first is left out\n"));
    if (!port_model_printed(complaint))
        fail_msg("the console says: %s", port_model.console);
}

#endif
