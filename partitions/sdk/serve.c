/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The message loop: a context waits, answers what it is asked, and by answering
 * waits for the next request. Contexts beyond the first come here on their own.
 */
#include "partitions/sdk/private.h"
#include "partitions/sdk/sdk.h"

static sdk_handler *common_handler;

__attribute__((weak)) int32_t partition_framework_message(const struct ffa_regs *message)
{
    (void)message;
    return FFA_OK;
}

/* A direct request in place: w2 tells a partition's message from one of the framework. */
static void answer(struct ffa_regs *message)
{
    bool extended = message->x[0] == FFA_MSG_SEND_DIRECT_REQ2;

    if (extended || message->x[2] == 0)
        common_handler(message);
    else
        sdk_answer(message, (uint32_t)partition_framework_message(message), 0, 0, 0);
}

static __attribute__((noreturn)) void serve(void)
{
    struct ffa_regs message;

    sdk_interrupts_on();
    ffa_msg_wait(&message);
    for (;;) {
        switch (message.x[0]) {
        case FFA_MSG_SEND_DIRECT_REQ_32:
            for (unsigned int i = 3; i <= 7; i++)
                message.x[i] = (uint32_t)message.x[i];
            __attribute__((fallthrough));
        case FFA_MSG_SEND_DIRECT_REQ_64:
        case FFA_MSG_SEND_DIRECT_REQ2:
            answer(&message);
            ffa_direct_response(&message);
            break;
        case FFA_ERROR:
            sdk_printf("wait or answer refused: %d\n", ffa_status(&message));
            ffa_msg_wait(&message);
            break;
        case FFA_INTERRUPT: /* to be taken here, if the request before was not interruptible */
            if (sdk_s_el0)
                partition_interrupt((uint32_t)message.x[2]);
            sdk_interrupts_on();
            __attribute__((fallthrough));
        default: /* FFA_RUN: cycles that this partition has no use for */
            ffa_msg_wait(&message);
        }
    }
}

void sdk_serve(sdk_handler *handler)
{
    common_handler = handler;
    if (sdk_contexts() > 1) {
        int32_t status = ffa_secondary_ep_register(sdk_secondary_start);

        if (status != FFA_OK) {
            sdk_printf("secondary entry refused: %d\n", status);
            ffa_error(status);
            ffa_abort();
        }
    }
    serve();
}

__attribute__((weak)) void partition_secondary(void)
{
}

void sdk_serve_secondary(void)
{
    partition_secondary();
    serve();
}

void sdk_answer(struct ffa_regs *message, uint64_t status, uint64_t x4, uint64_t x5, uint64_t x6)
{
    message->x[3] = status;
    message->x[4] = x4;
    message->x[5] = x5;
    message->x[6] = x6;
    message->x[7] = 0;
}
