/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rogue: does random things on request (abi/demo.h), to see whether anybody else notices. Its calls
 * are nearly right (tests/rogue/invent.h), with a mailbox that its contexts share and rewrite.
 */
#include "partitions/rogue/rogue.h"
#include "partitions/sdk/private.h"

#define POOL_PAGES 24
#define RUNS_MAX 200 /* of a partition below it, which may never answer */

static uint8_t pool[POOL_PAGES][SDK_PAGE] __attribute__((aligned(SDK_PAGE)));
static struct invent_shared shared;
static struct rogue rogues[SDK_VCPUS];
static struct ffa_regs requests[SDK_VCPUS]; /* the last ones */

static bool is_request(const struct ffa_regs *regs)
{
    return regs->x[0] == FFA_MSG_SEND_DIRECT_REQ_32 || regs->x[0] == FFA_MSG_SEND_DIRECT_REQ_64 ||
           regs->x[0] == FFA_MSG_SEND_DIRECT_REQ2;
}

/* ---- Calls ---- */

static bool gives_the_cpu_away(uint64_t function)
{
    uint8_t number = (uint8_t)function;

    return number == (FFA_MSG_WAIT & 0xff) || number == (FFA_MSG_SEND_DIRECT_RESP_32 & 0xff) ||
           number == (FFA_MSG_SEND_DIRECT_RESP2 & 0xff);
}

/* Mostly it has whom it called go on; some are left where they are. */
static void run_on(struct rogue *rogue, struct ffa_regs *reply)
{
    for (unsigned int i = 0; i < RUNS_MAX; i++) {
        if ((reply->x[0] != FFA_INTERRUPT && reply->x[0] != FFA_YIELD) ||
            invent_chance(&rogue->by, 1))
            return;
        *reply = (struct ffa_regs){.x = {FFA_RUN, reply->x[1]}};
        ffa_call(reply);
        rogue->calls++;
    }
}

/* An error has a status that FF-A knows, and nothing else. */
static bool is_sound(const struct ffa_regs *reply)
{
    uint64_t rest = reply->x[1];

    if (reply->x[0] != FFA_ERROR)
        return true;
    for (unsigned int i = 3; i < 8; i++)
        rest |= reply->x[i];
    return rest == 0 && (int32_t)reply->x[2] < 0 && (int32_t)reply->x[2] >= FFA_NOT_READY &&
           reply->x[2] >> 32 == 0;
}

static void count(struct rogue *rogue, uint8_t number, const struct ffa_regs *reply)
{
    bool taken = reply->x[0] != FFA_ERROR;

    rogue->calls++;
    rogue->refused += !taken;
    rogue->sent +=
        taken && number >= (FFA_MEM_DONATE_32 & 0xff) && number <= (FFA_MEM_SHARE_32 & 0xff);
    rogue->retrieved += reply->x[0] == FFA_MEM_RETRIEVE_RESP;
    rogue->relinquished += taken && number == (FFA_MEM_RELINQUISH & 0xff);
}

/* True if it brought the next message, in *message. */
static bool call(struct rogue *rogue, struct ffa_regs *message)
{
    struct ffa_regs asked, reply;
    const struct invent_call *row = invent_call(&rogue->by, asked.x);

    reply = asked;
    ffa_conduit = invent_chance(&rogue->by, 50) ? FFA_SMC : FFA_HVC;
    ffa_call(&reply);
    if (is_request(&reply) || (gives_the_cpu_away(asked.x[0]) && reply.x[0] != FFA_ERROR)) {
        *message = reply;
        return true;
    }
    count(rogue, row->number, &reply);
    rogue->odd_answers += !is_sound(&reply);
    invent_learn(&rogue->by, row, asked.x, reply.x);
    run_on(rogue, &reply);
    return false;
}

/* ---- Requests ---- */

static void map_mailbox(struct rogue *rogue)
{
    shared.tx = (uintptr_t)pool[0];
    shared.rx = (uintptr_t)pool[1];
    rogue->calls += 2;
    ffa_rxtx_map(pool[0], pool[1], 1);
    ffa_rx_release();
}

/* Of three offers it takes two, if it may. */
static void take(struct rogue *rogue, uint64_t offer)
{
    struct ffa_regs regs;

    invent_take(&rogue->by, offer);
    if (offer == 0 || invent_chance(&rogue->by, 33))
        return;
    ffa_rx_release();
    invent_retrieve(&rogue->by, offer, regs.x);
    ffa_call(&regs);
    count(rogue, FFA_MEM_RETRIEVE_REQ_32 & 0xff, &regs);
    if (regs.x[0] == FFA_MEM_RETRIEVE_RESP)
        invent_got(&rogue->by);
    ffa_rx_release();
}

static void begin(struct rogue *rogue, const struct ffa_regs *message)
{
    static const uint16_t ids[] = {0, 0x8003, 0x8004, 0x8003, 0x8001, 0x8002};

    bool meant = message->x[3] == ROGUE_RUN && message->x[6] <= (ROGUE_MAY_DIE | ROGUE_MAY_STICK);

    *rogue = (struct rogue){
        .by = {.state = invent_seed(message->x[4], sdk_context()),
               .shared = &shared,
               .own = (uint16_t)message->x[1],
               .secure = true,
               .id_count = sizeof(ids) / sizeof(ids[0]),
               .pool = (uintptr_t)pool,
               .pool_end = (uintptr_t)pool + sizeof(pool),
               .vital = (uintptr_t)sdk_image - SDK_HEADER,
               .vital_end = (uintptr_t)sdk_stacks_end},
        .may_die = meant && (message->x[6] & ROGUE_MAY_DIE),
        .may_stick = meant && (message->x[6] & ROGUE_MAY_STICK),
    };
    memcpy(rogue->by.ids, ids, sizeof(ids));
    if (shared.tx == 0 || invent_chance(&rogue->by, 60))
        map_mailbox(rogue);
    take(rogue, meant ? message->x[7] : 0);
}

static void answer(struct rogue *rogue, struct ffa_regs *message)
{
    if (message->x[0] == FFA_MSG_SEND_DIRECT_REQ2 || message->x[2] == 0) {
        sdk_answer(message, ROGUE_DONE, rogue->calls | rogue->refused << 32,
                   rogue->faults | rogue->sent << 16 | rogue->retrieved << 32 |
                       rogue->relinquished << 48,
                   invent_offer(&rogue->by));
        message->x[7] = rogue->odd_answers << 32 | rogue->breaches;
    } else {
        message->x[3] = FFA_OK;
    }
    ffa_direct_response(message);
}

/* A random thing after the other, until they are done or the CPU was given away. */
static void act(struct ffa_regs *message)
{
    struct rogue *rogue = &rogues[sdk_context()];
    uint64_t steps = message->x[5] < ROGUE_STEPS_MAX ? message->x[5] : ROGUE_STEPS_MAX;

    if (message->x[3] == ROGUE_DIE)
        ffa_abort();
    requests[sdk_context()] = *message;
    sdk_interrupts_on();
    begin(rogue, message);
    for (; steps != 0; steps--)
        if (invent_chance(&rogue->by, 20))
            misdeed(rogue);
        else if (call(rogue, message))
            return;
    if (rogue->may_die)
        last_misdeed(rogue);
    answer(rogue, message);
}

/* Who may not wait has a request to answer. */
static void wait(struct ffa_regs *message)
{
    ffa_msg_wait(message);
    if (message->x[0] == FFA_ERROR) {
        *message = requests[sdk_context()];
        ffa_direct_response(message);
    }
}

static __attribute__((noreturn)) void serve(void)
{
    struct ffa_regs message;

    ffa_msg_wait(&message);
    for (;;)
        if (is_request(&message))
            act(&message);
        else
            wait(&message);
}

void partition_secondary(void)
{
    serve();
}

void partition_main(const struct ffa_boot_info_header *boot)
{
    (void)boot;
    misdeeds_prepare();
    if (sdk_contexts() > 1 && ffa_secondary_ep_register(sdk_secondary_start) != FFA_OK)
        ffa_abort();
    serve();
}
