/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Floating-point registers on first use. A partition has V0-V31, FPCR and FPSR; SVE and SME stay
 * trapped, so of the Normal world's state only what FP instructions or leaving streaming mode can
 * destroy is kept: vectors at their full length, predicates, FFR. ZA and ZT0 are out of reach.
 */
#include "aarch64/fpu.h"

#include "aarch64/machine.h"
#include "aarch64/registers.h"

#define FPCR S3_3_C4_C4_0
#define FPSR S3_3_C4_C4_1
#define SVCR S3_3_C4_C2_2
#define ZCR_EL2 S3_4_C1_C2_0
#define SMCR_EL2 S3_4_C1_C2_6
#define ID_AA64SMFR0_EL1 S3_0_C0_C4_5

#define SVCR_STREAMING BIT(0)
#define LENGTH_LONGEST 0xf
#define SMCR_FA64 BIT(31) /* also of ID_AA64SMFR0_EL1 in bit 63 */

#define CPTR_OPEN_FP (3 << 20)
#define CPTR_OPEN_ALL (CPTR_OPEN_FP | 3 << 16 | 3 << 24)

void fpu_store_v(void *to);
void fpu_load_v(const void *from);
void fpu_store_z(void *z, void *p);
void fpu_load_z(const void *z, const void *p);
void fpu_store_ffr(void *p);
void fpu_load_ffr(const void *p);

struct fp_state {
    uint8_t v[FP_V_BYTES];
    uint64_t fpcr;
    uint64_t fpsr;
};

/* The Normal world's: `basic` where the CPU has no SVE. */
struct wide_state {
    uint8_t z[FP_Z_BYTES];
    uint8_t p[FP_P_BYTES];
    struct fp_state basic;
    uint64_t svcr;
};

static struct fp_state states[PARTITION_MAX * CPU_MAX] __attribute__((aligned(16)));
static struct wide_state normal[CPU_MAX] __attribute__((aligned(16)));

/* The state that is in the registers of a CPU; NULL: the Normal world's; or one that is saved. */
static struct fp_state *owner[CPU_MAX];
static struct fp_state nobody;

static bool has_sve, has_sme, has_fa64;

static struct fp_state *state_of(const struct vcpu *v)
{
    return &states[v->self];
}

static void open_traps(uint64_t open)
{
    write_register(cptr_el2, CPTR_TTA | CPTR_TAM | open);
    isb();
}

void fpu_cpu_init(unsigned cpu)
{
    has_sve = (read_register(id_aa64pfr0_el1) >> 32 & 0xf) != 0;
    has_sme = (read_register(id_aa64pfr1_el1) >> 24 & 0xf) != 0;
    has_fa64 = has_sme && read_register(ID_AA64SMFR0_EL1) >> 63;
    owner[cpu] = NULL;
    open_traps(0);
}

/* ---- One state to memory and back ---- */

static void store(struct fp_state *s)
{
    fpu_store_v(s->v);
    s->fpcr = read_register(FPCR);
    s->fpsr = read_register(FPSR);
}

static void load(const struct fp_state *s)
{
    fpu_load_v(s->v);
    write_register(FPCR, s->fpcr);
    write_register(FPSR, s->fpsr);
}

/* In streaming mode FFR exists only with FA64; elsewhere always. */
static bool ffr_is_live(uint64_t svcr)
{
    return !(svcr & SVCR_STREAMING) || has_fa64;
}

/* The lengths are the longest meanwhile, so that nothing is left out; then as the Normal world had
 * them. */
static void with_longest(void (*work)(struct wide_state *), struct wide_state *w)
{
    uint64_t zcr = read_register(ZCR_EL2);
    uint64_t smcr = has_sme ? read_register(SMCR_EL2) : 0;

    write_register(ZCR_EL2, LENGTH_LONGEST);
    if (has_sme)
        write_register(SMCR_EL2, smcr | LENGTH_LONGEST | (has_fa64 ? SMCR_FA64 : 0));
    isb();
    work(w);
    write_register(ZCR_EL2, zcr);
    if (has_sme)
        write_register(SMCR_EL2, smcr);
    isb();
}

/* Leaving streaming mode clears vectors, predicates and FFR, and sets FPSR. */
static void store_wide(struct wide_state *w)
{
    w->svcr = has_sme ? read_register(SVCR) : 0;
    fpu_store_z(w->z, w->p);
    if (ffr_is_live(w->svcr))
        fpu_store_ffr(w->p);
    w->basic.fpcr = read_register(FPCR);
    w->basic.fpsr = read_register(FPSR);
    if (w->svcr & SVCR_STREAMING)
        write_register(SVCR, w->svcr & ~SVCR_STREAMING);
}

static void load_wide(struct wide_state *w)
{
    if (w->svcr & SVCR_STREAMING)
        write_register(SVCR, w->svcr);
    if (ffr_is_live(w->svcr))
        fpu_load_ffr(w->p);
    fpu_load_z(w->z, w->p);
    write_register(FPCR, w->basic.fpcr);
    write_register(FPSR, w->basic.fpsr);
}

static void take_from_owner(unsigned cpu)
{
    if (owner[cpu] == &nobody)
        return;
    if (owner[cpu] != NULL)
        store(owner[cpu]);
    else if (has_sve || has_sme)
        with_longest(store_wide, &normal[cpu]);
    else
        store(&normal[cpu].basic);
}

/* ---- Owners ---- */

void fpu_give(unsigned cpu, const struct vcpu *v)
{
    open_traps(CPTR_OPEN_ALL);
    take_from_owner(cpu);
    owner[cpu] = state_of(v);
    load(owner[cpu]);
    open_traps(CPTR_OPEN_FP);
}

static __attribute__((noinline)) void put_away(unsigned cpu)
{
    if (owner[cpu] == &nobody)
        return;
    take_from_owner(cpu);
    owner[cpu] = &nobody;
    open_traps(0);
}

static __attribute__((noinline)) void give_back(unsigned cpu)
{
    open_traps(CPTR_OPEN_ALL);
    take_from_owner(cpu);
    owner[cpu] = NULL;
    if (has_sve || has_sme)
        with_longest(load_wide, &normal[cpu]);
    else
        load(&normal[cpu].basic);
    open_traps(0);
}

bool fpu_is_normal(unsigned cpu)
{
    return owner[cpu] == NULL;
}

void fpu_leave(unsigned cpu, bool to_normal)
{
    if (fpu_is_normal(cpu))
        return;
    if (to_normal)
        give_back(cpu);
    else
        put_away(cpu);
}

void fpu_reset(const struct vcpu *v)
{
    __builtin_memset(state_of(v), 0, sizeof(struct fp_state));
}
