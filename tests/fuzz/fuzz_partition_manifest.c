/* SPDX-License-Identifier: BSD-3-Clause */
/* The input is a partition's manifest: a device tree as bytes, or a good one and what is changed in
 * it. It is loaded as BL2 left it, in a package that is good. */
#include "core/manifest.h"
#include "core/memory.h"
#include "fuzz/sound.h"
#include "fuzz/tree.h"
#include "support/manifests.h"
#include "support/port_model.h"
#include "support/world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct spmc s;

static void load(const void *blob)
{
    static uint64_t tables[TABLE_MAX][512] __attribute__((aligned(4096)));
    static struct memory shared;

    spmc_init(&s, tables, 0x0e180000, &shared);
    s.cpu_count = CPU_MAX;
    s.own = (struct range){0x0e100000, 0x100000};
    s.secure_memory = (struct ranges){1, {{MODEL_SECURE_BASE, MODEL_SECURE_SIZE}}};
    s.normal_memory = (struct ranges){1, {{MODEL_NORMAL_BASE, MODEL_NORMAL_SIZE}}};
    s.secure_devices = (struct ranges){1, {{0x09040000, 0x1000}}};
    s.normal_devices = (struct ranges){1, {{0x09000000, 0x1000}}};
    s.partition_count = 1;
    s.partitions[0].load = WORLD_LOAD(0);
    s.partitions[0].size = WORLD_SIZE;
    package_of(WORLD_LOAD(0), blob);
    manifest_load_partitions(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint64_t blob[MANIFEST_BYTES / 8];
    struct script script = {data, size};

    port_model_reset_written();
    tree_read(&script, manifest_of_partition(), blob);
    load(blob);
    check_partition(&s, &s.partitions[0]);
    return 0;
}
