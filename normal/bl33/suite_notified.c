/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Notifications on their way: from partition to Normal world, back, and between partitions; who is
 * interrupted, on which CPU, and what the scheduler is told.
 */
#define SUITE "notified"

#include "cpu.h"
#include "partitions.h"
#include "smp.h"
#include "sri.h"
#include "tap.h"

#define VM 0x0005
#define PER_VCPU FFA_NOTIFICATION_PER_VCPU
#define DELAY FFA_NOTIFICATION_DELAY_SRI
#define VCPU(n) ((uint64_t)(n) << FFA_NOTIFICATION_VCPU_SHIFT)
#define FROM_SP FFA_NOTIFICATION_FROM_PARTITIONS
#define ALL 0xf
#define OWN FFA_ID_NORMAL_WORLD
#define BIT_63 0x8000000000000000
#define SPIN_MS 20

/* w2 of FFA_NOTIFICATION_INFO_GET: more pending, number of lists, vCPUs of each. */
#define SUMMARY(more, lists, sizes) ((more) | (uint64_t)(lists) << 7 | (uint64_t)(sizes) << 12)

static void expect_command(const struct partition *partition, struct ffa_regs reply)
{
    reply = run_until_answered(reply);
    EXPECT_ANSWER(reply, partition);
    EXPECT(reply.x[4], 0);
}

static void partition_binds(const struct partition *partition, uint16_t sender, uint64_t flags,
                            uint64_t bits)
{
    expect_command(partition, ask(partition, CRASH_BIND, sender, flags, bits));
}

static void partition_unbinds(const struct partition *partition, uint16_t sender, uint64_t bits)
{
    expect_command(partition, ask(partition, CRASH_UNBIND, sender, 0, bits));
}

static void partition_sets(const struct partition *partition, uint16_t receiver, uint64_t flags,
                           uint64_t bits)
{
    expect_command(partition, ask(partition, CRASH_SET, receiver, flags, bits));
}

static void expect_fetched(const struct partition *partition, uint64_t context,
                           uint64_t from_partitions, uint64_t from_vms)
{
    struct ffa_regs reply = ask(partition, CRASH_GET, context, ALL);

    EXPECT_ANSWER(reply, partition);
    EXPECT(reply.x[4], from_partitions);
    EXPECT(reply.x[5], from_vms);
    EXPECT(reply.x[6], 0);
}

static uint64_t interrupts_of(const struct partition *partition)
{
    return ask(partition, CRASH_INTERRUPTS, HF_INTID_NOTIFICATION).x[4];
}

static void normal_world_sets(const struct partition *partition, uint64_t flags, uint64_t bits)
{
    EXPECT_SUCCESS(ffa(FFA_NOTIFICATION_SET, ffa_sender_receiver(OWN, partition->info.id), flags,
                       (uint32_t)bits, bits >> 32));
}

static void normal_world_binds(const struct partition *partition, uint64_t flags, uint64_t bits)
{
    EXPECT_SUCCESS(ffa(FFA_NOTIFICATION_BIND, ffa_sender_receiver(partition->info.id, OWN), flags,
                       (uint32_t)bits, bits >> 32));
}

static void expect_normal_world_fetches(uint64_t vcpu, uint64_t bits)
{
    struct ffa_regs reply = ffa(FFA_NOTIFICATION_GET, vcpu << 16 | OWN, FROM_SP);

    EXPECT_SUCCESS(reply);
    EXPECT(reply.x[3] << 32 | reply.x[2], bits);
    EXPECT(reply.x[4] | reply.x[5] | reply.x[6] | reply.x[7], 0);
}

static void expect_info(uint64_t summary, uint64_t ids)
{
    struct ffa_regs reply = ffa(FFA_NOTIFICATION_INFO_GET_64);

    EXPECT(reply.x[0], FFA_SUCCESS_64);
    EXPECT(reply.x[2], summary);
    EXPECT(reply.x[3], ids);
    EXPECT_ERROR(ffa(FFA_NOTIFICATION_INFO_GET_64), FFA_NO_DATA);
}

TEST(a_partition_is_interrupted_by_a_notification_and_fetches_it)
{
    NEEDS_PARTITION(&crasher);
    interrupts_of(&crasher);
    partition_binds(&crasher, OWN, 0, BIT_63 | 1);
    normal_world_sets(&crasher, 0, BIT_63);
    expect_info(SUMMARY(0, 1, 0), crasher.info.id);
    EXPECT(ffa(FFA_RUN, ffa_target(crasher.info.id, 0)).x[0], FFA_MSG_WAIT);
    EXPECT(interrupts_of(&crasher), 1);
    expect_fetched(&crasher, 0, 0, BIT_63);
    expect_fetched(&crasher, 0, 0, 0);
    EXPECT(interrupts_of(&crasher), 0);
    partition_unbinds(&crasher, OWN, BIT_63 | 1);
}

TEST(a_request_brings_the_interrupt_too)
{
    NEEDS_PARTITION(&crasher);
    interrupts_of(&crasher);
    partition_binds(&crasher, OWN, 0, 1);
    normal_world_sets(&crasher, 0, 1);
    EXPECT(interrupts_of(&crasher), 1);
    normal_world_sets(&crasher, 0, 1);
    EXPECT(interrupts_of(&crasher), 1);
    expect_fetched(&crasher, 0, 0, 1);
    partition_unbinds(&crasher, OWN, 1);
    EXPECT_ERROR(ffa(FFA_NOTIFICATION_INFO_GET_64), FFA_NO_DATA); /* fetched before it was told */
}

TEST(a_pending_notification_stays_bound)
{
    struct ffa_regs reply;

    NEEDS_PARTITION(&crasher);
    partition_binds(&crasher, OWN, 0, 1);
    normal_world_sets(&crasher, 0, 1);
    reply = ask(&crasher, CRASH_UNBIND, OWN, 0, 1);
    EXPECT_ANSWER(reply, &crasher);
    EXPECT(reply.x[4], (uint32_t)FFA_DENIED);
    expect_fetched(&crasher, 0, 0, 1);
    partition_unbinds(&crasher, OWN, 1);
}

TEST(a_partition_notifies_the_normal_world)
{
    NEEDS_PARTITION(&crasher);
    EXPECT_SUCCESS(ffa(FFA_NOTIFICATION_BITMAP_CREATE, OWN, cpu_count()));
    normal_world_binds(&crasher, 0, 0x100000001);
    sri_start();
    partition_sets(&crasher, OWN, 0, 0x100000001);
    EXPECT(sri_count(), 1);
    expect_info(SUMMARY(0, 1, 0), OWN);
    EXPECT_ERROR(ffa(FFA_NOTIFICATION_BITMAP_DESTROY, OWN), FFA_DENIED);
    expect_normal_world_fetches(0, 0x100000001);
    expect_normal_world_fetches(0, 0);
    EXPECT_SUCCESS(ffa(FFA_NOTIFICATION_BITMAP_DESTROY, OWN));
}

TEST(a_vcpu_of_the_normal_world_has_notifications_of_its_own)
{
    NEEDS_PARTITION(&crasher);
    EXPECT_SUCCESS(ffa(FFA_NOTIFICATION_BITMAP_CREATE, OWN, 4));
    normal_world_binds(&crasher, PER_VCPU, 6);
    partition_sets(&crasher, OWN, PER_VCPU | VCPU(1), 2);
    partition_sets(&crasher, OWN, PER_VCPU | VCPU(3), 4);
    expect_info(SUMMARY(0, 1, 2), 3ULL << 32 | 1 << 16 | OWN);
    expect_normal_world_fetches(0, 0);
    expect_normal_world_fetches(1, 2);
    expect_normal_world_fetches(3, 4);
}

TEST(a_hypervisor_serves_its_vms)
{
    struct ffa_regs reply;

    NEEDS_PARTITION(&crasher);
    EXPECT_SUCCESS(ffa(FFA_NOTIFICATION_BITMAP_CREATE, VM, 2));
    EXPECT_SUCCESS(
        ffa(FFA_NOTIFICATION_BIND, ffa_sender_receiver(crasher.info.id, VM), PER_VCPU, 1));
    partition_sets(&crasher, VM, PER_VCPU | VCPU(1), 1);
    expect_info(SUMMARY(0, 1, 1), 1 << 16 | VM);
    reply = ffa(FFA_NOTIFICATION_GET, 1 << 16 | VM, FROM_SP);
    EXPECT(reply.x[2], 1);
    EXPECT_SUCCESS(ffa(FFA_NOTIFICATION_BITMAP_DESTROY, VM));
    partition_binds(&crasher, VM, 0, 8);
    EXPECT_ERROR(ffa(FFA_NOTIFICATION_SET, ffa_sender_receiver(OWN, crasher.info.id), 0, 8),
                 FFA_DENIED);
    EXPECT_SUCCESS(ffa(FFA_NOTIFICATION_SET, ffa_sender_receiver(VM, crasher.info.id), 0, 8));
    expect_fetched(&crasher, 0, 0, 8);
    partition_unbinds(&crasher, VM, 8);
}

/* ---- The schedule-receiver interrupt ---- */

TEST(the_interrupt_of_a_notification_preempts_its_sender)
{
    struct ffa_regs reply;

    NEEDS_PARTITION(&crasher);
    NEEDS_PARTITION(&crasher_mp);
    partition_binds(&crasher_mp, crasher.info.id, 0, 1);
    sri_start();
    reply = ask(&crasher, CRASH_SET, crasher_mp.info.id, 0, 1, SPIN_MS);
    EXPECT(reply.x[0], FFA_INTERRUPT);
    EXPECT(sri_count(), 1);
    expect_command(&crasher, reply);
    expect_fetched(&crasher_mp, 0, 1, 0);
    partition_unbinds(&crasher_mp, crasher.info.id, 1);
}

TEST(a_delayed_interrupt_waits_for_the_answer)
{
    struct ffa_regs reply;

    NEEDS_PARTITION(&crasher);
    NEEDS_PARTITION(&crasher_mp);
    partition_binds(&crasher_mp, crasher.info.id, 0, 1);
    sri_start();
    reply = ask(&crasher, CRASH_SET, crasher_mp.info.id, DELAY, 1, SPIN_MS);
    EXPECT_ANSWER(reply, &crasher);
    EXPECT(reply.x[4], 0);
    EXPECT(sri_count(), 1);
    expect_fetched(&crasher_mp, 0, 1, 0);
    partition_unbinds(&crasher_mp, crasher.info.id, 1);
    EXPECT(sri_count(), 1);
}

TEST(the_normal_world_is_interrupted_by_its_own_notification)
{
    NEEDS_PARTITION(&crasher);
    partition_binds(&crasher, OWN, 0, 1);
    sri_start();
    normal_world_sets(&crasher, 0, 1);
    EXPECT(sri_count(), 1);
    expect_fetched(&crasher, 0, 0, 1);
    partition_unbinds(&crasher, OWN, 1);
}

static void set_on_this_cpu(void *flags)
{
    sri_start();
    partition_sets(&crasher, OWN, (uintptr_t)flags, 1);
    EXPECT(sri_count(), 1);
    sri_stop();
}

TEST(the_interrupt_comes_on_the_cpu_of_the_sender)
{
    NEEDS_CPUS(2);
    NEEDS_PARTITION(&crasher);
    EXPECT_SUCCESS(ffa(FFA_NOTIFICATION_BITMAP_CREATE, OWN, cpu_count()));
    normal_world_binds(&crasher, 0, 1);
    sri_start();
    cpu_run(1, set_on_this_cpu, 0);
    cpu_run(1, set_on_this_cpu, (void *)DELAY);
    EXPECT(sri_count(), 0);
    expect_normal_world_fetches(0, 1);
}

TEST(a_cpu_that_was_off_gets_the_interrupt_again)
{
    NEEDS_CPUS(2);
    NEEDS_PARTITION(&crasher);
    EXPECT_SUCCESS(ffa(FFA_NOTIFICATION_BITMAP_CREATE, OWN, cpu_count()));
    normal_world_binds(&crasher, 0, 1);
    cpu_switch_off(1);
    cpu_switch_on(1);
    cpu_run(1, set_on_this_cpu, 0);
    expect_normal_world_fetches(0, 1);
}

/* ---- Contexts of an MP partition ---- */

static unsigned interrupted[CPU_MAX];

static void ask_for_interrupts(void *argument)
{
    (void)argument;
    interrupted[cpu_index()] = (unsigned)interrupts_of(&crasher_mp);
}

TEST(a_global_notification_interrupts_every_context)
{
    NEEDS_PARTITION(&crasher_mp);
    cpu_run_everywhere(ask_for_interrupts, 0);
    partition_binds(&crasher_mp, OWN, 0, 1);
    normal_world_sets(&crasher_mp, 0, 1);
    cpu_run_everywhere(ask_for_interrupts, 0);
    for (unsigned cpu = 0; cpu < cpu_count(); cpu++)
        EXPECT(interrupted[cpu], 1);
    expect_fetched(&crasher_mp, 0, 0, 1);
    partition_unbinds(&crasher_mp, OWN, 1);
}

TEST(a_global_notification_that_was_fetched_interrupts_nobody_else)
{
    NEEDS_CPUS(2);
    NEEDS_PARTITION(&crasher_mp);
    partition_binds(&crasher_mp, OWN, 0, 1);
    normal_world_sets(&crasher_mp, 0, 1);
    expect_fetched(&crasher_mp, 0, 0, 1);
    cpu_run_everywhere(ask_for_interrupts, 0);
    EXPECT(interrupted[0], 1);
    EXPECT(interrupted[1], 0);
    partition_unbinds(&crasher_mp, OWN, 1);
}

TEST(a_notification_of_a_context_interrupts_that_one)
{
    NEEDS_CPUS(2);
    NEEDS_PARTITION(&crasher_mp);
    cpu_run_everywhere(ask_for_interrupts, 0);
    partition_binds(&crasher_mp, OWN, PER_VCPU, 1);
    normal_world_sets(&crasher_mp, PER_VCPU | VCPU(1), 1);
    expect_info(SUMMARY(0, 1, 1), 1 << 16 | crasher_mp.info.id);
    cpu_run_everywhere(ask_for_interrupts, 0);
    EXPECT(interrupted[0], 0);
    EXPECT(interrupted[1], 1);
    expect_fetched(&crasher_mp, 0, 0, 0);
    expect_fetched(&crasher_mp, 1, 0, 1);
    partition_unbinds(&crasher_mp, OWN, 1);
}

TEST(a_context_that_starts_finds_what_waits_for_it)
{
    NEEDS_CPUS(2);
    NEEDS_PARTITION(&crasher_mp);
    cpu_run_everywhere(ask_for_interrupts, 0);
    partition_binds(&crasher_mp, OWN, PER_VCPU, 1);
    cpu_switch_off(1);
    normal_world_sets(&crasher_mp, PER_VCPU | VCPU(1), 1);
    cpu_switch_on(1);
    cpu_run(1, ask_for_interrupts, 0);
    EXPECT(interrupted[1], 1);
    expect_fetched(&crasher_mp, 1, 0, 1);
    partition_unbinds(&crasher_mp, OWN, 1);
}

static void spin_in_crasher(void *argument)
{
    (void)argument;
    EXPECT_ANSWER(run_until_answered(ask(&crasher, CRASH_SPIN, 10 * SPIN_MS)), &crasher);
}

TEST(a_partition_that_runs_elsewhere_is_interrupted)
{
    NEEDS_CPUS(2);
    NEEDS_PARTITION(&crasher);
    partition_binds(&crasher, OWN, 0, 1);
    interrupts_of(&crasher);
    cpu_start(1, spin_in_crasher, 0);
    delay_us(2000);
    normal_world_sets(&crasher, 0, 1);
    cpu_wait(1);
    EXPECT(interrupts_of(&crasher), 1);
    expect_fetched(&crasher, 0, 0, 1);
    partition_unbinds(&crasher, OWN, 1);
}
