/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * EL1 state. EL3 does not switch it between worlds, so on each CPU one owner's is loaded (the
 * Normal world's, or a vCPU's) and changes hands only when another owner's is needed.
 */
#include "aarch64/fpu.h"
#include "aarch64/machine.h"
#include "aarch64/registers.h"
#include "core/stage2.h"
#include "core/vcpu.h"

/*
 * In pairs, as they go to memory and back. With E2H the EL1 registers have names of their own at
 * EL2, where those without _EL12 would be EL2's. VDISR_EL2 is what a partition has for DISR_EL1. */
#define EL1_REGISTERS(PAIR)                      \
    PAIR(sctlr, sctlr_el12, cpacr, cpacr_el12)   \
    PAIR(ttbr0, ttbr0_el12, ttbr1, ttbr1_el12)   \
    PAIR(tcr, tcr_el12, mair, mair_el12)         \
    PAIR(esr, esr_el12, far, far_el12)           \
    PAIR(vbar, vbar_el12, cntkctl, cntkctl_el12) \
    PAIR(elr, elr_el12, spsr, spsr_el12)         \
    PAIR(par, par_el1, vdisr, VDISR_EL2)         \
    PAIR(sp_el1, sp_el1, sp_el0, sp_el0)

/*
 * Those that few partitions use. A vCPU that never did runs with the Normal world's, which it can
 * neither read nor write: fine-grained traps stop its first access, and from then on the vCPU is
 * `whole`, with values of its own. On a CPU without such traps every vCPU is whole from its start,
 * and the virtual timer, which cannot be trapped there either, goes with them.
 */
#define RARE_REGISTERS(PAIR)                             \
    PAIR(tpidr_el0, tpidr_el0, tpidr_el1, tpidr_el1)     \
    PAIR(afsr0, afsr0_el12, afsr1, afsr1_el12)           \
    PAIR(amair, amair_el12, contextidr, contextidr_el12) \
    PAIR(csselr, csselr_el1, tpidrro_el0, tpidrro_el0)

/*
 * A vCPU's registers leave a CPU after the step that ended its stay, without the lock: who runs it
 * on another CPU waits until it is not resident any more.
 */
struct context {
    struct context
        *resident; /* itself (no constant is cheaper) in the registers of a CPU, or NULL */
#define PAIR(field, name, field2, name2) uint64_t field, field2;
    EL1_REGISTERS(PAIR)
    RARE_REGISTERS(PAIR)
#undef PAIR
    uint64_t vsttbr; /* of a vCPU: its stage 2, and the number that it sees of itself; of those that
                      * TTBR0_EL2 serves, that */
    uint64_t vttbr;
    uint64_t vmpidr;
    uint64_t cntv_ctl;
    uint64_t cntv_cval;
    bool whole; /* of a vCPU: the rare ones are its own, too */
    bool s_el0; /* it runs beside the Normal world's EL1, which stays loaded; whole as well */
} INDEXED(256);

extern uint64_t boot_tables[];

static struct context contexts[PARTITION_MAX * CPU_MAX];
static struct context normal[CPU_MAX];
static struct context *loaded[CPU_MAX];
static bool virtual_timer_is_trapped, rare_are_trapped;

#define VDISR_EL2 S3_4_C12_C1_1
#define VSTTBR_EL2 S3_4_C2_C6_0
#define VSTCR_EL2 S3_4_C2_C6_2
#define ICH_HCR_EL2 S3_4_C12_C11_0
#define HFGRTR_EL2 S3_4_C1_C1_4
#define HFGWTR_EL2 S3_4_C1_C1_5
#define HFGITR_EL2 S3_4_C1_C1_6

#define VMPIDR_RES1 BIT(31)
#define VTTBR_VMID_SHIFT 48
#define ID_MMFR0_ECV_SHIFT 60
#define ID_MMFR0_FGT_SHIFT 56

/* ---- Rare registers ---- */

/* Zeros elsewhere: what is new by then is trapped, TPIDR2_EL0 among it, which nothing else traps.
 */
static void trap_rare(bool trap)
{
    write_register(HFGRTR_EL2, trap ? HFG_RARE | HFG_CCSIDR : 0); /* CCSIDR shows CSSELR */
    write_register(HFGWTR_EL2, trap ? HFG_RARE : 0);
}

#define HOLDS(name)                                  \
    ({                                               \
        uint64_t old_ = read_register(name), holds_; \
        write_register(name, UINT64_MAX);            \
        holds_ = read_register(name);                \
        write_register(name, old_);                  \
        holds_ != 0;                                 \
    })

/*
 * Which traps this CPU has. AFSR and AMAIR are the CPU's own to write and to obey, which no trap
 * stops: so they must be none that hold anything.
 */
static void rare_cpu_init(void)
{
    bool fgt = (read_register(id_aa64mmfr0_el1) >> ID_MMFR0_FGT_SHIFT & 0xf) != 0;

    rare_are_trapped = fgt && virtual_timer_is_trapped && !HOLDS(afsr0_el12) &&
                       !HOLDS(afsr1_el12) && !HOLDS(amair_el12);
    if (fgt) {
        trap_rare(rare_are_trapped);
        write_register(HFGITR_EL2, 0);
    }
}

/* Between the Normal world and a vCPU that is whole, while the latter is loaded. */
static __attribute__((noinline)) void exchange_rare(struct context *last,
                                                    const struct context *next)
{
#define PAIR(field, name, field2, name2) \
    last->field = read_register(name);   \
    last->field2 = read_register(name2); \
    write_register(name, next->field);   \
    write_register(name2, next->field2);
    RARE_REGISTERS(PAIR)
#undef PAIR
    if (!virtual_timer_is_trapped) {
        last->cntv_ctl = read_register(cntv_ctl_el02);
        last->cntv_cval = read_register(cntv_cval_el02);
        write_register(cntv_cval_el02, next->cntv_cval);
        write_register(cntv_ctl_el02, next->cntv_ctl);
    }
    if (rare_are_trapped)
        trap_rare(!next->whole);
}

/*
 * An instruction on a system register was trapped: was it on a rare one, which the vCPU now has?
 * It is tried again; any other is trapped then, too, and that is its answer.
 */
bool context_give_rare(unsigned cpu)
{
    struct context *c = loaded[cpu];

    if (c->whole)
        return false;
    c->whole = true;
    exchange_rare(&normal[cpu], c);
    return true;
}

/* ---- Owners ---- */

/* What is the same for all partitions, set once on each CPU. */
void context_cpu_init(unsigned cpu)
{
    bool ecv = read_register(id_aa64mmfr0_el1) >> ID_MMFR0_ECV_SHIFT != 0;

    loaded[cpu] = &normal[cpu];
    normal[cpu].vsttbr = window_pa(boot_tables);
    fpu_cpu_init(cpu);
    virtual_timer_is_trapped = ecv;
    write_register(vtcr_el2, VTCR_COMMON | VTCR_PS_40 | VTCR_NSA | VTCR_RES1);
    write_register(VSTCR_EL2, VTCR_COMMON | VTCR_RES1);
    write_register(mdcr_el2, MDCR_TPMCR | MDCR_TPM | MDCR_TDA | MDCR_TDOSA | MDCR_TDRA | MDCR_TPMS |
                                 MDCR_TTRF | (read_register(pmcr_el0) >> 11 & 0x1f));
    write_register(cnthctl_el2, CNTHCTL_EL0PCTEN | CNTHCTL_EL0VCTEN | CNTHCTL_EL1PCTEN |
                                    (ecv ? CNTHCTL_EL1TVT : 0));
    rare_cpu_init();
    write_register(cntvoff_el2, 0);
    write_register(hstr_el2, 0);
    write_register(vpidr_el2, read_register(midr_el1));
    write_register(ICH_HCR_EL2, ICH_HCR_TC | ICH_HCR_TALL0 | ICH_HCR_TALL1 | ICH_HCR_TDIR);
    isb();
}

static inline void save(struct context *c)
{
#define PAIR(field, name, field2, name2)                            \
    {                                                               \
        uint64_t a = read_register(name), b = read_register(name2); \
        c->field = a;                                               \
        c->field2 = b;                                              \
    }
    EL1_REGISTERS(PAIR)
#undef PAIR
}

/* Both loads first: an instruction. */
#define write_pair(name, value, name2, value2)   \
    do {                                         \
        uint64_t a = (value), b = (value2);      \
        __asm__ volatile("" : "+r"(a), "+r"(b)); \
        write_register(name, a);                 \
        write_register(name2, b);                \
    } while (0)

static inline void restore(const struct context *c)
{
#define PAIR(field, name, field2, name2) write_pair(name, c->field, name2, c->field2);
    EL1_REGISTERS(PAIR)
#undef PAIR
}

static void reset(struct context *c, const struct vcpu *v)
{
    const struct partition *p = vcpu_partition(&spmc, v);

    __builtin_memset(c, 0, sizeof(*c));
    c->sctlr = SCTLR_EL1_RESET;
    c->vsttbr = p->roots[SPACE_SECURE];
    c->vttbr = p->roots[SPACE_NON_SECURE] | (uint64_t)p->vmid << VTTBR_VMID_SHIFT;
    c->vmpidr = VMPIDR_RES1 | v->index;
    c->s_el0 = v->special & SPECIAL_S_EL0;
    c->whole = c->s_el0 || !rare_are_trapped;
    if (c->s_el0)
        c->vsttbr |= (uint64_t)p->vmid << VTTBR_VMID_SHIFT; /* TTBR0_EL2, with its ASID */
}

static void release(struct context *c)
{
    __atomic_store_n(&c->resident, NULL, __ATOMIC_RELEASE);
}

/*
 * Between the Normal world and a vCPU at S-EL0, which has three registers and a stage 1 beside
 * EL1's, and can only read one of them. They are neighbours in pairs: two loads or stores are one.
 */
static INLINE void exchange_s_el0(struct context *last, const struct context *next)
{
    uint64_t sp = read_register(sp_el0), thread = read_register(tpidr_el0);

    last->sp_el0 = sp;
    last->tpidr_el0 = thread;
    last->tpidrro_el0 = read_register(tpidrro_el0);
    write_pair(sp_el0, next->sp_el0, tpidr_el0, next->tpidr_el0);
    write_pair(tpidrro_el0, next->tpidrro_el0, ttbr0_el2, next->vsttbr);
}

WAITING void wait_until_away(const struct context *c)
{
    while (__atomic_load_n(&c->resident, __ATOMIC_ACQUIRE))
        __asm__ volatile("yield");
}

/*
 * A context starts, perhaps not for the first time: what it had before is nobody's, and what TLBs
 * and instruction caches hold of its partition's earlier life is not true any more.
 */
static __attribute__((noinline)) void start(struct context *c, struct vcpu *v)
{
    reset(c, v);
    fpu_reset(v);
    v->special &= (uint8_t)~SPECIAL_FRESH;
    write_register(vttbr_el2, c->vttbr);
    isb();
    __asm__ volatile("tlbi vmalls12e1is\n\ttlbi alle2is\n\tic ialluis" ::: "memory");
    dsb();
    isb();
}

static INLINE bool is_resident(const struct context *c)
{
    return __atomic_load_n(&c->resident, __ATOMIC_ACQUIRE) != NULL;
}

static INLINE void settle(unsigned cpu, struct context *c)
{
    c->resident = c;
    loaded[cpu] = c;
}

static __attribute__((noinline)) void give_el1_back(unsigned cpu, struct context *last)
{
    struct context *own = &normal[cpu];

    fpu_leave(cpu, true);
    if (last->s_el0) {
        exchange_s_el0(last, own);
    } else {
        save(last);
        if (last->whole)
            exchange_rare(last, own);
        restore(own);
    }
    release(last);
}

INLINE void context_load_normal(unsigned cpu)
{
    struct context *own = &normal[cpu], *last = loaded[cpu];

    if (last == own)
        return;
    loaded[cpu] = own;
    if (last->s_el0 && fpu_is_normal(cpu)) {
        exchange_s_el0(last, own);
        release(last);
    } else {
        give_el1_back(cpu, last);
    }
}

/*
 * One that starts, and S-EL0, which runs beside the Normal world's EL1, come after the Normal
 * world; so does S-EL1 after S-EL0. Nobody waits before he has put away what he holds, so all waits
 * end.
 */
static __attribute__((noinline)) void prepare(unsigned cpu, struct vcpu *v, struct context *c)
{
    context_load_normal(cpu);
    if (is_resident(c))
        wait_until_away(c);
    if (v->special & SPECIAL_FRESH)
        start(c, v);
}

/* EL1's registers change hands; FP's have. */
INLINE void context_load_vcpu(unsigned cpu, struct vcpu *v)
{
    struct context *c = &contexts[v->self], *last;

    __asm__("" : "+r"(c)); /* its address is computed once */
    for (;; prepare(cpu, v, c)) {
        last = loaded[cpu];
        if (v->special) {
            if (v->special == SPECIAL_S_EL0 && last == &normal[cpu] && !is_resident(c)) {
                settle(cpu, c);
                exchange_s_el0(last, c);
                return;
            }
            if (last == c && !(v->special & SPECIAL_FRESH))
                return;
        } else {
            if (last == c)
                return;
            if (!last->whole)
                break;
            if (!last->s_el0) {
                exchange_rare(last, &normal[cpu]);
                break;
            }
        }
    }
    fpu_leave(cpu, false);
    save(last);
    release(last);
    if (is_resident(c))
        wait_until_away(c);
    settle(cpu, c);
    write_register(vmpidr_el2, c->vmpidr);
    write_pair(VSTTBR_EL2, c->vsttbr, vttbr_el2, c->vttbr);
    restore(c);
    if (c->whole)
        exchange_rare(&normal[cpu], c);
}

/* ---- Exceptions at S-EL1 ---- */

#define VECTORS_SIZE 0x800
#define VECTOR_SAME_SP0 0x000
#define VECTOR_SAME_SPX 0x200
#define VECTOR_LOWER 0x400
#define VECTOR_AARCH32 (0x200 / PSTATE_AARCH32)

/* It needs vectors, which S-EL0 has not, and must not have come from them. */
bool context_can_throw(const struct vcpu *v)
{
    uint64_t vbar = read_register(vbar_el12);

    return !(v->special & SPECIAL_S_EL0) && vbar != 0 && v->regs.pc - vbar >= VECTORS_SIZE;
}

/* What the CPU would do: the registers of the exception, and on from the vector that fits. */
void context_throw(struct vcpu *v)
{
    uint64_t pstate = v->regs.pstate;
    uint64_t keeps_pan = read_register(sctlr_el12) >> SCTLR_SPAN_TO_PAN;
    uint64_t vector = VECTOR_LOWER + (pstate & PSTATE_AARCH32) * VECTOR_AARCH32;

    if ((pstate & PSTATE_EL_MASK) == PSTATE_EL1)
        vector = pstate & PSTATE_SPSEL ? VECTOR_SAME_SPX : VECTOR_SAME_SP0;
    write_register(elr_el12, v->regs.pc);
    write_register(spsr_el12, pstate);
    write_register(esr_el12, v->exception.esr);
    write_register(far_el12, v->exception.far);
    v->regs.pc = read_register(vbar_el12) + vector;
    v->regs.pstate = PSTATE_EL1H_MASKED | ((pstate | ~keeps_pan) & PSTATE_PAN);
    v->exception.pending = false;
}
