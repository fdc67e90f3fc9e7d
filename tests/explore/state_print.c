/* SPDX-License-Identifier: BSD-3-Clause */
/* States for people. */
#include "explore/state.h"

#include <stdio.h>

static const char *const state_names[] = {"OFF",       "WAITING",     "RUNNING", "BLOCKED",
                                          "PREEMPTED", "INTERRUPTED", "ABORTED"};
static const char *const model_names[] = {"-", "init", "run", "direct", "power", "interrupt"};
static const char *const entry_names[] = {"none",     "cold init",        "warm init",
                                          "NWd call", "secure interrupt", "framework"};
static const char *const life_names[] = {"absent", "loaded", "starting",
                                         "live",   "dead",   "restored"};
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
