/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ffa: talk to the Secure Partitions from a shell. This file knows the commands
 * and how the program ends; each command is a file of its own.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ffa.h"

static void help_command(int count, char **arguments);

static const struct command {
    const char *name;
    const char *usage;
    const char *purpose;
    void (*run)(int count, char **arguments);
} commands[] = {
    {"list", "ffa list", "the partitions: id, UUID, name, contexts, properties", list_command},
    {"send", "ffa send PARTITION WORD...",
     "one message of up to five numbers, and the answer's five", send_command},
    {"vault", "ffa vault put NAME VALUE", "keep a value of up to 16 characters", vault_command},
    {"vault", "ffa vault get NAME", "print it", vault_command},
    {"vault", "ffa vault delete NAME", "forget it", vault_command},
    {"vault", "ffa vault list", "print all names", vault_command},
    {"vault", "ffa vault store NAME FILE", "keep a file of up to 64 KiB", vault_command},
    {"vault", "ffa vault fetch NAME", "write it to the standard output", vault_command},
    {"share", "ffa share [lend | donate] FILE",
     "a file to courier by shared or lent memory, on to vault, and back", share_command},
    {"ticker", "ffa ticker", "how often ticker was called, and its time", ticker_command},
    {"stat", "ffa stat", "what Bulkhead counts: of partitions, memory in flight", stat_command},
    {"trace", "ffa trace [-f] [--raw]",
     "its last steps: who, whom, which call, why refused; -f goes on; --raw for tools/trace.py",
     trace_command},
    {"ping", "ffa ping PARTITION [-c COUNT] [-i MS]", "time round trips (5), with pauses",
     ping_command},
    {"notify", "ffa notify PARTITION BIT", "send it a notification, 0 to 63", notify_command},
    {"watch", "ffa watch [SECONDS]", "print what partitions send: each has four bits in turn",
     watch_command},
    {"help", "ffa help", "this text", help_command},
};

static void print_usage(FILE *out)
{
    fputs("Usage:\n", out);
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        fprintf(out, "  %-30s  %s\n", commands[i].usage, commands[i].purpose);
    fputs("A PARTITION is a name, a UUID or an id; a number is decimal, or hexadecimal after 0x.\n",
          out);
}

static void help_command(int count, char **arguments)
{
    (void)arguments;
    if (count != 0)
        misuse("help takes no arguments");
    print_usage(stdout);
}

void misuse(const char *reason, ...)
{
    va_list arguments;

    fputs("ffa: ", stderr);
    va_start(arguments, reason);
    vfprintf(stderr, reason, arguments);
    va_end(arguments);
    fputs("\n", stderr);
    print_usage(stderr);
    exit(2);
}

void fail(const char *reason, ...)
{
    va_list arguments;

    fflush(stdout);
    fputs("ffa: ", stderr);
    va_start(arguments, reason);
    vfprintf(stderr, reason, arguments);
    va_end(arguments);
    fputs("\n", stderr);
    exit(1);
}

int main(int argc, char **argv)
{
    if (argc < 2)
        misuse("which command?");
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcmp(argv[1], commands[i].name) == 0) {
            commands[i].run(argc - 2, argv + 2);
            return fflush(stdout) == 0 ? 0 : 1;
        }
    }
    misuse("there is no command '%s'", argv[1]);
}
