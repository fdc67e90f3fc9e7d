/* SPDX-License-Identifier: BSD-3-Clause */
/* Dead partitions that come back: core/restart.c, and what core/life.c has for it. */
#include "core/mailbox.h"
#include "core/notify.h"
#include "core/vcpu.h"
#include "support/unit.h"

static struct spmc s;
static struct regs *const normal = &s.cpus[0].normal;

#define REQ32 FFA_MSG_SEND_DIRECT_REQ_32
#define RESP32 FFA_MSG_SEND_DIRECT_RESP_32
#define COPY(partition) (0x0ec00000ULL + 0x10000ULL * (partition))
#define COPY_BYTES_TEST 0x2100
#define PAGES (WORLD_SIZE / PAGE_BYTES)
#define REGS(partition) (&world_vcpu(&s, partition, 0)->regs)

static void allow(unsigned partition, enum restart_policy policy)
{
    struct partition *p = &s.partitions[partition];

    p->restart = (uint8_t)policy;
    p->copy = COPY(partition);
    p->copy_size = COPY_BYTES_TEST;
    memset(port_model_memory(COPY(partition), COPY_BYTES_TEST), 0xc0 + (int)partition,
           COPY_BYTES_TEST);
    memset(port_model_memory(p->load, WORLD_SIZE), 0xdd, WORLD_SIZE);
}

static int boot(void **state)
{
    (void)state;
    port_model_reset_counters();
    world_boot(&s);
    s.restarts = true;
    allow(WORLD_UP, RESTART_ON_NEXT_CALL);
    return 0;
}

static void die(unsigned partition)
{
    world_request(&s, 0, partition, 0);
    world_call(&s, 0, FFA_ABORT_32);
    assert_refused(normal, FFA_ABORTED);
    assert_int_equal(s.partitions[partition].state, PARTITION_ABORTED);
}

/* Works until something else is to be done; gives how many pieces there were. */
static unsigned work(unsigned cpu, struct next *next)
{
    unsigned pieces = 0;

    for (; next->kind == NEXT_AGAIN; pieces++)
        *next = world_event(&s, cpu, EVENT_AGAIN);
    return pieces;
}

/* The vCPU that runs now is in its start. */
static void assert_starts(struct next next, struct vcpu *v, uint64_t entry)
{
    assert_int_equal(next.kind, NEXT_RUN);
    assert_ptr_equal(next.vcpu, v);
    assert_int_equal(v->model, MODEL_INIT);
    assert_int_equal(v->masked, MASK_ALL);
    assert_int_equal(v->regs.pc, entry);
    assert_true(v->fresh);
}

static void come_back(void)
{
    struct next next = world_request(&s, 0, WORLD_UP, 5);

    work(0, &next);
    assert_starts(next, world_vcpu(&s, WORLD_UP, 0), s.partitions[WORLD_UP].entry);
    world_call(&s, 0, FFA_MSG_WAIT);
    world_respond(&s, 0, 0, 6);
    assert_answer(normal, RESP32, PAIR(UP_ID, 0), 0, 6);
}

/* ---- A request brings it back ---- */

static void the_request_that_finds_it_dead_is_answered_by_a_fresh_one(void **state)
{
    struct vcpu *v = world_vcpu(&s, WORLD_UP, 0);
    struct next next;

    (void)state;
    die(WORLD_UP);
    next = world_normal_call(&s, 0, REQ32, PAIR(7, UP_ID), 0, 3, 4, 5, 6, 7);
    assert_int_equal(next.kind, NEXT_AGAIN);
    assert_int_equal(s.partitions[WORLD_UP].state, PARTITION_RESTARTING);
    assert_int_equal(work(0, &next), PAGES + 1);
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
    die(WORLD_UP);
    come_back();
    for (unsigned i = 0; i < WORLD_SIZE; i++)
        assert_int_equal(memory[i], i < COPY_BYTES_TEST ? 0xc0 : 0);
    assert_int_equal(*other, 0x77);
}

static void allocated_regions_are_zero_others_stay(void **state)
{
    struct partition *p = &s.partitions[WORLD_UP];
    uint8_t *mine = port_model_memory(0x0eb00000, 2 * PAGE_BYTES);

    (void)state;
    p->regions[1] = (struct region){.base = 0x0eb00000, .size = 2 * PAGE_BYTES, .allocated = true};
    p->region_count = 2;
    memset(mine, 0x55, 2 * PAGE_BYTES);
    memset(port_model_memory(WORLD_NORMAL_REGION(WORLD_UP), 1), 0x66, 1);
    die(WORLD_UP);
    come_back();
    assert_int_equal(mine[0] | mine[2 * PAGE_BYTES - 1], 0);
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
    die(WORLD_UP);
    struct next next = world_request(&s, 0, WORLD_UP, 0);
    assert_int_equal(p->endpoint.mailbox.state, MAILBOX_UNMAPPED);
    assert_false(p->endpoint.version_locked);
    assert_int_equal(p->endpoint.version, FFA_VERSION_1_1);
    assert_int_equal(p->log_length | p->shared_enabled | p->shared_fiq, 0);
    work(0, &next);
    assert_int_equal(next.vcpu->enabled & ~6U, 0);
}

static void ffa_run_brings_it_back_too(void **state)
{
    struct vcpu *v = world_vcpu(&s, WORLD_UP, 0);
    struct next next;

    (void)state;
    die(WORLD_UP);
    next = world_normal_call(&s, 0, FFA_RUN, PAIR(UP_ID, 0));
    work(0, &next);
    world_call(&s, 0, FFA_MSG_WAIT);
    assert_int_equal(v->model, MODEL_RUN);
    assert_int_equal(v->regs.x[0], FFA_RUN);
    assert_int_equal(world_call(&s, 0, FFA_MSG_WAIT).kind, NEXT_REPLY_NORMAL);
    assert_int_equal(normal->x[0], FFA_MSG_WAIT);
}

static void a_request_of_the_second_kind_is_held_whole(void **state)
{
    struct vcpu *v = world_vcpu(&s, WORLD_UP, 0);
    struct partition *p = &s.partitions[WORLD_UP];
    struct next next;

    (void)state;
    s.normal.version = p->endpoint.version = p->first_version = FFA_VERSION_1_2;
    die(WORLD_UP);
    for (unsigned i = 8; i < 18; i++)
        normal->x[i] = 100 + i;
    next = world_normal_call(&s, 0, FFA_MSG_SEND_DIRECT_REQ2, PAIR(0, UP_ID), 0, 0, 104);
    work(0, &next);
    world_call(&s, 0, FFA_MSG_WAIT);
    assert_int_equal(v->regs.x[0], FFA_MSG_SEND_DIRECT_REQ2);
    assert_int_equal(v->regs.x[4], 104);
    for (unsigned i = 8; i < 18; i++)
        assert_int_equal(v->regs.x[i], 100 + i);
}

static void a_fresh_one_of_an_older_version_gets_no_second_kind(void **state)
{
    struct partition *p = &s.partitions[WORLD_UP];
    struct next next;

    (void)state;
    s.normal.version = p->endpoint.version = FFA_VERSION_1_2;
    die(WORLD_UP);
    next = world_normal_call(&s, 0, FFA_MSG_SEND_DIRECT_REQ2, PAIR(0, UP_ID));
    work(0, &next);
    assert_int_equal(world_call(&s, 0, FFA_MSG_WAIT).kind, NEXT_REPLY_NORMAL);
    assert_refused(normal, FFA_DENIED);
}

static void a_partition_that_asks_waits_in_its_chain(void **state)
{
    struct vcpu *up = world_vcpu(&s, WORLD_UP, 0);
    struct next next;

    (void)state;
    die(WORLD_UP);
    world_request(&s, 0, WORLD_MP, 0);
    next = world_call(&s, 0, REQ32, PAIR(MP_ID, UP_ID), 0, 4);
    work(0, &next);
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
    die(WORLD_UP);
    world_request(&s, 0, WORLD_UP, 0);
    assert_refused(normal, FFA_ABORTED);
    world_normal_call(&s, 0, FFA_RUN, PAIR(UP_ID, 0));
    assert_refused(normal, FFA_ABORTED);
}

/* ---- Interrupts meanwhile ---- */

static void the_normal_worlds_interrupt_comes_between_pieces(void **state)
{
    struct next next;

    (void)state;
    die(WORLD_UP);
    world_request(&s, 0, WORLD_UP, 5);
    world_event(&s, 0, EVENT_AGAIN);
    next = world_event(&s, 0, EVENT_NORMAL_INTERRUPT);
    assert_int_equal(next.kind, NEXT_REPLY_NORMAL);
    assert_answer(normal, FFA_INTERRUPT, PAIR(UP_ID, 0), 0, 0);
    world_request(&s, 1, WORLD_UP, 0);
    assert_refused(&s.cpus[1].normal, FFA_BUSY);
    next = world_normal_call(&s, 1, FFA_RUN, PAIR(UP_ID, 0));
    assert_int_equal(next.kind, NEXT_AGAIN);
    assert_int_equal(work(1, &next), PAGES);
    world_call(&s, 1, FFA_MSG_WAIT);
    assert_int_equal(REGS(WORLD_UP)->x[3], 5);
    world_respond(&s, 1, 0, 6);
    assert_answer(&s.cpus[1].normal, RESP32, PAIR(UP_ID, 0), 0, 6);
}

static void under_a_queued_caller_interrupts_wait_but_not_beyond_its_time(void **state)
{
    struct next next;

    (void)state;
    die(WORLD_UP);
    world_request(&s, 0, WORLD_QUEUED, 0);
    next = world_call(&s, 0, REQ32, PAIR(QUEUED_ID, UP_ID));
    assert_int_equal(next.kind, NEXT_AGAIN);
    assert_int_equal(world_event(&s, 0, EVENT_NORMAL_INTERRUPT).kind, NEXT_AGAIN);
    next = world_event(&s, 0, EVENT_DEADLINE);
    assert_ptr_equal(next.vcpu, world_vcpu(&s, WORLD_QUEUED, 0));
    assert_refused(&next.vcpu->regs, FFA_ABORTED);
    assert_true(port_model_printed("partition up cannot be restarted"));
}

static void other_events_change_nothing(void **state)
{
    static const enum event_kind kinds[] = {EVENT_KICK, EVENT_TIMER,  EVENT_DEADLINE, EVENT_ABORT,
                                            EVENT_TRAP, EVENT_SERROR, EVENT_INTERRUPT};

    (void)state;
    die(WORLD_UP);
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
    die(WORLD_UP);
    next = world_request(&s, 0, WORLD_UP, 0);
    port_model.copies_out_until_fault = 2;
    work(0, &next);
    assert_int_equal(next.kind, NEXT_REPLY_NORMAL);
    assert_refused(normal, FFA_ABORTED);
    assert_true(port_model_printed("partition up cannot be restarted"));
}

static void a_start_that_fails_is_told_as_death(void **state)
{
    struct next next;

    (void)state;
    die(WORLD_UP);
    next = world_request(&s, 0, WORLD_UP, 0);
    work(0, &next);
    next = world_call(&s, 0, FFA_ERROR, 0, (uint32_t)FFA_NO_MEMORY);
    assert_int_equal(next.kind, NEXT_REPLY_NORMAL);
    assert_refused(normal, FFA_ABORTED);
    assert_int_equal(s.partitions[WORLD_UP].state, PARTITION_ABORTED);
    come_back();
}

static void one_that_dies_too_often_stays_dead(void **state)
{
    (void)state;
    for (unsigned i = 0; i < RESTARTS_MAX; i++) {
        die(WORLD_UP);
        come_back();
    }
    die(WORLD_UP);
    assert_true(port_model_printed("partition up died too often"));
    world_request(&s, 0, WORLD_UP, 0);
    assert_refused(normal, FFA_ABORTED);
}

static void deaths_of_long_ago_do_not_count(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2 * RESTARTS_MAX; i++) {
        die(WORLD_UP);
        come_back();
        port_model.now += 10000 * MODEL_TICKS_PER_MS;
    }
    assert_int_equal(s.partitions[WORLD_UP].restarts, 2 * RESTARTS_MAX);
}

static void one_that_is_a_link_of_a_chain_waits_for_its_end(void **state)
{
    (void)state;
    allow(WORLD_MP, RESTART_ON_NEXT_CALL);
    world_request(&s, 1, WORLD_MP, 0);
    world_call(&s, 1, REQ32, PAIR(MP_ID, QUEUED_ID));
    die(WORLD_MP);
    world_request(&s, 0, WORLD_MP, 0);
    assert_refused(normal, FFA_ABORTED);
    world_respond(&s, 1, MP_ID, 0);
    assert_refused(&s.cpus[1].normal, FFA_ABORTED);
    assert_int_equal(world_request(&s, 0, WORLD_MP, 0).kind, NEXT_AGAIN);
}

static void a_requester_that_dies_leaves_the_work_to_the_next(void **state)
{
    struct next next;

    (void)state;
    die(WORLD_UP);
    world_request(&s, 1, WORLD_MP, 0);
    next = world_call(&s, 1, REQ32, PAIR(MP_ID, UP_ID));
    die(WORLD_MP);
    work(1, &next);
    assert_int_equal(next.kind, NEXT_REPLY_NORMAL);
    assert_refused(&s.cpus[1].normal, FFA_ABORTED);
    assert_int_equal(s.partitions[WORLD_UP].state, PARTITION_RESTARTING);
    next = world_request(&s, 0, WORLD_UP, 5);
    assert_int_equal(work(0, &next), 1);
    world_call(&s, 0, FFA_MSG_WAIT);
    assert_int_equal(REGS(WORLD_UP)->x[3], 5);
}

static void a_requester_that_dies_during_the_start_is_passed_over(void **state)
{
    struct next next;

    (void)state;
    die(WORLD_UP);
    world_request(&s, 1, WORLD_MP, 0);
    next = world_call(&s, 1, REQ32, PAIR(MP_ID, UP_ID));
    work(1, &next);
    die(WORLD_MP);
    next = world_call(&s, 1, FFA_MSG_WAIT);
    assert_int_equal(next.kind, NEXT_REPLY_NORMAL);
    assert_refused(&s.cpus[1].normal, FFA_ABORTED);
    assert_int_equal(world_vcpu(&s, WORLD_UP, 0)->state, VCPU_WAITING);
}

/* ---- MP partitions ---- */

static void contexts_of_an_mp_partition_start_when_first_called(void **state)
{
    struct partition *p = &s.partitions[WORLD_MP];
    struct next next;

    (void)state;
    allow(WORLD_MP, RESTART_ON_NEXT_CALL);
    die(WORLD_MP);
    next = world_request(&s, 1, WORLD_MP, 5);
    work(1, &next);
    assert_starts(next, world_vcpu(&s, WORLD_MP, 1), p->entry);
    world_call(&s, 1, FFA_SECONDARY_EP_REGISTER_64, p->load + 0x2000);
    world_call(&s, 1, FFA_MSG_WAIT);
    world_respond(&s, 1, 0, 6);
    assert_int_equal(world_vcpu(&s, WORLD_MP, 0)->state, VCPU_OFF);
    next = world_request(&s, 0, WORLD_MP, 7);
    assert_starts(next, world_vcpu(&s, WORLD_MP, 0), p->load + 0x2000);
    world_call(&s, 0, FFA_MSG_WAIT);
    assert_int_equal(REGS(WORLD_MP)->x[3], 7);
    world_respond(&s, 0, 0, 8);
    assert_answer(normal, RESP32, PAIR(MP_ID, 0), 0, 8);
}

static void an_mp_partition_waits_for_its_last_context(void **state)
{
    (void)state;
    allow(WORLD_MP, RESTART_ON_NEXT_CALL);
    world_request(&s, 1, WORLD_MP, 0);
    die(WORLD_MP);
    world_request(&s, 0, WORLD_MP, 0);
    assert_refused(normal, FFA_ABORTED);
    world_event(&s, 1, EVENT_KICK);
    assert_refused(&s.cpus[1].normal, FFA_ABORTED);
    assert_int_equal(world_request(&s, 0, WORLD_MP, 0).kind, NEXT_AGAIN);
}

/* ---- At once ---- */

static struct next alarm(unsigned cpu)
{
    struct event event = {.kind = EVENT_SPMD, .cause = EVENT_TIMER};

    s.cpus[cpu].normal.x[0] = FFA_INTERRUPT;
    return world_step(&s, cpu, &event);
}

static void the_alarm_brings_one_back_at_once(void **state)
{
    struct next next;

    (void)state;
    s.partitions[WORLD_UP].restart = RESTART_AT_ONCE;
    die(WORLD_UP);
    assert_true(port_model.alarm > port_model.now && port_model.alarm != NEVER);
    port_model.now = port_model.alarm;
    next = alarm(0);
    assert_int_equal(next.kind, NEXT_AGAIN);
    work(0, &next);
    assert_starts(next, world_vcpu(&s, WORLD_UP, 0), s.partitions[WORLD_UP].entry);
    next = world_call(&s, 0, FFA_MSG_WAIT);
    assert_int_equal(next.kind, NEXT_RESUME_NORMAL);
    assert_int_equal(s.partitions[WORLD_UP].state, PARTITION_LIVE);
    assert_true(port_model.alarm == NEVER);
    assert_ptr_equal(world_request(&s, 0, WORLD_UP, 0).vcpu, world_vcpu(&s, WORLD_UP, 0));
}

static void work_at_once_gives_way_and_goes_on_by_the_alarm(void **state)
{
    struct next next;

    (void)state;
    s.partitions[WORLD_UP].restart = RESTART_AT_ONCE;
    die(WORLD_UP);
    port_model.now = port_model.alarm;
    alarm(0);
    world_event(&s, 0, EVENT_AGAIN);
    next = world_event(&s, 0, EVENT_NORMAL_INTERRUPT);
    assert_int_equal(next.kind, NEXT_RESUME_NORMAL);
    port_model.now = port_model.alarm;
    next = alarm(0);
    assert_int_equal(work(0, &next), PAGES);
    world_call(&s, 0, FFA_MSG_WAIT);
    assert_int_equal(s.partitions[WORLD_UP].state, PARTITION_LIVE);
}

/* The Normal world waits for the work, which waits for the handler. */
static void a_device_interrupts_work_at_once(void **state)
{
    struct vcpu *handler = world_vcpu(&s, WORLD_MP, 0);
    struct next next;

    (void)state;
    s.partitions[WORLD_UP].restart = RESTART_AT_ONCE;
    s.partitions[WORLD_MP].wants_cpu_off = true;
    world_device(&s, WORLD_MP, 40, 0);
    world_request(&s, 0, WORLD_MP, 0);
    world_call(&s, 0, HF_INTERRUPT_ENABLE, 40, 1, HF_LINE_IRQ);
    world_respond(&s, 0, 0, 0);
    die(WORLD_UP);
    port_model.now = port_model.alarm;
    alarm(0);
    assert_ptr_equal(world_interrupt(&s, 0, 40).vcpu, handler);
    world_call(&s, 0, HF_INTERRUPT_GET);
    next = world_call(&s, 0, FFA_MSG_WAIT);
    assert_int_equal(next.kind, NEXT_AGAIN);
    work(0, &next);
    next = world_call(&s, 0, FFA_MSG_WAIT);
    assert_int_equal(next.kind, NEXT_RESUME_NORMAL);
    assert_true(s.cpus[0].online);
    assert_int_equal(s.partitions[WORLD_UP].state, PARTITION_LIVE);
}

static void a_call_may_be_faster_than_the_alarm(void **state)
{
    (void)state;
    s.partitions[WORLD_UP].restart = RESTART_AT_ONCE;
    die(WORLD_UP);
    come_back();
    port_model.now = port_model.alarm != NEVER ? port_model.alarm : port_model.now;
    assert_int_equal(alarm(0).kind, NEXT_RESUME_NORMAL);
    assert_int_equal(s.partitions[WORLD_UP].restarts, 1);
}

static void the_alarm_waits_while_a_partition_runs(void **state)
{
    (void)state;
    s.partitions[WORLD_UP].restart = RESTART_AT_ONCE;
    die(WORLD_UP);
    world_request(&s, 0, WORLD_MP, 0);
    port_model.now = port_model.alarm;
    assert_int_equal(world_event(&s, 0, EVENT_TIMER).kind, NEXT_RUN);
    assert_true(port_model.alarm > port_model.now && port_model.alarm != NEVER);
}

static void a_start_at_once_that_fails_leaves_the_normal_world_alone(void **state)
{
    struct next next;

    (void)state;
    s.partitions[WORLD_UP].restart = RESTART_AT_ONCE;
    die(WORLD_UP);
    for (unsigned i = 0; i < RESTARTS_MAX; i++) {
        port_model.now = port_model.alarm;
        next = alarm(0);
        work(0, &next);
        assert_int_equal(world_call(&s, 0, FFA_ABORT_32).kind, NEXT_RESUME_NORMAL);
    }
    assert_int_equal(port_model.alarm, NEVER);
    assert_true(port_model_printed("died too often"));
}

static void another_cpu_looks_after_it_when_one_goes_off(void **state)
{
    struct next next;

    (void)state;
    s.partitions[WORLD_UP].restart = RESTART_AT_ONCE;
    die(WORLD_UP);
    world_normal_call(&s, 0, REQ32, PAIR(FFA_ID_SPMD, FFA_ID_SPMC), FFA_FRAMEWORK_PSCI_REQUEST,
                      PSCI_CPU_OFF);
    port_model.now += 2 * MODEL_TICKS_PER_MS;
    next = alarm(1);
    assert_int_equal(work(1, &next), PAGES + 1);
    world_call(&s, 1, FFA_MSG_WAIT);
    assert_int_equal(s.partitions[WORLD_UP].state, PARTITION_LIVE);
}

#define TEST(name) cmocka_unit_test_setup(name, boot)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_request_that_finds_it_dead_is_answered_by_a_fresh_one),
        TEST(its_memory_is_as_loaded_and_zero_behind),
        TEST(allocated_regions_are_zero_others_stay),
        TEST(nothing_of_its_earlier_life_is_left),
        TEST(ffa_run_brings_it_back_too),
        TEST(a_request_of_the_second_kind_is_held_whole),
        TEST(a_fresh_one_of_an_older_version_gets_no_second_kind),
        TEST(a_partition_that_asks_waits_in_its_chain),
        TEST(without_the_policy_it_stays_dead),
        TEST(the_normal_worlds_interrupt_comes_between_pieces),
        TEST(under_a_queued_caller_interrupts_wait_but_not_beyond_its_time),
        TEST(other_events_change_nothing),
        TEST(memory_that_fails_is_told_as_death),
        TEST(a_start_that_fails_is_told_as_death),
        TEST(one_that_dies_too_often_stays_dead),
        TEST(deaths_of_long_ago_do_not_count),
        TEST(one_that_is_a_link_of_a_chain_waits_for_its_end),
        TEST(a_requester_that_dies_leaves_the_work_to_the_next),
        TEST(a_requester_that_dies_during_the_start_is_passed_over),
        TEST(contexts_of_an_mp_partition_start_when_first_called),
        TEST(an_mp_partition_waits_for_its_last_context),
        TEST(the_alarm_brings_one_back_at_once),
        TEST(work_at_once_gives_way_and_goes_on_by_the_alarm),
        TEST(a_device_interrupts_work_at_once),
        TEST(a_call_may_be_faster_than_the_alarm),
        TEST(the_alarm_waits_while_a_partition_runs),
        TEST(a_start_at_once_that_fails_leaves_the_normal_world_alone),
        TEST(another_cpu_looks_after_it_when_one_goes_off),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
