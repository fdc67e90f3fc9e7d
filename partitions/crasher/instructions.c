/* SPDX-License-Identifier: BSD-3-Clause */
/* Instructions and registers, floating point among them. */
#include "partitions/crasher/crasher.h"

/* registers.S */
struct fp_registers {
    uint64_t v[32][2];
    uint64_t fpcr;
    uint64_t fpsr;
};

void fp_load(const struct fp_registers *from);
void fp_store(struct fp_registers *to);
uint64_t run_at_el0(const void *code, uint64_t x[2], uint64_t pstate);
extern const uint32_t s_el0_code[], s_el0_code_end[];

/* ---- Instructions ---- */

void crash_undefined(struct ffa_regs *message)
{
    sdk_expect_faults();
    __asm__ volatile(".inst 0" ::: "memory");
    answer_seen(message, sdk_expected_fault());
}

void crash_forbidden_register(struct ffa_regs *message)
{
    sdk_expect_faults();
    __asm__ volatile("msr hcr_el2, xzr" ::: "memory");
    answer_seen(message, sdk_expected_fault());
}

static void open_fp(void) /* no trap of its own */
{
    if (!sdk_s_el0)
        __asm__ volatile("msr cpacr_el1, %0\n\tisb" ::"r"(3ULL << 20));
}

/* fmov d0, x0, as a number: this file is compiled without floating point. */
void crash_fp(struct ffa_regs *message)
{
    open_fp();
    sdk_expect_faults();
    __asm__ volatile(".inst 0x9e670000" ::: "memory");
    answer_seen(message, sdk_expected_fault());
}

static struct fp_registers fp_of_seed(uint64_t seed)
{
    struct fp_registers made = {.fpcr = CRASH_FPCR(seed), .fpsr = CRASH_FPSR(seed)};

    for (unsigned int i = 0; seed != 0 && i < 32; i++) {
        made.v[i][0] = CRASH_FP_LOW(seed, i);
        made.v[i][1] = CRASH_FP_HIGH(seed, i);
    }
    return made;
}

void crash_fp_load(struct ffa_regs *message)
{
    struct fp_registers wanted = fp_of_seed(message->x[4]);

    open_fp();
    fp_load(&wanted);
    answer_seen(message, 0);
}

void crash_fp_check(struct ffa_regs *message)
{
    struct fp_registers wanted = fp_of_seed(message->x[4]), seen;
    uint64_t differ;

    open_fp();
    fp_store(&seen);
    differ = (seen.fpcr != wanted.fpcr) + (seen.fpsr != wanted.fpsr);
    for (unsigned int i = 0; i < 32; i++)
        differ += seen.v[i][0] != wanted.v[i][0] || seen.v[i][1] != wanted.v[i][1];
    answer_seen(message, differ);
}

/* ---- Any instruction: in a page of its own, which is written or executed, never both ---- */

#define INSTRUCTION_RET 0xd65f03c0
#define INSTRUCTION_SVC 0xd4000001
#define EXECUTE_AT_EL0 (1ULL << 53 | 1ULL << 7 | 1ULL << 6) /* PXN, read-only, EL0 may */
#define EXCEPTION_SVC 0x15
#define EXCEPTION_SVC32 0x11
#define A32_SVC 0xef000000
#define T32_SVCS 0xdf00df00
#define PSTATE_EL0 0x3c0 /* all masked */
#define PSTATE_A32 0x1d0 /* so, too */
#define PSTATE_T32 0x1f0

static uint32_t code[SDK_PAGE / sizeof(uint32_t)] __attribute__((aligned(SDK_PAGE)));

static void make_code(uint32_t first, uint32_t second, uint32_t third, uint64_t attributes)
{
    sdk_map((uintptr_t)code, SDK_PAGE, SDK_WRITE);
    ((volatile uint32_t *)code)[0] = first;
    ((volatile uint32_t *)code)[1] = second;
    ((volatile uint32_t *)code)[2] = third;
    sdk_map((uintptr_t)code, SDK_PAGE, attributes);
    __asm__ volatile("dc cvau, %0\n\tdsb ish\n\tic ivau, %0\n\tdsb ish\n\tisb" ::"r"(code)
                     : "memory");
}

/* The instruction may be a call, which gives x0 to x17. */
static void execute_code(const uint32_t *at, uint64_t x[2])
{
    register uint64_t x0 __asm__("x0") = x[0];
    register uint64_t x1 __asm__("x1") = x[1];

    __asm__ volatile("blr %2"
                     : "+r"(x0), "+r"(x1)
                     : "r"(at)
                     : "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13",
                       "x14", "x15", "x16", "x17", "x30", "cc", "memory");
    x[0] = x0;
}

static uint64_t run_at_el1(uint64_t x[2])
{
    sdk_expect_faults();
    execute_code(code, x);
    return sdk_expected_fault();
}

/* It cannot write code, so the instruction must be one that its image has. */
static void execute_at_s_el0(struct ffa_regs *message)
{
    uint64_t x[2] = {message->x[5], message->x[6]};

    for (const uint32_t *at = s_el0_code; at < s_el0_code_end; at += 2)
        if (*at == message->x[4]) {
            execute_code(at, x);
            sdk_answer(message, DEMO_OK, 0, x[0], 0);
            return;
        }
    sdk_answer(message, DEMO_BAD_ARGUMENT, 0, 0, 0);
}

/* Both of them (four of T32), then an SVC, whose exception class is one of AArch32's own. */
static void execute_in_a32(struct ffa_regs *message)
{
    bool t32 = message->x[7] == CRASH_AT_T32;
    uint64_t x[2] = {message->x[5], message->x[6]};
    uint64_t esr;

    open_fp();
    make_code((uint32_t)message->x[4], (uint32_t)(message->x[4] >> 32), t32 ? T32_SVCS : A32_SVC,
              EXECUTE_AT_EL0);
    esr = run_at_el0(code, x, t32 ? PSTATE_T32 : PSTATE_A32);
    sdk_answer(message, DEMO_OK, esr >> 26 == EXCEPTION_SVC32 ? 0 : esr, (uint32_t)x[0], x[1]);
}

void crash_instruction(struct ffa_regs *message)
{
    bool at_el0 = message->x[7] == CRASH_AT_EL0;
    uint64_t esr, x[2] = {message->x[5], message->x[6]};

    if (sdk_s_el0) {
        execute_at_s_el0(message);
        return;
    }
    if (message->x[7] == CRASH_AT_A32 || message->x[7] == CRASH_AT_T32) {
        execute_in_a32(message);
        return;
    }
    if (at_el0) {
        make_code((uint32_t)message->x[4], INSTRUCTION_SVC, 0, EXECUTE_AT_EL0);
        esr = run_at_el0(code, x, PSTATE_EL0);
        if (esr >> 26 == EXCEPTION_SVC)
            esr = 0;
    } else {
        make_code((uint32_t)message->x[4], INSTRUCTION_RET, 0, SDK_EXECUTE);
        esr = run_at_el1(x);
    }
    sdk_answer(message, DEMO_OK, esr, x[0], at_el0 ? x[1] : 0);
}

/* The comparator first: a timer that was let through would not fire. */
void crash_timer(struct ffa_regs *message)
{
    uint64_t physical, virtual;

    sdk_expect_faults();
    __asm__ volatile("msr cntp_cval_el0, %0\n\tmsr cntp_ctl_el0, xzr" ::"r"(~0ULL) : "memory");
    physical = sdk_expected_fault();
    sdk_expect_faults();
    __asm__ volatile("msr cntv_cval_el0, %0\n\tmsr cntv_ctl_el0, xzr" ::"r"(~0ULL) : "memory");
    virtual = sdk_expected_fault();
    sdk_answer(message, DEMO_OK, physical, virtual, 0);
}

#define WRITE(name) __asm__ volatile("msr " name ", %0" ::"r"(pattern) : "memory")

/* Those that it needs itself to go on (MMU, vectors, stacks) differ from anyone else's already. */
void crash_system_registers(struct ffa_regs *message)
{
    const uint64_t pattern = 0x0bad0bad0bad0000;

    sdk_expect_faults(); /* registers that this CPU lacks, or that are trapped */
    WRITE("tpidr_el0");
    WRITE("tpidrro_el0");
    WRITE("tpidr_el1");
    WRITE("contextidr_el1");
    WRITE("ttbr1_el1");
    WRITE("amair_el1");
    WRITE("afsr0_el1");
    WRITE("afsr1_el1");
    WRITE("esr_el1");
    WRITE("far_el1");
    WRITE("elr_el1");
    WRITE("spsr_el1");
    WRITE("par_el1");
    WRITE("csselr_el1");
    WRITE("cpacr_el1");
    WRITE("cntkctl_el1");
    WRITE("actlr_el1");
    WRITE("s3_3_c13_c0_7"); /* SCXTNUM_EL0 */
    WRITE("s3_0_c13_c0_7"); /* SCXTNUM_EL1 */
    WRITE("s3_0_c2_c1_0");  /* APIAKeyLo_EL1 */
    WRITE("s3_0_c2_c1_1");  /* APIAKeyHi_EL1 */
    WRITE("s3_0_c2_c2_0");  /* APDAKeyLo_EL1 */
    WRITE("s3_0_c2_c2_1");  /* APDAKeyHi_EL1 */
    WRITE("s3_0_c2_c3_0");  /* APGAKeyLo_EL1 */
    WRITE("s3_0_c2_c3_1");  /* APGAKeyHi_EL1 */
    WRITE("s3_0_c1_c0_5");  /* RGSR_EL1 */
    WRITE("s3_0_c1_c0_6");  /* GCR_EL1 */
    WRITE("s3_0_c5_c6_0");  /* TFSR_EL1 */
    WRITE("s3_0_c5_c6_1");  /* TFSRE0_EL1 */
    WRITE("s3_0_c1_c2_0");  /* ZCR_EL1 */
    WRITE("s3_0_c1_c2_6");  /* SMCR_EL1 */
    WRITE("s3_3_c13_c0_5"); /* TPIDR2_EL0 */
    WRITE("pmuserenr_el0");
    WRITE("pmccfiltr_el0");
    WRITE("dbgbvr0_el1");
    WRITE("dbgwvr0_el1");
    answer_seen(message, sdk_expected_fault());
}

void crash_count(struct ffa_regs *message)
{
    uint64_t count, shown;

    if (sdk_s_el0)
        __asm__ volatile("mrs %0, tpidr_el0\n\tadd %0, %0, 1\n\tmsr tpidr_el0, %0" : "=r"(count));
    else
        __asm__ volatile("mrs %0, tpidr_el1\n\tadd %0, %0, 1\n\tmsr tpidr_el1, %0" : "=r"(count));
    __asm__ volatile("mrs %0, tpidrro_el0" : "=r"(shown));
    sdk_answer(message, DEMO_OK, count, shown, 0);
}
