/* SPDX-License-Identifier: BSD-3-Clause */
/* The Secure console: a PL011 that is only ever written to. */
#include "aarch64/machine.h"
#include "aarch64/registers.h"
#include "platform/qemu-virt/platform.h"

#define UART_DR 0x00
#define UART_FR 0x18
#define UART_LCR 0x2c
#define UART_CR 0x30
#define FR_TRANSMIT_FULL BIT(5)
#define LCR_8BIT_FIFO 0x70
#define CR_ENABLE_TRANSMIT 0x101

static volatile uint32_t *uart(unsigned offset)
{
    return window(PLATFORM_UART_BASE + offset);
}

void uart_init(void)
{
    *uart(UART_LCR) = LCR_8BIT_FIFO;
    *uart(UART_CR) = CR_ENABLE_TRANSMIT;
}

BEHIND_VECTOR("04") void uart_put(char c)
{
    while (*uart(UART_FR) & FR_TRANSMIT_FULL)
        ;
    *uart(UART_DR) = (uint8_t)c;
}
