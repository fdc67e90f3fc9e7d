/* SPDX-License-Identifier: BSD-3-Clause */
/* FFA_NOTIFICATION_INFO_GET: the lists, how they are packed, and what is told once: notify_info.c.
 */
#include "support/notifications.h"

#define FROM_SP FFA_NOTIFICATION_FROM_PARTITIONS
#define FIRST_VM 0x100
#define REQ32 FFA_MSG_SEND_DIRECT_REQ_32

/* A VM with bit 0 for it as a whole and bit 1 for each vCPU, both UP's. */
static void create(uint16_t vm, unsigned vcpus)
{
    by_normal(CREATE, vm, vcpus);
    assert_success(normal, 0, 0);
    by_normal(BIND, PAIR(UP_ID, vm), 0, 1);
    by_normal(BIND, PAIR(UP_ID, vm), PER_VCPU, 2);
    assert_success(normal, 0, 0);
}

static void set(uint16_t vm)
{
    by_up(SET, PAIR(UP_ID, vm), 0, 1);
    assert_success(up, 0, 0);
}

static void set_vcpu(uint16_t vm, unsigned vcpu)
{
    by_up(SET, PAIR(UP_ID, vm), PER_VCPU | VCPU(vcpu), 2);
    assert_success(up, 0, 0);
}

static uint16_t id_64(unsigned i)
{
    return (uint16_t)(normal->x[3 + i / 4] >> 16 * (i % 4));
}

static uint16_t id_32(unsigned i)
{
    return (uint16_t)(normal->x[3 + i / 2] >> 16 * (i % 2));
}

/* w2: whether more is pending, how many lists, and the number of vCPUs of each. */
#define SUMMARY(more, lists, sizes) ((more) | (uint64_t)(lists) << 7 | (uint64_t)(sizes) << 12)

static void assert_no_data(void)
{
    by_normal(INFO_GET_64);
    assert_refused(normal, FFA_NO_DATA);
    by_normal(INFO_GET_32);
    assert_refused(normal, FFA_NO_DATA);
}

static void nothing_pending_is_no_data(void **state)
{
    (void)state;
    assert_no_data();
    create(0, 1);
    assert_no_data();
}

static void a_global_notification_is_a_list_of_one_id(void **state)
{
    (void)state;
    create(FIRST_VM, 1);
    set(FIRST_VM);
    by_normal(INFO_GET_64);
    assert_answer(normal, FFA_SUCCESS_64, 0, SUMMARY(0, 1, 0), FIRST_VM);
}

static void the_32_bit_form_has_two_ids_in_a_register(void **state)
{
    (void)state;
    create(0, 1);
    create(FIRST_VM, 1);
    create(FIRST_VM + 1, 1);
    set(0);
    set(FIRST_VM);
    set(FIRST_VM + 1);
    by_normal(INFO_GET_32);
    assert_int_equal(normal->x[0], FFA_SUCCESS_32);
    assert_int_equal(normal->x[2], SUMMARY(0, 3, 0));
    assert_int_equal(normal->x[3], (uint64_t)FIRST_VM << 16);
    assert_int_equal(normal->x[4], FIRST_VM + 1);
    assert_int_equal(normal->x[5] | normal->x[6] | normal->x[7], 0);
}

static void what_was_told_is_told_again_after_it_was_fetched(void **state)
{
    (void)state;
    create(0, 2);
    set(0);
    by_normal(INFO_GET_64);
    set(0); /* pending already: no news */
    assert_no_data();
    set_vcpu(0, 1);
    by_normal(INFO_GET_64);
    assert_int_equal(normal->x[2], SUMMARY(0, 1, 1));
    assert_int_equal(normal->x[3], 1 << 16);
    assert_no_data();
    by_normal(GET, PAIR(1, 0), FROM_SP);
    assert_int_equal(normal->x[2], 3);
    set(0);
    by_normal(INFO_GET_64);
    assert_int_equal(normal->x[2], SUMMARY(0, 1, 0));
}

static void a_receiver_is_told_in_one_list_whoever_sent(void **state)
{
    (void)state;
    by_up(BIND, PAIR(MP_ID, UP_ID), 0, 1);
    by_up(BIND, PAIR(0, UP_ID), 0, 1);
    by_normal(SET, PAIR(0, UP_ID), 0, 1);
    notify_framework(&s, 1, UP_ID, NOTIFY_RX_FULL_BY_SPMC, false);
    by_normal(INFO_GET_64);
    assert_answer(normal, FFA_SUCCESS_64, 0, SUMMARY(0, 1, 0), UP_ID);
    notify_framework(&s, 1, UP_ID, NOTIFY_RX_FULL_BY_HYPERVISOR, false);
    by_normal(INFO_GET_64);
    assert_answer(normal, FFA_SUCCESS_64, 0, SUMMARY(0, 1, 0), UP_ID);
}

/* What Linux 6.12 reads right: one list with vCPUs, at the end. */
static void vcpus_go_last_one_list_at_a_time(void **state)
{
    (void)state;
    create(FIRST_VM, 6);
    create(FIRST_VM + 1, 1);
    set(FIRST_VM + 1);
    set_vcpu(FIRST_VM, 0);
    set_vcpu(FIRST_VM, 2);
    set_vcpu(FIRST_VM, 3);
    set_vcpu(FIRST_VM, 5);
    set_vcpu(FIRST_VM + 1, 0);
    by_normal(INFO_GET_64);
    assert_int_equal(normal->x[2], SUMMARY(1, 2, 3 << 2));
    assert_int_equal(id_64(0), FIRST_VM + 1);
    assert_int_equal(id_64(1), FIRST_VM);
    assert_int_equal(id_64(2), 0);
    assert_int_equal(id_64(3), 2);
    assert_int_equal(id_64(4), 3);
    by_normal(INFO_GET_64);
    assert_int_equal(normal->x[2], SUMMARY(1, 1, 1));
    assert_int_equal(normal->x[3], 5 << 16 | FIRST_VM);
    by_normal(INFO_GET_64);
    assert_int_equal(normal->x[2], SUMMARY(0, 1, 1));
    assert_int_equal(normal->x[3], FIRST_VM + 1);
    assert_no_data();
}

/* The last id of the five registers stays free: Linux 6.12 never reads it. */
static void more_than_fits_comes_in_the_next_answer(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 30; i++) {
        create((uint16_t)(FIRST_VM + i), 1);
        set((uint16_t)(FIRST_VM + i));
    }
    by_normal(INFO_GET_64);
    assert_int_equal(normal->x[2], SUMMARY(1, 19, 0));
    assert_int_equal(id_64(19), 0);
    by_normal(INFO_GET_32);
    assert_int_equal(normal->x[2], SUMMARY(1, 9, 0));
    assert_int_equal(id_32(9), 0);
    by_normal(INFO_GET_64);
    assert_int_equal(normal->x[2], SUMMARY(0, 2, 0));
    assert_no_data();
}

static void every_receiver_is_told_exactly_once(void **state)
{
    unsigned seen[30] = {0};

    (void)state;
    for (unsigned i = 0; i < COUNT(seen); i++) {
        create((uint16_t)(FIRST_VM + i), 1);
        set((uint16_t)(FIRST_VM + i));
    }
    do {
        by_normal(INFO_GET_32);
        assert_int_equal(normal->x[0], FFA_SUCCESS_32);
        for (unsigned i = 0; i < (normal->x[2] >> 7 & 0x1f); i++)
            seen[id_32(i) - FIRST_VM]++;
    } while (normal->x[2] & 1);
    for (unsigned i = 0; i < COUNT(seen); i++)
        assert_int_equal(seen[i], 1);
}

static void a_list_of_vcpus_takes_the_room_that_is_left(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 7; i++) {
        create((uint16_t)(FIRST_VM + i), 4);
        set((uint16_t)(FIRST_VM + i));
    }
    for (unsigned i = 0; i < 3; i++)
        set_vcpu(FIRST_VM, i);
    by_normal(INFO_GET_32);
    assert_int_equal(normal->x[2], SUMMARY(1, 8, 1 << 14)); /* seven, and one with one vCPU */
    by_normal(INFO_GET_32);
    assert_int_equal(normal->x[2], SUMMARY(0, 1, 2));
}

static void a_list_of_vcpus_without_room_waits(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 8; i++) {
        create((uint16_t)(FIRST_VM + i), 1);
        set((uint16_t)(FIRST_VM + i));
    }
    set_vcpu(FIRST_VM, 0);
    by_normal(INFO_GET_32);
    assert_int_equal(normal->x[2], SUMMARY(1, 8, 0));
    by_normal(INFO_GET_32);
    assert_int_equal(normal->x[2], SUMMARY(0, 1, 1));
}

static void a_dead_partition_is_not_to_be_scheduled(void **state)
{
    (void)state;
    by_up(BIND, PAIR(0, UP_ID), 0, 1);
    by_normal(SET, PAIR(0, UP_ID), 0, 1);
    by_up(FFA_ABORT_32);
    assert_no_data();
}

/* It is in its start again, on CPU 0; what it has bound there is set by CPU 1. */
static void a_partition_is_scheduled_when_its_start_has_ended(void **state)
{
    struct next next;

    (void)state;
    world_respond(&s, 0, 0, 0);
    allow_restart(&s, WORLD_UP, RESTART_ON_NEXT_CALL);
    die(&s, WORLD_UP);
    next = world_request(&s, 0, WORLD_UP, 0);
    work(&s, 0, &next);
    by_up(BIND, PAIR(0, UP_ID), 0, 1);
    by_normal(SET, PAIR(0, UP_ID), 0, 1);
    assert_success(normal, 0, 0);
    create(FIRST_VM, 1);
    set(FIRST_VM);
    by_normal(INFO_GET_64);
    assert_answer(normal, FFA_SUCCESS_64, 0, SUMMARY(0, 1, 0), FIRST_VM);
    assert_no_data();
    by_up(FFA_MSG_WAIT);
    by_normal(INFO_GET_64);
    assert_answer(normal, FFA_SUCCESS_64, 0, SUMMARY(0, 1, 0), UP_ID);
}

static void a_partitions_context_is_listed_whoever_sent(void **state)
{
    (void)state;
    world_respond(&s, 0, 0, 0);
    world_request(&s, 0, WORLD_MP, 0);
    world_call(&s, 0, BIND, PAIR(0, MP_ID), PER_VCPU, 1);
    world_call(&s, 0, BIND, PAIR(UP_ID, MP_ID), PER_VCPU, 2);
    by_normal(SET, PAIR(0, MP_ID), PER_VCPU | VCPU(1), 1);
    by_normal(INFO_GET_64);
    assert_answer(normal, FFA_SUCCESS_64, 0, SUMMARY(0, 1, 1), 1 << 16 | MP_ID);
    assert_no_data();
    world_call(&s, 0, REQ32, PAIR(MP_ID, UP_ID));
    by_up(SET, PAIR(UP_ID, MP_ID), PER_VCPU | VCPU(1), 2);
    assert_success(up, 0, 0);
    by_normal(INFO_GET_64);
    assert_answer(normal, FFA_SUCCESS_64, 0, SUMMARY(0, 1, 1), 1 << 16 | MP_ID);
}

#define TEST(name) cmocka_unit_test_setup(name, boot)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nothing_pending_is_no_data),
        TEST(a_global_notification_is_a_list_of_one_id),
        TEST(the_32_bit_form_has_two_ids_in_a_register),
        TEST(what_was_told_is_told_again_after_it_was_fetched),
        TEST(a_receiver_is_told_in_one_list_whoever_sent),
        TEST(vcpus_go_last_one_list_at_a_time),
        TEST(more_than_fits_comes_in_the_next_answer),
        TEST(every_receiver_is_told_exactly_once),
        TEST(a_list_of_vcpus_takes_the_room_that_is_left),
        TEST(a_list_of_vcpus_without_room_waits),
        TEST(a_dead_partition_is_not_to_be_scheduled),
        TEST(a_partition_is_scheduled_when_its_start_has_ended),
        TEST(a_partitions_context_is_listed_whoever_sent),
    };

    return cmocka_run_group_tests_name("notify_info", tests, NULL, NULL);
}
