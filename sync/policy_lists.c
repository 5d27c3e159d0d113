/* Finding and walking the facts; paths of territories. */

#include <string.h>

#include "sync/policy_inside.h"

static const uint8_t none[ID_BYTES];

bool
ascend(const struct policy *p, struct ascent *ascent, const uint8_t *territory)
{
	const uint8_t *next = ascent->at ? ascent->at->parent : territory;

	if (ascent->at && same(next, none))
		return false;
	if (ascent->steps++ > p->facts.territory_count)
		return false;
	ascent->at = facts_territory(&p->facts, next);
	ascent->lost = !ascent->at;
	return ascent->at != NULL;
}

const struct policy_territory *
policy_territory_at(const struct policy *policy, uint32_t index)
{
	const struct facts *f = &policy->facts;

	return index < f->territory_count ? &f->territories[index] : NULL;
}

const struct policy_user *
policy_user_at(const struct policy *policy, uint32_t index)
{
	const struct facts *f = &policy->facts;

	return index < f->user_count ? &f->users[index] : NULL;
}

const struct policy_device *
policy_device_at(const struct policy *policy, uint32_t index)
{
	const struct facts *f = &policy->facts;

	return index < f->device_count ? &f->devices[index] : NULL;
}

const struct policy_grant *
policy_grant_at(const struct policy *policy, uint32_t index)
{
	const struct facts *f = &policy->facts;

	return index < f->grant_count ? &f->grants[index] : NULL;
}

const char *
policy_hub_address_at(const struct policy *policy, uint32_t index)
{
	const struct facts *f = &policy->facts;

	return index < f->address_count ? f->addresses[index].url : NULL;
}

const struct policy_territory *
policy_territory(const struct policy *policy, const uint8_t *id)
{
	if (same(id, policy->directory))
		return &policy->directory_entry;
	return facts_territory(&policy->facts, id);
}

const struct policy_user *
policy_user(const struct policy *policy, const uint8_t *id)
{
	return facts_user(&policy->facts, id);
}

const struct policy_user *
policy_user_login(const struct policy *policy, const char *login)
{
	for (uint32_t i = 0; i < policy->facts.user_count; i++)
		if (strcmp(policy->facts.users[i].login, login) == 0)
			return &policy->facts.users[i];
	return NULL;
}

const struct policy_grant *
policy_grant(const struct policy *policy, const uint8_t *id)
{
	return facts_grant(&policy->facts, id);
}

bool
policy_lies_in(const struct policy *policy, const uint8_t *territory,
	const uint8_t *above)
{
	struct ascent ascent = {NULL, 0, false};

	while (ascend(policy, &ascent, territory))
		if (same(ascent.at->id, above))
			return true;
	return false;
}

const struct policy_device *
policy_device(const struct policy *policy, const uint8_t *id)
{
	return facts_device(&policy->facts, id);
}

/*
 * Puts a part and the slash behind it ahead of what stands in `out` from
 * `start`; false when there is no room.
 */
static bool
put_ahead(char *out, size_t *start, const char *part, bool slash)
{
	size_t size = strlen(part);

	if (size + slash > *start)
		return false;
	if (slash)
		out[--*start] = '/';
	*start -= size;
	for (size_t i = 0; i < size; i++)
		out[*start + i] = part[i];
	return true;
}

char *
policy_path(const struct policy *policy, const uint8_t *territory,
	char out[static POLICY_PATH_MAX])
{
	char built[POLICY_PATH_MAX];
	size_t start = sizeof built - 1;
	struct ascent ascent = {NULL, 0, false};
	bool whole = false;

	built[start] = '\0';
	if (same(territory, policy->directory))
		return memcpy(out, "directory", sizeof "directory");
	while (ascend(policy, &ascent, territory)) {
		bool first = built[start] == '\0';

		whole = same(ascent.at->parent, none);
		if (whole && strcmp(ascent.at->name, "/") == 0 && !first)
			break; /* the root's name is not said */
		if (!put_ahead(built, &start, ascent.at->name, !first)) {
			whole = false;
			break;
		}
	}
	if (!whole) {
		/* There is always room for this: a part may give way. */
		if (start < 2)
			start = 2;
		(void)put_ahead(built, &start, "?", built[start] != '\0');
	}
	memcpy(out, built + start, sizeof built - start);
	return out;
}

const struct policy_territory *
policy_territory_path(const struct policy *policy, const char *path)
{
	char known[POLICY_PATH_MAX];

	if (strcmp(path, "directory") == 0)
		return &policy->directory_entry;
	if (path[0] == '/' && path[1] != '\0')
		path++;
	for (uint32_t i = 0; i < policy->facts.territory_count; i++) {
		const struct policy_territory *t =
			&policy->facts.territories[i];

		if (strcmp(policy_path(policy, t->id, known), path) == 0)
			return t;
	}
	return NULL;
}
