/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The Secure console. A partition's characters are kept until its line ends, so
 * that lines of several partitions do not mix, and printed behind its name.
 */
#include "core/console.h"

#include <stdarg.h>

#include "core/calls.h"
#include "core/port.h"
#include "core/vcpu.h"

/* What is not printable becomes a question mark: whoever is printed cannot drive the user's
 * terminal, nor add lines. */
static char printable(char c)
{
    return c >= ' ' && c <= '~' ? c : '?';
}

/* It may be somebody else's: a node of a manifest has any name. */
static void put_string(const char *text)
{
    for (text = text != NULL ? text : "-"; *text != '\0'; text++)
        port_console_put(printable(*text));
}

static void put_number(uint64_t value, unsigned base)
{
    char digits[20];
    unsigned count = 0;

    do {
        digits[count++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    while (count > 0)
        port_console_put(digits[--count]);
}

static void put_value(char kind, uint64_t value)
{
    if (kind == 'x')
        put_string("0x");
    if (kind == 'd' && (int32_t)value < 0) {
        port_console_put('-');
        value = -(uint32_t)value;
    }
    put_number(value, kind == 'x' ? 16 : 10);
}

/* One argument; gives the last character of its conversion. */
static const char *put_argument(const char *kind, va_list *list)
{
    if (*kind == 's')
        put_string(va_arg(*list, const char *));
    else if (*kind == 'l')
        put_value(*++kind, va_arg(*list, uint64_t));
    else
        put_value(*kind, va_arg(*list, uint32_t));
    return kind;
}

static void print_list(const char *format, va_list *list)
{
    for (; *format != '\0'; format++)
        if (*format == '%')
            format = put_argument(format + 1, list);
        else
            port_console_put(*format);
}

void print(const char *format, ...)
{
    va_list list;

    va_start(list, format);
    print_list(format, &list);
    va_end(list);
}

static void log_flush(struct partition *p)
{
    print("[%s] ", p->name);
    for (unsigned i = 0; i < p->log_length; i++)
        port_console_put(p->log[i]);
    port_console_put('\n');
    p->log_length = 0;
}

/* The end of a line is no character where the call has ended `lines` before: others wait while it
 * prints. */
static unsigned log_character(struct partition *p, char c, unsigned lines)
{
    bool ends = c == '\n' && lines < LOG_LINES_MAX;

    if (c == '\0' || c == '\r')
        return lines;
    if (!ends)
        p->log[p->log_length++] = printable(c);
    if (ends || p->log_length == LOG_LINE_BYTES)
        log_flush(p);
    return lines + ends;
}

/*
 * FFA_CONSOLE_LOG: w1 characters, packed from w2 (4 in each register) or x2 (8); from version 1.2
 * the 64-bit form goes on to x17.
 */
refusal call_console_log(struct spmc *s, struct call *c)
{
    (void)s;
    bool wide = c->regs->x[0] & FFA_SMC64;
    unsigned each = wide ? 8 : 4;
    uint32_t max = !wide                                ? FFA_CONSOLE_LOG_32_MAX
                   : c->who->version >= FFA_VERSION_1_2 ? FFA_CONSOLE_LOG_1_2_MAX
                                                        : FFA_CONSOLE_LOG_64_MAX;
    uint32_t count = (uint32_t)c->regs->x[1];
    unsigned lines = 0;

    if (count == 0 || count > max)
        return REFUSAL(FFA_INVALID_PARAMETERS, "a number out of range");
    for (uint32_t i = 0; i < count; i++)
        lines = log_character(call_partition(c), (char)(c->regs->x[2 + i / each] >> 8 * (i % each)),
                              lines);
    return NULL;
}

void print_partition(const struct partition *p, const char *what)
{
    print("bulkhead: partition %s %s\n", p->name, what);
}

void print_registers(const uint64_t *x)
{
    for (unsigned i = 0; i < 30; i += 3)
        print("  x%u %lx x%u %lx x%u %lx\n", i, x[i], i + 1, x[i + 1], i + 2, x[i + 2]);
    print("  x30 %lx\n", x[30]);
}
