/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The numbers of Arm FF-A v1.2: function ids, status codes, register fields and
 * the layouts that partitions, the Normal world and the SPMC exchange.
 * Shared by Bulkhead, its partitions, the bare-metal payload and the host tests;
 * usable from assembly where only the plain numbers are needed.
 */
#ifndef ABI_FFA_H
#define ABI_FFA_H

#define FFA_VERSION_1_0 0x10000
#define FFA_VERSION_1_1 0x10001
#define FFA_VERSION_1_2 0x10002

/* Function ids. A 64-bit form is the 32-bit id with bit 30 set. */
#define FFA_SMC64 0x40000000
#define FFA_SVE_HINT 0x10000 /* SMCCC 1.3: bit 16 of w0, ignored when decoding */

#define FFA_ERROR 0x84000060
#define FFA_SUCCESS_32 0x84000061
#define FFA_SUCCESS_64 0xC4000061
#define FFA_INTERRUPT 0x84000062
#define FFA_VERSION 0x84000063
#define FFA_FEATURES 0x84000064
#define FFA_RX_RELEASE 0x84000065
#define FFA_RXTX_MAP_32 0x84000066
#define FFA_RXTX_MAP_64 0xC4000066
#define FFA_RXTX_UNMAP 0x84000067
#define FFA_PARTITION_INFO_GET 0x84000068
#define FFA_ID_GET 0x84000069
#define FFA_MSG_POLL 0x8400006A
#define FFA_MSG_WAIT 0x8400006B
#define FFA_YIELD 0x8400006C
#define FFA_RUN 0x8400006D
#define FFA_MSG_SEND 0x8400006E
#define FFA_MSG_SEND_DIRECT_REQ_32 0x8400006F
#define FFA_MSG_SEND_DIRECT_REQ_64 0xC400006F
#define FFA_MSG_SEND_DIRECT_RESP_32 0x84000070
#define FFA_MSG_SEND_DIRECT_RESP_64 0xC4000070
#define FFA_MEM_DONATE_32 0x84000071
#define FFA_MEM_DONATE_64 0xC4000071
#define FFA_MEM_LEND_32 0x84000072
#define FFA_MEM_LEND_64 0xC4000072
#define FFA_MEM_SHARE_32 0x84000073
#define FFA_MEM_SHARE_64 0xC4000073
#define FFA_MEM_RETRIEVE_REQ_32 0x84000074
#define FFA_MEM_RETRIEVE_REQ_64 0xC4000074
#define FFA_MEM_RETRIEVE_RESP 0x84000075
#define FFA_MEM_RELINQUISH 0x84000076
#define FFA_MEM_RECLAIM 0x84000077
#define FFA_MEM_FRAG_RX 0x8400007A
#define FFA_MEM_FRAG_TX 0x8400007B
#define FFA_NORMAL_WORLD_RESUME 0x8400007C
#define FFA_NOTIFICATION_BITMAP_CREATE 0x8400007D
#define FFA_NOTIFICATION_BITMAP_DESTROY 0x8400007E
#define FFA_NOTIFICATION_BIND 0x8400007F
#define FFA_NOTIFICATION_UNBIND 0x84000080
#define FFA_NOTIFICATION_SET 0x84000081
#define FFA_NOTIFICATION_GET 0x84000082
#define FFA_NOTIFICATION_INFO_GET_32 0x84000083
#define FFA_NOTIFICATION_INFO_GET_64 0xC4000083
#define FFA_RX_ACQUIRE 0x84000084
#define FFA_SPM_ID_GET 0x84000085
#define FFA_MSG_SEND2 0x84000086
#define FFA_SECONDARY_EP_REGISTER_64 0xC4000087
#define FFA_MEM_PERM_GET_32 0x84000088
#define FFA_MEM_PERM_GET_64 0xC4000088
#define FFA_MEM_PERM_SET_32 0x84000089
#define FFA_MEM_PERM_SET_64 0xC4000089
#define FFA_PERM_RW 1 /* of pages: readable and writable, or readable; not executable */
#define FFA_PERM_RO 3
#define FFA_PERM_NX 4
#define FFA_CONSOLE_LOG_32 0x8400008A
#define FFA_CONSOLE_LOG_64 0xC400008A
#define FFA_PARTITION_INFO_GET_REGS 0xC400008B
#define FFA_EL3_INTR_HANDLE 0x8400008C
#define FFA_MSG_SEND_DIRECT_REQ2 0xC400008D
#define FFA_MSG_SEND_DIRECT_RESP2 0xC400008E
#define FFA_ABORT_32 0x84000090 /* FF-A v1.3; offered to partitions as a documented extension */
#define FFA_ABORT_64 0xC4000090

/* Status codes: w2 of FFA_ERROR, zero-extended from 32 bits. */
#define FFA_NOT_SUPPORTED (-1)
#define FFA_INVALID_PARAMETERS (-2)
#define FFA_NO_MEMORY (-3)
#define FFA_BUSY (-4)
#define FFA_INTERRUPTED (-5)
#define FFA_DENIED (-6)
#define FFA_RETRY (-7)
#define FFA_ABORTED (-8)
#define FFA_NO_DATA (-9)
#define FFA_NOT_READY (-10)

/* What SMCCC answers to a call that nobody implements. */
#define SMCCC_NOT_SUPPORTED (-1)

/* Partition ids: bit 15 tells the Secure world's from the Normal world's. */
#define FFA_ID_SECURE 0x8000
#define FFA_ID_NORMAL_WORLD 0x0000 /* the hypervisor, or the OS without one */
#define FFA_ID_SPMC 0x8000
#define FFA_ID_SPMD 0xFFFF
#define FFA_ID_EL3_FIRST 0xFFC0 /* EL3's logical partitions: 0xFFC0 to 0xFFFE */

/* w2 of a direct request or response: bit 31 makes it a framework message. */
#define FFA_FRAMEWORK_MESSAGE 0x80000000
#define FFA_FRAMEWORK_PSCI_REQUEST 0x80000000
#define FFA_FRAMEWORK_WARM_BOOT 0x80000001
#define FFA_FRAMEWORK_PM_RESPONSE 0x80000002
#define FFA_FRAMEWORK_VM_CREATED 0x80000004
#define FFA_FRAMEWORK_VM_CREATED_RESPONSE 0x80000005
#define FFA_FRAMEWORK_VM_DESTROYED 0x80000006
#define FFA_FRAMEWORK_VM_DESTROYED_RESPONSE 0x80000007
#define FFA_FRAMEWORK_VERSION_REQUEST 0x80000008
#define FFA_FRAMEWORK_VERSION_RESPONSE 0x80000009

#define PSCI_CPU_OFF 0x84000002
#define PSCI_CPU_ON_64 0xC4000003
#define PSCI_SYSTEM_OFF 0x84000008
#define PSCI_SUCCESS 0
#define PSCI_NOT_SUPPORTED (-1)
#define PSCI_DENIED (-3)

/* FFA_FEATURES: feature ids (bit 31 clear) and properties. */
#define FFA_FEATURE_NPI 1
#define FFA_FEATURE_SRI 2
#define FFA_FEATURE_ME 3
#define FFA_RXTX_MIN_4K 0
#define FFA_RETRIEVE_NS_BIT 0x2

/* FFA_PARTITION_INFO_GET. */
#define FFA_PARTITION_INFO_COUNT_ONLY 0x1
#define FFA_PARTITION_INFO_SIZE_1_0 8
#define FFA_PARTITION_INFO_SIZE_1_1 24
#define FFA_PARTITION_INFO_REGS_ENTRIES 5

/* FFA_NOTIFICATION_BIND and SET: w2. */
#define FFA_NOTIFICATION_PER_VCPU 0x1
#define FFA_NOTIFICATION_DELAY_SRI 0x2
#define FFA_NOTIFICATION_VCPU_SHIFT 16
#define FFA_NOTIFICATION_VCPU_MASK 0xffff0000

/* FFA_NOTIFICATION_GET: w2. */
#define FFA_NOTIFICATION_FROM_PARTITIONS 0x1
#define FFA_NOTIFICATION_FROM_VMS 0x2
#define FFA_NOTIFICATION_FROM_SPM 0x4 /* of the framework: bit 0 says that RX is full */
#define FFA_NOTIFICATION_FROM_HYPERVISOR 0x8

/* FFA_MSG_SEND2: w2, and the size of a header by the sender's version. */
#define FFA_MSG_SEND2_DELAY_SRI 0x2
#define FFA_MESSAGE_HEADER_SIZE_1_1 20
#define FFA_MESSAGE_HEADER_SIZE_1_2 40

/* Memory transactions: attributes, permissions, flags (FF-A v1.2 memory management, 1.10). */
#define FFA_MEMORY_INNER_SHAREABLE 0x3
#define FFA_MEMORY_WRITE_BACK (3 << 2)
#define FFA_MEMORY_TYPE (3 << 4)
#define FFA_MEMORY_DEVICE (1 << 4) /* with bits 3:2 zero: nGnRnE */
#define FFA_MEMORY_NORMAL (2 << 4)
#define FFA_MEMORY_NON_SECURE 0x40 /* of a response alone */
#define FFA_MEMORY_USUAL (FFA_MEMORY_NORMAL | FFA_MEMORY_WRITE_BACK | FFA_MEMORY_INNER_SHAREABLE)
#define FFA_ACCESS_DATA 0x3
#define FFA_ACCESS_RO 0x1
#define FFA_ACCESS_RW 0x2
#define FFA_ACCESS_CODE (3 << 2)
#define FFA_ACCESS_NX (1 << 2)
#define FFA_ACCESS_X (2 << 2)
#define FFA_ACCESS_OTHER 1 /* flag of an entry: of another borrower than the one that retrieves */
#define FFA_MEMORY_ZERO 0x1
#define FFA_MEMORY_TIME_SLICE 0x2
#define FFA_MEMORY_ZERO_AFTER 0x4 /* of a retrieve request */
#define FFA_MEMORY_KIND_SHIFT 3
#define FFA_MEMORY_KIND (3 << FFA_MEMORY_KIND_SHIFT)
#define FFA_MEMORY_SHARED 1
#define FFA_MEMORY_LENT 2
#define FFA_MEMORY_DONATED 3
#define FFA_MEMORY_ONE_BORROWER 0x400         /* of a retrieve request: the others are not listed */
#define FFA_HANDLE_OF_HYPERVISOR (1ULL << 63) /* not one that the SPMC gave */
#define FFA_MEMORY_HEADER_1_0 32
#define FFA_MEMORY_HEADER_1_1 48
#define FFA_MEMORY_ACCESS_1_0 16
#define FFA_MEMORY_ACCESS_1_2 32

/* Partition properties, also the manifest's messaging-method (bits 0-2, 9, 10). */
#define FFA_PROPERTY_RECEIVES_REQ 0x001
#define FFA_PROPERTY_SENDS_REQ 0x002
#define FFA_PROPERTY_INDIRECT 0x004
#define FFA_PROPERTY_NOTIFICATIONS 0x008
#define FFA_PROPERTY_VM_CREATED 0x040
#define FFA_PROPERTY_VM_DESTROYED 0x080
#define FFA_PROPERTY_AARCH64 0x100
#define FFA_PROPERTY_RECEIVES_REQ2 0x200
#define FFA_PROPERTY_SENDS_REQ2 0x400

/* Bytes that one FFA_CONSOLE_LOG carries. */
#define FFA_CONSOLE_LOG_32_MAX 24
#define FFA_CONSOLE_LOG_64_MAX 48
#define FFA_CONSOLE_LOG_1_2_MAX 128

/* Manifest: ns-interrupts-action. */
#define FFA_NS_ACTION_QUEUED 0
#define FFA_NS_ACTION_MANAGED_EXIT 1
#define FFA_NS_ACTION_SIGNALLED 2

/*
 * Hypercalls on virtual interrupts, the interface that existing partitions use: numbers and
 * meaning are those of Hafnium's public headers. w0 is the function, w1 mostly an INTID.
 */
#define HF_INTERRUPT_ENABLE 0xff03      /* w2: 1 on, 0 off; w3: a HF_LINE_* */
#define HF_INTERRUPT_GET 0xff04         /* gives the next pending INTID, or HF_INVALID_INTID */
#define HF_INTERRUPT_DEACTIVATE 0xff08  /* w1 physical, w2 virtual INTID */
#define HF_INTERRUPT_RECONFIGURE 0xff09 /* w2: a HF_RECONFIGURE_*; w3: its value */
#define HF_LINE_IRQ 0
#define HF_LINE_FIQ 1
#define HF_RECONFIGURE_TARGET_PE 0
#define HF_RECONFIGURE_SECURITY 1
#define HF_SECURE 1 /* a value of HF_RECONFIGURE_SECURITY */
#define HF_RECONFIGURE_ENABLE 2
#define HF_INVALID_INTID 0xffffffff
#define HF_INTID_TIMER 3 /* virtual INTIDs that the SPMC raises */
#define HF_INTID_MANAGED_EXIT 4
#define HF_INTID_NOTIFICATION 5

/* Manifest: other-s-interrupts-action. */
#define FFA_S_ACTION_QUEUED 0
#define FFA_S_ACTION_SIGNALLED 1

/* Manifest: attributes of an interrupt. */
#define FFA_INTERRUPT_PRIORITY 0xff
#define FFA_INTERRUPT_SECURE 0x100
#define FFA_INTERRUPT_LEVEL 0x200
#define FFA_INTERRUPT_TYPE_SHIFT 10
#define FFA_INTERRUPT_SGI 0
#define FFA_INTERRUPT_PPI 1
#define FFA_INTERRUPT_SPI 2

/* Boot information (FF-A v1.1): signature of the header, sizes, types, flags. */
#define FFA_BOOT_INFO_SIGNATURE 0x0FFA
#define FFA_BOOT_INFO_TYPE_FDT 0
#define FFA_BOOT_INFO_TYPE_REGION 0x80 /* Bulkhead's own: an allocated memory region, by name */
#define FFA_BOOT_INFO_BY_ADDRESS 0

/* An SP package: "SPKG", then version, manifest offset and size, image offset and size. */
#define SP_PACKAGE_MAGIC 0x474B5053

#ifndef __ASSEMBLER__

#include <stdint.h>

struct ffa_uuid {
    uint32_t word[4]; /* the 16 bytes of the UUID as little-endian words */
};

struct ffa_partition_info {
    uint16_t id;
    uint16_t context_count;
    uint32_t properties;
    struct ffa_uuid uuid; /* absent in version 1.0 */
};

/* What a message in TX begins with (FFA_MSG_SEND2); before version 1.2 without the last two. */
struct ffa_message_header {
    uint32_t flags;
    uint32_t reserved;
    uint32_t offset; /* of the payload, from the start of the buffer */
    uint16_t receiver;
    uint16_t sender;
    uint32_t size; /* of the payload */
    uint32_t reserved_too;
    struct ffa_uuid uuid; /* of the receiver; nil for any */
};

/* A memory transaction begins with this; before version 1.1 without what follows `count`. */
struct ffa_memory_header {
    uint16_t sender;
    uint16_t attributes; /* one byte, and a reserved one, before version 1.1 */
    uint32_t flags;
    uint64_t handle;
    uint64_t tag;
    uint32_t access_size; /* reserved before version 1.1 */
    uint32_t count;       /* of the entries for borrowers, which follow at `offset` */
    uint32_t offset;
    uint32_t reserved[3];
};

/* The entry of a borrower; 16 bytes, without a second word of its own, before version 1.2. */
struct ffa_memory_access {
    uint16_t id;
    uint8_t permissions;
    uint8_t flags;
    uint32_t composite; /* where that is, from the start of the header */
    uint64_t own[2];    /* what sender and borrower agreed on; reserved before version 1.2 */
    uint64_t reserved;
};

struct ffa_memory_composite {
    uint32_t pages;
    uint32_t count; /* of the ranges that follow */
    uint64_t reserved;
};

struct ffa_memory_range {
    uint64_t address;
    uint32_t pages;
    uint32_t reserved;
};

/* FFA_MEM_RELINQUISH, in TX. */
struct ffa_memory_relinquish {
    uint64_t handle;
    uint32_t flags;
    uint32_t count;
    uint16_t id[1];
};

struct ffa_boot_info_header {
    uint32_t signature;
    uint32_t version;
    uint32_t blob_size;
    uint32_t descriptor_size;
    uint32_t descriptor_count;
    uint32_t descriptor_offset;
    uint64_t reserved;
};

struct ffa_boot_info_descriptor {
    uint8_t name[16];
    uint8_t type;
    uint8_t reserved;
    uint16_t flags;
    uint32_t size;
    uint64_t content;
};

struct sp_package_header {
    uint32_t magic;
    uint32_t version;
    uint32_t manifest_offset;
    uint32_t manifest_size;
    uint32_t image_offset;
    uint32_t image_size;
};

#endif
#endif
