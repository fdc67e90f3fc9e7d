/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A partition that does what it must not, and recovers: the machine refuses, the partition sees the
 * exception that hardware would give, and everybody lives on.
 */
#define SUITE "faults"

#include "instructions.h"
#include "mailbox.h"
#include "partitions.h"
#include "tap.h"
#include "timer.h"

#define EC_SHIFT 26
#define EC_UNKNOWN 0x00
#define EC_FP_ACCESS 0x07
#define EC_INSTRUCTION_ABORT 0x21
#define EC_DATA_ABORT 0x25
#define FAULT_STATUS_MASK 0x3f
#define FAULT_EXTERNAL_ABORT 0x10

static uint8_t own_page[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

static uint64_t exception_class(uint64_t esr)
{
    return esr >> EC_SHIFT & 0x3f;
}

/* Has crasher do it; checks that it recovered and still answers; gives what it saw. */
static uint64_t crash(uint64_t command, uint64_t argument)
{
    struct ffa_regs reply = ask(&crasher, command, argument);

    EXPECT_ANSWER(reply, &crasher);
    EXPECT_TRUE(crasher_answers(&crasher));
    return reply.x[4];
}

TEST(reading_the_memory_of_bulkhead_is_an_external_abort_that_a_partition_survives)
{
    uint64_t esr;

    NEEDS_PARTITION(&crasher);
    esr = crash(CRASH_READ, 0);
    EXPECT(exception_class(esr), EC_DATA_ABORT);
    EXPECT(esr & FAULT_STATUS_MASK, FAULT_EXTERNAL_ABORT);
}

TEST(writing_the_memory_of_bulkhead_is_an_external_abort_that_a_partition_survives)
{
    uint64_t esr;

    NEEDS_PARTITION(&crasher);
    esr = crash(CRASH_WRITE, 0);
    EXPECT(exception_class(esr), EC_DATA_ABORT);
    EXPECT(esr & FAULT_STATUS_MASK, FAULT_EXTERNAL_ABORT);
}

TEST(executing_the_memory_of_bulkhead_is_an_instruction_abort_that_a_partition_survives)
{
    NEEDS_PARTITION(&crasher);
    EXPECT(exception_class(crash(CRASH_EXECUTE, 0)), EC_INSTRUCTION_ABORT);
}

TEST(an_undefined_instruction_is_an_exception_that_a_partition_survives)
{
    NEEDS_PARTITION(&crasher);
    EXPECT(exception_class(crash(CRASH_UNDEFINED, 0)), EC_UNKNOWN);
}

TEST(a_register_of_el2_is_undefined_for_a_partition)
{
    NEEDS_PARTITION(&crasher);
    EXPECT(exception_class(crash(CRASH_FORBIDDEN_REGISTER, 0)), EC_UNKNOWN);
}

TEST(memory_of_the_normal_world_that_was_not_given_is_out_of_reach)
{
    NEEDS_PARTITION(&crasher);
    EXPECT(exception_class(crash(CRASH_READ_NORMAL, (uint64_t)own_page)), EC_DATA_ABORT);
}

TEST(an_smc_that_is_not_ffa_is_unknown_and_harmless)
{
    NEEDS_PARTITION(&crasher);
    EXPECT((int32_t)crash(CRASH_SMC, 0), SMCCC_NOT_SUPPORTED);
}

/* It completes, or is trapped, or does not exist for partitions: all that counts is that they live
 * on. */
TEST(a_floating_point_instruction_does_not_hurt_a_partition)
{
    uint64_t esr;

    NEEDS_PARTITION(&crasher);
    esr = crash(CRASH_FP, 0);
    EXPECT_TRUE(!esr || exception_class(esr) == EC_FP_ACCESS || exception_class(esr) == EC_UNKNOWN);
}

TEST(a_partition_that_touches_the_timers_lives_on)
{
    NEEDS_PARTITION(&crasher);
    crash(CRASH_TIMER, 0);
    timer_start(1000, 0);
    EXPECT(timer_wait(), 1);
}

TEST(msg_wait_inside_a_direct_request_is_denied)
{
    NEEDS_PARTITION(&crasher);
    EXPECT((int32_t)crash(CRASH_MSG_WAIT, 0), FFA_DENIED);
}

TEST(a_response_to_a_partition_that_did_not_ask_is_denied)
{
    NEEDS_PARTITION(&crasher);
    NEEDS_PARTITION(&echo);
    EXPECT((int32_t)crash(CRASH_BAD_RESPONSE, echo.info.id), FFA_DENIED);
}

/* FAR_EL2 still has the address of the last abort on this CPU, whoever that was. */
TEST(a_trapped_instruction_shows_nobody_elses_address)
{
    struct ffa_regs reply;

    NEEDS_PARTITION(&crasher);
    NEEDS_PARTITION(&crasher_mp);
    EXPECT_ANSWER(ask(&crasher_mp, CRASH_READ_NORMAL, (uint64_t)own_page), &crasher_mp);
    reply = ask(&crasher, CRASH_INSTRUCTION, READ(3, 0, 1, 0, 1)); /* ACTLR_EL1 */
    EXPECT_ANSWER(reply, &crasher);
    EXPECT(exception_class(reply.x[4]), EC_UNKNOWN);
    reply = ask(&crasher, CRASH_INSTRUCTION, READ(3, 0, 6, 0, 0)); /* FAR_EL1 */
    EXPECT_ANSWER(reply, &crasher);
    EXPECT(reply.x[5], 0);
}

TEST(an_unknown_command_is_refused_by_crasher)
{
    NEEDS_PARTITION(&crasher);
    EXPECT(ask(&crasher, 9999).x[3], DEMO_UNKNOWN_COMMAND);
}

TEST(a_partition_writes_the_non_secure_page_that_its_manifest_gives_it)
{
    volatile uint64_t *page = (volatile uint64_t *)CRASHER_NORMAL_PAGE;
    struct ffa_regs reply;

    NEEDS_PARTITION(&crasher);
    page[0] = 0x1111111111111111;
    page[1] = 0x2222222222222222;
    reply = ask(&crasher, CRASH_NORMAL_PAGE, CRASHER_NORMAL_PAGE, 0x3333333333333333);
    EXPECT_ANSWER(reply, &crasher);
    EXPECT(reply.x[4], 0x3333333333333333);
    EXPECT(page[0], 0x3333333333333333);
    EXPECT(page[1], 0x2222222222222222);
}

/* What is in a region that may be executed is unknown, and not asked for: it was executed if there
 * was no abort. */
TEST(a_partition_has_the_rights_of_its_manifest_to_regions_of_its_own_memory)
{
    static const unsigned rights[CRASHER_REGIONS] = {CRASHER_REGION_RIGHTS};
    static const unsigned refusals[] = {
        [1] = EC_DATA_ABORT, [2] = EC_DATA_ABORT, [4] = EC_INSTRUCTION_ABORT};

    NEEDS_PARTITION(&crasher);
    for (unsigned region = 0; region < CRASHER_REGIONS; region++) {
        for (unsigned access = 1; access <= 4; access *= 2) {
            struct ffa_regs reply = ask(&crasher, CRASH_REGION, region, access);
            bool refused = exception_class(reply.x[4]) == refusals[access] &&
                           (reply.x[4] & FAULT_STATUS_MASK) == FAULT_EXTERNAL_ABORT;

            tap_for(region << 4 | access);
            EXPECT_ANSWER(reply, &crasher);
            EXPECT(refused, !(rights[region] & access));
        }
    }
    EXPECT_TRUE(crasher_answers(&crasher));
}
