/* SPDX-License-Identifier: BSD-3-Clause */
/* Manifests by libfdt's writing functions, which the core itself never uses. */
#include "support/manifests.h"

#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/ffa.h"
#include "support/port_model.h"
#include "support/world.h"

static void need(int result, const char *what)
{
    if (result >= 0)
        return;
    fprintf(stderr, "a test's own manifest: %s: libfdt error %d\n", what, result);
    abort();
}

static int node_at(const void *blob, const char *path)
{
    int node = fdt_path_offset(blob, path);

    need(node, path);
    return node;
}

void manifest_set(void *blob, const char *path, const char *name, const uint32_t *cells,
                  unsigned count)
{
    fdt32_t value[32];

    for (unsigned i = 0; i < count; i++)
        value[i] = cpu_to_fdt32(cells[i]);
    need(fdt_setprop(blob, node_at(blob, path), name, value, (int)(4 * count)), name);
}

void manifest_set_text(void *blob, const char *path, const char *name, const char *text)
{
    need(fdt_setprop(blob, node_at(blob, path), name, text, (int)strlen(text) + 1), name);
}

void manifest_remove(void *blob, const char *path, const char *name)
{
    need(fdt_delprop(blob, node_at(blob, path), name), name);
}

void manifest_add_node(void *blob, const char *path, const char *name)
{
    need(fdt_add_subnode(blob, node_at(blob, path), name), name);
}

void manifest_rename(void *blob, const char *path, const char *name)
{
    need(fdt_set_name(blob, node_at(blob, path), name), name);
}

static void *empty(uint64_t *blob)
{
    need(fdt_create_empty_tree(blob, DTB_BYTES), "an empty tree");
    return blob;
}

static void add_memory(void *blob, const char *name, const char *type, uint32_t base, uint32_t size)
{
    char path[32] = "/";

    manifest_add_node(blob, "/", name);
    strncat(path, name, sizeof(path) - 2);
    manifest_set_text(blob, path, "device_type", type);
    SET(blob, path, "reg", 0, base, 0, size);
}

static void add_vm(void *blob, const char *name, unsigned number)
{
    char path[32] = "/hypervisor/";

    manifest_add_node(blob, "/hypervisor", name);
    strncat(path, name, sizeof(path) - 13);
    SET(blob, path, "load_address", (uint32_t)WORLD_LOAD(number));
    SET(blob, path, "mem_size", (uint32_t)WORLD_SIZE);
}

void *manifest_of_spmc(void)
{
    static uint64_t memory[DTB_BYTES / 8];
    void *blob = empty(memory);

    manifest_set_text(blob, "/", "compatible", "arm,ffa-core-manifest-1.0");
    SET(blob, "/", "#address-cells", 2);
    SET(blob, "/", "#size-cells", 2);
    manifest_add_node(blob, "/", "attribute");
    SET(blob, "/attribute", "spmc_id", FFA_ID_SPMC);
    manifest_add_node(blob, "/", "hypervisor");
    add_vm(blob, "vm1", 0);
    add_vm(blob, "vm2", 1);
    manifest_set_text(blob, "/hypervisor/vm1", "debug_name", "first");
    manifest_add_node(blob, "/", "cpus");
    manifest_add_node(blob, "/cpus", "cpu@0");
    manifest_set_text(blob, "/cpus/cpu@0", "device_type", "cpu");
    manifest_add_node(blob, "/cpus", "cpu@1");
    manifest_set_text(blob, "/cpus/cpu@1", "device_type", "cpu");
    add_memory(blob, "memory@e000000", "memory", 0x0e000000, 0x01000000);
    add_memory(blob, "memory@40000000", "ns-memory", 0x40000000, 0x00200000);
    add_memory(blob, "uart@9040000", "device-memory", 0x09040000, 0x1000);
    add_memory(blob, "uart@9000000", "ns-device-memory", 0x09000000, 0x1000);
    return blob;
}

static void add_region(void *blob, const char *path, const char *base, uint32_t address,
                       uint32_t attributes)
{
    SET(blob, path, base, 0, address);
    SET(blob, path, "pages-count", 1);
    SET(blob, path, "attributes", attributes);
}

static void add_regions(void *blob)
{
    manifest_add_node(blob, "/", "device-regions");
    manifest_set_text(blob, "/device-regions", "compatible", "arm,ffa-manifest-device-regions");
    manifest_add_node(blob, "/device-regions", "uart");
    add_region(blob, "/device-regions/uart", "base-address", 0x09040000, 3);
    manifest_add_node(blob, "/", "memory-regions");
    manifest_set_text(blob, "/memory-regions", "compatible", "arm,ffa-manifest-memory-regions");
    manifest_add_node(blob, "/memory-regions", "normal");
    add_region(blob, "/memory-regions/normal", "base-address", 0x40010000, 0xb);
    manifest_add_node(blob, "/memory-regions", "secure");
    add_region(blob, "/memory-regions/secure", "base-address", 0x0ee00000, 3);
    manifest_add_node(blob, "/memory-regions", "inside");
    add_region(blob, "/memory-regions/inside", "load-address-relative-offset", 0x5000, 3);
}

void *manifest_of_partition(void)
{
    static uint64_t memory[DTB_BYTES / 8];
    void *blob = empty(memory);

    manifest_set_text(blob, "/", "compatible", "arm,ffa-manifest-1.0");
    SET(blob, "/", "ffa-version", FFA_VERSION_1_2);
    SET(blob, "/", "uuid", 1, 2, 3, 4);
    SET(blob, "/", "execution-ctx-count", CPU_MAX);
    SET(blob, "/", "exception-level", 2);
    SET(blob, "/", "execution-state", 0);
    SET(blob, "/", "xlat-granule", 0);
    SET(blob, "/", "entrypoint-offset", 0, PACKAGE_IMAGE);
    SET(blob, "/", "boot-order", 7);
    SET(blob, "/", "gp-register-num", 2);
    SET(blob, "/", "messaging-method", 3);
    SET(blob, "/", "ns-interrupts-action", FFA_NS_ACTION_QUEUED);
    SET(blob, "/", "bulkhead,budget-ms", 30);
    manifest_add_node(blob, "/", "boot-info");
    manifest_set_text(blob, "/boot-info", "compatible", "arm,ffa-manifest-boot-info");
    manifest_set(blob, "/boot-info", "ffa_manifest", NULL, 0);
    add_regions(blob);
    return blob;
}

void package_install(uint64_t load, const void *blob)
{
    const struct sp_package_header header = {
        SP_PACKAGE_MAGIC, 1, PACKAGE_MANIFEST, DTB_BYTES / 2, PACKAGE_IMAGE, 0x1000};
    static uint64_t packed[DTB_BYTES / 8];

    memcpy(packed, blob, DTB_BYTES);
    need(fdt_pack(packed), "packing");
    memcpy(port_model_memory(load, sizeof(header)), &header, sizeof(header));
    memcpy(port_model_memory(load + PACKAGE_MANIFEST, DTB_BYTES / 2), packed, DTB_BYTES / 2);
}
