#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/exchange/export.h"
#include "client/node/exported.h"
#include "client/node/keys.h"
#include "client/store/plain_copy.h"
#include "sync/alloc.h"

/* The territories that are asked for, and their paths. */
static void
gather(struct node *node, const struct export_options *options,
	struct plain_copy_options *copy, uint32_t *numbers, char **paths)
{
	struct territory **list;
	uint32_t count;
	size_t kept = 0;

	list = node_business(node, &count);
	for (uint32_t i = 0; i < count; i++) {
		char path[POLICY_PATH_MAX];
		const uint8_t *id = territory_id(list[i]);

		if (options->territory &&
			memcmp(id, options->territory, ID_BYTES) != 0)
			continue;
		(void)policy_path(node->policy, id, path);
		numbers[kept] = territory_number(list[i]);
		paths[kept++] = alloc_copy(path, strlen(path) + 1);
	}
	free(list);
	copy->territories = numbers;
	copy->paths = (const char *const *)paths;
	copy->territory_count = kept;
}

static bool
write_early(struct node *node, const struct export_options *options,
	const char *early, uint64_t *records, struct problem *problem)
{
	struct plain_copy_options copy = {.schema = node->schema,
		.wanted = exported_type,
		.archived = options->archived};
	size_t room = node->territory_count + (size_t)1;
	uint32_t *numbers = alloc(room * sizeof *numbers);
	char **paths = alloc(room * sizeof *paths);
	enum status status;

	gather(node, options, &copy, numbers, paths);
	status = plain_copy_write(node->store, early, &copy, records);
	for (size_t i = 0; i < copy.territory_count; i++)
		free(paths[i]);
	free(paths);
	free(numbers);
	return status == STATUS_OK ||
		problem_set(problem, EXIT_FAILED,
			T("the export cannot be written: %s"),
			store_sqlite_problem(node->store));
}

bool
export_sqlite(struct node *node, const struct export_options *options,
	const char *path, uint64_t *records, struct problem *problem)
{
	char *early;
	bool done;

	if (access(path, F_OK) == 0)
		return problem_set(problem, EXIT_AMBIGUOUS,
			T("%s is there already; it is not overwritten"), path);
	if (asprintf(&early, "%s.new", path) < 0)
		alloc_failed();
	done = write_early(node, options, early, records, problem) &&
		node_settle_secret(early, path, problem);
	if (!done)
		(void)unlink(early); /* most often not there */
	free(early);
	return done;
}
