/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * FF-A calls, each a few registers around ffa_call (entry.S). Registers that a
 * call does not define are sent as zero, as FF-A 1.2 wants them.
 */
#include "partitions/sdk/ffa.h"

#include "partitions/sdk/sdk.h"

enum ffa_conduit ffa_conduit = FFA_SMC;

/* w2 serves both ways: a negative status of a refused call, or the result, zero if it has none. */
static int32_t call(uint64_t function, uint64_t x1, uint64_t x2, uint64_t x3)
{
    struct ffa_regs regs = {.x = {function, x1, x2, x3}};

    ffa_call(&regs);
    return (int32_t)regs.x[2];
}

int32_t ffa_status(const struct ffa_regs *answer)
{
    return (uint32_t)answer->x[0] == FFA_ERROR ? (int32_t)answer->x[2] : FFA_OK;
}

int32_t ffa_version(uint32_t version)
{
    struct ffa_regs regs = {.x = {FFA_VERSION, version}};

    ffa_call(&regs);
    return (int32_t)regs.x[0]; /* older than FFA_ERROR: the answer stands in w0 itself */
}

int32_t ffa_features(uint32_t id, uint32_t input, uint32_t *properties)
{
    struct ffa_regs regs = {.x = {FFA_FEATURES, id, input}};

    ffa_call(&regs);
    *properties = (uint32_t)regs.x[2];
    return ffa_status(&regs);
}

int32_t ffa_id_get(void)
{
    return call(FFA_ID_GET, 0, 0, 0);
}

int32_t ffa_spm_id_get(void)
{
    return call(FFA_SPM_ID_GET, 0, 0, 0);
}

int32_t ffa_rxtx_map(const void *tx, void *rx, unsigned int pages)
{
    return call(FFA_RXTX_MAP_64, (uintptr_t)tx, (uintptr_t)rx, pages);
}

int32_t ffa_rx_release(void)
{
    return call(FFA_RX_RELEASE, 0, 0, 0);
}

int32_t ffa_partition_info_get(const struct ffa_uuid *uuid, uint32_t flags)
{
    const uint32_t *word = uuid->word;
    struct ffa_regs regs = {
        .x = {FFA_PARTITION_INFO_GET, word[0], word[1], word[2], word[3], flags}};

    ffa_call(&regs);
    return (int32_t)regs.x[2];
}

int32_t ffa_msg_send2(uint32_t flags)
{
    return call(FFA_MSG_SEND2, 0, flags, 0);
}

int32_t ffa_mem_reclaim(uint64_t handle, uint32_t flags)
{
    return call(FFA_MEM_RECLAIM, (uint32_t)handle, handle >> 32, flags);
}

int32_t ffa_secondary_ep_register(void (*entry)(void))
{
    return call(FFA_SECONDARY_EP_REGISTER_64, (uintptr_t)entry, 0, 0);
}

int32_t ffa_console_log(const char *text, size_t length)
{
    struct ffa_regs regs = {.x = {FFA_CONSOLE_LOG_64, length}};

    if (length > FFA_CONSOLE_LOG_64_MAX)
        return FFA_INVALID_PARAMETERS;
    memcpy(&regs.x[2], text, length);
    ffa_call(&regs);
    return ffa_status(&regs);
}

void ffa_msg_wait(struct ffa_regs *answer)
{
    *answer = (struct ffa_regs){.x = {FFA_MSG_WAIT}};
    ffa_call(answer);
}

int32_t ffa_yield(void)
{
    return call(FFA_YIELD, 0, 0, 0);
}

void ffa_run(uint16_t partition, uint16_t vcpu, struct ffa_regs *answer)
{
    *answer = (struct ffa_regs){.x = {FFA_RUN, (uint32_t)partition << 16 | vcpu}};
    ffa_call(answer);
}

/* Not by memset: every message comes this way. */
static void clear_behind_payload(struct ffa_regs *message)
{
    for (unsigned int i = 8; i < 18; i++)
        message->x[i] = 0;
}

/* A receiver that stopped on the way is run on. */
static void call_until_answered(struct ffa_regs *message)
{
    ffa_call(message);
    while (message->x[0] == FFA_INTERRUPT || message->x[0] == FFA_YIELD)
        ffa_run((uint16_t)(message->x[1] >> 16), (uint16_t)message->x[1], message);
}

void ffa_direct_request(uint16_t sender, uint16_t receiver, struct ffa_regs *message)
{
    message->x[0] = FFA_MSG_SEND_DIRECT_REQ_64;
    message->x[1] = (uint32_t)sender << 16 | receiver;
    message->x[2] = 0;
    clear_behind_payload(message);
    call_until_answered(message);
}

void ffa_direct_request2(uint16_t sender, uint16_t receiver, struct ffa_regs *message)
{
    message->x[0] = FFA_MSG_SEND_DIRECT_REQ2;
    message->x[1] = (uint32_t)sender << 16 | receiver;
    call_until_answered(message);
}

/* w2 of the response to a request with this w2: each framework message has a type for it. */
static uint32_t response_type(uint32_t w2)
{
    switch (w2) {
    case FFA_FRAMEWORK_PSCI_REQUEST:
    case FFA_FRAMEWORK_WARM_BOOT:
        return FFA_FRAMEWORK_PM_RESPONSE;
    case FFA_FRAMEWORK_VM_CREATED:
        return FFA_FRAMEWORK_VM_CREATED_RESPONSE;
    case FFA_FRAMEWORK_VM_DESTROYED:
        return FFA_FRAMEWORK_VM_DESTROYED_RESPONSE;
    default:
        return 0;
    }
}

void ffa_direct_response(struct ffa_regs *request)
{
    uint32_t parties = (uint32_t)request->x[1];
    bool extended = request->x[0] == FFA_MSG_SEND_DIRECT_REQ2;

    request->x[0] += FFA_MSG_SEND_DIRECT_RESP_32 - FFA_MSG_SEND_DIRECT_REQ_32; /* of any kind */
    request->x[1] = parties << 16 | parties >> 16;
    request->x[2] = extended ? 0 : response_type((uint32_t)request->x[2]);
    if (extended)
        request->x[3] = 0;
    else
        clear_behind_payload(request);
    ffa_call(request);
}

static int32_t notification(uint64_t function, uint32_t parties, uint32_t flags, uint64_t bits)
{
    struct ffa_regs regs = {.x = {function, parties, flags, (uint32_t)bits, bits >> 32}};

    ffa_call(&regs);
    return ffa_status(&regs);
}

int32_t ffa_notification_bind(uint16_t sender, uint16_t receiver, uint32_t flags, uint64_t bits)
{
    return notification(FFA_NOTIFICATION_BIND, (uint32_t)sender << 16 | receiver, flags, bits);
}

int32_t ffa_notification_unbind(uint16_t sender, uint16_t receiver, uint64_t bits)
{
    return notification(FFA_NOTIFICATION_UNBIND, (uint32_t)sender << 16 | receiver, 0, bits);
}

int32_t ffa_notification_set(uint16_t sender, uint16_t receiver, uint32_t flags, uint64_t bits)
{
    return notification(FFA_NOTIFICATION_SET, (uint32_t)sender << 16 | receiver, flags, bits);
}

int32_t ffa_notification_get(uint16_t receiver, uint16_t context, uint32_t from,
                             struct ffa_notifications *pending)
{
    struct ffa_regs regs = {.x = {FFA_NOTIFICATION_GET, (uint32_t)context << 16 | receiver, from}};
    int32_t status;

    ffa_call(&regs);
    status = ffa_status(&regs);
    *pending = (struct ffa_notifications){0};
    if (status == FFA_OK) {
        pending->from_partitions = regs.x[3] << 32 | regs.x[2];
        pending->from_vms = regs.x[5] << 32 | regs.x[4];
        pending->framework = regs.x[7] << 32 | regs.x[6];
    }
    return status;
}

/* The answer of a hypercall is w0 itself. */
static uint32_t hypercall(uint64_t function, uint64_t x1, uint64_t x2, uint64_t x3)
{
    struct ffa_regs regs = {.x = {function, x1, x2, x3}};

    ffa_call(&regs);
    return (uint32_t)regs.x[0];
}

bool sdk_interrupt_enable(uint32_t intid, bool on, uint32_t line)
{
    return hypercall(HF_INTERRUPT_ENABLE, intid, on, line) == 0;
}

uint32_t sdk_interrupt_get(void)
{
    return hypercall(HF_INTERRUPT_GET, 0, 0, 0);
}

bool sdk_interrupt_deactivate(uint32_t intid)
{
    return hypercall(HF_INTERRUPT_DEACTIVATE, intid, intid, 0) == 0;
}

int32_t ffa_error(int32_t status)
{
    return call(FFA_ERROR, 0, (uint32_t)status, 0);
}
