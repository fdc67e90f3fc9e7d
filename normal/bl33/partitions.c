/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Looks the test partitions up once, at start, by the road that any client takes.
 */
#include "partitions.h"

#include "console.h"
#include "cpu.h"
#include "mailbox.h"
#include "timer.h"

#define WORK_MS 300
#define WORK_TIMER_US 5000
#define WORK_ATTEMPTS 20

/* As their manifests have them: one image, four ways to run the crashers. */

struct partition echo = {"echo", {{ECHO_UUID}}, {0}};
struct partition vault = {"vault", {{VAULT_UUID}}, {0}};
struct partition ticker = {"ticker", {{TICKER_UUID}}, {0}};
struct partition crasher = {"crasher", {{CRASHER_UUID}}, {0}};
struct partition crasher_queued = {"crasher_queued", {{CRASHER_QUEUED_UUID}}, {0}};
struct partition crasher_mp = {"crasher_mp", {{CRASHER_MP_UUID}}, {0}};
struct partition crasher_exit = {"crasher_exit", {{CRASHER_EXIT_UUID}}, {0}};
struct partition crasher_mp_exit = {"crasher_mp_exit", {{CRASHER_MP_EXIT_UUID}}, {0}};
struct partition crasher_deaf = {"crasher_deaf", {{CRASHER_DEAF_UUID}}, {0}};
struct partition clerk = {"clerk", {{CLERK_UUID}}, {0}};
struct partition crasher_s_el0 = {"crasher_s_el0", {{CRASHER_S_EL0_UUID}}, {0}};
struct partition phoenix = {"phoenix", {{PHOENIX_UUID}}, {0}};
struct partition phoenix_mp = {"phoenix_mp", {{PHOENIX_MP_UUID}}, {0}};
struct partition phoenix_queued = {"phoenix_queued", {{PHOENIX_QUEUED_UUID}}, {0}};
struct partition rogue = {"rogue", {{ROGUE_UUID}}, {0}};
struct partition rogue_queued = {"rogue_queued", {{ROGUE_QUEUED_UUID}}, {0}};
struct partition alarm = {"alarm", {{ALARM_UUID}}, {0}};

static struct partition *const all[] = {
    &echo,         &vault, &ticker,        &crasher,    &crasher_queued, &crasher_mp,
    &crasher_exit, &alarm, &phoenix,       &phoenix_mp, &phoenix_queued, &crasher_mp_exit,
    &crasher_deaf, &clerk, &crasher_s_el0, &rogue,      &rogue_queued};

static void find(struct partition *partition)
{
    struct ffa_regs reply = partition_info_get(&partition->uuid, 0);

    if (reply.x[0] != FFA_SUCCESS_32) {
        print("# no partition %s\n", partition->name);
        return;
    }
    partition->info = partition_info_entry(0, FFA_PARTITION_INFO_SIZE_1_1);
    ffa(FFA_RX_RELEASE);
}

void partitions_find(void)
{
    mailbox_map();
    for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        find(all[i]);
    mailbox_unmap();
}

struct ffa_regs run_until_answered(struct ffa_regs reply)
{
    while (reply.x[0] == FFA_INTERRUPT)
        reply = ffa(FFA_RUN, reply.x[1]);
    return reply;
}

/* A busy host may stop the whole board for longer than the work takes: then the work is done again.
 */
struct ffa_regs work_until_interrupted(const struct partition *partition)
{
    struct ffa_regs reply;

    for (unsigned attempt = 0; attempt < WORK_ATTEMPTS; attempt++) {
        timer_start(WORK_TIMER_US, 0);
        reply = ask(partition, CRASH_SPIN, WORK_MS);
        if (reply.x[0] != FFA_MSG_SEND_DIRECT_RESP_64)
            break;
    }
    return reply;
}

#define CARRIED 13 /* registers of a call in a request of the second kind */

struct ffa_regs partition_call(uint64_t command, const struct ffa_regs *request)
{
    struct ffa_regs message = {{FFA_MSG_SEND_DIRECT_REQ2, crasher.info.id, 0, 0, command}};
    struct ffa_regs result = {{0}};

    for (unsigned i = 0; i < CARRIED; i++)
        message.x[5 + i] = request->x[i];
    message = run_until_answered(ffa_call(&message));
    if (EXPECT_RESPONSE2(message, &crasher) && EXPECT(message.x[4], DEMO_OK))
        for (unsigned i = 0; i < CARRIED; i++)
            result.x[i] = message.x[5 + i];
    return result;
}

struct ffa_regs partition_call_1_1(const struct ffa_regs *request)
{
    const uint64_t *x = request->x;
    struct ffa_regs reply = ask(&crasher_queued, CRASH_CALL, x[0], x[1], x[2], x[3]);

    EXPECT_ANSWER(reply, &crasher_queued);
    return (struct ffa_regs){{reply.x[4], reply.x[5], reply.x[6], reply.x[7]}};
}

bool partition_expect_response(const char *file, unsigned line, struct ffa_regs reply,
                               const struct partition *partition)
{
    uint64_t ids = ffa_sender_receiver(partition->info.id, FFA_ID_NORMAL_WORLD);

    return tap_expect(file, line, "x0 of a response", reply.x[0], FFA_MSG_SEND_DIRECT_RESP_64) &&
           tap_expect(file, line, "x1 of a response", reply.x[1], ids) &&
           tap_expect(file, line, "x2 of a response", reply.x[2], 0);
}

bool partition_expect_response2(const char *file, unsigned line, struct ffa_regs reply,
                                const struct partition *partition)
{
    uint64_t ids = ffa_sender_receiver(partition->info.id, FFA_ID_NORMAL_WORLD);

    return tap_expect(file, line, "x0 of a response", reply.x[0], FFA_MSG_SEND_DIRECT_RESP2) &&
           tap_expect(file, line, "x1 of a response", reply.x[1], ids) &&
           tap_expect(file, line, "x2 of a response", reply.x[2], 0) &&
           tap_expect(file, line, "x3 of a response", reply.x[3], 0);
}

bool partition_expect_answer(const char *file, unsigned line, struct ffa_regs reply,
                             const struct partition *partition)
{
    return partition_expect_response(file, line, reply, partition) &&
           tap_expect(file, line, "status in x3", reply.x[3], DEMO_OK);
}

bool echo_answers(void)
{
    struct ffa_regs reply = ask(&echo, 0x0123456789abcdef, 2, 3, 4, 0xfedcba9876543210);

    return EXPECT_RESPONSE(reply, &echo) && EXPECT(reply.x[3], 0x0123456789abcdef) &&
           EXPECT(reply.x[4], 2) && EXPECT(reply.x[5], 3) && EXPECT(reply.x[6], 4) &&
           EXPECT(reply.x[7], 0xfedcba9876543210);
}

bool vault_answers(void)
{
    struct ffa_regs reply = ask(&vault, VAULT_LIST, ~(uint64_t)0);

    return EXPECT_RESPONSE(reply, &vault) && EXPECT(reply.x[3], DEMO_NOT_FOUND);
}

bool crasher_answers(const struct partition *partition)
{
    struct ffa_regs reply = ask(partition, CRASH_ECHO, 0x1234567812345678);

    return EXPECT_ANSWER(reply, partition) && EXPECT(reply.x[4], 0x1234567812345678);
}

bool crasher_comes_back(const struct partition *partition)
{
    for (unsigned i = 0; i < 100; i++) {
        if (run_until_answered(ask(partition, CRASH_ECHO, 1)).x[0] != FFA_ERROR)
            return true;
        delay_us(20000);
    }
    return false;
}

void deaths_are_forgotten(void)
{
    timer_start(1000000, 1000000);
    while (timer_count() < 60 + 8 * 4 * 2 + 1)
        __asm__ volatile("wfi");
    timer_stop();
}
