/* SPDX-License-Identifier: BSD-3-Clause */
/* QEMU's `virt` machine with secure=on: where its memory and devices are. */
#ifndef PLATFORM_H
#define PLATFORM_H

/* Bulkhead's part of Secure RAM: TF-A loads it here and enters its first byte. */
#define PLATFORM_BASE 0x0e100000
#define PLATFORM_SIZE 0x00100000

/* Secure RAM below BL31, which TF-A uses until it is up: for the bookkeeping of shared memory. The
 * SPMC manifest may lie there when Bulkhead is entered. */
#define PLATFORM_POOL_BASE 0x0e010000
#define PLATFORM_POOL_SIZE 0x00080000

/* Secure RAM of the partitions. Their packages and memory lie where the SPMC manifest says. */
#define PLATFORM_PARTITIONS_BASE 0x0e200000
#define PLATFORM_PARTITIONS_SIZE 0x00e00000

#define PLATFORM_UART_BASE 0x09040000
#define PLATFORM_GICD_BASE 0x08000000
#define PLATFORM_GICR_BASE 0x080a0000
#define PLATFORM_GICR_STRIDE 0x20000

/*
 * A CPU's index from MPIDR_EL1: QEMU numbers the first 16 CPUs in affinity level 0.
 * The assembler reads these two.
 */
#define PLATFORM_CPU_SHIFT 0
#define PLATFORM_CPU_BITS 4

#endif
