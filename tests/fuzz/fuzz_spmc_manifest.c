/* SPDX-License-Identifier: BSD-3-Clause */
/* The input is the SPMC manifest: a device tree as bytes, or a good one and what is changed in it.
 */
#include <string.h>

#include "core/manifest.h"
#include "core/memory.h"
#include "fuzz/sound.h"
#include "fuzz/tree.h"
#include "support/manifests.h"
#include "support/port_model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct spmc s;
    static uint64_t tables[TABLE_MAX][512];
    static struct memory shared;
    static uint64_t blob[MANIFEST_BYTES / 8];
    struct script script = {data, size};

    port_model_reset_counters();
    spmc_init(&s, tables, 0x0e180000, &shared);
    tree_read(&script, manifest_of_spmc(), blob);
    if (manifest_read_spmc(&s, blob, sizeof(blob)))
        check_spmc(&s);
    return 0;
}
