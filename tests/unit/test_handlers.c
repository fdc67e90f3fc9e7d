/* SPDX-License-Identifier: BSD-3-Clause */
/* Handlers of Secure interrupts, one after the other: core/handler.c. */
#include "core/interrupt.h"
#include "core/vcpu.h"
#include "support/unit.h"

static struct spmc s;

#define SELF(partition) (&world_vcpu(&s, partition, 0)->regs)
#define REQ32 FFA_MSG_SEND_DIRECT_REQ_32

/* ISS of MSR CNTP_CVAL_EL0 or CNTP_CTL_EL0, x9. */
#define ACCESS(op2) (3U << 20 | (op2) << 17 | 3U << 14 | 14U << 10 | 9U << 5 | 2U << 1)
#define CONTROL ACCESS(1U)
#define COMPARE ACCESS(2U)

static int boot(void **state)
{
    (void)state;
    port_model_reset_counters();
    world_boot(&s);
    return 0;
}

/* Without the invariants, which let no call but an FF-A call change registers. */
static void write_timer(unsigned partition, uint64_t access, uint64_t value)
{
    SELF(partition)->x[9] = value;
    spmc_step(&s, 0, &(struct event){.kind = EVENT_TIMER_ACCESS, .esr = access});
}

/* A partition sets its timer in a request. */
static void set_timer(unsigned partition, uint64_t ticks)
{
    world_request(&s, 0, partition, 0);
    world_call(&s, 0, HF_INTERRUPT_ENABLE, HF_INTID_TIMER, 1, HF_LINE_IRQ);
    write_timer(partition, COMPARE, port_model.now + ticks);
    write_timer(partition, CONTROL, 1);
    world_respond(&s, 0, FFA_ID_NORMAL_WORLD, 0);
}

static void expect_handler(unsigned partition)
{
    const struct vcpu *v = world_running(&s, 0);

    assert_ptr_equal(v, world_vcpu(&s, partition, 0));
    assert_int_equal(v->model, MODEL_INTERRUPT);
    assert_answer(SELF(partition), FFA_INTERRUPT, 0, HF_INTID_TIMER, 0);
    world_call(&s, 0, HF_INTERRUPT_GET);
    assert_int_equal(SELF(partition)->x[0], HF_INTID_TIMER);
}

/* The alarm comes while the Normal world runs. */
static void ring(void)
{
    world_arguments(&s.cpus[0].normal, (const uint64_t[8]){FFA_INTERRUPT});
    world_step(&s, 0, &(struct event){.kind = EVENT_SPMD, .cause = EVENT_TIMER});
}

/* UP's timer expires, and its handler begins. */
static void begin_handler_of_up(void)
{
    set_timer(WORLD_UP, 100);
    port_model.now += 100;
    ring();
    expect_handler(WORLD_UP);
}

/* UP's handler calls QUEUED, whose own timer expires meanwhile. */
static void timer_expires_below_a_handler(void)
{
    set_timer(WORLD_UP, 100);
    set_timer(WORLD_QUEUED, 200);
    port_model.now += 100;
    ring();
    expect_handler(WORLD_UP);
    world_call(&s, 0, REQ32, PAIR(UP_ID, QUEUED_ID));
    port_model.now += 100;
    world_event(&s, 0, EVENT_TIMER);
}

/* And the handler has its answer. */
static void call_below_a_handler(void)
{
    timer_expires_below_a_handler();
    world_respond(&s, 0, UP_ID, 0);
}

static void a_handler_never_runs_below_another(void **state)
{
    (void)state;
    timer_expires_below_a_handler();
    assert_int_equal(world_vcpu(&s, WORLD_QUEUED, 0)->lines, LINE_IRQ);
    world_respond(&s, 0, UP_ID, 0);
    assert_ptr_equal(world_running(&s, 0), world_vcpu(&s, WORLD_UP, 0));
    world_call(&s, 0, FFA_MSG_WAIT);
    expect_handler(WORLD_QUEUED);
    assert_int_equal(world_call(&s, 0, FFA_MSG_WAIT).kind, NEXT_RESUME_NORMAL);
    assert_int_equal(s.cpus[0].interrupted, NO_VCPU);
}

static void a_handler_that_waits_for_its_turn_and_fetches_nothing_is_let_go(void **state)
{
    (void)state;
    call_below_a_handler();
    world_call(&s, 0, FFA_MSG_WAIT);
    assert_ptr_equal(world_running(&s, 0), world_vcpu(&s, WORLD_QUEUED, 0));
    assert_int_equal(world_call(&s, 0, FFA_MSG_WAIT).kind, NEXT_RESUME_NORMAL);
    assert_int_equal(world_vcpu(&s, WORLD_QUEUED, 0)->state, VCPU_WAITING);
}

static void the_next_handler_runs_after_the_death_of_the_one_before(void **state)
{
    (void)state;
    call_below_a_handler();
    world_event(&s, 0, EVENT_DEADLINE);
    assert_int_equal(s.partitions[WORLD_UP].state, PARTITION_ABORTED);
    expect_handler(WORLD_QUEUED);
    assert_int_equal(world_call(&s, 0, FFA_MSG_WAIT).kind, NEXT_RESUME_NORMAL);
}

/* Another CPU sets a notification of UP, whose handler fetches it and waits: how often that goes
 * on. */
static unsigned answer_a_flood(void)
{
    unsigned n = 0;

    for (; world_running(&s, 0) != NULL && n < 1000; n++) {
        world_normal_call(&s, 1, FFA_NOTIFICATION_SET, UP_ID, 0, 1);
        assert_success(&s.cpus[1].normal, 0, 0);
        world_call(&s, 0, HF_INTERRUPT_GET);
        world_call(&s, 0, FFA_NOTIFICATION_GET, UP_ID, FFA_NOTIFICATION_FROM_VMS);
        world_normal_call(&s, 1, FFA_NOTIFICATION_SET, UP_ID, 0, 1);
        port_model.now += MODEL_TICKS_PER_MS;
        world_call(&s, 0, FFA_MSG_WAIT);
    }
    return n;
}

static void take_notifications(void)
{
    world_request(&s, 0, WORLD_UP, 0);
    world_call(&s, 0, FFA_NOTIFICATION_BIND, UP_ID, 0, 1);
    assert_success(SELF(WORLD_UP), 0, 0);
    world_respond(&s, 0, FFA_ID_NORMAL_WORLD, 0);
}

/* Or it would miss its deadline in the end, for what others do. */
static void a_handler_ends_though_its_interrupts_do_not(void **state)
{
    (void)state;
    take_notifications();
    begin_handler_of_up();
    assert_int_equal(answer_a_flood(), HANDLER_BURST_MS);
    assert_int_equal(s.partitions[WORLD_UP].state, PARTITION_LIVE);
    assert_int_equal(world_vcpu(&s, WORLD_UP, 0)->state, VCPU_WAITING);
}

/* What came last is handled when that time is paid for. */
static void a_handler_that_was_ended_begins_again(void **state)
{
    (void)state;
    a_handler_ends_though_its_interrupts_do_not(state);
    port_model.now = s.cpus[0].alarm - 1;
    ring();
    assert_null(world_running(&s, 0));
    port_model.now++;
    ring();
    assert_ptr_equal(world_running(&s, 0), world_vcpu(&s, WORLD_UP, 0));
    assert_answer(SELF(WORLD_UP), FFA_INTERRUPT, 0, HF_INTID_NOTIFICATION, 0);
    world_call(&s, 0, HF_INTERRUPT_GET);
    assert_int_equal(world_call(&s, 0, FFA_MSG_WAIT).kind, NEXT_RESUME_NORMAL);
    assert_int_equal(s.cpus[0].alarm, NEVER);
}

/* Nor does a handler begin as it responds, or calls of it would keep the Normal world away. */
static void who_has_not_paid_handles_nothing_when_it_is_called(void **state)
{
    (void)state;
    take_notifications();
    begin_handler_of_up();
    world_call(&s, 0, HF_INTERRUPT_GET);
    port_model.now += 20 * MODEL_TICKS_PER_MS;
    assert_int_equal(world_call(&s, 0, FFA_MSG_WAIT).kind, NEXT_RESUME_NORMAL);
    for (unsigned i = 0; i < 2; i++) {
        world_normal_call(&s, 0, FFA_NOTIFICATION_SET, UP_ID, 0, 1);
        world_request(&s, 0, WORLD_UP, 0);
        assert_int_equal(world_respond(&s, 0, 0, 5).kind, NEXT_REPLY_NORMAL);
    }
    assert_true(s.cpus[0].alarm > port_model.now + 9 * MODEL_TICKS_PER_MS);
    port_model.now = s.cpus[0].alarm;
    ring();
    assert_ptr_equal(world_running(&s, 0), world_vcpu(&s, WORLD_UP, 0));
    assert_answer(SELF(WORLD_UP), FFA_INTERRUPT, 0, HF_INTID_NOTIFICATION, 0);
    world_call(&s, 0, HF_INTERRUPT_GET);
    assert_int_equal(world_call(&s, 0, FFA_MSG_WAIT).kind, NEXT_RESUME_NORMAL);
    port_model.now += MODEL_TICKS_PER_MS;
    world_normal_call(&s, 0, FFA_NOTIFICATION_SET, UP_ID, 0, 1);
    world_request(&s, 0, WORLD_UP, 0);
    assert_ptr_equal(world_respond(&s, 0, 0, 5).vcpu, world_vcpu(&s, WORLD_UP, 0));
}

/* UP's handler calls MP, whose own timer expires meanwhile; on another CPU a handler of MP takes
 * more than its time. Nobody may ever call MP again. */
static void who_waits_for_the_end_of_a_handler_and_has_not_paid_begins_later(void **state)
{
    struct vcpu *mp = world_vcpu(&s, WORLD_MP, 0);

    (void)state;
    set_timer(WORLD_MP, 200);
    begin_handler_of_up();
    world_call(&s, 0, REQ32, PAIR(UP_ID, MP_ID));
    port_model.now += 100;
    world_event(&s, 0, EVENT_TIMER);
    s.partitions[WORLD_MP].paid = port_model.now + 20 * MODEL_TICKS_PER_MS;
    world_respond(&s, 0, UP_ID, 0);
    assert_int_equal(world_call(&s, 0, FFA_MSG_WAIT).kind, NEXT_RESUME_NORMAL);
    assert_int_equal(mp->state, VCPU_WAITING);
    assert_int_equal(s.cpus[0].alarm, port_model.now + 10 * MODEL_TICKS_PER_MS);
    port_model.now = s.cpus[0].alarm;
    ring();
    expect_handler(WORLD_MP);
}

/* ---- Whom a handler interrupts ---- */

enum { FOURTH = WORLD_PARTITIONS };

#define FOURTH_ID WORLD_ID(FOURTH)
#define DEVICE 50

/* One more, with a device, that nobody calls. */
static int boot_four(void **state)
{
    struct partition *p = &s.partitions[FOURTH];

    (void)state;
    port_model_reset_counters();
    world_load(&s);
    *p = s.partitions[WORLD_UP];
    p->endpoint.id = FOURTH_ID;
    p->vmid = FOURTH_ID & 0xff;
    p->boot_order = FOURTH;
    s.boot_order[FOURTH] = FOURTH;
    s.by_id[FOURTH_ID & 0xff] = (uint8_t)(PLACE(partitions) + FOURTH);
    s.partition_count++;
    vcpu_create(&s, FOURTH);
    interrupt_create(p);
    world_device(&s, FOURTH, DEVICE, 0);
    world_start(&s);
    world_request(&s, 0, FOURTH, 0);
    world_call(&s, 0, HF_INTERRUPT_ENABLE, DEVICE, 1, HF_LINE_IRQ);
    world_respond(&s, 0, 0, 0);
    return 0;
}

/* To all who wait for whom it interrupted: also when that one dies meanwhile. */
static void a_handlers_time_is_given_back_over_a_dead_link(void **state)
{
    struct vcpu *queued = world_vcpu(&s, WORLD_QUEUED, 0);
    uint64_t end;

    (void)state;
    world_request(&s, 0, WORLD_QUEUED, 0);
    end = queued->deadline;
    world_call(&s, 0, REQ32, PAIR(QUEUED_ID, UP_ID));
    world_call(&s, 0, REQ32, PAIR(UP_ID, MP_ID));
    world_interrupt(&s, 0, DEVICE);
    assert_ptr_equal(world_running(&s, 0), world_vcpu(&s, FOURTH, 0));
    port_model.now += WORLD_BUDGET / 2;
    world_request(&s, 1, WORLD_MP, 0);
    world_call(&s, 1, FFA_ABORT_32);
    world_call(&s, 0, FFA_MSG_WAIT);
    assert_ptr_equal(world_running(&s, 0), world_vcpu(&s, WORLD_UP, 0));
    assert_int_equal(queued->deadline, end + WORLD_BUDGET / 2);
}

#define TEST(name) cmocka_unit_test_setup(name, boot)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_handler_never_runs_below_another),
        TEST(a_handler_that_waits_for_its_turn_and_fetches_nothing_is_let_go),
        TEST(the_next_handler_runs_after_the_death_of_the_one_before),
        TEST(a_handler_ends_though_its_interrupts_do_not),
        TEST(a_handler_that_was_ended_begins_again),
        TEST(who_has_not_paid_handles_nothing_when_it_is_called),
        TEST(who_waits_for_the_end_of_a_handler_and_has_not_paid_begins_later),
        cmocka_unit_test_setup(a_handlers_time_is_given_back_over_a_dead_link, boot_four),
    };

    return cmocka_run_group_tests_name("handlers", tests, NULL, NULL);
}
