/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * printf, as much of it as test output needs: one pass over the format, no buffer.
 */
#include <stdarg.h>
#include <stdbool.h>

#include "console.h"

struct specifier {
    char pad;
    unsigned width;
    bool is_long;
    char conversion;
};

static void put_text(const char *text)
{
    for (; *text; text++) {
        if (*text == '\n')
            uart_put('\r');
        uart_put(*text);
    }
}

static void put_number(uint64_t value, unsigned base, const struct specifier *how)
{
    char digits[20];
    unsigned count = 0;

    do {
        digits[count++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    for (unsigned width = how->width; width > count; width--)
        uart_put(how->pad);
    while (count)
        uart_put(digits[--count]);
}

static void put_signed(int64_t value, const struct specifier *how)
{
    if (value < 0)
        uart_put('-');
    put_number(value < 0 ? -(uint64_t)value : (uint64_t)value, 10, how);
}

/* Reads what follows a '%'; gives the position behind it. */
static const char *parse(const char *format, struct specifier *how)
{
    *how = (struct specifier){.pad = ' '};
    if (*format == '0')
        how->pad = *format++;
    for (; *format >= '0' && *format <= '9'; format++)
        how->width = how->width * 10 + (unsigned)(*format - '0');
    for (; *format == 'l'; format++)
        how->is_long = true;
    how->conversion = *format;
    return *format ? format + 1 : format;
}

static uint64_t next_unsigned(va_list *arguments, bool is_long)
{
    return is_long ? va_arg(*arguments, uint64_t) : va_arg(*arguments, uint32_t);
}

static int64_t next_signed(va_list *arguments, bool is_long)
{
    return is_long ? va_arg(*arguments, int64_t) : va_arg(*arguments, int32_t);
}

static void put_conversion(const struct specifier *how, va_list *arguments)
{
    switch (how->conversion) {
    case 'c':
        uart_put((char)va_arg(*arguments, int));
        break;
    case 's':
        put_text(va_arg(*arguments, const char *));
        break;
    case 'd':
        put_signed(next_signed(arguments, how->is_long), how);
        break;
    case 'u':
        put_number(next_unsigned(arguments, how->is_long), 10, how);
        break;
    case 'x':
        put_number(next_unsigned(arguments, how->is_long), 16, how);
        break;
    default:
        uart_put(how->conversion);
    }
}

void print(const char *format, ...)
{
    va_list arguments;
    struct specifier how;

    va_start(arguments, format);
    while (*format) {
        if (*format == '%') {
            format = parse(format + 1, &how);
            put_conversion(&how, &arguments);
        } else {
            char text[2] = {*format++, 0};

            put_text(text);
        }
    }
    va_end(arguments);
}
