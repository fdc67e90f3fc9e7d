/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One CPU of the rogue Normal world: a step is a random call, a request to a rogue partition, one
 * to a partition that others use, or something that goes on during the calls of the other CPUs.
 */
#include "console.h"
#include "memory.h"
#include "panic.h"
#include "partitions.h"
#include "rogue.h"
#include "smp.h"
#include "timer.h"

#define PAYLOAD 0x40000000 /* and the device tree: not to be given away */
#define POOL_PAGES 64
#define STEPS_OF_A_PARTITION 48
#define RUNS_MAX 1000000

struct attacker attackers[CPU_MAX];
uint64_t attack_may;

static struct invent_shared shared = {.tx = POOL, .rx = POOL + PAGE_SIZE};
static uint64_t next_death[2];

void attack_prepare(struct attacker *a, uint64_t seed, unsigned cpu)
{
    const uint16_t ids[] = {rogue.info.id,        rogue.info.id,        rogue.info.id,
                            rogue_queued.info.id, rogue_queued.info.id, echo.info.id,
                            vault.info.id};

    *a = (struct attacker){.by = {.state = invent_seed(seed, cpu),
                                  .shared = &shared,
                                  .own = FFA_ID_NORMAL_WORLD,
                                  .id_count = sizeof(ids) / sizeof(ids[0]),
                                  .pool = POOL,
                                  .pool_end = POOL + POOL_PAGES * PAGE_SIZE,
                                  .vital = PAYLOAD,
                                  .vital_end = POOL}};
    __builtin_memcpy(a->by.ids, ids, sizeof(ids));
}

/* ---- Answers ---- */

static bool is_known(uint64_t x0)
{
    switch (x0) {
    case FFA_ERROR:
    case FFA_SUCCESS_32:
    case FFA_SUCCESS_64:
    case FFA_INTERRUPT:
    case FFA_YIELD:
    case FFA_MSG_WAIT:
    case FFA_MSG_SEND_DIRECT_RESP_32:
    case FFA_MSG_SEND_DIRECT_RESP_64:
    case FFA_MSG_SEND_DIRECT_RESP2:
    case FFA_MEM_RETRIEVE_RESP:
    case FFA_MEM_FRAG_RX:
    case FFA_MEM_FRAG_TX:
        return true;
    default:
        return false;
    }
}

/* A version, a known function, or SMCCC's refusal; an error has a status and nothing else. */
static bool is_sound(const struct ffa_regs *call, const struct ffa_regs *answer)
{
    const uint64_t *x = answer->x;
    uint64_t rest = x[1];

    if ((uint32_t)call->x[0] == FFA_VERSION || (uint32_t)call->x[0] == (FFA_VERSION | FFA_SVE_HINT))
        return x[0] == FFA_VERSION_1_2 || x[0] == 0xffffffff || (int64_t)x[0] == -1 ||
               x[0] == FFA_VERSION_1_1 || x[0] == FFA_VERSION_1_0;
    if ((int32_t)x[0] == SMCCC_NOT_SUPPORTED)
        return true;
    if (x[0] != FFA_ERROR)
        return is_known(x[0]);
    for (unsigned i = 3; i < 8; i++)
        rest |= x[i];
    return rest == 0 && (int32_t)x[2] < 0 && (int32_t)x[2] >= FFA_NOT_READY && x[2] >> 32 == 0;
}

static void note(struct attacker *a, const struct ffa_regs *call, const struct ffa_regs *answer)
{
    unsigned status = (int32_t)answer->x[0] == SMCCC_NOT_SUPPORTED ? 11
                      : answer->x[0] == FFA_ERROR                  ? -(unsigned)answer->x[2]
                                                                   : 0;

    a->status[status < ROGUE_STATUSES ? status : 0]++;
    for (unsigned i = 0; i < 8; i++)
        a->digest = (a->digest ^ call->x[i] ^ answer->x[i] << 1) * 0x100000001b3;
    if (!is_sound(call, answer) && a->odd_answers++ == 0) {
        a->odd_call = *call;
        a->odd_answer = *answer;
    }
}

struct ffa_regs attack_call(struct attacker *a, const struct ffa_regs *request)
{
    struct ffa_regs answer = a->last = *request;

    __atomic_store_n(&a->under_way, 1, __ATOMIC_RELEASE);
    smc(&answer);
    __atomic_store_n(&a->under_way, 0, __ATOMIC_RELEASE);
    note(a, request, &answer);
    return answer;
}

static bool others_use(uint64_t target)
{
    uint16_t id = (uint16_t)(target >> 16);

    return id == echo.info.id || id == vault.info.id;
}

/* A partition that waits has the CPU until an interrupt comes, so there is always one to come. */
static void tick_soon(struct attacker *a)
{
    timer_start(20ULL << invent_below(&a->by, 10), ROGUE_TICK_US);
}

/* Runs on what was stopped, or leaves it; a partition that others use must go on. */
static struct ffa_regs follow(struct attacker *a, struct ffa_regs answer)
{
    unsigned runs = 0;

    while (answer.x[0] == FFA_INTERRUPT || answer.x[0] == FFA_YIELD) {
        a->stopped++;
        if (!others_use(answer.x[1]) && invent_chance(&a->by, 20)) {
            a->left++;
            break;
        }
        if (runs++ == RUNS_MAX)
            bail_out("a partition does not come to an end", answer.x[1]);
        tick_soon(a);
        answer = attack_call(a, &(struct ffa_regs){{FFA_RUN, answer.x[1]}});
    }
    return answer;
}

/* ---- Steps ---- */

static void call_at_random(struct attacker *a)
{
    struct ffa_regs request, answer;
    const struct invent_call *row = invent_call(&a->by, request.x);

    a->made[row - invent_calls]++;
    answer = attack_call(a, &request);
    a->taken[row - invent_calls] +=
        answer.x[0] != FFA_ERROR && (int32_t)answer.x[0] != SMCCC_NOT_SUPPORTED;
    invent_learn(&a->by, row, request.x, answer.x);
    follow(a, answer);
}

static void map_mailbox(struct attacker *a)
{
    attack_call(a, &(struct ffa_regs){{FFA_VERSION, FFA_VERSION_1_2}});
    attack_call(a, &(struct ffa_regs){{FFA_RXTX_MAP_64, POOL, POOL + PAGE_SIZE, 1}});
    __atomic_store_n(&shared.tx, POOL, __ATOMIC_RELAXED);
    attack_call(a, &(struct ffa_regs){{FFA_RX_RELEASE}});
}

/* Whether it is this one's turn. */
static uint64_t may_die(unsigned which)
{
    uint64_t now = now_us(), due = __atomic_load_n(&next_death[which], __ATOMIC_RELAXED);

    return now >= due &&
                   __atomic_compare_exchange_n(&next_death[which], &due, now + DEATH_PERIOD_US,
                                               false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)
               ? attack_may
               : 0;
}

static void reap(struct attacker *a, const struct ffa_regs *answer)
{
    a->partition_calls += (uint32_t)answer->x[4];
    a->partition_refused += answer->x[4] >> 32;
    a->partition_faults += (uint16_t)answer->x[5];
    a->sent += (uint16_t)(answer->x[5] >> 16);
    a->retrieved += (uint16_t)(answer->x[5] >> 32);
    a->relinquished += answer->x[5] >> 48;
    a->breaches += (uint32_t)answer->x[7];
    a->odd_answers += answer->x[7] >> 32;
    invent_take(&a->by, answer->x[6]);
}

/* A partition that is busy may be one that was left; then that goes on. */
static void ask_rogue(struct attacker *a)
{
    bool queued = invent_chance(&a->by, 25);
    const struct partition *to = queued ? &rogue_queued : &rogue;
    struct ffa_regs request = {
        {FFA_MSG_SEND_DIRECT_REQ_64, ffa_sender_receiver(FFA_ID_NORMAL_WORLD, to->info.id), 0,
         ROGUE_RUN, invent_random(&a->by), 1 + invent_below(&a->by, STEPS_OF_A_PARTITION),
         may_die(queued), invent_offer(&a->by)}};
    struct ffa_regs answer;

    a->requests++;
    tick_soon(a);
    answer = attack_call(a, &request);
    if (answer.x[0] == FFA_ERROR && (int32_t)answer.x[2] == FFA_BUSY && invent_chance(&a->by, 80))
        answer = attack_call(
            a, &(struct ffa_regs){
                   {FFA_RUN, ffa_target(to->info.id, queued ? 0 : (uint16_t)cpu_index())}});
    answer = follow(a, answer);
    if (answer.x[0] == FFA_MSG_SEND_DIRECT_RESP_64 && answer.x[3] == ROGUE_DONE &&
        (answer.x[1] >> 16 == rogue.info.id || answer.x[1] >> 16 == rogue_queued.info.id))
        reap(a, &answer);
}

/* Keys are of names that the honest one does not have. */
static void ask_honest_partition(struct attacker *a)
{
    bool echoes = invent_chance(&a->by, 40);
    struct ffa_regs request = {
        {invent_chance(&a->by, 50) ? FFA_MSG_SEND_DIRECT_REQ_64 : FFA_MSG_SEND_DIRECT_REQ_32,
         ffa_sender_receiver(FFA_ID_NORMAL_WORLD, echoes ? echo.info.id : vault.info.id), 0,
         1 + invent_below(&a->by, 6), invent_below(&a->by, 8), invent_handle(&a->by),
         invent_below(&a->by, 2 * PAGE_SIZE), 1 + invent_below(&a->by, 3)}};

    a->honest_requests++;
    follow(a, attack_call(a, &request));
}

/* What Bulkhead reads for another CPU changes in the midst of its call. */
static void rewrite(struct attacker *a)
{
    uint8_t *tx = (uint8_t *)__atomic_load_n(&shared.tx, __ATOMIC_RELAXED);

    for (unsigned i = 50 + invent_below(&a->by, 500); i != 0; i--)
        invent_spoil(&a->by, tx, 256);
}

static void run_something(struct attacker *a)
{
    uint16_t id = a->by.ids[invent_below(&a->by, a->by.id_count)];
    uint16_t context = invent_chance(&a->by, 50) ? 0 : (uint16_t)invent_below(&a->by, CPU_MAX);

    follow(a, attack_call(a, &(struct ffa_regs){{FFA_RUN, ffa_target(id, context)}}));
}

void attack_step(struct attacker *a)
{
    uint32_t what = invent_below(&a->by, 1000);

    a->steps++;
    if (what < 500)
        call_at_random(a);
    else if (what < 740)
        ask_rogue(a);
    else if (what < 800)
        ask_honest_partition(a);
    else if (what < 880)
        rewrite(a);
    else if (what < 940)
        run_something(a);
    else if (what < 980)
        map_mailbox(a);
    else if (what < 999)
        tick_soon(a);
    else
        a->wants_off = true;
}
