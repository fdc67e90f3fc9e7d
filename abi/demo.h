/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the demo partitions say to their clients: UUIDs, commands and layouts of the direct
 * messages that `vault`, `courier`, `ticker`, `alarm` and `crasher` understand. Every request is
 * FFA_MSG_SEND_DIRECT_REQ_64 with a command in x3; every answer has a status in x3. `echo` and
 * `crasher` also take FFA_MSG_SEND_DIRECT_REQ2.
 */
#ifndef ABI_DEMO_H
#define ABI_DEMO_H

/* UUIDs as the four little-endian words of FFA_PARTITION_INFO_GET. */
#define ECHO_UUID 0x6f686365, 0x41d7b011, 0x6b6c7580, 0x01646165
#define VAULT_UUID 0x6c756176, 0x41d7b174, 0x6b6c7580, 0x02646165
#define TICKER_UUID 0x6b636974, 0x41d7b265, 0x6b6c7580, 0x03646165
#define COURIER_UUID 0x72756f63, 0x41d7b369, 0x6b6c7580, 0x11646165
#define ALARM_UUID 0x72616c61, 0x41d7b26d, 0x6b6c7580, 0x0b646165
#define CLERK_UUID 0x72656c63, 0x41d7b36b, 0x6b6c7580, 0x12646165
#define CRASHER_UUID 0x73617263, 0x41d7b368, 0x6b6c7580, 0x04646165

#define CRASHER_QUEUED_UUID 0x73617263, 0x41d7b368, 0x6b6c7580, 0x05646165
#define CRASHER_MP_UUID 0x73617263, 0x41d7b368, 0x6b6c7580, 0x06646165
#define CRASHER_EXIT_UUID 0x73617263, 0x41d7b368, 0x6b6c7580, 0x0a646165
#define CRASHER_MP_EXIT_UUID 0x73617263, 0x41d7b368, 0x6b6c7580, 0x0f646165
#define CRASHER_S_EL0_UUID 0x73617263, 0x41d7b368, 0x6b6c7580, 0x13646165
#define CRASHER_DEAF_UUID 0x73617263, 0x41d7b368, 0x6b6c7580, 0x10646165
/* The crashers that come back after their death. */
#define PHOENIX_UUID 0x73617263, 0x41d7b368, 0x6b6c7580, 0x0c646165
#define PHOENIX_MP_UUID 0x73617263, 0x41d7b368, 0x6b6c7580, 0x0d646165
#define PHOENIX_QUEUED_UUID 0x73617263, 0x41d7b368, 0x6b6c7580, 0x0e646165

#define ROGUE_UUID 0x75676f72, 0x41d7b265, 0x6b6c7580, 0x14646165
#define ROGUE_QUEUED_UUID 0x75676f72, 0x41d7b265, 0x6b6c7580, 0x15646165

/* Statuses, in x3 of every answer but echo's. */
#define DEMO_OK 0
#define DEMO_UNKNOWN_COMMAND 1
#define DEMO_NOT_FOUND 2
#define DEMO_FULL 3
#define DEMO_BAD_ARGUMENT 4
#define DEMO_TOO_LARGE 5 /* x4: how many bytes it is */
#define DEMO_REFUSED 6   /* what it needed for this was refused: x4 has the FF-A status */

/* echo answers with the payload registers of the request, five or fourteen, unchanged. */

/*
 * vault: a name is 8 bytes (x4, zero padded, not all zero), a value 16 bytes (x5, x6).
 * put (x4 name, x5 x6 value); get (x4 name) answers the value in x5, x6, or DEMO_TOO_LARGE;
 * delete (x4 name); list (x4 index from 0) answers the index-th name in x4 in order of creation, x5
 * the number of keys, DEMO_NOT_FOUND past the end.
 *
 * A value of up to VAULT_LARGE_BYTES comes and goes through memory that the asker has sent: store
 * (x4 name, x5 handle, x6 bytes) reads it there, fetch (x4 name, x5 handle) writes it there; x7:
 * how the memory was sent, FFA_MEMORY_SHARED, LENT or DONATED, without a tag. The answer has the
 * bytes in x4. vault gives the memory up before it answers; what was donated, it donates back, and
 * the handle of that is in x5. There are VAULT_LARGE_VALUES of more than 16 bytes.
 */
#define VAULT_PUT 1
#define VAULT_GET 2
#define VAULT_DELETE 3
#define VAULT_LIST 4
#define VAULT_STORE 5
#define VAULT_FETCH 6
#define VAULT_KEYS 64
#define VAULT_LARGE_BYTES 0x10000
#define VAULT_LARGE_VALUES 4
#define VAULT_RANGES 16 /* of the memory, at most */

/*
 * courier: carries values between memory of its clients and vault, in pages of its own. Take (x4
 * handle, x5 FFA_MEMORY_SHARED or LENT) borrows what the asker has sent without a tag, and answers
 * its ranges in x4 and pages in x5; courier has COURIER_BORROWED at a time. Put (x4 handle, x5
 * name, x6 bytes up to VAULT_LARGE_BYTES) copies that much of it into its own pages, lends them to
 * vault and has them stored; get (x4 handle, x5 name) has them filled by vault and copies what came
 * into the borrowed memory. x7: FFA_MEMORY_SHARED or DONATED, if vault shall not be lent its pages.
 * Both answer the handle that vault was given in x4, the bytes in x5. Give (x4 handle) gives the
 * borrowed memory up.
 */
#define COURIER_TAKE 1
#define COURIER_PUT 2
#define COURIER_GET 3
#define COURIER_GIVE 4
#define COURIER_BORROWED 8

/*
 * ticker: read answers x4 = calls so far, this one included; x5 = milliseconds since the counter
 * started; x6 = its frequency in Hz. Subscribe: every x6 milliseconds (1 to TICKER_PERIOD_MAX),
 * from now on, it sets the global notification number x5 (0 to 63) of receiver x4, who has bound it
 * to ticker; there is one subscriber, the last one. Stop ends that. Ticks answers x4 = ticks since
 * then, x5 = of these, how many notifications were refused.
 */
#define TICKER_READ 1
#define TICKER_SUBSCRIBE 2
#define TICKER_STOP 3
#define TICKER_TICKS 4
#define TICKER_PERIOD_MAX 86400000

/*
 * clerk: what the command says of the signed numbers x4 and x5, in x4; DEMO_BAD_ARGUMENT for a
 * division by zero, DEMO_FULL for a result beyond 64 bits. Total: x4 is added to what was before.
 */
#define CLERK_ADD 1
#define CLERK_SUBTRACT 2
#define CLERK_MULTIPLY 3
#define CLERK_DIVIDE 4
#define CLERK_TOTAL 5

/*
 * alarm: read answers x4 = seconds on the board's clock. Set: in x6 seconds (1 to
 * ALARM_SECONDS_MAX) it sets the global notification number x5 of receiver x4, as ticker does;
 * there is one alarm, the last one. Cancel ends that. Count answers x4 = alarms that rang, x5 = of
 * these, how many notifications were refused.
 */
#define ALARM_READ 1
#define ALARM_SET 2
#define ALARM_CANCEL 3
#define ALARM_COUNT 4
#define ALARM_SECONDS_MAX 31536000

/*
 * crasher: x3 = what to do. CRASH_ECHO answers x4 and proves that it is alive. The rest do one bad
 * thing; where the machine lets it go on (an access that it recovers from, a call that is refused),
 * it answers DEMO_OK in x3 and what it saw in x4: the exception's ESR, or the call's x0.
 */
#define CRASH_ECHO 0
#define CRASH_READ 1       /* read Bulkhead's memory: recovers, answers ESR */
#define CRASH_WRITE 2      /* write Bulkhead's memory: recovers, answers ESR */
#define CRASH_EXECUTE 3    /* jump to Bulkhead's memory: recovers, answers ESR */
#define CRASH_READ_FATAL 4 /* read Bulkhead's memory with the SDK's default handler: FFA_ABORT */
#define CRASH_UNDEFINED 5  /* an undefined instruction: recovers, answers ESR */
#define CRASH_FORBIDDEN_REGISTER 6 /* a system register of EL2: recovers, answers ESR */
#define CRASH_LOOP 7               /* loops for ever */
#define CRASH_STACK \
    8               /* recursion until the stack overflows: the default handler, on what is left */
#define CRASH_SMC 9 /* an SMC that is not FF-A: answers its x0 */
#define CRASH_ABORT 10      /* FFA_ABORT */
#define CRASH_NO_VECTORS 11 /* clears VBAR_EL1, then reads Bulkhead's memory: dies */
#define CRASH_READ_NORMAL \
    12 /* reads the Non-secure address in x4 that was never given to it: recovers, answers ESR */
#define CRASH_WFI 13   /* waits for an interrupt once, then answers */
#define CRASH_YIELD 14 /* yields once, then answers */
/* Sends a direct request (x5 x6 as payload 0 and 1) to partition x4, as often as the lower half of
 * x7 says (0 counts as 1), then runs for the milliseconds in the upper half; answers the last
 * reply's x0 in x4, its x3 (or w2 of an error) in x5. */
#define CRASH_FORWARD 15
#define CRASH_FP 16 /* a floating-point instruction: recovers or completes, answers ESR or 0 */
/*
 * Runs for x4 milliseconds, then answers: long work that the Normal world may preempt. Asked to
 * leave by a managed exit, it answers at once, with 1 in x5. With x5 = 1 its interrupts are masked
 * meanwhile; ISR_EL1 at the end is in x6.
 */
#define CRASH_SPIN 17
#define CRASH_NORMAL_PAGE                                                                        \
    18 /* writes x5 to the Non-secure address x4, which its manifest gives to it, reads it back: \
          answers the value */
#define CRASH_SYSTEM_REGISTERS \
    19                 /* changes every EL1 register that a partition may write, then answers */
#define CRASH_TIMER 20 /* tries to write the physical and the virtual timer: answers ESR or 0 */
#define CRASH_MSG_WAIT \
    21 /* calls FFA_MSG_WAIT inside a direct request: answers the status it got in x4 */
#define CRASH_BAD_RESPONSE                                                                       \
    22 /* answers to a partition that did not ask (x4 = its id); answers the status it got in x4 \
        */

/*
 * A call of the caller's choice, by SMC or by HVC: x0 to x3 are in x4 to x7, and so are those that
 * came back. In a request of the second kind the command is in x4, and x5 to x17 are x0 to x12.
 */
#define CRASH_CALL 23
#define CRASH_CALL_HVC 24

/* Answers by the other kind of response, then by the right one: the status of the first in x4, or
 * x5 if the request is of the second kind. */
#define CRASH_WRONG_RESPONSE 25

/*
 * Floating-point registers: loads V0 to V31, FPCR and FPSR with what the seed x4 makes of them (0:
 * zeros); or compares them, and answers in x4 how many differ.
 */
#define CRASH_FP_LOAD 26
#define CRASH_FP_CHECK 27

/*
 * Executes the instruction x4 with x5 in x0 and x6 in x1, at EL1, or as x7 says at EL0: there in
 * AArch32 it is two of A32 or four of T32, the first one in the lowest bits. Answers the ESR of its
 * exception in x4 (0: it completed), its x0 in x5, and of EL0 in x6 whether the exception came by a
 * vector of AArch32, and in bit 22 whether it has set PSTATE.PAN. At S-EL0 it must be one of
 * abi/s_el0_code.h, and x7 says nothing.
 */
#define CRASH_INSTRUCTION 28
#define CRASH_AT_EL0 1
#define CRASH_AT_A32 2
#define CRASH_AT_T32 3
#define CRASH_DEVICE \
    29 /* loads 8 bytes at offset x4 of a page that it maps as a device: ESR or 0 */

#define CRASH_SLOW_START 30 /* from now on each start of another context takes x4 milliseconds */

/* Counts its calls in TPIDR_EL1, or at S-EL0 in TPIDR_EL0: the count in x4, TPIDRRO_EL0 in x5. */
#define CRASH_COUNT 31

/*
 * Answers by the function x6 with the value x4 in register x5 (8 to 17). If that is refused,
 * answers as usual: its status in x4.
 */
#define CRASH_DIRTY_RESPONSE 32

/*
 * Framework messages: answers how many came in x4, w2 and w5 of the last one in x5 and x6, and in
 * x7 how many wrong responses to it were INVALID_PARAMETERS. The next one takes x4 milliseconds, is
 * answered with the status x5, and, if x6 is 1, first by FRAMEWORK_WRONG_RESPONSES wrong ones.
 */
#define CRASH_FRAMEWORK 40
#define FRAMEWORK_WRONG_RESPONSES 4

/*
 * Does what x5 says (1 reads, 2 writes, 4 executes) in region x4 of crasher's own memory: ESR or 0.
 * Its manifest gives CRASHER_REGIONS of them, a page each, with attributes of their own.
 */
#define CRASH_REGION 33
#define CRASHER_REGIONS 3
#define CRASHER_REGION_RIGHTS 1, 3, 5 /* read; read, write; read, execute */
#define CRASHER_REGION_OFFSET 0x40000 /* of the first from the load address */

/*
 * Notifications of this partition: BIND (x4 sender, x5 flags, x6 bits), UNBIND (the same without
 * flags) and SET (x4 receiver, x5 flags, x6 bits, then runs for x7 milliseconds) answer the status
 * in x4; GET (x4 context, x5 which) answers what came from partitions in x4, from VMs in x5, of the
 * framework in x6, or DEMO_BAD_ARGUMENT with the status in x4.
 */
#define CRASH_BIND 41
#define CRASH_UNBIND 42
#define CRASH_SET 43
#define CRASH_GET 44

/*
 * How often this context took virtual interrupt x4 since it was asked last: in x4; the counter at
 * the last in x5, its line (HF_LINE_*) in x6.
 */
#define CRASH_INTERRUPTS 45

/*
 * Its TX and RX, a page each: CRASH_MAILBOX answers their addresses in x4 and x5; it maps them only
 * if told to (CRASH_CALL). x6: CRASHER_PAGES more pages of its own; x7: the first of
 * its regions, 0 without any. CRASH_STORE writes x5 to the
 * address x4, CRASH_LOAD answers what is there.
 */
#define CRASH_MAILBOX 46
#define CRASHER_PAGES 8
#define CRASH_STORE 47
#define CRASH_LOAD 48

/*
 * Enables its timer's interrupt, on line x6, and sets CNTP (x5 = 0) or CNTV (1) to x4 ticks from
 * now; the handler sets CNTP again to x7 ticks after each interrupt, unless that is 0. 1 in x4: it
 * could be enabled.
 */
#define CRASH_TIMER_SET 49
#define CRASH_TIMER_HANG UINT64_MAX /* for x7: the handler never ends */
#define CRASH_TIMER_MARK 1          /* the same: it begins with the mark that ends a measured run */

/*
 * crasher_exit owns the board's clock (a PL031), whose interrupt is CRASHER_CLOCK_INTID;
 * crasher_mp_exit the interrupts of the Normal world's console and of each CPU's performance
 * monitors. x4 says what the handler does from now on: a bit to quieten the clock, one to
 * deactivate the interrupt. The clock's is enabled: 1 in x4.
 */
#define CRASH_CLOCK 50
#define CRASHER_CLOCK 0x09010000
#define CRASHER_CLOCK_INTID 34
#define CRASHER_CONSOLE_INTID 33
#define CRASHER_MONITORS_INTID 23
#define CRASH_CLOCK_QUIETEN 1
#define CRASH_CLOCK_DEACTIVATE 2

/*
 * Memory transactions, with the mailbox mapped. RETRIEVE: x4 handle, x5 the sender, from bit 16 on
 * the permissions, from bit 32 on the flags, x6 the tag. It answers the status in x4; x5: the
 * number of ranges, from bit 32 on that of pages; x6: the permissions that it got, bit 8 if the
 * memory is Non-secure, from bit 32 on the flags. RANGE: x4 which of these; its address in x4, its
 * pages in x5.
 *
 * SWAP goes through these pages: the first word of page n should be x4 + n, and becomes x5 + n. It
 * answers how many were not so in x4, the ESR of the first fault in x5, the number of pages in x6.
 */
#define CRASH_RETRIEVE 51
#define CRASH_RANGE 52
#define CRASH_SWAP 53

/* Does what x5 says (1 reads, 2 writes x6, 4 executes) at the address x4, Non-secure if x7 is 1:
 * ESR or 0 in x4, what it read in x5. */
#define CRASH_TOUCH 54
#define TOUCH_READ 1
#define TOUCH_WRITE 2
#define TOUCH_EXECUTE 4

/* x4 handle, x5 flags: the status in x4. */
#define CRASH_RELINQUISH 55

/*
 * x4: FFA_MEM_SHARE_64, LEND or DONATE; x5: the ids of up to four borrowers, 16 bits each; x6: the
 * address of its own pages, with the permissions in the low bits; x7: how many, from bit 32 on the
 * flags. The status in x4, the handle in x5.
 */
#define CRASH_SEND 56

/*
 * Executes, at EL1, the system instruction x4, in which CRm and op2 are zero, with the first x7
 * (CRASH_SWEPT: all) of their values. x0 is what the instruction x5 with the same two has read, or
 * x6 where that is 0 or has an exception. Answers in x4 and x5 a bit for each that completed, in x6
 * zero, or of the last exception that was not "undefined" the ESR, from bit 32 on which it was; and
 * in its Non-secure page the x0 of each.
 */
#define CRASH_SWEEP 57
#define CRASH_SWEPT 128

/*
 * rogue: does as many random things as x5 says (ROGUE_STEPS_MAX at most), drawn from the seed x4;
 * x6: ROGUE_MAY_*, or 0; x7: a handle that it might use, with
 * its sender from bit 48 on, or 0. If it comes to an end, it answers
 * ROGUE_DONE in x3, which no random answer has; how many calls it made in x4, from bit 32 on how
 * many of them were refused; in x5, 16 bits each, the faults that it took, and how often it sent,
 * retrieved and relinquished memory; in x6 such a handle; in x7 what must never happen: from bit 32
 * on answers that no FF-A call gives, below them accesses to others' memory that succeeded.
 */
#define ROGUE_RUN 1
#define ROGUE_STEPS_MAX 256
#define ROGUE_MAY_DIE 1
#define ROGUE_MAY_STICK 2  /* in exceptions that execute nothing */
#define ROGUE_DIE 0x646965 /* at once */
#define ROGUE_DONE 0x656e6f642065756f

/* What the seed of CRASH_FP_LOAD makes: the halves of V0 to V31, and fields that every CPU has. */
#define CRASH_FP_LOW(seed, i) ((seed)*0x0101010101010101 + (i))
#define CRASH_FP_HIGH(seed, i) ((seed)*0x1010101010101010 ^ (i))
#define CRASH_FPCR(seed) (((seed)&7) << 22)
#define CRASH_FPSR(seed) ((seed)&0x1f)

/* A page of Normal DRAM that crasher's manifest gives to it as a Non-secure memory region. */
#define CRASHER_NORMAL_PAGE 0x47f00000

#endif
