/* SPDX-License-Identifier: BSD-3-Clause */
/* Worlds, and steps in them: mostly what well-behaved endpoints do, nearly that, or anything. */
#include "oracle/steps_internal.h"

#include <string.h>

#include "core/interrupt.h"
#include "core/vcpu.h"
#include "support/port_model.h"

/* ---- Worlds ---- */

static void vary(struct spmc *s, uint64_t *seed, unsigned partition)
{
    struct partition *p = &s->partitions[partition];

    p->first_version = p->endpoint.version = FFA_VERSION_1_0 + random_below(seed, 3);
    if (one_in(seed, 2))
        p->first_version = p->endpoint.version = FFA_VERSION_1_2;
    p->properties |= one_in(seed, 4) ? 0 : FFA_PROPERTY_INDIRECT | FFA_PROPERTY_NOTIFICATIONS;
    p->properties |= one_in(seed, 2) ? FFA_PROPERTY_VM_CREATED | FFA_PROPERTY_VM_DESTROYED : 0;
    if (one_in(seed, 8))
        p->properties &= ~(uint32_t)PICK(seed, FFA_PROPERTY_RECEIVES_REQ, FFA_PROPERTY_SENDS_REQ,
                                         FFA_PROPERTY_RECEIVES_REQ2, FFA_PROPERTY_SENDS_REQ2);
    if (partition != WORLD_QUEUED && one_in(seed, 3))
        p->ns_action = FFA_NS_ACTION_MANAGED_EXIT;
    if (partition == WORLD_QUEUED && one_in(seed, 3))
        p->mask = MASK_ALL;
    p->managed_exit_irq = one_in(seed, 2);
    p->wants_cpu_off = one_in(seed, 2);
    if (one_in(seed, 2))
        world_uuids(s, partition, 1 + (unsigned)random_below(seed, UUID_MAX));
}

/* It comes back after its death, in one world of four. */
static void may_return(struct spmc *s, uint64_t *seed, unsigned partition,
                       enum restart_policy policy)
{
    struct partition *p = &s->partitions[partition];

    s->restarts = true;
    p->restart = (uint8_t)policy;
    p->size = 2 * PAGE_BYTES;
    p->copy = 0x0ec00000ULL + 0x10000ULL * partition;
    p->copy_size = PAGE_BYTES;
    p->wants_boot_info = one_in(seed, 2);
    p->manifest_offset = PAGE_BYTES;
}

void steps_world(struct spmc *s, uint64_t *seed)
{
    world_load(s);
    if (one_in(seed, 2))
        world_lower(s, WORLD_QUEUED);
    if (one_in(seed, 2))
        s->normal.version = FFA_VERSION_1_2;
    s->logical = one_in(seed, 2);
    s->trace_is_told = !one_in(seed, 4);
    for (unsigned i = 0; i < WORLD_PARTITIONS; i++)
        world_registers(s, i);
    world_device(s, WORLD_UP, UP_DEVICE, 7);
    world_device(s, WORLD_UP, UP_DEVICE + 1, 3);
    world_device(s, WORLD_MP, MP_DEVICE, 0);
    world_device(s, WORLD_MP, MP_PPI, 0);
    world_device(s, WORLD_QUEUED, LOW_DEVICE, 0);
    for (unsigned i = 0; i < WORLD_PARTITIONS; i++)
        vary(s, seed, i);
    s->partitions[WORLD_UP].shared_enabled = one_in(seed, 2) ? 3U << SLOT_DEVICES : 0;
    s->partitions[WORLD_MP].shared_enabled = one_in(seed, 2) ? 3U << SLOT_DEVICES : 0;
    if (one_in(seed, 4)) {
        may_return(s, seed, WORLD_UP, RESTART_ON_NEXT_CALL);
        may_return(s, seed, WORLD_MP, one_in(seed, 2) ? RESTART_AT_ONCE : RESTART_ON_NEXT_CALL);
    }
    steps_memory_world(s, seed);
}

/* ---- The Normal world ---- */

static void forward(uint64_t *seed, struct step_made *step)
{
    uint16_t vm = (uint16_t)random_below(seed, 3);

    world_forward(vm, WORLD_VM_TX(vm), WORLD_VM_RX(vm));
    step->at = WORLD_NORMAL_TX;
    step->size = 80;
    memcpy(step->bytes, port_model_memory(WORLD_NORMAL_TX, 80), 80);
    if (one_in(seed, 4))
        step->bytes[random_below(seed, 80)] ^= (uint8_t)(1 << random_below(seed, 8));
    step->x[0] = FFA_RXTX_MAP_64;
}

static void spmd_message(uint64_t *seed, uint64_t *x)
{
    x[0] = FFA_MSG_SEND_DIRECT_REQ_32;
    x[1] = (uint64_t)FFA_ID_SPMD << 16 | FFA_ID_SPMC;
    x[2] = PICK(seed, FFA_FRAMEWORK_VERSION_REQUEST, FFA_FRAMEWORK_PSCI_REQUEST,
                FFA_FRAMEWORK_PSCI_REQUEST, FFA_FRAMEWORK_WARM_BOOT, 0x8000007f);
    x[3] = x[2] == FFA_FRAMEWORK_VERSION_REQUEST
               ? PICK(seed, 0x10000, 0x10001, 0x10002, 0x10003, 0x20000, 0x9, 1U << 31)
               : PICK(seed, PSCI_CPU_OFF, PSCI_CPU_OFF, PSCI_CPU_OFF, PSCI_SYSTEM_OFF);
}

static void manages_vms(uint64_t *seed, struct step_made *step)
{
    uint64_t vm = random_below(seed, 3);
    uint64_t *x = step->x;

    switch (random_below(seed, 6)) {
    case 0:
        forward(seed, step);
        break;
    case 1:
        x[0] = PICK(seed, FFA_RX_ACQUIRE, FFA_RX_RELEASE);
        x[1] = vm;
        break;
    case 2:
        x[0] = FFA_RXTX_UNMAP;
        x[1] = vm << 16;
        break;
    case 3:
        x[0] = FFA_NOTIFICATION_BITMAP_DESTROY;
        x[1] = vm;
        break;
    default:
        x[0] = FFA_NOTIFICATION_BITMAP_CREATE;
        x[1] = one_in(seed, 2) ? 0 : vm;
        x[2] = PICK(seed, 1, 2, 4, 4, 0, 5);
        break;
    }
}

static void interrupt_of_spmd(uint64_t *seed, struct step_made *step)
{
    step->x[0] = FFA_INTERRUPT;
    step->event.cause = (enum event_kind)PICK(seed, EVENT_KICK, EVENT_INTERRUPT, EVENT_INTERRUPT,
                                              EVENT_TIMER, EVENT_COLD_BOOT);
    step->event.intid = (uint32_t)some_number(seed);
}

static void by_normal_world(uint64_t *seed, const struct spmc *s, struct step_made *step)
{
    struct caller c = {.tx = WORLD_NORMAL_TX, .rx = WORLD_NORMAL_RX};
    uint64_t *x = step->x;

    if (one_in(seed, 4)) {
        c.id = (uint16_t)random_below(seed, 3);
        if (c.id != 0)
            c.tx = WORLD_VM_TX(c.id);
    }
    if (s->normal.mailbox.state == MAILBOX_UNMAPPED && steps_told(s) && one_in(seed, 2)) {
        spmd_message(seed, x); /* its version may change */
        return;
    }
    if (s->normal.mailbox.state == MAILBOX_UNMAPPED && one_in(seed, steps_mix() ? 2 : 6)) {
        x[0] = FFA_RXTX_MAP_64, x[1] = WORLD_NORMAL_TX, x[2] = c.rx, x[3] = 1;
        steps_buffers(seed, NULL, x);
        return;
    }
    if (steps_mix() && one_in(seed, 3) && steps_memory(seed, s, step->cpu, NULL, step)) {
        dirty(seed, x);
        return;
    }
    switch (random_below(seed, 18)) {
    case 0:
        spmd_message(seed, x);
        return;
    case 1:
    case 2:
        interrupt_of_spmd(seed, step);
        return;
    case 3:
        fill_question(seed, s, x);
        break;
    case 4:
        fill_mailbox(seed, &c, x);
        break;
    case 5:
        fill_message(seed, s, &c, step);
        break;
    case 6:
    case 16:
        manages_vms(seed, step);
        break;
    case 7:
    case 17:
        x[0] = PICK(seed, FFA_NOTIFICATION_INFO_GET_32, FFA_NOTIFICATION_INFO_GET_64);
        break;
    case 8:
    case 9:
        fill_notification(seed, s, &c, x);
        break;
    case 10:
    case 11:
    case 12:
        x[0] = FFA_RUN;
        x[1] = some_context(seed, s, step->cpu, NORMAL_WORLD);
        break;
    default:
        fill_request(seed, s, &c, x);
        break;
    }
    if (one_in(seed, 10))
        spoil(seed, x);
    dirty(seed, x);
}

/* ---- Partitions ---- */

static void hypercall(uint64_t *seed, uint64_t *x)
{
    x[0] = PICK(seed, HF_INTERRUPT_ENABLE, HF_INTERRUPT_GET, HF_INTERRUPT_GET, HF_INTERRUPT_GET,
                HF_INTERRUPT_DEACTIVATE, HF_INTERRUPT_DEACTIVATE, HF_INTERRUPT_RECONFIGURE);
    x[1] = some_number(seed);
    x[2] = x[0] == HF_INTERRUPT_DEACTIVATE && !one_in(seed, 8) ? x[1]
           : x[0] == HF_INTERRUPT_ENABLE                       ? !one_in(seed, 4)
                                                               : random_below(seed, 4);
    x[3] = random_below(seed, 3);
}

static void answer(uint64_t *seed, const struct caller *c, uint64_t *x)
{
    const struct vcpu *v = c->vcpu;

    x[0] = v->extended ? FFA_MSG_SEND_DIRECT_RESP2 : FFA_MSG_SEND_DIRECT_RESP_32;
    if (!v->extended && v->response_w2 == 0 && one_in(seed, 2))
        x[0] = FFA_MSG_SEND_DIRECT_RESP_64;
    x[1] = (uint64_t)c->id << 16 | v->requester;
    some_payload(seed, x, v->extended ? 4 : 3, v->extended ? 18 : 8);
    x[2] = v->response_w2;
    if (v->model == MODEL_POWER)
        x[3] = PICK(seed, PSCI_SUCCESS, PSCI_SUCCESS, (uint32_t)PSCI_DENIED);
}

/* What ends its stay, or an interrupt that it fetches. */
static void usual(uint64_t *seed, const struct caller *c, uint64_t *x)
{
    enum runtime_model model = c->vcpu->model;

    if (model == MODEL_DIRECT || model == MODEL_POWER) {
        answer(seed, c, x);
    } else if (model == MODEL_INTERRUPT && one_in(seed, 2)) {
        hypercall(seed, x);
    } else {
        x[0] = FFA_MSG_WAIT;
        x[2] = one_in(seed, 8);
    }
}

static void other_call(uint64_t *seed, const struct spmc *s, const struct caller *c,
                       struct step_made *step)
{
    uint64_t *x = step->x;

    switch (random_below(seed, 16)) {
    case 14:
        x[0] = FFA_MSG_WAIT;
        break;
    case 15:
        answer(seed, c, x);
        break;
    case 0:
        x[0] = FFA_YIELD;
        some_payload(seed, x, 2, 4);
        break;
    case 1:
    case 2:
        x[0] = FFA_RUN;
        x[1] = some_context(seed, s, step->cpu, c->vcpu->self);
        break;
    case 3:
        fill_question(seed, s, x);
        break;
    case 4:
        fill_mailbox(seed, c, x);
        break;
    case 5:
        fill_message(seed, s, c, step);
        break;
    case 6:
    case 7:
        fill_notification(seed, s, c, x);
        break;
    case 8:
        hypercall(seed, x);
        break;
    case 9:
        x[0] = PICK(seed, FFA_VERSION, FFA_VERSION, FFA_VERSION, FFA_ERROR, FFA_INTERRUPT,
                    FFA_CONSOLE_LOG_32, FFA_CONSOLE_LOG_64, FFA_SECONDARY_EP_REGISTER_64,
                    0xC2000001, FFA_ABORT_32);
        x[1] = x[0] == FFA_VERSION ? PICK(seed, 0x10000, 0x10001, 0x10002, 0x10003, 0x20000)
               : x[0] == FFA_SECONDARY_EP_REGISTER_64
                   ? c->partition->load + PICK(seed, 0, 4, 2, 0x2000, 0x100000)
                   : PICK(seed, 0, 1, 24, 25, 48, 49, 128, 129);
        break;
    default:
        fill_request(seed, s, c, x);
        break;
    }
}

static void by_partition(uint64_t *seed, const struct spmc *s, const struct vcpu *v,
                         struct step_made *step)
{
    const struct partition *p = &s->partitions[v->partition];
    struct caller c = {p->endpoint.id, p, v, WORLD_TX(v->partition), WORLD_RX(v->partition)};

    step->event.kind = EVENT_CALL;
    if (p->endpoint.mailbox.state == MAILBOX_UNMAPPED && one_in(seed, steps_mix() ? 2 : 6)) {
        step->x[0] = FFA_RXTX_MAP_64, step->x[1] = c.tx, step->x[2] = c.rx, step->x[3] = 1;
        steps_buffers(seed, v, step->x);
        return;
    }
    if (steps_again(seed, v, step))
        return;
    if (steps_mix() && !one_in(seed, 3) && steps_memory(seed, s, step->cpu, v, step)) {
        dirty(seed, step->x);
        return;
    }
    if (one_in(seed, v->model == MODEL_INIT ? 2 : 3))
        usual(seed, &c, step->x);
    else
        other_call(seed, s, &c, step);
    if (one_in(seed, 12))
        spoil(seed, step->x);
    dirty(seed, step->x);
}

/* To one of CNTP's and CNTV's registers, or one near them, as ESR_EL2 tells it. */
static uint64_t some_access(uint64_t *seed)
{
    return 3 << 20 | random_below(seed, 4) << 17 | 3 << 14 | 14 << 10 |
           PICK(seed, 0, 1, 2, 17, 18, 30, 31) << 5 | PICK(seed, 2, 2, 3, 3, 3, 4) << 1 |
           random_below(seed, 2);
}

/* What the machine does to who runs. */
static void machine(uint64_t *seed, const struct vcpu *v, struct step_made *step)
{
    static const enum event_kind kinds[] = {EVENT_NORMAL_INTERRUPT,
                                            EVENT_NORMAL_INTERRUPT,
                                            EVENT_INTERRUPT,
                                            EVENT_INTERRUPT,
                                            EVENT_KICK,
                                            EVENT_TIMER,
                                            EVENT_ABORT,
                                            EVENT_NORMAL_INTERRUPT,
                                            EVENT_INTERRUPT,
                                            EVENT_TIMER_ACCESS,
                                            EVENT_TRAP};

    step->event.kind = kinds[random_below(seed, COUNT(kinds))];
    step->event.deliverable = !one_in(seed, 4);
    if (one_in(seed, 30))
        step->event.kind = one_in(seed, 2) ? EVENT_DEADLINE : EVENT_SERROR;
    if (step->event.kind == EVENT_INTERRUPT && v->masked == MASK_ALL)
        step->event.kind = EVENT_NORMAL_INTERRUPT;
    if (step->event.kind == EVENT_INTERRUPT)
        step->event.intid = (uint32_t)some_number(seed);
    if (step->event.kind == EVENT_TIMER_ACCESS)
        step->event.esr = some_access(seed);
}

/* Of a restart. */
static void piece(uint64_t *seed, struct step_made *step)
{
    step->event.kind = EVENT_AGAIN;
    if (one_in(seed, 20))
        step->fault = (uint8_t)(1 + random_below(seed, 2));
}

/* While a call reads TX. */
static void fails(uint64_t *seed, struct step_made *step)
{
    if (!one_in(seed, 30))
        return;
    step->fault = 1;
    step->after = (uint8_t)random_below(seed, 4);
}

void steps_invent(uint64_t *seed, const struct spmc *s, uint32_t kicked, struct step_made *step)
{
    unsigned cpu = (unsigned)random_below(seed, CPU_MAX);
    const struct vcpu *v = NULL;

    if (s->cpus[0].entry == ENTRY_COLD_INIT || one_in(seed, 3))
        cpu = 0; /* the others come on after the boot CPU is ready */
    if (s->cpus[cpu].current >= 0)
        v = &s->vcpus[s->cpus[cpu].current];
    step->cpu = (uint8_t)cpu;
    step->ticks = one_in(seed, 8) ? random_below(seed, MODEL_TICKS_PER_MS) : random_below(seed, 4);
    if (v != NULL && v->model == MODEL_INTERRUPT && one_in(seed, 8))
        step->ticks = random_below(seed, 4 * HANDLER_BURST_MS * MODEL_TICKS_PER_MS);
    if (v == NULL && !s->cpus[cpu].online) {
        step->event.kind = EVENT_CPU_ON;
    } else if (v == NULL) {
        step->event.kind = EVENT_SPMD;
        step->event.cause = 0;
        if (kicked & 1U << cpu && one_in(seed, 2)) {
            step->x[0] = FFA_INTERRUPT;
            step->event.cause = EVENT_KICK;
        } else {
            by_normal_world(seed, s, step);
            fails(seed, step);
        }
    } else if (kicked & 1U << cpu && one_in(seed, 3)) {
        step->event.kind = EVENT_KICK;
    } else if (s->partitions[v->partition].state == PARTITION_RESTARTING && !one_in(seed, 4)) {
        piece(seed, step);
    } else if (one_in(seed, 4)) {
        machine(seed, v, step);
    } else if (s->partitions[v->partition].state == PARTITION_RESTARTING) {
        piece(seed, step);
    } else {
        by_partition(seed, s, v, step);
        fails(seed, step);
    }
}
