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

#define EXCEPTION_LEVEL_S_EL1 2
#define BOOT_REGISTER_MAX 3
#define BOOT_ORDER_LAST 0xffff
#define UUID_CELLS 4
#define POWER_CPU_OFF 1
#define POWER_ALL 7
#define VM_MESSAGE_CREATED 1
#define VM_MESSAGE_DESTROYED 2
#define ATTRIBUTES_ALL (MAP_READ | MAP_WRITE | MAP_EXECUTE | MAP_NON_SECURE)

static bool bounded(const struct place *m, const char *name, uint64_t low, uint64_t high,
                    uint64_t *value, const char *expected)
{
    struct property p = at(m, name);

    return property_bounded(&p, low, high, value, expected);
}

static bool is_nil(const fdt32_t *cells)
{
    return (cells[0] | cells[1] | cells[2] | cells[3]) == 0;
}

/* Several UUIDs follow each other; a nil one ends the list. */
static bool read_uuids(const struct place *m)
{
    struct property p = at(m, "uuid");
    int size = 0;
    const fdt32_t *cells = fdt_getprop(m->blob, m->node, p.name, &size);

    if (cells == NULL || size == 0 || size % (4 * UUID_CELLS) != 0 || is_nil(cells))
        return complain(&p, "UUIDs of four cells each");
    for (int n = 0; n < size / (4 * UUID_CELLS) && !is_nil(cells); n++, cells += UUID_CELLS) {
        if (m->p->uuid_count == UUID_MAX)
            return complain(&p, "no more UUIDs than 4");
        for (unsigned i = 0; i < UUID_CELLS; i++)
            m->p->uuid[m->p->uuid_count].word[i] = fdt32_ld(&cells[i]);
        m->p->uuid_count++;
    }
    return true;
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
static bool read_id(const struct place *m)
{
    struct property p = at(m, "id");
    unsigned number = (unsigned)(m->p - m->s->partitions);
    uint64_t id = 0;

    if (!property_optional(&p, &id))
        return false;
    if (!(id & FFA_ID_SECURE))
        id = (uint64_t)m->s->id + 1 + number;
    if (!id_is_free(m->s, id))
        return complain(&p, "a Secure id whose low byte nobody else has");
    m->p->endpoint.id = (uint16_t)id;
    m->p->vmid = id & 0xff;
    return true;
}

static bool read_version(const struct place *m)
{
    uint64_t version = 0;

    if (!bounded(m, "ffa-version", FFA_VERSION_1_0, FFA_VERSION_1_2, &version,
                 "0x10000, 0x10001 or 0x10002"))
        return false;
    m->p->endpoint.version = (uint32_t)version;
    m->p->first_version = (uint32_t)version;
    return true;
}

static bool read_messaging(const struct place *m)
{
    uint64_t methods = 0;
    uint64_t known = FFA_PROPERTY_RECEIVES_REQ | FFA_PROPERTY_SENDS_REQ | FFA_PROPERTY_INDIRECT;
    struct property p = at(m, "messaging-method");

    if (m->p->endpoint.version >= FFA_VERSION_1_2)
        known |= FFA_PROPERTY_RECEIVES_REQ2 | FFA_PROPERTY_SENDS_REQ2;
    if (!property_number(&p, &methods))
        return false;
    if (methods & ~known)
        return complain(&p, "bits 0 to 2, and 9 and 10 from version 1.2");
    m->p->properties = (uint32_t)methods | FFA_PROPERTY_AARCH64;
    if (fdt_getprop(m->blob, m->node, "notification-support", NULL) != NULL)
        m->p->properties |= FFA_PROPERTY_NOTIFICATIONS;
    return true;
}

/* A hypervisor tells of its VMs by direct requests. */
static bool read_vm_messages(const struct place *m)
{
    struct property p = at(m, "vm-availability-messages");
    uint64_t wanted = 0;

    if (!property_optional(&p, &wanted))
        return false;
    if (wanted & ~(uint64_t)(VM_MESSAGE_CREATED | VM_MESSAGE_DESTROYED) ||
        (wanted != 0 && !(m->p->properties & FFA_PROPERTY_RECEIVES_REQ)))
        return complain(&p, "bits 0 and 1, of one that receives requests");
    if (wanted & VM_MESSAGE_CREATED)
        m->p->properties |= FFA_PROPERTY_VM_CREATED;
    if (wanted & VM_MESSAGE_DESTROYED)
        m->p->properties |= FFA_PROPERTY_VM_DESTROYED;
    return true;
}

/* One context is a UP partition; an MP partition has one for each CPU at least. */
static bool read_contexts(const struct place *m)
{
    struct property p = at(m, "execution-ctx-count");
    uint64_t count = 1;

    if (!bounded(m, p.name, 1, CPU_MAX, &count, "1, or one for each CPU, up to 8"))
        return false;
    if (count > 1 && count < m->s->cpu_count)
        return complain(&p, "1, or at least the number of CPUs");
    m->p->context_count = (uint8_t)count;
    return true;
}

static bool read_execution(const struct place *m)
{
    uint64_t level = EXCEPTION_LEVEL_S_EL1;
    uint64_t state = 0;
    uint64_t granule = 0;

    return bounded(m, "exception-level", EXCEPTION_LEVEL_S_EL1, EXCEPTION_LEVEL_S_EL1, &level,
                   "2, a partition at S-EL1") &&
           bounded(m, "execution-state", 0, 0, &state, "0, AArch64") &&
           bounded(m, "xlat-granule", 0, 0, &granule, "0, pages of 4 KiB");
}

static bool read_entry(const struct place *m)
{
    struct property p = at(m, "entrypoint-offset");
    uint64_t offset = 0;

    if (!property_optional(&p, &offset))
        return false;
    if (offset >= m->p->size || offset % 4 != 0)
        return complain(&p, "an offset inside the partition");
    m->p->entry = m->p->load + offset;
    m->p->secondary_entry = m->p->entry;
    return true;
}

static bool read_boot(const struct place *m)
{
    uint64_t order = BOOT_ORDER_LAST;
    uint64_t reg = 0;

    if (!bounded(m, "boot-order", 0, BOOT_ORDER_LAST, &order, "a 16-bit number") ||
        !bounded(m, "gp-register-num", 0, BOOT_REGISTER_MAX, &reg, "a register from 0 to 3"))
        return false;
    m->p->boot_order = (uint16_t)order;
    m->p->boot_register = (uint8_t)reg;
    for (int node = fdt_first_subnode(m->blob, 0); node >= 0;
         node = fdt_next_subnode(m->blob, node))
        if (fdt_node_check_compatible(m->blob, node, "arm,ffa-manifest-boot-info") == 0)
            m->p->wants_boot_info = fdt_getprop(m->blob, node, "ffa_manifest", NULL) != NULL;
    return true;
}

/* `managed-exit` is the older way to say what ns-interrupts-action 1 does. */
static bool read_interrupt_actions(const struct place *m)
{
    struct property old = at(m, "managed-exit");
    struct property virq = at(m, "managed-exit-virq");
    struct property other = at(m, "other-s-interrupts-action");
    uint64_t action = property_exists(&old) ? FFA_NS_ACTION_MANAGED_EXIT : FFA_NS_ACTION_SIGNALLED;
    uint64_t secure_action = FFA_S_ACTION_SIGNALLED;
    uint64_t budget = BUDGET_DEFAULT_MS;

    if (!bounded(m, "ns-interrupts-action", FFA_NS_ACTION_QUEUED, FFA_NS_ACTION_SIGNALLED, &action,
                 "0 queued, 1 managed exit, 2 signalled") ||
        !bounded(m, other.name, FFA_S_ACTION_QUEUED, FFA_S_ACTION_SIGNALLED, &secure_action,
                 "0 queued, 1 signalled") ||
        !bounded(m, "bulkhead,budget-ms", 1, BUDGET_MAX_MS, &budget, "1 to 60000"))
        return false;
    if (secure_action == FFA_S_ACTION_QUEUED && action != FFA_NS_ACTION_QUEUED)
        return complain(&other, "1, as ns-interrupts-action is not queued");
    m->p->ns_action = (uint8_t)action;
    m->p->mask = action != FFA_NS_ACTION_QUEUED         ? MASK_NOTHING
                 : secure_action == FFA_S_ACTION_QUEUED ? MASK_ALL
                                                        : MASK_NORMAL;
    m->p->managed_exit_irq = property_exists(&virq);
    m->p->budget = budget * port_ticks_per_ms();
    return true;
}

static bool read_restart(const struct place *m)
{
    static const char *const policies[] = {"never", "at-once", "on-next-call"};
    struct property p = at(m, "bulkhead,restart");
    int size = 0;
    const char *policy = fdt_getprop(m->blob, m->node, p.name, &size);

    for (unsigned i = 0; policy != NULL && i < sizeof(policies) / sizeof(policies[0]); i++)
        if ((size_t)size == __builtin_strlen(policies[i]) + 1 &&
            __builtin_memcmp(policy, policies[i], (size_t)size) == 0) {
            m->p->restart = (uint8_t)i;
            return true;
        }
    return policy == NULL || complain(&p, "\"never\", \"at-once\" or \"on-next-call\"");
}

/* The SPMD announces CPU_OFF alone; who asks for more is told that it never comes. */
static bool read_power(const struct place *m)
{
    struct property p = at(m, "power-management-messages");
    uint64_t messages = 0;

    if (!property_optional(&p, &messages))
        return false;
    if (messages & ~(uint64_t)POWER_ALL)
        return complain(&p, "bit 0 CPU_OFF, 1 CPU_SUSPEND, 2 resume");
    if (messages != 0 && m->p->context_count == 1)
        return complain(&p, "0: only MP partitions get power messages");
    if (messages & ~(uint64_t)POWER_CPU_OFF)
        complain(&p, "CPU_OFF alone: EL3 announces no other message");
    m->p->wants_cpu_off = messages & POWER_CPU_OFF;
    return true;
}

/* ---- Regions ---- */

/* With neither address nor offset the address is Bulkhead's to choose. */
static bool read_region_base(const struct place *m, struct region *r)
{
    struct property base = at(m, "base-address");
    struct property offset = at(m, "load-address-relative-offset");

    r->base = REGION_ALLOCATE;
    r->allocated = !property_exists(&offset) && !property_exists(&base);
    if (!property_exists(&offset))
        return property_optional(&base, &r->base);
    if (!property_number(&offset, &r->base))
        return false;
    r->base += m->p->load;
    return true;
}

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

/* What a region inside the package takes is the partition's already. */
static bool region_fits_inside(const struct place *m, const struct region *r,
                               const struct property *base)
{
    if (r->attributes & (MAP_DEVICE | MAP_NON_SECURE))
        return complain(base, "memory or a device outside the package");
    return is_alone(m->p, r) || complain(base, "memory of the package that no other region has");
}

/* Any other must be free and of its kind. */
static bool region_fits(const struct place *m, const struct region *r)
{
    struct property base = at(m, "load-address-relative-offset");

    if (!property_exists(&base))
        base.name = "base-address";
    if (r->allocated)
        return !(r->attributes & (MAP_DEVICE | MAP_NON_SECURE)) ||
               complain(&base, "an address: only Secure memory is allocated");
    if (r->base % PAGE_BYTES != 0)
        return complain(&base, "a whole page");
    if (region_is_inside(m->p, r))
        return region_fits_inside(m, r, &base);
    return (ranges_hold(ranges_for(m->s, r->attributes), r->base, r->size) &&
            manifest_overlap(m->s, r->base, r->size) == UINT64_MAX) ||
           complain(&base, "free memory or a device of the SPMC manifest");
}

static bool read_region(const struct place *m, uint32_t kind)
{
    struct property pages = at(m, "pages-count");
    struct property attributes = at(m, "attributes");
    struct partition *p = m->p;
    struct region r = {0};
    uint64_t count = 0;
    uint64_t bits = 0;
    int length = 0;
    const char *name = fdt_get_name(m->blob, m->node, &length);

    if (!read_region_base(m, &r) || !property_number(&pages, &count) ||
        !property_number(&attributes, &bits))
        return false;
    if (bits & ~(uint64_t)ATTRIBUTES_ALL || !(bits & MAP_READ) || (kind && bits & MAP_EXECUTE))
        return complain(&attributes, "1 read, 2 write, 4 execute (memory), 8 non-secure");
    if (count == 0 || count >> (STAGE2_ADDRESS_BITS - 12) != 0)
        return complain(&pages, "a number of pages that fits in memory");
    r.size = count * PAGE_BYTES;
    r.attributes = (uint32_t)bits | kind;
    r.phandle = fdt_get_phandle(m->blob, m->node);
    copy_name(r.name, name, length);
    if (!region_fits(m, &r))
        return false;
    if (p->region_count == REGION_MAX)
        return complain(&pages, "no more regions than 8");
    p->regions[p->region_count++] = r;
    return true;
}

/* What a region says that Bulkhead does not do is told, so that nobody relies on it. */
static void warn(const struct place *m, const char *name, const char *expected)
{
    struct property p = at(m, name);

    if (property_exists(&p))
        complain(&p, expected);
}

static bool read_regions(const struct place *m, const char *compatible, uint32_t kind)
{
    int list;
    int node;

    fdt_for_each_subnode(list, m->blob, 0)
    {
        if (fdt_node_check_compatible(m->blob, list, compatible) != 0)
            continue;
        fdt_for_each_subnode(node, m->blob, list)
        {
            struct place region = {m->s, m->p, m->blob, node};
            if (!read_region(&region, kind) || (kind && !manifest_read_interrupts(&region)))
                return false;
            warn(&region, "stream-ids", "none: without an SMMU it has no access to memory");
        }
    }
    return true;
}

/* Identities on a bus that are partitions of their own: there is no such here. */
static bool read_streams(const struct place *m)
{
    struct property p = at(m, "stream-endpoint-ids");

    return !property_exists(&p) || complain(&p, "none: devices are no endpoints");
}

/* ---- The mailbox of a manifest ---- */

/* The region that a phandle means; it must be memory with this access. */
static const struct region *buffer(const struct place *m, const char *name, uint32_t access,
                                   uint8_t *number)
{
    struct property p = at(m, name);
    uint64_t value = 0;

    if (!property_number(&p, &value))
        return NULL;
    for (unsigned i = 0; value != 0 && i < m->p->region_count; i++) {
        const struct region *r = &m->p->regions[i];
        if (r->phandle == value && !(r->attributes & MAP_DEVICE) &&
            (r->attributes & access) == access) {
            *number = (uint8_t)(i + 1);
            return r;
        }
    }
    complain(&p, "the phandle of a memory region, writable for tx-buffer");
    return NULL;
}

/* Regions do not overlap. */
static bool is_pair(const struct region *rx, const struct region *tx)
{
    return rx != tx && rx->size == tx->size && rx->size <= MAILBOX_PAGES_MAX * PAGE_BYTES;
}

static bool read_mailbox(const struct place *m)
{
    struct place node = *m;

    for (node.node = fdt_first_subnode(m->blob, 0); node.node >= 0;
         node.node = fdt_next_subnode(m->blob, node.node)) {
        struct property rx_buffer = at(&node, "rx-buffer");
        if (fdt_node_check_compatible(m->blob, node.node, "arm,ffa-manifest-rx_tx-buffer") != 0)
            continue;
        const struct region *rx = buffer(&node, "rx-buffer", MAP_READ, &m->p->rx_region);
        const struct region *tx =
            buffer(&node, "tx-buffer", MAP_READ | MAP_WRITE, &m->p->tx_region);
        if (rx == NULL || tx == NULL)
            return false;
        if (!is_pair(rx, tx))
            return complain(&rx_buffer, "another region than tx-buffer, as large, up to 63 pages");
    }
    return true;
}

bool manifest_read_partition(struct spmc *s, struct partition *p, const void *blob)
{
    struct place m = {s, p, blob, 0};
    struct property compatible = at(&m, "compatible");

    interrupt_create(p);
    if (fdt_node_check_compatible(blob, 0, "arm,ffa-manifest-1.0") != 0 &&
        fdt_node_check_compatible(blob, 0, "arm,ffa-manifest-1.1") != 0)
        return complain(&compatible, "\"arm,ffa-manifest-1.0\"");
    return read_id(&m) && read_version(&m) && read_uuids(&m) && read_messaging(&m) &&
           read_vm_messages(&m) && read_contexts(&m) && read_execution(&m) && read_entry(&m) &&
           read_boot(&m) && read_interrupt_actions(&m) && read_power(&m) && read_restart(&m) &&
           read_regions(&m, "arm,ffa-manifest-memory-regions", 0) &&
           read_regions(&m, "arm,ffa-manifest-device-regions", MAP_DEVICE) && read_streams(&m) &&
           read_mailbox(&m);
}
