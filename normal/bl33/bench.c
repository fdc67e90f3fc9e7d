/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The measurements: each operation is warmed, then repeated between two marks, between which a QEMU
 * plugin counts instructions. Every answer is checked. A line for each operation tells
 * tests/bench/bench.py how to make a figure of the marked runs. With bench=floor, the firmware is
 * tests/floor instead of Bulkhead.
 *
 *     bench NAME mean RUNS COUNT        COUNT operations in so many runs, one on each CPU
 *     bench NAME difference RUNS COUNT  two runs, the second with COUNT operations more
 *     bench NAME exit RUNS COUNT        COUNT runs, which count from the last entry to S-EL2 in
 * each
 *
 * With bench=cpus, all CPUs measure at the same time.
 */
#define SUITE "floor"

#include "bench.h"
#include "console.h"
#include "cpu.h"
#include "el1.h"
#include "interrupts.h"
#include "mailbox.h"
#include "partitions.h"
#include "scenarios.h"
#include "smp.h"
#include "sri.h"
#include "tap.h"
#include "tests/bench/mark.h"
#include "timer.h"

#define WARM_UP 20
#define REPEAT 200
#define INTERRUPTS 20
#define MESSAGES 20
#define MESSAGE_BYTES 64
#define FLOOR_ID 0x8001
#define SPIN_MS 1
#define TIMER_US 100
#define TURN_TICKS 2000
#define TIMER_ON_SILENT 3

void bench_main(void);

/* ---- Operations: each gives whether the answer was right ---- */

static bool echoes(uint32_t request, uint32_t response, uint16_t id)
{
    struct ffa_regs reply =
        ffa(request, ffa_sender_receiver(FFA_ID_NORMAL_WORLD, id), 0, 3, 4, 5, 6, 7);
    bool right = reply.x[0] == response &&
                 reply.x[1] == ffa_sender_receiver(id, FFA_ID_NORMAL_WORLD) && reply.x[2] == 0;

    for (unsigned i = 3; i <= 7; i++)
        right = right && reply.x[i] == i;
    return right;
}

static bool direct_32(void)
{
    return echoes(FFA_MSG_SEND_DIRECT_REQ_32, FFA_MSG_SEND_DIRECT_RESP_32, echo.info.id);
}

static bool direct_64(void)
{
    return echoes(FFA_MSG_SEND_DIRECT_REQ_64, FFA_MSG_SEND_DIRECT_RESP_64, echo.info.id);
}

/* x4 to x17 come back; x2 and x3 are the UUID, nil. */
static bool direct_req2(void)
{
    struct ffa_regs reply =
        ffa(FFA_MSG_SEND_DIRECT_REQ2, ffa_sender_receiver(FFA_ID_NORMAL_WORLD, echo.info.id), 0, 0,
            4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17);
    bool right = reply.x[0] == FFA_MSG_SEND_DIRECT_RESP2 && (reply.x[2] | reply.x[3]) == 0;

    for (unsigned i = 4; i <= 17; i++)
        right = right && reply.x[i] == i;
    return right;
}

static bool crasher_echoes(const struct partition *partition)
{
    struct ffa_regs reply = ask(partition, CRASH_ECHO, 4);

    return reply.x[0] == FFA_MSG_SEND_DIRECT_RESP_64 && reply.x[3] == DEMO_OK && reply.x[4] == 4;
}

/* To the context of this CPU. */
static bool direct_mp(void)
{
    return crasher_echoes(&crasher_mp);
}

/* To one at S-EL0. */
static bool direct_s_el0(void)
{
    struct ffa_regs reply = ask(&clerk, CLERK_ADD, 40, 2);

    return reply.x[0] == FFA_MSG_SEND_DIRECT_RESP_64 && reply.x[3] == DEMO_OK && reply.x[4] == 42;
}

/* To one that runs with interrupts masked, under a deadline. */
static bool direct_masked(void)
{
    return crasher_echoes(&crasher_queued);
}

bool bench_ask_crasher(void)
{
    return crasher_echoes(&crasher);
}

static bool floor_crossing(void)
{
    return echoes(FFA_MSG_SEND_DIRECT_REQ_32, FFA_MSG_SEND_DIRECT_RESP_32, FLOOR_ID);
}

static bool features(void)
{
    return ffa(FFA_FEATURES, FFA_MSG_SEND_DIRECT_REQ_32).x[0] == FFA_SUCCESS_32;
}

static bool partition_info_count(void)
{
    static const struct ffa_uuid nil;
    struct ffa_regs reply = partition_info_get(&nil, FFA_PARTITION_INFO_COUNT_ONLY);

    return reply.x[0] == FFA_SUCCESS_32 && reply.x[2] > 0;
}

static bool version(void)
{
    return ffa_version(FFA_VERSION_1_2) == FFA_VERSION_1_2;
}

/* crasher asks echo so many times, then answers. */
static bool forward(unsigned times)
{
    struct ffa_regs reply = ask(&crasher, CRASH_FORWARD, echo.info.id, 0x77, 0x88, times);

    return reply.x[3] == DEMO_OK && reply.x[4] == FFA_MSG_SEND_DIRECT_RESP_64 && reply.x[5] == 0x77;
}

/* ---- Measuring ---- */

void bench_report(const char *name, const char *how, unsigned count, bool right)
{
    print("bench %s %s %u %s\n", name, how, count, right ? "right" : "wrong");
}

bool bench_repeat(unsigned times, bool (*operation)(void))
{
    bool right = true;

    for (unsigned i = 0; i < times; i++)
        right = operation() && right;
    return right;
}

static bool marked(bool (*operation)(void))
{
    bool right = bench_repeat(WARM_UP, operation);

    MARK(MARK_BEGIN);
    right = bench_repeat(REPEAT, operation) && right;
    MARK(MARK_END);
    return right;
}

static void measure(const char *name, bool (*operation)(void))
{
    bench_report(name, "mean", REPEAT, marked(operation));
}

static bool marked_forward(unsigned times)
{
    bool right;

    MARK(MARK_BEGIN);
    right = forward(times);
    MARK(MARK_END);
    return right;
}

static void measure_direct_partition(void)
{
    bool right = forward(WARM_UP);

    right = marked_forward(1) && right;
    right = marked_forward(1 + REPEAT) && right;
    bench_report("direct_partition", "difference", REPEAT, right);
}

/* The Normal world's timer fires while crasher spins; the last stay at S-EL2 is the way out of it.
 */
static bool interrupt(void)
{
    struct ffa_regs reply;

    timer_start(TIMER_US, 0);
    MARK(MARK_BEGIN);
    reply = ask(&crasher, CRASH_SPIN, SPIN_MS);
    MARK(MARK_END);
    return reply.x[0] == FFA_INTERRUPT && run_until_answered(reply).x[3] == DEMO_OK;
}

static void measure_interrupt(void)
{
    bool right = true;

    for (unsigned i = 0; i < INTERRUPTS; i++)
        right = interrupt() && right;
    bench_report("interrupt", "exit", INTERRUPTS, right);
}

/* crasher's timer fires while the Normal world runs: the way to its handler, which ends the run. */
static bool secure_interrupt(void)
{
    struct ffa_regs reply =
        ask(&crasher, CRASH_TIMER_SET, ticks_of(TIMER_US), PHYSICAL, HF_LINE_IRQ, CRASH_TIMER_MARK);

    MARK(MARK_BEGIN);
    delay_us(2 * TIMER_US);
    return reply.x[4] == 1 && taken(&crasher, HF_INTID_TIMER).x[4] == 1;
}

static void measure_secure_interrupt(void)
{
    bool right = true;

    for (unsigned i = 0; i < INTERRUPTS; i++)
        right = secure_interrupt() && right;
    bench_report("secure_interrupt", "exit", INTERRUPTS, right);
}

/* crasher sets a notification of the Normal world, which learns of it and fetches it. */
static bool notify(void)
{
    bool right = ask(&crasher, CRASH_SET, FFA_ID_NORMAL_WORLD, 0, 1).x[3] == DEMO_OK;

    right = ffa(FFA_NOTIFICATION_INFO_GET_64).x[0] == FFA_SUCCESS_64 && right;
    return ffa(FFA_NOTIFICATION_GET, FFA_ID_NORMAL_WORLD, FFA_NOTIFICATION_FROM_PARTITIONS).x[2] ==
               1 &&
           right;
}

/* The request that has crasher do it is in both runs. */
static void measure_notification_cycle(void)
{
    const uint64_t parties = ffa_sender_receiver(crasher.info.id, FFA_ID_NORMAL_WORLD);
    bool right = ffa(FFA_NOTIFICATION_BITMAP_CREATE, FFA_ID_NORMAL_WORLD, 1).x[0] == FFA_SUCCESS_32;

    right = ffa(FFA_NOTIFICATION_BIND, parties, 0, 1).x[0] == FFA_SUCCESS_32 && right;
    sri_stop(); /* or it would preempt the request */
    right = bench_repeat(WARM_UP, notify) && right;
    MARK(MARK_BEGIN);
    right = bench_repeat(REPEAT, bench_ask_crasher) && right;
    MARK(MARK_END);
    MARK(MARK_BEGIN);
    right = bench_repeat(REPEAT, notify) && right;
    MARK(MARK_END);
    bench_report("notification_cycle", "difference", REPEAT, right);
}

/* What arrives is read between the runs. */
static bool send2(void)
{
    const struct ffa_message_header header = {
        .offset = sizeof(header), .receiver = crasher.info.id, .size = MESSAGE_BYTES};
    bool sent;

    __builtin_memcpy(mailbox_tx, &header, sizeof(header));
    MARK(MARK_BEGIN);
    sent = ffa(FFA_MSG_SEND2).x[0] == FFA_SUCCESS_32;
    MARK(MARK_END);
    call_from_crasher(CRASH_CALL, FFA_NOTIFICATION_GET, crasher.info.id, 0xc);
    return sent && call_from_crasher(CRASH_CALL, FFA_RX_RELEASE).x[0] == FFA_SUCCESS_32;
}

static void measure_send2(void)
{
    struct ffa_regs pages = ask(&crasher, CRASH_MAILBOX);
    bool right = mailbox_map().x[0] == FFA_SUCCESS_32;

    call_from_crasher(CRASH_CALL, FFA_RXTX_MAP_64, pages.x[4], pages.x[5], 1);
    for (unsigned i = 0; i < MESSAGES; i++)
        right = send2() && right;
    call_from_crasher(CRASH_CALL, FFA_RXTX_UNMAP);
    mailbox_unmap();
    bench_report("send2_64_bytes", "exit", MESSAGES, right);
}

static void measure_bulkhead(void)
{
    measure("direct_32", direct_32);
    measure("direct_64", direct_64);
    if (echo.info.properties & FFA_PROPERTY_RECEIVES_REQ2)
        measure("direct_req2", direct_req2);
    measure("direct_mp", direct_mp);
    measure("direct_masked", direct_masked);
    measure("direct_s_el0", direct_s_el0);
    measure_direct_partition();
    measure("features", features);
    measure("partition_info_count", partition_info_count);
    measure("version", version);
    measure_send2();
    measure_interrupt();
    measure_secure_interrupt();
    measure_notification_cycle();
    bench_memory();
    bench_longest();
}

/* ---- All CPUs at once, each with its own context of an MP partition ---- */

static unsigned arrived, wrong;

/* Each CPU waits until all are here, the n-th time. */
static void meet(unsigned n)
{
    __atomic_fetch_add(&arrived, 1, __ATOMIC_ACQ_REL);
    while (__atomic_load_n(&arrived, __ATOMIC_ACQUIRE) < n * cpu_count())
        __asm__ volatile("yield");
}

/*
 * Emulated CPUs take turns, and change over when a timer is set or expires: this one, which
 * interrupts nobody, has them do so anywhere, also where one holds the lock.
 */
static bool direct_among_others(void)
{
    write_register(cnthp_tval_el2, read_register(cntpct_el0) * 7919 % TURN_TICKS);
    write_register(cnthp_ctl_el2, TIMER_ON_SILENT);
    return direct_mp();
}

/* CPU 0 marks for all. */
static void measure_this_cpu(void *unused)
{
    bool right = bench_repeat(WARM_UP, direct_among_others);

    (void)unused;
    meet(1);
    if (cpu_index() == 0)
        MARK(MARK_BEGIN);
    meet(2);
    right = bench_repeat(REPEAT, direct_among_others) && right;
    meet(3);
    if (cpu_index() == 0)
        MARK(MARK_END);
    timer_stop();
    __atomic_fetch_add(&wrong, !right, __ATOMIC_RELAXED);
}

static void measure_all_cpus(void)
{
    cpu_run_everywhere(measure_this_cpu, 0);
    bench_report("direct_4_cpus", "mean", cpu_count() * REPEAT, wrong == 0);
}

/* ---- The floor must be right before it may be fast ---- */

TEST(the_floor_echoes_a_direct_request)
{
    EXPECT_TRUE(floor_crossing());
    EXPECT_TRUE(floor_crossing());
}

TEST(the_floor_refuses_what_it_does_not_know)
{
    EXPECT(ffa(FFA_ID_GET + 0x1000).x[0], (uint64_t)SMCCC_NOT_SUPPORTED);
    EXPECT(ffa(FFA_FEATURES, FFA_RUN).x[0], FFA_ERROR);
    EXPECT(ffa(FFA_MSG_SEND_DIRECT_REQ_32, NO_PARTITION).x[0], FFA_ERROR);
    EXPECT(ffa(FFA_MSG_SEND_DIRECT_REQ_32, FLOOR_ID, 1).x[0], FFA_ERROR);
}

TEST(the_floor_keeps_the_normal_worlds_registers)
{
    uint64_t x[31] = {FFA_MSG_SEND_DIRECT_REQ_32, FLOOR_ID, 0, 3};

    for (unsigned i = 8; i < 31; i++)
        x[i] = i;
    el1_plant(1);
    smc_with_all_registers(x);
    el1_expect_planted();
    EXPECT(x[0], FFA_MSG_SEND_DIRECT_RESP_32);
    EXPECT(x[3], 3);
    for (unsigned i = 8; i < 31; i++)
        EXPECT(x[i], i);
}

static void nothing(void)
{
}

static void measure_floor(void)
{
    tap_plan(tap_count(SUITE));
    tap_run(SUITE, nothing);
    measure("floor_crossing", floor_crossing);
}

void bench_main(void)
{
    const char *which = bootarg(&board, "bench");

    if (which && bootarg_has(which, "floor"))
        measure_floor();
    else if (which && bootarg_has(which, "cpus"))
        measure_all_cpus();
    else
        measure_bulkhead();
}
