// SPDX-License-Identifier: GPL-2.0-only
/*
 * Work items for one CPU after the other, bound threads for all at once: these
 * must be able to take long, and to wait.
 */
#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/kthread.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "cpus.h"

struct part {
	struct tap *t;
	void (*run)(struct tap *t, void *data);
	void *data;
};

static long run_part(void *data)
{
	struct part *part = data;

	part->run(part->t, part->data);
	return 0;
}

void on_cpu(struct tap *t, unsigned int cpu, void (*part)(struct tap *t, void *data), void *data)
{
	struct part p = { t, part, data };

	if (work_on_cpu_safe(cpu, run_part, &p))
		tap_fail(t, "CPU %u is not online", cpu);
}

struct runner {
	struct part part;
	struct completion *go;
	struct completion done;
};

static int run_when_told(void *data)
{
	struct runner *runner = data;

	wait_for_completion(runner->go);
	run_part(&runner->part);
	kthread_complete_and_exit(&runner->done, 0);
}

static bool start(struct runner *runner, unsigned int cpu)
{
	struct task_struct *thread;

	init_completion(&runner->done);
	thread = kthread_create_on_cpu(run_when_told, runner, cpu, "bulkhead-test/%u");
	if (IS_ERR(thread))
		return false;
	wake_up_process(thread);
	return true;
}

/* In steps, so that a long run is not taken for a hung task. */
static void wait_for(struct runner *runner)
{
	while (!wait_for_completion_timeout(&runner->done, 10 * HZ))
		;
}

void on_every_cpu_at_once(struct tap *t, void (*part)(struct tap *t, void *data), void *data)
{
	DECLARE_COMPLETION_ONSTACK(go);
	struct runner *runners = kcalloc(nr_cpu_ids, sizeof(*runners), GFP_KERNEL);
	unsigned int cpu, started = 0;

	require(t, runners, "no memory");
	for_each_online_cpu(cpu) {
		runners[started] = (struct runner){ .part = { t, part, data }, .go = &go };
		if (start(&runners[started], cpu))
			started++;
		else
			tap_fail(t, "no thread for CPU %u", cpu);
	}
	complete_all(&go);
	while (started)
		wait_for(&runners[--started]);
	kfree(runners);
}
