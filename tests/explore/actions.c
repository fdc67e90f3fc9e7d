/* SPDX-License-Identifier: BSD-3-Clause */
/* The table of actions, with their arguments; docs/DESIGN.md lists them too. */
#include "explore/actions.h"

#include "core/interrupt.h"
#include "explore/state.h"
#include "support/invariants.h"
#include "support/world.h"

#define UP WORLD_ID(WORLD_UP)
#define MP WORLD_ID(WORLD_MP)
#define QUEUED WORLD_ID(WORLD_QUEUED)
#define CONTEXT(id, index) ((uint32_t)(id) << 16 | (index))

#define REQ32 FFA_MSG_SEND_DIRECT_REQ_32
#define REQ64 FFA_MSG_SEND_DIRECT_REQ_64
#define RESP32 FFA_MSG_SEND_DIRECT_RESP_32
#define RESP64 FFA_MSG_SEND_DIRECT_RESP_64
#define REQ2 FFA_MSG_SEND_DIRECT_REQ2
#define RESP2 FFA_MSG_SEND_DIRECT_RESP2
#define OTHER_VM (STATE_VM + 1)
#define ALARM 1        /* value2 of a Secure interrupt */
#define GET_ALL 0xf    /* of both worlds, and of the framework's */
#define GET_NORMAL 0x5 /* of partitions and the framework */

#define NORMAL(name, id, ...)                                      \
    {                                                              \
        name, BY_NORMAL, EVENT_SPMD, .function = (id), __VA_ARGS__ \
    }
#define CALL(name, id, ...)                                           \
    {                                                                 \
        name, BY_PARTITION, EVENT_CALL, .function = (id), __VA_ARGS__ \
    }
#define HAPPENS(name, event, ...)                             \
    {                                                         \
        name, BY_PARTITION, event, .function = 0, __VA_ARGS__ \
    }

const struct action actions[] = {
    {"power: CPU on", BY_POWER, EVENT_CPU_ON, .function = 0,
     .in = IN_ALL | IN_RESTARTS | IN_TARGET},

    NORMAL("DIRECT_REQ_32 up", REQ32, ARG_TO, UP, .in = IN_ALL | IN_RESTARTS | IN_TARGET),
    NORMAL("DIRECT_REQ_64 up", REQ64, ARG_TO, UP, .in = IN_MESSAGES | IN_SETUP | IN_LEFT),
    NORMAL("DIRECT_REQ_32 mp", REQ32, ARG_TO, MP, .in = IN_ALL | IN_RESTARTS | IN_TARGET),
    NORMAL("DIRECT_REQ_32 queued", REQ32, ARG_TO, QUEUED, .in = IN_CHAINS | IN_RESTART),
    NORMAL("DIRECT_REQ_32 unknown", REQ32, ARG_TO, WORLD_UNKNOWN_ID),
    NORMAL("VM created up", REQ32, ARG_TYPE_TO, UP, FFA_FRAMEWORK_VM_CREATED),
    NORMAL("VM created mp (unwanted)", REQ32, ARG_TYPE_TO, MP, FFA_FRAMEWORK_VM_CREATED),
    NORMAL("DIRECT_RESP_32", RESP32, ARG_TO, UP),
    NORMAL("DIRECT_REQ2 up", REQ2, ARG_TO, UP, .in = IN_MESSAGES | IN_SETUP | IN_LEFT),
    NORMAL("DIRECT_REQ2 mp", REQ2, ARG_TO, MP, .in = IN_MESSAGES | IN_SETUP | IN_LEFT),
    NORMAL("DIRECT_REQ2 queued", REQ2, ARG_TO, QUEUED),
    NORMAL("DIRECT_RESP2", RESP2, ARG_TO, UP),
    NORMAL("RUN up:0", FFA_RUN, ARG_VALUE, CONTEXT(UP, 0), .in = IN_ALL | IN_RESTARTS),
    NORMAL("RUN up:1 (unknown)", FFA_RUN, ARG_VALUE, CONTEXT(UP, 1)),
    NORMAL("RUN mp:0", FFA_RUN, ARG_VALUE, CONTEXT(MP, 0), .in = IN_ALL | IN_RESTART | IN_RETURN),
    NORMAL("RUN mp:1", FFA_RUN, ARG_VALUE, CONTEXT(MP, 1), .in = IN_ALL | IN_RETURN),
    NORMAL("RUN queued:0", FFA_RUN, ARG_VALUE, CONTEXT(QUEUED, 0), .in = IN_CHAINS),
    NORMAL("RUN unknown", FFA_RUN, ARG_VALUE, CONTEXT(WORLD_UNKNOWN_ID, 0)),
    NORMAL("RUN up:0 with x8", FFA_RUN, ARG_VALUE, CONTEXT(UP, 0), .garbage = true),
    NORMAL("FEATURES", FFA_FEATURES, ARG_VALUE, FFA_RXTX_MAP_64, .in = IN_SETUP),
    NORMAL("RX_RELEASE", FFA_RX_RELEASE, ARG_VALUE, 0, .in = IN_SETUP),
    NORMAL("RXTX_MAP", FFA_RXTX_MAP_64, ARG_MAILBOX, .in = IN_SETUP),
    NORMAL("RXTX_UNMAP", FFA_RXTX_UNMAP, ARG_VALUE, 0, .in = IN_SETUP),
    NORMAL("RXTX_MAP for a VM", FFA_RXTX_MAP_64, ARG_FORWARDED, STATE_VM, .in = IN_SETUP),
    NORMAL("RXTX_MAP for another VM", FFA_RXTX_MAP_64, ARG_FORWARDED, OTHER_VM, .in = IN_SETUP),
    NORMAL("RXTX_UNMAP for a VM", FFA_RXTX_UNMAP, ARG_VALUE, CONTEXT(STATE_VM, 0), .in = IN_SETUP),
    NORMAL("RX_ACQUIRE for a VM", FFA_RX_ACQUIRE, ARG_VALUE, STATE_VM, .in = IN_SETUP),
    NORMAL("RX_RELEASE for a VM", FFA_RX_RELEASE, ARG_VALUE, STATE_VM, .in = IN_SETUP),
    NORMAL("MSG_SEND2 queued", FFA_MSG_SEND2, ARG_MESSAGE, QUEUED, .in = IN_SETUP),
    NORMAL("MSG_SEND2 queued for a VM", FFA_MSG_SEND2, ARG_MESSAGE, QUEUED, STATE_VM,
           .in = IN_SETUP),
    NORMAL("PARTITION_INFO_GET", FFA_PARTITION_INFO_GET, ARG_NONE, .in = IN_SETUP),
    NORMAL("PARTITION_INFO_GET_REGS", FFA_PARTITION_INFO_GET_REGS, ARG_ZERO, .in = IN_SETUP),
    NORMAL("VERSION 1.1", REQ32, ARG_FRAMEWORK, FFA_FRAMEWORK_VERSION_REQUEST, FFA_VERSION_1_1),
    NORMAL("VERSION 1.2", REQ32, ARG_FRAMEWORK, FFA_FRAMEWORK_VERSION_REQUEST, FFA_VERSION_1_2,
           .in = IN_SETUP | IN_LEFT),
    NORMAL("CPU_OFF", REQ32, ARG_FRAMEWORK, FFA_FRAMEWORK_PSCI_REQUEST, PSCI_CPU_OFF,
           .in = IN_OFF | IN_RETURN),
    NORMAL("PSCI SYSTEM_OFF", REQ32, ARG_FRAMEWORK, FFA_FRAMEWORK_PSCI_REQUEST, PSCI_SYSTEM_OFF,
           .in = IN_SETUP),
    NORMAL("unknown framework message", REQ32, ARG_FRAMEWORK, 0x8000007f, 0, .in = IN_SETUP),
    NORMAL("Secure interrupt: kick", FFA_INTERRUPT, ARG_NONE, .in = IN_ALL | IN_RETURN | IN_TARGET),
    NORMAL("Secure interrupt: alarm", FFA_INTERRUPT, ARG_NONE, 0, ALARM,
           .in = IN_RESTARTS | IN_TARGET),
    NORMAL("Secure interrupt: device of up", FFA_INTERRUPT, ARG_NONE, STATE_UP_DEVICE,
           .in = IN_INTERRUPTS | IN_EXIT | IN_RESTART | IN_TARGET),
    NORMAL("Secure interrupt: device of mp", FFA_INTERRUPT, ARG_NONE, STATE_MP_DEVICE,
           .in = IN_INTERRUPTS | IN_EXIT | IN_TARGET),
    NORMAL("BITMAP_CREATE", FFA_NOTIFICATION_BITMAP_CREATE, ARG_PAIR, 0, 1,
           .in = IN_NOTIFY | IN_LEFT),
    NORMAL("BITMAP_DESTROY", FFA_NOTIFICATION_BITMAP_DESTROY, ARG_PAIR, 0, 0, .in = IN_NOTIFY),
    NORMAL("NOTIFICATION_BIND to up", FFA_NOTIFICATION_BIND, ARG_NOTIFY, CONTEXT(UP, 0), 0,
           .in = IN_NOTIFY | IN_LEFT),
    NORMAL("NOTIFICATION_UNBIND from up", FFA_NOTIFICATION_UNBIND, ARG_NOTIFY, CONTEXT(UP, 0), 0,
           .in = IN_NOTIFY),
    NORMAL("NOTIFICATION_SET mp", FFA_NOTIFICATION_SET, ARG_NOTIFY, MP, 0,
           .in = IN_NOTIFY | IN_LEFT),
    NORMAL("NOTIFICATION_SET mp, of vCPU 1", FFA_NOTIFICATION_SET, ARG_NOTIFY, MP,
           FFA_NOTIFICATION_PER_VCPU | 1U << 16, .in = IN_NOTIFY),
    NORMAL("NOTIFICATION_GET", FFA_NOTIFICATION_GET, ARG_PAIR, 0, GET_NORMAL, .in = IN_NOTIFY),
    NORMAL("NOTIFICATION_INFO_GET", FFA_NOTIFICATION_INFO_GET_64, ARG_NONE, .in = IN_NOTIFY),
    NORMAL("RXTX_MAP of a receiver", FFA_RXTX_MAP_64, ARG_MAILBOX, .in = IN_NOTIFY | IN_LEFT),
    NORMAL("MSG_SEND2 up", FFA_MSG_SEND2, ARG_MESSAGE, UP, .in = IN_NOTIFY | IN_LEFT),

    CALL("DIRECT_RESP_32 to its requester", RESP32, ARG_REQUESTER,
         .in = IN_ALL | IN_RESTARTS | IN_TARGET),
    CALL("DIRECT_RESP_64 to its requester", RESP64, ARG_REQUESTER),
    CALL("answer to VM created", RESP32, ARG_TYPE, 0, FFA_FRAMEWORK_VM_CREATED_RESPONSE),
    CALL("VM created mp", REQ32, ARG_TYPE_TO, MP, FFA_FRAMEWORK_VM_CREATED),
    CALL("DIRECT_RESP_64 with x8", RESP64, ARG_REQUESTER, .garbage = true),
    CALL("DIRECT_RESP_32 to another", RESP32, ARG_TO, WORLD_UNKNOWN_ID),
    CALL("DIRECT_RESP2 to its requester", RESP2, ARG_REQUESTER,
         .in = IN_MESSAGES | IN_SETUP | IN_LEFT),
    CALL("MSG_WAIT", FFA_MSG_WAIT, ARG_VALUE, 0, .in = IN_ALL | IN_RESTARTS | IN_TARGET),
    CALL("MSG_WAIT with x8", FFA_MSG_WAIT, ARG_VALUE, 0, .garbage = true),
    CALL("YIELD", FFA_YIELD, ARG_NONE, .in = IN_CHAINS | IN_INTERRUPTS | IN_RESTART | IN_RETURN),
    CALL("DIRECT_REQ_32 up", REQ32, ARG_TO, UP, .in = IN_CHAINS | IN_INTERRUPTS | IN_RESTARTS),
    CALL("DIRECT_REQ_32 mp", REQ32, ARG_TO, MP,
         .in = IN_CHAINS | IN_INTERRUPTS | IN_RESTART | IN_RETURN),
    CALL("DIRECT_REQ_32 queued", REQ32, ARG_TO, QUEUED, .in = IN_CHAINS),
    CALL("DIRECT_REQ_32 unknown", REQ32, ARG_TO, WORLD_UNKNOWN_ID),
    CALL("DIRECT_REQ_32 NWd", REQ32, ARG_TO, FFA_ID_NORMAL_WORLD),
    CALL("DIRECT_REQ2 up", REQ2, ARG_TO, UP),
    CALL("DIRECT_REQ2 mp", REQ2, ARG_TO, MP),
    CALL("DIRECT_REQ2 queued", REQ2, ARG_TO, QUEUED),
    CALL("RUN up:0", FFA_RUN, ARG_VALUE, CONTEXT(UP, 0), .in = IN_CHAINS | IN_INTERRUPTS),
    CALL("RUN mp:0", FFA_RUN, ARG_VALUE, CONTEXT(MP, 0), .in = IN_CHAINS | IN_INTERRUPTS),
    CALL("RUN mp:1", FFA_RUN, ARG_VALUE, CONTEXT(MP, 1), .in = IN_CHAINS | IN_INTERRUPTS),
    CALL("RUN queued:0", FFA_RUN, ARG_VALUE, CONTEXT(QUEUED, 0), .in = IN_CHAINS),
    CALL("FFA_ERROR", FFA_ERROR, ARG_NONE),
    CALL("FFA_ABORT", FFA_ABORT_32, ARG_NONE, .in = IN_ALL | IN_RESTARTS | IN_TARGET),
    CALL("RXTX_MAP", FFA_RXTX_MAP_64, ARG_MAILBOX, .only = ONLY_QUEUED, .in = IN_SETUP),
    CALL("RXTX_UNMAP", FFA_RXTX_UNMAP, ARG_VALUE, 0, .only = ONLY_QUEUED, .in = IN_SETUP),
    CALL("RX_RELEASE", FFA_RX_RELEASE, ARG_VALUE, 0, .in = IN_SETUP),
    CALL("MSG_SEND2 NWd", FFA_MSG_SEND2, ARG_MESSAGE, FFA_ID_NORMAL_WORLD, .in = IN_SETUP),
    CALL("MSG_SEND2 VM", FFA_MSG_SEND2, ARG_MESSAGE, STATE_VM, .in = IN_SETUP),
    CALL("PARTITION_INFO_GET", FFA_PARTITION_INFO_GET, ARG_NONE, .in = IN_SETUP),
    CALL("PARTITION_INFO_GET_REGS", FFA_PARTITION_INFO_GET_REGS, ARG_ZERO, .in = IN_SETUP),
    CALL("VERSION 1.2", FFA_VERSION, ARG_VALUE, FFA_VERSION_1_2, .only = ONLY_UP,
         .in = IN_SETUP | IN_LEFT),
    CALL("an SMC that is not FF-A", 0xC2000001, ARG_NONE, .in = IN_SETUP),
    CALL("INTERRUPT_GET", HF_INTERRUPT_GET, ARG_NONE,
         .in = IN_INTERRUPTS | IN_EXIT | IN_NOTIFY | IN_RESTART | IN_TARGET),
    CALL("deactivate its device", HF_INTERRUPT_DEACTIVATE, ARG_DEVICE,
         .in = IN_INTERRUPTS | IN_EXIT | IN_RESTART | IN_TARGET),
    CALL("enable its device", HF_INTERRUPT_ENABLE, ARG_DEVICE, 1, .only = ONLY_UP,
         .in = IN_EXIT | IN_RESTART | IN_TARGET),
    CALL("enable its device", HF_INTERRUPT_ENABLE, ARG_DEVICE, 1, .only = ONLY_MP_WITHOUT,
         .in = IN_TARGET),
    CALL("disable its device", HF_INTERRUPT_ENABLE, ARG_DEVICE, 0, .only = ONLY_UP, .in = IN_EXIT),
    CALL("enable managed exit", HF_INTERRUPT_ENABLE, ARG_PAIR, HF_INTID_MANAGED_EXIT, 1,
         .only = ONLY_UP, .in = IN_EXIT),
    CALL("disable managed exit", HF_INTERRUPT_ENABLE, ARG_PAIR, HF_INTID_MANAGED_EXIT, 0,
         .only = ONLY_UP, .in = IN_EXIT),
    CALL("CPU_OFF is fine", RESP32, ARG_POWER, PSCI_SUCCESS, FFA_FRAMEWORK_PM_RESPONSE,
         .only = ONLY_MP, .in = IN_POWER),
    CALL("CPU_OFF is denied", RESP32, ARG_POWER, (uint32_t)PSCI_DENIED, FFA_FRAMEWORK_PM_RESPONSE,
         .only = ONLY_MP, .in = IN_POWER),
    CALL("NOTIFICATION_BIND to the Normal world", FFA_NOTIFICATION_BIND, ARG_NOTIFY, CONTEXT(0, MP),
         0, .only = ONLY_MP, .in = IN_NOTIFY | IN_LEFT),
    CALL("NOTIFICATION_BIND to the Normal world, per vCPU", FFA_NOTIFICATION_BIND, ARG_NOTIFY,
         CONTEXT(0, MP), FFA_NOTIFICATION_PER_VCPU, .only = ONLY_MP, .in = IN_NOTIFY),
    CALL("NOTIFICATION_UNBIND from the Normal world", FFA_NOTIFICATION_UNBIND, ARG_NOTIFY,
         CONTEXT(0, MP), 0, .only = ONLY_MP, .in = IN_NOTIFY),
    CALL("NOTIFICATION_SET NWd", FFA_NOTIFICATION_SET, ARG_NOTIFY, CONTEXT(UP, 0),
         FFA_NOTIFICATION_DELAY_SRI, .only = ONLY_UP, .in = IN_NOTIFY | IN_LEFT),
    CALL("NOTIFICATION_GET", FFA_NOTIFICATION_GET, ARG_GET, 0, GET_ALL, .in = IN_NOTIFY),
    CALL("RXTX_MAP of a receiver", FFA_RXTX_MAP_64, ARG_MAILBOX, .only = ONLY_UP,
         .in = IN_NOTIFY | IN_LEFT),
    CALL("RX_RELEASE of a receiver", FFA_RX_RELEASE, ARG_VALUE, 0, .only = ONLY_UP,
         .in = IN_NOTIFY),

    HAPPENS("Normal-world interrupt", EVENT_NORMAL_INTERRUPT,
            .in = IN_ALL | IN_RESTARTS | IN_TARGET),
    HAPPENS("deadline", EVENT_DEADLINE, .in = IN_ALL | IN_RESTART | IN_RETURN),
    HAPPENS("kick", EVENT_KICK, .in = IN_ALL | IN_RETURN | IN_TARGET),
    HAPPENS("alarm", EVENT_TIMER, .in = IN_RESTARTS | IN_TARGET),
    HAPPENS("more to restore", EVENT_AGAIN, .in = IN_RESTARTS | IN_TARGET),
    HAPPENS("device of up", EVENT_INTERRUPT, .value = STATE_UP_DEVICE,
            .in = IN_INTERRUPTS | IN_EXIT | IN_RESTART | IN_TARGET),
    HAPPENS("device of mp", EVENT_INTERRUPT, .value = STATE_MP_DEVICE,
            .in = IN_INTERRUPTS | IN_EXIT | IN_TARGET),
    HAPPENS("abort that it can take", EVENT_ABORT, .deliverable = true),
    HAPPENS("abort that it cannot take", EVENT_ABORT, .deliverable = false),
    HAPPENS("trap that it can take", EVENT_TRAP, .deliverable = true),
    HAPPENS("trap that it cannot take", EVENT_TRAP, .deliverable = false),
    HAPPENS("SError", EVENT_SERROR, .deliverable = false),
};

const unsigned action_count = sizeof(actions) / sizeof(actions[0]);

static bool only_holds(const struct spmc *s, unsigned cpu, enum only only)
{
    const struct vcpu *v = &s->vcpus[s->cpus[cpu].current];

    switch (only) {
    case ONLY_UP:
        return v->partition == WORLD_UP;
    case ONLY_MP:
        return v->partition == WORLD_MP;
    case ONLY_MP_WITHOUT:
        return v->partition == WORLD_MP && s->partitions[WORLD_MP].shared_enabled == 0;
    case ONLY_QUEUED:
        return v->partition == WORLD_QUEUED;
    default:
        return true;
    }
}

/* A CPU is started by the Normal world, which does not run before the boot CPU finished. */
static bool booted(const struct spmc *s)
{
    for (unsigned cpu = 0; cpu < CPU_MAX; cpu++)
        if (s->cpus[cpu].entry == ENTRY_COLD_INIT)
            return false;
    return true;
}

static bool is_device(const struct action *a)
{
    return (a->event == EVENT_INTERRUPT || a->function == FFA_INTERRUPT) && a->value != 0;
}

/*
 * A device's interrupt comes to its target while it is on at the GIC, and nobody there has all
 * masked. One of a dead partition may have been on its way, even while that is restored.
 */
static bool may_come(const struct spmc *s, unsigned cpu, uint32_t intid)
{
    const struct partition *p = &s->partitions[intid == STATE_UP_DEVICE ? WORLD_UP : WORLD_MP];
    vcpu_ref current = s->cpus[cpu].current;

    if (p->interrupt_count == SLOT_DEVICES || p->interrupts[SLOT_DEVICES].cpu != cpu ||
        (current >= 0 && s->vcpus[current].masked == MASK_ALL))
        return false;
    return gic_enables(s, p, SLOT_DEVICES) || p->state == PARTITION_ABORTED ||
           p->state == PARTITION_RESTARTING;
}

struct event action_event(const struct action *a)
{
    struct event event = {.kind = a->event, .deliverable = a->deliverable};

    if (is_device(a))
        event.intid = a->value;
    if (a->function == FFA_INTERRUPT)
        event.cause = is_device(a)         ? EVENT_INTERRUPT
                      : a->value2 == ALARM ? EVENT_TIMER
                                           : EVENT_KICK;
    return event;
}

/* While its memory is restored it makes no calls and meets no faults. */
static bool meets(const struct spmc *s, const struct vcpu *v, const struct action *a)
{
    bool restored = s->partitions[v->partition].state == PARTITION_RESTARTING;
    bool interrupt = a->event == EVENT_NORMAL_INTERRUPT || a->event == EVENT_DEADLINE ||
                     a->event == EVENT_KICK || a->event == EVENT_TIMER ||
                     a->event == EVENT_INTERRUPT;

    return interrupt || (a->event == EVENT_AGAIN) == restored;
}

bool action_possible(const struct spmc *s, unsigned cpu, const struct action *a)
{
    if (is_device(a) && !may_come(s, cpu, a->value))
        return false;
    if ((a->event == EVENT_TIMER || action_event(a).cause == EVENT_TIMER) &&
        s->cpus[cpu].alarm == NEVER)
        return false;
    if (s->cpus[cpu].current >= 0)
        return a->actor == BY_PARTITION && only_holds(s, cpu, a->only) &&
               meets(s, &s->vcpus[s->cpus[cpu].current], a);
    if (!s->cpus[cpu].online)
        return a->actor == BY_POWER && booted(s);
    return a->actor == BY_NORMAL;
}

/* The lower half of a register is the argument; the upper keeps its secret. */
static void set_low(struct regs *regs, unsigned i, uint32_t value)
{
    regs->x[i] = (regs->x[i] & ~(uint64_t)UINT32_MAX) | value;
}

static void clear(struct regs *regs, unsigned first, unsigned last)
{
    for (unsigned i = first; i <= last; i++)
        regs->x[i] = 0;
}

static void set_mailbox(struct regs *regs, uint64_t tx, uint64_t rx)
{
    regs->x[1] = tx;
    regs->x[2] = rx;
    set_low(regs, 3, 1);
}

/* The other VM asks for the hypervisor's own buffers, which it never gets. */
static void set_forwarded(struct regs *regs, uint16_t vm)
{
    bool other = vm == OTHER_VM;

    clear(regs, 1, 3);
    world_forward(vm, other ? WORLD_NORMAL_TX : WORLD_VM_TX(vm),
                  other ? WORLD_NORMAL_RX : WORLD_VM_RX(vm));
}

/* A header that is long enough for both versions, and eight bytes behind it. */
static void set_message(struct regs *regs, const struct action *a, uint16_t self, uint64_t tx)
{
    world_message(a->value2 != 0 ? WORLD_VM_TX(a->value2) : tx,
                  a->value2 != 0 ? (uint16_t)a->value2 : self, (uint16_t)a->value);
    set_low(regs, 1, a->value2 << 16);
}

static void set_arguments(struct regs *regs, const struct action *a, uint16_t self,
                          uint16_t requester)
{
    uint32_t w1 = a->value;

    if (a->argument == ARG_TO || a->argument == ARG_TYPE_TO)
        w1 |= (uint32_t)self << 16;
    if (a->argument == ARG_REQUESTER || a->argument == ARG_TYPE || a->argument == ARG_POWER)
        w1 = (uint32_t)self << 16 | requester;
    if (a->argument == ARG_FRAMEWORK)
        w1 = (uint32_t)FFA_ID_SPMD << 16 | FFA_ID_SPMC;
    set_low(regs, 1, w1);
    if (a->function != REQ2 && a->function != RESP2)
        set_low(regs, 2, a->argument == ARG_FRAMEWORK ? a->value : 0);
    if (a->argument == ARG_TYPE_TO || a->argument == ARG_TYPE || a->argument == ARG_POWER ||
        a->argument == ARG_GET)
        set_low(regs, 2, a->value2);
    if (a->argument == ARG_FRAMEWORK)
        set_low(regs, 3, a->value2);
    if (a->argument == ARG_PAIR || a->argument == ARG_NOTIFY)
        set_low(regs, 2, a->value2);
    if (a->argument == ARG_NOTIFY)
        set_low(regs, 3, 1);
}

static void set_device(struct regs *regs, const struct action *a, unsigned partition)
{
    uint32_t intid = partition == WORLD_UP ? STATE_UP_DEVICE : STATE_MP_DEVICE;

    set_low(regs, 1, intid);
    set_low(regs, 2, a->function == HF_INTERRUPT_DEACTIVATE ? intid : a->value);
}

/* Direct messages carry their sender's secrets as payload; other calls have zeros there. */
static void clear_payload(struct regs *regs, uint32_t function)
{
    unsigned first = function == FFA_YIELD ? 4 : 3;

    if (function == REQ32 || function == REQ64 || function == RESP32 || function == RESP64)
        return;
    if (function == REQ2 || function == RESP2) {
        clear(regs, 2, 3);
        return;
    }
    for (unsigned i = first; i < 8; i++)
        set_low(regs, i, 0);
}

/* Callers of version 1.2 know that some calls reserve x8 to x17; those of earlier ones keep
 * their own there. */
static void clear_extended(struct regs *regs, const struct action *a, uint32_t version)
{
    bool reserved = a->function == FFA_MSG_WAIT || a->function == FFA_YIELD ||
                    a->function == FFA_RUN || a->function == RESP32 || a->function == RESP64;

    if (reserved && !a->garbage && version >= FFA_VERSION_1_2)
        clear(regs, 8, 17);
}

void action_arguments(struct spmc *s, unsigned cpu, const struct action *a)
{
    vcpu_ref current = s->cpus[cpu].current;
    struct vcpu *v = current >= 0 ? &s->vcpus[current] : NULL;
    struct regs *regs = v != NULL ? &v->regs : &s->cpus[cpu].normal;
    const struct endpoint *who = v != NULL ? &s->partitions[v->partition].endpoint : &s->normal;

    if (a->event != EVENT_CALL && a->event != EVENT_SPMD)
        return;
    set_low(regs, 0, a->function);
    clear_payload(regs, a->function);
    clear_extended(regs, a, who->version);
    set_arguments(regs, a, who->id, v != NULL ? v->requester : 0);
    if (a->argument == ARG_MAILBOX && v == NULL)
        set_mailbox(regs, WORLD_NORMAL_TX, WORLD_NORMAL_RX);
    else if (a->argument == ARG_MAILBOX)
        set_mailbox(regs, WORLD_TX(v->partition), WORLD_RX(v->partition));
    else if (a->argument == ARG_FORWARDED)
        set_forwarded(regs, (uint16_t)a->value);
    else if (a->argument == ARG_MESSAGE)
        set_message(regs, a, who->id, v != NULL ? WORLD_TX(v->partition) : WORLD_NORMAL_TX);
    else if (a->argument == ARG_DEVICE)
        set_device(regs, a, v->partition);
    else if (a->argument == ARG_POWER)
        set_low(regs, 3, a->value);
    else if (a->argument == ARG_GET)
        set_low(regs, 1, (uint32_t)v->index << 16 | who->id);
    else if (a->argument == ARG_ZERO)
        clear(regs, 1, 17);
}
