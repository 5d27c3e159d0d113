#include "tests/load/hub_process.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void
give_up(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

/* Runs `roadbook hub VERB FLAG [VALUE]`; its standard output, to be read. */
static FILE *
run(const struct hub_process *hub, pid_t *pid, const char *verb,
	const char *flag, const char *value)
{
	int out[2];
	FILE *file;

	if (pipe2(out, O_CLOEXEC) != 0)
		give_up("pipe");
	*pid = fork();
	if (*pid < 0)
		give_up("fork");
	if (*pid == 0) {
		(void)dup2(out[1], STDOUT_FILENO);
		(void)execl(hub->program, hub->program, "--dir", hub->dir,
			"hub", verb, flag, value, NULL);
		_exit(127);
	}
	(void)close(out[1]);
	file = fdopen(out[0], "r");
	if (!file)
		give_up("fdopen");
	return file;
}

void
hub_start(struct hub_process *hub, const char *program, const char *dir)
{
	char line[256] = "";
	const char *colon;
	FILE *out;

	*hub = (struct hub_process){.program = program, .dir = dir};
	out = run(hub, &hub->pid, "serve", "--listen", "tcp://127.0.0.1:0");
	if (!fgets(line, sizeof line, out))
		give_up("the hub does not start");
	colon = strrchr(line, ':');
	hub->port = (uint16_t)(colon ? atoi(colon + 1) : 0);
	(void)fclose(out); /* it prints nothing more */
}

int
hub_stop(struct hub_process *hub)
{
	int state = 0;

	(void)kill(hub->pid, SIGTERM);
	if (waitpid(hub->pid, &state, 0) != hub->pid)
		return 1;
	return WIFEXITED(state) ? WEXITSTATUS(state) : 1;
}

static FILE *
open_proc(const struct hub_process *hub, const char *name)
{
	char path[64];

	(void)snprintf(path, sizeof path, "/proc/%d/%s", (int)hub->pid, name);
	return fopen(path, "r");
}

static uint64_t
cpu_ms(const struct hub_process *hub)
{
	FILE *file = open_proc(hub, "stat");
	char line[1024] = "", *at;
	unsigned long long user = 0, system = 0;

	if (file && fgets(line, sizeof line, file) &&
		(at = strrchr(line, ')')) != NULL)
		/* The fields 14 and 15; behind the name stands the third. */
		(void)sscanf(at + 2,
			"%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu",
			&user, &system);
	if (file)
		(void)fclose(file);
	return (user + system) * 1000 / (uint64_t)sysconf(_SC_CLK_TCK);
}

struct hub_figures
hub_look(const struct hub_process *hub)
{
	struct hub_figures figures = {.cpu_ms = cpu_ms(hub)};
	FILE *file = open_proc(hub, "status");
	char line[256], path[64];
	unsigned long long kb;
	DIR *folder;

	while (file && fgets(line, sizeof line, file))
		if (sscanf(line, "VmRSS: %llu", &kb) == 1)
			figures.memory_kb = kb;
	if (file)
		(void)fclose(file);
	(void)snprintf(path, sizeof path, "/proc/%d/fd", (int)hub->pid);
	folder = opendir(path);
	while (folder && readdir(folder))
		figures.descriptors++;
	if (folder)
		(void)closedir(folder);
	return figures;
}

json_t *
hub_status(const struct hub_process *hub)
{
	pid_t pid;
	FILE *out = run(hub, &pid, "status", "--json", NULL);
	json_t *status = json_loadf(out, 0, NULL);

	(void)fclose(out);
	(void)waitpid(pid, NULL, 0);
	return status;
}
