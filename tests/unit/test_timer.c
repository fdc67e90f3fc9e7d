/* SPDX-License-Identifier: BSD-3-Clause */
/* Timers of partitions, as registers and as interrupts: core/timer.c. */
#include "core/interrupt.h"
#include "support/unit.h"

static struct spmc s;
static struct regs *const normal = &s.cpus[0].normal;

#define UP (world_vcpu(&s, WORLD_UP, 0))
#define MP(index) (world_vcpu(&s, WORLD_MP, index))
#define QUEUED (world_vcpu(&s, WORLD_QUEUED, 0))
#define REQ32 FFA_MSG_SEND_DIRECT_REQ_32
#define MS MODEL_TICKS_PER_MS
#define ENTRY (HANDLER_ENTRY_US * MS / 1000)

/* CRm of CNTP and CNTV, and op2 of their registers. */
#define CNTP 2
#define CNTV 3
enum { TVAL, CTL, CVAL };

#define ENABLE 1
#define MASK 2
#define STATUS 4

#define XZR 31
#define READ 1

/* The syndrome of an MSR or MRS of op0 3, op1 3, CRn 14. */
static uint64_t syndrome(unsigned crm, unsigned op2, unsigned rt, unsigned read)
{
    return 0x18ULL << 26 | 1 << 25 | 3 << 20 | op2 << 17 | 3 << 14 | 14 << 10 | rt << 5 | crm << 1 |
           read;
}

static struct next access(unsigned cpu, uint64_t esr)
{
    const struct event event = {.kind = EVENT_TIMER_ACCESS, .esr = esr, .deliverable = true};

    return world_step(&s, cpu, &event);
}

static void write(unsigned cpu, unsigned crm, unsigned op2, uint64_t value)
{
    world_running(&s, cpu)->regs.x[9] = value;
    access(cpu, syndrome(crm, op2, 9, 0));
}

static uint64_t read(unsigned cpu, unsigned crm, unsigned op2)
{
    access(cpu, syndrome(crm, op2, 10, READ));
    return world_running(&s, cpu)->regs.x[10];
}

static int boot(void **state)
{
    (void)state;
    port_model_reset_counters();
    world_boot(&s);
    return 0;
}

static void listen(unsigned cpu)
{
    world_call(&s, cpu, HF_INTERRUPT_ENABLE, HF_INTID_TIMER, 1, HF_LINE_IRQ);
}

/* A partition sets its timer and answers. */
static void set_timer(unsigned cpu, unsigned partition, uint64_t ticks)
{
    world_request(&s, cpu, partition, 0);
    listen(cpu);
    write(cpu, CNTV, TVAL, ticks);
    write(cpu, CNTV, CTL, ENABLE);
    world_respond(&s, cpu, 0, 0);
}

/* ---- Registers ---- */

static void each_timer_has_three_registers(void **state)
{
    static const unsigned timers[] = {CNTP, CNTV};

    for (unsigned i = 0; i < COUNT(timers); i++) {
        boot(state);
        world_request(&s, 0, WORLD_UP, 0);
        write(0, timers[i], CVAL, 0x123456789abcdef0);
        assert_int_equal(read(0, timers[i], CVAL), 0x123456789abcdef0);
        assert_int_equal(read(0, timers[1 - i], CVAL), 0);
        write(0, timers[i], CTL, ENABLE | STATUS | 0xf0);
        assert_int_equal(read(0, timers[i], CTL), ENABLE);
        assert_int_equal(read(0, timers[1 - i], CTL), 0);
        write(0, timers[i], TVAL, 100);
        assert_int_equal(read(0, timers[i], CVAL), port_model.now + 100);
        port_model.now += 30;
        assert_int_equal(read(0, timers[i], TVAL), 70);
        port_model.now += 80;
        assert_int_equal(read(0, timers[i], TVAL), (uint32_t)-10);
        assert_int_equal(read(0, timers[i], CTL), ENABLE | STATUS);
        write(0, timers[i], CTL, ENABLE | MASK);
        assert_int_equal(read(0, timers[i], CTL), ENABLE | MASK | STATUS);
        write(0, timers[i], CTL, 0);
        assert_int_equal(read(0, timers[i], CTL), 0);
    }
}

static void a_negative_timer_value_is_in_the_past(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    write(0, CNTP, TVAL, (uint32_t)-5);
    assert_int_equal(read(0, CNTP, CVAL), port_model.now - 5);
    write(0, CNTP, TVAL, 0xffffffff00000005);
    assert_int_equal(read(0, CNTP, CVAL), port_model.now + 5);
}

static void an_access_steps_over_its_instruction_and_changes_one_register(void **state)
{
    struct regs expected;

    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    UP->regs.x[10] = 77;
    expected = UP->regs;
    expected.x[10] = 0;
    expected.pc += 4;
    access(0, syndrome(CNTP, CVAL, 10, READ));
    assert_memory_equal(&UP->regs, &expected, sizeof(expected));
}

static void register_31_is_zero(void **state)
{
    struct regs expected;

    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    write(0, CNTP, CVAL, 55);
    expected = UP->regs;
    expected.pc += 4;
    access(0, syndrome(CNTP, CVAL, XZR, READ));
    assert_memory_equal(&UP->regs, &expected, sizeof(expected));
    access(0, syndrome(CNTP, CVAL, XZR, 0));
    assert_int_equal(read(0, CNTP, CVAL), 0);
}

static void a_register_that_does_not_exist_is_undefined(void **state)
{
    uint64_t pc;

    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    pc = UP->regs.pc;
    access(0, syndrome(CNTV, 3, 1, READ));
    assert_true(UP->exception.pending);
    assert_int_equal(UP->regs.pc, pc);
    UP->exception.pending = false;
    access(0, syndrome(1, CTL, 1, READ));
    assert_true(UP->exception.pending);
}

/* ---- Expiry ---- */

static void a_timer_expires_while_its_partition_runs(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    listen(0);
    write(0, CNTP, TVAL, 100);
    assert_int_equal(s.cpus[0].alarm, NEVER);
    write(0, CNTP, CTL, ENABLE);
    assert_int_equal(s.cpus[0].alarm, port_model.now + 100);
    assert_int_equal(port_model.alarm, s.cpus[0].alarm);
    port_model.now += 100;
    assert_ptr_equal(world_event(&s, 0, EVENT_TIMER).vcpu, UP);
    assert_int_equal(UP->lines, LINE_IRQ);
    assert_int_equal(s.cpus[0].alarm, NEVER);
    world_call(&s, 0, HF_INTERRUPT_GET);
    assert_int_equal(UP->regs.x[0], HF_INTID_TIMER);
    assert_int_equal(UP->lines, 0);
}

static void a_timer_that_expired_is_silent_until_it_is_set_again(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    listen(0);
    write(0, CNTP, CTL, ENABLE);
    assert_int_equal(s.cpus[0].alarm, 0);
    world_event(&s, 0, EVENT_TIMER);
    assert_int_equal(s.cpus[0].alarm, NEVER);
    write(0, CNTP, TVAL, 9);
    assert_int_equal(s.cpus[0].alarm, port_model.now + 9);
    write(0, CNTP, CTL, ENABLE | MASK);
    assert_int_equal(s.cpus[0].alarm, NEVER);
}

static void a_waiting_partition_handles_its_timer(void **state)
{
    (void)state;
    set_timer(0, WORLD_UP, 100);
    port_model.now += 100;
    assert_ptr_equal(world_secure(&s, 0, EVENT_TIMER, 0).vcpu, UP);
    assert_answer(&UP->regs, FFA_INTERRUPT, 0, HF_INTID_TIMER, 0);
    world_call(&s, 0, HF_INTERRUPT_GET);
    assert_int_equal(world_call(&s, 0, FFA_MSG_WAIT).kind, NEXT_RESUME_NORMAL);
    assert_answer(normal, FFA_NORMAL_WORLD_RESUME, 0, 0, 0);
}

static void a_timer_interrupts_another_partition(void **state)
{
    (void)state;
    set_timer(0, WORLD_UP, 100);
    world_request(&s, 0, WORLD_MP, 0);
    port_model.now += 100;
    assert_ptr_equal(world_event(&s, 0, EVENT_TIMER).vcpu, UP);
    assert_int_equal(MP(0)->state, VCPU_INTERRUPTED);
    world_call(&s, 0, HF_INTERRUPT_GET);
    assert_ptr_equal(world_call(&s, 0, FFA_MSG_WAIT).vcpu, MP(0));
}

static void the_first_of_several_timers_counts(void **state)
{
    (void)state;
    set_timer(0, WORLD_UP, 100);
    set_timer(0, WORLD_MP, 50);
    set_timer(0, WORLD_QUEUED, 70);
    assert_int_equal(s.cpus[0].alarm, port_model.now + 50);
    port_model.now += 100;
    assert_ptr_equal(world_secure(&s, 0, EVENT_TIMER, 0).vcpu, MP(0));
    assert_int_equal(s.cpus[0].alarm, QUEUED->alarm);
    world_call(&s, 0, HF_INTERRUPT_GET);
    world_call(&s, 0, FFA_MSG_WAIT);
    assert_ptr_equal(world_secure(&s, 0, EVENT_TIMER, 0).vcpu, QUEUED);
}

static void the_two_timers_of_a_partition_expire_one_by_one(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    listen(0);
    write(0, CNTP, TVAL, 50);
    write(0, CNTP, CTL, ENABLE);
    write(0, CNTV, TVAL, 100);
    write(0, CNTV, CTL, ENABLE);
    assert_int_equal(s.cpus[0].alarm, port_model.now + 50);
    port_model.now += 50;
    world_event(&s, 0, EVENT_TIMER);
    assert_true(UP->timers[TIMER_PHYSICAL].fired);
    assert_false(UP->timers[TIMER_VIRTUAL].fired);
    assert_int_equal(s.cpus[0].alarm, port_model.now + 50);
    assert_int_equal(read(0, CNTP, CTL), ENABLE | STATUS);
    assert_int_equal(read(0, CNTV, CTL), ENABLE);
}

static void an_alarm_that_comes_for_nothing_changes_nothing(void **state)
{
    (void)state;
    assert_int_equal(world_secure(&s, 0, EVENT_TIMER, 0).kind, NEXT_RESUME_NORMAL);
    set_timer(0, WORLD_UP, 100);
    assert_int_equal(world_secure(&s, 0, EVENT_TIMER, 0).kind, NEXT_RESUME_NORMAL);
    world_request(&s, 0, WORLD_MP, 0);
    assert_ptr_equal(world_event(&s, 0, EVENT_TIMER).vcpu, MP(0));
    assert_int_equal(s.cpus[0].alarm, UP->alarm);
}

static void a_secure_interrupt_for_nothing_ends_at_once(void **state)
{
    (void)state;
    assert_int_equal(world_secure(&s, 0, EVENT_COLD_BOOT, 0).kind, NEXT_RESUME_NORMAL);
}

/* With everything masked others wait, even if theirs was first. */
static void a_masked_partition_gets_its_own_timer_alone(void **state)
{
    (void)state;
    s.partitions[WORLD_QUEUED].mask = MASK_ALL;
    set_timer(0, WORLD_UP, 50);
    world_request(&s, 0, WORLD_QUEUED, 0);
    listen(0);
    write(0, CNTP, TVAL, 100);
    write(0, CNTP, CTL, ENABLE);
    port_model.now += 60;
    assert_ptr_equal(world_event(&s, 0, EVENT_TIMER).vcpu, QUEUED);
    assert_int_equal(QUEUED->lines, 0);
    port_model.now += 60;
    assert_ptr_equal(world_event(&s, 0, EVENT_TIMER).vcpu, QUEUED);
    assert_int_equal(QUEUED->lines, LINE_IRQ);
    assert_int_equal(UP->lines, 0);
    world_call(&s, 0, HF_INTERRUPT_GET);
    world_respond(&s, 0, 0, 0);
    assert_ptr_equal(world_secure(&s, 0, EVENT_TIMER, 0).vcpu, UP);
}

static void a_timer_whose_interrupt_is_disabled_is_only_pending(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    write(0, CNTV, CTL, ENABLE);
    world_respond(&s, 0, 0, 0);
    assert_int_equal(world_secure(&s, 0, EVENT_TIMER, 0).kind, NEXT_RESUME_NORMAL);
    assert_true(UP->pending & 1U << SLOT_TIMER);
}

/* ---- Who watches ---- */

static void the_watch_moves_with_a_up_partition(void **state)
{
    (void)state;
    set_timer(0, WORLD_UP, 100);
    world_request(&s, 1, WORLD_UP, 0);
    assert_int_equal(UP->home, 1);
    assert_int_equal(s.cpus[1].alarm, UP->alarm);
    world_respond(&s, 1, 0, 0);
    port_model.now += 100;
    assert_int_equal(world_secure(&s, 0, EVENT_TIMER, 0).kind, NEXT_RESUME_NORMAL);
    assert_int_equal(s.cpus[0].alarm, NEVER);
    assert_ptr_equal(world_secure(&s, 1, EVENT_TIMER, 0).vcpu, UP);
}

static void a_chain_on_another_cpu_learns_when_it_goes_on(void **state)
{
    (void)state;
    set_timer(0, WORLD_UP, 100);
    world_request(&s, 0, WORLD_UP, 0);
    world_call(&s, 0, FFA_YIELD);
    port_model.now += 100;
    assert_int_equal(world_secure(&s, 0, EVENT_TIMER, 0).kind, NEXT_RESUME_NORMAL);
    world_normal_call(&s, 1, FFA_RUN, PAIR(UP_ID, 0));
    assert_int_equal(UP->lines, LINE_IRQ);
}

static void a_caller_in_the_same_chain_is_told(void **state)
{
    (void)state;
    set_timer(0, WORLD_UP, 100);
    world_request(&s, 0, WORLD_UP, 0);
    world_call(&s, 0, REQ32, PAIR(UP_ID, MP_ID));
    port_model.now += 100;
    assert_ptr_equal(world_event(&s, 0, EVENT_TIMER).vcpu, UP);
    assert_answer(&UP->regs, FFA_INTERRUPT, PAIR(MP_ID, 0), HF_INTID_TIMER, 0);
}

/* One that nobody calls would wait for ever for what came while it could not look. */
static void one_that_expires_during_a_start_is_handled_after_it(void **state)
{
    (void)state;
    world_event(&s, 2, EVENT_CPU_ON);
    assert_int_equal(MP(2)->model, MODEL_INIT);
    listen(2);
    write(2, CNTV, TVAL, 10);
    write(2, CNTV, CTL, ENABLE);
    port_model.now += 10;
    world_event(&s, 2, EVENT_TIMER);
    assert_int_equal(MP(2)->lines, LINE_IRQ);
    assert_int_equal(world_call(&s, 2, FFA_MSG_WAIT).kind, NEXT_INIT_DONE);
    assert_true(s.cpus[2].alarm <= port_model.now);
    assert_ptr_equal(world_secure(&s, 2, EVENT_TIMER, 0).vcpu, MP(2));
    assert_answer(&MP(2)->regs, FFA_INTERRUPT, 0, HF_INTID_TIMER, 0);
    world_call(&s, 2, HF_INTERRUPT_GET);
    assert_int_equal(world_call(&s, 2, FFA_MSG_WAIT).kind, NEXT_RESUME_NORMAL);
    assert_int_equal(s.cpus[2].alarm, NEVER);
}

static void a_cpu_that_goes_off_leaves_the_watch_to_another(void **state)
{
    (void)state;
    set_timer(0, WORLD_UP, 100);
    set_timer(0, WORLD_MP, 100);
    world_normal_call(&s, 0, REQ32, PAIR(FFA_ID_SPMD, FFA_ID_SPMC), FFA_FRAMEWORK_PSCI_REQUEST,
                      PSCI_CPU_OFF);
    assert_int_equal(port_model.alarm, NEVER);
    assert_int_equal(MP(0)->alarm, NEVER);
    assert_int_equal(port_model.kicked, 1 << 1);
    assert_int_equal(world_secure(&s, 1, EVENT_KICK, 0).kind, NEXT_RESUME_NORMAL);
    assert_int_equal(s.cpus[1].alarm, UP->alarm);
    port_model.now += 100;
    assert_ptr_equal(world_secure(&s, 1, EVENT_TIMER, 0).vcpu, UP);
}

static void the_dead_have_no_timers(void **state)
{
    (void)state;
    set_timer(0, WORLD_UP, 100);
    world_request(&s, 0, WORLD_UP, 0);
    world_event(&s, 0, EVENT_SERROR);
    assert_int_equal(UP->alarm, NEVER);
    port_model.now += 100;
    assert_int_equal(world_secure(&s, 0, EVENT_TIMER, 0).kind, NEXT_RESUME_NORMAL);
}

/* Or it could set its timer again at the end of each handler, and nobody else had the CPU. */
static void timers_of_handlers_that_take_more_than_half_of_the_time_wait(void **state)
{
    uint64_t began;

    (void)state;
    set_timer(0, WORLD_UP, 100);
    port_model.now += 100;
    began = port_model.now;
    world_secure(&s, 0, EVENT_TIMER, 0);
    world_call(&s, 0, HF_INTERRUPT_GET);
    port_model.now += 100 * MS;
    write(0, CNTV, TVAL, 0);
    world_call(&s, 0, FFA_MSG_WAIT);
    assert_int_equal(world_secure(&s, 0, EVENT_TIMER, 0).kind, NEXT_RESUME_NORMAL);
    assert_int_equal(s.cpus[0].alarm, began + (200 - HANDLER_BURST_MS) * MS + ENTRY);
    port_model.now = s.cpus[0].alarm;
    assert_ptr_equal(world_secure(&s, 0, EVENT_TIMER, 0).vcpu, UP);
}

#define TEST(name) cmocka_unit_test_setup(name, boot)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_timer_has_three_registers),
        TEST(a_negative_timer_value_is_in_the_past),
        TEST(an_access_steps_over_its_instruction_and_changes_one_register),
        TEST(register_31_is_zero),
        TEST(a_register_that_does_not_exist_is_undefined),
        TEST(a_timer_expires_while_its_partition_runs),
        TEST(a_timer_that_expired_is_silent_until_it_is_set_again),
        TEST(a_waiting_partition_handles_its_timer),
        TEST(a_timer_interrupts_another_partition),
        TEST(the_first_of_several_timers_counts),
        TEST(the_two_timers_of_a_partition_expire_one_by_one),
        TEST(an_alarm_that_comes_for_nothing_changes_nothing),
        TEST(a_secure_interrupt_for_nothing_ends_at_once),
        TEST(a_masked_partition_gets_its_own_timer_alone),
        TEST(a_timer_whose_interrupt_is_disabled_is_only_pending),
        TEST(the_watch_moves_with_a_up_partition),
        TEST(a_chain_on_another_cpu_learns_when_it_goes_on),
        TEST(a_caller_in_the_same_chain_is_told),
        TEST(one_that_expires_during_a_start_is_handled_after_it),
        TEST(a_cpu_that_goes_off_leaves_the_watch_to_another),
        TEST(the_dead_have_no_timers),
        TEST(timers_of_handlers_that_take_more_than_half_of_the_time_wait),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
