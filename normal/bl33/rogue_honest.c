/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Someone who just wants answers, on a CPU that no interrupt of the Normal world reaches. Its calls
 * lie between marks, so that a plugin can count what each of them costs (tests/bench/plugin.c).
 */
#include "partitions.h"
#include "rogue.h"
#include "sri.h"
#include "tests/bench/mark.h"

#define KEYS 8
#define FIRST_KEY 0x686f6e6573740000

struct honest honest;
bool rogue_stop;

static struct inventor by;
static uint64_t values[KEYS][2];

static struct ffa_regs ask_vault(uint64_t command, uint64_t name, const uint64_t value[2])
{
    struct ffa_regs regs = {{FFA_MSG_SEND_DIRECT_REQ_64,
                             ffa_sender_receiver(FFA_ID_NORMAL_WORLD, vault.info.id), 0, command,
                             name, value[0], value[1]}};

    MARK(MARK_BEGIN);
    smc(&regs);
    MARK(MARK_END);
    return regs;
}

static void judge(bool right, const struct ffa_regs *call, const struct ffa_regs *answer)
{
    if (right)
        return;
    if (honest.wrong++ == 0) {
        honest.bad_call = *call;
        honest.bad_answer = *answer;
    }
}

static bool is_from(const struct ffa_regs *answer, const struct partition *partition)
{
    return answer->x[0] == FFA_MSG_SEND_DIRECT_RESP_64 && answer->x[2] == 0 &&
           answer->x[1] == ffa_sender_receiver(partition->info.id, FFA_ID_NORMAL_WORLD);
}

static void keep_a_key(unsigned key)
{
    const struct ffa_regs put = {{VAULT_PUT, key}}, get = {{VAULT_GET, key}};
    struct ffa_regs answer;

    values[key][0] = invent_random(&by);
    values[key][1] = invent_random(&by);
    answer = ask_vault(VAULT_PUT, FIRST_KEY + key, values[key]);
    judge(is_from(&answer, &vault) && answer.x[3] == DEMO_OK, &put, &answer);
    key = invent_below(&by, KEYS);
    answer = ask_vault(VAULT_GET, FIRST_KEY + key, (const uint64_t[2]){0, 0});
    judge(is_from(&answer, &vault) && answer.x[3] == (values[key][0] ? DEMO_OK : DEMO_NOT_FOUND) &&
              answer.x[5] == values[key][0] && answer.x[6] == values[key][1],
          &get, &answer);
    honest.kept += 2;
}

/* An attacker may have it at that moment: then it is asked again. */
static void get_an_echo(void)
{
    struct ffa_regs call = {
        {FFA_MSG_SEND_DIRECT_REQ_64, ffa_sender_receiver(FFA_ID_NORMAL_WORLD, echo.info.id)}};
    struct ffa_regs answer;
    bool right;

    for (unsigned i = 3; i < 8; i++)
        call.x[i] = invent_random(&by);
    answer = call;
    MARK(MARK_BEGIN);
    smc(&answer);
    MARK(MARK_END_OTHER);
    if (answer.x[0] == FFA_ERROR && answer.x[2] == (uint32_t)FFA_BUSY) {
        honest.busy++;
        return;
    }
    right = is_from(&answer, &echo);
    for (unsigned i = 3; i < 8; i++)
        right = right && answer.x[i] == call.x[i];
    judge(right, &call, &answer);
    honest.echoed++;
}

/* All keys lie there first, before attackers fill vault with theirs. */
void work_honestly(void *seed)
{
    by.state = invent_seed((uint64_t)seed, CPU_MAX);
    sri_stop();
    for (unsigned key = 0; key < KEYS; key++)
        keep_a_key(key);
    while (!__atomic_load_n(&rogue_stop, __ATOMIC_ACQUIRE)) {
        keep_a_key(invent_below(&by, KEYS));
        get_an_echo();
        get_an_echo();
    }
}
