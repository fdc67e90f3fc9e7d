/* SPDX-License-Identifier: BSD-3-Clause */
/* FF-A calls, those of notifications and what the framework says among them. */
#include "partitions/crasher/crasher.h"

void crash_echo(struct ffa_regs *message)
{
    answer_seen(message, message->x[4]);
}

uint32_t status_word(int32_t status)
{
    return (uint32_t)status;
}

/* Of all calls that are not FF-A, the one whose success nobody could overlook. */
void crash_smc(struct ffa_regs *message)
{
    struct ffa_regs regs = {.x = {PSCI_SYSTEM_OFF}};

    ffa_call(&regs);
    answer_seen(message, regs.x[0]);
}

void crash_abort(struct ffa_regs *message)
{
    (void)message;
    ffa_abort();
}

void crash_yield(struct ffa_regs *message)
{
    answer_seen(message, status_word(ffa_yield()));
}

void crash_forward(struct ffa_regs *message)
{
    uint16_t own_id = (uint16_t)message->x[1], receiver = (uint16_t)message->x[4];
    uint32_t times = (uint32_t)message->x[7] != 0 ? (uint32_t)message->x[7] : 1;
    uint64_t milliseconds = message->x[7] >> 32;
    struct ffa_regs reply;

    do {
        reply = (struct ffa_regs){.x = {[3] = message->x[5], [4] = message->x[6]}};
        ffa_direct_request(own_id, receiver, &reply);
    } while (--times != 0 && ffa_status(&reply) == FFA_OK);
    spin(milliseconds);
    sdk_answer(message, DEMO_OK, reply.x[0], reply.x[0] == FFA_ERROR ? reply.x[2] : reply.x[3], 0);
}

void crash_msg_wait(struct ffa_regs *message)
{
    struct ffa_regs regs;

    ffa_msg_wait(&regs);
    answer_seen(message, status_word(ffa_status(&regs)));
}

void crash_bad_response(struct ffa_regs *message)
{
    uint32_t own_id = (uint16_t)message->x[1];
    struct ffa_regs regs = {
        .x = {FFA_MSG_SEND_DIRECT_RESP_64, own_id << 16 | (uint16_t)message->x[4]},
    };

    ffa_call(&regs);
    answer_seen(message, status_word(ffa_status(&regs)));
}

uint64_t *payload_of(struct ffa_regs *message)
{
    return &message->x[message->x[0] == FFA_MSG_SEND_DIRECT_REQ2 ? 4 : 3];
}

/* What a message has behind its command is x0 and on of a call, both ways. */
static void call_by(struct ffa_regs *message, enum ffa_conduit conduit)
{
    uint64_t *payload = payload_of(message);
    unsigned int count = payload == &message->x[3] ? 4 : 13;
    enum ffa_conduit usual = ffa_conduit;
    struct ffa_regs regs = {.x = {0}};

    memcpy(regs.x, &payload[1], count * sizeof(regs.x[0]));
    ffa_conduit = conduit;
    ffa_call(&regs);
    ffa_conduit = usual;
    memcpy(&payload[1], regs.x, count * sizeof(regs.x[0]));
    payload[0] = DEMO_OK;
}

void crash_call(struct ffa_regs *message)
{
    call_by(message, sdk_s_el0 ? FFA_SVC : FFA_SMC);
}

void crash_call_hvc(struct ffa_regs *message)
{
    call_by(message, FFA_HVC);
}

void crash_wrong_response(struct ffa_regs *message)
{
    bool extended = message->x[0] == FFA_MSG_SEND_DIRECT_REQ2;
    uint32_t parties = (uint32_t)message->x[1];
    struct ffa_regs regs = {
        .x = {extended ? FFA_MSG_SEND_DIRECT_RESP_64 : FFA_MSG_SEND_DIRECT_RESP2,
              parties << 16 | parties >> 16},
    };
    uint64_t *payload = payload_of(message);

    ffa_call(&regs);
    payload[0] = DEMO_OK;
    payload[1] = status_word(ffa_status(&regs));
}

/* ---- Notifications ---- */

void crash_bind(struct ffa_regs *message)
{
    answer_seen(message,
                status_word(ffa_notification_bind((uint16_t)message->x[4], (uint16_t)message->x[1],
                                                  (uint32_t)message->x[5], message->x[6])));
}

void crash_unbind(struct ffa_regs *message)
{
    answer_seen(message, status_word(ffa_notification_unbind(
                             (uint16_t)message->x[4], (uint16_t)message->x[1], message->x[6])));
}

void crash_set(struct ffa_regs *message)
{
    int32_t status = ffa_notification_set((uint16_t)message->x[1], (uint16_t)message->x[4],
                                          (uint32_t)message->x[5], message->x[6]);

    spin(message->x[7]);
    answer_seen(message, status_word(status));
}

void crash_get(struct ffa_regs *message)
{
    struct ffa_notifications got;
    int32_t status = ffa_notification_get((uint16_t)message->x[1], (uint16_t)message->x[4],
                                          (uint32_t)message->x[5], &got);

    if (status == FFA_OK)
        sdk_answer(message, DEMO_OK, got.from_partitions, got.from_vms, got.framework);
    else
        sdk_answer(message, DEMO_BAD_ARGUMENT, status_word(status), 0, 0);
}

/* ---- Framework messages ---- */

static struct {
    uint64_t count, w2, w5, refused;      /* so far, and of the last one */
    uint64_t milliseconds, status, wrong; /* of the next one */
} framework;

void crash_framework(struct ffa_regs *message)
{
    framework.milliseconds = message->x[4];
    framework.status = message->x[5];
    framework.wrong = message->x[6];
    sdk_answer(message, DEMO_OK, framework.count, framework.w2, framework.w5);
    message->x[7] = framework.refused;
}

static bool is_refused(uint64_t function, uint64_t w1, uint64_t w2)
{
    struct ffa_regs regs = {.x = {function, w1, w2}};

    ffa_call(&regs);
    return ffa_status(&regs) == FFA_INVALID_PARAMETERS;
}

int32_t partition_framework_message(const struct ffa_regs *message)
{
    uint64_t w1 = (uint32_t)message->x[1] << 16 | (uint32_t)message->x[1] >> 16;
    uint64_t right = message->x[2] + 1, other = message->x[2] ^ 3;

    framework.count++;
    framework.w2 = message->x[2];
    framework.w5 = message->x[5];
    framework.refused = 0;
    if (framework.wrong == 1) {
        framework.refused += is_refused(FFA_MSG_SEND_DIRECT_RESP_32, w1, 0);
        framework.refused += is_refused(FFA_MSG_SEND_DIRECT_RESP_32, w1, message->x[2]);
        framework.refused += is_refused(FFA_MSG_SEND_DIRECT_RESP_32, w1, other);
        framework.refused += is_refused(FFA_MSG_SEND_DIRECT_RESP_64, w1, right);
    }
    spin(framework.milliseconds);
    return (int32_t)framework.status;
}
