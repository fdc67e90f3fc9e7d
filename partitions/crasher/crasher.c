/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * crasher: does one named bad thing on request (abi/demo.h lists them), so that
 * tests can see what the SPMC makes of it. A row in a table for each; what a partition may
 * survive is answered with what it saw: an ESR, a status, a register.
 */
#include "partitions/crasher/crasher.h"

void answer_seen(struct ffa_regs *message, uint64_t seen)
{
    sdk_answer(message, DEMO_OK, seen, 0, 0);
}

static void answer(struct ffa_regs *message);

/* A response that is taken brings the next request. */
void crash_dirty_response(struct ffa_regs *message)
{
    uint32_t parties = (uint32_t)message->x[1];
    struct ffa_regs regs = {.x = {message->x[6], parties << 16 | parties >> 16, 0, DEMO_OK}};

    if (message->x[5] < sizeof(regs.x) / sizeof(regs.x[0]))
        regs.x[message->x[5]] = message->x[4];
    ffa_call(&regs);
    if (ffa_status(&regs) != FFA_OK) {
        answer_seen(message, status_word(ffa_status(&regs)));
    } else {
        *message = regs;
        answer(message);
    }
}

static sdk_handler *const handlers[] = {
    [CRASH_ECHO] = crash_echo,
    [CRASH_READ] = crash_read,
    [CRASH_WRITE] = crash_write,
    [CRASH_EXECUTE] = crash_execute,
    [CRASH_READ_FATAL] = crash_read_fatal,
    [CRASH_UNDEFINED] = crash_undefined,
    [CRASH_FORBIDDEN_REGISTER] = crash_forbidden_register,
    [CRASH_LOOP] = crash_loop,
    [CRASH_STACK] = crash_stack,
    [CRASH_SMC] = crash_smc,
    [CRASH_ABORT] = crash_abort,
    [CRASH_NO_VECTORS] = crash_no_vectors,
    [CRASH_READ_NORMAL] = crash_read_normal,
    [CRASH_WFI] = crash_wfi,
    [CRASH_YIELD] = crash_yield,
    [CRASH_FORWARD] = crash_forward,
    [CRASH_FP] = crash_fp,
    [CRASH_SPIN] = crash_spin,
    [CRASH_NORMAL_PAGE] = crash_normal_page,
    [CRASH_SYSTEM_REGISTERS] = crash_system_registers,
    [CRASH_TIMER] = crash_timer,
    [CRASH_MSG_WAIT] = crash_msg_wait,
    [CRASH_BAD_RESPONSE] = crash_bad_response,
    [CRASH_CALL] = crash_call,
    [CRASH_CALL_HVC] = crash_call_hvc,
    [CRASH_WRONG_RESPONSE] = crash_wrong_response,
    [CRASH_FP_LOAD] = crash_fp_load,
    [CRASH_FP_CHECK] = crash_fp_check,
    [CRASH_INSTRUCTION] = crash_instruction,
    [CRASH_DEVICE] = crash_device,
    [CRASH_SLOW_START] = crash_slow_start,
    [CRASH_COUNT] = crash_count,
    [CRASH_BIND] = crash_bind,
    [CRASH_UNBIND] = crash_unbind,
    [CRASH_SET] = crash_set,
    [CRASH_GET] = crash_get,
    [CRASH_INTERRUPTS] = crash_interrupts,
    [CRASH_FRAMEWORK] = crash_framework,
    [CRASH_MAILBOX] = crash_mailbox,
    [CRASH_STORE] = crash_store,
    [CRASH_LOAD] = crash_load,
    [CRASH_DIRTY_RESPONSE] = crash_dirty_response,
    [CRASH_TIMER_SET] = crash_timer_set,
    [CRASH_CLOCK] = crash_clock,
    [CRASH_REGION] = crash_region,
    [CRASH_RETRIEVE] = crash_retrieve,
    [CRASH_RANGE] = crash_range,
    [CRASH_SWAP] = crash_swap,
    [CRASH_TOUCH] = crash_touch,
    [CRASH_RELINQUISH] = crash_relinquish,
    [CRASH_SEND] = crash_send,
    [CRASH_SWEEP] = crash_sweep,
};

/* Of the second kind of request, most are echoed. */
static void answer_extended(struct ffa_regs *message)
{
    uint64_t command = message->x[4];

    if (command >= CRASH_CALL && command <= CRASH_WRONG_RESPONSE)
        handlers[command](message);
}

/* Each request begins with nobody asking it to leave, and interrupts on. */
static void answer(struct ffa_regs *message)
{
    uint64_t command = message->x[3];

    asked_to_leave[sdk_context()] = false;
    sdk_interrupts_on();
    if (message->x[0] == FFA_MSG_SEND_DIRECT_REQ2)
        answer_extended(message);
    else if (command < sizeof(handlers) / sizeof(handlers[0]) && handlers[command] != NULL)
        handlers[command](message);
    else
        sdk_answer(message, DEMO_UNKNOWN_COMMAND, 0, 0, 0);
}

void partition_main(const struct ffa_boot_info_header *boot)
{
    map_everything(boot);
    sdk_serve(answer);
}
