/* SPDX-License-Identifier: BSD-3-Clause */
/* Bulkhead's own lines and the partitions' on the Secure console. */
#ifndef CORE_CONSOLE_H
#define CORE_CONSOLE_H

#include <stdint.h>

/*
 * A small printf for the Secure console: %s (NULL prints as "-"), %d and %u (int, unsigned), %x
 * (unsigned, hexadecimal with 0x), %lx and %lu (uint64_t); nothing else.
 */
__attribute__((format(printf, 1, 2))) void print(const char *format, ...);

struct partition;

/* A line about a partition. */
void print_partition(const struct partition *p, const char *what);

/* x0 to x30, three on a line. */
void print_registers(const uint64_t *x);

#endif
