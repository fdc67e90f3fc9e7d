/* SPDX-License-Identifier: BSD-3-Clause */
/* Timers as numbers: registers in and out, expiry, alarms. */
#include "core/timer.h"

#include "core/device.h"
#include "core/interrupt.h"
#include "core/port.h"
#include "core/restart.h"

#define CONTROL_ENABLE 1
#define CONTROL_MASK 2
#define CONTROL_STATUS 4

void timer_reset(struct vcpu *v)
{
    for (unsigned i = 0; i < TIMERS; i++)
        v->timers[i] = (struct virtual_timer){0, 0, false};
    v->alarm = NEVER;
}

static bool is_on(const struct virtual_timer *t)
{
    return (t->control & (CONTROL_ENABLE | CONTROL_MASK)) == CONTROL_ENABLE && !t->fired;
}

/* Not before its partition's handlers may run again. */
static void set_alarm(struct spmc *s, struct vcpu *v)
{
    uint64_t earliest = device_earliest(vcpu_partition(s, v));

    v->alarm = NEVER;
    for (unsigned i = 0; i < TIMERS; i++)
        if (is_on(&v->timers[i]) && v->timers[i].compare < v->alarm)
            v->alarm = v->timers[i].compare;
    if (v->alarm < earliest)
        v->alarm = earliest;
}

/* ---- Alarms ---- */

/*
 * A vCPU of this CPU's that can be served: one that is off or dead has no alarm. Of an MP partition
 * it is the context of this CPU, which has no other home.
 */
static struct vcpu *first_to_expire(struct spmc *s, unsigned cpu)
{
    struct vcpu *first = NULL;
    uint64_t alarm = NEVER;

    for (unsigned i = 0; i < s->partition_count; i++) {
        struct vcpu *v = partition_vcpu(s, &s->partitions[i], cpu);
        if (v->alarm < alarm && v->home == cpu) {
            first = v;
            alarm = v->alarm;
        }
    }
    return first;
}

__attribute__((noinline)) void timer_rearm(struct spmc *s, unsigned cpu)
{
    const struct vcpu *first = first_to_expire(s, cpu);
    uint64_t restart = restart_alarm(s, cpu);
    uint64_t alarm = device_alarm(s, cpu);

    if (first != NULL && first->alarm < alarm)
        alarm = first->alarm;
    if (restart < alarm)
        alarm = restart;
    if (alarm == s->cpus[cpu].alarm)
        return;
    s->cpus[cpu].alarm = alarm;
    port_alarm(alarm);
}

COLD void timer_move(struct spmc *s, unsigned cpu, struct vcpu *v)
{
    v->home = (uint8_t)cpu;
    if (v->alarm != NEVER)
        timer_rearm(s, cpu);
}

/* What one CPU looked after is another's from now on. */
static void hand_over(struct spmc *s, unsigned from, unsigned to)
{
    for (unsigned i = 0; i < s->partition_count; i++) {
        const struct partition *p = &s->partitions[i];
        struct vcpu *v = partition_context(s, p, 0);
        if (!partition_is_mp(p) && v->home == from)
            v->home = (uint8_t)to;
    }
    restart_leave_cpu(s, from, to);
}

void timer_leave_cpu(struct spmc *s, unsigned cpu, unsigned other)
{
    hand_over(s, cpu, other);
    s->cpus[cpu].alarm = NEVER;
    port_alarm(NEVER);
    if (s->cpus[other].online)
        port_sgi_secure(other);
}

void timer_join_cpu(struct spmc *s, unsigned cpu)
{
    for (unsigned i = 0; i < CPU_MAX; i++)
        if (!s->cpus[i].online)
            hand_over(s, i, cpu);
    timer_rearm(s, cpu);
}

void timer_postpone(struct spmc *s, unsigned cpu, struct vcpu *v)
{
    if (v->alarm == NEVER)
        return;
    set_alarm(s, v);
    timer_rearm(s, cpu);
}

COLD void timer_look(struct spmc *s, unsigned cpu, struct vcpu *v)
{
    v->alarm = device_earliest(vcpu_partition(s, v));
    timer_rearm(s, cpu);
}

static void expire(struct spmc *s, unsigned cpu, struct vcpu *v)
{
    uint64_t now = port_now();

    for (unsigned i = 0; i < TIMERS; i++)
        if (is_on(&v->timers[i]) && v->timers[i].compare <= now) {
            v->timers[i].fired = true;
            interrupt_pend(cpu, v, SLOT_TIMER);
        }
    set_alarm(s, v);
}

/*
 * One at a time: the others' alarm is over too, so the next event follows at once. With all
 * interrupts masked the others wait until the CPU leaves that vCPU.
 */
struct next timer_expired(struct spmc *s, unsigned cpu, struct vcpu *running)
{
    bool alone = running != NULL && running->masked == MASK_ALL;
    struct vcpu *v = alone ? running : first_to_expire(s, cpu);
    struct next restart = restart_due(s, cpu, running);

    device_release_held(s, cpu);
    if (restart.vcpu != NULL) {
        timer_rearm(s, cpu);
        return restart;
    }
    if (v == NULL || v->alarm > port_now())
        v = NULL;
    else
        expire(s, cpu, v);
    timer_rearm(s, cpu);
    if (v == NULL)
        return vcpu_go_on(s, cpu, running);
    return device_signal(s, cpu, running, v);
}

/* ---- Registers ---- */

/* ISS of a trapped MSR or MRS, as in ESR_EL2: CRm tells the timer, op2 the register. */
#define ISS_READ 1
#define ISS_RT(esr) ((esr) >> 5 & 0x1f)
#define ISS_CRM(esr) ((esr) >> 1 & 0xf)
#define ISS_OP2(esr) ((esr) >> 17 & 0x7)
#define ISS_REST 0x31fc00 /* op0, op1, CRn */
#define ISS_TIMERS (3 << 20 | 3 << 14 | 14 << 10)
#define CRM_FIRST_TIMER 2
#define NO_REGISTER 31 /* xzr */

enum { TVAL, CONTROL, COMPARE };

static uint64_t read(const struct virtual_timer *t, unsigned what)
{
    uint64_t now = port_now();

    if (what == TVAL)
        return (uint32_t)(t->compare - now);
    if (what == COMPARE)
        return t->compare;
    return t->control | (t->control & CONTROL_ENABLE && t->compare <= now ? CONTROL_STATUS : 0);
}

static void write(struct virtual_timer *t, unsigned what, uint64_t value)
{
    if (what == TVAL)
        t->compare = port_now() + (uint64_t)(int64_t)(int32_t)value;
    else if (what == COMPARE)
        t->compare = value;
    else
        t->control = value & (CONTROL_ENABLE | CONTROL_MASK);
    t->fired = false;
}

bool timer_access(struct spmc *s, unsigned cpu, struct vcpu *v, uint64_t esr)
{
    unsigned rt = ISS_RT(esr);
    unsigned timer = ISS_CRM((unsigned)esr) - CRM_FIRST_TIMER;
    unsigned what = ISS_OP2((unsigned)esr);

    if ((esr & ISS_REST) != ISS_TIMERS || timer >= TIMERS || what > COMPARE)
        return false;
    if (!(esr & ISS_READ)) {
        write(&v->timers[timer], what, rt == NO_REGISTER ? 0 : v->regs.x[rt]);
        set_alarm(s, v);
        timer_rearm(s, cpu);
    } else if (rt != NO_REGISTER) {
        v->regs.x[rt] = read(&v->timers[timer], what);
    }
    return true;
}
