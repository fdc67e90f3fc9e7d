/* SPDX-License-Identifier: BSD-3-Clause */
/* Packing of states: see state.h for what is kept, and why the rest is not. */
#include "explore/state.h"

#include <stdio.h>
#include <string.h>

#include "support/invariants.h"
#include "support/port_model.h"
#include "support/world.h"

#define TIME_LEFT 500

static struct spmc shared; /* what all states have in common, secrets included */

void state_setup(void)
{
    port_model_reset();
    world_load(&shared);
    shared.partitions[WORLD_UP].properties |= FFA_PROPERTY_VM_CREATED;
    shared.partitions[WORLD_QUEUED].properties |= FFA_PROPERTY_INDIRECT;
    plant_secrets(&shared);
}

static bool is_idle(const struct vcpu *v)
{
    bool unlinked = v->caller < 0 && v->callee < 0;

    return v->state == VCPU_OFF || v->state == VCPU_WAITING ||
           (v->state == VCPU_ABORTED && unlinked);
}

static void canonicalize_vcpu(struct spmc *s, unsigned i)
{
    struct vcpu *v = &s->vcpus[i];

    v->regs = shared.vcpus[i].regs;
    v->fresh = false;
    v->exception = shared.vcpus[i].exception;
    if (is_idle(v)) {
        v->model = MODEL_NONE;
        v->masked = false;
        v->cpu = 0;
    }
    if (v->state == VCPU_OFF || v->state == VCPU_ABORTED)
        v->lines = 0, v->pending = v->enabled = v->by_fiq = 0;
    if (v->state == VCPU_ABORTED && is_idle(v))
        v->caller = v->callee = NO_VCPU;
    if (v->model != MODEL_DIRECT && v->model != MODEL_POWER) {
        v->requester = 0;
        v->extended = false;
        v->response_w2 = 0;
    }
    if (v->model != MODEL_INTERRUPT)
        v->attended = false;
    v->home = 0; /* nobody has a timer */
    v->deadline = 0;
    if (v->masked)
        v->deadline = TIME_LEFT + (v->state == VCPU_RUNNING || v->callee >= 0 ? port_model.now : 0);
}

void state_canonicalize(struct spmc *s)
{
    for (unsigned i = 0; i < CONTEXTS; i++)
        canonicalize_vcpu(s, i);
    for (unsigned i = 0; i < CPU_MAX; i++) {
        struct cpu *cpu = &s->cpus[i];
        cpu->normal = shared.cpus[i].normal;
        if (cpu->entry == ENTRY_NONE || cpu->entry == ENTRY_NORMAL_CALL) {
            cpu->starting = 0;
            cpu->denied = false;
        }
        cpu->since = 0;
    }
    for (unsigned i = 0; i < PARTITION_MAX; i++)
        s->partitions[i].calls = s->partitions[i].aborts = 0;
    if (s->vms[0].mailbox.state == MAILBOX_UNMAPPED)
        s->vms[0].id = 0;
}

static struct packed_partition pack_endpoint(const struct endpoint *e, uint8_t state)
{
    return (struct packed_partition){state, (uint8_t)e->version, e->version_locked,
                                     (uint8_t)e->mailbox.state};
}

void state_pack(struct packed *to, const struct spmc *s, uint32_t kicks)
{
    memset(to, 0, sizeof(*to));
    for (unsigned i = 0; i < CONTEXTS; i++) {
        const struct vcpu *v = &s->vcpus[i];
        to->vcpu[i] = (struct packed_vcpu){
            .state = (uint8_t)v->state,
            .model = (uint8_t)v->model,
            .cpu = v->cpu,
            .masked = v->masked & 3,
            .extended = v->extended,
            .attended = v->attended,
            .response = (uint8_t)v->response_w2,
            .caller = (int8_t)v->caller,
            .callee = (int8_t)v->callee,
            .requester = v->requester,
            .lines = v->lines,
            .pending = (uint8_t)v->pending,
            .enabled = (uint8_t)v->enabled,
            .by_fiq = (uint8_t)v->by_fiq,
        };
    }
    for (unsigned i = 0; i < PARTITION_MAX; i++)
        to->partition[i] =
            pack_endpoint(&s->partitions[i].endpoint, (uint8_t)s->partitions[i].state);
    to->partition[PARTITION_MAX] = pack_endpoint(&s->normal, 0);
    for (unsigned i = 0; i < CPU_MAX; i++) {
        const struct cpu *c = &s->cpus[i];
        to->cpu[i] =
            (struct packed_cpu){(uint8_t)c->entry, (int8_t)c->current, (int8_t)c->interrupted,
                                c->starting,       c->online,          c->denied};
    }
    to->kicks = (uint16_t)kicks;
    to->vm = (uint16_t)s->vms[0].mailbox.state;
}

static void unpack_mailbox(struct mailbox *m, unsigned state, uint64_t tx, uint64_t rx)
{
    if (state != MAILBOX_UNMAPPED)
        *m = (struct mailbox){(enum mailbox_state)state, 1, tx, rx};
}

static void unpack_endpoint(struct endpoint *e, const struct packed_partition *p, uint64_t tx,
                            uint64_t rx)
{
    e->version = FFA_VERSION_1_0 | p->version;
    e->version_locked = p->locked;
    unpack_mailbox(&e->mailbox, p->mailbox, tx, rx);
}

static void unpack_vcpu(struct vcpu *v, const struct packed_vcpu *p)
{
    v->state = (enum vcpu_state)p->state;
    v->model = (enum runtime_model)p->model;
    v->cpu = p->cpu;
    v->masked = p->masked;
    v->caller = p->caller;
    v->callee = p->callee;
    v->requester = p->requester;
    v->extended = p->extended;
    v->attended = p->attended;
    v->response_w2 = p->response != 0 ? FFA_FRAMEWORK_MESSAGE | p->response : 0;
    v->lines = p->lines;
    v->pending = p->pending;
    v->enabled = p->enabled;
    v->by_fiq = p->by_fiq;
    v->deadline = 0;
    if (v->masked)
        v->deadline = TIME_LEFT + (v->state == VCPU_RUNNING || v->callee >= 0 ? port_model.now : 0);
}

void state_unpack(struct spmc *s, const struct packed *from)
{
    memcpy(s, &shared, offsetof(struct spmc, trace));
    for (unsigned i = 0; i < CONTEXTS; i++)
        unpack_vcpu(&s->vcpus[i], &from->vcpu[i]);
    for (unsigned i = 0; i < PARTITION_MAX; i++) {
        s->partitions[i].state = (enum partition_state)from->partition[i].state;
        unpack_endpoint(&s->partitions[i].endpoint, &from->partition[i], WORLD_TX(i), WORLD_RX(i));
    }
    unpack_endpoint(&s->normal, &from->partition[PARTITION_MAX], WORLD_NORMAL_TX, WORLD_NORMAL_RX);
    unpack_mailbox(&s->vms[0].mailbox, from->vm, WORLD_VM_TX(STATE_VM), WORLD_VM_RX(STATE_VM));
    s->vms[0].id = from->vm != MAILBOX_UNMAPPED ? STATE_VM : 0;
    for (unsigned i = 0; i < CPU_MAX; i++) {
        s->cpus[i].entry = (enum entry)from->cpu[i].entry;
        s->cpus[i].current = from->cpu[i].current;
        s->cpus[i].interrupted = from->cpu[i].interrupted;
        s->cpus[i].starting = from->cpu[i].starting;
        s->cpus[i].denied = from->cpu[i].denied;
        s->cpus[i].online = from->cpu[i].online;
    }
}

/* ---- For people ---- */

static const char *const state_names[] = {"OFF",       "WAITING",     "RUNNING", "BLOCKED",
                                          "PREEMPTED", "INTERRUPTED", "ABORTED"};
static const char *const model_names[] = {"-", "init", "run", "direct", "power", "interrupt"};
static const char *const entry_names[] = {"none",     "cold init",        "warm init",
                                          "NWd call", "secure interrupt", "framework"};
static const char *const life_names[] = {"absent", "loaded", "starting", "live", "dead"};
static const char *const partition_names[] = {"up", "mp", "queued"};

static void print_ref(const char *label, int ref)
{
    if (ref == NO_VCPU)
        return;
    if (ref == NORMAL_WORLD)
        printf(" %s=NWd", label);
    else if (ref == THE_SPMC)
        printf(" %s=SPMC", label);
    else
        printf(" %s=%s:%d", label, partition_names[ref / CPU_MAX], ref % CPU_MAX);
}

static void print_vcpu(const struct packed_vcpu *v, unsigned i)
{
    if (v->state == VCPU_OFF || v->state == VCPU_WAITING)
        return;
    printf("        %s:%u %s on cpu %u, model %s%s%s", partition_names[i / CPU_MAX], i % CPU_MAX,
           state_names[v->state], v->cpu, model_names[v->model], v->extended ? " 2" : "",
           v->masked ? ", masked" : "");
    print_ref("caller", v->caller);
    print_ref("callee", v->callee);
    printf("\n");
}

void state_print(const struct packed *p)
{
    printf("       ");
    for (unsigned i = 0; i < CPU_MAX; i++)
        printf(" cpu %u %s, entry %s%s;", i, p->cpu[i].online ? "on" : "off",
               entry_names[p->cpu[i].entry], p->kicks & (1U << i) ? ", kicked" : "");
    for (unsigned i = 0; i < PARTITION_MAX; i++)
        printf(" %s %s", partition_names[i], life_names[p->partition[i].state]);
    printf("\n");
    for (unsigned i = 0; i < CONTEXTS; i++)
        print_vcpu(&p->vcpu[i], i);
}
