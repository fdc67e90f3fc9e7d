/* SPDX-License-Identifier: BSD-3-Clause */
/* Dead partitions that come back: core/restart.c, and what core/life.c has for it. */
#include "core/mailbox.h"
#include "core/notify.h"
#include "core/stage2.h"
#include "support/restarts.h"

static struct spmc s;
static struct regs *const normal = &s.cpus[0].normal;

#define REQ32 FFA_MSG_SEND_DIRECT_REQ_32
#define RESP32 FFA_MSG_SEND_DIRECT_RESP_32
#define REGS(partition) (&world_vcpu(&s, partition, 0)->regs)

static int boot(void **state)
{
    (void)state;
    port_model_reset_counters();
    world_boot(&s);
    allow_restart(&s, WORLD_UP, RESTART_ON_NEXT_CALL);
    return 0;
}

/* ---- A request brings it back ---- */

static void the_request_that_finds_it_dead_is_answered_by_a_fresh_one(void **state)
{
    struct vcpu *v = world_vcpu(&s, WORLD_UP, 0);
    struct next next;

    (void)state;
    die(&s, WORLD_UP);
    next = world_normal_call(&s, 0, REQ32, PAIR(7, UP_ID), 0, 3, 4, 5, 6, 7);
    assert_int_equal(next.kind, NEXT_AGAIN);
    assert_int_equal(s.partitions[WORLD_UP].state, PARTITION_RESTARTING);
    assert_int_equal(work(&s, 0, &next), RESTART_PAGES + 1);
    assert_starts(next, v, s.partitions[WORLD_UP].entry);
    next = world_call(&s, 0, FFA_MSG_WAIT);
    assert_int_equal(next.kind, NEXT_RUN);
    assert_int_equal(v->model, MODEL_DIRECT);
    assert_int_equal(v->regs.x[0], REQ32);
    assert_int_equal(v->regs.x[1], PAIR(7, UP_ID));
    for (unsigned i = 3; i < 8; i++)
        assert_int_equal(v->regs.x[i], i);
    world_respond(&s, 0, 7, 9);
    assert_answer(normal, RESP32, PAIR(UP_ID, 7), 0, 9);
    assert_int_equal(s.partitions[WORLD_UP].restarts, 1);
}

static void its_memory_is_as_loaded_and_zero_behind(void **state)
{
    const uint8_t *memory = port_model_memory(WORLD_LOAD(WORLD_UP), WORLD_SIZE);
    const uint8_t *other = port_model_memory(WORLD_LOAD(WORLD_UP) + WORLD_SIZE, 1);

    (void)state;
    *(uint8_t *)port_model_memory(WORLD_LOAD(WORLD_UP) + WORLD_SIZE, 1) = 0x77;
    die(&s, WORLD_UP);
    come_back(&s);
    for (unsigned i = 0; i < WORLD_SIZE; i++)
        assert_int_equal(memory[i], i < RESTART_COPY_BYTES ? RESTART_COPY_BYTE(WORLD_UP) : 0);
    assert_int_equal(*other, 0x77);
}

static void allocated_regions_are_zero_others_stay(void **state)
{
    struct partition *p = &s.partitions[WORLD_UP];
    uint8_t *mine = port_model_memory(0x0eb00000, 2 * PAGE_BYTES + 1);

    (void)state;
    p->regions[1] = (struct region){.base = 0x0eb00000, .size = 2 * PAGE_BYTES, .allocated = true};
    p->region_count = 2;
    stage2_map(&s, p, 0x0eb00000, 2, MAP_READ | MAP_WRITE);
    memset(mine, 0x55, 2 * PAGE_BYTES + 1);
    memset(port_model_memory(WORLD_NORMAL_REGION(WORLD_UP), 1), 0x66, 1);
    die(&s, WORLD_UP);
    come_back(&s);
    assert_int_equal(mine[0] | mine[2 * PAGE_BYTES - 1], 0);
    assert_int_equal(mine[2 * PAGE_BYTES], 0x55);
    assert_int_equal(*(uint8_t *)port_model_memory(WORLD_NORMAL_REGION(WORLD_UP), 1), 0x66);
}

static void nothing_of_its_earlier_life_is_left(void **state)
{
    struct partition *p = &s.partitions[WORLD_UP];

    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    world_call(&s, 0, FFA_RXTX_MAP_64, WORLD_TX(WORLD_UP), WORLD_RX(WORLD_UP), 1);
    world_respond(&s, 0, 0, 0);
    p->log_length = 3;
    p->shared_enabled = p->shared_fiq = 8;
    p->endpoint.version = FFA_VERSION_1_0;
    p->endpoint.wants_ns_bit = true;
    die(&s, WORLD_UP);
    struct next next = world_request(&s, 0, WORLD_UP, 0);
    assert_int_equal(p->endpoint.mailbox.state, MAILBOX_UNMAPPED);
    assert_false(p->endpoint.version_locked);
    assert_false(p->endpoint.wants_ns_bit);
    assert_int_equal(p->endpoint.version, FFA_VERSION_1_1);
    assert_int_equal(p->log_length | p->shared_enabled | p->shared_fiq, 0);
    work(&s, 0, &next);
    assert_int_equal(next.vcpu->enabled & ~6U, 0);
}

static void it_gets_its_boot_information_and_its_buffers_anew(void **state)
{
    struct partition *p = &s.partitions[WORLD_UP];
    const struct ffa_boot_info_header *info = port_model_memory(p->load, sizeof(*info));
    struct next next;

    (void)state;
    p->wants_boot_info = true;
    p->manifest_offset = PAGE_BYTES;
    p->boot_register = 2;
    p->regions[1] = p->regions[2] =
        (struct region){.size = PAGE_BYTES, .attributes = MAP_READ | MAP_WRITE};
    p->regions[1].base = WORLD_RX(WORLD_UP);
    p->regions[2].base = WORLD_TX(WORLD_UP);
    p->region_count = 3;
    p->rx_region = 2;
    p->tx_region = 3;
    die(&s, WORLD_UP);
    next = world_request(&s, 0, WORLD_UP, 0);
    assert_int_equal(p->endpoint.mailbox.state, MAILBOX_UNMAPPED);
    work(&s, 0, &next);
    assert_int_equal(REGS(WORLD_UP)->x[2], p->load);
    assert_int_equal(info->signature, FFA_BOOT_INFO_SIGNATURE);
    assert_int_equal(info->descriptor_count, 1);
    assert_int_equal(p->endpoint.mailbox.state, MAILBOX_EMPTY);
    assert_int_equal(p->endpoint.mailbox.rx, WORLD_RX(WORLD_UP));
    assert_int_equal(p->endpoint.mailbox.tx, WORLD_TX(WORLD_UP));
}

static void ffa_run_brings_it_back_too(void **state)
{
    struct vcpu *v = world_vcpu(&s, WORLD_UP, 0);
    struct next next;

    (void)state;
    die(&s, WORLD_UP);
    next = world_normal_call(&s, 0, FFA_RUN, PAIR(UP_ID, 0));
    work(&s, 0, &next);
    world_call(&s, 0, FFA_MSG_WAIT);
    assert_int_equal(v->model, MODEL_RUN);
    assert_int_equal(v->regs.x[0], FFA_RUN);
    assert_int_equal(world_call(&s, 0, FFA_MSG_WAIT).kind, NEXT_REPLY_NORMAL);
    assert_int_equal(normal->x[0], FFA_MSG_WAIT);
}

/* From its death to its start, at rest and between two pages. Then it has buffers and bindings of
 * its own again. */
static void messages_in_buffers_and_notifications_do_not_bring_it_back(void **state)
{
    struct next next;

    (void)state;
    s.partitions[WORLD_UP].properties |= FFA_PROPERTY_INDIRECT | FFA_PROPERTY_NOTIFICATIONS;
    s.normal.version = FFA_VERSION_1_2;
    world_normal_call(&s, 0, FFA_RXTX_MAP_64, WORLD_NORMAL_TX, WORLD_NORMAL_RX, 1);
    die(&s, WORLD_UP);
    assert_takes_nothing(&s, WORLD_UP);
    world_normal_call(&s, 0, FFA_RUN, PAIR(UP_ID, 0));
    world_event(&s, 0, EVENT_AGAIN);
    world_event(&s, 0, EVENT_NORMAL_INTERRUPT);
    assert_takes_nothing(&s, WORLD_UP);
    next = world_normal_call(&s, 0, FFA_RUN, PAIR(UP_ID, 0));
    work(&s, 0, &next);
    assert_starts(next, world_vcpu(&s, WORLD_UP, 0), s.partitions[WORLD_UP].entry);
    world_call(&s, 0, FFA_RXTX_MAP_64, WORLD_TX(WORLD_UP), WORLD_RX(WORLD_UP), 1);
    world_call(&s, 0, FFA_NOTIFICATION_BIND, UP_ID, 0, 1);
    world_call(&s, 0, FFA_MSG_WAIT);
    world_call(&s, 0, FFA_MSG_WAIT);
    world_message(WORLD_NORMAL_TX, 0, UP_ID);
    world_normal_call(&s, 0, FFA_MSG_SEND2);
    assert_success(normal, 0, 0);
    world_normal_call(&s, 0, FFA_NOTIFICATION_SET, UP_ID, 0, 1);
    assert_success(normal, 0, 0);
}

static void a_request_of_the_second_kind_is_held_whole(void **state)
{
    struct vcpu *v = world_vcpu(&s, WORLD_UP, 0);
    struct partition *p = &s.partitions[WORLD_UP];
    struct next next;

    (void)state;
    s.normal.version = p->endpoint.version = p->first_version = FFA_VERSION_1_2;
    die(&s, WORLD_UP);
    for (unsigned i = 8; i < 18; i++)
        normal->x[i] = 100 + i;
    next = world_normal_call(&s, 0, FFA_MSG_SEND_DIRECT_REQ2, PAIR(0, UP_ID), 0, 0, 104);
    work(&s, 0, &next);
    world_call(&s, 0, FFA_MSG_WAIT);
    assert_int_equal(v->regs.x[0], FFA_MSG_SEND_DIRECT_REQ2);
    assert_int_equal(v->regs.x[4], 104);
    for (unsigned i = 8; i < 18; i++)
        assert_int_equal(v->regs.x[i], 100 + i);
}

static void a_64_bit_request_is_held_whole(void **state)
{
    struct next next;

    (void)state;
    die(&s, WORLD_UP);
    next = world_normal_call(&s, 0, FFA_MSG_SEND_DIRECT_REQ_64, PAIR(0, UP_ID), 0, UINT64_MAX, 4, 5,
                             6, 1ULL << 63);
    work(&s, 0, &next);
    world_call(&s, 0, FFA_MSG_WAIT);
    assert_int_equal(REGS(WORLD_UP)->x[0], FFA_MSG_SEND_DIRECT_REQ_64);
    assert_int_equal(REGS(WORLD_UP)->x[3], UINT64_MAX);
    assert_int_equal(REGS(WORLD_UP)->x[7], 1ULL << 63);
}

static void a_fresh_one_of_an_older_version_gets_no_second_kind(void **state)
{
    struct partition *p = &s.partitions[WORLD_UP];
    struct next next;

    (void)state;
    s.normal.version = p->endpoint.version = FFA_VERSION_1_2;
    die(&s, WORLD_UP);
    next = world_normal_call(&s, 0, FFA_MSG_SEND_DIRECT_REQ2, PAIR(0, UP_ID));
    work(&s, 0, &next);
    assert_int_equal(world_call(&s, 0, FFA_MSG_WAIT).kind, NEXT_REPLY_NORMAL);
    assert_refused(normal, FFA_DENIED);
}

static void a_partition_that_asks_waits_in_its_chain(void **state)
{
    struct vcpu *up = world_vcpu(&s, WORLD_UP, 0);
    struct next next;

    (void)state;
    die(&s, WORLD_UP);
    world_request(&s, 0, WORLD_MP, 0);
    next = world_call(&s, 0, REQ32, PAIR(MP_ID, UP_ID), 0, 4);
    work(&s, 0, &next);
    assert_starts(next, up, s.partitions[WORLD_UP].entry);
    assert_int_equal(world_vcpu(&s, WORLD_MP, 0)->state, VCPU_BLOCKED);
    world_call(&s, 0, FFA_MSG_WAIT);
    assert_int_equal(up->regs.x[3], 4);
    next = world_respond(&s, 0, MP_ID, 5);
    assert_ptr_equal(next.vcpu, world_vcpu(&s, WORLD_MP, 0));
    assert_int_equal(next.vcpu->regs.x[3], 5);
}

static void without_the_policy_it_stays_dead(void **state)
{
    (void)state;
    s.partitions[WORLD_UP].restart = RESTART_NEVER;
    die(&s, WORLD_UP);
    world_request(&s, 0, WORLD_UP, 0);
    assert_refused(normal, FFA_ABORTED);
    world_normal_call(&s, 0, FFA_RUN, PAIR(UP_ID, 0));
    assert_refused(normal, FFA_ABORTED);
}

static void cycles_that_bring_it_back_carry_nothing(void **state)
{
    struct next next;

    (void)state;
    die(&s, WORLD_UP);
    next = world_normal_call(&s, 0, FFA_RUN, PAIR(UP_ID, 0), 0x22, 0x33, 0x44);
    work(&s, 0, &next);
    world_call(&s, 0, FFA_MSG_WAIT);
    assert_answer(REGS(WORLD_UP), FFA_RUN, PAIR(UP_ID, 0), 0, 0);
    assert_int_equal(REGS(WORLD_UP)->x[4], 0);
}

/* Its answer will come in registers that version 1.1 keeps. */
static void the_version_stays_while_a_request_of_the_second_kind_waits_for_a_start(void **state)
{
    (void)state;
    s.partitions[WORLD_UP].endpoint.version = FFA_VERSION_1_2;
    s.partitions[WORLD_UP].first_version = FFA_VERSION_1_2;
    s.normal.version = FFA_VERSION_1_2;
    world_normal_call(&s, 0, FFA_RXTX_UNMAP);
    die(&s, WORLD_UP);
    world_normal_call(&s, 0, FFA_MSG_SEND_DIRECT_REQ2, UP_ID, 0, 0, 1, 2, 3, 4);
    assert_int_equal(s.partitions[WORLD_UP].state, PARTITION_RESTARTING);
    assert_int_equal(world_event(&s, 0, EVENT_NORMAL_INTERRUPT).kind, NEXT_REPLY_NORMAL);
    world_normal_call(&s, 0, FFA_MSG_SEND_DIRECT_REQ_32, PAIR(FFA_ID_SPMD, FFA_ID_SPMC),
                      FFA_FRAMEWORK_VERSION_REQUEST, FFA_VERSION_1_1);
    assert_int_equal((int32_t)normal->x[3], FFA_NOT_SUPPORTED);
    assert_int_equal(s.normal.version, FFA_VERSION_1_2);
}

/* On a CPU that the SPMC manifest does not know, it has none. */
static void a_context_beyond_its_count_never_starts(void **state)
{
    struct next next;

    (void)state;
    allow_restart(&s, WORLD_MP, RESTART_ON_NEXT_CALL);
    die(&s, WORLD_MP);
    next = world_request(&s, 0, WORLD_MP, 0);
    work(&s, 0, &next);
    world_call(&s, 0, FFA_MSG_WAIT);
    world_respond(&s, 0, 0, 0);
    s.partitions[WORLD_MP].context_count = 2;
    assert_int_equal(world_vcpu(&s, WORLD_MP, 3)->state, VCPU_OFF);
    assert_int_equal(world_request(&s, 3, WORLD_MP, 0).kind, NEXT_REPLY_NORMAL);
    assert_int_equal(s.cpus[3].normal.x[0], FFA_ERROR);
    assert_int_equal(world_vcpu(&s, WORLD_MP, 3)->state, VCPU_OFF);
}

/* ---- Interrupts meanwhile ---- */

static void the_normal_worlds_interrupt_comes_between_pieces(void **state)
{
    struct next next;

    (void)state;
    die(&s, WORLD_UP);
    world_request(&s, 0, WORLD_UP, 5);
    world_event(&s, 0, EVENT_AGAIN);
    next = world_event(&s, 0, EVENT_NORMAL_INTERRUPT);
    assert_int_equal(next.kind, NEXT_REPLY_NORMAL);
    assert_answer(normal, FFA_INTERRUPT, PAIR(UP_ID, 0), 0, 0);
    world_request(&s, 1, WORLD_UP, 0);
    assert_refused(&s.cpus[1].normal, FFA_BUSY);
    next = world_normal_call(&s, 1, FFA_RUN, PAIR(UP_ID, 0));
    assert_int_equal(next.kind, NEXT_AGAIN);
    assert_int_equal(work(&s, 1, &next), RESTART_PAGES);
    world_call(&s, 1, FFA_MSG_WAIT);
    assert_int_equal(REGS(WORLD_UP)->x[3], 5);
    world_respond(&s, 1, 0, 6);
    assert_answer(&s.cpus[1].normal, RESP32, PAIR(UP_ID, 0), 0, 6);
}

/* It is no fault of the one that is restored: its work is kept, and goes on with the next call. */
static void under_a_queued_caller_interrupts_wait_but_not_beyond_a_budget(void **state)
{
    struct partition *up = &s.partitions[WORLD_UP];
    struct next next;

    (void)state;
    die(&s, WORLD_UP);
    world_request(&s, 0, WORLD_QUEUED, 0);
    next = world_call(&s, 0, REQ32, PAIR(QUEUED_ID, UP_ID));
    assert_int_equal(next.kind, NEXT_AGAIN);
    assert_int_equal(world_event(&s, 0, EVENT_NORMAL_INTERRUPT).kind, NEXT_AGAIN);
    assert_int_equal(world_event(&s, 0, EVENT_AGAIN).kind, NEXT_AGAIN);
    port_model.now += WORLD_BUDGET;
    next = world_event(&s, 0, EVENT_DEADLINE);
    assert_ptr_equal(next.vcpu, world_vcpu(&s, WORLD_QUEUED, 0));
    assert_refused(&next.vcpu->regs, FFA_ABORTED);
    assert_int_equal(next.vcpu->deadline, port_model.now); /* its own time goes on */
    assert_int_equal(up->state, PARTITION_RESTARTING);
    assert_int_equal(up->restored, PAGE_BYTES);
    assert_int_equal(up->recent_deaths, 1);
    next = world_call(&s, 0, REQ32, PAIR(QUEUED_ID, UP_ID));
    assert_int_equal(work(&s, 0, &next), RESTART_PAGES);
    assert_ptr_equal(next.vcpu, world_vcpu(&s, WORLD_UP, 0));
}

static void other_events_change_nothing(void **state)
{
    static const enum event_kind kinds[] = {EVENT_KICK, EVENT_TIMER,  EVENT_DEADLINE, EVENT_ABORT,
                                            EVENT_TRAP, EVENT_SERROR, EVENT_INTERRUPT};

    (void)state;
    die(&s, WORLD_UP);
    world_request(&s, 0, WORLD_UP, 0);
    for (unsigned i = 0; i < COUNT(kinds); i++) {
        assert_int_equal(world_event(&s, 0, kinds[i]).kind, NEXT_AGAIN);
        assert_int_equal(s.partitions[WORLD_UP].state, PARTITION_RESTARTING);
    }
}

/* ---- What goes wrong ---- */

static void memory_that_fails_is_told_as_death(void **state)
{
    struct next next;

    (void)state;
    die(&s, WORLD_UP);
    next = world_request(&s, 0, WORLD_UP, 0);
    port_model.copies_out_until_fault = 2;
    work(&s, 0, &next);
    assert_int_equal(next.kind, NEXT_REPLY_NORMAL);
    assert_refused(normal, FFA_ABORTED);
    assert_true(port_model_printed("partition up cannot be restarted"));
}

static void a_copy_that_fails_is_told_as_death(void **state)
{
    struct next next;

    (void)state;
    die(&s, WORLD_UP);
    next = world_request(&s, 0, WORLD_UP, 0);
    port_model.copies_in_until_fault = 2;
    assert_int_equal(work(&s, 0, &next), 3);
    assert_int_equal(next.kind, NEXT_REPLY_NORMAL);
    assert_refused(normal, FFA_ABORTED);
    assert_true(port_model_printed("partition up cannot be restarted"));
    port_model.copies_in_until_fault = MODEL_NEVER;
    come_back(&s);
}

static void boot_information_that_fails_is_told_as_death(void **state)
{
    struct partition *p = &s.partitions[WORLD_UP];
    struct next next;

    (void)state;
    p->wants_boot_info = true;
    p->manifest_offset = PAGE_BYTES;
    die(&s, WORLD_UP);
    next = world_request(&s, 0, WORLD_UP, 0);
    port_model.copies_out_until_fault = RESTART_PAGES;
    assert_int_equal(work(&s, 0, &next), RESTART_PAGES + 1);
    assert_int_equal(next.kind, NEXT_REPLY_NORMAL);
    assert_refused(normal, FFA_ABORTED);
    assert_int_equal(p->restarts, 0);
}

static void a_start_that_fails_is_told_as_death(void **state)
{
    struct next next;

    (void)state;
    die(&s, WORLD_UP);
    next = world_request(&s, 0, WORLD_UP, 0);
    work(&s, 0, &next);
    next = world_call(&s, 0, FFA_ERROR, 0, (uint32_t)FFA_NO_MEMORY);
    assert_int_equal(next.kind, NEXT_REPLY_NORMAL);
    assert_refused(normal, FFA_ABORTED);
    assert_int_equal(s.partitions[WORLD_UP].state, PARTITION_ABORTED);
    come_back(&s);
}

static void one_that_dies_too_often_stays_dead(void **state)
{
    (void)state;
    for (unsigned i = 0; i < RESTARTS_MAX; i++) {
        die(&s, WORLD_UP);
        come_back(&s);
    }
    die(&s, WORLD_UP);
    assert_true(port_model_printed("partition up died too often"));
    world_request(&s, 0, WORLD_UP, 0);
    assert_refused(normal, FFA_ABORTED);
}

static void deaths_of_long_ago_do_not_count(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2 * RESTARTS_MAX; i++) {
        die(&s, WORLD_UP);
        come_back(&s);
        port_model.now += 10000 * MODEL_TICKS_PER_MS;
    }
    assert_int_equal(s.partitions[WORLD_UP].restarts, 2 * RESTARTS_MAX);
}

#define TEST(name) cmocka_unit_test_setup(name, boot)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_request_that_finds_it_dead_is_answered_by_a_fresh_one),
        TEST(its_memory_is_as_loaded_and_zero_behind),
        TEST(allocated_regions_are_zero_others_stay),
        TEST(nothing_of_its_earlier_life_is_left),
        TEST(it_gets_its_boot_information_and_its_buffers_anew),
        TEST(ffa_run_brings_it_back_too),
        TEST(messages_in_buffers_and_notifications_do_not_bring_it_back),
        TEST(a_request_of_the_second_kind_is_held_whole),
        TEST(a_64_bit_request_is_held_whole),
        TEST(a_fresh_one_of_an_older_version_gets_no_second_kind),
        TEST(a_partition_that_asks_waits_in_its_chain),
        TEST(without_the_policy_it_stays_dead),
        TEST(cycles_that_bring_it_back_carry_nothing),
        TEST(the_version_stays_while_a_request_of_the_second_kind_waits_for_a_start),
        TEST(a_context_beyond_its_count_never_starts),
        TEST(the_normal_worlds_interrupt_comes_between_pieces),
        TEST(under_a_queued_caller_interrupts_wait_but_not_beyond_a_budget),
        TEST(other_events_change_nothing),
        TEST(memory_that_fails_is_told_as_death),
        TEST(a_copy_that_fails_is_told_as_death),
        TEST(boot_information_that_fails_is_told_as_death),
        TEST(a_start_that_fails_is_told_as_death),
        TEST(one_that_dies_too_often_stays_dead),
        TEST(deaths_of_long_ago_do_not_count),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
