/* SPDX-License-Identifier: BSD-3-Clause */
/* Which situations the searches met: a list for each subject, in the files of that name. */
#include "explore/reached.h"

#include <stdio.h>
#include <unistd.h>

#include "explore/situations.h"

static struct situation *const lists[] = {answers,       deaths,           messages,
                                          interrupts,    notifications,    restarts,
                                          memories_sent, memories_borrowed};

#define LISTS (sizeof(lists) / sizeof(lists[0]))
#define NOTED (LISTS - 2) /* those of the last two are counted by the memory searches */

static void note(const struct step *t, struct situation *list)
{
    for (; list->name != NULL; list++)
        list->count += list->holds(t);
}

void reached_note(const struct observation *o, uint32_t kicks)
{
    const struct spmc *s = o->before;
    const struct vcpu *mp = &s->vcpus[WORLD_MP * CPU_MAX];
    vcpu_ref current = s->cpus[o->cpu].current;
    struct step t = {.o = o, .kicks = kicks, .other = 1 - o->cpu};

    t.actor = current >= 0 ? &s->vcpus[current] : NULL;
    t.mine = &mp[o->cpu];
    t.peer = &mp[t.other];
    if (o->event->kind == EVENT_CALL)
        t.call = (uint32_t)t.actor->regs.x[0];
    note(&t, answers);
    for (unsigned i = 1; !o->same && i < NOTED; i++)
        note(&t, lists[i]);
}

void reached_send(int to)
{
    for (unsigned i = 0; i < LISTS; i++)
        for (const struct situation *one = lists[i]; one->name != NULL; one++)
            if (write(to, &one->count, sizeof(one->count)) < 0)
                return;
}

void reached_receive(int from)
{
    uint64_t count;

    for (unsigned i = 0; i < LISTS; i++)
        for (struct situation *one = lists[i]; one->name != NULL; one++)
            if (read(from, &count, sizeof(count)) == (ssize_t)sizeof(count))
                one->count += count;
}

static void print_name(const char *name)
{
    for (; *name != '\0'; name++)
        putchar(*name == '_' ? ' ' : *name);
}

bool reached_print(void)
{
    bool all = true;

    for (unsigned i = 0; i < LISTS; i++)
        for (const struct situation *one = lists[i]; one->name != NULL; one++) {
            printf("# %10llu ", (unsigned long long)one->count);
            print_name(one->name);
            printf("\n");
            all &= one->count > 0;
        }
    return all;
}
