/* SPDX-License-Identifier: BSD-3-Clause */
/* The step: which entry an event opens, how it may end, what a fault becomes: core/spmc.c. */
#include "core/memory.h"
#include "support/unit.h"

static struct spmc s;
static struct regs *const normal = &s.cpus[0].normal;

#define EC(class) ((uint64_t)(class) << 26)
#define IL (1ULL << 25)
#define WNR (1ULL << 6)
#define EXTERNAL_ABORT 0x10

static int boot(void **state)
{
    (void)state;
    port_model_reset_counters();
    world_boot(&s);
    return 0;
}

static struct next framework(uint64_t message, uint64_t w3)
{
    return world_normal_call(&s, 0, FFA_MSG_SEND_DIRECT_REQ_32, PAIR(FFA_ID_SPMD, FFA_ID_SPMC),
                             message, w3);
}

static void assert_framework(uint64_t message, uint64_t w3)
{
    assert_answer(normal, FFA_MSG_SEND_DIRECT_RESP_32, PAIR(FFA_ID_SPMC, FFA_ID_SPMD), message, w3);
}

/* ---- Entries and exits ---- */

static void an_empty_spmc_has_no_partitions_and_idle_cpus(void **state)
{
    static uint64_t tables[TABLE_MAX][512];
    static struct memory memory;

    (void)state;
    spmc_init(&s, tables, 0x0e180000, &memory);
    assert_int_equal(s.id, FFA_ID_SPMC);
    assert_int_equal(s.partition_count, 0);
    for (unsigned i = 0; i < CPU_MAX; i++) {
        assert_int_equal(s.cpus[i].current, NO_VCPU);
        assert_int_equal(s.cpus[i].entry, ENTRY_NONE);
    }
    s.cpu_count = 1;
    assert_int_equal(world_event(&s, 0, EVENT_COLD_BOOT).kind, NEXT_INIT_DONE);
}

static void each_entry_has_its_exits(void **state)
{
    (void)state;
    assert_int_equal(spmc_legal_exits[ENTRY_NONE], 0);
    for (unsigned e = ENTRY_NONE + 1; e < ENTRIES; e++)
        assert_int_equal(spmc_legal_exits[e] & (1 << NEXT_STOP), 0);
    assert_true(spmc_legal_exits[ENTRY_SECURE_INTERRUPT] & (1 << NEXT_RESUME_NORMAL));
    assert_false(spmc_legal_exits[ENTRY_SECURE_INTERRUPT] & (1 << NEXT_REPLY_NORMAL));
    assert_false(spmc_legal_exits[ENTRY_NORMAL_CALL] & (1 << NEXT_RESUME_NORMAL));
}

static void a_secure_interrupt_of_the_normal_world_resumes_it(void **state)
{
    (void)state;
    assert_int_equal(world_normal_call(&s, 0, FFA_INTERRUPT).kind, NEXT_RESUME_NORMAL);
    assert_answer(normal, FFA_NORMAL_WORLD_RESUME, 0, 0, 0);
    assert_int_equal(s.cpus[0].entry, ENTRY_NONE);
}

static void an_entry_stays_open_while_a_partition_runs(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    assert_int_equal(s.cpus[0].entry, ENTRY_NORMAL_CALL);
    world_respond(&s, 0, 0, 0);
    assert_int_equal(s.cpus[0].entry, ENTRY_NONE);
}

static void an_event_of_a_vcpu_where_none_runs_stops_the_cpu(void **state)
{
    static const enum event_kind kinds[] = {
        EVENT_CALL,  EVENT_NORMAL_INTERRUPT, EVENT_DEADLINE, EVENT_KICK, EVENT_ABORT, EVENT_TRAP,
        EVENT_SERROR};

    (void)state;
    for (unsigned i = 0; i < COUNT(kinds); i++) {
        const struct event event = {.kind = kinds[i]};
        assert_int_equal(spmc_step(&s, 0, &event).kind, NEXT_STOP);
    }
}

/* EL3 would be left with a stranded stack: the table of exits is the last line of defence. */
static void an_exit_that_is_not_legal_stops_the_cpu(void **state)
{
    const struct event event = {.kind = EVENT_NORMAL_INTERRUPT};

    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    s.cpus[0].entry = ENTRY_COLD_INIT; /* as a fault in the core would have it */
    assert_int_equal(spmc_step(&s, 0, &event).kind, NEXT_STOP);
}

static void an_event_that_is_no_event_changes_nothing(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    assert_int_equal(world_event(&s, 0, EVENTS).kind, NEXT_RUN);
    assert_int_equal(world_vcpu(&s, WORLD_UP, 0)->state, VCPU_RUNNING);
}

/* ---- Framework messages ---- */

static void cpu_off_is_answered_with_success(void **state)
{
    (void)state;
    assert_int_equal(framework(FFA_FRAMEWORK_PSCI_REQUEST, PSCI_CPU_OFF).kind, NEXT_REPLY_SPMD);
    assert_framework(FFA_FRAMEWORK_PM_RESPONSE, PSCI_SUCCESS);
    assert_false(s.cpus[0].online);
}

static void other_psci_functions_are_answered_not_supported(void **state)
{
    (void)state;
    framework(FFA_FRAMEWORK_PSCI_REQUEST, PSCI_SYSTEM_OFF);
    assert_framework(FFA_FRAMEWORK_PM_RESPONSE, 0xffffffff);
    assert_true(s.cpus[0].online);
}

static void a_warm_boot_is_answered_with_success(void **state)
{
    (void)state;
    framework(FFA_FRAMEWORK_WARM_BOOT, 0);
    assert_framework(FFA_FRAMEWORK_PM_RESPONSE, PSCI_SUCCESS);
}

static void an_unknown_framework_message_is_answered_in_its_own_form(void **state)
{
    (void)state;
    assert_int_equal(framework(FFA_FRAMEWORK_MESSAGE | 0x42, 1).kind, NEXT_REPLY_SPMD);
    assert_framework(FFA_FRAMEWORK_PM_RESPONSE, 0xffffffff);
    framework(0, 0);
    assert_framework(FFA_FRAMEWORK_PM_RESPONSE, 0xffffffff);
}

static void only_the_spmd_sends_framework_messages(void **state)
{
    (void)state;
    world_normal_call(&s, 0, FFA_MSG_SEND_DIRECT_REQ_32, PAIR(0, FFA_ID_SPMC),
                      FFA_FRAMEWORK_PSCI_REQUEST, PSCI_CPU_OFF);
    assert_refused(normal, FFA_INVALID_PARAMETERS);
    world_normal_call(&s, 0, FFA_MSG_SEND_DIRECT_REQ_64, PAIR(FFA_ID_SPMD, FFA_ID_SPMC),
                      FFA_FRAMEWORK_PSCI_REQUEST, PSCI_CPU_OFF);
    assert_refused(normal, FFA_INVALID_PARAMETERS);
    assert_true(s.cpus[0].online);
}

static void garbage_above_bit_31_does_not_hide_a_framework_message(void **state)
{
    const uint64_t garbage = 0x77ULL << 32;

    (void)state;
    world_normal_call(&s, 0, garbage | FFA_SVE_HINT | FFA_MSG_SEND_DIRECT_REQ_32,
                      garbage | PAIR(FFA_ID_SPMD, FFA_ID_SPMC), garbage | FFA_FRAMEWORK_WARM_BOOT);
    assert_framework(FFA_FRAMEWORK_PM_RESPONSE, PSCI_SUCCESS);
}

/* ---- Faults ---- */

static struct exception *throw(enum event_kind kind, uint64_t esr, uint64_t far)
{
    const struct event event = {.kind = kind, .esr = esr, .far = far, .deliverable = true};
    struct vcpu *up = world_vcpu(&s, WORLD_UP, 0);

    world_request(&s, 0, WORLD_UP, 0);
    assert_ptr_equal(world_step(&s, 0, &event).vcpu, up);
    assert_int_equal(up->state, VCPU_RUNNING);
    assert_true(up->exception.pending);
    return &up->exception;
}

static void a_refused_access_becomes_an_external_abort_at_el1(void **state)
{
    const struct exception *e = throw(EVENT_ABORT, EC(0x24) | IL | WNR | 0x07, 0xdeadb000);

    (void)state;
    assert_int_equal(e->esr, EC(0x25) | IL | WNR | EXTERNAL_ABORT);
    assert_int_equal(e->far, 0xdeadb000);
}

static void a_refused_read_is_told_as_a_read(void **state)
{
    (void)state;
    assert_int_equal(throw(EVENT_ABORT, EC(0x24) | 0x07, 0)->esr, EC(0x25) | IL | EXTERNAL_ABORT);
}

static void a_refused_fetch_becomes_an_instruction_abort_at_el1(void **state)
{
    (void)state;
    assert_int_equal(throw(EVENT_ABORT, EC(0x20) | IL | 0x06, 0x1000)->esr,
                     EC(0x21) | IL | EXTERNAL_ABORT);
}

static void an_abort_at_el0_stays_one_of_a_lower_level(void **state)
{
    const struct event event = {
        .kind = EVENT_ABORT, .esr = EC(0x24) | IL | WNR | 0x07, .far = 0x1000, .deliverable = true};
    struct vcpu *up = world_vcpu(&s, WORLD_UP, 0);

    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    up->regs.pstate = 0; /* EL0 */
    world_step(&s, 0, &event);
    assert_int_equal(up->exception.esr, EC(0x24) | IL | WNR | EXTERNAL_ABORT);
}

static void a_trapped_instruction_becomes_an_undefined_one(void **state)
{
    (void)state;
    assert_int_equal(throw(EVENT_TRAP, EC(0x18) | IL | 0x300000, 0)->esr, IL);
}

/* FAR_EL2 is then that of an earlier abort, perhaps of somebody else. */
static void a_trapped_instruction_shows_nobodys_address(void **state)
{
    (void)state;
    assert_int_equal(throw(EVENT_TRAP, EC(0x18) | IL | 0x300000, 0xdeadb000)->far, 0);
}

static void a_fault_that_cannot_be_taken_ends_the_partition(void **state)
{
    static const enum event_kind kinds[] = {EVENT_ABORT, EVENT_TRAP};

    for (unsigned i = 0; i < COUNT(kinds); i++) {
        const struct event event = {.kind = kinds[i], .esr = 0x92000007, .far = 0xbad000};
        boot(state);
        world_request(&s, 0, WORLD_UP, 0);
        assert_int_equal(world_step(&s, 0, &event).kind, NEXT_REPLY_NORMAL);
        assert_refused(normal, FFA_ABORTED);
        assert_true(port_model_printed("esr 0x92000007 far 0xbad000"));
        assert_int_equal(s.partitions[WORLD_UP].state, PARTITION_ABORTED);
    }
}

static void an_asynchronous_abort_ends_the_partition(void **state)
{
    (void)state;
    world_request(&s, 0, WORLD_UP, 0);
    world_event(&s, 0, EVENT_SERROR);
    assert_refused(normal, FFA_ABORTED);
    assert_true(port_model_printed("an asynchronous abort"));
}

#define TEST(name) cmocka_unit_test_setup(name, boot)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_empty_spmc_has_no_partitions_and_idle_cpus),
        TEST(each_entry_has_its_exits),
        TEST(a_secure_interrupt_of_the_normal_world_resumes_it),
        TEST(an_entry_stays_open_while_a_partition_runs),
        TEST(an_event_of_a_vcpu_where_none_runs_stops_the_cpu),
        TEST(an_exit_that_is_not_legal_stops_the_cpu),
        TEST(an_event_that_is_no_event_changes_nothing),
        TEST(cpu_off_is_answered_with_success),
        TEST(other_psci_functions_are_answered_not_supported),
        TEST(a_warm_boot_is_answered_with_success),
        TEST(an_unknown_framework_message_is_answered_in_its_own_form),
        TEST(only_the_spmd_sends_framework_messages),
        TEST(garbage_above_bit_31_does_not_hide_a_framework_message),
        TEST(a_refused_access_becomes_an_external_abort_at_el1),
        TEST(a_refused_read_is_told_as_a_read),
        TEST(a_refused_fetch_becomes_an_instruction_abort_at_el1),
        TEST(an_abort_at_el0_stays_one_of_a_lower_level),
        TEST(a_trapped_instruction_becomes_an_undefined_one),
        TEST(a_trapped_instruction_shows_nobodys_address),
        TEST(a_fault_that_cannot_be_taken_ends_the_partition),
        TEST(an_asynchronous_abort_ends_the_partition),
    };

    return cmocka_run_group_tests_name("spmc", tests, NULL, NULL);
}
