/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a partition can do besides calling: reach for others' memory, execute what it should not,
 * waste time, rewrite what Bulkhead reads for a sibling, die.
 */
#include "partitions/rogue/rogue.h"

/* Bulkhead's and TF-A's memory, the first partition's (echo), and devices. */
#define FIRMWARE 0x0e000000ULL
#define FIRMWARE_SIZE 0x200000ULL
#define NEIGHBOUR 0x0e200000ULL
#define DEVICES 0x08000000ULL
#define DEVICES_SIZE 0x02000000ULL
#define NORMAL_MEMORY 0x40000000ULL
#define NORMAL_MEMORY_SIZE 0x40000000ULL

void misdeeds_prepare(void)
{
    sdk_map(FIRMWARE, FIRMWARE_SIZE, SDK_WRITE);
    sdk_map(NEIGHBOUR, SDK_PAGE, SDK_WRITE);
    sdk_map(DEVICES, DEVICES_SIZE, SDK_DEVICE);
    sdk_map(NORMAL_MEMORY, NORMAL_MEMORY_SIZE, SDK_WRITE | SDK_NONSECURE);
}

static bool is_for_others_alone(uint64_t address)
{
    return address >= FIRMWARE && address < NEIGHBOUR + SDK_PAGE;
}

/* A load or a store; which of them faulted is counted, and must be all where others' memory is. */
static void touch(struct rogue *rogue)
{
    uint64_t address = invent_page(&rogue->by) + 8 * invent_below(&rogue->by, 512), value = 0;
    bool faulted;

    sdk_expect_faults();
    if (invent_chance(&rogue->by, 50))
        __asm__ volatile("ldr %0, [%1]" : "+r"(value) : "r"(address) : "memory");
    else
        __asm__ volatile("str %0, [%1]" ::"r"(value), "r"(address) : "memory");
    faulted = sdk_expected_fault() != 0;
    rogue->faults += faulted;
    rogue->breaches += !faulted && is_for_others_alone(address);
}

/* Each is followed by a return. */
#define INSTRUCTION(word) ".inst " #word "\n\tret\n\t"

extern const uint32_t rogue_instructions[], rogue_instructions_end[];

__asm__(".pushsection .text\n\t.balign 8\n"
        "rogue_instructions:\n\t" INSTRUCTION(0x00000000) /* undefined */
        INSTRUCTION(0xd51c1100)                           /* msr hcr_el2, x0 */
        INSTRUCTION(0xd53c1100)                           /* mrs x0, hcr_el2 */
        INSTRUCTION(0xd51e1100)                           /* msr scr_el3, x0 */
        INSTRUCTION(0xd5081000 | 0x7640)                  /* dc isw, x0 */
        INSTRUCTION(0xd5087e40)                           /* dc cisw, x0 */
        INSTRUCTION(0xd50c871f)                           /* tlbi alle2 */
        INSTRUCTION(0xd508871f)                           /* tlbi vmalle1 */
        INSTRUCTION(0xd508831f)                           /* tlbi vmalle1is */
        INSTRUCTION(0xd53b9d00)                           /* mrs x0, pmccntr_el0 */
        INSTRUCTION(0xd51b9c00)                           /* msr pmcr_el0, x0 */
        INSTRUCTION(0xd5100240)                           /* msr mdscr_el1, x0 */
        INSTRUCTION(0xd51be220)                           /* msr cntp_ctl_el0, x0 */
        INSTRUCTION(0xd51be200)                           /* msr cntp_tval_el0, x0 */
        INSTRUCTION(0xd51be320)                           /* msr cntv_ctl_el0, x0 */
        INSTRUCTION(0xd51be300)                           /* msr cntv_tval_el0, x0 */
        INSTRUCTION(0xd51fe220)                           /* msr cntps_ctl_el1, x0 */
        INSTRUCTION(0xd5182100)                           /* msr apiakeylo_el1, x0 */
        INSTRUCTION(0xd5181020)                           /* msr actlr_el1, x0: undefined */
        INSTRUCTION(0xd53b0020)                           /* mrs x0, ctr_el0 */
        INSTRUCTION(0x9e670000)                           /* fmov d0, x0 */
        INSTRUCTION(0x04a0e3e0)                           /* cntw x0: SVE */
        INSTRUCTION(0xd503477f)                           /* smstart */
        INSTRUCTION(0xd4000001)                           /* svc #0 */
        INSTRUCTION(0xd4202000)                           /* brk #0x100 */
        INSTRUCTION(0xd4402000)                           /* hlt #0x100 */
        INSTRUCTION(0xd42fffe2)                           /* hvc-like: undefined */
        INSTRUCTION(0xd503205f)                           /* wfe */
        INSTRUCTION(0xd503203f)                           /* yield */
        INSTRUCTION(0xd503305f)                           /* clrex */
        INSTRUCTION(0xd69f03e0 & 0xd503201f)              /* nop */
        "\nrogue_instructions_end:\n\t.popsection");

static void execute(struct rogue *rogue, const uint32_t *at)
{
    register uint64_t x0 __asm__("x0") = invent_random(&rogue->by);
    register uint64_t x1 __asm__("x1") = invent_random(&rogue->by);

    sdk_expect_faults();
    __asm__ volatile("blr %2"
                     : "+r"(x0), "+r"(x1)
                     : "r"(at)
                     : "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13",
                       "x14", "x15", "x16", "x17", "x30", "cc", "memory");
    rogue->faults += sdk_expected_fault() != 0;
}

static void execute_one(struct rogue *rogue)
{
    uint32_t count = (uint32_t)(rogue_instructions_end - rogue_instructions) / 2;

    execute(rogue, &rogue_instructions[2 * invent_below(&rogue->by, count)]);
}

static void waste_time(struct rogue *rogue)
{
    uint64_t microseconds = invent_below(&rogue->by, 1000);
    uint64_t end = sdk_ticks() + microseconds * sdk_frequency() / 1000000;

    while (sdk_ticks() < end)
        __asm__ volatile("yield");
}

static void wait_for_interrupt(struct rogue *rogue)
{
    sdk_timer_in(invent_below(&rogue->by, 20000));
    __asm__ volatile("wfi" ::: "memory");
}

/* Whoever makes a call meanwhile has it read in the midst of this. */
static void rewrite(struct rogue *rogue)
{
    uint8_t *tx = (uint8_t *)rogue->by.shared->tx;

    for (unsigned int i = 50 + invent_below(&rogue->by, 500); i != 0; i--)
        invent_spoil(&rogue->by, tx, 256);
}

static void hypercall(struct rogue *rogue)
{
    static const uint16_t numbers[] = {HF_INTERRUPT_ENABLE, HF_INTERRUPT_GET,
                                       HF_INTERRUPT_DEACTIVATE, HF_INTERRUPT_RECONFIGURE};
    struct ffa_regs regs = {.x = {INVENT_ONE_OF(&rogue->by, numbers)}};

    regs.x[1] = invent_near(&rogue->by, invent_below(&rogue->by, 48));
    regs.x[2] = invent_near(&rogue->by, invent_below(&rogue->by, 4));
    regs.x[3] = invent_near(&rogue->by, invent_below(&rogue->by, 4));
    ffa_call(&regs);
    rogue->calls++;
}

/* PSCI, SMCCC, SiP, OEM, trusted OS, yielding: anything but FF-A. */
static void foreign_call(struct rogue *rogue)
{
    static const uint32_t bases[] = {0x80000000, 0x82000000, 0x83000000, 0x84000000, 0xc4000000,
                                     0x85000000, 0xb2000000, 0xc4000050, 0x84000100, 0x00000000};
    struct ffa_regs regs = {.x = {INVENT_ONE_OF(&rogue->by, bases)}};

    regs.x[0] += invent_below(&rogue->by, 32);
    for (unsigned int i = 1; i < 8; i++)
        regs.x[i] = invent_near(&rogue->by, invent_page(&rogue->by));
    ffa_call(&regs);
    rogue->calls++;
}

/* ---- The end ---- */

static uint32_t code[SDK_PAGE / sizeof(uint32_t)] __attribute__((aligned(SDK_PAGE)));

/* QEMU does not trap the GIC's CPU interface (docs/THREATS.md). */
static bool may_be_the_gics(uint32_t crn, uint32_t crm)
{
    return crn == 12 || (crn == 4 && crm == 6);
}

/* SCTLR, TTBR0, TCR, MAIR: without them there is no way to the vectors. */
static bool leads_to_its_vectors(uint32_t crn)
{
    return crn == 1 || crn == 2 || crn == 10;
}

static bool is_left_out(const struct rogue *rogue, uint32_t word)
{
    uint32_t crn = word >> 12 & 0xf, crm = word >> 8 & 0xf;
    bool system = word >> 22 == 0x354;

    return system &&
           (may_be_the_gics(crn, crm) || (!rogue->may_stick && leads_to_its_vectors(crn)));
}

static void execute_random_words(struct rogue *rogue)
{
    uint32_t word;

    for (unsigned int i = invent_below(&rogue->by, 64); i != 0; i--) {
        do
            word = (uint32_t)invent_random(&rogue->by);
        while (is_left_out(rogue, word));
        sdk_map((uintptr_t)code, SDK_PAGE, SDK_WRITE);
        ((volatile uint32_t *)code)[0] = word;
        ((volatile uint32_t *)code)[1] = 0xd65f03c0; /* ret */
        sdk_map((uintptr_t)code, SDK_PAGE, SDK_EXECUTE);
        __asm__ volatile("dc cvau, %0\n\tdsb ish\n\tic ivau, %0\n\tdsb ish\n\tisb" ::"r"(code)
                         : "memory");
        execute(rogue, code);
    }
}

static void die(struct rogue *rogue)
{
    switch (invent_below(&rogue->by, 5)) {
    case 0:
        ffa_abort();
    case 1:
        __asm__ volatile(".inst 0" ::: "memory"); /* reported by its own handler, which aborts */
        break;
    case 2: /* without vectors: what stage 2 refuses ends it, all else lasts until the deadline */
        __asm__ volatile("msr vbar_el1, xzr\n\tisb" ::: "memory");
        if (rogue->may_stick)
            __asm__ volatile(".inst 0" ::: "memory");
        *(volatile uint64_t *)FIRMWARE;
        break;
    case 3: /* a handler that faults */
        __asm__ volatile("mov x0, #0x40\n\tmsr spsel, #1\n\tmov sp, x0\n\t.inst 0" ::
                             : "x0", "memory");
        break;
    default: /* only where a deadline ends it */
        if (sdk_contexts() == 1)
            for (;;)
                __asm__ volatile("");
        ffa_abort();
    }
}

void misdeed(struct rogue *rogue)
{
    uint32_t what = invent_below(&rogue->by, 100);

    if (what < 30)
        touch(rogue);
    else if (what < 50)
        execute_one(rogue);
    else if (what < 58)
        waste_time(rogue);
    else if (what < 63)
        wait_for_interrupt(rogue);
    else if (what < 73)
        rewrite(rogue);
    else if (what < 85)
        hypercall(rogue);
    else
        foreign_call(rogue);
}

/* Whatever it executes ends by a fault or a deadline, where there is one. */
void last_misdeed(struct rogue *rogue)
{
    if (sdk_contexts() == 1 && invent_chance(&rogue->by, 50))
        execute_random_words(rogue);
    if (invent_chance(&rogue->by, 70))
        die(rogue);
}
