/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every limit of the core, by name. docs/LIMITS.md says what happens at each.
 * A host test may build the core with a smaller world.
 */
#ifndef CORE_LIMITS_H
#define CORE_LIMITS_H

#ifndef CPU_MAX
#define CPU_MAX 8
#endif

#ifndef PARTITION_MAX
#define PARTITION_MAX 8 /* BL2 loads no more packages */
#endif

#define UUID_MAX 4        /* UUIDs of one partition */
#define NAME_MAX_BYTES 16 /* a partition's name, its final zero included */
#ifndef MEMORY_RANGE_MAX
#define MEMORY_RANGE_MAX 8 /* ranges of the SPMC manifest, of each kind */
#endif
#ifndef REGION_MAX
#define REGION_MAX 8 /* memory and device regions of one partition, together */
#endif
#ifndef INTERRUPT_MAX
#define INTERRUPT_MAX 16 /* interrupts of one partition, the SPMC's own three included */
#endif
#define ROUTE_MAX 32           /* interrupts of all partitions' devices */
#define MAILBOX_PAGES_MAX 63   /* pages of one RX or TX buffer: the field has six bits */
#define MESSAGE_BYTES_MAX 8192 /* an indirect message, header included: copied in one stretch */
#define COPY_BYTES 512         /* of it that are in private memory at a time */
#ifndef VM_MAX
#define VM_MAX \
    64 /* VMs whose buffers a hypervisor has forwarded, or that have a notification bitmap */
#endif

#ifndef NOTIFY_VCPU_MAX
#define NOTIFY_VCPU_MAX 16 /* vCPUs of a VM, or of the Normal world, that takes notifications */
#endif

#define MANIFEST_BYTES 4096 /* a manifest, the SPMC's or a partition's: one page */
#define LOG_LINE_BYTES 96   /* a line of a partition's console output */
#define LOG_LINES_MAX 8     /* lines that end in one call */

#ifndef TRACE_RECORDS
#define TRACE_RECORDS 256 /* of the flight recorder, for each CPU */
#endif
#define TRACE_REPORTED 64 /* of these, that a post-mortem prints */

#ifndef TABLE_BITS
#define TABLE_BITS 9 /* of an address, for each level of stage-2 tables; less in proofs alone */
#endif
#ifndef TABLE_MAX
#define TABLE_MAX 96 /* pages of stage-2 tables, of all partitions */
#endif

#ifndef TRANSACTION_MAX
#define TRANSACTION_MAX 128 /* memory transactions in flight */
#define CHUNK_MAX 1024      /* lists of CHUNK_RANGES ranges, of all transactions */
#endif
#ifndef PIECE_WORK
#define PIECE_WORK 1500 /* instructions, about, of a partition's call before it may give way */
#endif
#ifndef CHUNK_RANGES
#define CHUNK_RANGES 31 /* ranges of a chunk */
#endif
#ifndef TOLD_MAX
#define TOLD_MAX 2048 /* bytes to a partition in one stretch */
#endif
#ifndef TOLD_WORLD_MAX
#define TOLD_WORLD_MAX 4096 /* to the hypervisor: a page */
#endif
#define TRANSACTION_SENT_MAX 6     /* in flight of one partition: so others are left some */
#define BORROWER_MAX 8             /* of one transaction */
#define TRANSACTION_RANGES_MAX 512 /* of one transaction */
#define TRANSACTION_PAGES_MAX (64U << 8)
#define ZERO_PAGES_MAX 128     /* that are zeroed within one call of the Normal world */
#define BUDGET_DEFAULT_MS 2000 /* a stay at S-EL1 with Normal-world interrupts masked */
#define BUDGET_MAX_MS 60000
#ifndef RESTARTS_MAX
#define RESTARTS_MAX 8 /* of a partition within RESTART_WINDOW_MS: then it stays dead */
#endif
#define RESTART_WINDOW_MS 60000
#define MANAGED_EXIT_MS 500 /* to answer a managed exit */
#define HANDLER_BURST_MS 10 /* what handlers may take at once, beyond half of the time */
#define PERM_PAGES_MAX 256  /* of one FFA_MEM_PERM_SET: done in one stretch at S-EL2 */
#define HANDLER_ENTRY_US 40 /* what each counts for besides: EL3 and Bulkhead, there and back */

#endif
