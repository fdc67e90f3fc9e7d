/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A partition at S-EL0: its start, memory that it gives and gets, interrupts that it is told of.
 * The permissions that it chooses are in test_s_el0_permissions.c.
 */
#include "core/calls.h"
#include "core/interrupt.h"
#include "support/s_el0.h"

#define DEVICE 40

/* ---- Start ---- */

static void it_starts_at_el0(void **state)
{
    (void)state;
    begin_start();
    assert_int_equal(up()->pstate, 0);
    assert_int_equal(up()->pc, UP_PARTITION->entry);
    assert_int_equal(world_running(&s, 0)->special, SPECIAL_FRESH | SPECIAL_S_EL0);
    assert_int_equal(s.partitions[WORLD_MP].s_el0, false);
}

static void both_spaces_have_one_root(void **state)
{
    (void)state;
    expect_raw(OWN(0), false, false, true);
    expect_raw(WORLD_NORMAL_REGION(WORLD_UP), true, false, false);
    assert_int_equal(entry(WORLD_UP, SPACE_NON_SECURE, OWN(0)), 0);
    assert_int_equal(entry(WORLD_UP, SPACE_SECURE, WORLD_NORMAL_REGION(WORLD_UP)), 0);
    assert_int_equal(stage2_space_with(&s, UP_PARTITION, OWN(0)), SPACE_SECURE);
    assert_int_equal(stage2_space_with(&s, UP_PARTITION, WORLD_NORMAL_REGION(WORLD_UP)),
                     SPACE_NON_SECURE);
}

static void a_root_is_one_page_of_the_pool(void **state)
{
    struct partition *p = &s.partitions[WORLD_PARTITIONS];
    unsigned used = s.tables_used;

    (void)state;
    p->s_el0 = true;
    assert_true(stage2_create(&s, p));
    assert_int_equal(s.tables_used, used + 1);
    assert_int_equal(p->roots[0], p->roots[1]);
}

static void devices_are_seen_in_either_space(void **state)
{
    uint64_t e;

    (void)state;
    stage2_map(&s, UP_PARTITION, 0x09040000, 1, MAP_READ | MAP_WRITE | MAP_DEVICE);
    stage2_map(&s, UP_PARTITION, 0x09000000, 1, MAP_READ | MAP_WRITE | MAP_DEVICE | MAP_NON_SECURE);
    e = raw(0x09040000);
    assert_int_equal(S1_INDEX(e), 0);
    assert_int_equal(e & (S1_NS | S1_READ_ONLY | S1_UXN), S1_UXN);
    e = raw(0x09000000);
    assert_int_equal(S1_INDEX(e), 0);
    assert_int_equal(e & (S1_NS | S1_READ_ONLY | S1_UXN), S1_NS | S1_UXN);
    assert_int_equal(entry(WORLD_UP, SPACE_SECURE, 0x09040000) & ENTRY_KIND, ENTRY_VALID | RW_NX);
    assert_int_equal(entry(WORLD_UP, SPACE_NON_SECURE, 0x09000000) & ENTRY_KIND,
                     ENTRY_VALID | RW_NX);
}

/* ---- Transactions ---- */

static void start_in_full(void)
{
    begin_start();
    set(WORLD_LOAD(WORLD_UP), WORLD_SIZE / PAGE_BYTES, RW);
    assert_success(up(), 0, 0);
    while (world_running(&s, 0) != NULL)
        world_call(&s, 0, FFA_MSG_WAIT);
    for (unsigned i = 0; i < WORLD_PARTITIONS; i++)
        map_buffers(i);
    say_usual();
    world_normal_call(&s, 0, FFA_RXTX_MAP_64, WORLD_NORMAL_TX, WORLD_NORMAL_RX, 1);
}

static void shared_memory_comes_and_goes(void **state)
{
    uint64_t handle;

    (void)state;
    start_in_full();
    handle = sent(FFA_MEM_SHARE_64);
    taken(WORLD_UP, handle, 0);
    expect_raw(PAGE(0), true, true, false);
    port_model.stage1_changed = false;
    given_up(WORLD_UP, handle);
    assert_true(port_model.stage1_changed);
    assert_int_equal(raw(PAGE(0)), 0);
    reclaimed(handle);
}

static void own_memory_is_lent_and_comes_back(void **state)
{
    uint64_t handle;

    (void)state;
    start_in_full();
    say_own();
    say_lent();
    handle = sent_by(WORLD_UP, FFA_MEM_LEND_64);
    assert_int_equal(raw(OWN(0)) & 1, 0);
    taken(WORLD_MP, handle, FFA_ACCESS_RW | FFA_ACCESS_NX);
    assert_reaches(WORLD_MP, SPACE_SECURE, OWN(0), RW_NX);
    given_up(WORLD_MP, handle);
    in_partition(WORLD_UP, FFA_MEM_RECLAIM, (uint32_t)handle, handle >> 32, 0);
    assert_success(up(), 0, 0);
    leave();
    expect_raw(OWN(0), false, true, false);
}

static void donated_memory_is_gone(void **state)
{
    uint64_t handle;

    (void)state;
    start_in_full();
    say_own();
    say_donated();
    handle = sent_by(WORLD_UP, FFA_MEM_DONATE_64);
    taken(WORLD_MP, handle, FFA_ACCESS_RW | FFA_ACCESS_NX);
    assert_int_equal(raw(OWN(0)), 0);
}

static void what_it_cannot_write_to_is_not_lent_for_writing(void **state)
{
    struct said r;
    uint64_t handle;
    uint32_t length;

    (void)state;
    begin_start();
    set(WORLD_TX(WORLD_UP), 2, RW);
    while (world_running(&s, 0) != NULL)
        world_call(&s, 0, FFA_MSG_WAIT);
    map_buffers(WORLD_UP);
    map_buffers(WORLD_MP);
    say_own();
    say_lent();
    length = write_said(WORLD_TX(WORLD_UP));
    in_partition(WORLD_UP, FFA_MEM_LEND_64, length, length, 0);
    assert_refused(up(), FFA_DENIED);
    leave();
    said.access[0].permissions = FFA_ACCESS_RO;
    handle = sent_by(WORLD_UP, FFA_MEM_LEND_64);
    r = request(handle, MP_ID, FFA_ACCESS_RO | FFA_ACCESS_X);
    retrieve(WORLD_MP, &r);
    assert_int_equal(REGS_OF(WORLD_MP)->x[0], FFA_MEM_RETRIEVE_RESP);
    release(WORLD_MP);
    assert_reaches(WORLD_MP, SPACE_SECURE, OWN(0), ENTRY_READ);
}

/* ---- Interrupts ---- */

static void boot_with_device(void)
{
    world_device(&s, WORLD_UP, DEVICE, 10);
    world_start(&s);
    world_enable(&s, 0, WORLD_UP, DEVICE);
}

static void an_interrupt_is_told_once_while_it_waits(void **state)
{
    (void)state;
    boot_with_device();
    assert_int_equal(world_interrupt(&s, 0, DEVICE).kind, NEXT_RUN);
    assert_int_equal(up()->x[0], FFA_INTERRUPT);
    assert_int_equal(up()->x[2], DEVICE);
    assert_int_equal(world_vcpu(&s, WORLD_UP, 0)->lines, 0);
    world_call(&s, 0, HF_INTERRUPT_GET);
    assert_int_equal(up()->x[0], HF_INVALID_INTID);
    world_call(&s, 0, HF_INTERRUPT_DEACTIVATE, DEVICE, DEVICE);
    assert_int_equal(up()->x[0], 0);
    assert_int_equal(world_call(&s, 0, FFA_MSG_WAIT).kind, NEXT_RESUME_NORMAL);
}

static void two_interrupts_are_told_one_after_the_other(void **state)
{
    (void)state;
    world_device(&s, WORLD_UP, DEVICE + 1, 5);
    boot_with_device();
    world_enable(&s, 0, WORLD_UP, DEVICE + 1);
    world_request(&s, 0, WORLD_UP, 0);
    world_interrupt(&s, 0, DEVICE);
    world_interrupt(&s, 0, DEVICE + 1);
    world_respond(&s, 0, 0, 0);
    assert_int_equal(up()->x[0], FFA_INTERRUPT);
    assert_int_equal(up()->x[2], DEVICE + 1);
    world_call(&s, 0, FFA_MSG_WAIT);
    assert_int_equal(up()->x[0], FFA_INTERRUPT);
    assert_int_equal(up()->x[2], DEVICE);
    assert_int_equal(world_call(&s, 0, FFA_MSG_WAIT).kind, NEXT_REPLY_NORMAL);
}

/* UP asked MP: at S-EL1 it would be told by FFA_INTERRUPT; here it waits until MP has answered. */
static void an_interrupt_does_not_cut_a_chain(void **state)
{
    (void)state;
    boot_with_device();
    world_request(&s, 0, WORLD_UP, 0);
    world_call(&s, 0, FFA_MSG_SEND_DIRECT_REQ_32, (uint64_t)UP_ID << 16 | MP_ID);
    assert_ptr_equal(world_running(&s, 0), world_vcpu(&s, WORLD_MP, 0));
    world_interrupt(&s, 0, DEVICE);
    assert_ptr_equal(world_running(&s, 0), world_vcpu(&s, WORLD_MP, 0));
    world_respond(&s, 0, UP_ID, 7);
    assert_int_equal(up()->x[0], FFA_MSG_SEND_DIRECT_RESP_32);
    world_respond(&s, 0, 0, 0);
    assert_int_equal(up()->x[0], FFA_INTERRUPT);
}

/* Notifications are there, and no interrupt tells of them. */
static void notifications_are_fetched_untold(void **state)
{
    (void)state;
    world_start(&s);
    world_request(&s, 0, WORLD_UP, 0);
    world_call(&s, 0, FFA_NOTIFICATION_BIND, (uint64_t)MP_ID << 16 | UP_ID, 0, 1, 0);
    assert_success(up(), 0, 0);
    world_respond(&s, 0, 0, 0);
    world_request(&s, 0, WORLD_MP, 0);
    world_call(&s, 0, FFA_NOTIFICATION_SET, (uint64_t)MP_ID << 16 | UP_ID, 0, 1, 0);
    assert_success(REGS_OF(WORLD_MP), 0, 0);
    world_respond(&s, 0, 0, 0);
    assert_int_equal(world_vcpu(&s, WORLD_UP, 0)->lines, 0);
    world_request(&s, 0, WORLD_UP, 0);
    assert_int_equal(up()->x[0], FFA_MSG_SEND_DIRECT_REQ_32);
    world_call(&s, 0, FFA_NOTIFICATION_GET, UP_ID, FFA_NOTIFICATION_FROM_PARTITIONS);
    assert_int_equal(up()->x[2], 1);
}

static void a_fault_is_its_death(void **state)
{
    const struct event abort = {.kind = EVENT_ABORT, .esr = 0x92000007, .far = 0x123000};

    (void)state;
    world_start(&s);
    world_request(&s, 0, WORLD_UP, 0);
    world_step(&s, 0, &abort);
    assert_refused(normal, FFA_ABORTED);
    assert_true(port_model_printed("a fault that it cannot take"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, begin_lower)
    const struct CMUnitTest tests[] = {
        TEST(it_starts_at_el0),
        TEST(both_spaces_have_one_root),
        TEST(a_root_is_one_page_of_the_pool),
        TEST(devices_are_seen_in_either_space),
        TEST(shared_memory_comes_and_goes),
        TEST(own_memory_is_lent_and_comes_back),
        TEST(donated_memory_is_gone),
        TEST(what_it_cannot_write_to_is_not_lent_for_writing),
        TEST(an_interrupt_is_told_once_while_it_waits),
        TEST(two_interrupts_are_told_one_after_the_other),
        TEST(an_interrupt_does_not_cut_a_chain),
        TEST(notifications_are_fetched_untold),
        TEST(a_fault_is_its_death),
    };

    return cmocka_run_group_tests_name("s_el0", tests, NULL, NULL);
}
