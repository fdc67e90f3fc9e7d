/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ffa ping: how long a message takes to a partition and back, measured in the
 * kernel. Any partition answers in some way, and only the way is of interest.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ffa.h"

#define DEFAULT_COUNT 5

struct statistics {
    uint64_t sent, answered, minimum, maximum, sum; /* nanoseconds */
};

static double microseconds(uint64_t nanoseconds)
{
    return (double)nanoseconds / 1000;
}

/* A first word of 0 is no command that changes anything, whoever gets it. */
static void ping_once(const char *name, uint16_t id, struct statistics *s)
{
    struct bulkhead_message message = {.partition = id, .word = {0, ++s->sent}};
    unsigned long long number = s->sent;
    int status = send_message(&message);

    if (status != 0) {
        printf("no answer from %s: seq=%llu %s\n", name, number, status_text(status));
        return;
    }
    s->sum += message.nanoseconds;
    if (s->answered == 0 || message.nanoseconds < s->minimum)
        s->minimum = message.nanoseconds;
    if (message.nanoseconds > s->maximum)
        s->maximum = message.nanoseconds;
    s->answered++;
    printf("answer from %s: seq=%llu time=%.1f us\n", name, number,
           microseconds(message.nanoseconds));
}

static void print_statistics(const struct statistics *s)
{
    printf("%llu sent, %llu answered\n", (unsigned long long)s->sent,
           (unsigned long long)s->answered);
    if (s->answered > 0)
        printf("round trip minimum/average/maximum = %.1f/%.1f/%.1f us\n", microseconds(s->minimum),
               microseconds(s->sum / s->answered), microseconds(s->maximum));
}

static uint64_t parse_count(const char *option, const char *text)
{
    uint64_t times;

    if (text == NULL)
        misuse("%s needs a count", option);
    if (!parse_number(text, &times) || times == 0)
        misuse("'%s' is not a count", text);
    return times;
}

/* As in other pings, the options may come first or last. */
static const char *parse(char **arguments, uint64_t *times, uint64_t *pause)
{
    const char *partition = NULL;

    *times = DEFAULT_COUNT;
    *pause = 0;
    for (; *arguments != NULL; arguments++) {
        if (strcmp(*arguments, "-c") == 0)
            *times = parse_count("-c", *++arguments);
        else if (strcmp(*arguments, "-i") == 0)
            *pause = parse_count("-i", *++arguments);
        else if (partition == NULL)
            partition = *arguments;
        else
            misuse("ping does not understand '%s'", *arguments);
    }
    if (partition == NULL)
        misuse("ping needs a partition");
    return partition;
}

void ping_command(int count, char **arguments)
{
    uint64_t times, pause;
    const char *name = parse(arguments, &times, &pause);
    uint16_t id = find_partition(name)->id;
    struct statistics s = {0};

    (void)count;
    printf("ping %s (0x%04x): %zu bytes in registers\n", name, id,
           sizeof(uint64_t) * BULKHEAD_WORDS);
    while (s.sent < times) {
        ping_once(name, id, &s);
        usleep((useconds_t)(pause * 1000));
    }
    print_statistics(&s);
    if (s.answered < s.sent)
        fail("%s did not answer all", name);
}
