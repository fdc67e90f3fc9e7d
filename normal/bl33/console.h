/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The Normal world's serial console.
 */
#ifndef BL33_CONSOLE_H
#define BL33_CONSOLE_H

#include <stdint.h>

void uart_init(void);
void uart_put(char character);

/* Knows %c %s %d %u %x %%, the sizes l and ll, zero padding and a width. */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
