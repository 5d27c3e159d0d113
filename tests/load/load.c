/*
 * A real hub under load; see tests/load/README.md.
 *
 *     load [--scenario NAME] [--seconds N] [--slice] [--json] [--dir DIR]
 *
 * Exit code 0: every honest sync succeeded, the hub gave its descriptors back
 * and its memory stayed bounded.
 */

#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "sync/alloc.h"
#include "tests/load/attackers.h"
#include "tests/load/crowd.h"
#include "tests/load/hub_process.h"

enum {
	OFFICE_FIRST = 0x7f010001,    /* 127.1.0.1: offices of honest reps */
	DEAF_FIRST = 0x7f020001,      /* 127.2.0.1 */
	GROWTH_MAX_KB = 64 * 1024,    /* by any attack */
	WATCHER_MAX_BYTES = 32 << 10, /* of the hub's memory, at rest */
	DEADLINE_S = 300,             /* a hang is a failure */
	DESCRIPTORS_S = 100,          /* idle ones end after 90 */
};

struct options {
	const char *scenario;
	const char *dir;
	uint32_t seconds;
	bool slice;
	bool json;
};

struct load {
	const struct options *options;
	struct town *town;
	struct hub_process hub;
	struct hub_figures before;
	uint64_t peak_kb;
	uint64_t start_us;
	json_t *figures; /* of the scenario */
	bool failed;
};

/* ---- figures ---- */

static void
note(struct load *load, const char *name, double value)
{
	json_object_set_new(load->figures, name, json_real(value));
}

static void
must_hold(struct load *load, bool holds, const char *what)
{
	if (holds)
		return;
	load->failed = true;
	(void)fprintf(stderr, "failed: %s\n", what);
	json_object_set_new(load->figures, "failed", json_string(what));
}

static int
compare_us(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void
note_times(struct load *load, const uint64_t *times_us, uint32_t count)
{
	static const struct {
		const char *name;
		uint32_t per_mille;
	} marks[] = {{"p50_ms", 500}, {"p90_ms", 900}, {"p99_ms", 990},
		{"max_ms", 1000}};
	uint64_t *sorted;

	if (count == 0)
		return;
	sorted = alloc_copy(times_us, count * sizeof *times_us);
	qsort(sorted, count, sizeof *sorted, compare_us);
	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
		uint64_t at = (uint64_t)count * marks[i].per_mille / 1000;

		note(load, marks[i].name,
			(double)sorted[at < count ? at : count - 1] / 1000);
	}
	free(sorted);
}

static void
look_at_hub(struct load *load)
{
	struct hub_figures now = hub_look(&load->hub);

	if (now.memory_kb > load->peak_kb)
		load->peak_kb = now.memory_kb;
}

static void
begin(struct load *load)
{
	load->figures = json_object();
	load->before = hub_look(&load->hub);
	load->peak_kb = load->before.memory_kb;
	load->start_us = load_now_us();
}

static void
note_crowd(struct load *load, const struct crowd *crowd)
{
	struct crowd_figures figures = crowd_look(crowd);
	double seconds = (double)(load_now_us() - load->start_us) / 1e6;

	note(load, "syncs", figures.done);
	note(load, "turned_away", figures.lost);
	note(load, "seconds", seconds);
	note(load, "syncs_per_second", figures.done / seconds);
	note_times(load, figures.done_us, figures.done);
	must_hold(load, figures.broken == 0, "an honest sync failed");
}

/* The hub as it was before? */
static void
end(struct load *load)
{
	struct hub_figures now = hub_look(&load->hub);
	uint64_t until = load_now_us() + (uint64_t)DESCRIPTORS_S * 1000000;
	double load_average = 0;

	note(load, "hub_cpu_s",
		(double)(now.cpu_ms - load->before.cpu_ms) / 1000);
	while (now.descriptors > load->before.descriptors &&
		load_now_us() < until) {
		(void)usleep(50000); /* it needs a while to notice */
		now = hub_look(&load->hub);
	}
	note(load, "descriptors_before", load->before.descriptors);
	note(load, "descriptors_after", now.descriptors);
	note(load, "hub_mb_before", (double)load->before.memory_kb / 1024);
	note(load, "hub_mb_peak", (double)load->peak_kb / 1024);
	note(load, "hub_mb_after", (double)now.memory_kb / 1024);
	(void)getloadavg(&load_average, 1);
	note(load, "machine_load", load_average);
	must_hold(load, now.descriptors <= load->before.descriptors,
		"the hub keeps descriptors");
}

static void
must_stay_small(struct load *load)
{
	must_hold(load, load->peak_kb < load->before.memory_kb + GROWTH_MAX_KB,
		"the hub grew by more than 64 MB");
}

/* ---- scenarios ---- */

static uint32_t
size_of(const struct load *load, uint32_t full, uint32_t slice)
{
	return load->options->slice ? slice : full;
}

/* Until all who began are in step, or gave up. */
static void
run_until_done(struct load *load, struct crowd *crowd)
{
	uint64_t until = load_now_us() + (uint64_t)DEADLINE_S * 1000000;
	uint64_t look_us = 0;

	for (;;) {
		struct crowd_figures figures = crowd_look(crowd);

		if (figures.done + figures.broken >= figures.started)
			return;
		if (load_now_us() > until) {
			must_hold(load, false, "honest syncs hang");
			return;
		}
		crowd_turn(crowd, 100);
		if (load_now_us() - look_us > 50000) {
			look_at_hub(load);
			look_us = load_now_us();
		}
	}
}

/* 2,000 devices of four offices dial at once. */
static void
storm(struct load *load)
{
	uint32_t count = size_of(load, 2000, 200);
	struct crowd *crowd = crowd_new(load->town, load->hub.port);

	begin(load);
	for (uint32_t i = 0; i < count; i++)
		crowd_start(crowd, i % load->town->rep_count,
			OFFICE_FIRST + i % 4, CLIENT_SYNCS);
	run_until_done(load, crowd);
	note_crowd(load, crowd);
	crowd_free(crowd);
	end(load);
	must_stay_small(load);
}

static uint32_t
colleagues_of_first(const struct town *town)
{
	return 2 * (town->rep_count / town->place_count);
}

/* One writes: all who watch the place are told. */
static void
let_one_write(struct load *load, struct crowd *crowd)
{
	struct crowd *writer = crowd_new(load->town, load->hub.port);
	uint64_t start_us;

	town_write(load->town, 0, 1, 1, 0);
	start_us = load_now_us();
	crowd_start(writer, 0, OFFICE_FIRST, CLIENT_SYNCS);
	run_until_done(load, writer);
	while (crowd_look(crowd).told < colleagues_of_first(load->town) - 2 &&
		load_now_us() < start_us + 30000000)
		crowd_turn(crowd, 10);
	note(load, "told", crowd_look(crowd).told);
	note(load, "told_ms", (double)(load_now_us() - start_us) / 1000);
	crowd_free(writer);
}

/* 5,000 sessions stay: two of each device. */
static void
watch(struct load *load)
{
	uint32_t count = 2 * load->town->rep_count;
	struct crowd *crowd = crowd_new(load->town, load->hub.port);
	struct hub_figures now;
	uint64_t cpu_ms;

	begin(load);
	for (uint32_t i = 0; i < count; i++) {
		crowd_start(
			crowd, i / 2, OFFICE_FIRST + i / 50, CLIENT_WATCHES);
		crowd_turn(crowd, 0);
	}
	run_until_done(load, crowd);
	note_crowd(load, crowd);
	now = hub_look(&load->hub);
	note(load, "watching", crowd_look(crowd).watching);
	note(load, "bytes_per_watcher",
		1024.0 * (double)(now.memory_kb - load->before.memory_kb) /
			count);
	note(load, "descriptors_peak", now.descriptors);
	must_hold(load, crowd_look(crowd).watching == count,
		"somebody does not watch");
	must_hold(load,
		(now.memory_kb - load->before.memory_kb) * 1024 / count <
			WATCHER_MAX_BYTES,
		"a watcher costs more than 32 KB");
	/* What they cost at rest. */
	cpu_ms = now.cpu_ms;
	for (uint64_t until = load_now_us() + 5000000; load_now_us() < until;)
		crowd_turn(crowd, 100);
	note(load, "cpu_percent_at_rest",
		(double)(hub_look(&load->hub).cpu_ms - cpu_ms) / 50);
	let_one_write(load, crowd);
	crowd_leave(crowd);
	for (uint64_t until = load_now_us() + 1000000; load_now_us() < until;)
		crowd_turn(crowd, 10);
	crowd_free(crowd);
	end(load);
}

/* 500 reps sync a day's work at once: an office, 08:00. */
static void
day(struct load *load)
{
	uint32_t count = size_of(load, 500, 40);
	struct crowd *crowd = crowd_new(load->town, load->hub.port);

	town_write(load->town, 0, count, 20, 5);
	begin(load);
	for (uint32_t i = 0; i < count; i++)
		crowd_start(crowd, i, OFFICE_FIRST, CLIENT_SYNCS);
	run_until_done(load, crowd);
	note_crowd(load, crowd);
	crowd_free(crowd);
	end(load);
	must_stay_small(load);
}

/* Honest reps call for so long, a few each second, every other with news. */
static void
call_steadily(struct load *load, struct crowd *crowd, uint32_t seconds,
	uint32_t per_second, uint32_t offices)
{
	uint64_t start_us = load_now_us(), look_us = 0;
	uint32_t made = 0;

	while (load_now_us() - start_us < (uint64_t)seconds * 1000000) {
		uint64_t due =
			(load_now_us() - start_us) * per_second / 1000000;

		for (; made < due; made++) {
			uint32_t rep = made % load->town->place_count;

			if (made % 2)
				town_write(load->town, rep, 1, 1, 0);
			crowd_start(crowd, rep, OFFICE_FIRST + made % offices,
				CLIENT_SYNCS);
		}
		crowd_turn(crowd, 5);
		if (load_now_us() - look_us > 50000) {
			look_at_hub(load);
			look_us = load_now_us();
		}
	}
	run_until_done(load, crowd);
}

/* Enrolled devices that ask for much and read nothing, beside honest ones. */
static void
slow(struct load *load)
{
	uint32_t count = size_of(load, 200, 20);
	uint32_t seconds = size_of(load, load->options->seconds, 4);
	struct crowd *deaf = crowd_new(load->town, load->hub.port);
	struct crowd *crowd = crowd_new(load->town, load->hub.port);

	begin(load);
	for (uint32_t i = 0; i < count; i++)
		crowd_start(deaf, load->town->rep_count - 1 - i, DEAF_FIRST + i,
			CLIENT_DEAF);
	for (uint64_t until = load_now_us() + 2000000; load_now_us() < until;)
		crowd_turn(deaf, 10);
	note(load, "deaf", crowd_look(deaf).deaf);
	call_steadily(load, crowd, seconds, 20, 20);
	note_crowd(load, crowd);
	crowd_leave(deaf);
	crowd_free(deaf);
	crowd_free(crowd);
	end(load);
	must_stay_small(load);
}

static void
flood_with(struct load *load, uint32_t knocking_percent)
{
	struct attack attack = {.port = load->hub.port,
		.per_second = size_of(load, 5000, 400),
		.addresses = 250,
		.company_key = load->town->field->company_key,
		.knocking_percent = knocking_percent};
	uint32_t seconds = size_of(load, load->options->seconds, 3);
	struct attackers attackers;
	struct crowd *crowd = crowd_new(load->town, load->hub.port);
	struct hub_figures now;
	uint64_t made, cpu_ms;

	begin(load);
	/* What the honest cost alone, to be taken off. */
	call_steadily(load, crowd, seconds / 6 + 1, 20, 20);
	now = hub_look(&load->hub);
	cpu_ms = (now.cpu_ms - load->before.cpu_ms) * seconds /
		(seconds / 6 + 1);
	crowd_free(crowd);
	crowd = crowd_new(load->town, load->hub.port);
	load->start_us = load_now_us();
	attackers_start(&attackers, &attack);
	call_steadily(load, crowd, seconds, 20, 20);
	made = attackers_stop(&attackers);
	note_crowd(load, crowd);
	now.cpu_ms = hub_look(&load->hub).cpu_ms - now.cpu_ms;
	cpu_ms = now.cpu_ms > cpu_ms ? now.cpu_ms - cpu_ms : 0;
	note(load, "hostile", (double)made);
	note(load, "hostile_per_second", (double)made / seconds);
	note(load, "hub_us_per_hostile",
		made ? (double)cpu_ms * 1000 / (double)made : 0);
	crowd_free(crowd);
	end(load);
	must_stay_small(load);
}

/* Strangers: resets, garbage, half-open and idle connections. */
static void
garbage(struct load *load)
{
	flood_with(load, 0);
}

/* Half of them know the company's key and begin handshakes. */
static void
handshakes(struct load *load)
{
	flood_with(load, 50);
}

static const struct scenario {
	const char *name;
	void (*run)(struct load *load);
	const char *what;
} scenarios[] = {
	{"storm", storm, "2,000 devices dial at once"},
	{"watch", watch, "5,000 sessions stay and watch"},
	{"day", day, "500 reps of one office sync a day's work at once"},
	{"slow", slow, "devices that do not read, beside honest ones"},
	{"garbage", garbage, "strangers flood, beside honest ones"},
	{"handshakes", handshakes, "… half of them with the company's key"},
};

/* ---- the program ---- */

static void
print(const struct scenario *scenario, json_t *figures)
{
	const char *name;
	json_t *value;

	(void)printf("%s: %s\n", scenario->name, scenario->what);
	json_object_foreach(figures, name, value)
	{
		if (json_is_string(value))
			(void)printf(
				"  %-20s %s\n", name, json_string_value(value));
		else
			(void)printf("  %-20s %.*f\n", name,
				json_real_value(value) < 1000 ? 2 : 0,
				json_real_value(value));
	}
	(void)fflush(stdout);
}

/* The program stands beside this one, unless ROADBOOK names it. */
static const char *
program_path(char *room, size_t size)
{
	const char *named = getenv("ROADBOOK");
	ssize_t length;
	char *slash;

	if (named)
		return named;
	length = readlink("/proc/self/exe", room, size - 16);
	room[length > 0 ? length : 0] = '\0';
	slash = strrchr(room, '/');
	if (slash)
		strcpy(slash + 1, "roadbook");
	return room;
}

static void
raise_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit); /* then it stays as it is */
}

static bool
run_all(struct load *load)
{
	json_t *all = json_object();
	bool good = true;

	for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++) {
		const struct scenario *s = &scenarios[i];

		if (load->options->scenario &&
			strcmp(load->options->scenario, s->name) != 0)
			continue;
		load->failed = false;
		s->run(load);
		good = good && !load->failed;
		if (!load->options->json)
			print(s, load->figures);
		json_object_set_new(all, s->name, load->figures);
	}
	if (load->options->json) {
		(void)json_dumpf(
			all, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(6));
		(void)printf("\n");
	}
	if (json_object_size(all) == 0) {
		(void)fprintf(stderr, "there is no scenario %s\n",
			load->options->scenario);
		good = false;
	}
	json_decref(all);
	return good;
}

static void
read_options(struct options *options, int argc, char **argv)
{
	static const struct option known[] = {
		{"scenario", required_argument, NULL, 's'},
		{"seconds", required_argument, NULL, 'n'},
		{"dir", required_argument, NULL, 'd'},
		{"slice", no_argument, NULL, 'l'},
		{"json", no_argument, NULL, 'j'},
		{NULL, 0, NULL, 0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (option == 's')
			options->scenario = optarg;
		else if (option == 'n' && atoi(optarg) > 0)
			options->seconds = (uint32_t)atoi(optarg);
		else if (option == 'd')
			options->dir = optarg;
		else if (option == 'l')
			options->slice = true;
		else if (option == 'j')
			options->json = true;
		else
			exit(2);
	}
}

int
main(int argc, char **argv)
{
	struct options options = {.seconds = 60};
	struct load load = {.options = &options};
	char room[4096];
	uint64_t start_us;
	bool good;

	read_options(&options, argc, argv);
	if (!options.dir)
		options.dir = getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp";
	if (sodium_init() < 0)
		return 1;
	raise_descriptors();
	start_us = load_now_us();
	load.town = town_new(options.dir, options.slice ? 150 : 2500,
		options.slice ? 50 : 500);
	(void)fprintf(stderr, "%u devices enrolled in %.1f s\n",
		load.town->rep_count, (double)(load_now_us() - start_us) / 1e6);
	hub_start(
		&load.hub, program_path(room, sizeof room), load.town->hub_dir);
	good = run_all(&load);
	if (hub_stop(&load.hub) != 0) {
		(void)fprintf(stderr, "failed: the hub did not end well\n");
		good = false;
	}
	town_free(load.town);
	return good ? 0 : 1;
}
