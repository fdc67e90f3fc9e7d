/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A printf just large enough to say what happened: characters gather in a line
 * that goes out by FFA_CONSOLE_LOG when it is full, and at the end.
 */
#include <stdarg.h>

#include "partitions/sdk/sdk.h"

struct line {
    char text[FFA_CONSOLE_LOG_64_MAX];
    unsigned int length;
};

static void flush(struct line *line)
{
    if (line->length != 0)
        ffa_console_log(line->text, line->length);
    line->length = 0;
}

static void put(struct line *line, char c)
{
    if (line->length == sizeof(line->text))
        flush(line);
    line->text[line->length++] = c;
}

static void put_string(struct line *line, const char *text)
{
    while (*text != '\0')
        put(line, *text++);
}

static void put_number(struct line *line, uint64_t value, unsigned int base)
{
    char digits[20];
    unsigned int count = 0;

    do {
        digits[count++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    while (count != 0)
        put(line, digits[--count]);
}

static void put_signed(struct line *line, int value)
{
    if (value < 0)
        put(line, '-');
    put_number(line, value < 0 ? 0U - (unsigned int)value : (unsigned int)value, 10);
}

void sdk_printf(const char *format, ...)
{
    struct line line = {.length = 0};
    va_list arguments;

    va_start(arguments, format);
    for (; *format != '\0'; format++) {
        if (*format != '%') {
            put(&line, *format);
            continue;
        }
        switch (*++format) {
        case 's':
            put_string(&line, va_arg(arguments, const char *));
            break;
        case 'c':
            put(&line, (char)va_arg(arguments, int));
            break;
        case 'd':
            put_signed(&line, va_arg(arguments, int));
            break;
        case 'u':
            put_number(&line, va_arg(arguments, unsigned int), 10);
            break;
        case 'x':
            put_number(&line, va_arg(arguments, unsigned int), 16);
            break;
        case 'l': /* of %lx */
            format += format[1] == 'x';
            put_number(&line, va_arg(arguments, unsigned long), 16);
            break;
        case 'p':
            put_string(&line, "0x");
            put_number(&line, (uintptr_t)va_arg(arguments, void *), 16);
            break;
        case '\0': /* a lone % ends the text */
            format--;
            break;
        default:
            put(&line, *format);
        }
    }
    va_end(arguments);
    flush(&line);
}
