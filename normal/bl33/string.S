/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * memcpy, memset and memcmp, which the compiler calls on its own. Byte by byte, in assembly:
 * written in C, a compiler may turn the loop of memset into a call of memset.
 */
    .section .text.string, "ax"

    .global memcpy
memcpy:
    mov     x3, x0
1:  cbz     x2, 2f
    ldrb    w4, [x1], #1
    strb    w4, [x3], #1
    sub     x2, x2, #1
    b       1b
2:  ret

    .global memset
memset:
    mov     x3, x0
1:  cbz     x2, 2f
    strb    w1, [x3], #1
    sub     x2, x2, #1
    b       1b
2:  ret

    .global memcmp
memcmp:
    mov     x3, x0
    mov     w0, #0
1:  cbz     x2, 2f
    ldrb    w4, [x3], #1
    ldrb    w5, [x1], #1
    sub     x2, x2, #1
    subs    w0, w4, w5
    b.eq    1b
2:  ret
