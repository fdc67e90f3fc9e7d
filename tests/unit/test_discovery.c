/* SPDX-License-Identifier: BSD-3-Clause */
/* FFA_PARTITION_INFO_GET and _REGS for each version and world: core/discovery.c. */
#include "support/unit.h"

static struct spmc s;
static struct regs *const normal = &s.cpus[0].normal;

#define INFO FFA_PARTITION_INFO_GET
#define REGS FFA_PARTITION_INFO_GET_REGS
#define ENTRIES FFA_PARTITION_INFO_REGS_ENTRIES

static int boot(void **state)
{
    (void)state;
    port_model_reset_counters();
    world_boot(&s);
    for (unsigned i = 0; i < WORLD_PARTITIONS; i++)
        s.partitions[i].properties &= ~(uint32_t)FFA_PROPERTY_NOTIFICATIONS;
    world_normal_call(&s, 0, FFA_RXTX_MAP_64, WORLD_NORMAL_TX, WORLD_NORMAL_RX, 1);
    return 0;
}

/* Descriptor number i of the Normal world's RX, with a size of 8 or 24 bytes. */
static const struct ffa_partition_info *info(unsigned i, unsigned size)
{
    const uint8_t *rx = port_model_memory(WORLD_NORMAL_RX, PAGE_BYTES);

    return (const void *)(rx + i * size);
}

static struct next ask(unsigned partition, uint64_t flags)
{
    const uint32_t *uuid = s.partitions[partition].uuid[0].word;

    return world_normal_call(&s, 0, INFO, uuid[0], uuid[1], uuid[2], uuid[3], flags);
}

static void all_partitions_are_listed_with_their_uuids(void **state)
{
    (void)state;
    world_normal_call(&s, 0, INFO);
    assert_success(normal, WORLD_PARTITIONS, FFA_PARTITION_INFO_SIZE_1_1);
    assert_int_equal(s.normal.mailbox.state, MAILBOX_FULL);
    for (unsigned i = 0; i < WORLD_PARTITIONS; i++) {
        const struct ffa_partition_info *p = info(i, 24);
        assert_int_equal(p->id, WORLD_ID(i));
        assert_int_equal(p->context_count, i == WORLD_MP ? WORLD_MP_CONTEXTS : 1);
        assert_int_equal(p->properties, FFA_PROPERTY_RECEIVES_REQ | FFA_PROPERTY_AARCH64);
        assert_memory_equal(&p->uuid, &s.partitions[i].uuid[0], sizeof(p->uuid));
    }
}

static void one_partition_is_found_by_its_uuid(void **state)
{
    static const struct ffa_uuid nil;

    (void)state;
    ask(WORLD_MP, 0);
    assert_success(normal, 1, FFA_PARTITION_INFO_SIZE_1_1);
    assert_int_equal(info(0, 24)->id, MP_ID);
    assert_memory_equal(&info(0, 24)->uuid, &nil, sizeof(nil));
}

static void counting_needs_no_buffer(void **state)
{
    (void)state;
    world_normal_call(&s, 0, FFA_RXTX_UNMAP);
    world_normal_call(&s, 0, INFO, 0, 0, 0, 0, FFA_PARTITION_INFO_COUNT_ONLY);
    assert_success(normal, WORLD_PARTITIONS, 0);
    ask(WORLD_UP, FFA_PARTITION_INFO_COUNT_ONLY);
    assert_success(normal, 1, 0);
}

static void without_a_free_rx_it_is_busy(void **state)
{
    (void)state;
    world_normal_call(&s, 0, INFO);
    world_normal_call(&s, 0, INFO);
    assert_refused(normal, FFA_BUSY);
    world_normal_call(&s, 0, FFA_RXTX_UNMAP);
    world_normal_call(&s, 0, INFO);
    assert_refused(normal, FFA_BUSY);
}

static void an_unknown_uuid_is_invalid(void **state)
{
    (void)state;
    for (unsigned i = 1; i <= 4; i++) {
        uint64_t x[8] = {INFO, 0x10, 0x20, 0x30, 0x40};
        x[i] ^= 1;
        world_spmd(&s, 0, x);
        assert_refused(normal, FFA_INVALID_PARAMETERS);
    }
}

static void unknown_flags_are_invalid(void **state)
{
    (void)state;
    world_normal_call(&s, 0, INFO, 0, 0, 0, 0, 2);
    assert_refused(normal, FFA_INVALID_PARAMETERS);
    s.normal.version = FFA_VERSION_1_0;
    world_normal_call(&s, 0, INFO, 0, 0, 0, 0, FFA_PARTITION_INFO_COUNT_ONLY);
    assert_refused(normal, FFA_INVALID_PARAMETERS);
}

static void version_1_0_gets_eight_bytes_and_three_properties(void **state)
{
    (void)state;
    s.normal.version = FFA_VERSION_1_0;
    s.partitions[WORLD_UP].properties |= FFA_PROPERTY_INDIRECT | FFA_PROPERTY_NOTIFICATIONS;
    world_normal_call(&s, 0, INFO);
    assert_success(normal, WORLD_PARTITIONS, 0);
    for (unsigned i = 0; i < WORLD_PARTITIONS; i++)
        assert_int_equal(info(i, 8)->id, WORLD_ID(i));
    assert_int_equal(info(0, 8)->properties, FFA_PROPERTY_RECEIVES_REQ | FFA_PROPERTY_INDIRECT);
}

static void version_1_2_gets_an_entry_for_each_uuid(void **state)
{
    struct partition *mp = &s.partitions[WORLD_MP];

    (void)state;
    s.normal.version = FFA_VERSION_1_2;
    mp->endpoint.version = FFA_VERSION_1_2;
    mp->uuid[1] = (struct ffa_uuid){{5, 6, 7, 8}};
    mp->uuid_count = 2;
    world_normal_call(&s, 0, INFO);
    assert_success(normal, WORLD_PARTITIONS + 1, FFA_PARTITION_INFO_SIZE_1_1);
    assert_int_equal(info(2, 24)->id, MP_ID);
    assert_int_equal(info(2, 24)->uuid.word[0], 5);
    assert_true(info(2, 24)->properties & FFA_PROPERTY_RECEIVES_REQ2);
    assert_false(info(2, 24)->properties & FFA_PROPERTY_SENDS_REQ2);
    world_normal_call(&s, 0, FFA_RX_RELEASE);
    world_normal_call(&s, 0, INFO, 5, 6, 7, 8);
    assert_success(normal, 1, FFA_PARTITION_INFO_SIZE_1_1);
}

static void version_1_1_gets_one_entry_and_no_newer_property(void **state)
{
    struct partition *mp = &s.partitions[WORLD_MP];

    (void)state;
    mp->properties |= FFA_PROPERTY_RECEIVES_REQ2;
    mp->uuid_count = 2;
    world_normal_call(&s, 0, INFO);
    assert_success(normal, WORLD_PARTITIONS, FFA_PARTITION_INFO_SIZE_1_1);
    assert_false(info(1, 24)->properties & FFA_PROPERTY_RECEIVES_REQ2);
}

static void a_partition_of_version_1_0_has_no_newer_property(void **state)
{
    (void)state;
    s.partitions[WORLD_UP].properties |= FFA_PROPERTY_INDIRECT | FFA_PROPERTY_NOTIFICATIONS;
    s.partitions[WORLD_UP].endpoint.version = FFA_VERSION_1_0;
    world_normal_call(&s, 0, INFO);
    assert_int_equal(info(0, 24)->properties, FFA_PROPERTY_RECEIVES_REQ | FFA_PROPERTY_AARCH64);
}

static void vm_messages_are_shown_to_the_normal_world_only(void **state)
{
    struct partition *up = &s.partitions[WORLD_UP];
    const struct ffa_partition_info *seen = port_model_memory(WORLD_RX(WORLD_MP), PAGE_BYTES);

    (void)state;
    up->properties |= FFA_PROPERTY_VM_CREATED | FFA_PROPERTY_VM_DESTROYED;
    world_normal_call(&s, 0, INFO);
    assert_true(info(0, 24)->properties & FFA_PROPERTY_VM_CREATED);
    world_normal_call(&s, 0, FFA_RX_RELEASE);
    up->properties &= ~(uint32_t)FFA_PROPERTY_RECEIVES_REQ;
    world_normal_call(&s, 0, INFO);
    assert_false(info(0, 24)->properties & FFA_PROPERTY_VM_CREATED);
    up->properties |= FFA_PROPERTY_RECEIVES_REQ;
    world_request(&s, 0, WORLD_MP, 0);
    world_call(&s, 0, FFA_RXTX_MAP_64, WORLD_TX(WORLD_MP), WORLD_RX(WORLD_MP), 1);
    world_call(&s, 0, INFO);
    assert_success(&world_running(&s, 0)->regs, WORLD_PARTITIONS, FFA_PARTITION_INFO_SIZE_1_1);
    assert_int_equal(seen->properties,
                     FFA_PROPERTY_RECEIVES_REQ | FFA_PROPERTY_SENDS_REQ | FFA_PROPERTY_AARCH64);
}

static void a_partition_that_was_left_out_is_not_listed(void **state)
{
    (void)state;
    s.partitions[WORLD_UP].state = PARTITION_ABSENT;
    world_vcpu(&s, WORLD_UP, 0)->state = VCPU_OFF;
    world_normal_call(&s, 0, INFO);
    assert_success(normal, WORLD_PARTITIONS - 1, FFA_PARTITION_INFO_SIZE_1_1);
    world_normal_call(&s, 0, FFA_RX_RELEASE);
    ask(WORLD_UP, 0);
    assert_refused(normal, FFA_INVALID_PARAMETERS);
}

static void rx_that_is_gone_is_aborted(void **state)
{
    (void)state;
    port_model.copies_out_until_fault = 0;
    world_normal_call(&s, 0, INFO);
    assert_refused(normal, FFA_ABORTED);
    assert_int_equal(s.normal.mailbox.state, MAILBOX_EMPTY);
}

/* ---- Several UUIDs, by version ---- */

static void counts_agree_with_lists_in_each_version(void **state)
{
    static const struct {
        uint32_t version;
        unsigned count;
    } callers[] = {{FFA_VERSION_1_1, WORLD_PARTITIONS},
                   {FFA_VERSION_1_2, WORLD_PARTITIONS + UUID_MAX - 1}};

    (void)state;
    world_uuids(&s, WORLD_UP, UUID_MAX);
    for (unsigned i = 0; i < COUNT(callers); i++) {
        s.normal.version = callers[i].version;
        world_normal_call(&s, 0, INFO, 0, 0, 0, 0, FFA_PARTITION_INFO_COUNT_ONLY);
        assert_success(normal, callers[i].count, 0);
        world_normal_call(&s, 0, INFO);
        assert_success(normal, callers[i].count, FFA_PARTITION_INFO_SIZE_1_1);
        world_normal_call(&s, 0, FFA_RX_RELEASE);
    }
    s.normal.version = FFA_VERSION_1_0;
    world_normal_call(&s, 0, INFO);
    assert_success(normal, WORLD_PARTITIONS, 0);
}

static void any_of_several_uuids_finds_its_partition_in_each_version(void **state)
{
    static const uint32_t versions[] = {FFA_VERSION_1_0, FFA_VERSION_1_1, FFA_VERSION_1_2};

    (void)state;
    world_uuids(&s, WORLD_MP, UUID_MAX);
    for (unsigned i = 0; i < COUNT(versions); i++) {
        s.normal.version = versions[i];
        for (unsigned j = 1; j < UUID_MAX; j++) {
            world_normal_call(&s, 0, INFO, j, 6, 7, 8 + WORLD_MP);
            assert_int_equal(normal->x[2], 1);
            assert_int_equal(info(0, 24)->id, MP_ID);
            world_normal_call(&s, 0, FFA_RX_RELEASE);
        }
    }
}

#define TEST(name) cmocka_unit_test_setup(name, boot)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(all_partitions_are_listed_with_their_uuids),
        TEST(one_partition_is_found_by_its_uuid),
        TEST(counting_needs_no_buffer),
        TEST(without_a_free_rx_it_is_busy),
        TEST(an_unknown_uuid_is_invalid),
        TEST(unknown_flags_are_invalid),
        TEST(version_1_0_gets_eight_bytes_and_three_properties),
        TEST(version_1_2_gets_an_entry_for_each_uuid),
        TEST(version_1_1_gets_one_entry_and_no_newer_property),
        TEST(a_partition_of_version_1_0_has_no_newer_property),
        TEST(vm_messages_are_shown_to_the_normal_world_only),
        TEST(a_partition_that_was_left_out_is_not_listed),
        TEST(rx_that_is_gone_is_aborted),
        TEST(counts_agree_with_lists_in_each_version),
        TEST(any_of_several_uuids_finds_its_partition_in_each_version),
    };

    return cmocka_run_group_tests_name("discovery", tests, NULL, NULL);
}
