/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The Normal PL011 of the board, polled: a test's last words must be out before the power goes.
 */
#include "console.h"

#define UART_BASE 0x09000000UL
#define UART_DATA 0x00
#define UART_FLAGS 0x18
#define UART_CONTROL 0x30

#define FLAG_TX_FULL (1u << 5)
#define CONTROL_ENABLE 0x301 /* UART, transmitter, receiver */

static volatile uint32_t *uart_register(unsigned offset)
{
    return (volatile uint32_t *)(UART_BASE + offset);
}

void uart_init(void)
{
    *uart_register(UART_CONTROL) = CONTROL_ENABLE;
}

void uart_put(char character)
{
    while (*uart_register(UART_FLAGS) & FLAG_TX_FULL)
        ;
    *uart_register(UART_DATA) = (uint8_t)character;
}
