/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The input is a script of events on four CPUs: boots, calls with registers that are
 * nearly valid, interrupts, timers, faults, memory that fails. After each step the explorer's
 * invariants must hold; at the end each CPU must get back to the Normal world.
 *
 * Other than in the explorer registers live on from step to step, unless the script's
 * first byte asks for secrets in all of them. Other bits there give all endpoints version 1.2, the
 * UP partition a managed exit, and the MP partition a message before a CPU goes off.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/interrupt.h"
#include "core/memory.h"
#include "support/invariants.h"
#include "support/port_model.h"
#include "support/world.h"

#define FUZZ_CPUS 4
#define STEPS_MAX 300
#define RETURN_BOUND 32

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct script {
    const uint8_t *data;
    size_t size;
};

#define STATE_BYTES offsetof(struct spmc, held)

static struct spmc now, before, scratch;
static uint32_t kicks;

static uint8_t next_byte(struct script *script)
{
    if (script->size == 0)
        return 0;
    script->size--;
    return *script->data++;
}

static uint64_t next_number(struct script *script)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < 8; i++)
        value = value << 8 | next_byte(script);
    return value;
}

/* ---- Registers of a call ---- */

static const uint8_t functions[] = {
#define FFA_CALL(name, number, widths, since, features, callers, reserved, handler) number,
#include "abi/ffa_calls.def"
#undef FFA_CALL
};

static const uint16_t hypercalls[] = {HF_INTERRUPT_ENABLE, HF_INTERRUPT_GET,
                                      HF_INTERRUPT_DEACTIVATE, HF_INTERRUPT_RECONFIGURE};

/* Of the partitions' devices, of the SPMC, and of nobody. */
static const uint8_t interrupts[] = {40, 41, 50, 22, 60, 3, 4, 5, 99};

static const uint16_t ids[] = {
    0,           1,           0x7fff,           FFA_ID_SPMC,      WORLD_ID(0),
    WORLD_ID(1), WORLD_ID(2), WORLD_UNKNOWN_ID, FFA_ID_EL3_FIRST, FFA_ID_SPMD,
    2,           3,
};

static uint16_t some_id(uint8_t choice)
{
    return ids[choice % (sizeof(ids) / sizeof(ids[0]))];
}

static uint64_t some_address(uint8_t choice)
{
    static const uint64_t addresses[] = {
        WORLD_NORMAL_TX, WORLD_NORMAL_RX,        WORLD_TX(0),    WORLD_RX(0),    WORLD_TX(1),
        WORLD_RX(2),     WORLD_NORMAL_REGION(1), 0x0e100000,     0x41fff000,     1ULL << 36,
        ~0xfffULL,       WORLD_VM_TX(1),         WORLD_VM_RX(1), WORLD_VM_TX(2),
    };

    return addresses[choice % (sizeof(addresses) / sizeof(addresses[0]))];
}

static uint64_t some_value(struct script *script)
{
    uint8_t kind = next_byte(script);
    uint8_t choice = next_byte(script);

    switch (kind % 8) {
    case 0:
        return choice;
    case 1:
        return (uint32_t)some_id(choice) << 16 | some_id(kind >> 3);
    case 2:
        return (uint32_t)some_id(choice) << 16 | (kind >> 3);
    case 3:
        return some_address(choice);
    case 4:
        return 0x84000000 | (choice & 1 ? FFA_SMC64 : 0) | functions[choice % sizeof(functions)];
    case 5:
        return 0x80000000 | choice;
    case 6:
        return FFA_VERSION_1_0 + choice % 4;
    default:
        return next_number(script);
    }
}

static uint32_t some_function(struct script *script)
{
    uint8_t choice = next_byte(script);
    uint8_t flags = next_byte(script);
    uint32_t function = 0x84000000 | functions[choice % sizeof(functions)];

    if (flags & 1)
        function |= FFA_SMC64;
    if (flags & 2)
        function |= FFA_SVE_HINT;
    return flags >= 0xfc ? (uint32_t)next_number(script) : function;
}

/* Only messages of the second kind carry x8 to x17; other calls reserve them, or do not care. */
static void fill_extended(struct script *script, struct regs *regs, bool zero)
{
    for (unsigned i = 8; i < 18; i++)
        regs->x[i] = zero ? 0 : next_byte(script) * 0x0101010101010101ULL;
}

/* What a hypervisor's TX says of a VM's buffers: good, or with one byte that is not. */
static void fill_forwarded(struct script *script, struct regs *regs)
{
    uint8_t where = next_byte(script);
    uint8_t *tx = port_model_memory(WORLD_NORMAL_TX, PAGE_BYTES);

    world_forward(next_byte(script) % 4, some_address(next_byte(script)),
                  some_address(next_byte(script)));
    if (where < 80)
        tx[where] ^= next_byte(script);
    regs->x[0] = FFA_RXTX_MAP_64;
}

/* A message in TX, of somebody for somebody: good, or with one byte of its header that is not. */
static void fill_message(struct script *script, struct regs *regs, const struct vcpu *v)
{
    uint8_t where = next_byte(script), who = next_byte(script);
    uint16_t self = v != NULL ? now.partitions[v->partition].endpoint.id : who % 4;
    uint64_t tx = v != NULL   ? WORLD_TX(v->partition)
                  : self != 0 ? WORLD_VM_TX(self)
                              : WORLD_NORMAL_TX;

    world_message(tx, self, some_id(who >> 2));
    if (where < sizeof(struct ffa_message_header))
        ((uint8_t *)port_model_memory(tx, PAGE_BYTES))[where] ^= next_byte(script);
    regs->x[0] = FFA_MSG_SEND2;
    regs->x[1] = v == NULL ? (uint64_t)self << 16 : 0;
    regs->x[2] = v != NULL && where & 0x80 ? FFA_MSG_SEND2_DELAY_SRI : 0;
}

/* A bit of the mask for each of x1 to x7: the others are zero, or garbage above bit 31. */
static void fill_arguments(struct script *script, struct regs *regs)
{
    uint8_t mask;

    regs->x[0] = some_function(script);
    mask = next_byte(script);
    for (unsigned i = 1; i < 8; i++) {
        regs->x[i] = mask & (1U << i) ? some_value(script) : 0;
        if (mask & 1 && !(regs->x[0] & FFA_SMC64))
            regs->x[i] |= 0xbadULL << 52;
    }
    fill_extended(script, regs, regs->x[0] & FFA_SVE_HINT);
}

static uint32_t some_interrupt(uint8_t choice)
{
    return interrupts[choice % sizeof(interrupts)];
}

/* A hypercall on an interrupt: to enable it mostly. */
static void fill_hypercall(struct script *script, struct regs *regs)
{
    uint8_t choice = next_byte(script);
    uint32_t intid = some_interrupt(choice >> 2);

    regs->x[0] = hypercalls[choice % 4];
    regs->x[1] = intid;
    regs->x[2] = regs->x[0] == HF_INTERRUPT_DEACTIVATE ? intid : next_byte(script) % 4;
    regs->x[3] = next_byte(script) % 3;
}

/* What well-behaved callers do most: a request, a response, or what SPMD sends. */
static void fill_usual(struct script *script, unsigned cpu, struct vcpu *v)
{
    struct regs *regs = v != NULL ? &v->regs : &now.cpus[cpu].normal;
    uint16_t self = v != NULL ? now.partitions[v->partition].endpoint.id : FFA_ID_NORMAL_WORLD;
    uint8_t choice = next_byte(script);

    world_arguments(regs, (const uint64_t[8]){0});
    if (choice >= 0xc0)
        fill_extended(script, regs, choice & 1);
    if (v == NULL && choice % 32 == 31) {
        fill_forwarded(script, regs);
    } else if (choice % 32 == 30) {
        fill_message(script, regs, v);
    } else if (v != NULL && choice % 8 == 4) {
        fill_hypercall(script, regs);
    } else if (v == NULL && choice % 8 == 4) {
        regs->x[0] = FFA_INTERRUPT;
    } else if (v != NULL && choice & 1) {
        regs->x[0] =
            v->extended && choice < 0xf0 ? FFA_MSG_SEND_DIRECT_RESP2 : FFA_MSG_SEND_DIRECT_RESP_32;
        regs->x[1] = (uint32_t)self << 16 | v->requester;
        regs->x[2] = choice < 0xe0 ? v->response_w2 : 0;
        if (regs->x[0] == FFA_MSG_SEND_DIRECT_RESP_32 && choice < 0xf0)
            fill_extended(script, regs, true);
    } else if (v == NULL && choice & 1) {
        regs->x[0] = FFA_MSG_SEND_DIRECT_REQ_32;
        regs->x[1] = (uint32_t)FFA_ID_SPMD << 16 | FFA_ID_SPMC;
        regs->x[2] = choice & 2 ? FFA_FRAMEWORK_VERSION_REQUEST : FFA_FRAMEWORK_PSCI_REQUEST;
        regs->x[3] = choice & 2 ? FFA_VERSION_1_0 + (choice >> 2) % 4 : PSCI_CPU_OFF;
    } else {
        regs->x[0] = choice & 2    ? FFA_MSG_SEND_DIRECT_REQ_32
                     : choice & 32 ? FFA_MSG_SEND_DIRECT_REQ2
                                   : FFA_MSG_SEND_DIRECT_REQ_64;
        regs->x[1] = (uint32_t)self << 16 | WORLD_ID((choice >> 2) % WORLD_PARTITIONS);
        if (regs->x[0] == FFA_MSG_SEND_DIRECT_REQ_32 && choice >= 0xd0)
            regs->x[2] = FFA_FRAMEWORK_VM_CREATED;
    }
}

/* ---- Steps ---- */

static void fail(const char *broken, unsigned cpu, const struct event *event)
{
    fprintf(stderr, "broken invariant: %s (event %d on cpu %u)\n", broken, event->kind, cpu);
    abort();
}

static void check(struct observation *o, bool secrets)
{
    const char *broken;

    o->secrets = secrets;
    broken = broken_step(o);
    if (broken == NULL)
        broken = broken_state(&now, kicks);
    if (broken != NULL)
        fail(broken, o->cpu, o->event);
}

static void note_kicks(unsigned cpu, const struct event *event)
{
    bool taken = event->kind == EVENT_KICK || event->cause == EVENT_KICK;

    kicks |= port_model.kicked;
    if (taken || !now.cpus[cpu].online)
        kicks &= ~(1U << cpu);
    port_model.kicked = 0;
}

/* aarch64/ delivers a pending exception, and resets a fresh vCPU, as soon as it runs. */
static void run_on_machine(const struct next *next)
{
    if (next->kind != NEXT_RUN)
        return;
    next->vcpu->special &= (uint8_t)~SPECIAL_FRESH;
    next->vcpu->exception.pending = false;
}

/* Why EL3 enters with a Secure interrupt: a kick mostly. */
static void fill_cause(struct script *script, struct event *event)
{
    static const enum event_kind causes[] = {EVENT_KICK, EVENT_TIMER, EVENT_INTERRUPT,
                                             EVENT_COLD_BOOT};
    uint8_t choice = next_byte(script);

    event->cause = causes[choice % 4];
    event->intid = some_interrupt(choice >> 2);
}

/* CNTP's or CNTV's register, or one that does not exist; to or from any of the vCPU's. */
static uint64_t some_timer_access(struct script *script)
{
    uint8_t what = next_byte(script);

    return 3 << 20 | (what & 3U) << 17 | 3 << 14 | 14 << 10 |
           (uint64_t)(next_byte(script) & 31) << 5 | (2 + (what >> 2 & 1U)) << 1 | (what >> 3 & 1U);
}

/* What the machine does to the vCPU that runs. Devices' interrupts wait while all are masked. */
static struct event some_happening(struct script *script, const struct vcpu *v, uint8_t choice)
{
    static const enum event_kind kinds[] = {
        EVENT_NORMAL_INTERRUPT, EVENT_DEADLINE, EVENT_KICK,      EVENT_ABORT,       EVENT_TRAP,
        EVENT_SERROR,           EVENT_TIMER,    EVENT_INTERRUPT, EVENT_TIMER_ACCESS};
    struct event event = {.kind = kinds[(choice >> 2) % (sizeof(kinds) / sizeof(kinds[0]))],
                          .deliverable = choice & 0x80};

    if (event.kind == EVENT_INTERRUPT && v->masked == MASK_ALL)
        event.kind = EVENT_NORMAL_INTERRUPT;
    if (event.kind == EVENT_INTERRUPT)
        event.intid = some_interrupt(next_byte(script));
    if (event.kind == EVENT_TIMER_ACCESS)
        event.esr = some_timer_access(script);
    return event;
}

static struct event some_event(struct script *script, unsigned cpu, bool secrets)
{
    uint8_t choice = next_byte(script);
    struct vcpu *v = world_running(&now, cpu);
    struct event event = {.deliverable = choice & 0x80};

    if (v == NULL && !now.cpus[cpu].online) {
        event.kind = EVENT_CPU_ON;
        return event;
    }
    if (v != NULL && choice % 4 == 3)
        return some_happening(script, v, choice);
    event.kind = v != NULL ? EVENT_CALL : EVENT_SPMD;
    if (choice % 4 == 0 || secrets)
        fill_usual(script, cpu, v);
    else
        fill_arguments(script, v != NULL ? &v->regs : &now.cpus[cpu].normal);
    if (v == NULL && (uint32_t)now.cpus[cpu].normal.x[0] == FFA_INTERRUPT)
        fill_cause(script, &event);
    return event;
}

static void step(struct script *script, bool secrets)
{
    uint8_t where = next_byte(script);
    unsigned cpu = where % FUZZ_CPUS;
    struct event event;
    struct observation o = {.before = &before, .after = &now, .cpu = cpu, .event = &event};

    if (secrets)
        plant_secrets(&now);
    port_model.now += where >> 4;
    port_model.copies_out_until_fault = where & 4 ? 0 : MODEL_NEVER;
    port_model.copies_in_until_fault = (where & 12) == 12 ? where >> 6 : MODEL_NEVER;
    event = some_event(script, cpu, secrets);
    memcpy(&before, &now, STATE_BYTES);
    o.next = spmc_step(&now, cpu, &event);
    note_kicks(cpu, &event);
    check(&o, secrets);
    run_on_machine(&o.next);
}

static void check_return(void)
{
    const struct event event = {.kind = EVENT_DEADLINE};

    for (unsigned cpu = 0; cpu < FUZZ_CPUS; cpu++) {
        const char *broken;
        memcpy(&scratch, &now, STATE_BYTES);
        broken = control_stays_away(&scratch, cpu, RETURN_BOUND);
        if (broken != NULL)
            fail(broken, cpu, &event);
    }
}

static void load(struct spmc *s)
{
    world_load(s);
    world_lower(s, WORLD_QUEUED);
    world_device(s, WORLD_UP, 40, 7);
    world_device(s, WORLD_UP, 41, 3);
    world_device(s, WORLD_MP, 50, 0);
    world_device(s, WORLD_MP, 22, 0);
    world_device(s, WORLD_QUEUED, 60, 0);
}

/*
 * The boot CPU's start is part of the script if its first byte says so. What lies outside of struct
 * spmc begins anew as well: transactions, the ledger, tables.
 */
static void boot(bool by_script, bool newest)
{
    static struct spmc booted, starting;
    static struct memory memory;
    static uint64_t taken[NORMAL_PAGES_MAX / 64], tables[TABLE_MAX][512];
    const struct event event = {.kind = EVENT_COLD_BOOT};

    if (booted.id == 0) {
        load(&booted);
        world_start(&booted);
        load(&starting);
        spmc_step(&starting, 0, &event);
        memory = *starting.memory;
        memcpy(taken, memory.taken, sizeof(taken));
        memcpy(tables, starting.tables, (starting.tables_used + 1U) * sizeof(tables[0]));
    }
    memcpy(&now, by_script ? &starting : &booted, sizeof(now));
    *now.memory = memory;
    memcpy(memory.taken, taken, sizeof(taken));
    memcpy(now.tables, tables, (now.tables_used + 1U) * sizeof(tables[0]));
    now.partitions[WORLD_UP].properties |= FFA_PROPERTY_VM_CREATED | FFA_PROPERTY_INDIRECT;
    now.partitions[WORLD_MP].properties |= FFA_PROPERTY_INDIRECT;
    if (!newest)
        return;
    now.normal.version = FFA_VERSION_1_2;
    for (unsigned i = 0; i < WORLD_PARTITIONS; i++)
        now.partitions[i].endpoint.version = FFA_VERSION_1_2;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct script script = {data, size};
    uint8_t mode = next_byte(&script);

    port_model_reset_counters();
    memset(port_model.interrupts, 0, sizeof(port_model.interrupts));
    kicks = 0;
    boot(mode & 1, mode & 4);
    if (mode & 8) {
        now.partitions[WORLD_UP].ns_action = FFA_NS_ACTION_MANAGED_EXIT;
        world_vcpu(&now, WORLD_UP, 0)->enabled |= 1U << SLOT_MANAGED_EXIT;
    }
    now.partitions[WORLD_MP].wants_cpu_off = mode & 16;
    for (unsigned i = 0; script.size > 0 && i < STEPS_MAX; i++)
        step(&script, mode & 2);
    check_return();
    return 0;
}
