/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The invariants of a state: who runs where, who waits for whom, what is dead. They are
 * written from the FF-A rules, with their own loops and tables, so that a mistake in
 * core/vcpu.c is not repeated here.
 */
#include "support/invariants.h"

#include "core/interrupt.h"
#include "core/port.h"

#define VCPUS (PARTITION_MAX * CPU_MAX)
#define REQUIRE(condition, text) \
    do {                         \
        if (!(condition))        \
            return text;         \
    } while (0)

static const struct partition *owner(const struct spmc *s, const struct vcpu *v)
{
    return &s->partitions[v->partition];
}

static vcpu_ref ref_of(const struct spmc *s, const struct vcpu *v)
{
    return (vcpu_ref)(v - s->vcpus);
}

static bool is_vcpu(vcpu_ref ref)
{
    return ref >= 0 && ref < VCPUS;
}

static bool is_active(const struct vcpu *v)
{
    return v->state == VCPU_RUNNING || v->state == VCPU_BLOCKED || v->state == VCPU_PREEMPTED ||
           v->state == VCPU_INTERRUPTED;
}

static bool is_linked(const struct spmc *s, const struct vcpu *v)
{
    return v->caller >= 0 && s->vcpus[v->caller].callee == ref_of(s, v);
}

/* It yielded, or its caller went on without it for an interrupt: its chain stands still. */
static bool is_stopped(const struct spmc *s, const struct vcpu *v)
{
    if (is_linked(s, v))
        return false;
    for (unsigned i = 0; v->callee >= 0 && i < VCPUS; i++)
        v = &s->vcpus[v->callee];
    return v->state == VCPU_PREEMPTED || v->state == VCPU_BLOCKED || v->state == VCPU_ABORTED;
}

/* ---- CPUs ---- */

/* While somebody waits for a handler, a chain that the SPMC began runs. */
static const char *broken_interrupted(const struct spmc *s, const struct cpu *c)
{
    const struct vcpu *head = &s->vcpus[c->current];

    for (unsigned i = 0; head->caller >= 0 && i < VCPUS; i++)
        head = &s->vcpus[head->caller];
    bool restarts = owner(s, head)->state == PARTITION_RESTARTING ||
                    (owner(s, head)->restarts > 0 && head->model == MODEL_INIT);
    REQUIRE((c->interrupted != NO_VCPU) ==
                (head->caller == THE_SPMC && (head->model == MODEL_INTERRUPT || restarts)),
            "a handler runs and nobody waits for it, or the other way round");
    if (c->interrupted < 0)
        return NULL;
    REQUIRE(is_vcpu(c->interrupted), "a handler interrupted no vCPU");
    REQUIRE(s->vcpus[c->interrupted].state == VCPU_INTERRUPTED ||
                s->vcpus[c->interrupted].state == VCPU_ABORTED,
            "who waits for a handler is not INTERRUPTED");
    return NULL;
}

static const char *broken_cpu(const struct spmc *s, unsigned cpu)
{
    const struct cpu *c = &s->cpus[cpu];
    const struct vcpu *v;

    if (c->current == NO_VCPU) {
        REQUIRE(c->entry == ENTRY_NONE, "an SPMD entry is open though no vCPU runs");
        REQUIRE(c->interrupted == NO_VCPU, "somebody waits for a handler, but no vCPU runs");
        return NULL;
    }
    REQUIRE(is_vcpu(c->current), "cpu.current is no vCPU");
    v = &s->vcpus[c->current];
    REQUIRE(v->state == VCPU_RUNNING, "cpu.current is a vCPU that is not RUNNING");
    REQUIRE(v->cpu == cpu, "cpu.current runs elsewhere by its own account");
    REQUIRE(c->entry != ENTRY_NONE, "a vCPU runs without an open SPMD entry");
    return broken_interrupted(s, c);
}

/* ---- Chains ---- */

static const char *broken_links_down(const struct spmc *s, const struct vcpu *v)
{
    const struct vcpu *callee;

    if (v->callee == NO_VCPU)
        return NULL;
    REQUIRE(is_vcpu(v->callee), "callee is no vCPU");
    REQUIRE(v->state == VCPU_BLOCKED || v->state == VCPU_ABORTED,
            "a vCPU has a callee but is not BLOCKED");
    callee = &s->vcpus[v->callee];
    REQUIRE(callee->caller == ref_of(s, v), "caller and callee do not agree");
    REQUIRE(is_active(callee) || callee->state == VCPU_ABORTED, "BLOCKED on an idle vCPU");
    REQUIRE(callee->cpu == v->cpu, "a chain spans two CPUs");
    return NULL;
}

/* A vCPU that yielded keeps its caller, who goes on without it: the one link that has one end. */
static const char *broken_links_up(const struct spmc *s, const struct vcpu *v)
{
    if (v->state == VCPU_OFF || v->state == VCPU_WAITING) {
        bool told = v->state == VCPU_WAITING || v->caller != NORMAL_WORLD;
        REQUIRE((v->caller == NO_VCPU || !told) && v->callee == NO_VCPU, "an idle vCPU has links");
        return NULL;
    }
    if (v->caller < 0) {
        REQUIRE(v->caller == NO_VCPU || v->caller == NORMAL_WORLD || v->caller == THE_SPMC,
                "caller is no vCPU");
        return NULL;
    }
    REQUIRE(is_vcpu(v->caller), "caller is no vCPU");
    REQUIRE(is_linked(s, v) || is_stopped(s, v), "callee and caller do not agree");
    REQUIRE(is_linked(s, v) || s->vcpus[v->caller].state != VCPU_ABORTED,
            "a vCPU that stopped waits for a dead one");
    return NULL;
}

static const char *broken_chain(const struct spmc *s, const struct vcpu *v)
{
    const struct vcpu *tail = v;
    unsigned steps = 0;

    for (; tail->callee >= 0; tail = &s->vcpus[tail->callee])
        REQUIRE(++steps <= VCPUS, "a chain is a circle");
    for (steps = 0; v->caller >= 0; v = &s->vcpus[v->caller])
        REQUIRE(++steps <= VCPUS, "callers are a circle");
    return NULL;
}

/* ---- vCPUs ---- */

static const char *broken_model(const struct spmc *s, const struct vcpu *v)
{
    enum entry entry = s->cpus[v->cpu].entry;

    if (!is_active(v)) {
        REQUIRE(v->state == VCPU_ABORTED || v->model == MODEL_NONE, "an idle vCPU has a model");
        REQUIRE(v->state == VCPU_ABORTED || v->response_w2 == 0, "an idle vCPU owes a response");
        return NULL;
    }
    if (owner(s, v)->state == PARTITION_RESTARTING) {
        REQUIRE(v->model == MODEL_NONE && v->caller != NO_VCPU && v->callee == NO_VCPU,
                "a partition that is restored runs");
        return NULL;
    }
    REQUIRE(v->model > MODEL_NONE && v->model < MODELS, "an active vCPU has no runtime model");
    if (v->model == MODEL_INIT && owner(s, v)->restarts > 0 && v->caller != NO_VCPU)
        return NULL;
    if (v->model == MODEL_INIT) {
        REQUIRE(entry == ENTRY_COLD_INIT || entry == ENTRY_WARM_INIT,
                "a partition starts outside an init entry");
        REQUIRE(v->caller == NO_VCPU, "a vCPU that starts has a caller");
        return NULL;
    }
    REQUIRE(v->caller != NO_VCPU, "an active vCPU has no caller");
    REQUIRE((v->model >= MODEL_POWER) == (v->caller == THE_SPMC),
            "what the SPMC gives cycles for has another model, or another caller");
    REQUIRE(v->model != MODEL_POWER || entry == ENTRY_FRAMEWORK,
            "a power message outside a framework message");
    return NULL;
}

static const char *broken_mask(const struct spmc *s, const struct vcpu *v)
{
    bool alone = v->model == MODEL_INIT || v->model >= MODEL_POWER;

    if (!is_active(v))
        return NULL;
    REQUIRE(owner(s, v)->state == PARTITION_RESTARTING ||
                v->masked >= (alone ? (unsigned)MASK_ALL : owner(s, v)->mask),
            "a vCPU that needs interrupts masked runs without");
    REQUIRE(!is_linked(s, v) || s->vcpus[v->caller].masked <= v->masked,
            "interrupts are open below a masked caller");
    REQUIRE(v->state != VCPU_INTERRUPTED || v->masked != MASK_ALL,
            "a vCPU was interrupted though all interrupts are masked");
    REQUIRE(!v->masked || v->state != VCPU_RUNNING ||
                (v->deadline != 0 && v->deadline <= port_now() + owner(s, v)->budget),
            "a masked vCPU runs without a deadline within its budget");
    return NULL;
}

static const char *broken_death(const struct spmc *s, const struct vcpu *v, uint32_t kicks)
{
    enum partition_state state = owner(s, v)->state;
    bool idle = v->state == VCPU_OFF || v->state == VCPU_ABORTED;

    REQUIRE((v->lines != 0) == ((v->pending & v->enabled) != 0), "lines and interrupts differ");
    REQUIRE(!idle || v->lines == 0, "an interrupt is raised for a context that cannot run");
    REQUIRE(is_active(v) || !(v->pending & 1U << SLOT_MANAGED_EXIT), "an idle vCPU is to leave");
    REQUIRE(v->state != VCPU_INTERRUPTED || s->cpus[v->cpu].interrupted == ref_of(s, v),
            "an INTERRUPTED vCPU has no handler to wait for");
    if (state == PARTITION_ABORTED)
        REQUIRE(v->state == VCPU_ABORTED || (v->state == VCPU_RUNNING && kicks & (1U << v->cpu)),
                "a context of a dead partition is neither dead nor about to be told");
    if (state == PARTITION_ABSENT || state == PARTITION_LOADED)
        REQUIRE(idle, "a context of an absent partition is in use");
    if (v->state == VCPU_ABORTED)
        REQUIRE(state == PARTITION_ABORTED || state == PARTITION_ABSENT,
                "a context is dead, its partition is not");
    return NULL;
}

/* Some CPU's alarm comes when it expires, or when the time of its partition's handlers is paid for.
 */
static const char *broken_timer(const struct spmc *s, const struct vcpu *v, uint32_t kicks)
{
    uint64_t due = v->alarm > owner(s, v)->paid ? v->alarm : owner(s, v)->paid;

    if (v->alarm == NEVER)
        return NULL;
    REQUIRE(v->state != VCPU_OFF && v->state != VCPU_ABORTED, "who cannot run has a timer");
    REQUIRE(s->cpus[v->home].alarm <= due || kicks & 1U << v->home || !s->cpus[v->home].online,
            "nobody watches a timer");
    return NULL;
}

static const char *broken_vcpu(const struct spmc *s, const struct vcpu *v, uint32_t kicks)
{
    const char *broken;

    if (v->state == VCPU_RUNNING)
        REQUIRE(v->cpu < s->cpu_count && s->cpus[v->cpu].current == ref_of(s, v),
                "a RUNNING vCPU is not the one that its CPU runs");
    if (is_active(v) && owner(s, v)->context_count > 1)
        REQUIRE(v->cpu == v->index, "a context of an MP partition is on another CPU");
    if ((broken = broken_links_down(s, v)) != NULL || (broken = broken_links_up(s, v)) != NULL ||
        (broken = broken_chain(s, v)) != NULL || (broken = broken_model(s, v)) != NULL ||
        (broken = broken_mask(s, v)) != NULL || (broken = broken_timer(s, v, kicks)) != NULL)
        return broken;
    return broken_death(s, v, kicks);
}

/* ---- Endpoints ---- */

static const char *broken_mailbox(const struct mailbox *m)
{
    uint64_t bytes = m->pages * PAGE_BYTES;

    if (m->state == MAILBOX_UNMAPPED)
        return NULL;
    REQUIRE(m->pages >= 1 && m->pages <= MAILBOX_PAGES_MAX, "a mailbox has no pages, or too many");
    REQUIRE(m->tx % PAGE_BYTES == 0 && m->rx % PAGE_BYTES == 0, "a mailbox is not aligned");
    REQUIRE(m->tx + bytes <= m->rx || m->rx + bytes <= m->tx, "RX and TX overlap");
    return NULL;
}

static bool is_mapped(const struct mailbox *m)
{
    return m->state != MAILBOX_UNMAPPED;
}

static bool are_apart(uint64_t a, uint32_t a_pages, uint64_t b, uint32_t b_pages)
{
    return a + a_pages * PAGE_BYTES <= b || b + b_pages * PAGE_BYTES <= a;
}

static const char *broken_neighbours(const struct mailbox *a, const struct mailbox *b)
{
    if (!is_mapped(a) || !is_mapped(b))
        return NULL;
    REQUIRE(are_apart(a->tx, a->pages, b->tx, b->pages) &&
                are_apart(a->tx, a->pages, b->rx, b->pages) &&
                are_apart(a->rx, a->pages, b->tx, b->pages) &&
                are_apart(a->rx, a->pages, b->rx, b->pages),
            "two mailboxes share memory");
    return NULL;
}

static const char *broken_endpoint(const struct endpoint *e)
{
    REQUIRE(e->version >= FFA_VERSION_1_0 && e->version <= FFA_VERSION_1_2,
            "an endpoint has a version that does not exist");
    REQUIRE(e->mailbox.state != MAILBOX_HELD, "a hypervisor holds the buffer of no VM");
    return broken_mailbox(&e->mailbox);
}

/* ---- VMs ---- */

static const char *broken_vm(const struct spmc *s, unsigned i)
{
    const struct vm *vm = &s->vms[i];
    const char *broken = broken_mailbox(&vm->mailbox);

    if (broken != NULL || !is_mapped(&vm->mailbox))
        return broken;
    REQUIRE(vm->id != FFA_ID_NORMAL_WORLD && !(vm->id & FFA_ID_SECURE), "a VM has no VM's id");
    broken = broken_neighbours(&vm->mailbox, &s->normal.mailbox);
    for (unsigned j = 0; broken == NULL && j < i; j++) {
        REQUIRE(!is_mapped(&s->vms[j].mailbox) || s->vms[j].id != vm->id, "a VM has two mailboxes");
        broken = broken_neighbours(&vm->mailbox, &s->vms[j].mailbox);
    }
    return broken;
}

static const char *broken_mailboxes(const struct spmc *s)
{
    const char *broken = NULL;

    for (unsigned i = 0; broken == NULL && i < VM_MAX; i++)
        broken = broken_vm(s, i);
    for (unsigned p = 0; broken == NULL && p < s->partition_count; p++) {
        const struct mailbox *m = &s->partitions[p].endpoint.mailbox;
        broken = broken_neighbours(m, &s->normal.mailbox);
        for (unsigned i = 0; broken == NULL && i < VM_MAX; i++)
            broken = broken_neighbours(m, &s->vms[i].mailbox);
        for (unsigned q = 0; broken == NULL && q < p; q++)
            broken = broken_neighbours(m, &s->partitions[q].endpoint.mailbox);
    }
    return broken;
}

const char *broken_state(const struct spmc *s, uint32_t kicks)
{
    const char *broken = broken_endpoint(&s->normal);

    if (broken == NULL)
        broken = broken_mailboxes(s);
    for (unsigned cpu = 0; broken == NULL && cpu < s->cpu_count; cpu++)
        broken = broken_cpu(s, cpu);
    for (unsigned p = 0; broken == NULL && p < s->partition_count; p++) {
        if (s->partitions[p].state != PARTITION_ABSENT)
            broken = broken_endpoint(&s->partitions[p].endpoint);
        if (broken == NULL)
            broken = broken_restart(s, &s->partitions[p], kicks);
        for (unsigned i = 0; broken == NULL && i < s->partitions[p].context_count; i++)
            broken = broken_vcpu(s, &s->vcpus[p * CPU_MAX + i], kicks);
    }
    return broken != NULL ? broken : broken_notifications(s);
}

const char *control_stays_away(struct spmc *s, unsigned cpu, unsigned bound)
{
    for (unsigned i = 0; i < bound; i++) {
        vcpu_ref current = s->cpus[cpu].current;
        struct event event = {.kind = EVENT_NORMAL_INTERRUPT};

        if (current == NO_VCPU)
            return NULL;
        if (s->vcpus[current].masked)
            event.kind = EVENT_DEADLINE;
        if (spmc_step(s, cpu, &event).kind > NEXT_AGAIN)
            return NULL;
    }
    return "control does not return to the Normal world";
}
