/* SPDX-License-Identifier: BSD-3-Clause */
/* A partition's manifest: the FF-A partition manifest binding, checked property by property. */
#include <libfdt.h>

#include "abi/stat.h"

#include "core/console.h"
#include "core/device.h"
#include "core/interrupt.h"
#include "core/manifest.h"
#include "core/port.h"
#include "core/stage2.h"

#define EXCEPTION_LEVEL_S_EL0 1
#define EXCEPTION_LEVEL_S_EL1 2
#define BOOT_REGISTER_MAX 3
#define BOOT_ORDER_LAST 0xffff
#define UUID_CELLS 4
#define POWER_CPU_OFF 1
#define POWER_ALL 7
#define VM_MESSAGE_CREATED 1
#define VM_MESSAGE_DESTROYED 2
#define ATTRIBUTES_ALL (MAP_READ | MAP_WRITE | MAP_EXECUTE | MAP_NON_SECURE)

static bool is_nil(const fdt32_t *cells)
{
    return (cells[0] | cells[1] | cells[2] | cells[3]) == 0;
}

/* Who asks for Bulkhead by its UUID (discovery.c) must not be told of a partition. */
static bool is_bulkheads(const struct ffa_uuid *uuid)
{
    static const struct ffa_uuid own = {{STAT_UUID}};

    return __builtin_memcmp(uuid, &own, sizeof(own)) == 0;
}

/* Several UUIDs follow each other; a nil one ends the list. */
static void read_uuids(struct place *m, struct partition *p)
{
    int size;
    const fdt32_t *cells = property(m, "uuid", &size);

    if (size == 0 || size % (4 * UUID_CELLS) != 0 || is_nil(cells)) {
        complain(m, "uuid", "UUIDs of four cells each");
        return;
    }
    for (; size > 0 && !is_nil(cells); size -= 4 * UUID_CELLS, cells += UUID_CELLS) {
        if (p->uuid_count == UUID_MAX) {
            complain(m, "uuid", "fewer UUIDs");
            return;
        }
        for (unsigned i = 0; i < UUID_CELLS; i++)
            p->uuid[p->uuid_count].word[i] = fdt32_ld(&cells[i]);
        if (is_bulkheads(&p->uuid[p->uuid_count])) {
            complain(m, "uuid", "UUIDs that are not Bulkhead's");
            return;
        }
        p->uuid_count++;
    }
}

/* The low byte of an id is its VMID, and its place in spmc.by_id. */
static bool id_is_free(const struct spmc *s, uint64_t id)
{
    if (id >= FFA_ID_EL3_FIRST || id == STAT_ID || (id & 0xff) == (s->id & 0xff))
        return false;
    for (unsigned i = 0; i < s->partition_count; i++)
        if (s->partitions[i].state != PARTITION_ABSENT && s->partitions[i].vmid == (id & 0xff))
            return false;
    return true;
}

/* An id of the manifest counts if it is one of the Secure world's; else the order of nodes does. */
static void read_id(struct place *m, struct partition *p)
{
    uint64_t id = any_number(m, "id", 0);

    if (!(id & FFA_ID_SECURE))
        id = (uint64_t)(m->s->id + 1 + (p - m->s->partitions));
    if (!id_is_free(m->s, id))
        complain(m, "id", "a Secure id, its low byte nobody else's");
    p->endpoint.id = (uint16_t)id;
    p->vmid = id & 0xff;
}

static void read_version(struct place *m, struct partition *p)
{
    p->first_version =
        (uint32_t)number(m, "ffa-version", FFA_VERSION_1_0, FFA_VERSION_1_2, MUST_BE_THERE);
    p->endpoint.version = p->first_version;
}

static void read_messaging(struct place *m, struct partition *p)
{
    uint64_t methods = any_number(m, "messaging-method", MUST_BE_THERE);
    uint64_t known = FFA_PROPERTY_RECEIVES_REQ | FFA_PROPERTY_SENDS_REQ | FFA_PROPERTY_INDIRECT;

    if (p->endpoint.version >= FFA_VERSION_1_2)
        known |= FFA_PROPERTY_RECEIVES_REQ2 | FFA_PROPERTY_SENDS_REQ2;
    if (methods & ~known)
        complain(m, "messaging-method", "bits 0 to 2, 9 and 10 from 1.2");
    p->properties = (uint32_t)methods | FFA_PROPERTY_AARCH64;
    if (property_exists(m, "notification-support"))
        p->properties |= FFA_PROPERTY_NOTIFICATIONS;
}

/* A hypervisor tells of its VMs by direct requests. */
static void read_vm_messages(struct place *m, struct partition *p)
{
    bool can = p->properties & FFA_PROPERTY_RECEIVES_REQ;
    uint64_t wanted = number(m, "vm-availability-messages", 0,
                             can ? VM_MESSAGE_CREATED | VM_MESSAGE_DESTROYED : 0, 0);

    if (wanted & VM_MESSAGE_CREATED)
        p->properties |= FFA_PROPERTY_VM_CREATED;
    if (wanted & VM_MESSAGE_DESTROYED)
        p->properties |= FFA_PROPERTY_VM_DESTROYED;
}

/* One context is a UP partition; an MP partition has one for each CPU at least. */
static void read_contexts(struct place *m, struct partition *p)
{
    uint64_t count = number(m, "execution-ctx-count", 1, CPU_MAX, 1);

    if (count > 1 && (count < m->s->cpu_count || p->s_el0))
        complain(m, "execution-ctx-count", "1, or at S-EL1 at least the number of CPUs");
    p->context_count = (uint8_t)count;
}

static void read_execution(struct place *m, struct partition *p)
{
    p->s_el0 = number(m, "exception-level", EXCEPTION_LEVEL_S_EL0, EXCEPTION_LEVEL_S_EL1,
                      EXCEPTION_LEVEL_S_EL1) == EXCEPTION_LEVEL_S_EL0;
    number(m, "execution-state", 0, 0, 0);
    number(m, "xlat-granule", 0, 0, 0);
}

static void read_boot(struct place *m, struct partition *p)
{
    struct place info = *m;
    uint64_t offset = number(m, "entrypoint-offset", 0, p->size - 1, 0);

    if (offset % 4 != 0)
        complain(m, "entrypoint-offset", "an offset inside the partition");
    p->entry = p->load + offset;
    p->secondary_entry = p->entry;
    p->boot_order = (uint16_t)number(m, "boot-order", 0, BOOT_ORDER_LAST, BOOT_ORDER_LAST);
    p->boot_register = (uint8_t)number(m, "gp-register-num", 0, BOOT_REGISTER_MAX, 0);
    info.node = -1;
    while (next_compatible(&info, "arm,ffa-manifest-boot-info"))
        p->wants_boot_info = property_exists(&info, "ffa_manifest");
}

/* `managed-exit` is the older way to say what ns-interrupts-action 1 does. */
static void read_interrupt_actions(struct place *m, struct partition *p)
{
    uint64_t action = number(
        m, "ns-interrupts-action", FFA_NS_ACTION_QUEUED, FFA_NS_ACTION_SIGNALLED,
        property_exists(m, "managed-exit") ? FFA_NS_ACTION_MANAGED_EXIT : FFA_NS_ACTION_SIGNALLED);
    uint64_t other = number(m, "other-s-interrupts-action", FFA_S_ACTION_QUEUED,
                            FFA_S_ACTION_SIGNALLED, FFA_S_ACTION_SIGNALLED);

    p->budget =
        port_ticks_per_ms() * number(m, "bulkhead,budget-ms", 1, BUDGET_MAX_MS, BUDGET_DEFAULT_MS);
    if (p->s_el0 && action == FFA_NS_ACTION_MANAGED_EXIT)
        complain(m, "ns-interrupts-action", "0 or 2 at S-EL0");
    p->ns_action = (uint8_t)action;
    p->managed_exit_irq = property_exists(m, "managed-exit-virq");
    if (action == FFA_NS_ACTION_QUEUED)
        p->mask = other == FFA_S_ACTION_QUEUED ? MASK_ALL : MASK_NORMAL;
    else if (other == FFA_S_ACTION_QUEUED)
        complain(m, "other-s-interrupts-action", "1, as ns-interrupts-action is not queued");
}

static void read_restart(struct place *m, struct partition *p)
{
    if (property_is(m, "bulkhead,restart", "at-once"))
        p->restart = RESTART_AT_ONCE;
    else if (property_is(m, "bulkhead,restart", "on-next-call"))
        p->restart = RESTART_ON_NEXT_CALL;
    else if (property_exists(m, "bulkhead,restart") && !property_is(m, "bulkhead,restart", "never"))
        complain(m, "bulkhead,restart", "\"never\", \"at-once\" or \"on-next-call\"");
}

/* The SPMD announces CPU_OFF alone; who asks for more is told that it never comes. */
static void read_power(struct place *m, struct partition *p)
{
    uint64_t messages = number(m, "power-management-messages", 0, POWER_ALL, 0);

    if (messages != 0 && p->context_count == 1)
        complain(m, "power-management-messages", "0, as it is no MP partition");
    if (messages & ~(uint64_t)POWER_CPU_OFF)
        warn(m, "power-management-messages", "CPU_OFF alone: EL3 tells no other");
    p->wants_cpu_off = messages & POWER_CPU_OFF;
}

/* ---- Regions ---- */

#define BASE "base-address"
#define OFFSET "load-address-relative-offset"

static const struct ranges *ranges_for(const struct spmc *s, uint32_t attributes)
{
    if (attributes & MAP_DEVICE)
        return attributes & MAP_NON_SECURE ? &s->normal_devices : &s->secure_devices;
    return attributes & MAP_NON_SECURE ? &s->normal_memory : &s->secure_memory;
}

static bool region_is_inside(const struct partition *p, const struct region *r)
{
    return r->base >= p->load && r->base - p->load < p->size &&
           r->size <= p->size - (r->base - p->load);
}

/* A page of the package has the rights of one region at most. */
static bool is_alone(const struct partition *p, const struct region *r)
{
    for (unsigned i = 0; i < p->region_count; i++)
        if (ranges_overlap(p->regions[i].base, p->regions[i].size, r->base, r->size))
            return false;
    return true;
}

/* What a region inside the package takes is the partition's already; any other must be free and of
 * its kind. */
static const char *region_refusal(const struct place *m, const struct region *r)
{
    bool is_secure_memory = !(r->attributes & (MAP_DEVICE | MAP_NON_SECURE));

    if (r->allocated)
        return is_secure_memory ? NULL : "an address";
    if (r->base % PAGE_BYTES != 0)
        return "a whole page";
    if (region_is_inside(m->p, r))
        return !is_secure_memory    ? "memory outside the package"
               : !is_alone(m->p, r) ? "free memory, or a device"
                                    : NULL;
    if (!ranges_hold(ranges_for(m->s, r->attributes), r->base, r->size) ||
        manifest_overlap(m->s, r->base, r->size) != UINT64_MAX)
        return "free memory, or a device";
    return NULL;
}

/* With neither address nor offset the address is Bulkhead's to choose. */
static const char *read_region_base(struct place *m, struct region *r)
{
    if (property_exists(m, OFFSET)) {
        r->base = m->p->load + number(m, OFFSET, 0, (1ULL << STAGE2_ADDRESS_BITS) - 1, 0);
        return OFFSET;
    }
    r->allocated = !property_exists(m, BASE);
    r->base = r->allocated ? REGION_ALLOCATE : any_number(m, BASE, 0);
    return BASE;
}

static void read_region(struct place *m, uint32_t kind)
{
    struct region r = {0};
    const char *where = read_region_base(m, &r);
    uint64_t bits = any_number(m, "attributes", MUST_BE_THERE);
    int length = 0;
    const char *name = fdt_get_name(m->blob, m->node, &length);
    const char *wrong;

    r.size = PAGE_BYTES *
             number(m, "pages-count", 1, (1ULL << (STAGE2_ADDRESS_BITS - 12)) - 1, MUST_BE_THERE);
    r.attributes = (uint32_t)bits | kind;
    r.phandle = fdt_get_phandle(m->blob, m->node);
    copy_name(r.name, name, length);
    if (bits & ~(uint64_t)ATTRIBUTES_ALL || !(bits & MAP_READ) || (kind && bits & MAP_EXECUTE) ||
        (m->p->s_el0 && (~bits & (MAP_WRITE | MAP_EXECUTE)) == 0))
        complain(m, "attributes", "1 read, 2 write, 4 execute, 8 non-secure");
    if (m->wrong)
        return;
    wrong = region_refusal(m, &r);
    if (wrong != NULL)
        complain(m, where, wrong);
    else if (m->p->region_count == REGION_MAX)
        complain(m, "pages-count", "fewer regions");
    else
        m->p->regions[m->p->region_count++] = r;
}

static void read_regions(struct place *m, const char *compatible, uint32_t kind)
{
    struct place list = *m;

    list.node = -1;
    while (next_compatible(&list, compatible))
        fdt_for_each_subnode(m->node, m->blob, list.node)
        {
            read_region(m, kind);
            if (kind)
                manifest_read_interrupts(m);
            warn(m, "stream-ids", "none: there is no SMMU");
            if (m->wrong)
                return;
        }
    m->node = 0;
}

/* ---- The mailbox of a manifest ---- */

/* The number, from 1 on, of the region that a phandle means; it must be memory with this access. */
static uint8_t buffer(struct place *m, const char *name, uint32_t access)
{
    uint64_t value = any_number(m, name, MUST_BE_THERE);

    for (unsigned i = 0; value != 0 && i < m->p->region_count; i++) {
        const struct region *r = &m->p->regions[i];
        if (r->phandle == value && !(r->attributes & MAP_DEVICE) &&
            (r->attributes & access) == access)
            return (uint8_t)(i + 1);
    }
    complain(m, name, "a memory region's phandle, writable for TX");
    return 1;
}

static void read_mailbox(struct place *m)
{
    struct partition *p = m->p;

    m->node = -1;
    while (next_compatible(m, "arm,ffa-manifest-rx_tx-buffer")) {
        p->rx_region = buffer(m, "rx-buffer", MAP_READ);
        p->tx_region = buffer(m, "tx-buffer", MAP_READ | MAP_WRITE);
        if (p->rx_region == p->tx_region ||
            p->regions[p->rx_region - 1].size != p->regions[p->tx_region - 1].size ||
            p->regions[p->rx_region - 1].size > MAILBOX_PAGES_MAX * PAGE_BYTES)
            complain(m, "rx-buffer", "a region as large as tx-buffer's, up to 63 pages");
    }
}

bool manifest_read_partition(struct spmc *s, struct partition *p, const void *blob)
{
    struct place place = {p->name, blob, 0, false, s, p};
    struct place *m = &place;

    interrupt_create(p);
    if (fdt_node_check_compatible(blob, 0, "arm,ffa-manifest-1.0") != 0 &&
        fdt_node_check_compatible(blob, 0, "arm,ffa-manifest-1.1") != 0)
        complain(m, "compatible", "\"arm,ffa-manifest-1.0\"");
    read_id(m, p);
    read_version(m, p);
    read_uuids(m, p);
    read_messaging(m, p);
    read_vm_messages(m, p);
    read_execution(m, p);
    read_contexts(m, p);
    read_boot(m, p);
    read_interrupt_actions(m, p);
    read_power(m, p);
    read_restart(m, p);
    if (property_exists(m, "stream-endpoint-ids"))
        complain(m, "stream-endpoint-ids", "none: devices are no endpoints");
    if (!m->wrong)
        read_regions(m, "arm,ffa-manifest-memory-regions", 0);
    if (!m->wrong)
        read_regions(m, "arm,ffa-manifest-device-regions", MAP_DEVICE);
    if (!m->wrong)
        read_mailbox(m);
    return !m->wrong;
}
