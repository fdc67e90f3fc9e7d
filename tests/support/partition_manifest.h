/* SPDX-License-Identifier: BSD-3-Clause */
/* A partition's manifest on trial: what the tests share that spoil one in a single place. */
#ifndef TESTS_SUPPORT_PARTITION_MANIFEST_H
#define TESTS_SUPPORT_PARTITION_MANIFEST_H

#include "core/manifest.h"
#include "core/stage2.h"

#include "support/manifests.h"
#include "support/unit.h"

static struct spmc s;
static void *blob; /* a good manifest, until the test changes it */
static struct partition *const p = &s.partitions[0];

#define UART "/device-regions/uart"

static inline int begin(void **state)
{
    static uint64_t tables[TABLE_MAX][512];

    (void)state;
    port_model_reset_counters();
    spmc_init(&s, tables, 0x0e180000);
    s.cpu_count = 4;
    s.own = (struct range){0x0e100000, 0x100000};
    s.secure_memory = (struct ranges){1, {{0x0e000000, 0x01000000}}};
    s.normal_memory = (struct ranges){1, {{0x40000000, 0x00200000}}};
    s.secure_devices = (struct ranges){1, {{0x09040000, 0x1000}}};
    s.normal_devices = (struct ranges){1, {{0x09000000, 0x1000}}};
    s.partition_count = 2;
    for (unsigned i = 0; i < s.partition_count; i++) {
        s.partitions[i].load = WORLD_LOAD(i);
        s.partitions[i].size = WORLD_SIZE;
    }
    strcpy(p->name, "subject");
    blob = manifest_of_partition();
    return 0;
}

static inline void assert_accepted(void)
{
    if (!manifest_read_partition(&s, p, blob))
        fail_msg("rejected: %s", port_model.console);
}

static inline void assert_rejected(const char *complaint)
{
    assert_false(manifest_read_partition(&s, p, blob));
    if (!port_model_printed(complaint))
        fail_msg("the console says: %s", port_model.console);
}

#endif
