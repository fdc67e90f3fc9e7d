/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz/tree.h"

#include <libfdt.h>
#include <string.h>

#include "abi/ffa.h"
#include "core/manifest.h"
#include "support/manifests.h"
#include "support/port_model.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const properties[] = {
    "compatible",
    "reg",
    "#address-cells",
    "#size-cells",
    "device_type",
    "spmc_id",
    "load_address",
    "mem_size",
    "debug_name",
    "bulkhead,logical-partition",
    "smc_whitelist",
    "smc_whitelist_permissive",
    "uuid",
    "id",
    "ffa-version",
    "messaging-method",
    "notification-support",
    "vm-availability-messages",
    "execution-ctx-count",
    "exception-level",
    "execution-state",
    "xlat-granule",
    "entrypoint-offset",
    "boot-order",
    "gp-register-num",
    "ffa_manifest",
    "managed-exit",
    "managed-exit-virq",
    "ns-interrupts-action",
    "other-s-interrupts-action",
    "bulkhead,budget-ms",
    "bulkhead,restart",
    "power-management-messages",
    "base-address",
    "load-address-relative-offset",
    "attributes",
    "pages-count",
    "stream-ids",
    "stream-endpoint-ids",
    "phandle",
    "rx-buffer",
    "tx-buffer",
    "interrupts",
    "interrupts-target",
};

static const char *const texts[] = {
    "arm,ffa-core-manifest-1.0",
    "arm,ffa-manifest-1.0",
    "arm,ffa-manifest-1.1",
    "arm,ffa-manifest-boot-info",
    "arm,ffa-manifest-memory-regions",
    "arm,ffa-manifest-device-regions",
    "arm,ffa-manifest-rx_tx-buffer",
    "memory",
    "ns-memory",
    "device-memory",
    "ns-device-memory",
    "cpu",
    "at-once",
    "on-next-call",
    "never",
    "a name that is longer than names are",
    "",
};

static const char *const nodes[] = {"vm1", "vm2",       "vm3",  "cpus",   "hypervisor", "attribute",
                                    "r1",  "boot-info", "r@42", "memory", "b"};

static const uint32_t cells[] = {
    0,          1,          2,          3,          4,          5,          7,          8,
    9,          11,         15,         16,         63,         64,         0x40,       0x100,
    0x200,      0x1000,     0x4000,     0x5000,     0xfff,      0x10000,    0x10001,    0x10002,
    0x8000,     0x8001,     0xffff,     0x0e000000, 0x0e100000, 0x0e200000, 0x0e205000, 0x0e300000,
    0x0ee00000, 0x01000000, 0x40000000, 0x40010000, 0x09000000, 0x09040000, 0x00200000, 40,
    22,         0x500,      0xfffff000, 0xffffffff, 0x7fffffff, 0x80000000, 60000,      60001,
};

static int some_node(struct script *script, const void *blob)
{
    int node = 0, last = 0;

    for (uint8_t n = next_byte(script) % 32; n > 0 && node >= 0; n--) {
        last = node;
        node = fdt_next_node(blob, node, NULL);
    }
    return node >= 0 ? node : last;
}

static void set_cells(struct script *script, void *blob, int node, const char *name)
{
    fdt32_t value[32];
    uint8_t shape = next_byte(script);
    unsigned count = shape < 0xf0 ? shape % 5U : shape % 33U;

    for (unsigned i = 0; i < count; i++) {
        uint8_t choice = next_byte(script);
        value[i] = cpu_to_fdt32(choice < 0xf8 ? cells[choice % COUNT(cells)]
                                              : (uint32_t)next_number(script));
    }
    fdt_setprop(blob, node, name, value, (int)(4 * count) - (shape == 0xef && count > 0 ? 1 : 0));
}

/* What does not fit, or is there already, is left out. */
static void change(struct script *script, void *blob)
{
    int node = some_node(script, blob);
    uint8_t what = next_byte(script);
    const char *name = properties[next_byte(script) % COUNT(properties)];
    const char *text;

    switch (what % 8) {
    case 0:
        fdt_delprop(blob, node, name);
        break;
    case 1:
        text = texts[next_byte(script) % COUNT(texts)];
        fdt_setprop(blob, node, name, text, (int)strlen(text) + 1);
        break;
    case 2:
        fdt_add_subnode(blob, node, nodes[next_byte(script) % COUNT(nodes)]);
        break;
    case 3:
        if (node > 0 && what & 8)
            fdt_del_node(blob, node);
        else
            fdt_set_name(blob, node, nodes[next_byte(script) % COUNT(nodes)]);
        break;
    default:
        set_cells(script, blob, node, name);
        break;
    }
}

void tree_read(struct script *script, void *good, void *to)
{
    uint8_t first = next_byte(script);
    uint8_t *bytes = to;

    memset(to, 0, MANIFEST_BYTES);
    if (first == FDT_MAGIC >> 24) {
        bytes[0] = first;
        for (unsigned i = 1; i < MANIFEST_BYTES && script->size > 0; i++)
            bytes[i] = next_byte(script);
        return;
    }
    for (unsigned n = first % 64; n > 0; n--)
        change(script, good);
    fdt_pack(good);
    memcpy(to, good, fdt_totalsize(good) < MANIFEST_BYTES ? fdt_totalsize(good) : MANIFEST_BYTES);
    for (unsigned n = first / 64; n > 0; n--) {
        unsigned at = next_byte(script) << 8 | next_byte(script);
        bytes[at % MANIFEST_BYTES] ^= next_byte(script);
    }
}

void package_of(uint64_t load, const void *blob)
{
    const struct sp_package_header header = {SP_PACKAGE_MAGIC, 1,      PACKAGE_MANIFEST,
                                             MANIFEST_BYTES,   0x4000, 0x1000};

    memcpy(port_model_memory(load, sizeof(header)), &header, sizeof(header));
    memcpy(port_model_memory(load + PACKAGE_MANIFEST, MANIFEST_BYTES), blob, MANIFEST_BYTES);
}
