/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What must hold in every state of the SPMC, and of every step: one list for the
 * explorer and the fuzzer. Each check returns NULL, or what is broken.
 */
#ifndef TESTS_SUPPORT_INVARIANTS_H
#define TESTS_SUPPORT_INVARIANTS_H

#include "core/spmc.h"

/* One step: the state before (arguments of the call in place), the state after, what followed. */
struct observation {
    const struct spmc *before;
    const struct spmc *after;
    unsigned cpu;
    const struct event *event;
    struct next next;
    bool secrets; /* plant_secrets() was called before: whose registers went where is known */
    bool same;    /* the caller has compared: nothing changed but the registers of who ran */
};

/* The entry that an event opens or goes on with, by the rules of the SPMD and not by the core. */
enum entry expected_entry(const struct spmc *before, unsigned cpu, const struct event *event);

/* `kicks`: CPUs with a Secure SGI on its way. */
const char *broken_state(const struct spmc *s, uint32_t kicks);
const char *broken_notifications(const struct spmc *s); /* a part of it, as this */
const char *broken_restart(const struct spmc *s, const struct partition *p, uint32_t kicks);
const char *broken_step(const struct observation *o);
const char *broken_return(const struct observation *o); /* a part of it */

/* Whether a device's SPI, by slot, is on at the GIC: as port_model has it after each step. */
bool gic_enables(const struct spmc *s, const struct partition *p, unsigned slot);

/* FFA_RUN is answered with the end of a call in flight: no refusal, though it looks so. */
bool tells_of_a_death(const struct observation *o);

/*
 * Interrupts and deadlines alone bring this CPU back to the Normal world (or finish its start)
 * within `bound` of them. Works on `s` and spoils it.
 */
const char *control_stays_away(struct spmc *s, unsigned cpu, unsigned bound);

/* Plants a secret of its own in every register of every vCPU and Normal-world frame. */
void plant_secrets(struct spmc *s);

/* The secret of register i of a vCPU, or of a CPU's Normal-world frame. */
uint64_t secret_of_vcpu(unsigned vcpu, unsigned i);
uint64_t secret_of_normal(unsigned cpu, unsigned i);

/* ---- What the files of step invariants share ---- */

/* Whether a vCPU is being restored, or is in the start that follows. */
bool starts_again(const struct observation *o, const struct vcpu *v);

/* The registers of all vCPUs and CPUs, of one vCPU, of a CPU's Normal world. */
const char *broken_registers(const struct observation *o);
const char *broken_vcpu_frame(const struct observation *o, unsigned i);
const char *broken_normal_frame(const struct observation *o, unsigned cpu);

#endif
