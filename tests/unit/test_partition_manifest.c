/* SPDX-License-Identifier: BSD-3-Clause */
/* A partition's manifest: core/partition_manifest.c. */
#include "abi/stat.h"

#include "core/device.h"
#include "core/interrupt.h"
#include "support/partition_manifest.h"

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
    SET(blob, "/", "uuid", STAT_UUID);
    assert_rejected("uuid is <0x6b6c7562 0x41d7b469 0x6b6c7580 0x646165>, expected UUIDs that are "
                    "not Bulkhead's");
    begin(state);
    SET(blob, "/", "uuid", 1, 2, 3, 4, STAT_UUID);
    assert_rejected("uuid is <");
    begin(state);
    SET(blob, "/", "uuid", 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5);
    assert_rejected("expected fewer UUIDs");
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
    assert_rejected("/: id is <0x8142>, expected a Secure id, its low byte");
}

static void the_id_of_the_logical_partition_is_rejected(void **state)
{
    (void)state;
    s.id = 0x8001;
    SET(blob, "/", "id", 0xbf00);
    assert_rejected("/: id is <0xbf00>, expected a Secure id, its low byte");
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

/* ---- S-EL0 ---- */

static void a_partition_at_s_el0_has_one_context_and_no_managed_exit(void **state)
{
    (void)state;
    SET(blob, "/", "exception-level", 1);
    SET(blob, "/", "execution-ctx-count", 1);
    assert_accepted();
    assert_true(p->s_el0);
    begin(state);
    assert_accepted();
    assert_false(p->s_el0);
    begin(state);
    SET(blob, "/", "exception-level", 1);
    assert_rejected("execution-ctx-count is <");
    begin(state);
    SET(blob, "/", "exception-level", 1);
    SET(blob, "/", "execution-ctx-count", 1);
    SET(blob, "/", "ns-interrupts-action", FFA_NS_ACTION_MANAGED_EXIT);
    assert_rejected("ns-interrupts-action is <0x1>, expected 0 or 2 at S-EL0");
}

static void nothing_is_written_and_executed_at_s_el0(void **state)
{
    (void)state;
    SET(blob, "/memory-regions/secure", "attributes", 7);
    assert_accepted();
    begin(state);
    SET(blob, "/", "exception-level", 1);
    SET(blob, "/", "execution-ctx-count", 1);
    SET(blob, "/memory-regions/secure", "attributes", 7);
    assert_rejected("secure: attributes is <0x7>");
    begin(state);
    SET(blob, "/", "exception-level", 1);
    SET(blob, "/", "execution-ctx-count", 1);
    SET(blob, "/memory-regions/secure", "attributes", 5);
    assert_accepted();
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
        TEST(a_partition_at_s_el0_has_one_context_and_no_managed_exit),
        TEST(nothing_is_written_and_executed_at_s_el0),
    };

    return cmocka_run_group_tests_name("partition_manifest", tests, NULL, NULL);
}
