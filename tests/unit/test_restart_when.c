/* SPDX-License-Identifier: BSD-3-Clause */
/* When a dead partition may come back, and for whom: core/restart.c. */
#include "core/interrupt.h"
#include "support/restarts.h"

static struct spmc s;
static struct regs *const normal = &s.cpus[0].normal;

#define REQ32 FFA_MSG_SEND_DIRECT_REQ_32
#define RESP32 FFA_MSG_SEND_DIRECT_RESP_32
#define DEVICE 40
#define REGS(partition) (&world_vcpu(&s, partition, 0)->regs)

static int boot(void **state)
{
    (void)state;
    port_model_reset_counters();
    world_load(&s);
    world_device(&s, WORLD_UP, DEVICE, 0);
    world_start(&s);
    allow_restart(&s, WORLD_UP, RESTART_ON_NEXT_CALL);
    return 0;
}

/* ---- Its device ---- */

static struct next device_interrupts(unsigned cpu)
{
    return world_secure(&s, cpu, EVENT_INTERRUPT, DEVICE);
}

static void what_comes_for_a_former_life_is_nothing_to_the_next(void **state)
{
    const struct vcpu *v = world_vcpu(&s, WORLD_UP, 0);
    struct next next;

    (void)state;
    die(&s, WORLD_UP);
    next = world_request(&s, 0, WORLD_UP, 0);
    device_interrupts(1);
    assert_int_equal(v->in_service, 0);
    work(&s, 0, &next);
    world_call(&s, 0, HF_INTERRUPT_ENABLE, DEVICE, 1, HF_LINE_IRQ);
    assert_true(port_model.interrupts[DEVICE].enabled);
}

static void what_comes_during_a_start_is_not_lost(void **state)
{
    struct vcpu *v = world_vcpu(&s, WORLD_UP, 0);
    struct next next;

    (void)state;
    die(&s, WORLD_UP);
    next = world_request(&s, 0, WORLD_UP, 0);
    work(&s, 0, &next);
    world_call(&s, 0, HF_INTERRUPT_ENABLE, DEVICE, 1, HF_LINE_IRQ);
    device_interrupts(1);
    assert_int_equal(v->lines, LINE_IRQ);
    world_call(&s, 0, HF_INTERRUPT_GET);
    assert_int_equal(v->regs.x[0], DEVICE);
}

/* ---- Chains ---- */

static void one_that_is_a_link_of_a_chain_waits_for_its_end(void **state)
{
    (void)state;
    allow_restart(&s, WORLD_MP, RESTART_ON_NEXT_CALL);
    world_request(&s, 1, WORLD_MP, 0);
    world_call(&s, 1, REQ32, PAIR(MP_ID, QUEUED_ID));
    die(&s, WORLD_MP);
    world_request(&s, 0, WORLD_MP, 0);
    assert_refused(normal, FFA_ABORTED);
    world_respond(&s, 1, MP_ID, 0);
    assert_refused(&s.cpus[1].normal, FFA_ABORTED);
    assert_int_equal(world_request(&s, 0, WORLD_MP, 0).kind, NEXT_AGAIN);
}

/* Its caller, which was stopped with it, is still to be told. */
static void the_dead_tail_of_a_stopped_chain_waits_for_its_end(void **state)
{
    (void)state;
    allow_restart(&s, WORLD_MP, RESTART_ON_NEXT_CALL);
    world_request(&s, 1, WORLD_UP, 0);
    world_call(&s, 1, REQ32, PAIR(UP_ID, MP_ID));
    world_event(&s, 1, EVENT_NORMAL_INTERRUPT);
    die(&s, WORLD_MP);
    world_request(&s, 0, WORLD_MP, 0);
    assert_refused(normal, FFA_ABORTED);
    world_normal_call(&s, 1, FFA_RUN, PAIR(UP_ID, 0));
    assert_refused(REGS(WORLD_UP), FFA_ABORTED);
    assert_int_equal(world_request(&s, 0, WORLD_MP, 0).kind, NEXT_AGAIN);
}

static void one_that_a_handler_interrupted_waits_for_the_end_of_that(void **state)
{
    (void)state;
    allow_restart(&s, WORLD_MP, RESTART_ON_NEXT_CALL);
    world_request(&s, 1, WORLD_MP, 0);
    world_enable(&s, 0, WORLD_UP, DEVICE);
    world_interrupt(&s, 1, DEVICE);
    assert_int_equal(world_vcpu(&s, WORLD_MP, 1)->state, VCPU_INTERRUPTED);
    die(&s, WORLD_MP);
    world_request(&s, 0, WORLD_MP, 0);
    assert_refused(normal, FFA_ABORTED);
    assert_int_equal(world_call(&s, 1, FFA_MSG_WAIT).kind, NEXT_REPLY_NORMAL);
    assert_refused(&s.cpus[1].normal, FFA_ABORTED);
    assert_int_equal(world_request(&s, 0, WORLD_MP, 0).kind, NEXT_AGAIN);
}

static void one_that_lives_is_busy_as_any_other(void **state)
{
    (void)state;
    world_request(&s, 1, WORLD_UP, 0);
    world_request(&s, 0, WORLD_UP, 0);
    assert_refused(normal, FFA_BUSY);
    world_respond(&s, 1, 0, 0);
    die(&s, WORLD_UP);
    come_back(&s);
    world_request(&s, 1, WORLD_UP, 0);
    world_request(&s, 0, WORLD_UP, 0);
    assert_refused(normal, FFA_BUSY);
    assert_int_equal(s.partitions[WORLD_UP].restarts, 1);
}

static void a_requester_that_dies_leaves_the_work_to_the_next(void **state)
{
    struct next next;

    (void)state;
    die(&s, WORLD_UP);
    world_request(&s, 1, WORLD_MP, 0);
    next = world_call(&s, 1, REQ32, PAIR(MP_ID, UP_ID));
    die(&s, WORLD_MP);
    work(&s, 1, &next);
    assert_int_equal(next.kind, NEXT_REPLY_NORMAL);
    assert_refused(&s.cpus[1].normal, FFA_ABORTED);
    assert_int_equal(s.partitions[WORLD_UP].state, PARTITION_RESTARTING);
    next = world_request(&s, 0, WORLD_UP, 5);
    assert_int_equal(work(&s, 0, &next), 1);
    world_call(&s, 0, FFA_MSG_WAIT);
    assert_int_equal(REGS(WORLD_UP)->x[3], 5);
}

/* Its memory is new, nobody is at work, and only a call begins its start. */
static void what_was_put_off_takes_no_messages_in_buffers(void **state)
{
    struct next next;

    (void)state;
    s.partitions[WORLD_UP].properties |= FFA_PROPERTY_INDIRECT | FFA_PROPERTY_NOTIFICATIONS;
    s.normal.version = FFA_VERSION_1_2;
    world_normal_call(&s, 0, FFA_RXTX_MAP_64, WORLD_NORMAL_TX, WORLD_NORMAL_RX, 1);
    die(&s, WORLD_UP);
    world_request(&s, 1, WORLD_MP, 0);
    next = world_call(&s, 1, REQ32, PAIR(MP_ID, UP_ID));
    die(&s, WORLD_MP);
    work(&s, 1, &next);
    assert_int_equal(s.partitions[WORLD_UP].state, PARTITION_RESTARTING);
    assert_takes_nothing(&s, WORLD_UP);
    come_back(&s);
}

static void a_requester_that_dies_during_the_start_is_passed_over(void **state)
{
    struct next next;

    (void)state;
    die(&s, WORLD_UP);
    world_request(&s, 1, WORLD_MP, 0);
    next = world_call(&s, 1, REQ32, PAIR(MP_ID, UP_ID));
    work(&s, 1, &next);
    die(&s, WORLD_MP);
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
    allow_restart(&s, WORLD_MP, RESTART_ON_NEXT_CALL);
    die(&s, WORLD_MP);
    next = world_request(&s, 1, WORLD_MP, 5);
    work(&s, 1, &next);
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
    allow_restart(&s, WORLD_MP, RESTART_ON_NEXT_CALL);
    world_request(&s, 1, WORLD_MP, 0);
    die(&s, WORLD_MP);
    world_request(&s, 0, WORLD_MP, 0);
    assert_refused(normal, FFA_ABORTED);
    world_event(&s, 1, EVENT_KICK);
    assert_refused(&s.cpus[1].normal, FFA_ABORTED);
    assert_int_equal(world_request(&s, 0, WORLD_MP, 0).kind, NEXT_AGAIN);
}

/* A machine may have more CPUs than the SPMC manifest, and so contexts, says. */
static void a_cpu_without_a_context_brings_nobody_back(void **state)
{
    (void)state;
    port_model_reset_counters();
    world_load(&s);
    s.cpu_count = 2;
    s.partitions[WORLD_MP].context_count = 2;
    world_start(&s);
    allow_restart(&s, WORLD_MP, RESTART_ON_NEXT_CALL);
    world_event(&s, 2, EVENT_CPU_ON);
    assert_answer(&s.cpus[2].normal, FFA_MSG_WAIT, 0, 0, 0);
    die(&s, WORLD_MP);
    world_request(&s, 2, WORLD_MP, 5);
    assert_refused(&s.cpus[2].normal, FFA_ABORTED);
    assert_int_equal(world_request(&s, 0, WORLD_MP, 0).kind, NEXT_AGAIN);
}

/* ---- The Normal world's call in flight ---- */

static void stop_in_a_call(enum vcpu_state state)
{
    world_request(&s, 1, WORLD_MP, 0);
    if (state == VCPU_PREEMPTED)
        world_event(&s, 1, EVENT_NORMAL_INTERRUPT);
    else
        world_call(&s, 1, FFA_YIELD);
    assert_int_equal(world_vcpu(&s, WORLD_MP, 1)->state, state);
}

static void run(unsigned cpu)
{
    world_normal_call(&s, cpu, FFA_RUN, PAIR(MP_ID, cpu));
}

static void assert_told_once(void)
{
    run(1);
    assert_refused(&s.cpus[1].normal, FFA_ABORTED);
}

/* It dies on CPU 0, and FFA_RUN on CPU 1 is told so, before it brings a fresh one. */
static void ffa_run_of_a_call_that_died_is_told_so_once(void **state)
{
    static const enum vcpu_state stopped[] = {VCPU_PREEMPTED, VCPU_BLOCKED};
    struct next next;

    (void)state;
    allow_restart(&s, WORLD_MP, RESTART_ON_NEXT_CALL);
    for (unsigned i = 0; i < 2; i++) {
        stop_in_a_call(stopped[i]);
        die(&s, WORLD_MP);
        assert_told_once();
        assert_int_equal(s.partitions[WORLD_MP].state, PARTITION_ABORTED);
        world_normal_call(&s, 1, FFA_RUN, PAIR(MP_ID, 1));
        next = world_event(&s, 1, EVENT_AGAIN);
        work(&s, 1, &next);
        assert_starts(next, world_vcpu(&s, WORLD_MP, 1), s.partitions[WORLD_MP].entry);
        world_call(&s, 1, FFA_MSG_WAIT);
        world_call(&s, 1, FFA_MSG_WAIT);
        world_request(&s, 0, WORLD_MP, 0);
        world_call(&s, 0, FFA_MSG_WAIT);
        world_respond(&s, 0, 0, 0);
    }
}

/* Another context brings it back meanwhile: the one that the call was for starts after that. */
static void a_fresh_one_does_not_hide_that_a_call_died(void **state)
{
    struct vcpu *v = world_vcpu(&s, WORLD_MP, 1);
    struct next next;

    (void)state;
    allow_restart(&s, WORLD_MP, RESTART_ON_NEXT_CALL);
    stop_in_a_call(VCPU_PREEMPTED);
    die(&s, WORLD_MP);
    world_request(&s, 1, WORLD_MP, 0);
    assert_refused(&s.cpus[1].normal, FFA_ABORTED);
    next = world_request(&s, 0, WORLD_MP, 5);
    work(&s, 0, &next);
    world_call(&s, 0, FFA_MSG_WAIT);
    world_respond(&s, 0, 0, 6);
    assert_int_equal(s.partitions[WORLD_MP].state, PARTITION_LIVE);
    world_request(&s, 1, WORLD_MP, 0);
    assert_refused(&s.cpus[1].normal, FFA_BUSY);
    assert_int_equal(v->state, VCPU_OFF);
    assert_told_once();
    next = world_request(&s, 1, WORLD_MP, 7);
    assert_starts(next, v, s.partitions[WORLD_MP].entry);
    world_call(&s, 1, FFA_MSG_WAIT);
    assert_int_equal(v->regs.x[3], 7);
}

/* While it is restored, too; and neither its CPU that comes on nor an alarm there begins it. */
static void only_ffa_run_ends_a_call_that_died(void **state)
{
    struct vcpu *v = world_vcpu(&s, WORLD_MP, 1);
    struct next next;

    (void)state;
    allow_restart(&s, WORLD_MP, RESTART_AT_ONCE);
    stop_in_a_call(VCPU_PREEMPTED);
    die(&s, WORLD_MP);
    s.partitions[WORLD_MP].restart_cpu = 1;
    port_model.now += 2 * MODEL_TICKS_PER_MS;
    assert_int_equal(world_secure(&s, 1, EVENT_TIMER, 0).kind, NEXT_RESUME_NORMAL);
    assert_int_equal(s.partitions[WORLD_MP].state, PARTITION_ABORTED);
    assert_true(s.cpus[1].alarm > port_model.now && s.cpus[1].alarm != NEVER);
    next = world_request(&s, 0, WORLD_MP, 0);
    world_normal_call(&s, 1, REQ32, PAIR(FFA_ID_SPMD, FFA_ID_SPMC), FFA_FRAMEWORK_PSCI_REQUEST,
                      PSCI_CPU_OFF);
    work(&s, 0, &next);
    world_call(&s, 0, FFA_MSG_WAIT);
    world_respond(&s, 0, 0, 0);
    for (next = world_event(&s, 1, EVENT_CPU_ON); next.kind == NEXT_RUN;)
        next = world_call(&s, 1, FFA_MSG_WAIT);
    assert_int_equal(v->state, VCPU_OFF);
    assert_told_once();
    run(1);
    assert_int_equal(v->state, VCPU_RUNNING);
}

static void a_call_that_died_during_the_restart_is_told_so(void **state)
{
    struct next next;

    (void)state;
    allow_restart(&s, WORLD_MP, RESTART_ON_NEXT_CALL);
    stop_in_a_call(VCPU_BLOCKED);
    die(&s, WORLD_MP);
    next = world_request(&s, 0, WORLD_MP, 0);
    assert_told_once();
    work(&s, 0, &next);
    assert_starts(next, world_vcpu(&s, WORLD_MP, 0), s.partitions[WORLD_MP].entry);
}

#define TEST(name) cmocka_unit_test_setup(name, boot)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_comes_for_a_former_life_is_nothing_to_the_next),
        TEST(what_comes_during_a_start_is_not_lost),
        TEST(one_that_is_a_link_of_a_chain_waits_for_its_end),
        TEST(the_dead_tail_of_a_stopped_chain_waits_for_its_end),
        TEST(one_that_a_handler_interrupted_waits_for_the_end_of_that),
        TEST(one_that_lives_is_busy_as_any_other),
        TEST(a_requester_that_dies_leaves_the_work_to_the_next),
        TEST(what_was_put_off_takes_no_messages_in_buffers),
        TEST(a_requester_that_dies_during_the_start_is_passed_over),
        TEST(contexts_of_an_mp_partition_start_when_first_called),
        TEST(an_mp_partition_waits_for_its_last_context),
        TEST(a_cpu_without_a_context_brings_nobody_back),
        TEST(ffa_run_of_a_call_that_died_is_told_so_once),
        TEST(a_fresh_one_does_not_hide_that_a_call_died),
        TEST(only_ffa_run_ends_a_call_that_died),
        TEST(a_call_that_died_during_the_restart_is_told_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
