/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a Secure Partition is written against: it says how many execution contexts
 * it has (SDK_CONTEXTS), defines partition_main, and hands a function that answers
 * direct requests to sdk_serve. Everything else here is help on the way.
 */
#ifndef PARTITIONS_SDK_SDK_H
#define PARTITIONS_SDK_SDK_H

#define SDK_VCPUS 8          /* contexts of a partition, at most */
#define SDK_PAGE 4096        /* translation granule */
#define SDK_HEADER 0x4000    /* the package before the image: boot information, manifest */
#define SDK_STACK_SHIFT 13   /* of a context: a guard page, then a page of stacks */
#define SDK_FAULT_STACK 1024 /* of those, at the top: for exceptions */
#define SDK_ADDRESS_BITS 36  /* of virtual addresses, which equal physical ones */

#ifndef __ASSEMBLER__

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "partitions/sdk/ffa.h"

/* ---- What a partition gives: the first two always ---- */

struct sdk_stack {
    uint8_t guard[SDK_PAGE]; /* never mapped: an overflow faults */
    uint8_t stack[SDK_PAGE];
} __attribute__((aligned(SDK_PAGE)));

/*
 * One of these once in a partition, at file scope. At S-EL1: its execution-ctx-count, 1 to
 * SDK_VCPUS. At S-EL0 there is one context, which calls by SVC and has no exceptions: a fault ends
 * the partition, and partition_interrupt is told of an interrupt while it waits.
 */
#define SDK_CONTEXTS(count) SDK_CONTEXTS_AT(count, 0)
#define SDK_S_EL0 SDK_CONTEXTS_AT(1, 1)

#define SDK_CONTEXTS_AT(count, s_el0)                                                \
    _Static_assert((count) >= 1 && (count) <= SDK_VCPUS, "1 to SDK_VCPUS contexts"); \
    extern struct sdk_stack sdk_stacks[count];                                       \
    __attribute__((section(".stacks"))) struct sdk_stack sdk_stacks[count];          \
    const bool sdk_s_el0 = s_el0
extern const bool sdk_s_el0;

/* Runs on the boot context with the MMU on. `boot` is valid if the manifest asks for it. */
void partition_main(const struct ffa_boot_info_header *boot);

/* Runs on each other context before it serves, when its CPU comes on. May be left out. */
void partition_secondary(void);

/*
 * Is told what the framework has to say, by w2: of a VM that was created or destroyed (its id in
 * w5) if the manifest asks for that. Gives the status that is answered. May be left out: FFA_OK.
 */
int32_t partition_framework_message(const struct ffa_regs *message);

/* ---- The message loop ---- */

/*
 * Answers a request in place: payload in x3 to x7, both ways; w1 names sender and receiver. A
 * partition whose manifest takes the second kind of request also gets those: x0 is
 * FFA_MSG_SEND_DIRECT_REQ2 then, and the payload x4 to x17.
 */
typedef void sdk_handler(struct ffa_regs *message);

/* Ends the start of the partition and serves for ever, on every context it has. */
void sdk_serve(sdk_handler *handler) __attribute__((noreturn));

/* Fills the payload: a status and up to three results. */
void sdk_answer(struct ffa_regs *message, uint64_t status, uint64_t x4, uint64_t x5, uint64_t x6);

/* Index of the context that runs this, 0 on boot; how many there are. */
unsigned int sdk_context(void);
unsigned int sdk_contexts(void);

/* ---- Messages in buffers, a page for each direction ---- */

extern uint8_t sdk_tx[SDK_PAGE], sdk_rx[SDK_PAGE];

int32_t sdk_mailbox_map(void);

/* Sends a message of up to SDK_MESSAGE bytes; the partition's version must be 1.2. */
#define SDK_MESSAGE (SDK_PAGE - FFA_MESSAGE_HEADER_SIZE_1_2)
int32_t sdk_mailbox_send(uint16_t sender, uint16_t receiver, const void *payload, size_t size);

/*
 * Copies what RX holds: the payload, cut to `room` bytes, and its sender. Gives the payload's
 * size. The next message can come after ffa_rx_release.
 */
size_t sdk_mailbox_read(uint16_t *sender, void *payload, size_t room);

/* ---- Memory: attributes are bits of stage-1 descriptors ---- */

#define SDK_NOTHING 0ULL                               /* unmaps */
#define SDK_READ (1ULL << 54 | 1ULL << 53 | 1ULL << 7) /* UXN, PXN, read-only */
#define SDK_WRITE (1ULL << 54 | 1ULL << 53)            /* and read */
#define SDK_EXECUTE (1ULL << 54 | 1ULL << 7)           /* and read */
#define SDK_DEVICE (SDK_WRITE | 1ULL << 2)             /* MAIR index 1 */
#define SDK_NONSECURE (1ULL << 5)                      /* to add: in the Non-secure space */

/*
 * Maps whole pages at their own address, on all contexts; false if the range is not
 * made of whole pages below 64 GiB, or the tables (SDK_TABLES) are used up. Stage 1
 * only: what the SPMC did not give still faults. Callers on several contexts need a lock.
 * At S-EL0 stage 1 is the SPMC's, and what it gave is mapped already: this does nothing.
 */
bool sdk_map(uint64_t address, uint64_t size, uint64_t attributes);

/* ---- Memory that goes from one to another; the mailbox must be mapped ---- */

struct sdk_memory {
    uint64_t handle;
    uint64_t tag; /* as the sender chose it */
    uint16_t sender;
    uint8_t access;  /* FFA_ACCESS_*: what is asked for, then what was given */
    bool non_secure; /* what was given */
    uint32_t flags;  /* FFA_MEMORY_*: of the call, then of its answer */
    uint32_t pages;  /* in all */
    uint32_t count;  /* of the ranges */
    uint32_t room;   /* for so many */
    struct ffa_memory_range *range;
};

/*
 * Retrieves what `sender` sent with this handle and tag, with `access` and `flags`: then ranges,
 * pages and what was given are filled in. FFA_NO_MEMORY, with nothing retrieved, if the ranges are
 * more than there is room for.
 */
int32_t sdk_memory_retrieve(struct sdk_memory *memory);

/*
 * Maps what was retrieved in stage 1, at its own address; false as sdk_map. Normal memory is mapped
 * by whole gigabytes, for reading and writing, and stays so: pages here and there would take a
 * table each, and stage 2 lets nobody to more than was given. The second unmaps Secure memory.
 */
bool sdk_memory_map(const struct sdk_memory *memory);
void sdk_memory_unmap(const struct sdk_memory *memory);

/*
 * Copy the first `size` bytes of what is mapped, range by range; false, with nothing copied, if it
 * has less. The Normal world may change its memory at any time: look at the copy.
 */
bool sdk_memory_read(const struct sdk_memory *memory, void *to, size_t size);
bool sdk_memory_write(const struct sdk_memory *memory, const void *from, size_t size);

/* Gives back what was retrieved. `flags`: FFA_MEMORY_ZERO, or 0. */
int32_t sdk_memory_relinquish(const struct sdk_memory *memory, uint32_t flags);

/*
 * Sends the first `count` ranges, of this partition's own pages: FFA_MEM_SHARE_64, FFA_MEM_LEND_64
 * or FFA_MEM_DONATE_64, to borrowers with an id and permissions each. Fills in the handle, which
 * ffa_mem_reclaim takes. Stage 1 stays as it is.
 */
#define SDK_BORROWERS 8
int32_t sdk_memory_send(uint64_t function, struct sdk_memory *memory,
                        const struct ffa_memory_access *borrowers, unsigned int borrower_count);

/* ---- Exceptions ---- */

struct sdk_exception {
    uint64_t x[19]; /* x0 to x18: the rest is kept by the handler's own code */
    uint64_t lr;
    uint64_t elr;
    uint64_t spsr;
};

/*
 * A synchronous exception between the two calls does not end the partition: the faulting
 * instruction is stepped over, a jump into nowhere returns to its caller. The second call gives
 * the ESR of the first exception since, or 0. Counts on this context only.
 */
void sdk_expect_faults(void);
uint64_t sdk_expected_fault(void);

/* ---- Interrupts: while a context serves (sdk_serve) they are unmasked. Never seen at S-EL0 ----
 */

/*
 * Takes an interrupt, on the stack for exceptions, whatever the context was at. Deaf unless a
 * partition defines it.
 */
void partition_interrupt(uint32_t intid);

/*
 * IRQ and FIQ (`line`: HF_LINE_*): the default asks the SPMC which it is, for partition_interrupt.
 * May be replaced.
 */
void sdk_interrupt(struct sdk_exception *exception, uint32_t line);

void sdk_interrupts_on(void);
void sdk_interrupts_off(void);

/*
 * Hypercalls on virtual interrupts, by number. `line` is a HF_LINE_*; false if this partition has
 * no such interrupt. The second takes what is pending next, or HF_INVALID_INTID. A device's
 * interrupt comes again only after the third.
 */
bool sdk_interrupt_enable(uint32_t intid, bool on, uint32_t line);
uint32_t sdk_interrupt_get(void);
bool sdk_interrupt_deactivate(uint32_t intid);

/*
 * The timer of this context, in ticks of the counter. It runs while the partition does not, and
 * interrupts it with HF_INTID_TIMER, once each time that it is set, if that is enabled.
 */
void sdk_timer_in(uint64_t ticks); /* once, so many ticks from now */
void sdk_timer_off(void);

/* For its handler: `period` after the last time; what is over by then is left out. */
void sdk_timer_again(uint64_t period);

/* ---- Console, time, a lock ---- */

/* Knows %s %c %d %u %x %lx %p %%, without widths, and prints by FFA_CONSOLE_LOG. */
void sdk_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));

uint64_t sdk_ticks(void);     /* the system counter */
uint64_t sdk_frequency(void); /* its ticks a second */

/* Zero is unlocked. Spins: hold it briefly. */
struct sdk_lock {
    uint32_t taken;
};

void sdk_lock(struct sdk_lock *lock);
void sdk_unlock(struct sdk_lock *lock);

/* ---- The four functions that compilers call ---- */

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int value, size_t size);
int memcmp(const void *a, const void *b, size_t size);

#endif
#endif
