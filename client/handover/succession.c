#include "client/handover/succession.h"

#include <stdlib.h>
#include <string.h>

#include "sync/alloc.h"

static void
take_grants(struct node *node, struct succession *s, bool ended)
{
	const struct policy_grant *g;

	for (uint32_t i = 0; (g = policy_grant_at(node->policy, i)); i++) {
		/* Ended in one step, long ago, it was not handed over. */
		if (memcmp(g->user, s->user, ID_BYTES) || g->ended != ended ||
			(ended && !g->ending_ms))
			continue;
		s->grants = alloc_again(
			s->grants, (s->grant_count + 1) * sizeof *s->grants);
		s->grants[s->grant_count] = (struct succession_grant){
			.role = g->role, .ended = ended};
		memcpy(s->grants[s->grant_count].id, g->id, ID_BYTES);
		memcpy(s->grants[s->grant_count++].territory, g->territory,
			ID_BYTES);
	}
}

static bool
no_user(const char *login, struct problem *problem)
{
	problem_set(problem, EXIT_NOT_FOUND, T("there is no user %s"), login);
	return problem_hint(problem, "roadbook hub users");
}

static bool
add_heir(struct node *node, struct succession *s, const char *login,
	const uint8_t *territory, struct problem *problem)
{
	const struct policy_user *user = policy_user_login(node->policy, login);
	struct succession_heir *heir;

	if (!user)
		return no_user(login, problem);
	if (!memcmp(user->id, s->user, ID_BYTES))
		return problem_set(problem, EXIT_USAGE,
			T("%s cannot follow themselves"), login);
	for (size_t i = 0; i < s->heir_count; i++)
		if (!memcmp(s->heirs[i].territory, territory, ID_BYTES)) {
			problem_set(problem, EXIT_USAGE,
				T("two are to follow in one place: %s and %s"),
				s->heirs[i].login, login);
			return problem_hint(
				problem, "--to LOGIN=TERRITORY, --to LOGIN");
		}
	s->heirs =
		alloc_again(s->heirs, (s->heir_count + 1) * sizeof *s->heirs);
	heir = &s->heirs[s->heir_count++];
	*heir = (struct succession_heir){
		.login = alloc_copy(login, strlen(login) + 1)};
	memcpy(heir->user, user->id, ID_BYTES);
	memcpy(heir->territory, territory, ID_BYTES);
	return true;
}

static bool
add_territory(struct node *node, struct succession *s, const char *login,
	const char *path, struct problem *problem)
{
	const struct policy_territory *t =
		policy_territory_path(node->policy, path);

	if (!t) {
		problem_set(problem, EXIT_NOT_FOUND,
			T("there is no territory %s"), path);
		return problem_hint(problem, "roadbook hub territory list");
	}
	if (!succession_grant(node, s, t->id)) {
		problem_set(problem, EXIT_USAGE, T("%s has no grant on %s"),
			s->login, path);
		return problem_hint(problem, "roadbook hub users");
	}
	return add_heir(node, s, login, t->id, problem);
}

/* LOGIN, or LOGIN=TERRITORY,TERRITORY… */
static bool
read_to(struct node *node, struct succession *s, char *text,
	struct problem *problem)
{
	static const uint8_t none[ID_BYTES];
	char *at = strchr(text, '='), *comma;

	if (!at)
		return add_heir(node, s, text, none, problem);
	*at = '\0';
	do {
		char *path = at + 1;

		comma = strchr(path, ',');
		if (comma)
			*comma = '\0';
		if (!add_territory(node, s, text, path, problem))
			return false;
		at = comma;
	} while (comma);
	return true;
}

bool
succession_read(struct node *node, const char *login, const char *const *to,
	size_t to_count, struct succession *out, struct problem *problem)
{
	const struct policy_user *user = policy_user_login(node->policy, login);

	*out = (struct succession){0};
	if (!user)
		return no_user(login, problem);
	memcpy(out->user, user->id, ID_BYTES);
	out->login = alloc_copy(login, strlen(login) + 1);
	take_grants(node, out, false);
	if (!out->grant_count)
		take_grants(node, out, true);
	for (size_t i = 0; i < to_count; i++) {
		char *text = alloc_copy(to[i], strlen(to[i]) + 1);
		bool read = read_to(node, out, text, problem);

		free(text);
		if (!read)
			return false;
	}
	return true;
}

void
succession_clear(struct succession *s)
{
	for (size_t i = 0; i < s->heir_count; i++)
		free(s->heirs[i].login);
	free(s->heirs);
	free(s->grants);
	free(s->login);
	*s = (struct succession){0};
}

const struct succession_heir *
succession_heir(const struct node *node, const struct succession *s,
	const uint8_t *territory)
{
	const struct succession_heir *nearest = NULL;

	for (size_t i = 0; i < s->heir_count; i++) {
		const struct succession_heir *h = &s->heirs[i];

		if (!id_is_zero(h->territory) &&
			!policy_lies_in(node->policy, territory, h->territory))
			continue;
		if (!nearest || id_is_zero(nearest->territory) ||
			(!id_is_zero(h->territory) &&
				policy_lies_in(node->policy, h->territory,
					nearest->territory)))
			nearest = h;
	}
	return nearest;
}

const struct succession_grant *
succession_grant(const struct node *node, const struct succession *s,
	const uint8_t *territory)
{
	const struct succession_grant *best = NULL;

	for (size_t i = 0; i < s->grant_count; i++) {
		const struct succession_grant *g = &s->grants[i];

		if (g->role != ROLE_ADMIN && (!best || g->role > best->role) &&
			policy_lies_in(node->policy, territory, g->territory))
			best = g;
	}
	return best;
}

json_t *
succession_open(const struct node *node, const struct succession *s)
{
	json_t *list = json_array();
	const struct policy_territory *t;
	char path[POLICY_PATH_MAX];

	for (uint32_t i = 0; (t = policy_territory_at(node->policy, i)); i++)
		if (t->kind == POLICY_FIELD &&
			succession_grant(node, s, t->id) &&
			!succession_heir(node, s, t->id))
			json_array_append_new(list,
				json_string(policy_path(
					node->policy, t->id, path)));
	return list;
}
