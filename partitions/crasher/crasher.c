/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * crasher: does one named bad thing on request (abi/demo.h lists them), so that
 * tests can see what the SPMC makes of it. A row in a table for each; what a partition may
 * survive is answered with what it saw: an ESR, a status, a register.
 */
#include "abi/demo.h"
#include "partitions/sdk/sdk.h"
#include "tests/bench/mark.h"

/* Two pages of Bulkhead's own memory. Stage 1 is this partition's to write: it maps them anyway. */
#define BULKHEAD_DATA 0x0e100000
#define BULKHEAD_CODE 0x0e101000
/* All Normal memory that the board may have, the page that the manifest asks for among it. */
#define NORMAL_MEMORY 0x40000000ULL
#define NORMAL_MEMORY_SIZE 0xc0000000ULL
/* The board's devices, Secure ones among them. */
#define DEVICES 0x08000000ULL
#define DEVICES_SIZE 0x02000000ULL
/* TF-A's memory, and the first partition's. */
#define TFA_DATA 0x0e000000
#define NEIGHBOUR 0x0e200000
#define CLOCK_CLEAR 0x1c /* RTCICR of the PL031 */

/* registers.S */
struct fp_registers {
    uint64_t v[32][2];
    uint64_t fpcr;
    uint64_t fpsr;
};

void fp_load(const struct fp_registers *from);
void fp_store(struct fp_registers *to);
uint64_t run_at_el0(const void *code, uint64_t x[2]);

static void answer_seen(struct ffa_regs *message, uint64_t seen)
{
    sdk_answer(message, DEMO_OK, seen, 0, 0);
}

/* Loads and stores are spelled out: the compiler may not split, repeat or drop them. */
static uint64_t load(uint64_t address)
{
    uint64_t value = 0;

    __asm__ volatile("ldr %0, [%1]" : "+r"(value) : "r"(address) : "memory");
    return value;
}

static void store(uint64_t address, uint64_t value)
{
    __asm__ volatile("str %0, [%1]" ::"r"(value), "r"(address) : "memory");
}

/* ---- Memory ---- */

static void crash_read(struct ffa_regs *message)
{
    sdk_expect_faults();
    load(BULKHEAD_DATA);
    answer_seen(message, sdk_expected_fault());
}

static void crash_write(struct ffa_regs *message)
{
    sdk_expect_faults();
    store(BULKHEAD_DATA, 0xbad);
    answer_seen(message, sdk_expected_fault());
}

static void crash_execute(struct ffa_regs *message)
{
    sdk_expect_faults();
    ((void (*)(void))BULKHEAD_CODE)();
    answer_seen(message, sdk_expected_fault());
}

static void crash_read_fatal(struct ffa_regs *message)
{
    answer_seen(message, load(BULKHEAD_DATA));
}

static void crash_read_normal(struct ffa_regs *message)
{
    sdk_expect_faults();
    load(message->x[4]);
    answer_seen(message, sdk_expected_fault());
}

static void crash_normal_page(struct ffa_regs *message)
{
    uint64_t value, esr;

    sdk_expect_faults();
    store(message->x[4], message->x[5]);
    value = load(message->x[4]);
    esr = sdk_expected_fault();
    if (esr == 0)
        answer_seen(message, value);
    else
        sdk_answer(message, DEMO_BAD_ARGUMENT, esr, 0, 0);
}

static uint64_t regions; /* of this partition, if its manifest has any */

/* Stage 1 is in nobody's way. */
static void crash_region(struct ffa_regs *message)
{
    uint64_t page = regions + message->x[4] * SDK_PAGE;

    if (regions == 0 || message->x[4] >= CRASHER_REGIONS) {
        sdk_answer(message, DEMO_BAD_ARGUMENT, 0, 0, 0);
        return;
    }
    sdk_map(page, SDK_PAGE, message->x[5] == 4 ? SDK_EXECUTE : SDK_WRITE);
    sdk_expect_faults();
    if (message->x[5] == 1)
        load(page);
    else if (message->x[5] == 2)
        store(page, 0xbad);
    else
        ((void (*)(void))page)();
    answer_seen(message, sdk_expected_fault());
}

static __attribute__((noinline)) uint64_t deeper(uint64_t depth)
{
    volatile uint64_t room[16] = {depth};

    return depth == 0 ? 0 : deeper(depth + 1) + room[0];
}

static void crash_stack(struct ffa_regs *message)
{
    answer_seen(message, deeper(1));
}

static void crash_no_vectors(struct ffa_regs *message)
{
    __asm__ volatile("msr vbar_el1, xzr\n\tisb");
    answer_seen(message, load(BULKHEAD_DATA));
}

/* ---- Instructions ---- */

static void crash_undefined(struct ffa_regs *message)
{
    sdk_expect_faults();
    __asm__ volatile(".inst 0" ::: "memory");
    answer_seen(message, sdk_expected_fault());
}

static void crash_forbidden_register(struct ffa_regs *message)
{
    sdk_expect_faults();
    __asm__ volatile("msr hcr_el2, xzr" ::: "memory");
    answer_seen(message, sdk_expected_fault());
}

static void open_fp(void) /* no trap of its own */
{
    __asm__ volatile("msr cpacr_el1, %0\n\tisb" ::"r"(3ULL << 20));
}

/* fmov d0, x0, as a number: this file is compiled without floating point. */
static void crash_fp(struct ffa_regs *message)
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

static void crash_fp_load(struct ffa_regs *message)
{
    struct fp_registers wanted = fp_of_seed(message->x[4]);

    open_fp();
    fp_load(&wanted);
    answer_seen(message, 0);
}

static void crash_fp_check(struct ffa_regs *message)
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

static uint32_t code[SDK_PAGE / sizeof(uint32_t)] __attribute__((aligned(SDK_PAGE)));

static void make_code(uint32_t first, uint32_t second, uint64_t attributes)
{
    sdk_map((uintptr_t)code, SDK_PAGE, SDK_WRITE);
    ((volatile uint32_t *)code)[0] = first;
    ((volatile uint32_t *)code)[1] = second;
    sdk_map((uintptr_t)code, SDK_PAGE, attributes);
    __asm__ volatile("dc cvau, %0\n\tdsb ish\n\tic ivau, %0\n\tdsb ish\n\tisb" ::"r"(code)
                     : "memory");
}

/* The instruction may be a call, which gives x0 to x17. */
static void execute_code(uint64_t x[2])
{
    register uint64_t x0 __asm__("x0") = x[0];
    register uint64_t x1 __asm__("x1") = x[1];

    __asm__ volatile("blr %2"
                     : "+r"(x0), "+r"(x1)
                     : "r"(code)
                     : "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13",
                       "x14", "x15", "x16", "x17", "x30", "cc", "memory");
    x[0] = x0;
}

static uint64_t run_at_el1(uint64_t x[2])
{
    sdk_expect_faults();
    execute_code(x);
    return sdk_expected_fault();
}

static void crash_instruction(struct ffa_regs *message)
{
    bool at_el0 = message->x[7] == 1;
    uint64_t esr, x[2] = {message->x[5], message->x[6]};

    if (at_el0) {
        make_code((uint32_t)message->x[4], INSTRUCTION_SVC, EXECUTE_AT_EL0);
        esr = run_at_el0(code, x);
        if (esr >> 26 == EXCEPTION_SVC)
            esr = 0;
    } else {
        make_code((uint32_t)message->x[4], INSTRUCTION_RET, SDK_EXECUTE);
        esr = run_at_el1(x);
    }
    sdk_answer(message, DEMO_OK, esr, x[0], 0);
}

static uint8_t device[SDK_PAGE] __attribute__((aligned(SDK_PAGE)));

static void crash_device(struct ffa_regs *message)
{
    sdk_expect_faults();
    load((uintptr_t)device + message->x[4]);
    answer_seen(message, sdk_expected_fault());
}

/* The comparator first: a timer that was let through would not fire. */
static void crash_timer(struct ffa_regs *message)
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
static void crash_system_registers(struct ffa_regs *message)
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

static void crash_count(struct ffa_regs *message)
{
    uint64_t count;

    __asm__ volatile("mrs %0, tpidr_el1\n\tadd %0, %0, 1\n\tmsr tpidr_el1, %0" : "=r"(count));
    answer_seen(message, count);
}

/* ---- Time ---- */

static void crash_loop(struct ffa_regs *message)
{
    (void)message;
    for (;;)
        __asm__ volatile("");
}

static volatile bool asked_to_leave[SDK_VCPUS]; /* by a managed exit */

static void spin(uint64_t milliseconds)
{
    uint64_t end = sdk_ticks() + milliseconds * sdk_frequency() / 1000, rounds = 0;

    while (sdk_ticks() < end && !asked_to_leave[sdk_context()])
        if (++rounds % 64 == 0)
            __asm__ volatile("yield"); /* emulated CPUs take turns, and change over here */
}

static void crash_spin(struct ffa_regs *message)
{
    uint64_t waiting;

    if (message->x[5] == 1)
        sdk_interrupts_off();
    spin(message->x[4]);
    __asm__ volatile("mrs %0, isr_el1" : "=r"(waiting));
    sdk_answer(message, DEMO_OK, message->x[4], asked_to_leave[sdk_context()], waiting);
}

static volatile uint64_t start_milliseconds;

static void crash_slow_start(struct ffa_regs *message)
{
    start_milliseconds = message->x[4];
    answer_seen(message, 0);
}

void partition_secondary(void)
{
    spin(start_milliseconds);
}

static void crash_wfi(struct ffa_regs *message)
{
    __asm__ volatile("wfi" ::: "memory");
    answer_seen(message, 0);
}

/* ---- Calls ---- */

static void crash_echo(struct ffa_regs *message)
{
    answer_seen(message, message->x[4]);
}

/* What a status is in a register: the low 32 bits of the negative number. */
static uint32_t status_word(int32_t status)
{
    return (uint32_t)status;
}

/* Of all calls that are not FF-A, the one whose success nobody could overlook. */
static void crash_smc(struct ffa_regs *message)
{
    struct ffa_regs regs = {.x = {PSCI_SYSTEM_OFF}};

    ffa_call(&regs);
    answer_seen(message, regs.x[0]);
}

static void crash_abort(struct ffa_regs *message)
{
    (void)message;
    ffa_abort();
}

static void crash_yield(struct ffa_regs *message)
{
    answer_seen(message, status_word(ffa_yield()));
}

static void crash_forward(struct ffa_regs *message)
{
    uint16_t own_id = (uint16_t)message->x[1], receiver = (uint16_t)message->x[4];
    uint32_t times = (uint32_t)message->x[7] != 0 ? (uint32_t)message->x[7] : 1;
    uint64_t milliseconds = message->x[7] >> 32;
    struct ffa_regs reply;

    do {
        reply = (struct ffa_regs){.x = {[3] = message->x[5], [4] = message->x[6]}};
        ffa_direct_request(own_id, receiver, &reply);
    } while (--times != 0 && ffa_status(&reply) == FFA_OK);
    spin(milliseconds);
    sdk_answer(message, DEMO_OK, reply.x[0], reply.x[0] == FFA_ERROR ? reply.x[2] : reply.x[3], 0);
}

static void crash_msg_wait(struct ffa_regs *message)
{
    struct ffa_regs regs;

    ffa_msg_wait(&regs);
    answer_seen(message, status_word(ffa_status(&regs)));
}

static void crash_bad_response(struct ffa_regs *message)
{
    uint32_t own_id = (uint16_t)message->x[1];
    struct ffa_regs regs = {
        .x = {FFA_MSG_SEND_DIRECT_RESP_64, own_id << 16 | (uint16_t)message->x[4]},
    };

    ffa_call(&regs);
    answer_seen(message, status_word(ffa_status(&regs)));
}

/* ---- Notifications and interrupts ---- */

static void crash_bind(struct ffa_regs *message)
{
    answer_seen(message,
                status_word(ffa_notification_bind((uint16_t)message->x[4], (uint16_t)message->x[1],
                                                  (uint32_t)message->x[5], message->x[6])));
}

static void crash_unbind(struct ffa_regs *message)
{
    answer_seen(message, status_word(ffa_notification_unbind(
                             (uint16_t)message->x[4], (uint16_t)message->x[1], message->x[6])));
}

static void crash_set(struct ffa_regs *message)
{
    int32_t status = ffa_notification_set((uint16_t)message->x[1], (uint16_t)message->x[4],
                                          (uint32_t)message->x[5], message->x[6]);

    spin(message->x[7]);
    answer_seen(message, status_word(status));
}

static void crash_get(struct ffa_regs *message)
{
    struct ffa_notifications got;
    int32_t status = ffa_notification_get((uint16_t)message->x[1], (uint16_t)message->x[4],
                                          (uint32_t)message->x[5], &got);

    if (status == FFA_OK)
        sdk_answer(message, DEMO_OK, got.from_partitions, got.from_vms, got.framework);
    else
        sdk_answer(message, DEMO_BAD_ARGUMENT, status_word(status), 0, 0);
}

#define INTERRUPTS 64

static volatile struct {
    uint64_t count[INTERRUPTS];
    uint64_t last; /* the counter then */
    uint64_t line;
    uint64_t again; /* ticks until the timer's next interrupt; 0: none */
} interrupts[SDK_VCPUS];

static volatile uint64_t clock_action = CRASH_CLOCK_QUIETEN | CRASH_CLOCK_DEACTIVATE;

#define FIRST_DEVICE 16

static void serve_device(uint32_t intid)
{
    if (clock_action & CRASH_CLOCK_QUIETEN && intid == CRASHER_CLOCK_INTID)
        *(volatile uint32_t *)(CRASHER_CLOCK + CLOCK_CLEAR) = 1;
    if (clock_action & CRASH_CLOCK_DEACTIVATE)
        sdk_interrupt_deactivate(intid);
}

void sdk_interrupt(struct sdk_exception *exception, uint32_t line)
{
    uint32_t intid, context = sdk_context();

    (void)exception;
    if (interrupts[context].again == CRASH_TIMER_MARK)
        MARK(MARK_END);
    intid = sdk_interrupt_get();
    interrupts[context].count[intid % INTERRUPTS]++;
    interrupts[context].last = sdk_ticks();
    interrupts[context].line = line;
    if (intid == HF_INTID_MANAGED_EXIT)
        asked_to_leave[context] = true;
    else if (intid == HF_INTID_TIMER && interrupts[context].again == CRASH_TIMER_HANG)
        crash_loop(NULL);
    else if (intid == HF_INTID_TIMER && interrupts[context].again > CRASH_TIMER_MARK)
        sdk_timer_in(interrupts[context].again);
    else if (intid >= FIRST_DEVICE && intid != HF_INVALID_INTID)
        serve_device(intid);
}

static void crash_interrupts(struct ffa_regs *message)
{
    volatile uint64_t *count = &interrupts[sdk_context()].count[message->x[4] % INTERRUPTS];

    sdk_answer(message, DEMO_OK, *count, interrupts[sdk_context()].last,
               interrupts[sdk_context()].line);
    *count = 0;
}

static void crash_timer_set(struct ffa_regs *message)
{
    uint64_t compare = sdk_ticks() + message->x[4];
    bool enabled = sdk_interrupt_enable(HF_INTID_TIMER, true, (uint32_t)message->x[6]);

    interrupts[sdk_context()].again = message->x[7];
    if (message->x[5] == 0)
        __asm__ volatile("msr cntp_cval_el0, %0\n\tmsr cntp_ctl_el0, %1" ::"r"(compare), "r"(1ULL)
                         : "memory");
    else
        __asm__ volatile("msr cntv_cval_el0, %0\n\tmsr cntv_ctl_el0, %1" ::"r"(compare), "r"(1ULL)
                         : "memory");
    answer_seen(message, enabled);
}

static void crash_clock(struct ffa_regs *message)
{
    clock_action = message->x[4];
    answer_seen(message, sdk_interrupt_enable(CRASHER_CLOCK_INTID, true, HF_LINE_IRQ));
}

/* Where a message has its command; arguments and results follow. */
static uint64_t *payload_of(struct ffa_regs *message)
{
    return &message->x[message->x[0] == FFA_MSG_SEND_DIRECT_REQ2 ? 4 : 3];
}

/* What a message has behind its command is x0 and on of a call, both ways. */
static void call_by(struct ffa_regs *message, enum ffa_conduit conduit)
{
    uint64_t *payload = payload_of(message);
    unsigned int count = payload == &message->x[3] ? 4 : 13;
    enum ffa_conduit usual = ffa_conduit;
    struct ffa_regs regs = {.x = {0}};

    memcpy(regs.x, &payload[1], count * sizeof(regs.x[0]));
    ffa_conduit = conduit;
    ffa_call(&regs);
    ffa_conduit = usual;
    memcpy(&payload[1], regs.x, count * sizeof(regs.x[0]));
    payload[0] = DEMO_OK;
}

static void crash_call(struct ffa_regs *message)
{
    call_by(message, FFA_SMC);
}

static void crash_call_hvc(struct ffa_regs *message)
{
    call_by(message, FFA_HVC);
}

static void crash_wrong_response(struct ffa_regs *message)
{
    bool extended = message->x[0] == FFA_MSG_SEND_DIRECT_REQ2;
    uint32_t parties = (uint32_t)message->x[1];
    struct ffa_regs regs = {
        .x = {extended ? FFA_MSG_SEND_DIRECT_RESP_64 : FFA_MSG_SEND_DIRECT_RESP2,
              parties << 16 | parties >> 16},
    };
    uint64_t *payload = payload_of(message);

    ffa_call(&regs);
    payload[0] = DEMO_OK;
    payload[1] = status_word(ffa_status(&regs));
}

/* ---- Mailbox ---- */

static uint8_t tx[SDK_PAGE] __attribute__((aligned(SDK_PAGE)));
static uint8_t rx[SDK_PAGE] __attribute__((aligned(SDK_PAGE)));

static void crash_mailbox(struct ffa_regs *message)
{
    sdk_answer(message, DEMO_OK, (uintptr_t)tx, (uintptr_t)rx, 0);
}

static void crash_store(struct ffa_regs *message)
{
    store(message->x[4], message->x[5]);
    answer_seen(message, 0);
}

static void crash_load(struct ffa_regs *message)
{
    answer_seen(message, load(message->x[4]));
}

/* ---- Framework messages ---- */

static struct {
    uint64_t count, w2, w5, refused;      /* so far, and of the last one */
    uint64_t milliseconds, status, wrong; /* of the next one */
} framework;

static void crash_framework(struct ffa_regs *message)
{
    framework.milliseconds = message->x[4];
    framework.status = message->x[5];
    framework.wrong = message->x[6];
    sdk_answer(message, DEMO_OK, framework.count, framework.w2, framework.w5);
    message->x[7] = framework.refused;
}

static bool is_refused(uint64_t function, uint64_t w1, uint64_t w2)
{
    struct ffa_regs regs = {.x = {function, w1, w2}};

    ffa_call(&regs);
    return ffa_status(&regs) == FFA_INVALID_PARAMETERS;
}

int32_t partition_framework_message(const struct ffa_regs *message)
{
    uint64_t w1 = (uint32_t)message->x[1] << 16 | (uint32_t)message->x[1] >> 16;
    uint64_t right = message->x[2] + 1, other = message->x[2] ^ 3;

    framework.count++;
    framework.w2 = message->x[2];
    framework.w5 = message->x[5];
    framework.refused = 0;
    if (framework.wrong == 1) {
        framework.refused += is_refused(FFA_MSG_SEND_DIRECT_RESP_32, w1, 0);
        framework.refused += is_refused(FFA_MSG_SEND_DIRECT_RESP_32, w1, message->x[2]);
        framework.refused += is_refused(FFA_MSG_SEND_DIRECT_RESP_32, w1, other);
        framework.refused += is_refused(FFA_MSG_SEND_DIRECT_RESP_64, w1, right);
    }
    spin(framework.milliseconds);
    return (int32_t)framework.status;
}

static void answer(struct ffa_regs *message);

/* A response that is taken brings the next request. */
static void crash_dirty_response(struct ffa_regs *message)
{
    uint32_t parties = (uint32_t)message->x[1];
    struct ffa_regs regs = {.x = {message->x[6], parties << 16 | parties >> 16, 0, DEMO_OK}};

    if (message->x[5] < sizeof(regs.x) / sizeof(regs.x[0]))
        regs.x[message->x[5]] = message->x[4];
    ffa_call(&regs);
    if (ffa_status(&regs) != FFA_OK) {
        answer_seen(message, status_word(ffa_status(&regs)));
    } else {
        *message = regs;
        answer(message);
    }
}

static sdk_handler *const handlers[] = {
    [CRASH_ECHO] = crash_echo,
    [CRASH_READ] = crash_read,
    [CRASH_WRITE] = crash_write,
    [CRASH_EXECUTE] = crash_execute,
    [CRASH_READ_FATAL] = crash_read_fatal,
    [CRASH_UNDEFINED] = crash_undefined,
    [CRASH_FORBIDDEN_REGISTER] = crash_forbidden_register,
    [CRASH_LOOP] = crash_loop,
    [CRASH_STACK] = crash_stack,
    [CRASH_SMC] = crash_smc,
    [CRASH_ABORT] = crash_abort,
    [CRASH_NO_VECTORS] = crash_no_vectors,
    [CRASH_READ_NORMAL] = crash_read_normal,
    [CRASH_WFI] = crash_wfi,
    [CRASH_YIELD] = crash_yield,
    [CRASH_FORWARD] = crash_forward,
    [CRASH_FP] = crash_fp,
    [CRASH_SPIN] = crash_spin,
    [CRASH_NORMAL_PAGE] = crash_normal_page,
    [CRASH_SYSTEM_REGISTERS] = crash_system_registers,
    [CRASH_TIMER] = crash_timer,
    [CRASH_MSG_WAIT] = crash_msg_wait,
    [CRASH_BAD_RESPONSE] = crash_bad_response,
    [CRASH_CALL] = crash_call,
    [CRASH_CALL_HVC] = crash_call_hvc,
    [CRASH_WRONG_RESPONSE] = crash_wrong_response,
    [CRASH_FP_LOAD] = crash_fp_load,
    [CRASH_FP_CHECK] = crash_fp_check,
    [CRASH_INSTRUCTION] = crash_instruction,
    [CRASH_DEVICE] = crash_device,
    [CRASH_SLOW_START] = crash_slow_start,
    [CRASH_COUNT] = crash_count,
    [CRASH_BIND] = crash_bind,
    [CRASH_UNBIND] = crash_unbind,
    [CRASH_SET] = crash_set,
    [CRASH_GET] = crash_get,
    [CRASH_INTERRUPTS] = crash_interrupts,
    [CRASH_FRAMEWORK] = crash_framework,
    [CRASH_MAILBOX] = crash_mailbox,
    [CRASH_STORE] = crash_store,
    [CRASH_LOAD] = crash_load,
    [CRASH_DIRTY_RESPONSE] = crash_dirty_response,
    [CRASH_TIMER_SET] = crash_timer_set,
    [CRASH_CLOCK] = crash_clock,
    [CRASH_REGION] = crash_region,
};

/* Of the second kind of request, most are echoed. */
static void answer_extended(struct ffa_regs *message)
{
    uint64_t command = message->x[4];

    if (command >= CRASH_CALL && command <= CRASH_WRONG_RESPONSE)
        handlers[command](message);
}

/* Each request begins with nobody asking it to leave, and interrupts on. */
static void answer(struct ffa_regs *message)
{
    uint64_t command = message->x[3];

    asked_to_leave[sdk_context()] = false;
    sdk_interrupts_on();
    if (message->x[0] == FFA_MSG_SEND_DIRECT_REQ2)
        answer_extended(message);
    else if (command < sizeof(handlers) / sizeof(handlers[0]) && handlers[command] != NULL)
        handlers[command](message);
    else
        sdk_answer(message, DEMO_UNKNOWN_COMMAND, 0, 0, 0);
}

void partition_main(const struct ffa_boot_info_header *boot)
{
    if (boot != NULL)
        regions = ((uintptr_t)boot & ~(uint64_t)(SDK_PAGE - 1)) + CRASHER_REGION_OFFSET;
    sdk_map(BULKHEAD_DATA, SDK_PAGE, SDK_WRITE);
    sdk_map(BULKHEAD_CODE, SDK_PAGE, SDK_EXECUTE);
    sdk_map(TFA_DATA, SDK_PAGE, SDK_WRITE);
    sdk_map(NEIGHBOUR, SDK_PAGE, SDK_WRITE);
    sdk_map(DEVICES, DEVICES_SIZE, SDK_DEVICE);
    sdk_map((uintptr_t)device, SDK_PAGE, SDK_DEVICE);
    sdk_map(NORMAL_MEMORY, NORMAL_MEMORY_SIZE, SDK_WRITE | SDK_NONSECURE);
    sdk_serve(answer);
}
