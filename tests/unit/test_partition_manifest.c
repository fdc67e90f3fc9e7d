/* SPDX-License-Identifier: BSD-3-Clause */
/* A partition's manifest: core/partition_manifest.c. */
#include "core/device.h"
#include "core/interrupt.h"
#include "core/manifest.h"
#include "core/stage2.h"

#include "support/manifests.h"
#include "support/unit.h"

static struct spmc s;
static uint64_t tables[TABLE_MAX][512];
static void *blob;
static struct partition *const p = &s.partitions[0];

#define UART "/device-regions/uart"
#define NORMAL "/memory-regions/normal"
#define SECURE "/memory-regions/secure"
#define INSIDE "/memory-regions/inside"

static int begin(void **state)
{
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

static void assert_accepted(void)
{
    if (!manifest_read_partition(&s, p, blob))
        fail_msg("rejected: %s", port_model.console);
}

static void assert_rejected(const char *complaint)
{
    assert_false(manifest_read_partition(&s, p, blob));
    if (!port_model_printed(complaint))
        fail_msg("the console says: %s", port_model.console);
}

static void a_good_manifest_is_read_whole(void **state)
{
    (void)state;
    assert_accepted();
    assert_string_equal(port_model.console, "");
    assert_int_equal(p->endpoint.id, 0x8001);
    assert_int_equal(p->vmid, 1);
    assert_int_equal(p->endpoint.version, FFA_VERSION_1_2);
    assert_int_equal(p->uuid_count, 1);
    assert_int_equal(p->uuid[0].word[3], 4);
    assert_int_equal(p->properties,
                     FFA_PROPERTY_RECEIVES_REQ | FFA_PROPERTY_SENDS_REQ | FFA_PROPERTY_AARCH64);
    assert_int_equal(p->context_count, CPU_MAX);
    assert_int_equal(p->entry, WORLD_LOAD(0) + PACKAGE_IMAGE);
    assert_int_equal(p->secondary_entry, p->entry);
    assert_int_equal(p->boot_order, 7);
    assert_int_equal(p->boot_register, 2);
    assert_true(p->wants_boot_info);
    assert_int_equal(p->ns_action, FFA_NS_ACTION_QUEUED);
    assert_int_equal(p->budget, 30 * MODEL_TICKS_PER_MS);
    assert_int_equal(p->region_count, 4);
    assert_int_equal(p->rx_region, 0);
}

static void what_is_left_out_has_its_default(void **state)
{
    static const char *const optional[] = {
        "execution-ctx-count", "exception-level",      "execution-state",
        "xlat-granule",        "entrypoint-offset",    "boot-order",
        "gp-register-num",     "ns-interrupts-action", "bulkhead,budget-ms",
    };

    (void)state;
    for (unsigned i = 0; i < COUNT(optional); i++)
        manifest_remove(blob, "/", optional[i]);
    manifest_remove(blob, "/boot-info", "ffa_manifest");
    assert_accepted();
    assert_int_equal(p->context_count, 1);
    assert_int_equal(p->entry, p->load);
    assert_int_equal(p->boot_order, 0xffff);
    assert_int_equal(p->boot_register, 0);
    assert_false(p->wants_boot_info);
    assert_int_equal(p->ns_action, FFA_NS_ACTION_SIGNALLED);
    assert_int_equal(p->budget, BUDGET_DEFAULT_MS * MODEL_TICKS_PER_MS);
}

static void numbers_out_of_range_are_rejected(void **state)
{
    static const struct {
        const char *name;
        uint32_t value;
    } numbers[] = {
        {"ffa-version", 0xffff},
        {"ffa-version", 0x10003},
        {"messaging-method", 8},
        {"messaging-method", 0x800},
        {"vm-availability-messages", 4},
        {"execution-ctx-count", 0},
        {"execution-ctx-count", CPU_MAX + 1},
        {"execution-ctx-count", 3}, /* fewer than the CPUs */
        {"exception-level", 0},
        {"exception-level", 1},
        {"exception-level", 3},
        {"execution-state", 1},
        {"xlat-granule", 2},
        {"entrypoint-offset", WORLD_SIZE},
        {"entrypoint-offset", 2},
        {"boot-order", 0x10000},
        {"gp-register-num", 4},
        {"ns-interrupts-action", 3},
        {"bulkhead,budget-ms", 0},
        {"bulkhead,budget-ms", BUDGET_MAX_MS + 1},
        {"id", 0xffc0},
        {"id", 0x8000},
        {"id", 0x8100}, /* the same slot as the SPMC's */
    };

    for (unsigned i = 0; i < COUNT(numbers); i++) {
        begin(state);
        SET(blob, "/", numbers[i].name, numbers[i].value);
        assert_rejected(numbers[i].name);
    }
}

static void properties_of_another_size_are_rejected(void **state)
{
    static const char *const names[] = {
        "id",
        "ffa-version",
        "messaging-method",
        "vm-availability-messages",
        "execution-ctx-count",
        "boot-order",
        "xlat-granule",
        "entrypoint-offset",
        "gp-register-num",
        "exception-level",
        "execution-state",
        "ns-interrupts-action",
        "bulkhead,budget-ms",
        "power-management-messages",
    };

    for (unsigned i = 0; i < COUNT(names); i++) {
        begin(state);
        SET(blob, "/", names[i], 0, 0, 1);
        assert_rejected("expected a number of one or two cells");
    }
}

static void what_must_be_there_is_missed(void **state)
{
    static const char *const names[] = {"compatible", "ffa-version", "uuid", "messaging-method"};

    for (unsigned i = 0; i < COUNT(names); i++) {
        begin(state);
        manifest_remove(blob, "/", names[i]);
        assert_rejected(i == 1 ? names[i] : "is missing");
    }
}

static void both_versions_of_the_binding_are_known(void **state)
{
    (void)state;
    manifest_set_text(blob, "/", "compatible", "arm,ffa-manifest-1.1");
    assert_accepted();
    begin(state);
    manifest_set_text(blob, "/", "compatible", "arm,ffa-manifest-2.0");
    assert_rejected("/: compatible is <");
}

/* ---- Identity ---- */

static void several_uuids_end_at_a_nil_one(void **state)
{
    (void)state;
    SET(blob, "/", "uuid", 1, 2, 3, 4, 0, 0, 0, 8, 0, 0, 0, 0, 9, 9, 9, 9);
    assert_accepted();
    assert_int_equal(p->uuid_count, 2);
    assert_int_equal(p->uuid[1].word[3], 8);
}

static void bad_uuids_are_rejected(void **state)
{
    (void)state;
    SET(blob, "/", "uuid", 1, 2, 3);
    assert_rejected("expected UUIDs of four cells each");
    begin(state);
    SET(blob, "/", "uuid", 0, 0, 0, 0);
    assert_rejected("expected UUIDs of four cells each");
    begin(state);
    manifest_set(blob, "/", "uuid", NULL, 0);
    assert_rejected("expected UUIDs of four cells each");
    begin(state);
    SET(blob, "/", "uuid", 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5);
    assert_rejected("expected no more UUIDs than 4");
}

static void a_secure_id_of_the_manifest_counts(void **state)
{
    (void)state;
    SET(blob, "/", "id", 0x8042);
    assert_accepted();
    assert_int_equal(p->endpoint.id, 0x8042);
    assert_int_equal(p->vmid, 0x42);
}

static void an_id_that_is_not_secure_is_only_a_number(void **state)
{
    (void)state;
    SET(blob, "/", "id", 0x42);
    assert_accepted();
    assert_int_equal(p->endpoint.id, 0x8001);
}

static void an_id_whose_slot_is_taken_is_rejected(void **state)
{
    (void)state;
    s.partitions[1].state = PARTITION_LOADED;
    s.partitions[1].vmid = 0x42;
    SET(blob, "/", "id", 0x8142);
    assert_rejected("/: id is <0x8142>, expected a Secure id whose low byte");
}

static void the_id_of_the_logical_partition_is_rejected(void **state)
{
    (void)state;
    s.id = 0x8001;
    SET(blob, "/", "id", 0xbf00);
    assert_rejected("/: id is <0xbf00>, expected a Secure id whose low byte");
}

static void when_it_comes_back_is_a_property(void **state)
{
    static const char *const policies[] = {"never", "at-once", "on-next-call"};

    (void)state;
    assert_accepted();
    assert_int_equal(p->restart, RESTART_NEVER);
    for (unsigned i = 0; i < COUNT(policies); i++) {
        begin(state);
        manifest_set_text(blob, "/", "bulkhead,restart", policies[i]);
        assert_accepted();
        assert_int_equal(p->restart, i);
    }
    begin(state);
    manifest_set_text(blob, "/", "bulkhead,restart", "at-onc");
    assert_rejected("/: bulkhead,restart is <");
    begin(state);
    manifest_set_text(blob, "/", "bulkhead,restart", "at-ones");
    assert_rejected("/: bulkhead,restart is <");
    begin(state);
    manifest_set(blob, "/", "bulkhead,restart", NULL, 0);
    assert_rejected(
        "bulkhead,restart is there, expected \"never\", \"at-once\" or \"on-next-call\"");
}

static void support_of_notifications_is_a_property(void **state)
{
    (void)state;
    assert_accepted();
    assert_false(p->properties & FFA_PROPERTY_NOTIFICATIONS);
    begin(state);
    manifest_set(blob, "/", "notification-support", NULL, 0);
    assert_accepted();
    assert_true(p->properties & FFA_PROPERTY_NOTIFICATIONS);
}

static void messages_about_vms_are_direct_requests(void **state)
{
    static const uint32_t properties[] = {
        0,
        FFA_PROPERTY_VM_CREATED,
        FFA_PROPERTY_VM_DESTROYED,
        FFA_PROPERTY_VM_CREATED | FFA_PROPERTY_VM_DESTROYED,
    };

    for (unsigned bits = 0; bits < COUNT(properties); bits++) {
        begin(state);
        SET(blob, "/", "vm-availability-messages", bits);
        assert_accepted();
        assert_int_equal(p->properties & (FFA_PROPERTY_VM_CREATED | FFA_PROPERTY_VM_DESTROYED),
                         properties[bits]);
    }
    begin(state);
    SET(blob, "/", "vm-availability-messages", 1);
    SET(blob, "/", "messaging-method", FFA_PROPERTY_SENDS_REQ);
    assert_rejected("vm-availability-messages is <0x1>");
}

static void newer_messaging_methods_need_version_1_2(void **state)
{
    (void)state;
    SET(blob, "/", "messaging-method", 0x603);
    assert_accepted();
    assert_true(p->properties & FFA_PROPERTY_SENDS_REQ2);
    begin(state);
    SET(blob, "/", "messaging-method", 0x603);
    SET(blob, "/", "ffa-version", FFA_VERSION_1_1);
    assert_rejected("messaging-method is <0x603>");
}

static void managed_exit_masks_nothing_and_has_a_line(void **state)
{
    (void)state;
    SET(blob, "/", "ns-interrupts-action", FFA_NS_ACTION_MANAGED_EXIT);
    assert_accepted();
    assert_int_equal(p->ns_action, FFA_NS_ACTION_MANAGED_EXIT);
    assert_int_equal(p->mask, MASK_NOTHING);
    assert_false(p->managed_exit_irq);
}

/* ---- Regions ---- */

static const struct region *region(unsigned i)
{
    assert_true(i < p->region_count);
    return &p->regions[i];
}

static void regions_have_base_size_and_attributes(void **state)
{
    unsigned devices = 0;

    (void)state;
    SET(blob, NORMAL, "pages-count", 3);
    assert_accepted();
    for (unsigned i = 0; i < p->region_count; i++) {
        const struct region *r = region(i);
        if (r->base == 0x40010000)
            assert_int_equal(r->size, 3 * PAGE_BYTES);
        if (r->base == 0x40010000)
            assert_int_equal(r->attributes, MAP_READ | MAP_WRITE | MAP_NON_SECURE);
        if (r->base == 0x09040000)
            devices += r->attributes == (MAP_READ | MAP_WRITE | MAP_DEVICE);
    }
    assert_int_equal(devices, 1);
}

static void a_non_secure_device_is_one_of_the_normal_worlds(void **state)
{
    (void)state;
    SET(blob, UART, "base-address", 0, 0x09000000);
    SET(blob, UART, "attributes", 0xb);
    assert_accepted();
    begin(state);
    SET(blob, UART, "base-address", 0, 0x09000000);
    assert_rejected("expected free memory or a device of the SPMC manifest");
}

static void bad_attributes_are_rejected(void **state)
{
    static const uint32_t memory[] = {0, 2, 4, 0x13, 0x21, 8};

    for (unsigned i = 0; i < COUNT(memory); i++) {
        begin(state);
        SET(blob, SECURE, "attributes", memory[i]);
        assert_rejected("secure: attributes is <");
    }
    begin(state);
    SET(blob, UART, "attributes", 5);
    assert_rejected("uart: attributes is <0x5>");
}

static void code_is_legal_in_memory(void **state)
{
    (void)state;
    SET(blob, SECURE, "attributes", 5);
    assert_accepted();
}

static void bad_page_counts_are_rejected(void **state)
{
    (void)state;
    SET(blob, SECURE, "pages-count", 0);
    assert_rejected("pages-count is <0x0>");
    begin(state);
    SET(blob, SECURE, "pages-count", 0x1000000);
    assert_rejected("a number of pages that fits in memory");
    begin(state);
    SET(blob, SECURE, "pages-count", 0x80000000, 1);
    assert_rejected("a number of pages that fits in memory");
}

static void regions_without_their_properties_are_rejected(void **state)
{
    static const char *const names[] = {"pages-count", "attributes"};

    for (unsigned i = 0; i < COUNT(names); i++) {
        begin(state);
        manifest_remove(blob, SECURE, names[i]);
        assert_rejected("is missing");
    }
    begin(state);
    SET(blob, INSIDE, "load-address-relative-offset", 0, 0, 0);
    assert_rejected("load-address-relative-offset is <");
}

static void memory_that_is_not_free_is_rejected(void **state)
{
    static const uint32_t bases[] = {
        0x0ee00800, /* unaligned */
        0x0e100000, /* Bulkhead's */
        0x0e300000, /* the other package */
        0x0f000000, /* no memory */
        0x40000000, /* Normal memory as Secure */
        0x0e1ff000,
    };

    for (unsigned i = 0; i < COUNT(bases); i++) {
        begin(state);
        SET(blob, SECURE, "base-address", 0, bases[i]);
        assert_rejected("secure: base-address is <");
    }
}

static void an_address_of_all_ones_is_not_the_same_as_none(void **state)
{
    (void)state;
    SET(blob, SECURE, "base-address", 0xffffffff, 0xffffffff);
    assert_rejected("secure: base-address is <");
}

static void regions_of_another_partition_are_not_free(void **state)
{
    (void)state;
    s.partitions[1].region_count = 1;
    s.partitions[1].regions[0] =
        (struct region){.base = 0x40010000, .size = PAGE_BYTES, .attributes = MAP_READ};
    assert_rejected("normal: base-address is <");
}

static void two_regions_of_one_partition_do_not_overlap(void **state)
{
    (void)state;
    SET(blob, SECURE, "base-address", 0, 0x40010000);
    SET(blob, SECURE, "attributes", 0xb);
    assert_rejected("expected free memory");
}

static void a_region_half_inside_the_package_is_rejected(void **state)
{
    (void)state;
    SET(blob, SECURE, "base-address", 0, (uint32_t)(WORLD_LOAD(0) + WORLD_SIZE - 0x1000));
    SET(blob, SECURE, "pages-count", 2);
    assert_rejected("expected free memory");
    begin(state);
    SET(blob, SECURE, "base-address", 0, (uint32_t)(WORLD_LOAD(0) - 0x1000));
    SET(blob, SECURE, "pages-count", 2);
    assert_rejected("expected free memory");
}

/* Of two pages, at 0x6000; the other one, `INSIDE`, has a page at 0x5000. */
#define ANOTHER "/memory-regions/another"
static void add_another(void)
{
    manifest_add_node(blob, "/memory-regions", "another");
    SET(blob, ANOTHER, "load-address-relative-offset", 0x6000);
    SET(blob, ANOTHER, "pages-count", 2);
    SET(blob, ANOTHER, "attributes", 5);
}

static void regions_inside_the_package_do_not_overlap(void **state)
{
    static const uint32_t offsets[] = {0x6000, 0x7000};

    for (unsigned i = 0; i < COUNT(offsets); i++) {
        begin(state);
        add_another();
        assert_accepted();
        begin(state);
        add_another();
        SET(blob, INSIDE, "load-address-relative-offset", offsets[i]);
        assert_rejected("expected memory of the package that no other region has");
    }
    begin(state);
    add_another(); /* by an address of its own, the same memory */
    manifest_remove(blob, INSIDE, "load-address-relative-offset");
    SET(blob, INSIDE, "base-address", 0, (uint32_t)WORLD_LOAD(0) + 0x7000);
    assert_rejected("expected memory of the package that no other region has");
}

static void a_region_inside_the_package_is_whole_pages(void **state)
{
    (void)state;
    SET(blob, INSIDE, "load-address-relative-offset", 0x5004);
    assert_rejected("inside: load-address-relative-offset is <0x5004>, expected a whole page");
}

static void a_region_to_be_allocated_overlaps_nothing_inside_the_package(void **state)
{
    (void)state;
    add_another();
    manifest_remove(blob, SECURE, "base-address");
    assert_accepted();
}

static void an_offset_that_wraps_around_is_rejected(void **state)
{
    (void)state;
    SET(blob, INSIDE, "load-address-relative-offset", 0xffffffff, 0xff000000);
    assert_rejected("inside: load-address-relative-offset is <0xffffffff 0xff000000>, expected "
                    "free memory");
}

static void more_regions_than_fit_are_rejected(void **state)
{
    char name[] = "a0";
    char path[] = "/memory-regions/a0";

    (void)state;
    for (unsigned i = 0; i < REGION_MAX - 2; i++, name[1]++, path[17]++) {
        manifest_add_node(blob, "/memory-regions", name);
        SET(blob, path, "base-address", 0, 0x40020000 + 0x1000 * i);
        SET(blob, path, "pages-count", 1);
        SET(blob, path, "attributes", 0x9);
    }
    assert_rejected("expected no more regions than 8");
}

static void interrupts_of_a_device_are_its_partitions(void **state)
{
    (void)state;
    SET(blob, UART, "interrupts", 40, 0xb07);
    assert_accepted();
    assert_int_equal(p->interrupt_count, SLOT_DEVICES + 1);
    assert_int_equal(p->interrupts[SLOT_DEVICES].intid, 40);
    assert_int_equal(p->interrupts[SLOT_DEVICES].priority, 7);
    assert_true(p->interrupts[SLOT_DEVICES].level);
    assert_ptr_equal(device_owner(&s, 40), p);
}

static void streams_are_complained_about_and_get_no_access(void **state)
{
    (void)state;
    SET(blob, UART, "stream-ids", 7, 9);
    assert_accepted();
    assert_true(
        port_model_printed("uart: stream-ids is <0x7 0x9>, expected none: without an SMMU"));
}

static void identities_on_a_bus_are_rejected(void **state)
{
    (void)state;
    SET(blob, "/", "stream-endpoint-ids", 0x8100);
    assert_rejected("/: stream-endpoint-ids is <0x8100>, expected none");
}

static void a_region_without_an_address_is_to_be_allocated(void **state)
{
    (void)state;
    manifest_remove(blob, SECURE, "base-address");
    assert_accepted();
    assert_string_equal(port_model.console, "");
    for (unsigned i = 0; i < p->region_count; i++)
        if (strcmp(region(i)->name, "secure") == 0)
            assert_int_equal(region(i)->base, REGION_ALLOCATE);
}

static void only_secure_memory_is_allocated(void **state)
{
    (void)state;
    manifest_remove(blob, NORMAL, "base-address");
    assert_rejected("normal: base-address is missing, expected an address: only Secure memory");
    begin(state);
    manifest_remove(blob, UART, "base-address");
    assert_rejected("uart: base-address is missing, expected an address: only Secure memory");
    begin(state);
    SET(blob, SECURE, "base-address", 1, 2, 3);
    assert_rejected("secure: base-address is <0x1 0x2 0x3>, expected a number");
}

static void the_package_holds_only_secure_memory(void **state)
{
    (void)state;
    SET(blob, INSIDE, "attributes", 0xb);
    assert_rejected("inside: load-address-relative-offset is <0x0 0x5000>, expected memory or "
                    "a device outside");
    begin(state);
    SET(blob, UART, "base-address", 0, (uint32_t)WORLD_LOAD(0));
    assert_rejected("uart: base-address is <0x0 0xe200000>, expected memory or a device outside");
}

/* ---- The mailbox ---- */

#define MAILBOX "/rx_tx-info"

/* RX is the region inside the package, TX the Secure one beyond. */
static void add_mailbox(uint32_t rx, uint32_t tx)
{
    SET(blob, INSIDE, "phandle", 1);
    SET(blob, SECURE, "phandle", 2);
    SET(blob, UART, "phandle", 3);
    manifest_add_node(blob, "/", "rx_tx-info");
    manifest_set_text(blob, MAILBOX, "compatible", "arm,ffa-manifest-rx_tx-buffer");
    SET(blob, MAILBOX, "rx-buffer", rx);
    SET(blob, MAILBOX, "tx-buffer", tx);
}

static void a_mailbox_is_two_regions(void **state)
{
    (void)state;
    add_mailbox(1, 2);
    assert_accepted();
    assert_int_equal(p->regions[p->rx_region - 1].phandle, 1);
    assert_int_equal(p->regions[p->tx_region - 1].phandle, 2);
}

static void rx_may_be_read_only_tx_may_not(void **state)
{
    (void)state;
    add_mailbox(2, 1);
    SET(blob, SECURE, "attributes", 1);
    assert_accepted();
    begin(state);
    add_mailbox(1, 2);
    SET(blob, SECURE, "attributes", 1);
    assert_rejected("rx_tx-info: tx-buffer is <0x2>, expected the phandle of a memory region");
}

static void phandles_that_mean_no_memory_are_rejected(void **state)
{
    static const uint32_t phandles[] = {0, 3, 4};

    for (unsigned i = 0; i < COUNT(phandles); i++) {
        begin(state);
        add_mailbox(phandles[i], 2);
        assert_rejected("rx_tx-info: rx-buffer is <");
        begin(state);
        add_mailbox(1, phandles[i]);
        assert_rejected("rx_tx-info: tx-buffer is <");
    }
    begin(state);
    add_mailbox(1, 2);
    manifest_remove(blob, MAILBOX, "tx-buffer");
    assert_rejected("rx_tx-info: tx-buffer is missing");
}

/* Where they will lie nobody knows yet. */
static void buffers_may_be_allocated(void **state)
{
    (void)state;
    add_mailbox(1, 2);
    manifest_remove(blob, INSIDE, "load-address-relative-offset");
    manifest_remove(blob, SECURE, "base-address");
    assert_accepted();
}

static void buffers_that_are_no_pair_are_rejected(void **state)
{
    (void)state;
    add_mailbox(1, 1);
    assert_rejected("expected another region than tx-buffer, as large");
    begin(state);
    add_mailbox(1, 2);
    SET(blob, SECURE, "pages-count", 2);
    assert_rejected("expected another region than tx-buffer, as large");
    begin(state);
    p->size = 0x100000;
    add_mailbox(1, 2);
    SET(blob, SECURE, "pages-count", MAILBOX_PAGES_MAX + 1);
    SET(blob, INSIDE, "pages-count", MAILBOX_PAGES_MAX + 1);
    assert_rejected("expected another region than tx-buffer, as large");
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_good_manifest_is_read_whole),
        TEST(what_is_left_out_has_its_default),
        TEST(numbers_out_of_range_are_rejected),
        TEST(properties_of_another_size_are_rejected),
        TEST(what_must_be_there_is_missed),
        TEST(both_versions_of_the_binding_are_known),
        TEST(several_uuids_end_at_a_nil_one),
        TEST(bad_uuids_are_rejected),
        TEST(a_secure_id_of_the_manifest_counts),
        TEST(an_id_that_is_not_secure_is_only_a_number),
        TEST(an_id_whose_slot_is_taken_is_rejected),
        TEST(when_it_comes_back_is_a_property),
        TEST(the_id_of_the_logical_partition_is_rejected),
        TEST(support_of_notifications_is_a_property),
        TEST(messages_about_vms_are_direct_requests),
        TEST(newer_messaging_methods_need_version_1_2),
        TEST(managed_exit_masks_nothing_and_has_a_line),
        TEST(regions_have_base_size_and_attributes),
        TEST(a_non_secure_device_is_one_of_the_normal_worlds),
        TEST(bad_attributes_are_rejected),
        TEST(code_is_legal_in_memory),
        TEST(bad_page_counts_are_rejected),
        TEST(regions_without_their_properties_are_rejected),
        TEST(memory_that_is_not_free_is_rejected),
        TEST(an_address_of_all_ones_is_not_the_same_as_none),
        TEST(regions_of_another_partition_are_not_free),
        TEST(two_regions_of_one_partition_do_not_overlap),
        TEST(a_region_half_inside_the_package_is_rejected),
        TEST(regions_inside_the_package_do_not_overlap),
        TEST(a_region_inside_the_package_is_whole_pages),
        TEST(a_region_to_be_allocated_overlaps_nothing_inside_the_package),
        TEST(an_offset_that_wraps_around_is_rejected),
        TEST(more_regions_than_fit_are_rejected),
        TEST(interrupts_of_a_device_are_its_partitions),
        TEST(streams_are_complained_about_and_get_no_access),
        TEST(identities_on_a_bus_are_rejected),
        TEST(a_region_without_an_address_is_to_be_allocated),
        TEST(only_secure_memory_is_allocated),
        TEST(the_package_holds_only_secure_memory),
        TEST(a_mailbox_is_two_regions),
        TEST(rx_may_be_read_only_tx_may_not),
        TEST(phandles_that_mean_no_memory_are_rejected),
        TEST(buffers_may_be_allocated),
        TEST(buffers_that_are_no_pair_are_rejected),
    };

    return cmocka_run_group_tests_name("partition_manifest", tests, NULL, NULL);
}
