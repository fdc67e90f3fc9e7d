/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a hypervisor tells partitions of its VMs: who is told, and how it must be answered.
 */
#define SUITE "framework"

#include "mailbox.h"
#include "partitions.h"
#include "tap.h"
#include "timer.h"

#define VM 0x0005
#define CREATED FFA_FRAMEWORK_VM_CREATED
#define CREATED_RESPONSE FFA_FRAMEWORK_VM_CREATED_RESPONSE
#define DESTROYED FFA_FRAMEWORK_VM_DESTROYED
#define DESTROYED_RESPONSE FFA_FRAMEWORK_VM_DESTROYED_RESPONSE

static struct ffa_regs tell(const struct partition *partition, uint32_t message)
{
    return ffa(FFA_MSG_SEND_DIRECT_REQ_32,
               ffa_sender_receiver(FFA_ID_NORMAL_WORLD, partition->info.id), message, 0, 0, VM);
}

/* What crasher heard so far; the next message takes so long, and is answered so. */
static struct ffa_regs heard(uint64_t milliseconds, int32_t status, uint64_t wrong)
{
    return ask(&crasher, CRASH_FRAMEWORK, milliseconds, (uint64_t)(int64_t)status, wrong);
}

static void expect_told(struct ffa_regs reply, const struct partition *partition, uint32_t response,
                        int32_t status)
{
    EXPECT(reply.x[0], FFA_MSG_SEND_DIRECT_RESP_32);
    EXPECT(reply.x[1], ffa_sender_receiver(partition->info.id, FFA_ID_NORMAL_WORLD));
    EXPECT(reply.x[2], response);
    EXPECT(reply.x[3], (uint32_t)status);
    for (unsigned i = 4; i < 8; i++)
        EXPECT(reply.x[i], 0);
}

static void expect_heard(uint32_t message, int32_t status)
{
    uint64_t before = heard(0, status, 0).x[4];
    struct ffa_regs after;

    expect_told(tell(&crasher, message), &crasher, message + 1, status);
    after = heard(0, 0, 0);
    EXPECT(after.x[4], before + 1);
    EXPECT(after.x[5], message);
    EXPECT(after.x[6], VM);
}

TEST(a_partition_is_told_of_a_vm_that_is_created)
{
    NEEDS_PARTITION(&crasher);
    expect_heard(CREATED, 0);
}

TEST(a_partition_is_told_of_a_vm_that_is_destroyed)
{
    NEEDS_PARTITION(&crasher);
    expect_heard(DESTROYED, 0);
}

TEST(the_status_of_a_partition_comes_back)
{
    NEEDS_PARTITION(&crasher);
    expect_heard(CREATED, FFA_RETRY);
    expect_heard(DESTROYED, FFA_INTERRUPTED);
}

TEST(the_context_of_this_cpu_is_told)
{
    NEEDS_PARTITION(&crasher_mp);
    expect_told(tell(&crasher_mp, CREATED), &crasher_mp, CREATED_RESPONSE, 0);
}

TEST(a_partition_without_a_subscription_is_not_told)
{
    NEEDS_PARTITION(&crasher_mp);
    EXPECT_ERROR(tell(&crasher_mp, DESTROYED), FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(tell(&echo, CREATED), FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(tell(&vault, DESTROYED), FFA_INVALID_PARAMETERS);
}

TEST(subscriptions_are_properties)
{
    uint32_t both = FFA_PROPERTY_VM_CREATED | FFA_PROPERTY_VM_DESTROYED;

    EXPECT(crasher.info.properties & both, both);
    EXPECT(crasher_mp.info.properties & both, FFA_PROPERTY_VM_CREATED);
    EXPECT(echo.info.properties & both, 0);
}

TEST(an_unknown_receiver_is_invalid)
{
    static const struct partition nobody = {"nobody", {{0}}, {.id = NO_PARTITION}};
    static const struct partition spmc = {"spmc", {{0}}, {.id = FFA_ID_SPMC}};
    static const struct partition vm = {"vm", {{0}}, {.id = VM}};

    EXPECT_ERROR(tell(&nobody, CREATED), FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(tell(&spmc, CREATED), FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(tell(&vm, CREATED), FFA_INVALID_PARAMETERS);
}

TEST(a_message_of_a_vm_is_invalid)
{
    EXPECT_ERROR(ffa(FFA_MSG_SEND_DIRECT_REQ_32, ffa_sender_receiver(VM, crasher.info.id), CREATED,
                     0, 0, VM),
                 FFA_INVALID_PARAMETERS);
}

TEST(a_message_of_a_partition_is_invalid)
{
    NEEDS_PARTITION(&crasher);
    EXPECT_ERROR(call_from_crasher(CRASH_CALL, FFA_MSG_SEND_DIRECT_REQ_32,
                                   ffa_sender_receiver(crasher.info.id, crasher_mp.info.id),
                                   CREATED, 0, 0, VM),
                 FFA_INVALID_PARAMETERS);
    EXPECT_TRUE(crasher_answers(&crasher_mp));
}

TEST(a_message_in_the_64_bit_form_is_invalid)
{
    EXPECT_ERROR(ffa(FFA_MSG_SEND_DIRECT_REQ_64,
                     ffa_sender_receiver(FFA_ID_NORMAL_WORLD, crasher.info.id), CREATED, 0, 0, VM),
                 FFA_INVALID_PARAMETERS);
}

TEST(other_types_are_invalid)
{
    NEEDS_PARTITION(&crasher);
    for (unsigned type = 0; type < 16; type++) {
        uint32_t message = FFA_FRAMEWORK_MESSAGE | type;

        tap_for(type);
        if (message != CREATED && message != DESTROYED)
            EXPECT_ERROR(tell(&crasher, message), FFA_INVALID_PARAMETERS);
    }
    EXPECT_TRUE(crasher_answers(&crasher));
}

TEST(wrong_responses_are_refused)
{
    NEEDS_PARTITION(&crasher);
    heard(0, 0, 1);
    expect_told(tell(&crasher, CREATED), &crasher, CREATED_RESPONSE, 0);
    EXPECT(heard(0, 0, 1).x[7], FRAMEWORK_WRONG_RESPONSES);
    expect_told(tell(&crasher, DESTROYED), &crasher, DESTROYED_RESPONSE, 0);
    EXPECT(heard(0, 0, 0).x[7], FRAMEWORK_WRONG_RESPONSES);
    EXPECT_TRUE(crasher_answers(&crasher));
}

#define WORK_MS 30
#define TIMER_US 2000

TEST(a_message_that_is_interrupted_goes_on_by_run)
{
    struct ffa_regs reply;

    NEEDS_PARTITION(&crasher);
    heard(WORK_MS, 0, 0);
    timer_start(TIMER_US, 0);
    reply = tell(&crasher, CREATED);
    EXPECT(reply.x[0], FFA_INTERRUPT);
    EXPECT_ERROR(tell(&crasher, CREATED), FFA_BUSY);
    expect_told(run_until_answered(reply), &crasher, CREATED_RESPONSE, 0);
    heard(0, 0, 0);
}
