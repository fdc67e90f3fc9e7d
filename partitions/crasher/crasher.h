/* SPDX-License-Identifier: BSD-3-Clause */
/* What crasher's files share. */
#ifndef PARTITIONS_CRASHER_CRASHER_H
#define PARTITIONS_CRASHER_CRASHER_H

#include "abi/demo.h"
#include "partitions/sdk/sdk.h"

/* A handler for each thing that can be asked: crasher.c has the table. */
sdk_handler crash_echo, crash_read, crash_write, crash_execute, crash_read_fatal, crash_undefined,
    crash_forbidden_register, crash_loop, crash_stack, crash_smc, crash_abort, crash_no_vectors,
    crash_read_normal, crash_wfi, crash_yield, crash_forward, crash_fp, crash_spin,
    crash_normal_page, crash_system_registers, crash_timer, crash_msg_wait, crash_bad_response,
    crash_call, crash_call_hvc, crash_wrong_response, crash_fp_load, crash_fp_check,
    crash_instruction, crash_device, crash_slow_start, crash_count, crash_bind, crash_unbind,
    crash_set, crash_get, crash_interrupts, crash_framework, crash_mailbox, crash_store, crash_load,
    crash_dirty_response, crash_timer_set, crash_clock, crash_region, crash_retrieve, crash_range,
    crash_swap, crash_touch, crash_relinquish, crash_send, crash_sweep;

/* It was done; what was seen. */
void answer_seen(struct ffa_regs *message, uint64_t seen);

/* What a status is in a register: the low 32 bits of the negative number. */
uint32_t status_word(int32_t status);

/* Where a message has its command; arguments and results follow. */
uint64_t *payload_of(struct ffa_regs *message);

/* Spelled out: the compiler may not split, repeat or drop them. */
uint64_t load(uint64_t address);
void store(uint64_t address, uint64_t value);

/* Works so long, or until it is asked to leave by a managed exit. */
void spin(uint64_t milliseconds);
extern volatile bool asked_to_leave[SDK_VCPUS];

/* Stage 1 is in nobody's way; its manifest's regions are found from the boot information. */
void map_everything(const struct ffa_boot_info_header *boot);

#endif
