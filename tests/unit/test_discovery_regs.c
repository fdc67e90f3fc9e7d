/* SPDX-License-Identifier: BSD-3-Clause */
/* FFA_PARTITION_INFO_GET_REGS for each version and world: core/discovery.c. */
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
    world_normal_call(&s, 0, FFA_RXTX_MAP_64, WORLD_NORMAL_TX, WORLD_NORMAL_RX, 1);
    s.normal.version = FFA_VERSION_1_2;
    for (unsigned i = 0; i < WORLD_PARTITIONS; i++) {
        s.partitions[i].properties &= ~(uint32_t)FFA_PROPERTY_NOTIFICATIONS;
        s.partitions[i].endpoint.version = FFA_VERSION_1_2;
    }
    return 0;
}

/* x2 of an answer: where the list ends, where this part of it does, no tag, the size of an entry.
 */
static void assert_part(const struct regs *regs, uint16_t last, uint16_t current)
{
    assert_int_equal(regs->x[0], FFA_SUCCESS_64);
    assert_int_equal(regs->x[1], 0);
    assert_int_equal(regs->x[2], UINT64_C(24) << 48 | (uint64_t)current << 16 | last);
}

static void assert_entry(const struct regs *regs, unsigned place, uint16_t id, uint32_t properties,
                         const struct ffa_uuid *uuid)
{
    static const struct ffa_uuid nil;
    const uint64_t *x = &regs->x[3 + 3 * place];
    uint64_t contexts = id == MP_ID ? WORLD_MP_CONTEXTS : 1;

    assert_int_equal(x[0], (uint64_t)properties << 32 | contexts << 16 | id);
    assert_memory_equal(&x[1], uuid != NULL ? uuid : &nil, sizeof(nil));
}

#define SEEN_BY_NORMAL \
    (FFA_PROPERTY_RECEIVES_REQ | FFA_PROPERTY_RECEIVES_REQ2 | FFA_PROPERTY_AARCH64)

static void registers_list_all_partitions(void **state)
{
    (void)state;
    for (unsigned i = 4; i < 18; i++)
        normal->x[i] = UINT64_MAX; /* reserved, but nobody checks */
    world_normal_call(&s, 0, REGS);
    assert_part(normal, WORLD_PARTITIONS - 1, WORLD_PARTITIONS - 1);
    for (unsigned i = 0; i < WORLD_PARTITIONS; i++)
        assert_entry(normal, i, WORLD_ID(i), SEEN_BY_NORMAL, &s.partitions[i].uuid[0]);
    for (unsigned i = 3 + 3 * WORLD_PARTITIONS; i < 18; i++)
        assert_int_equal(normal->x[i], 0);
    assert_int_equal(s.normal.mailbox.state, MAILBOX_EMPTY); /* RX is not used */
}

/* A partition whose manifest says 1.2 may still have chosen an earlier version. */
static void requests_of_the_second_kind_are_no_property_below_1_2(void **state)
{
    (void)state;
    s.partitions[WORLD_UP].endpoint.version = FFA_VERSION_1_1;
    world_normal_call(&s, 0, REGS);
    assert_entry(normal, 0, UP_ID, SEEN_BY_NORMAL & ~(uint32_t)FFA_PROPERTY_RECEIVES_REQ2,
                 &s.partitions[WORLD_UP].uuid[0]);
    world_request(&s, 0, WORLD_MP, 0);
    world_call(&s, 0, REGS);
    assert_entry(&world_running(&s, 0)->regs, 0, UP_ID,
                 FFA_PROPERTY_RECEIVES_REQ | FFA_PROPERTY_SENDS_REQ | FFA_PROPERTY_AARCH64,
                 &s.partitions[WORLD_UP].uuid[0]);
}

static void registers_need_no_mailbox(void **state)
{
    (void)state;
    world_normal_call(&s, 0, FFA_RXTX_UNMAP);
    world_normal_call(&s, 0, REGS);
    assert_part(normal, WORLD_PARTITIONS - 1, WORLD_PARTITIONS - 1);
}

static void partitions_see_who_can_send(void **state)
{
    const struct regs *up = &world_vcpu(&s, WORLD_UP, 0)->regs;

    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    world_call(&s, 0, REGS);
    assert_part(up, WORLD_PARTITIONS - 1, WORLD_PARTITIONS - 1);
    for (unsigned i = 0; i < WORLD_PARTITIONS; i++)
        assert_entry(up, i, WORLD_ID(i), s.partitions[i].properties, &s.partitions[i].uuid[0]);
}

static void five_entries_go_at_a_time(void **state)
{
    (void)state;
    world_uuids(&s, WORLD_UP, UUID_MAX);
    world_uuids(&s, WORLD_MP, UUID_MAX);
    world_normal_call(&s, 0, REGS);
    assert_part(normal, 2 * UUID_MAX, ENTRIES - 1);
    assert_entry(normal, 0, UP_ID, SEEN_BY_NORMAL, &s.partitions[WORLD_UP].uuid[0]);
    assert_entry(normal, 4, MP_ID, SEEN_BY_NORMAL, &s.partitions[WORLD_MP].uuid[0]);
    world_normal_call(&s, 0, REGS, 0, 0, ENTRIES);
    assert_part(normal, 2 * UUID_MAX, 2 * UUID_MAX);
    assert_entry(normal, 0, MP_ID, SEEN_BY_NORMAL, &s.partitions[WORLD_MP].uuid[1]);
    assert_entry(normal, 3, QUEUED_ID, SEEN_BY_NORMAL, &s.partitions[WORLD_QUEUED].uuid[0]);
    for (unsigned i = 15; i < 18; i++)
        assert_int_equal(normal->x[i], 0);
}

static void a_part_ends_after_five_entries_or_with_the_list(void **state)
{
    const uint16_t last = 2 * UUID_MAX;

    (void)state;
    world_uuids(&s, WORLD_UP, UUID_MAX);
    world_uuids(&s, WORLD_MP, UUID_MAX);
    for (uint16_t start = 0; start <= last; start++) {
        uint16_t end = start + ENTRIES - 1 < last ? (uint16_t)(start + ENTRIES - 1) : last;
        world_normal_call(&s, 0, REGS, 0, 0, start);
        assert_part(normal, last, end);
        for (unsigned i = 0; i < ENTRIES; i++)
            assert_int_equal(normal->x[3 + 3 * i] != 0, i <= (unsigned)(end - start));
    }
}

static void a_list_may_begin_anywhere(void **state)
{
    (void)state;
    world_uuids(&s, WORLD_UP, 3); /* five entries in all */
    for (unsigned start = 0; start < 5; start++) {
        world_normal_call(&s, 0, REGS, 0, 0, start);
        assert_part(normal, 4, 4);
        assert_entry(normal, 4 - start, QUEUED_ID, SEEN_BY_NORMAL,
                     &s.partitions[WORLD_QUEUED].uuid[0]);
    }
}

static void a_start_past_the_end_is_invalid(void **state)
{
    static const uint64_t starts[] = {WORLD_PARTITIONS, WORLD_PARTITIONS + 1, 0x7fff, 0xffff};

    (void)state;
    for (unsigned i = 0; i < COUNT(starts); i++) {
        world_normal_call(&s, 0, REGS, 0, 0, starts[i]);
        assert_refused(normal, FFA_INVALID_PARAMETERS);
    }
    world_normal_call(&s, 0, REGS, UINT64_C(0x2000000010), UINT64_C(0x4000000030), 1);
    assert_refused(normal, FFA_INVALID_PARAMETERS); /* one entry has this UUID */
}

static void any_tag_is_stale(void **state)
{
    static const uint64_t tags[] = {1, 0x8000, 0xffff};

    (void)state;
    for (unsigned i = 0; i < COUNT(tags); i++) {
        world_normal_call(&s, 0, REGS, 0, 0, tags[i] << 16);
        assert_refused(normal, FFA_RETRY);
        world_normal_call(&s, 0, REGS, 0, 0, tags[i] << 16 | 1);
        assert_refused(normal, FFA_RETRY);
    }
}

static void one_of_several_uuids_is_found_in_registers(void **state)
{
    (void)state;
    world_uuids(&s, WORLD_MP, 3);
    world_normal_call(&s, 0, REGS, UINT64_C(0x600000002), UINT64_C(0x900000007));
    assert_part(normal, 0, 0);
    assert_entry(normal, 0, MP_ID, SEEN_BY_NORMAL, NULL); /* the caller knows the UUID */
    for (unsigned i = 6; i < 18; i++)
        assert_int_equal(normal->x[i], 0);
}

static void a_uuid_that_two_partitions_share_finds_both(void **state)
{
    (void)state;
    s.partitions[WORLD_QUEUED].uuid[0] = s.partitions[WORLD_UP].uuid[0];
    world_normal_call(&s, 0, REGS, UINT64_C(0x2000000010), UINT64_C(0x4000000030));
    assert_part(normal, 1, 1);
    assert_entry(normal, 0, UP_ID, SEEN_BY_NORMAL, NULL);
    assert_entry(normal, 1, QUEUED_ID, SEEN_BY_NORMAL, NULL);
}

static void an_unknown_uuid_in_registers_is_invalid(void **state)
{
    static const uint64_t bits[] = {1, UINT64_C(1) << 32};

    (void)state;
    for (unsigned i = 0; i < COUNT(bits); i++) {
        world_normal_call(&s, 0, REGS, UINT64_C(0x2000000010) ^ bits[i], UINT64_C(0x4000000030));
        assert_refused(normal, FFA_INVALID_PARAMETERS);
        world_normal_call(&s, 0, REGS, UINT64_C(0x2000000010), UINT64_C(0x4000000030) ^ bits[i]);
        assert_refused(normal, FFA_INVALID_PARAMETERS);
    }
}

static void registers_are_new_in_version_1_2(void **state)
{
    static const uint32_t versions[] = {FFA_VERSION_1_0, FFA_VERSION_1_1};

    (void)state;
    for (unsigned i = 0; i < COUNT(versions); i++) {
        s.normal.version = versions[i];
        for (unsigned j = 8; j < 18; j++)
            normal->x[j] = j;
        world_normal_call(&s, 0, REGS);
        assert_refused(normal, FFA_NOT_SUPPORTED);
        for (unsigned j = 8; j < 18; j++)
            assert_int_equal(normal->x[j], j);
    }
    s.partitions[WORLD_UP].endpoint.version = FFA_VERSION_1_1;
    world_request(&s, 0, WORLD_UP, 0);
    world_call(&s, 0, REGS);
    assert_refused(&world_vcpu(&s, WORLD_UP, 0)->regs, FFA_NOT_SUPPORTED);
}

static void a_partition_that_was_left_out_is_not_in_registers(void **state)
{
    (void)state;
    s.partitions[WORLD_UP].state = PARTITION_ABSENT;
    world_vcpu(&s, WORLD_UP, 0)->state = VCPU_OFF;
    world_normal_call(&s, 0, REGS);
    assert_part(normal, WORLD_PARTITIONS - 2, WORLD_PARTITIONS - 2);
    assert_entry(normal, 0, MP_ID, SEEN_BY_NORMAL, &s.partitions[WORLD_MP].uuid[0]);
}

static void without_partitions_there_is_nothing_to_list(void **state)
{
    (void)state;
    for (unsigned i = 0; i < WORLD_PARTITIONS; i++) {
        s.partitions[i].state = PARTITION_ABSENT;
        for (unsigned j = 0; j < s.partitions[i].context_count; j++)
            world_vcpu(&s, i, j)->state = VCPU_OFF;
    }
    world_normal_call(&s, 0, REGS);
    assert_refused(normal, FFA_INVALID_PARAMETERS);
    world_normal_call(&s, 0, INFO);
    assert_refused(normal, FFA_INVALID_PARAMETERS);
}

#define TEST(name) cmocka_unit_test_setup(name, boot)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(registers_list_all_partitions),
        TEST(requests_of_the_second_kind_are_no_property_below_1_2),
        TEST(registers_need_no_mailbox),
        TEST(partitions_see_who_can_send),
        TEST(five_entries_go_at_a_time),
        TEST(a_part_ends_after_five_entries_or_with_the_list),
        TEST(a_list_may_begin_anywhere),
        TEST(a_start_past_the_end_is_invalid),
        TEST(any_tag_is_stale),
        TEST(one_of_several_uuids_is_found_in_registers),
        TEST(a_uuid_that_two_partitions_share_finds_both),
        TEST(an_unknown_uuid_in_registers_is_invalid),
        TEST(registers_are_new_in_version_1_2),
        TEST(a_partition_that_was_left_out_is_not_in_registers),
        TEST(without_partitions_there_is_nothing_to_list),
    };

    return cmocka_run_group_tests_name("discovery_regs", tests, NULL, NULL);
}
