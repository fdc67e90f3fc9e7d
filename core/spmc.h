/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The whole state of the SPMC and the one function that changes it.
 * An event goes in, the next thing for this CPU to do comes out; nothing here
 * touches the machine but through core/port.h, so the same code runs at S-EL2
 * and, under tests, on the host.
 */
#ifndef CORE_SPMC_H
#define CORE_SPMC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/ffa.h"
#include "core/limits.h"

#define PAGE_BYTES 4096ULL

/* A size that is a power of two makes an index a shift. */
#define INDEXED(bytes) __attribute__((aligned(bytes)))

/* General registers of the Normal world (x0-x17 used) or of a vCPU. The vectors know this layout.
 */
struct regs {
    uint64_t x[31];
    uint64_t pc;
    uint64_t pstate;
};

/* ---- Endpoints: what a partition and the Normal world have in common ---- */

enum mailbox_state {
    MAILBOX_UNMAPPED,
    MAILBOX_EMPTY, /* the SPMC may write to RX */
    MAILBOX_FULL,  /* the endpoint owns RX until it releases it */
    MAILBOX_HELD,  /* a VM's: the hypervisor writes to RX, from FFA_RX_ACQUIRE to FFA_RX_RELEASE */
};

struct mailbox {
    enum mailbox_state state;
    uint32_t pages; /* of each buffer */
    uint64_t tx;    /* physical addresses */
    uint64_t rx;
};

struct endpoint {
    uint16_t id;
    bool version_locked; /* a partition used another call: no other version any more */
    bool wants_ns_bit;   /* version 1.0: it asked FFA_FEATURES for that bit of retrieved memory */
    uint32_t version;    /* in force: negotiated, or of the manifest */
    struct mailbox mailbox;
};

/* A VM of the Normal world, known by the buffers that its hypervisor forwarded. */
struct vm {
    uint16_t id; /* while its mailbox is mapped */
    struct mailbox mailbox;
};

/* ---- vCPUs ---- */

enum vcpu_state {
    VCPU_OFF,         /* not started on this CPU */
    VCPU_WAITING,     /* idle: takes a request, or cycles by FFA_RUN */
    VCPU_RUNNING,     /* on a CPU */
    VCPU_BLOCKED,     /* waits for its callee, or (callee none) has yielded */
    VCPU_PREEMPTED,   /* the Normal world took its CPU; FFA_RUN of the chain's head goes on */
    VCPU_INTERRUPTED, /* a Secure interrupt's handler has its CPU; goes on when that ends */
    VCPU_ABORTED,     /* dead; may still be a link of a chain that unwinds over it */
    VCPU_STATES,
};

/* What a vCPU runs for: fixed when it leaves WAITING (or OFF), until it is back there. */
enum runtime_model {
    MODEL_NONE,
    MODEL_INIT,
    MODEL_RUN,
    MODEL_DIRECT,
    MODEL_POWER,     /* a direct request of the SPMC: the CPU goes off */
    MODEL_INTERRUPT, /* a Secure interrupt of its own */
    MODELS,
};

/* Which interrupts wait while a vCPU runs. Each level includes those before. */
enum mask {
    MASK_NOTHING,
    MASK_NORMAL, /* the Normal world's */
    MASK_ALL,    /* and those of partitions' devices */
};

/* A vCPU's number in spmc.vcpus, or who else is at that end of a chain. */
typedef int64_t vcpu_ref;
#define NO_VCPU ((vcpu_ref)-1)
#define NORMAL_WORLD ((vcpu_ref)-2)
#define THE_SPMC ((vcpu_ref)-3) /* what it schedules itself: handlers, power messages */

#define SPECIAL_FRESH 1 /* it starts: aarch64/ gives it reset system registers */
#define SPECIAL_S_EL0 2

#define LINE_IRQ 1 /* virtual interrupt lines of a vCPU */
#define LINE_FIQ 2

/* The two timers of a vCPU (CNTP and CNTV), which core/timer.c emulates. */
enum { TIMER_PHYSICAL, TIMER_VIRTUAL, TIMERS };

struct virtual_timer {
    uint64_t control; /* as CNTx_CTL_EL0, without ISTATUS */
    uint64_t compare;
    bool fired; /* its interrupt was raised since it was last set */
};

#define NEVER UINT64_MAX

struct exception {
    bool pending; /* aarch64/ delivers it at S-EL1 when the vCPU runs next */
    uint64_t esr;
    uint64_t far;
};

struct vcpu {
    struct regs regs;
    enum vcpu_state state;
    enum runtime_model model;
    vcpu_ref self;
    uint8_t partition;        /* index in spmc.partitions */
    uint16_t place;           /* and counted from the beginning of struct spmc */
    uint8_t index;            /* execution context number, as FFA_RUN names it */
    uint8_t cpu;              /* RUNNING, BLOCKED, PREEMPTED: the CPU of its chain */
    uint8_t masked;           /* enum mask; with one it runs under a deadline */
    vcpu_ref caller;          /* who gave it its cycles: a vCPU, NORMAL_WORLD or THE_SPMC */
    vcpu_ref callee;          /* BLOCKED: whom it waits for; NO_VCPU after a yield */
    uint16_t requester;       /* MODEL_DIRECT: the endpoint that waits for a response */
    bool extended;            /* and by FFA_MSG_SEND_DIRECT_RESP2 */
    uint32_t response_w2;     /* w2 of that response: 0, or a framework message's */
    uint64_t deadline;        /* masked: when its time is over; while BLOCKED: ticks it has left */
    uint8_t lines INDEXED(2); /* LINE_*: raised while an enabled interrupt is pending */
    uint8_t special; /* SPECIAL_*: it runs in a way that most do not; aarch64/ reads both at once */
    uint16_t pending; /* interrupts by slot of the partition's list, a bit each */
    uint16_t enabled;
    uint16_t by_fiq;     /* these raise the FIQ line, the others IRQ */
    uint16_t in_service; /* given to the partition, which has not deactivated them yet */
    uint8_t home;        /* the CPU that watches its timers */
    bool attended;  /* it fetched an interrupt since its handler began; or is to have one begun */
    uint64_t alarm; /* when the first of its timers expires; NEVER */
    struct virtual_timer timers[TIMERS];
    uint64_t sending; /* handle of its memory that it sends, where that gave way; 0 */
    struct exception exception;
} INDEXED(512);

/* ---- Partitions ---- */

enum partition_state {
    PARTITION_ABSENT,   /* no such, or left out: its start failed */
    PARTITION_LOADED,   /* ready to start */
    PARTITION_STARTING, /* its first context runs its start */
    PARTITION_LIVE,
    PARTITION_ABORTED,    /* from here on dead (partition_is_dead) */
    PARTITION_RESTARTING, /* its memory is made new (restart.c) */
};

/* When a dead partition comes back: bulkhead,restart of its manifest. */
enum restart_policy {
    RESTART_NEVER,
    RESTART_AT_ONCE,
    RESTART_ON_NEXT_CALL,
};

struct region {
    uint64_t base; /* REGION_ALLOCATE until load.c has chosen an address */
    uint64_t size;
    uint32_t attributes; /* MAP_* of core/stage2.h */
    uint32_t phandle;    /* of its node, for rx_tx-info */
    bool allocated;      /* Bulkhead chooses the address */
    char name[NAME_MAX_BYTES];
};

#define REGION_ALLOCATE UINT64_MAX

/* An interrupt that a partition can have. */
struct interrupt {
    uint16_t intid;
    uint8_t priority;     /* as in the manifest: 0 is the highest */
    uint8_t target;       /* the CPU that the manifest, or the partition, wants for an SPI */
    uint8_t first_target; /* the manifest */
    uint8_t cpu;          /* and the one that it goes to */
    uint8_t held; /* its handlers took too much time: off for a while; a bit for each CPU, or 1 */
    bool per_cpu : 1; /* a PPI */
    bool level : 1;
    bool off : 1; /* the partition turned it off (HF_RECONFIGURE_ENABLE) */
};

struct partition {
    struct endpoint endpoint;
    enum partition_state state;
    char name[NAME_MAX_BYTES];
    uint32_t properties; /* FFA_PROPERTY_*, unfiltered */
    uint8_t context_count;
    uint8_t first_vcpu;   /* its contexts follow each other in spmc.vcpus */
    uint16_t first_place; /* counted from the beginning of struct spmc */
    uint8_t uuid_count;
    uint8_t ns_action; /* FFA_NS_ACTION_* */
    uint8_t mask;      /* enum mask: what that and FFA_S_ACTION_* keep away while it runs */
    bool s_el0;
    uint8_t boot_register; /* x register that holds the boot information's address */
    uint16_t boot_order;
    bool wants_boot_info;
    struct ffa_uuid uuid[UUID_MAX];
    uint64_t load; /* the package: base and size of the partition's memory */
    uint64_t size;
    uint64_t entry;           /* of the first context */
    uint64_t secondary_entry; /* of the others: FFA_SECONDARY_EP_REGISTER, else `entry` */
    uint64_t boot_info;       /* address of the boot information, 0 without */
    uint64_t budget;          /* ticks of a masked stay */
    uint16_t vmid;
    uint16_t tables[2]; /* stage-2 roots by IPA space (Secure, Non-secure): page of the pool; at
                         * S-EL0 one of stage 1, twice */
    uint64_t roots[2];  /* and physical address */
    uint32_t manifest_offset; /* in the package */
    uint32_t manifest_size;
    uint8_t rx_region; /* regions that are its mailbox from the start: index + 1, 0 for none */
    uint8_t tx_region;
    uint8_t region_count; /* memory and devices of its manifest, those inside the package too */
    struct region regions[REGION_MAX];
    uint8_t interrupt_count;
    struct interrupt interrupts[INTERRUPT_MAX]; /* by slot (core/interrupt.h) */
    bool managed_exit_irq;                      /* managed exit comes as IRQ, not as FIQ */
    bool wants_cpu_off;                         /* power messages that it subscribed to */
    uint64_t paid;            /* until when the time of its handlers is paid for (interrupt.c) */
    uint32_t held_count;      /* how often an interrupt was held back */
    uint32_t interrupt_total; /* interrupts of its devices that came */
    uint16_t shared_enabled;  /* SPIs are enabled in all contexts at once */
    uint16_t shared_fiq;
    uint32_t calls;         /* direct requests that reached it */
    uint32_t aborts;        /* how often it died */
    uint8_t restart;        /* enum restart_policy; the rest is restart.c's */
    uint8_t restart_cpu;    /* whose alarm looks after it */
    uint32_t first_version; /* the manifest's */
    uint32_t restarts;
    uint32_t recent_deaths; /* since `deaths_since`, for the limit of restarts */
    uint64_t deaths_since;
    uint64_t restart_due; /* when it is to come back by itself, NEVER */
    uint64_t copy;        /* the package as it was loaded, in memory that is nobody's */
    uint64_t copy_size;
    uint64_t restored; /* RESTARTING: bytes of its memory that are as new */
    uint8_t log_length;
    char log[LOG_LINE_BYTES];
} INDEXED(1024);

/* ---- Notifications (core/notify.h) ---- */

/* A receiver's senders: partitions, and the Normal world with its VMs, have a bitmap each. */
enum sender_world {
    FROM_PARTITIONS,
    FROM_NORMAL,
    SENDER_WORLDS,
};

struct pending {
    uint64_t set;
    uint64_t told; /* of these, the Normal world's scheduler knows */
};

/* A bit for each notification. */
struct notifications {
    uint64_t bound;
    uint64_t per_vcpu; /* of these; the others are global */
    struct pending global;
    struct pending vcpu[NOTIFY_VCPU_MAX];
    union {                         /* whose a bound one is: */
        uint16_t sender[64];        /* FROM_NORMAL: the sender of each */
        uint64_t of[PARTITION_MAX]; /* FROM_PARTITIONS: those of each, so its death is short */
    };
};

struct receiver {
    uint16_t id;         /* a VM's, while it has a bitmap */
    uint16_t vcpu_count; /* the same; 0 without one */
    uint32_t news;       /* what its scheduler was not told: NEWS_GLOBAL, or a bit for each vCPU */
    struct pending framework;
    struct notifications from[SENDER_WORLDS];
} INDEXED(1024);

#define RECEIVER_MAX (PARTITION_MAX + 1 + VM_MAX)
#define NEWS_GLOBAL (1U << 31)
#define NEWS_WORDS ((RECEIVER_MAX + 63) / 64)

/* ---- CPUs ---- */

/* The SPMD entry that is open on a CPU: it decides which exits are legal. */
enum entry {
    ENTRY_NONE, /* the CPU is off, or in the Normal world */
    ENTRY_COLD_INIT,
    ENTRY_WARM_INIT,
    ENTRY_NORMAL_CALL,
    ENTRY_SECURE_INTERRUPT,
    ENTRY_FRAMEWORK,
    ENTRIES,
};

#define CHORE_SCHEDULE_RECEIVER 1 /* that interrupt */
#define CHORE_REPORT 2            /* lines of a post-mortem */

struct cpu {
    struct regs normal; /* x0-x17 as the SPMD passed them; the answer goes out here too */
    enum entry entry;
    vcpu_ref current;     /* the vCPU that runs, NO_VCPU in the Normal world */
    uint16_t lines;       /* LINE_* and SPECIAL_*, as aarch64/ has set HCR_EL2 for them */
    vcpu_ref interrupted; /* while a handler runs: the vCPU, or NORMAL_WORLD, that goes on after */
    uint8_t starting;     /* init: next place in the boot order; CPU_OFF: next partition to tell */
    bool online;
    bool denied;    /* CPU_OFF: a partition's answer was not SUCCESS */
    uint64_t since; /* when the handler began */
    uint64_t alarm; /* as port_alarm knows it */
    uint8_t chores; /* CHORE_*: due when the CPU leaves for the Normal world */
} INDEXED(512);

/* A device's interrupt and whose it is. */
struct route {
    uint16_t intid;
    uint8_t partition;
    uint8_t slot;
};

/* A call whose receiver has to start first. */
struct held {
    uint64_t x[18];
};

/* ---- The machine as the SPMC manifest describes it ---- */

struct range {
    uint64_t base;
    uint64_t size;
};

struct ranges {
    uint8_t count;
    struct range range[MEMORY_RANGE_MAX];
};

/* Arrays in whole pages: each is one instruction away. */
struct spmc {
    /* What loading finds, in a page that nobody can write to once boot is over (aarch64/seal.c). */
    uint16_t id;
    uint8_t partition_count;
    uint8_t cpu_count;  /* of the manifest */
    bool logical;       /* Bulkhead answers as a partition itself (stat.c) */
    bool restarts;      /* some partition comes back after its death */
    bool trace_is_told; /* to the Normal world (stat.c) */
    uint8_t route_count;
    struct memory *memory;
    uint8_t boot_order[PARTITION_MAX];
    uint8_t by_id[256]; /* id & 0xff: place of the one partition that may have this id */
    uint64_t (*tables)[1 << TABLE_BITS]; /* TABLE_MAX pages for stage-2 tables */
    uint64_t tables_pa;
    struct route routes[ROUTE_MAX];
    struct range own;    /* Bulkhead's memory: nobody else's; */
    struct range ledger; /* nor what it took of Secure memory for that */
    struct ranges secure_memory;
    struct ranges normal_memory;
    struct ranges secure_devices;
    struct ranges normal_devices;

    struct endpoint
        normal INDEXED(PAGE_BYTES); /* the Normal world: hypervisor, or OS without one */
    uint16_t tables_used;
    uint16_t tables_free;      /* the first page that came back; 0 for none */
    uint64_t news[NEWS_WORDS]; /* receivers with news, a bit each */
    struct vm vms[VM_MAX];
    struct cpu cpus[CPU_MAX] INDEXED(PAGE_BYTES);
    struct vcpu vcpus[PARTITION_MAX * CPU_MAX];
    struct partition partitions[PARTITION_MAX];
    struct receiver receivers[RECEIVER_MAX]; /* partitions, the Normal world, VMs */
    struct held
        held[PARTITION_MAX * CPU_MAX];     /* for each vCPU; comparisons of the state end before */
    uint64_t manifest[MANIFEST_BYTES / 8]; /* the one that is being read; a page that is restored */
};

_Static_assert(offsetof(struct spmc, normal) == PAGE_BYTES, "one page is read-only after boot");

/* ---- Events and what follows ---- */

enum event_kind {
    EVENT_COLD_BOOT, /* the boot CPU, once everything is loaded */
    EVENT_CPU_ON,    /* a CPU came up through the registered secondary entry */
    EVENT_SPMD,      /* the SPMD entered: a call, a message or an interrupt, by cpu.normal */
    EVENT_CALL, /* its SMC or HVC, by its registers; this and the rest are the running vCPU's */
    EVENT_NORMAL_INTERRUPT, /* a Non-secure interrupt waits while a vCPU runs */
    EVENT_DEADLINE,         /* the running vCPU's time is over */
    EVENT_KICK,             /* another CPU wants attention */
    EVENT_TIMER,            /* this CPU's alarm: a partition's timer expired */
    EVENT_INTERRUPT,        /* a device's Secure interrupt */
    EVENT_TIMER_ACCESS,     /* its access to a timer register, by esr */
    EVENT_ABORT,            /* the vCPU's access was refused by stage 2, or failed outside */
    EVENT_TRAP,             /* an instruction that a partition may not execute */
    EVENT_SERROR,           /* an asynchronous abort of the running vCPU */
    EVENT_AGAIN,            /* after NEXT_AGAIN, when no interrupt that it takes is pending */
    EVENTS,
};

struct event {
    enum event_kind kind;
    enum event_kind
        cause;      /* EVENT_SPMD, by FFA_INTERRUPT: EVENT_KICK, _TIMER or _INTERRUPT, or 0 */
    uint32_t intid; /* EVENT_INTERRUPT */
    uint64_t esr;   /* EVENT_ABORT, EVENT_TRAP, EVENT_SERROR: as at S-EL2 */
    uint64_t far;
    bool deliverable; /* the vCPU has vectors, and did not fault inside them */
};

enum next_kind {
    NEXT_RUN,           /* run next.vcpu */
    NEXT_REPLY_NORMAL,  /* SMC to the SPMD with cpu.normal: the answer of a Normal-world call */
    NEXT_AGAIN,         /* long work for next.vcpu gave way: see to interrupts, then step again */
    NEXT_RESUME_NORMAL, /* the same SMC with FFA_NORMAL_WORLD_RESUME */
    NEXT_REPLY_SPMD,    /* the same with the answer of a framework message */
    NEXT_INIT_DONE,     /* the same with the first FFA_MSG_WAIT of this CPU */
    NEXT_STOP,          /* no legal way on: print the post-mortem, stop this CPU */
    NEXTS,
};

/*
 * Two whole registers, aligned as a pair of them: so it never goes through memory on its way up.
 * (With -mstrict-align a lesser alignment would not do.)
 */
struct next {
    uint64_t kind; /* enum next_kind */
    struct vcpu *vcpu;
} __attribute__((aligned(16)));

/*
 * One step of the SPMC on a CPU. EVENT_CALL, interrupts and faults belong to the vCPU that
 * was returned by the last NEXT_RUN on this CPU. The caller holds the lock.
 */
struct next spmc_step(struct spmc *s, unsigned cpu, const struct event *event);

/* Which exits an entry may take: a bit (1 << enum next_kind) for each. NEXT_RUN and
 * NEXT_AGAIN keep an entry open. */
extern const uint8_t spmc_legal_exits[ENTRIES];

struct memory;

/* Empties `s` and gives it its stage-2 table memory: TABLE_MAX pages at `tables`, physically at
 * `tables_pa`; and room for the memory of transactions. */
void spmc_init(struct spmc *s, uint64_t (*tables)[1 << TABLE_BITS], uint64_t tables_pa,
               struct memory *memory);

#endif
