#include "client/node/folder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sync/alloc.h"

char *
folder_file(const char *dir, const char *name)
{
	char *path = NULL;

	if (asprintf(&path, "%s/%s", dir, name) < 0)
		alloc_failed();
	return path;
}

bool
folder_has(const char *dir, const char *name)
{
	char *path = folder_file(dir, name);
	bool there = access(path, F_OK) == 0;

	free(path);
	return there;
}

bool
file_write_all(int fd, const uint8_t *bytes, size_t size)
{
	while (size) {
		ssize_t n = write(fd, bytes, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		bytes += n;
		size -= (size_t)n;
	}
	return true;
}

static bool
make_parents(char *path)
{
	for (char *at = path + 1; *at; at++) {
		if (*at != '/')
			continue;
		*at = '\0';
		if (mkdir(path, 0700) != 0 && errno != EEXIST) {
			*at = '/';
			return false;
		}
		*at = '/';
	}
	return mkdir(path, 0700) == 0 || errno == EEXIST;
}

bool
folder_make(const char *dir, struct problem *problem)
{
	char *path = alloc_copy(dir, strlen(dir) + 1);
	char *keys = folder_file(dir, "keys");
	bool made = make_parents(path);

	if (!made) {
		problem_set(
			problem, EXIT_FAILED, "%s: %s", dir, text_errno(errno));
		problem_hint(problem,
			T("see that the disk has room and the folder can be "
			  "written"));
	}
	if (made && access(keys, F_OK) == 0) {
		made = problem_set(problem, EXIT_AMBIGUOUS,
			T("%s holds a node already"), dir);
		problem_hint(problem,
			T("take another folder with --dir; nothing was "
			  "changed"));
	}
	free(keys);
	free(path);
	return made;
}

char *
folder_of_node(const char *dir)
{
	const char *home = getenv("HOME");
	const char *data = getenv("XDG_DATA_HOME");

	if (!dir || !*dir)
		dir = getenv("ROADBOOK_DIR");
	if (dir && *dir)
		return alloc_copy(dir, strlen(dir) + 1);
	if (data && *data == '/')
		return folder_file(data, "roadbook");
	return folder_file(home ? home : ".", ".local/share/roadbook");
}
