/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Post-mortems. A death's must not keep the Normal world waiting: what may have changed a moment
 * later is printed at once, and is short; the trace keeps itself, and follows a line at a time.
 */
#include "core/report.h"

#include "core/console.h"
#include "core/trace.h"
#include "core/vcpu.h"

/* By state, their first letters: all differ. */
static const char letters[VCPU_STATES][2] = {"o", "w", "r", "b", "p", "i", "a"};

static void print_states(const struct spmc *s)
{
    print("  vCPUs (off, waiting, running, blocked, preempted, interrupted, aborted):");
    for (unsigned i = 0; i < s->partition_count; i++) {
        const struct partition *p = &s->partitions[i];
        print(" %s ", p->name);
        for (unsigned j = 0; j < p->context_count; j++)
            print("%s", letters[s->vcpus[p->first_vcpu + j].state]);
    }
    print("\n");
}

/* From a vCPU to whoever gave it its cycles, and on to the head of the chain. No longer than a
 * chain can be: what is reported may be that they are wrong. */
static void print_chain(const struct spmc *s, const struct vcpu *v)
{
    for (unsigned links = 1;; links++) {
        print("%s %u", s->partitions[v->partition].name, v->index);
        if (v->caller < 0 || links == PARTITION_MAX)
            break;
        print(", called by ");
        v = &s->vcpus[v->caller];
    }
    print(v->caller == NORMAL_WORLD ? ", called by the Normal world\n" : "\n");
}

void report_death(struct spmc *s, unsigned cpu, const struct vcpu *v, const char *reason)
{
    const struct regs *r = &v->regs;

    print("bulkhead: partition %s, context %u on cpu %u, dies: %s\n",
          s->partitions[v->partition].name, v->index, cpu, reason);
    print("  chain: ");
    print_chain(s, v);
    print_states(s);
    print("  pc %lx pstate %lx\n", r->pc, r->pstate);
    print_registers(r->x);
    if (!TRACE)
        return;
    trace_reason(cpu, reason);
    trace_report();
    s->cpus[cpu].chores |= CHORE_REPORT;
}

void report_all(const struct spmc *s)
{
    print_states(s);
    for (unsigned i = 0; i < CPU_MAX; i++) {
        vcpu_ref current = s->cpus[i].current; /* once: other CPUs go on meanwhile */
        if (current >= 0) {
            print("  cpu %u runs ", i);
            print_chain(s, &s->vcpus[current]);
        }
    }
    for (unsigned i = 0; i < CPU_MAX; i++)
        trace_print(i, TRACE_REPORTED);
}
