#include "client/page/decide.h"

#include <stdlib.h>
#include <string.h>

#include "client/node/late.h"
#include "sync/alloc.h"

static bool
choose(const struct late_list *list, const json_t *ids, bool *chosen,
	struct problem *problem)
{
	const json_t *id;
	size_t i, index;

	json_array_foreach(ids, i, id)
	{
		const char *text = json_string_value(id);

		if (!late_find(list, text ? text : "", &index, problem))
			return false;
		chosen[index] = true;
	}
	return true;
}

bool
decide_late(struct node *node, const json_t *body, json_t **decided,
	struct problem *problem)
{
	const char *decision =
		json_string_value(json_object_get(body, "decision"));
	const json_t *ids = json_object_get(body, "ids");
	const json_t *reason = json_object_get(body, "reason");
	bool accept = decision && strcmp(decision, "accept") == 0;
	struct late_list list;
	uint32_t count, left_out;
	bool *chosen, done;

	if (!decision || (!accept && strcmp(decision, "reject") != 0) ||
		!json_array_size(ids) ||
		(reason && !json_is_null(reason) && !json_is_string(reason)) ||
		json_string_length(reason) > SCHEMA_PROSE_MAX)
		return problem_set(problem, EXIT_USAGE,
			T("{\"decision\":\"accept\"|\"reject\", \"ids\":[…]} "
			  "says what is to be done with which"));
	if (!late_load(node, &list, problem))
		return false;
	chosen = alloc((list.count + 1) * sizeof *chosen);
	done = choose(&list, ids, chosen, problem) &&
		late_decide(node, &list, chosen, accept,
			json_string_value(reason), &count, &left_out, problem);
	if (done)
		*decided = json_pack("{s:I, s:I}",
			accept ? "accepted" : "rejected", (json_int_t)count,
			"left_out", (json_int_t)left_out);
	free(chosen);
	late_clear(&list);
	return done;
}
