/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ffa notify, ffa watch: notifications to partitions, and those that they send.
 */
#include <stdio.h>
#include <time.h>

#include "abi/stat.h"
#include "ffa.h"

#define BITS 64
#define BITS_EACH 4 /* of the at most eight partitions; Linux 6.12 confuses some from 36 on */

void notify_command(int count, char **arguments)
{
    uint64_t bit;

    if (count != 2)
        misuse("notify needs a partition and a bit");
    if (!parse_number(arguments[1], &bit) || bit >= BITS)
        misuse("'%s' is not a bit from 0 to %d", arguments[1], BITS - 1);
    must_notify(find_partition(arguments[0])->id, (uint32_t)bit);
}

static uint64_t milliseconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static const char *name_of(uint32_t id)
{
    uint32_t count;
    const struct bulkhead_partition *partitions = all_partitions(&count);

    for (uint32_t i = 0; i < count; i++)
        if (partitions[i].id == id)
            return partition_name(&partitions[i]);
    return "-";
}

static void print_event(const struct bulkhead_event *event)
{
    if (event->lost != 0)
        printf("%u came too fast to be seen\n", event->lost);
    printf("%llu.%06llu s: %s (0x%04x) sent %u\n",
           (unsigned long long)event->nanoseconds / 1000000000,
           (unsigned long long)event->nanoseconds / 1000 % 1000000, name_of(event->partition),
           event->partition, event->bit);
    fflush(stdout);
}

/* Says which of its four bits a partition may send: not one that a driver of Linux has already. */
static void watch_bits(const struct bulkhead_partition *partition, unsigned first)
{
    unsigned low = BITS, high = 0;
    int status = 0;

    for (unsigned bit = first; bit < first + BITS_EACH; bit++) {
        int refused = watch_partition(partition->id, 1ULL << bit);

        if (refused != 0) {
            status = refused;
            continue;
        }
        low = low < bit ? low : bit;
        high = bit;
    }
    if (low == BITS)
        fail("cannot watch %s: %s", partition_name(partition), status_text(status));
    printf("%s may send %u to %u\n", partition_name(partition), low, high);
}

/*
 * The first partition of `ffa list` has the bits 0 to 3, the next one 4 to 7, and so on. Bulkhead
 * itself sends none.
 */
static void watch_all(void)
{
    uint32_t count;
    const struct bulkhead_partition *partitions = all_partitions(&count);

    for (uint32_t i = 0; i < count && i < BITS / BITS_EACH; i++)
        if (partitions[i].id != STAT_ID)
            watch_bits(&partitions[i], i * BITS_EACH);
    fflush(stdout);
}

void watch_command(int count, char **arguments)
{
    struct bulkhead_event event;
    uint64_t seconds = 0, end, now;

    if (count > 1)
        misuse("watch takes a number of seconds at most");
    if (count == 1 && (!parse_number(arguments[0], &seconds) || seconds > 1000000))
        misuse("'%s' is not a number of seconds", arguments[0]);
    watch_all();
    end = milliseconds_now() + seconds * 1000;
    while (count == 0 || (now = milliseconds_now()) < end)
        if (next_event(count == 0 ? -1 : (int)(end - now), &event))
            print_event(&event);
}
