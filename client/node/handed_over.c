#include "client/node/handed_over.h"

#include <string.h>

#include "client/node/had.h"
#include "client/store/setting.h"

static const char name[] = "handed_over";

struct handed_over
handed_over_read(struct node *node)
{
	struct handed_over tally;

	if (setting_get(node->store, name, &tally, sizeof tally) !=
		sizeof tally)
		tally = (struct handed_over){0};
	return tally;
}

enum status
handed_over_count(struct node *node, struct territory *territory, bool lost)
{
	struct handed_over tally = handed_over_read(node), before = tally;
	const struct frontier_entry *list;
	uint32_t count;

	territory_kept(territory, &list, &count);
	for (uint32_t i = 0; i < count; i++) {
		int64_t had = list[i].last;

		if (memcmp(list[i].log, node->device, ID_BYTES) != 0)
			continue;
		if (lost)
			had = had_hub(
				node, territory_id(territory), list[i].log);
		if (had < 0)
			had = 0;
		if (had > list[i].last)
			had = list[i].last;
		tally.changes += (uint64_t)had;
		tally.lost += (uint64_t)(list[i].last - had);
	}
	tally.lost += territory_pending(territory);
	if (memcmp(&tally, &before, sizeof tally) == 0)
		return STATUS_OK;
	return setting_set(node->store, name, &tally, sizeof tally);
}
