/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * alarm: a device driver. The clock of the board is its own: it sets the clock's match register,
 * and when the clock interrupts, whatever the CPU was at, notifies whoever set the alarm.
 */
#include "abi/demo.h"
#include "partitions/sdk/sdk.h"

SDK_CONTEXTS(1);

/* As in manifest.dts: the PL031, a counter of seconds. */
#define CLOCK 0x09010000
#define CLOCK_INTID 34
#define CLOCK_DATA 0x00
#define CLOCK_MATCH 0x04
#define CLOCK_MASK 0x10 /* 1: it may interrupt */
#define CLOCK_STATUS 0x14
#define CLOCK_CLEAR 0x1c

/* What the interrupt's handler shares with the requests. */
static volatile struct {
    uint16_t own_id;
    uint16_t receiver;
    uint64_t bit;
    uint64_t rung;
    uint64_t refused;
} alarm;

static volatile uint32_t *clock(unsigned int offset)
{
    return (volatile uint32_t *)(uintptr_t)(CLOCK + offset);
}

static void quieten(void)
{
    *clock(CLOCK_MASK) = 0;
    *clock(CLOCK_CLEAR) = 1;
}

/* The interrupt is level-triggered: the device first, or it would come again at once. */
void partition_interrupt(uint32_t intid)
{
    if (intid != CLOCK_INTID)
        return;
    quieten();
    sdk_interrupt_deactivate(intid);
    alarm.rung++;
    if (ffa_notification_set(alarm.own_id, alarm.receiver, 0, alarm.bit) != FFA_OK)
        alarm.refused++;
}

/* The clock matches one second only, which may be over before it is told. */
static void ring_at(uint32_t match)
{
    *clock(CLOCK_MATCH) = match;
    while ((int32_t)(*clock(CLOCK_DATA) - match) > 0 && *clock(CLOCK_STATUS) == 0) {
        match = *clock(CLOCK_DATA) + 1;
        *clock(CLOCK_MATCH) = match;
    }
    *clock(CLOCK_MASK) = 1;
}

static void set(struct ffa_regs *message)
{
    uint64_t number = message->x[5], seconds = message->x[6];

    if (message->x[4] > UINT16_MAX || number > 63 || seconds == 0 || seconds > ALARM_SECONDS_MAX) {
        sdk_answer(message, DEMO_BAD_ARGUMENT, 0, 0, 0);
        return;
    }
    quieten();
    alarm.own_id = (uint16_t)message->x[1];
    alarm.receiver = (uint16_t)message->x[4];
    alarm.bit = 1ULL << number;
    ring_at(*clock(CLOCK_DATA) + (uint32_t)seconds);
    sdk_answer(message, DEMO_OK, 0, 0, 0);
}

static void answer(struct ffa_regs *message)
{
    switch (message->x[3]) {
    case ALARM_READ:
        sdk_answer(message, DEMO_OK, *clock(CLOCK_DATA), 0, 0);
        break;
    case ALARM_SET:
        set(message);
        break;
    case ALARM_CANCEL:
        quieten();
        sdk_answer(message, DEMO_OK, 0, 0, 0);
        break;
    case ALARM_COUNT:
        sdk_answer(message, DEMO_OK, alarm.rung, alarm.refused, 0);
        break;
    default:
        sdk_answer(message, DEMO_UNKNOWN_COMMAND, 0, 0, 0);
    }
}

void partition_main(const struct ffa_boot_info_header *boot)
{
    (void)boot;
    if (!sdk_map(CLOCK, SDK_PAGE, SDK_DEVICE) ||
        !sdk_interrupt_enable(CLOCK_INTID, true, HF_LINE_IRQ)) {
        ffa_error(FFA_ABORTED);
        ffa_abort();
    }
    quieten();
    sdk_serve(answer);
}
