/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The searches of the small world, and the two processes that make them. Output is TAP.
 *
 * Mailboxes and versions hardly meet messages, but their product with all chains takes minutes.
 * So several searches are made, each to the end: all messages on two CPUs, with changes of
 * mailboxes and versions on one, and with fewer messages interrupts, managed exits and
 * notifications. `explore all` searches the product of the first two. Those of memory are a kind
 * of their own (memory.h).
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "explore/actions.h"
#include "explore/memory.h"
#include "explore/reached.h"
#include "explore/search.h"
#include "explore/state.h"

static const struct scope parts[] = {
    {"messages on two CPUs", CPU_MAX, IN_MESSAGES, 0, 2},
    {"messages, mailboxes and versions on one CPU", 1, IN_SETUP, 0, 1},
    {"a UP partition's device on two CPUs", CPU_MAX, IN_INTERRUPTS, WITH_UP_DEVICE, 1},
    {"an MP partition's device and CPU_OFF on two CPUs", CPU_MAX, IN_INTERRUPTS | IN_POWER,
     WITH_MP_DEVICE | WITH_POWER, 1},
    {"devices and managed exits on one CPU", 1, IN_EXIT,
     WITH_UP_DEVICE | WITH_MP_DEVICE | WITH_MANAGED_EXIT, 1},
    {"notifications on one CPU", 1, IN_NOTIFY, 0, 1},
    {"restarts and a device on one CPU", 1, IN_RESTART, WITH_RESTART | WITH_UP_DEVICE, 1},
    {"restarts on two CPUs", CPU_MAX, IN_RETURN, WITH_RESTART, 1},
    {"restarts and a device on two CPUs", CPU_MAX, IN_TARGET, WITH_RESTART | WITH_UP_DEVICE, 1},
    {"restarts, mailboxes and notifications on one CPU", 1, IN_LEFT, WITH_RESTART, 1},
    {"restarts, an MP partition's device and CPU_OFF on two CPUs", CPU_MAX, IN_TARGET | IN_POWER,
     WITH_RESTART | WITH_MP_DEVICE, 1},
};
static const struct scope product[] = {
    {"messages, mailboxes and versions on two CPUs", CPU_MAX, IN_MESSAGES | IN_SETUP, 0, 2}};

/* Searches of the first kind, and then some of memory. */
struct list {
    const struct scope *scopes;
    unsigned count;
    unsigned memory;
};

/* What the two processes share: which search is next. The first of the list takes longest. */
struct queue {
    atomic_uint next;
    atomic_bool broken;
    atomic_uint states; /* of all searches */
};

/* How many states it found, 0 after a violation. */
static unsigned search_one(const struct list *list, unsigned i)
{
    if (i < list->count)
        return search(&list->scopes[i], i + 1) ? search_states() : 0;
    return memory_search(&memory_scopes[i - list->count], i + 1) ? memory_search_states() : 0;
}

static void work(const struct list *list, struct queue *queue)
{
    unsigned i, states;

    while ((i = atomic_fetch_add(&queue->next, 1)) < list->count + list->memory) {
        if (atomic_load(&queue->broken)) {
            printf("ok %u # SKIP a violation was found\n", i + 1);
        } else {
            states = search_one(list, i);
            atomic_fetch_add(&queue->states, states);
            if (states == 0)
                atomic_store(&queue->broken, true);
        }
        fflush(stdout);
    }
}

/* A second process works too, and ends with the counts of what it reached. */
static bool work_together(const struct list *list, struct queue *queue)
{
    int ends[2], status = 1;
    pid_t other;

    if (pipe(ends) != 0 || (other = fork()) < 0)
        return false;
    work(list, queue);
    if (other == 0) {
        reached_send(ends[1]);
        _exit(0);
    }
    close(ends[1]);
    reached_receive(ends[0]);
    return waitpid(other, &status, 0) == other && status == 0 && !atomic_load(&queue->broken);
}

static bool search_all(const struct list *list)
{
    unsigned count = list->count + list->memory;
    struct queue *queue =
        mmap(NULL, sizeof(*queue), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    bool met;

    printf("TAP version 13\n1..%u\n", count + 1);
    fflush(stdout);
    if (queue == MAP_FAILED || !work_together(list, queue)) {
        printf("not ok %u - the searches end\n", count + 1);
        return false;
    }
    printf("# %u states in all; situations that the searches met:\n", atomic_load(&queue->states));
    met = reached_print();
    printf("%sok %u - the searches meet every situation of the list\n", met ? "" : "not ",
           count + 1);
    return met;
}

/* Of the list, of `all`, or one of the list by its number. */
int main(int argc, char **argv)
{
    const struct list usual = {parts, sizeof(parts) / sizeof(parts[0]), memory_scope_count};
    const struct list whole = {product, 1, 0};
    unsigned one = argc > 1 ? (unsigned)atoi(argv[1]) : 0;
    bool all = argc > 1 && strcmp(argv[1], "all") == 0;

    if (one >= 1 && one <= usual.count + usual.memory)
        return search_one(&usual, one - 1) != 0 ? 0 : 1;
    return search_all(all ? &whole : &usual) ? 0 : 1;
}
